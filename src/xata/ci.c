/* What the commands of xata ci share. */
#include "xata/ci.h"

#include <string.h>

#include "base/alloc.h"
#include "base/markup.h"
#include "xata/progress.h"

#define REMOTE "origin/"
#define ID_DIGITS 40 /* of a commit, at least */

/* ---- the job and the repository */

void ci_release(struct ci *c)
{
	ci_env_release(&c->env);
	ci_report_release(&c->report);
	free(c->folder);
}

static int begin(struct ci *c, struct invocation *inv, struct error *err)
{
	c->inv = inv;
	int rc = ci_env_read(&c->env, err);
	if (rc == 0)
		rc = ci_report_start(&c->report, &inv->out, args_value(&inv->args, "format"),
				     c->env.system, err);
	put_text(&inv->out, "system", ci_system_name(c->env.system));
	return rc;
}

int ci_run(struct invocation *inv, const char *name, ci_work *work, struct error *err)
{
	AUTO_VALUE(ci) c = {0};

	int rc = begin(&c, inv, err);
	if (rc == 0)
		rc = work(&c, err);
	ci_report_finish(&c.report, name, rc, err);
	/* It is printed once more, on standard error, when commands are read again. */
	if (c.report.format == CI_COMMANDS) {
		workflow_defuse(err->msg);
		workflow_defuse(err->hint);
	}
	return rc;
}

int ci_open(struct ci *c, struct error *err)
{
	struct project *p;
	struct error unknown = {0};

	int rc = session_folder(&c->project, c->inv, err);
	if (rc == 0)
		rc = session_project_or_none(&p, c->inv, err);
	if (rc == 0)
		rc = session_vcs(&c->vcs, c->inv, err);
	if (rc < 0)
		return rc;
	if (c->project)
		c->folder = xstrdup(c->project);
	else if (c->vcs->ops->folder(&c->folder, c->vcs, &unknown) < 0)
		return 0; /* finding a revision will say why */
	ci_report_place(&c->report, c->folder);
	return 0;
}

int ci_place(struct vcs_place *out, const struct ci *c, const char *rev, struct error *err)
{
	*out = (struct vcs_place){.where = VCS_COMMIT, .project = c->project};
	return c->vcs->ops->find(&out->commit, c->vcs, rev, err);
}

int ci_base(struct vcs_place *out, const char **name, const struct ci *c, struct error *err)
{
	const char *given = args_value(&c->inv->args, "base");
	const char *guesses[] = {c->env.base, c->env.base_commit, "origin/HEAD", "origin/main",
				 "main"};
	/* In a CI system another branch than the one it names would be the wrong one. */
	size_t first = 0, last = c->env.base ? 2 : ARRAY_LEN(guesses);
	struct error why = {0};

	*name = given;
	if (given)
		return ci_place(out, c, given, err);
	for (size_t i = first; i < last; i++) {
		error_clear(&why);
		if (!guesses[i] || ci_place(out, c, guesses[i], &why) < 0)
			continue;
		*name = guesses[i];
		return 0;
	}
	int rc = fail(err, E_USAGE, "what the pull request goes to is not here%s%s",
		      c->env.base ? ": " : "", c->env.base ? c->env.base : "");
	if (c->env.base && starts_with(c->env.base, REMOTE))
		hint(err,
		     "Fetch it: git fetch origin \"+refs/heads/%.50s:refs/remotes/origin/%.50s\" "
		     "(in GitHub Actions the checkout with fetch-depth: 0 does). Or name another "
		     "one with --base REV.",
		     c->env.base + strlen(REMOTE), c->env.base + strlen(REMOTE));
	else
		hint(err, "%s",
		     why.hint[0] ? why.hint
				 : "Name it with --base REV; in a CI job, fetch the whole history "
				   "first.");
	return rc;
}

const char *ci_base_called(const struct ci *c, const char *base)
{
	const struct ci_env *e = &c->env;
	bool told = !args_value(&c->inv->args, "base") &&
		    (str_eq(base, e->base) || str_eq(base, e->base_commit));
	bool is_id = strlen(base) >= ID_DIGITS && base[strspn(base, "0123456789abcdef")] == '\0';

	return told && is_id && e->target ? e->target : base;
}

const char *ci_head(const struct ci *c)
{
	const char *head = args_value(&c->inv->args, "head");

	if (head)
		return head;
	return c->env.head ? c->env.head : "HEAD";
}

/* ---- the ledger in a commit */

static int read_record(struct record **out, void *ctx, const char *name, struct error *err)
{
	return snapshot_record(out, ctx, name, err);
}

static int check_text(const struct snapshot *s, const char *rev, struct error *err)
{
	for (size_t i = 0; i < s->findings.len; i++) {
		const struct finding *f = &s->findings.items[i];
		if (finding_level(f->kind) != FINDING_ERROR)
			continue;
		int rc = fail(err, E_INVALID, "the ledger in \"%s\" is damaged: %s, line %ld: %s",
			      rev, f->file, f->line, f->message);
		hint(err, "%s", f->hint);
		return rc;
	}
	return 0;
}

int ci_ledger_open(struct ci_ledger *out, const struct ci *c, const char *rev, struct error *err)
{
	struct vcs_place place;
	char hex[VCS_HEX_MAX + 1];

	int rc = ci_place(&place, c, rev, err);
	if (rc == 0)
		rc = snapshot_open(&out->snapshot, c->vcs, &place, err);
	if (rc < 0)
		return rc;
	out->rev = rev;
	out->commit = place.commit;
	vcs_id_hex(hex, &place.commit);
	put_text(&c->inv->out, "commit", hex);
	snapshot_parse(&out->snapshot);
	rc = check_text(&out->snapshot, rev, err);
	if (rc < 0)
		return rc;
	history_from_ledger(&out->history, &out->snapshot.ledger);
	out->view = (struct local_history){
		.history = &out->history,
		.record = read_record,
		.ctx = &out->snapshot,
	};
	return 0;
}

void ci_ledger_release(struct ci_ledger *l)
{
	history_release(&l->history);
	snapshot_release(&l->snapshot);
}

/* ---- branches of the endpoint */

int ci_compare(struct comparison *out, bool *rewritten, struct api *api, const char *branch,
	       const struct ci_ledger *ledger, struct error *err)
{
	struct endpoint *e = api_endpoint(api, branch);
	AUTO_FREE char *why = NULL;

	int rc = rewritten ? compare_lenient(out, &why, &ledger->view, e, err)
			   : compare(out, &ledger->view, e, err);
	if (rewritten)
		*rewritten = rc == 0 && why;
	e->ops->close(e);
	return rc;
}

static void show_progress(void *ctx, size_t done, size_t total, const char *name)
{
	progress_show(ctx, name ? name : "pushing", done, total);
}

static void put_pushed(const struct output *o, const struct push_report *r)
{
	json_put(o->doc, "pushed", json_integer((json_int_t)r->applied));
	put_text(o, "failed", r->failed);
	put_text(o, "failure", r->failure);
}

static int send_plan(struct ci *c, struct api *api, const char *branch,
		     const struct push_plan *plan, struct error *err)
{
	AUTO_VALUE(push_report) report = {0};
	struct progress progress = {.out = &c->report.plain};
	struct push_options options = {.progress = show_progress,
				       .ctx = &progress,
				       .job_timeout_ms = c->inv->timeout_s * 1000};
	struct endpoint *e = api_endpoint(api, branch);

	int rc = push_apply(&report, plan, e, &options, err);
	e->ops->close(e);
	progress_clear(&progress);
	put_pushed(&c->inv->out, &report);
	AUTO_FREE char *line = xasprintf("Pushed %zu of %zu migration%s to branch {}.",
					 report.applied, plan->send.len,
					 plan->send.len == 1 ? "" : "s");
	ci_report_line(&c->report, rc < 0 ? COLOR_RED : COLOR_GREEN, line, CI_NAMES(branch));
	return rc;
}

int ci_push(struct ci *c, struct api *api, const char *branch, const struct comparison *compared,
	    const struct ci_ledger *ledger, bool dry_run, struct error *err)
{
	AUTO_VALUE(push_plan) plan = {0};
	const struct push_report none = {0};

	put_pushed(&c->inv->out, &none);
	int rc = push_plan(&plan, compared, &ledger->view, err);
	if (rc < 0)
		return rc;
	ci_report_records(&c->report, &plan.send, NULL);
	if (plan.send.len && !dry_run)
		return send_plan(c, api, branch, &plan, err);
	if (plan.send.len == 0) {
		ci_report_line(&c->report, COLOR_NONE,
			       dry_run ? "Would push nothing to branch {}."
				       : "Branch {} has everything already.",
			       CI_NAMES(branch));
		return 0;
	}
	AUTO_FREE char *line = xasprintf("Would push %zu migration%s to branch {}.", plan.send.len,
					 plan.send.len == 1 ? "" : "s");
	ci_report_line(&c->report, COLOR_NONE, line, CI_NAMES(branch));
	return 0;
}

/* ---- previews */

int ci_preview_name(char out[], struct ci *c, struct error *err)
{
	const char *owner = args_value(&c->inv->args, "owner");
	const char *branch = args_value(&c->inv->args, "branch");
	int rc = 0;

	out[0] = '\0';
	c->owner = owner ? owner : c->env.owner ? c->env.owner : "";
	c->branch = branch ? branch : c->env.branch ? c->env.branch : "";
	if (*c->owner || *c->branch || owner || branch)
		rc = preview_branch_name(out, c->owner, c->branch, err);
	put_text(&c->inv->out, "preview", *out ? out : NULL);
	return rc;
}

int ci_preview_of(enum preview_of *out, char **other, const struct ci *c, struct api *api,
		  const char *name, struct error *err)
{
	AUTO_JSON *metadata = NULL;
	AUTO_STR safe = {0};
	const char *branch;

	*out = PREVIEW_UNTOLD;
	*other = NULL;
	int rc = api_branch_metadata(&metadata, api, name, err);
	if (rc < 0)
		return rc;
	*out = preview_of(&branch, metadata, c->owner, c->branch);
	if (branch) {
		str_put_safe(&safe, view_of(branch));
		*other = str_steal(&safe);
	}
	return 0;
}

int ci_preview_unknown(const char *name, struct error *err)
{
	int rc = fail(err, E_CONFLICT,
		      "branch \"%s\" is not known to be the preview of this pull request", name);

	hint(err,
	     "It lacks the label that previews are made with, so that somebody may need it. Rename "
	     "the pull request's branch or give another --owner; or, when nobody needs it, delete "
	     "it with \"xata branch delete\" and run this again.");
	return rc;
}

int ci_preview_delete(enum ci_preview_fate *out, const struct ci *c, struct api *api,
		      const char *name, const char *keep, struct error *err)
{
	AUTO_JSON *answer = NULL;
	AUTO_FREE char *other = NULL;
	struct error why = {0};
	enum preview_of of;

	*out = CI_PREVIEW_ABSENT;
	if (!preview_branch_is(name) || str_eq(name, keep)) {
		int rc = fail(err, E_CONFLICT, "branch \"%s\" is no preview and stays", name);
		hint(err,
		     "Only branches of pull requests are deleted; look at --owner, --branch and "
		     "--target.");
		return rc;
	}
	int rc = ci_preview_of(&of, &other, c, api, name, &why);
	if (rc == 0 && of != PREVIEW_OWN) {
		*out = other ? CI_PREVIEW_OTHERS : CI_PREVIEW_UNKNOWN;
		return 0;
	}
	if (rc == 0 && !args_flag(&c->inv->args, "dry-run"))
		rc = api_branch_delete(&answer, api, name, &why);
	if (rc == E_REMOTE_NOTFOUND)
		return 0;
	if (rc < 0)
		*err = why;
	else
		*out = CI_PREVIEW_DELETED;
	return rc;
}
