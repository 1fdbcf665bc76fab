/* What handlers of several resources need to know about a branch. */
#ifndef SERVER_BRANCH_H
#define SERVER_BRANCH_H

#include "ledger/schema.h"
#include "server/call.h"

/* A new, empty branch of db with an id of its own. */
void branch_init(struct store_branch *b, const struct store_database *db, const char *name,
		 int64_t now);

/* Checks a BranchMetadata object (API notes, section 1.1) and gives its text for the store. */
int branch_metadata(char **out, const json_t *metadata, struct error *err) MUST_USE;

/* Where a branch stands: its newest record that is done, and one that is started and is not. */
struct branch_head {
	char *id; /* NULL while empty */
	char *checksum;
	int64_t length; /* records that are done */
	char *active;	/* name of the started migration, NULL: none */
	int64_t active_since;
};
void branch_head_release(struct branch_head *h);
AUTO_VALUE_DEFINE(branch_head)

/* Costs at most two records; for v1 branches none. */
int branch_find_head(struct branch_head *out, struct call *c, const struct store_branch *b,
		     struct error *err) MUST_USE;

/* {"id","checksum","length"}, or null for an empty branch; a new reference. */
json_t *branch_head_json(const struct branch_head *h);

/* The record at a depth of the branch's history; E_INTERNAL when it is missing. */
int branch_record_at(struct store_record *out, struct call *c, const struct store_branch *b,
		     int64_t depth, struct error *err) MUST_USE;

/* Deep copies, for callers that keep what a list shows them only during the call. */
void store_record_copy(struct store_record *out, const struct store_record *r);

/*
 * The logical schema of the branch's done records: loaded from where it is kept with the branch, so
 * that its cost does not follow the history, and put back there (in b only, not in the store).
 * E_LIMIT for what is to be kept and has too many values (schema_values()): each push reads and
 * writes all of it, and others wait for that. Likewise for what could not be shown again.
 */
#define BRANCH_SCHEMA_VALUES_MAX ((size_t)1000000)
#define BRANCH_SCHEMA_SHOWN_MAX (STR_MAX - ((size_t)64 << 10)) /* the rest: what is around it */
/*
 * Begins the transaction for writing of a request that needs the schema of its branch, which is
 * loaded before, in a transaction of its own, because others wait in this one:
 * branch_schema_load() takes it then, if the branch is as it was. That there is no such branch is
 * left to be found.
 */
int branch_begin(struct call *c, struct error *err) MUST_USE;
int branch_schema_load(struct schema **out, struct call *c, const struct store_branch *b,
		       struct error *err) MUST_USE;
/* The same for a branch on which a migration is started, whose record does not count yet. */
int branch_schema_load_before_active(struct schema **out, struct call *c,
				     const struct store_branch *b, struct error *err) MUST_USE;
int branch_schema_keep(struct store_branch *b, const struct schema *s, struct error *err) MUST_USE;

/*
 * Adds r to the store behind the branch's newest record and moves head and length of *b; the
 * caller stores *b.
 */
int branch_append(struct store *store, struct store_txn *t, struct store_branch *b,
		  const struct record *r, int64_t now, struct error *err) MUST_USE;

#endif
