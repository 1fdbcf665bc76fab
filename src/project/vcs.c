/* The value types of vcs.h. */
#include "project/vcs.h"

#include <stdlib.h>

#include "base/alloc.h"

#include "base/banned.h"

void vcs_id_hex(char out[VCS_HEX_MAX + 1], const struct vcs_id *id)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < id->len && i < sizeof id->bytes; i++) {
		out[n++] = digits[id->bytes[i] >> 4];
		out[n++] = digits[id->bytes[i] & 15];
	}
	out[n] = '\0';
}

#define NAMES_SIZE ((size_t)64 << 10)

/* A piece of memory with names in it, and the pieces that are full. */
struct vcs_names {
	struct vcs_names *full;
	size_t used, size;
	char bytes[];
};

static const char *keep_name(struct vcs_entries *l, const char *name, size_t len)
{
	struct vcs_names *n = l->names;

	if (!n || len >= n->size - n->used) {
		size_t size = len < NAMES_SIZE ? NAMES_SIZE : len + 1;
		n = xrealloc(NULL, sizeof *n + size, 1);
		*n = (struct vcs_names){.full = l->names, .size = size};
		l->names = n;
	}
	char *kept = n->bytes + n->used;
	memcpy(kept, name, len);
	kept[len] = '\0';
	n->used += len + 1;
	return kept;
}

void vcs_entries_release(struct vcs_entries *l)
{
	while (l->names) {
		struct vcs_names *n = l->names;
		l->names = n->full;
		free(n);
	}
	free(l->items);
	*l = (struct vcs_entries){0};
}

struct vcs_entry *vcs_entries_add(struct vcs_entries *l, const char *name, size_t len)
{
	if (l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->items = xrealloc(l->items, l->cap, sizeof *l->items);
	}
	l->items[l->len] = (struct vcs_entry){.name = keep_name(l, name, len)};
	return &l->items[l->len++];
}

struct vcs_entry *vcs_entries_find(const struct vcs_entries *l, const char *name)
{
	size_t low = 0, high = l->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(l->items[middle].name, name);
		if (order == 0)
			return &l->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void vcs_ids_release(struct vcs_ids *l)
{
	free(l->items);
	*l = (struct vcs_ids){0};
}

void vcs_ids_add(struct vcs_ids *l, const struct vcs_id *id)
{
	if (l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 4;
		l->items = xrealloc(l->items, l->cap, sizeof *l->items);
	}
	l->items[l->len++] = *id;
}

#define VCS_CONFLICT_NAME(id, name) name,
static const char *const conflict_names[] = {VCS_CONFLICT_KINDS(VCS_CONFLICT_NAME)};
#undef VCS_CONFLICT_NAME

const char *vcs_conflict_name(enum vcs_conflict_kind kind)
{
	return (size_t)kind < ARRAY_LEN(conflict_names) ? conflict_names[kind] : "unknown";
}

void vcs_conflicts_release(struct vcs_conflicts *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->items[i].path);
	free(l->items);
	*l = (struct vcs_conflicts){0};
}

void vcs_conflicts_add(struct vcs_conflicts *l, char *path, enum vcs_conflict_kind kind)
{
	if (l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 16;
		l->items = xrealloc(l->items, l->cap, sizeof *l->items);
	}
	l->items[l->len++] = (struct vcs_conflict){.path = path, .kind = kind};
}

void vcs_ref_release(struct vcs_ref *r)
{
	free(r->name);
	*r = (struct vcs_ref){0};
}
