/*
 * JSON over jansson: bounded reading, typed getters, and the one writer of the project.
 *
 * Member order is kept on reading and writing, because a record that is read and written back must
 * be byte-identical. Duplicate members, NUL characters, invalid UTF-8, lone surrogates and numbers
 * too large for a double are refused; an integer beyond 64 bits becomes a double, as in JavaScript.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"

#define JSON_SAFE_INTEGER 9007199254740992.0 /* 2^53: a double holds every integer below it */
#define JSON_DEPTH_DEFAULT ((size_t)64)	     /* nested arrays and objects; what a record may use */
/*
 * Members and items of one text. Each takes up to 300 bytes when it is read, so that 16 MB of
 * nothing but "{}," would become gigabytes; records have one for every 10 bytes or more. A real
 * number counts as many of them, as finding its shortest form takes that long.
 */
#define JSON_VALUES_MAX ((size_t)1000000)
#define JSON_REAL_VALUES ((size_t)128)

static inline void json_release_(json_t **p)
{
	json_decref(*p);
}
#define AUTO_JSON __attribute__((cleanup(json_release_))) json_t

/*
 * Parses one object or array. A UTF-8 byte order mark is skipped. depth: the deepest nesting
 * accepted, 0 for JSON_DEPTH_DEFAULT. *out is a new reference, NULL on failure: E_INVALID with
 * line and column (never the text itself, it may hold a secret), E_LIMIT for the depth and for more
 * values than JSON_VALUES_MAX.
 */
int json_read(json_t **out, struct view text, size_t depth, struct error *err) MUST_USE;
/* The same with another limit on values: SIZE_MAX for a text of ours, whose bytes are bounded. */
int json_read_within(json_t **out, struct view text, size_t depth, size_t values,
		     struct error *err) MUST_USE;

/* How large a text is as a value: at most, when it is not well-formed. */
struct json_extent {
	size_t depth;	/* of arrays and objects */
	size_t values;	/* as for JSON_VALUES_MAX */
	size_t members; /* of objects, which are values too */
};
/* Looks at brackets, commas and numbers only; stops one past either limit. Allocates nothing. */
struct json_extent json_measure(struct view text, size_t depth_max, size_t values_max);

enum json_form {
	JSON_FORM_PRETTY,    /* as JavaScript's JSON.stringify(x, null, 2), without final newline */
	JSON_FORM_COMPACT,   /* as JSON.stringify(x) */
	JSON_FORM_CANONICAL, /* RFC 8785 (JCS): members sorted by UTF-16 code units */
};

/*
 * Appends value. Strings are raw UTF-8 with minimal escapes; numbers have JavaScript's shortest
 * form, except that PRETTY and COMPACT keep integers of up to 64 bits exact. A failure is sticky
 * in out, as with every append.
 */
void json_write(struct str *out, const json_t *value, enum json_form form);

/*
 * The same text in pieces, which take gets in order: some 64 KB each, or what one string needs. A
 * string is never cut; take may change a piece.
 */
void json_write_pieces(const json_t *value, enum json_form form,
		       void (*take)(void *ctx, struct str *piece), void *ctx);

/* As the canonical form, but `<`, `>` and `&` escaped as \u003c, \u003e and \u0026. */
void json_write_canonical_html(struct str *out, const json_t *value);

/* Appends text as a JSON string with its quotes. */
void json_write_string(struct str *out, struct view text);

enum json_need { JSON_REQUIRED, JSON_OPTIONAL };

/*
 * Typed getters: *out is borrowed from obj. An optional member that is absent or null leaves NULL,
 * 0 or false; a required one that is absent, or any of another type, is E_INVALID naming the key.
 * 3.0 and 1e3 are whole numbers too.
 */
int json_get_string(const char **out, const json_t *obj, const char *key, enum json_need need,
		    struct error *err) MUST_USE;
int json_get_int(long long *out, const json_t *obj, const char *key, enum json_need need,
		 struct error *err) MUST_USE;
int json_get_bool(bool *out, const json_t *obj, const char *key, enum json_need need,
		  struct error *err) MUST_USE;
int json_get_object(json_t **out, const json_t *obj, const char *key, enum json_need need,
		    struct error *err) MUST_USE;
int json_get_array(json_t **out, const json_t *obj, const char *key, enum json_need need,
		   struct error *err) MUST_USE;

/* The text of a member, borrowed; NULL when it is absent or no text. */
const char *json_text(const json_t *obj, const char *key);

/*
 * Overwrites a secret in every text and member name, as mask_secret(). A member whose name is that
 * of another afterwards takes its place.
 */
void json_mask_secret(json_t *value, const char *secret);

/* "a string", "a number", … for messages; "nothing" for NULL. */
const char *json_type_name(const json_t *value);

/* Sets a member from a C string; leaves it out when text is NULL. Bytes not UTF-8 become U+FFFD. */
void json_put_string(json_t *obj, const char *key, const char *text);
/* Takes value (new reference); aborts on exhausted memory. */
void json_put(json_t *obj, const char *key, json_t *value);

#endif
