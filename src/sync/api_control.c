/* The control plane: workspaces, regions and databases. */
#include "sync/api_impl.h"

#include <string.h>

#include "base/banned.h"

static const char *const ids[] = {"id", NULL};
static const char *const names[] = {"name", NULL};

/* An id becomes part of paths: the first that cannot is E_PEER. */
static int check_ids(const json_t *list, struct error *err)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		const char *id = json_text(item, "id");
		if (api_name_check("workspace", id, NULL) == 0)
			continue;
		return fail(err, E_PEER,
			    "the endpoint sent \"%.*s\", which cannot be the id of a workspace",
			    (int)utf8_cut(id, strnlen(id, 100)), id);
	}
	return 0;
}

int api_workspaces(json_t **out, struct api *a, struct error *err)
{
	const struct api_call call = {
		.method = "GET",
		.path = "/workspaces",
		.what = "list the workspaces",
	};
	AUTO_JSON *doc = NULL;
	int rc = api_get(&doc, a, &call, err);

	*out = NULL;
	if (rc == 0)
		rc = api_check_list(doc, "workspaces", ids, err);
	if (rc == 0)
		rc = check_ids(json_object_get(doc, "workspaces"), err);
	if (rc == 0)
		*out = steal(&doc);
	return rc;
}

int api_check_key(struct api *a, struct error *err)
{
	AUTO_JSON *doc = NULL;

	return api_workspaces(&doc, a, err);
}

/* GET of a list under the workspace. */
static int workspace_list(json_t **out, struct api *a, const char *tail, const char *key,
			  const char *const *strings, struct error *err)
{
	AUTO_STR path = {0};
	AUTO_JSON *doc = NULL;
	AUTO_STR what = {0};

	*out = NULL;
	int rc = api_path_workspace(&path, a, tail, err);
	if (rc < 0)
		return rc;
	str_printf(&what, "list the %s", key);
	const struct api_call call = {
		.method = "GET",
		.path = str_cstr(&path),
		.what = str_cstr(&what),
		.bytes_max = API_LIST_BYTES_MAX,
		.values_max = API_LIST_VALUES_MAX,
	};
	rc = api_get(&doc, a, &call, err);
	if (rc == 0)
		rc = api_check_list(doc, key, strings, err);
	if (rc == 0)
		*out = steal(&doc);
	return rc;
}

int api_regions(json_t **out, struct api *a, struct error *err)
{
	return workspace_list(out, a, "/regions", "regions", ids, err);
}

int api_databases(json_t **out, struct api *a, struct error *err)
{
	return workspace_list(out, a, "/dbs", "databases", names, err);
}

/* The endpoint's only region; E_USAGE listing several, E_PEER when it has none. */
static int pick_region(json_t **out, struct api *a, struct error *err)
{
	AUTO_JSON *doc = NULL;
	int rc = api_regions(&doc, a, err);

	if (rc < 0)
		return rc;
	const json_t *list = json_object_get(doc, "regions");
	if (json_array_size(list) == 1) {
		*out = json_incref(json_object_get(json_array_get(list, 0), "id"));
		return 0;
	}
	if (json_array_size(list) == 0) {
		rc = fail(err, E_PEER, "the endpoint sent an empty list of regions");
		hint(err, "Name the region with --region.");
		return rc;
	}
	AUTO_STR text = {.max = 300};
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
		str_printf(&text, "%s%s", i ? ", " : "", json_text(item, "id"));
	rc = fail(err, E_USAGE, "the endpoint has several regions: %s", str_cstr(&text));
	hint(err, "Choose one with --region.");
	return rc;
}

/* One call about a database of the workspace. */
static int database_call(json_t **out, struct api *a, struct api_call *call, const char *suffix,
			 struct error *err)
{
	AUTO_STR tail = {0};
	AUTO_STR path = {0};

	*out = NULL;
	int rc = api_name_check("database", call->name, err);
	if (rc < 0)
		return rc;
	str_puts(&tail, "/dbs/");
	api_escape(&tail, call->name);
	str_puts(&tail, suffix);
	rc = api_path_workspace(&path, a, str_cstr(&tail), err);
	if (rc < 0)
		return rc;
	call->path = str_cstr(&path);
	rc = api_get(out, a, call, err);
	call->path = NULL;
	return rc;
}

int api_database_create(json_t **out, struct api *a, const char *name,
			const struct api_database_options *options, struct error *err)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *region = NULL;

	*out = NULL;
	int rc = api_name_check("database", name, err);
	if (rc == 0 && options->branch)
		rc = api_name_check("branch", options->branch, err);
	if (rc < 0)
		return rc;
	if (options->region)
		region = json_string(options->region);
	else if (a->target->region)
		region = json_string(a->target->region);
	else if ((rc = pick_region(&region, a, err)) < 0)
		return rc;
	if (!region)
		return fail(err, E_USAGE, "the name of the region is not UTF-8");
	json_put(body, "region", json_incref(region));
	json_put_string(body, "branchName", options->branch ? options->branch : "main");
	if (options->postgres)
		json_put(body, "postgresEnabled", json_true());
	struct api_call call = {
		.method = "PUT",
		.what = "create database",
		.name = name,
		.doc = body,
	};
	return database_call(out, a, &call, "", err);
}

int api_database_delete(json_t **out, struct api *a, const char *name, struct error *err)
{
	struct api_call call = {.method = "DELETE", .what = "delete database", .name = name};

	return database_call(out, a, &call, "", err);
}

int api_database_rename(json_t **out, struct api *a, const char *name, const char *new_name,
			struct error *err)
{
	AUTO_JSON *body = json_object();

	*out = NULL;
	int rc = api_name_check("database", new_name, err);
	if (rc < 0)
		return rc;
	json_put_string(body, "newName", new_name);
	struct api_call call = {
		.method = "POST",
		.what = "rename database",
		.name = name,
		.doc = body,
	};
	return database_call(out, a, &call, "/rename", err);
}
