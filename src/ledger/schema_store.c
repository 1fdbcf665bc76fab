/* Saves the logical schema as JSON and reads it back, or copies it, gone entries too. */
#include <stdint.h>
#include <string.h>

#include "ledger/schema_pgroll.h"

#include "base/banned.h"

#define SAVED_VERSION 1

/* ---- saving */

static json_t *save_space(const struct schema_space *space);

static void put_flag(json_t *obj, const char *key, bool flag)
{
	if (flag)
		json_put(obj, key, json_true());
}

static json_t *save_entry(const struct schema_entry *e)
{
	json_t *saved = json_object();

	json_put_string(saved, "name", e->name);
	put_flag(saved, "gone", !e->present);
	put_flag(saved, "unsure", e->unsure);
	put_flag(saved, "implied", e->implied);
	put_flag(saved, "v1", e->v1);
	if (!e->present)
		return saved;
	if (e->def)
		json_put(saved, "def", schema_def(e));
	json_put_string(saved, "target", e->target);
	if (e->table) {
		json_put(saved, "columns", save_space(&e->table->columns));
		json_put(saved, "constraints", save_space(&e->table->constraints));
		put_flag(saved, "lostUnknown", e->table->lost_unknown);
	}
	return saved;
}

static json_t *save_space(const struct schema_space *space)
{
	json_t *list = json_array();

	for (const struct schema_entry *e = space->first; e; e = e->next)
		json_array_append_new(list, save_entry(e));
	for (size_t i = 0; i < space->all_len; i++)
		if (!space->all[i]->present)
			json_array_append_new(list, save_entry(space->all[i]));
	return list;
}

json_t *schema_save(const struct schema *s)
{
	json_t *saved = json_object();

	json_put(saved, "version", json_integer(SAVED_VERSION));
	json_put_string(saved, "format", record_format_name(s->format));
	json_put(saved, "open", json_boolean(s->open));
	json_put_string(saved, "schema", s->name);
	json_put(saved, "tables", save_space(&s->tables));
	json_put(saved, "indexes", save_space(&s->indexes));
	return saved;
}

/* ---- counting */

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

/* ---- loading */

static int load_space(struct schema *s, struct schema_space *space, const json_t *list,
		      struct error *err);

static int load_flags(struct schema_entry *e, bool *gone, const json_t *saved, struct error *err)
{
	int rc = json_get_bool(gone, saved, "gone", JSON_OPTIONAL, err);

	if (rc == 0)
		rc = json_get_bool(&e->unsure, saved, "unsure", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_bool(&e->implied, saved, "implied", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_bool(&e->v1, saved, "v1", JSON_OPTIONAL, err);
	return rc;
}

static int load_entry(struct schema *s, struct schema_space *space, const json_t *saved,
		      struct error *err)
{
	static const char *const nothing[] = {NULL};
	const char *name, *target = NULL;
	json_t *def = NULL, *columns = NULL, *constraints = NULL;
	bool gone = false;
	int rc = json_get_string(&name, saved, "name", JSON_REQUIRED, err);

	if (rc == 0 && schema_find(space, name))
		rc = fail(err, E_INVALID, "\"%.100s\" is there twice", name);
	if (rc == 0)
		rc = json_get_string(&target, saved, "target", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_object(&def, saved, "def", JSON_OPTIONAL, err);
	if (rc < 0)
		return rc;
	struct schema_entry *e = schema_put(s, space, name);
	e->def = def ? schema_intern_def(s, def, nothing) : NULL;
	schema_set_target(s, e, target);
	rc = load_flags(e, &gone, saved, err);
	if (rc == 0 && gone) {
		bool unsure = e->unsure;
		schema_drop(s, space, e);
		e->unsure = unsure;
	}
	if (rc < 0 || gone || !e->table)
		return rc;
	rc = json_get_array(&columns, saved, "columns", JSON_REQUIRED, err);
	if (rc == 0)
		rc = load_space(s, &e->table->columns, columns, err);
	if (rc == 0)
		rc = json_get_array(&constraints, saved, "constraints", JSON_REQUIRED, err);
	if (rc == 0)
		rc = load_space(s, &e->table->constraints, constraints, err);
	if (rc == 0)
		rc = json_get_bool(&e->table->lost_unknown, saved, "lostUnknown", JSON_OPTIONAL,
				   err);
	return rc;
}

static int load_space(struct schema *s, struct schema_space *space, const json_t *list,
		      struct error *err)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		int rc = load_entry(s, space, item, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int load_head(struct schema *s, const json_t *saved, struct error *err)
{
	const char *format = "", *name = NULL;
	long long version = 0;
	int rc = json_get_int(&version, saved, "version", JSON_REQUIRED, err);

	if (rc == 0 && version != SAVED_VERSION)
		rc = fail(err, E_INVALID, "version %lld is not known here", version);
	if (rc == 0)
		rc = json_get_string(&format, saved, "format", JSON_REQUIRED, err);
	if (rc == 0)
		rc = json_get_bool(&s->open, saved, "open", JSON_REQUIRED, err);
	if (rc == 0)
		rc = json_get_string(&name, saved, "schema", JSON_OPTIONAL, err);
	if (rc < 0)
		return rc;
	s->name = schema_intern(s, name);
	while (strcmp(record_format_name(s->format), format) != 0)
		if (s->format++ == RECORD_PGROLL)
			return fail(err, E_INVALID, "format \"%.40s\" is not known here", format);
	return 0;
}

int schema_load(struct schema **out, const json_t *saved, struct error *err)
{
	AUTO(schema) *s = schema_new(RECORD_NONE);
	json_t *tables, *indexes;
	int rc = load_head(s, saved, err);

	*out = NULL;
	if (rc == 0)
		rc = json_get_array(&tables, saved, "tables", JSON_REQUIRED, err);
	if (rc == 0)
		rc = load_space(s, &s->tables, tables, err);
	if (rc == 0)
		rc = json_get_array(&indexes, saved, "indexes", JSON_REQUIRED, err);
	if (rc == 0)
		rc = load_space(s, &s->indexes, indexes, err);
	if (rc < 0) {
		error_prefix(err, "cannot read the saved schema");
		return rc;
	}
	schema_commit(s);
	*out = steal(&s);
	return 0;
}

/* ---- copying */

static void copy_space(struct schema *to, struct schema_space *out,
		       const struct schema_space *space);

static struct schema_entry *copy_entry(struct schema *to, struct schema_space *out,
				       const struct schema_entry *e)
{
	struct schema_entry *copy = schema_put(to, out, e->name);

	copy->def = schema_intern(to, e->def);
	schema_set_target(to, copy, e->target);
	copy->implied = e->implied;
	copy->v1 = e->v1;
	if (e->table) {
		copy_space(to, &copy->table->columns, &e->table->columns);
		copy_space(to, &copy->table->constraints, &e->table->constraints);
		copy->table->lost_unknown = e->table->lost_unknown;
	}
	return copy;
}

static void copy_space(struct schema *to, struct schema_space *out,
		       const struct schema_space *space)
{
	for (const struct schema_entry *e = space->first; e; e = e->next)
		copy_entry(to, out, e)->unsure = e->unsure;
	for (size_t i = 0; i < space->all_len; i++) {
		const struct schema_entry *gone = space->all[i];
		if (gone->present)
			continue;
		struct schema_entry *copy = copy_entry(to, out, gone);
		schema_drop(to, out, copy);
		copy->unsure = gone->unsure;
	}
	schema_commit(to);
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
	if (strcmp(a->name, b->name) != 0 || !str_eq(a->target, b->target) || !same_def(a, b))
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
