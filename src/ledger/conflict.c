/* Finds the conflicts between two sides: collect what each does, compare, keep what matters. */
#include "ledger/conflict.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "ledger/conflict_impl.h"

#include "base/banned.h"

/* Past this many, raw ones are no more collected: so many mean one cause, told long before. */
#define RAW_MAX 200000

struct finder {
	const struct conflict_input *in;
	struct accesses accesses;
	struct raw_conflict *raw;
	size_t len, cap;
};

static void add_raw(struct finder *f, struct raw_conflict raw)
{
	if (f->len == RAW_MAX)
		return;
	if (f->len == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->raw = xrealloc(f->raw, f->cap, sizeof *f->raw);
	}
	f->raw[f->len++] = raw;
}

/*
 * Whether ours is about to change places with theirs. A record that both have does so only with
 * others that both have: upstream was made with whatever else it has in front of that record.
 */
static bool is_pair(const struct conflict_input *in, size_t theirs, size_t ours)
{
	size_t behind = conflict_behind(in, ours);
	size_t seen = in->theirs_seen ? in->theirs_seen[theirs] : SIZE_MAX;

	if (behind != SIZE_MAX && seen == SIZE_MAX)
		return false;
	return theirs < behind && ours < seen;
}

/* ---- two accesses to one key */

static bool goes(enum site_use use)
{
	return use == SITE_REMOVES || use == SITE_RENAMES_FROM;
}

static bool comes(enum site_use use)
{
	return use == SITE_MAKES || use == SITE_RENAMES_TO;
}

/* False: they get on with each other. One of the two goes or comes. */
static bool judge_thing(enum conflict_kind *kind, enum site_use a, enum site_use b)
{
	bool removes = a == SITE_REMOVES || b == SITE_REMOVES;

	if (comes(a) && comes(b))
		*kind = CONFLICT_ADDED_TWICE;
	else if (a == SITE_MENTIONS || b == SITE_MENTIONS)
		*kind = CONFLICT_EXPRESSION;
	else if (comes(a) || comes(b))
		*kind = CONFLICT_ADDED_USED;
	else if (goes(a) && a == b)
		*kind = removes ? CONFLICT_REMOVED_TWICE : CONFLICT_RENAMED_TWICE;
	else if (goes(a) && goes(b))
		*kind = CONFLICT_REMOVED_RENAMED;
	else
		*kind = removes ? CONFLICT_REMOVED_USED : CONFLICT_RENAMED_USED;
	/* A new thing is not what an expression meant when it was written. */
	return *kind != CONFLICT_EXPRESSION || goes(a) || goes(b);
}

/* One of the two changes the property of a column or table, or all of it. */
static bool judge_change(enum conflict_kind *kind, const struct access *a, const struct access *b)
{
	if (a->use == SITE_MENTIONS || b->use == SITE_MENTIONS)
		*kind = CONFLICT_EXPRESSION;
	else
		*kind = a->use == b->use ? CONFLICT_CHANGED_TWICE : CONFLICT_CHANGED_USED;
	return strcmp(a->attribute, b->attribute) == 0 || strcmp(a->attribute, "definition") == 0 ||
	       strcmp(b->attribute, "definition") == 0;
}

static bool judge(enum conflict_kind *kind, enum key_kind key, const struct access *a,
		  const struct access *b)
{
	switch (key) {
	case KEY_TABLE:
	case KEY_COLUMN:
	case KEY_CONSTRAINT:
	case KEY_INDEX:
	case KEY_PRIMARY:
		return judge_thing(kind, a->use, b->use);
	case KEY_CHANGES:
		return judge_change(kind, a, b);
	case KEY_COLUMN_ANYWHERE:
		*kind = CONFLICT_EXPRESSION;
		return (a->use == SITE_MENTIONS && goes(b->use)) ||
		       (b->use == SITE_MENTIONS && goes(a->use));
	case KEY_SOME_CONSTRAINT:
	case KEY_SOME_INDEX:
		*kind = CONFLICT_UNCERTAIN;
		return a->use != b->use;
	case KEY_UNIQUE:
		*kind = CONFLICT_REMOVED_USED;
		return a->use != b->use;
	case KEY_RELATION:
		*kind = CONFLICT_ADDED_TWICE;
		return true;
	}
	return false;
}

static void compare(struct finder *f, size_t at, const struct access *theirs,
		    const struct access *ours)
{
	const struct access_key *key = &f->accesses.keys[at];
	enum conflict_kind kind;

	if (!is_strong(theirs->use) && !is_strong(ours->use))
		return;
	if (!is_pair(f->in, theirs->record, ours->record))
		return;
	if (!judge(&kind, key->kind, theirs, ours))
		return;
	add_raw(f, (struct raw_conflict){.kind = kind,
					 .ours = ours->record,
					 .theirs = theirs->record,
					 .ours_op = ours->operation,
					 .theirs_op = theirs->operation,
					 .key = key,
					 .ours_use = ours->use,
					 .theirs_use = theirs->use,
					 .attribute = ours->use == SITE_CHANGES ? ours->attribute
										: theirs->attribute,
					 .position = at});
}

static void compare_key(struct finder *f, size_t at)
{
	const struct access_list *theirs = &f->accesses.keys[at].side[THEIRS];
	const struct access_list *ours = &f->accesses.keys[at].side[OURS];

	if (!theirs->strong && !ours->strong)
		return;
	for (size_t i = 0; i < theirs->len; i++)
		for (size_t j = 0; j < ours->len; j++)
			compare(f, at, &theirs->items[i], &ours->items[j]);
}

/* ---- what no name tells */

static bool is_empty(const struct record *r)
{
	return json_array_size(record_operations(r)) == 0;
}

/* One side's undecidable operation stands against every record of the other that does anything. */
static void add_undecidable(struct finder *f, int side, const struct undecidable *u)
{
	const struct records *others = side == OURS ? f->in->theirs : f->in->ours;

	for (size_t i = 0; i < others->len && f->len < RAW_MAX; i++) {
		size_t theirs = side == OURS ? i : u->record;
		size_t ours = side == OURS ? u->record : i;
		if (is_empty(others->items[i]) || !is_pair(f->in, theirs, ours))
			continue;
		add_raw(f, (struct raw_conflict){.kind = u->kind == SITES_SQL ? CONFLICT_SQL
									      : CONFLICT_UNKNOWN,
						 .ours = ours,
						 .theirs = theirs,
						 .ours_op = side == OURS ? u->operation : NO_KEY,
						 .theirs_op = side == OURS ? NO_KEY : u->operation,
						 .position = NO_KEY});
	}
}

static void add_all_undecidable(struct finder *f)
{
	for (int side = 0; side < SIDES; side++) {
		const struct undecidables *u = &f->accesses.undecidable[side];
		for (size_t i = 0; i < u->len; i++)
			add_undecidable(f, side, &u->items[i]);
	}
}

static bool same_content(const struct record *a, const struct record *b)
{
	char x[SHA256_HEX + 1], y[SHA256_HEX + 1];

	record_content_hash(x, a);
	record_content_hash(y, b);
	return strcmp(x, y) == 0;
}

static void add_same_ids(struct finder *f)
{
	const struct records *theirs = f->in->theirs, *ours = f->in->ours;
	AUTO_VALUE(map) ids = {0};
	size_t at;

	for (size_t i = 0; i < theirs->len; i++)
		map_add(&ids, record_id(theirs->items[i]), i);
	for (size_t i = 0; i < ours->len; i++) {
		if (conflict_behind(f->in, i) != SIZE_MAX ||
		    !map_get(&ids, record_id(ours->items[i]), &at) ||
		    same_content(theirs->items[at], ours->items[i]))
			continue;
		add_raw(f, (struct raw_conflict){.kind = CONFLICT_SAME_ID,
						 .ours = i,
						 .theirs = at,
						 .ours_op = NO_KEY,
						 .theirs_op = NO_KEY,
						 .position = NO_KEY});
	}
}

/* The file on a system without capitals, where two names that are one file lose a record. */
static char *file_of(const struct record *r)
{
	char *small = xstrdup(record_name(r));

	ascii_lower(small);
	return small;
}

/* What clients connect to, as pgroll names it: a second record takes the first one's views away. */
static char *version_of(const struct record *r)
{
	const char *version = record_version_schema(r);
	AUTO_STR name = {0};

	str_printf(&name, "%s_%s", record_schema(r) ? record_schema(r) : "",
		   version ? version : record_name(r));
	return str_steal(&name);
}

/*
 * Two records of different names that give one name to something else. Only names that come
 * together here: what one side has already is as it is.
 */
static void add_same(struct finder *f, enum conflict_kind kind,
		     char *(*name_of)(const struct record *))
{
	const struct records *theirs = f->in->theirs, *ours = f->in->ours;
	AUTO_VALUE(strs) names = {0};
	AUTO_VALUE(map) taken = {0};
	size_t at;

	for (size_t i = 0; i < theirs->len; i++) {
		bool shared = f->in->theirs_seen && f->in->theirs_seen[i] != SIZE_MAX;
		strs_take(&names, name_of(theirs->items[i]));
		if (!shared)
			map_add(&taken, names.items[i], i);
	}
	for (size_t i = 0; i < ours->len; i++) {
		AUTO_FREE char *name = name_of(ours->items[i]);
		if (conflict_behind(f->in, i) != SIZE_MAX || !map_get(&taken, name, &at) ||
		    str_eq(record_name(theirs->items[at]), record_name(ours->items[i])))
			continue;
		add_raw(f, (struct raw_conflict){.kind = kind,
						 .ours = i,
						 .theirs = at,
						 .ours_op = NO_KEY,
						 .theirs_op = NO_KEY,
						 .position = NO_KEY});
	}
}

static bool all_of_format(const struct records *l, enum record_format format)
{
	for (size_t i = 0; i < l->len; i++)
		if (record_format(l->items[i]) != format)
			return false;
	return true;
}

/* The first of theirs in another format that ours would change places with. */
static void add_format(struct finder *f, size_t ours)
{
	const struct records *theirs = f->in->theirs;
	enum record_format format = record_format(f->in->ours->items[ours]);

	for (size_t i = 0; i < theirs->len; i++) {
		if (record_format(theirs->items[i]) == format || !is_pair(f->in, i, ours))
			continue;
		add_raw(f, (struct raw_conflict){.kind = CONFLICT_FORMATS,
						 .ours = ours,
						 .theirs = i,
						 .ours_op = NO_KEY,
						 .theirs_op = NO_KEY,
						 .position = NO_KEY});
		return;
	}
}

/* A side that was converted to the other format cannot take, or be taken by, the other. */
static bool add_formats(struct finder *f)
{
	enum record_format format = record_format(f->in->ours->items[0]);

	if (all_of_format(f->in->theirs, format) && all_of_format(f->in->ours, format))
		return false;
	for (size_t i = 0; i < f->in->ours->len; i++)
		if (conflict_behind(f->in, i) > 0)
			add_format(f, i);
	return f->len > 0;
}

/* The first record that names a PostgreSQL schema; NO_KEY when none does. */
static size_t first_named(const struct records *l)
{
	for (size_t i = 0; i < l->len; i++)
		if (record_schema(l->items[i]))
			return i;
	return NO_KEY;
}

/*
 * The first record that names a PostgreSQL schema decides which one the logical schema is about,
 * and so what all records of another mean. Where the base has none, both sides may have decided.
 */
static void add_schemas(struct finder *f)
{
	size_t theirs = first_named(f->in->theirs), ours = first_named(f->in->ours);
	bool changes = false;

	if (f->in->base->name || theirs == NO_KEY || ours == NO_KEY ||
	    str_eq(record_schema(f->in->theirs->items[theirs]),
		   record_schema(f->in->ours->items[ours])))
		return;
	for (size_t i = 0; i < f->in->ours->len; i++)
		changes = changes || conflict_behind(f->in, i) > 0;
	if (changes)
		add_raw(f, (struct raw_conflict){.kind = CONFLICT_SCHEMAS,
						 .ours = ours,
						 .theirs = theirs,
						 .ours_op = NO_KEY,
						 .theirs_op = NO_KEY,
						 .position = NO_KEY});
}

/* ---- one cause, one conflict */

/*
 * Keys are flagged where a use of a thing that the other side adds is but the consequence of what
 * else is wrong with the thing; or, in the second pass, where both sides add the table.
 */
static void flag_keys(struct finder *f, bool added_tables)
{
	for (size_t i = 0; i < f->accesses.len; i++)
		f->accesses.keys[i].flag = false;
	for (size_t i = 0; i < f->len; i++) {
		const struct raw_conflict *r = &f->raw[i];
		if (!r->key)
			continue;
		if (added_tables ? r->kind == CONFLICT_ADDED_TWICE && r->key->kind == KEY_TABLE
				 : r->kind != CONFLICT_ADDED_USED)
			f->accesses.keys[r->position].flag = true;
	}
}

static void drop_consequences(struct finder *f)
{
	const struct access_key *keys = f->accesses.keys;
	size_t kept = 0;

	flag_keys(f, false);
	for (size_t i = 0; i < f->len; i++)
		if (f->raw[i].kind != CONFLICT_ADDED_USED || !keys[f->raw[i].position].flag)
			f->raw[kept++] = f->raw[i];
	f->len = kept;
	kept = 0;
	flag_keys(f, true);
	for (size_t i = 0; i < f->len; i++) {
		const struct access_key *key = f->raw[i].key;
		if (!key || key->owner == NO_KEY || !keys[key->owner].flag)
			f->raw[kept++] = f->raw[i];
	}
	f->len = kept;
}

static int by_size(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int by_records(const struct raw_conflict *a, const struct raw_conflict *b)
{
	int order = by_size(a->ours, b->ours);

	return order ? order : by_size(a->theirs, b->theirs);
}

/* By our record, their record, and then the worst kind first. */
static int by_weight(const void *x, const void *y)
{
	const struct raw_conflict *a = x, *b = y;
	int order = by_records(a, b);

	if (!order)
		order = by_size(a->kind, b->kind);
	if (!order)
		order = by_size(a->ours_op, b->ours_op);
	if (!order)
		order = by_size(a->theirs_op, b->theirs_op);
	return order ? order : by_size(a->position, b->position);
}

/* Whether the worse conflicts of the same two records say it already. */
static bool is_said(const struct raw_conflict *group, size_t len, const struct raw_conflict *r)
{
	for (size_t i = 0; i < len; i++) {
		const struct raw_conflict *g = &group[i];
		if (!r->key && g->kind == r->kind)
			return true;
		if (!r->key || !g->key)
			continue;
		if (g->key == r->key || g->position == r->key->owner)
			return true;
		if (g->ours_op == r->ours_op && g->theirs_op == r->theirs_op)
			return true;
	}
	return false;
}

#define GROUP_MAX 64 /* told of one pair of records: more are no help, and cost their square */

static void tell_group(struct conflicts *out, struct finder *f, size_t from, size_t to)
{
	struct raw_conflict told[GROUP_MAX];
	size_t len = 0;

	for (size_t i = from; i < to && len < GROUP_MAX; i++) {
		if (is_said(told, len, &f->raw[i]))
			continue;
		told[len++] = f->raw[i];
		conflict_tell(out, f->in, &f->raw[i]);
	}
}

static void tell_all(struct conflicts *out, struct finder *f)
{
	size_t from = 0;

	if (f->len)
		qsort(f->raw, f->len, sizeof *f->raw, by_weight);
	for (size_t i = 1; i <= f->len; i++) {
		if (i < f->len && by_records(&f->raw[i], &f->raw[from]) == 0)
			continue;
		tell_group(out, f, from, i);
		from = i;
	}
}

/* ---- */

static int find(struct finder *f, struct schema *theirs, struct schema *ours, struct error *err)
{
	int rc = accesses_collect(&f->accesses, THEIRS, theirs, f->in->theirs, NULL, err);

	if (rc < 0 || f->in->ours->len == 0)
		return rc;
	rc = accesses_collect(&f->accesses, OURS, ours, f->in->ours, f->in->ours_behind, err);
	if (rc < 0 || add_formats(f))
		return rc;
	add_schemas(f);
	add_same_ids(f);
	add_same(f, CONFLICT_SAME_FILE, file_of);
	if (record_format(f->in->ours->items[0]) == RECORD_PGROLL)
		add_same(f, CONFLICT_SAME_VERSION, version_of);
	add_all_undecidable(f);
	for (size_t i = 0; i < f->accesses.len; i++)
		compare_key(f, i);
	drop_consequences(f);
	return 0;
}

int conflicts_find_with(struct conflicts *out, struct schema **behind_theirs,
			const struct conflict_input *in, struct error *err)
{
	struct finder f = {.in = in};
	AUTO(schema) *theirs = schema_copy(in->base);
	AUTO(schema) *ours = schema_copy(in->base);

	*behind_theirs = NULL;
	int rc = find(&f, theirs, ours, err);
	if (rc == 0) {
		tell_all(out, &f);
		*behind_theirs = steal(&theirs);
	}
	accesses_release(&f.accesses);
	free(f.raw);
	return rc;
}

int conflicts_find(struct conflicts *out, const struct conflict_input *in, struct error *err)
{
	struct schema *behind_theirs;
	int rc = conflicts_find_with(out, &behind_theirs, in, err);

	schema_free(behind_theirs);
	return rc;
}
