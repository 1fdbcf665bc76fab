/* xata schema: the logical schema that the history builds up. */
#include "base/fs.h"
#include "xata/commands.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt dump_options[] = {
	{"branch", 'b', "BRANCH", "the schema of this branch at the endpoint"},
	{"file", 'f', "FILE", "write to this file instead of standard output"},
	{0},
};

static int local_schema(json_t **out, struct invocation *inv, struct error *err)
{
	AUTO_VALUE(findings) findings = {0};
	AUTO_VALUE(verify_result) result = {0};
	AUTO(schema) *empty = NULL;
	struct workdir *w;

	int rc = session_workdir(&w, inv, WORKDIR_READ, err);
	if (rc == 0)
		rc = verify_workdir(&result, &findings, w, err);
	if (rc < 0)
		return rc;
	if (findings.errors) {
		rc = fail(err, E_INVALID,
			  "the ledger has findings, so that its schema is not certain");
		workdir_hint_left_out(w, err);
		hint(err, "Run \"xata verify\" to see each finding and its remedy.");
		return rc;
	}
	if (!result.schema)
		empty = schema_new(RECORD_V1);
	*out = schema_to_api(result.schema ? result.schema : empty);
	return 0;
}

static int branch_schema(json_t **out, struct invocation *inv, const char *branch,
			 struct error *err)
{
	struct api *api = NULL;
	int rc = session_api(&api, inv, SESSION_DATABASE, err);

	return rc < 0 ? rc : api_schema(out, api, branch, err);
}

struct writing {
	const json_t *schema;
	int fd;
	int rc; /* as that of fs_write() */
};

static void write_piece(void *ctx, struct str *piece)
{
	struct writing *w = ctx;

	if (w->rc == 0)
		w->rc = fs_write(w->fd, str_view(piece));
}

/* Indented, the text may be many times what the schema takes, so it is never there as a whole. */
static int write_schema(void *ctx, int fd)
{
	struct writing *w = ctx;

	w->fd = fd;
	json_write_pieces(w->schema, JSON_FORM_PRETTY, write_piece, w);
	return w->rc < 0 ? w->rc : fs_write(fd, view_of("\n"));
}

/* --json: {"branch": name or null, "schema", "file": the file written or null}. */
static int run_dump(struct invocation *inv, struct error *err)
{
	AUTO_JSON *schema = NULL;
	const char *branch = args_value(&inv->args, "branch"),
		   *file = args_value(&inv->args, "file");

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = branch ? branch_schema(&schema, inv, branch, err)
			    : local_schema(&schema, inv, err);
	if (rc < 0)
		return rc;
	put_text(&inv->out, "branch", branch);
	json_put(inv->out.doc, "schema", json_incref(schema));
	put_text(&inv->out, "file", file);
	if (!file) {
		say_json(&inv->out, schema);
		return 0;
	}
	struct writing w = {.schema = schema};
	rc = fs_replace_written(file, write_schema, &w, 0, err);
	if (rc == 0)
		say(&inv->out, "Wrote the schema to %s.", file);
	return rc;
}

static const struct command schema_dump = {
	.name = "dump",
	.summary = "print the schema of the local history or of a branch, as JSON",
	.options = dump_options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.run = run_dump,
};

static const struct command *const subcommands[] = {&schema_dump, NULL};

const struct command cmd_schema = {
	.name = "schema",
	.summary = "print the logical schema",
	.subcommands = subcommands,
};
