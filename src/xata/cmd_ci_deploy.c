/* xata ci deploy: after the merge, pushes to the target branch and takes the preview down. */
#include "base/alloc.h"
#include "xata/ci.h"

static const struct opt options[] = {
	{"head", 0, "REV", "the commit whose migrations are pushed (HEAD)"},
	{"target", 0, "BRANCH", "branch of the endpoint to push to"},
	{"owner", 0, "NAME", "who owns the branch that was merged"},
	{"branch", 0, "NAME", "the branch in Git that was merged"},
	{"dry-run", 'n', NULL, "only show what would be done"},
	CI_PROJECT_OPTION,
	CI_FORMAT_OPTION,
	{0},
};

/* Nothing that is not merged yet may reach the target, whatever starts this by mistake. */
static int check_stage(const struct ci *c, struct error *err)
{
	if (c->env.stage == CI_PUSH || c->env.stage == CI_OTHER)
		return 0;
	if (c->env.stage == CI_CLOSED) {
		int rc = fail(err, E_USAGE, "this job is about a pull request that was closed");
		hint(err, "Once it is merged, deploy runs in the job of the push to the target "
			  "branch: run \"xata ci deploy\" there.");
		return rc;
	}
	int rc = fail(err, E_USAGE, "this job is about a pull request, which is not merged here");
	hint(err, "Run \"xata ci deploy\" in jobs for pushes to the target branch, and \"xata ci "
		  "preview\" in those for pull requests.");
	return rc;
}

/*
 * The branch for the Git branch that was pushed to. One that the endpoint only falls back to is
 * not it: a job that runs for every branch would write to main.
 */
static int target_of(char **out, const char *git, struct api *api, struct error *err)
{
	AUTO_FREE char *reason = NULL;
	AUTO_FREE char *branch = NULL;

	int rc = api_resolve_branch(&branch, &reason, api, git, NULL, err);
	if (rc < 0)
		return rc;
	if (str_eq(branch, git) || (reason && strstr(reason, "mapping"))) {
		*out = steal(&branch);
		return 0;
	}
	rc = fail(err, E_USAGE, "no branch belongs to the Git branch \"%s\"", git);
	hint(err, "Name the branch to push to, with --target BRANCH or XATA_BRANCH.");
	return rc;
}

static int find_target(char **out, struct ci *c, struct api *api, struct error *err)
{
	const char *given = args_value(&c->inv->args, "target");
	AUTO_FREE char *git = NULL;

	*out = NULL;
	given = given ? given : c->inv->target->branch;
	if (given)
		*out = xstrdup(given);
	if (given)
		return 0;
	if (c->env.target)
		return target_of(out, c->env.target, api, err);
	int rc = c->vcs->ops->current_branch(&git, c->vcs, err);
	return rc < 0 ? rc : target_of(out, git, api, err);
}

static int push(struct ci *c, struct api *api, const char *target, struct error *err)
{
	AUTO_VALUE(ci_ledger) ledger = {0};
	AUTO_VALUE(comparison) compared = {0};

	int rc = ci_ledger_open(&ledger, c, ci_head(c), err);
	if (rc == 0)
		rc = ci_compare(&compared, NULL, api, target, &ledger, err);
	if (rc < 0)
		return rc;
	put_text(&c->inv->out, "relation", relation_name(compared.relation));
	if (compared.relation != RELATION_BEHIND)
		return ci_push(c, api, target, &compared, &ledger,
			       args_flag(&c->inv->args, "dry-run"), err);
	/* The job of a later merge was faster. */
	ci_report_line(&c->report, COLOR_NONE, "Branch {} has everything already, and more.",
		       CI_NAMES(target));
	json_put(c->inv->out.doc, "pushed", json_integer(0));
	return 0;
}

static int take_down(const struct ci *c, struct api *api, const char *name, const char *target,
		     struct ci_report *report, struct error *err)
{
	static const char *const told[] = {
		[CI_PREVIEW_ABSENT] = "There is no preview branch {} any more.",
		[CI_PREVIEW_DELETED] = "Deleted preview branch {}.",
		[CI_PREVIEW_OTHERS] = "Preview branch {} is another pull request's and stays.",
		[CI_PREVIEW_UNKNOWN] = "Branch {} is not known to be a preview and stays."};
	enum ci_preview_fate fate = CI_PREVIEW_ABSENT;
	bool dry_run = args_flag(&c->inv->args, "dry-run");

	if (!*name)
		return 0;
	int rc = ci_preview_delete(&fate, c, api, name, target, err);
	if (rc < 0)
		return rc;
	bool goes = fate == CI_PREVIEW_DELETED;
	json_put(c->inv->out.doc, "previewDeleted", json_boolean(goes && !dry_run));
	ci_report_line(report, COLOR_NONE,
		       goes && dry_run ? "Would delete preview branch {}." : told[fate],
		       CI_NAMES(name));
	return 0;
}

static int work(struct ci *c, struct error *err)
{
	AUTO_FREE char *target = NULL;
	char preview[PREVIEW_NAME_MAX + 1];
	struct api *api = NULL;

	int rc = check_stage(c, err);
	if (rc == 0)
		rc = ci_preview_name(preview, c, err);
	if (rc == 0)
		rc = ci_open(c, err);
	if (rc == 0)
		rc = session_api(&api, c->inv, SESSION_DATABASE, err);
	if (rc == 0)
		rc = find_target(&target, c, api, err);
	if (rc < 0)
		return rc;
	put_text(&c->inv->out, "target", target);
	rc = push(c, api, target, err);
	return rc < 0 ? rc : take_down(c, api, preview, target, &c->report, err);
}

/*
 * --json: {"system", "target", "commit", "relation", "preview": name of the branch that goes or
 * null, "previewDeleted": bool}, and what ci_push() sets.
 */
static int run(struct invocation *inv, struct error *err)
{
	int rc = args_count(&inv->args, 0, 0, err);

	return rc < 0 ? rc : ci_run(inv, "deploy", work, err);
}

const struct command ci_deploy = {
	.name = "deploy",
	.summary = "push merged migrations to the target branch",
	.description =
		"Sends the migrations of the commit that the target branch lacks, as \"xata "
		"push\"\n"
		"does: never by force. Then the preview of the pull request that was merged is\n"
		"deleted, if one is known. Running it again changes nothing.",
	.options = options,
	.needs = NEEDS_ENDPOINT,
	.run = run,
};
