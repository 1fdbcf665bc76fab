/* Contract test of a store, third part: records, and how branches share them. */
#include "lib/store_contract.h"

#include "base/str.h"

/* Appends prefix1 … prefixN at depths after `depth`. */
static void add_many(struct store *s, struct store_txn *t, int64_t branch, int64_t depth,
		     const char *prefix, int count)
{
	for (int i = 1; i <= count; i++) {
		char id[64];
		snprintf(id, sizeof id, "%s%lld", prefix, (long long)depth + i);
		sc_record(s, t, branch, depth + i, id);
	}
}

void store_lists_records_from_both_ends(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	int64_t main_ = sc_branch(s, t, sc_shop(s, t), "main");
	assert_string_equal(sc_history(s, t, main_, 1, 10), "");
	assert_string_equal(sc_history(s, t, main_, 10, -10), "");
	add_many(s, t, main_, 0, "m", 5);
	assert_string_equal(sc_history(s, t, main_, 1, 10), "m1 m2 m3 m4 m5");
	assert_string_equal(sc_history(s, t, main_, 5, -10), "m5 m4 m3 m2 m1");
	assert_string_equal(sc_history(s, t, main_, 2, 2), "m2 m3");
	assert_string_equal(sc_history(s, t, main_, 4, -2), "m4 m3");
	/* Places outside of the history, and limits as large as they get. */
	assert_string_equal(sc_history(s, t, main_, INT64_MAX, INT64_MIN), "m5 m4 m3 m2 m1");
	assert_string_equal(sc_history(s, t, main_, INT64_MIN, INT64_MAX), "m1 m2 m3 m4 m5");
	assert_string_equal(sc_history(s, t, main_, 5, INT64_MAX), "m5");
	assert_string_equal(sc_history(s, t, main_, 6, 10), "");
	assert_string_equal(sc_history(s, t, main_, INT64_MAX, 10), "");
	assert_string_equal(sc_history(s, t, main_, 0, -10), "");
	assert_string_equal(sc_history(s, t, main_, -3, -10), "");
	assert_string_equal(sc_history(s, t, main_, 3, 0), "");
	s->ops->rollback(t);
	s->ops->close(s);
}

static int note_last(void *ctx, const struct store_record *r, struct error *err)
{
	int64_t *last = ctx;

	(void)err;
	assert_int_equal(r->depth, *last - 1);
	*last = r->depth;
	return 0;
}

static int stop_at_three(void *ctx, const struct store_record *r, struct error *err)
{
	int *seen = ctx;

	(void)err;
	(*seen)++;
	return r->depth == 3 ? 1 : 0;
}

void store_pages_without_gap_or_overlap(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t last = 38, shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	int seen = 0;
	add_many(s, t, main_, 0, "m", 20);
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 20);
	add_many(s, t, dev, 20, "d", 17);
	while (last > 1)
		assert_ok(s->ops->record_list(t, dev, last - 1, -7, note_last, &last, &err), &err);
	assert_int_equal(last, 1);
	/* A list that is ended by its reader ends, across the fork too. */
	assert_ok(s->ops->record_list(t, dev, 30, -30, stop_at_three, &seen, &err), &err);
	assert_int_equal(seen, 28);
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_refuses_a_record_out_of_order_or_twice(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	add_many(s, t, main_, 0, "m", 3);
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 3);
	assert_fails(sc_try_record(s, t, main_, 3, "x", &err), &err, E_INTERNAL, "\"x\"");
	assert_fails(sc_try_record(s, t, main_, 5, "x", &err), &err, E_INTERNAL, "next");
	assert_fails(sc_try_record(s, t, dev, 1, "x", &err), &err, E_INTERNAL, "next");
	assert_fails(sc_try_record(s, t, main_, 4, "m2", &err), &err, E_EXISTS, "\"m2\"");
	assert_fails(sc_try_record(s, t, dev, 4, "m2", &err), &err, E_EXISTS,
		     "migration \"m2\" exists already");
	assert_fails(sc_try_record(s, t, 9999, 1, "x", &err), &err, E_NOTFOUND, "branch");
	/* Another branch may have the same id in its own history. */
	assert_ok(sc_try_record(s, t, dev, 4, "x", &err), &err);
	assert_ok(sc_try_record(s, t, main_, 4, "x", &err), &err);
	assert_string_equal(sc_history(s, t, main_, 1, 10), "m1 m2 m3 x");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_finds_records_in_the_branch_and_in_the_database(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_record) r = {0};
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	int64_t blog = sc_database(s, t, "ws", "blog");
	add_many(s, t, main_, 0, "m", 3);
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 2);
	add_many(s, t, dev, 2, "d", 2);

	assert_ok(s->ops->record_get(&r, t, dev, "m2", &err), &err);
	assert_int_equal(r.depth, 2);
	assert_string_equal(r.id, "m2");
	assert_string_equal(r.checksum, "1:sum-m2");
	assert_string_equal(r.content, "content-m2");
	assert_string_equal(r.doc, "{\"id\":\"m2\",\"operations\":[]}");
	assert_true(r.done);
	assert_int_equal(r.created_at, 1002);
	store_record_release(&r);
	assert_fails(s->ops->record_get(&r, t, dev, "m3", &err), &err, E_NOTFOUND,
		     "migration \"m3\" does not exist");
	assert_fails(s->ops->record_get(&r, t, main_, "d3", &err), &err, E_NOTFOUND, "\"d3\"");
	assert_ok(s->ops->record_known(&r, t, shop, "d3", &err), &err);
	assert_string_equal(r.content, "content-d3");
	store_record_release(&r);
	assert_fails(s->ops->record_known(&r, t, blog, "m1", &err), &err, E_NOTFOUND, "\"m1\"");
	assert_fails(s->ops->record_known(&r, t, shop, "M1", &err), &err, E_NOTFOUND, "\"M1\"");
	/* The same id at different depths: each branch gets its own. */
	sc_record(s, t, main_, 4, "twice");
	sc_record(s, t, dev, 5, "twice");
	assert_ok(s->ops->record_get(&r, t, main_, "twice", &err), &err);
	assert_int_equal(r.depth, 4);
	store_record_release(&r);
	assert_ok(s->ops->record_get(&r, t, dev, "twice", &err), &err);
	assert_int_equal(r.depth, 5);
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_shares_history_up_to_the_fork_only(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	add_many(s, t, main_, 0, "m", 3);
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 3);
	assert_string_equal(sc_history(s, t, dev, 1, 10), "m1 m2 m3");
	add_many(s, t, main_, 3, "m", 2);
	assert_string_equal(sc_history(s, t, dev, 1, 10), "m1 m2 m3");
	add_many(s, t, dev, 3, "d", 1);
	assert_string_equal(sc_history(s, t, dev, 10, -10), "d4 m3 m2 m1");
	assert_string_equal(sc_history(s, t, main_, 1, 10), "m1 m2 m3 m4 m5");
	sc_commit(s, t);
	s->ops->close(s);
}

void store_forks_inside_a_history(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	char name[] = "long", id[] = "bb_long";
	int64_t rowid = 0, shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	add_many(s, t, main_, 0, "m", 4);
	int64_t a = sc_fork(s, t, shop, "a", main_, 2);
	add_many(s, t, a, 2, "a", 2);
	int64_t b = sc_fork(s, t, shop, "b", a, 1);
	int64_t c = sc_fork(s, t, shop, "c", a, 0);
	int64_t d = sc_fork(s, t, shop, "d", a, 3);
	add_many(s, t, b, 1, "b", 1);
	add_many(s, t, c, 0, "c", 1);
	add_many(s, t, d, 3, "d", 1);
	assert_string_equal(sc_history(s, t, a, 1, 10), "m1 m2 a3 a4");
	assert_string_equal(sc_history(s, t, b, 1, 10), "m1 b2");
	assert_string_equal(sc_history(s, t, c, 1, 10), "c1");
	assert_string_equal(sc_history(s, t, d, 1, 10), "m1 m2 a3 d4");
	struct store_branch over = {.database = shop, .name = name, .id = id, .length = 5};
	assert_fails(s->ops->branch_add(&rowid, t, &over, a, &err), &err, E_INTERNAL, "\"long\"");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_keeps_shared_history_when_its_first_branch_is_removed(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_record) r = {0};
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	add_many(s, t, main_, 0, "m", 3);
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 2);
	add_many(s, t, dev, 2, "d", 1);
	assert_ok(s->ops->branch_remove(t, main_, &err), &err);
	assert_string_equal(sc_history(s, t, dev, 1, 10), "m1 m2 d3");
	assert_ok(s->ops->record_get(&r, t, dev, "m1", &err), &err);
	store_record_release(&r);
	/* What only the removed branch had is gone. */
	assert_fails(s->ops->record_known(&r, t, shop, "m3", &err), &err, E_NOTFOUND, "\"m3\"");
	assert_fails(s->ops->record_list(t, main_, 1, 1, note_last, NULL, &err), &err, E_NOTFOUND,
		     "branch");
	/* Its name is free, and a new branch of that name starts empty. */
	main_ = sc_branch(s, t, shop, "main");
	assert_string_equal(sc_history(s, t, main_, 1, 10), "");
	sc_commit(s, t);
	s->ops->close(s);
}

void store_forgets_what_no_branch_reaches(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_record) r = {0};
	int64_t shop = sc_shop(s, t), a = sc_branch(s, t, shop, "a");
	add_many(s, t, a, 0, "a", 3);
	int64_t b = sc_fork(s, t, shop, "b", a, 3);
	add_many(s, t, b, 3, "b", 1);
	int64_t c = sc_fork(s, t, shop, "c", b, 4);
	int64_t d = sc_fork(s, t, shop, "d", a, 2);
	assert_ok(s->ops->branch_remove(t, b, &err), &err);
	assert_ok(s->ops->branch_remove(t, a, &err), &err);
	assert_string_equal(sc_history(s, t, c, 1, 10), "a1 a2 a3 b4");
	assert_ok(s->ops->branch_remove(t, c, &err), &err);
	assert_fails(s->ops->record_known(&r, t, shop, "b4", &err), &err, E_NOTFOUND, "\"b4\"");
	assert_fails(s->ops->record_known(&r, t, shop, "a3", &err), &err, E_NOTFOUND, "\"a3\"");
	assert_string_equal(sc_history(s, t, d, 1, 10), "a1 a2");
	assert_ok(s->ops->branch_remove(t, d, &err), &err);
	assert_fails(s->ops->record_known(&r, t, shop, "a1", &err), &err, E_NOTFOUND, "\"a1\"");
	sc_commit(s, t);
	s->ops->close(s);
}

void store_reads_through_a_long_line_of_forks(void **state)
{
	enum { GENERATIONS = 400 };
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t shop = sc_shop(s, t), at = sc_branch(s, t, shop, "b0"), last = GENERATIONS + 1;
	for (int64_t i = 1; i <= GENERATIONS; i++) {
		char name[32];
		int64_t before = at;
		snprintf(name, sizeof name, "b%lld", (long long)i);
		sc_record(s, t, at, i, name);
		at = sc_fork(s, t, shop, name, before, i);
		/* Without the branches in between, too. */
		if (i % 3 == 0)
			assert_ok(s->ops->branch_remove(t, before, &err), &err);
	}
	assert_ok(s->ops->record_list(t, at, GENERATIONS, -GENERATIONS, note_last, &last, &err),
		  &err);
	assert_int_equal(last, 1);
	for (int i = 1; i <= GENERATIONS; i++) {
		AUTO_VALUE(store_record) r = {0};
		char name[32];
		snprintf(name, sizeof name, "b%d", i);
		assert_ok(s->ops->record_get(&r, t, at, name, &err), &err);
		assert_int_equal(r.depth, i);
	}
	assert_string_equal(sc_history(s, t, at, 199, 4), "b199 b200 b201 b202");
	s->ops->rollback(t);
	s->ops->close(s);
}

/* ---- the newest record */

static int update_head(struct store *s, struct store_txn *t, int64_t branch, const char *id,
		       const char *doc, struct error *err)
{
	char i[64], d[64];

	snprintf(i, sizeof i, "%s", id);
	snprintf(d, sizeof d, "%s", doc);
	struct store_record r = {.id = i, .done = false, .doc = d};
	return s->ops->record_update_head(t, branch, &r, err);
}

static void assert_doc(struct store *s, struct store_txn *t, int64_t branch, const char *id,
		       bool done, const char *doc)
{
	AUTO_VALUE(store_record) r = {0};
	struct error err = {0};

	assert_ok(s->ops->record_get(&r, t, branch, id, &err), &err);
	assert_string_equal(r.doc, doc);
	assert_int_equal(r.done, done);
}

void store_completes_the_newest_record(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t main_ = sc_branch(s, t, sc_shop(s, t), "main");
	assert_fails(update_head(s, t, main_, "m1", "{}", &err), &err, E_NOTFOUND, "no migration");
	add_many(s, t, main_, 0, "m", 2);
	assert_ok(update_head(s, t, main_, "m2", "{\"changed\":1}", &err), &err);
	assert_doc(s, t, main_, "m2", false, "{\"changed\":1}");
	assert_doc(s, t, main_, "m1", true, "{\"id\":\"m1\",\"operations\":[]}");
	assert_fails(update_head(s, t, main_, "m1", "{}", &err), &err, E_CONFLICT,
		     "the newest migration is \"m2\", not \"m1\"");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_completes_a_shared_record_for_one_branch_only(void **state)
{
	static const char old[] = "{\"id\":\"m2\",\"operations\":[]}";
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	add_many(s, t, main_, 0, "m", 2);
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 2);
	int64_t side = sc_fork(s, t, shop, "side", main_, 2);

	/* By the branch that forked … */
	assert_ok(update_head(s, t, dev, "m2", "{\"dev\":1}", &err), &err);
	assert_doc(s, t, dev, "m2", false, "{\"dev\":1}");
	assert_doc(s, t, main_, "m2", true, old);
	/* … and by the one it forked from. */
	assert_ok(update_head(s, t, main_, "m2", "{\"main\":1}", &err), &err);
	assert_doc(s, t, main_, "m2", false, "{\"main\":1}");
	assert_doc(s, t, side, "m2", true, old);
	sc_record(s, t, main_, 3, "m3");
	sc_record(s, t, dev, 3, "d3");
	assert_string_equal(sc_history(s, t, main_, 1, 10), "m1 m2 m3");
	assert_string_equal(sc_history(s, t, dev, 3, -10), "d3 m2 m1");
	assert_string_equal(sc_history(s, t, side, 1, 10), "m1 m2");
	sc_commit(s, t);
	s->ops->close(s);
}

void store_removes_the_newest_record_unless_it_is_shared(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_record) r = {0};
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	assert_fails(s->ops->record_remove_head(t, main_, &err), &err, E_NOTFOUND, "no migration");
	add_many(s, t, main_, 0, "m", 3);
	assert_ok(s->ops->record_remove_head(t, main_, &err), &err);
	assert_string_equal(sc_history(s, t, main_, 1, 10), "m1 m2");
	assert_fails(s->ops->record_known(&r, t, shop, "m3", &err), &err, E_NOTFOUND, "\"m3\"");
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 2);
	assert_fails(s->ops->record_remove_head(t, main_, &err), &err, E_CONFLICT,
		     "another branch");
	assert_fails(s->ops->record_remove_head(t, dev, &err), &err, E_CONFLICT, "another branch");
	sc_record(s, t, main_, 3, "again");
	assert_ok(s->ops->record_remove_head(t, main_, &err), &err);
	assert_string_equal(sc_history(s, t, dev, 1, 10), "m1 m2");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_removes_an_inherited_record_when_its_branch_is_gone(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_record) r = {0};
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	add_many(s, t, main_, 0, "m", 2);
	int64_t dev = sc_fork(s, t, shop, "dev", main_, 2);
	assert_ok(s->ops->branch_remove(t, main_, &err), &err);
	assert_ok(s->ops->record_remove_head(t, dev, &err), &err);
	assert_string_equal(sc_history(s, t, dev, 1, 10), "m1");
	assert_fails(s->ops->record_known(&r, t, shop, "m2", &err), &err, E_NOTFOUND, "\"m2\"");
	sc_record(s, t, dev, 2, "d2");
	assert_string_equal(sc_history(s, t, dev, 1, 10), "m1 d2");
	sc_commit(s, t);
	s->ops->close(s);
}

/* ---- questions inside a list */

struct nested {
	struct store *s;
	struct store_txn *t;
	int64_t branch;
	int found;
};

static int ask_inside(void *ctx, const struct store_record *r, struct error *err)
{
	struct nested *n = ctx;
	AUTO_VALUE(store_record) same = {0};
	int64_t last = r->depth + 1;

	int rc = n->s->ops->record_get(&same, n->t, n->branch, r->id, err);
	if (rc >= 0) /* the same statement as the list that is going on */
		rc = n->s->ops->record_list(n->t, n->branch, r->depth, -2, note_last, &last, err);
	n->found += rc >= 0 && same.depth == r->depth;
	return rc;
}

void store_answers_other_questions_inside_a_list(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t main_ = sc_branch(s, t, sc_shop(s, t), "main");
	struct nested n = {.s = s, .t = t, .branch = main_};
	add_many(s, t, main_, 0, "m", 5);
	assert_ok(s->ops->record_list(t, main_, 5, -5, ask_inside, &n, &err), &err);
	assert_int_equal(n.found, 5);
	s->ops->rollback(t);
	s->ops->close(s);
}
