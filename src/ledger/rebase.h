/*
 * Puts records on top of another head: the pure half of `xata rebase`, and of every merge.
 *
 * A record keeps its id, its name (pgroll), its operations, title and unknown members; its parent
 * and checksum, and with them a v1 record's name, follow from its new place. An unsealed record
 * that gets another parent is sealed by that; one that stands right already is left as it is. The
 * same input gives the same bytes, always.
 */
#ifndef LEDGER_REBASE_H
#define LEDGER_REBASE_H

#include "ledger/checksum.h"
#include "ledger/conflict.h"
#include "ledger/history.h"

/*
 * The part of a history that both sides have, as verify_result or a replay gives it. It is not read
 * again, so that a rebase costs what the two sides behind it cost.
 */
struct chain_base {
	const char *id;		       /* of its last record; NULL (or "") when there is none */
	const char *checksum;	       /* what the next record builds on; NULL (or "") likewise */
	enum record_format format;     /* of its last record; RECORD_NONE when there is none */
	const struct schema *schema;   /* what it builds up; never NULL */
	const struct history *history; /* its records, to find a name that is taken; may be NULL */
};

struct rebase_input {
	struct chain_base base;
	const struct records
		*theirs; /* the new ground: upstream's records behind base; may be NULL */
	const struct records *ours; /* to go behind them; whatever parent they have now */
	struct conflict_options options;
};

struct rebase_plan {
	struct records records; /* ours as they will be, in order; empty when a conflict blocks */
	struct strs old_names;	/* one for each of records: the name it had */
	size_t changed;		/* how many of records differ from what they were */
	struct strs already;	/* names of ours that theirs has too, elsewhere: left out */
	struct conflicts conflicts;
	struct schema *schema; /* what base, theirs and records build up; NULL when one blocks */
	char chain[CHECKSUM_LEN + 1]; /* checksum and id of the last record of the result, or "" */
	char head_id[RECORD_ID_MAX + 1];
};
void rebase_plan_release(struct rebase_plan *p);
AUTO_VALUE_DEFINE(rebase_plan)

/*
 * Decides; changes nothing. Conflicts are no failure: look at out->conflicts.blocking (or call
 * conflicts_check()). E_INVALID, naming the record: theirs is not a valid chain behind base; ours
 * has a record whose checksum is wrong in the chain that it stands in; a side does not apply to the
 * schema of base, or has an id twice.
 */
int rebase_plan(struct rebase_plan *out, const struct rebase_input *in, struct error *err) MUST_USE;

#endif
