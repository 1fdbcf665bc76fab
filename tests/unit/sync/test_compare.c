/* How histories relate: every relation in every dialect, what it costs, and what is refused. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "sync/news.h"
#include "unit/support/fake_branch.h"

/* A local side and a branch, each with its own chain. */
struct pair {
	struct fake_local local;
	struct fake_branch branch;
	struct comparison c;
};

static void pair_release(struct pair *p)
{
	comparison_release(&p->c);
	fake_local_release(&p->local);
	fake_branch_release(&p->branch);
}
AUTO_VALUE_DEFINE(pair)

/* Both sides have `common` records; then each goes its own way. */
static void pair_init(struct pair *p, enum dialect dialect, enum record_format format,
		      size_t common, size_t here, size_t there)
{
	struct records mine = {0}, theirs = {0};

	*p = (struct pair){0};
	chain_grow(&mine, format, "c", common);
	chain_copy(&theirs, &mine, common);
	chain_grow(&mine, format, "l", here);
	chain_grow(&theirs, format, "r", there);
	fake_local_init(&p->local, &mine);
	fake_branch_init(&p->branch, dialect, format, &theirs);
}

static int run(struct pair *p, struct error *err)
{
	return compare(&p->c, &p->local.view, p->branch.endpoint, err);
}

/* The record that came at a position is the branch's, in content and in place. */
static void assert_news(const struct pair *p, size_t at, const struct record *wanted)
{
	AUTO(record) *r = NULL;
	AUTO_STR name = {0};
	struct error err = {0};

	assert_ok(news_record(&r, &p->c.news, at, &err), &err);
	assert_true(record_same(r, wanted));
	assert_string_equal(record_checksum(r), record_checksum(wanted));
	assert_ok(spool_name(&name, &p->c.news, at, &err), &err);
	assert_string_equal(str_cstr(&name), record_name(r));
}

static const struct way {
	enum dialect dialect;
	enum record_format format;
} ways[] = {
	{DIALECT_XATAD, RECORD_V1},
	{DIALECT_XATAD, RECORD_PGROLL},
	{DIALECT_HOSTED, RECORD_V1},
	{DIALECT_HOSTED, RECORD_PGROLL},
};

static void each_relation_is_found_in_each_dialect(void **state)
{
	(void)state;
	static const struct {
		size_t common, here, there;
		enum relation relation;
	} cases[] = {
		{0, 0, 0, RELATION_EQUAL},	  {3, 0, 0, RELATION_EQUAL},
		{3, 2, 0, RELATION_AHEAD},	  {0, 2, 0, RELATION_AHEAD},
		{3, 0, 2, RELATION_BEHIND},	  {0, 0, 2, RELATION_BEHIND},
		{3, 2, 4, RELATION_DIVERGED},	  {0, 1, 1, RELATION_DIVERGED},
		{1, 0, 450, RELATION_BEHIND},	  {450, 1, 0, RELATION_AHEAD},
		{300, 40, 60, RELATION_DIVERGED},
	};

	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			AUTO_VALUE(pair) p;
			struct error err = {0};
			pair_init(&p, ways[w].dialect, ways[w].format, cases[i].common,
				  cases[i].here, cases[i].there);
			assert_ok(run(&p, &err), &err);
			assert_int_equal(p.c.relation, cases[i].relation);
			assert_int_equal(p.c.common, cases[i].common);
			assert_int_equal(p.c.news.len, cases[i].there);
			assert_int_equal(p.c.format, ways[w].format);
			for (size_t k = 0; k < p.c.news.len; k++)
				assert_news(&p, k, p.branch.records.items[cases[i].common + k]);
		}
	}
}

static void a_no_op_against_xatad_is_one_request(void **state)
{
	(void)state;
	for (size_t w = 0; w < 2; w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 500, 0, 0);
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.branch.http.log.len, 1);
		assert_string_equal(p.branch.http.log.items[0],
				    "GET https://localhost:1/db/shop:main?form=head");
		assert_int_equal(p.local.reads, 1);
		assert_int_equal(p.local.loads, 0);
		assert_string_equal(p.branch.http.keys.items[0], "xata_key");
	}
}

static void a_ledger_that_cannot_be_read_ends_the_comparison(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		for (size_t here = 0; here < 2; here++) {
			AUTO_VALUE(pair) p;
			struct error err = {0};
			pair_init(&p, ways[w].dialect, ways[w].format, 3, here, 1 - here);
			p.local.spoilt = true;
			assert_fails(run(&p, &err), &err, E_IO, "cannot be read");
		}
	}
}

static void a_head_seen_before_that_is_not_the_newest_is_looked_for(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p;
	struct error err = {0};

	pair_init(&p, DIALECT_XATAD, RECORD_V1, 5, 0, 0);
	p.local.view.seen_id = record_id(p.local.records.items[2]);
	assert_ok(run(&p, &err), &err);
	assert_int_equal(p.c.relation, RELATION_EQUAL);
	assert_int_equal(p.local.loads, 1);
}

static void a_no_op_against_the_hosted_service_compares_the_newest_record(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p;
	struct error err = {0};

	pair_init(&p, DIALECT_HOSTED, RECORD_V1, 500, 0, 0);
	assert_ok(run(&p, &err), &err);
	assert_int_equal(p.branch.http.log.len, 2);
	assert_string_equal(p.branch.http.log.items[0], "GET https://localhost:1/db/shop:main");
	assert_non_null(strstr(p.branch.http.bodies.items[1], "\"size\":1}"));
	assert_string_equal(p.c.head.checksum, record_checksum(p.branch.records.items[499]));
}

static void news_of_a_long_v1_history_cost_two_requests(void **state)
{
	(void)state;
	for (size_t w = 0; w < 3; w += 2) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 1500, 0, 10);
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.branch.http.log.len, 2);
		assert_non_null(strstr(p.branch.http.bodies.items[1], "\"since\":\"mig_c"));
	}
}

static void news_of_a_long_pgroll_history_stop_at_the_local_head(void **state)
{
	(void)state;
	for (size_t w = 1; w < 4; w += 2) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 1500, 0, 10);
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.branch.http.log.len, 2);
		assert_int_equal(p.c.news.len, 10);
	}
}

static void pages_go_to_the_end_of_any_length(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 0, 0, 2500);
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.c.news.len, 2500);
		assert_in_range(p.branch.http.log.len, 2, 18);
	}
}

static void an_endpoint_with_small_pages_is_fine(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 2, 1, 20);
		p.branch.page_max = 3;
		p.branch.null_cursor = true;
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.c.news.len, 20);
	}
}

static void a_page_that_is_too_large_is_asked_for_in_parts(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 0, 0, 70);
		p.branch.page_limit = 9;
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.c.news.len, 70);
		comparison_release(&p.c);
		p.branch.page_limit = 0;
		p.branch.history_answer = &(const struct fake_answer){.rc = E_LIMIT};
		assert_fails(run(&p, &err), &err, E_PEER, "scripted");
	}
}

static void an_endpoint_that_ignores_or_refuses_since_is_read_all_the_same(void **state)
{
	(void)state;
	for (size_t w = 0; w < 4; w += 2) {
		for (int refuses = 0; refuses < 2; refuses++) {
			AUTO_VALUE(pair) p;
			struct error err = {0};
			pair_init(&p, ways[w].dialect, RECORD_V1, 300, 0, 5);
			p.branch.ignores_since = !refuses;
			p.branch.refuses_since = refuses;
			assert_ok(run(&p, &err), &err);
			assert_int_equal(p.c.common, 300);
			assert_int_equal(p.c.news.len, 5);
		}
	}
}

/* ---- what the checksums say */

static void hosted_pgroll_records_are_sealed_on_arrival(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p;
	struct error err = {0};

	pair_init(&p, DIALECT_HOSTED, RECORD_PGROLL, 3, 0, 4);
	assert_ok(run(&p, &err), &err);
	for (size_t i = 0; i < 4; i++)
		assert_news(&p, i, p.branch.records.items[3 + i]);
}

/* A local ledger whose last records have no chainChecksum, and a branch with two more records. */
static void unsealed_pair(struct pair *p, enum dialect dialect, size_t there)
{
	struct records mine = {0}, theirs = {0};

	*p = (struct pair){0};
	chain_grow(&theirs, RECORD_PGROLL, "c", 5);
	chain_copy(&mine, &theirs, 2);
	chain_grow_unsealed(&mine, "c", 3);
	chain_grow(&theirs, RECORD_PGROLL, "r", there);
	fake_local_init(&p->local, &mine);
	fake_branch_init(&p->branch, dialect, RECORD_PGROLL, &theirs);
}

static void news_behind_unsealed_records_are_chained_from_the_last_sealed_one(void **state)
{
	(void)state;
	for (int dialect = 0; dialect < 2; dialect++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		unsealed_pair(&p, (enum dialect)dialect, 2);
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.c.relation, RELATION_BEHIND);
		assert_news(&p, 1, p.branch.records.items[6]);
	}
}

static void an_unsealed_head_is_known_by_the_checksum_of_its_place(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p;
	struct error err = {0};

	unsealed_pair(&p, DIALECT_XATAD, 0);
	assert_ok(run(&p, &err), &err);
	assert_int_equal(p.c.relation, RELATION_EQUAL);
	assert_int_equal(p.branch.http.log.len, 1);
	assert_true(p.local.reads > 3);
}

static void an_unsealed_head_seen_before_is_not_computed_again(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p;
	struct error err = {0};

	unsealed_pair(&p, DIALECT_XATAD, 0);
	p.local.view.seen_id = record_id(p.branch.records.items[4]);
	p.local.view.seen_checksum = record_checksum(p.branch.records.items[4]);
	assert_ok(run(&p, &err), &err);
	assert_int_equal(p.c.relation, RELATION_EQUAL);
	assert_int_equal(p.local.reads, 1);
}

static void a_change_before_an_unsealed_head_is_noticed(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p;
	struct records mine = {0};
	struct error err = {0};

	unsealed_pair(&p, DIALECT_XATAD, 0);
	fake_local_release(&p.local);
	chain_grow_unsealed(&mine, "c", 4);
	/* The same names, but record 4 is chained onto another history. */
	chain_grow_unsealed(&mine, "c", 1);
	json_t *doc = json_deep_copy(record_doc(mine.items[2]));
	json_t *operations = json_object_get(json_object_get(doc, "migration"), "operations");
	json_array_append_new(operations, json_pack("{s:{s:s}}", "sql", "up", "SELECT 1"));
	record_free(mine.items[2]);
	assert_ok(record_from_item(&mine.items[2], RECORD_PGROLL, doc, &err), &err);
	json_decref(doc);
	fake_local_init(&p.local, &mine);
	assert_fails(run(&p, &err), &err, E_REWRITTEN, "c_0002");
}

/* ---- rewritten, truncated, changed */

/* The record at `at` of the branch, and all behind it, get other content. */
static void rewrite(struct pair *p, size_t at)
{
	struct records changed = {0};
	struct error err = {0};
	enum record_format format = p->branch.format;

	chain_copy(&changed, &p->branch.records, at);
	for (size_t i = at; i < p->branch.records.len; i++) {
		struct record *r = NULL;
		const struct record *old = p->branch.records.items[i];
		json_t *operations =
			format == RECORD_V1
				? json_pack("[{s:{s:s}}]", "removeTable", "table", "table_0")
				: json_pack("[{s:{s:s}}]", "drop_table", "name", "table_0");
		struct record_draft draft = {
			.format = format,
			.id = record_id(old),
			.parent = i ? record_id(changed.items[i - 1]) : NULL,
			.parent_checksum = i ? record_checksum(changed.items[i - 1]) : NULL,
			.operations = operations,
			.started_at = 1700000000000000,
		};
		assert_ok(record_make(&r, &draft, &err), &err);
		json_decref(operations);
		records_take(&changed, r);
	}
	records_release(&p->branch.records);
	p->branch.records = changed;
}

static void the_same_id_with_other_content_is_reported(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 5, 0, 0);
		rewrite(&p, 4);
		assert_fails_hinting(run(&p, &err), &err, E_REWRITTEN, "with other content",
				     "--force");
		assert_int_equal(p.c.news.len, 0);
	}
}

static void other_content_is_reported_when_the_branch_went_on_from_it(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 5, 0, 3);
		rewrite(&p, 4);
		assert_fails(run(&p, &err), &err, E_REWRITTEN, "0004\" with other content");
	}
}

/* The branch took one record of its own, then the newest one from here, chained behind it. */
static void put_elsewhere(struct pair *p)
{
	struct record *moved = record_copy(p->local.records.items[p->local.records.len - 1]);
	const struct record *last;

	chain_grow(&p->branch.records, p->branch.format, "r", 1);
	last = p->branch.records.items[p->branch.records.len - 1];
	record_chain(moved, record_id(last), record_checksum(last));
	records_take(&p->branch.records, moved);
}

static void a_record_that_stands_elsewhere_on_the_branch_is_divergence(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 5, 2, 0);
		put_elsewhere(&p);
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.c.relation, RELATION_DIVERGED);
		assert_int_equal(p.c.common, 5);
		assert_int_equal(p.c.news.len, 2);
	}
}

static void records_of_one_id_are_left_to_a_caller_that_tells_them_apart(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 5, 0, 0);
		rewrite(&p, 4);
		assert_ok(compare_contents_apart(&p.c, &p.local.view, p.branch.endpoint, &err),
			  &err);
		assert_int_equal(p.c.relation, RELATION_DIVERGED);
		assert_int_equal(p.c.common, 4);
		assert_int_equal(p.c.news.len, 1);
	}
}

static void not_even_such_a_caller_takes_a_branch_that_lost_what_it_had(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 5, 0, 0);
		p.local.view.seen_id = record_id(p.local.records.items[4]);
		p.local.view.seen_checksum = record_checksum(p.local.records.items[4]);
		rewrite(&p, 4);
		assert_fails(compare_contents_apart(&p.c, &p.local.view, p.branch.endpoint, &err),
			     &err, E_REWRITTEN, "rewritten");
	}
}

static void a_lenient_comparison_goes_on_to_what_is_really_common(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		AUTO_FREE char *why = NULL;
		pair_init(&p, ways[w].dialect, ways[w].format, 30, 0, 3);
		rewrite(&p, 28);
		assert_ok(compare_lenient(&p.c, &why, &p.local.view, p.branch.endpoint, &err),
			  &err);
		assert_non_null(strstr(why, "with other content"));
		assert_int_equal(p.c.common, 28);
		assert_int_equal(p.c.news.len, 5);
		assert_int_equal(p.c.relation, RELATION_DIVERGED);
	}
}

static void a_truncated_branch_is_reported_as_that(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		for (size_t left = 0; left < 3; left += 2) {
			AUTO_VALUE(pair) p;
			AUTO_FREE char *why = NULL;
			struct error err = {0};
			pair_init(&p, ways[w].dialect, ways[w].format, 5, 1, 0);
			p.local.view.seen_id = record_id(p.local.records.items[4]);
			while (p.branch.records.len > left)
				record_free(p.branch.records.items[--p.branch.records.len]);
			assert_fails(run(&p, &err), &err, E_REWRITTEN,
				     left ? "truncated" : "is empty now");
			assert_ok(
				compare_lenient(&p.c, &why, &p.local.view, p.branch.endpoint, &err),
				&err);
			assert_non_null(strstr(why, "truncated"));
			assert_int_equal(p.c.common, left);
			assert_int_equal(p.c.relation, RELATION_AHEAD);
		}
	}
}

static void a_branch_rewritten_before_the_last_known_head_is_reported(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		AUTO_VALUE(pair) p;
		struct error err = {0};
		pair_init(&p, ways[w].dialect, ways[w].format, 3, 2, 2);
		p.local.view.seen_id = record_id(p.local.records.items[4]);
		assert_fails(run(&p, &err), &err, E_REWRITTEN, "has it no more");
	}
}

static void a_known_head_among_the_news_is_fine_unless_it_changed(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p;
	struct error err = {0};

	pair_init(&p, DIALECT_XATAD, RECORD_V1, 3, 2, 2);
	p.local.view.seen_id = record_id(p.branch.records.items[3]);
	p.local.view.seen_checksum = record_checksum(p.branch.records.items[3]);
	assert_ok(run(&p, &err), &err);
	assert_int_equal(p.c.relation, RELATION_DIVERGED);
	comparison_release(&p.c);
	p.local.view.seen_checksum = record_checksum(p.branch.records.items[1]);
	assert_fails(run(&p, &err), &err, E_REWRITTEN, "when it was last seen");
}

/* ---- formats */

static void local_v1_records_against_another_pgroll_branch_are_refused(void **state)
{
	(void)state;
	for (size_t there = 0; there < 3; there += 2) {
		AUTO_VALUE(pair) p = {0};
		struct records mine = {0}, theirs = {0};
		struct error err = {0};
		chain_grow(&mine, RECORD_V1, "l", 2);
		chain_grow(&theirs, RECORD_PGROLL, "r", there);
		fake_local_init(&p.local, &mine);
		fake_branch_init(&p.branch, DIALECT_HOSTED, RECORD_PGROLL, &theirs);
		assert_fails_hinting(run(&p, &err), &err, E_PROJECT, "format v1", "pull --force");
	}
}

static void local_pgroll_records_against_a_v1_branch_are_refused(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p = {0};
	struct records mine = {0}, theirs = {0};
	AUTO_FREE char *why = NULL;
	struct error err = {0};

	chain_grow(&mine, RECORD_PGROLL, "l", 2);
	chain_grow(&theirs, RECORD_V1, "r", 2);
	fake_local_init(&p.local, &mine);
	fake_branch_init(&p.branch, DIALECT_XATAD, RECORD_V1, &theirs);
	assert_fails(run(&p, &err), &err, E_PROJECT, "of the branch of format v1");
	assert_ok(compare_lenient(&p.c, &why, &p.local.view, p.branch.endpoint, &err), &err);
	assert_int_equal(p.c.news.len, 2);
	assert_int_equal(p.c.common, 0);
}

static void a_converted_branch_continues_the_local_v1_records(void **state)
{
	(void)state;
	for (size_t mine_has = 0; mine_has < 3; mine_has++) {
		AUTO_VALUE(pair) p = {0};
		struct records whole = {0}, mine = {0}, theirs = {0};
		struct error err = {0};
		chain_grow(&whole, RECORD_V1, "c", 4);
		chain_grow(&whole, RECORD_PGROLL, "p", 3);
		chain_copy(&mine, &whole, 4 + mine_has);
		for (size_t i = 4; i < 7; i++)
			records_take(&theirs, record_copy(whole.items[i]));
		records_release(&whole);
		fake_local_init(&p.local, &mine);
		fake_branch_init(&p.branch, DIALECT_HOSTED, RECORD_PGROLL, &theirs);
		assert_ok(run(&p, &err), &err);
		assert_int_equal(p.c.relation, RELATION_BEHIND);
		assert_int_equal(p.c.common, 4 + mine_has);
		assert_news(&p, 2 - mine_has, p.branch.records.items[2]);
	}
}

static void unfinished_migrations_are_kept_apart(void **state)
{
	(void)state;
	AUTO_VALUE(pair) p;
	struct error err = {0};

	pair_init(&p, DIALECT_HOSTED, RECORD_PGROLL, 3, 0, 1);
	p.branch.active = "half_way";
	assert_ok(run(&p, &err), &err);
	assert_int_equal(p.c.news.len, 1);
	assert_int_equal(p.c.unfinished.len, 1);
	assert_string_equal(p.c.unfinished.items[0], "half_way");
	assert_string_equal(p.c.head.active, "half_way");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_relation_is_found_in_each_dialect),
		cmocka_unit_test(a_no_op_against_xatad_is_one_request),
		cmocka_unit_test(a_ledger_that_cannot_be_read_ends_the_comparison),
		cmocka_unit_test(a_head_seen_before_that_is_not_the_newest_is_looked_for),
		cmocka_unit_test(a_no_op_against_the_hosted_service_compares_the_newest_record),
		cmocka_unit_test(news_of_a_long_v1_history_cost_two_requests),
		cmocka_unit_test(news_of_a_long_pgroll_history_stop_at_the_local_head),
		cmocka_unit_test(pages_go_to_the_end_of_any_length),
		cmocka_unit_test(an_endpoint_with_small_pages_is_fine),
		cmocka_unit_test(a_page_that_is_too_large_is_asked_for_in_parts),
		cmocka_unit_test(an_endpoint_that_ignores_or_refuses_since_is_read_all_the_same),
		cmocka_unit_test(hosted_pgroll_records_are_sealed_on_arrival),
		cmocka_unit_test(news_behind_unsealed_records_are_chained_from_the_last_sealed_one),
		cmocka_unit_test(an_unsealed_head_is_known_by_the_checksum_of_its_place),
		cmocka_unit_test(an_unsealed_head_seen_before_is_not_computed_again),
		cmocka_unit_test(a_change_before_an_unsealed_head_is_noticed),
		cmocka_unit_test(the_same_id_with_other_content_is_reported),
		cmocka_unit_test(other_content_is_reported_when_the_branch_went_on_from_it),
		cmocka_unit_test(a_record_that_stands_elsewhere_on_the_branch_is_divergence),
		cmocka_unit_test(records_of_one_id_are_left_to_a_caller_that_tells_them_apart),
		cmocka_unit_test(not_even_such_a_caller_takes_a_branch_that_lost_what_it_had),
		cmocka_unit_test(a_lenient_comparison_goes_on_to_what_is_really_common),
		cmocka_unit_test(a_truncated_branch_is_reported_as_that),
		cmocka_unit_test(a_branch_rewritten_before_the_last_known_head_is_reported),
		cmocka_unit_test(a_known_head_among_the_news_is_fine_unless_it_changed),
		cmocka_unit_test(local_v1_records_against_another_pgroll_branch_are_refused),
		cmocka_unit_test(local_pgroll_records_against_a_v1_branch_are_refused),
		cmocka_unit_test(a_converted_branch_continues_the_local_v1_records),
		cmocka_unit_test(unfinished_migrations_are_kept_apart),
	};
	return unit_main(tests);
}
