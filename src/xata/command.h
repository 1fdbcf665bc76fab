/*
 * What a command is: one exported table entry per cmd_<verb>.c. commands.c lists them; parsing,
 * help, completion and the man-page check all read the same tables.
 */
#ifndef XATA_COMMAND_H
#define XATA_COMMAND_H

#include "base/error.h"
#include "base/opt.h"

struct invocation; /* session.h */

/* Which shared options a command takes besides its own. */
enum command_needs {
	NEEDS_NOTHING = 0,
	NEEDS_ENDPOINT = 1, /* --db, --profile, --cacert, --timeout: endpoint_options */
	NEEDS_LOCK = 2,	    /* --lock-wait: lock_options */
};

struct command {
	const char *name;
	const char *args;    /* "[<branch>]"; NULL: takes none */
	const char *summary; /* one line, lower case, no period; fits 80 columns behind the name */
	const char *description; /* a paragraph or two for --help, lines of at most 80 columns */
	const struct opt *options;
	unsigned needs; /* enum command_needs */
	bool answers;	/* all it says was asked for: --quiet leaves that */
	const struct command *const *subcommands; /* NULL-terminated; NULL: none, then run is set */
	/*
	 * Does the work: results go to stdout through output.h. Returns 0 or a negative error code,
	 * whose exit status the process gets.
	 */
	int (*run)(struct invocation *inv, struct error *err);
};

extern const struct command *const commands[]; /* NULL-terminated, in the order of the help */
extern const struct opt global_options[];      /* --json, --quiet, --verbose, --help */
extern const struct opt endpoint_options[];
extern const struct opt lock_options[];

/* Fills in the tables of the options that a command takes, its own first; NULL for what is left. */
void command_tables(const struct opt *tables[OPT_TABLES_MAX], const struct command *c);

/* Finds a command by name in a list; NULL, and a hint with the nearest name, when there is none. */
const struct command *command_find(const struct command *const *list, const char *name,
				   struct error *err);

/* Appends the help text of a command; path is its full name, "branch create". */
void command_help(struct str *out, const struct command *c, const char *path);
/* Appends the overview of all commands. */
void commands_help(struct str *out);

#endif
