/* Folding records into one: what cancels out, what must stay, and the proof on random histories. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "ledger/schema_impl.h"
#include "ledger/squash.h"
#include "unit/ledger/histories.h"

/* ---- helpers */

/* Squashes records of one operation each behind base (text, may be NULL); fails into err. */
static int squash_texts(struct squash *out, enum record_format format, const char *base,
			const char *const *texts, struct error *err)
{
	AUTO(schema) *schema = schema_new(format);
	AUTO_VALUE(records) l = {0};
	char id[32];

	if (base)
		applied(schema, format, base);
	for (size_t i = 0; texts[i]; i++) {
		snprintf(id, sizeof id, "mig_%zu", i);
		append_record(&l, format, id, texts[i]);
	}
	struct squash_input in = {.base = {.schema = schema}, .records = &l, .id = "mig_new"};
	return squash(out, &in, err);
}

static char *operations_text(const struct squash *s)
{
	AUTO_STR out = {0};

	if (!s->record)
		return xstrdup("nothing");
	json_write(&out, record_operations(s->record), JSON_FORM_COMPACT);
	return str_steal(&out);
}

#define gives(format, base, expected, ...)                                        \
	do {                                                                      \
		AUTO_VALUE(squash) s_ = {0};                                      \
		struct error err_ = {0};                                          \
		const char *const texts_[] = {__VA_ARGS__, NULL};                 \
		assert_ok(squash_texts(&s_, format, base, texts_, &err_), &err_); \
		char *text_ = operations_text(&s_);                               \
		assert_string_equal(text_, expected);                             \
		free(text_);                                                      \
	} while (0)

#define ADD_TABLE(t) "{\"addTable\":{\"table\":\"" t "\"}}"
#define REMOVE_TABLE(t) "{\"removeTable\":{\"table\":\"" t "\"}}"
#define RENAME_TABLE(a, b) "{\"renameTable\":{\"oldName\":\"" a "\",\"newName\":\"" b "\"}}"
#define ADD(t, c) \
	"{\"addColumn\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c "\",\"type\":\"int\"}}}"
#define LINK(t, c, to)                                                                 \
	"{\"addColumn\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c "\",\"type\":" \
	"\"link\",\"link\":{\"table\":\"" to "\"}}}}"
#define REMOVE(t, c) "{\"removeColumn\":{\"table\":\"" t "\",\"column\":\"" c "\"}}"
#define RENAME(t, a, b) \
	"{\"renameColumn\":{\"table\":\"" t "\",\"oldName\":\"" a "\",\"newName\":\"" b "\"}}"
#define OPS(op) "[" op "]"
#define BASE "[" ADD_TABLE("t") "," ADD("t", "a") "," ADD("t", "b") "]"

static void what_was_added_and_removed_cancels_out(void **state)
{
	(void)state;
	gives(RECORD_V1, BASE, "nothing", OPS(ADD("t", "x")), OPS(REMOVE("t", "x")));
	gives(RECORD_V1, BASE, "nothing", OPS(ADD_TABLE("u")), OPS(ADD("u", "x")),
	      OPS(RENAME_TABLE("u", "v")), OPS(RENAME("v", "x", "y")), OPS(REMOVE_TABLE("v")));
	gives(RECORD_V1, BASE, OPS(ADD("t", "y")), OPS(ADD("t", "x")), OPS(ADD("t", "y")),
	      OPS(RENAME("t", "x", "z")), OPS(REMOVE("t", "z")));
	/* What was there before is removed under the name that it had. */
	gives(RECORD_V1, BASE, OPS(REMOVE("t", "a")), OPS(RENAME("t", "a", "x")),
	      OPS(RENAME("t", "x", "y")), OPS(REMOVE("t", "y")));
	gives(RECORD_V1, BASE, OPS(REMOVE_TABLE("t")), OPS(ADD("t", "x")), OPS(REMOVE("t", "a")),
	      OPS(RENAME_TABLE("t", "u")), OPS(RENAME("u", "b", "c")), OPS(REMOVE_TABLE("u")));
}

static void renames_are_folded(void **state)
{
	(void)state;
	gives(RECORD_V1, BASE, OPS(RENAME("t", "a", "z")), OPS(RENAME("t", "a", "x")),
	      OPS(RENAME("t", "x", "y")), OPS(RENAME("t", "y", "z")));
	gives(RECORD_V1, BASE, "nothing", OPS(RENAME("t", "a", "x")), OPS(RENAME("t", "x", "a")));
	gives(RECORD_V1, BASE, OPS(ADD("t", "z")), OPS(ADD("t", "x")), OPS(RENAME("t", "x", "z")));
	gives(RECORD_V1, BASE,
	      "[" ADD_TABLE("v") "," ADD("v", "y") "," LINK("t", "l", "v") "," LINK("v", "own",
										    "v") "]",
	      OPS(ADD_TABLE("u")), OPS(ADD("u", "x")), OPS(LINK("t", "l", "u")),
	      OPS(LINK("u", "own", "u")), OPS(RENAME_TABLE("u", "v")), OPS(RENAME("v", "x", "y")));
	gives(RECORD_V1, BASE, "[" RENAME_TABLE("t", "v") "," ADD("v", "x") "," ADD("v", "y") "]",
	      OPS(RENAME_TABLE("t", "u")), OPS(ADD("u", "x")), OPS(RENAME_TABLE("u", "v")),
	      OPS(ADD("v", "y")));
}

static void names_that_change_hands_stay_as_they_are(void **state)
{
	(void)state;
	gives(RECORD_V1, BASE,
	      "[" RENAME("t", "a", "x") "," RENAME("t", "b", "a") "," RENAME("t", "x", "b") "]",
	      OPS(RENAME("t", "a", "x")), OPS(RENAME("t", "b", "a")), OPS(RENAME("t", "x", "b")));
	/* a is another column in the end, so the first must leave the name when it did. */
	gives(RECORD_V1, BASE, "[" RENAME("t", "a", "x") "," ADD("t", "a") "," REMOVE("t", "x") "]",
	      OPS(RENAME("t", "a", "x")), OPS(ADD("t", "a")), OPS(REMOVE("t", "x")));
}

static void what_others_need_stays(void **state)
{
	(void)state;
	/* The link outlives the table that it points to. */
	gives(RECORD_V1, BASE, "[" ADD_TABLE("u") "," LINK("t", "l", "u") "," REMOVE_TABLE("u") "]",
	      OPS(ADD_TABLE("u")), OPS(LINK("t", "l", "u")), OPS(REMOVE_TABLE("u")));
	gives(RECORD_V1, BASE, "nothing", OPS(ADD_TABLE("u")), OPS(LINK("t", "l", "u")),
	      OPS(REMOVE("t", "l")), OPS(REMOVE_TABLE("u")));
}

#define PG_BASE                                                                              \
	"[{\"create_table\":{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"int\"}," \
	"{\"name\":\"b\",\"type\":\"int\"}]}}]"
#define PG_ADD(c, more)                                                                     \
	"{\"add_column\":{\"table\":\"t\"," more "\"column\":{\"name\":\"" c "\",\"type\":" \
	"\"int\"}}}"
#define PG_DROP(c) "{\"drop_column\":{\"table\":\"t\",\"column\":\"" c "\"}}"
#define PG_RENAME(a, b) "{\"rename_column\":{\"table\":\"t\",\"from\":\"" a "\",\"to\":\"" b "\"}}"
#define PG_INDEX(i, c) \
	"{\"create_index\":{\"table\":\"t\",\"name\":\"" i "\",\"columns\":[\"" c "\"]}}"

static void pgroll_operations_fold_too(void **state)
{
	(void)state;
	/* An index goes with its column. */
	gives(RECORD_PGROLL, PG_BASE, OPS(PG_DROP("a")), OPS(PG_INDEX("i", "a")),
	      OPS("{\"alter_column\":{\"table\":\"t\",\"column\":\"a\",\"type\":\"bigint\"}}"),
	      OPS(PG_RENAME("a", "x")), OPS(PG_DROP("x")));
	gives(RECORD_PGROLL, PG_BASE, "[" PG_ADD("y", "") "," PG_INDEX("i", "y") "]",
	      OPS(PG_ADD("x", "")), OPS(PG_INDEX("i", "x")), OPS(PG_RENAME("x", "y")));
	gives(RECORD_PGROLL, PG_BASE,
	      "[{\"alter_column\":{\"table\":\"t\",\"column\":\"a\",\"nullable\":true,\"name\":"
	      "\"y\"}}]",
	      OPS("{\"alter_column\":{\"table\":\"t\",\"column\":\"a\",\"nullable\":true,\"name\":"
		  "\"x\"}}"),
	      OPS("{\"alter_column\":{\"table\":\"t\",\"column\":\"x\",\"name\":\"y\"}}"));
	gives(RECORD_PGROLL, PG_BASE,
	      "[" PG_ADD("y", "") ",{\"create_index\":{\"table\":\"t\",\"name\":\"i\",\"columns\":{"
				  "\"b\":{},\"y\":{\"sort\":\"ASC\"}}}}]",
	      OPS(PG_ADD("x", "")),
	      OPS("{\"create_index\":{\"table\":\"t\",\"name\":\"i\",\"columns\":{\"b\":{},\"x\":{"
		  "\"sort\":\"ASC\"}}}}"),
	      OPS(PG_RENAME("x", "y")));
}

static void expressions_hold_what_they_name(void **state)
{
	(void)state;
	/* The new column is filled from the one that goes. */
	gives(RECORD_PGROLL, PG_BASE,
	      "[" PG_ADD("x", "") "," PG_ADD("y", "\"up\":\"x * 2\",") "," PG_DROP("x") "]",
	      OPS(PG_ADD("x", "")), OPS(PG_ADD("y", "\"up\":\"x * 2\",")), OPS(PG_DROP("x")));
	gives(RECORD_PGROLL, PG_BASE,
	      "[" PG_ADD("x", "") "," PG_ADD("y", "\"up\":\"x * 2\",") "," PG_RENAME("x", "z") "]",
	      OPS(PG_ADD("x", "")), OPS(PG_ADD("y", "\"up\":\"x * 2\",")),
	      OPS(PG_RENAME("x", "z")));
	gives(RECORD_PGROLL, PG_BASE,
	      "[" PG_ADD("x", "") "," PG_ADD("y", "\"up\":\"(SELECT max(q) FROM s)\",") "," PG_DROP(
		      "x") "]",
	      OPS(PG_ADD("x", "")), OPS(PG_ADD("y", "\"up\":\"(SELECT max(q) FROM s)\",")),
	      OPS(PG_DROP("x")));
}

/* ---- refusals */

static void refused(enum record_format format, const char *one, const char *other,
		    enum error_code code, const char *why, const char *advice)
{
	AUTO_VALUE(squash) s = {0};
	struct error err = {0};
	const char *const texts[] = {one, other, NULL};

	assert_fails_hinting(
		squash_texts(&s, format, format == RECORD_V1 ? BASE : PG_BASE, texts, &err), &err,
		code, why, advice);
	assert_null(s.record);
}

static void what_cannot_be_judged_is_refused(void **state)
{
	(void)state;
	refused(RECORD_PGROLL, OPS(PG_ADD("x", "")),
		"[" PG_DROP("x") ",{\"sql\":{\"up\":\"SELECT 1\"}}]", E_CONFLICT,
		"cannot squash record \"mig_1\": operation 2 is raw SQL", "--since mig_1");
	refused(RECORD_V1, OPS("{\"mixColumns\":{\"table\":\"t\"}}"), OPS(ADD("t", "x")),
		E_CONFLICT, "operation 1 is of a kind that is not known here", "--since mig_0_");
	refused(RECORD_V1, OPS(ADD("t", "x")), OPS(ADD("t", "x")), E_INVALID, "\"mig_1_", "");
	refused(RECORD_V1, OPS(ADD("t", "x")), OPS(ADD("t", "x")), E_INVALID,
		"operation 1 (addColumn): cannot add column \"x\" to table \"t\"", "");
}

static struct record *parsed(const char *text)
{
	struct record *r;
	struct error err = {0};

	assert_ok(record_parse(&r, view_of(text), &err), &err);
	return r;
}

static int squash_two(struct squash *out, const char *one, const char *other, const char *id,
		      struct error *err)
{
	AUTO(schema) *base = schema_new(RECORD_NONE);
	AUTO_VALUE(records) l = {0};
	AUTO_VALUE(history) before = {0};

	if (one)
		records_take(&l, parsed(one));
	if (other)
		records_take(&l, parsed(other));
	AUTO(record) *old = parsed("{\"done\":true,\"migration\":{\"operations\":[]},"
				   "\"migrationType\":\"pgroll\",\"name\":\"taken\"}");
	history_add(&before, old);
	struct squash_input in = {.base = {.schema = base, .history = &before},
				  .records = &l,
				  .id = id,
				  .started_at = 1700000000000000};
	return squash(out, &in, err);
}

#define PG(name, more, ops)                                                                      \
	"{\"done\":true,\"migration\":{\"name\":\"" name "\",\"operations\":[" ops "]" more "}," \
	"\"migrationType\":\"pgroll\",\"name\":\"" name "\""
#define MAKE_U "{\"create_table\":{\"name\":\"u\",\"columns\":[]}}"
#define MAKE_V "{\"create_table\":{\"name\":\"v\",\"columns\":[]}}"

static void records_that_do_not_belong_together_are_refused(void **state)
{
	AUTO_VALUE(squash) s = {0};
	struct error err = {0};

	(void)state;
	assert_fails(squash_two(&s, NULL, NULL, "new", &err), &err, E_INVALID,
		     "there are no records to squash");
	assert_fails(squash_two(&s, PG("one", "", MAKE_U) "}", NULL, "taken", &err), &err,
		     E_INVALID, "a record \"taken\" stands in the history already");
	assert_fails(squash_two(&s, PG("one", "", MAKE_U) "}", NULL, "../x", &err), &err, E_INVALID,
		     "cannot be the name of a record");
	assert_fails_hinting(squash_two(&s, PG("one", "", MAKE_U) "}",
					PG("two", "", MAKE_V) ",\"schema\":\"other\"}", "new",
					&err),
			     &err, E_CONFLICT,
			     "cannot squash \"one\" with \"two\": they are of different PostgreSQL "
			     "schemas",
			     "--since");
	assert_fails_hinting(
		squash_two(&s,
			   "{\"id\":\"mig_1\",\"checksum\":\"1:"
			   "0000000000000000000000000000000000000000000000000000000000000000\","
			   "\"operations\":[]}",
			   PG("two", "", MAKE_V) "}", "new", &err),
		&err, E_CONFLICT, "with \"two\": their formats differ", "--since");
	assert_fails_hinting(squash_two(&s, PG("one", ",\"later\":1", MAKE_U) "}",
					PG("two", "", MAKE_V) "}", "new", &err),
			     &err, E_CONFLICT, "its member \"migration.later\" is not known here",
			     "--since one");
	assert_fails_hinting(squash_two(&s, PG("one", "", MAKE_U) ",\"team\":\"red\"}",
					PG("two", "", MAKE_V) ",\"team\":\"blue\"}", "new", &err),
			     &err, E_CONFLICT, "its member \"team\" differs", "agree");
	assert_null(s.record);
	assert_null(s.schema);
}

/* ---- the record */

static void the_new_record_tells_what_the_old_ones_told(void **state)
{
	AUTO_VALUE(squash) s = {0};
	struct error err = {0};
	AUTO_STR text = {0};

	(void)state;
	assert_ok(squash_two(&s,
			     PG("one", ",\"version_schema\":\"v1\"", MAKE_U) ",\"team\":\"red\"}",
			     PG("two", ",\"version_schema\":\"v2\"", MAKE_V) ",\"x\":[1]}", "new",
			     &err),
		  &err);
	record_print(&text, s.record);
	char sum[CHECKSUM_LEN + 1];
	checksum_compute(sum, s.record, NULL);
	assert_string_equal(sum, record_checksum(s.record));
	assert_string_equal(record_version_schema(s.record), "v2");
	assert_string_equal(record_started_at(s.record), "2023-11-14T22:13:20Z");
	assert_non_null(strstr(str_cstr(&text),
			       "\"startedAt\": \"2023-11-14T22:13:20Z\",\n"
			       "  \"team\": \"red\",\n  \"x\": [\n    1\n  ]\n}\n"));
	assert_int_equal(s.operations_before, 2);
	assert_int_equal(s.operations_after, 2);
	assert_int_equal(schema_table_count(s.schema), 2);
}

static void titles_become_the_message(void **state)
{
	AUTO(schema) *base = schema_new(RECORD_V1);
	AUTO_VALUE(records) l = {0};
	AUTO_VALUE(squash) s = {0};
	struct error err = {0};

	(void)state;
	records_take(&l,
		     parsed("{\"id\":\"mig_1\",\"checksum\":\"1:"
			    "0000000000000000000000000000000000000000000000000000000000000000\","
			    "\"operations\":[" ADD_TABLE("u") "],\"title\":\"users\"}"));
	records_take(&l,
		     parsed("{\"id\":\"mig_2\",\"checksum\":\"1:"
			    "0000000000000000000000000000000000000000000000000000000000000000\","
			    "\"operations\":[" ADD("u", "x") "],\"title\":\"a column\","
							     "\"message\":\"for the shop\"}"));
	struct squash_input in = {
		.base = {.schema = base,
			 .id = "mig_0",
			 .checksum =
				 "1:000000000000000000000000000000000000000000000000000000000000"
				 "0000",
			 .format = RECORD_V1},
		.records = &l,
		.id = "mig_2"};
	assert_ok(squash(&s, &in, &err), &err);
	assert_string_equal(record_title(s.record), "a column");
	assert_string_equal(record_message(s.record), "users\na column\nfor the shop");
	assert_string_equal(record_parent(s.record), "mig_0");
	squash_release(&s);
	in.title = "the shop";
	in.message = "";
	assert_ok(squash(&s, &in, &err), &err);
	assert_string_equal(record_title(s.record), "the shop");
	assert_null(record_message(s.record));
}

static void a_single_title_is_not_said_twice(void **state)
{
	AUTO(schema) *base = schema_new(RECORD_V1);
	AUTO_VALUE(records) l = {0};
	AUTO_VALUE(squash) s = {0};
	struct error err = {0};

	(void)state;
	append_record(&l, RECORD_V1, "mig_1", "[" ADD_TABLE("u") "]");
	records_take(&l,
		     parsed("{\"id\":\"mig_2\",\"checksum\":\"1:"
			    "0000000000000000000000000000000000000000000000000000000000000000\","
			    "\"operations\":[" ADD("u", "x") "],\"title\":\"a column\"}"));
	struct squash_input in = {.base = {.schema = base}, .records = &l, .id = "mig_3"};
	assert_ok(squash(&s, &in, &err), &err);
	assert_string_equal(record_title(s.record), "a column");
	assert_null(record_message(s.record));
	squash_release(&s);
	in.title = "another";
	assert_ok(squash(&s, &in, &err), &err);
	assert_string_equal(record_message(s.record), "a column");
}

/* ---- the proof */

static struct schema *random_base(struct chance *c, enum record_format format)
{
	struct schema *s = schema_new(format);

	for (size_t i = chance_below(c, 12); i > 0; i--)
		json_decref(random_operation(c, s, format));
	return s;
}

static void show(const struct records *l, const struct squash *s)
{
	AUTO_STR out = {0};

	for (size_t i = 0; i < l->len; i++) {
		json_write(&out, record_operations(l->items[i]), JSON_FORM_COMPACT);
		str_puts(&out, "\n# ");
	}
	str_puts(&out, "became\n# ");
	if (s->record)
		json_write(&out, record_operations(s->record), JSON_FORM_COMPACT);
	print_message("# %s\n", str_cstr(&out));
}

struct tally {
	size_t before, after, shorter, nothing;
};

static void squash_random(struct chance *c, enum record_format format, struct tally *tally)
{
	AUTO(schema) *base = random_base(c, format);
	AUTO(schema) *expected = schema_copy(base);
	AUTO(schema) *got = schema_copy(base);
	AUTO_VALUE(records) l = {0};
	AUTO_VALUE(squash) s = {0};
	struct error err = {0};
	char id[32];

	for (size_t i = 1 + chance_below(c, 12); i > 0; i--) {
		json_t *ops = json_array();
		for (size_t n = 1 + chance_below(c, 2); n > 0; n--)
			json_array_append_new(ops, random_operation(c, expected, format));
		snprintf(id, sizeof id, "mig_%zu", i);
		records_take(&l, next_record(&l, format, id, ops));
	}
	struct squash_input in = {.base = {.schema = base}, .records = &l, .id = "mig_new"};
	assert_ok(squash(&s, &in, &err), &err);
	if (s.record)
		assert_ok(schema_apply(got, s.record, &err), &err);
	/* The record names its PostgreSQL schema, operations alone do not. */
	expected->name = got->name ? schema_intern(expected, got->name) : NULL;
	AUTO_JSON *x = schema_to_api(expected);
	AUTO_JSON *y = schema_to_api(got);
	if (!schema_same(expected, got) || !json_equal(x, y)) {
		show(&l, &s);
		unit_fail("the schemas differ");
	}
	tally->before += s.operations_before;
	tally->after += s.operations_after;
	tally->shorter += s.operations_after < s.operations_before;
	tally->nothing += s.operations_after == 0;
}

static void random_squashes_give_the_same_schema(void **state)
{
	static const enum record_format formats[] = {RECORD_V1, RECORD_PGROLL};
	struct chance c = chance_seeded("squash");
	size_t nothing = 0;

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
		struct tally t = {0};
		for (size_t i = 0; i < 1500; i++)
			squash_random(&c, formats[f], &t);
		print_message("# %s: %zu operations became %zu; 1500 squashes, %zu shorter, %zu "
			      "nothing\n",
			      record_format_name(formats[f]), t.before, t.after, t.shorter,
			      t.nothing);
		assert_true(t.shorter > 300);
		nothing += t.nothing;
	}
	assert_true(nothing > 0);
}

static void id_of_texts(char out[RECORD_ID_MAX + 1], const char *last_id, const char *operation)
{
	AUTO_VALUE(records) l = {0};

	append_record(&l, RECORD_V1, "mig_cd1cjs5h1q9m2e5bkjgg", "[" ADD_TABLE("t") "]");
	append_record(&l, RECORD_V1, last_id, operation);
	squash_id(out, &l);
}

static void the_id_follows_from_the_records_and_keeps_the_time_of_the_last(void **state)
{
	(void)state;
	static const char last[] = "mig_cd1d5t9h1q9m2e5bkjgg";
	char id[RECORD_ID_MAX + 1], again[RECORD_ID_MAX + 1], other[RECORD_ID_MAX + 1];

	id_of_texts(id, last, "[" ADD("t", "a") "]");
	id_of_texts(again, last, "[" ADD("t", "a") "]");
	assert_string_equal(id, again);
	id_of_texts(other, last, "[" ADD("t", "b") "]");
	assert_string_not_equal(id, other);
	assert_memory_equal(id, last, strlen("mig_") + 7);
	assert_memory_equal(other, last, strlen("mig_") + 7);
	assert_string_not_equal(id, last);
	assert_int_equal(strlen(id), strlen(last));
	assert_int_equal(strspn(id + 4, "0123456789abcdefghijklmnopqrstuv"), 20);
	assert_non_null(strchr("0g", id[23])); /* 96 bits: the last digit holds one */
}

static void an_id_of_another_shape_gives_no_time(void **state)
{
	(void)state;
	static const char *const lasts[] = {"mig_1", "mig_CD1D5T9H1Q9M2E5BKJGG",
					    "mig_cd1d5t9h1q9m2e5bkjggx",
					    "rec_cd1d5t9h1q9m2e5bkjgg"};
	char id[RECORD_ID_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(lasts); i++) {
		id_of_texts(id, lasts[i], "[" ADD("t", "a") "]");
		assert_int_equal(strlen(id), 24);
		assert_int_equal(strspn(id + 4, "0123456789abcdefghijklmnopqrstuv"), 20);
		assert_memory_equal(id, "mig_", 4);
	}
}

static void a_single_record_keeps_its_operations(void **state)
{
	(void)state;
	gives(RECORD_PGROLL, NULL, "[{\"sql\":{\"up\":\"SELECT 1\"}}]",
	      "[{\"sql\":{\"up\":\"SELECT 1\"}}]");
	gives(RECORD_V1, NULL, "[" ADD_TABLE("x") "," REMOVE_TABLE("x") "]",
	      "[" ADD_TABLE("x") "," REMOVE_TABLE("x") "]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_record_keeps_its_operations),
		cmocka_unit_test(what_was_added_and_removed_cancels_out),
		cmocka_unit_test(renames_are_folded),
		cmocka_unit_test(names_that_change_hands_stay_as_they_are),
		cmocka_unit_test(what_others_need_stays),
		cmocka_unit_test(pgroll_operations_fold_too),
		cmocka_unit_test(expressions_hold_what_they_name),
		cmocka_unit_test(what_cannot_be_judged_is_refused),
		cmocka_unit_test(records_that_do_not_belong_together_are_refused),
		cmocka_unit_test(the_new_record_tells_what_the_old_ones_told),
		cmocka_unit_test(titles_become_the_message),
		cmocka_unit_test(a_single_title_is_not_said_twice),
		cmocka_unit_test(the_id_follows_from_the_records_and_keeps_the_time_of_the_last),
		cmocka_unit_test(an_id_of_another_shape_gives_no_time),
		cmocka_unit_test(random_squashes_give_the_same_schema),
	};
	return unit_main(tests);
}
