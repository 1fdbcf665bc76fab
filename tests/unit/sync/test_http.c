/* The retrying sender: what is sent again, after which pause, and when it gives up. */
#include "lib/unit.h"

#include "base/clock.h"
#include "unit/support/fake_http.h"

static int64_t slept[16];
static size_t slept_len;

static void fake_sleep(int64_t ms)
{
	slept[slept_len++ % ARRAY_LEN(slept)] = ms;
}

static char noted[700];

static void fake_note(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(noted, sizeof noted, "%s", text);
}

static const struct http_retry retry = {
	.attempts = 4,
	.base_ms = 100,
	.max_pause_ms = 30000,
	.sleep_ms = fake_sleep,
	.note = fake_note,
};

/* Sends one request over the script; *sent receives how often it went out. */
static int try(const struct fake_answer *script, size_t len, bool repeatable, long *status,
	       size_t *sent, struct error *err)
{
	AUTO_VALUE(fake_http) f = {0};
	AUTO_VALUE(http_response) res = {0};
	struct http_request req = {.method = "POST", .url = "https://x/", .repeatable = repeatable};

	fake_http_init(&f);
	fake_http_script(&f, script, len);
	slept_len = 0;
	noted[0] = '\0';
	int rc = http_send(&f.base, &req, &res, &retry, err);
	*status = res.status;
	*sent = f.log.len;
	return rc;
}

static void a_good_answer_is_asked_for_once(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.status = 200}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_ok(try(script, 1, true, &status, &sent, &err), &err);
	assert_int_equal(status, 200);
	assert_int_equal(sent, 1);
	assert_int_equal(slept_len, 0);
}

static void transient_statuses_are_tried_again_when_repeatable(void **state)
{
	(void)state;
	const struct fake_answer script[] = {
		{.status = 502}, {.status = 503}, {.status = 504}, {.status = 200}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_ok(try(script, 4, true, &status, &sent, &err), &err);
	assert_int_equal(status, 200);
	assert_int_equal(sent, 4);
	for (size_t i = 0; i < 3; i++)
		assert_in_range(slept[i], 0, 100 << i);
}

static void a_502_is_final_when_not_repeatable(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.status = 502}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_ok(try(script, 1, false, &status, &sent, &err), &err);
	assert_int_equal(status, 502);
	assert_int_equal(sent, 1);
}

static void a_500_is_never_tried_again(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.status = 500}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_ok(try(script, 1, true, &status, &sent, &err), &err);
	assert_int_equal(status, 500);
	assert_int_equal(sent, 1);
}

static void a_429_is_tried_again_even_when_not_repeatable(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.status = 429, .retry_after = 2}, {.status = 200}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_ok(try(script, 2, false, &status, &sent, &err), &err);
	assert_int_equal(status, 200);
	assert_int_equal(sent, 2);
	assert_in_range(slept[0], 2000, 2100);
	assert_non_null(strstr(noted, "429"));
}

static void attempts_end_and_the_last_answer_counts(void **state)
{
	(void)state;
	const struct fake_answer script[] = {
		{.status = 429}, {.status = 429}, {.status = 429}, {.status = 429}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_ok(try(script, 4, true, &status, &sent, &err), &err);
	assert_int_equal(status, 429);
	assert_int_equal(sent, 4);
}

static void a_wait_that_is_too_long_is_refused_at_once(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.status = 429, .retry_after = 3600}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_fails_hinting(try(script, 1, true, &status, &sent, &err), &err, E_TIMEOUT,
			     "3600 seconds", "later");
	assert_int_equal(slept_len, 0);
}

static void all_pauses_together_are_bounded(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.status = 429, .retry_after = 29},
					     {.status = 429, .retry_after = 29}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_ok(try(script, 2, true, &status, &sent, &err), &err);
	assert_int_equal(status, 429);
	assert_int_equal(sent, 2);
	assert_int_equal(slept_len, 1);
}

/* Breaks after 30 ms, and notes how much time it was given. */
static int break_slowly(void *ctx, const struct http_request *req, struct http_response *res,
			bool *lost, struct error *err)
{
	long *given = ctx;

	(void)res;
	while (*given)
		given++;
	*given = req->timeout_ms;
	clock_sleep_ms(30);
	*lost = true;
	return fail(err, E_UNREACHABLE, "broke");
}

static void all_attempts_together_have_one_deadline(void **state)
{
	(void)state;
	AUTO_VALUE(fake_http) f = {0};
	AUTO_VALUE(http_response) res = {0};
	const struct http_request req = {.method = "GET", .url = "https://x/", .repeatable = true};
	struct http_retry hasty = retry;
	struct error err = {0};
	long given[8] = {0};

	fake_http_init(&f);
	f.handle = break_slowly;
	f.ctx = given;
	hasty.base_ms = 0;
	hasty.deadline_ms = 150;
	assert_fails(http_send(&f.base, &req, &res, &hasty, &err), &err, E_UNREACHABLE, "broke");
	assert_in_range(f.log.len, 1, 3);
	assert_int_equal(given[0], 150);
	if (f.log.len > 1)
		assert_in_range(given[1], 1, 120);
}

static void an_attempt_that_breaks_behind_the_deadline_is_to_blame(void **state)
{
	(void)state;
	AUTO_VALUE(fake_http) f = {0};
	AUTO_VALUE(http_response) res = {0};
	const struct http_request req = {.method = "GET", .url = "https://x/", .repeatable = true};
	struct http_retry hasty = retry;
	struct error err = {0};
	long given[8] = {0};

	fake_http_init(&f);
	f.handle = break_slowly;
	f.ctx = given;
	hasty.deadline_ms = 20;
	assert_fails(http_send(&f.base, &req, &res, &hasty, &err), &err, E_UNREACHABLE, "broke");
	assert_int_equal(f.log.len, 1);
}

static void an_attempt_gets_no_more_time_than_was_asked_for(void **state)
{
	(void)state;
	AUTO_VALUE(fake_http) f = {0};
	AUTO_VALUE(http_response) res = {0};
	const struct http_request req = {.method = "GET", .url = "https://x/", .timeout_ms = 70};
	struct error err = {0};
	long given[8] = {0};

	fake_http_init(&f);
	f.handle = break_slowly;
	f.ctx = given;
	assert_fails(http_send(&f.base, &req, &res, &retry, &err), &err, E_UNREACHABLE, "broke");
	assert_int_equal(given[0], 70);
}

static void a_wait_beyond_the_deadline_is_refused_at_once(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.status = 429, .retry_after = 25}};
	AUTO_VALUE(fake_http) f = {0};
	AUTO_VALUE(http_response) res = {0};
	const struct http_request req = {.method = "GET", .url = "https://x/"};
	struct http_retry hasty = retry;
	struct error err = {0};

	fake_http_init(&f);
	fake_http_script(&f, script, 1);
	hasty.deadline_ms = 2000;
	slept_len = 0;
	assert_fails(http_send(&f.base, &req, &res, &hasty, &err), &err, E_TIMEOUT,
		     "asks to wait 25 seconds");
	assert_int_equal(slept_len, 0);
}

static void what_spent_the_time_is_to_blame(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.rc = E_UNREACHABLE}, {.rc = E_TIMEOUT}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_fails(try(script, 2, true, &status, &sent, &err), &err, E_UNREACHABLE, "");
	assert_int_equal(sent, 2);
}

static void a_refused_connection_is_tried_again_whatever_is_sent(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.rc = E_UNREACHABLE}, {.status = 200}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_ok(try(script, 2, false, &status, &sent, &err), &err);
	assert_int_equal(sent, 2);
	assert_non_null(strstr(noted, "scripted failure"));
}

static void a_lost_answer_is_asked_again_only_when_repeatable(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.rc = E_UNREACHABLE, .lost = true}, {.status = 200}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_fails(try(script, 2, false, &status, &sent, &err), &err, E_UNREACHABLE,
		     "scripted failure");
	assert_int_equal(sent, 1);
	assert_ok(try(script, 2, true, &status, &sent, &err), &err);
	assert_int_equal(sent, 2);
}

static void a_refused_certificate_is_not_tried_again(void **state)
{
	(void)state;
	const struct fake_answer script[] = {{.rc = E_UNREACHABLE, .permanent = true}};
	struct error err = {0};
	long status;
	size_t sent;

	assert_fails(try(script, 1, true, &status, &sent, &err), &err, E_UNREACHABLE, "scripted");
	assert_int_equal(sent, 1);
}

static void time_outs_and_nonsense_are_not_tried_again(void **state)
{
	(void)state;
	const int codes[] = {E_TIMEOUT, E_LIMIT, E_PEER};
	struct error err = {0};
	long status;
	size_t sent;

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		const struct fake_answer script[] = {{.rc = codes[i]}};
		assert_fails(try(script, 1, true, &status, &sent, &err), &err, codes[i],
			     "scripted");
		assert_int_equal(sent, 1);
	}
}

static void delays_are_read_in_every_form(void **state)
{
	(void)state;
	int64_t now = (int64_t)784111777 * 1000000; /* 1994-11-06T08:49:37Z */

	assert_int_equal(http_delay("0", now), 0);
	assert_int_equal(http_delay("17", now), 17);
	assert_int_equal(http_delay("99999999", now), HTTP_DELAY_MAX);
	assert_int_equal(http_delay("99999999999999999999999", now), HTTP_DELAY_MAX);
	assert_int_equal(http_delay("Sun, 06 Nov 1994 08:49:47 GMT", now), 10);
	assert_int_equal(http_delay("Sun, 06 Nov 1994 08:40:00 GMT", now), 0);
	assert_int_equal(http_delay("Sun, 06 Nov 2094 08:40:00 GMT", now), HTTP_DELAY_MAX);
	now = (int64_t)1700000000 * 1000000;
	assert_int_equal(http_delay("1700000030", now), 30);
	assert_int_equal(http_delay("1600000000", now), 0);
}

static void what_is_no_delay_is_refused(void **state)
{
	(void)state;
	const char *const bad[] = {"",
				   "-1",
				   "1.5",
				   "soon",
				   "12 s",
				   "Sun, 06 Foo 1994 08:49:37 GMT",
				   "Sun, 06 ovD 1994 08:49:37 GMT",
				   "Sun, 99 Nov 1994 08:49:37 GMT",
				   "Sun, 06 Nov 1994 08:49:37 CET",
				   "Sun, 06 Nov 1994 08:49:37 GMT and more",
				   "Sun, 06 Nov 1994 25:49:37 GMT"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(http_delay(bad[i], 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_answer_is_asked_for_once),
		cmocka_unit_test(transient_statuses_are_tried_again_when_repeatable),
		cmocka_unit_test(a_502_is_final_when_not_repeatable),
		cmocka_unit_test(a_500_is_never_tried_again),
		cmocka_unit_test(a_429_is_tried_again_even_when_not_repeatable),
		cmocka_unit_test(attempts_end_and_the_last_answer_counts),
		cmocka_unit_test(a_wait_that_is_too_long_is_refused_at_once),
		cmocka_unit_test(all_pauses_together_are_bounded),
		cmocka_unit_test(all_attempts_together_have_one_deadline),
		cmocka_unit_test(an_attempt_that_breaks_behind_the_deadline_is_to_blame),
		cmocka_unit_test(an_attempt_gets_no_more_time_than_was_asked_for),
		cmocka_unit_test(a_wait_beyond_the_deadline_is_refused_at_once),
		cmocka_unit_test(what_spent_the_time_is_to_blame),
		cmocka_unit_test(a_refused_connection_is_tried_again_whatever_is_sent),
		cmocka_unit_test(a_lost_answer_is_asked_again_only_when_repeatable),
		cmocka_unit_test(a_refused_certificate_is_not_tried_again),
		cmocka_unit_test(time_outs_and_nonsense_are_not_tried_again),
		cmocka_unit_test(delays_are_read_in_every_form),
		cmocka_unit_test(what_is_no_delay_is_refused),
	};
	return unit_main(tests);
}
