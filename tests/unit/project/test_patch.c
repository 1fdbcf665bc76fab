/* Which records a patch adds, however Git writes their paths. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "project/patch.h"

/* What a patch adds to folder that makes one file, in a header with these paths. */
static struct strs added_by(const char *from, const char *to, const char *end, const char *folder)
{
	AUTO_STR patch = {0};
	struct strs out = {0};

	str_printf(&patch,
		   "Subject: p1\n---\n 2 files changed\n\n"
		   "diff --git %s %s\nnew file mode 100644\nindex 0000000..ab\n"
		   "--- /dev/null%s\n+++ %s%s\n@@ -0,0 +1 @@\n+{}\n",
		   from, to, end, to, end);
	patch_added_records(&out, str_view(&patch), folder);
	return out;
}

static void check(const char *to, const char *end, const char *folder, const char *file)
{
	AUTO_VALUE(strs) found = added_by("a/x", to, end, folder);

	assert_int_equal(found.len, file ? 1 : 0);
	if (file)
		assert_string_equal(found.items[0], file);
}

static void finds(const char *to, const char *folder, const char *file)
{
	check(to, "", folder, file);
	check(to, "\t", folder, file); /* as Git ends those with spaces */
	check(to, "\r", folder, file); /* as a mail may have it */
}

static void a_new_record_is_found(void **state)
{
	(void)state;
	finds("b/.xata/migrations/p1.json", "", "p1.json");
	finds("b/.xata/migrations/p 1.json", "", "p 1.json");
	finds("b/apps/my shop/.xata/migrations/p1.json", "apps/my shop", "p1.json");
	finds("w/.xata/migrations/p1.json", "", "p1.json");
	finds("b/shop/.xata/migrations/p1.json", "", NULL);
	finds("b/.xata/migrations/p1.json", "shop", NULL);
	finds("b/.xata/migrations/.ledger", "", NULL);
	finds("b/.xata/migrations/more/p1.json", "", NULL);
}

static void so_it_is_where_git_quotes_its_path(void **state)
{
	(void)state;
	finds("\"b/sch\\303\\251ma/.xata/migrations/p1.json\"", "sch\xC3\xA9ma", "p1.json");
	finds("\"b/a \\\"b\\\" \\\\c/.xata/migrations/p1.json\"", "a \"b\" \\c", "p1.json");
	finds("\"b/\\a\\b\\t\\n\\v\\f\\r\\001/.xata/migrations/p1.json\"", "\a\b\t\n\v\f\r\x01",
	      "p1.json");
	finds("\"b/.xata/migrations/na\\303\\257f.json\"", "",
	      "na\xC3\xAF"
	      "f.json");
	finds("\"b/sch\\303\\251ma/.xata/migrations/p1.json\"", "", NULL);
}

static void what_is_quoted_badly_is_another_file(void **state)
{
	(void)state;
	check("\"b/.xata/migrations/p1.json", "", "", "p1.json");
	finds("\"b/.xata/migrations/p1.json\\", "", NULL);
	finds("\"b/.xata/migrations/p\\3.json\"", "", "p3.json");
	finds("\"b/x\\000/.xata/migrations/p1.json\"", "x", NULL);
	finds("\"", "", NULL);
	finds("", "", NULL);
}

static void the_folders_of_records_are_told(void **state)
{
	AUTO_VALUE(strs) found = {0};

	(void)state;
	patch_added_folders(
		&found,
		view_of("diff --git a/x b/x\n--- /dev/null\n+++ b/a/.xata/migrations/p1.json\n"
			"--- /dev/null\n+++ b/a/.xata/migrations/p2.json\n"
			"--- /dev/null\n+++ b/.xata/migrations/p3.json\n"
			"--- /dev/null\n+++ \"b/b \\303\\251/.xata/migrations/p4.json\"\n"
			"--- /dev/null\n+++ b/c.xata/migrations/p5.json\n"
			"--- /dev/null\n+++ b/d/.xata/migrations/.ledger\n"
			"--- /dev/null\n+++ b/e/p6.json\n--- /dev/null\n+++ p7.json\n"
			"--- a/f/.xata/migrations/p8.json\n+++ b/f/.xata/migrations/p8.json\n"));
	assert_int_equal(found.len, 3);
	assert_string_equal(found.items[0], "a");
	assert_string_equal(found.items[1], "");
	assert_string_equal(found.items[2], "b \xC3\xA9");
}

/* Of diff.noPrefix; a project may be in a folder that is called as the prefix is. */
static void a_path_may_have_no_prefix(void **state)
{
	static const char path[] = "b/.xata/migrations/p1.json";
	static const char *const folders[] = {"", "b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		AUTO_VALUE(strs) bare = added_by(path, path, "", folders[i]);
		AUTO_VALUE(strs)
		usual = added_by("a/.xata/migrations/p1.json", path, "", folders[i]);
		assert_int_equal(bare.len, *folders[i] ? 1 : 0);
		assert_int_equal(usual.len, *folders[i] ? 0 : 1);
	}
}

static void what_is_changed_or_removed_is_not_added(void **state)
{
	AUTO_VALUE(strs) found = {0};

	(void)state;
	patch_added_records(
		&found,
		view_of("diff --git a/.xata/migrations/p1.json b/.xata/migrations/p1.json\n"
			"--- a/.xata/migrations/p1.json\n+++ b/.xata/migrations/p1.json\n"
			"diff --git a/.xata/migrations/p2.json b/.xata/migrations/p2.json\n"
			"--- a/.xata/migrations/p2.json\n+++ /dev/null\n"
			"--- /dev/null\nx\n+++ b/.xata/migrations/p3.json\n"),
		"");
	assert_int_equal(found.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_record_is_found),
		cmocka_unit_test(the_folders_of_records_are_told),
		cmocka_unit_test(so_it_is_where_git_quotes_its_path),
		cmocka_unit_test(what_is_quoted_badly_is_another_file),
		cmocka_unit_test(a_path_may_have_no_prefix),
		cmocka_unit_test(what_is_changed_or_removed_is_not_added),
	};
	return unit_main(tests);
}
