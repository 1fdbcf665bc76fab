# Fuzz targets, each an LLVMFuzzerTestOneInput over one parser. "make check" replays the committed
# inputs of tests/fuzz/seeds/NAME/, one TAP test per file; tools/fuzz NAME looks for new ones.
# A target is three lines:
#   FUZZ_TESTS += tests/fuzz/fuzz_record
#   tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c tests/lib/fuzz_replay.c
#   tests_fuzz_fuzz_record_LDADD = $(LINK_LEDGER)
FUZZ_TESTS =

check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)
EXTRA_DIST += tests/fuzz/seeds tests/lib/fuzz_replay.c tools/fuzz
