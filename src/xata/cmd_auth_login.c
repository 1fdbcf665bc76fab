/* xata auth login: keeps a key in a profile, after its endpoint has accepted it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "project/credentials.h"
#include "project/provider.h"
#include "project/url.h"
#include "xata/auth.h"
#include "xata/prompt.h"

#define KEY_MAX ((size_t)4096) /* bytes; keys of the hosted service have about 40 */

static const struct opt options[] = {
	{"host", 0, "URL", "origin of an endpoint other than the hosted service"},
	{"cacert", 0, "FILE", "certificates to trust for this host (PEM)"},
	{"profile", 0, "NAME", "profile to make or change (default)"},
	{"api-key", 0, "KEY", "the key; lists of processes show it while this runs"},
	{"timeout", 0, "SECONDS", "give up on the endpoint after this time"},
	{"force", 'f', NULL, "replace the key of an existing profile without asking"},
	{"yes", 'y', NULL, "the same as --force"},
	{0},
};

struct login {
	struct invocation *inv;
	struct profile before; /* what the profile was; without name: there was none */
	struct profile after;
	char *origin; /* control plane */
};

static void login_release(struct login *l)
{
	profile_release(&l->before);
	profile_release(&l->after);
	free(l->origin);
}
AUTO_VALUE_DEFINE(login)

/* What the profile is now. A file that cannot be read must not be written over. */
static int read_profile(struct login *l, struct error *err)
{
	struct error why = {0};
	const char *name = auth_profile_name(l->inv);

	l->after.name = xstrdup(name);
	int rc = credentials_get(&l->before, name, &why);
	if (rc == 0 || rc == E_NOTFOUND)
		return 0;
	*err = why;
	return rc;
}

static int confirm(const struct login *l, struct error *err)
{
	if (!l->before.name)
		return 0;
	AUTO_FREE char *fact = xasprintf("profile \"%s\" exists already", l->after.name);
	return auth_confirm(l->inv, fact, "Replace its key?", "--force", err);
}

/* ---- which host */

static int take_host(struct login *l, const char *host, struct error *err)
{
	AUTO_VALUE(url_parts) url = {0};
	AUTO_VALUE(provider) production = {0};

	if (!url_split_host(&url, host)) {
		int rc = fail(err, E_USAGE, "--host names no host");
		hint(err, "It looks like https://localhost:8443, without a path.");
		return rc;
	}
	if (str_eq(url.scheme, "http") && !host_is_loopback(url.host)) {
		int rc = fail(err, E_USAGE, "a key is not sent to \"%s\" without encryption",
			      url.host);
		hint(err, "Use https://; plain http:// is for this machine only.");
		return rc;
	}
	l->origin = url_origin(&url);
	/* A profile without a host is one of the hosted service, for the official CLI too. */
	if (!provider_parse(&production, "production") || !url_same_host(&url, &production.main))
		l->after.host = xstrdup(l->origin);
	return 0;
}

static int take_provider(struct login *l, const char *text, const char *where, struct error *err)
{
	AUTO_VALUE(provider) provider = {0};

	if (!provider_parse(&provider, text)) {
		int rc = fail(err, E_USAGE, "the API provider in %s cannot be understood", where);
		hint(err, "It is one of " PROVIDER_NAMES ", or MAIN,WORKSPACES with two URLs.");
		return rc;
	}
	if (str_eq(provider.main.scheme, "http") && !host_is_loopback(provider.main.host))
		return fail(err, E_USAGE, "a key is not sent to \"%s\" without encryption",
			    provider.main.host);
	l->origin = url_origin(&provider.main);
	l->after.api = str_eq(text, "production") ? NULL : xstrdup(text);
	return 0;
}

/*
 * --host; what the profile remembers; XATA_API_PROVIDER of the real environment; the hosted
 * service. Never what only files of a project say.
 */
static int choose_host(struct login *l, struct error *err)
{
	const char *host = args_value(&l->inv->args, "host");
	const char *provider = getenv("XATA_API_PROVIDER");

	if (host || l->before.host)
		return take_host(l, host ? host : l->before.host, err);
	if (l->before.api)
		return take_provider(l, l->before.api, "the profile", err);
	return take_provider(l, provider && *provider ? provider : "production",
			     "XATA_API_PROVIDER", err);
}

/* An absolute path, as other commands run elsewhere; links stay, they may be there to be moved. */
static int absolute_path(char **out, const char *path, struct error *err)
{
	*out = NULL;
	if (path[0] == '/') {
		*out = xstrdup(path);
		return 0;
	}
	AUTO_FREE char *cwd = getcwd(NULL, 0);
	if (!cwd)
		return fail_sys(err, errno, "could not find the current directory");
	*out = xasprintf("%s/%s", cwd, path);
	return 0;
}

/* What belongs to the host stays with it: its CA file, its web address. */
static int choose_rest(struct login *l, struct error *err)
{
	const char *cacert = args_value(&l->inv->args, "cacert");
	bool same = str_eq(l->after.host, l->before.host) && str_eq(l->after.api, l->before.api);

	/* credentials_set() gives a profile with a host the matching api for the official CLI. */
	same = same || (l->after.host && str_eq(l->after.host, l->before.host));
	if (same && l->before.web)
		l->after.web = xstrdup(l->before.web);
	if (cacert)
		return absolute_path(&l->after.cacert, cacert, err);
	if (same)
		l->after.cacert = xstrdup(l->before.cacert);
	return 0;
}

/* ---- the key */

/* The first line of standard input, not a byte more than it takes. */
static int read_key_line(char **out, struct error *err)
{
	char line[KEY_MAX + 1];
	size_t len = 0;
	ssize_t n = 0;

	while (len < sizeof line) {
		n = read(STDIN_FILENO, line + len, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || line[len] == '\n')
			break;
		len++;
	}
	int saved = errno;
	if (n >= 0 && len < sizeof line)
		*out = view_dup(view_trim(view_make(line, len)));
	explicit_bzero(line, sizeof line);
	if (n < 0)
		return fail_sys(err, saved, "could not read the key from standard input");
	return *out ? 0
		    : fail(err, E_LIMIT, "the first line of standard input is too long for a key");
}

static int read_key(struct login *l, struct error *err)
{
	const char *given = args_value(&l->inv->args, "api-key");
	int rc = 0;

	if (given) {
		l->after.api_key = xstrdup(given);
	} else if (prompt_possible()) {
		AUTO_FREE char *question = xasprintf("API key for %s", l->origin);
		rc = prompt_secret(&l->after.api_key, question, "--api-key", err);
	} else {
		rc = read_key_line(&l->after.api_key, err);
	}
	if (rc < 0)
		return rc;
	const char *key = l->after.api_key;
	if (!*key) {
		rc = fail(err, E_USAGE, "no API key was given");
		hint(err, "Type it, give it on the first line of standard input, or with "
			  "--api-key.");
		return rc;
	}
	bool good = strlen(key) <= KEY_MAX;
	for (; good && *key; key++)
		good = *key > ' ' && *key <= '~';
	if (good)
		return 0;
	rc = fail(err, E_INVALID,
		  "that is no API key: it is too long or has characters no key has");
	hint(err, "Look for a space or a line end that was copied along.");
	return rc;
}

static int check_key(struct login *l, struct error *err)
{
	struct error why = {0};
	struct api *api = NULL;
	/* Made by hand, not by target_resolve(): no file of a project has a say in this. */
	struct target *t = xcalloc(1, sizeof *t);

	t->control = xstrdup(l->origin);
	t->api_key = xstrdup(l->after.api_key);
	t->cacert = xstrdup(l->after.cacert);
	l->inv->target = t;
	int rc = session_api(&api, l->inv, SESSION_HOST, err);
	if (rc < 0)
		return rc;
	rc = api_check_key(api, &why);
	if (rc == 0)
		return 0;
	rc = fail(err, why.code, "%s", why.msg);
	if (why.code == E_AUTH || why.code == E_FORBIDDEN)
		hint(err, "Nothing was stored. Copy the key again, and check that it is one of %s.",
		     l->origin);
	else
		hint(err, "%s", why.hint);
	return rc;
}

/* ---- */

static void report(const struct login *l, const char *file)
{
	struct output *o = &l->inv->out;

	json_put_string(o->doc, "profile", l->after.name);
	json_put_string(o->doc, "host", l->origin);
	put_text(o, "cacert", l->after.cacert);
	json_put_string(o->doc, "file", file);
	json_put(o->doc, "replaced", json_boolean(l->before.name));
	say_color(o, COLOR_GREEN, "%s accepts the key.", l->origin);
	say(o, "It is kept in profile \"%s\" of %s.", l->after.name, file);
	auth_note_environment(l->inv, l->after.name);
}

/*
 * --json: {"profile", "host": origin, "cacert": path or null, "file": of the credentials,
 * "replaced": whether the profile was there before}.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(login) l = {.inv = inv};
	const char *file = NULL;

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = credentials_path(&file, err);
	if (rc == 0)
		rc = read_profile(&l, err);
	if (rc == 0)
		rc = choose_host(&l, err);
	if (rc == 0)
		rc = choose_rest(&l, err);
	if (rc == 0)
		rc = confirm(&l, err);
	if (rc == 0)
		rc = read_key(&l, err);
	if (rc == 0)
		rc = check_key(&l, err);
	if (rc == 0)
		rc = credentials_set(&l.after, err);
	if (rc == 0)
		report(&l, file);
	return rc;
}

const struct command auth_login = {
	.name = "login",
	.summary = "keep an API key in a profile",
	.description =
		"Asks for an API key without showing it, or reads it from the first line of\n"
		"standard input, checks it against the endpoint, and keeps it in a profile\n"
		"together with the endpoint's host and CA file.",
	.options = options,
	.run = run,
};
