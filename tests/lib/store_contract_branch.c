/* Contract test of a store, second part: branches, jobs, mappings, names of all kinds. */
#include "lib/store_contract.h"

#include "base/alloc.h"
#include "base/str.h"

/* ---- branches */

static int add_named(struct store *s, struct store_txn *t, int64_t database, const char *name,
		     const char *id, int64_t from, struct error *err)
{
	char n[64], i[64];
	int64_t rowid = 0;

	snprintf(n, sizeof n, "%s", name);
	snprintf(i, sizeof i, "%s", id);
	struct store_branch b = {.database = database, .name = n, .id = i, .format = RECORD_V1};
	return s->ops->branch_add(&rowid, t, &b, from, err);
}

static void assert_schema(struct store *s, struct store_txn *t, int64_t rowid, const char *expected)
{
	AUTO_FREE char *kept = NULL;
	struct error err = {0};

	assert_ok(s->ops->branch_schema(&kept, t, rowid, &err), &err);
	if (expected)
		assert_string_equal(kept, expected);
	else
		assert_null(kept);
}

/* The members of the branch "dev" that no update changes. */
static void assert_dev(const struct store_branch *b)
{
	assert_string_equal(b->id, "bb_1");
	assert_string_equal(b->from_branch, "main");
	assert_string_equal(b->from_branch_id, "bb_0");
	assert_string_equal(b->from_head, "mig_0");
	assert_int_equal(b->created_at, 77);
}

void store_keeps_branches_with_all_their_members(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_branch) got = {0};
	char name[] = "dev", id[] = "bb_1", head[] = "mig_1", sum[] = "1:aa",
	     schema[] = "{\"s\":1}", meta[] = "{\"m\":1}", from[] = "main", from_id[] = "bb_0",
	     from_head[] = "mig_0";
	char *kept = NULL;
	int64_t rowid = 0, shop = sc_shop(s, t);
	struct store_branch b = {.database = shop,
				 .name = name,
				 .id = id,
				 .format = RECORD_V1,
				 .metadata = meta,
				 .from_branch = from,
				 .from_branch_id = from_id,
				 .from_head = from_head,
				 .created_at = 77};
	assert_ok(s->ops->branch_add(&rowid, t, &b, 0, &err), &err);
	assert_ok(s->ops->branch_get(&got, t, shop, "dev", &err), &err);
	assert_int_equal(got.rowid, rowid);
	assert_int_equal(got.database, shop);
	assert_null(got.head_id);
	assert_null(got.head_checksum);
	assert_schema(s, t, rowid, NULL);
	assert_string_equal(got.metadata, meta);
	assert_dev(&got);
	store_branch_release(&got);

	sc_record(s, t, rowid, 1, "mig_1");
	struct store_branch change = {.rowid = rowid,
				      .format = RECORD_PGROLL,
				      .head_id = head,
				      .head_checksum = sum,
				      .length = 1,
				      .schema = schema};
	assert_ok(s->ops->branch_update(t, &change, &err), &err);
	assert_ok(s->ops->branch_get(&got, t, shop, "dev", &err), &err);
	assert_string_equal(got.head_id, "mig_1");
	assert_string_equal(got.head_checksum, "1:aa");
	assert_null(got.schema);
	assert_schema(s, t, rowid, schema);
	change.schema = NULL; /* leaves it */
	assert_ok(s->ops->branch_update(t, &change, &err), &err);
	assert_schema(s, t, rowid, schema);
	assert_null(got.metadata);
	assert_int_equal(got.length, 1);
	assert_int_equal(got.format, RECORD_PGROLL);
	assert_dev(&got);
	change.rowid = 9999;
	assert_fails(s->ops->branch_update(t, &change, &err), &err, E_NOTFOUND, "branch");
	assert_fails(s->ops->branch_schema(&kept, t, 9999, &err), &err, E_NOTFOUND, "branch");
	assert_null(kept);
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_lists_branches_without_their_schema(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	char schema[] = "{}";
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	struct store_branch b = {.rowid = main_, .format = RECORD_V1, .schema = schema};
	assert_ok(s->ops->branch_update(t, &b, &err), &err);
	sc_branch(s, t, shop, "a");
	assert_string_equal(sc_branches(s, t, shop), "main a");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_refuses_a_branch_whose_name_or_id_is_taken(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t shop = sc_shop(s, t), blog = sc_database(s, t, "ws", "blog");
	assert_ok(add_named(s, t, shop, "main", "bb_1", 0, &err), &err);
	assert_fails(add_named(s, t, shop, "main", "bb_2", 0, &err), &err, E_EXISTS,
		     "branch \"main\" exists already");
	assert_fails(add_named(s, t, shop, "dev", "bb_1", 0, &err), &err, E_EXISTS, "bb_1");
	assert_ok(add_named(s, t, blog, "main", "bb_3", 0, &err), &err);
	assert_fails(add_named(s, t, 9999, "main", "bb_4", 0, &err), &err, E_NOTFOUND, "database");
	assert_fails(add_named(s, t, shop, "dev", "bb_4", 9999, &err), &err, E_NOTFOUND, "branch");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_leaves_nothing_behind_of_a_refused_branch(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_VALUE(store_record) r = {0};
	int64_t shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	sc_record(s, t, main_, 1, "mig_1");
	assert_fails(add_named(s, t, shop, "main", "bb_9", main_, &err), &err, E_EXISTS, "main");
	/* Nobody else has the record now: it may be removed, and it goes with its branch. */
	assert_ok(s->ops->record_remove_head(t, main_, &err), &err);
	sc_record(s, t, main_, 1, "mig_1");
	assert_ok(s->ops->branch_remove(t, main_, &err), &err);
	assert_fails(s->ops->record_known(&r, t, shop, "mig_1", &err), &err, E_NOTFOUND, "mig_1");
	sc_commit(s, t);
	s->ops->close(s);
}

void store_never_gives_a_rowid_twice(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t shop = sc_shop(s, t), first = sc_branch(s, t, shop, "main");
	assert_ok(s->ops->branch_remove(t, first, &err), &err);
	assert_true(sc_branch(s, t, shop, "main") > first);
	assert_fails(s->ops->branch_remove(t, first, &err), &err, E_NOTFOUND, "branch");
	assert_ok(s->ops->database_remove(t, shop, &err), &err);
	assert_true(sc_database(s, t, "ws", "shop") > shop);
	s->ops->rollback(t);
	s->ops->close(s);
}

/* ---- jobs and mappings */

static int append_job(void *ctx, const struct store_job *j, struct error *err)
{
	(void)err;
	str_printf(ctx, "%s ", j->id);
	return 0;
}

void store_keeps_jobs_and_pages_through_them(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_STR list = {0};
	AUTO_VALUE(store_job) j = {0};
	char error[] = "no such table";
	int64_t n[3], ignored, shop = sc_shop(s, t), main_ = sc_branch(s, t, shop, "main");
	int64_t dev = sc_branch(s, t, shop, "dev");
	assert_ok(sc_job(s, t, main_, "mig_job_a", &n[0], &err), &err);
	assert_ok(sc_job(s, t, dev, "mig_job_x", &ignored, &err), &err);
	assert_ok(sc_job(s, t, main_, "mig_job_b", &n[1], &err), &err);
	assert_ok(sc_job(s, t, main_, "mig_job_c", &n[2], &err), &err);
	assert_true(n[0] < n[1] && n[1] < n[2]);
	assert_fails(sc_job(s, t, main_, "mig_job_a", &ignored, &err), &err, E_EXISTS,
		     "job \"mig_job_a\"");

	assert_ok(s->ops->job_list(t, main_, 0, 2, append_job, &list, &err), &err);
	assert_string_equal(str_cstr(&list), "mig_job_c mig_job_b ");
	str_clear(&list);
	assert_ok(s->ops->job_list(t, main_, n[1], 2, append_job, &list, &err), &err);
	assert_string_equal(str_cstr(&list), "mig_job_a ");

	assert_ok(s->ops->job_get(&j, t, main_, "mig_job_b", &err), &err);
	assert_int_equal(j.number, n[1]);
	assert_int_equal(j.status, JOB_PENDING);
	assert_string_equal(j.migration, "mig_1");
	assert_string_equal(j.description, "{\"operations\":[]}");
	assert_null(j.error);
	struct store_job change = j;
	change.status = JOB_FAILED;
	change.error = error;
	change.completed_at = 12;
	assert_ok(s->ops->job_update(t, &change, &err), &err);
	store_job_release(&j);
	assert_ok(s->ops->job_get(&j, t, main_, "mig_job_b", &err), &err);
	assert_int_equal(j.status, JOB_FAILED);
	assert_int_equal(j.completed_at, 12);
	assert_int_equal(j.enqueued_at, 11);
	assert_string_equal(j.error, "no such table");
	store_job_release(&j);
	assert_fails(s->ops->job_get(&j, t, dev, "mig_job_b", &err), &err, E_NOTFOUND, "mig_job_b");
	s->ops->rollback(t);
	s->ops->close(s);
}

static int append_mapping(void *ctx, const struct store_git_branch *g, struct error *err)
{
	(void)err;
	str_printf(ctx, "%s>%s ", g->git_branch, g->branch);
	return 0;
}

void store_maps_git_branches(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	AUTO_STR list = {0};
	AUTO_VALUE(store_git_branch) got = {0};
	char fix[] = "fix/bug 123", a[] = "a", one[] = "one", two[] = "two";
	bool replaced = true;
	int64_t shop = sc_shop(s, t), entries = 0;
	struct store_git_branch g = {.git_branch = fix, .branch = one};
	assert_ok(s->ops->git_branch_set(&replaced, t, shop, &g, &err), &err);
	assert_false(replaced);
	g.branch = two;
	assert_ok(s->ops->git_branch_set(&replaced, t, shop, &g, &err), &err);
	assert_true(replaced);
	g.git_branch = a;
	assert_ok(s->ops->git_branch_set(&replaced, t, shop, &g, &err), &err);
	assert_false(replaced);
	assert_ok(s->ops->git_branch_get(&got, t, shop, fix, &err), &err);
	assert_string_equal(got.branch, "two");
	assert_ok(s->ops->git_branch_list(t, shop, append_mapping, &list, &err), &err);
	assert_string_equal(str_cstr(&list), "a>two fix/bug 123>two ");
	assert_ok(s->ops->git_branch_count(&entries, t, shop, &err), &err);
	assert_int_equal(entries, 2);
	assert_ok(s->ops->git_branch_remove(t, shop, a, &err), &err);
	assert_fails(s->ops->git_branch_remove(t, shop, a, &err), &err, E_NOTFOUND, "\"a\"");
	s->ops->rollback(t);
	s->ops->close(s);
}

void store_keeps_text_with_quotes_and_statements_as_it_is(void **state)
{
	static const char *const names[] = {"'; DROP TABLE branch; --",
					    "\"main\"",
					    "main' OR '1'='1",
					    "%",
					    "_",
					    "?1",
					    ":name",
					    "naïve ☃",
					    "a\nb",
					    "\\",
					    "$x"};
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int64_t shop = sc_shop(s, t);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int64_t branch = sc_branch(s, t, shop, names[i]);
		sc_record(s, t, branch, 1, names[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_VALUE(store_branch) b = {0};
		AUTO_VALUE(store_record) r = {0};
		assert_ok(s->ops->branch_get(&b, t, shop, names[i], &err), &err);
		assert_string_equal(b.name, names[i]);
		assert_ok(s->ops->record_get(&r, t, b.rowid, names[i], &err), &err);
		assert_string_equal(r.id, names[i]);
		assert_string_equal(sc_history(s, t, b.rowid, 1, 10), names[i]);
	}
	sc_commit(s, t);
	s->ops->close(s);
}

void store_says_what_does_not_exist(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_READ);
	struct error err = {0};
	struct store_workspace w = {0};
	struct store_database d = {0};
	struct store_branch b = {0};
	struct store_git_branch g = {0};
	struct store_record r = {0};
	assert_fails(s->ops->workspace_get(&w, t, "x", &err), &err, E_NOTFOUND, "workspace \"x\"");
	assert_fails(s->ops->database_get(&d, t, "x", "y", &err), &err, E_NOTFOUND,
		     "database \"y\" does not exist");
	assert_fails(s->ops->branch_get(&b, t, 1, "z", &err), &err, E_NOTFOUND,
		     "branch \"z\" does not exist");
	assert_fails(s->ops->git_branch_get(&g, t, 1, "g", &err), &err, E_NOTFOUND, "\"g\"");
	assert_fails(s->ops->record_get(&r, t, 1, "mig_1", &err), &err, E_NOTFOUND, "branch");
	assert_fails(s->ops->record_list(t, 1, 1, 1, NULL, NULL, &err), &err, E_NOTFOUND, "branch");
	s->ops->rollback(t);
	s->ops->rollback(NULL);
	s->ops->close(s);
}

static int stop_after(void *ctx, const struct store_branch *b, struct error *err)
{
	int *left = ctx;

	if (--*left > 0)
		return 0;
	return *left == 0 ? 1 : fail(err, E_INVALID, "went on to \"%s\"", b->name);
}

static int refuse(void *ctx, const struct store_branch *b, struct error *err)
{
	(void)ctx;
	return fail(err, E_LIMIT, "no more than \"%s\"", b->name);
}

void store_stops_a_list_when_asked_to(void **state)
{
	struct store *s = sc_make(state);
	struct store_txn *t = sc_begin(s, STORE_WRITE);
	struct error err = {0};
	int left = 2;
	int64_t shop = sc_shop(s, t), there = 0;
	sc_branch(s, t, shop, "a");
	sc_branch(s, t, shop, "b");
	sc_branch(s, t, shop, "c");
	assert_ok(s->ops->branch_count(&there, t, shop, &err), &err);
	assert_int_equal(there, 3);
	assert_ok(s->ops->branch_count(&there, t, shop + 1, &err), &err);
	assert_int_equal(there, 0);
	assert_int_equal(s->ops->branch_list(t, shop, stop_after, &left, &err), 0);
	assert_int_equal(left, 0);
	assert_fails(s->ops->branch_list(t, shop, refuse, NULL, &err), &err, E_LIMIT, "\"a\"");
	s->ops->rollback(t);
	s->ops->close(s);
}
