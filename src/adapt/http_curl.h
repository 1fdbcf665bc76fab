/* The HTTP transport of the client, over libcurl. */
#ifndef ADAPT_HTTP_CURL_H
#define ADAPT_HTTP_CURL_H

#include "sync/http.h"

struct http_curl_options {
	const char *cacert;	 /* CA file; NULL: SSL_CERT_FILE, else the system's */
	const char *user_agent;	 /* "xata/0.1.0" */
	long connect_timeout_ms; /* 0: 10 s */
	long timeout_ms;	 /* for one exchange; 0: 45 s */
	/* One line a request (method, path, status, milliseconds, request id; never a key); may be
	 * NULL. */
	void (*trace)(void *ctx, const char *line);
	void *ctx;
};

/* The options' strings are copied. E_NOTFOUND or E_ACCESS when the CA file cannot be read. */
int http_curl_open(struct http **out, const struct http_curl_options *options,
		   struct error *err) MUST_USE;

#endif
