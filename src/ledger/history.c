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
	for (size_t i = 0; h->items && i < h->len; i++)
		free_entry(&h->items[i]);
	free(h->items);
	free_entry(&h->newest);
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

/* Takes name; how it looks tells the format. */
static enum record_format make_entry(struct history_entry *e, char *name)
{
	size_t v1 = record_name_v1_id(name);

	*e = (struct history_entry){.name = name, .id = v1 ? xstrndup(name, v1) : xstrdup(name)};
	return v1 ? RECORD_V1 : RECORD_PGROLL;
}

void history_from_ledger(struct history *h, const struct ledger *l)
{
	*h = (struct history){0};
	for (size_t i = 0; i < l->names.len; i++) {
		struct history_entry e;
		enum record_format format = make_entry(&e, xstrdup(l->names.items[i]));
		take_entry(h, e, format);
	}
}

void history_from_newest(struct history *h, size_t len, const char *newest, history_load_fn *load,
			 void *ctx)
{
	*h = (struct history){.len = len, .load = load, .ctx = ctx};
	h->format = make_entry(&h->newest, xstrdup(newest));
}

int history_load(struct history *h, struct error *err)
{
	struct history_entry newest = h->newest;
	const struct ledger *l = NULL;

	int rc = h->load ? h->load(&l, h->ctx, err) : 0;
	if (rc < 0 || !l)
		return rc;
	history_from_ledger(h, l);
	h->newest = newest; /* it may have been borrowed */
	return 0;
}

const struct history_entry *history_at(const struct history *h, size_t at)
{
	return h->load ? &h->newest : &h->items[at];
}

bool history_find(const struct history *h, const char *id, size_t *at)
{
	if (!id)
		return false;
	if (!h->load)
		return map_get(&h->by_id, id, at);
	*at = h->len - 1;
	return str_eq(h->newest.id, id);
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
