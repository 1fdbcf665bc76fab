/* Contract test of a store, last part: isolation, threads, durability, backup. */
#include "lib/store_contract.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/str.h"

static int64_t rowid_of(struct store *s, struct store_txn *t, const char *branch)
{
	AUTO_VALUE(store_database) d = {0};
	AUTO_VALUE(store_branch) b = {0};
	struct error err = {0};

	assert_ok(s->ops->database_get(&d, t, "ws", "shop", &err), &err);
	assert_ok(s->ops->branch_get(&b, t, d.rowid, branch, &err), &err);
	return b.rowid;
}

/* Makes "shop" with the empty branch "main"; the rowid of the branch. */
static int64_t make_main(struct store *s)
{
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	int64_t main_ = sc_branch(s, t, sc_shop(s, t), "main");

	sc_commit(s, t);
	return main_;
}

static void add_one(struct store *s, int64_t branch, int64_t depth, const char *id)
{
	struct store_txn *t = sc_begin(s, STORE_WRITE);

	sc_record(s, t, branch, depth, id);
	sc_commit(s, t);
}

static void assert_history(struct store *s, int64_t branch, const char *want)
{
	struct store_txn *t = sc_begin(s, STORE_READ);

	assert_string_equal(sc_history(s, t, branch, 1, 10000), want);
	s->ops->rollback(t);
}

/* ---- isolation */

void store_hides_what_is_not_committed(void **state)
{
	struct store *s = sc_make(state);
	int64_t main_ = make_main(s);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	sc_record(s, t, main_, 1, "m1");
	assert_string_equal(sc_history(s, t, main_, 1, 10), "m1");
	assert_history(s, main_, "");
	sc_commit(s, t);
	assert_history(s, main_, "m1");
	s->ops->close(s);
}

void store_shows_a_reader_one_state(void **state)
{
	struct store *s = sc_make(state);
	int64_t main_ = make_main(s);
	/* The state is that of begin(), not of the first question. */
	struct store_txn *reader = sc_begin(s, STORE_READ);
	add_one(s, main_, 1, "m1");
	assert_string_equal(sc_history(s, reader, main_, 1, 10), "");
	add_one(s, main_, 2, "m2");
	assert_string_equal(sc_history(s, reader, main_, 1, 10), "");
	sc_commit(s, reader);
	assert_history(s, main_, "m1 m2");
	s->ops->close(s);
}

void store_forgets_what_is_rolled_back(void **state)
{
	struct store *s = sc_make(state);
	int64_t main_ = make_main(s);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	sc_record(s, t, main_, 1, "m1");
	s->ops->rollback(t);
	assert_history(s, main_, "");
	add_one(s, main_, 1, "other");
	assert_history(s, main_, "other");
	s->ops->close(s);
}

void store_refuses_to_write_in_a_read_transaction(void **state)
{
	struct store *s = sc_make(state);
	struct error err = {0};
	int64_t main_ = make_main(s);
	struct store_txn *t = sc_begin(s, STORE_READ);
	assert_fails(sc_try_record(s, t, main_, 1, "m1", &err), &err, E_INTERNAL,
		     "read transaction");
	/* After a failure that is none of the contract's, nothing of the transaction counts. */
	assert_fails(s->ops->commit(t, &err), &err, E_INTERNAL, "failed before");
	assert_history(s, main_, "");
	add_one(s, main_, 1, "m1");
	s->ops->close(s);
}

/* ---- threads; cmocka's assertions work in the main thread only, so the others count failures */

struct worker {
	struct store *s;
	int64_t branch;
	int number;
	int rounds;
	atomic_int *failures;
	atomic_bool *stop;
	pthread_t thread;
};

static void run_workers(struct worker *w, int count, void *(*work)(void *))
{
	for (int i = 0; i < count; i++)
		assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
	for (int i = 0; i < count; i++)
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
}

static int count_record(void *ctx, const struct store_record *r, struct error *err)
{
	int64_t *n = ctx;

	(void)r;
	(void)err;
	++*n;
	return 0;
}

/* Reads the length, then adds what comes next: two at once would collide. */
static int append_next(struct store *s, int64_t branch, const char *id)
{
	struct error err = {0};
	struct store_txn *t = NULL;
	int64_t length = 0;
	int rc = s->ops->begin(&t, s, STORE_WRITE, &err);

	if (rc < 0)
		return rc;
	rc = s->ops->record_list(t, branch, 1, INT64_MAX, count_record, &length, &err);
	if (rc >= 0)
		rc = sc_try_record(s, t, branch, length + 1, id, &err);
	if (rc >= 0)
		return s->ops->commit(t, &err);
	s->ops->rollback(t);
	return rc;
}

static void *append_many(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < w->rounds; i++) {
		char id[32];
		snprintf(id, sizeof id, "w%d-%d", w->number, i);
		if (append_next(w->s, w->branch, id) < 0)
			atomic_fetch_add(w->failures, 1);
	}
	return NULL;
}

void store_serialises_writers_of_many_threads(void **state)
{
	enum { THREADS = 6, ROUNDS = 20 };
	struct store *s = sc_make(state);
	struct error err = {0};
	struct worker w[THREADS];
	atomic_int failures = 0;
	int64_t length = 0, main_ = make_main(s);
	for (int i = 0; i < THREADS; i++)
		w[i] = (struct worker){.s = s,
				       .branch = main_,
				       .number = i,
				       .rounds = ROUNDS,
				       .failures = &failures};
	run_workers(w, THREADS, append_many);
	assert_int_equal(atomic_load(&failures), 0);
	struct store_txn *t = sc_begin(s, STORE_READ);
	assert_ok(s->ops->record_list(t, main_, 1, INT64_MAX, count_record, &length, &err), &err);
	assert_int_equal(length, THREADS * ROUNDS);
	s->ops->rollback(t);
	s->ops->close(s);
}

/* The writer adds pairs, so that every state has an even number of records. */
static void *append_pairs(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < w->rounds; i++) {
		struct error err = {0};
		struct store_txn *t = NULL;
		char id[32];
		int rc = w->s->ops->begin(&t, w->s, STORE_WRITE, &err);
		for (int k = 1; k <= 2 && rc >= 0; k++) {
			snprintf(id, sizeof id, "p%d-%d", i, k);
			rc = sc_try_record(w->s, t, w->branch, 2 * i + k, id, &err);
		}
		if (rc >= 0)
			rc = w->s->ops->commit(t, &err);
		if (rc < 0)
			atomic_fetch_add(w->failures, 1);
	}
	atomic_store(w->stop, true);
	return NULL;
}

static void *read_pairs(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(w->stop)) {
		struct error err = {0};
		struct store_txn *t = NULL;
		int64_t one = 0, two = 0;
		const struct store_ops *ops = w->s->ops;
		int rc = ops->begin(&t, w->s, STORE_READ, &err);
		if (rc >= 0)
			rc = ops->record_list(t, w->branch, 1, INT64_MAX, count_record, &one, &err);
		if (rc >= 0)
			rc = ops->record_list(t, w->branch, INT64_MAX, -10000, count_record, &two,
					      &err);
		ops->rollback(t);
		if (rc < 0 || one != two || one % 2)
			atomic_fetch_add(w->failures, 1);
	}
	return NULL;
}

static void *write_or_read_pairs(void *arg)
{
	struct worker *w = arg;

	return w->number == 0 ? append_pairs(w) : read_pairs(w);
}

void store_reads_while_others_write(void **state)
{
	enum { THREADS = 5, ROUNDS = 60 };
	struct store *s = sc_make(state);
	struct worker w[THREADS];
	atomic_int failures = 0;
	atomic_bool stop = false;
	int64_t main_ = make_main(s);
	for (int i = 0; i < THREADS; i++)
		w[i] = (struct worker){.s = s,
				       .branch = main_,
				       .number = i,
				       .rounds = ROUNDS,
				       .failures = &failures,
				       .stop = &stop};
	run_workers(w, THREADS, write_or_read_pairs);
	assert_int_equal(atomic_load(&failures), 0);
	s->ops->close(s);
}

void store_says_busy_when_a_writer_takes_too_long(void **state)
{
	struct store *s = sc_make(state), *other = NULL;
	struct error err = {0};
	struct store_txn *t, *late = NULL;
	int64_t main_ = make_main(s);
	assert_ok(store_under_test.open(&other, *state, &err), &err);
	store_under_test.set_wait(s, 60);
	store_under_test.set_wait(other, 60);
	t = sc_begin(s, STORE_WRITE);
	int64_t start = clock_mono_ms();
	assert_fails_hinting(s->ops->begin(&late, s, STORE_WRITE, &err), &err, E_BUSY, "busy",
			     "again");
	assert_null(late);
	/* As another process would. */
	assert_fails(other->ops->begin(&late, other, STORE_WRITE, &err), &err, E_BUSY, "busy");
	int64_t waited = clock_mono_ms() - start;
	assert_true(waited >= 100 && waited < 5000);
	/* Readers do not wait. */
	assert_history(s, main_, "");
	assert_history(other, main_, "");
	sc_record(s, t, main_, 1, "m1");
	sc_commit(s, t);
	t = sc_begin(other, STORE_WRITE);
	sc_record(other, t, main_, 2, "m2");
	sc_commit(other, t);
	/* The one that gave up is not in the way of those that came later. */
	add_one(s, main_, 3, "m3");
	assert_history(s, main_, "m1 m2 m3");
	other->ops->close(other);
	s->ops->close(s);
}

/* ---- durability */

void store_keeps_everything_when_it_is_reopened(void **state)
{
	struct store *s = sc_make(state);
	struct error err = {0};
	int64_t main_ = make_main(s);
	add_one(s, main_, 1, "m1");
	s->ops->close(s);
	assert_fails(store_under_test.make(&s, *state, &err), &err, E_EXISTS, "exists already");
	assert_null(s);
	assert_ok(store_under_test.open(&s, *state, &err), &err);
	assert_history(s, main_, "m1");
	add_one(s, main_, 2, "m2");
	s->ops->close(s);
	assert_ok(store_under_test.open(&s, *state, &err), &err);
	assert_history(s, main_, "m1 m2");
	s->ops->close(s);
}

/*
 * In a child process: commits records until it is killed, and says so on the pipe after each; the
 * transaction that adds two is always the next one.
 */
static NORETURN void commit_until_killed(const char *dir, int pipe_)
{
	struct error err = {0};
	struct store *s = NULL;
	struct store_txn *t = NULL;
	bool fine = store_under_test.open(&s, dir, &err) >= 0;

	for (int depth = 1; fine; depth += 2) {
		char one[32], two[32];
		snprintf(one, sizeof one, "m%d", depth);
		snprintf(two, sizeof two, "m%d", depth + 1);
		fine = s->ops->begin(&t, s, STORE_WRITE, &err) >= 0;
		int64_t main_ = fine ? rowid_of(s, t, "main") : 0;
		fine = fine && sc_try_record(s, t, main_, depth, one, &err) >= 0 &&
		       sc_try_record(s, t, main_, depth + 1, two, &err) >= 0 &&
		       s->ops->commit(t, &err) >= 0;
		fine = fine && write(pipe_, "x", 1) == 1;
	}
	_exit(1);
}

static void reap(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Kills a child that writes after it acknowledged some commits; returns how many. */
static int64_t kill_while_writing(const char *dir, int64_t wanted)
{
	int ends[2];
	char byte;
	int64_t acknowledged = 0;

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		commit_until_killed(dir, ends[1]);
	close(ends[1]);
	while (acknowledged < wanted && read(ends[0], &byte, 1) == 1)
		acknowledged++;
	assert_int_equal(kill(pid, SIGKILL), 0);
	reap(pid);
	while (read(ends[0], &byte, 1) == 1) /* what it still managed to say */
		acknowledged++;
	close(ends[0]);
	return acknowledged;
}

void store_survives_kill_after_commit_and_forgets_what_was_before(void **state)
{
	for (int round = 1; round <= 8; round++) {
		struct error err = {0};
		struct store *s = NULL;
		const char *dir = unit_path(*state, "round");
		int64_t length = 0;
		assert_int_equal(mkdir(dir, 0700), 0);
		assert_ok(store_under_test.make(&s, dir, &err), &err);
		int64_t main_ = make_main(s);
		s->ops->close(s); /* no store is open across fork() */
		int64_t acknowledged = kill_while_writing(dir, round * 2);

		assert_true(acknowledged >= round * 2);
		assert_ok(store_under_test.open(&s, dir, &err), &err);
		struct store_txn *t = sc_begin(s, STORE_READ);
		assert_ok(s->ops->record_list(t, main_, 1, INT64_MAX, count_record, &length, &err),
			  &err);
		s->ops->rollback(t);
		/* All that was acknowledged, no half transaction, one more at most. */
		assert_int_equal(length % 2, 0);
		assert_in_range(length / 2, acknowledged, acknowledged + 1);
		append_next(s, main_, "goes-on");
		s->ops->close(s);
		char moved[32];
		snprintf(moved, sizeof moved, "round-%d", round);
		assert_int_equal(rename(dir, unit_path(*state, moved)), 0);
	}
}

/* ---- backup */

void store_backs_up_one_state_while_others_write(void **state)
{
	enum { BACKUPS = 5 };
	struct store *s = sc_make(state);
	struct error err = {0};
	atomic_int failures = 0;
	atomic_bool stop = false;
	int64_t last = 0, main_ = make_main(s);
	struct worker w = {
		.s = s, .branch = main_, .rounds = 150, .failures = &failures, .stop = &stop};
	assert_int_equal(pthread_create(&w.thread, NULL, append_pairs, &w), 0);
	for (int i = 0; i < BACKUPS; i++) {
		char name[32];
		struct store *copy = NULL;
		int64_t length = 0;
		snprintf(name, sizeof name, "backup-%d", i);
		const char *path = unit_path(*state, name);
		assert_ok(s->ops->backup(s, path, &err), &err);
		assert_ok(store_under_test.open_file(&copy, path, &err), &err);
		struct store_txn *t = sc_begin(copy, STORE_READ);
		int64_t branch = rowid_of(copy, t, "main");
		assert_ok(copy->ops->record_list(t, branch, 1, INT64_MAX, count_record, &length,
						 &err),
			  &err);
		assert_int_equal(length % 2, 0);
		assert_true(length >= last);
		last = length;
		copy->ops->rollback(t);
		copy->ops->close(copy);
	}
	assert_int_equal(pthread_join(w.thread, NULL), 0);
	assert_int_equal(atomic_load(&failures), 0);
	s->ops->close(s);
}

void store_refuses_to_back_up_over_a_file(void **state)
{
	struct store *s = sc_make(state);
	struct error err = {0};
	const char *path = unit_path(*state, "taken");
	unit_write(path, "precious");
	assert_fails_hinting(s->ops->backup(s, path, &err), &err, E_EXISTS, "exists already",
			     "another name");
	assert_file(path, "precious");
	assert_fails(s->ops->backup(s, unit_path(*state, "no/such/place"), &err), &err, E_NOTFOUND,
		     "no/such");
	s->ops->close(s);
}
