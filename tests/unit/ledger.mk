# Three lines per test, see tests/unit/local.mk.
EXTRA_DIST += tests/unit/ledger/sources.h
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
