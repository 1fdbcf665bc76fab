/* xata auth logout: forgets the key of a profile. */
#include "base/alloc.h"
#include "project/credentials.h"
#include "xata/auth.h"

static const struct opt options[] = {
	{"profile", 0, "NAME", "profile to remove (default)"},
	{"yes", 'y', NULL, "do not ask"},
	{"force", 'f', NULL, "the same as --yes"},
	{0},
};

static int check_profile(const char *name, struct error *err)
{
	AUTO_VALUE(profile) profile = {0};
	struct error why = {0};

	int rc = credentials_get(&profile, name, &why);
	if (rc == E_NOTFOUND) {
		rc = fail(err, E_NOTFOUND, "you are not logged in: there is no profile \"%s\"",
			  name);
		hint(err, "Run \"xata auth status\" to see the profiles there are.");
		return rc;
	}
	if (rc < 0)
		*err = why;
	return rc;
}

/* --json: {"profile"}. */
static int run(struct invocation *inv, struct error *err)
{
	int rc = args_count(&inv->args, 0, 0, err);
	const char *name = auth_profile_name(inv);

	if (rc == 0)
		rc = check_profile(name, err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *fact = xasprintf("the key of profile \"%s\" would be forgotten", name);
	rc = auth_confirm(inv, fact, "Do it?", "--yes", err);
	if (rc == 0)
		rc = credentials_remove(name, err);
	if (rc < 0)
		return rc;
	json_put_string(inv->out.doc, "profile", name);
	say(&inv->out, "Profile \"%s\" is removed.", name);
	auth_note_environment(inv, name);
	return 0;
}

const struct command auth_logout = {
	.name = "logout",
	.summary = "remove a profile and its key",
	.options = options,
	.run = run,
};
