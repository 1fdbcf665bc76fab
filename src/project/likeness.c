/* Tells whether two folders of records are one project's. */
#include "project/likeness.h"

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

/* Pairs of files that are read at most: of a project whose records were edited, the first ones. */
#define PAIRS_MAX 8

static bool is_record(const struct vcs_entry *e)
{
	return ends_with(e->name, RECORD_SUFFIX);
}

bool likeness_has_records(const struct vcs_entries *entries)
{
	for (size_t i = 0; i < entries->len; i++)
		if (is_record(&entries->items[i]))
			return true;
	return false;
}

/* The record file of the same name; NULL: none. */
static const struct vcs_entry *namesake(const struct vcs_entries *entries,
					const struct vcs_entry *of)
{
	return is_record(of) ? vcs_entries_find(entries, of->name) : NULL;
}

struct likeness likeness_of(const struct vcs_entries *now, const struct vcs_entries *was)
{
	struct likeness l = {0};

	for (size_t i = 0; i < was->len; i++) {
		const struct vcs_entry *e = &was->items[i], *own = namesake(now, e);
		l.all += is_record(e) ? 1 : 0;
		l.named += own ? 1 : 0;
		l.same += own && vcs_id_eq(&own->id, &e->id) ? 1 : 0;
	}
	return l;
}

bool likeness_is_any(const struct likeness *l)
{
	return l->named > 0;
}

bool likeness_is_more(const struct likeness *a, const struct likeness *b)
{
	if (a->same != b->same)
		return a->same > b->same;
	return a->named != b->named ? a->named > b->named : a->all > b->all;
}

/* ---- the proof */

/* How much of a file's name is the id of a v1 record; 0: it is none. */
static size_t v1_id(const char *file)
{
	char name[RECORD_NAME_MAX + 1];

	return record_name_of_file(name, file) ? record_name_v1_id(name) : 0;
}

/*
 * *out stays NULL for what is no record, and for a file on disk that has other bytes than a commit
 * would give it, as with filters: there need be no object of them.
 */
static int read_record(struct record **out, struct vcs *v, const struct vcs_place *place,
		       const struct vcs_entry *e, struct error *err)
{
	AUTO_STR text = {.max = RECORD_TEXT_MAX};
	AUTO_FREE char *path = xasprintf(MIGRATIONS_DIR "/%s", e->name);
	bool on_disk = place && place->where == VCS_FILES;
	struct error why = {0}, damaged = {0};

	if (e->kind != VCS_FILE)
		return 0;
	int rc = on_disk ? v->ops->read_at(&text, v, path, &e->id, RECORD_TEXT_MAX, &why)
			 : v->ops->read(&text, v, &e->id, RECORD_TEXT_MAX, &why);
	if (rc < 0 && rc != E_LIMIT && !on_disk) {
		*err = why;
		return rc;
	}
	if (rc == 0 && record_parse(out, str_view(&text), &damaged) < 0)
		*out = NULL;
	return 0;
}

/* Of two with one name: edited, sealed or chained anew they are the same one still. */
static bool is_one_record(const struct record *a, const struct record *b)
{
	const char *stated = record_checksum(a);
	char one[SHA256_HEX + 1], two[SHA256_HEX + 1];

	if (stated && str_eq(stated, record_checksum(b)))
		return true;
	record_content_hash(one, a);
	record_content_hash(two, b);
	return strcmp(one, two) == 0;
}

static int compare_read(bool *same, struct vcs *v, const struct likeness_side *now,
			const struct vcs_entry *is, const struct likeness_side *was,
			const struct vcs_entry *before, struct error *err)
{
	AUTO(record) *a = NULL;
	AUTO(record) *b = NULL;

	int rc = read_record(&a, v, now->place, is, err);
	if (rc == 0 && a)
		rc = read_record(&b, v, was->place, before, err);
	*same = rc == 0 && a && b && is_one_record(a, b);
	return rc;
}

/* Whether a v1 record is in both: what is chained anew keeps its id. Both are by name. */
static bool share_v1_id(const struct vcs_entries *a, const struct vcs_entries *b)
{
	size_t i = 0, j = 0;

	while (i < a->len && j < b->len) {
		const char *one = a->items[i].name, *two = b->items[j].name;
		struct view x = {one, v1_id(one)}, y = {two, v1_id(two)};
		if (x.len && y.len && view_eq(x, y))
			return true;
		int order = strcmp(one, two);
		i += order <= 0 ? 1 : 0;
		j += order >= 0 ? 1 : 0;
	}
	return false;
}

/* Whether the ids and names tell it alone. */
static bool is_plain(const struct vcs_entries *now, const struct vcs_entries *was)
{
	for (size_t i = 0; i < was->len; i++) {
		const struct vcs_entry *e = &was->items[i], *own = namesake(now, e);
		if (own && vcs_id_eq(&own->id, &e->id))
			return true;
	}
	return share_v1_id(now, was);
}

int likeness_proves(bool *out, struct vcs *v, const struct likeness_side *now,
		    const struct likeness_side *was, struct error *err)
{
	const struct vcs_entries *before = was->entries;
	int rc = 0;

	*out = is_plain(now->entries, before);
	for (size_t i = 0, pairs = 0; rc == 0 && !*out && i < before->len && pairs < PAIRS_MAX;
	     i++) {
		const struct vcs_entry *e = &before->items[i], *own = namesake(now->entries, e);
		if (!own)
			continue;
		pairs++;
		rc = compare_read(out, v, now, own, was, e, err);
	}
	return rc;
}
