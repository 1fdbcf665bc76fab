/* Commits of a Git repository: what a text names, HEAD, common ancestors. */
#include "adapt/vcs_git_impl.h"

#include <string.h>

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

/* What a promisor remote is known by: "remote.NAME.promisor". */
#define PROMISOR_START "remote."
#define PROMISOR_END ".promisor"

/* The remote that a partial clone has its objects from; NULL for a clone that is whole. free() it.
 */
static char *find_promisor(const struct vcs_git *g)
{
	git_config *config = NULL;
	git_config_iterator *all = NULL;
	git_config_entry *e = NULL;
	char *name = NULL;
	int is = 0;

	int code = git_repository_config(&config, g->repo);
	if (code == 0)
		code = git_config_iterator_new(&all, config);
	while (code == 0 && !name && git_config_next(&e, all) == 0) {
		bool wanted = starts_with(e->name, PROMISOR_START) &&
			      ends_with(e->name, PROMISOR_END) &&
			      git_config_parse_bool(&is, e->value) == 0 && is;
		const char *start = e->name + sizeof PROMISOR_START - 1;
		size_t around = sizeof PROMISOR_START - 1 + sizeof PROMISOR_END - 1;
		if (wanted && strlen(e->name) > around)
			name = xstrndup(start, strlen(e->name) - around);
	}
	git_config_iterator_free(all);
	git_config_free(config);
	return name;
}

/* A bare clone has no references of its remote: without any named it would fetch HEAD alone. */
static bool fetches_branches(const struct vcs_git *g, const char *name)
{
	git_remote *remote = NULL;

	if (git_remote_lookup(&remote, g->repo, name) < 0)
		return true;
	size_t count = git_remote_refspec_count(remote);
	git_remote_free(remote);
	return count > 0;
}

bool vcs_git_hint_partial(const struct vcs_git *g, struct error *err)
{
	AUTO_FREE char *name = find_promisor(g);
	AUTO_FREE char *word = shell_word(name ? name : "");

	if (!name)
		return false;
	hint(err,
	     "This clone is partial and lacks files or folders: \"git fetch --refetch --no-filter "
	     "%s%s\" fetches all of them (Git 2.36 or later); in CI jobs clone without a filter.",
	     word, fetches_branches(g, name) ? "" : " '+refs/heads/*:refs/heads/*'");
	return true;
}

void vcs_git_hint_missing(const struct vcs_git *g, const char *text, struct error *err)
{
	AUTO_FREE char *word = shell_word(text);

	if (git_repository_is_shallow(g->repo) == 1)
		hint(err, "This clone is shallow and lacks older commits: run \"git fetch "
			  "--unshallow\" (in CI jobs set fetch-depth: 0 for the checkout of GitHub "
			  "Actions, GIT_DEPTH: 0 in GitLab).");
	else if (!vcs_git_hint_partial(g, err))
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

/* Too few digits are the beginning of all ids to libgit2, and no name of any commit to Git. */
static int fail_ambiguous(struct vcs_git *g, const char *text, struct error *err)
{
	AUTO_STR safe = {0};

	if (strspn(text, "0123456789abcdefABCDEF") < GIT_OID_MINPREFIXLEN)
		return fail_not_found(g, text, err);
	str_put_safe(&safe, view_of(text));
	int rc = fail(err, E_NOTFOUND,
		      "\"%s\" is the beginning of several ids in the Git repository",
		      str_cstr(&safe));
	hint(err, "Give more digits of the commit's id: \"git log\" shows all of them.");
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
	else if (code == GIT_EAMBIGUOUS)
		rc = fail_ambiguous(g, text, err);
	else
		rc = vcs_git_fail(err, E_IO, "could not find the commit");
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
