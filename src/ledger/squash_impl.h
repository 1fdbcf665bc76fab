/* What the two halves of squash share: folding operations, and making a record of them. */
#ifndef LEDGER_SQUASH_IMPL_H
#define LEDGER_SQUASH_IMPL_H

#include "ledger/squash.h"

/* How much is simplified; the next one is for when the result of this one does not hold. */
enum fold_level {
	FOLD_RENAMES,	/* things get their last name at once, what cancels out is dropped */
	FOLD_CANCELLED, /* what cancels out is dropped */
	FOLD_NOTHING,	/* one operation behind the other */
};

struct fold;
/*
 * Reads the operations of records of one format and PostgreSQL schema, and applies them to s on the
 * way. E_CONFLICT with a hint where one cannot be judged, E_INVALID where one does not apply.
 * Borrows from records.
 */
int fold_new(struct fold **out, struct schema *s, const struct records *records,
	     struct error *err) MUST_USE;
void fold_free(struct fold *f);
AUTO_DEFINE(fold)

size_t fold_count(const struct fold *f); /* operations read */

/* The operations that remain, as a new array. */
json_t *fold_operations(const struct fold *f, enum fold_level level);

#endif
