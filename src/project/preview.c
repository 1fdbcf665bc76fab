/* Names the branch of a pull request. */
#include "project/preview.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "base/str.h"

#include "base/banned.h"

#define ALLOWED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-~"
#define DIGITS 8
#define LABEL "preview-of-" /* and digits */
#define LABEL_DIGITS 16
#define SHOWN_MAX ((size_t)255) /* bytes of a Git branch in the metadata */

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
static void digest_of(char out[SHA256_HEX + 1], const char *owner, const char *branch)
{
	AUTO_STR both = {0};

	str_printf(&both, "%s\n%s", owner, branch);
	sha256_hex(out, str_view(&both));
}

int preview_branch_name(char out[PREVIEW_NAME_MAX + 1], const char *owner, const char *branch,
			struct error *err)
{
	AUTO_STR name = {0};
	bool changed = false;
	char digest[SHA256_HEX + 1];

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
	digest_of(digest, owner, branch);
	snprintf(out, PREVIEW_NAME_MAX + 1, "%.*s-%.*s", PREVIEW_NAME_MAX - DIGITS - 1,
		 str_cstr(&name), DIGITS, digest);
	return 0;
}

bool preview_branch_is(const char *name)
{
	size_t prefix = strlen(PREVIEW_PREFIX), len = strlen(name);

	return len > prefix && len <= PREVIEW_NAME_MAX && starts_with(name, PREVIEW_PREFIX) &&
	       strspn(name, ALLOWED) == len;
}

/* ---- whose preview it is */

static void label_of(char out[sizeof LABEL + LABEL_DIGITS], const char *owner, const char *branch)
{
	char digest[SHA256_HEX + 1];

	digest_of(digest, owner, branch);
	snprintf(out, sizeof LABEL + LABEL_DIGITS, LABEL "%.*s", LABEL_DIGITS, digest);
}

json_t *preview_metadata(const char *owner, const char *branch)
{
	json_t *metadata = json_object(), *labels = json_array();
	char label[sizeof LABEL + LABEL_DIGITS];
	size_t len = strlen(branch);
	AUTO_STR shown = {0};

	str_put_utf8(&shown,
		     view_make(branch, len > SHOWN_MAX ? utf8_cut(branch, SHOWN_MAX) : len));
	label_of(label, owner, branch);
	json_array_append_new(labels, json_string(label));
	json_put_string(metadata, "branch", str_cstr(&shown));
	json_put_string(metadata, "stage", "preview");
	json_put(metadata, "labels", labels);
	return metadata;
}

enum preview_of preview_of(const char **other, const json_t *metadata, const char *owner,
			   const char *branch)
{
	const json_t *labels = json_object_get(metadata, "labels");
	const char *of = json_text(metadata, "branch");
	char own[sizeof LABEL + LABEL_DIGITS];
	bool others = false;

	*other = NULL;
	label_of(own, owner, branch);
	for (size_t i = 0; i < json_array_size(labels); i++) {
		const char *label = json_string_value(json_array_get(labels, i));
		if (str_eq(label, own))
			return PREVIEW_OWN;
		others |= label && starts_with(label, LABEL);
	}
	if (others && of) {
		*other = of;
		return PREVIEW_OTHERS;
	}
	return json_object_size(metadata) == 0 ? PREVIEW_UNTOLD : PREVIEW_NONE;
}
