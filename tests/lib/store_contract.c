/* Contract test of a store, first part: keys, workspaces, databases; and what all parts share. */
#include "lib/store_contract.h"

#include "base/str.h"

/* ---- what all parts share */

struct store *sc_make(void **state)
{
	struct error err = {0};
	struct store *s = NULL;

	assert_ok(store_under_test.make(&s, *state, &err), &err);
	assert_non_null(s);
	return s;
}

struct store_txn *sc_begin(struct store *s, enum store_mode mode)
{
	struct error err = {0};
	struct store_txn *t = NULL;

	assert_ok(s->ops->begin(&t, s, mode, &err), &err);
	assert_non_null(t);
	return t;
}

void sc_commit(struct store *s, struct store_txn *t)
{
	struct error err = {0};

	assert_ok(s->ops->commit(t, &err), &err);
}

int64_t sc_database(struct store *s, struct store_txn *t, const char *workspace, const char *name)
{
	char ws[64], n[64], region[] = "local", ui[] = "{\"color\":\"red\"}";
	struct error err = {0};
	int64_t rowid = 0;

	snprintf(ws, sizeof ws, "%s", workspace);
	snprintf(n, sizeof n, "%s", name);
	struct store_database d = {.workspace = ws,
				   .name = n,
				   .region = region,
				   .format = RECORD_V1,
				   .ui = ui,
				   .created_at = 1700000000000001};
	assert_ok(s->ops->database_add(&rowid, t, &d, &err), &err);
	assert_true(rowid > 0);
	return rowid;
}

static void add_workspace(struct store *s, struct store_txn *t, const char *id)
{
	char text[64], name[] = "Workspace";
	struct error err = {0};

	snprintf(text, sizeof text, "%s", id);
	struct store_workspace w = {.id = text, .name = name, .created_at = 5};
	assert_ok(s->ops->workspace_add(t, &w, &err), &err);
}

int64_t sc_shop(struct store *s, struct store_txn *t)
{
	add_workspace(s, t, "ws");
	return sc_database(s, t, "ws", "shop");
}

int64_t sc_fork(struct store *s, struct store_txn *t, int64_t database, const char *name,
		int64_t from, int64_t length)
{
	char n[300], id[300];
	struct error err = {0};
	int64_t rowid = 0;

	snprintf(n, sizeof n, "%s", name);
	snprintf(id, sizeof id, "bb_%lld_%s", (long long)database, name);
	struct store_branch b = {.database = database,
				 .name = n,
				 .id = id,
				 .format = RECORD_V1,
				 .length = length,
				 .created_at = 7};
	assert_ok(s->ops->branch_add(&rowid, t, &b, from, &err), &err);
	assert_true(rowid > 0);
	return rowid;
}

int64_t sc_branch(struct store *s, struct store_txn *t, int64_t database, const char *name)
{
	return sc_fork(s, t, database, name, 0, 0);
}

int sc_try_record(struct store *s, struct store_txn *t, int64_t branch, int64_t depth,
		  const char *id, struct error *err)
{
	char text[300], sum[300], content[300], doc[400];

	snprintf(text, sizeof text, "%s", id);
	snprintf(sum, sizeof sum, "1:sum-%s", id);
	snprintf(content, sizeof content, "content-%s", id);
	snprintf(doc, sizeof doc, "{\"id\":\"%s\",\"operations\":[]}", id);
	struct store_record r = {.depth = depth,
				 .id = text,
				 .checksum = sum,
				 .content = content,
				 .done = true,
				 .doc = doc,
				 .created_at = 1000 + depth};
	return s->ops->record_add(t, branch, &r, err);
}

void sc_record(struct store *s, struct store_txn *t, int64_t branch, int64_t depth, const char *id)
{
	struct error err = {0};

	assert_ok(sc_try_record(s, t, branch, depth, id, &err), &err);
}

static int append_record(void *ctx, const struct store_record *r, struct error *err)
{
	struct str *out = ctx;

	(void)err;
	str_printf(out, "%s%s", out->len ? " " : "", r->id);
	return 0;
}

const char *sc_history(struct store *s, struct store_txn *t, int64_t branch, int64_t from,
		       int64_t limit)
{
	static char text[1 << 16];
	AUTO_STR out = {0};
	struct error err = {0};

	assert_ok(s->ops->record_list(t, branch, from, limit, append_record, &out, &err), &err);
	assert_true(out.len < sizeof text);
	snprintf(text, sizeof text, "%s", str_cstr(&out));
	return text;
}

static int append_branch(void *ctx, const struct store_branch *b, struct error *err)
{
	struct str *out = ctx;

	(void)err;
	assert_null(b->schema);
	str_printf(out, "%s%s", out->len ? " " : "", b->name);
	return 0;
}

const char *sc_branches(struct store *s, struct store_txn *t, int64_t database)
{
	static char text[4096];
	AUTO_STR out = {0};
	struct error err = {0};

	assert_ok(s->ops->branch_list(t, database, append_branch, &out, &err), &err);
	snprintf(text, sizeof text, "%s", str_cstr(&out));
	return text;
}

/* ---- keys */

static int add_key(struct store *s, struct store_txn *t, const char *id, const char *hash,
		   const char *database, struct error *err)
{
	char i[64], h[64], d[64] = "", name[] = "laptop";

	snprintf(i, sizeof i, "%s", id);
	snprintf(h, sizeof h, "%s", hash);
	if (database)
		snprintf(d, sizeof d, "%s", database);
	struct store_key k = {.id = i,
			      .name = name,
			      .hash = h,
			      .scope = KEY_WRITE,
			      .database = database ? d : NULL,
			      .created_at = 42};
	return s->ops->key_add(t, &k, err);
}

void store_keeps_keys_and_finds_them_by_hash(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	assert_ok(add_key(s, t, "key_1", "h1", NULL, &err), &err);
	assert_ok(add_key(s, t, "key_2", "h2", "ws/shop", &err), &err);
	sc_commit(s, t);

	t = sc_begin(s, STORE_READ);
	AUTO_VALUE(store_key) k = {0};
	assert_ok(s->ops->key_get(&k, t, "h2", &err), &err);
	assert_string_equal(k.id, "key_2");
	assert_string_equal(k.name, "laptop");
	assert_string_equal(k.hash, "h2");
	assert_string_equal(k.database, "ws/shop");
	assert_int_equal(k.scope, KEY_WRITE);
	assert_int_equal(k.created_at, 42);
	assert_int_equal(k.revoked_at, 0);
	store_key_release(&k);
	assert_ok(s->ops->key_get(&k, t, "h1", &err), &err);
	assert_null(k.database);
	store_key_release(&k);
	assert_fails(s->ops->key_get(&k, t, "H1", &err), &err, E_NOTFOUND, "does not exist");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_refuses_a_key_whose_id_or_hash_is_taken(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	assert_ok(add_key(s, t, "key_1", "h1", NULL, &err), &err);
	assert_fails(add_key(s, t, "key_1", "h2", NULL, &err), &err, E_EXISTS, "\"key_1\"");
	assert_fails(add_key(s, t, "key_2", "h1", NULL, &err), &err, E_EXISTS, "\"key_2\"");
	/* A refusal leaves the transaction usable. */
	assert_ok(add_key(s, t, "key_2", "h2", NULL, &err), &err);
	sc_commit(s, t);
	s->ops->close(s);
}

static int append_key(void *ctx, const struct store_key *k, struct error *err)
{
	(void)err;
	str_printf(ctx, "%s@%lld ", k->id, (long long)k->revoked_at);
	return 0;
}

void store_revokes_a_key_once(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_STR list = {0};
	assert_ok(add_key(s, t, "key_1", "h1", NULL, &err), &err);
	assert_ok(add_key(s, t, "key_0", "h0", NULL, &err), &err);
	assert_ok(s->ops->key_revoke(t, "key_1", 99, &err), &err);
	assert_ok(s->ops->key_revoke(t, "key_1", 100, &err), &err);
	assert_fails(s->ops->key_revoke(t, "key_9", 99, &err), &err, E_NOTFOUND, "\"key_9\"");
	assert_ok(s->ops->key_list(t, append_key, &list, &err), &err);
	assert_string_equal(str_cstr(&list), "key_1@99 key_0@0 ");
	s->ops->rollback(t);
	s->ops->close(s);
}

/* ---- workspaces and databases */

static int append_workspace(void *ctx, const struct store_workspace *w, struct error *err)
{
	(void)err;
	str_printf(ctx, "%s=%s@%lld ", w->id, w->name, (long long)w->created_at);
	return 0;
}

void store_keeps_workspaces_in_the_order_they_were_made(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_STR list = {0};
	char id[] = "z", name[] = "Renamed";
	struct store_workspace w = {.id = id, .name = name};
	add_workspace(s, t, "z");
	add_workspace(s, t, "a");
	assert_fails(s->ops->workspace_add(t, &w, &err), &err, E_EXISTS, "workspace \"z\"");
	assert_ok(s->ops->workspace_update(t, &w, &err), &err);
	assert_ok(s->ops->workspace_list(t, append_workspace, &list, &err), &err);
	assert_string_equal(str_cstr(&list), "z=Renamed@5 a=Workspace@5 ");
	AUTO_VALUE(store_workspace) got = {0};
	assert_ok(s->ops->workspace_get(&got, t, "z", &err), &err);
	assert_string_equal(got.name, "Renamed");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_removes_only_an_empty_workspace(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t shop = sc_shop(s, t);
	assert_fails_hinting(s->ops->workspace_remove(t, "ws", &err), &err, E_CONFLICT,
			     "workspace \"ws\" still has databases", "first");
	assert_ok(s->ops->database_remove(t, shop, &err), &err);
	assert_ok(s->ops->workspace_remove(t, "ws", &err), &err);
	assert_fails(s->ops->workspace_remove(t, "ws", &err), &err, E_NOTFOUND, "\"ws\"");
	s->ops->rollback(t);
	s->ops->close(s);
}

static int append_database(void *ctx, const struct store_database *d, struct error *err)
{
	(void)err;
	str_printf(ctx, "%s/%s ", d->workspace, d->name);
	return 0;
}

void store_keeps_databases_apart_by_workspace(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_STR list = {0};
	AUTO_VALUE(store_database) d = {0};
	char ws[] = "ws", other[] = "nowhere", name[] = "shop", region[] = "local";
	int64_t rowid = 0, shop = sc_shop(s, t);
	add_workspace(s, t, "two");
	assert_true(sc_database(s, t, "two", "shop") != shop);
	sc_database(s, t, "ws", "Shop");

	assert_ok(s->ops->database_get(&d, t, "ws", "shop", &err), &err);
	assert_int_equal(d.rowid, shop);
	assert_string_equal(d.region, "local");
	assert_string_equal(d.ui, "{\"color\":\"red\"}");
	assert_int_equal(d.format, RECORD_V1);
	assert_int_equal(d.created_at, 1700000000000001);
	assert_ok(s->ops->database_list(t, "ws", append_database, &list, &err), &err);
	assert_string_equal(str_cstr(&list), "ws/shop ws/Shop ");

	struct store_database again = {.workspace = ws, .name = name, .region = region};
	assert_fails(s->ops->database_add(&rowid, t, &again, &err), &err, E_EXISTS,
		     "database \"shop\" exists already");
	again.workspace = other;
	assert_fails(s->ops->database_add(&rowid, t, &again, &err), &err, E_NOTFOUND, "\"shop\"");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_renames_a_database_and_the_keys_for_it(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_database) d = {0};
	AUTO_VALUE(store_key) k = {0};
	char name[] = "store", taken[] = "blog", ui[] = "{}";
	int64_t shop = sc_shop(s, t), branch = sc_branch(s, t, shop, "main");
	sc_database(s, t, "ws", "blog");
	assert_ok(add_key(s, t, "key_1", "h1", "ws/shop", &err), &err);

	struct store_database change = {.rowid = shop, .name = taken, .format = RECORD_V1};
	assert_fails(s->ops->database_update(t, &change, &err), &err, E_EXISTS, "\"blog\"");
	change = (struct store_database){
		.rowid = shop, .name = name, .ui = ui, .format = RECORD_PGROLL};
	assert_ok(s->ops->database_update(t, &change, &err), &err);
	assert_fails(s->ops->database_get(&d, t, "ws", "shop", &err), &err, E_NOTFOUND, "\"shop\"");
	assert_ok(s->ops->database_get(&d, t, "ws", "store", &err), &err);
	assert_int_equal(d.rowid, shop);
	assert_int_equal(d.format, RECORD_PGROLL);
	assert_string_equal(d.ui, "{}");
	assert_ok(s->ops->key_get(&k, t, "h1", &err), &err);
	assert_string_equal(k.database, "ws/store");
	assert_string_equal(sc_branches(s, t, shop), "main");
	assert_true(branch > 0);
	change.rowid = 9999;
	assert_fails(s->ops->database_update(t, &change, &err), &err, E_NOTFOUND, "\"store\"");
	s->ops->rollback(t);
	s->ops->close(s);
}

int sc_job(struct store *s, struct store_txn *t, int64_t branch, const char *id, int64_t *number,
	   struct error *err)
{
	char i[64], migration[] = "mig_1", description[] = "{\"operations\":[]}";

	snprintf(i, sizeof i, "%s", id);
	struct store_job j = {.id = i,
			      .branch = branch,
			      .kind = JOB_START,
			      .status = JOB_PENDING,
			      .migration = migration,
			      .description = description,
			      .enqueued_at = 11};
	int rc = s->ops->job_add(t, &j, err);
	*number = j.number;
	return rc;
}

void store_removes_a_database_with_everything_in_it(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_record) r = {0};
	AUTO_VALUE(store_key) k = {0};
	char git[] = "fix", to[] = "main";
	struct store_git_branch g = {.git_branch = git, .branch = to};
	bool replaced = false;
	int64_t number, shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	int64_t blog = sc_database(s, t, "ws", "blog"), other = sc_branch(s, t, blog, "main");
	sc_record(s, t, main_, 1, "mig_1");
	sc_record(s, t, sc_fork(s, t, shop, "dev", main_, 1), 2, "mig_2");
	sc_record(s, t, other, 1, "mig_1");
	assert_ok(sc_job(s, t, main_, "mig_job_1", &number, &err), &err);
	assert_ok(s->ops->git_branch_set(&replaced, t, shop, &g, &err), &err);
	assert_ok(add_key(s, t, "key_1", "h1", "ws/shop", &err), &err);
	assert_ok(add_key(s, t, "key_2", "h2", "ws/blog", &err), &err);

	assert_ok(s->ops->database_remove(t, shop, &err), &err);
	assert_fails(s->ops->record_known(&r, t, shop, "mig_1", &err), &err, E_NOTFOUND, "mig_1");
	assert_string_equal(sc_branches(s, t, shop), "");
	assert_fails(s->ops->key_get(&k, t, "h1", &err), &err, E_NOTFOUND, "key");
	assert_ok(s->ops->key_get(&k, t, "h2", &err), &err);
	assert_string_equal(sc_history(s, t, other, 1, 10), "mig_1");
	assert_fails(s->ops->database_remove(t, shop, &err), &err, E_NOTFOUND, "database");
	sc_commit(s, t);
	s->ops->close(s);
}
