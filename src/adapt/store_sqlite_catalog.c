/* Keys, workspaces and databases in the SQLite store. */
#include "adapt/store_sqlite_private.h"

#include "base/banned.h"

/* ---- keys */

#define KEY_COLUMNS "id, name, hash, scope, database, created_at, revoked_at"

static void key_read(struct store_key *k, struct query *q)
{
	k->id = query_get_text(q);
	k->name = query_get_text(q);
	k->hash = query_get_text(q);
	k->scope = (enum key_scope)query_get_int(q);
	k->database = query_get_text(q);
	k->created_at = query_get_int(q);
	k->revoked_at = query_get_int(q);
}

int sqlite_key_add(struct store_txn *t, const struct store_key *k, struct error *err)
{
	static const char sql[] = "INSERT INTO key (id, name, hash, scope, database, created_at,"
				  " revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	q.kind = "key";
	q.name = k->id;
	query_put_text(&q, k->id);
	query_put_text(&q, k->name);
	query_put_text(&q, k->hash);
	query_put_int(&q, k->scope);
	query_put_text(&q, k->database);
	query_put_int(&q, k->created_at);
	query_put_int(&q, k->revoked_at);
	rc = query_run(&q, err);
	return rc < 0 ? rc : 0;
}

int sqlite_key_get(struct store_key *out, struct store_txn *t, const char *hash, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, "SELECT " KEY_COLUMNS " FROM key WHERE hash = ?", err);

	*out = (struct store_key){0};
	if (rc < 0)
		return rc;
	query_put_text(&q, hash);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail(err, E_NOTFOUND, "the key does not exist");
	if (rc > 0)
		key_read(out, &q);
	return rc < 0 ? rc : 0;
}

int sqlite_key_list(struct store_txn *t, store_each_key *each, void *ctx, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, "SELECT " KEY_COLUMNS " FROM key ORDER BY seq", err);

	while (rc >= 0 && (rc = query_step(&q, err)) > 0) {
		AUTO_VALUE(store_key) k = {0};
		key_read(&k, &q);
		int said = each(ctx, &k, err);
		if (said)
			return said < 0 ? said : 0;
	}
	return rc;
}

int sqlite_key_revoke(struct store_txn *t, const char *id, int64_t at, struct error *err)
{
	/* The time of the first revocation stays. */
	static const char sql[] =
		"UPDATE key SET revoked_at = iif(revoked_at = 0, ?, revoked_at) WHERE id = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, at);
	query_put_text(&q, id);
	rc = query_run(&q, err);
	if (rc == 0)
		return fail_absent(err, "key", id);
	return rc < 0 ? rc : 0;
}

/* ---- workspaces */

static void workspace_read(struct store_workspace *w, struct query *q)
{
	w->id = query_get_text(q);
	w->name = query_get_text(q);
	w->created_at = query_get_int(q);
}

int sqlite_workspace_add(struct store_txn *t, const struct store_workspace *w, struct error *err)
{
	static const char sql[] = "INSERT INTO workspace (id, name, created_at) VALUES (?, ?, ?)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	q.kind = "workspace";
	q.name = w->id;
	query_put_text(&q, w->id);
	query_put_text(&q, w->name);
	query_put_int(&q, w->created_at);
	rc = query_run(&q, err);
	return rc < 0 ? rc : 0;
}

int sqlite_workspace_get(struct store_workspace *out, struct store_txn *t, const char *id,
			 struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(
		&q, t, "SELECT id, name, created_at FROM workspace WHERE id = ? AND id <> ''", err);

	*out = (struct store_workspace){0};
	if (rc < 0)
		return rc;
	query_put_text(&q, id);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail_absent(err, "workspace", id);
	if (rc > 0)
		workspace_read(out, &q);
	return rc < 0 ? rc : 0;
}

int sqlite_workspace_list(struct store_txn *t, store_each_workspace *each, void *ctx,
			  struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(
		&q, t, "SELECT id, name, created_at FROM workspace WHERE id <> '' ORDER BY seq",
		err);

	while (rc >= 0 && (rc = query_step(&q, err)) > 0) {
		AUTO_VALUE(store_workspace) w = {0};
		workspace_read(&w, &q);
		int said = each(ctx, &w, err);
		if (said)
			return said < 0 ? said : 0;
	}
	return rc;
}

int sqlite_workspace_update(struct store_txn *t, const struct store_workspace *w, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, "UPDATE workspace SET name = ? WHERE id = ?", err);

	if (rc < 0)
		return rc;
	query_put_text(&q, w->name);
	query_put_text(&q, w->id);
	rc = query_run(&q, err);
	if (rc == 0)
		return fail_absent(err, "workspace", w->id);
	return rc < 0 ? rc : 0;
}

static int has_databases(bool *out, struct store_txn *t, const char *workspace, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, "SELECT EXISTS (SELECT 1 FROM database WHERE workspace = ?)",
			    err);

	if (rc < 0)
		return rc;
	query_put_text(&q, workspace);
	rc = query_step(&q, err);
	if (rc > 0)
		*out = query_get_int(&q) != 0;
	return rc < 0 ? rc : 0;
}

int sqlite_workspace_remove(struct store_txn *t, const char *id, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	bool full = false;
	int rc = has_databases(&full, t, id, err);

	if (rc >= 0 && full) {
		rc = fail(err, E_CONFLICT, "workspace \"%s\" still has databases", id);
		hint(err, "Delete its databases first.");
	}
	if (rc >= 0)
		rc = query_open(&q, t, "DELETE FROM workspace WHERE id = ?", err);
	if (rc < 0)
		return rc;
	query_put_text(&q, id);
	rc = query_run(&q, err);
	if (rc == 0)
		return fail_absent(err, "workspace", id);
	return rc < 0 ? rc : 0;
}

/* ---- databases */

#define DATABASE_COLUMNS "rowid_, workspace, name, region, format, created_at, ui"

static void database_read(struct store_database *d, struct query *q)
{
	d->rowid = query_get_int(q);
	d->workspace = query_get_text(q);
	d->name = query_get_text(q);
	d->region = query_get_text(q);
	d->format = (enum record_format)query_get_int(q);
	d->created_at = query_get_int(q);
	d->ui = query_get_text(q);
}

int sqlite_database_add(int64_t *rowid, struct store_txn *t, const struct store_database *d,
			struct error *err)
{
	static const char sql[] = "INSERT INTO database (workspace, name, region, format,"
				  " created_at, ui) VALUES (?, ?, ?, ?, ?, ?)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	q.kind = "database";
	q.name = d->name;
	query_put_text(&q, d->workspace);
	query_put_text(&q, d->name);
	query_put_text(&q, d->region);
	query_put_int(&q, d->format);
	query_put_int(&q, d->created_at);
	query_put_text(&q, d->ui);
	rc = query_run(&q, err);
	*rowid = sqlite3_last_insert_rowid(t->conn->db);
	return rc < 0 ? rc : 0;
}

int sqlite_database_get(struct store_database *out, struct store_txn *t, const char *workspace,
			const char *name, struct error *err)
{
	static const char sql[] = "SELECT " DATABASE_COLUMNS
				  " FROM database WHERE workspace = ? AND name = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	*out = (struct store_database){0};
	if (rc < 0)
		return rc;
	query_put_text(&q, workspace);
	query_put_text(&q, name);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail_absent(err, "database", name);
	if (rc > 0)
		database_read(out, &q);
	return rc < 0 ? rc : 0;
}

int sqlite_database_list(struct store_txn *t, const char *workspace, store_each_database *each,
			 void *ctx, struct error *err)
{
	static const char sql[] = "SELECT " DATABASE_COLUMNS
				  " FROM database WHERE workspace = ? ORDER BY rowid_";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_text(&q, workspace);
	while ((rc = query_step(&q, err)) > 0) {
		AUTO_VALUE(store_database) d = {0};
		database_read(&d, &q);
		int said = each(ctx, &d, err);
		if (said)
			return said < 0 ? said : 0;
	}
	return rc;
}

/* Keys name their database in text, so that they can be made before it: they follow its name. */
static int rename_in_keys(struct store_txn *t, const struct store_database *d, struct error *err)
{
	static const char sql[] =
		"UPDATE key SET database = (SELECT workspace || '/' || ?1 FROM database"
		"  WHERE rowid_ = ?2)"
		" WHERE database = (SELECT workspace || '/' || name FROM database"
		"  WHERE rowid_ = ?2 AND name <> ?1)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_text(&q, d->name);
	query_put_int(&q, d->rowid);
	rc = query_run(&q, err);
	return rc < 0 ? rc : 0;
}

/* The name of another database in the same workspace. */
static int check_name(struct store_txn *t, const struct store_database *d, struct error *err)
{
	static const char sql[] = "SELECT EXISTS (SELECT 1 FROM database mine JOIN database other"
				  "  ON other.workspace = mine.workspace AND other.name = ?1"
				  "  WHERE mine.rowid_ = ?2 AND other.rowid_ <> ?2)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_text(&q, d->name);
	query_put_int(&q, d->rowid);
	rc = query_step(&q, err);
	if (rc > 0 && query_get_int(&q))
		return fail(err, E_EXISTS, "database \"%s\" exists already", d->name);
	return rc < 0 ? rc : 0;
}

int sqlite_database_update(struct store_txn *t, const struct store_database *d, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = check_name(t, d, err);

	if (rc >= 0)
		rc = rename_in_keys(t, d, err);
	if (rc >= 0)
		rc = query_open(&q, t,
				"UPDATE database SET name = ?, ui = ?, format = ?"
				" WHERE rowid_ = ?",
				err);
	if (rc < 0)
		return rc;
	query_put_text(&q, d->name);
	query_put_text(&q, d->ui);
	query_put_int(&q, d->format);
	query_put_int(&q, d->rowid);
	rc = query_run(&q, err);
	if (rc == 0)
		return fail_absent(err, "database", d->name);
	return rc < 0 ? rc : 0;
}

int sqlite_database_remove(struct store_txn *t, int64_t rowid, struct error *err)
{
	/* Keys too: a later database of that name is not what they were made for. */
	static const char keys[] = "DELETE FROM key WHERE database ="
				   " (SELECT workspace || '/' || name FROM database"
				   "  WHERE rowid_ = ? AND workspace <> '')";
	static const char hide[] = "UPDATE database SET workspace = '', name = rowid_"
				   " WHERE rowid_ = ? AND workspace <> ''";
	bool more = false;
	int rc = query_run_int(t, keys, rowid, err);

	if (rc >= 0)
		rc = query_run_int(t, hide, rowid, err);
	if (rc == 0)
		return fail(err, E_NOTFOUND, "the database does not exist any more");
	return rc < 0 ? rc : sqlite_sweep(&more, t, err);
}
