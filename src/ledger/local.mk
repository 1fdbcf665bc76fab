# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libledger.a
src_libledger_a_SOURCES = \
	src/ledger/checksum.c \
	src/ledger/checksum.h \
	src/ledger/conflict.c \
	src/ledger/conflict.h \
	src/ledger/conflict_access.c \
	src/ledger/conflict_impl.h \
	src/ledger/conflict_text.c \
	src/ledger/findings.c \
	src/ledger/findings.h \
	src/ledger/history.c \
	src/ledger/history.h \
	src/ledger/ledger.c \
	src/ledger/ledger.h \
	src/ledger/operation.c \
	src/ledger/operation.h \
	src/ledger/operation_check.c \
	src/ledger/operation_impl.h \
	src/ledger/operation_summary.c \
	src/ledger/rebase.h \
	src/ledger/record.c \
	src/ledger/record.h \
	src/ledger/record_impl.h \
	src/ledger/record_make.c \
	src/ledger/record_parse.c \
	src/ledger/resolve.h \
	src/ledger/schema.c \
	src/ledger/schema.h \
	src/ledger/schema_api.c \
	src/ledger/schema_constraint.c \
	src/ledger/schema_entry.c \
	src/ledger/schema_impl.h \
	src/ledger/schema_pgroll.c \
	src/ledger/schema_pgroll.h \
	src/ledger/schema_sql.c \
	src/ledger/schema_store.c \
	src/ledger/schema_v1.c \
	src/ledger/sites.c \
	src/ledger/sites.h \
	src/ledger/squash.h \
	src/ledger/verify.c
