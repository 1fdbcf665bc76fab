/*
 * Recognises a record that was made behind another form of the records before it.
 *
 * Putting records behind others changes their checksums, but neither their order nor, in the pgroll
 * format, their names. Git goes by the lines of `.ledger` alone: `git am` puts a patch with the
 * next record behind such lines as if nothing had happened, and then that record vouches for
 * checksums that are no more. This can be told from an edited record: there are records before it
 * which, had others never come in between, would give it the checksum that it has.
 */
#ifndef LEDGER_FORMER_H
#define LEDGER_FORMER_H

#include "ledger/rebase.h"

#define FORMER_RUNS 3 /* places where records came in between, at most */

struct former {
	/*
	 * l[since..moved) came in between, all or part of it: upstream's records, and where a
	 * series goes on, those of it that were put behind some of these already.
	 */
	size_t since;
	size_t moved; /* l[moved..at) were put behind these after l[at] was made */
	struct former_run {
		size_t since, until;
	} runs[FORMER_RUNS]; /* in order: what came in between; from since, until moved */
	size_t run_count;
	/* What they stood on before, the checksum of l[since - 1]; "" at the start. */
	char ground[CHECKSUM_LEN + 1];
};

/*
 * Looks for that of l[at], whose checksum is wrong where it stands; base is what l[0] stands on, of
 * which id and checksum are looked at. False: no such records are among the nearest FORMER_FEW
 * (with up to all of l in between), nor among the nearest FORMER_NEAR that with what came in
 * between, nor, where it came in between at two or three places, as near as FORMER_BYTES hashed
 * bytes reach; the others may be as long as twice that. It takes some seconds.
 */
#define FORMER_FEW 8
#define FORMER_NEAR 128
#define FORMER_BYTES ((size_t)128 << 20)
bool former_find(struct former *out, const struct records *l, size_t at,
		 const struct chain_base *base);

/*
 * Appends l[since..at) without what came in between as they were before, and all behind as they
 * are: a chain that stands on l[since - 1], or on base. Each is a copy.
 */
void former_chain(struct records *out, const struct records *l, const struct former *f, size_t at,
		  const struct chain_base *base);

#endif
