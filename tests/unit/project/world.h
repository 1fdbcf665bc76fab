/* A small project for tests: its folder, an environment without the user's, chained records. */
#ifndef TESTS_UNIT_PROJECT_WORLD_H
#define TESTS_UNIT_PROJECT_WORLD_H

#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "project/project.h"
#include "project/workdir.h"

/* No variable of the machine that runs the tests may reach them; home is dir/home. */
static inline void world_environment(const char *dir)
{
	static const char *const names[] = {
		"XATA_API_KEY", "XATA_API_PROVIDER", "XATA_BRANCH",	"XATA_DATABASE_URL",
		"XATA_PROFILE", "XATA_FAULT",	     "XDG_CONFIG_HOME", "GIT_DIR"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unsetenv(names[i]);
	setenv("HOME", unit_path(dir, "home"), 1);
	mkdir(unit_path(dir, "home"), 0755);
}

/* dir/p with an empty .xatarc. */
static inline struct project *world_project(const char *dir)
{
	struct project *p = NULL;
	struct error err = {0};

	world_environment(dir);
	mkdir(unit_path(dir, "p"), 0755);
	if (!unit_exists(unit_path(dir, "p/.xatarc")))
		unit_write(unit_path(dir, "p/.xatarc"), "{}\n");
	assert_ok(project_open(&p, unit_path(dir, "p"), &err), &err);
	return p;
}

/* Adds count pgroll records named "<prefix>NNN" to out, chained behind its last or behind nothing.
 */
static inline void world_records(struct records *out, const char *prefix, size_t count)
{
	struct error err = {0};

	for (size_t i = 0; i < count; i++) {
		const struct record *last = out->len ? out->items[out->len - 1] : NULL;
		AUTO_FREE char *name = xasprintf("%s%03zu", prefix, i);
		AUTO_FREE char *text = xasprintf(
			"[{\"sql\":{\"up\":\"SELECT '%s'\",\"down\":\"\"}}]", name);
		AUTO_JSON *operations = NULL;
		struct record *r = NULL;
		assert_ok(json_read(&operations, view_of(text), 0, &err), &err);
		struct record_draft draft = {
			.format = RECORD_PGROLL,
			.id = name,
			.parent = last ? record_id(last) : NULL,
			.parent_checksum = last ? record_checksum(last) : NULL,
			.operations = operations,
			.started_at = 1700000000000000,
		};
		assert_ok(record_make(&r, &draft, &err), &err);
		records_take(out, r);
	}
}

/* The records of from that come after the first skip ones, copied. */
static inline void world_tail(struct records *out, const struct records *from, size_t skip)
{
	for (size_t i = skip; i < from->len; i++)
		records_take(out, record_copy(from->items[i]));
}

/* Errors of the whole ledger, with extra and missing files. */
static inline size_t world_errors(struct workdir *w)
{
	AUTO_VALUE(findings) findings = {0};
	AUTO_VALUE(strs) files = {0};
	struct verify_result result = {0};
	struct error err = {0};

	assert_ok(workdir_other_files(&files, w, &err), &err);
	struct verify_options options = {.files = &files};
	assert_ok(ledger_verify(&result, &findings, workdir_ledger(w), workdir_source(w), &options,
				&err),
		  &err);
	schema_free(result.schema);
	for (size_t i = 0; i < findings.len; i++)
		if (findings.items[i].kind != FIND_NOT_DONE)
			print_message("# finding in %s: %s\n", findings.items[i].file,
				      findings.items[i].message);
	return findings.errors + workdir_ledger_findings(w)->errors;
}

/* One change that must work; gives the backup's folder or NULL: free() it. */
static inline char *world_apply(struct workdir *w, const struct records *add,
				const struct strs *remove, const struct records *replace)
{
	struct workdir_change change = {
		.command = "test", .add = add, .remove = remove, .replace = replace};
	struct error err = {0};
	char *backup = NULL;

	assert_ok(workdir_apply(&backup, w, &change, &err), &err);
	return backup;
}

static inline struct workdir *world_open(const struct project *p, enum workdir_mode mode)
{
	struct workdir *w = NULL;
	struct error err = {0};

	assert_ok(workdir_open(&w, p, mode, 0, &err), &err);
	return w;
}

#endif
