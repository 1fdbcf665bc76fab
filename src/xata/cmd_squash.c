/* xata squash: folds local-only records into one with the same effect. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "ledger/squash.h"
#include "sync/news.h"
#include "xata/commands.h"
#include "xata/lookup.h"
#include "xata/prefix.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"since", 0, "NAME", "fold only the records behind this one"},
	{"title", 0, "TEXT", "title of the new v1 record; the last one's without it"},
	{"message", 'm', "TEXT", "longer text of the new v1 record; all titles without it"},
	{"name", 0, "NAME", "name of the new pgroll record; the last one's without it"},
	{"dry-run", 'n', NULL, "only show what would be done"},
	{0},
};

struct squashing {
	struct invocation *inv;
	struct workdir *w;
	bool dry_run;
	char *branch; /* NULL: none was asked */
	struct local_side local;
	struct comparison c; /* with the branch; empty without one */
	size_t from;	     /* position of the first record to fold */
	struct records records;
	struct squash squash;
	char *backup;
};

static void squashing_release(struct squashing *s)
{
	free(s->branch);
	local_side_release(&s->local);
	comparison_release(&s->c);
	records_release(&s->records);
	squash_release(&s->squash);
	free(s->backup);
}
AUTO_VALUE_DEFINE(squashing)

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static const char *name_at(const struct squashing *s, size_t at)
{
	return history_at(&s->local.history, at)->name;
}

/* ---- which records */

static int ask_branch(struct squashing *s, struct error *err)
{
	struct invocation *inv = s->inv;
	enum branch_source how;
	struct api *api = NULL;

	int rc = session_branch(&s->branch, &how, inv, args_word(&inv->args, 0), err);
	if (rc == 0)
		rc = session_workdir(&s->w, inv, s->dry_run ? WORKDIR_READ : WORKDIR_WRITE, err);
	if (rc == 0)
		rc = session_local(&s->local, inv, s->branch, err);
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	struct endpoint *e = api_endpoint(api, s->branch);
	rc = compare_contents_apart(&s->c, &s->local.view, e, err);
	e->ops->close(e);
	s->from = s->c.common;
	return rc < 0 ? rc : history_load(&s->local.history, err);
}

/* Only with --since: what the branches have is known as far as they were seen. */
static int ask_nobody(struct squashing *s, struct error *err)
{
	int rc = session_workdir(&s->w, s->inv, s->dry_run ? WORKDIR_READ : WORKDIR_WRITE, err);

	return rc < 0 ? rc : session_local_alone(&s->local, s->inv, err);
}

static int start_behind(struct squashing *s, const char *since, struct error *err)
{
	size_t at = 0;
	int rc = since ? ledger_lookup(&at, workdir_ledger(s->w), since, err) : 0;

	if (rc < 0 || !since)
		return rc;
	if (at + 1 < s->from) {
		rc = fail(err, E_CONFLICT,
			  "record \"%s\" behind \"%s\" is on branch \"%s\" already",
			  name_at(s, at + 1), name_at(s, at), s->branch);
		hint(err, "Leave --since out: then all that is not on the branch is folded.");
		return rc;
	}
	s->from = at + 1;
	return 0;
}

/*
 * A record that the branch has in another place is no common one, and is there all the same. With
 * other content it is when one side has folded it with others, which leaves a pgroll name to the
 * fold, and the other has pushed it as it was.
 */
static int check_elsewhere(const struct squashing *s, struct error *err)
{
	AUTO_STR id = {0};

	for (size_t i = 0; i < s->c.news.len; i++) {
		size_t at;
		int rc = news_id(&id, &s->c.news, i, err);
		if (rc < 0)
			return rc;
		if (!history_find(&s->local.history, str_cstr(&id), &at) || at < s->from)
			continue;
		rc = fail(err, E_CONFLICT,
			  "record \"%s\" is on branch \"%s\" already, in another place or with "
			  "other content",
			  name_at(s, at), s->branch);
		hint(err, "Run \"xata rebase %.60s\" first.", s->branch);
		return rc;
	}
	return 0;
}

/* Other branches that have what is to be folded, as far as this project has seen them. */
static int check_seen(const struct squashing *s, struct error *err)
{
	const struct tracking_query query = {.now = &s->local.history, .from = s->from};
	AUTO_FREE char *key = NULL;
	size_t at;

	if (s->branch) {
		session_warn_seen(s->inv, &s->local.history, s->from, NULL, s->branch);
		return 0;
	}
	if (!workdir_tracking_find(&key, &at, s->w, &query))
		return 0;
	int rc = fail(err, E_CONFLICT, "record \"%s\" is on a branch already: %s", name_at(s, at),
		      key);
	hint(err, "Fold only what is behind it, or name the branch that this is meant for: then "
		  "that one is asked.");
	return rc;
}

static int choose(struct squashing *s, struct error *err)
{
	const struct args *a = &s->inv->args;
	const char *since = args_value(a, "since");
	struct project *p;

	int rc = session_project(&p, s->inv, err);
	if (rc == 0)
		rc = since && !args_word(a, 0) ? ask_nobody(s, err) : ask_branch(s, err);
	if (rc == 0)
		rc = start_behind(s, since, err);
	if (rc == 0)
		rc = check_elsewhere(s, err);
	return rc < 0 ? rc : check_seen(s, err);
}

/* ---- deciding */

/* What is folded gets a new checksum: an edited record must not come to look right by that. */
static int check_chain(const struct squashing *s, const struct chain_base *base, struct error *err)
{
	AUTO_VALUE(rebase_plan) plan = {0};
	struct rebase_input in = {.base = *base, .ours = &s->records};

	int rc = rebase_plan(&plan, &in, err);
	if (rc == 0)
		rc = conflicts_check(&plan.conflicts, err);
	if (rc < 0 || plan.changed == 0)
		return rc;
	rc = fail(err, E_INVALID, "the local-only records are no chain behind \"%s\"",
		  base->id && *base->id ? base->id : "the start");
	hint(err, "Run \"xata rebase\" first, which puts them right.");
	return rc;
}

static int check_options(const struct args *a, enum record_format format, struct error *err)
{
	if (format == RECORD_V1 && args_value(a, "name"))
		return fail(err, E_USAGE, "a v1 record has no name of its own");
	if (format == RECORD_PGROLL && (args_value(a, "title") || args_value(a, "message")))
		return fail(err, E_USAGE, "a pgroll record has neither a title nor a message");
	return 0;
}

/* Everything follows from the records, so that doing it again gives the same bytes. */
static int fold(struct squashing *s, const struct chain_base *base, struct error *err)
{
	const struct args *a = &s->inv->args;
	const struct record *last = s->records.items[s->records.len - 1];
	char id[RECORD_ID_MAX + 1];
	struct squash_input in = {
		.base = *base,
		.records = &s->records,
		.id = args_value(a, "name"),
		.title = args_value(a, "title"),
		.message = args_value(a, "message"),
	};

	int rc = check_options(a, record_format(last), err);
	if (rc < 0)
		return rc;
	if (record_format(last) == RECORD_V1) {
		squash_id(id, &s->records);
		in.id = id;
	} else {
		if (!in.id)
			in.id = record_name(last);
		if (!record_started_at(last) ||
		    !clock_parse(&in.started_at, record_started_at(last)))
			in.started_at = 0;
	}
	if (args_value(a, "name"))
		rc = ledger_check_case(workdir_ledger(s->w), in.id, err);
	if (rc == 0)
		rc = squash(&s->squash, &in, err);
	if (rc == E_INVALID && args_value(a, "name"))
		hint(err, "Choose another name.");
	return rc;
}

static int decide(struct squashing *s, struct error *err)
{
	AUTO_VALUE(prefix) prefix = {0};

	int rc = prefix_read(&prefix, s->w, s->from, err);
	if (rc == 0)
		rc = local_only_read(&s->records, s->w, s->from, err);
	if (rc == 0)
		rc = check_chain(s, &prefix.base, err);
	return rc < 0 ? rc : fold(s, &prefix.base, err);
}

/* ---- doing and saying */

static int apply(struct squashing *s, struct error *err)
{
	AUTO_VALUE(strs) remove = {0};
	struct records add = {.items = &s->squash.record, .len = s->squash.record ? 1 : 0};
	struct workdir_change change = {.command = "squash", .add = &add, .remove = &remove};

	for (size_t i = 0; i < s->records.len; i++)
		strs_add(&remove, record_name(s->records.items[i]));
	return workdir_apply(&s->backup, s->w, &change, err);
}

/*
 * --json: {"branch": name or null, "squashed": [names], "record": as record_to_json() has it or
 * null, "operationsBefore", "operationsAfter": numbers, "backup": folder or null}.
 */
static void put_result(const struct squashing *s)
{
	const struct output *o = &s->inv->out;
	json_t *squashed = json_array();

	for (size_t i = 0; i < s->records.len; i++)
		json_array_append_new(squashed, json_string(record_name(s->records.items[i])));
	put_text(o, "branch", s->branch);
	json_put(o->doc, "squashed", squashed);
	json_put(o->doc, "record",
		 s->squash.record ? record_to_json(s->squash.record) : json_null());
	json_put(o->doc, "operationsBefore", json_integer((json_int_t)s->squash.operations_before));
	json_put(o->doc, "operationsAfter", json_integer((json_int_t)s->squash.operations_after));
	put_text(o, "backup", s->backup);
}

static void say_result(const struct squashing *s)
{
	struct output *o = &s->inv->out;
	size_t n = s->records.len, before = s->squash.operations_before,
	       after = s->squash.operations_after;

	for (size_t i = 0; i < n; i++)
		report_record_line(o, "  - ", COLOR_YELLOW, s->records.items[i]);
	if (s->squash.record)
		report_record_line(o, "  + ", COLOR_GREEN, s->squash.record);
	if (n == 1) {
		say(o, "%s the record another name.", s->dry_run ? "Would give" : "Gave");
	} else if (s->squash.record) {
		say(o, "%s %zu records with %zu operation%s into one with %zu.",
		    s->dry_run ? "Would fold" : "Folded", n, before, plural(before), after);
	} else {
		say(o, "The %zu records cancel out: nothing %s of them.", n,
		    s->dry_run ? "would be left" : "is left");
	}
	if (s->backup)
		say(o, "The records as they were are in %s/.", s->backup);
}

static int say_nothing_to_do(const struct squashing *s, size_t n)
{
	const struct output *o = &s->inv->out;

	put_result(s);
	if (args_value(&s->inv->args, "since"))
		say(o, "Nothing to fold: %s behind \"%s\".",
		    n ? "only one record is" : "nothing is", name_at(s, s->from - 1));
	else
		say(o, "Nothing to fold: %s only here.", n ? "one record is" : "nothing is");
	return 0;
}

/* One record is nothing to fold, but it may get another name. */
static bool is_renaming(const struct squashing *s, size_t n)
{
	const char *name = args_value(&s->inv->args, "name");

	return n == 1 && name && !str_eq(name, name_at(s, s->from));
}

static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(squashing) s = {.inv = inv, .dry_run = args_flag(&inv->args, "dry-run")};

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = choose(&s, err);
	if (rc < 0)
		return rc;
	size_t n = s.local.history.len - s.from;
	if (n < 2 && !is_renaming(&s, n))
		return say_nothing_to_do(&s, n);
	rc = decide(&s, err);
	if (rc == 0 && !s.dry_run)
		rc = apply(&s, err);
	if (rc < 0)
		return rc;
	put_result(&s);
	say_result(&s);
	return 0;
}

const struct command cmd_squash = {
	.name = "squash",
	.args = "[<branch>]",
	.summary = "fold local-only migrations into one with the same effect",
	.description =
		"Folds the records that the branch lacks into one that does the same, leaving out\n"
		"what cancels out; the records as they were move to .xata/backup/. Refuses where\n"
		"raw SQL makes the effect undecidable, with status 4. With --since and without a\n"
		"branch no endpoint is asked. A single record gets the name that --name says.",
	.options = options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.run = run,
};
