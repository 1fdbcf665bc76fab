/* xata new: makes the next local record from operations given as JSON. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/xid.h"
#include "ledger/operation.h"
#include "xata/commands.h"
#include "xata/lookup.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"title", 0, "TEXT", "title of a v1 record"},
	{"message", 'm', "TEXT", "longer text of a v1 record"},
	{"name", 0, "NAME", "name of a pgroll record; a new identifier without it"},
	{"version-schema", 0, "NAME", "name of the pgroll version schema"},
	{"format", 0, "v1|pgroll", "format of the first record of an empty ledger"},
	{"dry-run", 'n', NULL, "print the record instead of writing it"},
	{0},
};

#define ADVICE_INPUT \
	"Give a JSON array of operations, such as [{\"addTable\":{\"table\":\"users\"}}]."

/* The file named, or standard input without a name or for "-". */
static int read_input(json_t **out, const struct output *o, const char *path, struct error *err)
{
	AUTO_STR text = {0};
	bool is_stdin = !path || str_eq(path, "-");

	if (is_stdin && isatty(STDIN_FILENO))
		note(o, "Reading operations from the terminal; end with Ctrl-D.");
	int rc = is_stdin ? fs_read_fd(&text, STDIN_FILENO, RECORD_TEXT_MAX, "standard input", err)
			  : fs_read(&text, AT_FDCWD, path, RECORD_TEXT_MAX, err);
	if (rc == 0)
		rc = json_read(out, str_view(&text), 0, err);
	if (rc < 0) {
		error_prefix(err, "operations of %s", is_stdin ? "standard input" : path);
		hint(err, rc == E_NOTFOUND ? "Check the path; without one standard input is read."
					   : ADVICE_INPUT);
	}
	return rc;
}

static int check_not_empty(const json_t *operations, struct error *err)
{
	if (json_array_size(operations))
		return 0;
	int rc = fail(err, E_INVALID, "there are no operations");
	hint(err, ADVICE_INPUT);
	return rc;
}

/* What the input says: an array of operations, or an object that has one among other members. */
static int read_draft(struct record_draft *draft, const json_t *input, struct error *err)
{
	const json_t *record = json_object_get(input, "migration");
	json_t *operations;

	/* A pgroll record, such as one of a backup, has its members one level down. */
	if (json_is_object(record) && !json_object_get(input, "operations"))
		input = record;
	if (json_is_array(input)) {
		draft->operations = input;
		return check_not_empty(input, err);
	}
	int rc = json_get_array(&operations, input, "operations", JSON_REQUIRED, err);
	if (rc == 0)
		rc = check_not_empty(operations, err);
	if (rc == 0)
		rc = json_get_string(&draft->title, input, "title", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_string(&draft->message, input, "message", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_string(&draft->id, input, "name", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_string(&draft->version_schema, input, "version_schema", JSON_OPTIONAL,
				     err);
	draft->operations = operations;
	hint(err, ADVICE_INPUT);
	return rc;
}

static void override(const char **value, const struct args *args, const char *option)
{
	const char *given = args_value(args, option);

	if (given)
		*value = given;
}

/* The ledger's format; for an empty one --format, else what the first operation belongs to. */
static int choose_format(enum record_format *out, const struct args *args,
			 enum record_format ledger, const json_t *operations, struct error *err)
{
	const char *wanted = args_value(args, "format");
	const char *first = operation_name(json_array_get(operations, 0));

	*out = ledger;
	if (ledger != RECORD_NONE) {
		if (!wanted || str_eq(wanted, record_format_name(ledger)))
			return 0;
		int rc = fail(err, E_INVALID, "the ledger is in %s format, not %s",
			      record_format_name(ledger), wanted);
		hint(err, "A ledger keeps one format; leave --format out.");
		return rc;
	}
	if (wanted)
		*out = str_eq(wanted, "v1") ? RECORD_V1 : RECORD_PGROLL;
	else if (first && operation_known(RECORD_V1, first))
		*out = RECORD_V1;
	else if (first && operation_known(RECORD_PGROLL, first))
		*out = RECORD_PGROLL;
	if (*out != RECORD_NONE)
		return 0;
	int rc = fail(err, E_INVALID,
		      "the ledger is empty and the operations do not tell its format");
	hint(err, "Say --format v1 or --format pgroll.");
	return rc;
}

/* An option of the other format would silently be lost. */
static int check_members(const struct record_draft *d, struct error *err)
{
	if (d->format == RECORD_V1 && (d->id || d->version_schema))
		return fail(err, E_USAGE, "a v1 record has neither a name nor a version schema");
	if (d->format == RECORD_PGROLL && (d->title || d->message))
		return fail(err, E_USAGE, "a pgroll record has neither a title nor a message");
	return 0;
}

static int check_operations(const struct record_draft *d, struct schema *schema, struct error *err)
{
	for (size_t i = 0; i < json_array_size(d->operations); i++) {
		int rc = operation_check(d->format, json_array_get(d->operations, i),
					 OPERATION_STRICT, err);
		if (rc < 0) {
			error_prefix(err, "operation %zu", i + 1);
			hint(err,
			     "Mend the operation; \"man xata-ledger\" shows the shape of each.");
			return rc;
		}
	}
	int rc = schema_apply_operations(schema, d->format, d->operations, err);
	if (rc < 0)
		hint(err, "See what there is with \"xata schema dump\", and mend the operation.");
	return rc;
}

/* The verified state of the ledger; a damaged one gets nothing appended. */
static int read_history(struct verify_result *result, struct workdir *w, struct error *err)
{
	AUTO_VALUE(findings) findings = {0};

	int rc = verify_workdir(result, &findings, w, err);
	if (rc < 0 || findings.errors == 0)
		return rc;
	rc = fail(err, E_INVALID, "the ledger has %zu finding%s: nothing is appended to it",
		  findings.errors, findings.errors == 1 ? "" : "s");
	workdir_hint_left_out(w, err);
	hint(err, "Run \"xata verify\" to see each finding and its remedy.");
	return rc;
}

static int make_record(struct record **out, struct invocation *inv, struct record_draft *d,
		       struct workdir *w, struct error *err)
{
	AUTO_VALUE(verify_result) history = {0};
	char id[5 + XID_LEN] = "mig_";

	int rc = read_history(&history, w, err);
	if (rc == 0)
		rc = choose_format(&d->format, &inv->args, history.format, d->operations, err);
	if (rc == 0)
		rc = check_members(d, err);
	if (rc < 0)
		return rc;
	if (!history.schema)
		history.schema = schema_new(d->format);
	rc = check_operations(d, history.schema, err);
	if (rc < 0)
		return rc;
	if (d->id && map_get(&workdir_ledger(w)->index, d->id, NULL)) {
		rc = fail(err, E_CONFLICT, "\"%s\" is in the ledger already", d->id);
		hint(err, "Choose another name.");
		return rc;
	}
	xid_new(id + 4, clock_unix_us() / 1000000);
	struct record_draft full = *d; /* what it borrows from here must not outlive this call */
	full.id = d->id ? d->id : id;
	full.parent = history.head_id[0] ? history.head_id : NULL;
	full.parent_checksum = history.chain[0] ? history.chain : NULL;
	full.started_at = clock_unix_us();
	rc = record_make(out, &full, err);
	if (rc < 0)
		return rc;
	if (d->id)
		rc = ledger_check_case(workdir_ledger(w), d->id, err);
	if (rc == 0)
		rc = record_check_name(*out, err);
	if (rc < 0)
		hint(err, "Choose another name.");
	return rc;
}

static int write_record(struct invocation *inv, struct workdir *w, struct record *r,
			struct error *err)
{
	AUTO_FREE char *backup = NULL;
	struct record *items[] = {r};
	struct records add = {.items = items, .len = 1};
	struct workdir_change change = {.command = "new", .add = &add};

	put_text(&inv->out, "file", NULL);
	if (args_flag(&inv->args, "dry-run")) {
		AUTO_STR text = {0};
		record_print(&text, r);
		say_raw_json(&inv->out, str_view(&text));
		return 0;
	}
	int rc = workdir_apply(&backup, w, &change, err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *file = xasprintf(".xata/migrations/%s.json", record_name(r));
	say(&inv->out, "%s", file);
	put_text(&inv->out, "file", file);
	return 0;
}

/*
 * --json: {"record": as record_to_json() has it, "file": relative to the project, or null with
 * --dry-run}.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_JSON *input = NULL;
	AUTO(record) *r = NULL;
	struct record_draft draft = {0};
	struct project *p;
	struct workdir *w = NULL;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = session_project(&p, inv, err);
	if (rc == 0) /* before the lock: somebody may be typing */
		rc = read_input(&input, &inv->out, args_word(&inv->args, 0), err);
	if (rc == 0)
		rc = read_draft(&draft, input, err);
	if (rc == 0)
		rc = session_workdir(
			&w, inv, args_flag(&inv->args, "dry-run") ? WORKDIR_READ : WORKDIR_WRITE,
			err);
	if (rc < 0)
		return rc;
	override(&draft.title, &inv->args, "title");
	override(&draft.message, &inv->args, "message");
	override(&draft.id, &inv->args, "name");
	override(&draft.version_schema, &inv->args, "version-schema");
	rc = make_record(&r, inv, &draft, w, err);
	if (rc == 0)
		rc = write_record(inv, w, r, err);
	if (rc == 0)
		json_put(inv->out.doc, "record", record_to_json(r));
	return rc;
}

const struct command cmd_new = {
	.name = "new",
	.args = "[<file>]",
	.summary = "make the next local record from operations in JSON",
	.description =
		"Reads a JSON array of operations from <file> or standard input, checks\n"
		"them against the schema that the history builds up, and appends a chained,\n"
		"checksummed record. An object with a member \"operations\" (and \"title\",\n"
		"\"message\" or \"name\") will do, too, and so does a whole record.",
	.options = options,
	.needs = NEEDS_LOCK,
	.run = run,
};
