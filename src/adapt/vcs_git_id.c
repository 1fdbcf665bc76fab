/* Tells what objects hold by their ids, which Git makes of their content, without unpacking them.
 */
#include "adapt/vcs_git_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one algorithm alone, for what base/sha256.c says. libgit2's own takes five times as long. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/alloc.h"
#include "base/fs.h"

#include "base/banned.h"

/* An id is that of the kind of object, its size and its bytes: "blob 12", NUL, twelve bytes. */
static void begin(SHA_CTX *hash, const char *kind, size_t size)
{
	char head[32];
	int len = snprintf(head, sizeof head, "%s %zu", kind, size);

	SHA1_Init(hash);
	SHA1_Update(hash, head, (size_t)len + 1);
}

static void end(struct vcs_id *out, SHA_CTX *hash)
{
	*out = (struct vcs_id){.len = SHA_DIGEST_LENGTH};
	SHA1_Final(out->bytes, hash);
}

void vcs_git_id_of_file(struct vcs_id *out, struct vcs *v, struct view bytes)
{
	SHA_CTX hash;

	(void)v;
	begin(&hash, "blob", bytes.len);
	SHA1_Update(&hash, bytes.ptr, bytes.len);
	end(out, &hash);
}

/* Of each file: its mode, a space, its name, NUL, its id in binary. Git sorts files as we do. */
void vcs_git_id_of_folder(struct vcs_id *out, struct vcs *v, const struct vcs_entries *files)
{
	SHA_CTX hash;
	size_t size = 0;

	(void)v;
	for (size_t i = 0; i < files->len; i++)
		size += vcs_entry_size(&files->items[i]);
	begin(&hash, "tree", size);
	for (size_t i = 0; i < files->len; i++) {
		const struct vcs_entry *e = &files->items[i];
		SHA1_Update(&hash, e->executable ? "100755 " : "100644 ", 7);
		SHA1_Update(&hash, e->name, strlen(e->name) + 1);
		SHA1_Update(&hash, e->id.bytes, e->id.len);
	}
	end(out, &hash);
}

int vcs_git_folder_object(struct vcs_id *out, size_t *size, struct vcs *v,
			  const struct vcs_place *place, const char *folder, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_tree *root = NULL;
	git_tree_entry *entry = NULL;
	git_odb *odb = NULL;
	git_object_t type = GIT_OBJECT_INVALID;
	AUTO_FREE char *path = NULL;

	*out = (struct vcs_id){0};
	*size = 0;
	int rc = vcs_git_place_path(&path, g, place, folder, err);
	if (rc < 0)
		return rc;
	int code = vcs_git_root(&root, g, &place->commit);
	if (code == 0)
		code = vcs_git_entry(&entry, g, root, path);
	if (code == 0 && entry)
		code = git_repository_odb(&odb, g->repo);
	if (code == 0 && entry)
		code = git_odb_read_header(size, &type, odb, git_tree_entry_id(entry));
	if (code < 0)
		rc = vcs_git_fail_folder(g, code, err);
	else if (entry && type == GIT_OBJECT_TREE)
		vcs_git_to_id(out, git_tree_entry_id(entry));
	git_odb_free(odb);
	git_tree_entry_free(entry);
	git_tree_free(root);
	return rc;
}

/* Whether the file has that id; its bytes are in out then, which is empty otherwise. */
static bool read_file(struct str *out, const struct vcs_git *g, const char *path,
		      const struct vcs_id *id, size_t max)
{
	AUTO_FREE char *file = xasprintf("%s/%s", g->root, path);
	struct error ignored = {0};
	struct vcs_id found = {0};

	if (fs_read_nofollow(out, AT_FDCWD, file, max, &ignored) == 0)
		vcs_git_id_of_file(&found, NULL, str_view(out));
	if (vcs_id_eq(&found, id))
		return true;
	str_clear(out);
	return false;
}

int vcs_git_read_at(struct str *out, struct vcs *v, const char *path, const struct vcs_id *id,
		    size_t max, struct error *err)
{
	const struct vcs_git *g = vcs_git_of(v);

	if (g->top && read_file(out, g, path, id, max))
		return 0;
	return vcs_git_read(out, v, id, max, err);
}
