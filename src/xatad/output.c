/* Prints results, warnings and errors. */
#include "xatad/output.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"

#include "base/banned.h"

void print_json(json_t *doc)
{
	AUTO_STR text = {0};

	json_write(&text, doc, JSON_FORM_PRETTY);
	json_decref(doc);
	fprintf(stdout, "%s\n", str_cstr(&text));
}

static void print_safe(FILE *to, const char *prefix, const char *text)
{
	AUTO_STR safe = {0};

	str_put_safe(&safe, view_of(text));
	fprintf(to, "%s%s\n", prefix, str_cstr(&safe));
}

static void print_formatted(FILE *to, const char *prefix, const char *fmt, va_list ap)
	PRINTF_LIKE(3, 0);
static void print_formatted(FILE *to, const char *prefix, const char *fmt, va_list ap)
{
	AUTO_STR text = {0};

	str_vprintf(&text, fmt, ap);
	print_safe(to, prefix, str_cstr(&text));
}

void print_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_formatted(stdout, "", fmt, ap);
	va_end(ap);
}

void print_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_formatted(stderr, "xatad: warning: ", fmt, ap);
	va_end(ap);
}

void print_error(const struct error *err)
{
	print_safe(stderr, "xatad: error: ", err->msg);
	if (err->hint[0])
		print_safe(stderr, "xatad: hint: ", err->hint);
}

int finish_output(struct error *err)
{
	errno = EIO; /* an earlier failure left only the stream's flag */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return fail_sys(err, errno, "could not write to standard output");
}
