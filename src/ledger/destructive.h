/*
 * Which operations cannot be taken back: they lose data, may fail on data that is there, or do what
 * nobody can tell from the record. For a reviewer's eyes; nothing is refused because of it.
 */
#ifndef LEDGER_DESTRUCTIVE_H
#define LEDGER_DESTRUCTIVE_H

#include "ledger/record.h"

/* One row per kind: enum, stable name for --json, why it matters (a full sentence). */
#define DESTRUCTIVE_KINDS(X)                                                                       \
	X(DROPS_TABLE, "drops_table", "All rows of the table are lost.")                           \
	X(DROPS_COLUMN, "drops_column", "The values of the column are lost.")                      \
	X(DROPS_CONSTRAINT, "drops_constraint",                                                    \
	  "Rows that the constraint kept out can come in, and it cannot be put back over them.")   \
	X(CHANGES_TYPE, "changes_type",                                                            \
	  "Values that do not fit the new type are lost, or make the migration fail.")             \
	X(NOT_NULL, "not_null",                                                                    \
	  "It fails where rows have no value: nothing says what they get (a default, or \"up\").") \
	X(RAW_SQL, "raw_sql", "Raw SQL can do anything: read it.")                                 \
	X(UNKNOWN_EFFECT, "unknown_operation",                                                     \
	  "This version of xata does not know the operation, so it may do anything.")

#define DESTRUCTIVE_ENUM(id, name, why) id,
enum destructive { NOT_DESTRUCTIVE = 0, DESTRUCTIVE_KINDS(DESTRUCTIVE_ENUM) };
#undef DESTRUCTIVE_ENUM

/*
 * The worst that an operation does whose shape was checked (operation_check). It is judged by
 * itself: whether the table has rows, nobody knows here.
 */
enum destructive operation_destructive(enum record_format format, const json_t *op);

const char *destructive_name(enum destructive kind);   /* static; "none" for the first */
const char *destructive_reason(enum destructive kind); /* static; "" for the first */

#endif
