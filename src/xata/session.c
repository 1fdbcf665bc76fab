/* Opens what a command needs, once, from options, environment, project and profile. */
#include "xata/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapt/http_curl.h"
#include "adapt/vcs_git.h"
#include "base/alloc.h"
#include "config.h"

static void disconnect(struct invocation *inv)
{
	api_free(inv->api);
	inv->api = NULL;
	if (inv->http)
		inv->http->ops->close(inv->http);
	inv->http = NULL;
	free(inv->api_target);
	inv->api_target = NULL;
	if (inv->target)
		target_release(inv->target);
	free(inv->target);
	inv->target = NULL;
}

void session_close(struct invocation *inv)
{
	disconnect(inv);
	free(inv->database);
	workdir_free(inv->workdir);
	if (inv->vcs)
		inv->vcs->ops->close(inv->vcs);
	inv->vcs = NULL;
	project_free(inv->project);
	args_release(&inv->args);
}

int session_options(struct invocation *inv, struct error *err)
{
	int rc = 0;

	if (args_has(&inv->args, "timeout"))
		rc = args_number(&inv->timeout_s, &inv->args, "timeout", 1, 86400, 0, err);
	if (rc == 0 && args_has(&inv->args, "lock-wait"))
		rc = args_number(&inv->lock_wait_s, &inv->args, "lock-wait", 0, 86400, 10, err);
	return rc;
}

int session_not_left_out(struct error *err)
{
	AUTO_FREE char *folder = NULL;
	AUTO_FREE char *advice = NULL;
	struct error unknown = {0};
	struct vcs *git = NULL;

	int rc = vcs_git_open(&git, ".", &unknown);
	if (rc == 0)
		rc = project_find_left_out(&folder, &advice, git, &unknown);
	if (git)
		git->ops->close(git);
	if (rc < 0 || !folder)
		return 0;
	rc = fail(err, E_PROJECT, "the project in \"%s\" is not in the working tree", folder);
	hint(err, "%s", advice);
	return rc;
}

int session_project(struct project **out, struct invocation *inv, struct error *err)
{
	struct error why = {0};

	*out = inv->project;
	if (inv->project)
		return 0;
	int rc = project_open(&inv->project, ".", &why);
	if (rc == 0)
		project_use_vcs(inv->project, vcs_git_open);
	else if (rc != E_PROJECT || session_not_left_out(err) == 0)
		*err = why;
	*out = inv->project;
	return rc;
}

int session_project_or_none(struct project **out, struct invocation *inv, struct error *err)
{
	int rc = inv->project ? 0 : project_open_or_new(&inv->project, ".", err);

	if (rc == 0)
		project_use_vcs(inv->project, vcs_git_open);
	*out = inv->project;
	return rc;
}

/* Of a resolution the files are finished, not what it would have staged of them. */
static void say_recovered(const struct invocation *inv)
{
	bool unstaged = str_eq(workdir_finished_command(inv->workdir), "resolve");

	if (workdir_recovered(inv->workdir) == RECOVERY_FINISHED)
		note(&inv->out, "Finished a change that an interrupted command had committed.");
	else if (workdir_recovered(inv->workdir) == RECOVERY_DISCARDED)
		note(&inv->out,
		     "Discarded a change that an interrupted command had not completed.");
	if (unstaged && strcmp(inv->path, "resolve") != 0)
		note(&inv->out, "Run \"xata resolve\" again: it stages the files, and Git can go "
				"on or \"--abort\" then.");
}

int session_workdir(struct workdir **out, struct invocation *inv, enum workdir_mode mode,
		    struct error *err)
{
	int rc = session_workdir_unread(out, inv, mode, err);

	return rc < 0 ? rc : workdir_load(*out, err);
}

int session_workdir_unread(struct workdir **out, struct invocation *inv, enum workdir_mode mode,
			   struct error *err)
{
	struct project *p;

	*out = inv->workdir;
	if (inv->workdir)
		return 0;
	int rc = session_project(&p, inv, err);
	if (rc == 0)
		rc = workdir_open_unread(&inv->workdir, p, mode, inv->lock_wait_s * 1000, err);
	if (rc < 0)
		return rc;
	*out = inv->workdir;
	say_recovered(inv);
	return 0;
}

int session_vcs(struct vcs **out, struct invocation *inv, struct error *err)
{
	struct project *p;

	*out = inv->vcs;
	if (inv->vcs)
		return 0;
	int rc = session_project(&p, inv, err);
	if (rc == 0)
		rc = vcs_git_open(&inv->vcs, project_root(p), err);
	*out = inv->vcs;
	return rc;
}

static int check_folder(const char *folder, struct error *err)
{
	bool inside = *folder != '/' && !ends_with(folder, "/") && !strstr(folder, "//");

	if (inside && !starts_with(folder, "../") && !str_eq(folder, ".."))
		return 0;
	int rc = fail(err, E_USAGE, "--project \"%s\" is no folder of the repository", folder);
	hint(err, "Give it as seen from the top of the repository, such as \"services/shop\".");
	return rc;
}

int session_folder(const char **out, const struct invocation *inv, struct error *err)
{
	const char *folder = args_value(&inv->args, "project");

	while (folder && starts_with(folder, "./"))
		folder += 2;
	*out = folder && str_eq(folder, ".") ? "" : folder;
	return *out ? check_folder(*out, err) : 0;
}

int session_repository(struct vcs **out, struct invocation *inv, struct error *err)
{
	int rc = inv->vcs ? 0 : vcs_git_open(&inv->vcs, ".", err);

	*out = inv->vcs;
	return rc;
}

static void trace(void *ctx, const char *line)
{
	struct invocation *inv = ctx;

	if (inv->out.verbose)
		note(&inv->out, "%s", line);
}

int session_target(const struct target **out, struct invocation *inv, enum session_need need,
		   struct error *err)
{
	struct project *p;

	*out = inv->target;
	if (inv->target)
		return 0;
	int rc = session_project_or_none(&p, inv, err);
	if (rc < 0)
		return rc;
	struct target_request req = {
		.db = inv->database ? inv->database : args_value(&inv->args, "db"),
		.profile = args_value(&inv->args, "profile"),
		.cacert = args_value(&inv->args, "cacert"),
		.need_database = need == SESSION_DATABASE,
	};
	struct target *t = xcalloc(1, sizeof *t);
	rc = target_resolve(t, p, &req, err);
	if (rc == 0 && !t->api_key) {
		rc = fail(err, E_AUTH, "no API key is known for \"%s\"", t->control);
		if (t->hosted)
			hint(err, "Run \"xata auth login\" (with --host https://HOST:PORT for "
				  "another endpoint), or set XATA_API_KEY.");
		else
			hint(err,
			     "Run \"xata auth login --host %s\" (with --cacert FILE for a "
			     "certificate of its own), or set XATA_API_KEY.",
			     t->control);
	}
	if (rc < 0) {
		target_release(t);
		free(t);
		return rc;
	}
	*out = inv->target = t;
	return 0;
}

static void note_retry(void *ctx, const char *text)
{
	struct invocation *inv = ctx;

	note(&inv->out, "%s", text);
}

int session_api(struct api **out, struct invocation *inv, enum session_need need, struct error *err)
{
	const struct target *t;

	*out = inv->api;
	if (inv->api)
		return 0;
	int rc = session_target(&t, inv, need, err);
	if (rc < 0)
		return rc;
	output_hide(&inv->out, t->api_key);
	struct http_curl_options options = {
		.cacert = t->cacert,
		.user_agent = PACKAGE_NAME "/" PACKAGE_VERSION,
		.timeout_ms = inv->timeout_s * 1000,
		.trace = trace,
		.ctx = inv,
	};
	rc = http_curl_open(&inv->http, &options, err);
	if (rc < 0)
		return rc;
	struct api_target *at = xcalloc(1, sizeof *at);
	*at = (struct api_target){
		.control = t->control,
		.data = t->data,
		.workspace = t->workspace,
		.region = t->region,
		.database = t->database,
		.key = t->api_key,
		.hosted = t->hosted,
	};
	inv->api_target = at;
	inv->retry = http_retry_default;
	inv->retry.deadline_ms = inv->timeout_s * 1000;
	inv->retry.note = note_retry;
	inv->retry.ctx = inv;
	*out = inv->api = api_new(inv->http, at, &inv->retry);
	return 0;
}

int session_use_database(struct invocation *inv, const char *url, struct error *err)
{
	const struct target *t;
	char *copy = xstrdup(url); /* it may be of what is closed now */

	disconnect(inv);
	free(inv->database);
	inv->database = copy;
	return session_target(&t, inv, SESSION_DATABASE, err);
}

int session_workspace_api(struct api **out, struct invocation *inv, struct error *err)
{
	const char *workspace = args_value(&inv->args, "workspace");
	int rc = session_api(out, inv, SESSION_HOST, err);

	if (rc == 0 && workspace)
		inv->api_target->workspace = workspace;
	return rc;
}

/* The Git branch that is checked out; NULL when there is none to speak of. */
static int git_branch(char **out, struct invocation *inv, struct error *err)
{
	struct vcs *git = NULL;
	struct error none = {0};
	const char *root = inv->project ? project_root(inv->project) : "";

	*out = NULL;
	int rc = vcs_git_open(&git, *root ? root : ".", err);
	if (rc < 0)
		return rc;
	rc = git->ops->current_branch(out, git, &none);
	git->ops->close(git);
	if (rc < 0 && rc != E_NOTFOUND)
		*err = none;
	return rc == E_NOTFOUND ? 0 : rc;
}

int session_branch(char **out, enum branch_source *how, struct invocation *inv,
		   const char *argument, struct error *err)
{
	AUTO_FREE char *git = NULL;
	AUTO_FREE char *reason = NULL;
	const struct target *t;
	struct api *api = NULL;

	*out = NULL;
	int rc = session_target(&t, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	*how = argument ? BRANCH_ARGUMENT : t->branch ? BRANCH_SETTING : BRANCH_DEFAULT;
	if (argument || t->branch) {
		*out = xstrdup(argument ? argument : t->branch);
		return 0;
	}
	rc = git_branch(&git, inv, err);
	if (rc == 0 && git)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc == 0 && git) {
		rc = api_resolve_branch(out, &reason, api, git, NULL, err);
		*how = BRANCH_GIT;
	}
	if (rc < 0)
		return rc;
	if (git) {
		if (reason && strstr(reason, "mapping"))
			note(&inv->out, "Branch \"%s\": Git branch \"%s\" is mapped to it.", *out,
			     git);
		else if (!str_eq(*out, git)) /* the same name needs no words */
			note(&inv->out, "Branch \"%s\": Git branch \"%s\" has no namesake.", *out,
			     git);
		return 0;
	}
	note(&inv->out, "Branch \"main\", as neither an argument, XATA_BRANCH nor Git names one.");
	*out = xstrdup("main");
	return 0;
}

char *session_tracking_key(const struct target *t, const char *branch)
{
	return xasprintf("%s/db/%s:%s", t->data, t->database, branch);
}

static int read_record(struct record **out, void *ctx, const char *name, struct error *err)
{
	struct workdir *w = ctx;

	return workdir_record(out, w, name, err);
}

int session_local_alone(struct local_side *out, struct invocation *inv, struct error *err)
{
	struct workdir *w = inv->workdir;
	int rc = workdir_check_ledger(w, err);

	if (rc < 0)
		return rc;
	workdir_history(&out->history, w);
	out->view = (struct local_history){
		.history = &out->history,
		.record = read_record,
		.ctx = w,
	};
	return 0;
}

int session_local(struct local_side *out, struct invocation *inv, const char *branch,
		  struct error *err)
{
	AUTO_FREE char *key = session_tracking_key(inv->target, branch);
	int rc = session_local_alone(out, inv, err);

	if (rc == 0)
		rc = workdir_tracking_get(&out->seen, inv->workdir, key, err);
	out->view.seen_id = out->seen.id;
	out->view.seen_checksum = out->seen.checksum;
	return rc;
}

void local_side_release(struct local_side *l)
{
	history_release(&l->history);
	tracking_release(&l->seen);
	*l = (struct local_side){0};
}

void session_remember(struct invocation *inv, const char *branch, const char *id,
		      const char *checksum)
{
	AUTO_FREE char *key = session_tracking_key(inv->target, branch);
	AUTO_VALUE(tracking) seen = {0};
	struct error err = {0};

	/* An empty branch has no head: that is remembered too, or its old one would be missed. */
	int rc = workdir_tracking_get(&seen, inv->workdir, key, &err);
	if (rc == 0 && str_eq(seen.id, id) && str_eq(seen.checksum, checksum))
		return;
	if (rc == 0)
		rc = workdir_tracking_set(inv->workdir, key, id, checksum, &err);
	if (rc < 0)
		warn(&inv->out, "the head of \"%s\" could not be remembered: %s", branch, err.msg);
}

void session_warn_seen(struct invocation *inv, const struct history *now, size_t from,
		       const struct history *then, const char *branch)
{
	AUTO_FREE char *own = branch ? session_tracking_key(inv->target, branch) : NULL;
	const struct tracking_query query = {.now = now, .from = from, .then = then, .except = own};
	AUTO_FREE char *key = NULL;
	size_t at;

	if (workdir_tracking_find(&key, &at, inv->workdir, &query))
		warn(&inv->out, "record \"%s\" is on %s, too: that branch will have diverged",
		     history_at(now, at)->name, key);
}
