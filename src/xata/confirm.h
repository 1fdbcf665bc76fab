/* Makes sure that somebody means it, before something is deleted or renamed. */
#ifndef XATA_CONFIRM_H
#define XATA_CONFIRM_H

#include "xata/session.h"

/* The options of a command that asks: --yes, and --force as the official CLI calls it. */
extern const struct opt confirm_options[];

/*
 * With --yes or --force 0; on a terminal the name has to be typed (E_NO when it does not match);
 * otherwise E_USAGE with a hint. what: "delete branch", name: what it is about.
 */
int confirm_by_name(struct invocation *inv, const char *what, const char *name,
		    struct error *err) MUST_USE;

#endif
