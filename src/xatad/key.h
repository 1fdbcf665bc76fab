/* Making an API key: its text is shown once, the store gets its SHA-256. */
#ifndef XATAD_KEY_H
#define XATAD_KEY_H

#include "server/store.h"

#define KEY_PREFIX "xata_"
#define KEY_RANDOM 40 /* characters of [0-9A-Za-z]: 238 bits */
#define KEY_LEN (sizeof KEY_PREFIX - 1 + KEY_RANDOM)

/*
 * Makes a key and adds it in a transaction of its own. name, scope and database are taken from k
 * (and copied), the rest is filled in; text gets the key itself, which the caller wipes.
 */
int key_make(char text[KEY_LEN + 1], struct store_key *k, struct store *s,
	     struct error *err) MUST_USE;

/* "read", "write", "admin". */
const char *key_scope_name(enum key_scope scope);
int key_scope_parse(enum key_scope *out, const char *name, struct error *err) MUST_USE;

#endif
