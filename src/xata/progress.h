/* A progress line on stderr: only on a terminal, not with --quiet or --json; cleared when done. */
#ifndef XATA_PROGRESS_H
#define XATA_PROGRESS_H

#include <stddef.h>

#include "xata/output.h"

struct progress {
	const struct output *out;
	bool shown;
	long long last_ms; /* when it was last drawn: at most ten times a second */
};

/* total 0: unknown, a spinner with the count. */
void progress_show(struct progress *p, const char *what, size_t done, size_t total);
void progress_clear(struct progress *p);

#endif
