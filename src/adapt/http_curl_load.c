/* Loads libcurl at its first use and passes each call on to it. */
#include "adapt/http_curl_load.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

/* They check types at the call, and stand in the way of a definition. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

#define SONAME "libcurl.so.4" /* the binary interface of every libcurl since 7.16 */

static struct {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_free) *free;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_url) *url;
	__typeof__(curl_url_set) *url_set;
	__typeof__(curl_url_get) *url_get;
	__typeof__(curl_url_cleanup) *url_cleanup;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_perform) *easy_perform;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_easy_reset) *easy_reset;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(SSL_CTX_set_msg_callback) *set_msg_callback;
	__typeof__(SSL_CTX_ctrl) *tls_ctrl;
} lib;

#define ROW(name)                                                     \
	{                                                             \
		"curl_" #name, offsetof(__typeof__(lib), name), false \
	}
static const struct {
	const char *symbol;
	size_t at; /* of the pointer, in lib */
	bool optional;
} rows[] = {
	ROW(global_init),
	ROW(free),
	ROW(slist_append),
	ROW(slist_free_all),
	ROW(url),
	ROW(url_set),
	ROW(url_get),
	ROW(url_cleanup),
	ROW(easy_init),
	ROW(easy_setopt),
	ROW(easy_perform),
	ROW(easy_getinfo),
	ROW(easy_strerror),
	ROW(easy_reset),
	ROW(easy_cleanup),
	/* Of OpenSSL: dlsym() looks into what libcurl needs, too, unless that is linked in. */
	{"SSL_CTX_set_msg_callback", offsetof(__typeof__(lib), set_msg_callback), true},
	{"SSL_CTX_ctrl", offsetof(__typeof__(lib), tls_ctrl), true},
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[300]; /* empty: loaded */

static void load(void)
{
	void *handle = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL); /* until the process ends */
	const char *why = handle ? NULL : dlerror();

	for (size_t i = 0; !why && i < ARRAY_LEN(rows); i++) {
		void *symbol = dlsym(handle, rows[i].symbol);
		if (symbol) /* C has no conversion from data to function pointers; POSIX has */
			memcpy((char *)&lib + rows[i].at, &symbol, sizeof symbol);
		else if (!rows[i].optional)
			why = dlerror();
	}
	if (why)
		snprintf(failure, sizeof failure, "%s", why);
}

int http_curl_load(struct error *err)
{
	pthread_once(&once, load);
	if (!*failure)
		return 0;
	AUTO_STR why = {0};
	str_put_safe(&why, view_of(failure));
	int rc = fail(err, E_IO, "could not load libcurl: %s", str_cstr(&why));
	hint(err, "Install libcurl %d.%d or newer (on Debian, the package libcurl4).",
	     LIBCURL_VERSION_MAJOR, LIBCURL_VERSION_MINOR);
	return rc;
}

/* ---- the functions */

CURLcode curl_global_init(long flags)
{
	return lib.global_init(flags);
}

void curl_free(void *p)
{
	lib.free(p);
}

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *data)
{
	return lib.slist_append(list, data);
}

void curl_slist_free_all(struct curl_slist *list)
{
	lib.slist_free_all(list);
}

CURLU *curl_url(void)
{
	return lib.url();
}

CURLUcode curl_url_set(CURLU *handle, CURLUPart what, const char *part, unsigned int flags)
{
	return lib.url_set(handle, what, part, flags);
}

/* The handle is const from some version on. */
#define URL_IS_CONST                                           \
	__builtin_types_compatible_p(__typeof__(curl_url_get), \
				     CURLUcode(const CURLU *, CURLUPart, char **, unsigned int))
typedef __typeof__(__builtin_choose_expr(URL_IS_CONST, (const CURLU *)0, (CURLU *)0)) read_url;

CURLUcode curl_url_get(read_url handle, CURLUPart what, char **part, unsigned int flags)
{
	return lib.url_get(handle, what, part, flags);
}

void curl_url_cleanup(CURLU *handle)
{
	lib.url_cleanup(handle);
}

CURL *curl_easy_init(void)
{
	return lib.easy_init();
}

/* The number of an option says the type of its value. */
CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
	CURLcode code = CURLE_UNKNOWN_OPTION;
	va_list values;

	va_start(values, option);
	switch ((int)option / 10000 * 10000) {
	case CURLOPTTYPE_LONG:
		code = lib.easy_setopt(curl, option, va_arg(values, long));
		break;
	case CURLOPTTYPE_OFF_T:
		code = lib.easy_setopt(curl, option, va_arg(values, curl_off_t));
		break;
	case CURLOPTTYPE_OBJECTPOINT:
	case CURLOPTTYPE_BLOB:
		code = lib.easy_setopt(curl, option, va_arg(values, void *));
		break;
	case CURLOPTTYPE_FUNCTIONPOINT:
		code = lib.easy_setopt(curl, option, va_arg(values, void (*)(void)));
		break;
	default:
		break;
	}
	va_end(values);
	return code;
}

CURLcode curl_easy_perform(CURL *curl)
{
	return lib.easy_perform(curl);
}

/* Whatever is asked, the answer goes to where a pointer says. */
CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
	va_list values;

	va_start(values, info);
	CURLcode code = lib.easy_getinfo(curl, info, va_arg(values, void *));
	va_end(values);
	return code;
}

const char *curl_easy_strerror(CURLcode code)
{
	return lib.easy_strerror(code);
}

void curl_easy_reset(CURL *curl)
{
	lib.easy_reset(curl);
}

void curl_easy_cleanup(CURL *curl)
{
	lib.easy_cleanup(curl);
}

void http_curl_watch_records(SSL_CTX *tls, http_curl_record_fn *fn, void *ctx)
{
	if (!lib.set_msg_callback || !lib.tls_ctrl)
		return;
	lib.set_msg_callback(tls, fn);
	lib.tls_ctrl(tls, SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, ctx);
}
