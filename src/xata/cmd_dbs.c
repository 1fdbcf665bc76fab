/* xata dbs: lists, creates, deletes and renames databases of a workspace. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "xata/commands.h"
#include "xata/confirm.h"
#include "xata/prompt.h"
#include "xata/session.h"

/*
 * The i-th argument; without it a terminal is asked, where fallback is offered. free() *out.
 */
static int word_or_ask(char **out, struct invocation *inv, size_t i, const char *question,
		       const char *fallback, struct error *err)
{
	const char *word = args_word(&inv->args, i);

	*out = NULL;
	if (!word && prompt_possible())
		return prompt_line(out, question, fallback, "an argument", err);
	if (!word) {
		int rc = fail(err, E_USAGE, "the name of the database is missing");
		hint(err, "Say \"xata %s %s\".", inv->path,
		     i == 0 && !strchr(inv->command->args, ' ') ? "<name>" : "<name> <new-name>");
		return rc;
	}
	*out = xstrdup(word);
	return 0;
}

/* The directory's name, which a new database often has. */
static char *directory_name(void)
{
	AUTO_FREE char *cwd = getcwd(NULL, 0);
	const char *slash = cwd ? strrchr(cwd, '/') : NULL;

	return slash && slash[1] ? xstrdup(slash + 1) : NULL;
}

/* --json: {"databases": [the endpoint's database objects]}. */
static int run_list(struct invocation *inv, struct error *err)
{
	AUTO_JSON *answer = NULL;
	AUTO_VALUE(table) table = {.columns = 4};
	struct api *api = NULL;
	json_t *database;
	size_t i;

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = session_workspace_api(&api, inv, err);
	if (rc == 0)
		rc = api_databases(&answer, api, err);
	if (rc < 0)
		return rc;
	json_t *databases = json_object_get(answer, "databases");
	table_cell(&table, "NAME");
	table_cell(&table, "REGION");
	table_cell(&table, "FORMAT");
	table_cell(&table, "CREATED AT");
	json_array_foreach(databases, i, database)
	{
		table_cell(&table, json_text(database, "name"));
		table_cell(&table, json_text(database, "region"));
		table_cell(&table, json_is_true(json_object_get(database, "postgresEnabled"))
					   ? "pgroll"
					   : "v1");
		table_date(&table, json_text(database, "createdAt"));
	}
	table_print(&inv->out, &table);
	json_put(inv->out.doc, "databases", json_incref(databases));
	return 0;
}

static const struct opt create_options[] = {
	{"region", 0, "REGION", "where to create it; needed when the endpoint has several"},
	{"branch", 0, "NAME", "name of its first branch (main)"},
	{"postgres", 0, NULL, "a PostgreSQL database, whose branches keep pgroll records"},
	WORKSPACE_OPTION,
	{0},
};

/* --json: {"database", "result": the endpoint's answer}. */
static int run_create(struct invocation *inv, struct error *err)
{
	AUTO_JSON *answer = NULL;
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *here = directory_name();
	struct api *api = NULL;
	struct api_database_options options = {
		.region = args_value(&inv->args, "region"),
		.branch = args_value(&inv->args, "branch"),
		.postgres = args_flag(&inv->args, "postgres"),
	};

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = session_workspace_api(&api, inv, err);
	if (rc == 0)
		rc = word_or_ask(&name, inv, 0, "Name of the new database", here, err);
	if (rc == 0)
		rc = api_database_create(&answer, api, name, &options, err);
	if (rc == E_REFUSED && strstr(err->msg, "already exists")) {
		hint(err, "Choose another name; \"xata dbs list\" shows what there is.");
		rc = error_recode(err, E_CONFLICT);
	}
	if (rc < 0)
		return rc;
	say(&inv->out, "Created database \"%s\" with branch \"%s\".", name,
	    options.branch ? options.branch : "main");
	json_put_string(inv->out.doc, "database", name);
	json_put(inv->out.doc, "result", json_incref(answer));
	return 0;
}

static const struct opt change_options[] = {
	{"yes", 'y', NULL, "do not ask"},
	{"force", 'f', NULL, "the same as --yes"},
	WORKSPACE_OPTION,
	{0},
};

/* --json: {"database", "result": the endpoint's answer}. */
static int run_delete(struct invocation *inv, struct error *err)
{
	AUTO_JSON *answer = NULL;
	AUTO_FREE char *name = NULL;
	struct api *api = NULL;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = session_workspace_api(&api, inv, err);
	if (rc == 0)
		rc = word_or_ask(&name, inv, 0, "Database to delete", NULL, err);
	if (rc == 0)
		rc = confirm_by_name(inv, "delete database", name, err);
	if (rc == 0)
		rc = api_database_delete(&answer, api, name, err);
	if (rc < 0)
		return rc;
	say(&inv->out, "Deleted database \"%s\".", name);
	json_put_string(inv->out.doc, "database", name);
	json_put(inv->out.doc, "result", json_incref(answer));
	return 0;
}

/* --json: {"database", "newName", "result": the endpoint's answer}. */
static int run_rename(struct invocation *inv, struct error *err)
{
	AUTO_JSON *answer = NULL;
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *new_name = NULL;
	struct api *api = NULL;

	int rc = args_count(&inv->args, 0, 2, err);
	if (rc == 0)
		rc = session_workspace_api(&api, inv, err);
	if (rc == 0)
		rc = word_or_ask(&name, inv, 0, "Database to rename", NULL, err);
	if (rc == 0)
		rc = word_or_ask(&new_name, inv, 1, "Its new name", NULL, err);
	if (rc == 0)
		rc = confirm_by_name(inv, "rename database", name, err);
	if (rc == 0)
		rc = api_database_rename(&answer, api, name, new_name, err);
	if (rc < 0)
		return rc;
	say(&inv->out, "Renamed database \"%s\" to \"%s\".", name, new_name);
	note(&inv->out, "Projects that name \"%s\" in their database URL need the new name.", name);
	json_put_string(inv->out.doc, "database", name);
	json_put_string(inv->out.doc, "newName", new_name);
	json_put(inv->out.doc, "result", json_incref(answer));
	return 0;
}

static const struct opt list_options[] = {
	WORKSPACE_OPTION,
	{0},
};

static const struct command dbs_list = {
	.name = "list",
	.summary = "list the databases of the workspace",
	.options = list_options,
	.needs = NEEDS_ENDPOINT,
	.answers = true,
	.run = run_list,
};

static const struct command dbs_create = {
	.name = "create",
	.args = "[<name>]",
	.summary = "create a database",
	.options = create_options,
	.needs = NEEDS_ENDPOINT,
	.run = run_create,
};

static const struct command dbs_delete = {
	.name = "delete",
	.args = "[<name>]",
	.summary = "delete a database with all its branches",
	.options = change_options,
	.needs = NEEDS_ENDPOINT,
	.run = run_delete,
};

static const struct command dbs_rename = {
	.name = "rename",
	.args = "[<name> [<new-name>]]",
	.summary = "give a database another name",
	.options = change_options,
	.needs = NEEDS_ENDPOINT,
	.run = run_rename,
};

static const struct command *const subcommands[] = {&dbs_list, &dbs_create, &dbs_delete,
						    &dbs_rename, NULL};

const struct command cmd_dbs = {
	.name = "dbs",
	.summary = "list, create, delete and rename databases",
	.subcommands = subcommands,
};
