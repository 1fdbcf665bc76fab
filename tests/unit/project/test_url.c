/* What url.h promises: strict splitting, since a key's destination is decided on the outcome. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "base/str.h"
#include "project/url.h"

static void an_url_is_split_into_its_parts(void **state)
{
	AUTO_VALUE(url_parts) u = {0};

	(void)state;
	assert_true(url_split(&u, "https://ws-abc123.us-east-1.xata.sh/db/shop:main"));
	assert_string_equal(u.scheme, "https");
	assert_string_equal(u.host, "ws-abc123.us-east-1.xata.sh");
	assert_int_equal(u.port, 443);
	assert_string_equal(u.path, "/db/shop:main");
}

static void spellings_of_one_host_become_one(void **state)
{
	static const struct {
		const char *url, *origin;
	} rows[] = {
		{"HTTPS://API.Xata.IO", "https://api.xata.io"},
		{"https://api.xata.io:443/", "https://api.xata.io"},
		{"https://api.xata.io./", "https://api.xata.io"},
		{"http://localhost:80", "http://localhost"},
		{"http://localhost:8080/db/x", "http://localhost:8080"},
		{"https://[::1]:8443", "https://[::1]:8443"},
		{"https://[0:0:0:0:0:0:0:1]", "https://[::1]"},
		{"http://127.0.0.1:00080", "http://127.0.0.1"},
		{"https://h_1-x.example:1", "https://h_1-x.example:1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_VALUE(url_parts) u = {0};
		if (!url_split(&u, rows[i].url))
			unit_fail("%s is refused", rows[i].url);
		AUTO_FREE char *origin = url_origin(&u);
		assert_string_equal(origin, rows[i].origin);
	}
}

static void what_two_readers_could_understand_differently_is_refused(void **state)
{
	static const char *const urls[] = {
		"",
		"api.xata.io",
		"//api.xata.io",
		"ftp://api.xata.io",
		"https:/api.xata.io",
		"https://",
		"https:///db/x",
		"https://api.xata.io@evil.example/",
		"https://user:password@api.xata.io/",
		"https://@api.xata.io/",
		"https://api.xata.io\\@evil.example/",
		"https://evil.example\\.xata.sh/",
		"https://api.xata.io#@evil.example/",
		"https://api.xata.io?@evil.example/",
		"https://api.xata.io/db/x?y=1",
		"https://api.xata.io/db/x#y",
		"https://api.xata.io/db/ x",
		"https://api.xata.io/db/x\n",
		"https://api.xata.io\t/db/x",
		"https://api xata.io/",
		"https://api..xata.io/",
		"https://.xata.io/",
		"https://api.xata.io../",
		"https://./",
		"https://api.xata.io:/",
		"https://api.xata.io:0/",
		"https://api.xata.io:65536/",
		"https://api.xata.io:99999999999999999999/",
		"https://api.xata.io:+443/",
		"https://api.xata.io:44 3/",
		"https://api.xata.io:443:443/",
		"https://api%2exata.io/",
		"https://ex\xc3\xa4mple.io/",
		"https://xata\xe3\x80\x82sh/",
		"https://[::1/",
		"https://[::1]8443/",
		"https://[::1%25eth0]/",
		"https://[localhost]/",
		"https://::1/",
		"https://[]/",
		"https://127.1/",
		"https://2130706433/",
		"https://0x7f.0.0.1/",
		"https://0x7f000001/",
		"https://127.0.0.256/",
		"https://1.2.3.4.5/",
		"https://a-label-that-is-longer-than-sixty-three-characters-is-no-label-at-all.io/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct url_parts u = {0};
		if (url_split(&u, urls[i]))
			unit_fail("%s is taken, as host %s", urls[i], u.host);
		assert_null(u.host);
	}
	assert_false(url_split(&(struct url_parts){0}, NULL));
}

static void an_endless_url_is_refused(void **state)
{
	AUTO_STR text = {0};
	struct url_parts u = {0};

	(void)state;
	str_puts(&text, "https://h/");
	while (text.len < URL_MAX)
		str_putc(&text, 'x');
	assert_true(url_split(&u, str_cstr(&text)));
	url_parts_release(&u);
	str_putc(&text, 'x');
	assert_false(url_split(&u, str_cstr(&text)));
}

static void hosts_are_read_as_people_type_them(void **state)
{
	static const struct {
		const char *text, *host_port;
	} rows[] = {
		{"example.com", "example.com:443"},
		{"localhost:8443", "localhost:8443"},
		{"[::1]:8443", "[::1]:8443"},
		{"http://localhost:8080/", "localhost:8080"},
		{"https://Example.com:8443", "example.com:8443"},
	};
	static const char *const bad[] = {"", "example.com/db/x", "a b", "u@h", "://", "https://"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_VALUE(url_parts) u = {0};
		assert_true(url_split_host(&u, rows[i].text));
		AUTO_FREE char *host_port = url_host_port(&u);
		assert_string_equal(host_port, rows[i].host_port);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct url_parts u = {0};
		assert_false(url_split_host(&u, bad[i]));
		assert_null(u.host);
	}
}

static void a_domain_is_compared_by_whole_labels(void **state)
{
	(void)state;
	assert_true(host_under("xata.sh", "xata.sh"));
	assert_true(host_under("a.b.xata.sh", "xata.sh"));
	assert_false(host_under("evilxata.sh", "xata.sh"));
	assert_false(host_under("xata.sh.evil.com", "xata.sh"));
	assert_false(host_under("sh", "xata.sh"));
}

static void loopback_is_this_machine_only(void **state)
{
	static const char *const here[] = {"localhost", "ws.region.localhost", "127.0.0.1",
					   "127.8.9.1", "::1"};
	static const char *const there[] = {"localhost.example", "evillocalhost", "128.0.0.1",
					    "10.0.0.1",		 "::2",		  "0.0.0.0",
					    "127.0.0.1.evil.com"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(here); i++)
		if (!host_is_loopback(here[i]))
			unit_fail("%s is not taken for this machine", here[i]);
	for (size_t i = 0; i < ARRAY_LEN(there); i++)
		if (host_is_loopback(there[i]))
			unit_fail("%s is taken for this machine", there[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_url_is_split_into_its_parts),
		cmocka_unit_test(spellings_of_one_host_become_one),
		cmocka_unit_test(what_two_readers_could_understand_differently_is_refused),
		cmocka_unit_test(an_endless_url_is_refused),
		cmocka_unit_test(hosts_are_read_as_people_type_them),
		cmocka_unit_test(a_domain_is_compared_by_whole_labels),
		cmocka_unit_test(loopback_is_this_machine_only),
	};
	return unit_main(tests);
}
