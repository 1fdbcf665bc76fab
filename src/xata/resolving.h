/* What the files of `xata resolve` share: the conflict in Git, its sides, and which is upstream. */
#ifndef XATA_RESOLVING_H
#define XATA_RESOLVING_H

#include "project/merge_sides.h"
#include "project/vcs.h"
#include "xata/session.h"

#define RESOLVING_VERSIONS 64 /* sides, bases and others; an octopus has few arms */

struct versions {
	struct merge_version items[RESOLVING_VERSIONS];
	size_t len;
};

struct resolving {
	struct invocation *inv;
	struct vcs *git;
	enum vcs_operation operation;
	struct vcs_ids heads;	/* of the operation, see vcs.h */
	struct vcs_id head;	/* of HEAD; none before the first commit */
	struct vcs_id stash;	/* what a "git stash pop" brings back; none: it is no such */
	int stash_at;		/* its number; 0 is the last */
	struct vcs_entries was; /* .xata/migrations in the index as it was found */
	/* [0] is what Git calls ours, the rest theirs: several of an octopus. */
	struct versions sides, bases, spare;
	struct strs names;  /* owned, of the versions, and their folders */
	struct strs former; /* what the folder was called, and no project's is now */
	/*
	 * What is wrong with the ledger in the index where nothing is in conflict; unchained: and
	 * no sides are known, so that only the records themselves can tell how they go together.
	 */
	struct findings found;
	bool unchained;
	/* Decided by resolving_choose(): */
	size_t upstream;	  /* index in sides */
	const char *reason;	  /* stable name for --json */
	char *why;		  /* the rest of a sentence that begins with which side it is */
	struct merge_sides *read; /* with upstream's side first */
};
void resolving_release(struct resolving *r);
AUTO_VALUE_DEFINE(resolving)

/* "merge", "rebase", …; "none" for a conflict that git keeps no operation for (stash pop). */
const char *resolving_operation_name(enum vcs_operation operation);

/* The command that goes back to before it. */
const char *resolving_undo(enum vcs_operation operation);

/*
 * Where a side or a merge base, all being commits, has no ledger in the folder at hand: where one
 * side renamed the folder to this one, and Git brought both together here, each is looked at in the
 * one that it has, as merge_project_at() judges it. *lacks names a side that has no ledger all the
 * same, NULL: none. E_INVALID where both sides gave the folder another name.
 */
int resolving_follow_folder(const char **lacks, struct resolving *r, struct error *err) MUST_USE;
/* Warns of records that Git left in a former folder: they are in this one now. */
int resolving_warn_former(const struct resolving *r, struct error *err) MUST_USE;
/* Fails with that side, and what to do. */
int resolving_fail_lacking(const struct resolving *r, const char *side, struct error *err);

/*
 * Finds out what is in conflict, and its sides: as the index has them, or, where Git merged .ledger
 * and made nonsense of it, as the commits do. 1, without sides when r->unchained; 0 when there is
 * nothing to do, and *why says so (free() it).
 */
int resolving_find(struct resolving *r, char **why, struct error *err) MUST_USE;

/*
 * Fails where nothing is in conflict as Git could not apply the patch at hand, or left it where the
 * project was before: E_NO. What is staged then would be committed in its place.
 */
int resolving_check_patch(const struct resolving *r, struct error *err) MUST_USE;

/* Appends a version, whose name is copied. E_LIMIT when there are too many. */
int resolving_add_version(struct resolving *r, struct versions *to, const char *name,
			  const struct vcs_place *place, struct error *err) MUST_USE;

/*
 * A patch that was made when the project's folder had another name has its records there, and so
 * Git puts them there, though it follows the ledger: appends what is there to the spare versions.
 */
int resolving_add_left(struct resolving *r, struct error *err) MUST_USE;

/* Appends what is wrong with a record of which it is not known what chain it was made behind. */
void resolving_say_wrong(struct str *out, const struct finding *f);

/*
 * Fails, naming what is wrong with the ledger in the index, and how to go back: why, or when that
 * is NULL the first thing that was found.
 */
int resolving_fail_wrong(const struct resolving *r, const struct error *why, struct error *err);

/* Fails as *why says, with better advice where HEAD is what is wrong while patches are applied. */
int resolving_fail_sides(const struct resolving *r, const struct error *why, struct error *err);

/* "ours" or "theirs"; of an octopus, a commit. */
const char *resolving_side_name(const struct resolving *r, size_t side);

/*
 * Decides which side is upstream and reads the sides in that order: --upstream; HEAD in all but a
 * merge; of a merge that is made anew, the side that stands on what the rebase goes onto; a side
 * that alone has something new; the one whose records the branch has. E_USAGE when nothing tells.
 */
int resolving_choose(struct resolving *r, struct error *err) MUST_USE;

/*
 * Git leaves a ledger with changes that are not committed on disk where it does not merge it as a
 * text, and calls it in conflict. The sides being read, E_CONFLICT, naming them and what to do,
 * when it has records that none of these has: the result would not have them either. renamed gets
 * those that a side has under another name: a run that was killed has chained them anew.
 */
int resolving_check_uncommitted(struct strs *renamed, const struct resolving *r,
				struct error *err) MUST_USE;

#endif
