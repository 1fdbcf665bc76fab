/*
 * Ends an exchange whose time is up while OpenSSL is busy with it.
 *
 * libcurl looks at its clock between two calls of OpenSSL, and one call lasts as long as records
 * come that mean nothing: HelloRequest and CCS in the handshake, tickets and updates of keys behind
 * it. Who sends them for ever need not even have a certificate. OpenSSL tells of each record, and
 * there the connection is closed under it when its time is up.
 */
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapt/http_curl_impl.h"
#include "adapt/http_curl_load.h"
#include "base/clock.h"

#include "base/banned.h"

static bool replace(struct http_curl_sockets *s, int from, int to)
{
	for (size_t i = 0; i < ARRAY_LEN(s->fds); i++) {
		if (s->fds[i] == from) {
			s->fds[i] = to;
			return true;
		}
	}
	return false;
}

static int on_socket(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	(void)purpose;
	return replace(ctx, -1, fd) ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR;
}

static int on_close(void *ctx, curl_socket_t fd)
{
	replace(ctx, fd, -1);
	return close(fd);
}

static void on_record(int written, int version, int type, const void *data, size_t len, SSL *ssl,
		      void *ctx)
{
	struct http_curl_sockets *s = ctx;

	(void)written, (void)version, (void)type, (void)data, (void)len, (void)ssl;
	if (s->cut || clock_mono_ms() < s->until_ms)
		return;
	s->cut = true;
	for (size_t i = 0; i < ARRAY_LEN(s->fds); i++) {
		if (s->fds[i] >= 0)
			shutdown(s->fds[i], SHUT_RDWR);
	}
}

static CURLcode on_tls(CURL *easy, void *tls, void *ctx)
{
	(void)easy;
	http_curl_watch_records(tls, on_record, ctx);
	return CURLE_OK;
}

void http_curl_sockets_init(struct http_curl_sockets *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->fds); i++)
		s->fds[i] = -1;
}

void http_curl_sockets_watch(struct http_curl_sockets *s, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, s);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, s);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, s);
}
