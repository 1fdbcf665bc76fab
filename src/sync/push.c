/* A push as data: which local records the branch lacks, each read and checked in its place. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "sync/local.h"

#include "base/banned.h"

void push_plan_release(struct push_plan *p)
{
	free(p->expected_id);
	free(p->expected_checksum);
	records_release(&p->send);
	*p = (struct push_plan){0};
}

static int refuse(const struct comparison *c, const struct history *mine, struct error *err)
{
	int rc;

	if (c->relation == RELATION_DIVERGED)
		return fail(err, E_DIVERGED,
			    "the histories diverged after \"%s\": the branch has %zu %s not here",
			    c->common ? history_at(mine, c->common - 1)->id : "the start",
			    c->news.len, c->news.len == 1 ? "record that is" : "records that are");
	rc = fail(err, E_DIVERGED, "the branch has %zu %s that %s not here", c->news.len,
		  c->news.len == 1 ? "record" : "records", c->news.len == 1 ? "is" : "are");
	hint(err, "Run \"xata pull\" first.");
	return rc;
}

/* A local record goes out only if it is what its place in the chain says. */
static int check_record(char chain[CHECKSUM_LEN + 1], const struct record *r, const char *parent,
			const char *before, enum record_format format, struct error *err)
{
	int rc = 0;

	if (record_format(r) != format) {
		rc = fail(err, E_PROJECT,
			  "record \"%s\" is of format %s, which a %s branch does not take",
			  record_id(r), record_format_name(record_format(r)),
			  record_format_name(format));
		hint(err,
		     format == RECORD_PGROLL
			     ? "Push to a schema branch, or make a database without --postgres."
			     : "Make a database with \"xata dbs create --postgres\".");
	} else if (!str_eq(record_parent(r), parent)) {
		rc = fail(err, E_INVALID, "record \"%s\" has parent \"%s\", but it follows \"%s\"",
			  record_id(r), record_parent(r) ? record_parent(r) : "",
			  parent ? parent : "");
	} else if (checksum_check(chain, r, before) == CHECKSUM_WRONG) {
		rc = fail(err, E_INVALID, "record \"%s\" does not match its checksum",
			  record_id(r));
	}
	if (rc < 0)
		hint(err, "Run \"xata verify\" to see what is wrong and what to do.");
	return rc;
}

/*
 * What others build on has been completed, whatever an old file still says; the last record must
 * say so itself.
 */
static int check_last_done(const struct records *list, struct error *err)
{
	const struct record *last = list->len ? list->items[list->len - 1] : NULL;

	if (!last || record_done(last))
		return 0;
	int rc = fail(err, E_INVALID, "record \"%s\" is not done", record_id(last));
	hint(err, "It was pulled while it was active: pull it again once it is completed.");
	return rc;
}

static int read_records(struct push_plan *out, const struct local_history *local, size_t from,
			const char *chain_before, struct error *err)
{
	const struct history *mine = local->history;
	const char *parent = from ? history_at(mine, from - 1)->id : NULL;
	char before[CHECKSUM_LEN + 1], chain[CHECKSUM_LEN + 1] = "";

	memcpy(before, chain_before, sizeof before);
	for (size_t i = from; i < mine->len; i++) {
		struct record *r = NULL;
		int rc = local_record(&r, local, i, err);
		if (rc < 0)
			return rc;
		records_take(&out->send, r);
		rc = check_record(chain, r, parent, chain_or_null(before), out->format, err);
		if (rc < 0)
			return rc;
		memcpy(before, chain, sizeof before);
		parent = history_at(mine, i)->id;
	}
	return check_last_done(&out->send, err);
}

static int fill(struct push_plan *out, const struct comparison *c,
		const struct local_history *local, struct error *err)
{
	char chain[CHECKSUM_LEN + 1] = "";

	if (c->head.active) {
		int rc = fail(err, E_CONFLICT,
			      "migration \"%s\" is started on the branch and not completed",
			      c->head.active);
		hint(err, "Run \"xata migrate complete\" or \"xata migrate rollback\" first.");
		return rc;
	}
	int rc = local_chain(chain, local, c->common, err);
	if (rc < 0)
		return rc;
	out->expected_id = c->head.id ? xstrdup(c->head.id) : NULL;
	if (c->common)
		out->expected_checksum = xstrdup(chain);
	return read_records(out, local, c->common, chain, err);
}

int push_plan(struct push_plan *out, const struct comparison *c, const struct local_history *local,
	      struct error *err)
{
	*out = (struct push_plan){
		.relation = c->relation,
		.format = c->format,
		.batch = c->format == RECORD_V1 || c->head.batch_push,
	};
	if (c->relation == RELATION_BEHIND || c->relation == RELATION_DIVERGED)
		return refuse(c, local->history, err);
	if (c->relation == RELATION_EQUAL)
		return 0;
	int rc = fill(out, c, local, err);
	if (rc < 0)
		push_plan_release(out);
	return rc;
}
