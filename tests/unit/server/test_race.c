/* Pushes that race: of any number from one parent exactly one wins. */
#include <pthread.h>

#include "base/alloc.h"
#include "ledger/record.h"
#include "lib/server_world.h"

#include "base/banned.h"

#define PUSHERS 8
#define ROUNDS 12

struct pusher {
	struct world *w;
	const char *path;
	char *body;
	struct response res;
	pthread_barrier_t *start;
};

static void *run_pusher(void *arg)
{
	struct pusher *p = arg;

	pthread_barrier_wait(p->start);
	world_ask_into(p->w, &p->res, "POST", p->path, p->body);
	return NULL;
}

/* Lets all push at once, and gives who won; the others must have 409 with the winner's head. */
static size_t race(struct world *w, const char *path, struct record **records, char **bodies)
{
	struct pusher pushers[PUSHERS] = {0};
	pthread_t threads[PUSHERS];
	pthread_barrier_t start;
	size_t winner = PUSHERS;

	pthread_barrier_init(&start, NULL, PUSHERS);
	for (size_t i = 0; i < PUSHERS; i++) {
		pushers[i] = (struct pusher){
			.w = w, .path = path, .body = bodies[i], .start = &start};
		assert_int_equal(pthread_create(&threads[i], NULL, run_pusher, &pushers[i]), 0);
	}
	for (size_t i = 0; i < PUSHERS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	for (size_t i = 0; i < PUSHERS; i++)
		if (pushers[i].res.status == 200) {
			assert_int_equal(winner, PUSHERS);
			winner = i;
		}
	assert_true(winner < PUSHERS);
	AUTO_FREE char *head = xasprintf("\"head\":{\"id\":\"%s\",\"checksum\":\"%s\"",
					 record_id(records[winner]),
					 record_checksum(records[winner]));
	for (size_t i = 0; i < PUSHERS; i++) {
		if (i != winner) {
			assert_int_equal(pushers[i].res.status, 409);
			assert_non_null(strstr(str_cstr(&pushers[i].res.body), head));
		}
		response_release(&pushers[i].res);
	}
	return winner;
}

static struct record *race_round(struct world *w, const char *path, enum record_format format,
				 const struct record *parent, int round)
{
	struct record *records[PUSHERS];
	char *bodies[PUSHERS];

	for (size_t i = 0; i < PUSHERS; i++) {
		AUTO_FREE char *id = xasprintf("mig_%d_%zu", round, i);
		AUTO_FREE char *operations =
			format == RECORD_V1 ? xasprintf("[{'addTable':{'table':'t%d'}}]", round)
					    : xasprintf("[{'sql':{'up':'SELECT %d'}}]", round);
		records[i] = world_record(format, id, parent, operations);
		bodies[i] = format == RECORD_V1 ? world_push_v1(&records[i], 1)
						: world_push_pgroll(parent, &records[i], 1);
	}
	size_t winner = race(w, path, records, bodies);
	for (size_t i = 0; i < PUSHERS; i++) {
		free(bodies[i]);
		if (i != winner)
			record_free(records[i]);
	}
	return records[winner];
}

static void race_rounds(struct world *w, const char *path, enum record_format format)
{
	struct record *head = NULL;

	for (int round = 0; round < ROUNDS; round++) {
		struct record *next = race_round(w, path, format, head, round);
		record_free(head);
		head = next;
	}
	assert_answer(w, 200, "GET", "/db/shop:main?form=head", NULL);
	assert_string_equal(world_text(w, "head.id"), record_id(head));
	assert_int_equal(world_number(w, "head.length"), ROUNDS);
	record_free(head);
}

static void of_racing_v1_pushes_exactly_one_wins(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "v1");
	race_rounds(w, "/db/shop:main/schema/push", RECORD_V1);
	world_close(w);
}

static void of_racing_pgroll_pushes_exactly_one_wins(void **state)
{
	struct world *w = world_open(*state);

	world_shop(w, "pgroll");
	race_rounds(w, "/db/shop:main/migrations/push", RECORD_PGROLL);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(of_racing_v1_pushes_exactly_one_wins),
		unit_test_in_dir(of_racing_pgroll_pushes_exactly_one_wins),
	};
	return unit_main(tests);
}
