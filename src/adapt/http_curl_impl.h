/* The inside of the HTTP client, shared with the file that translates libcurl's failures. */
#ifndef ADAPT_HTTP_CURL_IMPL_H
#define ADAPT_HTTP_CURL_IMPL_H

#include <curl/curl.h>

#include "adapt/http_curl.h"

/*
 * The sockets that libcurl has open, and when they are to end. Two addresses may be tried at once,
 * and libcurl keeps at most four connections.
 */
struct http_curl_sockets {
	int fds[16];	  /* -1: none */
	int64_t until_ms; /* by clock_mono_ms(): a handshake that still goes on then is cut off */
	bool cut;
};

struct http_curl {
	struct http base; /* first member */
	CURL *easy;
	char *cacert, *cadir; /* NULL: as libcurl was built */
	char *user_agent;
	long connect_ms, total_ms;
	struct http_curl_sockets sockets;
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

void http_curl_sockets_init(struct http_curl_sockets *s);

/* Has libcurl tell of its sockets, and OpenSSL of each record; both keep the pointer. */
void http_curl_sockets_watch(struct http_curl_sockets *s, CURL *easy);

/* Translates a failure of curl_easy_perform(); sets *lost and res->permanent. */
int http_curl_failure(const struct http_curl *h, struct exchange *x, CURLcode code, bool *lost,
		      struct error *err);

#endif
