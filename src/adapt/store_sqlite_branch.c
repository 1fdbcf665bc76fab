/* Branches in the SQLite store; their histories are in store_sqlite_lineage.c. */
#include "adapt/store_sqlite_private.h"

#include "base/banned.h"

#define BRANCH_COLUMNS                                                                     \
	"rowid_, database, name, id, format, head_id, head_checksum, length, from_branch," \
	" from_branch_id, from_head, created_at, metadata"

static void branch_read(struct store_branch *b, struct query *q)
{
	b->rowid = query_get_int(q);
	b->database = query_get_int(q);
	b->name = query_get_text(q);
	b->id = query_get_text(q);
	b->format = (enum record_format)query_get_int(q);
	b->head_id = query_get_text(q);
	b->head_checksum = query_get_text(q);
	b->length = query_get_int(q);
	b->from_branch = query_get_text(q);
	b->from_branch_id = query_get_text(q);
	b->from_head = query_get_text(q);
	b->created_at = query_get_int(q);
	b->metadata = query_get_text(q);
}

/* Before anything is changed, so that a refused name leaves nothing behind in the transaction. */
static int check_free(struct store_txn *t, const struct store_branch *b, struct error *err)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT 1 FROM database WHERE rowid_ = ?1),"
		" EXISTS (SELECT 1 FROM branch WHERE database = ?1 AND name = ?2),"
		" EXISTS (SELECT 1 FROM branch WHERE id = ?3)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, b->database);
	query_put_text(&q, b->name);
	query_put_text(&q, b->id);
	rc = query_step(&q, err);
	if (rc < 0)
		return rc;
	if (!query_get_int(&q))
		return fail(err, E_NOTFOUND, "the database does not exist any more");
	if (query_get_int(&q))
		return fail(err, E_EXISTS, "branch \"%s\" exists already", b->name);
	if (query_get_int(&q))
		return fail(err, E_EXISTS, "branch with id \"%s\" exists already", b->id);
	return 0;
}

static int make_segment(int64_t *segment, struct store_txn *t, const struct store_branch *b,
			int64_t from, struct error *err)
{
	struct segment leaf = {0};
	int64_t tip = 0;

	if (!from)
		return lineage_fork(segment, t, b->database, NULL, 0, 0, err);
	int rc = lineage_of(&leaf, &tip, t, from, err);
	if (rc < 0)
		return rc;
	if (leaf.database != b->database || b->length < 0 || b->length > tip)
		return fail(err, E_INTERNAL,
			    "cannot make branch \"%s\": its history is not that of its origin",
			    b->name);
	return lineage_fork(segment, t, b->database, &leaf, tip, b->length, err);
}

int sqlite_branch_add(int64_t *rowid, struct store_txn *t, const struct store_branch *b,
		      int64_t from, struct error *err)
{
	static const char sql[] =
		"INSERT INTO branch (database, segment, name, id, format, head_id, head_checksum,"
		" length, from_branch, from_branch_id, from_head, created_at, metadata, schema)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_VALUE(query) q = {0};
	int64_t segment = 0;
	int rc = check_free(t, b, err);

	if (rc >= 0)
		rc = make_segment(&segment, t, b, from, err);
	if (rc >= 0)
		rc = query_open(&q, t, sql, err);
	if (rc < 0)
		return rc;
	query_put_int(&q, b->database);
	query_put_int(&q, segment);
	query_put_text(&q, b->name);
	query_put_text(&q, b->id);
	query_put_int(&q, b->format);
	query_put_text(&q, b->head_id);
	query_put_text(&q, b->head_checksum);
	query_put_int(&q, b->length);
	query_put_text(&q, b->from_branch);
	query_put_text(&q, b->from_branch_id);
	query_put_text(&q, b->from_head);
	query_put_int(&q, b->created_at);
	query_put_text(&q, b->metadata);
	query_put_text(&q, b->schema);
	rc = query_run(&q, err);
	*rowid = sqlite3_last_insert_rowid(t->conn->db);
	return rc < 0 ? rc : 0;
}

int sqlite_branch_get(struct store_branch *out, struct store_txn *t, int64_t database,
		      const char *name, struct error *err)
{
	static const char sql[] = "SELECT " BRANCH_COLUMNS
				  " FROM branch WHERE database = ? AND name = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	*out = (struct store_branch){0};
	if (rc < 0)
		return rc;
	query_put_int(&q, database);
	query_put_text(&q, name);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail_absent(err, "branch", name);
	if (rc < 0)
		return rc;
	branch_read(out, &q);
	return 0;
}

int sqlite_branch_schema(char **out, struct store_txn *t, int64_t rowid, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, "SELECT schema FROM branch WHERE rowid_ = ?", err);

	*out = NULL;
	if (rc < 0)
		return rc;
	query_put_int(&q, rowid);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail(err, E_NOTFOUND, "the branch does not exist any more");
	if (rc > 0)
		*out = query_get_text(&q);
	return rc < 0 ? rc : 0;
}

int sqlite_branch_list(struct store_txn *t, int64_t database, store_each_branch *each, void *ctx,
		       struct error *err)
{
	static const char sql[] = "SELECT " BRANCH_COLUMNS
				  " FROM branch WHERE database = ? ORDER BY rowid_";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, database);
	while ((rc = query_step(&q, err)) > 0) {
		AUTO_VALUE(store_branch) b = {0};
		branch_read(&b, &q);
		int said = each(ctx, &b, err);
		if (said)
			return said < 0 ? said : 0;
	}
	return rc;
}

int sqlite_branch_count(int64_t *out, struct store_txn *t, int64_t database, struct error *err)
{
	return query_count(out, t, "SELECT count(*) FROM branch WHERE database = ?", database, err);
}

int sqlite_branch_update(struct store_txn *t, const struct store_branch *b, struct error *err)
{
	static const char sql[] =
		"UPDATE branch SET format = ?, head_id = ?, head_checksum = ?, length = ?,"
		" schema = coalesce(?, schema), metadata = ? WHERE rowid_ = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, b->format);
	query_put_text(&q, b->head_id);
	query_put_text(&q, b->head_checksum);
	query_put_int(&q, b->length);
	query_put_text(&q, b->schema);
	query_put_text(&q, b->metadata);
	query_put_int(&q, b->rowid);
	rc = query_run(&q, err);
	if (rc == 0)
		return fail(err, E_NOTFOUND, "the branch does not exist any more");
	return rc < 0 ? rc : 0;
}

int sqlite_branch_remove(struct store_txn *t, int64_t rowid, struct error *err)
{
	struct segment leaf = {0};
	int64_t tip = 0;
	int rc = lineage_of(&leaf, &tip, t, rowid, err);

	if (rc >= 0)
		rc = query_run_int(t, "DELETE FROM job WHERE branch = ?", rowid, err);
	if (rc >= 0)
		rc = query_run_int(t, "DELETE FROM branch WHERE rowid_ = ?", rowid, err);
	return rc < 0 ? rc : lineage_collect(t, leaf.id, err);
}
