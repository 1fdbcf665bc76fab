# Three lines per test, see tests/unit/local.mk.
EXTRA_DIST += tests/unit/ledger/histories.h tests/unit/ledger/sources.h
EXTRA_DIST += tests/data/vectors/checksum-vectors.json tests/data/vectors/make-vectors.py

UNIT_TESTS += tests/unit/ledger/test_checksum
tests_unit_ledger_test_checksum_SOURCES = tests/unit/ledger/test_checksum.c
tests_unit_ledger_test_checksum_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_corpus
tests_unit_ledger_test_corpus_SOURCES = tests/unit/ledger/test_corpus.c
tests_unit_ledger_test_corpus_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_record
tests_unit_ledger_test_record_SOURCES = tests/unit/ledger/test_record.c
tests_unit_ledger_test_record_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_operation
tests_unit_ledger_test_operation_SOURCES = tests/unit/ledger/test_operation.c
tests_unit_ledger_test_operation_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_schema_v1
tests_unit_ledger_test_schema_v1_SOURCES = tests/unit/ledger/test_schema_v1.c
tests_unit_ledger_test_schema_v1_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_schema_pgroll
tests_unit_ledger_test_schema_pgroll_SOURCES = tests/unit/ledger/test_schema_pgroll.c
tests_unit_ledger_test_schema_pgroll_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_ledger
tests_unit_ledger_test_ledger_SOURCES = tests/unit/ledger/test_ledger.c
tests_unit_ledger_test_ledger_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_verify
tests_unit_ledger_test_verify_SOURCES = tests/unit/ledger/test_verify.c
tests_unit_ledger_test_verify_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_conflict_merges
tests_unit_ledger_test_conflict_merges_SOURCES = tests/unit/ledger/test_conflict_merges.c
tests_unit_ledger_test_conflict_merges_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_conflict_pairs
tests_unit_ledger_test_conflict_pairs_SOURCES = tests/unit/ledger/test_conflict_pairs.c
tests_unit_ledger_test_conflict_pairs_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_squash
tests_unit_ledger_test_squash_SOURCES = tests/unit/ledger/test_squash.c
tests_unit_ledger_test_squash_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_conflict
tests_unit_ledger_test_conflict_SOURCES = tests/unit/ledger/test_conflict.c
tests_unit_ledger_test_conflict_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_rebase
tests_unit_ledger_test_rebase_SOURCES = tests/unit/ledger/test_rebase.c
tests_unit_ledger_test_rebase_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_former
tests_unit_ledger_test_former_SOURCES = tests/unit/ledger/test_former.c
tests_unit_ledger_test_former_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_resolve
tests_unit_ledger_test_resolve_SOURCES = tests/unit/ledger/test_resolve.c
tests_unit_ledger_test_resolve_LDADD = $(UNIT_LEDGER)

UNIT_TESTS += tests/unit/ledger/test_destructive
tests_unit_ledger_test_destructive_SOURCES = tests/unit/ledger/test_destructive.c
tests_unit_ledger_test_destructive_LDADD = $(UNIT_LEDGER)
