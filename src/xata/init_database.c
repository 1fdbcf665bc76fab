/* Finds out which database a new project belongs to, asking a person when it must. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/provider.h"
#include "xata/init.h"
#include "xata/prompt.h"

static const json_t *find_item(const json_t *list, const char *key, const char *value)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		if (str_eq(json_text(item, key), value))
			return item;
	}
	return NULL;
}

static int fail_several(const json_t *list, const char *key, const char *what, struct error *err)
{
	AUTO_STR names = {.max = 300};
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		AUTO_STR safe = {0};
		str_put_safe(&safe, view_of(json_text(item, key)));
		str_printf(&names, "%s%s", i ? ", " : "", str_cstr(&safe));
	}
	int rc = fail(err, E_USAGE, "there are several %ss: %s", what, str_cstr(&names));
	hint(err, "Name the database with --db URL (https://HOST/db/NAME).");
	return rc;
}

/* A number of the list or one of its names; anything else is taken as a name, too. */
static int ask(char **out, struct invocation *inv, const json_t *list, const char *key,
	       const char *what, struct error *err)
{
	AUTO_FREE char *answer = NULL;
	AUTO_FREE char *question = xasprintf("Which %s (number or name)", what);
	long number;
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) note(&inv->out, "  %zu  %s", i + 1, json_text(item, key));
	int rc = prompt_line(&answer, question, NULL, "--db", err);
	if (rc < 0)
		return rc;
	if (parse_long(&number, answer, 1, (long)json_array_size(list)))
		*out = xstrdup(json_text(json_array_get(list, (size_t)number - 1), key));
	else
		*out = steal(&answer);
	return 0;
}

/* The only item, or the one a person chooses. */
static int choose(char **out, struct invocation *inv, const json_t *list, const char *key,
		  const char *what, struct error *err)
{
	*out = NULL;
	if (json_array_size(list) == 1) {
		*out = xstrdup(json_text(json_array_get(list, 0), key));
		return 0;
	}
	if (!prompt_possible())
		return fail_several(list, key, what, err);
	return ask(out, inv, list, key, what, err);
}

static int choose_workspace(char **out, struct invocation *inv, struct api *api, struct error *err)
{
	AUTO_JSON *doc = NULL;

	*out = NULL;
	int rc = api_workspaces(&doc, api, err);
	if (rc < 0)
		return rc;
	const json_t *list = json_object_get(doc, "workspaces");
	if (json_array_size(list) == 0)
		return fail(err, E_REMOTE_NOTFOUND, "the key belongs to no workspace");
	rc = choose(out, inv, list, "id", "workspace", err);
	if (rc < 0 || find_item(list, "id", *out))
		return rc;
	return fail(err, E_USAGE, "there is no workspace \"%s\"", *out);
}

/* The hosted service has a host for each workspace and region; others are one origin. */
static char *url_of(const struct target *t, const char *workspace, const json_t *database)
{
	static const char *const names[] = {"production", "staging", "dev"};
	const char *region = json_text(database, "region"), *name = json_text(database, "name");

	for (size_t i = 0; region && i < ARRAY_LEN(names); i++) {
		AUTO_VALUE(provider) p = {0};
		AUTO_FREE char *main_origin = provider_parse(&p, names[i]) ? url_origin(&p.main)
									   : NULL;
		if (!str_eq(main_origin, t->control))
			continue;
		return xasprintf("%s://%s.%s.%s/db/%s", p.workspaces.scheme, workspace, region,
				 p.workspaces.host, name);
	}
	return xasprintf("%s/db/%s", t->control, name);
}

static int lookup(struct invocation *inv, const json_t *list, const char *workspace,
		  const char *name, struct error *err)
{
	struct view whole = view_of(name);
	const char *colon = strchr(name, ':');
	AUTO_FREE char *plain = xstrndup(name, colon ? (size_t)(colon - name) : whole.len);
	const json_t *database = find_item(list, "name", plain);

	if (!database) {
		int rc = fail(err, E_REMOTE_NOTFOUND, "there is no database \"%s\"", plain);
		hint(err, "Create it with \"xata dbs create %s\", then run \"xata init\" again.",
		     plain);
		return rc;
	}
	AUTO_FREE char *url = url_of(inv->target, workspace, database);
	AUTO_FREE char *full = xasprintf("%s%s", url, colon ? colon : "");
	return session_use_database(inv, full, err);
}

static int find_database(struct invocation *inv, const char *named, struct error *err)
{
	AUTO_FREE char *workspace = NULL;
	AUTO_FREE char *chosen = NULL;
	AUTO_JSON *doc = NULL;
	struct api *api = NULL;

	int rc = session_api(&api, inv, SESSION_HOST, err);
	if (rc == 0)
		rc = choose_workspace(&workspace, inv, api, err);
	if (rc < 0)
		return rc;
	inv->api_target->workspace = workspace;
	rc = api_databases(&doc, api, err);
	if (rc < 0)
		return rc;
	const json_t *list = json_object_get(doc, "databases");
	if (json_array_size(list) == 0) {
		rc = fail(err, E_REMOTE_NOTFOUND, "the workspace has no database");
		hint(err,
		     "Create one with \"xata dbs create NAME\", then run \"xata init\" again.");
		return rc;
	}
	if (!named)
		rc = choose(&chosen, inv, list, "name", "database", err);
	const char *name = named ? named : chosen;
	return rc < 0 || !name ? rc : lookup(inv, list, workspace, name, err);
}

int init_database(struct invocation *inv, struct error *err)
{
	const struct target *t;
	const char *named = args_value(&inv->args, "db");

	int rc = session_target(&t, inv, SESSION_HOST, err);
	if (rc < 0 || t->database)
		return rc;
	if (!named && !prompt_possible() && !args_flag(&inv->args, "yes")) {
		rc = fail(err, E_USAGE, "no database is named");
		hint(err, "Give --db URL (https://HOST/db/NAME), set XATA_DATABASE_URL, or take "
			  "the only "
			  "one there is with --yes.");
		return rc;
	}
	return find_database(inv, named, err);
}
