/* One thing wrong at a time, and exactly one finding that names it. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "base/json.h"
#include "unit/ledger/sources.h"

/* A history in memory, the findings of its verification and the result. */
struct fixture {
	struct memory_source src;
	struct str ledger; /* its text */
	struct strs files;
	struct findings findings;
	struct verify_result result;
	size_t schema_work; /* as in the options */
};

static void release(struct fixture *f)
{
	for (size_t i = 0; i < f->src.len; i++)
		free(f->src.files[i].text);
	str_release(&f->ledger);
	strs_release(&f->files);
	findings_release(&f->findings);
	schema_free(f->result.schema);
	*f = (struct fixture){0};
}

static void put_file(struct fixture *f, const char *name, const char *text)
{
	snprintf(f->src.files[f->src.len].name, RECORD_NAME_MAX + 1, "%s.json", name);
	f->src.files[f->src.len++].text = xstrdup(text);
	assert_true(f->src.len <= MEMORY_FILES_MAX);
}

static void put_record(struct fixture *f, const struct record *r)
{
	AUTO_STR text = {0};

	record_print(&text, r);
	put_file(f, record_name(r), str_cstr(&text));
	ledger_append_line(&f->ledger, record_name(r));
}

struct step {
	enum record_format format;
	const char *id;
	const char *operations;
};

/* Makes a chain of records and its ledger. */
static void make(struct fixture *f, const struct step *steps, size_t n)
{
	char parent[RECORD_ID_MAX + 1] = "", chain[CHECKSUM_LEN + 1] = "";

	*f = (struct fixture){.src.base.read = memory_source_read};
	for (size_t i = 0; i < n; i++) {
		AUTO(record) *r = NULL;
		AUTO_JSON *ops = NULL;
		struct error err = {0};
		assert_ok(json_read(&ops, view_of(steps[i].operations), 0, &err), &err);
		const struct record_draft d = {.format = steps[i].format,
					       .id = steps[i].id,
					       .parent = i ? parent : NULL,
					       .parent_checksum = i ? chain : NULL,
					       .operations = ops};
		assert_ok(record_make(&r, &d, &err), &err);
		put_record(f, r);
		snprintf(parent, sizeof parent, "%s", record_id(r));
		snprintf(chain, sizeof chain, "%s", record_checksum(r));
	}
}

static const struct step v1_steps[] = {
	{RECORD_V1, "mig_a", "[{\"addTable\":{\"table\":\"teams\"}}]"},
	{RECORD_V1, "mig_b", "[{\"addTable\":{\"table\":\"users\"}}]"},
	{RECORD_V1, "mig_c",
	 "[{\"addColumn\":{\"table\":\"users\",\"column\":{\"name\":\"n\",\"type\":\"int\"}}}]"},
	{RECORD_V1, "mig_d", "[{\"removeTable\":{\"table\":\"teams\"}}]"},
};

static const struct step pgroll_steps[] = {
	{RECORD_PGROLL, "01_a", "[{\"create_table\":{\"name\":\"t\",\"columns\":[]}}]"},
	{RECORD_PGROLL, "02_b", "[{\"sql\":{\"up\":\"SELECT 1\"}}]"},
	{RECORD_PGROLL, "03_c", "[{\"drop_table\":{\"name\":\"t\"}}]"},
};

static void v1(struct fixture *f)
{
	make(f, v1_steps, ARRAY_LEN(v1_steps));
}

static void pgroll(struct fixture *f)
{
	make(f, pgroll_steps, ARRAY_LEN(pgroll_steps));
}

/* The record's place in the fixture; its text may be replaced. */
static char **text_of(struct fixture *f, size_t i)
{
	return &f->src.files[i].text;
}

static void replace(struct fixture *f, size_t i, const char *from, const char *to)
{
	AUTO_STR text = {0};
	char *at = strstr(*text_of(f, i), from);

	assert_non_null(at);
	str_put(&text, *text_of(f, i), (size_t)(at - *text_of(f, i)));
	str_puts(&text, to);
	str_puts(&text, at + strlen(from));
	free(*text_of(f, i));
	*text_of(f, i) = str_steal(&text);
}

static void verify_with(struct fixture *f, bool skip_operations)
{
	AUTO_VALUE(ledger) l = {0};
	struct error err = {0};
	struct verify_options o = {.files = &f->files, .skip_operations = skip_operations};

	o.schema_work = f->schema_work;
	for (size_t i = 0; i < f->src.len; i++)
		if (f->src.files[i].text)
			strs_add(&f->files, f->src.files[i].name);
	ledger_parse(&l, str_view(&f->ledger), &f->findings);
	assert_ok(ledger_verify(&f->result, &f->findings, &l, &f->src.base, &o, &err), &err);
}

static void print_all(const struct findings *f)
{
	for (size_t i = 0; i < f->len; i++)
		print_error("# %s %s:%ld: %s\n# %s\n", finding_name(f->items[i].kind),
			    f->items[i].file, f->items[i].line, f->items[i].message,
			    f->items[i].hint);
}

/* Verifies, expecting exactly these findings; releases the fixture. */
static void finds(struct fixture *f, size_t n, const enum finding_kind *kinds, const char *file,
		  const char *message, const char *advice)
{
	bool found = false;

	verify_with(f, false);
	if (f->findings.len != n)
		print_all(&f->findings);
	assert_int_equal(f->findings.len, n);
	for (size_t i = 0; i < n; i++) {
		const struct finding *x = &f->findings.items[i];
		assert_string_equal(finding_name(x->kind), finding_name(kinds[i]));
		assert_true(ends_with(x->hint, "."));
		found = found || (strcmp(x->file, file) == 0 && strstr(x->message, message) &&
				  strstr(x->hint, advice));
	}
	if (!found)
		print_all(&f->findings);
	assert_true(found);
	release(f);
}

#define finds_one(f, kind, file, message, advice) \
	finds((f), 1, (const enum finding_kind[]){kind}, (file), (message), (advice))

/* The file of the i-th record; valid until the next call. */
static const char *file_of(const struct fixture *f, size_t i)
{
	static char name[RECORD_NAME_MAX + 1];

	snprintf(name, sizeof name, "%s", f->src.files[i].name);
	return name;
}

static void intact_histories_have_no_findings(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	verify_with(&f, false);
	print_all(&f.findings);
	assert_int_equal(f.findings.len, 0);
	assert_int_equal(f.result.records, 4);
	assert_int_equal(f.result.format, RECORD_V1);
	assert_string_equal(f.result.head_id, "mig_d");
	assert_true(starts_with(f.result.head, "mig_d_"));
	assert_memory_equal(f.result.chain + 2, f.result.head + 6, 8);
	assert_int_equal(schema_table_count(f.result.schema), 1);
	release(&f);

	pgroll(&f);
	verify_with(&f, true);
	print_all(&f.findings);
	assert_int_equal(f.findings.len, 0);
	assert_string_equal(f.result.head, "03_c");
	assert_true(starts_with(f.result.chain, "2:"));
	assert_null(f.result.schema);
	release(&f);
}

static void an_empty_ledger_is_at_the_start(void **state)
{
	struct fixture f = {.src.base.read = memory_source_read};

	(void)state;
	verify_with(&f, false);
	assert_int_equal(f.findings.len, 0);
	assert_int_equal(f.result.format, RECORD_NONE);
	assert_string_equal(f.result.chain, "");
	assert_string_equal(f.result.head, "");
	release(&f);
}

static void a_converted_branch_goes_on_from_its_last_v1_record(void **state)
{
	static const struct step steps[] = {
		{RECORD_V1, "mig_a", "[{\"addTable\":{\"table\":\"t\"}}]"},
		{RECORD_PGROLL, "01_b", "[{\"drop_column\":{\"table\":\"t\",\"column\":\"x\"}}]"},
	};
	struct fixture f;

	(void)state;
	make(&f, steps, ARRAY_LEN(steps));
	verify_with(&f, false);
	print_all(&f.findings);
	assert_int_equal(f.findings.len, 0);
	assert_int_equal(f.result.format, RECORD_PGROLL);
	release(&f);
}

static void a_line_without_its_file_is_one_finding(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	free(*text_of(&f, 1));
	*text_of(&f, 1) = NULL;
	finds_one(&f, FIND_MISSING_FILE, file_of(&f, 1), "its file is missing", "Restore");
	pgroll(&f);
	free(*text_of(&f, 0));
	*text_of(&f, 0) = NULL;
	finds_one(&f, FIND_MISSING_FILE, "01_a.json", "its file is missing", "pull");
}

static void a_file_without_its_line_is_one_finding(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	put_file(&f, "mig_e_00000000", "{}");
	put_file(&f, ".hidden", "{}");
	finds_one(&f, FIND_EXTRA_FILE, "mig_e_00000000.json", "no line of the ledger",
		  "restore .ledger");
	v1(&f);
	put_file(&f, "a b", "{}");
	finds_one(&f, FIND_BAD_NAME, "a b.json", "cannot be the name", "Move the file");
}

static void files_that_are_no_records_are_left_alone(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	strs_add(&f.files, "README.md");
	strs_add(&f.files, ".ledger");
	strs_add(&f.files, ".json");
	verify_with(&f, false);
	assert_int_equal(f.findings.len, 0);
	release(&f);
}

static void an_edited_record_is_named(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	replace(&f, 1, "\"users\"", "\"users\"");
	replace(&f, 2, "\"int\"", "\"float\"");
	AUTO_FREE char *name = xstrndup(file_of(&f, 2), strlen(file_of(&f, 2)) - 5);
	AUTO_FREE char *message = xasprintf("record \"%s\" was edited after it was made", name);
	finds_one(&f, FIND_WRONG_CHECKSUM, file_of(&f, 2), message, "xata pull --force");
	pgroll(&f);
	replace(&f, 1, "SELECT 1", "SELECT 2");
	finds_one(&f, FIND_WRONG_CHECKSUM, "02_b.json", "record \"02_b\" was edited", "from Git");
	v1(&f);
	replace(&f, 0, "\"teams\"", "\"teams\",\"x\":1");
	verify_with(&f, false);
	assert_int_equal(f.findings.items[1].kind, FIND_WRONG_CHECKSUM);
	assert_null(strstr(f.findings.items[1].message, "the one before"));
	release(&f);
}

static void a_changed_checksum_member_is_one_finding(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	replace(&f, 1, "\"checksum\": \"1:", "\"checksum\": \"1:00000000");
	char *end = strstr(*text_of(&f, 1), "\",\n  \"operations\"");
	memmove(end - 8, end, strlen(end) + 1);
	finds_one(&f, FIND_WRONG_CHECKSUM, file_of(&f, 1), "its checksum is 1:00000000…", "Git");
}

static void a_renamed_file_is_one_finding(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	snprintf(f.src.files[3].name, RECORD_NAME_MAX + 1, "mig_x_00000000.json");
	memcpy(strstr(f.ledger.ptr, "mig_d_"), "mig_x_00000000", 14);
	finds_one(&f, FIND_WRONG_NAME, "mig_x_00000000.json", "is named \"mig_d_", "ledger line");
	pgroll(&f);
	replace(&f, 1, "\"name\": \"02_b\"", "\"name\": \"02_x\"");
	replace(&f, 1, "\"name\": \"02_b\"", "\"name\": \"02_x\"");
	finds_one(&f, FIND_WRONG_CHECKSUM, "02_b.json", "record \"02_x\" was edited", "Git");
}

static void files_that_changed_places_are_named(void **state)
{
	static const enum finding_kind kinds[] = {FIND_WRONG_NAME, FIND_WRONG_NAME};
	struct fixture f;

	(void)state;
	v1(&f);
	char *text = *text_of(&f, 1);
	*text_of(&f, 1) = *text_of(&f, 2);
	*text_of(&f, 2) = text;
	finds(&f, 2, kinds, file_of(&f, 1), "is named \"mig_c_", "Git");
}

static void a_record_out_of_place_names_both_parents(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	/* The third record and its line are gone. */
	char *line = strstr(f.ledger.ptr, "mig_c_");
	memmove(line, line + 15, strlen(line + 15) + 1);
	f.ledger.len -= 15;
	free(*text_of(&f, 2));
	*text_of(&f, 2) = NULL;
	finds_one(&f, FIND_WRONG_PARENT, file_of(&f, 3),
		  "the parent is \"mig_c\", but the record before is \"mig_b\"", ".ledger");
}

static void the_first_record_has_no_parent(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	memmove(f.ledger.ptr, f.ledger.ptr + 15, f.ledger.len - 14);
	f.ledger.len -= 15;
	free(*text_of(&f, 0));
	*text_of(&f, 0) = NULL;
	verify_with(&f, true);
	assert_int_equal(f.findings.len, 1);
	assert_int_equal(f.findings.items[0].kind, FIND_WRONG_PARENT);
	assert_non_null(strstr(f.findings.items[0].message, "has a parent, \"mig_a\""));
	release(&f);
}

static void a_record_that_is_none_is_one_finding(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	free(*text_of(&f, 1));
	*text_of(&f, 1) = xstrdup("<<<<<<< HEAD\n");
	finds_one(&f, FIND_BAD_RECORD, file_of(&f, 1), "invalid JSON at line 1", "Git");
	v1(&f);
	replace(&f, 2, "\"operations\"", "\"operation\"");
	finds_one(&f, FIND_BAD_RECORD, file_of(&f, 2), "neither a v1 record", "Git");
}

static void two_records_of_one_id_are_found(void **state)
{
	static const struct step steps[] = {
		{RECORD_V1, "mig_b", "[]"}, {RECORD_V1, "mig_a", "[]"}, {RECORD_V1, "mig_c", "[]"}};
	struct fixture f;
	AUTO(record) *again = NULL;
	AUTO_JSON *ops = json_array();
	struct error err = {0};

	(void)state;
	make(&f, steps, ARRAY_LEN(steps));
	const struct record_draft d = {
		.format = RECORD_V1,
		.id = "mig_b",
		.parent = "mig_c",
		.parent_checksum = "1:0000000000000000000000000000000000000000"
				   "000000000000000000000000",
		.operations = ops};
	assert_ok(record_make(&again, &d, &err), &err);
	put_record(&f, again);
	verify_with(&f, false);
	assert_int_equal(f.findings.items[0].kind, FIND_DUPLICATE_ID);
	assert_non_null(strstr(f.findings.items[0].message, "\"mig_b\" belongs to record 1"));
	release(&f);
}

static void formats_are_not_mixed(void **state)
{
	static const struct step backwards[] = {{RECORD_PGROLL, "01_a", "[]"},
						{RECORD_V1, "mig_b", "[]"},
						{RECORD_V1, "mig_c", "[]"}};
	struct fixture f;

	(void)state;
	make(&f, backwards, ARRAY_LEN(backwards));
	finds_one(&f, FIND_MIXED_FORMATS, file_of(&f, 1), "a v1 record cannot follow a pgroll",
		  "A ledger belongs to one branch");
	/* Two projects in one ledger. */
	struct fixture g;
	v1(&f);
	make(&g, pgroll_steps, 1);
	put_file(&f, "01_a", *text_of(&g, 0));
	ledger_append_line(&f.ledger, "01_a");
	release(&g);
	finds_one(&f, FIND_MIXED_FORMATS, "01_a.json", "without naming it as its parent",
		  "project of their own");
}

static void an_operation_that_does_not_fit_is_one_finding(void **state)
{
	static const struct step steps[] = {
		{RECORD_V1, "mig_a", "[{\"addTable\":{\"table\":\"t\"}}]"},
		{RECORD_V1, "mig_b",
		 "[{\"addTable\":{\"table\":\"u\"}},{\"removeTable\":{\"table\":\"x\"}}]"},
		{RECORD_V1, "mig_c", "[{\"removeTable\":{\"table\":\"u\"}}]"},
	};
	struct fixture f;

	(void)state;
	make(&f, steps, ARRAY_LEN(steps));
	finds_one(&f, FIND_BAD_OPERATION, file_of(&f, 1),
		  "operation 2 (removeTable): cannot remove table \"x\"", "Git");
}

static void operations_that_take_too_much_are_said_to_be_unchecked(void **state)
{
	static const struct step steps[] = {
		{RECORD_PGROLL, "01_a", "[{\"sql\":{\"up\":\"call f()\"}}]"},
		{RECORD_PGROLL, "02_b", "[{\"drop_table\":{\"name\":\"t\"}}]"},
		{RECORD_PGROLL, "03_c", "[{\"drop_table\":{\"name\":\"t\"}}]"},
	};
	struct fixture f;

	(void)state;
	make(&f, steps, ARRAY_LEN(steps));
	f.schema_work = 1;
	finds_one(&f, FIND_UNCHECKED_OPERATION, file_of(&f, 1),
		  "operation 1 (drop_table): too much of the schema", "with fewer operations");
}

static void what_is_only_cosmetic_is_said_to_be(void **state)
{
	static const struct step future[] = {{RECORD_V1, "mig_a", "[{\"newKind\\u0007\":{}}]"}};
	struct fixture f;
	AUTO_STR crlf = {0};

	(void)state;
	make(&f, future, 1);
	finds_one(&f, FIND_UNKNOWN_OPERATION, file_of(&f, 0), "\"newKind\\x07\"", "Update xata");
	v1(&f);
	replace(&f, 1, "  \"id\"", "    \"id\"");
	finds_one(&f, FIND_REFORMATTED, file_of(&f, 1), "formatted again", "formatters");
	v1(&f);
	for (const char *p = *text_of(&f, 1); *p; p++) {
		if (*p == '\n')
			str_putc(&crlf, '\r');
		str_putc(&crlf, *p);
	}
	free(*text_of(&f, 1));
	*text_of(&f, 1) = str_steal(&crlf);
	finds_one(&f, FIND_CRLF, file_of(&f, 1), "CR LF", ".gitattributes");
	v1(&f);
	replace(&f, 1, "{\n  \"id\"", "\xEF\xBB\xBF{\n  \"id\"");
	finds_one(&f, FIND_BOM, file_of(&f, 1), "byte order mark", "without");
	pgroll(&f);
	replace(&f, 2, "\"done\": true", "\"done\": false");
	finds_one(&f, FIND_NOT_DONE, "03_c.json", "still running", "complete or roll back");
}

static void cosmetic_findings_are_no_errors(void **state)
{
	struct fixture f;

	(void)state;
	v1(&f);
	replace(&f, 1, "  \"id\"", "    \"id\"");
	verify_with(&f, false);
	assert_int_equal(f.findings.errors, 0);
	assert_int_equal(f.findings.cosmetic, 1);
	release(&f);
}

static void unsealed_records_are_checked_for_order_only(void **state)
{
	struct fixture f;

	(void)state;
	pgroll(&f);
	for (size_t i = 0; i < 3; i++) {
		char *at = strstr(*text_of(&f, i), "  \"chainChecksum\"");
		char *line_end = strchr(at, '\n');
		memmove(at, line_end + 1, strlen(line_end + 1) + 1);
	}
	verify_with(&f, false);
	assert_int_equal(f.findings.unsealed, 3);
	assert_int_equal(f.findings.len, 3);
	assert_int_equal(f.findings.items[2].kind, FIND_UNSEALED);
	assert_true(starts_with(f.result.chain, "2:")); /* what the next record builds on */
	release(&f);
	/* A sealed record behind unsealed ones is checked against what they give. */
	pgroll(&f);
	char *at = strstr(*text_of(&f, 1), "  \"chainChecksum\"");
	memmove(at, strchr(at, '\n') + 1, strlen(strchr(at, '\n') + 1) + 1);
	finds_one(&f, FIND_UNSEALED, "02_b.json", "no chainChecksum", "xata seal");
}

static void a_source_that_fails_ends_the_verification(void **state)
{
	struct fixture f;
	AUTO_VALUE(ledger) l = {0};
	struct error err = {0};

	(void)state;
	v1(&f);
	ledger_parse(&l, str_view(&f.ledger), NULL);
	f.src.failure = E_IO;
	assert_fails(ledger_verify(&f.result, &f.findings, &l, &f.src.base, NULL, &err), &err, E_IO,
		     "the disk said no");
	assert_null(f.result.schema);
	release(&f);
	/* What is wrong with one file is a finding. */
	v1(&f);
	f.src.failure = E_INVALID;
	verify_with(&f, false);
	assert_int_equal(f.findings.len, 4);
	assert_int_equal(f.findings.items[3].kind, FIND_UNREADABLE);
	assert_string_equal(f.result.head_id, "mig_d");
	release(&f);
}

static void a_name_too_long_for_a_file_is_a_finding(void **state)
{
	struct fixture f = {.src.base.read = memory_source_read};

	(void)state;
	for (int i = 0; i < RECORD_NAME_MAX; i++)
		str_putc(&f.ledger, 'a');
	str_putc(&f.ledger, '\n');
	finds_one(&f, FIND_BAD_NAME, ".ledger", "too long for a file name", "Remove the line");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intact_histories_have_no_findings),
		cmocka_unit_test(an_empty_ledger_is_at_the_start),
		cmocka_unit_test(a_converted_branch_goes_on_from_its_last_v1_record),
		cmocka_unit_test(a_line_without_its_file_is_one_finding),
		cmocka_unit_test(a_file_without_its_line_is_one_finding),
		cmocka_unit_test(files_that_are_no_records_are_left_alone),
		cmocka_unit_test(an_edited_record_is_named),
		cmocka_unit_test(a_changed_checksum_member_is_one_finding),
		cmocka_unit_test(a_renamed_file_is_one_finding),
		cmocka_unit_test(files_that_changed_places_are_named),
		cmocka_unit_test(a_record_out_of_place_names_both_parents),
		cmocka_unit_test(the_first_record_has_no_parent),
		cmocka_unit_test(a_record_that_is_none_is_one_finding),
		cmocka_unit_test(two_records_of_one_id_are_found),
		cmocka_unit_test(formats_are_not_mixed),
		cmocka_unit_test(an_operation_that_does_not_fit_is_one_finding),
		cmocka_unit_test(operations_that_take_too_much_are_said_to_be_unchecked),
		cmocka_unit_test(what_is_only_cosmetic_is_said_to_be),
		cmocka_unit_test(cosmetic_findings_are_no_errors),
		cmocka_unit_test(unsealed_records_are_checked_for_order_only),
		cmocka_unit_test(a_source_that_fails_ends_the_verification),
		cmocka_unit_test(a_name_too_long_for_a_file_is_a_finding),
	};
	return unit_main(tests);
}
