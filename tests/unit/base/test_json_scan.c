/* Elements of a JSON text are found where they are, and nothing is found past the end. */
#include "base/json_scan.h"
#include "lib/unit.h"

#include "base/banned.h"

static void elements_come_one_after_the_other(void **state)
{
	AUTO_VALUE(json_scan)
	s = json_scan_open(
		view_of(" {\"a\" : [1,{\"]\":\"}\\\"\"}, 2] ,\"b\":true,\"c\":\"\\u00e9\\n\"} "));
	struct view v;
	bool flag = false;

	(void)state;
	assert_true(json_scan_take(&s, '{'));
	assert_false(json_scan_take(&s, '}'));
	assert_true(json_scan_string(&s, &v) && view_is(v, "a") && json_scan_take(&s, ':'));
	assert_true(json_scan_value(&s, &v) && view_is(v, "[1,{\"]\":\"}\\\"\"}, 2]"));
	assert_true(json_scan_take(&s, ',') && json_scan_value(&s, &v) && view_is(v, "\"b\""));
	assert_true(json_scan_take(&s, ':') && json_scan_bool(&s, &flag) && flag);
	assert_true(json_scan_take(&s, ',') && json_scan_string(&s, &v) && view_is(v, "c"));
	assert_true(json_scan_take(&s, ':') && json_scan_string(&s, &v) && view_is(v, "é\n"));
	assert_false(json_scan_at_end(&s));
	assert_true(json_scan_take(&s, '}') && json_scan_at_end(&s));
	assert_false(json_scan_take(&s, '}'));
}

static void what_is_cut_off_is_no_value(void **state)
{
	static const char *const bad[] = {"",	  " ",	 "[",	  "[1",	     "{\"a\":1",
					  "\"",	  "\"a", "\"a\\", "\"a\\\"", "[\"]",
					  "{\"}", ",",	 "]",	  "[[]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_VALUE(json_scan) s = json_scan_open(view_of(bad[i]));
		struct view v;
		assert_false(json_scan_value(&s, &v));
	}
}

static void only_a_string_is_a_string(void **state)
{
	static const char *const bad[] = {"1", "x\"", "\"\\x\"", "\"\n\"", "\"\\ud800\"", "true"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_VALUE(json_scan) s = json_scan_open(view_of(bad[i]));
		struct view v;
		bool flag = false;
		assert_false(json_scan_string(&s, &v));
		s.at = bad[i];
		assert_int_equal(json_scan_bool(&s, &flag), strcmp(bad[i], "true") == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_come_one_after_the_other),
		cmocka_unit_test(what_is_cut_off_is_no_value),
		cmocka_unit_test(only_a_string_is_a_string),
	};
	return unit_main(tests);
}
