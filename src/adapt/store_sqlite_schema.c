/*
 * The tables of the SQLite store and their versions.
 *
 * PRAGMA application_id says that a file is ours, user_version which of the steps below it has been
 * through. A step that was released is never edited: a change of the tables is a new step.
 */
#include "adapt/store_sqlite_private.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/banned.h"

#define APPLICATION_ID 0x78617461 /* "xata" */

/*
 * Large columns come last, so that reading the others does not touch their overflow pages. Row ids
 * with AUTOINCREMENT are never used twice. Times are Unix microseconds.
 */
static const char step_1[] =
	"CREATE TABLE key ("
	" seq INTEGER PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE,"
	" name TEXT NOT NULL,"
	" hash TEXT NOT NULL UNIQUE,"
	" scope INTEGER NOT NULL,"
	" database TEXT," /* "workspace/database": a key may be made before its database */
	" created_at INTEGER NOT NULL,"
	" revoked_at INTEGER NOT NULL"
	") STRICT;"

	"CREATE TABLE workspace ("
	" seq INTEGER PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE,"
	" name TEXT NOT NULL,"
	" created_at INTEGER NOT NULL"
	") STRICT;"

	"CREATE TABLE database ("
	" rowid_ INTEGER PRIMARY KEY AUTOINCREMENT,"
	" workspace TEXT NOT NULL REFERENCES workspace (id),"
	" name TEXT NOT NULL,"
	" region TEXT NOT NULL,"
	" format INTEGER NOT NULL,"
	" created_at INTEGER NOT NULL,"
	" ui TEXT,"
	" UNIQUE (workspace, name)"
	") STRICT;"

	"CREATE TABLE segment ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" database INTEGER NOT NULL REFERENCES database (rowid_),"
	" parent INTEGER REFERENCES segment (id),"
	" jump INTEGER NOT NULL,"
	" level INTEGER NOT NULL,"
	" fork_depth INTEGER NOT NULL,"
	" CHECK (parent IS NOT NULL OR fork_depth = 0)"
	") STRICT;"
	"CREATE INDEX segment_parent ON segment (parent, fork_depth);"
	"CREATE INDEX segment_database ON segment (database);"

	"CREATE TABLE branch ("
	" rowid_ INTEGER PRIMARY KEY AUTOINCREMENT,"
	" database INTEGER NOT NULL REFERENCES database (rowid_),"
	" segment INTEGER NOT NULL UNIQUE REFERENCES segment (id),"
	" name TEXT NOT NULL,"
	" id TEXT NOT NULL UNIQUE,"
	" format INTEGER NOT NULL,"
	" head_id TEXT,"
	" head_checksum TEXT,"
	" length INTEGER NOT NULL,"
	" from_branch TEXT,"
	" from_branch_id TEXT,"
	" from_head TEXT,"
	" created_at INTEGER NOT NULL,"
	" metadata TEXT,"
	" schema TEXT,"
	" UNIQUE (database, name)"
	") STRICT;"

	/* `database` repeats that of the segment, for the index that finds an id in all of it. */
	"CREATE TABLE record ("
	" seq INTEGER PRIMARY KEY,"
	" segment INTEGER NOT NULL REFERENCES segment (id),"
	" database INTEGER NOT NULL,"
	" depth INTEGER NOT NULL CHECK (depth > 0),"
	" id TEXT NOT NULL,"
	" checksum TEXT NOT NULL,"
	" content TEXT NOT NULL,"
	" done INTEGER NOT NULL,"
	" created_at INTEGER NOT NULL,"
	" doc TEXT NOT NULL,"
	" UNIQUE (segment, depth)"
	") STRICT;"
	"CREATE INDEX record_id ON record (database, id, depth);"

	"CREATE TABLE job ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE,"
	" branch INTEGER NOT NULL REFERENCES branch (rowid_),"
	" kind INTEGER NOT NULL,"
	" status INTEGER NOT NULL,"
	" enqueued_at INTEGER NOT NULL,"
	" completed_at INTEGER NOT NULL,"
	" migration TEXT,"
	" error TEXT,"
	" description TEXT"
	") STRICT;"
	"CREATE INDEX job_branch ON job (branch, number);"

	"CREATE TABLE git_branch ("
	" database INTEGER NOT NULL REFERENCES database (rowid_),"
	" git_branch TEXT NOT NULL,"
	" branch TEXT NOT NULL,"
	" PRIMARY KEY (database, git_branch)"
	") STRICT, WITHOUT ROWID;";

/* See store_sqlite_sweep.c; the workspace without a name is that of removed databases. */
static const char step_2[] =
	"CREATE TABLE garbage (segment INTEGER PRIMARY KEY REFERENCES segment (id)) STRICT;"
	"INSERT INTO workspace (id, name, created_at) VALUES ('', '', 0);";

/* From version i to i + 1. */
static const char *const steps[] = {step_1, step_2};

static const int64_t newest = ARRAY_LEN(steps);

/* Inside a write transaction of its own, so that an update is whole or not at all. */
static int run_steps(struct conn *c, struct error *err)
{
	int64_t version;
	int rc = conn_pragma(&version, c, "PRAGMA user_version", err);

	for (; rc >= 0 && version < newest; version++)
		rc = conn_exec(c, steps[version], "update the tables of the database", err);
	if (rc < 0)
		return rc;
	char sql[64];
	snprintf(sql, sizeof sql, "PRAGMA user_version = %" PRId64, newest);
	return conn_exec(c, sql, "update the tables of the database", err);
}

static int update(struct conn *c, const char *more, struct error *err)
{
	int rc = conn_exec(c, "BEGIN IMMEDIATE", "update the tables of the database", err);

	if (rc < 0)
		return rc;
	rc = conn_exec(c, more, "update the tables of the database", err);
	if (rc >= 0)
		rc = run_steps(c, err);
	if (rc >= 0)
		rc = conn_exec(c, "COMMIT", "update the tables of the database", err);
	if (rc < 0)
		sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL); /* the failure is in err */
	return rc;
}

int schema_create(struct conn *c, struct error *err)
{
	char sql[64];

	snprintf(sql, sizeof sql, "PRAGMA application_id = %d", APPLICATION_ID);
	return update(c, sql, err);
}

static int check_owner(int64_t *version, struct conn *c, const char *path, struct error *err)
{
	int64_t owner = 0;
	int rc = conn_pragma(&owner, c, "PRAGMA application_id", err);

	if (rc >= 0)
		rc = conn_pragma(version, c, "PRAGMA user_version", err);
	if (rc < 0)
		return rc;
	if (owner != APPLICATION_ID) {
		rc = fail(err, E_INVALID, "\"%s\" is not a database of xatad", path);
		hint(err, "Name a directory that was made by \"xatad init\".");
		return rc;
	}
	if (*version < 0 || *version > newest) {
		rc = fail(err, E_INVALID,
			  "\"%s\" was written by a newer xatad: its tables have version %" PRId64
			  ", this program knows them up to %" PRId64,
			  path, *version, newest);
		hint(err, "Use the xatad that wrote it, or a newer one.");
		return rc;
	}
	return 0;
}

int schema_open(struct conn *c, const char *path, struct error *err)
{
	int64_t version = 0;
	int rc = check_owner(&version, c, path, err);

	if (rc < 0)
		return rc;
	rc = conn_exec(c, "PRAGMA journal_mode = WAL", "open the database", err);
	if (rc >= 0 && version < newest)
		rc = update(c, "", err);
	return rc;
}
