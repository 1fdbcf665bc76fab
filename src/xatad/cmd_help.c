/* xatad help: the overview, or the help of one command. */
#include <stdio.h>

#include "base/alloc.h"
#include "xatad/command.h"
#include "xatad/output.h"

static int run(const struct args *args, struct error *err)
{
	AUTO_STR text = {0};
	AUTO_FREE char **words = xcalloc(args->words_len + 1, sizeof *words);
	char path[64];
	int used, len = (int)args->words_len;

	for (int i = 0; i < len; i++)
		words[i] = xstrdup(args_word(args, (size_t)i));
	const struct command *c = len ? command_resolve(&used, path, sizeof path, len, words, err)
				      : NULL;
	for (int i = 0; i < len; i++)
		free(words[i]);
	if (len && !c)
		return E_USAGE;
	if (len && used < len)
		return fail(err, E_USAGE, "\"xatad %s\" has no subcommands", path);
	if (c)
		command_help(&text, c, path);
	else
		commands_help(&text);
	if (args_flag(args, "json"))
		print_json(json_pack("{s:s}", "help", str_cstr(&text)));
	else
		fputs(str_cstr(&text), stdout);
	return 0;
}

const struct command cmd_help = {
	.name = "help",
	.args = "[<command>...]",
	.summary = "show the commands, or the help of one",
	.run = run,
};
