/*
 * How branches share history in the SQLite store.
 *
 * Every branch appends to a segment of its own. A branch made from another one gets a new segment
 * whose parent is the segment that holds the record it starts from: it sees its own records, at
 * depths above fork_depth, then its parent's at depths up to fork_depth, and so on upwards. No
 * record is copied, and what either branch adds later is invisible to the other.
 *
 * Invariants: fork_depth falls strictly from each segment to its parent (a segment without records
 * at or below the fork is skipped), so a history of n records has at most n segments. What no
 * branch reaches any more, segments and records above the highest fork, is left to
 * store_sqlite_sweep.c: nothing that starts from a branch comes to it.
 *
 * So that a branch of a branch of a branch … stays cheap, each segment also has a jump to an
 * ancestor further up, at distances that make any ancestor reachable in a number of steps that is
 * logarithmic in the number of segments (a skew-binary list, after E. W. Myers, 1983).
 */
#include "adapt/store_sqlite_private.h"

#include "base/banned.h"

#define SEGMENT_COLUMNS "s.id, s.database, s.parent, s.jump, s.level, s.fork_depth"

static void segment_get(struct segment *s, struct query *q)
{
	s->id = query_get_int(q);
	s->database = query_get_int(q);
	s->parent = query_get_int(q);
	s->jump = query_get_int(q);
	s->level = query_get_int(q);
	s->fork_depth = query_get_int(q);
	if (!s->jump)
		s->jump = s->id;
}

static int segment_load(struct segment *out, struct store_txn *t, int64_t id, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, "SELECT " SEGMENT_COLUMNS " FROM segment s WHERE s.id = ?", err);

	if (rc < 0)
		return rc;
	query_put_int(&q, id);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail_sqlite(err, SQLITE_CORRUPT, NULL, "read the history of a branch");
	if (rc > 0)
		segment_get(out, &q);
	return rc < 0 ? rc : 0;
}

int lineage_of(struct segment *leaf, int64_t *tip, struct store_txn *t, int64_t branch,
	       struct error *err)
{
	static const char sql[] =
		"SELECT " SEGMENT_COLUMNS ", coalesce("
		" (SELECT max(r.depth) FROM record r WHERE r.segment = s.id), s.fork_depth)"
		" FROM branch b JOIN segment s ON s.id = b.segment WHERE b.rowid_ = ?";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, branch);
	rc = query_step(&q, err);
	if (rc == 0)
		return fail(err, E_NOTFOUND, "the branch does not exist any more");
	if (rc < 0)
		return rc;
	segment_get(leaf, &q);
	*tip = query_get_int(&q);
	return 0;
}

int lineage_find(struct stretch *out, struct store_txn *t, const struct segment *leaf, int64_t tip,
		 int64_t depth, struct error *err)
{
	struct segment at = *leaf, jump;
	int64_t last = tip;

	while (at.fork_depth >= depth) {
		int rc = 0;
		jump = at;
		if (at.jump != at.parent)
			rc = segment_load(&jump, t, at.jump, err);
		if (rc >= 0 && jump.id != at.id && jump.fork_depth >= depth) {
			at = jump;
			continue;
		}
		/* The last move is always this one, so `last` belongs to a child of the result. */
		last = at.fork_depth;
		if (rc >= 0)
			rc = segment_load(&at, t, at.parent, err);
		if (rc < 0)
			return rc;
	}
	*out = (struct stretch){.segment = at.id, .first = at.fork_depth + 1, .last = last};
	return 0;
}

/* Where a child of parent jumps to: over two equal jumps at once, or just to the parent. */
static int choose_jump(int64_t *out, struct store_txn *t, const struct segment *parent,
		       struct error *err)
{
	struct segment one = {0}, two = {0};
	int rc = segment_load(&one, t, parent->jump, err);

	if (rc >= 0)
		rc = segment_load(&two, t, one.jump, err);
	if (rc < 0)
		return rc;
	bool equal = parent->level - one.level == one.level - two.level;
	*out = equal ? two.id : parent->id;
	return 0;
}

static int segment_add(int64_t *id, struct store_txn *t, const struct segment *s, struct error *err)
{
	static const char sql[] = "INSERT INTO segment (database, parent, jump, level, fork_depth)"
				  " VALUES (?, nullif(?, 0), ?, ?, ?)";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, s->database);
	query_put_int(&q, s->parent);
	query_put_int(&q, s->jump);
	query_put_int(&q, s->level);
	query_put_int(&q, s->fork_depth);
	rc = query_run(&q, err);
	*id = sqlite3_last_insert_rowid(t->conn->db);
	return rc < 0 ? rc : 0;
}

int lineage_fork(int64_t *segment, struct store_txn *t, int64_t database,
		 const struct segment *leaf, int64_t tip, int64_t depth, struct error *err)
{
	struct segment new = {.database = database}, parent = {0};
	struct stretch from = {0};

	if (!leaf || depth == 0)
		return segment_add(segment, t, &new, err);
	int rc = lineage_find(&from, t, leaf, tip, depth, err);
	if (rc >= 0)
		rc = segment_load(&parent, t, from.segment, err);
	if (rc >= 0)
		rc = choose_jump(&new.jump, t, &parent, err);
	if (rc < 0)
		return rc;
	new.parent = parent.id;
	new.level = parent.level + 1;
	new.fork_depth = depth;
	return segment_add(segment, t, &new, err);
}

int lineage_shared(bool *out, struct store_txn *t, int64_t segment, int64_t depth,
		   const struct segment *leaf, struct error *err)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT 1 FROM segment"
		"  WHERE parent = ?1 AND fork_depth >= ?2 AND id <> ?3)"
		" OR (?1 <> ?3 AND EXISTS (SELECT 1 FROM branch WHERE segment = ?1))";
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, sql, err);

	if (rc < 0)
		return rc;
	query_put_int(&q, segment);
	query_put_int(&q, depth);
	query_put_int(&q, leaf->id);
	rc = query_step(&q, err);
	if (rc > 0)
		*out = query_get_int(&q) != 0;
	return rc < 0 ? rc : 0;
}

int lineage_move(struct store_txn *t, int64_t branch, int64_t from, int64_t to, struct error *err)
{
	AUTO_VALUE(query) q = {0};
	int rc = query_open(&q, t, "UPDATE branch SET segment = ? WHERE rowid_ = ?", err);

	if (rc < 0)
		return rc;
	query_put_int(&q, to);
	query_put_int(&q, branch);
	rc = query_run(&q, err);
	return rc < 0 ? rc : lineage_collect(t, from, err);
}
