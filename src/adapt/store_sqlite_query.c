/* Connections and cached statements of the SQLite store; the one place that reads its errors. */
#include "adapt/store_sqlite_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/banned.h"

/* ---- errors */

static int fail_damaged(struct error *err, const char *what)
{
	int rc = fail(err, E_IO, "cannot %s: the database file is damaged or is no database", what);

	hint(err, "Stop xatad and put a copy made by \"xatad backup\" in its place.");
	return rc;
}

static int fail_full(struct error *err, const char *what)
{
	int rc = fail(err, E_NOSPACE, "could not %s: the disk or the quota is full", what);

	hint(err, "Free some space and try again: what was acknowledged before is safe.");
	return rc;
}

static int fail_access(struct error *err, const char *what)
{
	int rc = fail(err, E_ACCESS, "cannot %s: the database file cannot be opened or written",
		      what);

	hint(err, "Check that the file and its directory belong to the user who runs this program "
		  "and can be written.");
	return rc;
}

/* Of what fails at the end of a transaction SQLite keeps no reason, but it is the last there was.
 */
static int fail_input_output(struct error *err, sqlite3 *db, const char *what)
{
	int last = errno, errnum = db ? sqlite3_system_errno(db) : 0;

	if (!errnum && last == EFBIG)
		errnum = last;
	if (errnum == ENOSPC || errnum == EDQUOT)
		return fail_full(err, what);
	return fail_sys(err, errnum ? errnum : EIO, "could not %s", what);
}

static int fail_constraint(struct error *err, int rc, const char *what)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return fail(err, E_EXISTS, "cannot %s: it exists already", what);
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return fail(err, E_NOTFOUND, "cannot %s: what it belongs to does not exist", what);
	default:
		return fail(err, E_INTERNAL, "cannot %s: a value does not fit its column", what);
	}
}

int fail_sqlite(struct error *err, int rc, sqlite3 *db, const char *what)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL: {
		int code = fail(err, E_BUSY, "could not %s: the database is busy", what);
		hint(err, "Try again in a moment.");
		return code;
	}
	case SQLITE_FULL:
		return fail_full(err, what);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return fail_access(err, what);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return fail_damaged(err, what);
	case SQLITE_IOERR:
		return fail_input_output(err, db, what);
	case SQLITE_TOOBIG:
		return fail(err, E_LIMIT, "cannot %s: a value is over %d bytes", what,
			    STORE_VALUE_MAX);
	case SQLITE_CONSTRAINT:
		return fail_constraint(err, rc, what);
	default:
		return fail(err, E_INTERNAL, "cannot %s: %s", what, sqlite3_errstr(rc));
	}
}

int fail_absent(struct error *err, const char *kind, const char *name)
{
	return fail(err, E_NOTFOUND, "%s \"%s\" does not exist", kind, name);
}

/* ---- connections */

/* Nothing in a database file is trusted to run code, and nothing here edits the file's own tables.
 */
static int harden(struct conn *c)
{
	static const struct {
		int option, value;
	} settings[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},	     {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},	     {SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 1},
	};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < ARRAY_LEN(settings) && rc == SQLITE_OK; i++)
		rc = sqlite3_db_config(c->db, settings[i].option, settings[i].value, (int *)NULL);
	sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, STORE_VALUE_MAX);
	sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
	return rc;
}

int conn_open(struct conn **out, const char *path, int wait_ms, struct error *err)
{
	/* No mutex inside: the pool gives a connection to one thread at a time. */
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
			  SQLITE_OPEN_EXRESCODE;
	AUTO(conn) *c = xcalloc(1, sizeof *c);

	*out = NULL;
	int rc = sqlite3_open_v2(path, &c->db, flags, NULL);
	if (rc == SQLITE_OK)
		rc = harden(c);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(c->db, wait_ms);
	if (rc != SQLITE_OK)
		return fail_sqlite(err, rc, c->db, "open the database");
	rc = conn_exec(c,
		       "PRAGMA synchronous = FULL;" /* in WAL mode: each commit is on the disk */
		       "PRAGMA cell_size_check = ON;"
		       "PRAGMA temp_store = MEMORY;"
		       "PRAGMA cache_size = -8192;" /* KiB */
		       "PRAGMA journal_size_limit = 67108864;",
		       "open the database", err);
	if (rc < 0)
		return rc;
	*out = steal(&c);
	return 0;
}

void conn_free(struct conn *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->statements_len; i++)
		sqlite3_finalize(c->statements[i].stmt);
	sqlite3_close_v2(c->db);
	free(c);
}

int conn_exec(struct conn *c, const char *sql, const char *what, struct error *err)
{
	int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail_sqlite(err, rc, c->db, what);
}

int conn_pragma(int64_t *out, struct conn *c, const char *sql, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW) {
		rc = fail_sqlite(err, rc, c->db, "read the database");
		sqlite3_finalize(stmt);
		return rc;
	}
	*out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return 0;
}

/* ---- statements */

static struct statement *cached_statement(struct conn *c, const char *sql)
{
	for (size_t i = 0; i < c->statements_len; i++)
		if (c->statements[i].sql == sql)
			return &c->statements[i];
	return NULL;
}

static int prepare(struct query *q, const char *sql, struct error *err)
{
	struct conn *c = q->conn;
	struct statement *s = cached_statement(c, sql);

	if (s && !s->busy) {
		s->busy = true;
		q->cached = s;
		q->stmt = s->stmt;
		return 0;
	}
	int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
	if (rc != SQLITE_OK) {
		c->broken = fail_sqlite(err, rc, c->db, "read the database");
		return c->broken;
	}
	/* A busy one is in use by a caller further up (a list whose items ask for more): this query
	 * gets a statement of its own, which ends with it. */
	if (!s && c->statements_len < ARRAY_LEN(c->statements)) {
		s = &c->statements[c->statements_len++];
		*s = (struct statement){.sql = sql, .stmt = q->stmt, .busy = true};
		q->cached = s;
	}
	return 0;
}

int query_open(struct query *q, struct store_txn *t, const char *sql, struct error *err)
{
	*q = (struct query){.conn = t->conn};
	/* After a full disk, for one, SQLite has rolled back by itself: a statement that ran now
	 * would be a transaction of its own. */
	if (t->conn->broken)
		return fail(err, (enum error_code)t->conn->broken,
			    "could not go on with a transaction that failed before");
	int rc = prepare(q, sql, err);
	if (rc < 0)
		return rc;
	if (t->mode == STORE_READ && !sqlite3_stmt_readonly(q->stmt)) {
		t->conn->broken = E_INTERNAL;
		return fail(err, E_INTERNAL, "a read transaction cannot change anything");
	}
	return 0;
}

void query_release(struct query *q)
{
	if (q->cached) {
		sqlite3_reset(q->stmt);
		sqlite3_clear_bindings(q->stmt);
		q->cached->busy = false;
	} else {
		sqlite3_finalize(q->stmt);
	}
	*q = (struct query){0};
}

void query_put_int(struct query *q, int64_t value)
{
	int rc = sqlite3_bind_int64(q->stmt, ++q->bound, value);

	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

void query_put_text(struct query *q, const char *text)
{
	int rc = SQLITE_OK;

	/* Parameters are NULL until bound. */
	q->bound++;
	if (text)
		rc = sqlite3_bind_text64(q->stmt, q->bound, text, strlen(text), SQLITE_TRANSIENT,
					 SQLITE_UTF8);
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

static int fail_step(struct query *q, int rc, struct error *err)
{
	const char *what = sqlite3_stmt_readonly(q->stmt) ? "read the database"
							  : "write to the database";

	if (rc == SQLITE_CONSTRAINT_UNIQUE && q->kind)
		return fail(err, E_EXISTS, "%s \"%s\" exists already", q->kind, q->name);
	if (rc == SQLITE_CONSTRAINT_FOREIGNKEY && q->kind)
		return fail(err, E_NOTFOUND,
			    "cannot add %s \"%s\": what it belongs to does not exist", q->kind,
			    q->name);
	int code = fail_sqlite(err, rc, q->conn->db, what);
	/* A constraint undoes its statement only; after anything else nobody knows. */
	if ((rc & 0xff) != SQLITE_CONSTRAINT)
		q->conn->broken = code;
	return code;
}

int query_step(struct query *q, struct error *err)
{
	if (q->rc != SQLITE_OK)
		return fail_step(q, q->rc, err);
	int rc = sqlite3_step(q->stmt);
	q->column = 0;
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : fail_step(q, rc, err);
}

int query_run(struct query *q, struct error *err)
{
	int rc;

	do
		rc = query_step(q, err);
	while (rc > 0);
	return rc < 0 ? rc : sqlite3_changes(q->conn->db);
}

int64_t query_get_int(struct query *q)
{
	return sqlite3_column_int64(q->stmt, q->column++);
}

char *query_get_text(struct query *q)
{
	int column = q->column++;

	if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
		return NULL;
	const void *text = sqlite3_column_text(q->stmt, column);
	if (!text) /* memory is exhausted, as in base/alloc.c */
		abort();
	return xstrndup(text, (size_t)sqlite3_column_bytes(q->stmt, column));
}

void query_skip(struct query *q)
{
	q->column++;
}

int query_run_int(struct store_txn *t, const char *sql, int64_t value, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, value);
	return query_run(&q, err);
}

int query_count(int64_t *out, struct store_txn *t, const char *sql, int64_t value,
		struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	*out = 0;
	if (rc < 0)
		return rc;
	query_put_int(&q, value);
	rc = query_step(&q, err);
	if (rc > 0)
		*out = query_get_int(&q);
	return rc < 0 ? rc : 0;
}
