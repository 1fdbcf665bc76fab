/* What tables and columns of the logical schema are pointed to by. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/schema_impl.h"

#include "base/banned.h"

/* ---- the lists: an entry that is present is in that of what it points to */

static struct schema_entry **target_list(const struct schema_entry *e)
{
	return e->is_index ? &e->target->indexes : &e->target->uses;
}

void schema_list_use(struct schema_entry *e)
{
	if (!e->present || !e->target)
		return;
	struct schema_entry **first = target_list(e);
	e->target_prev = NULL;
	e->target_next = *first;
	if (*first)
		(*first)->target_prev = e;
	*first = e;
}

void schema_unlist_use(struct schema_entry *e)
{
	if (!e->present || !e->target)
		return;
	*(e->target_prev ? &e->target_prev->target_next : target_list(e)) = e->target_next;
	if (e->target_next)
		e->target_next->target_prev = e->target_prev;
}

/* ---- finding and making */

static void *find(const struct map *names, const char *name)
{
	size_t value;

	return map_get(names, name, &value) ? (void *)(uintptr_t)value : NULL;
}

static void set(struct map *names, const char *name, const void *value)
{
	map_set(names, name, (size_t)(uintptr_t)value);
}

struct schema_target *schema_target(const struct schema *s, const char *table)
{
	return find(&s->target_names, table);
}

static struct schema_target *make_target(struct schema *s, const char *table)
{
	struct schema_target *t = schema_target(s, table);

	if (t)
		return t;
	t = xcalloc(1, sizeof *t);
	t->name = schema_intern(s, table);
	t->next = s->targets;
	s->targets = t;
	set(&s->target_names, t->name, t);
	return t;
}

static struct schema_referenced *make_referenced(struct schema *s, struct schema_target *t,
						 const char *column)
{
	struct schema_referenced *r = find(&t->columns, column);

	if (r)
		return r;
	r = xcalloc(1, sizeof *r);
	r->name = schema_intern(s, column);
	r->next = s->referenced;
	s->referenced = r;
	set(&t->columns, r->name, r);
	return r;
}

/* The column that e points to; NULL: it points to none. */
static struct schema_referenced *root_of(const struct schema_entry *e)
{
	struct schema_referenced *r = e->column;

	while (r && r->into)
		r = r->into;
	return r;
}

void schema_set_target(struct schema *s, struct schema_entry *e, const char *table,
		       const char *column)
{
	schema_unlist_use(e);
	e->target = table ? make_target(s, table) : NULL;
	e->column = table && column ? make_referenced(s, e->target, column) : NULL;
	schema_list_use(e);
}

void schema_set_target_as(struct schema *s, struct schema_entry *e, const char *table,
			  const struct schema_entry *from)
{
	bool was_renamed = schema_target_was_renamed(from);

	schema_set_target(s, e, table, schema_target_column(from));

	struct schema_referenced *r = root_of(e);
	if (r && was_renamed)
		r->renamed = true;
}

const char *schema_target_name(const struct schema_entry *e)
{
	return e->target ? e->target->name : NULL;
}

const char *schema_target_column(const struct schema_entry *e)
{
	const struct schema_referenced *r = root_of(e);

	return r ? r->name : NULL;
}

bool schema_target_was_renamed(const struct schema_entry *e)
{
	const struct schema_referenced *r = root_of(e);

	return r && r->renamed;
}

void schema_targets_free(struct schema *s)
{
	while (s->targets) {
		struct schema_target *t = s->targets;
		s->targets = t->next;
		map_release(&t->columns);
		free(t);
	}
	while (s->referenced) {
		struct schema_referenced *r = s->referenced;
		s->referenced = r->next;
		free(r);
	}
	map_release(&s->target_names);
}

/* ---- a table is renamed */

#define RETARGETED 10 /* entries that can be looked at while one comes to point elsewhere */

/* Each has the other's name; called again, it undoes that. */
static void exchange(struct schema *s, struct schema_target *a, struct schema_target *b)
{
	const char *name = a->name;

	a->name = b->name;
	b->name = name;
	set(&s->target_names, a->name, a);
	set(&s->target_names, b->name, b);
}

static struct schema_entry *next_use(const struct schema_entry *e, struct schema_entry **others)
{
	struct schema_entry *next = e ? e->target_next : NULL;

	return next ? next : steal(others);
}

/* Whether less points to a than to b, at a cost that follows the shorter lists. */
static bool is_shorter(const struct schema_target *a, const struct schema_target *b)
{
	struct schema_entry *x_others = a->indexes, *y_others = b->indexes;
	struct schema_entry *x = a->uses ? a->uses : steal(&x_others);
	struct schema_entry *y = b->uses ? b->uses : steal(&y_others);

	while (x && y) {
		x = next_use(x, &x_others);
		y = next_use(y, &y_others);
	}
	return !x && y;
}

static void move_list(struct schema *s, struct schema_entry *first, const char *to)
{
	struct schema_entry *next;

	for (struct schema_entry *e = first; e; e = next) {
		next = e->target_next;
		schema_work(s, RETARGETED);
		schema_touch(s, e);
		schema_set_target_as(s, e, to, e);
	}
}

void schema_rename_target(struct schema *s, const char *from, const char *to)
{
	struct schema_target *less = schema_target(s, from);

	if (!less || strcmp(from, to) == 0)
		return;
	struct schema_target *more = make_target(s, to);
	if (is_shorter(more, less)) {
		struct schema_renamed *change = schema_note_renamed(s, CHANGE_TARGET);
		change->target = less;
		change->other = more;
		exchange(s, less, more);
		less = more;
	}
	move_list(s, less->uses, to);
	move_list(s, less->indexes, to);
}

void schema_undo_target(struct schema *s, const struct schema_renamed *change)
{
	exchange(s, change->target, change->other);
}

/* ---- a column is renamed */

/* What pointed to a name that nothing had, and what points to a column that gets it, are one. */
static void merge(struct schema_target *t, struct schema_referenced *a, struct schema_referenced *b)
{
	struct schema_referenced *less = a->rank <= b->rank ? a : b, *more = less == a ? b : a;

	if (a->rank == b->rank)
		more->rank++;
	less->into = more;
	more->name = b->name;
	set(&t->columns, b->name, more);
	more->renamed = true;
}

void schema_rename_referenced(struct schema *s, const char *table, const char *from, const char *to)
{
	struct schema_target *t = schema_target(s, table);
	struct schema_referenced *a = t ? find(&t->columns, from) : NULL;

	if (!a || strcmp(from, to) == 0)
		return;
	struct schema_referenced *b = make_referenced(s, t, to);
	struct schema_renamed *change = schema_note_renamed(s, CHANGE_REFERENCED);
	*change = (struct schema_renamed){t, NULL, a, b, *a, *b};
	map_remove(&t->columns, from);
	merge(t, a, b);
}

void schema_undo_referenced(const struct schema_renamed *change)
{
	*change->column = change->old_column;
	*change->into = change->old_into;
	set(&change->target->columns, change->column->name, change->column);
	set(&change->target->columns, change->into->name, change->into);
}
