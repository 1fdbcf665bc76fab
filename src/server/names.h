/* The names that requests may contain (API notes, section 1.0): each pattern is decided here. */
#ifndef SERVER_NAMES_H
#define SERVER_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define NAME_MAX_LEN 255 /* bytes of a database's, branch's or job's name */

/* [a-zA-Z0-9_\-~]{1,255}: databases, branches, jobs. */
bool name_valid(const char *name);

/* ([a-zA-Z0-9][a-zA-Z0-9_\-~]+-)?[a-zA-Z0-9]{6}, at most 255 bytes. */
bool workspace_id_valid(const char *id);

/* E_INVALID naming what ("branch") unless name_valid(). */
int name_check(const char *what, const char *name, struct error *err) MUST_USE;

/*
 * Free text of people, such as the name of a workspace or of a Git branch: 1 to max bytes of UTF-8
 * without control characters.
 */
int label_check(const char *what, const char *text, size_t max, struct error *err) MUST_USE;

#endif
