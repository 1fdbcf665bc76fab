/* Reading JSON within limits, and the typed getters. */
#include "lib/unit.h"

#include "base/json.h"

static json_t *read_ok(const char *text)
{
	struct error err = {0};
	json_t *value;

	assert_ok(json_read(&value, view_of(text), 0, &err), &err);
	assert_non_null(value);
	return value;
}

/* Reads text, expects the failure, and that no word of the text got into the message. */
static void assert_refused(const char *text, enum error_code code, const char *message)
{
	struct error err = {0};
	json_t *value = (json_t *)&err;

	int rc = json_read(&value, view_of(text), 0, &err);
	assert_null(value);
	assert_null(strstr(err.msg, "secret"));
	assert_fails(rc, &err, (int)code, message);
}

static void object_and_array_are_read_and_a_bom_is_skipped(void **state)
{
	(void)state;
	AUTO_JSON *object = read_ok("{\"a\":1}");
	AUTO_JSON *array = read_ok(" [1, 2]\n");
	AUTO_JSON *bom = read_ok("\xEF\xBB\xBF[true]");

	assert_true(json_is_object(object));
	assert_int_equal(json_array_size(array), 2);
	assert_int_equal(json_array_size(bom), 1);
}

static void failures_tell_the_place_and_never_the_text(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"", "the text is empty"},
		{"\xEF\xBB\xBF", "the text is empty"},
		{" ", "line 1, column 1: the text ends too early"},
		{"\"secret\"", "'[' or '{' expected"},
		{"secret", "line 1, column 6: "},
		{"42", "'[' or '{' expected"},
		{"[\"secret\"", "the text ends too early"},
		{"{\"a\":\"secret\" \"b\"}", "'}' expected"},
		{"{\"a\" secret}", "line 1, column 11: ':' expected"},
		{"[1,\n secret]", "line 2, column 7: invalid token"},
		{"[1] secret", "text after the end"},
		{"[\"secret\nkey\"]", "unexpected newline"},
		{"[\"secret\tkey\"]", "control character"},
		{"[\"\\x secret\"]", "invalid escape"},
		{"[01]", "invalid token"},
		{"[1.]", "invalid token"},
		{"[.5]", "invalid token"},
		{"[+1]", "invalid token"},
		{"[NaN]", "invalid token"},
		{"[1,]", "unexpected token"},
		{"{\"a\":1,}", "expected"},
		{"[\"secret\xFF\"]", "not valid UTF-8"},
		{"[\"secret\xC0\xAF\"]", "not valid UTF-8"},
		{"[\"\xED\xA0\x80\"]", "not valid UTF-8"},
		{"[\"\\ud800\"]", "half of a surrogate pair"},
		{"[\"\\udc00 secret\"]", "half of a surrogate pair"},
		{"[\"\\ud800\\ud800\"]", "half of a surrogate pair"},
		{"[\"a\\u0000secret\"]", "U+0000"},
		{"{\"a\\u0000secret\":1}", "U+0000"},
		{"{\"secret\":1,\"secret\":2}", "a member occurs twice"},
		{"{\"secret\":1,\"\\u0073ecret\":2}", "a member occurs twice"},
		{"[1e999]", "a number is too large"},
		{"[-1e999]", "a number is too large"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_refused(rows[i].text, E_INVALID, rows[i].message);
}

static void nul_byte_in_the_text_is_refused(void **state)
{
	(void)state;
	struct error err = {0};
	json_t *value;

	assert_fails(json_read(&value, view_make("[1]\0", 4), 0, &err), &err, E_INVALID, "line 1");
	assert_fails(json_read(&value, view_make("[\"a\0b\"]", 7), 0, &err), &err, E_INVALID,
		     "line 1");
	assert_fails(json_read(&value, (struct view){0}, 0, &err), &err, E_INVALID, "empty");
}

static void every_beginning_of_a_text_is_refused(void **state)
{
	(void)state;
	const char *text =
		"{\"a\":[1,-2.5e3,\"\\u00e4\\n\",true,false,null,{}],\"b\":\"\xC3\xA4\"}";
	AUTO_JSON *whole = read_ok(text);
	json_t *value;

	assert_int_equal(json_object_size(whole), 2);
	for (size_t len = 0; len < strlen(text); len++) {
		struct error err = {0};
		/* A copy of that size, so that the address sanitizer sees reads behind it. */
		char *part = view_dup(view_make(text, len));
		int rc = json_read(&value, view_make(part, len), 0, &err);
		assert_fails(rc, &err, E_INVALID, "invalid JSON");
		assert_null(value);
		free(part);
	}
}

static void put_repeated(struct str *s, const char *text, size_t times)
{
	while (times--)
		str_puts(s, text);
}

static int read_nested(size_t levels, size_t depth, struct error *err)
{
	AUTO_STR s = {0};
	json_t *value;

	put_repeated(&s, "[{\"a\":", levels / 2);
	put_repeated(&s, "[", levels % 2);
	put_repeated(&s, "]", levels % 2);
	if (levels % 2 == 0)
		str_puts(&s, "1");
	put_repeated(&s, "}]", levels / 2);
	int rc = json_read(&value, str_view(&s), depth, err);
	json_decref(value);
	return rc;
}

static void depth_is_limited(void **state)
{
	(void)state;
	struct error err = {0};

	assert_ok(read_nested(64, 0, &err), &err);
	assert_fails(read_nested(65, 0, &err), &err, E_LIMIT, "more than 64 levels");
	assert_ok(read_nested(3, 3, &err), &err);
	assert_fails(read_nested(4, 3, &err), &err, E_LIMIT, "more than 3 levels");
	assert_fails(read_nested(1000000, 0, &err), &err, E_LIMIT, "more than 64 levels");
	assert_fails(read_nested(5000, 100000, &err), &err, E_LIMIT, "levels deep");
}

static void real_numbers_count_for_the_time_they_take(void **state)
{
	(void)state;
	static const char *const reals[] = {"0.5,",
					    "1e5,",
					    "-12345.678,",
					    "-1.5e-7,",
					    "1234567890123456789,",
					    "12345678901234567890.5E+3,"};
	static const char *const others[] = {"123456789012345678,", "\"0.5\",", "true,", "-7,"};
	size_t most = JSON_VALUES_MAX / (JSON_REAL_VALUES + 1);
	struct error err = {0};
	json_t *value;

	for (size_t i = 0; i < ARRAY_LEN(reals) + ARRAY_LEN(others); i++) {
		bool real = i < ARRAY_LEN(reals);
		AUTO_STR s = {0};
		str_puts(&s, "[");
		put_repeated(&s, real ? reals[i] : others[i - ARRAY_LEN(reals)], most + 1);
		str_puts(&s, "0]");
		int rc = json_read(&value, str_view(&s), 0, &err);
		if (real)
			assert_fails(rc, &err, E_LIMIT, "a real number counts as 128");
		else
			assert_ok(rc, &err);
		json_decref(value);
		assert_int_equal(json_measure(str_view(&s), 1, SIZE_MAX).values,
				 1 + (most + 1) * (real ? JSON_REAL_VALUES + 1 : 1));
	}
}

/* 16 MB of nothing but "{}," would fill gigabytes. */
static void the_number_of_values_is_limited(void **state)
{
	(void)state;
	static const char *const items[] = {"{},", "[],", "0,", "\"\","};
	struct error err = {0};
	json_t *value;

	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		AUTO_STR s = {0};
		size_t each = i < 2 ? 2 : 1;
		str_puts(&s, "[");
		put_repeated(&s, items[i], (JSON_VALUES_MAX - 1) / each);
		size_t before_last = s.len;
		put_repeated(&s, items[i], 2);
		str_puts(&s, "0]");
		assert_fails(json_read(&value, str_view(&s), 0, &err), &err, E_LIMIT,
			     "more than 1000000 values");
		s.ptr[before_last - 1] = ']';
		assert_ok(json_read(&value, view_make(s.ptr, before_last), 0, &err), &err);
		json_decref(value);
	}
}

static void another_limit_on_values_may_be_given(void **state)
{
	(void)state;
	AUTO_STR s = {0};
	struct error err = {0};
	json_t *value;

	assert_ok(json_read_within(&value, view_of("[1,2,[]]"), 0, 4, &err), &err);
	json_decref(value);
	assert_fails(json_read_within(&value, view_of("[1,2,[]]"), 0, 3, &err), &err, E_LIMIT,
		     "more than 3 values");
	str_puts(&s, "[");
	put_repeated(&s, "0,", JSON_VALUES_MAX);
	str_puts(&s, "0]");
	assert_ok(json_read_within(&value, str_view(&s), 0, SIZE_MAX, &err), &err);
	assert_int_equal(json_array_size(value), JSON_VALUES_MAX + 1);
	json_decref(value);
}

static void brackets_in_strings_do_not_count_as_depth(void **state)
{
	(void)state;
	AUTO_STR s = {0};
	struct error err = {0};

	str_puts(&s, "[\"\\\"");
	put_repeated(&s, "[{", 1000);
	str_puts(&s, "\\\\\"]");
	AUTO_JSON *value = NULL;
	assert_ok(json_read(&value, str_view(&s), 0, &err), &err);
}

static void deepest_accepted_value_can_be_written(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_STR s = {0}, out = {0};
	AUTO_JSON *value = NULL;

	put_repeated(&s, "[", JSON_PARSER_MAX_DEPTH - 1);
	put_repeated(&s, "]", JSON_PARSER_MAX_DEPTH - 1);
	assert_ok(json_read(&value, str_view(&s), SIZE_MAX, &err), &err);
	json_write(&out, value, JSON_FORM_CANONICAL);
	assert_string_equal(str_cstr(&out), str_cstr(&s));
}

static void integers_beyond_64_bits_become_doubles(void **state)
{
	(void)state;
	AUTO_JSON *a = read_ok(
		"[9223372036854775807,-9223372036854775808,9223372036854775808,"
		"-9223372036854775809,295147905179352830000,\"99999999999999999999\","
		"{\"\\\"99999999999999999999\":1}, 123456789012345678901234567890]");

	assert_true(json_is_integer(json_array_get(a, 0)));
	assert_true(json_integer_value(json_array_get(a, 0)) == INT64_MAX);
	assert_true(json_integer_value(json_array_get(a, 1)) == INT64_MIN);
	assert_true(json_real_value(json_array_get(a, 2)) == 9223372036854775808.0);
	assert_true(json_real_value(json_array_get(a, 3)) == -9223372036854775808.0);
	assert_true(json_real_value(json_array_get(a, 4)) == 295147905179352830000.0);
	assert_string_equal(json_string_value(json_array_get(a, 5)), "99999999999999999999");
	assert_non_null(json_object_get(json_array_get(a, 6), "\"99999999999999999999"));
	assert_true(json_real_value(json_array_get(a, 7)) == 123456789012345678901234567890.0);
}

static void big_integers_do_not_hide_other_defects(void **state)
{
	(void)state;
	assert_refused("[99999999999999999999, secret]", E_INVALID, "invalid token");
	assert_refused("[99999999999999999999", E_INVALID, "too early");
	assert_refused("[099999999999999999999]", E_INVALID, "invalid token");
	assert_refused("[99999999999999999999, 1e999]", E_INVALID, "too large");
	assert_refused("[-]", E_INVALID, "invalid token");
}

static void getters_give_typed_members(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_JSON *o = read_ok("{\"s\":\"text\",\"i\":-7,\"f\":1e3,\"t\":true,\"o\":{},\"a\":[]}");
	const char *s;
	long long i;
	bool b;
	json_t *v;

	assert_ok(json_get_string(&s, o, "s", JSON_REQUIRED, &err), &err);
	assert_string_equal(s, "text");
	assert_ok(json_get_int(&i, o, "i", JSON_REQUIRED, &err), &err);
	assert_int_equal(i, -7);
	assert_ok(json_get_int(&i, o, "f", JSON_REQUIRED, &err), &err);
	assert_int_equal(i, 1000);
	assert_ok(json_get_bool(&b, o, "t", JSON_REQUIRED, &err), &err);
	assert_true(b);
	assert_ok(json_get_object(&v, o, "o", JSON_REQUIRED, &err), &err);
	assert_true(json_is_object(v));
	assert_ok(json_get_array(&v, o, "a", JSON_REQUIRED, &err), &err);
	assert_true(json_is_array(v));
}

static void optional_members_may_be_absent_or_null(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_JSON *o = read_ok("{\"n\":null}");
	static const char *const keys[] = {"n", "absent"};

	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		const char *s = "x";
		long long i = 1;
		bool b = true;
		json_t *v = o, *w = o;
		assert_ok(json_get_string(&s, o, keys[k], JSON_OPTIONAL, &err), &err);
		assert_ok(json_get_int(&i, o, keys[k], JSON_OPTIONAL, &err), &err);
		assert_ok(json_get_bool(&b, o, keys[k], JSON_OPTIONAL, &err), &err);
		assert_ok(json_get_object(&v, o, keys[k], JSON_OPTIONAL, &err), &err);
		assert_ok(json_get_array(&w, o, keys[k], JSON_OPTIONAL, &err), &err);
		assert_true(!s && !i && !b && !v && !w);
		int rc = json_get_string(&s, o, keys[k], JSON_REQUIRED, &err);
		assert_fails(rc, &err, E_INVALID, "is missing");
		rc = json_get_array(&v, o, keys[k], JSON_REQUIRED, &err);
		assert_fails(rc, &err, E_INVALID, "is missing");
	}
}

static void members_of_another_type_are_named_with_both_types(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_JSON *o = read_ok("{\"s\":\"secret\",\"i\":1,\"b\":true,\"o\":{},\"a\":[],\"f\":1.5,"
			       "\"big\":1e300}");
	const char *s = "x";
	long long i;
	bool b;
	json_t *v = o;

	assert_fails(json_get_string(&s, o, "i", JSON_OPTIONAL, &err), &err, E_INVALID,
		     "member \"i\" must be a string, not a number");
	assert_null(s);
	assert_fails(json_get_int(&i, o, "s", JSON_REQUIRED, &err), &err, E_INVALID,
		     "member \"s\" must be a whole number, not a string");
	assert_fails(json_get_int(&i, o, "f", JSON_REQUIRED, &err), &err, E_INVALID,
		     "member \"f\" must be a whole number");
	assert_fails(json_get_int(&i, o, "big", JSON_REQUIRED, &err), &err, E_INVALID,
		     "member \"big\" must be a whole number within 2^53");
	assert_fails(json_get_bool(&b, o, "o", JSON_REQUIRED, &err), &err, E_INVALID,
		     "member \"o\" must be a boolean, not an object");
	assert_fails(json_get_object(&v, o, "a", JSON_REQUIRED, &err), &err, E_INVALID,
		     "member \"a\" must be an object, not an array");
	assert_null(v);
	assert_fails(json_get_array(&v, o, "b", JSON_REQUIRED, &err), &err, E_INVALID,
		     "member \"b\" must be an array, not a boolean");
}

static void getters_on_what_is_no_object_find_nothing(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_JSON *a = read_ok("[1]");
	const char *s;

	assert_fails(json_get_string(&s, a, "id", JSON_REQUIRED, &err), &err, E_INVALID,
		     "member \"id\" is missing");
	assert_fails(json_get_string(&s, NULL, "id", JSON_REQUIRED, &err), &err, E_INVALID,
		     "is missing");
}

static void types_have_names(void **state)
{
	(void)state;
	AUTO_JSON *a = read_ok("[{},[],\"\",1,1.5,true,false,null]");
	static const char *const names[] = {"an object", "an array",  "a string",  "a number",
					    "a number",	 "a boolean", "a boolean", "null"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(json_type_name(json_array_get(a, i)), names[i]);
	assert_string_equal(json_type_name(NULL), "nothing");
}

static void put_string_takes_any_bytes_and_leaves_null_out(void **state)
{
	(void)state;
	AUTO_JSON *o = json_object();
	AUTO_STR s = {0};

	json_put_string(o, "a", "text");
	json_put_string(o, "b", NULL);
	json_put_string(o, "c", "file\xFFname");
	json_put_string(o, "d", "");
	json_put(o, "a", json_integer(1));
	json_write(&s, o, JSON_FORM_COMPACT);
	assert_string_equal(str_cstr(&s), "{\"a\":1,\"c\":\"file\xEF\xBF\xBDname\",\"d\":\"\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object_and_array_are_read_and_a_bom_is_skipped),
		cmocka_unit_test(failures_tell_the_place_and_never_the_text),
		cmocka_unit_test(nul_byte_in_the_text_is_refused),
		cmocka_unit_test(every_beginning_of_a_text_is_refused),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(the_number_of_values_is_limited),
		cmocka_unit_test(another_limit_on_values_may_be_given),
		cmocka_unit_test(real_numbers_count_for_the_time_they_take),
		cmocka_unit_test(brackets_in_strings_do_not_count_as_depth),
		cmocka_unit_test(deepest_accepted_value_can_be_written),
		cmocka_unit_test(integers_beyond_64_bits_become_doubles),
		cmocka_unit_test(big_integers_do_not_hide_other_defects),
		cmocka_unit_test(getters_give_typed_members),
		cmocka_unit_test(optional_members_may_be_absent_or_null),
		cmocka_unit_test(members_of_another_type_are_named_with_both_types),
		cmocka_unit_test(getters_on_what_is_no_object_find_nothing),
		cmocka_unit_test(types_have_names),
		cmocka_unit_test(put_string_takes_any_bytes_and_leaves_null_out),
	};

	return unit_main(tests);
}
