/*
 * URLs and hosts: what is taken apart has one spelling, and put together again it is the same
 * place; a host is never more than a host. A second line is compared with the first.
 */
#include "fuzz/fuzz.h"
#include "project/provider.h"
#include "project/url.h"

static void check_parts(const struct url_parts *u)
{
	MUST(str_eq(u->scheme, "https") || str_eq(u->scheme, "http"));
	MUST(*u->host && u->port > 0 && u->port < 65536 && (!*u->path || u->path[0] == '/'));
	MUST(!strpbrk(u->host, "@/\\?#%[] ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
	MUST(fuzz_is_safe(u->host) && fuzz_is_safe(u->path));
}

/* The origin and "host:port" of a place name that place and no other. */
static void check_origin(const struct url_parts *u)
{
	AUTO_VALUE(url_parts) again = {0}, host = {0};
	AUTO_FREE char *origin = url_origin(u), *host_port = url_host_port(u);

	MUST(url_split(&again, origin));
	MUST(str_eq(again.scheme, u->scheme) && url_same_host(&again, u) && !*again.path);
	AUTO_FREE char *twice = url_origin(&again);
	MUST(str_eq(origin, twice));
	MUST(url_split_host(&host, host_port) && url_same_host(&host, u));
}

/* Keys may go to the hosted service without asking: only over https, to the names below two. */
static void check_hosted(const struct url_parts *u)
{
	if (!url_is_hosted(u))
		return;
	MUST(str_eq(u->scheme, "https") && u->port == 443 && !host_is_loopback(u->host));
	MUST(str_eq(u->host, "xata.sh") || str_eq(u->host, "xata.io") ||
	     ends_with(u->host, ".xata.sh") || ends_with(u->host, ".xata.io"));
	MUST(url_is_hosted_any(u));
}

static void check_control(const struct url_parts *u)
{
	AUTO_VALUE(url_parts) control = {0};
	AUTO_FREE char *workspace = NULL, *region = NULL;

	control_of(&control, u, NULL);
	check_parts(&control);
	/* The key that u gets goes there too. */
	MUST(url_same_host(&control, u) || (url_is_hosted_any(u) && url_is_hosted_any(&control)) ||
	     (host_is_loopback(u->host) && host_is_loopback(control.host)));
	if (workspace_of(&workspace, &region, u, NULL))
		MUST(workspace && region && starts_with(u->host, workspace));
}

static void check_provider(const char *text)
{
	struct provider p = {0};

	if (provider_parse(&p, text)) {
		check_parts(&p.main);
		check_parts(&p.workspaces);
	}
	provider_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = fuzz_view(data, size), line;
	AUTO_VALUE(url_parts) u = {0}, other = {0}, host = {0};

	if (!view_line(&rest, &line))
		return 0;
	AUTO_FREE char *text = view_dup(line), *second = view_dup(rest);
	if (url_split_host(&host, text)) {
		check_parts(&host);
		check_origin(&host);
	}
	check_provider(text);
	if (!url_split(&u, text)) {
		MUST(!u.host && !u.scheme && !u.path);
		return 0;
	}
	check_parts(&u);
	check_origin(&u);
	check_hosted(&u);
	check_control(&u);
	if (url_split(&other, second) && url_same_host(&u, &other)) {
		AUTO_FREE char *a = url_host_port(&u), *b = url_host_port(&other);
		MUST(str_eq(a, b) && host_is_loopback(u.host) == host_is_loopback(other.host));
	}
	return 0;
}
