/* Starts and stops libmicrohttpd, and passes its callbacks on. */
#include "adapt/httpd_microhttpd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "adapt/httpd_exchange.h"
#include "adapt/httpd_listen.h"
#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

/*
 * TLS 1.2 and 1.3, ciphers of 128 bits and more, in the server's order. X25519 comes first because
 * clients guess it: any other first choice costs each of them one more round trip.
 */
#define TLS_PRIORITIES                                                      \
	"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE:" \
	"-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1"

#define IO_MEMORY ((size_t)32 << 10) /* of a connection, besides its target and headers */
#define BODIES 16		     /* large ones of full size that there is room for */
#define UNREAD 8 /* bytes of responses that slow clients may hold, in bodies of full size */
#define FILES_OF_OURS 256 /* descriptors for everything but connections */
#define LAST_WORDS_MS 50  /* for telling those who are cut off that we stop */

struct httpd {
	struct httpd_options options;
	struct server_limits limits;
	struct exchange_context x;
	struct httpd_listener listener;
	struct MHD_Daemon *daemon;
	char url[320];
	/* Requests between their first line and their end, for httpd_stop(). */
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	unsigned in_flight;
	atomic_bool started;
	char trouble[200]; /* what libmicrohttpd said while it started */
};

/* ---- callbacks */

static struct guarded *conn_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **slot,
			  enum MHD_ConnectionNotificationCode what)
{
	struct httpd *h = ctx;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(
			c, MHD_CONNECTION_INFO_CONNECTION_FD);
		int64_t time = (int64_t)h->limits.request_s * 1000;
		if (info)
			*slot = guard_add(h->x.guard, info->connect_fd, clock_mono_ms() + time);
	} else if (*slot) {
		guard_remove(h->x.guard, *slot);
		*slot = NULL;
	}
}

/* The request line is here. What this returns is *slot in the calls below. */
static void *on_line(void *ctx, const char *uri, struct MHD_Connection *c)
{
	struct httpd *h = ctx;
	struct guarded *conn = conn_of(c);

	if (!conn)
		return NULL;
	pthread_mutex_lock(&h->mutex);
	h->in_flight++;
	pthread_mutex_unlock(&h->mutex);
	return exchange_new(&h->x, c, conn, uri);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the library's */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *bytes,
				  size_t *len, void **slot)
{
	struct exchange *e = *slot;

	(void)ctx, (void)c, (void)url;
	if (!e)
		return MHD_NO;
	if (exchange_state(e) == EXCHANGE_NEW)
		return exchange_begin(e, method, version);
	if (*len) {
		size_t n = *len;
		*len = 0;
		return exchange_receive(e, bytes, n);
	}
	return exchange_finish(e);
}

static void on_end(void *ctx, struct MHD_Connection *c, void **slot,
		   enum MHD_RequestTerminationCode how)
{
	struct httpd *h = ctx;

	(void)c;
	if (!*slot)
		return;
	exchange_end(*slot, how);
	*slot = NULL;
	pthread_mutex_lock(&h->mutex);
	h->in_flight--;
	pthread_cond_broadcast(&h->ended);
	pthread_mutex_unlock(&h->mutex);
}

/* Paths reach the server as they were sent: it decodes each segment itself. */
static size_t leave_escaped(void *ctx, struct MHD_Connection *c, char *text)
{
	(void)ctx, (void)c;
	return strlen(text);
}

/* Later complaints are about clients, who can make any number of them: they are not kept. */
static PRINTF_LIKE(2, 0) void on_trouble(void *ctx, const char *fmt, va_list ap)
{
	struct httpd *h = ctx;

	if (atomic_load(&h->started) || h->trouble[0])
		return;
	vsnprintf(h->trouble, sizeof h->trouble, fmt, ap);
	h->trouble[strcspn(h->trouble, "\n")] = '\0';
}

/* ---- start */

static unsigned clamp(long n, unsigned min, unsigned max)
{
	return n < (long)min ? min : n > (long)max ? max : (unsigned)n;
}

/* Asks for a descriptor per connection; serves fewer where the system has not that many. */
static int fit_connections(struct server_limits *limits, struct error *err)
{
	struct rlimit files;
	rlim_t want = limits->connections + FILES_OF_OURS;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return fail_sys(err, errno, "could not read the limit of open files");
	if (files.rlim_cur >= want)
		return 0;
	files.rlim_cur = want;
	if (files.rlim_max < want)
		files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return fail_sys(err, errno, "could not raise the limit of open files");
	if (files.rlim_cur >= want)
		return 0;
	if (files.rlim_cur < FILES_OF_OURS + 16) {
		int rc = fail(err, E_LIMIT, "only %lu files may be open, too few for a server",
			      (unsigned long)files.rlim_cur);
		hint(err, "Raise the limit with \"ulimit -n\" or LimitNOFILE=.");
		return rc;
	}
	limits->connections = (unsigned)(files.rlim_cur - FILES_OF_OURS);
	return 0;
}

static int check_features(bool tls, struct error *err)
{
	if (MHD_is_feature_supported(MHD_FEATURE_EPOLL) != MHD_YES)
		return fail(err, E_INTERNAL, "this libmicrohttpd was built without epoll");
	if (!tls || MHD_is_feature_supported(MHD_FEATURE_TLS) == MHD_YES)
		return 0;
	int rc = fail(err, E_INTERNAL, "this libmicrohttpd was built without TLS");
	hint(err, "Install the libmicrohttpd of your distribution, or serve with --http behind a "
		  "proxy.");
	return rc;
}

static int open_listener(struct httpd *h, struct error *err)
{
	int rc = httpd_listen(&h->listener, h->options.listen, err);

	if (rc < 0)
		return rc;
	if (!h->options.tls && !h->listener.loopback) {
		rc = fail(err, E_USAGE, "plain HTTP is not served on \"%s\"", h->options.listen);
		hint(err, "Keys would cross the network in clear: listen on 127.0.0.1, or leave "
			  "--http out.");
		return rc;
	}
	snprintf(h->url, sizeof h->url, "%s://%s:%u", h->options.tls ? "https" : "http",
		 h->listener.host, h->listener.port);
	return 0;
}

static int start_daemon(struct httpd *h, unsigned cores, struct error *err)
{
	const struct server_limits *l = &h->limits;
	struct MHD_OptionItem tls[4] = {{MHD_OPTION_END, 0, NULL}};
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_ERROR_LOG | (h->listener.ipv6 ? MHD_USE_IPv6 : 0);
	static char priorities[] = TLS_PRIORITIES;

	if (h->options.tls) {
		const struct tls_pair *p = h->options.tls;
		flags |= MHD_USE_TLS;
		tls[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, p->certificate.ptr};
		tls[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, p->key.ptr};
		tls[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
		tls[3] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	}
	h->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER, on_trouble,
		h, /* first: it hears of the others */
		MHD_OPTION_LISTEN_SOCKET, h->listener.fd, MHD_OPTION_THREAD_POOL_SIZE,
		clamp(cores, 2, 16), MHD_OPTION_CONNECTION_LIMIT, l->connections,
		MHD_OPTION_CONNECTION_TIMEOUT, l->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		l->target + l->headers + IO_MEMORY, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, h, MHD_OPTION_URI_LOG_CALLBACK, on_line, h,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, h, MHD_OPTION_ARRAY, tls,
		MHD_OPTION_END);
	if (!h->daemon)
		return fail(err, E_INVALID, "could not start the server: %s",
			    h->trouble[0] ? h->trouble : "libmicrohttpd does not say why");
	atomic_store(&h->started, true);
	return 0;
}

static int start(struct httpd *h, struct error *err)
{
	unsigned cores = clamp(sysconf(_SC_NPROCESSORS_ONLN), 1, 64);

	int rc = check_features(h->options.tls != NULL, err);
	if (rc == 0)
		rc = fit_connections(&h->limits, err);
	if (rc == 0)
		rc = open_listener(h, err);
	const struct guard_bounds bounds = {.room = h->limits.connections -
						    h->limits.connections / 8,
					    .held = UNREAD * h->limits.body};
	if (rc == 0)
		rc = guard_start(&h->x.guard, &bounds, err);
	if (rc == 0) /* more than cores: a worker mostly waits for the disk */
		rc = workers_start(&h->x.workers, clamp(4L * cores, WORKERS_MIN, 32), exchange_work,
				   err);
	return rc == 0 ? start_daemon(h, cores, err) : rc;
}

static void release(struct httpd *h)
{
	workers_free(h->x.workers);
	room_free(h->x.room);
	guard_stop(h->x.guard);
	pthread_cond_destroy(&h->ended);
	pthread_mutex_destroy(&h->mutex);
	free(h);
}

int httpd_start(struct httpd **out, const struct httpd_options *options, struct error *err)
{
	struct httpd *h = xcalloc(1, sizeof *h);
	pthread_condattr_t attr;

	*out = NULL;
	h->options = *options;
	h->limits = options->limits ? *options->limits : server_limits_default;
	h->x.options = &h->options;
	h->x.limits = &h->limits;
	h->x.room = room_new(BODIES * h->limits.body);
	h->listener.fd = -1;
	pthread_mutex_init(&h->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->ended, &attr);
	pthread_condattr_destroy(&attr);
	int rc = start(h, err);
	h->options.tls = NULL;
	h->options.listen = NULL;
	if (rc == 0) {
		*out = h;
		return 0;
	}
	if (h->x.workers)
		workers_stop(h->x.workers, exchange_drop);
	/* A start that failed late may have closed the socket already. */
	if (h->listener.fd >= 0 && fcntl(h->listener.fd, F_GETFD) >= 0)
		close(h->listener.fd);
	release(h);
	return rc;
}

const char *httpd_url(const struct httpd *h)
{
	return h->url;
}

/* ---- stop */

/* Waits until no request is in flight; returns how many are left. */
static unsigned wait_for_end(struct httpd *h, int64_t until_ms)
{
	struct timespec until = {
		.tv_sec = until_ms / 1000,
		.tv_nsec = (until_ms % 1000) * 1000000,
	};
	int rc = 0;

	pthread_mutex_lock(&h->mutex);
	while (h->in_flight && rc == 0)
		rc = pthread_cond_timedwait(&h->ended, &h->mutex, &until);
	unsigned left = h->in_flight;
	pthread_mutex_unlock(&h->mutex);
	return left;
}

unsigned httpd_stop(struct httpd *h, int64_t grace_ms)
{
	if (!h)
		return 0;
	atomic_store(&h->x.stopping, true);
	MHD_socket listening = MHD_quiesce_daemon(h->daemon);
	unsigned left = wait_for_end(h, clock_mono_ms() + grace_ms);
	/* From here on no connection is suspended: libmicrohttpd must not be stopped otherwise. */
	workers_stop(h->x.workers, exchange_drop);
	if (left)
		clock_sleep_ms(LAST_WORDS_MS);
	MHD_stop_daemon(h->daemon);
	if (listening != MHD_INVALID_SOCKET)
		close(listening);
	release(h);
	return left;
}
