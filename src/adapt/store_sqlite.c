/* Life cycle of the SQLite store: opening, the pool of connections, transactions. */
#include "adapt/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "adapt/store_sqlite_private.h"
#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

#define WAIT_MS 10000
#define PART 1000   /* rows: some 10 ms, unless they are long */
#define IDLE_MAX 16 /* connections kept open for the next transactions */

/* One thread's place in the queue of writers; lives on its stack. */
struct waiter {
	struct waiter *next;
	pthread_cond_t turn;
	bool granted;
};

static struct store_sqlite *sqlite_of(struct store *s)
{
	return (struct store_sqlite *)s; /* base is its first member */
}

/* ---- the queue of writers of this process; other processes are SQLite's to keep out */

static void deadline_after(struct timespec *at, int64_t ms)
{
	clock_gettime(CLOCK_MONOTONIC, at);
	at->tv_sec += (time_t)(ms / 1000);
	at->tv_nsec += (long)(ms % 1000) * 1000000;
	if (at->tv_nsec >= 1000000000) {
		at->tv_sec++;
		at->tv_nsec -= 1000000000;
	}
}

static void leave_queue(struct store_sqlite *s, const struct waiter *me)
{
	struct waiter **p = &s->waiters;

	while (*p && *p != me)
		p = &(*p)->next;
	if (*p)
		*p = me->next;
}

/* Called with the lock held. */
static bool wait_for_turn(struct store_sqlite *s, const struct timespec *until)
{
	struct waiter me = {0}, **last = &s->waiters;
	pthread_condattr_t attr;

	while (*last)
		last = &(*last)->next;
	*last = &me;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&me.turn, &attr);
	pthread_condattr_destroy(&attr);
	int rc = 0;
	while (!me.granted && rc == 0)
		rc = pthread_cond_timedwait(&me.turn, &s->lock, until);
	if (!me.granted)
		leave_queue(s, &me);
	pthread_cond_destroy(&me.turn);
	return me.granted;
}

/* First come, first served, so that no writer starves among many. */
static int writer_enter(struct store_sqlite *s, struct error *err)
{
	struct timespec until;
	bool entered = true;

	deadline_after(&until, s->wait_ms);
	pthread_mutex_lock(&s->lock);
	if (s->writing)
		entered = wait_for_turn(s, &until);
	else
		s->writing = true;
	pthread_mutex_unlock(&s->lock);
	return entered ? 0 : fail_sqlite(err, SQLITE_BUSY, NULL, "begin to write to the database");
}

static void writer_leave(struct store_sqlite *s)
{
	pthread_mutex_lock(&s->lock);
	struct waiter *first = s->waiters;
	if (first) { /* `writing` stays set: the turn is handed over */
		s->waiters = first->next;
		first->granted = true;
		pthread_cond_signal(&first->turn);
	} else {
		s->writing = false;
	}
	pthread_mutex_unlock(&s->lock);
}

/* ---- the pool */

static int pool_take(struct conn **out, struct store_sqlite *s, struct error *err)
{
	pthread_mutex_lock(&s->lock);
	struct conn *c = s->idle;
	if (c) {
		s->idle = c->next;
		s->idle_len--;
	}
	pthread_mutex_unlock(&s->lock);
	if (!c) {
		int rc = conn_open(&c, s->path, s->wait_ms, err);
		if (rc < 0)
			return rc;
	}
	c->next = NULL;
	c->broken = 0;
	*out = c;
	return 0;
}

static void pool_give(struct store_sqlite *s, struct conn *c)
{
	/* After a failure of storage a fresh connection knows best what is on the disk. */
	bool keep = !c->broken && sqlite3_get_autocommit(c->db);

	pthread_mutex_lock(&s->lock);
	keep = keep && s->idle_len < IDLE_MAX;
	if (keep) {
		c->next = s->idle;
		s->idle = c;
		s->idle_len++;
	}
	pthread_mutex_unlock(&s->lock);
	if (!keep)
		conn_free(c);
}

/* ---- transactions */

static int begin_on(struct conn *c, enum store_mode mode, int wait_ms, struct error *err)
{
	int64_t ignored;

	sqlite3_busy_timeout(c->db, wait_ms);
	if (mode == STORE_WRITE)
		return conn_exec(c, "BEGIN IMMEDIATE", "begin to write to the database", err);
	int rc = conn_exec(c, "BEGIN", "read the database", err);
	/* SQLite chooses the state that a transaction sees at its first read: have it now. */
	return rc < 0 ? rc : conn_pragma(&ignored, c, "PRAGMA user_version", err);
}

static int sqlite_begin(struct store_txn **out, struct store *base, enum store_mode mode,
			struct error *err)
{
	struct store_sqlite *s = sqlite_of(base);
	int64_t start = clock_mono_ms();
	struct conn *c = NULL;

	*out = NULL;
	int rc = mode == STORE_WRITE ? writer_enter(s, err) : 0;
	if (rc < 0)
		return rc;
	rc = pool_take(&c, s, err);
	if (rc >= 0) {
		int64_t left = s->wait_ms - (clock_mono_ms() - start);
		rc = begin_on(c, mode, left > 0 ? (int)left : 0, err);
	}
	if (rc < 0) {
		conn_free(c);
		if (mode == STORE_WRITE)
			writer_leave(s);
		return rc;
	}
	struct store_txn *t = xcalloc(1, sizeof *t);
	*t = (struct store_txn){.store = s, .conn = c, .mode = mode};
	*out = t;
	return 0;
}

static void txn_end(struct store_txn *t)
{
	struct store_sqlite *s = t->store;
	bool wrote = t->mode == STORE_WRITE;

	pool_give(s, t->conn);
	free(t);
	if (wrote)
		writer_leave(s);
}

static void sqlite_rollback(struct store_txn *t)
{
	if (!t)
		return;
	/* A failure has ended the transaction already, or breaks the connection. */
	if (!sqlite3_get_autocommit(t->conn->db) &&
	    sqlite3_exec(t->conn->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		t->conn->broken = E_IO;
	txn_end(t);
}

static int sqlite_commit(struct store_txn *t, struct error *err)
{
	struct conn *c = t->conn;
	int rc = c->broken;

	if (rc)
		fail(err, (enum error_code)rc, "could not commit a transaction that failed before");
	else
		rc = conn_exec(c, "COMMIT", "commit to the database", err);
	if (rc < 0) {
		c->broken = rc;
		sqlite_rollback(t);
		return rc;
	}
	txn_end(t);
	return 0;
}

/* ---- open and close */

static void sqlite_close(struct store *base)
{
	if (!base)
		return;
	struct store_sqlite *s = sqlite_of(base);
	while (s->idle) {
		struct conn *c = s->idle;
		s->idle = c->next;
		conn_free(c);
	}
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}

static const struct store_ops ops = {
	.close = sqlite_close,
	.backup = sqlite_backup,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.key_add = sqlite_key_add,
	.key_get = sqlite_key_get,
	.key_list = sqlite_key_list,
	.key_revoke = sqlite_key_revoke,
	.workspace_add = sqlite_workspace_add,
	.workspace_get = sqlite_workspace_get,
	.workspace_list = sqlite_workspace_list,
	.workspace_update = sqlite_workspace_update,
	.workspace_remove = sqlite_workspace_remove,
	.database_add = sqlite_database_add,
	.database_get = sqlite_database_get,
	.database_list = sqlite_database_list,
	.database_update = sqlite_database_update,
	.database_remove = sqlite_database_remove,
	.branch_add = sqlite_branch_add,
	.branch_get = sqlite_branch_get,
	.branch_schema = sqlite_branch_schema,
	.branch_list = sqlite_branch_list,
	.branch_count = sqlite_branch_count,
	.branch_update = sqlite_branch_update,
	.branch_remove = sqlite_branch_remove,
	.sweep = sqlite_sweep,
	.record_add = sqlite_record_add,
	.record_list = sqlite_record_list,
	.record_get = sqlite_record_get,
	.record_known = sqlite_record_known,
	.record_update_head = sqlite_record_update_head,
	.record_remove_head = sqlite_record_remove_head,
	.job_add = sqlite_job_add,
	.job_update = sqlite_job_update,
	.job_get = sqlite_job_get,
	.job_list = sqlite_job_list,
	.git_branch_set = sqlite_git_branch_set,
	.git_branch_get = sqlite_git_branch_get,
	.git_branch_list = sqlite_git_branch_list,
	.git_branch_count = sqlite_git_branch_count,
	.git_branch_remove = sqlite_git_branch_remove,
};

/*
 * The files must be ours alone. SQLite makes "-wal" and "-shm" with the mode of the database file;
 * older ones are mended by name: opening and closing the file here would drop SQLite's locks on it.
 */
static int make_private(const char *path, const char *suffix, struct error *err)
{
	AUTO_FREE char *name = xasprintf("%s%s", path, suffix);
	struct stat st;

	if (stat(name, &st) < 0) {
		if (errno == ENOENT && *suffix)
			return 0;
		return fail_sys(err, errno, "cannot open the database \"%s\"", name);
	}
	if (!S_ISREG(st.st_mode))
		return fail(err, E_INVALID, "the database \"%s\" is not a regular file", name);
	if ((st.st_mode & 077) && chmod(name, st.st_mode & 0700) < 0 && errno != ENOENT)
		return fail_sys(err, errno, "cannot take \"%s\" away from other users", name);
	return 0;
}

static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};

static int check_files(const char *path, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(suffixes) && rc >= 0; i++)
		rc = make_private(path, suffixes[i], err);
	return rc;
}

static void remove_files(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		AUTO_FREE char *name = xasprintf("%s%s", path, suffixes[i]);
		unlink(name);
	}
}

static int open_file(struct conn **out, const char *path, struct error *err)
{
	AUTO(conn) *c = NULL;
	int rc = check_files(path, err);

	if (rc >= 0)
		rc = conn_open(&c, path, WAIT_MS, err);
	if (rc >= 0)
		rc = schema_open(c, path, err);
	if (rc >= 0)
		*out = steal(&c);
	return rc;
}

int store_sqlite_open(struct store **out, const char *path, enum store_sqlite_open how,
		      struct error *err)
{
	struct conn *c = NULL;
	int rc = 0;

	*out = NULL;
	if (how == STORE_SQLITE_CREATE)
		rc = sqlite_create_file(path, err);
	if (rc < 0)
		return rc;
	rc = open_file(&c, path, err);
	if (rc < 0 && how == STORE_SQLITE_CREATE)
		remove_files(path); /* made above: nobody knows of it yet */
	if (rc < 0)
		return rc;
	struct store_sqlite *s = xcalloc(1, sizeof *s);
	s->base.ops = &ops;
	s->path = xstrdup(path);
	s->wait_ms = WAIT_MS;
	s->part = PART;
	pthread_mutex_init(&s->lock, NULL);
	s->idle = c;
	s->idle_len = 1;
	*out = &s->base;
	return 0;
}

void store_sqlite_set_part(struct store *base, int rows)
{
	sqlite_of(base)->part = rows;
}

void store_sqlite_set_wait(struct store *base, int ms)
{
	struct store_sqlite *s = sqlite_of(base);

	s->wait_ms = ms; /* each transaction gives it to its connection */
}
