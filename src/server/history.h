/* Pages of a branch's history, newest first. */
#ifndef SERVER_HISTORY_H
#define SERVER_HISTORY_H

#include "server/call.h"

/* Bytes of items past which a page ends early: its cursor leads to the rest. */
#define HISTORY_PAGE_BYTES ((size_t)8 << 20)

struct history_page {
	int64_t from;  /* depth of the first item */
	int64_t floor; /* items of this depth and below are left out */
	int64_t limit; /* items at most */
	/* Appends one item. */
	int (*write)(struct str *out, const struct store_record *r, struct error *err);

	int64_t last; /* result: depth of the last item, from + 1 when there is none */
	size_t count; /* result: how many items there are */
};

/* Whether items follow on a further page. */
bool history_more(const struct history_page *p);

/* Appends the items with commas between; fills in p's results. */
int history_write(struct history_page *p, struct str *out, struct call *c,
		  const struct store_branch *b, struct error *err) MUST_USE;

/* A cursor is the depth of the last item shown, as text. E_INVALID for anything else. */
int history_cursor(int64_t *from, const char *cursor, const struct store_branch *b,
		   struct error *err) MUST_USE;

/* Items: the record's document; with `createdAt`; as a MigrationHistoryItem (notes, 1.4). */
int history_put_record(struct str *out, const struct store_record *r, struct error *err);
int history_put_commit(struct str *out, const struct store_record *r, struct error *err);
int history_put_item(struct str *out, const struct store_record *r, struct error *err);

#endif
