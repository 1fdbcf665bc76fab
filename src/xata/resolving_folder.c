/* Where the sides of a conflict have the project, as one of them may have renamed its folder. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/merge_projects.h"
#include "xata/resolving.h"

#include "base/banned.h"

static int has_ledger(bool *out, const struct resolving *r, const struct vcs_place *place,
		      struct error *err)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	int rc = r->git->ops->list(&entries, r->git, place, MIGRATIONS_DIR, err);

	*out = vcs_entries_find(&entries, LEDGER_FILE);
	return rc;
}

/* *lacks is the first without a ledger where its place says, NULL when all have one. */
static int find_lacking(const char **lacks, const struct resolving *r, const struct versions *of,
			struct error *err)
{
	bool has = true;
	int rc = 0;

	*lacks = NULL;
	for (size_t i = 0; rc == 0 && !*lacks && i < of->len; i++) {
		rc = has_ledger(&has, r, &of->items[i].place, err);
		*lacks = rc == 0 && !has ? of->items[i].name : NULL;
	}
	return rc;
}

/* A project that has another folder on one side would look like one that was removed. */
int resolving_fail_lacking(const struct resolving *r, const char *side, struct error *err)
{
	int rc = fail(err, E_INVALID,
		      "%s has no \"" MIGRATIONS_DIR "/" LEDGER_FILE "\" in this folder", side);

	if (r->operation == VCS_MERGE)
		hint(err,
		     "Was its folder renamed? \"git merge --abort\" and then \"xata merge --base "
		     "HEAD --head REV --commit\" merges all the same, and prints the commit for "
		     "\"git "
		     "merge --ff-only\".");
	else
		hint(err, "Was its folder renamed? Undo what is under way, give the project the "
			  "same folder on both sides, and start again.");
	return rc;
}

/* ---- a folder that both sides renamed */

/* Where one side has it under another name: *here and *there are these sides. */
static int find_other_name(char **out, const struct merge_version **here,
			   const struct merge_version **there, const struct resolving *r,
			   struct error *err)
{
	bool has[ARRAY_LEN(r->sides.items)] = {0};
	size_t n = r->sides.len;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = has_ledger(&has[i], r, &r->sides.items[i].place, err);
	for (size_t i = 0; rc == 0 && !*out && i < n * n; i++) {
		*here = &r->sides.items[i / n];
		*there = &r->sides.items[i % n];
		if (has[i / n] && !has[i % n])
			rc = merge_follow_folder(out, r->git, &(*here)->place,
						 &(*there)->place.commit, err);
	}
	return rc;
}

/*
 * Both sides renamed the folder, each to another name: Git puts what it makes of both texts under
 * either, so that the index has no version to resolve. Where one side alone renamed it, Git brings
 * all three together under the new name.
 */
static int check_one_name(const struct resolving *r, struct error *err)
{
	static const struct vcs_place base = {.where = VCS_INDEX_BASE};
	const struct merge_version *here = NULL, *there = NULL;
	AUTO_FREE char *folder = NULL;
	AUTO_FREE char *other = NULL;
	bool has_base;

	int rc = has_ledger(&has_base, r, &base, err);
	if (rc < 0 || has_base)
		return rc;
	rc = find_other_name(&other, &here, &there, r, err);
	if (rc == 0 && other)
		rc = r->git->ops->folder(&folder, r->git, err);
	if (rc < 0 || !other)
		return rc;
	rc = fail(
		err, E_INVALID,
		"both sides gave the project's folder another name: it is \"%s\" in %s, \"%s\" in "
		"%s",
		folder && *folder ? folder : ".", here->name, *other ? other : ".", there->name);
	hint(err,
	     "Undo it with \"%s\", give the project one folder on both sides, and start again.",
	     resolving_undo(r->operation));
	return rc;
}

/* ---- a folder that one side renamed */

/* NULL, or the folder at hand, leaves the version as it is. */
static void look_in(struct resolving *r, struct merge_version *v, const char *folder,
		    const char *at_hand)
{
	if (!folder || strcmp(folder, at_hand) == 0)
		return;
	strs_add(&r->names, folder);
	v->place.project = r->names.items[r->names.len - 1];
}

/* What a stash has besides (spare) lies where the stash has the project. */
static void look_in_all(struct resolving *r, const struct merge_project *p, const char *at_hand)
{
	look_in(r, &r->sides.items[0], p->base, at_hand);
	look_in(r, &r->sides.items[1], p->head, at_hand);
	for (size_t i = 0; i < r->bases.len; i++)
		look_in(r, &r->bases.items[i], p->before[i], at_hand);
	for (size_t i = 0; i < r->spare.len; i++)
		look_in(r, &r->spare.items[i], p->head, at_hand);
	for (size_t i = 0; i < p->former.len; i++)
		strs_add(&r->former, p->former.items[i]);
}

/* Git that did not follow the folder leaves the ledger in conflict under its former name, too. */
static int is_followed(bool *out, const struct resolving *r, const struct merge_project *p,
		       const char *at_hand, struct error *err)
{
	bool left = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && !left && i < p->former.len; i++) {
		struct vcs_place place = {.where = VCS_INDEX, .project = p->former.items[i]};
		rc = has_ledger(&left, r, &place, err);
	}
	*out = !left && p->trouble == MERGE_FINE && strcmp(p->folder, at_hand) == 0;
	return rc;
}

/* Nor does Git follow the folders of an octopus. */
static int follow(struct resolving *r, struct error *err)
{
	AUTO_VALUE(merge_project) p = {0};
	AUTO_VALUE(vcs_ids) ancestors = {0};
	AUTO_FREE char *at_hand = NULL;
	struct merge_commits commits = {.base = &r->sides.items[0].place.commit,
					.head = &r->sides.items[1].place.commit,
					.ancestors = &ancestors};
	bool followed = false;

	if (r->sides.len != 2)
		return 0;
	for (size_t i = 0; i < r->bases.len; i++)
		vcs_ids_add(&ancestors, &r->bases.items[i].place.commit);
	int rc = r->git->ops->folder(&at_hand, r->git, err);
	if (rc == 0)
		rc = merge_project_at(&p, r->git, &commits, at_hand, err);
	if (rc == 0)
		rc = is_followed(&followed, r, &p, at_hand, err);
	if (rc == 0 && followed)
		look_in_all(r, &p, at_hand);
	return rc;
}

int resolving_follow_folder(const char **lacks, struct resolving *r, struct error *err)
{
	const char *base_lacks = NULL;

	int rc = find_lacking(lacks, r, &r->sides, err);
	if (rc == 0 && *lacks)
		rc = check_one_name(r, err);
	if (rc == 0 && !*lacks)
		rc = find_lacking(&base_lacks, r, &r->bases, err);
	if (rc < 0 || (!*lacks && !base_lacks))
		return rc;
	rc = follow(r, err);
	return rc < 0 ? rc : find_lacking(lacks, r, &r->sides, err);
}

/* ---- what is left of it */

static void warn_left(const struct resolving *r, const char *former,
		      const struct vcs_entries *files, const struct vcs_entries *index)
{
	for (size_t i = 0; i < files->len; i++) {
		const char *name = files->items[i].name;
		if (!ends_with(name, RECORD_SUFFIX))
			continue;
		AUTO_FREE char *path = xasprintf("%s%s" MIGRATIONS_DIR "/%s", former,
						 *former ? "/" : "", name);
		AUTO_FREE char *spec = xasprintf(":(top,literal)%s", path);
		AUTO_FREE char *word = shell_word(spec);
		if (vcs_entries_find(index, name))
			warn(&r->inv->out,
			     "\"%s\" is left over, as the folder was renamed: \"git rm -f %s\" "
			     "removes it",
			     path, word);
		else
			warn(&r->inv->out,
			     "\"%s\" is left over, as the folder was renamed: remove it", path);
	}
}

int resolving_warn_former(const struct resolving *r, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->former.len; i++) {
		AUTO_VALUE(vcs_entries) files = {0};
		AUTO_VALUE(vcs_entries) index = {0};
		struct vcs_place place = {.where = VCS_FILES, .project = r->former.items[i]};
		rc = r->git->ops->list(&files, r->git, &place, MIGRATIONS_DIR, err);
		place.where = VCS_INDEX;
		if (rc == 0)
			rc = r->git->ops->list(&index, r->git, &place, MIGRATIONS_DIR, err);
		if (rc == 0)
			warn_left(r, r->former.items[i], &files, &index);
	}
	return rc;
}
