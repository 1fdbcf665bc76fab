/*
 * What the patch at hand tells: whether Git applied it at all, as nothing is in conflict where it
 * could not, and where it put the records of a project whose folder was renamed meanwhile.
 */
#include <string.h>

#include "base/alloc.h"
#include "project/patch.h"
#include "xata/resolving.h"

#include "base/banned.h"

#define V1_START "mig_" /* of the names of v1 records; what is behind the last "_" changes */
#define PATCH_MAX ((size_t)64 << 20)

static bool is_in_index(const struct vcs_entries *index, const char *file)
{
	const char *end = starts_with(file, V1_START) ? strrchr(file, '_') : NULL;
	size_t id_len = end && end >= file + sizeof V1_START - 1 ? (size_t)(end - file) + 1 : 0;

	if (vcs_entries_find(index, file))
		return true;
	for (size_t i = 0; id_len && i < index->len; i++)
		if (strncmp(index->items[i].name, file, id_len) == 0)
			return true;
	return false;
}

static int fail_unapplied(const struct resolving *r, const char *file, struct error *err)
{
	int rc = fail(err, E_NO,
		      "Git did not apply the patch at hand: its record \"%.*s\" is not in the Git "
		      "index",
		      (int)(strlen(file) - (sizeof RECORD_SUFFIX - 1)), file);

	if (r->operation == VCS_AM)
		hint(err, "\"git am --abort\" goes back to before the series; then try \"git am "
			  "-3\", or fetch the series as a branch and rebase that. "
			  "xata-resolve(1) says what to do with patches alone. \"git am --skip\" "
			  "goes on without the record.");
	else
		hint(err, "\"git rebase --abort\" goes back; then \"git rebase\" without "
			  "\"--apply\". \"git rebase --skip\" goes on without the record.");
	return rc;
}

/* Git reads it, too: where it cannot be read, there is nothing to be told from it. */
static bool read_patch(struct str *out, const struct resolving *r)
{
	struct error ignored = {0};

	return (r->operation == VCS_AM || r->operation == VCS_REBASE) &&
	       r->git->ops->patch(out, r->git, PATCH_MAX, &ignored) == 0;
}

/*
 * Git follows no folder, but files: where the ledger has not enough left of what it was, or the
 * folder is gone, it takes the patch's for one that HEAD removed.
 */
static int check_elsewhere(const struct resolving *r, struct view patch, struct error *err)
{
	AUTO_VALUE(strs) folders = {0};
	int rc = 0;

	patch_added_folders(&folders, patch);
	for (size_t i = 0; rc == 0 && i < folders.len; i++) {
		AUTO_VALUE(vcs_entries) ours = {0};
		AUTO_VALUE(vcs_entries) all = {0};
		const char *folder = folders.items[i];
		struct vcs_place place = {.where = VCS_INDEX_OURS, .project = folder};
		rc = r->git->ops->list(&ours, r->git, &place, MIGRATIONS_DIR, err);
		place.where = VCS_INDEX;
		if (rc == 0)
			rc = r->git->ops->list(&all, r->git, &place, MIGRATIONS_DIR, err);
		const struct vcs_entry *ledger = vcs_entries_find(&all, LEDGER_FILE);
		if (rc < 0 || !ledger || !ledger->conflicted ||
		    vcs_entries_find(&ours, LEDGER_FILE))
			continue;
		rc = fail(
			err, E_NO,
			"Git left the patch at hand in \"%s\", where HEAD has no project any more",
			*folder ? folder : ".");
		hint(err,
		     "Where that folder was renamed: go back, \"%s\", apply the patches where they "
		     "were made, in a branch of its own, and rebase that; xata-resolve(1) says "
		     "how.",
		     resolving_undo(r->operation));
	}
	return rc;
}

int resolving_check_patch(const struct resolving *r, struct error *err)
{
	AUTO_STR patch = {.max = PATCH_MAX};
	AUTO_VALUE(strs) added = {0};
	AUTO_FREE char *folder = NULL;

	if (!read_patch(&patch, r))
		return 0;
	int rc = r->git->ops->folder(&folder, r->git, err);
	if (rc < 0)
		return rc;
	patch_added_records(&added, str_view(&patch), folder);
	for (size_t i = 0; i < added.len; i++)
		if (!is_in_index(&r->was, added.items[i]))
			return fail_unapplied(r, added.items[i], err);
	return check_elsewhere(r, str_view(&patch), err);
}

/* Whether Git has records in this folder of the index, but no ledger that names them. */
static int is_left(bool *out, const struct resolving *r, const struct vcs_place *place,
		   struct error *err)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	int rc = r->git->ops->list(&entries, r->git, place, MIGRATIONS_DIR, err);

	*out = entries.len && !vcs_entries_find(&entries, LEDGER_FILE);
	return rc;
}

int resolving_add_left(struct resolving *r, struct error *err)
{
	AUTO_STR patch = {.max = PATCH_MAX};
	AUTO_VALUE(strs) folders = {0};
	AUTO_FREE char *at_hand = NULL;

	if (!read_patch(&patch, r))
		return 0;
	patch_added_folders(&folders, str_view(&patch));
	int rc = r->git->ops->folder(&at_hand, r->git, err);
	for (size_t i = 0; rc == 0 && i < folders.len; i++) {
		struct vcs_place place = {.where = VCS_INDEX, .project = folders.items[i]};
		bool left = false;
		rc = is_left(&left, r, &place, err);
		if (rc < 0 || !left || strcmp(folders.items[i], at_hand) == 0)
			continue;
		strs_add(&r->names, folders.items[i]);
		place.project = r->names.items[r->names.len - 1];
		strs_add(&r->former, place.project);
		rc = resolving_add_version(r, &r->spare, "the patch's folder", &place, err);
	}
	return rc;
}
