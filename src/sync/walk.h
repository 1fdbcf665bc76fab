/*
 * Reads the history of a branch page by page, newest first, and believes as little as possible on
 * the way: each record must be the parent of the one received before it, none may come twice, each
 * page must bring something new, and there is an end to what is read.
 */
#ifndef SYNC_WALK_H
#define SYNC_WALK_H

#include "base/digest_set.h"
#include "base/spool.h"
#include "sync/endpoint.h"

/* Records of one history, at most: memory for it is bounded by this, some 24 bytes a record. */
#define WALK_RECORDS_MAX ((size_t)500000)

struct walk {
	struct endpoint *endpoint; /* borrowed */
	enum record_format format;
	const char *since; /* borrowed; v1 only, NULL: all */
	size_t size;	   /* of the next page */
	size_t size_max;   /* pages grow up to this */
	size_t max;	   /* records read at most */
	/* What came so far. */
	struct records page;	/* the page read last: done, newest first */
	struct spool older;	/* the pages before it as texts, without names, newest first */
	struct strs unfinished; /* pgroll: names of those that are not done */
	struct digest_set ids;	/* of all */
	char *oldest, *oldest_parent; /* id and parent of the last done record; NULL: none */
	char *cursor;
	bool ended; /* the last page was read */
};
void walk_release(struct walk *w);
AUTO_VALUE_DEFINE(walk)

/*
 * Sizes the pages for a branch whose head is known to be expected records away (0: unknown).
 */
void walk_init(struct walk *w, struct endpoint *e, const struct remote_head *head, size_t expected);

/*
 * Reads the next page into w->page. E_PEER when the endpoint breaks one of the rules above,
 * E_NOTFOUND as history() of endpoint.h.
 */
int walk_page(struct walk *w, struct error *err) MUST_USE;

/* Drops the records of the page from position at on. */
void walk_trim(struct walk *w, size_t at);

/* Moves all done records that were read, and not dropped, into *out: newest first, without names.
 */
int walk_take(struct spool *out, struct walk *w, struct error *err) MUST_USE;

#endif
