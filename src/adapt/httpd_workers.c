/* Queues and the threads that empty them. */
#include "adapt/httpd_workers.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

struct lane {
	struct work *first;	/* of the owner whose turn it is */
	unsigned running, most; /* at once */
	unsigned most_of_owner; /* likewise */
};

/* A thread, and what it runs. */
struct worker {
	struct workers *ws;
	pthread_t thread;
	struct lane *lane; /* NULL: it waits */
	char owner[WORK_OWNER_MAX + 1];
};

struct workers {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct worker *threads;
	unsigned threads_len, threads_max;
	struct lane lanes[LANES];
	unsigned turn; /* the lane that is asked first */
	void (*run)(struct work *w);
	bool stopping;
};

/* The place of the owner's first job in the lane: that of the end when there is none. */
static struct work **place_of(struct lane *l, const char *owner)
{
	struct work **at = &l->first;

	while (*at && strcmp((*at)->owner, owner) != 0)
		at = &(*at)->others;
	return at;
}

static void push(struct lane *l, struct work *w)
{
	struct work **at = place_of(l, w->owner);

	w->next = w->others = NULL;
	w->last = w;
	if (*at) {
		(*at)->last->next = w;
		(*at)->last = w;
	} else {
		*at = w;
	}
}

/* Takes an owner's first job out; the owner goes behind the others then. at: its place. */
static struct work *pop(struct lane *l, struct work **at)
{
	struct work *w = *at;

	if (!w)
		return NULL;
	*at = w->others;
	if (w->next) {
		w->next->last = w->last;
		w->next->others = NULL;
		*place_of(l, w->owner) = w->next;
	}
	return w;
}

static unsigned running_of(const struct workers *ws, const struct lane *l, const char *owner)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ws->threads_max; i++)
		n += ws->threads[i].lane == l && strcmp(ws->threads[i].owner, owner) == 0;
	return n;
}

/* The next job of a lane, of those owners that may run one more. */
static struct work *pop_allowed(struct workers *ws, struct lane *l)
{
	struct work **at = &l->first;

	if (l->running >= l->most)
		return NULL;
	while (*at && running_of(ws, l, (*at)->owner) >= l->most_of_owner)
		at = &(*at)->others;
	return pop(l, at);
}

/* The next job for a worker; NULL: none. Called with the mutex held. */
static struct work *next(struct workers *ws, struct worker *self)
{
	for (unsigned i = 0; i < LANES; i++) {
		struct lane *l = &ws->lanes[(ws->turn + i) % LANES];
		struct work *w = pop_allowed(ws, l);
		if (!w)
			continue;
		l->running++;
		self->lane = l;
		snprintf(self->owner, sizeof self->owner, "%s", w->owner);
		ws->turn = (ws->turn + i + 1) % LANES;
		return w;
	}
	return NULL;
}

static void *loop(void *arg)
{
	struct worker *self = arg;
	struct workers *ws = self->ws;

	pthread_mutex_lock(&ws->mutex);
	while (!ws->stopping) {
		struct work *w = next(ws, self);
		if (!w) {
			pthread_cond_wait(&ws->wake, &ws->mutex);
			continue;
		}
		struct lane *lane = self->lane;
		pthread_mutex_unlock(&ws->mutex);
		ws->run(w); /* which may free it */
		pthread_mutex_lock(&ws->mutex);
		lane->running--;
		self->lane = NULL;
		/* This thread may take from another lane now: somebody may be waiting for this one.
		 */
		if (lane->first)
			pthread_cond_signal(&ws->wake);
	}
	pthread_mutex_unlock(&ws->mutex);
	return NULL;
}

static void end_threads(struct workers *ws)
{
	pthread_mutex_lock(&ws->mutex);
	ws->stopping = true;
	pthread_cond_broadcast(&ws->wake);
	pthread_mutex_unlock(&ws->mutex);
	for (unsigned i = 0; i < ws->threads_len; i++)
		pthread_join(ws->threads[i].thread, NULL);
	ws->threads_len = 0;
}

int workers_start(struct workers **out, unsigned threads, void (*run)(struct work *w),
		  struct error *err)
{
	struct workers *ws = xcalloc(1, sizeof *ws);

	*out = NULL;
	ws->threads = xcalloc(threads, sizeof *ws->threads);
	ws->threads_max = threads;
	for (unsigned i = 0; i < LANES; i++) /* which leaves a quarter for the open lane */
		ws->lanes[i].most = ws->lanes[i].most_of_owner = i == LANE_OPEN ? threads
										: threads / 4;
	ws->lanes[LANE_LARGE].most_of_owner = ws->lanes[LANE_WRITE].most_of_owner = threads / 8;
	ws->run = run;
	pthread_mutex_init(&ws->mutex, NULL);
	pthread_cond_init(&ws->wake, NULL);
	while (ws->threads_len < threads) {
		struct worker *self = &ws->threads[ws->threads_len];
		self->ws = ws;
		int errnum = pthread_create(&self->thread, NULL, loop, self);
		if (errnum) {
			end_threads(ws);
			workers_free(ws);
			return fail_sys(err, errnum, "could not start a thread");
		}
		ws->threads_len++;
	}
	*out = ws;
	return 0;
}

bool workers_give(struct workers *ws, struct work *w, void (*commit)(struct work *w))
{
	pthread_mutex_lock(&ws->mutex);
	bool open = !ws->stopping;
	if (open) {
		commit(w);
		push(&ws->lanes[w->lane], w);
		pthread_cond_signal(&ws->wake);
	}
	pthread_mutex_unlock(&ws->mutex);
	return open;
}

void workers_stop(struct workers *ws, void (*drop)(struct work *w))
{
	struct work *w;

	end_threads(ws);
	for (unsigned i = 0; i < LANES; i++)
		while ((w = pop(&ws->lanes[i], &ws->lanes[i].first)))
			drop(w);
}

void workers_free(struct workers *ws)
{
	if (!ws)
		return;
	pthread_cond_destroy(&ws->wake);
	pthread_mutex_destroy(&ws->mutex);
	free(ws->threads);
	free(ws);
}
