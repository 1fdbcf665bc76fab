/*
 * Folds records into one with the same effect on the logical schema: the pure half of
 * `xata squash`.
 *
 * What cancels out is dropped: things added and removed again with all that was done to them,
 * renames of renames, the first name of a thing that was renamed since. The result is applied and
 * compared with what the records gave before it is handed out; where a simplification would not
 * hold, the operations stay as they were.
 */
#ifndef LEDGER_SQUASH_H
#define LEDGER_SQUASH_H

#include "ledger/rebase.h"

/* A single record is not folded: it only gets the new id. */
struct squash_input {
	struct chain_base base;	       /* what stands before the records */
	const struct records *records; /* to fold, in order; at least one, all of one format */
	const char *id;		       /* v1: id, pgroll: name of the new record */
	const char *title;	       /* v1; NULL: that of the last record that has one */
	const char *message;	       /* v1; NULL: the titles and messages of all, one a line */
	int64_t started_at;	       /* pgroll, Unix microseconds */
};

struct squash {
	struct record *record;	  /* NULL: everything cancelled out, nothing remains to be done */
	size_t operations_before; /* of all records together */
	size_t operations_after;
	struct schema *schema; /* what base and record build up */
};
void squash_release(struct squash *s);
AUTO_VALUE_DEFINE(squash)

/*
 * E_CONFLICT, naming record and operation, with a hint: raw SQL or an unknown kind makes the effect
 * undecidable, the records are of two formats or PostgreSQL schemas, or disagree on a member that
 * is not known here. E_INVALID: a record does not apply, no records, or id does not fit.
 */
int squash(struct squash *out, const struct squash_input *in, struct error *err) MUST_USE;

/*
 * An id for the new v1 record that follows from the records alone, so that folding the same ones
 * gives the same record, wherever and whenever: it has the shape of an xid, with the time of the
 * last record's id, so that it sorts where that did.
 */
void squash_id(char out[RECORD_ID_MAX + 1], const struct records *records);

#endif
