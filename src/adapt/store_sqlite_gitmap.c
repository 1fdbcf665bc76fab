/* The mapping from Git branches to branches in the SQLite store. */
#include "adapt/store_sqlite_private.h"

#include "base/banned.h"

int sqlite_git_branch_get(struct store_git_branch *out, struct store_txn *t, int64_t database,
			  const char *git_branch, struct error *err)
{
	static const char sql[] = "SELECT git_branch, branch FROM git_branch"
				  " WHERE database = ? AND git_branch = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	*out = (struct store_git_branch){0};
	if (rc < 0)
		return rc;
	query_put_int(&q, database);
	query_put_text(&q, git_branch);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail_absent(err, "mapping of Git branch", git_branch);
	if (rc < 0)
		return rc;
	out->git_branch = query_get_text(&q);
	out->branch = query_get_text(&q);
	return 0;
}

int sqlite_git_branch_set(bool *replaced, struct store_txn *t, int64_t database,
			  const struct store_git_branch *g, struct error *err)
{
	static const char sql[] =
		"INSERT INTO git_branch (database, git_branch, branch) VALUES (?, ?, ?)"
		" ON CONFLICT (database, git_branch) DO UPDATE SET branch = excluded.branch";
	AUTO_VALUE(store_git_branch) old = {0};
	AUTO_VALUE(query) q = {0};
	int rc = sqlite_git_branch_get(&old, t, database, g->git_branch, NULL);

	if (rc < 0 && rc != E_NOTFOUND)
		return fail(err, (enum error_code)rc, "could not read the database");
	*replaced = rc >= 0;
	rc = query_open(&q, t, sql, err);
	if (rc < 0)
		return rc;
	query_put_int(&q, database);
	query_put_text(&q, g->git_branch);
	query_put_text(&q, g->branch);
	rc = query_run(&q, err);
	return rc < 0 ? rc : 0;
}

int sqlite_git_branch_list(struct store_txn *t, int64_t database, store_each_git_branch *each,
			   void *ctx, struct error *err)
{
	static const char sql[] = "SELECT git_branch, branch FROM git_branch"
				  " WHERE database = ? ORDER BY git_branch";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, database);
	while ((rc = query_step(&q, err)) > 0) {
		AUTO_VALUE(store_git_branch) g = {0};
		g.git_branch = query_get_text(&q);
		g.branch = query_get_text(&q);
		int said = each(ctx, &g, err);
		if (said)
			return said < 0 ? said : 0;
	}
	return rc;
}

int sqlite_git_branch_count(int64_t *out, struct store_txn *t, int64_t database, struct error *err)
{
	return query_count(out, t, "SELECT count(*) FROM git_branch WHERE database = ?", database,
			   err);
}

int sqlite_git_branch_remove(struct store_txn *t, int64_t database, const char *git_branch,
			     struct error *err)
{
	static const char sql[] = "DELETE FROM git_branch WHERE database = ? AND git_branch = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, database);
	query_put_text(&q, git_branch);
	rc = query_run(&q, err);
	if (rc == 0)
		return fail_absent(err, "mapping of Git branch", git_branch);
	return rc < 0 ? rc : 0;
}
