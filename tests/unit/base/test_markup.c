/* Text that is harmless in a Markdown comment and in a workflow command. */
#include "lib/unit.h"

#include "base/markup.h"

static void markdown_shows_text_as_code_and_nothing_else(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{"", ""},
		{"plain", "`plain`"},
		{"<b>@someone</b> #1 **x**", "`<b>@someone</b> #1 **x**`"},
		{"a`b", "``a`b``"},
		{"a``b`", "``` a``b` ```"},
		{"`", "`` ` ``"},
		{" x", "`  x `"},
		{"a\nb\r", "`a\\x0ab\\x0d`"},
		{"\033[31m", "`\\x1b[31m`"},
		{"caf\xC3\xA9", "`caf\xC3\xA9`"},
		{"0123456789abcdef+", "`0123456789abcdef…`"},
		{"0123456789abcde\xC3\xA9", "`0123456789abcde…`"}, /* not in the middle of one */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR out = {0};
		str_put_markdown_code(&out, view_of(rows[i].text), 16 + (i == 2 ? 16 : 0));
		assert_string_equal(str_cstr(&out), rows[i].shown);
	}
}

static void workflow_commands_end_where_they_should(void **state)
{
	AUTO_STR data = {0};
	AUTO_STR property = {0};

	(void)state;
	str_put_workflow_data(&data, view_of("100%\r\n::error::x, y"));
	assert_string_equal(str_cstr(&data), "100%25%0D%0A::error::x, y");
	str_put_workflow_property(&property, view_of("100%\r\n::error::x, y"));
	assert_string_equal(str_cstr(&property), "100%25%0D%0A%3A%3Aerror%3A%3Ax%2C y");
}

static void the_older_commands_are_defused(void **state)
{
	char text[] = "##[error]x ###[add-mask]y ## [ ##";

	(void)state;
	workflow_defuse(text);
	assert_string_equal(text, "##(error]x ###(add-mask]y ## [ ##");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markdown_shows_text_as_code_and_nothing_else),
		cmocka_unit_test(workflow_commands_end_where_they_should),
		cmocka_unit_test(the_older_commands_are_defused),
	};
	return unit_main(tests);
}
