/* Tests of what a client may grow, and that nobody waits for a slow one. */
#include "lib/unit.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/http_client.h"
#include "lib/httpd_fake.h"

#define HOST "Host: localhost\r\n"
#define QUICK "GET /echo HTTP/1.1\r\n" HOST "\r\n"

/* ---- sizes */

static void repeat(struct str *s, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		str_puts(s, text);
}

static void a_target_over_the_limit_is_refused(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	for (size_t len = FAKE_TARGET - 1; len <= FAKE_TARGET + 1; len++) {
		AUTO_STR request = {0};
		str_puts(&request, "GET /");
		repeat(&request, "x", len - 1);
		str_puts(&request, " HTTP/1.1\r\n" HOST "\r\n");
		client_ask(&a, fake_url(f), str_cstr(&request));
		assert_int_equal(a.status, len <= FAKE_TARGET ? 200 : 414);
	}
	assert_non_null(strstr(str_cstr(&a.body), "256 bytes"));
}

static void headers_over_the_limit_are_refused(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	AUTO_STR large = {0};
	AUTO_STR many = {0};
	AUTO_STR huge = {0};

	str_puts(&large, "GET /echo HTTP/1.1\r\n" HOST "X-Large: ");
	repeat(&large, "x", FAKE_HEADERS);
	str_puts(&large, "\r\n\r\n");
	client_ask(&a, fake_url(f), str_cstr(&large));
	assert_int_equal(a.status, 431);
	assert_true(starts_with(str_cstr(&a.body), "{\"id\":\"limit\""));

	str_puts(&many, "GET /echo HTTP/1.1\r\n" HOST);
	repeat(&many, "a:b\r\n", 101);
	str_puts(&many, "\r\n");
	client_ask(&a, fake_url(f), str_cstr(&many));
	assert_int_equal(a.status, 431);

	/* Past the memory of a connection it is the library that refuses. */
	str_puts(&huge, "GET /echo HTTP/1.1\r\n" HOST "X-Huge: ");
	repeat(&huge, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1 << 15);
	int fd = client_connect(fake_url(f));
	client_send(fd, huge.ptr, huge.len);
	assert_true(client_sees_end(fd, 5000));
	close(fd);
	assert_int_equal(f->handled, 0);
}

static void more_parameters_than_the_limit_are_refused(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	AUTO_STR request = {0};

	str_puts(&request, "GET /echo?a");
	repeat(&request, "&b", 64);
	str_puts(&request, " HTTP/1.1\r\n" HOST "\r\n");
	client_ask(&a, fake_url(f), str_cstr(&request));
	assert_int_equal(a.status, 413);
	assert_non_null(strstr(str_cstr(&a.body), "64 parameters"));
}

static void a_body_up_to_the_limit_is_taken(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	AUTO_STR request = {0};

	str_printf(&request, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %u\r\n\r\n",
		   FAKE_BODY);
	repeat(&request, "x", FAKE_BODY);
	client_ask(&a, fake_url(f), str_cstr(&request));
	assert_int_equal(a.status, 200);
	assert_true(a.body.len > FAKE_BODY);
}

/* The answer comes before the body was read, and reaches a client that goes on sending. */
static void a_body_that_says_it_is_too_large_is_refused_at_once(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	AUTO_STR body = {0};
	int fd = client_connect(fake_url(f));

	client_puts(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10000000\r\n\r\n");
	repeat(&body, "xxxxxxxxxxxxxxxx", 1 << 14);
	for (int i = 0; i < 8 && client_send(fd, body.ptr, body.len); i++)
		;
	client_read(&a, fd, false, 5000);
	assert_int_equal(a.status, 413);
	assert_non_null(strstr(str_cstr(&a.body), "100000 bytes"));
	close(fd);
	assert_int_equal(f->handled, 0);
}

/* Only who would be let in is given memory for a large body; a small one is taken as ever. */
static void a_large_body_is_for_those_who_are_let_in(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	static const char *const large = "POST /guarded HTTP/1.1\r\n" HOST
					 "Content-Length: 65537\r\n";
	AUTO_STR request = {0};

	int fd = client_connect(fake_url(f));
	client_puts(fd, large);
	client_puts(fd, "\r\n");
	client_read(&a, fd, false, 5000);
	assert_int_equal(a.status, 401);
	close(fd);
	str_printf(&request, "%sAuthorization: Bearer x\r\n\r\n", large);
	repeat(&request, "x", 65537);
	client_ask(&a, fake_url(f), str_cstr(&request));
	assert_int_equal(a.status, 200);
	client_ask(&a, fake_url(f),
		   "POST /guarded HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	assert_int_equal(a.status, 200);
	assert_int_equal(f->handled, 2);
}

/*
 * Announced bodies of full size: eight of one client take half of the room for sixteen, which is
 * all it may have; what is small needs none, and another client gets its own.
 */
static void large_bodies_that_do_not_come_leave_room_for_small_ones(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	AUTO_STR large = {0};
	AUTO_STR of_another = {0};
	int fds[9];
	const size_t last = ARRAY_LEN(fds) - 1;

	str_printf(&large, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %u\r\n\r\n", FAKE_BODY);
	for (size_t i = 0; i < last; i++) {
		fds[i] = client_connect(fake_url(f));
		client_puts(fds[i], str_cstr(&large));
	}
	clock_sleep_ms(100);
	fds[last] = client_connect(fake_url(f));
	client_puts(fds[last], str_cstr(&large));
	client_read(&a, fds[last], false, 5000);
	assert_int_equal(a.status, 503);
	assert_string_equal(answer_header(&a, "Retry-After"), "1");
	client_ask(&a, fake_url(f), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	assert_int_equal(a.status, 200);
	str_printf(&of_another,
		   "POST /guarded HTTP/1.1\r\n" HOST "Authorization: Bearer x\r\n"
		   "Content-Length: %u\r\n\r\n",
		   FAKE_BODY);
	repeat(&of_another, "x", FAKE_BODY);
	client_ask(&a, fake_url(f), str_cstr(&of_another));
	assert_int_equal(a.status, 200);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	fake_wait_logged(f, ARRAY_LEN(fds) + 2);
	client_ask(&a, fake_url(f), str_cstr(&large)); /* whose body does not come either */
	assert_int_equal(a.status, 0);
}

/* ---- time */

static void headers_that_drip_are_cut(void **state)
{
	struct fake *f = *state;
	int fd = client_connect(fake_url(f));
	int64_t began = clock_mono_ms();
	bool open = client_puts(fd, "GET /echo HTTP/1.1\r\n" HOST "X-Slow: ");

	while (open && clock_mono_ms() - began < 5000) {
		clock_sleep_ms(50);
		struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
		open = client_puts(fd, "x") && poll(&p, 1, 0) == 0;
	}
	assert_false(open);
	assert_in_range(clock_mono_ms() - began, 900, 2500);
	close(fd);
	fake_wait_logged(f, 1);
	assert_int_equal(f->last.end, HTTPD_TIMEOUT);
	assert_int_equal(f->handled, 0);
}

static void a_body_that_drips_is_cut(void **state)
{
	struct fake *f = *state;
	int fd = client_connect(fake_url(f));
	int64_t began = clock_mono_ms();
	bool open = client_puts(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5000\r\n\r\n");

	while (open && clock_mono_ms() - began < 5000) {
		clock_sleep_ms(50);
		struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
		open = client_puts(fd, "x") && poll(&p, 1, 0) == 0;
	}
	assert_false(open);
	assert_in_range(clock_mono_ms() - began, 900, 2500);
	close(fd);
	fake_wait_logged(f, 1);
	assert_int_equal(f->last.end, HTTPD_TIMEOUT);
	assert_true(f->last.received > 3);
}

static void the_handlers_time_is_not_the_clients(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	client_ask(&a, fake_url(f), "GET /sleep?ms=1800 HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(a.status, 200);
}

/* Their end comes together with their last bytes, which the library may not notice. */
static void clients_that_end_in_the_middle_are_noticed(void **state)
{
	struct fake f;
	AUTO_STR request = {0};
	unsigned clients = 0;

	(void)state;
	fake_init(&f);
	f.limits.request_s = 60;
	fake_start(&f);
	str_puts(&request, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n");
	repeat(&request, "x", 60000);
	for (int round = 0; round < 5; round++) {
		int fds[30];
		for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
			fds[i] = client_connect(fake_url(&f));
			client_send(fds[i], request.ptr, request.len);
		}
		for (size_t i = 0; i < ARRAY_LEN(fds); i++)
			close(fds[i]);
		clients += ARRAY_LEN(fds);
		fake_wait_logged(&f, clients);
	}
	fake_stop(&f);
}

static void an_idle_connection_is_closed_in_the_end(void **state)
{
	struct fake f;
	AUTO_VALUE(answer) a = {0};

	(void)state;
	fake_init(&f);
	f.limits.idle_s = 1;
	fake_start(&f);
	int fd = client_connect(fake_url(&f));
	client_puts(fd, QUICK);
	client_read(&a, fd, false, 5000);
	assert_int_equal(a.status, 200);
	assert_true(client_sees_end(fd, 5000));
	close(fd);
	fake_stop(&f);
}

static void a_response_that_nobody_reads_holds_up_nobody(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int lazy[3];

	for (size_t i = 0; i < ARRAY_LEN(lazy); i++) {
		lazy[i] = client_connect(fake_url(f));
		client_puts(lazy[i], "GET /big?bytes=8000000 HTTP/1.1\r\n" HOST "\r\n");
	}
	clock_sleep_ms(200);
	int64_t began = clock_mono_ms();
	client_ask(&a, fake_url(f), QUICK);
	assert_int_equal(a.status, 200);
	assert_true(clock_mono_ms() - began < 1000);
	for (size_t i = 0; i < ARRAY_LEN(lazy); i++)
		close(lazy[i]);
	fake_wait_logged(f, 1 + ARRAY_LEN(lazy));
}

/* Past the bound of memory they are cut, though their time is not over. */
static void responses_that_nobody_reads_do_not_pile_up(void **state)
{
	struct fake *f = *state;
	int lazy[2];

	for (size_t i = 0; i < ARRAY_LEN(lazy); i++) {
		lazy[i] = client_connect(fake_url(f));
		client_puts(lazy[i], "GET /big?bytes=16000000 HTTP/1.1\r\n" HOST "\r\n");
	}
	int64_t began = clock_mono_ms();
	fake_wait_logged(f, ARRAY_LEN(lazy));
	assert_in_range(clock_mono_ms() - began, 400, 3000);
	assert_int_equal(f->last.end, HTTPD_TIMEOUT);
	for (size_t i = 0; i < ARRAY_LEN(lazy); i++)
		close(lazy[i]);
}

/* ---- many at once */

static void slow_senders_hold_up_nobody(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int slow[40];

	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		slow[i] = client_connect(fake_url(f));
		client_puts(slow[i], i % 2 ? "GET /echo HTTP/1.1\r\nHost: lo"
					   : "POST /echo HTTP/1.1\r\n" HOST
					     "Content-Length: 1000\r\n\r\nhalf of it");
	}
	int64_t began = clock_mono_ms();
	for (int i = 0; i < 20; i++) {
		client_ask(&a, fake_url(f), QUICK);
		assert_int_equal(a.status, 200);
	}
	assert_true(clock_mono_ms() - began < 1000);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++)
		close(slow[i]);
}

/* Fewer slow requests than workers: with the event loops doing the work this would take a second.
 */
static void slow_requests_hold_up_nobody(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int slow[3];

	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		slow[i] = client_connect(fake_url(f));
		client_puts(slow[i], "GET /sleep?ms=1000 HTTP/1.1\r\n" HOST "\r\n");
	}
	clock_sleep_ms(50);
	int64_t began = clock_mono_ms();
	for (int i = 0; i < 20; i++) {
		client_ask(&a, fake_url(f), QUICK);
		assert_int_equal(a.status, 200);
	}
	assert_true(clock_mono_ms() - began < 800);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		client_read(&a, slow[i], false, 5000);
		assert_int_equal(a.status, 200);
		close(slow[i]);
	}
}

/* More than all workers could run at once, were there no lanes. */
static void bulk_and_writes_leave_threads_for_the_rest(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int slow[40];

	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		slow[i] = client_connect(fake_url(f));
		client_puts(slow[i], i % 2 ? "POST /sleep?ms=300 HTTP/1.1\r\n" HOST "\r\n"
					   : "GET /bulk?ms=300 HTTP/1.1\r\n" HOST "\r\n");
	}
	clock_sleep_ms(50);
	int64_t began = clock_mono_ms();
	for (int i = 0; i < 20; i++) {
		client_ask(&a, fake_url(f), QUICK);
		assert_int_equal(a.status, 200);
	}
	assert_true(clock_mono_ms() - began < 800);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++)
		close(slow[i]);
}

/* Reading megabytes of JSON takes its time, whatever becomes of it. */
static void large_bodies_hold_up_no_small_one(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	AUTO_STR large = {0};
	int slow[12];

	str_puts(&large, "POST /sleep?ms=300 HTTP/1.1\r\n" HOST "Content-Length: 66000\r\n\r\n");
	repeat(&large, "xxxxxxxx", 8250);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		slow[i] = client_connect(fake_url(f));
		client_puts(slow[i], str_cstr(&large));
	}
	clock_sleep_ms(50);
	int64_t began = clock_mono_ms();
	for (int i = 0; i < 20; i++) {
		client_ask(&a, fake_url(f),
			   "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
		assert_int_equal(a.status, 200);
	}
	assert_true(clock_mono_ms() - began < 800);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++)
		close(slow[i]);
}

/* One after the other those of one client take three seconds and more on a small machine. */
static void large_bodies_of_one_client_hold_up_no_other(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	AUTO_STR large = {0};
	AUTO_STR of_another = {0};
	int slow[12];

	str_puts(&large, "POST /sleep?ms=300 HTTP/1.1\r\n" HOST
			 "Authorization: Bearer a\r\nContent-Length: 66000\r\n\r\n");
	repeat(&large, "xxxxxxxx", 8250);
	str_puts(&of_another, "POST /echo HTTP/1.1\r\n" HOST
			      "Authorization: Bearer b\r\nContent-Length: 66000\r\n\r\n");
	repeat(&of_another, "xxxxxxxx", 8250);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		slow[i] = client_connect(fake_url(f));
		client_puts(slow[i], str_cstr(&large));
	}
	clock_sleep_ms(50);
	int64_t began = clock_mono_ms();
	client_ask(&a, fake_url(f), str_cstr(&of_another));
	assert_int_equal(a.status, 200);
	assert_true(clock_mono_ms() - began < 1200);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++)
		close(slow[i]);
}

static void nobody_works_for_clients_that_gave_up(void **state)
{
	struct fake *f = *state;
	int fds[40];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = client_connect(fake_url(f));
		client_puts(fds[i], "GET /bulk?ms=300 HTTP/1.1\r\n" HOST "\r\n");
	}
	clock_sleep_ms(50);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	fake_wait_logged(f, ARRAY_LEN(fds));
	/* Two at a time for a little over a second, more on a machine with many cores. */
	assert_in_range(f->handled, 2, 39);
}

/* More idle connections than there is room for: those idle for longest make place. */
static void idle_connections_cannot_keep_others_out(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int idle[FAKE_CONNECTIONS * 2];

	for (size_t i = 0; i < ARRAY_LEN(idle); i++)
		idle[i] = client_connect(fake_url(f));
	int64_t began = clock_mono_ms();
	client_ask(&a, fake_url(f), QUICK);
	assert_int_equal(a.status, 200);
	assert_true(clock_mono_ms() - began < 4000);
	for (size_t i = 0; i < ARRAY_LEN(idle); i++)
		close(idle[i]);
}

/* As many that have begun a request and do not go on: past half a second they make place too. */
static void slow_requests_cannot_keep_others_out(void **state)
{
	struct fake f;
	AUTO_VALUE(answer) a = {0};
	int slow[FAKE_CONNECTIONS * 2];

	(void)state;
	fake_init(&f);
	f.limits.request_s = 60;
	fake_start(&f);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		slow[i] = client_connect(fake_url(&f));
		client_puts(slow[i], i % 2 ? "GET /echo HTTP/1.1\r\n" HOST "X-Slow: "
					   : "POST /echo HTTP/1.1\r\n" HOST
					     "Content-Length: 9\r\n\r\nhalf");
	}
	int64_t began = clock_mono_ms();
	client_ask(&a, fake_url(&f), QUICK);
	assert_int_equal(a.status, 200);
	assert_true(clock_mono_ms() - began < 4000);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++)
		close(slow[i]);
	fake_stop(&f);
}

struct asker {
	const char *url;
	unsigned answered;
};

/* Who comes back within half a second is not cut while there are slow ones. */
static void slow_requests_are_cut_before_who_pauses_for_a_moment(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int slow[FAKE_CONNECTIONS - 2];
	const size_t early = FAKE_CONNECTIONS / 2;

	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		if (i == early)
			clock_sleep_ms(550);
		slow[i] = client_connect(fake_url(f));
		client_puts(slow[i], "GET /echo HTTP/1.1\r\nX-A:");
	}
	int fd = client_connect(fake_url(f));
	client_puts(fd, QUICK);
	client_read(&a, fd, false, 5000);
	assert_int_equal(a.status, 200);
	clock_sleep_ms(300);
	client_puts(fd, QUICK);
	client_read(&a, fd, false, 5000);
	assert_int_equal(a.status, 200);
	close(fd);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++)
		close(slow[i]);
}

static void *ask_often(void *arg)
{
	struct asker *asker = arg;
	AUTO_VALUE(answer) a = {0};
	int fd = client_connect(asker->url);

	for (int i = 0; i < 100; i++) {
		client_puts(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
		client_read(&a, fd, false, 5000);
		asker->answered += a.status == 200;
	}
	close(fd);
	return NULL;
}

static void many_clients_at_once_are_all_answered(void **state)
{
	struct fake *f = *state;
	struct asker askers[16];
	pthread_t threads[ARRAY_LEN(askers)];

	for (size_t i = 0; i < ARRAY_LEN(askers); i++) {
		askers[i] = (struct asker){fake_url(f), 0};
		pthread_create(&threads[i], NULL, ask_often, &askers[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(askers); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(askers[i].answered, 100);
	}
	fake_wait_logged(f, 100 * ARRAY_LEN(askers));
}

#define with_fake(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_fake(a_target_over_the_limit_is_refused),
		with_fake(headers_over_the_limit_are_refused),
		with_fake(more_parameters_than_the_limit_are_refused),
		with_fake(a_body_up_to_the_limit_is_taken),
		with_fake(a_body_that_says_it_is_too_large_is_refused_at_once),
		with_fake(a_large_body_is_for_those_who_are_let_in),
		with_fake(large_bodies_that_do_not_come_leave_room_for_small_ones),
		with_fake(headers_that_drip_are_cut),
		with_fake(a_body_that_drips_is_cut),
		with_fake(the_handlers_time_is_not_the_clients),
		cmocka_unit_test(clients_that_end_in_the_middle_are_noticed),
		cmocka_unit_test(an_idle_connection_is_closed_in_the_end),
		with_fake(a_response_that_nobody_reads_holds_up_nobody),
		with_fake(responses_that_nobody_reads_do_not_pile_up),
		with_fake(slow_senders_hold_up_nobody),
		with_fake(slow_requests_hold_up_nobody),
		with_fake(bulk_and_writes_leave_threads_for_the_rest),
		with_fake(large_bodies_hold_up_no_small_one),
		with_fake(large_bodies_of_one_client_hold_up_no_other),
		with_fake(nobody_works_for_clients_that_gave_up),
		with_fake(idle_connections_cannot_keep_others_out),
		cmocka_unit_test(slow_requests_cannot_keep_others_out),
		with_fake(slow_requests_are_cut_before_who_pauses_for_a_moment),
		with_fake(many_clients_at_once_are_all_answered),
	};
	return unit_main(tests);
}
