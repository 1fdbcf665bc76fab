/* Cuts connections that are past their deadline, and the slowest where room is needed. */
#include "adapt/httpd_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

#define SWEEP_MS 250 /* how late a cut may come */
#define SLOW_MS 500  /* in one phase: nobody is cut to make room who is faster */
#define DRAIN_MS 20
#define LINGER_MS 2000
#define LINGERING_MAX 64

struct guarded {
	struct guarded *prev, *next;
	int fd;
	enum conn_phase phase;
	int64_t since, deadline; /* of the phase */
	size_t held;
	bool ended; /* was at its end in the sweep before, in the same phase */
	bool cut;
	bool linger;
};

struct lingering {
	int fd;
	int64_t until;
};

struct guard {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	pthread_t thread;
	/* A ring with this as its head, in the order of the last change of phase: oldest first. */
	struct guarded ring;
	unsigned count;
	struct guard_bounds bounds;
	struct lingering lingering[LINGERING_MAX];
	unsigned lingering_len;
	bool stopping;
};

static void unlink_conn(struct guarded *c)
{
	c->prev->next = c->next;
	c->next->prev = c->prev;
}

static void append_conn(struct guard *g, struct guarded *c)
{
	c->prev = g->ring.prev;
	c->next = &g->ring;
	g->ring.prev->next = c;
	g->ring.prev = c;
}

/* The event loop sees the end of the stream and closes; the descriptor stays valid till then. */
static void cut(struct guarded *c)
{
	if (!c->cut)
		shutdown(c->fd, SHUT_RDWR);
	c->cut = true;
}

bool guard_is_gone(const struct guarded *c)
{
	char byte;

	return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* What is too much, less what goes with those that are cut already. */
struct excess {
	unsigned count;
	size_t held;
};

static struct excess cut_ended(struct guard *g, int64_t now)
{
	unsigned count = 0;
	size_t held = 0;

	for (struct guarded *c = g->ring.next; c != &g->ring; c = c->next) {
		bool slow = c->phase != CONN_ANSWERING && c->since <= now - SLOW_MS;
		/* libmicrohttpd misses the end of a stream that came with its last bytes, and would
		 * wait for more, with room for a body that nobody sends. Seen twice, as a request
		 * may just have been taken from the socket, and not changed the phase yet. */
		bool ended = slow && guard_is_gone(c);
		if (c->deadline <= now || (ended && c->ended))
			cut(c);
		c->ended = ended;
		count += !c->cut;
		held += c->cut ? 0 : c->held;
	}
	return (struct excess){
		.count = count > g->bounds.room ? count - g->bounds.room : 0,
		.held = held > g->bounds.held ? held - g->bounds.held : 0,
	};
}

/* Those first that are in the phase for longest. */
static void make_room(struct guard *g, struct excess *x, enum conn_phase phase, int64_t before)
{
	for (struct guarded *c = g->ring.next; c != &g->ring && x->count; c = c->next)
		if (c->phase == phase && c->since <= before && !c->cut) {
			cut(c);
			x->count--;
		}
}

static void make_memory(struct guard *g, struct excess *x, int64_t before)
{
	for (struct guarded *c = g->ring.next; c != &g->ring && x->held; c = c->next)
		if (c->held && c->since <= before && !c->cut) {
			cut(c);
			x->held -= c->held < x->held ? c->held : x->held;
		}
}

static void sweep(struct guard *g, int64_t now)
{
	struct excess x = cut_ended(g, now);

	make_room(g, &x, CONN_IDLE, now - SLOW_MS);
	make_room(g, &x, CONN_READING, now - SLOW_MS);
	/* Last, as one of these may be between two requests that belong together. */
	make_room(g, &x, CONN_IDLE, now);
	make_memory(g, &x, now - SLOW_MS);
}

/* Returns false when the connection has ended or its time is over. */
static bool drain(const struct lingering *l, int64_t now)
{
	char scrap[16384];

	for (int i = 0; i < 16; i++) {
		ssize_t n = recv(l->fd, scrap, sizeof scrap, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (n < 0)
			break;
	}
	return now < l->until;
}

static void drain_all(struct guard *g, int64_t now)
{
	for (unsigned i = g->lingering_len; i > 0; i--) {
		struct lingering *l = &g->lingering[i - 1];
		if (drain(l, now))
			continue;
		close(l->fd);
		*l = g->lingering[--g->lingering_len];
	}
}

/* Called with the mutex held. */
static void wait_for_work(struct guard *g)
{
	struct timespec until;
	int64_t ms = clock_mono_ms() + (g->lingering_len ? DRAIN_MS : SWEEP_MS);

	if (!g->count && !g->lingering_len) {
		pthread_cond_wait(&g->wake, &g->mutex);
		return;
	}
	until = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
	pthread_cond_timedwait(&g->wake, &g->mutex, &until);
}

static void *run(void *arg)
{
	struct guard *g = arg;

	pthread_mutex_lock(&g->mutex);
	while (!g->stopping) {
		wait_for_work(g);
		int64_t now = clock_mono_ms();
		sweep(g, now);
		drain_all(g, now);
	}
	pthread_mutex_unlock(&g->mutex);
	return NULL;
}

int guard_start(struct guard **out, const struct guard_bounds *bounds, struct error *err)
{
	struct guard *g = xcalloc(1, sizeof *g);
	pthread_condattr_t attr;

	*out = NULL;
	g->ring.next = g->ring.prev = &g->ring;
	g->bounds = *bounds;
	pthread_mutex_init(&g->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* the clock of clock_mono_ms() */
	pthread_cond_init(&g->wake, &attr);
	pthread_condattr_destroy(&attr);
	int errnum = pthread_create(&g->thread, NULL, run, g);
	if (errnum) {
		free(g);
		return fail_sys(err, errnum, "could not start a thread");
	}
	*out = g;
	return 0;
}

void guard_stop(struct guard *g)
{
	if (!g)
		return;
	pthread_mutex_lock(&g->mutex);
	g->stopping = true;
	pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->mutex);
	pthread_join(g->thread, NULL);
	while (g->lingering_len)
		close(g->lingering[--g->lingering_len].fd);
	pthread_cond_destroy(&g->wake);
	pthread_mutex_destroy(&g->mutex);
	free(g);
}

struct guarded *guard_add(struct guard *g, int fd, int64_t deadline)
{
	struct guarded *c = xcalloc(1, sizeof *c);

	c->fd = fd;
	c->since = clock_mono_ms();
	c->deadline = deadline;
	pthread_mutex_lock(&g->mutex);
	append_conn(g, c);
	if (g->count++ == 0)
		pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->mutex);
	return c;
}

void guard_phase(struct guard *g, struct guarded *c, enum conn_phase phase, int64_t deadline)
{
	pthread_mutex_lock(&g->mutex);
	c->phase = phase;
	c->since = clock_mono_ms();
	c->deadline = deadline;
	c->ended = false;
	unlink_conn(c);
	append_conn(g, c);
	pthread_mutex_unlock(&g->mutex);
}

void guard_hold(struct guard *g, struct guarded *c, size_t bytes)
{
	pthread_mutex_lock(&g->mutex);
	c->held = bytes;
	pthread_mutex_unlock(&g->mutex);
}

bool guard_has_cut(struct guard *g, const struct guarded *c)
{
	pthread_mutex_lock(&g->mutex);
	bool cut = c->cut;
	pthread_mutex_unlock(&g->mutex);
	return cut;
}

void guard_linger(struct guard *g, struct guarded *c)
{
	pthread_mutex_lock(&g->mutex);
	c->linger = true;
	pthread_mutex_unlock(&g->mutex);
}

void guard_remove(struct guard *g, struct guarded *c)
{
	pthread_mutex_lock(&g->mutex);
	unlink_conn(c);
	g->count--;
	if (c->linger && !c->cut && g->lingering_len < LINGERING_MAX) {
		int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
		if (fd >= 0) {
			shutdown(fd, SHUT_WR);
			g->lingering[g->lingering_len++] = (struct lingering){
				fd, clock_mono_ms() + LINGER_MS};
			pthread_cond_signal(&g->wake);
		}
	}
	pthread_mutex_unlock(&g->mutex);
	free(c);
}
