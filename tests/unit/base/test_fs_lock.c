/* Locks between processes: shared, exclusive, waiting, dead holders, and what a message says. */
#include "lib/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fs.h"

static int open_at(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* A child that holds the lock until a byte or the end comes through *stop; returns when it has it.
 */
static pid_t start_holder(int dir, enum fs_lock_kind kind, int *stop)
{
	int go[2], ready[2];
	char byte = 0;

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct error err = {0};
		struct fs_lock lock;
		alarm(30); /* whatever happens to the test */
		close(go[1]);
		if (fs_lock(&lock, dir, "lock", kind, 0, &err) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		(void)!read(go[0], &byte, 1);
		fs_unlock(&lock);
		_exit(0);
	}
	assert_true(pid > 0);
	close(go[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*stop = go[1];
	return pid;
}

static void stop_holder(pid_t pid, int stop)
{
	int status;

	close(stop);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void exclusive_lock_keeps_others_out_and_is_named(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE;
	char number[64];
	int stop;

	pid_t pid = start_holder(dir, FS_LOCK_EXCLUSIVE, &stop);
	snprintf(number, sizeof number, "\"lock\" is held by another process, number %ld",
		 (long)pid);
	assert_fails_hinting(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), &err,
			     E_LOCKED, number, "--lock-wait");
	assert_int_equal(lock.fd, -1);
	assert_fails(fs_lock(&lock, dir, "lock", FS_LOCK_SHARED, 0, &err), &err, E_LOCKED, number);
	fs_unlock(&lock); /* nothing is held: nothing happens */
	stop_holder(pid, stop);
	assert_ok(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), &err);
	fs_unlock(&lock);
	assert_int_equal(lock.fd, -1);
}

static void shared_locks_go_together_and_keep_writers_out(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock one = FS_LOCK_NONE, two = FS_LOCK_NONE, writer = FS_LOCK_NONE;

	assert_ok(fs_lock(&one, dir, "lock", FS_LOCK_SHARED, 0, &err), &err);
	assert_ok(fs_lock(&two, dir, "lock", FS_LOCK_SHARED, 0, &err), &err);
	assert_fails(fs_lock(&writer, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), &err, E_LOCKED,
		     "\"lock\" is held by another process");
	fs_unlock(&one);
	assert_fails(fs_lock(&writer, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), &err, E_LOCKED,
		     "held");
	fs_unlock(&two);
	assert_ok(fs_lock(&writer, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), &err);
	fs_unlock(&writer);
}

static void reader_is_not_blamed_with_the_number_of_an_earlier_writer(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE, other = FS_LOCK_NONE;

	assert_ok(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), &err);
	fs_unlock(&lock);
	assert_ok(fs_lock(&lock, dir, "lock", FS_LOCK_SHARED, 0, &err), &err);
	assert_int_equal(fs_lock(&other, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), E_LOCKED);
	assert_string_equal(err.msg, "\"lock\" is held by another process");
	fs_unlock(&lock);
}

static void waiting_ends_when_the_lock_is_free(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE;
	int stop, status;

	pid_t holder = start_holder(dir, FS_LOCK_EXCLUSIVE, &stop);
	pid_t timer = fork();
	if (timer == 0) {
		clock_sleep_ms(100);
		_exit(write(stop, "x", 1) == 1 ? 0 : 1);
	}
	assert_ok(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 20000, &err), &err);
	fs_unlock(&lock);
	assert_int_equal(waitpid(timer, &status, 0), timer);
	assert_int_equal(status, 0);
	stop_holder(holder, stop);
}

static void waiting_has_an_end(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE;
	int stop;

	pid_t pid = start_holder(dir, FS_LOCK_SHARED, &stop);
	int64_t start = clock_mono_ms();
	assert_fails(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 60, &err), &err, E_LOCKED,
		     "held by another process");
	assert_true(clock_mono_ms() - start >= 60);
	assert_true(clock_mono_ms() - start < 20000);
	assert_fails(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, -1, &err), &err, E_LOCKED, "");
	stop_holder(pid, stop);
	assert_ok(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, LONG_MAX, &err), &err);
	fs_unlock(&lock);
}

static void dead_process_leaves_no_lock(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE, other = FS_LOCK_NONE;
	int stop, status;

	pid_t pid = start_holder(dir, FS_LOCK_EXCLUSIVE, &stop);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(stop);
	/* Its number is still in the file, but nobody is blamed for it. */
	assert_ok(fs_lock(&lock, dir, "lock", FS_LOCK_SHARED, 0, &err), &err);
	assert_int_equal(fs_lock(&other, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), E_LOCKED);
	assert_string_equal(err.msg, "\"lock\" is held by another process");
	fs_unlock(&lock);
}

static void content_of_the_lock_file_never_gets_into_a_message(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	static const char *const texts[] = {"\x1b[31m evil\n",
					    "12; rm -rf\n",
					    "-1\n",
					    "0\n",
					    "\n",
					    "99999999999999999999999999999999\n"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct fs_lock lock = FS_LOCK_NONE, other = FS_LOCK_NONE;
		unit_write(unit_path(*state, "lock"), texts[i]);
		assert_ok(fs_lock(&lock, dir, "lock", FS_LOCK_SHARED, 0, &err), &err);
		assert_int_equal(fs_lock(&other, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err),
				 E_LOCKED);
		assert_string_equal(err.msg, "\"lock\" is held by another process");
		error_clear(&err);
		fs_unlock(&lock);
	}
}

static void lock_file_stays_and_is_empty_when_nobody_holds_it(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE;
	char number[32];

	assert_ok(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), &err);
	snprintf(number, sizeof number, "%ld\n", (long)getpid());
	assert_file(unit_path(*state, "lock"), number);
	fs_unlock(&lock);
	assert_file(unit_path(*state, "lock"), "");
}

static void link_or_missing_directory_is_no_lock(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE;

	unit_write(unit_path(*state, "target"), "precious");
	assert_int_equal(symlinkat("target", dir, "lock"), 0);
	assert_fails(fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err), &err, E_IO,
		     "could not open the lock \"lock\"");
	assert_fails(fs_lock(&lock, dir, "none/lock", FS_LOCK_SHARED, 0, &err), &err, E_NOTFOUND,
		     "could not open the lock \"none/lock\": No such file");
	assert_file(unit_path(*state, "target"), "precious");
	assert_int_equal(lock.fd, -1);
}

static void reader_may_lock_a_file_it_cannot_write(void **state)
{
	struct error err = {0};
	AUTO_FD dir = open_at(*state);
	struct fs_lock lock = FS_LOCK_NONE;

	unit_write(unit_path(*state, "lock"), "");
	assert_int_equal(fchmodat(dir, "lock", 0444, 0), 0);
	assert_int_equal(fchmod(dir, 0755), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	int shared = fs_lock(&lock, dir, "lock", FS_LOCK_SHARED, 0, &err);
	struct error shared_err = err;
	fs_unlock(&lock);
	error_clear(&err);
	int exclusive = fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 0, &err);
	assert_int_equal(seteuid(getuid()), 0);
	assert_ok(shared, &shared_err);
	assert_fails_hinting(exclusive, &err, E_ACCESS, "could not open the lock \"lock\"",
			     "Check who owns");
}

#define PROCESSES 4
#define ROUNDS 50

/* A counter in a file, which loses counts when two processes read it at the same time. */
static int count_up(int dir)
{
	struct error err = {0};

	for (int i = 0; i < ROUNDS; i++) {
		struct fs_lock lock;
		AUTO_STR s = {0};
		char text[32];
		long n;
		if (fs_lock(&lock, dir, "lock", FS_LOCK_EXCLUSIVE, 60000, &err) < 0 ||
		    fs_read(&s, dir, "count", 100, &err) < 0 ||
		    !parse_long(&n, str_cstr(&s), 0, 1000000))
			return 1;
		snprintf(text, sizeof text, "%ld", n + 1);
		if (fs_replace(dir, "count", dir, view_of(text), 0, &err) < 0)
			return 1;
		fs_unlock(&lock);
	}
	return 0;
}

static void processes_that_take_turns_lose_no_update(void **state)
{
	AUTO_FD dir = open_at(*state);
	pid_t pids[PROCESSES];
	int status;

	unit_write(unit_path(*state, "count"), "0");
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(count_up(dir));
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_file(unit_path(*state, "count"), "200");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(exclusive_lock_keeps_others_out_and_is_named),
		unit_test_in_dir(shared_locks_go_together_and_keep_writers_out),
		unit_test_in_dir(reader_is_not_blamed_with_the_number_of_an_earlier_writer),
		unit_test_in_dir(waiting_ends_when_the_lock_is_free),
		unit_test_in_dir(waiting_has_an_end),
		unit_test_in_dir(dead_process_leaves_no_lock),
		unit_test_in_dir(content_of_the_lock_file_never_gets_into_a_message),
		unit_test_in_dir(lock_file_stays_and_is_empty_when_nobody_holds_it),
		unit_test_in_dir(link_or_missing_directory_is_no_lock),
		unit_test_in_dir(reader_may_lock_a_file_it_cannot_write),
		unit_test_in_dir(processes_that_take_turns_lose_no_update),
	};

	return unit_main(tests);
}
