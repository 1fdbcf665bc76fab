/*
 * What a command of xatad is: one exported table entry per cmd_<verb>.c. commands.c lists them;
 * parsing, help and the man-page check read the same tables.
 */
#ifndef XATAD_COMMAND_H
#define XATAD_COMMAND_H

#include "base/error.h"
#include "base/opt.h"

struct command {
	const char *name;
	const char *args;	   /* "<dir>"; NULL: takes none */
	const char *summary;	   /* one line, lower case, no period */
	const char *description;   /* for --help, lines of at most 80 columns; NULL: the summary */
	const struct opt *options; /* NULL: only the shared ones */
	const struct command *const *subcommands; /* NULL-terminated; NULL: none, then run is set */
	/* Returns 0 or a negative error code, whose exit status the process gets. */
	int (*run)(const struct args *args, struct error *err);
};

extern const struct command *const commands[]; /* NULL-terminated, in the order of the help */
extern const struct opt shared_options[];      /* --json, --quiet, --help */

extern const struct command cmd_init, cmd_serve, cmd_key, cmd_backup, cmd_help, cmd_version;

/* Finds a command by name in a list; NULL, and a hint with the nearest name, when there is none. */
const struct command *command_find(const struct command *const *list, const char *name,
				   struct error *err);

/*
 * Finds the command that the first words of argv name, subcommands included; *used is how many
 * those are, path gets its full name.
 */
const struct command *command_resolve(int *used, char *path, size_t path_size, int argc,
				      char *const *argv, struct error *err);

/* Appends the help of a command; path is its full name, "key create". */
void command_help(struct str *out, const struct command *c, const char *path);
/* Appends the overview of all commands. */
void commands_help(struct str *out);

#endif
