/* The rule of target.h: where a command goes, and that a key goes to no other host. */
#include "lib/unit.h"

#include "project/credentials.h"
#include "project/target.h"
#include "unit/project/world.h"

#define KEY "xau_secret"

/* One question; every member may be NULL. */
struct ask {
	const char *config;   /* databaseURL in .xatarc */
	const char *dotenv;   /* text of .env */
	const char *url;      /* XATA_DATABASE_URL of the real environment */
	const char *api;      /* XATA_API_PROVIDER of the real environment */
	const char *db;	      /* --db */
	const char *host;     /* --host */
	const char *profile;  /* --profile */
	const char *own_host; /* host of the profile "default" */
	const char *own_api;  /* provider of the profile "default" */
	const char *trusted;  /* approved with auth trust */
};

static int answer(struct target *t, const char *dir, const struct ask *a, struct error *err)
{
	AUTO_FREE char *config = a->config ? xasprintf("{\"databaseURL\": \"%s\"}\n", a->config)
					   : xstrdup("{}\n");
	struct project *p = NULL;
	struct error bad = {0};

	world_environment(dir);
	unlink(unit_path(dir, "home/.config/xata/credentials"));
	unlink(unit_path(dir, "home/.config/xata/trusted-hosts"));
	unlink(unit_path(dir, "p/.env"));
	mkdir(unit_path(dir, "p"), 0755);
	unit_write(unit_path(dir, "p/.xatarc"), config);
	if (a->dotenv)
		unit_write(unit_path(dir, "p/.env"), a->dotenv);
	if (a->url)
		setenv("XATA_DATABASE_URL", a->url, 1);
	if (a->api)
		setenv("XATA_API_PROVIDER", a->api, 1);
	struct profile own = {.name = (char[]){"default"},
			      .api_key = (char[]){KEY},
			      .host = a->own_host ? xstrdup(a->own_host) : NULL,
			      .api = a->own_api ? xstrdup(a->own_api) : NULL,
			      .cacert = a->own_host ? (char[]){"/own/ca.pem"} : NULL};
	assert_ok(credentials_set(&own, &bad), &bad);
	free(own.host);
	free(own.api);
	if (a->trusted)
		assert_ok(trust_add(a->trusted, &bad), &bad);
	assert_ok(project_open(&p, unit_path(dir, "p"), &bad), &bad);
	struct target_request req = {.db = a->db, .host = a->host, .profile = a->profile};
	int rc = target_resolve(t, p, &req, err);
	project_free(p);
	return rc;
}

static void expect(const char *dir, const struct ask *a, const char *data, const char *control)
{
	AUTO_VALUE(target) t = {0};
	struct error err = {0};

	assert_ok(answer(&t, dir, a, &err), &err);
	assert_string_equal(t.control, control);
	if (data)
		assert_string_equal(t.data, data);
	else
		assert_null(t.data);
	assert_string_equal(t.api_key, KEY);
}

static void refuse(const char *dir, const struct ask *a, int code, const char *text)
{
	AUTO_VALUE(target) t = {0};
	struct error err = {0};

	int rc = answer(&t, dir, a, &err);
	if (rc == 0)
		print_error("# a key would go to %s\n", t.data ? t.data : t.control);
	assert_null(t.api_key);
	assert_null(strstr(err.msg, KEY));
	assert_fails(rc, &err, code, text);
}

/* ---- origin x host */

/* A URL in every place that may name one. */
enum place { IN_CONFIG, IN_DOTENV, IN_ENV, IN_DB_OPTION, IN_HOST_OPTION, IN_PROFILE, PLACES };

static struct ask ask_with(enum place place, const char *url, char **text)
{
	struct ask a = {0};

	free(*text);
	*text = NULL;
	switch (place) {
	case IN_CONFIG:
		a.config = url;
		break;
	case IN_DOTENV:
		*text = xasprintf("XATA_DATABASE_URL=%s\n", url);
		a.dotenv = *text;
		break;
	case IN_ENV:
		a.url = url;
		break;
	case IN_DB_OPTION:
		a.db = url;
		break;
	case IN_HOST_OPTION:
	case IN_PROFILE:
	default:
		*text = xstrndup(url, (size_t)(strstr(url, "/db/") - url));
		if (place == IN_HOST_OPTION)
			a.host = *text;
		else
			a.own_host = *text;
	}
	return a;
}

static bool names_itself(enum place place)
{
	return place != IN_CONFIG && place != IN_DOTENV;
}

static void hosted_hosts_get_the_key_wherever_they_are_named(void **state)
{
	static const char *const urls[] = {
		"https://ws-abc123.us-east-1.xata.sh/db/shop",
		"https://WS-abc123.US-east-1.Xata.SH/db/shop",
		"https://ws-abc123.us-east-1.xata.sh./db/shop",
		"https://ws-abc123.us-east-1.xata.sh:443/db/shop",
	};
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		for (enum place at = IN_CONFIG; at <= IN_DB_OPTION; at++) {
			struct ask a = ask_with(at, urls[i], &text);
			expect(*state, &a, "https://ws-abc123.us-east-1.xata.sh",
			       "https://api.xata.io");
		}
}

static void other_hosts_get_the_key_only_when_the_user_names_them(void **state)
{
	static const struct {
		const char *url, *approval;
	} rows[] = {
		{"https://evil.example/db/shop", "evil.example:443"},
		{"https://xata.sh.evil.com/db/shop", "xata.sh.evil.com:443"},
		{"https://ws.us-east-1.evilxata.sh/db/shop", "ws.us-east-1.evilxata.sh:443"},
		{"https://api-xata.io/db/shop", "api-xata.io:443"},
		{"https://EVIL.example./db/shop", "evil.example:443"},
		{"https://evil.example:8443/db/shop", "evil.example:8443"},
		{"https://ws.us-east-1.xata.sh:8443/db/shop", "ws.us-east-1.xata.sh:8443"},
		{"https://localhost:8443/db/shop", "localhost:8443"},
		{"http://localhost:8080/db/shop", "localhost:8080"},
		{"http://ws.region.localhost:8080/db/shop", "localhost:8080"},
		{"http://127.0.0.1:8080/db/shop", "127.0.0.1:8080"},
		{"http://[::1]:8080/db/shop", "[::1]:8080"},
		{"https://[2001:db8::1]/db/shop", "[2001:db8::1]:443"},
		{"https://ws.us-east-1.staging-xata.dev/db/shop",
		 "ws.us-east-1.staging-xata.dev:443"},
		{"https://ws.us-east-1.dev-xata.dev/db/shop", "ws.us-east-1.dev-xata.dev:443"},
	};
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (enum place at = IN_CONFIG; at < PLACES; at++) {
			AUTO_VALUE(target) t = {0};
			struct error err = {0};
			struct ask a = ask_with(at, rows[i].url, &text);
			int rc = answer(&t, *state, &a, &err);
			if (names_itself(at)) {
				assert_ok(rc, &err);
				continue;
			}
			assert_fails_hinting(rc, &err, E_UNTRUSTED, rows[i].approval,
					     "xata auth trust");
			assert_null(t.api_key);
		}
}

static void an_approved_host_is_a_host_with_its_port(void **state)
{
	struct ask a = {.config = "https://evil.example:8443/db/shop",
			.trusted = "evil.example:8443"};

	expect(*state, &a, "https://evil.example:8443", "https://evil.example:8443");
	a.config = "https://evil.example/db/shop";
	refuse(*state, &a, E_UNTRUSTED, "evil.example:443");
	a.config = "https://a.evil.example:8443/db/shop";
	refuse(*state, &a, E_UNTRUSTED, "a.evil.example:8443");
	a.config = "https://evil.example:8443/db/shop";
	a.trusted = "evil.example";
	refuse(*state, &a, E_UNTRUSTED, "evil.example:8443");
	a = (struct ask){.config = "http://ws.region.localhost:8080/db/shop",
			 .trusted = "localhost:8080"};
	expect(*state, &a, "http://ws.region.localhost:8080", "http://localhost:8080");
}

static void the_profiles_own_host_gets_its_key(void **state)
{
	struct ask a = {.config = "https://localhost:8443/db/shop",
			.own_host = "https://localhost:8443"};

	expect(*state, &a, "https://localhost:8443", "https://localhost:8443");
	a.config = "https://ws.region.localhost:8443/db/shop";
	expect(*state, &a, "https://ws.region.localhost:8443", "https://localhost:8443");
	a.config = "https://localhost:8444/db/shop";
	refuse(*state, &a, E_UNTRUSTED, "localhost:8444");
	a.config = "https://example.com:8443/db/shop";
	refuse(*state, &a, E_UNTRUSTED, "example.com:8443");
}

static void tricks_with_urls_are_refused_wherever_they_stand(void **state)
{
	static const char *const urls[] = {
		"https://api.xata.io@evil.example/db/shop",
		"https://user:" KEY "@ws.us-east-1.xata.sh/db/shop",
		"https://evil.example\\\\.xata.sh/db/shop",
		"https://evil.example#.xata.sh/db/shop",
		"https://evil.example?.xata.sh/db/shop",
		"https://ws.us-east-1.xata.sh/db/shop?x",
		"https://ws.us-east-1.xata.sh/shop",
		"https://ws.us-east-1.xata.sh/db/",
		"https://ws.us-east-1.xata.sh/db/a/b",
		"https://ws.us-east-1.xata.sh/db/../shop",
		"https://ws.us-east-1.xata.sh/db/shop:",
		"ftp://ws.us-east-1.xata.sh/db/shop",
	};
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		for (enum place at = IN_CONFIG; at <= IN_DB_OPTION; at++) {
			/* dotenv cuts a value at "#" by itself */
			if (at == IN_DOTENV && strchr(urls[i], '#'))
				continue;
			struct ask a = ask_with(at, urls[i], &text);
			refuse(*state, &a, at == IN_DB_OPTION ? E_USAGE : E_PROJECT,
			       at == IN_CONFIG	    ? ".xatarc"
			       : at == IN_DOTENV    ? ".env"
			       : at == IN_DB_OPTION ? "--db"
						    : "XATA_DATABASE_URL");
		}
}

static void plain_http_is_for_this_machine_only(void **state)
{
	static const char *const urls[] = {
		"http://ws.us-east-1.xata.sh/db/shop",
		"http://evil.example/db/shop",
		"http://localhost.evil.example:8080/db/shop",
		"http://10.0.0.1/db/shop",
	};
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		for (enum place at = IN_CONFIG; at < PLACES; at++) {
			struct ask a = ask_with(at, urls[i], &text);
			refuse(*state, &a, E_UNTRUSTED, "without encryption");
		}
}

/* ---- providers */

static void a_provider_in_a_projects_env_file_redirects_nothing(void **state)
{
	struct ask a = {.dotenv = "XATA_API_PROVIDER=https://evil.example,https://evil.example\n"};

	refuse(*state, &a, E_UNTRUSTED, "evil.example:443");
	a.config = "https://ws.us-east-1.xata.sh/db/shop";
	expect(*state, &a, "https://ws.us-east-1.xata.sh", "https://api.xata.io");
	a.dotenv =
		"XATA_API_PROVIDER=https://evil.example,https://{workspaceId}.{region}.xata.sh\n";
	expect(*state, &a, "https://ws.us-east-1.xata.sh", "https://api.xata.io");
	a.dotenv = "XATA_API_PROVIDER=staging\n";
	a.config = "https://ws.us-east-1.staging-xata.dev/db/shop";
	refuse(*state, &a, E_UNTRUSTED, "staging-xata.dev");
	a.config = NULL;
	refuse(*state, &a, E_UNTRUSTED, "api.staging-xata.dev");
}

static void staging_is_for_those_who_name_it(void **state)
{
	struct ask a = {.config = "https://ws.us-east-1.staging-xata.dev/db/shop",
			.own_api = "staging"};

	expect(*state, &a, "https://ws.us-east-1.staging-xata.dev", "https://api.staging-xata.dev");
	a = (struct ask){.config = a.config, .api = "staging"};
	expect(*state, &a, "https://ws.us-east-1.staging-xata.dev", "https://api.staging-xata.dev");
	a.api = "dev";
	refuse(*state, &a, E_UNTRUSTED, "staging-xata.dev");
	a = (struct ask){.api = "staging"};
	expect(*state, &a, NULL, "https://api.staging-xata.dev");
}

static void a_provider_of_the_real_environment_is_followed(void **state)
{
	struct ask a = {
		.config = "http://ws.region.localhost:6001/db/shop",
		.api = "http://localhost:7001,http://{workspaceId}.{region}.localhost:6001",
	};

	expect(*state, &a, "http://ws.region.localhost:6001", "http://localhost:7001");
	a.api = "local";
	expect(*state, &a, "http://ws.region.localhost:6001", "http://localhost:6001");
	a.api = "https://api.example,https://{workspaceId}.{region}.data.example";
	a.config = "https://ws.region.data.example/db/shop";
	expect(*state, &a, "https://ws.region.data.example", "https://api.example");
	a.config = "https://x.ws.region.data.example/db/shop";
	refuse(*state, &a, E_UNTRUSTED, "x.ws.region.data.example");
	a.api = "https://api.example";
	refuse(*state, &a, E_PROJECT, "XATA_API_PROVIDER");
	a.api = "https://{workspaceId}.example,https://api.example";
	refuse(*state, &a, E_PROJECT, "XATA_API_PROVIDER");
}

static void workspace_and_region_come_from_the_host(void **state)
{
	static const struct {
		const char *url, *workspace, *region;
		bool hosted;
	} rows[] = {
		{"https://ws-abc123.eu-west-1.xata.sh/db/shop", "ws-abc123", "eu-west-1", true},
		{"http://ws.region.localhost:8080/db/shop", "ws", "region", false},
		{"https://localhost:8443/db/shop", NULL, NULL, false},
		{"https://a.b.example/db/shop", NULL, NULL, false},
		{"https://xata.sh/db/shop", NULL, NULL, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_VALUE(target) t = {0};
		struct error err = {0};
		struct ask a = {.db = rows[i].url};
		assert_ok(answer(&t, *state, &a, &err), &err);
		assert_true(str_eq(t.workspace, rows[i].workspace));
		assert_true(str_eq(t.region, rows[i].region));
		assert_int_equal(t.hosted, rows[i].hosted);
		assert_string_equal(t.database, "shop");
		assert_int_equal(t.url_origin, ORIGIN_FLAG);
	}
}

/* ---- databases, hosts and profiles named on the command line */

static void a_bare_database_name_takes_the_host_from_elsewhere(void **state)
{
	struct ask a = {.db = "stock", .config = "https://ws.us-east-1.xata.sh/db/shop"};
	AUTO_VALUE(target) t = {0};
	struct error err = {0};

	assert_ok(answer(&t, *state, &a, &err), &err);
	assert_string_equal(t.url, "https://ws.us-east-1.xata.sh/db/stock");
	a = (struct ask){.db = "stock", .own_host = "https://localhost:8443"};
	expect(*state, &a, "https://localhost:8443", "https://localhost:8443");
	a = (struct ask){.db = "stock", .host = "https://localhost:9443"};
	expect(*state, &a, "https://localhost:9443", "https://localhost:9443");
	a = (struct ask){.db = "stock", .config = "https://evil.example/db/shop"};
	refuse(*state, &a, E_UNTRUSTED, "evil.example:443");
	a.profile = "default";
	a.own_host = "https://localhost:8443";
	expect(*state, &a, "https://localhost:8443", "https://localhost:8443");
	a = (struct ask){.db = "../x"};
	refuse(*state, &a, E_USAGE, "--db");
}

static void the_host_option_counts_for_everything(void **state)
{
	struct ask a = {.host = "https://localhost:8443",
			.config = "https://ws.us-east-1.xata.sh/db/shop"};

	expect(*state, &a, "https://localhost:8443", "https://localhost:8443");
	a.host = "https://api.xata.io";
	expect(*state, &a, "https://ws.us-east-1.xata.sh", "https://api.xata.io");
	a.config = "https://evil.example/db/shop";
	refuse(*state, &a, E_UNTRUSTED, "evil.example:443");
	a.host = "https://localhost:8443/db/shop";
	refuse(*state, &a, E_USAGE, "--host");
}

static void a_profile_asked_for_by_name_leads_to_its_host(void **state)
{
	struct ask a = {.profile = "default",
			.own_host = "https://localhost:8443",
			.config = "https://ws.us-east-1.xata.sh/db/shop"};

	expect(*state, &a, NULL, "https://localhost:8443");
	a.profile = NULL;
	expect(*state, &a, "https://ws.us-east-1.xata.sh", "https://api.xata.io");
	a = (struct ask){.profile = "nobody"};
	refuse(*state, &a, E_NOTFOUND, "\"nobody\"");
}

static void a_ca_file_belongs_to_its_profiles_host(void **state)
{
	struct ask a = {.db = "https://localhost:8443/db/shop",
			.own_host = "https://localhost:8443"};
	AUTO_VALUE(target) own = {0}, other = {0};
	struct error err = {0};

	assert_ok(answer(&own, *state, &a, &err), &err);
	assert_string_equal(own.cacert, "/own/ca.pem");
	a.db = "https://example.com/db/shop";
	assert_ok(answer(&other, *state, &a, &err), &err);
	assert_null(other.cacert);
}

static void nothing_known_is_the_hosted_service_without_a_database(void **state)
{
	struct ask a = {0};

	expect(*state, &a, NULL, "https://api.xata.io");
}

static void a_needed_database_is_asked_for(void **state)
{
	AUTO(project) *p = world_project(*state);
	struct target_request req = {.need_database = true};
	struct target t = {0};
	struct error err = {0};

	assert_fails_hinting(target_resolve(&t, p, &req, &err), &err, E_PROJECT, "no database",
			     "XATA_DATABASE_URL");
	req.db = "shop";
	assert_fails(target_resolve(&t, p, &req, &err), &err, E_PROJECT, "\"shop\"");
}

/* ---- keys and branches */

static char *key_of(const struct project *p, const struct target_request *req, const char **where)
{
	AUTO_VALUE(target) t = {0};
	struct error err = {0};

	assert_ok(target_resolve(&t, p, req, &err), &err);
	*where = t.api_key_where;
	return steal(&t.api_key);
}

static void assert_key(const struct project *p, const struct target_request *req, const char *want,
		       const char *from)
{
	const char *where;
	AUTO_FREE char *key = key_of(p, req, &where);

	assert_true(str_eq(key, want));
	assert_true(str_eq(where, from));
}

static void the_key_is_the_nearest_one_and_never_one_that_was_not_asked_for(void **state)
{
	struct profile own = {.name = (char[]){"default"}, .api_key = (char[]){"own"}};
	struct target_request req = {0};
	struct error err = {0};
	struct project *p = world_project(*state);

	assert_key(p, &req, NULL, NULL);
	assert_ok(credentials_set(&own, &err), &err);
	assert_key(p, &req, "own", "the profile");
	unit_write(unit_path(*state, "p/.env"), "XATA_API_KEY=from-file\n");
	project_free(p);
	p = world_project(*state);
	assert_key(p, &req, "from-file", ".env");
	setenv("XATA_API_KEY", "from-env", 1);
	assert_key(p, &req, "from-env", "XATA_API_KEY");
	req.profile = "default";
	assert_key(p, &req, "own", "the profile");
	req.api_key = "typed";
	assert_key(p, &req, "typed", "--api-key");
	req = (struct target_request){.no_key = true, .profile = "to-be-made"};
	assert_key(p, &req, NULL, NULL);
	project_free(p);
}

static void a_key_that_would_break_a_header_is_refused_unseen(void **state)
{
	AUTO(project) *p = world_project(*state);
	struct target_request req = {0};
	struct target t = {0};
	struct error err = {0};

	setenv("XATA_API_KEY", "abc\r\nHost: evil", 1);
	int rc = target_resolve(&t, p, &req, &err);
	assert_null(strstr(err.msg, "abc"));
	assert_fails(rc, &err, E_INVALID, "XATA_API_KEY");
}

static void assert_branch(const struct project *p, const struct target_request *req,
			  const char *want, enum origin from)
{
	AUTO_VALUE(target) t = {0};
	struct error err = {0};

	assert_ok(target_resolve(&t, p, req, &err), &err);
	assert_true(str_eq(t.branch, want));
	assert_int_equal(t.branch_origin, from);
}

static void the_branch_is_the_one_named_nearest(void **state)
{
	struct target_request req = {0};
	struct target t = {0};
	struct error err = {0};

	world_environment(*state);
	mkdir(unit_path(*state, "p"), 0755);
	unit_write(unit_path(*state, "p/.xatarc"),
		   "{\"databaseURL\":\"https://w.r.xata.sh/db/shop:conf\"}");
	struct project *p = world_project(*state);
	assert_branch(p, &req, "conf", ORIGIN_CONFIG);
	unit_write(unit_path(*state, "p/.env"), "XATA_BRANCH=dotenv\n");
	project_free(p);
	p = world_project(*state);
	assert_branch(p, &req, "dotenv", ORIGIN_DOTENV);
	setenv("XATA_DATABASE_URL", "https://w.r.xata.sh/db/shop:url", 1);
	assert_branch(p, &req, "url", ORIGIN_ENV);
	setenv("XATA_BRANCH", "env", 1);
	assert_branch(p, &req, "env", ORIGIN_ENV);
	req.db = "https://w.r.xata.sh/db/shop:opt";
	assert_branch(p, &req, "opt", ORIGIN_FLAG);
	req.branch = "arg";
	assert_branch(p, &req, "arg", ORIGIN_FLAG);
	req.branch = "feature/x";
	assert_fails(target_resolve(&t, p, &req, &err), &err, E_USAGE, "\"feature/x\"");
	req = (struct target_request){0};
	setenv("XATA_BRANCH", "a\033[2Jb", 1);
	assert_fails(target_resolve(&t, p, &req, &err), &err, E_PROJECT, "XATA_BRANCH");
	project_free(p);
}

static void a_script_without_a_home_needs_no_profile(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(target) t = {0};
	struct target_request req = {.need_database = true};
	struct error err = {0};

	setenv("XATA_DATABASE_URL", "https://localhost:8443/db/shop", 1);
	setenv("XATA_API_KEY", KEY, 1);
	assert_ok(target_resolve(&t, p, &req, &err), &err);
	assert_string_equal(t.control, "https://localhost:8443");
	assert_string_equal(t.api_key, KEY);
	assert_null(t.profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(hosted_hosts_get_the_key_wherever_they_are_named),
		unit_test_in_dir(other_hosts_get_the_key_only_when_the_user_names_them),
		unit_test_in_dir(an_approved_host_is_a_host_with_its_port),
		unit_test_in_dir(the_profiles_own_host_gets_its_key),
		unit_test_in_dir(tricks_with_urls_are_refused_wherever_they_stand),
		unit_test_in_dir(plain_http_is_for_this_machine_only),
		unit_test_in_dir(a_provider_in_a_projects_env_file_redirects_nothing),
		unit_test_in_dir(staging_is_for_those_who_name_it),
		unit_test_in_dir(a_provider_of_the_real_environment_is_followed),
		unit_test_in_dir(workspace_and_region_come_from_the_host),
		unit_test_in_dir(a_bare_database_name_takes_the_host_from_elsewhere),
		unit_test_in_dir(the_host_option_counts_for_everything),
		unit_test_in_dir(a_profile_asked_for_by_name_leads_to_its_host),
		unit_test_in_dir(a_ca_file_belongs_to_its_profiles_host),
		unit_test_in_dir(nothing_known_is_the_hosted_service_without_a_database),
		unit_test_in_dir(a_needed_database_is_asked_for),
		unit_test_in_dir(the_key_is_the_nearest_one_and_never_one_that_was_not_asked_for),
		unit_test_in_dir(a_key_that_would_break_a_header_is_refused_unseen),
		unit_test_in_dir(the_branch_is_the_one_named_nearest),
		unit_test_in_dir(a_script_without_a_home_needs_no_profile),
	};
	return unit_main(tests);
}
