/* The set of digests: what came already, and only that. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "base/digest_set.h"

#define KEYS 100000

static void each_string_is_new_once(void **state)
{
	(void)state;
	AUTO_VALUE(digest_set) s = {0};

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < KEYS; i++) {
			AUTO_FREE char *key = xasprintf("mig_%d", i);
			assert_int_equal(digest_set_add(&s, key), round == 0);
			assert_int_equal(s.len, round == 0 ? i + 1 : KEYS);
		}
	assert_true(s.cap * 16 <= (size_t)KEYS * 43);
	assert_true(digest_set_add(&s, ""));
	assert_false(digest_set_add(&s, ""));
}

static void released_set_is_empty(void **state)
{
	(void)state;
	AUTO_VALUE(digest_set) s = {0};

	digest_set_release(&s);
	assert_true(digest_set_add(&s, "a"));
	digest_set_release(&s);
	assert_true(digest_set_add(&s, "a"));
	assert_int_equal(s.len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_string_is_new_once),
		cmocka_unit_test(released_set_is_empty),
	};
	return unit_main(tests);
}
