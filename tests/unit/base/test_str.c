/* Byte strings with a maximum, views, text made safe for a terminal, string lists. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "base/str.h"

static void zero_bytes_are_a_valid_empty_string(void **state)
{
	(void)state;
	AUTO_STR s = {0};

	assert_true(str_ok(&s));
	assert_string_equal(str_cstr(&s), "");
	assert_int_equal(str_view(&s).len, 0);
	assert_non_null(str_view(&s).ptr);
	str_clear(&s);
	char *stolen = str_steal(&s);
	assert_string_equal(stolen, "");
	free(stolen);
}

static void appends_add_up(void **state)
{
	(void)state;
	AUTO_STR s = {0};

	str_puts(&s, "a");
	str_putc(&s, 'b');
	str_put(&s, "c\0d", 3);
	str_putv(&s, view_of("e"));
	str_put(&s, NULL, 0);
	str_printf(&s, "%d%s", 42, "f");
	assert_int_equal(s.len, 9);
	assert_memory_equal(str_cstr(&s), "abc\0de42f", 10);
}

static void a_long_string_grows_and_stays_terminated(void **state)
{
	(void)state;
	AUTO_STR s = {0};

	for (int i = 0; i < 100000; i++) {
		str_putc(&s, (char)('a' + i % 26));
		assert_int_equal(s.ptr[s.len], '\0');
	}
	assert_int_equal(s.len, 100000);
	assert_int_equal(s.ptr[99999], 'a' + 99999 % 26);
}

static void str_refuses_to_grow_past_its_maximum_and_stays_failed(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_STR s = {.max = 5};

	str_puts(&s, "12345");
	assert_true(str_ok(&s));
	assert_ok(str_check(&s, "line", &err), &err);
	str_puts(&s, "");
	assert_true(str_ok(&s));
	str_putc(&s, '6');
	assert_false(str_ok(&s));
	str_clear(&s);
	str_puts(&s, "123456");
	assert_false(str_ok(&s));
	str_puts(&s, "1"); /* would fit, but a part is missing before it */
	assert_string_equal(str_cstr(&s), "");
	assert_int_equal(str_room(&s), 0);
	assert_null(str_steal(&s));
	assert_fails(str_check(&s, "ledger line", &err), &err, E_LIMIT,
		     "ledger line is over the limit of 5 bytes");
}

static void printf_past_the_maximum_fails_as_a_whole(void **state)
{
	(void)state;
	AUTO_STR s = {.max = 10};

	str_printf(&s, "%s", "12345");
	str_printf(&s, "%s", "678901");
	assert_false(str_ok(&s));
	assert_string_equal(str_cstr(&s), "12345");
}

static void room_is_what_may_still_be_appended(void **state)
{
	(void)state;
	AUTO_STR s = {.max = 10};
	AUTO_STR unlimited = {.max = SIZE_MAX};
	AUTO_STR fresh = {0};

	assert_int_equal(str_room(&s), 10);
	str_puts(&s, "1234");
	assert_int_equal(str_room(&s), 6);
	s.max = 2; /* lowered below what it holds */
	assert_int_equal(str_room(&s), 0);
	str_putc(&s, 'x');
	assert_false(str_ok(&s));
	assert_int_equal(str_room(&fresh), STR_MAX);
	str_puts(&unlimited, "fits");
	assert_null(str_reserve(&unlimited, SIZE_MAX - 2));
}

static void cleared_string_forgets_text_and_failure_but_not_its_maximum(void **state)
{
	(void)state;
	AUTO_STR s = {.max = 3};

	str_puts(&s, "1234");
	str_clear(&s);
	assert_true(str_ok(&s));
	str_puts(&s, "123");
	assert_string_equal(str_cstr(&s), "123");
	str_release(&s);
	assert_int_equal(s.max, 3);
	assert_null(s.ptr);
}

static void stolen_text_leaves_an_empty_string(void **state)
{
	(void)state;
	AUTO_STR s = {.max = 9};

	str_puts(&s, "mine");
	char *text = str_steal(&s);
	assert_string_equal(text, "mine");
	free(text);
	assert_int_equal(s.len, 0);
	assert_int_equal(s.max, 9);
	str_puts(&s, "next");
	assert_string_equal(str_cstr(&s), "next");
}

static void reserved_bytes_are_added_afterwards(void **state)
{
	(void)state;
	AUTO_STR s = {0};

	str_puts(&s, "ab");
	char *to = str_reserve(&s, 100);
	memcpy(to, "cd", 2);
	str_added(&s, 2);
	assert_string_equal(str_cstr(&s), "abcd");
}

static void views_compare_by_bytes(void **state)
{
	(void)state;
	const struct view none = {0};

	assert_true(view_eq(none, view_of("")));
	assert_true(view_eq(none, view_of(NULL)));
	assert_true(view_starts(none, ""));
	assert_false(view_starts(none, "a"));
	assert_true(view_is(view_make("abc", 2), "ab"));
	assert_false(view_is(view_make("abc", 2), "abc"));
	assert_true(view_starts(view_of("abc"), "ab"));
	assert_false(view_starts(view_make("abc", 2), "abc"));
	assert_false(view_eq(view_make("a\0b", 3), view_make("a\0c", 3)));
	char *copy = view_dup(none);
	assert_string_equal(copy, "");
	free(copy);
}

static void trimmed_view_has_no_white_space_at_its_ends(void **state)
{
	(void)state;
	assert_true(view_is(view_trim(view_of(" \t\r\n a b \n")), "a b"));
	assert_true(view_is(view_trim(view_of(" \n")), ""));
	assert_true(view_is(view_trim((struct view){0}), ""));
	assert_true(view_is(view_trim(view_of("\v")), "\v"));
}

static void lines_are_cut_off_one_by_one(void **state)
{
	(void)state;
	struct view rest = view_of("one\n\ntwo\r\nlast"), line;

	assert_true(view_line(&rest, &line));
	assert_true(view_is(line, "one"));
	assert_true(view_line(&rest, &line));
	assert_true(view_is(line, ""));
	assert_true(view_line(&rest, &line));
	assert_true(view_is(line, "two\r"));
	assert_true(view_line(&rest, &line));
	assert_true(view_is(line, "last"));
	assert_false(view_line(&rest, &line));
	rest = view_of("end\n");
	assert_true(view_line(&rest, &line));
	assert_false(view_line(&rest, &line));
}

static void strings_compare_with_null(void **state)
{
	(void)state;
	assert_true(str_eq(NULL, NULL));
	assert_false(str_eq(NULL, ""));
	assert_false(str_eq("", NULL));
	assert_true(str_eq("a", "a"));
	assert_true(starts_with("abc", ""));
	assert_true(starts_with("abc", "ab"));
	assert_false(starts_with("ab", "abc"));
	assert_true(ends_with("abc", "bc"));
	assert_true(ends_with("abc", ""));
	assert_false(ends_with("bc", "abc"));
}

static void text_from_outside_cannot_move_the_cursor(void **state)
{
	(void)state;
	static const struct {
		const char *text, *safe;
	} rows[] = {
		{"plain text, \"quoted\" \\ back", "plain text, \"quoted\" \\ back"},
		{"\x1b[2J", "\\x1b[2J"},
		{"a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"},
		{"\x7f", "\\x7f"},
		{"\302\23331m", "\\u{009b}31m"}, /* CSI as one C1 character */
		{"\23331m", "\\x9b31m"},	 /* the same for an 8-bit terminal */
		{"\342\200\256evil", "\\u{202e}evil"},
		{"\xE2\x80\x8B", "\\u{200b}"},
		{"\xEF\xBB\xBF", "\\u{feff}"},
		{"\xF3\xA0\x81\x81", "\\u{e0041}"},
		{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\x98", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\x98"},
		{"\xC0\xAF", "\\xc0\\xaf"},
		{"\xED\xA0\x80", "\\xed\\xa0\\x80"},
		{"end\xE2\x82", "end\\xe2\\x82"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR s = {0};
		str_put_safe(&s, view_of(rows[i].text));
		assert_string_equal(str_cstr(&s), rows[i].safe);
	}
	AUTO_STR s = {0};
	str_put_safe(&s, view_make("a\0b", 3));
	assert_string_equal(str_cstr(&s), "a\\x00b");
}

static void json_from_outside_keeps_its_value_but_not_its_teeth(void **state)
{
	(void)state;
	static const struct {
		const char *text, *safe;
	} rows[] = {
		{"{\n\t\"a\": \"b\\n\"\n}", "{\n\t\"a\": \"b\\n\"\n}"},
		{"\"\302\23331m\"", "\"\\u009b31m\""},
		{"\"\x7f\"", "\"\\u007f\""},
		{"\"\342\200\256evil\"", "\"\\u202eevil\""},
		{"\"\xF3\xA0\x81\x81\"", "\"\\udb40\\udc41\""},
		{"\"\xC3\xA4\xE2\x82\xAC\"", "\"\xC3\xA4\xE2\x82\xAC\""},
		{"\"\xC0\"", "\"\\ufffd\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR s = {0};
		str_put_safe_json(&s, view_of(rows[i].text));
		assert_string_equal(str_cstr(&s), rows[i].safe);
	}
}

static void every_single_byte_becomes_printable(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		AUTO_STR s = {0};
		char byte = (char)c;
		str_put_safe(&s, view_make(&byte, 1));
		for (const char *p = str_cstr(&s); *p; p++)
			assert_true(*p >= 0x20 && *p < 0x7F);
		assert_int_equal(s.len, c >= 0x20 && c < 0x7F ? 1 : 4);
	}
}

static void utf8_is_valid_only_in_its_one_form(void **state)
{
	(void)state;
	static const char *const good[] = {
		"",
		"ascii",
		"\xC2\x80",
		"\xDF\xBF",
		"\xE0\xA0\x80",
		"\xED\x9F\xBF",
		"\xEE\x80\x80",
		"\xEF\xBF\xBF",
		"\xF0\x90\x80\x80",
		"\xF4\x8F\xBF\xBF",
		"a\303\244b",
	};
	static const char *const bad[] = {
		"\x80",
		"\xBF",
		"\xC0\x80",
		"\xC1\xBF",
		"\xC2",
		"\xC2\x41",
		"\xE0\x9F\xBF",
		"\xED\xA0\x80",
		"\xED\xBF\xBF",
		"\xE2\x82",
		"\xE2\x82\x41",
		"\xF0\x8F\xBF\xBF",
		"\xF4\x90\x80\x80",
		"\xF5\x80\x80\x80",
		"\xFF",
		"\xF0\x9F\x90",
		"ok\xFE",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(utf8_valid(view_of(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(utf8_valid(view_of(bad[i])));
	assert_true(utf8_valid(view_make("a\0b", 3)));
	assert_true(utf8_valid((struct view){0}));
}

static void text_is_cut_between_characters(void **state)
{
	(void)state;
	const char *text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\x98";
	static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};

	for (size_t len = 0; len < ARRAY_LEN(kept); len++)
		assert_int_equal(utf8_cut(text, len), kept[len]);
	assert_int_equal(utf8_cut("\x80\x80\x80\x80\x80", 5), 5); /* no sequence at all: left */
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
	(void)state;
	AUTO_STR s = {0};

	str_put_utf8(&s, view_of("a\xFF\xC3\xA4\xE2\x82\n"));
	assert_string_equal(str_cstr(&s), "a\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD\n");
	assert_true(utf8_valid(str_view(&s)));
}

static void parse_long_takes_a_whole_number_within_bounds(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "-",
					  "+1",
					  " 1",
					  "1 ",
					  "1x",
					  "0x10",
					  "1.0",
					  "1e3",
					  "--1",
					  "11",
					  "-11",
					  "99999999999999999999"};
	long n = 77;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(parse_long(&n, bad[i], -10, 10));
	assert_false(parse_long(&n, NULL, -10, 10));
	assert_int_equal(n, 77);
	assert_true(parse_long(&n, "10", -10, 10));
	assert_int_equal(n, 10);
	assert_true(parse_long(&n, "-10", -10, 10));
	assert_int_equal(n, -10);
	assert_true(parse_long(&n, "007", -10, 10));
	assert_int_equal(n, 7);
	assert_true(parse_long(&n, "9223372036854775807", 0, LONG_MAX));
	assert_false(parse_long(&n, "9223372036854775808", 0, LONG_MAX));
}

static void assert_word(const char *text, const char *expected)
{
	AUTO_FREE char *word = shell_word(text);

	assert_string_equal(word, expected);
}

static void a_word_for_a_shell_is_quoted_where_it_needs_it(void **state)
{
	(void)state;
	assert_word("origin/main", "origin/main");
	assert_word("HEAD~2^", "HEAD~2^");
	assert_word("", "''");
	assert_word("~ann", "'~ann'");
	assert_word("a b", "'a b'");
	assert_word("x$(id)`", "'x$(id)`'");
	assert_word("it's", "'it'\\''s'");
	assert_word("\\[a]*", "'\\[a]*'");
	assert_word("\xC3\xA9", "'\xC3\xA9'");
}

static void string_list_owns_sorts_and_finds(void **state)
{
	(void)state;
	AUTO_VALUE(strs) l = {0};
	char text[16];

	strs_sort(&l);
	assert_false(strs_has(&l, "x"));
	for (int i = 99; i >= 0; i--) {
		snprintf(text, sizeof text, "%02d", i);
		strs_add(&l, text);
	}
	strs_take(&l, strdup("\xFF"));
	strs_sort(&l);
	assert_int_equal(l.len, 101);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "%02d", i);
		assert_string_equal(l.items[i], text);
	}
	assert_string_equal(l.items[100], "\xFF");
	assert_true(strs_has(&l, "42"));
	assert_false(strs_has(&l, "4"));
	strs_release(&l);
	assert_int_equal(l.len, 0);
}

static void a_secret_is_overwritten_whole_or_cut(void **state)
{
	(void)state;
	static const struct {
		const char *secret, *text, *masked;
	} rows[] = {
		{"longsecret12", "longsecret12, x", "************, x"},
		{"longsecret12", "xlongsecret12longsecret12", "x************************"},
		{"longsecret12", "cut: longsecret1", "cut: ***********"},
		{"longsecret12", "\"longsecret\": cut before", "\"**********\": cut before"},
		{"longsecret12", "cut: longsecre", "cut: longsecre"}, /* too short to say much */
		{"aaaaaaaaab", "aaaaaaaaaaab", "aa**********"},
		{"eightlet", "eightlet, eightle", "********, eightle"},
		{"longsecret12", "", ""},
		{"short", "short", "short"},
		{"", "text", "text"},
		{NULL, "text", "text"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *text = xstrdup(rows[i].text);
		mask_secret(text, strlen(text), rows[i].secret);
		assert_string_equal(text, rows[i].masked);
	}
	mask_secret(NULL, 0, "longsecret12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_bytes_are_a_valid_empty_string),
		cmocka_unit_test(appends_add_up),
		cmocka_unit_test(a_long_string_grows_and_stays_terminated),
		cmocka_unit_test(str_refuses_to_grow_past_its_maximum_and_stays_failed),
		cmocka_unit_test(printf_past_the_maximum_fails_as_a_whole),
		cmocka_unit_test(room_is_what_may_still_be_appended),
		cmocka_unit_test(cleared_string_forgets_text_and_failure_but_not_its_maximum),
		cmocka_unit_test(stolen_text_leaves_an_empty_string),
		cmocka_unit_test(reserved_bytes_are_added_afterwards),
		cmocka_unit_test(views_compare_by_bytes),
		cmocka_unit_test(trimmed_view_has_no_white_space_at_its_ends),
		cmocka_unit_test(lines_are_cut_off_one_by_one),
		cmocka_unit_test(strings_compare_with_null),
		cmocka_unit_test(text_from_outside_cannot_move_the_cursor),
		cmocka_unit_test(json_from_outside_keeps_its_value_but_not_its_teeth),
		cmocka_unit_test(every_single_byte_becomes_printable),
		cmocka_unit_test(utf8_is_valid_only_in_its_one_form),
		cmocka_unit_test(text_is_cut_between_characters),
		cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
		cmocka_unit_test(parse_long_takes_a_whole_number_within_bounds),
		cmocka_unit_test(a_word_for_a_shell_is_quoted_where_it_needs_it),
		cmocka_unit_test(string_list_owns_sorts_and_finds),
		cmocka_unit_test(a_secret_is_overwritten_whole_or_cut),
	};

	return unit_main(tests);
}
