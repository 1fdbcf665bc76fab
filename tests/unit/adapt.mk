# Three lines per test, see tests/unit/local.mk.

UNIT_TESTS += tests/unit/adapt/test_store
tests_unit_adapt_test_store_SOURCES = \
	tests/lib/store_contract.c \
	tests/lib/store_contract.h \
	tests/lib/store_contract_branch.c \
	tests/lib/store_contract_history.c \
	tests/lib/store_contract_model.c \
	tests/lib/store_contract_txn.c \
	tests/unit/adapt/test_store.c
tests_unit_adapt_test_store_LDADD = $(UNIT_ADAPT_SERVER)

UNIT_TESTS += tests/unit/adapt/test_store_sqlite
tests_unit_adapt_test_store_sqlite_SOURCES = \
	tests/lib/faulty_vfs.c \
	tests/lib/faulty_vfs.h \
	tests/lib/store_contract.c \
	tests/lib/store_contract.h \
	tests/unit/adapt/test_store_sqlite.c
tests_unit_adapt_test_store_sqlite_LDADD = $(UNIT_ADAPT_SERVER)
