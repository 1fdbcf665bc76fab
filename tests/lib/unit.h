/*
 * What every unit test includes: cmocka after the headers it needs, and helpers for our own error
 * type, for temporary directories and for tests that need something this machine may lack.
 *
 *	#include "lib/unit.h"
 *	#include "base/str.h"
 *
 *	static void str_refuses_to_grow_past_its_maximum(void **state) { … }
 *
 *	int main(void)
 *	{
 *		const struct CMUnitTest tests[] = {
 *			cmocka_unit_test(str_refuses_to_grow_past_its_maximum),
 *			unit_test_in_dir(file_is_replaced_whole),
 *		};
 *		return unit_main(tests);
 *	}
 */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

/* The order matters: cmocka.h uses what the four before it declare. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

/* cmocka's fail() and fail_msg() would hide the fail() of base/error.h: tests use unit_fail(). */
#undef fail
#undef fail_msg
#define unit_fail(...)                         \
	do {                                   \
		print_error("# " __VA_ARGS__); \
		print_error("\n");             \
		_fail(__FILE__, __LINE__);     \
	} while (0)

#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"

/* ---- our error type */

/* Passes when rc >= 0 (iterators return 1) and err, if given, holds no failure. */
#define assert_ok(rc, err) unit_assert_ok((rc), (err), #rc, __FILE__, __LINE__)

/*
 * Passes when rc is the failure `code` and err says so in a message that contains `text`. The err
 * is empty afterwards, ready for the next call.
 */
#define assert_fails(rc, err, code, text) \
	unit_assert_fails((rc), (err), (code), (text), NULL, __FILE__, __LINE__)

/* As assert_fails, and the hint contains `advice`. */
#define assert_fails_hinting(rc, err, code, text, advice) \
	unit_assert_fails((rc), (err), (code), (text), (advice), __FILE__, __LINE__)

static inline void unit_assert_ok(int rc, const struct error *err, const char *call,
				  const char *file, int line)
{
	if (rc >= 0 && (!err || err->code == E_OK))
		return;
	print_error("# %s\n# gave %d (%s): %s\n", call, rc, error_name(rc),
		    err ? err->msg : "no message");
	_fail(file, line);
}

static inline void unit_assert_fails(int rc, struct error *err, int code, const char *text,
				     const char *advice, const char *file, int line)
{
	const char *wrong = NULL;
	size_t len = strlen(err->hint);

	if (rc != code)
		wrong = "return value";
	else if ((int)err->code != code)
		wrong = "code in err";
	else if (!err->msg[0] || !strstr(err->msg, text))
		wrong = "message";
	else if (advice && !strstr(err->hint, advice))
		wrong = "hint";
	else if (len && !strchr(".?)", err->hint[len - 1]))
		wrong = "hint, which is not a full sentence";
	if (wrong) {
		print_error("# wrong %s\n# expected %s: …%s…%s%s\n# got %s (in err %s): %s\n# %s\n",
			    wrong, error_name(code), text, advice ? " hint: " : "",
			    advice ? advice : "", rc < 0 ? error_name(rc) : "success",
			    err->code == E_OK ? "nothing" : error_name(err->code), err->msg,
			    err->hint);
		_fail(file, line);
	}
	error_clear(err);
}

/* ---- tests that need something this machine may lack: skipped by name, with the reason */

#define skip_because(...)                              \
	do {                                           \
		print_message("# skip: " __VA_ARGS__); \
		print_message("\n");                   \
		skip();                                \
	} while (0)

/* A directory of the source tree, such as "tests/data"; valid until the next call. */
static inline const char *unit_source_path(const char *name)
{
	static char path[PATH_MAX];
	const char *top = getenv("abs_top_srcdir");
	snprintf(path, sizeof(path), "%s/%s", top ? top : ".", name);
	return path;
}

/* The directory with the real ledgers; skips the test where there is none. */
static inline const char *unit_corpus(void)
{
	const char *dir = getenv("XATA_CORPUS");
	if (!dir || !*dir)
		dir = unit_source_path("../shared/corpus");
	if (access(dir, R_OK | X_OK) < 0)
		skip_because("no corpus at %s", dir);
	return dir;
}

/* ---- temporary directories */

/* The test gets the path of a fresh directory as *state; it is removed after the test. */
#define unit_test_in_dir(f) cmocka_unit_test_setup_teardown(f, unit_dir_setup, unit_dir_teardown)

static inline int unit_dir_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/xata-unit-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(path))
		return -1;
	*state = strdup(path);
	return *state ? 0 : -1;
}

static inline int unit_remove_entry(const char *path, const struct stat *st, int type,
				    struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static inline int unit_open_entry(const char *path, const struct stat *st, int type,
				  struct FTW *where)
{
	(void)where;
	return type == FTW_D || type == FTW_DNR ? chmod(path, st->st_mode | 0700) : 0;
}

static inline int unit_dir_teardown(void **state)
{
	char *path = *state;
	/* A test may have left a directory that cannot be entered. */
	nftw(path, unit_open_entry, 16, FTW_PHYS);
	int rc = nftw(path, unit_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
	*state = NULL;
	return rc;
}

/* "dir/name"; valid until the eighth call after this one. */
static inline const char *unit_path(const char *dir, const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % ARRAY_LEN(paths)];
	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	return path;
}

static inline void unit_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");
	if (!f)
		unit_fail("cannot write %s", path);
	size_t put = fwrite(text, 1, strlen(text), f);
	if (fclose(f) != 0 || put != strlen(text))
		unit_fail("cannot write %s", path);
}

/* The whole file, NUL-terminated; free() it. *len, if given, gets its length. */
static inline char *unit_read(const char *path, size_t *len)
{
	size_t used = 0, room = 4096, got;
	FILE *f = fopen(path, "rb");
	char *text = malloc(room);
	if (!f || !text)
		unit_fail("cannot read %s", path);
	while ((got = fread(text + used, 1, room - used - 1, f)) > 0) {
		used += got;
		if (room - used < 2048) {
			room *= 2;
			text = realloc(text, room);
			if (!text)
				unit_fail("no memory for %s", path);
		}
	}
	fclose(f);
	text[used] = '\0';
	if (len)
		*len = used;
	return text;
}

static inline bool unit_exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

#define assert_file(path, text)                             \
	do {                                                \
		char *unit_text_ = unit_read((path), NULL); \
		assert_string_equal(unit_text_, (text));    \
		free(unit_text_);                           \
	} while (0)

/* ---- main */

static inline void unit_environment(void)
{
	setenv("LC_ALL", "C", 1);
	setenv("TZ", "UTC", 1);
	tzset();
	umask(022);
}

/* cmocka takes the group's name from the variable's. */
#define unit_main(tests) (unit_environment(), cmocka_run_group_tests(tests, NULL, NULL))

#endif
