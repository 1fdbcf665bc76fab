/* Takes a request from its first line to the last byte of its response. */
#include "adapt/httpd_exchange.h"

#include <string.h>
#include <strings.h>

#include "adapt/gzip_zlib.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/sha256.h"

#include "base/banned.h"

#define GZIP_FROM 1024	 /* bytes: a smaller body fits into one packet anyway */
#define SLOWEST 4096	 /* bytes a second: a client that reads its response slower is cut */
#define SMALL 65536	 /* bytes: a body up to this is taken from anybody, at any time */
#define PATIENCE_MS 1000 /* in a queue; who has waited longer may have gone */
#define NO_ROUTE "none"

struct exchange {
	struct work work; /* first: the workers hand it back */
	struct exchange_context *x;
	struct MHD_Connection *c;
	struct guarded *conn;
	enum exchange_state state;
	int64_t started_at, started_ms, finished_ms; /* finished: the whole request is here */
	char id[XID_LEN + 1];
	bool too_long;
	char *target;
	struct head head;
	char owner[KEY_ID_SIZE]; /* the key that asks: its id, of a large body, else a digest */
	struct request req;
	struct str body;
	struct place place; /* of the large body */
	size_t received, sent;
	struct response res;
};

static int64_t request_deadline(const struct exchange_context *x)
{
	return clock_mono_ms() + (int64_t)x->limits->request_s * 1000;
}

struct exchange *exchange_new(struct exchange_context *x, struct MHD_Connection *c,
			      struct guarded *conn, const char *uri)
{
	struct exchange *e = xcalloc(1, sizeof *e);
	size_t len = strlen(uri);

	e->x = x;
	e->c = c;
	e->conn = conn;
	e->started_at = clock_unix_us();
	e->started_ms = clock_mono_ms();
	e->body.max = x->limits->body;
	xid_new(e->id, e->started_at / 1000000);
	if (len <= x->limits->target)
		e->target = xstrndup(uri, len);
	/* What the log and an early refusal show. */
	e->req = (struct request){.method = "", .path = "/", .host = "", .id = e->id};
	e->res.route = NO_ROUTE;
	guard_phase(x->guard, conn, CONN_READING, request_deadline(x));
	return e;
}

static void release_body(struct exchange *e)
{
	room_leave(e->x->room, &e->place);
	str_release(&e->body);
}

static enum httpd_end how_it_ended(const struct exchange *e, enum MHD_RequestTerminationCode how)
{
	if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK && e->state == EXCHANGE_SENDING)
		return HTTPD_DONE;
	if (how == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED || guard_has_cut(e->x->guard, e->conn))
		return HTTPD_TIMEOUT;
	if (how == MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN)
		return HTTPD_SHUTDOWN;
	return HTTPD_ABORTED;
}

void exchange_end(struct exchange *e, enum MHD_RequestTerminationCode how)
{
	struct exchange_context *x = e->x;
	struct httpd_entry entry = {
		.started_at = e->started_at,
		.ms = clock_mono_ms() - e->started_ms,
		.method = e->req.method,
		.route = e->res.route ? e->res.route : NO_ROUTE,
		.id = e->id,
		.status = e->state == EXCHANGE_SENDING ? e->res.status : 0,
		.end = how_it_ended(e, how),
		.received = e->received,
		.key_id = e->res.key_id,
		.cause = e->res.cause.msg,
	};

	if (entry.end == HTTPD_DONE && strcmp(e->req.method, "HEAD") != 0)
		entry.sent = e->sent;
	if (x->options->log)
		x->options->log(x->options->ctx, &entry);
	guard_hold(x->guard, e->conn, 0);
	/* The next request may take its time to come, but not for ever to arrive. */
	guard_phase(x->guard, e->conn, CONN_IDLE,
		    request_deadline(x) + (int64_t)x->limits->idle_s * 1000);
	release_body(e);
	response_release(&e->res);
	head_release(&e->head);
	free(e->target);
	free(e);
}

enum exchange_state exchange_state(const struct exchange *e)
{
	return e->state;
}

/* ---- the response */

static bool has_header(const struct response *r, const char *name)
{
	for (size_t i = 0; i < r->headers_len; i++)
		if (strcasecmp(r->headers[i].name, name) == 0)
			return true;
	return false;
}

/* Hands the body over without a copy. NULL when memory is exhausted. */
static struct MHD_Response *make_response(struct exchange *e)
{
	static char none[1];
	struct response *r = &e->res;
	size_t len = r->content_type ? r->body.len : 0;
	struct MHD_Response *m;

	if (len)
		m = MHD_create_response_from_buffer(len, str_steal(&r->body),
						    MHD_RESPMEM_MUST_FREE);
	else
		m = MHD_create_response_from_buffer(0, none, MHD_RESPMEM_PERSISTENT);
	if (!m)
		return NULL;
	e->sent = len;
	if (r->content_type)
		MHD_add_response_header(m, "Content-Type", r->content_type);
	for (size_t i = 0; i < r->headers_len; i++)
		MHD_add_response_header(m, r->headers[i].name, r->headers[i].value);
	if (atomic_load(&e->x->stopping))
		MHD_add_response_header(m, "Connection", "close");
	return m;
}

static enum MHD_Result send_response(struct exchange *e)
{
	struct MHD_Response *m = make_response(e);

	if (!m)
		return MHD_NO;
	guard_phase(e->x->guard, e->conn, CONN_ANSWERING,
		    request_deadline(e->x) + (int64_t)(e->sent * 1000 / SLOWEST));
	guard_hold(e->x->guard, e->conn, e->sent);
	enum MHD_Result queued = MHD_queue_response(e->c, (unsigned)e->res.status, m);
	MHD_destroy_response(m);
	e->state = EXCHANGE_SENDING;
	return queued;
}

/* Makes err the response; status 0: that of its kind. */
static void refuse(struct exchange *e, int status, const struct error *err)
{
	const char *route = e->res.route;

	response_release(&e->res);
	server_error(&e->res, &e->req, err);
	if (status)
		e->res.status = status;
	if (!e->res.route)
		e->res.route = route;
	e->state = EXCHANGE_ANSWERED;
}

static void refuse_busy(struct exchange *e, const char *message)
{
	struct error err = {0};

	fail(&err, E_BUSY, "%s", message);
	refuse(e, 0, &err);
}

/* ---- the steps */

/* The client may be sending a body that nobody will read. */
static enum MHD_Result send_refusal(struct exchange *e)
{
	e->state = EXCHANGE_ANSWERED;
	guard_linger(e->x->guard, e->conn);
	return send_response(e);
}

/*
 * Room for a large body is for those only whose request would be let in, and is taken for its
 * whole length, so that what has begun to arrive is not refused half-way. False: refused.
 */
static bool make_room(struct exchange *e)
{
	const struct httpd_options *o = e->x->options;
	size_t len = e->head.body_len;

	if (len <= SMALL)
		return true;
	if (o->admit && !o->admit(o->ctx, &e->req, &e->res))
		return false;
	memcpy(e->owner, e->res.key_id, sizeof e->owner);
	if (room_take(e->x->room, &e->place, e->owner, len))
		return true;
	refuse_busy(e, "the server has too much to do");
	return false;
}

enum MHD_Result exchange_begin(struct exchange *e, const char *method, const char *version)
{
	struct head_line line = {method, e->target, version};
	struct error err = {0};
	int status = 0;

	e->req.method = method;
	int rc = head_read(&e->head, &status, e->c, &line, e->x->limits, &err);
	if (rc < 0) {
		refuse(e, status, &err);
		return send_refusal(e);
	}
	e->req.path = e->head.target;
	e->req.query = e->head.params;
	e->req.query_len = e->head.params_len;
	e->req.host = e->head.host ? e->head.host : "";
	e->req.authorization = e->head.authorization;
	e->req.content_type = e->head.content_type;
	if (!make_room(e))
		return send_refusal(e);
	e->state = EXCHANGE_RECEIVING;
	return MHD_YES;
}

enum MHD_Result exchange_receive(struct exchange *e, const char *bytes, size_t len)
{
	e->received += len;
	str_put(&e->body, bytes, len);
	/* The library keeps to the Content-Length, which fits. */
	return str_ok(&e->body) ? MHD_YES : MHD_NO;
}

static void suspend(struct work *w)
{
	struct exchange *e = (struct exchange *)w;

	e->state = EXCHANGE_WORKING;
	guard_phase(e->x->guard, e->conn, CONN_ANSWERING, CONN_NO_DEADLINE);
	MHD_suspend_connection(e->c);
}

/* Whether a body that is not large is as much work as one: a few real numbers are (base/json.h). */
static bool is_heavy(struct view body)
{
	return json_measure(body, SIZE_MAX, SMALL / 2).values > SMALL / 2;
}

static enum work_lane lane_of(const struct exchange *e)
{
	const struct httpd_options *o = e->x->options;
	static const enum work_lane lanes[] = {[REQUEST_LIGHT] = LANE_OPEN,
					       [REQUEST_BULK] = LANE_BULK,
					       [REQUEST_WRITE] = LANE_WRITE};

	if (e->body.len > SMALL || is_heavy(str_view(&e->body)))
		return LANE_LARGE;
	return o->weigh ? lanes[o->weigh(&e->req)] : LANE_OPEN;
}

/*
 * Whose turn it is. To look the key up is too long for here, and no matter: who makes up many has
 * turns in which nothing but that is found out.
 */
static void name_owner(struct exchange *e)
{
	const char *credentials = e->req.authorization;
	char digest[SHA256_HEX + 1];

	if (*e->owner || !credentials)
		return;
	sha256_hex(digest, view_of(credentials));
	memcpy(e->owner, digest, sizeof e->owner - 1); /* enough of it */
}

static void refuse_stopping(struct exchange *e)
{
	refuse_busy(e, "the server is stopping");
}

enum MHD_Result exchange_finish(struct exchange *e)
{
	if (e->state == EXCHANGE_RECEIVING) {
		e->finished_ms = clock_mono_ms();
		e->work.lane = lane_of(e);
		name_owner(e);
		e->work.owner = e->owner;
		if (workers_give(e->x->workers, &e->work, suspend))
			return MHD_YES;
		refuse_stopping(e);
	}
	return e->state == EXCHANGE_ANSWERED ? send_response(e) : MHD_NO;
}

/* ---- on a worker */

static void compress(struct exchange *e)
{
	struct response *r = &e->res;
	struct str packed = {0};

	if (!e->head.accepts_gzip || !r->content_type || r->body.len < GZIP_FROM)
		return;
	if (!gzip_put(&packed, str_view(&r->body))) {
		str_release(&packed);
		return;
	}
	str_release(&r->body);
	r->body = packed;
	response_header_add(r, "Content-Encoding", "gzip");
	response_header_add(r, "Vary", "Accept-Encoding");
}

/* OPTIONS is a question for the list of methods, which the server gives when it refuses one. */
static void answer(struct exchange *e)
{
	e->x->options->handle(e->x->options->ctx, &e->req, &e->res);
	if (strcmp(e->req.method, "OPTIONS") == 0 && has_header(&e->res, "Allow")) {
		e->res.status = MHD_HTTP_NO_CONTENT;
		e->res.content_type = NULL;
	}
	if (!str_ok(&e->res.body)) {
		struct error err = {0};
		fail(&err, E_INTERNAL, "the response is too large");
		refuse(e, 0, &err);
	}
	compress(e);
}

void exchange_work(struct work *w)
{
	struct exchange *e = (struct exchange *)w;

	e->req.body = str_view(&e->body);
	/* Work for clients that gave up would keep those waiting that ask again. */
	if (clock_mono_ms() - e->finished_ms > PATIENCE_MS && guard_is_gone(e->conn))
		refuse_busy(e, "the client has gone");
	else
		answer(e);
	release_body(e);
	e->state = EXCHANGE_ANSWERED;
	MHD_resume_connection(e->c);
}

void exchange_drop(struct work *w)
{
	struct exchange *e = (struct exchange *)w;

	refuse_stopping(e);
	MHD_resume_connection(e->c);
}
