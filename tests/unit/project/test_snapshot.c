/* What snapshot.h promises, over versions that a fake keeps in memory. */
#include "unit/project/world.h"

#include "project/snapshot.h"
#include "unit/support/fake_vcs.h"

/* Version 1 is the base and has the first records, the index (0) has all, unless a test changes it.
 */
struct world {
	struct fake_vcs vcs;
	struct records records;
	struct snapshot now, base;
	struct snapshot_check check;
	struct findings findings;
	struct verify_result result;
	size_t unchanged;
};

static void add_v1(struct world *w, const char *table)
{
	static const char digits[] = "abcdefghijklmnop";
	const struct record *last = w->records.len ? w->records.items[w->records.len - 1] : NULL;
	AUTO_FREE char *id = xasprintf("mig_0000000000000000000%c", digits[w->records.len]);
	AUTO_JSON *operations = json_pack("[{s:{s:s}}]", "addTable", "table", table);
	struct error err = {0};
	struct record *r = NULL;
	struct record_draft draft = {
		.format = RECORD_V1,
		.id = id,
		.parent = last ? record_id(last) : NULL,
		.parent_checksum = last ? record_checksum(last) : NULL,
		.operations = operations,
	};

	assert_ok(record_make(&r, &draft, &err), &err);
	records_take(&w->records, r);
}

/* Four v1 records, the first `published` of them in the base. */
static void world_init(struct world *w, size_t published)
{
	*w = (struct world){0};
	fake_vcs_init(&w->vcs);
	add_v1(w, "users");
	add_v1(w, "posts");
	add_v1(w, "tags");
	add_v1(w, "teams");
	fake_vcs_put_records(&w->vcs, 0, &w->records, w->records.len);
	fake_vcs_put_records(&w->vcs, 1, &w->records, published);
}

static const char *name(const struct world *w, size_t i)
{
	return record_name(w->records.items[i]);
}

/* "<name>.json"; valid until the second call after this one. */
static const char *file(const struct world *w, size_t i)
{
	static char files[2][RECORD_NAME_MAX + 8];
	static unsigned next;
	char *out = files[next++ % 2];

	snprintf(out, sizeof files[0], "%s.json", name(w, i));
	return out;
}

static void set_ledger(struct world *w, size_t version, const size_t *order, size_t n)
{
	AUTO_STR text = {0};

	for (size_t i = 0; i < n; i++)
		str_printf(&text, "%s\n", name(w, order[i]));
	fake_vcs_put(&w->vcs, version, ".ledger", str_cstr(&text));
}

/* With names of the base: it may only be appended to. */
static int verify(struct world *w, const char *append_only, struct error *err)
{
	struct vcs_place now = fake_vcs_place(0), base = fake_vcs_place(1);

	int rc = snapshot_open(&w->now, &w->vcs.base, &now, err);
	if (rc == 0)
		rc = snapshot_open_before(&w->base, &w->vcs.base, &base, &w->now, err);
	w->check.base = &w->base;
	w->check.append_only = append_only;
	w->vcs.reads = 0;
	return rc < 0 ? rc
		      : snapshot_verify(&w->result, &w->findings, &w->unchanged, &w->now, &w->check,
					err);
}

static void verify_ok(struct world *w, const char *append_only)
{
	struct error err = {0};

	assert_ok(verify(w, append_only, &err), &err);
}

static void world_end(struct world *w)
{
	snapshot_release(&w->now);
	snapshot_release(&w->base);
	findings_release(&w->findings);
	schema_free(w->result.schema);
	records_release(&w->records);
	fake_vcs_release(&w->vcs);
}

static size_t count(const struct world *w, enum finding_kind kind, const char *where)
{
	size_t n = 0;

	for (size_t i = 0; i < w->findings.len; i++)
		n += w->findings.items[i].kind == kind &&
				     (!where || str_eq(w->findings.items[i].file, where))
			     ? 1
			     : 0;
	return n;
}

/* Exactly this one finding, which says what to do. */
static void assert_only(const struct world *w, enum finding_kind kind, const char *where)
{
	for (size_t i = 0; i < w->findings.len; i++)
		print_message("# %s %s: %s\n", finding_name(w->findings.items[i].kind),
			      w->findings.items[i].file, w->findings.items[i].message);
	assert_int_equal(w->findings.len, 1);
	assert_int_equal(count(w, kind, where), 1);
	assert_true(strlen(w->findings.items[0].hint) > 10);
}

/* ---- cost */

static void a_new_record_is_read_with_the_one_it_builds_on_and_no_other(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	verify_ok(&w, NULL);
	assert_int_equal(w.findings.len, 0);
	assert_int_equal(w.unchanged, 3);
	assert_int_equal(w.result.records, 1);
	assert_string_equal(w.result.head, name(&w, 3));
	assert_string_equal(w.result.chain, record_checksum(w.records.items[3]));
	/* The one where the chain is taken up, and the new one. */
	assert_int_equal(w.vcs.reads, 2);
	world_end(&w);
}

static void nothing_new_reads_the_head_alone(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4);
	verify_ok(&w, "base");
	assert_int_equal(w.findings.len, 0);
	assert_int_equal(w.unchanged, 4);
	assert_int_equal(w.result.records, 0);
	assert_string_equal(w.result.head, name(&w, 3));
	assert_int_equal(w.vcs.reads, 1);
	world_end(&w);
}

static void full_reads_everything(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	w.check.full = true;
	verify_ok(&w, "base");
	assert_int_equal(w.unchanged, 0);
	assert_int_equal(w.result.records, 4);
	world_end(&w);
}

static void without_a_common_record_everything_is_read(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 0);
	verify_ok(&w, "base");
	assert_int_equal(w.findings.len, 0);
	assert_int_equal(w.unchanged, 0);
	assert_int_equal(w.result.records, 4);
	world_end(&w);
}

static void behind_unsealed_records_the_chain_is_taken_up_where_one_is_sealed(void **state)
{
	struct world w = {0};
	struct error err = {0};
	AUTO_STR unsealed = {0};
	AUTO_STR edited = {0};

	(void)state;
	fake_vcs_init(&w.vcs);
	world_records(&w.records, "step", 4);
	fake_vcs_put_records(&w.vcs, 0, &w.records, 4);
	fake_vcs_put_records(&w.vcs, 1, &w.records, 3);
	AUTO_JSON *doc = json_deep_copy(record_doc(w.records.items[2]));
	json_object_del(doc, "chainChecksum");
	json_write(&unsealed, doc, JSON_FORM_PRETTY);
	str_putc(&unsealed, '\n');
	fake_vcs_put(&w.vcs, 0, "step002.json", str_cstr(&unsealed));
	fake_vcs_put(&w.vcs, 1, "step002.json", str_cstr(&unsealed));
	assert_ok(verify(&w, NULL, &err), &err);
	assert_int_equal(w.unchanged, 3);
	assert_int_equal(w.findings.len, 0);
	assert_string_equal(w.result.chain, record_checksum(w.records.items[3]));
	snapshot_release(&w.now);
	snapshot_release(&w.base);
	w.now = w.base = (struct snapshot){0};
	schema_free(w.result.schema);
	w.result.schema = NULL;

	AUTO_JSON *other = json_deep_copy(record_doc(w.records.items[3]));
	json_object_set_new(json_object_get(other, "migration"), "operations",
			    json_pack("[{s:{s:s,s:s}}]", "sql", "up", "SELECT 2", "down", ""));
	json_write(&edited, other, JSON_FORM_PRETTY);
	str_putc(&edited, '\n');
	fake_vcs_put(&w.vcs, 0, "step003.json", str_cstr(&edited));
	assert_ok(verify(&w, NULL, &err), &err);
	assert_int_equal(count(&w, FIND_WRONG_CHECKSUM, "step003.json"), 1);
	world_end(&w);
}

/* ---- what is wrong behind what is not read */

static void an_old_record_that_changed_is_read(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4);
	fake_vcs_put(&w.vcs, 0, file(&w, 1), "{}");
	verify_ok(&w, NULL);
	assert_int_equal(w.unchanged, 1);
	assert_int_equal(count(&w, FIND_BAD_RECORD, file(&w, 1)), 1);
	world_end(&w);
}

static void an_id_that_an_unread_record_has_is_found_again(void **state)
{
	struct world w;
	AUTO_STR text = {0};

	(void)state;
	world_init(&w, 4);
	AUTO_JSON *doc = json_deep_copy(record_doc(w.records.items[3]));
	json_object_set_new(doc, "id", json_string(record_id(w.records.items[1])));
	json_object_set_new(doc, "parentID", json_string(record_id(w.records.items[3])));
	json_write(&text, doc, JSON_FORM_PRETTY);
	str_putc(&text, '\n');
	AUTO_FREE char *twin = xasprintf("%s_00000000", record_id(w.records.items[1]));
	AUTO_FREE char *twin_file = xasprintf("%s.json", twin);
	AUTO_STR ledger = {0};
	for (size_t i = 0; i < 4; i++)
		str_printf(&ledger, "%s\n", name(&w, i));
	str_printf(&ledger, "%s\n", twin);
	fake_vcs_put(&w.vcs, 0, ".ledger", str_cstr(&ledger));
	fake_vcs_put(&w.vcs, 0, twin_file, str_cstr(&text));
	verify_ok(&w, NULL);
	assert_int_equal(w.unchanged, 4);
	assert_int_equal(count(&w, FIND_DUPLICATE_ID, twin_file), 1);
	world_end(&w);
}

static void a_file_without_a_line_is_found_among_unread_ones(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4);
	fake_vcs_put(&w.vcs, 0, "stray.json", "{}");
	fake_vcs_put(&w.vcs, 0, "README.md", "text");
	verify_ok(&w, NULL);
	assert_int_equal(w.unchanged, 4);
	assert_only(&w, FIND_EXTRA_FILE, "stray.json");
	world_end(&w);
}

static void a_missing_file_is_found(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4);
	fake_vcs_put(&w.vcs, 0, file(&w, 2), NULL);
	verify_ok(&w, "base");
	assert_int_equal(w.unchanged, 2);
	assert_int_equal(count(&w, FIND_MISSING_FILE, file(&w, 2)), 1);
	world_end(&w);
}

static void a_file_in_conflict_is_the_only_finding(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	w.vcs.versions[0].conflicted = ".ledger";
	verify_ok(&w, "base");
	assert_only(&w, FIND_IN_CONFLICT, ".ledger");
	world_end(&w);
}

static void a_link_is_no_record_and_no_ledger(void **state)
{
	struct world w;
	struct error err = {0};

	(void)state;
	world_init(&w, 3);
	AUTO_FREE char *link = xstrdup(file(&w, 1));
	w.vcs.versions[0].link = link;
	verify_ok(&w, NULL);
	assert_int_equal(count(&w, FIND_UNREADABLE, link), 1);
	world_end(&w);
	world_init(&w, 3);
	w.vcs.versions[0].link = ".ledger";
	assert_fails(verify(&w, NULL, &err), &err, E_INVALID, "no regular file");
	world_end(&w);
}

static void an_object_that_cannot_be_read_is_an_error_wherever_it_is(void **state)
{
	(void)state;
	for (size_t nth = 1; nth <= 2; nth++) {
		struct world w;
		struct error err = {0};
		world_init(&w, 3);
		/* The ledgers come first; verify() counts the records anew. */
		struct vcs_place now = fake_vcs_place(0), base = fake_vcs_place(1);
		assert_ok(snapshot_open(&w.now, &w.vcs.base, &now, &err), &err);
		assert_ok(snapshot_open(&w.base, &w.vcs.base, &base, &err), &err);
		w.check = (struct snapshot_check){.base = &w.base};
		w.vcs.reads = 0;
		w.vcs.fail_at = nth;
		int rc = snapshot_verify(&w.result, &w.findings, &w.unchanged, &w.now, &w.check,
					 &err);
		/* What only saves reading is not missed: then all is read. */
		if (nth < 2) {
			assert_ok(rc, &err);
			assert_int_equal(w.result.records, 4);
		} else {
			assert_fails(rc, &err, E_IO, "the fake says so");
		}
		world_end(&w);
	}
}

/* ---- append only */

static void what_the_base_has_may_not_be_removed(void **state)
{
	static const size_t order[] = {0, 1};
	struct world w;

	(void)state;
	world_init(&w, 3);
	set_ledger(&w, 0, order, 2);
	fake_vcs_put(&w.vcs, 0, file(&w, 2), NULL);
	fake_vcs_put(&w.vcs, 0, file(&w, 3), NULL);
	verify_ok(&w, "origin/main");
	assert_only(&w, FIND_BASE_REMOVED, file(&w, 2));
	assert_non_null(strstr(w.findings.items[0].message, "origin/main"));
	assert_non_null(strstr(w.findings.items[0].hint, "git restore --source=origin/main"));
	world_end(&w);
}

static void what_the_base_has_may_not_be_edited(void **state)
{
	struct world w;
	AUTO_STR text = {0};

	(void)state;
	world_init(&w, 3);
	AUTO_JSON *doc = json_deep_copy(record_doc(w.records.items[1]));
	json_object_set_new(doc, "title", json_string("another"));
	json_write(&text, doc, JSON_FORM_PRETTY);
	str_putc(&text, '\n');
	fake_vcs_put(&w.vcs, 0, file(&w, 1), str_cstr(&text));
	verify_ok(&w, "base");
	assert_only(&w, FIND_BASE_EDITED, file(&w, 1));
	world_end(&w);
}

static void what_the_base_has_may_be_written_another_way(void **state)
{
	struct world w;
	AUTO_STR text = {0};

	(void)state;
	world_init(&w, 3);
	json_write(&text, record_doc(w.records.items[1]), JSON_FORM_COMPACT);
	fake_vcs_put(&w.vcs, 0, file(&w, 1), str_cstr(&text));
	verify_ok(&w, "base");
	assert_int_equal(w.findings.errors, 0);
	assert_int_equal(count(&w, FIND_BASE_REWRITTEN, file(&w, 1)), 1);
	world_end(&w);
}

static void what_the_base_has_may_not_be_renamed(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	AUTO_FREE char *renamed = xasprintf("%s_00000000", record_id(w.records.items[2]));
	AUTO_FREE char *renamed_file = xasprintf("%s.json", renamed);
	AUTO_STR ledger = {0};
	AUTO_STR text = {0};
	str_printf(&ledger, "%s\n%s\n%s\n%s\n", name(&w, 0), name(&w, 1), renamed, name(&w, 3));
	record_print(&text, w.records.items[2]);
	fake_vcs_put(&w.vcs, 0, ".ledger", str_cstr(&ledger));
	fake_vcs_put(&w.vcs, 0, file(&w, 2), NULL);
	fake_vcs_put(&w.vcs, 0, renamed_file, str_cstr(&text));
	verify_ok(&w, "base");
	assert_int_equal(count(&w, FIND_BASE_RENAMED, file(&w, 2)), 1);
	assert_int_equal(count(&w, FIND_BASE_REMOVED, NULL), 0);
	assert_int_equal(count(&w, FIND_BASE_ORDER, NULL), 0);
	world_end(&w);
}

static void new_records_may_not_stand_before_those_of_the_base(void **state)
{
	static const size_t order[] = {0, 3, 1, 2};
	struct world w;

	(void)state;
	world_init(&w, 3);
	set_ledger(&w, 0, order, 4);
	verify_ok(&w, "base");
	assert_int_equal(count(&w, FIND_BASE_ORDER, file(&w, 3)), 1);
	assert_int_equal(count(&w, FIND_BASE_ORDER, NULL), 1);
	world_end(&w);
}

static void records_of_the_base_keep_their_order(void **state)
{
	static const size_t order[] = {0, 2, 1, 3};
	struct world w;

	(void)state;
	world_init(&w, 3);
	set_ledger(&w, 0, order, 4);
	verify_ok(&w, "base");
	assert_int_equal(count(&w, FIND_BASE_ORDER, file(&w, 2)), 1);
	assert_int_equal(count(&w, FIND_BASE_ORDER, NULL), 1);
	world_end(&w);
}

static void a_damaged_base_is_compared_as_far_as_it_goes(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	fake_vcs_put(&w.vcs, 1, file(&w, 1), NULL);
	fake_vcs_put(&w.vcs, 1, file(&w, 2), "garbage");
	verify_ok(&w, "base");
	assert_int_equal(w.unchanged, 1);
	assert_only(&w, FIND_BASE_EDITED, file(&w, 2));
	world_end(&w);
}

static void a_ledger_with_other_line_ends_is_the_same(void **state)
{
	struct world w;
	AUTO_STR ledger = {0};

	(void)state;
	world_init(&w, 3);
	for (size_t i = 0; i < 4; i++)
		str_printf(&ledger, "%s\r\n", name(&w, i));
	fake_vcs_put(&w.vcs, 0, ".ledger", str_cstr(&ledger));
	verify_ok(&w, "base");
	assert_int_equal(w.unchanged, 3);
	assert_only(&w, FIND_CRLF, ".ledger");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_record_is_read_with_the_one_it_builds_on_and_no_other),
		cmocka_unit_test(nothing_new_reads_the_head_alone),
		cmocka_unit_test(full_reads_everything),
		cmocka_unit_test(without_a_common_record_everything_is_read),
		cmocka_unit_test(behind_unsealed_records_the_chain_is_taken_up_where_one_is_sealed),
		cmocka_unit_test(an_old_record_that_changed_is_read),
		cmocka_unit_test(an_id_that_an_unread_record_has_is_found_again),
		cmocka_unit_test(a_file_without_a_line_is_found_among_unread_ones),
		cmocka_unit_test(a_missing_file_is_found),
		cmocka_unit_test(a_file_in_conflict_is_the_only_finding),
		cmocka_unit_test(a_link_is_no_record_and_no_ledger),
		cmocka_unit_test(an_object_that_cannot_be_read_is_an_error_wherever_it_is),
		cmocka_unit_test(what_the_base_has_may_not_be_removed),
		cmocka_unit_test(what_the_base_has_may_not_be_edited),
		cmocka_unit_test(what_the_base_has_may_be_written_another_way),
		cmocka_unit_test(what_the_base_has_may_not_be_renamed),
		cmocka_unit_test(new_records_may_not_stand_before_those_of_the_base),
		cmocka_unit_test(records_of_the_base_keep_their_order),
		cmocka_unit_test(a_damaged_base_is_compared_as_far_as_it_goes),
		cmocka_unit_test(a_ledger_with_other_line_ends_is_the_same),
	};
	return unit_main(tests);
}
