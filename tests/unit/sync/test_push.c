/* Pushes: what a plan refuses, what is sent, and what is known after each kind of failure. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "unit/support/fake_branch.h"

struct setup {
	struct fake_local local;
	struct fake_branch branch;
	struct comparison c;
	struct push_plan plan;
	struct push_report report;
};

static void setup_release(struct setup *s)
{
	push_report_release(&s->report);
	push_plan_release(&s->plan);
	comparison_release(&s->c);
	fake_local_release(&s->local);
	fake_branch_release(&s->branch);
}
AUTO_VALUE_DEFINE(setup)

static void setup_init(struct setup *s, enum dialect dialect, enum record_format format,
		       size_t common, size_t here)
{
	struct records mine = {0}, theirs = {0};

	*s = (struct setup){0};
	chain_grow(&mine, format, "c", common + here);
	chain_copy(&theirs, &mine, common);
	fake_local_init(&s->local, &mine);
	fake_branch_init(&s->branch, dialect, format, &theirs);
}

static int plan(struct setup *s, struct error *err)
{
	int rc = compare(&s->c, &s->local.view, s->branch.endpoint, err);

	return rc < 0 ? rc : push_plan(&s->plan, &s->c, &s->local.view, err);
}

static int64_t slept;

static void fake_sleep(int64_t ms)
{
	slept += ms;
}

static size_t progressed;

static void count_progress(void *ctx, size_t done, size_t total, const char *name)
{
	(void)ctx;
	assert_true(done <= total && name);
	progressed++;
}

static int apply(struct setup *s, struct error *err)
{
	const struct push_options options = {.sleep_ms = fake_sleep, .progress = count_progress};

	slept = 0;
	progressed = 0;
	return push_apply(&s->report, &s->plan, s->branch.endpoint, &options, err);
}

static void script_push(struct setup *s, const struct fake_answer *answers, size_t len)
{
	s->branch.push_answers = answers;
	s->branch.push_answers_len = len;
}

static const char *last_body(const struct setup *s)
{
	return s->branch.http.bodies.items[s->branch.http.bodies.len - 1];
}

/* ---- plans */

static void nothing_is_planned_when_both_are_equal(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_V1, 3, 0);
	assert_ok(plan(&s, &err), &err);
	assert_int_equal(s.plan.send.len, 0);
	assert_ok(apply(&s, &err), &err);
	assert_int_equal(s.branch.pushes, 0);
}

static void being_behind_or_diverged_is_refused(void **state)
{
	(void)state;
	for (size_t here = 0; here < 2; here++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, DIALECT_XATAD, RECORD_V1, 3, here);
		chain_grow(&s.branch.records, RECORD_V1, "r", 2);
		assert_fails_hinting(plan(&s, &err), &err, E_DIVERGED,
				     here ? "diverged" : "2 records", here ? "" : "xata pull");
	}
}

static void an_active_migration_is_in_the_way(void **state)
{
	(void)state;
	for (int d = 0; d < 2; d++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, (enum dialect)d, RECORD_PGROLL, 3, 1);
		s.branch.active = "half_way";
		assert_fails_hinting(plan(&s, &err), &err, E_CONFLICT, "\"half_way\" is started",
				     "migrate complete");
	}
}

static void replace(struct fake_local *local, size_t at, json_t *doc)
{
	AUTO_STR text = {0};
	struct error err = {0};

	json_write(&text, doc, JSON_FORM_PRETTY);
	json_decref(doc);
	record_free(local->records.items[at]);
	assert_ok(record_parse(&local->records.items[at], str_view(&text), &err), &err);
}

static void a_local_record_that_was_changed_is_named(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_V1, 3, 2);
	json_t *doc = json_deep_copy(record_doc(s.local.records.items[4]));
	json_array_clear(json_object_get(doc, "operations"));
	replace(&s.local, 4, doc);
	assert_fails_hinting(plan(&s, &err), &err, E_INVALID, "0004\" does not match its checksum",
			     "xata verify");
}

static void a_local_record_with_another_parent_is_named(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_PGROLL, 3, 2);
	json_t *doc = json_deep_copy(record_doc(s.local.records.items[4]));
	json_object_set_new(doc, "parent", json_string("c_0001"));
	replace(&s.local, 4, doc);
	assert_fails(plan(&s, &err), &err, E_INVALID, "has parent \"c_0001\", but it follows");
}

static void a_local_record_that_is_not_done_is_named(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_PGROLL, 3, 2);
	json_t *doc = json_deep_copy(record_doc(s.local.records.items[4]));
	json_object_set_new(doc, "done", json_false());
	replace(&s.local, 4, doc);
	assert_fails(plan(&s, &err), &err, E_INVALID, "\"c_0004\" is not done");
}

static void a_record_that_others_follow_is_sent_as_it_is(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_PGROLL, 3, 2);
	json_t *doc = json_deep_copy(record_doc(s.local.records.items[3]));
	json_object_set_new(doc, "done", json_false());
	replace(&s.local, 3, doc);
	assert_ok(plan(&s, &err), &err);
	assert_ok(apply(&s, &err), &err);
	assert_non_null(strstr(last_body(&s), "\"done\":false"));
	assert_int_equal(s.branch.records.len, 5);
}

static void v1_records_do_not_go_to_a_pgroll_branch(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s = {0};
	struct records mine = {0}, theirs = {0};
	struct error err = {0};

	chain_grow(&mine, RECORD_V1, "c", 2);
	chain_grow(&mine, RECORD_PGROLL, "p", 1);
	fake_local_init(&s.local, &mine);
	fake_branch_init(&s.branch, DIALECT_XATAD, RECORD_PGROLL, &theirs);
	assert_fails(plan(&s, &err), &err, E_PROJECT, "of format v1, which a pgroll branch");
}

/* ---- many at once */

static void v1_records_go_out_whole_in_one_request(void **state)
{
	(void)state;
	for (int d = 0; d < 2; d++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, (enum dialect)d, RECORD_V1, 2, 3);
		json_t *doc = json_deep_copy(record_doc(s.local.records.items[3]));
		json_object_set_new(doc, "title", json_string("Add things"));
		json_object_set_new(doc, "future", json_pack("{s:[i]}", "member", 1));
		replace(&s.local, 3, doc);
		assert_ok(plan(&s, &err), &err);
		assert_ok(apply(&s, &err), &err);
		assert_int_equal(s.branch.pushes, 1);
		assert_int_equal(s.report.applied, 3);
		assert_int_equal(s.report.not_tried, 0);
		assert_int_equal(progressed, 1);
		assert_int_equal(s.branch.records.len, 5);
		assert_non_null(strstr(last_body(&s), "{\"migrations\":[{\"id\":\"mig_c"));
		assert_non_null(strstr(last_body(&s),
				       "\"title\":\"Add things\",\"future\":{\"member\":[1]}"));
	}
}

static void a_batch_names_the_head_it_expects(void **state)
{
	(void)state;
	for (size_t common = 0; common < 3; common += 2) {
		AUTO_VALUE(setup) s;
		AUTO_FREE char *expected = NULL;
		struct error err = {0};
		setup_init(&s, DIALECT_XATAD, RECORD_PGROLL, common, 2);
		assert_ok(plan(&s, &err), &err);
		assert_true(s.plan.batch);
		assert_ok(apply(&s, &err), &err);
		assert_non_null(strstr(s.branch.http.log.items[s.branch.http.log.len - 1],
				       "/migrations/push"));
		expected = common ? xasprintf(
					    "{\"expected\":{\"id\":\"c_0001\",\"checksum\":\"%s\"},"
					    "\"records\":[{",
					    record_checksum(s.local.records.items[1]))
				  : xstrdup("{\"expected\":null,\"records\":[{");
		assert_ptr_equal(strstr(last_body(&s), expected), last_body(&s));
		assert_int_equal(s.branch.records.len, common + 2);
	}
}

static void long_pushes_go_out_in_slices_that_follow_each_other(void **state)
{
	(void)state;
	for (int f = RECORD_V1; f <= RECORD_PGROLL; f++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, DIALECT_XATAD, (enum record_format)f, 1, 2500);
		assert_ok(plan(&s, &err), &err);
		assert_ok(apply(&s, &err), &err);
		assert_int_equal(s.branch.pushes, 3);
		assert_int_equal(s.report.applied, 2500);
		assert_int_equal(s.branch.records.len, 2501);
		if (f == RECORD_PGROLL)
			assert_ptr_equal(strstr(last_body(&s), "{\"expected\":{\"id\":\"c_2000\""),
					 last_body(&s));
	}
}

static void a_slice_that_expects_unsealed_records_computes_their_checksum(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s = {0};
	struct records mine = {0}, theirs = {0}, sealed = {0};
	struct error err = {0};
	AUTO_FREE char *expected = NULL;

	chain_grow(&sealed, RECORD_PGROLL, "c", 1001);
	chain_grow_unsealed(&mine, "c", 1001);
	fake_local_init(&s.local, &mine);
	fake_branch_init(&s.branch, DIALECT_XATAD, RECORD_PGROLL, &theirs);
	assert_ok(plan(&s, &err), &err);
	assert_ok(apply(&s, &err), &err);
	expected = xasprintf("{\"expected\":{\"id\":\"c_0999\",\"checksum\":\"%s\"}",
			     record_checksum(sealed.items[999]));
	assert_non_null(strstr(last_body(&s), expected));
	records_release(&sealed);
}

/* Pushes nine records of such operations to an xatad. */
static void assert_slices(const json_t *operations, size_t slices)
{
	AUTO_VALUE(setup) s = {0};
	struct records mine = {0}, theirs = {0};
	struct error err = {0};

	for (int i = 0; i < 9; i++) {
		const struct record *last = mine.len ? mine.items[mine.len - 1] : NULL;
		struct record *r = NULL;
		char name[20];
		snprintf(name, sizeof name, "big_%d", i);
		struct record_draft draft = {
			.format = RECORD_PGROLL,
			.id = name,
			.parent = last ? record_id(last) : NULL,
			.parent_checksum = last ? record_checksum(last) : NULL,
			.operations = operations,
		};
		assert_ok(record_make(&r, &draft, &err), &err);
		records_take(&mine, r);
	}
	fake_local_init(&s.local, &mine);
	fake_branch_init(&s.branch, DIALECT_XATAD, RECORD_PGROLL, &theirs);
	assert_ok(plan(&s, &err), &err);
	assert_ok(apply(&s, &err), &err);
	assert_int_equal(s.branch.pushes, slices);
	for (size_t i = 0; i < s.branch.http.bodies.len; i++) {
		const char *body = s.branch.http.bodies.items[i];
		assert_true(strlen(body) <= (5U << 20));
		assert_true(json_measure(view_of(body), 64, SIZE_MAX).values <= JSON_VALUES_MAX);
	}
}

static void large_records_make_smaller_slices(void **state)
{
	(void)state;
	size_t size = 1 << 20;
	char *text = malloc(size + 1);

	memset(text, 'x', size);
	text[size] = '\0';
	AUTO_JSON *operations = json_pack("[{s:{s:s}}]", "sql", "up", text);
	free(text);
	assert_slices(operations, 3);
}

/* An xatad takes only so many values in a request. */
static void records_of_many_values_make_smaller_slices(void **state)
{
	(void)state;
	json_t *list = json_array();

	for (int i = 0; i < 130000; i++)
		json_array_append_new(list, json_integer(0));
	AUTO_JSON *operations = json_pack("[{s:{s:o}}]", "teleport", "to", list);
	assert_slices(operations, 2);
}

#define TOO_LARGE                                                                    \
	{                                                                            \
		.status = 413, .body = "{\"id\":\"limit\",\"message\":\"too much\"}" \
	}

static void what_is_too_much_at_once_is_sent_in_smaller_parts(void **state)
{
	(void)state;
	static const struct fake_answer twice[] = {TOO_LARGE, TOO_LARGE};
	for (int f = RECORD_V1; f <= RECORD_PGROLL; f++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, DIALECT_XATAD, (enum record_format)f, 1, 9);
		script_push(&s, twice, 2);
		assert_ok(plan(&s, &err), &err);
		assert_ok(apply(&s, &err), &err);
		assert_int_equal(s.branch.pushes, 5); /* of two each, and one */
		assert_int_equal(s.report.applied, 9);
		assert_int_equal(s.branch.records.len, 10);
	}
}

static void a_record_that_is_too_much_by_itself_is_refused(void **state)
{
	(void)state;
	static const struct fake_answer all[] = {TOO_LARGE, TOO_LARGE, TOO_LARGE, TOO_LARGE};
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_PGROLL, 1, 9);
	script_push(&s, all, 4);
	assert_ok(plan(&s, &err), &err);
	assert_fails(apply(&s, &err), &err, E_REFUSED, "too much (HTTP 413)");
	assert_int_equal(s.branch.pushes, 0);
	assert_int_equal(s.report.not_tried, 9);
}

static void a_lost_race_is_a_conflict_in_every_wording(void **state)
{
	(void)state;
	static const struct {
		struct fake_answer answer;
		int code;
		const char *text, *advice;
	} cases[] = {
		{{.status = 409, .body = "{\"id\":\"conflict\",\"message\":\"outdated\"}"},
		 E_CONFLICT,
		 "outdated",
		 "xata pull"},
		{{.status = 400,
		  .body = "{\"message\":\"invalid migration: outdated migration [branch ID: x, "
			  "expected: y]\"}"},
		 E_CONFLICT,
		 "outdated migration",
		 "xata pull"},
		{{.status = 409, .body = "{\"id\":\"modified\",\"message\":\"known\"}"},
		 E_REFUSED,
		 "known",
		 "xata new"},
		{{.status = 409, .body = "{\"id\":\"active_migration\",\"message\":\"busy\"}"},
		 E_CONFLICT,
		 "busy",
		 "migrate status"},
		{{.status = 400,
		  .body = "{\"id\":\"invalid\",\"message\":\"record \\\"c_0003\\\" adds a column "
			  "to "
			  "nothing\"}"},
		 E_REFUSED,
		 "adds a column to nothing",
		 ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, DIALECT_XATAD, RECORD_PGROLL, 2, 3);
		assert_ok(plan(&s, &err), &err);
		script_push(&s, &cases[i].answer, 1);
		assert_fails_hinting(apply(&s, &err), &err, cases[i].code, cases[i].text,
				     cases[i].advice);
		assert_int_equal(s.report.applied, 0);
		assert_non_null(strstr(s.report.failure, cases[i].text));
		if (i == 4) {
			assert_string_equal(s.report.failed, "c_0003");
			assert_int_equal(s.report.not_tried, 2);
		} else {
			assert_null(s.report.failed);
			assert_int_equal(s.report.not_tried, 3);
		}
	}
}

static void a_lost_answer_to_a_batch_is_asked_again(void **state)
{
	(void)state;
	static const struct fake_answer lost[] = {{.rc = E_UNREACHABLE, .lost = true}};
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_PGROLL, 2, 3);
	assert_ok(plan(&s, &err), &err);
	script_push(&s, lost, 1);
	s.branch.push_takes_effect = true;
	assert_ok(apply(&s, &err), &err);
	assert_int_equal(s.branch.records.len, 5);
	assert_int_equal(s.branch.pushes, 2);
}

static void after_a_lost_answer_the_head_decides(void **state)
{
	(void)state;
	static const struct fake_answer lost[] = {{.rc = E_TIMEOUT}};
	for (int f = RECORD_V1; f <= RECORD_PGROLL; f++) {
		for (int arrives = 0; arrives < 2; arrives++) {
			AUTO_VALUE(setup) s;
			struct error err = {0};
			setup_init(&s, DIALECT_XATAD, (enum record_format)f, 2, 3);
			assert_ok(plan(&s, &err), &err);
			script_push(&s, lost, 1);
			s.branch.push_takes_effect = arrives;
			if (arrives)
				assert_ok(apply(&s, &err), &err);
			else
				assert_fails(apply(&s, &err), &err, E_TIMEOUT, "scripted");
			assert_int_equal(s.report.applied, arrives ? 3 : 0);
			assert_int_equal(s.report.not_tried, arrives ? 0 : 3);
		}
	}
}

static void a_success_that_says_nothing_is_checked_at_the_branch(void **state)
{
	(void)state;
	static const struct fake_answer answers[] = {
		{.status = 204},
		{.body = "{}"},
		{.body = "{\"migrationID\":\"mig_other\",\"status\":\"completed\"}"},
		{.body = "{\"head\":{\"id\":\"other\",\"checksum\":null,\"length\":1}}"},
		{.body = "{\"head\":7,\"migrationID\":7,\"status\":7}"},
	};
	for (size_t i = 0; i < 4 * ARRAY_LEN(answers); i++) {
		bool arrives = i % 2;
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, DIALECT_XATAD, i / 2 % 2 ? RECORD_V1 : RECORD_PGROLL, 2, 3);
		assert_ok(plan(&s, &err), &err);
		script_push(&s, &answers[i / 4], 1);
		s.branch.push_ignored = !arrives;
		if (arrives)
			assert_ok(apply(&s, &err), &err);
		else
			assert_fails_hinting(apply(&s, &err), &err, E_PEER, "does not say",
					     "xata status main");
		assert_int_equal(s.report.applied, arrives ? 3 : 0);
		assert_int_equal(s.branch.records.len, arrives ? 5 : 2);
	}
}

static void a_push_that_is_pending_is_waited_for(void **state)
{
	(void)state;
	static const struct fake_answer pending[] = {{.body = "{\"status\":\"pending\"}"}};
	const struct push_options options = {.sleep_ms = fake_sleep, .job_timeout_ms = 30000};
	for (int arrives = 0; arrives < 2; arrives++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, DIALECT_HOSTED, RECORD_V1, 2, 3);
		assert_ok(plan(&s, &err), &err);
		script_push(&s, pending, 1);
		s.branch.push_ignored = !arrives;
		slept = 0;
		int rc = push_apply(&s.report, &s.plan, s.branch.endpoint, &options, &err);
		if (arrives)
			assert_ok(rc, &err);
		else
			assert_fails(rc, &err, E_TIMEOUT, "was not done within 30 seconds");
		assert_in_range(slept, arrives ? 0 : 30000, arrives ? 0 : 32000);
	}
}

static void what_cannot_become_of_a_pending_push_is_not_waited_for(void **state)
{
	(void)state;
	static const struct fake_answer pending[] = {{.body = "{\"status\":\"pending\"}"}};
	static const struct fake_answer gone = {.status = 404, .body = "{\"message\":\"gone\"}"};
	for (int overtaken = 0; overtaken < 2; overtaken++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, DIALECT_HOSTED, RECORD_V1, 2, 3);
		assert_ok(plan(&s, &err), &err);
		script_push(&s, pending, 1);
		s.branch.push_ignored = true;
		if (overtaken)
			chain_grow(&s.branch.records, RECORD_V1, "z", 1);
		else
			s.branch.head_answer = &gone;
		if (overtaken)
			assert_fails_hinting(apply(&s, &err), &err, E_CONFLICT,
					     "got other records while", "xata status");
		else
			assert_fails(apply(&s, &err), &err, E_REMOTE_NOTFOUND, "gone");
		assert_int_equal(slept, 0);
	}
}

static void a_later_slice_that_fails_leaves_the_earlier_ones_reported(void **state)
{
	(void)state;
	static const struct fake_answer answers[] = {
		{.body = "{}"}, {.status = 500, .body = "{\"message\":\"disk full\"}"}};
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_V1, 0, 1500);
	assert_ok(plan(&s, &err), &err);
	script_push(&s, answers, 2);
	assert_fails(apply(&s, &err), &err, E_REMOTE_FAILED, "disk full");
	assert_int_equal(s.report.applied, 1000);
	assert_int_equal(s.report.not_tried, 500);
	/* Running it again continues. */
	push_plan_release(&s.plan);
	push_report_release(&s.report);
	comparison_release(&s.c);
	assert_ok(plan(&s, &err), &err);
	assert_int_equal(s.plan.send.len, 500);
	assert_ok(apply(&s, &err), &err);
	assert_int_equal(s.branch.records.len, 1500);
}

/* ---- one job after the other */

#define JOB_PENDING                                                                        \
	{                                                                                  \
		.body = "{\"jobID\":\"j1\",\"type\":\"apply\",\"status\":\"in_progress\"}" \
	}
#define JOB_DONE                                                                         \
	{                                                                                \
		.body = "{\"jobID\":\"j1\",\"type\":\"apply\",\"status\":\"completed\"}" \
	}
#define JOB_STARTED                          \
	{                                    \
		.body = "{\"jobID\":\"j1\"}" \
	}

static void other_endpoints_get_one_job_after_the_other(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_HOSTED, RECORD_PGROLL, 2, 3);
	assert_ok(plan(&s, &err), &err);
	assert_false(s.plan.batch);
	assert_ok(apply(&s, &err), &err);
	assert_int_equal(s.branch.pushes, 3);
	assert_int_equal(progressed, 3);
	assert_int_equal(s.report.applied, 3);
	assert_int_equal(s.branch.records.len, 5);
}

static void a_job_carries_the_migration_as_it_stands_in_the_file(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s = {0};
	struct records mine = {0}, theirs = {0};
	struct error err = {0};
	struct record *r = NULL;
	static const char text[] =
		"{\"done\":true,\"migration\":{\"name\":\"m\",\"version_schema\":\"v9\","
		"\"operations\":[{\"create_table\":{\"zeta\":1,\"name\":\"t\",\"columns\":[],"
		"\"alpha\":[2]}},{\"future_op\":{\"b\":1,\"a\":2}}],\"extra\":true},"
		"\"migrationType\":\"pgroll\",\"name\":\"m\",\"schema\":\"app\","
		"\"startedAt\":\"2024-01-01T00:00:00Z\"}";

	assert_ok(record_parse(&r, view_of(text), &err), &err);
	records_take(&mine, r);
	fake_local_init(&s.local, &mine);
	fake_branch_init(&s.branch, DIALECT_HOSTED, RECORD_PGROLL, &theirs);
	assert_ok(plan(&s, &err), &err);
	assert_ok(apply(&s, &err), &err);
	size_t at = s.branch.http.log.len - 2;
	assert_string_equal(s.branch.http.log.items[at],
			    "POST https://localhost:1/db/shop:main/migrations/apply");
	assert_string_equal(
		s.branch.http.bodies.items[at],
		"{\"name\":\"m\",\"version_schema\":\"v9\",\"operations\":[{\"create_table\":"
		"{\"zeta\":1,\"name\":\"t\",\"columns\":[],\"alpha\":[2]}},{\"future_op\":{\"b\":1,"
		"\"a\":2}}],\"extra\":true,\"schema\":\"app\"}");
	assert_string_equal(s.branch.http.log.items[at + 1],
			    "GET https://localhost:1/db/shop:main/migrations/jobs/mig_job_1");
}

static void a_job_is_asked_about_until_it_is_done(void **state)
{
	(void)state;
	static const struct fake_answer answers[] = {
		JOB_STARTED, JOB_PENDING, {.rc = E_TIMEOUT}, JOB_PENDING, JOB_DONE};
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_HOSTED, RECORD_PGROLL, 0, 1);
	assert_ok(plan(&s, &err), &err);
	script_push(&s, answers, ARRAY_LEN(answers));
	assert_ok(apply(&s, &err), &err);
	assert_int_equal(slept, 100 + 200 + 400);
	assert_int_equal(s.report.applied, 1);
}

static void a_job_that_never_ends_is_given_up(void **state)
{
	(void)state;
	static const struct fake_answer pending = JOB_PENDING;
	struct fake_answer answers[64];
	AUTO_VALUE(setup) s;
	struct error err = {0};
	const struct push_options options = {.sleep_ms = fake_sleep, .job_timeout_ms = 30000};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		answers[i] = pending;
	setup_init(&s, DIALECT_HOSTED, RECORD_PGROLL, 0, 2);
	assert_ok(plan(&s, &err), &err);
	script_push(&s, answers, ARRAY_LEN(answers));
	slept = 0;
	assert_fails_hinting(push_apply(&s.report, &s.plan, s.branch.endpoint, &options, &err),
			     &err, E_TIMEOUT, "\"c_0000\" was not done within 30 seconds",
			     "migrate status");
	assert_in_range(slept, 30000, 32000);
	assert_string_equal(s.report.failed, "c_0000");
	assert_int_equal(s.report.not_tried, 1);
}

static void a_failed_job_stops_the_push_and_is_reported(void **state)
{
	(void)state;
	static const struct fake_answer answers[] = {
		JOB_STARTED,
		JOB_DONE,
		JOB_STARTED,
		{.body = "{\"jobID\":\"j2\",\"type\":\"apply\",\"status\":\"failed\",\"error\":"
			 "\"column \\u001b[1mx\\u001b[0m exists\"}"},
	};
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_HOSTED, RECORD_PGROLL, 0, 4);
	assert_ok(plan(&s, &err), &err);
	script_push(&s, answers, ARRAY_LEN(answers));
	assert_fails(apply(&s, &err), &err, E_REMOTE_FAILED,
		     "could not apply \"c_0001\": column \\x1b[1mx\\x1b[0m exists");
	assert_int_equal(s.report.applied, 1);
	assert_string_equal(s.report.failed, "c_0001");
	assert_int_equal(s.report.not_tried, 2);
}

static void nonsense_about_a_job_is_refused(void **state)
{
	(void)state;
	static const struct {
		struct fake_answer answers[2];
		const char *text;
	} cases[] = {
		{{{.body = "{\"jobID\":\"../x\"}"}, {0}}, "an id that is none"},
		{{{.body = "{\"job\":1}"}, {0}}, "jobID"},
		{{JOB_STARTED, {.body = "{\"status\":\"dancing\"}"}}, "dancing"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		struct fake_answer answers[8];
		setup_init(&s, DIALECT_HOSTED, RECORD_PGROLL, 0, 1);
		assert_ok(plan(&s, &err), &err);
		/* The question about the job is repeated a few times. */
		answers[0] = cases[i].answers[0];
		for (size_t k = 1; k < ARRAY_LEN(answers); k++)
			answers[k] = cases[i].answers[1];
		script_push(&s, answers, ARRAY_LEN(answers));
		s.branch.records.len = 0;
		s.branch.history_answer = &(const struct fake_answer){
			.body = "{\"migrations\":[]}"};
		assert_fails(apply(&s, &err), &err, E_PEER, cases[i].text);
	}
}

static void a_lost_job_is_found_in_the_history(void **state)
{
	(void)state;
	static const struct fake_answer lost[] = {{.rc = E_UNREACHABLE, .lost = true}};
	for (int arrives = 0; arrives < 2; arrives++) {
		AUTO_VALUE(setup) s;
		struct error err = {0};
		setup_init(&s, DIALECT_HOSTED, RECORD_PGROLL, 1, 2);
		assert_ok(plan(&s, &err), &err);
		script_push(&s, lost, 1);
		s.branch.push_takes_effect = arrives;
		if (arrives)
			assert_ok(apply(&s, &err), &err);
		else
			assert_fails_hinting(apply(&s, &err), &err, E_UNREACHABLE, "scripted",
					     "does not have the migration");
		assert_int_equal(s.report.applied, arrives ? 2 : 0);
		assert_int_equal(s.branch.pushes, arrives ? 2 : 0);
		assert_int_equal(s.branch.records.len, arrives ? 3 : 1);
	}
}

static void a_lost_job_that_still_runs_is_waited_for(void **state)
{
	(void)state;
	static const struct fake_answer lost[] = {{.rc = E_UNREACHABLE, .lost = true}};
	AUTO_VALUE(setup) s;
	struct error err = {0};
	const struct push_options options = {.sleep_ms = fake_sleep, .job_timeout_ms = 5000};

	setup_init(&s, DIALECT_HOSTED, RECORD_PGROLL, 1, 2);
	assert_ok(plan(&s, &err), &err);
	script_push(&s, lost, 1);
	s.branch.active = "c_0001";
	slept = 0;
	assert_fails(push_apply(&s.report, &s.plan, s.branch.endpoint, &options, &err), &err,
		     E_TIMEOUT, "was not done");
	assert_in_range(slept, 5000, 7000);
}

static void when_nothing_can_be_learnt_that_is_said(void **state)
{
	(void)state;
	static const struct fake_answer lost[] = {{.rc = E_UNREACHABLE, .lost = true}};
	static const struct fake_answer gone = {.rc = E_UNREACHABLE};
	AUTO_VALUE(setup) s;
	struct error err = {0};

	setup_init(&s, DIALECT_HOSTED, RECORD_PGROLL, 1, 2);
	assert_ok(plan(&s, &err), &err);
	script_push(&s, lost, 1);
	s.branch.history_answer = &gone;
	assert_fails_hinting(apply(&s, &err), &err, E_UNREACHABLE, "scripted", "not known");
}

/* ---- pulls as data */

static void a_forced_pull_takes_out_what_only_is_here(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s;
	AUTO_VALUE(pull_plan) pull = {0};
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_V1, 3, 2);
	chain_grow(&s.branch.records, RECORD_V1, "r", 4);
	assert_ok(compare(&s.c, &s.local.view, s.branch.endpoint, &err), &err);
	assert_fails(pull_plan(&pull, &s.c, &s.local.view, PULL_SAFE, &err), &err, E_DIVERGED,
		     "0002\": 2 records are only here, 4 only on the branch");
	assert_int_equal(s.c.news.len, 4);
	assert_ok(pull_plan(&pull, &s.c, &s.local.view, PULL_FORCE, &err), &err);
	assert_int_equal(pull.add.len, 4);
	assert_int_equal(pull.remove.len, 2);
	assert_string_equal(pull.remove.items[0], record_name(s.local.records.items[3]));
}

static void a_pull_when_ahead_changes_nothing_unless_forced(void **state)
{
	(void)state;
	AUTO_VALUE(setup) s;
	AUTO_VALUE(pull_plan) pull = {0};
	struct error err = {0};

	setup_init(&s, DIALECT_XATAD, RECORD_V1, 3, 2);
	assert_ok(compare(&s.c, &s.local.view, s.branch.endpoint, &err), &err);
	assert_ok(pull_plan(&pull, &s.c, &s.local.view, PULL_SAFE, &err), &err);
	assert_int_equal(pull.add.len + pull.remove.len, 0);
	pull_plan_release(&pull);
	assert_ok(pull_plan(&pull, &s.c, &s.local.view, PULL_FORCE, &err), &err);
	assert_int_equal(pull.remove.len, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_planned_when_both_are_equal),
		cmocka_unit_test(being_behind_or_diverged_is_refused),
		cmocka_unit_test(an_active_migration_is_in_the_way),
		cmocka_unit_test(a_local_record_that_was_changed_is_named),
		cmocka_unit_test(a_local_record_with_another_parent_is_named),
		cmocka_unit_test(a_local_record_that_is_not_done_is_named),
		cmocka_unit_test(a_record_that_others_follow_is_sent_as_it_is),
		cmocka_unit_test(v1_records_do_not_go_to_a_pgroll_branch),
		cmocka_unit_test(v1_records_go_out_whole_in_one_request),
		cmocka_unit_test(a_batch_names_the_head_it_expects),
		cmocka_unit_test(long_pushes_go_out_in_slices_that_follow_each_other),
		cmocka_unit_test(a_slice_that_expects_unsealed_records_computes_their_checksum),
		cmocka_unit_test(large_records_make_smaller_slices),
		cmocka_unit_test(records_of_many_values_make_smaller_slices),
		cmocka_unit_test(what_is_too_much_at_once_is_sent_in_smaller_parts),
		cmocka_unit_test(a_record_that_is_too_much_by_itself_is_refused),
		cmocka_unit_test(a_lost_race_is_a_conflict_in_every_wording),
		cmocka_unit_test(a_lost_answer_to_a_batch_is_asked_again),
		cmocka_unit_test(after_a_lost_answer_the_head_decides),
		cmocka_unit_test(a_success_that_says_nothing_is_checked_at_the_branch),
		cmocka_unit_test(a_push_that_is_pending_is_waited_for),
		cmocka_unit_test(what_cannot_become_of_a_pending_push_is_not_waited_for),
		cmocka_unit_test(a_later_slice_that_fails_leaves_the_earlier_ones_reported),
		cmocka_unit_test(other_endpoints_get_one_job_after_the_other),
		cmocka_unit_test(a_job_carries_the_migration_as_it_stands_in_the_file),
		cmocka_unit_test(a_job_is_asked_about_until_it_is_done),
		cmocka_unit_test(a_job_that_never_ends_is_given_up),
		cmocka_unit_test(a_failed_job_stops_the_push_and_is_reported),
		cmocka_unit_test(nonsense_about_a_job_is_refused),
		cmocka_unit_test(a_lost_job_is_found_in_the_history),
		cmocka_unit_test(a_lost_job_that_still_runs_is_waited_for),
		cmocka_unit_test(when_nothing_can_be_learnt_that_is_said),
		cmocka_unit_test(a_forced_pull_takes_out_what_only_is_here),
		cmocka_unit_test(a_pull_when_ahead_changes_nothing_unless_forced),
	};
	return unit_main(tests);
}
