/* Knows which hosts belong together: the hosted service's domains and providers. */
#include "project/provider.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

static const struct provider_row {
	const char *name, *main, *workspaces;
} rows[] = {
	{"production", "https://api.xata.io", "https://{workspaceId}.{region}.xata.sh"},
	{"staging", "https://api.staging-xata.dev",
	 "https://{workspaceId}.{region}.staging-xata.dev"},
	{"dev", "https://api.dev-xata.dev", "https://{workspaceId}.{region}.dev-xata.dev"},
	{"local", "http://localhost:6001", "http://{workspaceId}.{region}.localhost:6001"},
};

static const char *const trusted_domains[] = {"xata.sh", "xata.io"};
static const char *const other_domains[] = {"staging-xata.dev", "dev-xata.dev"};

#define PLACEHOLDERS "{workspaceId}.{region}."

void provider_release(struct provider *p)
{
	url_parts_release(&p->main);
	url_parts_release(&p->workspaces);
	*p = (struct provider){0};
}

static bool is_origin(const struct url_parts *u)
{
	return str_eq(u->path, "") || str_eq(u->path, "/");
}

static bool parse_workspaces(struct provider *p, const char *text)
{
	const char *at = strstr(text, PLACEHOLDERS);
	AUTO_FREE char *plain = xstrdup(text);

	/* Only as the first labels of the host; anywhere else a brace is no URL. */
	p->placeholders = at && at > text && at[-1] == '/';
	if (p->placeholders) {
		size_t start = (size_t)(at - text), len = strlen(PLACEHOLDERS);
		memmove(plain + start, at + len, strlen(at + len) + 1);
	}
	return url_split(&p->workspaces, plain) && is_origin(&p->workspaces);
}

static bool parse_pair(struct provider *out, const char *main_url, const char *workspaces)
{
	struct provider p = {0};

	if (url_split(&p.main, main_url) && is_origin(&p.main) &&
	    parse_workspaces(&p, workspaces)) {
		*out = p;
		return true;
	}
	provider_release(&p);
	return false;
}

bool provider_parse(struct provider *out, const char *text)
{
	*out = (struct provider){0};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(text, rows[i].name))
			return parse_pair(out, rows[i].main, rows[i].workspaces);
	const char *comma = strchr(text, ',');
	if (!comma || strlen(text) > 2 * URL_MAX)
		return false;
	AUTO_FREE char *main_url = view_dup(view_trim(view_make(text, (size_t)(comma - text))));
	AUTO_FREE char *workspaces = view_dup(view_trim(view_of(comma + 1)));
	return parse_pair(out, main_url, workspaces);
}

/* The length of "WORKSPACE.REGION." when exactly two labels stand before domain, else 0. */
static size_t two_labels(const char *host, const char *domain)
{
	const char *first = strchr(host, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;

	return second && str_eq(second + 1, domain) ? (size_t)(second - host) + 1 : 0;
}

bool provider_has_workspace(const struct provider *p, const struct url_parts *u)
{
	if (!str_eq(u->scheme, p->workspaces.scheme) || u->port != p->workspaces.port)
		return false;
	return p->placeholders ? two_labels(u->host, p->workspaces.host) > 0
			       : str_eq(u->host, p->workspaces.host);
}

char *provider_of_host(const char *origin)
{
	AUTO_VALUE(url_parts) u = {0};

	if (!url_split(&u, origin))
		return NULL;
	AUTO_FREE char *main_url = url_origin(&u);
	/* The official CLI takes workspace hosts below localhost only; other hosts it cannot use.
	 */
	if (str_eq(u.host, "localhost"))
		return xasprintf("%s,%s://" PLACEHOLDERS "%s", main_url, u.scheme,
				 main_url + strlen(u.scheme) + strlen("://"));
	return xasprintf("%s,%s", main_url, main_url);
}

static bool under_any(const struct url_parts *u, const char *const *domains, size_t count)
{
	if (!str_eq(u->scheme, "https") || u->port != 443)
		return false;
	for (size_t i = 0; i < count; i++)
		if (host_under(u->host, domains[i]))
			return true;
	return false;
}

bool url_is_hosted(const struct url_parts *u)
{
	return under_any(u, trusted_domains, ARRAY_LEN(trusted_domains));
}

bool url_is_hosted_any(const struct url_parts *u)
{
	return url_is_hosted(u) || under_any(u, other_domains, ARRAY_LEN(other_domains));
}

bool url_is_hosted_control(const struct url_parts *u)
{
	AUTO_FREE char *origin = url_origin(u);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (starts_with(rows[i].main, "https://") && str_eq(origin, rows[i].main))
			return true;
	return false;
}

static void copy_origin(struct url_parts *out, const struct url_parts *u, const char *host)
{
	*out = (struct url_parts){
		.scheme = xstrdup(u->scheme),
		.host = xstrdup(host),
		.port = u->port,
		.path = xstrdup(""),
	};
}

void control_of(struct url_parts *out, const struct url_parts *u, const struct provider *provider)
{
	if (provider && provider_has_workspace(provider, u)) {
		copy_origin(out, &provider->main, provider->main.host);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_VALUE(provider) known = {0};
		if (provider_parse(&known, rows[i].name) && provider_has_workspace(&known, u)) {
			copy_origin(out, &known.main, known.main.host);
			return;
		}
	}
	copy_origin(out, u, two_labels(u->host, "localhost") ? "localhost" : u->host);
}

bool workspace_of(char **workspace, char **region, const struct url_parts *u,
		  const struct provider *provider)
{
	static const char *const domains[] = {"xata.sh", "staging-xata.dev", "dev-xata.dev",
					      "localhost"};
	bool made_so = provider && provider->placeholders && provider_has_workspace(provider, u);

	*workspace = *region = NULL;
	for (size_t i = 0; i < ARRAY_LEN(domains); i++)
		made_so = made_so || two_labels(u->host, domains[i]) > 0;
	if (!made_so)
		return false;
	const char *first = strchr(u->host, '.');
	const char *second = strchr(first + 1, '.');
	*workspace = xstrndup(u->host, (size_t)(first - u->host));
	*region = xstrndup(first + 1, (size_t)(second - first - 1));
	return true;
}
