/* The parts of xata init: which database, and what the project gets. */
#ifndef XATA_INIT_H
#define XATA_INIT_H

#include "xata/session.h"

/*
 * Makes sure that the session's target has a database: that of --db or of the settings; a name
 * without a host is looked up in the workspace; without a name a person chooses from the lists, and
 * with --yes the only one there is. E_USAGE when nobody can be asked, E_REMOTE_NOTFOUND when there
 * is none.
 */
int init_database(struct invocation *inv, struct error *err) MUST_USE;

/*
 * Lays the jobs of a CI system ("github", "gitlab"; E_USAGE for another) into the repository of the
 * session's project, where that system looks for them. A file that is there is never changed. Sets
 * the member "ci" of --json.
 */
int init_ci(struct invocation *inv, const char *system, struct error *err) MUST_USE;

/* The folder of the project template, or NULL when it is not installed; free() it. */
char *init_template_dir(void);

#endif
