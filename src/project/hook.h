/*
 * The Git hook that verifies what is about to be committed: a file in Git's hooks directory made of
 * the one in the project template, with the folders of the projects it serves filled in. A hook
 * that was there before is kept beside it, under its name and HOOK_KEPT, and runs first.
 */
#ifndef PROJECT_HOOK_H
#define PROJECT_HOOK_H

#include "project/vcs.h"

#define HOOK_KEPT ".before-xata"
#define HOOK_TEMPLATE "hooks/pre-commit" /* in the template directory */

/*
 * Names of the hooks, NULL-terminated: Git runs another one for merges that need no help, and one
 * for patches ("git am", "git rebase --apply").
 */
extern const char *const hook_names[];

enum hook_state {
	HOOK_ABSENT,
	HOOK_FOREIGN, /* there is a file that is not ours */
	HOOK_OURS,
};

struct hook {
	char *path;
	enum hook_state state;
	struct strs
		projects; /* folders it serves, below the top of the work tree; "." is the top */
	bool kept;	  /* a former hook lies beside it */
	bool kept_idle;	  /* which is not executable, so that it is not run */
	bool outdated;	  /* ours, but not made of the template of this version */
};
void hook_release(struct hook *h);
AUTO_VALUE_DEFINE(hook)

/*
 * Where hooks go: the directory that Git looks into; for husky, whose directory "_" is made anew
 * at each start, the one above, whose files husky runs. free() *out.
 */
int hook_dir(char **out, struct vcs *v, struct error *err) MUST_USE;

/* What lies there now. template: text of HOOK_TEMPLATE; empty: nothing is outdated. */
int hook_read(struct hook *out, const char *dir, const char *name, struct view template,
	      struct error *err) MUST_USE;
bool hook_serves(const struct hook *h, const char *project);

struct hook_setup {
	const char *dir;
	const char *name;
	const char *project;  /* "." or a folder below the top of the work tree */
	const char *program;  /* absolute path of xata */
	struct view template; /* text of HOOK_TEMPLATE */
};

/*
 * Adds the project to the hook, which is made when absent; *changed tells whether anything was
 * done. E_EXISTS when a foreign hook is there and another one was kept before.
 */
int hook_install(bool *changed, const struct hook_setup *s, struct error *err) MUST_USE;

/*
 * Takes the project out, and no other: all branches and work trees share the hook, so that one that
 * is not here may be elsewhere. With the last one the hook goes, and the one that was kept is back.
 */
int hook_uninstall(bool *changed, const struct hook_setup *s, struct error *err) MUST_USE;

#endif
