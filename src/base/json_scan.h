/*
 * Goes through a JSON text without making values of it: for long texts of our own, of which most is
 * kept as the text that it is. What it passes is looked at no further than is needed to find the
 * end of it; whether an element is what it should be is seen when it is read.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/json.h"

struct json_scan {
	const char *at, *end;
	struct str text; /* of the last string with escapes */
};
struct json_scan json_scan_open(struct view text);
void json_scan_release(struct json_scan *s);
AUTO_VALUE_DEFINE(json_scan)

/* Whether this character comes next; goes behind it then. */
bool json_scan_take(struct json_scan *s, char c);
bool json_scan_at_end(struct json_scan *s);

/* Whether a string comes next; *out is borrowed from the text, or until the next one is read. */
bool json_scan_string(struct json_scan *s, struct view *out);
bool json_scan_bool(struct json_scan *s, bool *out);
/* The text of the next value, whichever it is, as it stands there. */
bool json_scan_value(struct json_scan *s, struct view *out);

#endif
