/* Collects what one side's records do to which names. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/conflict_impl.h"

#include "base/banned.h"

/* ---- one side's walk */

struct walk {
	struct accesses *a;
	int side;
	const struct record *record;
	const char *schema_name;     /* of PostgreSQL; "" for v1 */
	const struct schema *schema; /* before the operation; NULL: not known */
	size_t at;		     /* position of the record */
	size_t operation;
	bool counts;
	struct sites sites;
};

static void note_at(struct walk *w, size_t at, enum site_use use, const char *attribute)
{
	struct access_list *l = &w->a->keys[at].side[w->side];

	if (l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 2;
		l->items = xrealloc(l->items, l->cap, sizeof *l->items);
	}
	l->items[l->len++] = (struct access){w->at, w->operation, use, attribute};
	l->strong += is_strong(use);
}

/* What happens to a column that this side renamed concerns the other under the former name, too. */
static void note(struct walk *w, enum key_kind kind, const char *table, const char *name,
		 enum site_use use, const char *attribute)
{
	size_t at = access_key_at(w->a, kind, w->schema_name, table, name);
	size_t former = w->a->keys[at].former[w->side];

	note_at(w, at, use, attribute);
	if (former != NO_KEY && former != at)
		note_at(w, former, use, attribute);
}

/* Only what is not told by the name itself: that one is renamed is an access of its own. */
static void column_was(struct walk *w, const char *table, const char *from, const char *to)
{
	static const enum key_kind kinds[] = {KEY_CHANGES, KEY_UNIQUE};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t was = access_key_at(w->a, kinds[i], w->schema_name, table, from);
		size_t is = access_key_at(w->a, kinds[i], w->schema_name, table, to);
		size_t first = w->a->keys[was].former[w->side];
		w->a->keys[is].former[w->side] = first != NO_KEY ? first : was;
	}
}

static struct schema_entry *find_table(const struct walk *w, const char *name)
{
	struct schema_entry *t = w->schema ? schema_find(&w->schema->tables, name) : NULL;

	return t && t->present ? t : NULL;
}

static struct schema_entry *find_column(const struct walk *w, const struct site *site)
{
	struct schema_entry *t = site->table ? find_table(w, site->table) : NULL;
	struct schema_entry *c = t ? schema_find(&t->table->columns, site->name) : NULL;

	return c && c->present ? c : NULL;
}

static const struct schema_entry *find_index(const struct walk *w, const char *name)
{
	return w->schema ? schema_find(&w->schema->indexes, name) : NULL;
}

/* ---- what goes with a column or table */

static bool is_over(const struct schema_entry *e, const char *column)
{
	AUTO_JSON *def = schema_def(e);
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(def, "columns"), i, item)
	{
		if (str_eq(json_string_value(item), column))
			return true;
	}
	return false;
}

/* Each column that an index or constraint of the table is over. */
static void note_columns(struct walk *w, enum key_kind kind, const char *table,
			 const struct schema_entry *e, enum site_use use, const char *attribute)
{
	AUTO_JSON *def = schema_def(e);
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(def, "columns"), i, item)
		note(w, kind, table, json_string_value(item), use, attribute);
}

/* Each column of the table's primary key, as far as records tell. */
static void note_key_columns(struct walk *w, enum key_kind kind, const char *table,
			     enum site_use use, const char *attribute)
{
	const struct schema_entry *t = find_table(w, table), *e;

	for (e = t ? t->table->columns.first : NULL; e; e = e->next)
		if (schema_column_is_key(e))
			note(w, kind, table, e->name, use, attribute);
	for (e = t ? t->table->constraints.first : NULL; e; e = e->next)
		if (schema_constraint_is_key(e))
			note_columns(w, kind, table, e, use, attribute);
}

/* column NULL: all indexes of the table. */
static void note_indexes(struct walk *w, const char *table, const char *column)
{
	const struct schema_target *t = w->schema ? schema_target(w->schema, table) : NULL;

	for (const struct schema_entry *e = t ? t->indexes : NULL; e; e = e->target_next)
		if (!column || is_over(e, column))
			note(w, KEY_INDEX, NULL, e->name, SITE_REMOVES, NULL);
	note(w, KEY_SOME_INDEX, NULL, NULL, SITE_REMOVES, NULL);
}

/* The names that the constraint behind a column that is declared unique may have. */
static void note_unique(struct walk *w, const char *table, const struct schema_entry *column,
			enum site_use use)
{
	AUTO_JSON *def = schema_def(column);
	AUTO_STR chosen = {0};
	const char *name = json_text(def, UNIQUE_NAME);

	schema_put_chosen(&chosen, table, column->name, "key");
	note(w, KEY_CONSTRAINT, table, str_cstr(&chosen), use, NULL);
	if (name && strcmp(name, str_cstr(&chosen)) != 0)
		note(w, KEY_CONSTRAINT, table, name, use, NULL);
}

static void column_goes(struct walk *w, const struct site *site)
{
	const struct schema_entry *t = find_table(w, site->table);

	note(w, KEY_COLUMN_ANYWHERE, NULL, site->name, site->use, NULL);
	if (site->use != SITE_REMOVES || record_format(w->record) != RECORD_PGROLL)
		return;
	const struct schema_entry *c = find_column(w, site);
	if (c && schema_column_is_key(c)) {
		note(w, KEY_PRIMARY, site->table, NULL, SITE_USES, NULL);
		note(w, KEY_UNIQUE, site->table, site->name, SITE_REMOVES, NULL);
	}
	if (c && schema_column_is_unique(c))
		note_unique(w, site->table, c, SITE_REMOVES);
	for (const struct schema_entry *e = t ? t->table->constraints.first : NULL; e; e = e->next)
		if (is_over(e, site->name))
			note(w, KEY_CONSTRAINT, site->table, e->name, SITE_REMOVES, NULL);
	note(w, KEY_SOME_CONSTRAINT, site->table, NULL, SITE_REMOVES, NULL);
	note_indexes(w, site->table, site->name);
}

/* Whether the records say what e is made of. */
static bool is_described(const struct schema_entry *e)
{
	return e && e->present && !e->unsure && !e->implied;
}

static bool names_column(const struct walk *w)
{
	for (size_t i = 0; i < w->sites.len; i++)
		if (w->sites.items[i].space == SITE_COLUMN)
			return true;
	return false;
}

static const struct schema_entry *find_constraint(const struct walk *w, const struct site *site)
{
	const struct schema_entry *t = find_table(w, site->table);

	return t ? schema_find(&t->table->constraints, site->name) : NULL;
}

/* The column that declares the constraint, where no record describes it. */
static const struct schema_entry *find_unique(const struct walk *w, const struct site *site)
{
	const struct schema_entry *t = find_table(w, site->table), *e = find_constraint(w, site);

	return t && !(e && e->present) ? schema_unique_column(t, site->name) : NULL;
}

/* ---- keys that foreign keys point to */

static void key_is_needed(struct walk *w, const struct site *site)
{
	if (site->space == SITE_TABLE) {
		note(w, KEY_PRIMARY, site->name, NULL, SITE_USES, NULL);
		note_key_columns(w, KEY_UNIQUE, site->name, SITE_USES, NULL);
		note_key_columns(w, KEY_CHANGES, site->name, SITE_USES, "type");
		return;
	}
	note(w, KEY_UNIQUE, site->table, site->name, SITE_USES, NULL);
	note(w, KEY_UNIQUE, site->table, NULL, SITE_USES, NULL);
	note(w, KEY_UNIQUE, NULL, NULL, SITE_USES, NULL);
}

/* The names that PostgreSQL gives to other constraints than keys end so. */
static bool is_no_key_name(const char *name)
{
	return ends_with(name, "_fkey") || ends_with(name, "_check");
}

/* A column is no more unique when the constraint goes that says so. */
static void unique_goes(struct walk *w, const char *table, const char *column)
{
	note(w, KEY_UNIQUE, table, column, SITE_REMOVES, NULL);
	note(w, KEY_CHANGES, table, column, SITE_CHANGES, "unique");
}

static void described_key_goes(struct walk *w, const struct site *site,
			       const struct schema_entry *e)
{
	AUTO_JSON *def = schema_def(e);
	const json_t *columns = json_object_get(def, "columns");
	const char *type = json_text(def, "type");

	if (str_eq(type, "unique") && json_array_size(columns) == 1)
		unique_goes(w, site->table, json_string_value(json_array_get(columns, 0)));
	else if (str_eq(type, "unique") || str_eq(type, "primary_key"))
		note_columns(w, KEY_UNIQUE, site->table, e, SITE_REMOVES, NULL);
}

/* A constraint that is removed. e: what is known of it, or NULL; column: what declares it. */
static void key_may_go(struct walk *w, const struct site *site, const struct schema_entry *e,
		       const struct schema_entry *column)
{
	bool by_column = false;

	if (is_described(e))
		described_key_goes(w, site, e);
	else if (column)
		unique_goes(w, site->table, column->name);
	if (is_described(e) || column)
		return;
	if (is_no_key_name(site->name))
		return;
	for (size_t i = 0; i < w->sites.len; i++) {
		const struct site *s = &w->sites.items[i];
		if (s->space != SITE_COLUMN || !str_eq(s->table, site->table))
			continue;
		note(w, KEY_UNIQUE, site->table, s->name, SITE_REMOVES, NULL);
		by_column = true;
	}
	if (!by_column)
		note(w, KEY_UNIQUE, site->table, NULL, SITE_REMOVES, NULL);
}

/* ---- constraints and indexes that go */

static void constraint_goes(struct walk *w, const struct site *site)
{
	const struct schema_entry *e = find_constraint(w, site), *column = find_unique(w, site);
	bool is_key = e && e->present && e->def ? schema_constraint_is_key(e)
						: schema_is_key_name(site->name);

	if (is_key)
		note(w, KEY_PRIMARY, site->table, NULL,
		     site->use == SITE_REMOVES ? SITE_REMOVES : SITE_USES, NULL);
	if (!is_described(e) && !column && !names_column(w))
		note(w, KEY_SOME_CONSTRAINT, site->table, NULL, SITE_USES, NULL);
	if (site->use == SITE_REMOVES)
		key_may_go(w, site, e, column);
	else if (column) /* no more told by the column */
		note(w, KEY_CHANGES, site->table, column->name, SITE_CHANGES, "unique");
}

static void index_goes(struct walk *w, const struct site *site)
{
	const struct schema_entry *e = find_index(w, site->name);

	if (!is_described(e))
		note(w, KEY_SOME_INDEX, NULL, NULL, SITE_USES, NULL);
	if (site->use != SITE_REMOVES)
		return;
	if (!is_described(e)) {
		note(w, KEY_UNIQUE, NULL, NULL, SITE_REMOVES, NULL);
		return;
	}
	AUTO_JSON *def = schema_def(e);
	if (e->target && json_is_true(json_object_get(def, "unique")))
		note_columns(w, KEY_UNIQUE, e->target->name, e, SITE_REMOVES, NULL);
}

/* ---- sites */

/* A column from before a conversion is rewritten whole, with the name of the table it links to. */
static void note_change(struct walk *w, const struct site *site)
{
	const struct schema_entry *c = site->space == SITE_COLUMN ? find_column(w, site) : NULL;
	const char *owner = site->space == SITE_COLUMN ? site->table : NULL;

	if (site->attribute)
		note(w, KEY_CHANGES, owner, site->name, SITE_CHANGES, site->attribute);
	if (site->attribute || !c || !c->v1)
		return;
	note(w, KEY_CHANGES, owner, site->name, SITE_CHANGES, "definition");
	if (c->target)
		note(w, KEY_TABLE, NULL, c->target->name, SITE_USES, NULL);
}

/* The columns of a constraint that no record describes, but its name tells it. */
static void note_need_of_chosen(struct walk *w, const struct site *site)
{
	const struct schema_entry *c = find_unique(w, site);

	if (c)
		note(w, KEY_CHANGES, site->table, c->name, SITE_USES, site->needs);
	if (!schema_is_key_name(site->name))
		return;
	note(w, KEY_PRIMARY, site->table, NULL, SITE_USES, NULL);
	note_key_columns(w, KEY_UNIQUE, site->table, SITE_USES, NULL);
}

static void note_need(struct walk *w, const struct site *site)
{
	const struct schema_entry *e = NULL;

	if (site->space == SITE_COLUMN) {
		note(w, KEY_CHANGES, site->table, site->name, SITE_USES, site->needs);
		return;
	}
	e = site->space == SITE_INDEX ? find_index(w, site->name) : find_constraint(w, site);
	const char *table = site->space == SITE_INDEX && e ? schema_target_name(e) : site->table;
	if (is_described(e) && table)
		note_columns(w, KEY_CHANGES, table, e, SITE_USES, site->needs);
	else if (site->space == SITE_CONSTRAINT)
		note_need_of_chosen(w, site);
}

static void note_goes(struct walk *w, const struct site *site)
{
	switch (site->space) {
	case SITE_TABLE:
		if (site->use == SITE_REMOVES && record_format(w->record) == RECORD_PGROLL)
			note_indexes(w, site->name, NULL);
		break;
	case SITE_COLUMN:
		column_goes(w, site);
		break;
	case SITE_CONSTRAINT:
		constraint_goes(w, site);
		break;
	case SITE_INDEX:
		index_goes(w, site);
		break;
	}
}

/* A renamed constraint that no record describes may have an index. */
static bool comes_with_index(const struct walk *w, const struct site *site)
{
	if (site->use != SITE_RENAMES_TO)
		return site->has_index;
	const struct schema_entry *e = find_constraint(w, site - 1); /* RENAMES_FROM */
	if (!is_described(e))
		return true;
	AUTO_JSON *def = schema_def(e);
	return constraint_has_index(json_text(def, "type"));
}

/* Whether a name may be taken that PostgreSQL would choose: then it puts a number behind it. */
static bool may_be_taken(const struct walk *w, const char *table, const char *name)
{
	if (!w->schema)
		return false;
	const struct schema_entry *t = schema_find(&w->schema->tables, table);
	const struct schema_entry *e = find_index(w, name);
	/* A table that was renamed keeps the names that its indexes have from it. */
	return (t && !t->present) || (e && e->present) || find_table(w, name);
}

static void note_chosen(struct walk *w, const char *table, const char *column, const char *label)
{
	AUTO_STR name = {0};
	AUTO_STR numbered = {0};

	schema_put_chosen(&name, table, column, label);
	note(w, KEY_RELATION, NULL, str_cstr(&name), SITE_MAKES, NULL);
	if (strcmp(label, "seq") != 0)
		note(w, KEY_CONSTRAINT, table, str_cstr(&name), SITE_MAKES, NULL);
	if (!may_be_taken(w, table, str_cstr(&name)))
		return;
	str_printf(&numbered, "%s1", label);
	str_clear(&name);
	schema_put_chosen(&name, table, column, str_cstr(&numbered));
	note(w, KEY_RELATION, NULL, str_cstr(&name), SITE_MAKES, NULL);
}

/* What add_column calls after the column; see UNIQUE_NAME. A new table's column is no such one. */
static void note_added_unique(struct walk *w, const struct site *site)
{
	if (w->sites.len && w->sites.items[0].use == SITE_MAKES)
		return;
	note(w, KEY_RELATION, NULL, site->name, SITE_MAKES, NULL);
	note(w, KEY_CONSTRAINT, site->table, site->name, SITE_MAKES, NULL);
}

/* The constraint of a key and the sequence that a new column brings without a word. */
static void note_implied(struct walk *w, const struct site *site)
{
	const json_t *column = site->holder, *generated = json_object_get(column, "generated");

	if (record_format(w->record) != RECORD_PGROLL)
		return;
	if (site->makes_key)
		note_chosen(w, site->table, NULL, "pkey");
	if (json_is_true(json_object_get(column, "unique"))) {
		note_chosen(w, site->table, site->name, "key");
		note_added_unique(w, site);
	}
	if (operation_type_is_serial(json_text(column, "type")) ||
	    json_is_object(json_object_get(generated, "identity")))
		note_chosen(w, site->table, site->name, "seq");
}

/* Where raw SQL may have taken the table's key, a new one says that it did. */
static void key_comes(struct walk *w, const char *table)
{
	const struct schema_entry *t = find_table(w, table);

	note(w, KEY_PRIMARY, table, NULL, SITE_MAKES, NULL);
	if (t && !t->table->lost_unknown)
		note_key_columns(w, KEY_UNIQUE, table, SITE_REMOVES, NULL);
}

/* What else comes with a thing that is made or gets a name. */
static void note_comes(struct walk *w, const struct site *site)
{
	bool is_relation = site->space == SITE_TABLE || site->space == SITE_INDEX ||
			   (site->space == SITE_CONSTRAINT && comes_with_index(w, site));

	if (is_relation)
		note(w, KEY_RELATION, NULL, site->name, SITE_MAKES, NULL);
	if (site->makes_key)
		key_comes(w, site->table);
	if (site->space == SITE_COLUMN && site->use == SITE_MAKES)
		note_implied(w, site);
	if (site->space == SITE_COLUMN && site->use == SITE_RENAMES_TO)
		column_was(w, site->table, (site - 1)->name, site->name);
}

static void note_site(struct walk *w, const struct site *site)
{
	static const enum key_kind kinds[] = {KEY_TABLE, KEY_COLUMN, KEY_CONSTRAINT, KEY_INDEX};

	if (site->use == SITE_CHANGES) {
		note_change(w, site);
		return;
	}
	if (site->space == SITE_COLUMN && !site->table) {
		note(w, KEY_COLUMN_ANYWHERE, NULL, site->name, site->use, NULL);
		return;
	}
	if (site->space == SITE_CONSTRAINT && site->use == SITE_USES &&
	    is_described(find_index(w, site->name)))
		return; /* the index is one by itself */
	note(w, kinds[site->space], site->table, site->name, site->use, NULL);
	if (site->referenced)
		key_is_needed(w, site);
	if (site->needs)
		note_need(w, site);
	/* An expression is made for the type that it meets. */
	if (site->use == SITE_MENTIONS && site->space == SITE_COLUMN)
		note(w, KEY_CHANGES, site->table, site->name, SITE_MENTIONS, "type");
	if (site->use == SITE_REMOVES || site->use == SITE_RENAMES_FROM)
		note_goes(w, site);
	if (site->use == SITE_MAKES || site->use == SITE_RENAMES_TO)
		note_comes(w, site);
}

static void note_undecidable(struct walk *w, enum sites_kind kind)
{
	struct undecidables *u = &w->a->undecidable[w->side];

	for (size_t i = u->len; i-- && u->items[i].record == w->at;)
		if (u->items[i].kind == kind)
			return;
	if (u->len == u->cap) {
		u->cap = u->cap ? u->cap * 2 : 8;
		u->items = xrealloc(u->items, u->cap, sizeof *u->items);
	}
	u->items[u->len++] = (struct undecidable){w->at, w->operation, kind};
}

static void before_operation(void *ctx, const struct schema *s, size_t operation, const json_t *op)
{
	struct walk *w = ctx;

	if (!w->counts)
		return;
	w->schema = s;
	w->operation = operation;
	enum sites_kind kind = sites_of(&w->sites, record_format(w->record), op);
	if (kind != SITES_KNOWN) {
		note_undecidable(w, kind);
		return;
	}
	for (size_t i = 0; i < w->sites.len; i++)
		note_site(w, &w->sites.items[i]);
}

int accesses_collect(struct accesses *a, int side, struct schema *s, const struct records *records,
		     const size_t *behind, struct error *err)
{
	struct walk w = {.a = a, .side = side};
	const struct schema_watch watch = {before_operation, &w};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < records->len; i++) {
		const char *name = record_schema(records->items[i]);
		w.record = records->items[i];
		w.schema_name = name ? name : "";
		w.at = i;
		w.counts = !behind || behind[i] > 0;
		rc = schema_apply_watched(s, records->items[i], &watch, err);
		if (rc < 0)
			error_prefix(err, "record \"%s\"", record_name(records->items[i]));
	}
	sites_release(&w.sites);
	return rc;
}
