/* xata auth trust: approves hosts that projects name, so that keys may be sent there. */
#include <string.h>

#include "base/alloc.h"
#include "project/credentials.h"
#include "project/url.h"
#include "xata/auth.h"

static const struct opt options[] = {
	{"list", 0, NULL, "list the approved hosts"},
	{"remove", 0, NULL, "take the approval back"},
	{0},
};

int auth_approval(char **out, const char *text, struct error *err)
{
	AUTO_VALUE(url_parts) url = {0};
	AUTO_FREE char *full = strstr(text, "://") ? xstrdup(text) : xasprintf("https://%s", text);

	*out = NULL;
	if (!url_split(&url, full)) {
		int rc = fail(err, E_USAGE, "that is no host");
		hint(err, "It looks like example.com, localhost:8443 or https://example.com:8443.");
		return rc;
	}
	*out = host_under(url.host, "localhost") ? xasprintf("localhost:%ld", url.port)
						 : url_host_port(&url);
	return 0;
}

static int list_hosts(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(strs) hosts = {0};
	json_t *list = json_array();

	inv->out.answers = true;
	json_put(inv->out.doc, "hosts", list);
	int rc = trust_list(&hosts, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < hosts.len; i++) {
		json_array_append_new(list, json_string(hosts.items[i]));
		say(&inv->out, "%s", hosts.items[i]);
	}
	if (hosts.len == 0)
		note(&inv->out, "No host is approved.");
	return 0;
}

static int change(struct invocation *inv, const char *host, bool remove, struct error *err)
{
	int rc = remove ? trust_remove(host, err) : trust_add(host, err);

	if (rc < 0) {
		hint(err, "Run \"xata auth trust --list\" to see the approved hosts.");
		return rc;
	}
	json_put_string(inv->out.doc, "host", host);
	json_put(inv->out.doc, "trusted", json_boolean(!remove));
	if (remove)
		say(&inv->out, "Keys go no longer to %s when only a project's files name it.",
		    host);
	else
		say(&inv->out, "Keys may go to %s from now on, whatever project names it.", host);
	return 0;
}

/* --json: {"hosts": [host:port]} of --list, else {"host": "host:port", "trusted": bool}. */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_FREE char *host = NULL;
	bool list = args_flag(&inv->args, "list"), remove = args_flag(&inv->args, "remove");

	int rc = args_count(&inv->args, list ? 0 : 1, list ? 0 : 1, err);
	if (rc == 0 && list && remove)
		rc = fail(err, E_USAGE, "--list and --remove exclude each other");
	if (rc == 0 && list)
		return list_hosts(inv, err);
	if (rc == 0)
		rc = auth_approval(&host, args_word(&inv->args, 0), err);
	return rc < 0 ? rc : change(inv, host, remove, err);
}

const struct command auth_trust = {
	.name = "trust",
	.args = "[<host>]",
	.summary = "approve a host that a project names, so that keys may go there",
	.description =
		"A database URL that comes only from files of a project (.xatarc, .env) could\n"
		"name anybody's host. Keys go to such a host only after it was approved here.\n"
		"<host> is a name with or without port, or a URL.",
	.options = options,
	.run = run,
};
