/*
 * What the server counts, as Prometheus text. Thread-safe. Labels are route patterns and never
 * what a client sent, so their number is bounded.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stdint.h>

#include "base/str.h"

struct metrics;
struct metrics *metrics_new(int64_t started_at); /* Unix microseconds */
void metrics_free(struct metrics *m);

int64_t metrics_begin(struct metrics *m); /* a request came; its time, for metrics_end() */
/* route: index into the route table, < 0 when the path had none. */
void metrics_end(struct metrics *m, int64_t begun, int route, int status);
/* A push was decided: records that the branch got, or that it was refused. */
void metrics_push(struct metrics *m, long records);
#define METRICS_PUSH_CONFLICT (-1L)
#define METRICS_PUSH_REFUSED (-2L)

void metrics_print(struct metrics *m, struct str *out);

#endif
