/*
 * A project on disk: its root, its configuration file and the settings of its environment.
 *
 * The root is the nearest directory upwards from the start with `.xatarc`, `.xatarc.json`, a
 * `package.json` that has a `xata` member, or `.xata/`. Every path is relative to the root,
 * whatever the current directory. File formats and precedence are those of the official CLI (API
 * notes, section 2.1).
 */
#ifndef PROJECT_PROJECT_H
#define PROJECT_PROJECT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

struct project;
struct vcs;
void project_free(struct project *p);
AUTO_DEFINE(project)

/*
 * Finds the project of directory start (absolute or relative). E_PROJECT when there is none, or
 * when its configuration cannot be read (YAML, malformed JSON: never quoted, it may hold a secret).
 */
int project_open(struct project **out, const char *start, struct error *err) MUST_USE;

/* As project_open, but a directory without a project is taken as the root of an empty one (init).
 */
int project_open_or_new(struct project **out, const char *start, struct error *err) MUST_USE;

bool project_exists(const struct project *p);	   /* a marker was found */
const char *project_root(const struct project *p); /* absolute path; "" outside a project */
int project_root_fd(const struct project *p);	   /* directory descriptor, borrowed; -1 outside */
const char *
project_config_file(const struct project *p);	       /* ".xatarc", …; NULL when there is none */
const json_t *project_config(const struct project *p); /* the configuration object; NULL: none */

/*
 * How version control is to be opened where a file of the project is missing, to find whether it
 * was left out on purpose. Without this nobody is asked.
 */
typedef int vcs_open_fn(struct vcs **out, const char *root, struct error *err);
void project_use_vcs(struct project *p, vcs_open_fn *open);

/*
 * Where there is no project on disk: the nearest folder, from the one that v was opened for
 * upwards, in which Git has a project that was not checked out or is gone, absolute, and one
 * sentence on how it comes back; both NULL when there is none. free() them.
 */
int project_find_left_out(char **folder, char **advice, struct vcs *v, struct error *err) MUST_USE;

/* Where a value came from. What comes from files of a checked-out project is not trusted. */
enum origin {
	ORIGIN_NONE,
	ORIGIN_FLAG,	/* the command line */
	ORIGIN_ENV,	/* the real environment of the process */
	ORIGIN_PROFILE, /* the user's credentials file */
	ORIGIN_DOTENV,	/* .env.local or .env of the project */
	ORIGIN_CONFIG,	/* .xatarc, .xatarc.json, package.json of the project */
	ORIGIN_DEFAULT,
};

struct setting {
	const char *value; /* NULL: not set; borrowed from the project or the environment */
	enum origin origin;
	const char *where; /* for messages: "XATA_BRANCH", ".env.local", ".xatarc" */
};

/* An environment variable: the real environment first, then .env.local, then .env. */
struct setting project_env(const struct project *p, const char *name);

/* config get / set: dotted path ("codegen.output"). The file is replaced in one step. */
int project_config_get(const json_t **out, const struct project *p, const char *path,
		       struct error *err) MUST_USE;
/* value is typed as the official CLI's schema says (booleans, enumerations); E_INVALID otherwise.
 */
int project_config_set(struct project *p, const char *path, const char *value,
		       struct error *err) MUST_USE;
/* Writes a new .xatarc (or the existing configuration file) with this databaseURL; keeps the rest.
 */
int project_config_init(struct project *p, const char *database_url, struct error *err) MUST_USE;

/* Adds a line to .gitignore of the root unless it is there; *added tells. */
int project_gitignore_add(bool *added, struct project *p, const char *line,
			  struct error *err) MUST_USE;

/*
 * Lays every file of template_dir into .xata/ of the root, never over an existing file; names of
 * what was made are added to made.
 */
int project_lay_template(struct strs *made, struct project *p, const char *template_dir,
			 struct error *err) MUST_USE;

#endif
