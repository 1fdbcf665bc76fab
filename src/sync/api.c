/* The API client as an object: one call from path to checked document. */
#include "sync/api_impl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

#define PATIENCE_MS_MIN 100L
#define MESSAGES_MAX 5 /* different ones, of one command */
#define LEAST_PART 15  /* of the time for a request that one gets though none is left */

static int counting_send(struct http *h, const struct http_request *req, struct http_response *res,
			 bool *lost, struct error *err)
{
	struct api *a = (struct api *)h; /* its first member */

	a->requests++;
	return a->http->ops->send(a->http, req, res, lost, err);
}

static void counting_close(struct http *h)
{
	(void)h; /* the api borrows the real one */
}

static const struct http_ops counting_ops = {.send = counting_send, .close = counting_close};

struct api *api_new(struct http *http, const struct api_target *target,
		    const struct http_retry *retry)
{
	struct api *a = xcalloc(1, sizeof *a);

	a->counting.ops = &counting_ops;
	a->http = http;
	a->target = target;
	a->retry = retry ? retry : &http_retry_default;
	return a;
}

void api_free(struct api *a)
{
	if (!a)
		return;
	strs_release(&a->said);
	free(a->workspace);
	free(a);
}

long api_requests(const struct api *a)
{
	return a->requests;
}

void api_answer_release(struct api_answer *a)
{
	json_decref(a->doc);
	*a = (struct api_answer){0};
}

/*
 * A message for people that the endpoint sends along with an answer: with each page of a history,
 * for one. People need it once, and have no use for many.
 */
static void pass_message_on(struct api *a, const struct http_response *res)
{
	if (!res->message[0] || !a->retry->note || a->said.len == MESSAGES_MAX ||
	    strs_has(&a->said, res->message))
		return;
	strs_add(&a->said, res->message);
	AUTO_STR text = {0};
	str_printf(&text, "the endpoint says: %s", res->message);
	a->retry->note(a->retry->ctx, str_cstr(&text));
}

/*
 * All calls of a command share the time that one request may take, until the endpoint got done what
 * it was asked for: one that spreads a history over many slow pages, or is slow in each of several
 * steps, does not keep a command for ever. A question about work that it left without an answer
 * gets a little, too.
 */
static long patience_ms(const struct api *a, enum api_kind kind)
{
	long limit = http_deadline_ms(a->retry);
	int64_t left = limit - a->waited_ms;
	long least = limit / LEAST_PART > PATIENCE_MS_MIN ? limit / LEAST_PART : PATIENCE_MS_MIN;

	if (kind == API_QUESTION && !a->silent)
		least = 0;
	return left > least ? (long)left : least;
}

void api_progress(struct api *a)
{
	a->waited_ms = 0;
	a->silent = false;
}

static int fail_slow(const struct api *a, struct error *err)
{
	int rc = fail(err, E_TIMEOUT,
		      "the endpoint is too slow: %ld requests took %.1f seconds and brought %zu kB",
		      a->requests, (double)a->waited_ms / 1000, a->received / 1000);

	hint(err, "Try again, with more time: --timeout SECONDS.");
	return rc;
}

/* Between two pages the first is worked on, which an endpoint can make long, too. */
static void count_time(struct api *a, const struct api_call *call, int64_t started, bool answered)
{
	int64_t now = clock_mono_ms();

	if (call->divisible && a->page_ms)
		a->waited_ms += started - a->page_ms;
	a->page_ms = call->divisible ? now : 0;
	if (call->kind != API_POLL || !answered)
		a->waited_ms += now - started;
}

/* Sends within the time that there is. */
static int send_timed(struct http_response *res, struct api *a, const struct http_request *req,
		      const struct api_call *call, struct error *err)
{
	struct http_retry retry = *a->retry;
	struct error why = {0};
	int64_t started = clock_mono_ms();

	retry.deadline_ms = patience_ms(a, call->kind);
	if (retry.deadline_ms < PATIENCE_MS_MIN)
		return fail_slow(a, err);
	int rc = http_send(&a->counting, req, res, &retry, &why);
	count_time(a, call, started, rc == 0);
	a->received += res->body.len;
	if (call->kind == API_WORK && rc == E_TIMEOUT)
		a->silent = true;
	if (rc == E_TIMEOUT && retry.deadline_ms < http_deadline_ms(a->retry) / 10 * 9)
		return fail_slow(a, err);
	if (rc < 0 && err && err->code == E_OK)
		*err = why;
	return rc;
}

static int send_call(struct http_response *res, struct api *a, const struct api_call *call,
		     struct error *err)
{
	const char *origin = call->plane == API_DATA ? a->target->data : a->target->control;
	AUTO_STR url = {.max = 8192};
	AUTO_STR body = {0};

	if (!origin)
		return fail(err, E_PROJECT, "no database is configured");
	size_t len = strlen(origin);
	while (len && origin[len - 1] == '/')
		len--;
	str_put(&url, origin, len);
	str_puts(&url, call->path);
	if (call->doc)
		json_write(&body, call->doc, JSON_FORM_COMPACT);
	int rc = str_check(&url, "URL", err);
	if (rc == 0)
		rc = str_check(&body, "request", err);
	if (rc < 0)
		return rc;
	struct http_request req = {
		.method = call->method,
		.url = str_cstr(&url),
		.key = a->target->key,
		.body = call->doc ? str_view(&body) : call->body,
		.repeatable = call->repeatable || str_eq(call->method, "GET"),
		.max_body = call->bytes_max ? call->bytes_max : API_BODY_MAX,
	};
	return send_timed(res, a, &req, call, err);
}

/*
 * What an endpoint, or a proxy before it, quotes back is shown to people: the header fields here,
 * and the texts of the document, decoded, where it is read.
 */
static void mask_headers(struct http_response *res, const char *key)
{
	mask_secret(res->content_type, strlen(res->content_type), key);
	mask_secret(res->request_id, strlen(res->request_id), key);
	mask_secret(res->message, strlen(res->message), key);
	mask_secret(res->location, strlen(res->location), key);
}

int api_call(struct api_answer *out, struct api *a, const struct api_call *call, struct error *err)
{
	AUTO_VALUE(http_response) res = {.retry_after_s = -1};

	*out = (struct api_answer){0};
	int rc = send_call(&res, a, call, err);
	if (rc == 0) {
		mask_headers(&res, a->target->key);
		pass_message_on(a, &res);
		rc = api_answer_read(out, &res, call, a->target->key, err);
	}
	return rc == E_LIMIT && !call->divisible ? error_recode(err, E_PEER) : rc;
}

int api_get(json_t **out, struct api *a, const struct api_call *call, struct error *err)
{
	AUTO_VALUE(api_answer) answer = {0};

	*out = NULL;
	int rc = api_call(&answer, a, call, err);
	if (rc == 0)
		*out = steal(&answer.doc);
	return rc;
}
