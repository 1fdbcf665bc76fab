/*
 * Conflicts between two sides of a history that went apart, decided by what their operations mean.
 *
 * Two sides are clean when putting one behind the other gives the same logical schema in either
 * order. What each operation makes, removes, renames, changes and uses is compared name by name, at
 * the state of the schema in which that operation runs on its own side; so the cost follows the
 * two sides, not their product. What PostgreSQL wants counts as well: a table has one primary key,
 * a name stands for one table, index or constraint with an index, and a foreign key points to a
 * key. Records that both sides have are compared where the sides have them in opposite order.
 * Nothing is called clean that the logical schema would not bear; a few pairs are called a conflict
 * though they would pass, where only PostgreSQL could tell.
 */
#ifndef LEDGER_CONFLICT_H
#define LEDGER_CONFLICT_H

#include "ledger/schema.h"

/* One row per kind: enum, stable name for --json. The worse a kind, the further up it stands. */
#define CONFLICT_KINDS(X)                                                                          \
	X(CONFLICT_FORMATS, "formats")	   /* a v1 record cannot stand behind a pgroll one */      \
	X(CONFLICT_SCHEMAS, "schemas")	   /* each begins with another PostgreSQL schema */        \
	X(CONFLICT_SAME_ID, "same_id")	   /* one id or name, two contents */                      \
	X(CONFLICT_SAME_FILE, "same_file") /* names that differ in capital letters only */         \
	X(CONFLICT_SAME_VERSION, "same_version") /* two names, one version schema */               \
	X(CONFLICT_SQL, "raw_sql")		 /* undecidable: raw SQL beside anything */        \
	X(CONFLICT_UNKNOWN, "unknown_operation") /* undecidable: a kind of a newer version */      \
	X(CONFLICT_ADDED_TWICE, "added_twice")                                                     \
	X(CONFLICT_REMOVED_TWICE, "removed_twice")                                                 \
	X(CONFLICT_RENAMED_TWICE, "renamed_twice")                                                 \
	X(CONFLICT_REMOVED_RENAMED, "removed_and_renamed")                                         \
	X(CONFLICT_REMOVED_USED, "removed_and_used")                                               \
	X(CONFLICT_RENAMED_USED, "renamed_and_used") /* under its old name */                      \
	X(CONFLICT_CHANGED_TWICE, "changed_twice")   /* the same property of a column or table */  \
	X(CONFLICT_CHANGED_USED, "changed_and_used") /* likewise: the other needs it as it is */   \
	X(CONFLICT_EXPRESSION, "used_in_expression") /* an SQL expression names what goes */       \
	X(CONFLICT_UNCERTAIN, "uncertain")	     /* may go with what the other side removes */ \
	X(CONFLICT_ADDED_USED,                                                                     \
	  "added_and_used") /* in an open schema: one side takes it as there */                    \
	X(CONFLICT_NOT_APPLICABLE, "does_not_apply") /* found by applying the result */

#define CONFLICT_ENUM(id, name) id,
enum conflict_kind { CONFLICT_KINDS(CONFLICT_ENUM) };
#undef CONFLICT_ENUM
const char *conflict_name(enum conflict_kind kind);

/* Everything is owned and safe for a terminal. */
struct conflict {
	enum conflict_kind kind;
	char *theirs; /* name of the upstream record; NULL when no single one is at fault */
	char *ours;   /* name of the record that is to go behind it */
	size_t theirs_operation; /* counted from 1; 0: the record as a whole */
	size_t ours_operation;
	char *theirs_summary; /* of that operation, as in operation_summary(); NULL with 0 */
	char *ours_summary;
	char *what;    /* "column \"users.nick\""; NULL when it is about no single thing */
	char *message; /* one line, names both records */
	char *hint;    /* one sentence: what to do */
	bool accepted; /* undecidable, and the caller said to go on: does not block */
};

#define CONFLICTS_MAX 1000 /* kept in full; past that only counted */

struct conflicts {
	struct conflict *items; /* by our record, then theirs, in ledger order */
	size_t len, cap;
	size_t blocking; /* how many are not accepted; 0: go on */
	size_t accepted;
};
void conflicts_release(struct conflicts *c);
AUTO_VALUE_DEFINE(conflicts)

struct conflict_options {
	bool accept_sql;     /* raw SQL is taken not to touch what the other side does */
	bool accept_unknown; /* the same for kinds of operations that are not known here */
};

struct conflict_input {
	const struct schema *base;    /* what the part that both have builds up */
	const struct records *theirs; /* behind base on the upstream side, in order */
	const struct records *ours;   /* behind base on our side, in order */
	/*
	 * For sides that share records in different places; both may be NULL. ours_behind[j]:
	 * ours[j] will stand behind theirs[i] for all i < ours_behind[j]: SIZE_MAX when it is put
	 * behind all of theirs (NULL: all are), 0 when it stays where it is; else theirs has it at
	 * that place, behind a record of which ours has it in front. theirs_seen[i]: theirs[i]
	 * stands before ours[j] already for all j >= theirs_seen[i], NULL or SIZE_MAX: none does.
	 */
	const size_t *ours_behind;
	const size_t *theirs_seen;
	struct conflict_options options;
};

/*
 * Fills out (which the caller releases, also after a failure). E_INVALID, naming the record, when a
 * side does not even apply to base: then it was not made for it.
 */
int conflicts_find(struct conflicts *out, const struct conflict_input *in,
		   struct error *err) MUST_USE;

/* Adds one that was found in another way; copies the texts, makes them safe for a terminal. */
void conflicts_add(struct conflicts *c, const struct conflict *given);

/* E_CONFLICT with the first that blocks, how many more there are, and its advice; 0 when none. */
int conflicts_check(const struct conflicts *c, struct error *err) MUST_USE;

#endif
