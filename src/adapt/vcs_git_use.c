/*
 * What the work trees of a Git repository are doing with a branch: who moves it meanwhile takes
 * work away from them, so that "git branch -f" and "git push" refuse to, and so do we.
 *
 * libgit2 tells only which branches are checked out. A rebase and a bisection detach HEAD, and keep
 * the name of the branch that they come back to in files of the work tree's Git folder.
 */
#include "adapt/vcs_git_impl.h"

#include <fcntl.h>

#include "base/alloc.h"
#include "base/fs.h"

#include "base/banned.h"

#define FILE_MAX ((size_t)1 << 20) /* bytes; one that is larger is not Git's */

static const struct {
	const char *file;
	const char *prefix; /* what its lines lack before the name of a branch */
	enum vcs_use use;
} kept[] = {
	{"rebase-merge/head-name", "", VCS_REBASED},
	{"rebase-apply/head-name", "", VCS_REBASED},
	{"rebase-merge/update-refs", "", VCS_REBASED}, /* between the names stand ids */
	{"BISECT_START", "refs/heads/", VCS_BISECTED},
};

static bool has_line(const char *path, const char *prefix, const char *name)
{
	AUTO_STR text = {.max = FILE_MAX};
	struct error ignored = {0};
	struct view rest, line;

	if (!starts_with(name, prefix) || fs_read(&text, AT_FDCWD, path, FILE_MAX, &ignored) < 0)
		return false;
	rest = str_view(&text);
	while (view_line(&rest, &line))
		if (view_eq(view_trim(line), view_of(name + strlen(prefix))))
			return true;
	return false;
}

static enum vcs_use use_of_tree(const char *folder, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", folder, kept[i].file);
		if (has_line(path, kept[i].prefix, name))
			return kept[i].use;
	}
	return VCS_UNUSED;
}

enum vcs_use vcs_git_use(const struct vcs_git *g, const git_reference *branch)
{
	const char *common = git_repository_commondir(g->repo);
	const char *name = git_reference_name(branch);
	AUTO_FREE char *folder = xasprintf("%sworktrees", common);
	AUTO_VALUE(strs) trees = {0};
	struct error none = {0};

	if (git_branch_is_checked_out(branch) == 1)
		return VCS_CHECKED_OUT;
	enum vcs_use use = use_of_tree(common, name);
	if (use != VCS_UNUSED || fs_list(&trees, AT_FDCWD, folder, &none) < 0)
		return use;
	for (size_t i = 0; use == VCS_UNUSED && i < trees.len; i++) {
		AUTO_FREE char *tree = xasprintf("%s/%s", folder, trees.items[i]);
		use = use_of_tree(tree, name);
	}
	return use;
}
