/* The seam that spoils system calls: what it accepts, what it counts, and how it kills. */
#include "lib/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/fault.h"
#include "base/fs.h"

#define NEED_FAULTS()                                                       \
	do {                                                                \
		if (!FAULT_POSSIBLE)                                        \
			skip_because("configured without --enable-faults"); \
	} while (0)

static void named_call_fails_once(void **state)
{
	(void)state;
	NEED_FAULTS();
	assert_true(fault_arm("3:ENOSPC"));
	assert_false(fault_here());
	assert_false(fault_here());
	errno = 0;
	assert_true(fault_here());
	assert_int_equal(errno, ENOSPC);
	assert_false(fault_here());
	assert_int_equal(fault_count(), 4);
	assert_true(fault_arm(NULL));
	assert_int_equal(fault_count(), 0);
	assert_false(fault_here());
}

static void named_call_and_all_later_ones_fail(void **state)
{
	(void)state;
	NEED_FAULTS();
	assert_true(fault_arm("2+:28"));
	assert_false(fault_here());
	for (int i = 0; i < 5; i++) {
		errno = 0;
		assert_true(fault_here());
		assert_int_equal(errno, ENOSPC);
	}
	fault_arm(NULL);
}

static void misspelt_faults_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"x",	    "1",	  "1:",	     "0:EIO",  "-1:EIO",
					  ":EIO",   "1:ENOTHING", "1:eio",   "1:0",    "1:9999",
					  "1:EIO ", "1-:EIO",	  "1++:EIO", "1:KILL", "1 EIO"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(fault_arm(bad[i]));
		assert_false(fault_here());
	}
	assert_true(fault_arm(NULL));
}

static int replace_in(const char *path)
{
	struct error err = {0};
	AUTO_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fs_replace(dir, "f", dir, view_of("new"), 0644, &err);
}

static void killed_process_leaves_the_old_content_or_the_new(void **state)
{
	NEED_FAULTS();
	int status;

	for (int n = 1; n <= 7; n++) {
		unit_write(unit_path(*state, "f"), "old");
		pid_t pid = fork();
		if (pid == 0) {
			char spec[32];
			snprintf(spec, sizeof spec, "%d:kill", n);
			_exit(fault_arm(spec) && replace_in(*state) == 0 ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (n <= 6)
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		else
			assert_int_equal(status, 0);
		assert_file(unit_path(*state, "f"), n <= 5 ? "old" : "new");
	}
}

/* This program itself, started again with an environment; gives its wait status. */
static int run_self(const char *dir, const char *spec, const char *count)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		setenv("FAULT_TEST_DIR", dir, 1);
		if (spec)
			setenv("XATA_FAULT", spec, 1);
		if (count)
			setenv("XATA_FAULT_COUNT", count, 1);
		execl("/proc/self/exe", "test_fault", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void environment_arms_and_counts(void **state)
{
	NEED_FAULTS();
	const char *count = unit_path(*state, "count");

	unit_write(unit_path(*state, "f"), "old");
	assert_int_equal(run_self(*state, NULL, count), 0);
	assert_file(count, "6\n");
	assert_file(unit_path(*state, "f"), "new");

	unit_write(unit_path(*state, "f"), "old");
	int status = run_self(*state, "5:ENOSPC", count);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), error_exit_status(E_NOSPACE));
	assert_file(unit_path(*state, "f"), "old");
	assert_file(count, "6\n"); /* the removal of the temporary file in place of the last */

	status = run_self(*state, "5:kill", NULL);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_file(unit_path(*state, "f"), "old");
}

static void misspelt_environment_ends_the_process_at_once(void **state)
{
	NEED_FAULTS();
	unit_write(unit_path(*state, "f"), "old");
	int status = run_self(*state, "5:ENOSPCE", NULL);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 70);
	assert_file(unit_path(*state, "f"), "old");
}

#ifndef XATA_FAULTS
static void other_builds_ignore_the_environment(void **state)
{
	unit_write(unit_path(*state, "f"), "old");
	assert_int_equal(run_self(*state, "1:ENOSPC", unit_path(*state, "count")), 0);
	assert_file(unit_path(*state, "f"), "new");
	assert_false(unit_exists(unit_path(*state, "count")));
}
#endif

int main(void)
{
	const char *dir = getenv("FAULT_TEST_DIR");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(named_call_fails_once),
		cmocka_unit_test(named_call_and_all_later_ones_fail),
		cmocka_unit_test(misspelt_faults_are_refused),
		unit_test_in_dir(killed_process_leaves_the_old_content_or_the_new),
		unit_test_in_dir(environment_arms_and_counts),
		unit_test_in_dir(misspelt_environment_ends_the_process_at_once),
#ifndef XATA_FAULTS
		unit_test_in_dir(other_builds_ignore_the_environment),
#endif
	};

	return dir ? error_exit_status(replace_in(dir)) : unit_main(tests);
}
