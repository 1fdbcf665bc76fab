/*
 * The logical schema that operations build up: tables, columns, and for pgroll also constraints and
 * indexes, as far as the records tell.
 *
 * After a raw `sql` operation, or one of an unknown kind, the schema is "open": things may exist
 * that the records do not name, so that from then on only what is certainly wrong is refused
 * (adding what a record added, using what a record removed).
 */
#ifndef LEDGER_SCHEMA_H
#define LEDGER_SCHEMA_H

#include "ledger/record.h"

struct schema;
struct schema *schema_new(enum record_format format);
void schema_free(struct schema *s);
AUTO_DEFINE(schema)
struct schema *schema_copy(const struct schema *s);

/*
 * Applies all operations of a record, or none: on E_INVALID ("cannot add column \"nick\": table
 * \"users\" does not exist", naming operation number and kind) the schema is unchanged.
 * A record of the other format (a converted branch) turns the schema into that format.
 */
int schema_apply(struct schema *s, const struct record *r, struct error *err) MUST_USE;
int schema_apply_operations(struct schema *s, enum record_format format, const json_t *operations,
			    struct error *err) MUST_USE;

/*
 * Bounds what the operations applied from now on may look at: each may concern all of a schema (a
 * column that 10,000 indexes are over is renamed, raw SQL may have removed anything). Counted in
 * entries, some 10 ns each; once there were more, schema_apply() gives E_LIMIT for the next
 * operation: one by itself can always be applied. SCHEMA_WORK_MAX at first, so that no history
 * holds up who reads it for much longer than 10 seconds; less for one who has others waiting.
 */
#define SCHEMA_WORK_MAX ((size_t)1000000000)
void schema_limit_work(struct schema *s, size_t entries);
/* Whether that was reached: E_LIMIT then says nothing about the operations. */
bool schema_is_overworked(const struct schema *s);

bool schema_is_open(const struct schema *s);
/* Opens it, for a reader that could not apply a record and goes on with the next. */
void schema_open_up(struct schema *s);
size_t schema_table_count(const struct schema *s);

/*
 * As the API shows it, a new reference: for v1 `{"tables":[{"name","columns":[…]}]}` (API notes,
 * section 1.2, Schema), for pgroll a BranchSchema (section 1.4) with name "public" or as given.
 */
json_t *schema_to_api(const struct schema *s);
/* The same as compact text, of which it holds one table at a time as JSON. */
void schema_write_api(struct str *out, const struct schema *s);
/* Its tables, each as it is there; what each returns, when it is not 0, ends the list. */
typedef int schema_each_table_fn(void *ctx, const char *name, json_t *table);
int schema_each_table(const struct schema *s, schema_each_table_fn *each, void *ctx);

/*
 * Everything schema_apply needs to go on later, as JSON text; schema_load reads what schema_save
 * appended, of which definitions are not looked into. Neither makes values of the text, which may
 * be megabytes long and many times that when it is parsed.
 */
void schema_save(struct str *out, const struct schema *s);
int schema_load(struct schema **out, struct view text, struct error *err) MUST_USE;

/*
 * How large it is: each table, column, constraint and index counts as 1, those that are gone too,
 * and so does each member and item of its definition, a real number as JSON_REAL_VALUES.
 */
size_t schema_values(const struct schema *s);
/* Bytes that schema_write_api() writes, at most: a count of entries, which makes nothing. */
size_t schema_api_bytes(const struct schema *s);

#endif
