/* xatad key: makes, lists and revokes API keys, also while the endpoint runs. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "server/names.h"
#include "server/server.h"
#include "xatad/command.h"
#include "xatad/datadir.h"
#include "xatad/key.h"
#include "xatad/output.h"

#define NAME_BYTES 255

static int open_store(struct datadir *d, struct store **s, const struct args *args,
		      struct error *err)
{
	int rc = datadir_open(d, args_word(args, 0), err);

	return rc == 0 ? datadir_store(s, d, err) : rc;
}

static json_t *key_to_json(const struct store_key *k)
{
	json_t *o = json_object();
	char time[CLOCK_TEXT_MAX];

	json_put_string(o, "id", k->id);
	json_put_string(o, "name", k->name);
	json_put_string(o, "scope", key_scope_name(k->scope));
	json_put_string(o, "database", k->database);
	clock_format(time, k->created_at);
	json_put_string(o, "createdAt", time);
	if (k->revoked_at) {
		clock_format(time, k->revoked_at);
		json_put_string(o, "revokedAt", time);
	}
	return o;
}

/* ---- create */

/* "DATABASE" of the default workspace or "WORKSPACE/DATABASE", as the store wants it. */
static int parse_database(char **out, const char *text, struct error *err)
{
	const char *slash = strchr(text, '/');
	AUTO_FREE char *workspace = slash ? xstrndup(text, (size_t)(slash - text))
					  : xstrdup(SERVER_DEFAULT_WORKSPACE);
	const char *database = slash ? slash + 1 : text;

	if (!workspace_id_valid(workspace) || !name_valid(database))
		return fail(
			err, E_USAGE,
			"option \"--database\" needs DATABASE or WORKSPACE/DATABASE, not \"%s\"",
			text);
	*out = xasprintf("%s/%s", workspace, database);
	return 0;
}

static int read_wish(struct store_key *k, const struct args *args, struct error *err)
{
	const char *name = args_value(args, "name"), *scope = args_value(args, "scope");
	const char *database = args_value(args, "database");

	int rc = args_count(args, 1, 1, err);
	if (rc == 0)
		rc = key_scope_parse(&k->scope, scope ? scope : "write", err);
	if (rc == 0 && database)
		rc = parse_database(&k->database, database, err);
	if (rc == 0 && name && label_check("key", name, NAME_BYTES, err) < 0)
		rc = error_recode(err, E_USAGE);
	k->name = xstrdup(name ? name : "");
	return rc;
}

static int run_create(const struct args *args, struct error *err)
{
	AUTO_VALUE(datadir) d = DATADIR_NONE;
	AUTO_VALUE(store_key) k = {0};
	AUTO_STORE *s = NULL;
	char text[KEY_LEN + 1] = "";

	int rc = read_wish(&k, args, err);
	if (rc == 0)
		rc = open_store(&d, &s, args, err);
	if (rc == 0)
		rc = key_make(text, &k, s, err);
	if (rc < 0)
		return rc;
	if (args_flag(args, "json")) {
		json_t *o = key_to_json(&k);
		json_put_string(o, "key", text);
		print_json(o);
	} else if (args_flag(args, "quiet")) {
		print_line("%s", text);
	} else {
		print_line("id     %s", k.id);
		print_line("scope  %s%s%s", key_scope_name(k.scope), k.database ? " on " : "",
			   k.database ? k.database : "");
		print_line("key    %s", text);
		print_line("%s", "");
		print_line("Keep the key: it is shown only now, and only its hash is stored.");
	}
	explicit_bzero(text, sizeof text);
	return 0;
}

static const struct opt create_options[] = {
	{"name", 0, "NAME", "what people call the key"},
	{"scope", 0, "read|write|admin", "what it may do (write)"},
	{"database", 0, "DB", "only for this database; DATABASE or WORKSPACE/DATABASE"},
	{0},
};

static const struct command cmd_key_create = {
	.name = "create",
	.args = "<dir>",
	.summary = "make a key and print it, once",
	.options = create_options,
	.run = run_create,
};

/* ---- list */

static int add_to_list(void *ctx, const struct store_key *k, struct error *err)
{
	(void)err;
	if (json_array_append_new(ctx, key_to_json(k)) < 0)
		return fail(err, E_INTERNAL, "out of memory");
	return 0;
}

static const char *text_of(const json_t *o, const char *member, const char *otherwise)
{
	const char *text = json_text(o, member);

	return text ? text : otherwise;
}

static void print_keys(const json_t *keys)
{
	size_t i;
	const json_t *k;

	print_line("%-24s  %-6s  %-20s  %-20s  %s", "ID", "SCOPE", "CREATED", "REVOKED",
		   "NAME, DATABASE");
	json_array_foreach(keys, i, k)
	{
		const char *database = text_of(k, "database", NULL);
		print_line("%-24s  %-6s  %-20.19s  %-20.19s  %s%s%s", text_of(k, "id", ""),
			   text_of(k, "scope", ""), text_of(k, "createdAt", ""),
			   text_of(k, "revokedAt", "-"), text_of(k, "name", ""),
			   database ? ", " : "", database ? database : "");
	}
}

static int list_keys(json_t *keys, struct store *s, struct error *err)
{
	struct store_txn *t;

	int rc = s->ops->begin(&t, s, STORE_READ, err);
	if (rc < 0)
		return rc;
	rc = s->ops->key_list(t, add_to_list, keys, err);
	s->ops->rollback(t);
	return rc;
}

static int run_list(const struct args *args, struct error *err)
{
	AUTO_VALUE(datadir) d = DATADIR_NONE;
	AUTO_STORE *s = NULL;
	AUTO_JSON *keys = json_array();

	int rc = args_count(args, 1, 1, err);
	if (rc == 0)
		rc = open_store(&d, &s, args, err);
	if (rc == 0)
		rc = list_keys(keys, s, err);
	if (rc < 0)
		return rc;
	if (args_flag(args, "json"))
		print_json(json_pack("{s:O}", "keys", keys));
	else
		print_keys(keys);
	return 0;
}

static const struct command cmd_key_list = {
	.name = "list",
	.args = "<dir>",
	.summary = "show the keys without their text, the revoked ones too",
	.run = run_list,
};

/* ---- revoke */

static int revoke_key(struct store *s, const char *id, struct error *err)
{
	struct error own = {0};
	struct store_txn *t;

	int rc = s->ops->begin(&t, s, STORE_WRITE, err);
	if (rc < 0)
		return rc;
	rc = s->ops->key_revoke(t, id, clock_unix_us(), &own);
	if (rc == 0)
		return s->ops->commit(t, err);
	s->ops->rollback(t);
	if (rc != E_NOTFOUND) {
		*err = own;
		return rc;
	}
	fail(err, E_NOTFOUND, "there is no key \"%s\"", id);
	hint(err, "Run \"xatad key list DIR\" to see the keys and their ids.");
	return rc;
}

static int run_revoke(const struct args *args, struct error *err)
{
	AUTO_VALUE(datadir) d = DATADIR_NONE;
	AUTO_STORE *s = NULL;

	int rc = args_count(args, 2, 2, err);
	const char *id = args_word(args, 1);
	if (rc == 0)
		rc = open_store(&d, &s, args, err);
	if (rc == 0)
		rc = revoke_key(s, id, err);
	if (rc < 0)
		return rc;
	if (args_flag(args, "json"))
		print_json(json_pack("{s:s}", "id", id));
	else if (!args_flag(args, "quiet"))
		print_line("revoked %s", id);
	return 0;
}

static const struct command cmd_key_revoke = {
	.name = "revoke",
	.args = "<dir> <id>",
	.summary = "end a key, at once and for good",
	.run = run_revoke,
};

static const struct command *const subcommands[] = {&cmd_key_create, &cmd_key_list, &cmd_key_revoke,
						    NULL};

const struct command cmd_key = {
	.name = "key",
	.summary = "make, list and revoke API keys",
	.description = "Keys can be made and revoked while the endpoint runs.",
	.subcommands = subcommands,
};
