/* The JSON writer: numbers as JavaScript prints them, order and escapes as RFC 8785 has them. */
#include "lib/unit.h"

#include <float.h>
#include <math.h>

#include "base/json.h"

static void assert_written(const char *text, enum json_form form, const char *expected)
{
	struct error err = {0};
	AUTO_JSON *value = NULL;
	AUTO_STR s = {0};

	assert_ok(json_read(&value, view_of(text), 0, &err), &err);
	json_write(&s, value, form);
	assert_true(str_ok(&s));
	assert_string_equal(str_cstr(&s), expected);
}

static void write_number(struct str *s, double x)
{
	AUTO_JSON *value = json_real(x);

	assert_non_null(value);
	str_clear(s);
	json_write(s, value, JSON_FORM_CANONICAL);
}

static double double_of(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

/* The table of RFC 8785, appendix B, and the borders of the layouts. */
static void doubles_are_written_as_the_rfc_lists_them(void **state)
{
	(void)state;
	static const struct {
		uint64_t bits;
		const char *text;
	} rows[] = {
		{0x0000000000000000, "0"},
		{0x8000000000000000, "0"},
		{0x0000000000000001, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0xffefffffffffffff, "-1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0xc340000000000000, "-9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555554, "333333333.33333325"},
		{0x41b3de4355555555, "333333333.3333333"},
		{0x41b3de4355555556, "333333333.3333334"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
		{0x0010000000000000, "2.2250738585072014e-308"},
		{0x000fffffffffffff, "2.225073858507201e-308"},
		{0x3ff0000000000000, "1"},
		{0xbff8000000000000, "-1.5"},
		{0x3fb999999999999a, "0.1"},
		{0x3fd3333333333334, "0.30000000000000004"},
		{0x0e80000000000000, "7.678447687145631e-239"},
		{0x0f50000000000000, "6.290184345309701e-235"},
	};
	AUTO_STR s = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		write_number(&s, double_of(rows[i].bits));
		assert_string_equal(str_cstr(&s), rows[i].text);
	}
}

/* Digits of a number as written, and the power of ten of the last one. */
static size_t digits_of(char *digits, int *exponent, const char *text)
{
	size_t n = 0;
	int scale = 0;
	bool point = false;

	for (; *text && *text != 'e'; text++) {
		if (*text == '.') {
			point = true;
		} else if (*text != '-') {
			scale -= point;
			if (n || *text != '0')
				digits[n++] = *text;
		}
	}
	if (*text == 'e')
		scale += (int)strtol(text + 1, NULL, 10);
	while (n > 1 && digits[n - 1] == '0') {
		n--;
		scale++;
	}
	digits[n] = '\0';
	*exponent = scale;
	return n;
}

/* Reads back as x, and no decimal with one digit less does: neither the one below nor the one
 * above. */
static void assert_shortest(struct str *s, double x)
{
	char digits[40], shorter[64];
	int exponent;

	write_number(s, x);
	assert_true(strtod(str_cstr(s), NULL) == x);
	size_t n = digits_of(digits, &exponent, str_cstr(s));
	assert_true(n <= 17);
	if (n < 2)
		return;
	digits[n - 1] = '\0';
	unsigned long long below = strtoull(digits, NULL, 10);
	for (unsigned long long d = below; d <= below + 1; d++) {
		snprintf(shorter, sizeof shorter, "%s%llue%d", x < 0 ? "-" : "", d, exponent + 1);
		if (strtod(shorter, NULL) == x)
			unit_fail("%s is longer than %s", str_cstr(s), shorter);
	}
}

static void every_double_reads_back_and_is_shortest(void **state)
{
	(void)state;
	uint64_t random = 88172645463325252U;
	AUTO_STR s = {0};

	for (int i = 0; i < 40000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		if (isfinite(double_of(random)))
			assert_shortest(&s, double_of(random));
		assert_shortest(&s, double_of(random & 0x800fffffffffffff)); /* subnormal */
		assert_shortest(&s, (double)(random >> 40) / 1000.0);
	}
}

static void doubles_around_every_power_of_two_are_shortest(void **state)
{
	(void)state;
	AUTO_STR s = {0};

	for (uint64_t exponent = 1; exponent < 2047; exponent++)
		for (uint64_t around = 0; around < 3; around++)
			assert_shortest(&s, double_of((exponent << 52) + around - 1));
	for (unsigned bit = 0; bit < 52; bit++)
		assert_shortest(&s, double_of((uint64_t)1 << bit));
}

static void numbers_in_text_take_the_canonical_form(void **state)
{
	(void)state;
	assert_written("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]",
		       JSON_FORM_CANONICAL, "[333333333.3333333,1e+30,4.5,0.002,1e-27]");
	assert_written("[-0, -0.0, 1.0, 100, 1e2, 1e-400]", JSON_FORM_CANONICAL,
		       "[0,0,1,100,100,0]");
}

static void integers_stay_exact_unless_canonical(void **state)
{
	(void)state;
	const char *text = "[9007199254740993,-9223372036854775808,9223372036854775807]";

	assert_written(text, JSON_FORM_COMPACT, text);
	assert_written(text, JSON_FORM_CANONICAL,
		       "[9007199254740992,-9223372036854776000,9223372036854776000]");
	assert_written("[18446744073709551615]", JSON_FORM_COMPACT, "[18446744073709552000]");
	assert_written("[18446744073709552000]", JSON_FORM_PRETTY, "[\n  18446744073709552000\n]");
}

static void strings_have_minimal_escapes(void **state)
{
	(void)state;
	AUTO_STR s = {0};

	json_write_string(
		&s, view_make("\"\\/\b\f\n\r\t\0\x01\x0B\x1F\x7F<>&\xE2\x80\xA8\xC3\xA4", 21));
	assert_string_equal(str_cstr(&s), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u0001\\u000b\\u001f"
					  "\x7F<>&\xE2\x80\xA8\xC3\xA4\"");
	assert_written("[\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"]",
		       JSON_FORM_CANONICAL, "[\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"]");
	assert_written("[\"\\ud83d\\udc18\"]", JSON_FORM_COMPACT, "[\"\xF0\x9F\x90\x98\"]");
}

static void html_form_escapes_three_more_characters_in_names_too(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_JSON *value = NULL;
	AUTO_STR s = {0};

	assert_ok(json_read(&value, view_of("{\"b\":\"<a&b>\",\"a<\":1}"), 0, &err), &err);
	json_write_canonical_html(&s, value);
	assert_string_equal(str_cstr(&s), "{\"a\\u003c\":1,\"b\":\"\\u003ca\\u0026b\\u003e\"}");
}

/* The example of RFC 8785, section 3.2.3, and an emoji, which sorts before U+E000 to U+FFFF. */
static void canonical_members_sort_by_utf16(void **state)
{
	(void)state;
	assert_written("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\","
		       "\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\","
		       "\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
		       "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
		       JSON_FORM_CANONICAL,
		       "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
		       "\"\xC3\xB6\":\"Latin Small Letter O With Diaeresis\","
		       "\"\xE2\x82\xAC\":\"Euro Sign\","
		       "\"\xF0\x9F\x98\x80\":\"Emoji: Grinning Face\","
		       "\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}");
	assert_written(
		"{\"a\\ue000\":1,\"a\\ud800\\udc00\":2,\"a\\ud7ff\":3,\"a\\uffff\":4,\"a\":5}",
		JSON_FORM_CANONICAL,
		"{\"a\":5,\"a\xED\x9F\xBF\":3,\"a\xF0\x90\x80\x80\":2,\"a\xEE\x80\x80\":1,"
		"\"a\xEF\xBF\xBF\":4}");
	assert_written("{\"b\":{\"d\":1,\"c\":[{\"z\":1,\"y\":2}]},\"\":0,\"B\":1}",
		       JSON_FORM_CANONICAL,
		       "{\"\":0,\"B\":1,\"b\":{\"c\":[{\"y\":2,\"z\":1}],\"d\":1}}");
}

static void objects_of_many_members_are_sorted_too(void **state)
{
	(void)state;
	AUTO_JSON *o = json_object();
	AUTO_STR s = {0};
	char key[16], last[16] = "";

	for (int i = 999; i >= 0; i--) {
		snprintf(key, sizeof key, "k%03d", i);
		json_put(o, key, json_integer(i));
	}
	json_write(&s, o, JSON_FORM_CANONICAL);
	const char *p = str_cstr(&s);
	for (int i = 0; i < 1000; i++) {
		p = strstr(p, "\"k");
		assert_non_null(p);
		assert_true(strncmp(last, p, 5) < 0);
		memcpy(last, p, 5);
		p++;
	}
	assert_null(strstr(p, "\"k"));
}

static void other_forms_keep_the_order_of_members(void **state)
{
	(void)state;
	const char *text = "{\"b\":1,\"a\":{\"d\":[],\"c\":{}},\"0\":null,\"\":true}";

	assert_written(text, JSON_FORM_COMPACT, text);
}

/* Byte for byte what node prints for JSON.stringify(x, null, 2). */
static void pretty_form_is_that_of_javascript(void **state)
{
	(void)state;
	assert_written("{\"id\":\"mig_1\",\"operations\":[{\"addTable\":{\"table\":\"t\"}},[],{}],"
		       "\"nested\":[[1,[2.5]],\"x\"],\"none\":null,\"yes\":true,\"no\":false}",
		       JSON_FORM_PRETTY,
		       "{\n"
		       "  \"id\": \"mig_1\",\n"
		       "  \"operations\": [\n"
		       "    {\n"
		       "      \"addTable\": {\n"
		       "        \"table\": \"t\"\n"
		       "      }\n"
		       "    },\n"
		       "    [],\n"
		       "    {}\n"
		       "  ],\n"
		       "  \"nested\": [\n"
		       "    [\n"
		       "      1,\n"
		       "      [\n"
		       "        2.5\n"
		       "      ]\n"
		       "    ],\n"
		       "    \"x\"\n"
		       "  ],\n"
		       "  \"none\": null,\n"
		       "  \"yes\": true,\n"
		       "  \"no\": false\n"
		       "}");
	assert_written("[]", JSON_FORM_PRETTY, "[]");
	assert_written("{}", JSON_FORM_PRETTY, "{}");
}

static void what_is_written_in_any_form_reads_back_equal(void **state)
{
	(void)state;
	const char *text = "{\"z\":[1,-2.5e-9,1e21,\"\\u0001\\\"\\\\\xC3\xA4\"],\"a\":{\"\":null}}";
	struct error err = {0};
	AUTO_JSON *value = NULL;

	assert_ok(json_read(&value, view_of(text), 0, &err), &err);
	for (int form = JSON_FORM_PRETTY; form <= JSON_FORM_CANONICAL; form++) {
		AUTO_STR s = {0};
		AUTO_JSON *back = NULL;
		json_write(&s, value, (enum json_form)form);
		assert_ok(json_read(&back, str_view(&s), 0, &err), &err);
		assert_true(json_equal(value, back));
	}
}

static void text_over_the_maximum_is_a_sticky_failure(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_JSON *value = NULL;
	AUTO_STR s = {.max = 10};

	assert_ok(json_read(&value, view_of("{\"name\":\"long text\"}"), 0, &err), &err);
	json_write(&s, value, JSON_FORM_PRETTY);
	assert_fails(str_check(&s, "record", &err), &err, E_LIMIT, "record is over the limit");
}

struct pieces {
	struct str text;
	size_t count, longest;
};

static void collect(void *ctx, struct str *text)
{
	struct view piece = str_view(text);
	struct pieces *p = ctx;

	assert_true(piece.len > 0);
	assert_true(utf8_valid(piece));
	str_putv(&p->text, piece);
	p->count++;
	p->longest = piece.len > p->longest ? piece.len : p->longest;
}

static void pieces_are_the_same_text_and_small(void **state)
{
	(void)state;
	AUTO_JSON *value = json_array();
	AUTO_STR whole = {0};
	struct pieces p = {0};

	for (int i = 0; i < 20000; i++) {
		json_t *item = json_object();
		json_put_string(item, "name", "\xc3\xa9\xc2\x9b \"quoted\"");
		json_put(item, "list", json_pack("[i,n]", i));
		json_array_append_new(value, item);
	}
	json_write(&whole, value, JSON_FORM_PRETTY);
	json_write_pieces(value, JSON_FORM_PRETTY, collect, &p);
	assert_string_equal(str_cstr(&p.text), str_cstr(&whole));
	assert_true(p.count > 10);
	assert_true(p.longest < 66 << 10);
	str_clear(&p.text);
	p.count = 0;
	AUTO_JSON *small = json_object();
	json_write_pieces(small, JSON_FORM_COMPACT, collect, &p);
	assert_string_equal(str_cstr(&p.text), "{}");
	assert_int_equal(p.count, 1);
	str_release(&p.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_are_written_as_the_rfc_lists_them),
		cmocka_unit_test(every_double_reads_back_and_is_shortest),
		cmocka_unit_test(doubles_around_every_power_of_two_are_shortest),
		cmocka_unit_test(numbers_in_text_take_the_canonical_form),
		cmocka_unit_test(integers_stay_exact_unless_canonical),
		cmocka_unit_test(strings_have_minimal_escapes),
		cmocka_unit_test(html_form_escapes_three_more_characters_in_names_too),
		cmocka_unit_test(canonical_members_sort_by_utf16),
		cmocka_unit_test(objects_of_many_members_are_sorted_too),
		cmocka_unit_test(other_forms_keep_the_order_of_members),
		cmocka_unit_test(pretty_form_is_that_of_javascript),
		cmocka_unit_test(what_is_written_in_any_form_reads_back_equal),
		cmocka_unit_test(text_over_the_maximum_is_a_sticky_failure),
		cmocka_unit_test(pieces_are_the_same_text_and_small),
	};

	return unit_main(tests);
}
