/*
 * The memory for large bodies, which owners share: each may hold as much as it leaves free. So one
 * alone gets half of it, two a third each, and there is some for whoever comes next.
 */
#ifndef ADAPT_HTTPD_ROOM_H
#define ADAPT_HTTPD_ROOM_H

#include <stdbool.h>
#include <stddef.h>

struct room;

/* What one body holds; zero bytes are a place that holds nothing. */
struct place {
	struct place *prev, *next;
	const char *owner;
	size_t bytes;
};

struct room *room_new(size_t bytes);
void room_free(struct room *r); /* once every place is left; NULL is fine */

/*
 * Takes bytes (not 0) into p, which holds nothing yet and is to stay where it is until it is left;
 * false: there is no room for this owner. owner lasts as long. Thread-safe, as room_leave().
 */
bool room_take(struct room *r, struct place *p, const char *owner, size_t bytes);
void room_leave(struct room *r, struct place *p); /* a place that holds nothing is fine */

#endif
