/* A transport for tests: answers come from a script or from a handler, requests are kept. */
#ifndef TESTS_SUPPORT_FAKE_HTTP_H
#define TESTS_SUPPORT_FAKE_HTTP_H

#include "base/str.h"
#include "sync/http.h"

/* One answer of a script; zero bytes are an empty 200. */
struct fake_answer {
	long status;	  /* 0: 200 */
	const char *body; /* NULL: empty */
	const char *type; /* NULL: application/json */
	const char *location, *message, *request_id;
	long retry_after; /* 0: none */
	int rc;		  /* < 0: the exchange fails so */
	bool lost, permanent;
};

struct fake_http {
	struct http base; /* first member */
	const struct fake_answer *script;
	size_t script_len;
	/* Used when there is no script. */
	int (*handle)(void *ctx, const struct http_request *req, struct http_response *res,
		      bool *lost, struct error *err);
	void *ctx;
	struct strs log;    /* "METHOD url" of each request */
	struct strs bodies; /* its body, "" for none */
	struct strs keys;   /* its key, "" for none */
};
void fake_http_init(struct fake_http *f);
void fake_http_script(struct fake_http *f, const struct fake_answer *script, size_t len);
void fake_http_release(struct fake_http *f);
AUTO_VALUE_DEFINE(fake_http)

/* Fills res in; returns the answer's rc. */
int fake_answer_give(const struct fake_answer *a, struct http_response *res, bool *lost,
		     struct error *err);

#endif
