/* Takes a request through its stations: route, key, body, transaction, handler, answer. */
#include "server/server.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "config.h"
#include "server/auth.h"
#include "server/call.h"
#include "server/metrics.h"

#include "base/banned.h"

const struct server_limits server_limits_default = {
	.body = (size_t)16 << 20,
	.target = 8192,
	.headers = 16384,
	.push_records = 2000,
	.json_depth = JSON_DEPTH_DEFAULT, /* what wraps a record in a push wraps it in an answer */
	.page = 1000,
	.branches = 10000,
	.connections = 1000,
	.idle_s = 30,
	.request_s = 120,
};

struct server {
	struct store *store;
	struct job_executor *executor;
	struct server_limits limits;
	int64_t (*now)(void);
	struct metrics *metrics;
};

struct server *server_new(const struct server_options *options)
{
	struct server *s = xcalloc(1, sizeof *s);

	s->store = options->store;
	s->executor = options->executor;
	s->limits = options->limits ? *options->limits : server_limits_default;
	s->now = options->now ? options->now : clock_unix_us;
	s->metrics = metrics_new(s->now());
	return s;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	metrics_free(s->metrics);
	free(s);
}

void server_metrics(struct server *s, struct str *out)
{
	metrics_print(s->metrics, out);
}

static int add_default_workspace(const struct store_ops *ops, struct store_txn *t, int64_t now,
				 struct error *err)
{
	AUTO_VALUE(store_workspace) found = {0};
	struct error inner = {0};
	char id[] = SERVER_DEFAULT_WORKSPACE, name[] = "default";
	int rc = ops->workspace_get(&found, t, id, &inner);

	if (rc == E_NOTFOUND) {
		const struct store_workspace w = {.id = id, .name = name, .created_at = now};
		return ops->workspace_add(t, &w, err);
	}
	if (rc < 0)
		*err = inner;
	return rc;
}

int server_prepare(struct store *store, int64_t now, struct error *err)
{
	struct store_txn *t = NULL;
	int rc = store->ops->begin(&t, store, STORE_WRITE, err);

	if (rc < 0)
		return rc;
	rc = add_default_workspace(store->ops, t, now, err);
	if (rc < 0) {
		store->ops->rollback(t);
		return rc;
	}
	return store->ops->commit(t, err);
}

/* False: there is no more, or it failed. */
static bool sweep_part(struct store *store)
{
	struct store_txn *t = NULL;
	struct error err = {0};
	bool more = false;

	if (store->ops->begin(&t, store, STORE_WRITE, &err) < 0)
		return false;
	if (store->ops->sweep(&more, t, &err) < 0) {
		store->ops->rollback(t);
		return false;
	}
	return store->ops->commit(t, &err) == 0 && more;
}

void server_sweep(struct store *store)
{
	while (sweep_part(store))
		;
}

/* ---- responses */

void response_header_add(struct response *r, const char *name, const char *value)
{
	if (r->headers_len == ARRAY_LEN(r->headers))
		abort(); /* a defect: handlers add one header at most */
	r->headers[r->headers_len++] = (struct response_header){name, xstrdup(value)};
}

void response_release(struct response *r)
{
	for (size_t i = 0; i < r->headers_len; i++)
		free(r->headers[i].value);
	str_release(&r->body);
	*r = (struct response){0};
}

/* Empties what was answered so far but keeps what the log needs. */
static void response_begin(struct response *res, const struct request *req)
{
	for (size_t i = 0; i < res->headers_len; i++)
		free(res->headers[i].value);
	res->headers_len = 0;
	str_clear(&res->body);
	res->status = 500;
	res->content_type = NULL;
	if (!res->route)
		res->route = "none";
	response_header_add(res, "x-request-id", req->id);
	response_header_add(res, "Server", "xatad/" PACKAGE_VERSION);
	response_header_add(res, "Cache-Control", "no-store");
}

/* What a client may know about a failure: kinds that are not its fault say nothing of the inside.
 */
struct public_failure {
	const char *id;
	int status;
	struct str message;
};

static void describe_failure(struct public_failure *out, const struct request *req,
			     const struct error *err)
{
	out->status = error_http_status((int)err->code);
	out->id = error_name((int)err->code);
	if (err->code == E_NOSPACE) {
		str_puts(&out->message, "the server has no space left");
	} else if (err->code == E_BUSY) {
		str_puts(&out->message, "the server is busy: try again later");
	} else if (out->status >= 500 && err->code != E_TIMEOUT) {
		out->status = 500;
		out->id = error_name(E_INTERNAL);
		str_printf(&out->message, "the server failed, see its log for request %s", req->id);
	} else {
		str_put_safe(&out->message, view_of(err->msg));
	}
}

/* id and head may be NULL; status 0: that of the kind. */
static void answer_failure(struct response *res, const struct request *req, const struct error *err,
			   const struct call *c)
{
	struct public_failure f = {.message = {.max = 8192}};
	AUTO_JSON *body = json_object();

	response_begin(res, req);
	describe_failure(&f, req, err);
	if (c && c->error_id && f.status < 500)
		f.id = c->error_id;
	if (c && c->error_status && f.status < 500)
		f.status = c->error_status;
	json_put_string(body, "id", f.id);
	json_put_string(body, "message", str_cstr(&f.message));
	if (c && c->error_head && f.status < 500)
		json_put(body, "head", json_incref(c->error_head));
	json_write(&res->body, body, JSON_FORM_COMPACT);
	str_release(&f.message);
	res->status = f.status;
	res->content_type = "application/json";
	if (f.status >= 500)
		res->cause = *err;
	if (err->code == E_AUTH)
		response_header_add(res, "WWW-Authenticate", "Bearer");
	if (err->code == E_BUSY)
		response_header_add(res, "Retry-After", "1");
}

void server_error(struct response *res, const struct request *req, const struct error *err)
{
	answer_failure(res, req, err, NULL);
}

/* ---- stations */

static int check_size(const struct call *c, struct error *err)
{
	if (strlen(c->req->path) > c->limits->target)
		return fail(err, E_LIMIT, "the path is over the limit of %zu bytes",
			    c->limits->target);
	if (c->req->body.len > c->limits->body)
		return fail(err, E_LIMIT, "the body is over the limit of %zu bytes",
			    c->limits->body);
	return 0;
}

static int read_body(struct call *c, struct error *err)
{
	enum route_body need = c->match.route->body;

	if (need == BODY_NONE)
		return 0;
	if (view_trim(c->req->body).len == 0) {
		if (need == BODY_REQUIRED)
			return fail(err, E_INVALID, "a JSON body is required");
		return 0;
	}
	int rc = json_read(&c->body, c->req->body, c->limits->json_depth, err);
	if (rc == 0 && !json_is_object(c->body))
		rc = fail(err, E_INVALID, "the body must be an object, not %s",
			  json_type_name(c->body));
	return rc;
}

/*
 * The key is checked in a transaction for reading, which a route that reads goes on with: nobody
 * without a key takes the lock of the writers, nor makes us parse a body.
 */
static int admit(struct call *c, struct str *allow, struct error *err)
{
	int rc = check_size(c, err);

	if (rc == 0)
		rc = route_find(&c->match, allow, c->req->method, c->req->path, err);
	const struct route *route = c->match.route;
	if (route)
		c->res->route = route->pattern;
	if (rc < 0 || !route || (route->flags & ROUTE_PUBLIC))
		return rc;
	rc = call_begin(c, STORE_READ, err);
	return rc == 0 ? auth_check(c, err) : rc;
}

/* Reads the body, and begins the transaction that the route needs. */
static int prepare(struct call *c, struct error *err)
{
	const struct route *route = c->match.route;
	int rc = read_body(c, err);

	if (rc < 0 || route->mode == STORE_READ)
		return rc;
	call_rollback(c);
	return route->flags & ROUTE_BEGINS ? 0 : call_begin(c, route->mode, err);
}

static void refuse(struct call *c, const struct str *allow, const struct error *err)
{
	answer_failure(c->res, c->req, err, c);
	if (err->code == E_METHOD)
		response_header_add(c->res, "Allow", str_cstr(allow));
}

static void answer(struct call *c)
{
	struct error err = {0};
	AUTO_STR allow = {0};
	int rc = admit(c, &allow, &err);

	if (rc == 0)
		rc = prepare(c, &err);
	if (rc == 0)
		rc = c->match.route->handler(c, &err);
	if (rc == 0)
		rc = call_commit(c, &err);
	if (rc < 0)
		refuse(c, &allow, &err);
}

static struct call call_new(struct server *s, const struct request *req, struct response *res)
{
	return (struct call){
		.req = req,
		.res = res,
		.server = s,
		.metrics = s->metrics,
		.store = s->store,
		.executor = s->executor,
		.limits = &s->limits,
		.now = s->now(),
	};
}

/* Index into the table, < 0 when the path leads nowhere. */
static int route_number(const struct call *c)
{
	return c->match.route ? (int)(c->match.route - routes) : -1;
}

void server_handle(struct server *s, const struct request *req, struct response *res)
{
	struct call c = call_new(s, req, res);
	int64_t begun = metrics_begin(s->metrics);

	res->route = NULL;
	response_begin(res, req);
	answer(&c);
	int route = route_number(&c);
	call_release(&c);
	metrics_end(s->metrics, begun, route, res->status);
}

bool server_admit(struct server *s, const struct request *req, struct response *res)
{
	struct call c = call_new(s, req, res);
	struct error err = {0};
	AUTO_STR allow = {0};

	res->route = NULL;
	response_begin(res, req);
	int rc = admit(&c, &allow, &err);
	if (rc < 0) {
		int64_t begun = metrics_begin(s->metrics);
		refuse(&c, &allow, &err);
		metrics_end(s->metrics, begun, route_number(&c), res->status);
	} else {
		struct response kept = {0};
		memcpy(kept.key_id, res->key_id, sizeof kept.key_id);
		response_release(res);
		*res = kept;
	}
	call_release(&c);
	return rc >= 0;
}

/* Of a branch, what clients ask for before all else: it is short, unlike all that is known of it.
 */
static bool asks_for_head(const struct request *req)
{
	for (size_t i = 0; i < req->query_len; i++)
		if (strcmp(req->query[i].name, "form") == 0)
			return strcmp(req->query[i].value, "head") == 0;
	return false;
}

enum request_weight server_weigh(const struct request *req)
{
	AUTO_VALUE(route_match) m = {0};
	AUTO_STR allow = {0};
	struct error ignored = {0};

	if (route_find(&m, &allow, req->method, req->path, &ignored) < 0)
		return REQUEST_LIGHT;
	if (m.route->mode == STORE_WRITE)
		return REQUEST_WRITE;
	return m.route->flags & ROUTE_BULK && !asks_for_head(req) ? REQUEST_BULK : REQUEST_LIGHT;
}
