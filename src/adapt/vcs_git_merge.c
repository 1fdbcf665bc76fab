/* Merges two commits of a Git repository in memory, and lets parts of the result be replaced. */
#include "adapt/vcs_git_impl.h"

#include "base/alloc.h"

#include "base/banned.h"

struct vcs_merge {
	struct vcs_git *git;
	git_index *index; /* of no file */
};

static int lookup(git_commit **out, struct vcs_git *g, const struct vcs_id *id, struct error *err)
{
	git_oid oid;

	vcs_git_to_oid(&oid, id);
	if (git_commit_lookup(out, g->repo, &oid) == 0)
		return 0;
	int rc = vcs_git_fail(err, E_IO, "could not read a commit");
	vcs_git_hint_missing(g, "--graph", err);
	return rc;
}

int vcs_git_merge(struct vcs_merge **out, struct vcs *v, const struct vcs_id *ours,
		  const struct vcs_id *theirs, bool renames, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_commit *one = NULL, *two = NULL;
	git_index *index = NULL;
	git_merge_options options;

	*out = NULL;
	if (git_merge_options_init(&options, GIT_MERGE_OPTIONS_VERSION) < 0)
		return vcs_git_fail(err, E_INTERNAL, "could not set libgit2 up");
	if (!renames)
		options.flags &= ~(uint32_t)GIT_MERGE_FIND_RENAMES;
	int rc = vcs_git_use_memory(g, err);
	if (rc == 0)
		rc = lookup(&one, g, ours, err);
	if (rc == 0)
		rc = lookup(&two, g, theirs, err);
	if (rc == 0 && git_merge_commits(&index, g->repo, one, two, &options) < 0) {
		rc = vcs_git_fail(err, E_IO, "could not merge the two commits");
		vcs_git_hint_missing(g, "--graph", err);
	}
	git_commit_free(one);
	git_commit_free(two);
	if (rc < 0)
		return rc;
	*out = xcalloc(1, sizeof **out);
	**out = (struct vcs_merge){.git = g, .index = index};
	return 0;
}

void vcs_git_merge_free(struct vcs_merge *m)
{
	if (m)
		git_index_free(m->index);
	free(m);
}

/* ---- conflicts */

#define HAS(stage) (1U << (stage))

static enum vcs_conflict_kind kind_of(unsigned stages)
{
	switch (stages) {
	case HAS(1) | HAS(2) | HAS(3):
		return VCS_BOTH_CHANGED;
	case HAS(2) | HAS(3):
		return VCS_BOTH_ADDED;
	case HAS(1) | HAS(2):
		return VCS_REMOVED_THEIRS;
	case HAS(1) | HAS(3):
		return VCS_REMOVED_OURS;
	default:
		return VCS_IN_THE_WAY;
	}
}

void vcs_git_merge_conflicts(struct vcs_conflicts *out, const struct vcs_merge *m)
{
	size_t count = git_index_entrycount(m->index);
	const char *path = NULL;
	unsigned stages = 0;

	/* The stages of a path stand side by side. */
	for (size_t i = 0; i <= count; i++) {
		const git_index_entry *e = i < count ? git_index_get_byindex(m->index, i) : NULL;
		if (path && (!e || strcmp(path, e->path) != 0)) {
			vcs_conflicts_add(out, xstrdup(path), kind_of(stages));
			path = NULL;
		}
		if (!e || !git_index_entry_is_conflict(e))
			continue;
		stages = (path ? stages : 0) | HAS((unsigned)GIT_INDEX_ENTRY_STAGE(e));
		path = e->path;
	}
}

/* ---- replacing */

void vcs_git_merge_get(struct vcs_id *out, const struct vcs_merge *m, const char *path)
{
	const git_index_entry *there = git_index_get_bypath(m->index, path, 0);

	*out = (struct vcs_id){0};
	if (there)
		vcs_git_to_id(out, &there->id);
}

int vcs_git_merge_remove(struct vcs_merge *m, const char *path, struct error *err)
{
	int code = git_index_conflict_remove(m->index, path);

	if (code == 0 || code == GIT_ENOTFOUND)
		code = git_index_remove(m->index, path, 0);
	if (code < 0 && git_index_get_bypath(m->index, path, 0))
		return vcs_git_fail(err, E_IO, "could not take a file out of a merge");
	return 0;
}

int vcs_git_merge_put(struct vcs_merge *m, const char *path, const struct vcs_id *id,
		      struct error *err)
{
	const git_index_entry *there = git_index_get_bypath(m->index, path, 0);
	git_index_entry e = {.mode = GIT_FILEMODE_BLOB, .path = path};

	vcs_git_to_oid(&e.id, id);
	if (there && git_oid_equal(&there->id, &e.id)) /* it keeps its mode */
		return 0;
	int rc = vcs_git_merge_remove(m, path, err);
	if (rc == 0 && git_index_add(m->index, &e) < 0)
		rc = vcs_git_fail(err, E_IO, "could not put a file into a merge");
	return rc;
}

int vcs_git_merge_tree(struct vcs_id *out, struct vcs_merge *m, struct error *err)
{
	git_oid oid;

	*out = (struct vcs_id){0};
	if (git_index_has_conflicts(m->index))
		return fail(err, E_CONFLICT, "files of the merge are in conflict");
	if (git_index_write_tree_to(&oid, m->index, m->git->repo) < 0)
		return vcs_git_fail(err, E_IO, "could not make the tree of a merge");
	vcs_git_to_id(out, &oid);
	return 0;
}
