/* The hosts a user approved for keys: a file with one "host:port" a line. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/credentials.h"
#include "project/url.h"
#include "project/userfile.h"

#include "base/banned.h"

#define TRUST_FILE "trusted-hosts"

/* "host:port" for whatever people type, or E_USAGE. */
static int normalize(char **out, const char *host, struct error *err)
{
	AUTO_VALUE(url_parts) url = {0};

	*out = NULL;
	if (url_split_host(&url, host)) {
		*out = url_host_port(&url);
		return 0;
	}
	int rc = fail(err, E_USAGE, "that is no host");
	hint(err, "It looks like example.com, localhost:8443 or https://example.com:8443.");
	return rc;
}

/* Lines that are not in the one form are left out: whatever they mean, they approve nothing. */
int trust_list(struct strs *out, struct error *err)
{
	AUTO_STR text = {0};
	struct view line;

	int rc = userfile_read(&text, TRUST_FILE, err);
	struct view rest = str_view(&text);
	while (rc == 0 && view_line(&rest, &line)) {
		AUTO_FREE char *written = view_dup(view_trim(line));
		AUTO_FREE char *host = NULL;
		if (*written == '\0' || *written == '#')
			continue;
		if (normalize(&host, written, NULL) == 0 && !strs_has(out, host))
			strs_take(out, steal(&host));
	}
	return rc;
}

int trust_has(bool *out, const char *host, struct error *err)
{
	AUTO_VALUE(strs) hosts = {0};
	AUTO_FREE char *wanted = NULL;

	*out = false;
	int rc = normalize(&wanted, host, err);
	if (rc == 0)
		rc = trust_list(&hosts, err);
	*out = rc == 0 && strs_has(&hosts, wanted);
	return rc;
}

static int write_list(const struct strs *hosts, struct error *err)
{
	AUTO_STR text = {0};

	str_puts(&text, "# Hosts that \"xata auth trust\" approved: keys may be sent there.\n");
	for (size_t i = 0; i < hosts->len; i++)
		str_printf(&text, "%s\n", hosts->items[i]);
	return userfile_replace(TRUST_FILE, str_view(&text), err);
}

/* The list without host, and whether it was there. */
static int list_others(struct strs *out, bool *found, const char *host, struct error *err)
{
	AUTO_VALUE(strs) all = {0};

	*found = false;
	int rc = trust_list(&all, err);
	for (size_t i = 0; rc == 0 && i < all.len; i++) {
		if (str_eq(all.items[i], host))
			*found = true;
		else
			strs_add(out, all.items[i]);
	}
	return rc;
}

/* Puts host on the list, or takes it off; E_NOTFOUND when it is to go and is not there. */
static int set_trust(const char *host, bool trusted, struct error *err)
{
	AUTO_VALUE(strs) hosts = {0};
	AUTO_FREE char *wanted = NULL;
	struct fs_lock lock;
	bool found;

	int rc = normalize(&wanted, host, err);
	if (rc == 0)
		rc = userfile_lock(&lock, err);
	if (rc < 0)
		return rc;
	rc = list_others(&hosts, &found, wanted, err);
	if (rc == 0 && !trusted && !found)
		rc = fail(err, E_NOTFOUND, "\"%s\" is not a trusted host", wanted);
	if (trusted)
		strs_add(&hosts, wanted);
	if (rc == 0 && found != trusted)
		rc = write_list(&hosts, err);
	fs_unlock(&lock);
	return rc;
}

int trust_add(const char *host, struct error *err)
{
	return set_trust(host, true, err);
}

int trust_remove(const char *host, struct error *err)
{
	return set_trust(host, false, err);
}
