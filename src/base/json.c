/* Reads JSON within limits and gives its members with the type that was wanted. */
#include "base/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_parse.h"

#include "base/banned.h"

#define QUICK_DEPTH ((size_t)128) /* the quick parser calls itself once for each level */

#define LONG_TEXT ((size_t)256 << 10) /* bytes of what is measured before it is read */
#define WHOLE_DIGITS 18		      /* a number of more may be none that 64 bits hold */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * What a byte outside of strings adds. *digits is how many came right before it, more than
 * WHOLE_DIGITS within a number that has been counted as a real one.
 */
static size_t weigh(char c, size_t *digits)
{
	bool point = c == '.' || c == 'e' || c == 'E';

	if (*digits > WHOLE_DIGITS && (is_digit(c) || point || c == '+' || c == '-'))
		return 0;
	bool real = (*digits && point) || (*digits == WHOLE_DIGITS && is_digit(c));
	*digits = real ? WHOLE_DIGITS + 1 : is_digit(c) ? *digits + 1 : 0;
	return real ? JSON_REAL_VALUES : c == '{' || c == '[' || c == ',';
}

struct json_extent json_measure(struct view text, size_t depth_max, size_t values_max)
{
	struct json_extent x = {0};
	size_t depth = 0, digits = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.len && x.depth <= depth_max && x.values <= values_max; i++) {
		char c = text.ptr[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
			continue;
		}
		in_string = c == '"';
		x.values += weigh(c, &digits);
		x.members += c == ':';
		if (c == '{' || c == '[')
			x.depth = ++depth > x.depth ? depth : x.depth;
		else if ((c == '}' || c == ']') && depth)
			depth--;
	}
	return x;
}

/* What is wrong, in words of ours: jansson quotes the text around it, which may be a secret. */
static const char *reason_of(json_error_t *e)
{
	char *quotation = strstr(e->text, " near ");

	switch (json_error_code(e)) {
	case json_error_premature_end_of_input:
		return "the text ends too early";
	case json_error_end_of_input_expected:
		return "text after the end of the value";
	case json_error_invalid_utf8:
		return "not valid UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a string holds the character U+0000";
	case json_error_duplicate_key:
		return "a member occurs twice in one object";
	case json_error_numeric_overflow:
		return "a number is too large";
	case json_error_invalid_syntax:
		if (strncmp(e->text, "invalid Unicode", 15) == 0)
			return "an invalid \\u escape, or half of a surrogate pair";
		if (quotation)
			*quotation = '\0';
		return e->text;
	default:
		return "cannot be read";
	}
}

/* The length of the number at p, and whether it is an integer beyond 64 bits. */
static size_t number_length(const char *p, size_t len, bool *beyond)
{
	char digits[24];
	size_t n = p[0] == '-', from = n;

	while (n < len && p[n] >= '0' && p[n] <= '9')
		n++;
	*beyond = n > from && !(n < len && (p[n] == '.' || p[n] == 'e' || p[n] == 'E'));
	if (*beyond && n < sizeof digits) {
		memcpy(digits, p, n);
		digits[n] = '\0';
		errno = 0;
		(void)strtoll(digits, NULL, 10);
		*beyond = errno == ERANGE;
	}
	return n ? n : 1;
}

/*
 * JavaScript holds every number in a double and prints one below 1e21 as an integer, which may be
 * more than the int64 that jansson reads integers into: ".0" behind those makes them doubles.
 */
static void put_with_doubles(struct str *out, struct view text)
{
	bool in_string = false, beyond;

	for (size_t i = 0, n; i < text.len; i += n) {
		const char *p = text.ptr + i;
		n = 1;
		beyond = false;
		if (in_string && *p == '\\' && i + 1 < text.len)
			n = 2;
		else if (*p == '"')
			in_string = !in_string;
		else if (!in_string && (*p == '-' || (*p >= '0' && *p <= '9')))
			n = number_length(p, text.len - i, &beyond);
		str_put(out, p, n);
		if (beyond)
			str_puts(out, ".0");
	}
}

static json_t *load(struct view text, json_error_t *e)
{
	json_t *value = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, e);

	if (value || json_error_code(e) != json_error_numeric_overflow)
		return value;
	AUTO_STR widened = {.max = text.len + text.len / 8 + 16}; /* at most 2 for every 19 */
	put_with_doubles(&widened, text);
	return json_loadb(str_cstr(&widened), widened.len, JSON_REJECT_DUPLICATES, e);
}

static int check_extent(struct view text, size_t depth_max, size_t values_max, struct error *err)
{
	struct json_extent x = json_measure(text, depth_max, values_max);

	if (x.depth > depth_max)
		return fail(err, E_LIMIT, "JSON is nested more than %zu levels deep", depth_max);
	if (x.values > values_max)
		return fail(err, E_LIMIT,
			    "JSON has more than %zu values, of which a real number counts as %zu",
			    values_max, JSON_REAL_VALUES);
	return 0;
}

int json_read(json_t **out, struct view text, size_t depth, struct error *err)
{
	return json_read_within(out, text, depth, JSON_VALUES_MAX, err);
}

int json_read_within(json_t **out, struct view text, size_t depth, size_t values, struct error *err)
{
	json_error_t e;
	size_t max = depth ? depth : JSON_DEPTH_DEFAULT;

	*out = NULL;
	if (view_starts(text, "\xEF\xBB\xBF"))
		text = view_make(text.ptr + 3, text.len - 3);
	if (text.len == 0)
		return fail(err, E_INVALID, "invalid JSON: the text is empty");
	if (max > JSON_PARSER_MAX_DEPTH)
		max = JSON_PARSER_MAX_DEPTH; /* jansson's own; what is not nested deeper can be
						written */
	/* Short texts are most often right: to measure them first would take longer. */
	int rc = text.len > LONG_TEXT ? check_extent(text, max, values, err) : 0;
	if (rc == 0)
		*out = json_parse_common(text, max < QUICK_DEPTH ? max : QUICK_DEPTH, values);
	if (*out)
		return 0;
	/* Before anything is allocated: jansson has no limit of its own that would do. */
	if (rc == 0)
		rc = check_extent(text, max, values, err);
	if (rc < 0)
		return rc;
	*out = load(text, &e);
	if (*out)
		return 0;
	return fail(err, E_INVALID, "invalid JSON at line %d, column %d: %s", e.line, e.column,
		    reason_of(&e));
}

const char *json_text(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

static bool mentions(const char *text, const char *secret)
{
	AUTO_FREE char *masked = xstrdup(text);

	mask_secret(masked, strlen(masked), secret);
	return strcmp(masked, text) != 0;
}

/* Names cannot be changed in place: all members are put in again, in their order. */
static void mask_names(json_t *obj, const char *secret)
{
	AUTO_JSON *before = json_copy(obj);
	const char *name;
	json_t *member;

	json_object_clear(obj);
	json_object_foreach(before, name, member)
	{
		AUTO_FREE char *masked = xstrdup(name);
		mask_secret(masked, strlen(masked), secret);
		json_put(obj, masked, json_incref(member));
	}
}

static void mask_object(json_t *obj, const char *secret)
{
	bool named = false;
	const char *name;
	json_t *member;

	json_object_foreach(obj, name, member)
	{
		named = named || mentions(name, secret);
		json_mask_secret(member, secret);
	}
	if (named)
		mask_names(obj, secret);
}

void json_mask_secret(json_t *value, const char *secret)
{
	json_t *item;
	size_t i;

	if (!secret || strlen(secret) < SECRET_MIN)
		return;
	if (json_is_object(value)) {
		mask_object(value, secret);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, item) json_mask_secret(item, secret);
	} else if (json_is_string(value) && mentions(json_string_value(value), secret)) {
		AUTO_FREE char *masked = xstrdup(json_string_value(value));
		mask_secret(masked, strlen(masked), secret);
		json_string_set(value, masked);
	}
}

const char *json_type_name(const json_t *value)
{
	if (!value)
		return "nothing";
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	default:
		return "null";
	}
}

/* The member, NULL for an optional one that is absent or null; *rc tells a missing required one. */
static json_t *member(const json_t *obj, const char *key, enum json_need need, int *rc,
		      struct error *err)
{
	json_t *value = json_object_get(obj, key);

	*rc = 0;
	if (value && !json_is_null(value))
		return value;
	if (need == JSON_REQUIRED)
		*rc = fail(err, E_INVALID, "member \"%s\" is missing", key);
	return NULL;
}

static int wrong_type(const char *key, const char *wanted, const json_t *value, struct error *err)
{
	return fail(err, E_INVALID, "member \"%s\" must be %s, not %s", key, wanted,
		    json_type_name(value));
}

int json_get_string(const char **out, const json_t *obj, const char *key, enum json_need need,
		    struct error *err)
{
	int rc;
	json_t *value = member(obj, key, need, &rc, err);

	*out = NULL;
	if (!value)
		return rc;
	if (!json_is_string(value))
		return wrong_type(key, "a string", value, err);
	*out = json_string_value(value);
	return 0;
}

int json_get_int(long long *out, const json_t *obj, const char *key, enum json_need need,
		 struct error *err)
{
	int rc;
	json_t *value = member(obj, key, need, &rc, err);

	*out = 0;
	if (!value)
		return rc;
	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		return 0;
	}
	if (!json_is_real(value))
		return wrong_type(key, "a whole number", value, err);
	double x = json_real_value(value);
	if (x > JSON_SAFE_INTEGER || x < -JSON_SAFE_INTEGER || x != (double)(long long)x)
		return fail(err, E_INVALID, "member \"%s\" must be a whole number within 2^53",
			    key);
	*out = (long long)x;
	return 0;
}

int json_get_bool(bool *out, const json_t *obj, const char *key, enum json_need need,
		  struct error *err)
{
	int rc;
	json_t *value = member(obj, key, need, &rc, err);

	*out = false;
	if (!value)
		return rc;
	if (!json_is_boolean(value))
		return wrong_type(key, "a boolean", value, err);
	*out = json_is_true(value);
	return 0;
}

int json_get_object(json_t **out, const json_t *obj, const char *key, enum json_need need,
		    struct error *err)
{
	int rc;
	json_t *value = member(obj, key, need, &rc, err);

	*out = NULL;
	if (!value)
		return rc;
	if (!json_is_object(value))
		return wrong_type(key, "an object", value, err);
	*out = value;
	return 0;
}

int json_get_array(json_t **out, const json_t *obj, const char *key, enum json_need need,
		   struct error *err)
{
	int rc;
	json_t *value = member(obj, key, need, &rc, err);

	*out = NULL;
	if (!value)
		return rc;
	if (!json_is_array(value))
		return wrong_type(key, "an array", value, err);
	*out = value;
	return 0;
}

void json_put(json_t *obj, const char *key, json_t *value)
{
	if (json_object_set_new(obj, key, value) < 0) {
		fputs("xata: error: out of memory or invalid UTF-8 in a JSON member\n", stderr);
		abort();
	}
}

void json_put_string(json_t *obj, const char *key, const char *text)
{
	AUTO_STR valid = {0};

	if (!text)
		return;
	/* File names, system messages and old files may hold bytes that jansson refuses. */
	str_put_utf8(&valid, view_of(text));
	json_put(obj, key, json_stringn(str_cstr(&valid), valid.len));
}
