/* The server of raw bytes: one thread, one connection at a time. */
#include "unit/support/raw_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Waits for fd; false when the server is to stop. */
static bool readable(const struct raw_server *s, int fd)
{
	struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = s->stop[0], .events = POLLIN}};

	return poll(fds, 2, 20000) > 0 && !fds[1].revents && fds[0].revents;
}

static size_t body_length(const char *text)
{
	const char *at = strcasestr(text, "content-length:");

	return at ? strtoul(at + 15, NULL, 10) : 0;
}

/* One request, headers and body; false at the end of the connection. */
static bool read_request(struct raw_server *s, int fd)
{
	AUTO_STR text = {0};
	char buf[4096];
	const char *end;

	while (!(end = strstr(str_cstr(&text), "\r\n\r\n")) ||
	       text.len < (size_t)(end + 4 - text.ptr) + body_length(text.ptr)) {
		if (!readable(s, fd))
			return false;
		ssize_t got = read(fd, buf, sizeof buf);
		if (got <= 0)
			return false;
		str_put(&text, buf, (size_t)got);
	}
	strs_add(&s->requests, str_cstr(&text));
	return true;
}

static void put_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t put = send(fd, bytes, len, MSG_NOSIGNAL);
		if (put <= 0)
			return;
		bytes += put;
		len -= (size_t)put;
	}
}

static void serve(struct raw_server *s, int fd)
{
	while (s->at < s->answers_len) {
		const struct raw_answer *a = &s->answers[s->at];
		if (!a->unread && !read_request(s, fd))
			return;
		s->at++;
		if (a->bytes)
			put_all(fd, a->bytes, a->len ? a->len : strlen(a->bytes));
		if (a->then == RAW_HANG)
			readable(s, s->stop[0]);
		if (a->then != RAW_KEEP)
			return;
	}
	read_request(s, fd); /* holds the connection open until the client is done with it */
}

static void *run(void *arg)
{
	struct raw_server *s = arg;

	while (readable(s, s->listener)) {
		int fd = accept(s->listener, NULL, NULL);
		if (fd < 0)
			break;
		s->connections++;
		serve(s, fd);
		close(fd);
	}
	return NULL;
}

void raw_server_start(struct raw_server *s, const struct raw_answer *answers, size_t len)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof sin;

	*s = (struct raw_server){.answers = answers, .answers_len = len};
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&sin, size) < 0 ||
	    listen(s->listener, 8) < 0 ||
	    getsockname(s->listener, (struct sockaddr *)&sin, &size) < 0 || pipe(s->stop) < 0 ||
	    pthread_create(&s->thread, NULL, run, s) != 0) {
		perror("# raw server");
		abort();
	}
	s->port = ntohs(sin.sin_port);
}

void raw_server_stop(struct raw_server *s)
{
	if (s->listener < 0)
		return;
	if (write(s->stop[1], "x", 1) != 1)
		abort();
	pthread_join(s->thread, NULL);
	close(s->listener);
	close(s->stop[0]);
	close(s->stop[1]);
	s->listener = -1;
}

void raw_server_release(struct raw_server *s)
{
	raw_server_stop(s);
	strs_release(&s->requests);
}
