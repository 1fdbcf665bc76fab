# Three lines per test, see tests/unit/local.mk.
EXTRA_DIST += tests/unit/ledger/sources.h

UNIT_TESTS += tests/unit/ledger/test_corpus
tests_unit_ledger_test_corpus_SOURCES = tests/unit/ledger/test_corpus.c
tests_unit_ledger_test_corpus_LDADD = $(UNIT_LEDGER)
