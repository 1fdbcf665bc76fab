/* The hash table, against a plain array as its model. */
#include "lib/unit.h"

#include "base/map.h"

#define KEYS 20000

static void empty_map_finds_and_removes_nothing(void **state)
{
	(void)state;
	AUTO_VALUE(map) m = {0};
	size_t value = 7;

	assert_false(map_get(&m, "a", &value));
	assert_false(map_remove(&m, "a"));
	assert_int_equal(value, 7);
	map_release(&m);
}

static void key_is_added_once_and_set_again(void **state)
{
	(void)state;
	AUTO_VALUE(map) m = {0};
	size_t value;

	assert_true(map_add(&m, "users", 1));
	assert_false(map_add(&m, "users", 2));
	assert_true(map_get(&m, "users", &value));
	assert_int_equal(value, 1);
	map_set(&m, "users", 3);
	map_set(&m, "", 4);
	assert_true(map_get(&m, "users", &value));
	assert_int_equal(value, 3);
	assert_true(map_get(&m, "", &value));
	assert_int_equal(value, 4);
	assert_true(map_get(&m, "users", NULL));
	assert_false(map_get(&m, "user", &value));
	assert_int_equal(m.len, 2);
}

static void keys_are_compared_by_text_not_by_pointer(void **state)
{
	(void)state;
	AUTO_VALUE(map) m = {0};
	char one[] = "same", other[] = "same";
	size_t value;

	assert_true(map_add(&m, one, 5));
	assert_true(map_get(&m, other, &value));
	assert_false(map_add(&m, other, 6));
}

static void keys_of_every_length_are_told_apart(void **state)
{
	(void)state;
	AUTO_VALUE(map) m = {0};
	static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char last[ARRAY_LEN(text)][ARRAY_LEN(text)];
	size_t value, n = ARRAY_LEN(text);

	for (size_t i = 0; i < n; i++)
		assert_true(map_add(&m, text + i, i));
	for (size_t i = 1; i < n; i++) { /* the same length, another byte at the end */
		snprintf(last[i], n, "%s", text + i - 1);
		last[i][n - 1 - i] = 'b';
		assert_true(map_add(&m, last[i], n + i));
	}
	for (size_t i = 0; i < n; i++) {
		assert_true(map_get(&m, text + i, &value));
		assert_int_equal(value, i);
	}
	for (size_t i = 1; i < n; i++) {
		assert_true(map_get(&m, last[i], &value));
		assert_int_equal(value, n + i);
	}
}

static char keys[KEYS][16];

static void make_keys(void)
{
	for (int i = 0; i < KEYS; i++)
		snprintf(keys[i], sizeof keys[i], "key%d", i);
}

static void many_keys_keep_their_values(void **state)
{
	(void)state;
	AUTO_VALUE(map) m = {0};
	size_t value;

	make_keys();
	for (size_t i = 0; i < KEYS; i++)
		assert_true(map_add(&m, keys[i], i));
	assert_int_equal(m.len, KEYS);
	for (size_t i = 0; i < KEYS; i++) {
		assert_true(map_get(&m, keys[i], &value));
		assert_int_equal(value, i);
	}
	for (size_t i = 0; i < KEYS; i += 2)
		assert_true(map_remove(&m, keys[i]));
	for (size_t i = 0; i < KEYS; i++)
		assert_int_equal(map_get(&m, keys[i], &value), i % 2);
	for (size_t i = 1; i < KEYS; i += 2)
		assert_true(map_remove(&m, keys[i]));
	assert_int_equal(m.len, 0);
}

/* Few keys in a small table, so that runs wrap around its end and deletions leave gaps in them. */
static void any_order_of_changes_agrees_with_an_array(void **state)
{
	(void)state;
	unsigned random = 12345;

	make_keys();
	for (int round = 0; round < 200; round++) {
		AUTO_VALUE(map) m = {0};
		size_t model[24] = {0}, present = 0, value;
		for (size_t step = 1; step < 300; step++) {
			random = random * 1103515245U + 12345U;
			size_t k = (random >> 16) % ARRAY_LEN(model);
			if ((random >> 8) % 3 == 0) {
				assert_int_equal(map_remove(&m, keys[k]), model[k] != 0);
				present -= model[k] != 0;
				model[k] = 0;
			} else {
				present += model[k] == 0;
				map_set(&m, keys[k], step);
				model[k] = step;
			}
			assert_int_equal(m.len, present);
		}
		for (size_t k = 0; k < ARRAY_LEN(model); k++) {
			assert_int_equal(map_get(&m, keys[k], &value), model[k] != 0);
			assert_true(!model[k] || value == model[k]);
		}
	}
}

static void released_map_can_be_used_again(void **state)
{
	(void)state;
	struct map m = {0};

	assert_true(map_add(&m, "a", 1));
	map_release(&m);
	assert_false(map_get(&m, "a", NULL));
	assert_true(map_add(&m, "a", 1));
	map_release(&m);
}

static void room_for_many_is_made_at_once(void **state)
{
	(void)state;
	AUTO_VALUE(map) m = {0};
	size_t value;

	make_keys();
	assert_true(map_add(&m, "before", 1));
	map_reserve(&m, 12);
	size_t small = m.cap;
	map_reserve(&m, KEYS + 1);
	size_t cap = m.cap;
	assert_true(small < cap);
	map_reserve(&m, 1);
	assert_int_equal(m.cap, cap);
	for (size_t i = 0; i < KEYS; i++)
		assert_true(map_add(&m, keys[i], i));
	assert_int_equal(m.cap, cap);
	assert_true(map_get(&m, "before", &value));
	assert_int_equal(value, 1);
	assert_true(map_get(&m, keys[KEYS - 1], &value));
	assert_int_equal(value, KEYS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_map_finds_and_removes_nothing),
		cmocka_unit_test(key_is_added_once_and_set_again),
		cmocka_unit_test(keys_are_compared_by_text_not_by_pointer),
		cmocka_unit_test(keys_of_every_length_are_told_apart),
		cmocka_unit_test(many_keys_keep_their_values),
		cmocka_unit_test(room_for_many_is_made_at_once),
		cmocka_unit_test(any_order_of_changes_agrees_with_an_array),
		cmocka_unit_test(released_map_can_be_used_again),
	};

	return unit_main(tests);
}
