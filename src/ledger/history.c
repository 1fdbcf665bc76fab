/* Ordered identities of records, without the records. */
#include "ledger/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

static void free_entry(struct history_entry *e)
{
	free(e->name);
	free(e->id);
	free(e->checksum);
}

void history_release(struct history *h)
{
	for (size_t i = 0; i < h->len; i++)
		free_entry(&h->items[i]);
	free(h->items);
	map_release(&h->by_id);
	*h = (struct history){0};
}

/* Takes the texts of e. */
static bool take_entry(struct history *h, struct history_entry e, enum record_format format)
{
	if (!map_add(&h->by_id, e.id, h->len)) {
		free_entry(&e);
		return false;
	}
	if (h->len == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 16;
		h->items = xrealloc(h->items, h->cap, sizeof *h->items);
	}
	h->items[h->len++] = e;
	h->format = format;
	return true;
}

void history_from_ledger(struct history *h, const struct ledger *l)
{
	*h = (struct history){0};
	for (size_t i = 0; i < l->names.len; i++) {
		const char *name = l->names.items[i];
		size_t v1 = record_name_v1_id(name);
		struct history_entry e = {.name = xstrdup(name),
					  .id = v1 ? xstrndup(name, v1) : xstrdup(name)};
		take_entry(h, e, v1 ? RECORD_V1 : RECORD_PGROLL);
	}
}

bool history_add(struct history *h, const struct record *r)
{
	struct history_entry e = {.name = xstrdup(record_name(r)),
				  .id = xstrdup(record_id(r)),
				  .checksum = xstrdup(record_checksum(r))};

	return take_entry(h, e, record_format(r));
}

void history_truncate(struct history *h, size_t len)
{
	while (h->len > len) {
		struct history_entry *e = &h->items[--h->len];
		map_remove(&h->by_id, e->id);
		free_entry(e);
	}
	if (h->len == 0)
		h->format = RECORD_NONE;
	else if (record_name_v1_id(h->items[h->len - 1].name))
		h->format = RECORD_V1;
}

bool history_entry_is(const struct history_entry *entry, const struct record *r)
{
	const char *sum = record_checksum(r);

	if (strcmp(entry->id, record_id(r)) != 0)
		return false;
	if (entry->checksum && sum)
		return strcmp(entry->checksum, sum) == 0;
	/* A v1 name holds digits of the checksum; a pgroll name is the id. */
	return strcmp(entry->name, record_name(r)) == 0;
}

const char *relation_name(enum relation r)
{
	switch (r) {
	case RELATION_AHEAD:
		return "ahead";
	case RELATION_BEHIND:
		return "behind";
	case RELATION_DIVERGED:
		return "diverged";
	case RELATION_EQUAL:
		break;
	}
	return "up_to_date";
}
