/* The local history compared with the ledger of a Git revision, as sync compares it with a branch.
 */
#ifndef XATA_REVISION_H
#define XATA_REVISION_H

#include "project/snapshot.h"
#include "sync/sync.h"

/*
 * Fills in relation, format, common and news, which the caller releases. The two are the same up to
 * where names, and checksums where both have one, are; news are read but not verified. E_INVALID
 * when the ledger of the revision, named rev in messages, is damaged.
 */
int compare_revision(struct comparison *out, const struct local_history *local,
		     struct snapshot *revision, const char *rev, struct error *err) MUST_USE;

#endif
