/* Prints a finished report of xata ci in the forms that CI systems read. */
#include <string.h>

#include "base/alloc.h"
#include "base/markup.h"
#include "base/sha256.h"
#include "xata/ci_report.h"

#define SHOWN_MAX ((size_t)400) /* bytes of the error in a comment */

/* Whether the failure is only the sum of issues that were told one by one. */
static bool told(const struct ci_report *r)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->issues[i].level == CI_ERROR)
			return true;
	return false;
}

/* ---- Markdown */

void ci_print_markdown(const struct ci_report *r, const char *name, int rc, const struct error *err)
{
	AUTO_STR out = {0};

	/* The comment can be found again by its first line, which nobody sees. */
	str_printf(&out, "<!-- xata-ci-%s -->\n### xata ci %s: %s\n\n", name, name,
		   rc < 0 ? "failed" : "passed");
	if (rc < 0) {
		str_put_markdown_code(&out, view_of(err->msg), SHOWN_MAX);
		str_puts(&out, err->hint[0] ? "<br>" : "");
		str_put_markdown_code(&out, view_of(err->hint), SHOWN_MAX);
		str_puts(&out, "\n\n");
	}
	str_putv(&out, str_view(&r->markdown));
	if (r->cut)
		str_printf(&out, "\nThere is more than a comment can hold: run `xata ci %s`.\n",
			   name);
	say_raw(r->out, str_view(&out));
}

/* ---- GitHub's workflow commands */

static void put_property(struct str *out, char separator, const char *key, const char *value)
{
	if (!value)
		return;
	str_printf(out, "%c%s=", separator, key);
	str_put_workflow_property(out, view_of(value));
}

static void put_command(struct str *out, const struct ci_issue *issue)
{
	static const char *const names[] = {"error", "warning", "notice"};
	AUTO_FREE char *title = xasprintf("xata: %s", issue->kind);

	str_printf(out, "::%s", names[issue->level]);
	put_property(out, ' ', "file", issue->file);
	if (issue->file)
		str_printf(out, ",line=%ld", issue->line);
	put_property(out, issue->file ? ',' : ' ', "title", title);
	str_puts(out, "::");
	str_put_workflow_data(out, view_of(issue->message));
	if (issue->hint && *issue->hint) {
		str_puts(out, "%0A"); /* a line end */
		str_put_workflow_data(out, view_of(issue->hint));
	}
	str_putc(out, '\n');
}

void ci_print_commands(const struct ci_report *r, int rc, const struct error *err)
{
	AUTO_STR out = {0};

	if (*r->token)
		str_printf(&out, "::%s::\n", r->token);
	for (size_t i = 0; i < r->len; i++)
		put_command(&out, &r->issues[i]);
	if (rc < 0 && !told(r))
		put_command(&out, &(struct ci_issue){
					  .level = CI_ERROR,
					  .kind = error_name(rc),
					  .message = (char *)(uintptr_t)err->msg,
					  .hint = (char *)(uintptr_t)err->hint,
				  });
	say_raw(r->out, str_view(&out));
}

/* ---- GitLab's code quality report */

static json_t *issue_to_json(const struct ci_issue *issue, const char *file)
{
	static const char *const severities[] = {"critical", "major", "info"};
	AUTO_STR about = {0};
	char digest[SHA256_HEX + 1];
	json_t *o = json_object(), *location = json_object(), *lines = json_object();

	str_printf(&about, "%s\n%s\n%s", issue->kind, file, issue->message);
	sha256_hex(digest, str_view(&about));
	str_clear(&about);
	str_puts(&about, issue->message);
	if (issue->hint && *issue->hint)
		str_printf(&about, ": %s", issue->hint);
	json_put_string(o, "description", str_cstr(&about));
	json_put_string(o, "check_name", issue->kind);
	json_put_string(o, "fingerprint", digest);
	json_put_string(o, "severity", severities[issue->level]);
	json_put(lines, "begin", json_integer(issue->line > 0 ? issue->line : 1));
	json_put_string(location, "path", file);
	json_put(location, "lines", lines);
	json_put(o, "location", location);
	return o;
}

/* Every issue needs a file: the ledger stands for what is about none. */
void ci_print_quality(const struct ci_report *r, int rc, const struct error *err)
{
	AUTO_JSON *list = json_array();
	AUTO_STR text = {0};
	AUTO_FREE char *ledger = xasprintf("%s.ledger",
					   r->folder ? r->folder : ".xata/migrations/");

	for (size_t i = 0; i < r->len; i++) {
		const struct ci_issue *issue = &r->issues[i];
		json_array_append_new(list,
				      issue_to_json(issue, issue->file ? issue->file : ledger));
	}
	if (rc < 0 && !told(r)) {
		const struct ci_issue failure = {
			.level = CI_ERROR,
			.kind = error_name(rc),
			.message = (char *)(uintptr_t)err->msg,
			.hint = (char *)(uintptr_t)err->hint,
		};
		json_array_append_new(list, issue_to_json(&failure, ledger));
	}
	json_write(&text, list, JSON_FORM_PRETTY);
	str_putc(&text, '\n');
	say_raw_json(r->out, str_view(&text));
}
