/* The files that the result of a merge consists of. */
#include <stdlib.h>

#include "base/alloc.h"
#include "project/merge_sides_impl.h"

#include "base/banned.h"

void merge_files_release(struct merge_files *f)
{
	for (size_t i = 0; i < f->len; i++) {
		free(f->items[i].name);
		str_release(&f->items[i].text);
	}
	free(f->items);
	strs_release(&f->gone);
	*f = (struct merge_files){0};
}

struct merge_file *merge_files_add(struct merge_files *f, const char *name)
{
	if (f->len == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->items = xrealloc(f->items, f->cap, sizeof *f->items);
	}
	f->items[f->len] = (struct merge_file){.name = xstrdup(name)};
	return &f->items[f->len++];
}

/* ---- records */

static bool prints_the_same(const struct record *a, const struct record *b)
{
	AUTO_STR x = {.max = RECORD_TEXT_MAX}, y = {.max = RECORD_TEXT_MAX};

	if (!str_eq(record_checksum(a), record_checksum(b)))
		return false;
	record_print(&x, a);
	record_print(&y, b);
	return view_eq(str_view(&x), str_view(&y));
}

/* Where to find a side's record by its name. */
struct by_name {
	struct map *sides; /* for each side: name -> place */
	size_t count;
};

static void index_sides(struct by_name *out, const struct merge_sides *s)
{
	out->count = s->base_from;
	out->sides = xcalloc(out->count, sizeof *out->sides);
	for (size_t i = 0; i < out->count; i++) {
		const struct records *l = &s->versions[i].records;
		for (size_t j = 0; j < l->len; j++)
			map_add(&out->sides[i], record_name(l->items[j]), j);
	}
}

static void by_name_release(struct by_name *b)
{
	for (size_t i = 0; i < b->count; i++)
		map_release(&b->sides[i]);
	free(b->sides);
}

/* The object of a side, from first on, that holds just this record; none when it has changed. */
static struct vcs_id unchanged_object(const struct merge_sides *s, const struct by_name *by,
				      const struct record *r, const char *file, size_t first)
{
	size_t at;

	for (size_t i = first; i < by->count; i++) {
		const struct vcs_entry *e = merge_sides_entry(s, i, file);
		if (e && map_get(&by->sides[i], record_name(r), &at) &&
		    prints_the_same(s->versions[i].records.items[at], r))
			return e->id;
	}
	return (struct vcs_id){0};
}

static int add_record(struct merge_files *out, const struct merge_sides *s,
		      const struct by_name *by, const struct record *r, bool upstream,
		      struct error *err)
{
	char name[RECORD_NAME_MAX + 1];

	int rc = record_file_name(name, record_name(r), err);
	if (rc < 0)
		return rc;
	struct merge_file *f = merge_files_add(out, name);
	f->id = unchanged_object(s, by, r, name, upstream ? 0 : 1);
	if (f->id.len)
		return 0;
	f->text.max = RECORD_TEXT_MAX;
	record_print(&f->text, r);
	return str_check(&f->text, name, err);
}

static bool base_has(const struct merge_sides *s, const struct vcs_entry *e)
{
	for (size_t i = s->base_from; i < s->spare_from; i++) {
		const struct vcs_entry *was = vcs_entries_find(&s->versions[i].snapshot.entries,
							       e->name);
		if (!was || !vcs_id_eq(&was->id, &e->id))
			return false;
	}
	return true;
}

/* How many leading records all bases have, too. */
static size_t in_all_bases(const struct merge_sides *s)
{
	size_t n = s->common;

	for (size_t i = s->base_from; i < s->spare_from; i++) {
		AUTO_VALUE(snapshot_common) c = {0};
		snapshot_compare(&c, &s->versions[0].snapshot, &s->versions[i].snapshot);
		n = c.records < n ? c.records : n;
	}
	return n;
}

static bool has_so(const struct vcs_entries *index, const struct vcs_entry *e)
{
	const struct vcs_entry *is = vcs_entries_find(index, e->name);

	return is && !is->conflicted && vcs_id_eq(&is->id, &e->id);
}

/*
 * What both sides have alike Git leaves alone, unless the base lacks it: then it may take the file
 * for one that the sides renamed, each another one, and merge it with that. Where the sides are not
 * those that Git merged, as of a revert of a merge, the index shows what it did not leave alone.
 */
static int add_common(struct merge_files *out, const struct merge_sides *s,
		      const struct vcs_entries *index, struct error *err)
{
	const struct snapshot *upstream = &s->versions[0].snapshot;
	char name[RECORD_NAME_MAX + 1];
	size_t from = s->texts_only ? s->common : in_all_bases(s);

	for (size_t i = index ? 0 : from; i < s->common; i++) {
		int rc = record_file_name(name, upstream->ledger.names.items[i], err);
		if (rc < 0)
			return rc;
		const struct vcs_entry *e = vcs_entries_find(&upstream->entries, name);
		if (e && ((i >= from && !base_has(s, e)) || (index && !has_so(index, e))))
			merge_files_add(out, name)->id = e->id;
	}
	return 0;
}

bool merge_sides_added(struct vcs_id *out, const struct merge_sides *s, const char *file)
{
	size_t found = 0;

	*out = (struct vcs_id){0};
	for (size_t i = 0; i < s->spare_from; i++) {
		const struct vcs_entry *e = vcs_entries_find(&s->versions[i].snapshot.entries,
							     file);
		if (!e)
			continue;
		found += i < s->base_from ? 1 : 2;
		*out = e->id;
	}
	return found == 1;
}

/* ---- the ledger, and what goes */

static int add_ledger(struct merge_files *out, const struct merge_sides *s,
		      const struct resolution *r, struct error *err)
{
	const struct snapshot *upstream = &s->versions[0].snapshot;
	const struct vcs_entry *e = vcs_entries_find(&upstream->entries, LEDGER_FILE);
	struct merge_file *f = merge_files_add(out, LEDGER_FILE);

	if (r->upstream == r->records.len && e) {
		f->id = e->id;
		return 0;
	}
	f->text.max = LEDGER_TEXT_MAX;
	str_putv(&f->text, str_view(&upstream->text));
	for (size_t i = r->upstream; i < r->records.len; i++)
		ledger_append_line(&f->text, record_name(r->records.items[i]));
	return str_check(&f->text, LEDGER_FILE, err);
}

/* What versions have behind the common records, and the result has not. */
static int find_gone(struct merge_files *out, const struct merge_sides *s, struct error *err)
{
	const struct ledger *upstream = &s->versions[0].snapshot.ledger;
	AUTO_VALUE(map) there = {0};
	char file[RECORD_NAME_MAX + 1];
	size_t at;

	for (size_t i = 0; i < out->len; i++)
		map_add(&there, out->items[i].name, i);
	for (size_t i = 1; i < s->spare_from; i++) {
		const struct strs *names = &s->versions[i].snapshot.ledger.names;
		for (size_t j = 0; j < names->len; j++) {
			if (map_get(&upstream->index, names->items[j], &at) && at < s->common)
				continue;
			int rc = record_file_name(file, names->items[j], err);
			if (rc < 0)
				return rc;
			if (map_get(&there, file, &at))
				continue;
			strs_add(&out->gone, file);
			map_add(&there, out->gone.items[out->gone.len - 1], 0);
		}
	}
	return 0;
}

int merge_sides_files(struct merge_files *out, const struct merge_sides *s,
		      const struct resolution *r, const struct vcs_entries *index,
		      struct error *err)
{
	struct by_name by = {0};
	int rc = 0;

	if (r->conflicts.blocking)
		return fail(err, E_INTERNAL, "a merge in conflict has no files");
	index_sides(&by, s);
	rc = add_common(out, s, index, err);
	for (size_t i = 0; rc == 0 && i < r->records.len; i++)
		rc = add_record(out, s, &by, r->records.items[i], i < r->upstream, err);
	by_name_release(&by);
	if (rc == 0)
		rc = add_ledger(out, s, r, err);
	return rc < 0 ? rc : find_gone(out, s, err);
}
