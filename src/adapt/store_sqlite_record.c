/* Records in the SQLite store: found by depth or by id without walking a history. */
#include "adapt/store_sqlite_private.h"

#include "base/banned.h"

#define RECORD_COLUMNS "depth, id, checksum, content, done, created_at, doc"

static void record_read(struct store_record *r, struct query *q)
{
	r->depth = query_get_int(q);
	r->id = query_get_text(q);
	r->checksum = query_get_text(q);
	r->content = query_get_text(q);
	r->done = query_get_int(q) != 0;
	r->created_at = query_get_int(q);
	r->doc = query_get_text(q);
}

/* ---- by id */

/* The lowest depth above `above` at which some branch of the database has id; 0: none. */
static int next_depth(int64_t *out, struct store_txn *t, int64_t database, const char *id,
		      int64_t above, struct error *err)
{
	static const char sql[] =
		"SELECT min(depth) FROM record WHERE database = ? AND id = ? AND depth > ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, database);
	query_put_text(&q, id);
	query_put_int(&q, above);
	rc = query_step(&q, err);
	if (rc > 0)
		*out = query_get_int(&q);
	return rc < 0 ? rc : 0;
}

/* 1 when the record of that place has that id (NULL: any). */
static int record_at(struct store_record *out, struct store_txn *t, int64_t segment, int64_t depth,
		     const char *id, struct error *err)
{
	static const char sql[] = "SELECT " RECORD_COLUMNS
				  " FROM record WHERE segment = ? AND depth = ? AND"
				  " id = coalesce(?, id)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, segment);
	query_put_int(&q, depth);
	query_put_text(&q, id);
	rc = query_step(&q, err);
	if (rc > 0)
		record_read(out, &q);
	return rc;
}

/*
 * 1 when the history of leaf has a record of that id. The index gives the depths at which the id
 * occurs anywhere in the database (almost always one); for each of them the lineage tells which
 * segment to look into.
 */
static int find_record(struct store_record *out, struct store_txn *t, const struct segment *leaf,
		       int64_t tip, const char *id, struct error *err)
{
	int64_t depth = 0;

	for (;;) {
		struct stretch in = {0};
		int rc = next_depth(&depth, t, leaf->database, id, depth, err);
		if (rc < 0 || depth == 0 || depth > tip)
			return rc;
		rc = lineage_find(&in, t, leaf, tip, depth, err);
		if (rc >= 0)
			rc = record_at(out, t, in.segment, depth, id, err);
		if (rc != 0)
			return rc;
	}
}

int sqlite_record_get(struct store_record *out, struct store_txn *t, int64_t branch, const char *id,
		      struct error *err)
{
	struct segment leaf = {0};
	int64_t tip = 0;
	int rc = lineage_of(&leaf, &tip, t, branch, err);

	*out = (struct store_record){0};
	if (rc >= 0)
		rc = find_record(out, t, &leaf, tip, id, err);
	if (rc == 0)
		return fail_absent(err, "migration", id);
	return rc < 0 ? rc : 0;
}

int sqlite_record_known(struct store_record *out, struct store_txn *t, int64_t database,
			const char *id, struct error *err)
{
	/* Not one that waits to be swept. */
	static const char sql[] =
		"SELECT " RECORD_COLUMNS " FROM record r WHERE database = ? AND id = ?"
		" AND (EXISTS (SELECT 1 FROM branch b WHERE b.segment = r.segment) OR r.depth <="
		"  (SELECT max(s.fork_depth) FROM segment s WHERE s.parent = r.segment)) LIMIT 1";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	*out = (struct store_record){0};
	if (rc < 0)
		return rc;
	query_put_int(&q, database);
	query_put_text(&q, id);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail_absent(err, "migration", id);
	if (rc > 0)
		record_read(out, &q);
	return rc < 0 ? rc : 0;
}

/* ---- by depth */

struct walk {
	struct store_txn *t;
	store_each_record *each;
	void *ctx;
	bool newest_first;
};

/* 1: each wants no more. */
static int walk_stretch(const struct walk *w, int64_t segment, int64_t first, int64_t last,
			struct error *err)
{
	static const char up[] = "SELECT " RECORD_COLUMNS " FROM record"
				 " WHERE segment = ? AND depth BETWEEN ? AND ? ORDER BY depth";
	static const char down[] =
		"SELECT " RECORD_COLUMNS " FROM record"
		" WHERE segment = ? AND depth BETWEEN ? AND ? ORDER BY depth DESC";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, w->t, w->newest_first ? down : up, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, segment);
	query_put_int(&q, first);
	query_put_int(&q, last);
	while ((rc = query_step(&q, err)) > 0) {
		AUTO_VALUE(store_record) r = {0};
		record_read(&r, &q);
		int said = w->each(w->ctx, &r, err);
		if (said)
			return said < 0 ? said : 1;
	}
	return rc;
}

int sqlite_record_list(struct store_txn *t, int64_t branch, int64_t from, int64_t limit,
		       store_each_record *each, void *ctx, struct error *err)
{
	struct walk w = {.t = t, .each = each, .ctx = ctx, .newest_first = limit < 0};
	int64_t count = limit == INT64_MIN ? INT64_MAX : limit < 0 ? -limit : limit;
	struct segment leaf = {0};
	int64_t tip = 0, first, last;
	int rc = lineage_of(&leaf, &tip, t, branch, err);

	if (rc < 0)
		return rc;
	if (w.newest_first) {
		last = from < tip ? from : tip;
		first = last > count ? last - count + 1 : 1;
	} else {
		first = from > 1 ? from : 1;
		last = count <= tip - first ? first + count - 1 : tip;
	}
	while (count > 0 && first <= last && rc == 0) {
		struct stretch in = {0};
		rc = lineage_find(&in, t, &leaf, tip, w.newest_first ? last : first, err);
		if (rc < 0)
			break;
		int64_t low = in.first > first ? in.first : first;
		int64_t high = in.last < last ? in.last : last;
		rc = walk_stretch(&w, in.segment, low, high, err);
		if (w.newest_first)
			last = low - 1;
		else
			first = high + 1;
	}
	return rc < 0 ? rc : 0;
}

/* ---- changes */

static int insert(struct store_txn *t, int64_t segment, int64_t database,
		  const struct store_record *r, struct error *err)
{
	static const char sql[] = "INSERT INTO record (segment, database, depth, id, checksum,"
				  " content, done, created_at, doc)"
				  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, segment);
	query_put_int(&q, database);
	query_put_int(&q, r->depth);
	query_put_text(&q, r->id);
	query_put_text(&q, r->checksum);
	query_put_text(&q, r->content);
	query_put_int(&q, r->done);
	query_put_int(&q, r->created_at);
	query_put_text(&q, r->doc);
	rc = query_run(&q, err);
	return rc < 0 ? rc : 0;
}

int sqlite_record_add(struct store_txn *t, int64_t branch, const struct store_record *r,
		      struct error *err)
{
	AUTO_VALUE(store_record) other = {0};
	struct segment leaf = {0};
	int64_t tip = 0;
	int rc = lineage_of(&leaf, &tip, t, branch, err);

	if (rc < 0)
		return rc;
	if (r->depth != tip + 1)
		return fail(err, E_INTERNAL,
			    "cannot add migration \"%s\": it is not the next of its branch", r->id);
	rc = find_record(&other, t, &leaf, tip, r->id, err);
	if (rc > 0)
		return fail(err, E_EXISTS, "migration \"%s\" exists already", r->id);
	return rc < 0 ? rc : insert(t, leaf.id, leaf.database, r, err);
}

struct head {
	struct segment leaf;
	int64_t tip;
	int64_t segment; /* that holds the newest record */
	bool shared;	 /* another branch has that record too */
};

static int head_find(struct head *h, struct store_txn *t, int64_t branch, struct error *err)
{
	struct stretch in = {0};
	int rc = lineage_of(&h->leaf, &h->tip, t, branch, err);

	if (rc < 0)
		return rc;
	if (h->tip == 0)
		return fail(err, E_NOTFOUND, "the branch has no migration");
	rc = lineage_find(&in, t, &h->leaf, h->tip, h->tip, err);
	h->segment = in.segment;
	return rc < 0 ? rc : lineage_shared(&h->shared, t, in.segment, h->tip, &h->leaf, err);
}

/* Makes the branch end before its newest record, which others keep if they have it. */
static int head_leave(int64_t *segment, struct store_txn *t, int64_t branch, const struct head *h,
		      struct error *err)
{
	int rc = lineage_fork(segment, t, h->leaf.database, &h->leaf, h->tip, h->tip - 1, err);

	return rc < 0 ? rc : lineage_move(t, branch, h->leaf.id, *segment, err);
}

static int update_in_place(struct store_txn *t, const struct head *h, const struct store_record *r,
			   struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(
		&q, t, "UPDATE record SET done = ?, doc = ? WHERE segment = ? AND depth = ?", err);

	if (rc < 0)
		return rc;
	query_put_int(&q, r->done);
	query_put_text(&q, r->doc);
	query_put_int(&q, h->segment);
	query_put_int(&q, h->tip);
	rc = query_run(&q, err);
	return rc < 0 ? rc : 0;
}

int sqlite_record_update_head(struct store_txn *t, int64_t branch, const struct store_record *r,
			      struct error *err)
{
	AUTO_VALUE(store_record) old = {0};
	struct head h = {0};
	int64_t segment = 0;
	int rc = head_find(&h, t, branch, err);

	if (rc >= 0)
		rc = record_at(&old, t, h.segment, h.tip, NULL, err);
	if (rc < 0)
		return rc;
	if (r->id && !str_eq(r->id, old.id))
		return fail(err, E_CONFLICT, "the newest migration is \"%s\", not \"%s\"", old.id,
			    r->id);
	if (!h.shared)
		return update_in_place(t, &h, r, err);
	/* The other branches keep the record as it is: this one gets a copy of its own. */
	rc = head_leave(&segment, t, branch, &h, err);
	if (rc < 0)
		return rc;
	struct store_record copy = old;
	copy.done = r->done;
	copy.doc = r->doc;
	return insert(t, segment, h.leaf.database, &copy, err);
}

static int remove_in_place(struct store_txn *t, const struct head *h, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, "DELETE FROM record WHERE segment = ? AND depth = ?", err);

	if (rc < 0)
		return rc;
	query_put_int(&q, h->segment);
	query_put_int(&q, h->tip);
	rc = query_run(&q, err);
	return rc < 0 ? rc : 0;
}

int sqlite_record_remove_head(struct store_txn *t, int64_t branch, struct error *err)
{
	struct head h = {0};
	int64_t segment = 0;
	int rc = head_find(&h, t, branch, err);

	if (rc < 0)
		return rc;
	if (h.shared)
		return fail(err, E_CONFLICT,
			    "cannot remove the newest migration: another branch has it too");
	if (h.segment == h.leaf.id)
		return remove_in_place(t, &h, err);
	/* It was inherited from a branch that is gone. */
	return head_leave(&segment, t, branch, &h, err);
}
