/* What xatad prints: results on stdout as text or as one JSON document, all else on stderr. */
#ifndef XATAD_OUTPUT_H
#define XATAD_OUTPUT_H

#include "base/error.h"
#include "base/json.h"

/* Prints doc on stdout, pretty, with a line feed. Takes doc. */
void print_json(json_t *doc);

/* Prints a line on stdout, made harmless for a terminal. */
void print_line(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Prints "xatad: warning: …" on stderr. */
void print_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Prints err as "xatad: error: …" and "xatad: hint: …" on stderr. */
void print_error(const struct error *err);

/* Fails when something could not be written to stdout. */
int finish_output(struct error *err) MUST_USE;

#endif
