/* Tells the files that a sparse checkout leaves out from those that are gone. */
#include <stdlib.h>

#include "base/alloc.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

/* Where Git's index cannot be read, as a sparse one cannot, what HEAD has is left out. */
static int list_head(struct vcs_entries *out, struct vcs *v, struct error *err)
{
	struct vcs_place head = {.where = VCS_COMMIT};

	vcs_entries_release(out);
	int rc = v->ops->head(&head.commit, v, err);
	if (rc == 0 && head.commit.len)
		rc = v->ops->list(out, v, &head, MIGRATIONS_DIR, err);
	for (size_t i = 0; rc == 0 && i < out->len; i++)
		out->items[i].skipped = true;
	return rc;
}

static void ask(struct left_out *l, struct vcs *v)
{
	static const struct vcs_place index = {.where = VCS_INDEX};
	AUTO_FREE char *folder = NULL;
	struct error unreadable = {0}, ignored = {0};

	if (v->ops->folder(&folder, v, &ignored) < 0)
		return;
	int rc = v->ops->list(&l->entries, v, &index, MIGRATIONS_DIR, &unreadable);
	if (rc == E_IO)
		rc = list_head(&l->entries, v, &ignored);
	if (rc < 0)
		vcs_entries_release(&l->entries);
	bool top = *folder == '\0';
	l->advice = xasprintf("A sparse checkout leaves it out: \"git sparse-checkout add "
			      "%s%s" MIGRATIONS_DIR "\"%s brings it here, \"git sparse-checkout "
			      "disable\" everything.",
			      folder, top ? "" : "/", top ? "" : " at the top of the repository");
}

const char *left_out_advice(struct left_out *l, const char *file)
{
	struct error ignored = {0};
	struct vcs *v = NULL;

	if (!l->asked && l->open && l->open(&v, l->root, &ignored) == 0) {
		ask(l, v);
		v->ops->close(v);
	}
	l->asked = true;
	const struct vcs_entry *e = vcs_entries_find(&l->entries, file);
	return e && e->skipped ? l->advice : NULL;
}

void left_out_release(struct left_out *l)
{
	free(l->root);
	free(l->advice);
	vcs_entries_release(&l->entries);
}
