/* Jobs of pgroll branches in the SQLite store. */
#include "adapt/store_sqlite_private.h"

#include "base/banned.h"

#define JOB_COLUMNS                                                                       \
	"number, id, branch, kind, status, enqueued_at, completed_at, migration, error, " \
	"description"

static void job_read(struct store_job *j, struct query *q)
{
	j->number = query_get_int(q);
	j->id = query_get_text(q);
	j->branch = query_get_int(q);
	j->kind = (enum job_kind)query_get_int(q);
	j->status = (enum job_status)query_get_int(q);
	j->enqueued_at = query_get_int(q);
	j->completed_at = query_get_int(q);
	j->migration = query_get_text(q);
	j->error = query_get_text(q);
	j->description = query_get_text(q);
}

int sqlite_job_add(struct store_txn *t, struct store_job *j, struct error *err)
{
	static const char sql[] =
		"INSERT INTO job (id, branch, kind, status, enqueued_at, completed_at, migration,"
		" error, description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	q.kind = "job";
	q.name = j->id;
	query_put_text(&q, j->id);
	query_put_int(&q, j->branch);
	query_put_int(&q, j->kind);
	query_put_int(&q, j->status);
	query_put_int(&q, j->enqueued_at);
	query_put_int(&q, j->completed_at);
	query_put_text(&q, j->migration);
	query_put_text(&q, j->error);
	query_put_text(&q, j->description);
	rc = query_run(&q, err);
	if (rc < 0)
		return rc;
	j->number = sqlite3_last_insert_rowid(t->conn->db);
	return 0;
}

int sqlite_job_update(struct store_txn *t, const struct store_job *j, struct error *err)
{
	static const char sql[] =
		"UPDATE job SET kind = ?, status = ?, completed_at = ?, migration = ?, error = ?,"
		" description = ? WHERE number = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, j->kind);
	query_put_int(&q, j->status);
	query_put_int(&q, j->completed_at);
	query_put_text(&q, j->migration);
	query_put_text(&q, j->error);
	query_put_text(&q, j->description);
	query_put_int(&q, j->number);
	rc = query_run(&q, err);
	if (rc == 0)
		return fail_absent(err, "job", j->id ? j->id : "");
	return rc < 0 ? rc : 0;
}

int sqlite_job_get(struct store_job *out, struct store_txn *t, int64_t branch, const char *id,
		   struct error *err)
{
	static const char sql[] = "SELECT " JOB_COLUMNS " FROM job WHERE id = ? AND branch = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	*out = (struct store_job){0};
	if (rc < 0)
		return rc;
	query_put_text(&q, id);
	query_put_int(&q, branch);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail_absent(err, "job", id);
	if (rc > 0)
		job_read(out, &q);
	return rc < 0 ? rc : 0;
}

int sqlite_job_list(struct store_txn *t, int64_t branch, int64_t before, int64_t limit,
		    store_each_job *each, void *ctx, struct error *err)
{
	static const char sql[] = "SELECT " JOB_COLUMNS " FROM job WHERE branch = ? AND number < ?"
				  " ORDER BY number DESC LIMIT ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, branch);
	query_put_int(&q, before > 0 ? before : INT64_MAX);
	query_put_int(&q, limit > 0 ? limit : 0);
	while ((rc = query_step(&q, err)) > 0) {
		AUTO_VALUE(store_job) j = {0};
		job_read(&j, &q);
		int said = each(ctx, &j, err);
		if (said)
			return said < 0 ? said : 0;
	}
	return rc;
}
