/* Which function answers which path: the table of all routes, and how a path finds its row. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"
#include "server/store.h"

struct call; /* server/call.h */

enum path_param { PATH_WORKSPACE, PATH_DATABASE, PATH_BRANCH, PATH_JOB, PATH_PARAMS };

enum route_body {
	BODY_NONE,     /* a body is not read */
	BODY_OPTIONAL, /* absent or a JSON object */
	BODY_REQUIRED, /* a JSON object */
};

enum route_flags {
	ROUTE_PUBLIC = 1,  /* needs no key */
	ROUTE_LIMITED = 2, /* has no {db}, and yet serves a key that is limited to one database */
	/* The handler begins its own transaction, so that it can work before it locks out others.
	 */
	ROUTE_BEGINS = 4,
	ROUTE_BULK = 8, /* reads as much as there is: a page of records, a whole schema, a list */
};

struct route {
	const char *method;
	/* Segments are literal, or "{ws}", "{db}", "{job}", "{db}:{branch}". */
	const char *pattern;
	enum key_scope scope;
	enum store_mode mode;
	enum route_body body;
	unsigned flags; /* of enum route_flags */
	int (*handler)(struct call *c, struct error *err);
};

extern const struct route routes[];
extern const size_t routes_len;

/* Where a path leads. */
struct route_match {
	const struct route *route;
	char *params[PATH_PARAMS]; /* decoded, and valid names; NULL: not in the pattern */
};
void route_match_release(struct route_match *m);
AUTO_VALUE_DEFINE(route_match)

/*
 * Finds the row of a path as it was sent. E_NOTFOUND: no such path; E_METHOD: another method would
 * do, and allow receives the list for the Allow header; E_INVALID: an encoding or a name is wrong.
 * HEAD finds what GET finds.
 */
int route_find(struct route_match *out, struct str *allow, const char *method, const char *path,
	       struct error *err) MUST_USE;

/*
 * Appends the percent-decoded bytes; E_INVALID for a bad escape, control characters (NUL too) and
 * what is not UTF-8. A "+" stays a plus sign.
 */
int percent_decode(struct str *out, struct view encoded, struct error *err) MUST_USE;

#endif
