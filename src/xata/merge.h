/* How the merge of two commits is shown. */
#ifndef XATA_MERGE_H
#define XATA_MERGE_H

#include "project/commit_merge.h"
#include "xata/output.h"

/*
 * Says what goes behind what in each project, and what is in conflict, even with --quiet. Sets
 * "base", "head", "upstream", "ancestors", "relation", "clean", "fastForward", "tree", "projects",
 * "files", "conflicts" and "conflictCounts" of --json.
 */
void report_merge(struct output *o, const struct commit_merge *m, const struct merge_tip *base,
		  const struct merge_tip *head, enum merge_side upstream);

/* E_CONFLICT saying how much is in conflict; 0 when nothing is. */
int merge_check(const struct commit_merge *m, const struct merge_tip *base,
		const struct merge_tip *head, struct error *err) MUST_USE;

#endif
