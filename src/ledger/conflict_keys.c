/* The table of keys: what the operations of two sides touch, each thing once. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/conflict_impl.h"

#include "base/banned.h"

void accesses_release(struct accesses *a)
{
	for (size_t i = 0; i < a->len; i++) {
		free(a->keys[i].text);
		for (int side = 0; side < SIDES; side++)
			free(a->keys[i].side[side].items);
	}
	free(a->keys);
	for (int side = 0; side < SIDES; side++)
		free(a->undecidable[side].items);
	map_release(&a->index);
	str_release(&a->scratch);
	*a = (struct accesses){0};
}

/* ---- keys */

/* A separator that operation_check() admits in no name. */
#define SEPARATOR '\001'

static const char *key_text(struct str *out, enum key_kind kind, const char *schema,
			    const char *table, const char *name)
{
	const char *const parts[] = {schema, table, name};

	str_clear(out);
	str_putc(out, (char)('a' + (int)kind));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		str_putc(out, SEPARATOR);
		str_puts(out, parts[i] ? parts[i] : "");
	}
	return str_cstr(out);
}

/* A copy of text with copies of the two names behind it, where there are any. */
static char *with_names(const char *text, const char **table, const char **name)
{
	size_t text_size = strlen(text) + 1;
	size_t table_size = *table ? strlen(*table) + 1 : 0;
	size_t name_size = *name ? strlen(*name) + 1 : 0;
	char *block = xcalloc(1, text_size + table_size + name_size);

	memcpy(block, text, text_size);
	if (*table)
		*table = memcpy(block + text_size, *table, table_size);
	if (*name)
		*name = memcpy(block + text_size + table_size, *name, name_size);
	return block;
}

size_t access_key_at(struct accesses *a, enum key_kind kind, const char *schema, const char *table,
		     const char *name)
{
	const char *text = key_text(&a->scratch, kind, schema, table, name);
	size_t at;

	if (map_get(&a->index, text, &at))
		return at;
	if (a->len == a->cap) {
		a->cap = a->cap ? a->cap * 2 : 64;
		a->keys = xrealloc(a->keys, a->cap, sizeof *a->keys);
	}
	at = a->len++;
	char *own = with_names(text, &table, &name);
	a->keys[at] = (struct access_key){.text = own,
					  .kind = kind,
					  .table = table,
					  .name = name,
					  .owner = NO_KEY,
					  .former = {NO_KEY, NO_KEY}};
	map_set(&a->index, a->keys[at].text, at);
	if (table) {
		size_t owner = access_key_at(a, KEY_TABLE, schema, NULL, table);
		a->keys[at].owner = owner; /* not before: the call may move the keys */
	}
	return at;
}
