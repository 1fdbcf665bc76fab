/* What dotenv.h promises: values as dotenv and dotenv-expand give them, within limits. */
#include "lib/unit.h"

#include <fcntl.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "project/dotenv.h"

static void assert_value(const char *text, const char *name, const char *want)
{
	AUTO_VALUE(dotenv) d = {0};
	struct error err = {0};

	assert_ok(dotenv_parse(&d, view_of(text), ".env", &err), &err);
	const struct dotenv_var *var = dotenv_get(&d, name);
	if (!var && want)
		unit_fail("%s is not set by: %s", name, text);
	if (var && !want)
		unit_fail("%s is set by: %s", name, text);
	if (var)
		assert_string_equal(var->value, want);
}

static void assignments_are_read_as_dotenv_reads_them(void **state)
{
	static const struct {
		const char *text, *value; /* of A; NULL: not set */
	} rows[] = {
		{"A=1", "1"},
		{"A=1\n", "1"},
		{"A=1\r\nB=2\r\n", "1"},
		{"  A = spaced value  \n", "spaced value"},
		{"export A=1", "1"},
		{"export\tA=1", "1"},
		{"A: yaml like", "yaml like"},
		{"A:no", NULL},
		{"A=", ""},
		{"A=\nB=2", ""},
		{"A=''", ""},
		{"A='single $ # quoted'", "single $ # quoted"},
		{"A=\"double # quoted\"", "double # quoted"},
		{"A=`back \"quoted\" 'too'`", "back \"quoted\" 'too'"},
		{"A=\"two\nlines\"", "two\nlines"},
		{"A='two\r\nlines'", "two\nlines"},
		{"A=\"a\\nb\\rc\\td\"", "a\nb\rc\\td"},
		{"A='a\\nb'", "a\\nb"},
		{"A=a\\nb", "a\\nb"},
		{"A=\"esc\\\"aped\"", "esc\\\"aped"},
		{"A=value # comment", "value"},
		{"A=value#comment", "value"},
		{"A='value' # comment", "value"},
		{"A=\"#\"#comment", "#"},
		{"# A=1", NULL},
		{"A=1 # A=2\n#A=3", "1"},
		{"A=1\nA=2", "2"},
		{"A=\"open", "\"open"},
		{"A=\"x\" y", "\"x\" y"},
		{"A==1", "=1"},
		{"A=a=b", "a=b"},
		{"A", NULL},
		{"A 1", NULL},
		{"=1\nA=2", "2"},
		{"\xef\xbb\xbf"
		 "A=1",
		 "1"},
		{"A=\xc3\xa4", "\xc3\xa4"},
		{"garbage {}\n\n\nA=1", "1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_value(rows[i].text, "A", rows[i].value);
	assert_value("a.b-c_1=x", "a.b-c_1", "x");
	assert_value("export=x", "export", "x");
}

static void variables_are_expanded_as_dotenv_expand_does(void **state)
{
	static const struct {
		const char *text, *value;
	} rows[] = {
		{"B=b\nA=$B", "b"},
		{"B=b\nA=${B}c", "bc"},
		{"A=$B\nB=b", "b"},
		{"B=b\nA='$B'", "b"},
		{"B=b\nA=\"x $B y\"", "x b y"},
		{"A=$NONE.", "."},
		{"A=${NONE}", ""},
		{"A=${NONE:-else}", "else"},
		{"B=\nA=${B:-else}", "else"},
		{"B=b\nA=${B:-else}", "b"},
		{"B=b\nA=${NONE:-$B}", "b"},
		{"B=b\nA=${NONE:-${B}}", "b"},
		{"A=${NONE:-${NO:-deep}}!", "deep!"},
		{"B=b\nA=\\$B", "$B"},
		{"B=b\nA=\\${B}", "${B}"},
		{"A=5$", "5$"},
		{"A=$", "$"},
		{"A=${", "${"},
		{"A=${}", "${}"},
		{"A=${B", "${B"},
		{"A=cost: 5$ only", "cost: 5$ only"},
		{"A=$REAL", "from env"},
		{"REAL=file\nA=$REAL", "from env"},
		{"A=x$A", "xxxxxxxxxxxxxxxxx"},
		{"A=$B\nB=$A", ""},
	};

	(void)state;
	setenv("REAL", "from env", 1);
	unsetenv("NONE");
	unsetenv("NO");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_value(rows[i].text, "A", rows[i].value);
	unsetenv("REAL");
}

static void the_real_environment_and_earlier_files_win(void **state)
{
	AUTO_VALUE(dotenv) d = {0};
	struct error err = {0};

	(void)state;
	setenv("REAL", "", 1);
	assert_ok(dotenv_parse(&d, view_of("A=local\nREAL=x"), ".env.local", &err), &err);
	assert_ok(dotenv_parse(&d, view_of("A=env\nB=$A"), ".env", &err), &err);
	assert_string_equal(dotenv_get(&d, "A")->value, "local");
	assert_string_equal(dotenv_get(&d, "A")->file, ".env.local");
	assert_string_equal(dotenv_get(&d, "B")->value, "local");
	assert_null(dotenv_get(&d, "REAL"));
	unsetenv("REAL");
}

static void the_key_of_the_environment_goes_into_nothing_else(void **state)
{
	(void)state;
	setenv("XATA_API_KEY", "xata_secret", 1);
	assert_value("A=x${XATA_API_KEY}y$XATA_API_KEY\n", "A", "xy");
	assert_value("B=$XATA_API_KEY\nA=$B\n", "A", "");
	assert_value("A=${XATA_API_KEY:-none}\n", "A", "none");
	unsetenv("XATA_API_KEY");
	assert_value("XATA_API_KEY=own\nA=$XATA_API_KEY\n", "A", "own");
}

static void limits_are_kept_and_named(void **state)
{
	AUTO_VALUE(dotenv) d = {0};
	AUTO_STR text = {0};
	struct error err = {0};

	(void)state;
	str_puts(&text, "LONG=");
	for (size_t i = 0; i <= DOTENV_VALUE_MAX; i++)
		str_putc(&text, 'x');
	assert_fails(dotenv_parse(&d, str_view(&text), ".env", &err), &err, E_LIMIT, "\"LONG\"");
	/* What would take for ever: each level refers to the next one many times. */
	str_clear(&text);
	for (int level = 0; level < 12; level++) {
		str_printf(&text, "L%d=", level);
		for (int i = 0; i < 50; i++)
			str_printf(&text, "$L%d", level + 1);
		str_putc(&text, '\n');
	}
	assert_fails(dotenv_parse(&d, str_view(&text), ".env", &err), &err, E_LIMIT, "references");
	/* No value is over its limit, but there are many: 150,000 references, then 6 MB in all. */
	AUTO_STR lines = {0};
	for (int i = 0; i < 150; i++) {
		str_printf(&lines, "V%d=", i);
		for (int k = 0; k < 1000; k++)
			str_puts(&lines, "$N");
		str_putc(&lines, '\n');
	}
	assert_fails(dotenv_parse(&d, str_view(&lines), ".env", &err), &err, E_LIMIT, "references");
	str_clear(&lines);
	str_puts(&lines, "BIG=");
	for (int i = 0; i < 60000; i++)
		str_putc(&lines, 'x');
	for (int i = 0; i < 100; i++)
		str_printf(&lines, "\nV%d=$BIG", i);
	assert_fails(dotenv_parse(&d, str_view(&lines), ".env", &err), &err, E_LIMIT, "\"V");
	assert_fails(dotenv_parse(&d, view_make("A=1\0", 4), ".env", &err), &err, E_INVALID, "NUL");
}

static void what_is_no_file_is_empty(void **state)
{
	AUTO_VALUE(dotenv) d = {0};
	struct error err = {0};
	AUTO_FD dir = -1;

	mkdir(unit_path(*state, ".env"), 0755);
	assert_ok(fs_open_dir(&dir, AT_FDCWD, *state, FS_FOLLOW, &err), &err);
	assert_ok(dotenv_load(&d, dir, ".env", &err), &err);
	assert_ok(dotenv_load(&d, dir, ".env.local", &err), &err);
	assert_int_equal(d.len, 0);
	rmdir(unit_path(*state, ".env"));
	AUTO_FREE char *big = malloc(DOTENV_FILE_MAX + 2);
	memset(big, '#', DOTENV_FILE_MAX + 1);
	big[DOTENV_FILE_MAX + 1] = '\0';
	unit_write(unit_path(*state, ".env"), big);
	assert_fails(dotenv_load(&d, dir, ".env", &err), &err, E_LIMIT, ".env");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assignments_are_read_as_dotenv_reads_them),
		cmocka_unit_test(variables_are_expanded_as_dotenv_expand_does),
		cmocka_unit_test(the_real_environment_and_earlier_files_win),
		cmocka_unit_test(the_key_of_the_environment_goes_into_nothing_else),
		cmocka_unit_test(limits_are_kept_and_named),
		unit_test_in_dir(what_is_no_file_is_empty),
	};
	return unit_main(tests);
}
