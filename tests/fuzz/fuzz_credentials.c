/*
 * The credentials file: what is not changed is kept byte for byte, what is set reads back and
 * changes no other key, and a malformed file is never quoted.
 *
 * The input is a line with the profile's name, one with a value, and the file.
 */
#include "fuzz/fuzz.h"
#include "project/ini.h"

/* What credentials_set() lets through. */
static bool is_profile_name(const char *name)
{
	return *name && !strpbrk(name, "[]\"'=") && strlen(name) <= 255 &&
	       view_trim(view_of(name)).len == strlen(name);
}

static bool is_plain(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return false;
	return true;
}

/* The text with LF behind the last line and without a byte order mark. */
static void check_kept(struct view text, const struct str *printed)
{
	if (view_starts(text, "\xef\xbb\xbf"))
		text = view_make(text.ptr + 3, text.len - 3);
	MUST(printed->len >= text.len && printed->len <= text.len + 1);
	MUST(text.len == 0 || memcmp(printed->ptr, text.ptr, text.len) == 0);
}

static void parse_again(struct ini *again, const struct ini *ini)
{
	AUTO_STR text = {0};
	struct error err = {0};

	ini_print(&text, ini);
	MUST(ini_parse(again, str_view(&text), &err) == 0);
}

/* Every key of before, but for the one that was set, has its value in after. */
static void same_others(const struct ini *before, const struct ini *after, const char *section,
			const char *key)
{
	for (size_t i = 0; i < before->len; i++) {
		const struct ini_line *l = &before->lines[i];
		if (l->kind != INI_KEY)
			continue;
		if (str_eq(l->section, section) && !l->sub && str_eq(l->key, key))
			continue;
		MUST(str_eq(ini_get(before, l->section, l->sub, l->key),
			    ini_get(after, l->section, l->sub, l->key)));
	}
}

static void check_set(struct view text, const char *section, const char *value)
{
	AUTO_VALUE(ini) before = {0}, ini = {0}, again = {0}, without = {0};

	MUST(ini_parse(&before, text, NULL) == 0 && ini_parse(&ini, text, NULL) == 0);
	ini_set(&ini, section, "apiKey", value);
	MUST(ini_has_section(&ini, section));
	parse_again(&again, &ini);
	MUST(str_eq(ini_get(&again, section, NULL, "apiKey"), value));
	same_others(&before, &again, section, "apiKey");
	ini_set(&ini, section, "apiKey", NULL);
	parse_again(&without, &ini);
	MUST(!ini_get(&without, section, NULL, "apiKey"));
	same_others(&before, &without, section, "apiKey");
}

static void check_removed(struct view text, const char *section)
{
	AUTO_VALUE(ini) ini = {0}, again = {0};

	MUST(ini_parse(&ini, text, NULL) == 0);
	ini_remove_section(&ini, section, NULL);
	parse_again(&again, &ini);
	for (size_t i = 0; i < again.len; i++)
		MUST(again.lines[i].kind != INI_KEY || !str_eq(again.lines[i].section, section));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size), name, value;
	AUTO_VALUE(ini) ini = {0}, again = {0};
	AUTO_STR first = {0}, second = {0};
	struct error err = {0};

	if (!view_line(&text, &name) || !view_line(&text, &value))
		return 0;
	int rc = ini_parse(&ini, text, &err);
	if (rc < 0) {
		long line = 0;
		char end = 0;
		fuzz_check_error(rc, &err);
		MUST(sscanf(err.msg, "line %ld is not an INI line%c", &line, &end) == 1 &&
		     line > 0);
		return 0;
	}
	ini_print(&first, &ini);
	check_kept(text, &first);
	MUST(ini_parse(&again, str_view(&first), &err) == 0 && again.len == ini.len);
	ini_print(&second, &again);
	MUST(view_eq(str_view(&first), str_view(&second)));
	AUTO_FREE char *section = view_dup(name), *wanted = view_dup(value);
	if (is_profile_name(section) && is_plain(section) && is_plain(wanted) &&
	    utf8_valid(view_of(section)) && utf8_valid(view_of(wanted))) {
		check_set(text, section, wanted);
		check_removed(text, section);
	}
	return 0;
}
