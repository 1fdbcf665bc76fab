/*
 * Repositories with projects in them, for tests of merges. A project is written as letters: a
 * record each, that makes a table; a capital is another record, about the table of the small one.
 */
#ifndef TESTS_LEDGER_REPO_H
#define TESTS_LEDGER_REPO_H

#include "project/commit_merge.h"
#include "unit/support/git_repo.h"

#define LEDGER_DIR ".xata/migrations"

/* dir/repo on main, with branch theirs at the same commit: the project in folder p has "ab". */
char *make(const char *dir);
void on(const char *repo, const char *branch);
/* Makes the project in a folder have these records, and commits it. */
void put(const char *repo, const char *folder, const char *letters);

/* Merges two revisions, all records being read. */
int merge(struct commit_merge *out, struct vcs *v, const char *base, const char *head,
	  struct error *err);
int merge_with(struct commit_merge *out, struct vcs *v, const char *base, const char *head,
	       const struct commit_merge_options *options, struct error *err);

/* The letters of the ledger that a tree has in a folder; "-" without one. No file is left over. */
void assert_ledger(struct vcs *v, const struct vcs_id *tree, const char *folder, const char *want);

#endif
