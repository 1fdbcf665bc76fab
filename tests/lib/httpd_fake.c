/* A made-up handler behind the real sockets. */
#include "lib/unit.h"

#include "lib/httpd_fake.h"

#include "base/clock.h"

static long number(const struct request *req, const char *name)
{
	long n = 0;

	for (size_t i = 0; i < req->query_len; i++)
		if (strcmp(req->query[i].name, name) == 0 &&
		    !parse_long(&n, req->query[i].value, 0, 1 << 24))
			n = 0;
	return n;
}

static void echo(const struct request *req, struct response *res)
{
	str_printf(&res->body, "%s %s host=%s authorization=%s type=%s", req->method, req->path,
		   req->host, req->authorization ? req->authorization : "-",
		   req->content_type ? req->content_type : "-");
	for (size_t i = 0; i < req->query_len; i++)
		str_printf(&res->body, " %s=%s", req->query[i].name, req->query[i].value);
	str_puts(&res->body, " body=");
	str_putv(&res->body, req->body);
}

static void big(const struct request *req, struct response *res)
{
	str_printf(&res->body, "{\"zeros\": \"%0*d\"}", (int)number(req, "bytes"), 0);
}

static void handle(void *ctx, const struct request *req, struct response *res)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->mutex);
	f->handled++;
	pthread_mutex_unlock(&f->mutex);
	res->route = req->path[0] == '/' && req->path[1] == 'p' ? "/post" : "/fake";
	res->status = 200;
	res->content_type = "application/json";
	if (strcmp(req->path, "/post") == 0 && strcmp(req->method, "POST") != 0) {
		res->status = 405;
		response_header_add(res, "Allow", "POST");
	} else if (strcmp(req->path, "/big") == 0) {
		big(req, res);
	} else {
		clock_sleep_ms(number(req, "ms"));
		echo(req, res);
	}
}

static bool admit(void *ctx, const struct request *req, struct response *res)
{
	struct error err = {0};

	(void)ctx;
	snprintf(res->key_id, sizeof res->key_id, "%s",
		 req->authorization ? req->authorization : "");
	if (strcmp(req->path, "/guarded") != 0 || req->authorization)
		return true;
	fail(&err, E_AUTH, "no");
	server_error(res, req, &err);
	return false;
}

static enum request_weight weigh(const struct request *req)
{
	if (strcmp(req->path, "/bulk") == 0)
		return REQUEST_BULK;
	return strcmp(req->method, "POST") == 0 ? REQUEST_WRITE : REQUEST_LIGHT;
}

static void note_entry(void *ctx, const struct httpd_entry *e)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->mutex);
	snprintf(f->method, sizeof f->method, "%s", e->method);
	snprintf(f->route, sizeof f->route, "%s", e->route);
	snprintf(f->id, sizeof f->id, "%s", e->id);
	f->last = *e;
	f->last.method = f->method;
	f->last.route = f->route;
	f->last.id = f->id;
	f->logged++;
	pthread_mutex_unlock(&f->mutex);
}

void fake_wait_logged(struct fake *f, unsigned count)
{
	int64_t until = clock_mono_ms() + 5000;

	for (;;) {
		pthread_mutex_lock(&f->mutex);
		unsigned logged = f->logged;
		pthread_mutex_unlock(&f->mutex);
		if (logged >= count)
			return;
		if (clock_mono_ms() > until)
			unit_fail("only %u of %u requests are in the log", logged, count);
		clock_sleep_ms(5);
	}
}

void fake_init(struct fake *f)
{
	*f = (struct fake){.limits = server_limits_default};
	f->limits.body = FAKE_BODY;
	f->limits.target = FAKE_TARGET;
	f->limits.headers = FAKE_HEADERS;
	f->limits.connections = FAKE_CONNECTIONS;
	f->limits.idle_s = FAKE_IDLE_S;
	f->limits.request_s = FAKE_REQUEST_S;
	pthread_mutex_init(&f->mutex, NULL);
}

void fake_start(struct fake *f)
{
	struct error err = {0};
	struct httpd_options options = {
		.listen = "127.0.0.1:0",
		.limits = &f->limits,
		.handle = handle,
		.admit = admit,
		.weigh = weigh,
		.log = note_entry,
		.ctx = f,
	};

	assert_ok(httpd_start(&f->httpd, &options, &err), &err);
}

const char *fake_url(const struct fake *f)
{
	return httpd_url(f->httpd);
}

void fake_stop(struct fake *f)
{
	httpd_stop(f->httpd, 1000);
	pthread_mutex_destroy(&f->mutex);
	f->httpd = NULL;
}

int fake_setup(void **state)
{
	struct fake *f = malloc(sizeof *f);

	if (!f)
		return -1;
	fake_init(f);
	fake_start(f);
	*state = f;
	return 0;
}

int fake_teardown(void **state)
{
	struct fake *f = *state;

	if (f->httpd)
		fake_stop(f);
	free(f);
	return 0;
}
