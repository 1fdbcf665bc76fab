/*
 * The file system: every system call of the project that reads or changes a file of the user goes
 * through here, so that a test can make each of them fail (base/fault.h says how).
 *
 * Paths are relative to a directory descriptor. Failures name the path and come as E_NOTFOUND,
 * E_EXISTS, E_ACCESS, E_NOSPACE or E_IO.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"

/* A descriptor that is closed when it goes out of scope; never for a written file. */
static inline void fs_close_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTO_FD __attribute__((cleanup(fs_close_))) int

enum fs_follow { FS_FOLLOW, FS_NOFOLLOW }; /* whether the last component may be a symbolic link */

int fs_open_dir(int *out, int dir, const char *path, enum fs_follow follow,
		struct error *err) MUST_USE;

/*
 * mkdir -p, every new directory with mode (before umask); an existing directory is fine, anything
 * else in the way is E_NOTFOUND ("Not a directory").
 */
int fs_make_dirs(int dir, const char *path, mode_t mode, struct error *err) MUST_USE;

/*
 * Appends the whole file to out; E_LIMIT over max bytes, or over what out may still hold. What is
 * not a regular file is E_INVALID: a FIFO or a directory in a project must not hang or confuse.
 */
int fs_read(struct str *out, int dir, const char *path, size_t max, struct error *err) MUST_USE;

/*
 * As fs_read, but a symbolic link is E_INVALID: one that came with a project could lead to a file
 * that nobody means to show, such as the user's credentials.
 */
int fs_read_nofollow(struct str *out, int dir, const char *path, size_t max,
		     struct error *err) MUST_USE;

/* As fs_read for an open descriptor, at most max bytes; what is for the message. */
int fs_read_fd(struct str *out, int fd, size_t max, const char *what, struct error *err) MUST_USE;

/*
 * Shows the file in pieces of some 64 KB instead of keeping it, as long as each says to go on. What
 * was never touched before costs more to fill than to read. E_LIMIT over max bytes.
 */
int fs_read_pieces(int dir, const char *path, enum fs_follow follow, size_t max,
		   bool (*each)(void *ctx, struct view piece), void *ctx,
		   struct error *err) MUST_USE;

/* What cannot stay the same when the content of a regular file changes (but see glance.c). */
struct fs_stamp {
	uint64_t dev, ino;
	int64_t size, mtime_ns, ctime_ns;
};
bool fs_stamp(struct fs_stamp *out, int dir, const char *path); /* false: there is none */

bool fs_exists(int dir, const char *path); /* anything, a dangling link too */

enum fs_durability {
	FS_LAZY,    /* the caller makes a batch durable later with fs_sync_all() */
	FS_DURABLE, /* fsync of the file and of its directory before the call returns */
};

/*
 * Makes a new file (E_EXISTS when there is one, a dangling link counts) of exactly mode, or of 0666
 * less the umask when mode is 0. Until it is complete only its owner may read it, unless mode is
 * 0. Removes it again on failure.
 */
int fs_write_new(int dir, const char *path, struct view bytes, mode_t mode,
		 enum fs_durability durability, struct error *err) MUST_USE;

/*
 * Replaces path with new content in one step: readers see the old bytes or the new ones, after a
 * power loss too. The temporary file is made in tmp_dir (the same file system; often dir itself),
 * with a name that starts with FS_TMP_PREFIX, and exactly mode; mode 0 keeps that of the file
 * replaced, or gives 0666 less the umask. A symbolic link at path is itself replaced.
 *
 * On failure the old content is there, but for one case that the message tells: the new content is
 * there and the directory could not be made durable.
 */
#define FS_TMP_PREFIX ".xata-tmp-"
int fs_replace(int dir, const char *path, int tmp_dir, struct view bytes, mode_t mode,
	       struct error *err) MUST_USE;

/* As fs_replace for a path anywhere, with the temporary file beside it. */
int fs_replace_path(const char *path, struct view bytes, mode_t mode, struct error *err) MUST_USE;
/* The same for content that is not held in memory: write puts it into fd, with fs_write(). */
typedef int fs_write_content(void *ctx, int fd);
int fs_replace_written(const char *path, fs_write_content *write, void *ctx, mode_t mode,
		       struct error *err) MUST_USE;
/* Writes all of bytes; -1 with errno. */
int fs_write(int fd, struct view bytes) MUST_USE;

/* Moves a file; replaces an existing one. Durable after fs_sync_dir on both directories. */
int fs_rename(int from_dir, const char *from, int to_dir, const char *to,
	      struct error *err) MUST_USE;

/*
 * Gives a file a second name, which is quicker than a copy and takes no room; *out is false where
 * the file system cannot. A symbolic link is not followed. The content is as durable as it was.
 */
int fs_link(bool *out, int from_dir, const char *from, int to_dir, const char *to,
	    struct error *err) MUST_USE;

/*
 * A new file without a name, for the bytes that memory should not hold: in $TMPDIR, else in
 * /var/tmp or /tmp. Only this process has it, and it is gone with the descriptor, which the caller
 * closes.
 */
int fs_temporary(int *out, struct error *err) MUST_USE;
/* Writes, reads exactly these bytes at a position of such a file. */
int fs_write_at(int fd, uint64_t at, struct view bytes, struct error *err) MUST_USE;
int fs_read_at(int fd, uint64_t at, char *to, size_t len, struct error *err) MUST_USE;

int fs_unlink(int dir, const char *path, struct error *err) MUST_USE; /* an absent file is fine */
int fs_remove_tree(int dir, const char *path, struct error *err) MUST_USE; /* never follows links */
int fs_sync_dir(int dir, struct error *err) MUST_USE;
int fs_sync_all(int dir, struct error *err) MUST_USE; /* the whole file system of dir */

/* Names in the directory without "." and "..", unsorted. path may not be a symbolic link. */
int fs_list(struct strs *out, int dir, const char *path, struct error *err) MUST_USE;
/* Shows each of them instead of keeping it. */
int fs_each(int dir, const char *path, void (*each)(void *ctx, const char *name), void *ctx,
	    struct error *err) MUST_USE;

/*
 * An advisory lock on a file (made when absent) that the kernel drops when the process dies. The
 * file stays; while an exclusive lock is held, it has the holder's process id, for messages only.
 * Two locks of one process exclude each other too.
 */
struct fs_lock {
	int fd; /* -1: not held */
	bool exclusive;
};
#define FS_LOCK_NONE     \
	{                \
		.fd = -1 \
	}
enum fs_lock_kind { FS_LOCK_SHARED, FS_LOCK_EXCLUSIVE };

/*
 * Waits up to wait_ms (0: not at all); E_LOCKED naming the holder when it stays taken. A shared
 * lock needs only a readable file; E_ACCESS when there is none and it cannot be made.
 */
int fs_lock(struct fs_lock *lock, int dir, const char *path, enum fs_lock_kind kind, long wait_ms,
	    struct error *err) MUST_USE;
void fs_unlock(struct fs_lock *lock);

#endif
