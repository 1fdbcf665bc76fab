/* Finds folders with a ledger that differ between two commits, and what they were called before. */
#include "project/merge_folders.h"

#include <limits.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "project/likeness.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

static const char state_dir[] = ".xata", migrations[] = "migrations";

void folders_release(struct folders *f)
{
	for (size_t i = 0; i < f->len; i++)
		free(f->items[i].path);
	free(f->items);
	*f = (struct folders){0};
}

/* Takes path. */
static void add(struct folders *f, char *path, const struct vcs_id *was, const struct vcs_id *now)
{
	if (f->len == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->items = xrealloc(f->items, f->cap, sizeof *f->items);
	}
	f->items[f->len++] = (struct folder){.path = path, .was = *was, .now = *now};
}

const char *folder_name(const char *folder)
{
	return folder && *folder ? folder : ".";
}

int folder_list(struct vcs_entries *out, struct vcs *v, const struct vcs_id *tree,
		const char *folder, struct error *err)
{
	struct vcs_place place = {.where = VCS_COMMIT, .commit = *tree, .project = ""};

	return tree->len ? v->ops->list(out, v, &place, folder, err) : 0;
}

/* The id of the migrations below a .xata. */
static int find_ledger(struct vcs_id *out, struct vcs *v, const struct vcs_id *state,
		       struct error *err)
{
	AUTO_VALUE(vcs_entries) inside = {0};
	AUTO_VALUE(vcs_entries) records = {0};

	*out = (struct vcs_id){0};
	int rc = folder_list(&inside, v, state, "", err);
	const struct vcs_entry *e = rc < 0 ? NULL : vcs_entries_find(&inside, migrations);
	if (!e || e->kind != VCS_FOLDER)
		return rc;
	rc = folder_list(&records, v, &e->id, "", err);
	if (rc == 0 && vcs_entries_find(&records, LEDGER_FILE))
		*out = e->id;
	return rc;
}

int folder_ledger(struct vcs_id *out, struct vcs *v, const struct vcs_id *commit,
		  const char *folder, struct error *err)
{
	AUTO_VALUE(vcs_entries) top = {0};

	*out = (struct vcs_id){0};
	int rc = folder_list(&top, v, commit, folder, err);
	const struct vcs_entry *e = rc < 0 ? NULL : vcs_entries_find(&top, state_dir);
	return e && e->kind == VCS_FOLDER ? find_ledger(out, v, &e->id, err) : rc;
}

/* ---- what differs */

struct search {
	struct vcs *vcs;
	struct folders queue; /* those to look into, by the ids of their trees; "" first */
	struct folders *found;
};

static int look_at(struct search *s, const char *path, const char *name,
		   const struct vcs_entry *was, const struct vcs_entry *now, struct error *err)
{
	static const struct vcs_id none;
	const struct vcs_id *a = was && was->kind == VCS_FOLDER ? &was->id : &none;
	const struct vcs_id *b = now && now->kind == VCS_FOLDER ? &now->id : &none;
	struct vcs_id one, two;

	if (vcs_id_eq(a, b))
		return 0;
	if (strcmp(name, state_dir) != 0) {
		char *below = xasprintf("%s%s%s", path, *path ? "/" : "", name);
		/* What is deeper could not be checked out: no project lies there. */
		if (strlen(below) < PATH_MAX)
			add(&s->queue, below, a, b);
		else
			free(below);
		return 0;
	}
	int rc = find_ledger(&one, s->vcs, a, err);
	if (rc == 0)
		rc = find_ledger(&two, s->vcs, b, err);
	if (rc == 0 && !vcs_id_eq(&one, &two))
		add(s->found, xstrdup(path), &one, &two);
	return rc;
}

/* Both lists are by name. */
static int look_into(struct search *s, const char *path, const struct vcs_entries *was,
		     const struct vcs_entries *now, struct error *err)
{
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < was->len || j < now->len)) {
		const struct vcs_entry *a = i < was->len ? &was->items[i] : NULL;
		const struct vcs_entry *b = j < now->len ? &now->items[j] : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a->name, b->name);
		const char *name = order <= 0 && a ? a->name : b ? b->name : "";
		rc = look_at(s, path, name, order <= 0 ? a : NULL, order >= 0 ? b : NULL, err);
		i += order <= 0 ? 1 : 0;
		j += order >= 0 ? 1 : 0;
	}
	return rc;
}

int folders_find(struct folders *out, struct vcs *v, const struct vcs_id *was,
		 const struct vcs_id *now, struct error *err)
{
	struct search s = {.vcs = v, .found = out};
	int rc = 0;

	if (!vcs_id_eq(was, now))
		add(&s.queue, xstrdup(""), was, now);
	for (size_t at = 0; rc == 0 && at < s.queue.len; at++) {
		AUTO_VALUE(vcs_entries) before = {0};
		AUTO_VALUE(vcs_entries) after = {0};
		struct folder f = s.queue.items[at]; /* the queue may move */
		rc = folder_list(&before, v, &f.was, "", err);
		if (rc == 0)
			rc = folder_list(&after, v, &f.now, "", err);
		if (rc == 0)
			rc = look_into(&s, f.path, &before, &after, err);
	}
	folders_release(&s.queue);
	return rc;
}

/* ---- renamed folders */

/* A folder that is new, and one that is gone, which it may have been. */
struct likely {
	struct folder *now, *was;
	struct likeness like;
	bool likest; /* of all that the new one may have been */
	bool apart;  /* they were found to be two projects */
};
struct likelies {
	struct likely *items;
	size_t len, cap;
};

static int compare(struct likelies *l, struct vcs *v, struct folder *now,
		   const struct vcs_entries *records, struct folder *was, struct error *err)
{
	AUTO_VALUE(vcs_entries) earlier = {0};

	int rc = folder_list(&earlier, v, &was->was, "", err);
	if (rc < 0)
		return rc;
	struct likeness like = likeness_of(records, &earlier);
	if (!likeness_is_any(&like))
		return 0;
	if (l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->items = xrealloc(l->items, l->cap, sizeof *l->items);
	}
	l->items[l->len++] = (struct likely){.now = now, .was = was, .like = like};
	return 0;
}

static void mark_likest(struct likelies *l, const struct folder *now)
{
	struct likely *likest = NULL;

	for (size_t i = 0; i < l->len; i++) {
		struct likely *e = &l->items[i];
		if (e->now == now && !e->apart &&
		    (!likest || likeness_is_more(&e->like, &likest->like)))
			likest = e;
	}
	if (likest)
		likest->likest = true;
}

static int compare_all(struct likelies *l, struct folders *f, struct vcs *v, struct folder *now,
		       struct error *err)
{
	AUTO_VALUE(vcs_entries) records = {0};

	int rc = folder_list(&records, v, &now->now, "", err);
	for (size_t i = 0; rc == 0 && i < f->len; i++)
		if (f->items[i].was.len && !f->items[i].now.len)
			rc = compare(l, v, now, &records, &f->items[i], err);
	mark_likest(l, now);
	return rc;
}

/* The first of the most alike that are still free; NULL: none. */
static struct likely *find_likest(struct likelies *l)
{
	struct likely *best = NULL;

	for (size_t i = 0; i < l->len; i++) {
		struct likely *e = &l->items[i];
		bool whole = e->like.all && e->like.named == e->like.all;
		if (e->apart || e->now->other || e->was->other || !(e->likest || whole))
			continue;
		if (!best || likeness_is_more(&e->like, &best->like))
			best = e;
	}
	return best;
}

static int is_one_project(bool *out, struct vcs *v, const struct likely *e, struct error *err)
{
	AUTO_VALUE(vcs_entries) now = {0};
	AUTO_VALUE(vcs_entries) was = {0};
	const struct likeness_side is = {NULL, &now}, before = {NULL, &was};

	int rc = folder_list(&now, v, &e->now->now, "", err);
	if (rc == 0)
		rc = folder_list(&was, v, &e->was->was, "", err);
	return rc < 0 ? rc : likeness_proves(out, v, &is, &before, err);
}

/* Those that have only names in common are read as late as this, when most are taken already. */
static int take_likest(struct likely **out, struct likelies *l, struct vcs *v, struct error *err)
{
	bool one = false;
	int rc = 0;

	while (rc == 0 && !one && (*out = find_likest(l))) {
		rc = is_one_project(&one, v, *out, err);
		(*out)->apart = !one;
		if (!one)
			mark_likest(l, (*out)->now);
	}
	return rc;
}

int folders_follow(struct folders *f, struct vcs *v, struct error *err)
{
	struct likelies l = {0};
	struct likely *e = NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->len; i++)
		if (!f->items[i].was.len)
			rc = compare_all(&l, f, v, &f->items[i], err);
	if (rc == 0)
		rc = take_likest(&e, &l, v, err);
	while (rc == 0 && e) {
		e->now->other = e->was;
		e->was->other = e->now;
		rc = take_likest(&e, &l, v, err);
	}
	free(l.items);
	return rc;
}

const struct folder *folders_at(const struct folders *f, const char *path)
{
	for (size_t i = 0; i < f->len; i++)
		if (strcmp(f->items[i].path, path) == 0)
			return &f->items[i];
	return NULL;
}

const char *folders_now(const struct folders *f, const char *path)
{
	const struct folder *at = folders_at(f, path);

	if (!at || at->now.len)
		return path;
	return at->other ? at->other->path : NULL;
}

const char *folders_was(const struct folders *f, const char *path)
{
	const struct folder *at = folders_at(f, path);

	if (!at || at->was.len)
		return path;
	return at->other ? at->other->path : NULL;
}
