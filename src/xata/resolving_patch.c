/* Whether Git applied the patch at hand at all: where it could not, nothing is in conflict. */
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

int resolving_check_patch(const struct resolving *r, struct error *err)
{
	AUTO_STR patch = {.max = PATCH_MAX};
	AUTO_VALUE(strs) added = {0};
	AUTO_FREE char *folder = NULL;
	struct error ignored = {0};

	if (r->operation != VCS_AM && r->operation != VCS_REBASE)
		return 0;
	/* Git reads it, too: where it cannot be read, there is nothing to be told from it. */
	if (r->git->ops->patch(&patch, r->git, PATCH_MAX, &ignored) < 0)
		return 0;
	int rc = r->git->ops->folder(&folder, r->git, err);
	if (rc < 0)
		return rc;
	patch_added_records(&added, str_view(&patch), folder);
	for (size_t i = 0; i < added.len; i++)
		if (!is_in_index(&r->was, added.items[i]))
			return fail_unapplied(r, added.items[i], err);
	return 0;
}
