/*
 * Which names an operation holds, where, and what it does to each: the ground on which conflicts
 * are told and records are squashed.
 *
 * Internal to the ledger layer. A site is one name in one place; what an operation does without
 * writing the name a second time is a site of its own without a place.
 */
#ifndef LEDGER_SITES_H
#define LEDGER_SITES_H

#include "ledger/operation.h"

enum site_space { SITE_TABLE, SITE_COLUMN, SITE_CONSTRAINT, SITE_INDEX };

enum site_use {
	SITE_USES,     /* must be there */
	SITE_MENTIONS, /* a word of an SQL expression: may be this thing */
	SITE_CHANGES,  /* sets attribute */
	SITE_MAKES,
	SITE_REMOVES,
	SITE_RENAMES_FROM,
	SITE_RENAMES_TO, /* follows the RENAMES_FROM that it belongs to */
};

enum site_place {
	SITE_NOWHERE, /* implied by another site */
	SITE_MEMBER,  /* holder[key] */
	SITE_ELEMENT, /* holder[index] */
	SITE_KEY,     /* the index-th key of holder */
};

struct site {
	enum site_space space;
	enum site_use use;
	const char *table; /* that a column or constraint belongs to; NULL: any (a mention only) */
	const char *name;
	/*
	 * SITE_CHANGES: which property; static. NULL: none, but the whole is written anew in the
	 * shape of today, which matters to a column from before a conversion.
	 */
	const char *attribute;
	bool makes_key; /* SITE_MAKES: with it the table's primary key, or a column of that */
	bool has_index; /* SITE_MAKES of a constraint: its index has its name */
	/*
	 * SITE_USES by a foreign key: a column that it points to, or the table when it names none.
	 * PostgreSQL wants a primary key or a unique one there.
	 */
	bool referenced;
	/*
	 * SITE_USES of a column, or of the columns of an index or constraint: the property that
	 * must stay as it is; static. Both ends of a foreign key have one type, an index is made
	 * for that of its columns, and what is in a primary key or tells rows apart is never null.
	 */
	const char *needs;
	enum site_place place;
	json_t *holder; /* in the operation, as everything here */
	const char *key;
	size_t index;
};

struct sites {
	struct site *items;
	size_t len, cap;
	struct strs words; /* that mentions point to */
};
void sites_release(struct sites *l);
AUTO_VALUE_DEFINE(sites)

enum sites_kind {
	SITES_KNOWN,
	SITES_SQL,     /* raw SQL: nobody knows what it does */
	SITES_UNKNOWN, /* a kind of a newer version, likewise */
};

/*
 * Fills the list with the sites of an operation whose shape was checked (operation_check). Borrows
 * from op until op changes. The list is emptied first, so that one can serve many operations.
 */
enum sites_kind sites_of(struct sites *l, enum record_format format, const json_t *op);

/* Whether PostgreSQL keeps such constraints by an index, which has the constraint's name. */
bool constraint_has_index(const char *type);

/*
 * Gives sites other names: names[i] for items[i], NULL to leave it. The operation must not be
 * shared, and its sites are stale afterwards, so names must not borrow from it. What has no place
 * cannot be written and is left.
 */
void sites_write(const struct sites *l, const char *const *names);

#endif
