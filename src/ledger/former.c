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
	const struct former_run *run = f->runs, *end = run + f->run_count;
	const char *id = f->since ? record_id(l->items[f->since - 1]) : none_if_empty(base->id);
	const char *checksum = none_if_empty(f->ground);

	for (size_t i = f->since; i < l->len; i++) {
		if (run < end && i == run->since)
			i = run++->until;
		struct record *r = record_copy(l->items[i]);
		if (i < at)
			record_chain(r, id, checksum);
		id = record_id(r);
		checksum = record_checksum(r);
		records_take(out, r);
	}
}

/* What is tried in one pass. */
struct pass {
	size_t runs;	 /* places where records came in between */
	size_t span_max; /* records from the first of them to the record in question */
	size_t tail_max; /* records behind the last of them */
};

struct search {
	const struct records *l;
	size_t at;
	const struct chain_base *base;
	const struct pass *pass;
	struct former *out;
	checksum_chars *grounds; /* of each record: what it stands on, "" at the start */
	struct str text;	 /* that was hashed last */
	size_t left;		 /* bytes that may still be hashed */
};

static void search_release(struct search *s)
{
	free(s->grounds);
	str_release(&s->text);
}
AUTO_VALUE_DEFINE(search)

static void look_over(struct search *s)
{
	struct former start = {0};

	s->grounds = xcalloc(s->at + 1, sizeof *s->grounds);
	set_ground(&start, s->base->checksum ? s->base->checksum : "");
	memcpy(s->grounds[0], start.ground, sizeof s->grounds[0]);
	for (size_t i = 0; i < s->at; i++)
		checksum_check(s->grounds[i + 1], s->l->items[i], none_if_empty(s->grounds[i]));
}

/* False when as many bytes as may be were hashed. */
static bool count_text(struct search *s)
{
	bool enough = s->text.len <= s->left;

	s->left -= enough ? s->text.len : s->left;
	return enough;
}

/* Whether sum, of the record before it, is what l[at] was made behind. */
static bool vouches_for(struct search *s, const checksum_chars sum)
{
	checksum_chars computed;
	enum checksum_state state = checksum_check_with(&s->text, computed, s->l->items[s->at],
							sum);

	return count_text(s) && state != CHECKSUM_WRONG;
}

static bool leave_out(struct search *s, size_t n, size_t since, const checksum_chars sum);

/*
 * Puts what stands behind run n right behind what stands before it, which has this checksum, and
 * looks for the next run behind each. Recursion ends with the runs, of which there are few.
 */
static bool close_up(struct search *s, size_t n, const checksum_chars sum)
{
	const struct former_run *run = &s->out->runs[n];
	const char *id = run->since ? record_id(s->l->items[run->since - 1])
				    : none_if_empty(s->base->id);
	bool last = n + 1 == s->pass->runs;
	checksum_chars now;

	memcpy(now, sum, sizeof now);
	for (size_t i = run->until; i < s->at; i++) {
		const struct record *r = s->l->items[i];
		checksum_compute_behind(&s->text, now, r, id, none_if_empty(now));
		if (!count_text(s))
			return false;
		id = record_id(r);
		if (!last && leave_out(s, n + 1, i + 1, now))
			return true;
	}
	return last && vouches_for(s, now);
}

/* Tries what run n, which begins at since, may be; sum is the checksum of what stands before it. */
static bool leave_out(struct search *s, size_t n, size_t since, const checksum_chars sum)
{
	bool last = n + 1 == s->pass->runs;
	size_t until = since + 1;

	if (last && s->at - until > s->pass->tail_max)
		until = s->at - s->pass->tail_max;
	s->out->run_count = n + 1;
	for (; until < s->at && s->left; until++) {
		s->out->runs[n] = (struct former_run){since, until};
		if (close_up(s, n, sum))
			return true;
	}
	return false;
}

static bool search_in(struct search *s, const struct pass *pass)
{
	s->pass = pass;
	s->left = FORMER_BYTES;
	for (size_t span = 2; span <= pass->span_max && span <= s->at && s->left; span++) {
		size_t since = s->at - span;
		if (!leave_out(s, 0, since, s->grounds[since]))
			continue;
		s->out->since = since;
		s->out->moved = s->out->runs[pass->runs - 1].until;
		set_ground(s->out, s->grounds[since]);
		return true;
	}
	return false;
}

bool former_find(struct former *out, const struct records *l, size_t at,
		 const struct chain_base *base)
{
	/* Few first: they are tried in a moment, and Git stops at no more than three by itself. */
	static const struct pass passes[] = {
		{1, SIZE_MAX, FORMER_FEW},     {1, FORMER_NEAR, SIZE_MAX},    {2, FORMER_NEAR, 4},
		{2, FORMER_NEAR, FORMER_NEAR}, {3, FORMER_NEAR, FORMER_NEAR},
	};
	AUTO_VALUE(search) s = {.l = l, .at = at, .base = base, .out = out};

	*out = (struct former){0};
	if (!at || !record_checksum(l->items[at]) ||
	    !str_eq(record_parent(l->items[at]), record_id(l->items[at - 1])))
		return false;
	look_over(&s);
	for (size_t i = 0; i < ARRAY_LEN(passes); i++)
		if (search_in(&s, &passes[i]))
			return true;
	return false;
}
