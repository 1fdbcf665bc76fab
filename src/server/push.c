/* Decides about the next records of a branch, and adds them. */
#include "server/push.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/checksum.h"
#include "ledger/operation.h"

#include "base/banned.h"

/*
 * Entries of the schema that the operations of one request may look at, and one operation more,
 * while all other writers wait: some 0.1 seconds of a processor.
 */
#define WORK_MAX ((size_t)10000000)

/* ---- one record behind the head */

int push_open(struct push *p, struct call *c, struct store_branch *b, struct error *err)
{
	*p = (struct push){.c = c, .branch = b};
	int rc = branch_schema_load(&p->schema, c, b, err);
	if (rc == 0)
		schema_limit_work(p->schema, WORK_MAX);
	return rc;
}

void push_release(struct push *p)
{
	schema_free(p->schema);
	p->schema = NULL;
}

static int check_parent(const struct push *p, const struct record *r, struct error *err)
{
	const char *head = p->branch->head_id;

	if (str_eq(record_parent(r), head))
		return 0;
	return fail(err, E_INVALID, "its parent is \"%s\", expected \"%s\"",
		    record_parent(r) ? record_parent(r) : "", head ? head : "");
}

static int check_checksum(const struct push *p, struct record *r, struct error *err)
{
	char chain[CHECKSUM_LEN + 1];
	const char *before = p->branch->head_checksum;

	switch (checksum_check(chain, r, before)) {
	case CHECKSUM_VALID:
	case CHECKSUM_VALID_ESCAPED:
		return 0;
	case CHECKSUM_UNSEALED:
		record_chain(r, record_parent(r), before);
		return record_check_size(record_doc(r), err);
	default:
		return fail(err, E_INVALID, "its checksum does not fit its content and parent");
	}
}

static int check_operations(const struct push *p, const struct record *r, struct error *err)
{
	const json_t *operations = record_operations(r);

	for (size_t i = 0; i < json_array_size(operations); i++) {
		int rc = operation_check(record_format(r), json_array_get(operations, i),
					 OPERATION_LENIENT, err);
		if (rc < 0) {
			error_prefix(err, "operation %zu", i + 1);
			return rc;
		}
	}
	return schema_apply(p->schema, r, err);
}

static int fail_modified(struct call *c, const char *id, const char *where, struct error *err)
{
	return call_fail(c, err, E_CONFLICT, "modified", 0,
			 "migration \"%s\" is known to this %s with other operations", id, where);
}

/* An id stands for one step of the schema: in the whole database, on whatever branch. */
static int check_known(const struct push *p, const struct record *r, struct error *err)
{
	const struct store_ops *ops = p->c->store->ops;
	AUTO_VALUE(store_record) known = {0}, own = {0};
	char content[SHA256_HEX + 1];
	struct error inner = {0};
	const char *id = record_id(r);
	int rc = ops->record_known(&known, p->c->txn, p->branch->database, id, &inner);

	if (rc == E_NOTFOUND)
		return 0;
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	record_content_hash(content, r);
	if (strcmp(content, known.content) != 0)
		return fail_modified(p->c, id, "database", err);
	rc = ops->record_get(&own, p->c->txn, p->branch->rowid, id, &inner);
	if (rc == 0)
		return call_fail(p->c, err, E_CONFLICT, NULL, 0,
				 "migration \"%s\" is in the branch already, as number %lld", id,
				 (long long)own.depth);
	if (rc != E_NOTFOUND)
		*err = inner;
	return rc == E_NOTFOUND ? 0 : rc;
}

/* A converted branch begins with v1 records and goes on with pgroll records, never back. */
static int check_format(const struct push *p, const struct record *r, struct error *err)
{
	const char *before = p->branch->head_checksum;

	if (record_format(r) == p->branch->format)
		return 0;
	if (p->branch->format == RECORD_PGROLL && (!before || before[0] == '1'))
		return 0;
	return fail(err, E_INVALID, "it is a %s record, the branch has %s records",
		    record_format_name(record_format(r)), record_format_name(p->branch->format));
}

int push_check(struct push *p, struct record *r, struct error *err)
{
	int rc = check_known(p, r, err); /* names the record itself */

	if (rc < 0)
		return rc;
	rc = check_format(p, r, err);
	if (rc == 0)
		rc = check_parent(p, r, err);
	if (rc == 0)
		rc = check_checksum(p, r, err);
	if (rc == 0)
		rc = check_operations(p, r, err);
	if (rc < 0)
		error_prefix(err, "migration \"%s\"", record_id(r));
	return rc;
}

/* ---- conflicts */

int push_fail_active(struct call *c, const struct branch_head *head, struct error *err)
{
	return call_fail(c, err, E_CONFLICT, "active_migration", 0,
			 "migration \"%s\" is started and neither completed nor rolled back",
			 head->active);
}

static int fail_outdated(struct call *c, const struct branch_head *head, const char *expected,
			 struct error *err)
{
	return call_fail(c, err, E_CONFLICT, NULL, 0,
			 "outdated migration [branch ID: %s, expected: %s]",
			 head->id ? head->id : "", expected ? expected : "");
}

/* ---- records that the branch has already */

/* Walks a list and the branch's history side by side, oldest first. */
struct overlap {
	struct call *c;
	struct records *records;
	size_t matched;		    /* records that the branch has */
	struct store_record before; /* the one before the next, empty at the start */
	bool differs;		    /* the next one is another record than the branch's */
};

static void overlap_release(struct overlap *o)
{
	store_record_release(&o->before);
}
AUTO_VALUE_DEFINE(overlap)

/* A record that has the id of the branch's, and yet is not that record. */
static int explain_difference(struct overlap *o, const struct record *r,
			      const struct store_record *have, enum checksum_state state,
			      struct error *err)
{
	char content[SHA256_HEX + 1];

	record_content_hash(content, r);
	if (strcmp(content, have->content) != 0)
		return fail_modified(o->c, have->id, "branch", err);
	if (state == CHECKSUM_WRONG && str_eq(record_parent(r), o->before.id))
		return fail(err, E_INVALID,
			    "migration \"%s\": its checksum does not fit its content and parent",
			    have->id);
	o->differs = true; /* the same step in another history */
	return 1;
}

static int compare_record(void *ctx, const struct store_record *have, struct error *err)
{
	struct overlap *o = ctx;
	char chain[CHECKSUM_LEN + 1];

	if (o->matched == o->records->len)
		return 1;
	struct record *r = o->records->items[o->matched];
	if (strcmp(record_id(r), have->id) != 0) {
		o->differs = true;
		return 1;
	}
	enum checksum_state state = checksum_check(chain, r, o->before.checksum);
	bool same = state != CHECKSUM_WRONG && strcmp(chain, have->checksum) == 0 &&
		    str_eq(record_parent(r), o->before.id);
	if (!same)
		return explain_difference(o, r, have, state, err);
	o->matched++;
	store_record_release(&o->before);
	store_record_copy(&o->before, have);
	return 0;
}

/*
 * How many of the records are the branch's newest ones already, when the first of them is in its
 * history: all records from there up to the head must be in the list, identical. 0 when the first
 * is not in the history.
 */
static int count_applied(size_t *out, struct call *c, const struct store_branch *b,
			 const struct push_request *q, const struct branch_head *head,
			 struct error *err)
{
	const struct store_ops *ops = c->store->ops;
	AUTO_VALUE(store_record) first = {0};
	AUTO_VALUE(overlap) o = {.c = c, .records = q->records};
	struct error inner = {0};
	const char *id = record_id(q->records->items[0]);
	int rc = ops->record_get(&first, c->txn, b->rowid, id, &inner);

	*out = 0;
	if (rc == E_NOTFOUND)
		return 0;
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	if (first.depth > 1)
		rc = branch_record_at(&o.before, c, b, first.depth - 1, err);
	if (rc < 0)
		return rc;
	rc = ops->record_list(c->txn, b->rowid, first.depth, (int64_t)q->records->len,
			      compare_record, &o, err);
	if (rc < 0)
		return rc;
	if (o.differs || first.depth + (int64_t)o.matched - 1 != b->length)
		return fail_outdated(c, head, id, err);
	*out = o.matched;
	return 0;
}

/* ---- the whole push */

static bool is_expected(const struct push_request *q, const struct branch_head *head)
{
	if (!q->has_expected || !str_eq(q->expected_id, head->id))
		return !q->has_expected;
	return !q->expected_checksum || str_eq(q->expected_checksum, head->checksum);
}

/* Where the new records begin in the list; a failure when they do not follow the head. */
static int find_start(size_t *start, struct call *c, const struct store_branch *b,
		      const struct push_request *q, const struct branch_head *head,
		      struct error *err)
{
	*start = 0;
	if (head->active)
		return push_fail_active(c, head, err);
	if (q->records->len == 0)
		return is_expected(q, head) ? 0 : fail_outdated(c, head, q->expected_id, err);
	int rc = count_applied(start, c, b, q, head, err);
	if (rc < 0 || *start > 0)
		return rc;
	if (!is_expected(q, head))
		return fail_outdated(c, head, q->expected_id, err);
	const char *parent = record_parent(q->records->items[0]);
	if (!q->has_expected && !str_eq(parent, head->id))
		return fail_outdated(c, head, parent, err);
	return 0;
}

/*
 * A pgroll record goes through the executor, as a job that leaves no trace of its own; an executor
 * that cannot finish it at once cannot serve a push, which is all or nothing.
 */
static int add_record(struct push *p, const struct record *r, struct error *err)
{
	struct call *c = p->c;

	if (p->branch->format == RECORD_V1)
		return branch_append(c->store, c->txn, p->branch, r, c->now, err);
	struct store_job job = {
		.branch = p->branch->rowid, .kind = JOB_APPLY, .status = JOB_PENDING};
	int rc = c->executor->ops->submit(c->executor, c->txn, p->branch, &job, r, c->now, err);
	if (rc == 0 && job.status != JOB_COMPLETED)
		rc = fail(err, E_INVALID, "migration \"%s\" could not be applied: %s", record_id(r),
			  job.error ? job.error : "it needs a job of its own");
	free(job.error);
	return rc;
}

static int add_records(struct call *c, struct store_branch *b, const struct push_request *q,
		       size_t start, struct error *err)
{
	AUTO_VALUE(push) p = {0};
	int rc = push_open(&p, c, b, err);

	for (size_t i = start; i < q->records->len && rc == 0; i++) {
		struct record *r = q->records->items[i];
		/* What others build on has been completed, whatever an old file still says. */
		if (!record_done(r) && i + 1 == q->records->len)
			return fail(err, E_INVALID, "migration \"%s\" is not done", record_id(r));
		rc = push_check(&p, r, err);
		if (rc == 0)
			rc = add_record(&p, r, err);
	}
	if (rc == 0)
		rc = branch_schema_keep(b, p.schema, err);
	if (rc == 0)
		rc = c->store->ops->branch_update(c->txn, b, err);
	return rc;
}

static int apply(size_t *applied, struct call *c, struct store_branch *b,
		 const struct push_request *request, struct error *err)
{
	AUTO_VALUE(branch_head) head = {0};
	size_t start = 0;
	int rc = branch_find_head(&head, c, b, err);

	if (rc == 0)
		rc = find_start(&start, c, b, request, &head, err);
	if (rc == 0 && start < request->records->len) {
		rc = add_records(c, b, request, start, err);
		*applied = request->records->len - start;
	}
	if (rc == E_CONFLICT && !c->error_head)
		c->error_head = branch_head_json(&head);
	if (rc < 0)
		metrics_push(c->metrics,
			     rc == E_CONFLICT ? METRICS_PUSH_CONFLICT : METRICS_PUSH_REFUSED);
	return rc;
}

int push_run(size_t *applied, struct store_branch *b, struct call *c, enum record_format format,
	     const struct push_request *request, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	int rc = branch_begin(c, err);

	*applied = 0;
	if (rc == 0)
		rc = call_branch_of(&db, b, c, format, err);
	if (rc == 0)
		rc = apply(applied, c, b, request, err);
	if (rc == 0)
		rc = call_commit(c, err);
	if (rc == 0)
		metrics_push(c->metrics, (long)*applied);
	return rc;
}

/* ---- reading */

/* A document of a batch is that of a file: its format shows. */
static int read_document(struct record **out, const json_t *doc, struct error *err)
{
	AUTO_STR text = {.max = RECORD_TEXT_MAX};
	AUTO(record) *r = NULL;

	json_write(&text, doc, JSON_FORM_COMPACT);
	int rc = str_check(&text, "the record", err);
	if (rc == 0)
		rc = record_parse(&r, str_view(&text), err);
	if (rc == 0)
		rc = record_check_size(record_doc(r), err);
	*out = rc == 0 ? steal(&r) : NULL;
	return rc;
}

int push_read_records(struct records *out, const struct call *c, const json_t *list,
		      enum record_format format, struct error *err)
{
	size_t n = json_array_size(list);

	if (n > c->limits->push_records)
		return fail(err, E_LIMIT, "%zu migrations in one push: the limit is %zu", n,
			    c->limits->push_records);
	for (size_t i = 0; i < n; i++) {
		const json_t *doc = json_array_get(list, i);
		struct record *r;
		int rc = format == RECORD_V1 ? record_from_item(&r, format, doc, err)
					     : read_document(&r, doc, err);
		if (rc < 0) {
			error_prefix(err, "migration %zu of the push", i + 1);
			return rc;
		}
		records_take(out, r);
	}
	return 0;
}
