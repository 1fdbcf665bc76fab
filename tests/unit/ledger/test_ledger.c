/* The text of a ledger, its findings, and histories made of names. */
#include "lib/unit.h"

#include "ledger/history.h"
#include "ledger/ledger.h"

static void parsed(struct ledger *l, struct findings *f, const char *text)
{
	ledger_parse(l, view_of(text), f);
}

/* Parses text, expecting `names` (joined by blanks) and exactly one finding. */
static void finds(const char *text, const char *names, enum finding_kind kind, long line,
		  const char *message)
{
	AUTO_VALUE(findings) f = {0};
	AUTO_VALUE(ledger) l = {0};
	AUTO_STR joined = {0};

	parsed(&l, &f, text);
	for (size_t i = 0; i < l.names.len; i++)
		str_printf(&joined, "%s%s", i ? " " : "", l.names.items[i]);
	assert_string_equal(str_cstr(&joined), names);
	assert_int_equal(f.len, 1);
	assert_int_equal(f.items[0].kind, kind);
	assert_int_equal(f.items[0].line, line);
	assert_string_equal(f.items[0].file, ".ledger");
	if (!strstr(f.items[0].message, message))
		unit_fail("\"%s\" lacks \"%s\"", f.items[0].message, message);
	assert_true(ends_with(f.items[0].hint, "."));
}

static void names_keep_their_order(void **state)
{
	AUTO_VALUE(findings) f = {0};
	AUTO_VALUE(ledger) l = {0};
	AUTO_VALUE(ledger) empty = {0};
	size_t at;

	(void)state;
	parsed(&l, &f, "b\na\nmig_c_01234567\n");
	assert_int_equal(l.names.len, 3);
	assert_string_equal(l.names.items[0], "b");
	assert_true(map_get(&l.index, "mig_c_01234567", &at));
	assert_int_equal(at, 2);
	parsed(&empty, &f, "");
	assert_int_equal(empty.names.len, 0);
	assert_int_equal(f.len, 0);
}

static void what_is_wrong_with_a_ledger_is_found(void **state)
{
	(void)state;
	finds("a\nb", "a b", FIND_NO_FINAL_NEWLINE, 2, "no newline");
	finds("a\nb\na\n", "a b", FIND_DUPLICATE_LINE, 3, "repeats \"a\", which is record 1");
	finds("a\n../b\nc\n", "a c", FIND_BAD_NAME, 2, "\"../b\"");
	finds("a\n b\n", "a", FIND_BAD_NAME, 2, "\" b\"");
	finds("a\n\x1b[2J\n", "a", FIND_BAD_NAME, 2, "\"\\x1b[2J\"");
	finds("a\nb.json/\n", "a", FIND_BAD_NAME, 2, "cannot be the name");
	finds("a\r\nb\r\n", "a b", FIND_CRLF, 1, "2 lines end with CR LF");
	finds("\xEF\xBB\xBF"
	      "a\n",
	      "a", FIND_BOM, 1, "byte order mark");
	finds("a\n\n  \nb\n", "a b", FIND_BLANK_LINE, 2, "2 blank lines");
}

static void findings_are_optional(void **state)
{
	AUTO_VALUE(ledger) l = {0};

	(void)state;
	ledger_parse(&l,
		     view_of("\xEF\xBB\xBF"
			     "a\r\na\n\n!\nb"),
		     NULL);
	assert_int_equal(l.names.len, 2);
}

static void a_line_is_appended_after_a_missing_newline(void **state)
{
	AUTO_STR text = {0};

	(void)state;
	ledger_append_line(&text, "a");
	assert_string_equal(str_cstr(&text), "a\n");
	str_clear(&text);
	str_puts(&text, "a\r\nb");
	ledger_append_line(&text, "c");
	assert_string_equal(str_cstr(&text), "a\r\nb\nc\n");
}

static void findings_are_counted_by_level_and_safe_to_print(void **state)
{
	AUTO_VALUE(findings) f = {0};

	(void)state;
	findings_add(&f, FIND_UNSEALED, "a\n.json", 0, "Do.", "%s", "x\x07");
	assert_string_equal(f.items[0].file, "a\\x0a.json");
	assert_string_equal(f.items[0].message, "x\\x07");
	for (int i = 0; i < FINDINGS_MAX + 5; i++)
		findings_add(&f, FIND_CRLF, "b", 1, "Do.", "m");
	findings_add(&f, FIND_BAD_NAME, "c", 1, "Do.", "m");
	assert_int_equal(f.len, FINDINGS_MAX);
	assert_int_equal(f.cosmetic, FINDINGS_MAX + 5);
	assert_int_equal(f.unsealed, 1);
	assert_int_equal(f.errors, 1);
	assert_string_equal(finding_name(FIND_BOM), "byte_order_mark");
	assert_int_equal(finding_level(FIND_NOT_DONE), FINDING_COSMETIC);
	assert_string_equal(finding_level_name(FINDING_ERROR), "error");
	assert_string_equal(finding_level_name(FINDING_UNSEALED), "unsealed");
	assert_string_equal(finding_level_name(FINDING_COSMETIC), "cosmetic");
}

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_SUM "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct record *v1(const char *id, const char *sum)
{
	AUTO_STR text = {0};
	struct record *r;
	struct error err = {0};

	str_printf(&text, "{\"id\":\"%s\",\"checksum\":\"1:%s\",\"operations\":[]}", id, sum);
	assert_ok(record_parse(&r, str_view(&text), &err), &err);
	return r;
}

static void a_history_comes_from_names_alone(void **state)
{
	AUTO_VALUE(ledger) l = {0};
	AUTO_VALUE(history) h = {0};
	size_t at;

	(void)state;
	parsed(&l, NULL, "mig_a_01234567\nmig_b_01234567\nadd_users\n");
	history_from_ledger(&h, &l);
	assert_int_equal(h.len, 3);
	assert_string_equal(h.items[0].name, "mig_a_01234567");
	assert_string_equal(h.items[0].id, "mig_a");
	assert_null(h.items[0].checksum);
	assert_string_equal(h.items[2].id, "add_users");
	assert_int_equal(h.format, RECORD_PGROLL);
	assert_true(map_get(&h.by_id, "mig_b", &at));
	assert_int_equal(at, 1);
}

static void an_id_enters_a_history_once(void **state)
{
	AUTO_VALUE(history) h = {0};
	AUTO(record) *a = v1("mig_a", SUM);
	AUTO(record) *same_id = v1("mig_a", OTHER_SUM);

	(void)state;
	assert_true(history_add(&h, a));
	assert_false(history_add(&h, same_id));
	assert_int_equal(h.len, 1);
	assert_int_equal(h.format, RECORD_V1);
	assert_string_equal(h.items[0].checksum, "1:" SUM);
	assert_true(history_entry_is(&h.items[0], a));
	assert_false(history_entry_is(&h.items[0], same_id));
}

static void a_name_tells_records_of_one_id_apart(void **state)
{
	AUTO_VALUE(ledger) l = {0};
	AUTO_VALUE(history) h = {0};
	AUTO(record) *a = v1("mig_a", SUM);
	AUTO(record) *changed = v1("mig_a", OTHER_SUM);
	AUTO(record) *b = v1("mig_b", SUM);

	(void)state;
	parsed(&l, NULL, "mig_a_01234567\n");
	history_from_ledger(&h, &l);
	assert_true(history_entry_is(&h.items[0], a));
	assert_false(history_entry_is(&h.items[0], changed));
	assert_false(history_entry_is(&h.items[0], b));
}

static void relations_have_names(void **state)
{
	(void)state;
	assert_string_equal(relation_name(RELATION_EQUAL), "up_to_date");
	assert_string_equal(relation_name(RELATION_AHEAD), "ahead");
	assert_string_equal(relation_name(RELATION_BEHIND), "behind");
	assert_string_equal(relation_name(RELATION_DIVERGED), "diverged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_keep_their_order),
		cmocka_unit_test(what_is_wrong_with_a_ledger_is_found),
		cmocka_unit_test(findings_are_optional),
		cmocka_unit_test(a_line_is_appended_after_a_missing_newline),
		cmocka_unit_test(findings_are_counted_by_level_and_safe_to_print),
		cmocka_unit_test(a_history_comes_from_names_alone),
		cmocka_unit_test(an_id_enters_a_history_once),
		cmocka_unit_test(a_name_tells_records_of_one_id_apart),
		cmocka_unit_test(relations_have_names),
	};
	return unit_main(tests);
}
