/* Queues and the threads that empty them. */
#include "adapt/httpd_workers.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

struct lane {
	struct work *first;	/* of the owner whose turn it is */
	unsigned running, most; /* at once */
};

struct workers {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	pthread_t *threads;
	unsigned threads_len;
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

/* The next job of the owner whose turn it is, who goes behind the others then. */
static struct work *pop(struct lane *l)
{
	struct work *w = l->first;

	if (!w)
		return NULL;
	l->first = w->others;
	if (w->next) {
		w->next->last = w->last;
		w->next->others = NULL;
		*place_of(l, w->owner) = w->next;
	}
	return w;
}

/* The next job of a lane that may run one more; NULL: none. Called with the mutex held. */
static struct work *next(struct workers *ws)
{
	for (unsigned i = 0; i < LANES; i++) {
		struct lane *l = &ws->lanes[(ws->turn + i) % LANES];
		struct work *w = l->running < l->most ? pop(l) : NULL;
		if (!w)
			continue;
		l->running++;
		ws->turn = (ws->turn + i + 1) % LANES;
		return w;
	}
	return NULL;
}

static void *loop(void *arg)
{
	struct workers *ws = arg;

	pthread_mutex_lock(&ws->mutex);
	while (!ws->stopping) {
		struct work *w = next(ws);
		if (!w) {
			pthread_cond_wait(&ws->wake, &ws->mutex);
			continue;
		}
		enum work_lane lane = w->lane;
		pthread_mutex_unlock(&ws->mutex);
		ws->run(w); /* which may free it */
		pthread_mutex_lock(&ws->mutex);
		ws->lanes[lane].running--;
		/* This thread may take from another lane now: somebody may be waiting for this one.
		 */
		if (ws->lanes[lane].first)
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
		pthread_join(ws->threads[i], NULL);
	ws->threads_len = 0;
}

int workers_start(struct workers **out, unsigned threads, void (*run)(struct work *w),
		  struct error *err)
{
	struct workers *ws = xcalloc(1, sizeof *ws);

	*out = NULL;
	ws->threads = xcalloc(threads, sizeof *ws->threads);
	/* Of six threads 2, 2 and 1, which leaves one for the open lane. */
	ws->lanes[LANE_OPEN].most = threads;
	ws->lanes[LANE_BULK].most = ws->lanes[LANE_WRITE].most = (threads + 1) / 3;
	ws->lanes[LANE_LARGE].most = (threads + 1) / 6;
	ws->run = run;
	pthread_mutex_init(&ws->mutex, NULL);
	pthread_cond_init(&ws->wake, NULL);
	while (ws->threads_len < threads) {
		int errnum = pthread_create(&ws->threads[ws->threads_len], NULL, loop, ws);
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
		while ((w = pop(&ws->lanes[i])))
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
