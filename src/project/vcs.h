/* What the project needs from version control; adapt/vcs_git.c fills it in through libgit2. */
#ifndef PROJECT_VCS_H
#define PROJECT_VCS_H

#include <stdbool.h>

#include "base/error.h"

struct vcs {
	const struct vcs_ops *ops;
};

struct vcs_ops {
	/* Name of the current branch, an unborn one too; E_NOTFOUND outside a repository or
	 * detached. */
	int (*current_branch)(char **out, struct vcs *v, struct error *err);
	/* Whether a path relative to the project root is ignored; false outside a repository. */
	int (*is_ignored)(bool *out, struct vcs *v, const char *path, struct error *err);
	void (*close)(struct vcs *v);
};

#endif
