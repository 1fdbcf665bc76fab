/* Names the branch of a pull request. */
#include "project/preview.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "base/str.h"

#include "base/banned.h"

#define ALLOWED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-~"
#define DIGITS 8

/* Appends what a branch may be called; *changed when a character other than "/" and "." is not. */
static void put_name(struct str *out, bool *changed, const char *name)
{
	for (; *name; name++) {
		bool fine = strchr(ALLOWED, *name) != NULL;
		*changed |= !fine && *name != '/' && *name != '.';
		str_putc(out, fine ? *name : '-');
	}
}

/* An owner cannot hold a line feed, so that no other two names have this digest. */
static void put_digest(char out[DIGITS + 1], const char *owner, const char *branch)
{
	AUTO_STR both = {0};
	char hex[SHA256_HEX + 1];

	str_printf(&both, "%s\n%s", owner, branch);
	sha256_hex(hex, str_view(&both));
	snprintf(out, DIGITS + 1, "%.8s", hex);
}

int preview_branch_name(char out[PREVIEW_NAME_MAX + 1], const char *owner, const char *branch,
			struct error *err)
{
	AUTO_STR name = {0};
	bool changed = false;
	char digest[DIGITS + 1];

	out[0] = '\0';
	if (!*owner || !*branch) {
		int rc = fail(err, E_USAGE, "the pull request's %s is not known",
			      *owner ? "branch" : "owner");
		hint(err, "Name both, with --owner NAME and --branch NAME.");
		return rc;
	}
	str_puts(&name, PREVIEW_PREFIX);
	put_name(&name, &changed, owner);
	str_putc(&name, '-');
	put_name(&name, &changed, branch);
	int rc = str_check(&name, "the name of the preview branch", err);
	if (rc < 0)
		return rc;
	if (!changed && name.len <= PREVIEW_NAME_MAX) {
		snprintf(out, PREVIEW_NAME_MAX + 1, "%s", str_cstr(&name));
		return 0;
	}
	put_digest(digest, owner, branch);
	snprintf(out, PREVIEW_NAME_MAX + 1, "%.*s-%s", PREVIEW_NAME_MAX - DIGITS - 1,
		 str_cstr(&name), digest);
	return 0;
}

bool preview_branch_is(const char *name)
{
	size_t prefix = strlen(PREVIEW_PREFIX), len = strlen(name);

	return len > prefix && len <= PREVIEW_NAME_MAX && starts_with(name, PREVIEW_PREFIX) &&
	       strspn(name, ALLOWED) == len;
}
