/*
 * The log of the endpoint: one JSON object a line, one line a request, plus one when it starts and
 * one when it stops. It never holds a key, a path or a query: a route is its pattern.
 */
#ifndef XATAD_REQUEST_LOG_H
#define XATAD_REQUEST_LOG_H

#include "adapt/httpd_microhttpd.h"
#include "base/json.h"

struct request_log {
	int fd;		  /* -1: nothing is logged */
	const char *path; /* NULL: standard error */
};
#define REQUEST_LOG_NONE \
	{                \
		.fd = -1 \
	}

/* path NULL: standard error. A file is made with mode 0640 and appended to. */
int request_log_open(struct request_log *l, const char *path, struct error *err) MUST_USE;
/* Opens the file anew, after it was moved away; keeps the old one when that fails. */
int request_log_reopen(struct request_log *l, struct error *err) MUST_USE;
void request_log_close(struct request_log *l);

/* Thread-safe: each line is one write. */
void request_log_request(const struct request_log *l, const struct httpd_entry *entry);
/* {"time","event",…members}. Takes members (NULL: none). */
void request_log_event(const struct request_log *l, const char *event, json_t *members);

#endif
