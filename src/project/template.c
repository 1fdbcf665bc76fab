/* Lays the files of a template folder into `.xata/`, as Git does with its own template. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "project/internal.h"

#include "base/banned.h"

#define TEMPLATE_DEPTH 8		    /* nested folders */
#define TEMPLATE_FILES 1000		    /* files in all */
#define TEMPLATE_FILE_MAX ((size_t)1 << 20) /* bytes of one file */
#define TEMPLATE_CI "ci"	/* for the top of the repository, not for `.xata/`: init --ci */
#define TEMPLATE_TMP "template" /* in .state; not named like what a lock holder throws away */

struct laying {
	struct strs *made;
	int state; /* where a file is written before it appears under its name */
	int depth;
};

static int lay_dir(struct laying *l, int from, int to, const char *prefix, struct error *err);

/* Appears whole or not at all, so that a second run has nothing to mend. */
static int lay_file(struct laying *l, int from, int to, const char *name, mode_t mode,
		    struct error *err)
{
	AUTO_STR text = {0};

	int rc = fs_read(&text, from, name, TEMPLATE_FILE_MAX, err);
	if (rc == 0)
		rc = fs_unlink(l->state, TEMPLATE_TMP, err);
	if (rc == 0)
		rc = fs_write_new(l->state, TEMPLATE_TMP, str_view(&text), mode & 0100 ? 0755 : 0,
				  FS_DURABLE, err);
	return rc < 0 ? rc : fs_rename(l->state, TEMPLATE_TMP, to, name, err);
}

static int lay_entry(struct laying *l, int from, int to, const char *prefix, const char *name,
		     struct error *err)
{
	struct stat st;
	AUTO_FREE char *path = xasprintf("%s/%s", prefix, name);

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_sys(err, errno, "could not read \"%s\" of the template", name);
	if (S_ISDIR(st.st_mode)) {
		AUTO_FD sub_from = -1, sub_to = -1;
		int rc = fs_open_dir(&sub_from, from, name, FS_NOFOLLOW, err);
		if (rc == 0)
			rc = fs_make_dirs(to, name, 0755, err);
		if (rc == 0)
			rc = fs_open_dir(&sub_to, to, name, FS_NOFOLLOW, err);
		return rc < 0 ? rc : lay_dir(l, sub_from, sub_to, path, err);
	}
	if (!S_ISREG(st.st_mode) || fs_exists(to, name))
		return 0;
	if (l->made->len >= TEMPLATE_FILES)
		return fail(err, E_LIMIT, "the template has over %d files", TEMPLATE_FILES);
	int rc = lay_file(l, from, to, name, st.st_mode, err);
	if (rc == 0)
		strs_take(l->made, steal(&path));
	return rc;
}

static int lay_dir(struct laying *l, int from, int to, const char *prefix, struct error *err)
{
	AUTO_VALUE(strs) names = {0};

	if (l->depth >= TEMPLATE_DEPTH)
		return fail(err, E_LIMIT, "the template is over %d folders deep", TEMPLATE_DEPTH);
	int rc = fs_list(&names, from, ".", err);
	if (rc < 0)
		return rc;
	strs_sort(&names);
	l->depth++;
	for (size_t i = 0; rc == 0 && i < names.len; i++)
		if (l->depth > 1 || !str_eq(names.items[i], TEMPLATE_CI))
			rc = lay_entry(l, from, to, prefix, names.items[i], err);
	l->depth--;
	return rc < 0 ? rc : fs_sync_dir(to, err);
}

int project_lay_template(struct strs *made, struct project *p, const char *template_dir,
			 struct error *err)
{
	AUTO_FD from = -1, to = -1, state = -1;

	int rc = fs_open_dir(&from, AT_FDCWD, template_dir, FS_FOLLOW, err);
	if (rc < 0) {
		hint(err, "Set XATA_TEMPLATE_DIR to a folder with the template, or install it.");
		return rc;
	}
	rc = fs_make_dirs(p->fd, ".xata", 0755, err);
	if (rc == 0)
		rc = fs_open_dir(&to, p->fd, ".xata", FS_NOFOLLOW, err);
	if (rc == 0)
		rc = private_dir_open(&state, to, ".state", err);
	if (rc < 0)
		return rc;
	struct laying l = {.made = made, .state = state};
	rc = lay_dir(&l, from, to, ".xata", err);
	return rc < 0 ? rc : fs_sync_dir(p->fd, err);
}
