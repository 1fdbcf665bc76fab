/* How conflicts between two sides of a history are shown: by rebase, resolve, merge and ci alike.
 */
#ifndef XATA_CONFLICTS_H
#define XATA_CONFLICTS_H

#include "ledger/conflict.h"
#include "xata/output.h"

/*
 * Prints each conflict that blocks: what is in the way, both records with their operation, and what
 * to do; even with --quiet. Those that were accepted are remarks on stderr. Sets the members
 * "conflicts" and "conflictCounts" of --json, empty and zero when there is none.
 */
void report_conflicts(struct output *o, const struct conflicts *c);

/*
 * {"kind", "theirs": {"record", "operation": number or null, "summary": text or null} or null,
 * "ours": likewise, "what": text or null, "message", "hint", "accepted"}; a new reference.
 */
json_t *conflict_to_json(const struct conflict *c);

#endif
