/* Branches of a database: list, details, create, delete, the mapping from Git, the schema. */
#include "base/alloc.h"
#include "sync/api_impl.h"

#include "base/banned.h"

int api_branches(json_t **out, struct api *a, struct error *err)
{
	static const char *const names[] = {"name", NULL};
	AUTO_STR path = {0};
	AUTO_JSON *doc = NULL;

	*out = NULL;
	int rc = api_path_database(&path, a, "", err);
	if (rc < 0)
		return rc;
	const struct api_call call = {
		.method = "GET",
		.plane = API_DATA,
		.path = str_cstr(&path),
		.what = "list the branches of database",
		.name = a->target->database,
		.bytes_max = API_LIST_BYTES_MAX,
		.values_max = API_LIST_VALUES_MAX,
	};
	rc = api_get(&doc, a, &call, err);
	if (rc == 0)
		rc = api_check_list(doc, "branches", names, err);
	if (rc == 0)
		*out = steal(&doc);
	return rc;
}

/* One call about a branch; call has everything but the path. */
static int branch_call(json_t **out, struct api *a, struct api_call *call, const char *tail,
		       struct error *err)
{
	AUTO_STR path = {0};

	*out = NULL;
	int rc = api_path_branch(&path, a, call->name, tail, err);
	if (rc < 0)
		return rc;
	call->plane = API_DATA;
	call->path = str_cstr(&path);
	rc = api_get(out, a, call, err);
	call->path = NULL;
	return rc;
}

int api_branch_metadata(json_t **out, struct api *a, const char *branch, struct error *err)
{
	struct api_call call = {
		.method = "GET", .what = "read the metadata of branch", .name = branch};

	return branch_call(out, a, &call, "/metadata", err);
}

int api_branch_create(json_t **out, struct api *a, const char *branch, const char *from,
		      json_t *metadata, struct error *err)
{
	AUTO_JSON *body = json_object();
	struct api_call call = {
		.method = "PUT",
		.what = "create branch",
		.name = branch,
		.doc = body,
	};

	*out = NULL;
	if (from) {
		int rc = api_name_check("branch", from, err);
		if (rc < 0)
			return rc;
		json_put_string(body, "from", from);
	}
	if (metadata)
		json_put(body, "metadata", json_incref(metadata));
	return branch_call(out, a, &call, "", err);
}

int api_branch_delete(json_t **out, struct api *a, const char *branch, struct error *err)
{
	struct api_call call = {.method = "DELETE", .what = "delete branch", .name = branch};

	return branch_call(out, a, &call, "", err);
}

/* Why the endpoint chose that branch, in its words. */
static char *reason_of(const json_t *doc)
{
	const json_t *reason = json_object_get(doc, "reason");
	const char *text = json_text(reason, "message");
	AUTO_STR safe = {.max = 1024};

	if (!text)
		text = json_text(reason, "code");
	if (!text)
		return NULL;
	str_put_safe(&safe, view_of(text));
	return str_ok(&safe) ? str_steal(&safe) : NULL;
}

int api_resolve_branch(char **out, char **reason, struct api *a, const char *git_branch,
		       const char *fallback, struct error *err)
{
	AUTO_STR path = {0};
	AUTO_JSON *doc = NULL;
	const char *branch = NULL;

	*out = NULL;
	*reason = NULL;
	int rc = api_path_database(&path, a, "/resolveBranch?gitBranch=", err);
	if (rc < 0)
		return rc;
	api_escape(&path, git_branch);
	if (fallback) {
		str_puts(&path, "&fallbackBranch=");
		api_escape(&path, fallback);
	}
	const struct api_call call = {
		.method = "GET",
		.plane = API_DATA,
		.path = str_cstr(&path),
		.what = "find the branch for Git branch",
		.name = git_branch,
	};
	rc = api_get(&doc, a, &call, err);
	if (rc == 0)
		rc = api_check_string(&branch, doc, "branch", err);
	if (rc < 0)
		return rc;
	if (api_name_check("branch", branch, NULL) < 0)
		return fail(err, E_PEER, "the endpoint maps Git branch \"%s\" to an invalid name",
			    git_branch);
	*out = xstrdup(branch);
	*reason = reason_of(doc);
	return 0;
}

/* Takes the object under key out of doc as a new reference. */
static int member_object(json_t **out, const json_t *doc, const char *key, struct error *err)
{
	struct error why = {0};
	json_t *found = NULL;

	if (json_get_object(&found, doc, key, JSON_REQUIRED, &why) < 0)
		return fail(err, E_PEER, "the endpoint's answer cannot be understood: %s", why.msg);
	*out = json_incref(found);
	return 0;
}

static int schema_call(json_t **out, struct api *a, const char *branch, const char *tail,
		       struct error *err)
{
	struct error why = {0};
	struct api_call call = {
		.method = "GET",
		.what = "show the schema of branch",
		.name = branch,
		.divisible = true,
	};

	int rc = branch_call(out, a, &call, tail, &why);
	if (rc == E_LIMIT) {
		rc = error_recode(&why, E_PEER);
		hint(&why,
		     "Pull the branch: without --branch, the schema is made from its history.");
	}
	if (rc < 0 && err && err->code == E_OK)
		*err = why;
	return rc;
}

/* What a branch is told without its schema, where the endpoint can: it may come in another form. */
int api_schema(json_t **out, struct api *a, const char *branch, struct error *err)
{
	AUTO_JSON *about = NULL;
	AUTO_JSON *doc = NULL;
	bool hosted = a->target->hosted;

	*out = NULL;
	int rc = schema_call(&about, a, branch, hosted ? "" : "?form=head", err);
	if (rc < 0)
		return rc;
	bool pgroll = json_is_true(json_object_get(about, "usePgRoll"));
	if (!pgroll && (hosted || json_object_get(about, "schema")))
		return member_object(out, about, "schema", err);
	json_decref(steal(&about)); /* not in memory together with the schema */
	rc = schema_call(&doc, a, branch, pgroll ? "/schema" : "", err);
	return rc < 0 ? rc : member_object(out, doc, "schema", err);
}
