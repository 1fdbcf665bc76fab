/* Each call of the store fails once under each route: the answer is clean and nothing is left. */
#include "base/alloc.h"
#include "ledger/record.h"
#include "lib/server_world.h"
#include "lib/store_faulty.h"

#include "base/banned.h"

#define ADD_USERS "[{'addTable':{'table':'users'}}]"
#define SQL "[{'sql':{'up':'SELECT 1'}}]"

/* A request that succeeds in the world made below, whatever was asked before it. */
struct ask {
	const char *method, *target, *body;
	int status;
};

static const struct ask reads[] = {
	{"GET", "/healthz", NULL, 200},
	{"GET", "/metrics", NULL, 200},
	{"GET", "/user", NULL, 200},
	{"GET", "/workspaces", NULL, 200},
	{"GET", WS, NULL, 200},
	{"GET", WS "/regions", NULL, 200},
	{"GET", WS "/dbs", NULL, 200},
	{"GET", WS "/dbs/shop", NULL, 200},
	{"GET", "/dbs/shop", NULL, 200},
	{"GET", "/dbs/shop/gitBranches", NULL, 200},
	{"GET", "/dbs/shop/resolveBranch?gitBranch=git&fallbackBranch=none", NULL, 200},
	{"GET", "/dbs/shop/resolveBranch?gitBranch=x&fallbackBranch=none", NULL, 200},
	{"GET", "/db/shop:main", NULL, 200},
	{"GET", "/db/shop:main?form=head", NULL, 200},
	{"GET", "/db/shop:main/metadata", NULL, 200},
	{"GET", "/db/shop:main/schema", NULL, 200},
	{"GET", "/db/shop:main/schemas", NULL, 200},
	{"POST", "/db/shop:main/schema/history", "{'since':'mig_a'}", 200},
	{"GET", "/db/blog:main", NULL, 200},
	{"GET", "/db/blog:main?form=head", NULL, 200},
	{"GET", "/db/blog:main/migrations/history", NULL, 200},
	{"GET", "/db/blog:main/migrations/status", NULL, 200},
	{"GET", "/db/blog:main/migrations/jobs", NULL, 200},
};

/* In this order each of them works, and is asked again after every failure until it does. */
static const struct ask writes[] = {
	{"POST", "/workspaces", "{'name':'Other'}", 201},
	{"PUT", WS, "{'name':'New'}", 200},
	{"PUT", WS "/dbs/new", "{'region':'local'}", 201},
	{"PATCH", WS "/dbs/new", "{'ui':{'color':'red'}}", 200},
	{"POST", WS "/dbs/new/rename", "{'newName':'newer'}", 200},
	{"DELETE", WS "/dbs/newer", NULL, 200},
	{"PUT", "/db/shop:dev?from=main", "{'metadata':{'stage':'x'}}", 201},
	{"PUT", "/db/shop:dev/metadata", "{'stage':'y'}", 204},
	{"POST", "/dbs/shop/gitBranches", "{'gitBranch':'g','xataBranch':'dev'}", 204},
	{"DELETE", "/dbs/shop/gitBranches?gitBranch=g", NULL, 204},
	{"DELETE", "/db/shop:dev", NULL, 200},
	{"POST", "/db/blog:main/migrations/apply", "{'name':'one','operations':" SQL "}", 200},
	{"PUT", "/db/blog:dev?from=main", NULL, 201},
	{"POST", "/db/blog:main/migrations/start", "{'name':'two','operations':" SQL "}", 200},
	{"PUT", "/db/blog:act?from=main", NULL, 201},
	{"POST", "/db/blog:main/migrations/complete", NULL, 200},
	{"POST", "/db/blog:main/migrations/start", "{'name':'tri','operations':" SQL "}", 200},
	{"POST", "/db/blog:main/migrations/rollback", NULL, 200},
};

static struct world *open_world(const char *dir)
{
	struct world *w = world_open_wrapped(dir, store_faulty, NULL);
	AUTO(record) *first = world_record(RECORD_V1, "mig_a", NULL, ADD_USERS);
	AUTO_FREE char *body = world_push_v1(&first, 1);

	world_shop(w, "v1");
	assert_answer(w, 201, "PUT", WS "/dbs/blog", "{'region':'local','postgresEnabled':true}");
	assert_answer(w, 204, "POST", "/dbs/shop/gitBranches",
		      "{'gitBranch':'git','xataBranch':'main'}");
	assert_answer(w, 200, "POST", "/db/shop:main/schema/push", body);
	assert_answer(w, 200, "POST", "/db/blog:main/migrations/apply",
		      "{'name':'zero','operations':" SQL "}");
	return w;
}

/* Everything that a client can see, as one text. */
static char *snapshot(struct world *w)
{
	struct str all = {0};

	for (size_t i = 1; i < ARRAY_LEN(reads); i++) {
		if (strcmp(reads[i].target, "/metrics") == 0)
			continue;
		world_ask(w, reads[i].method, reads[i].target, reads[i].body);
		str_putv(&all, str_view(&w->res.body));
		str_putc(&all, '\n');
	}
	return str_steal(&all);
}

static void check_clean(struct world *w, const struct ask *a, enum error_code code)
{
	const char *body = str_cstr(&w->res.body);
	int status = code == E_BUSY ? 503 : code == E_NOSPACE ? 507 : 500;

	if (w->res.status != status || !world_at(w, "id") || !world_at(w, "message") ||
	    strstr(body, "INSERT") || strstr(body, "/var/lib"))
		unit_fail("%s %s gave %d: %s", a->method, a->target, w->res.status, body);
	assert_non_null(strstr(w->res.cause.msg, STORE_FAULTY_MESSAGE));
	assert_null(world_header(w, "Location"));
	assert_int_equal(store_faulty_open(), 0);
	if (code == E_BUSY)
		assert_string_equal(world_header(w, "Retry-After"), "1");
}

/* Fails each call in turn until one request gets through; gives how many calls there were. */
static long fail_each_call(struct world *w, const struct ask *a, enum error_code code, bool changes)
{
	AUTO_FREE char *before = changes ? snapshot(w) : NULL;
	long n = 0;

	for (;;) {
		store_faulty_set(++n, code);
		world_ask(w, a->method, a->target, a->body);
		bool happened = store_faulty_happened();
		store_faulty_set(0, E_OK);
		if (!happened)
			break;
		check_clean(w, a, code);
		if (changes) {
			AUTO_FREE char *after = snapshot(w);
			assert_string_equal(before, after);
		}
	}
	if (w->res.status != a->status)
		unit_fail("%s %s gave %d at last: %s", a->method, a->target, w->res.status,
			  str_cstr(&w->res.body));
	assert_int_equal(store_faulty_open(), 0);
	return n - 1;
}

static void every_read_answers_cleanly_whatever_call_fails(void **state)
{
	static const enum error_code codes[] = {E_IO, E_INTERNAL, E_BUSY, E_ACCESS, E_NOSPACE};
	struct world *w = open_world(*state);

	for (size_t i = 0; i < ARRAY_LEN(reads); i++)
		for (size_t j = 0; j < ARRAY_LEN(codes); j++)
			assert_true(fail_each_call(w, &reads[i], codes[j], false) >= 1);
	world_close(w);
}

static void every_write_is_undone_whatever_call_fails(void **state)
{
	struct world *w = open_world(*state);

	for (size_t i = 0; i < ARRAY_LEN(writes); i++)
		assert_true(fail_each_call(w, &writes[i], i % 2 ? E_IO : E_NOSPACE, true) >= 4);
	world_close(w);
}

static void a_failing_push_leaves_the_branch_as_it_was(void **state)
{
	struct world *w = open_world(*state);
	AUTO(record) *a = world_record(RECORD_V1, "mig_a", NULL, ADD_USERS);
	AUTO(record) *b = world_record(RECORD_V1, "mig_b", a, "[{'addTable':{'table':'b'}}]");
	AUTO(record) *c = world_record(RECORD_V1, "mig_c", b, "[{'addTable':{'table':'c'}}]");
	struct record *v1[] = {a, b, c};
	AUTO_FREE char *body = world_push_v1(v1, 3);
	const struct ask push = {"POST", "/db/shop:main/schema/push", body, 200};

	assert_true(fail_each_call(w, &push, E_IO, true) >= 10);
	AUTO(record) *x = world_record(RECORD_PGROLL, "x", NULL, SQL);
	AUTO(record) *y = world_record(RECORD_PGROLL, "y", x, SQL);
	struct record *pgroll[] = {x, y};
	AUTO_FREE char *batch = world_push_pgroll(NULL, pgroll, 2);
	const struct ask push_batch = {"POST", "/db/blog:empty/migrations/push", batch, 200};
	assert_answer(w, 201, "PUT", "/db/blog:empty", NULL);
	assert_true(fail_each_call(w, &push_batch, E_IO, true) >= 8);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(every_read_answers_cleanly_whatever_call_fails),
		unit_test_in_dir(every_write_is_undone_whatever_call_fails),
		unit_test_in_dir(a_failing_push_leaves_the_branch_as_it_was),
	};
	return unit_main(tests);
}
