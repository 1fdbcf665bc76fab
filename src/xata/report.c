/* What several commands print: findings, records, and how two histories relate. */
#include "xata/report.h"

#include <stdio.h>

#include "ledger/operation.h"
#include "sync/news.h"

void verify_result_release(struct verify_result *r)
{
	schema_free(r->schema);
	r->schema = NULL;
}

int verify_workdir(struct verify_result *result, struct findings *findings, struct workdir *w,
		   struct error *err)
{
	AUTO_VALUE(strs) files = {0};

	int rc = workdir_other_files(&files, w, err);
	if (rc < 0)
		return rc;
	findings_copy(findings, workdir_ledger_findings(w));
	struct verify_options options = {.files = &files};
	return ledger_verify(result, findings, workdir_ledger(w), workdir_source(w), &options, err);
}

static json_t *finding_to_json(const struct finding *f)
{
	json_t *o = json_object();

	json_put_string(o, "kind", finding_name(f->kind));
	json_put_string(o, "level", finding_level_name(finding_level(f->kind)));
	json_put_string(o, "file", f->file);
	json_put(o, "line", f->line ? json_integer(f->line) : json_null());
	json_put_string(o, "message", f->message);
	json_put_string(o, "remedy", f->hint);
	return o;
}

static bool is_said(enum finding_level level, enum findings_said said)
{
	return level == FINDING_ERROR || said == SAY_ALL ||
	       (level == FINDING_COSMETIC && said == SAY_COSMETIC);
}

void report_findings(struct output *o, const struct findings *findings, enum findings_said said)
{
	json_t *list = json_array();
	struct output asked = *o; /* what fails was asked for: --quiet keeps it */

	asked.quiet = o->quiet && findings->errors == 0 && said != SAY_ALL;
	for (size_t i = 0; i < findings->len; i++) {
		const struct finding *f = &findings->items[i];
		enum finding_level level = finding_level(f->kind);
		char line[32] = "";
		json_array_append_new(list, finding_to_json(f));
		if (!is_said(level, said))
			continue;
		if (f->line)
			snprintf(line, sizeof line, ":%ld", f->line);
		say_color(&asked, level == FINDING_ERROR ? COLOR_RED : COLOR_YELLOW, "%s%s: %s",
			  f->file, line, f->message);
		say(&asked, "    %s", f->hint);
	}
	if (findings->len == FINDINGS_MAX)
		say(&asked, "… and more: only the first %d findings are listed.", FINDINGS_MAX);
	json_put(o->doc, "findings", list);
	json_t *counts = json_pack("{s:I, s:I, s:I}", "errors", (json_int_t)findings->errors,
				   "unsealed", (json_int_t)findings->unsealed, "cosmetic",
				   (json_int_t)findings->cosmetic);
	json_put(o->doc, "counts", counts);
}

json_t *record_to_json(const struct record *r)
{
	json_t *o = json_object(), *summaries = json_array();
	const json_t *operations = record_operations(r);

	json_put_string(o, "name", record_name(r));
	json_put_string(o, "id", record_id(r));
	json_put_string(o, "format", record_format_name(record_format(r)));
	json_put(o, "parent", record_parent(r) ? json_string(record_parent(r)) : json_null());
	json_put(o, "checksum", record_checksum(r) ? json_string(record_checksum(r)) : json_null());
	json_put_string(o, "title", record_title(r));
	json_put_string(o, "startedAt", record_started_at(r));
	for (size_t i = 0; i < json_array_size(operations); i++) {
		AUTO_STR text = {0};
		operation_summary(&text, record_format(r), json_array_get(operations, i));
		json_array_append_new(summaries, json_string(str_cstr(&text)));
	}
	json_put(o, "summary", summaries);
	return o;
}

void report_record_line(struct output *o, const char *prefix, enum color color,
			const struct record *r)
{
	AUTO_STR text = {0};
	const json_t *operations = record_operations(r);
	size_t n = json_array_size(operations);

	if (record_title(r))
		str_puts(&text, record_title(r));
	else if (n)
		operation_summary(&text, record_format(r), json_array_get(operations, 0));
	else
		str_puts(&text, "(no operations)");
	if (!record_title(r) && n > 1)
		str_printf(&text, " … and %zu more", n - 1);
	say_color(o, color, "%s%s  %s", prefix, record_name(r), str_cstr(&text));
}

#define LISTED_MAX 20 /* records of one side that people see; --json has all */

int report_news_lines(struct output *o, const char *prefix, enum color color,
		      const struct spool *news, struct error *err)
{
	if (o->json || o->quiet)
		return 0;
	for (size_t i = 0; i < news->len && i < LISTED_MAX; i++) {
		AUTO(record) *r = NULL;
		int rc = news_record(&r, news, i, err);
		if (rc < 0)
			return rc;
		report_record_line(o, prefix, color, r);
	}
	if (news->len > LISTED_MAX)
		say(o, "    … and %zu more", news->len - LISTED_MAX);
	return 0;
}

int news_to_json(json_t **out, const struct spool *news, struct error *err)
{
	AUTO_JSON *list = json_array();

	for (size_t i = 0; i < news->len; i++) {
		AUTO(record) *r = NULL;
		int rc = news_record(&r, news, i, err);
		if (rc < 0)
			return rc;
		json_array_append_new(list, record_to_json(r));
	}
	*out = steal(&list);
	return 0;
}

/* With its title, unless the file cannot be read: then the name alone has to do. */
static void say_local_record(struct output *o, const struct local_history *local, const char *name)
{
	AUTO(record) *r = NULL;
	struct error ignored = {0};

	if (local->record(&r, local->ctx, name, &ignored) == 0)
		report_record_line(o, "  < ", COLOR_GREEN, r);
	else
		say_color(o, COLOR_GREEN, "  < %s", name);
}

int say_both_sides(struct output *o, const struct comparison *c, const struct local_history *local,
		   struct error *err)
{
	size_t here = local->history->len - c->common;

	if (o->json || o->quiet)
		return 0;
	if (here)
		say(o, "Only here (%zu):", here);
	for (size_t i = 0; i < here && i < LISTED_MAX; i++)
		say_local_record(o, local, history_at(local->history, c->common + i)->name);
	if (here > LISTED_MAX)
		say(o, "    … and %zu more", here - LISTED_MAX);
	if (c->news.len)
		say(o, "Only on the branch (%zu):", c->news.len);
	return report_news_lines(o, "  > ", COLOR_YELLOW, &c->news, err);
}

void note_unfinished(const struct output *o, const struct comparison *c)
{
	static const char text[] = "Migration \"%s\" is not completed on the branch, so it is not "
				   "pulled yet.";

	if (c->head.active)
		note(o, text, c->head.active);
	for (size_t i = 0; i < c->unfinished.len; i++)
		if (!str_eq(c->unfinished.items[i], c->head.active))
			note(o, text, c->unfinished.items[i]);
}

void hint_diverged(struct error *err, const char *branch)
{
	if (err->code == E_DIVERGED)
		hint(err,
		     "\"xata rebase %.60s\" puts what is only here on top of the branch's history; "
		     "\"xata pull --force\" takes that history without it, keeping a backup.",
		     branch);
}

int report_comparison(struct output *o, const struct comparison *c,
		      const struct local_history *local, struct error *err)
{
	json_t *here = json_array(), *there = NULL;
	const struct history *h = local->history;

	/* Only --json shows them, and there may be many. */
	for (size_t i = c->common; o->json && i < h->len; i++)
		json_array_append_new(here, json_string(history_at(h, i)->name));
	json_put_string(o->doc, "relation", relation_name(c->relation));
	json_put(o->doc, "common",
		 c->common ? json_string(history_at(h, c->common - 1)->name) : json_null());
	json_put(o->doc, "onlyLocal", here);
	if (!o->json)
		return 0;
	int rc = news_to_json(&there, &c->news, err);
	if (rc == 0)
		json_put(o->doc, "onlyRemote", there);
	return rc;
}
