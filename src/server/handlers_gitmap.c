/* Which branch belongs to a branch of Git. */
#include <stdlib.h>

#include "base/alloc.h"
#include "server/call.h"
#include "server/handlers.h"
#include "server/names.h"

#include "base/banned.h"

#define GIT_BRANCH_MAX 255 /* bytes */

/* Of these routes the hosted API knows 400 and 401 only, for a missing database too. */
static int find_database(struct store_database *out, struct call *c, struct error *err)
{
	int rc = call_database(out, c, err);

	if (rc == E_NOTFOUND)
		c->error_status = 400;
	return rc;
}

static int list_entry(void *ctx, const struct store_git_branch *g, struct error *err)
{
	struct str *out = ctx;

	(void)err;
	call_put_item(out, "{\"gitBranch\":");
	json_write_string(out, view_of(g->git_branch));
	str_puts(out, ",\"xataBranch\":");
	json_write_string(out, view_of(g->branch));
	str_putc(out, '}');
	return 0;
}

int list_git_branches(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	struct str *out = &c->res->body;
	int rc = find_database(&db, c, err);

	if (rc < 0)
		return rc;
	str_puts(out, "{\"mapping\":[");
	rc = c->store->ops->git_branch_list(c->txn, db.rowid, list_entry, out, err);
	str_puts(out, "]}");
	return rc < 0 ? rc : call_text(c, 200, "application/json", err);
}

/* Whether the database has the branch: 1, 0 or a failure. */
static int has_branch(struct call *c, int64_t database, const char *name, struct error *err)
{
	AUTO_VALUE(store_branch) b = {0};
	struct error inner = {0};

	if (!name_valid(name))
		return 0;
	int rc = c->store->ops->branch_get(&b, c->txn, database, name, &inner);
	if (rc == E_NOTFOUND)
		return 0;
	if (rc < 0)
		*err = inner;
	return rc < 0 ? rc : 1;
}

/* ---- change */

static int answer_set(struct call *c, const char *git_branch, bool replaced, struct error *err)
{
	if (!replaced)
		return call_empty(c);
	AUTO_FREE char *warning = xasprintf("Git branch [%s] was already present in the mapping "
					    "and was overwritten.",
					    git_branch);
	json_t *body = json_object();
	json_put_string(body, "warning", warning);
	return call_json(c, 201, body, err);
}

/* The new entry is one of them already. */
static int check_number(struct call *c, int64_t database, struct error *err)
{
	int64_t n;
	int rc = c->store->ops->git_branch_count(&n, c->txn, database, err);

	if (rc == 0 && n > (int64_t)c->limits->branches)
		rc = call_fail(c, err, E_LIMIT, NULL, 400,
			       "the mapping has %zu Git branches, and may not have more",
			       c->limits->branches);
	return rc;
}

int set_git_branch(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	const char *git_branch, *branch = NULL;
	bool replaced = false;
	int rc = json_get_string(&git_branch, c->body, "gitBranch", JSON_REQUIRED, err);

	if (rc == 0)
		rc = json_get_string(&branch, c->body, "xataBranch", JSON_REQUIRED, err);
	if (rc == 0)
		rc = label_check("gitBranch", git_branch, GIT_BRANCH_MAX, err);
	if (rc == 0)
		rc = name_check("branch", branch, err);
	if (rc == 0)
		rc = find_database(&db, c, err);
	if (rc == 0)
		rc = has_branch(c, db.rowid, branch, err);
	if (rc == 0)
		return fail(err, E_INVALID, "branch \"%s\" does not exist", branch);
	if (rc < 0)
		return rc;
	AUTO_VALUE(store_git_branch) g = {xstrdup(git_branch), xstrdup(branch)};
	rc = c->store->ops->git_branch_set(&replaced, c->txn, db.rowid, &g, err);
	if (rc == 0 && !replaced)
		rc = check_number(c, db.rowid, err);
	return rc < 0 ? rc : answer_set(c, git_branch, replaced, err);
}

int remove_git_branch(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	const char *git_branch = call_query(c, "gitBranch");
	struct error inner = {0};

	if (!git_branch)
		return fail(err, E_INVALID, "parameter \"gitBranch\" is required");
	int rc = call_database(&db, c, err);
	if (rc < 0)
		return rc;
	rc = c->store->ops->git_branch_remove(c->txn, db.rowid, git_branch, &inner);
	if (rc == E_NOTFOUND)
		return fail(err, E_NOTFOUND, "Git branch [%s] is not in the mapping", git_branch);
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	return call_empty(c);
}

/* ---- resolve */

/* A branch, and why this one. */
struct resolution {
	char *branch; /* owned */
	const char *code;
	char *message; /* owned */
};

static void resolution_release(struct resolution *r)
{
	free(r->branch);
	free(r->message);
}
AUTO_VALUE_DEFINE(resolution)

static int resolve_to(struct resolution *r, const char *branch, const char *code, char *message)
{
	*r = (struct resolution){xstrdup(branch), code, message};
	return 1;
}

/* Each step: 1 found, 0 try the next, < 0 failure. An entry whose branch is gone counts for
 * nothing.
 */
static int by_mapping(struct resolution *r, struct call *c, int64_t db, const char *git_branch,
		      struct error *err)
{
	AUTO_VALUE(store_git_branch) g = {0};
	struct error inner = {0};
	int rc = c->store->ops->git_branch_get(&g, c->txn, db, git_branch, &inner);

	if (rc == E_NOTFOUND)
		return 0;
	if (rc < 0) {
		*err = inner;
		return rc;
	}
	rc = has_branch(c, db, g.branch, err);
	if (rc <= 0)
		return rc;
	return resolve_to(r, g.branch, "FOUND_IN_MAPPING",
			  xasprintf("Found in mapping for Git branch (%s)", git_branch));
}

static int by_name(struct resolution *r, struct call *c, int64_t db, const char *git_branch,
		   struct error *err)
{
	int rc = has_branch(c, db, git_branch, err);

	if (rc <= 0)
		return rc;
	return resolve_to(
		r, git_branch, "BRANCH_EXISTS",
		xasprintf("Branch exists with the name of the Git branch (%s)", git_branch));
}

static int by_fallback(struct resolution *r, struct call *c, int64_t db, const char *fallback,
		       struct error *err)
{
	int rc = has_branch(c, db, fallback, err);

	if (rc <= 0)
		return rc;
	return resolve_to(r, fallback, "FALLBACK_BRANCH",
			  xasprintf("Fallback branch (%s)", fallback));
}

static int keep_name(void *ctx, const struct store_branch *b, struct error *err)
{
	char **name = ctx;

	(void)err;
	*name = xstrdup(b->name);
	return 1;
}

static int by_default(struct resolution *r, struct call *c, int64_t db, struct error *err)
{
	AUTO_FREE char *first = NULL;
	int rc = has_branch(c, db, "main", err);

	if (rc == 0)
		rc = c->store->ops->branch_list(c->txn, db, keep_name, &first, err);
	else if (rc > 0)
		first = xstrdup("main");
	if (rc < 0 || !first)
		return rc < 0 ? rc : 0;
	return resolve_to(r, first, "DEFAULT_BRANCH",
			  xasprintf("Default branch for this database (%s)", first));
}

static int resolve(struct resolution *r, struct call *c, int64_t db, struct error *err)
{
	const char *git_branch = call_query(c, "gitBranch");
	const char *fallback = call_query(c, "fallbackBranch");
	int rc = 0;

	if (git_branch)
		rc = by_mapping(r, c, db, git_branch, err);
	if (rc == 0 && git_branch)
		rc = by_name(r, c, db, git_branch, err);
	if (rc == 0 && fallback)
		rc = by_fallback(r, c, db, fallback, err);
	if (rc == 0)
		rc = by_default(r, c, db, err);
	return rc;
}

int resolve_branch(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(resolution) r = {0};
	int rc = find_database(&db, c, err);

	if (rc == 0)
		rc = resolve(&r, c, db.rowid, err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return fail(err, E_INVALID, "database [%s] has no branches", db.name);
	json_t *body = json_object(), *reason = json_object();
	json_put_string(reason, "code", r.code);
	json_put_string(reason, "message", r.message);
	json_put_string(body, "branch", r.branch);
	json_put(body, "reason", reason);
	return call_json(c, 200, body, err);
}
