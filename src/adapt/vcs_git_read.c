/* Lists folders and reads files of a Git repository: of a commit, the index, the working tree. */
#include "adapt/vcs_git_impl.h"

#include <fcntl.h>
#include <stdlib.h>

#include "adapt/vcs_git_index.h"
#include "base/alloc.h"
#include "base/fs.h"

#include "base/banned.h"

#define INDEX_MAX ((size_t)1 << 30) /* some ten million entries */

static enum vcs_kind kind_of(uint32_t mode)
{
	switch (mode) {
	case GIT_FILEMODE_TREE:
		return VCS_FOLDER;
	case GIT_FILEMODE_LINK:
		return VCS_LINK;
	case GIT_FILEMODE_COMMIT:
		return VCS_MODULE;
	default:
		return VCS_FILE;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct vcs_entry *one = a, *two = b;

	return strcmp(one->name, two->name);
}

/* Git sorts a folder as if its name ended in "/", we do not. */
static void sort(struct vcs_entries *l)
{
	for (size_t i = 1; i < l->len; i++) {
		if (strcmp(l->items[i - 1].name, l->items[i].name) <= 0)
			continue;
		qsort(l->items, l->len, sizeof *l->items, by_name);
		return;
	}
}

/* ---- a commit */

static void add_tree(struct vcs_entries *out, const git_tree *tree)
{
	size_t count = git_tree_entrycount(tree);

	for (size_t i = 0; i < count; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);
		const char *name = git_tree_entry_name(e);
		struct vcs_entry *added = vcs_entries_add(out, name, strlen(name));
		git_filemode_t mode = git_tree_entry_filemode(e);
		added->kind = kind_of(mode);
		added->executable = mode == GIT_FILEMODE_BLOB_EXECUTABLE;
		vcs_git_to_id(&added->id, git_tree_entry_id(e));
	}
	sort(out);
}

int vcs_git_entry(git_tree_entry **out, const struct vcs_git *g, const git_tree *root,
		  const char *path)
{
	const git_tree *at = root;
	git_tree *below = NULL;
	int code = 0;

	*out = NULL;
	while (code == 0 && at) {
		const char *slash = strchr(path, '/');
		AUTO_FREE char *name = slash ? xstrndup(path, (size_t)(slash - path))
					     : xstrdup(path);
		const git_tree_entry *e = git_tree_entry_byname(at, name);
		bool further = e && slash && git_tree_entry_type(e) == GIT_OBJECT_TREE;
		git_tree *next = NULL;
		if (further)
			code = git_tree_lookup(&next, g->repo, git_tree_entry_id(e));
		else if (e && !slash)
			code = git_tree_entry_dup(out, e);
		git_tree_free(below);
		at = below = next;
		path = slash ? slash + 1 : path;
	}
	git_tree_free(below);
	return code;
}

/* The tree of a folder below root; *out NULL when there is none. */
static int subtree(git_tree **out, const struct vcs_git *g, const git_tree *root, const char *path)
{
	git_tree_entry *entry = NULL;

	*out = NULL;
	if (!*path)
		return git_tree_dup(out, (git_tree *)(uintptr_t)root);
	int code = vcs_git_entry(&entry, g, root, path);
	if (code == 0 && entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		code = git_tree_lookup(out, g->repo, git_tree_entry_id(entry));
	git_tree_entry_free(entry);
	return code;
}

int vcs_git_root(git_tree **out, const struct vcs_git *g, const struct vcs_id *commit)
{
	git_object *object = NULL;
	git_oid oid;

	*out = NULL;
	vcs_git_to_oid(&oid, commit);
	int code = git_object_lookup(&object, g->repo, &oid, GIT_OBJECT_ANY);
	if (code == 0 && git_object_type(object) == GIT_OBJECT_COMMIT)
		code = git_commit_tree(out, (git_commit *)(void *)object);
	else if (code == 0)
		code = git_tree_lookup(out, g->repo, &oid);
	git_object_free(object);
	return code;
}

int vcs_git_fail_folder(struct vcs_git *g, int code, struct error *err)
{
	int rc = vcs_git_fail(err, code == GIT_ENOTFOUND ? E_NOTFOUND : E_IO,
			      "could not read a folder of the commit");

	if (!vcs_git_hint_partial(g, err))
		vcs_git_hint_missing(g, "-1", err);
	return rc;
}

static int list_commit(struct vcs_entries *out, struct vcs_git *g, const struct vcs_id *commit,
		       const char *path, struct error *err)
{
	git_tree *root = NULL, *tree = NULL;
	int rc = 0;

	int code = vcs_git_root(&root, g, commit);
	if (code == 0)
		code = subtree(&tree, g, root, path);
	if (code < 0)
		rc = vcs_git_fail_folder(g, code, err);
	else if (tree)
		add_tree(out, tree);
	git_tree_free(tree);
	git_tree_free(root);
	return rc;
}

/* ---- the index */

/* Whether an entry of the index belongs to a place: without conflict, or of the wanted side. */
static bool stage_fits(enum vcs_where where, int stage)
{
	switch (where) {
	case VCS_INDEX:
		return true;
	case VCS_INDEX_BASE:
		return stage == 0 || stage == GIT_INDEX_STAGE_ANCESTOR;
	case VCS_INDEX_OURS:
		return stage == 0 || stage == GIT_INDEX_STAGE_OURS;
	case VCS_INDEX_THEIRS:
		return stage == 0 || stage == GIT_INDEX_STAGE_THEIRS;
	default:
		return stage == 0;
	}
}

/* name is what follows the folder in the entry's path. */
static void add_index_item(struct vcs_entries *out, const struct index_item *e, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t len = slash ? (size_t)(slash - name) : strlen(name);
	struct vcs_entry *last = out->len ? &out->items[out->len - 1] : NULL;

	if (last && strncmp(last->name, name, len) == 0 && last->name[len] == '\0') {
		last->conflicted |= e->stage != 0; /* another stage of it */
		return;
	}
	struct vcs_entry *added = vcs_entries_add(out, name, len);
	added->kind = slash ? VCS_FOLDER : kind_of(e->mode);
	added->executable = e->mode == GIT_FILEMODE_BLOB_EXECUTABLE;
	added->conflicted = e->stage != 0;
	added->skipped = e->skipped;
	if (!slash) {
		added->id.len = INDEX_ID_LEN;
		memcpy(added->id.bytes, e->id, INDEX_ID_LEN);
	}
}

static int read_index(struct vcs_entries *out, struct view file, enum vcs_where where,
		      const char *path, struct error *err)
{
	AUTO_FREE char *prefix = *path ? xasprintf("%s/", path) : xstrdup("");
	AUTO_VALUE(index_reader) reader = {0};
	struct index_item e;
	size_t len = strlen(prefix);

	int rc = index_reader_open(&reader, file, err);
	if (rc == 0)
		while ((rc = index_reader_next(&e, &reader, err)) > 0)
			if (e.len > len && memcmp(e.path, prefix, len) == 0 && !e.announced &&
			    stage_fits(where, e.stage))
				add_index_item(out, &e, e.path + len);
	sort(out);
	return rc;
}

static int list_index(struct vcs_entries *out, struct vcs_git *g, enum vcs_where where,
		      const char *path, struct error *err)
{
	AUTO_FREE char *name = NULL;
	AUTO_STR file = {.max = INDEX_MAX};
	struct error why = {0};

	int rc = vcs_git_index_path(&name, g, err);
	if (rc < 0)
		return rc;
	rc = fs_read(&file, AT_FDCWD, name, INDEX_MAX, &why);
	if (rc == E_NOTFOUND) /* nothing was ever added */
		return 0;
	if (rc < 0)
		return fail(err, rc == E_INVALID ? E_IO : why.code,
			    "could not read the Git index: %s", why.msg);
	return read_index(out, str_view(&file), where, path, err);
}

/* ---- the working tree */

struct changes {
	struct vcs_git *g;
	size_t prefix; /* bytes of a path before the name */
	struct vcs_entries *entries;
	struct vcs_entries news; /* unsorted */
};

static struct vcs_entry *entry_of(struct changes *c, const char *path)
{
	return vcs_entries_find(c->entries, path + c->prefix);
}

/* Whether a file on disk differs from the index; with its id as a commit would give it. */
static int take_change(struct changes *c, const git_diff_delta *d)
{
	const char *path = d->new_file.path;
	git_oid oid;

	if (strchr(path + c->prefix, '/'))
		return 0;
	struct vcs_entry *e = entry_of(c, path);
	if (d->status == GIT_DELTA_DELETED) {
		if (e)
			e->id.len = 0;
		return 0;
	}
	if (!e)
		e = vcs_entries_add(&c->news, path + c->prefix, strlen(path + c->prefix));
	e->kind = kind_of(d->new_file.mode);
	AUTO_FREE char *file = xasprintf("%s/%s", c->g->top, path);
	int code = e->kind == VCS_FILE
			   ? git_repository_hashfile(&oid, c->g->repo, file, GIT_OBJECT_BLOB, path)
			   : 0;
	if (code == 0 && e->kind == VCS_FILE)
		vcs_git_to_id(&e->id, &oid);
	return code;
}

/* Drops what was deleted (its id says so) and takes over what is new. */
static void settle(struct changes *c)
{
	struct vcs_entries *l = c->entries;
	size_t kept = 0;

	for (size_t i = 0; i < l->len; i++)
		if (l->items[i].id.len || l->items[i].kind == VCS_FOLDER)
			l->items[kept++] = l->items[i];
	l->len = kept;
	for (size_t i = 0; i < c->news.len; i++) {
		const struct vcs_entry *n = &c->news.items[i];
		struct vcs_entry *e = vcs_entries_add(l, n->name, strlen(n->name));
		e->id = n->id;
		e->kind = n->kind;
		e->conflicted = n->conflicted;
	}
	sort(l);
}

/* The index tells by time and size which files did not change: these are not read. */
static int list_files(struct vcs_entries *out, struct vcs_git *g, const char *path,
		      struct error *err)
{
	git_diff_options options;
	char *specs[] = {(char *)(uintptr_t)path};
	git_diff *diff = NULL;
	git_index *index;
	struct changes c = {.g = g, .prefix = *path ? strlen(path) + 1 : 0, .entries = out};

	int rc = vcs_git_index(&index, g, err);
	if (rc == 0)
		rc = list_index(out, g, VCS_FILES, path, err);
	if (rc < 0)
		return rc;
	if (git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION) < 0)
		return vcs_git_fail(err, E_INTERNAL, "could not set libgit2 up");
	options.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS |
			GIT_DIFF_DISABLE_PATHSPEC_MATCH | GIT_DIFF_INCLUDE_TYPECHANGE;
	options.pathspec = (git_strarray){specs, *path ? 1 : 0};
	int code = git_diff_index_to_workdir(&diff, g->repo, index, &options);
	for (size_t i = 0; code == 0 && i < git_diff_num_deltas(diff); i++)
		code = take_change(&c, git_diff_get_delta(diff, i));
	if (code < 0)
		rc = vcs_git_fail(err, E_IO, "could not compare the files with the Git index");
	git_diff_free(diff);
	settle(&c);
	vcs_entries_release(&c.news);
	return rc;
}

int vcs_git_place_path(char **out, const struct vcs_git *g, const struct vcs_place *place,
		       const char *folder, struct error *err)
{
	*out = NULL;
	int rc = place->project ? vcs_git_need_repo(g, err) : vcs_git_need(g, err);
	if (rc < 0)
		return rc;
	bool both = place->project && *place->project && *folder;
	*out = place->project ? xasprintf("%s%s%s", place->project, both ? "/" : "", folder)
			      : vcs_git_path(g, folder);
	return 0;
}

int vcs_git_list(struct vcs_entries *out, struct vcs *v, const struct vcs_place *place,
		 const char *folder, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	AUTO_FREE char *path = NULL;

	int rc = vcs_git_place_path(&path, g, place, folder, err);
	if (rc < 0)
		return rc;
	if (place->where == VCS_COMMIT)
		return list_commit(out, g, &place->commit, path, err);
	if (place->where == VCS_FILES)
		return list_files(out, g, path, err);
	return list_index(out, g, place->where, path, err);
}

/* ---- objects */

static int fail_object(const struct vcs_git *g, int code, const struct vcs_id *id,
		       struct error *err)
{
	char hex[VCS_HEX_MAX + 1];

	vcs_id_hex(hex, id);
	int rc = code == GIT_ENOTFOUND
			 ? fail(err, E_IO, "the Git repository lacks the object %s", hex)
			 : vcs_git_fail(err, E_IO,
					"could not read an object of the Git repository");
	if (!vcs_git_hint_partial(g, err))
		hint(err, "Something is wrong with the repository: see \"git fsck\".");
	return rc;
}

int vcs_git_read(struct str *out, struct vcs *v, const struct vcs_id *id, size_t max,
		 struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_odb *odb = NULL;
	git_odb_object *object = NULL;
	git_object_t type;
	git_oid oid;
	size_t size = 0;

	int rc = vcs_git_need_repo(g, err);
	if (rc < 0)
		return rc;
	vcs_git_to_oid(&oid, id);
	int code = git_repository_odb(&odb, g->repo);
	if (code == 0)
		code = git_odb_read_header(&size, &type, odb, &oid);
	if (code == 0 && size > max)
		rc = fail(err, E_LIMIT, "a file has over %zu bytes", max);
	else if (code == 0)
		code = git_odb_read(&object, odb, &oid);
	if (code < 0)
		rc = fail_object(g, code, id, err);
	if (rc == 0)
		str_put(out, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	git_odb_free(odb);
	return rc;
}
