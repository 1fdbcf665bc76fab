/* Finds the projects that two commits have to be merged in. */
#include "project/merge_projects.h"

#include <limits.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

static const char state_dir[] = ".xata", migrations[] = "migrations";

/* A folder that differs between the sides; ids of length 0 where a side does not have it. */
struct difference {
	char *path;
	struct vcs_id base, head;
};

struct search {
	struct vcs *vcs;
	struct difference *queue; /* folders to look into; "" first */
	size_t len, cap;
	/* Folders with a ledger, and their migrations, on either side. */
	struct difference *found;
	size_t found_len, found_cap;
};

static void search_release(struct search *s)
{
	for (size_t i = 0; i < s->len; i++)
		free(s->queue[i].path);
	for (size_t i = 0; i < s->found_len; i++)
		free(s->found[i].path);
	free(s->queue);
	free(s->found);
}
AUTO_VALUE_DEFINE(search)

/* Takes path. */
static void add(struct difference **list, size_t *len, size_t *cap, char *path,
		const struct vcs_id *base, const struct vcs_id *head)
{
	if (*len == *cap) {
		*cap = *cap ? *cap * 2 : 16;
		*list = xrealloc(*list, *cap, sizeof(**list));
	}
	(*list)[(*len)++] = (struct difference){.path = path, .base = *base, .head = *head};
}

/* What is in a folder of a tree; nothing for an id of length 0. */
static int list(struct vcs_entries *out, struct vcs *v, const struct vcs_id *tree,
		const char *folder, struct error *err)
{
	struct vcs_place place = {.where = VCS_COMMIT, .commit = *tree, .project = ""};

	return tree->len ? v->ops->list(out, v, &place, folder, err) : 0;
}

/* The id of the migrations below a .xata, of length 0 when there is no ledger in them. */
static int find_ledger(struct vcs_id *out, struct vcs *v, const struct vcs_id *state,
		       struct error *err)
{
	AUTO_VALUE(vcs_entries) inside = {0};
	AUTO_VALUE(vcs_entries) records = {0};

	*out = (struct vcs_id){0};
	int rc = list(&inside, v, state, "", err);
	const struct vcs_entry *e = rc < 0 ? NULL : vcs_entries_find(&inside, migrations);
	if (!e || e->kind != VCS_FOLDER)
		return rc;
	rc = list(&records, v, &e->id, "", err);
	if (rc == 0 && vcs_entries_find(&records, LEDGER_FILE))
		*out = e->id;
	return rc;
}

int merge_has_ledger(bool *out, struct vcs_id *id, struct vcs *v, const struct vcs_id *commit,
		     const char *folder, struct error *err)
{
	AUTO_VALUE(vcs_entries) top = {0};
	struct vcs_id found = {0};

	*out = false;
	int rc = list(&top, v, commit, folder, err);
	const struct vcs_entry *e = rc < 0 ? NULL : vcs_entries_find(&top, state_dir);
	if (e && e->kind == VCS_FOLDER)
		rc = find_ledger(&found, v, &e->id, err);
	*out = found.len > 0;
	if (id)
		*id = found;
	return rc;
}

/* ---- what differs */

static int look_at(struct search *s, const char *path, const char *name,
		   const struct vcs_entry *base, const struct vcs_entry *head, struct error *err)
{
	static const struct vcs_id none;
	const struct vcs_id *a = base && base->kind == VCS_FOLDER ? &base->id : &none;
	const struct vcs_id *b = head && head->kind == VCS_FOLDER ? &head->id : &none;
	struct vcs_id one, two;

	if (vcs_id_eq(a, b))
		return 0;
	if (strcmp(name, state_dir) != 0) {
		char *below = xasprintf("%s%s%s", path, *path ? "/" : "", name);
		/* What is deeper could not be checked out: no project lies there. */
		if (strlen(below) < PATH_MAX)
			add(&s->queue, &s->len, &s->cap, below, a, b);
		else
			free(below);
		return 0;
	}
	int rc = find_ledger(&one, s->vcs, a, err);
	if (rc == 0)
		rc = find_ledger(&two, s->vcs, b, err);
	if (rc == 0 && !vcs_id_eq(&one, &two))
		add(&s->found, &s->found_len, &s->found_cap, xstrdup(path), &one, &two);
	return rc;
}

/* Both lists are by name. */
static int look_into(struct search *s, const char *path, const struct vcs_entries *base,
		     const struct vcs_entries *head, struct error *err)
{
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < base->len || j < head->len)) {
		const struct vcs_entry *a = i < base->len ? &base->items[i] : NULL;
		const struct vcs_entry *b = j < head->len ? &head->items[j] : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a->name, b->name);
		const char *name = order <= 0 && a ? a->name : b ? b->name : "";
		rc = look_at(s, path, name, order <= 0 ? a : NULL, order >= 0 ? b : NULL, err);
		i += order <= 0 ? 1 : 0;
		j += order >= 0 ? 1 : 0;
	}
	return rc;
}

static int search(struct search *s, struct error *err)
{
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < s->len; at++) {
		AUTO_VALUE(vcs_entries) base = {0};
		AUTO_VALUE(vcs_entries) head = {0};
		struct difference d = s->queue[at]; /* the queue may move */
		rc = list(&base, s->vcs, &d.base, "", err);
		if (rc == 0)
			rc = list(&head, s->vcs, &d.head, "", err);
		if (rc == 0)
			rc = look_into(s, d.path, &base, &head, err);
	}
	return rc;
}

/* ---- renamed folders */

/* How many records two migrations folders have alike. */
static int count_alike(size_t *out, struct vcs *v, const struct vcs_id *one,
		       const struct vcs_id *two, struct error *err)
{
	AUTO_VALUE(vcs_entries) a = {0};
	AUTO_VALUE(vcs_entries) b = {0};

	*out = 0;
	int rc = list(&a, v, one, "", err);
	if (rc == 0)
		rc = list(&b, v, two, "", err);
	for (size_t i = 0; rc == 0 && i < a.len; i++) {
		const struct vcs_entry *e = vcs_entries_find(&b, a.items[i].name);
		if (e && ends_with(e->name, ".json") && vcs_id_eq(&e->id, &a.items[i].id))
			(*out)++;
	}
	return rc;
}

static int had_ledger(bool *out, struct vcs *v, const struct vcs_ids *ancestors, const char *folder,
		      struct error *err)
{
	int rc = 0;

	*out = false;
	for (size_t i = 0; rc == 0 && !*out && i < ancestors->len; i++)
		rc = merge_has_ledger(out, NULL, v, &ancestors->items[i], folder, err);
	return rc;
}

/* Takes the folders. */
static void add_project(struct merge_projects *out, char *base, char *head, bool head_renamed)
{
	if (out->len == out->cap) {
		out->cap = out->cap ? out->cap * 2 : 4;
		out->items = xrealloc(out->items, out->cap, sizeof *out->items);
	}
	out->items[out->len++] = (struct merge_project){
		.base = base, .head = head, .folder = head_renamed ? head : base};
}

/* The folder that is there on the other side alone and has the most records of gone. */
static int find_renamed(struct difference **out, struct search *s, const struct difference *gone,
			struct error *err)
{
	size_t best = 0, alike;
	int rc = 0;

	*out = NULL;
	for (size_t i = 0; rc == 0 && i < s->found_len; i++) {
		struct difference *d = &s->found[i];
		if (d->base.len || !d->head.len)
			continue;
		rc = count_alike(&alike, s->vcs, &gone->base, &d->head, err);
		if (rc == 0 && alike > best) {
			best = alike;
			*out = d;
		}
	}
	return rc;
}

/* A folder on base's side that head does not have. When neither was there before, Git decides. */
static int follow(struct merge_projects *out, struct search *s, const struct difference *only_base,
		  const struct vcs_ids *ancestors, struct error *err)
{
	struct difference *other;
	bool base_was = false, head_was = false;

	int rc = find_renamed(&other, s, only_base, err);
	if (rc < 0 || !other)
		return rc;
	rc = had_ledger(&base_was, s->vcs, ancestors, only_base->path, err);
	if (rc == 0)
		rc = had_ledger(&head_was, s->vcs, ancestors, other->path, err);
	if (rc < 0 || base_was == head_was)
		return rc;
	add_project(out, xstrdup(only_base->path), xstrdup(other->path), base_was);
	other->head.len = 0; /* it is taken */
	return 0;
}

/* ---- */

/* With one ancestor whose migrations a side has still, the other's are the result. */
static int has_changed(bool *out, struct search *s, const char *folder, const struct vcs_id *now,
		       const struct vcs_ids *ancestors, struct error *err)
{
	struct vcs_id was = {0};
	bool had;
	int rc = 0;

	*out = true;
	if (ancestors->len == 1) {
		rc = merge_has_ledger(&had, &was, s->vcs, &ancestors->items[0], folder, err);
		*out = rc < 0 || !vcs_id_eq(&was, now);
	}
	return rc;
}

static int by_folder(const void *a, const void *b)
{
	const struct merge_project *one = a, *two = b;

	return strcmp(one->folder, two->folder);
}

int merge_projects_find(struct merge_projects *out, struct vcs *v, const struct vcs_id *base,
			const struct vcs_id *head, const struct vcs_ids *ancestors,
			enum merge_side upstream, struct error *err)
{
	AUTO_VALUE(search) s = {.vcs = v};
	bool changed;

	add(&s.queue, &s.len, &s.cap, xstrdup(""), base, head);
	int rc = search(&s, err);
	for (size_t i = 0; rc == 0 && i < s.found_len; i++) {
		const struct difference *d = &s.found[i];
		changed = false;
		if (d->base.len && d->head.len)
			rc = has_changed(&changed, &s, d->path,
					 upstream == MERGE_BASE ? &d->head : &d->base, ancestors,
					 err);
		else if (d->base.len)
			rc = follow(out, &s, d, ancestors, err);
		if (rc == 0 && changed)
			add_project(out, xstrdup(d->path), xstrdup(d->path), false);
	}
	if (out->len)
		qsort(out->items, out->len, sizeof *out->items, by_folder);
	return rc;
}

/* ---- one project elsewhere */

/* A folder that the project may have had, and what it has in common with it. */
struct likeness {
	const struct difference *folder;
	size_t same;  /* records of the same content */
	size_t named; /* record files of the same name */
	size_t all;   /* record files */
};

static bool is_liker(const struct likeness *a, const struct likeness *b)
{
	if (a->same != b->same)
		return a->same > b->same;
	return a->named != b->named ? a->named > b->named : a->all > b->all;
}

static int compare_records(struct likeness *out, struct vcs *v, const struct vcs_entries *mine,
			   struct error *err)
{
	AUTO_VALUE(vcs_entries) theirs = {0};

	int rc = list(&theirs, v, &out->folder->base, "", err);
	for (size_t i = 0; rc == 0 && i < theirs.len; i++) {
		const struct vcs_entry *e = &theirs.items[i], *own;
		if (!ends_with(e->name, ".json"))
			continue;
		own = vcs_entries_find(mine, e->name);
		out->all++;
		out->named += own ? 1 : 0;
		out->same += own && vcs_id_eq(&own->id, &e->id) ? 1 : 0;
	}
	return rc;
}

/* Whether a version has a ledger in a folder; place is any of that version's. */
static int is_there(bool *out, struct vcs *v, const struct vcs_place *place, const char *folder,
		    struct error *err)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	struct vcs_place there = *place;

	there.project = folder;
	int rc = v->ops->list(&entries, v, &there, MIGRATIONS_DIR, err);
	*out = vcs_entries_find(&entries, LEDGER_FILE);
	return rc;
}

static bool has_record_files(const struct vcs_entries *entries)
{
	for (size_t i = 0; i < entries->len; i++)
		if (ends_with(entries->items[i].name, ".json"))
			return true;
	return false;
}

/* A name in common is enough, as all may be formatted anew; a folder without records has none. */
static int find_likest(struct likeness *best, struct search *s, const struct vcs_place *place,
		       const struct vcs_entries *mine, struct error *err)
{
	bool emptied = !has_record_files(mine);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->found_len; i++) {
		struct likeness l = {.folder = &s->found[i]};
		bool there = false;
		if (!l.folder->base.len || l.folder->head.len)
			continue;
		rc = compare_records(&l, s->vcs, mine, err);
		if (rc < 0 || !(l.named || (emptied && l.all)) || !is_liker(&l, best))
			continue;
		rc = is_there(&there, s->vcs, place, l.folder->path, err);
		if (rc == 0 && !there)
			*best = l;
	}
	return rc;
}

/* Whether a commit has records where place has them: told from the size of the folder. */
static int has_records(bool *out, struct vcs *v, const struct vcs_place *place,
		       const struct vcs_id *commit, struct error *err)
{
	const struct vcs_place there = {
		.where = VCS_COMMIT, .commit = *commit, .project = place->project};
	struct vcs_entry ledger = {.name = LEDGER_FILE};
	size_t size = 0;

	int rc = v->ops->folder_object(&ledger.id, &size, v, &there, MIGRATIONS_DIR, err);
	*out = ledger.id.len && size > vcs_entry_size(&ledger);
	return rc;
}

int merge_follow_folder(char **out, struct vcs *v, const struct vcs_place *place,
			const struct vcs_id *commit, struct error *err)
{
	AUTO_VALUE(search) s = {.vcs = v};
	AUTO_VALUE(vcs_entries) mine = {0};
	struct likeness best = {0};
	bool there;

	*out = NULL;
	int rc = has_records(&there, v, place, commit, err);
	if (rc < 0 || there)
		return rc;
	rc = v->ops->list(&mine, v, place, MIGRATIONS_DIR, err);
	if (rc < 0 || mine.len == 0)
		return rc;
	add(&s.queue, &s.len, &s.cap, xstrdup(""), commit, &place->commit);
	rc = search(&s, err);
	if (rc == 0)
		rc = find_likest(&best, &s, place, &mine, err);
	if (rc == 0 && best.folder)
		*out = xstrdup(best.folder->path);
	return rc;
}

void merge_projects_release(struct merge_projects *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->items[i].base);
		free(l->items[i].head);
	}
	free(l->items);
	*l = (struct merge_projects){0};
}
