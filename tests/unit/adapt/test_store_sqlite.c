/* What is special to the SQLite store: its files, foreign and damaged ones, and failing disks. */
#include "adapt/store_sqlite.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "lib/faulty_vfs.h"
#include "lib/store_contract.h"

/* store_contract.c gives its helpers to these tests too. */
static int make(struct store **out, const char *dir, struct error *err)
{
	return store_sqlite_open(out, unit_path(dir, "db"), STORE_SQLITE_CREATE, err);
}
const struct store_maker store_under_test = {.make = make};

static struct store *open_existing(const char *dir)
{
	struct error err = {0};
	struct store *s = NULL;

	assert_ok(store_sqlite_open(&s, unit_path(dir, "db"), STORE_SQLITE_EXISTING, &err), &err);
	return s;
}

static int try_open(const char *path, struct error *err)
{
	struct store *s = NULL;
	int rc = store_sqlite_open(&s, path, STORE_SQLITE_EXISTING, err);

	if (rc < 0)
		assert_null(s);
	else
		s->ops->close(s);
	return rc;
}

/* With another program's hands. */
static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int files_in(const char *dir)
{
	int count = 0;
	DIR *d = opendir(dir);

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		count += e->d_name[0] != '.' || strlen(e->d_name) > 2;
	closedir(d);
	return count;
}

static unsigned int mode_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		unit_fail("there is no %s", path);
	return st.st_mode & 07777;
}

/* ---- files */

static void files_are_private_whatever_the_umask(void **state)
{
	struct error err = {0};
	mode_t before = umask(0);
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	sc_shop(s, t);
	sc_commit(s, t);
	assert_ok(s->ops->backup(s, unit_path(*state, "copy"), &err), &err);
	umask(before);
	assert_int_equal(mode_of(unit_path(*state, "db")), 0600);
	assert_int_equal(mode_of(unit_path(*state, "db-wal")), 0600);
	assert_int_equal(mode_of(unit_path(*state, "db-shm")), 0600);
	assert_int_equal(mode_of(unit_path(*state, "copy")), 0600);
	s->ops->close(s);
	/* Nothing else was left by making the database and its copy. */
	assert_int_equal(files_in(*state), 2);
}

static void file_that_others_could_read_is_taken_back(void **state)
{
	struct store *s = sc_make(state);
	s->ops->close(s);
	assert_int_equal(chmod(unit_path(*state, "db"), 0644), 0);
	s = open_existing(*state);
	assert_int_equal(mode_of(unit_path(*state, "db")), 0600);
	s->ops->close(s);
}

static void making_a_database_over_a_file_is_refused(void **state)
{
	struct error err = {0};
	struct store *s = NULL;
	unit_write(unit_path(*state, "db"), "precious");
	assert_fails(make(&s, *state, &err), &err, E_EXISTS, "exists already");
	assert_null(s);
	assert_file(unit_path(*state, "db"), "precious");
	assert_int_equal(files_in(*state), 1);
}

static void what_is_no_database_of_ours_is_refused_and_left_alone(void **state)
{
	const char *path = unit_path(*state, "file");
	struct error err = {0};
	assert_fails(try_open(path, &err), &err, E_NOTFOUND, "cannot open the database");
	assert_fails(try_open(*state, &err), &err, E_INVALID, "not a regular file");

	char text[4096];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	unit_write(path, text);
	assert_fails_hinting(try_open(path, &err), &err, E_IO, "is damaged or is no database",
			     "backup");
	assert_file(path, text);
	unit_write(path, "");
	assert_fails_hinting(try_open(path, &err), &err, E_INVALID, "is not a database of xatad",
			     "xatad init");
	assert_file(path, "");
	assert_int_equal(unlink(path), 0);

	run_sql(path, "PRAGMA application_id = 99; CREATE TABLE theirs (x)");
	char *before = unit_read(path, NULL);
	assert_fails(try_open(path, &err), &err, E_INVALID, "is not a database of xatad");
	assert_file(path, before);
	free(before);
	assert_int_equal(files_in(*state), 1);
}

static void database_of_a_newer_version_is_refused_and_left_alone(void **state)
{
	const char *path = unit_path(*state, "db");
	struct error err = {0};
	size_t len = 0, len_after = 0;
	struct store *s = sc_make(state);
	s->ops->close(s);
	run_sql(path, "PRAGMA user_version = 1000");
	char *before = unit_read(path, &len);
	assert_fails_hinting(try_open(path, &err), &err, E_INVALID, "written by a newer xatad",
			     "newer one");
	char *after = unit_read(path, &len_after);
	assert_int_equal(len, len_after);
	assert_memory_equal(before, after, len);
	free(before);
	free(after);
}

static void database_of_an_older_version_is_brought_up_to_date(void **state)
{
	const char *path = unit_path(*state, "db");
	run_sql(path, "PRAGMA application_id = 0x78617461");
	struct store *s = open_existing(*state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	sc_branch(s, t, sc_shop(s, t), "main");
	sc_commit(s, t);
	s->ops->close(s);
	s = open_existing(*state);
	s->ops->close(s);
}

static void damaged_page_is_reported_with_a_way_out(void **state)
{
	const char *path = unit_path(*state, "db");
	struct error err = {0};
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	AUTO_VALUE(store_database) d = {0};
	sc_shop(s, t);
	sc_commit(s, t);
	s->ops->close(s);

	char junk[4096];
	memset(junk, 0xee, sizeof junk);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	off_t size = lseek(fd, 0, SEEK_END);
	for (off_t at = 4096; at < size; at += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
	assert_int_equal(close(fd), 0);

	s = open_existing(*state);
	t = sc_begin(s, STORE_READ);
	assert_fails_hinting(s->ops->database_get(&d, t, "ws", "shop", &err), &err, E_IO,
			     "cannot read the database: the database file is damaged",
			     "xatad backup");
	s->ops->rollback(t);
	s->ops->close(s);
}

static void value_over_the_limit_is_refused(void **state)
{
	const size_t size = ((size_t)64 << 20) + 1;
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t main_ = sc_branch(s, t, sc_shop(s, t), "main");
	char *schema = malloc(size + 1);
	assert_non_null(schema);
	memset(schema, 'x', size);
	schema[size] = '\0';
	struct store_branch b = {.rowid = main_, .format = RECORD_V1, .schema = schema};
	assert_fails(s->ops->branch_update(t, &b, &err), &err, E_LIMIT, "67108864 bytes");
	assert_fails(s->ops->commit(t, &err), &err, E_LIMIT, "failed before");
	free(schema);
	s->ops->close(s);
}

/* ---- writers in turn, forks in few steps */

struct turn {
	struct store *s;
	pthread_t thread;
	int number;
	atomic_int *order; /* of all threads: numbers so far, four bits each */
};

static void *take_turn(void *arg)
{
	struct turn *turn = arg;
	struct error err = {0};
	struct store_txn *t = NULL;

	if (turn->s->ops->begin(&t, turn->s, STORE_WRITE, &err) < 0)
		return NULL;
	/* Alone here: writers are served one at a time. */
	atomic_store(turn->order, atomic_load(turn->order) << 4 | turn->number);
	turn->s->ops->rollback(t);
	return NULL;
}

static void writers_get_their_turn_in_the_order_they_came(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	atomic_int order = 0;
	struct turn turns[5];
	for (int i = 0; i < 5; i++) {
		turns[i] = (struct turn){.s = s, .number = i + 1, .order = &order};
		assert_int_equal(pthread_create(&turns[i].thread, NULL, take_turn, &turns[i]), 0);
		clock_sleep_ms(40);
	}
	s->ops->rollback(t);
	for (int i = 0; i < 5; i++)
		assert_int_equal(pthread_join(turns[i].thread, NULL), 0);
	assert_int_equal(atomic_load(&order), 0x12345);
	s->ops->close(s);
}

static int64_t ask_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return answer;
}

static void the_first_of_1000_forks_is_a_few_jumps_away(void **state)
{
	static const char jumps[] =
		"WITH RECURSIVE up (id, n) AS ("
		" SELECT max(id), 0 FROM segment"
		" UNION ALL SELECT s.jump, n + 1 FROM up JOIN segment s ON s.id = up.id"
		"  WHERE s.parent IS NOT NULL"
		") SELECT max(n) FROM up";
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	int64_t shop = sc_shop(s, t), at = sc_branch(s, t, shop, "b0");
	for (int64_t i = 1; i <= 1000; i++) {
		char name[32];
		snprintf(name, sizeof name, "b%lld", (long long)i);
		sc_record(s, t, at, i, name);
		at = sc_fork(s, t, shop, name, at, i);
	}
	sc_commit(s, t);
	s->ops->close(s);
	int64_t count = ask_sql(unit_path(*state, "db"), jumps);
	assert_in_range(count, 1, 20);
}

/* ---- failing disks: every call of SQLite to the system fails in turn */

/* Makes the database with "main" and three records. */
static void make_three(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	int64_t main_ = sc_branch(s, t, sc_shop(s, t), "main");

	for (int i = 1; i <= 3; i++) {
		char id[16];
		snprintf(id, sizeof id, "m%d", i);
		sc_record(s, t, main_, i, id);
	}
	sc_commit(s, t);
	s->ops->close(s);
}

static int64_t main_of(struct store *s, struct store_txn *t)
{
	AUTO_VALUE(store_database) d = {0};
	AUTO_VALUE(store_branch) b = {0};
	struct error err = {0};

	assert_ok(s->ops->database_get(&d, t, "ws", "shop", &err), &err);
	assert_ok(s->ops->branch_get(&b, t, d.rowid, "main", &err), &err);
	return b.rowid;
}

static int64_t length_of(struct store *s)
{
	struct store_txn *t = sc_begin(s, STORE_READ);
	const char *ids = sc_history(s, t, main_of(s, t), 1, 10000);
	int64_t length = ids[0] ? 1 : 0;

	for (; *ids; ids++)
		length += *ids == ' ';
	s->ops->rollback(t);
	return length;
}

/* Opens the store and adds 200 records in one transaction. */
static int add_200(const char *dir, struct error *err)
{
	struct store *s = NULL;
	struct store_txn *t = NULL;
	int rc = store_sqlite_open(&s, unit_path(dir, "db"), STORE_SQLITE_EXISTING, err);

	if (rc < 0)
		return rc;
	rc = s->ops->begin(&t, s, STORE_WRITE, err);
	int64_t main_ = rc < 0 ? 0 : main_of(s, t);
	for (int i = 4; i <= 203 && rc >= 0; i++) {
		char id[200];
		snprintf(id, sizeof id, "%0150d", i);
		rc = sc_try_record(s, t, main_, i, id, err);
	}
	if (rc >= 0)
		rc = s->ops->commit(t, err);
	else
		s->ops->rollback(t);
	s->ops->close(s);
	return rc;
}

/* Fails the nth call for every n until a run needs fewer; each leaves the old state or the new. */
static void fail_each(void **state, enum faulty_call call, int result, int code, const char *text)
{
	int n = 1, refused = 0;

	for (bool failed = true; failed; n++) {
		char name[32];
		struct error err = {0};
		snprintf(name, sizeof name, "run-%d", n);
		char *dir = strdup(unit_path(*state, name));
		void *sub = dir;
		assert_int_equal(mkdir(dir, 0700), 0);
		make_three(&sub);

		faulty_vfs_fail(call, n, result, 0);
		int rc = add_200(dir, &err);
		failed = faulty_vfs_failed() > 0;
		faulty_vfs_fail(call, 0, 0, 0);

		/* A checkpoint at the end may fail after a commit: that harms nobody. */
		refused += rc < 0;
		if (rc < 0)
			assert_fails(rc, &err, code, text);
		struct store *s = open_existing(dir);
		assert_int_equal(length_of(s), rc < 0 ? 3 : 203);
		s->ops->close(s);
		free(dir);
		assert_true(n < 1000);
	}
	assert_true(n > 2 && refused > 0);
}

static void full_disk_at_any_write_loses_nothing(void **state)
{
	fail_each(state, FAULTY_WRITE, SQLITE_FULL, E_NOSPACE, "the disk or the quota is full");
}

static void failing_write_loses_nothing(void **state)
{
	fail_each(state, FAULTY_WRITE, SQLITE_IOERR_WRITE, E_IO, "could not");
}

static void failing_sync_loses_nothing(void **state)
{
	fail_each(state, FAULTY_SYNC, SQLITE_IOERR_FSYNC, E_IO, "could not");
}

static void file_that_cannot_be_opened_loses_nothing(void **state)
{
	fail_each(state, FAULTY_OPEN, SQLITE_CANTOPEN, E_ACCESS, "cannot be opened or written");
}

static void failed_transaction_does_not_go_on_when_the_disk_is_back(void **state)
{
	struct error err = {0};
	make_three(state);
	struct store *s = open_existing(*state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	int64_t main_ = main_of(s, t);
	char *big = calloc(1, 9 << 20);
	char id[] = "big", sum[] = "1:x";
	assert_non_null(big);
	memset(big, 'x', (9 << 20) - 1);
	struct store_record r = {
		.depth = 4, .id = id, .checksum = sum, .content = sum, .done = true, .doc = big};
	/* Larger than the cache, so that it is written before the commit; one write fails. */
	faulty_vfs_fail(FAULTY_WRITE, 20, SQLITE_FULL, 1);
	int rc = s->ops->record_add(t, main_, &r, &err);
	int failed = faulty_vfs_failed();
	faulty_vfs_fail(FAULTY_WRITE, 0, 0, 0);
	assert_int_equal(failed, 1);
	assert_fails(rc, &err, E_NOSPACE, "full");
	assert_fails(sc_try_record(s, t, main_, 4, "m4", &err), &err, E_NOSPACE, "failed before");
	assert_fails(s->ops->commit(t, &err), &err, E_NOSPACE, "failed before");
	assert_int_equal(length_of(s), 3);
	t = sc_begin(s, STORE_WRITE);
	sc_record(s, t, main_, 4, "m4");
	sc_commit(s, t);
	assert_int_equal(length_of(s), 4);
	free(big);
	s->ops->close(s);
}

static void every_commit_is_on_the_disk_before_it_is_acknowledged(void **state)
{
	struct error err = {0};
	make_three(state);
	struct store *s = open_existing(*state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	int64_t main_ = main_of(s, t);
	sc_record(s, t, main_, 4, "m4");
	sc_commit(s, t);
	/* The log of changes is open and has a head by now: what is synced is this commit. */
	t = sc_begin(s, STORE_WRITE);
	sc_record(s, t, main_, 5, "m5");
	faulty_vfs_fail(FAULTY_SYNC, 1, SQLITE_IOERR_FSYNC, 1);
	int rc = s->ops->commit(t, &err);
	faulty_vfs_fail(FAULTY_SYNC, 0, 0, 0);
	assert_fails(rc, &err, E_IO, "could not commit");
	assert_int_equal(length_of(s), 4);
	s->ops->close(s);
}

static void failed_backup_leaves_no_file(void **state)
{
	struct error err = {0};
	const char *path = unit_path(*state, "copy");
	make_three(state);
	struct store *s = open_existing(*state);
	int n = 1;
	for (int rc = -1; rc < 0; n++) {
		int before = files_in(*state);
		faulty_vfs_fail(FAULTY_WRITE, n, SQLITE_FULL, 0);
		rc = s->ops->backup(s, path, &err);
		faulty_vfs_fail(FAULTY_WRITE, 0, 0, 0);
		if (rc < 0)
			assert_fails(rc, &err, E_NOSPACE, "could not write the backup");
		assert_int_equal(files_in(*state), before + (rc >= 0));
		assert_true(n < 1000);
	}
	assert_true(n > 3);
	assert_ok(try_open(path, &err), &err);
	s->ops->close(s);
}

static void failed_creation_leaves_no_file(void **state)
{
	struct error err = {0};
	int n = 1;
	for (int rc = -1; rc < 0; n++) {
		struct store *s = NULL;
		faulty_vfs_fail(FAULTY_WRITE, n, SQLITE_FULL, 0);
		rc = make(&s, *state, &err);
		faulty_vfs_fail(FAULTY_WRITE, 0, 0, 0);
		if (rc >= 0) {
			s->ops->close(s);
			break;
		}
		assert_fails(rc, &err, E_NOSPACE, "full");
		assert_null(s);
		assert_int_equal(files_in(*state), 0);
		assert_true(n < 1000);
	}
	assert_true(n > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(files_are_private_whatever_the_umask),
		unit_test_in_dir(file_that_others_could_read_is_taken_back),
		unit_test_in_dir(making_a_database_over_a_file_is_refused),
		unit_test_in_dir(what_is_no_database_of_ours_is_refused_and_left_alone),
		unit_test_in_dir(database_of_a_newer_version_is_refused_and_left_alone),
		unit_test_in_dir(database_of_an_older_version_is_brought_up_to_date),
		unit_test_in_dir(damaged_page_is_reported_with_a_way_out),
		unit_test_in_dir(value_over_the_limit_is_refused),
		unit_test_in_dir(writers_get_their_turn_in_the_order_they_came),
		unit_test_in_dir(the_first_of_1000_forks_is_a_few_jumps_away),
		unit_test_in_dir(full_disk_at_any_write_loses_nothing),
		unit_test_in_dir(failing_write_loses_nothing),
		unit_test_in_dir(failing_sync_loses_nothing),
		unit_test_in_dir(file_that_cannot_be_opened_loses_nothing),
		unit_test_in_dir(failed_transaction_does_not_go_on_when_the_disk_is_back),
		unit_test_in_dir(every_commit_is_on_the_disk_before_it_is_acknowledged),
		unit_test_in_dir(failed_backup_leaves_no_file),
		unit_test_in_dir(failed_creation_leaves_no_file),
	};

	faulty_vfs_install();
	return unit_main(tests);
}
