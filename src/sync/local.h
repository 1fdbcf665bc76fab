/* The local half of a comparison: records by position, and the checksum chain at any of them. */
#ifndef SYNC_LOCAL_H
#define SYNC_LOCAL_H

#include "sync/sync.h"

/* Reads the record at a position; E_INVALID when the file holds another one. */
int local_record(struct record **out, const struct local_history *local, size_t at,
		 struct error *err) MUST_USE;

/*
 * The checksum that the record behind the first `count` builds on; "" when count is 0. E_INVALID
 * when the record it comes from was edited. Costs two records when the one before is sealed, else
 * all unsealed ones up to it.
 */
int local_chain(char out[CHECKSUM_LEN + 1], const struct local_history *local, size_t count,
		struct error *err) MUST_USE;

/* NULL for the "" that stands for "nothing before it". */
const char *chain_or_null(const char *chain);

#endif
