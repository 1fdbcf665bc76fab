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

typedef int history_load_fn(const struct ledger **out, void *ctx, struct error *err);

struct history {
	size_t len;
	enum record_format format; /* of the newest */
	/* For the functions below only: */
	struct history_entry *items; /* oldest first */
	size_t cap;
	struct map by_id; /* id -> position */
	struct history_entry newest;
	history_load_fn *load; /* NULL: all entries are known */
	void *ctx;
};

void history_release(struct history *h);
AUTO_VALUE_DEFINE(history)

/*
 * From the names in a ledger: which format a name has is told by its shape (v1 names end in "_" and
 * 8 hexadecimal digits and start with "mig_"). Costs no file access. Records whose names tell
 * something else are kept out (record_check_name()).
 */
void history_from_ledger(struct history *h, const struct ledger *l);
/*
 * As history_from_ledger(), but of the newest of len > 0 names alone: most often the answer is that
 * nothing has changed. load() gives the whole ledger when history_load() needs it.
 */
void history_from_newest(struct history *h, size_t len, const char *newest, history_load_fn *load,
			 void *ctx);

/* Makes all entries known, not only the newest. Does nothing when they are. */
int history_load(struct history *h, struct error *err) MUST_USE;

/*
 * The entry at a position, 0 the oldest, which has to be known; its texts are borrowed until the
 * history is released.
 */
const struct history_entry *history_at(const struct history *h, size_t at);
/* Among the entries known; NULL is no id. */
bool history_find(const struct history *h, const char *id, size_t *at);

/* Copies what identifies r to the end; false when its id is there already. */
bool history_add(struct history *h, const struct record *r);

/* Forgets all but the oldest len entries; all of them have to be known. */
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
