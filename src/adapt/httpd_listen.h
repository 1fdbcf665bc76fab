/* The address that a server listens on: its text form, its socket, its URL. */
#ifndef ADAPT_HTTPD_LISTEN_H
#define ADAPT_HTTPD_LISTEN_H

#include <stdbool.h>

#include "base/error.h"

struct httpd_listener {
	int fd; /* -1: none */
	bool ipv6;
	bool loopback;
	char host[264]; /* for URLs: a name that a client on this machine can use, or an address */
	unsigned port;
};

/* Binds and listens; E_USAGE when text is not HOST:PORT. */
int httpd_listen(struct httpd_listener *out, const char *text, struct error *err) MUST_USE;

#endif
