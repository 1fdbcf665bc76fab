/*
 * What nobody reaches any more in the SQLite store: hidden at once, removed in parts.
 *
 * Removing a long history takes seconds, for which others that write would wait. So the removal of
 * a branch or database only changes, in its one transaction, what readers go by; what is left of it
 * is in the file until it is swept, in transactions of their own, by the server that removed it or,
 * if that was killed, by the next one:
 *
 * - A segment with records or a place in the file that no branch needs is listed in `garbage`. One
 *   without children has lost its parent, so that nothing counts it as a child. A record is there
 *   for readers if a branch appends to its segment or a child starts at it or above; see
 *   sqlite_record_known(), the only one that does not come from a branch.
 * - A removed database belongs to the workspace without a name, under its number.
 */
#include "adapt/store_sqlite_private.h"

#include "base/clock.h"

#include "base/banned.h"

/* What others wait for at most: segments at once; milliseconds, looked at after so many rows. */
enum { HIDE_MAX = 1000, PART_MS = 25, STEP = 32 };

/* ---- hidden */

struct use {
	bool branch;	   /* a branch appends to it */
	bool children;	   /* another segment starts in it */
	int64_t last_fork; /* the highest of those */
	int64_t parent;	   /* 0: none */
};

static int segment_use(struct use *out, struct store_txn *t, int64_t segment, struct error *err)
{
	static const char sql[] = "SELECT EXISTS (SELECT 1 FROM branch WHERE segment = ?1),"
				  " EXISTS (SELECT 1 FROM segment WHERE parent = ?1),"
				  " (SELECT max(fork_depth) FROM segment WHERE parent = ?1),"
				  " (SELECT parent FROM segment WHERE id = ?1)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, segment);
	rc = query_step(&q, err);
	if (rc < 0)
		return rc;
	out->branch = query_get_int(&q) != 0;
	out->children = query_get_int(&q) != 0;
	out->last_fork = query_get_int(&q);
	out->parent = query_get_int(&q);
	return 0;
}

/*
 * From segment upwards, to the first that is needed for something. The last of very many keeps its
 * parent: whoever sweeps it goes on there.
 */
static int hide(struct store_txn *t, int64_t segment, struct error *err)
{
	static const char list[] = "INSERT OR IGNORE INTO garbage (segment) VALUES (?)";
	static const char detach[] = "UPDATE segment SET parent = NULL, fork_depth = 0"
				     " WHERE id = ?";

	for (int left = HIDE_MAX; segment && left > 0; left--) {
		struct use use = {0};
		int rc = segment_use(&use, t, segment, err);
		if (rc < 0 || use.branch)
			return rc;
		rc = query_run_int(t, list, segment, err);
		if (rc < 0 || use.children)
			return rc;
		if (left > 1)
			rc = query_run_int(t, detach, segment, err);
		if (rc < 0)
			return rc;
		segment = use.parent;
	}
	return 0;
}

int lineage_collect(struct store_txn *t, int64_t segment, struct error *err)
{
	bool more = false;
	int rc = hide(t, segment, err);

	return rc < 0 ? rc : sqlite_sweep(&more, t, err);
}

/* ---- removed; each step returns the number of rows it removed, 0: there is nothing */

static int run_step(struct store_txn *t, const char *sql, int64_t id, int64_t above,
		    struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, id);
	query_put_int(&q, STEP);
	if (above >= 0)
		query_put_int(&q, above);
	return query_run(&q, err);
}

/* The newest records first, then the segment, unless others start in it. */
static int sweep_segment(struct store_txn *t, int64_t segment, struct error *err)
{
	static const char sql[] = "DELETE FROM record WHERE segment = ?1 AND depth > max(?3,"
				  " (SELECT max(depth) FROM record WHERE segment = ?1) - ?2)";
	struct use use = {0};
	int rc = segment_use(&use, t, segment, err);

	if (rc == 0)
		rc = run_step(t, sql, segment, use.children ? use.last_fork : 0, err);
	if (rc != 0)
		return rc;
	rc = query_run_int(t, "DELETE FROM garbage WHERE segment = ?", segment, err);
	if (rc < 0 || use.children)
		return rc;
	rc = query_run_int(t, "DELETE FROM segment WHERE id = ?", segment, err);
	if (rc >= 0 && use.parent)
		rc = hide(t, use.parent, err);
	return rc < 0 ? rc : 1;
}

static int sweep_branch(struct store_txn *t, int64_t database, struct error *err)
{
	static const char jobs[] = "DELETE FROM job WHERE number IN"
				   " (SELECT number FROM job WHERE branch = ?1 LIMIT ?2)";
	int64_t branch = 0;
	int rc = query_count(&branch, t, "SELECT rowid_ FROM branch WHERE database = ? LIMIT 1",
			     database, err);

	if (rc >= 0 && branch)
		rc = run_step(t, jobs, branch, -1, err);
	if (rc != 0 || !branch)
		return rc;
	return query_run_int(t, "DELETE FROM branch WHERE rowid_ = ?", branch, err);
}

/* What refers to something goes before it; children of segments are younger than they are. */
static int sweep_database(struct store_txn *t, int64_t database, struct error *err)
{
	static const char *const steps[] = {
		("DELETE FROM git_branch WHERE database = ?1 AND git_branch IN"
		 " (SELECT git_branch FROM git_branch WHERE database = ?1 LIMIT ?2)"),
		("DELETE FROM record WHERE seq IN"
		 " (SELECT seq FROM record WHERE database = ?1 LIMIT ?2)"),
		("DELETE FROM segment WHERE id IN"
		 " (SELECT id FROM segment WHERE database = ?1 ORDER BY id DESC LIMIT ?2)"),
	};
	int rc = sweep_branch(t, database, err);

	for (size_t i = 0; i < ARRAY_LEN(steps) && rc == 0; i++)
		rc = run_step(t, steps[i], database, -1, err);
	if (rc == 0)
		rc = query_run_int(t, "DELETE FROM database WHERE rowid_ = ?", database, err);
	return rc;
}

static int sweep_step(struct store_txn *t, struct error *err)
{
	int64_t segment = 0, database = 0;
	int rc = query_count(&segment, t, "SELECT segment FROM garbage WHERE segment > ? LIMIT 1",
			     0, err);

	if (rc < 0 || segment)
		return rc < 0 ? rc : sweep_segment(t, segment, err);
	rc = query_count(&database, t,
			 "SELECT rowid_ FROM database WHERE workspace = '' AND rowid_ > ? LIMIT 1",
			 0, err);
	return rc < 0 || !database ? rc : sweep_database(t, database, err);
}

int sqlite_sweep(bool *more, struct store_txn *t, struct error *err)
{
	int64_t until = clock_mono_ms() + PART_MS;
	int rc = 1;

	for (int left = t->store->part; rc > 0 && left > 0 && clock_mono_ms() < until; left -= rc)
		rc = sweep_step(t, err);
	*more = rc > 0;
	return rc < 0 ? rc : 0;
}
