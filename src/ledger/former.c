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

/* For each of the first count records the checksum of what it stands on, "" at the start. */
static checksum_chars *list_grounds(const struct records *l, size_t count,
				    const struct chain_base *base)
{
	checksum_chars *out = xcalloc(count + 1, sizeof *out);
	struct former start = {0};

	set_ground(&start, base->checksum ? base->checksum : "");
	memcpy(out[0], start.ground, sizeof out[0]);
	for (size_t i = 0; i < count; i++)
		checksum_check(out[i + 1], l->items[i], none_if_empty(out[i]));
	return out;
}

/* Of what is tried: where the records in between begin, and how many were put behind these. */
struct range {
	size_t span_max; /* from the first of them to the record in question */
	size_t count_min, count_max;
};

static bool search(struct former *out, const struct records *l, size_t at, const struct range *r,
		   const struct chain_base *base, checksum_chars *grounds)
{
	for (size_t span = r->count_min + 1; span <= r->span_max && span <= at; span++)
		for (size_t count = r->count_min; count < span && count <= r->count_max; count++) {
			*out = (struct former){.since = at - span, .moved = at - count};
			set_ground(out, grounds[out->since]);
			if (fits(l, at, out, base))
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

	if (!at || !record_checksum(l->items[at]) ||
	    !str_eq(record_parent(l->items[at]), record_id(l->items[at - 1])))
		return false;
	AUTO_FREE checksum_chars *grounds = list_grounds(l, at, base);
	return search(out, l, at, &few, base, grounds) || search(out, l, at, &near, base, grounds);
}
