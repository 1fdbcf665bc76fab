/* The inside of the HTTP client, shared with the file that translates libcurl's failures. */
#ifndef ADAPT_HTTP_CURL_IMPL_H
#define ADAPT_HTTP_CURL_IMPL_H

#include <curl/curl.h>

#include "adapt/http_curl.h"

struct http_curl {
	struct http base; /* first member */
	CURL *easy;
	char *cacert, *cadir; /* NULL: as libcurl was built */
	char *user_agent;
	long connect_ms, total_ms;
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;
};

/* One exchange on its way. */
struct exchange {
	struct http_response *res;
	size_t max_body;
	size_t header_bytes;
	long timeout_ms;
	bool tls, loopback;
	bool body_too_large, headers_too_large;
	bool headers_ended; /* the empty line behind them came */
	struct curl_slist *headers;
	char peer[300]; /* host:port, for messages */
	char path[2048];
	char text[CURL_ERROR_SIZE];
};

/* Translates a failure of curl_easy_perform(); sets *lost and res->permanent. */
int http_curl_failure(const struct http_curl *h, struct exchange *x, CURLcode code, bool *lost,
		      struct error *err);

#endif
