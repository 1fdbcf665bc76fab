/* xata auth: keys, profiles and trusted hosts of the user. */
#include <ctype.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "xata/auth.h"
#include "xata/commands.h"
#include "xata/prompt.h"

const char *auth_profile_name(struct invocation *inv)
{
	const char *name = args_value(&inv->args, "profile");
	struct error ignored = {0};
	struct project *p;

	if (name)
		return name;
	name = session_project_or_none(&p, inv, &ignored) == 0
		       ? project_env(p, "XATA_PROFILE").value
		       : getenv("XATA_PROFILE");
	return name && *name ? name : "default";
}

void auth_note_environment(struct invocation *inv, const char *profile)
{
	const char *key = getenv("XATA_API_KEY");

	if (key && *key)
		note(&inv->out,
		     "XATA_API_KEY is set and goes first, unless a command has --profile %s.",
		     profile);
}

int auth_confirm(struct invocation *inv, const char *fact, const char *question, const char *option,
		 struct error *err)
{
	bool yes;

	if (args_flag(&inv->args, "yes") || args_flag(&inv->args, "force"))
		return 0;
	if (!prompt_possible()) {
		int rc = fail(err, E_USAGE, "%s", fact);
		hint(err, "Give %s to go on without a question.", option);
		return rc;
	}
	AUTO_FREE char *whole = xasprintf("%s. %s", fact, question);
	whole[0] = (char)toupper((unsigned char)whole[0]);
	int rc = prompt_confirm(&yes, whole, option, err);
	if (rc < 0 || yes)
		return rc;
	return fail(err, E_NO, "nothing was changed, as you said");
}

static const struct command *const subcommands[] = {&auth_login, &auth_logout, &auth_status,
						    &auth_trust, NULL};

const struct command cmd_auth = {
	.name = "auth",
	.summary = "keep API keys in profiles, and approve hosts for them",
	.description =
		"Keys are kept in profiles of the file ~/.config/xata/credentials, which only its\n"
		"owner may read. A key is sent only to the host of its profile, to the hosted\n"
		"service, to a host named by you (--db, --host, XATA_DATABASE_URL), or to one\n"
		"approved with \"xata auth trust\".",
	.subcommands = subcommands,
};
