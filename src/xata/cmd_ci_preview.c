/* xata ci preview: keeps a branch at the endpoint with exactly what a pull request has. */
#include <string.h>

#include "base/alloc.h"
#include "xata/ci.h"

static const struct opt options[] = {
	{"head", 0, "REV", "the commit whose migrations the preview gets (HEAD)"},
	{"owner", 0, "NAME", "who owns the pull request's branch"},
	{"branch", 0, "NAME", "the pull request's branch in Git"},
	{"target", 0, "BRANCH", "branch of the endpoint that the preview starts from"},
	{"delete", 0, NULL, "delete the preview instead; there need not be one"},
	{"dry-run", 'n', NULL, "only show what would be done"},
	CI_PROJECT_OPTION,
	CI_FORMAT_OPTION,
	{0},
};

struct preview {
	struct ci *ci;
	char name[PREVIEW_NAME_MAX + 1];
	char *target;
	struct api *api;
	bool dry_run;
	bool outrun; /* another job of the same pull request made the preview meanwhile */
	struct ci_ledger ledger;
	struct comparison compared; /* the ledger with the preview */
};

static void preview_release(struct preview *p)
{
	free(p->target);
	ci_ledger_release(&p->ledger);
	comparison_release(&p->compared);
}
AUTO_VALUE_DEFINE(preview)

static void put_state(const struct preview *p, const char *state)
{
	put_text(&p->ci->inv->out, "state", state);
}

/* ---- without a key */

/* Whether a key is known; whatever else is wrong with the settings is told when they are used. */
static int has_key(bool *out, struct invocation *inv, struct error *err)
{
	AUTO_VALUE(target) t = {0};
	struct project *p;
	const struct target_request req = {
		.db = args_value(&inv->args, "db"),
		.profile = args_value(&inv->args, "profile"),
		.cacert = args_value(&inv->args, "cacert"),
	};

	*out = false;
	int rc = session_project_or_none(&p, inv, err);
	if (rc == 0)
		rc = target_resolve(&t, p, &req, err);
	*out = rc == 0 && t.api_key;
	return rc;
}

static int skip(struct preview *p)
{
	put_state(p, "skipped");
	ci_report_note(
		&p->ci->report, p->ci->env.fork ? CI_NOTICE : CI_WARNING, "skipped",
		p->ci->env.fork
			? "Skipped: there is no API key, since jobs of pull requests from "
			  "forks get no secrets."
			: "Skipped: there is no API key. Set XATA_API_KEY, as a secret of the "
			  "repository; pull requests from forks and of bots do not get it.");
	return 0;
}

/* ---- with one */

static int find_target(struct preview *p, struct error *err)
{
	const char *given = args_value(&p->ci->inv->args, "target");
	const char *set = p->ci->inv->target->branch, *git = p->ci->env.target;
	AUTO_FREE char *reason = NULL;

	if (given || set || !git) {
		p->target = xstrdup(given ? given : set ? set : "main");
		return 0;
	}
	return api_resolve_branch(&p->target, &reason, p->api, git, NULL, err);
}

/* A branch shares the history of the one it starts from, if the pull request has all of that. */
static int start_from(const char **from, const struct preview *p, struct comparison *target,
		      struct error *err)
{
	bool rewritten = false;

	*from = NULL;
	int rc = ci_compare(target, &rewritten, p->api, p->target, &p->ledger, err);
	if (rc == E_REMOTE_NOTFOUND)
		hint(err, "Name the branch that pull requests go to with --target BRANCH.");
	if (rc < 0)
		return rc;
	bool fits = !rewritten &&
		    (target->relation == RELATION_EQUAL || target->relation == RELATION_AHEAD);
	*from = fits ? p->target : NULL;
	put_text(&p->ci->inv->out, "from", *from);
	return 0;
}

static int create(struct preview *p, const char *from, struct error *err)
{
	AUTO_JSON *answer = NULL;
	AUTO_JSON *metadata = preview_metadata(p->ci->owner, p->ci->branch);

	int rc = api_branch_create(&answer, p->api, p->name, from, metadata, err);
	if (rc < 0)
		return rc;
	if (from)
		ci_report_line(&p->ci->report, COLOR_GREEN, "Created preview branch {} from {}.",
			       CI_NAMES(p->name, from));
	else
		ci_report_line(&p->ci->report, COLOR_GREEN,
			       "Created preview branch {} empty: the pull request lacks migrations "
			       "that {} has.",
			       CI_NAMES(p->name, p->target));
	comparison_release(&p->compared);
	return ci_compare(&p->compared, NULL, p->api, p->name, &p->ledger, err);
}

/* The preview has what the pull request has not (it was force-pushed, or rebased). */
static int take_down(struct preview *p, struct error *err)
{
	enum ci_preview_fate fate;

	ci_report_line(&p->ci->report, COLOR_YELLOW,
		       p->dry_run
			       ? "Preview branch {} has another history than the pull request "
				 "and would be made anew."
			       : "Preview branch {} has another history than the pull request: it "
				 "is made anew.",
		       CI_NAMES(p->name));
	return p->dry_run ? 0 : ci_preview_delete(&fate, p->ci, p->api, p->name, p->target, err);
}

static int refresh(struct preview *p, struct error *err);

static int make(struct preview *p, bool anew, struct error *err)
{
	AUTO_VALUE(comparison) target = {0};
	const char *from;

	put_state(p, anew ? "recreated" : "created");
	int rc = start_from(&from, p, &target, err);
	if (rc == 0 && anew)
		rc = take_down(p, err);
	if (rc < 0)
		return rc;
	if (!p->dry_run) {
		struct error why = {0};
		rc = create(p, from, &why);
		if (rc == E_REFUSED && strstr(why.msg, "already exists") && !p->outrun) {
			p->outrun = true;
			return refresh(p, err);
		}
		if (rc < 0)
			*err = why;
		return rc < 0 ? rc
			      : ci_push(p->ci, p->api, p->name, &p->compared, &p->ledger, false,
					err);
	}
	if (from) {
		ci_report_line(&p->ci->report, COLOR_NONE,
			       "Would create preview branch {} from {}.", CI_NAMES(p->name, from));
		return ci_push(p->ci, p->api, p->name, &target, &p->ledger, true, err);
	}
	ci_report_line(&p->ci->report, COLOR_NONE,
		       "Would create preview branch {} empty and push all migrations to it.",
		       CI_NAMES(p->name));
	return 0;
}

/*
 * Two that take one preview for theirs would undo each other's work for ever; and what was made by
 * hand may be the only place of what it has. An endpoint that keeps no metadata cannot tell: there,
 * a branch that only lacks records gets them.
 */
static int check_own(const struct preview *p, bool anew, struct error *err)
{
	AUTO_FREE char *other = NULL;
	struct error why = {0};
	enum preview_of of;

	int rc = ci_preview_of(&of, &other, p->ci, p->api, p->name, &why);
	if (rc == E_REMOTE_NOTFOUND) /* another job deleted it just now */
		return 0;
	if (rc < 0) {
		*err = why;
		return rc;
	}
	if (of == PREVIEW_OWN || (of == PREVIEW_UNTOLD && !anew))
		return 0;
	put_state(p, "taken");
	if (of != PREVIEW_OTHERS)
		return ci_preview_unknown(p->name, err);
	rc = fail(err, E_CONFLICT,
		  "branch \"%s\" is the preview of another pull request, from \"%s\"", p->name,
		  other);
	hint(err,
	     "Both give one name: rename one of them. When the other is gone, \"xata ci preview "
	     "--delete\" with --owner and --branch as it had them deletes its preview.");
	return rc;
}

static int refresh(struct preview *p, struct error *err)
{
	struct error why = {0};
	bool rewritten = false;

	comparison_release(&p->compared);
	int rc = ci_compare(&p->compared, &rewritten, p->api, p->name, &p->ledger, &why);
	if (rc == E_REMOTE_NOTFOUND)
		return make(p, false, err);
	if (rc < 0) {
		*err = why;
		return rc;
	}
	enum relation relation = p->compared.relation;
	bool anew = rewritten || relation == RELATION_BEHIND || relation == RELATION_DIVERGED;
	rc = check_own(p, anew, err);
	if (rc < 0)
		return rc;
	if (anew)
		return make(p, true, err);
	put_state(p, relation == RELATION_EQUAL ? "unchanged" : "refreshed");
	return ci_push(p->ci, p->api, p->name, &p->compared, &p->ledger, p->dry_run, err);
}

static int delete (struct preview *p, struct error *err)
{
	static const struct told {
		const char *state, *text;
	} told[] = {
		[CI_PREVIEW_ABSENT] = {"absent", "There is no preview branch {}."},
		[CI_PREVIEW_DELETED] = {"deleted", "Deleted preview branch {}."},
		[CI_PREVIEW_OTHERS] = {"taken",
				       "Preview branch {} is another pull request's and stays."},
		[CI_PREVIEW_UNKNOWN] = {"taken", NULL},
	};
	enum ci_preview_fate fate;

	put_state(p, "deleted");
	int rc = ci_preview_delete(&fate, p->ci, p->api, p->name, p->target, err);
	if (rc < 0)
		return rc;
	put_state(p, told[fate].state);
	if (fate == CI_PREVIEW_UNKNOWN)
		return ci_preview_unknown(p->name, err);
	if (fate == CI_PREVIEW_DELETED && p->dry_run)
		ci_report_line(&p->ci->report, COLOR_NONE, "Would delete preview branch {}.",
			       CI_NAMES(p->name));
	else
		ci_report_line(&p->ci->report, COLOR_GREEN, told[fate].text, CI_NAMES(p->name));
	return 0;
}

static int open_all(struct preview *p, bool with_ledger, struct error *err)
{
	struct ci *c = p->ci;

	int rc = with_ledger ? ci_open(c, err) : 0;
	if (rc == 0 && with_ledger)
		rc = ci_ledger_open(&p->ledger, c, ci_head(c), err);
	if (rc == 0)
		rc = session_api(&p->api, c->inv, SESSION_DATABASE, err);
	if (rc == 0)
		rc = find_target(p, err);
	if (rc < 0)
		return rc;
	put_text(&c->inv->out, "target", p->target);
	if (!str_eq(p->name, p->target))
		return 0;
	rc = fail(err, E_USAGE, "the preview would be its own target, \"%s\"", p->target);
	hint(err, "Name another branch with --target.");
	return rc;
}

static int work(struct ci *c, struct error *err)
{
	AUTO_VALUE(preview) p = {.ci = c, .dry_run = args_flag(&c->inv->args, "dry-run")};
	/* Once the pull request is closed nobody looks at it any more. */
	bool deletes = args_flag(&c->inv->args, "delete") || c->env.stage == CI_CLOSED;
	bool key = false;

	int rc = ci_preview_name(p.name, c, err);
	if (rc == 0 && !*p.name) {
		rc = fail(err, E_USAGE, "no pull request is known to make a preview for");
		hint(err, "Name its branch, with --owner NAME and --branch NAME.");
	}
	if (rc == 0)
		rc = has_key(&key, c->inv, err);
	if (rc < 0)
		return rc;
	if (!key)
		return skip(&p);
	rc = open_all(&p, !deletes, err);
	if (rc < 0)
		return rc;
	return deletes ? delete (&p, err) : refresh(&p, err);
}

/*
 * --json: {"system": "none", "github" or "gitlab", "preview": name of the branch, "target",
 * "state": "created", "recreated", "refreshed", "unchanged", "deleted", "absent", "taken" or
 * "skipped", "from": branch it was started from or null, "commit"}, and what ci_push() sets.
 */
static int run(struct invocation *inv, struct error *err)
{
	int rc = args_count(&inv->args, 0, 0, err);

	return rc < 0 ? rc : ci_run(inv, "preview", work, err);
}

const struct command ci_preview = {
	.name = "preview",
	.summary = "keep a branch with the migrations of a pull request",
	.description =
		"Makes the branch preview-<owner>-<branch> from the target branch, or brings it\n"
		"up to date, so that it has exactly the migrations of the pull request's commit.\n"
		"A preview with another history (the pull request was rebased) is made anew.\n"
		"Without an API key nothing is done; with the pull request the preview goes.",
	.options = options,
	.needs = NEEDS_ENDPOINT,
	.run = run,
};
