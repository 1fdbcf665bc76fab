/* The completion script for bash: needs nothing but bash itself. */
#include "xata/completion.h"

/* The fixed part; the functions before it are made from the tables. */
static const char engine[] =
	"_xata() {\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} prev= path= kind i\n"
	"	COMPREPLY=()\n"
	"	[ \"$COMP_CWORD\" -lt 1 ] || prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"	# --option=VALUE comes as three words.\n"
	"	if [ \"$cur\" = \"=\" ]; then\n"
	"		cur=\n"
	"	elif [ \"$prev\" = \"=\" ] && [ \"$COMP_CWORD\" -ge 2 ]; then\n"
	"		prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"	fi\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		case \" $(_xata_commands \"$path\") \" in\n"
	"		*\" ${COMP_WORDS[i]} \"*) path=\"${path:+$path }${COMP_WORDS[i]}\" ;;\n"
	"		*)\n"
	"			# An unknown command has nothing to offer.\n"
	"			[ -z \"$(_xata_commands \"$path\")\" ] || return 0\n"
	"			break\n"
	"			;;\n"
	"		esac\n"
	"	done\n"
	"	if kind=$(_xata_value \"$path\" \"$prev\"); then\n"
	"		:\n"
	"	elif [[ $cur == -* ]]; then\n"
	"		kind=\"words $(_xata_options \"$path\")\"\n"
	"	else\n"
	"		kind=$(_xata_arguments \"$path\")\n"
	"	fi\n"
	"	case $kind in\n"
	"	files)\n"
	"		compopt -o filenames 2>/dev/null\n"
	"		local IFS=$'\\n'\n"
	"		COMPREPLY=($(compgen -f -- \"$cur\"))\n"
	"		;;\n"
	"	records) COMPREPLY=($(compgen -W \"$(" XATA_RECORDS " | cut -d ' ' -f 1)\" -- "
	"\"$cur\")) ;;\n"
	"	words\\ *) COMPREPLY=($(compgen -W \"${kind#words }\" -- \"$cur\")) ;;\n"
	"	esac\n"
	"}\n"
	"complete -F _xata xata\n";

static void put_commands(struct str *out, const struct command *c, const char *path)
{
	const struct command *const *list = completion_list(c);

	if (!list)
		return;
	str_printf(out, "	\"%s\") echo \"", path);
	for (size_t i = 0; list[i]; i++)
		str_printf(out, "%s%s", i ? " " : "", list[i]->name);
	str_puts(out, "\" ;;\n");
}

static void put_options(struct str *out, const struct command *c, const char *path)
{
	const struct opt *tables[OPT_TABLES_MAX];
	bool first = true;

	if (!c) {
		str_puts(out, "	\"\") echo \"--help --version\" ;;\n");
		return;
	}
	command_tables(tables, c);
	str_printf(out, "	\"%s\") echo \"", path);
	for (size_t t = 0; t < OPT_TABLES_MAX && tables[t]; t++) {
		for (const struct opt *o = tables[t]; o->name; o++) {
			str_printf(out, "%s--%s", first ? "" : " ", o->name);
			first = false;
		}
	}
	str_puts(out, "\" ;;\n");
}

static void put_kind(struct str *out, const struct completion *what)
{
	switch (what->kind) {
	case COMPLETE_FILES:
		str_puts(out, "echo files");
		break;
	case COMPLETE_RECORDS:
		str_puts(out, "echo records");
		break;
	case COMPLETE_WORDS:
		str_printf(out, "echo \"words %s\"", what->words);
		break;
	case COMPLETE_COMMANDS:
		str_puts(out, "echo \"words $(_xata_commands \"\")\"");
		break;
	case COMPLETE_NOTHING:
		str_puts(out, ":");
		break;
	}
}

/* Options whose value is awaited; the status is 1 after everything else. */
static void put_values(struct str *out, const struct command *c, const char *path)
{
	const struct opt *tables[OPT_TABLES_MAX];

	if (!c)
		return;
	command_tables(tables, c);
	for (size_t t = 0; t < OPT_TABLES_MAX && tables[t]; t++) {
		for (const struct opt *o = tables[t]; o->name; o++) {
			if (!o->arg)
				continue;
			struct completion what = completion_of_value(o->arg);
			str_printf(out, "	\"%s --%s\"", path, o->name);
			if (o->letter)
				str_printf(out, " | \"%s -%c\"", path, o->letter);
			str_puts(out, ") ");
			put_kind(out, &what);
			str_puts(out, " ;;\n");
		}
	}
}

static void put_arguments(struct str *out, const struct command *c, const char *path)
{
	if (completion_list(c)) {
		str_printf(out, "	\"%s\") echo \"words $(_xata_commands \"%s\")\" ;;\n", path,
			   path);
		return;
	}
	struct completion what = completion_of_args(c);
	if (what.kind == COMPLETE_NOTHING)
		return;
	str_printf(out, "	\"%s\") ", path);
	put_kind(out, &what);
	str_puts(out, " ;;\n");
}

void completion_bash(struct str *out)
{
	str_puts(out, "# bash completion for xata, made by \"xata completion bash\".\n\n"
		      "_xata_commands() {\n	case $1 in\n");
	completion_walk(out, put_commands);
	str_puts(out, "	esac\n}\n\n_xata_options() {\n	case $1 in\n");
	completion_walk(out, put_options);
	str_puts(out, "	esac\n}\n\n_xata_value() {\n	case \"$1 $2\" in\n");
	completion_walk(out, put_values);
	str_puts(out, "	*) return 1 ;;\n	esac\n}\n\n_xata_arguments() {\n	case $1 "
		      "in\n");
	completion_walk(out, put_arguments);
	str_puts(out, "	esac\n}\n\n");
	str_puts(out, engine);
}
