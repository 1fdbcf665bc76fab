/* What the subcommands of xata auth share. */
#ifndef XATA_AUTH_H
#define XATA_AUTH_H

#include "xata/session.h"

extern const struct command auth_login;
extern const struct command auth_logout;
extern const struct command auth_status;
extern const struct command auth_trust;

/*
 * The profile that login and logout are about: --profile, XATA_PROFILE, "default". Borrowed from
 * the session. They work outside a project, and in one whose configuration cannot be read.
 */
const char *auth_profile_name(struct invocation *inv);

/* Remarks that XATA_API_KEY of the environment goes before the default profile, when it is set. */
void auth_note_environment(struct invocation *inv, const char *profile);

/*
 * 0 with --yes, --force or a person's yes; E_NO on a no; without a terminal E_USAGE. fact is why it
 * is asked, a message ("profile \"x\" exists already"); option is the one to name in the hint.
 */
int auth_confirm(struct invocation *inv, const char *fact, const char *question, const char *option,
		 struct error *err) MUST_USE;

/*
 * "host:port" of a host, an origin or a whole database URL, the way target_resolve() asks for its
 * approval (all names below localhost are this machine); free() it.
 */
int auth_approval(char **out, const char *text, struct error *err) MUST_USE;

#endif
