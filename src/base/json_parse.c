/*
 * Reads the JSON that is read most: well-formed, with whole numbers and few escapes. What is
 * anything else is left to jansson, whose verdict and whose place of an error count.
 */
#include "base/json_parse.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

#define DIGITS_MAX 18 /* of a whole number that fits in 64 bits whatever its digits */

struct parser {
	const char *at, *end;
	size_t depth;	 /* how many levels more */
	size_t values;	 /* how many more, as json_read() counts them */
	struct str text; /* of a string with escapes */
};

static json_t *parse_value(struct parser *p);

static void skip_space(struct parser *p)
{
	while (p->at < p->end &&
	       (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
		p->at++;
}

static bool take(struct parser *p, char c)
{
	skip_space(p);
	if (p->at == p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

static bool take_value(struct parser *p)
{
	return p->values && p->values--;
}

/* Whether another member or item follows, and may. */
static bool another(struct parser *p)
{
	return take(p, ',') && take_value(p);
}

/* ---- strings */

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* Not zero when a byte of x is less than n, which is 0x80 at most. */
static uint64_t has_less(uint64_t x, unsigned char n)
{
	return (x - EACH_BYTE(n)) & ~x & EACH_BYTE(0x80);
}

/* Most strings are read through here once and written twice: eight bytes at a time. */
const char *json_plain_end(const char *at, const char *end, bool *ascii)
{
	uint64_t word, high = 0;

	for (; end - at >= (ptrdiff_t)sizeof word; at += sizeof word) {
		memcpy(&word, at, sizeof word);
		if (has_less(word, 0x20) | has_less(word ^ EACH_BYTE('"'), 1) |
		    has_less(word ^ EACH_BYTE('\\'), 1))
			break;
		high |= word;
	}
	while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
		high |= (unsigned char)*at++;
	*ascii = *ascii && !(high & EACH_BYTE(0x80));
	return at;
}

static bool put_escape(struct str *out, char c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found = c ? strchr(from, c) : NULL;

	if (found)
		str_putc(out, to[found - from]);
	return found;
}

/* Behind the opening quote; *out is borrowed from the text or from p until the next string. */
static bool parse_string(struct parser *p, struct view *out)
{
	bool ascii = true;
	const char *from = p->at;

	p->at = json_plain_end(p->at, p->end, &ascii);
	*out = view_make(from, (size_t)(p->at - from));
	if (p->at < p->end && *p->at == '\\') {
		str_clear(&p->text);
		str_putv(&p->text, *out);
		while (p->at + 1 < p->end && *p->at == '\\') {
			if (!put_escape(&p->text, p->at[1]))
				return false; /* \u, or none */
			from = p->at += 2;
			p->at = json_plain_end(p->at, p->end, &ascii);
			str_put(&p->text, from, (size_t)(p->at - from));
		}
		*out = str_view(&p->text);
	}
	if (p->at == p->end || *p->at != '"' || !str_ok(&p->text))
		return false;
	p->at++;
	return ascii || utf8_valid(*out);
}

/* ---- values */

static json_t *parse_number(struct parser *p)
{
	bool negative = p->at < p->end && *p->at == '-';
	const char *from = p->at += negative;
	json_int_t value = 0;

	while (p->at < p->end && *p->at >= '0' && *p->at <= '9' && p->at - from < DIGITS_MAX)
		value = value * 10 + (*p->at++ - '0');
	if (p->at == from || (*from == '0' && p->at - from > 1))
		return NULL;
	/* A fraction, an exponent, more digits, or what cannot follow: the text goes on. */
	if (p->at < p->end && !strchr(" \n\t\r,]}", *p->at))
		return NULL;
	return json_integer(negative ? -value : value);
}

static json_t *parse_word(struct parser *p, const char *word, json_t *value)
{
	size_t len = strlen(word);

	if ((size_t)(p->end - p->at) < len || memcmp(p->at, word, len) != 0)
		return NULL;
	p->at += len;
	return value;
}

/* "key": value; false also when the key was there before. */
static bool parse_member(struct parser *p, json_t *obj)
{
	char kept[256];
	struct view key;
	size_t before = json_object_size(obj);

	if (!take(p, '"') || !parse_string(p, &key) || key.len > sizeof kept || !take(p, ':'))
		return false;
	memcpy(kept, key.ptr, key.len); /* the value may use p->text as well */
	json_t *value = parse_value(p);
	if (!value)
		return false;
	return json_object_setn_new_nocheck(obj, kept, key.len, value) == 0 &&
	       json_object_size(obj) > before;
}

static bool parse_members(struct parser *p, json_t *obj)
{
	if (take(p, '}'))
		return true;
	do {
		if (!parse_member(p, obj))
			return false;
	} while (another(p));
	return take(p, '}');
}

static bool parse_items(struct parser *p, json_t *array)
{
	if (take(p, ']'))
		return true;
	do {
		json_t *item = parse_value(p);
		if (!item || json_array_append_new(array, item) < 0)
			return false;
	} while (another(p));
	return take(p, ']');
}

static json_t *parse_nested(struct parser *p, char open)
{
	AUTO_JSON *value = open == '{' ? json_object() : json_array();

	if (!value || p->depth == 0 || !take_value(p))
		return NULL;
	p->depth--;
	p->at++;
	bool good = open == '{' ? parse_members(p, value) : parse_items(p, value);
	p->depth++;
	return good ? steal(&value) : NULL;
}

static json_t *parse_text(struct parser *p)
{
	struct view text;

	p->at++;
	return parse_string(p, &text) ? json_stringn_nocheck(text.ptr, text.len) : NULL;
}

static json_t *parse_value(struct parser *p)
{
	skip_space(p);
	if (p->at == p->end)
		return NULL;
	switch (*p->at) {
	case '{':
	case '[':
		return parse_nested(p, *p->at);
	case '"':
		return parse_text(p);
	case 't':
		return parse_word(p, "true", json_true());
	case 'f':
		return parse_word(p, "false", json_false());
	case 'n':
		return parse_word(p, "null", json_null());
	default:
		return parse_number(p);
	}
}

json_t *json_parse_common(struct view text, size_t depth, size_t values)
{
	struct parser p = {
		.at = text.ptr, .end = text.ptr + text.len, .depth = depth, .values = values};

	skip_space(&p);
	/* jansson takes an array or an object only. */
	AUTO_JSON *value = p.at < p.end && (*p.at == '{' || *p.at == '[') ? parse_value(&p) : NULL;
	skip_space(&p);
	str_release(&p.text);
	return p.at == p.end ? steal(&value) : NULL;
}
