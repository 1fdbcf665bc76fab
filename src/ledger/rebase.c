/* Puts one side's records behind the other's: sort out, look for conflicts, chain, apply. */
#include "ledger/rebase.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/rebase_impl.h"

#include "base/banned.h"

void rebase_plan_release(struct rebase_plan *p)
{
	records_release(&p->records);
	strs_release(&p->old_names);
	strs_release(&p->already);
	conflicts_release(&p->conflicts);
	schema_free(p->schema);
	*p = (struct rebase_plan){0};
}

void index_ids(struct map *ids, const struct records *l)
{
	for (size_t i = 0; i < l->len; i++)
		map_add(ids, record_id(l->items[i]), i);
}

/* Equal checksums need no look at the content: they cover it. */
bool does_the_same(const struct record *a, const struct record *b)
{
	char x[SHA256_HEX + 1], y[SHA256_HEX + 1];
	const char *sum = record_checksum(a);

	if (a == b || (sum && str_eq(sum, record_checksum(b))))
		return true;
	if (record_format(a) != record_format(b))
		return false;
	record_content_hash(x, a);
	record_content_hash(y, b);
	return strcmp(x, y) == 0;
}

/* ---- the end of a chain while records are added to it */

struct link {
	const char *id; /* borrowed from the last record; NULL at the start */
	char checksum[CHECKSUM_LEN + 1];
	struct str text; /* reused */
};

static const char *none_if_empty(const char *text)
{
	return text && *text ? text : NULL;
}

static struct link link_from(const struct chain_base *base)
{
	struct link l = {.id = none_if_empty(base->id)};

	if (l.id && base->checksum)
		str_put(&l.text, base->checksum, strlen(base->checksum));
	memcpy(l.checksum, str_cstr(&l.text), l.text.len < sizeof l.checksum ? l.text.len : 0);
	return l;
}

static const char *link_checksum(const struct link *l)
{
	return l->id ? l->checksum : NULL;
}

/* Whether r stands right behind l; then it is the new end. */
static enum checksum_state link_add(struct link *l, const struct record *r)
{
	char computed[CHECKSUM_LEN + 1];
	enum checksum_state state = checksum_check_with(&l->text, computed, r, link_checksum(l));

	if (!str_eq(l->id, record_parent(r)))
		state = CHECKSUM_WRONG;
	if (state == CHECKSUM_WRONG)
		return state;
	const char *own = record_checksum(r);
	memcpy(l->checksum, own ? own : computed, sizeof l->checksum);
	l->id = record_id(r);
	return state;
}

static int check_chain(struct link *l, const struct records *records, struct error *err)
{
	for (size_t i = 0; i < records->len; i++) {
		const struct record *r = records->items[i];
		if (link_add(l, r) != CHECKSUM_WRONG)
			continue;
		int rc = str_eq(l->id, record_parent(r))
				 ? fail(err, E_INVALID,
					"record \"%s\" was changed: its checksum is wrong",
					record_name(r))
				 : fail(err, E_INVALID, "record \"%s\" does not follow \"%s\"",
					record_name(r), l->id ? l->id : "the start");
		hint(err, "Run \"xata verify\" on that side of the history, and mend it first.");
		return rc;
	}
	return 0;
}

/*
 * A record that was edited must not get a new checksum that makes it look right. Where ours stands
 * in a chain that is at hand, its checksum is checked; where it does not, it cannot be told.
 */
static int check_ours(const struct chain_base *base, const struct records *ours, struct error *err)
{
	struct link l = link_from(base);
	bool known = true;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ours->len; i++) {
		const struct record *r = ours->items[i];
		const char *own = record_checksum(r);
		if (known && str_eq(l.id, record_parent(r))) {
			struct records one = {.items = &ours->items[i], .len = 1};
			rc = check_chain(&l, &one, err);
			continue;
		}
		l.id = record_id(r);
		known = own != NULL;
		memcpy(l.checksum, own ? own : "", own ? sizeof l.checksum : 1);
	}
	str_release(&l.text);
	return rc;
}

/* ---- sorting out */

enum fate { FATE_MOVES, FATE_ALREADY, FATE_DROPPED };

struct sorted {
	struct records theirs, ours; /* borrowed: behind what both sides begin with */
	enum fate *fates;	     /* of ours */
	size_t *behind;		     /* of ours, see conflict.h */
	size_t *seen;		     /* of theirs, likewise */
};

static void sorted_release(struct sorted *s)
{
	free(s->fates);
	free(s->behind);
	free(s->seen);
}

size_t common_length(const struct records *a, const struct records *b)
{
	size_t n = 0;

	while (n < a->len && n < b->len &&
	       strcmp(record_id(a->items[n]), record_id(b->items[n])) == 0 &&
	       does_the_same(a->items[n], b->items[n]))
		n++;
	return n;
}

static struct records tail_of(const struct records *l, size_t from)
{
	return (struct records){.items = l->items ? l->items + from : NULL, .len = l->len - from};
}

/* before: the same record in the ancestor, or NULL. at: theirs of the same id, or NULL. */
static enum fate fate_of(const struct record *r, const struct record *before,
			 const struct record *theirs)
{
	bool untouched = before && does_the_same(before, r);

	if (theirs)
		return untouched || does_the_same(theirs, r) ? FATE_ALREADY : FATE_MOVES;
	return untouched ? FATE_DROPPED : FATE_MOVES;
}

static const struct record *look_up(const struct map *ids, const struct records *l, const char *id,
				    size_t *at)
{
	return l && l->items && map_get(ids, id, at) ? l->items[*at] : NULL;
}

/*
 * Where upstream has two of the records that both have in the other order, upstream's order holds:
 * then the one that stood first on our side comes to stand behind the other. behind[] has the place
 * upstream, and keeps it for these only.
 */
static void keep_swapped(struct sorted *s)
{
	size_t least = SIZE_MAX; /* upstream, of the shared ones that follow on our side */

	for (size_t i = s->ours.len; i-- > 0;) {
		size_t place = s->behind[i];
		if (s->fates[i] != FATE_ALREADY)
			continue;
		if (least > place)
			s->behind[i] = 0;
		least = least < place ? least : place;
	}
}

static void sort_out(struct sorted *s, const struct records *ancestor)
{
	AUTO_VALUE(map) theirs_ids = {0};
	AUTO_VALUE(map) ancestor_ids = {0};
	size_t at, before;

	s->fates = xcalloc(s->ours.len + 1, sizeof *s->fates);
	s->behind = xcalloc(s->ours.len + 1, sizeof *s->behind);
	s->seen = xcalloc(s->theirs.len + 1, sizeof *s->seen);
	for (size_t i = 0; i < s->theirs.len; i++)
		s->seen[i] = SIZE_MAX;
	index_ids(&theirs_ids, &s->theirs);
	if (ancestor)
		index_ids(&ancestor_ids, ancestor);
	for (size_t i = 0; i < s->ours.len; i++) {
		const struct record *r = s->ours.items[i];
		const struct record *theirs = look_up(&theirs_ids, &s->theirs, record_id(r), &at);
		s->fates[i] = fate_of(r, look_up(&ancestor_ids, ancestor, record_id(r), &before),
				      theirs);
		if (s->fates[i] == FATE_MOVES)
			s->behind[i] = SIZE_MAX;
		if (theirs && s->fates[i] == FATE_ALREADY) {
			s->behind[i] = at;
			s->seen[at] = i;
		}
	}
	keep_swapped(s);
}

static int check_ids(const struct records *ours, struct error *err)
{
	AUTO_VALUE(map) ids = {0};

	for (size_t i = 0; i < ours->len; i++)
		if (!map_add(&ids, record_id(ours->items[i]), i))
			return fail(err, E_INVALID, "record \"%s\" is there twice",
				    record_name(ours->items[i]));
	return 0;
}

/* ---- conflicts that are not between two operations */

static void add_taken(struct conflicts *c, const struct record *r)
{
	AUTO_FREE char *message = xasprintf(
		"a record \"%s\" stands in the history of both sides already", record_id(r));
	AUTO_FREE char *advice = xasprintf("Give record \"%s\" another name.", record_name(r));
	AUTO_FREE char *ours = xstrdup(record_name(r));

	conflicts_add(c, &(struct conflict){.kind = CONFLICT_SAME_ID,
					    .ours = ours,
					    .message = message,
					    .hint = advice});
}

static void add_taken_ids(struct conflicts *c, const struct chain_base *base,
			  const struct sorted *s)
{
	for (size_t i = 0; i < s->ours.len; i++) {
		const char *id = record_id(s->ours.items[i]);
		bool taken = str_eq(id, base->id) ||
			     (base->history && map_get(&base->history->by_id, id, NULL));
		if (taken && s->fates[i] == FATE_MOVES)
			add_taken(c, s->ours.items[i]);
	}
}

static void add_not_applicable(struct conflicts *c, const struct record *r, const struct error *why)
{
	AUTO_FREE char *message = xasprintf("\"%s\" does not apply behind the other side: %s",
					    record_name(r), why->msg);
	AUTO_FREE char *advice = xasprintf(
		"It may build on a record that the other side does not have: make \"%s\" again.",
		record_name(r));
	AUTO_FREE char *ours = xstrdup(record_name(r));

	conflicts_add(c, &(struct conflict){.kind = CONFLICT_NOT_APPLICABLE,
					    .ours = ours,
					    .message = message,
					    .hint = advice});
}

/* ---- putting ours behind theirs */

static int put_behind(struct rebase_plan *out, struct link *end, const struct record *r,
		      struct error *err)
{
	AUTO(record) *moved = record_copy(r);
	struct error why = {0};
	int rc = schema_apply(out->schema, r, &why);

	if (rc == E_LIMIT &&
	    schema_is_overworked(out->schema)) { /* says nothing about the operations */
		*err = why;
		error_prefix(err, "record \"%s\"", record_name(r));
		return rc;
	}
	if (rc < 0) {
		add_not_applicable(&out->conflicts, r, &why);
		return 0;
	}
	if (link_add(end, r) == CHECKSUM_WRONG) {
		record_chain(moved, end->id, link_checksum(end));
		memcpy(end->checksum, record_checksum(moved), sizeof end->checksum);
		out->changed++;
		rc = record_check_size(record_doc(moved), err);
		if (rc < 0) {
			error_prefix(err, "record \"%s\"", record_name(r));
			return rc;
		}
	}
	end->id = record_id(moved); /* of a document that both share or own */
	strs_add(&out->old_names, record_name(r));
	records_take(&out->records, steal(&moved));
	return 0;
}

static int put_all_behind(struct rebase_plan *out, struct link *end, const struct sorted *s,
			  struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->ours.len && !out->conflicts.blocking; i++)
		if (s->fates[i] == FATE_MOVES)
			rc = put_behind(out, end, s->ours.items[i], err);
	return rc;
}

static void tell_fates(struct rebase_plan *out, struct strs *dropped, const struct sorted *s)
{
	for (size_t i = 0; i < s->ours.len; i++) {
		const char *name = record_name(s->ours.items[i]);
		if (s->fates[i] == FATE_ALREADY)
			strs_add(&out->already, name);
		if (s->fates[i] == FATE_DROPPED && dropped)
			strs_add(dropped, name);
	}
}

static void take_back(struct rebase_plan *out)
{
	records_release(&out->records);
	strs_release(&out->old_names);
	out->changed = 0;
	schema_free(out->schema);
	out->schema = NULL;
}

static void put_end(struct rebase_plan *out, const struct link *end)
{
	size_t len = end->id ? strlen(end->id) : 0;

	memcpy(out->chain, end->checksum, sizeof out->chain);
	memcpy(out->head_id, len ? end->id : "", len + 1);
}

/* What both sides begin with becomes a part of the base: it needs no comparing. */
static int apply_common(struct schema **base, const struct chain_base *given,
			const struct records *common, struct error *err)
{
	*base = schema_copy(given->schema);
	for (size_t i = 0; i < common->len; i++) {
		int rc = schema_apply(*base, common->items[i], err);
		if (rc < 0) {
			error_prefix(err, "record \"%s\"", record_name(common->items[i]));
			return rc;
		}
	}
	return 0;
}

static int plan_sorted(struct rebase_plan *out, const struct sides *in, const struct sorted *s,
		       struct link *end, struct error *err)
{
	struct records common = {.items = in->theirs->items,
				 .len = in->theirs->len - s->theirs.len};
	AUTO(schema) *base = NULL;
	int rc = apply_common(&base, in->base, &common, err);

	if (rc < 0)
		return rc;
	const struct conflict_input input = {.base = base,
					     .theirs = &s->theirs,
					     .ours = &s->ours,
					     .ours_behind = s->behind,
					     .theirs_seen = s->seen,
					     .options = in->options};
	add_taken_ids(&out->conflicts, in->base, s);
	rc = conflicts_find_with(&out->conflicts, &out->schema, &input, err);
	if (rc == 0)
		rc = check_chain(end, in->theirs, err);
	return rc < 0 ? rc : put_all_behind(out, end, s, err);
}

int rebase_sides(struct rebase_plan *out, struct strs *dropped, const struct sides *in,
		 struct error *err)
{
	struct link end = link_from(in->base);
	size_t common = common_length(in->theirs, in->ours);
	struct sorted s = {.theirs = tail_of(in->theirs, common),
			   .ours = tail_of(in->ours, common)};
	int rc = check_ids(in->ours, err);

	if (rc == 0 && !in->unfounded)
		rc = check_ours(in->base, in->ours, err);
	if (rc == 0) {
		sort_out(&s, in->ancestor);
		rc = plan_sorted(out, in, &s, &end, err);
	}
	if (rc == 0) {
		tell_fates(out, dropped, &s);
		put_end(out, &end);
	}
	if (rc < 0 || out->conflicts.blocking)
		take_back(out);
	str_release(&end.text);
	sorted_release(&s);
	return rc;
}

int rebase_plan(struct rebase_plan *out, const struct rebase_input *in, struct error *err)
{
	static const struct records none;
	const struct sides sides = {.base = &in->base,
				    .theirs = in->theirs ? in->theirs : &none,
				    .ours = in->ours,
				    .options = in->options};

	return rebase_sides(out, NULL, &sides, err);
}
