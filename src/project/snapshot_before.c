/*
 * Tells what an earlier version of the ledger holds from a later one, without reading it: Git's id
 * of a folder is that of its list of names and ids. So where the list of the later one, without the
 * records at its end, has the id of the earlier one's folder, it is that folder's list.
 *
 * Which records are to be left out follows from the sizes of the two lists. That is only a guess,
 * which the id proves or not; where it does not, the earlier version is read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/snapshot.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

/* How the later version may be the earlier one with records behind it. */
struct growth {
	const struct snapshot *after;
	size_t ledger;	 /* which entry that is */
	size_t excess;	 /* bytes of the list of the later one that are still to be left out */
	bool *added;	 /* for each entry: it is to be left out */
	struct view was; /* what is left of the ledger's text */
};

/* False when the list holds more than regular files. */
static bool measure(struct growth *g, size_t size)
{
	const struct vcs_entries *l = &g->after->entries;
	const struct vcs_entry *ledger = vcs_entries_find(l, LEDGER_FILE);
	size_t all = 0;

	if (!ledger || g->after->text.len == 0)
		return false;
	for (size_t i = 0; i < l->len; i++) {
		if (l->items[i].kind != VCS_FILE || l->items[i].conflicted)
			return false;
		all += vcs_entry_size(&l->items[i]);
	}
	g->ledger = (size_t)(ledger - l->items);
	g->excess = all - size;
	return all >= size;
}

/* Takes the last line off a text whose last line has its end; false when it has none. */
static bool take_last_line(struct view *text, struct view *line)
{
	if (text->len == 0 || text->ptr[text->len - 1] != '\n')
		return false;
	size_t end = text->len - 1, start = end;
	while (start > 0 && text->ptr[start - 1] != '\n')
		start--;
	*line = view_make(text->ptr + start, end - start);
	text->len = start;
	return true;
}

/* Leaves the last record of the ledger out; false when the earlier one must have had it. */
static bool leave_out_last(struct growth *g)
{
	const struct vcs_entries *l = &g->after->entries;
	char name[RECORD_NAME_MAX + 1], file[RECORD_NAME_MAX + 1];
	struct error ignored = {0};
	struct view line;

	if (!take_last_line(&g->was, &line) || !record_name_valid(line))
		return false;
	memcpy(name, line.ptr, line.len);
	name[line.len] = '\0';
	const struct vcs_entry *e = record_file_name(file, name, &ignored) < 0
					    ? NULL
					    : vcs_entries_find(l, file);
	if (!e || g->added[e - l->items] || vcs_entry_size(e) > g->excess)
		return false;
	g->added[e - l->items] = true;
	g->excess -= vcs_entry_size(e);
	return true;
}

static void copy_entries(struct vcs_entries *out, const struct growth *g, struct vcs *v)
{
	const struct vcs_entries *l = &g->after->entries;

	*out = (struct vcs_entries){.items = xcalloc(l->len, sizeof *out->items), .cap = l->len};
	for (size_t i = 0; i < l->len; i++) {
		if (g->added[i])
			continue;
		out->items[out->len] = l->items[i];
		if (i == g->ledger && g->was.len < g->after->text.len)
			v->ops->id_of_file(&out->items[out->len].id, v, g->was);
		out->len++;
	}
}

static bool derive(struct snapshot *out, struct vcs *v, struct growth *g, const struct vcs_id *id)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	struct vcs_id found;

	g->was = str_view(&g->after->text);
	while (g->excess)
		if (!leave_out_last(g))
			return false;
	copy_entries(&entries, g, v);
	v->ops->id_of_folder(&found, v, &entries);
	if (!vcs_id_eq(&found, id))
		return false;
	str_putv(&out->text, g->was);
	out->entries = entries;
	entries = (struct vcs_entries){0};
	return true;
}

int snapshot_open_before(struct snapshot *out, struct vcs *v, const struct vcs_place *place,
			 const struct snapshot *after, struct error *err)
{
	struct growth growth = {.after = after};
	struct vcs_id id;
	size_t size;

	if (place->where != VCS_COMMIT)
		return snapshot_open(out, v, place, err);
	int rc = v->ops->folder_object(&id, &size, v, place, MIGRATIONS_DIR, err);
	if (rc < 0)
		return rc;
	snapshot_start(out, v);
	growth.added = xcalloc(after->entries.len + 1, sizeof *growth.added);
	bool known = id.len && measure(&growth, size) && derive(out, v, &growth, &id);
	free(growth.added);
	return known ? 0 : snapshot_open(out, v, place, err);
}
