/* xata show: one record, with the state of its checksum. */
#include <string.h>

#include "ledger/checksum.h"
#include "xata/commands.h"
#include "xata/lookup.h"
#include "xata/report.h"
#include "xata/session.h"

/* The chain up to record at, as verification carries it along. */
static int chain_before(char chain[CHECKSUM_LEN + 1], struct workdir *w, size_t at,
			struct error *err)
{
	const struct strs *names = &workdir_ledger(w)->names;
	size_t from = at;

	/* A record that states its checksum is where the chain can be taken up. */
	chain[0] = '\0';
	while (from > 0) {
		AUTO(record) *r = NULL;
		int rc = workdir_record(&r, w, names->items[from - 1], err);
		if (rc < 0)
			return rc;
		if (record_checksum(r)) {
			memcpy(chain, record_checksum(r), CHECKSUM_LEN + 1);
			break;
		}
		from--;
	}
	for (; from < at; from++) {
		AUTO(record) *r = NULL;
		char next[CHECKSUM_LEN + 1];
		int rc = workdir_record(&r, w, names->items[from], err);
		if (rc < 0)
			return rc;
		checksum_compute(next, r, chain[0] ? chain : NULL);
		memcpy(chain, next, sizeof next);
	}
	return 0;
}

static const char *state_name(enum checksum_state state)
{
	static const char *const names[] = {
		[CHECKSUM_VALID] = "valid",
		[CHECKSUM_VALID_ESCAPED] = "valid (escaped form)",
		[CHECKSUM_UNSEALED] = "unsealed",
		[CHECKSUM_WRONG] = "wrong",
	};
	return names[state];
}

/*
 * --json: {"record": the file's object, "position": from 1, "name", "checksumState": "valid",
 * "valid_escaped", "unsealed" or "wrong", "computedChecksum"}.
 */
static int show(struct invocation *inv, struct workdir *w, size_t at, struct error *err)
{
	AUTO(record) *r = NULL;
	AUTO_STR text = {0};
	const char *name = workdir_ledger(w)->names.items[at];
	char before[CHECKSUM_LEN + 1] = "", computed[CHECKSUM_LEN + 1], ignored[CHECKSUM_LEN + 1];

	int rc = workdir_record(&r, w, name, err);
	if (rc == 0)
		rc = chain_before(before, w, at, err);
	if (rc < 0)
		return rc;
	const char *parent = before[0] ? before : NULL;
	enum checksum_state state = checksum_check(ignored, r, parent);
	checksum_compute(computed, r, parent);
	record_print(&text, r);
	say_raw_json(&inv->out, str_view(&text));
	note(&inv->out, "Record %zu of %zu, checksum %s.", at + 1, workdir_ledger(w)->names.len,
	     state_name(state));
	json_put(inv->out.doc, "record", json_deep_copy(record_doc(r)));
	json_put(inv->out.doc, "position", json_integer((json_int_t)at + 1));
	json_put_string(inv->out.doc, "name", name);
	json_put_string(inv->out.doc, "checksumState",
			state == CHECKSUM_VALID_ESCAPED ? "valid_escaped" : state_name(state));
	json_put_string(inv->out.doc, "computedChecksum", computed);
	if (state != CHECKSUM_WRONG)
		return 0;
	rc = fail(err, E_NO,
		  "the checksum of \"%s\" is wrong: the record was changed after it was made",
		  name);
	hint(err, "Restore the file from Git, or run \"xata verify\" to see what else is wrong.");
	return rc;
}

static int run(struct invocation *inv, struct error *err)
{
	struct workdir *w = NULL;
	size_t at = 0;

	int rc = args_count(&inv->args, 1, 1, err);
	if (rc == 0)
		rc = session_workdir(&w, inv, WORKDIR_READ, err);
	if (rc == 0 && !workdir_ledger(w)->names.len) /* it may be left out */
		rc = workdir_check_ledger(w, err);
	if (rc == 0)
		rc = ledger_lookup(&at, workdir_ledger(w), args_word(&inv->args, 0), err);
	return rc < 0 ? rc : show(inv, w, at, err);
}

const struct command cmd_show = {
	.name = "show",
	.args = "<name>",
	.summary = "show one record and the state of its checksum",
	.description =
		"Prints the record's file as it is written, and on standard error whether its\n"
		"checksum is valid at its place in the history. <name> may be a name, an id, the\n"
		"beginning of one, or \"head\".",
	.needs = NEEDS_LOCK,
	.run = run,
};
