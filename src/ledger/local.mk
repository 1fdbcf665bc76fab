# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libledger.a
src_libledger_a_SOURCES = \
	src/ledger/checksum.c \
	src/ledger/checksum.h \
	src/ledger/findings.c \
	src/ledger/findings.h \
	src/ledger/history.c \
	src/ledger/history.h \
	src/ledger/ledger.c \
	src/ledger/ledger.h \
	src/ledger/operation.h \
	src/ledger/record.c \
	src/ledger/record.h \
	src/ledger/record_impl.h \
	src/ledger/record_make.c \
	src/ledger/record_parse.c \
	src/ledger/schema.h
