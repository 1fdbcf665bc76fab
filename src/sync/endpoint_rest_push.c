/* A branch over the Xata API, writing half: pushes of many records, and jobs of one. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "sync/rest_impl.h"

#include "base/banned.h"

/* ---- pushes */

static void put_records(struct str *body, const struct push_request *req)
{
	for (size_t i = 0; i < req->count; i++) {
		if (i)
			str_putc(body, ',');
		json_write(body, record_doc(req->records->items[req->from + i]), JSON_FORM_COMPACT);
	}
}

static void put_batch(struct str *body, const struct push_request *req)
{
	str_puts(body, "{\"expected\":");
	if (req->expected_id) {
		str_puts(body, "{\"id\":");
		json_write_string(body, view_of(req->expected_id));
		if (req->expected_checksum) {
			str_puts(body, ",\"checksum\":");
			json_write_string(body, view_of(req->expected_checksum));
		}
		str_putc(body, '}');
	} else {
		str_puts(body, "null");
	}
	str_puts(body, ",\"records\":[");
	put_records(body, req);
	str_puts(body, "]}");
}

/* A refused push, known better: the head moved on, or what stands in the way is something else. */
static int classify(struct error *err, const struct api_answer *answer, int rc)
{
	if (rc != E_CONFLICT && rc != E_REFUSED)
		return rc;
	if (str_eq(answer->id, "modified")) {
		hint(err,
		     "An id stands for one content: make the migration anew with \"xata new\".");
		return err ? error_recode(err, E_REFUSED) : E_REFUSED;
	}
	if (str_eq(answer->id, "active_migration")) {
		hint(err, "Complete or roll back the active migration first: see \"xata migrate "
			  "status\".");
		return rc;
	}
	if (rc == E_CONFLICT || strstr(answer->msg, "outdated migration")) {
		hint(err, "Somebody else pushed in between: run \"xata pull\", then push again.");
		return err ? error_recode(err, E_CONFLICT) : E_CONFLICT;
	}
	if (answer->status == 413)
		return err ? error_recode(err, E_LIMIT) : E_LIMIT;
	return rc;
}

/*
 * What a push that was taken is answered with: by the API { migrationID, status } of the last
 * migration sent, by xatad for pgroll records { head }. Any other success may be of somebody who
 * only talks HTTP. 1 when the work is yet to be done.
 */
static int read_taken(const struct rest *r, const struct push_request *req, const json_t *doc,
		      struct error *err)
{
	bool v1 = req->format == RECORD_V1;
	const char *last = record_id(req->records->items[req->from + req->count - 1]);
	const char *status = json_text(doc, "status");

	if (v1 && str_eq(status, "failed"))
		return fail(err, E_REMOTE_FAILED,
			    "the endpoint took the push to branch \"%s\" but could not apply it",
			    r->branch);
	if (v1 && str_eq(status, "pending"))
		return 1;
	const char *id = v1 ? json_text(doc, "migrationID")
			    : json_text(json_object_get(doc, "head"), "id");
	if (str_eq(id, last) && (!v1 || str_eq(status, "completed")))
		return 0;
	int rc = fail(err, E_PEER, "the endpoint does not say that branch \"%s\" took the push",
		      r->branch);
	hint(err, "Run \"xata status %s\" to see what the branch has, then push again.", r->branch);
	return rc;
}

int rest_push(struct endpoint *e, const struct push_request *req, struct error *err)
{
	struct rest *r = (struct rest *)e;
	bool v1 = req->format == RECORD_V1;
	AUTO_VALUE(api_answer) answer = {0};
	AUTO_STR body = {0};

	if (v1) {
		str_puts(&body, "{\"migrations\":[");
		put_records(&body, req);
		str_puts(&body, "]}");
	} else {
		put_batch(&body, req);
	}
	int rc = str_check(&body, "push", err);
	if (rc < 0)
		return rc;
	struct api_call call = {
		.method = "POST",
		.what = "take the push to branch",
		.body = str_view(&body),
		.repeatable = true, /* records that are there already are passed over */
		.kind = API_WORK,
	};
	rc = rest_call(&answer, r, &call, v1 ? "/schema/push" : "/migrations/push", err);
	if (rc < 0)
		return classify(err, &answer, rc);
	api_progress(r->api);
	return read_taken(r, req, answer.doc, err);
}

/* ---- jobs */

/* {name, operations, schema} and what else stands in the record's migration, as it stands there. */
static json_t *apply_body(const struct record *rec)
{
	const json_t *migration = json_object_get(record_doc(rec), "migration");
	json_t *body = json_copy((json_t *)(uintptr_t)migration);

	if (!body)
		body = json_object();
	json_put_string(body, "name", record_id(rec));
	json_put_string(body, "schema", record_schema(rec));
	return body;
}

int rest_apply(struct endpoint *e, char **job_id, const struct record *rec, struct error *err)
{
	struct rest *r = (struct rest *)e;
	AUTO_VALUE(api_answer) answer = {0};
	AUTO_JSON *body = apply_body(rec);
	const char *id = NULL;
	struct api_call call = {
		.method = "POST",
		.what = "apply a migration to branch",
		.doc = body,
		.kind = API_WORK,
	};

	*job_id = NULL;
	int rc = rest_call(&answer, r, &call, "/migrations/apply", err);
	if (rc < 0) {
		rc = classify(err, &answer, rc);
		return rc == E_LIMIT && err ? error_recode(err, E_REFUSED) : rc;
	}
	rc = api_check_string(&id, answer.doc, "jobID", err);
	if (rc < 0)
		return rc;
	if (api_name_check("job", id, NULL) < 0)
		return fail(err, E_PEER, "the endpoint gave a job an id that is none");
	*job_id = xstrdup(id);
	return 0;
}

static bool job_state_of(enum job_state *out, const char *status)
{
	if (str_eq(status, "completed"))
		*out = JOB_STATE_COMPLETED;
	else if (str_eq(status, "failed"))
		*out = JOB_STATE_FAILED;
	else if (str_eq(status, "pending") || str_eq(status, "in_progress"))
		*out = JOB_STATE_PENDING;
	else
		return false;
	return true;
}

int rest_job(struct endpoint *e, struct remote_job *out, const char *job_id, struct error *err)
{
	struct rest *r = (struct rest *)e;
	AUTO_JSON *doc = NULL;

	*out = (struct remote_job){0};
	int rc = api_migrate_job(&doc, r->api, r->branch, job_id, err);
	if (rc < 0)
		return rc;
	const char *status = json_text(doc, "status");
	if (!job_state_of(&out->state, status))
		return fail(err, E_PEER, "the endpoint gives job \"%s\" a state that is none: %s",
			    job_id, status);
	if (out->state != JOB_STATE_PENDING)
		api_progress(r->api);
	const char *error = json_text(doc, "error");
	if (error) {
		AUTO_STR safe = {.max = 65536};
		str_put_safe(&safe, view_make(error, strnlen(error, 2000)));
		out->error = str_steal(&safe);
	}
	return 0;
}
