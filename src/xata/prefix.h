/*
 * The local ledger in two parts: the leading records that another history has too, verified and
 * built up, and the local-only ones behind them.
 */
#ifndef XATA_PREFIX_H
#define XATA_PREFIX_H

#include "ledger/rebase.h"
#include "project/workdir.h"

struct prefix {
	struct chain_base base; /* borrows from the next two */
	struct verify_result verified;
	struct history history;
};
void prefix_release(struct prefix *p);
AUTO_VALUE_DEFINE(prefix)

/*
 * Reads and verifies the first `len` records of the ledger of w, which is loaded then. E_INVALID
 * with the first finding that is an error: nothing is to be built on a damaged history.
 */
int prefix_read(struct prefix *out, struct workdir *w, size_t len, struct error *err) MUST_USE;

/* Reads the records from position `from` on. */
int local_only_read(struct records *out, struct workdir *w, size_t from,
		    struct error *err) MUST_USE;

#endif
