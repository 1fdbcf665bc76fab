/* pgroll branches: apply, start, complete, roll back, batch push, history and jobs. */
#include "base/alloc.h"
#include "ledger/record.h"
#include "lib/server_world.h"

#include "base/banned.h"

#define DB "/db/shop:main"
#define APPLY DB "/migrations/apply"
#define START DB "/migrations/start"
#define PUSH DB "/migrations/push"
#define TABLE(name)                                                                                \
	"[{'create_table':{'name':'" name "','columns':[{'name':'id','type':'bigint','pk':true}]}" \
	"}]"
#define COLUMN(table, name)                                                              \
	"[{'add_column':{'table':'" table "','column':{'name':'" name "','type':'text'," \
	"'nullable':true}}}]"

static void apply(struct world *w, const char *name, const char *operations)
{
	AUTO_FREE char *body = xasprintf("{'name':'%s','operations':%s}", name, operations);

	assert_answer(w, 200, "POST", APPLY, body);
}

/* ---- apply */

static void applying_records_the_migration_and_its_job(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	assert_answer(w, 204, "GET", DB "/migrations/status", NULL);
	apply(w, "create_users", TABLE("users"));
	AUTO_FREE char *job = xasprintf(DB "/migrations/jobs/%s", world_text(w, "jobID"));
	assert_true(strncmp(world_text(w, "jobID"), "mig_job_", 8) == 0);
	assert_answer(w, 200, "GET", job, NULL);
	assert_string_equal(world_text(w, "type"), "apply");
	assert_string_equal(world_text(w, "status"), "completed");
	assert_string_equal(world_text(w, "completedAt"), "2026-01-02T10:00:00Z");
	assert_string_equal(world_text(w, "description.0.create.type"), "table");
	assert_string_equal(world_text(w, "description.0.create.name"), "users");
	assert_null(world_at(w, "error"));
	assert_answer(w, 200, "GET", DB "/migrations/status", NULL);
	assert_string_equal(world_text(w, "type"), "apply");
	assert_answer(w, 200, "GET", DB "/schema", NULL);
	assert_non_null(world_at(w, "schema.tables.users.columns.id"));
	assert_answer(w, 200, "GET", DB, NULL);
	assert_string_equal(world_text(w, "schema.tables.0.name"), "users");
	assert_string_equal(world_text(w, "schema.tables.0.columns.0.type"), "int");
	assert_string_equal(world_text(w, "lastMigrationID"), "create_users");
	world_close(w);
}

static void history_items_have_the_official_shape(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	apply(w, "create_users", TABLE("users"));
	apply(w, "add_nick", COLUMN("users", "nick"));
	assert_answer(w, 200, "GET", DB "/migrations/history", NULL);
	assert_int_equal(world_count(w, "migrations"), 2);
	assert_null(world_at(w, "cursor"));
	assert_string_equal(world_text(w, "migrations.0.name"), "add_nick");
	assert_string_equal(world_text(w, "migrations.0.parent"), "create_users");
	assert_string_equal(world_text(w, "migrations.0.schema"), "public");
	assert_string_equal(world_text(w, "migrations.0.migrationType"), "pgroll");
	assert_string_equal(world_text(w, "migrations.0.startedAt"), "2026-01-02T10:00:00Z");
	assert_true(json_is_true(world_at(w, "migrations.0.done")));
	assert_null(world_at(w, "migrations.1.parent"));
	/* JSON text, members in the order they came. */
	assert_string_equal(world_text(w, "migrations.0.migration"),
			    "{\"name\":\"add_nick\",\"operations\":[{\"add_column\":{\"table\":"
			    "\"users\",\"column\":{\"name\":\"nick\",\"type\":\"text\","
			    "\"nullable\":true}}}]}");
	assert_true(strncmp(world_text(w, "migrations.0.chainChecksum"), "2:", 2) == 0);
	world_close(w);
}

static void a_name_is_made_when_there_is_none(void **state)
{
	struct world *w = world_open(*state);
	AUTO_FREE char *body = xasprintf("{'operations':%s,'adaptTables':true}", TABLE("users"));

	world_shop(w, "pgroll");
	assert_answer(w, 200, "POST", APPLY, body);
	assert_answer(w, 200, "GET", DB "?form=head", NULL);
	assert_int_equal(strlen(world_text(w, "head.id")), 24);
	assert_true(strncmp(world_text(w, "head.id"), "mig_", 4) == 0);
	world_close(w);
}

static void operations_are_checked_and_unknown_ones_carried(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	assert_refusal(w, 400, "invalid", "\"users\" does not exist", "POST", APPLY,
		       "{'name':'a','operations':" COLUMN("users", "nick") "}");
	assert_refusal(w, 400, "invalid", "operation 1", "POST", APPLY,
		       "{'name':'a','operations':[{'create_table':{'columns':[]}}]}");
	assert_refusal(w, 400, "invalid", "exactly one member", "POST", APPLY,
		       "{'name':'a','operations':[{'sql':{'up':'x'},'drop_table':{'name':'y'}}]}");
	assert_refusal(w, 400, "invalid", "operations", "POST", APPLY, "{'name':'a'}");
	assert_refusal(w, 400, "invalid", "cannot be the name", "POST", APPLY,
		       "{'name':'../a','operations':[]}");
	assert_refusal(w, 400, "invalid", "name", "POST", APPLY, "{'name':5,'operations':[]}");
	apply(w, "future", "[{'teleport_table':{'to':'moon'}}]");
	assert_answer(w, 200, "GET", DB "/migrations/history?form=record", NULL);
	assert_string_equal(world_text(w, "migrations.0.migration.operations.0.teleport_table.to"),
			    "moon");
	world_close(w);
}

static void a_name_is_used_once(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	apply(w, "create_users", TABLE("users"));
	assert_refusal(w, 409, "conflict", "\"create_users\" is in the branch already", "POST",
		       APPLY, "{'name':'create_users','operations':" TABLE("users") "}");
	assert_refusal(w, 409, "modified", "\"create_users\"", "POST", APPLY,
		       "{'name':'create_users','operations':" TABLE("teams") "}");
	assert_answer(w, 201, "PUT", "/db/shop:dev", NULL);
	assert_refusal(w, 409, "modified", "known to this database", "POST",
		       "/db/shop:dev/migrations/apply",
		       "{'name':'create_users','operations':" TABLE("teams") "}");
	world_close(w);
}

/* ---- start, complete, roll back */

static void a_started_migration_is_active_until_it_is_completed(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	apply(w, "create_users", TABLE("users"));
	assert_answer(w, 200, "POST", START,
		      "{'name':'add_nick','operations':" COLUMN("users", "nick") "}");
	assert_answer(w, 200, "GET", DB "/migrations/status", NULL);
	assert_string_equal(world_text(w, "type"), "start");
	assert_string_equal(world_text(w, "status"), "completed");
	assert_answer(w, 200, "GET", DB "?form=head", NULL);
	assert_string_equal(world_text(w, "head.id"), "create_users");
	assert_int_equal(world_number(w, "head.length"), 1);
	assert_string_equal(world_text(w, "active.name"), "add_nick");
	assert_string_equal(world_text(w, "active.startedAt"), "2026-01-02T10:00:00Z");
	assert_answer(w, 200, "GET", DB "/migrations/history", NULL);
	assert_true(json_is_false(world_at(w, "migrations.0.done")));
	assert_answer(w, 200, "GET", DB "/schema", NULL);
	assert_null(world_at(w, "schema.tables.users.columns.nick"));
	assert_refusal(w, 409, "active_migration", "\"add_nick\" is started", "POST", START,
		       "{'name':'x','operations':[]}");
	assert_refusal(w, 409, "active_migration", "\"add_nick\" is started", "POST", APPLY,
		       "{'name':'x','operations':[]}");
	assert_refusal(w, 409, "active_migration", "\"add_nick\" is started", "POST", PUSH,
		       "{'expected':null,'records':[]}");
	assert_string_equal(world_text(w, "head.id"), "create_users");
	assert_answer(w, 200, "POST", DB "/migrations/complete", NULL);
	assert_answer(w, 200, "GET", DB "/migrations/status", NULL);
	assert_string_equal(world_text(w, "type"), "complete");
	assert_answer(w, 200, "GET", DB "?form=head", NULL);
	assert_string_equal(world_text(w, "head.id"), "add_nick");
	assert_null(world_at(w, "active"));
	assert_answer(w, 200, "GET", DB "/migrations/history?form=record", NULL);
	assert_true(json_is_true(world_at(w, "migrations.0.done")));
	assert_answer(w, 200, "GET", DB "/schema", NULL);
	assert_non_null(world_at(w, "schema.tables.users.columns.nick"));
	world_close(w);
}

static void a_rolled_back_migration_is_gone_and_its_name_is_free(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	assert_answer(w, 200, "POST", START, "{'name':'a','operations':" TABLE("users") "}");
	assert_answer(w, 200, "POST", DB "/migrations/rollback", "{'schema':'public'}");
	assert_answer(w, 200, "GET", DB "?form=head", NULL);
	assert_true(json_is_null(world_at(w, "head")));
	assert_answer(w, 200, "GET", DB "/migrations/history", NULL);
	assert_int_equal(world_count(w, "migrations"), 0);
	apply(w, "a", TABLE("teams"));
	assert_answer(w, 200, "POST", START, "{'name':'b','operations':" TABLE("users") "}");
	assert_answer(w, 200, "POST", DB "/migrations/rollback", NULL);
	assert_answer(w, 200, "GET", DB "?form=head", NULL);
	assert_string_equal(world_text(w, "head.id"), "a");
	apply(w, "c", COLUMN("teams", "title"));
	world_close(w);
}

static void there_is_nothing_to_complete_when_nothing_is_started(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	assert_refusal(w, 400, "no_active_migration", "no migration is started", "POST",
		       DB "/migrations/complete", NULL);
	apply(w, "create_users", TABLE("users"));
	assert_refusal(w, 400, "no_active_migration", "no migration is started", "POST",
		       DB "/migrations/rollback", "{}");
	world_close(w);
}

static void a_branch_starts_from_what_is_done(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	apply(w, "create_users", TABLE("users"));
	assert_answer(w, 200, "POST", START,
		      "{'name':'add_nick','operations':" COLUMN("users", "nick") "}");
	assert_answer(w, 201, "PUT", "/db/shop:dev?from=main", NULL);
	assert_answer(w, 200, "GET", "/db/shop:dev?form=head", NULL);
	assert_string_equal(world_text(w, "head.id"), "create_users");
	assert_null(world_at(w, "active"));
	assert_answer(w, 200, "POST", "/db/shop:dev/migrations/apply",
		      "{'name':'add_age','operations':" COLUMN("users", "age") "}");
	assert_answer(w, 200, "POST", DB "/migrations/rollback", NULL);
	assert_answer(w, 200, "GET", "/db/shop:dev/migrations/history", NULL);
	assert_int_equal(world_count(w, "migrations"), 2);
	world_close(w);
}

/* ---- jobs */

static void jobs_are_listed_newest_first_in_pages(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	apply(w, "a", TABLE("a"));
	apply(w, "b", TABLE("b"));
	apply(w, "c", TABLE("c"));
	assert_answer(w, 200, "GET", DB "/migrations/jobs?limit=2", NULL);
	assert_int_equal(world_count(w, "jobs"), 2);
	assert_string_equal(world_text(w, "jobs.0.migration"), "c");
	assert_string_equal(world_text(w, "jobs.0.enqueuedAt"), "2026-01-02T10:00:00Z");
	AUTO_FREE char *next = xasprintf(DB "/migrations/jobs?limit=2&cursor=%s",
					 world_text(w, "cursor"));
	assert_answer(w, 200, "GET", next, NULL);
	assert_int_equal(world_count(w, "jobs"), 1);
	assert_string_equal(world_text(w, "jobs.0.migration"), "a");
	assert_null(world_at(w, "cursor"));
	assert_refusal(w, 400, "invalid", "cursor", "GET", DB "/migrations/jobs?cursor=x", NULL);
	assert_refusal(w, 400, "invalid", "limit", "GET", DB "/migrations/jobs?limit=0", NULL);
	assert_refusal(w, 404, "not_found", "job [mig_job_x] not found", "GET",
		       DB "/migrations/jobs/mig_job_x", NULL);
	world_close(w);
}

/* ---- push */

static void make_chain(struct records *l)
{
	static const char *const operations[] = {TABLE("users"), COLUMN("users", "nick"),
						 COLUMN("users", "age")};
	static const char *const names[] = {"create_users", "add_nick", "add_age"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		records_take(l, world_record(RECORD_PGROLL, names[i], i ? l->items[i - 1] : NULL,
					     operations[i]));
}

static void push(struct world *w, long long applied, const struct record *expected,
		 struct record *const *records, size_t n)
{
	AUTO_FREE char *body = world_push_pgroll(expected, records, n);

	assert_answer(w, 200, "POST", PUSH, body);
	assert_int_equal(world_number(w, "applied"), applied);
}

static void push_refused(struct world *w, int status, const char *id, const char *text,
			 const struct record *expected, struct record *const *records, size_t n)
{
	AUTO_FREE char *body = world_push_pgroll(expected, records, n);

	assert_refusal(w, status, id, text, "POST", PUSH, body);
}

static void a_batch_moves_the_head_once_and_may_be_repeated(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "pgroll");
	push(w, 2, NULL, l.items, 2);
	assert_string_equal(world_text(w, "head.id"), "add_nick");
	assert_string_equal(world_text(w, "head.checksum"), record_checksum(l.items[1]));
	assert_int_equal(world_number(w, "head.length"), 2);
	push(w, 0, NULL, l.items, 2); /* the answer was lost */
	push(w, 1, NULL, l.items, 3); /* a prefix is there */
	push(w, 0, l.items[1], l.items + 2, 1);
	push(w, 0, l.items[2], NULL, 0);
	assert_string_equal(world_text(w, "head.id"), "add_age");
	assert_answer(w, 200, "GET", DB "/migrations/jobs", NULL);
	assert_int_equal(world_count(w, "jobs"), 0);
	world_close(w);
}

static void an_outdated_expectation_gets_409_with_the_head(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	AUTO(record) *other = world_record(RECORD_PGROLL, "add_x", l.items[0],
					   COLUMN("users", "x"));
	world_shop(w, "pgroll");
	push(w, 2, NULL, l.items, 2);
	push_refused(w, 409, "conflict", "outdated", l.items[0], &other, 1);
	assert_string_equal(world_text(w, "head.id"), "add_nick");
	assert_string_equal(world_text(w, "head.checksum"), record_checksum(l.items[1]));
	assert_int_equal(world_number(w, "head.length"), 2);
	push_refused(w, 409, "conflict", "outdated", NULL, NULL, 0);
	push_refused(w, 409, "conflict", "outdated", NULL, l.items, 1);
	/* The right name with another checksum is another history. */
	assert_refusal(w, 409, "conflict", "outdated", "POST", PUSH,
		       "{'expected':{'id':'add_nick','checksum':'2:0'},'records':[]}");
	push_refused(w, 400, "invalid", "\"add_x\": its parent is \"create_users\"", l.items[1],
		     &other, 1);
	world_close(w);
}

static void records_come_back_as_they_were_pushed(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	world_shop(w, "pgroll");
	push(w, 3, NULL, l.items, 3);
	assert_answer(w, 200, "GET", DB "/migrations/history?form=record&limit=2", NULL);
	assert_int_equal(world_count(w, "migrations"), 2);
	for (size_t i = 0; i < 2; i++) {
		AUTO_STR got = {0}, sent = {0};
		json_write(&got, json_array_get(world_at(w, "migrations"), i), JSON_FORM_COMPACT);
		json_write(&sent, record_doc(l.items[2 - i]), JSON_FORM_COMPACT);
		assert_string_equal(str_cstr(&got), str_cstr(&sent));
	}
	AUTO_FREE char *next = xasprintf(DB "/migrations/history?form=record&cursor=%s",
					 world_text(w, "cursor"));
	assert_answer(w, 200, "GET", next, NULL);
	assert_int_equal(world_count(w, "migrations"), 1);
	assert_null(world_at(w, "cursor"));
	assert_refusal(w, 400, "invalid", "cursor", "GET", DB "/migrations/history?cursor=x", NULL);
	world_close(w);
}

#define UNSEALED(name, parent, done)                                                               \
	"{'done':" done ",'migration':{'name':'" name "','operations':[{'sql':{'up':'SELECT 1'}}]" \
	"},'migrationType':'inferred','name':'" name "'," parent                                   \
	"'startedAt':'2024-01-01T00:00:00.5Z','later':[1]}"

static void unsealed_records_are_chained_and_kept_otherwise(void **state)
{
	struct world *w = world_open(*state);
	static const char body[] = "{'expected':null,'records':[" UNSEALED(
		"sql_1", "", "true") "," UNSEALED("sql_2", "'parent':'sql_1',", "true") "]}";

	world_shop(w, "pgroll");
	assert_answer(w, 200, "POST", PUSH, body);
	assert_answer(w, 200, "POST", PUSH, body);
	assert_int_equal(world_number(w, "applied"), 0);
	assert_answer(w, 200, "GET", DB "/migrations/history?form=record", NULL);
	assert_true(strncmp(world_text(w, "migrations.0.chainChecksum"), "2:", 2) == 0);
	assert_null(world_at(w, "migrations.0.schema"));
	assert_int_equal(world_count(w, "migrations.0.later"), 1);
	assert_answer(w, 200, "GET", DB "/migrations/history", NULL);
	assert_string_equal(world_text(w, "migrations.0.schema"), "public");
	assert_string_equal(world_text(w, "migrations.0.migrationType"), "inferred");
	assert_string_equal(world_text(w, "migrations.0.startedAt"), "2024-01-01T00:00:00.5Z");
	world_close(w);
}

static void a_batch_is_checked_whole_and_names_what_is_wrong(void **state)
{
	struct world *w = world_open(*state);
	AUTO_VALUE(records) l = {0};

	make_chain(&l);
	AUTO(record) *modified = world_record(RECORD_PGROLL, "add_nick", l.items[0],
					      COLUMN("users", "other"));
	AUTO(record) *lost = world_record(RECORD_PGROLL, "lost", l.items[0], COLUMN("no", "x"));
	world_shop(w, "pgroll");
	struct record *a[] = {l.items[0], lost};
	push_refused(w, 400, "invalid", "migration \"lost\": ", NULL, a, 2);
	assert_non_null(strstr(world_text(w, "message"), "\"no\" does not exist"));
	assert_refusal(w, 400, "invalid", "\"sql_1\" is not done", "POST", PUSH,
		       "{'expected':null,'records':[" UNSEALED("sql_1", "", "false") "]}");
	AUTO_FREE char *bad = world_push_pgroll(NULL, l.items, 2);
	char *digit = strstr(bad, "\"chainChecksum\":\"2:") + 19;
	*digit = *digit == '0' ? '1' : '0';
	assert_refusal(w, 400, "invalid", "\"create_users\": its checksum", "POST", PUSH, bad);
	assert_answer(w, 200, "GET", DB "/migrations/history", NULL);
	assert_int_equal(world_count(w, "migrations"), 0);
	push(w, 3, NULL, l.items, 3);
	push_refused(w, 409, "modified", "\"add_nick\"", l.items[0], &modified, 1);
	world_close(w);
}

static void a_push_says_what_it_expects(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	assert_refusal(w, 400, "invalid", "\"expected\" is missing", "POST", PUSH,
		       "{'records':[]}");
	assert_refusal(w, 400, "invalid", "object or null", "POST", PUSH,
		       "{'expected':'x','records':[]}");
	assert_refusal(w, 400, "invalid", "id", "POST", PUSH, "{'expected':{},'records':[]}");
	assert_refusal(w, 400, "invalid", "records", "POST", PUSH, "{'expected':null}");
	assert_refusal(w, 400, "invalid", "migration 1 of the push", "POST", PUSH,
		       "{'expected':null,'records':[{}]}");
	assert_answer(w, 200, "POST", PUSH, "{'expected':null,'records':[]}");
	assert_true(json_is_null(world_at(w, "head")));
	world_close(w);
}

static void a_converted_history_begins_with_v1_records(void **state)
{
	struct world *w = world_open(*state);
	AUTO(record) *v1 = world_record(RECORD_V1, "mig_a", NULL,
					"[{'addTable':{'table':'users'}}]");
	AUTO(record) *pg = world_record(RECORD_PGROLL, "add_nick", v1, COLUMN("users", "nick"));
	AUTO(record) *back = world_record(RECORD_V1, "mig_b", pg, "[{'addTable':{'table':'b'}}]");
	struct record *list[] = {v1, pg, back};

	world_shop(w, "pgroll");
	push_refused(w, 400, "invalid", "it is a v1 record", NULL, list, 3);
	push(w, 2, NULL, list, 2);
	assert_answer(w, 200, "GET", DB "/migrations/history?form=record", NULL);
	assert_string_equal(world_text(w, "migrations.1.id"), "mig_a");
	assert_answer(w, 200, "GET", DB "/migrations/history", NULL);
	assert_string_equal(world_text(w, "migrations.1.name"), "mig_a");
	assert_string_equal(world_text(w, "migrations.1.migration"),
			    "{\"name\":\"mig_a\",\"operations\":[{\"addTable\":{\"table\":"
			    "\"users\"}}]}");
	world_close(w);
}

static void a_v1_branch_has_no_pgroll_migrations(void **state)
{
	struct world *w = world_open(*state);
	static const char *const reads[] = {"history", "status", "jobs", "jobs/mig_job_x"};
	static const char *const writes[] = {"apply", "start", "complete", "rollback", "push"};
	static const char words[] = "this endpoint works only with postgres enabled branches";

	world_shop(w, "v1");
	for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
		AUTO_FREE char *path = xasprintf(DB "/migrations/%s", reads[i]);
		assert_refusal(w, 400, "invalid", words, "GET", path, NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
		AUTO_FREE char *path = xasprintf(DB "/migrations/%s", writes[i]);
		assert_refusal(w, 400, "invalid", words, "POST", path,
			       "{'expected':null,'records':[],'operations':[]}");
	}
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(applying_records_the_migration_and_its_job),
		unit_test_in_dir(history_items_have_the_official_shape),
		unit_test_in_dir(a_name_is_made_when_there_is_none),
		unit_test_in_dir(operations_are_checked_and_unknown_ones_carried),
		unit_test_in_dir(a_name_is_used_once),
		unit_test_in_dir(a_started_migration_is_active_until_it_is_completed),
		unit_test_in_dir(a_rolled_back_migration_is_gone_and_its_name_is_free),
		unit_test_in_dir(there_is_nothing_to_complete_when_nothing_is_started),
		unit_test_in_dir(a_branch_starts_from_what_is_done),
		unit_test_in_dir(jobs_are_listed_newest_first_in_pages),
		unit_test_in_dir(a_batch_moves_the_head_once_and_may_be_repeated),
		unit_test_in_dir(an_outdated_expectation_gets_409_with_the_head),
		unit_test_in_dir(records_come_back_as_they_were_pushed),
		unit_test_in_dir(unsealed_records_are_chained_and_kept_otherwise),
		unit_test_in_dir(a_batch_is_checked_whole_and_names_what_is_wrong),
		unit_test_in_dir(a_push_says_what_it_expects),
		unit_test_in_dir(a_converted_history_begins_with_v1_records),
		unit_test_in_dir(a_v1_branch_has_no_pgroll_migrations),
	};
	return unit_main(tests);
}
