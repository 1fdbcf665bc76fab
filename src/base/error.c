/* Fills in and translates struct error. */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

struct code_row {
	enum error_code code;
	const char *name;
	int exit_status;
	int http_status;
};

#define ERROR_ROW(id, value, name, exit_status, http_status) {id, name, exit_status, http_status},
static const struct code_row rows[] = {ERROR_CODES(ERROR_ROW)};
#undef ERROR_ROW

static const struct code_row *row_of(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((int)rows[i].code == code)
			return &rows[i];
	return &rows[ARRAY_LEN(rows) - 1];
}

/* Formats into buf; a text that is too long ends between two characters, not inside one. */
static PRINTF_LIKE(3, 0) void format(char *buf, size_t size, const char *fmt, va_list ap)
{
	int len = vsnprintf(buf, size, fmt, ap);

	if (len < 0)
		buf[0] = '\0';
	else if ((size_t)len >= size)
		buf[utf8_cut(buf, size - 1)] = '\0';
}

/* The analyzer's view of these, which error.h gives to callers. */
#undef fail
#undef fail_sys

int failv(struct error *err, enum error_code code, const char *fmt, va_list ap)
{
	if (err && err->code == E_OK) {
		err->code = code;
		err->hint[0] = '\0';
		format(err->msg, sizeof err->msg, fmt, ap);
	}
	return (int)code;
}

int fail(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int rc = failv(err, code, fmt, ap);
	va_end(ap);
	return rc;
}

static enum error_code code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return E_NOTFOUND;
	case EEXIST:
	case ENOTEMPTY:
		return E_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
		return E_ACCESS;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return E_NOSPACE;
	default:
		return E_IO;
	}
}

int fail_sys(struct error *err, int errnum, const char *fmt, ...)
{
	enum error_code code = code_of_errno(errnum);

	if (!err || err->code != E_OK)
		return (int)code;
	va_list ap;
	va_start(ap, fmt);
	failv(err, code, fmt, ap);
	va_end(ap);

	/* The reason is always kept whole: it is what a long path must make room for. */
	char reason[128];
	snprintf(reason, sizeof reason, ": %s", strerror(errnum));
	size_t len = strlen(err->msg), room = sizeof err->msg - 1 - strlen(reason);
	if (len > room)
		len = utf8_cut(err->msg, room);
	memcpy(err->msg + len, reason, strlen(reason) + 1);
	if (errnum == EROFS)
		hint(err, "The file system is mounted read-only: work in a writable copy.");
	else if (code == E_ACCESS)
		hint(err,
		     "Check who owns the file and its directory, and that you may write there.");
	else if (errnum == EFBIG)
		hint(err,
		     "Raise the limit on the size of files (\"ulimit -f\"), then run the command "
		     "again: nothing was lost.");
	else if (code == E_NOSPACE)
		hint(err, "Free some disk space or quota, then run the command again: nothing was "
			  "lost.");
	return (int)code;
}

void hint(struct error *err, const char *fmt, ...)
{
	if (!err || err->code == E_OK || err->hint[0])
		return;
	va_list ap;
	va_start(ap, fmt);
	format(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
}

void error_prefix(struct error *err, const char *fmt, ...)
{
	char text[sizeof err->msg];

	if (!err || err->code == E_OK)
		return;
	va_list ap;
	va_start(ap, fmt);
	format(text, sizeof text, fmt, ap);
	va_end(ap);

	/* The cause matters more than a long prefix: the prefix gets half the room at most. */
	size_t want = strlen(text), have = strlen(err->msg);
	size_t room = sizeof err->msg - 3;
	if (want > room / 2)
		want = utf8_cut(text, room / 2);
	if (have > room - want)
		have = utf8_cut(err->msg, room - want);
	memmove(err->msg + want + 2, err->msg, have);
	memcpy(err->msg, text, want);
	memcpy(err->msg + want, ": ", 2);
	err->msg[want + 2 + have] = '\0';
}

int error_recode(struct error *err, enum error_code code)
{
	if (err && err->code != E_OK)
		err->code = code;
	return (int)code;
}

void error_clear(struct error *err)
{
	if (err)
		*err = (struct error){0};
}

const char *error_name(int code)
{
	return code == E_OK ? "ok" : row_of(code)->name;
}

int error_exit_status(int code)
{
	return code == E_OK ? 0 : row_of(code)->exit_status;
}

int error_http_status(int code)
{
	return code == E_OK ? 200 : row_of(code)->http_status;
}
