/*
 * What the files of conflict detection share: what each side does to each name.
 *
 * An operation's sites (sites.h) become accesses to keys; a key stands for one named thing, or for
 * things that are only known together ("some index"). Two sides conflict where they access one key
 * in ways that do not go together.
 */
#ifndef LEDGER_CONFLICT_IMPL_H
#define LEDGER_CONFLICT_IMPL_H

#include <stdint.h>

#include "ledger/conflict.h"
#include "ledger/schema_impl.h"
#include "ledger/sites.h"

enum key_kind {
	KEY_TABLE,
	KEY_COLUMN,
	KEY_CONSTRAINT,
	KEY_INDEX,
	KEY_CHANGES,	     /* properties of a column or table, told apart by the attribute */
	KEY_COLUMN_ANYWHERE, /* a column of this name in whatever table */
	KEY_SOME_CONSTRAINT, /* of a table: removed with a column, or removed but not described */
	KEY_SOME_INDEX,	     /* likewise */
	KEY_RELATION, /* tables, indexes and constraints with one share names in PostgreSQL */
	KEY_PRIMARY,  /* of a table, which has one, whatever declares it */
	KEY_UNIQUE,   /* what a foreign key needs: of a column; without one, any of a table; any */
};

struct access {
	size_t record, operation; /* positions, from 0 */
	enum site_use use;
	const char *attribute; /* static: of KEY_CHANGES, which is changed or needed as it is */
};

struct access_list {
	struct access *items;
	size_t len, cap;
	size_t strong; /* how many do more than use or mention */
};

enum { THEIRS, OURS, SIDES };

#define NO_KEY ((size_t)-1)

struct access_key {
	char *text; /* identifies it */
	enum key_kind kind;
	const char *table, *name; /* in the block of text; may be NULL, by kind */
	size_t owner; /* position of the table's key for what a table has, else NO_KEY */
	struct access_list side[SIDES];
	/* The key of the column under the name it had before a side renamed it, or NO_KEY. */
	size_t former[SIDES];
	bool flag; /* for the reader of the table */
};

/* An operation that nobody can judge. */
struct undecidable {
	size_t record, operation;
	enum sites_kind kind; /* SITES_SQL or SITES_UNKNOWN */
};

struct undecidables {
	struct undecidable *items; /* at most one of a kind for a record */
	size_t len, cap;
};

struct accesses {
	struct access_key *keys;
	size_t len, cap;
	struct map index; /* text -> position in keys */
	struct undecidables undecidable[SIDES];
	struct str scratch;
};
void accesses_release(struct accesses *a);
AUTO_VALUE_DEFINE(accesses)

/* The position of the key, made when there is none; names may be NULL, by kind. */
size_t access_key_at(struct accesses *a, enum key_kind kind, const char *schema, const char *table,
		     const char *name);

static inline bool is_strong(enum site_use use)
{
	return use != SITE_USES && use != SITE_MENTIONS;
}

/* See ours_behind. */
static inline size_t conflict_behind(const struct conflict_input *in, size_t ours)
{
	return in->ours_behind ? in->ours_behind[ours] : SIZE_MAX;
}

/*
 * Adds what the records of one side do, applying them to s on the way. behind[i] 0 (behind may be
 * NULL): records[i] is applied but not added. E_INVALID naming the record that does not apply.
 */
int accesses_collect(struct accesses *a, int side, struct schema *s, const struct records *records,
		     const size_t *behind, struct error *err) MUST_USE;

/* One conflict before it is put in words. */
struct raw_conflict {
	enum conflict_kind kind;
	size_t ours, theirs;	      /* records */
	size_t ours_op, theirs_op;    /* NO_KEY: the record as a whole */
	const struct access_key *key; /* NULL: about no single thing */
	enum site_use ours_use, theirs_use;
	const char *attribute; /* CONFLICT_CHANGED_TWICE, CONFLICT_CHANGED_USED */
	size_t position;       /* of the key, for a stable order */
};

/* Puts it in words and adds it. */
void conflict_tell(struct conflicts *out, const struct conflict_input *in,
		   const struct raw_conflict *raw);

/* Moves all of from to the end of to. */
void conflicts_append(struct conflicts *to, struct conflicts *from);

/*
 * As conflicts_find(), and hands over the schema behind theirs (NULL on failure); the caller frees
 * it.
 */
int conflicts_find_with(struct conflicts *out, struct schema **behind_theirs,
			const struct conflict_input *in, struct error *err) MUST_USE;

#endif
