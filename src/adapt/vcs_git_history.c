/* Commits of a Git repository: what a text names, HEAD, common ancestors. */
#include "adapt/vcs_git_impl.h"

#include "base/alloc.h"

#include "base/banned.h"

void vcs_git_to_id(struct vcs_id *out, const git_oid *oid)
{
	*out = (struct vcs_id){.len = GIT_OID_RAWSZ};
	memcpy(out->bytes, oid->id, GIT_OID_RAWSZ);
}

void vcs_git_to_oid(git_oid *out, const struct vcs_id *id)
{
	git_oid_fromraw(out, id->bytes);
}

void vcs_git_hint_missing(const struct vcs_git *g, const char *text, struct error *err)
{
	AUTO_FREE char *word = shell_word(text);

	if (git_repository_is_shallow(g->repo) == 1)
		hint(err, "This clone is shallow and lacks older commits: run \"git fetch "
			  "--unshallow\" (in CI jobs set fetch-depth: 0 for the checkout of GitHub "
			  "Actions, GIT_DEPTH: 0 in GitLab).");
	else
		hint(err, "Fetch it first (\"git fetch\"), and see \"git log %s\".", word);
}

static int fail_not_found(struct vcs_git *g, const char *text, struct error *err)
{
	AUTO_STR safe = {0};

	str_put_safe(&safe, view_of(text));
	int rc = fail(err, E_NOTFOUND, "the Git repository has no commit \"%s\"%s", str_cstr(&safe),
		      git_repository_is_shallow(g->repo) == 1 ? " (it is a shallow clone)" : "");
	vcs_git_hint_missing(g, str_cstr(&safe), err);
	return rc;
}

int vcs_git_find(struct vcs_id *out, struct vcs *v, const char *text, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_object *found = NULL, *commit = NULL;

	*out = (struct vcs_id){0};
	int rc = vcs_git_need_repo(g, err);
	if (rc < 0)
		return rc;
	int code = git_revparse_single(&found, g->repo, text);
	if (code == 0)
		code = git_object_peel(&commit, found, GIT_OBJECT_COMMIT);
	if (code == 0)
		vcs_git_to_id(out, git_object_id(commit));
	else if (code == GIT_ENOTFOUND || code == GIT_EPEEL || code == GIT_EINVALIDSPEC)
		rc = fail_not_found(g, text, err);
	else
		rc = vcs_git_fail(err, code == GIT_EAMBIGUOUS ? E_NOTFOUND : E_IO,
				  "could not find the commit");
	git_object_free(commit);
	git_object_free(found);
	return rc;
}

int vcs_git_head(struct vcs_id *out, struct vcs *v, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_oid oid;

	*out = (struct vcs_id){0};
	int rc = vcs_git_need_repo(g, err);
	if (rc < 0)
		return rc;
	int code = git_reference_name_to_id(&oid, g->repo, "HEAD");
	if (code == GIT_ENOTFOUND)
		return 0;
	if (code < 0)
		return vcs_git_fail(err, E_IO, "could not read HEAD of the Git repository");
	vcs_git_to_id(out, &oid);
	return 0;
}

int vcs_git_merge_bases(struct vcs_ids *out, struct vcs *v, const struct vcs_id *a,
			const struct vcs_id *b, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_oidarray found = {0};
	git_oid one, two;

	int rc = vcs_git_need_repo(g, err);
	if (rc < 0)
		return rc;
	vcs_git_to_oid(&one, a);
	vcs_git_to_oid(&two, b);
	int code = git_merge_bases(&found, g->repo, &one, &two);
	if (code < 0 && code != GIT_ENOTFOUND) {
		rc = vcs_git_fail(err, E_IO, "could not find the common ancestor of two commits");
		vcs_git_hint_missing(g, "--graph", err);
		return rc;
	}
	if (code == GIT_ENOTFOUND && git_repository_is_shallow(g->repo) == 1) {
		rc = fail(err, E_NOTFOUND,
			  "the common ancestor of the two commits is not in this "
			  "shallow clone");
		vcs_git_hint_missing(g, "--graph", err);
		return rc;
	}
	for (size_t i = 0; code == 0 && i < found.count; i++) {
		struct vcs_id id;
		vcs_git_to_id(&id, &found.ids[i]);
		vcs_ids_add(out, &id);
	}
	git_oidarray_dispose(&found);
	return 0;
}

int vcs_git_tree(struct vcs_id *out, struct vcs *v, const struct vcs_id *commit, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_commit *found = NULL;
	git_oid oid;

	*out = (struct vcs_id){0};
	int rc = vcs_git_need_repo(g, err);
	if (rc < 0)
		return rc;
	vcs_git_to_oid(&oid, commit);
	if (git_commit_lookup(&found, g->repo, &oid) < 0) {
		rc = vcs_git_fail(err, E_IO, "could not read a commit");
		vcs_git_hint_missing(g, "--graph", err);
		return rc;
	}
	vcs_git_to_id(out, git_commit_tree_id(found));
	git_commit_free(found);
	return 0;
}
