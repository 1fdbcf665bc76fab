/*
 * Byte strings: struct str grows up to a maximum and fails stickily; struct view borrows.
 *
 * Append freely and ask once: after a failed append (over the maximum) every later append is a
 * no-op and str_ok() is false. Zero bytes are a valid empty string, so `AUTO_STR s = {0}` is
 * enough; such a string has the default maximum STR_MAX.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"

#define STR_MAX ((size_t)64 << 20) /* bytes; what a string may hold unless .max says otherwise */

struct view {
	const char *ptr; /* not terminated */
	size_t len;
};

struct str {
	char *ptr;  /* NUL behind the last byte, or NULL while empty: read it through str_cstr() */
	size_t len; /* bytes, without the NUL */
	size_t cap;
	size_t max; /* 0: STR_MAX */
	bool failed;
};

/* What is appended may not lie in s itself: growing moves it. */
void str_put(struct str *s, const void *bytes, size_t len);
void str_puts(struct str *s, const char *text);
void str_putc(struct str *s, char c);
void str_putv(struct str *s, struct view v);
void str_printf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void str_vprintf(struct str *s, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* How many bytes may still be appended; 0 after a failure. */
size_t str_room(const struct str *s);

/* Makes room for len more bytes and returns where they go, or NULL; then str_added(len). */
char *str_reserve(struct str *s, size_t len);
void str_added(struct str *s, size_t len);

bool str_ok(const struct str *s);
const char *str_cstr(const struct str *s); /* borrowed until the next change; "" when empty */
struct view str_view(const struct str *s); /* borrowed until the next change */
void str_clear(struct str *s);		   /* keeps the memory; forgets a failure */
char *str_steal(struct str *s);		   /* the caller free()s; NULL when s failed */
void str_release(struct str *s);
AUTO_VALUE_DEFINE(str)
#define AUTO_STR AUTO_VALUE(str)

/* E_LIMIT naming what when an append failed, else 0. */
int str_check(const struct str *s, const char *what, struct error *err) MUST_USE;

struct view view_of(const char *text); /* NULL gives an empty view */
struct view view_make(const char *ptr, size_t len);
bool view_eq(struct view a, struct view b);
bool view_is(struct view a, const char *text);
bool view_starts(struct view a, const char *prefix);
struct view view_trim(struct view v); /* without white space (space, \t, \r, \n) at both ends */
char *view_dup(struct view v);	      /* the caller free()s */

/* Cuts the next line off *rest, without its LF (a CR stays); false when *rest is empty. */
bool view_line(struct view *rest, struct view *line);

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool starts_with(const char *s, const char *prefix);
bool ends_with(const char *s, const char *suffix);
void ascii_lower(char *text); /* in place; letters beyond ASCII stay as they are */

/*
 * Appends text from outside so that a terminal is safe from it: control characters (C0, DEL, C1),
 * bytes that are not UTF-8, and invisible or bidirectional formatting characters become \xNN or
 * \u{NNNN}; a line feed too.
 */
void str_put_safe(struct str *s, struct view text);

/*
 * The same for the text of a JSON document: what is harmful becomes \uNNNN, so that its value
 * stays. Line feeds and tabs, which stand between values only, stay as they are.
 */
void str_put_safe_json(struct str *s, struct view json);

/*
 * The text as one word of a command for a POSIX shell, in single quotes where others than a few
 * plain characters are in it; the caller free()s it.
 */
char *shell_word(const char *text);

/*
 * Overwrites a secret with asterisks wherever it stands in text, whole or as much of its beginning
 * as a text that was cut has of it. One shorter than SECRET_MIN occurs in ordinary text and guards
 * nothing: it stays, as does a beginning shorter than SECRET_PART.
 */
#define SECRET_MIN 8   /* bytes */
#define SECRET_PART 10 /* bytes */
void mask_secret(char *text, size_t len, const char *secret);

/* Whole decimal number in [min, max], nothing around it; false otherwise. */
bool parse_long(long *out, const char *text, long min, long max);

/* How many of the first len bytes remain when a UTF-8 sequence cut off at their end goes too. */
size_t utf8_cut(const char *text, size_t len);

/* Appends text with every byte that is not UTF-8 as U+FFFD. */
void str_put_utf8(struct str *s, struct view text);

/* Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool utf8_valid(struct view v);

/* A growing list of owned strings; zero bytes are a valid empty one. */
struct strs {
	char **items;
	size_t len;
	size_t cap;
};

void strs_add(struct strs *l, const char *text);       /* copies */
void strs_take(struct strs *l, char *text);	       /* takes */
bool strs_has(const struct strs *l, const char *text); /* linear */
void strs_sort(struct strs *l);
void strs_release(struct strs *l);
AUTO_VALUE_DEFINE(strs)

#endif
