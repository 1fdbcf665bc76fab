/* Makes API keys. */
#include "xatad/key.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/sha256.h"
#include "base/xid.h"

#include "base/banned.h"

static const char *const scope_names[] = {
	[KEY_READ] = "read", [KEY_WRITE] = "write", [KEY_ADMIN] = "admin"};

const char *key_scope_name(enum key_scope scope)
{
	return (size_t)scope < ARRAY_LEN(scope_names) && scope_names[scope] ? scope_names[scope]
									    : "unknown";
}

int key_scope_parse(enum key_scope *out, const char *name, struct error *err)
{
	for (size_t i = KEY_READ; i < ARRAY_LEN(scope_names); i++)
		if (strcmp(name, scope_names[i]) == 0) {
			*out = (enum key_scope)i;
			return 0;
		}
	return fail(err, E_USAGE, "option \"--scope\" needs read, write or admin, not \"%s\"",
		    name);
}

/* Every character is equally likely: bytes past the last full round of the alphabet are skipped. */
static void make_text(char text[KEY_LEN + 1])
{
	static const char alphabet[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const unsigned letters = sizeof alphabet - 1, even = 256 / letters * letters;
	size_t n = sizeof KEY_PREFIX - 1;

	memcpy(text, KEY_PREFIX, n);
	while (n < KEY_LEN) {
		unsigned char byte;
		random_bytes(&byte, 1);
		if (byte < even)
			text[n++] = alphabet[byte % letters];
	}
	text[n] = '\0';
}

int key_make(char text[KEY_LEN + 1], struct store_key *k, struct store *s, struct error *err)
{
	char hash[SHA256_HEX + 1];
	char id[XID_LEN + 1];
	struct store_txn *t;

	make_text(text);
	sha256_hex(hash, view_of(text));
	k->created_at = clock_unix_us();
	xid_new(id, k->created_at / 1000000);
	k->id = xasprintf("key_%s", id);
	k->hash = xstrdup(hash);
	int rc = s->ops->begin(&t, s, STORE_WRITE, err);
	if (rc < 0)
		return rc;
	rc = s->ops->key_add(t, k, err);
	if (rc == 0)
		return s->ops->commit(t, err);
	s->ops->rollback(t);
	return rc;
}
