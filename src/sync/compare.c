/* How the local history and a branch relate: asks for as little as proves it, checks all of it. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "sync/local.h"
#include "sync/news.h"
#include "sync/walk.h"

#include "base/banned.h"

struct comparing {
	struct comparison *out;
	const struct local_history *local;
	struct endpoint *endpoint;
	char **rewritten;      /* NULL: a rewritten remote is a failure */
	bool two_contents;     /* one id with two contents is no sign of a rewritten remote */
	struct spool received; /* what may be news: nothing of it is proved yet; newest first */
};

void comparison_release(struct comparison *c)
{
	spool_release(&c->news);
	strs_release(&c->unfinished);
	remote_head_release(&c->head);
	*c = (struct comparison){0};
}

static size_t local_len(const struct comparing *c)
{
	return c->local->history->len;
}

static const char *local_id(const struct comparing *c, size_t at)
{
	return history_at(c->local->history, at)->id;
}

/* The branch is not what it was. Lenient callers want to know why and go on. */
static int not_the_same(struct comparing *c, struct error *err, enum error_code code,
			const char *advice, const char *fmt, ...) PRINTF_LIKE(5, 6);
static int not_the_same(struct comparing *c, struct error *err, enum error_code code,
			const char *advice, const char *fmt, ...)
{
	struct error why = {0};
	va_list ap;

	va_start(ap, fmt);
	failv(&why, code, fmt, ap);
	va_end(ap);
	if (c->rewritten) {
		if (!*c->rewritten)
			*c->rewritten = xstrdup(why.msg);
		return 0;
	}
	int rc = fail(err, code, "%s", why.msg);
	hint(err, "%s", advice);
	return rc;
}

#define TAKE_REMOTE                                                                           \
	"Find out who changed the branch; \"xata pull --force\" takes its history and keeps " \
	"local "                                                                              \
	"records in .xata/backup."

/*
 * Whether the local record at a position is the remote one, known by its checksum, by itself, or
 * both. A checksum proves everything before it too; without one, the contents are compared.
 */
static int same_step(bool *same, const struct comparing *c, size_t at, const char *checksum,
		     const struct record *remote, struct error *err)
{
	AUTO(record) *mine = NULL;
	char chain[CHECKSUM_LEN + 1] = "";

	int rc = local_record(&mine, c->local, at, err);
	if (rc < 0)
		return rc;
	if (!checksum) {
		*same = remote && record_same(mine, remote);
		return 0;
	}
	if (record_checksum(mine)) {
		*same = str_eq(record_checksum(mine), checksum);
		return 0;
	}
	/* Seen in this state before, when the whole chain was computed: no need to do it again. */
	*same = str_eq(c->local->seen_id, local_id(c, at)) &&
		str_eq(c->local->seen_checksum, checksum);
	if (*same)
		return 0;
	rc = history_load(c->local->history, err);
	if (rc < 0)
		return rc;
	rc = local_chain(chain, c->local, at + 1, err);
	*same = rc == 0 && str_eq(chain, checksum);
	return rc;
}

/* ---- the head alone */

/* The hosted API tells the newest id only, which is no proof: compares that record. */
static int compare_newest(bool *decided, struct comparing *c, size_t at, struct error *err)
{
	AUTO_VALUE(history_page) page = {0};
	struct history_request req = {.format = c->out->format, .size = 1};
	bool same = false;

	int rc = c->endpoint->ops->history(c->endpoint, &page, &req, err);
	if (rc < 0)
		return rc == E_LIMIT ? error_recode(err, E_PEER) : rc;
	if (!page.records.len || !str_eq(record_id(page.records.items[0]), local_id(c, at)))
		return 0; /* it moved on just now */
	const struct record *newest = page.records.items[0];
	rc = same_step(&same, c, at, record_checksum(newest), newest, err);
	*decided = rc == 0 && same;
	return rc;
}

/* Decides when the branch's head is a record that is here too, which needs nothing more. */
static int compare_head(bool *decided, struct comparing *c, struct error *err)
{
	const struct remote_head *head = &c->out->head;
	bool same = false;
	size_t at;
	int rc;

	*decided = false;
	if (!head->head_known)
		return 0;
	if (!head->id) {
		*decided = true;
		return 0;
	}
	if (!history_find(c->local->history, head->id, &at)) {
		rc = history_load(c->local->history, err);
		if (rc < 0 || !history_find(c->local->history, head->id, &at))
			return rc;
	}
	if (head->checksum) {
		rc = same_step(&same, c, at, head->checksum, NULL, err);
		*decided = rc == 0 && same;
	} else {
		rc = compare_newest(decided, c, at, err);
	}
	if (rc == 0 && *decided)
		c->out->common = at + 1;
	return rc;
}

/* ---- the records that follow */

/*
 * The branch has the local record's id in another place, or with other content. What does the same
 * was put behind other records, here or there, and is no common record: the sides diverged. Other
 * content means that somebody changed what was there.
 */
static int judge_other(struct comparing *c, size_t at, const struct record *remote,
		       struct error *err)
{
	char here[SHA256_HEX + 1], there[SHA256_HEX + 1];
	AUTO(record) *mine = NULL;

	if (c->two_contents)
		return 0;
	int rc = local_record(&mine, c->local, at, err);
	if (rc < 0)
		return rc;
	record_content_hash(here, mine);
	record_content_hash(there, remote);
	if (strcmp(here, there) == 0)
		return 0;
	return not_the_same(c, err, E_REWRITTEN, TAKE_REMOTE,
			    "the branch has record \"%s\" with other content than here",
			    record_id(remote));
}

/* Looks for the newest record that both sides have on the page read last. */
static int find_common(bool *found, struct comparing *c, struct walk *w, struct error *err)
{
	for (size_t i = 0; i < w->page.len; i++) {
		const struct record *r = w->page.items[i];
		size_t at;
		bool same = false;
		if (!history_find(c->local->history, record_id(r), &at))
			continue;
		int rc = same_step(&same, c, at, record_checksum(r), r, err);
		if (rc == 0 && !same)
			rc = judge_other(c, at, r, err);
		if (rc < 0)
			return rc;
		if (!same)
			continue;
		c->out->common = at + 1;
		walk_trim(w, i);
		*found = true;
		return 0;
	}
	return 0;
}

static bool local_is_v1(const struct comparing *c, size_t at)
{
	return record_name_v1_id(history_at(c->local->history, at)->name) > 0;
}

/*
 * The whole answer was read and no common record is in it. *found when its first record continues
 * one from here all the same: the local head, when only what follows it was asked for, or the v1
 * part of a branch that was converted to pgroll.
 */
static int reached_end(bool *found, struct comparing *c, const struct walk *w, struct error *err)
{
	const char *parent = w->oldest_parent;
	size_t at;

	*found = false;
	if (!parent)
		return 0;
	if (history_find(c->local->history, parent, &at)) {
		if (w->since)
			*found = at + 1 == local_len(c);
		else
			*found = w->format == RECORD_PGROLL && local_is_v1(c, at);
		if (*found)
			c->out->common = at + 1;
	}
	if (*found || w->since)
		return 0;
	return fail(err, E_PEER,
		    "the endpoint's history begins with record \"%s\", whose parent \"%s\" it does "
		    "not send",
		    w->oldest, parent);
}

static int take_walk(struct comparing *c, struct walk *w, struct error *err)
{
	strs_release(&c->out->unfinished);
	c->out->unfinished = w->unfinished;
	w->unfinished = (struct strs){0};
	return walk_take(&c->received, w, err);
}

/* Reads newest first until a common record or the end; *found: the news continue the local part. */
static int read_history(bool *found, struct comparing *c, const char *since, struct error *err)
{
	AUTO_VALUE(walk) w = {0};
	const struct remote_head *head = &c->out->head;
	size_t expected = 0;

	*found = false;
	if (head->length > 0 && (size_t)head->length > local_len(c))
		expected = (size_t)head->length - local_len(c);
	else if (since)
		expected = WALK_RECORDS_MAX; /* only news come: as many a page as there may be */
	walk_init(&w, c->endpoint, head, expected);
	w.since = since;
	while (!*found && !w.ended) {
		int rc = walk_page(&w, err);
		if (rc == 0)
			rc = find_common(found, c, &w, err);
		if (rc < 0)
			return rc;
	}
	int rc = *found ? 0 : reached_end(found, c, &w, err);
	return rc < 0 ? rc : take_walk(c, &w, err);
}

/* On failure the news are those before the one that failed. */
static int check_received(struct comparing *c, struct error *err)
{
	spool_release(&c->out->news);
	int rc = news_check(&c->out->news, &c->received, c->local, c->out->common, err);
	spool_release(&c->received);
	return rc;
}

/*
 * v1: asks for what came after the local head. *done is false when the answer does not continue the
 * local head, for whatever reason: then all of it has to be looked at.
 */
static int read_since(bool *done, struct comparing *c, struct error *err)
{
	struct error why = {0};
	bool found = false;

	*done = false;
	if (c->out->format != RECORD_V1 || !local_len(c) || c->local->history->format != RECORD_V1)
		return 0;
	int rc = read_history(&found, c, local_id(c, local_len(c) - 1), &why);
	if (rc == 0 && found)
		rc = check_received(c, &why);
	*done = rc == 0 && found;
	/* If nothing of it continues, the cause may be in the record before, which was not sent. */
	if (rc == E_NOTFOUND || (rc < 0 && found && c->out->news.len == 0))
		return 0;
	if (rc < 0 && err && err->code == E_OK)
		*err = why;
	return rc;
}

static int read_news(struct comparing *c, struct error *err)
{
	bool done = false;

	int rc = read_since(&done, c, err);
	if (rc < 0 || done)
		return rc;
	c->out->common = 0;
	rc = read_history(&done, c, NULL, err);
	return rc < 0 ? rc : check_received(c, err);
}

/* ---- formats */

#define CONVERTED                                                                              \
	"The branch was converted or is another: \"xata pull --force\" takes its history and " \
	"keeps "                                                                               \
	"local records in .xata/backup."

/* A pgroll branch may continue local v1 records: then their last one is its first one's parent. */
static int check_formats(struct comparing *c, struct error *err)
{
	enum record_format here = local_len(c) ? c->local->history->format : RECORD_NONE;
	enum record_format there = c->out->format;

	if (here == RECORD_NONE || here == there || c->out->common)
		return 0;
	return not_the_same(c, err, E_PROJECT, CONVERTED,
			    "the local records are of format %s, those of the branch of format %s",
			    record_format_name(here), record_format_name(there));
}

/* ---- what was known of the branch before */

/* Whether what was seen is among the news, with the checksum that it had. */
static int check_seen_news(bool *found, struct comparing *c, struct error *err)
{
	AUTO(record) *r = NULL;
	const char *seen = c->local->seen_id;
	size_t at;

	int rc = news_find(found, &at, &c->out->news, seen, err);
	if (rc == 0 && *found)
		rc = news_record(&r, &c->out->news, at, err);
	if (rc < 0 || !*found || !c->local->seen_checksum || !record_checksum(r) ||
	    str_eq(record_checksum(r), c->local->seen_checksum))
		return rc;
	return not_the_same(c, err, E_REWRITTEN, TAKE_REMOTE,
			    "the branch was rewritten: it has record \"%s\" with other content "
			    "than when it was last seen",
			    seen);
}

static int check_seen(struct comparing *c, struct error *err)
{
	const char *seen = c->local->seen_id;
	const struct comparison *out = c->out;
	bool found = false;
	size_t at;

	if (!seen || (history_find(c->local->history, seen, &at) && at < out->common))
		return 0;
	int rc = check_seen_news(&found, c, err);
	if (rc < 0 || found)
		return rc;
	if (out->news.len)
		return not_the_same(c, err, E_REWRITTEN, TAKE_REMOTE,
				    "the branch was rewritten: it had record \"%s\" when it was "
				    "last seen, and has it no more",
				    seen);
	return not_the_same(c, err, E_REWRITTEN, TAKE_REMOTE,
			    "the branch was truncated: it had record \"%s\" when it was last seen, "
			    "and %s%s%s now",
			    seen, out->common ? "ends at \"" : "is empty",
			    out->common ? local_id(c, out->common - 1) : "",
			    out->common ? "\"" : "");
}

/* ---- the whole */

static enum relation relation_of(const struct comparing *c)
{
	bool mine = local_len(c) > c->out->common;
	bool theirs = c->out->news.len > 0;

	if (mine)
		return theirs ? RELATION_DIVERGED : RELATION_AHEAD;
	return theirs ? RELATION_BEHIND : RELATION_EQUAL;
}

/* Whether the head that was told is among the news, with its checksum. */
static int head_in_news(bool *found, const struct comparing *c, struct error *err)
{
	const struct remote_head *head = &c->out->head;
	AUTO(record) *r = NULL;
	size_t at;

	int rc = news_find(found, &at, &c->out->news, head->id, err);
	if (rc == 0 && *found)
		rc = news_record(&r, &c->out->news, at, err);
	if (rc == 0 && *found)
		*found = str_eq(record_checksum(r), head->checksum);
	return rc;
}

/*
 * An endpoint that told its head with a checksum has to have sent that record: as its newest, or
 * further back when somebody pushed since. One that is here with this checksum needs no sending,
 * and was found by compare_head(); an end that is here is of another chain, or is not the head.
 */
static int check_head(const struct comparing *c, struct error *err)
{
	const struct remote_head *head = &c->out->head;
	const char *ends = c->out->common ? local_id(c, c->out->common - 1) : NULL;
	bool found = false;
	int rc = 0;

	if (!head->checksum)
		return 0;
	if (c->out->news.len)
		rc = head_in_news(&found, c, err);
	else
		found = str_eq(ends, head->id);
	if (rc < 0 || found)
		return rc;
	return fail(err, E_PEER,
		    "the endpoint contradicts itself: its head is record \"%s\", but its history "
		    "%s",
		    head->id,
		    c->out->news.len ? "does not have it, or not with that checksum"
				     : "ends with another");
}

/* What was read may be newer, and know more, than what the head said. */
static int settle_head(struct comparing *c, struct error *err)
{
	struct remote_head *head = &c->out->head;
	const struct spool *news = &c->out->news;
	AUTO(record) *newest = NULL;

	int rc = news->len ? news_record(&newest, news, news->len - 1, err) : 0;
	if (rc == 0)
		rc = check_head(c, err);
	if (rc == 0 && !newest && c->out->common && !head->checksum)
		rc = local_record(&newest, c->local, c->out->common - 1, err);
	if (rc < 0)
		return rc;
	if (!head->active && c->out->unfinished.len)
		head->active = xstrdup(c->out->unfinished.items[0]);
	head->head_known = true;
	if (head->checksum && (!newest || str_eq(head->id, record_id(newest))))
		return 0;
	free(head->id);
	free(head->checksum);
	head->id = newest ? xstrdup(record_id(newest)) : NULL;
	head->checksum = newest ? xstrdup(record_checksum(newest)) : NULL;
	return 0;
}

/* Both sides are as they were when they were last seen to be equal: most often so. */
static bool nothing_new(const struct comparing *c, bool decided)
{
	size_t len = local_len(c);

	return decided && c->out->common == len &&
	       (!c->local->seen_id || (len && str_eq(c->local->seen_id, local_id(c, len - 1))));
}

static int run(struct comparing *c, struct error *err)
{
	struct comparison *out = c->out;
	bool decided = false;

	int rc = c->endpoint->ops->head(c->endpoint, &out->head, err);
	if (rc < 0)
		return rc;
	out->format = out->head.format;
	rc = compare_head(&decided, c, err);
	if (rc == 0 && !nothing_new(c, decided))
		rc = history_load(c->local->history, err);
	if (rc == 0 && !decided)
		rc = read_news(c, err);
	if (rc == 0)
		rc = check_formats(c, err);
	if (rc == 0)
		rc = check_seen(c, err);
	if (rc == 0)
		rc = settle_head(c, err);
	out->relation = relation_of(c);
	return rc;
}

static int start(struct comparing *c, struct error *err)
{
	*c->out = (struct comparison){0};
	int rc = run(c, err);
	spool_release(&c->received);
	if (rc < 0)
		comparison_release(c->out);
	return rc;
}

int compare(struct comparison *out, const struct local_history *local, struct endpoint *e,
	    struct error *err)
{
	struct comparing c = {.out = out, .local = local, .endpoint = e};

	return start(&c, err);
}

int compare_contents_apart(struct comparison *out, const struct local_history *local,
			   struct endpoint *e, struct error *err)
{
	struct comparing c = {.out = out, .local = local, .endpoint = e, .two_contents = true};

	return start(&c, err);
}

int compare_lenient(struct comparison *out, char **rewritten, const struct local_history *local,
		    struct endpoint *e, struct error *err)
{
	struct comparing c = {.out = out, .local = local, .endpoint = e, .rewritten = rewritten};

	*rewritten = NULL;
	int rc = start(&c, err);
	if (rc < 0) {
		free(*rewritten);
		*rewritten = NULL;
	}
	return rc;
}
