/* Reads, replaces, moves and locks files; the only place with file-changing system calls. */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/xid.h"

#include "base/banned.h"

int fs_open_dir(int *out, int dir, const char *path, enum fs_follow follow, struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow == FS_NOFOLLOW ? O_NOFOLLOW : 0);

	*out = openat(dir, path, flags);
	if (*out >= 0)
		return 0;
	if (errno == ELOOP || (errno == ENOTDIR && follow == FS_NOFOLLOW)) {
		int rc = fail(err, E_ACCESS, "\"%s\" is a symbolic link or not a directory", path);
		hint(err, "Put a real directory in its place: links are not followed here.");
		return rc;
	}
	return fail_sys(err, errno, "could not open directory \"%s\"", path);
}

int fs_make_dirs(int dir, const char *path, mode_t mode, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(path);

	for (char *p = copy + 1; *copy; p++) {
		if (*p && *p != '/')
			continue;
		char was = *p;
		*p = '\0';
		if (mkdirat(dir, copy, mode) < 0 && errno != EEXIST)
			return fail_sys(err, errno, "could not make directory \"%s\"", copy);
		*p = was;
		if (!was)
			break;
	}
	return 0;
}

int fs_read_fd(struct str *out, int fd, size_t max, const char *what, struct error *err)
{
	struct stat st;
	size_t start = out->len;
	size_t chunk = 65536;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		chunk = (size_t)st.st_size + 1; /* one more, to see the end in the same read */
	for (;;) {
		if (chunk > max + 1)
			chunk = max + 1;
		char *to = str_reserve(out, chunk);
		if (!to)
			return fail(err, E_LIMIT, "\"%s\" is larger than the limit of %zu bytes",
				    what, max);
		ssize_t n = read(fd, to, chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(err, errno, "could not read \"%s\"", what);
		if (n == 0)
			return 0;
		str_added(out, (size_t)n);
		if (out->len - start > max)
			return fail(err, E_LIMIT, "\"%s\" is larger than the limit of %zu bytes",
				    what, max);
		if ((size_t)n == chunk || chunk > 65536)
			chunk = 65536;
	}
}

int fs_read(struct str *out, int dir, const char *path, size_t max, struct error *err)
{
	struct stat st;
	/* O_NONBLOCK: opening a FIFO that a repository contains must not hang. */
	AUTO_FD fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fail_sys(err, errno, "could not open \"%s\"", path);
	if (fstat(fd, &st) < 0)
		return fail_sys(err, errno, "could not read \"%s\"", path);
	if (!S_ISREG(st.st_mode))
		return fail(err, E_INVALID, "\"%s\" is not a regular file", path);
	return fs_read_fd(out, fd, max, path, err);
}

bool fs_exists(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int write_all(int fd, struct view bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

/* Writes, makes durable and closes; the close of a written file is checked. Keeps errno. */
static int finish_file(int fd, struct view bytes, mode_t mode, enum fs_durability durability)
{
	int bad = write_all(fd, bytes) < 0 || (mode && fchmod(fd, mode) < 0) ||
		  (durability == FS_DURABLE && fsync(fd) < 0);
	int saved = errno;

	if (close(fd) < 0 && !bad) {
		bad = 1;
		saved = errno;
	}
	errno = saved;
	return bad ? -1 : 0;
}

int fs_write_new(int dir, const char *path, struct view bytes, mode_t mode,
		 enum fs_durability durability, struct error *err)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0)
		return fail_sys(err, errno, "could not create \"%s\"", path);
	if (finish_file(fd, bytes, 0, durability) == 0)
		return 0;
	int saved = errno;
	(void)unlinkat(dir, path, 0); /* the file is ours and unfinished */
	return fail_sys(err, saved, "could not write \"%s\"", path);
}

static mode_t mode_for(int dir, const char *path, mode_t wanted)
{
	struct stat st;

	if (wanted)
		return wanted;
	if (fstatat(dir, path, &st, 0) == 0)
		return st.st_mode & 07777;
	return 0; /* what open() with 0666 and the umask gave */
}

int fs_replace(int dir, const char *path, int tmp_dir, struct view bytes, mode_t mode,
	       struct error *err)
{
	char tmp[sizeof FS_TMP_PREFIX + XID_LEN];
	char id[XID_LEN + 1];

	xid_new(id, clock_unix_us() / 1000000);
	snprintf(tmp, sizeof tmp, "%s%s", FS_TMP_PREFIX, id);
	/* A secret is never readable by others, not even for the moment before fchmod. */
	int fd = openat(tmp_dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			mode ? mode & 0600 : 0666);
	if (fd < 0)
		return fail_sys(err, errno, "could not create a temporary file to replace \"%s\"",
				path);
	if (finish_file(fd, bytes, mode_for(dir, path, mode), FS_DURABLE) < 0 ||
	    renameat(tmp_dir, tmp, dir, path) < 0) {
		int saved = errno;
		(void)unlinkat(tmp_dir, tmp, 0); /* the target is untouched */
		return fail_sys(err, saved, "could not write \"%s\"", path);
	}
	const char *slash = strrchr(path, '/');
	if (!slash)
		return fs_sync_dir(dir, err);
	AUTO_FREE char *parent = xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	AUTO_FD fd_parent = -1;
	int rc = fs_open_dir(&fd_parent, dir, parent, FS_FOLLOW, err);
	return rc < 0 ? rc : fs_sync_dir(fd_parent, err);
}

int fs_rename(int from_dir, const char *from, int to_dir, const char *to, struct error *err)
{
	if (renameat(from_dir, from, to_dir, to) < 0)
		return fail_sys(err, errno, "could not move \"%s\" to \"%s\"", from, to);
	return 0;
}

int fs_unlink(int dir, const char *path, struct error *err)
{
	if (unlinkat(dir, path, 0) < 0 && errno != ENOENT)
		return fail_sys(err, errno, "could not remove \"%s\"", path);
	return 0;
}

int fs_remove_tree(int dir, const char *path, struct error *err)
{
	AUTO_VALUE(strs) names = {0};

	if (unlinkat(dir, path, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return fail_sys(err, errno, "could not remove \"%s\"", path);
	int rc = fs_list(&names, dir, path, err);
	if (rc < 0)
		return rc;
	AUTO_FD sub = -1;
	rc = fs_open_dir(&sub, dir, path, FS_NOFOLLOW, err);
	for (size_t i = 0; rc == 0 && i < names.len; i++)
		rc = fs_remove_tree(sub, names.items[i], err);
	if (rc == 0 && unlinkat(dir, path, AT_REMOVEDIR) < 0)
		rc = fail_sys(err, errno, "could not remove directory \"%s\"", path);
	return rc;
}

int fs_sync_dir(int dir, struct error *err)
{
	/* EINVAL: a file system that cannot sync directories keeps their order itself. */
	if (fsync(dir) < 0 && errno != EINVAL)
		return fail_sys(err, errno, "could not make a directory durable");
	return 0;
}

int fs_sync_all(int dir, struct error *err)
{
	if (syncfs(dir) < 0)
		return fail_sys(err, errno, "could not make new files durable");
	return 0;
}

int fs_list(struct strs *out, int dir, const char *path, struct error *err)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return fail_sys(err, errno, "could not list \"%s\"", path);
	DIR *d = fdopendir(fd);
	if (!d) {
		int saved = errno;
		close(fd);
		return fail_sys(err, saved, "could not list \"%s\"", path);
	}
	struct dirent *entry;
	while (errno = 0, (entry = readdir(d)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strs_add(out, entry->d_name);
	int saved = errno;
	closedir(d);
	return saved ? fail_sys(err, saved, "could not list \"%s\"", path) : 0;
}

static int fail_locked(int fd, const char *path, struct error *err)
{
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

	if (n > 0 && pid[n - 1] == '\n')
		pid[n - 1] = '\0';
	int rc = fail(err, E_LOCKED, "\"%s\" is held by another process%s%s", path,
		      n > 0 ? ", number " : "", pid);
	hint(err, "Wait until it has finished, or give more time with --lock-wait SECONDS.");
	return rc;
}

static int open_lock(int dir, const char *path, enum fs_lock_kind kind)
{
	int fd = openat(dir, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	/* A reader may lock what it may not write. */
	if (fd < 0 && kind == FS_LOCK_SHARED)
		fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd;
}

int fs_lock(struct fs_lock *lock, int dir, const char *path, enum fs_lock_kind kind, long wait_ms,
	    struct error *err)
{
	int64_t until = clock_mono_ms() + wait_ms;
	char pid[24];

	lock->fd = -1;
	int fd = open_lock(dir, path, kind);
	if (fd < 0)
		return fail_sys(err, errno, "could not open the lock \"%s\"", path);
	while (flock(fd, (kind == FS_LOCK_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		int rc = 0;
		if (errno != EWOULDBLOCK)
			rc = fail_sys(err, errno, "could not lock \"%s\"", path);
		else if (clock_mono_ms() >= until)
			rc = fail_locked(fd, path, err);
		if (rc < 0) {
			close(fd);
			return rc;
		}
		clock_sleep_ms(20);
	}
	if (kind == FS_LOCK_EXCLUSIVE) {
		int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
		/* For messages only: a full disk must not keep anybody from the lock. */
		if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)len, 0) < 0)
			errno = 0;
	}
	lock->fd = fd;
	return 0;
}

void fs_unlock(struct fs_lock *lock)
{
	if (lock->fd >= 0)
		close(lock->fd); /* closing the last descriptor drops the lock */
	lock->fd = -1;
}
