/*
 * Database files that appear whole or not at all: a new database, a copy of one in use. Both are
 * made under another name in the same directory, made durable, then renamed.
 */
#include "adapt/store_sqlite_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/xid.h"

#include "base/banned.h"

/* A file under construction. */
struct draft {
	const char *path; /* what it shall be called */
	char *dir;
	char *tmp;
};

static void draft_release(struct draft *d)
{
	if (d->tmp) {
		AUTO_FREE char *journal = xasprintf("%s-journal", d->tmp);
		/* Only what a failure left: after success these names are gone. */
		unlink(journal);
		unlink(d->tmp);
	}
	free(d->dir);
	free(d->tmp);
	*d = (struct draft){0};
}
AUTO_VALUE_DEFINE(draft)

static int fail_taken(struct error *err, const char *path)
{
	int rc = fail(err, E_EXISTS, "\"%s\" exists already", path);

	hint(err, "Choose another name, or remove that file first.");
	return rc;
}

static int draft_open(struct draft *d, const char *path, struct error *err)
{
	char xid[XID_LEN + 1];

	d->path = path;
	if (fs_exists(AT_FDCWD, path))
		return fail_taken(err, path);
	AUTO_FREE char *copy = xstrdup(path);
	d->dir = xstrdup(dirname(copy));
	xid_new(xid, clock_unix_us() / 1000000);
	AUTO_FREE char *tmp = xasprintf("%s/" FS_TMP_PREFIX "%s", d->dir, xid);
	int rc = fs_write_new(AT_FDCWD, tmp, (struct view){0}, 0600, FS_LAZY, err);
	if (rc < 0)
		return rc;
	d->tmp = steal(&tmp);
	return 0;
}

static int sync_file(const char *path, struct error *err)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return fail_sys(err, errno, "could not write \"%s\"", path);
	return 0;
}

static int rename_new(const char *from, const char *to, struct error *err)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	/* Some file systems cannot rename without replacing, but have hard links. */
	if ((errno == EINVAL || errno == ENOSYS) && link(from, to) == 0)
		return 0; /* draft_release removes the first name */
	if (errno == EEXIST)
		return fail_taken(err, to);
	return fail_sys(err, errno, "could not make \"%s\"", to);
}

/* The file must be closed by SQLite: closing any descriptor of it drops the locks of this process.
 */
static int draft_finish(struct draft *d, struct error *err)
{
	AUTO_FD dir = -1;
	int rc = sync_file(d->tmp, err);

	if (rc >= 0)
		rc = rename_new(d->tmp, d->path, err);
	if (rc >= 0)
		rc = fs_open_dir(&dir, AT_FDCWD, d->dir, FS_FOLLOW, err);
	return rc < 0 ? rc : fs_sync_dir(dir, err);
}

int sqlite_create_file(const char *path, struct error *err)
{
	AUTO_VALUE(draft) draft = {0};
	int rc = draft_open(&draft, path, err);

	if (rc < 0)
		return rc;
	struct conn *c = NULL;
	rc = conn_open(&c, draft.tmp, 0, err);
	if (rc >= 0)
		rc = schema_create(c, err);
	conn_free(c);
	return rc < 0 ? rc : draft_finish(&draft, err);
}

static int copy_pages(struct conn *to, struct conn *from, const char *path, struct error *err)
{
	/* The copy is made durable as a whole, at its end. */
	int rc = conn_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
			   "write the backup", err);
	if (rc < 0)
		return rc;
	sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
	if (!b)
		return fail_sqlite(err, sqlite3_extended_errcode(to->db), to->db,
				   "write the backup");
	/* In one step: one state of the database, and no start over when somebody writes. Writers
	 * go on, because this reads as any other reader does. */
	rc = sqlite3_backup_step(b, -1);
	int end = sqlite3_backup_finish(b);
	if (rc == SQLITE_DONE && end == SQLITE_OK)
		return 0;
	rc = fail_sqlite(err, end != SQLITE_OK ? end : rc, to->db, "write the backup");
	error_prefix(err, "\"%s\"", path);
	return rc;
}

int sqlite_backup(struct store *s, const char *path, struct error *err)
{
	struct store_sqlite *store = (struct store_sqlite *)s;
	AUTO_VALUE(draft) draft = {0};
	int rc = draft_open(&draft, path, err);

	if (rc < 0)
		return rc;
	struct conn *from = NULL, *to = NULL;
	rc = conn_open(&from, store->path, store->wait_ms, err);
	if (rc >= 0)
		rc = conn_open(&to, draft.tmp, 0, err);
	if (rc >= 0)
		rc = copy_pages(to, from, path, err);
	conn_free(from);
	conn_free(to);
	return rc < 0 ? rc : draft_finish(&draft, err);
}
