/* Which operations are called destructive, decided for every kind of both formats. */
#include "lib/unit.h"

#include "base/json.h"
#include "ledger/destructive.h"
#include "ledger/operation.h"

/* What an operation is called; its kind is the name of the last one judged. */
static enum destructive judged(enum record_format format, const char *text)
{
	json_t *op = NULL;
	struct error err = {0};

	assert_ok(json_read(&op, view_of(text), 0, &err), &err);
	assert_ok(operation_check(format, op, OPERATION_LENIENT, &err), &err);
	enum destructive found = operation_destructive(format, op);
	json_decref(op);
	return found;
}

static const struct expected {
	enum record_format format;
	const char *name; /* the operation's kind */
	const char *body;
	enum destructive kind;
} expected[] = {
	{RECORD_V1, "addTable", "{\"table\":\"t\"}", NOT_DESTRUCTIVE},
	{RECORD_V1, "removeTable", "{\"table\":\"t\"}", DROPS_TABLE},
	{RECORD_V1, "renameTable", "{\"oldName\":\"t\",\"newName\":\"u\"}", NOT_DESTRUCTIVE},
	{RECORD_V1, "addColumn", "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"int\"}}",
	 NOT_DESTRUCTIVE},
	{RECORD_V1, "addColumn",
	 "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"int\",\"notNull\":true}}",
	 NOT_NULL},
	{RECORD_V1, "addColumn",
	 "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"int\",\"notNull\":true,"
	 "\"defaultValue\":\"\"}}",
	 NOT_DESTRUCTIVE},
	{RECORD_V1, "removeColumn", "{\"table\":\"t\",\"column\":\"c\"}", DROPS_COLUMN},
	{RECORD_V1, "renameColumn", "{\"table\":\"t\",\"oldName\":\"a\",\"newName\":\"b\"}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "add_column",
	 "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"int\"}}", NOT_NULL},
	{RECORD_PGROLL, "add_column",
	 "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"int\",\"nullable\":true}}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "add_column",
	 "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"int\",\"default\":\"0\"}}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "add_column",
	 "{\"table\":\"t\",\"up\":\"id\",\"column\":{\"name\":\"c\",\"type\":\"int\"}}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "add_column",
	 "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"int\",\"nullable\":true,"
	 "\"pk\":true}}",
	 NOT_NULL},
	{RECORD_PGROLL, "add_column",
	 "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"BIGSERIAL\"}}", NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "add_column",
	 "{\"table\":\"t\",\"column\":{\"name\":\"c\",\"type\":\"int\",\"generated\":"
	 "{\"expression\":\"1\"}}}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "alter_column", "{\"table\":\"t\",\"column\":\"c\",\"name\":\"d\"}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "alter_column",
	 "{\"table\":\"t\",\"column\":\"c\",\"type\":\"int\",\"up\":\"0\"}", CHANGES_TYPE},
	{RECORD_PGROLL, "alter_column", "{\"table\":\"t\",\"column\":\"c\",\"nullable\":false}",
	 NOT_NULL},
	{RECORD_PGROLL, "alter_column",
	 "{\"table\":\"t\",\"column\":\"c\",\"nullable\":false,\"default\":\"0\"}", NOT_NULL},
	{RECORD_PGROLL, "alter_column",
	 "{\"table\":\"t\",\"column\":\"c\",\"nullable\":false,\"up\":\"0\"}", NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "alter_column", "{\"table\":\"t\",\"column\":\"c\",\"nullable\":true}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "create_constraint",
	 "{\"table\":\"t\",\"name\":\"n\",\"type\":\"unique\",\"columns\":[\"c\"]}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "create_index", "{\"table\":\"t\",\"name\":\"i\",\"columns\":[\"c\"]}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "create_table",
	 "{\"name\":\"t\",\"columns\":[{\"name\":\"c\",\"type\":\"int\"}]}", NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "drop_column", "{\"table\":\"t\",\"column\":\"c\"}", DROPS_COLUMN},
	{RECORD_PGROLL, "drop_constraint", "{\"table\":\"t\",\"name\":\"n\"}", DROPS_CONSTRAINT},
	{RECORD_PGROLL, "drop_index", "{\"name\":\"i\"}", NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "drop_multicolumn_constraint", "{\"table\":\"t\",\"name\":\"n\"}",
	 DROPS_CONSTRAINT},
	{RECORD_PGROLL, "drop_table", "{\"name\":\"t\"}", DROPS_TABLE},
	{RECORD_PGROLL, "rename_column", "{\"table\":\"t\",\"from\":\"a\",\"to\":\"b\"}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "rename_constraint", "{\"table\":\"t\",\"from\":\"a\",\"to\":\"b\"}",
	 NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "rename_table", "{\"from\":\"a\",\"to\":\"b\"}", NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "set_replica_identity",
	 "{\"table\":\"t\",\"identity\":{\"type\":\"full\"}}", NOT_DESTRUCTIVE},
	{RECORD_PGROLL, "sql", "{\"up\":\"SELECT 1\"}", RAW_SQL},
};

static void each_operation_is_judged_by_what_it_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		char text[512];
		snprintf(text, sizeof text, "{\"%s\":%s}", expected[i].name, expected[i].body);
		enum destructive found = judged(expected[i].format, text);
		if (found != expected[i].kind)
			unit_fail("%s is called %s, not %s", text, destructive_name(found),
				  destructive_name(expected[i].kind));
	}
}

/* A new kind of operation has to be decided about. */
static void no_kind_of_operation_is_forgotten(void **state)
{
	static const enum record_format formats[] = {RECORD_V1, RECORD_PGROLL};

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(formats); f++)
		for (const char *const *name = operation_names(formats[f]); *name; name++) {
			bool found = false;
			for (size_t i = 0; i < ARRAY_LEN(expected); i++)
				found |= expected[i].format == formats[f] &&
					 strcmp(expected[i].name, *name) == 0;
			if (!found)
				unit_fail("nobody says whether %s is destructive", *name);
		}
}

static void what_is_not_known_may_do_anything(void **state)
{
	(void)state;
	assert_int_equal(judged(RECORD_PGROLL, "{\"future\":{}}"), UNKNOWN_EFFECT);
	assert_int_equal(judged(RECORD_V1, "{\"drop_table\":{}}"), UNKNOWN_EFFECT);
	assert_int_equal(operation_destructive(RECORD_V1, NULL), UNKNOWN_EFFECT);
}

static void each_kind_has_a_name_and_a_sentence(void **state)
{
	(void)state;
	assert_string_equal(destructive_name(NOT_DESTRUCTIVE), "none");
	assert_string_equal(destructive_reason(NOT_DESTRUCTIVE), "");
	for (enum destructive k = DROPS_TABLE; k <= UNKNOWN_EFFECT; k++) {
		const char *why = destructive_reason(k);
		assert_true(strlen(destructive_name(k)) > 3);
		assert_true(why[0] >= 'A' && why[0] <= 'Z' && why[strlen(why) - 1] == '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_is_judged_by_what_it_does),
		cmocka_unit_test(no_kind_of_operation_is_forgotten),
		cmocka_unit_test(what_is_not_known_may_do_anything),
		cmocka_unit_test(each_kind_has_a_name_and_a_sentence),
	};
	return unit_main(tests);
}
