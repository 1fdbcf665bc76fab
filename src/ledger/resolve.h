/*
 * Brings histories that went apart together: the pure half of `xata resolve` and `xata merge`.
 *
 * Upstream's records come first and stay as they are; what only the others have goes behind them,
 * re-parented (rebase.h). Records are told by their id and what they do, not by their bytes: one
 * that differs in formatting, in being sealed, in its title or in its place is the same record, and
 * upstream's copy of it is taken.
 */
#ifndef LEDGER_RESOLVE_H
#define LEDGER_RESOLVE_H

#include "ledger/rebase.h"

struct resolve_input {
	/*
	 * A leading part that all sides have alike and that the caller did not want to read again
	 * (same names, same blobs); empty when the caller gives everything below.
	 */
	struct chain_base base;
	/*
	 * The records behind it in the merge base. With several merge bases (a criss-cross) or when
	 * Git made one up: all of them, in any order, twice or not; where unknown, NULL. Tells a
	 * record that a side removed from one that the other side added.
	 */
	const struct records *ancestor;
	/* sides[0] is upstream's, sides[1] and on go behind it in this order: the records behind
	 * base.
	 */
	const struct records *const *sides;
	size_t side_count; /* at least 1; more than 2: an octopus */
	/*
	 * The sides behind upstream's lack records that others of theirs stand on, so that no
	 * checksum of theirs tells whether a record was edited.
	 */
	bool unfounded;
	struct conflict_options options;
};

struct resolution {
	struct records records; /* everything behind base, in order; empty when a conflict blocks */
	size_t upstream;	/* how many leading ones are upstream's, untouched */
	/*
	 * How many of sides[0] all others begin with, too, though maybe formatted otherwise, sealed
	 * or not: none of these is new. Also set when a conflict blocks.
	 */
	size_t alike;
	struct strs old_names; /* for each of records from [upstream] on: the name it had */
	/* Names, as the other side has them, of records that were on both, behind these. */
	struct strs already;
	/* In the ancestor and on another side, but no longer upstream: left out, upstream decided.
	 */
	struct strs dropped;
	/* In the ancestor and upstream, but no longer on another side: kept, upstream decided. */
	struct strs kept;
	struct conflicts conflicts;
	struct schema *schema; /* of the result; NULL when a conflict blocks */
	char chain[CHECKSUM_LEN + 1];
	char head_id[RECORD_ID_MAX + 1];
};
void resolution_release(struct resolution *r);
AUTO_VALUE_DEFINE(resolution)

/*
 * Decides; changes nothing. Conflicts are no failure, see rebase_plan(). E_INVALID, naming the
 * record: upstream's records are not a valid chain behind base, another side's record was changed
 * without its checksum, or a side does not apply to base.
 */
int resolve(struct resolution *out, const struct resolve_input *in, struct error *err) MUST_USE;

#endif
