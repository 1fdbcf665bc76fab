# Three lines per test, see tests/unit/local.mk.

SERVER_WORLD = tests/lib/server_world.c tests/lib/server_world.h

UNIT_TESTS += tests/unit/server/test_routes
tests_unit_server_test_routes_SOURCES = tests/unit/server/test_routes.c
tests_unit_server_test_routes_LDADD = $(UNIT_SERVER)

UNIT_TESTS += tests/unit/server/test_auth
tests_unit_server_test_auth_SOURCES = tests/unit/server/test_auth.c $(SERVER_WORLD)
tests_unit_server_test_auth_LDADD = $(UNIT_ADAPT_SERVER)
