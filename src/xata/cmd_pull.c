/* xata pull: fetches what the branch has and the project lacks. */
#include "base/alloc.h"
#include "xata/commands.h"
#include "xata/pull.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"force", 'f', NULL, "take the branch's history; local-only records move to .xata/backup/"},
	{"dry-run", 'n', NULL, "only show what would be done"},
	{0},
};

/*
 * --json: {"branch", what report_comparison() sets, "pulled": [as record_to_json() has them],
 * "removed": [names], "backup": folder or null}.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_FREE char *branch = NULL;
	enum branch_source how;
	struct project *p;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = session_project(&p, inv, err);
	if (rc == 0)
		rc = session_branch(&branch, &how, inv, args_word(&inv->args, 0), err);
	if (rc < 0)
		return rc;
	json_put_string(inv->out.doc, "branch", branch);
	struct pull_branch_options how_to = {
		.force = args_flag(&inv->args, "force") ? PULL_FORCE : PULL_SAFE,
		.dry_run = args_flag(&inv->args, "dry-run"),
	};
	return pull_branch(inv, branch, &how_to, err);
}

const struct command cmd_pull = {
	.name = "pull",
	.args = "[<branch>]",
	.summary = "fetch migrations that the branch has and the project lacks",
	.description = "Fetches what the branch has after the local head, checks every record and\n"
		       "the checksum chain, and appends the new records to the ledger, all or\n"
		       "nothing. When both sides have records of their own, it changes nothing,\n"
		       "lists both and ends with status 4.",
	.options = options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.run = run,
};
