/*
 * Pull and push: decide first (a plan: pure data), then apply. And the comparison behind status.
 */
#ifndef SYNC_SYNC_H
#define SYNC_SYNC_H

#include "base/spool.h"
#include "ledger/history.h"
#include "sync/endpoint.h"

/* What one side knows about the local history; a view on what the project layer read. */
struct local_history {
	/* From the ledger. A comparison loads what it needs, and all of it unless both are equal.
	 */
	struct history *history;
	/* Reads a local record when its checksum or content is needed. */
	int (*record)(struct record **out, void *ctx, const char *name, struct error *err);
	void *ctx;
	const char *seen_id;	   /* last known remote head (tracking); NULL: never seen */
	const char *seen_checksum; /* may be NULL */
};

/* How the local history and the branch relate, and what is on one side only. */
struct comparison {
	enum relation relation;
	enum record_format format; /* of the branch */
	size_t common;		   /* leading local records that the branch has too */
	/* Only there, oldest first, chained onto the common part: checked. See news.h. */
	struct spool news;
	struct strs unfinished; /* names of pgroll migrations not done: reported, never written */
	struct remote_head head;
};
void comparison_release(struct comparison *c);
AUTO_VALUE_DEFINE(comparison)

/*
 * Asks the endpoint for what follows the local head and checks every record received (name, parent,
 * order, checksum chain from the common record on, format, limits) before it is believed.
 *
 * E_PEER: a record fails its check; it is named. E_REWRITTEN: the branch does not have what it had:
 * truncated below, or rewritten before, the last known head, or the same id with other content.
 * E_PROJECT with a hint: local v1 records against a pgroll branch that does not continue them
 * (converted), or the other way round. Divergence is no failure here: relation says it; a record
 * that both sides have in different places does not make it one.
 */
int compare(struct comparison *out, const struct local_history *local, struct endpoint *e,
	    struct error *err) MUST_USE;

/*
 * As compare(), for a caller that tells records with one id apart itself: such a record of the
 * branch with other content than here is one of its news, and the sides diverged.
 */
int compare_contents_apart(struct comparison *out, const struct local_history *local,
			   struct endpoint *e, struct error *err) MUST_USE;

/* As compare(), but a rewritten remote is reported in *rewritten (its message; free() it) instead.
 */
int compare_lenient(struct comparison *out, char **rewritten, const struct local_history *local,
		    struct endpoint *e, struct error *err) MUST_USE;

/* A pull as data: what workdir_apply() will do. */
struct pull_plan {
	enum relation relation; /* before */
	struct spool add;	/* to append, oldest first, as news.h has them */
	struct strs remove;	/* names of local-only records to take out (forced pull only) */
};
void pull_plan_release(struct pull_plan *p);
AUTO_VALUE_DEFINE(pull_plan)

enum pull_force { PULL_SAFE, PULL_FORCE };
/*
 * Turns a comparison into a plan; takes its news. Diverged without force: E_DIVERGED, the message
 * names the last common record; the caller lists both sides from the comparison, and gives the
 * advice, as it knows the branch's name.
 */
int pull_plan(struct pull_plan *out, struct comparison *c, const struct local_history *local,
	      enum pull_force force, struct error *err) MUST_USE;

/* A push as data. */
struct push_plan {
	enum relation relation;
	enum record_format format;
	char *expected_id, *expected_checksum; /* head of the branch; NULL: empty */
	struct records send;		       /* local-only records, oldest first, verified */
	bool batch;			       /* one request carries all */
};
void push_plan_release(struct push_plan *p);
AUTO_VALUE_DEFINE(push_plan)

/*
 * Behind or diverged: E_DIVERGED, the latter without advice. Every record to be sent is read and
 * its place in the chain verified: E_INVALID naming it. An active migration on the branch is
 * E_CONFLICT.
 */
int push_plan(struct push_plan *out, const struct comparison *c, const struct local_history *local,
	      struct error *err) MUST_USE;

struct push_options {
	long job_timeout_ms; /* for one job; 0: 10 minutes */
	long poll_ms;	     /* between questions about a job; 0: grows from 100 ms to 2 s */
	void (*sleep_ms)(int64_t ms); /* NULL: clock_sleep_ms */
	/* After each record or batch: done of total; may be NULL. */
	void (*progress)(void *ctx, size_t done, size_t total, const char *name);
	void *ctx;
};

struct push_report {
	size_t applied; /* leading records of the plan that the branch has now */
	char *failed;	/* name of the record that failed, NULL: none */
	char *failure;	/* the endpoint's message about it */
	size_t not_tried;
};
void push_report_release(struct push_report *r);
AUTO_VALUE_DEFINE(push_report)

/*
 * Sends the plan: v1 and batch endpoints in requests of bounded size, each all or nothing with the
 * expected head; others one job after the other. On failure report says how far it came; running
 * the whole push again continues. A lost answer is resolved by asking for the head.
 */
int push_apply(struct push_report *report, const struct push_plan *plan, struct endpoint *e,
	       const struct push_options *options, struct error *err) MUST_USE;

#endif
