/* Workspaces, databases, branches, metadata and the mapping of Git branches. */
#include "base/alloc.h"
#include "lib/server_world.h"

#include "base/banned.h"

/* ---- the server itself */

static void every_answer_has_the_common_headers_and_errors_have_id_and_message(void **state)
{
	struct world *w = world_open(*state);
	static const char *const targets[] = {"/healthz", "/nothing", "/dbs/..", "/dbs/none",
					      "/workspaces"};

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		world_ask(w, "GET", targets[i], NULL);
		assert_string_equal(world_header(w, "x-request-id"), "req1");
		assert_string_equal(world_header(w, "Cache-Control"), "no-store");
		assert_true(strncmp(world_header(w, "Server"), "xatad/", 6) == 0);
	}
	assert_refusal(w, 404, "not_found", "nothing at this path", "GET", "/nothing", NULL);
	assert_string_equal(w->res.route, "none");
	assert_refusal(w, 405, "method_not_allowed", "method", "PATCH", "/db/a:b", NULL);
	assert_string_equal(world_header(w, "Allow"), "GET, HEAD, PUT, DELETE");
	assert_string_equal(w->res.route, "none");
	world_close(w);
}

static void health_needs_no_key_and_metrics_need_one(void **state)
{
	struct world *w = world_open(*state);

	w->key = NULL;
	assert_answer(w, 200, "GET", "/healthz", NULL);
	assert_string_equal(str_cstr(&w->res.body), "{\"status\":\"ok\"}");
	assert_answer(w, 401, "GET", "/metrics", NULL);
	w->key = KEY_READ_TEXT;
	assert_answer(w, 200, "GET", "/metrics", NULL);
	world_close(w);
}

static void metrics_count_by_route_and_status(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 200, "GET", "/dbs/shop", NULL);
	assert_answer(w, 404, "GET", "/dbs/other", NULL);
	assert_answer(w, 404, "GET", "/secret-path", NULL);
	assert_answer(w, 200, "GET", "/metrics", NULL);
	const char *text = str_cstr(&w->res.body);
	assert_non_null(strstr(text, "xatad_requests_total{method=\"GET\",route=\"/dbs/{db}\","
				     "status=\"200\"} 1\n"));
	assert_non_null(strstr(text, "route=\"/dbs/{db}\",status=\"404\"} 1\n"));
	assert_non_null(strstr(text, "route=\"none\",status=\"404\"} 1\n"));
	assert_non_null(strstr(text, "xatad_request_seconds_count 4\n"));
	assert_non_null(strstr(text, "xatad_requests_in_flight 1\n"));
	assert_null(strstr(text, "secret"));
	world_close(w);
}

static void bodies_are_bounded_and_must_be_objects(void **state)
{
	const struct server_limits limits = {
		.body = 100, .target = 60, .json_depth = 3, .push_records = 2, .page = 5};
	struct world *w = world_open_wrapped(*state, NULL, &limits);
	char body[200];

	memset(body, ' ', sizeof body);
	body[150] = '\0';
	assert_refusal(w, 413, "limit", "over the limit of 100 bytes", "POST", "/workspaces", body);
	assert_refusal(w, 413, "limit", "path is over the limit", "GET",
		       "/dbs/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL);
	assert_refusal(w, 413, "limit", "3 levels", "POST", "/workspaces", "{'name':[[[1]]]}");
	assert_refusal(w, 400, "invalid", "must be an object", "POST", "/workspaces", "[]");
	assert_refusal(w, 400, "invalid", "required", "POST", "/workspaces", " \n");
	assert_refusal(w, 400, "invalid", "invalid JSON at line 1", "POST", "/workspaces", "{");
	assert_refusal(w, 400, "invalid", "twice", "POST", "/workspaces",
		       "{'name':'a','name':'b'}");
	world_close(w);
}

/* ---- workspaces */

static void workspaces_are_made_changed_and_deleted(void **state)
{
	struct world *w = world_open(*state);

	assert_answer(w, 200, "GET", "/workspaces", NULL);
	assert_string_equal(world_text(w, "workspaces.0.id"), "xatad-local0");
	assert_string_equal(world_text(w, "workspaces.0.unique_id"), "xatad-local0");
	assert_string_equal(world_text(w, "workspaces.0.role"), "owner");
	assert_string_equal(world_text(w, "workspaces.0.slug"), "xatad");
	assert_answer(w, 201, "POST", "/workspaces", "{'name':'My Shop!'}");
	assert_true(strncmp(world_text(w, "id"), "my-shop-", 8) == 0);
	assert_string_equal(world_text(w, "slug"), "my-shop");
	assert_string_equal(world_text(w, "plan"), "free");
	assert_int_equal(world_number(w, "memberCount"), 1);
	AUTO_FREE char *path = xstrdup(world_header(w, "Location"));
	assert_answer(w, 200, "PUT", path, "{'name':'Renamed','slug':'my-shop'}");
	assert_refusal(w, 400, "invalid", "slug", "PUT", path, "{'name':'Renamed','slug':'x'}");
	assert_answer(w, 200, "GET", path, NULL);
	assert_string_equal(world_text(w, "name"), "Renamed");
	AUTO_FREE char *db = xasprintf("%s/dbs/shop", path);
	assert_answer(w, 201, "PUT", db, "{'region':'local'}");
	assert_refusal(w, 409, "conflict", "still has databases", "DELETE", path, NULL);
	assert_answer(w, 200, "DELETE", db, NULL);
	assert_answer(w, 204, "DELETE", path, NULL);
	assert_int_equal(w->res.body.len, 0);
	assert_refusal(w, 401, "unauthorized", "no access", "GET", path, NULL);
	world_close(w);
}

static void workspaces_refuse_what_does_not_fit(void **state)
{
	struct world *w = world_open(*state);

	assert_refusal(w, 400, "invalid", "name", "POST", "/workspaces", "{}");
	assert_refusal(w, 400, "invalid", "control", "POST", "/workspaces", "{'name':'a\\n'}");
	assert_refusal(w, 400, "invalid", "1 to 255", "POST", "/workspaces", "{'name':''}");
	assert_refusal(w, 400, "invalid", "slug", "POST", "/workspaces",
		       "{'name':'a','slug':'a/b'}");
	assert_refusal(w, 403, "forbidden", "default workspace", "DELETE", WS, NULL);
	assert_answer(w, 201, "POST", "/workspaces", "{'name':'\xc3\xa9'}");
	assert_string_equal(world_text(w, "slug"), "ws");
	assert_answer(w, 200, "GET", WS "/regions", NULL);
	assert_string_equal(str_cstr(&w->res.body),
			    "{\"regions\":[{\"id\":\"local\",\"name\":\"local\"}]}");
	world_close(w);
}

/* ---- databases */

static void a_database_is_made_with_its_first_branch(void **state)
{
	struct world *w = world_open(*state);

	assert_answer(w, 201, "PUT", WS "/dbs/shop", "{'region':'local','ui':{'color':'red'}}");
	assert_string_equal(str_cstr(&w->res.body), "{\"databaseName\":\"shop\",\"branchName\":"
						    "\"main\",\"status\":\"completed\"}");
	assert_string_equal(world_header(w, "Location"), WS "/dbs/shop");
	assert_answer(w, 200, "GET", WS "/dbs/shop", NULL);
	assert_string_equal(str_cstr(&w->res.body),
			    "{\"name\":\"shop\",\"region\":\"local\",\"createdAt\":"
			    "\"2026-01-02T10:00:00Z\",\"postgresEnabled\":false,\"ui\":{\"color\":"
			    "\"red\"}}");
	assert_refusal(w, 422, "exists", "database [shop] already exists", "PUT", WS "/dbs/shop",
		       "{'region':'local'}");
	assert_answer(w, 201, "PUT", WS "/dbs/blog",
		      "{'region':'local','branchName':'trunk','postgresEnabled':true,"
		      "'metadata':{'stage':'prod','labels':['a']}}");
	assert_answer(w, 200, "GET", "/db/blog:trunk/metadata", NULL);
	assert_string_equal(str_cstr(&w->res.body), "{\"stage\":\"prod\",\"labels\":[\"a\"]}");
	assert_answer(w, 200, "GET", WS "/dbs", NULL);
	assert_int_equal(world_count(w, "databases"), 2);
	world_close(w);
}

static void a_database_is_changed_renamed_and_deleted(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 200, "PATCH", WS "/dbs/shop", "{'ui':{'color':'blue'}}");
	assert_string_equal(world_text(w, "ui.color"), "blue");
	assert_refusal(w, 400, "invalid", "nothing to change", "PATCH", WS "/dbs/shop", "{}");
	assert_refusal(w, 400, "not_found", "[none]", "PATCH", WS "/dbs/none",
		       "{'ui':{'color':'blue'}}");
	assert_answer(w, 201, "PUT", WS "/dbs/blog", "{'region':'local'}");
	assert_refusal(w, 422, "exists", "[blog]", "POST", WS "/dbs/shop/rename",
		       "{'newName':'blog'}");
	assert_refusal(w, 400, "invalid", "invalid database name", "POST", WS "/dbs/shop/rename",
		       "{'newName':'../x'}");
	assert_answer(w, 200, "POST", WS "/dbs/shop/rename", "{'newName':'store'}");
	assert_string_equal(world_text(w, "name"), "store");
	assert_refusal(w, 404, "not_found", "[shop]", "GET", WS "/dbs/shop", NULL);
	assert_refusal(w, 404, "not_found", "[shop]", "POST", WS "/dbs/shop/rename",
		       "{'newName':'y'}");
	assert_answer(w, 200, "GET", "/db/store:main", NULL);
	assert_answer(w, 200, "DELETE", WS "/dbs/store", NULL);
	assert_string_equal(str_cstr(&w->res.body), "{\"status\":\"completed\"}");
	assert_refusal(w, 404, "not_found", "[store]", "DELETE", WS "/dbs/store", NULL);
	assert_refusal(w, 404, "not_found", "database branch [store:main] not found", "GET",
		       "/db/store:main", NULL);
	world_close(w);
}

static void a_database_needs_a_known_region_and_valid_members(void **state)
{
	struct world *w = world_open(*state);

	assert_refusal(w, 400, "invalid", "region", "PUT", WS "/dbs/shop", "{}");
	assert_refusal(w, 400, "invalid", "unknown region", "PUT", WS "/dbs/shop",
		       "{'region':'us-east-1'}");
	assert_refusal(w, 400, "invalid", "branch name", "PUT", WS "/dbs/shop",
		       "{'region':'local','branchName':'a/b'}");
	assert_refusal(w, 400, "invalid", "labels", "PUT", WS "/dbs/shop",
		       "{'region':'local','metadata':{'labels':[1]}}");
	assert_refusal(w, 400, "invalid", "postgresEnabled", "PUT", WS "/dbs/shop",
		       "{'region':'local','postgresEnabled':'yes'}");
	/* A refusal leaves nothing behind. */
	assert_answer(w, 200, "GET", WS "/dbs", NULL);
	assert_int_equal(world_count(w, "databases"), 0);
	world_close(w);
}

/* ---- branches */

static void branches_are_made_listed_and_deleted(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 201, "PUT", "/db/shop:dev", "{'from':'main','metadata':{'branch':'d/e'}}");
	assert_string_equal(str_cstr(&w->res.body), "{\"databaseName\":\"shop\",\"branchName\":"
						    "\"dev\",\"status\":\"completed\"}");
	assert_string_equal(world_header(w, "Location"), "/db/shop:dev");
	assert_answer(w, 201, "PUT", "/db/shop:two?from=dev", NULL);
	assert_answer(w, 200, "GET", "/dbs/shop", NULL);
	assert_string_equal(world_text(w, "databaseName"), "shop");
	assert_string_equal(world_text(w, "branches.1.name"), "dev");
	assert_string_equal(world_text(w, "branches.1.state"), "active");
	assert_string_equal(world_text(w, "branches.2.createdAt"), "2026-01-02T10:00:00Z");
	assert_refusal(w, 422, "exists", "[shop:dev] already exists", "PUT", "/db/shop:dev", NULL);
	assert_refusal(w, 400, "invalid", "\"none\"", "PUT", "/db/shop:x?from=none", NULL);
	assert_refusal(w, 400, "invalid", "branch name", "PUT", "/db/shop:x", "{'from':'a/b'}");
	assert_refusal(w, 404, "not_found", "database [none]", "PUT", "/db/none:x", NULL);
	assert_refusal(w, 404, "not_found", "database [none]", "GET", "/dbs/none", NULL);
	assert_answer(w, 200, "DELETE", "/db/shop:dev", NULL);
	assert_string_equal(str_cstr(&w->res.body), "{\"status\":\"completed\"}");
	assert_refusal(w, 404, "not_found", "[shop:dev]", "DELETE", "/db/shop:dev", NULL);
	assert_answer(w, 200, "GET", "/db/shop:two", NULL);
	world_close(w);
}

static void only_so_many_branches_and_entries_are_taken(void **state)
{
	struct server_limits limits = server_limits_default;
	limits.branches = 2;
	struct world *w = world_open_wrapped(*state, NULL, &limits);

	world_shop(w, "v1");
	assert_answer(w, 201, "PUT", "/db/shop:dev", NULL);
	assert_refusal(w, 413, "limit", "database [shop] has 2 branches", "PUT", "/db/shop:x",
		       NULL);
	assert_refusal(w, 422, "exists", "[shop:dev]", "PUT", "/db/shop:dev", NULL);
	assert_refusal(w, 404, "not_found", "[shop:x]", "GET", "/db/shop:x", NULL);
	assert_answer(w, 204, "POST", "/dbs/shop/gitBranches",
		      "{\"gitBranch\":\"\\\"a\",\"xataBranch\":\"main\"}");
	assert_answer(w, 204, "POST", "/dbs/shop/gitBranches",
		      "{'gitBranch':'b','xataBranch':'dev'}");
	assert_refusal(w, 400, "limit", "has 2 Git branches", "POST", "/dbs/shop/gitBranches",
		       "{'gitBranch':'c','xataBranch':'main'}");
	assert_answer(w, 201, "POST", "/dbs/shop/gitBranches",
		      "{'gitBranch':'b','xataBranch':'main'}");
	assert_answer(w, 200, "GET", "/dbs/shop/gitBranches", NULL);
	assert_string_equal(str_cstr(&w->res.body),
			    "{\"mapping\":[{\"gitBranch\":\"\\\"a\",\"xataBranch\":\"main\"},"
			    "{\"gitBranch\":\"b\",\"xataBranch\":\"main\"}]}");
	assert_answer(w, 200, "DELETE", "/db/shop:dev", NULL);
	assert_answer(w, 201, "PUT", "/db/shop:x", NULL);
	world_close(w);
}

static void branch_details_have_the_official_shape(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 201, "PUT", "/db/shop:dev?from=main", NULL);
	assert_answer(w, 200, "GET", "/db/shop:dev", NULL);
	assert_string_equal(world_text(w, "databaseName"), "shop");
	assert_string_equal(world_text(w, "branchName"), "dev");
	assert_string_equal(world_text(w, "createdAt"), "2026-01-02T10:00:00Z");
	assert_true(strncmp(world_text(w, "id"), "bb_", 3) == 0);
	assert_int_equal(world_number(w, "version"), 1);
	assert_string_equal(world_text(w, "state"), "active");
	assert_string_equal(world_text(w, "lastMigrationID"), "");
	assert_string_equal(world_text(w, "startedFrom.branchName"), "main");
	assert_string_equal(world_text(w, "startedFrom.migrationID"), "");
	assert_int_equal(world_count(w, "schema.tables"), 0);
	assert_null(world_at(w, "usePgRoll"));
	assert_answer(w, 201, "PUT", WS "/dbs/blog", "{'region':'local','postgresEnabled':true}");
	assert_answer(w, 200, "GET", "/db/blog:main", NULL);
	assert_true(json_is_true(world_at(w, "usePgRoll")));
	assert_true(json_is_array(world_at(w, "schema.tables")));
	world_close(w);
}

static void the_light_form_says_what_a_sync_needs(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 200, "GET", "/db/shop:main?form=head", NULL);
	assert_string_equal(world_text(w, "format"), "v1");
	assert_true(json_is_null(world_at(w, "head")));
	assert_null(world_at(w, "usePgRoll"));
	assert_null(world_at(w, "schema"));
	assert_true(strncmp(world_text(w, "endpoint"), "xatad/", 6) == 0);
	assert_answer(w, 201, "PUT", WS "/dbs/blog", "{'region':'local','postgresEnabled':true}");
	assert_answer(w, 200, "GET", "/db/blog:main?form=head", NULL);
	assert_string_equal(world_text(w, "format"), "pgroll");
	assert_true(json_is_true(world_at(w, "usePgRoll")));
	world_close(w);
}

static void metadata_is_checked_and_kept(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 200, "GET", "/db/shop:main/metadata", NULL);
	assert_string_equal(str_cstr(&w->res.body), "{}");
	assert_answer(w, 204, "PUT", "/db/shop:main/metadata",
		      "{'repository':'github.com/o/r','branch':'feat/x','other':1}");
	assert_answer(w, 200, "GET", "/db/shop:main", NULL);
	assert_string_equal(world_text(w, "metadata.repository"), "github.com/o/r");
	assert_null(world_at(w, "metadata.other"));
	assert_refusal(w, 400, "invalid", "stage", "PUT", "/db/shop:main/metadata", "{'stage':1}");
	assert_refusal(w, 400, "invalid", "control", "PUT", "/db/shop:main/metadata",
		       "{'stage':'a\\u0007'}");
	assert_refusal(w, 404, "not_found", "[shop:none]", "PUT", "/db/shop:none/metadata", "{}");
	assert_refusal(w, 404, "not_found", "[shop:none]", "GET", "/db/shop:none/metadata", NULL);
	world_close(w);
}

/* ---- Git branches */

static void git_branches_are_mapped(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 201, "PUT", "/db/shop:dev", NULL);
	assert_answer(w, 204, "POST", "/dbs/shop/gitBranches",
		      "{'gitBranch':'fix/bug','xataBranch':'main'}");
	assert_answer(w, 201, "POST", "/dbs/shop/gitBranches",
		      "{'gitBranch':'fix/bug','xataBranch':'dev'}");
	assert_string_equal(world_text(w, "warning"),
			    "Git branch [fix/bug] was already present in the mapping and was "
			    "overwritten.");
	assert_answer(w, 200, "GET", "/dbs/shop/gitBranches", NULL);
	assert_string_equal(str_cstr(&w->res.body),
			    "{\"mapping\":[{\"gitBranch\":\"fix/bug\",\"xataBranch\":\"dev\"}]}");
	assert_refusal(w, 400, "invalid", "\"none\" does not exist", "POST",
		       "/dbs/shop/gitBranches", "{'gitBranch':'x','xataBranch':'none'}");
	assert_refusal(w, 400, "invalid", "gitBranch", "POST", "/dbs/shop/gitBranches",
		       "{'gitBranch':'','xataBranch':'main'}");
	assert_refusal(w, 400, "not_found", "[none]", "GET", "/dbs/none/gitBranches", NULL);
	assert_refusal(w, 400, "invalid", "gitBranch", "DELETE", "/dbs/shop/gitBranches", NULL);
	assert_answer(w, 204, "DELETE", "/dbs/shop/gitBranches?gitBranch=fix/bug", NULL);
	assert_refusal(w, 404, "not_found", "[fix/bug]", "DELETE",
		       "/dbs/shop/gitBranches?gitBranch=fix/bug", NULL);
	world_close(w);
}

static void resolves_to(struct world *w, const char *query, const char *branch, const char *code)
{
	AUTO_FREE char *target = xasprintf("/dbs/shop/resolveBranch%s", query);

	assert_answer(w, 200, "GET", target, NULL);
	assert_string_equal(world_text(w, "branch"), branch);
	assert_string_equal(world_text(w, "reason.code"), code);
	assert_true(*world_text(w, "reason.message"));
}

static void git_branches_resolve_in_the_official_order(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 201, "PUT", "/db/shop:dev", NULL);
	assert_answer(w, 201, "PUT", "/db/shop:old", NULL);
	assert_answer(w, 204, "POST", "/dbs/shop/gitBranches",
		      "{'gitBranch':'dev','xataBranch':'old'}");
	resolves_to(w, "?gitBranch=dev&fallbackBranch=main", "old", "FOUND_IN_MAPPING");
	assert_answer(w, 200, "DELETE", "/db/shop:old", NULL);
	resolves_to(w, "?gitBranch=dev&fallbackBranch=main", "dev", "BRANCH_EXISTS");
	resolves_to(w, "?gitBranch=fix/x&fallbackBranch=dev", "dev", "FALLBACK_BRANCH");
	resolves_to(w, "?gitBranch=fix/x&fallbackBranch=none", "main", "DEFAULT_BRANCH");
	assert_string_equal(world_text(w, "reason.message"),
			    "Default branch for this database (main)");
	assert_answer(w, 200, "DELETE", "/db/shop:main", NULL);
	resolves_to(w, "", "dev", "DEFAULT_BRANCH");
	assert_answer(w, 200, "DELETE", "/db/shop:dev", NULL);
	assert_refusal(w, 400, "invalid", "no branches", "GET", "/dbs/shop/resolveBranch", NULL);
	assert_refusal(w, 400, "not_found", "[none]", "GET", "/dbs/none/resolveBranch", NULL);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(
			every_answer_has_the_common_headers_and_errors_have_id_and_message),
		unit_test_in_dir(health_needs_no_key_and_metrics_need_one),
		unit_test_in_dir(metrics_count_by_route_and_status),
		unit_test_in_dir(bodies_are_bounded_and_must_be_objects),
		unit_test_in_dir(workspaces_are_made_changed_and_deleted),
		unit_test_in_dir(workspaces_refuse_what_does_not_fit),
		unit_test_in_dir(a_database_is_made_with_its_first_branch),
		unit_test_in_dir(a_database_is_changed_renamed_and_deleted),
		unit_test_in_dir(a_database_needs_a_known_region_and_valid_members),
		unit_test_in_dir(branches_are_made_listed_and_deleted),
		unit_test_in_dir(only_so_many_branches_and_entries_are_taken),
		unit_test_in_dir(branch_details_have_the_official_shape),
		unit_test_in_dir(the_light_form_says_what_a_sync_needs),
		unit_test_in_dir(metadata_is_checked_and_kept),
		unit_test_in_dir(git_branches_are_mapped),
		unit_test_in_dir(git_branches_resolve_in_the_official_order),
	};
	return unit_main(tests);
}
