/*
 * Splits URLs into scheme, host, port and path, strictly: what two readers could understand
 * differently is refused, since a key's destination is decided on the outcome.
 */
#include "project/url.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/str.h"

#include "base/banned.h"

#define HOST_MAX ((size_t)253)
#define LABEL_MAX ((size_t)63)
#define PORT_MAX 65535

void url_parts_release(struct url_parts *u)
{
	free(u->scheme);
	free(u->host);
	free(u->path);
	*u = (struct url_parts){0};
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool all_digits(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

/* Host names whose last label starts like a number are IPv4 to some readers: one form only. */
static bool is_good_name(const char *host)
{
	const char *last = strrchr(host, '.');
	size_t label = 0;

	for (const char *p = host; *p; p++) {
		if (*p == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!is_label_char(*p) || ++label > LABEL_MAX) {
			return false;
		}
	}
	if (label == 0)
		return false;
	last = last ? last + 1 : host;
	if (all_digits(last) || starts_with(last, "0x")) {
		struct in_addr addr;
		return inet_pton(AF_INET, host, &addr) == 1;
	}
	return true;
}

/* The host in lower case, without brackets and without the final dot of an absolute name. */
static char *parse_host(struct view v)
{
	bool brackets = v.len > 2 && v.ptr[0] == '[' && v.ptr[v.len - 1] == ']';

	if (brackets)
		v = view_make(v.ptr + 1, v.len - 2);
	else if (v.len > 1 && v.ptr[v.len - 1] == '.')
		v.len--;
	if (v.len == 0 || v.len > HOST_MAX || memchr(v.ptr, '\0', v.len))
		return NULL;
	char *host = view_dup(v);
	for (char *p = host; *p; p++)
		*p = lower(*p);
	struct in6_addr addr;
	bool good = brackets ? inet_pton(AF_INET6, host, &addr) == 1 : is_good_name(host);
	/* One spelling for each address, so that two of them can be compared. */
	if (good && brackets) {
		char text[INET6_ADDRSTRLEN];
		free(host);
		return xstrdup(inet_ntop(AF_INET6, &addr, text, sizeof text));
	}
	if (good)
		return host;
	free(host);
	return NULL;
}

static bool parse_port(long *port, struct view v)
{
	char text[8];

	if (v.len == 0 || v.len >= sizeof text || strspn(v.ptr, "0123456789") < v.len)
		return false;
	memcpy(text, v.ptr, v.len);
	text[v.len] = '\0';
	return parse_long(port, text, 1, PORT_MAX);
}

/* host[:port]; user information ends up in the host, where "@" is refused. */
static bool parse_authority(struct url_parts *out, struct view v)
{
	size_t end = v.len;
	const char *bracket = v.len && v.ptr[0] == '[' ? memchr(v.ptr, ']', v.len) : NULL;
	const char *colon;

	if (bracket) {
		end = (size_t)(bracket - v.ptr) + 1;
		colon = end < v.len ? bracket + 1 : NULL;
		if (colon && *colon != ':')
			return false;
	} else {
		colon = v.len ? memchr(v.ptr, ':', v.len) : NULL;
		if (colon)
			end = (size_t)(colon - v.ptr);
	}
	if (colon && !parse_port(&out->port, view_make(colon + 1, v.len - end - 1)))
		return false;
	out->host = parse_host(view_make(v.ptr, end));
	return out->host;
}

static bool is_good_path(const char *path)
{
	for (const char *p = path; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\\?#\"<>^`{|}", *p))
			return false;
	return true;
}

bool url_split(struct url_parts *out, const char *url)
{
	struct url_parts u = {0};
	const char *rest = NULL;

	*out = u;
	if (!url || strlen(url) > URL_MAX)
		return false;
	if (strncasecmp(url, "https://", 8) == 0) {
		rest = url + 8;
		u.port = 443;
	} else if (strncasecmp(url, "http://", 7) == 0) {
		rest = url + 7;
		u.port = 80;
	}
	if (!rest)
		return false;
	u.scheme = xstrdup(u.port == 443 ? "https" : "http");
	size_t len = strcspn(rest, "/\\?#");
	if (!parse_authority(&u, view_make(rest, len)) || !is_good_path(rest + len)) {
		url_parts_release(&u);
		return false;
	}
	u.path = xstrdup(rest + len);
	*out = u;
	return true;
}

bool url_split_host(struct url_parts *out, const char *text)
{
	*out = (struct url_parts){0};
	if (!text || !*text)
		return false;
	AUTO_FREE char *url = strstr(text, "://") ? xstrdup(text) : xasprintf("https://%s", text);
	if (!url_split(out, url))
		return false;
	if (str_eq(out->path, "") || str_eq(out->path, "/"))
		return true;
	url_parts_release(out);
	return false;
}

static bool is_ipv6(const struct url_parts *u)
{
	return strchr(u->host, ':');
}

char *url_host_port(const struct url_parts *u)
{
	return xasprintf(is_ipv6(u) ? "[%s]:%ld" : "%s:%ld", u->host, u->port);
}

char *url_origin(const struct url_parts *u)
{
	bool standard = u->port == (str_eq(u->scheme, "https") ? 443 : 80);

	if (standard)
		return xasprintf(is_ipv6(u) ? "%s://[%s]" : "%s://%s", u->scheme, u->host);
	AUTO_FREE char *host_port = url_host_port(u);
	return xasprintf("%s://%s", u->scheme, host_port);
}

bool url_same_host(const struct url_parts *a, const struct url_parts *b)
{
	return a->port == b->port && str_eq(a->host, b->host);
}

bool host_under(const char *host, const char *domain)
{
	size_t host_len = strlen(host), len = strlen(domain);

	if (host_len == len)
		return str_eq(host, domain);
	return host_len > len && host[host_len - len - 1] == '.' && ends_with(host, domain);
}

bool host_is_loopback(const char *host)
{
	struct in_addr addr;
	struct in6_addr addr6;

	if (host_under(host, "localhost"))
		return true;
	if (inet_pton(AF_INET, host, &addr) == 1)
		return ntohl(addr.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &addr6) == 1 && IN6_IS_ADDR_LOOPBACK(&addr6);
}
