/* Open addressing with linear probing over digests, which need no other hash. */
#include "base/digest_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha256.h"

#include "base/banned.h"

struct digest {
	uint64_t a, b; /* both 0: free */
};

void digest_set_release(struct digest_set *s)
{
	free(s->slots);
	*s = (struct digest_set){0};
}

static bool is_free(const struct digest *d)
{
	return !d->a && !d->b;
}

static struct digest digest_of(const char *key)
{
	unsigned char md[SHA256_LEN];
	struct digest d;

	sha256(md, view_of(key));
	memcpy(&d, md, sizeof d);
	return d;
}

/* The slot that has d, or the free one where it would go. */
static struct digest *probe(const struct digest_set *s, const struct digest *d)
{
	size_t mask = s->cap - 1;

	for (size_t i = (size_t)d->a & mask;; i = (i + 1) & mask) {
		struct digest *slot = &s->slots[i];
		if (is_free(slot) || (slot->a == d->a && slot->b == d->b))
			return slot;
	}
}

static void grow(struct digest_set *s)
{
	struct digest_set bigger = {.cap = s->cap ? s->cap * 2 : 64, .len = s->len};

	bigger.slots = xcalloc(bigger.cap, sizeof *bigger.slots);
	for (size_t i = 0; i < s->cap; i++)
		if (!is_free(&s->slots[i]))
			*probe(&bigger, &s->slots[i]) = s->slots[i];
	free(s->slots);
	*s = bigger;
}

bool digest_set_add(struct digest_set *s, const char *key)
{
	struct digest d = digest_of(key);

	if (s->len >= s->cap / 4 * 3)
		grow(s);
	struct digest *slot = probe(s, &d);
	if (!is_free(slot))
		return false;
	*slot = d;
	s->len++;
	return true;
}
