/* What rebase and resolve share: putting one side behind another. */
#ifndef LEDGER_REBASE_IMPL_H
#define LEDGER_REBASE_IMPL_H

#include "ledger/conflict_impl.h"
#include "ledger/rebase.h"

struct sides {
	const struct chain_base *base;
	const struct records *theirs, *ours;
	const struct records *ancestor; /* see resolve.h; NULL: unknown */
	bool unfounded;			/* of ours, see resolve.h */
	struct conflict_options options;
};

/*
 * As rebase_plan(). dropped (may be NULL when there is no ancestor) gets the names of ours that the
 * ancestor has and theirs no longer: they are left out.
 */
int rebase_sides(struct rebase_plan *out, struct strs *dropped, const struct sides *in,
		 struct error *err) MUST_USE;

/* Id to position; the first of several wins. Borrows from l. */
void index_ids(struct map *ids, const struct records *l);

/* How many leading records are the same in both, whatever their titles and formatting. */
size_t common_length(const struct records *a, const struct records *b);

/* Whether two records with one id do the same, whatever their place, title and formatting. */
bool does_the_same(const struct record *a, const struct record *b);

#endif
