/*
 * The user's credentials file, `$XDG_CONFIG_HOME/xata/credentials` or `~/.config/xata/credentials`:
 * INI, one section a profile (API notes, section 2.1), 0600; and the list of trusted hosts beside
 * it.
 *
 * Values of this file are secrets: no message ever quotes its text.
 */
#ifndef PROJECT_CREDENTIALS_H
#define PROJECT_CREDENTIALS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"

struct profile {
	char *name;
	char *api_key; /* apiKey */
	char *api; /* provider: "production", "staging", …, or "MAIN,WORKSPACES"; NULL: not set */
	char *web; /* NULL: not set */
	char *host;   /* origin given to `auth login --host`, "https://localhost:8443"; NULL: hosted
		       */
	char *cacert; /* absolute path of a CA file for that host; NULL: the system's */
};
void profile_release(struct profile *p);
AUTO_VALUE_DEFINE(profile)

/*
 * E_NOTFOUND when there is no such profile (or no file), E_ACCESS with the chmod to run when others
 * can read the file, E_INVALID with the line's number when it is malformed.
 */
int credentials_get(struct profile *out, const char *name, struct error *err) MUST_USE;
/* Adds or replaces one profile; others, their unknown keys and comments are kept. Made 0600. */
int credentials_set(const struct profile *p, struct error *err) MUST_USE;
int credentials_remove(const char *name, struct error *err) MUST_USE; /* E_NOTFOUND */
int credentials_names(struct strs *out, struct error *err) MUST_USE;
/* The file's path, for messages; borrowed. E_PROJECT when no home directory is known. */
int credentials_path(const char **out, struct error *err) MUST_USE;

/* Hosts ("localhost:8443") the user approved with `xata auth trust`; file "trusted-hosts", 0600. */
int trust_add(const char *host, struct error *err) MUST_USE;
int trust_has(bool *out, const char *host, struct error *err) MUST_USE;
int trust_list(struct strs *out, struct error *err) MUST_USE;
int trust_remove(const char *host, struct error *err) MUST_USE; /* E_NOTFOUND */

#endif
