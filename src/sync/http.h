/*
 * What sync needs from an HTTP client, and the retrying sender over it. adapt/http_curl.c fills the
 * interface in; tests use a scripted fake.
 */
#ifndef SYNC_HTTP_H
#define SYNC_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct http_request {
	const char *method;
	const char *url;  /* absolute; the transport refuses http except to loopback */
	const char *key;  /* sent as "Authorization: Bearer"; NULL: none */
	struct view body; /* JSON; empty: no body */
	bool repeatable;  /* safe to send again after a lost connection or a 5xx */
	long timeout_ms;  /* for one exchange; 0: what the sender or the transport gives it */
	size_t max_body;  /* bytes of answer accepted; 0: HTTP_BODY_MAX */
};
#define HTTP_BODY_MAX ((size_t)32 << 20)

struct http_response {
	long status;
	struct str body;
	char content_type[64];
	char request_id[80]; /* x-request-id, cleaned; "" when absent */
	char message[240];   /* x-xata-message, cleaned; "" when absent */
	long retry_after_s;  /* Retry-After or x-ratelimit-reset in seconds from now; -1: absent */
	char location[160];  /* scheme and host a 3xx points to, cleaned; "" when absent */
	bool permanent; /* with E_UNREACHABLE: trying again cannot help (certificate refused) */
};
void http_response_release(struct http_response *r);
AUTO_VALUE_DEFINE(http_response)

struct http {
	const struct http_ops *ops;
};
struct http_ops {
	/*
	 * One exchange. 0 with any status; E_UNREACHABLE (no connection, TLS refused: the message
	 * names the cause and the hint the remedy), E_TIMEOUT, E_LIMIT (answer too large), E_PEER
	 * (not HTTP). Never follows a redirect. *lost is set when the connection broke after the
	 * request was sent, so that only a repeatable request may be sent again.
	 */
	int (*send)(struct http *h, const struct http_request *req, struct http_response *res,
		    bool *lost, struct error *err);
	void (*close)(struct http *h);
};

struct http_retry {
	int attempts;	   /* in all, at least 1 */
	long base_ms;	   /* first pause; doubled each time, with full jitter */
	long max_pause_ms; /* a longer wait asked for by the server is a failure (E_TIMEOUT) */
	long max_total_ms; /* of all pauses of one request; 0: 45 s */
	long deadline_ms;  /* of one request, all its attempts and pauses; 0: 45 s */
	void (*sleep_ms)(int64_t ms);		   /* NULL: clock_sleep_ms */
	void (*note)(void *ctx, const char *text); /* told about each retry; may be NULL */
	void *ctx;
};
extern const struct http_retry http_retry_default; /* 4 attempts, 250 ms, 30 s */

/*
 * Sends, and again after 429, 502, 503, 504 and lost connections while attempts last: 429 always,
 * the others only when the request is repeatable or was certainly not received. An attempt gets
 * what time is left of the deadline.
 */
int http_send(struct http *h, const struct http_request *req, struct http_response *res,
	      const struct http_retry *retry, struct error *err) MUST_USE;

long http_deadline_ms(const struct http_retry *retry);

/*
 * Reads the value of Retry-After (seconds or an HTTP date) or of x-ratelimit-reset (seconds, or a
 * Unix time as some servers send): seconds from now, 0 for the past, at most HTTP_DELAY_MAX; -1
 * when it is none of these.
 */
#define HTTP_DELAY_MAX 86400L
long http_delay(const char *value, int64_t now_unix_us);

#endif
