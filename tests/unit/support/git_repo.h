/* Repositories that the real git makes, for tests of what reads and writes them. */
#ifndef TESTS_GIT_REPO_H
#define TESTS_GIT_REPO_H

#include "project/vcs.h"

/* Runs git with up to five arguments in dir (NULL ends them); skips the test where there is none.
 */
void git(const char *dir, const char *a, const char *b, const char *c, const char *d,
	 const char *e);

/* HOME is dir from now on, and no setting of this machine counts. */
void no_settings_of_this_machine(const char *dir);

/* dir/repo, on branch main, with one empty commit. */
void make_repository(const char *dir);

/* Writes a file and commits all there is. */
void commit_file(const char *repo, const char *name, const char *text);

struct vcs *open_vcs(const char *path);

#endif
