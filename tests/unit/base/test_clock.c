/* Times as text: what is written reads back, what is not RFC 3339 is refused. */
#include "lib/unit.h"

#include "base/clock.h"

static void assert_format(int64_t us, const char *text)
{
	char out[CLOCK_TEXT_MAX];

	clock_format(out, us);
	assert_string_equal(out, text);
}

static void times_are_written_without_needless_zeros(void **state)
{
	(void)state;
	assert_format(0, "1970-01-01T00:00:00Z");
	assert_format(1767348000123456, "2026-01-02T10:00:00.123456Z");
	assert_format(1767348000120000, "2026-01-02T10:00:00.12Z");
	assert_format(1767348000000001, "2026-01-02T10:00:00.000001Z");
	assert_format(1767348000000000, "2026-01-02T10:00:00Z");
}

static void times_before_1970_have_a_positive_fraction(void **state)
{
	(void)state;
	assert_format(-1, "1969-12-31T23:59:59.999999Z");
	assert_format(-1000000, "1969-12-31T23:59:59Z");
	assert_format(-1500000, "1969-12-31T23:59:58.5Z");
}

static void extreme_times_fit_the_buffer(void **state)
{
	(void)state;
	char out[CLOCK_TEXT_MAX];

	clock_format(out, INT64_MAX);
	assert_true(strlen(out) < sizeof out);
	assert_true(strstr(out, "T") != NULL);
	clock_format(out, INT64_MIN);
	assert_true(strlen(out) < sizeof out);
	clock_format_compact(out, INT64_MAX);
	assert_true(strlen(out) < sizeof out);
}

static void compact_form_names_a_folder(void **state)
{
	(void)state;
	char out[CLOCK_TEXT_MAX];

	clock_format_compact(out, 1767348000123456);
	assert_string_equal(out, "20260102T100000Z");
}

static void rfc_3339_text_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t us;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-01-02T10:00:00Z", 1767348000000000},
		{"2026-01-02t10:00:00z", 1767348000000000},
		{"2026-01-02T10:00:00.5Z", 1767348000500000},
		{"2026-01-02T10:00:00.123456789Z", 1767348000123456},
		{"2026-01-02T10:00:00+00:00", 1767348000000000},
		{"2026-01-02T12:30:00+02:30", 1767348000000000},
		{"2026-01-02T04:30:00.25-05:30", 1767348000250000},
		{"2024-02-29T00:00:00Z", 1709164800000000},
		{"2016-12-31T23:59:60Z", 1483228800000000},
		{"1969-12-31T23:59:59.999999Z", -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t us = 0;
		assert_true(clock_parse(&us, rows[i].text));
		assert_int_equal(us, rows[i].us);
	}
}

static void other_text_is_refused_and_nothing_is_set(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"now",
		"2026-01-02",
		"2026-01-02T10:00:00",
		"2026-01-02 10:00:00Z",
		" 2026-01-02T10:00:00Z",
		"2026-01-02T10:00:00Z ",
		"2026- 1- 2T10:00:00Z",
		"2026-13-02T10:00:00Z",
		"2026-00-02T10:00:00Z",
		"2026-01-00T10:00:00Z",
		"2026-02-29T10:00:00Z",
		"1900-02-29T10:00:00Z",
		"2026-04-31T10:00:00Z",
		"2026-01-02T24:00:00Z",
		"2026-01-02T10:60:00Z",
		"2026-01-02T10:00:61Z",
		"2026-01-02T10:00:00.Z",
		"2026-01-02T10:00:00.1",
		"2026-01-02T10:00:00+0200",
		"2026-01-02T10:00:00+24:00",
		"2026-01-02T10:00:00+ 1: 2",
		"2026-01-02T10:00:00+02:60",
		"2026-01-02T10:00:00ZZ",
		"20260-01-02T10:00:00Z",
		"+026-01-02T10:00:00Z",
		"2026-01-02T10:00:00.0000000000000000000000000000000000000000000000000000000000Z",
	};
	int64_t us = 77;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (clock_parse(&us, bad[i]))
			unit_fail("accepted: %s", bad[i]);
	assert_false(clock_parse(&us, NULL));
	assert_int_equal(us, 77);
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	uint64_t random = 88172645463325252U;

	for (int i = 0; i < 20000; i++) {
		char text[CLOCK_TEXT_MAX];
		int64_t back;
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		int64_t us = (int64_t)(random % 250000000000000000U); /* to the year 9892 */
		clock_format(text, us);
		assert_true(clock_parse(&back, text));
		assert_int_equal(back, us);
	}
}

static void clocks_tell_a_time_that_makes_sense(void **state)
{
	(void)state;
	int64_t start = clock_mono_ms();

	assert_true(clock_unix_us() > 1700000000000000);
	clock_sleep_ms(0);
	clock_sleep_ms(-5);
	clock_sleep_ms(30);
	assert_true(clock_mono_ms() - start >= 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_without_needless_zeros),
		cmocka_unit_test(times_before_1970_have_a_positive_fraction),
		cmocka_unit_test(extreme_times_fit_the_buffer),
		cmocka_unit_test(compact_form_names_a_folder),
		cmocka_unit_test(rfc_3339_text_is_read),
		cmocka_unit_test(other_text_is_refused_and_nothing_is_set),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(clocks_tell_a_time_that_makes_sense),
	};

	return unit_main(tests);
}
