/*
 * The typed operations of both record formats: one table row per kind.
 *
 * A kind that is not in the table belongs to a newer version of the format: it is carried through
 * untouched, and its effect on the schema is unknown.
 */
#ifndef LEDGER_OPERATION_H
#define LEDGER_OPERATION_H

#include "ledger/record.h"

/* "addTable", "create_table", …: the name of the one member of op; NULL when op has another shape.
 */
const char *operation_name(const json_t *op);

bool operation_known(enum record_format format, const char *name);

/*
 * Checks the shape of one operation: required members, types, names, column types, limits. Unknown
 * members are fine; an unknown kind is E_INVALID with a hint only when strict (for operations that
 * a user writes), otherwise accepted.
 */
enum operation_strictness { OPERATION_LENIENT, OPERATION_STRICT };
int operation_check(enum record_format format, const json_t *op,
		    enum operation_strictness strictness, struct error *err) MUST_USE;

/*
 * Appends a one-line summary for people: "+ table users", "- users.nick", "~ users.nick -> handle",
 * "+ users.email (email, unique)", "! sql: UPDATE …" (cut to about 60 characters), "? future_op".
 * Safe for a terminal.
 */
void operation_summary(struct str *out, enum record_format format, const json_t *op);

/* Whether a column of this type of PostgreSQL (NULL: false) comes with a sequence. */
bool operation_type_is_serial(const char *type);

/* All known kinds of a format, NULL-terminated; for tests, completion and documentation. */
const char *const *operation_names(enum record_format format);

#endif
