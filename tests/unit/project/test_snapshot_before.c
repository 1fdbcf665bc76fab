/* What snapshot_open_before() promises: what it tells of a version is what is read of it. */
#include "unit/project/world.h"

#include "project/snapshot.h"
#include "unit/support/fake_vcs.h"

/* Version 0 is the later one, with five records, and version 1 the earlier one. */
struct world {
	struct fake_vcs vcs;
	struct records records;
	struct snapshot now, told, read;
};

static const struct vcs_place *earlier(void)
{
	static struct vcs_place place;

	place = fake_vcs_place(1);
	return &place;
}

static void world_init(struct world *w, size_t before)
{
	*w = (struct world){0};
	fake_vcs_init(&w->vcs);
	world_records(&w->records, "step", 5);
	fake_vcs_put_records(&w->vcs, 0, &w->records, 5);
	fake_vcs_put_records(&w->vcs, 1, &w->records, before);
}

static void world_end(struct world *w)
{
	snapshot_release(&w->read);
	snapshot_release(&w->told);
	snapshot_release(&w->now);
	records_release(&w->records);
	fake_vcs_release(&w->vcs);
}

static void assert_same(const struct snapshot *a, const struct snapshot *b)
{
	assert_string_equal(str_cstr(&a->text), str_cstr(&b->text));
	assert_int_equal(a->entries.len, b->entries.len);
	for (size_t i = 0; i < a->entries.len; i++) {
		const struct vcs_entry *x = &a->entries.items[i], *y = &b->entries.items[i];
		assert_string_equal(x->name, y->name);
		assert_true(vcs_id_eq(&x->id, &y->id));
		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->executable, y->executable);
		assert_int_equal(x->conflicted, y->conflicted);
	}
}

/* Both ways give the same; without_reading: and the first of them reads nothing. */
static void assert_told(struct world *w, bool without_reading)
{
	struct vcs_place now = fake_vcs_place(0);
	struct error err = {0};

	assert_ok(snapshot_open(&w->now, &w->vcs.base, &now, &err), &err);
	w->vcs.reads = w->vcs.lists = 0;
	assert_ok(snapshot_open_before(&w->told, &w->vcs.base, earlier(), &w->now, &err), &err);
	assert_int_equal(w->vcs.lists, without_reading ? 0 : 1);
	if (without_reading)
		assert_int_equal(w->vcs.reads, 0);
	assert_ok(snapshot_open(&w->read, &w->vcs.base, earlier(), &err), &err);
	assert_same(&w->told, &w->read);
	world_end(w);
}

static void set_ledger(struct world *w, size_t version, const char *text)
{
	fake_vcs_put(&w->vcs, version, ".ledger", text);
}

/* ---- what needs no reading */

static void records_at_the_end_are_left_out_however_many_they_are(void **state)
{
	(void)state;
	for (size_t before = 0; before <= 5; before++) {
		struct world w;
		world_init(&w, before);
		assert_told(&w, true);
	}
}

static void other_files_and_modes_that_both_have_do_not_matter(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	for (size_t i = 0; i < 2; i++) {
		fake_vcs_put(&w.vcs, i, "README.md", "text");
		fake_vcs_put(&w.vcs, i, "stray.json", "{}");
		w.vcs.versions[i].executable = "step001.json";
	}
	assert_told(&w, true);
}

static void an_earlier_version_that_was_wrong_is_told_as_it_was(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	for (size_t i = 0; i < 2; i++) {
		fake_vcs_put(&w.vcs, i, "step000.json", NULL);
		fake_vcs_put(&w.vcs, i, "step001.json", "{}");
	}
	assert_told(&w, true);
	world_init(&w, 2);
	set_ledger(&w, 1, "step000\nstep000\n\nstep001\r\n\xEF\n");
	set_ledger(&w, 0, "step000\nstep000\n\nstep001\r\n\xEF\nstep002\nstep003\nstep004\n");
	assert_told(&w, true);
}

/* ---- what has to be read */

static void an_old_record_that_changed_has_to_be_read(void **state)
{
	struct world w;

	(void)state;
	for (size_t before = 2; before <= 5; before++) {
		world_init(&w, before);
		fake_vcs_put(&w.vcs, 0, "step001.json", "{}");
		assert_told(&w, false);
	}
}

static void so_has_one_that_was_removed_renamed_or_made_executable(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4);
	fake_vcs_put(&w.vcs, 0, "step001.json", NULL);
	assert_told(&w, false);
	world_init(&w, 4);
	fake_vcs_put(&w.vcs, 1, "step001.json", NULL);
	fake_vcs_put(&w.vcs, 1, "step009.json", "{}");
	assert_told(&w, false);
	world_init(&w, 4);
	w.vcs.versions[0].executable = "step001.json";
	assert_told(&w, false);
}

static void another_order_has_to_be_read(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 5);
	set_ledger(&w, 1, "step001\nstep000\nstep002\nstep003\nstep004\n");
	assert_told(&w, false);
	world_init(&w, 4); /* the new one is not the last */
	set_ledger(&w, 0, "step000\nstep001\nstep002\nstep004\nstep003\n");
	assert_told(&w, false);
}

static void a_ledger_and_files_that_do_not_go_together_have_to_be_read(void **state)
{
	static const char *const ledgers[] = {
		"",
		"\n",
		"step000\nstep001\nstep002\nstep003\nstep004",
		"step000\nstep001\nstep002\nstep003\nstep004\r\n",
		"step000\nstep001\nstep002\nstep003\nstep004\n\n",
		"step000\nstep001\nstep002\nstep003\nstep004\nstep004\n",
		"step000\nstep001\nstep002\nstep003\ngone\n",
		"step000\nstep001\nstep002\nstep003\n../step004\n",
		"step000\nstep001\nstep002\nstep003\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ledgers); i++) {
		struct world w;
		world_init(&w, 3);
		set_ledger(&w, 0, ledgers[i]);
		assert_told(&w, false);
	}
}

static void a_new_file_that_is_no_record_has_to_be_read(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	fake_vcs_put(&w.vcs, 0, "README.md", "text");
	assert_told(&w, false);
	world_init(&w, 3);
	fake_vcs_put(&w.vcs, 1, "README.md", "text");
	assert_told(&w, false);
	/* As long as a record that it has instead. */
	world_init(&w, 4);
	fake_vcs_put(&w.vcs, 1, "step003.json", NULL);
	fake_vcs_put(&w.vcs, 1, "README-1.txt", "text");
	assert_told(&w, false);
}

static void what_is_in_conflict_or_a_link_has_to_be_read(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4);
	w.vcs.versions[0].conflicted = "step002.json";
	assert_told(&w, false);
	world_init(&w, 4);
	for (size_t i = 0; i < 2; i++)
		w.vcs.versions[i].link = "step002.json";
	assert_told(&w, false);
}

static void a_version_without_a_ledger_has_to_be_read(void **state)
{
	struct world w;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		world_init(&w, 4);
		set_ledger(&w, i, NULL);
		assert_told(&w, false);
	}
}

static void where_there_was_none_it_is_empty(void **state)
{
	struct world w;
	struct vcs_place now = fake_vcs_place(0), none = fake_vcs_place(2);
	struct error err = {0};

	(void)state;
	world_init(&w, 5);
	assert_ok(snapshot_open(&w.now, &w.vcs.base, &now, &err), &err);
	assert_ok(snapshot_open_before(&w.told, &w.vcs.base, &none, &w.now, &err), &err);
	assert_int_equal(w.told.entries.len, 0);
	assert_int_equal(w.told.text.len, 0);
	world_end(&w);
}

static void a_commit_that_cannot_be_read_is_an_error(void **state)
{
	struct world w;
	struct vcs_place now = fake_vcs_place(0);
	struct error err = {0};

	(void)state;
	world_init(&w, 5);
	assert_ok(snapshot_open(&w.now, &w.vcs.base, &now, &err), &err);
	w.vcs.broken = true;
	assert_fails(snapshot_open_before(&w.told, &w.vcs.base, earlier(), &w.now, &err), &err,
		     E_IO, "could not read the commit");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_at_the_end_are_left_out_however_many_they_are),
		cmocka_unit_test(other_files_and_modes_that_both_have_do_not_matter),
		cmocka_unit_test(an_earlier_version_that_was_wrong_is_told_as_it_was),
		cmocka_unit_test(an_old_record_that_changed_has_to_be_read),
		cmocka_unit_test(so_has_one_that_was_removed_renamed_or_made_executable),
		cmocka_unit_test(another_order_has_to_be_read),
		cmocka_unit_test(a_ledger_and_files_that_do_not_go_together_have_to_be_read),
		cmocka_unit_test(a_new_file_that_is_no_record_has_to_be_read),
		cmocka_unit_test(what_is_in_conflict_or_a_link_has_to_be_read),
		cmocka_unit_test(a_version_without_a_ledger_has_to_be_read),
		cmocka_unit_test(where_there_was_none_it_is_empty),
		cmocka_unit_test(a_commit_that_cannot_be_read_is_an_error),
	};

	return unit_main(tests);
}
