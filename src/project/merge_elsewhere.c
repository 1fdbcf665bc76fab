/* Follows one project to another folder, and tells when another project has taken its own. */
#include "project/merge_projects.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "project/likeness.h"
#include "project/merge_folders.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

/* ---- one project elsewhere */

/* Whether a version has a ledger in a folder; place is any of that version's. */
static int is_there(bool *out, struct vcs *v, const struct vcs_place *place, const char *folder,
		    struct error *err)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	struct vcs_place there = *place;

	there.project = folder;
	int rc = v->ops->list(&entries, v, &there, MIGRATIONS_DIR, err);
	*out = vcs_entries_find(&entries, LEDGER_FILE);
	return rc;
}

/* A folder that the project may have had, and what it has in common with it. */
struct candidate {
	const struct folder *folder;
	struct likeness like;
};

static int find_likest(struct candidate *best, const struct folders *f, struct vcs *v,
		       const struct vcs_place *place, const struct vcs_entries *mine,
		       struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->len; i++) {
		const struct folder *folder = &f->items[i];
		AUTO_VALUE(vcs_entries) theirs = {0};
		bool there = false, one = false;
		if (!folder->was.len || folder->now.len)
			continue;
		rc = folder_list(&theirs, v, &folder->was, "", err);
		struct likeness like = likeness_of(mine, &theirs);
		if (rc < 0 || !likeness_is_any(&like) || !likeness_is_more(&like, &best->like))
			continue;
		const struct likeness_side now = {place, mine}, was = {NULL, &theirs};
		rc = is_there(&there, v, place, folder->path, err);
		if (rc == 0 && !there)
			rc = likeness_proves(&one, v, &now, &was, err);
		if (rc == 0 && one)
			*best = (struct candidate){folder, like};
	}
	return rc;
}

/* Whether a commit has records where place has them: told from the size of the folder. */
static int has_records(bool *out, struct vcs *v, const struct vcs_place *place,
		       const struct vcs_id *commit, struct error *err)
{
	const struct vcs_place there = {
		.where = VCS_COMMIT, .commit = *commit, .project = place->project};
	struct vcs_entry ledger = {.name = LEDGER_FILE};
	size_t size = 0;

	int rc = v->ops->folder_object(&ledger.id, &size, v, &there, MIGRATIONS_DIR, err);
	*out = ledger.id.len && size > vcs_entry_size(&ledger);
	return rc;
}

int merge_follow_folder(char **out, struct vcs *v, const struct vcs_place *place,
			const struct vcs_id *commit, struct error *err)
{
	AUTO_VALUE(folders) differ = {0};
	AUTO_VALUE(vcs_entries) mine = {0};
	struct candidate best = {0};
	bool there;

	*out = NULL;
	int rc = has_records(&there, v, place, commit, err);
	if (rc < 0 || there)
		return rc;
	rc = v->ops->list(&mine, v, place, MIGRATIONS_DIR, err);
	if (rc < 0 || mine.len == 0)
		return rc;
	rc = folders_find(&differ, v, commit, &place->commit, err);
	if (rc == 0)
		rc = find_likest(&best, &differ, v, place, &mine, err);
	if (rc == 0 && best.folder)
		*out = xstrdup(best.folder->path);
	return rc;
}

int merge_find_gone(struct strs *out, struct vcs *v, const struct vcs_place *place,
		    const struct vcs_id *commit, struct error *err)
{
	AUTO_VALUE(folders) differ = {0};
	bool there = false;

	int rc = folders_find(&differ, v, commit, &place->commit, err);
	for (size_t i = 0; rc == 0 && i < differ.len; i++) {
		const struct folder *f = &differ.items[i];
		if (!f->was.len)
			continue;
		rc = is_there(&there, v, place, f->path, err);
		if (rc == 0 && !there)
			strs_add(out, f->path);
	}
	return rc;
}

/* ---- one project in the folder of another */

/* Another folder of a commit that has some of the records as they are, or all of its from them. */
static int find_elsewhere(char **out, struct vcs *v, const struct likeness_side *records,
			  const struct vcs_id *commit, struct error *err)
{
	static const struct vcs_id none;
	AUTO_VALUE(folders) all = {0};

	*out = NULL;
	int rc = folders_find(&all, v, commit, &none, err);
	for (size_t i = 0; rc == 0 && !*out && i < all.len; i++) {
		AUTO_VALUE(vcs_entries) theirs = {0};
		const struct likeness_side was = {NULL, &theirs};
		bool one = false;
		rc = folder_list(&theirs, v, &all.items[i].was, "", err);
		struct likeness like = likeness_of(records->entries, &theirs);
		if (rc == 0 && (like.same || (like.all && like.named == like.all)))
			rc = likeness_proves(&one, v, records, &was, err);
		if (rc == 0 && one)
			*out = xstrdup(all.items[i].path);
	}
	return rc;
}

static void hint_new_folder(struct error *err)
{
	hint(err, "A project can only be renamed to a folder that is new: give it another one, or "
		  "take two steps, each merged for itself.");
}

int merge_check_same(struct vcs *v, const struct merge_records *now,
		     const struct merge_records *before, struct error *err)
{
	const struct likeness_side is = {now->place, now->entries};
	const struct likeness_side was = {before->place, before->entries};
	AUTO_FREE char *source = NULL;
	AUTO_FREE char *moved = NULL;
	bool one = false;

	if (before->place->where != VCS_COMMIT || !likeness_has_records(before->entries))
		return 0;
	int rc = likeness_proves(&one, v, &is, &was, err);
	if (rc == 0 && !one)
		rc = find_elsewhere(&source, v, &is, &before->place->commit, err);
	if (rc == 0 && !one && !source && now->commit && likeness_has_records(now->entries))
		rc = find_elsewhere(&moved, v, &was, now->commit, err);
	if (rc < 0 || (!source && !moved))
		return rc;
	if (source)
		rc = fail(err, E_CONFLICT,
			  "%s has another project in this folder: the one that \"%s\" is in %s",
			  now->name, folder_name(source), before->name);
	else
		rc = fail(err, E_CONFLICT,
			  "%s has another project in this folder: the one that %s has here is in "
			  "\"%s\" there",
			  now->name, before->name, folder_name(moved));
	hint_new_folder(err);
	return rc;
}

int merge_check_related(struct vcs *v, const struct merge_records *one,
			const struct merge_records *other, struct error *err)
{
	const struct likeness_side a = {one->place, one->entries},
				   b = {other->place, other->entries};
	bool related = false;

	if (!likeness_has_records(one->entries) || !likeness_has_records(other->entries))
		return 0;
	int rc = likeness_proves(&related, v, &a, &b, err);
	if (rc < 0 || related)
		return rc;
	rc = fail(err, E_CONFLICT,
		  "%s and %s have no record in common here, though both come from a version of the "
		  "project",
		  one->name, other->name);
	hint(err,
	     "Two projects need two folders. Where one side made all records anew, move the new "
	     "ones of the other out, take " MIGRATIONS_DIR " of that side, and make them "
	     "again: \"xata new FILE\".");
	return rc;
}
