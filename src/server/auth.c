/* Checks the key of a request, and finds its workspace. */
#include "server/auth.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/sha256.h"
#include "server/names.h"

#include "base/banned.h"

static int fail_key(struct error *err)
{
	return fail(err, E_AUTH, "invalid API key");
}

/* The key in "Bearer <key>"; empty when the header has another form. */
static struct view bearer(const char *authorization)
{
	static const char scheme[] = "Bearer ";
	struct view none = {0};

	if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
		return none;
	struct view key = view_trim(view_of(authorization + sizeof scheme - 1));
	return key.len <= KEY_TEXT_MAX ? key : none;
}

static int find_key(struct call *c, struct error *err)
{
	char hash[SHA256_HEX + 1];
	struct error inner = {0};
	struct view key = bearer(c->req->authorization);

	if (key.len == 0)
		return fail_key(err);
	sha256_hex(hash, key);
	int rc = c->store->ops->key_get(&c->key, c->txn, hash, &inner);
	if (rc == E_NOTFOUND || (rc == 0 && c->key.revoked_at))
		return fail_key(err);
	if (rc < 0)
		*err = inner;
	return rc;
}

/* ---- the workspace */

/* E_AUTH when it does not exist; `out` receives a copy. */
static int take_workspace(char **out, struct call *c, const char *id, struct error *err)
{
	AUTO_VALUE(store_workspace) w = {0};
	struct error inner = {0};
	int rc = c->store->ops->workspace_get(&w, c->txn, id, &inner);

	if (rc == E_NOTFOUND || (rc == 0 && !auth_sees_workspace(c, id)))
		return fail(err, E_AUTH, "this key has no access to workspace \"%s\"", id);
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	*out = xstrdup(id);
	return 0;
}

/* Cuts the label up to the next dot off *rest; false without a dot. */
static bool next_label(struct view *rest, char *out, size_t size)
{
	const char *dot = rest->len ? memchr(rest->ptr, '.', rest->len) : NULL;
	size_t len = dot ? (size_t)(dot - rest->ptr) : 0;

	if (!dot || len >= size)
		return false;
	snprintf(out, size, "%.*s", (int)len, rest->ptr);
	*rest = view_make(dot + 1, rest->len - len - 1);
	return true;
}

int auth_host_workspace(char **out, struct call *c, const char *host, struct error *err)
{
	char id[NAME_MAX_LEN + 1], region[64];
	struct view rest = view_of(host);

	*out = NULL;
	if (!next_label(&rest, id, sizeof id) || !next_label(&rest, region, sizeof region) ||
	    rest.len == 0)
		return 0;
	/* "server.example.org" looks like it too: only a region of ours makes it a workspace. */
	if (!workspace_id_valid(id) || strcmp(region, SERVER_DEFAULT_REGION) != 0)
		return 0;
	return take_workspace(out, c, id, err);
}

static int find_workspace(struct call *c, struct error *err)
{
	const char *in_path = c->match.params[PATH_WORKSPACE];

	if (in_path)
		return take_workspace(&c->workspace, c, in_path, err);
	int rc = auth_host_workspace(&c->workspace, c, c->req->host, err);
	if (rc == 0 && !c->workspace)
		c->workspace = xstrdup(SERVER_DEFAULT_WORKSPACE);
	return rc;
}

/* ---- what the key may do */

bool auth_sees_workspace(const struct call *c, const char *workspace)
{
	size_t len = strlen(workspace);
	const char *only = c->key.database;

	return !only || (strncmp(only, workspace, len) == 0 && only[len] == '/');
}

bool auth_sees_database(const struct call *c, const char *workspace, const char *database)
{
	return !c->key.database || (auth_sees_workspace(c, workspace) &&
				    strcmp(c->key.database + strlen(workspace) + 1, database) == 0);
}

static int check_scope(const struct call *c, struct error *err)
{
	static const char *const may[] = {"do nothing", "only read", "only read and write"};
	const char *database = c->match.params[PATH_DATABASE];

	if (c->key.scope < c->match.route->scope)
		return fail(err, E_FORBIDDEN, "this key may %s",
			    may[c->key.scope < ARRAY_LEN(may) ? c->key.scope : 0]);
	if (!c->key.database)
		return 0;
	bool sees = database ? auth_sees_database(c, c->workspace, database)
			     : (c->match.route->flags & ROUTE_LIMITED) != 0;
	if (!sees)
		return fail(err, E_FORBIDDEN, "this key is limited to one database");
	return 0;
}

int auth_check(struct call *c, struct error *err)
{
	int rc = find_key(c, err);

	if (rc < 0)
		return rc;
	if (c->key.id)
		snprintf(c->res->key_id, sizeof c->res->key_id, "%s", c->key.id);
	rc = find_workspace(c, err);
	if (rc == 0)
		rc = check_scope(c, err);
	return rc;
}
