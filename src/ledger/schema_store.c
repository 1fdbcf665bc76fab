/* Saves the logical schema as JSON text, or copies it, gone entries too. */
#include <stdint.h>
#include <string.h>

#include "ledger/schema_pgroll.h"

#include "base/banned.h"

/* ---- saving */

static void write_space(struct str *out, const struct schema_space *space);

static void put_flag(struct str *out, const char *key, bool flag)
{
	if (flag)
		str_printf(out, ",\"%s\":true", key);
}

static void put_text(struct str *out, const char *key, const char *text)
{
	if (!text)
		return;
	str_puts(out, key);
	json_write_string(out, view_of(text));
}

/* Definitions are kept as the texts that they are saved as, but for what was renamed since. */
static void write_def(struct str *out, const struct schema_entry *e)
{
	if (!schema_target_was_renamed(e)) {
		str_puts(out, e->def);
		return;
	}
	AUTO_JSON *def = schema_def(e);
	json_write(out, def, JSON_FORM_COMPACT);
}

static void write_entry(struct str *out, const struct schema_entry *e)
{
	put_text(out, "{\"name\":", e->name);
	put_flag(out, "gone", !e->present);
	put_flag(out, "unsure", e->unsure);
	put_flag(out, "implied", e->implied);
	put_flag(out, "v1", e->v1);
	if (e->present && e->def) {
		str_puts(out, ",\"def\":");
		write_def(out, e);
	}
	if (e->present) {
		put_text(out, ",\"target\":", schema_target_name(e));
		put_text(out, ",\"targetColumn\":", schema_target_column(e));
	}
	if (e->present && e->table) {
		str_puts(out, ",\"columns\":");
		write_space(out, &e->table->columns);
		str_puts(out, ",\"constraints\":");
		write_space(out, &e->table->constraints);
		put_flag(out, "lostUnknown", e->table->lost_unknown);
	}
	str_putc(out, '}');
}

static void write_space(struct str *out, const struct schema_space *space)
{
	char before = '[';

	for (const struct schema_entry *e = space->first; e; e = e->next) {
		str_putc(out, before);
		write_entry(out, e);
		before = ',';
	}
	for (size_t i = 0; i < space->all_len; i++) {
		if (space->all[i]->present)
			continue;
		str_putc(out, before);
		write_entry(out, space->all[i]);
		before = ',';
	}
	str_puts(out, before == '[' ? "[]" : "]");
}

void schema_save(struct str *out, const struct schema *s)
{
	str_puts(out, "{\"version\":" SCHEMA_SAVED_VERSION);
	put_text(out, ",\"format\":", record_format_name(s->format));
	str_printf(out, ",\"open\":%s", s->open ? "true" : "false");
	put_text(out, ",\"schema\":", s->name);
	str_puts(out, ",\"tables\":");
	write_space(out, &s->tables);
	str_puts(out, ",\"indexes\":");
	write_space(out, &s->indexes);
	str_putc(out, '}');
}

/* ---- copying */

static void copy_space(struct schema *to, struct schema_space *out,
		       const struct schema_space *space);

static void copy_entry(struct schema *to, struct schema_space *out, const struct schema_entry *e)
{
	const struct schema_entry *copy = schema_add_copy(to, out, e);

	if (!e->table)
		return;
	copy_space(to, &copy->table->columns, &e->table->columns);
	copy_space(to, &copy->table->constraints, &e->table->constraints);
	copy->table->lost_unknown = e->table->lost_unknown;
}

static void copy_space(struct schema *to, struct schema_space *out,
		       const struct schema_space *space)
{
	schema_reserve(out, space->all_len);
	for (const struct schema_entry *e = space->first; e; e = e->next)
		copy_entry(to, out, e);
	for (size_t i = 0; i < space->all_len; i++)
		if (!space->all[i]->present)
			copy_entry(to, out, space->all[i]);
}

struct schema *schema_copy(const struct schema *s)
{
	struct schema *copy = schema_new(s->format);

	copy->open = s->open;
	copy->name = schema_intern(copy, s->name);
	copy_space(copy, &copy->tables, &s->tables);
	copy_space(copy, &copy->indexes, &s->indexes);
	return copy;
}

/* ---- comparing */

static bool same_space(const struct schema_space *a, const struct schema_space *b);

/* A definition keeps the name that its target had when it was made; target has the present one. */
static json_t *def_without_target(const struct schema_entry *e)
{
	json_t *def = schema_def(e);

	json_object_del(json_object_get(def, "link"), "table");
	json_object_del(json_object_get(def, "references"), "table");
	return def;
}

static bool same_def(const struct schema_entry *a, const struct schema_entry *b)
{
	if (str_eq(a->def, b->def))
		return true;
	if (!a->target || !a->def || !b->def)
		return false;
	AUTO_JSON *x = def_without_target(a);
	AUTO_JSON *y = def_without_target(b);
	return json_equal(x, y);
}

static bool same_entry(const struct schema_entry *a, const struct schema_entry *b)
{
	if (strcmp(a->name, b->name) != 0 ||
	    !str_eq(schema_target_name(a), schema_target_name(b)) ||
	    !str_eq(schema_target_column(a), schema_target_column(b)) || !same_def(a, b))
		return false;
	if (a->unsure != b->unsure || a->implied != b->implied || a->v1 != b->v1)
		return false;
	if (!a->table || !b->table)
		return !a->table == !b->table;
	return a->table->lost_unknown == b->table->lost_unknown &&
	       same_space(&a->table->columns, &b->table->columns) &&
	       same_space(&a->table->constraints, &b->table->constraints);
}

static bool same_space(const struct schema_space *a, const struct schema_space *b)
{
	const struct schema_entry *x = a->first, *y = b->first;

	while (x && y && same_entry(x, y)) {
		x = x->next;
		y = y->next;
	}
	return !x && !y;
}

bool schema_same(const struct schema *a, const struct schema *b)
{
	return a->format == b->format && a->open == b->open && str_eq(a->name, b->name) &&
	       same_space(&a->tables, &b->tables) && same_space(&a->indexes, &b->indexes);
}
