/* What removals leave in the SQLite store until it is swept: nobody sees it, and all of it goes. */
#include <sqlite3.h>

#include "adapt/store_sqlite.h"
#include "lib/store_contract.h"

/* Removals remove nothing by themselves here. */
static int make(struct store **out, const char *dir, struct error *err)
{
	int rc = store_sqlite_open(out, unit_path(dir, "db"), STORE_SQLITE_CREATE, err);

	if (rc == 0)
		store_sqlite_set_part(*out, 0);
	return rc;
}
const struct store_maker store_under_test = {.make = make};

/* As a server that is killed, and the next one, which sweeps as much at once as steps allow. */
static void reopen(struct store **s, const char *dir)
{
	struct error err = {0};

	(*s)->ops->close(*s);
	assert_ok(store_sqlite_open(s, unit_path(dir, "db"), STORE_SQLITE_EXISTING, &err), &err);
	store_sqlite_set_part(*s, 1);
}

/* In how many parts. */
static int sweep_all(struct store *s)
{
	struct error err = {0};
	bool more = true;
	int parts = 0;

	for (; more; parts++) {
		struct store_txn *t = sc_begin(s, STORE_WRITE);
		assert_ok(s->ops->sweep(&more, t, &err), &err);
		sc_commit(s, t);
	}
	return parts;
}

static int64_t ask_sql(const char *dir, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;

	assert_int_equal(sqlite3_open(unit_path(dir, "db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return answer;
}

static void remove_branch(struct store *s, int64_t branch)
{
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};

	assert_ok(s->ops->branch_remove(t, branch, &err), &err);
	sc_commit(s, t);
}

static void add_records(struct store *s, struct store_txn *t, int64_t branch, int first, int last)
{
	char id[32];

	for (int depth = first; depth <= last; depth++) {
		snprintf(id, sizeof id, "m%d", depth);
		sc_record(s, t, branch, depth, id);
	}
}

static bool is_known(struct store *s, int64_t database, const char *id)
{
	AUTO_VALUE(store_record) r = {0};
	struct store_txn *t = sc_begin(s, STORE_READ);
	struct error err = {0};
	int rc = s->ops->record_known(&r, t, database, id, &err);

	assert_true(rc == 0 || rc == E_NOTFOUND);
	s->ops->rollback(t);
	return rc == 0;
}

static void a_removed_history_is_gone_at_once_and_swept_after_a_kill(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	add_records(s, t, main_, 1, 100);
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 3);
	sc_commit(s, t);

	remove_branch(s, main_);
	assert_int_equal(ask_sql(*state, "SELECT count(*) FROM record"), 100);
	assert_true(is_known(s, shop, "m3"));
	assert_false(is_known(s, shop, "m4"));
	t = sc_begin(s, STORE_WRITE);
	int64_t again = sc_branch(s, t, shop, "main");
	sc_record(s, t, again, 1, "m50");
	sc_commit(s, t);

	reopen(&s, *state);
	assert_true(sweep_all(s) > 3);
	assert_int_equal(ask_sql(*state, "SELECT count(*) FROM record"), 4);
	t = sc_begin(s, STORE_READ);
	assert_string_equal(sc_branches(s, t, shop), "dev main");
	assert_string_equal(sc_history(s, t, dev, 1, 10), "m1 m2 m3");
	assert_string_equal(sc_history(s, t, again, 1, 10), "m50");
	s->ops->rollback(t);
	s->ops->close(s);
}

static void a_removed_database_is_gone_at_once_and_swept_after_a_kill(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct store_git_branch g = {(char[]){"feature"}, (char[]){"main"}};
	struct store_key k = {(char[]){"key_1"},
			      (char[]){"a"},
			      (char[]){"h1"},
			      KEY_READ,
			      (char[]){"ws/shop"},
			      1,
			      0};
	AUTO_VALUE(store_database) d = {0};
	struct error err = {0};
	bool replaced = false;
	int64_t number, shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	add_records(s, t, main_, 1, 100);
	add_records(s, t, sc_fork(s, t, shop, "dev", main_, 50), 51, 60);
	assert_ok(sc_job(s, t, main_, "mig_job_1", &number, &err), &err);
	assert_ok(s->ops->git_branch_set(&replaced, t, shop, &g, &err), &err);
	assert_ok(s->ops->key_add(t, &k, &err), &err);
	assert_ok(s->ops->branch_remove(t, main_, &err), &err);

	assert_ok(s->ops->database_remove(t, shop, &err), &err);
	assert_fails(s->ops->database_remove(t, shop, &err), &err, E_NOTFOUND, "database");
	assert_fails(s->ops->database_get(&d, t, "ws", "shop", &err), &err, E_NOTFOUND, "shop");
	assert_ok(s->ops->workspace_remove(t, "ws", &err), &err);
	int64_t again = sc_shop(s, t);
	sc_record(s, t, sc_branch(s, t, again, "main"), 1, "m50");
	sc_commit(s, t);
	assert_int_equal(ask_sql(*state, "SELECT count(*) FROM key"), 0);
	assert_false(is_known(s, again, "m51"));

	reopen(&s, *state);
	assert_true(sweep_all(s) > 3);
	assert_int_equal(ask_sql(*state, "SELECT (SELECT count(*) FROM database) * 1000 +"
					 " (SELECT count(*) FROM branch) * 100 +"
					 " (SELECT count(*) FROM segment) * 10 +"
					 " (SELECT count(*) FROM record)"),
			 1111);
	assert_int_equal(ask_sql(*state, "SELECT (SELECT count(*) FROM job) +"
					 " (SELECT count(*) FROM git_branch) +"
					 " (SELECT count(*) FROM garbage)"),
			 0);
	s->ops->close(s);
}

/* Also the place of removed databases is nobody's workspace. */
static void the_workspace_without_a_name_is_not_there(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_READ);
	AUTO_VALUE(store_workspace) w = {0};
	struct error err = {0};

	assert_fails(s->ops->workspace_get(&w, t, "", &err), &err, E_NOTFOUND, "workspace");
	s->ops->rollback(t);
	s->ops->close(s);
}

/* Each branch starts from the one before, which is removed then. */
static void a_long_line_of_forks_is_swept_to_its_end(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	char name[16];
	int64_t shop = sc_shop(s, t), last = sc_branch(s, t, shop, "main");
	for (int n = 1; n <= 1100; n++) {
		add_records(s, t, last, n, n);
		snprintf(name, sizeof name, "b%d", n);
		int64_t next = sc_fork(s, t, shop, name, last, n);
		assert_ok(s->ops->branch_remove(t, last, &err), &err);
		last = next;
	}
	sc_commit(s, t);
	assert_int_equal(ask_sql(*state, "SELECT count(*) FROM segment"), 1101);
	remove_branch(s, last);
	assert_false(is_known(s, shop, "m1100"));
	reopen(&s, *state);
	store_sqlite_set_part(s, 1000);
	sweep_all(s);
	assert_int_equal(ask_sql(*state, "SELECT (SELECT count(*) FROM segment) +"
					 " (SELECT count(*) FROM record)"),
			 0);
	s->ops->close(s);
}

static void room_of_what_was_swept_is_used_again(void **state)
{
	struct store *s = sc_make(state);
	int64_t shop = 0, pages[3];

	for (int round = 0; round < 3; round++) {
		struct store_txn *t = sc_begin(s, STORE_WRITE);
		shop = shop ? shop : sc_shop(s, t);
		int64_t main_ = sc_branch(s, t, shop, "main");
		add_records(s, t, main_, 1, 300);
		sc_commit(s, t);
		pages[round] = ask_sql(*state, "PRAGMA page_count");
		remove_branch(s, main_);
		store_sqlite_set_part(s, 1000);
		sweep_all(s);
		store_sqlite_set_part(s, 0);
	}
	assert_true(pages[0] > 10);
	assert_int_equal(pages[2], pages[1]);
	s->ops->close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(a_removed_history_is_gone_at_once_and_swept_after_a_kill),
		unit_test_in_dir(a_removed_database_is_gone_at_once_and_swept_after_a_kill),
		unit_test_in_dir(the_workspace_without_a_name_is_not_there),
		unit_test_in_dir(a_long_line_of_forks_is_swept_to_its_end),
		unit_test_in_dir(room_of_what_was_swept_is_used_again),
		/* The contract, where it is about what is not swept yet. */
		unit_test_in_dir(store_keeps_workspaces_in_the_order_they_were_made),
		unit_test_in_dir(store_keeps_shared_history_when_its_first_branch_is_removed),
		unit_test_in_dir(store_forgets_what_no_branch_reaches),
		unit_test_in_dir(store_removes_an_inherited_record_when_its_branch_is_gone),
		unit_test_in_dir(store_agrees_with_a_simple_model_after_random_changes),
	};

	return unit_main(tests);
}
