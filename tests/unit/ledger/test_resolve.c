/* Bringing sides together: three of them, more, and what each lost or has twice. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/resolve.h"
#include "unit/ledger/histories.h"

#define ADD_TABLE(t) "[{\"addTable\":{\"table\":\"" t "\"}}]"
#define ADD(t, c) \
	"[{\"addColumn\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c "\",\"type\":\"int\"}}}]"

#define MAKE_AGAIN(t) \
	"[{\"removeTable\":{\"table\":\"" t "\"}},{\"addTable\":{\"table\":\"" t "\"}}]"

/* ---- helpers: a history is written as its records' letters */

/* What the record of each letter does. */
static const char *const deeds[] = {
	['a' - 'a'] = ADD_TABLE("users"), ['b' - 'a'] = ADD("users", "b"),
	['c' - 'a'] = ADD("users", "c"),  ['d' - 'a'] = ADD("users", "d"),
	['e' - 'a'] = ADD_TABLE("teams"), ['f' - 'a'] = ADD("teams", "f"),
	['g' - 'a'] = ADD("users", "b"), /* the same as b */
	['h' - 'a'] = ADD("users", "h"),  ['i' - 'a'] = MAKE_AGAIN("users"),
};

static void write_history(struct records *out, const char *letters)
{
	for (; *letters; letters++) {
		const struct record *last = out->len ? out->items[out->len - 1] : NULL;
		char id[] = {'m', 'i', 'g', '_', *letters, '\0'};
		struct records one = {0};
		append_record(&one, RECORD_V1, id, deeds[*letters - 'a']);
		if (last)
			record_chain(one.items[0], record_id(last), record_checksum(last));
		records_take(out, one.items[0]);
		free(one.items);
	}
}

static void read_history(struct str *out, const struct records *l)
{
	for (size_t i = 0; i < l->len; i++)
		str_putc(out, record_id(l->items[i])[4]);
}

#define SIDES_MAX 4

struct merge {
	struct schema *empty;
	struct records ancestor, sides[SIDES_MAX];
	const struct records *list[SIDES_MAX];
	size_t count;
	bool blind; /* nothing is known of an ancestor */
	struct resolution result;
};

static void merge_release(struct merge *m)
{
	schema_free(m->empty);
	records_release(&m->ancestor);
	for (size_t i = 0; i < SIDES_MAX; i++)
		records_release(&m->sides[i]);
	resolution_release(&m->result);
}

/* sides ends with NULL; ancestor NULL: unknown. */
static struct merge merge_of(const char *ancestor, const char *const *sides)
{
	struct merge m = {.empty = schema_new(RECORD_NONE), .blind = !ancestor};

	write_history(&m.ancestor, ancestor ? ancestor : "");
	for (; sides[m.count]; m.count++)
		write_history(&m.sides[m.count], sides[m.count]);
	return m;
}

static int run(struct merge *m, struct error *err)
{
	for (size_t i = 0; i < m->count; i++)
		m->list[i] = &m->sides[i];
	struct resolve_input in = {.base = {.schema = m->empty},
				   .ancestor = m->blind ? NULL : &m->ancestor,
				   .sides = m->list,
				   .side_count = m->count};
	resolution_release(&m->result);
	return resolve(&m->result, &in, err);
}

static void is_chained(const struct records *l)
{
	char sum[CHECKSUM_LEN + 1];

	for (size_t i = 0; i < l->len; i++) {
		const struct record *last = i ? l->items[i - 1] : NULL;
		checksum_compute(sum, l->items[i], last ? record_checksum(last) : NULL);
		if (last)
			assert_string_equal(record_parent(l->items[i]), record_id(last));
		assert_string_equal(record_checksum(l->items[i]), sum);
	}
}

/* Letters of names, sorted as they come. */
static void names_are(const struct strs *names, const char *letters)
{
	AUTO_STR got = {0};

	for (size_t i = 0; i < names->len; i++)
		str_putc(&got, names->items[i][4]);
	assert_string_equal(str_cstr(&got), letters);
}

struct expected {
	const char *history, *already, *dropped, *kept;
};

static void resolves_to(struct merge m, struct expected expected)
{
	struct error err = {0};
	AUTO_STR got = {0};

	assert_ok(run(&m, &err), &err);
	if (m.result.conflicts.len)
		unit_fail("conflict: %s", m.result.conflicts.items[0].message);
	read_history(&got, &m.result.records);
	assert_string_equal(str_cstr(&got), expected.history);
	is_chained(&m.result.records);
	assert_int_equal(m.result.upstream, m.sides[0].len);
	for (size_t i = 0; i < m.result.upstream; i++)
		assert_true(record_same(m.result.records.items[i], m.sides[0].items[i]));
	assert_int_equal(m.result.old_names.len, m.result.records.len - m.result.upstream);
	names_are(&m.result.already, expected.already ? expected.already : "");
	names_are(&m.result.dropped, expected.dropped ? expected.dropped : "");
	names_are(&m.result.kept, expected.kept ? expected.kept : "");
	assert_non_null(m.result.schema);
	if (m.result.records.len)
		assert_string_equal(m.result.head_id,
				    record_id(m.result.records.items[m.result.records.len - 1]));
	merge_release(&m);
}

#define SIDES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- what comes out */

static void ours_goes_behind_upstream(void **state)
{
	(void)state;
	resolves_to(merge_of("a", SIDES("ab", "acd")), (struct expected){.history = "abcd"});
	resolves_to(merge_of("a", SIDES("a", "acd")), (struct expected){.history = "acd"});
	resolves_to(merge_of("a", SIDES("acd", "a")), (struct expected){.history = "acd"});
	resolves_to(merge_of("", SIDES("a", "ef")), (struct expected){.history = "aef"});
	resolves_to(merge_of("a", SIDES("ab", "ab")), (struct expected){.history = "ab"});
	resolves_to(merge_of("a", SIDES("ab")), (struct expected){.history = "ab"});
	resolves_to(merge_of(NULL, SIDES("ab", "ac")), (struct expected){.history = "abc"});
}

static void a_record_on_both_sides_is_one_record(void **state)
{
	(void)state;
	/* Picked to the other side, where it got another parent. */
	resolves_to(merge_of("a", SIDES("acb", "abd")),
		    (struct expected){.history = "acbd", .already = "b"});
	/* A criss-cross: both merged the other, each in its own order. */
	resolves_to(merge_of("a", SIDES("abcd", "acbh")),
		    (struct expected){.history = "abcdh", .already = "cb"});
	resolves_to(merge_of("abc", SIDES("abcd", "acbh")),
		    (struct expected){.history = "abcdh", .already = "cb"});
}

static void upstream_decides_what_was_removed(void **state)
{
	(void)state;
	/* Ours still has what upstream took out, such as what it squashed. */
	resolves_to(merge_of("abc", SIDES("aeg", "abcd")),
		    (struct expected){.history = "aegd", .dropped = "bc"});
	/* A cherry-pick: the picked record's other history does not come along. */
	resolves_to(merge_of("aef", SIDES("ab", "aefd")),
		    (struct expected){.history = "abd", .dropped = "ef"});
	/* Ours took out what upstream still has. */
	resolves_to(merge_of("abc", SIDES("abcd", "ach")),
		    (struct expected){.history = "abcdh", .already = "c", .kept = "b"});
}

static void an_octopus_is_taken_side_by_side(void **state)
{
	(void)state;
	resolves_to(merge_of("a", SIDES("ab", "ac", "aef", "ad")),
		    (struct expected){.history = "abcefd"});
	resolves_to(merge_of("a", SIDES("a", "acd", "adc", "ac")),
		    (struct expected){.history = "acd", .already = "dc"});
}

/* ---- formatting and seals */

static struct record *parsed(const char *text)
{
	struct record *r;
	struct error err = {0};

	assert_ok(record_parse(&r, view_of(text), &err), &err);
	return r;
}

#define PG(name, parent)                                                                          \
	"{\"done\":true,\"migration\":{\"name\":\"" name "\",\"operations\":[{\"create_table\":{" \
	"\"name\":\"" name "\",\"columns\":[]}}]},\"migrationType\":\"pgroll\",\"name\":\"" name  \
	"\"" parent "}"

static void formatting_and_seals_make_no_other_record(void **state)
{
	AUTO(schema) *empty = schema_new(RECORD_NONE);
	AUTO_VALUE(records) upstream = {0};
	AUTO_VALUE(records) ours = {0};
	AUTO_VALUE(resolution) result = {0};
	struct error err = {0};

	(void)state;
	records_take(&upstream, parsed(PG("one", "")));
	records_take(&upstream, parsed(PG("two", ",\"parent\":\"one\"")));
	record_chain(upstream.items[0], NULL, NULL);
	record_chain(upstream.items[1], "one", record_checksum(upstream.items[0]));
	records_take(&ours,
		     parsed("{ \"name\": \"one\", \"startedAt\": \"2024-01-01T00:00:00Z\","
			    "\"schema\": \"public\", \"done\": true,\n\"migrationType\": "
			    "\"pgroll\", \"migration\": {\"operations\": [{\"create_table\": {"
			    "\"columns\": [], \"name\": \"one\"}}]}}"));
	records_take(&ours, parsed(PG("three", ",\"parent\":\"one\"")));
	const struct records *sides[] = {&upstream, &ours};
	struct resolve_input in = {.base = {.schema = empty}, .sides = sides, .side_count = 2};
	assert_ok(resolve(&result, &in, &err), &err);
	assert_int_equal(result.conflicts.len, 0);
	assert_int_equal(result.records.len, 3);
	is_chained(&result.records);
	assert_string_equal(record_name(result.records.items[2]), "three");
	resolution_release(&result);
	/* The other way round, the unsealed copy is upstream's and stays. */
	const struct records *swapped[] = {&ours, &upstream};
	in.sides = swapped;
	assert_ok(resolve(&result, &in, &err), &err);
	assert_int_equal(result.records.len, 3);
	assert_null(record_checksum(result.records.items[1]));
	assert_string_equal(record_parent(result.records.items[2]), "three");
	assert_non_null(record_checksum(result.records.items[2]));
}

static void a_record_that_only_upstream_edited_is_upstreams(void **state)
{
	struct merge m = merge_of("ab", SIDES("a", "abd"));
	struct records one = {0};
	struct error err = {0};

	(void)state;
	append_record(&one, RECORD_V1, "mig_b", ADD("users", "better"));
	record_chain(one.items[0], "mig_a", record_checksum(m.sides[0].items[0]));
	records_take(&m.sides[0], one.items[0]);
	free(one.items);
	assert_ok(run(&m, &err), &err);
	assert_int_equal(m.result.conflicts.len, 0);
	assert_int_equal(m.result.records.len, 3);
	is_chained(&m.result.records);
	names_are(&m.result.already, "b");
	/* Without an ancestor nobody knows who edited it. */
	m.blind = true;
	assert_ok(run(&m, &err), &err);
	assert_int_equal(m.result.conflicts.blocking, 1);
	assert_int_equal(m.result.conflicts.items[0].kind, CONFLICT_SAME_ID);
	merge_release(&m);
}

/* ---- conflicts */

static const struct conflict *conflict_of(struct merge *m)
{
	struct error err = {0};

	assert_ok(run(m, &err), &err);
	assert_true(m->result.conflicts.blocking > 0);
	assert_int_equal(m->result.records.len, 0);
	assert_int_equal(m->result.upstream, 0);
	assert_null(m->result.schema);
	return &m->result.conflicts.items[0];
}

static void a_conflict_leaves_no_half_result(void **state)
{
	struct merge m = merge_of("a", SIDES("ab", "acg"));
	const struct conflict *c = conflict_of(&m);

	(void)state;
	assert_int_equal(c->kind, CONFLICT_ADDED_TWICE);
	assert_string_equal(c->what, "column \"users.b\"");
	merge_release(&m);
}

static void every_side_of_an_octopus_is_heard(void **state)
{
	struct merge m = merge_of("a", SIDES("ab", "ag", "ac", "agh"));
	const struct conflict *c = conflict_of(&m);

	(void)state;
	assert_int_equal(c->kind, CONFLICT_ADDED_TWICE);
	assert_int_equal(m.result.conflicts.blocking, 2);
	merge_release(&m);
}

static void a_record_that_needs_a_dropped_one_does_not_apply(void **state)
{
	/* f adds a column to the table that e makes, and e does not come along. */
	struct merge m = merge_of("ae", SIDES("ab", "aef"));
	const struct conflict *c = conflict_of(&m);

	(void)state;
	assert_int_equal(c->kind, CONFLICT_NOT_APPLICABLE);
	assert_null(c->theirs);
	assert_non_null(strstr(c->message,
			       "does not apply behind the other side: operation 1 "
			       "(addColumn): cannot add column \"f\" to table \"teams\""));
	assert_non_null(strstr(c->hint, "does not have"));
	merge_release(&m);
}

static void an_order_that_was_swapped_is_compared(void **state)
{
	/* On our side g stood before e, which upstream has: g and e change places, b and g meet. */
	struct merge m = merge_of("a", SIDES("abe", "age"));

	(void)state;
	assert_int_equal(conflict_of(&m)->kind, CONFLICT_ADDED_TWICE);
	merge_release(&m);
	resolves_to(merge_of("a", SIDES("ae", "ahe")),
		    (struct expected){.history = "aeh", .already = "e"});
}

static void records_that_both_have_in_opposite_order_are_compared(void **state)
{
	/* c and i are about one table; e, which stands between them, is not. */
	struct merge m = merge_of("a", SIDES("acei", "aiec"));

	(void)state;
	assert_int_equal(conflict_of(&m)->kind, CONFLICT_REMOVED_USED);
	assert_int_equal(m.result.conflicts.len, 1);
	assert_memory_equal(m.result.conflicts.items[0].theirs, "mig_c_", 6);
	assert_memory_equal(m.result.conflicts.items[0].ours, "mig_i_", 6);
	assert_non_null(strstr(m.result.conflicts.items[0].hint, "take \"mig_i_"));
	merge_release(&m);
	resolves_to(merge_of("a", SIDES("ace", "aech")),
		    (struct expected){.history = "aceh", .already = "ec"});
	/* Without the one that upstream has behind the other, its order holds. */
	resolves_to(merge_of("a", SIDES("acei", "aec")),
		    (struct expected){.history = "acei", .already = "ec"});
}

/* ---- what is refused */

static void broken_sides_are_refused(void **state)
{
	struct merge m = merge_of("a", SIDES("ab", "ac"));
	struct error err = {0};
	struct resolve_input none = {.base = {.schema = m.empty}};

	(void)state;
	assert_fails(resolve(&m.result, &none, &err), &err, E_INVALID, "nothing to resolve");
	record_chain(m.sides[0].items[1], "mig_x", record_checksum(m.sides[0].items[0]));
	assert_fails_hinting(run(&m, &err), &err, E_INVALID, "does not follow \"mig_a\"",
			     "xata verify");
	assert_int_equal(m.result.records.len, 0);
	record_chain(m.sides[0].items[1], "mig_a", record_checksum(m.sides[0].items[0]));
	record_chain(m.sides[1].items[1], "mig_a", NULL);
	assert_fails(run(&m, &err), &err, E_INVALID, "was changed: its checksum is wrong");
	merge_release(&m);
}

static void a_side_without_what_it_stands_on_tells_nothing_by_its_checksums(void **state)
{
	struct merge m = merge_of(NULL, SIDES("ab", "acd"));
	struct error err = {0};

	(void)state;
	/* c was put behind another record since d was made. */
	record_chain(m.sides[1].items[1], "mig_x", record_checksum(m.sides[0].items[1]));
	assert_fails(run(&m, &err), &err, E_INVALID, "was changed: its checksum is wrong");
	struct resolve_input in = {
		.base = {.schema = m.empty}, .sides = m.list, .side_count = 2, .unfounded = true};
	error_clear(&err);
	assert_ok(resolve(&m.result, &in, &err), &err);
	is_chained(&m.result.records);
	assert_int_equal(m.result.records.len, 4);
	/* That of upstream counts all the same. */
	record_chain(m.sides[0].items[1], "mig_a", NULL);
	resolution_release(&m.result);
	assert_fails(resolve(&m.result, &in, &err), &err, E_INVALID, "its checksum is wrong");
	merge_release(&m);
}

static void a_base_stands_for_what_all_sides_begin_with(void **state)
{
	AUTO(schema) *schema = schema_new(RECORD_V1);
	AUTO_VALUE(records) base = {0};
	AUTO_VALUE(records) upstream = {0};
	AUTO_VALUE(records) ours = {0};
	AUTO_VALUE(resolution) result = {0};
	struct error err = {0};

	(void)state;
	write_history(&base, "a");
	applied(schema, RECORD_V1, deeds[0]);
	const struct record *a = base.items[0];
	append_record(&upstream, RECORD_V1, "mig_b", deeds['b' - 'a']);
	record_chain(upstream.items[0], record_id(a), record_checksum(a));
	append_record(&ours, RECORD_V1, "mig_c", deeds['c' - 'a']);
	record_chain(ours.items[0], record_id(a), record_checksum(a));
	const struct records *sides[] = {&upstream, &ours};
	struct resolve_input in = {.base = {.id = record_id(a),
					    .checksum = record_checksum(a),
					    .format = RECORD_V1,
					    .schema = schema},
				   .sides = sides,
				   .side_count = 2};
	assert_ok(resolve(&result, &in, &err), &err);
	assert_int_equal(result.records.len, 2);
	assert_string_equal(record_parent(result.records.items[1]), "mig_b");
	assert_int_equal(schema_table_count(schema), 1); /* base is not changed */
}

/* ---- random criss-crosses: what comes out always verifies and has everything */

static void random_merges_lose_nothing(void **state)
{
	struct chance c = chance_seeded("resolve");
	size_t clean = 0;

	(void)state;
	for (size_t round = 0; round < 300; round++) {
		AUTO(schema) *empty = schema_new(RECORD_NONE);
		struct records branch[2] = {{0}, {0}};
		struct error err = {0};
		char id[32];
		for (size_t step = 0; step < 12; step++) {
			size_t at = chance_below(&c, 2);
			const struct records *sides[] = {&branch[at], &branch[1 - at]};
			struct resolve_input in = {
				.base = {.schema = empty}, .sides = sides, .side_count = 2};
			if (chance_below(&c, 3)) {
				AUTO(schema) *s = schema_new(RECORD_V1);
				for (size_t i = 0; i < branch[at].len; i++)
					assert_ok(schema_apply(s, branch[at].items[i], &err), &err);
				json_t *ops = json_array();
				json_array_append_new(ops, random_operation(&c, s, RECORD_V1));
				snprintf(id, sizeof id, "mig_%zu", step);
				records_take(&branch[at],
					     next_record(&branch[at], RECORD_V1, id, ops));
				continue;
			}
			AUTO_VALUE(resolution) r = {0};
			assert_ok(resolve(&r, &in, &err), &err);
			if (r.conflicts.blocking)
				continue;
			clean++;
			is_chained(&r.records);
			assert_int_equal(r.records.len, branch[at].len + r.old_names.len);
			assert_int_equal(r.upstream, branch[at].len);
			AUTO_VALUE(map) ids = {0};
			for (size_t i = 0; i < r.records.len; i++)
				assert_true(map_add(&ids, record_id(r.records.items[i]), i));
			for (size_t i = 0; i < branch[1 - at].len; i++)
				assert_true(
					map_get(&ids, record_id(branch[1 - at].items[i]), NULL));
			records_release(&branch[at]);
			branch[at] = r.records;
			r.records = (struct records){0};
		}
		records_release(&branch[0]);
		records_release(&branch[1]);
	}
	print_message("# %zu merges were clean\n", clean);
	assert_true(clean > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_goes_behind_upstream),
		cmocka_unit_test(a_record_on_both_sides_is_one_record),
		cmocka_unit_test(upstream_decides_what_was_removed),
		cmocka_unit_test(an_octopus_is_taken_side_by_side),
		cmocka_unit_test(formatting_and_seals_make_no_other_record),
		cmocka_unit_test(a_record_that_only_upstream_edited_is_upstreams),
		cmocka_unit_test(a_conflict_leaves_no_half_result),
		cmocka_unit_test(every_side_of_an_octopus_is_heard),
		cmocka_unit_test(a_record_that_needs_a_dropped_one_does_not_apply),
		cmocka_unit_test(an_order_that_was_swapped_is_compared),
		cmocka_unit_test(records_that_both_have_in_opposite_order_are_compared),
		cmocka_unit_test(broken_sides_are_refused),
		cmocka_unit_test(a_side_without_what_it_stands_on_tells_nothing_by_its_checksums),
		cmocka_unit_test(a_base_stands_for_what_all_sides_begin_with),
		cmocka_unit_test(random_merges_lose_nothing),
	};
	return unit_main(tests);
}
