/* The list of commands, the options they share, and their help. */
#include "xatad/command.h"

#include <stdio.h>
#include <string.h>

const struct command *const commands[] = {
	&cmd_init, &cmd_serve, &cmd_key, &cmd_backup, &cmd_help, &cmd_version, NULL,
};

const struct opt shared_options[] = {
	{"json", 0, NULL, "print the result as one JSON document"},
	{"quiet", 'q', NULL, "print only errors and what was asked for"},
	{"help", 'h', NULL, "show this help"},
	{0},
};

const struct command *command_find(const struct command *const *list, const char *name,
				   struct error *err)
{
	const char *names[32];
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
		hint(err, "Run \"xatad help\" to see the commands.");
	return NULL;
}

const struct command *command_resolve(int *used, char *path, size_t path_size, int argc,
				      char *const *argv, struct error *err)
{
	const struct command *const *list = commands;
	const struct command *c = NULL;
	size_t len = 0;

	path[0] = '\0';
	for (*used = 0; list && *used < argc && argv[*used][0] != '-'; ++*used) {
		c = command_find(list, argv[*used], err);
		if (!c)
			return NULL;
		snprintf(path + len, path_size - len, "%s%s", len ? " " : "", c->name);
		len = strlen(path);
		list = c->subcommands;
	}
	if (!c)
		fail(err, E_USAGE, "a command is missing");
	return c;
}

static void list_help(struct str *out, const struct command *const *list)
{
	for (; *list; list++)
		str_printf(out, "  %-12s %s\n", (*list)->name, (*list)->summary);
}

void command_help(struct str *out, const struct command *c, const char *path)
{
	str_printf(out, "Usage: xatad %s%s%s%s\n\n", path, c->subcommands ? " <command>" : "",
		   c->args ? " " : "", c->args ? c->args : "");
	str_printf(out, "%s\n", c->description ? c->description : c->summary);
	if (c->subcommands) {
		str_puts(out, "\nCommands:\n");
		list_help(out, c->subcommands);
	}
	str_puts(out, "\nOptions:\n");
	if (c->options)
		opt_help(out, c->options);
	opt_help(out, shared_options);
}

void commands_help(struct str *out)
{
	str_puts(out,
		 "Usage: xatad <command> [<options>]\n\n"
		 "A branch endpoint: keeps histories of schema migrations, and serves them to\n"
		 "xata and other clients of the same API over HTTPS.\n\nCommands:\n");
	list_help(out, commands);
	str_puts(out, "\nRun \"xatad <command> --help\" for its options, \"man xatad\" for the "
		      "manual.\n");
}
