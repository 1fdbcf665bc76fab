/* Former chains: which record was made behind another form of those before it, and which was not.
 */
#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/former.h"
#include "unit/ledger/histories.h"

/* ---- helpers: a history is written as its records' letters */

/* A chain while records are put behind it; a capital letter is a pgroll record without checksum. */
struct chain {
	struct records records;
	char end[CHECKSUM_LEN + 1]; /* what the next stands on */
	enum record_format format;
};

static void put(struct chain *c, struct record *r, bool sealed)
{
	const struct record *last = c->records.len ? c->records.items[c->records.len - 1] : NULL;

	record_chain(r, last ? record_id(last) : NULL, last ? c->end : NULL);
	memcpy(c->end, record_checksum(r), sizeof c->end);
	records_take(&c->records, r);
	if (sealed)
		return;
	AUTO_STR text = {0};
	struct error err = {0};
	record_print(&text, r);
	char *member = strstr(text.ptr, "  \"chainChecksum\"");
	size_t len = strcspn(member, "\n") + 1;
	memmove(member, member + len, strlen(member + len) + 1);
	struct record **place = &c->records.items[c->records.len - 1];
	record_free(*place);
	assert_ok(record_parse(place, view_of(text.ptr), &err), &err);
}

static struct record *record_of(enum record_format format, char letter)
{
	char low = (char)(letter | 0x20);
	AUTO_FREE char *id = xasprintf("mig_%c", low);
	AUTO_FREE char *text = xasprintf(
		"[{\"%s\":{\"table\":\"users\",\"column\":{\"name\":\"%c\","
		"\"type\":\"int\"}}}]",
		format == RECORD_V1 ? "addColumn" : "add_column", low);
	struct records one = {0};
	struct record *r = append_record(&one, format, id, text);

	free(one.items);
	return r;
}

static void write_chain(struct chain *c, const char *letters)
{
	for (; *letters; letters++)
		put(c, record_of(c->format, *letters), *letters >= 'a');
}

static void chain_release(struct chain *c)
{
	records_release(&c->records);
}

/*
 * What Git makes of it: base and moved and tail were one chain; moved was put behind news, and the
 * lines of tail fitted behind it all the same.
 */
static struct chain misled(enum record_format format, const char *parts[4])
{
	struct chain was = {.format = format}, is = {.format = format};

	write_chain(&was, parts[0]);
	write_chain(&was, parts[2]);
	size_t tail = was.records.len;
	write_chain(&was, parts[3]);
	write_chain(&is, parts[0]);
	write_chain(&is, parts[1]);
	write_chain(&is, parts[2]);
	for (size_t i = tail; i < was.records.len; i++)
		records_take(&is.records, record_copy(was.records.items[i]));
	chain_release(&was);
	return is;
}

static const struct chain_base nothing = {0};

static void is_found(enum record_format format, const char *base, const char *news,
		     const char *moved, const char *tail)
{
	struct chain c = misled(format, (const char *[]){base, news, moved, tail});
	size_t at = strlen(base) + strlen(news) + strlen(moved);
	AUTO_VALUE(records) was = {0};
	struct former f;
	char chain[CHECKSUM_LEN + 1] = "";

	assert_true(former_find(&f, &c.records, at, &nothing));
	assert_int_equal(f.since, strlen(base));
	assert_int_equal(f.moved, strlen(base) + strlen(news));
	former_chain(&was, &c.records, &f, at, &nothing);
	assert_int_equal(was.len, strlen(moved) + strlen(tail));
	memcpy(chain, f.ground, sizeof chain);
	for (size_t i = 0; i < was.len; i++) {
		const struct record *now = c.records.items[f.moved + i];
		assert_string_equal(record_id(was.items[i]), record_id(now));
		assert_int_not_equal(checksum_check(chain, was.items[i], *chain ? chain : NULL),
				     CHECKSUM_WRONG);
	}
	chain_release(&c);
}

static bool found(const struct chain *c, size_t at)
{
	struct former f;

	return former_find(&f, &c->records, at, &nothing);
}

/* ---- tests */

static void what_came_in_between_is_left_out(void **state)
{
	(void)state;
	is_found(RECORD_PGROLL, "a", "m", "xyz", "pqr");
	is_found(RECORD_V1, "a", "m", "xyz", "pqr");
	is_found(RECORD_PGROLL, "abcd", "mno", "x", "p");
	is_found(RECORD_PGROLL, "ab", "m", "xyzuvw", "p");
	is_found(RECORD_PGROLL, "ab", "mn", "cdefghijkl", "pq"); /* more than FORMER_FEW */
}

static void a_history_may_have_begun_with_the_record(void **state)
{
	(void)state;
	is_found(RECORD_PGROLL, "", "mn", "xy", "p");
	is_found(RECORD_V1, "", "m", "x", "p");
}

static void unsealed_records_are_counted_with_what_they_give(void **state)
{
	(void)state;
	is_found(RECORD_PGROLL, "aB", "m", "xyz", "pq");
	is_found(RECORD_PGROLL, "AB", "MN", "x", "p");
	is_found(RECORD_PGROLL, "a", "m", "xyz", "pQ");
}

static void the_end_of_an_earlier_history_is_a_ground_too(void **state)
{
	struct chain c = misled(RECORD_PGROLL, (const char *[]){"ab", "m", "xy", "p"});
	const struct chain_base base = {.id = record_id(c.records.items[1]),
					.checksum = record_checksum(c.records.items[1])};
	struct records rest = {.items = c.records.items + 2, .len = c.records.len - 2};
	struct former f;

	(void)state;
	assert_true(former_find(&f, &rest, 3, &base));
	assert_int_equal(f.since, 0);
	assert_int_equal(f.moved, 1);
	assert_string_equal(f.ground, base.checksum);
	chain_release(&c);
}

static void an_edited_record_is_not_found(void **state)
{
	struct chain c = misled(RECORD_PGROLL, (const char *[]){"ab", "m", "xyz", "p"});

	(void)state;
	assert_true(found(&c, 6));
	/* Its checksum is that of what it was. */
	AUTO_STR text = {0};
	struct error err = {0};
	record_print(&text, c.records.items[6]);
	memcpy(strstr(text.ptr, "\"int\""), "\"big\"", 5);
	record_free(c.records.items[6]);
	assert_ok(record_parse(&c.records.items[6], view_of(text.ptr), &err), &err);
	assert_false(found(&c, 6));
	chain_release(&c);
}

static void neither_are_those_before_it_allowed_to_be_edited(void **state)
{
	struct chain c = misled(RECORD_PGROLL, (const char *[]){"ab", "m", "xyz", "p"});
	struct record *other = record_of(RECORD_PGROLL, 'w');

	(void)state;
	/* y becomes a record of the same name that does something else, in a chain that holds. */
	AUTO_STR text = {0};
	struct error err = {0};
	record_print(&text, other);
	for (char *at = text.ptr; (at = strstr(at, "mig_w"));)
		at[4] = 'y';
	record_free(other);
	for (size_t i = 4; i < 6; i++) {
		if (i == 4) {
			record_free(c.records.items[4]);
			assert_ok(record_parse(&c.records.items[4], view_of(text.ptr), &err), &err);
		}
		const struct record *before = c.records.items[i - 1];
		record_chain(c.records.items[i], record_id(before), record_checksum(before));
	}
	assert_false(found(&c, 6));
	chain_release(&c);
}

static void a_record_with_another_parent_is_not_found(void **state)
{
	struct chain c = misled(RECORD_PGROLL, (const char *[]){"a", "m", "xyz", "pq"});

	(void)state;
	assert_true(found(&c, 5));
	record_free(c.records.items[4]); /* z is gone, as if its patch had been skipped */
	memmove(&c.records.items[4], &c.records.items[5], 2 * sizeof(struct record *));
	c.records.len--;
	assert_false(found(&c, 4));
	assert_false(found(&c, 0));
	chain_release(&c);
}

/* Letters of is, a chain, and then those of tail as they were made behind was, another one. */
static struct chain mixed(const char *is, const char *was, const char *tail)
{
	struct chain former = {.format = RECORD_PGROLL}, now = {.format = RECORD_PGROLL};

	write_chain(&former, was);
	write_chain(&former, tail);
	write_chain(&now, is);
	for (size_t i = strlen(was); i < former.records.len; i++)
		records_take(&now.records, record_copy(former.records.items[i]));
	chain_release(&former);
	return now;
}

static void runs_are_found(const char *is, const char *was, size_t count)
{
	struct chain c = mixed(is, was, "pq");
	size_t at = strlen(is);
	AUTO_VALUE(records) chain = {0};
	struct former f;
	char sum[CHECKSUM_LEN + 1] = "";

	assert_true(former_find(&f, &c.records, at, &nothing));
	assert_int_equal(f.run_count, count);
	assert_int_equal(f.since, f.runs[0].since);
	assert_int_equal(f.moved, f.runs[count - 1].until);
	former_chain(&chain, &c.records, &f, at, &nothing);
	assert_int_equal(f.since + chain.len, strlen(was) + 2);
	memcpy(sum, f.ground, sizeof sum);
	for (size_t i = 0; i < chain.len; i++)
		assert_int_not_equal(checksum_check(sum, chain.items[i], *sum ? sum : NULL),
				     CHECKSUM_WRONG);
	chain_release(&c);
}

static void others_may_have_come_in_between_at_several_places(void **state)
{
	(void)state;
	runs_are_found("amnxyzuvwkbcd", "axyzuvwbcd", 2);
	runs_are_found("mxny", "xy", 2);
	runs_are_found("amxnykz", "axyz", 3);
	runs_are_found("aMXNyKz", "aXyz", 3);
}

static void an_edited_record_between_two_such_places_is_not_found(void **state)
{
	struct chain c = mixed("amxnyz", "axyz", "p"), other = mixed("amwnyz", "awyz", "p");

	(void)state;
	assert_true(found(&c, 6));
	assert_true(found(&other, 6));
	/* p vouches for x, and finds w. */
	record_free(other.records.items[6]);
	other.records.items[6] = record_copy(c.records.items[6]);
	assert_false(found(&other, 6));
	chain_release(&c);
	chain_release(&other);
}

static void much_may_have_come_in_between(void **state)
{
	struct chain was = {.format = RECORD_PGROLL}, is = {.format = RECORD_PGROLL};
	struct former f;

	(void)state;
	write_chain(&was, "axyzp");
	write_chain(&is, "a");
	for (int i = 0; i < 400; i++) {
		AUTO_FREE char *id = xasprintf("mig_n%d", i);
		struct records one = {0};
		struct record *r = append_record(&one, RECORD_PGROLL, id, "[]");
		free(one.items);
		put(&is, r, true);
	}
	write_chain(&is, "xyz");
	records_take(&is.records, record_copy(was.records.items[4]));
	assert_true(former_find(&f, &is.records, 404, &nothing));
	assert_int_equal(f.since, 1);
	assert_int_equal(f.moved, 401);
	chain_release(&was);
	chain_release(&is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_in_between_is_left_out),
		cmocka_unit_test(a_history_may_have_begun_with_the_record),
		cmocka_unit_test(unsealed_records_are_counted_with_what_they_give),
		cmocka_unit_test(the_end_of_an_earlier_history_is_a_ground_too),
		cmocka_unit_test(an_edited_record_is_not_found),
		cmocka_unit_test(neither_are_those_before_it_allowed_to_be_edited),
		cmocka_unit_test(a_record_with_another_parent_is_not_found),
		cmocka_unit_test(others_may_have_come_in_between_at_several_places),
		cmocka_unit_test(an_edited_record_between_two_such_places_is_not_found),
		cmocka_unit_test(much_may_have_come_in_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
