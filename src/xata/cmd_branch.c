/* xata branch: lists, creates and deletes branches of the database. */
#include <string.h>

#include "xata/commands.h"
#include "xata/confirm.h"
#include "xata/session.h"

/*
 * --json: {"database": name, "branches": [the endpoint's branch objects]}.
 */
static int run_list(struct invocation *inv, struct error *err)
{
	AUTO_JSON *answer = NULL;
	AUTO_VALUE(table) table = {.columns = 2};
	struct api *api = NULL;
	json_t *branch;
	size_t i;

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc == 0)
		rc = api_branches(&answer, api, err);
	if (rc < 0)
		return rc;
	json_t *branches = json_object_get(answer, "branches");
	table_cell(&table, "NAME");
	table_cell(&table, "CREATED AT");
	json_array_foreach(branches, i, branch)
	{
		table_cell(&table, json_text(branch, "name"));
		table_date(&table, json_text(branch, "createdAt"));
	}
	table_print(&inv->out, &table);
	json_put_string(inv->out.doc, "database", inv->target->database);
	json_put(inv->out.doc, "branches", json_incref(branches));
	return 0;
}

static const struct opt create_options[] = {
	{"from", 0, "BRANCH", "branch to start from (main)"},
	{"empty", 0, NULL, "start without history"},
	{0},
};

/* --json: {"branch", "from": name or null, "result": the endpoint's answer}. */
static int run_create(struct invocation *inv, struct error *err)
{
	AUTO_JSON *answer = NULL;
	const char *from = args_value(&inv->args, "from"), *name;
	struct api *api = NULL;

	int rc = args_count(&inv->args, 1, 1, err);
	if (rc == 0 && from && args_flag(&inv->args, "empty"))
		rc = fail(err, E_USAGE, "--from and --empty exclude each other");
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	name = args_word(&inv->args, 0);
	if (!from && !args_flag(&inv->args, "empty"))
		from = "main";
	rc = api_branch_create(&answer, api, name, from, NULL, err);
	if (rc == E_REFUSED && strstr(err->msg, "already exists")) {
		hint(err, "Choose another name; \"xata branch list\" shows what there is.");
		rc = error_recode(err, E_CONFLICT);
	} else if (rc == E_REFUSED && from && !args_value(&inv->args, "from")) {
		hint(err, "When there is no branch \"main\", say --from BRANCH or --empty.");
	}
	if (rc < 0)
		return rc;
	if (from)
		say(&inv->out, "Created branch \"%s\" from \"%s\".", name, from);
	else
		say(&inv->out, "Created empty branch \"%s\".", name);
	json_put_string(inv->out.doc, "branch", name);
	put_text(&inv->out, "from", from);
	json_put(inv->out.doc, "result", json_incref(answer));
	return 0;
}

/* --json: {"branch", "result": the endpoint's answer}. */
static int run_delete(struct invocation *inv, struct error *err)
{
	AUTO_JSON *answer = NULL;
	struct api *api = NULL;

	int rc = args_count(&inv->args, 1, 1, err);
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc == 0)
		rc = confirm_by_name(inv, "delete branch", args_word(&inv->args, 0), err);
	if (rc == 0)
		rc = api_branch_delete(&answer, api, args_word(&inv->args, 0), err);
	if (rc < 0)
		return rc;
	say(&inv->out, "Deleted branch \"%s\" of database \"%s\".", args_word(&inv->args, 0),
	    inv->target->database);
	json_put_string(inv->out.doc, "branch", args_word(&inv->args, 0));
	json_put(inv->out.doc, "result", json_incref(answer));
	return 0;
}

static const struct command branch_list = {
	.name = "list",
	.summary = "list the branches of the database",
	.needs = NEEDS_ENDPOINT,
	.answers = true,
	.run = run_list,
};

static const struct command branch_create = {
	.name = "create",
	.args = "<name>",
	.summary = "create a branch from another one, sharing its history",
	.options = create_options,
	.needs = NEEDS_ENDPOINT,
	.run = run_create,
};

static const struct command branch_delete = {
	.name = "delete",
	.args = "<name>",
	.summary = "delete a branch at the endpoint",
	.options = confirm_options,
	.needs = NEEDS_ENDPOINT,
	.run = run_delete,
};

static const struct command *const subcommands[] = {&branch_list, &branch_create, &branch_delete,
						    NULL};

const struct command cmd_branch = {
	.name = "branch",
	.summary = "list, create and delete branches",
	.subcommands = subcommands,
};
