/*
 * Merges two commits without a work tree: the ledger of each project by what its records mean, the
 * upstream side's first (ledger/resolve.h), all else as Git merges files. For `xata merge`, and to
 * ask whether a branch would still merge.
 *
 * All of it is made in memory; the caller keeps it with the vcs's keep(), or not.
 */
#ifndef PROJECT_COMMIT_MERGE_H
#define PROJECT_COMMIT_MERGE_H

#include "ledger/resolve.h"
#include "project/merge_projects.h"

struct merge_tip {
	const char *name; /* for messages: "main", "origin/feature" */
	struct vcs_id commit;
};

struct commit_merge_options {
	enum merge_side upstream; /* whose records go first and stay as they are */
	struct conflict_options conflicts;
	/* As in merge_sides.h: how many common records may be read for the schema's sake. */
	size_t read_common;
};

/* One row per kind: enum, stable name for --json. */
#define MERGE_RELATIONS(X)                                                             \
	X(MERGE_DIVERGED, "diverged")	/* both have commits that the other lacks */   \
	X(MERGE_AHEAD, "ahead")		/* only head has: base could be moved to it */ \
	X(MERGE_CONTAINED, "contained") /* base has all of head already */

#define MERGE_RELATION_ENUM(id, name) id,
enum merge_relation { MERGE_RELATIONS(MERGE_RELATION_ENUM) };
#undef MERGE_RELATION_ENUM
const char *merge_relation_name(enum merge_relation relation);

struct merged_project {
	char *folder;	    /* in the result, "" at the top of the repository */
	struct strs former; /* where else the other side, or what both come from, has it */
	size_t common; /* leading records that both sides have alike, before those of resolution */
	/*
	 * Both sides changed its records, or one added some where the other has renamed the folder:
	 * files merged one by one would be in conflict, or a wrong ledger without being that.
	 */
	bool together;
	struct resolution resolution;
};

struct commit_merge {
	enum merge_relation relation;
	struct vcs_ids ancestors; /* the merge bases */
	/* Whose ledgers were looked at, see merge_projects_find(): not all changed on both sides.
	 */
	struct merged_project *projects; /* by folder */
	size_t project_count;
	struct vcs_conflicts files; /* what Git could not merge, but for these ledgers */
	size_t conflicts;	    /* how many block, of both kinds; 0: it is clean */
	struct vcs_id tree;	    /* the result; of length 0 when something blocks */
	bool fast_forward;	    /* the result is head as it is */
};
void commit_merge_release(struct commit_merge *m);
AUTO_VALUE_DEFINE(commit_merge)

/* E_CONFLICT: two histories that have nothing in common are not merged. */
int merge_fail_unrelated(const char *base, const char *head, struct error *err);

/*
 * Conflicts are no failure: see out->conflicts. E_CONFLICT when the two have no common ancestor
 * (none is in out), or do not agree which folder a project has or whether it is there;
 * E_NOTFOUND where a shallow clone lacks it; E_INVALID naming side and file for a damaged ledger.
 */
int commit_merge(struct commit_merge *out, struct vcs *v, const struct merge_tip *base,
		 const struct merge_tip *head, const struct commit_merge_options *options,
		 struct error *err) MUST_USE;

#endif
