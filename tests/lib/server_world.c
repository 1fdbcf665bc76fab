/* Asks a server without a socket. */
#include "lib/server_world.h"

#include "adapt/store_sqlite.h"
#include "base/alloc.h"
#include "base/sha256.h"
#include "ledger/record.h"

#include "base/banned.h"

static int64_t standing_clock(void)
{
	return WORLD_NOW;
}

/* ---- opening */

static void add_key(struct store *s, struct store_txn *t, const char *text, enum key_scope scope,
		    const char *database)
{
	struct error err = {0};
	char hash[SHA256_HEX + 1];
	bool revoked = strcmp(text, KEY_REVOKED_TEXT) == 0;

	sha256_hex(hash, view_of(text));
	AUTO_VALUE(store_key)
	k = {
		.id = xasprintf("key_%s", text + 5),
		.name = xstrdup(text + 5),
		.hash = xstrdup(hash),
		.scope = scope,
		.database = xstrdup(database),
		.created_at = WORLD_NOW,
	};
	assert_ok(s->ops->key_add(t, &k, &err), &err);
	if (revoked)
		assert_ok(s->ops->key_revoke(t, k.id, WORLD_NOW, &err), &err);
}

static void fill(struct store *s)
{
	struct error err = {0};
	struct store_txn *t;

	assert_ok(server_prepare(s, WORLD_NOW, &err), &err);
	assert_ok(s->ops->begin(&t, s, STORE_WRITE, &err), &err);
	add_key(s, t, KEY_ADMIN_TEXT, KEY_ADMIN, NULL);
	add_key(s, t, KEY_WRITE_TEXT, KEY_WRITE, NULL);
	add_key(s, t, KEY_READ_TEXT, KEY_READ, NULL);
	add_key(s, t, KEY_SHOP_TEXT, KEY_ADMIN, SERVER_DEFAULT_WORKSPACE "/shop");
	add_key(s, t, KEY_REVOKED_TEXT, KEY_ADMIN, NULL);
	assert_ok(s->ops->commit(t, &err), &err);
}

struct world *world_open_wrapped(const char *dir, struct store *(*wrap)(struct store *),
				 const struct server_limits *limits)
{
	struct world *w = xcalloc(1, sizeof *w);
	struct error err = {0};

	assert_ok(
		store_sqlite_open(&w->store, unit_path(dir, "xatad.db"), STORE_SQLITE_CREATE, &err),
		&err);
	fill(w->store);
	if (wrap)
		w->store = wrap(w->store);
	const struct server_options options = {
		.store = w->store,
		.executor = jobs_recorder(w->store),
		.limits = limits,
		.now = standing_clock,
	};
	w->server = server_new(&options);
	w->key = KEY_ADMIN_TEXT;
	w->host = "localhost:8443";
	return w;
}

struct world *world_open(const char *dir)
{
	return world_open_wrapped(dir, NULL, NULL);
}

void world_close(struct world *w)
{
	json_decref(w->json);
	response_release(&w->res);
	server_free(w->server);
	w->store->ops->close(w->store);
	free(w);
}

/* ---- asking */

#define PARAMS_MAX 8

static size_t split_query(char *query, struct request_param *params)
{
	size_t n = 0;

	for (char *next = query; next && *next && n < PARAMS_MAX;) {
		char *name = next, *end = strchr(next, '&');
		next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		char *value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		params[n++] = (struct request_param){name, value ? value : ""};
	}
	return n;
}

/* A text that has double quotes is taken as it is: it may have single ones inside. */
static char *double_quoted(const char *body)
{
	char *text = xstrdup(body);
	bool written = text && !strchr(text, '"');

	for (char *p = text; written && *p; p++)
		if (*p == '\'')
			*p = '"';
	return text;
}

void world_ask_into(struct world *w, struct response *res, const char *method, const char *target,
		    const char *body)
{
	struct request_param params[PARAMS_MAX];
	AUTO_FREE char *path = xstrdup(target), *text = double_quoted(body);
	AUTO_FREE char *authorization = w->key ? xasprintf("Bearer %s", w->key) : NULL;
	char *query = strchr(path, '?');

	if (query)
		*query++ = '\0';
	const struct request req = {
		.method = method,
		.path = path,
		.query = params,
		.query_len = split_query(query, params),
		.host = w->host,
		.authorization = authorization,
		.content_type = "application/json",
		.body = view_of(text),
		.id = "req1",
	};
	server_handle(w->server, &req, res);
}

int world_ask(struct world *w, const char *method, const char *target, const char *body)
{
	struct error err = {0};

	json_decref(w->json);
	w->json = NULL;
	response_release(&w->res);
	world_ask_into(w, &w->res, method, target, body);
	if (str_eq(w->res.content_type, "application/json"))
		assert_ok(json_read(&w->json, str_view(&w->res.body), 80, &err), &err);
	return w->res.status;
}

static bool has_text(const struct world *w, const char *key, const char *want, bool whole)
{
	const char *got = json_string_value(json_object_get(w->json, key));

	if (!want)
		return true;
	return got && (whole ? strcmp(got, want) == 0 : strstr(got, want) != NULL);
}

void world_assert(struct world *w, int status, const char *id, const char *text, const char *method,
		  const char *target, const char *body, const char *file, int line)
{
	int got = world_ask(w, method, target, body);
	bool shaped = got < 400 || (world_at(w, "id") && world_at(w, "message"));

	if (got == status && shaped && has_text(w, "id", id, true) &&
	    has_text(w, "message", text, false))
		return;
	print_error("# %s %s\n# gave %d: %s\n# cause: %s\n# expected %d %s …%s…\n", method, target,
		    got, str_cstr(&w->res.body), w->res.cause.msg, status, id ? id : "",
		    text ? text : "");
	_fail(file, line);
}

/* ---- reading */

json_t *world_at(const struct world *w, const char *path)
{
	json_t *at = w->json;
	AUTO_FREE char *copy = xstrdup(path);

	for (char *key = copy; key && at;) {
		char *dot = strchr(key, '.');
		if (dot)
			*dot++ = '\0';
		at = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10))
				       : json_object_get(at, key);
		key = dot;
	}
	return at;
}

const char *world_text(const struct world *w, const char *path)
{
	json_t *at = world_at(w, path);

	if (!json_is_string(at))
		unit_fail("no text at %s of %s", path, str_cstr(&w->res.body));
	return json_string_value(at);
}

long long world_number(const struct world *w, const char *path)
{
	json_t *at = world_at(w, path);

	if (!json_is_integer(at))
		unit_fail("no number at %s of %s", path, str_cstr(&w->res.body));
	return json_integer_value(at);
}

size_t world_count(const struct world *w, const char *path)
{
	const json_t *at = world_at(w, path);

	return json_is_array(at) ? json_array_size(at) : json_object_size(at);
}

const char *world_header(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->res.headers_len; i++)
		if (strcmp(w->res.headers[i].name, name) == 0)
			return w->res.headers[i].value;
	return NULL;
}

/* ---- records */

void world_shop(struct world *w, const char *format)
{
	bool pgroll = strcmp(format, "pgroll") == 0;

	assert_answer(w, 201, "PUT", WS "/dbs/shop",
		      pgroll ? "{'region':'local','postgresEnabled':true}" : "{'region':'local'}");
}

struct record *world_record(enum record_format format, const char *id, const struct record *parent,
			    const char *operations)
{
	AUTO_FREE char *text = double_quoted(operations);
	AUTO_JSON *ops = NULL;
	struct error err = {0};
	struct record *r;

	assert_ok(json_read(&ops, view_of(text), 0, &err), &err);
	const struct record_draft draft = {
		.format = format,
		.id = id,
		.parent = parent ? record_id(parent) : NULL,
		.parent_checksum = parent ? record_checksum(parent) : NULL,
		.operations = ops,
		.started_at = WORLD_NOW,
	};
	assert_ok(record_make(&r, &draft, &err), &err);
	return r;
}

static void put_records(struct str *out, struct record *const *records, size_t n)
{
	str_putc(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			str_putc(out, ',');
		json_write(out, record_doc(records[i]), JSON_FORM_COMPACT);
	}
	str_puts(out, "]}");
}

char *world_push_v1(struct record *const *records, size_t n)
{
	struct str out = {0};

	str_puts(&out, "{\"migrations\":");
	put_records(&out, records, n);
	return str_steal(&out);
}

char *world_push_pgroll(const struct record *expected, struct record *const *records, size_t n)
{
	struct str out = {0};

	if (expected)
		str_printf(&out, "{\"expected\":{\"id\":\"%s\",\"checksum\":\"%s\"},",
			   record_id(expected), record_checksum(expected));
	else
		str_puts(&out, "{\"expected\":null,");
	str_puts(&out, "\"records\":");
	put_records(&out, records, n);
	return str_steal(&out);
}
