/*
 * Providers: pairs of control plane and workspace hosts, by name or as "MAIN,WORKSPACES" (API
 * notes, section 1.0), and which control plane belongs to a data plane's host.
 */
#ifndef PROJECT_PROVIDER_H
#define PROJECT_PROVIDER_H

#include "project/url.h"

struct provider {
	struct url_parts main; /* control plane */
	struct url_parts workspaces;
	bool placeholders; /* workspaces.host is what follows "{workspaceId}.{region}." */
};
void provider_release(struct provider *p);
AUTO_VALUE_DEFINE(provider)

#define PROVIDER_NAMES "production, staging, dev, local"

/* False when text is neither a known name nor two URLs with a comma between them. */
bool provider_parse(struct provider *out, const char *text);

/* Whether u is one of its workspace hosts. */
bool provider_has_workspace(const struct provider *p, const struct url_parts *u);

/* The provider's value that makes the official CLI use this origin; free() it, NULL: no origin. */
char *provider_of_host(const char *origin);

/* Whether u is under https of xata.sh or xata.io, on the standard port: keys may go there. */
bool url_is_hosted(const struct url_parts *u);
/* As that, and the hosted service's other domains: only those who name them use them. */
bool url_is_hosted_any(const struct url_parts *u);

/* Whether u is a control plane of the hosted service. */
bool url_is_hosted_control(const struct url_parts *u);

/*
 * The control plane of a data plane's host: the provider's when u is one of its workspaces
 * (provider may be NULL), that of the hosted service for its domains, localhost for
 * WS.REGION.localhost, and otherwise the same origin.
 */
void control_of(struct url_parts *out, const struct url_parts *u, const struct provider *provider);

/* "WORKSPACE.REGION.rest" of hosts that are made so; false and NULLs for others. */
bool workspace_of(char **workspace, char **region, const struct url_parts *u,
		  const struct provider *provider);

#endif
