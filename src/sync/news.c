/* Records from an endpoint, from when they were received to when they are believed. */
#include "sync/news.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "ledger/operation.h"
#include "sync/local.h"

#include "base/banned.h"

/*
 * Bytes of the files of one history. A file has each value on a line of its own, so that nested
 * ones take many times what they had in the answer.
 */
#define NEWS_BYTES_MAX ((uint64_t)1 << 30)

int news_add(struct spool *news, const struct record *r, struct error *err)
{
	AUTO_STR text = {.max = RECORD_TEXT_MAX};

	record_print(&text, r);
	int rc = str_check(&text, record_name(r), err);
	return rc < 0 ? rc : spool_add(news, record_name(r), str_view(&text), err);
}

int news_record(struct record **out, const struct spool *news, size_t at, struct error *err)
{
	AUTO_STR text = {0};
	int rc = spool_text(&text, news, at, err);

	return rc < 0 ? rc : record_parse(out, str_view(&text), err);
}

int news_records(struct records *out, const struct spool *news, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < news->len; i++) {
		struct record *r = NULL;
		rc = news_record(&r, news, i, err);
		if (rc == 0)
			records_take(out, r);
	}
	return rc;
}

int news_id(struct str *out, const struct spool *news, size_t at, struct error *err)
{
	AUTO_STR name = {0};
	int rc = spool_name(&name, news, at, err);

	if (rc < 0)
		return rc;
	size_t len = record_name_v1_id(str_cstr(&name));
	str_clear(out);
	str_putv(out, len ? view_make(str_cstr(&name), len) : str_view(&name));
	return 0;
}

int news_find(bool *found, size_t *at, const struct spool *news, const char *id, struct error *err)
{
	AUTO_STR one = {0};

	*found = false;
	for (size_t i = 0; i < news->len; i++) {
		int rc = news_id(&one, news, i, err);
		if (rc < 0)
			return rc;
		if (!str_eq(str_cstr(&one), id))
			continue;
		*found = true;
		*at = i;
		return 0;
	}
	return 0;
}

/* ---- checking */

struct checking {
	struct spool *news;
	const struct local_history *local;
	size_t common;
	char *parent;		       /* id of the record before */
	char before[CHECKSUM_LEN + 1]; /* its checksum, "" when there is none */
	struct str text;	       /* for checksums, kept between records */
};

static void checking_release(struct checking *c)
{
	free(c->parent);
	str_release(&c->text);
}
AUTO_VALUE_DEFINE(checking)

static int fail_record(struct error *err, const struct record *r, const char *why)
{
	return fail(err, E_PEER, "the endpoint sent record \"%s\", which %s", record_id(r), why);
}

/* What "xata verify" would find in a file is found before there is one. */
static int check_operations(const struct record *r, struct error *err)
{
	const json_t *list = record_operations(r);

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct error why = {0};
		const json_t *op = json_array_get(list, i);
		if (operation_check(record_format(r), op, OPERATION_LENIENT, &why) == 0)
			continue;
		AUTO_STR kind = {.max = 1024};
		str_put_safe(&kind, view_make(operation_name(op), strnlen(operation_name(op), 60)));
		return fail(err, E_PEER,
			    "the endpoint sent an invalid record \"%s\": operation %zu (%s): %s",
			    record_id(r), i + 1, str_cstr(&kind), why.msg);
	}
	return 0;
}

static int check_place(const struct checking *c, const struct record *r, struct error *err)
{
	size_t at;

	if (!str_eq(record_parent(r), c->parent))
		return fail(err, E_PEER,
			    "the endpoint sent record \"%s\" with parent \"%s\", but it follows "
			    "\"%s\"",
			    record_id(r), record_parent(r) ? record_parent(r) : "",
			    c->parent ? c->parent : "");
	if (history_find(c->local->history, record_id(r), &at) && at < c->common)
		return fail_record(err, r, "stands further back in the history already");
	return 0;
}

static int fail_invalid(const struct error *why, struct error *err)
{
	return fail(err, E_PEER, "the endpoint sent an invalid record: %s", why->msg);
}

/* A ledger keeps the names alone: they have to tell which records they are. */
static int check_name(const struct record *r, struct error *err)
{
	struct error why = {0};

	return record_check_name(r, &why) < 0 ? fail_invalid(&why, err) : 0;
}

static int seal(struct record *r, const struct checking *c, struct error *err)
{
	struct error why = {0};

	record_chain(r, c->parent, chain_or_null(c->before));
	return record_check_size(record_doc(r), &why) < 0 ? fail_invalid(&why, err) : 0;
}

static int check_record(struct checking *c, struct record *r, struct error *err)
{
	char chain[CHECKSUM_LEN + 1] = "";
	int rc = check_place(c, r, err);

	if (rc == 0)
		rc = check_name(r, err);
	if (rc < 0)
		return rc;
	switch (checksum_check_with(&c->text, chain, r, chain_or_null(c->before))) {
	case CHECKSUM_WRONG:
		return fail_record(err, r, "does not match its checksum");
	case CHECKSUM_UNSEALED:
		rc = seal(r, c, err);
		break;
	case CHECKSUM_VALID:
	case CHECKSUM_VALID_ESCAPED:
		break;
	}
	if (rc == 0)
		rc = check_operations(r, err);
	if (record_checksum(r)) /* now its own, which may be the escaped form */
		memcpy(c->before, record_checksum(r), sizeof c->before);
	free(c->parent);
	c->parent = xstrdup(record_id(r));
	if (rc == 0)
		rc = news_add(c->news, r, err);
	if (rc == 0 && spool_bytes(c->news) > NEWS_BYTES_MAX)
		rc = fail(err, E_PEER, "the records that the endpoint sent take more than %u MB",
			  (unsigned)(NEWS_BYTES_MAX >> 20));
	return rc;
}

int news_check(struct spool *news, const struct spool *received, const struct local_history *local,
	       size_t common, struct error *err)
{
	AUTO_VALUE(checking) c = {.news = news, .local = local, .common = common};
	int rc = received->len ? local_chain(c.before, local, common, err) : 0;

	if (common)
		c.parent = xstrdup(history_at(local->history, common - 1)->id);
	for (size_t i = received->len; rc == 0 && i-- > 0;) {
		AUTO(record) *r = NULL;
		rc = news_record(&r, received, i, err);
		if (rc == 0)
			rc = check_record(&c, r, err);
	}
	return rc;
}
