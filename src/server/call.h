/*
 * One request on its way through the server: what a handler gets, and the helpers that answer it.
 *
 * A handler that fails leaves no trace: its transaction is rolled back and what it put into the
 * response is replaced by the error.
 */
#ifndef SERVER_CALL_H
#define SERVER_CALL_H

#include "server/jobs.h"
#include "server/metrics.h"
#include "server/routes.h"
#include "server/server.h"

struct call {
	const struct request *req;
	struct response *res;
	struct server *server;
	struct metrics *metrics;
	struct store *store;
	struct job_executor *executor;
	const struct server_limits *limits;
	int64_t now; /* when the request came, Unix microseconds */

	struct route_match match;
	struct store_key key; /* who asks; empty on a public route */
	char *workspace; /* that of the path, else of the Host header; NULL on a public route */
	json_t *body;	 /* an object, or NULL */
	struct store_txn *txn;
	enum store_mode mode; /* of txn */

	/* Loaded before the write transaction began, and of which state; see
	 * branch_begin(). */
	struct schema *schema;
	struct store_branch schema_of;
	bool schema_before_active; /* a migration was started on the branch then */
	bool took_memory;	   /* much of it, for a large schema: to be given back */

	/* What a failure says beyond its kind; see call_fail(). */
	const char *error_id;
	int error_status;
	json_t *error_head;
};

/* Empties c; rolls back a transaction that is still open. */
void call_release(struct call *c);

/* ---- transactions */

int call_begin(struct call *c, enum store_mode mode, struct error *err) MUST_USE;
/* Ends the transaction: a write is made durable, or fails. No-op without a transaction. */
int call_commit(struct call *c, struct error *err) MUST_USE;
/* Commits, and removes what is left then of a long history: see branch_remove in store_ops. */
int call_commit_removal(struct call *c, struct error *err) MUST_USE;
void call_rollback(struct call *c);

/* ---- failures */

/*
 * As fail(); the "id" of the answer becomes id instead of the kind's name. status is the HTTP
 * status where the kind's own is not what the hosted API gives, 0 otherwise.
 */
int call_fail(struct call *c, struct error *err, enum error_code code, const char *id, int status,
	      const char *fmt, ...) PRINTF_LIKE(6, 7);

/* ---- what the request says */

/* The parameter's value, NULL when it is absent or empty. */
const char *call_query(const struct call *c, const char *name);
/* A whole number in [min, max], fallback when absent; E_INVALID naming the parameter. */
int call_query_number(long *out, const struct call *c, const char *name, long min, long max,
		      long fallback, struct error *err) MUST_USE;

/* E_NOTFOUND "database [X] not found". */
int call_database(struct store_database *out, struct call *c, struct error *err) MUST_USE;
/* E_NOTFOUND "database branch [X:Y] not found", as the hosted service says it. */
int call_branch(struct store_database *db, struct store_branch *branch, struct call *c,
		struct error *err) MUST_USE;
/* As call_branch, and E_INVALID with the hosted service's words for a branch of another format. */
int call_branch_of(struct store_database *db, struct store_branch *branch, struct call *c,
		   enum record_format format, struct error *err) MUST_USE;

/* ---- the answer */

/* Takes body. */
int call_json(struct call *c, int status, json_t *body, struct error *err) MUST_USE;
int call_text(struct call *c, int status, const char *content_type, struct error *err) MUST_USE;
int call_empty(struct call *c); /* 204 */
/* Appends the beginning of an item to a list as text, behind a comma unless it is the first. */
void call_put_item(struct str *out, const char *beginning);

/* Members from what the store has: a time as RFC 3339 text; a stored JSON text (NULL: left out). */
void json_put_time(json_t *obj, const char *key, int64_t unix_us);
int json_put_stored(json_t *obj, const char *key, const char *text, struct error *err) MUST_USE;

/* The compact text of a value, to be stored; the caller free()s. E_LIMIT over max bytes. */
int json_to_store(char **out, const json_t *value, size_t max, const char *what,
		  struct error *err) MUST_USE;

#endif
