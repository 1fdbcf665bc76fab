/* Paths find their routes, and names from outside are refused unless they are names. */
#include "base/alloc.h"
#include "lib/unit.h"
#include "server/names.h"
#include "server/routes.h"
#include "server/server.h"

#include "base/banned.h"

static const char *pattern_of(const char *method, const char *path)
{
	AUTO_STR allow = {0};
	struct error err = {0};
	struct route_match m;
	int rc = route_find(&m, &allow, method, path, &err);
	const char *pattern = rc == 0 ? m.route->pattern : error_name(rc);

	route_match_release(&m);
	return pattern;
}

static void each_path_finds_its_route(void **state)
{
	(void)state;
	assert_string_equal(pattern_of("GET", "/workspaces"), "/workspaces");
	assert_string_equal(pattern_of("GET", "/workspaces/xatad-local0/dbs/shop"),
			    "/workspaces/{ws}/dbs/{db}");
	assert_string_equal(pattern_of("GET", "/dbs/shop"), "/dbs/{db}");
	assert_string_equal(pattern_of("GET", "/dbs/shop/resolveBranch"),
			    "/dbs/{db}/resolveBranch");
	assert_string_equal(pattern_of("PUT", "/db/shop:main"), "/db/{db}:{branch}");
	assert_string_equal(pattern_of("GET", "/db/shop:main/migrations/jobs/mig_job_1"),
			    "/db/{db}:{branch}/migrations/jobs/{job}");
	assert_string_equal(pattern_of("HEAD", "/healthz"), "/healthz");
}

static void parameters_are_decoded_and_split(void **state)
{
	AUTO_STR allow = {0};
	struct error err = {0};
	struct route_match m;

	(void)state;
	assert_ok(route_find(&m, &allow, "GET", "/db/my%2Dshop~1%3Afeature_x", &err), &err);
	assert_string_equal(m.params[PATH_DATABASE], "my-shop~1");
	assert_string_equal(m.params[PATH_BRANCH], "feature_x");
	assert_null(m.params[PATH_WORKSPACE]);
	route_match_release(&m);
}

static void other_paths_are_not_found(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"healthz",
		"/healthz/",
		"//healthz",
		"/dbs",
		"/dbs/",
		"/db/",
		"/workspaces//",
		"/db/shop:main/schema/",
		"/db//schema",
		"/healthz/x",
		"/HEALTHZ",
		"/db/shop:main/schema/history/x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (strcmp(pattern_of("GET", paths[i]), "not_found") != 0)
			unit_fail("\"%s\" was found", paths[i]);
}

static void a_wrong_method_learns_which_ones_there_are(void **state)
{
	AUTO_STR allow = {0};
	struct error err = {0};
	struct route_match m;

	(void)state;
	assert_fails(route_find(&m, &allow, "POST", "/db/shop:main", &err), &err, E_METHOD,
		     "method");
	assert_string_equal(str_cstr(&allow), "GET, HEAD, PUT, DELETE");
	route_match_release(&m);
}

static void bad_encodings_and_names_are_refused(void **state)
{
	static const char *const paths[] = {
		"/dbs/%",     "/dbs/%4",       "/dbs/%zz",    "/dbs/a%00b", "/dbs/a%0ab",
		"/dbs/a%7fb", "/dbs/%ff",      "/dbs/%c0%af", "/dbs/..",    "/dbs/%2e%2e",
		"/dbs/a%2fb", "/dbs/a.b",      "/dbs/a b",    "/dbs/a+b",   "/dbs/%ed%a0%80",
		"/db/shop",   "/db/:main",     "/db/shop:",   "/db/a:b:c",  "/workspaces/x/dbs",
		"/dbs/a%25b", "/dbs/\xc3\xa9",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (strcmp(pattern_of("GET", paths[i]), "invalid") != 0)
			unit_fail("\"%s\" gave %s", paths[i], pattern_of("GET", paths[i]));
}

static void names_have_1_to_255_of_their_characters(void **state)
{
	char name[300];
	struct error err = {0};

	(void)state;
	memset(name, 'a', sizeof name);
	name[256] = '\0';
	assert_false(name_valid(name));
	name[255] = '\0';
	assert_true(name_valid(name));
	assert_true(name_valid("A-z_0~9"));
	assert_false(name_valid(""));
	assert_false(name_valid("a/b"));
	assert_fails(name_check("branch", "a\033[1mb", &err), &err, E_INVALID,
		     "invalid branch name \"a\\x1b[1mb\"");
}

static void workspace_ids_end_in_six_characters(void **state)
{
	(void)state;
	assert_true(workspace_id_valid("abc123"));
	assert_true(workspace_id_valid("xatad-local0"));
	assert_true(workspace_id_valid("my-shop-1-abc123"));
	assert_false(workspace_id_valid("abc12"));
	assert_false(workspace_id_valid("a-abc123"));
	assert_false(workspace_id_valid("-b-abc123"));
	assert_false(workspace_id_valid("ab_abc123"));
	assert_false(workspace_id_valid("ab-abc12-"));
	assert_false(workspace_id_valid("a.b-abc123"));
}

static void labels_are_text_without_control_characters(void **state)
{
	struct error err = {0};

	(void)state;
	assert_ok(label_check("name", "Caf\xc3\xa9 \"Ouest\"", 40, &err), &err);
	assert_fails(label_check("name", "", 40, &err), &err, E_INVALID, "1 to 40 bytes");
	assert_fails(label_check("name", "12345", 4, &err), &err, E_INVALID, "1 to 4 bytes");
	assert_fails(label_check("name", "a\nb", 40, &err), &err, E_INVALID, "control");
	assert_fails(label_check("name", "a\xff", 40, &err), &err, E_INVALID, "control");
}

static void routes_differ_and_only_those_that_write_lock_out_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < routes_len; i++) {
		const struct route *r = &routes[i];
		assert_non_null(r->handler);
		assert_true(r->scope >= KEY_READ);
		assert_true((r->mode == STORE_WRITE) == (r->scope > KEY_READ));
		for (size_t j = 0; j < i; j++)
			assert_false(strcmp(r->pattern, routes[j].pattern) == 0 &&
				     strcmp(r->method, routes[j].method) == 0);
		if (r->flags & ROUTE_PUBLIC)
			assert_string_equal(r->pattern, "/healthz");
	}
}

static void a_request_is_weighed_by_its_route(void **state)
{
	static const struct {
		const char *method, *path;
		enum request_weight weight;
		struct request_param query; /* without a name: none */
	} cases[] = {
		{"GET", "/db/a:b", REQUEST_BULK, {0}},
		{"GET", "/db/a:b", REQUEST_BULK, {"form", "record"}},
		{"GET", "/db/a:b", REQUEST_LIGHT, {"form", "head"}},
		{"HEAD", "/db/a:b/schema", REQUEST_BULK, {0}},
		{"POST", "/db/a:b/schema/history", REQUEST_BULK, {0}},
		{"POST", "/db/a:b/schema/push", REQUEST_WRITE, {0}},
		{"GET", "/db/a:b/migrations/history", REQUEST_BULK, {0}},
		{"GET", "/dbs/a", REQUEST_BULK, {0}},
		{"GET", "/dbs/a/gitBranches", REQUEST_BULK, {0}},
		{"GET", "/dbs/a/resolveBranch", REQUEST_LIGHT, {0}},
		{"GET", "/workspaces/" SERVER_DEFAULT_WORKSPACE "/dbs", REQUEST_BULK, {0}},
		{"PUT", "/db/a:b", REQUEST_WRITE, {0}},
		{"POST", "/nowhere", REQUEST_LIGHT, {0}},
		{"GET", "/db/%zz", REQUEST_LIGHT, {0}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct request req = {.method = cases[i].method,
				      .path = cases[i].path,
				      .query = &cases[i].query,
				      .query_len = cases[i].query.name ? 1 : 0};
		assert_int_equal(server_weigh(&req), cases[i].weight);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_path_finds_its_route),
		cmocka_unit_test(parameters_are_decoded_and_split),
		cmocka_unit_test(other_paths_are_not_found),
		cmocka_unit_test(a_wrong_method_learns_which_ones_there_are),
		cmocka_unit_test(bad_encodings_and_names_are_refused),
		cmocka_unit_test(names_have_1_to_255_of_their_characters),
		cmocka_unit_test(workspace_ids_end_in_six_characters),
		cmocka_unit_test(labels_are_text_without_control_characters),
		cmocka_unit_test(a_request_is_weighed_by_its_route),
		cmocka_unit_test(routes_differ_and_only_those_that_write_lock_out_others),
	};
	return unit_main(tests);
}
