/* Collects what a command of xata ci found, and prints it as text on the way. */
#include "xata/ci_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/markup.h"
#include "base/xid.h"
#include "ledger/destructive.h"
#include "ledger/operation.h"
#include "xata/conflicts.h"
#include "xata/report.h"

#define COMMENT_MAX ((size_t)60000) /* bytes; GitHub takes 65,536 characters */
#define SHOWN_MAX ((size_t)300)	    /* bytes of one text in a comment */
#define LISTED_MAX ((size_t)50)	    /* records that people see; --json has all */

void ci_report_release(struct ci_report *r)
{
	for (size_t i = 0; i < r->len; i++) {
		free(r->issues[i].file);
		free(r->issues[i].message);
		free(r->issues[i].hint);
	}
	free(r->issues);
	free(r->folder);
	str_release(&r->markdown);
}

/* wanted: one of CI_FORMATS, or NULL. */
static enum ci_format choose_format(const char *wanted, enum ci_system system)
{
	static const char *const names[] = {[CI_TEXT] = "text",
					    [CI_MARKDOWN] = "markdown",
					    [CI_COMMANDS] = "github",
					    [CI_QUALITY] = "gitlab"};

	for (size_t i = 0; wanted && i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], wanted) == 0)
			return (enum ci_format)i;
	return system == CI_GITHUB ? CI_COMMANDS : CI_TEXT;
}

/* From here on GitHub takes nothing for a command until the token comes, which nobody can guess. */
static void stop_commands(struct ci_report *r)
{
	unsigned char bytes[16];
	AUTO_STR line = {0};

	random_bytes(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(r->token + 2 * i, 3, "%02x", bytes[i]);
	str_printf(&line, "::stop-commands::%s\n", r->token);
	say_raw(r->out, str_view(&line));
}

int ci_report_start(struct ci_report *r, struct output *out, const char *wanted,
		    enum ci_system system, struct error *err)
{
	r->out = out;
	r->plain = *out;
	r->markdown.max = COMMENT_MAX;
	if (out->json && wanted)
		return fail(err, E_USAGE, "--format and --json cannot be given together");
	r->format = out->json ? CI_TEXT : choose_format(wanted, system);
	r->plain.json = out->json || r->format == CI_MARKDOWN || r->format == CI_QUALITY;
	if (r->format == CI_COMMANDS)
		stop_commands(r);
	return 0;
}

void ci_report_place(struct ci_report *r, const char *folder)
{
	free(r->folder);
	r->folder = xasprintf("%s%s.xata/migrations/", folder, *folder ? "/" : "");
}

/* ---- the comment */

/* Appends whole lines only, and nothing more once one did not fit. */
static void put_markdown(struct ci_report *r, struct str *line)
{
	str_putc(line, '\n');
	if (!r->cut && str_ok(line) && str_room(&r->markdown) >= line->len)
		str_putv(&r->markdown, str_view(line));
	else
		r->cut = true;
}

static void put_code(struct str *out, const char *text)
{
	str_put_markdown_code(out, view_of(text), SHOWN_MAX);
}

/* ---- lines */

#define HOLE_NAME "{}"
#define HOLE_SENTENCE "{text}"

/* The template with its holes filled: as code, or for people, then only names are in quotes. */
static void fill_in(struct str *out, bool markdown, const char *text, const struct ci_names *names)
{
	size_t next = 0;

	while (*text) {
		size_t plain = strcspn(text, "{");
		str_put(out, text, plain);
		text += plain;
		if (!*text)
			break;
		const char *name = names && next < ARRAY_LEN(names->items) ? names->items[next++]
									   : NULL;
		bool sentence = strncmp(text, HOLE_SENTENCE, strlen(HOLE_SENTENCE)) == 0;
		const char *quote = sentence ? "" : "\"";
		if (markdown) {
			put_code(out, name);
		} else {
			str_puts(out, quote);
			str_put_safe(out, view_of(name));
			str_puts(out, quote);
		}
		text += strlen(sentence ? HOLE_SENTENCE : HOLE_NAME);
	}
}

void ci_report_line(struct ci_report *r, enum color color, const char *text,
		    const struct ci_names *names)
{
	AUTO_STR line = {0};

	fill_in(&line, r->format == CI_MARKDOWN, text, names);
	if (r->format != CI_MARKDOWN) {
		say_color(&r->plain, color, "%s", str_cstr(&line));
		return;
	}
	/* A paragraph of its own, whatever stands before it and comes behind it. */
	AUTO_STR paragraph = {0};
	str_printf(&paragraph, "\n%s\n", str_cstr(&line));
	put_markdown(r, &paragraph);
}

void ci_report_item(struct ci_report *r, enum color color, const char *text,
		    const struct ci_names *names)
{
	AUTO_STR line = {0};

	str_puts(&line, r->format == CI_MARKDOWN ? "- " : "  ");
	fill_in(&line, r->format == CI_MARKDOWN, text, names);
	if (r->format == CI_MARKDOWN)
		put_markdown(r, &line);
	else
		say_color(&r->plain, color, "%s", str_cstr(&line));
}

/* ---- issues */

/* Takes file, message and hint. */
static void add_issue(struct ci_report *r, const struct ci_issue *given)
{
	if (r->len == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		r->issues = xrealloc(r->issues, r->cap, sizeof *r->issues);
	}
	r->issues[r->len++] = *given;
}

void ci_report_note(struct ci_report *r, enum ci_level level, const char *kind, const char *text)
{
	ci_report_line(r, level == CI_NOTICE ? COLOR_NONE : COLOR_YELLOW, text, NULL);
	ci_report_mark(r, level, kind, text, NULL);
}

void ci_report_mark(struct ci_report *r, enum ci_level level, const char *kind, const char *message,
		    const char *hint)
{
	add_issue(r, &(struct ci_issue){
			     .level = level,
			     .kind = kind,
			     .message = xstrdup(message),
			     .hint = xstrdup(hint),
		     });
}

/* A file of .xata/migrations as the repository knows it. */
static char *path_of(const struct ci_report *r, const char *file)
{
	return r->folder && file ? xasprintf("%s%s", r->folder, file) : NULL;
}

static char *file_of_record(const struct ci_report *r, const char *name)
{
	AUTO_FREE char *file = name ? xasprintf("%s.json", name) : NULL;

	return path_of(r, file);
}

/* ---- records and what cannot be taken back */

static void put_destructive(json_t *list, const struct record *rec, size_t at, enum destructive how,
			    const char *summary)
{
	json_t *o = json_object();

	json_put_string(o, "record", record_name(rec));
	json_put(o, "operation", json_integer((json_int_t)at + 1));
	json_put_string(o, "kind", destructive_name(how));
	json_put_string(o, "summary", summary);
	json_put_string(o, "reason", destructive_reason(how));
	json_array_append_new(list, o);
}

static void show_operation(struct ci_report *r, const char *summary, enum destructive how)
{
	AUTO_STR line = {0};

	if (how)
		say_color(&r->plain, COLOR_YELLOW, "      %s  << %s: %s", summary,
			  destructive_name(how), destructive_reason(how));
	else
		say(&r->plain, "      %s", summary);
	str_puts(&line, "  - ");
	put_code(&line, summary);
	if (how)
		str_printf(&line, " **%s**: %s", destructive_name(how), destructive_reason(how));
	put_markdown(r, &line);
}

static void show_record(struct ci_report *r, const struct record *rec)
{
	AUTO_STR line = {0};
	AUTO_STR title = {0};

	str_put_safe(&title, view_of(record_title(rec)));
	say_color(&r->plain, COLOR_GREEN, "  + %s%s%s", record_name(rec), title.len ? "  " : "",
		  str_cstr(&title));
	str_puts(&line, "- ");
	put_code(&line, record_name(rec));
	str_puts(&line, title.len ? " " : "");
	put_code(&line, str_cstr(&title));
	put_markdown(r, &line);
}

/* Returns how many operations of the record cannot be taken back. */
static size_t report_record(struct ci_report *r, const struct record *rec, json_t *list, bool shown)
{
	const json_t *operations = record_operations(rec);
	size_t found = 0;

	if (shown)
		show_record(r, rec);
	for (size_t i = 0; i < json_array_size(operations); i++) {
		const json_t *op = json_array_get(operations, i);
		enum destructive how = operation_destructive(record_format(rec), op);
		AUTO_STR summary = {0};
		operation_summary(&summary, record_format(rec), op);
		if (shown)
			show_operation(r, str_cstr(&summary), how);
		if (!how)
			continue;
		found++;
		put_destructive(list, rec, i, how, str_cstr(&summary));
		add_issue(r, &(struct ci_issue){
				     .level = CI_WARNING,
				     .kind = destructive_name(how),
				     .file = file_of_record(r, record_name(rec)),
				     .line = 1,
				     .message = xasprintf("operation %zu cannot be taken back: %s",
							  i + 1, str_cstr(&summary)),
				     .hint = xstrdup(destructive_reason(how)),
			     });
	}
	return found;
}

size_t ci_report_records(struct ci_report *r, const struct records *records,
			 const struct strs *without)
{
	json_t *list = json_array(), *destructive = json_array();
	size_t found = 0, listed = 0;

	for (size_t i = 0; i < records->len; i++) {
		const struct record *rec = records->items[i];
		if (without && strs_has(without, record_name(rec)))
			continue;
		json_array_append_new(list, record_to_json(rec));
		found += report_record(r, rec, destructive, listed++ < LISTED_MAX);
	}
	json_put(r->out->doc, "toApply", list);
	json_put(r->out->doc, "destructive", destructive);
	if (listed > LISTED_MAX) {
		AUTO_FREE char *more = xasprintf("… and %zu more", listed - LISTED_MAX);
		ci_report_line(r, COLOR_NONE, more, NULL);
	}
	return found;
}

/* ---- findings and conflicts */

static void show_issue(struct ci_report *r, const char *what, const char *message, const char *hint)
{
	AUTO_STR line = {0};

	str_printf(&line, "- **%s**: ", what);
	put_code(&line, message);
	str_puts(&line, hint && *hint ? "<br>" : "");
	put_code(&line, hint);
	put_markdown(r, &line);
}

static enum ci_level level_of(enum finding_kind kind, bool strict)
{
	return finding_level(kind) == FINDING_ERROR || strict ? CI_ERROR : CI_WARNING;
}

void ci_report_findings(struct ci_report *r, const struct findings *findings, bool strict)
{
	report_findings(&r->plain, findings, strict ? SAY_ALL : SAY_COSMETIC);
	for (size_t i = 0; i < findings->len; i++) {
		const struct finding *f = &findings->items[i];
		/* Unsealed records are as they have always been: no reason to mark each. */
		if (finding_level(f->kind) == FINDING_UNSEALED && !strict)
			continue;
		AUTO_FREE char *about = xasprintf("%s: %s", f->file, f->message);
		show_issue(r, finding_name(f->kind), about, f->hint);
		add_issue(r, &(struct ci_issue){
				     .level = level_of(f->kind, strict),
				     .kind = finding_name(f->kind),
				     .file = path_of(r, f->file),
				     .line = f->line ? f->line : 1,
				     .message = xstrdup(f->message),
				     .hint = xstrdup(f->hint),
			     });
	}
}

void ci_report_conflicts(struct ci_report *r, const struct conflicts *conflicts)
{
	report_conflicts(&r->plain, conflicts);
	for (size_t i = 0; i < conflicts->len; i++) {
		const struct conflict *c = &conflicts->items[i];
		show_issue(r, conflict_name(c->kind), c->message, c->accepted ? NULL : c->hint);
		add_issue(r, &(struct ci_issue){
				     .level = c->accepted ? CI_NOTICE : CI_ERROR,
				     .kind = conflict_name(c->kind),
				     .file = file_of_record(r, c->ours),
				     .line = 1,
				     .message = xstrdup(c->message),
				     .hint = xstrdup(c->hint),
			     });
	}
}

/* ---- the end */

void ci_report_finish(struct ci_report *r, const char *name, int rc, const struct error *err)
{
	if (!r->out || r->out->json)
		return;
	if (r->format == CI_COMMANDS)
		ci_print_commands(r, rc, err);
	else if (r->format == CI_MARKDOWN)
		ci_print_markdown(r, name, rc, err);
	else if (r->format == CI_QUALITY)
		ci_print_quality(r, rc, err);
}
