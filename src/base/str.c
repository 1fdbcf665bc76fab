/* Bounded byte strings, borrowed views and string lists. */
#include "base/str.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/banned.h"

/* A maximum near SIZE_MAX would overflow the sums below. */
#define MAX_MAX (SIZE_MAX / 4)

static size_t max_of(const struct str *s)
{
	size_t max = s->max ? s->max : STR_MAX;

	return max < MAX_MAX ? max : MAX_MAX;
}

size_t str_room(const struct str *s)
{
	size_t max = max_of(s);

	return s->failed || s->len > max ? 0 : max - s->len;
}

static void grow(struct str *s, size_t need)
{
	size_t cap = s->cap ? s->cap : 64;

	while (cap < need)
		cap += cap / 2 + 8;
	s->ptr = xrealloc(s->ptr, cap, 1);
	s->cap = cap;
}

char *str_reserve(struct str *s, size_t len)
{
	if (len > str_room(s) || s->failed) {
		s->failed = true;
		return NULL;
	}
	if (s->len + len >= s->cap)
		grow(s, s->len + len + 1);
	return s->ptr + s->len;
}

void str_added(struct str *s, size_t len)
{
	s->len += len;
	s->ptr[s->len] = '\0';
}

void str_put(struct str *s, const void *bytes, size_t len)
{
	char *to = str_reserve(s, len);

	if (!to)
		return;
	if (len)
		memcpy(to, bytes, len);
	str_added(s, len);
}

void str_puts(struct str *s, const char *text)
{
	str_put(s, text, strlen(text));
}

void str_putc(struct str *s, char c)
{
	char *to = str_reserve(s, 1);

	if (!to)
		return;
	*to = c;
	str_added(s, 1);
}

void str_putv(struct str *s, struct view v)
{
	str_put(s, v.ptr, v.len);
}

void str_vprintf(struct str *s, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, ap);
	char *to = len < 0 ? NULL : str_reserve(s, (size_t)len);
	if (to) {
		vsnprintf(to, (size_t)len + 1, fmt, again);
		str_added(s, (size_t)len);
	} else {
		s->failed = true;
	}
	va_end(again);
}

void str_printf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(s, fmt, ap);
	va_end(ap);
}

bool str_ok(const struct str *s)
{
	return !s->failed;
}

int str_check(const struct str *s, const char *what, struct error *err)
{
	if (!s->failed)
		return 0;
	return fail(err, E_LIMIT, "%s is over the limit of %zu bytes", what, max_of(s));
}

const char *str_cstr(const struct str *s)
{
	return s->ptr ? s->ptr : "";
}

struct view str_view(const struct str *s)
{
	return (struct view){str_cstr(s), s->len};
}

void str_clear(struct str *s)
{
	s->len = 0;
	s->failed = false;
	if (s->ptr)
		s->ptr[0] = '\0';
}

char *str_steal(struct str *s)
{
	if (s->failed)
		return NULL;
	char *p = s->ptr ? s->ptr : xstrdup("");
	*s = (struct str){.max = s->max};
	return p;
}

void str_release(struct str *s)
{
	free(s->ptr);
	*s = (struct str){.max = s->max};
}

struct view view_of(const char *text)
{
	return (struct view){text ? text : "", text ? strlen(text) : 0};
}

struct view view_make(const char *ptr, size_t len)
{
	return (struct view){ptr, len};
}

bool view_eq(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool view_is(struct view a, const char *text)
{
	return view_eq(a, view_of(text));
}

bool view_starts(struct view a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && (len == 0 || memcmp(a.ptr, prefix, len) == 0);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct view view_trim(struct view v)
{
	while (v.len && is_space(v.ptr[0])) {
		v.ptr++;
		v.len--;
	}
	while (v.len && is_space(v.ptr[v.len - 1]))
		v.len--;
	return v;
}

char *view_dup(struct view v)
{
	return xstrndup(v.ptr, v.len);
}

bool view_line(struct view *rest, struct view *line)
{
	if (rest->len == 0)
		return false;
	const char *lf = memchr(rest->ptr, '\n', rest->len);
	size_t len = lf ? (size_t)(lf - rest->ptr) : rest->len;
	*line = (struct view){rest->ptr, len};
	size_t used = len + (lf ? 1 : 0);
	rest->ptr += used;
	rest->len -= used;
	return true;
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

void ascii_lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/*
 * Decodes the code point at p, of which len bytes are there: its length in bytes, or 0 when the
 * bytes are not well-formed UTF-8 (Unicode 15, table 3-7).
 */
static size_t utf8_decode(const unsigned char *p, size_t len, unsigned *cp)
{
	size_t n = p[0] < 0x80	 ? 1
		   : p[0] < 0xC2 ? 0
		   : p[0] < 0xE0 ? 2
		   : p[0] < 0xF0 ? 3
		   : p[0] < 0xF5 ? 4
				 : 0;

	if (n == 0 || n > len)
		return 0;
	unsigned c = n == 1 ? p[0] : p[0] & (0xFFU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3FU);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || c > 0x10FFFF ||
	    (c >= 0xD800 && c < 0xE000))
		return 0;
	*cp = c;
	return n;
}

size_t utf8_cut(const char *text, size_t len)
{
	size_t start = len;
	unsigned cp;

	while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0 || (unsigned char)text[start - 1] < 0xC0)
		return len;
	start--;
	return utf8_decode((const unsigned char *)text + start, len - start, &cp) ? len : start;
}

void str_put_utf8(struct str *s, struct view text)
{
	const unsigned char *p = (const unsigned char *)text.ptr;
	unsigned cp;

	for (size_t i = 0; i < text.len;) {
		size_t n = utf8_decode(p + i, text.len - i, &cp);
		if (n)
			str_put(s, p + i, n);
		else
			str_puts(s, "\xEF\xBF\xBD");
		i += n ? n : 1;
	}
}

static bool is_plain_word(const char *text)
{
	static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ/._-^~@:+,%";

	return *text && *text != '~' && !text[strspn(text, plain)];
}

char *shell_word(const char *text)
{
	AUTO_STR word = {0};

	if (is_plain_word(text))
		return xstrdup(text);
	str_putc(&word, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			str_puts(&word, "'\\''");
		else
			str_putc(&word, *text);
	}
	str_putc(&word, '\'');
	return xstrdup(str_cstr(&word));
}

bool utf8_valid(struct view v)
{
	const unsigned char *p = (const unsigned char *)v.ptr;
	unsigned cp;

	for (size_t i = 0, n; i < v.len; i += n) {
		n = utf8_decode(p + i, v.len - i, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

static bool is_harmful(unsigned cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x061C ||
	       (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202E) ||
	       (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB) ||
	       (cp >= 0xE0000 && cp <= 0xE007F);
}

void str_put_safe(struct str *s, struct view text)
{
	const unsigned char *p = (const unsigned char *)text.ptr;

	for (size_t i = 0; i < text.len;) {
		unsigned cp;
		size_t n = utf8_decode(p + i, text.len - i, &cp);
		if (n == 0)
			str_printf(s, "\\x%02x", p[i]);
		else if (!is_harmful(cp))
			str_put(s, p + i, n);
		else if (cp < 0x80)
			str_printf(s, "\\x%02x", cp);
		else
			str_printf(s, "\\u{%04x}", cp);
		i += n ? n : 1;
	}
}

void str_put_safe_json(struct str *s, struct view json)
{
	const unsigned char *p = (const unsigned char *)json.ptr;

	for (size_t i = 0; i < json.len;) {
		unsigned cp;
		size_t n = utf8_decode(p + i, json.len - i, &cp);
		if (n == 0)
			str_puts(s, "\\ufffd");
		else if (p[i] == '\n' || p[i] == '\t' || !is_harmful(cp))
			str_put(s, p + i, n);
		else if (cp < 0x10000)
			str_printf(s, "\\u%04x", cp);
		else
			str_printf(s, "\\u%04x\\u%04x", 0xD800 + ((cp - 0x10000) >> 10),
				   0xDC00 + ((cp - 0x10000) & 0x3FF));
		i += n ? n : 1;
	}
}

void mask_secret(char *text, size_t len, const char *secret)
{
	size_t n = secret ? strlen(secret) : 0;
	size_t least = n < SECRET_PART ? n : SECRET_PART;
	char *at;

	if (n < SECRET_MIN)
		return;
	while (len && (at = memmem(text, len, secret, least)) != NULL) {
		size_t rest = len - (size_t)(at - text), same = least;
		while (same < n && same < rest && at[same] == secret[same])
			same++;
		memset(at, '*', same);
		text = at + same;
		len = rest - same;
	}
}

bool parse_long(long *out, const char *text, long min, long max)
{
	char *end;

	if (!text || !(*text == '-' || (*text >= '0' && *text <= '9')))
		return false;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (errno || *end || end == text || value < min || value > max)
		return false;
	*out = value;
	return true;
}

void strs_take(struct strs *l, char *text)
{
	if (l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->items = xrealloc(l->items, l->cap, sizeof *l->items);
	}
	l->items[l->len++] = text;
}

void strs_add(struct strs *l, const char *text)
{
	strs_take(l, xstrdup(text));
}

bool strs_has(const struct strs *l, const char *text)
{
	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->items[i], text) == 0)
			return true;
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strs_sort(struct strs *l)
{
	if (l->len)
		qsort(l->items, l->len, sizeof *l->items, by_bytes);
}

void strs_release(struct strs *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct strs){0};
}
