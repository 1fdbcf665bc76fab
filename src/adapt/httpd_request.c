/*
 * Checks the head of a request.
 *
 * Whatever two programs could read in two ways (two lengths, a length and a transfer coding, two
 * hosts) is refused: behind a proxy it would let one client put words into another's mouth.
 */
#include "adapt/httpd_request.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

#include "base/banned.h"

#define HEADERS_MAX 100 /* fields in one request */
#define PARAMS_MAX 64	/* parameters in one query */
#define METHOD_MAX 16	/* characters */

#define HTTP_LENGTH_REQUIRED 411
#define HTTP_URI_TOO_LONG 414
#define HTTP_UNSUPPORTED_MEDIA 415
#define HTTP_HEADERS_TOO_LARGE 431
#define HTTP_NOT_IMPLEMENTED 501
#define HTTP_VERSION_UNSUPPORTED 505

void head_release(struct head *h)
{
	free(h->target);
	free(h->params);
	*h = (struct head){0};
}

/* ---- the pieces of the grammar */

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_token_char(text[i]))
			return false;
	return len > 0;
}

static bool is_field_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return false;
	}
	return true;
}

static bool is_target(const char *text)
{
	if (text[0] != '/')
		return false;
	for (; *text; text++)
		if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7F || *text == '#')
			return false;
	return true;
}

/* name[:port], 1.2.3.4[:port] or [::1][:port]. */
static bool is_host(const char *text)
{
	bool brackets = text[0] == '[';
	size_t len = strspn(text + brackets, brackets ? "0123456789abcdefABCDEF:.%"
						      : "abcdefghijklmnopqrstuvwxyz"
							"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
							"0123456789-._~");
	const char *rest = text + brackets + len;
	long port;

	if (!len || len > 255 || (brackets && *rest++ != ']'))
		return false;
	return !*rest || (*rest == ':' && (!rest[1] || parse_long(&port, rest + 1, 0, 65535)));
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* Decodes a part of a query in place; false for a bad escape, a control character, bad UTF-8. */
static bool decode(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		int c = (unsigned char)*p;
		if (c == '+')
			c = ' ';
		if (c == '%') {
			int high = hex_digit(p[1]), low = high < 0 ? -1 : hex_digit(p[2]);
			if (low < 0)
				return false;
			c = high * 16 + low;
			p += 2;
		}
		if (c < 0x20 || c == 0x7F)
			return false;
		*to++ = (char)c;
	}
	*to = '\0';
	return utf8_valid(view_of(text));
}

/* ---- target */

static int read_query(struct head *out, char *query, struct error *err)
{
	char *next;

	for (char *part = query; part; part = next) {
		next = strchr(part, '&');
		if (next)
			*next++ = '\0';
		if (!*part)
			continue;
		if (out->params_len == PARAMS_MAX)
			return fail(err, E_LIMIT, "the query has more than %d parameters",
				    PARAMS_MAX);
		if (!out->params)
			out->params = xcalloc(PARAMS_MAX, sizeof *out->params);
		char *equals = strchr(part, '=');
		static char none[] = "";
		if (equals)
			*equals = '\0';
		struct request_param *p = &out->params[out->params_len++];
		*p = (struct request_param){part, equals ? equals + 1 : none};
		if (!decode(part) || (equals && !decode(equals + 1)))
			return fail(err, E_INVALID, "the query is not well-formed");
	}
	return 0;
}

static int read_line(struct head *out, int *status, const struct head_line *line,
		     const struct server_limits *limits, struct error *err)
{
	size_t len = strlen(line->method);

	if (strcmp(line->version, "HTTP/1.1") != 0 && strcmp(line->version, "HTTP/1.0") != 0) {
		*status = HTTP_VERSION_UNSUPPORTED;
		return fail(err, E_INVALID, "only HTTP/1.1 is spoken here");
	}
	if (len > METHOD_MAX || !is_token(line->method, len)) {
		*status = HTTP_NOT_IMPLEMENTED;
		return fail(err, E_INVALID, "the method is none of HTTP");
	}
	if (!line->target) {
		*status = HTTP_URI_TOO_LONG;
		return fail(err, E_LIMIT, "the request target is longer than %zu bytes",
			    limits->target);
	}
	if (!is_target(line->target))
		return fail(err, E_INVALID, "the request target is not a path");
	out->target = xstrdup(line->target);
	char *query = strchr(out->target, '?');
	if (!query)
		return 0;
	*query = '\0';
	return read_query(out, query + 1, err);
}

/* ---- headers */

struct field {
	const char *name;
	size_t at; /* offset in struct head of where the value goes */
	bool list; /* may be repeated; the first is taken */
};
#define FIELD(text, member, list)                         \
	{                                                 \
		text, offsetof(struct head, member), list \
	}
static const struct field fields[] = {
	FIELD("Host", host, false),
	FIELD("Authorization", authorization, false),
	FIELD("Content-Type", content_type, false),
	FIELD("Content-Length", content_length, false),
	FIELD("Content-Encoding", content_encoding, false),
	FIELD("Transfer-Encoding", transfer_encoding, false),
	FIELD("Accept-Encoding", accept_encoding, true),
};

struct reading {
	struct head *head;
	const struct server_limits *limits;
	int *status;
	struct error *err;
	size_t bytes, count;
};

static int read_field(struct reading *r, const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strcasecmp(name, fields[i].name) != 0)
			continue;
		const char **to = (const char **)(void *)((char *)r->head + fields[i].at);
		if (*to && !fields[i].list)
			return fail(r->err, E_INVALID, "the header %s is there twice",
				    fields[i].name);
		if (!*to)
			*to = value;
	}
	return 0;
}

static enum MHD_Result each_header(void *ctx, enum MHD_ValueKind kind, const char *name,
				   size_t name_len, const char *value, size_t value_len)
{
	struct reading *r = ctx;
	const char *text = value ? value : "";

	(void)kind;
	r->bytes += name_len + value_len + 4; /* ": " and CRLF */
	if (r->bytes > r->limits->headers || ++r->count > HEADERS_MAX) {
		*r->status = HTTP_HEADERS_TOO_LARGE;
		fail(r->err, E_LIMIT, "the headers are larger than %zu bytes or more than %d",
		     r->limits->headers, HEADERS_MAX);
		return MHD_NO;
	}
	if (!is_token(name, name_len) || !is_field_value(text, value_len)) {
		fail(r->err, E_INVALID, "a header is not well-formed");
		return MHD_NO;
	}
	return read_field(r, name, text) < 0 ? MHD_NO : MHD_YES;
}

/*
 * A body in chunks is refused, as HTTP allows: its length is not known before memory is given to
 * it, two programs may read two lengths in it, and libmicrohttpd answers a chunk that it cannot
 * read in words of its own.
 */
static int check_coding(const struct head *h, int *status, struct error *err)
{
	if (!h->transfer_encoding)
		return 0;
	if (h->content_length)
		return fail(err, E_INVALID,
			    "Content-Length and Transfer-Encoding exclude each other");
	if (strcasecmp(h->transfer_encoding, "chunked") == 0) {
		*status = HTTP_LENGTH_REQUIRED;
		return fail(err, E_INVALID, "a body needs a Content-Length");
	}
	*status = HTTP_NOT_IMPLEMENTED;
	return fail(err, E_INVALID, "transfer codings are not known here");
}

static int check_body(struct head *h, int *status, const struct server_limits *limits,
		      struct error *err)
{
	long len = 0;
	int rc = check_coding(h, status, err);

	if (rc < 0)
		return rc;
	if (h->content_length) {
		if (strspn(h->content_length, "0123456789") != strlen(h->content_length) ||
		    !h->content_length[0])
			return fail(err, E_INVALID, "Content-Length is not a number");
		if (!parse_long(&len, h->content_length, 0, (long)limits->body))
			return fail(err, E_LIMIT, "the body is larger than %zu bytes",
				    limits->body);
		h->body_len = (size_t)len;
	}
	if (h->content_encoding && strcasecmp(h->content_encoding, "identity") != 0) {
		*status = HTTP_UNSUPPORTED_MEDIA;
		return fail(err, E_INVALID, "a compressed body is not accepted");
	}
	return 0;
}

/* Whether "gzip" stands in the list without q=0. */
static bool accepts_gzip(const char *list)
{
	for (const char *p = list; p && *p; p = strchr(p, ',')) {
		p += strspn(p, ", \t");
		if (strncasecmp(p, "gzip", 4) != 0 || is_token_char(p[4]))
			continue;
		size_t len = strcspn(p, ",");
		const char *q = memchr(p, '=', len);
		/* A weight of nothing but zeros and a point is zero. */
		return !q || strspn(q + 1, "0.") < len - (size_t)(q + 1 - p);
	}
	return false;
}

int head_read(struct head *out, int *status, struct MHD_Connection *c, const struct head_line *line,
	      const struct server_limits *limits, struct error *err)
{
	struct reading r = {out, limits, status, err, 0, 0};

	*status = 0;
	int rc = read_line(out, status, line, limits, err);
	if (rc < 0)
		return rc;
	MHD_get_connection_values_n(c, MHD_HEADER_KIND, each_header, &r);
	if (err->code != E_OK)
		return (int)err->code;
	if (!out->host && strcmp(line->version, "HTTP/1.1") == 0)
		return fail(err, E_INVALID, "the header Host is missing");
	if (out->host && !is_host(out->host))
		return fail(err, E_INVALID, "the header Host is not well-formed");
	out->accepts_gzip = accepts_gzip(out->accept_encoding);
	return check_body(out, status, limits, err);
}
