/* Migrations of pgroll branches: apply, start, complete, roll back, push, list. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/xid.h"
#include "server/branch.h"
#include "server/call.h"
#include "server/handlers.h"
#include "server/history.h"
#include "server/job_store.h"
#include "server/push.h"

#include "base/banned.h"

#define HISTORY_LIMIT 25 /* migrations of a page when the request does not say */

/* A branch with what stands at its head. */
struct target {
	struct store_database db;
	struct store_branch branch;
	struct branch_head head;
};

static void target_release(struct target *t)
{
	store_database_release(&t->db);
	store_branch_release(&t->branch);
	branch_head_release(&t->head);
}
AUTO_VALUE_DEFINE(target)

static int find_target(struct target *t, struct call *c, struct error *err)
{
	int rc = call_branch_of(&t->db, &t->branch, c, RECORD_PGROLL, err);

	return rc < 0 ? rc : branch_find_head(&t->head, c, &t->branch, err);
}

static int fail_not_active(struct call *c, struct error *err)
{
	return call_fail(c, err, E_INVALID, "no_active_migration", 0,
			 "no migration is started on this branch");
}

/* Runs the job and stores it with the branch as it is then. */
static int run_job(struct call *c, struct target *t, struct store_job *job,
		   const struct record *record, struct error *err)
{
	const struct store_ops *ops = c->store->ops;
	int rc = ops->job_add(c->txn, job, err);

	if (rc == 0)
		rc = c->executor->ops->submit(c->executor, c->txn, &t->branch, job, record, c->now,
					      err);
	if (rc == 0)
		rc = ops->job_update(c->txn, job, err);
	if (rc == 0)
		rc = ops->branch_update(c->txn, &t->branch, err);
	return rc;
}

static int answer_job(struct call *c, const struct store_job *job, struct error *err)
{
	json_t *body = json_object();

	json_put_string(body, "jobID", job->id);
	return call_json(c, 200, body, err);
}

/* ---- apply and start */

/* {name?,operations,schema?,version_schema?} as the record that follows the branch's head. */
static int draft_record(struct record **out, struct call *c, const struct target *t,
			enum job_kind kind, struct error *err)
{
	struct record_draft draft = {
		.format = RECORD_PGROLL,
		.parent = t->head.id,
		.parent_checksum = t->head.checksum,
		.started_at = c->now,
		.not_done = kind == JOB_START,
	};
	char made[sizeof "mig_" + XID_LEN] = "mig_";
	json_t *operations = NULL;
	int rc = json_get_string(&draft.id, c->body, "name", JSON_OPTIONAL, err);

	*out = NULL;
	if (rc == 0)
		rc = json_get_array(&operations, c->body, "operations", JSON_REQUIRED, err);
	if (rc == 0)
		rc = json_get_string(&draft.schema, c->body, "schema", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_string(&draft.version_schema, c->body, "version_schema",
				     JSON_OPTIONAL, err);
	if (rc < 0)
		return rc;
	if (!draft.id || !*draft.id) {
		xid_new(made + 4, c->now / 1000000);
		draft.id = made;
	}
	/* A name that is taken by the head is refused like any other, not as its own parent. */
	if (str_eq(draft.id, draft.parent))
		draft.parent = draft.parent_checksum = NULL;
	draft.operations = operations;
	return record_make(out, &draft, err);
}

/* Checks the record; the schema of a started migration counts when it is completed. */
static int check_record(struct call *c, struct target *t, struct record *r, enum job_kind kind,
			struct error *err)
{
	AUTO_VALUE(push) p = {0};

	if (t->head.active)
		return push_fail_active(c, &t->head, err);
	int rc = push_open(&p, c, &t->branch, err);
	if (rc == 0)
		rc = push_check(&p, r, err);
	if (rc == 0 && kind == JOB_APPLY)
		rc = branch_schema_keep(&t->branch, p.schema, err);
	return rc;
}

static int add_migration(struct call *c, enum job_kind kind, struct error *err)
{
	AUTO_VALUE(target) t = {0};
	AUTO_VALUE(store_job) job = {0};
	AUTO(record) *r = NULL;
	int rc = branch_begin(c, err);

	if (rc == 0)
		rc = find_target(&t, c, err);
	if (rc == 0)
		rc = draft_record(&r, c, &t, kind, err);
	if (rc == 0)
		rc = check_record(c, &t, r, kind, err);
	if (rc < 0)
		return rc;
	job_init(&job, &t.branch, kind, record_id(r), c->now);
	job_describe(&job, record_operations(r));
	rc = run_job(c, &t, &job, r, err);
	return rc < 0 ? rc : answer_job(c, &job, err);
}

int apply_migration(struct call *c, struct error *err)
{
	return add_migration(c, JOB_APPLY, err);
}

int start_migration(struct call *c, struct error *err)
{
	return add_migration(c, JOB_START, err);
}

/* ---- complete and roll back */

/* The started record, made done, with its operations taken into the branch's schema. */
static int completed_record(struct record **out, struct call *c, struct target *t,
			    struct error *err)
{
	AUTO_VALUE(store_record) row = {0};
	AUTO(schema) *schema = NULL;
	AUTO(record) *r = NULL;
	int rc = branch_record_at(&row, c, &t->branch, t->branch.length, err);

	*out = NULL;
	if (rc == 0)
		rc = record_parse(&r, view_of(row.doc), err);
	if (rc == 0)
		rc = branch_schema_load_before_active(&schema, c, &t->branch, err);
	if (rc == 0)
		rc = schema_apply(schema, r, err);
	if (rc < 0) /* all of it was checked when it was started */
		return error_recode(err, E_INTERNAL);
	rc = branch_schema_keep(&t->branch, schema, err);
	if (rc < 0)
		return rc;
	record_set_done(r, true);
	*out = steal(&r);
	return 0;
}

static int end_migration(struct call *c, enum job_kind kind, struct error *err)
{
	AUTO_VALUE(target) t = {0};
	AUTO_VALUE(store_job) job = {0};
	AUTO(record) *r = NULL;
	int rc = kind == JOB_COMPLETE ? branch_begin(c, err) : call_begin(c, STORE_WRITE, err);

	if (rc == 0)
		rc = find_target(&t, c, err);
	if (rc < 0)
		return rc;
	if (!t.head.active)
		return fail_not_active(c, err);
	if (kind == JOB_COMPLETE)
		rc = completed_record(&r, c, &t, err);
	if (rc < 0)
		return rc;
	job_init(&job, &t.branch, kind, t.head.active, c->now);
	rc = run_job(c, &t, &job, r, err);
	return rc < 0 ? rc : answer_job(c, &job, err);
}

int complete_migration(struct call *c, struct error *err)
{
	return end_migration(c, JOB_COMPLETE, err);
}

int rollback_migration(struct call *c, struct error *err)
{
	return end_migration(c, JOB_ROLLBACK, err);
}

/* ---- push */

/* "expected" has to be there: null, or the head that the client knows. */
static int read_expected(struct push_request *q, const struct call *c, struct error *err)
{
	const json_t *expected = json_object_get(c->body, "expected");

	q->has_expected = true;
	if (!expected)
		return fail(err, E_INVALID, "\"expected\" is missing: null, or the head known");
	if (json_is_null(expected))
		return 0;
	if (!json_is_object(expected))
		return fail(err, E_INVALID, "\"expected\" must be an object or null, not %s",
			    json_type_name(expected));
	int rc = json_get_string(&q->expected_id, expected, "id", JSON_REQUIRED, err);
	if (rc == 0)
		rc = json_get_string(&q->expected_checksum, expected, "checksum", JSON_OPTIONAL,
				     err);
	return rc;
}

static int answer_push(struct call *c, const struct store_branch *b, size_t applied,
		       struct error *err)
{
	/* Borrowed: nothing is started on a branch that took a push. */
	const struct branch_head head = {
		.id = b->head_id, .checksum = b->head_checksum, .length = b->length};
	json_t *body = json_object();

	json_put(body, "head", branch_head_json(&head));
	json_put(body, "applied", json_integer((json_int_t)applied));
	return call_json(c, 200, body, err);
}

int migrations_push(struct call *c, struct error *err)
{
	AUTO_VALUE(store_branch) b = {0};
	AUTO_VALUE(records) records = {0};
	struct push_request q = {.records = &records};
	size_t applied = 0;
	json_t *list = NULL;
	int rc = read_expected(&q, c, err);

	if (rc == 0)
		rc = json_get_array(&list, c->body, "records", JSON_REQUIRED, err);
	if (rc == 0)
		rc = push_read_records(&records, c, list, RECORD_PGROLL, err);
	if (rc == 0)
		rc = push_run(&applied, &b, c, RECORD_PGROLL, &q, err);
	return rc < 0 ? rc : answer_push(c, &b, applied, err);
}

/* ---- list */

int migrations_history(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(store_branch) b = {0};
	struct str *out = &c->res->body;
	bool records = str_eq(call_query(c, "form"), "record");
	struct history_page page = {.write = records ? history_put_record : history_put_item};
	long limit = 0;
	int rc = call_query_number(&limit, c, "limit", 1, (long)c->limits->page, HISTORY_LIMIT,
				   err);

	if (rc == 0)
		rc = call_branch_of(&db, &b, c, RECORD_PGROLL, err);
	if (rc == 0)
		rc = history_cursor(&page.from, call_query(c, "cursor"), &b, err);
	if (rc < 0)
		return rc;
	page.limit = limit;
	str_puts(out, "{\"migrations\":[");
	rc = history_write(&page, out, c, &b, err);
	if (rc < 0)
		return rc;
	str_putc(out, ']');
	if (page.count && history_more(&page)) /* clients loop while there is a cursor */
		str_printf(out, ",\"cursor\":\"%lld\"", (long long)page.last);
	str_putc(out, '}');
	return call_text(c, 200, "application/json", err);
}
