/*
 * The projects that a merge of two commits is about, wherever they lie in the repository.
 *
 * Only what differs between the two is looked into, so that finding them costs what the sides
 * changed and not what the repository holds.
 */
#ifndef PROJECT_MERGE_PROJECTS_H
#define PROJECT_MERGE_PROJECTS_H

#include "project/vcs.h"

/* Why a project cannot be merged, as the sides do not agree on its folder. */
enum merge_trouble {
	MERGE_FINE,
	MERGE_APART,   /* each side renamed it, to another name */
	MERGE_TAKEN,   /* one renamed it, and the other has another project in that folder */
	MERGE_REMOVED, /* one renamed or changed it, the other removed it */
};

struct merge_project {
	char *base, *head; /* its folder on each side, "" at the top; NULL: removed there */
	char **before;	   /* and in each ancestor, NULL where that lacks it */
	size_t ancestors;
	const char *folder; /* in the result: the one of these that it was renamed to, if it was */
	struct strs former; /* its other names, of a side or before, that are no project's now */
	char *instead;	    /* a new project of the side that removed it; NULL: none */
	enum merge_trouble trouble;
};
void merge_project_release(struct merge_project *p);
AUTO_VALUE_DEFINE(merge_project)
struct merge_projects {
	struct merge_project *items; /* by folder */
	size_t len, cap;
};
void merge_projects_release(struct merge_projects *l);
AUTO_VALUE_DEFINE(merge_projects)

enum merge_side { MERGE_BASE, MERGE_HEAD };

/* The commits of a merge. */
struct merge_commits {
	const struct vcs_id *base, *head;
	const struct vcs_ids *ancestors; /* the merge bases */
};

/*
 * Those that were renamed, those that one side removed and the other changed since each
 * ancestor, and of the others those that have a ledger on both sides and whose migrations the side
 * that is not upstream has changed since the ancestors: any other one is right as files are merged.
 *
 * Which folder of a side was which of an ancestor is judged as merge_follow_folder() does it, but
 * that no folder was two: of several copies of one that is gone, the one with the most in common is
 * that project. A folder that is there still is what it was, and its copies are new projects.
 */
int merge_projects_find(struct merge_projects *out, struct vcs *v, const struct merge_commits *c,
			enum merge_side upstream, struct error *err) MUST_USE;

/*
 * The project that has a folder in head, or else had it in an ancestor, or else has it in base; one
 * that has that folder everywhere when there is none.
 */
int merge_project_at(struct merge_project *out, struct vcs *v, const struct merge_commits *c,
		     const char *folder, struct error *err) MUST_USE;

/* E_CONFLICT for trouble, with what to do; base and head are names for messages. */
int merge_project_check(const struct merge_project *p, const char *base, const char *head,
			struct error *err) MUST_USE;

/*
 * Where a commit has the project of place (NULL there: the one at hand) in another folder, as one
 * of both renamed it: *out is that folder, free() it; NULL when the commit has its records under
 * the same name or none of them. Only a folder in which place has no ledger any more is followed
 * (what is copied is another project), when both are one project by likeness_proves(): they have a
 * record in common, and a name alone makes none. Of several it is the one with the most in common,
 * and then the one with the most records, which lets nothing pass that another one would not.
 *
 * Costs next to nothing where the name is the same; else it looks through the folders of the
 * commit, or only those that differ when place is a commit.
 */
int merge_follow_folder(char **out, struct vcs *v, const struct vcs_place *place,
			const struct vcs_id *commit, struct error *err) MUST_USE;

/* Appends the folders in which a commit has a ledger, and place's version has none any more. */
int merge_find_gone(struct strs *out, struct vcs *v, const struct vcs_place *place,
		    const struct vcs_id *commit, struct error *err) MUST_USE;

/* A version of the project, and its .xata/migrations there. */
struct merge_records {
	const char *name; /* for messages */
	const struct vcs_place *place;
	const struct vcs_entries *entries;
	const struct vcs_id *commit; /* whose other folders are looked through; NULL: none */
};
/*
 * E_CONFLICT when now has nothing of the records that before has in its folder, but those of
 * another project of that commit (two that swapped their folders, say), or when what before has is
 * in another folder of now's commit, and a new project in this one. They are not followed, as each
 * would pass for the other one. Costs next to nothing while a record is as it was; else files are
 * read as likeness_proves() does it.
 */
int merge_check_same(struct vcs *v, const struct merge_records *now,
		     const struct merge_records *before, struct error *err) MUST_USE;

/*
 * E_CONFLICT when two sides of a project that had records before have none of these, nor any other,
 * in common: one of them is another project by now, or its history was made anew. A side without
 * records is for resolve() to judge.
 */
int merge_check_related(struct vcs *v, const struct merge_records *one,
			const struct merge_records *other, struct error *err) MUST_USE;

#endif
