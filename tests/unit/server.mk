# Three lines per test, see tests/unit/local.mk.

SERVER_WORLD = tests/lib/server_world.c tests/lib/server_world.h

UNIT_TESTS += tests/unit/server/test_routes
tests_unit_server_test_routes_SOURCES = tests/unit/server/test_routes.c
tests_unit_server_test_routes_LDADD = $(UNIT_SERVER)

UNIT_TESTS += tests/unit/server/test_auth
tests_unit_server_test_auth_SOURCES = tests/unit/server/test_auth.c $(SERVER_WORLD)
tests_unit_server_test_auth_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/server/test_control
tests_unit_server_test_control_SOURCES = tests/unit/server/test_control.c $(SERVER_WORLD)
tests_unit_server_test_control_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/server/test_v1
tests_unit_server_test_v1_SOURCES = tests/unit/server/test_v1.c $(SERVER_WORLD)
tests_unit_server_test_v1_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/server/test_pgroll
tests_unit_server_test_pgroll_SOURCES = tests/unit/server/test_pgroll.c $(SERVER_WORLD)
tests_unit_server_test_pgroll_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/server/test_large
tests_unit_server_test_large_SOURCES = tests/unit/server/test_large.c $(SERVER_WORLD)
tests_unit_server_test_large_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/server/test_race
tests_unit_server_test_race_SOURCES = tests/unit/server/test_race.c $(SERVER_WORLD)
tests_unit_server_test_race_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/server/test_server_faults
tests_unit_server_test_server_faults_SOURCES = \
	tests/lib/store_faulty.c \
	tests/lib/store_faulty.h \
	tests/unit/server/test_server_faults.c \
	$(SERVER_WORLD)
tests_unit_server_test_server_faults_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/server/test_server_corpus
tests_unit_server_test_server_corpus_SOURCES = \
	tests/unit/server/test_server_corpus.c \
	$(SERVER_WORLD)
tests_unit_server_test_server_corpus_LDADD = $(UNIT_ADAPT_SERVER)
