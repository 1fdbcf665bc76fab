/* Reads and replaces files that belong to the user and hold secrets. */
#include "project/userfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"

#include "base/banned.h"

#define LOCK_WAIT_MS 10000

/* The configuration folder of the user; relative settings are ignored, as XDG demands. */
static char *config_home(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const struct passwd *user;

	if (xdg && xdg[0] == '/')
		return xstrdup(xdg);
	if (home && home[0] == '/')
		return xasprintf("%s/.config", home);
	user = getpwuid(geteuid());
	return user && user->pw_dir && user->pw_dir[0] == '/'
		       ? xasprintf("%s/.config", user->pw_dir)
		       : NULL;
}

int userfile_path(char out[USERFILE_PATH_MAX], const char *name, struct error *err)
{
	AUTO_FREE char *base = config_home();

	out[0] = '\0';
	if (!base) {
		int rc = fail(err, E_PROJECT, "no home directory is known");
		hint(err, "Set HOME or XDG_CONFIG_HOME.");
		return rc;
	}
	int len = snprintf(out, USERFILE_PATH_MAX, "%s/xata/%s", base, name);
	if (len < 0 || len >= USERFILE_PATH_MAX)
		return fail(err, E_LIMIT, "the path of the user's configuration is too long");
	return 0;
}

static int check_private(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_sys(err, errno, "could not read \"%s\"", path);
	if (!S_ISREG(st.st_mode))
		return fail(err, E_INVALID, "\"%s\" is not a regular file", path);
	if ((st.st_mode & 077) == 0)
		return 0;
	int rc = fail(err, E_ACCESS, "others than its owner may use \"%s\"", path);
	hint(err, "Run: chmod 600 \"%s\".", path);
	return rc;
}

int userfile_read(struct str *out, const char *name, struct error *err)
{
	char path[USERFILE_PATH_MAX];

	int rc = userfile_path(path, name, err);
	if (rc < 0)
		return rc;
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return fail_sys(err, errno, "could not open \"%s\"", path);
	rc = check_private(fd, path, err);
	return rc < 0 ? rc : fs_read_fd(out, fd, USERFILE_MAX, path, err);
}

int userfile_lock(struct fs_lock *lock, struct error *err)
{
	char path[USERFILE_PATH_MAX];

	*lock = (struct fs_lock)FS_LOCK_NONE;
	int rc = userfile_path(path, "lock", err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *dir = xstrndup(path, strlen(path) - strlen("/lock"));
	rc = fs_make_dirs(AT_FDCWD, dir, 0700, err);
	return rc < 0 ? rc : fs_lock(lock, AT_FDCWD, path, FS_LOCK_EXCLUSIVE, LOCK_WAIT_MS, err);
}

int userfile_replace(const char *name, struct view text, struct error *err)
{
	char path[USERFILE_PATH_MAX];

	int rc = userfile_path(path, name, err);
	return rc < 0 ? rc : fs_replace_path(path, text, 0600, err);
}

void userfile_wipe(struct str *text)
{
	if (text->ptr)
		explicit_bzero(text->ptr, text->len);
	str_release(text);
}
