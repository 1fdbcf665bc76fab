/* Finds the projects that two commits have to be merged in. */
#include "project/merge_projects.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "project/merge_folders.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

void merge_project_release(struct merge_project *p)
{
	free(p->base);
	free(p->head);
	for (size_t i = 0; i < p->ancestors; i++)
		free(p->before[i]);
	free(p->before);
	strs_release(&p->former);
	free(p->instead);
	*p = (struct merge_project){0};
}

void merge_projects_release(struct merge_projects *l)
{
	for (size_t i = 0; i < l->len; i++)
		merge_project_release(&l->items[i]);
	free(l->items);
	*l = (struct merge_projects){0};
}

/* ---- what the sides changed */

struct sides {
	struct vcs *vcs;
	const struct merge_commits *commits;
	struct folders *base, *head; /* for each ancestor, what that side changed since */
	struct merge_projects renamed;
};

static void sides_release(struct sides *s)
{
	for (size_t i = 0; s->base && i < s->commits->ancestors->len; i++) {
		folders_release(&s->base[i]);
		folders_release(&s->head[i]);
	}
	free(s->base);
	free(s->head);
	merge_projects_release(&s->renamed);
}
AUTO_VALUE_DEFINE(sides)

static int find_changes(struct folders *out, struct vcs *v, const struct vcs_id *ancestor,
			const struct vcs_id *side, struct error *err)
{
	int rc = folders_find(out, v, ancestor, side, err);

	return rc < 0 ? rc : folders_follow(out, v, err);
}

/* Whether a side has a ledger in a folder. */
static int has_ledger(bool *out, const struct sides *s, enum merge_side side, const char *folder,
		      struct error *err)
{
	const struct vcs_id *commit = side == MERGE_BASE ? s->commits->base : s->commits->head;
	struct vcs_id found;

	int rc = folder_ledger(&found, s->vcs, commit, folder, err);
	*out = found.len > 0;
	return rc;
}

/* ---- renamed folders */

static struct merge_project *add_project(struct merge_projects *out)
{
	if (out->len == out->cap) {
		out->cap = out->cap ? out->cap * 2 : 4;
		out->items = xrealloc(out->items, out->cap, sizeof *out->items);
	}
	out->items[out->len] = (struct merge_project){0};
	return &out->items[out->len++];
}

static void find_before(struct merge_project *p, const struct sides *s)
{
	p->ancestors = s->commits->ancestors->len;
	p->before = xcalloc(p->ancestors + 1, sizeof *p->before);
	for (size_t i = 0; i < p->ancestors; i++) {
		const char *was = p->base ? folders_was(&s->base[i], p->base) : NULL;
		if (!was && p->head)
			was = folders_was(&s->head[i], p->head);
		p->before[i] = was ? xstrdup(was) : NULL;
	}
}

static bool was_at(const struct merge_project *p, const char *folder)
{
	for (size_t i = 0; i < p->ancestors; i++)
		if (str_eq(p->before[i], folder))
			return true;
	return false;
}

/* The side that has not renamed it follows the other one, if nothing is in the way there. */
static int find_result(struct merge_project *p, const struct sides *s, struct error *err)
{
	bool taken = false;
	int rc = 0;

	p->folder = p->base ? p->base : p->head;
	if (!p->base || !p->head) {
		p->trouble = MERGE_REMOVED;
	} else if (strcmp(p->base, p->head) != 0) {
		bool base_was = was_at(p, p->base), head_was = was_at(p, p->head);
		p->folder = base_was ? p->head : p->base;
		if (base_was == head_was)
			p->trouble = MERGE_APART;
		else
			rc = has_ledger(&taken, s, base_was ? MERGE_BASE : MERGE_HEAD, p->folder,
					err);
		if (taken)
			p->trouble = MERGE_TAKEN;
	}
	return rc;
}

static int add_former(struct merge_project *p, const struct sides *s, const char *name,
		      struct error *err)
{
	bool in_base = false, in_head = false;
	int rc = 0;

	if (!name || strcmp(name, p->folder) == 0 || strs_has(&p->former, name))
		return 0;
	if (!str_eq(name, p->base))
		rc = has_ledger(&in_base, s, MERGE_BASE, name, err);
	if (rc == 0 && !str_eq(name, p->head))
		rc = has_ledger(&in_head, s, MERGE_HEAD, name, err);
	if (rc == 0 && !in_base && !in_head)
		strs_add(&p->former, name);
	return rc;
}

static int find_former(struct merge_project *p, const struct sides *s, struct error *err)
{
	int rc = add_former(p, s, p->base, err);

	if (rc == 0)
		rc = add_former(p, s, p->head, err);
	for (size_t i = 0; rc == 0 && i < p->ancestors; i++)
		rc = add_former(p, s, p->before[i], err);
	return rc;
}

static struct merge_project *find_at(const struct merge_projects *l, enum merge_side side,
				     const char *folder)
{
	for (size_t i = 0; l->items && i < l->len; i++) {
		const char *at = side == MERGE_BASE ? l->items[i].base : l->items[i].head;
		if (at && folder && strcmp(at, folder) == 0)
			return &l->items[i];
	}
	return NULL;
}

/* The first folder that the side without the project has anew: people may take it for that. */
static void find_instead(struct merge_project *p, const struct sides *s)
{
	const struct folders *changes = p->base ? s->head : s->base;

	for (size_t i = 0; !p->instead && p->ancestors && i < changes[0].len; i++) {
		const struct folder *f = &changes[0].items[i];
		if (f->now.len && !f->was.len && !f->other)
			p->instead = xstrdup(f->path);
	}
}

/* What one of several ancestors has told already stays. */
static int add_renamed(struct sides *s, const char *base, const char *head, struct error *err)
{
	if (find_at(&s->renamed, MERGE_BASE, base) || find_at(&s->renamed, MERGE_HEAD, head))
		return 0;
	struct merge_project *p = add_project(&s->renamed);
	p->base = base ? xstrdup(base) : NULL;
	p->head = head ? xstrdup(head) : NULL;
	find_before(p, s);
	if (!base || !head)
		find_instead(p, s);
	int rc = find_result(p, s, err);
	return rc < 0 ? rc : find_former(p, s, err);
}

/*
 * Whether one side removed it and the other changed it, since each ancestor: files as Git merges
 * them may come to lie in a new project that it takes for the removed one.
 */
static bool is_lost(const struct sides *s, const char *path, size_t side)
{
	const struct folders *gone = side ? s->head : s->base, *other = side ? s->base : s->head;
	bool lost = s->commits->ancestors->len > 0;

	for (size_t i = 0; lost && i < s->commits->ancestors->len; i++) {
		const struct folder *f = folders_at(&gone[i], path);
		const struct folder *there = folders_at(&other[i], path);
		lost = f && f->was.len && !f->now.len && !f->other && there && there->now.len;
	}
	return lost;
}

/*
 * Those that a side renamed since an ancestor, on both sides or, in a second round, on one; in that
 * also those that a side removed and the other one changed.
 */
static int add_all_renamed(struct sides *s, size_t ancestor, bool both, struct error *err)
{
	const struct folders *changes[] = {&s->base[ancestor], &s->head[ancestor]};
	int rc = 0;

	for (size_t side = 0; side < ARRAY_LEN(changes); side++)
		for (size_t i = 0; rc == 0 && i < changes[side]->len; i++) {
			const struct folder *f = &changes[side]->items[i];
			if (!f->was.len || !(f->other || is_lost(s, f->path, side)))
				continue;
			const char *base = folders_now(changes[0], f->path);
			const char *head = folders_now(changes[1], f->path);
			if (both == (base && head))
				rc = add_renamed(s, base, head, err);
		}
	return rc;
}

static int sides_read(struct sides *s, struct vcs *v, const struct merge_commits *c,
		      struct error *err)
{
	size_t n = c->ancestors->len;
	int rc = 0;

	s->vcs = v;
	s->commits = c;
	s->base = xcalloc(n + 1, sizeof *s->base);
	s->head = xcalloc(n + 1, sizeof *s->head);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = find_changes(&s->base[i], v, &c->ancestors->items[i], c->base, err);
		if (rc == 0)
			rc = find_changes(&s->head[i], v, &c->ancestors->items[i], c->head, err);
	}
	for (size_t i = 0; rc == 0 && i < 2 * n; i++)
		rc = add_all_renamed(s, i % n, i < n, err);
	return rc;
}

/* ---- those to be merged */

/* With one ancestor whose migrations a side has still, the other's are the result. */
static bool is_left_alone(const struct sides *s, const struct merge_project *p,
			  enum merge_side side)
{
	const char *folder = side == MERGE_BASE ? p->base : p->head;

	return p->ancestors == 1 && str_eq(p->before[0], folder) &&
	       !folders_at(side == MERGE_BASE ? &s->base[0] : &s->head[0], folder);
}

static int by_folder(const void *a, const void *b)
{
	const struct merge_project *one = a, *two = b;

	return strcmp(one->folder, two->folder);
}

static void take(struct merge_projects *out, struct merge_project *p)
{
	*add_project(out) = *p;
	*p = (struct merge_project){0};
}

static struct merge_project not_renamed(const struct sides *s, const char *folder)
{
	struct merge_project p = {.base = xstrdup(folder), .head = xstrdup(folder)};

	find_before(&p, s);
	p.folder = p.base;
	return p;
}

int merge_projects_find(struct merge_projects *out, struct vcs *v, const struct merge_commits *c,
			enum merge_side upstream, struct error *err)
{
	AUTO_VALUE(sides) s = {0};
	AUTO_VALUE(folders) differ = {0};

	int rc = sides_read(&s, v, c, err);
	if (rc == 0)
		rc = folders_find(&differ, v, c->base, c->head, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < differ.len; i++) {
		const struct folder *f = &differ.items[i];
		if (!f->was.len || !f->now.len || find_at(&s.renamed, MERGE_BASE, f->path) ||
		    find_at(&s.renamed, MERGE_HEAD, f->path))
			continue;
		AUTO_VALUE(merge_project) p = not_renamed(&s, f->path);
		if (!is_left_alone(&s, &p, upstream == MERGE_BASE ? MERGE_HEAD : MERGE_BASE))
			take(out, &p);
	}
	/* Git does not know what moved there: it may have mixed files of several up. */
	for (size_t i = 0; i < s.renamed.len; i++)
		take(out, &s.renamed.items[i]);
	if (out->len)
		qsort(out->items, out->len, sizeof *out->items, by_folder);
	return rc;
}

/* ---- the one at hand */

static struct merge_project *find_was_at(const struct merge_projects *l, const char *folder)
{
	for (size_t i = 0; i < l->len; i++)
		if (was_at(&l->items[i], folder))
			return &l->items[i];
	return NULL;
}

/* Which of those renamed it is; NULL: none. */
static int find_asked_for(struct merge_project **out, const struct sides *s, const char *folder,
			  struct error *err)
{
	bool in_head;
	int rc = has_ledger(&in_head, s, MERGE_HEAD, folder, err);

	*out = in_head ? find_at(&s->renamed, MERGE_HEAD, folder)
		       : find_was_at(&s->renamed, folder);
	if (!*out && !in_head)
		*out = find_at(&s->renamed, MERGE_BASE, folder);
	return rc;
}

int merge_project_at(struct merge_project *out, struct vcs *v, const struct merge_commits *c,
		     const char *folder, struct error *err)
{
	AUTO_VALUE(sides) s = {0};
	struct merge_project *p = NULL;

	int rc = sides_read(&s, v, c, err);
	if (rc == 0)
		rc = find_asked_for(&p, &s, folder, err);
	if (rc < 0)
		return rc;
	*out = p ? *p : not_renamed(&s, folder);
	if (p)
		*p = (struct merge_project){0};
	return 0;
}

static void hint_removed(const struct merge_project *p, const char *here, const char *there,
			 bool renamed, struct error *err)
{
	const char *new_name = renamed ? " under its new name" : "";

	if (p->instead)
		hint(err,
		     "If it shall go, remove it in \"%s\", too; if it stays, bring it back in "
		     "\"%s\"%s: \"%s\" there has none of its records as they were, and so is taken "
		     "for another project.",
		     here, there, new_name, folder_name(p->instead));
	else
		hint(err,
		     "If it shall go, remove it in \"%s\", too; if it stays, bring it back in "
		     "\"%s\"%s.",
		     here, there, new_name);
}

int merge_project_check(const struct merge_project *p, const char *base, const char *head,
			struct error *err)
{
	const char *at = folder_name(p->folder);
	/* The side that renamed it, and the other one; for two names any. */
	bool base_has = p->folder == p->base;
	const char *here = base_has ? base : head, *there = base_has ? head : base;
	const char *was = p->ancestors && p->before[0] ? folder_name(p->before[0]) : at;
	bool renamed;
	int rc = 0;

	switch (p->trouble) {
	case MERGE_FINE:
		break;
	case MERGE_APART:
		rc = fail(err, E_CONFLICT,
			  "the project's folder has two new names: \"%s\" in \"%s\", \"%s\" in "
			  "\"%s\"",
			  folder_name(p->base), base, folder_name(p->head), head);
		hint(err,
		     "Neither Git nor \"xata merge\" can merge that: rename it to the base's "
		     "\"%s\" in \"%s\", too, then merge \"%s\" into that.",
		     folder_name(p->base), head, base);
		break;
	case MERGE_TAKEN:
		rc = fail(err, E_CONFLICT,
			  "the project in \"%s\" was renamed to \"%s\" in \"%s\", where \"%s\" has "
			  "another project",
			  was, at, here, there);
		hint(err, "Give it a folder in \"%s\" that \"%s\" does not have.", here, there);
		break;
	case MERGE_REMOVED:
		renamed = strcmp(was, at) != 0;
		rc = renamed ? fail(err, E_CONFLICT,
				    "the project in \"%s\" was renamed to \"%s\" in \"%s\", and "
				    "removed in \"%s\"",
				    was, at, here, there)
			     : fail(err, E_CONFLICT,
				    "the project in \"%s\" was removed in \"%s\" and changed in "
				    "\"%s\"",
				    at, there, here);
		hint_removed(p, here, there, renamed, err);
		break;
	}
	return rc;
}
