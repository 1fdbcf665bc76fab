/* How large the logical schema is, without making anything of it. */
#include <string.h>

#include "ledger/schema_impl.h"

#include "base/banned.h"

/* ---- values */

static size_t count_space(const struct schema_space *space)
{
	size_t n = space->all_len;

	for (const struct schema_entry *e = space->first; e; e = e->next) {
		if (e->def && strcmp(e->def, "{}") != 0)
			n += json_measure(view_of(e->def), SIZE_MAX, SIZE_MAX).values;
		if (e->table)
			n += count_space(&e->table->columns) + count_space(&e->table->constraints);
	}
	return n;
}

size_t schema_values(const struct schema *s)
{
	return count_space(&s->tables) + count_space(&s->indexes);
}

/* ---- as the API shows it: what schema_api.c writes around names and definitions, at most */

#define TABLE_BYTES 170
#define COLUMN_BYTES 100
#define V1_BYTES 50	/* of what a v1 column comes to have, more than that */
#define UNIQUE_BYTES 50 /* of the constraint that a unique column is shown with */
#define OTHER_BYTES 70	/* a constraint or an index */

/* Bytes of a JSON string, at most. */
static size_t quoted(const char *text)
{
	size_t n = 2;

	for (; *text; text++)
		n += (unsigned char)*text < 0x20 ? 6 : *text == '"' || *text == '\\' ? 2 : 1;
	return n;
}

/* Name and name again, what is kept of it, and the table that it points to. */
static size_t show_entry(const struct schema *s, const struct schema_entry *e)
{
	/* What was a v1 column may have its texts in quotes within quotes. */
	size_t times = e->v1 && s->format == RECORD_PGROLL ? 2 : 1, n = 2 * quoted(e->name);

	if (e->def)
		n += strlen(e->def) * times;
	if (e->target)
		n += quoted(e->target->name) * times;
	if (e->column)
		n += quoted(schema_target_column(e));
	if (times > 1)
		n += V1_BYTES;
	return n;
}

static size_t show_column(const struct schema *s, const struct schema_entry *e, size_t table)
{
	size_t name = quoted(e->name), n = show_entry(s, e) + COLUMN_BYTES;

	if (e->def && strstr(e->def, "\"pk\""))
		n += name;
	if (e->def && strstr(e->def, "\"unique\"")) /* its name, twice, is there or made of both */
		n += 2 * (table + name + strlen(e->def)) + name + UNIQUE_BYTES;
	return n;
}

static size_t show_table(const struct schema *s, const struct schema_entry *t)
{
	size_t name = quoted(t->name), n = show_entry(s, t) + TABLE_BYTES;

	for (const struct schema_entry *c = t->table->columns.first; c; c = c->next)
		n += show_column(s, c, name);
	for (const struct schema_entry *k = t->table->constraints.first; k; k = k->next)
		n += show_entry(s, k) + OTHER_BYTES;
	return n;
}

size_t schema_api_bytes(const struct schema *s)
{
	size_t n = s->name ? quoted(s->name) + TABLE_BYTES : TABLE_BYTES;

	for (const struct schema_entry *t = s->tables.first; t; t = t->next)
		n += show_table(s, t);
	for (const struct schema_entry *e = s->indexes.first; e; e = e->next)
		n += show_entry(s, e) + OTHER_BYTES;
	return n;
}
