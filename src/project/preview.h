/*
 * The branch of a pull request at an endpoint: its name, and the rule that tells such a branch from
 * others.
 */
#ifndef PROJECT_PREVIEW_H
#define PROJECT_PREVIEW_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"

#define PREVIEW_NAME_MAX 255 /* bytes of a branch's name (API notes, section 1.0) */
#define PREVIEW_PREFIX "preview-"

/*
 * "preview-<owner>-<branch>", in which "/" and "." have become "-", as the hosted service names
 * them. Where the name of a branch may not have another character ("#", "ü"), that becomes a "-",
 * too, and a name that is too long is cut; then eight digits of a digest of both names end it, so
 * that two pull requests do not share a branch because of that. "a/b" and "a-b" of one owner do:
 * which of them has it, its metadata say.
 *
 * E_USAGE when owner or branch is empty.
 */
int preview_branch_name(char out[PREVIEW_NAME_MAX + 1], const char *owner, const char *branch,
			struct error *err) MUST_USE;

/*
 * What the branch is made with (the API's BranchMetadata): the branch in Git, and a label that only
 * this owner and branch have. A new reference.
 */
json_t *preview_metadata(const char *owner, const char *branch);
/*
 * Whose a branch is, as its metadata tell. Without any it may have been made by hand, or be this
 * pull request's at an endpoint that keeps none; with some that no preview has, it is neither.
 */
enum preview_of { PREVIEW_OWN, PREVIEW_OTHERS, PREVIEW_NONE, PREVIEW_UNTOLD };
/* *other is the branch in Git of the pull request that has it, borrowed; NULL but for that one. */
enum preview_of preview_of(const char **other, const json_t *metadata, const char *owner,
			   const char *branch);

/* Whether a name may be one of these: no other branch is ever deleted for a pull request. */
bool preview_branch_is(const char *name);

#endif
