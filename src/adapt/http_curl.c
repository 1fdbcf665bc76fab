/* The HTTP client over libcurl: one exchange at a time on one handle. */
#include "adapt/http_curl.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "adapt/http_curl_impl.h"
#include "adapt/http_curl_load.h"
#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

#define CONNECT_MS_DEFAULT 10000L
#define TOTAL_MS_DEFAULT 45000L
#define GRACE_MS 100L	       /* libcurl itself is to see first that time is up */
#define HEADERS_MAX (64 << 10) /* bytes of all header lines of an answer */
#define KEY_MAX 1024

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode global_state;

static void global_init(void)
{
	global_state = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- receiving */

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	size_t len = size * n;

	if (len > x->max_body - x->res->body.len) {
		x->body_too_large = true;
		return 0;
	}
	str_put(&x->res->body, data, len);
	return str_ok(&x->res->body) ? len : 0;
}

/* The value of a header line when it has that name; names are case-insensitive. */
static bool header_is(struct view line, const char *name, struct view *value)
{
	size_t len = strlen(name);

	if (line.len <= len || line.ptr[len] != ':' || strncasecmp(line.ptr, name, len) != 0)
		return false;
	*value = view_trim(view_make(line.ptr + len + 1, line.len - len - 1));
	return true;
}

static void copy_clean(char *out, size_t size, struct view value)
{
	AUTO_STR safe = {.max = 4 * size};

	if (value.len > size)
		value.len = size;
	str_put_safe(&safe, value);
	snprintf(out, size, "%s", str_cstr(&safe));
}

static void take_delay(struct http_response *res, struct view value)
{
	AUTO_FREE char *text = view_dup(value);
	long seconds = http_delay(text, clock_unix_us());

	if (seconds > res->retry_after_s)
		res->retry_after_s = seconds;
}

/* Only where it points to, so that a message can name it: nobody goes there. */
static void take_location(struct http_response *res, struct view value)
{
	size_t end = 0;

	for (int slashes = 0; end < value.len; end++) {
		if (value.ptr[end] == '/' && ++slashes == 3)
			break;
		if (value.ptr[end] == '?' || value.ptr[end] == '#')
			break;
	}
	copy_clean(res->location, sizeof res->location, view_make(value.ptr, end));
}

static void start_over(struct exchange *x)
{
	struct http_response *res = x->res;

	x->headers_ended = false;
	res->content_type[0] = res->request_id[0] = res->message[0] = res->location[0] = '\0';
	res->retry_after_s = -1;
}

static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	struct view line = view_make(data, size * n), value;

	x->header_bytes += line.len;
	if (x->header_bytes > HEADERS_MAX) {
		x->headers_too_large = true;
		return 0;
	}
	if (view_trim(line).len == 0)
		x->headers_ended = true; /* and stays so: trailers come here, too */
	if (view_starts(line, "HTTP/"))	 /* of a 100, then of the answer proper */
		start_over(x);
	else if (header_is(line, "content-type", &value))
		copy_clean(x->res->content_type, sizeof x->res->content_type, value);
	else if (header_is(line, "x-request-id", &value))
		copy_clean(x->res->request_id, sizeof x->res->request_id, value);
	else if (header_is(line, "x-xata-message", &value))
		copy_clean(x->res->message, sizeof x->res->message, value);
	else if (header_is(line, "retry-after", &value) ||
		 header_is(line, "x-ratelimit-reset", &value))
		take_delay(x->res, value);
	else if (header_is(line, "location", &value))
		take_location(x->res, value);
	return line.len;
}

/* ---- sending */

static bool is_loopback(const char *host)
{
	size_t len = strlen(host);
	unsigned int a, b, c, d;
	int n = 0;

	if (len && host[len - 1] == '.')
		len--;
	if ((len == 9 && strncasecmp(host, "localhost", 9) == 0) ||
	    (len > 10 && strncasecmp(host + len - 10, ".localhost", 10) == 0) ||
	    str_eq(host, "[::1]"))
		return true;
	return sscanf(host, "%3u.%3u.%3u.%3u%n", &a, &b, &c, &d, &n) == 4 && !host[n] && a == 127;
}

/* Splits the URL with libcurl's own eyes, so that what is checked is what is connected to. */
static int read_url(struct exchange *x, const char *url, struct error *err)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL, *query = NULL;

	bool good = u && !curl_url_set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS) &&
		    !curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) &&
		    !curl_url_get(u, CURLUPART_HOST, &host, 0) &&
		    !curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) &&
		    !curl_url_get(u, CURLUPART_PATH, &path, 0);
	if (good) {
		if (curl_url_get(u, CURLUPART_QUERY, &query, 0) != CURLUE_OK)
			query = NULL;
		x->tls = str_eq(scheme, "https");
		x->loopback = is_loopback(host);
		snprintf(x->peer, sizeof x->peer, "%s:%s", host, port);
		snprintf(x->path, sizeof x->path, "%s%s%s", path, query ? "?" : "",
			 query ? query : "");
	}
	bool plain = good && str_eq(scheme, "http");
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(path);
	curl_free(query);
	curl_url_cleanup(u);
	if (good && (x->tls || (plain && x->loopback)))
		return 0;
	if (!plain)
		return fail(err, E_USAGE, "not an http or https URL");
	int rc = fail(err, E_USAGE, "refusing to talk to \"%s\" without encryption", x->peer);
	hint(err, "Use https; plain http is for this machine only.");
	return rc;
}

/* A key goes into a header line: nothing in it may end that line. */
static int check_key(const char *key, struct error *err)
{
	size_t len = strlen(key), good = 0;

	while (good < len && key[good] > ' ' && key[good] <= '~')
		good++;
	if (len && good == len && len <= KEY_MAX)
		return 0;
	int rc = fail(err, E_AUTH, "the API key has characters that no key has");
	hint(err, "Copy it again, without spaces and line ends.");
	return rc;
}

static struct curl_slist *with(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (!longer)
		abort();
	return longer;
}

static struct curl_slist *make_headers(const struct http_request *req)
{
	struct curl_slist *list = with(NULL, "Content-Type: application/json");

	list = with(list, "Accept: application/json");
	list = with(list, "Expect:");
	if (req->key) {
		char *line = xasprintf("Authorization: Bearer %s", req->key);
		list = with(list, line);
		secret_free(line);
	}
	return list;
}

static void free_headers(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

static void set_method(CURL *c, const struct http_request *req)
{
	bool get = str_eq(req->method, "GET");

	if (get) {
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	} else if (str_eq(req->method, "DELETE") && !req->body.len) {
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	} else {
		curl_easy_setopt(c, CURLOPT_POST, 1L);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.len);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, req->body.len ? req->body.ptr : "");
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, get ? NULL : req->method);
}

static void set_trust(CURL *c, const struct http_curl *h)
{
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (h->cacert)
		curl_easy_setopt(c, CURLOPT_CAINFO, h->cacert);
	if (h->cadir)
		curl_easy_setopt(c, CURLOPT_CAPATH, h->cadir);
}

static void set_limits(CURL *c, struct http_curl *h, const struct exchange *x)
{
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, h->connect_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, x->timeout_ms);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)x->max_body);
	http_curl_sockets_watch(&h->sockets, c);
	h->sockets.until_ms = clock_mono_ms() + x->timeout_ms + GRACE_MS;
	h->sockets.cut = false;
}

/* curl_easy_reset() keeps connection, session and DNS caches: only the options start anew. */
static void set_up(struct http_curl *h, struct exchange *x, const struct http_request *req)
{
	CURL *c = h->easy;

	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, req->url);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, x->tls ? "https" : "http");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, h->user_agent);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->text);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	/* The headers, the key among them, are for the endpoint; a proxy gets none of them. */
	curl_easy_setopt(c, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (x->loopback)
		curl_easy_setopt(c, CURLOPT_PROXY, "");
	/*
	 * On a connection used before, libcurl itself sends again what got no answer. What must not
	 * be sent twice gets a connection of its own.
	 */
	if (!req->repeatable)
		curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	set_trust(c, h);
	set_limits(c, h, x);
	set_method(c, req);
}

/* Never the headers or the body: they hold the key and what is the user's. */
static void trace(const struct http_curl *h, const struct exchange *x,
		  const struct http_request *req, int64_t started)
{
	AUTO_STR line = {.max = 4096};
	long ms = (long)(clock_mono_ms() - started);

	if (!h->trace)
		return;
	str_printf(&line, "%s %s%s ", req->method, x->peer, x->path);
	if (x->res->status)
		str_printf(&line, "%ld, %ld ms, %zu bytes", x->res->status, ms, x->res->body.len);
	else
		str_printf(&line, "no answer, %ld ms", ms);
	if (x->res->request_id[0])
		str_printf(&line, ", request id %s", x->res->request_id);
	h->trace(h->trace_ctx, str_cstr(&line));
}

static int curl_send(struct http *base, const struct http_request *req, struct http_response *res,
		     bool *lost, struct error *err)
{
	struct http_curl *h = (struct http_curl *)base;
	struct exchange x = {
		.res = res,
		.max_body = req->max_body ? req->max_body : HTTP_BODY_MAX,
		.timeout_ms = req->timeout_ms > 0 ? req->timeout_ms : h->total_ms,
	};
	int64_t started = clock_mono_ms();

	*lost = false;
	http_response_release(res);
	int rc = read_url(&x, req->url, err);
	if (rc == 0 && req->key)
		rc = check_key(req->key, err);
	if (rc < 0)
		return rc;
	res->body.max = x.max_body;
	x.headers = make_headers(req);
	set_up(h, &x, req);
	CURLcode code = curl_easy_perform(h->easy);
	/* libcurl takes headers that break off for an answer without a body. */
	if (code == CURLE_OK && !x.headers_ended)
		code = CURLE_GOT_NOTHING;
	if (code != CURLE_OK && h->sockets.cut)
		code = CURLE_OPERATION_TIMEDOUT;
	if (code == CURLE_OK)
		curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &res->status);
	else
		rc = http_curl_failure(h, &x, code, lost, err);
	trace(h, &x, req, started);
	curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(h->easy, CURLOPT_ERRORBUFFER, NULL);
	free_headers(x.headers);
	return rc;
}

/* ---- the object */

static void curl_close(struct http *base)
{
	struct http_curl *h = (struct http_curl *)base;

	h->sockets.until_ms = 0; /* a peer that talks on does not keep anybody from the end */
	h->sockets.cut = false;
	if (h->easy)
		curl_easy_cleanup(h->easy);
	free(h->cacert);
	free(h->cadir);
	free(h->user_agent);
	free(h);
}

static const struct http_ops curl_ops = {.send = curl_send, .close = curl_close};

/* Debian's libcurl does not look at these by itself. */
static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* libcurl would only say so at the first request, and less clearly. */
static int check_readable(const char *path, const char *where, struct error *err)
{
	if (!path || access(path, R_OK) == 0)
		return 0;
	int rc = fail_sys(err, errno, "could not read the certificates in \"%s\"", path);
	hint(err, "Check %s.", where);
	return rc;
}

int http_curl_open(struct http **out, const struct http_curl_options *options, struct error *err)
{
	static const struct http_curl_options none;
	const char *file = from_environment("SSL_CERT_FILE");
	const char *where = "SSL_CERT_FILE";

	*out = NULL;
	if (!options)
		options = &none;
	if (options->cacert) {
		file = options->cacert;
		where = "--cacert, or the profile's";
	}
	int rc = check_readable(file, where, err);
	if (rc == 0)
		rc = http_curl_load(err);
	if (rc < 0)
		return rc;
	pthread_once(&once, global_init);
	CURL *easy = global_state == CURLE_OK ? curl_easy_init() : NULL;
	if (!easy)
		return fail(err, E_INTERNAL, "could not start libcurl");
	struct http_curl *h = xcalloc(1, sizeof *h);
	h->base.ops = &curl_ops;
	h->easy = easy;
	http_curl_sockets_init(&h->sockets);
	h->cacert = xstrdup(file);
	h->cadir = xstrdup(from_environment("SSL_CERT_DIR"));
	h->user_agent = xstrdup(options->user_agent ? options->user_agent : "xata");
	h->connect_ms = options->connect_timeout_ms > 0 ? options->connect_timeout_ms
							: CONNECT_MS_DEFAULT;
	h->total_ms = options->timeout_ms > 0 ? options->timeout_ms : TOTAL_MS_DEFAULT;
	h->trace = options->trace;
	h->trace_ctx = options->ctx;
	*out = &h->base;
	return 0;
}
