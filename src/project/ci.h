/*
 * What a CI system says of the job it runs: which pull request (GitLab: merge request) it is about,
 * and which commits. Read from the variables that GitHub Actions and GitLab set, and from the file
 * with the event that GITHUB_EVENT_PATH names. Everything in it may come from a stranger.
 */
#ifndef PROJECT_CI_H
#define PROJECT_CI_H

#include <stdbool.h>

#include "base/error.h"

enum ci_system { CI_NONE, CI_GITHUB, CI_GITLAB };

enum ci_stage {
	CI_OTHER,   /* something else, or no CI system */
	CI_REQUEST, /* a pull request is open and has changed */
	CI_QUEUE,   /* it is about to be merged: a merge group, a merge train */
	CI_CLOSED,  /* it was closed, merged or not */
	CI_PUSH,    /* commits arrived on a branch */
};

/* Texts are owned, and NULL where nothing is known. */
struct ci_env {
	enum ci_system system;
	enum ci_stage stage;
	/* Where the pull request comes from: also for a push that is the merge of one, as far as
	 * the message of the merge commit tells. */
	char *owner;	   /* a user, or a path of groups */
	char *branch;	   /* of Git */
	bool fork;	   /* it comes from another repository, whose jobs get no secrets */
	char *target;	   /* the branch of Git that it goes to, or that was pushed to */
	char *head;	   /* the commit to look at, when HEAD is another one */
	char *base;	   /* revision of what it is compared with: a remote branch … */
	char *base_commit; /* … or, where that is not there, this commit */
};
void ci_env_release(struct ci_env *e);
AUTO_VALUE_DEFINE(ci_env)

const char *ci_system_name(enum ci_system system); /* "none", "github", "gitlab" */

/* E_INVALID when the event cannot be read. */
int ci_env_read(struct ci_env *out, struct error *err) MUST_USE;

#endif
