/*
 * Which folder of one commit was which of an earlier one: the judgement that all of
 * merge_projects.h rests on.
 *
 * Only what differs between the two is looked into, so that it costs what was changed and not what
 * the repository holds.
 */
#ifndef PROJECT_MERGE_FOLDERS_H
#define PROJECT_MERGE_FOLDERS_H

#include "project/vcs.h"

/* A folder whose migrations differ; ids of length 0 where a commit has no ledger there. */
struct folder {
	char *path;
	struct vcs_id was, now;	    /* of its migrations */
	const struct folder *other; /* the one that it was renamed to, or from; NULL: none */
};
struct folders {
	struct folder *items; /* those nearer to the top first */
	size_t len, cap;
};
void folders_release(struct folders *f);
AUTO_VALUE_DEFINE(folders)

/* Finds them; a commit of length 0 has none. No renamed one is known yet. */
int folders_find(struct folders *out, struct vcs *v, const struct vcs_id *was,
		 const struct vcs_id *now, struct error *err) MUST_USE;

/*
 * Pairs each folder that is new with the one among those gone that it was: see
 * merge_follow_folder(). None is taken twice: of copies the one with the most in common is the
 * project itself, the others are new, unless they hold all records of a second one.
 */
int folders_follow(struct folders *f, struct vcs *v, struct error *err) MUST_USE;

/* Where one that was there is now, NULL if it is gone; and what one that is there was, or NULL. */
const char *folders_now(const struct folders *f, const char *path);
const char *folders_was(const struct folders *f, const char *path);
/* NULL for one that does not differ. */
const struct folder *folders_at(const struct folders *f, const char *path);

/* A folder of the repository as messages name it: "." at the top, and for NULL. */
const char *folder_name(const char *folder);

/* Entries of the tree with that id; nothing for one of length 0. */
int folder_list(struct vcs_entries *out, struct vcs *v, const struct vcs_id *tree,
		const char *folder, struct error *err) MUST_USE;
/* The id of a folder's migrations in a commit, of length 0 when there is no ledger in them. */
int folder_ledger(struct vcs_id *out, struct vcs *v, const struct vcs_id *commit,
		  const char *folder, struct error *err) MUST_USE;

#endif
