/* Makes commits of a Git repository, and moves its branches. */
#include "adapt/vcs_git_impl.h"

#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

/* ---- commits */

static int create(struct vcs_id *out, struct vcs_git *g, const struct vcs_commit *c,
		  const git_signature *author, const git_signature *committer, struct error *err)
{
	const git_commit **parents = xcalloc(c->parent_count + 1, sizeof(git_commit *));
	git_tree *tree = NULL;
	git_oid oid;

	vcs_git_to_oid(&oid, &c->tree);
	int code = git_tree_lookup(&tree, g->repo, &oid);
	for (size_t i = 0; code == 0 && i < c->parent_count; i++) {
		git_commit *parent = NULL;
		vcs_git_to_oid(&oid, &c->parents[i]);
		code = git_commit_lookup(&parent, g->repo, &oid);
		parents[i] = parent;
	}
	if (code == 0)
		code = git_commit_create(&oid, g->repo, NULL, author, committer, NULL, c->message,
					 tree, c->parent_count, parents);
	int rc = code < 0 ? vcs_git_fail(err, E_IO, "could not make the commit") : 0;
	if (rc == 0)
		vcs_git_to_id(out, &oid);
	for (size_t i = 0; i < c->parent_count; i++)
		git_commit_free((git_commit *)(uintptr_t)parents[i]);
	free(parents);
	git_tree_free(tree);
	return rc;
}

int vcs_git_commit(struct vcs_id *out, struct vcs *v, const struct vcs_commit *c, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_signature *author = NULL, *committer = NULL;

	*out = (struct vcs_id){0};
	int rc = vcs_git_use_memory(g, err);
	if (rc == 0)
		rc = vcs_git_signature(&author, g, "GIT_AUTHOR", err);
	if (rc == 0)
		rc = vcs_git_signature(&committer, g, "GIT_COMMITTER", err);
	if (rc == 0)
		rc = create(out, g, c, author, committer, err);
	git_signature_free(author);
	git_signature_free(committer);
	return rc;
}

/* ---- references */

static int lookup(git_reference **out, struct vcs_git *g, const char *text)
{
	AUTO_FREE char *branch = xasprintf("refs/heads/%s", text);
	bool full = starts_with(text, "refs/") || str_eq(text, "HEAD");
	git_reference *found = NULL;

	*out = NULL;
	int code = git_reference_lookup(&found, g->repo, full ? text : branch);
	if (code == 0)
		code = git_reference_resolve(out, found);
	git_reference_free(found);
	return code;
}

int vcs_git_ref_find(struct vcs_ref *out, struct vcs *v, const char *text, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_reference *ref = NULL;
	AUTO_STR safe = {0};

	int rc = vcs_git_need_repo(g, err);
	if (rc < 0)
		return rc;
	str_put_safe(&safe, view_of(text));
	int code = lookup(&ref, g, text);
	if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) {
		rc = fail(err, E_NOTFOUND, "the Git repository has no branch \"%s\"",
			  str_cstr(&safe));
		hint(err, "Name one that \"git branch\" lists, or a reference in full, "
			  "refs/heads/main.");
	} else if (code < 0) {
		rc = vcs_git_fail(err, E_IO, "could not read a branch of the Git repository");
	} else {
		out->name = xstrdup(git_reference_name(ref));
		vcs_git_to_id(&out->id, git_reference_target(ref));
		out->use = vcs_git_use(g, ref);
	}
	git_reference_free(ref);
	return rc;
}

static int fail_move(int code, const char *name, struct error *err)
{
	if (code == GIT_EMODIFIED || code == GIT_ENOTFOUND) {
		int rc = fail(err, E_CONFLICT, "\"%s\" has moved meanwhile", name);
		hint(err, "Nothing was changed: run the command again.");
		return rc;
	}
	if (code != GIT_ELOCKED)
		return vcs_git_fail(err, E_IO, "could not move the branch");
	int rc = vcs_git_fail(err, E_LOCKED, "the branch is locked");
	hint(err, "Run the command again; if no Git process is running, remove that file, whose "
		  "name ends in \".lock\".");
	return rc;
}

/*
 * A process that moves a reference holds its lock for a moment only. Git waits a tenth of a second
 * (core.filesRefLockTimeout), and libgit2 not at all.
 */
#define LOCK_WAIT_MS 500
#define LOCK_PAUSE_MS 10

static int move_patiently(struct vcs_git *g, const char *name, const git_oid *from,
			  const git_oid *to, const char *log)
{
	int64_t end = clock_mono_ms() + LOCK_WAIT_MS;

	for (;;) {
		git_reference *ref = NULL;
		int code = git_reference_create_matching(&ref, g->repo, name, to, 1, from, log);
		git_reference_free(ref);
		if (code != GIT_ELOCKED || clock_mono_ms() >= end)
			return code;
		clock_sleep_ms(LOCK_PAUSE_MS);
	}
}

int vcs_git_ref_move(struct vcs *v, const char *name, const struct vcs_id *old,
		     const struct vcs_id *to, const char *log, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_signature *who = NULL;
	git_oid from, target;
	struct error nobody = {0};
	int code = 0;

	int rc = vcs_git_need_repo(g, err);
	if (rc < 0)
		return rc;
	vcs_git_to_oid(&from, old);
	vcs_git_to_oid(&target, to);
	/* Who the reflog will name; without anybody it does as well. */
	if (vcs_git_signature(&who, g, "GIT_COMMITTER", &nobody) == 0)
		code = git_repository_set_ident(g->repo, who->name, who->email);
	if (code == 0)
		code = move_patiently(g, name, &from, &target, log);
	git_signature_free(who);
	return code < 0 ? fail_move(code, name, err) : 0;
}
