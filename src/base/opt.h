/*
 * Option tables: one table per command gives parsing, help text, completion and the man-page check.
 *
 * Accepted: `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`, `-ab` for flags, `--` to end the
 * options; options and arguments may be mixed. A flag may not have a value. An option given twice:
 * the last one wins. Unknown options get the nearest known name as a hint, and a value that is none
 * of those that the table has is refused with all of these.
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct opt {
	const char *name; /* without dashes; NULL ends a table */
	char letter;	  /* short form, or 0 */
	/* What the value is called in help ("FILE"), or all that it may be ("a|b"); NULL: a flag.
	 */
	const char *arg;
	const char *help; /* one line, lower case, no period */
};

#define OPT_TABLES_MAX 4

/* A parsed command line. The tables and argv must outlive it. */
struct args {
	const struct opt *tables[OPT_TABLES_MAX]; /* searched in this order; NULL ends early */
	struct opt_value *values;		  /* what was given, in order */
	size_t values_len, values_cap;
	const char **words; /* the arguments that are not options */
	size_t words_len, words_cap;
	/* For messages: "xata show" and "<name>", as its help has it. NULL: not known, none. */
	const char *command, *expects;
};

/* argv[0] is the first thing parsed (callers skip the program's and the command's name). */
int args_parse(struct args *a, int argc, char *const *argv, struct error *err) MUST_USE;
void args_release(struct args *a);
AUTO_VALUE_DEFINE(args)

bool args_has(const struct args *a, const char *name); /* whether it is in one of the tables */
/* Asking for a name that is in none of the tables is a defect of the program and aborts. */
bool args_flag(const struct args *a, const char *name);
const char *args_value(const struct args *a, const char *name); /* NULL when not given */
/* Whole number in [min, max], fallback when not given; E_USAGE otherwise. */
int args_number(long *out, const struct args *a, const char *name, long min, long max,
		long fallback, struct error *err) MUST_USE;

/* The i-th argument that is not an option, NULL past the last. */
const char *args_word(const struct args *a, size_t i);

/*
 * E_USAGE unless min <= number of such arguments <= max; names the first superfluous one, or the
 * first that is missing as `expects` calls it, and shows how the command is written.
 */
int args_count(const struct args *a, size_t min, size_t max, struct error *err) MUST_USE;

/* Appends the lines of an option table, help texts wrapped so that no line exceeds 80 columns. */
void opt_help(struct str *out, const struct opt *table);

/* The item of names (NULL-terminated) nearest to word, or NULL when none is near. */
const char *nearest_name(const char *word, const char *const *names);

#endif
