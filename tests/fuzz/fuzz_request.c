/*
 * Requests to the branch endpoint, without a socket: every answer has a known status, every refusal
 * is {"id","message"} and tells no secret, nothing is a failure of the server, nobody is let in
 * without a key, and what is stored afterwards is a chain.
 *
 * The input is up to ten requests, parts of the form "KEY METHOD TARGET", a newline and the body;
 * KEY is a letter: admin, write, read, shop, revoked, x (an unknown one) or none. Each input starts
 * with a v1 database "shop" and a pgroll database "pg".
 */
#include "fuzz/fuzz.h"
#include "ledger/checksum.h"
#include "lib/server_world.h"

#define REQUESTS_MAX 10
#define PARAMS_MAX 8

static struct world *world;

static void close_world(void)
{
	world_close(world);
}

/*
 * ---- the same start for every input. To make it takes longer than most inputs do, so it is made
 * again only behind an input that may have changed what is stored.
 */

static bool start_is_spent = true;

static int note_database(void *ctx, const struct store_database *d, struct error *err)
{
	int64_t *rowid = ctx;

	(void)err;
	*rowid = d->rowid;
	return 1;
}

static int note_workspace(void *ctx, const struct store_workspace *w, struct error *err)
{
	char *id = ctx;

	(void)err;
	if (id[0] && strcmp(w->id, SERVER_DEFAULT_WORKSPACE) == 0)
		return 0;
	snprintf(id, 300, "%s", w->id);
	return strcmp(w->id, SERVER_DEFAULT_WORKSPACE) != 0;
}

static void clear_workspace(struct store_txn *t, const char *id)
{
	const struct store_ops *ops = world->store->ops;
	struct error err = {0};

	for (;;) {
		int64_t rowid = 0;
		MUST(ops->database_list(t, id, note_database, &rowid, &err) >= 0);
		if (!rowid)
			return;
		MUST(ops->database_remove(t, rowid, &err) == 0);
	}
}

static void clear_store(void)
{
	const struct store_ops *ops = world->store->ops;
	struct store_txn *t = NULL;
	struct error err = {0};
	char id[300];

	MUST(server_prepare(world->store, WORLD_NOW, &err) == 0);
	MUST(ops->begin(&t, world->store, STORE_WRITE, &err) == 0);
	do {
		id[0] = '\0';
		MUST(ops->workspace_list(t, note_workspace, id, &err) >= 0);
		clear_workspace(t, id);
		if (strcmp(id, SERVER_DEFAULT_WORKSPACE) != 0)
			MUST(ops->workspace_remove(t, id, &err) == 0);
	} while (strcmp(id, SERVER_DEFAULT_WORKSPACE) != 0);
	MUST(ops->commit(t, &err) == 0);
	world->key = KEY_ADMIN_TEXT;
	MUST(world_ask(world, "PUT", WS "/dbs/shop", "{'region':'local'}") == 201);
	MUST(world_ask(world, "PUT", WS "/dbs/pg", "{'region':'local','postgresEnabled':true}") ==
	     201);
}

/* ---- one request */

static const char *authorization_of(char letter)
{
	switch (letter) {
	case 'a':
		return "Bearer " KEY_ADMIN_TEXT;
	case 'w':
		return "Bearer " KEY_WRITE_TEXT;
	case 'r':
		return "Bearer " KEY_READ_TEXT;
	case 's':
		return "Bearer " KEY_SHOP_TEXT;
	case 'v':
		return "Bearer " KEY_REVOKED_TEXT;
	case 'x':
		return "Bearer xata_nobody";
	default:
		return NULL;
	}
}

/* What the adapter would do: the query cut at "&" and "=". Values stay encoded here. */
static size_t split_query(char *query, struct request_param *params)
{
	size_t n = 0;
	char *save = NULL;

	for (char *p = query ? strtok_r(query, "&", &save) : NULL; p && n < PARAMS_MAX;
	     p = strtok_r(NULL, "&", &save)) {
		char *value = strchr(p, '=');
		if (value)
			*value++ = '\0';
		params[n++] = (struct request_param){p, value ? value : ""};
	}
	return n;
}

static bool is_known_status(int status)
{
	static const int known[] = {200, 201, 202, 204, 400, 401, 403, 404,
				    405, 409, 413, 415, 422, 423, 431};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i] == status)
			return true;
	return false;
}

/* Where the store is, and what it is made of; unless the client said it first. */
static const char *const inside[] = {fuzz_dir_path, "sqlite", "SQL logic", "UNIQUE constraint"};
static bool told[ARRAY_LEN(inside)];

static void check_refusal(const json_t *doc)
{
	const char *id = json_string_value(json_object_get(doc, "id"));
	const char *message = json_string_value(json_object_get(doc, "message"));

	MUST(id && *id && message && *message);
	MUST(fuzz_is_safe(id) && fuzz_is_safe(message));
	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		MUST(told[i] || !strstr(message, inside[i]));
}

static void check_response(const struct request *req, const struct response *res)
{
	AUTO_JSON *doc = NULL;
	struct error err = {0};
	struct view body = str_view(&res->body);

	if (!is_known_status(res->status))
		fprintf(stderr, "%s %s: %d: %s\n", req->method, req->path, res->status,
			res->cause.msg);
	MUST(is_known_status(res->status));
	MUST(res->route && *res->route);
	if (str_eq(res->content_type, "application/json"))
		MUST(json_read(&doc, body, 100, &err) == 0);
	if (res->status >= 400) {
		MUST(doc);
		check_refusal(doc);
	}
	for (size_t i = 0; i < res->headers_len; i++)
		MUST(fuzz_is_safe(res->headers[i].value));
	bool admitted = req->authorization && !strstr(req->authorization, "nobody") &&
			!strstr(req->authorization, KEY_REVOKED_TEXT);
	MUST(admitted || res->status >= 400 || str_eq(res->route, "/healthz"));
	MUST(admitted || !res->key_id[0] || res->status >= 400);
}

static void ask(struct view part)
{
	struct view line;
	struct request_param params[PARAMS_MAX];
	AUTO_VALUE(response) res = {0};

	if (!view_line(&part, &line))
		return;
	AUTO_FREE char *head = view_dup(line);
	char *method = strchr(head, ' '), *path = method ? strchr(method + 1, ' ') : NULL;
	if (!path || path[1] != '/')
		return;
	*method++ = '\0';
	*path++ = '\0';
	char *query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	const struct request req = {
		.method = method,
		.path = path,
		.query = params,
		.query_len = split_query(query, params),
		.host = "localhost:8443",
		.authorization = authorization_of(head[0]),
		.content_type = "application/json",
		.body = part,
		.id = "req1",
	};
	server_weigh(&req);
	server_handle(world->server, &req, &res);
	if (!str_eq(method, "GET") && res.status < 300)
		start_is_spent = true;
	check_response(&req, &res);
}

/* ---- what is stored */

struct chain {
	char sum[CHECKSUM_LEN + 1];
	char id[RECORD_ID_MAX + 1];
	int64_t depth;
};

static int check_record(void *ctx, const struct store_record *stored, struct error *err)
{
	struct chain *c = ctx;
	AUTO(record) *r = NULL;
	char next[CHECKSUM_LEN + 1];

	MUST(record_parse(&r, view_of(stored->doc), err) == 0);
	MUST(stored->depth == c->depth + 1 && str_eq(stored->id, record_id(r)));
	MUST(str_eq(record_parent(r), c->depth ? c->id : NULL));
	enum checksum_state state = checksum_check(next, r, c->depth ? c->sum : NULL);
	MUST(state == CHECKSUM_VALID || state == CHECKSUM_VALID_ESCAPED);
	MUST(str_eq(stored->checksum, next));
	memcpy(c->sum, next, sizeof next);
	snprintf(c->id, sizeof c->id, "%s", record_id(r));
	c->depth++;
	return 0;
}

struct look {
	struct store_txn *txn;
	int64_t database;
};

static int check_branch(void *ctx, const struct store_branch *b, struct error *err)
{
	const struct look *l = ctx;
	struct chain c = {0};

	int rc = world->store->ops->record_list(l->txn, b->rowid, 1, INT32_MAX, check_record, &c,
						err);
	MUST(rc >= 0 && c.depth == b->length);
	MUST(str_eq(b->head_id, c.depth ? c.id : NULL));
	MUST(str_eq(b->head_checksum, c.depth ? c.sum : NULL));
	return 0;
}

static int check_database(void *ctx, const struct store_database *d, struct error *err)
{
	struct look l = {.txn = ctx, .database = d->rowid};

	MUST(world->store->ops->branch_list(l.txn, d->rowid, check_branch, &l, err) >= 0);
	return 0;
}

static void check_store(void)
{
	struct store *s = world->store;
	struct store_txn *t = NULL;
	struct error err = {0};

	MUST(s->ops->begin(&t, s, STORE_READ, &err) == 0);
	MUST(s->ops->database_list(t, SERVER_DEFAULT_WORKSPACE, check_database, t, &err) >= 0);
	s->ops->rollback(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = fuzz_view(data, size), part;

	if (!world) {
		world = world_open(fuzz_dir());
		atexit(close_world); /* before the folder goes */
	}
	if (start_is_spent)
		clear_store();
	start_is_spent = false;
	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		told[i] = size && memmem(data, size, inside[i], strlen(inside[i]));
	for (int i = 0; i < REQUESTS_MAX && fuzz_part(&rest, &part); i++)
		ask(part);
	check_store();
	return 0;
}
