/*
 * What the parts of the SQLite store share: connections, cached statements, lineages.
 *
 * store_sqlite.c          life cycle, pool of connections, transactions
 * store_sqlite_query.c    connections, statements, translation of SQLite's errors
 * store_sqlite_schema.c   our tables and their versions
 * store_sqlite_backup.c   files that appear whole or not at all: new databases and copies
 * store_sqlite_catalog.c  keys, workspaces, databases
 * store_sqlite_lineage.c  how branches share history
 * store_sqlite_sweep.c    what nobody reaches any more, removed in parts
 * store_sqlite_branch.c, store_sqlite_record.c, store_sqlite_job.c, store_sqlite_gitmap.c
 */
#ifndef ADAPT_STORE_SQLITE_PRIVATE_H
#define ADAPT_STORE_SQLITE_PRIVATE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/store.h"

/* Bytes of one value; a saved schema is the largest. SQLite refuses more, which gives E_LIMIT. */
#define STORE_VALUE_MAX (64 << 20)

/* ---- connections */

#define CONN_STATEMENTS_MAX 96 /* more than there are different statements in this store */

struct statement {
	const char *sql; /* static text: compared by address */
	sqlite3_stmt *stmt;
	bool busy; /* in use by a query that is still open */
};

/* Used by one thread at a time. */
struct conn {
	sqlite3 *db;
	struct conn *next; /* in the pool */
	struct statement statements[CONN_STATEMENTS_MAX];
	size_t statements_len;
	int broken; /* code of a failure after which this transaction can only be rolled back */
};

/* Opens an existing file, with nothing read from it yet. Waits wait_ms for locks. */
int conn_open(struct conn **out, const char *path, int wait_ms, struct error *err) MUST_USE;
void conn_free(struct conn *c);
AUTO_DEFINE(conn)

/* Runs statements that need no parameter and give no row; what completes "could not …". */
int conn_exec(struct conn *c, const char *sql, const char *what, struct error *err) MUST_USE;

/* The value of a PRAGMA that is a whole number. */
int conn_pragma(int64_t *out, struct conn *c, const char *sql, struct error *err) MUST_USE;

/* Translates a result code of SQLite; db, if any, for the system's errno. No SQL in the message. */
int fail_sqlite(struct error *err, int rc, sqlite3 *db, const char *what);

/* ---- the store and its transactions */

struct waiter; /* a thread that wants to write */

struct store_sqlite {
	struct store base;
	char *path;
	int wait_ms;
	int part;	      /* rows to be swept at once */
	pthread_mutex_t lock; /* protects what follows */
	struct conn *idle;
	size_t idle_len;
	bool writing;		/* a write transaction of this process is open */
	struct waiter *waiters; /* first come, first served */
};

struct store_txn {
	struct store_sqlite *store;
	struct conn *conn;
	enum store_mode mode;
};

/* ---- statements: open, bind in order, step, get columns in order; released by AUTO_VALUE(query)
 */

struct query {
	struct conn *conn;
	struct statement *cached; /* NULL: stmt is finalized instead */
	sqlite3_stmt *stmt;
	const char *kind; /* what is added, for the message of E_EXISTS */
	const char *name;
	int bound;
	int column;
	int rc; /* first failure of a bind */
};

/* sql is static text. A statement that writes is refused in a read transaction. */
int query_open(struct query *q, struct store_txn *t, const char *sql, struct error *err) MUST_USE;
void query_release(struct query *q);
AUTO_VALUE_DEFINE(query)

void query_put_int(struct query *q, int64_t value);
void query_put_text(struct query *q, const char *text); /* copied; NULL binds NULL */

/* 1: a row, 0: none left. */
int query_step(struct query *q, struct error *err) MUST_USE;
/* Steps to the end; the number of rows changed. */
int query_run(struct query *q, struct error *err) MUST_USE;

int64_t query_get_int(struct query *q); /* NULL gives 0 */
char *query_get_text(struct query *q);	/* the caller's; NULL gives NULL */
void query_skip(struct query *q);

/* Opens sql, binds one number, runs it. */
int query_run_int(struct store_txn *t, const char *sql, int64_t value, struct error *err) MUST_USE;

/* Opens sql, which counts, binds one number; out: what is counted. */
int query_count(int64_t *out, struct store_txn *t, const char *sql, int64_t value,
		struct error *err) MUST_USE;

/* E_NOTFOUND: kind "name" does not exist. */
int fail_absent(struct error *err, const char *kind, const char *name);

/* ---- tables */

/* Makes the tables in a new, empty file. */
int schema_create(struct conn *c, struct error *err) MUST_USE;
/* Checks whose file it is and updates old tables; then turns WAL mode on. path: for messages. */
int schema_open(struct conn *c, const char *path, struct error *err) MUST_USE;

/* ---- whole files */

int sqlite_create_file(const char *path, struct error *err) MUST_USE;
int sqlite_backup(struct store *s, const char *path, struct error *err) MUST_USE;

/* ---- lineages */

/*
 * A segment holds the records that were added to one branch, at depths above fork_depth; those up
 * to fork_depth are its parent's. See store_sqlite_lineage.c.
 */
struct segment {
	int64_t id;
	int64_t database;
	int64_t parent; /* 0: none, and fork_depth is 0 */
	int64_t jump;	/* some ancestor further up; itself when there is none */
	int64_t level;	/* number of ancestors */
	int64_t fork_depth;
};

/* A stretch of a branch's history that lies in one segment: depths first to last. */
struct stretch {
	int64_t segment;
	int64_t first;
	int64_t last;
};

/* The segment that a branch appends to, and the depth of its newest record (0: none at all). */
int lineage_of(struct segment *leaf, int64_t *tip, struct store_txn *t, int64_t branch,
	       struct error *err) MUST_USE;
/* The stretch of the history of leaf that holds depth, which is from 1 to tip. */
int lineage_find(struct stretch *out, struct store_txn *t, const struct segment *leaf, int64_t tip,
		 int64_t depth, struct error *err) MUST_USE;
/* A new segment that shares the history of leaf up to depth; leaf NULL: an empty history. */
int lineage_fork(int64_t *segment, struct store_txn *t, int64_t database,
		 const struct segment *leaf, int64_t tip, int64_t depth,
		 struct error *err) MUST_USE;
/*
 * Hides the records and segments that no branch reaches any more, from segment upwards, and removes
 * as many of what is hidden as others can wait for.
 */
int lineage_collect(struct store_txn *t, int64_t segment, struct error *err) MUST_USE;
/* Whether a history other than that of leaf holds the record at depth in segment. */
int lineage_shared(bool *out, struct store_txn *t, int64_t segment, int64_t depth,
		   const struct segment *leaf, struct error *err) MUST_USE;
/* Gives branch another segment to append to and collects the old one. */
int lineage_move(struct store_txn *t, int64_t branch, int64_t from, int64_t to,
		 struct error *err) MUST_USE;

/* ---- operations, for the table in store_sqlite.c; contracts in server/store.h */

int sqlite_key_add(struct store_txn *t, const struct store_key *k, struct error *err);
int sqlite_key_get(struct store_key *out, struct store_txn *t, const char *hash, struct error *err);
int sqlite_key_list(struct store_txn *t, store_each_key *each, void *ctx, struct error *err);
int sqlite_key_revoke(struct store_txn *t, const char *id, int64_t at, struct error *err);

int sqlite_workspace_add(struct store_txn *t, const struct store_workspace *w, struct error *err);
int sqlite_workspace_get(struct store_workspace *out, struct store_txn *t, const char *id,
			 struct error *err);
int sqlite_workspace_list(struct store_txn *t, store_each_workspace *each, void *ctx,
			  struct error *err);
int sqlite_workspace_update(struct store_txn *t, const struct store_workspace *w,
			    struct error *err);
int sqlite_workspace_remove(struct store_txn *t, const char *id, struct error *err);

int sqlite_database_add(int64_t *rowid, struct store_txn *t, const struct store_database *d,
			struct error *err);
int sqlite_database_get(struct store_database *out, struct store_txn *t, const char *workspace,
			const char *name, struct error *err);
int sqlite_database_list(struct store_txn *t, const char *workspace, store_each_database *each,
			 void *ctx, struct error *err);
int sqlite_database_update(struct store_txn *t, const struct store_database *d, struct error *err);
int sqlite_database_remove(struct store_txn *t, int64_t rowid, struct error *err);
int sqlite_sweep(bool *more, struct store_txn *t, struct error *err);

int sqlite_git_branch_set(bool *replaced, struct store_txn *t, int64_t database,
			  const struct store_git_branch *g, struct error *err);
int sqlite_git_branch_get(struct store_git_branch *out, struct store_txn *t, int64_t database,
			  const char *git_branch, struct error *err);
int sqlite_git_branch_list(struct store_txn *t, int64_t database, store_each_git_branch *each,
			   void *ctx, struct error *err);
int sqlite_git_branch_count(int64_t *out, struct store_txn *t, int64_t database, struct error *err);
int sqlite_git_branch_remove(struct store_txn *t, int64_t database, const char *git_branch,
			     struct error *err);

int sqlite_branch_add(int64_t *rowid, struct store_txn *t, const struct store_branch *b,
		      int64_t from, struct error *err);
int sqlite_branch_schema(char **out, struct store_txn *t, int64_t rowid, struct error *err);
int sqlite_branch_get(struct store_branch *out, struct store_txn *t, int64_t database,
		      const char *name, struct error *err);
int sqlite_branch_list(struct store_txn *t, int64_t database, store_each_branch *each, void *ctx,
		       struct error *err);
int sqlite_branch_count(int64_t *out, struct store_txn *t, int64_t database, struct error *err);
int sqlite_branch_update(struct store_txn *t, const struct store_branch *b, struct error *err);
int sqlite_branch_remove(struct store_txn *t, int64_t rowid, struct error *err);

int sqlite_record_add(struct store_txn *t, int64_t branch, const struct store_record *r,
		      struct error *err);
int sqlite_record_list(struct store_txn *t, int64_t branch, int64_t from, int64_t limit,
		       store_each_record *each, void *ctx, struct error *err);
int sqlite_record_get(struct store_record *out, struct store_txn *t, int64_t branch, const char *id,
		      struct error *err);
int sqlite_record_known(struct store_record *out, struct store_txn *t, int64_t database,
			const char *id, struct error *err);
int sqlite_record_update_head(struct store_txn *t, int64_t branch, const struct store_record *r,
			      struct error *err);
int sqlite_record_remove_head(struct store_txn *t, int64_t branch, struct error *err);

int sqlite_job_add(struct store_txn *t, struct store_job *j, struct error *err);
int sqlite_job_update(struct store_txn *t, const struct store_job *j, struct error *err);
int sqlite_job_get(struct store_job *out, struct store_txn *t, int64_t branch, const char *id,
		   struct error *err);
int sqlite_job_list(struct store_txn *t, int64_t branch, int64_t before, int64_t limit,
		    store_each_job *each, void *ctx, struct error *err);

#endif
