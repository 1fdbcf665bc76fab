/* Turns "HOST:PORT" into a listening socket. */
#include "adapt/httpd_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/str.h"

#include "base/banned.h"

#define BACKLOG 511 /* connections that the kernel keeps for us while we are busy */

static int fail_address(const char *text, struct error *err)
{
	int rc = fail(err, E_USAGE, "\"%s\" is not an address to listen on", text);

	hint(err, "Write HOST:PORT, for example 127.0.0.1:8443, [::1]:8443 or 0.0.0.0:443.");
	return rc;
}

/* Cuts "HOST:PORT" or "[HOST]:PORT"; both parts belong to the caller. */
static int split(char **host, char **port, const char *text, struct error *err)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
	long number;

	*host = *port = NULL;
	if (!colon || !len || len > 255 || !parse_long(&number, colon + 1, 0, 65535) ||
	    (!brackets && memchr(text, ':', len)))
		return fail_address(text, err);
	*host = brackets ? xstrndup(text + 1, len - 2) : xstrndup(text, len);
	*port = xstrdup(colon + 1);
	return 0;
}

static bool is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)a;
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	const struct sockaddr_in6 *in6 = (const void *)a;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* The host of the URL: what the certificate for localhost covers, where that reaches us. */
static void name_host(struct httpd_listener *l, const struct sockaddr *a)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (a->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)a;
		in_addr_t ip = ntohl(in->sin_addr.s_addr);
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
		bool local = ip == INADDR_LOOPBACK || ip == INADDR_ANY;
		snprintf(l->host, sizeof l->host, "%s", local ? "localhost" : text);
		return;
	}
	const struct sockaddr_in6 *in6 = (const void *)a;
	inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
	if (IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr))
		snprintf(l->host, sizeof l->host, "localhost");
	else
		snprintf(l->host, sizeof l->host, "[%s]", text);
}

/* Returns the socket, or -1 with errno set. */
static int open_socket(const struct addrinfo *a)
{
	int on = 1, off = 0;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    /* "[::]" means every address of the machine, as 0.0.0.0 does for IPv4 alone. */
	    (a->ai_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) ||
	    bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int fail_listen(int errnum, const char *text, struct error *err)
{
	if (errnum == EADDRINUSE) {
		int rc = fail(err, E_IO, "cannot listen on \"%s\": the address is in use", text);
		hint(err, "Stop what listens there, or choose another port with --listen.");
		return rc;
	}
	return fail_sys(err, errnum, "cannot listen on \"%s\"", text);
}

/* The port that the kernel chose, or that was asked for. */
static unsigned port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = {0};
	socklen_t len = sizeof at;

	if (getsockname(fd, &at.any, &len) < 0)
		return 0;
	return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

/* Takes the first address that can be listened on; false with errno set when none can. */
static bool listen_on(struct httpd_listener *out, const struct addrinfo *a)
{
	errno = EADDRNOTAVAIL;
	for (; a; a = a->ai_next) {
		if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
			continue;
		out->fd = open_socket(a);
		if (out->fd < 0)
			continue;
		out->ipv6 = a->ai_family == AF_INET6;
		out->loopback = is_loopback(a->ai_addr);
		out->port = port_of(out->fd);
		name_host(out, a->ai_addr);
		return true;
	}
	return false;
}

int httpd_listen(struct httpd_listener *out, const char *text, struct error *err)
{
	struct addrinfo *found = NULL;
	struct addrinfo want = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};

	*out = (struct httpd_listener){.fd = -1};
	AUTO_FREE char *host = NULL;
	AUTO_FREE char *port = NULL;
	int rc = split(&host, &port, text, err);
	if (rc < 0)
		return rc;
	/* One address is served, and of the two of localhost every client tries this one. */
	if (strcmp(host, "localhost") == 0)
		want.ai_family = AF_INET;
	rc = getaddrinfo(host, port, &want, &found);
	if (rc != 0) {
		rc = fail(err, E_USAGE, "cannot listen on \"%s\": %s", text, gai_strerror(rc));
		hint(err, "Write HOST:PORT with an address of this machine.");
		return rc;
	}
	bool done = listen_on(out, found);
	int saved = errno;
	freeaddrinfo(found);
	return done ? 0 : fail_listen(saved, text, err);
}
