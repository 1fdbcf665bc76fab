/* Origins of endpoints: what target.h says of URLs, and what only this layer needs. */
#ifndef PROJECT_URL_H
#define PROJECT_URL_H

#include "project/target.h"

#define URL_MAX ((size_t)2048) /* bytes of a URL */

AUTO_VALUE_DEFINE(url_parts)

/* "https://host:8443", the port left out when it is the scheme's; free() it. */
char *url_origin(const struct url_parts *u);

/* "host:8443", the port always there; an IPv6 address in brackets; free() it. */
char *url_host_port(const struct url_parts *u);

/* Same host and port; what a key may be bound to. */
bool url_same_host(const struct url_parts *a, const struct url_parts *b);

/*
 * Reads what people type for a host: "localhost:8443", "[::1]:8443", "example.com" (port 443) or an
 * origin, "http://localhost:8080". False for anything else, such as a URL with a path.
 */
bool url_split_host(struct url_parts *out, const char *text);

/* Whether host is domain or below it: "a.xata.sh" is under "xata.sh", "evilxata.sh" is not. */
bool host_under(const char *host, const char *domain);

#endif
