/* Shapes of operations, accepted and refused, and their summaries. */
#include "lib/unit.h"

#include "base/json.h"
#include "ledger/operation.h"

static json_t *json_of(const char *text)
{
	json_t *value;
	struct error err = {0};

	assert_ok(json_read(&value, view_of(text), 0, &err), &err);
	return value;
}

static void accepted(enum record_format format, const char *text)
{
	AUTO_JSON *op = json_of(text);
	struct error err = {0};

	assert_ok(operation_check(format, op, OPERATION_STRICT, &err), &err);
	assert_ok(operation_check(format, op, OPERATION_LENIENT, &err), &err);
}

/* Refused however it is read. */
static void refused(enum record_format format, const char *text, const char *why)
{
	AUTO_JSON *op = json_of(text);
	struct error err = {0};

	assert_fails(operation_check(format, op, OPERATION_STRICT, &err), &err, E_INVALID, why);
	assert_fails(operation_check(format, op, OPERATION_LENIENT, &err), &err, E_INVALID, why);
}

/* Refused from a user, accepted in a record that a newer version may have written. */
static void refused_if_strict(enum record_format format, const char *text, const char *why,
			      const char *advice)
{
	AUTO_JSON *op = json_of(text);
	struct error err = {0};

	assert_fails_hinting(operation_check(format, op, OPERATION_STRICT, &err), &err, E_INVALID,
			     why, advice);
	assert_ok(operation_check(format, op, OPERATION_LENIENT, &err), &err);
}

#define V1_COLUMN(c) "{\"addColumn\":{\"table\":\"t\",\"column\":" c "}}"
#define PG_COLUMN(c) "{\"add_column\":{\"table\":\"t\",\"column\":" c "}}"

static void an_operation_has_one_name(void **state)
{
	AUTO_JSON *good = json_of("{\"addTable\":{}}");
	AUTO_JSON *empty = json_of("{}");
	AUTO_JSON *two = json_of("{\"a\":1,\"b\":2}");
	AUTO_JSON *array = json_of("[]");

	(void)state;
	assert_string_equal(operation_name(good), "addTable");
	assert_null(operation_name(empty));
	assert_null(operation_name(two));
	assert_null(operation_name(array));
	assert_null(operation_name(NULL));
}

static void each_format_has_its_own_kinds(void **state)
{
	size_t n = 0;

	(void)state;
	assert_true(operation_known(RECORD_V1, "addTable"));
	assert_false(operation_known(RECORD_PGROLL, "addTable"));
	assert_true(operation_known(RECORD_PGROLL, "sql"));
	assert_false(operation_known(RECORD_V1, "sql"));
	for (const char *const *p = operation_names(RECORD_V1); *p; p++, n++)
		assert_true(operation_known(RECORD_V1, *p));
	assert_int_equal(n, 6);
	for (n = 0; operation_names(RECORD_PGROLL)[n]; n++)
		assert_true(operation_known(RECORD_PGROLL, operation_names(RECORD_PGROLL)[n]));
	assert_int_equal(n, 15);
}

static void v1_operations_of_the_right_shape_are_accepted(void **state)
{
	(void)state;
	accepted(RECORD_V1, "{\"addTable\":{\"table\":\"t\",\"newer\":1}}");
	accepted(RECORD_V1, "{\"removeTable\":{\"table\":\"t\"}}");
	accepted(RECORD_V1, "{\"renameTable\":{\"oldName\":\"t\",\"newName\":\"u-1~x\"}}");
	accepted(RECORD_V1, "{\"removeColumn\":{\"table\":\"t\",\"column\":\"a.b\"}}");
	accepted(RECORD_V1,
		 "{\"renameColumn\":{\"table\":\"t\",\"oldName\":\"a\",\"newName\":\"b\"}}");
	accepted(RECORD_V1, V1_COLUMN("{\"name\":\"c\",\"type\":\"string\",\"notNull\":true,"
				      "\"defaultValue\":\"\",\"unique\":false}"));
	accepted(RECORD_V1,
		 V1_COLUMN("{\"name\":\"c\",\"type\":\"link\",\"link\":{\"table\":\"t\"}}"));
	accepted(RECORD_V1,
		 V1_COLUMN("{\"name\":\"c\",\"type\":\"vector\",\"vector\":{\"dimension\":2}}"));
	accepted(RECORD_V1, V1_COLUMN("{\"name\":\"c\",\"type\":\"file[]\",\"file[]\":{}}"));
}

static void v1_operations_of_a_wrong_shape_are_refused(void **state)
{
	(void)state;
	refused(RECORD_V1, "{}", "exactly one member");
	refused(RECORD_V1, "{\"addTable\":[]}", "addTable: the operation must be an object");
	refused(RECORD_V1, "{\"addTable\":{}}", "addTable: member \"table\" is missing");
	refused(RECORD_V1, "{\"addTable\":{\"table\":1}}", "must be a string, not a number");
	refused(RECORD_V1, "{\"addTable\":{\"table\":\"\"}}", "must not be empty");
	refused(RECORD_V1, "{\"addTable\":{\"table\":\"a\\u0007\"}}", "control characters");
	refused(RECORD_V1, "{\"renameTable\":{\"oldName\":\"t\"}}", "\"newName\" is missing");
	refused(RECORD_V1, V1_COLUMN("\"c\""), "\"column\" must be an object");
	refused(RECORD_V1, V1_COLUMN("{\"type\":\"int\"}"), "\"name\" is missing");
	refused(RECORD_V1, V1_COLUMN("{\"name\":\"c\"}"), "\"type\" is missing");
	refused(RECORD_V1, V1_COLUMN("{\"name\":\"c\",\"type\":\"int\",\"unique\":1}"),
		"\"unique\" must be a boolean");
	refused(RECORD_V1, V1_COLUMN("{\"name\":\"c\",\"type\":\"link\"}"), "\"link\" is missing");
	refused(RECORD_V1, V1_COLUMN("{\"name\":\"c\",\"type\":\"link\",\"link\":{}}"),
		"\"table\" is missing");
	refused(RECORD_V1, V1_COLUMN("{\"name\":\"c\",\"type\":\"vector\",\"vector\":{}}"),
		"\"dimension\" is missing");
}

static void what_a_newer_version_may_write_is_refused_only_from_users(void **state)
{
	(void)state;
	refused_if_strict(RECORD_V1, "{\"shrinkTable\":{}}", "unknown operation \"shrinkTable\"",
			  "Use addTable");
	refused_if_strict(RECORD_PGROLL, "{\"drop_all\":{}}", "unknown operation", "create_table");
	refused_if_strict(RECORD_V1, "{\"sql\":{\"up\":\"\"}}", "unknown operation \"sql\"",
			  "an operation of pgroll records");
	refused_if_strict(RECORD_V1, V1_COLUMN("{\"name\":\"c\",\"type\":\"money\"}"),
			  "addColumn: unknown column type \"money\"", "Use bool, int");
	refused_if_strict(RECORD_V1, "{\"addTable\":{\"table\":\"a b\"}}",
			  "\"a b\" cannot be the name of a table", "letters, digits");
	refused_if_strict(RECORD_V1, "{\"addTable\":{\"table\":\"a.b\"}}", "name of a table", "");
	refused_if_strict(RECORD_V1, "{\"removeColumn\":{\"table\":\"t\",\"column\":\"\xc3\xa9\"}}",
			  "name of a column", "and \".\"");
	refused_if_strict(RECORD_V1,
			  V1_COLUMN("{\"name\":\"c\",\"type\":\"vector\",\"vector\":{"
				    "\"dimension\":10001}}"),
			  "from 2 to 10000, not 10001", "");
	refused_if_strict(RECORD_PGROLL,
			  "{\"create_constraint\":{\"table\":\"t\",\"name\":\"k\",\"type\":"
			  "\"x\",\"columns\":[\"a\"]}}",
			  "unknown constraint type \"x\"", "Use unique");
}

static void names_have_a_limit(void **state)
{
	AUTO_STR text = {0};
	AUTO_STR op = {0};

	(void)state;
	for (int i = 0; i < 64; i++)
		str_putc(&text, 'a');
	str_printf(&op, "{\"drop_table\":{\"name\":\"%s\"}}", str_cstr(&text));
	refused_if_strict(RECORD_PGROLL, str_cstr(&op), "name of over 63 bytes", "");
	while (text.len < 256)
		str_putc(&text, 'a');
	str_clear(&op);
	str_printf(&op, "{\"addTable\":{\"table\":\"%s\"}}", str_cstr(&text));
	refused(RECORD_V1, str_cstr(&op), "name of over 255 bytes");
}

static void pgroll_operations_of_old_and_new_shapes_are_accepted(void **state)
{
	(void)state;
	accepted(RECORD_PGROLL, PG_COLUMN("{\"name\":\"c\",\"type\":\"text\",\"pk\":false,"
					  "\"nullable\":true,\"comment\":\"\",\"check\":{\"name\":"
					  "\"k\",\"constraint\":\"x > 1\"},\"references\":{"
					  "\"name\":\"f\",\"table\":\"u\",\"column\":\"id\"}}"));
	accepted(RECORD_PGROLL,
		 "{\"alter_column\":{\"table\":\"t\",\"column\":\"a\",\"name\":\"b\"}}");
	accepted(RECORD_PGROLL,
		 "{\"alter_column\":{\"table\":\"t\",\"column\":\"a\",\"nullable\":false,"
		 "\"default\":null,\"unique\":{\"name\":\"q\"},\"up\":\"a\",\"down\":\"a\"}}");
	accepted(RECORD_PGROLL, "{\"create_index\":{\"name\":\"i\",\"table\":\"t\",\"columns\":["
				"\"a\",\"b\"]}}");
	accepted(RECORD_PGROLL, "{\"create_index\":{\"name\":\"i\",\"table\":\"t\",\"columns\":{"
				"\"a\":{\"sort\":\"ASC\"}}}}");
	accepted(RECORD_PGROLL, "{\"create_index\":{\"name\":\"i\",\"table\":\"t\",\"columns\":[{"
				"\"column\":\"a\"}]}}");
	accepted(RECORD_PGROLL, "{\"create_table\":{\"name\":\"t\",\"columns\":[],\"constraints\":"
				"[{\"name\":\"k\",\"type\":\"unique\",\"columns\":[\"a\"]}]}}");
	accepted(RECORD_PGROLL, "{\"set_replica_identity\":{\"table\":\"t\",\"identity\":{\"type\":"
				"\"full\"}}}");
	accepted(RECORD_PGROLL, "{\"sql\":{\"up\":\"SELECT 1\",\"onComplete\":true}}");
	accepted(RECORD_PGROLL,
		 "{\"rename_column\":{\"table\":\"t\",\"from\":\"a\",\"to\":\"b\"}}");
	accepted(RECORD_PGROLL,
		 "{\"drop_multicolumn_constraint\":{\"table\":\"t\",\"name\":\"k\",\"up\":{}}}");
}

static void pgroll_operations_of_a_wrong_shape_are_refused(void **state)
{
	(void)state;
	refused(RECORD_PGROLL, "{\"sql\":{\"down\":\"x\"}}", "sql: member \"up\" is missing");
	refused(RECORD_PGROLL, "{\"create_table\":{\"name\":\"t\"}}", "\"columns\" is missing");
	refused(RECORD_PGROLL,
		"{\"create_table\":{\"name\":\"t\",\"columns\":[{\"name\":\"a\","
		"\"type\":\"int\"},7]}}",
		"create_table: column 2: a column must be an object");
	refused(RECORD_PGROLL,
		"{\"create_table\":{\"name\":\"t\",\"columns\":[],\"constraints\":[{}]}}",
		"constraint 1: member \"name\" is missing");
	refused(RECORD_PGROLL, PG_COLUMN("{\"name\":\"c\",\"type\":\"t\",\"references\":{}}"),
		"in \"references\": member \"table\"");
	refused(RECORD_PGROLL, PG_COLUMN("{\"name\":\"c\",\"type\":\"t\",\"check\":{}}"),
		"in \"check\": member \"constraint\"");
	refused(RECORD_PGROLL, "{\"create_index\":{\"name\":\"i\",\"table\":\"t\",\"columns\":[]}}",
		"at least one column");
	refused(RECORD_PGROLL,
		"{\"create_index\":{\"name\":\"i\",\"table\":\"t\",\"columns\":[1]}}",
		"at least one column");
	refused(RECORD_PGROLL, "{\"rename_table\":{\"from\":\"t\"}}", "\"to\" is missing");
}

static void summarized(enum record_format format, const char *text, const char *summary)
{
	AUTO_JSON *op = json_of(text);
	AUTO_STR out = {0};

	operation_summary(&out, format, op);
	assert_string_equal(str_cstr(&out), summary);
}

static void v1_summaries_read_well(void **state)
{
	(void)state;
	summarized(RECORD_V1, "{\"addTable\":{\"table\":\"users\"}}", "+ table users");
	summarized(RECORD_V1, "{\"removeTable\":{\"table\":\"users\"}}", "- table users");
	summarized(RECORD_V1, "{\"renameTable\":{\"oldName\":\"a\",\"newName\":\"b\"}}",
		   "~ table a -> b");
	summarized(RECORD_V1, "{\"removeColumn\":{\"table\":\"users\",\"column\":\"nick\"}}",
		   "- users.nick");
	summarized(RECORD_V1,
		   "{\"renameColumn\":{\"table\":\"users\",\"oldName\":\"nick\",\"newName\":"
		   "\"handle\"}}",
		   "~ users.nick -> handle");
	summarized(RECORD_V1, V1_COLUMN("{\"name\":\"email\",\"type\":\"email\",\"unique\":true}"),
		   "+ t.email (email, unique)");
	summarized(RECORD_V1,
		   V1_COLUMN("{\"name\":\"c\",\"type\":\"int\",\"notNull\":true,\"defaultValue\":"
			     "\"0\"}"),
		   "+ t.c (int, not null, default 0)");
	summarized(RECORD_V1,
		   V1_COLUMN("{\"name\":\"c\",\"type\":\"link\",\"link\":{\"table\":\"teams\"}}"),
		   "+ t.c (link to teams)");
	summarized(RECORD_V1,
		   V1_COLUMN("{\"name\":\"c\",\"type\":\"vector\",\"vector\":{\"dimension\":9}}"),
		   "+ t.c (vector 9)");
	summarized(RECORD_V1, "{\"futureOp\":{}}", "? futureOp");
}

static void pgroll_summaries_read_well(void **state)
{
	(void)state;
	summarized(RECORD_PGROLL,
		   PG_COLUMN("{\"name\":\"c\",\"type\":\"text\",\"nullable\":true,\"references\":{"
			     "\"table\":\"u\",\"column\":\"id\"}}"),
		   "+ t.c (text, references u.id)");
	summarized(RECORD_PGROLL,
		   PG_COLUMN("{\"name\":\"c\",\"type\":\"int\",\"pk\":true,\"default\":\"1\"}"),
		   "+ t.c (int, primary key, default 1)");
	summarized(RECORD_PGROLL, PG_COLUMN("{\"name\":\"c\",\"type\":\"int\"}"),
		   "+ t.c (int, not null)");
	summarized(RECORD_PGROLL, "{\"create_table\":{\"name\":\"t\",\"columns\":[{}]}}",
		   "+ table t (1 column)");
	summarized(RECORD_PGROLL,
		   "{\"alter_column\":{\"table\":\"t\",\"column\":\"a\",\"name\":\"b\",\"type\":"
		   "\"int\",\"nullable\":false,\"default\":null}}",
		   "~ t.a -> b (type int, not null, no default)");
	summarized(RECORD_PGROLL,
		   "{\"create_index\":{\"name\":\"i\",\"table\":\"t\",\"columns\":[\"a\",\"b\"],"
		   "\"unique\":true}}",
		   "+ index i on t (a, b) unique");
	summarized(RECORD_PGROLL,
		   "{\"create_constraint\":{\"table\":\"t\",\"name\":\"k\",\"type\":\"unique\","
		   "\"columns\":[\"a\"]}}",
		   "+ constraint t.k unique (a)");
	summarized(RECORD_PGROLL, "{\"drop_index\":{\"name\":\"i\"}}", "- index i");
	summarized(RECORD_PGROLL,
		   "{\"rename_constraint\":{\"table\":\"t\",\"from\":\"a\",\"to\":\"b\"}}",
		   "~ constraint t.a -> b");
	summarized(RECORD_PGROLL,
		   "{\"set_replica_identity\":{\"table\":\"t\",\"identity\":{\"type\":\"full\"}}}",
		   "~ table t replica identity full");
	summarized(RECORD_PGROLL, "{\"sql\":{\"up\":\"\\n  UPDATE t\\n\\tSET a = 1 \"}}",
		   "! sql: UPDATE t SET a = 1");
	summarized(RECORD_PGROLL,
		   "{\"sql\":{\"up\":\"SELECT '0123456789012345678901234567890123456789012345678901"
		   "2345678'\"}}",
		   "! sql: SELECT '0123456789012345678901234567890123456789012345678901…");
}

static void summaries_are_safe_for_a_terminal_and_for_broken_operations(void **state)
{
	(void)state;
	summarized(RECORD_V1, "{\"addTable\":{\"table\":\"a\\u001b[2J\"}}", "+ table a\\x1b[2J");
	summarized(RECORD_V1, "{\"new\\u0007\":{}}", "? new\\x07");
	summarized(RECORD_V1, "{\"addTable\":7}", "+ table ?");
	summarized(RECORD_V1, "{\"addColumn\":{\"column\":[]}}", "+ ?.?");
	summarized(RECORD_PGROLL, "{\"sql\":{}}", "! sql: ");
	summarized(RECORD_PGROLL, "{\"sql\":{\"up\":\"a\\u0001\xe2\x80\xae\"}}",
		   "! sql: a\\x01\\u{202e}");
	summarized(RECORD_PGROLL, "{}", "? ?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_operation_has_one_name),
		cmocka_unit_test(each_format_has_its_own_kinds),
		cmocka_unit_test(v1_operations_of_the_right_shape_are_accepted),
		cmocka_unit_test(v1_operations_of_a_wrong_shape_are_refused),
		cmocka_unit_test(what_a_newer_version_may_write_is_refused_only_from_users),
		cmocka_unit_test(names_have_a_limit),
		cmocka_unit_test(pgroll_operations_of_old_and_new_shapes_are_accepted),
		cmocka_unit_test(pgroll_operations_of_a_wrong_shape_are_refused),
		cmocka_unit_test(v1_summaries_read_well),
		cmocka_unit_test(pgroll_summaries_read_well),
		cmocka_unit_test(summaries_are_safe_for_a_terminal_and_for_broken_operations),
	};
	return unit_main(tests);
}
