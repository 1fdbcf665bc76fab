/* The profiles of the user's credentials file. */
#include "project/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/record.h"
#include "project/ini.h"
#include "project/provider.h"
#include "project/url.h"
#include "project/userfile.h"

#include "base/banned.h"

#define CREDENTIALS_FILE "credentials"

void profile_release(struct profile *p)
{
	free(p->name);
	secret_free(p->api_key);
	free(p->api);
	free(p->web);
	free(p->host);
	free(p->cacert);
	*p = (struct profile){0};
}

int credentials_path(const char **out, struct error *err)
{
	static _Thread_local char path[USERFILE_PATH_MAX];
	int rc = userfile_path(path, CREDENTIALS_FILE, err);

	*out = path;
	return rc;
}

static int load(struct ini *ini, struct error *err)
{
	struct str text = {0};

	int rc = userfile_read(&text, CREDENTIALS_FILE, err);
	if (rc == 0)
		rc = ini_parse(ini, str_view(&text), err);
	if (rc == E_INVALID) {
		const char *path;
		if (credentials_path(&path, NULL) == 0)
			error_prefix(err, "cannot read \"%s\"", path);
		hint(err, "Mend that line with an editor: the file has lines like [NAME] and "
			  "apiKey=KEY.");
	}
	userfile_wipe(&text);
	return rc;
}

static int save(const struct ini *ini, struct error *err)
{
	struct str text = {.max = USERFILE_MAX};

	ini_print(&text, ini);
	int rc = str_check(&text, "the credentials file", err);
	if (rc == 0)
		rc = userfile_replace(CREDENTIALS_FILE, str_view(&text), err);
	userfile_wipe(&text);
	return rc;
}

static int fail_no_profile(struct error *err, const char *name)
{
	int rc = fail(err, E_NOTFOUND, "there is no profile \"%s\"", name);

	/* The name may come from the project's .env: what a user would paste into a shell has to be
	 * harmless there. */
	if (record_name_valid(view_of(name)))
		hint(err, "Run \"xata auth login --profile %s\" to make it.", name);
	else
		hint(err, "Run \"xata auth login\" to make one.");
	return rc;
}

static char *copy_value(const struct ini *ini, const char *profile, const char *key)
{
	const char *value = ini_get(ini, profile, NULL, key);

	return value && *value ? xstrdup(value) : NULL;
}

/*
 * The official CLI writes `host` where it later looks for `api`: a provider's name, or for a
 * custom one a nested section [profile.host]. Both are understood as what they were meant to be.
 */
static void read_host(struct profile *p, const struct ini *ini)
{
	AUTO_VALUE(url_parts) url = {0};
	const char *main_url = ini_get(ini, p->name, "host", "main");
	const char *workspaces = ini_get(ini, p->name, "host", "workspaces");

	p->host = copy_value(ini, p->name, "host");
	if (p->host && url_split_host(&url, p->host) && strstr(p->host, "://")) {
		free(p->host);
		p->host = url_origin(&url);
		return;
	}
	if (p->host && !p->api)
		p->api = xstrdup(p->host);
	free(p->host);
	p->host = NULL;
	if (main_url && workspaces && !p->api)
		p->api = xasprintf("%s,%s", main_url, workspaces);
}

int credentials_get(struct profile *out, const char *name, struct error *err)
{
	AUTO_VALUE(ini) ini = {0};

	*out = (struct profile){0};
	int rc = load(&ini, err);
	if (rc < 0)
		return rc;
	if (!ini_has_section(&ini, name))
		return fail_no_profile(err, name);
	out->name = xstrdup(name);
	out->api_key = copy_value(&ini, name, "apiKey");
	out->api = copy_value(&ini, name, "api");
	out->web = copy_value(&ini, name, "web");
	out->cacert = copy_value(&ini, name, "cacert");
	read_host(out, &ini);
	return 0;
}

static int check_profile(const struct profile *p, struct error *err)
{
	const char *values[] = {p->name, p->api_key, p->api, p->web, p->host, p->cacert};

	if (!p->name || !*p->name || strpbrk(p->name, "[]\"'=") || strlen(p->name) > 255 ||
	    view_trim(view_of(p->name)).len != strlen(p->name))
		return fail(err, E_INVALID, "a profile cannot have that name");
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		if (!utf8_valid(view_of(values[i])))
			return fail(err, E_INVALID, "a value of profile \"%s\" is not UTF-8",
				    p->name);
		for (const char *c = values[i]; c && *c; c++)
			if ((unsigned char)*c < ' ' || *c == 127)
				return fail(err, E_INVALID,
					    "a value of profile \"%s\" has a control character",
					    p->name);
	}
	return 0;
}

static void put_profile(struct ini *ini, const struct profile *p)
{
	AUTO_FREE char *api = NULL;

	/* So that the official CLI goes to the same host. */
	if (p->host && !p->api)
		api = provider_of_host(p->host);
	ini_remove_section(ini, p->name, "host");
	ini_set(ini, p->name, "name", p->name);
	ini_set(ini, p->name, "apiKey", p->api_key);
	ini_set(ini, p->name, "api", p->api ? p->api : api);
	ini_set(ini, p->name, "web", p->web);
	ini_set(ini, p->name, "host", p->host);
	ini_set(ini, p->name, "cacert", p->cacert);
}

/* Reads the file under the lock, changes it, writes it. */
static int change(void (*apply)(struct ini *, const struct profile *), const struct profile *p,
		  struct error *err)
{
	AUTO_VALUE(ini) ini = {0};
	struct fs_lock lock;

	int rc = userfile_lock(&lock, err);
	if (rc < 0)
		return rc;
	rc = load(&ini, err);
	if (rc == 0 && !ini_has_section(&ini, p->name) && !p->api_key)
		rc = fail_no_profile(err, p->name);
	if (rc == 0) {
		apply(&ini, p);
		rc = save(&ini, err);
	}
	fs_unlock(&lock);
	return rc;
}

int credentials_set(const struct profile *p, struct error *err)
{
	int rc = check_profile(p, err);

	return rc < 0 ? rc : change(put_profile, p, err);
}

static void drop_profile(struct ini *ini, const struct profile *p)
{
	ini_remove_section(ini, p->name, NULL);
}

int credentials_remove(const char *name, struct error *err)
{
	AUTO_VALUE(profile) p = {.name = xstrdup(name)};

	return change(drop_profile, &p, err);
}

int credentials_names(struct strs *out, struct error *err)
{
	AUTO_VALUE(ini) ini = {0};

	int rc = load(&ini, err);
	for (size_t i = 0; rc == 0 && i < ini.len; i++)
		if (ini.lines[i].kind == INI_SECTION && !strs_has(out, ini.lines[i].section))
			strs_add(out, ini.lines[i].section);
	return rc;
}
