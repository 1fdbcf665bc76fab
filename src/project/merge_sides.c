/* Reads the sides of a merge, at a cost that follows what they changed. */
#include "project/merge_sides.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "project/merge_projects.h"
#include "project/merge_sides_impl.h"

#include "base/banned.h"

static void version_release(struct version *v)
{
	snapshot_release(&v->snapshot);
	records_release(&v->records);
	free(v->source);
}

void merge_sides_free(struct merge_sides *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		version_release(&s->versions[i]);
	strs_release(&s->left_out);
	records_release(&s->ancestor);
	schema_free(s->schema);
	history_release(&s->history);
	free(s->versions);
	free(s->inputs);
	free(s);
}

const struct resolve_input *merge_sides_input(const struct merge_sides *s)
{
	return &s->input;
}

size_t merge_sides_common(const struct merge_sides *s)
{
	return s->common;
}

const struct records *merge_sides_records(const struct merge_sides *s, size_t side)
{
	return &s->versions[side].records;
}

const struct strs *merge_sides_left_out(const struct merge_sides *s)
{
	return &s->left_out;
}

const struct ledger *merge_sides_names(const struct merge_sides *s, size_t side)
{
	return &s->versions[side].snapshot.ledger;
}

struct view merge_sides_ledger(const struct merge_sides *s, size_t side)
{
	return str_view(&s->versions[side].snapshot.text);
}

/* ---- opening the versions */

static const char *marker_in(struct view text, long *number)
{
	static const char *markers[] = {"<<<<<<<", "=======", ">>>>>>>", "|||||||"};
	struct view line;

	*number = 0;
	while (view_line(&text, &line)) {
		(*number)++;
		for (size_t i = 0; i < ARRAY_LEN(markers); i++)
			if (view_starts(line, markers[i]))
				return markers[i];
	}
	return NULL;
}

/* A last line without its line feed gets one when lines are appended. */
static const struct finding *first_error(const struct findings *f)
{
	for (size_t i = 0; i < f->len; i++)
		if (finding_level(f->items[i].kind) == FINDING_ERROR &&
		    f->items[i].kind != FIND_NO_FINAL_NEWLINE)
			return &f->items[i];
	return NULL;
}

static int check_text(struct version *v, struct error *err)
{
	const struct finding *f = first_error(&v->snapshot.findings);
	long line;

	if (!f)
		return 0;
	if (marker_in(str_view(&v->snapshot.text), &line)) {
		int rc = fail(err, E_INVALID,
			      "\"" MIGRATIONS_DIR "/" LEDGER_FILE
			      "\" of %s has conflict markers in line %ld",
			      v->name, line);
		hint(err, "%s",
		     v->where == VCS_COMMIT
			     ? "A conflict was committed there: mend that version first (\"xata "
			       "verify\" names all that is wrong with it), then try again."
			     : "It is what Git made of both texts, as where both sides gave the "
			       "folder another name: undo what is under way, give the project one "
			       "folder on both sides, and start again.");
		return rc;
	}
	int rc = fail(err, E_INVALID, "the ledger of %s is damaged: %s: %s", v->name, f->file,
		      f->message);
	hint(err, "Mend that version first; \"xata verify\" names all that is wrong with it.");
	return rc;
}

const struct vcs_entry *merge_sides_entry(const struct merge_sides *s, size_t version,
					  const char *file)
{
	const struct vcs_entry *e = vcs_entries_find(&s->versions[version].snapshot.entries, file);

	for (size_t i = s->spare_from; !e && i < s->count; i++)
		e = vcs_entries_find(&s->versions[i].snapshot.entries, file);
	return e;
}

static int read_object(struct record_source *src, const char *file, struct str *out,
		       struct error *err)
{
	/* The address of a struct's first member is that of the struct. */
	const struct version_source *from = (struct version_source *)(void *)src;
	const struct merge_sides *s = from->sides;
	const struct vcs_entry *e = merge_sides_entry(s, from->version, file);

	if (!e && s->files)
		return s->files->read(s->files, file, out, err);
	if (!e) {
		int rc = fail(err, E_NOTFOUND, "the ledger names it, but there is no such file");
		hint(err, "Mend that version first; \"xata verify\" names all that is wrong with "
			  "it.");
		return rc;
	}
	if (e->kind != VCS_FILE)
		return fail(err, E_INVALID, "this is no regular file");
	return s->vcs->ops->read(out, s->vcs, &e->id, RECORD_TEXT_MAX, err);
}

/* after: the version that this one probably comes before; NULL when nothing is known. */
static int open_version(struct merge_sides *s, const struct merge_version *given,
			const struct snapshot *after, struct error *err)
{
	struct version *v = &s->versions[s->count];

	v->name = given->name;
	v->where = given->place.where;
	v->source = xcalloc(1, sizeof *v->source);
	*v->source = (struct version_source){
		.base = {.read = read_object}, .sides = s, .version = s->count++};
	int rc = after ? snapshot_open_before(&v->snapshot, s->vcs, &given->place, after, err)
		       : snapshot_open(&v->snapshot, s->vcs, &given->place, err);
	if (rc < 0) {
		error_prefix(err, "%s", v->name);
		return rc;
	}
	snapshot_parse(&v->snapshot);
	return 0;
}

/* A side without any ledger would take all records away from the others. */
static int check_there(const struct merge_sides *s, struct error *err)
{
	bool had = false;

	for (size_t i = s->base_from; i < s->spare_from; i++)
		had = had || s->versions[i].snapshot.ledger.names.len;
	for (size_t i = 0; had && i < s->base_from; i++) {
		const struct version *v = &s->versions[i];
		if (vcs_entries_find(&v->snapshot.entries, LEDGER_FILE))
			continue;
		int rc = fail(err, E_INVALID, "%s has no \"" MIGRATIONS_DIR "/" LEDGER_FILE "\"",
			      v->name);
		hint(err,
		     "If its folder was renamed, \"xata merge --base REV --head REV --commit\" "
		     "follows it. If it was removed there, decide with Git whether the "
		     "project goes or stays, xata cannot tell.");
		return rc;
	}
	return 0;
}

/* Whether the sides behind upstream's left the ledger alone: then that may be what it will. */
static bool is_upstream_alone(const struct merge_sides *s, const struct snapshot *base)
{
	const struct vcs_entry *was = vcs_entries_find(&base->entries, LEDGER_FILE);
	bool alone = was && s->base_from > 1;

	for (size_t i = 1; alone && i < s->base_from; i++) {
		const struct vcs_entry *is = vcs_entries_find(&s->versions[i].snapshot.entries,
							      LEDGER_FILE);
		alone = is && vcs_id_eq(&was->id, &is->id);
	}
	return alone;
}

static struct merge_records records_of(const struct version *v, const struct merge_version *given)
{
	bool committed = given->place.where == VCS_COMMIT;

	return (struct merge_records){v->name, &given->place, &v->snapshot.entries,
				      committed ? &given->place.commit : NULL};
}

/* Nor may a side have the records of another project in their place. */
static int check_same(struct merge_sides *s, const struct merge_request *r, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->base_count * r->side_count; i++) {
		size_t from = i / r->side_count, at = i % r->side_count;
		const struct version *base = &s->versions[s->base_from + from];
		const struct merge_records before = records_of(base, &r->bases[from]);
		const struct merge_records now = records_of(&s->versions[at], &r->sides[at]);
		if (at > 0 || !is_upstream_alone(s, &base->snapshot))
			rc = merge_check_same(s->vcs, &now, &before, err);
	}
	return rc;
}

/* Nor may two sides be two projects, whatever that was which they come from. */
static int check_related(struct merge_sides *s, const struct merge_request *r, struct error *err)
{
	const struct merge_records first = records_of(&s->versions[0], &r->sides[0]);
	bool had = false, alone = false;
	int rc = 0;

	for (size_t i = s->base_from; i < s->spare_from; i++) {
		had = had || s->versions[i].snapshot.ledger.names.len;
		alone = alone || is_upstream_alone(s, &s->versions[i].snapshot);
	}
	for (size_t i = 1; rc == 0 && had && !alone && i < s->base_from; i++) {
		const struct merge_records other = records_of(&s->versions[i], &r->sides[i]);
		rc = merge_check_related(s->vcs, &first, &other, err);
	}
	return rc;
}

static int open_versions(struct merge_sides *s, const struct merge_request *r, struct error *err)
{
	int rc = 0;

	s->versions = xcalloc(r->side_count + r->base_count + r->spare_count, sizeof *s->versions);
	s->base_from = r->side_count;
	s->spare_from = r->side_count + r->base_count;
	const struct snapshot *side = &s->versions[0].snapshot; /* what the others lead to */
	for (size_t i = 0; rc == 0 && i < r->side_count; i++)
		rc = open_version(s, &r->sides[i], NULL, err);
	for (size_t i = 0; rc == 0 && i < r->base_count; i++)
		rc = open_version(s, &r->bases[i], side, err);
	for (size_t i = 0; rc == 0 && i < r->spare_count; i++)
		rc = open_version(s, &r->spare[i], side, err);
	for (size_t i = 0; rc == 0 && i < s->base_from; i++)
		rc = check_text(&s->versions[i], err);
	if (rc == 0)
		rc = check_there(s, err);
	/* Of texts alone nothing of this is known. */
	if (rc == 0 && !r->texts_only)
		rc = check_same(s, r, err);
	return rc < 0 || r->texts_only ? rc : check_related(s, r, err);
}

/* ---- reading records */

static int read_record(struct record **out, struct version *v, const char *name, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];
	AUTO_STR text = {.max = RECORD_TEXT_MAX};
	AUTO(record) *r = NULL;

	*out = NULL;
	int rc = record_file_name(file, name, err);
	if (rc == 0)
		rc = v->source->base.read(&v->source->base, file, &text, err);
	if (rc == 0)
		rc = record_parse(&r, str_view(&text), err);
	if (rc == 0 && !str_eq(record_name(r), name))
		rc = fail(err, E_INVALID, "it holds the record \"%s\"", record_name(r));
	if (rc < 0) {
		error_prefix(err, "\"" MIGRATIONS_DIR "/%s.json\" of %s", name, v->name);
		hint(err, "Mend that version first; \"xata verify\" names all that is wrong with "
			  "it.");
		return rc;
	}
	*out = steal(&r);
	return 0;
}

int merge_sides_record(struct record **out, const struct merge_sides *s, size_t side,
		       const char *name, struct error *err)
{
	return read_record(out, &s->versions[side], name, err);
}

/* ---- records whose own version is not at hand */

/* A v1 record has another name where it was chained anew; its id stays. */
static int read_by_id(struct record **out, struct merge_sides *s, const char *name,
		      struct error *err)
{
	const struct strs *names = &s->versions[0].snapshot.ledger.names;
	size_t len = record_name_v1_id(name);

	for (size_t i = 0; len && i < names->len; i++)
		if (record_name_v1_id(names->items[i]) == len &&
		    strncmp(names->items[i], name, len) == 0)
			return read_record(out, &s->versions[0], names->items[i], err);
	return fail(err, E_NOTFOUND, "the first side has no such record");
}

static int read_somewhere(struct record **out, struct merge_sides *s, struct version *v,
			  const char *name, struct error *err)
{
	struct error why = {0}, ignored = {0};
	int rc = read_record(out, v, name, &why);

	if (rc == E_NOTFOUND && s->texts_only && read_by_id(out, s, name, &ignored) == 0)
		return 0;
	if (rc < 0) {
		fail(err, rc, "%s", why.msg);
		hint(err, "%s", why.hint);
	}
	return rc;
}

/* A patch that does not add the record was made behind it: it was skipped, or never sent. */
static bool is_left_out(const struct merge_sides *s, const char *name)
{
	bool named = false;

	for (size_t i = s->base_from; s->texts_only && i < s->spare_from; i++)
		named = named || map_get(&s->versions[i].snapshot.ledger.index, name, NULL);
	return named;
}

/*
 * Puts records of the first side back into the chain that they had in another one. That it is the
 * one they had shows in the checksums of the records behind, which are not touched.
 */
static void chain_anew(struct records *records, const struct merge_sides *s)
{
	const struct map *first = &s->versions[0].snapshot.ledger.index;
	const char *id = *s->end.id ? s->end.id : NULL;
	const char *checksum = *s->end.checksum ? s->end.checksum : NULL;

	for (size_t i = 0; i < records->len && !id == !checksum; i++) {
		struct record *r = records->items[i];
		char chain[CHECKSUM_LEN + 1];
		bool there = map_get(first, record_name(r), NULL) && record_checksum(r);
		bool fits = str_eq(record_parent(r), id) &&
			    checksum_check(chain, r, checksum) != CHECKSUM_WRONG;
		if (there && !fits)
			record_chain(r, id, checksum);
		id = record_id(r);
		checksum = record_checksum(r);
	}
}

static int read_side(struct merge_sides *s, size_t side, struct error *err)
{
	struct version *v = &s->versions[side];
	const struct strs *names = &v->snapshot.ledger.names;

	for (size_t i = s->common; i < names->len; i++) {
		struct record *r = NULL;
		struct error why = {0};
		int rc = read_somewhere(&r, s, v, names->items[i], &why);
		if (rc == E_NOTFOUND && side > 0 && is_left_out(s, names->items[i])) {
			strs_add(&s->left_out, names->items[i]);
			continue;
		}
		if (rc < 0) {
			*err = why;
			return rc;
		}
		records_take(&v->records, r);
	}
	if (s->texts_only && side > 0 && !s->left_out.len)
		chain_anew(&v->records, s);
	return 0;
}

/* A record of a merge base that cannot be read cannot tell anything either. */
static void read_base(struct merge_sides *s, struct version *v)
{
	const struct map *common = &s->versions[0].snapshot.ledger.index;
	const struct strs *names = &v->snapshot.ledger.names;

	for (size_t i = 0; i < names->len; i++) {
		AUTO(record) *r = NULL;
		struct error ignored = {0};
		size_t at;
		if (map_get(common, names->items[i], &at) && at < s->common)
			continue;
		if (read_somewhere(&r, s, v, names->items[i], &ignored) == 0)
			records_take(&s->ancestor, steal(&r));
	}
	if (s->texts_only && !s->left_out.len)
		chain_anew(&s->ancestor, s);
}

/* ---- what all sides have alike */

static void find_common(struct merge_sides *s)
{
	s->common = s->versions[0].snapshot.ledger.names.len;
	for (size_t i = 1; i < s->base_from; i++) {
		AUTO_VALUE(snapshot_common) c = {0};
		snapshot_compare(&c, &s->versions[0].snapshot, &s->versions[i].snapshot);
		if (c.records < s->common)
			s->common = c.records;
	}
	/* A single side goes on from what the base has. */
	if (s->base_from == 1 && s->spare_from > 1) {
		AUTO_VALUE(snapshot_common) c = {0};
		snapshot_compare(&c, &s->versions[0].snapshot, &s->versions[1].snapshot);
		s->common = c.records;
	}
}

static int read_common_schema(struct merge_sides *s, struct error *err)
{
	struct version *v = &s->versions[0];

	for (size_t i = 0; i < s->common; i++) {
		AUTO(record) *r = NULL;
		int rc = read_record(&r, v, v->snapshot.ledger.names.items[i], err);
		if (rc == 0)
			rc = schema_apply(s->schema, r, err);
		if (rc < 0) {
			if (r)
				error_prefix(err, "record \"%s\"", record_name(r));
			return rc;
		}
	}
	return 0;
}

static int take_up_chain(struct merge_sides *s, size_t read_common, struct error *err)
{
	struct version *v = &s->versions[0];
	const struct ledger *l = &v->snapshot.ledger;

	int rc = ledger_end(&s->end, l, s->common, &v->source->base, err);
	if (rc < 0) {
		error_prefix(err, "%s", v->name);
		return rc;
	}
	history_from_ledger(&s->history, l);
	history_truncate(&s->history, s->common);
	bool all = s->common <= read_common;
	s->schema = schema_new(all ? RECORD_NONE : s->end.format);
	if (!all)
		schema_open_up(s->schema);
	return all ? read_common_schema(s, err) : 0;
}

static void fill_in(struct merge_sides *s, const struct merge_request *request)
{
	s->inputs = xcalloc(s->base_from, sizeof(const struct records *));
	for (size_t i = 0; i < s->base_from; i++)
		s->inputs[i] = &s->versions[i].records;
	s->input = (struct resolve_input){
		.base = {.id = s->end.id,
			 .checksum = s->end.checksum,
			 .format = s->end.format,
			 .schema = s->schema,
			 .history = &s->history},
		.ancestor = request->base_count ? &s->ancestor : NULL,
		.sides = s->inputs,
		.side_count = s->base_from,
		.unfounded = s->left_out.len > 0,
		.options = request->options,
	};
}

int merge_sides_read(struct merge_sides **out, struct vcs *v, const struct merge_request *request,
		     struct error *err)
{
	AUTO(merge_sides) *s = xcalloc(1, sizeof *s);

	*out = NULL;
	s->vcs = v;
	s->files = request->files;
	s->texts_only = request->texts_only;
	int rc = open_versions(s, request, err);
	if (rc < 0)
		return rc;
	find_common(s);
	rc = take_up_chain(s, request->read_common, err);
	for (size_t i = 0; rc == 0 && i < s->base_from; i++)
		rc = read_side(s, i, err);
	if (rc < 0)
		return rc;
	for (size_t i = s->base_from; i < s->spare_from; i++)
		read_base(s, &s->versions[i]);
	fill_in(s, request);
	*out = steal(&s);
	return 0;
}
