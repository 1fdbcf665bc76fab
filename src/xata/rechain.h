/*
 * The part of `xata resolve` for what Git applied without a conflict: records that vouch for
 * another form of those before them (ledger/former.h).
 */
#ifndef XATA_RECHAIN_H
#define XATA_RECHAIN_H

#include "xata/resolving.h"

/*
 * Decides how the ledger in the index gets its chain back: the records whose checksums change, in
 * order, as out->records, and the files that hold them. Conflicts are no failure, see resolve();
 * there are no files then. Fails where the first thing that is wrong is anything else, or the
 * working tree has another ledger than the index: E_NO, and nothing may be changed.
 */
int rechain(struct resolution *out, struct merge_files *files, const struct resolving *r,
	    struct error *err) MUST_USE;

#endif
