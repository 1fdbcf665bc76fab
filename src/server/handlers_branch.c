/* The branches of a database. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "config.h"
#include "server/branch.h"
#include "server/call.h"
#include "server/handlers.h"
#include "server/names.h"
#include "server/schema_view.h"

#include "base/banned.h"

/* ---- list */

/* As text at once: there may be thousands. */
static int list_branch(void *ctx, const struct store_branch *b, struct error *err)
{
	struct str *out = ctx;
	char created[CLOCK_TEXT_MAX];

	(void)err;
	clock_format(created, b->created_at);
	call_put_item(out, "{\"name\":");
	json_write_string(out, view_of(b->name));
	str_printf(out, ",\"state\":\"active\",\"createdAt\":\"%s\"}", created);
	return 0;
}

int list_branches(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	struct str *out = &c->res->body;
	int rc = call_database(&db, c, err);

	if (rc < 0)
		return rc;
	str_puts(out, "{\"databaseName\":");
	json_write_string(out, view_of(db.name));
	str_puts(out, ",\"branches\":[");
	rc = c->store->ops->branch_list(c->txn, db.rowid, list_branch, out, err);
	str_puts(out, "]}");
	return rc < 0 ? rc : call_text(c, 200, "application/json", err);
}

/* ---- details */

/* What a client that syncs needs to know, in well under a kilobyte at any size of the schema. */
static int answer_head(struct call *c, const struct store_database *db,
		       const struct store_branch *b, struct error *err)
{
	AUTO_VALUE(branch_head) head = {0};
	int rc = branch_find_head(&head, c, b, err);

	if (rc < 0)
		return rc;
	json_t *body = json_object();
	json_put_string(body, "databaseName", db->name);
	json_put_string(body, "branchName", b->name);
	json_put_string(body, "format", record_format_name(b->format));
	if (b->format == RECORD_PGROLL)
		json_put(body, "usePgRoll", json_true());
	json_put(body, "head", branch_head_json(&head));
	if (head.active) {
		json_t *active = json_object();
		json_put_string(active, "name", head.active);
		json_put_time(active, "startedAt", head.active_since);
		json_put(body, "active", active);
	}
	json_put_string(body, "endpoint", "xatad/" PACKAGE_VERSION);
	return call_json(c, 200, body, err);
}

static void put_origin(json_t *body, const struct store_branch *b)
{
	if (!b->from_branch)
		return;
	json_t *from = json_object();
	json_put_string(from, "branchName", b->from_branch);
	json_put_string(from, "dbBranchID", b->from_branch_id);
	json_put_string(from, "migrationID", b->from_head ? b->from_head : "");
	json_put(body, "startedFrom", from);
}

/* The schema comes last, as text: it may be long. */
static int put_details(struct str *out, struct call *c, const struct store_database *db,
		       const struct store_branch *b, struct error *err)
{
	AUTO_VALUE(branch_head) head = {0};
	AUTO(schema) *schema = NULL;
	int rc = branch_find_head(&head, c, b, err);

	if (rc == 0)
		rc = branch_schema_load(&schema, c, b, err);
	if (rc < 0)
		return rc;
	AUTO_JSON *body = json_object();
	json_put_string(body, "databaseName", db->name);
	json_put_string(body, "branchName", b->name);
	json_put_time(body, "createdAt", b->created_at);
	json_put_string(body, "id", b->id);
	json_put(body, "version", json_integer(1));
	json_put_string(body, "state", "active");
	json_put_string(body, "lastMigrationID", head.id ? head.id : "");
	rc = json_put_stored(body, "metadata", b->metadata, err);
	if (rc < 0)
		return rc;
	put_origin(body, b);
	if (b->format == RECORD_PGROLL)
		json_put(body, "usePgRoll", json_true());
	AUTO_STR members = {0};
	json_write(&members, body, JSON_FORM_COMPACT);
	str_put(out, str_cstr(&members), members.len - 1);
	str_puts(out, ",\"schema\":");
	schema_view(out, schema);
	str_putc(out, '}');
	return 0;
}

int get_branch(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(store_branch) b = {0};
	int rc = call_branch(&db, &b, c, err);

	if (rc < 0)
		return rc;
	if (str_eq(call_query(c, "form"), "head"))
		return answer_head(c, &db, &b, err);
	rc = put_details(&c->res->body, c, &db, &b, err);
	return rc < 0 ? rc : call_text(c, 200, "application/json", err);
}

/* ---- create */

/* Gives b the history of `from`, up to the newest record that is done. */
static int take_history(int64_t *rowid, struct call *c, struct store_branch *b, const char *from,
			struct error *err)
{
	AUTO_VALUE(store_branch) f = {0};
	AUTO_VALUE(branch_head) head = {0};
	struct error inner = {0};
	int rc = c->store->ops->branch_get(&f, c->txn, b->database, from, &inner);

	if (rc == E_NOTFOUND) /* 400, because 404 is about the database and the path */
		return fail(err, E_INVALID, "branch \"%s\", to start from, does not exist", from);
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	rc = branch_find_head(&head, c, &f, err);
	if (rc == 0) /* that of the done records, as every kept schema */
		rc = c->store->ops->branch_schema(&b->schema, c->txn, f.rowid, err);
	if (rc < 0)
		return rc;
	*rowid = f.rowid;
	b->format = f.format;
	b->length = head.length;
	b->from_branch = steal(&f.name);
	b->from_branch_id = steal(&f.id);
	b->from_head = xstrdup(head.id);
	b->head_id = steal(&head.id);
	b->head_checksum = steal(&head.checksum);
	return 0;
}

/* The branch to start from: of the query, else of the body; NULL: none. */
static int get_from(const char **out, const struct call *c, struct error *err)
{
	int rc = 0;

	*out = call_query(c, "from");
	if (!*out && c->body)
		rc = json_get_string(out, c->body, "from", JSON_OPTIONAL, err);
	if (rc == 0 && *out && !**out)
		*out = NULL;
	if (rc == 0 && *out)
		rc = name_check("branch", *out, err);
	return rc;
}

static int new_branch(struct store_branch *b, int64_t *from_rowid, struct call *c,
		      struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	json_t *metadata = NULL;
	const char *from;
	int rc = get_from(&from, c, err);

	*from_rowid = 0;
	if (rc == 0 && c->body)
		rc = json_get_object(&metadata, c->body, "metadata", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = call_database(&db, c, err);
	if (rc < 0)
		return rc;
	branch_init(b, &db, c->match.params[PATH_BRANCH], c->now);
	if (metadata)
		rc = branch_metadata(&b->metadata, metadata, err);
	if (rc == 0 && from)
		rc = take_history(from_rowid, c, b, from, err);
	return rc;
}

/* They are listed whole, so there is an end to them. b is one of them already. */
static int check_number(struct call *c, const struct store_branch *b, struct error *err)
{
	int64_t n;
	int rc = c->store->ops->branch_count(&n, c->txn, b->database, err);

	if (rc == 0 && n > (int64_t)c->limits->branches)
		rc = fail(err, E_LIMIT, "database [%s] has %zu branches, and may not have more",
			  c->match.params[PATH_DATABASE], c->limits->branches);
	return rc;
}

int create_branch(struct call *c, struct error *err)
{
	AUTO_VALUE(store_branch) b = {0};
	struct error inner = {0};
	const char *db = c->match.params[PATH_DATABASE];
	int64_t from;
	int rc = new_branch(&b, &from, c, err);

	if (rc < 0)
		return rc;
	rc = c->store->ops->branch_add(&b.rowid, c->txn, &b, from, &inner);
	if (rc == E_EXISTS)
		return fail(err, E_EXISTS, "database branch [%s:%s] already exists", db, b.name);
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	rc = check_number(c, &b, err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *location = xasprintf("/db/%s:%s", db, b.name);
	response_header_add(c->res, "Location", location);
	json_t *body = json_object();
	json_put_string(body, "databaseName", db);
	json_put_string(body, "branchName", b.name);
	json_put_string(body, "status", "completed");
	return call_json(c, 201, body, err);
}

int delete_branch(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(store_branch) b = {0};
	int rc = call_branch(&db, &b, c, err);

	if (rc == 0)
		rc = c->store->ops->branch_remove(c->txn, b.rowid, err);
	if (rc == 0)
		rc = call_commit_removal(c, err);
	if (rc < 0)
		return rc;
	json_t *body = json_object();
	json_put_string(body, "status", "completed");
	return call_json(c, 200, body, err);
}

/* ---- metadata */

int get_branch_metadata(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(store_branch) b = {0};
	AUTO_JSON *holder = json_object();
	int rc = call_branch(&db, &b, c, err);

	if (rc == 0)
		rc = json_put_stored(holder, "metadata", b.metadata, err);
	if (rc < 0)
		return rc;
	json_t *metadata = json_object_get(holder, "metadata");
	return call_json(c, 200, metadata ? json_incref(metadata) : json_object(), err);
}

int set_branch_metadata(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(store_branch) b = {0};
	AUTO_FREE char *metadata = NULL;
	int rc = branch_metadata(&metadata, c->body, err);

	if (rc == 0)
		rc = call_branch(&db, &b, c, err);
	if (rc < 0)
		return rc;
	free(b.metadata);
	b.metadata = steal(&metadata);
	rc = c->store->ops->branch_update(c->txn, &b, err);
	return rc < 0 ? rc : call_empty(c);
}
