/* Rebase: what a record keeps, what it gets anew, what is refused, and how long it takes. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/rebase.h"
#include "unit/ledger/histories.h"

#define ADD_TABLE(t) "{\"addTable\":{\"table\":\"" t "\"}}"
#define ADD(t, c) \
	"{\"addColumn\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c "\",\"type\":\"int\"}}}"

/* ---- helpers */

static struct record *parsed(const char *text)
{
	struct record *r;
	struct error err = {0};

	assert_ok(record_parse(&r, view_of(text), &err), &err);
	return r;
}

static char *printed(const struct record *r)
{
	AUTO_STR out = {0};

	record_print(&out, r);
	return str_steal(&out);
}

/* Two sides behind one v1 record that makes the table users. */
struct fork {
	struct records common; /* one record */
	struct schema *schema;
	struct records theirs, ours;
	struct rebase_plan plan;
};

static void follow(struct records *l, const struct record *parent, const char *id,
		   const char *operations)
{
	struct records one = {0};

	append_record(&one, record_format(parent), id, operations);
	record_chain(one.items[0], record_id(parent), record_checksum(parent));
	records_take(l, one.items[0]);
	free(one.items);
}

static const struct record *last_of(const struct fork *f, const struct records *l)
{
	return l->len ? l->items[l->len - 1] : f->common.items[0];
}

static void theirs(struct fork *f, const char *id, const char *operations)
{
	follow(&f->theirs, last_of(f, &f->theirs), id, operations);
}

static void ours(struct fork *f, const char *id, const char *operations)
{
	follow(&f->ours, last_of(f, &f->ours), id, operations);
}

static struct fork fork_of(enum record_format format, const char *operations)
{
	struct fork f = {.schema = schema_new(format)};

	append_record(&f.common, format, "mig_base", operations);
	applied(f.schema, format, operations);
	return f;
}

static void fork_release(struct fork *f)
{
	records_release(&f->common);
	schema_free(f->schema);
	records_release(&f->theirs);
	records_release(&f->ours);
	rebase_plan_release(&f->plan);
}

static struct chain_base base_of(const struct fork *f)
{
	const struct record *r = f->common.items[0];

	return (struct chain_base){.id = record_id(r),
				   .checksum = record_checksum(r),
				   .format = record_format(r),
				   .schema = f->schema};
}

static int plan(struct fork *f, struct error *err)
{
	struct rebase_input in = {.base = base_of(f), .theirs = &f->theirs, .ours = &f->ours};

	rebase_plan_release(&f->plan);
	return rebase_plan(&f->plan, &in, err);
}

static void planned(struct fork *f)
{
	struct error err = {0};

	assert_ok(plan(f, &err), &err);
}

/* That every record stands right behind the one before it. */
static void is_chained(const struct fork *f)
{
	const struct record *last = last_of(f, &f->theirs);
	char sum[CHECKSUM_LEN + 1];

	for (size_t i = 0; i < f->plan.records.len; i++) {
		const struct record *r = f->plan.records.items[i];
		checksum_compute(sum, r, record_checksum(last));
		assert_string_equal(record_parent(r), record_id(last));
		assert_string_equal(record_checksum(r), sum);
		last = r;
	}
	assert_string_equal(f->plan.head_id, record_id(last));
	assert_string_equal(f->plan.chain, record_checksum(last));
}

/* ---- what it does */

static void records_go_behind_the_other_side(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");

	(void)state;
	theirs(&f, "mig_t1", "[" ADD("users", "a") "]");
	theirs(&f, "mig_t2", "[" ADD("users", "b") "]");
	ours(&f, "mig_o1", "[" ADD_TABLE("teams") "]");
	ours(&f, "mig_o2", "[" ADD("teams", "a") "," ADD("users", "c") "]");
	planned(&f);
	assert_int_equal(f.plan.conflicts.len, 0);
	assert_int_equal(f.plan.records.len, 2);
	assert_int_equal(f.plan.changed, 2);
	is_chained(&f);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(f.plan.old_names.items[i], record_name(f.ours.items[i]));
		assert_string_not_equal(f.plan.old_names.items[i],
					record_name(f.plan.records.items[i]));
		assert_string_equal(record_id(f.ours.items[i]), record_id(f.plan.records.items[i]));
	}
	assert_int_equal(schema_table_count(f.plan.schema), 2);
	fork_release(&f);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");

	(void)state;
	theirs(&f, "mig_t1", "[" ADD("users", "a") "]");
	ours(&f, "mig_o1", "[" ADD("users", "b") "]");
	planned(&f);
	char *once = printed(f.plan.records.items[0]);
	planned(&f);
	char *again = printed(f.plan.records.items[0]);
	assert_string_equal(once, again);
	free(once);
	free(again);
	fork_release(&f);
}

static void a_record_keeps_all_but_its_place(void **state)
{
	struct fork f = fork_of(RECORD_PGROLL, "[{\"create_table\":{\"name\":\"users\","
					       "\"columns\":[]}}]");
	char sum[CHECKSUM_LEN + 1];

	(void)state;
	theirs(&f, "theirs", "[{\"create_table\":{\"name\":\"a\",\"columns\":[]}}]");
	records_take(
		&f.ours,
		parsed("{\"zeta\": {\"x\": [1, null]}, \"done\": false, \"migration\": {"
		       "\"operations\": [{\"create_table\": {\"name\": \"b\", \"columns\": [], "
		       "\"later\": true}}], \"name\": \"ours\"}, \"migrationType\": \"pgroll\", "
		       "\"name\": \"ours\", \"parent\": \"mig_base\", \"startedAt\": "
		       "\"2024-01-01T00:00:00Z\"}"));
	planned(&f);
	is_chained(&f);
	checksum_compute(sum, f.plan.records.items[0], record_checksum(f.theirs.items[0]));
	char *expected = xasprintf(
		"{\n  \"chainChecksum\": \"%s\",\n  \"zeta\": {\n    \"x\": [\n      1,\n      "
		"null\n    ]\n  },\n  \"done\": false,\n  \"migration\": {\n    \"operations\": [\n"
		"      {\n        \"create_table\": {\n          \"name\": \"b\",\n          "
		"\"columns\": [],\n          \"later\": true\n        }\n      }\n    ],\n    "
		"\"name\": \"ours\"\n  },\n  \"migrationType\": \"pgroll\",\n  \"name\": "
		"\"ours\",\n  "
		"\"parent\": \"theirs\",\n  \"startedAt\": \"2024-01-01T00:00:00Z\"\n}\n",
		sum);
	char *text = printed(f.plan.records.items[0]);
	assert_string_equal(text, expected);
	free(expected);
	free(text);
	fork_release(&f);
}

static void a_title_stays(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");
	struct error err = {0};
	struct record *r;
	const struct record *base = f.common.items[0];
	json_t *operations = json_array();
	struct record_draft draft = {.format = RECORD_V1,
				     .id = "mig_o",
				     .parent = record_id(base),
				     .parent_checksum = record_checksum(base),
				     .operations = operations,
				     .title = "T",
				     .message = "M"};

	(void)state;
	assert_ok(record_make(&r, &draft, &err), &err);
	json_decref(operations);
	records_take(&f.ours, r);
	theirs(&f, "mig_t", "[" ADD("users", "a") "]");
	planned(&f);
	is_chained(&f);
	assert_string_equal(record_title(f.plan.records.items[0]), "T");
	assert_string_equal(record_message(f.plan.records.items[0]), "M");
	fork_release(&f);
}

static void what_stands_right_is_left_as_it_is(void **state)
{
	struct fork f = fork_of(RECORD_PGROLL, "[]");

	(void)state;
	/* Unsealed, and in an order of members that is not the format's. */
	records_take(&f.ours,
		     parsed("{\"name\":\"o1\",\"parent\":\"mig_base\",\"done\":true,"
			    "\"migrationType\":\"pgroll\",\"migration\":{\"operations\":[]}}"));
	records_take(&f.ours,
		     parsed("{\"name\":\"o2\",\"parent\":\"o1\",\"done\":true,"
			    "\"migrationType\":\"pgroll\",\"migration\":{\"operations\":[]}}"));
	planned(&f);
	assert_int_equal(f.plan.changed, 0);
	assert_int_equal(f.plan.records.len, 2);
	assert_null(record_checksum(f.plan.records.items[1]));
	/* A sealed one builds on what the unsealed before it would have. */
	char sum[CHECKSUM_LEN + 1], next[CHECKSUM_LEN + 1];
	checksum_compute(sum, f.ours.items[0], record_checksum(f.common.items[0]));
	checksum_compute(next, f.ours.items[1], sum);
	assert_string_equal(f.plan.chain, next);
	record_chain(f.ours.items[1], "o1", sum);
	planned(&f);
	assert_int_equal(f.plan.changed, 0);
	assert_string_equal(f.plan.chain, next);
	fork_release(&f);
}

static void a_first_record_has_no_parent(void **state)
{
	AUTO(schema) *empty = schema_new(RECORD_NONE);
	AUTO_VALUE(records) ours = {0};
	AUTO_VALUE(rebase_plan) plan = {0};
	struct error err = {0};
	struct rebase_input in = {.base = {.id = "", .checksum = "", .schema = empty},
				  .ours = &ours};

	(void)state;
	append_record(&ours, RECORD_V1, "mig_1", "[" ADD_TABLE("t") "]");
	record_chain(ours.items[0], "mig_lost", record_checksum(ours.items[0]));
	follow(&ours, ours.items[0], "mig_2", "[" ADD("t", "a") "]");
	assert_ok(rebase_plan(&plan, &in, &err), &err);
	assert_int_equal(plan.changed, 2);
	assert_null(record_parent(plan.records.items[0]));
	assert_string_equal(plan.head_id, "mig_2");
}

static void what_upstream_has_already_is_left_out(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");

	(void)state;
	ours(&f, "mig_picked", "[" ADD("users", "a") "]");
	ours(&f, "mig_o", "[" ADD("users", "c") "]");
	theirs(&f, "mig_t", "[" ADD("users", "b") "]");
	theirs(&f, "mig_picked", "[" ADD("users", "a") "]");
	planned(&f);
	assert_int_equal(f.plan.conflicts.len, 0);
	assert_int_equal(f.plan.records.len, 1);
	is_chained(&f);
	assert_int_equal(f.plan.already.len, 1);
	assert_string_equal(f.plan.already.items[0], record_name(f.ours.items[0]));
	fork_release(&f);
}

/* ---- conflicts */

static void a_conflict_leaves_no_half_plan(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");

	(void)state;
	theirs(&f, "mig_t", "[" ADD("users", "a") "]");
	ours(&f, "mig_o1", "[" ADD("users", "b") "]");
	ours(&f, "mig_o2", "[" ADD("users", "a") "]");
	planned(&f);
	assert_int_equal(f.plan.conflicts.blocking, 1);
	assert_int_equal(f.plan.conflicts.items[0].kind, CONFLICT_ADDED_TWICE);
	assert_int_equal(f.plan.records.len, 0);
	assert_int_equal(f.plan.old_names.len, 0);
	assert_null(f.plan.schema);
	fork_release(&f);
}

static void raw_sql_goes_on_when_accepted(void **state)
{
	struct fork f = fork_of(RECORD_PGROLL, "[{\"create_table\":{\"name\":\"users\","
					       "\"columns\":[]}}]");
	struct error err = {0};

	(void)state;
	theirs(&f, "t", "[{\"sql\":{\"up\":\"ALTER TABLE users ADD x int\"}}]");
	ours(&f, "o", "[{\"create_table\":{\"name\":\"teams\",\"columns\":[]}}]");
	planned(&f);
	assert_int_equal(f.plan.conflicts.blocking, 1);
	assert_int_equal(f.plan.records.len, 0);
	rebase_plan_release(&f.plan);
	struct rebase_input in = {.base = base_of(&f),
				  .theirs = &f.theirs,
				  .ours = &f.ours,
				  .options = {.accept_sql = true}};
	assert_ok(rebase_plan(&f.plan, &in, &err), &err);
	assert_int_equal(f.plan.conflicts.accepted, 1);
	is_chained(&f);
	fork_release(&f);
}

static void an_id_that_is_taken_is_a_conflict(void **state)
{
	struct fork f = fork_of(RECORD_PGROLL, "[]");
	AUTO_VALUE(history) history = {0};
	AUTO_VALUE(rebase_plan) plan = {0};
	struct error err = {0};
	AUTO(record) *old = parsed("{\"name\":\"add_users\",\"done\":true,\"migrationType\":"
				   "\"pgroll\",\"migration\":{\"operations\":[]}}");

	(void)state;
	history_add(&history, old);
	ours(&f, "add_users", "[{\"create_table\":{\"name\":\"u\",\"columns\":[]}}]");
	struct rebase_input in = {.base = base_of(&f), .ours = &f.ours};
	in.base.history = &history;
	assert_ok(rebase_plan(&plan, &in, &err), &err);
	assert_int_equal(plan.conflicts.blocking, 1);
	assert_int_equal(plan.conflicts.items[0].kind, CONFLICT_SAME_ID);
	assert_null(plan.conflicts.items[0].theirs);
	assert_string_equal(plan.conflicts.items[0].hint,
			    "Give record \"add_users\" another name.");
	/* The head itself is known without a history. */
	in.base.history = NULL;
	in.base.id = "add_users";
	rebase_plan_release(&plan);
	assert_ok(rebase_plan(&plan, &in, &err), &err);
	assert_int_equal(plan.conflicts.blocking, 1);
	fork_release(&f);
}

/* ---- what is refused */

static void a_broken_upstream_is_refused(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");
	struct error err = {0};

	(void)state;
	ours(&f, "mig_o", "[" ADD("users", "c") "]");
	theirs(&f, "mig_t1", "[" ADD("users", "a") "]");
	theirs(&f, "mig_t2", "[" ADD("users", "b") "]");
	record_chain(f.theirs.items[1], "mig_t1", record_checksum(f.common.items[0]));
	assert_fails_hinting(plan(&f, &err), &err, E_INVALID, "was changed: its checksum is wrong",
			     "xata verify");
	record_chain(f.theirs.items[1], "mig_base", record_checksum(f.common.items[0]));
	assert_fails_hinting(plan(&f, &err), &err, E_INVALID, "does not follow \"mig_t1\"",
			     "xata verify");
	assert_int_equal(f.plan.records.len, 0);
	assert_null(f.plan.schema);
	fork_release(&f);
}

static void an_edited_record_does_not_get_a_right_checksum(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");
	struct error err = {0};

	(void)state;
	theirs(&f, "mig_t", "[" ADD("users", "a") "]");
	ours(&f, "mig_o1", "[" ADD("users", "b") "]");
	ours(&f, "mig_o2", "[" ADD("users", "c") "]");
	char *text = printed(f.ours.items[1]);
	*strstr(text, "\"c\"") = ' ';
	memcpy(strstr(text, " c\""), "\"d\"", 3);
	record_free(f.ours.items[1]);
	f.ours.items[1] = parsed(text);
	free(text);
	assert_fails_hinting(plan(&f, &err), &err, E_INVALID, "was changed: its checksum is wrong",
			     "xata verify");
	/* Behind a parent that is not at hand it cannot be told. */
	record_chain(f.ours.items[1], "mig_elsewhere", NULL);
	planned(&f);
	is_chained(&f);
	fork_release(&f);
}

static void what_does_not_apply_is_refused(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");
	struct error err = {0};

	(void)state;
	ours(&f, "mig_o", "[" ADD("gone", "c") "]");
	assert_fails(plan(&f, &err), &err, E_INVALID, "table \"gone\" does not exist");
	records_release(&f.ours);
	ours(&f, "mig_o", "[" ADD("users", "c") "]");
	ours(&f, "mig_p", "[" ADD("users", "d") "]");
	ours(&f, "mig_o", "[" ADD("users", "e") "]");
	assert_fails(plan(&f, &err), &err, E_INVALID, "is there twice");
	fork_release(&f);
}

/* ---- speed */

#define UPSTREAM 10000
#define LOCAL 1000
#define MS_MAX 2000 /* with sanitizers, on a busy machine; 100 without */

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fill(struct fork *f, struct records *l, const char *side, size_t count)
{
	char id[64];

	for (size_t i = 0; i < count; i++) {
		AUTO_STR ops = {0};
		snprintf(id, sizeof id, "mig_%s%zu", side, i);
		if (i % 10 == 0)
			str_printf(&ops, "[{\"addTable\":{\"table\":\"%s%zu\"}}]", side, i);
		else
			str_printf(&ops,
				   "[{\"addColumn\":{\"table\":\"%s%zu\",\"column\":{\"name\":"
				   "\"c%zu\",\"type\":\"string\"}}}]",
				   side, i - i % 10, i);
		follow(l, last_of(f, l), id, str_cstr(&ops));
	}
}

static void a_thousand_go_behind_ten_thousand_in_time(void **state)
{
	struct fork f = fork_of(RECORD_V1, "[" ADD_TABLE("users") "]");

	(void)state;
	fill(&f, &f.theirs, "t", UPSTREAM);
	fill(&f, &f.ours, "o", LOCAL);
	double start = now_ms();
	planned(&f);
	double took = now_ms() - start;
	print_message("# rebase of %d on %d: %.0f ms\n", LOCAL, UPSTREAM, took);
	assert_int_equal(f.plan.records.len, LOCAL);
	is_chained(&f);
	assert_true(took < MS_MAX);
	fork_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_go_behind_the_other_side),
		cmocka_unit_test(the_same_input_gives_the_same_bytes),
		cmocka_unit_test(a_record_keeps_all_but_its_place),
		cmocka_unit_test(a_title_stays),
		cmocka_unit_test(what_stands_right_is_left_as_it_is),
		cmocka_unit_test(a_first_record_has_no_parent),
		cmocka_unit_test(what_upstream_has_already_is_left_out),
		cmocka_unit_test(a_conflict_leaves_no_half_plan),
		cmocka_unit_test(raw_sql_goes_on_when_accepted),
		cmocka_unit_test(an_id_that_is_taken_is_a_conflict),
		cmocka_unit_test(a_broken_upstream_is_refused),
		cmocka_unit_test(an_edited_record_does_not_get_a_right_checksum),
		cmocka_unit_test(what_does_not_apply_is_refused),
		cmocka_unit_test(a_thousand_go_behind_ten_thousand_in_time),
	};
	return unit_main(tests);
}
