/* The names of the constraints behind columns that are declared unique without naming one. */
#include <string.h>

#include "base/str.h"
#include "ledger/schema_pgroll.h"

#include "base/banned.h"

#define NAME_MAX_BYTES 63 /* of PostgreSQL's names */

void schema_put_chosen(struct str *out, const char *table, const char *column, const char *label)
{
	size_t most = NAME_MAX_BYTES - strlen(label) - 1 - (column ? 1 : 0);
	size_t one = strlen(table), two = column ? strlen(column) : 0;

	while (one + two > most)
		*(one > two ? &one : &two) -= 1;
	str_putv(out, (struct view){table, utf8_cut(table, one)});
	if (column) {
		str_putc(out, '_');
		str_putv(out, (struct view){column, utf8_cut(column, two)});
	}
	str_printf(out, "_%s", label);
}

bool schema_may_be_unique(const struct schema_entry *column)
{
	return column->present && !column->v1 && column->def && strstr(column->def, "\"unique\"");
}

bool schema_column_is_unique(const struct schema_entry *column)
{
	if (!schema_may_be_unique(column))
		return false;
	AUTO_JSON *def = schema_def(column);
	return json_is_true(json_object_get(def, "unique"));
}

static bool is_chosen(const char *name, const char *table, const char *column)
{
	AUTO_STR chosen = {0};

	schema_put_chosen(&chosen, table, column, "key");
	return strcmp(str_cstr(&chosen), name) == 0;
}

/* How the definition of a column with that constraint has it: so that only a hit is parsed. */
static void put_member(struct str *out, const char *name)
{
	str_puts(out, "\"" UNIQUE_NAME "\":");
	json_write_string(out, view_of(name));
}

static bool is_named(const struct schema_entry *column, const struct str *member, const char *name)
{
	if (!column->def || !strstr(column->def, str_cstr(member)))
		return false;
	AUTO_JSON *def = schema_def(column);
	return str_eq(json_text(def, UNIQUE_NAME), name);
}

static bool is_by(const struct schema_entry *column, const struct str *member, const char *table,
		  const char *name)
{
	if (!schema_may_be_unique(column))
		return false;
	bool chosen = ends_with(name, "_key") && is_chosen(name, table, column->name);

	return (chosen || is_named(column, member, name)) && schema_column_is_unique(column);
}

bool schema_is_unique_by(const struct schema_entry *column, const char *table, const char *name)
{
	AUTO_STR member = {0};

	put_member(&member, name);
	return is_by(column, &member, table, name);
}

struct schema_entry *schema_unique_column(const struct schema_entry *table, const char *name)
{
	AUTO_STR member = {0};

	put_member(&member, name);
	for (struct schema_entry *c = table->table->columns.first; c; c = c->next)
		if (is_by(c, &member, table->name, name))
			return c;
	return NULL;
}
