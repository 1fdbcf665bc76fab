/* Git, over libgit2. */
#ifndef ADAPT_VCS_GIT_H
#define ADAPT_VCS_GIT_H

#include "project/vcs.h"

/*
 * The repository that directory root lies in (worktrees, submodules and GIT_DIR included). Outside
 * a repository it opens too; the questions then answer E_NOTFOUND or false.
 */
int vcs_git_open(struct vcs **out, const char *root, struct error *err) MUST_USE;

#endif
