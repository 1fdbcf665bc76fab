/* struct error: the first failure wins, texts fit, codes translate. */
#include "lib/unit.h"

#include <errno.h>

#include "base/error.h"
#include "base/str.h"

static void fail_records_code_and_message_and_returns_the_code(void **state)
{
	(void)state;
	struct error err = {0};

	assert_int_equal(fail(&err, E_DIVERGED, "branch \"%s\" moved on", "main"), E_DIVERGED);
	assert_int_equal(err.code, E_DIVERGED);
	assert_string_equal(err.msg, "branch \"main\" moved on");
	assert_string_equal(err.hint, "");
}

static void first_failure_wins(void **state)
{
	(void)state;
	struct error err = {0};

	assert_int_equal(fail(&err, E_IO, "first"), E_IO);
	hint(&err, "First hint.");
	assert_int_equal(fail(&err, E_AUTH, "second"), E_AUTH);
	assert_int_equal(fail_sys(&err, ENOSPC, "third"), E_NOSPACE);
	hint(&err, "Second hint.");
	assert_int_equal(err.code, E_IO);
	assert_string_equal(err.msg, "first");
	assert_string_equal(err.hint, "First hint.");
}

static void every_function_does_without_an_error(void **state)
{
	(void)state;
	assert_int_equal(fail(NULL, E_IO, "x"), E_IO);
	assert_int_equal(fail_sys(NULL, EACCES, "x"), E_ACCESS);
	assert_int_equal(error_recode(NULL, E_PEER), E_PEER);
	hint(NULL, "x");
	error_prefix(NULL, "x");
	error_clear(NULL);
}

static void hint_without_a_failure_is_ignored(void **state)
{
	(void)state;
	struct error err = {0};

	hint(&err, "Do something.");
	error_prefix(&err, "prefix");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.msg, "");
	assert_int_equal(error_recode(&err, E_PEER), E_PEER);
	assert_int_equal(err.code, E_OK);
}

static void fail_sys_tells_kind_and_reason(void **state)
{
	(void)state;
	static const struct {
		int errnum;
		enum error_code code;
		const char *text, *hint;
	} rows[] = {
		{ENOENT, E_NOTFOUND, "could not open \"a\": No such file or directory", ""},
		{ENOTDIR, E_NOTFOUND, "Not a directory", ""},
		{EEXIST, E_EXISTS, "File exists", ""},
		{ENOTEMPTY, E_EXISTS, "Directory not empty", ""},
		{EACCES, E_ACCESS, "Permission denied", "Check who owns"},
		{EPERM, E_ACCESS, "not permitted", "Check who owns"},
		{EROFS, E_ACCESS, "Read-only", "mounted read-only"},
		{ENOSPC, E_NOSPACE, "No space left", "Free some disk space"},
		{EDQUOT, E_NOSPACE, "quota", "Free some disk space"},
		{EFBIG, E_NOSPACE, "too large", "ulimit -f"},
		{EIO, E_IO, "Input/output error", ""},
		{EMFILE, E_IO, "Too many open files", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err = {0};
		int rc = fail_sys(&err, rows[i].errnum, "could not open \"%s\"", "a");
		assert_fails_hinting(rc, &err, rows[i].code, rows[i].text, rows[i].hint);
	}
}

static void fail_sys_keeps_the_reason_of_a_long_path(void **state)
{
	(void)state;
	struct error err = {0};
	char path[600];

	memset(path, 'p', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	fail_sys(&err, ENOSPC, "could not write \"%s\"", path);
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
	assert_true(ends_with(err.msg, "ppp: No space left on device"));
}

static void long_texts_are_cut_between_characters(void **state)
{
	(void)state;
	char text[1200] = "";

	for (size_t i = 0; i < 300; i++)
		memcpy(text + 4 * i, "\xF0\x9F\x90\x98", 4);
	text[sizeof text - 4] = '\0';
	for (int pad = 0; pad < 4; pad++) {
		struct error err = {0};
		fail(&err, E_IO, "%.*s%s", pad, "aaa", text);
		hint(&err, "%.*s%s", pad, "aaa", text);
		assert_true(utf8_valid(view_of(err.msg)));
		assert_true(utf8_valid(view_of(err.hint)));
		assert_true(strlen(err.msg) > sizeof err.msg - 5);
		error_prefix(&err, "%.*s%s", pad, "bbb", text);
		assert_true(utf8_valid(view_of(err.msg)));
		error_clear(&err);
		fail_sys(&err, EIO, "%.*s%s", pad, "aaa", text);
		assert_true(utf8_valid(view_of(err.msg)));
		assert_true(ends_with(err.msg, ": Input/output error"));
	}
}

static void prefix_goes_before_the_message(void **state)
{
	(void)state;
	struct error err = {0};

	fail(&err, E_INVALID, "member \"id\" is missing");
	error_prefix(&err, "record \"%s\"", "mig_1");
	assert_string_equal(err.msg, "record \"mig_1\": member \"id\" is missing");
}

static void long_prefix_leaves_half_of_the_message(void **state)
{
	(void)state;
	struct error err = {0};
	char text[600];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	fail(&err, E_INVALID, "begin %s", text);
	error_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
	assert_true(strstr(err.msg, "xx: begin xx") != NULL);

	error_clear(&err);
	fail(&err, E_INVALID, "short");
	error_prefix(&err, "%s", text);
	assert_true(ends_with(err.msg, "xx: short"));
}

static void recode_keeps_the_texts(void **state)
{
	(void)state;
	struct error err = {0};

	fail(&err, E_INVALID, "not JSON");
	hint(&err, "Mend it.");
	assert_int_equal(error_recode(&err, E_PEER), E_PEER);
	assert_int_equal(err.code, E_PEER);
	assert_string_equal(err.msg, "not JSON");
	assert_string_equal(err.hint, "Mend it.");
}

static void cleared_error_takes_the_next_failure_without_the_old_hint(void **state)
{
	(void)state;
	struct error err = {0};

	fail(&err, E_IO, "old");
	hint(&err, "Old.");
	error_clear(&err);
	fail(&err, E_AUTH, "new");
	assert_string_equal(err.msg, "new");
	assert_string_equal(err.hint, "");
}

static void codes_have_the_documented_names_and_statuses(void **state)
{
	(void)state;
	static const struct {
		enum error_code code;
		const char *name;
		int exit_status, http_status;
	} rows[] = {
		{E_NO, "no", 1, 422},
		{E_USAGE, "usage", 2, 400},
		{E_PROJECT, "project", 3, 400},
		{E_DIVERGED, "diverged", 4, 409},
		{E_UNREACHABLE, "unreachable", 5, 503},
		{E_AUTH, "unauthorized", 6, 401},
		{E_UNTRUSTED, "untrusted_host", 6, 403},
		{E_PEER, "peer_invalid", 7, 502},
		{E_LOCKED, "locked", 8, 423},
		{E_INTERNAL, "internal", 70, 500},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_string_equal(error_name((int)rows[i].code), rows[i].name);
		assert_int_equal(error_exit_status((int)rows[i].code), rows[i].exit_status);
		assert_int_equal(error_http_status((int)rows[i].code), rows[i].http_status);
	}
	assert_string_equal(error_name(E_OK), "ok");
	assert_int_equal(error_exit_status(E_OK), 0);
	assert_int_equal(error_http_status(E_OK), 200);
}

static void unknown_code_counts_as_a_defect_of_the_program(void **state)
{
	(void)state;
	assert_string_equal(error_name(-999), "internal");
	assert_int_equal(error_exit_status(-999), 70);
	assert_int_equal(error_http_status(1), 500);
}

#define CODE_VALUE(id, value, name, exit_status, http_status) (value),
#define CODE_NAME(id, value, name, exit_status, http_status) name,

static void codes_are_negative_and_codes_and_names_differ(void **state)
{
	(void)state;
	static const int values[] = {ERROR_CODES(CODE_VALUE)};
	static const char *const names[] = {ERROR_CODES(CODE_NAME)};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		assert_true(values[i] < 0);
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(values[i], values[j]);
			assert_string_not_equal(names[i], names[j]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_records_code_and_message_and_returns_the_code),
		cmocka_unit_test(first_failure_wins),
		cmocka_unit_test(every_function_does_without_an_error),
		cmocka_unit_test(hint_without_a_failure_is_ignored),
		cmocka_unit_test(fail_sys_tells_kind_and_reason),
		cmocka_unit_test(fail_sys_keeps_the_reason_of_a_long_path),
		cmocka_unit_test(long_texts_are_cut_between_characters),
		cmocka_unit_test(prefix_goes_before_the_message),
		cmocka_unit_test(long_prefix_leaves_half_of_the_message),
		cmocka_unit_test(recode_keeps_the_texts),
		cmocka_unit_test(cleared_error_takes_the_next_failure_without_the_old_hint),
		cmocka_unit_test(codes_have_the_documented_names_and_statuses),
		cmocka_unit_test(unknown_code_counts_as_a_defect_of_the_program),
		cmocka_unit_test(codes_are_negative_and_codes_and_names_differ),
	};

	return unit_main(tests);
}
