/*
 * Watches connections: each phase of one has a deadline, and past it the connection is cut. The
 * libmicrohttpd time-out alone restarts with every byte, so a client that drips could stay forever.
 */
#ifndef ADAPT_HTTPD_GUARD_H
#define ADAPT_HTTPD_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum conn_phase {
	CONN_IDLE,    /* between requests, or before the first; may be cut to make room */
	CONN_READING, /* part of a request is here; may be cut too, where that is too little */
	CONN_ANSWERING,
};
#define CONN_NO_DEADLINE INT64_MAX

struct guard;
struct guarded; /* one connection */

struct guard_bounds {
	unsigned room; /* connections past which some are cut, slowest first */
	size_t held;   /* bytes of responses past which those that read slowest are cut */
};
int guard_start(struct guard **out, const struct guard_bounds *bounds, struct error *err) MUST_USE;
void guard_stop(struct guard *g); /* after the last guard_remove(); NULL is fine */

/* fd stays the caller's, who must not close it before guard_remove(). */
struct guarded *guard_add(struct guard *g, int fd, int64_t deadline);

/* deadline is in milliseconds of clock_mono_ms(). */
void guard_phase(struct guard *g, struct guarded *c, enum conn_phase phase, int64_t deadline);

/* Bytes of a response that wait for the client; 0: none any more. */
void guard_hold(struct guard *g, struct guarded *c, size_t bytes);

bool guard_has_cut(struct guard *g, const struct guarded *c); /* for its time, or its slowness */

/* Whether the client has closed its side, and all that it sent before was read. */
bool guard_is_gone(const struct guarded *c);

/*
 * When the connection is closed, what the client still sends is read and dropped for a moment:
 * closing at once would make the kernel reset the connection, and the client might lose the
 * response that told it to stop.
 */
void guard_linger(struct guard *g, struct guarded *c);

void guard_remove(struct guard *g, struct guarded *c); /* its caller closes fd next */

#endif
