/* What the files of this folder know of a project and others do not. */
#ifndef PROJECT_INTERNAL_H
#define PROJECT_INTERNAL_H

#include "project/dotenv.h"
#include "project/project.h"

#define CONFIG_MAX \
	((size_t)4 << 20) /* bytes of a configuration file; package.json is the largest */

struct project {
	char *root; /* absolute path */
	int fd;	    /* of root */
	bool exists;
	const char *config_file; /* static name, relative to root; NULL: none */
	json_t *doc;		 /* the whole file */
	json_t *config;		 /* doc or a member of it: borrowed */
	struct dotenv env;
	vcs_open_fn *open_vcs; /* may be NULL */
};

/* Hands an AUTO_FD descriptor over. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/*
 * Looks for a configuration file in directory dir: its static name, or NULL for none, goes to
 * *file, the whole file to *doc (a new reference). E_PROJECT when there is one that cannot be read.
 */
int config_find(const char **file, json_t **doc, int dir, struct error *err) MUST_USE;

/* The configuration object inside a whole file: the file itself, or package.json's member. */
json_t *config_of(const char *file, json_t *doc);

/*
 * Replaces a file of the root in one step. What a process that is killed meanwhile leaves of it
 * lies in `.xata/.state`, where nobody sees it and the next command throws it away, once there is
 * that folder.
 */
int root_replace(const struct project *p, const char *file, struct view text,
		 struct error *err) MUST_USE;

/*
 * Opens (and makes, when absent) `.xata/<name>`, a folder that ignores itself for Git: what only
 * this clone knows. xata is the descriptor of `.xata`.
 */
int private_dir_open(int *out, int xata, const char *name, struct error *err) MUST_USE;

#endif
