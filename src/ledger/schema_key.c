/* The primary key of a table: one at most, declared by columns or by a constraint. */
#include <string.h>

#include "base/str.h"
#include "ledger/schema_pgroll.h"

#include "base/banned.h"

bool schema_column_is_key(const struct schema_entry *column)
{
	/* Few columns have the member: the others need no parsing. */
	if (!column->present || column->v1 || !column->def || !strstr(column->def, "\"pk\""))
		return false;
	AUTO_JSON *def = schema_def(column);
	return json_is_true(json_object_get(def, "pk"));
}

bool schema_constraint_is_key(const struct schema_entry *constraint)
{
	if (!constraint->present || !constraint->def || !strstr(constraint->def, "\"primary_key\""))
		return false;
	AUTO_JSON *def = schema_def(constraint);
	return str_eq(json_text(def, "type"), "primary_key");
}

bool schema_is_key_name(const char *name)
{
	return ends_with(name, "_pkey");
}

static bool has_key(struct schema *s, const struct schema_table *t)
{
	for (const struct schema_entry *c = t->columns.first; c; c = c->next) {
		schema_work_scan(s, c);
		if (schema_column_is_key(c))
			return true;
	}
	for (const struct schema_entry *k = t->constraints.first; k; k = k->next) {
		schema_work_scan(s, k);
		if (schema_constraint_is_key(k))
			return true;
	}
	return false;
}

void schema_drop_key(struct schema *s, struct schema_entry *table)
{
	static const char *const skip[] = {"pk", NULL};
	struct schema_entry *next;

	for (struct schema_entry *c = table->table->columns.first; c; c = c->next) {
		schema_work_scan(s, c);
		if (!schema_column_is_key(c))
			continue;
		AUTO_JSON *def = schema_read_def(s, c);
		schema_touch(s, c);
		c->def = schema_intern_def(s, def, skip);
	}
	for (struct schema_entry *k = table->table->constraints.first; k; k = next) {
		next = k->next;
		schema_work_scan(s, k);
		if (schema_constraint_is_key(k))
			schema_drop(s, &table->table->constraints, k);
	}
}

int schema_claim_key(struct schema *s, struct schema_entry *table, struct error *err)
{
	if (!has_key(s, table->table))
		return 0;
	if (s->open || table->table->lost_unknown) {
		schema_drop_key(s, table);
		return 0;
	}
	int rc = fail(err, E_INVALID, "table \"%s\" has a primary key already", table->name);
	hint(err, "Drop that one first, or make this one a unique constraint.");
	return rc;
}
