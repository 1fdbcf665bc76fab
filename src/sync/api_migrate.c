/* The migrations of a pgroll branch as jobs: start, complete, rollback, status, list. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/digest_set.h"
#include "sync/api_impl.h"

#include "base/banned.h"

#define LIST_PAGE 200

/* A call that answers {"jobID"}. */
static int job_call(json_t **out, struct api *a, const char *branch, const char *tail,
		    const char *what, const json_t *body, struct error *err)
{
	AUTO_STR path = {0};
	AUTO_JSON *doc = NULL;
	const char *id = NULL;

	*out = NULL;
	int rc = api_path_branch(&path, a, branch, tail, err);
	if (rc < 0)
		return rc;
	const struct api_call call = {
		.method = "POST",
		.plane = API_DATA,
		.path = str_cstr(&path),
		.what = what,
		.name = branch,
		.doc = body,
		.kind = API_WORK,
	};
	rc = api_get(&doc, a, &call, err);
	if (rc == 0)
		rc = api_check_string(&id, doc, "jobID", err);
	if (rc == 0)
		*out = steal(&doc);
	return rc;
}

int api_migrate_start(json_t **out, struct api *a, const char *branch, const json_t *migration,
		      struct error *err)
{
	return job_call(out, a, branch, "/migrations/start", "start a migration on branch",
			migration, err);
}

int api_migrate_complete(json_t **out, struct api *a, const char *branch, struct error *err)
{
	return job_call(out, a, branch, "/migrations/complete", "complete the migration of branch",
			NULL, err);
}

int api_migrate_rollback(json_t **out, struct api *a, const char *branch, struct error *err)
{
	return job_call(out, a, branch, "/migrations/rollback", "roll back the migration of branch",
			NULL, err);
}

static int job_status(json_t **out, struct api *a, const char *branch, const char *tail,
		      struct error *err)
{
	AUTO_STR path = {0};
	AUTO_VALUE(api_answer) answer = {0};
	const char *text = NULL;

	*out = NULL;
	int rc = api_path_branch(&path, a, branch, tail, err);
	if (rc < 0)
		return rc;
	const struct api_call call = {
		.method = "GET",
		.plane = API_DATA,
		.path = str_cstr(&path),
		.what = "show the migration job of branch",
		.name = branch,
		.kind = API_POLL,
	};
	rc = api_call(&answer, a, &call, err);
	if (rc < 0 || answer.status == 204)
		return rc;
	rc = api_check_string(&text, answer.doc, "status", err);
	if (rc == 0)
		*out = steal(&answer.doc);
	return rc;
}

int api_migrate_status(json_t **out, struct api *a, const char *branch, struct error *err)
{
	return job_status(out, a, branch, "/migrations/status", err);
}

int api_migrate_job(json_t **out, struct api *a, const char *branch, const char *job_id,
		    struct error *err)
{
	AUTO_STR tail = {0};

	*out = NULL;
	int rc = api_name_check("job", job_id, err);
	if (rc < 0)
		return rc;
	str_printf(&tail, "/migrations/jobs/%s", job_id);
	rc = job_status(out, a, branch, str_cstr(&tail), err);
	if (rc == 0 && !*out)
		rc = fail(err, E_PEER, "the endpoint says nothing about job \"%s\"", job_id);
	return rc;
}

/* A list that comes page by page. */
struct listing {
	json_t *items;		   /* borrowed */
	char *cursor;		   /* of the next page, NULL: none */
	struct digest_set cursors; /* all that came */
	size_t values, bytes;	   /* of all pages */
};

static void listing_release(struct listing *l)
{
	free(l->cursor);
	digest_set_release(&l->cursors);
}
AUTO_VALUE_DEFINE(listing)

static int fail_long(struct error *err)
{
	int rc = fail(err, E_PEER,
		      "the endpoint's list of migrations has more than %zu MB or %d values and no "
		      "end in sight",
		      API_LIST_BYTES_MAX >> 20, API_LIST_VALUES_MAX);

	hint(err, "Ask for the newest: --max-count N.");
	return rc;
}

/* One page, as large as what is left of the list's bounds. */
static int ask_page(struct api_answer *answer, struct listing *l, struct api *a, const char *branch,
		    size_t size, struct error *err)
{
	AUTO_STR path = {0};
	struct error why = {0};

	*answer = (struct api_answer){0};
	int rc = api_path_branch(&path, a, branch, "/migrations/history", err);
	if (rc < 0)
		return rc;
	str_printf(&path, "?limit=%zu", size);
	if (l->cursor) {
		str_puts(&path, "&cursor=");
		api_escape(&path, l->cursor);
	}
	const struct api_call call = {
		.method = "GET",
		.plane = API_DATA,
		.path = str_cstr(&path),
		.what = "list the migrations of branch",
		.name = branch,
		.divisible = true,
		.bytes_max = API_LIST_BYTES_MAX - l->bytes,
		.values_max = API_LIST_VALUES_MAX - l->values,
	};
	if (!call.bytes_max || !call.values_max)
		return fail_long(err);
	rc = api_call(answer, a, &call, &why);
	if (rc == E_LIMIT)
		return fail_long(err);
	if (rc < 0 && err && err->code == E_OK)
		*err = why;
	l->bytes += answer->bytes;
	l->values += answer->values;
	return rc;
}

/* An endpoint may send the same pages in turn for ever. */
static int take_cursor(struct listing *l, const json_t *doc, bool empty, struct error *err)
{
	struct error why = {0};

	free(steal(&l->cursor));
	if (api_read_cursor(&l->cursor, doc, JSON_OPTIONAL, &why) < 0)
		return fail(err, E_PEER,
			    "the endpoint's list of migrations cannot be understood: %s", why.msg);
	bool again = l->cursor && !digest_set_add(&l->cursors, l->cursor);
	if (again || (l->cursor && empty))
		return fail(err, E_PEER,
			    "the endpoint's list of migrations has no end: a page brings %s",
			    again ? "the same cursor again" : "nothing new");
	return 0;
}

/* One page, appended to the list. */
static int list_page(struct listing *l, struct api *a, const char *branch, size_t size,
		     struct error *err)
{
	static const char *const names[] = {"name", NULL};
	AUTO_VALUE(api_answer) answer = {0};

	int rc = ask_page(&answer, l, a, branch, size, err);
	if (rc == 0)
		rc = api_check_list(answer.doc, "migrations", names, err);
	if (rc < 0)
		return rc;
	json_t *page = json_object_get(answer.doc, "migrations");
	rc = take_cursor(l, answer.doc, !json_array_size(page), err);
	if (rc == 0 && json_array_extend(l->items, page) < 0)
		return fail(err, E_INTERNAL, "could not join two lists");
	return rc;
}

int api_migrate_list(json_t **out, struct api *a, const char *branch, int limit, struct error *err)
{
	AUTO_JSON *doc = json_object();
	json_t *list = json_array();
	AUTO_VALUE(listing) l = {.items = list};
	size_t want = limit > 0 ? (size_t)limit : SIZE_MAX;

	*out = NULL;
	json_put(doc, "migrations", list);
	do {
		size_t missing = want - json_array_size(list);
		int rc = list_page(&l, a, branch, missing < LIST_PAGE ? missing : LIST_PAGE, err);
		if (rc < 0)
			return rc;
	} while (l.cursor && json_array_size(list) < want);
	while (json_array_size(list) > want) /* an endpoint may ignore the limit */
		json_array_remove(list, json_array_size(list) - 1);
	*out = steal(&doc);
	return 0;
}
