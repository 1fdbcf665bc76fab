/* How long an endpoint is waited for, and how much of it is read, over several requests. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "unit/support/fake_branch.h"

/* Of a short history, two pages of so many bytes are too much, or four of so many values. */
#define PAGE_SPACES (9 << 20 >> 5) /* times 32 */
#define PAGE_VALUES 280000

static const struct http_retry hasty = {.attempts = 1, .deadline_ms = 400};

/* A branch without records whose answers are those of `handle`. */
static void branch_init(struct fake_branch *b,
			int (*handle)(void *, const struct http_request *, struct http_response *,
				      bool *, struct error *),
			void *ctx, const struct http_retry *retry)
{
	struct records none = {0};

	fake_branch_init(b, DIALECT_XATAD, RECORD_V1, &none);
	b->http.handle = handle;
	b->http.ctx = ctx;
	b->endpoint->ops->close(b->endpoint);
	api_free(b->api);
	b->api = api_new(&b->http.base, &b->target, retry);
	b->endpoint = api_endpoint(b->api, "main");
}

/* ---- time */

static int drop_late(void *ctx, const struct http_request *req, struct http_response *res,
		     bool *lost, struct error *err)
{
	(void)ctx;
	(void)req;
	(void)res;
	*lost = true;
	clock_sleep_ms(100);
	return fail(err, E_UNREACHABLE, "the connection broke");
}

static void requests_that_fail_late_use_the_patience_up(void **state)
{
	(void)state;
	AUTO_VALUE(fake_branch) branch;
	struct error err = {0};
	int rc = 0;

	branch_init(&branch, drop_late, NULL, &hasty);
	for (int i = 0; i < 10 && rc != E_TIMEOUT; i++) {
		json_t *doc;
		err = (struct error){0};
		rc = api_branches(&doc, branch.api, &err);
		assert_null(doc);
	}
	assert_fails_hinting(rc, &err, E_TIMEOUT, "the endpoint is too slow", "--timeout");
	assert_in_range(branch.http.log.len, 2, 4);
}

/* What each request was given, all of which it took. */
struct silence {
	long given_ms[8];
	size_t len;
};

static int say_nothing(void *ctx, const struct http_request *req, struct http_response *res,
		       bool *lost, struct error *err)
{
	struct silence *s = ctx;

	(void)res;
	(void)lost;
	assert_true(s->len < ARRAY_LEN(s->given_ms));
	s->given_ms[s->len++] = req->timeout_ms;
	clock_sleep_ms(req->timeout_ms);
	return fail(err, E_TIMEOUT, "no answer within %ld ms", req->timeout_ms);
}

static void question_behind_a_silent_push_is_a_short_one(void **state)
{
	(void)state;
	AUTO_VALUE(fake_branch) branch;
	AUTO_VALUE(remote_head) head = {0};
	struct silence s = {0};
	struct records list = {0};
	struct error err = {0};

	branch_init(&branch, say_nothing, &s, &hasty);
	chain_grow(&list, RECORD_V1, "c", 1);
	const struct push_request req = {.format = RECORD_V1, .records = &list, .count = 1};
	assert_fails(branch.endpoint->ops->push(branch.endpoint, &req, &err), &err, E_TIMEOUT,
		     "no answer");
	assert_int_equal(s.len, 1);
	assert_int_equal(s.given_ms[0], hasty.deadline_ms);
	assert_fails(branch.endpoint->ops->head(branch.endpoint, &head, &err), &err, E_TIMEOUT,
		     "too slow");
	assert_int_equal(s.len, 2); /* it is asked, and does not take as long again */
	assert_in_range(s.given_ms[1], 1, hasty.deadline_ms / 3);
	records_release(&list);
}

/* Answers each request, and notes what that was given. */
struct answering {
	const char *body;
	long given_ms[8];
	size_t len;
};

static int answer_slowly(void *ctx, const struct http_request *req, struct http_response *res,
			 bool *lost, struct error *err)
{
	struct answering *a = ctx;

	(void)lost;
	(void)err;
	assert_true(a->len < ARRAY_LEN(a->given_ms));
	a->given_ms[a->len++] = req->timeout_ms;
	clock_sleep_ms(50);
	res->status = 200;
	str_puts(&res->body, a->body);
	return 0;
}

static void push_that_is_taken_gives_the_next_all_of_the_time(void **state)
{
	(void)state;
	AUTO_VALUE(fake_branch) branch;
	struct answering a = {0};
	struct records list = {0};
	struct error err = {0};
	AUTO_STR body = {0};

	branch_init(&branch, answer_slowly, &a, &hasty);
	chain_grow(&list, RECORD_V1, "c", 1);
	str_printf(&body, "{\"status\":\"completed\",\"migrationID\":\"%s\"}",
		   record_id(list.items[0]));
	a.body = str_cstr(&body);
	const struct push_request req = {.format = RECORD_V1, .records = &list, .count = 1};
	for (int i = 0; i < 3; i++) {
		assert_ok(branch.endpoint->ops->push(branch.endpoint, &req, &err), &err);
		assert_int_equal(a.given_ms[i], hasty.deadline_ms);
	}
	records_release(&list);
}

static void questions_about_a_job_that_are_answered_cost_nothing(void **state)
{
	(void)state;
	AUTO_VALUE(fake_branch) branch;
	struct answering a = {.body = "{\"jobID\":\"j\",\"status\":\"pending\"}"};
	struct error err = {0};

	branch_init(&branch, answer_slowly, &a, &hasty);
	for (int i = 0; i < 3; i++) {
		AUTO_VALUE(remote_job) job = {0};
		assert_ok(branch.endpoint->ops->job(branch.endpoint, &job, "j", &err), &err);
		assert_int_equal(job.state, JOB_STATE_PENDING);
		assert_int_equal(a.given_ms[i], hasty.deadline_ms);
	}
}

/* What the client does with a page is what the endpoint has it do. */
static void work_between_pages_uses_the_patience_up(void **state)
{
	(void)state;
	AUTO_VALUE(fake_branch) branch;
	struct answering a = {.body = "{\"meta\":{\"more\":false},\"logs\":[]}"};
	const struct history_request req = {.format = RECORD_V1, .size = 100};
	struct error err = {0};
	int rc = 0;

	branch_init(&branch, answer_slowly, &a, &hasty);
	for (int i = 0; i < 6 && rc == 0; i++) { /* of themselves, six take but 300 ms */
		AUTO_VALUE(history_page) page = {0};
		rc = branch.endpoint->ops->history(branch.endpoint, &page, &req, &err);
		clock_sleep_ms(100);
	}
	assert_fails(rc, &err, E_TIMEOUT, "the endpoint is too slow");
}

/* ---- amount */

/* In turn: many bytes, many values, many values. */
static int full_page(void *ctx, const struct http_request *req, struct http_response *res,
		     bool *lost, struct error *err)
{
	size_t *pages = ctx;

	(void)lost;
	(void)err;
	res->status = 200;
	if (!strstr(req->url, "history")) {
		str_puts(&res->body, "{\"endpoint\":\"x\",\"format\":\"v1\"}");
		return 0;
	}
	str_puts(&res->body, "{\"meta\":{\"more\":false},\"logs\":[],\"x\":[0");
	bool spaces = ++*pages % 3 == 1;
	for (int i = 0; i < (spaces ? PAGE_SPACES : PAGE_VALUES); i++)
		str_puts(&res->body, spaces ? "                                " : ",0");
	str_puts(&res->body, "]}");
	return 0;
}

static int read_pages(struct fake_branch *b, struct error *err)
{
	const struct history_request req = {.format = RECORD_V1, .size = 100};
	int rc = 0;

	for (int i = 0; i < 3 && rc == 0; i++) {
		AUTO_VALUE(history_page) page = {0};
		rc = b->endpoint->ops->history(b->endpoint, &page, &req, err);
	}
	return rc;
}

static void each_look_at_the_head_begins_to_count_anew(void **state)
{
	(void)state;
	AUTO_VALUE(fake_branch) branch;
	struct error err = {0};
	size_t pages = 0;

	branch_init(&branch, full_page, &pages, NULL);
	for (int i = 0; i < 3; i++) {
		AUTO_VALUE(remote_head) head = {0};
		assert_ok(branch.endpoint->ops->head(branch.endpoint, &head, &err), &err);
		assert_ok(read_pages(&branch, &err), &err);
	}
	assert_fails(read_pages(&branch, &err), &err, E_PEER, "no end in sight");
}

static void members_count_beside_their_values(void **state)
{
	(void)state;
	AUTO_STR body = {0};
	AUTO_VALUE(remote_head) head = {0};
	AUTO_VALUE(fake_branch) branch;
	struct records none = {0};
	struct error err = {0};

	str_puts(&body, "{\"format\":\"v1\",\"endpoint\":\"x\"");
	for (int i = 0; i < 200000; i++) /* each below the limit, and both together beyond */
		str_printf(&body, ",\"%d\":0", i);
	str_puts(&body, "}");
	fake_branch_init(&branch, DIALECT_XATAD, RECORD_V1, &none);
	const struct fake_answer answer = {.body = str_cstr(&body)};
	branch.head_answer = &answer;
	assert_fails(branch.endpoint->ops->head(branch.endpoint, &head, &err), &err, E_PEER,
		     "the answer has more than 300000 values");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_that_fail_late_use_the_patience_up),
		cmocka_unit_test(question_behind_a_silent_push_is_a_short_one),
		cmocka_unit_test(push_that_is_taken_gives_the_next_all_of_the_time),
		cmocka_unit_test(questions_about_a_job_that_are_answered_cost_nothing),
		cmocka_unit_test(work_between_pages_uses_the_patience_up),
		cmocka_unit_test(each_look_at_the_head_begins_to_count_anew),
		cmocka_unit_test(members_count_beside_their_values),
	};
	return unit_main(tests);
}
