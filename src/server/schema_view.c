/* Shows a pgroll schema to clients that read branch details. */
#include "server/schema_view.h"

#include <string.h>

#include "base/banned.h"

/* What PostgreSQL calls a type, and what the hosted service calls the nearest of its own. */
static const struct {
	const char *postgres, *xata;
} types[] = {
	{"boolean", "bool"},
	{"bool", "bool"},
	{"smallint", "int"},
	{"integer", "int"},
	{"int", "int"},
	{"int4", "int"},
	{"bigint", "int"},
	{"int8", "int"},
	{"serial", "int"},
	{"bigserial", "int"},
	{"real", "float"},
	{"double precision", "float"},
	{"float8", "float"},
	{"numeric", "float"},
	{"text", "text"},
	{"varchar", "string"},
	{"json", "json"},
	{"jsonb", "json"},
	{"date", "datetime"},
	{"timestamptz", "datetime"},
	{"timestamp", "datetime"},
	{"timestamp with time zone", "datetime"},
	{"text[]", "multiple"},
	{"xata.xata_file", "file"},
	{"xata.xata_file_array", "file[]"},
};

/* Columns made by the hosted service say their type in a comment: {"xata.type":"email"}. */
static json_t *type_in_comment(const json_t *column)
{
	const char *comment = json_text(column, "comment");
	AUTO_JSON *said = NULL;

	if (!comment || comment[0] != '{' || json_read(&said, view_of(comment), 0, NULL) < 0)
		return NULL;
	json_t *type = json_object_get(said, "xata.type");
	return json_is_string(type) ? json_incref(type) : NULL;
}

static json_t *type_of(const json_t *column)
{
	const char *postgres = json_text(column, "type");
	json_t *said = type_in_comment(column);

	if (said || !postgres)
		return said ? said : json_string("text");
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].postgres, postgres) == 0)
			return json_string(types[i].xata);
	return json_string(postgres);
}

static json_t *column_view(const char *name, const json_t *column)
{
	json_t *view = json_object();

	json_put_string(view, "name", name);
	json_put(view, "type", type_of(column));
	if (json_is_false(json_object_get(column, "nullable")))
		json_put(view, "notNull", json_true());
	if (json_is_true(json_object_get(column, "unique")))
		json_put(view, "unique", json_true());
	const char *fallback = json_text(column, "default");
	json_put_string(view, "defaultValue", fallback);
	return view;
}

static json_t *table_view(const char *name, json_t *table)
{
	json_t *view = json_object(), *columns = json_array(), *column;
	const char *key;

	json_object_foreach(json_object_get(table, "columns"), key, column)
		json_array_append_new(columns, column_view(key, column));
	json_put_string(view, "name", name);
	json_put(view, "columns", columns);
	return view;
}

struct view_text {
	struct str *out;
	bool more;
};

/* A v1 table, whose columns are a list, stays as it is. */
static int write_table(void *ctx, const char *name, json_t *table)
{
	struct view_text *w = ctx;
	bool pgroll = json_is_object(json_object_get(table, "columns"));
	AUTO_JSON *view = pgroll ? table_view(name, table) : json_incref(table);

	if (w->more)
		str_putc(w->out, ',');
	w->more = true;
	json_write(w->out, view, JSON_FORM_COMPACT);
	return str_ok(w->out) ? 0 : E_LIMIT;
}

void schema_view(struct str *out, const struct schema *s)
{
	struct view_text w = {.out = out};

	str_puts(out, "{\"tables\":[");
	(void)schema_each_table(s, write_table, &w); /* what fails is in out */
	str_puts(out, "]}");
}
