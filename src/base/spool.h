/*
 * A list of texts, each under a name, that may be longer than memory should hold: what is beyond a
 * few megabytes goes to a temporary file without a name, which vanishes with the process. Only a
 * number of eight bytes for each text stays in memory.
 */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include <stdint.h>

#include "base/str.h"

#define SPOOL_MEMORY ((size_t)2 << 20) /* bytes of the newest texts that stay in memory */

/* Zero bytes are a valid empty list. */
struct spool {
	size_t len; /* texts */
	/* The rest belongs to spool.c. */
	uint64_t *entries; /* where each name starts, and its length */
	size_t cap;
	struct str newest; /* what is not in the file yet */
	uint64_t filed;	   /* bytes in the file */
	int file;	   /* descriptor + 1; 0: none yet */
};

/*
 * Appends a text; name is shorter than SPOOL_NAME_MAX. The failures of writing a file: E_NOSPACE,
 * E_ACCESS, E_IO; the list is then as it was.
 */
#define SPOOL_NAME_MAX 65536
int spool_add(struct spool *s, const char *name, struct view text, struct error *err) MUST_USE;

/* Puts the name or the text at a position into out, in place of what it has. E_IO. */
int spool_name(struct str *out, const struct spool *s, size_t at, struct error *err) MUST_USE;
int spool_text(struct str *out, const struct spool *s, size_t at, struct error *err) MUST_USE;

/* How many bytes names and texts have together. */
uint64_t spool_bytes(const struct spool *s);

void spool_release(struct spool *s);
AUTO_VALUE_DEFINE(spool)

#endif
