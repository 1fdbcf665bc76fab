/* xata completion: prints a completion script, made from the tables of commands and options. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "xata/commands.h"
#include "xata/completion.h"
#include "xata/session.h"

static void put_words(struct completion *out, const char *text)
{
	size_t n = 0;

	out->kind = COMPLETE_WORDS;
	for (; *text && n + 1 < sizeof out->words; text++)
		if (!strchr("[]<>.", *text))
			out->words[n++] = *text == '|' ? ' ' : *text;
	out->words[n] = '\0';
}

struct completion completion_of_value(const char *arg)
{
	struct completion c = {0};

	if (str_eq(arg, "FILE"))
		c.kind = COMPLETE_FILES;
	else if (strchr(arg, '|'))
		put_words(&c, arg);
	return c;
}

struct completion completion_of_args(const struct command *command)
{
	struct completion c = {0};
	const char *args = command->args ? command->args : "";

	if (strstr(args, "<file>"))
		c.kind = COMPLETE_FILES;
	else if (strstr(args, "<command>"))
		c.kind = COMPLETE_COMMANDS;
	else if (command == &cmd_show)
		c.kind = COMPLETE_RECORDS;
	else if (strchr(args, '|'))
		put_words(&c, args);
	return c;
}

const struct command *const *completion_list(const struct command *c)
{
	return c ? c->subcommands : commands;
}

static void walk_list(struct str *out, const struct command *const *list, const char *prefix,
		      void (*visit)(struct str *out, const struct command *c, const char *path))
{
	for (; *list; list++) {
		AUTO_FREE char *path = xasprintf("%s%s%s", prefix, *prefix ? " " : "",
						 (*list)->name);
		visit(out, *list, path);
		if ((*list)->subcommands)
			walk_list(out, (*list)->subcommands, path, visit);
	}
}

void completion_walk(struct str *out,
		     void (*visit)(struct str *out, const struct command *c, const char *path))
{
	visit(out, NULL, "");
	walk_list(out, commands, "", visit);
}

void completion_escape(struct str *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\\' || strchr(special, *text))
			str_putc(out, '\\');
		str_putc(out, *text);
	}
}

static const struct shell {
	const char *name;
	void (*print)(struct str *out);
} shells[] = {
	{"bash", completion_bash},
	{"zsh", completion_zsh},
	{"fish", completion_fish},
};

/* --json: {"shell", "script"}. */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_STR script = {0};
	const char *name = args_word(&inv->args, 0);

	int rc = args_count(&inv->args, 1, 1, err);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(shells); i++) {
		if (!str_eq(shells[i].name, name))
			continue;
		shells[i].print(&script);
		say_raw(&inv->out, str_view(&script));
		json_put_string(inv->out.doc, "shell", name);
		json_put_string(inv->out.doc, "script", str_cstr(&script));
		return 0;
	}
	if (rc < 0)
		return rc;
	rc = fail(err, E_USAGE, "there is no completion for shell \"%s\"", name);
	hint(err, "It is for bash, zsh or fish.");
	return rc;
}

const struct command cmd_completion = {
	.name = "completion",
	.args = "bash|zsh|fish",
	.summary = "print a completion script for a shell",
	.description = "Prints a script that completes commands, options and arguments. For bash:\n"
		       "  xata completion bash >~/.local/share/bash-completion/completions/xata\n"
		       "for zsh, in a folder of $fpath:\n"
		       "  xata completion zsh >~/.zfunc/_xata\n"
		       "for fish:\n"
		       "  xata completion fish >~/.config/fish/completions/xata.fish",
	.run = run,
};
