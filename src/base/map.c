/* Open addressing with linear probing; the hash is seeded, because keys come from outside. */
#include "base/map.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/xid.h"

#include "base/banned.h"

#define SMALLEST ((size_t)16) /* slots */

struct map_slot {
	const char *key; /* NULL: free */
	uint64_t hash;
	size_t value;
};

static pthread_once_t seeded = PTHREAD_ONCE_INIT;
static uint64_t seed;

static void make_seed(void)
{
	random_bytes(&seed, sizeof seed);
}

static uint64_t mix(uint64_t h, uint64_t piece)
{
	h = (h ^ piece) * 0x9E3779B97F4A7C15U;
	return h ^ h >> 32;
}

/* Eight bytes at a time, with a random start: most keys are names of some thirty bytes. */
static uint64_t hash_of(const char *key)
{
	size_t len = strlen(key);
	uint64_t piece = 0;

	pthread_once(&seeded, make_seed);
	uint64_t h = mix(seed, len);
	for (; len >= sizeof piece; len -= sizeof piece, key += sizeof piece) {
		memcpy(&piece, key, sizeof piece);
		h = mix(h, piece);
	}
	piece = 0;
	memcpy(&piece, key, len);
	return mix(mix(h, piece), 0);
}

/* The slot of key, or the free one where it would go. */
static struct map_slot *probe(const struct map *m, const char *key, uint64_t hash)
{
	size_t mask = m->cap - 1;

	for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
		struct map_slot *s = &m->slots[i];
		if (!s->key || (s->hash == hash && strcmp(s->key, key) == 0))
			return s;
	}
}

static void grow(struct map *m, size_t cap)
{
	struct map bigger = {.cap = cap, .len = m->len};

	bigger.slots = xcalloc(bigger.cap, sizeof *bigger.slots);
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			*probe(&bigger, m->slots[i].key, m->slots[i].hash) = m->slots[i];
	free(m->slots);
	*m = bigger;
}

/* Whether so many keys would fill more than three quarters. */
static bool is_tight(size_t keys, size_t cap)
{
	return keys > cap / 4 * 3;
}

void map_reserve(struct map *m, size_t keys)
{
	size_t cap = m->cap ? m->cap : SMALLEST;

	while (is_tight(keys, cap))
		cap *= 2;
	if (cap > m->cap)
		grow(m, cap);
}

bool map_add(struct map *m, const char *key, size_t value)
{
	if (is_tight(m->len + 1, m->cap))
		grow(m, m->cap ? m->cap * 2 : SMALLEST);
	uint64_t hash = hash_of(key);
	struct map_slot *s = probe(m, key, hash);
	if (s->key)
		return false;
	*s = (struct map_slot){key, hash, value};
	m->len++;
	return true;
}

void map_set(struct map *m, const char *key, size_t value)
{
	if (map_add(m, key, value))
		return;
	probe(m, key, hash_of(key))->value = value;
}

bool map_get(const struct map *m, const char *key, size_t *value)
{
	if (m->len == 0)
		return false;
	const struct map_slot *s = probe(m, key, hash_of(key));
	if (s->key && value)
		*value = s->value;
	return s->key != NULL;
}

bool map_remove(struct map *m, const char *key)
{
	if (m->len == 0)
		return false;
	struct map_slot *hole = probe(m, key, hash_of(key));
	if (!hole->key)
		return false;
	/* Close the gap, so that probing never stops early: shift back what hashed before it. */
	size_t mask = m->cap - 1, at = (size_t)(hole - m->slots);
	for (size_t i = (at + 1) & mask; m->slots[i].key; i = (i + 1) & mask) {
		size_t home = (size_t)m->slots[i].hash & mask;
		if (((i - home) & mask) >= ((i - at) & mask)) {
			m->slots[at] = m->slots[i];
			at = i;
		}
	}
	m->slots[at].key = NULL;
	m->len--;
	return true;
}

void map_release(struct map *m)
{
	free(m->slots);
	*m = (struct map){0};
}
