/*
 * What pull, push and status need from a branch endpoint. endpoint_rest.c speaks the Xata API over
 * struct http; tests use a fake. Another kind of endpoint is another implementation.
 */
#ifndef SYNC_ENDPOINT_H
#define SYNC_ENDPOINT_H

#include <stdbool.h>

#include "base/error.h"
#include "ledger/record.h"

/* The state of a branch, in one small request where the endpoint can. */
struct remote_head {
	enum record_format format; /* which of the two protocols the branch speaks */
	char *id;		   /* newest done record; NULL: empty branch */
	char *checksum;		   /* NULL: the endpoint does not tell */
	long long length;	   /* records; -1: not told */
	char *active;		   /* name of a started, not completed migration; NULL: none */
	bool batch_push; /* one request carries many pgroll records, with compare and swap */
	bool head_known; /* false: the endpoint does not tell its head; read the history */
};
void remote_head_release(struct remote_head *h);
AUTO_VALUE_DEFINE(remote_head)

struct history_request {
	enum record_format format;
	const char *since;  /* v1: only what came after this id; NULL: all */
	const char *cursor; /* of the page before; NULL: the newest page */
	int size;
};

/* Newest first, parsed and checked one by one, not against each other. */
struct history_page {
	struct records records;	   /* from the first that is done on */
	struct records unfinished; /* pgroll: the newest ones, not done */
	char *cursor;		   /* NULL: the last page */
};
void history_page_release(struct history_page *p);
AUTO_VALUE_DEFINE(history_page)

struct push_request {
	enum record_format format;
	const char *expected_id;       /* head the branch must have; NULL: empty */
	const char *expected_checksum; /* may be NULL when not known */
	const struct records *records; /* oldest first; borrowed */
	size_t from, count;	       /* the slice of records to send */
};

enum job_state { JOB_STATE_PENDING, JOB_STATE_COMPLETED, JOB_STATE_FAILED };
struct remote_job {
	enum job_state state;
	char *error; /* cleaned for a terminal; NULL: none */
};
void remote_job_release(struct remote_job *j);
AUTO_VALUE_DEFINE(remote_job)

struct endpoint {
	const struct endpoint_ops *ops;
	bool awaited; /* head() is asked again and again until work is done: set by who asks */
};

/*
 * Failures: E_UNREACHABLE, E_TIMEOUT, E_AUTH, E_FORBIDDEN, E_REMOTE_NOTFOUND, E_REFUSED (4xx, with
 * the endpoint's message), E_REMOTE_FAILED (5xx), E_PEER (not what the API says, or too much).
 */
struct endpoint_ops {
	int (*head)(struct endpoint *e, struct remote_head *out, struct error *err);
	/* E_NOTFOUND when `since` is not in the history; E_LIMIT: ask for a smaller page. */
	int (*history)(struct endpoint *e, struct history_page *out,
		       const struct history_request *req, struct error *err);
	/*
	 * All records or none; E_CONFLICT when the head is another, E_LIMIT: send fewer. 1: taken,
	 * and done later. E_PEER also when the answer does not say that they are there.
	 */
	int (*push)(struct endpoint *e, const struct push_request *req, struct error *err);
	/* pgroll, one record as a job; free() *job_id. */
	int (*apply)(struct endpoint *e, char **job_id, const struct record *r, struct error *err);
	int (*job)(struct endpoint *e, struct remote_job *out, const char *job_id,
		   struct error *err);
	void (*close)(struct endpoint *e);
};

#endif
