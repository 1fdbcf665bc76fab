/* Finds the elements of a JSON text, and where they end. */
#include "base/json_scan.h"

#include <string.h>

#include "base/json_parse.h"

#include "base/banned.h"

struct json_scan json_scan_open(struct view text)
{
	return (struct json_scan){.at = text.ptr, .end = text.ptr + text.len};
}

void json_scan_release(struct json_scan *s)
{
	str_release(&s->text);
}

static void skip_space(struct json_scan *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
}

bool json_scan_take(struct json_scan *s, char c)
{
	skip_space(s);
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

bool json_scan_at_end(struct json_scan *s)
{
	skip_space(s);
	return s->at == s->end;
}

/* From behind the opening quote to behind the closing one. */
static bool skip_string(struct json_scan *s, bool *escapes)
{
	bool ascii = true;

	for (;;) {
		s->at = json_plain_end(s->at, s->end, &ascii);
		if (s->at == s->end || (unsigned char)*s->at < 0x20)
			return false;
		if (*s->at++ == '"')
			return true;
		if (s->at == s->end)
			return false;
		*escapes = true;
		s->at++;
	}
}

/* What the text of a string stands for, its quotes included. */
static bool decode(struct json_scan *s, struct view quoted)
{
	AUTO_STR list = {0};
	AUTO_JSON *value = NULL;

	str_putc(&list, '[');
	str_putv(&list, quoted);
	str_putc(&list, ']');
	if (!str_ok(&list) || json_read(&value, str_view(&list), 0, NULL) < 0)
		return false;
	const json_t *text = json_array_get(value, 0);
	str_clear(&s->text);
	str_put(&s->text, json_string_value(text), json_string_length(text));
	return str_ok(&s->text);
}

bool json_scan_string(struct json_scan *s, struct view *out)
{
	bool escapes = false;

	if (!json_scan_take(s, '"'))
		return false;
	const char *from = s->at;
	if (!skip_string(s, &escapes))
		return false;
	*out = view_make(from, (size_t)(s->at - from) - 1);
	if (!escapes)
		return true;
	bool good = decode(s, view_make(from - 1, (size_t)(s->at - from) + 1));
	*out = str_view(&s->text);
	return good;
}

bool json_scan_bool(struct json_scan *s, bool *out)
{
	struct view word;

	if (!json_scan_value(s, &word))
		return false;
	*out = view_is(word, "true");
	return *out || view_is(word, "false");
}

static bool ends_word(char c)
{
	return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* To behind the bracket that ends the array or object that begins here. */
static bool skip_nested(struct json_scan *s)
{
	size_t depth = 0;
	bool escapes;

	while (s->at < s->end) {
		char c = *s->at++;
		if (c == '"' && !skip_string(s, &escapes))
			return false;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return true;
	}
	return false;
}

bool json_scan_value(struct json_scan *s, struct view *out)
{
	bool escapes, good = true;

	skip_space(s);
	const char *from = s->at;
	if (s->at < s->end && (*s->at == '{' || *s->at == '['))
		good = skip_nested(s);
	else if (s->at < s->end && *s->at == '"')
		good = (s->at++, skip_string(s, &escapes));
	else
		while (s->at < s->end && !ends_word(*s->at))
			s->at++;
	*out = view_make(from, (size_t)(s->at - from));
	return good && out->len;
}
