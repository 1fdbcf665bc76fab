/* What the files behind vcs_git.h share: the open repository and how failures are told. */
#ifndef ADAPT_VCS_GIT_IMPL_H
#define ADAPT_VCS_GIT_IMPL_H

#include <git2.h>
#include <git2/sys/repository.h>

#include "adapt/vcs_git.h"

struct vcs_git {
	struct vcs base;
	git_repository *repo; /* NULL outside a repository */
	git_index *index;     /* NULL until it is needed */
	char *root;	      /* absolute path of the project */
	char *top;	      /* of the work tree, absolute; NULL: there is none around root */
	char *folder;	      /* of the project below top; "" in a bare repository */
	struct vcs_git_memory *memory; /* objects not kept yet; NULL: none were made */
};

/* The address of a struct's first member is that of the struct. */
static inline struct vcs_git *vcs_git_of(struct vcs *v)
{
	return (struct vcs_git *)(void *)v;
}

/* Call it at once: the next libgit2 call may replace the reason. */
int vcs_git_fail(struct error *err, enum error_code code, const char *what);

/* E_NOTFOUND outside a repository. */
int vcs_git_need_repo(const struct vcs_git *g, struct error *err) MUST_USE;

/* The same, and when the project is not inside its work tree. */
int vcs_git_need(const struct vcs_git *g, struct error *err) MUST_USE;

/* A path of the project as the repository has it; free() it. */
char *vcs_git_path(const struct vcs_git *g, const char *path);

/* A folder of the project at a place, as the repository has it; free() it. */
int vcs_git_place_path(char **out, const struct vcs_git *g, const struct vcs_place *place,
		       const char *folder, struct error *err) MUST_USE;

/* The top of a commit or a tree; a code of libgit2. */
int vcs_git_root(git_tree **out, const struct vcs_git *g, const struct vcs_id *commit) MUST_USE;
/*
 * The entry of a path below root, 0 and NULL when root has none, GIT_ENOTFOUND when a folder on the
 * way is an object that a partial clone lacks: it must not pass for one that is not there.
 */
int vcs_git_entry(git_tree_entry **out, const struct vcs_git *g, const git_tree *root,
		  const char *path) MUST_USE;
/* Says that such a folder could not be read. */
int vcs_git_fail_folder(struct vcs_git *g, int code, struct error *err);

/* The file of the index that GIT_INDEX_FILE or the work tree says; may not exist. free() it. */
int vcs_git_index_path(char **out, const struct vcs_git *g, struct error *err) MUST_USE;

/* Opens that index, once; *out is borrowed. To read a folder, index_reader is much cheaper. */
int vcs_git_index(git_index **out, struct vcs_git *g, struct error *err) MUST_USE;

/*
 * Adds to a failure "not there" what a shallow or partial clone has to do with it; of a commit, or
 * of what may be one. For what can only be a file or a folder: false when the clone is not partial.
 */
bool vcs_git_hint_partial(const struct vcs_git *g, struct error *err);
void vcs_git_hint_missing(const struct vcs_git *g, const char *text, struct error *err);

void vcs_git_to_id(struct vcs_id *out, const git_oid *oid);
void vcs_git_to_oid(git_oid *out, const struct vcs_id *id);

/* vcs_git_history.c */
int vcs_git_find(struct vcs_id *out, struct vcs *v, const char *text, struct error *err) MUST_USE;
int vcs_git_head(struct vcs_id *out, struct vcs *v, struct error *err) MUST_USE;
int vcs_git_merge_bases(struct vcs_ids *out, struct vcs *v, const struct vcs_id *a,
			const struct vcs_id *b, struct error *err) MUST_USE;

int vcs_git_tree(struct vcs_id *out, struct vcs *v, const struct vcs_id *commit,
		 struct error *err) MUST_USE;

/* vcs_git_read.c */
int vcs_git_list(struct vcs_entries *out, struct vcs *v, const struct vcs_place *place,
		 const char *folder, struct error *err) MUST_USE;
int vcs_git_read(struct str *out, struct vcs *v, const struct vcs_id *id, size_t max,
		 struct error *err) MUST_USE;

/* vcs_git_id.c */
int vcs_git_read_at(struct str *out, struct vcs *v, const char *path, const struct vcs_id *id,
		    size_t max, struct error *err) MUST_USE;
int vcs_git_folder_object(struct vcs_id *out, size_t *size, struct vcs *v,
			  const struct vcs_place *place, const char *folder,
			  struct error *err) MUST_USE;
void vcs_git_id_of_file(struct vcs_id *out, struct vcs *v, struct view bytes);
void vcs_git_id_of_folder(struct vcs_id *out, struct vcs *v, const struct vcs_entries *files);

/* vcs_git_memory.c: from now on new objects go to memory. */
int vcs_git_use_memory(struct vcs_git *g, struct error *err) MUST_USE;
int vcs_git_keep(struct vcs *v, struct error *err) MUST_USE;
int vcs_git_write(struct vcs_id *out, struct vcs *v, struct view bytes, struct error *err) MUST_USE;

/* vcs_git_merge.c */
int vcs_git_merge(struct vcs_merge **out, struct vcs *v, const struct vcs_id *ours,
		  const struct vcs_id *theirs, bool renames, struct error *err) MUST_USE;
void vcs_git_merge_get(struct vcs_id *out, const struct vcs_merge *m, const char *path);
void vcs_git_merge_conflicts(struct vcs_conflicts *out, const struct vcs_merge *m);
int vcs_git_merge_put(struct vcs_merge *m, const char *path, const struct vcs_id *id,
		      struct error *err) MUST_USE;
int vcs_git_merge_remove(struct vcs_merge *m, const char *path, struct error *err) MUST_USE;
int vcs_git_merge_tree(struct vcs_id *out, struct vcs_merge *m, struct error *err) MUST_USE;
void vcs_git_merge_free(struct vcs_merge *m);

/* vcs_git_identity.c: who makes a commit, when; prefix is "GIT_AUTHOR" or "GIT_COMMITTER". */
int vcs_git_signature(git_signature **out, struct vcs_git *g, const char *prefix,
		      struct error *err) MUST_USE;

/* vcs_git_commit.c */
int vcs_git_commit(struct vcs_id *out, struct vcs *v, const struct vcs_commit *c,
		   struct error *err) MUST_USE;
int vcs_git_ref_find(struct vcs_ref *out, struct vcs *v, const char *text,
		     struct error *err) MUST_USE;
int vcs_git_ref_move(struct vcs *v, const char *name, const struct vcs_id *old,
		     const struct vcs_id *to, const char *log, struct error *err) MUST_USE;

/* vcs_git_use.c */
enum vcs_use vcs_git_use(const struct vcs_git *g, const git_reference *branch);

/* vcs_git_stage.c */
int vcs_git_under_way(enum vcs_operation *out, struct vcs_ids *heads, struct vcs *v,
		      struct error *err) MUST_USE;
int vcs_git_rebase_onto(struct vcs_id *out, struct vcs *v, struct error *err) MUST_USE;
int vcs_git_patch(struct str *out, struct vcs *v, size_t max, struct error *err) MUST_USE;
int vcs_git_stage(struct vcs *v, const struct vcs_staged *files, size_t count,
		  struct error *err) MUST_USE;

#endif
