/*
 * The quick half of json_read(). jansson reads byte by byte through three layers, which was half of
 * the time of a verification; this takes a fifth of it.
 */
#ifndef BASE_JSON_PARSE_H
#define BASE_JSON_PARSE_H

#include "base/json.h"

/*
 * The value, the same as jansson would give; or NULL for what is left to it: everything that is
 * wrong, nested deeper than depth, of more values than that, a number that is not a
 * whole one below 10^18, an escape "\u", a key over 256 bytes, and text that is neither an object
 * nor an array.
 */
json_t *json_parse_common(struct view text, size_t depth, size_t values);

/*
 * The end of the part of a string that stands in JSON as it is: before a quote, a backslash or a
 * control character. *ascii becomes false when a byte of it is not ASCII.
 */
const char *json_plain_end(const char *at, const char *end, bool *ascii);

#endif
