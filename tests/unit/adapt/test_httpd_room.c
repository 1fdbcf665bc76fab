/* Tests of how owners share the memory for large bodies. */
#include "lib/unit.h"

#include "adapt/httpd_room.h"

#include "base/banned.h"

#define ROOM ((size_t)1200)

/* How many places of one size an owner gets in a row. */
static size_t take_all(struct room *r, struct place *places, size_t most, const char *owner,
		       size_t bytes)
{
	size_t n = 0;

	while (n < most && room_take(r, &places[n], owner, bytes))
		n++;
	return n;
}

static void leave_all(struct room *r, struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		room_leave(r, &places[i]);
}

static void one_owner_gets_half(void **state)
{
	struct place places[20] = {{0}};
	struct room *r = room_new(ROOM);

	(void)state;
	assert_int_equal(take_all(r, places, 20, "a", 100), 6);
	assert_false(room_take(r, &places[6], "a", 1));
	room_leave(r, &places[3]);
	assert_true(room_take(r, &places[3], "a", 100));
	leave_all(r, places, 6);
	room_free(r);
}

static void two_owners_get_a_third_each_when_they_take_turns(void **state)
{
	struct place a[20] = {{0}}, b[20] = {{0}};
	struct room *r = room_new(ROOM);
	size_t n = 0;

	(void)state;
	while (n < 20 && room_take(r, &a[n], "a", 100) && room_take(r, &b[n], "b", 100))
		n++;
	assert_int_equal(n, 4);
	leave_all(r, a, n);
	leave_all(r, b, n);
	room_free(r);
}

static void there_is_room_for_whoever_comes_next(void **state)
{
	static const char *const owners[] = {"a", "b", "c", "d"};
	struct place places[ARRAY_LEN(owners)][20] = {{{0}}};
	struct room *r = room_new(ROOM);
	size_t taken[ARRAY_LEN(owners)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		taken[i] = take_all(r, places[i], 20, owners[i], 30);
		assert_true(taken[i] > 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		leave_all(r, places[i], taken[i]);
	room_free(r);
}

/* What was left in any order is there again, to the last byte; and no sum runs over. */
static void what_is_left_is_free_again(void **state)
{
	static const size_t order[] = {2, 0, 4, 1, 5, 3};
	struct place places[6] = {{0}}, large = {0};
	struct room *r = room_new(ROOM);

	(void)state;
	for (int round = 0; round < 3; round++) {
		assert_int_equal(take_all(r, places, 6, "a", 100), 6);
		for (size_t i = 0; i < ARRAY_LEN(order); i++)
			room_leave(r, &places[order[i]]);
		room_leave(r, &places[0]);
	}
	assert_false(room_take(r, &large, "a", SIZE_MAX));
	assert_false(room_take(r, &large, "a", ROOM / 2 + 1));
	assert_true(room_take(r, &large, "a", ROOM / 2));
	room_leave(r, &large);
	room_free(r);
	room_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_owner_gets_half),
		cmocka_unit_test(two_owners_get_a_third_each_when_they_take_turns),
		cmocka_unit_test(there_is_room_for_whoever_comes_next),
		cmocka_unit_test(what_is_left_is_free_again),
	};
	return unit_main(tests);
}
