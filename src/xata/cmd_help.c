/* xata help: the overview, or the help of one command. */
#include <stdio.h>
#include <string.h>

#include "xata/commands.h"
#include "xata/session.h"

static int run(struct invocation *inv, struct error *err)
{
	AUTO_STR text = {0};
	char path[64] = "";
	const struct command *const *list = commands;
	const struct command *c = NULL;

	for (size_t i = 0; args_word(&inv->args, i); i++) {
		const char *word = args_word(&inv->args, i);
		if (!list)
			return fail(err, E_USAGE, "\"xata %s\" has no subcommands", path);
		c = command_find(list, word, err);
		if (!c)
			return E_USAGE;
		size_t len = strlen(path);
		snprintf(path + len, sizeof path - len, "%s%s", len ? " " : "", c->name);
		list = c->subcommands;
	}
	if (c)
		command_help(&text, c, path);
	else
		commands_help(&text);
	say_raw(&inv->out, str_view(&text));
	json_put_string(inv->out.doc, "help", str_cstr(&text));
	return 0;
}

const struct command cmd_help = {
	.name = "help",
	.args = "[<command>...]",
	.summary = "show the commands, or the help of one",
	.run = run,
};
