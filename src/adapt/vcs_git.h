/* Version control through libgit2. */
#ifndef ADAPT_VCS_GIT_H
#define ADAPT_VCS_GIT_H

#include "project/vcs.h"

/*
 * Opens the repository that directory root is in: a worktree, a subdirectory and GIT_DIR are fine.
 * Outside a repository it opens too, and its functions say so. E_ACCESS when the repository belongs
 * to somebody else and Git's `safe.directory` does not allow it. Close it through its ops.
 */
int vcs_git_open(struct vcs **out, const char *root, struct error *err) MUST_USE;

#endif
