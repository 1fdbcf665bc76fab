/* The text of a ledger, its findings, and histories made of names. */
#include "lib/unit.h"

#include "base/alloc.h"
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

static void what_git_could_not_merge_is_for_resolve(void **state)
{
	static const char *const lines[] = {"<<<<<<< HEAD", "=======", ">>>>>>> theirs",
					    "||||||| base"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO_VALUE(findings) f = {0};
		AUTO_VALUE(ledger) l = {0};
		AUTO_FREE char *text = xasprintf("a\n%s\nb\n", lines[i]);
		parsed(&l, &f, text);
		assert_int_equal(f.len, 1);
		assert_non_null(strstr(f.items[0].hint, "xata resolve"));
	}
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

/* Scans text in pieces of `size` bytes. */
static bool scanned(struct ledger_scan *s, const char *text, size_t size)
{
	size_t len = strlen(text);

	*s = (struct ledger_scan){0};
	for (size_t at = 0; at < len; at += size)
		ledger_scan_add(s, view_make(text + at, len - at < size ? len - at : size));
	return ledger_scan_plain(s);
}

static void a_plain_ledger_is_known_by_its_count_and_newest(void **state)
{
	static const struct {
		const char *text, *newest;
		size_t count;
		bool plain;
	} rows[] = {
		{"", "", 0, true},
		{"a\n", "a", 1, true},
		{"a\nb\n", "b", 2, true},
		{"a\nab\nb\n", "b", 3, true},
		{"mig_a_01234567\nmig_b_01234567\n", "mig_b_01234567", 2, true},
		{"mig_a_01234567\nmig_ab_01234567\nz\n", "z", 3, true},
		{"mig_a_01234567\nmig_a_11234567\n", "", 0, false},
		{"mig_a\nmig_a_01234567\n", "", 0, false},
		{"a\nb", "", 0, false},
		{"b\na\n", "", 0, false},
		{"ab\na\n", "", 0, false},
		{"a\na\n", "", 0, false},
		{"a\n\nb\n", "", 0, false},
		{"a\r\nb\r\n", "", 0, false},
		{"a\nb \n", "", 0, false},
		{"a\n../b\n", "", 0, false},
		{"\xEF\xBB\xBF"
		 "a\n",
		 "", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t size = 1; size < 40; size++) {
			struct ledger_scan s;
			assert_int_equal(scanned(&s, rows[i].text, size), rows[i].plain);
			if (!rows[i].plain)
				continue;
			assert_string_equal(s.newest, rows[i].newest);
			assert_int_equal(s.count, rows[i].count);
		}
	}
}

/* The names of a text, whatever it is, are either all found by the scan or it does not say so. */
static void what_is_plain_has_no_finding(void **state)
{
	static const char *const parts[] = {
		"a", "b", "mig_a_01234567", "_01234567", "\n", "\n", "\n", "\r", ".", "/"};
	unsigned long draw = 1;
	size_t plain = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		AUTO_STR text = {0};
		AUTO_VALUE(ledger) l = {0};
		AUTO_VALUE(findings) f = {0};
		AUTO_VALUE(history) h = {0};
		struct ledger_scan s;
		for (int n = round % 9; n > 0; n--) {
			draw = draw * 6364136223846793005u + 1442695040888963407u;
			str_puts(&text, parts[(draw >> 33) % ARRAY_LEN(parts)]);
		}
		if (!scanned(&s, str_cstr(&text), 1 + (size_t)round % 7))
			continue;
		plain++;
		parsed(&l, &f, str_cstr(&text));
		history_from_ledger(&h, &l);
		assert_int_equal(f.len, 0);
		assert_int_equal(l.names.len, s.count);
		assert_int_equal(h.len, s.count);
		assert_string_equal(s.count ? l.names.items[s.count - 1] : "", s.newest);
	}
	assert_true(plain > 1000);
}

static void the_longest_name_is_plain_and_a_longer_one_is_not(void **state)
{
	AUTO_STR text = {0};
	struct ledger_scan s;

	(void)state;
	for (int i = 0; i < RECORD_NAME_MAX; i++)
		str_putc(&text, 'x');
	str_putc(&text, '\n');
	for (size_t size = 1; size < 300; size += 7)
		assert_true(scanned(&s, str_cstr(&text), size));
	assert_int_equal(strlen(s.newest), RECORD_NAME_MAX);
	str_clear(&text);
	for (int i = 0; i <= RECORD_NAME_MAX; i++)
		str_putc(&text, 'x');
	str_putc(&text, '\n');
	for (size_t size = 1; size < 300; size += 7)
		assert_false(scanned(&s, str_cstr(&text), size));
}

static void a_name_has_its_alphabet_and_no_other(void **state)
{
	static const char start[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	char name[2];

	(void)state;
	for (int c = 0; c < 256; c++) {
		bool word = c && strchr(start, c);
		name[0] = (char)c;
		name[1] = 'x';
		assert_int_equal(record_name_valid(view_make(name, 2)), word);
		name[0] = 'x';
		name[1] = (char)c;
		assert_int_equal(record_name_valid(view_make(name, 2)),
				 word || (c && strchr(".~-", c)));
	}
	assert_false(record_name_valid(view_of("")));
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

static void findings_are_copied_with_their_counts(void **state)
{
	AUTO_VALUE(findings) from = {0};
	AUTO_VALUE(findings) to = {0};

	(void)state;
	findings_add(&to, FIND_CRLF, "b", 2, "Do.", "m");
	findings_add(&from, FIND_BAD_NAME, "a\n", 7, "Do this.", "x\x07 %s", "y");
	findings_copy(&to, &from);
	assert_int_equal(to.len, 2);
	assert_int_equal(to.items[1].kind, FIND_BAD_NAME);
	assert_int_equal(to.items[1].line, 7);
	assert_string_equal(to.items[1].file, "a\\x0a");
	assert_string_equal(to.items[1].message, "x\\x07 y");
	assert_string_equal(to.items[1].hint, "Do this.");
	for (int i = 0; i < FINDINGS_MAX + 5; i++)
		findings_add(&from, FIND_UNSEALED, "b", 1, "Do.", "m");
	findings_copy(&to, &from);
	assert_int_equal(to.len, FINDINGS_MAX);
	assert_int_equal(to.errors, 2);
	assert_int_equal(to.cosmetic, 1);
	assert_int_equal(to.unsealed, FINDINGS_MAX + 5);
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

static int give_ledger(const struct ledger **out, void *ctx, struct error *err)
{
	(void)err;
	*out = ctx;
	return 0;
}

static void a_history_of_the_newest_name_reads_the_others_when_they_are_wanted(void **state)
{
	AUTO_VALUE(ledger) l = {0};
	AUTO_VALUE(history) h = {0};
	struct error err = {0};
	size_t at = 9;

	(void)state;
	parsed(&l, NULL, "mig_a_01234567\nmig_b_01234567\n");
	history_from_newest(&h, 2, "mig_b_01234567", give_ledger, &l);
	assert_int_equal(h.len, 2);
	assert_int_equal(h.format, RECORD_V1);
	assert_string_equal(history_at(&h, 1)->id, "mig_b");
	assert_true(history_find(&h, "mig_b", &at));
	assert_int_equal(at, 1);
	assert_false(history_find(&h, "mig_a", &at));
	assert_false(history_find(&h, NULL, &at));
	const char *borrowed = history_at(&h, 1)->name;
	assert_ok(history_load(&h, &err), &err);
	assert_ok(history_load(&h, &err), &err);
	assert_true(history_find(&h, "mig_a", &at));
	assert_int_equal(at, 0);
	assert_false(history_find(&h, NULL, &at));
	assert_string_equal(history_at(&h, 0)->name, "mig_a_01234567");
	assert_string_equal(borrowed, "mig_b_01234567");
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
		cmocka_unit_test(what_git_could_not_merge_is_for_resolve),
		cmocka_unit_test(what_is_wrong_with_a_ledger_is_found),
		cmocka_unit_test(a_plain_ledger_is_known_by_its_count_and_newest),
		cmocka_unit_test(what_is_plain_has_no_finding),
		cmocka_unit_test(the_longest_name_is_plain_and_a_longer_one_is_not),
		cmocka_unit_test(a_name_has_its_alphabet_and_no_other),
		cmocka_unit_test(findings_are_optional),
		cmocka_unit_test(findings_are_copied_with_their_counts),
		cmocka_unit_test(a_line_is_appended_after_a_missing_newline),
		cmocka_unit_test(findings_are_counted_by_level_and_safe_to_print),
		cmocka_unit_test(a_history_comes_from_names_alone),
		cmocka_unit_test(
			a_history_of_the_newest_name_reads_the_others_when_they_are_wanted),
		cmocka_unit_test(an_id_enters_a_history_once),
		cmocka_unit_test(a_name_tells_records_of_one_id_apart),
		cmocka_unit_test(relations_have_names),
	};
	return unit_main(tests);
}
