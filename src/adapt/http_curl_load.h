/*
 * libcurl, loaded when the first request is made instead of when the program starts: with the
 * libraries that it needs itself it takes longer to load than a command takes that stays local.
 *
 * http_curl_load.c defines those of libcurl's functions that are used here, under their own names,
 * so that callers and compiler see <curl/curl.h> as ever.
 */
#ifndef ADAPT_HTTP_CURL_LOAD_H
#define ADAPT_HTTP_CURL_LOAD_H

#include "base/error.h"

/* Must succeed before any function of libcurl is called; threads may race to it. E_IO. */
int http_curl_load(struct error *err) MUST_USE;

#endif
