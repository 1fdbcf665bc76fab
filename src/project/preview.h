/*
 * The branch of a pull request at an endpoint: its name, and the rule that tells such a branch from
 * others.
 */
#ifndef PROJECT_PREVIEW_H
#define PROJECT_PREVIEW_H

#include <stdbool.h>

#include "base/error.h"

#define PREVIEW_NAME_MAX 255 /* bytes of a branch's name (API notes, section 1.0) */
#define PREVIEW_PREFIX "preview-"

/*
 * "preview-<owner>-<branch>", in which "/" and "." have become "-", as the hosted service names
 * them. Where the name of a branch may not have another character ("#", "ü"), or not be that long,
 * it gets a "-" and cut to fit, and eight digits of a digest of both names are put at its end, so
 * that two pull requests do not share a branch because of that.
 *
 * E_USAGE when owner or branch is empty.
 */
int preview_branch_name(char out[PREVIEW_NAME_MAX + 1], const char *owner, const char *branch,
			struct error *err) MUST_USE;

/* Whether a name may be one of these: no other branch is ever deleted for a pull request. */
bool preview_branch_is(const char *name);

#endif
