/*
 * Folds a sequence of operations into a shorter one with the same effect.
 *
 * Names are resolved to the things they mean at each operation, so that a thing is followed through
 * its renames. A thing that goes within the sequence needs none of what was done to it, as long as
 * nothing that remains needs it; a thing that stays can have its last name from the beginning, as
 * long as nothing else ever had it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/schema_impl.h"
#include "ledger/sites.h"
#include "ledger/squash_impl.h"

#include "base/banned.h"

#define NONE ((size_t)-1)

/* A table, column, constraint or index, whatever its names. */
struct thing {
	enum site_space space;
	size_t owner;	   /* the table of a column or constraint, else NONE */
	size_t made, gone; /* the operations that did it; NONE: was there before, is there after */
	size_t first_rename; /* NONE: was not renamed */
	size_t renames;
	const char *first, *last; /* names, of the pool */
	bool cancels;		  /* what was done to it can be dropped */
	bool mentioned;		  /* by an SQL expression of an operation that remains */
};

struct fold_op {
	json_t *op; /* borrowed */
	struct sites sites;
	size_t *things; /* one for each site, or NONE */
};

struct fold {
	enum record_format format;
	struct fold_op *ops;
	size_t len, cap;
	struct thing *things;
	size_t things_len, things_cap;
	struct strs pool; /* of names and keys */
	struct map names; /* key of a name -> thing that has it now */
	struct map
		holders; /* key of a name -> the one thing that ever had it, or NONE for several */
	struct str scratch;
	struct error *err;
	const char *record; /* being read */
	int rc;
};

void fold_free(struct fold *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->len; i++) {
		sites_release(&f->ops[i].sites);
		free(f->ops[i].things);
	}
	free(f->ops);
	free(f->things);
	map_release(&f->names);
	map_release(&f->holders);
	strs_release(&f->pool);
	str_release(&f->scratch);
	free(f);
}

size_t fold_count(const struct fold *f)
{
	return f->len;
}

/* ---- names */

static const char *key_of(struct fold *f, enum site_space space, size_t owner, const char *name)
{
	str_clear(&f->scratch);
	str_printf(&f->scratch, "%d %zu %s", (int)space, owner, name);
	return str_cstr(&f->scratch);
}

static const char *keep(struct fold *f, const char *text)
{
	strs_add(&f->pool, text);
	return f->pool.items[f->pool.len - 1];
}

static size_t find(struct fold *f, enum site_space space, size_t owner, const char *name)
{
	size_t thing;

	return map_get(&f->names, key_of(f, space, owner, name), &thing) ? thing : NONE;
}

static void bind(struct fold *f, size_t thing, const char *name)
{
	struct thing *t = &f->things[thing];
	const char *key = keep(f, key_of(f, t->space, t->owner, name));
	size_t other;

	t->last = keep(f, name);
	map_set(&f->names, key, thing);
	if (map_get(&f->holders, key, &other) && other != thing)
		map_set(&f->holders, key, NONE);
	else
		map_add(&f->holders, key, thing);
}

static void unbind(struct fold *f, size_t thing)
{
	const struct thing *t = &f->things[thing];

	if (find(f, t->space, t->owner, t->last) == thing)
		map_remove(&f->names, key_of(f, t->space, t->owner, t->last));
}

/* Whether anything else had that name of the thing at any time. */
static bool is_shared(struct fold *f, size_t thing, const char *name)
{
	const struct thing *t = &f->things[thing];
	size_t holder = NONE;

	map_get(&f->holders, key_of(f, t->space, t->owner, name), &holder);
	return holder != thing;
}

static size_t new_thing(struct fold *f, enum site_space space, size_t owner, const char *name,
			size_t made)
{
	if (f->things_len == f->things_cap) {
		f->things_cap = f->things_cap ? f->things_cap * 2 : 32;
		f->things = xrealloc(f->things, f->things_cap, sizeof *f->things);
	}
	size_t thing = f->things_len++;
	f->things[thing] = (struct thing){
		.space = space, .owner = owner, .made = made, .gone = NONE, .first_rename = NONE};
	bind(f, thing, name);
	f->things[thing].first = f->things[thing].last;
	return thing;
}

static size_t find_or_new(struct fold *f, enum site_space space, size_t owner, const char *name)
{
	size_t thing = find(f, space, owner, name);

	return thing != NONE ? thing : new_thing(f, space, owner, name, NONE);
}

static size_t owner_of(struct fold *f, const struct site *site)
{
	return site->table ? find_or_new(f, SITE_TABLE, NONE, site->table) : NONE;
}

/* ---- reading an operation */

/* Whether the operation that made an index or constraint put it over the column. */
static bool is_over(const struct fold *f, size_t thing, size_t column)
{
	const struct fold_op *made = &f->ops[f->things[thing].made];

	for (size_t i = 0; i < made->sites.len; i++)
		if (made->things[i] == column && made->sites.items[i].use != SITE_MENTIONS)
			return true;
	return false;
}

/* What goes with a table or column that operation at removes. */
static bool goes_with(const struct fold *f, size_t thing, size_t gone)
{
	const struct thing *t = &f->things[thing], *g = &f->things[gone];

	if (g->space == SITE_TABLE && t->owner == gone)
		return true;
	if (t->space != SITE_INDEX && t->space != SITE_CONSTRAINT)
		return false;
	if (t->made == NONE || (t->space == SITE_CONSTRAINT && t->owner != g->owner))
		return false;
	return is_over(f, thing, gone);
}

static void remove_thing(struct fold *f, size_t gone, size_t at)
{
	f->things[gone].gone = at;
	unbind(f, gone);
	if (f->things[gone].space != SITE_TABLE && f->things[gone].space != SITE_COLUMN)
		return;
	for (size_t i = 0; i < f->things_len; i++) {
		if (f->things[i].gone != NONE || !goes_with(f, i, gone))
			continue;
		f->things[i].gone = at;
		unbind(f, i);
	}
}

static void rename_thing(struct fold *f, size_t thing, const char *name, size_t at)
{
	unbind(f, thing);
	bind(f, thing, name);
	if (f->things[thing].renames++ == 0)
		f->things[thing].first_rename = at;
}

/* An expression names what is there; what is not there it does not name. */
static size_t find_mentioned(struct fold *f, const struct site *site)
{
	size_t owner = site->table ? find(f, SITE_TABLE, NONE, site->table) : NONE;

	if (site->space == SITE_COLUMN && owner == NONE)
		return NONE;
	return find(f, site->space, owner, site->name);
}

static void resolve_sites(struct fold *f, struct fold_op *o, size_t at)
{
	for (size_t i = 0; i < o->sites.len; i++) {
		const struct site *site = &o->sites.items[i];
		o->things[i] = NONE;
		if (site->use == SITE_MAKES)
			o->things[i] = new_thing(f, site->space, owner_of(f, site), site->name, at);
	}
	for (size_t i = 0; i < o->sites.len; i++) {
		const struct site *site = &o->sites.items[i];
		if (site->use == SITE_MAKES)
			continue;
		if (site->use == SITE_MENTIONS)
			o->things[i] = find_mentioned(f, site);
		else if (site->use == SITE_RENAMES_TO)
			o->things[i] = o->things[i - 1];
		else
			o->things[i] = find_or_new(f, site->space, owner_of(f, site), site->name);
	}
	for (size_t i = 0; i < o->sites.len; i++) {
		if (o->sites.items[i].use == SITE_REMOVES)
			remove_thing(f, o->things[i], at);
		if (o->sites.items[i].use == SITE_RENAMES_TO)
			rename_thing(f, o->things[i], o->sites.items[i].name, at);
	}
}

static void refuse(struct fold *f, size_t operation, enum sites_kind kind)
{
	f->rc = fail(f->err, E_CONFLICT, "cannot squash record \"%s\": operation %zu is %s",
		     f->record, operation + 1,
		     kind == SITES_SQL ? "raw SQL" : "of a kind that is not known here");
	hint(f->err, "Squash only the records behind it, with --since %s.", f->record);
}

static void before_operation(void *ctx, const struct schema *s, size_t operation, const json_t *op)
{
	struct fold *f = ctx;

	(void)s;
	if (f->rc < 0)
		return;
	if (f->len == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 32;
		f->ops = xrealloc(f->ops, f->cap, sizeof *f->ops);
	}
	struct fold_op *o = &f->ops[f->len++];
	*o = (struct fold_op){.op = (json_t *)(uintptr_t)op};
	enum sites_kind kind = sites_of(&o->sites, f->format, op);
	o->things = xcalloc(o->sites.len + 1, sizeof *o->things);
	if (kind != SITES_KNOWN)
		refuse(f, operation, kind);
	else
		resolve_sites(f, o, f->len - 1);
}

/* ---- what cancels out */

static bool is_write(enum site_use use)
{
	return use != SITE_USES && use != SITE_MENTIONS;
}

/* The end of something that was there before: it must happen, unless its table goes as well. */
static bool must_remove(const struct fold *f, const struct site *site, size_t thing)
{
	const struct thing *t = &f->things[thing];

	return site->use == SITE_REMOVES && t->made == NONE &&
	       (t->owner == NONE || !f->things[t->owner].cancels);
}

/* Whether all that the operation does is done to things that cancel out. */
static bool op_cancels(const struct fold *f, const struct fold_op *o)
{
	bool writes = false;

	for (size_t i = 0; i < o->sites.len; i++) {
		const struct site *site = &o->sites.items[i];
		if (!is_write(site->use))
			continue;
		writes = true;
		if (!f->things[o->things[i]].cancels || must_remove(f, site, o->things[i]))
			return false;
	}
	return writes;
}

/* What an operation that remains needs must remain too; true when that was news. */
static bool keep_needed(struct fold *f, const struct fold_op *o)
{
	bool news = false;

	for (size_t i = 0; i < o->sites.len; i++) {
		if (o->things[i] == NONE)
			continue;
		struct thing *t = &f->things[o->things[i]];
		bool ends = o->sites.items[i].use == SITE_REMOVES && t->made == NONE;
		if (ends || !t->cancels)
			continue;
		t->cancels = false;
		news = true;
	}
	return news;
}

static void mark_mentioned(struct fold *f)
{
	for (size_t i = 0; i < f->len; i++) {
		const struct fold_op *o = &f->ops[i];
		if (op_cancels(f, o))
			continue;
		for (size_t k = 0; k < o->sites.len; k++)
			if (o->sites.items[k].use == SITE_MENTIONS && o->things[k] != NONE)
				f->things[o->things[k]].mentioned = true;
	}
}

/* A query within an expression may name columns of whatever table. */
static bool has_query(const struct fold *f)
{
	for (size_t i = 0; i < f->len; i++)
		for (size_t k = 0; k < f->ops[i].sites.len; k++) {
			const struct site *site = &f->ops[i].sites.items[k];
			if (site->space == SITE_COLUMN && !site->table)
				return true;
		}
	return false;
}

static void decide(struct fold *f)
{
	bool news = true, query = has_query(f);

	for (size_t i = 0; i < f->things_len; i++) {
		struct thing *t = &f->things[i];
		bool blocked = t->made == NONE && t->renames && is_shared(f, i, t->first);
		t->mentioned = query && t->space == SITE_COLUMN;
		blocked = blocked || t->mentioned;
		t->cancels = t->gone != NONE && !blocked;
	}
	while (news) {
		news = false;
		for (size_t i = 0; i < f->len; i++)
			if (!op_cancels(f, &f->ops[i]))
				news = keep_needed(f, &f->ops[i]) || news;
	}
	mark_mentioned(f);
}

int fold_new(struct fold **out, struct schema *s, const struct records *records, struct error *err)
{
	AUTO(fold) *f = xcalloc(1, sizeof *f);
	const struct schema_watch watch = {before_operation, f};

	*out = NULL;
	f->err = err;
	for (size_t i = 0; i < records->len; i++) {
		f->format = record_format(records->items[i]);
		f->record = record_name(records->items[i]);
		int rc = schema_apply_watched(s, records->items[i], &watch, err);
		if (f->rc < 0)
			return f->rc;
		if (rc < 0) {
			error_prefix(err, "record \"%s\"", f->record);
			return rc;
		}
	}
	decide(f);
	*out = steal(&f);
	return 0;
}

/* ---- the operations that remain */

/* Whether the thing has its last name as early as can be. */
static bool is_collapsed(struct fold *f, size_t thing, enum fold_level level)
{
	const struct thing *t = &f->things[thing];

	return level == FOLD_RENAMES && t->renames && t->gone == NONE && !t->mentioned &&
	       (strcmp(t->first, t->last) == 0 || !is_shared(f, thing, t->last));
}

/* Whether the rename that operation at does to a collapsed thing is the one that stays. */
static bool is_kept_rename(const struct thing *t, size_t at)
{
	return t->made == NONE && at == t->first_rename && strcmp(t->first, t->last) != 0;
}

/* NULL: as it is. */
static const char *name_at(struct fold *f, const struct site *site, size_t thing, size_t at,
			   enum fold_level level)
{
	const struct thing *t = &f->things[thing];

	if (t->cancels && t->made == NONE)
		return t->first;
	if (!is_collapsed(f, thing, level))
		return NULL;
	if (t->made != NONE || site->use == SITE_RENAMES_TO)
		return t->last;
	return site->use != SITE_RENAMES_FROM && at > t->first_rename ? t->last : t->first;
}

/* Whether the operation does nothing but a rename that is no more needed, or a rename besides. */
enum rename_rest { RENAME_STAYS, RENAME_ALONE, RENAME_BESIDES };

static enum rename_rest rename_rest(struct fold *f, const struct fold_op *o, size_t at,
				    enum fold_level level)
{
	bool drops = false, besides = false;

	for (size_t i = 0; i < o->sites.len; i++) {
		const struct site *site = &o->sites.items[i];
		if (site->use == SITE_RENAMES_FROM)
			drops = is_collapsed(f, o->things[i], level) &&
				!is_kept_rename(&f->things[o->things[i]], at);
		else if (site->use == SITE_MAKES || (site->use == SITE_CHANGES && site->attribute))
			besides = true;
	}
	if (!drops)
		return RENAME_STAYS;
	return besides ? RENAME_BESIDES : RENAME_ALONE;
}

static json_t *rewritten(struct fold *f, const struct fold_op *o, size_t at, enum fold_level level)
{
	const char **names = xcalloc(o->sites.len + 1, sizeof *names);
	AUTO_VALUE(sites) sites = {0};
	json_t *op = json_deep_copy(o->op);
	const char *kind = operation_name(op);

	sites_of(&sites, f->format, op); /* the same sites, in the copy */
	for (size_t i = 0; i < sites.len; i++)
		if (o->things[i] != NONE)
			names[i] = name_at(f, &sites.items[i], o->things[i], at, level);
	sites_write(&sites, names);
	if (rename_rest(f, o, at, level) == RENAME_BESIDES)
		json_object_del(json_object_get(op, kind), "name");
	free(names);
	return op;
}

json_t *fold_operations(const struct fold *folded, enum fold_level level)
{
	struct fold *f = (struct fold *)(uintptr_t)folded; /* only its scratch buffer changes */
	json_t *operations = json_array();

	for (size_t i = 0; i < f->len; i++) {
		const struct fold_op *o = &f->ops[i];
		if (level == FOLD_NOTHING) {
			json_array_append(operations, o->op);
			continue;
		}
		if (op_cancels(f, o) || rename_rest(f, o, i, level) == RENAME_ALONE)
			continue;
		json_array_append_new(operations, rewritten(f, o, i, level));
	}
	return operations;
}
