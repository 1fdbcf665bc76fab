/* Option tables: every way to write an option, what is refused and how, and the help text. */
#include "lib/unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/opt.h"

static const struct opt own[] = {
	{"branch", 'b', "NAME", "the branch to pull from"},
	{"dry-run", 'n', NULL, "print what would be done"},
	{"force", 'f', NULL, "take the remote history"},
	{"lock-wait", 0, "SECONDS", "how long to wait for another process"},
	{"side", 's', "ours|theirs|none", "which side goes first"},
	{0},
};
static const struct opt common[] = {
	{"json", 0, NULL, "print one JSON document"},
	{"quiet", 'q', NULL, "print nothing but errors"},
	{"branch", 'B', "NAME", "never found: the first table has the name"},
	{0},
};

#define PARSE(a, err, ...) \
	parse(a, (const char *[]){__VA_ARGS__, NULL}, err) /* at least one argument */

static int parse(struct args *a, const char *const *argv, struct error *err)
{
	char *copy[16];
	int argc = 0;

	args_release(a);
	a->tables[0] = own;
	a->tables[1] = common;
	for (; argv[argc]; argc++)
		copy[argc] = (char *)(uintptr_t)argv[argc];
	return args_parse(a, argc, copy, err);
}

static void values_may_follow_or_be_joined(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_ok(PARSE(&a, &err, "--branch", "main"), &err);
	assert_string_equal(args_value(&a, "branch"), "main");
	assert_ok(PARSE(&a, &err, "--branch=main=x"), &err);
	assert_string_equal(args_value(&a, "branch"), "main=x");
	assert_ok(PARSE(&a, &err, "--branch="), &err);
	assert_string_equal(args_value(&a, "branch"), "");
	assert_ok(PARSE(&a, &err, "-b", "main"), &err);
	assert_string_equal(args_value(&a, "branch"), "main");
	assert_ok(PARSE(&a, &err, "-bmain"), &err);
	assert_string_equal(args_value(&a, "branch"), "main");
	assert_ok(PARSE(&a, &err, "--branch", "--json"), &err);
	assert_string_equal(args_value(&a, "branch"), "--json");
	assert_false(args_flag(&a, "json"));
	assert_ok(PARSE(&a, &err, "--branch", "--"), &err);
	assert_string_equal(args_value(&a, "branch"), "--");
}

static void flags_may_be_bundled_with_a_value_last(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_ok(PARSE(&a, &err, "-nfbmain", "word"), &err);
	assert_true(args_flag(&a, "dry-run"));
	assert_true(args_flag(&a, "force"));
	assert_false(args_flag(&a, "quiet"));
	assert_string_equal(args_value(&a, "branch"), "main");
	assert_ok(PARSE(&a, &err, "-qnb", "main", "word"), &err);
	assert_true(args_flag(&a, "quiet"));
	assert_string_equal(args_value(&a, "branch"), "main");
	assert_string_equal(args_word(&a, 0), "word");
	assert_null(args_word(&a, 1));
}

static void options_and_words_may_be_mixed_until_two_dashes(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_ok(PARSE(&a, &err, "one", "--json", "-", "", "--", "--force", "-x", "--"), &err);
	assert_true(args_flag(&a, "json"));
	assert_false(args_flag(&a, "force"));
	static const char *const words[] = {"one", "-", "", "--force", "-x", "--", NULL};
	for (size_t i = 0; words[i]; i++)
		assert_string_equal(args_word(&a, i), words[i]);
	assert_null(args_word(&a, 6));
}

static void no_arguments_give_no_values(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {.tables = {own}};
	long n;

	assert_ok(args_parse(&a, 0, NULL, &err), &err);
	assert_null(args_value(&a, "branch"));
	assert_null(args_word(&a, 0));
	assert_ok(args_number(&n, &a, "lock-wait", 0, 9, 5, &err), &err);
	assert_int_equal(n, 5);
}

static void last_of_an_option_given_twice_wins(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_ok(PARSE(&a, &err, "--branch=a", "-n", "-n", "-b", "b", "-n"), &err);
	assert_string_equal(args_value(&a, "branch"), "b");
	assert_true(args_flag(&a, "dry-run"));
}

static void many_arguments_are_all_kept(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {.tables = {own}};
	char flag[] = "-n", word[] = "w";
	char *argv[200];

	for (size_t i = 0; i < ARRAY_LEN(argv); i++)
		argv[i] = i % 2 ? flag : word;
	assert_ok(args_parse(&a, ARRAY_LEN(argv), argv, &err), &err);
	assert_non_null(args_word(&a, 99));
	assert_null(args_word(&a, 100));
}

static void unknown_options_are_named_with_the_nearest_known_one(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_fails_hinting(PARSE(&a, &err, "--brnch=secret"), &err, E_USAGE,
			     "unknown option \"--brnch\"", "Did you mean \"--branch\"?");
	assert_fails_hinting(PARSE(&a, &err, "--dry"), &err, E_USAGE, "unknown option \"--dry\"",
			     "Did you mean \"--dry-run\"?");
	assert_fails_hinting(PARSE(&a, &err, "--jsno"), &err, E_USAGE, "unknown option \"--jsno\"",
			     "Did you mean \"--json\"?");
	assert_fails_hinting(PARSE(&a, &err, "--zzzzzz"), &err, E_USAGE,
			     "unknown option \"--zzzzzz\"", "Run the command with --help");
	assert_fails_hinting(PARSE(&a, &err, "-nx"), &err, E_USAGE, "unknown option \"-x\"",
			     "Run the command with --help");
	assert_fails(PARSE(&a, &err, "-5"), &err, E_USAGE, "unknown option \"-5\"");
	assert_fails(PARSE(&a, &err, "---json"), &err, E_USAGE, "unknown option \"---json\"");
	assert_fails(PARSE(&a, &err, "--=x"), &err, E_USAGE, "unknown option \"--\"");
}

static void values_do_not_get_into_messages_about_unknown_options(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_int_equal(PARSE(&a, &err, "--api-kye=secret"), E_USAGE);
	assert_null(strstr(err.msg, "secret"));
	error_clear(&err);
	assert_int_equal(PARSE(&a, &err, "-ksecret"), E_USAGE);
	assert_string_equal(err.msg, "unknown option \"-k\"");
}

static void unknown_letter_of_several_bytes_is_shown_whole(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_fails(PARSE(&a, &err, "-\xC3\xA4x"), &err, E_USAGE, "unknown option \"-\xC3\xA4\"");
}

static void names_are_not_matched_by_their_beginning(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_fails_hinting(PARSE(&a, &err, "--bran", "x"), &err, E_USAGE,
			     "unknown option \"--bran\"", "Did you mean \"--branch\"?");
	assert_fails(PARSE(&a, &err, "--branches=x"), &err, E_USAGE,
		     "unknown option \"--branches\"");
}

static void value_missing_or_not_wanted_is_refused(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_fails_hinting(PARSE(&a, &err, "--branch"), &err, E_USAGE,
			     "option \"--branch\" needs a value", "Write \"--branch NAME\".");
	assert_fails_hinting(PARSE(&a, &err, "-nb"), &err, E_USAGE,
			     "option \"--branch\" needs a value", "Write \"--branch NAME\".");
	assert_fails(PARSE(&a, &err, "--json=yes"), &err, E_USAGE,
		     "option \"--json\" takes no value");
	assert_fails(PARSE(&a, &err, "--json="), &err, E_USAGE, "takes no value");
}

static void a_value_is_one_of_those_that_the_table_has(void **state)
{
	static const char *const bad[] = {"", "our", "ourss", "ours|theirs", "|", "Ours"};
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	(void)state;
	assert_ok(PARSE(&a, &err, "--side", "ours", "--side=theirs"), &err);
	assert_string_equal(args_value(&a, "side"), "theirs");
	assert_ok(PARSE(&a, &err, "-snone"), &err);
	assert_string_equal(args_value(&a, "side"), "none");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_fails_hinting(PARSE(&a, &err, "--side", bad[i]), &err, E_USAGE,
				     "option \"--side\" cannot be", "Use ours, theirs or none.");
	assert_fails(PARSE(&a, &err, "-sx"), &err, E_USAGE, "option \"--side\" cannot be \"x\"");
}

static void numbers_are_checked(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};
	static const char *const bad[] = {"", "x", "1.5", "-1", "61", "1e1", " 1"};
	long n = 0;

	assert_ok(PARSE(&a, &err, "--lock-wait=60"), &err);
	assert_ok(args_number(&n, &a, "lock-wait", 0, 60, 5, &err), &err);
	assert_int_equal(n, 60);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_ok(PARSE(&a, &err, "--lock-wait", bad[i]), &err);
		assert_fails(args_number(&n, &a, "lock-wait", 0, 60, 5, &err), &err, E_USAGE,
			     "option \"--lock-wait\" needs a whole number from 0 to 60, not \"");
		assert_int_equal(n, 5);
	}
}

static void words_are_counted(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_VALUE(args) a = {0};

	assert_ok(PARSE(&a, &err, "one", "two"), &err);
	assert_ok(args_count(&a, 0, 2, &err), &err);
	assert_ok(args_count(&a, 2, 2, &err), &err);
	assert_fails_hinting(args_count(&a, 0, 1, &err), &err, E_USAGE,
			     "unexpected argument \"two\"", "--help");
	assert_fails_hinting(args_count(&a, 3, 4, &err), &err, E_USAGE, "an argument is missing",
			     "--help");
	a.command = "xata config set";
	assert_fails_hinting(args_count(&a, 0, 0, &err), &err, E_USAGE,
			     "unexpected argument \"one\"",
			     "\"xata config set\" takes no argument; see --help for its options.");
	a.expects = "<key> <value> [<note>]";
	assert_fails_hinting(args_count(&a, 3, 3, &err), &err, E_USAGE,
			     "the argument <note> is missing",
			     "Write \"xata config set <key> <value> [<note>]\"; see --help");
	a.expects = "bash|zsh|fish";
	assert_fails_hinting(args_count(&a, 3, 3, &err), &err, E_USAGE,
			     "the argument bash|zsh|fish is missing", "xata config set bash|zsh");
}

static void asking_for_an_option_in_no_table_is_a_defect(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit no_core = {0, 0};
		const struct args a = {.tables = {own}};
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		_exit(args_flag(&a, "json"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void nearest_name_is_near_or_none(void **state)
{
	(void)state;
	static const char *const names[] = {"pull", "push", "status", "branch", "completion", NULL};
	static const char *const none[] = {NULL};
	char longest[300];

	assert_string_equal(nearest_name("pul", names), "pull");
	assert_string_equal(nearest_name("psuh", names), "push");
	assert_string_equal(nearest_name("statsu", names), "status");
	assert_string_equal(nearest_name("comp", names), "completion");
	assert_string_equal(nearest_name("push", names), "push");
	assert_null(nearest_name("frobnicate", names));
	assert_null(nearest_name("zz", names));
	assert_null(nearest_name("pull", none));
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_null(nearest_name(longest, names));
}

static void help_is_aligned_and_wrapped(void **state)
{
	(void)state;
	static const struct opt table[] = {
		{"json", 0, NULL, "print one JSON document"},
		{"branch", 'b', "NAME", "short"},
		{"an-option-with-a-long-name", 'x', "WITH-A-LONG-VALUE", "on the next line"},
		{"wrap", 0, NULL,
		 "a text of so many words that it does not fit one line of the help and goes on "
		 "below, under its beginning and not under the name"},
		{0},
	};
	AUTO_STR s = {0};

	opt_help(&s, table);
	assert_string_equal(
		str_cstr(&s),
		"      --json              print one JSON document\n"
		"  -b, --branch NAME       short\n"
		"  -x, --an-option-with-a-long-name WITH-A-LONG-VALUE\n"
		"                          on the next line\n"
		"      --wrap              a text of so many words that it does not fit one line\n"
		"                          of the help and goes on below, under its beginning and\n"
		"                          not under the name\n");
}

static void no_line_of_help_exceeds_80_columns(void **state)
{
	(void)state;
	char text[200], name[40];

	for (size_t word = 1; word < 50; word++) {
		for (size_t i = 0; i < sizeof text - 1; i++)
			text[i] = i % (word + 1) == word ? ' ' : 'a';
		text[sizeof text - 1] = '\0';
		for (size_t len = 1; len < sizeof name; len++) {
			memset(name, 'n', len);
			name[len - 1] = '\0';
			const struct opt table[] = {{name, 'n', "VALUE", text}, {0}};
			AUTO_STR s = {0};
			opt_help(&s, table);
			struct view rest = str_view(&s), line;
			while (view_line(&rest, &line)) {
				assert_true(line.len <= 80);
				assert_true(line.len > 0 && line.ptr[line.len - 1] != ' ');
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_may_follow_or_be_joined),
		cmocka_unit_test(flags_may_be_bundled_with_a_value_last),
		cmocka_unit_test(options_and_words_may_be_mixed_until_two_dashes),
		cmocka_unit_test(no_arguments_give_no_values),
		cmocka_unit_test(last_of_an_option_given_twice_wins),
		cmocka_unit_test(many_arguments_are_all_kept),
		cmocka_unit_test(unknown_options_are_named_with_the_nearest_known_one),
		cmocka_unit_test(values_do_not_get_into_messages_about_unknown_options),
		cmocka_unit_test(unknown_letter_of_several_bytes_is_shown_whole),
		cmocka_unit_test(names_are_not_matched_by_their_beginning),
		cmocka_unit_test(value_missing_or_not_wanted_is_refused),
		cmocka_unit_test(a_value_is_one_of_those_that_the_table_has),
		cmocka_unit_test(numbers_are_checked),
		cmocka_unit_test(words_are_counted),
		cmocka_unit_test(asking_for_an_option_in_no_table_is_a_defect),
		cmocka_unit_test(nearest_name_is_near_or_none),
		cmocka_unit_test(help_is_aligned_and_wrapped),
		cmocka_unit_test(no_line_of_help_exceeds_80_columns),
	};

	return unit_main(tests);
}
