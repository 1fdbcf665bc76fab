/* What is pushed can be read again, however large: nothing is taken in that nobody could fetch. */
#include "base/alloc.h"
#include "ledger/record.h"
#include "lib/server_world.h"

#include "base/banned.h"

#define DB "/db/shop:main"
#define PUSH DB "/migrations/push"

static void put_repeated(struct str *s, const char *text, size_t times)
{
	while (times--)
		str_puts(s, text);
}

/* A push of one record without a checksum, of an operation that is carried as it is. */
static void put_push(struct str *s, const char *before, const char *item, size_t n,
		     const char *after)
{
	str_clear(s);
	str_puts(s, "{'expected':null,'records':[{'done':true,'migration':{'name':'a',"
		    "'operations':[{'teleport':");
	str_puts(s, before);
	put_repeated(s, item, n);
	str_puts(s, after);
	str_puts(s, "}]},'migrationType':'pgroll','name':'a','schema':'public',"
		    "'startedAt':'2024-01-01T00:00:00Z'}]}");
}

/* Every client would refuse its own file, or the page with it. */
static void a_record_that_cannot_be_fetched_is_not_taken(void **state)
{
	struct world *w = world_open(*state);
	AUTO_STR body = {0}, open = {0}, close = {0};

	put_repeated(&open, "[", 50);
	str_puts(&close, "0");
	put_repeated(&close, "]", 50);
	world_shop(w, "pgroll");
	put_push(&body, "[", "0,", RECORD_VALUES_MAX, "0]");
	assert_refusal(w, 413, "limit", "more than 140000 values", "POST", PUSH, str_cstr(&body));

	/* Indented, as a file is, each takes 100 bytes and more. */
	put_push(&body, str_cstr(&open), "0,", 50000, str_cstr(&close));
	assert_refusal(w, 413, "limit", "the record", "POST", PUSH, str_cstr(&body));
	assert_answer(w, 200, "GET", DB "/migrations/history?form=record", NULL);
	assert_int_equal(world_count(w, "migrations"), 0);

	put_push(&body, str_cstr(&open), "0,", 20000, str_cstr(&close));
	assert_answer(w, 200, "POST", PUSH, str_cstr(&body));
	assert_answer(w, 200, "GET", DB "/migrations/history?form=record", NULL);
	assert_int_equal(world_count(w, "migrations"), 1);
	world_close(w);
}

static void assert_newest_fits_a_file(struct world *w)
{
	AUTO(record) *taken = NULL;
	AUTO(record) *again = NULL;
	AUTO_STR file = {0};
	struct error err = {0};

	assert_answer(w, 200, "GET", DB "/migrations/history?form=record", NULL);
	assert_ok(record_from_item(&taken, RECORD_PGROLL, world_at(w, "migrations.0"), &err), &err);
	record_print(&file, taken);
	assert_ok(record_parse(&again, str_view(&file), &err), &err);
}

/* It has no checksum yet: the server gives it one, and it grows. */
static void the_largest_that_is_taken_can_be_fetched(void **state)
{
	static const struct {
		const char *before, *item, *after;
		size_t most, step;
	} rows[] = {
		{"[", "0,", "0]", RECORD_VALUES_MAX - 10, 1},
		{"'", "x", "'", RECORD_TEXT_MAX - 260, 20},
	};
	struct world *w = world_open(*state);
	AUTO_STR body = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = rows[i].most;
		world_shop(w, "pgroll");
		do
			put_push(&body, rows[i].before, rows[i].item, n -= rows[i].step,
				 rows[i].after);
		while (world_ask(w, "POST", PUSH, str_cstr(&body)) == 413);
		assert_true(n < rows[i].most - rows[i].step); /* a larger one was refused */
		assert_answer(w, 200, "POST", PUSH, str_cstr(&body));
		assert_newest_fits_a_file(w);
		assert_answer(w, 200, "DELETE", WS "/dbs/shop", NULL);
	}
	world_close(w);
}

static void saved_schema(char **text, struct store_branch *out, struct world *w,
			 struct store_txn *t)
{
	AUTO_VALUE(store_database) db = {0};
	struct error err = {0};

	assert_ok(w->store->ops->database_get(&db, t, "xatad-local0", "shop", &err), &err);
	assert_ok(w->store->ops->branch_get(out, t, db.rowid, "main", &err), &err);
	assert_ok(w->store->ops->branch_schema(text, t, out->rowid, &err), &err);
}

static void keep_schema(struct world *w, struct store_txn *t, struct store_branch *b,
			const struct str *text)
{
	struct error err = {0};

	free(b->schema);
	b->schema = xstrdup(str_cstr(text));
	assert_ok(w->store->ops->branch_update(t, b, &err), &err);
	assert_ok(w->store->ops->commit(t, &err), &err);
}

/* As many values more as json_read() takes, in the first definition that has any. */
static void widen_schema(struct world *w)
{
	AUTO_VALUE(store_branch) b = {0};
	AUTO_STR wide = {0};
	AUTO_FREE char *text = NULL;
	struct error err = {0};
	struct store_txn *t;

	assert_ok(w->store->ops->begin(&t, w->store, STORE_WRITE, &err), &err);
	saved_schema(&text, &b, w, t);
	char *def = strstr(text, "\"def\":{\"");
	assert_non_null(def);
	size_t before = (size_t)(def - text) + strlen("\"def\":{");
	str_put(&wide, text, before);
	str_puts(&wide, "\"later\":[0");
	put_repeated(&wide, ",0", JSON_VALUES_MAX);
	str_printf(&wide, "],%s", text + before);
	keep_schema(w, t, &b, &wide);
}

/*
 * Adds columns with long names to the table that is there. Each is shown with two names, together
 * 70 MB.
 */
static void lengthen_schema(struct world *w)
{
	AUTO_VALUE(store_branch) b = {0};
	AUTO_STR longer = {0};
	AUTO_FREE char *text = NULL;
	struct error err = {0};
	struct store_txn *t;

	assert_ok(w->store->ops->begin(&t, w->store, STORE_WRITE, &err), &err);
	saved_schema(&text, &b, w, t);
	char *columns = strstr(text, "\"columns\":[");
	assert_non_null(columns);
	size_t before = (size_t)(columns - text) + strlen("\"columns\":[");
	str_put(&longer, text, before);
	for (int i = 0; i < 50000; i++)
		str_printf(&longer, "{\"name\":\"%0650d\",\"def\":{\"type\":\"int\"}},", i);
	str_puts(&longer, text + before);
	keep_schema(w, t, &b, &longer);
}

/* The logical schema grows with every record, and with it the text that it is saved as. */
static void a_schema_of_any_size_stays_readable(void **state)
{
	struct world *w = world_open(*state);
	AUTO(record) *first = world_record(
		RECORD_PGROLL, "a", NULL,
		"[{'create_table':{'name':'t','columns':[{'name':'c','type':'int'}]}}]");
	AUTO(record) *next = world_record(RECORD_PGROLL, "b", first,
					  "[{'drop_table':{'name':'t'}}]");

	world_shop(w, "pgroll");
	AUTO_FREE char *one = world_push_pgroll(NULL, &first, 1);
	assert_answer(w, 200, "POST", PUSH, one);
	widen_schema(w);
	assert_answer(w, 200, "GET", DB "/schema", NULL);
	assert_non_null(world_at(w, "schema.tables.t.columns.c"));
	AUTO_FREE char *two = world_push_pgroll(first, &next, 1);
	assert_answer(w, 200, "POST", PUSH, two);
	assert_int_equal(world_number(w, "head.length"), 2);
	world_close(w);
}

/* Each rename of a column changes all that is over it, while other writers wait. */
static void a_push_of_too_much_work_is_refused_before_it_is_done(void **state)
{
	struct world *w = world_open(*state);
	AUTO_STR ops = {0};

	str_puts(&ops, "[{'create_table':{'name':'t','columns':[{'name':'a','type':'int'}]}}");
	for (int i = 0; i < 2000; i++)
		str_printf(&ops, ",{'create_index':{'name':'i%d','table':'t','columns':['a']}}", i);
	str_putc(&ops, ']');
	AUTO(record) *first = world_record(RECORD_PGROLL, "a", NULL, str_cstr(&ops));
	str_clear(&ops);
	str_puts(&ops, "[{'rename_column':{'table':'t','from':'a','to':'b'}}");
	for (int i = 0; i < 1000; i++)
		str_puts(&ops, ",{'rename_column':{'table':'t','from':'b','to':'a'}}"
			       ",{'rename_column':{'table':'t','from':'a','to':'b'}}");
	str_putc(&ops, ']');
	AUTO(record) *many = world_record(RECORD_PGROLL, "b", first, str_cstr(&ops));
	AUTO(record) *one = world_record(RECORD_PGROLL, "b", first,
					 "[{'rename_column':{'table':'t','from':'a','to':'b'}}]");

	world_shop(w, "pgroll");
	AUTO_FREE char *make = world_push_pgroll(NULL, &first, 1);
	assert_answer(w, 200, "POST", PUSH, make);
	AUTO_FREE char *much = world_push_pgroll(first, &many, 1);
	assert_refusal(w, 413, "limit", "migration \"b\": operation", "POST", PUSH, much);
	AUTO_FREE char *little = world_push_pgroll(first, &one, 1);
	assert_answer(w, 200, "POST", PUSH, little);
	assert_int_equal(world_number(w, "head.length"), 2);
	world_close(w);
}

/* So may one that an earlier version kept; it is never our failure, and can be made smaller. */
static void a_schema_that_is_too_long_for_an_answer_is_refused(void **state)
{
	struct world *w = world_open(*state);
	AUTO(record) *first = world_record(
		RECORD_PGROLL, "a", NULL,
		"[{'create_table':{'name':'t','columns':[{'name':'c','type':'int'}]}}]");
	AUTO(record) *next = world_record(RECORD_PGROLL, "b", first,
					  "[{'create_table':{'name':'u','columns':[]}}]");
	AUTO(record) *less = world_record(RECORD_PGROLL, "b", first,
					  "[{'drop_table':{'name':'t'}}]");

	world_shop(w, "pgroll");
	AUTO_FREE char *one = world_push_pgroll(NULL, &first, 1);
	assert_answer(w, 200, "POST", PUSH, one);
	lengthen_schema(w);
	assert_refusal(w, 413, "limit", "the answer is over the limit of 67108864 bytes", "GET",
		       DB "/schema", NULL);
	assert_answer(w, 200, "GET", DB "?form=head", NULL);
	AUTO_FREE char *two = world_push_pgroll(first, &next, 1);
	assert_refusal(w, 413, "limit",
		       "the schema of branch \"main\" would be more than 64 MB as an answer",
		       "POST", PUSH, two);
	AUTO_FREE char *three = world_push_pgroll(first, &less, 1);
	assert_answer(w, 200, "POST", PUSH, three);
	assert_answer(w, 200, "GET", DB "/schema", NULL);
	world_close(w);
}

/* A store before which somebody else asks for something, once, when a write is to begin. */
static struct {
	struct store store;
	struct store_ops ops;
	struct store *real;
	struct world *other; /* NULL: nobody does */
	const char *path, *body;
} moving;

static int moving_begin(struct store_txn **out, struct store *s, enum store_mode mode,
			struct error *err)
{
	struct world *w = moving.other;

	(void)s;
	if (w && mode == STORE_WRITE) {
		struct response res = {0};
		moving.other = NULL;
		world_ask_into(w, &res, "POST", moving.path, moving.body);
		assert_int_equal(res.status, 200);
		response_release(&res);
	}
	return moving.real->ops->begin(out, moving.real, mode, err);
}

static void moving_close(struct store *s)
{
	(void)s;
	moving.real->ops->close(moving.real);
}

static struct store *store_moving(struct store *real)
{
	moving.real = real;
	moving.ops = *real->ops;
	moving.ops.begin = moving_begin;
	moving.ops.close = moving_close;
	moving.store.ops = &moving.ops;
	return &moving.store;
}

/* The schema is loaded before the write begins: not the one that was there is what counts. */
static void a_push_is_checked_against_the_schema_as_it_is_then(void **state)
{
	struct world *w = world_open_wrapped(*state, store_moving, NULL);
	AUTO(record) *first = world_record(
		RECORD_PGROLL, "a", NULL,
		"[{'create_table':{'name':'t','columns':[{'name':'c','type':'int'}]}}]");

	AUTO(record) *second = world_record(RECORD_PGROLL, "b", first,
					    "[{'drop_column':{'table':'t','column':'c'}}]");
	struct record *const both[] = {first, second};

	world_shop(w, "pgroll");
	AUTO_FREE char *one = world_push_pgroll(NULL, both, 1);
	AUTO_FREE char *two = world_push_pgroll(NULL, both, 2);
	moving.path = PUSH;
	moving.body = one;
	moving.other = w;
	assert_answer(w, 200, "POST", PUSH, two);
	assert_int_equal(world_number(w, "applied"), 1);
	assert_null(moving.other);
	assert_answer(w, 200, "GET", DB "/schema", NULL);
	assert_non_null(world_at(w, "schema.tables.t.columns"));
	assert_null(world_at(w, "schema.tables.t.columns.c"));
	world_close(w);
}

/* The head has the same name before and after, but the schema it stands for is another. */
static void a_migration_that_is_completed_meanwhile_counts(void **state)
{
#define TABLE "[{'create_table':{'name':'u','columns':[]}}]"
	struct world *w = world_open_wrapped(*state, store_moving, NULL);
	AUTO(record) *first = world_record(RECORD_PGROLL, "a", NULL, TABLE);
	AUTO(record) *started = world_record(RECORD_PGROLL, "b", first,
					     "[{'rename_table':{'from':'u','to':'v'}}]");
	AUTO(record) *next = world_record(RECORD_PGROLL, "c", started, TABLE);
	struct record *const both[] = {started, next};

	world_shop(w, "pgroll");
	AUTO_FREE char *one = world_push_pgroll(NULL, &first, 1);
	AUTO_FREE char *two = world_push_pgroll(first, both, 2);
	assert_answer(w, 200, "POST", PUSH, one);
	assert_answer(w, 200, "POST", DB "/migrations/start",
		      "{'name':'b','operations':[{'rename_table':{'from':'u','to':'v'}}]}");
	moving.path = DB "/migrations/complete";
	moving.body = "{}";
	moving.other = w;
	assert_answer(w, 200, "POST", PUSH, two);
	assert_null(moving.other);
	assert_answer(w, 200, "GET", DB "/schema", NULL);
	assert_non_null(world_at(w, "schema.tables.u"));
	assert_non_null(world_at(w, "schema.tables.v"));
	world_close(w);
}

#define WIDE_TABLES 7 /* of as many values as a record may have: one more is too many */

/* A table whose column has a member of 1,080 real numbers, each of which counts for many. */
static struct record *wide_record(size_t n, const struct record *before)
{
	AUTO_STR text = {0};
	AUTO_FREE char *name = xasprintf("w%zu", n);

	str_printf(&text, "[{'create_table':{'name':'%s','columns':[", name);
	str_puts(&text, "{'name':'c','type':'int','later':[0.5");
	put_repeated(&text, ",0.5", 1079);
	str_puts(&text, "]}]}}]");
	return world_record(RECORD_PGROLL, name, before, str_cstr(&text));
}

static void a_schema_has_a_bound_and_goes_on_when_it_shrinks(void **state)
{
	struct world *w = world_open(*state);
	struct record *wide[WIDE_TABLES + 1];

	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		wide[i] = wide_record(i, i ? wide[i - 1] : NULL);
	AUTO(record) *less = world_record(RECORD_PGROLL, "less", wide[WIDE_TABLES - 1],
					  "[{'drop_table':{'name':'w0'}}]");
	AUTO(record) *again = wide_record(WIDE_TABLES, less);

	world_shop(w, "pgroll");
	AUTO_FREE char *all = world_push_pgroll(NULL, wide, WIDE_TABLES);
	assert_answer(w, 200, "POST", PUSH, all);
	AUTO_FREE char *more = world_push_pgroll(wide[WIDE_TABLES - 1], &wide[WIDE_TABLES], 1);
	assert_refusal(w, 413, "limit",
		       "the schema of branch \"main\" would have more than 1000000 values", "POST",
		       PUSH, more);
	assert_answer(w, 200, "GET", DB "/schema", NULL);
	assert_non_null(world_at(w, "schema.tables.w6.columns.c"));
	assert_null(world_at(w, "schema.tables.w7"));

	AUTO_FREE char *shrunk = world_push_pgroll(wide[WIDE_TABLES - 1], &less, 1);
	assert_answer(w, 200, "POST", PUSH, shrunk);
	AUTO_FREE char *last = world_push_pgroll(less, &again, 1);
	assert_answer(w, 200, "POST", PUSH, last);
	assert_int_equal(world_number(w, "head.length"), WIDE_TABLES + 2);
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		record_free(wide[i]);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(a_record_that_cannot_be_fetched_is_not_taken),
		unit_test_in_dir(the_largest_that_is_taken_can_be_fetched),
		unit_test_in_dir(a_schema_of_any_size_stays_readable),
		unit_test_in_dir(a_push_of_too_much_work_is_refused_before_it_is_done),
		unit_test_in_dir(a_schema_that_is_too_long_for_an_answer_is_refused),
		unit_test_in_dir(a_push_is_checked_against_the_schema_as_it_is_then),
		unit_test_in_dir(a_migration_that_is_completed_meanwhile_counts),
		unit_test_in_dir(a_schema_has_a_bound_and_goes_on_when_it_shrinks),
	};
	return unit_main(tests);
}
