/* Reading a history that nobody vouches for: pages in, an unbroken row of records out. */
#include "sync/walk.h"

#include "base/alloc.h"

#include "base/banned.h"

#define SIZE_HOSTED 200 /* what the hosted API takes */
#define SIZE_OWN 1000	/* what xatad takes */
#define SIZE_FIRST 25	/* when nothing is known: most often all that is new is on this page */
#define SLACK 1000	/* records that may be pushed while the history is read */

void walk_release(struct walk *w)
{
	records_release(&w->records);
	records_release(&w->unfinished);
	map_release(&w->ids);
	free(w->cursor);
	*w = (struct walk){0};
}

void walk_init(struct walk *w, struct endpoint *e, const struct remote_head *head, size_t expected)
{
	bool told = head->length >= 0;

	*w = (struct walk){.endpoint = e, .format = head->format};
	w->size_max = told ? SIZE_OWN : SIZE_HOSTED;
	w->max = WALK_RECORDS_MAX;
	if (told && (unsigned long long)head->length + SLACK < w->max)
		w->max = (size_t)head->length + SLACK;
	if (expected) /* and the record that both sides have */
		w->size = expected + 1 < w->size_max ? expected + 1 : w->size_max;
	else
		w->size = SIZE_FIRST;
}

void walk_trim(struct walk *w, size_t at)
{
	while (w->records.len > at)
		record_free(w->records.items[--w->records.len]);
}

static int add_id(struct walk *w, const struct record *r, struct error *err)
{
	if (map_add(&w->ids, record_id(r), 0))
		return 0;
	return fail(err, E_PEER, "the endpoint sent record \"%s\" twice", record_id(r));
}

/* newer came right before older, so older must be its parent. */
static int check_link(const struct record *newer, const struct record *older, struct error *err)
{
	const char *parent = record_parent(newer);

	if (str_eq(parent, record_id(older)))
		return 0;
	if (!parent)
		return fail(err, E_PEER,
			    "the endpoint's history is broken: record \"%s\" has no parent, but "
			    "\"%s\" comes before it",
			    record_id(newer), record_id(older));
	return fail(err, E_PEER,
		    "the endpoint's history is broken: record \"%s\" has parent \"%s\", but \"%s\" "
		    "comes before it",
		    record_id(newer), parent, record_id(older));
}

/* Moves what is in from to the end of to; each is checked against the one before it. */
static int take_records(struct walk *w, struct records *to, struct records *from, bool linked,
			struct error *err)
{
	for (size_t i = 0; i < from->len; i++) {
		struct record *r = from->items[i];
		int rc = add_id(w, r, err);
		if (rc == 0 && linked && to->len)
			rc = check_link(to->items[to->len - 1], r, err);
		if (rc < 0)
			return rc;
		from->items[i] = NULL;
		records_take(to, r);
	}
	return 0;
}

/* A page may be too large to be accepted whole: then smaller ones are asked for. */
static int ask(struct history_page *page, struct walk *w, struct error *err)
{
	for (;;) {
		struct history_request req = {
			.format = w->format,
			.since = w->since,
			.cursor = w->cursor,
			.size = (int)w->size,
		};
		struct error why = {0};
		int rc = w->endpoint->ops->history(w->endpoint, page, &req, &why);
		if (rc == E_LIMIT && w->size > 8) {
			w->size /= 8;
			w->size_max = w->size;
			continue;
		}
		if (rc == E_LIMIT)
			rc = error_recode(&why, E_PEER);
		if (rc < 0 && err && err->code == E_OK)
			*err = why;
		return rc;
	}
}

int walk_page(struct walk *w, size_t *from, struct error *err)
{
	AUTO_VALUE(history_page) page = {0};

	*from = w->records.len;
	int rc = ask(&page, w, err);
	if (rc < 0)
		return rc;
	size_t got = page.records.len + page.unfinished.len;
	if (page.cursor && (!got || str_eq(page.cursor, w->cursor)))
		return fail(err, E_PEER, "the endpoint's history has no end: a page brings %s",
			    got ? "the same cursor again" : "nothing new");
	if (got > w->max - w->records.len)
		return fail(err, E_PEER,
			    "the endpoint's history has no end: more than %zu records came",
			    w->max);
	/* Behind a done record of an earlier page, one that says it is not done is history, too. */
	bool history = w->records.len > 0;
	rc = take_records(w, history ? &w->records : &w->unfinished, &page.unfinished, history,
			  err);
	if (rc == 0)
		rc = take_records(w, &w->records, &page.records, true, err);
	if (rc < 0)
		return rc;
	free(w->cursor);
	w->cursor = steal(&page.cursor);
	w->ended = !w->cursor;
	w->size = w->size * 4 < w->size_max ? w->size * 4 : w->size_max;
	return 0;
}
