/* The one file that allocates memory without a way to fail. */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/banned.h"

static NORETURN void exhausted(void)
{
	fputs("xata: error: out of memory\n", stderr);
	abort();
}

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		exhausted();
	return p;
}

void *xrealloc(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		exhausted();
	void *q = realloc(p, bytes ? bytes : 1);
	if (!q)
		exhausted();
	return q;
}

char *xstrndup(const char *s, size_t len)
{
	if (len == SIZE_MAX)
		exhausted(); /* len + 1 would be 0 */
	char *copy = xrealloc(NULL, len + 1, 1);
	if (len)
		memcpy(copy, s, len); /* an empty view may have no pointer */
	copy[len] = '\0';
	return copy;
}

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	int len = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (len < 0)
		exhausted();
	return s;
}

void memory_give_back(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

void secret_free(char *s)
{
	if (!s)
		return;
	explicit_bzero(s, strlen(s));
	free(s);
}
