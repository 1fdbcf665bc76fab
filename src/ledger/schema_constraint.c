/* Constraints and indexes of pgroll records. */
#include <string.h>

#include "ledger/operation_impl.h"
#include "ledger/schema_pgroll.h"

#include "base/banned.h"

static const char *const def_skip[] = {"name", "table", "up", "down", "columns", NULL};

/* The definition with its columns as plain names, whichever shape they came in. */
static const char *intern_with_columns(struct schema *s, const json_t *body)
{
	static const char *const nothing[] = {NULL};
	json_t *plain = (json_t *)(uintptr_t)body, *value, *columns;
	AUTO_JSON *def = json_object();
	const char *key;

	json_object_foreach(plain, key, value)
	{
		bool skipped = false;
		for (size_t i = 0; def_skip[i]; i++)
			skipped = skipped || strcmp(def_skip[i], key) == 0;
		if (!skipped)
			json_put(def, key, json_incref(value));
	}
	columns = operation_columns(json_object_get(body, "columns"));
	json_put(def, "columns", columns ? columns : json_array());
	return schema_intern_def(s, def, nothing);
}

/* ---- constraints */

int schema_add_constraint(struct schema *s, struct schema_entry *table, const char *name,
			  const json_t *def, struct error *err)
{
	struct schema_space *space = &table->table->constraints;
	const json_t *references = json_object_get(def, "references");
	int rc = schema_check_free(s, space, "constraint", name, err);

	if (rc < 0)
		return rc;
	struct schema_entry *e = schema_put(s, space, name);
	e->def = intern_with_columns(s, def);
	schema_set_target(s, e, json_text(references, "table"), json_text(references, "column"));
	return 0;
}

int schema_create_constraint(struct schema *s, const json_t *body, struct error *err)
{
	const char *name = json_text(body, "name"), *table_name = json_text(body, "table");
	const char *target = json_text(json_object_get(body, "references"), "table");
	struct schema_entry *table, *referenced;
	int rc = schema_use_table(&table, s, table_name, err);

	if (rc == 0 && target)
		rc = schema_use_table(&referenced, s, target, err);
	if (rc == 0 && str_eq(json_text(body, "type"), "primary_key"))
		rc = schema_claim_key(s, table, err);
	if (rc == 0)
		rc = schema_add_constraint(s, table, name, body, err);
	if (rc < 0)
		error_prefix(err, "cannot create constraint \"%s\" of table \"%s\"", name,
			     table_name);
	return rc;
}

/* The column is no more unique when the constraint that goes is the one that its flag stands for.
 */
static void drop_unique(struct schema *s, struct schema_entry *table, const char *column)
{
	static const char *const skip[] = {"unique", UNIQUE_NAME, NULL};
	struct schema_entry *e = column ? schema_find(&table->table->columns, column) : NULL;

	if (!e || !schema_column_is_unique(e))
		return;
	AUTO_JSON *def = schema_read_def(s, e);
	schema_touch(s, e);
	e->def = schema_intern_def(s, def, skip);
}

/* The column that a constraint is over, if it is one; borrowed from def. */
static const char *only_column(const json_t *def)
{
	const json_t *columns = json_object_get(def, "columns");

	return json_array_size(columns) == 1 ? json_string_value(json_array_get(columns, 0)) : NULL;
}

/*
 * A constraint that is known only from the column that declares it, without a name, becomes one
 * that is described.
 */
static void describe_unique(struct schema *s, struct schema_entry *table, struct schema_entry *e)
{
	const struct schema_entry *column = schema_unique_column(table, e->name);

	for (const struct schema_entry *c = table->table->columns.first; c; c = c->next) {
		schema_work_scan(s, c);
		if (schema_may_be_unique(c))
			schema_work(s, UNIQUE_WORK);
	}
	if (!column)
		return;
	AUTO_JSON *def = json_pack("{s:s,s:[s]}", "type", "unique", "columns", column->name);
	e->def = intern_with_columns(s, def);
	e->implied = false;
}

/* The column that says so goes on to name its constraint, which is e and becomes `to`. */
static void rename_unique(struct schema *s, struct schema_entry *table,
			  const struct schema_entry *e, const char *to)
{
	static const char *const skip[] = {NULL};
	AUTO_JSON *def = schema_read_def(s, e);
	const char *name = only_column(def);
	struct schema_entry *column = name ? schema_find(&table->table->columns, name) : NULL;

	if (!str_eq(json_text(def, "type"), "unique") || !column ||
	    !schema_is_unique_by(column, table->name, e->name))
		return;
	AUTO_JSON *named = schema_read_def(s, column);
	json_put_string(named, UNIQUE_NAME, to);
	schema_touch(s, column);
	column->def = schema_intern_def(s, named, skip);
}

/*
 * A constraint that no record named may still be there, as PostgreSQL gives names to those that
 * columns declare without one. So only one that a record removed is certainly absent.
 */
static int use_constraint(struct schema_entry **out, struct schema *s, const json_t *body,
			  struct schema_entry **table, const char *name, struct error *err)
{
	*out = NULL;
	int rc = schema_use_table(table, s, json_text(body, "table"), err);
	if (rc < 0)
		return rc;
	struct schema_space *space = &(*table)->table->constraints;
	struct schema_entry *e = schema_find(space, name);
	if (e && !schema_may_use(s, e)) {
		schema_fail_absent(e, "constraint", name, err);
		return E_INVALID;
	}
	if (!e || !e->present) {
		e = schema_put(s, space, name);
		e->implied = true;
		describe_unique(s, *table, e);
	}
	*out = e;
	return 0;
}

int schema_drop_constraint(struct schema *s, const json_t *body, struct error *err)
{
	const char *name = json_text(body, "name");
	struct schema_entry *table, *e;
	int rc = use_constraint(&e, s, body, &table, name, err);

	if (rc < 0) {
		error_prefix(err, "cannot drop constraint \"%s\" of table \"%s\"", name,
			     json_text(body, "table"));
		return rc;
	}
	AUTO_JSON *def = schema_read_def(s, e);
	const char *type = json_text(def, "type");
	const char *column = only_column(def);
	if (!type || strcmp(type, "unique") == 0)
		drop_unique(s, table, column ? column : json_text(body, "column"));
	if (!type && schema_is_key_name(name))
		schema_drop_key(s, table);
	if (e->implied)
		schema_lose_unknown(s, table);
	schema_drop(s, &table->table->constraints, e);
	return 0;
}

int schema_rename_constraint(struct schema *s, const json_t *body, struct error *err)
{
	const char *from = json_text(body, "from"), *to = json_text(body, "to");
	struct schema_entry *table, *e;
	int rc = use_constraint(&e, s, body, &table, from, err);

	if (rc == 0)
		rc = schema_check_free(s, &table->table->constraints, "constraint", to, err);
	if (rc < 0) {
		error_prefix(err, "cannot rename constraint \"%s\" of table \"%s\"", from,
			     json_text(body, "table"));
		return rc;
	}
	if (e->implied)
		schema_lose_unknown(s, table);
	rename_unique(s, table, e, to);
	schema_move(s, &table->table->constraints, e, to);
	return 0;
}

/* ---- indexes, whose names are those of the whole PostgreSQL schema */

int schema_create_index(struct schema *s, const json_t *body, struct error *err)
{
	const char *name = json_text(body, "name"), *table_name = json_text(body, "table");
	AUTO_JSON *columns = operation_columns(json_object_get(body, "columns"));
	struct schema_entry *table, *column;
	json_t *item;
	size_t i;
	int rc = schema_use_table(&table, s, table_name, err);

	json_array_foreach(columns, i, item)
	{
		if (rc == 0)
			rc = schema_use_column(&column, s, table, json_string_value(item), err);
	}
	if (rc == 0)
		rc = schema_check_free(s, &s->indexes, "index", name, err);
	if (rc < 0) {
		error_prefix(err, "cannot create index \"%s\" on table \"%s\"", name, table_name);
		return rc;
	}
	struct schema_entry *e = schema_put(s, &s->indexes, name);
	e->def = intern_with_columns(s, body);
	schema_set_target(s, e, table_name, NULL);
	return 0;
}

int schema_drop_index(struct schema *s, const json_t *body, struct error *err)
{
	const char *name = json_text(body, "name");
	struct schema_entry *e = schema_find(&s->indexes, name);

	if (!schema_may_use(s, e)) {
		schema_fail_absent(e, "index", name, err);
		error_prefix(err, "cannot drop index \"%s\"", name);
		return E_INVALID;
	}
	if (!e || !e->present)
		e = schema_put(s, &s->indexes, name);
	schema_drop(s, &s->indexes, e);
	return 0;
}

/* ---- what goes with a column or table */

/* Whether the definition is over the column; with `to`, names it so from now on. */
static bool find_column(json_t *def, const char *column, const char *to)
{
	json_t *columns = json_object_get(def, "columns"), *item;
	bool found = false;
	size_t i;

	json_array_foreach(columns, i, item)
	{
		if (strcmp(json_string_value(item), column) != 0)
			continue;
		found = true;
		if (to)
			json_array_set_new(columns, i, json_string(to));
	}
	return found;
}

/* A column that is renamed (to is NULL: dropped), and what is over it or points to it. */
struct column_change {
	struct schema *s;
	const char *column, *to;
	struct str quoted; /* column as it stands in a definition */
};

static void column_change_release(struct column_change *c)
{
	str_release(&c->quoted);
}
AUTO_VALUE_DEFINE(column_change)

static struct column_change column_change(struct schema *s, const char *column, const char *to)
{
	struct column_change c = {s, column, to, {0}};

	json_write_string(&c.quoted, view_of(column));
	return c;
}

/* The definition, if it names the column at all; else NULL, without parsing it. */
static json_t *naming_def(const struct column_change *c, const struct schema_entry *e)
{
	schema_work_scan(c->s, e);
	return e->def && strstr(e->def, str_cstr(&c->quoted)) ? schema_read_def(c->s, e) : NULL;
}

static void set_def(struct schema *s, struct schema_entry *e, const json_t *def)
{
	static const char *const nothing[] = {NULL};

	schema_touch(s, e);
	e->def = schema_intern_def(s, def, nothing);
}

/* Drops or mends an entry of space that is over the column. */
static void follow_column(const struct column_change *c, struct schema_space *space,
			  struct schema_entry *e)
{
	AUTO_JSON *def = naming_def(c, e);

	if (!def || !find_column(def, c->column, c->to))
		return;
	if (c->to)
		set_def(c->s, e, def);
	else
		schema_drop(c->s, space, e);
}

static void follow_column_in_table(const struct column_change *c, struct schema_entry *table)
{
	const struct schema_target *target = schema_target(c->s, table->name);
	struct schema_entry *next;

	for (struct schema_entry *e = table->table->constraints.first; e; e = next) {
		next = e->next;
		follow_column(c, &table->table->constraints, e);
	}
	for (struct schema_entry *e = target ? target->indexes : NULL; e; e = next) {
		next = e->target_next;
		follow_column(c, &c->s->indexes, e);
	}
}

void schema_drop_column_uses(struct schema *s, struct schema_entry *table, const char *column)
{
	AUTO_VALUE(column_change) c = column_change(s, column, NULL);

	follow_column_in_table(&c, table);
}

void schema_drop_table_uses(struct schema *s, const char *table)
{
	const struct schema_target *target = schema_target(s, table);

	while (target && target->indexes)
		schema_drop(s, &s->indexes, target->indexes);
}

void schema_rename_column_uses(struct schema *s, struct schema_entry *table, const char *from,
			       const char *to)
{
	AUTO_VALUE(column_change) c = column_change(s, from, to);

	follow_column_in_table(&c, table);
	schema_rename_referenced(s, table->name, from, to);
}
