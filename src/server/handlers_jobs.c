/* The jobs of a pgroll branch. */
#include <limits.h>

#include "server/call.h"
#include "server/handlers.h"
#include "server/job_store.h"

#include "base/banned.h"

#define JOBS_LIMIT 25 /* jobs of a page when the request does not say */

/* MigrationJobStatusResponse */
static int job_json(json_t **out, const struct store_job *j, struct error *err)
{
	AUTO_JSON *obj = json_object();
	int rc;

	*out = NULL;
	json_put_string(obj, "jobID", j->id);
	json_put_string(obj, "type", job_kind_name(j->kind));
	json_put_string(obj, "status", job_status_name(j->status));
	rc = json_put_stored(obj, "description", j->description, err);
	if (rc < 0)
		return rc;
	if (j->completed_at)
		json_put_time(obj, "completedAt", j->completed_at);
	json_put_string(obj, "error", j->error);
	*out = json_incref(obj);
	return 0;
}

static int find_branch(int64_t *rowid, struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(store_branch) b = {0};
	int rc = call_branch_of(&db, &b, c, RECORD_PGROLL, err);

	*rowid = b.rowid;
	return rc;
}

/* ---- one */

static int keep_job(void *ctx, const struct store_job *j, struct error *err)
{
	int rc = job_json(ctx, j, err);

	return rc < 0 ? rc : 1;
}

int migration_status(struct call *c, struct error *err)
{
	int64_t branch = 0;
	json_t *latest = NULL;
	int rc = find_branch(&branch, c, err);

	if (rc == 0)
		rc = c->store->ops->job_list(c->txn, branch, 0, 1, keep_job, &latest, err);
	if (rc < 0) {
		json_decref(latest);
		return rc;
	}
	return latest ? call_json(c, 200, latest, err) : call_empty(c);
}

int get_job(struct call *c, struct error *err)
{
	AUTO_VALUE(store_job) job = {0};
	const char *id = c->match.params[PATH_JOB];
	struct error inner = {0};
	int64_t branch = 0;
	json_t *body = NULL;
	int rc = find_branch(&branch, c, err);

	if (rc < 0)
		return rc;
	rc = c->store->ops->job_get(&job, c->txn, branch, id, &inner);
	if (rc == E_NOTFOUND)
		return fail(err, E_NOTFOUND, "job [%s] not found", id);
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	rc = job_json(&body, &job, err);
	return rc < 0 ? rc : call_json(c, 200, body, err);
}

/* ---- list */

struct jobs_page {
	json_t *list;
	size_t limit;
	int64_t last; /* number of the last job shown */
	bool more;
};

/* One job more than the limit is asked for: its presence tells whether there is another page. */
static int list_job(void *ctx, const struct store_job *j, struct error *err)
{
	struct jobs_page *page = ctx;
	json_t *obj;

	if (json_array_size(page->list) == page->limit) {
		page->more = true;
		return 1;
	}
	int rc = job_json(&obj, j, err);
	if (rc < 0)
		return rc;
	json_put_string(obj, "migration", j->migration);
	json_put_time(obj, "enqueuedAt", j->enqueued_at);
	json_array_append_new(page->list, obj);
	page->last = j->number;
	return 0;
}

static int answer_page(struct call *c, const struct jobs_page *page, struct error *err)
{
	json_t *body = json_object();
	AUTO_STR cursor = {.max = 32};

	json_put(body, "jobs", json_incref(page->list));
	str_printf(&cursor, "%lld", (long long)page->last);
	if (page->more)
		json_put_string(body, "cursor", str_cstr(&cursor));
	return call_json(c, 200, body, err);
}

int list_jobs(struct call *c, struct error *err)
{
	AUTO_JSON *list = json_array();
	long limit = 0, before = 0;
	int64_t branch = 0;
	int rc = call_query_number(&limit, c, "limit", 1, (long)c->limits->page, JOBS_LIMIT, err);

	if (rc == 0)
		rc = call_query_number(&before, c, "cursor", 1, LONG_MAX, 0, err);
	if (rc == 0)
		rc = find_branch(&branch, c, err);
	if (rc < 0)
		return rc;
	struct jobs_page page = {.list = list, .limit = (size_t)limit};
	rc = c->store->ops->job_list(c->txn, branch, before, limit + 1, list_job, &page, err);
	return rc < 0 ? rc : answer_page(c, &page, err);
}
