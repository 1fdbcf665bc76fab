/* What the project needs from Git, through libgit2: the current branch and what is ignored. */
#include "adapt/vcs_git.h"

#include <errno.h>
#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

#include "base/banned.h"

#define HEADS "refs/heads/"

struct vcs_git {
	struct vcs base;
	git_repository *repo; /* NULL outside a repository */
	char *root;	      /* absolute path of the project */
};

static int fail_git(struct error *err, enum error_code code, const char *what)
{
	const git_error *e = git_error_last(); /* the next libgit2 call may replace it */
	AUTO_STR text = {0};

	str_put_safe(&text, view_of(e && e->message ? e->message : "unknown error"));
	return fail(err, code, "%s: %s", what, str_cstr(&text));
}

/* The address of a struct's first member is that of the struct. */
static struct vcs_git *self(struct vcs *v)
{
	return (struct vcs_git *)(void *)v;
}

/* HEAD names a branch even before the first commit; a detached one names none. */
static int current_branch(char **out, struct vcs *v, struct error *err)
{
	git_reference *head = NULL;

	*out = NULL;
	if (!self(v)->repo)
		return fail(err, E_NOTFOUND, "\"%s\" is not in a Git repository", self(v)->root);
	if (git_reference_lookup(&head, self(v)->repo, "HEAD") < 0)
		return fail_git(err, E_IO, "could not read HEAD of the Git repository");
	const char *target = git_reference_symbolic_target(head);
	if (target && starts_with(target, HEADS))
		*out = xstrdup(target + strlen(HEADS));
	git_reference_free(head);
	if (*out)
		return 0;
	int rc = fail(err, E_NOTFOUND, "the Git repository is on no branch (detached HEAD)");
	hint(err, "Name the branch on the command line or in XATA_BRANCH.");
	return rc;
}

/* path as Git sees it, relative to the top of the work tree; NULL when it is outside. */
static char *path_in_worktree(const struct vcs_git *g, const char *path)
{
	const char *top = git_repository_workdir(g->repo);
	AUTO_FREE char *real = top ? realpath(top, NULL) : NULL;
	size_t len = real ? strlen(real) : 0;

	if (!real)
		return NULL;
	if (str_eq(real, "/"))
		len = 0;
	if (strncmp(g->root, real, len) != 0 || (g->root[len] != '/' && g->root[len] != '\0'))
		return NULL;
	const char *below = g->root[len] ? g->root + len + 1 : "";
	return *below ? xasprintf("%s/%s", below, path) : xstrdup(path);
}

/*
 * As libgit2 sees it: a negated rule ("!.env") that takes back one of a folder above is not seen,
 * so the answer may be "ignored" where Git would not.
 */
static int is_ignored(bool *out, struct vcs *v, const char *path, struct error *err)
{
	int ignored = 0;

	*out = false;
	AUTO_FREE char *inside = self(v)->repo ? path_in_worktree(self(v), path) : NULL;
	if (!inside)
		return 0;
	if (git_ignore_path_is_ignored(&ignored, self(v)->repo, inside) < 0)
		return fail_git(err, E_IO, "could not read the ignore rules of Git");
	*out = ignored;
	return 0;
}

static void close_git(struct vcs *v)
{
	struct vcs_git *g = self(v);

	git_repository_free(g->repo);
	free(g->root);
	free(g);
	git_libgit2_shutdown();
}

static const struct vcs_ops ops = {
	.current_branch = current_branch,
	.is_ignored = is_ignored,
	.close = close_git,
};

/* libgit2 1.5 says "not found" of the setting `safe.directory`, and means what EOWNER means. */
static bool is_other_users(int code)
{
	const git_error *e = git_error_last();

	return code == GIT_EOWNER || (code == GIT_ENOTFOUND && e && e->klass == GIT_ERROR_CONFIG);
}

static int fail_open(struct error *err, int code, const char *root)
{
	if (!is_other_users(code))
		return fail_git(err, E_IO, "could not open the Git repository");
	int rc = fail(err, E_ACCESS, "the Git repository of \"%s\" belongs to another user", root);
	hint(err, "If you trust it, run: git config --global --add safe.directory '%s'.", root);
	return rc;
}

int vcs_git_open(struct vcs **out, const char *root, struct error *err)
{
	git_repository *repo = NULL;

	*out = NULL;
	AUTO_FREE char *real = realpath(root, NULL);
	if (!real)
		return fail_sys(err, errno, "could not find \"%s\"", root);
	if (git_libgit2_init() < 0)
		return fail_git(err, E_INTERNAL, "could not start libgit2");
	/* GIT_DIR and its like count, as they do for git itself; without them root is searched. */
	bool named = getenv("GIT_DIR");
	int code = git_repository_open_ext(&repo, named ? NULL : real,
					   named ? GIT_REPOSITORY_OPEN_FROM_ENV : 0, NULL);
	if (code < 0 && (code != GIT_ENOTFOUND || is_other_users(code))) {
		int rc = fail_open(err, code, real);
		git_libgit2_shutdown();
		return rc;
	}
	struct vcs_git *g = xcalloc(1, sizeof *g);
	g->base.ops = &ops;
	g->repo = repo;
	g->root = steal(&real);
	*out = &g->base;
	return 0;
}
