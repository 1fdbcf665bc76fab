/* The completion script for fish: one line for everything that can be typed. */
#include "xata/completion.h"

/* Which command the words so far name, given all full names. */
static const char engine[] =
	"\n"
	"function __xata_path\n"
	"    set -l found\n"
	"    for word in (commandline -opc)[2..-1]\n"
	"        contains -- (string join -- ' ' $found $word) $__xata_names; or break\n"
	"        set found (string join -- ' ' $found $word)\n"
	"    end\n"
	"    echo $found\n"
	"end\n"
	"\n"
	"function __xata_at\n"
	"    test (__xata_path)_ = $argv[1]_\n"
	"end\n"
	"\n"
	"complete -c xata -f\n";

static void put_name(struct str *out, const struct command *c, const char *path)
{
	if (c)
		str_printf(out, " '%s'", path);
}

static void put_start(struct str *out, const char *path)
{
	str_printf(out, "complete -c xata -n \"__xata_at '%s'\"", path);
}

static void put_help(struct str *out, const char *text)
{
	str_puts(out, " -d '");
	completion_escape(out, text, "'");
	str_puts(out, "'\n");
}

static void put_kind(struct str *out, const struct completion *what)
{
	switch (what->kind) {
	case COMPLETE_FILES:
		str_puts(out, " -F");
		break;
	case COMPLETE_RECORDS:
		str_puts(out, " -a \"(" XATA_RECORDS " | string replace -r ' .*' '')\"");
		break;
	case COMPLETE_WORDS:
		str_printf(out, " -a '%s'", what->words);
		break;
	case COMPLETE_COMMANDS:
		str_puts(out, " -a '");
		for (size_t i = 0; commands[i]; i++)
			str_printf(out, "%s%s", i ? " " : "", commands[i]->name);
		str_putc(out, '\'');
		break;
	case COMPLETE_NOTHING:
		break;
	}
}

static void put_option(struct str *out, const struct opt *o, const char *path)
{
	put_start(out, path);
	str_printf(out, " -l %s", o->name);
	if (o->letter)
		str_printf(out, " -s %c", o->letter);
	if (o->arg) {
		struct completion what = completion_of_value(o->arg);
		str_puts(out, what.kind == COMPLETE_FILES ? " -r" : " -x");
		put_kind(out, &what);
	}
	put_help(out, o->help);
}

static void put_command(struct str *out, const struct command *c, const char *path)
{
	const struct command *const *list = completion_list(c);
	const struct opt *tables[OPT_TABLES_MAX];

	for (; list && *list; list++) {
		put_start(out, path);
		str_printf(out, " -a %s", (*list)->name);
		put_help(out, (*list)->summary);
	}
	if (!c)
		return;
	command_tables(tables, c);
	for (size_t t = 0; t < OPT_TABLES_MAX && tables[t]; t++)
		for (const struct opt *o = tables[t]; o->name; o++)
			put_option(out, o, path);
	struct completion what = completion_of_args(c);
	if (c->subcommands || what.kind == COMPLETE_NOTHING)
		return;
	put_start(out, path);
	put_kind(out, &what);
	str_putc(out, '\n');
}

void completion_fish(struct str *out)
{
	str_puts(out, "# fish completion for xata, made by \"xata completion fish\".\n\n"
		      "set -g __xata_names");
	completion_walk(out, put_name);
	str_putc(out, '\n');
	str_puts(out, engine);
	completion_walk(out, put_command);
}
