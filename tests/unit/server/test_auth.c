/* Who may do what: keys, scopes, workspaces in the Host header, and what strangers learn. */
#include "base/alloc.h"
#include "lib/server_world.h"

#include "base/banned.h"

static void no_key_gets_nowhere_and_all_bad_ones_get_the_same_answer(void **state)
{
	struct world *w = world_open(*state);
	static const char *const keys[] = {NULL, "", "x", "xata_unknown", KEY_REVOKED_TEXT};
	AUTO_FREE char *first = NULL;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		w->key = keys[i];
		assert_refusal(w, 401, "unauthorized", "invalid API key", "GET", "/workspaces",
			       NULL);
		if (!first)
			first = xstrdup(str_cstr(&w->res.body));
		assert_string_equal(str_cstr(&w->res.body), first);
		assert_string_equal(world_header(w, "WWW-Authenticate"), "Bearer");
	}
	world_close(w);
}

static int status_with(struct world *w, const char *authorization)
{
	const struct request req = {.method = "GET",
				    .path = "/workspaces",
				    .host = "localhost",
				    .authorization = authorization,
				    .id = "req1"};

	response_release(&w->res);
	server_handle(w->server, &req, &w->res);
	return w->res.status;
}

static void only_a_bearer_key_counts(void **state)
{
	struct world *w = world_open(*state);
	char huge[1000] = "Bearer ";

	memset(huge + 7, 'a', sizeof huge - 8);
	assert_int_equal(status_with(w, "Bearer " KEY_READ_TEXT), 200);
	assert_int_equal(status_with(w, "bearer  " KEY_READ_TEXT " "), 200);
	assert_int_equal(status_with(w, "Basic " KEY_READ_TEXT), 401);
	assert_int_equal(status_with(w, KEY_READ_TEXT), 401);
	assert_int_equal(status_with(w, "Bearer"), 401);
	assert_int_equal(status_with(w, huge), 401);
	world_close(w);
}

static void a_key_does_what_its_scope_says(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	w->key = KEY_READ_TEXT;
	assert_answer(w, 200, "GET", "/dbs/shop", NULL);
	assert_answer(w, 200, "POST", "/db/shop:main/schema/history", NULL);
	assert_refusal(w, 403, "forbidden", "may only read", "PUT", "/db/shop:dev", NULL);
	assert_refusal(w, 403, "forbidden", "may only read", "POST", "/db/shop:main/schema/push",
		       "{'migrations':[]}");
	w->key = KEY_WRITE_TEXT;
	assert_answer(w, 201, "PUT", "/db/shop:dev", NULL);
	assert_refusal(w, 403, "forbidden", "only read and write", "DELETE", WS "/dbs/shop", NULL);
	assert_refusal(w, 403, "forbidden", "only read and write", "POST", "/workspaces",
		       "{'name':'x'}");
	w->key = KEY_ADMIN_TEXT;
	assert_answer(w, 200, "DELETE", WS "/dbs/shop", NULL);
	world_close(w);
}

static void a_limited_key_sees_one_database_and_learns_of_no_other(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	assert_answer(w, 201, "PUT", WS "/dbs/secret", "{'region':'local'}");
	assert_answer(w, 201, "POST", "/workspaces", "{'name':'Other'}");
	AUTO_FREE char *other = xasprintf("/workspaces/%s", world_text(w, "id"));
	w->key = KEY_SHOP_TEXT;
	assert_answer(w, 200, "GET", "/db/shop:main", NULL);
	assert_answer(w, 200, "GET", WS "/dbs", NULL);
	assert_int_equal(world_count(w, "databases"), 1);
	assert_string_equal(world_text(w, "databases.0.name"), "shop");
	assert_answer(w, 200, "GET", "/workspaces", NULL);
	assert_int_equal(world_count(w, "workspaces"), 1);
	/* The same words for what exists and for what does not. */
	assert_refusal(w, 403, "forbidden", "limited to one database", "GET", "/db/secret:main",
		       NULL);
	assert_refusal(w, 403, "forbidden", "limited to one database", "GET", "/db/nothing:main",
		       NULL);
	assert_refusal(w, 403, "forbidden", "limited to one database", "PUT", WS "/dbs/new",
		       "{'region':'local'}");
	assert_refusal(w, 403, "forbidden", "limited to one database", "POST",
		       WS "/dbs/shop/rename", "{'newName':'secret'}");
	assert_refusal(w, 403, "forbidden", "limited to one database", "POST", "/workspaces",
		       "{'name':'x'}");
	assert_refusal(w, 403, "forbidden", "limited to one database", "GET", "/metrics", NULL);
	assert_refusal(w, 401, "unauthorized", "no access", "GET", other, NULL);
	assert_refusal(w, 401, "unauthorized", "no access", "GET", "/workspaces/none-abc123", NULL);
	world_close(w);
}

static void the_host_names_the_workspace(void **state)
{
	struct world *w = world_open(*state);
	static const char *const others[] = {
		"localhost:8443",     "127.0.0.1:1",
		"[::1]:8443",	      "",
		"server.example.org", "xatad-local0.elsewhere.localhost:1",
		"local0.local",	      "a.b.c.d"};

	world_shop(w, "v1");
	assert_answer(w, 201, "POST", "/workspaces", "{'name':'Other'}");
	AUTO_FREE char *other = xasprintf("%s.local.localhost:8443", world_text(w, "id"));
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		w->host = others[i];
		assert_answer(w, 200, "GET", "/dbs/shop", NULL);
	}
	w->host = "xatad-local0.local.localhost:8443";
	assert_answer(w, 200, "GET", "/dbs/shop", NULL);
	w->host = other;
	assert_refusal(w, 404, "not_found", "database [shop] not found", "GET", "/dbs/shop", NULL);
	w->host = "nobody-abc123.local.localhost:8443";
	assert_refusal(w, 401, "unauthorized", "nobody-abc123", "GET", "/dbs/shop", NULL);
	/* In the control plane the path says it. */
	assert_answer(w, 200, "GET", WS "/dbs/shop", NULL);
	world_close(w);
}

static void the_user_is_the_key(void **state)
{
	struct world *w = world_open(*state);

	w->key = KEY_SHOP_TEXT;
	assert_answer(w, 200, "GET", "/user", NULL);
	assert_string_equal(world_text(w, "id"), "key_shop");
	assert_string_equal(world_text(w, "fullname"), "shop");
	assert_string_equal(w->res.key_id, "key_shop");
	assert_null(strstr(str_cstr(&w->res.body), KEY_SHOP_TEXT));
	world_close(w);
}

/* What is asked before a large body is read: all that server_handle() asks before it reads one. */
static void a_request_is_admitted_by_route_key_and_scope(void **state)
{
	static const struct {
		const char *method, *path, *authorization;
		int status;	    /* 0: admitted */
		const char *key_id; /* then: who asks */
	} cases[] = {
		{"POST", "/db/shop:main/schema/push", "Bearer " KEY_WRITE_TEXT, 0, "key_write"},
		{"POST", "/db/nowhere:main/schema/push", "bearer  " KEY_WRITE_TEXT, 0, "key_write"},
		{"POST", "/db/shop:main/schema/push", "Bearer " KEY_READ_TEXT, 403, NULL},
		{"POST", "/db/shop:main/schema/push", "Bearer " KEY_REVOKED_TEXT, 401, NULL},
		{"POST", "/db/shop:main/schema/push", NULL, 401, NULL},
		{"POST", "/db/other:main/schema/push", "Bearer " KEY_SHOP_TEXT, 403, NULL},
		{"PUT", "/db/shop:main/schema/push", "Bearer " KEY_WRITE_TEXT, 405, NULL},
		{"POST", "/nowhere", "Bearer " KEY_WRITE_TEXT, 404, NULL},
		{"POST", "/db/shop/schema/push", "Bearer " KEY_WRITE_TEXT, 400, NULL},
		{"GET", "/healthz", NULL, 0, ""},
	};
	struct world *w = world_open(*state);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_VALUE(response) res = {0};
		struct request req = {.method = cases[i].method,
				      .path = cases[i].path,
				      .authorization = cases[i].authorization,
				      .host = "",
				      .id = "x"};
		assert_int_equal(server_admit(w->server, &req, &res), cases[i].status == 0);
		assert_int_equal(res.status, cases[i].status);
		assert_int_equal(res.body.len > 0, cases[i].status != 0);
		if (cases[i].key_id)
			assert_string_equal(res.key_id, cases[i].key_id);
	}
	assert_answer(w, 200, "GET", "/metrics", NULL);
	assert_non_null(strstr(str_cstr(&w->res.body), "/schema/push\",status=\"401\"} 2"));
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(no_key_gets_nowhere_and_all_bad_ones_get_the_same_answer),
		unit_test_in_dir(only_a_bearer_key_counts),
		unit_test_in_dir(a_key_does_what_its_scope_says),
		unit_test_in_dir(a_limited_key_sees_one_database_and_learns_of_no_other),
		unit_test_in_dir(the_host_names_the_workspace),
		unit_test_in_dir(the_user_is_the_key),
		unit_test_in_dir(a_request_is_admitted_by_route_key_and_scope),
	};
	return unit_main(tests);
}
