/*
 * A server with the real sockets and a made-up handler, for tests of the sockets.
 *
 *	/echo   answers with method, host, authorization, parameters and the body it got
 *	/sleep  answers after the milliseconds of its parameter ms
 *	/big    answers with JSON of so many bytes as its parameter bytes says, and 13 more
 *	/post   allows POST only
 *	/bulk   as /sleep, and weighed as bulk; POST is weighed as writing
 *	/guarded  lets a large body in with an Authorization only, which is taken for the key's id
 *
 * Its limits are small, so that tests of them are fast.
 */
#ifndef TESTS_LIB_HTTPD_FAKE_H
#define TESTS_LIB_HTTPD_FAKE_H

#include <pthread.h>

#include "adapt/httpd_microhttpd.h"

#define FAKE_BODY 100000u
#define FAKE_TARGET 256u
#define FAKE_HEADERS 4096u
#define FAKE_CONNECTIONS 64u
#define FAKE_IDLE_S 30u
#define FAKE_REQUEST_S 1u

struct fake {
	struct httpd *httpd;
	struct server_limits limits; /* may be changed before fake_start() */
	pthread_mutex_t mutex;
	unsigned handled; /* requests that reached the handler */
	unsigned logged;
	struct httpd_entry last; /* of the log; its texts are copied here: */
	char method[64], route[64], id[64];
};

void fake_init(struct fake *f);
/* Plain HTTP on a free port of 127.0.0.1. */
void fake_start(struct fake *f);
const char *fake_url(const struct fake *f);
void fake_stop(struct fake *f);

/* Waits at most 5 seconds until the log has that many entries; fails the test otherwise. */
void fake_wait_logged(struct fake *f, unsigned count);

/* cmocka's setup and teardown: *state is a started struct fake. */
int fake_setup(void **state);
int fake_teardown(void **state);

#endif
