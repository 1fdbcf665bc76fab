/*
 * The projects that a merge of two commits is about, wherever they lie in the repository.
 *
 * Only what differs between the two is looked into, so that finding them costs what the sides
 * changed and not what the repository holds.
 */
#ifndef PROJECT_MERGE_PROJECTS_H
#define PROJECT_MERGE_PROJECTS_H

#include "project/vcs.h"

struct merge_project {
	char *base, *head;  /* its folder on each side, "" at the top of the repository */
	const char *folder; /* in the result: the one of these that it was renamed to, if it was */
};
struct merge_projects {
	struct merge_project *items; /* by folder */
	size_t len, cap;
};
void merge_projects_release(struct merge_projects *l);
AUTO_VALUE_DEFINE(merge_projects)

enum merge_side { MERGE_BASE, MERGE_HEAD };

/*
 * Those that have a ledger on both sides and whose migrations the side that is not upstream has
 * changed since the ancestors (the merge bases). One that only one side has, or whose migrations
 * that side left alone, is right as any files are merged. A folder that is gone on one side is
 * followed to one that is new there and holds the same records.
 */
int merge_projects_find(struct merge_projects *out, struct vcs *v, const struct vcs_id *base,
			const struct vcs_id *head, const struct vcs_ids *ancestors,
			enum merge_side upstream, struct error *err) MUST_USE;

/* Whether a version has a ledger in a folder; *id, when given, gets that of its migrations. */
int merge_has_ledger(bool *out, struct vcs_id *id, struct vcs *v, const struct vcs_id *commit,
		     const char *folder, struct error *err) MUST_USE;

/*
 * Where a commit has the project of place (NULL there: the one at hand) in another folder, as one
 * of both renamed it: *out is that folder, free() it; NULL when the commit has its records under
 * the same name or none of them. Only a folder in which place has no ledger any more is followed
 * (what is copied is another project), by records that both have by name, whatever became of their
 * content; any folder, when place has no records any more. Of several it is the one with the most
 * in common, and then the one with the most records, which lets nothing pass that another one would
 * not.
 *
 * Costs next to nothing where the name is the same; else it looks through the folders of the
 * commit, or only those that differ when place is a commit.
 */
int merge_follow_folder(char **out, struct vcs *v, const struct vcs_place *place,
			const struct vcs_id *commit, struct error *err) MUST_USE;

#endif
