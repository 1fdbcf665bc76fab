/* The list of commands, the options they share, and their help. */
#include "xata/command.h"

#include <stdio.h>
#include <string.h>

#include "xata/commands.h"

/* One a line, so that two branches that add one each merge. */
/* clang-format off */
const struct command *const commands[] = {
	&cmd_init,
	&cmd_auth,
	&cmd_pull,
	&cmd_push,
	&cmd_rebase,
	&cmd_squash,
	&cmd_status,
	&cmd_log,
	&cmd_show,
	&cmd_verify,
	&cmd_resolve,
	&cmd_merge,
	&cmd_hook,
	&cmd_ci,
	&cmd_new,
	&cmd_seal,
	&cmd_branch,
	&cmd_dbs,
	&cmd_migrate,
	&cmd_schema,
	&cmd_config,
	&cmd_completion,
	&cmd_help,
	&cmd_version,
	NULL,
};
/* clang-format on */

const struct opt global_options[] = {
	{"json", 0, NULL, "print one JSON document on standard output"},
	{"quiet", 'q', NULL, "print only errors and what was asked for"},
	{"verbose", 'v', NULL, "print each request with its status and time"},
	{"help", 'h', NULL, "show this help"},
	{0},
};

const struct opt endpoint_options[] = {
	{"db", 0, "URL", "database URL, or a database's name at the profile's host"},
	{"profile", 0, "NAME", "profile of the credentials file to use"},
	{"cacert", 0, "FILE", "certificates to trust for this endpoint (PEM)"},
	{"timeout", 0, "SECONDS",
	 "give up after this time on all requests in sum (45), or on a job (600)"},
	{0},
};

const struct opt lock_options[] = {
	{"lock-wait", 0, "SECONDS", "wait this long for another xata in this project (10)"},
	{0},
};

void command_tables(const struct opt *tables[OPT_TABLES_MAX], const struct command *c)
{
	size_t n = 0;

	if (c->options)
		tables[n++] = c->options;
	if (c->needs & NEEDS_ENDPOINT)
		tables[n++] = endpoint_options;
	if (c->needs & NEEDS_LOCK)
		tables[n++] = lock_options;
	tables[n++] = global_options;
	while (n < OPT_TABLES_MAX)
		tables[n++] = NULL;
}

const struct command *command_find(const struct command *const *list, const char *name,
				   struct error *err)
{
	const char *names[64];
	size_t n = 0;

	for (; n < ARRAY_LEN(names) - 1 && list[n]; n++) {
		if (strcmp(list[n]->name, name) == 0)
			return list[n];
		names[n] = list[n]->name;
	}
	names[n] = NULL;
	fail(err, E_USAGE, "unknown command \"%s\"", name);
	const char *near = nearest_name(name, names);
	if (near)
		hint(err, "Did you mean \"%s\"?", near);
	else
		hint(err, "Run \"xata help\" to see the commands.");
	return NULL;
}

static void list_help(struct str *out, const struct command *const *list)
{
	for (; *list; list++)
		str_printf(out, "  %-12s %s\n", (*list)->name, (*list)->summary);
}

void command_help(struct str *out, const struct command *c, const char *path)
{
	str_printf(out, "Usage: xata %s%s%s%s\n\n", path, c->subcommands ? " <command>" : "",
		   c->args ? " " : "", c->args ? c->args : "");
	str_printf(out, "%s\n", c->description ? c->description : c->summary);
	if (c->subcommands) {
		str_puts(out, "\nCommands:\n");
		list_help(out, c->subcommands);
	}
	if (c->options && c->options->name) {
		str_puts(out, "\nOptions:\n");
		opt_help(out, c->options);
	}
	if (c->needs & NEEDS_ENDPOINT) {
		str_puts(out, "\nEndpoint:\n");
		opt_help(out, endpoint_options);
	}
	str_puts(out, "\nGeneral:\n");
	if (c->needs & NEEDS_LOCK)
		opt_help(out, lock_options);
	opt_help(out, global_options);
}

void commands_help(struct str *out)
{
	str_puts(out,
		 "Usage: xata <command> [<options>]\n\n"
		 "Keeps the migrations of a database schema in a ledger of checksummed files, and\n"
		 "syncs it with branch endpoints.\n\nCommands:\n");
	list_help(out, commands);
	str_puts(out,
		 "\nRun \"xata <command> --help\" for its options, \"man xata\" for the manual.\n");
}
