/* Temporary files without a name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/xid.h"

#include "base/banned.h"

/* Where the file system cannot make one without a name, it has one for a moment. */
static int open_named(const char *dir)
{
	char id[XID_LEN + 1];

	xid_new(id, 0);
	AUTO_FREE char *path = xasprintf("%s/" FS_TMP_PREFIX "%s", dir, id);
	int fd = fault_here()
			 ? -1
			 : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && (fault_here() || unlink(path) < 0)) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int open_in(const char *dir)
{
	int fd = fault_here() ? -1 : open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		fd = open_named(dir);
	return fd;
}

/* The places that other programs use too; /tmp last, as it may be memory itself. */
int fs_temporary(int *out, struct error *err)
{
	const char *dirs[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	const char *first = NULL;
	int code = 0;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		if (!dirs[i] || dirs[i][0] != '/')
			continue;
		*out = open_in(dirs[i]);
		if (*out >= 0)
			return 0;
		if (!first) {
			first = dirs[i];
			code = errno;
		}
	}
	return fail_sys(
		err, code,
		"could not make a temporary file in \"%s\" (TMPDIR may name another folder)",
		first);
}

/* " in "<folder>"" for a message, as the kernel knows where such a file is; else nothing. */
static void put_folder(struct str *out, int fd)
{
	char link[40], path[4096] = "";

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof path - 1);
	path[len > 0 ? len : 0] = '\0';
	const char *end = strrchr(path, '/');
	if (end && end > path) {
		str_puts(out, " in \"");
		str_put_safe(out, view_make(path, (size_t)(end - path)));
		str_puts(out, "\"");
	}
}

static int fail_write(int fd, int code, struct error *err)
{
	AUTO_STR folder = {0};

	put_folder(&folder, fd);
	return fail_sys(err, code,
			"could not write to a temporary file%s (TMPDIR may name another folder for "
			"it)",
			str_cstr(&folder));
}

int fs_write_at(int fd, uint64_t at, struct view bytes, struct error *err)
{
	while (bytes.len) {
		ssize_t n = fault_here() ? -1 : pwrite(fd, bytes.ptr, bytes.len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_write(fd, errno, err);
		bytes.ptr += n;
		bytes.len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

int fs_read_at(int fd, uint64_t at, char *to, size_t len, struct error *err)
{
	while (len) {
		ssize_t n = pread(fd, to, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_sys(err, n < 0 ? errno : EIO,
					"could not read a temporary file");
		to += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}
