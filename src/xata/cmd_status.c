/* xata status: where the project stands, like `git status`. */
#include <stdlib.h>

#include "base/alloc.h"
#include "xata/commands.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"offline", 0, NULL, "do not ask the endpoint"},
	{0},
};

/*
 * --json: {"project": root, "config": file or null, "localHead": {"id", "checksum"} or null,
 * "records", "format", "findings" and "counts" as verify has them}, then "offline": true, or
 * {"endpoint", "branch", "remoteHead": {"id", "checksum": may be null} or null, "active": name or
 * null, "unfinished": [names], "ahead", "behind"} and what report_comparison() sets.
 */
static void put_head(struct output *o, const char *member, const char *id, const char *checksum)
{
	json_t *head = json_null();

	if (id) {
		head = json_object();
		json_put_string(head, "id", id);
		json_put(head, "checksum", checksum ? json_string(checksum) : json_null());
	}
	json_put(o->doc, member, head);
}

/* Findings of the whole local ledger: verified even when the endpoint cannot be reached. */
static int local_part(struct invocation *inv, struct workdir *w, struct error *err)
{
	AUTO_VALUE(findings) findings = {0};
	AUTO_VALUE(verify_result) result = {0};
	struct output *o = &inv->out;

	int rc = verify_workdir(&result, &findings, w, err);
	if (rc < 0)
		return rc;
	put_head(o, "localHead", result.head_id[0] ? result.head_id : NULL,
		 result.chain[0] ? result.chain : NULL);
	json_put(o->doc, "records", json_integer((json_int_t)result.records));
	json_put_string(o->doc, "format", record_format_name(result.format));
	if (result.head[0])
		say(o, "Local head:  %s (%zu record%s, %s)", result.head, result.records,
		    result.records == 1 ? "" : "s", record_format_name(result.format));
	else
		say(o, "Local head:  none, the ledger %s",
		    findings.errors ? "cannot be used" : "is empty");
	report_findings(o, &findings, SAY_ERRORS);
	if (findings.errors)
		say_color(o, COLOR_RED, "Verify:      %zu finding%s, see \"xata verify\"",
			  findings.errors, findings.errors == 1 ? "" : "s");
	else
		say(o, "Verify:      clean%s",
		    findings.unsealed ? " (unsealed pgroll records: \"xata seal\")" : "");
	return findings.errors ? 1 : 0;
}

static int say_relation(struct output *o, const struct comparison *c,
			const struct local_history *local, const char *branch, struct error *err)
{
	size_t ahead = local->history->len - c->common, behind = c->news.len;
	const char *base = c->common ? history_at(local->history, c->common - 1)->name
				     : "the very start";

	json_put(o->doc, "ahead", json_integer((json_int_t)ahead));
	json_put(o->doc, "behind", json_integer((json_int_t)behind));
	switch (c->relation) {
	case RELATION_EQUAL:
		say_color(o, COLOR_GREEN, "Up to date.");
		break;
	case RELATION_AHEAD:
		say_color(o, COLOR_YELLOW, "%zu ahead: \"xata push\" sends them.", ahead);
		break;
	case RELATION_BEHIND:
		say_color(o, COLOR_YELLOW, "%zu behind: \"xata pull\" fetches them.", behind);
		break;
	case RELATION_DIVERGED:
		say_color(o, COLOR_RED, "Diverged after %s: %zu only here, %zu only there.", base,
			  ahead, behind);
		say(o, "\"xata rebase %s\" puts what is only here on top.", branch);
		break;
	}
	return say_both_sides(o, c, local, err);
}

static void say_active(struct output *o, const struct comparison *c)
{
	json_t *unfinished = json_array();

	if (c->head.active)
		say_color(o, COLOR_YELLOW,
			  "Active migration: %s (started, neither completed nor rolled back)",
			  c->head.active);
	for (size_t i = 0; i < c->unfinished.len; i++) {
		const char *name = c->unfinished.items[i];
		json_array_append_new(unfinished, json_string(name));
		if (!str_eq(name, c->head.active))
			say_color(o, COLOR_YELLOW, "Not done yet:     %s", name);
	}
	put_text(o, "active", c->head.active);
	json_put(o->doc, "unfinished", unfinished);
}

static int remote_part(struct invocation *inv, const char *branch, struct error *err)
{
	AUTO_VALUE(local_side) local = {0};
	AUTO_VALUE(comparison) c = {0};
	struct api *api = NULL;

	int rc = session_local(&local, inv, branch, err);
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	struct endpoint *e = api_endpoint(api, branch);
	rc = compare(&c, &local.view, e, err);
	e->ops->close(e);
	if (rc < 0)
		return rc;
	put_head(&inv->out, "remoteHead", c.head.id, c.head.checksum);
	say(&inv->out, "Remote head: %s", c.head.id ? c.head.id : "none, the branch is empty");
	say_active(&inv->out, &c);
	rc = report_comparison(&inv->out, &c, &local.view, err);
	return rc < 0 ? rc : say_relation(&inv->out, &c, &local.view, branch, err);
}

static void project_part(struct invocation *inv, const struct project *p)
{
	struct output *o = &inv->out;
	const char *config = project_config_file(p);

	json_put_string(o->doc, "project", project_root(p));
	put_text(o, "config", config);
	say(o, "Project:     %s%s%s%s", project_root(p), config ? " (" : "", config ? config : "",
	    config ? ")" : "");
}

/* Endpoint and branch; *branch is NULL when only the local part can be shown. */
static int endpoint_part(char **branch, struct invocation *inv, struct error *err)
{
	enum branch_source how;
	struct output *o = &inv->out;

	if (args_flag(&inv->args, "offline")) {
		json_put(o->doc, "offline", json_true());
		return 0;
	}
	int rc = session_branch(branch, &how, inv, args_word(&inv->args, 0), err);
	if (rc < 0)
		return rc;
	json_put_string(o->doc, "endpoint", inv->target->url);
	json_put_string(o->doc, "branch", *branch);
	say(o, "Endpoint:    %s", inv->target->url);
	say(o, "Branch:      %s", *branch);
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	AUTO_FREE char *branch = NULL;
	struct project *p = NULL;
	struct workdir *w;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = session_project(&p, inv, err);
	if (rc < 0)
		return rc;
	project_part(inv, p);
	rc = session_workdir(&w, inv, WORKDIR_READ, err);
	int bad = rc < 0 ? rc : local_part(inv, w, err);
	if (bad < 0)
		return bad;
	rc = endpoint_part(&branch, inv, err);
	if (rc < 0)
		return rc;
	if (bad) {
		rc = fail(err, E_NO, "the local ledger has findings");
		hint(err, "Run \"xata verify\" to see each finding and its remedy.");
		return rc;
	}
	return branch ? remote_part(inv, branch, err) : 0;
}

const struct command cmd_status = {
	.name = "status",
	.args = "[<branch>]",
	.summary = "show where the project stands against its branch",
	.description =
		"Shows project, endpoint and branch, the local and the remote head, how the two\n"
		"histories relate, an active migration, and what verify finds.",
	.options = options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.answers = true,
	.run = run,
};
