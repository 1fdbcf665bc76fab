/*
 * A server on loopback for tests of the transport: reads one request at a time and answers with
 * the very bytes it was told, well formed or not.
 */
#ifndef TESTS_SUPPORT_RAW_SERVER_H
#define TESTS_SUPPORT_RAW_SERVER_H

#include <pthread.h>
#include <stdbool.h>

#include "base/str.h"

enum raw_then { RAW_KEEP, RAW_CLOSE, RAW_HANG };

struct raw_answer {
	const char *bytes; /* NULL: nothing */
	size_t len;	   /* 0: strlen(bytes) */
	enum raw_then then;
	bool unread; /* answers without reading the request */
};

struct raw_server {
	const struct raw_answer *answers; /* in order, over all connections */
	size_t answers_len, at;
	int listener;
	int port;
	int stop[2]; /* a byte here ends it */
	int connections;
	struct strs requests; /* as received; read them after raw_server_stop() */
	pthread_t thread;
};

void raw_server_start(struct raw_server *s, const struct raw_answer *answers, size_t len);
/* Ends the thread; the counts and requests stay readable until raw_server_release(). */
void raw_server_stop(struct raw_server *s);
void raw_server_release(struct raw_server *s);

#endif
