/*
 * Decides where a command goes: which database URL and profile count, which control plane belongs
 * to them, which key goes there, and whether it may.
 */
#include "project/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/credentials.h"
#include "project/provider.h"

#include "base/banned.h"

#define NAME_MAX_BYTES ((size_t)255) /* of a database or branch, by the API */
#define KEY_MAX ((size_t)4096)

/* One plane's origin and who named it. */
struct place {
	struct url_parts url;
	enum origin from;
	bool known;
};

/* A database URL taken apart. */
struct database {
	struct place place;
	char *name, *branch;
	const char *where; /* for messages: "--db", "XATA_DATABASE_URL", ".xatarc" */
};

struct resolving {
	const struct project *project;
	const struct target_request *req;
	struct profile profile;
	bool has_profile, chosen_profile; /* chosen: by --profile */
	struct place profile_host;
	struct provider provider;
	enum origin provider_from; /* ORIGIN_NONE: there is none */
	struct database database;
	struct place data, control;
};

static void resolving_release(struct resolving *r)
{
	profile_release(&r->profile);
	url_parts_release(&r->profile_host.url);
	provider_release(&r->provider);
	url_parts_release(&r->database.place.url);
	free(r->database.name);
	free(r->database.branch);
	url_parts_release(&r->data.url);
	url_parts_release(&r->control.url);
}
AUTO_VALUE_DEFINE(resolving)

void target_release(struct target *t)
{
	free(t->control);
	free(t->data);
	free(t->workspace);
	free(t->region);
	free(t->database);
	free(t->branch);
	free(t->url);
	secret_free(t->api_key);
	free(t->cacert);
	free(t->profile);
	*t = (struct target){0};
}

static void set_place(struct place *p, const struct url_parts *u, enum origin from)
{
	url_parts_release(&p->url);
	p->url = (struct url_parts){
		.scheme = xstrdup(u->scheme),
		.host = xstrdup(u->host),
		.port = u->port,
		.path = xstrdup(""),
	};
	p->from = from;
	p->known = true;
}

/* ---- who asks: profile and provider */

static int choose_profile(struct resolving *r, struct error *err)
{
	struct setting env = project_env(r->project, "XATA_PROFILE");
	const char *named = r->req->profile ? r->req->profile : env.value;
	struct error why = {0};

	r->chosen_profile = r->req->profile;
	int rc = credentials_get(&r->profile, named ? named : "default", &why);
	r->has_profile = rc == 0;
	/* No home directory: a script without a user has no profile either. */
	bool none = rc == E_NOTFOUND || (rc == E_PROJECT && !named);
	if (rc < 0 && !(none && (!named || r->req->no_key))) {
		rc = fail(err, why.code, "%s", why.msg);
		hint(err, "%s", why.hint);
		return rc;
	}
	AUTO_VALUE(url_parts) host = {0};
	if (r->profile.host && url_split_host(&host, r->profile.host))
		set_place(&r->profile_host, &host, ORIGIN_PROFILE);
	return 0;
}

static int choose_provider(struct resolving *r, struct error *err)
{
	struct setting env = project_env(r->project, "XATA_API_PROVIDER");
	const char *text = env.value;

	r->provider_from = env.origin;
	if (r->profile.api && !r->profile_host.known) {
		text = r->profile.api;
		r->provider_from = ORIGIN_PROFILE;
	}
	if (!text || provider_parse(&r->provider, text))
		return 0;
	int rc = fail(err, E_PROJECT, "the API provider in %s cannot be understood",
		      r->provider_from == ORIGIN_PROFILE ? "the profile" : env.where);
	hint(err, "It is one of " PROVIDER_NAMES ", or MAIN,WORKSPACES with two URLs.");
	return rc;
}

/* ---- which database */

static bool is_api_name(struct view v)
{
	if (v.len == 0 || v.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < v.len; i++) {
		char c = v.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-' || c == '~'))
			return false;
	}
	return true;
}

/* "NAME" or "NAME:BRANCH". */
static bool take_name(struct database *d, struct view v)
{
	const char *colon = v.len ? memchr(v.ptr, ':', v.len) : NULL;
	size_t len = colon ? (size_t)(colon - v.ptr) : v.len;
	struct view branch = colon ? view_make(colon + 1, v.len - len - 1) : view_of(NULL);

	if (!is_api_name(view_make(v.ptr, len)) || (colon && !is_api_name(branch)))
		return false;
	d->name = xstrndup(v.ptr, len);
	d->branch = colon ? view_dup(branch) : NULL;
	return true;
}

/* The URL is not quoted in the message: it may have a password in it. */
static int take_url(struct database *d, struct setting s, struct error *err)
{
	AUTO_VALUE(url_parts) url = {0};

	d->where = s.where;
	if (url_split(&url, s.value) && starts_with(url.path, "/db/")) {
		struct view name = view_of(url.path + strlen("/db/"));
		if (name.len && name.ptr[name.len - 1] == '/')
			name.len--;
		if (take_name(d, name)) {
			set_place(&d->place, &url, s.origin);
			return 0;
		}
	}
	int rc = fail(err, s.origin == ORIGIN_FLAG ? E_USAGE : E_PROJECT,
		      "the database URL in %s cannot be used", s.where);
	hint(err, "It looks like https://HOST/db/NAME, without user, query or fragment.");
	return rc;
}

/* The URL that is configured: the environment, its files, then the configuration. */
static struct setting configured_url(const struct project *p)
{
	struct setting s = project_env(p, "XATA_DATABASE_URL");
	const json_t *config = project_config(p);
	const char *text = json_text(config, "databaseURL");

	if (s.value || !text || !*text)
		return s;
	return (struct setting){text, ORIGIN_CONFIG, project_config_file(p)};
}

static bool from_files(enum origin origin)
{
	return origin == ORIGIN_DOTENV || origin == ORIGIN_CONFIG;
}

/* --db NAME: that database where the profile named with it, the project, or the profile says. */
static int take_bare_name(struct resolving *r, struct setting url, struct error *err)
{
	struct database *d = &r->database;
	struct database configured = {0};

	d->where = "--db";
	if (!take_name(d, view_of(r->req->db))) {
		int rc = fail(err, E_USAGE, "--db names no database");
		hint(err, "Give a name of letters, digits, \"-\", \"_\" and \"~\", or a URL like "
			  "https://HOST/db/NAME.");
		return rc;
	}
	bool profile_first = r->chosen_profile && r->profile_host.known;
	if (url.value && !profile_first) {
		int rc = take_url(&configured, url, err);
		if (rc == 0)
			set_place(&d->place, &configured.place.url, configured.place.from);
		url_parts_release(&configured.place.url);
		free(configured.name);
		free(configured.branch);
		return rc;
	}
	if (r->profile_host.known)
		set_place(&d->place, &r->profile_host.url, ORIGIN_PROFILE);
	return 0;
}

static int choose_database(struct resolving *r, struct error *err)
{
	struct setting url = configured_url(r->project);

	if (r->req->db && strstr(r->req->db, "://"))
		return take_url(&r->database, (struct setting){r->req->db, ORIGIN_FLAG, "--db"},
				err);
	if (r->req->db)
		return take_bare_name(r, url, err);
	/* A profile asked for by name leads to its own host, not to that of the project. */
	bool ignore = r->chosen_profile && r->profile_host.known && !r->req->need_database &&
		      from_files(url.origin);
	return url.value && !ignore ? take_url(&r->database, url, err) : 0;
}

/* ---- which hosts */

static const struct provider *provider_of(const struct resolving *r)
{
	/* What only files of the project say decides nothing about other URLs. */
	return r->provider_from == ORIGIN_PROFILE || r->provider_from == ORIGIN_ENV ? &r->provider
										    : NULL;
}

static void control_from(struct resolving *r, const struct place *place)
{
	AUTO_VALUE(url_parts) control = {0};

	control_of(&control, &place->url, provider_of(r));
	set_place(&r->control, &control, place->from);
}

/* --host: the origin for everything, unless it is the control plane of the hosted service. */
static int apply_host_option(struct resolving *r, struct error *err)
{
	AUTO_VALUE(url_parts) host = {0};

	if (!url_split_host(&host, r->req->host)) {
		int rc = fail(err, E_USAGE, "--host names no host");
		hint(err, "It looks like https://localhost:8443, without a path.");
		return rc;
	}
	struct place named = {0};
	set_place(&named, &host, ORIGIN_FLAG);
	control_from(r, &named);
	if (!url_is_hosted_control(&host) && r->database.name)
		set_place(&r->data, &host, ORIGIN_FLAG);
	else if (r->database.place.known)
		set_place(&r->data, &r->database.place.url, r->database.place.from);
	url_parts_release(&named.url);
	return 0;
}

static int choose_hosts(struct resolving *r, struct error *err)
{
	AUTO_VALUE(provider) production = {0};

	if (r->req->host)
		return apply_host_option(r, err);
	if (r->database.place.known) {
		set_place(&r->data, &r->database.place.url, r->database.place.from);
		control_from(r, &r->data);
	} else if (r->profile_host.known) {
		control_from(r, &r->profile_host);
	} else if (r->provider_from != ORIGIN_NONE) {
		set_place(&r->control, &r->provider.main, r->provider_from);
	} else if (provider_parse(&production, "production")) {
		set_place(&r->control, &production.main, ORIGIN_DEFAULT);
	}
	return 0;
}

/* ---- whether a key may go there */

/* host:port as it is approved: everything below localhost is this machine's same port. */
static char *approval_name(const struct url_parts *u)
{
	if (host_under(u->host, "localhost"))
		return xasprintf("localhost:%ld", u->port);
	return url_host_port(u);
}

static bool same_approval(const struct url_parts *a, const struct url_parts *b)
{
	AUTO_FREE char *one = approval_name(a);
	AUTO_FREE char *two = approval_name(b);

	return str_eq(one, two);
}

/* The rule of target.h for one host. */
static int may_get_key(bool *out, const struct resolving *r, const struct place *p,
		       struct error *err)
{
	const struct provider *provider = provider_of(r);

	*out = true;
	if (p->from == ORIGIN_FLAG || p->from == ORIGIN_ENV || p->from == ORIGIN_PROFILE ||
	    url_is_hosted(&p->url))
		return 0;
	if (r->profile_host.known && same_approval(&p->url, &r->profile_host.url))
		return 0;
	if (provider &&
	    (provider_has_workspace(provider, &p->url) || url_same_host(&p->url, &provider->main)))
		return 0;
	AUTO_FREE char *name = approval_name(&p->url);
	return trust_has(out, name, err);
}

static int check_place(const struct target *t, const struct resolving *r, const struct place *p,
		       struct error *err)
{
	bool allowed;

	if (!p->known || (!t->api_key && !r->req->no_key)) /* who has no key hears about that */
		return 0;
	AUTO_FREE char *name = approval_name(&p->url);
	if (str_eq(p->url.scheme, "http") && !host_is_loopback(p->url.host)) {
		int rc = fail(err, E_UNTRUSTED, "a key is not sent to \"%s\" without encryption",
			      name);
		hint(err, "Use https://; plain http:// is for this machine only.");
		return rc;
	}
	int rc = may_get_key(&allowed, r, p, err);
	if (rc < 0 || allowed)
		return rc;
	rc = fail(err, E_UNTRUSTED,
		  "no key is sent to \"%s\": only files of this project name that host", name);
	hint(err,
	     "If it is yours, run \"xata auth trust %s\", or name it with --db or "
	     "XATA_DATABASE_URL.",
	     name);
	return rc;
}

/* ---- which key */

static int take_key(struct target *t, const char *key, const char *where, struct error *err)
{
	t->api_key_where = where;
	if (strlen(key) > KEY_MAX)
		return fail(err, E_INVALID, "the API key of %s is too long", where);
	for (const char *p = key; *p; p++) {
		if (*p > ' ' && *p <= '~')
			continue;
		int rc = fail(err, E_INVALID, "the API key of %s has a character no key has",
			      where);
		hint(err, "Look for a space or a line end that was copied along.");
		return rc;
	}
	t->api_key = xstrdup(key);
	return 0;
}

static int choose_key(struct target *t, const struct resolving *r, struct error *err)
{
	struct setting env = project_env(r->project, "XATA_API_KEY");
	const char *own = r->profile.api_key;
	bool profile_first = own && r->chosen_profile;

	if (r->req->api_key)
		return take_key(t, r->req->api_key, "--api-key", err);
	if (r->req->no_key)
		return 0;
	if (env.value && !profile_first)
		return take_key(t, env.value, env.where, err);
	return own ? take_key(t, own, "the profile", err) : 0;
}

/* ---- which branch */

static int take_branch(struct target *t, const char *branch, enum origin origin, const char *where,
		       struct error *err)
{
	if (!is_api_name(view_of(branch))) {
		AUTO_STR safe = {0};
		str_put_safe(&safe, view_of(branch));
		int rc = fail(err, origin == ORIGIN_FLAG ? E_USAGE : E_PROJECT,
			      "\"%.100s\" in %s is no branch name", str_cstr(&safe), where);
		hint(err, "A branch has letters, digits, \"-\", \"_\" and \"~\" only.");
		return rc;
	}
	t->branch = xstrdup(branch);
	t->branch_origin = origin;
	return 0;
}

/* The nearest to the user first; of two equally near, XATA_BRANCH rather than the URL's end. */
static int choose_branch(struct target *t, const struct resolving *r, struct error *err)
{
	struct setting env = project_env(r->project, "XATA_BRANCH");
	const struct database *d = &r->database;
	enum origin url_from = r->req->db ? ORIGIN_FLAG : d->place.from;

	if (r->req->branch)
		return take_branch(t, r->req->branch, ORIGIN_FLAG, "the command line", err);
	bool url_first = d->branch && (!env.value || url_from < env.origin);
	if (url_first)
		return take_branch(t, d->branch, url_from, d->where, err);
	return env.value ? take_branch(t, env.value, env.origin, "XATA_BRANCH", err) : 0;
}

/* ---- the outcome */

static int fail_no_database(const struct resolving *r, struct error *err)
{
	int rc = fail(err, E_PROJECT,
		      r->database.name ? "the host of database \"%s\" is not known"
				       : "no database is known%s",
		      r->database.name ? r->database.name : "");

	hint(err,
	     "Give its URL (https://HOST/db/NAME) with --db or XATA_DATABASE_URL, or run \"xata "
	     "init\".");
	return rc;
}

static void describe(struct target *t, const struct resolving *r)
{
	const struct place *best = r->data.known ? &r->data : &r->control;

	t->control = url_origin(&r->control.url);
	t->hosted = url_is_hosted_any(&best->url);
	workspace_of(&t->workspace, &t->region, &best->url, provider_of(r));
	if (r->data.known && r->database.name) {
		t->data = url_origin(&r->data.url);
		t->database = xstrdup(r->database.name);
		t->url = xasprintf("%s/db/%s", t->data, t->database);
		t->url_origin = r->req->db ? ORIGIN_FLAG : r->database.place.from;
	}
	t->profile = r->has_profile ? xstrdup(r->profile.name) : NULL;
	bool own_host = r->profile_host.known && same_approval(&best->url, &r->profile_host.url);
	if (r->req->cacert)
		t->cacert = xstrdup(r->req->cacert);
	else if (own_host)
		t->cacert = xstrdup(r->profile.cacert);
}

static int resolve(struct target *t, struct resolving *r, struct error *err)
{
	int rc = choose_profile(r, err);

	if (rc == 0)
		rc = choose_provider(r, err);
	if (rc == 0)
		rc = choose_database(r, err);
	if (rc == 0)
		rc = choose_hosts(r, err);
	if (rc == 0)
		rc = choose_key(t, r, err);
	if (rc == 0)
		rc = check_place(t, r, &r->data, err);
	if (rc == 0)
		rc = check_place(t, r, &r->control, err);
	if (rc == 0 && r->req->need_database && !(r->data.known && r->database.name))
		rc = fail_no_database(r, err);
	if (rc == 0)
		rc = choose_branch(t, r, err);
	if (rc == 0)
		describe(t, r);
	return rc;
}

int target_resolve(struct target *out, const struct project *p, const struct target_request *req,
		   struct error *err)
{
	AUTO_VALUE(resolving) r = {.project = p, .req = req};
	AUTO_VALUE(target) t = {0};

	*out = t;
	int rc = resolve(&t, &r, err);
	if (rc < 0)
		return rc;
	*out = t;
	t = (struct target){0};
	return 0;
}
