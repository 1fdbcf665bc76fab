/* Fetching what a branch has and the project lacks, as pull and init do it. */
#ifndef XATA_PULL_H
#define XATA_PULL_H

#include "xata/session.h"

struct pull_branch_options {
	enum pull_force force;
	bool dry_run; /* only report what would be done */
};

/*
 * Compares, decides, changes the ledger and says so; sets the members "pulled", "removed" and
 * "backup" of --json, and those of report_comparison(). Diverged without force: E_DIVERGED, both
 * sides listed, nothing changed. The session's project and target are opened when they are not yet;
 * the command needs NEEDS_ENDPOINT and NEEDS_LOCK.
 */
int pull_branch(struct invocation *inv, const char *branch,
		const struct pull_branch_options *options, struct error *err) MUST_USE;

#endif
