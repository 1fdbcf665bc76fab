/*
 * The inside of the logical schema.
 *
 * Everything that has a name is an entry of a space (the tables, the indexes, the columns of a
 * table, …). An entry that was removed stays as "gone", because an open schema must tell what the
 * records removed from what they never named. All changes go through the functions below, which
 * note them in a journal, so that a record that fails half-way can be taken back at a cost that
 * follows the record and not the schema.
 */
#ifndef LEDGER_SCHEMA_IMPL_H
#define LEDGER_SCHEMA_IMPL_H

#include "base/map.h"
#include "ledger/schema.h"

/*
 * A table that something belongs to, by its present name, and what does, in no order. The entries
 * point here, and to the column that a foreign key names there, so that a rename costs nothing for
 * each of them, however often it is done.
 */
struct schema_target {
	struct schema_target *next;   /* in struct schema, which owns them */
	struct schema_entry *uses;    /* links and foreign keys, those present */
	struct schema_entry *indexes; /* likewise */
	struct map columns;	      /* name -> struct schema_referenced * */
	const char *name;	      /* interned, as all names here */
};

/*
 * A column that foreign keys point to. Two that come to be one (a column gets the name of one that
 * went, but is pointed to still) form a tree, of which the root counts.
 */
struct schema_referenced {
	struct schema_referenced *next; /* in struct schema, which owns them */
	struct schema_referenced *into; /* towards the root; NULL: this is it */
	const char *name;
	size_t rank;  /* the tree's height at most: that of many is their number's logarithm */
	bool renamed; /* definitions may have another name */
};

struct schema_entry {
	char *name; /* in the same block of memory: there may be 100,000 columns */
	/* Interned, so that both are compared by address: */
	const char *def; /* compact JSON object without the name; NULL: nothing known */
	struct schema_target *target;	  /* of a link, foreign key or index, or NULL */
	struct schema_referenced *column; /* of a foreign key to one column, or NULL */
	struct schema_entry *target_prev, *target_next; /* in target's list, while present */
	struct schema_entry *prev, *next; /* in order of creation; left as they were when gone */
	struct schema_table *table;	  /* owned; what a table has, NULL for other things */
	bool is_index;
	bool present;
	bool unsure;  /* raw SQL named it: it may be there or not */
	bool implied; /* no record made it: one used it in an open schema */
	bool v1;      /* def has the shape of v1, in a schema that became pgroll since */
};

struct schema_space {
	struct schema_entry *first, *last; /* of those present */
	size_t len;
	struct schema_entry **all; /* owned; gone ones too, in order of first appearance */
	size_t all_len, all_cap;
	struct map
		index; /* name -> struct schema_entry *, gone ones too; empty while they are few */
};

struct schema_table {
	struct schema_space columns;
	struct schema_space constraints;
	/*
	 * An operation removed or renamed a constraint of which no record says what it was: it may
	 * have been the primary key. Stays so, whatever takes that name later.
	 */
	bool lost_unknown;
};

enum schema_change_kind {
	CHANGE_NEW,    /* entry was made and put at the end */
	CHANGE_REVIVE, /* entry was gone and was put at the end; old holds what it was */
	CHANGE_DROP,   /* entry was taken out of the order */
	CHANGE_MOVE,   /* entry's content and place went to the entry named by other */
	CHANGE_SET,    /* old holds what entry was */
	CHANGE_LOST,   /* old.table came to have lost_unknown */
	CHANGE_FORMAT, /* old_format and old_open hold what the schema was */
	CHANGE_TARGET, /* two targets exchanged their names; as renamed says, as for the next: */
	CHANGE_REFERENCED, /* a column got a name, and into it what pointed to that */
};

struct schema_renamed {
	struct schema_target *target, *other;
	struct schema_referenced *column, *into;
	struct schema_referenced old_column, old_into;
};

struct schema_change {
	enum schema_change_kind kind;
	struct schema_space *space;
	struct schema_entry *entry, *other;
	union {
		struct schema_entry old;
		struct schema_renamed renamed;
	};
	enum record_format old_format;
	bool old_open;
};

struct schema {
	enum record_format format;
	bool open;
	const char *name; /* interned; of the PostgreSQL schema, NULL until a record says it */
	struct schema_space tables;
	struct schema_space indexes;
	struct strs texts;	 /* the interned ones */
	struct map interned;	 /* text -> position in texts */
	struct map target_names; /* -> struct schema_target * */
	struct schema_target *targets;
	struct schema_referenced *referenced;
	struct schema_change *journal;
	size_t journal_len, journal_cap;
	struct str scratch;
	size_t work, work_max; /* see schema_limit_work() */
	bool all_unsure;       /* every entry is, so that nothing is left to be doubted */
};

/* ---- what operations look at: to be counted by all that may be called for many entries */

void schema_work(struct schema *s, size_t entries);
/* For looking through the text of a definition. */
void schema_work_scan(struct schema *s, const struct schema_entry *e);
/* As schema_def(), counted. */
json_t *schema_read_def(struct schema *s, const struct schema_entry *e);

/* ---- schema_entry.c: entries and the journal */

const char *schema_intern(struct schema *s, const char *text); /* NULL gives NULL */
/* Present, gone or NULL. */
struct schema_entry *schema_find(const struct schema_space *space, const char *name);

/* Whether a record may add what e stands for (e may be NULL), or use it. */
bool schema_may_add(const struct schema *s, const struct schema_entry *e);
bool schema_may_use(const struct schema *s, const struct schema_entry *e);

/* A present entry at the end of the space; replaces an unsure one. Tables get an empty body. */
struct schema_entry *schema_put(struct schema *s, struct schema_space *space, const char *name);
/* Room for as many, gone ones included. */
void schema_reserve(struct schema_space *space, size_t entries);
/*
 * A copy of another schema's entry, whose name the space does not have; the body of a table is
 * empty. Not noted in the journal: for a schema that is being made.
 */
struct schema_entry *schema_add_copy(struct schema *s, struct schema_space *space,
				     const struct schema_entry *from);
void schema_drop(struct schema *s, struct schema_space *space, struct schema_entry *e);
/* Renames: the new entry has the place and content of e, which is gone. */
struct schema_entry *schema_move(struct schema *s, struct schema_space *space,
				 struct schema_entry *e, const char *name);
/* Sets lost_unknown of a table that is present. */
void schema_lose_unknown(struct schema *s, struct schema_entry *table);
/* Notes what e is, so that the caller may then change def, target and the flags but present. */
void schema_touch(struct schema *s, struct schema_entry *e);
void schema_set_format(struct schema *s, enum record_format format, bool open);

/* For schema_target.c: a change that is filled in there. */
struct schema_renamed *schema_note_renamed(struct schema *s, enum schema_change_kind kind);
void schema_commit(struct schema *s);
void schema_undo(struct schema *s);
void schema_space_free(struct schema_space *space);

/*
 * The def of an entry as a new object; an empty one where nothing is known. The column that it
 * references has its present name there, the table the one of when it was made.
 */
json_t *schema_def(const struct schema_entry *e);
/* Interns def; `skip` members (ending with NULL) are left out. */
const char *schema_intern_def(struct schema *s, const json_t *def, const char *const *skip);

/* ---- schema_target.c: what points to tables and columns */

/* Makes e point to a table by its name, and to a column of it; NULL: to none. */
void schema_set_target(struct schema *s, struct schema_entry *e, const char *table,
		       const char *column);
/* The same, to that table and the column that `from` points to, whose definition it has, too. */
void schema_set_target_as(struct schema *s, struct schema_entry *e, const char *table,
			  const struct schema_entry *from);
/* What points to that name; NULL: nothing ever did. */
struct schema_target *schema_target(const struct schema *s, const char *table);
const char *schema_target_name(const struct schema_entry *e); /* NULL: it has none */
const char *schema_target_column(const struct schema_entry *e);
/* Whether the text of its definition may have another name for the column. */
bool schema_target_was_renamed(const struct schema_entry *e);
/* Keep the target's lists, where an entry begins and ends to be present. */
void schema_list_use(struct schema_entry *e);
void schema_unlist_use(struct schema_entry *e);
/* What points to the table, or to the column of it, goes on to do so under its new name. */
void schema_rename_target(struct schema *s, const char *from, const char *to);
void schema_rename_referenced(struct schema *s, const char *table, const char *from,
			      const char *to);
void schema_undo_target(struct schema *s, const struct schema_renamed *change);
void schema_undo_referenced(const struct schema_renamed *change);
void schema_targets_free(struct schema *s); /* after all entries */

/* ---- schema_v1.c, schema_pgroll.c: one function per operation */

typedef int schema_apply_fn(struct schema *s, const json_t *body, struct error *err);
schema_apply_fn *schema_v1_operation(const char *name);
schema_apply_fn *schema_pgroll_operation(const char *name);

/* Finds a table that an operation uses; in an open schema it may come to be known by that. */
int schema_use_table(struct schema_entry **out, struct schema *s, const char *name,
		     struct error *err) MUST_USE;
int schema_use_column(struct schema_entry **out, struct schema *s, struct schema_entry *table,
		      const char *name, struct error *err) MUST_USE;
/* E_INVALID "what \"name\" exists already". */
int schema_check_free(const struct schema *s, const struct schema_space *space, const char *what,
		      const char *name, struct error *err) MUST_USE;
int schema_fail_absent(const struct schema_entry *e, const char *what, const char *name,
		       struct error *err);
/*
 * Before an operation gives the table a primary key: E_INVALID when it has one. Where that may be
 * gone by what no record tells (raw SQL, or a constraint of unknown kind that was dropped), the new
 * one takes its place, as PostgreSQL has one for a table.
 */
int schema_claim_key(struct schema *s, struct schema_entry *table, struct error *err) MUST_USE;
/* Takes the table's primary key away, however it was declared. */
void schema_drop_key(struct schema *s, struct schema_entry *table);
/* Whether what is there declares the table's primary key, or a part of it. */
bool schema_column_is_key(const struct schema_entry *column);
bool schema_constraint_is_key(const struct schema_entry *constraint);
/* Whether a constraint that no record describes has the name that PostgreSQL gives to the key. */
bool schema_is_key_name(const char *name);
/*
 * The name that PostgreSQL chooses, as its makeObjectName(): the longer of the two is cut until all
 * fits in 63 bytes. Another one only where that is taken already. column may be NULL.
 */
void schema_put_chosen(struct str *out, const char *table, const char *column, const char *label);
/*
 * A column that is declared unique has a constraint, also where no name is given. create_table
 * leaves that to PostgreSQL; add_column of pgroll calls it as the column is called, and in its
 * earlier versions as PostgreSQL would. No rename of table or column changes it. So the column's
 * definition keeps it in this member (not in schemas that were saved before there was one), and
 * where it is asked for, the name that PostgreSQL chooses is taken as well.
 */
#define UNIQUE_NAME "unique_name"
bool schema_column_is_unique(const struct schema_entry *column);
/* Whether its definition has to be parsed to tell, which is UNIQUE_WORK in entries. */
bool schema_may_be_unique(const struct schema_entry *column);
#define UNIQUE_WORK 200
/* Whether it is, and the constraint of that name of its table says so. */
bool schema_is_unique_by(const struct schema_entry *column, const char *table, const char *name);
/* The column of a table that is present whose constraint has the name, or NULL. */
struct schema_entry *schema_unique_column(const struct schema_entry *table, const char *name);
/* Renames a table; what pointed to its old name points to the new one. E_INVALID says why not. */
int schema_rename_table(struct schema *s, const char *from, const char *to,
			struct error *err) MUST_USE;

/* ---- schema.c */

/* Told of each operation that is about to be applied, with the schema as it is before it. */
struct schema_watch {
	/* s is NULL for a record of another PostgreSQL schema, which does not touch this one. */
	void (*before)(void *ctx, const struct schema *s, size_t operation, const json_t *op);
	void *ctx;
};
/* As schema_apply(). Without a watch (NULL) it is the same. */
int schema_apply_watched(struct schema *s, const struct record *r, const struct schema_watch *watch,
			 struct error *err) MUST_USE;

/* ---- schema_sql.c */

/* Raw SQL: the schema is open, and what the text may have made or removed is unsure. */
void schema_apply_sql(struct schema *s, const char *sql);

#define SQL_WORD_MAX 256 /* with the NUL; longer ones cannot be names */
/*
 * The next word of SQL text, or the inside of double quotes as it is; false at the end. Strings in
 * single quotes are read like other text, because programs of SQL keep SQL in them.
 */
bool sql_next_word(const char **at, char out[SQL_WORD_MAX]);

/* ---- schema_store.c, schema_load.c */

#define SCHEMA_SAVED_VERSION "1" /* of the text that schema_save() writes */

/* Whether the same is there, in the same order; what is gone does not count. */
bool schema_same(const struct schema *a, const struct schema *b);

/* ---- schema_api.c */

/* A v1 column's def as pgroll would have it, for a branch that was converted. */
json_t *schema_v1_def_to_pgroll(const struct schema_entry *column);

#endif
