/* Allocation without a way to fail: copies are exact, exhaustion aborts. */
#include "lib/unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/alloc.h"

static void allocations_are_zeroed_even_when_empty(void **state)
{
	(void)state;
	AUTO_FREE unsigned char *p = xcalloc(100, 3);
	AUTO_FREE char *none = xcalloc(0, 0);

	for (size_t i = 0; i < 300; i++)
		assert_int_equal(p[i], 0);
	assert_non_null(none);
	assert_int_equal(none[0], 0);
}

static void copies_end_with_a_nul(void **state)
{
	(void)state;
	AUTO_FREE char *whole = xstrdup("ledger");
	AUTO_FREE char *part = xstrndup("ledger", 3);
	AUTO_FREE char *bytes = xstrndup("a\0b", 3);
	AUTO_FREE char *empty = xstrndup(NULL, 0);

	assert_string_equal(whole, "ledger");
	assert_string_equal(part, "led");
	assert_memory_equal(bytes, "a\0b", 4);
	assert_string_equal(empty, "");
	assert_null(xstrdup(NULL));
}

static void realloc_keeps_what_was_there(void **state)
{
	(void)state;
	char *p = xstrdup("abc");

	p = xrealloc(p, 1000, 10);
	assert_string_equal(p, "abc");
	p = xrealloc(p, 0, 10);
	assert_non_null(p);
	free(p);
}

static void formatted_text_is_as_long_as_needed(void **state)
{
	(void)state;
	AUTO_FREE char *s = xasprintf("%s-%0200d", "x", 7);

	assert_int_equal(strlen(s), 202);
}

static void secrets_may_be_absent(void **state)
{
	(void)state;
	secret_free(NULL);
	secret_free(xstrdup("a key"));
}

/* Runs f in a child whose messages go nowhere; gives the signal that ended it. */
static int signal_of(void (*f)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit no_core = {0, 0};
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		f();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void grow_past_the_address_space(void)
{
	volatile size_t count = SIZE_MAX / 2;
	free(xrealloc(NULL, count, 4));
}

static void copy_the_longest_string(void)
{
	volatile size_t len = SIZE_MAX;
	free(xstrndup("", len));
}

static void sizes_that_overflow_abort(void **state)
{
	(void)state;
	assert_int_equal(signal_of(grow_past_the_address_space), SIGABRT);
	assert_int_equal(signal_of(copy_the_longest_string), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_zeroed_even_when_empty),
		cmocka_unit_test(copies_end_with_a_nul),
		cmocka_unit_test(realloc_keeps_what_was_there),
		cmocka_unit_test(formatted_text_is_as_long_as_needed),
		cmocka_unit_test(secrets_may_be_absent),
		cmocka_unit_test(sizes_that_overflow_abort),
	};

	return unit_main(tests);
}
