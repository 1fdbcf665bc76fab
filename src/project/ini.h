/*
 * The INI dialect of the official CLI's credentials file (npm's "ini"): sections, `key = value`,
 * comments from ";" or "#", values bare with \; and \#, or quoted like JSON strings. A dot in a
 * section's name nests ("[work.host]" is the table "host" of "work") unless it is written "\.".
 *
 * A file is kept as its lines, so that what is not changed is written back byte for byte. Its text
 * holds secrets: it is overwritten when released, and no message quotes it.
 */
#ifndef PROJECT_INI_H
#define PROJECT_INI_H

#include "base/error.h"
#include "base/str.h"

enum ini_kind { INI_OTHER, INI_SECTION, INI_KEY };

struct ini_line {
	enum ini_kind kind;
	char *text;	   /* as in the file, without line end */
	char *section;	   /* decoded name of the section this line is in; NULL before the first */
	char *sub;	   /* what a nested section adds to it ("host"); NULL: none */
	char *key, *value; /* decoded; only for INI_KEY */
};

struct ini {
	struct ini_line *lines;
	size_t len, cap;
};
void ini_release(struct ini *ini);
AUTO_VALUE_DEFINE(ini)

/* E_INVALID with the number of the line that is wrong. */
int ini_parse(struct ini *ini, struct view text, struct error *err) MUST_USE;
void ini_print(struct str *out, const struct ini *ini);

bool ini_has_section(const struct ini *ini, const char *section);
/* sub may be NULL. The last of several counts; NULL when there is none. */
const char *ini_get(const struct ini *ini, const char *section, const char *sub, const char *key);
/* Sets a key of a section, which is made at the end when absent; NULL removes the key. */
void ini_set(struct ini *ini, const char *section, const char *key, const char *value);
/* Removes a nested section (or, with sub NULL, a section and all that is nested in it). */
void ini_remove_section(struct ini *ini, const char *section, const char *sub);

#endif
