/* xata config: reads and changes the project's configuration file. */
#include "xata/commands.h"
#include "xata/session.h"

static int open_config(struct project **p, struct invocation *inv, struct error *err)
{
	int rc = session_project(p, inv, err);

	if (rc < 0 || project_config_file(*p))
		return rc;
	rc = fail(err, E_PROJECT, "the project has no configuration file");
	hint(err, "Run \"xata init\" to make one.");
	return rc;
}

/* A string as it is, everything else as JSON. */
static void say_value(struct output *o, const json_t *value)
{
	AUTO_STR text = {0};

	if (json_is_string(value))
		str_put_safe(&text, view_of(json_string_value(value)));
	else
		json_write(&text, value, JSON_FORM_PRETTY);
	str_putc(&text, '\n');
	say_raw_json(o, str_view(&text));
}

/* --json: {"file", "key": name or null, "value"}. */
static int run_get(struct invocation *inv, struct error *err)
{
	const json_t *value = NULL;
	const char *key = args_word(&inv->args, 0);
	struct project *p = NULL;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = open_config(&p, inv, err);
	if (rc == 0 && key)
		rc = project_config_get(&value, p, key, err);
	if (rc < 0)
		return rc;
	if (!key)
		value = project_config(p);
	json_put_string(inv->out.doc, "file", project_config_file(p));
	put_text(&inv->out, "key", key);
	json_put(inv->out.doc, "value", json_deep_copy(value));
	say_value(&inv->out, value);
	return 0;
}

/* --json: {"file", "key", "value"}, the value as it is in the file now. */
static int run_set(struct invocation *inv, struct error *err)
{
	const json_t *value = NULL;
	const char *key = args_word(&inv->args, 0);
	struct project *p = NULL;

	int rc = args_count(&inv->args, 2, 2, err);
	if (rc == 0)
		rc = open_config(&p, inv, err);
	if (rc == 0)
		rc = project_config_set(p, key, args_word(&inv->args, 1), err);
	if (rc == 0)
		rc = project_config_get(&value, p, key, err);
	if (rc < 0)
		return rc;
	json_put_string(inv->out.doc, "file", project_config_file(p));
	json_put_string(inv->out.doc, "key", key);
	json_put(inv->out.doc, "value", json_deep_copy(value));
	say(&inv->out, "Set \"%s\" in %s.", key, project_config_file(p));
	return 0;
}

static const struct command config_get = {
	.name = "get",
	.args = "[<key>]",
	.summary = "print a setting of the project, or all of them",
	.description = "<key> is a path such as databaseURL or codegen.output.",
	.run = run_get,
};

static const struct command config_set = {
	.name = "set",
	.args = "<key> <value>",
	.summary = "change a setting of the project",
	.description = "Replaces the file in one step; all else in it is kept.",
	.run = run_set,
};

static const struct command *const subcommands[] = {&config_get, &config_set, NULL};

const struct command cmd_config = {
	.name = "config",
	.summary = "read and change the project's configuration",
	.subcommands = subcommands,
};
