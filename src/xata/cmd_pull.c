/* xata pull: fetches what the branch has and the project lacks. */
#include <stdlib.h>

#include "base/alloc.h"
#include "xata/commands.h"
#include "xata/progress.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"force", 'f', NULL, "take the branch's history; local-only records move to .xata/backup/"},
	{"dry-run", 'n', NULL, "only show what would be done"},
	{0},
};

static void report_unfinished(struct output *o, const struct comparison *c)
{
	for (size_t i = 0; i < c->unfinished.len; i++)
		note(o, "Migration \"%s\" is not completed on the branch, so it is not pulled yet.",
		     record_name(c->unfinished.items[i]));
}

static void report_plan(struct output *o, const struct pull_plan *plan, const char *backup)
{
	json_t *added = json_array(), *removed = json_array();

	for (size_t i = 0; i < plan->add.len; i++)
		json_array_append_new(added, record_to_json(plan->add.items[i]));
	for (size_t i = 0; i < plan->remove.len; i++)
		json_array_append_new(removed, json_string(plan->remove.items[i]));
	json_put(o->doc, "pulled", added);
	json_put(o->doc, "removed", removed);
	put_text(o, "backup", backup);
}

static void say_result(struct output *o, const struct pull_plan *plan, const char *branch,
		       const char *backup, bool dry_run)
{
	size_t n = plan->add.len;

	for (size_t i = 0; i < n; i++)
		report_record_line(o, "  + ", COLOR_GREEN, plan->add.items[i]);
	for (size_t i = 0; i < plan->remove.len; i++)
		say_color(o, COLOR_YELLOW, "  - %s", plan->remove.items[i]);
	if (backup && plan->remove.len)
		say(o, "Local-only records were moved to %s/.", backup);
	else if (backup)
		say(o, "Files in the way that the ledger does not name were moved to %s/.", backup);
	if (n == 0 && plan->remove.len == 0)
		say(o, "Branch \"%s\" has nothing new%s.", branch,
		    plan->relation == RELATION_AHEAD ? "; the project is ahead of it" : "");
	else
		say(o, "%s %zu migration%s from branch \"%s\".", dry_run ? "Would pull" : "Pulled",
		    n, n == 1 ? "" : "s", branch);
}

/* Carries the plan out, then remembers the head that the branch had. */
static int apply(char **backup, struct workdir *w, const struct pull_plan *plan, struct error *err)
{
	struct workdir_change change = {
		.command = "pull", .add = &plan->add, .remove = &plan->remove};

	*backup = NULL;
	if (plan->add.len == 0 && plan->remove.len == 0)
		return 0;
	return workdir_apply(backup, w, &change, err);
}

static int plan_pull(struct pull_plan *plan, struct invocation *inv, struct comparison *c,
		     const struct local_history *local, struct error *err)
{
	enum pull_force force = args_flag(&inv->args, "force") ? PULL_FORCE : PULL_SAFE;

	report_comparison(&inv->out, c, local);
	if (c->relation == RELATION_DIVERGED)
		say_both_sides(&inv->out, c, local);
	report_unfinished(&inv->out, c);
	return pull_plan(plan, c, local, force, err);
}

static int compare_for_pull(struct comparison *c, struct invocation *inv,
			    const struct local_history *local, struct endpoint *e,
			    struct error *err)
{
	AUTO_FREE char *rewritten = NULL;

	if (!args_flag(&inv->args, "force"))
		return compare(c, local, e, err);
	int rc = compare_lenient(c, &rewritten, local, e, err);
	if (rc == 0 && rewritten)
		warn(&inv->out, "%s", rewritten);
	return rc;
}

static int pull(struct invocation *inv, const char *branch, struct error *err)
{
	AUTO_VALUE(local_side) local = {0};
	AUTO_VALUE(comparison) c = {0};
	AUTO_VALUE(pull_plan) plan = {0};
	AUTO_FREE char *backup = NULL;
	bool dry_run = args_flag(&inv->args, "dry-run");
	struct workdir *w;
	struct api *api = NULL;

	int rc = session_workdir(&w, inv, dry_run ? WORKDIR_READ : WORKDIR_WRITE, err);
	if (rc == 0)
		rc = session_local(&local, inv, branch, err);
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	struct endpoint *e = api_endpoint(api, branch);
	rc = compare_for_pull(&c, inv, &local.view, e, err);
	e->ops->close(e);
	if (rc == 0)
		rc = plan_pull(&plan, inv, &c, &local.view, err);
	if (rc == 0 && !dry_run)
		rc = apply(&backup, w, &plan, err);
	if (rc < 0)
		return rc;
	if (!dry_run)
		session_remember(inv, branch, c.head.id, c.head.checksum);
	report_plan(&inv->out, &plan, backup);
	say_result(&inv->out, &plan, branch, backup, dry_run);
	return 0;
}

/*
 * --json: {"branch", what report_comparison() sets, "pulled": [as record_to_json() has them],
 * "removed": [names], "backup": folder or null}.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_FREE char *branch = NULL;
	enum branch_source how;
	struct project *p;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = session_project(&p, inv, err);
	if (rc == 0)
		rc = session_branch(&branch, &how, inv, args_word(&inv->args, 0), err);
	if (rc < 0)
		return rc;
	json_put_string(inv->out.doc, "branch", branch);
	return pull(inv, branch, err);
}

const struct command cmd_pull = {
	.name = "pull",
	.args = "[<branch>]",
	.summary = "fetch migrations that the branch has and the project lacks",
	.description =
		"Fetches what the branch has after the local head, checks every record and the\n"
		"checksum chain, and appends the new records to the ledger, all or nothing.\n"
		"When both sides have records of their own it changes nothing, lists both and "
		"ends\n"
		"with status 4.",
	.options = options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.run = run,
};
