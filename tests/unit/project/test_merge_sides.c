/* What merge_sides.h promises: what is read of the sides, and the files that come out. */
#include "unit/project/world.h"

#include "project/merge_sides.h"
#include "unit/ledger/histories.h"
#include "unit/support/fake_vcs.h"

#define UPSTREAM ((size_t)0)
#define OURS ((size_t)1)
#define BASE ((size_t)2)
#define SPARE ((size_t)3)

#define ADD_TABLE(t) "[{\"addTable\":{\"table\":\"" t "\"}}]"
#define ADD(t, c) \
	"[{\"addColumn\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c "\",\"type\":\"int\"}}}]"

/* A history is written as its records' letters; this is what each does. */
static const char *const deeds[] = {
	['a' - 'a'] = ADD_TABLE("users"), ['b' - 'a'] = ADD("users", "b"),
	['c' - 'a'] = ADD("users", "c"),  ['d' - 'a'] = ADD("users", "d"),
	['e' - 'a'] = ADD_TABLE("teams"), ['f' - 'a'] = ADD("teams", "f"),
	['g' - 'a'] = ADD("users", "b"), /* the same as b */
};

struct world {
	struct fake_vcs vcs;
	struct records histories[FAKE_VERSIONS];
	struct merge_version versions[FAKE_VERSIONS];
	struct merge_request request;
	struct merge_sides *sides;
	struct resolution result;
	struct merge_files files;
	struct error err;
};

static void write_history(struct records *out, enum record_format format, const char *letters)
{
	for (; *letters; letters++) {
		const struct record *last = out->len ? out->items[out->len - 1] : NULL;
		char id[] = {'m', 'i', 'g', '_', *letters, '\0'};
		struct records one = {0};
		append_record(&one, format, id, deeds[*letters - 'a']);
		if (last)
			record_chain(one.items[0], record_id(last), record_checksum(last));
		records_take(out, one.items[0]);
		free(one.items);
	}
}

static void put_history(struct world *w, size_t version, const char *letters)
{
	records_release(&w->histories[version]);
	write_history(&w->histories[version], RECORD_V1, letters);
	fake_vcs_put_records(&w->vcs, version, &w->histories[version], w->histories[version].len);
}

static void world_init(struct world *w, const char *base, const char *upstream, const char *ours)
{
	static const char *const names[] = {"upstream", "ours", "base", "spare"};

	*w = (struct world){0};
	fake_vcs_init(&w->vcs);
	put_history(w, UPSTREAM, upstream);
	put_history(w, OURS, ours);
	put_history(w, BASE, base);
	for (size_t i = 0; i < FAKE_VERSIONS; i++)
		w->versions[i] = (struct merge_version){.name = names[i],
							.place = fake_vcs_place(i)};
	w->request = (struct merge_request){.sides = &w->versions[UPSTREAM],
					    .side_count = 2,
					    .bases = &w->versions[BASE],
					    .base_count = 1,
					    .spare = &w->versions[SPARE],
					    .spare_count = 1,
					    .read_common = MERGE_READ_ALL};
}

static void world_end(struct world *w)
{
	merge_files_release(&w->files);
	resolution_release(&w->result);
	merge_sides_free(w->sides);
	for (size_t i = 0; i < FAKE_VERSIONS; i++)
		records_release(&w->histories[i]);
	fake_vcs_release(&w->vcs);
}

static int read_sides(struct world *w)
{
	w->vcs.reads = 0;
	return merge_sides_read(&w->sides, &w->vcs.base, &w->request, &w->err);
}

static void merge(struct world *w)
{
	assert_ok(read_sides(w), &w->err);
	assert_ok(resolve(&w->result, merge_sides_input(w->sides), &w->err), &w->err);
	assert_int_equal(w->result.conflicts.blocking, 0);
	assert_ok(merge_sides_files(&w->files, w->sides, &w->result, NULL, &w->err), &w->err);
}

static const char *file_of(const struct record *r)
{
	static char file[RECORD_NAME_MAX + 8];

	snprintf(file, sizeof file, "%s.json", record_name(r));
	return file;
}

static const struct merge_file *find_file(const struct world *w, const char *name)
{
	static const struct merge_file none;

	for (size_t i = 0; i < w->files.len; i++)
		if (str_eq(w->files.items[i].name, name))
			return &w->files.items[i];
	unit_fail("the result has no file %s", name);
	return &none;
}

/* The text that a version has of the file, which the result takes over as that object. */
static void assert_object(const struct world *w, const char *file, size_t version)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	struct vcs_place place = fake_vcs_place(version);
	struct vcs *v = (struct vcs *)(uintptr_t)&w->vcs.base;
	const struct merge_file *f = find_file(w, file);

	assert_int_equal(v->ops->list(&entries, v, &place, ".xata/migrations", NULL), 0);
	const struct vcs_entry *e = vcs_entries_find(&entries, file);
	assert_true(e && vcs_id_eq(&f->id, &e->id));
	assert_int_equal(f->text.len, 0);
}

/* ---- what is read */

static void only_what_the_sides_added_is_read(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "abc", "abcd", "abce");
	w.request.read_common = 0;
	merge(&w);
	assert_int_equal(merge_sides_common(w.sides), 3);
	/* The ledgers of the sides, the record where the chain is taken up, and two new ones. */
	assert_int_equal(w.vcs.reads, 5);
	assert_int_equal(w.result.records.len, 2);
	assert_int_equal(w.result.upstream, 1);
	assert_true(schema_is_open(w.result.schema));
	world_end(&w);
}

static void common_records_are_read_when_there_are_few(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "abc", "abcd", "abce");
	w.request.read_common = 3;
	merge(&w);
	assert_int_equal(w.vcs.reads, 8);
	assert_false(schema_is_open(w.result.schema));
	assert_int_equal(schema_table_count(w.result.schema), 2);
	world_end(&w);
}

static void a_chain_of_unsealed_records_is_taken_up_at_its_start(void **state)
{
	struct world w;
	AUTO_VALUE(records) sealed = {0};

	(void)state;
	world_init(&w, "", "", "");
	world_records(&sealed, "step", 3);
	for (size_t v = UPSTREAM; v <= BASE; v++)
		fake_vcs_put_records(&w.vcs, v, &sealed, v == BASE ? 2 : 3);
	for (size_t i = 0; i < 2; i++) {
		AUTO_STR text = {0};
		AUTO_JSON *doc = json_deep_copy(record_doc(sealed.items[i]));
		json_object_del(doc, "chainChecksum");
		json_write(&text, doc, JSON_FORM_PRETTY);
		for (size_t v = UPSTREAM; v <= BASE; v++)
			fake_vcs_put(&w.vcs, v, file_of(sealed.items[i]), str_cstr(&text));
	}
	fake_vcs_put(&w.vcs, OURS, ".ledger", "step000\nstep001\n");
	w.request.read_common = 0;
	merge(&w);
	assert_int_equal(merge_sides_common(w.sides), 2);
	assert_string_equal(merge_sides_input(w.sides)->base.checksum,
			    record_checksum(sealed.items[1]));
	world_end(&w);
}

static void a_file_that_a_side_lacks_is_taken_from_a_spare_version(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "ab", "ab", "abc");
	put_history(&w, SPARE, "abc");
	fake_vcs_put(&w.vcs, OURS, file_of(w.histories[OURS].items[2]), NULL);
	merge(&w);
	assert_int_equal(w.result.records.len, 1);
	world_end(&w);
}

static void several_bases_tell_what_was_removed(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "abc", "ab", "abcd");
	put_history(&w, SPARE, "ab");
	w.request.base_count = 2; /* the spare version is the next */
	w.request.spare_count = 0;
	merge(&w);
	assert_int_equal(w.result.dropped.len, 1);
	assert_string_equal(w.result.dropped.items[0], record_name(w.histories[BASE].items[2]));
	assert_int_equal(w.result.records.len, 1);
	world_end(&w);
}

static void a_single_side_is_read_behind_its_base(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "abc", "abcd", "");
	w.request.side_count = 1;
	w.request.spare_count = 0;
	w.request.read_common = 0;
	assert_ok(read_sides(&w), &w.err);
	assert_int_equal(merge_sides_common(w.sides), 3);
	assert_int_equal(merge_sides_records(w.sides, 0)->len, 1);
	assert_ok(resolve(&w.result, merge_sides_input(w.sides), &w.err), &w.err);
	world_end(&w);
}

/* ---- the files */

static void upstreams_files_stay_the_objects_they_are(void **state)
{
	struct world w;
	AUTO_STR odd = {0};

	(void)state;
	world_init(&w, "a", "ab", "ac");
	const char *file = file_of(w.histories[UPSTREAM].items[1]);
	json_write(&odd, record_doc(w.histories[UPSTREAM].items[1]), JSON_FORM_COMPACT);
	fake_vcs_put(&w.vcs, UPSTREAM, file, str_cstr(&odd));
	merge(&w);
	assert_object(&w, file_of(w.histories[UPSTREAM].items[1]), UPSTREAM);
	assert_int_equal(w.files.len, 3);
	const struct merge_file *moved = find_file(&w, file_of(w.result.records.items[1]));
	assert_int_equal(moved->id.len, 0);
	assert_non_null(strstr(str_cstr(&moved->text), "\"parentID\": \"mig_b\""));
	world_end(&w);
}

static void the_ledger_keeps_upstreams_text_and_gains_lines(void **state)
{
	struct world w;
	AUTO_STR text = {0};

	(void)state;
	world_init(&w, "a", "ab", "ac");
	str_printf(&text, "%s\r\n\n%s", record_name(w.histories[UPSTREAM].items[0]),
		   record_name(w.histories[UPSTREAM].items[1]));
	fake_vcs_put(&w.vcs, UPSTREAM, ".ledger", str_cstr(&text));
	merge(&w);
	str_printf(&text, "\n%s\n", record_name(w.result.records.items[1]));
	assert_string_equal(str_cstr(&find_file(&w, ".ledger")->text), str_cstr(&text));
	world_end(&w);
}

static void files_under_former_names_go(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "a", "ab", "ac");
	merge(&w);
	assert_int_equal(w.files.gone.len, 1);
	assert_string_equal(w.files.gone.items[0], file_of(w.histories[OURS].items[1]));
	world_end(&w);
}

static void a_record_that_stands_right_already_stays_the_object_it_is(void **state)
{
	struct world w;
	AUTO_STR odd = {0};

	(void)state;
	world_init(&w, "a", "a", "ab");
	json_write(&odd, record_doc(w.histories[OURS].items[1]), JSON_FORM_COMPACT);
	fake_vcs_put(&w.vcs, OURS, file_of(w.histories[OURS].items[1]), str_cstr(&odd));
	merge(&w);
	assert_object(&w, file_of(w.histories[OURS].items[1]), OURS);
	assert_int_equal(w.files.gone.len, 0);
	world_end(&w);
}

static void a_side_without_news_leaves_upstreams_ledger_as_it_is(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "a", "ab", "a");
	merge(&w);
	assert_object(&w, ".ledger", UPSTREAM);
	assert_int_equal(w.files.gone.len, 0);
	world_end(&w);
}

/* ---- what cannot be merged */

static void a_conflict_gives_no_files(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "a", "ab", "ag");
	assert_ok(read_sides(&w), &w.err);
	assert_ok(resolve(&w.result, merge_sides_input(w.sides), &w.err), &w.err);
	assert_int_equal(w.result.conflicts.blocking, 1);
	assert_fails(merge_sides_files(&w.files, w.sides, &w.result, NULL, &w.err), &w.err,
		     E_INTERNAL, "in conflict");
	world_end(&w);
}

static void conflict_markers_that_were_committed_are_told(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "a", "ab", "ac");
	fake_vcs_put(&w.vcs, OURS, ".ledger", "<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> z\n");
	assert_fails(read_sides(&w), &w.err, E_INVALID,
		     "\".xata/migrations/.ledger\" of ours has conflict markers in line 1");
	world_end(&w);
}

static void a_damaged_ledger_names_its_side(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "a", "ab", "ac");
	fake_vcs_put(&w.vcs, UPSTREAM, ".ledger", "../../etc/passwd\n");
	assert_fails(read_sides(&w), &w.err, E_INVALID, "the ledger of upstream is damaged");
	world_end(&w);
}

static void a_damaged_record_names_its_side_and_file(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "a", "ab", "ac");
	const char *file = file_of(w.histories[OURS].items[1]);
	AUTO_FREE char *said = xasprintf("\".xata/migrations/%s\" of ours: ", file);
	fake_vcs_put(&w.vcs, OURS, file, "{");
	assert_fails_hinting(read_sides(&w), &w.err, E_INVALID, said, "xata verify");
	world_end(&w);
}

static void a_missing_file_names_its_side(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "a", "ab", "ac");
	fake_vcs_put(&w.vcs, OURS, file_of(w.histories[OURS].items[1]), NULL);
	assert_fails(read_sides(&w), &w.err, E_NOTFOUND, "of ours: the ledger names it");
	world_end(&w);
}

static void a_side_without_its_ledger_takes_nothing_away(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "a", "ab", "ac");
	fake_vcs_put(&w.vcs, UPSTREAM, ".ledger", NULL);
	assert_fails(read_sides(&w), &w.err, E_INVALID, "upstream has no");
	world_end(&w);
}

static void an_object_that_cannot_be_read_is_an_error(void **state)
{
	struct world w;

	(void)state;
	for (size_t n = 1; n <= 5; n++) {
		world_init(&w, "abc", "abcd", "abce");
		w.request.read_common = 0;
		w.vcs.fail_at = n;
		assert_fails(read_sides(&w), &w.err, E_IO, "the fake says so");
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_the_sides_added_is_read),
		cmocka_unit_test(common_records_are_read_when_there_are_few),
		cmocka_unit_test(a_chain_of_unsealed_records_is_taken_up_at_its_start),
		cmocka_unit_test(a_file_that_a_side_lacks_is_taken_from_a_spare_version),
		cmocka_unit_test(several_bases_tell_what_was_removed),
		cmocka_unit_test(a_single_side_is_read_behind_its_base),
		cmocka_unit_test(upstreams_files_stay_the_objects_they_are),
		cmocka_unit_test(the_ledger_keeps_upstreams_text_and_gains_lines),
		cmocka_unit_test(files_under_former_names_go),
		cmocka_unit_test(a_record_that_stands_right_already_stays_the_object_it_is),
		cmocka_unit_test(a_side_without_news_leaves_upstreams_ledger_as_it_is),
		cmocka_unit_test(a_conflict_gives_no_files),
		cmocka_unit_test(conflict_markers_that_were_committed_are_told),
		cmocka_unit_test(a_damaged_ledger_names_its_side),
		cmocka_unit_test(a_damaged_record_names_its_side_and_file),
		cmocka_unit_test(a_missing_file_names_its_side),
		cmocka_unit_test(a_side_without_its_ledger_takes_nothing_away),
		cmocka_unit_test(an_object_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
