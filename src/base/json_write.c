/* Writes JSON in the three forms the project uses. */
#include "base/json.h"

#include <float.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_parse.h"

#include "base/banned.h"

static void put_escape(struct str *out, unsigned char c)
{
	static const char letters[] = "btn?fr"; /* U+0008 to U+000D; U+000B has no short form */

	if (c == '"' || c == '\\')
		str_printf(out, "\\%c", c);
	else if (c >= 0x08 && c <= 0x0D && c != 0x0B)
		str_printf(out, "\\%c", letters[c - 0x08]);
	else
		str_printf(out, "\\u%04x", c);
}

/* The first byte from i on that cannot stand in a string as it is; the length when there is none.
 */
static size_t find_escape(struct view text, size_t i, bool html)
{
	bool ascii = true;

	if (!html && i < text.len) {
		const char *end = text.ptr + text.len;
		return (size_t)(json_plain_end(text.ptr + i, end, &ascii) - text.ptr);
	}
	for (; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&')
			break;
	}
	return i;
}

/* Most strings need no escape: those are appended in one go. */
static void write_string(struct str *out, struct view text, bool html)
{
	size_t from = 0, i = find_escape(text, 0, html);
	char *to = i == text.len ? str_reserve(out, i + 2) : NULL;

	if (to) {
		to[0] = '"';
		if (i)
			memcpy(to + 1, text.ptr, i);
		to[i + 1] = '"';
		str_added(out, i + 2);
		return;
	}
	str_putc(out, '"');
	for (; i < text.len; i = find_escape(text, from, html)) {
		str_put(out, text.ptr + from, i - from);
		put_escape(out, (unsigned char)text.ptr[i]);
		from = i + 1;
	}
	str_put(out, text.ptr + from, text.len - from);
	str_putc(out, '"');
}

void json_write_string(struct str *out, struct view text)
{
	write_string(out, text, false);
}

#define DIGITS_MAX 17 /* enough to tell any two doubles apart */

/* A positive number as 0.d1d2d3… * 10^point, without zeros at the end. */
struct decimal {
	char digits[DIGITS_MAX + 1];
	int len;
	int point;
};

/* Reads the digits out of "d.ddde±xx"; the decimal point may be another one in some locale. */
static void decimal_parse(struct decimal *d, const char *text)
{
	d->len = 0;
	for (; *text != 'e'; text++)
		if (*text >= '0' && *text <= '9' && d->len < DIGITS_MAX)
			d->digits[d->len++] = *text;
	while (d->len > 1 && d->digits[d->len - 1] == '0')
		d->len--;
	d->digits[d->len] = '\0';
	d->point = (int)strtol(text + 1, NULL, 10) + 1;
}

/* The next larger decimal of that many digits; false when it has fewer, as after a last 9. */
static bool decimal_increment(struct decimal *d, int digits)
{
	while (d->len < digits)
		d->digits[d->len++] = '0';
	d->digits[digits] = '\0';
	if (d->digits[digits - 1] == '9')
		return false;
	d->digits[digits - 1]++;
	return true;
}

static bool decimal_is(const struct decimal *d, double x)
{
	char text[48];

	snprintf(text, sizeof text, "%se%d", d->digits, d->point - d->len);
	return strtod(text, NULL) == x;
}

/* The decimal of n digits nearest to x. */
static void decimal_round(struct decimal *d, double x, int n)
{
	char text[40];

	snprintf(text, sizeof text, "%.*e", n - 1, x);
	decimal_parse(d, text);
}

/*
 * The fewest digits that a subnormal x needs, which may be any number of them. Those next to x are
 * as far away on both sides, so what reads back with some digits does with more: halving finds it.
 */
static int subnormal_digits(double x)
{
	int least = 1, most = DIGITS_MAX;
	struct decimal d;

	while (least < most) {
		int n = (least + most) / 2;
		decimal_round(&d, x, n);
		if (decimal_is(&d, x))
			most = n;
		else
			least = n + 1;
	}
	return least;
}

/*
 * The fewest digits that read back as x > 0, and of these the nearest. A normal number that has a
 * form of 15 digits or fewer shows it when rounded to 15. The doubles below a power of two are
 * nearer to it than those above, so there the decimal above may be right though the nearest one is
 * not.
 */
static void decimal_of(struct decimal *d, double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	bool power = (bits & (((uint64_t)1 << (DBL_MANT_DIG - 1)) - 1)) == 0;
	for (int n = x < DBL_MIN ? subnormal_digits(x) : DBL_DIG; n <= DIGITS_MAX; n++) {
		decimal_round(d, x, n);
		if (n == DIGITS_MAX || decimal_is(d, x))
			return;
		if (power && n > DBL_DIG && decimal_increment(d, n) && decimal_is(d, x))
			return;
	}
}

/* As printf's "%lld", which took most of the time of a text full of numbers. */
static void put_whole(struct str *out, long long x)
{
	char digits[24], *at = digits + sizeof digits;
	unsigned long long left = x < 0 ? 0 - (unsigned long long)x : (unsigned long long)x;

	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (x < 0)
		*--at = '-';
	str_put(out, at, (size_t)(digits + sizeof digits - at));
}

/* ECMAScript Number::toString: the shortest digits that read back as x, laid out by exponent. */
static void write_double(struct str *out, double x)
{
	static const char zeros[] = "00000000000000000000";
	struct decimal d = {0};

	if (x < 0)
		str_putc(out, '-');
	x = x < 0 ? -x : x;
	if (x < JSON_SAFE_INTEGER && x == (double)(long long)x) {
		put_whole(out, (long long)x); /* exact; -0 becomes 0 */
		return;
	}
	decimal_of(&d, x);
	if (d.point > 21 || d.point < -5) {
		str_putc(out, d.digits[0]);
		if (d.len > 1)
			str_printf(out, ".%s", d.digits + 1);
		str_printf(out, "e%+d", d.point - 1);
	} else if (d.point <= 0) {
		str_printf(out, "0.%.*s%s", -d.point, zeros, d.digits);
	} else if (d.len <= d.point) {
		str_printf(out, "%s%.*s", d.digits, d.point - d.len, zeros);
	} else {
		str_printf(out, "%.*s.%s", d.point, d.digits, d.digits + d.point);
	}
}

#define PIECE ((size_t)64 << 10)

struct writer {
	struct str *out;
	bool pretty, canonical, html;
	int level;
	void (*take)(void *ctx, struct str *piece); /* NULL: all of it stays in out */
	void *ctx;
};

static void write_value(struct writer *w, const json_t *value);

/* Between two values: what stands in out is handed on. */
static void pass_on(struct writer *w, size_t least)
{
	if (!w->take || w->out->len < least)
		return;
	w->take(w->ctx, w->out);
	str_clear(w->out);
}

static void newline(struct writer *w)
{
	size_t len = w->pretty ? 1 + (size_t)w->level * 2 : 0;
	char *to = len ? str_reserve(w->out, len) : NULL;

	if (!to)
		return;
	to[0] = '\n';
	memset(to + 1, ' ', len - 1);
	str_added(w->out, len);
}

/* The UTF-16 code unit order of RFC 8785: bytes order alike except that U+E000..U+FFFF go last. */
static int by_utf16(const void *a, const void *b)
{
	const unsigned char *p = *(const unsigned char *const *)a,
			    *q = *(const unsigned char *const *)b;

	while (*p && *p == *q) {
		p++;
		q++;
	}
	bool astral_p = *p >= 0xF0, astral_q = *q >= 0xF0;
	if (astral_p != astral_q && *p >= 0xEE && *q >= 0xEE)
		return astral_p ? -1 : 1;
	return *p < *q ? -1 : *p > *q;
}

static void write_member(struct writer *w, const char *key, const json_t *value, bool first)
{
	if (!first)
		str_putc(w->out, ',');
	pass_on(w, PIECE);
	newline(w);
	write_string(w->out, view_of(key), w->html);
	str_puts(w->out, w->pretty ? ": " : ":");
	write_value(w, value);
}

static void write_sorted(struct writer *w, const json_t *obj)
{
	size_t n = json_object_size(obj), i = 0;
	const char *few[32];
	const char **keys = n <= ARRAY_LEN(few) ? few : xcalloc(n, sizeof *keys);
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)obj, key, value) keys[i++] = key;
	qsort(keys, n, sizeof *keys, by_utf16);
	for (i = 0; i < n; i++)
		write_member(w, keys[i], json_object_get(obj, keys[i]), i == 0);
	if (keys != few)
		free(keys);
}

static void write_object(struct writer *w, const json_t *obj)
{
	const char *key;
	json_t *value;
	bool first = true;

	if (json_object_size(obj) == 0) {
		str_puts(w->out, "{}");
		return;
	}
	str_putc(w->out, '{');
	w->level++;
	if (w->canonical) {
		write_sorted(w, obj);
	} else {
		json_object_foreach((json_t *)(uintptr_t)obj, key, value)
		{
			write_member(w, key, value, first);
			first = false;
		}
	}
	w->level--;
	newline(w);
	str_putc(w->out, '}');
}

static void write_array(struct writer *w, const json_t *array)
{
	size_t n = json_array_size(array);

	if (n == 0) {
		str_puts(w->out, "[]");
		return;
	}
	str_putc(w->out, '[');
	w->level++;
	for (size_t i = 0; i < n; i++) {
		if (i)
			str_putc(w->out, ',');
		pass_on(w, PIECE);
		newline(w);
		write_value(w, json_array_get(array, i));
	}
	w->level--;
	newline(w);
	str_putc(w->out, ']');
}

static void write_integer(struct writer *w, json_int_t i)
{
	const json_int_t exact = (json_int_t)1 << 53;

	if (w->canonical && (i > exact || i < -exact))
		write_double(w->out, (double)i);
	else
		put_whole(w->out, i);
}

static void write_value(struct writer *w, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		write_object(w, value);
		break;
	case JSON_ARRAY:
		write_array(w, value);
		break;
	case JSON_STRING:
		write_string(w->out, view_make(json_string_value(value), json_string_length(value)),
			     w->html);
		break;
	case JSON_INTEGER:
		write_integer(w, json_integer_value(value));
		break;
	case JSON_REAL:
		write_double(w->out, json_real_value(value));
		break;
	case JSON_TRUE:
		str_puts(w->out, "true");
		break;
	case JSON_FALSE:
		str_puts(w->out, "false");
		break;
	case JSON_NULL:
		str_puts(w->out, "null");
		break;
	}
}

void json_write(struct str *out, const json_t *value, enum json_form form)
{
	struct writer w = {.out = out,
			   .pretty = form == JSON_FORM_PRETTY,
			   .canonical = form == JSON_FORM_CANONICAL};

	write_value(&w, value);
}

void json_write_pieces(const json_t *value, enum json_form form,
		       void (*take)(void *ctx, struct str *piece), void *ctx)
{
	AUTO_STR out = {.max = SIZE_MAX / 2};
	struct writer w = {.out = &out,
			   .pretty = form == JSON_FORM_PRETTY,
			   .canonical = form == JSON_FORM_CANONICAL,
			   .take = take,
			   .ctx = ctx};

	write_value(&w, value);
	pass_on(&w, 1);
}

void json_write_canonical_html(struct str *out, const json_t *value)
{
	struct writer w = {.out = out, .canonical = true, .html = true};

	write_value(&w, value);
}
