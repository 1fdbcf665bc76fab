/*
 * The branch endpoint without its socket: a request goes in, a response comes out. Thread-safe.
 *
 * The adapter that owns the sockets turns bytes into struct request, calls server_handle() and
 * sends the response; unit tests do the same without a socket.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "server/store.h"

/* What a client may grow, and how far. The adapter enforces what it sees first. */
struct server_limits {
	size_t body;	      /* bytes of a request body */
	size_t target;	      /* bytes of path and query */
	size_t headers;	      /* bytes of all headers */
	size_t push_records;  /* records in one push */
	size_t json_depth;    /* nesting of a body */
	size_t page;	      /* records or jobs in one page of a list */
	size_t branches;      /* of a database, or in its Git mapping: they are listed whole */
	unsigned connections; /* open at once */
	unsigned idle_s;      /* seconds without a byte */
	unsigned request_s;   /* seconds from the first byte of a request to its last */
};
extern const struct server_limits server_limits_default;

struct request_param {
	const char *name;  /* decoded */
	const char *value; /* decoded, "" when there is none */
};

/* Borrowed by server_handle() for the time of the call. */
struct request {
	const char *method;
	const char *path; /* as sent: still percent-encoded, begins with "/", without the query */
	const struct request_param *query;
	size_t query_len;
	const char *host;	   /* Host header, "" when absent */
	const char *authorization; /* Authorization header, NULL when absent */
	const char *content_type;  /* NULL when absent */
	struct view body;
	const char *id; /* request id: in the log, in the x-request-id header, in errors of status
			   500 */
};

struct response_header {
	const char *name; /* static text */
	char *value;	  /* owned */
};

#define KEY_ID_SIZE 40 /* characters of a key's public id, and its end */

struct response {
	int status;
	const char *content_type; /* static; NULL: no body */
	struct str body;
	struct response_header headers[8];
	size_t headers_len;
	const char *route; /* static: the pattern that matched, for log and metrics; never NULL */
	char key_id[KEY_ID_SIZE]; /* public id of the key that asked, for the log; "" when there was
				     none */
	/* What failed behind a status of 500 and above, for the log only: may name paths. */
	struct error cause;
};

void response_header_add(struct response *r, const char *name,
			 const char *value); /* copies value */
void response_release(struct response *r);
AUTO_VALUE_DEFINE(response)

/* The workspace of every request whose Host header names none, and the only region. */
#define SERVER_DEFAULT_WORKSPACE "xatad-local0"
#define SERVER_DEFAULT_REGION "local"

/* Adds what an empty store needs (the default workspace); nothing to do is fine. */
int server_prepare(struct store *store, int64_t now, struct error *err) MUST_USE;

/*
 * Removes what removed branches and databases left, in parts, so that other writers have turns in
 * between. To be called by a server that starts, too, as the one before it may have been killed in
 * the middle. What fails stays for the next.
 */
void server_sweep(struct store *store);

struct job_executor; /* server/jobs.h */

struct server;
struct server_options {
	struct store *store;		    /* borrowed */
	struct job_executor *executor;	    /* borrowed; jobs_recorder() records and marks done */
	const struct server_limits *limits; /* copied; NULL: the default */
	int64_t (*now)(void);		    /* Unix microseconds; NULL: clock_unix_us */
};
struct server *server_new(const struct server_options *options);
void server_free(struct server *s);
AUTO_DEFINE(server)

/*
 * A method HEAD is answered as GET, body and all: the adapter sends the headers only. Every
 * response, that of server_error() too, has the headers x-request-id, Server and Cache-Control.
 *
 * Answers one request; never fails: every failure is a response with `{"id","message"}`. Adds the
 * request to the metrics (duration measured here).
 */
void server_handle(struct server *s, const struct request *req, struct response *res);

/*
 * Whether server_handle() would come to reading the body: route, key and scope are good. False
 * with res filled, and counted, as server_handle() would have done; true with key_id only in it.
 */
bool server_admit(struct server *s, const struct request *req, struct response *res);

/* How long a request may take, as far as its path tells: so that the short need not wait. */
enum request_weight { REQUEST_LIGHT, REQUEST_BULK, REQUEST_WRITE };
enum request_weight server_weigh(const struct request *req);

/* Fills res with `{"id","message"}` and the status of code, as for a failure inside a handler. */
void server_error(struct response *res, const struct request *req, const struct error *err);

/* Appends the Prometheus text of GET /metrics. */
void server_metrics(struct server *s, struct str *out);

#endif
