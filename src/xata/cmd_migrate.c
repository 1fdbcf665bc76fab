/* xata migrate: starts, completes and rolls back migrations of pgroll branches, and shows them. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fs.h"
#include "xata/commands.h"
#include "xata/progress.h"
#include "xata/session.h"

#define WAIT_DEFAULT_S 600

/*
 * Members of --json that all have: "branch". start, complete and rollback add "jobID" and, unless
 * --no-wait, "job": the job as the endpoint shows it.
 */

/* The branch a command is about and the way to it. */
struct migrate {
	struct invocation *inv;
	struct api *api;
	char *branch;
};

static void migrate_release(struct migrate *m)
{
	free(m->branch);
}
AUTO_VALUE_DEFINE(migrate)

/* Only pgroll branches have migrations that start and end; asked for in one small request. */
static int check_format(const struct migrate *m, struct error *err)
{
	AUTO_VALUE(remote_head) head = {0};
	struct endpoint *e = api_endpoint(m->api, m->branch);

	int rc = e->ops->head(e, &head, err);
	e->ops->close(e);
	if (rc < 0 || head.format == RECORD_PGROLL)
		return rc;
	rc = fail(err, E_INVALID,
		  "branch \"%s\" is a schema branch: only PostgreSQL branches have migrations that "
		  "start and complete",
		  m->branch);
	hint(err, "Use \"xata new\" and \"xata push\" there, or make a database with \"xata dbs "
		  "create NAME --postgres\".");
	return rc;
}

enum announce { READS, WRITES };

static int open_branch(struct migrate *m, struct invocation *inv, enum announce announce,
		       struct error *err)
{
	enum branch_source how;

	int rc = session_branch(&m->branch, &how, inv, args_word(&inv->args, 0), err);
	if (rc == 0)
		rc = session_api(&m->api, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	json_put_string(inv->out.doc, "branch", m->branch);
	rc = check_format(m, err);
	if (rc < 0)
		return rc;
	if (announce == WRITES && how != BRANCH_ARGUMENT)
		note(&inv->out,
		     "Writing to branch \"%s\" of %s, which the command line does not name.",
		     m->branch, inv->target->url);
	return 0;
}

/* A started migration that was not completed, as the latest job shows: type start, completed. */
static bool is_active(const json_t *job)
{
	return str_eq(json_text(job, "type"), "start") &&
	       str_eq(json_text(job, "status"), "completed");
}

/* A job that has neither completed nor failed stands in the way of the next one. */
static int check_idle(const struct migrate *m, const json_t *job, struct error *err)
{
	const char *status = json_text(job, "status");

	if (!job || str_eq(status, "completed") || str_eq(status, "failed"))
		return 0;
	int rc = fail(err, E_CONFLICT, "job %s of branch \"%s\" has not ended yet",
		      json_text(job, "jobID"), m->branch);
	hint(err, "Wait for it: \"xata migrate status %s\" shows how far it is.", m->branch);
	return rc;
}

static int fail_job(const json_t *job, const char *id, struct error *err)
{
	AUTO_STR reason = {0};

	str_put_safe(&reason, view_of(json_text(job, "error")));
	int rc = fail(err, E_REMOTE_FAILED, "job %s failed: %s", id,
		      reason.len ? str_cstr(&reason) : "the endpoint gives no reason");
	hint(err, "Mend the migration as the message says, then start it again.");
	return rc;
}

/* Asks for the job, less and less often, until it has ended or the time is over. */
static int wait_for_job(struct migrate *m, const char *id, struct error *err)
{
	struct progress progress = {.out = &m->inv->out};
	int64_t started = clock_mono_ms(), pause = 100;
	long timeout_s = m->inv->timeout_s ? m->inv->timeout_s : WAIT_DEFAULT_S;
	int rc = 0;

	while (rc == 0) {
		AUTO_JSON *job = NULL;
		rc = api_migrate_job(&job, m->api, m->branch, id, err);
		if (rc < 0)
			break;
		const char *status = json_text(job, "status");
		int64_t waited = clock_mono_ms() - started;
		if (str_eq(status, "failed")) {
			rc = fail_job(job, id, err);
		} else if (str_eq(status, "completed")) {
			json_put(m->inv->out.doc, "job", json_incref(job));
			break;
		} else if (waited >= (int64_t)timeout_s * 1000) {
			rc = fail(err, E_TIMEOUT, "job %s has not ended after %ld seconds", id,
				  timeout_s);
			hint(err, "It goes on at the endpoint: see \"xata migrate status %s\".",
			     m->branch);
		} else {
			progress_show(&progress,
				      "waiting for the job, seconds:", (size_t)(waited / 1000), 0);
			clock_sleep_ms(pause);
			pause = pause < 2000 ? pause * 3 / 2 : 2000;
		}
	}
	progress_clear(&progress);
	return rc;
}

/* Reports the job of an answer {"jobID"} and waits for it unless --no-wait. */
static int follow(struct migrate *m, const json_t *answer, const char *done, struct error *err)
{
	const char *id = json_text(answer, "jobID");

	json_put_string(m->inv->out.doc, "jobID", id);
	if (args_flag(&m->inv->args, "no-wait")) {
		say(&m->inv->out, "Job %s is on its way.", id);
		return 0;
	}
	int rc = wait_for_job(m, id, err);
	if (rc == 0)
		say(&m->inv->out, "%s on branch \"%s\" (job %s).", done, m->branch, id);
	return rc;
}

static const struct opt start_options[] = {
	{"migration-json", 0, "JSON", "the migration, instead of a file"},
	{"no-wait", 0, NULL, "do not wait until the job has ended"},
	{0},
};

static const struct opt wait_options[] = {
	{"no-wait", 0, NULL, "do not wait until the job has ended"},
	{0},
};

/* The migration from --migration-json, a file, or standard input for "-": exactly one of them. */
static int read_migration(json_t **out, struct invocation *inv, struct error *err)
{
	AUTO_STR text = {0};
	const char *given = args_value(&inv->args, "migration-json"),
		   *file = args_word(&inv->args, 1);
	int rc = 0;

	if (!given == !file) {
		rc = fail(err, E_USAGE,
			  "the migration must come from a file or from --migration-json");
		hint(err, "Name a file, \"-\" for standard input, or give --migration-json; not "
			  "two of them.");
		return rc;
	}
	if (given)
		str_puts(&text, given);
	else if (str_eq(file, "-"))
		rc = fs_read_fd(&text, STDIN_FILENO, RECORD_TEXT_MAX, "standard input", err);
	else
		rc = fs_read(&text, AT_FDCWD, file, RECORD_TEXT_MAX, err);
	if (rc == 0)
		rc = json_read(out, str_view(&text), 0, err);
	if (rc < 0) {
		error_prefix(err, "the migration of %s", given ? "--migration-json" : file);
		hint(err, "Give an object such as {\"name\":\"01_users\",\"operations\":[…]}.");
		return rc;
	}
	if (json_is_array(*out)) { /* bare operations */
		json_t *wrapped = json_pack("{s:o}", "operations", *out);
		*out = wrapped;
	}
	json_t *operations;
	return json_get_array(&operations, *out, "operations", JSON_REQUIRED, err);
}

static int run_start(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(migrate) m = {.inv = inv};
	AUTO_JSON *migration = NULL;
	AUTO_JSON *latest = NULL;
	AUTO_JSON *answer = NULL;

	int rc = args_count(&inv->args, 0, 2, err);
	if (rc == 0)
		rc = read_migration(&migration, inv, err);
	if (rc == 0)
		rc = open_branch(&m, inv, WRITES, err);
	if (rc == 0)
		rc = api_migrate_status(&latest, m.api, m.branch, err);
	if (rc == 0)
		rc = check_idle(&m, latest, err);
	if (rc < 0)
		return rc;
	if (is_active(latest)) {
		rc = fail(err, E_CONFLICT, "branch \"%s\" has an active migration", m.branch);
		hint(err, "Run \"xata migrate complete %s\" or \"xata migrate rollback %s\" first.",
		     m.branch, m.branch);
		return rc;
	}
	rc = api_migrate_start(&answer, m.api, m.branch, migration, err);
	return rc < 0 ? rc : follow(&m, answer, "Migration started", err);
}

/* What complete and rollback share: there must be an active migration. */
static int end_active(struct invocation *inv, bool complete, struct error *err)
{
	AUTO_VALUE(migrate) m = {.inv = inv};
	AUTO_JSON *latest = NULL;
	AUTO_JSON *answer = NULL;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = open_branch(&m, inv, WRITES, err);
	if (rc == 0)
		rc = api_migrate_status(&latest, m.api, m.branch, err);
	if (rc == 0)
		rc = check_idle(&m, latest, err);
	if (rc < 0)
		return rc;
	if (!is_active(latest)) {
		rc = fail(err, E_CONFLICT, "branch \"%s\" has no active migration", m.branch);
		hint(err, "Start one with \"xata migrate start %s FILE\".", m.branch);
		return rc;
	}
	rc = complete ? api_migrate_complete(&answer, m.api, m.branch, err)
		      : api_migrate_rollback(&answer, m.api, m.branch, err);
	return rc < 0 ? rc
		      : follow(&m, answer,
			       complete ? "Migration completed" : "Migration rolled back", err);
}

static int run_complete(struct invocation *inv, struct error *err)
{
	return end_active(inv, true, err);
}

static int run_rollback(struct invocation *inv, struct error *err)
{
	return end_active(inv, false, err);
}

#define REASON_SHOWN ((size_t)4096) /* bytes */

static void say_reason(const struct output *o, const char *reason)
{
	size_t len = reason ? strlen(reason) : 0;

	if (len > REASON_SHOWN)
		len = utf8_cut(reason, REASON_SHOWN);
	if (reason)
		say_color(o, COLOR_RED, "Error: %.*s", (int)len, reason);
}

/* --json: {"branch", "job": the latest job as the endpoint shows it or null, "active": bool}. */
static int run_status(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(migrate) m = {.inv = inv};
	AUTO_VALUE(table) table = {.columns = 5};
	AUTO_JSON *job = NULL;
	static const char *const header[] = {"JOB ID", "TYPE", "JOB STATUS", "MIGRATION STATUS",
					     "COMPLETED AT"};

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = open_branch(&m, inv, READS, err);
	if (rc == 0)
		rc = api_migrate_status(&job, m.api, m.branch, err);
	if (rc < 0)
		return rc;
	json_put(inv->out.doc, "job", job ? json_incref(job) : json_null());
	json_put(inv->out.doc, "active", json_boolean(is_active(job)));
	if (!job) {
		say(&inv->out, "Branch \"%s\" has had no migration job.", m.branch);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(header); i++)
		table_cell(&table, header[i]);
	table_cell(&table, json_text(job, "jobID"));
	table_cell(&table, json_text(job, "type"));
	table_cell(&table, json_text(job, "status"));
	table_cell(&table, is_active(job) ? "active" : json_text(job, "status"));
	table_date(&table, json_text(job, "completedAt"));
	table_print(&inv->out, &table);
	say_reason(&inv->out, json_text(job, "error"));
	return 0;
}

static const struct opt list_options[] = {
	{"max-count", 'n', "NUMBER", "show at most this many (10); 0 shows all"},
	{0},
};

#define MIGRATION_SHOWN 70 /* bytes of a migration's text in the table */

static void put_item(struct table *t, const json_t *item)
{
	AUTO_STR text = {0};
	const char *migration = json_text(item, "migration");
	size_t len = migration ? strlen(migration) : 0, cut = len;

	if (cut > MIGRATION_SHOWN)
		for (cut = MIGRATION_SHOWN;
		     cut > 0 && ((unsigned char)migration[cut] & 0xC0) == 0x80;)
			cut--;
	str_put(&text, migration ? migration : "", cut);
	if (cut < len)
		str_puts(&text, " (truncated...)");
	table_cell(t, json_text(item, "name"));
	table_cell(t, json_text(item, "migrationType"));
	table_cell(t, json_is_true(json_object_get(item, "done")) ? "complete" : "in progress");
	table_cell(t, json_text(item, "parent"));
	table_cell(t, str_cstr(&text));
}

/* --json: {"branch", "migrations": [the endpoint's history items, newest first]}. */
static int run_list(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(migrate) m = {.inv = inv};
	AUTO_VALUE(table) table = {.columns = 5};
	AUTO_JSON *answer = NULL;
	static const char *const header[] = {"NAME", "TYPE", "STATUS", "PARENT", "MIGRATION"};
	long limit;
	size_t i;
	json_t *item;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = args_number(&limit, &inv->args, "max-count", 0, 1000000, 10, err);
	if (rc == 0)
		rc = open_branch(&m, inv, READS, err);
	if (rc == 0)
		rc = api_migrate_list(&answer, m.api, m.branch, (int)limit, err);
	if (rc < 0)
		return rc;
	json_t *items = json_object_get(answer, "migrations");
	for (i = 0; i < ARRAY_LEN(header); i++)
		table_cell(&table, header[i]);
	json_array_foreach(items, i, item) put_item(&table, item);
	table_print(&inv->out, &table);
	json_put(inv->out.doc, "migrations", json_incref(items));
	return 0;
}

static const struct command migrate_start = {
	.name = "start",
	.args = "[<branch> [<file>]]",
	.summary = "start a migration; old and new schema are served until it ends",
	.options = start_options,
	.needs = NEEDS_ENDPOINT,
	.run = run_start,
};

static const struct command migrate_complete = {
	.name = "complete",
	.args = "[<branch>]",
	.summary = "complete the active migration",
	.options = wait_options,
	.needs = NEEDS_ENDPOINT,
	.run = run_complete,
};

static const struct command migrate_rollback = {
	.name = "rollback",
	.args = "[<branch>]",
	.summary = "roll the active migration back",
	.options = wait_options,
	.needs = NEEDS_ENDPOINT,
	.run = run_rollback,
};

static const struct command migrate_status = {
	.name = "status",
	.args = "[<branch>]",
	.summary = "show the latest job and whether a migration is active",
	.needs = NEEDS_ENDPOINT,
	.answers = true,
	.run = run_status,
};

static const struct command migrate_list = {
	.name = "list",
	.args = "[<branch>]",
	.summary = "list the migrations of a branch, newest first",
	.options = list_options,
	.needs = NEEDS_ENDPOINT,
	.answers = true,
	.run = run_list,
};

static const struct command *const subcommands[] = {
	&migrate_start, &migrate_complete, &migrate_rollback, &migrate_status, &migrate_list, NULL};

const struct command cmd_migrate = {
	.name = "migrate",
	.summary = "start, complete, roll back and show pgroll migrations",
	.subcommands = subcommands,
};
