/* xata push: sends what the project has and the branch lacks. */
#include <stdlib.h>

#include "base/alloc.h"
#include "xata/commands.h"
#include "xata/progress.h"
#include "xata/prompt.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"dry-run", 'n', NULL, "only show what would be sent"},
	{"yes", 'y', NULL, "do not ask"},
	{0},
};

/* The parts of one push that its steps share. */
struct push {
	struct invocation *inv;
	const char *branch;
	enum branch_source how;
	struct endpoint *endpoint;
	struct progress progress;
};

static void show_progress(void *ctx, size_t done, size_t total, const char *name)
{
	struct push *p = ctx;

	progress_show(&p->progress, name ? name : "pushing", done, total);
}

static void list_records(struct output *o, const struct push_plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->send.len; i++) {
		if (o->json)
			json_array_append_new(list, record_to_json(plan->send.items[i]));
		report_record_line(o, "  + ", COLOR_GREEN, plan->send.items[i]);
	}
	json_put(o->doc, "toPush", list);
}

/* Whether to go on: --yes, no terminal, or a person who says yes. */
static int confirm(bool *yes, const struct push *p, size_t n, struct error *err)
{
	*yes = true;
	if (args_flag(&p->inv->args, "yes") || p->inv->out.json || !prompt_possible())
		return 0;
	AUTO_FREE char *question = xasprintf("Push %zu migration%s to branch \"%s\"?", n,
					     n == 1 ? "" : "s", p->branch);
	return prompt_confirm(yes, question, "--yes", err);
}

static void announce(const struct push *p)
{
	if (p->how != BRANCH_ARGUMENT)
		note(&p->inv->out,
		     "Writing to branch \"%s\" of %s, which the command line does not name.",
		     p->branch, p->inv->target->url);
}

static void report_failure(struct output *o, const struct push_report *r,
			   const struct push_plan *plan)
{
	if (r->applied)
		say(o, "Applied before the failure: %zu of %zu, the last is %s.", r->applied,
		    plan->send.len, record_name(plan->send.items[r->applied - 1]));
	if (r->failed)
		say_color(o, COLOR_RED, "Failed: %s: %s", r->failed,
			  r->failure ? r->failure : "no reason was given");
	if (r->not_tried)
		say(o, "Not tried: %zu.", r->not_tried);
}

static void report_result(struct output *o, const struct push_report *r)
{
	json_put(o->doc, "pushed", json_integer((json_int_t)r->applied));
	put_text(o, "failed", r->failed);
	put_text(o, "failure", r->failure);
	json_put(o->doc, "notTried", json_integer((json_int_t)r->not_tried));
}

static int send_plan(struct push *p, const struct push_plan *plan, struct error *err)
{
	AUTO_VALUE(push_report) report = {0};
	struct push_options o = {
		.progress = show_progress, .ctx = p, .job_timeout_ms = p->inv->timeout_s * 1000};

	int rc = push_apply(&report, plan, p->endpoint, &o, err);
	progress_clear(&p->progress);
	report_result(&p->inv->out, &report);
	if (report.applied) { /* after a failure in the middle, too */
		const struct record *head = plan->send.items[report.applied - 1];
		session_remember(p->inv, p->branch, record_id(head), record_checksum(head));
	}
	if (rc < 0) {
		report_failure(&p->inv->out, &report, plan);
		hint(err,
		     "Mend the cause and run \"xata push %s\" again: it goes on where this one "
		     "stopped.",
		     p->branch);
		return rc;
	}
	say(&p->inv->out, "Pushed %zu migration%s to branch \"%s\".", report.applied,
	    report.applied == 1 ? "" : "s", p->branch);
	return 0;
}

static int push_to(struct push *p, const struct local_history *local, struct error *err)
{
	AUTO_VALUE(comparison) c = {0};
	AUTO_VALUE(push_plan) plan = {0};
	struct output *o = &p->inv->out;
	bool dry_run = args_flag(&p->inv->args, "dry-run"), yes;

	int rc = compare(&c, local, p->endpoint, err);
	/* No way out that is advised then goes without the files. */
	if (rc == 0 && c.relation == RELATION_DIVERGED)
		rc = workdir_check_left_out(p->inv->workdir, 0, err);
	if (rc == 0)
		rc = report_comparison(o, &c, local, err);
	if (rc == 0 && (c.relation == RELATION_DIVERGED || c.relation == RELATION_BEHIND))
		rc = say_both_sides(o, &c, local, err);
	if (rc < 0)
		return rc;
	rc = push_plan(&plan, &c, local, err);
	if (rc < 0) {
		hint_diverged(err, p->branch);
		return rc;
	}
	list_records(o, &plan);
	if (plan.send.len == 0) {
		const struct push_report none = {0};
		say(o, "Branch \"%s\" has everything already.", p->branch);
		if (dry_run)
			return 0;
		report_result(o, &none);
		session_remember(p->inv, p->branch, c.head.id, c.head.checksum);
		return 0;
	}
	if (dry_run) {
		say(o, "Would push %zu migration%s to branch \"%s\".", plan.send.len,
		    plan.send.len == 1 ? "" : "s", p->branch);
		return 0;
	}
	announce(p);
	rc = confirm(&yes, p, plan.send.len, err);
	if (rc == 0 && !yes) {
		rc = fail(err, E_NO, "nothing was pushed: the answer was not \"yes\"");
		hint(err, "Say y or yes, or give --yes.");
	}
	return rc < 0 ? rc : send_plan(p, &plan, err);
}

/*
 * --json: {"branch", what report_comparison() sets, "toPush": [as record_to_json() has them]}, then
 * unless --dry-run "pushed": number, "failed": name or null, "failure": the endpoint's message or
 * null, "notTried": number.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_FREE char *branch = NULL;
	AUTO_VALUE(local_side) local = {0};
	struct push p = {.inv = inv, .progress = {.out = &inv->out}};
	struct project *project;
	struct workdir *w;
	struct api *api = NULL;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = session_project(&project, inv, err);
	if (rc == 0)
		rc = session_branch(&branch, &p.how, inv, args_word(&inv->args, 0), err);
	if (rc == 0)
		rc = session_workdir_unread(
			&w, inv, args_flag(&inv->args, "dry-run") ? WORKDIR_READ : WORKDIR_WRITE,
			err);
	if (rc == 0)
		rc = session_local(&local, inv, branch, err);
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	json_put_string(inv->out.doc, "branch", branch);
	p.branch = branch;
	p.endpoint = api_endpoint(api, branch);
	rc = push_to(&p, &local.view, err);
	p.endpoint->ops->close(p.endpoint);
	return rc;
}

const struct command cmd_push = {
	.name = "push",
	.args = "[<branch>]",
	.summary = "send migrations that the project has and the branch lacks",
	.description = "Sends the local-only records, each verified first, on top of the branch's\n"
		       "head. The endpoint compares and swaps the head: when somebody else was\n"
		       "faster, nothing is changed and the status is 4. Asks before it sends when\n"
		       "on a terminal.",
	.options = options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.run = run,
};
