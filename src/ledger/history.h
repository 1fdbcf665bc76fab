/*
 * Histories in order, and how two of them relate: the pure half of pull, push and status.
 */
#ifndef LEDGER_HISTORY_H
#define LEDGER_HISTORY_H

#include "base/map.h"
#include "ledger/ledger.h"

/* What identifies a record without reading it. */
struct history_entry {
	char *name;	/* as in the ledger */
	char *id;	/* v1: the name without "_<8 digits>"; pgroll: the name */
	char *checksum; /* full, when known; else NULL */
};

struct history {
	struct history_entry *items; /* oldest first */
	size_t len, cap;
	struct map by_id;	   /* id -> position */
	enum record_format format; /* of the newest */
};

void history_release(struct history *h);
AUTO_VALUE_DEFINE(history)

/*
 * From the names in a ledger: which format a name has is told by its shape (v1 names end in "_" and
 * 8 hexadecimal digits and start with "mig_"). Costs no file access.
 */
void history_from_ledger(struct history *h, const struct ledger *l);
/* Copies what identifies r to the end; false when its id is there already. */
bool history_add(struct history *h, const struct record *r);

/* Forgets all but the oldest len entries. */
void history_truncate(struct history *h, size_t len);

/*
 * Whether entry and record are the same by what is known: ids equal, and checksums, or for v1 the
 * digits of it in the name, equal where both are known.
 */
bool history_entry_is(const struct history_entry *entry, const struct record *r);

enum relation {
	RELATION_EQUAL,
	RELATION_AHEAD,	   /* the local side has more */
	RELATION_BEHIND,   /* the remote side has more */
	RELATION_DIVERGED, /* both have records the other lacks */
};
const char *relation_name(enum relation r); /* "up_to_date", "ahead", "behind", "diverged" */

#endif
