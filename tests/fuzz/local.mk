# Fuzz targets, each an LLVMFuzzerTestOneInput over one parser. "make check" replays the committed
# inputs of tests/fuzz/seeds/NAME/, one TAP test per file; tools/fuzz NAME looks for new ones, with
# everything that the targets link instrumented (targets.mk).
FUZZ_REPLAY = tests/lib/fuzz_replay.c tests/fuzz/fuzz.h
FUZZ_TESTS =

FUZZ_TESTS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_json_LDADD = $(LINK_BASE)

FUZZ_TESTS += tests/fuzz/fuzz_record
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_record_LDADD = $(LINK_LEDGER)

FUZZ_TESTS += tests/fuzz/fuzz_ledger
tests_fuzz_fuzz_ledger_SOURCES = tests/fuzz/fuzz_ledger.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_ledger_LDADD = $(LINK_LEDGER)

FUZZ_TESTS += tests/fuzz/fuzz_verify
tests_fuzz_fuzz_verify_SOURCES = tests/fuzz/fuzz_verify.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_verify_LDADD = $(LINK_LEDGER)

FUZZ_TESTS += tests/fuzz/fuzz_dotenv
tests_fuzz_fuzz_dotenv_SOURCES = tests/fuzz/fuzz_dotenv.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_dotenv_LDADD = $(LINK_PROJECT)

FUZZ_TESTS += tests/fuzz/fuzz_credentials
tests_fuzz_fuzz_credentials_SOURCES = tests/fuzz/fuzz_credentials.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_credentials_LDADD = $(LINK_PROJECT)

FUZZ_TESTS += tests/fuzz/fuzz_url
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_url_LDADD = $(LINK_PROJECT)

FUZZ_TESTS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_config_LDADD = $(LINK_PROJECT)

FUZZ_TESTS += tests/fuzz/fuzz_journal
tests_fuzz_fuzz_journal_SOURCES = tests/fuzz/fuzz_journal.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_journal_LDADD = $(LINK_PROJECT)

FUZZ_TESTS += tests/fuzz/fuzz_answer
tests_fuzz_fuzz_answer_SOURCES = tests/fuzz/fuzz_answer.c $(FUZZ_REPLAY) $(sync_support)
tests_fuzz_fuzz_answer_LDADD = $(LINK_SYNC)

FUZZ_TESTS += tests/fuzz/fuzz_request
tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c $(FUZZ_REPLAY) $(SERVER_WORLD)
tests_fuzz_fuzz_request_LDADD = $(LINK_ADAPT_SERVER) $(CMOCKA_LIBS)

if TESTS_ENABLED
check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)
endif
EXTRA_DIST += tests/fuzz/seeds tests/fuzz/targets.mk tools/fuzz
