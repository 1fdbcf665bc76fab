/* Completion scripts: what the three shells' generators share. All of it comes from the tables. */
#ifndef XATA_COMPLETION_H
#define XATA_COMPLETION_H

#include "base/str.h"
#include "xata/command.h"

/* What a shell offers in one place. */
enum completion_kind {
	COMPLETE_NOTHING,
	COMPLETE_FILES,
	COMPLETE_WORDS,	   /* those of completion.words */
	COMPLETE_RECORDS,  /* names of records, asked from xata itself: XATA_RECORDS */
	COMPLETE_COMMANDS, /* names of commands */
};
struct completion {
	enum completion_kind kind;
	char words[128]; /* with spaces between them */
};

/* Asks for the newest names quickly and quietly: no waiting for a lock, no remarks. */
#define XATA_RECORDS "xata log --oneline --max-count 200 --lock-wait 0 2>/dev/null"

/* From the name of an option's value ("FILE", "v1|pgroll"). */
struct completion completion_of_value(const char *arg);
/* From what a command's arguments are called ("[<file>]", "bash|zsh|fish"). */
struct completion completion_of_args(const struct command *c);

/*
 * Calls visit for the program itself (c NULL, path ""), then for every command and subcommand with
 * its full name.
 */
void completion_walk(struct str *out,
		     void (*visit)(struct str *out, const struct command *c, const char *path));
/* The list below a path: the commands, or a command's subcommands; NULL when it has none. */
const struct command *const *completion_list(const struct command *c);

/* Appends text with each character of special (and the backslash) after a backslash. */
void completion_escape(struct str *out, const char *text, const char *special);

void completion_bash(struct str *out);
void completion_zsh(struct str *out);
void completion_fish(struct str *out);

#endif
