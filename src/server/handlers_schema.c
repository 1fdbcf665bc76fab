/* The history of v1 branches, and the logical schema of both formats. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "server/branch.h"
#include "server/call.h"
#include "server/handlers.h"
#include "server/history.h"
#include "server/push.h"

#include "base/banned.h"

#define HISTORY_SIZE 20 /* commits of a page when the request does not say */

/* ---- schema */

/* The schema between two pieces of text. */
static int answer_schema(struct call *c, const char *before, const char *behind, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(store_branch) b = {0};
	AUTO(schema) *schema = NULL;
	int rc = call_branch(&db, &b, c, err);

	if (rc == 0)
		rc = branch_schema_load(&schema, c, &b, err);
	if (rc < 0)
		return rc;
	str_puts(&c->res->body, before);
	schema_write_api(&c->res->body, schema);
	str_puts(&c->res->body, behind);
	return call_text(c, 200, "application/json", err);
}

int get_schema(struct call *c, struct error *err)
{
	return answer_schema(c, "{\"schema\":", "}", err);
}

int list_schemas(struct call *c, struct error *err)
{
	return answer_schema(c, "{\"schemas\":[", "]}", err);
}

/* ---- history */

/* {page?:{size?,after?,before?},since?} */
struct history_request {
	long long size;
	const char *after, *before, *since;
};

static int read_history_request(struct history_request *q, struct call *c, struct error *err)
{
	json_t *page = NULL;
	int rc = 0;

	*q = (struct history_request){.size = HISTORY_SIZE};
	if (!c->body)
		return 0;
	rc = json_get_string(&q->since, c->body, "since", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_object(&page, c->body, "page", JSON_OPTIONAL, err);
	if (rc < 0 || !page)
		return rc;
	rc = json_get_string(&q->after, page, "after", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_string(&q->before, page, "before", JSON_OPTIONAL, err);
	if (rc == 0 && json_object_get(page, "size"))
		rc = json_get_int(&q->size, page, "size", JSON_REQUIRED, err);
	if (rc == 0 && (q->size < 1 || (unsigned long long)q->size > c->limits->page))
		rc = fail(err, E_INVALID, "the page size must be from 1 to %zu", c->limits->page);
	if (rc == 0 && q->before && *q->before)
		rc = fail(err, E_INVALID, "pages go from newest to oldest: use \"after\"");
	return rc;
}

/* The depth of the record after which the client wants to know what came. */
static int find_floor(int64_t *floor, struct call *c, const struct store_branch *b,
		      const char *since, struct error *err)
{
	AUTO_VALUE(store_record) r = {0};
	struct error inner = {0};

	*floor = 0;
	if (!since || !*since)
		return 0;
	int rc = c->store->ops->record_get(&r, c->txn, b->rowid, since, &inner);
	if (rc == E_NOTFOUND)
		return call_fail(c, err, E_INVALID, "unknown_migration", 0,
				 "migration \"%s\" is not in the history of the branch", since);
	if (rc < 0)
		*err = inner;
	*floor = r.depth;
	return rc;
}

static int answer_history(struct call *c, const struct store_branch *b, struct history_page *page,
			  const char *after, struct error *err)
{
	struct str *out = &c->res->body;
	int rc;

	str_puts(out, "{\"logs\":[");
	rc = history_write(page, out, c, b, err);
	if (rc < 0)
		return rc;
	/* An empty page leads to where it was asked for. */
	str_puts(out, "],\"meta\":{\"cursor\":\"");
	if (page->count)
		str_printf(out, "%lld", (long long)page->last);
	else if (after)
		str_puts(out, after);
	str_printf(out, "\",\"more\":%s}}", history_more(page) ? "true" : "false");
	return call_text(c, 200, "application/json", err);
}

int schema_history(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(store_branch) b = {0};
	struct history_page page = {.write = history_put_commit};
	struct history_request q;
	int rc = read_history_request(&q, c, err);

	if (rc == 0)
		rc = call_branch_of(&db, &b, c, RECORD_V1, err);
	if (rc == 0)
		rc = history_cursor(&page.from, q.after, &b, err);
	if (rc == 0)
		rc = find_floor(&page.floor, c, &b, q.since, err);
	page.limit = q.size;
	return rc < 0 ? rc : answer_history(c, &b, &page, q.after, err);
}

/* ---- push */

/* SchemaUpdateResponse */
static int answer_push(struct call *c, const struct store_branch *b, const struct records *pushed,
		       struct error *err)
{
	json_t *body = json_object();
	const char *parent = pushed->len ? record_parent(pushed->items[pushed->len - 1]) : NULL;

	json_put_string(body, "migrationID", b->head_id);
	json_put_string(body, "parentMigrationID", parent ? parent : "");
	json_put_string(body, "status", "completed");
	return call_json(c, 200, body, err);
}

int schema_push(struct call *c, struct error *err)
{
	AUTO_VALUE(store_branch) b = {0};
	AUTO_VALUE(records) records = {0};
	struct push_request q = {.records = &records};
	size_t applied = 0;
	json_t *list;
	int rc = json_get_array(&list, c->body, "migrations", JSON_REQUIRED, err);

	if (rc == 0 && json_array_size(list) == 0)
		rc = fail(err, E_INVALID, "\"migrations\" is empty");
	if (rc == 0)
		rc = push_read_records(&records, c, list, RECORD_V1, err);
	if (rc == 0)
		rc = push_run(&applied, &b, c, RECORD_V1, &q, err);
	return rc < 0 ? rc : answer_push(c, &b, &records, err);
}
