/* Shows the logical schema as the API does. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/schema_pgroll.h"

#include "base/banned.h"

/* ---- v1 */

/* A column as it was given, with the link's target by its present name. */
static json_t *v1_column(const struct schema_entry *e)
{
	json_t *column = json_object(), *value;
	AUTO_JSON *def = schema_def(e);
	const char *key;

	json_put_string(column, "name", e->name);
	json_object_foreach(def, key, value) json_put(column, key, json_incref(value));
	if (!json_object_get(column, "type")) /* known by its use only */
		json_put_string(column, "type", "unknown");
	json_t *link = json_object_get(column, "link");
	if (e->target && json_is_object(link))
		json_put_string(link, "table", e->target->name);
	return column;
}

static json_t *v1_table(const struct schema_entry *t)
{
	json_t *table = json_object(), *columns = json_array();

	json_put_string(table, "name", t->name);
	for (const struct schema_entry *c = t->table->columns.first; c; c = c->next)
		json_array_append_new(columns, v1_column(c));
	json_put(table, "columns", columns);
	return table;
}

/* ---- a v1 column in a pgroll schema */

static const struct {
	const char *v1, *postgres;
	bool is_text; /* a default is a text in quotes */
} type_rows[] = {
	{"bool", "boolean", false},
	{"int", "bigint", false},
	{"float", "double precision", false},
	{"string", "text", true},
	{"text", "text", true},
	{"email", "text", true},
	{"multiple", "text[]", true},
	{"link", "text", true},
	{"datetime", "timestamp with time zone", true},
	{"vector", "real[]", true},
	{"json", "jsonb", true},
	{"object", "jsonb", true},
	{"file", "xata.xata_file", true},
	{"file[]", "xata.xata_file_array", true},
};

static void put_default(json_t *def, const char *value, bool is_text)
{
	AUTO_STR sql = {0};

	if (!is_text) {
		json_put_string(def, "default", value);
		return;
	}
	str_putc(&sql, '\'');
	for (const char *p = value; *p; p++) {
		if (*p == '\'')
			str_putc(&sql, '\'');
		str_putc(&sql, *p);
	}
	str_putc(&sql, '\'');
	json_put_string(def, "default", str_cstr(&sql));
}

/* The comment in which such a branch keeps what PostgreSQL's type does not say. */
static void put_comment(json_t *def, const struct schema_entry *column, const char *type)
{
	AUTO_STR text = {0};
	AUTO_JSON *comment = json_object();

	if (column->target)
		json_put_string(comment, "xata.link", column->target->name);
	else
		json_put_string(comment, "xata.type", type);
	json_write(&text, comment, JSON_FORM_COMPACT);
	json_put_string(def, "comment", str_cstr(&text));
}

json_t *schema_v1_def_to_pgroll(const struct schema_entry *column)
{
	AUTO_JSON *v1 = schema_def(column);
	json_t *def = json_object();
	const char *type = json_text(v1, "type"), *value = json_text(v1, "defaultValue");
	size_t row = 0;

	while (type && row < ARRAY_LEN(type_rows) && strcmp(type_rows[row].v1, type) != 0)
		row++;
	if (!type || row == ARRAY_LEN(type_rows))
		return def;
	json_put_string(def, "type", type_rows[row].postgres);
	json_put(def, "nullable", json_boolean(!json_is_true(json_object_get(v1, "notNull"))));
	json_put(def, "unique", json_boolean(json_is_true(json_object_get(v1, "unique"))));
	put_comment(def, column, type);
	if (value)
		put_default(def, value, type_rows[row].is_text);
	return def;
}

/* ---- pgroll */

/* What is being shown of one table. */
struct shown_table {
	const struct schema_entry *entry;
	json_t *columns, *indexes, *primary_key, *foreign_keys, *checks, *uniques;
};

static void add_unique(struct shown_table *t, const char *name, json_t *columns)
{
	json_t *unique = json_object();

	json_put_string(unique, "name", name);
	json_put(unique, "columns", columns);
	json_put(t->uniques, name, unique);
}

/* The constraint behind a column that is declared unique; one that was named is itself there, too.
 */
static void add_column_unique(struct shown_table *t, const json_t *def, const char *column)
{
	const char *name = json_text(def, UNIQUE_NAME);
	AUTO_STR chosen = {0};

	schema_put_chosen(&chosen, t->entry->name, column, "key");
	add_unique(t, name ? name : str_cstr(&chosen), json_pack("[s]", column));
}

static void show_column(struct shown_table *t, const struct schema_entry *c)
{
	AUTO_JSON *def = c->v1 ? schema_v1_def_to_pgroll(c) : schema_def(c);
	const char *type = json_text(def, "type"), *comment = json_text(def, "comment");
	json_t *column = json_object(), *value = json_object_get(def, "default");
	bool pk = json_is_true(json_object_get(def, "pk"));
	bool unique = json_is_true(json_object_get(def, "unique"));
	bool nullable = json_is_true(json_object_get(def, "nullable")) || !type;

	json_put_string(column, "name", c->name);
	json_put_string(column, "type", type ? type : "unknown");
	json_put(column, "default", json_is_string(value) ? json_incref(value) : json_null());
	json_put(column, "nullable", json_boolean(nullable && !pk));
	json_put(column, "unique", json_boolean(unique));
	json_put(column, "pk", json_boolean(pk));
	json_put_string(column, "comment", comment ? comment : "");
	json_put(t->columns, c->name, column);
	if (pk)
		json_array_append_new(t->primary_key, json_string(c->name));
	if (unique)
		add_column_unique(t, def, c->name);
}

static void show_foreign_key(struct shown_table *t, const struct schema_entry *e, json_t *def)
{
	const json_t *references = json_object_get(def, "references");
	const char *column = json_text(references, "column");
	json_t *key = json_object(), *columns = json_object_get(references, "columns");

	if (!json_is_array(columns))
		columns = column ? json_pack("[s]", column) : json_array();
	else
		columns = json_incref(columns);
	json_put_string(key, "name", e->name);
	json_put(key, "columns", json_incref(json_object_get(def, "columns")));
	json_put_string(key, "referencedTable", e->target ? e->target->name : "");
	json_put(key, "referencedColumns", columns);
	json_put(t->foreign_keys, e->name, key);
}

static void show_check(struct shown_table *t, const struct schema_entry *e, json_t *def)
{
	AUTO_STR text = {0};
	const char *expression = json_text(def, "check");
	json_t *check = json_object();

	str_printf(&text, "CHECK (%s)", expression ? expression : "");
	json_put_string(check, "name", e->name);
	json_put(check, "columns", json_incref(json_object_get(def, "columns")));
	json_put_string(check, "definition", str_cstr(&text));
	json_put(t->checks, e->name, check);
}

static void show_constraint(struct shown_table *t, const struct schema_entry *e)
{
	AUTO_JSON *def = schema_def(e);
	json_t *columns = json_object_get(def, "columns"), *item;
	const char *type = json_text(def, "type");
	size_t i;

	if (!type || !json_is_array(columns)) /* known by its use only */
		return;
	if (strcmp(type, "unique") == 0)
		add_unique(t, e->name, json_incref(columns));
	else if (strcmp(type, "check") == 0)
		show_check(t, e, def);
	else if (strcmp(type, "foreign_key") == 0)
		show_foreign_key(t, e, def);
	else if (strcmp(type, "primary_key") == 0)
		json_array_foreach(columns, i, item) json_array_append(t->primary_key, item);
}

/* The indexes of each table, in order; as lists, because there may be 100,000 of both. */
struct table_indexes {
	struct map first; /* table -> place in items, + 1 */
	struct {
		const struct schema_entry *entry;
		size_t next; /* place + 1; 0: none */
	} * items;
};

static void table_indexes_release(struct table_indexes *t)
{
	map_release(&t->first);
	free(t->items);
}
AUTO_VALUE_DEFINE(table_indexes)

static void group_indexes(struct table_indexes *out, const struct schema *s)
{
	size_t n = 0;

	out->items = xcalloc(s->indexes.len + 1, sizeof *out->items);
	for (const struct schema_entry *e = s->indexes.last; e; e = e->prev) {
		if (!e->target)
			continue;
		out->items[n].entry = e;
		(void)map_get(&out->first, e->target->name, &out->items[n].next);
		map_set(&out->first, e->target->name, ++n);
	}
}

static void show_indexes(struct shown_table *t, const struct table_indexes *indexes)
{
	size_t at = 0;

	(void)map_get(&indexes->first, t->entry->name, &at);
	for (; at; at = indexes->items[at - 1].next) {
		const struct schema_entry *e = indexes->items[at - 1].entry;
		AUTO_JSON *def = schema_def(e);
		json_t *index = json_object(), *columns = json_object_get(def, "columns");
		json_put_string(index, "name", e->name);
		json_put(index, "unique",
			 json_boolean(json_is_true(json_object_get(def, "unique"))));
		json_put(index, "columns", columns ? json_incref(columns) : json_array());
		json_put(t->indexes, e->name, index);
	}
}

/* Tables that Xata's own clients can use have these four; a converted one got them by that. */
static bool is_compatible(const struct schema_entry *table)
{
	static const char *const columns[] = {"xata_id", "xata_version", "xata_createdat",
					      "xata_updatedat"};

	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct schema_entry *c = schema_find(&table->table->columns, columns[i]);
		if (!table->v1 && (!c || !c->present))
			return false;
	}
	return true;
}

static json_t *show_table(const struct schema_entry *e, const struct table_indexes *indexes)
{
	struct shown_table t = {e,
				json_object(),
				json_object(),
				json_array(),
				json_object(),
				json_object(),
				json_object()};
	json_t *table = json_object();
	AUTO_JSON *def = schema_def(e);
	const char *comment = json_text(def, "comment");

	for (const struct schema_entry *c = e->table->columns.first; c; c = c->next)
		show_column(&t, c);
	for (const struct schema_entry *k = e->table->constraints.first; k; k = k->next)
		show_constraint(&t, k);
	show_indexes(&t, indexes);
	json_put_string(table, "oid", "0");
	json_put_string(table, "name", e->name);
	json_put(table, "xataCompatible", json_boolean(is_compatible(e)));
	json_put_string(table, "comment", comment ? comment : "");
	json_put(table, "columns", t.columns);
	json_put(table, "indexes", t.indexes);
	json_put(table, "primaryKey", t.primary_key);
	json_put(table, "foreignKeys", t.foreign_keys);
	json_put(table, "checkConstraints", t.checks);
	json_put(table, "uniqueConstraints", t.uniques);
	return table;
}

/* ---- the whole */

int schema_each_table(const struct schema *s, schema_each_table_fn *each, void *ctx)
{
	AUTO_VALUE(table_indexes) indexes = {0};
	int rc = 0;

	if (s->format == RECORD_PGROLL)
		group_indexes(&indexes, s);
	for (const struct schema_entry *t = s->tables.first; t && rc == 0; t = t->next) {
		AUTO_JSON *table = s->format == RECORD_PGROLL ? show_table(t, &indexes)
							      : v1_table(t);
		rc = each(ctx, t->name, table);
	}
	return rc;
}

struct api_text {
	struct str *out;
	bool named; /* tables are members, not items */
	bool more;
};

static int write_table(void *ctx, const char *name, json_t *table)
{
	struct api_text *w = ctx;

	if (w->more)
		str_putc(w->out, ',');
	w->more = true;
	if (w->named) {
		json_write_string(w->out, view_of(name));
		str_putc(w->out, ':');
	}
	json_write(w->out, table, JSON_FORM_COMPACT);
	return str_ok(w->out) ? 0 : E_LIMIT;
}

void schema_write_api(struct str *out, const struct schema *s)
{
	struct api_text w = {.out = out, .named = s->format == RECORD_PGROLL};

	str_putc(out, '{');
	if (w.named) {
		str_puts(out, "\"name\":");
		json_write_string(out, view_of(s->name ? s->name : "public"));
		str_putc(out, ',');
	}
	str_puts(out, w.named ? "\"tables\":{" : "\"tables\":[");
	(void)schema_each_table(s, write_table, &w); /* what fails is in out */
	str_puts(out, w.named ? "}}" : "]}");
}

static int collect_table(void *ctx, const char *name, json_t *table)
{
	json_t *tables = ctx;

	if (json_is_object(tables))
		json_put(tables, name, json_incref(table));
	else
		json_array_append(tables, table);
	return 0;
}

json_t *schema_to_api(const struct schema *s)
{
	bool named = s->format == RECORD_PGROLL;
	json_t *schema = json_object(), *tables = named ? json_object() : json_array();

	(void)schema_each_table(s, collect_table, tables);
	if (named)
		json_put_string(schema, "name", s->name ? s->name : "public");
	json_put(schema, "tables", tables);
	return schema;
}
