/* Counts what each owner holds of the memory for large bodies. */
#include "adapt/httpd_room.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

struct room {
	pthread_mutex_t mutex;
	struct place *first; /* of those taken: no more than there are connections */
	size_t available;
};

struct room *room_new(size_t bytes)
{
	struct room *r = xcalloc(1, sizeof *r);

	pthread_mutex_init(&r->mutex, NULL);
	r->available = bytes;
	return r;
}

void room_free(struct room *r)
{
	if (!r)
		return;
	pthread_mutex_destroy(&r->mutex);
	free(r);
}

static size_t held_by(const struct room *r, const char *owner)
{
	size_t bytes = 0;

	for (const struct place *p = r->first; p; p = p->next)
		if (strcmp(p->owner, owner) == 0)
			bytes += p->bytes;
	return bytes;
}

static void add(struct room *r, struct place *p, const char *owner, size_t bytes)
{
	*p = (struct place){.next = r->first, .owner = owner, .bytes = bytes};
	if (p->next)
		p->next->prev = p;
	r->first = p;
	r->available -= bytes;
}

bool room_take(struct room *r, struct place *p, const char *owner, size_t bytes)
{
	pthread_mutex_lock(&r->mutex);
	bool fits = bytes <= r->available && held_by(r, owner) + bytes <= r->available - bytes;
	if (fits)
		add(r, p, owner, bytes);
	pthread_mutex_unlock(&r->mutex);
	return fits;
}

void room_leave(struct room *r, struct place *p)
{
	if (!p->bytes)
		return;
	pthread_mutex_lock(&r->mutex);
	if (p->prev)
		p->prev->next = p->next;
	else
		r->first = p->next;
	if (p->next)
		p->next->prev = p->prev;
	r->available += p->bytes;
	pthread_mutex_unlock(&r->mutex);
	*p = (struct place){0};
}
