/* Reads the ledger of a version and verifies it, at a cost that follows what changed. */
#include "project/snapshot.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

#define ADVICE_ADD                                                                            \
	"If the file is here, \"git add\" it; else \"git restore --staged --worktree FILE\" " \
	"brings back what HEAD has, and a record that is only here is made anew by \"xata new\"."

void snapshot_release(struct snapshot *s)
{
	vcs_entries_release(&s->entries);
	str_release(&s->text);
	ledger_release(&s->ledger);
	findings_release(&s->findings);
}

static int read_object(struct record_source *src, const char *file_name, struct str *out,
		       struct error *err)
{
	/* The address of a struct's first member is that of the struct. */
	struct snapshot *s = ((struct snapshot_source *)(void *)src)->of;
	const struct vcs_entry *e = vcs_entries_find(&s->entries, file_name);

	if (!e) {
		int rc = fail(err, E_NOTFOUND, "\"%s/%s\" does not exist", MIGRATIONS_DIR,
			      file_name);
		if (s->staged)
			hint(err, ADVICE_ADD);
		return rc;
	}
	if (e->kind != VCS_FILE)
		return fail(err, E_INVALID, "this is no regular file");
	return s->vcs->ops->read(out, s->vcs, &e->id, RECORD_TEXT_MAX, err);
}

void snapshot_start(struct snapshot *s, struct vcs *v)
{
	s->vcs = v;
	s->objects = (struct snapshot_source){.base = {.read = read_object}, .of = s};
	s->source = &s->objects.base;
	s->text.max = LEDGER_TEXT_MAX;
}

static void report_conflicts(struct snapshot *s)
{
	const char *advice = s->renamed_apart
				     ? "Both sides gave the project's folder another name: undo "
				       "what is under way, give it one folder on both sides, and "
				       "start again."
				     : "Run \"xata resolve\": upstream's records go first, as they "
				       "are, and the others behind them.";

	for (size_t i = 0; i < s->entries.len; i++)
		if (s->entries.items[i].conflicted)
			findings_add(&s->findings, FIND_IN_CONFLICT, s->entries.items[i].name, 0,
				     advice, "the file is in conflict: Git could not merge it");
}

void snapshot_parse(struct snapshot *s)
{
	if (s->parsed)
		return;
	s->parsed = true;
	report_conflicts(s);
	ledger_parse(&s->ledger, str_view(&s->text), &s->findings);
}

/* One side of a conflict is a version like any other: only the whole index is in conflict. */
static bool is_side(const struct vcs_place *place)
{
	return place->where == VCS_INDEX_BASE || place->where == VCS_INDEX_OURS ||
	       place->where == VCS_INDEX_THEIRS;
}

static int fail_kind(struct error *err)
{
	int rc = fail(err, E_INVALID, "\"%s/%s\" is no regular file", MIGRATIONS_DIR, LEDGER_FILE);

	hint(err, "Put it back as it was: \"git log -- %s/%s\" lists the commits that changed it.",
	     MIGRATIONS_DIR, LEDGER_FILE);
	return rc;
}

/*
 * Where both sides renamed the folder, each name has a ledger of one side alone and without a base,
 * in which Git put what it made of both texts: nothing can be resolved from that.
 */
static int find_renamed_apart(struct snapshot *s, const struct vcs_place *index, struct error *err)
{
	static const enum vcs_where sides[] = {VCS_INDEX_BASE, VCS_INDEX_OURS, VCS_INDEX_THEIRS};
	bool has[ARRAY_LEN(sides)] = {0};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(sides); i++) {
		AUTO_VALUE(vcs_entries) entries = {0};
		struct vcs_place place = {.where = sides[i], .project = index->project};
		rc = s->vcs->ops->list(&entries, s->vcs, &place, MIGRATIONS_DIR, err);
		has[i] = vcs_entries_find(&entries, LEDGER_FILE);
	}
	s->renamed_apart = rc == 0 && !has[0] && has[1] != has[2];
	return rc;
}

int snapshot_open(struct snapshot *out, struct vcs *v, const struct vcs_place *place,
		  struct error *err)
{
	snapshot_start(out, v);
	out->staged = place->where == VCS_INDEX;
	int rc = v->ops->list(&out->entries, v, place, MIGRATIONS_DIR, err);
	for (size_t i = 0; is_side(place) && i < out->entries.len; i++)
		out->entries.items[i].conflicted = false;
	const struct vcs_entry *e = rc < 0 ? NULL : vcs_entries_find(&out->entries, LEDGER_FILE);
	if (e && e->kind != VCS_FILE)
		rc = fail_kind(err);
	else if (e && !e->conflicted && place->where == VCS_INDEX)
		rc = v->ops->read_at(&out->text, v, MIGRATIONS_DIR "/" LEDGER_FILE, &e->id,
				     LEDGER_TEXT_MAX, err);
	else if (e && e->conflicted)
		rc = find_renamed_apart(out, place, err);
	else if (e)
		rc = v->ops->read(&out->text, v, &e->id, LEDGER_TEXT_MAX, err);
	return rc;
}

int snapshot_open_files(struct snapshot *out, struct vcs *v, struct workdir *w, struct error *err)
{
	static const struct vcs_place files = {.where = VCS_FILES};

	snapshot_start(out, v);
	out->source = workdir_source(w);
	int rc = v->ops->list(&out->entries, v, &files, MIGRATIONS_DIR, err);
	if (rc < 0)
		return rc;
	str_putv(&out->text, workdir_ledger_text(w));
	return str_check(&out->text, ".ledger", err);
}

int snapshot_record(struct record **out, struct snapshot *s, const char *name, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];
	AUTO_STR text = {.max = RECORD_TEXT_MAX};

	*out = NULL;
	int rc = record_file_name(file, name, err);
	if (rc < 0)
		return rc;
	rc = s->source->read(s->source, file, &text, err);
	if (rc == 0)
		rc = record_parse(out, str_view(&text), err);
	if (rc < 0)
		error_prefix(err, MIGRATIONS_DIR "/%s", file);
	return rc;
}

/* ---- what is the same */

/*
 * The place in the ledger of the record that a file holds; false when it has none. Ids sort by
 * time, so that files and lines are mostly in the same order: guess is tried first.
 */
static bool place_of(size_t *out, const struct ledger *l, const char *file, size_t guess)
{
	char name[RECORD_NAME_MAX + 1];

	if (!record_name_of_file(name, file))
		return false;
	*out = guess;
	return (guess < l->names.len && strcmp(l->names.items[guess], name) == 0) ||
	       map_get(&l->index, name, out);
}

static bool same_object(const struct vcs_entry *a, const struct vcs_entry *b)
{
	return a->kind == VCS_FILE && b->kind == VCS_FILE && !a->conflicted && !b->conflicted &&
	       vcs_id_eq(&a->id, &b->id);
}

#define NOWHERE SIZE_MAX

/* For each entry of now that base has with the same object: the place of its record. */
static void find_same(size_t *places, bool *same, const struct snapshot *now,
		      const struct snapshot *base)
{
	const struct vcs_entries *a = &now->entries, *b = &base->entries;
	size_t j = 0, guess = 0;

	for (size_t i = 0; i < a->len; i++) {
		int order = -1;
		size_t at;
		places[i] = NOWHERE;
		while (j < b->len && (order = strcmp(b->items[j].name, a->items[i].name)) < 0)
			j++;
		if (j == b->len || order != 0 || !same_object(&a->items[i], &b->items[j]) ||
		    !place_of(&at, &now->ledger, a->items[i].name, guess))
			continue;
		places[i] = at;
		same[at] = true;
		guess = at + 1;
	}
}

/* How many names base has when now only adds lines to its text, NOWHERE when it does not. */
static size_t extended(const struct snapshot *now, const struct snapshot *base)
{
	struct view was = str_view(&base->text), is = str_view(&now->text), line;
	size_t lines = 0;

	if (now->findings.len || was.len > is.len || memcmp(was.ptr, is.ptr, was.len) != 0 ||
	    (was.len && was.ptr[was.len - 1] != '\n'))
		return NOWHERE;
	while (view_line(&was, &line))
		lines++;
	return lines;
}

bool snapshot_extends(const struct snapshot *now, const struct snapshot *base)
{
	return extended(now, base) != NOWHERE;
}

/* How many leading names are the same; *all: base has no more. */
static size_t same_names(bool *all, const struct snapshot *now, struct snapshot *base)
{
	const struct strs *a = &now->ledger.names, *b = &base->ledger.names;
	size_t n = extended(now, base);

	*all = true;
	if (n != NOWHERE)
		return n;
	snapshot_parse(base);
	n = 0;
	while (n < a->len && n < b->len && strcmp(a->items[n], b->items[n]) == 0)
		n++;
	*all = n == b->len;
	return n;
}

void snapshot_common_release(struct snapshot_common *c)
{
	free(c->entries);
	*c = (struct snapshot_common){0};
}

void snapshot_compare(struct snapshot_common *out, struct snapshot *now, struct snapshot *base)
{
	snapshot_parse(now);
	AUTO_FREE size_t *places = xcalloc(now->entries.len + 1, sizeof *places);
	AUTO_FREE bool *same = xcalloc(now->ledger.names.len + 1, sizeof *same);
	size_t names = same_names(&out->whole_base, now, base);

	find_same(places, same, now, base);
	while (out->records < names && same[out->records])
		out->records++;
	out->whole_base = out->whole_base && out->records == names;
	out->entries = xcalloc(now->entries.len + 1, sizeof *out->entries);
	for (size_t i = 0; i < now->entries.len; i++)
		out->entries[i] = places[i] < out->records;
}

/* ---- verification */

static void take_findings(struct findings *to, const struct findings *from)
{
	for (size_t i = 0; i < from->len; i++) {
		const struct finding *f = &from->items[i];
		findings_add(to, f->kind, f->file, f->line, f->hint, "%s", f->message);
	}
}

/* False when Git has no answer yet to what the files are: nothing else can be said of them. */
static bool is_settled(const struct snapshot *s)
{
	for (size_t i = 0; i < s->entries.len; i++)
		if (s->entries.items[i].conflicted)
			return false;
	return true;
}

/* The names of files that the verification has to look at, beside those of the ledger's lines. */
static void list_files(struct strs *out, const struct snapshot *now,
		       const struct snapshot_common *common)
{
	for (size_t i = 0; i < now->entries.len; i++) {
		bool known = common->entries && common->entries[i];
		if (!known && now->entries.items[i].kind != VCS_FOLDER)
			strs_add(out, now->entries.items[i].name);
	}
}

int snapshot_verify(struct verify_result *result, struct findings *findings, size_t *unchanged,
		    struct snapshot *now, const struct snapshot_check *check, struct error *err)
{
	AUTO_VALUE(snapshot_common) common = {0};
	AUTO_VALUE(strs) files = {0};
	int rc = 0;

	*unchanged = 0;
	snapshot_parse(now);
	take_findings(findings, &now->findings);
	if (!is_settled(now))
		return 0;
	if (check->base)
		snapshot_compare(&common, now, check->base);
	if (check->append_only && !common.whole_base)
		rc = snapshot_check_appends(findings, now, check->base, common.records,
					    check->append_only, err);
	if (rc < 0)
		return rc;
	list_files(&files, now, &common);
	*unchanged = check->full ? 0 : common.records;
	struct verify_options options = {.files = &files, .trusted = *unchanged};
	return ledger_verify(result, findings, &now->ledger, now->source, &options, err);
}
