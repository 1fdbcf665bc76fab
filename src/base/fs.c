/* Reads, replaces, moves and locks files; the only place with file-changing system calls. */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/xid.h"

#include "base/banned.h"

int fs_open_dir(int *out, int dir, const char *path, enum fs_follow follow, struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow == FS_NOFOLLOW ? O_NOFOLLOW : 0);

	*out = openat(dir, path, flags);
	if (*out >= 0)
		return 0;
	if (follow == FS_NOFOLLOW && (errno == ELOOP || errno == ENOTDIR)) {
		int rc = fail(err, E_ACCESS, "\"%s\" is a symbolic link or not a directory", path);
		hint(err, "Put a real directory in its place: links are not followed here.");
		return rc;
	}
	return fail_sys(err, errno, "could not open directory \"%s\"", path);
}

static int make_dir(int dir, const char *path, mode_t mode, struct error *err)
{
	struct stat st;

	if (!fault_here() && mkdirat(dir, path, mode) == 0)
		return 0;
	int saved = errno;
	if (saved == EEXIST && fstatat(dir, path, &st, 0) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		saved = ENOTDIR;
	}
	return fail_sys(err, saved, "could not make directory \"%s\"", path);
}

int fs_make_dirs(int dir, const char *path, mode_t mode, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(path);
	int rc = 0;

	/* Cut at each slash in turn, but not before the first character: that is the root. */
	for (char *p = copy; rc == 0 && *p; p++) {
		if (p[1] && (p[1] != '/' || p[0] == '/'))
			continue;
		char was = p[1];
		p[1] = '\0';
		rc = make_dir(dir, copy, mode, err);
		p[1] = was;
	}
	return rc;
}

/* size is what a regular file has, 0 when that is not known. */
static int read_all(struct str *out, int fd, size_t size, size_t max, const char *what,
		    struct error *err)
{
	size_t room = str_room(out);
	size_t left = max < room ? max : room, limit = left;
	size_t chunk = size ? size + 1 : 65536; /* one more: the end is seen without growing */
	char beyond = 0;

	for (;;) {
		size_t want = chunk < left ? chunk : left;
		char *to = want ? str_reserve(out, want) : &beyond;
		ssize_t n = to ? read(fd, to, want ? want : 1) : 1;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(err, errno, "could not read \"%s\"", what);
		if (n == 0)
			return 0;
		if (want == 0 || !to)
			return fail(err, E_LIMIT, "\"%s\" is larger than the limit of %zu bytes",
				    what, limit);
		str_added(out, (size_t)n);
		if ((size_t)n == size && size < want)
			return 0; /* all of it, and asked for more: no need to see the end again */
		left -= (size_t)n;
		chunk = chunk > (size_t)n ? chunk - (size_t)n : 65536;
	}
}

int fs_read_fd(struct str *out, int fd, size_t max, const char *what, struct error *err)
{
	struct stat st;
	bool known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	return read_all(out, fd, known ? (size_t)st.st_size : 0, max, what, err);
}

/* Opens what has to be a regular file; the caller closes *fd. */
static int open_file(int *fd, struct stat *st, int dir, const char *path, enum fs_follow follow,
		     struct error *err)
{
	/* O_NONBLOCK: opening a FIFO that a repository contains must not hang. */
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

	*fd = openat(dir, path, flags | (follow == FS_NOFOLLOW ? O_NOFOLLOW : 0));
	if (*fd < 0 && errno == ELOOP && follow == FS_NOFOLLOW) {
		int rc = fail(err, E_INVALID, "\"%s\" is a symbolic link", path);
		hint(err, "Put a real file in its place: links are not followed here.");
		return rc;
	}
	if (*fd < 0)
		return fail_sys(err, errno, "could not open \"%s\"", path);
	if (fstat(*fd, st) < 0)
		return fail_sys(err, errno, "could not read \"%s\"", path);
	if (!S_ISREG(st->st_mode))
		return fail(err, E_INVALID, "\"%s\" is not a regular file", path);
	return 0;
}

static int read_file(struct str *out, int dir, const char *path, enum fs_follow follow, size_t max,
		     struct error *err)
{
	struct stat st;
	AUTO_FD fd = -1;
	int rc = open_file(&fd, &st, dir, path, follow, err);

	return rc < 0 ? rc : read_all(out, fd, (size_t)st.st_size, max, path, err);
}

int fs_read(struct str *out, int dir, const char *path, size_t max, struct error *err)
{
	return read_file(out, dir, path, FS_FOLLOW, max, err);
}

int fs_read_nofollow(struct str *out, int dir, const char *path, size_t max, struct error *err)
{
	return read_file(out, dir, path, FS_NOFOLLOW, max, err);
}

int fs_read_pieces(int dir, const char *path, enum fs_follow follow, size_t max,
		   bool (*each)(void *ctx, struct view piece), void *ctx, struct error *err)
{
	static const size_t size = (size_t)64 << 10;
	AUTO_FREE char *piece = xcalloc(1, size);
	struct stat st;
	AUTO_FD fd = -1;
	size_t got = 0;

	int rc = open_file(&fd, &st, dir, path, follow, err);
	while (rc == 0) {
		ssize_t n = read(fd, piece, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(err, errno, "could not read \"%s\"", path);
		got += (size_t)n;
		if (got > max)
			return fail(err, E_LIMIT, "\"%s\" is larger than the limit of %zu bytes",
				    path, max);
		if (n == 0 || !each(ctx, view_make(piece, (size_t)n)))
			break;
	}
	return rc;
}

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool fs_stamp(struct fs_stamp *out, int dir, const char *path)
{
	struct stat st;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return false;
	*out = (struct fs_stamp){
		.dev = st.st_dev,
		.ino = st.st_ino,
		.size = st.st_size,
		.mtime_ns = nanoseconds(st.st_mtim),
		.ctime_ns = nanoseconds(st.st_ctim),
	};
	return true;
}

bool fs_exists(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int fs_write(int fd, struct view bytes)
{
	while (bytes.len) {
		ssize_t n = fault_here() ? -1 : write(fd, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

/* A new file of ours; until its content is complete, nobody but the owner may read it. */
static int create(int dir, const char *path, mode_t mode)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

	return fault_here() ? -1 : openat(dir, path, flags, mode ? mode & 0600 : 0666);
}

static int remove_name(int dir, const char *path, int flags)
{
	return fault_here() ? -1 : unlinkat(dir, path, flags);
}

/* Makes durable and closes; the close of a written file is checked. Keeps errno. */
static int close_file(int fd, bool bad, mode_t mode, enum fs_durability durability)
{
	bad = bad || (mode && (fault_here() || fchmod(fd, mode) < 0)) ||
	      (durability == FS_DURABLE && (fault_here() || fsync(fd) < 0));
	int saved = errno;

	if (close(fd) < 0 && !bad) {
		bad = true;
		saved = errno;
	}
	errno = saved;
	return bad ? -1 : 0;
}

static int finish_file(int fd, struct view bytes, mode_t mode, enum fs_durability durability)
{
	return close_file(fd, fs_write(fd, bytes) < 0, mode, durability);
}

/* The directory that holds path; opened before the change, so that it cannot fail after it. */
static int open_parent(int *out, int dir, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *parent = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path))
				       : xstrdup(".");

	return fs_open_dir(out, dir, parent, FS_FOLLOW, err);
}

int fs_write_new(int dir, const char *path, struct view bytes, mode_t mode,
		 enum fs_durability durability, struct error *err)
{
	AUTO_FD parent = -1;
	int rc = durability == FS_DURABLE ? open_parent(&parent, dir, path, err) : 0;

	if (rc < 0)
		return rc;
	int fd = create(dir, path, mode);
	if (fd < 0)
		return fail_sys(err, errno, "could not create \"%s\"", path);
	if (finish_file(fd, bytes, mode, durability) < 0)
		rc = fail_sys(err, errno, "could not write \"%s\"", path);
	if (rc == 0 && durability == FS_DURABLE)
		rc = fs_sync_dir(parent, err);
	if (rc < 0)
		(void)remove_name(dir, path, 0); /* the file is ours and unfinished */
	return rc;
}

/* 0 stands for "0666 less the umask", which only open() can apply. */
static mode_t mode_for(int dir, const char *path, mode_t wanted)
{
	struct stat st;

	if (wanted || fstatat(dir, path, &st, 0) < 0)
		return wanted;
	return (st.st_mode & 0777) ? st.st_mode & 0777 : 0600;
}

/* What write puts into the new file, else bytes. */
struct content {
	struct view bytes;
	fs_write_content *write;
	void *ctx;
};

static int finish_content(int fd, const struct content *c, mode_t mode)
{
	bool bad = c->write ? c->write(c->ctx, fd) < 0 : fs_write(fd, c->bytes) < 0;

	return close_file(fd, bad, mode, FS_DURABLE);
}

static int replace(int dir, const char *path, int tmp_dir, const struct content *content,
		   mode_t mode, struct error *err)
{
	char tmp[sizeof FS_TMP_PREFIX + XID_LEN];
	char id[XID_LEN + 1];
	AUTO_FD parent = -1;
	int rc = open_parent(&parent, dir, path, err);

	if (rc < 0)
		return rc;
	mode = mode_for(dir, path, mode);
	xid_new(id, clock_unix_us() / 1000000);
	snprintf(tmp, sizeof tmp, "%s%s", FS_TMP_PREFIX, id);
	int fd = create(tmp_dir, tmp, mode);
	if (fd < 0)
		return fail_sys(err, errno, "could not create a temporary file to replace \"%s\"",
				path);
	if (finish_content(fd, content, mode) < 0 || fault_here() ||
	    renameat(tmp_dir, tmp, dir, path) < 0) {
		int saved = errno;
		(void)remove_name(tmp_dir, tmp, 0); /* the target is untouched */
		return fail_sys(err, saved, "could not write \"%s\"", path);
	}
	rc = fs_sync_dir(parent, err);
	if (rc < 0)
		error_prefix(err, "\"%s\" was replaced", path);
	return rc;
}

int fs_replace(int dir, const char *path, int tmp_dir, struct view bytes, mode_t mode,
	       struct error *err)
{
	return replace(dir, path, tmp_dir, &(struct content){.bytes = bytes}, mode, err);
}

static int replace_path(const char *path, const struct content *content, mode_t mode,
			struct error *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *parent = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path))
				       : xstrdup(".");
	AUTO_FD dir = -1;

	int rc = fs_open_dir(&dir, AT_FDCWD, parent, FS_FOLLOW, err);
	return rc < 0 ? rc : replace(dir, slash ? slash + 1 : path, dir, content, mode, err);
}

int fs_replace_path(const char *path, struct view bytes, mode_t mode, struct error *err)
{
	return replace_path(path, &(struct content){.bytes = bytes}, mode, err);
}

int fs_replace_written(const char *path, fs_write_content *write, void *ctx, mode_t mode,
		       struct error *err)
{
	return replace_path(path, &(struct content){.write = write, .ctx = ctx}, mode, err);
}

int fs_rename(int from_dir, const char *from, int to_dir, const char *to, struct error *err)
{
	if (fault_here() || renameat(from_dir, from, to_dir, to) < 0)
		return fail_sys(err, errno, "could not move \"%s\" to \"%s\"", from, to);
	return 0;
}

/* What a file system without hard links, or with as many as it can have, says. */
static bool cannot_link(int code)
{
	return code == EPERM || code == EMLINK || code == EOPNOTSUPP || code == ENOSYS ||
	       code == EXDEV;
}

int fs_link(bool *out, int from_dir, const char *from, int to_dir, const char *to,
	    struct error *err)
{
	*out = !fault_here() && linkat(from_dir, from, to_dir, to, 0) == 0;
	if (*out || cannot_link(errno))
		return 0;
	return fail_sys(err, errno, "could not link \"%s\" to \"%s\"", to, from);
}

int fs_unlink(int dir, const char *path, struct error *err)
{
	if (remove_name(dir, path, 0) < 0 && errno != ENOENT)
		return fail_sys(err, errno, "could not remove \"%s\"", path);
	return 0;
}

static bool is_real_dir(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

int fs_remove_tree(int dir, const char *path, struct error *err)
{
	AUTO_VALUE(strs) names = {0};

	if (!is_real_dir(dir, path))
		return fs_unlink(dir, path, err);
	AUTO_FD sub = -1;
	int rc = fs_open_dir(&sub, dir, path, FS_NOFOLLOW, err);
	if (rc == 0)
		rc = fs_list(&names, sub, ".", err);
	for (size_t i = 0; rc == 0 && i < names.len; i++)
		rc = fs_remove_tree(sub, names.items[i], err);
	if (rc == 0 && remove_name(dir, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		rc = fail_sys(err, errno, "could not remove directory \"%s\"", path);
	return rc;
}

int fs_sync_dir(int dir, struct error *err)
{
	/* EINVAL: a file system that cannot sync directories keeps their order itself. */
	if ((fault_here() || fsync(dir) < 0) && errno != EINVAL)
		return fail_sys(err, errno, "could not make a directory durable");
	return 0;
}

int fs_sync_all(int dir, struct error *err)
{
	if (fault_here() || syncfs(dir) < 0)
		return fail_sys(err, errno, "could not make new files durable");
	return 0;
}

int fs_each(int dir, const char *path, void (*each)(void *ctx, const char *name), void *ctx,
	    struct error *err)
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
			each(ctx, entry->d_name);
	int saved = errno;
	closedir(d);
	return saved ? fail_sys(err, saved, "could not list \"%s\"", path) : 0;
}

static void keep(void *ctx, const char *name)
{
	strs_add(ctx, name);
}

int fs_list(struct strs *out, int dir, const char *path, struct error *err)
{
	return fs_each(dir, path, keep, out, err);
}

/* The process that wrote its number into the lock file; 0 when it is gone or there is none. */
static long holder_of(int fd)
{
	char text[24] = "";
	long pid;
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	/* The file comes from the project's folder: only a number gets into a message. */
	if (n < 2 || text[n - 1] != '\n')
		return 0;
	text[n - 1] = '\0';
	if (!parse_long(&pid, text, 1, INT_MAX))
		return 0;
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH ? 0 : pid;
}

static int fail_locked(int fd, const char *path, struct error *err)
{
	long pid = holder_of(fd);
	int rc = pid ? fail(err, E_LOCKED, "\"%s\" is held by another process, number %ld", path,
			    pid)
		     : fail(err, E_LOCKED, "\"%s\" is held by another process", path);

	hint(err, "Wait until it has finished, or give more time with --lock-wait SECONDS.");
	return rc;
}

static int open_lock(int dir, const char *path, enum fs_lock_kind kind)
{
	int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int fd = fault_here() ? -1 : openat(dir, path, O_RDWR | O_CREAT | flags, 0644);
	int saved = errno;

	/* A reader may lock what it may not write. */
	if (fd < 0 && kind == FS_LOCK_SHARED)
		fd = openat(dir, path, O_RDONLY | flags);
	errno = saved; /* why it could not be made says more than that it is absent */
	return fd;
}

/* For messages only: a full disk must not keep anybody from the lock. */
static void note_holder(int fd)
{
	char pid[24];
	int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());

	if (fault_here() || ftruncate(fd, 0) < 0 || fault_here() ||
	    pwrite(fd, pid, (size_t)len, 0) < 0)
		errno = 0;
}

int fs_lock(struct fs_lock *lock, int dir, const char *path, enum fs_lock_kind kind, long wait_ms,
	    struct error *err)
{
	int64_t start = clock_mono_ms();

	*lock = (struct fs_lock)FS_LOCK_NONE;
	int fd = open_lock(dir, path, kind);
	if (fd < 0)
		return fail_sys(err, errno, "could not open the lock \"%s\"", path);
	while (flock(fd, (kind == FS_LOCK_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {
		int rc = 0;
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			rc = fail_sys(err, errno, "could not lock \"%s\"", path);
		else if (clock_mono_ms() - start >= wait_ms)
			rc = fail_locked(fd, path, err);
		if (rc < 0) {
			close(fd);
			return rc;
		}
		clock_sleep_ms(10);
	}
	if (kind == FS_LOCK_EXCLUSIVE)
		note_holder(fd);
	lock->fd = fd;
	lock->exclusive = kind == FS_LOCK_EXCLUSIVE;
	return 0;
}

void fs_unlock(struct fs_lock *lock)
{
	if (lock->fd < 0)
		return;
	/* A number that stays behind would be blamed for a later, shared lock. */
	if (lock->exclusive && (fault_here() || ftruncate(lock->fd, 0) < 0))
		errno = 0;
	close(lock->fd); /* closing the last descriptor drops the lock */
	*lock = (struct fs_lock)FS_LOCK_NONE;
}
