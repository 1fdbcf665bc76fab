/* Makes, opens and locks the data directory of an endpoint. */
#include "xatad/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "adapt/store_sqlite.h"
#include "base/alloc.h"

#include "base/banned.h"

void datadir_release(struct datadir *d)
{
	fs_unlock(&d->lock);
	if (d->fd >= 0)
		close(d->fd);
	free(d->path);
	*d = (struct datadir)DATADIR_NONE;
}

char *datadir_file(const struct datadir *d, const char *name)
{
	return xasprintf("%s/%s", d->path, name);
}

/* Opens the directory and learns its absolute path, so that what we print holds anywhere. */
static int open_dir(struct datadir *d, const char *path, struct error *err)
{
	*d = (struct datadir)DATADIR_NONE;
	if (!utf8_valid(view_of(path))) /* it could not be told in JSON */
		return fail(err, E_USAGE, "\"%s\" is not UTF-8 text", path);
	int rc = fs_open_dir(&d->fd, AT_FDCWD, path, FS_FOLLOW, err);
	if (rc < 0)
		return rc;
	d->path = realpath(path, NULL);
	return d->path ? 0 : fail_sys(err, errno, "could not find the path of \"%s\"", path);
}

static int check_owner(const struct datadir *d, struct error *err)
{
	struct stat st;

	if (fstat(d->fd, &st) < 0)
		return fail_sys(err, errno, "could not look at \"%s\"", d->path);
	if (st.st_uid == geteuid())
		return 0;
	int rc = fail(err, E_ACCESS, "\"%s\" belongs to another user (number %lu)", d->path,
		      (unsigned long)st.st_uid);
	hint(err, "Run this as the user that the directory belongs to, with \"sudo -u\".");
	return rc;
}

static int fail_none(const char *path, enum error_code code, const char *why, struct error *err)
{
	int rc = fail(err, code, "\"%s\" is not an endpoint's directory: %s", path, why);

	hint(err, "Make one with \"xatad init DIR\".");
	return rc;
}

int datadir_open(struct datadir *out, const char *path, struct error *err)
{
	struct error own = {0};

	int rc = open_dir(out, path, &own);
	if (rc == E_NOTFOUND)
		return fail_none(path, E_NOTFOUND, "there is no such directory", err);
	if (rc < 0) {
		*err = own;
		return rc;
	}
	if (fs_exists(out->fd, DATADIR_UNFINISHED)) {
		rc = fail(err, E_PROJECT, "\"%s\" is unfinished: \"xatad init\" was interrupted",
			  path);
		hint(err, "Run \"xatad init\" on it again.");
		return rc;
	}
	rc = check_owner(out, err);
	if (rc == 0 && !fs_exists(out->fd, DATADIR_STORE))
		rc = fail_none(path, E_PROJECT, "it has no \"" DATADIR_STORE "\"", err);
	return rc;
}

int datadir_lock(struct datadir *d, struct error *err)
{
	struct error own = {0};

	int rc = fs_lock(&d->lock, d->fd, DATADIR_LOCK, FS_LOCK_EXCLUSIVE, 0, &own);
	if (rc == E_LOCKED) {
		AUTO_STR pid = {0};
		struct error none = {0};
		if (fs_read(&pid, d->fd, DATADIR_LOCK, 32, &none) < 0)
			str_clear(&pid);
		struct view number = view_trim(str_view(&pid));
		fail(err, E_LOCKED, "another xatad uses \"%s\"%s%.*s", d->path,
		     number.len ? ": process " : "", (int)number.len, number.ptr);
		hint(err, "Stop that process first.");
	} else if (rc < 0) {
		*err = own;
	}
	return rc;
}

/* ---- making one */

/* What an interrupted init may have left; a store that is being made has a temporary name. */
static bool is_ours(const char *name)
{
	return strcmp(name, DATADIR_UNFINISHED) == 0 || strcmp(name, DATADIR_LOCK) == 0 ||
	       strcmp(name, DATADIR_CERTIFICATE) == 0 || strcmp(name, DATADIR_KEY) == 0 ||
	       starts_with(name, DATADIR_STORE) || starts_with(name, FS_TMP_PREFIX);
}

/* Empty, locked and no more, or unfinished; E_EXISTS otherwise. */
static int check_free(struct strs *names, const struct datadir *d, struct error *err)
{
	bool unfinished = fs_exists(d->fd, DATADIR_UNFINISHED);

	int rc = fs_list(names, d->fd, ".", err);
	for (size_t i = 0; rc == 0 && i < names->len; i++) {
		const char *name = names->items[i];
		if (unfinished ? is_ours(name) : strcmp(name, DATADIR_LOCK) == 0)
			continue;
		rc = fail(err, E_EXISTS, "\"%s\" is not empty", d->path);
		hint(err, "Give a new directory, or one without files.");
	}
	return rc;
}

static int empty(const struct datadir *d, const struct strs *names, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < names->len; i++)
		if (strcmp(names->items[i], DATADIR_UNFINISHED) != 0 &&
		    strcmp(names->items[i], DATADIR_LOCK) != 0)
			rc = fs_unlink(d->fd, names->items[i], err);
	return rc;
}

int datadir_begin(struct datadir *out, const char *path, struct error *err)
{
	AUTO_VALUE(strs) before = {0};
	AUTO_VALUE(strs) names = {0};

	*out = (struct datadir)DATADIR_NONE;
	int rc = fs_make_dirs(AT_FDCWD, path, 0700, err);
	if (rc == 0)
		rc = open_dir(out, path, err);
	if (rc == 0)
		rc = check_owner(out, err);
	if (rc == 0) /* before a lock is put into a directory that is somebody's */
		rc = check_free(&before, out, err);
	if (rc == 0)
		rc = datadir_lock(out, err);
	if (rc == 0) /* again: another init may have finished in between */
		rc = check_free(&names, out, err);
	if (rc == 0 && fchmod(out->fd, 0700) < 0)
		rc = fail_sys(err, errno, "could not close \"%s\" to others", out->path);
	if (rc == 0 && !fs_exists(out->fd, DATADIR_UNFINISHED))
		rc = fs_write_new(out->fd, DATADIR_UNFINISHED, view_of(""), 0600, FS_DURABLE, err);
	if (rc == 0)
		rc = fs_sync_dir(out->fd, err);
	return rc == 0 ? empty(out, &names, err) : rc;
}

int datadir_finish(struct datadir *d, struct error *err)
{
	int rc = fs_sync_dir(d->fd, err);

	if (rc == 0)
		rc = fs_unlink(d->fd, DATADIR_UNFINISHED, err);
	return rc == 0 ? fs_sync_dir(d->fd, err) : rc;
}

/* ---- the store */

int datadir_store(struct store **out, const struct datadir *d, struct error *err)
{
	AUTO_FREE char *path = datadir_file(d, DATADIR_STORE);

	return store_sqlite_open(out, path, STORE_SQLITE_EXISTING, err);
}

void store_close(struct store *s)
{
	if (s)
		s->ops->close(s);
}
