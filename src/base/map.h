/* A hash table from strings to indices: finds a record or a table by its name in constant time. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Zero bytes are a valid empty map. Keys are borrowed and must outlive the map. */
struct map {
	struct map_slot *slots;
	size_t len;
	size_t cap;
};

/* Makes room for so many keys at once, where their number is known: growing moves all of them. */
void map_reserve(struct map *m, size_t keys);
/* False, and nothing changed, when key is there already. */
bool map_add(struct map *m, const char *key, size_t value);
/* Adds the key or gives it a new value. */
void map_set(struct map *m, const char *key, size_t value);
/* False when absent. */
bool map_get(const struct map *m, const char *key, size_t *value);
/* False when it was absent. */
bool map_remove(struct map *m, const char *key);
void map_release(struct map *m);
AUTO_VALUE_DEFINE(map)

#endif
