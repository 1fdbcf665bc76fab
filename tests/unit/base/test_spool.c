/* The list of texts that goes to a file, against what was put in, and what a full disk does. */
#include "lib/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/spool.h"

#define TEXTS 3000
#define LONG_TEXT ((size_t)3 << 20)

static size_t length_of(size_t i)
{
	return i * 7919 % 4001;
}

static void make(struct str *name, struct str *text, size_t i)
{
	str_clear(name);
	str_clear(text);
	str_printf(name, "name %zu", i);
	for (size_t k = 0; k < length_of(i); k++)
		str_putc(text, (char)((i + k) % 251));
}

static void add(struct spool *s, size_t i)
{
	AUTO_STR name = {0}, text = {0};
	struct error err = {0};

	make(&name, &text, i);
	assert_ok(spool_add(s, str_cstr(&name), str_view(&text), &err), &err);
}

static void check(const struct spool *s, size_t i)
{
	AUTO_STR name = {0}, text = {0}, got = {0};
	struct error err = {0};

	make(&name, &text, i);
	assert_ok(spool_name(&got, s, i, &err), &err);
	assert_true(view_eq(str_view(&got), str_view(&name)));
	assert_ok(spool_text(&got, s, i, &err), &err);
	assert_true(view_eq(str_view(&got), str_view(&text)));
}

static void texts_come_back_from_memory_and_from_the_file(void **state)
{
	(void)state;
	AUTO_VALUE(spool) s = {0};

	for (size_t i = 0; i < TEXTS; i++) {
		add(&s, i);
		check(&s, i);
		check(&s, i / 2);
	}
	assert_int_equal(s.len, TEXTS);
	assert_true(s.file > 0);
	assert_true(s.filed > SPOOL_MEMORY);
	assert_true(s.newest.cap < 3 * SPOOL_MEMORY);
	for (size_t i = TEXTS; i-- > 0;)
		check(&s, i);
}

static void short_list_makes_no_file(void **state)
{
	(void)state;
	AUTO_VALUE(spool) s = {0};
	AUTO_STR got = {0};
	struct error err = {0};

	assert_ok(spool_add(&s, "", view_of(""), &err), &err);
	assert_ok(spool_add(&s, "a", view_of(""), &err), &err);
	assert_ok(spool_add(&s, "", view_of("b"), &err), &err);
	for (size_t i = 0; i < 3; i++) {
		assert_ok(spool_name(&got, &s, i, &err), &err);
		assert_string_equal(str_cstr(&got), i == 1 ? "a" : "");
		assert_ok(spool_text(&got, &s, i, &err), &err);
		assert_string_equal(str_cstr(&got), i == 2 ? "b" : "");
	}
	assert_int_equal(s.file, 0);
}

static void text_longer_than_the_memory_is_kept_whole(void **state)
{
	(void)state;
	AUTO_VALUE(spool) s = {0};
	AUTO_STR text = {0}, got = {0};
	struct error err = {0};

	while (text.len < LONG_TEXT)
		str_puts(&text, "of many bytes ");
	for (int i = 0; i < 3; i++)
		assert_ok(spool_add(&s, "long", str_view(&text), &err), &err);
	for (size_t i = 0; i < 3; i++) {
		assert_ok(spool_text(&got, &s, i, &err), &err);
		assert_true(view_eq(str_view(&got), str_view(&text)));
	}
}

static void name_that_is_too_long_is_refused(void **state)
{
	(void)state;
	AUTO_VALUE(spool) s = {0};
	struct error err = {0};
	AUTO_FREE char *name = xcalloc(SPOOL_NAME_MAX + 1, 1);

	memset(name, 'n', SPOOL_NAME_MAX);
	assert_fails(spool_add(&s, name, view_of(""), &err), &err, E_LIMIT, "longer than");
	assert_int_equal(s.len, 0);
	assert_ok(spool_add(&s, name + 1, view_of("x"), &err), &err);
}

/*
 * The disk is full at one call; what was in the list stays in it, and it goes on. Where no file can
 * be made in one folder, the next is tried: so all of these calls fail together.
 */
static void full_disk_loses_nothing_that_was_added(void **state)
{
	(void)state;
	AUTO_STR name = {0}, text = {0};

	if (!FAULT_POSSIBLE)
		skip_because("configured without --enable-faults");
	static const char *const full[] = {"1+:ENOSPC", "2:ENOSPC", "3:ENOSPC"};
	for (size_t f = 0; f < ARRAY_LEN(full); f++) {
		AUTO_VALUE(spool) s = {0};
		struct error err = {0};
		size_t failed = 0;
		assert_true(fault_arm(full[f]));
		for (size_t i = 0; i < TEXTS;) {
			make(&name, &text, i);
			int rc = spool_add(&s, str_cstr(&name), str_view(&text), &err);
			if (rc < 0) {
				assert_fails(rc, &err, E_NOSPACE, "temporary file");
				failed++;
				fault_arm(NULL);
			} else {
				i++;
			}
			assert_int_equal(s.len, i);
		}
		assert_int_equal(failed, 1);
		for (size_t i = 0; i < TEXTS; i++)
			check(&s, i);
	}
}

static void file_that_became_shorter_is_noticed(void **state)
{
	(void)state;
	AUTO_VALUE(spool) s = {0};
	AUTO_STR got = {0};
	struct error err = {0};

	for (size_t i = 0; i < TEXTS; i++)
		add(&s, i);
	assert_int_equal(ftruncate(s.file - 1, 0), 0);
	assert_fails(spool_text(&got, &s, 1, &err), &err, E_IO, "temporary file");
}

static bool is_below(int fd, const char *folder)
{
	char link[64], where[PATH_MAX] = "";

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	assert_true(readlink(link, where, sizeof where - 1) > 0);
	char *real = realpath(folder, NULL);
	assert_non_null(real);
	bool below = strncmp(where, real, strlen(real)) == 0;
	free(real);
	return below;
}

static void place_of_the_file_is_where_tmpdir_says(void **state)
{
	const char *dir = *state;
	struct error err = {0};
	int fd, back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	setenv("TMPDIR", dir, 1);
	assert_ok(fs_temporary(&fd, &err), &err);
	assert_true(is_below(fd, dir));
	close(fd);
	/* A folder that is not there, or not everywhere the same: where everybody may write. */
	setenv("TMPDIR", "/nowhere/at/all", 1);
	assert_ok(fs_temporary(&fd, &err), &err);
	close(fd);
	setenv("TMPDIR", ".", 1);
	assert_int_equal(chdir(dir), 0);
	int rc = fs_temporary(&fd, &err);
	unsetenv("TMPDIR");
	assert_int_equal(fchdir(back), 0);
	close(back);
	assert_ok(rc, &err);
	assert_false(is_below(fd, dir));
	close(fd);
}

/* As on a full disk, which is most often not the one that a user would look at first. */
static void a_file_that_cannot_grow_is_told_with_its_folder(void **state)
{
	(void)state;
	char here[PATH_MAX], wanted[PATH_MAX + 60];
	struct rlimit before, none;
	struct error err = {0};
	int fd;

	assert_non_null(getcwd(here, sizeof here));
	setenv("TMPDIR", here, 1);
	assert_ok(fs_temporary(&fd, &err), &err);
	unsetenv("TMPDIR");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	int rc = fs_write_at(fd, 0, view_of("x"), &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0); /* before anything is printed */
	signal(SIGXFSZ, handler);
	close(fd);
	snprintf(wanted, sizeof wanted, "could not write to a temporary file in \"%s\" (TMPDIR",
		 here);
	assert_fails(rc, &err, E_NOSPACE, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_back_from_memory_and_from_the_file),
		cmocka_unit_test(short_list_makes_no_file),
		cmocka_unit_test(text_longer_than_the_memory_is_kept_whole),
		cmocka_unit_test(name_that_is_too_long_is_refused),
		cmocka_unit_test(full_disk_loses_nothing_that_was_added),
		cmocka_unit_test(file_that_became_shorter_is_noticed),
		unit_test_in_dir(place_of_the_file_is_where_tmpdir_says),
		unit_test_in_dir(a_file_that_cannot_grow_is_told_with_its_folder),
	};
	return unit_main(tests);
}
