/* Tests of whose job comes next, and that none is lost. */
#include "lib/unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "adapt/httpd_workers.h"
#include "base/clock.h"

#define JOBS 600

struct job {
	struct work work; /* first: the workers hand it back */
	struct bench *bench;
	const char *name;
	atomic_uint run, dropped;
};

/* What the jobs of one test share: the order in which they ran, behind a gate. */
struct bench {
	struct workers *workers;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool open, last_open; /* last: for the jobs of owner "z" */
	char order[256];
	unsigned begun, ended;
	enum work_lane lane; /* that give_all() uses */
};

static void run(struct work *w)
{
	struct job *j = (struct job *)w;
	struct bench *b = j->bench;

	pthread_mutex_lock(&b->mutex);
	size_t len = strlen(b->order);
	snprintf(b->order + len, sizeof b->order - len, "%s ", j->name);
	b->begun++;
	pthread_cond_broadcast(&b->changed);
	while (!(j->name[0] == 'z' ? b->last_open : b->open))
		pthread_cond_wait(&b->changed, &b->mutex);
	j->run++;
	b->ended++;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->mutex);
}

static void drop(struct work *w)
{
	((struct job *)w)->dropped++;
}

static void commit(struct work *w)
{
	(void)w;
}

static void bench_start(struct bench *b, bool open)
{
	struct error err = {0};

	*b = (struct bench){.open = open, .lane = LANE_LARGE};
	pthread_mutex_init(&b->mutex, NULL);
	pthread_cond_init(&b->changed, NULL);
	assert_ok(workers_start(&b->workers, WORKERS_MIN, run, &err), &err);
}

static void bench_stop(struct bench *b)
{
	workers_stop(b->workers, drop);
	workers_free(b->workers);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->mutex);
}

/* Waits for so many, at most ten seconds. */
static void bench_wait(struct bench *b, const unsigned *count, unsigned wanted)
{
	int64_t until = clock_mono_ms() + 10000;

	for (;;) {
		pthread_mutex_lock(&b->mutex);
		unsigned got = *count;
		pthread_mutex_unlock(&b->mutex);
		if (got >= wanted)
			return;
		if (clock_mono_ms() > until)
			unit_fail("%u of %u jobs", got, wanted);
		clock_sleep_ms(2);
	}
}

static void bench_open(struct bench *b, bool *gate)
{
	pthread_mutex_lock(&b->mutex);
	*gate = true;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->mutex);
}

/* The names' first letters are the owners; so many of the first run when the others come. */
static void give_all(struct bench *b, struct job *jobs, const char *const *names, size_t n,
		     unsigned running)
{
	static const char *const owners[] = {"a", "b", "c", "z"};

	for (size_t i = 0; i < n; i++) {
		jobs[i] = (struct job){.bench = b, .name = names[i]};
		jobs[i].work.lane = b->lane;
		jobs[i].work.owner = owners[strcspn("abc", (char[]){names[i][0], 0})];
		assert_true(workers_give(b->workers, &jobs[i].work, commit));
		if (i < running)
			bench_wait(b, &b->begun, (unsigned)i + 1);
	}
}

/* One of the two threads for large jobs is taken all the time. */
static void the_owners_of_jobs_take_turns(void **state)
{
	static const char *const names[] = {"z1", "a1", "a2", "a3", "a4",
					    "b1", "c1", "b2", "a5", "c2"};
	struct job jobs[ARRAY_LEN(names)];
	struct bench b;

	(void)state;
	bench_start(&b, false);
	give_all(&b, jobs, names, ARRAY_LEN(names), 2);
	bench_open(&b, &b.open);
	bench_wait(&b, &b.ended, ARRAY_LEN(names) - 1);
	bench_open(&b, &b.last_open);
	bench_stop(&b);
	assert_string_equal(b.order, "z1 a1 a2 b1 c1 a3 b2 c2 a4 a5 ");
}

/* Of eight threads two; so that another owner need not wait for the end of a1. */
static void writes_and_large_jobs_run_two_at_once_but_of_one_owner_one(void **state)
{
	static const char *const names[] = {"a1", "a2", "a3", "b1", "c1"};
	static const enum work_lane lanes[] = {LANE_WRITE, LANE_LARGE};
	struct job jobs[ARRAY_LEN(names)];
	struct bench b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
		bench_start(&b, false);
		b.lane = lanes[i];
		give_all(&b, jobs, names, ARRAY_LEN(names), 1);
		bench_wait(&b, &b.begun, 2);
		clock_sleep_ms(50);
		assert_string_equal(b.order, "a1 b1 ");
		bench_open(&b, &b.open);
		bench_wait(&b, &b.ended, ARRAY_LEN(names));
		bench_stop(&b);
	}
}

static void *open_later(void *arg)
{
	struct bench *b = arg;

	clock_sleep_ms(100);
	bench_open(b, &b->open);
	return NULL;
}

static void what_has_not_begun_is_dropped_at_the_end(void **state)
{
	static const char *const names[] = {"a1", "b1", "a2", "a3", "c1", "b2"};
	struct job jobs[ARRAY_LEN(names)];
	pthread_t opener;
	struct bench b;

	(void)state;
	bench_start(&b, false);
	give_all(&b, jobs, names, ARRAY_LEN(names), 2);
	pthread_create(&opener, NULL, open_later, &b); /* when the stop has begun */
	workers_stop(b.workers, drop);
	pthread_join(opener, NULL);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(jobs[i].run, i < 2);
		assert_int_equal(jobs[i].dropped, i >= 2);
	}
	assert_false(workers_give(b.workers, &jobs[1].work, commit));
	bench_stop(&b);
}

struct giver {
	struct bench *bench;
	struct job *jobs;
	const char *owner;
};

static void *give_many(void *arg)
{
	struct giver *g = arg;

	for (unsigned i = 0; i < JOBS; i++) {
		g->jobs[i] = (struct job){.bench = g->bench, .name = ""};
		g->jobs[i].work.lane = (enum work_lane)(i % LANES);
		g->jobs[i].work.owner = g->owner;
		if (!workers_give(g->bench->workers, &g->jobs[i].work, commit))
			unit_fail("refused");
	}
	return NULL;
}

static void each_job_of_many_owners_runs_once(void **state)
{
	static const char *const owners[] = {"a", "b", "c", "", "a"};
	static struct job jobs[ARRAY_LEN(owners)][JOBS];
	struct giver givers[ARRAY_LEN(owners)];
	pthread_t threads[ARRAY_LEN(owners)];
	struct bench b;

	(void)state;
	bench_start(&b, true);
	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		givers[i] = (struct giver){&b, jobs[i], owners[i]};
		pthread_create(&threads[i], NULL, give_many, &givers[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		pthread_join(threads[i], NULL);
	bench_wait(&b, &b.ended, ARRAY_LEN(owners) * JOBS);
	bench_stop(&b);
	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		for (size_t k = 0; k < JOBS; k++)
			assert_int_equal(jobs[i][k].run, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owners_of_jobs_take_turns),
		cmocka_unit_test(writes_and_large_jobs_run_two_at_once_but_of_one_owner_one),
		cmocka_unit_test(what_has_not_begun_is_dropped_at_the_end),
		cmocka_unit_test(each_job_of_many_owners_runs_once),
	};
	return unit_main(tests);
}
