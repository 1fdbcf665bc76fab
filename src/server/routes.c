/* Finds the row of the route table that a request is for. */
#include "server/routes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "server/handlers.h"
#include "server/names.h"

#include "base/banned.h"

#define R KEY_READ, STORE_READ
#define W KEY_WRITE, STORE_WRITE
#define A KEY_ADMIN, STORE_WRITE
#define BRANCH "/db/{db}:{branch}"

const struct route routes[] = {
	{"GET", "/healthz", R, BODY_NONE, ROUTE_PUBLIC, get_health},
	{"GET", "/metrics", R, BODY_NONE, 0, get_metrics},
	{"GET", "/user", R, BODY_NONE, ROUTE_LIMITED, get_user},

	{"GET", "/workspaces", R, BODY_NONE, ROUTE_LIMITED, list_workspaces},
	{"POST", "/workspaces", A, BODY_REQUIRED, 0, create_workspace},
	{"GET", "/workspaces/{ws}", R, BODY_NONE, ROUTE_LIMITED, get_workspace},
	{"PUT", "/workspaces/{ws}", A, BODY_REQUIRED, 0, update_workspace},
	{"DELETE", "/workspaces/{ws}", A, BODY_NONE, 0, delete_workspace},
	{"GET", "/workspaces/{ws}/regions", R, BODY_NONE, ROUTE_LIMITED, list_regions},

	{"GET", "/workspaces/{ws}/dbs", R, BODY_NONE, ROUTE_LIMITED | ROUTE_BULK, list_databases},
	{"PUT", "/workspaces/{ws}/dbs/{db}", A, BODY_REQUIRED, 0, create_database},
	{"GET", "/workspaces/{ws}/dbs/{db}", R, BODY_NONE, 0, get_database},
	{"PATCH", "/workspaces/{ws}/dbs/{db}", A, BODY_REQUIRED, 0, update_database},
	{"DELETE", "/workspaces/{ws}/dbs/{db}", A, BODY_NONE, 0, delete_database},
	{"POST", "/workspaces/{ws}/dbs/{db}/rename", A, BODY_REQUIRED, 0, rename_database},

	{"GET", "/dbs/{db}", R, BODY_NONE, ROUTE_BULK, list_branches},
	{"GET", "/dbs/{db}/gitBranches", R, BODY_NONE, ROUTE_BULK, list_git_branches},
	{"POST", "/dbs/{db}/gitBranches", W, BODY_REQUIRED, 0, set_git_branch},
	{"DELETE", "/dbs/{db}/gitBranches", W, BODY_NONE, 0, remove_git_branch},
	{"GET", "/dbs/{db}/resolveBranch", R, BODY_NONE, 0, resolve_branch},

	{"GET", BRANCH, R, BODY_NONE, ROUTE_BULK, get_branch},
	{"PUT", BRANCH, W, BODY_OPTIONAL, 0, create_branch},
	{"DELETE", BRANCH, W, BODY_NONE, 0, delete_branch},
	{"GET", BRANCH "/metadata", R, BODY_NONE, 0, get_branch_metadata},
	{"PUT", BRANCH "/metadata", W, BODY_REQUIRED, 0, set_branch_metadata},

	{"GET", BRANCH "/schema", R, BODY_NONE, ROUTE_BULK, get_schema},
	{"GET", BRANCH "/schemas", R, BODY_NONE, ROUTE_BULK, list_schemas},
	{"POST", BRANCH "/schema/history", R, BODY_OPTIONAL, ROUTE_BULK, schema_history},
	{"POST", BRANCH "/schema/push", W, BODY_REQUIRED, ROUTE_BEGINS, schema_push},

	{"POST", BRANCH "/migrations/apply", W, BODY_REQUIRED, ROUTE_BEGINS, apply_migration},
	{"POST", BRANCH "/migrations/start", W, BODY_REQUIRED, ROUTE_BEGINS, start_migration},
	{"POST", BRANCH "/migrations/complete", W, BODY_OPTIONAL, ROUTE_BEGINS, complete_migration},
	{"POST", BRANCH "/migrations/rollback", W, BODY_OPTIONAL, ROUTE_BEGINS, rollback_migration},
	{"POST", BRANCH "/migrations/push", W, BODY_REQUIRED, ROUTE_BEGINS, migrations_push},
	{"GET", BRANCH "/migrations/history", R, BODY_NONE, ROUTE_BULK, migrations_history},
	{"GET", BRANCH "/migrations/status", R, BODY_NONE, 0, migration_status},
	{"GET", BRANCH "/migrations/jobs", R, BODY_NONE, 0, list_jobs},
	{"GET", BRANCH "/migrations/jobs/{job}", R, BODY_NONE, 0, get_job},
};
const size_t routes_len = ARRAY_LEN(routes);

/* ---- segments */

/* Cuts the next "/segment" off *rest; false at the end or when it does not begin with "/". */
static bool next_segment(struct view *rest, struct view *segment)
{
	if (rest->len == 0 || rest->ptr[0] != '/')
		return false;
	const char *from = rest->ptr + 1;
	const char *end = memchr(from, '/', rest->len - 1);
	size_t len = end ? (size_t)(end - from) : rest->len - 1;

	*segment = view_make(from, len);
	*rest = view_make(from + len, rest->len - 1 - len);
	return true;
}

/* Whether path has the shape of pattern: literal segments equal, the others not empty. */
static bool shape_is(const char *pattern, const char *path)
{
	struct view p = view_of(pattern), s = view_of(path), want, got;

	while (next_segment(&p, &want)) {
		if (!next_segment(&s, &got))
			return false;
		if (want.ptr[0] == '{' ? got.len == 0 : !view_eq(want, got))
			return false;
	}
	return s.len == 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int percent_decode(struct str *out, struct view encoded, struct error *err)
{
	size_t from = out->len;

	for (size_t i = 0; i < encoded.len; i++) {
		char c = encoded.ptr[i];
		if (c == '%') {
			int high = i + 2 < encoded.len ? hex_digit(encoded.ptr[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(encoded.ptr[i + 2]) : -1;
			if (low < 0)
				return fail(err, E_INVALID, "the path has a bad percent escape");
			c = (char)(high * 16 + low);
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return fail(err, E_INVALID, "the path has a control character");
		str_putc(out, c);
	}
	int rc = str_check(out, "the path", err);
	if (rc == 0 && !utf8_valid(view_make(str_cstr(out) + from, out->len - from)))
		rc = fail(err, E_INVALID, "the path is not UTF-8");
	return rc;
}

/* ---- parameters */

static int take_name(char **slot, const char *what, const char *name, struct error *err)
{
	int rc = name_check(what, name, err);

	if (rc == 0)
		*slot = xstrdup(name);
	return rc;
}

static int take_database_branch(struct route_match *m, const char *text, struct error *err)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return fail(err, E_INVALID, "expected \"database:branch\" in the path");
	AUTO_FREE char *database = xstrndup(text, (size_t)(colon - text));
	int rc = take_name(&m->params[PATH_DATABASE], "database", database, err);
	if (rc == 0)
		rc = take_name(&m->params[PATH_BRANCH], "branch", colon + 1, err);
	return rc;
}

static int take_param(struct route_match *m, struct view pattern, struct view segment,
		      struct error *err)
{
	AUTO_STR text = {.max = 4096};
	int rc = percent_decode(&text, segment, err);

	if (rc < 0)
		return rc;
	if (view_is(pattern, "{db}:{branch}"))
		return take_database_branch(m, str_cstr(&text), err);
	if (view_is(pattern, "{db}"))
		return take_name(&m->params[PATH_DATABASE], "database", str_cstr(&text), err);
	if (view_is(pattern, "{job}"))
		return take_name(&m->params[PATH_JOB], "job", str_cstr(&text), err);
	if (!workspace_id_valid(str_cstr(&text)))
		return fail(err, E_INVALID, "invalid workspace id");
	m->params[PATH_WORKSPACE] = xstrdup(str_cstr(&text));
	return 0;
}

static int take_params(struct route_match *m, const char *path, struct error *err)
{
	struct view p = view_of(m->route->pattern), s = view_of(path), want, got;
	int rc = 0;

	while (rc == 0 && next_segment(&p, &want) && next_segment(&s, &got))
		if (want.ptr[0] == '{')
			rc = take_param(m, want, got, err);
	return rc;
}

void route_match_release(struct route_match *m)
{
	for (size_t i = 0; i < PATH_PARAMS; i++)
		free(m->params[i]);
	*m = (struct route_match){0};
}

static void put_allowed(struct str *allow, const char *method)
{
	str_printf(allow, "%s%s", allow->len ? ", " : "", method);
	if (strcmp(method, "GET") == 0)
		str_puts(allow, ", HEAD");
}

int route_find(struct route_match *out, struct str *allow, const char *method, const char *path,
	       struct error *err)
{
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	*out = (struct route_match){0};
	for (size_t i = 0; i < routes_len; i++) {
		if (!shape_is(routes[i].pattern, path))
			continue;
		put_allowed(allow, routes[i].method);
		if (strcmp(routes[i].method, method) == 0)
			out->route = &routes[i];
	}
	if (out->route)
		return take_params(out, path, err);
	if (allow->len)
		return fail(err, E_METHOD, "this path does not have this method");
	return fail(err, E_NOTFOUND, "there is nothing at this path");
}
