/*
 * Keeps new objects of a Git repository in memory until they are wanted: what is only tried, or
 * ends in a conflict, leaves nothing behind.
 */
#include "adapt/vcs_git_impl.h"

#include <git2/sys/odb_backend.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"

#include "base/banned.h"

/* Before those of the disk, whose priorities are 1 and 2. */
#define PRIORITY 100

struct object {
	git_oid id;
	git_object_t type;
	size_t len;
	void *data;
	char hex[GIT_OID_HEXSZ + 1];
};

/* The store belongs to the object database, and so to the repository. */
struct vcs_git_memory {
	git_odb_backend base;
	struct object **items; /* in the order they were made */
	size_t len, cap;
	size_t kept; /* how many are in the repository */
	struct map by_hex;
};

static struct vcs_git_memory *memory_of(git_odb_backend *b)
{
	return (struct vcs_git_memory *)(void *)b;
}

static const struct object *find(git_odb_backend *b, const git_oid *id)
{
	struct vcs_git_memory *m = memory_of(b);
	char hex[GIT_OID_HEXSZ + 1];
	size_t at;

	git_oid_tostr(hex, sizeof hex, id);
	return map_get(&m->by_hex, hex, &at) ? m->items[at] : NULL;
}

static int memory_read(void **out, size_t *len, git_object_t *type, git_odb_backend *b,
		       const git_oid *id)
{
	const struct object *o = find(b, id);

	if (!o)
		return GIT_ENOTFOUND;
	*out = git_odb_backend_data_alloc(b, o->len ? o->len : 1);
	if (!*out)
		return GIT_ERROR;
	memcpy(*out, o->data, o->len);
	*len = o->len;
	*type = o->type;
	return 0;
}

static int memory_read_header(size_t *len, git_object_t *type, git_odb_backend *b,
			      const git_oid *id)
{
	const struct object *o = find(b, id);

	if (!o)
		return GIT_ENOTFOUND;
	*len = o->len;
	*type = o->type;
	return 0;
}

static int memory_exists(git_odb_backend *b, const git_oid *id)
{
	return find(b, id) ? 1 : 0;
}

static int memory_write(git_odb_backend *b, const git_oid *id, const void *data, size_t len,
			git_object_t type)
{
	struct vcs_git_memory *m = memory_of(b);

	if (find(b, id))
		return 0;
	if (m->len == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 64;
		m->items = xrealloc(m->items, m->cap, sizeof(struct object *));
	}
	struct object *o = xcalloc(1, sizeof *o);
	*o = (struct object){.id = *id, .type = type, .len = len, .data = malloc(len ? len : 1)};
	if (!o->data) {
		free(o);
		return GIT_ERROR;
	}
	memcpy(o->data, data, len);
	git_oid_tostr(o->hex, sizeof o->hex, id);
	map_add(&m->by_hex, o->hex, m->len);
	m->items[m->len++] = o;
	return 0;
}

static void memory_free(git_odb_backend *b)
{
	struct vcs_git_memory *m = memory_of(b);

	for (size_t i = 0; i < m->len; i++) {
		free(m->items[i]->data);
		free(m->items[i]);
	}
	free(m->items);
	map_release(&m->by_hex);
	free(m);
}

int vcs_git_use_memory(struct vcs_git *g, struct error *err)
{
	git_odb *odb = NULL;

	int rc = vcs_git_need_repo(g, err);
	if (rc < 0 || g->memory)
		return rc;
	struct vcs_git_memory *m = xcalloc(1, sizeof *m);
	int code = git_odb_init_backend(&m->base, GIT_ODB_BACKEND_VERSION);
	m->base.read = memory_read;
	m->base.read_header = memory_read_header;
	m->base.exists = memory_exists;
	m->base.write = memory_write;
	m->base.free = memory_free;
	if (code == 0)
		code = git_repository_odb(&odb, g->repo);
	if (code == 0)
		code = git_odb_add_backend(odb, &m->base, PRIORITY);
	if (code == 0)
		g->memory = m;
	else
		free(m);
	if (code < 0)
		rc = vcs_git_fail(err, E_IO, "could not open the objects of the Git repository");
	git_odb_free(odb);
	return rc;
}

int vcs_git_write(struct vcs_id *out, struct vcs *v, struct view bytes, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_oid oid;

	*out = (struct vcs_id){0};
	int rc = vcs_git_use_memory(g, err);
	if (rc < 0)
		return rc;
	if (git_blob_create_from_buffer(&oid, g->repo, bytes.len ? bytes.ptr : "", bytes.len) < 0)
		return vcs_git_fail(err, E_IO, "could not make an object of the Git repository");
	vcs_git_to_id(out, &oid);
	return 0;
}

/* ---- keeping */

/* The objects on disk alone, so that writing does not end in memory again. */
static int open_disk(git_odb **out, const struct vcs_git *g)
{
	const char *named = getenv("GIT_OBJECT_DIRECTORY");
	git_buf dir = GIT_BUF_INIT;

	if (named && *named)
		return git_odb_open(out, named);
	int code = git_repository_item_path(&dir, g->repo, GIT_REPOSITORY_ITEM_OBJECTS);
	if (code == 0)
		code = git_odb_open(out, dir.ptr);
	git_buf_dispose(&dir);
	return code;
}

/*
 * An object is made after those that it names, so that being killed in between leaves none that
 * names a missing one.
 */
int vcs_git_keep(struct vcs *v, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	struct vcs_git_memory *m = g->memory;
	git_odb *disk = NULL;
	git_oid oid;
	int rc = 0;

	if (!m || m->kept == m->len)
		return 0;
	int code = open_disk(&disk, g);
	for (; code == 0 && m->kept < m->len; m->kept++) {
		const struct object *o = m->items[m->kept];
		code = git_odb_write(&oid, disk, o->data, o->len, o->type);
		if (code < 0)
			break;
	}
	if (code < 0)
		rc = vcs_git_fail(err, E_IO, "could not write to the Git repository");
	git_odb_free(disk);
	return rc;
}
