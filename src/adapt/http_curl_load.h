/*
 * libcurl, loaded when the first request is made instead of when the program starts: with the
 * libraries that it needs itself it takes longer to load than a command takes that stays local.
 *
 * http_curl_load.c defines those of libcurl's functions that are used here, under their own names,
 * so that callers and compiler see <curl/curl.h> as ever.
 */
#ifndef ADAPT_HTTP_CURL_LOAD_H
#define ADAPT_HTTP_CURL_LOAD_H

#include <openssl/ssl.h>

#include "base/error.h"

/* Must succeed before any function of libcurl is called; threads may race to it. E_IO. */
int http_curl_load(struct error *err) MUST_USE;

/* Called for each record and message of the handshake, in either direction. */
typedef void http_curl_record_fn(int written, int version, int type, const void *data, size_t len,
				 SSL *ssl, void *ctx);

/* Has the OpenSSL that libcurl came with call fn for all connections of tls, a SSL_CTX of it. */
void http_curl_watch_records(SSL_CTX *tls, http_curl_record_fn *fn, void *ctx);

#endif
