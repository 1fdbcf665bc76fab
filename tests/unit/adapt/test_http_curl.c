/* The transport over libcurl against a server that answers any bytes: what passes, what does not.
 */
#include "lib/unit.h"

#include "adapt/http_curl.h"
#include "base/alloc.h"
#include "unit/support/raw_server.h"

#define OK_JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

struct wire {
	struct raw_server server;
	struct http *http;
	struct http_response res;
	bool lost;
	char traced[512];
};

static void keep_trace(void *ctx, const char *line)
{
	struct wire *w = ctx;

	snprintf(w->traced, sizeof w->traced, "%s", line);
}

static void wire_open(struct wire *w, const struct raw_answer *answers, size_t len)
{
	const struct http_curl_options options = {
		.timeout_ms = 5000, .trace = keep_trace, .ctx = w};
	struct error err = {0};

	*w = (struct wire){.res.retry_after_s = -1};
	raw_server_start(&w->server, answers, len);
	assert_ok(http_curl_open(&w->http, &options, &err), &err);
}

static void wire_release(struct wire *w)
{
	http_response_release(&w->res);
	w->http->ops->close(w->http);
	raw_server_release(&w->server);
}
AUTO_VALUE_DEFINE(wire)

static int ask(struct wire *w, struct http_request req, struct error *err)
{
	char url[100];

	snprintf(url, sizeof url, "http://127.0.0.1:%d/db/shop:main?form=head", w->server.port);
	if (!req.url)
		req.url = url;
	if (!req.method)
		req.method = "GET";
	return w->http->ops->send(w->http, &req, &w->res, &w->lost, err);
}

static const char *request(struct wire *w, size_t i)
{
	raw_server_stop(&w->server);
	assert_true(i < w->server.requests.len);
	return w->server.requests.items[i];
}

/* ---- what is sent and understood */

static void a_request_carries_key_type_and_body(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {{.bytes = OK_JSON}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 1);
	assert_ok(ask(&w,
		      (struct http_request){.method = "POST",
					    .key = "xata_secret",
					    .body = view_of("{\"a\":1}"),
					    .repeatable = true},
		      &err),
		  &err);
	assert_int_equal(w.res.status, 200);
	assert_string_equal(str_cstr(&w.res.body), "{}");
	assert_string_equal(w.res.content_type, "application/json");
	const char *sent = request(&w, 0);
	assert_ptr_equal(strstr(sent, "POST /db/shop:main?form=head HTTP/1.1\r\n"), sent);
	assert_non_null(strstr(sent, "\r\nAuthorization: Bearer xata_secret\r\n"));
	assert_non_null(strstr(sent, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(sent, "\r\nContent-Length: 7\r\n"));
	assert_non_null(strstr(sent, "\r\nUser-Agent: xata\r\n"));
	assert_non_null(strstr(sent, "\r\n\r\n{\"a\":1}"));
	assert_null(strstr(sent, "Expect"));
}

static void each_method_goes_out_as_it_is(void **state)
{
	(void)state;
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	static const struct raw_answer answers[] = {{.bytes = OK_JSON},
						    {.bytes = OK_JSON},
						    {.bytes = OK_JSON},
						    {.bytes = OK_JSON},
						    {.bytes = OK_JSON}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 5);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		assert_ok(ask(&w, (struct http_request){.method = methods[i], .repeatable = true},
			      &err),
			  &err);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		assert_ptr_equal(strstr(request(&w, i), methods[i]), request(&w, i));
	assert_non_null(strstr(request(&w, 2), "Content-Length: 0\r\n"));
	assert_null(strstr(request(&w, 4), "Content-Length"));
	assert_int_equal(w.server.connections, 1);
}

static void headers_of_the_answer_are_read_and_cleaned(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {
		{.bytes = "HTTP/1.1 100 Continue\r\nRetry-After: 99\r\n\r\n"
			  "HTTP/1.1 429 Slow down\r\nX-Request-Id: req-\x1b[1m7\r\n"
			  "x-xata-message:  be \x07quiet \r\nRETRY-AFTER: 7\r\n"
			  "X-RateLimit-Reset: 3\r\nContent-Length: 0\r\n\r\n"}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 1);
	assert_ok(ask(&w, (struct http_request){0}, &err), &err);
	assert_int_equal(w.res.status, 429);
	assert_string_equal(w.res.request_id, "req-\\x1b[1m7");
	assert_string_equal(w.res.message, "be \\x07quiet");
	assert_int_equal(w.res.retry_after_s, 7);
}

static void one_connection_is_used_again(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {{.bytes = OK_JSON}, {.bytes = OK_JSON}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 2);
	for (int i = 0; i < 2; i++)
		assert_ok(ask(&w, (struct http_request){.repeatable = true}, &err), &err);
	raw_server_stop(&w.server);
	assert_int_equal(w.server.connections, 1);
}

/* libcurl would send it twice when the old connection turns out to be dead. */
static void what_must_not_be_sent_twice_gets_its_own_connection(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {
		{.bytes = OK_JSON, .then = RAW_CLOSE}, {.then = RAW_CLOSE}, {.bytes = OK_JSON}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 3);
	assert_ok(ask(&w, (struct http_request){.repeatable = true}, &err), &err);
	assert_fails(ask(&w, (struct http_request){.method = "POST"}, &err), &err, E_UNREACHABLE,
		     "broke");
	assert_true(w.lost);
	raw_server_stop(&w.server);
	assert_int_equal(w.server.requests.len, 2);
}

static void the_trace_has_no_key(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {
		{.bytes = "HTTP/1.1 200 OK\r\nX-Request-Id: abc\r\nContent-Length: 0\r\n\r\n"}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 1);
	assert_ok(ask(&w, (struct http_request){.key = "xata_secret"}, &err), &err);
	assert_non_null(strstr(w.traced, "GET 127.0.0.1:"));
	assert_non_null(strstr(w.traced, "/db/shop:main?form=head 200, "));
	assert_non_null(strstr(w.traced, "request id abc"));
	assert_null(strstr(w.traced, "secret"));
}

static void names_under_localhost_are_this_machine(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {{.bytes = OK_JSON}};
	AUTO_VALUE(wire) w;
	struct error err = {0};
	char url[100];

	wire_open(&w, answers, 1);
	snprintf(url, sizeof url, "http://ws.region.localhost:%d/", w.server.port);
	assert_ok(ask(&w, (struct http_request){.url = url}, &err), &err);
	assert_non_null(strstr(request(&w, 0), "Host: ws.region.localhost:"));
}

/* ---- redirects, proxies, addresses */

static void a_redirect_is_reported_and_not_followed(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {
		{.bytes = "HTTP/1.1 302 Found\r\nLocation: https://evil.example:9/x?key=1\r\n"
			  "Content-Length: 0\r\n\r\n"},
		{.bytes = OK_JSON}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 2);
	assert_ok(ask(&w, (struct http_request){.key = "xata_secret"}, &err), &err);
	assert_int_equal(w.res.status, 302);
	assert_string_equal(w.res.location, "https://evil.example:9");
	raw_server_stop(&w.server);
	assert_int_equal(w.server.requests.len, 1);
}

static void a_proxy_is_not_asked_for_this_machine(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {{.bytes = OK_JSON}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	wire_open(&w, answers, 1);
	int rc = ask(&w, (struct http_request){0}, &err);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_ok(rc, &err);
}

static void a_proxy_never_gets_the_key(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {
		{.bytes = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", .then = RAW_CLOSE}};
	AUTO_VALUE(wire) w;
	struct error err = {0};
	char proxy[60];

	wire_open(&w, answers, 1);
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", w.server.port);
	setenv("HTTPS_PROXY", proxy, 1);
	int rc = ask(&w,
		     (struct http_request){.url = "https://db.example.invalid/db/x",
					   .key = "xata_secret"},
		     &err);
	unsetenv("HTTPS_PROXY");
	assert_fails_hinting(rc, &err, E_UNREACHABLE,
			     "the proxy does not let us through to \"db.example.invalid:443\" "
			     "(HTTP 403)",
			     "HTTPS_PROXY");
	assert_true(w.res.permanent);
	const char *sent = request(&w, 0);
	assert_ptr_equal(strstr(sent, "CONNECT db.example.invalid:443 "), sent);
	assert_null(strstr(sent, "secret"));
}

static void plain_http_is_for_this_machine_only(void **state)
{
	(void)state;
	static const char *const urls[] = {
		"http://example.invalid/",
		"http://10.0.0.1/",
		"http://127.0.0.1.evil.invalid",
		"http://localhost.evil.invalid/",
		"http://127.0.0.1@evil.invalid/",
		"http://[::2]/",
		"http://1270.0.1/",
		"http://notlocalhost/",
	};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, NULL, 0);
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		assert_fails_hinting(ask(&w, (struct http_request){.url = urls[i]}, &err), &err,
				     E_USAGE, "without encryption", "https");
}

static void other_protocols_are_refused(void **state)
{
	(void)state;
	static const char *const urls[] = {"ftp://localhost/", "file:///etc/passwd",
					   "gopher://x/",      "",
					   "nonsense",	       "https://"};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, NULL, 0);
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		int rc = ask(&w, (struct http_request){.url = urls[i]}, &err);
		assert_int_equal(rc, E_USAGE);
		error_clear(&err);
	}
}

static void a_key_that_would_end_its_line_is_refused(void **state)
{
	(void)state;
	static const char *const keys[] = {"a\r\nX-Evil: 1", "a b", "", "caf\xc3\xa9", "\x7f"};
	static const struct raw_answer answers[] = {{.bytes = OK_JSON}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 1);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_fails(ask(&w, (struct http_request){.key = keys[i]}, &err), &err, E_AUTH,
			     "characters that no key has");
	raw_server_stop(&w.server);
	assert_int_equal(w.server.connections, 0);
}

/* ---- failures */

static void a_refused_connection_names_the_address(void **state)
{
	(void)state;
	AUTO_VALUE(wire) w;
	struct error err = {0};
	char url[100];

	wire_open(&w, NULL, 0);
	snprintf(url, sizeof url, "https://127.0.0.1:%d/", w.server.port);
	raw_server_stop(&w.server);
	assert_fails_hinting(ask(&w, (struct http_request){.url = url}, &err), &err, E_UNREACHABLE,
			     "Connection refused", "is running");
	assert_false(w.lost);
	assert_false(w.res.permanent);
}

static void a_connection_that_breaks_is_lost_at_each_stage(void **state)
{
	(void)state;
	static const struct raw_answer stages[] = {
		{.then = RAW_CLOSE},
		{.bytes = "HTTP/1.1 2", .then = RAW_CLOSE},
		{.bytes = "HTTP/1.1 200 OK\r\nContent-Le", .then = RAW_CLOSE},
		{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\"",
		 .then = RAW_CLOSE},
		{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\"",
		 .then = RAW_CLOSE},
	};

	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		AUTO_VALUE(wire) w;
		struct error err = {0};
		wire_open(&w, &stages[i], 1);
		int rc = ask(&w, (struct http_request){0}, &err);
		if (i == 1) { /* no status line: cannot be told from another protocol */
			assert_true(rc == E_PEER || rc == E_UNREACHABLE);
			continue;
		}
		assert_fails(rc, &err, E_UNREACHABLE, "broke before the answer was complete");
		assert_true(w.lost);
	}
}

static void what_is_not_http_is_refused(void **state)
{
	(void)state;
	static const struct {
		struct raw_answer answer;
		const char *words;
	} cases[] = {
		{{.bytes = "SSH-2.0-OpenSSH_9.2\r\n\r\n", .then = RAW_CLOSE},
		 "does not speak HTTP"},
		{{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}", .then = RAW_CLOSE},
		 "length makes no sense"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_VALUE(wire) w;
		struct error err = {0};
		wire_open(&w, &cases[i].answer, 1);
		assert_fails(ask(&w, (struct http_request){0}, &err), &err, E_PEER, cases[i].words);
		assert_true(w.res.permanent);
	}
}

static void a_body_that_is_too_large_is_cut_off(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {
		{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
		 .then = RAW_HANG},
		{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			  "10\r\n0123456789abcdef\r\n10\r\n0123456789abcdef\r\n",
		 .then = RAW_HANG},
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		AUTO_VALUE(wire) w;
		struct error err = {0};
		wire_open(&w, &answers[i], 1);
		assert_fails(ask(&w, (struct http_request){.max_body = 20}, &err), &err, E_LIMIT,
			     "sent an answer of more than");
	}
}

static void headers_without_end_are_cut_off(void **state)
{
	(void)state;
	AUTO_STR bytes = {0};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	str_puts(&bytes, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 2000; i++)
		str_printf(&bytes, "X-Filler-%d: %0100d\r\n", i, 0);
	const struct raw_answer answers[] = {{.bytes = str_cstr(&bytes), .then = RAW_CLOSE}};
	wire_open(&w, answers, 1);
	assert_fails(ask(&w, (struct http_request){0}, &err), &err, E_PEER, "too large headers");
}

static void one_header_line_without_end_is_cut_off(void **state)
{
	(void)state;
	AUTO_STR bytes = {0};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	str_puts(&bytes, "HTTP/1.1 200 OK\r\nX-Filler: ");
	for (int i = 0; i < 4000; i++)
		str_printf(&bytes, "%0100d", i);
	const struct raw_answer answers[] = {{.bytes = str_cstr(&bytes), .then = RAW_CLOSE}};
	wire_open(&w, answers, 1);
	assert_fails(ask(&w, (struct http_request){0}, &err), &err, E_PEER, "too large headers");
}

static void trailers_behind_the_chunks_are_passed_over(void **state)
{
	(void)state;
	static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				    "Transfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n"
				    "2\r\n{}\r\n0\r\nX-Checksum: 1\r\n\r\n";
	static const struct raw_answer answers[] = {{.bytes = bytes}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 1);
	assert_ok(ask(&w, (struct http_request){0}, &err), &err);
	assert_int_equal(w.res.status, 200);
	assert_string_equal(str_cstr(&w.res.body), "{}");
}

static void chunks_that_are_none_are_refused(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {
		{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
		 .then = RAW_CLOSE},
		{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			  "ffffffffffffffffff\r\n{}\r\n",
		 .then = RAW_CLOSE},
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		AUTO_VALUE(wire) w;
		struct error err = {0};
		wire_open(&w, &answers[i], 1);
		assert_fails(ask(&w, (struct http_request){0}, &err), &err, E_PEER,
			     "broken chunks");
	}
}

static void no_answer_is_a_time_out(void **state)
{
	(void)state;
	static const struct raw_answer answers[] = {{.then = RAW_HANG}};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	wire_open(&w, answers, 1);
	assert_fails(ask(&w, (struct http_request){.timeout_ms = 1000}, &err), &err, E_TIMEOUT,
		     "did not answer within 1 seconds");
	assert_true(w.lost);
	assert_non_null(strstr(w.traced, "no answer"));
}

/* ---- compression */

/* "zeros" bytes of '0' through gzip, as an HTTP answer. */
static void gzip_answer(struct str *out, size_t zeros)
{
	AUTO_STR packed = {0};
	char command[120], buf[4096];
	size_t got;

	snprintf(command, sizeof command, "head -c %zu /dev/zero | tr '\\0' 0 | gzip -c", zeros);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	while ((got = fread(buf, 1, sizeof buf, f)) > 0)
		str_put(&packed, buf, got);
	if (pclose(f) != 0 || !packed.len)
		skip_because("no gzip");
	str_printf(out, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
		   packed.len);
	str_putv(out, str_view(&packed));
}

static void a_compressed_answer_is_unpacked(void **state)
{
	(void)state;
	AUTO_STR bytes = {0};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	gzip_answer(&bytes, 5000);
	const struct raw_answer answers[] = {{.bytes = bytes.ptr, .len = bytes.len}};
	wire_open(&w, answers, 1);
	assert_ok(ask(&w, (struct http_request){0}, &err), &err);
	assert_int_equal(w.res.body.len, 5000);
	assert_non_null(strstr(request(&w, 0), "Accept-Encoding: gzip\r\n"));
}

static void what_unpacks_to_too_much_is_cut_off(void **state)
{
	(void)state;
	AUTO_STR bytes = {0};
	AUTO_VALUE(wire) w;
	struct error err = {0};

	gzip_answer(&bytes, 20000000);
	assert_true(bytes.len < 100000);
	const struct raw_answer answers[] = {{.bytes = bytes.ptr, .len = bytes.len}};
	wire_open(&w, answers, 1);
	assert_fails(ask(&w, (struct http_request){.max_body = 1 << 20}, &err), &err, E_LIMIT,
		     "more than 1 MB");
}

static void compression_that_is_broken_or_not_ours_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *encoding, *words;
	} cases[] = {
		{"gzip", "whose compression is broken"},
		{"lzma", "in a compression that was not asked for"},
		{"gzip, gzip, gzip, gzip, gzip, gzip, gzip", "compressed over and over"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_STR bytes = {0};
		AUTO_VALUE(wire) w;
		struct error err = {0};
		str_printf(&bytes,
			   "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: 12\r\n\r\n"
			   "not gzip, no",
			   cases[i].encoding);
		const struct raw_answer answers[] = {{.bytes = str_cstr(&bytes)}};
		wire_open(&w, answers, 1);
		assert_fails(ask(&w, (struct http_request){0}, &err), &err, E_PEER, cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_carries_key_type_and_body),
		cmocka_unit_test(each_method_goes_out_as_it_is),
		cmocka_unit_test(headers_of_the_answer_are_read_and_cleaned),
		cmocka_unit_test(one_connection_is_used_again),
		cmocka_unit_test(what_must_not_be_sent_twice_gets_its_own_connection),
		cmocka_unit_test(the_trace_has_no_key),
		cmocka_unit_test(names_under_localhost_are_this_machine),
		cmocka_unit_test(a_redirect_is_reported_and_not_followed),
		cmocka_unit_test(a_proxy_is_not_asked_for_this_machine),
		cmocka_unit_test(a_proxy_never_gets_the_key),
		cmocka_unit_test(plain_http_is_for_this_machine_only),
		cmocka_unit_test(other_protocols_are_refused),
		cmocka_unit_test(a_key_that_would_end_its_line_is_refused),
		cmocka_unit_test(a_refused_connection_names_the_address),
		cmocka_unit_test(a_connection_that_breaks_is_lost_at_each_stage),
		cmocka_unit_test(what_is_not_http_is_refused),
		cmocka_unit_test(a_body_that_is_too_large_is_cut_off),
		cmocka_unit_test(headers_without_end_are_cut_off),
		cmocka_unit_test(one_header_line_without_end_is_cut_off),
		cmocka_unit_test(trailers_behind_the_chunks_are_passed_over),
		cmocka_unit_test(chunks_that_are_none_are_refused),
		cmocka_unit_test(no_answer_is_a_time_out),
		cmocka_unit_test(a_compressed_answer_is_unpacked),
		cmocka_unit_test(what_unpacks_to_too_much_is_cut_off),
		cmocka_unit_test(compression_that_is_broken_or_not_ours_is_refused),
	};
	return unit_main(tests);
}
