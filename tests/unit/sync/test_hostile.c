/* Endpoints that misbehave: each is refused with its cause, nothing is believed, reading ends. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "unit/support/fake_branch.h"

/* Compares a local chain of 3 with a branch that has 3 more and misbehaves as set up. */
struct attack {
	enum dialect dialect;
	enum record_format format;
	void (*mangle)(json_t *items, void *ctx);
	const char *ctx;
	void (*prepare)(struct fake_branch *b);
};

static void suffer(const struct attack *a, int code, const char *text)
{
	AUTO_VALUE(fake_local) local = {0};
	AUTO_VALUE(fake_branch) branch;
	AUTO_VALUE(comparison) c = {0};
	struct records mine = {0}, theirs = {0};
	struct error err = {0};
	char ctx[300];

	snprintf(ctx, sizeof ctx, "%s", a->ctx ? a->ctx : "");
	chain_grow(&theirs, a->format, "c", 6);
	chain_copy(&mine, &theirs, 3);
	fake_local_init(&local, &mine);
	fake_branch_init(&branch, a->dialect, a->format, &theirs);
	branch.mangle = a->mangle;
	branch.mangle_ctx = ctx;
	if (a->prepare)
		a->prepare(&branch);
	assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, code, text);
	assert_int_equal(c.news.len, 0);
	assert_true(branch.http.log.len < 30);
}

static void suffer_everywhere(struct attack a, int code, const char *text)
{
	for (int d = 0; d < 2; d++) {
		for (int f = RECORD_V1; f <= RECORD_PGROLL; f++) {
			a.dialect = (enum dialect)d;
			a.format = (enum record_format)f;
			suffer(&a, code, text);
		}
	}
}

static const char *id_key(const json_t *item)
{
	return json_object_get(item, "id") ? "id" : "name";
}

static const char *parent_key(const json_t *item)
{
	return json_object_get(item, "id") ? "parentID" : "parent";
}

/* ---- names */

static void set_newest_id(json_t *items, void *ctx)
{
	json_t *item = json_array_get(items, 0);

	json_object_set_new(item, id_key(item), json_stringn(ctx, strlen(ctx)));
}

static void a_name_that_is_a_path_is_refused(void **state)
{
	(void)state;
	static const char *const names[] = {
		"../../escaped/evil", "/etc/passwd", "..", ".hidden", "a/b", "a\\b", "-rf", "",
		"name with space"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct attack a = {.mangle = set_newest_id, .ctx = names[i]};
		suffer_everywhere(a, E_PEER, "invalid record");
	}
}

static void terminal_escapes_in_a_name_are_made_harmless(void **state)
{
	(void)state;
	const struct attack a = {.mangle = set_newest_id, .ctx = "evil\x1b[2J\x07name"};

	suffer_everywhere(a, E_PEER, "evil\\x1b[2J\\x07name");
}

static void lengthen_newest_id(json_t *items, void *ctx)
{
	char name[400];

	(void)ctx;
	memset(name, 'a', sizeof name);
	name[sizeof name - 1] = '\0';
	set_newest_id(items, name);
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	(void)state;
	const struct attack a = {.mangle = lengthen_newest_id};

	suffer_everywhere(a, E_PEER, "invalid record");
}

/* Behind the branch's newest record, one that is right but for its id, and does what the oldest
 * does. */
static void append_record(struct fake_branch *b, const char *id)
{
	const struct record *last = b->records.items[b->records.len - 1];
	const struct record_draft draft = {
		.format = b->format,
		.id = id,
		.parent = record_id(last),
		.parent_checksum = record_checksum(last),
		.operations = record_operations(b->records.items[0]),
		.started_at = 1700000000000000,
	};
	struct record *r;
	struct error err = {0};

	assert_ok(record_make(&r, &draft, &err), &err);
	records_take(&b->records, r);
}

static void append_name_without_room_for_a_suffix(struct fake_branch *b)
{
	char id[RECORD_ID_MAX + 1] = "mig_";
	size_t len = b->format == RECORD_V1 ? 242 : 251; /* v1: nine bytes more as a name */

	memset(id + 4, 'a', len - 4);
	append_record(b, id);
}

static void a_name_that_no_file_could_have_is_refused(void **state)
{
	(void)state;
	const struct attack a = {.prepare = append_name_without_room_for_a_suffix};

	suffer_everywhere(a, E_PEER, "too long for a file name");
}

static void append_name_of_the_other_format(struct fake_branch *b)
{
	append_record(b, b->format == RECORD_V1 ? "first" : "mig_cv00000000000000000g_12345678");
}

/* Else the ledger would be read as another history than the one that was pulled. */
static void a_name_of_the_other_format_is_refused(void **state)
{
	(void)state;
	struct attack a = {.prepare = append_name_of_the_other_format, .format = RECORD_V1};

	for (int d = 0; d < 2; d++) {
		a.dialect = (enum dialect)d;
		a.format = RECORD_V1;
		suffer(&a, E_PEER, "\"first\" of a v1 record does not begin with \"mig_\"");
		a.format = RECORD_PGROLL;
		suffer(&a, E_PEER, "_12345678\" is named like a v1 record");
	}
}

/* ---- chain */

static void append_the_oldest_again(struct fake_branch *b)
{
	b->page_max = 5; /* not down to the oldest, which would then have come twice */
	append_record(b, record_id(b->records.items[0]));
}

static void a_record_that_stands_further_back_is_refused(void **state)
{
	(void)state;
	const struct attack a = {.prepare = append_the_oldest_again};

	suffer_everywhere(a, E_PEER, "stands further back in the history already");
}

static void set_newest_parent(json_t *items, void *ctx)
{
	json_t *item = json_array_get(items, 0);

	json_object_set_new(item, parent_key(item), json_string(ctx));
}

static void a_fork_is_refused(void **state)
{
	(void)state;
	const struct attack v1 = {.mangle = set_newest_parent, .ctx = "mig_elsewhere00000000000"};

	suffer_everywhere(v1, E_PEER, "has parent \"mig_elsewhere00000000000\"");
}

static void set_oldest_parent_to_newest(json_t *items, void *ctx)
{
	json_t *oldest = json_array_get(items, json_array_size(items) - 1);
	const json_t *newest = json_array_get(items, 0);

	(void)ctx;
	json_object_set(oldest, parent_key(oldest), json_object_get(newest, id_key(newest)));
}

/* Only what a first pull reads to the end can show it. */
static void a_cycle_of_parents_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		AUTO_VALUE(fake_local) local = {0};
		AUTO_VALUE(fake_branch) branch;
		AUTO_VALUE(comparison) c = {0};
		struct records mine = {0}, theirs = {0};
		struct error err = {0};
		enum record_format format = i & 1 ? RECORD_V1 : RECORD_PGROLL;
		chain_grow(&theirs, format, "c", 6);
		fake_local_init(&local, &mine);
		fake_branch_init(&branch, (enum dialect)(i >> 1), format, &theirs);
		branch.mangle = set_oldest_parent_to_newest;
		assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, E_PEER,
			     "history begins with record");
	}
}

static void repeat_newest(json_t *items, void *ctx)
{
	(void)ctx;
	json_array_append(items, json_array_get(items, 0));
}

static void a_duplicate_id_is_refused(void **state)
{
	(void)state;
	for (int d = 0; d < 2; d++) {
		const struct attack a = {
			.dialect = (enum dialect)d, .format = RECORD_V1, .mangle = repeat_newest};
		suffer(&a, E_PEER, "twice");
	}
}

static void drop_second(json_t *items, void *ctx)
{
	(void)ctx;
	json_array_remove(items, 1);
}

static void a_gap_is_refused(void **state)
{
	(void)state;
	const struct attack a = {.mangle = drop_second};

	suffer_everywhere(a, E_PEER, "comes before it");
}

static void reverse_items(json_t *items, void *ctx)
{
	json_t *copy = json_copy(items);
	size_t n = json_array_size(items);

	(void)ctx;
	for (size_t i = 0; i < n; i++)
		json_array_set(items, i, json_array_get(copy, n - 1 - i));
	json_decref(copy);
}

static void the_wrong_order_is_refused(void **state)
{
	(void)state;
	const struct attack a = {.mangle = reverse_items};

	suffer_everywhere(a, E_PEER, "broken");
}

/* ---- checksums */

static void change_operations(json_t *items, void *ctx)
{
	json_t *item = json_array_get(items, 1);
	json_t *list = json_object_get(item, "operations");

	(void)ctx;
	if (!list)
		list = json_object_get(json_object_get(item, "migration"), "operations");
	json_array_append_new(list, json_object_get(item, "id")
					    ? json_pack("{s:{s:s}}", "removeTable", "table", "x")
					    : json_pack("{s:{s:s}}", "drop_table", "name", "x"));
}

static void a_changed_record_does_not_match_its_checksum(void **state)
{
	(void)state;
	static const struct attack attacks[] = {
		{.dialect = DIALECT_HOSTED, .format = RECORD_V1, .mangle = change_operations},
		{.dialect = DIALECT_XATAD, .format = RECORD_V1, .mangle = change_operations},
		{.dialect = DIALECT_XATAD, .format = RECORD_PGROLL, .mangle = change_operations},
	};

	suffer(&attacks[0], E_PEER, "0004\", which does not match its checksum");
	suffer(&attacks[1], E_PEER, "0004\", which does not match its checksum");
	suffer(&attacks[2], E_PEER, "0004\", which does not match its checksum");
}

static void set_newest_checksum(json_t *items, void *ctx)
{
	json_t *item = json_array_get(items, 0);

	json_object_set_new(item, json_object_get(item, "id") ? "checksum" : "chainChecksum",
			    json_string(ctx));
}

static void a_checksum_of_another_form_is_refused(void **state)
{
	(void)state;
	static const char *const sums[] = {"", "1:", "1:zz", "3:00"};

	for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
		const struct attack a = {.format = RECORD_V1,
					 .dialect = DIALECT_XATAD,
					 .mangle = set_newest_checksum,
					 .ctx = sums[i]};
		suffer(&a, E_PEER, "invalid record");
	}
}

/* ---- pages without end */

static void repeat_cursor(struct fake_branch *b)
{
	b->page_max = 1;
	b->repeats_cursor = true;
}

static void a_repeated_cursor_ends_the_reading(void **state)
{
	(void)state;
	const struct attack a = {.prepare = repeat_cursor};

	suffer_everywhere(a, E_PEER, "no end");
}

static void empty_pages(struct fake_branch *b)
{
	b->empty_pages = true;
}

static void pages_without_records_end_the_reading(void **state)
{
	(void)state;
	const struct attack a = {.prepare = empty_pages};

	suffer_everywhere(a, E_PEER, "nothing new");
}

static int endless_records(size_t *next, size_t count, const struct http_request *req,
			   struct http_response *res)
{
	res->status = 200;
	if (!strstr(req->url, "history")) {
		str_puts(&res->body, "{\"lastMigrationID\":\"mig_endless\"}");
		return 0;
	}
	str_puts(&res->body, "{\"meta\":{\"more\":true,\"cursor\":\"");
	str_printf(&res->body, "%zu\"},\"logs\":[", *next);
	for (size_t i = 0; i < count; i++, ++*next)
		str_printf(
			&res->body,
			"%s{\"id\":\"mig_%zu\",\"parentID\":\"mig_%zu\",\"checksum\":\"1:%064d\","
			"\"operations\":[{\"addTable\":{\"table\":\"t\"}}]}",
			i ? "," : "", *next, *next + 1, 0);
	str_puts(&res->body, "]}");
	return 0;
}

static int endless_page(void *ctx, const struct http_request *req, struct http_response *res,
			bool *lost, struct error *err)
{
	(void)lost;
	(void)err;
	return endless_records(ctx, 200, req, res);
}

static void endless_pages_end(void **state)
{
	(void)state;
	AUTO_VALUE(fake_local) local = {0};
	AUTO_VALUE(fake_branch) branch;
	AUTO_VALUE(comparison) c = {0};
	struct records none = {0};
	struct error err = {0};
	size_t next = 0;

	fake_local_init(&local, &none);
	fake_branch_init(&branch, DIALECT_XATAD, RECORD_V1, &none);
	branch.http.handle = endless_page;
	branch.http.ctx = &next;
	assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, E_PEER,
		     "no end in sight");
	assert_true(next < 300000);
}

static int slow_page(void *ctx, const struct http_request *req, struct http_response *res,
		     bool *lost, struct error *err)
{
	(void)lost;
	(void)err;
	clock_sleep_ms(40);
	return endless_records(ctx, 2, req, res);
}

static void slow_pages_end_when_patience_does(void **state)
{
	(void)state;
	static const struct http_retry hasty = {.attempts = 1, .deadline_ms = 250};
	AUTO_VALUE(fake_local) local = {0};
	AUTO_VALUE(fake_branch) branch;
	AUTO_VALUE(comparison) c = {0};
	struct records none = {0};
	struct error err = {0};
	size_t next = 0;

	fake_local_init(&local, &none);
	fake_branch_init(&branch, DIALECT_XATAD, RECORD_V1, &none);
	branch.http.handle = slow_page;
	branch.http.ctx = &next;
	api_free(branch.api);
	branch.endpoint->ops->close(branch.endpoint);
	branch.api = api_new(&branch.http.base, &branch.target, &hasty);
	branch.endpoint = api_endpoint(branch.api, "main");
	assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, E_TIMEOUT,
		     "the endpoint is too slow");
	assert_true(branch.http.log.len < 40);
}

static int unfinished_page(void *ctx, const struct http_request *req, struct http_response *res,
			   bool *lost, struct error *err)
{
	size_t *next = ctx;

	(void)lost;
	(void)err;
	res->status = 200;
	if (!strstr(req->url, "/migrations/history")) {
		str_puts(&res->body, "{\"usePgRoll\":true}");
		return 0;
	}
	str_printf(&res->body, "{\"cursor\":\"%zu\",\"migrations\":[", *next);
	for (size_t i = 0; i < 20; i++, ++*next)
		str_printf(&res->body,
			   "%s{\"name\":\"m%zu\",\"done\":false,\"migrationType\":\"pgroll\","
			   "\"migration\":{\"name\":\"m%zu\",\"operations\":[]}}",
			   i ? "," : "", *next, *next);
	str_puts(&res->body, "]}");
	return 0;
}

static void endless_unfinished_migrations_end(void **state)
{
	(void)state;
	AUTO_VALUE(fake_local) local = {0};
	AUTO_VALUE(fake_branch) branch;
	AUTO_VALUE(comparison) c = {0};
	struct records none = {0};
	struct error err = {0};
	size_t next = 0;

	fake_local_init(&local, &none);
	fake_branch_init(&branch, DIALECT_XATAD, RECORD_PGROLL, &none);
	branch.http.handle = unfinished_page;
	branch.http.ctx = &next;
	assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, E_PEER,
		     "that are not done");
	assert_true(next < 300);
}

static void spoil_operation(json_t *items, void *ctx)
{
	json_t *item = json_array_get(items, 0);
	json_t *op = json_pack("{s:{s:s}}", "addTable", "table", ctx);

	json_object_set_new(item, "operations", json_pack("[o]", op));
	/* As the chain has it, so that only the operation is wrong. */
	AUTO(record) *r = NULL;
	struct error err = {0};
	assert_ok(record_from_item(&r, RECORD_V1, item, &err), &err);
	AUTO(record) *parent = NULL;
	assert_ok(record_from_item(&parent, RECORD_V1, json_array_get(items, 1), &err), &err);
	record_chain(r, record_id(parent), record_checksum(parent));
	json_object_set_new(item, "checksum", json_string(record_checksum(r)));
}

static void an_operation_that_verify_would_refuse_is_refused(void **state)
{
	(void)state;
	const struct attack a = {.dialect = DIALECT_HOSTED,
				 .format = RECORD_V1,
				 .mangle = spoil_operation,
				 .ctx = "t\x1b[2J"};

	suffer(&a, E_PEER, "operation 1 (addTable): ");
}

static void grow_history_behind_the_head(struct fake_branch *b)
{
	static const struct fake_answer small = {
		.body = "{\"format\":\"v1\",\"endpoint\":\"x\",\"head\":{\"id\":\"mig_x\","
			"\"length\":1}}"};

	b->head_answer = &small;
	chain_grow(&b->records, RECORD_V1, "c", 3000);
}

static void more_records_than_the_endpoint_told_are_refused(void **state)
{
	(void)state;
	AUTO_VALUE(fake_local) local = {0};
	AUTO_VALUE(fake_branch) branch;
	AUTO_VALUE(comparison) c = {0};
	struct records none = {0};
	struct error err = {0};

	fake_local_init(&local, &none);
	fake_branch_init(&branch, DIALECT_XATAD, RECORD_V1, &none);
	grow_history_behind_the_head(&branch);
	assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, E_PEER,
		     "more than 1001 records");
}

/* ---- answers that are none */

static void suffer_head(const struct fake_answer *answer, int code, const char *text)
{
	AUTO_VALUE(fake_local) local = {0};
	AUTO_VALUE(fake_branch) branch;
	AUTO_VALUE(comparison) c = {0};
	struct records none = {0};
	struct error err = {0};

	fake_local_init(&local, &none);
	fake_branch_init(&branch, DIALECT_XATAD, RECORD_V1, &none);
	branch.head_answer = answer;
	assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, code, text);
	assert_true(branch.http.log.len <= 3);
}

static void answers_that_are_no_json_are_refused_by_name(void **state)
{
	(void)state;
	static const struct {
		struct fake_answer answer;
		int code;
		const char *text;
	} cases[] = {
		{{.body = ""}, E_PEER, "the answer is empty (HTTP 200)"},
		{{.body = "<html>hello</html>", .type = "text/html"}, E_PEER, "type \"text/html\""},
		{{.body = "{\"a\":1}", .type = "text/plain"}, E_PEER, "type \"text/plain\""},
		{{.body = "{\"a\":"}, E_PEER, "invalid JSON"},
		{{.body = "[]"}, E_PEER, "an array, not an object"},
		{{.body = "{\"a\":1,\"a\":2}"}, E_PEER, "occurs twice"},
		{{.body = "{\"a\":\"\xff\xfe\"}"}, E_PEER, "invalid JSON"},
		{{.body = "{\"a\":1e999}"}, E_PEER, "invalid JSON"},
		{{.status = 502, .body = "<html>Bad gateway</html>", .type = "text/html"},
		 E_REMOTE_FAILED,
		 "HTTP 502 with text/html instead of JSON"},
		{{.status = 500, .body = "{\"message\":\"out of luck\"}", .request_id = "req-7"},
		 E_REMOTE_FAILED,
		 "out of luck (HTTP 500, request id req-7)"},
		{{.status = 401, .body = "{\"message\":\"invalid API key\"}"},
		 E_AUTH,
		 "invalid API key"},
		{{.status = 403, .body = "{}"}, E_FORBIDDEN, "HTTP 403"},
		{{.status = 404, .body = "{\"message\":\"database branch [x:y] not found\"}"},
		 E_REMOTE_NOTFOUND,
		 "database branch [x:y] not found (HTTP 404)"},
		{{.status = 400, .body = "{\"message\":\"\\u001b[31mred\\u0007\"}"},
		 E_REFUSED,
		 "\\x1b[31mred\\x07"},
		{{.status = 301, .location = "https://evil.example"},
		 E_PEER,
		 "redirects to \"https://evil.example\""},
		{{.status = 429, .body = "{}"}, E_TIMEOUT, "HTTP 429"},
		{{.status = 101, .body = "{}"}, E_PEER, "HTTP 101"},
		{{.rc = E_LIMIT}, E_PEER, "scripted"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		suffer_head(&cases[i].answer, cases[i].code, cases[i].text);
}

static void heads_of_the_wrong_shape_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *body, *text;
	} cases[] = {
		{"{\"endpoint\":\"x\"}", "format"},
		{"{\"endpoint\":\"x\",\"format\":\"v9\"}", "none that this program knows"},
		{"{\"endpoint\":\"x\",\"format\":\"v1\",\"head\":7}", "head"},
		{"{\"endpoint\":\"x\",\"format\":\"v1\",\"head\":{\"id\":\"../x\",\"length\":1}}",
		 "not a valid name"},
		{"{\"endpoint\":\"x\",\"format\":\"v1\",\"head\":{\"id\":\"a\",\"length\":-4}}",
		 "length -4"},
		{"{\"endpoint\":\"x\",\"format\":\"v1\",\"head\":{\"id\":\"a\",\"length\":1,"
		 "\"checksum\":\"1:77\"}}",
		 "has not the form of one"},
		{"{\"endpoint\":\"x\",\"format\":\"v1\",\"head\":{\"id\":\"a\","
		 "\"length\":99999999999999999999999}}",
		 "length"},
		{"{\"endpoint\":\"x\",\"format\":\"pgroll\",\"active\":{\"name\":\"a/b\"}}",
		 "invalid name"},
		{"{\"lastMigrationID\":\"../../x\"}", "invalid id"},
		{"{\"lastMigrationID\":5}", "lastMigrationID"},
		{"{\"usePgRoll\":\"yes\"}", "usePgRoll"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fake_answer answer = {.body = cases[i].body};
		suffer_head(&answer, E_PEER, cases[i].text);
	}
}

static void a_deep_answer_is_refused(void **state)
{
	(void)state;
	AUTO_STR body = {0};

	str_puts(&body, "{\"a\":");
	for (int i = 0; i < 100; i++)
		str_putc(&body, '[');
	const struct fake_answer answer = {.body = str_cstr(&body)};
	suffer_head(&answer, E_PEER, "levels deep");
}

static void an_answer_of_too_many_values_is_refused(void **state)
{
	(void)state;
	AUTO_STR body = {0};

	str_puts(&body, "{\"a\":[0");
	for (int i = 0; i < 700000; i++)
		str_puts(&body, ",0");
	str_puts(&body, "]}");
	const struct fake_answer answer = {.body = str_cstr(&body)};
	suffer_head(&answer, E_PEER, "values");
}

static void a_head_that_is_not_in_the_history_is_a_contradiction(void **state)
{
	(void)state;
	AUTO_STR body = {0};
	AUTO_VALUE(fake_local) local = {0};
	AUTO_VALUE(fake_branch) branch;
	AUTO_VALUE(comparison) c = {0};
	struct records mine = {0}, theirs = {0};
	struct error err = {0};

	chain_grow(&theirs, RECORD_V1, "c", 3);
	chain_copy(&mine, &theirs, 3);
	fake_local_init(&local, &mine);
	fake_branch_init(&branch, DIALECT_XATAD, RECORD_V1, &theirs);
	str_printf(&body,
		   "{\"endpoint\":\"x\",\"format\":\"v1\",\"head\":{\"id\":\"mig_ghost\","
		   "\"checksum\":\"1:%064d\",\"length\":4}}",
		   0);
	const struct fake_answer answer = {.body = str_cstr(&body)};
	branch.head_answer = &answer;
	assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, E_PEER,
		     "contradicts itself");
}

static void tell_head(struct str *body, const char *id, const char *checksum, int length)
{
	str_printf(body,
		   "{\"endpoint\":\"x\",\"format\":\"pgroll\",\"usePgRoll\":true,\"head\":{\"id\":"
		   "\"%s\",\"checksum\":\"%s\",\"length\":%d}}",
		   id, checksum, length);
}

static void a_head_that_moved_on_is_believed_only_where_the_history_has_it(void **state)
{
	(void)state;
	static const struct {
		int told; /* the record that is told, -1: one that nobody has */
		bool true_checksum;
		int here;
		const char *failure; /* NULL: none */
	} rows[] = {
		{4, true, 2, NULL}, /* the newest */
		{3, true, 2, NULL}, /* somebody pushed in between */
		{2, true, 2, NULL},
		{-1, false, 2, "does not have it"},
		{3, false, 2, "not with that checksum"},
		{4, false, 2, "not with that checksum"},
		{1, false, 2, "does not have it"}, /* it is here, of another chain */
		{-1, false, 5, "ends with another"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR body = {0};
		AUTO_VALUE(fake_local) local = {0};
		AUTO_VALUE(fake_branch) branch;
		AUTO_VALUE(comparison) c = {0};
		struct records mine = {0}, theirs = {0};
		struct error err = {0};
		char wrong[CHECKSUM_LEN + 1];

		chain_grow(&theirs, RECORD_PGROLL, "c", 5);
		chain_copy(&mine, &theirs, (size_t)rows[i].here);
		const struct record *r = theirs.items[rows[i].told < 0 ? 0 : rows[i].told];
		snprintf(wrong, sizeof wrong, "2:%064d", 0);
		tell_head(&body, rows[i].told < 0 ? "ghost" : record_id(r),
			  rows[i].true_checksum ? record_checksum(r) : wrong, 5);
		fake_local_init(&local, &mine);
		fake_branch_init(&branch, DIALECT_XATAD, RECORD_PGROLL, &theirs);
		const struct fake_answer answer = {.body = str_cstr(&body)};
		branch.head_answer = &answer;
		if (rows[i].failure) {
			assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, E_PEER,
				     rows[i].failure);
			continue;
		}
		assert_ok(compare(&c, &local.view, branch.endpoint, &err), &err);
		assert_int_equal(c.news.len, 3);
		assert_string_equal(c.head.id, record_id(branch.records.items[4]));
	}
}

static void histories_of_the_wrong_shape_are_refused(void **state)
{
	(void)state;
	static const struct {
		enum record_format format;
		const char *body, *text;
	} cases[] = {
		{RECORD_V1, "{}", "logs"},
		{RECORD_V1, "{\"logs\":[]}", "meta"},
		{RECORD_V1, "{\"logs\":{},\"meta\":{\"more\":false}}", "logs"},
		{RECORD_V1, "{\"logs\":[],\"meta\":{\"more\":true}}", "cursor"},
		{RECORD_V1, "{\"logs\":[1],\"meta\":{\"more\":false}}", "invalid record"},
		{RECORD_V1, "{\"logs\":[{}],\"meta\":{\"more\":false}}", "(no name)"},
		{RECORD_PGROLL, "{\"migrations\":[{\"name\":\"a\",\"migration\":\"{\"}]}", "\"a\""},
		{RECORD_PGROLL, "{\"migrations\":[],\"cursor\":7}", "cursor"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_VALUE(fake_local) local = {0};
		AUTO_VALUE(fake_branch) branch;
		AUTO_VALUE(comparison) c = {0};
		struct records mine = {0}, theirs = {0};
		struct error err = {0};
		const struct fake_answer answer = {.body = cases[i].body};
		chain_grow(&theirs, cases[i].format, "c", 2);
		fake_local_init(&local, &mine);
		fake_branch_init(&branch, DIALECT_HOSTED, cases[i].format, &theirs);
		branch.history_answer = &answer;
		assert_fails(compare(&c, &local.view, branch.endpoint, &err), &err, E_PEER,
			     cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_is_a_path_is_refused),
		cmocka_unit_test(terminal_escapes_in_a_name_are_made_harmless),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
		cmocka_unit_test(a_name_that_no_file_could_have_is_refused),
		cmocka_unit_test(a_name_of_the_other_format_is_refused),
		cmocka_unit_test(a_record_that_stands_further_back_is_refused),
		cmocka_unit_test(a_fork_is_refused),
		cmocka_unit_test(a_cycle_of_parents_is_refused),
		cmocka_unit_test(a_duplicate_id_is_refused),
		cmocka_unit_test(a_gap_is_refused),
		cmocka_unit_test(the_wrong_order_is_refused),
		cmocka_unit_test(a_changed_record_does_not_match_its_checksum),
		cmocka_unit_test(a_checksum_of_another_form_is_refused),
		cmocka_unit_test(a_repeated_cursor_ends_the_reading),
		cmocka_unit_test(pages_without_records_end_the_reading),
		cmocka_unit_test(endless_pages_end),
		cmocka_unit_test(slow_pages_end_when_patience_does),
		cmocka_unit_test(endless_unfinished_migrations_end),
		cmocka_unit_test(an_operation_that_verify_would_refuse_is_refused),
		cmocka_unit_test(more_records_than_the_endpoint_told_are_refused),
		cmocka_unit_test(answers_that_are_no_json_are_refused_by_name),
		cmocka_unit_test(heads_of_the_wrong_shape_are_refused),
		cmocka_unit_test(a_deep_answer_is_refused),
		cmocka_unit_test(an_answer_of_too_many_values_is_refused),
		cmocka_unit_test(a_head_that_is_not_in_the_history_is_a_contradiction),
		cmocka_unit_test(a_head_that_moved_on_is_believed_only_where_the_history_has_it),
		cmocka_unit_test(histories_of_the_wrong_shape_are_refused),
	};
	return unit_main(tests);
}
