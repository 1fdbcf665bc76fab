/* Entries of the logical schema and the journal that takes a failed record back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/schema_impl.h"

#include "base/banned.h"

/* ---- interned texts: most columns share a few definitions */

const char *schema_intern(struct schema *s, const char *text)
{
	size_t at;

	if (!text)
		return NULL;
	if (map_get(&s->interned, text, &at))
		return s->texts.items[at];
	strs_add(&s->texts, text);
	const char *own = s->texts.items[s->texts.len - 1];
	map_set(&s->interned, own, s->texts.len - 1);
	return own;
}

static bool is_skipped(const char *key, const char *const *skip)
{
	for (; *skip; skip++)
		if (strcmp(*skip, key) == 0)
			return true;
	return false;
}

const char *schema_intern_def(struct schema *s, const json_t *def, const char *const *skip)
{
	json_t *plain = (json_t *)(uintptr_t)def; /* the iterator does not change it */
	char separator = '{';
	const char *key;
	json_t *value;

	str_clear(&s->scratch);
	json_object_foreach(plain, key, value)
	{
		if (is_skipped(key, skip))
			continue;
		str_putc(&s->scratch, separator);
		separator = ',';
		json_write_string(&s->scratch, view_of(key));
		str_putc(&s->scratch, ':');
		json_write(&s->scratch, value, JSON_FORM_COMPACT);
	}
	str_puts(&s->scratch, separator == '{' ? "{}" : "}");
	return schema_intern(s, str_cstr(&s->scratch));
}

/* The text has the name that the column had when the entry was made. */
static void put_target_column(json_t *references, const char *column)
{
	if (json_is_object(references) && !str_eq(json_text(references, "column"), column))
		json_put_string(references, "column", column);
}

json_t *schema_def(const struct schema_entry *e)
{
	json_t *def = NULL;

	if (e->def && json_read(&def, view_of(e->def), 0, NULL) < 0)
		def = NULL;
	if (e->column)
		put_target_column(json_object_get(def, "references"), schema_target_column(e));
	return def ? def : json_object();
}

/* ---- spaces */

#define FEW 8 /* entries that need no index: most tables have no more columns, or constraints */

struct schema_entry *schema_find(const struct schema_space *space, const char *name)
{
	size_t value;

	if (space->index.cap)
		return map_get(&space->index, name, &value)
			       ? (struct schema_entry *)(uintptr_t)value
			       : NULL;
	for (size_t i = 0; i < space->all_len; i++)
		if (strcmp(space->all[i]->name, name) == 0)
			return space->all[i];
	return NULL;
}

/* Takes the newest entry into the index, or all of them once they are many. */
static void index_newest(struct schema_space *space)
{
	if (space->all_len <= FEW && !space->index.cap)
		return;
	for (size_t i = space->index.len; i < space->all_len; i++)
		map_set(&space->index, space->all[i]->name, (size_t)(uintptr_t)space->all[i]);
}

static void free_table(struct schema_table *t)
{
	if (!t)
		return;
	schema_space_free(&t->columns);
	schema_space_free(&t->constraints);
	free(t);
}

static void free_entry(struct schema_entry *e)
{
	schema_unlist_use(e);
	free_table(e->table);
	free(e);
}

void schema_space_free(struct schema_space *space)
{
	for (size_t i = 0; i < space->all_len; i++)
		free_entry(space->all[i]);
	free(space->all);
	map_release(&space->index);
	*space = (struct schema_space){0};
}

/* Puts e back between its own neighbours. */
static void link_in(struct schema_space *space, struct schema_entry *e)
{
	*(e->prev ? &e->prev->next : &space->first) = e;
	*(e->next ? &e->next->prev : &space->last) = e;
	e->present = true;
	space->len++;
	schema_list_use(e);
}

/* e keeps its neighbours, so that link_in() can undo this as long as changes are undone in turn. */
static void link_out(struct schema_space *space, struct schema_entry *e)
{
	*(e->prev ? &e->prev->next : &space->first) = e->next;
	*(e->next ? &e->next->prev : &space->last) = e->prev;
	schema_unlist_use(e);
	e->present = false;
	space->len--;
}

static void link_at_end(struct schema_space *space, struct schema_entry *e)
{
	e->prev = space->last;
	e->next = NULL;
	link_in(space, e);
}

static struct schema_entry *new_entry(struct schema_space *space, const char *name)
{
	size_t size = strlen(name) + 1;
	struct schema_entry *e = xcalloc(1, sizeof *e + size);

	e->name = (char *)(e + 1);
	memcpy(e->name, name, size);
	if (space->all_len == space->all_cap) {
		space->all_cap = space->all_cap ? space->all_cap * 2 : 4;
		space->all = xrealloc(space->all, space->all_cap, sizeof(struct schema_entry *));
	}
	space->all[space->all_len++] = e;
	index_newest(space);
	return e;
}

/* Undoes new_entry(); e is the newest of the space, as changes are undone in turn. */
static void forget_entry(struct schema_space *space, struct schema_entry *e)
{
	map_remove(&space->index, e->name);
	space->all_len--;
	free_entry(e);
}

/* ---- what may be done */

bool schema_may_add(const struct schema *s, const struct schema_entry *e)
{
	return !e || !e->present || (s->open && e->unsure);
}

bool schema_may_use(const struct schema *s, const struct schema_entry *e)
{
	return (e && e->present) || (s->open && (!e || e->unsure));
}

/* ---- changes */

static struct schema_change *new_change(struct schema *s, enum schema_change_kind kind)
{
	if (s->journal_len == s->journal_cap) {
		s->journal_cap = s->journal_cap ? s->journal_cap * 2 : 16;
		s->journal = xrealloc(s->journal, s->journal_cap, sizeof *s->journal);
	}
	struct schema_change *c = &s->journal[s->journal_len++];
	*c = (struct schema_change){.kind = kind};
	return c;
}

struct schema_renamed *schema_note_renamed(struct schema *s, enum schema_change_kind kind)
{
	return &new_change(s, kind)->renamed;
}

static struct schema_change *note(struct schema *s, enum schema_change_kind kind,
				  struct schema_space *space, struct schema_entry *e)
{
	struct schema_change *c = new_change(s, kind);

	c->space = space;
	c->entry = e;
	if (e)
		c->old = *e;
	return c;
}

/* A gone entry, made when there is none, with the change noted. */
static struct schema_entry *claim(struct schema *s, struct schema_space *space, const char *name)
{
	struct schema_entry *e = schema_find(space, name);

	s->all_unsure = false;
	if (e && e->present)
		schema_drop(s, space, e);
	if (e) {
		note(s, CHANGE_REVIVE, space, e);
		e->table = NULL; /* the journal has it */
		e->def = NULL;
		e->target = NULL;
		e->column = NULL;
		e->unsure = e->implied = e->v1 = false;
		return e;
	}
	e = new_entry(space, name);
	e->is_index = space == &s->indexes;
	note(s, CHANGE_NEW, space, e);
	return e;
}

struct schema_entry *schema_put(struct schema *s, struct schema_space *space, const char *name)
{
	struct schema_entry *e = claim(s, space, name);

	if (space == &s->tables)
		e->table = xcalloc(1, sizeof *e->table);
	link_at_end(space, e);
	return e;
}

void schema_reserve(struct schema_space *space, size_t entries)
{
	if (entries <= space->all_cap)
		return;
	space->all = xrealloc(space->all, entries, sizeof(struct schema_entry *));
	space->all_cap = entries;
}

struct schema_entry *schema_add_copy(struct schema *s, struct schema_space *space,
				     const struct schema_entry *from)
{
	struct schema_entry *e = new_entry(space, from->name);

	e->is_index = from->is_index;
	e->def = schema_intern(s, from->def);
	e->unsure = from->unsure;
	e->implied = from->implied;
	e->v1 = from->v1;
	if (from->table)
		e->table = xcalloc(1, sizeof *e->table);
	schema_set_target_as(s, e, schema_target_name(from), from);
	if (from->present)
		link_at_end(space, e);
	return e;
}

void schema_drop(struct schema *s, struct schema_space *space, struct schema_entry *e)
{
	note(s, CHANGE_DROP, space, e);
	s->all_unsure = e->unsure = false;
	link_out(space, e);
}

struct schema_entry *schema_move(struct schema *s, struct schema_space *space,
				 struct schema_entry *e, const char *name)
{
	struct schema_entry *to = claim(s, space, name);

	to->prev = e;
	to->next = e->next;
	to->target = e->target;
	to->column = e->column;
	link_in(space, to);
	note(s, CHANGE_MOVE, space, e)->other = to;
	to->table = steal(&e->table);
	to->def = e->def;
	to->implied = e->implied;
	to->v1 = e->v1;
	s->all_unsure = e->unsure = false;
	link_out(space, e);
	return to;
}

void schema_lose_unknown(struct schema *s, struct schema_entry *table)
{
	if (table->table->lost_unknown)
		return;
	note(s, CHANGE_LOST, NULL, table);
	table->table->lost_unknown = true;
}

void schema_touch(struct schema *s, struct schema_entry *e)
{
	note(s, CHANGE_SET, NULL, e);
}

void schema_set_format(struct schema *s, enum record_format format, bool open)
{
	if (s->format == format && s->open == open)
		return;
	struct schema_change *c = note(s, CHANGE_FORMAT, NULL, NULL);
	c->old_format = s->format;
	c->old_open = s->open;
	s->format = format;
	s->open = open;
}

/* ---- the end of a record */

/* Only tables own a body; what else was dropped may be inside a body that is freed here. */
void schema_commit(struct schema *s)
{
	for (size_t i = 0; i < s->journal_len; i++) {
		struct schema_change *c = &s->journal[i];
		if (c->space != &s->tables)
			continue;
		if (c->kind == CHANGE_REVIVE)
			free_table(c->old.table);
		if (c->kind == CHANGE_DROP && !c->entry->present) {
			free_table(c->entry->table);
			c->entry->table = NULL;
		}
	}
	s->journal_len = 0;
}

static void undo_change(struct schema *s, struct schema_change *c)
{
	struct schema_entry *e = c->entry;

	switch (c->kind) {
	case CHANGE_NEW:
		if (e->present)
			link_out(c->space, e);
		forget_entry(c->space, e);
		break;
	case CHANGE_REVIVE:
		if (e->present)
			link_out(c->space, e);
		free_table(e->table);
		*e = c->old;
		break;
	case CHANGE_DROP:
		*e = c->old;
		link_in(c->space, e);
		break;
	case CHANGE_MOVE:
		c->other->table = NULL;
		*e = c->old;
		link_in(c->space, e);
		break;
	case CHANGE_SET:
		schema_unlist_use(e);
		*e = c->old;
		schema_list_use(e);
		break;
	case CHANGE_LOST: /* the body may have gone to another entry since */
		c->old.table->lost_unknown = false;
		break;
	case CHANGE_FORMAT:
		s->format = c->old_format;
		s->open = c->old_open;
		break;
	case CHANGE_TARGET:
		schema_undo_target(s, &c->renamed);
		break;
	case CHANGE_REFERENCED:
		schema_undo_referenced(&c->renamed);
		break;
	}
}

void schema_undo(struct schema *s)
{
	s->all_unsure = s->all_unsure && !s->journal_len;
	while (s->journal_len)
		undo_change(s, &s->journal[--s->journal_len]);
}
