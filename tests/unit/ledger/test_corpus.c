/* The ledgers of real projects: every record reads, prints back and verifies. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "ledger/operation.h"
#include "ledger/resolve.h"
#include "ledger/squash.h"
#include "unit/ledger/sources.h"

/* Calls visit for the migrations folder of each ledger; at least `expected` of them. */
static void each_ledger(size_t expected, void (*visit)(const char *project, const char *path))
{
	const char *corpus = unit_corpus();
	AUTO_VALUE(strs) projects = {0};
	struct error err = {0};
	size_t n = 0;
	AUTO_FD dir = open(corpus, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_ok(fs_list(&projects, dir, ".", &err), &err);
	strs_sort(&projects);
	for (size_t i = 0; i < projects.len; i++) {
		AUTO_FREE char *path = xasprintf("%s/%s/.xata/migrations", corpus,
						 projects.items[i]);
		if (!unit_exists(path))
			continue;
		visit(projects.items[i], path);
		n++;
	}
	assert_true(n >= expected);
}

static void print_findings(const char *project, const struct findings *f)
{
	for (size_t i = 0; i < f->len; i++)
		print_message("# %s: %s %s: %s\n", project, finding_name(f->items[i].kind),
			      f->items[i].file, f->items[i].message);
}

static void read_ledger(struct ledger *l, struct findings *f, int dir)
{
	AUTO_STR text = {0};
	struct error err = {0};

	assert_ok(fs_read(&text, dir, ".ledger", LEDGER_TEXT_MAX, &err), &err);
	ledger_parse(l, str_view(&text), f);
}

static void verify_one(const char *project, const char *path)
{
	AUTO_VALUE(findings) findings = {0};
	AUTO_VALUE(ledger) ledger = {0};
	AUTO_VALUE(strs) files = {0};
	struct verify_result result;
	struct error err = {0};
	struct dir_source src = dir_source_open(path);
	bool without_file = starts_with(project, "01-");

	assert_true(src.dir >= 0);
	assert_ok(fs_list(&files, src.dir, ".", &err), &err);
	read_ledger(&ledger, &findings, src.dir);
	const struct verify_options options = {.files = &files};
	assert_ok(ledger_verify(&result, &findings, &ledger, &src.base, &options, &err), &err);
	close(src.dir);
	if (findings.errors != (without_file ? 1 : 0))
		print_findings(project, &findings);
	assert_int_equal(findings.errors, without_file ? 1 : 0);
	if (without_file)
		assert_int_equal(findings.items[0].kind, FIND_MISSING_FILE);
	assert_int_equal(result.records, without_file ? 0 : ledger.names.len);
	AUTO_JSON *api = schema_to_api(result.schema);
	assert_non_null(api);
	schema_free(result.schema);
}

static void every_intact_ledger_verifies_without_an_error(void **state)
{
	(void)state;
	each_ledger(26, verify_one);
}

static void round_trip_one(const char *project, const char *path)
{
	AUTO_VALUE(ledger) ledger = {0};
	struct dir_source src = dir_source_open(path);

	read_ledger(&ledger, NULL, src.dir);
	for (size_t i = 0; i < ledger.names.len && !starts_with(project, "01-"); i++) {
		char file[RECORD_NAME_MAX + 1];
		AUTO_STR text = {0};
		AUTO_STR printed = {0};
		AUTO(record) *r = NULL;
		struct error err = {0};
		json_t *op;
		size_t k;

		assert_ok(record_file_name(file, ledger.names.items[i], &err), &err);
		assert_ok(fs_read(&text, src.dir, file, RECORD_TEXT_MAX, &err), &err);
		assert_ok(record_parse(&r, str_view(&text), &err), &err);
		record_print(&printed, r);
		assert_string_equal(str_cstr(&printed), str_cstr(&text));
		assert_string_equal(record_name(r), ledger.names.items[i]);
		json_array_foreach(record_operations(r), k, op)
		{
			AUTO_STR line = {0};
			assert_ok(operation_check(record_format(r), op, OPERATION_STRICT, &err),
				  &err);
			operation_summary(&line, record_format(r), op);
			assert_true(line.len > 2 && line.len < 400);
			assert_null(memchr(line.ptr, '\n', line.len));
		}
	}
	close(src.dir);
}

static void every_record_prints_back_byte_for_byte(void **state)
{
	(void)state;
	each_ledger(26, round_trip_one);
}

/* The wire form of a record: what an endpoint sends for it, made from the file. */
static json_t *as_item(const struct record *r)
{
	json_t *item = json_copy((json_t *)(uintptr_t)record_doc(r));

	if (record_format(r) == RECORD_V1) {
		json_put_string(item, "createdAt", "2024-01-01T00:00:00Z");
		json_put_string(item, "title", "");
		return item;
	}
	AUTO_STR text = {0};
	json_write(&text, json_object_get(item, "migration"), JSON_FORM_COMPACT);
	json_put_string(item, "migration", str_cstr(&text));
	return item;
}

static void wire_one(const char *project, const char *path)
{
	AUTO_VALUE(ledger) ledger = {0};
	struct dir_source src = dir_source_open(path);

	read_ledger(&ledger, NULL, src.dir);
	for (size_t i = 0; i < ledger.names.len && !starts_with(project, "01-"); i++) {
		char file[RECORD_NAME_MAX + 1];
		AUTO_STR text = {0};
		AUTO_STR printed = {0};
		AUTO(record) *r = NULL;
		AUTO(record) *again = NULL;
		struct error err = {0};

		assert_ok(record_file_name(file, ledger.names.items[i], &err), &err);
		assert_ok(fs_read(&text, src.dir, file, RECORD_TEXT_MAX, &err), &err);
		assert_ok(record_parse(&r, str_view(&text), &err), &err);
		AUTO_JSON *item = as_item(r);
		assert_ok(record_from_item(&again, record_format(r), item, &err), &err);
		assert_true(record_same(r, again));
		record_print(&printed, again);
		assert_string_equal(str_cstr(&printed), str_cstr(&text));
	}
	close(src.dir);
}

static void every_record_survives_the_wire_byte_for_byte(void **state)
{
	(void)state;
	each_ledger(26, wire_one);
}

static void sealing_one(const char *project, const char *path)
{
	AUTO_VALUE(ledger) ledger = {0};
	struct dir_source src = dir_source_open(path);
	char chain[CHECKSUM_LEN + 1] = "";
	AUTO_VALUE(records) records = {0};

	read_ledger(&ledger, NULL, src.dir);
	for (size_t i = 0; i < ledger.names.len && !starts_with(project, "01-"); i++) {
		char file[RECORD_NAME_MAX + 1], next[CHECKSUM_LEN + 1];
		AUTO_STR text = {0};
		struct record *r;
		struct error err = {0};

		assert_ok(record_file_name(file, ledger.names.items[i], &err), &err);
		assert_ok(fs_read(&text, src.dir, file, RECORD_TEXT_MAX, &err), &err);
		assert_ok(record_parse(&r, str_view(&text), &err), &err);
		records_take(&records, r);
		const char *before = record_checksum(r);
		AUTO_FREE char *old = before ? strdup(before) : NULL;
		record_chain(r, record_parent(r), i ? chain : NULL);
		if (old)
			assert_string_equal(old, record_checksum(r));
		assert_int_equal(checksum_check(next, r, i ? chain : NULL), CHECKSUM_VALID);
		memcpy(chain, next, sizeof chain);
	}
	close(src.dir);
}

static void chaining_a_history_again_gives_the_same_checksums(void **state)
{
	(void)state;
	each_ledger(26, sealing_one);
}

/* ---- bringing real histories together, and folding them */

static void read_records(struct records *l, const char *path)
{
	AUTO_VALUE(ledger) ledger = {0};
	struct dir_source src = dir_source_open(path);

	read_ledger(&ledger, NULL, src.dir);
	for (size_t i = 0; i < ledger.names.len; i++) {
		char file[RECORD_NAME_MAX + 1];
		AUTO_STR text = {0};
		struct record *r;
		struct error err = {0};

		assert_ok(record_file_name(file, ledger.names.items[i], &err), &err);
		assert_ok(fs_read(&text, src.dir, file, RECORD_TEXT_MAX, &err), &err);
		assert_ok(record_parse(&r, str_view(&text), &err), &err);
		records_take(l, r);
	}
	close(src.dir);
}

/* A clone that lags behind, on either side, changes nothing about the history. */
static void resolve_with_half(const struct records *all)
{
	AUTO(schema) *empty = schema_new(RECORD_NONE);
	struct records half = {.items = all->items, .len = all->len / 2};
	const struct records *const orders[][2] = {{all, &half}, {&half, all}};
	struct error err = {0};

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		AUTO_VALUE(resolution) result = {0};
		struct resolve_input in = {.base = {.schema = empty},
					   .ancestor = &half,
					   .sides = orders[i],
					   .side_count = 2};
		assert_ok(resolve(&result, &in, &err), &err);
		assert_int_equal(result.conflicts.len, 0);
		assert_int_equal(result.records.len, all->len);
		for (size_t k = 0; k < all->len; k++)
			assert_true(json_equal(record_doc(result.records.items[k]),
					       record_doc(all->items[k])));
	}
}

static void fold(const char *project, const struct records *all)
{
	AUTO(schema) *empty = schema_new(RECORD_NONE);
	AUTO(schema) *expected = schema_new(RECORD_NONE);
	AUTO_VALUE(squash) folded = {0};
	struct error err = {0};
	struct squash_input in = {.base = {.schema = empty}, .records = all, .id = "mig_folded"};
	int rc = squash(&folded, &in, &err);

	if (rc == E_CONFLICT) { /* the raw SQL that pgroll branches are full of */
		assert_non_null(strstr(err.hint, "--since"));
		assert_int_equal(record_format(all->items[0]), RECORD_PGROLL);
		return;
	}
	assert_ok(rc, &err);
	for (size_t i = 0; i < all->len; i++)
		assert_ok(schema_apply(expected, all->items[i], &err), &err);
	AUTO_JSON *x = schema_to_api(expected);
	AUTO_JSON *y = schema_to_api(folded.schema);
	assert_true(json_equal(x, y));
	print_message("# %s: %zu operations of %zu records become %zu\n", project,
		      folded.operations_before, all->len, folded.operations_after);
}

static void merge_and_fold_one(const char *project, const char *path)
{
	AUTO_VALUE(records) all = {0};

	if (starts_with(project, "01-"))
		return;
	read_records(&all, path);
	resolve_with_half(&all);
	fold(project, &all);
}

static void every_intact_ledger_meets_its_past_and_folds(void **state)
{
	(void)state;
	each_ledger(26, merge_and_fold_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_intact_ledger_verifies_without_an_error),
		cmocka_unit_test(every_record_prints_back_byte_for_byte),
		cmocka_unit_test(every_record_survives_the_wire_byte_for_byte),
		cmocka_unit_test(chaining_a_history_again_gives_the_same_checksums),
		cmocka_unit_test(every_intact_ledger_meets_its_past_and_folds),
	};
	return unit_main(tests);
}
