/* xata seal: gives unsealed pgroll records their chainChecksum, keeping a backup. */
#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "xata/commands.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"dry-run", 'n', NULL, "only show what would be sealed"},
	{0},
};

/* Collects the unsealed records with the checksum that their place gives them. */
static int collect(struct records *out, struct workdir *w, struct error *err)
{
	const struct strs *names = &workdir_ledger(w)->names;
	AUTO_FREE char *chain = NULL;

	for (size_t i = 0; i < names->len; i++) {
		struct record *r = NULL;
		int rc = workdir_record(&r, w, names->items[i], err);
		if (rc < 0)
			return rc;
		bool unsealed = !record_checksum(r);
		if (unsealed)
			record_chain(r, record_parent(r), chain);
		rc = unsealed ? record_check_size(record_doc(r), err) : 0;
		if (rc < 0) {
			error_prefix(err, "record \"%s\"", names->items[i]);
			record_free(r);
			return rc;
		}
		free(chain);
		chain = xstrdup(record_checksum(r));
		if (unsealed)
			records_take(out, r);
		else
			record_free(r);
	}
	return 0;
}

static int check_ledger(struct workdir *w, struct error *err)
{
	AUTO_VALUE(findings) findings = {0};
	AUTO_VALUE(verify_result) result = {0};

	int rc = verify_workdir(&result, &findings, w, err);
	if (rc < 0 || findings.errors == 0)
		return rc;
	rc = fail(err, E_NO, "the ledger has %zu finding%s: sealing would make them permanent",
		  findings.errors, findings.errors == 1 ? "" : "s");
	workdir_hint_left_out(w, err);
	hint(err, "Run \"xata verify\", mend each finding, then seal.");
	return rc;
}

static void report(struct invocation *inv, const struct records *sealed, const char *backup)
{
	json_t *list = json_array();
	size_t n = sealed->len;
	bool dry_run = args_flag(&inv->args, "dry-run");

	for (size_t i = 0; i < n; i++) {
		const struct record *r = sealed->items[i];
		json_array_append_new(list, json_pack("{s:s, s:s}", "name", record_name(r),
						      "chainChecksum", record_checksum(r)));
	}
	json_put(inv->out.doc, "sealed", list);
	put_text(&inv->out, "backup", backup);
	if (n == 0)
		say(&inv->out, "Every record is sealed already.");
	else
		say(&inv->out, "%s %zu record%s.", dry_run ? "Would seal" : "Sealed", n,
		    n == 1 ? "" : "s");
	if (backup)
		say(&inv->out, "The files as they were are in %s/.", backup);
}

/* --json: {"sealed": [{"name", "chainChecksum"}], "backup": folder or null}. */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(records) sealed = {0};
	AUTO_FREE char *backup = NULL;
	struct workdir *w;
	bool dry_run = args_flag(&inv->args, "dry-run");

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = session_workdir(&w, inv, dry_run ? WORKDIR_READ : WORKDIR_WRITE, err);
	if (rc == 0)
		rc = check_ledger(w, err);
	if (rc == 0)
		rc = collect(&sealed, w, err);
	if (rc == 0 && !dry_run && sealed.len) {
		struct workdir_change change = {.command = "seal", .replace = &sealed};
		rc = workdir_apply(&backup, w, &change, err);
	}
	if (rc == 0)
		report(inv, &sealed, backup);
	return rc;
}

const struct command cmd_seal = {
	.name = "seal",
	.summary = "add chainChecksum to unsealed pgroll records, keeping a backup",
	.description =
		"The hosted service keeps no checksums for pgroll records. Sealing computes the\n"
		"SHA-256 chain over them and writes it into each file as \"chainChecksum\"; other\n"
		"programs ignore the member. The files as they were move to .xata/backup/.",
	.options = options,
	.needs = NEEDS_LOCK,
	.run = run,
};
