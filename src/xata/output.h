/*
 * What a command prints: results on stdout as text or, with --json, as one document at the end; all
 * else on stderr. Whatever is printed is made harmless for a terminal first.
 */
#ifndef XATA_OUTPUT_H
#define XATA_OUTPUT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"

enum color { COLOR_NONE, COLOR_BOLD, COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_DIM };

struct output {
	bool json, quiet, verbose;
	bool answers;		   /* what say() prints was asked for, and stays with --quiet */
	bool color_out, color_err; /* a terminal, and NO_COLOR is not set */
	json_t *doc;	     /* the document of --json; commands set its members at any time */
	struct strs *hidden; /* API keys; shared by all copies */
};

void output_init(struct output *o, bool json, bool quiet, bool verbose);

/*
 * An API key that was sent to an endpoint, which may bring it back in whatever is printed, the name
 * of a record for one: from here on asterisks are printed in its place.
 */
void output_hide(struct output *o, const char *key);

/*
 * A line of the result on stdout; nothing with --json, nor with --quiet unless it was asked for. A
 * line feed is added.
 */
void say(const struct output *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
void say_color(const struct output *o, enum color color, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Bytes of the result as they are (a script, a help text): stdout, not with --json; kept by
 * --quiet. A key in them is not hidden. */
void say_raw(const struct output *o, struct view bytes);
/* The same for a JSON document that may be from outside (a record's text, a schema): as it is, but
 * to a terminal with the characters escaped that it would obey. */
void say_raw_json(const struct output *o, struct view json);
/* The same for a value, whose text is not kept: pretty, with a line feed behind it. */
void say_json(const struct output *o, const json_t *value);

/* A remark on stderr: what is about to happen, where a default came from; not with --quiet. */
void note(const struct output *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A warning on stderr, "xata: warning: …"; even with --quiet. */
void warn(const struct output *o, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Sets a member of the --json document; text NULL gives null. Bytes not UTF-8 become U+FFFD. */
void put_text(const struct output *o, const char *member, const char *text);

/* A table: rows of cells_per_row cells each; columns aligned by display width, header in bold. */
struct table {
	struct strs cells; /* the header row first */
	size_t columns;
};
/* Copies; NULL gives an empty cell. What is longer than any name is cut, and ends with "...". */
void table_cell(struct table *t, const char *text);
/* RFC 3339 text as "2026-01-02 10:00:00 UTC"; other text as it is. */
void table_date(struct table *t, const char *rfc3339);
void table_print(const struct output *o, const struct table *t);
void table_release(struct table *t);
AUTO_VALUE_DEFINE(table)

/*
 * Ends the command: prints err on stderr as "xata: error: …" and "xata: hint: …" when rc < 0,
 * writes the document of --json, frees it, flushes stdout. Returns the exit status of the process;
 * a failed write to stdout turns success into E_IO.
 */
int output_finish(struct output *o, const char *command, int rc, const struct error *err);

#endif
