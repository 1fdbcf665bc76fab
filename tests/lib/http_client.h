/*
 * A client of raw bytes for tests of an HTTP server: it sends what no library would, and reads with
 * a time limit.
 */
#ifndef TESTS_LIB_HTTP_CLIENT_H
#define TESTS_LIB_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Connects to the host and port of "http://HOST:PORT"; fails the test when it cannot. */
int client_connect(const char *url);

/* Sends all; false when the server closed the connection. */
bool client_send(int fd, const char *bytes, size_t len);
bool client_puts(int fd, const char *text);

/* What was read of one answer. */
struct answer {
	int status; /* 0: the connection ended or the time was over before a whole answer */
	bool closed;
	struct str head, body; /* head: status line and headers */
};
void answer_release(struct answer *a);
AUTO_VALUE_DEFINE(answer)

/* Reads one answer by its Content-Length within ms; head_only: it has no body in any case. */
void client_read(struct answer *out, int fd, bool head_only, int ms);

/* Whether the server closes the connection within ms; what it sends till then is dropped. */
bool client_sees_end(int fd, int ms);

/* Connect, send, read one answer, close. */
void client_ask(struct answer *out, const char *url, const char *request);

/* The value of a header of the answer, "" when absent; valid until the next call in this thread. */
const char *answer_header(const struct answer *a, const char *name);

#endif
