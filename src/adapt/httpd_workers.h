/*
 * Threads that run jobs. The event loops of the server give them whole requests, so that a loop
 * never waits for the database. Jobs wait in lanes, whose turns come round: of those in the other
 * lanes only so many run at once that threads are left for the open lane. In a lane the owners of
 * the jobs take turns, so that many jobs of one do not stand before the first of another; and in
 * those of writes and of large bodies no owner has all the threads that there are for it.
 */
#ifndef ADAPT_HTTPD_WORKERS_H
#define ADAPT_HTTPD_WORKERS_H

#include <stdbool.h>

#include "base/error.h"

enum work_lane {
	LANE_OPEN,
	LANE_BULK,
	LANE_WRITE,
	LANE_LARGE, /* requests with large or heavy bodies: long before they come to anything */
	LANES
};

#define WORK_OWNER_MAX 63

/* Part of what is to be done; the queue of its lane links it. */
struct work {
	struct work *next; /* of the same owner */
	struct work
		*others;   /* the first of the owner whose turn is next; of an owner's first only */
	struct work *last; /* of the same owner; likewise */
	const char *owner; /* who asked, up to WORK_OWNER_MAX bytes; lasts until run or drop */
	enum work_lane lane;
};

struct workers;

/* run is called on a worker for each job. At least WORKERS_MIN threads, so that no lane has none.
 */
#define WORKERS_MIN 8u
int workers_start(struct workers **out, unsigned threads, void (*run)(struct work *w),
		  struct error *err) MUST_USE;

/*
 * Calls commit(w), then queues w; or does neither and returns false, once workers_stop() has
 * begun. That order is what suspending a connection needs: a worker may resume it at once.
 */
bool workers_give(struct workers *ws, struct work *w, void (*commit)(struct work *w));

/*
 * Lets each thread finish its job and ends it, then calls drop for the jobs that none had begun.
 * workers_give() may still be called, and refuses, until workers_free().
 */
void workers_stop(struct workers *ws, void (*drop)(struct work *w));
void workers_free(struct workers *ws); /* after workers_stop(); NULL is fine */

#endif
