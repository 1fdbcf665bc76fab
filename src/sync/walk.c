/* Reading a history that nobody vouches for: pages in, an unbroken row of records out. */
#include "sync/walk.h"

#include "base/alloc.h"

#include "base/banned.h"

#define SIZE_HOSTED 200	   /* what the hosted API takes */
#define SIZE_OWN 1000	   /* what xatad takes */
#define SIZE_FIRST 25	   /* when nothing is known: most often all that is new is on this page */
#define UNFINISHED_MAX 100 /* PostgreSQL branches have one at a time */
#define SLACK 1000	   /* records that may be pushed while the history is read */

void walk_release(struct walk *w)
{
	records_release(&w->page);
	spool_release(&w->older);
	strs_release(&w->unfinished);
	digest_set_release(&w->ids);
	free(w->oldest);
	free(w->oldest_parent);
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
	while (w->page.len > at)
		record_free(w->page.items[--w->page.len]);
}

static int add_id(struct walk *w, const struct record *r, struct error *err)
{
	if (digest_set_add(&w->ids, record_id(r)))
		return 0;
	return fail(err, E_PEER, "the endpoint sent record \"%s\" twice", record_id(r));
}

/* What came right before r must have r as its parent. */
static int check_link(struct walk *w, const struct record *r, struct error *err)
{
	if (!w->oldest || str_eq(w->oldest_parent, record_id(r)))
		return 0;
	if (!w->oldest_parent)
		return fail(err, E_PEER,
			    "the endpoint's history is broken: record \"%s\" has no parent, but "
			    "\"%s\" comes before it",
			    w->oldest, record_id(r));
	return fail(err, E_PEER,
		    "the endpoint's history is broken: record \"%s\" has parent \"%s\", but \"%s\" "
		    "comes before it",
		    w->oldest, w->oldest_parent, record_id(r));
}

static int take_done(struct walk *w, struct records *from, struct error *err)
{
	for (size_t i = 0; i < from->len; i++) {
		struct record *r = from->items[i];
		int rc = add_id(w, r, err);
		if (rc == 0)
			rc = check_link(w, r, err);
		if (rc < 0)
			return rc;
		free(w->oldest);
		free(w->oldest_parent);
		w->oldest = xstrdup(record_id(r));
		w->oldest_parent = xstrdup(record_parent(r));
		from->items[i] = NULL;
		records_take(&w->page, r);
	}
	return 0;
}

static int take_unfinished(struct walk *w, const struct records *from, struct error *err)
{
	if (w->unfinished.len + from->len > UNFINISHED_MAX)
		return fail(err, E_PEER,
			    "the endpoint's history has no end: more than %d migrations came that "
			    "are not done",
			    UNFINISHED_MAX);
	for (size_t i = 0; i < from->len; i++) {
		int rc = add_id(w, from->items[i], err);
		if (rc < 0)
			return rc;
		strs_add(&w->unfinished, record_name(from->items[i]));
	}
	return 0;
}

/*
 * A parsed record takes some ten times the memory of its text. An endpoint can make up pages for
 * ever, and nothing of them is proved before the last one: so only one page is kept parsed.
 */
static int put_page_away(struct walk *w, struct error *err)
{
	AUTO_STR text = {0};

	for (size_t i = 0; i < w->page.len; i++) {
		str_clear(&text);
		json_write(&text, record_doc(w->page.items[i]), JSON_FORM_COMPACT);
		int rc = str_check(&text, "record", err);
		if (rc == 0)
			rc = spool_add(&w->older, "", str_view(&text), err);
		if (rc < 0)
			return rc;
	}
	walk_trim(w, 0);
	return 0;
}

int walk_take(struct spool *out, struct walk *w, struct error *err)
{
	int rc = put_page_away(w, err);

	if (rc < 0)
		return rc;
	spool_release(out);
	*out = w->older;
	w->older = (struct spool){0};
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
		if (rc == E_LIMIT && w->size > 1) {
			w->size = w->size > 8 ? w->size / 8 : 1;
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

int walk_page(struct walk *w, struct error *err)
{
	AUTO_VALUE(history_page) page = {0};

	int rc = put_page_away(w, err);
	if (rc == 0)
		rc = ask(&page, w, err);
	if (rc < 0)
		return rc;
	size_t got = page.records.len + page.unfinished.len;
	if (page.cursor && (!got || str_eq(page.cursor, w->cursor)))
		return fail(err, E_PEER, "the endpoint's history has no end: a page brings %s",
			    got ? "the same cursor again" : "nothing new");
	if (got > w->max - w->ids.len)
		return fail(err, E_PEER,
			    "the endpoint's history has no end: more than %zu records came",
			    w->max);
	/* Behind a done record of an earlier page, one that says it is not done is history, too. */
	rc = w->oldest ? take_done(w, &page.unfinished, err)
		       : take_unfinished(w, &page.unfinished, err);
	if (rc == 0)
		rc = take_done(w, &page.records, err);
	if (rc < 0)
		return rc;
	free(w->cursor);
	w->cursor = steal(&page.cursor);
	w->ended = !w->cursor;
	w->size = w->size * 4 < w->size_max ? w->size * 4 : w->size_max;
	return 0;
}
