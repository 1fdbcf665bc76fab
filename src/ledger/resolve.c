/* Brings sides together, one after the other, each behind what is there so far. */
#include "ledger/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/rebase_impl.h"

#include "base/banned.h"

void resolution_release(struct resolution *r)
{
	records_release(&r->records);
	strs_release(&r->old_names);
	strs_release(&r->already);
	strs_release(&r->dropped);
	strs_release(&r->kept);
	conflicts_release(&r->conflicts);
	schema_free(r->schema);
	*r = (struct resolution){0};
}

static void move_names(struct strs *to, struct strs *from)
{
	for (size_t i = 0; i < from->len; i++)
		strs_take(to, steal(&from->items[i]));
	from->len = 0;
}

/* Takes over what one side added; a side that is in the way adds nothing but its conflicts. */
static void take_plan(struct resolution *out, struct rebase_plan *plan)
{
	bool blocks = plan->conflicts.blocking > 0;

	conflicts_append(&out->conflicts, &plan->conflicts);
	move_names(&out->already, &plan->already);
	if (blocks)
		return;
	move_names(&out->old_names, &plan->old_names);
	for (size_t i = 0; i < plan->records.len; i++)
		records_take(&out->records, steal(&plan->records.items[i]));
	plan->records.len = 0;
	schema_free(out->schema);
	out->schema = steal(&plan->schema);
	memcpy(out->chain, plan->chain, sizeof out->chain);
	memcpy(out->head_id, plan->head_id, sizeof out->head_id);
}

/* What the ancestor and upstream have, and the side no longer. */
static void find_kept(struct resolution *out, const struct resolve_input *in,
		      const struct records *side)
{
	AUTO_VALUE(map) upstream_ids = {0};
	AUTO_VALUE(map) side_ids = {0};
	AUTO_VALUE(map) done = {0};
	size_t at;

	index_ids(&upstream_ids, in->sides[0]);
	index_ids(&side_ids, side);
	for (size_t i = 0; i < in->ancestor->len; i++) {
		const char *id = record_id(in->ancestor->items[i]);
		if (!map_get(&upstream_ids, id, &at) || map_get(&side_ids, id, NULL) ||
		    !map_add(&done, id, 0))
			continue;
		const char *name = record_name(in->sides[0]->items[at]);
		if (!strs_has(&out->kept, name))
			strs_add(&out->kept, name);
	}
}

static int add_side(struct resolution *out, const struct resolve_input *in,
		    const struct records *side, struct error *err)
{
	AUTO_VALUE(rebase_plan) plan = {0};
	const struct sides sides = {.base = &in->base,
				    .theirs = &out->records,
				    .ours = side,
				    .ancestor = in->ancestor,
				    .unfounded = in->unfounded,
				    .options = in->options};
	int rc = rebase_sides(&plan, &out->dropped, &sides, err);

	if (rc < 0)
		return rc;
	take_plan(out, &plan);
	if (in->ancestor)
		find_kept(out, in, side);
	return 0;
}

/* No half result: the caller shall not write it by mistake. */
static void take_back(struct resolution *out)
{
	records_release(&out->records);
	strs_release(&out->old_names);
	out->upstream = 0;
	schema_free(out->schema);
	out->schema = NULL;
}

int resolve(struct resolution *out, const struct resolve_input *in, struct error *err)
{
	int rc = 0;

	if (in->side_count == 0)
		return fail(err, E_INVALID, "there is nothing to resolve");
	for (size_t i = 0; i < in->sides[0]->len; i++)
		records_take(&out->records, record_copy(in->sides[0]->items[i]));
	out->upstream = out->alike = out->records.len;
	for (size_t i = 1; i < in->side_count; i++) {
		size_t n = common_length(in->sides[0], in->sides[i]);
		out->alike = n < out->alike ? n : out->alike;
	}
	/* A single side is checked as the others are; it has nothing to put behind itself. */
	if (in->side_count == 1)
		rc = add_side(out, in, in->sides[0], err);
	for (size_t i = 1; rc == 0 && i < in->side_count; i++)
		rc = add_side(out, in, in->sides[i], err);
	if (rc < 0 || out->conflicts.blocking)
		take_back(out);
	return rc;
}
