/* Sends and reads raw HTTP for tests. */
#include "lib/unit.h"

#include "lib/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"

int client_connect(const char *url)
{
	const char *colon = strrchr(url, ':');
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	bool ipv6 = strchr(url, '[') != NULL;
	long port = 0;

	assert_true(parse_long(&port, colon + 1, 1, 65535));
	to.sin_port = to6.sin6_port = htons((unsigned short)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = ipv6 ? connect(fd, (void *)&to6, sizeof to6) : connect(fd, (void *)&to, sizeof to);
	if (fd < 0 || rc < 0)
		unit_fail("cannot connect to %s: %s", url, strerror(errno));
	return fd;
}

bool client_send(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

bool client_puts(int fd, const char *text)
{
	return client_send(fd, text, strlen(text));
}

void answer_release(struct answer *a)
{
	str_release(&a->head);
	str_release(&a->body);
	a->status = 0;
}

const char *answer_header(const struct answer *a, const char *name)
{
	static _Thread_local char value[512];
	struct view rest = str_view(&a->head), line;
	size_t len = strlen(name);

	value[0] = '\0';
	while (view_line(&rest, &line))
		if (line.len > len && line.ptr[len] == ':' &&
		    strncasecmp(line.ptr, name, len) == 0) {
			struct view v = view_trim(
				view_make(line.ptr + len + 1, line.len - len - 1));
			snprintf(value, sizeof value, "%.*s", (int)v.len, v.ptr);
		}
	return value;
}

/* One byte at a time, so that the next answer on the connection stays unread. */
static int read_byte(int fd, int64_t until, char *c)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left = until - clock_mono_ms();

	if (poll(&p, 1, left > 0 ? (int)left : 0) != 1)
		return -1;
	return recv(fd, c, 1, 0) == 1 ? 1 : 0;
}

void client_read(struct answer *out, int fd, bool head_only, int ms)
{
	int64_t until = clock_mono_ms() + ms;
	long len = 0, status = 0;
	int got = 1;
	char c;

	answer_release(out);
	while (!ends_with(str_cstr(&out->head), "\r\n\r\n") &&
	       (got = read_byte(fd, until, &c)) == 1)
		str_putc(&out->head, c);
	if (!head_only && answer_header(out, "Content-Length")[0])
		assert_true(parse_long(&len, answer_header(out, "Content-Length"), 0, 1 << 30));
	while (got == 1 && out->body.len < (size_t)len && (got = read_byte(fd, until, &c)) == 1)
		str_putc(&out->body, c);
	out->closed = got == 0;
	if (got != 1 || strlen(str_cstr(&out->head)) < 12)
		return;
	char digits[4];
	snprintf(digits, sizeof digits, "%.3s", out->head.ptr + 9);
	if (parse_long(&status, digits, 100, 599))
		out->status = (int)status;
}

bool client_sees_end(int fd, int ms)
{
	int64_t until = clock_mono_ms() + ms;
	int got;
	char c;

	while ((got = read_byte(fd, until, &c)) == 1)
		;
	return got == 0;
}

void client_ask(struct answer *out, const char *url, const char *request)
{
	int fd = client_connect(url);

	client_puts(fd, request);
	client_read(out, fd, strncmp(request, "HEAD ", 5) == 0, 5000);
	close(fd);
}
