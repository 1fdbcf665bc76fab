/* xata verify: checks the whole ledger and prints every finding with its remedy. */
#include "xata/commands.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"strict", 0, NULL, "unsealed records and cosmetic findings count too"},
	{0},
};

/*
 * --json: {"records": number read, "format", "head": name or null, "strict", "findings": [{"kind",
 * "level", "file", "line": number or null, "message", "remedy"}], "counts": {"errors", "unsealed",
 * "cosmetic"}}.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(findings) findings = {0};
	AUTO_VALUE(verify_result) result = {0};
	struct workdir *w;
	bool strict = args_flag(&inv->args, "strict");

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = session_workdir(&w, inv, WORKDIR_READ, err);
	if (rc == 0)
		rc = verify_workdir(&result, &findings, w, err);
	if (rc < 0)
		return rc;
	report_findings(&inv->out, &findings, strict);
	size_t bad = findings.errors + (strict ? findings.unsealed + findings.cosmetic : 0);
	json_put(inv->out.doc, "records", json_integer((json_int_t)result.records));
	json_put_string(inv->out.doc, "format", record_format_name(result.format));
	put_text(&inv->out, "head", result.head[0] ? result.head : NULL);
	json_put(inv->out.doc, "strict", json_boolean(strict));
	if (bad) {
		rc = fail(err, E_NO, "verification failed: %zu finding%s in %zu record%s", bad,
			  bad == 1 ? "" : "s", result.records, result.records == 1 ? "" : "s");
		hint(err, "Mend each finding as said above, then run \"xata verify\" again.");
		return rc;
	}
	say_color(&inv->out, COLOR_GREEN, "%zu record%s verified%s%s.", result.records,
		  result.records == 1 ? "" : "s", result.head[0] ? ", head " : "", result.head);
	if (!strict && findings.unsealed)
		say(&inv->out,
		    "%zu pgroll record%s unsealed: \"xata seal\" would fix their content, too.",
		    findings.unsealed, findings.unsealed == 1 ? " is" : "s are");
	return 0;
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "check the ledger: names, files, parents, order, checksums",
	.description =
		"Checks every record under .xata/migrations against the ledger: its name,\n"
		"its file, its parent, its place in the SHA-256 chain, its format, and that\n"
		"its operations apply to the schema before it. Prints every finding with\n"
		"its file and its remedy, and ends with status 1 when there is one.",
	.options = options,
	.needs = NEEDS_LOCK,
	.run = run,
};
