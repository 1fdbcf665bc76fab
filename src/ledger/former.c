/* Looks for the chain that a record was made behind, by leaving out what came in between. */
#include "ledger/former.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

typedef char checksum_chars[CHECKSUM_LEN + 1];

static const char *none_if_empty(const char *text)
{
	return text && *text ? text : NULL;
}

static void set_ground(struct former *f, const char *checksum)
{
	size_t len = strnlen(checksum, sizeof f->ground - 1);

	memcpy(f->ground, checksum, len);
	f->ground[len] = '\0';
}

void former_chain(struct records *out, const struct records *l, const struct former *f, size_t at,
		  const struct chain_base *base)
{
	const char *id = f->since ? record_id(l->items[f->since - 1]) : none_if_empty(base->id);
	const char *checksum = none_if_empty(f->ground);

	for (size_t i = f->moved; i < l->len; i++) {
		struct record *r = record_copy(l->items[i]);
		if (i < at)
			record_chain(r, id, checksum);
		id = record_id(r);
		checksum = record_checksum(r);
		records_take(out, r);
	}
}

/* Whether l[at] is right behind l[moved..at) when these stand on f's ground. */
static bool fits(const struct records *l, size_t at, const struct former *f,
		 const struct chain_base *base)
{
	AUTO_VALUE(records) was = {0};
	struct records part = {.items = l->items, .len = at};
	checksum_chars chain;

	former_chain(&was, &part, f, at, base);
	if (was.len == 0) /* there is at least one; the analyzer cannot know */
		return false;
	const char *last = record_checksum(was.items[was.len - 1]);
	return checksum_check(chain, l->items[at], last) != CHECKSUM_WRONG;
}

/* What is looked through. */
struct search {
	const struct records *l;
	size_t at;
	const struct chain_base *base;
	checksum_chars *grounds; /* of each record: what it stands on, "" at the start */
	size_t *sizes;		 /* of each record: bytes that its checksum covers */
	size_t left;		 /* bytes that may still be hashed */
};

static void search_release(struct search *s)
{
	free(s->grounds);
	free(s->sizes);
}
AUTO_VALUE_DEFINE(search)

static void look_over(struct search *s)
{
	struct former start = {0};
	AUTO_STR text = {0};

	s->grounds = xcalloc(s->at + 1, sizeof *s->grounds);
	s->sizes = xcalloc(s->at + 1, sizeof *s->sizes);
	set_ground(&start, s->base->checksum ? s->base->checksum : "");
	memcpy(s->grounds[0], start.ground, sizeof s->grounds[0]);
	for (size_t i = 0; i <= s->at; i++) {
		const char *ground = none_if_empty(s->grounds[i]);
		str_clear(&text);
		checksum_text(&text, s->l->items[i], ground);
		s->sizes[i] = text.len;
		if (i < s->at)
			checksum_check(s->grounds[i + 1], s->l->items[i], ground);
	}
}

/* Counts the bytes that one attempt hashes; false when there are too many by now. */
static bool can_afford(struct search *s, size_t moved)
{
	size_t bytes = 0;

	for (size_t i = moved; i <= s->at; i++)
		bytes += s->sizes[i];
	bool enough = bytes <= s->left;
	s->left -= enough ? bytes : s->left;
	return enough;
}

/* Of what is tried: where the records in between begin, and how many were put behind these. */
struct range {
	size_t span_max; /* from the first of them to the record in question */
	size_t count_min, count_max;
};

static bool search_in(struct former *out, struct search *s, const struct range *r)
{
	for (size_t span = r->count_min + 1; span <= r->span_max && span <= s->at; span++)
		for (size_t count = r->count_min; count < span && count <= r->count_max; count++) {
			*out = (struct former){.since = s->at - span, .moved = s->at - count};
			set_ground(out, s->grounds[out->since]);
			if (!can_afford(s, out->moved))
				return false;
			if (fits(s->l, s->at, out, s->base))
				return true;
		}
	return false;
}

bool former_find(struct former *out, const struct records *l, size_t at,
		 const struct chain_base *base)
{
	/* Few first: they are tried in a moment, and Git stops at no more than three by itself. */
	static const struct range few = {SIZE_MAX, 1, FORMER_FEW},
				  near = {FORMER_NEAR, FORMER_FEW + 1, SIZE_MAX};
	AUTO_VALUE(search) s = {.l = l, .at = at, .base = base, .left = FORMER_BYTES};

	if (!at || !record_checksum(l->items[at]) ||
	    !str_eq(record_parent(l->items[at]), record_id(l->items[at - 1])))
		return false;
	look_over(&s);
	return search_in(out, &s, &few) || search_in(out, &s, &near);
}
