/* Workspaces, their regions, and the user behind a key. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/xid.h"
#include "server/auth.h"
#include "server/call.h"
#include "server/handlers.h"
#include "server/names.h"

#include "base/banned.h"

#define WORKSPACE_NAME_MAX 255 /* bytes */
#define SLUG_MAX 40	       /* bytes of the readable part of an id */
#define ID_TAIL 7	       /* "-" and six random characters */

/* ---- the user */

int get_user(struct call *c, struct error *err)
{
	json_t *body = json_object();

	json_put_string(body, "id", c->key.id);
	json_put_string(body, "email", "");
	json_put_string(body, "fullname", c->key.name ? c->key.name : "");
	json_put_string(body, "image", "");
	return call_json(c, 200, body, err);
}

/* ---- shapes */

/* The readable part of an id: "shop" of "shop-a1b2c3"; an id without one is its own slug. */
static void put_slug(json_t *obj, const char *id)
{
	size_t len = strlen(id);
	AUTO_FREE char *slug = xstrndup(id, len > ID_TAIL ? len - ID_TAIL : len);

	json_put_string(obj, "slug", slug);
}

static json_t *workspace_json(const struct store_workspace *w)
{
	json_t *obj = json_object();

	json_put_string(obj, "id", w->id);
	json_put_string(obj, "name", w->name);
	put_slug(obj, w->id);
	json_put(obj, "memberCount", json_integer(1));
	json_put_string(obj, "plan", "free");
	return obj;
}

struct workspaces {
	const struct call *c;
	json_t *list;
};

static int list_workspace(void *ctx, const struct store_workspace *w, struct error *err)
{
	struct workspaces *ws = ctx;

	(void)err;
	if (!auth_sees_workspace(ws->c, w->id))
		return 0;
	json_t *obj = json_object();
	json_put_string(obj, "id", w->id);
	json_put_string(obj, "unique_id", w->id);
	json_put_string(obj, "name", w->name);
	put_slug(obj, w->id);
	json_put_string(obj, "role", "owner");
	json_put_string(obj, "plan", "free");
	json_array_append_new(ws->list, obj);
	return 0;
}

int list_workspaces(struct call *c, struct error *err)
{
	AUTO_JSON *list = json_array();
	struct workspaces ws = {c, list};
	int rc = c->store->ops->workspace_list(c->txn, list_workspace, &ws, err);

	if (rc < 0)
		return rc;
	json_t *body = json_object();
	json_put(body, "workspaces", json_incref(list));
	return call_json(c, 200, body, err);
}

/* ---- one workspace */

static int load(struct store_workspace *out, struct call *c, struct error *err)
{
	/* auth_check() found it, so that its absence is a race with its removal. */
	return c->store->ops->workspace_get(out, c->txn, c->workspace, err);
}

int get_workspace(struct call *c, struct error *err)
{
	AUTO_VALUE(store_workspace) w = {0};
	int rc = load(&w, c, err);

	return rc < 0 ? rc : call_json(c, 200, workspace_json(&w), err);
}

/* "My Shop!" becomes "my-shop"; at least two characters, as the pattern of ids wants it. */
static void make_slug(char out[SLUG_MAX + 1], const char *text)
{
	size_t len = 0;

	for (; *text && len < SLUG_MAX; text++) {
		char ch = *text;
		if (ch >= 'A' && ch <= 'Z')
			ch = (char)(ch - 'A' + 'a');
		if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9'))
			out[len++] = ch;
		else if (len && out[len - 1] != '-')
			out[len++] = '-';
	}
	while (len && out[len - 1] == '-')
		len--;
	if (len < 2)
		memcpy(out, "ws", len = 2);
	out[len] = '\0';
}

static char *make_id(const char *slug)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	unsigned char bytes[6];
	char tail[sizeof bytes + 1];

	random_bytes(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		tail[i] = digits[bytes[i] % (sizeof digits - 1)];
	tail[sizeof bytes] = '\0';
	return xasprintf("%s-%s", slug, tail);
}

static int get_names(const char **name, const char **slug, const struct call *c, struct error *err)
{
	int rc = json_get_string(name, c->body, "name", JSON_REQUIRED, err);

	if (rc == 0)
		rc = json_get_string(slug, c->body, "slug", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = label_check("name", *name, WORKSPACE_NAME_MAX, err);
	if (rc == 0 && *slug)
		rc = name_check("slug", *slug, err);
	return rc;
}

int create_workspace(struct call *c, struct error *err)
{
	const char *name, *wanted = NULL;
	char slug[SLUG_MAX + 1];
	int rc = get_names(&name, &wanted, c, err);

	if (rc < 0)
		return rc;
	make_slug(slug, wanted ? wanted : name);
	AUTO_VALUE(store_workspace)
	w = {.id = make_id(slug), .name = xstrdup(name), .created_at = c->now};
	rc = c->store->ops->workspace_add(c->txn, &w, err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *location = xasprintf("/workspaces/%s", w.id);
	response_header_add(c->res, "Location", location);
	return call_json(c, 201, workspace_json(&w), err);
}

int update_workspace(struct call *c, struct error *err)
{
	AUTO_VALUE(store_workspace) w = {0};
	const char *name, *slug = NULL;
	int rc = get_names(&name, &slug, c, err);

	if (rc < 0)
		return rc;
	rc = load(&w, c, err);
	if (rc < 0)
		return rc;
	AUTO_JSON *before = workspace_json(&w);
	if (slug && strcmp(slug, json_text(before, "slug")) != 0)
		return fail(err, E_INVALID, "cannot change the slug: it is part of the id \"%s\"",
			    w.id);
	free(w.name);
	w.name = xstrdup(name);
	rc = c->store->ops->workspace_update(c->txn, &w, err);
	return rc < 0 ? rc : call_json(c, 200, workspace_json(&w), err);
}

int delete_workspace(struct call *c, struct error *err)
{
	struct error inner = {0};

	if (strcmp(c->workspace, SERVER_DEFAULT_WORKSPACE) == 0)
		return fail(err, E_FORBIDDEN, "the default workspace cannot be deleted");
	int rc = c->store->ops->workspace_remove(c->txn, c->workspace, &inner);
	if (rc == E_CONFLICT)
		return fail(err, E_CONFLICT, "workspace \"%s\" still has databases", c->workspace);
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	return call_empty(c);
}

int list_regions(struct call *c, struct error *err)
{
	json_t *region = json_object(), *list = json_array(), *body = json_object();

	json_put_string(region, "id", SERVER_DEFAULT_REGION);
	json_put_string(region, "name", SERVER_DEFAULT_REGION);
	json_array_append_new(list, region);
	json_put(body, "regions", list);
	return call_json(c, 200, body, err);
}
