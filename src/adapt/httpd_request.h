/* The head of a request as libmicrohttpd gives it, checked and cut into what the server needs. */
#ifndef ADAPT_HTTPD_REQUEST_H
#define ADAPT_HTTPD_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "server/server.h"

struct MHD_Connection;

struct head {
	char *target; /* path, NUL, query; owned */
	struct request_param *params;
	size_t params_len;
	/* Borrowed from the connection until the request is completed; NULL when absent. */
	const char *host, *authorization, *content_type, *content_length, *content_encoding;
	const char *transfer_encoding, *accept_encoding;
	bool accepts_gzip;
	size_t body_len; /* what Content-Length says */
};
void head_release(struct head *h);

/* The parts of a head that libmicrohttpd gives at once; target is as sent, with its query. */
struct head_line {
	const char *method;
	const char *target; /* NULL: it was longer than the limit */
	const char *version;
};

/*
 * Checks line and headers and fills out. A failure is what the client did wrong; *status is its
 * HTTP status where that says more than the error's kind, else 0.
 */
int head_read(struct head *out, int *status, struct MHD_Connection *c, const struct head_line *line,
	      const struct server_limits *limits, struct error *err) MUST_USE;

#endif
