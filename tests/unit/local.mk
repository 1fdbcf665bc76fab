# Unit tests, one part per layer. A test is three lines there, with the narrowest link that works:
#   UNIT_TESTS += tests/unit/base/test_str
#   tests_unit_base_test_str_SOURCES = tests/unit/base/test_str.c
#   tests_unit_base_test_str_LDADD = $(UNIT_BASE)
# tests/unit/support/ holds fakes and helpers used by several tests: list them in _SOURCES.
UNIT_TESTS =
UNIT_BASE = $(LINK_BASE) $(CMOCKA_LIBS)
UNIT_LEDGER = $(LINK_LEDGER) $(CMOCKA_LIBS)
UNIT_PROJECT = $(LINK_PROJECT) $(CMOCKA_LIBS)
UNIT_SYNC = $(LINK_SYNC) $(CMOCKA_LIBS)
UNIT_SERVER = $(LINK_SERVER) $(CMOCKA_LIBS)
UNIT_ADAPT_CLIENT = $(LINK_ADAPT_CLIENT) $(CMOCKA_LIBS)
UNIT_ADAPT_SERVER = $(LINK_ADAPT_SERVER) $(CMOCKA_LIBS)

include tests/unit/base.mk
include tests/unit/ledger.mk
include tests/unit/project.mk
include tests/unit/sync.mk
include tests/unit/server.mk
include tests/unit/adapt.mk
include tests/unit/xata.mk

AM_CPPFLAGS += -I$(top_srcdir)/tests $(CMOCKA_CFLAGS)
if TESTS_ENABLED
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif
EXTRA_DIST += tests/lib/unit.h
