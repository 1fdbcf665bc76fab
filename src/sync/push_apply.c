/* Carries a push out: in slices that are all or nothing, or one job after the other. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "ledger/checksum.h"
#include "sync/sync.h"

#include "base/banned.h"

/* What xatad and the hosted service take in one request. */
#define SLICE_RECORDS 1000
#define SLICE_BYTES ((size_t)4 << 20)
#define SLICE_VALUES (JSON_VALUES_MAX - 1000)

#define JOB_TIMEOUT_MS 600000L
#define POLL_FIRST_MS 100L
#define POLL_MAX_MS 2000L
#define POLL_FAILURES 3 /* questions about one job that may fail in a row */
#define RECENT 25	/* newest records looked at for one whose fate is not known */

struct pushing {
	struct push_report *report;
	const struct push_plan *plan;
	struct endpoint *endpoint;
	const struct push_options *options;
};

void push_report_release(struct push_report *r)
{
	free(r->failed);
	free(r->failure);
	*r = (struct push_report){0};
}

static void progress(const struct pushing *p, const struct record *last)
{
	if (p->options->progress)
		p->options->progress(p->options->ctx, p->report->applied, p->plan->send.len,
				     record_id(last));
}

static void wait_ms(const struct pushing *p, long ms)
{
	(p->options->sleep_ms ? p->options->sleep_ms : clock_sleep_ms)(ms);
}

/* Failures after which nobody knows whether the endpoint did what it was asked. */
static bool outcome_unknown(int rc)
{
	return rc == E_UNREACHABLE || rc == E_TIMEOUT || rc == E_REMOTE_FAILED || rc == E_PEER;
}

/* The record that the failure's message names in quotes, if it is one of the slice. */
static const struct record *named_in(const struct error *why, const struct records *list,
				     size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++) {
		AUTO_STR quoted = {0};
		str_printf(&quoted, "\"%s\"", record_id(list->items[i]));
		if (strstr(why->msg, str_cstr(&quoted)))
			return list->items[i];
	}
	return NULL;
}

static int report_failure(struct pushing *p, const struct record *failed, const struct error *why,
			  struct error *err)
{
	struct push_report *report = p->report;

	report->failure = xstrdup(why->msg);
	if (failed)
		report->failed = xstrdup(record_id(failed));
	report->not_tried = p->plan->send.len - report->applied - (failed ? 1 : 0);
	if (err && err->code == E_OK)
		*err = *why;
	return (int)why->code;
}

/* ---- waiting */

static long next_poll(const struct pushing *p, long before)
{
	if (p->options->poll_ms > 0)
		return p->options->poll_ms;
	return before * 2 < POLL_MAX_MS ? before * 2 : POLL_MAX_MS;
}

static long job_timeout(const struct pushing *p)
{
	return p->options->job_timeout_ms > 0 ? p->options->job_timeout_ms : JOB_TIMEOUT_MS;
}

/* Both clocks: requests take time, and a test's sleep takes none. */
static bool out_of_time(const struct pushing *p, long waited, int64_t started)
{
	return waited >= job_timeout(p) || clock_mono_ms() - started >= job_timeout(p);
}

static int fail_slow(const struct pushing *p, const struct record *r, const char *see,
		     struct error *err)
{
	int rc = fail(err, E_TIMEOUT, "migration \"%s\" was not done within %ld seconds",
		      record_id(r), job_timeout(p) / 1000);

	hint(err, "It may still be running: see \"%s\", then push again.", see);
	return rc;
}

/* ---- slices */

/*
 * At least one record, then as many as fit, but at most `most`. A slice ends with a record that
 * says it is done, as every push has to.
 */
static size_t slice_len(const struct records *list, size_t from, size_t most)
{
	AUTO_STR text = {0};
	size_t bytes = 0, values = 0, n = 0, done = 0;

	while (from + n < list->len && n < most) {
		str_clear(&text);
		json_write(&text, record_doc(list->items[from + n]), JSON_FORM_COMPACT);
		bytes += text.len + 1;
		values += record_values(record_doc(list->items[from + n])) + 1;
		if (n && (bytes > SLICE_BYTES || values > SLICE_VALUES))
			break;
		n++;
		if (record_done(list->items[from + n - 1]))
			done = n;
	}
	return done ? done : n;
}

/* Where the push's answer does not tell: whether the branch's head is now the slice's last record.
 */
static bool is_head(const struct remote_head *head, const struct record *last, const char *chain)
{
	return str_eq(head->id, record_id(last)) &&
	       (!head->checksum || str_eq(head->checksum, chain));
}

static bool arrived(const struct pushing *p, const struct record *last, const char *chain)
{
	AUTO_VALUE(remote_head) head = {0};

	return p->endpoint->ops->head(p->endpoint, &head, NULL) == 0 && is_head(&head, last, chain);
}

/* Whether the branch has got none of the slice yet, or a part of it. */
static bool is_on_the_way(const struct remote_head *head, const struct push_request *req)
{
	bool found = str_eq(head->id, req->expected_id);

	for (size_t i = req->from; !found && i < req->from + req->count; i++)
		found = str_eq(head->id, record_id(req->records->items[i]));
	return found;
}

/* One question: 1 when the slice is there, 0 not yet. A question that failed is asked again. */
static int ask_head(struct pushing *p, const struct push_request *req, const char *chain,
		    int *failures, struct error *err)
{
	const struct record *last = req->records->items[req->from + req->count - 1];
	AUTO_VALUE(remote_head) head = {0};
	struct error why = {0};

	p->endpoint->awaited = true;
	int rc = p->endpoint->ops->head(p->endpoint, &head, &why);
	p->endpoint->awaited = false;
	if (rc < 0 && outcome_unknown(rc) && ++*failures < POLL_FAILURES)
		return 0;
	if (rc < 0) {
		*err = why;
		return rc;
	}
	*failures = 0;
	if (is_head(&head, last, chain))
		return 1;
	if (is_on_the_way(&head, req))
		return 0;
	rc = fail(err, E_CONFLICT,
		  "the branch got other records while migration \"%s\" was waited for",
		  record_id(last));
	hint(err, "They may stand behind it: \"xata status\" with the branch's name tells; pull "
		  "them, then push again.");
	return rc;
}

/* The endpoint has taken the slice and does the work later. */
static int wait_for_slice(struct pushing *p, const struct push_request *req, const char *chain,
			  struct error *err)
{
	const struct record *last = req->records->items[req->from + req->count - 1];
	long waited = 0, pause = next_poll(p, POLL_FIRST_MS / 2);
	int64_t started = clock_mono_ms();
	int failures = 0, rc;

	while ((rc = ask_head(p, req, chain, &failures, err)) == 0) {
		if (out_of_time(p, waited, started))
			return fail_slow(p, last, "xata status", err);
		wait_ms(p, pause);
		waited += pause;
		pause = next_poll(p, pause);
	}
	return rc < 0 ? rc : 0;
}

/* Carries the checksum chain over the slice. */
static void advance(char chain[CHECKSUM_LEN + 1], const struct push_request *req)
{
	char before[CHECKSUM_LEN + 1];

	for (size_t i = req->from; i < req->from + req->count; i++) {
		memcpy(before, chain, sizeof before);
		checksum_check(chain, req->records->items[i], before[0] ? before : NULL);
	}
}

static int push_slice(struct pushing *p, const struct push_request *req, const char *chain,
		      struct error *why)
{
	const struct record *last = req->records->items[req->from + req->count - 1];

	int rc = p->endpoint->ops->push(p->endpoint, req, why);
	if (rc > 0)
		return wait_for_slice(p, req, chain, why);
	return outcome_unknown(rc) && arrived(p, last, chain) ? 0 : rc;
}

/* One that is too much for the endpoint by itself is refused like any other. */
static int fail_slice(struct pushing *p, const struct push_request *req, struct error *why,
		      struct error *err)
{
	if (why->code == E_LIMIT)
		error_recode(why, E_REFUSED);
	return report_failure(p, named_in(why, req->records, req->from, req->count), why, err);
}

static int push_slices(struct pushing *p, struct error *err)
{
	const struct records *list = &p->plan->send;
	char expected[CHECKSUM_LEN + 1] = "", chain[CHECKSUM_LEN + 1];
	size_t most = SLICE_RECORDS;
	struct push_request req = {
		.format = p->plan->format,
		.expected_id = p->plan->expected_id,
		.expected_checksum = p->plan->expected_checksum,
		.records = list,
	};

	if (req.expected_checksum)
		snprintf(expected, sizeof expected, "%s", req.expected_checksum);
	while (req.from < list->len) {
		struct error why = {0};
		req.count = slice_len(list, req.from, most);
		const struct record *last = list->items[req.from + req.count - 1];
		memcpy(chain, expected, sizeof chain);
		advance(chain, &req);
		int rc = push_slice(p, &req, chain, &why);
		if (rc == E_LIMIT && req.count > 1) {
			most = req.count / 2;
			continue;
		}
		if (rc < 0)
			return fail_slice(p, &req, &why, err);
		req.from += req.count;
		p->report->applied = req.from;
		memcpy(expected, chain, sizeof expected);
		req.expected_id = record_id(last);
		req.expected_checksum = expected;
		progress(p, last);
	}
	return 0;
}

/* ---- jobs */

/* One question about the job: 1 done, 0 not yet. A question that failed is asked again. */
static int ask_job(struct pushing *p, const char *job_id, const struct record *r, int *failures,
		   struct error *err)
{
	AUTO_VALUE(remote_job) job = {0};
	struct error why = {0};

	int rc = p->endpoint->ops->job(p->endpoint, &job, job_id, &why);
	if (rc < 0 && outcome_unknown(rc) && ++*failures < POLL_FAILURES)
		return 0;
	if (rc < 0) {
		if (err->code == E_OK)
			*err = why;
		return rc;
	}
	*failures = 0;
	if (job.state == JOB_STATE_FAILED)
		return fail(err, E_REMOTE_FAILED, "the endpoint could not apply \"%s\": %s",
			    record_id(r), job.error ? job.error : "it does not say why");
	return job.state == JOB_STATE_COMPLETED ? 1 : 0;
}

static int wait_for_job(struct pushing *p, const char *job_id, const struct record *r,
			struct error *err)
{
	long waited = 0, pause = next_poll(p, POLL_FIRST_MS / 2);
	int64_t started = clock_mono_ms();
	int failures = 0;

	for (;;) {
		int rc = ask_job(p, job_id, r, &failures, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		if (out_of_time(p, waited, started))
			return fail_slow(p, r, "xata migrate status", err);
		wait_ms(p, pause);
		waited += pause;
		pause = next_poll(p, pause);
	}
}

enum fate { FATE_ABSENT, FATE_RUNNING, FATE_DONE, FATE_UNKNOWN };

/* Looks for a record whose answer was lost among the newest of the branch. */
static enum fate fate_of(const struct pushing *p, const struct record *r)
{
	AUTO_VALUE(history_page) page = {0};
	const struct history_request req = {.format = p->plan->format, .size = RECENT};

	if (p->endpoint->ops->history(p->endpoint, &page, &req, NULL) < 0)
		return FATE_UNKNOWN;
	for (size_t i = 0; i < page.records.len; i++)
		if (str_eq(record_id(page.records.items[i]), record_id(r)))
			return FATE_DONE;
	for (size_t i = 0; i < page.unfinished.len; i++)
		if (str_eq(record_id(page.unfinished.items[i]), record_id(r)))
			return FATE_RUNNING;
	return FATE_ABSENT;
}

/* The answer to "apply" was lost, and with it the job's id: the history tells what became of it. */
static int resolve_lost(struct pushing *p, const struct record *r, const struct error *why,
			struct error *err)
{
	long waited = 0, pause = next_poll(p, POLL_FIRST_MS / 2);
	enum fate fate = fate_of(p, r);

	while (fate == FATE_RUNNING && waited < job_timeout(p)) {
		wait_ms(p, pause);
		waited += pause;
		pause = next_poll(p, pause);
		fate = fate_of(p, r);
	}
	if (fate == FATE_DONE)
		return 0;
	if (fate == FATE_RUNNING)
		return fail_slow(p, r, "xata migrate status", err);
	int rc = fail(err, why->code, "%s", why->msg);
	hint(err,
	     fate == FATE_ABSENT
		     ? "The branch does not have the migration: push again to continue."
		     : "Whether the branch has the migration is not known: push again, it finds "
		       "out.");
	return rc;
}

static int push_one(struct pushing *p, const struct record *r, struct error *err)
{
	AUTO_FREE char *job_id = NULL;
	struct error why = {0};

	int rc = p->endpoint->ops->apply(p->endpoint, &job_id, r, &why);
	if (rc == 0)
		return wait_for_job(p, job_id, r, err);
	if (outcome_unknown(rc))
		return resolve_lost(p, r, &why, err);
	*err = why;
	return rc;
}

static int push_jobs(struct pushing *p, struct error *err)
{
	const struct records *list = &p->plan->send;

	for (size_t i = 0; i < list->len; i++) {
		struct error why = {0};
		if (push_one(p, list->items[i], &why) < 0)
			return report_failure(p, list->items[i], &why, err);
		p->report->applied = i + 1;
		progress(p, list->items[i]);
	}
	return 0;
}

int push_apply(struct push_report *report, const struct push_plan *plan, struct endpoint *e,
	       const struct push_options *options, struct error *err)
{
	static const struct push_options none;
	struct pushing p = {
		.report = report,
		.plan = plan,
		.endpoint = e,
		.options = options ? options : &none,
	};

	*report = (struct push_report){0};
	return plan->batch ? push_slices(&p, err) : push_jobs(&p, err);
}
