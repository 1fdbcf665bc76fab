/* xata log: the local history, newest first, with what each record does. */
#include <stdio.h>

#include "ledger/operation.h"
#include "xata/commands.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"oneline", 0, NULL, "one line a record"},
	{"max-count", 'n', "NUMBER", "show at most this many records"},
	{"reverse", 0, NULL, "oldest first"},
	{0},
};

static void show(struct output *o, const struct record *r)
{
	const json_t *operations = record_operations(r);

	say_color(o, COLOR_YELLOW, "migration %s", record_name(r));
	if (record_started_at(r))
		say(o, "Started:  %s", record_started_at(r));
	if (record_title(r))
		say(o, "Title:    %s", record_title(r));
	if (record_message(r))
		say(o, "Message:  %s", record_message(r));
	say(o, "Checksum: %s", record_checksum(r) ? record_checksum(r) : "unsealed");
	for (size_t i = 0; i < json_array_size(operations); i++) {
		AUTO_STR text = {0};
		operation_summary(&text, record_format(r), json_array_get(operations, i));
		say(o, "    %s", str_cstr(&text));
	}
	say(o, "%s", "");
}

/*
 * --json: {"records": [as record_to_json() has them, in the order asked for], "total": number in
 * the ledger}.
 */
static int show_records(struct invocation *inv, struct workdir *w, long max, struct error *err)
{
	const struct strs *names = &workdir_ledger(w)->names;
	json_t *list = json_array();
	bool oldest_first = args_flag(&inv->args, "reverse");
	size_t count = max > 0 && (size_t)max < names->len ? (size_t)max : names->len;

	json_put(inv->out.doc, "records", list);
	json_put(inv->out.doc, "total", json_integer((json_int_t)names->len));
	for (size_t i = 0; i < count; i++) {
		AUTO(record) *r = NULL;
		size_t at = oldest_first ? i : names->len - 1 - i;
		int rc = workdir_record(&r, w, names->items[at], err);
		if (rc < 0) {
			hint(err, "Run \"xata verify\" to see every finding and its remedy.");
			return rc;
		}
		if (inv->out.json)
			json_array_append_new(list, record_to_json(r));
		if (args_flag(&inv->args, "oneline"))
			report_record_line(&inv->out, "", COLOR_NONE, r);
		else
			show(&inv->out, r);
	}
	if (names->len)
		return 0;
	/* It may seem so: lines that cannot be read, or a sparse checkout that leaves it out. */
	int rc = workdir_check_ledger(w, err);
	if (rc == 0)
		note(&inv->out, "The ledger is empty.");
	return rc;
}

static int run(struct invocation *inv, struct error *err)
{
	struct workdir *w = NULL;
	long max = 0;

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = args_number(&max, &inv->args, "max-count", 1, 1000000000, 0, err);
	if (rc == 0)
		rc = session_workdir(&w, inv, WORKDIR_READ, err);
	return rc < 0 ? rc : show_records(inv, w, max, err);
}

const struct command cmd_log = {
	.name = "log",
	.summary = "show the local history, newest first",
	.options = options,
	.needs = NEEDS_LOCK,
	.answers = true,
	.run = run,
};
