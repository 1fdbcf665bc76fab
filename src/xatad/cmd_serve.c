/* xatad serve: answers requests until it is told to stop. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "adapt/httpd_microhttpd.h"
#include "adapt/tls_openssl.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "config.h"
#include "server/jobs.h"
#include "server/server.h"
#include "xatad/command.h"
#include "xatad/datadir.h"
#include "xatad/output.h"
#include "xatad/request_log.h"
#include "xatad/service.h"

#define DEFAULT_LISTEN "127.0.0.1:8443"
#define PEM_MAX ((size_t)1 << 20) /* bytes of a certificate chain or key */
#define GRACE_MS 10000		  /* for requests in flight when the server is stopped */
#define EXPIRY_DAYS 30		  /* a certificate that ends sooner is warned about */
#define DAY 86400

/* Everything that serving holds, in the order in which it is opened. */
struct serving {
	struct datadir dir;
	struct request_log log;
	struct tls_pair tls;
	struct store *store;
	struct server *server;
	struct httpd *httpd;
	const char *ready_file; /* written, and to be removed; NULL: none */
};

/* ---- TLS */

/* A private key that everybody can read is no secret: it is refused. */
static int read_key(struct str *out, int dir, const char *path, struct error *err)
{
	struct stat st;

	if (fstatat(dir, path, &st, 0) == 0 && (st.st_mode & 07)) {
		int rc = fail(err, E_ACCESS, "the private key \"%s\" is open to everybody", path);
		hint(err, "Run \"chmod 600 %s\".", path);
		return rc;
	}
	return fs_read(out, dir, path, PEM_MAX, err);
}

static int read_pair(struct tls_pair *out, const struct datadir *d, const char *certificate,
		     const char *key, struct error *err)
{
	int dir = certificate ? AT_FDCWD : d->fd;

	int rc = fs_read(&out->certificate, dir, certificate ? certificate : DATADIR_CERTIFICATE,
			 PEM_MAX, err);
	return rc == 0 ? read_key(&out->key, dir, key ? key : DATADIR_KEY, err) : rc;
}

/* Clients refuse a certificate that has ended, which is easier to see coming than to find out. */
static void warn_expiry(int64_t not_after)
{
	int64_t days = (not_after - clock_unix_us() / 1000000) / DAY;
	char time[CLOCK_TEXT_MAX];

	clock_format(time, not_after * 1000000);
	if (days < 0)
		print_warning("the certificate ended at %s: clients will refuse it", time);
	else if (days < EXPIRY_DAYS)
		print_warning("the certificate ends at %s", time);
}

static int open_tls(struct serving *s, const struct args *args, struct error *err)
{
	const char *certificate = args_value(args, "tls-cert"), *key = args_value(args, "tls-key");
	int64_t not_after;

	if (!certificate != !key)
		return fail(err, E_USAGE, "options \"--tls-cert\" and \"--tls-key\" go together");
	if (args_flag(args, "http"))
		return certificate ? fail(err, E_USAGE,
					  "option \"--http\" has no use for a "
					  "certificate")
				   : 0;
	int rc = read_pair(&s->tls, &s->dir, certificate, key, err);
	if (rc == 0)
		rc = tls_pair_check(&not_after, &s->tls, err);
	if (rc == 0)
		warn_expiry(not_after);
	return rc;
}

/* ---- signals: blocked in every thread, taken by the main one */

static void own_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* A second signal ends the process at once: the first may be waiting for a request in flight. */
static void disown_signals(const sigset_t *set)
{
	signal(SIGHUP, SIG_IGN);
	pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static void wait_for_stop(const sigset_t *set, struct request_log *log)
{
	for (;;) {
		struct error err = {0};
		int number = sigwaitinfo(set, NULL);
		if (number == SIGTERM || number == SIGINT)
			return;
		if (number == SIGHUP && request_log_reopen(log, &err) < 0)
			print_error(&err);
	}
}

/* ---- start and stop */

static void handle(void *ctx, const struct request *req, struct response *res)
{
	struct serving *s = ctx;

	server_handle(s->server, req, res);
}

static bool admit(void *ctx, const struct request *req, struct response *res)
{
	struct serving *s = ctx;

	return server_admit(s->server, req, res);
}

static void log_request(void *ctx, const struct httpd_entry *entry)
{
	struct serving *s = ctx;

	request_log_request(&s->log, entry);
}

static int open_log(struct serving *s, const struct args *args, struct error *err)
{
	const char *path = args_value(args, "log");

	if (!path && args_flag(args, "quiet"))
		return 0;
	return request_log_open(&s->log, path, err);
}

static int open_server(struct serving *s, const struct args *args, struct error *err)
{
	const char *listen = args_value(args, "listen");

	int rc = datadir_store(&s->store, &s->dir, err);
	if (rc < 0)
		return rc;
	struct server_options server = {
		.store = s->store,
		.executor = jobs_recorder(s->store),
	};
	s->server = server_new(&server);
	struct httpd_options httpd = {
		.listen = listen ? listen : DEFAULT_LISTEN,
		.tls = args_flag(args, "http") ? NULL : &s->tls,
		.handle = handle,
		.admit = admit,
		.weigh = server_weigh,
		.log = log_request,
		.ctx = s,
	};
	return httpd_start(&s->httpd, &httpd, err);
}

static int write_ready_file(struct serving *s, const char *path, struct error *err)
{
	AUTO_STR line = {0};

	str_printf(&line, "%s\n", httpd_url(s->httpd));
	AUTO_FREE char *copy = xstrdup(path);
	char *slash = strrchr(copy, '/');
	if (slash)
		slash[slash == copy] = '\0';
	AUTO_FD parent = -1;
	int rc = fs_open_dir(&parent, AT_FDCWD, slash ? copy : ".", FS_FOLLOW, err);
	if (rc == 0)
		rc = fs_replace(AT_FDCWD, path, parent, str_view(&line), 0644, err);
	if (rc == 0)
		s->ready_file = path;
	return rc;
}

static int announce(struct serving *s, const struct args *args, struct error *err)
{
	const char *ready = args_value(args, "ready-file"), *url = httpd_url(s->httpd);

	request_log_event(&s->log, "start",
			  json_pack("{s:s,s:s,s:s}", "url", url, "directory", s->dir.path,
				    "version", PACKAGE_VERSION));
	if (args_flag(args, "json"))
		print_json(json_pack("{s:s,s:s}", "url", url, "directory", s->dir.path));
	else if (!args_flag(args, "quiet"))
		print_line("serving %s at %s", s->dir.path, url);
	int rc = finish_output(err);
	if (rc == 0 && ready)
		rc = write_ready_file(s, ready, err);
	if (rc == 0)
		service_notify("READY=1");
	return rc;
}

static void stop(struct serving *s)
{
	struct error ignored = {0};

	service_notify("STOPPING=1");
	if (s->ready_file && fs_unlink(AT_FDCWD, s->ready_file, &ignored) < 0)
		print_error(&ignored);
	bool served = s->httpd != NULL;
	unsigned left = httpd_stop(s->httpd, GRACE_MS);
	if (served)
		request_log_event(&s->log, "stop", json_pack("{s:i}", "cutOff", (int)left));
	server_free(s->server);
	store_close(s->store);
	tls_pair_release(&s->tls);
	request_log_close(&s->log);
	datadir_release(&s->dir);
}

static int serve(struct serving *s, const struct args *args, struct error *err)
{
	const char *ready = args_value(args, "ready-file");
	sigset_t signals;

	int rc = args_count(args, 1, 1, err);
	if (rc == 0)
		rc = datadir_open(&s->dir, args_word(args, 0), err);
	if (rc == 0)
		rc = datadir_lock(&s->dir, err);
	if (rc == 0 && ready) /* a killed server may have left one: it would promise too much */
		rc = fs_unlink(AT_FDCWD, ready, err);
	if (rc == 0)
		rc = open_tls(s, args, err);
	if (rc == 0)
		rc = open_log(s, args, err);
	own_signals(&signals);
	if (rc == 0)
		rc = open_server(s, args, err);
	if (rc == 0)
		rc = announce(s, args, err);
	if (rc == 0)
		server_sweep(s->store); /* while it serves; a stop waits for it */
	if (rc == 0)
		wait_for_stop(&signals, &s->log);
	disown_signals(&signals);
	return rc;
}

static int run(const struct args *args, struct error *err)
{
	struct serving s = {.dir = DATADIR_NONE, .log = REQUEST_LOG_NONE};

	int rc = serve(&s, args, err);
	stop(&s);
	return rc;
}

static const struct opt options[] = {
	{"listen", 0, "HOST:PORT",
	 "address to listen on; port 0 picks a free one (" DEFAULT_LISTEN ")"},
	{"tls-cert", 0, "FILE", "certificate chain to show, PEM (that of the directory)"},
	{"tls-key", 0, "FILE", "private key of that certificate, PEM"},
	{"http", 0, NULL, "serve plain HTTP, which is possible on loopback only"},
	{"ready-file", 0, "FILE", "write the URL to this file once requests are answered"},
	{"log", 0, "FILE", "append the log to this file instead of standard error"},
	{0},
};

const struct command cmd_serve = {
	.name = "serve",
	.args = "<dir>",
	.summary = "answer requests until a signal says to stop",
	.description =
		"Serves the directory over HTTPS. SIGTERM and SIGINT let the requests in\n"
		"flight finish and end the server, SIGHUP opens the log anew. The log is one\n"
		"JSON object a line; with --quiet there is none on standard error.",
	.options = options,
	.run = run,
};
