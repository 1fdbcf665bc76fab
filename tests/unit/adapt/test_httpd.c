/* Tests of the sockets: what HTTP is taken, what is refused, how a server starts and stops. */
#include "lib/unit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "adapt/httpd_microhttpd.h"
#include "base/clock.h"
#include "lib/http_client.h"
#include "lib/httpd_fake.h"

#define HOST "Host: localhost\r\n"

/* ---- requests and answers */

static void a_request_reaches_the_handler_as_it_was_sent(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	client_ask(&a, fake_url(f),
		   "POST /db/a%2Fb?x=1&y=a%20b+c&z HTTP/1.1\r\nHost: ws.local.example:80\r\n"
		   "authorization: Bearer k\r\nContent-Type: application/json\r\n"
		   "Content-Length: 7\r\n\r\n{\"a\":1}");
	assert_int_equal(a.status, 200);
	assert_string_equal(str_cstr(&a.body),
			    "POST /db/a%2Fb host=ws.local.example:80 authorization=Bearer k "
			    "type=application/json x=1 y=a b c z= body={\"a\":1}");
	assert_string_equal(answer_header(&a, "Content-Type"), "application/json");
}

static void a_connection_serves_one_request_after_the_other(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int fd = client_connect(fake_url(f));

	for (int i = 0; i < 5; i++) {
		assert_true(client_puts(fd, "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
		client_read(&a, fd, false, 5000);
		assert_int_equal(a.status, 200);
	}
	close(fd);
	fake_wait_logged(f, 5);
}

static void requests_sent_at_once_are_answered_in_their_order(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int fd = client_connect(fake_url(f));

	assert_true(client_puts(fd,
				"GET /echo?n=1&ms=50 HTTP/1.1\r\n" HOST "\r\n"
				"POST /echo?n=2 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
				"GET /echo?n=3 HTTP/1.1\r\n" HOST "\r\n"));
	for (int i = 1; i <= 3; i++) {
		char text[16];
		client_read(&a, fd, false, 5000);
		snprintf(text, sizeof text, " n=%d", i);
		assert_int_equal(a.status, 200);
		assert_non_null(strstr(str_cstr(&a.body), text));
	}
	close(fd);
}

static void a_chunked_body_is_refused_for_its_unknown_length(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	client_ask(&a, fake_url(f),
		   "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		   "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
	assert_int_equal(a.status, 411);
	assert_non_null(strstr(str_cstr(&a.body), "needs a Content-Length"));
	assert_int_equal(f->handled, 0);
}

/* The library has an answer of its own to this, in which it tells its name: it must not be asked.
 */
static void a_chunk_without_end_learns_nothing(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	AUTO_STR request = {0};

	str_puts(&request, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;");
	for (int i = 0; i < 20000; i++)
		str_puts(&request, "xxxxxxxx");
	client_ask(&a, fake_url(f), str_cstr(&request));
	assert_int_equal(a.status, 411);
	assert_null(strstr(str_cstr(&a.body), "microhttpd"));
}

static void a_client_that_waits_for_100_continue_gets_it(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int fd = client_connect(fake_url(f));

	assert_true(client_puts(fd, "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
				    "Content-Length: 3\r\n\r\n"));
	client_read(&a, fd, true, 5000);
	assert_int_equal(a.status, 100);
	assert_true(client_puts(fd, "abc"));
	client_read(&a, fd, false, 5000);
	assert_int_equal(a.status, 200);
	close(fd);
}

static void head_gets_the_headers_alone(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	int fd = client_connect(fake_url(f));

	assert_true(client_puts(fd, "HEAD /big?bytes=500 HTTP/1.1\r\n" HOST "\r\n"
				    "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	client_read(&a, fd, true, 5000);
	assert_int_equal(a.status, 200);
	assert_string_equal(answer_header(&a, "Content-Length"), "513");
	client_read(&a, fd, false, 5000);
	assert_non_null(strstr(str_cstr(&a.body), "GET /echo"));
	close(fd);
}

static void options_tells_the_methods_of_a_path(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	client_ask(&a, fake_url(f), "OPTIONS /post HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(a.status, 204);
	assert_string_equal(answer_header(&a, "Allow"), "POST");
	client_ask(&a, fake_url(f), "GET /post HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(a.status, 405);
}

/* Whether the body is gzip of the JSON that /big gives for so many bytes. */
static bool unpacks(const struct answer *a, size_t bytes)
{
	char plain[8192];
	z_stream z = {
		.next_in = (Bytef *)a->body.ptr,
		.avail_in = (uInt)a->body.len,
		.next_out = (Bytef *)plain,
		.avail_out = sizeof plain,
	};

	if (inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
		return false;
	bool done = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == bytes + 13;
	inflateEnd(&z);
	return done && memcmp(plain, "{\"zeros\": \"00", 13) == 0;
}

static void a_large_body_is_compressed_for_who_asks(void **state)
{
	static const struct {
		const char *accept, *bytes, *encoding;
	} cases[] = {
		{"gzip", "5000", "gzip"},
		{"deflate, gzip;q=0.5", "5000", "gzip"},
		{"gzip;q=0", "5000", ""},
		{"gzip; q=0.000", "5000", ""},
		{"xgzip, gzipper", "5000", ""},
		{"identity", "5000", ""},
		{"gzip", "500", ""}, /* small */
	};
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};
	char request[256];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(request, sizeof request,
			 "GET /big?bytes=%s HTTP/1.1\r\n" HOST "Accept-Encoding: %s\r\n\r\n",
			 cases[i].bytes, cases[i].accept);
		client_ask(&a, fake_url(f), request);
		assert_int_equal(a.status, 200);
		assert_string_equal(answer_header(&a, "Content-Encoding"), cases[i].encoding);
		assert_int_equal(unpacks(&a, 5000), cases[i].encoding[0] != '\0');
		assert_true(!cases[i].encoding[0] || a.body.len < 1000);
	}
}

/* ---- what is refused */

static void what_can_be_read_in_two_ways_is_refused(void **state)
{
	static const struct {
		const char *request;
		int status;
	} cases[] = {
		{"GET /echo HTTP/1.1\r\n\r\n", 400},
		{"GET /echo HTTP/1.1\r\n" HOST HOST "\r\n", 400},
		{"GET /echo HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
		{"GET /echo HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
		{"GET /echo HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400},
		{"GET /echo HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
		{"GET /echo HTTP/1.1\r\nHost:\r\n\r\n", 400},
		{"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		 400},
		{"POST /echo HTTP/1.1\r\n" HOST
		 "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		 400},
		{"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
		{"POST /echo HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: "
		 "1\r\n\r\na",
		 415},
		{"GET /echo HTTP/1.1\r\n" HOST "Authorization: a\r\nauthorization: b\r\n\r\n", 400},
		{"GET /echo HTTP/1.1\r\n" HOST "Bad Name: x\r\n\r\n", 400},
		{"GET /echo HTTP/1.1\r\n" HOST "Name : x\r\n\r\n", 400},
		{"GET /echo HTTP/1.1\r\n" HOST "Name: a\x01z\r\n\r\n", 400},
		{"GET /echo?a=%zz HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET /echo?a=%0 HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET /echo?a=%00 HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET /echo?a=%ff HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET /echo#frag HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET http://localhost/echo HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET * HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET /echo HTTP/1.2\r\n" HOST "\r\n", 505},
		{"G@T /echo HTTP/1.1\r\n" HOST "\r\n", 501},
		{"ABCDEFGHIJKLMNOPQ /echo HTTP/1.1\r\n" HOST "\r\n", 501},
	};
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		client_ask(&a, fake_url(f), cases[i].request);
		if (a.status != cases[i].status)
			unit_fail("%s: gave %d, wanted %d", cases[i].request, a.status,
				  cases[i].status);
		assert_true(starts_with(str_cstr(&a.body), "{\"id\":"));
	}
	assert_int_equal(f->handled, 0);
	fake_wait_logged(f, ARRAY_LEN(cases));
}

static void http_1_0_needs_no_host(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	client_ask(&a, fake_url(f), "GET /echo HTTP/1.0\r\n\r\n");
	assert_int_equal(a.status, 200);
}

static void bytes_that_are_no_http_harm_nobody(void **state)
{
	static const char *const garbage[] = {
		"\r\n\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"GET\r\n\r\n",
		" / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nno colon\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	};
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		int fd = client_connect(fake_url(f));
		client_puts(fd, garbage[i]);
		shutdown(fd, SHUT_WR);
		assert_true(client_sees_end(fd, 5000));
		close(fd);
	}
	client_ask(&a, fake_url(f), "GET /echo HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(a.status, 200);
	assert_int_equal(f->handled, 1);
}

/* ---- log */

static void the_log_gets_one_entry_a_request(void **state)
{
	struct fake *f = *state;
	AUTO_VALUE(answer) a = {0};

	client_ask(&a, fake_url(f),
		   "POST /post?secret=1 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde");
	fake_wait_logged(f, 1);
	assert_string_equal(f->last.method, "POST");
	assert_string_equal(f->last.route, "/post");
	assert_int_equal(f->last.status, 200);
	assert_int_equal(f->last.end, HTTPD_DONE);
	assert_int_equal(f->last.received, 5);
	assert_int_equal(f->last.sent, a.body.len);
	assert_int_equal(strlen(f->last.id), 20);
	assert_true(f->last.started_at > 0 && f->last.ms >= 0);
}

static void the_log_tells_when_a_client_went_away(void **state)
{
	struct fake *f = *state;
	int fd = client_connect(fake_url(f));

	client_puts(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 500\r\n\r\nabc");
	clock_sleep_ms(50);
	close(fd);
	fake_wait_logged(f, 1);
	assert_int_equal(f->last.end, HTTPD_ABORTED);
	assert_int_equal(f->last.status, 0);
	assert_int_equal(f->handled, 0);
}

/* ---- start and stop */

static void do_nothing(void *ctx, const struct request *req, struct response *res)
{
	(void)ctx, (void)req;
	res->status = 204;
	res->route = "/";
}

static int try_start(struct httpd **h, const char *listen, const struct tls_pair *tls,
		     struct error *err)
{
	struct httpd_options options = {.listen = listen, .tls = tls, .handle = do_nothing};

	return httpd_start(h, &options, err);
}

static void an_address_that_is_none_is_a_usage_error(void **state)
{
	static const char *const bad[] = {
		"",	     "8443",  ":8443",	      "127.0.0.1",	    "127.0.0.1:",
		"::1:8443",  "[]:1",  "127.0.0.1:x",  "127.0.0.1:65536",    "127.0.0.1:-1",
		"[::1:8443", "a b:1", "300.1.1.1:80", "nowhere.invalid:80",
	};
	struct error err = {0};
	struct httpd *h;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_fails(try_start(&h, bad[i], NULL, &err), &err, E_USAGE, bad[i]);
		assert_null(h);
	}
}

static void plain_http_is_for_loopback_only(void **state)
{
	struct error err = {0};
	struct httpd *h;

	(void)state;
	assert_fails_hinting(try_start(&h, "0.0.0.0:0", NULL, &err), &err, E_USAGE, "plain HTTP",
			     "127.0.0.1");
	assert_ok(try_start(&h, "localhost:0", NULL, &err), &err);
	assert_true(starts_with(httpd_url(h), "http://localhost:"));
	httpd_stop(h, 0);
}

static void an_address_in_use_is_named(void **state)
{
	struct fake *f = *state;
	struct error err = {0};
	struct httpd *h;
	char listen[64];

	snprintf(listen, sizeof listen, "127.0.0.1%s", strrchr(fake_url(f), ':'));
	assert_fails_hinting(try_start(&h, listen, NULL, &err), &err, E_IO, "in use", "--listen");
}

static void ipv6_is_served_too(void **state)
{
	AUTO_VALUE(answer) a = {0};
	struct error err = {0};
	struct httpd *h;

	(void)state;
	if (try_start(&h, "[::1]:0", NULL, &err) < 0)
		skip_because("no IPv6 here: %s", err.msg);
	assert_true(starts_with(httpd_url(h), "http://[::1]:"));
	client_ask(&a, httpd_url(h), "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
	assert_int_equal(a.status, 204);
	httpd_stop(h, 0);
}

static void a_certificate_that_tls_cannot_use_is_refused(void **state)
{
	AUTO_VALUE(tls_pair) pair = {0};
	struct error err = {0};
	struct httpd *h;

	(void)state;
	str_puts(&pair.certificate, "nonsense");
	str_puts(&pair.key, "nonsense");
	assert_fails(try_start(&h, "127.0.0.1:0", &pair, &err), &err, E_INVALID,
		     "could not start the server");
}

static void over_tls_the_url_says_so(void **state)
{
	AUTO_VALUE(tls_pair) pair = {0};
	struct error err = {0};
	struct httpd *h;

	(void)state;
	assert_ok(tls_self_signed(&pair, clock_unix_us() / 1000000, &err), &err);
	assert_ok(try_start(&h, "127.0.0.1:0", &pair, &err), &err);
	assert_true(starts_with(httpd_url(h), "https://localhost:"));
	assert_int_equal(httpd_stop(h, 0), 0);
}

struct stopper {
	struct fake *fake;
	int64_t grace_ms;
	unsigned cut_off;
};

static void *stop_it(void *arg)
{
	struct stopper *s = arg;

	s->cut_off = httpd_stop(s->fake->httpd, s->grace_ms);
	s->fake->httpd = NULL;
	return NULL;
}

static void stopping_lets_what_is_in_flight_finish(void **state)
{
	struct fake *f = *state;
	struct stopper s = {f, 5000, 99};
	AUTO_VALUE(answer) a = {0};
	pthread_t thread;
	char url[64];

	snprintf(url, sizeof url, "%s", fake_url(f));
	int fd = client_connect(url), idle = client_connect(url);
	client_puts(fd, "GET /sleep?ms=300 HTTP/1.1\r\n" HOST "\r\n");
	clock_sleep_ms(100);
	pthread_create(&thread, NULL, stop_it, &s);
	client_read(&a, fd, false, 5000);
	assert_int_equal(a.status, 200);
	assert_string_equal(answer_header(&a, "Connection"), "close");
	assert_true(client_sees_end(fd, 2000));
	assert_true(client_sees_end(idle, 2000));
	pthread_join(thread, NULL);
	assert_int_equal(s.cut_off, 0);
	close(fd);
	close(idle);
}

static void stopping_does_not_wait_longer_than_its_grace(void **state)
{
	struct fake *f = *state;
	struct stopper s = {f, 100, 99};
	int fd = client_connect(fake_url(f));
	int64_t before = clock_mono_ms();

	client_puts(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\nhalf");
	clock_sleep_ms(50);
	stop_it(&s);
	assert_int_equal(s.cut_off, 1);
	assert_true(clock_mono_ms() - before < 900); /* before the request's own time is over */
	assert_int_equal(f->last.end, HTTPD_SHUTDOWN);
	close(fd);
}

#define with_fake(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_fake(a_request_reaches_the_handler_as_it_was_sent),
		with_fake(a_connection_serves_one_request_after_the_other),
		with_fake(requests_sent_at_once_are_answered_in_their_order),
		with_fake(a_chunked_body_is_refused_for_its_unknown_length),
		with_fake(a_chunk_without_end_learns_nothing),
		with_fake(a_client_that_waits_for_100_continue_gets_it),
		with_fake(head_gets_the_headers_alone),
		with_fake(options_tells_the_methods_of_a_path),
		with_fake(a_large_body_is_compressed_for_who_asks),
		with_fake(what_can_be_read_in_two_ways_is_refused),
		with_fake(http_1_0_needs_no_host),
		with_fake(bytes_that_are_no_http_harm_nobody),
		with_fake(the_log_gets_one_entry_a_request),
		with_fake(the_log_tells_when_a_client_went_away),
		cmocka_unit_test(an_address_that_is_none_is_a_usage_error),
		cmocka_unit_test(plain_http_is_for_loopback_only),
		with_fake(an_address_in_use_is_named),
		cmocka_unit_test(ipv6_is_served_too),
		cmocka_unit_test(a_certificate_that_tls_cannot_use_is_refused),
		cmocka_unit_test(over_tls_the_url_says_so),
		with_fake(stopping_lets_what_is_in_flight_finish),
		with_fake(stopping_does_not_wait_longer_than_its_grace),
	};
	return unit_main(tests);
}
