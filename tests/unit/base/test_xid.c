/* Identifiers: layout, order, and no two alike over threads and processes. */
#include "lib/unit.h"

#include <pthread.h>
#include <sys/wait.h>

#include "base/map.h"
#include "base/xid.h"

#define THREADS 8
#define EACH 2000

/* The 12 bytes behind the 20 characters. */
static void decode(unsigned char out[12], const char *text)
{
	unsigned char bits[13] = {0};

	assert_int_equal(strlen(text), XID_LEN);
	for (unsigned i = 0; i < XID_LEN; i++) {
		char c = text[i];
		assert_true((c >= '0' && c <= '9') || (c >= 'a' && c <= 'v'));
		unsigned value = (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
		for (unsigned bit = 0; bit < 5; bit++)
			if (value & (16U >> bit))
				bits[(i * 5 + bit) / 8] |= (unsigned char)(128U >>
									   (i * 5 + bit) % 8);
	}
	assert_int_equal(bits[12], 0); /* 4 bits of padding */
	memcpy(out, bits, 12);
}

static void layout_is_seconds_process_counter(void **state)
{
	(void)state;
	unsigned char first[12], second[12];
	char text[XID_LEN + 1];

	xid_new(text, 0x65432101);
	decode(first, text);
	assert_memory_equal(first, "\x65\x43\x21\x01", 4);
	xid_new(text, 0xFEDCBA98);
	decode(second, text);
	assert_memory_equal(second, "\xFE\xDC\xBA\x98", 4);
	assert_memory_equal(first + 4, second + 4, 5);
	unsigned before = (unsigned)first[9] << 16 | (unsigned)first[10] << 8 | first[11];
	unsigned after = (unsigned)second[9] << 16 | (unsigned)second[10] << 8 | second[11];
	assert_int_equal(after, before + 1);
}

static void later_identifiers_sort_later(void **state)
{
	(void)state;
	char last[XID_LEN + 1] = "", next[XID_LEN + 1];

	for (int64_t i = 0; i < 100000; i++) {
		xid_new(next, 1700000000 + i / 1000);
		assert_true(strcmp(last, next) < 0);
		memcpy(last, next, sizeof last);
	}
}

static char made[THREADS][EACH][XID_LEN + 1];

static void *make_many(void *arg)
{
	char(*mine)[XID_LEN + 1] = arg;

	for (int i = 0; i < EACH; i++)
		xid_new(mine[i], 1700000000);
	return NULL;
}

static void threads_never_get_the_same(void **state)
{
	(void)state;
	AUTO_VALUE(map) seen = {0};
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_many, made[i]), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		for (size_t j = 0; j < EACH; j++)
			assert_true(map_add(&seen, made[i][j], j));
}

static void child_process_does_not_repeat_its_parent(void **state)
{
	(void)state;
	char mine[XID_LEN + 1], child[XID_LEN + 1] = "";
	int pipes[2], status;

	xid_new(mine, 1);
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	if (pid == 0) {
		xid_new(child, 1);
		_exit(write(pipes[1], child, sizeof child) == sizeof child ? 0 : 1);
	}
	xid_new(mine, 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(pipes[0], child, sizeof child), sizeof child);
	close(pipes[0]);
	close(pipes[1]);
	unsigned char a[12], b[12];
	decode(a, mine);
	decode(b, child);
	assert_memory_not_equal(a + 4, b + 4, 5);
}

static void random_bytes_fill_any_length(void **state)
{
	(void)state;
	unsigned char a[4096] = {0}, b[4096] = {0};
	size_t zeros = 0;

	random_bytes(a, 0);
	assert_int_equal(a[0], 0);
	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	for (size_t i = 0; i < sizeof a; i++)
		zeros += a[i] == 0;
	assert_true(zeros < 100); /* 16 are expected */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_is_seconds_process_counter),
		cmocka_unit_test(later_identifiers_sort_later),
		cmocka_unit_test(threads_never_get_the_same),
		cmocka_unit_test(child_process_does_not_repeat_its_parent),
		cmocka_unit_test(random_bytes_fill_any_length),
	};

	return unit_main(tests);
}
