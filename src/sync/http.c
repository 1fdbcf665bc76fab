/* The retrying sender: when to send again, how long to wait, when to give up. */
#include "sync/http.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/xid.h"

#include "base/banned.h"

#define TOTAL_MS_DEFAULT 45000L
#define DEADLINE_MS_DEFAULT 45000L
#define ATTEMPT_MS_MIN 100L /* with less time left, another attempt is not worth it */

const struct http_retry http_retry_default = {
	.attempts = 4,
	.base_ms = 250,
	.max_pause_ms = 30000,
};

void http_response_release(struct http_response *r)
{
	str_release(&r->body);
	*r = (struct http_response){.retry_after_s = -1};
}

/* ---- how long a server asks to wait */

static bool all_digits(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT": the only form that servers still write. No locale involved. */
static bool parse_http_date(int64_t *unix_s, const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4], zone[4];
	struct tm tm = {0};
	int n = 0;

	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", &tm.tm_mday,
		   month, &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &n) != 7 ||
	    !n || text[n] || !str_eq(zone, "GMT") || strlen(month) != 3)
		return false;
	const char *at = strstr(months, month);
	if (!at || (at - months) % 3 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
	    tm.tm_min > 59 || tm.tm_sec > 60 || tm.tm_hour < 0 || tm.tm_min < 0 || tm.tm_sec < 0)
		return false;
	tm.tm_mon = (int)((at - months) / 3);
	tm.tm_year -= 1900;
	*unix_s = timegm(&tm);
	return true;
}

long http_delay(const char *value, int64_t now_unix_us)
{
	/* What is larger than this can only be a point in time (2001-09-09), not a wait. */
	const long epoch_like = 1000000000L;
	int64_t now_s = now_unix_us / 1000000, at;

	if (all_digits(value)) {
		long seconds;
		if (!parse_long(&seconds, value, 0, 100 * epoch_like))
			return HTTP_DELAY_MAX;
		if (seconds < epoch_like)
			return seconds < HTTP_DELAY_MAX ? seconds : HTTP_DELAY_MAX;
		at = seconds;
	} else if (!parse_http_date(&at, value)) {
		return -1;
	}
	if (at <= now_s)
		return 0;
	return at - now_s < HTTP_DELAY_MAX ? (long)(at - now_s) : HTTP_DELAY_MAX;
}

/* ---- again or not */

static bool transient_status(long status)
{
	return status == 502 || status == 503 || status == 504;
}

static bool worth_another_try(int rc, const struct http_request *req,
			      const struct http_response *res, bool lost)
{
	if (rc == 0)
		return res->status == 429 || (transient_status(res->status) && req->repeatable);
	return rc == E_UNREACHABLE && !res->permanent && (!lost || req->repeatable);
}

/* Full jitter: anything between nothing and the doubled base, so that clients do not march. */
static long backoff_ms(const struct http_retry *retry, int attempt)
{
	long ceiling = retry->base_ms;
	uint32_t random;

	for (int i = 0; i < attempt && ceiling < retry->max_pause_ms; i++)
		ceiling *= 2;
	if (ceiling > retry->max_pause_ms)
		ceiling = retry->max_pause_ms;
	if (ceiling <= 0)
		return 0;
	random_bytes(&random, sizeof random);
	return (long)(random % (uint32_t)(ceiling + 1));
}

/* < 0 when the server wants a longer wait than anyone has patience for. */
static int pause_ms(long *out, const struct http_retry *retry, const struct http_response *res,
		    int attempt, long rest, struct error *err)
{
	long asked = res->retry_after_s > 0 ? res->retry_after_s * 1000 : 0;

	if (asked > 0 && (asked > retry->max_pause_ms || asked > rest)) {
		int rc = fail(err, E_TIMEOUT,
			      "the endpoint asks to wait %ld seconds before the next request (HTTP "
			      "%ld)",
			      res->retry_after_s, res->status);
		hint(err, "Try again later.");
		return rc;
	}
	*out = asked + backoff_ms(retry, attempt);
	return 0;
}

static void tell(const struct http_retry *retry, int rc, const struct http_response *res,
		 const struct error *why, long pause)
{
	char text[640];

	if (!retry->note)
		return;
	if (rc == 0)
		snprintf(text, sizeof text, "HTTP %ld, trying again in %ld ms", res->status, pause);
	else
		snprintf(text, sizeof text, "%s, trying again in %ld ms", why->msg, pause);
	retry->note(retry->ctx, text);
}

/* Passes the failure on that is to blame. */
static int give_up(int rc, const struct error *why, struct error *err)
{
	if (rc >= 0)
		return rc;
	if (err && err->code == E_OK)
		*err = *why;
	return why->code == E_OK ? rc : (int)why->code;
}

long http_deadline_ms(const struct http_retry *retry)
{
	return retry && retry->deadline_ms > 0 ? retry->deadline_ms : DEADLINE_MS_DEFAULT;
}

/*
 * One attempt within the time that is left. A later one that ran out of it is not to blame, but
 * what spent the time before: *why stays as it is then.
 */
static int attempt_once(struct http *h, const struct http_request *req, struct http_response *res,
			bool *lost, long rest, struct error *why)
{
	struct http_request timed = *req;
	struct error before = *why;

	if (timed.timeout_ms <= 0 || timed.timeout_ms > rest)
		timed.timeout_ms = rest;
	*lost = false;
	*why = (struct error){0};
	http_response_release(res);
	int rc = h->ops->send(h, &timed, res, lost, why);
	if (rc == E_TIMEOUT && before.code != E_OK)
		*why = before;
	return rc;
}

int http_send(struct http *h, const struct http_request *req, struct http_response *res,
	      const struct http_retry *retry, struct error *err)
{
	int64_t started = clock_mono_ms();
	struct error why = {0};

	if (!retry)
		retry = &http_retry_default;
	long left = retry->max_total_ms > 0 ? retry->max_total_ms : TOTAL_MS_DEFAULT;
	long rest = http_deadline_ms(retry);

	for (int attempt = 0;; attempt++) {
		bool lost;
		long pause = 0;

		int rc = attempt_once(h, req, res, &lost, rest, &why);
		if (!worth_another_try(rc, req, res, lost) || attempt + 1 >= retry->attempts)
			return give_up(rc, &why, err);
		rest = http_deadline_ms(retry) - (long)(clock_mono_ms() - started);
		int waits = pause_ms(&pause, retry, res, attempt, rest, err);
		if (waits < 0)
			return waits;
		if (pause > left || pause + ATTEMPT_MS_MIN > rest)
			return give_up(rc, &why, err);
		left -= pause;
		rest -= pause;
		tell(retry, rc, res, &why, pause);
		(retry->sleep_ms ? retry->sleep_ms : clock_sleep_ms)(pause);
	}
}
