/* A queue and the threads that empty it. */
#include "adapt/httpd_workers.h"

#include <pthread.h>

#include "base/alloc.h"

#include "base/banned.h"

struct workers {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	pthread_t *threads;
	unsigned threads_len;
	struct work *first, **last;
	void (*run)(struct work *w);
	bool stopping;
};

/* NULL: stop. */
static struct work *take(struct workers *ws)
{
	struct work *w = NULL;

	pthread_mutex_lock(&ws->mutex);
	while (!ws->first && !ws->stopping)
		pthread_cond_wait(&ws->wake, &ws->mutex);
	if (!ws->stopping) {
		w = ws->first;
		ws->first = w->next;
		if (!ws->first)
			ws->last = &ws->first;
	}
	pthread_mutex_unlock(&ws->mutex);
	return w;
}

static void *loop(void *arg)
{
	struct workers *ws = arg;
	struct work *w;

	while ((w = take(ws)))
		ws->run(w);
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
	ws->last = &ws->first;
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
		w->next = NULL;
		*ws->last = w;
		ws->last = &w->next;
		pthread_cond_signal(&ws->wake);
	}
	pthread_mutex_unlock(&ws->mutex);
	return open;
}

void workers_stop(struct workers *ws, void (*drop)(struct work *w))
{
	end_threads(ws);
	while (ws->first) {
		struct work *w = ws->first;
		ws->first = w->next;
		drop(w);
	}
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
