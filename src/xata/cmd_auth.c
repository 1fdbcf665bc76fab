/* xata auth: keys, profiles and trusted hosts of the user. */
#include <stdlib.h>

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

int auth_confirm(struct invocation *inv, const char *question, const char *option,
		 struct error *err)
{
	bool yes;

	if (args_flag(&inv->args, "yes") || args_flag(&inv->args, "force"))
		return 0;
	int rc = prompt_confirm(&yes, question, option, err);
	if (rc < 0 || yes)
		return rc;
	rc = fail(err, E_NO, "nothing was changed, as you said");
	hint(err, "Answer \"y\", or give %s.", option);
	return rc;
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
