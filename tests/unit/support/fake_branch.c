/* The fake branch: a few routes of the API over a list of records. */
#include "unit/support/fake_branch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void no_sleep(int64_t ms)
{
	(void)ms;
}

static const struct http_retry quick = {
	.attempts = 3,
	.base_ms = 1,
	.max_pause_ms = 1000,
	.sleep_ms = no_sleep,
};

static int give(struct http_response *res, long status, json_t *doc)
{
	res->status = status;
	snprintf(res->content_type, sizeof res->content_type, "application/json");
	json_write(&res->body, doc, JSON_FORM_COMPACT);
	json_decref(doc);
	return 0;
}

static int give_error(struct http_response *res, long status, const char *id, const char *message)
{
	return give(res, status, json_pack("{s:s, s:s}", "id", id, "message", message));
}

/* ---- head */

static json_t *head_of(const struct fake_branch *b)
{
	if (!b->records.len)
		return json_null();
	const struct record *last = b->records.items[b->records.len - 1];
	return json_pack("{s:s, s:s?, s:i}", "id", record_id(last), "checksum",
			 record_checksum(last), "length", (int)b->records.len);
}

static int give_head(struct fake_branch *b, struct http_response *res)
{
	bool pgroll = b->format == RECORD_PGROLL;
	json_t *doc;

	if (b->dialect == DIALECT_XATAD) {
		doc = json_pack("{s:s, s:s, s:s, s:o, s:s}", "databaseName", "shop", "branchName",
				"main", "format", pgroll ? "pgroll" : "v1", "head", head_of(b),
				"endpoint", "xatad/0.1.0");
		if (b->active)
			json_object_set_new(doc, "active", json_pack("{s:s}", "name", b->active));
	} else {
		const struct record *last = b->records.len ? b->records.items[b->records.len - 1]
							   : NULL;
		doc = json_pack("{s:s, s:s, s:i, s:s}", "databaseName", "shop", "branchName",
				"main", "version", 1, "lastMigrationID",
				last && !pgroll ? record_id(last) : "");
	}
	if (pgroll)
		json_object_set_new(doc, "usePgRoll", json_true());
	return give(res, 200, doc);
}

/* ---- history */

static json_t *hosted_pgroll_item(const struct record *r)
{
	json_t *item = json_copy((json_t *)(uintptr_t)record_doc(r));
	AUTO_STR text = {0};

	json_write(&text, json_object_get(item, "migration"), JSON_FORM_COMPACT);
	json_object_set_new(item, "migration", json_string(str_cstr(&text)));
	json_object_del(item, "chainChecksum");
	if (!json_object_get(item, "schema"))
		json_object_set_new(item, "schema", json_string("public"));
	return item;
}

static json_t *item_of(const struct fake_branch *b, const struct record *r)
{
	if (b->format == RECORD_PGROLL && b->dialect == DIALECT_HOSTED)
		return hosted_pgroll_item(r);
	json_t *item = json_copy((json_t *)(uintptr_t)record_doc(r));
	if (b->format == RECORD_V1)
		json_object_set_new(item, "createdAt", json_string("2024-01-02T03:04:05Z"));
	return item;
}

static json_t *unfinished_item(const struct fake_branch *b)
{
	const struct record *last = b->records.len ? b->records.items[b->records.len - 1] : NULL;

	return json_pack("{s:b, s:s, s:s, s:s, s:s?, s:s, s:s}", "done", 0, "migration",
			 "{\"operations\":[]}", "migrationType", "pgroll", "name", b->active,
			 "parent", last ? record_id(last) : NULL, "schema", "public", "startedAt",
			 "2024-01-02T03:04:05Z");
}

/*
 * The cursor is the number of records already sent; before that, everything behind `from` counts.
 */
static json_t *page(const struct fake_branch *b, size_t from, size_t sent, size_t size, bool *more)
{
	json_t *items = json_array();

	if (b->active && !sent && b->format == RECORD_PGROLL)
		json_array_append_new(items, unfinished_item(b));
	for (size_t i = 0; i < size && sent + i < b->records.len - from; i++)
		json_array_append_new(items,
				      item_of(b, b->records.items[b->records.len - 1 - sent - i]));
	*more = sent + size < b->records.len - from;
	if (b->empty_pages) {
		json_array_clear(items);
		*more = true;
	}
	if (b->mangle)
		b->mangle(items, b->mangle_ctx);
	return items;
}

static json_t *next_cursor(const struct fake_branch *b, size_t sent)
{
	char text[24];

	snprintf(text, sizeof text, "%zu", b->repeats_cursor ? (size_t)1 : sent);
	return json_string(text);
}

static bool find(const struct records *records, const char *id, size_t *at)
{
	for (size_t i = 0; i < records->len; i++) {
		if (strcmp(record_id(records->items[i]), id) != 0)
			continue;
		*at = i;
		return true;
	}
	return false;
}

static size_t size_of(const struct fake_branch *b, long asked)
{
	size_t size = asked > 0 ? (size_t)asked : 20;

	return b->page_max && size > b->page_max ? b->page_max : size;
}

static int give_v1_history(struct fake_branch *b, const struct http_request *req,
			   struct http_response *res)
{
	json_t *doc = json_loadb(req->body.ptr, req->body.len, 0, NULL);
	const json_t *ask = json_object_get(doc, "page");
	const char *since = json_string_value(json_object_get(doc, "since"));
	const char *after = json_string_value(json_object_get(ask, "after"));
	size_t from = 0, sent = after ? strtoul(after, NULL, 10) : 0;
	size_t size = size_of(b, (long)json_integer_value(json_object_get(ask, "size")));
	bool more, known = true;

	if (since && !b->ignores_since) {
		known = !b->refuses_since && find(&b->records, since, &from);
		from++;
	}
	json_decref(doc);
	if (!known)
		return give_error(res, 400, "unknown_migration", "no such migration");
	json_t *logs = page(b, from, sent, size, &more);
	json_t *meta = json_pack("{s:b, s:o}", "more", more, "cursor",
				 next_cursor(b, sent + json_array_size(logs)));
	return give(res, 200, json_pack("{s:o, s:o}", "meta", meta, "logs", logs));
}

static long query_number(const char *url, const char *key)
{
	const char *at = strstr(url, key);

	return at ? strtol(at + strlen(key), NULL, 10) : 0;
}

static int give_pgroll_history(struct fake_branch *b, const struct http_request *req,
			       struct http_response *res)
{
	size_t sent = (size_t)query_number(req->url, "&cursor=");
	size_t size = size_of(b, query_number(req->url, "?limit="));
	bool more;
	json_t *items = page(b, 0, sent, size, &more);
	json_t *doc = json_pack("{s:O}", "migrations", items);

	if (more)
		json_object_set_new(doc, "cursor",
				    next_cursor(b, sent + json_array_size(items) -
							   (b->active && !sent ? 1 : 0)));
	else if (b->null_cursor)
		json_object_set_new(doc, "cursor", json_null());
	json_decref(items);
	return give(res, 200, doc);
}

/* ---- push */

static void append(struct fake_branch *b, const json_t *item)
{
	struct record *r = NULL;
	struct error err = {0};

	if (record_from_item(&r, b->format, item, &err) < 0) {
		fprintf(stderr, "# fake branch: %s\n", err.msg);
		abort();
	}
	records_take(&b->records, r);
}

static void append_job(struct fake_branch *b, const json_t *body)
{
	const struct record *last = b->records.len ? b->records.items[b->records.len - 1] : NULL;
	json_t *migration = json_pack("{s:O, s:O}", "name", json_object_get(body, "name"),
				      "operations", json_object_get(body, "operations"));
	json_t *item = json_pack(
		"{s:b, s:o, s:s, s:O, s:s?, s:O, s:s}", "done", 1, "migration", migration,
		"migrationType", "pgroll", "name", json_object_get(body, "name"), "parent",
		last ? record_id(last) : NULL, "schema", json_object_get(body, "schema"),
		"startedAt", "2024-01-02T03:04:05Z");

	append(b, item);
	json_decref(item);
}

/* A batch says which head it expects, or repeats records that are there. */
static bool expects_another_head(const struct fake_branch *b, const struct http_request *req)
{
	json_t *doc = json_loadb(req->body.ptr, req->body.len, 0, NULL);
	const json_t *expected = json_object_get(doc, "expected");
	const char *id = json_string_value(json_object_get(expected, "id"));
	const char *sum = json_string_value(json_object_get(expected, "checksum"));
	const struct record *head = b->records.len ? b->records.items[b->records.len - 1] : NULL;
	bool other = expected && !b->push_takes_effect &&
		     (!str_eq(id, head ? record_id(head) : NULL) ||
		      (head && record_checksum(head) && !str_eq(sum, record_checksum(head))));

	json_decref(doc);
	return other;
}

static void take_effect(struct fake_branch *b, const struct http_request *req)
{
	json_t *doc = json_loadb(req->body.ptr, req->body.len, 0, NULL);
	const json_t *list = json_object_get(doc, "migrations"), *item;
	size_t i, at;

	b->pushes++;
	if (!list)
		list = json_object_get(doc, "records");
	if (!list)
		append_job(b, doc);
	json_array_foreach(list, i, item)
	{
		const char *id = json_string_value(
			json_object_get(item, b->format == RECORD_V1 ? "id" : "name"));
		if (!find(&b->records, id, &at))
			append(b, item);
	}
	json_decref(doc);
}

static int give_push(struct fake_branch *b, const struct http_request *req,
		     struct http_response *res, bool *lost, struct error *err)
{
	bool changes = req->body.len > 0;
	if (changes && expects_another_head(b, req))
		return give_error(res, 409, "conflict", "the head is another");
	const struct fake_answer *scripted = b->push_at < b->push_answers_len
						     ? &b->push_answers[b->push_at++]
						     : NULL;

	if (changes && !b->push_ignored &&
	    (!scripted || b->push_takes_effect || (scripted->rc == 0 && scripted->status < 300)))
		take_effect(b, req);
	if (scripted)
		return fake_answer_give(scripted, res, lost, err);
	const char *head = b->records.len ? record_id(b->records.items[b->records.len - 1]) : "";
	return give(res, 200,
		    json_pack("{s:s, s:s, s:s, s:s, s:{s:s}}", "status", "completed", "jobID",
			      "mig_job_1", "type", "apply", "migrationID", head, "head", "id",
			      head));
}

static size_t page_asked(const struct http_request *req)
{
	AUTO_STR body = {0};

	str_putv(&body, req->body);
	return (size_t)(query_number(req->url, "limit=") +
			query_number(str_cstr(&body), "\"size\":"));
}

static int handle(void *ctx, const struct http_request *req, struct http_response *res, bool *lost,
		  struct error *err)
{
	struct fake_branch *b = ctx;

	if (strstr(req->url, "history")) {
		if (b->page_limit && page_asked(req) > b->page_limit)
			return fail(err, E_LIMIT, "page too large");
		if (b->history_answer)
			return fake_answer_give(b->history_answer, res, lost, err);
		return strstr(req->url, "/schema/") ? give_v1_history(b, req, res)
						    : give_pgroll_history(b, req, res);
	}
	if (strstr(req->url, "/push") || strstr(req->url, "/apply") || strstr(req->url, "/jobs/"))
		return give_push(b, req, res, lost, err);
	if (b->head_answer)
		return fake_answer_give(b->head_answer, res, lost, err);
	return give_head(b, res);
}

void fake_branch_init(struct fake_branch *b, enum dialect dialect, enum record_format format,
		      struct records *records)
{
	*b = (struct fake_branch){.dialect = dialect, .format = format, .records = *records};
	*records = (struct records){0};
	fake_http_init(&b->http);
	b->http.handle = handle;
	b->http.ctx = b;
	b->target = (struct api_target){
		.control = "https://localhost:1",
		.data = "https://localhost:1",
		.database = "shop",
		.key = "xata_key",
		.hosted = dialect == DIALECT_HOSTED,
	};
	b->api = api_new(&b->http.base, &b->target, &quick);
	b->endpoint = api_endpoint(b->api, "main");
}

void fake_branch_release(struct fake_branch *b)
{
	b->endpoint->ops->close(b->endpoint);
	api_free(b->api);
	fake_http_release(&b->http);
	records_release(&b->records);
}
