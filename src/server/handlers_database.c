/* The databases of a workspace. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "server/auth.h"
#include "server/branch.h"
#include "server/call.h"
#include "server/handlers.h"
#include "server/names.h"

#include "base/banned.h"

#define UI_MAX 1024  /* bytes of the stored "ui" object */
#define COLOR_MAX 64 /* bytes */

static int database_json(json_t **out, const struct store_database *d, struct error *err)
{
	AUTO_JSON *obj = json_object();

	json_put_string(obj, "name", d->name);
	json_put_string(obj, "region", d->region);
	json_put_time(obj, "createdAt", d->created_at);
	json_put(obj, "postgresEnabled", json_boolean(d->format == RECORD_PGROLL));
	int rc = json_put_stored(obj, "ui", d->ui, err);
	*out = rc < 0 ? NULL : json_incref(obj);
	return rc;
}

static int answer_database(struct call *c, const struct store_database *d, struct error *err)
{
	json_t *body;
	int rc = database_json(&body, d, err);

	return rc < 0 ? rc : call_json(c, 200, body, err);
}

struct databases {
	const struct call *c;
	json_t *list;
};

static int list_database(void *ctx, const struct store_database *d, struct error *err)
{
	struct databases *ds = ctx;
	json_t *obj;

	if (!auth_sees_database(ds->c, d->workspace, d->name))
		return 0;
	int rc = database_json(&obj, d, err);
	if (rc == 0)
		json_array_append_new(ds->list, obj);
	return rc;
}

int list_databases(struct call *c, struct error *err)
{
	AUTO_JSON *list = json_array();
	struct databases ds = {c, list};
	int rc = c->store->ops->database_list(c->txn, c->workspace, list_database, &ds, err);

	if (rc < 0)
		return rc;
	json_t *body = json_object();
	json_put(body, "databases", json_incref(list));
	return call_json(c, 200, body, err);
}

int get_database(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) d = {0};
	int rc = call_database(&d, c, err);

	return rc < 0 ? rc : answer_database(c, &d, err);
}

/* ---- create */

/* {color?} as text for the store; NULL when the body has no "ui". */
static int get_ui(char **out, const struct call *c, struct error *err)
{
	json_t *ui;
	const char *color = NULL;

	*out = NULL;
	int rc = json_get_object(&ui, c->body, "ui", JSON_OPTIONAL, err);
	if (rc < 0 || !ui)
		return rc;
	rc = json_get_string(&color, ui, "color", JSON_OPTIONAL, err);
	if (rc == 0 && color)
		rc = label_check("color", color, COLOR_MAX, err);
	if (rc < 0)
		return rc;
	AUTO_JSON *kept = json_object();
	json_put_string(kept, "color", color);
	return json_to_store(out, kept, UI_MAX, "ui", err);
}

/* What a request to create a database says. */
struct creation {
	struct store_database db;
	const char *branch;
	char *metadata; /* of the branch */
};

static void creation_release(struct creation *k)
{
	store_database_release(&k->db);
	free(k->metadata);
}
AUTO_VALUE_DEFINE(creation)

static int get_creation(struct creation *k, struct call *c, struct error *err)
{
	const char *region;
	bool postgres = false;
	json_t *metadata = NULL;
	int rc = json_get_string(&region, c->body, "region", JSON_REQUIRED, err);

	if (rc == 0)
		rc = json_get_string(&k->branch, c->body, "branchName", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_bool(&postgres, c->body, "postgresEnabled", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_object(&metadata, c->body, "metadata", JSON_OPTIONAL, err);
	if (rc < 0)
		return rc;
	if (strcmp(region, SERVER_DEFAULT_REGION) != 0)
		return fail(err, E_INVALID, "unknown region: this server has \"%s\" only",
			    SERVER_DEFAULT_REGION);
	k->branch = k->branch ? k->branch : "main";
	k->db = (struct store_database){
		.workspace = xstrdup(c->workspace),
		.name = xstrdup(c->match.params[PATH_DATABASE]),
		.region = xstrdup(region),
		.format = postgres ? RECORD_PGROLL : RECORD_V1,
		.created_at = c->now,
	};
	rc = name_check("branch", k->branch, err);
	if (rc == 0)
		rc = get_ui(&k->db.ui, c, err);
	if (rc == 0 && metadata)
		rc = branch_metadata(&k->metadata, metadata, err);
	return rc;
}

static int add_database(struct call *c, struct creation *k, struct error *err)
{
	const struct store_ops *ops = c->store->ops;
	struct error inner = {0};
	int rc = ops->database_add(&k->db.rowid, c->txn, &k->db, &inner);

	if (rc == E_EXISTS)
		return fail(err, E_EXISTS, "database [%s] already exists", k->db.name);
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	AUTO_VALUE(store_branch) b = {0};
	branch_init(&b, &k->db, k->branch, c->now);
	b.metadata = steal(&k->metadata);
	return ops->branch_add(&b.rowid, c->txn, &b, 0, err);
}

int create_database(struct call *c, struct error *err)
{
	AUTO_VALUE(creation) k = {0};
	int rc = get_creation(&k, c, err);

	if (rc == 0)
		rc = add_database(c, &k, err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *location = xasprintf("/workspaces/%s/dbs/%s", c->workspace, k.db.name);
	response_header_add(c->res, "Location", location);
	json_t *body = json_object();
	json_put_string(body, "databaseName", k.db.name);
	json_put_string(body, "branchName", k.branch);
	json_put_string(body, "status", "completed");
	return call_json(c, 201, body, err);
}

/* ---- change */

int update_database(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) d = {0};
	AUTO_FREE char *ui = NULL;
	const char *cluster = NULL;
	int rc = get_ui(&ui, c, err);

	if (rc == 0) /* accepted, as this server has no clusters to choose from */
		rc = json_get_string(&cluster, c->body, "defaultClusterID", JSON_OPTIONAL, err);
	if (rc < 0)
		return rc;
	if (!ui && !cluster)
		return fail(err, E_INVALID, "nothing to change: give \"ui\"");
	rc = call_database(&d, c, err);
	if (rc == E_NOTFOUND) /* the hosted API says 400 here */
		c->error_status = 400;
	if (rc < 0 || !ui)
		return rc < 0 ? rc : answer_database(c, &d, err);
	free(d.ui);
	d.ui = steal(&ui);
	rc = c->store->ops->database_update(c->txn, &d, err);
	return rc < 0 ? rc : answer_database(c, &d, err);
}

int delete_database(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) d = {0};
	int rc = call_database(&d, c, err);

	if (rc == 0)
		rc = c->store->ops->database_remove(c->txn, d.rowid, err);
	if (rc == 0)
		rc = call_commit_removal(c, err);
	if (rc < 0)
		return rc;
	json_t *body = json_object();
	json_put_string(body, "status", "completed");
	return call_json(c, 200, body, err);
}

int rename_database(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) d = {0};
	struct error inner = {0};
	const char *name;
	int rc = json_get_string(&name, c->body, "newName", JSON_REQUIRED, err);

	if (rc == 0)
		rc = name_check("database", name, err);
	/* A limited key would lose its database, or learn from a refusal which names are taken. */
	if (rc == 0 && c->key.database)
		rc = fail(err, E_FORBIDDEN, "this key is limited to one database");
	if (rc == 0)
		rc = call_database(&d, c, err);
	if (rc < 0)
		return rc;
	free(d.name);
	d.name = xstrdup(name);
	rc = c->store->ops->database_update(c->txn, &d, &inner);
	if (rc == E_EXISTS)
		return fail(err, E_EXISTS, "database [%s] already exists", name);
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	return answer_database(c, &d, err);
}
