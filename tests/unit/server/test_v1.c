/* The history of v1 branches: pushing it, paging through it, sharing it between branches. */
#include "base/alloc.h"
#include "ledger/record.h"
#include "lib/server_world.h"

#include "base/banned.h"

#define ADD_USERS "[{'addTable':{'table':'users'}}]"
#define ADD_NICK "[{'addColumn':{'column':{'name':'nick','type':'string'},'table':'users'}}]"
#define ADD_AGE "[{'addColumn':{'column':{'name':'age','type':'int'},'table':'users'}}]"
#define PUSH "/db/shop:main/schema/push"
#define HISTORY "/db/shop:main/schema/history"

/* A chain: users, users.nick, users.age. */
static void make_chain(struct records *l)
{
	static const char *const operations[] = {ADD_USERS, ADD_NICK, ADD_AGE};
	static const char *const ids[] = {"mig_a", "mig_b", "mig_c"};

	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		records_take(l, world_record(RECORD_V1, ids[i], i ? l->items[i - 1] : NULL,
					     operations[i]));
}

static void push(struct world *w, int status, const char *path, struct record *const *records,
		 size_t n)
{
	AUTO_FREE char *body = world_push_v1(records, n);

	assert_answer(w, status, "POST", path, body);
}

static void push_refused(struct world *w, int status, const char *id, const char *text,
			 struct record *const *records, size_t n)
{
	AUTO_FREE char *body = world_push_v1(records, n);

	assert_refusal(w, status, id, text, "POST", PUSH, body);
}

static void a_push_moves_the_head_and_builds_the_schema(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "v1");
	push(w, 200, PUSH, l.items, 2);
	assert_string_equal(str_cstr(&w->res.body), "{\"migrationID\":\"mig_b\","
						    "\"parentMigrationID\":\"mig_a\",\"status\":"
						    "\"completed\"}");
	push(w, 200, PUSH, l.items + 2, 1);
	assert_answer(w, 200, "GET", "/db/shop:main", NULL);
	assert_string_equal(world_text(w, "lastMigrationID"), "mig_c");
	assert_string_equal(world_text(w, "schema.tables.0.name"), "users");
	assert_string_equal(world_text(w, "schema.tables.0.columns.1.name"), "age");
	assert_answer(w, 200, "GET", "/db/shop:main?form=head", NULL);
	assert_string_equal(world_text(w, "head.id"), "mig_c");
	assert_string_equal(world_text(w, "head.checksum"), record_checksum(l.items[2]));
	assert_int_equal(world_number(w, "head.length"), 3);
	assert_answer(w, 200, "GET", "/db/shop:main/schema", NULL);
	assert_string_equal(world_text(w, "schema.tables.0.columns.0.name"), "nick");
	assert_answer(w, 200, "GET", "/db/shop:main/schemas", NULL);
	assert_int_equal(world_count(w, "schemas"), 1);
	world_close(w);
}

static void a_repeated_push_and_an_applied_prefix_succeed(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "v1");
	push(w, 200, PUSH, l.items, 2);
	push(w, 200, PUSH, l.items, 2);
	push(w, 200, PUSH, l.items + 1, 1);
	push(w, 200, PUSH, l.items + 1, 2);
	push(w, 200, PUSH, l.items, 3);
	assert_answer(w, 200, "POST", HISTORY, NULL);
	assert_int_equal(world_count(w, "logs"), 3);
	world_close(w);
}

static void a_push_behind_the_head_gets_409_with_the_head(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	AUTO(record) *other = world_record(RECORD_V1, "mig_x", l.items[0], ADD_AGE);
	world_shop(w, "v1");
	push(w, 200, PUSH, l.items, 3);
	push_refused(w, 409, "conflict", "outdated migration [branch ID: mig_c, expected: mig_a]",
		     &other, 1);
	assert_string_equal(world_text(w, "head.id"), "mig_c");
	assert_string_equal(world_text(w, "head.checksum"), record_checksum(l.items[2]));
	assert_int_equal(world_number(w, "head.length"), 3);
	/* A list that ends before the head, and one that leaves it on the way. */
	push_refused(w, 409, "conflict", "outdated", l.items, 2);
	struct record *leaves[] = {l.items[0], other};
	push_refused(w, 409, "conflict", "outdated", leaves, 2);
	world_close(w);
}

static void a_first_record_with_a_parent_is_a_conflict_on_an_empty_branch(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "v1");
	push_refused(w, 409, "conflict", "expected: mig_a]", l.items + 1, 1);
	assert_true(json_is_null(world_at(w, "head")));
	world_close(w);
}

static void checksums_parents_and_operations_are_checked_and_the_record_is_named(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	AUTO(record) *wrong_parent = world_record(RECORD_V1, "mig_p", l.items[0], ADD_AGE);
	AUTO(record) *no_table = world_record(
		RECORD_V1, "mig_t", l.items[0],
		"[{'addColumn':{'column':{'name':'x','type':'int'},'table':'nothing'}}]");
	AUTO(record) *no_name = world_record(
		RECORD_V1, "mig_y", l.items[0],
		"[{'addColumn':{'column':{'type':'int'},'table':'users'}}]");
	world_shop(w, "v1");
	struct record *a[] = {l.items[0], l.items[1], wrong_parent};
	push_refused(w, 400, "invalid", "migration \"mig_p\": its parent is \"mig_a\"", a, 3);
	struct record *b[] = {l.items[0], no_table};
	push_refused(w, 400, "invalid", "table \"nothing\" does not exist", b, 2);
	assert_non_null(strstr(world_text(w, "message"), "migration \"mig_t\""));
	struct record *c[] = {l.items[0], no_name};
	push_refused(w, 400, "invalid", "migration \"mig_y\": operation 1", c, 2);
	AUTO_FREE char *bad = world_push_v1(l.items, 2);
	char *digit = strstr(bad, "\"checksum\":\"1:") + 14;
	*digit = *digit == '0' ? '1' : '0';
	assert_refusal(w, 400, "invalid", "migration \"mig_a\": its checksum", "POST", PUSH, bad);
	/* All or nothing: the good ones before a bad one are not there. */
	assert_answer(w, 200, "POST", HISTORY, NULL);
	assert_int_equal(world_count(w, "logs"), 0);
	/* A bad checksum on a record that the branch has. */
	push(w, 200, PUSH, l.items, 2);
	assert_refusal(w, 400, "invalid", "migration \"mig_a\": its checksum", "POST", PUSH, bad);
	world_close(w);
}

static void a_known_id_with_other_operations_is_modified(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	AUTO(record) *modified = world_record(RECORD_V1, "mig_b", l.items[0], ADD_AGE);
	AUTO(record) *same = world_record(RECORD_V1, "mig_b", NULL, ADD_NICK);
	AUTO(record) *moved = world_record(RECORD_V1, "mig_b", l.items[2], ADD_NICK);
	world_shop(w, "v1");
	push(w, 200, PUSH, l.items, 3);
	push_refused(w, 409, "modified", "migration \"mig_b\" is known", &modified, 1);
	assert_string_equal(world_text(w, "head.id"), "mig_c");
	push_refused(w, 409, "conflict", "outdated", &same, 1);
	push_refused(w, 409, "conflict", "outdated", &moved, 1);
	/* On another branch of the database too; but the same step may stand elsewhere. */
	assert_answer(w, 201, "PUT", "/db/shop:empty", NULL);
	struct record *list[] = {l.items[0], modified};
	AUTO_FREE char *body = world_push_v1(list, 2);
	assert_refusal(w, 409, "modified", "known to this database", "POST",
		       "/db/shop:empty/schema/push", body);
	push(w, 200, "/db/shop:empty/schema/push", l.items, 2);
	world_close(w);
}

static void an_id_cannot_occur_twice_in_a_history(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	AUTO(record) *again = world_record(RECORD_V1, "mig_a", l.items[1], ADD_USERS);
	struct record *list[] = {l.items[0], l.items[1], again};
	world_shop(w, "v1");
	push_refused(w, 409, "conflict", "\"mig_a\" is in the branch already, as number 1", list,
		     3);
	world_close(w);
}

static void a_branch_shares_the_history_it_started_from(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	AUTO(record) *mine = world_record(RECORD_V1, "mig_m", l.items[1],
					  "[{'addTable':{'table':'teams'}}]");
	world_shop(w, "v1");
	push(w, 200, PUSH, l.items, 2);
	assert_answer(w, 201, "PUT", "/db/shop:dev?from=main", NULL);
	push(w, 200, PUSH, l.items + 2, 1);
	push(w, 200, "/db/shop:dev/schema/push", &mine, 1);
	assert_answer(w, 200, "POST", "/db/shop:dev/schema/history", NULL);
	assert_int_equal(world_count(w, "logs"), 3);
	assert_string_equal(world_text(w, "logs.0.id"), "mig_m");
	assert_string_equal(world_text(w, "logs.1.id"), "mig_b");
	assert_answer(w, 200, "GET", "/db/shop:dev", NULL);
	assert_string_equal(world_text(w, "startedFrom.migrationID"), "mig_b");
	assert_int_equal(world_count(w, "schema.tables"), 2);
	assert_answer(w, 200, "DELETE", "/db/shop:main", NULL);
	assert_answer(w, 200, "POST", "/db/shop:dev/schema/history", NULL);
	assert_int_equal(world_count(w, "logs"), 3);
	world_close(w);
}

/* ---- history */

static void history_comes_newest_first_with_everything_in_the_record(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};
	struct error err = {0};

	make_chain(&l);
	world_shop(w, "v1");
	AUTO_FREE char *sent = world_push_v1(l.items, 3);
	assert_answer(w, 200, "POST", PUSH, sent);
	assert_answer(w, 200, "POST", HISTORY, "{'page':{'size':200}}");
	assert_int_equal(world_count(w, "logs"), 3);
	assert_true(json_is_false(world_at(w, "meta.more")));
	for (size_t i = 0; i < 3; i++) {
		struct record *got;
		AUTO_STR a = {0}, b = {0};
		json_t *item = json_array_get(world_at(w, "logs"), 2 - i);
		assert_string_equal(json_string_value(json_object_get(item, "createdAt")),
				    "2026-01-02T10:00:00Z");
		assert_ok(record_from_item(&got, RECORD_V1, item, &err), &err);
		record_print(&a, got);
		record_print(&b, l.items[i]);
		assert_string_equal(str_cstr(&a), str_cstr(&b));
		record_free(got);
	}
	world_close(w);
}

static void unknown_members_and_texts_are_kept(void **state)
{
	struct world *w = world_open(*state);
	AUTO(record) *r = world_record(RECORD_V1, "mig_a", NULL, ADD_USERS);
	AUTO_FREE char *body = xasprintf(
		"{'migrations':[{'id':'mig_a','checksum':'%s','operations':%s,"
		"'title':'First','message':'','future':{'z':1,'a':[2]}}]}",
		record_checksum(r), ADD_USERS);

	world_shop(w, "v1");
	assert_answer(w, 200, "POST", PUSH, body);
	assert_answer(w, 200, "POST", HISTORY, NULL);
	assert_string_equal(world_text(w, "logs.0.title"), "First");
	assert_null(world_at(w, "logs.0.message"));
	assert_int_equal(world_number(w, "logs.0.future.z"), 1);
	world_close(w);
}

static void history_pages_lead_from_one_to_the_next(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "v1");
	push(w, 200, PUSH, l.items, 3);
	assert_answer(w, 200, "POST", HISTORY, "{'page':{'size':2}}");
	assert_int_equal(world_count(w, "logs"), 2);
	assert_true(json_is_true(world_at(w, "meta.more")));
	AUTO_FREE char *next = xasprintf("{'page':{'size':2,'after':'%s'}}",
					 world_text(w, "meta.cursor"));
	assert_answer(w, 200, "POST", HISTORY, next);
	assert_int_equal(world_count(w, "logs"), 1);
	assert_string_equal(world_text(w, "logs.0.id"), "mig_a");
	assert_true(json_is_false(world_at(w, "meta.more")));
	AUTO_FREE char *last = xasprintf("{'page':{'after':'%s'}}", world_text(w, "meta.cursor"));
	assert_answer(w, 200, "POST", HISTORY, last);
	assert_int_equal(world_count(w, "logs"), 0);
	assert_true(json_is_false(world_at(w, "meta.more")));
	world_close(w);
}

static void since_gives_only_what_came_after(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "v1");
	push(w, 200, PUSH, l.items, 3);
	assert_answer(w, 200, "POST", HISTORY, "{'since':'mig_a'}");
	assert_int_equal(world_count(w, "logs"), 2);
	assert_true(json_is_false(world_at(w, "meta.more")));
	assert_answer(w, 200, "POST", HISTORY, "{'since':'mig_a','page':{'size':1}}");
	assert_true(json_is_true(world_at(w, "meta.more")));
	assert_answer(w, 200, "POST", HISTORY, "{'since':'mig_c'}");
	assert_int_equal(world_count(w, "logs"), 0);
	assert_true(w->res.body.len < 100);
	assert_refusal(w, 400, "unknown_migration", "\"mig_z\"", "POST", HISTORY,
		       "{'since':'mig_z'}");
	/* Known to the database, but not in this branch's history. */
	assert_answer(w, 201, "PUT", "/db/shop:empty", NULL);
	assert_refusal(w, 400, "unknown_migration", "\"mig_a\"", "POST",
		       "/db/shop:empty/schema/history", "{'since':'mig_a'}");
	world_close(w);
}

static void history_refuses_malformed_pages(void **state)
{
	struct world *w = world_open(*state);
	static const char *const bodies[] = {
		"{'page':{'size':0}}",
		"{'page':{'size':1001}}",
		"{'page':{'size':'5'}}",
		"{'page':{'after':'x'}}",
		"{'page':{'after':'-1'}}",
		"{'page':{'after':'1 '}}",
		"{'page':{'before':'3'}}",
		"{'page':[]}",
		"{'since':5}",
		"{'page':{'after':'99999999999999999999'}}",
	};

	world_shop(w, "v1");
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		assert_refusal(w, 400, "invalid", "", "POST", HISTORY, bodies[i]);
	assert_answer(w, 200, "POST", HISTORY, "{'page':{'size':1000,'after':'500'}}");
	assert_refusal(w, 404, "not_found", "[shop:none]", "POST", "/db/shop:none/schema/history",
		       NULL);
	world_close(w);
}

/* ---- what is refused at once */

static void pushes_are_bounded_and_checked_for_shape(void **state)
{
	struct server_limits limits = server_limits_default;
	limits.push_records = 2;
	struct world *w = world_open_wrapped(*state, NULL, &limits);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "v1");
	push_refused(w, 413, "limit", "3 migrations in one push: the limit is 2", l.items, 3);
	assert_refusal(w, 400, "invalid", "empty", "POST", PUSH, "{'migrations':[]}");
	assert_refusal(w, 400, "invalid", "migrations", "POST", PUSH, "{}");
	assert_refusal(w, 400, "invalid", "migration 1 of the push", "POST", PUSH,
		       "{'migrations':[5]}");
	assert_refusal(w, 400, "invalid", "checksum", "POST", PUSH,
		       "{'migrations':[{'id':'mig_a','operations':[]}]}");
	assert_refusal(w, 400, "invalid", "cannot be the name", "POST", PUSH,
		       "{'migrations':[{'id':'../a','checksum':'1:00','operations':[]}]}");
	assert_refusal(w, 404, "not_found", "[shop:none]", "POST", "/db/shop:none/schema/push",
		       "{'migrations':[{'id':'mig_a','checksum':'1:"
		       "0000000000000000000000000000000000000000000000000000000000000000',"
		       "'operations':[]}]}");
	world_close(w);
}

static void a_pgroll_branch_has_no_v1_history(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "pgroll");
	push_refused(w, 400, "invalid",
		     "this endpoint works only with non postgres enabled branches", l.items, 1);
	assert_refusal(w, 400, "invalid", "non postgres enabled", "POST", HISTORY, NULL);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(a_push_moves_the_head_and_builds_the_schema),
		unit_test_in_dir(a_repeated_push_and_an_applied_prefix_succeed),
		unit_test_in_dir(a_push_behind_the_head_gets_409_with_the_head),
		unit_test_in_dir(a_first_record_with_a_parent_is_a_conflict_on_an_empty_branch),
		unit_test_in_dir(
			checksums_parents_and_operations_are_checked_and_the_record_is_named),
		unit_test_in_dir(a_known_id_with_other_operations_is_modified),
		unit_test_in_dir(an_id_cannot_occur_twice_in_a_history),
		unit_test_in_dir(a_branch_shares_the_history_it_started_from),
		unit_test_in_dir(history_comes_newest_first_with_everything_in_the_record),
		unit_test_in_dir(unknown_members_and_texts_are_kept),
		unit_test_in_dir(history_pages_lead_from_one_to_the_next),
		unit_test_in_dir(since_gives_only_what_came_after),
		unit_test_in_dir(history_refuses_malformed_pages),
		unit_test_in_dir(pushes_are_bounded_and_checked_for_shape),
		unit_test_in_dir(a_pgroll_branch_has_no_v1_history),
	};
	return unit_main(tests);
}
