/* Questions to a person: only on a terminal, asked on stderr so that pipes stay free. */
#ifndef XATA_PROMPT_H
#define XATA_PROMPT_H

#include <stdbool.h>

#include "base/error.h"

bool prompt_possible(void); /* stdin and stderr are terminals */

/*
 * "question [y/N] ", again until it is one of the two: *yes is the answer. Without a terminal
 * E_USAGE whose hint names the option that answers ("--yes").
 */
int prompt_confirm(bool *yes, const char *question, const char *option, struct error *err) MUST_USE;

/* A line of text; fallback is offered in brackets when not NULL. free() *out. */
int prompt_line(char **out, const char *question, const char *fallback, const char *option,
		struct error *err) MUST_USE;

/* A line without echo; the terminal is restored even when a signal ends the program. secret_free()
 * *out. */
int prompt_secret(char **out, const char *question, const char *option, struct error *err) MUST_USE;

#endif
