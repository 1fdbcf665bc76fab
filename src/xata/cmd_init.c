/* xata init: makes a project of the current folder and fetches the history of its branch. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapt/vcs_git.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "project/credentials.h"
#include "project/url.h"
#include "xata/auth.h"
#include "xata/commands.h"
#include "xata/init.h"
#include "xata/prompt.h"
#include "xata/pull.h"

static const struct opt options[] = {
	{"branch", 'b', "BRANCH", "branch to fetch the history of"},
	{"yes", 'y', NULL, "do not ask: take what there is only one of, approve its host"},
	{"force", 'f', NULL, "give a project that has a database URL another one"},
	{"ci", 0, "github|gitlab", "install jobs for github or gitlab; alone, in a project"},
	{0},
};

struct init {
	struct invocation *inv;
	struct project *project;
	char *branch;
	enum branch_source how;
	bool branch_exists;
	bool configured; /* the URL is in the configuration already */
	bool ignored;	 /* .env was added to .gitignore */
	struct strs made;
};

static void init_release(struct init *i)
{
	free(i->branch);
	strs_release(&i->made);
}
AUTO_VALUE_DEFINE(init)

/* ---- before anything is written */

/* Where the name of the branch begins in the path of a database URL, or where the path ends. */
static size_t database_len(const char *path)
{
	size_t len = strcspn(path, ":");

	return len && path[len - 1] == '/' ? len - 1 : len;
}

static bool same_database(const char *one, const char *two)
{
	AUTO_VALUE(url_parts) a = {0};
	AUTO_VALUE(url_parts) b = {0};

	if (!url_split(&a, one) || !url_split(&b, two) || !url_same_host(&a, &b))
		return false;
	size_t len = database_len(a.path);
	return str_eq(a.scheme, b.scheme) && len == database_len(b.path) &&
	       strncmp(a.path, b.path, len) == 0;
}

/* A project stays with its database unless --force says otherwise. */
static int check_configured(struct init *i, struct error *err)
{
	const struct target *t = i->inv->target;
	const json_t *config = project_config(i->project);
	const char *url = json_text(config, "databaseURL");

	if (!url || !*url)
		return 0;
	i->configured = same_database(url, t->url);
	if (i->configured || args_flag(&i->inv->args, "force"))
		return 0;
	if (t->url_origin != ORIGIN_FLAG) {
		i->configured = true;
		note(&i->inv->out, "XATA_DATABASE_URL names another database than %s, which stays.",
		     project_config_file(i->project));
		return 0;
	}
	int rc = fail(err, E_EXISTS, "the project in \"%s\" has another database already",
		      project_root(i->project));
	hint(err, "Give --force to change the URL in %s; migrations stay as they are.",
	     project_config_file(i->project));
	return rc;
}

static int fail_no_database(const struct target *t, struct error *err)
{
	int rc = fail(err, E_REMOTE_NOTFOUND, "%s has no database \"%s\"", t->data, t->database);

	hint(err, "Create it with \"xata dbs create %s --db %s\", then run \"xata init\" again.",
	     t->database, t->url);
	return rc;
}

static int fail_no_branch(const struct init *i, struct error *err)
{
	const struct target *t = i->inv->target;
	int rc = fail(err, E_REMOTE_NOTFOUND, "database \"%s\" has no branch \"%s\"", t->database,
		      i->branch);

	hint(err, "Create it with \"xata branch create %s --db %s\", then run \"xata init\" again.",
	     i->branch, t->url);
	return rc;
}

/* Which branch, and whether it is there: nothing is written for a database that is not. */
static int find_branch(struct init *i, struct error *err)
{
	AUTO_JSON *doc = NULL;
	struct error why = {0};
	struct api *api = NULL;
	const char *named = args_value(&i->inv->args, "branch");
	size_t at;
	json_t *item;

	int rc = session_api(&api, i->inv, SESSION_DATABASE, err);
	if (rc == 0)
		rc = api_branches(&doc, api, &why);
	if (rc == E_REMOTE_NOTFOUND)
		return fail_no_database(i->inv->target, err);
	if (rc < 0 && why.code)
		*err = why;
	if (rc == 0)
		rc = session_branch(&i->branch, &i->how, i->inv, named, err);
	if (rc < 0)
		return rc;
	json_array_foreach(json_object_get(doc, "branches"), at, item)
	{
		const char *name = json_text(item, "name");
		i->branch_exists = i->branch_exists || str_eq(name, i->branch);
	}
	bool explicitly = named || i->inv->target->branch_origin == ORIGIN_FLAG;
	return i->branch_exists || !explicitly ? 0 : fail_no_branch(i, err);
}

/* ---- what the project gets */

static char *program_dir(void)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

	if (len <= 0 || (size_t)len >= sizeof path - 1)
		return NULL;
	path[len] = '\0';
	char *slash = strrchr(path, '/');
	return slash ? xstrndup(path, (size_t)(slash - path)) : NULL;
}

/* XATA_TEMPLATE_DIR; beside a build that is not installed; where it is installed. */
char *init_template_dir(void)
{
	const char *set = getenv("XATA_TEMPLATE_DIR");
	AUTO_FREE char *dir = program_dir();

	if (set && *set)
		return xstrdup(set);
	AUTO_FREE char *beside = dir ? xasprintf("%s/../.xata-template", dir) : NULL;
	if (beside && fs_exists(AT_FDCWD, beside))
		return steal(&beside);
	AUTO_FREE char *staged = dir ? xasprintf("%s/../share/xata/template", dir) : NULL;
	if (staged && fs_exists(AT_FDCWD, staged)) /* installed below another root */
		return steal(&staged);
	return fs_exists(AT_FDCWD, XATA_TEMPLATE_DIR) ? xstrdup(XATA_TEMPLATE_DIR) : NULL;
}

static int lay_template(struct init *i, struct error *err)
{
	AUTO_FREE char *dir = init_template_dir();

	if (!dir) {
		warn(&i->inv->out,
		     "the project template is not installed in %s: only the ledger is made; "
		     "XATA_TEMPLATE_DIR may name another folder",
		     XATA_TEMPLATE_DIR);
		return 0;
	}
	return project_lay_template(&i->made, i->project, dir, err);
}

/* .env may hold a key one day: Git must not take it. */
static int ignore_env(struct init *i, struct error *err)
{
	struct error ignored = {0};
	struct vcs *git = NULL;
	bool known = false;

	if (vcs_git_open(&git, project_root(i->project), &ignored) == 0) {
		if (git->ops->is_ignored(&known, git, ".env", &ignored) < 0)
			known = false;
		git->ops->close(git);
	}
	return known ? 0 : project_gitignore_add(&i->ignored, i->project, ".env", err);
}

static int write_project(struct init *i, struct error *err)
{
	const struct target *t = i->inv->target;
	struct workdir *w;

	/* First the lock and .xata/: what is interrupted after it leaves nothing beside that. */
	int rc = session_workdir(&w, i->inv, WORKDIR_WRITE, err);
	if (rc == 0)
		rc = workdir_check_ledger(w, err);
	if (rc == 0)
		rc = lay_template(i, err);
	if (rc == 0 && !i->configured)
		rc = project_config_init(i->project, t->url, err);
	return rc < 0 ? rc : ignore_env(i, err);
}

/*
 * The configuration names a host that later commands may not send a key to, as only files of the
 * project name it: who runs init can approve it here.
 */
static int approve_host(struct init *i, struct error *err)
{
	AUTO_VALUE(target) later = {0};
	AUTO_FREE char *host = NULL;
	struct target_request plain = {0};
	struct error why = {0};
	bool yes = args_flag(&i->inv->args, "yes");

	json_put(i->inv->out.doc, "trusted", json_null());
	if (target_resolve(&later, i->project, &plain, &why) != E_UNTRUSTED)
		return 0;
	int rc = auth_approval(&host, i->inv->target->data, err);
	if (rc < 0)
		return rc;
	if (!yes && prompt_possible()) {
		AUTO_FREE char *question = xasprintf(
			"May keys go to %s when only a project names it?", host);
		rc = prompt_confirm(&yes, question, "--yes", err);
	}
	if (rc == 0 && yes)
		rc = trust_add(host, err);
	if (rc < 0)
		return rc;
	if (yes) {
		put_text(&i->inv->out, "trusted", host);
		say(&i->inv->out, "Keys may go to %s from now on.", host);
	} else {
		note(&i->inv->out,
		     "Commands here send no key to %s until \"xata auth trust %s\" approves it.",
		     host, host);
	}
	return 0;
}

/* ---- */

static void report(const struct init *i)
{
	struct output *o = &i->inv->out;
	const struct target *t = i->inv->target;
	json_t *made = json_array();

	json_put_string(o->doc, "project", project_root(i->project));
	json_put_string(o->doc, "config", project_config_file(i->project));
	json_put_string(o->doc, "databaseURL", t->url);
	json_put_string(o->doc, "branch", i->branch);
	json_put(o->doc, "branchExists", json_boolean(i->branch_exists));
	json_put(o->doc, "gitignore", json_boolean(i->ignored));
	for (size_t n = 0; n < i->made.len; n++) {
		json_array_append_new(made, json_string(i->made.items[n]));
		say(o, "  + %s", i->made.items[n]);
	}
	json_put(o->doc, "created", made);
	if (i->ignored)
		say(o, "  + .env in .gitignore");
	say_color(o, COLOR_GREEN, "%s \"%s\" for database %s.",
		  i->configured ? "The project is set up already in" : "Set up a project in",
		  project_root(i->project), t->url);
}

/* The project would be about one database, and every command that runs here about another. */
static void note_environment(const struct init *i)
{
	const struct setting s = project_env(i->project, "XATA_DATABASE_URL");
	AUTO_VALUE(url_parts) parts = {0};

	/* What is no URL may hold a password; the next command says that it is none. */
	if (s.value && url_split(&parts, s.value) && !same_database(s.value, i->inv->target->url))
		note(&i->inv->out,
		     "XATA_DATABASE_URL names another database (%s), and goes before %s.", s.value,
		     project_config_file(i->project));
}

static int pull_history(struct init *i, struct error *err)
{
	struct pull_branch_options safe = {.force = PULL_SAFE};

	if (i->branch_exists)
		return pull_branch(i->inv, i->branch, &safe, err);
	note(&i->inv->out,
	     "The database has no branch \"%s\" yet: \"xata branch create %s --empty\" makes it.",
	     i->branch, i->branch);
	return 0;
}

/*
 * --json: {"project": folder, "config": file, "databaseURL", "branch", "branchExists": bool,
 * "created": [files], "gitignore": whether .env was added, "trusted": "host:port" approved now or
 * null}, and what pull sets when the branch exists; with --ci what init_ci() sets.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(init) i = {.inv = inv};
	const char *ci = args_value(&inv->args, "ci");

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = session_project_or_none(&i.project, inv, err);
	if (rc == 0 && ci && project_exists(i.project))
		return init_ci(inv, ci, err);
	if (rc == 0 && !project_exists(i.project))
		rc = session_not_left_out(err);
	if (rc == 0)
		rc = init_database(inv, err);
	if (rc == 0)
		rc = check_configured(&i, err);
	if (rc == 0)
		rc = find_branch(&i, err);
	if (rc == 0)
		rc = write_project(&i, err);
	if (rc < 0)
		return rc;
	report(&i);
	note_environment(&i);
	rc = approve_host(&i, err);
	if (rc == 0)
		rc = pull_history(&i, err);
	return rc < 0 || !ci ? rc : init_ci(inv, ci, err);
}

const struct command cmd_init = {
	.name = "init",
	.summary = "make a project and fetch the history of its branch",
	.description =
		"Writes the database URL to .xatarc, lays the template into .xata/ (never over an\n"
		"existing file), adds .env to .gitignore, and pulls. On a terminal it takes the\n"
		"only database there is, and asks when there are several. It never deletes a\n"
		"migration, and can be run again.\n"
		"\n"
		"With --ci, jobs for pull requests are laid into the repository, where the CI\n"
		"system looks for them; in a project that is there already nothing else is done.",
	.options = options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.run = run,
};
