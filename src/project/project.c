/* Finds the root of a project and reads what its files and the environment say. */
#include "project/project.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "project/internal.h"

#include "base/banned.h"

#define GITIGNORE_MAX ((size_t)1 << 20)

void project_free(struct project *p)
{
	if (!p)
		return;
	free(p->root);
	if (p->fd >= 0)
		close(p->fd);
	json_decref(p->doc);
	dotenv_release(&p->env);
	free(p);
}

/* Whether dir holds `.xata/` itself; a file of that name, or a link, is no marker. */
static bool has_xata_dir(int dir)
{
	struct stat st;

	return fstatat(dir, ".xata", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* Fills in what directory dir has; found tells whether it is the root of a project. */
static int look_in(bool *found, struct project *p, int dir, struct error *err)
{
	*found = false;
	int rc = config_find(&p->config_file, &p->doc, dir, err);
	if (rc < 0)
		return rc;
	p->config = p->doc ? config_of(p->config_file, p->doc) : NULL;
	*found = p->doc || has_xata_dir(dir);
	return 0;
}

/* Cuts the last component off an absolute path; false at "/". */
static bool to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || (slash == path && path[1] == '\0'))
		return false;
	slash[slash == path] = '\0';
	return true;
}

static int read_environment(struct project *p, struct error *err)
{
	int rc = dotenv_load(&p->env, p->fd, ".env.local", err);

	return rc < 0 ? rc : dotenv_load(&p->env, p->fd, ".env", err);
}

/* Goes upwards from the absolute path until a marker is found; p->root stays NULL without one. */
static int find_root(struct project *p, const char *start, struct error *err)
{
	AUTO_FREE char *path = xstrdup(start);
	bool found;

	do {
		AUTO_FD dir = -1;
		struct error why = {0};
		int rc = fs_open_dir(&dir, AT_FDCWD, path, FS_FOLLOW, &why);
		/* Folders above may be closed to us: what cannot be seen is no root. */
		if (rc < 0 && !str_eq(path, start))
			continue;
		if (rc < 0)
			return fail(err, why.code, "%s", why.msg);
		rc = look_in(&found, p, dir, err);
		if (rc < 0)
			error_prefix(err, "%s", path);
		if (rc < 0)
			return rc;
		if (found) {
			p->fd = steal_fd(&dir);
			p->root = xstrdup(path);
			p->exists = true;
			return 0;
		}
	} while (to_parent(path));
	return 0;
}

enum missing { MISSING_FAILS, MISSING_IS_NEW };

static int open_project(struct project **out, const char *start, enum missing missing,
			struct error *err)
{
	AUTO(project) *p = xcalloc(1, sizeof *p);

	*out = NULL;
	p->fd = -1;
	AUTO_FREE char *path = realpath(start, NULL);
	if (!path)
		return fail_sys(err, errno, "could not find \"%s\"", start);
	int rc = find_root(p, path, err);
	if (rc < 0)
		return rc;
	if (!p->exists && missing == MISSING_FAILS) {
		rc = fail(err, E_PROJECT, "\"%s\" is not in a project", path);
		hint(err, "Run \"xata init\" in the project's top folder, or change to it: it has "
			  ".xatarc or .xata/.");
		return rc;
	}
	if (!p->exists) {
		rc = fs_open_dir(&p->fd, AT_FDCWD, path, FS_FOLLOW, err);
		if (rc < 0)
			return rc;
		p->root = xstrdup(path);
	}
	rc = read_environment(p, err);
	if (rc < 0)
		return rc;
	*out = steal(&p);
	return 0;
}

int project_open(struct project **out, const char *start, struct error *err)
{
	return open_project(out, start, MISSING_FAILS, err);
}

int project_open_or_new(struct project **out, const char *start, struct error *err)
{
	return open_project(out, start, MISSING_IS_NEW, err);
}

bool project_exists(const struct project *p)
{
	return p->exists;
}

const char *project_root(const struct project *p)
{
	return p->root;
}

int project_root_fd(const struct project *p)
{
	return p->fd;
}

const char *project_config_file(const struct project *p)
{
	return p->config_file;
}

const json_t *project_config(const struct project *p)
{
	return p->config;
}

struct setting project_env(const struct project *p, const char *name)
{
	const char *real = getenv(name);

	/* A variable that is set but empty hides the files, and means "not set". */
	if (real)
		return *real ? (struct setting){real, ORIGIN_ENV, name} : (struct setting){0};
	const struct dotenv_var *var = dotenv_get(&p->env, name);
	if (var && *var->value)
		return (struct setting){var->value, ORIGIN_DOTENV, var->file};
	return (struct setting){0};
}

/* ---- small files beside the project's own */

static bool has_line(struct view text, const char *wanted)
{
	struct view line;

	while (view_line(&text, &line)) {
		line = view_trim(line);
		if (view_starts(line, "/"))
			line = view_make(line.ptr + 1, line.len - 1);
		if (view_is(line, wanted))
			return true;
	}
	return false;
}

int root_replace(const struct project *p, const char *file, struct view text, struct error *err)
{
	AUTO_FD xata = -1, state = -1;

	if (fs_open_dir(&xata, p->fd, ".xata", FS_NOFOLLOW, NULL) < 0 ||
	    fs_open_dir(&state, xata, ".state", FS_NOFOLLOW, NULL) < 0)
		return fs_replace(p->fd, file, p->fd, text, 0, err);
	return fs_replace(p->fd, file, state, text, 0, err);
}

int project_gitignore_add(bool *added, struct project *p, const char *line, struct error *err)
{
	AUTO_STR text = {.max = GITIGNORE_MAX};
	struct error why = {0};

	*added = false;
	int rc = fs_read(&text, p->fd, ".gitignore", GITIGNORE_MAX - strlen(line) - 2, &why);
	if (rc < 0 && rc != E_NOTFOUND)
		return fail(err, why.code, "%s", why.msg);
	if (has_line(str_view(&text), line[0] == '/' ? line + 1 : line))
		return 0;
	if (text.len && text.ptr[text.len - 1] != '\n')
		str_putc(&text, '\n');
	str_puts(&text, line);
	str_putc(&text, '\n');
	rc = str_check(&text, ".gitignore", err);
	if (rc == 0)
		rc = root_replace(p, ".gitignore", str_view(&text), err);
	*added = rc == 0;
	return rc;
}

/* In `.xata/.state`, where the next command throws away what a killed one leaves. */
static int fill_ignore_file(int xata, int dir, struct error *err)
{
	AUTO_FD state = -1;

	int rc = fs_open_dir(&state, xata, ".state", FS_NOFOLLOW, err);
	return rc < 0 ? rc : fs_replace(dir, ".gitignore", state, view_of("*\n"), 0, err);
}

/*
 * Two processes may do this at once, before either has the lock: then the temporary file of one may
 * be rubbish to the other, so one is only used to fill a file that a killed process left empty.
 */
static int ignore_itself(int xata, int dir, struct error *err)
{
	AUTO_STR text = {0};
	struct error why = {0};
	int rc;

	if (fs_read(&text, dir, ".gitignore", GITIGNORE_MAX, NULL) == 0 && text.len)
		return 0;
	if (fs_exists(dir, ".gitignore"))
		rc = fill_ignore_file(xata, dir, &why);
	else
		rc = fs_write_new(dir, ".gitignore", view_of("*\n"), 0, FS_DURABLE, &why);
	if (rc == 0 || rc == E_EXISTS || rc == E_NOTFOUND)
		return 0; /* done by us, or by the other one */
	fail(err, why.code, "%s", why.msg);
	hint(err, "%s", why.hint);
	return rc;
}

int private_dir_open(int *out, int xata, const char *name, struct error *err)
{
	bool is_new = !fs_exists(xata, name);

	*out = -1;
	int rc = fs_make_dirs(xata, name, 0755, err);
	if (rc < 0)
		return rc;
	AUTO_FD dir = -1;
	rc = fs_open_dir(&dir, xata, name, FS_NOFOLLOW, err);
	if (rc == 0)
		rc = ignore_itself(xata, dir, err);
	if (rc == 0 && is_new)
		rc = fs_sync_dir(xata, err);
	if (rc < 0)
		return rc;
	*out = steal_fd(&dir);
	return 0;
}

void project_use_vcs(struct project *p, vcs_open_fn *open)
{
	p->open_vcs = open;
}
