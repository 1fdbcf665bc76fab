/* A pull as data: what is to be appended, and what a forced one takes out. */
#include <stdlib.h>

#include "sync/sync.h"

#include "base/banned.h"

void pull_plan_release(struct pull_plan *p)
{
	spool_release(&p->add);
	strs_release(&p->remove);
	*p = (struct pull_plan){0};
}

static int fail_diverged(const struct comparison *c, const struct history *mine, struct error *err)
{
	size_t here = mine->len - c->common;

	if (c->common)
		return fail(
			err, E_DIVERGED,
			"the histories diverged after \"%s\": %zu %s only here, %zu only on the "
			"branch",
			history_at(mine, c->common - 1)->id, here,
			here == 1 ? "record is" : "records are", c->news.len);
	return fail(err, E_DIVERGED,
		    "the histories have no record in common: %zu %s only here, %zu only on the "
		    "branch",
		    here, here == 1 ? "record is" : "records are", c->news.len);
}

int pull_plan(struct pull_plan *out, struct comparison *c, const struct local_history *local,
	      enum pull_force force, struct error *err)
{
	const struct history *mine = local->history;

	*out = (struct pull_plan){.relation = c->relation};
	if (c->relation == RELATION_DIVERGED && force == PULL_SAFE)
		return fail_diverged(c, mine, err);
	if (force == PULL_FORCE)
		for (size_t i = c->common; i < mine->len; i++)
			strs_add(&out->remove, history_at(mine, i)->name);
	out->add = c->news;
	c->news = (struct spool){0};
	return 0;
}
