/* The migrations of a pgroll branch as jobs: start, complete, rollback, status, list. */
#include <stdlib.h>

#include "base/alloc.h"
#include "sync/api_impl.h"

#include "base/banned.h"

#define LIST_MAX 100000 /* items; no branch of ours or of the corpus comes near */
#define LIST_PAGE 200
/* Of all its pages, which are kept: ten times what so many items have. */
#define LIST_VALUES_MAX ((size_t)2000000)
#define LIST_BYTES_MAX ((size_t)128 << 20)

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
	json_t *items; /* borrowed */
	char *cursor;  /* of the next page, NULL: none */
	size_t values, bytes;
};

static void listing_release(struct listing *l)
{
	free(l->cursor);
}
AUTO_VALUE_DEFINE(listing)

static int check_listed(struct listing *l, const struct api_answer *answer, struct error *err)
{
	l->values += answer->values;
	l->bytes += answer->bytes;
	if (l->values <= LIST_VALUES_MAX && l->bytes <= LIST_BYTES_MAX)
		return 0;
	int rc = fail(err, E_LIMIT,
		      "the endpoint's list of migrations is over %zu MB or %zu values",
		      LIST_BYTES_MAX >> 20, LIST_VALUES_MAX);
	hint(err, "Ask for the newest: --max-count N.");
	return rc;
}

/* One page, appended to the list. */
static int list_page(struct listing *l, struct api *a, const char *branch, size_t size,
		     struct error *err)
{
	static const char *const names[] = {"name", NULL};
	AUTO_STR path = {0};
	AUTO_VALUE(api_answer) answer = {0};

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
	};
	rc = api_call(&answer, a, &call, err);
	if (rc == 0)
		rc = check_listed(l, &answer, err);
	if (rc == 0)
		rc = api_check_list(answer.doc, "migrations", names, err);
	if (rc < 0)
		return rc;
	const json_t *page = json_object_get(answer.doc, "migrations");
	const char *next = json_text(answer.doc, "cursor");
	if (next && (!json_array_size(page) || str_eq(next, l->cursor)))
		return fail(err, E_PEER, "the endpoint's list of migrations has no end");
	if (json_array_extend(l->items, (json_t *)(uintptr_t)page) < 0)
		return fail(err, E_INTERNAL, "could not join two lists");
	free(l->cursor);
	l->cursor = xstrdup(next);
	return 0;
}

int api_migrate_list(json_t **out, struct api *a, const char *branch, int limit, struct error *err)
{
	AUTO_JSON *doc = json_object();
	json_t *list = json_array();
	AUTO_VALUE(listing) l = {.items = list};
	size_t want = limit > 0 ? (size_t)limit : LIST_MAX;

	*out = NULL;
	json_put(doc, "migrations", list);
	do {
		size_t missing = want - json_array_size(list);
		int rc = list_page(&l, a, branch, missing < LIST_PAGE ? missing : LIST_PAGE, err);
		if (rc < 0)
			return rc;
	} while (l.cursor && json_array_size(list) < want);
	if (limit <= 0 && l.cursor)
		return fail(err, E_PEER, "the endpoint lists more than %d migrations", LIST_MAX);
	while (json_array_size(list) > want) /* an endpoint may ignore the limit */
		json_array_remove(list, json_array_size(list) - 1);
	*out = steal(&doc);
	return 0;
}
