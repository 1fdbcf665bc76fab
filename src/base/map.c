/* Open addressing with linear probing; the hash is seeded, because keys come from outside. */
#include "base/map.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/xid.h"

#include "base/banned.h"

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

/* FNV-1a with a random start and a finalizer. */
static uint64_t hash_of(const char *key)
{
	pthread_once(&seeded, make_seed);
	uint64_t h = seed ^ 14695981039346656037U;
	for (const unsigned char *p = (const unsigned char *)key; *p; p++)
		h = (h ^ *p) * 1099511628211U;
	h ^= h >> 32;
	h *= 0x9E3779B97F4A7C15U;
	return h ^ h >> 29;
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

static void grow(struct map *m)
{
	struct map bigger = {.cap = m->cap ? m->cap * 2 : 16, .len = m->len};

	bigger.slots = xcalloc(bigger.cap, sizeof *bigger.slots);
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			*probe(&bigger, m->slots[i].key, m->slots[i].hash) = m->slots[i];
	free(m->slots);
	*m = bigger;
}

bool map_add(struct map *m, const char *key, size_t value)
{
	if ((m->len + 1) * 4 > m->cap * 3)
		grow(m);
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
