/*
 * The sockets of a branch endpoint, by libmicrohttpd: HTTP/1.1 over TLS 1.2 or later, or plain on
 * loopback.
 *
 * A few threads move bytes for all connections and never wait for anything; each whole request
 * goes to one of the workers, which calls handle(). So neither a slow client nor a slow request
 * stalls the others. What a client may grow is bounded by struct server_limits: connections,
 * headers, target, body, and the time from the first byte of a request to its last. Past the
 * bound of connections those idle for longest are closed, then those that take longest to send a
 * request; past a bound of memory, those that take longest to read a response: so that slow
 * clients cannot keep others out. A request that is refused before handle() sees it is answered and
 * logged all the same, except where libmicrohttpd itself cannot make out a request.
 */
#ifndef ADAPT_HTTPD_MICROHTTPD_H
#define ADAPT_HTTPD_MICROHTTPD_H

#include <stdint.h>

#include "adapt/tls_openssl.h"
#include "base/error.h"
#include "server/server.h"

struct httpd;

enum httpd_end {
	HTTPD_DONE,    /* the whole response was sent */
	HTTPD_ABORTED, /* the client went away */
	/* The request took too long to arrive, or its response to be read; or the client was the
	 * slowest when room was needed. */
	HTTPD_TIMEOUT,
	HTTPD_SHUTDOWN, /* the server stopped before it was answered */
};

/* What became of one request, for the log; borrowed for the time of the call. */
struct httpd_entry {
	int64_t started_at; /* Unix microseconds */
	int64_t ms;	    /* from the request line to the last byte of the response */
	const char *method; /* as sent: print it with care */
	const char *route;  /* pattern of the route, never the path itself */
	const char *id;	    /* request id */
	const char *key_id; /* public id of the key that asked, "" when there was none */
	const char *cause;  /* of a failure of the server itself, "" when there was none */
	int status;	    /* 0: not answered */
	enum httpd_end end;
	size_t received; /* bytes of the request body */
	size_t sent;	 /* bytes of the response body */
};

/* listen, tls and limits are borrowed for the time of httpd_start(). */
struct httpd_options {
	const char *listen;		    /* "HOST:PORT", "[IPV6]:PORT"; port 0: a free one */
	const struct tls_pair *tls;	    /* NULL: plain HTTP, and only on a loopback address */
	const struct server_limits *limits; /* NULL: the default */
	/* All are called from several threads at once. */
	void (*handle)(void *ctx, const struct request *req, struct response *res);
	/*
	 * Asked before memory is given to a large body, whether the request would be let in; false:
	 * res says why not; true: the key_id of res says who asks, and those who ask take turns. On
	 * an event loop, so it must not wait. NULL: everything is let in.
	 */
	bool (*admit)(void *ctx, const struct request *req, struct response *res);
	enum request_weight (*weigh)(const struct request *req); /* NULL: all are light */
	void (*log)(void *ctx, const struct httpd_entry *entry); /* NULL: no log */
	void *ctx;
};

/*
 * Listens, and answers from now on. E_USAGE for an address that is none or that plain HTTP is not
 * served on, E_INVALID for a certificate that cannot be used, E_IO or E_ACCESS when the address is
 * taken or forbidden, E_LIMIT when the system cannot hold that many connections.
 */
int httpd_start(struct httpd **out, const struct httpd_options *options,
		struct error *err) MUST_USE;

/* Where clients reach it, "https://localhost:8443"; borrowed from h. */
const char *httpd_url(const struct httpd *h);

/*
 * Stops accepting at once, lets the requests in flight finish for at most grace_ms, then closes
 * everything and frees h. Returns how many requests were cut off. NULL is fine.
 */
unsigned httpd_stop(struct httpd *h, int64_t grace_ms);

#endif
