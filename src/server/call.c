/* The helpers that every handler uses. */
#include "server/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "ledger/schema.h"

#include "base/banned.h"

void call_release(struct call *c)
{
	call_rollback(c);
	route_match_release(&c->match);
	store_key_release(&c->key);
	free(c->workspace);
	json_decref(c->body);
	json_decref(c->error_head);
	schema_free(c->schema);
	store_branch_release(&c->schema_of);
	c->schema = NULL;
	if (c->took_memory)
		memory_give_back();
	c->workspace = NULL;
	c->body = c->error_head = NULL;
}

int call_begin(struct call *c, enum store_mode mode, struct error *err)
{
	c->mode = mode;
	int rc = c->store->ops->begin(&c->txn, c->store, mode, err);
	if (rc < 0)
		c->txn = NULL;
	return rc;
}

int call_commit(struct call *c, struct error *err)
{
	if (!c->txn || c->mode == STORE_READ) {
		call_rollback(c);
		return 0;
	}
	return c->store->ops->commit(steal(&c->txn), err);
}

int call_commit_removal(struct call *c, struct error *err)
{
	bool more = false;
	int rc = c->store->ops->sweep(&more, c->txn, err);

	if (rc == 0)
		rc = call_commit(c, err);
	if (rc == 0 && more) /* it is gone for everybody, whatever becomes of this */
		server_sweep(c->store);
	return rc;
}

void call_rollback(struct call *c)
{
	c->store->ops->rollback(steal(&c->txn));
}

int call_fail(struct call *c, struct error *err, enum error_code code, const char *id, int status,
	      const char *fmt, ...)
{
	va_list ap;

	if (err->code == E_OK) {
		c->error_id = id;
		c->error_status = status;
	}
	va_start(ap, fmt);
	int rc = failv(err, code, fmt, ap);
	va_end(ap);
	return rc;
}

const char *call_query(const struct call *c, const char *name)
{
	for (size_t i = 0; i < c->req->query_len; i++)
		if (strcmp(c->req->query[i].name, name) == 0)
			return c->req->query[i].value[0] ? c->req->query[i].value : NULL;
	return NULL;
}

int call_query_number(long *out, const struct call *c, const char *name, long min, long max,
		      long fallback, struct error *err)
{
	const char *text = call_query(c, name);

	*out = fallback;
	if (!text || parse_long(out, text, min, max))
		return 0;
	return fail(err, E_INVALID, "parameter \"%s\" must be a number from %ld to %ld", name, min,
		    max);
}

int call_database(struct store_database *out, struct call *c, struct error *err)
{
	const char *name = c->match.params[PATH_DATABASE];
	struct error inner = {0};
	int rc = c->store->ops->database_get(out, c->txn, c->workspace, name, &inner);

	if (rc == E_NOTFOUND)
		return fail(err, E_NOTFOUND, "database [%s] not found", name);
	if (rc < 0)
		*err = inner;
	return rc;
}

int call_branch(struct store_database *db, struct store_branch *branch, struct call *c,
		struct error *err)
{
	const struct store_ops *ops = c->store->ops;
	const char *db_name = c->match.params[PATH_DATABASE], *name = c->match.params[PATH_BRANCH];
	struct error inner = {0};
	int rc = ops->database_get(db, c->txn, c->workspace, db_name, &inner);

	if (rc == 0)
		rc = ops->branch_get(branch, c->txn, db->rowid, name, &inner);
	if (rc == E_NOTFOUND)
		return fail(err, E_NOTFOUND, "database branch [%s:%s] not found", db_name, name);
	if (rc < 0)
		*err = inner;
	return rc;
}

int call_branch_of(struct store_database *db, struct store_branch *branch, struct call *c,
		   enum record_format format, struct error *err)
{
	int rc = call_branch(db, branch, c, err);

	if (rc == 0 && branch->format != format)
		rc = fail(err, E_INVALID,
			  "this endpoint works only with %spostgres enabled branches",
			  format == RECORD_V1 ? "non " : "");
	return rc;
}

int call_json(struct call *c, int status, json_t *body, struct error *err)
{
	json_write(&c->res->body, body, JSON_FORM_COMPACT);
	json_decref(body);
	return call_text(c, status, "application/json", err);
}

int call_text(struct call *c, int status, const char *content_type, struct error *err)
{
	c->res->status = status;
	c->res->content_type = content_type;
	/* What is kept is kept small enough; an earlier version's may not be. */
	return str_check(&c->res->body, "the answer", err);
}

int call_empty(struct call *c)
{
	c->res->status = 204;
	c->res->content_type = NULL;
	return 0;
}

void call_put_item(struct str *out, const char *beginning)
{
	if (out->len && str_cstr(out)[out->len - 1] != '[')
		str_putc(out, ',');
	str_puts(out, beginning);
}

void json_put_time(json_t *obj, const char *key, int64_t unix_us)
{
	char text[CLOCK_TEXT_MAX];

	clock_format(text, unix_us);
	json_put_string(obj, key, text);
}

int json_put_stored(json_t *obj, const char *key, const char *text, struct error *err)
{
	json_t *value;

	if (!text)
		return 0;
	int rc = json_read(&value, view_of(text), 0, err);
	if (rc < 0) {
		/* Only what was checked is stored, so this is not the client's fault. */
		error_prefix(err, "stored \"%s\"", key);
		return error_recode(err, E_INTERNAL);
	}
	json_put(obj, key, value);
	return 0;
}

int json_to_store(char **out, const json_t *value, size_t max, const char *what, struct error *err)
{
	AUTO_STR text = {.max = max};

	*out = NULL;
	json_write(&text, value, JSON_FORM_COMPACT);
	int rc = str_check(&text, what, err);
	if (rc == 0)
		*out = str_steal(&text);
	return rc;
}
