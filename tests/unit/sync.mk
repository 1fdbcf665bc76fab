# Three lines per test, see tests/unit/local.mk.
sync_support = \
	tests/unit/support/chain.c \
	tests/unit/support/chain.h \
	tests/unit/support/fake_branch.c \
	tests/unit/support/fake_branch.h \
	tests/unit/support/fake_http.c \
	tests/unit/support/fake_http.h

UNIT_TESTS += tests/unit/sync/test_http
tests_unit_sync_test_http_SOURCES = tests/unit/sync/test_http.c $(sync_support)
tests_unit_sync_test_http_LDADD = $(UNIT_SYNC)

UNIT_TESTS += tests/unit/sync/test_compare
tests_unit_sync_test_compare_SOURCES = tests/unit/sync/test_compare.c $(sync_support)
tests_unit_sync_test_compare_LDADD = $(UNIT_SYNC)

UNIT_TESTS += tests/unit/sync/test_hostile
tests_unit_sync_test_hostile_SOURCES = tests/unit/sync/test_hostile.c $(sync_support)
tests_unit_sync_test_hostile_LDADD = $(UNIT_SYNC)

UNIT_TESTS += tests/unit/sync/test_push
tests_unit_sync_test_push_SOURCES = tests/unit/sync/test_push.c $(sync_support)
tests_unit_sync_test_push_LDADD = $(UNIT_SYNC)

UNIT_TESTS += tests/unit/sync/test_api
tests_unit_sync_test_api_SOURCES = tests/unit/sync/test_api.c $(sync_support)
tests_unit_sync_test_api_LDADD = $(UNIT_SYNC)

UNIT_TESTS += tests/unit/sync/test_patience
tests_unit_sync_test_patience_SOURCES = tests/unit/sync/test_patience.c $(sync_support)
tests_unit_sync_test_patience_LDADD = $(UNIT_SYNC)
