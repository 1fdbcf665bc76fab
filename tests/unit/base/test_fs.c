/* Files: reading within limits, replacing whole, removing trees; what is refused and what is kept.
 */
#include "lib/unit.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fault.h"
#include "base/fs.h"

static int open_at(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static mode_t mode_of(int dir, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

static size_t entries(int dir)
{
	struct error err = {0};
	AUTO_VALUE(strs) names = {0};

	assert_ok(fs_list(&names, dir, ".", &err), &err);
	return names.len;
}

/* Root may write anywhere: as nobody, if need be, a directory of somebody else refuses. */
static void become_nobody(int dir)
{
	if (geteuid() == 0) {
		assert_int_equal(fchmod(dir, 0755), 0);
		assert_int_equal(seteuid(65534), 0);
	} else {
		assert_int_equal(fchmod(dir, 0555), 0);
	}
}

static void become_oneself(int dir)
{
	assert_int_equal(seteuid(getuid()), 0);
	assert_int_equal(fchmod(dir, 0755), 0);
}

/* ---- directories */

static void directories_are_opened_and_links_only_when_followed(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	AUTO_FD fd = -1;

	assert_int_equal(mkdirat(dir, "real", 0755), 0);
	assert_int_equal(symlinkat("real", dir, "link"), 0);
	unit_write(unit_path(*state, "file"), "x");

	assert_ok(fs_open_dir(&fd, dir, "real", FS_NOFOLLOW, &err), &err);
	close(fd);
	assert_ok(fs_open_dir(&fd, dir, "link", FS_FOLLOW, &err), &err);
	close(fd);
	assert_fails_hinting(fs_open_dir(&fd, dir, "link", FS_NOFOLLOW, &err), &err, E_ACCESS,
			     "\"link\" is a symbolic link or not a directory", "real directory");
	assert_int_equal(fd, -1);
	assert_fails(fs_open_dir(&fd, dir, "file", FS_FOLLOW, &err), &err, E_NOTFOUND,
		     "could not open directory \"file\": Not a directory");
	assert_fails(fs_open_dir(&fd, dir, "none", FS_FOLLOW, &err), &err, E_NOTFOUND,
		     "could not open directory \"none\": No such file");
}

static void a_link_is_read_only_where_it_is_followed(void **state)
{
	struct error err = {0};
	AUTO_STR text = {0};
	AUTO_FD dir = open_at(*state);

	unit_write(unit_path(*state, "file"), "secret");
	assert_int_equal(symlinkat("file", dir, "link"), 0);
	assert_ok(fs_read(&text, dir, "link", 100, &err), &err);
	assert_string_equal(str_cstr(&text), "secret");
	str_clear(&text);
	assert_ok(fs_read_nofollow(&text, dir, "file", 100, &err), &err);
	assert_string_equal(str_cstr(&text), "secret");
	str_clear(&text);
	assert_fails_hinting(fs_read_nofollow(&text, dir, "link", 100, &err), &err, E_INVALID,
			     "\"link\" is a symbolic link", "real file");
	assert_int_equal(text.len, 0);
	assert_fails(fs_read_pieces(dir, "link", FS_NOFOLLOW, 100, NULL, NULL, &err), &err,
		     E_INVALID, "\"link\" is a symbolic link");
}

static void missing_directories_are_made_with_their_mode(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	assert_ok(fs_make_dirs(dir, "a/b//c/", 0700, &err), &err);
	assert_int_equal(mode_of(dir, "a"), 0700);
	assert_int_equal(mode_of(dir, "a/b/c"), 0700);
	assert_ok(fs_make_dirs(dir, "a/b/c", 0755, &err), &err);
	assert_int_equal(mode_of(dir, "a/b/c"), 0700);
	assert_ok(fs_make_dirs(dir, "", 0755, &err), &err);
	assert_ok(fs_make_dirs(dir, "/", 0755, &err), &err);
	assert_ok(fs_make_dirs(dir, ".", 0755, &err), &err);
	assert_ok(fs_make_dirs(AT_FDCWD, unit_path(*state, "x/y"), 0777, &err), &err);
	assert_int_equal(mode_of(dir, "x/y"), 0755);
}

static void a_file_in_the_way_of_a_directory_is_named(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	unit_write(unit_path(*state, "file"), "x");
	assert_int_equal(symlinkat("nowhere", dir, "dangling"), 0);
	assert_fails(fs_make_dirs(dir, "file", 0755, &err), &err, E_NOTFOUND,
		     "could not make directory \"file\": Not a directory");
	assert_fails(fs_make_dirs(dir, "file/sub", 0755, &err), &err, E_NOTFOUND,
		     "could not make directory \"file\": Not a directory");
	assert_fails(fs_make_dirs(dir, "dangling", 0755, &err), &err, E_EXISTS, "\"dangling\"");
	assert_file(unit_path(*state, "file"), "x");
}

static void names_are_listed_without_dots_and_not_through_links(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	AUTO_VALUE(strs) names = {0};

	assert_ok(fs_make_dirs(dir, "d/sub", 0755, &err), &err);
	unit_write(unit_path(*state, "d/.hidden"), "");
	unit_write(unit_path(*state, "d/b"), "");
	assert_int_equal(symlinkat("d", dir, "link"), 0);
	assert_ok(fs_list(&names, dir, "d", &err), &err);
	strs_sort(&names);
	assert_int_equal(names.len, 3);
	assert_string_equal(names.items[0], ".hidden");
	assert_string_equal(names.items[1], "b");
	assert_string_equal(names.items[2], "sub");
	assert_true(fs_list(&names, dir, "link", &err) < 0);
	assert_true(strstr(err.msg, "could not list \"link\"") != NULL);
	error_clear(&err);
	assert_fails(fs_list(&names, dir, "none", &err), &err, E_NOTFOUND,
		     "could not list \"none\": No such file");
	assert_fails(fs_list(&names, dir, "d/b", &err), &err, E_NOTFOUND, "Not a directory");
}

/* ---- reading */

static void whole_file_is_appended(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	AUTO_STR s = {0};

	unit_write(unit_path(*state, "f"), "content\n");
	unit_write(unit_path(*state, "empty"), "");
	str_puts(&s, "before:");
	assert_ok(fs_read(&s, dir, "f", 100, &err), &err);
	assert_ok(fs_read(&s, dir, "empty", 0, &err), &err);
	assert_string_equal(str_cstr(&s), "before:content\n");
}

struct pieces {
	struct str all;
	size_t count, wanted; /* at most wanted pieces */
};

static bool take_piece(void *ctx, struct view piece)
{
	struct pieces *p = ctx;

	str_putv(&p->all, piece);
	return ++p->count < p->wanted;
}

static void a_file_is_shown_in_pieces_as_long_as_they_are_wanted(void **state)
{
	AUTO_FD dir = open_at(*state);
	AUTO_STR big = {0};
	struct error err = {0};

	for (int i = 0; i < 200000; i++)
		str_putc(&big, (char)('a' + i % 26));
	unit_write(unit_path(*state, "big"), str_cstr(&big));
	unit_write(unit_path(*state, "empty"), "");
	struct pieces all = {.wanted = 1000}, one = {.wanted = 1}, none = {.wanted = 1};
	assert_ok(fs_read_pieces(dir, "big", FS_FOLLOW, big.len, take_piece, &all, &err), &err);
	assert_true(view_eq(str_view(&all.all), str_view(&big)));
	assert_true(all.count > 2);
	assert_ok(fs_read_pieces(dir, "big", FS_FOLLOW, big.len, take_piece, &one, &err), &err);
	assert_int_equal(one.count, 1);
	assert_true(one.all.len < big.len);
	assert_ok(fs_read_pieces(dir, "empty", FS_FOLLOW, 0, take_piece, &none, &err), &err);
	assert_int_equal(none.count, 0);
	str_clear(&all.all);
	assert_fails(fs_read_pieces(dir, "big", FS_FOLLOW, big.len - 1, take_piece, &all, &err),
		     &err, E_LIMIT, "\"big\" is larger than the limit");
	assert_fails(fs_read_pieces(dir, "absent", FS_FOLLOW, 9, take_piece, &all, &err), &err,
		     E_NOTFOUND, "\"absent\"");
	assert_fails(fs_read_pieces(dir, ".", FS_FOLLOW, 9, take_piece, &all, &err), &err,
		     E_INVALID, "not a regular file");
	str_release(&all.all);
	str_release(&one.all);
}

static void limit_of_a_file_is_exact(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	unit_write(unit_path(*state, "f"), "12345678");
	static const struct {
		size_t max, held, string_max;
		bool fits;
	} rows[] = {
		{8, 0, 0, true},	 {7, 0, 0, false},   {0, 0, 0, false},
		{SIZE_MAX, 0, 0, true},	 {8, 0, 8, true},    {SIZE_MAX, 0, 8, true},
		{SIZE_MAX, 0, 7, false}, {8, 2, 10, true},   {8, 3, 10, false},
		{8, 100, 0, true},	 {7, 100, 0, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR s = {.max = rows[i].string_max};
		for (size_t n = 0; n < rows[i].held; n++)
			str_putc(&s, 'x');
		int rc = fs_read(&s, dir, "f", rows[i].max, &err);
		if (rows[i].fits) {
			assert_ok(rc, &err);
			assert_int_equal(s.len, rows[i].held + 8);
		} else {
			assert_fails(rc, &err, E_LIMIT, "\"f\" is larger than the limit of ");
		}
	}
}

static void string_that_failed_before_is_not_taken_for_a_read_file(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	AUTO_STR s = {.max = 3};

	unit_write(unit_path(*state, "f"), "x");
	str_puts(&s, "1234");
	assert_fails(fs_read(&s, dir, "f", 100, &err), &err, E_LIMIT, "\"f\"");
}

static void large_file_is_read_whole(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	AUTO_STR big = {0}, s = {0};

	for (int i = 0; i < 300000; i++)
		str_putc(&big, (char)('a' + i % 23));
	assert_ok(fs_write_new(dir, "big", str_view(&big), 0644, FS_LAZY, &err), &err);
	assert_ok(fs_read(&s, dir, "big", big.len, &err), &err);
	assert_true(view_eq(str_view(&s), str_view(&big)));
	str_clear(&s);
	assert_fails(fs_read(&s, dir, "big", big.len - 1, &err), &err, E_LIMIT,
		     "larger than the limit of 299999 bytes");
}

/* Files of /proc say that their size is 0. */
static void file_that_hides_its_size_is_read_whole(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_STR s = {0}, small = {.max = 64};

	assert_ok(fs_read(&s, AT_FDCWD, "/proc/self/status", 1000000, &err), &err);
	assert_true(starts_with(str_cstr(&s), "Name:"));
	assert_int_equal(str_cstr(&s)[s.len - 1], '\n');
	assert_fails(fs_read(&small, AT_FDCWD, "/proc/self/status", 1000000, &err), &err, E_LIMIT,
		     "limit of 64 bytes");
	size_t size = s.len;
	str_clear(&s);
	s.max = size + 40; /* little room is no failure when the file fits */
	assert_ok(fs_read(&s, AT_FDCWD, "/proc/self/status", SIZE_MAX, &err), &err);
}

static void pipe_is_read_to_its_end_and_within_the_limit(void **state)
{
	(void)state;
	struct error err = {0};
	AUTO_STR s = {0};
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "from a pipe", 11), 11);
	close(pipes[1]);
	assert_ok(fs_read_fd(&s, pipes[0], 11, "standard input", &err), &err);
	assert_string_equal(str_cstr(&s), "from a pipe");
	close(pipes[0]);

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "from a pipe", 11), 11);
	close(pipes[1]);
	assert_fails(fs_read_fd(&s, pipes[0], 10, "standard input", &err), &err, E_LIMIT,
		     "\"standard input\" is larger than the limit of 10 bytes");
	close(pipes[0]);
	assert_fails(fs_read_fd(&s, -1, 10, "it", &err), &err, E_IO,
		     "could not read \"it\": Bad file descriptor");
}

static void only_regular_files_are_read(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	AUTO_STR s = {0};

	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(mkdirat(dir, "dir", 0755), 0);
	assert_int_equal(symlinkat("loop", dir, "loop"), 0);
	assert_fails(fs_read(&s, dir, "fifo", 10, &err), &err, E_INVALID,
		     "\"fifo\" is not a regular file");
	assert_fails(fs_read(&s, dir, "dir", 10, &err), &err, E_INVALID,
		     "\"dir\" is not a regular file");
	assert_fails(fs_read(&s, dir, "none", 10, &err), &err, E_NOTFOUND,
		     "could not open \"none\": No such file");
	assert_fails(fs_read(&s, dir, "loop", 10, &err), &err, E_IO, "could not open \"loop\"");
	assert_fails(fs_read(&s, AT_FDCWD, "/dev/null", 10, &err), &err, E_INVALID,
		     "is not a regular file");
	assert_int_equal(s.len, 0);
}

static void existence_counts_dangling_links(void **state)
{
	AUTO_FD dir = open_at(*state);

	assert_int_equal(symlinkat("nowhere", dir, "dangling"), 0);
	assert_true(fs_exists(dir, "dangling"));
	assert_true(fs_exists(dir, "."));
	assert_false(fs_exists(dir, "none"));
}

/* ---- writing */

static void new_file_has_exactly_its_mode(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	mode_t was = umask(077);

	assert_ok(fs_write_new(dir, "a", view_of("1"), 0644, FS_DURABLE, &err), &err);
	assert_ok(fs_write_new(dir, "b", view_of("2"), 0600, FS_LAZY, &err), &err);
	umask(027);
	assert_ok(fs_write_new(dir, "c", view_of(""), 0, FS_LAZY, &err), &err);
	umask(was);
	assert_int_equal(mode_of(dir, "a"), 0644);
	assert_int_equal(mode_of(dir, "b"), 0600);
	assert_int_equal(mode_of(dir, "c"), 0640);
	assert_file(unit_path(*state, "a"), "1");
	assert_file(unit_path(*state, "c"), "");
}

static void new_file_never_overwrites(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	unit_write(unit_path(*state, "f"), "old");
	assert_int_equal(symlinkat("target", dir, "link"), 0);
	assert_fails(fs_write_new(dir, "f", view_of("new"), 0644, FS_LAZY, &err), &err, E_EXISTS,
		     "could not create \"f\": File exists");
	assert_fails(fs_write_new(dir, "link", view_of("new"), 0644, FS_DURABLE, &err), &err,
		     E_EXISTS, "could not create \"link\"");
	assert_fails(fs_write_new(dir, "no/f", view_of("new"), 0644, FS_DURABLE, &err), &err,
		     E_NOTFOUND, "\"no\"");
	assert_file(unit_path(*state, "f"), "old");
	assert_false(fs_exists(dir, "target"));
}

static void replaced_file_has_the_new_content_and_nothing_stays_behind(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct view bytes = view_make("new\0content", 11);

	unit_write(unit_path(*state, "f"), "old");
	assert_ok(fs_replace(dir, "f", dir, bytes, 0644, &err), &err);
	AUTO_STR s = {0};
	assert_ok(fs_read(&s, dir, "f", 100, &err), &err);
	assert_true(view_eq(str_view(&s), bytes));
	assert_ok(fs_replace(dir, "made", dir, view_of("1"), 0644, &err), &err);
	assert_int_equal(entries(dir), 2);
}

static void replaced_file_keeps_or_gets_its_mode(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	mode_t was = umask(027);

	assert_ok(fs_write_new(dir, "secret", view_of("1"), 0600, FS_LAZY, &err), &err);
	assert_ok(fs_write_new(dir, "tool", view_of("1"), 0755, FS_LAZY, &err), &err);
	assert_ok(fs_write_new(dir, "readonly", view_of("1"), 0444, FS_LAZY, &err), &err);
	assert_ok(fs_replace(dir, "secret", dir, view_of("2"), 0, &err), &err);
	assert_ok(fs_replace(dir, "tool", dir, view_of("2"), 0, &err), &err);
	assert_ok(fs_replace(dir, "readonly", dir, view_of("2"), 0, &err), &err);
	assert_ok(fs_replace(dir, "new", dir, view_of("2"), 0, &err), &err);
	assert_ok(fs_replace(dir, "exact", dir, view_of("2"), 0666, &err), &err);
	umask(was);
	assert_int_equal(mode_of(dir, "secret"), 0600);
	assert_int_equal(mode_of(dir, "tool"), 0755);
	assert_int_equal(mode_of(dir, "readonly"), 0444);
	assert_int_equal(mode_of(dir, "new"), 0640);
	assert_int_equal(mode_of(dir, "exact"), 0666);
	assert_ok(fs_replace(dir, "exact", dir, view_of("3"), 0600, &err), &err);
	assert_int_equal(mode_of(dir, "exact"), 0600);
}

static void file_is_replaced_in_a_subdirectory_through_another(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	AUTO_FD tmp = -1;

	assert_ok(fs_make_dirs(dir, "a/b", 0755, &err), &err);
	assert_ok(fs_make_dirs(dir, "tmp", 0755, &err), &err);
	assert_ok(fs_open_dir(&tmp, dir, "tmp", FS_NOFOLLOW, &err), &err);
	assert_ok(fs_replace(dir, "a/b/f", tmp, view_of("1"), 0644, &err), &err);
	assert_ok(fs_replace(AT_FDCWD, unit_path(*state, "a/g"), tmp, view_of("2"), 0644, &err),
		  &err);
	assert_file(unit_path(*state, "a/b/f"), "1");
	assert_file(unit_path(*state, "a/g"), "2");
	assert_int_equal(entries(tmp), 0);
	assert_fails(fs_replace(dir, "none/f", tmp, view_of("1"), 0644, &err), &err, E_NOTFOUND,
		     "\"none\"");
	assert_int_equal(entries(tmp), 0);
}

/* ctx: how many bytes there is room for. */
static int write_digits(void *ctx, int fd)
{
	const int *room = ctx;

	for (int n = 0; n < 10; n++) {
		if (n == *room) {
			errno = ENOSPC;
			return -1;
		}
		if (fs_write(fd, view_make("0123456789" + n, 1)) < 0)
			return -1;
	}
	return 0;
}

static void file_is_replaced_by_what_is_written_in_pieces_or_not_at_all(void **state)
{
	const char *path = unit_path(*state, "f");
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	int room = 5;

	unit_write(path, "old");
	assert_fails(fs_replace_written(path, write_digits, &room, 0, &err), &err, E_NOSPACE,
		     "could not write \"f\"");
	assert_file(path, "old");
	room = 100;
	assert_ok(fs_replace_written(path, write_digits, &room, 0, &err), &err);
	assert_file(path, "0123456789");
	assert_int_equal(entries(dir), 1);
}

static void replacing_in_the_current_directory_needs_no_descriptor(void **state)
{
	struct error err = {0};
	AUTO_FD here = open_at(".");

	assert_int_equal(chdir(*state), 0);
	assert_ok(fs_replace(AT_FDCWD, "f", AT_FDCWD, view_of("1"), 0644, &err), &err);
	assert_ok(fs_write_new(AT_FDCWD, "g", view_of("1"), 0644, FS_DURABLE, &err), &err);
	assert_int_equal(fchdir(here), 0);
	assert_file(unit_path(*state, "f"), "1");
}

static void link_is_replaced_and_not_what_it_points_to(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	unit_write(unit_path(*state, "target"), "old");
	assert_int_equal(symlinkat("target", dir, "link"), 0);
	assert_ok(fs_replace(dir, "link", dir, view_of("new"), 0, &err), &err);
	assert_file(unit_path(*state, "target"), "old");
	assert_file(unit_path(*state, "link"), "new");
}

static void directory_in_the_way_of_a_file_stays(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	assert_ok(fs_make_dirs(dir, "d/sub", 0755, &err), &err);
	assert_fails(fs_replace(dir, "d", dir, view_of("x"), 0644, &err), &err, E_IO,
		     "could not write \"d\": Is a directory");
	assert_true(fs_exists(dir, "d/sub"));
	assert_int_equal(entries(dir), 1);
}

static void directory_of_another_user_is_an_access_error_and_nothing_is_lost(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE;

	unit_write(unit_path(*state, "f"), "old");
	become_nobody(dir);
	int replaced = fs_replace(dir, "f", dir, view_of("new"), 0, &err);
	struct error replace_err = err;
	error_clear(&err);
	int locked = fs_lock(&lock, dir, "lock", FS_LOCK_SHARED, 0, &err);
	become_oneself(dir);
	assert_fails_hinting(
		replaced, &replace_err, E_ACCESS,
		"could not create a temporary file to replace \"f\": Permission denied",
		"Check who owns");
	assert_fails(locked, &err, E_ACCESS, "could not open the lock \"lock\": Permission denied");
	assert_int_equal(lock.fd, -1);
	assert_file(unit_path(*state, "f"), "old");
}

/* ---- moving and removing */

static void files_are_moved_and_replace_others(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	unit_write(unit_path(*state, "a"), "a");
	unit_write(unit_path(*state, "b"), "b");
	assert_ok(fs_rename(dir, "a", dir, "b", &err), &err);
	assert_false(fs_exists(dir, "a"));
	assert_file(unit_path(*state, "b"), "a");
	assert_fails(fs_rename(dir, "a", dir, "c", &err), &err, E_NOTFOUND,
		     "could not move \"a\" to \"c\": No such file");
	assert_ok(fs_sync_dir(dir, &err), &err);
	assert_ok(fs_sync_all(dir, &err), &err);
	assert_fails(fs_sync_dir(-1, &err), &err, E_IO, "could not make a directory durable");
	assert_fails(fs_sync_all(-1, &err), &err, E_IO, "could not make new files durable");
}

static void removing_what_is_absent_is_fine_and_a_directory_is_not_a_file(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	assert_ok(fs_unlink(dir, "none", &err), &err);
	assert_ok(fs_remove_tree(dir, "none", &err), &err);
	assert_int_equal(mkdirat(dir, "d", 0755), 0);
	assert_true(fs_unlink(dir, "d", &err) < 0); /* EISDIR here, EPERM elsewhere */
	assert_true(strstr(err.msg, "could not remove \"d\"") != NULL);
	assert_true(fs_exists(dir, "d"));
}

static void tree_is_removed_without_following_links(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	assert_ok(fs_make_dirs(dir, "keep/sub", 0755, &err), &err);
	unit_write(unit_path(*state, "keep/sub/file"), "precious");
	assert_ok(fs_make_dirs(dir, "tree/a/b/c", 0755, &err), &err);
	unit_write(unit_path(*state, "tree/a/file"), "x");
	assert_int_equal(symlinkat("../keep", dir, "tree/link"), 0);
	assert_int_equal(symlinkat("/", dir, "tree/a/root"), 0);
	assert_int_equal(mkfifoat(dir, "tree/fifo", 0600), 0);
	assert_int_equal(symlinkat("keep", dir, "top"), 0);
	assert_ok(fs_remove_tree(dir, "tree", &err), &err);
	assert_ok(fs_remove_tree(dir, "top", &err), &err);
	assert_false(fs_exists(dir, "tree"));
	assert_false(fs_exists(dir, "top"));
	assert_file(unit_path(*state, "keep/sub/file"), "precious");
	unit_write(unit_path(*state, "file"), "x");
	assert_ok(fs_remove_tree(dir, "file", &err), &err);
	assert_false(fs_exists(dir, "file"));
}

static void tree_that_cannot_be_removed_says_where(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	assert_ok(fs_make_dirs(dir, "tree/sub", 0755, &err), &err);
	become_nobody(dir);
	int rc = fs_remove_tree(dir, "tree", &err);
	become_oneself(dir);
	assert_fails(rc, &err, E_ACCESS, "could not remove directory \"");
}

static void a_file_gets_a_second_name(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	bool linked = false;

	unit_write(unit_path(*state, "a"), "a");
	assert_ok(fs_link(&linked, dir, "a", dir, "b", &err), &err);
	assert_true(linked);
	assert_file(unit_path(*state, "b"), "a");
	assert_ok(fs_unlink(dir, "a", &err), &err);
	assert_file(unit_path(*state, "b"), "a");
	assert_fails(fs_link(&linked, dir, "a", dir, "c", &err), &err, E_NOTFOUND,
		     "could not link \"c\" to \"a\": No such file");
	assert_false(linked);
	unit_write(unit_path(*state, "c"), "c");
	assert_fails(fs_link(&linked, dir, "b", dir, "c", &err), &err, E_EXISTS, "could not link");
	assert_file(unit_path(*state, "c"), "c");
}

static void where_there_are_no_second_names_none_is_given(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	bool linked = true;

	if (!FAULT_POSSIBLE)
		skip_because("configured without --enable-faults");
	unit_write(unit_path(*state, "a"), "a");
	assert_true(fault_arm("1:EPERM"));
	assert_ok(fs_link(&linked, dir, "a", dir, "b", &err), &err);
	assert_false(linked);
	assert_true(fault_arm("1:ENOSPC"));
	assert_fails(fs_link(&linked, dir, "a", dir, "b", &err), &err, E_NOSPACE, "could not link");
	fault_arm(NULL);
	assert_false(fs_exists(dir, "b"));
}

/* ---- every call fails once: the old content or the new, no stray file, a message */

static void replace_keeps_the_old_content_whatever_fails(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	char spec[32];

	if (!FAULT_POSSIBLE)
		skip_because("configured without --enable-faults");
	unit_write(unit_path(*state, "f"), "old");
	assert_true(fault_arm(NULL));
	assert_ok(fs_replace(dir, "f", dir, view_of("old"), 0640, &err), &err);
	long calls = fault_count();
	assert_int_equal(calls,
			 6); /* create, write, fchmod, fsync, rename, fsync of the directory */
	for (long n = 1; n <= calls; n++) {
		snprintf(spec, sizeof spec, "%ld:ENOSPC", n);
		assert_true(fault_arm(spec));
		int rc = fs_replace(dir, "f", dir, view_of("new"), 0600, &err);
		fault_arm(NULL);
		if (n == calls) {
			assert_fails(rc, &err, E_NOSPACE, "\"f\" was replaced: could not make");
			assert_file(unit_path(*state, "f"), "new");
		} else {
			assert_fails(rc, &err, E_NOSPACE, "\"f\": No space left on device");
			assert_file(unit_path(*state, "f"), "old");
			assert_int_equal(mode_of(dir, "f"), 0640);
		}
		assert_int_equal(entries(dir), 1);
	}
}

static void new_file_is_removed_again_whatever_fails(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	char spec[32];

	if (!FAULT_POSSIBLE)
		skip_because("configured without --enable-faults");
	for (long n = 1; n <= 5; n++) {
		snprintf(spec, sizeof spec, "%ld:EIO", n);
		assert_true(fault_arm(spec));
		int rc = fs_write_new(dir, "f", view_of("x"), 0644, FS_DURABLE, &err);
		fault_arm(NULL);
		assert_fails(rc, &err, E_IO, "Input/output error");
		assert_int_equal(entries(dir), 0);
	}
	assert_ok(fs_write_new(dir, "f", view_of("x"), 0644, FS_DURABLE, &err), &err);
}

static void every_other_change_reports_its_failure(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	if (!FAULT_POSSIBLE)
		skip_because("configured without --enable-faults");
	unit_write(unit_path(*state, "f"), "x");
	assert_ok(fs_make_dirs(dir, "tree/sub", 0755, &err), &err);
	assert_true(fault_arm("1:EROFS"));
	assert_fails_hinting(fs_rename(dir, "f", dir, "g", &err), &err, E_ACCESS,
			     "could not move \"f\" to \"g\": Read-only", "mounted read-only");
	assert_true(fault_arm("1:EROFS"));
	assert_fails(fs_unlink(dir, "f", &err), &err, E_ACCESS, "could not remove \"f\"");
	assert_true(fault_arm("2:ENOSPC"));
	assert_fails(fs_make_dirs(dir, "a/b", 0755, &err), &err, E_NOSPACE,
		     "could not make directory \"a/b\"");
	assert_true(fault_arm("2:EPERM"));
	assert_fails(fs_remove_tree(dir, "tree", &err), &err, E_ACCESS,
		     "could not remove directory \"tree\"");
	assert_true(fault_arm("1:EIO"));
	assert_fails(fs_sync_dir(dir, &err), &err, E_IO, "could not make a directory durable");
	assert_true(fault_arm("1:EINVAL"));
	assert_ok(fs_sync_dir(dir, &err), &err);
	assert_true(fault_arm("1:EIO"));
	assert_fails(fs_sync_all(dir, &err), &err, E_IO, "could not make new files durable");
	fault_arm(NULL);
	assert_file(unit_path(*state, "f"), "x");
}

/* Looks at the temporary file from the side, at the only moment it can be seen: when the next call
 * fails and its removal fails too. */
static void secret_is_never_readable_by_others(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);

	if (!FAULT_POSSIBLE)
		skip_because("configured without --enable-faults");
	umask(0);
	assert_ok(fs_write_new(dir, "credentials", view_of("old key"), 0600, FS_LAZY, &err), &err);
	for (int kept = 0; kept < 2; kept++) {
		AUTO_VALUE(strs) names = {0};
		assert_true(fault_arm("3+:EIO"));
		int rc = fs_replace(dir, "credentials", dir, view_of("key"), kept ? 0 : 0600, &err);
		fault_arm(NULL);
		assert_fails(rc, &err, E_IO, "could not write \"credentials\"");
		assert_ok(fs_list(&names, dir, ".", &err), &err);
		assert_int_equal(names.len, 2);
		for (size_t i = 0; i < names.len; i++) {
			assert_int_equal(mode_of(dir, names.items[i]), 0600);
			if (starts_with(names.items[i], FS_TMP_PREFIX))
				assert_ok(fs_unlink(dir, names.items[i], &err), &err);
		}
	}
	umask(022);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(directories_are_opened_and_links_only_when_followed),
		unit_test_in_dir(a_link_is_read_only_where_it_is_followed),
		unit_test_in_dir(missing_directories_are_made_with_their_mode),
		unit_test_in_dir(a_file_in_the_way_of_a_directory_is_named),
		unit_test_in_dir(names_are_listed_without_dots_and_not_through_links),
		unit_test_in_dir(whole_file_is_appended),
		unit_test_in_dir(a_file_is_shown_in_pieces_as_long_as_they_are_wanted),
		unit_test_in_dir(limit_of_a_file_is_exact),
		unit_test_in_dir(string_that_failed_before_is_not_taken_for_a_read_file),
		unit_test_in_dir(large_file_is_read_whole),
		cmocka_unit_test(file_that_hides_its_size_is_read_whole),
		cmocka_unit_test(pipe_is_read_to_its_end_and_within_the_limit),
		unit_test_in_dir(only_regular_files_are_read),
		unit_test_in_dir(existence_counts_dangling_links),
		unit_test_in_dir(new_file_has_exactly_its_mode),
		unit_test_in_dir(new_file_never_overwrites),
		unit_test_in_dir(replaced_file_has_the_new_content_and_nothing_stays_behind),
		unit_test_in_dir(replaced_file_keeps_or_gets_its_mode),
		unit_test_in_dir(file_is_replaced_in_a_subdirectory_through_another),
		unit_test_in_dir(file_is_replaced_by_what_is_written_in_pieces_or_not_at_all),
		unit_test_in_dir(replacing_in_the_current_directory_needs_no_descriptor),
		unit_test_in_dir(link_is_replaced_and_not_what_it_points_to),
		unit_test_in_dir(directory_in_the_way_of_a_file_stays),
		unit_test_in_dir(directory_of_another_user_is_an_access_error_and_nothing_is_lost),
		unit_test_in_dir(files_are_moved_and_replace_others),
		unit_test_in_dir(removing_what_is_absent_is_fine_and_a_directory_is_not_a_file),
		unit_test_in_dir(tree_is_removed_without_following_links),
		unit_test_in_dir(tree_that_cannot_be_removed_says_where),
		unit_test_in_dir(a_file_gets_a_second_name),
		unit_test_in_dir(where_there_are_no_second_names_none_is_given),
		unit_test_in_dir(replace_keeps_the_old_content_whatever_fails),
		unit_test_in_dir(new_file_is_removed_again_whatever_fails),
		unit_test_in_dir(every_other_change_reports_its_failure),
		unit_test_in_dir(secret_is_never_readable_by_others),
	};

	return unit_main(tests);
}
