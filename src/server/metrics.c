/* Counts requests and pushes, and prints the counters. */
#include "server/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "server/routes.h"

#include "base/banned.h"

/* Every status that the server gives; anything else is counted as the last, 500. */
static const int statuses[] = {200, 201, 204, 400, 401, 403, 404, 405,
			       409, 413, 422, 423, 503, 507, 500};
/* Upper bounds of the duration buckets in microseconds; one more for everything above. */
static const int64_t bounds[] = {1000, 5000, 25000, 100000, 500000, 2500000, 10000000};
#define BUCKETS (ARRAY_LEN(bounds) + 1)

struct metrics {
	pthread_mutex_t lock;
	int64_t started_at;
	long in_flight;
	long *requests; /* [route + 1][status]; row 0: paths without a route */
	long buckets[BUCKETS];
	double seconds;
	long pushes, conflicts, refused, records;
};

struct metrics *metrics_new(int64_t started_at)
{
	struct metrics *m = xcalloc(1, sizeof *m);

	pthread_mutex_init(&m->lock, NULL);
	m->started_at = started_at;
	m->requests = xcalloc((routes_len + 1) * ARRAY_LEN(statuses), sizeof *m->requests);
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	pthread_mutex_destroy(&m->lock);
	free(m->requests);
	free(m);
}

static int64_t mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t metrics_begin(struct metrics *m)
{
	pthread_mutex_lock(&m->lock);
	m->in_flight++;
	pthread_mutex_unlock(&m->lock);
	return mono_us();
}

void metrics_end(struct metrics *m, int64_t begun, int route, int status)
{
	int64_t us = mono_us() - begun;
	size_t column = 0, bucket = 0;

	while (column + 1 < ARRAY_LEN(statuses) && statuses[column] != status)
		column++;
	while (bucket + 1 < BUCKETS && us > bounds[bucket])
		bucket++;
	size_t row = route < 0 ? 0 : (size_t)route + 1;
	pthread_mutex_lock(&m->lock);
	m->in_flight--;
	m->requests[row * ARRAY_LEN(statuses) + column]++;
	m->buckets[bucket]++;
	m->seconds += (double)us / 1e6;
	pthread_mutex_unlock(&m->lock);
}

void metrics_push(struct metrics *m, long records)
{
	pthread_mutex_lock(&m->lock);
	if (records == METRICS_PUSH_CONFLICT)
		m->conflicts++;
	else if (records < 0)
		m->refused++;
	else
		m->pushes++;
	if (records > 0)
		m->records += records;
	pthread_mutex_unlock(&m->lock);
}

static void put_head(struct str *out, const char *name, const char *type, const char *help)
{
	str_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_requests(struct str *out, const struct metrics *m)
{
	put_head(out, "xatad_requests_total", "counter", "Requests answered.");
	for (size_t i = 0; i <= routes_len; i++)
		for (size_t j = 0; j < ARRAY_LEN(statuses); j++) {
			long n = m->requests[i * ARRAY_LEN(statuses) + j];
			if (n)
				str_printf(out,
					   "xatad_requests_total{method=\"%s\",route=\"%s\","
					   "status=\"%d\"} %ld\n",
					   i ? routes[i - 1].method : "any",
					   i ? routes[i - 1].pattern : "none", statuses[j], n);
		}
}

static void put_durations(struct str *out, const struct metrics *m)
{
	long sum = 0;

	put_head(out, "xatad_request_seconds", "histogram", "Time to answer a request.");
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		sum += m->buckets[i];
		str_printf(out, "xatad_request_seconds_bucket{le=\"%g\"} %ld\n",
			   (double)bounds[i] / 1e6, sum);
	}
	sum += m->buckets[ARRAY_LEN(bounds)];
	str_printf(out, "xatad_request_seconds_bucket{le=\"+Inf\"} %ld\n", sum);
	str_printf(out, "xatad_request_seconds_sum %.6f\nxatad_request_seconds_count %ld\n",
		   m->seconds, sum);
}

void metrics_print(struct metrics *m, struct str *out)
{
	pthread_mutex_lock(&m->lock);
	put_requests(out, m);
	put_durations(out, m);
	put_head(out, "xatad_requests_in_flight", "gauge", "Requests being answered.");
	str_printf(out, "xatad_requests_in_flight %ld\n", m->in_flight);
	put_head(out, "xatad_pushes_total", "counter", "Pushes by outcome.");
	str_printf(out,
		   "xatad_pushes_total{outcome=\"accepted\"} %ld\n"
		   "xatad_pushes_total{outcome=\"conflict\"} %ld\n"
		   "xatad_pushes_total{outcome=\"refused\"} %ld\n",
		   m->pushes, m->conflicts, m->refused);
	put_head(out, "xatad_records_total", "counter", "Records that pushes added.");
	str_printf(out, "xatad_records_total %ld\n", m->records);
	put_head(out, "xatad_start_time_seconds", "gauge", "Unix time of the start.");
	str_printf(out, "xatad_start_time_seconds %lld\n", (long long)(m->started_at / 1000000));
	pthread_mutex_unlock(&m->lock);
}
