/*
 * Allocation of small, fixed sizes: these abort when memory is exhausted, which no caller could
 * mend. Anything whose size comes from input goes through struct str, which has a maximum and
 * reports E_LIMIT.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>
#include <stdlib.h>

#include "base/attr.h"

void *xcalloc(size_t count, size_t size) MUST_USE;	     /* zeroed; free() it */
void *xrealloc(void *p, size_t count, size_t size) MUST_USE; /* aborts on overflow too */
char *xstrdup(const char *s) MUST_USE;			     /* NULL gives NULL */
char *xstrndup(const char *s, size_t len) MUST_USE;	     /* exactly len bytes and a NUL */
char *xasprintf(const char *fmt, ...) MUST_USE PRINTF_LIKE(1, 2);

/*
 * Gives memory that is free now back to the system. For after work that took much of it: each
 * thread would keep what it freed, for itself.
 */
void memory_give_back(void);

/* Overwrites a string that held a secret, in a way the compiler keeps, and frees it. */
void secret_free(char *s);

/* AUTO_FREE char *s: free()d when it goes out of scope. */
static inline void auto_free_ptr(void *p)
{
	free(*(void **)p);
}
#define AUTO_FREE __attribute__((cleanup(auto_free_ptr)))

#endif
