/* The completion script for zsh, over its _arguments. */
#include "xata/completion.h"

/* The fixed part: which command the words name, then what that command takes. */
static const char engine[] =
	"_xata_records() {\n"
	"	local -a names\n"
	"	names=(${(f)\"$(" XATA_RECORDS " | cut -d ' ' -f 1)\"})\n"
	"	compadd -a names\n"
	"}\n"
	"\n"
	"_xata() {\n"
	"	local path_of_command= known\n"
	"	local -i i=2\n"
	"	while (( i < CURRENT )); do\n"
	"		known=\" $(_xata_names \"$path_of_command\") \"\n"
	"		[[ $known == *\" $words[i] \"* ]] || break\n"
	"		path_of_command=\"${path_of_command:+$path_of_command }$words[i]\"\n"
	"		(( i++ ))\n"
	"	done\n"
	"	words=(\"${(@)words[i-1,-1]}\")\n"
	"	(( CURRENT -= i - 2 ))\n"
	"	_xata_of \"$path_of_command\"\n"
	"}\n"
	"\n"
	"if [[ $funcstack[1] == _xata ]]; then\n"
	"	_xata \"$@\"\n"
	"else\n"
	"	compdef _xata xata\n"
	"fi\n";

static void put_names(struct str *out, const struct command *c, const char *path)
{
	const struct command *const *list = completion_list(c);

	if (!list)
		return;
	str_printf(out, "	\"%s\") echo \"", path);
	for (size_t i = 0; list[i]; i++)
		str_printf(out, "%s%s", i ? " " : "", list[i]->name);
	str_puts(out, "\" ;;\n");
}

/* Ends a specification: what its value is called, and how it is found. */
static void put_action(struct str *out, const char *called, const struct completion *what)
{
	str_putc(out, ':');
	completion_escape(out, called, ":'[]");
	str_putc(out, ':');
	switch (what->kind) {
	case COMPLETE_FILES:
		str_puts(out, "_files");
		break;
	case COMPLETE_RECORDS:
		str_puts(out, "_xata_records");
		break;
	case COMPLETE_WORDS:
		str_printf(out, "(%s)", what->words);
		break;
	case COMPLETE_COMMANDS:
		str_puts(out, "($(_xata_names \"\"))");
		break;
	case COMPLETE_NOTHING:
		str_putc(out, ' ');
		break;
	}
}

/* '(-f --force)'{-f,--force}'[take it]:NAME:action' */
static void put_option(struct str *out, const struct opt *o)
{
	if (o->letter)
		str_printf(out, " \\\n		'(-%c --%s)'{-%c,--%s}'[", o->letter, o->name,
			   o->letter, o->name);
	else
		str_printf(out, " \\\n		'--%s[", o->name);
	for (const char *p = o->help; *p; p++)
		if (*p == '\'')
			str_puts(out, "'\\''");
		else
			completion_escape(out, (const char[]){*p, '\0'}, ":[]");
	str_putc(out, ']');
	if (o->arg) {
		struct completion what = completion_of_value(o->arg);
		put_action(out, o->arg, &what);
	}
	str_putc(out, '\'');
}

static void put_list(struct str *out, const struct command *const *list)
{
	str_puts(out, "		local -a list\n		list=(");
	for (; *list; list++) {
		str_printf(out, "\n			'%s:", (*list)->name);
		for (const char *p = (*list)->summary; *p; p++)
			if (*p == '\'')
				str_puts(out, "'\\''");
			else
				completion_escape(out, (const char[]){*p, '\0'}, ":");
		str_putc(out, '\'');
	}
	str_puts(out, "\n		)\n		_describe -t commands command list\n");
}

static void put_command(struct str *out, const struct command *c, const char *path)
{
	const struct command *const *list = completion_list(c);
	const struct opt *tables[OPT_TABLES_MAX];

	str_printf(out, "	\"%s\")\n", path);
	if (list) {
		put_list(out, list);
	} else {
		command_tables(tables, c);
		str_puts(out, "		_arguments -s -S");
		for (size_t t = 0; t < OPT_TABLES_MAX && tables[t]; t++)
			for (const struct opt *o = tables[t]; o->name; o++)
				put_option(out, o);
		if (c->args) {
			struct completion what = completion_of_args(c);
			str_puts(out, " \\\n		'*");
			put_action(out, c->args, &what);
			str_putc(out, '\'');
		}
		str_putc(out, '\n');
	}
	str_puts(out, "		;;\n");
}

void completion_zsh(struct str *out)
{
	str_puts(out,
		 "#compdef xata\n# zsh completion for xata, made by \"xata completion zsh\".\n\n"
		 "_xata_names() {\n	case $1 in\n");
	completion_walk(out, put_names);
	str_puts(out, "	esac\n}\n\n_xata_of() {\n	case $1 in\n");
	completion_walk(out, put_command);
	str_puts(out, "	esac\n}\n\n");
	str_puts(out, engine);
}
