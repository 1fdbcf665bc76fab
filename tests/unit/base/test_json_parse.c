/* The quick JSON parser gives what jansson gives, or leaves it to jansson. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "base/json_parse.h"

static json_t *jansson(struct view text)
{
	json_error_t e;

	return json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &e);
}

static char *dump(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY); /* keeps the order */

	assert_non_null(text);
	return text;
}

/* 1: both gave it; 0: it was left to jansson. */
static int agrees(struct view text)
{
	AUTO_JSON *quick = json_parse_common(text, 64, JSON_VALUES_MAX);
	AUTO_JSON *slow = jansson(text);

	if (!quick)
		return 0;
	if (!slow)
		unit_fail("jansson refuses \"%.*s\"", (int)text.len, text.ptr);
	AUTO_FREE char *a = dump(quick);
	AUTO_FREE char *b = dump(slow);
	assert_string_equal(a, b);
	return 1;
}

static void common_texts_are_taken(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		" \t\r\n{ \"a\" : [ ] } \n",
		"{\"b\":1,\"a\":{\"c\":[true,false,null]}}",
		"[0,-0,1,-1,123456789012345678,-999999999999999999]",
		"[\"\",\"a\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"a\\nb\\nc\",\"\\n\"]",
		"[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"]",
		"{\"\":0,\"\xc3\xa9\":1,\"a\\nb\":{\"c\\nd\":\"e\\nf\"}}",
		"[[[[[[[[1]]]]]]]]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!agrees(view_of(texts[i])))
			unit_fail("left to jansson: %s", texts[i]);
}

static const char *const not_common[] = {
	"",
	" ",
	"1",
	"\"a\"",
	"true",
	"[",
	"{",
	"]",
	"[1",
	"[1,",
	"[1,]",
	"[,1]",
	"[1 2]",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{a:1}",
	"{1:1}",
	"{\"a\":1,\"a\":2}",
	"{\"a\":1,\"\\u0061\":2}",
	"[] []",
	"[]x",
	"[01]",
	"[-]",
	"[+1]",
	"[1.5]",
	"[1e3]",
	"[1.]",
	"[.5]",
	"[1234567890123456789]",
	"[9223372036854775808]",
	"[tru]",
	"[truex]",
	"[nul",
	"[\"\\u00e9\"]",
	"[\"\\x\"]",
	"[\"\\\"]",
	"[\"\\",
	"[\"a",
	"[\"a\nb\"]",
	"[\"\t\"]",
	"[\"\x80\"]",
	"[\"\xc3\"]",
	"[\"\xc0\xaf\"]",
	"[\"\xed\xa0\x80\"]",
	"[\"\xf4\x90\x80\x80\"]",
	"[\"\\n\xff\"]",
	"{\"\xff\":1}",
	"[1]\v",
	"[0x1]",
	"[1a]",
	"['a']",
	"\xEF\xBB\xBF[]",
	"/**/[]",
};

static void all_else_is_left_to_jansson(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(not_common); i++) {
		AUTO_JSON *value = json_parse_common(view_of(not_common[i]), 64, JSON_VALUES_MAX);
		if (value)
			unit_fail("taken: %s", not_common[i]);
	}
	assert_null(json_parse_common(view_make("[\"a\0b\"]", 7), 64, JSON_VALUES_MAX));
	assert_null(json_parse_common(view_make("[1\0]", 4), 64, JSON_VALUES_MAX));
	assert_null(json_parse_common(view_make("[]\0", 3), 64, JSON_VALUES_MAX));
}

static void depth_and_length_of_keys_are_exact(void **state)
{
	(void)state;
	for (size_t levels = 1; levels < 70; levels++) {
		AUTO_STR text = {0};
		for (size_t i = 0; i < levels; i++)
			str_puts(&text, i % 2 ? "{\"a\":" : "[");
		str_putc(&text, '1');
		for (size_t i = levels; i > 0; i--)
			str_putc(&text, (i - 1) % 2 ? '}' : ']');
		AUTO_JSON *value = json_parse_common(str_view(&text), 64, JSON_VALUES_MAX);
		assert_int_equal(value != NULL, levels <= 64);
	}
	for (size_t len = 250; len < 260; len++) {
		AUTO_STR text = {0};
		str_puts(&text, "{\"");
		for (size_t i = 0; i < len; i++)
			str_putc(&text, 'k');
		str_puts(&text, "\":1}");
		AUTO_JSON *value = json_parse_common(str_view(&text), 64, JSON_VALUES_MAX);
		assert_int_equal(value != NULL, len <= 256);
	}
}

static void whatever_is_taken_is_what_jansson_reads(void **state)
{
	static const char *const parts[] = {
		"{",	     "}",	 "[",	 "]",	"\"", "\"a\":", "\"b\":", ",",
		":",	     "1",	 "-0",	 "12",	"0",  "true",	"null",	  "\\n",
		"\\",	     "\\u0041",	 "x",	 " ",	"\n", "\"s\"",	"\"s\"",  "[1]",
		"{\"a\":1}", "\xc3\xa9", "\xff", "1.5", "e",  "false",
	};
	unsigned long draw = 1;
	int taken = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		AUTO_STR text = {0};
		bool object = round % 2;
		str_putc(&text, object ? '{' : '[');
		for (int n = round % 8; n > 0; n--) {
			draw = draw * 6364136223846793005u + 1442695040888963407u;
			str_puts(&text, parts[(draw >> 33) % ARRAY_LEN(parts)]);
		}
		str_putc(&text, object ? '}' : ']');
		taken += agrees(str_view(&text));
	}
	assert_true(taken > 1000);
}

/* Each byte of a record set to each of the bytes that mean something, and each cut of it. */
static void spoilt_records_are_read_as_jansson_reads_them(void **state)
{
	static const char record[] =
		"{\n  \"id\": \"mig_c\",\n  \"operations\": [\n    {\n      \"addTable\": {\n"
		"        \"table\": \"\xc3\xa9\\n\",\n        \"n\": -12\n      }\n    }\n  ]\n}\n";
	static const char bytes[] = "\"\\{}[]:,0-9.eEtfnu \n\t\x01\x7f\xc3\xff";
	char text[sizeof record];

	(void)state;
	assert_int_equal(agrees(view_of(record)), 1);
	for (size_t at = 0; at < sizeof record - 1; at++) {
		agrees(view_make(record, at));
		for (size_t b = 0; b < sizeof bytes; b++) { /* the NUL too */
			memcpy(text, record, sizeof text);
			text[at] = bytes[b];
			agrees(view_make(text, sizeof record - 1));
		}
	}
}

/* Wherever in how long a text: eight bytes are looked at together. */
static void the_plain_part_of_a_string_ends_where_it_should(void **state)
{
	(void)state;
	for (size_t len = 1; len <= 20; len++) {
		for (int c = 0; c < 256; c++) {
			bool special = c < 0x20 || c == '"' || c == '\\';
			for (size_t at = 0; at < len; at++) {
				AUTO_FREE char *text = xcalloc(len, 1);
				memset(text, at % 2 ? 'a' : '~', len);
				text[at] = (char)c;
				bool ascii = true;
				const char *end = json_plain_end(text, text + len, &ascii);
				assert_int_equal(end - text, special ? at : len);
				assert_int_equal(ascii, c < 0x80);
			}
		}
	}
}

/* What ends it is found also behind bytes that are not ASCII, and those behind it do not count. */
static void what_follows_the_plain_part_does_not_matter(void **state)
{
	static const char text[] =
		"\xC3\xA4\xC3\xB6\xC3\xBC 12345\"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
	bool ascii = true;

	(void)state;
	const char *end = json_plain_end(text, text + sizeof text - 1, &ascii);
	assert_int_equal(end - text, 12);
	assert_false(ascii);
	ascii = true;
	end = json_plain_end(text + 6, text + sizeof text - 1, &ascii);
	assert_int_equal(end - text, 12);
	assert_true(ascii);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_texts_are_taken),
		cmocka_unit_test(all_else_is_left_to_jansson),
		cmocka_unit_test(depth_and_length_of_keys_are_exact),
		cmocka_unit_test(whatever_is_taken_is_what_jansson_reads),
		cmocka_unit_test(spoilt_records_are_read_as_jansson_reads_them),
		cmocka_unit_test(the_plain_part_of_a_string_ends_where_it_should),
		cmocka_unit_test(what_follows_the_plain_part_does_not_matter),
	};
	return unit_main(tests);
}
