/* Reads and changes INI text line by line. */
#include "project/ini.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

#include "base/banned.h"

static void release_line(struct ini_line *l)
{
	secret_free(l->text);
	free(l->section);
	free(l->sub);
	free(l->key);
	secret_free(l->value);
}

void ini_release(struct ini *ini)
{
	for (size_t i = 0; i < ini->len; i++)
		release_line(&ini->lines[i]);
	free(ini->lines);
	*ini = (struct ini){0};
}

/* Takes the strings of line and puts it at position at. */
static void insert(struct ini *ini, size_t at, struct ini_line line)
{
	if (ini->len == ini->cap) {
		/* Not realloc: it could leave a copy of a secret behind. Lines are only pointers.
		 */
		ini->cap = ini->cap ? ini->cap * 2 : 32;
		ini->lines = xrealloc(ini->lines, ini->cap, sizeof *ini->lines);
	}
	memmove(ini->lines + at + 1, ini->lines + at, (ini->len - at) * sizeof line);
	ini->lines[at] = line;
	ini->len++;
}

static void delete (struct ini *ini, size_t at)
{
	release_line(&ini->lines[at]);
	ini->len--;
	memmove(ini->lines + at, ini->lines + at + 1, (ini->len - at) * sizeof ini->lines[0]);
}

/* ---- reading */

/* A value between quotes that is a JSON string; NULL when it is none. */
static char *from_json(struct view v)
{
	AUTO_STR list = {0};
	AUTO_JSON *doc = NULL;
	char *text = NULL;

	str_putc(&list, '[');
	str_putv(&list, v);
	str_putc(&list, ']');
	if (json_read(&doc, str_view(&list), 1, NULL) == 0 && json_array_size(doc) == 1)
		text = xstrdup(json_string_value(json_array_get(doc, 0)));
	explicit_bzero(list.ptr, list.len);
	return text;
}

/* Up to a comment, with \; \# and \\ resolved. */
static char *from_bare(struct view v)
{
	AUTO_STR out = {0};

	for (size_t i = 0; i < v.len && v.ptr[i] != ';' && v.ptr[i] != '#'; i++) {
		bool escape = v.ptr[i] == '\\' && i + 1 < v.len && strchr(";#\\", v.ptr[i + 1]);
		i += escape;
		str_putc(&out, v.ptr[i]);
	}
	char *text = view_dup(view_trim(str_view(&out)));
	if (out.ptr)
		explicit_bzero(out.ptr, out.len);
	return text;
}

static char *decode(struct view v)
{
	v = view_trim(v);
	if (v.len > 1 && v.ptr[0] == '"' && v.ptr[v.len - 1] == '"') {
		char *text = from_json(v);
		if (text)
			return text;
	}
	if (v.len > 1 && v.ptr[0] == '\'' && v.ptr[v.len - 1] == '\'')
		return view_dup(view_make(v.ptr + 1, v.len - 2));
	return from_bare(v);
}

/* "[name]", "[name.sub]", "[na\.me]", "["na me"]". */
static bool take_section(struct ini_line *l, struct view v)
{
	AUTO_STR name = {0}, sub = {0};
	struct str *to = &name;

	if (v.len < 3 || v.ptr[v.len - 1] != ']')
		return false;
	v = view_trim(view_make(v.ptr + 1, v.len - 2));
	if (v.len > 1 && v.ptr[0] == '"' && v.ptr[v.len - 1] == '"') {
		l->section = from_json(v);
		return l->section && *l->section;
	}
	for (size_t i = 0; i < v.len; i++) {
		bool escape = v.ptr[i] == '\\' && i + 1 < v.len;
		i += escape;
		if (!escape && v.ptr[i] == '.' && to == &name)
			to = &sub;
		else
			str_putc(to, v.ptr[i]);
	}
	if (name.len == 0 || (to == &sub && sub.len == 0))
		return false;
	l->section = str_steal(&name);
	l->sub = sub.len ? str_steal(&sub) : NULL;
	return true;
}

/* A key without "=" means true to npm's reader; a section's bracket left open means nothing. */
static bool take_key(struct ini_line *l, struct view v)
{
	const char *equals = memchr(v.ptr, '=', v.len);

	if (!equals)
		return false;
	size_t len = (size_t)(equals - v.ptr);
	l->key = decode(view_make(v.ptr, len));
	l->value = decode(view_make(equals + 1, v.len - len - 1));
	return *l->key;
}

int ini_parse(struct ini *ini, struct view text, struct error *err)
{
	struct view line;

	if (view_starts(text, "\xef\xbb\xbf"))
		text = view_make(text.ptr + 3, text.len - 3);
	for (long number = 1; view_line(&text, &line); number++) {
		struct view v = view_trim(line);
		struct ini_line l = {.kind = INI_OTHER};
		bool good = !(v.len && memchr(v.ptr, '\0', v.len));
		if (!good || v.len == 0 || v.ptr[0] == ';' || v.ptr[0] == '#') {
			l.kind = INI_OTHER;
		} else if (v.ptr[0] == '[') {
			l.kind = INI_SECTION;
			good = take_section(&l, v);
		} else {
			l.kind = INI_KEY;
			good = take_key(&l, v);
		}
		if (l.kind != INI_SECTION && ini->len) {
			l.section = xstrdup(ini->lines[ini->len - 1].section);
			l.sub = xstrdup(ini->lines[ini->len - 1].sub);
		}
		l.text = view_dup(line);
		insert(ini, ini->len, l);
		if (!good)
			return fail(err, E_INVALID, "line %ld is not an INI line", number);
	}
	return 0;
}

/* ---- writing */

void ini_print(struct str *out, const struct ini *ini)
{
	for (size_t i = 0; i < ini->len; i++) {
		str_puts(out, ini->lines[i].text);
		str_putc(out, '\n');
	}
}

/* Bare where npm's reader takes it as it is, otherwise as a JSON string. */
static char *encode(const char *value)
{
	AUTO_STR out = {0};
	struct view v = view_of(value);
	bool bare = v.len && view_trim(v).len == v.len && !strpbrk(value, "=;#\\\"'\r\n") &&
		    value[0] != '[' && value[0] != '{' && strcmp(value, "true") != 0 &&
		    strcmp(value, "false") != 0 && strcmp(value, "null") != 0;

	if (bare)
		return xstrdup(value);
	json_write_string(&out, v);
	return str_steal(&out);
}

static char *section_line(const char *section)
{
	AUTO_STR out = {0};

	str_putc(&out, '[');
	for (const char *p = section; *p; p++) {
		if (strchr(".;#\\", *p))
			str_putc(&out, '\\');
		str_putc(&out, *p);
	}
	str_putc(&out, ']');
	return str_steal(&out);
}

static bool in_section(const struct ini_line *l, const char *section, const char *sub)
{
	return str_eq(l->section, section) && str_eq(l->sub, sub);
}

bool ini_has_section(const struct ini *ini, const char *section)
{
	for (size_t i = 0; i < ini->len; i++)
		if (ini->lines[i].kind == INI_SECTION && str_eq(ini->lines[i].section, section))
			return true;
	return false;
}

const char *ini_get(const struct ini *ini, const char *section, const char *sub, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < ini->len; i++) {
		const struct ini_line *l = &ini->lines[i];
		if (l->kind == INI_KEY && in_section(l, section, sub) && str_eq(l->key, key))
			value = l->value;
	}
	return value;
}

/* Where a new key of the section goes: behind its last key, or its title. */
static size_t place_for_key(struct ini *ini, const char *section)
{
	size_t at = ini->len;
	bool found = false;

	for (size_t i = 0; i < ini->len; i++) {
		if (ini->lines[i].kind == INI_OTHER || !in_section(&ini->lines[i], section, NULL))
			continue;
		at = i + 1;
		found = true;
	}
	if (found)
		return at;
	if (ini->len && *ini->lines[ini->len - 1].text)
		insert(ini, ini->len, (struct ini_line){.text = xstrdup("")});
	insert(ini, ini->len,
	       (struct ini_line){.kind = INI_SECTION,
				 .text = section_line(section),
				 .section = xstrdup(section)});
	return ini->len;
}

void ini_set(struct ini *ini, const char *section, const char *key, const char *value)
{
	size_t at = 0;
	bool found = false;

	for (size_t i = ini->len; i-- > 0;) {
		const struct ini_line *l = &ini->lines[i];
		if (l->kind != INI_KEY || !in_section(l, section, NULL) || !str_eq(l->key, key))
			continue;
		delete (ini, i);
		at = i;
		found = true;
	}
	if (!value)
		return;
	if (!found)
		at = place_for_key(ini, section);
	AUTO_FREE char *encoded = encode(value);
	insert(ini, at,
	       (struct ini_line){.kind = INI_KEY,
				 .text = xasprintf("%s=%s", key, encoded),
				 .section = xstrdup(section),
				 .key = xstrdup(key),
				 .value = xstrdup(value)});
	explicit_bzero(encoded, strlen(encoded));
}

void ini_remove_section(struct ini *ini, const char *section, const char *sub)
{
	bool comment_of_next = true;

	for (size_t i = ini->len; i-- > 0;) {
		const struct ini_line *l = &ini->lines[i];
		bool mine = str_eq(l->section, section) && (!sub || str_eq(l->sub, sub));
		/* Comments that stand right before the next title belong to that one. */
		if (!mine || l->kind != INI_OTHER)
			comment_of_next = !mine;
		if (mine && !comment_of_next)
			delete (ini, i);
	}
}
