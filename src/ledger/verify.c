/* Walks a history from its first record to its last and reports what is not as it should be. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "ledger/operation.h"
#include "ledger/verify_impl.h"

#include "base/banned.h"

/* What the walk carries from record to record. The buffers are reused, as there may be 100,000. */
struct walk {
	struct verify_result *result;
	struct findings *findings;
	const struct ledger *ledger;
	char greatest_id[RECORD_ID_MAX + 1];
	bool out_of_order; /* from then on all ids are kept: */
	struct strs ids;
	struct map by_id;
	struct str text, buffer;
	bool chain_known; /* false behind a record that could not be read */
	bool not_applied; /* from here on operations are not: two histories in one, or too much */
	/* After a wrong checksum: what it should be, in case only the member was changed. */
	char other_chain[CHECKSUM_LEN + 1];
};

/* One record on its way. */
struct step {
	const char *name; /* the ledger line */
	char file[RECORD_NAME_MAX + 1];
	const struct record *record;
	size_t at; /* its place in the ledger, from 0 */
};

#define ADVICE_RESTORE                                                                           \
	"Restore the file from Git, or take the branch's history with \"xata pull --force\"; a " \
	"record that is only here is made anew by \"xata new\". After \"git am\" or \"git "      \
	"rebase\", run \"xata resolve\"."

/* A checksum is wrong most often as Git put the record behind others than it was made behind. */
#define ADVICE_CHAIN                                                                               \
	"\"xata resolve\" mends it after \"git am\" or \"git rebase\". Restore the file from Git " \
	"otherwise, or take the branch's history with \"xata pull --force\"; a record that is "    \
	"only here is made anew by \"xata new\"."

#define ADVICE_TOO_MUCH                                                                          \
	"Order and checksums were checked. Make the record anew with fewer operations; where a " \
	"branch has it, see who pushed it."

/* Everything about one record is reported at its file. */
#define report(w, kind, s, advice, ...) \
	findings_add((w)->findings, (kind), (s)->file, 0, (advice), __VA_ARGS__)

static void set_text(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

/* ---- the text of the file */

static bool differs_by_cr(struct view text, struct view printed)
{
	size_t j = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n')
			continue;
		if (j == printed.len || text.ptr[i] != printed.ptr[j++])
			return false;
	}
	return j == printed.len;
}

static void check_text(struct walk *w, const struct step *s)
{
	struct view text = str_view(&w->text);

	if (view_starts(text, "\xEF\xBB\xBF")) {
		report(w, FIND_BOM, s, "Save the file without a byte order mark.",
		       "the file starts with a UTF-8 byte order mark");
		text = view_make(text.ptr + 3, text.len - 3);
	}
	str_clear(&w->buffer);
	record_print(&w->buffer, s->record);
	if (view_eq(text, str_view(&w->buffer)))
		return;
	if (differs_by_cr(text, str_view(&w->buffer)))
		report(w, FIND_CRLF, s, ADVICE_CRLF, "lines end with CR LF instead of LF");
	else
		report(w, FIND_REFORMATTED, s,
		       "Keep formatters away from .xata/migrations; the record itself is the same.",
		       "the file was formatted again after it was written");
}

/* ---- name, order, parent */

static bool is_renamed(const struct step *s)
{
	return strcmp(record_name(s->record), s->name) != 0;
}

/* Only the digits differ, which a v1 name takes from the checksum. */
static bool has_other_digits(const struct step *s)
{
	const char *id = record_id(s->record);
	size_t len = strlen(id);

	return record_format(s->record) == RECORD_V1 && strncmp(id, s->name, len) == 0 &&
	       s->name[len] == '_';
}

static void report_name(struct walk *w, const struct step *s)
{
	report(w, FIND_WRONG_NAME, s,
	       "Give the file and its ledger line the name that the record states, or restore the "
	       "record from Git.",
	       "the record in this file is named \"%s\"", record_name(s->record));
}

/* Adds the id that a v1 name holds; false when an earlier name holds it too, at *before. */
static bool add_id(struct walk *w, size_t at, size_t *before)
{
	const char *name = w->ledger->names.items[at];
	size_t len = record_name_v1_id(name);

	if (len == 0)
		return true;
	char *id = xstrndup(name, len);
	if (map_get(&w->by_id, id, before)) {
		free(id);
		return false;
	}
	strs_take(&w->ids, id);
	map_add(&w->by_id, id, at);
	return true;
}

/*
 * Names are unique, so only v1 records, whose names hold more than the id, can share one. Ids sort
 * by time: as long as each is greater than all before, none is there twice and nothing needs to be
 * remembered but the greatest. (A record that is not the one its file is named after is another
 * finding.)
 */
static void check_id(struct walk *w, const struct step *s)
{
	const char *id = record_id(s->record);
	size_t before;

	if (record_format(s->record) != RECORD_V1)
		return;
	if (!w->out_of_order && strcmp(id, w->greatest_id) > 0) {
		set_text(w->greatest_id, sizeof w->greatest_id, id);
		return;
	}
	for (size_t i = 0; !w->out_of_order && i < s->at; i++)
		add_id(w, i, &before);
	w->out_of_order = true;
	if (add_id(w, s->at, &before))
		return;
	report(w, FIND_DUPLICATE_ID, s, "Keep one of the two records, the one that the branch has.",
	       "the id \"%s\" belongs to record %zu of the ledger already, \"%s\"", id, before + 1,
	       w->ledger->names.items[before]);
}

/* False when the formats are mixed, which explains a wrong parent and checksum. */
static bool check_format(struct walk *w, const struct step *s)
{
	enum record_format before = w->result->format, now = record_format(s->record);

	if (before == RECORD_NONE || before == now)
		return true;
	if (before == RECORD_V1 && record_parent(s->record))
		return true; /* a converted branch goes on from its last v1 record */
	w->not_applied = true;
	report(w, FIND_MIXED_FORMATS, s,
	       "A ledger belongs to one branch: move the records of the other branch to a project "
	       "of their own.",
	       "a %s record cannot follow a %s record%s", record_format_name(now),
	       record_format_name(before),
	       before == RECORD_V1 ? " without naming it as its parent" : "");
	return false;
}

static const char *expected_parent(const struct walk *w, const struct step *s)
{
	return s->at == 0 ? NULL : w->result->head_id;
}

static bool check_parent(struct walk *w, const struct step *s)
{
	const char *found = record_parent(s->record), *expected = expected_parent(w, s);

	if (str_eq(found, expected))
		return true;
	if (!expected)
		report(w, FIND_WRONG_PARENT, s,
		       "Put the records that come before it back: restore .xata/migrations from "
		       "Git.",
		       "the first record has a parent, \"%s\", but should have none", found);
	else
		report(w, FIND_WRONG_PARENT, s,
		       "Put the lines of .ledger back into their order, or restore "
		       ".xata/migrations from Git. In a merge, run \"xata resolve\".",
		       "the parent is %s%s%s, but the record before is \"%s\"", found ? "\"" : "",
		       found ? found : "missing", found ? "\"" : "", expected);
	return false;
}

/* ---- checksum */

/* A parent whose own checksum is wrong may have had its content changed, or that member. */
static enum checksum_state checksum_state(struct walk *w, char computed[CHECKSUM_LEN + 1],
					  const struct step *s)
{
	const char *chain = s->at == 0 ? NULL : w->result->chain;
	enum checksum_state state = checksum_check_with(&w->buffer, computed, s->record, chain);

	if (state != CHECKSUM_WRONG || !*w->other_chain)
		return state;
	char other[CHECKSUM_LEN + 1];
	enum checksum_state again = checksum_check_with(&w->buffer, other, s->record,
							w->other_chain);
	if (again != CHECKSUM_WRONG)
		memcpy(computed, other, sizeof other);
	return again;
}

static void report_checksum(struct walk *w, const struct step *s, enum checksum_state state,
			    const char *computed)
{
	const char *own = record_checksum(s->record);

	switch (state) {
	case CHECKSUM_WRONG:
		report(w, FIND_WRONG_CHECKSUM, s, s->at == 0 ? ADVICE_RESTORE : ADVICE_CHAIN,
		       "record \"%s\" was edited after it was made%s: its checksum is %.10s…, its "
		       "content gives %.10s…",
		       record_name(s->record),
		       s->at == 0 ? "" : ", or the one before it was replaced", own, computed);
		break;
	case CHECKSUM_UNSEALED:
		report(w, FIND_UNSEALED, s, "Run \"xata seal\" to add the checksums.",
		       "the record has no chainChecksum, so only its order and parent are checked");
		break;
	case CHECKSUM_VALID_ESCAPED:
		report(w, FIND_ESCAPED_CHECKSUM, s,
		       "Leave it as it is: the checksum is part of the record.",
		       "the checksum covers <, > and & in their escaped form");
		break;
	case CHECKSUM_VALID:
		break;
	}
}

/* Whether the checksum is wrong; the chain goes on from what the record itself states. */
static bool check_checksum(struct walk *w, const struct step *s, bool in_place)
{
	const char *own = record_checksum(s->record);
	char computed[CHECKSUM_LEN + 1] = "";
	bool checkable = in_place && (s->at == 0 || w->chain_known);
	enum checksum_state state = own ? CHECKSUM_VALID : CHECKSUM_UNSEALED;

	if (checkable)
		state = checksum_state(w, computed, s);
	report_checksum(w, s, state, computed);
	w->chain_known = own || checkable;
	set_text(w->result->chain, sizeof w->result->chain, own ? own : computed);
	set_text(w->other_chain, sizeof w->other_chain, state == CHECKSUM_WRONG ? computed : "");
	return state == CHECKSUM_WRONG;
}

/* ---- operations */

static void check_kinds(struct walk *w, const struct step *s)
{
	json_t *op;
	size_t i;

	json_array_foreach(record_operations(s->record), i, op)
	{
		const char *name = operation_name(op);
		if (!name || operation_known(record_format(s->record), name))
			continue;
		report(w, FIND_UNKNOWN_OPERATION, s,
		       "Update xata to see what the operation does; it is kept as it is.",
		       "operation %zu is of a kind that this version does not know, \"%.100s\"",
		       i + 1, name);
	}
}

static void check_operations(struct walk *w, const struct step *s)
{
	struct error err = {0};

	check_kinds(w, s);
	if (w->not_applied)
		return;
	int rc = schema_apply(w->result->schema, s->record, &err);
	w->not_applied = rc == E_LIMIT && schema_is_overworked(w->result->schema);
	if (w->not_applied)
		report(w, FIND_UNCHECKED_OPERATION, s, ADVICE_TOO_MUCH,
		       "operations are not checked from here on: %s", err.msg);
	else if (rc < 0)
		report(w, FIND_BAD_OPERATION, s, ADVICE_RESTORE, "%s", err.msg);
	if (rc < 0)
		schema_open_up(w->result->schema); /* what follows may build on it */
}

/* ---- one record */

/* One cause, one finding: a file that holds quite another record only has the wrong name. */
static bool is_foreign(const struct walk *w, const struct step *s)
{
	return is_renamed(s) && !has_other_digits(s) &&
	       !str_eq(record_parent(s->record), expected_parent(w, s));
}

static void set_head(struct walk *w, const char *name, const char *id, size_t id_len)
{
	set_text(w->result->head, sizeof w->result->head, name);
	set_text(w->result->head_id, sizeof w->result->head_id, id);
	w->result->head_id[id_len] = '\0';
}

static void set_head_by_line(struct walk *w, const struct step *s)
{
	size_t v1 = record_name_v1_id(s->name);

	set_head(w, s->name, s->name, v1 ? v1 : strlen(s->name));
	if (v1)
		w->result->format = RECORD_V1;
}

/* Goes on behind a record that is not there or cannot be read: its name gives its id. */
static void step_over(struct walk *w, const struct step *s)
{
	w->chain_known = false;
	w->other_chain[0] = '\0';
	w->result->chain[0] = '\0';
	set_head_by_line(w, s);
	if (w->result->schema)
		schema_open_up(w->result->schema);
}

static void check_record(struct walk *w, const struct step *s, const struct verify_options *o)
{
	check_text(w, s);
	check_id(w, s);
	bool in_place = check_format(w, s) && check_parent(w, s);
	bool wrong = check_checksum(w, s, in_place);
	if (is_renamed(s) && !wrong)
		report_name(w, s);
	if (!record_done(s->record))
		report(w, FIND_NOT_DONE, s,
		       "Nothing is wrong with the record: complete or roll back the migration on "
		       "its branch if it still runs.",
		       "the migration was still running when the record was written");
	if (!o || !o->skip_operations)
		check_operations(w, s);
	w->result->format = record_format(s->record);
	if (wrong &&
	    is_renamed(s)) /* its name was edited too: what follows builds on the old one */
		set_head_by_line(w, s);
	else
		set_head(w, record_name(s->record), record_id(s->record),
			 strlen(record_id(s->record)));
}

/* 1: read; 0: reported; < 0: the source failed. */
static int read_file(struct walk *w, const struct step *s, struct record_source *src,
		     struct error *err)
{
	struct error own = {0};

	str_clear(&w->text);
	int rc = src->read(src, s->file, &w->text, &own);
	if (rc == E_NOTFOUND) {
		report(w, FIND_MISSING_FILE, s, own.hint[0] ? own.hint : ADVICE_RESTORE,
		       "the ledger names this record, but its file is missing");
		return 0;
	}
	if (rc == E_INVALID || rc == E_LIMIT) {
		report(w, FIND_UNREADABLE, s, ADVICE_RESTORE, "%s", own.msg);
		return 0;
	}
	if (rc < 0) {
		if (err && err->code == E_OK)
			*err = own;
		return rc;
	}
	return 1;
}

static int verify_line(struct walk *w, struct step *s, struct record_source *src,
		       const struct verify_options *o, struct error *err)
{
	struct error own = {0};
	AUTO(record) *r = NULL;

	if (record_file_name(s->file, s->name, &own) < 0) {
		findings_add(w->findings, FIND_BAD_NAME, ".ledger", 0,
			     "Remove the line, or restore the ledger from Git.", "%s", own.msg);
		return 0;
	}
	int rc = read_file(w, s, src, err);
	if (rc > 0 && record_parse(&r, str_view(&w->text), &own) < 0)
		report(w, FIND_BAD_RECORD, s, ADVICE_RESTORE, "%s", own.msg);
	if (rc < 0)
		return rc;
	s->record = r;
	w->result->records += r ? 1 : 0;
	if (r && !is_foreign(w, s)) {
		check_record(w, s, o);
		return 0;
	}
	if (r)
		report_name(w, s);
	step_over(w, s);
	return 0;
}

/* ---- behind records that are taken as right */

static void note_greatest_id(struct walk *w, size_t trusted)
{
	char id[RECORD_ID_MAX + 1];

	for (size_t i = 0; i < trusted; i++) {
		const char *name = w->ledger->names.items[i];
		size_t len = record_name_v1_id(name);
		if (len == 0 || len >= sizeof id || strncmp(name, w->greatest_id, len) < 0)
			continue;
		memcpy(w->greatest_id, name, len);
		w->greatest_id[len] = '\0';
	}
}

/* A trusted record that cannot be read after all: everything is read, which then says what is. */
static size_t start_behind(struct walk *w, size_t trusted, struct record_source *src)
{
	struct error ignored = {0};
	struct chain_end end;

	if (trusted == 0 || ledger_end(&end, w->ledger, trusted, src, &ignored) < 0)
		return 0;
	memcpy(w->result->chain, end.checksum, sizeof w->result->chain);
	w->result->format = end.format;
	set_head(w, w->ledger->names.items[trusted - 1], end.id, strlen(end.id));
	note_greatest_id(w, trusted);
	w->chain_known = true;
	if (w->result->schema) {
		schema_free(w->result->schema);
		w->result->schema = schema_new(w->result->format);
		schema_open_up(w->result->schema);
	}
	return trusted;
}

/* ---- the files that no line names */

static void check_files(struct walk *w, const struct strs *files)
{
	static const char suffix[] = ".json";
	char name[RECORD_NAME_MAX + 1];

	for (size_t i = 0; i < files->len; i++) {
		const char *file = files->items[i];
		size_t len = strlen(file);
		if (file[0] == '.' || !ends_with(file, suffix))
			continue;
		struct view stem = view_make(file, len - (sizeof suffix - 1));
		if (!record_name_valid(stem)) {
			findings_add(w->findings, FIND_BAD_NAME, file, 0,
				     "Move the file out of .xata/migrations.",
				     "this cannot be the name of a record");
			continue;
		}
		memcpy(name, stem.ptr, stem.len);
		name[stem.len] = '\0';
		if (!map_get(&w->ledger->index, name, NULL))
			findings_add(w->findings, FIND_EXTRA_FILE, file, 0,
				     "Where Git has stopped in a merge, run \"xata resolve\". "
				     "Else restore .ledger from Git if it lost the line, or move "
				     "the file out of the folder; \"xata new FILE\" then puts its "
				     "record behind the others, if it is to stay.",
				     "no line of the ledger names this file");
	}
}

/* ---- the whole */

static void walk_release(struct walk *w)
{
	map_release(&w->by_id);
	strs_release(&w->ids);
	str_release(&w->text);
	str_release(&w->buffer);
}

int ledger_verify(struct verify_result *result, struct findings *findings, const struct ledger *l,
		  struct record_source *src, const struct verify_options *options,
		  struct error *err)
{
	struct walk w = {.result = result,
			 .findings = findings,
			 .ledger = l,
			 .text = {.max = RECORD_TEXT_MAX}};
	int rc = 0;

	*result = (struct verify_result){0};
	if (!options || !options->skip_operations)
		result->schema = schema_new(RECORD_NONE);
	size_t trusted = options ? options->trusted : 0, first = 0;
	if (trusted)
		first = start_behind(&w, trusted < l->names.len ? trusted : l->names.len, src);
	if (result->schema && options && options->schema_work)
		schema_limit_work(result->schema, options->schema_work);
	for (size_t i = first; rc == 0 && i < l->names.len; i++) {
		struct step s = {.name = l->names.items[i], .at = i};
		rc = verify_line(&w, &s, src, options, err);
	}
	if (rc == 0)
		verify_same_files(findings, l, first);
	if (rc == 0 && options && options->files)
		check_files(&w, options->files);
	walk_release(&w);
	if (result->schema)
		schema_limit_work(result->schema, SCHEMA_WORK_MAX);
	if (rc < 0)
		schema_free(steal(&result->schema));
	return rc;
}
