/* What credentials.h promises: the user's profiles and trusted hosts, kept secret and kept whole.
 */
#include "lib/unit.h"

#include <sys/wait.h>

#include "project/credentials.h"
#include "project/ini.h"
#include "unit/project/world.h"

#define FILE_NAME "home/.config/xata/credentials"

static void write_private(const char *dir, const char *text)
{
	const char *path = unit_path(dir, FILE_NAME);

	world_environment(dir);
	mkdir(unit_path(dir, "home/.config"), 0755);
	mkdir(unit_path(dir, "home/.config/xata"), 0700);
	unit_write(path, text);
	chmod(path, 0600);
}

static void login(const char *name, const char *key, const char *host)
{
	AUTO_VALUE(profile)
	p = {.name = xstrdup(name), .api_key = xstrdup(key), .host = xstrdup(host)};
	struct error err = {0};

	assert_ok(credentials_set(&p, &err), &err);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void what_the_official_cli_wrote_is_read(void **state)
{
	AUTO_VALUE(profile) work = {0}, staging = {0}, own = {0}, dotted = {0};
	AUTO_VALUE(strs) names = {0};
	struct error err = {0};

	write_private(*state, "; a comment\n"
			      "[work]\n"
			      "apiKey=xau_1\n"
			      "name=work\n"
			      "web=https://app.xata.io\n"
			      "host=production\n"
			      "\n"
			      "[staging]\n"
			      "apiKey = \"xau;2\"\n"
			      "host=staging\n"
			      "\n"
			      "[own]\r\n"
			      "apiKey=xau\\;3 ; a comment\r\n"
			      "[own.host]\n"
			      "main=http://localhost:6001\n"
			      "workspaces=http://{workspaceId}.{region}.localhost:6001\n"
			      "[my\\.profile]\n"
			      "apiKey='xau_4'\n"
			      "api=production\n");
	assert_ok(credentials_get(&work, "work", &err), &err);
	assert_string_equal(work.api_key, "xau_1");
	assert_string_equal(work.web, "https://app.xata.io");
	assert_string_equal(work.api, "production");
	assert_null(work.host);
	assert_ok(credentials_get(&staging, "staging", &err), &err);
	assert_string_equal(staging.api_key, "xau;2");
	assert_string_equal(staging.api, "staging");
	assert_ok(credentials_get(&own, "own", &err), &err);
	assert_string_equal(own.api_key, "xau;3");
	assert_string_equal(own.api, "http://localhost:6001,"
				     "http://{workspaceId}.{region}.localhost:6001");
	assert_ok(credentials_get(&dotted, "my.profile", &err), &err);
	assert_string_equal(dotted.api_key, "xau_4");
	assert_ok(credentials_names(&names, &err), &err);
	assert_int_equal(names.len, 4);
}

static void a_login_is_private_from_the_start(void **state)
{
	AUTO_VALUE(profile) p = {0};
	struct error err = {0};

	world_environment(*state);
	umask(0);
	login("default", "xau_1", "https://localhost:8443");
	umask(022);
	assert_int_equal(mode_of(unit_path(*state, FILE_NAME)), 0600);
	assert_int_equal(mode_of(unit_path(*state, "home/.config/xata")), 0700);
	assert_ok(credentials_get(&p, "default", &err), &err);
	assert_string_equal(p.host, "https://localhost:8443");
	/* So that the official CLI goes there too. */
	assert_string_equal(p.api, "https://localhost:8443,"
				   "https://{workspaceId}.{region}.localhost:8443");
	assert_file(unit_path(*state, FILE_NAME),
		    "[default]\n"
		    "name=default\n"
		    "apiKey=xau_1\n"
		    "api=https://localhost:8443,https://{workspaceId}.{region}.localhost:8443\n"
		    "host=https://localhost:8443\n");
}

static void another_login_keeps_what_it_does_not_know(void **state)
{
	write_private(*state, "# mine\n"
			      "[work]\n"
			      "apiKey=old ; old one\n"
			      "future = \"keep me\"\n"
			      "host=staging\n"
			      "\n"
			      "; about other\n"
			      "[other]\n"
			      "apiKey=theirs\n"
			      "[work.host]\n"
			      "main=x\n"
			      "[work.more]\n"
			      "deep=1\n");
	login("work", "new", NULL);
	login("third", "3", NULL);
	assert_file(unit_path(*state, FILE_NAME), "# mine\n"
						  "[work]\n"
						  "apiKey=new\n"
						  "future = \"keep me\"\n"
						  "name=work\n"
						  "\n"
						  "; about other\n"
						  "[other]\n"
						  "apiKey=theirs\n"
						  "[work.more]\n"
						  "deep=1\n"
						  "\n"
						  "[third]\n"
						  "name=third\n"
						  "apiKey=3\n");
}

static void a_logout_removes_one_profile_only(void **state)
{
	struct error err = {0};
	struct profile p = {0};

	write_private(*state, "# mine\n"
			      "[work]\n"
			      "; key of work\n"
			      "apiKey=1\n"
			      "[work.host]\n"
			      "main=x\n"
			      "; about other\n"
			      "[other]\n"
			      "apiKey=2\n");
	assert_ok(credentials_remove("work", &err), &err);
	assert_file(unit_path(*state, FILE_NAME), "# mine\n"
						  "; about other\n"
						  "[other]\n"
						  "apiKey=2\n");
	assert_fails_hinting(credentials_remove("work", &err), &err, E_NOTFOUND, "\"work\"",
			     "xata auth login");
	assert_fails(credentials_get(&p, "work", &err), &err, E_NOTFOUND, "\"work\"");
	/* A name out of a project's .env must not become a command that somebody pastes. */
	assert_fails_hinting(credentials_get(&p, "x; rm -rf ~", &err), &err, E_NOTFOUND, "profile",
			     "Run \"xata auth login\" to make one.");
}

static void values_survive_whatever_they_contain(void **state)
{
	static const char *const keys[] = {"plain", "a;b", "a#b", "a\\b", "a\"b", "'q'",
					   "[x",    "{x",  "a=b", "true", "null"};
	static const char *const names[] = {"default", "my.profile", "a b", "x;y", "x\\y"};
	struct error err = {0};

	world_environment(*state);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		AUTO_VALUE(profile) p = {0};
		const char *name = names[i % ARRAY_LEN(names)];
		login(name, keys[i], NULL);
		assert_ok(credentials_get(&p, name, &err), &err);
		assert_string_equal(p.api_key, keys[i]);
	}
	AUTO_VALUE(strs) all = {0};
	assert_ok(credentials_names(&all, &err), &err);
	assert_int_equal(all.len, ARRAY_LEN(names));
}

static void names_and_values_that_would_break_the_file_are_refused(void **state)
{
	static const char *const bad[] = {"", "a]b", "[a", "a\nb", "a\"b", "a=b", " a", "a "};
	struct error err = {0};

	world_environment(*state);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_VALUE(profile) p = {.name = xstrdup(bad[i]), .api_key = xstrdup("k")};
		assert_fails(credentials_set(&p, &err), &err, E_INVALID, "profile");
	}
	AUTO_VALUE(profile) p = {.name = xstrdup("x"), .api_key = xstrdup("k\napiKey=evil")};
	assert_fails(credentials_set(&p, &err), &err, E_INVALID, "control character");
	AUTO_VALUE(profile) q = {.name = xstrdup("x"), .api_key = xstrdup("k;\xff")};
	assert_fails(credentials_set(&q, &err), &err, E_INVALID, "not UTF-8");
	assert_false(unit_exists(unit_path(*state, FILE_NAME)));
}

static void a_file_that_others_can_read_is_refused_with_the_remedy(void **state)
{
	static const mode_t modes[] = {0644, 0640, 0604, 0620};
	AUTO_FREE char *remedy = NULL;
	struct profile p = {0};
	struct error err = {0};

	write_private(*state, "[default]\napiKey=xau_secret\n");
	remedy = xasprintf("chmod 600 \"%s\"", unit_path(*state, FILE_NAME));
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		chmod(unit_path(*state, FILE_NAME), modes[i]);
		assert_fails_hinting(credentials_get(&p, "default", &err), &err, E_ACCESS,
				     "others than its owner", remedy);
		assert_null(p.api_key);
	}
	AUTO_VALUE(profile) more = {.name = xstrdup("x"), .api_key = xstrdup("k")};
	assert_fails(credentials_set(&more, &err), &err, E_ACCESS, "credentials");
	assert_file(unit_path(*state, FILE_NAME), "[default]\napiKey=xau_secret\n");
}

static void a_malformed_file_is_told_by_its_line_and_never_shown(void **state)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{"xau_secret\n", "line 1"},
		{"[default]\napiKey=1\nxau_secret\n", "line 3"},
		{"[default\napiKey=xau_secret\n", "line 1"},
		{"[]\n", "line 1"},
		{"[a.]\n", "line 1"},
		{"[a]\n=xau_secret\n", "line 2"},
	};
	struct error err = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct profile p = {0};
		write_private(*state, rows[i].text);
		int rc = credentials_get(&p, "default", &err);
		assert_null(strstr(err.msg, "xau_secret"));
		assert_null(strstr(err.hint, "xau_secret"));
		assert_fails_hinting(rc, &err, E_INVALID, rows[i].line, "editor");
		AUTO_VALUE(profile) more = {.name = xstrdup("x"), .api_key = xstrdup("k")};
		assert_fails(credentials_set(&more, &err), &err, E_INVALID, rows[i].line);
		assert_file(unit_path(*state, FILE_NAME), rows[i].text);
	}
}

static void the_place_follows_the_environment(void **state)
{
	AUTO_FREE char *xdg = xasprintf("%s/xdg", (char *)*state);
	struct error err = {0};
	const char *path;

	world_environment(*state);
	assert_ok(credentials_path(&path, &err), &err);
	assert_string_equal(path, unit_path(*state, FILE_NAME));
	setenv("XDG_CONFIG_HOME", xdg, 1);
	login("default", "k", NULL);
	assert_true(unit_exists(unit_path(*state, "xdg/xata/credentials")));
	setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_ok(credentials_path(&path, &err), &err);
	assert_string_equal(path, unit_path(*state, FILE_NAME));
}

static void logins_at_the_same_time_all_count(void **state)
{
	AUTO_VALUE(strs) names = {0};
	struct error err = {0};
	pid_t children[6];
	int status;

	world_environment(*state);
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		children[i] = fork();
		if (children[i] == 0) {
			AUTO_FREE char *name = xasprintf("p%zu", i);
			login(name, "k", NULL);
			_exit(0);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_ok(credentials_names(&names, &err), &err);
	assert_int_equal(names.len, ARRAY_LEN(children));
}

/* ---- trusted hosts */

static void hosts_are_approved_and_disapproved(void **state)
{
	AUTO_VALUE(strs) hosts = {0};
	struct error err = {0};
	bool has;

	world_environment(*state);
	assert_ok(trust_has(&has, "localhost:8443", &err), &err);
	assert_false(has);
	assert_ok(trust_add("https://LocalHost:8443", &err), &err);
	assert_ok(trust_add("localhost:8443", &err), &err);
	assert_ok(trust_add("example.com", &err), &err);
	assert_ok(trust_list(&hosts, &err), &err);
	assert_int_equal(hosts.len, 2);
	assert_string_equal(hosts.items[0], "localhost:8443");
	assert_string_equal(hosts.items[1], "example.com:443");
	assert_ok(trust_has(&has, "localhost:8443", &err), &err);
	assert_true(has);
	assert_ok(trust_has(&has, "localhost:8444", &err), &err);
	assert_false(has);
	assert_ok(trust_has(&has, "sub.example.com", &err), &err);
	assert_false(has);
	assert_int_equal(mode_of(unit_path(*state, "home/.config/xata/trusted-hosts")), 0600);
	assert_ok(trust_remove("localhost:8443", &err), &err);
	assert_ok(trust_has(&has, "localhost:8443", &err), &err);
	assert_false(has);
	assert_fails(trust_remove("localhost:8443", &err), &err, E_NOTFOUND, "localhost:8443");
	assert_fails_hinting(trust_add("http://x/y", &err), &err, E_USAGE, "no host",
			     "localhost:8443");
}

static void a_list_of_hosts_that_others_can_write_is_refused(void **state)
{
	struct error err = {0};
	bool has = true;

	world_environment(*state);
	assert_ok(trust_add("example.com", &err), &err);
	chmod(unit_path(*state, "home/.config/xata/trusted-hosts"), 0666);
	assert_fails_hinting(trust_has(&has, "example.com", &err), &err, E_ACCESS, "trusted-hosts",
			     "chmod 600");
	assert_false(has);
}

static void lines_that_are_no_hosts_approve_nothing(void **state)
{
	AUTO_VALUE(strs) hosts = {0};
	struct error err = {0};
	const char *path;

	world_environment(*state);
	assert_ok(trust_add("example.com", &err), &err);
	path = unit_path(*state, "home/.config/xata/trusted-hosts");
	unit_write(path, "*\n.\n# x.example\nhttps://\n  good.example  \r\na b\n");
	assert_ok(trust_list(&hosts, &err), &err);
	assert_int_equal(hosts.len, 1);
	assert_string_equal(hosts.items[0], "good.example:443");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(what_the_official_cli_wrote_is_read),
		unit_test_in_dir(a_login_is_private_from_the_start),
		unit_test_in_dir(another_login_keeps_what_it_does_not_know),
		unit_test_in_dir(a_logout_removes_one_profile_only),
		unit_test_in_dir(values_survive_whatever_they_contain),
		unit_test_in_dir(names_and_values_that_would_break_the_file_are_refused),
		unit_test_in_dir(a_file_that_others_can_read_is_refused_with_the_remedy),
		unit_test_in_dir(a_malformed_file_is_told_by_its_line_and_never_shown),
		unit_test_in_dir(the_place_follows_the_environment),
		unit_test_in_dir(logins_at_the_same_time_all_count),
		unit_test_in_dir(hosts_are_approved_and_disapproved),
		unit_test_in_dir(a_list_of_hosts_that_others_can_write_is_refused),
		unit_test_in_dir(lines_that_are_no_hosts_approve_nothing),
	};
	return unit_main(tests);
}
