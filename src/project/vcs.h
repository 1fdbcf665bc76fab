/*
 * What the project needs from version control; adapt/vcs_git*.c fills it in through libgit2.
 *
 * Paths are relative to the project's root, wherever that lies in the repository. A version of the
 * project is a place: a commit, the index, one side of a conflicted index, or the files on disk.
 * Objects are told by their id, so that what did not change need not be read.
 */
#ifndef PROJECT_VCS_H
#define PROJECT_VCS_H

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

/* An object's id, zeros behind its end. Files of equal ids have equal bytes. */
struct vcs_id {
	unsigned char len; /* bytes; 0: none */
	unsigned char bytes[32];
};
#define VCS_HEX_MAX 64 /* digits of the longest id */

static inline bool vcs_id_eq(const struct vcs_id *a, const struct vcs_id *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
void vcs_id_hex(char out[VCS_HEX_MAX + 1], const struct vcs_id *id);

enum vcs_where {
	VCS_COMMIT,
	VCS_INDEX,	/* what the next commit will hold, as GIT_INDEX_FILE says */
	VCS_INDEX_BASE, /* the sides of a conflict: what is in the index without one, and */
	VCS_INDEX_OURS, /* that side of what has one */
	VCS_INDEX_THEIRS,
	VCS_FILES, /* the working tree: ids as a commit of its files would give them */
};
struct vcs_place {
	enum vcs_where where;
	struct vcs_id commit; /* for VCS_COMMIT: of a commit or a tree */
	/*
	 * The project's folder there ("" at the top, "path/of/it"), for one that is not the project
	 * the repository was opened for or that has another folder there; NULL: that project's.
	 */
	const char *project;
};

enum vcs_kind { VCS_FILE, VCS_LINK, VCS_FOLDER, VCS_MODULE };
struct vcs_entry {
	const char *name; /* without the folder; lives as long as the list */
	struct vcs_id id; /* none for a folder of the index or of the files */
	enum vcs_kind kind;
	bool executable; /* not known of VCS_FILES */
	bool conflicted; /* only in VCS_INDEX and the sides of a conflict */
	bool skipped;	 /* of the index: a sparse checkout leaves it out of the working tree */
};
/* What a file adds to the size of the object that its folder is: mode, name and id, in binary. */
static inline size_t vcs_entry_size(const struct vcs_entry *e)
{
	return sizeof "100644 " - 1 + strlen(e->name) + 1 + e->id.len;
}
struct vcs_entries {
	struct vcs_entry *items; /* by name, bytewise; each name once */
	size_t len, cap;
	struct vcs_names *names; /* where the names are: there may be 100,000 */
};
void vcs_entries_release(struct vcs_entries *l);
AUTO_VALUE_DEFINE(vcs_entries)
/* Copies the name. Entries must be added in order. */
struct vcs_entry *vcs_entries_add(struct vcs_entries *l, const char *name, size_t len);
/* NULL when there is none of that name. */
struct vcs_entry *vcs_entries_find(const struct vcs_entries *l, const char *name);

struct vcs_ids {
	struct vcs_id *items;
	size_t len, cap;
};
void vcs_ids_release(struct vcs_ids *l);
AUTO_VALUE_DEFINE(vcs_ids)
void vcs_ids_add(struct vcs_ids *l, const struct vcs_id *id);

struct vcs {
	const struct vcs_ops *ops;
};

/* Why Git could not merge a file: enum, stable name for --json. */
#define VCS_CONFLICT_KINDS(X)                                                        \
	X(VCS_BOTH_CHANGED, "both_changed")                                          \
	X(VCS_BOTH_ADDED, "both_added")                                              \
	X(VCS_REMOVED_OURS, "removed_in_base")	 /* and changed on the other side */ \
	X(VCS_REMOVED_THEIRS, "removed_in_head") /* and changed on ours */           \
	X(VCS_IN_THE_WAY, "in_the_way") /* renamed on both sides, or a file where a folder is */

#define VCS_CONFLICT_ENUM(id, name) id,
enum vcs_conflict_kind { VCS_CONFLICT_KINDS(VCS_CONFLICT_ENUM) };
#undef VCS_CONFLICT_ENUM
const char *vcs_conflict_name(enum vcs_conflict_kind kind);

struct vcs_conflict {
	char *path; /* in the repository; bytes as Git has them */
	enum vcs_conflict_kind kind;
};
struct vcs_conflicts {
	struct vcs_conflict *items; /* by path */
	size_t len, cap;
};
void vcs_conflicts_release(struct vcs_conflicts *l);
AUTO_VALUE_DEFINE(vcs_conflicts)
/* Takes path. */
void vcs_conflicts_add(struct vcs_conflicts *l, char *path, enum vcs_conflict_kind kind);

struct vcs_merge; /* a merge in memory; of the adapter */

struct vcs_commit {
	struct vcs_id tree;
	const struct vcs_id *parents;
	size_t parent_count;
	const char *message;
};

/* What a work tree does with a branch, which nothing else may move meanwhile. */
enum vcs_use {
	VCS_UNUSED,
	VCS_CHECKED_OUT, /* its files would not follow */
	VCS_REBASED,	 /* it is set to the result at the end: what it got meanwhile would go */
	VCS_BISECTED,	 /* the work tree goes back to it at the end */
};

struct vcs_ref {
	char *name;	  /* in full: "refs/heads/main" */
	struct vcs_id id; /* the commit that it is at */
	enum vcs_use use; /* in some work tree of the repository */
};
void vcs_ref_release(struct vcs_ref *r);
AUTO_VALUE_DEFINE(vcs_ref)

/* What git has begun and not finished. */
enum vcs_operation {
	VCS_IDLE, /* nothing that git knows of; the index may be in conflict all the same (stash) */
	VCS_MERGE,
	VCS_MERGE_SQUASH,
	VCS_REBASE,
	VCS_REBASE_MERGE, /* a merge that "git rebase --rebase-merges" makes anew */
	VCS_CHERRY_PICK,
	VCS_REVERT,
	VCS_AM, /* "git am": patches from mails */
};

/* Whether and how "git sparse-checkout" says what the working tree holds. */
enum vcs_sparse {
	VCS_SPARSE_NONE, /* it holds everything */
	VCS_SPARSE_CONE, /* some folders whole, and the files directly in those above them */
	VCS_SPARSE_PATTERNS,
};

/* A path as the index shall hold it, without conflict. */
struct vcs_staged {
	const char *path;
	bool remove;	  /* it shall not be there */
	struct vcs_id id; /* an object that there is; none: */
	struct view text; /* its bytes */
};

/*
 * Outside a repository all of these but is_ignored() and close() are E_NOTFOUND. Where a commit or
 * an object is missing because the clone is shallow or partial, message and hint say so.
 */
struct vcs_ops {
	/* Name of the current branch, an unborn one too; E_NOTFOUND when detached. */
	int (*current_branch)(char **out, struct vcs *v, struct error *err);
	/* Whether a path relative to the project root is ignored; false outside a repository. */
	int (*is_ignored)(bool *out, struct vcs *v, const char *path, struct error *err);

	/* The folder of the project, "" at the top of the work tree, else "path/of/it". free() it.
	 */
	int (*folder)(char **out, struct vcs *v, struct error *err);
	/* The top of the work tree, absolute; E_NOTFOUND in a bare repository. free() it. */
	int (*top)(char **out, struct vcs *v, struct error *err);
	/* Where hooks are looked for (core.hooksPath counts), absolute; may not exist. free() it.
	 */
	int (*hooks)(char **out, struct vcs *v, struct error *err);

	int (*sparse)(enum vcs_sparse *out, struct vcs *v, struct error *err);

	/* The commit that text ("HEAD~1", "origin/main", a hash, a tag) means; E_NOTFOUND. */
	int (*find)(struct vcs_id *out, struct vcs *v, const char *text, struct error *err);
	/* The commit of HEAD; none (len 0) before the first commit. */
	int (*head)(struct vcs_id *out, struct vcs *v, struct error *err);
	/*
	 * All best common ancestors of two commits, more than one after a criss-cross; none for
	 * unrelated histories, which is E_NOTFOUND in a shallow clone: they may only seem to be.
	 */
	int (*merge_bases)(struct vcs_ids *out, struct vcs *v, const struct vcs_id *a,
			   const struct vcs_id *b, struct error *err);

	/* The tree of a commit: what its files are. */
	int (*tree)(struct vcs_id *out, struct vcs *v, const struct vcs_id *commit,
		    struct error *err);

	/* What is directly in a folder; nothing when the folder is not there. */
	int (*list)(struct vcs_entries *out, struct vcs *v, const struct vcs_place *place,
		    const char *folder, struct error *err);
	/* Appends the bytes of a file; E_LIMIT over max, E_NOTFOUND when the object is missing. */
	int (*read)(struct str *out, struct vcs *v, const struct vcs_id *id, size_t max,
		    struct error *err);
	/*
	 * The same, out being empty, for a file that may be as it was at this path of the working
	 * tree: if it is, it is read there, which takes a fifth of the time of unpacking it.
	 */
	int (*read_at)(struct str *out, struct vcs *v, const char *path, const struct vcs_id *id,
		       size_t max, struct error *err);

	/*
	 * The object that a folder of a commit is, and its size, neither of which needs the folder
	 * to be read; none when the folder is not there.
	 */
	int (*folder_object)(struct vcs_id *out, size_t *size, struct vcs *v,
			     const struct vcs_place *place, const char *folder, struct error *err);
	/*
	 * The id that a file of these bytes has, or a folder of these files and nothing else. As
	 * no other content has it, an equal id tells what an object holds without reading it.
	 */
	void (*id_of_file)(struct vcs_id *out, struct vcs *v, struct view bytes);
	void (*id_of_folder)(struct vcs_id *out, struct vcs *v, const struct vcs_entries *files);

	/*
	 * Objects that the functions below make are in memory, where this vcs alone sees them,
	 * until keep() puts all of them into the repository, each after those that it names.
	 */
	int (*keep)(struct vcs *v, struct error *err);
	int (*write)(struct vcs_id *out, struct vcs *v, struct view bytes, struct error *err);
	/*
	 * A commit by who the settings and GIT_AUTHOR_*, GIT_COMMITTER_* name; E_PROJECT when
	 * nobody is named, E_INVALID for a date that cannot be read.
	 */
	int (*commit)(struct vcs_id *out, struct vcs *v, const struct vcs_commit *c,
		      struct error *err);

	/*
	 * Merges two commits in memory as Git does: by their common ancestors, with renames
	 * following files that one side renamed and the other changed. Release it with
	 * merge_free(), before close(). Paths are those of the repository.
	 */
	int (*merge)(struct vcs_merge **out, struct vcs *v, const struct vcs_id *ours,
		     const struct vcs_id *theirs, bool renames, struct error *err);
	/* The file that Git put at a path; of length 0 where it is in conflict, or there is none.
	 */
	void (*merge_get)(struct vcs_id *out, const struct vcs_merge *m, const char *path);
	/* What is in conflict still. */
	void (*merge_conflicts)(struct vcs_conflicts *out, const struct vcs_merge *m);
	/* Puts a file at a path, or takes what is there away, whatever Git made of it. */
	int (*merge_put)(struct vcs_merge *m, const char *path, const struct vcs_id *id,
			 struct error *err);
	int (*merge_remove)(struct vcs_merge *m, const char *path, struct error *err);
	/* E_CONFLICT while something is in conflict. */
	int (*merge_tree)(struct vcs_id *out, struct vcs_merge *m, struct error *err);
	void (*merge_free)(struct vcs_merge *m);

	/*
	 * The branch, or other reference, that a text names: "main", "HEAD", "refs/heads/main";
	 * E_NOTFOUND when there is none.
	 */
	int (*ref_find)(struct vcs_ref *out, struct vcs *v, const char *text, struct error *err);
	/*
	 * Moves it to another commit if it is at old, in one step; log is for its reflog.
	 * E_CONFLICT when it is elsewhere by now, E_LOCKED when another process holds it.
	 */
	int (*ref_move)(struct vcs *v, const char *name, const struct vcs_id *old,
			const struct vcs_id *to, const char *log, struct error *err);

	/*
	 * What is under way, and the commits that it brings in: of a merge all, of a rebase,
	 * cherry-pick or revert the one at hand; none where git does not keep it.
	 */
	int (*under_way)(enum vcs_operation *out, struct vcs_ids *heads, struct vcs *v,
			 struct error *err);
	/* The commit that a rebase under way (not by patches) puts others on; E_NOTFOUND. */
	int (*rebase_onto)(struct vcs_id *out, struct vcs *v, struct error *err);
	/*
	 * Appends the patch at hand of a "git am" or "git rebase --apply"; E_NOTFOUND when none is
	 * under way, E_LIMIT over max.
	 */
	int (*patch)(struct str *out, struct vcs *v, size_t max, struct error *err);
	/*
	 * Changes these paths of the index (GIT_INDEX_FILE counts) and no others, in one step;
	 * does nothing when it is so already, but tell Git when files on disk that are as staged
	 * are others than it knows. E_LOCKED while another command holds the index.
	 */
	int (*stage)(struct vcs *v, const struct vcs_staged *files, size_t count,
		     struct error *err);
	void (*close)(struct vcs *v);
};

#endif
