/*
 * Which strings came already, when there may be very many: keeps 16 bytes of the SHA-256 of each,
 * which no two strings have in common, instead of the string.
 */
#ifndef BASE_DIGEST_SET_H
#define BASE_DIGEST_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Zero bytes are a valid empty set. Takes 22 to 43 bytes a string. */
struct digest_set {
	struct digest *slots;
	size_t len;
	size_t cap;
};

/* False, and nothing changed, when key is there already. */
bool digest_set_add(struct digest_set *s, const char *key);
void digest_set_release(struct digest_set *s);
AUTO_VALUE_DEFINE(digest_set)

#endif
