/* The logical schema of v1 records, and records that are taken back. */
#include "lib/unit.h"

#include "base/json.h"
#include "ledger/schema.h"

static json_t *json_of(const char *text)
{
	json_t *value;
	struct error err = {0};

	assert_ok(json_read(&value, view_of(text), 0, &err), &err);
	return value;
}

static int apply(struct schema *s, const char *operations, struct error *err)
{
	AUTO_JSON *ops = json_of(operations);

	return schema_apply_operations(s, RECORD_V1, ops, err);
}

static void applied(struct schema *s, const char *operations)
{
	struct error err = {0};

	assert_ok(apply(s, operations, &err), &err);
}

static char *api_text(const struct schema *s)
{
	AUTO_JSON *api = schema_to_api(s);
	AUTO_STR out = {0};

	json_write(&out, api, JSON_FORM_COMPACT);
	assert_in_range(out.len, 0, schema_api_bytes(s));
	return str_steal(&out);
}

static void shows(const struct schema *s, const char *api)
{
	char *text = api_text(s);

	assert_string_equal(text, api);
	free(text);
}

/* Refused with this message, and the schema is byte for byte what it was. */
static void refused(struct schema *s, const char *operations, const char *why)
{
	struct error err = {0};
	AUTO_STR before = {0}, after = {0};

	schema_save(&before, s);
	assert_fails(apply(s, operations, &err), &err, E_INVALID, why);
	schema_save(&after, s);
	assert_string_equal(str_cstr(&after), str_cstr(&before));
}

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

static struct schema *two_tables(void)
{
	struct schema *s = schema_new(RECORD_V1);

	applied(s, "[" ADD_TABLE("teams") "," ADD_TABLE("users") "," ADD("users", "age") "," LINK(
			   "users", "team", "teams") "]");
	return s;
}

static void operations_build_tables_and_columns_in_order(void **state)
{
	AUTO(schema) *s = two_tables();

	(void)state;
	assert_int_equal(schema_table_count(s), 2);
	assert_false(schema_is_open(s));
	shows(s, "{\"tables\":[{\"name\":\"teams\",\"columns\":[]},{\"name\":\"users\",\"columns\":"
		 "[{\"name\":\"age\",\"type\":\"int\"},{\"name\":\"team\",\"type\":\"link\","
		 "\"link\":{\"table\":\"teams\"}}]}]}");
}

static void a_column_shows_all_that_it_was_given(void **state)
{
	AUTO(schema) *s = schema_new(RECORD_V1);

	(void)state;
	applied(s,
		"[" ADD_TABLE(
			"t") ",{\"addColumn\":{\"table\":\"t\",\"column\":{\"type\":\"text\","
			     "\"name\":\"c\",\"unique\":false,\"defaultValue\":\"\",\"newer\":[1]"
			     "}}}]");
	shows(s, "{\"tables\":[{\"name\":\"t\",\"columns\":[{\"name\":\"c\",\"type\":\"text\","
		 "\"unique\":false,\"defaultValue\":\"\",\"newer\":[1]}]}]}");
}

static void renaming_a_table_takes_its_links_and_place_along(void **state)
{
	AUTO(schema) *s = two_tables();

	(void)state;
	applied(s, "[" RENAME_TABLE("teams", "groups") "," RENAME("users", "age", "years") "]");
	shows(s, "{\"tables\":[{\"name\":\"groups\",\"columns\":[]},{\"name\":\"users\",\"columns\""
		 ":[{\"name\":\"years\",\"type\":\"int\"},{\"name\":\"team\",\"type\":\"link\","
		 "\"link\":{\"table\":\"groups\"}}]}]}");
	applied(s, "[" ADD("groups", "x") "," ADD_TABLE("teams") "," ADD("users", "age") "]");
}

static void what_is_there_cannot_be_added(void **state)
{
	AUTO(schema) *s = two_tables();

	(void)state;
	refused(s, "[" ADD_TABLE("users") "]",
		"operation 1 (addTable): cannot add table \"users\": table \"users\" exists "
		"already");
	refused(s, "[" ADD("users", "age") "]",
		"cannot add column \"age\" to table \"users\": column \"age\" exists already");
	refused(s, "[" RENAME_TABLE("users", "teams") "]", "table \"teams\" exists already");
	refused(s, "[" RENAME_TABLE("users", "users") "]", "table \"users\" exists already");
	refused(s, "[" RENAME("users", "age", "team") "]",
		"cannot rename column \"age\" of table \"users\" to \"team\": column \"team\" "
		"exists already");
}

static void what_is_not_there_cannot_be_used(void **state)
{
	AUTO(schema) *s = two_tables();

	(void)state;
	refused(s, "[" ADD_TABLE("x") "," ADD("nobody", "nick") "]",
		"operation 2 (addColumn): cannot add column \"nick\" to table \"nobody\": table "
		"\"nobody\" does not exist");
	refused(s, "[" REMOVE_TABLE("x") "]", "table \"x\" does not exist");
	refused(s, "[" RENAME_TABLE("x", "y") "]", "table \"x\" does not exist");
	refused(s, "[" REMOVE("users", "x") "]", "column \"x\" does not exist");
	refused(s, "[" REMOVE("x", "age") "]", "table \"x\" does not exist");
	refused(s, "[" RENAME("users", "x", "y") "]", "column \"x\" does not exist");
	refused(s, "[" LINK("users", "l", "x") "]",
		"links to a table that is not there: table \"x\" does not exist");
	refused(s, "[" REMOVE_TABLE("users") "," ADD("users", "a") "]",
		"(an earlier operation removed or renamed it)");
	refused(s, "[" REMOVE("users", "age") "," RENAME("users", "age", "b") "]",
		"operation 2 (renameColumn)");
}

static void a_table_may_link_to_itself_and_lose_what_it_links_to(void **state)
{
	AUTO(schema) *s = two_tables();

	(void)state;
	applied(s, "[" LINK("users", "boss", "users") "," REMOVE_TABLE("teams") "]");
	shows(s, "{\"tables\":[{\"name\":\"users\",\"columns\":[{\"name\":\"age\",\"type\":\"int\"}"
		 ",{\"name\":\"team\",\"type\":\"link\",\"link\":{\"table\":\"teams\"}},{\"name\":"
		 "\"boss\",\"type\":\"link\",\"link\":{\"table\":\"users\"}}]}]}");
}

static void names_can_come_back(void **state)
{
	AUTO(schema) *s = two_tables();

	(void)state;
	applied(s, "[" REMOVE("users", "age") "," ADD("users", "age") "," REMOVE_TABLE(
			   "users") "," ADD_TABLE("users") "," ADD("users", "age") "]");
	applied(s, "[" RENAME_TABLE("users", "a") "," RENAME_TABLE("a", "users") "," RENAME(
			   "users", "age", "b") "," RENAME("users", "b", "age") "]");
	shows(s, "{\"tables\":[{\"name\":\"teams\",\"columns\":[]},{\"name\":\"users\",\"columns\":"
		 "[{\"name\":\"age\",\"type\":\"int\"}]}]}");
}

static void a_record_is_applied_whole_or_not_at_all(void **state)
{
	AUTO(schema) *s = two_tables();

	(void)state;
	/* Everything that a record can change, and then a failure. */
	refused(s,
		"[" RENAME_TABLE("teams", "groups") "," ADD_TABLE("teams") "," ADD("teams", "x") "," RENAME("users", "age", "years") "," ADD("users", "age") "," REMOVE(
			"users",
			"team") "," REMOVE_TABLE("users") "," ADD_TABLE("users") "," ADD("users",
											 "only") "," REMOVE_TABLE("users") "," RENAME_TABLE("groups",
																	    "users") "," REMOVE_TABLE("users") ",{\"newerKind\":{}}," ADD_TABLE("teams") "]",
		"operation 14 (addTable)");
	assert_false(schema_is_open(s));
	shows(s, "{\"tables\":[{\"name\":\"teams\",\"columns\":[]},{\"name\":\"users\",\"columns\":"
		 "[{\"name\":\"age\",\"type\":\"int\"},{\"name\":\"team\",\"type\":\"link\","
		 "\"link\":{\"table\":\"teams\"}}]}]}");
	/* The same without the failure, and then the schema can be freed and used. */
	applied(s,
		"[" REMOVE_TABLE("users") "," ADD_TABLE("users") "," ADD(
			"users", "only") "," REMOVE("users", "only") "," REMOVE_TABLE("users") "]");
	assert_int_equal(schema_table_count(s), 1);
}

static void a_misshapen_operation_is_refused(void **state)
{
	AUTO(schema) *s = two_tables();
	AUTO_JSON *object = json_object();
	struct error err = {0};

	(void)state;
	refused(s, "[" ADD_TABLE("x") ",{\"addTable\":{}}]",
		"operation 2 (addTable): member \"table\" is missing");
	refused(s, "[{\"addTable\":1}]", "must be an object");
	refused(s, "[7]", "operation 1 (?)");
	assert_fails(schema_apply_operations(s, RECORD_V1, object, &err), &err, E_INVALID,
		     "must be an array");
	assert_int_equal(schema_apply_operations(s, RECORD_V1, object, NULL), E_INVALID);
}

static void an_unknown_operation_opens_the_schema(void **state)
{
	AUTO(schema) *s = two_tables();

	(void)state;
	applied(s, "[{\"newerKind\":{}}," ADD("made", "x") "," RENAME("users", "hidden", "y") "]");
	assert_true(schema_is_open(s));
	refused(s, "[" ADD("made", "x") "]", "exists already");
	refused(s, "[" ADD_TABLE("users") "]", "exists already");
	applied(s, "[" REMOVE("users", "age") "]");
	refused(s, "[" REMOVE("users", "age") "]", "does not exist");
	refused(s, "[" RENAME("users", "hidden", "z") "]", "removed or renamed");
}

static void a_saved_schema_goes_on_where_it_was(void **state)
{
	AUTO(schema) *s = two_tables();
	AUTO(schema) *loaded = NULL;
	AUTO(schema) *copy = NULL;
	AUTO_STR saved = {0}, again = {0};
	struct error err = {0};

	(void)state;
	applied(s, "[" RENAME_TABLE("teams", "groups") "," REMOVE("users", "age") ",{\"newer\":{}}"
										  "]");
	schema_save(&saved, s);
	assert_ok(schema_load(&loaded, str_view(&saved), &err), &err);
	schema_save(&again, loaded);
	assert_string_equal(str_cstr(&again), str_cstr(&saved));
	refused(loaded, "[" REMOVE("users", "age") "]", "removed or renamed");
	applied(loaded, "[" RENAME_TABLE("groups", "crews") "]");
	char *text = api_text(loaded);
	assert_non_null(strstr(text, "\"link\":{\"table\":\"crews\"}"));
	free(text);
	copy = schema_copy(s);
	text = api_text(s);
	shows(copy, text);
	free(text);
}

static void a_spoilt_saved_schema_is_refused(void **state)
{
	static const char *const bad[][2] = {
		{"{}", "\"version\" is missing"},
		{"{\"version\":9}", "version 9"},
		{"{\"version\":1,\"format\":\"x\",\"open\":true}", "format \"x\""},
		{"{\"version\":1,\"format\":\"v1\",\"open\":true}", "\"tables\" is missing"},
		{"{\"version\":1,\"format\":\"v1\",\"open\":true,\"tables\":[],\"indexes\":[]}x",
		 "not as it was written"},
		{"{\"version\":1,\"format\":\"v1\",\"open\":true,\"tables\":[{\"name\":\"a\",",
		 "not as"},
		{"{\"version\":1,\"format\":\"v1\",\"open\":1,\"tables\":[]}", "not as"},
		{"{\"version\":1,\"format\":\"v1\",\"open\":true,\"tables\":[{\"def\":{}}]}",
		 "\"name\" is not the first"},
		{"{\"version\":1,\"format\":\"v1\",\"open\":true,\"tables\":[{\"name\":\"a\","
		 "\"def\":[]}]}",
		 "not as"},
		{"{\"version\":1,\"format\":\"v1\",\"open\":true,\"tables\":[{}]}", "\"name\""},
		{"{\"version\":1,\"format\":\"v1\",\"open\":true,\"tables\":[{\"name\":\"a\","
		 "\"columns\":[],\"constraints\":[]},{\"name\":\"a\"}],\"indexes\":[]}",
		 "\"a\" is there twice"},
		{"{\"version\":1,\"format\":\"v1\",\"open\":true,\"tables\":[{\"name\":\"a\"}]}",
		 "\"columns\" is missing"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct schema *s;
		struct error err = {0};
		assert_fails(schema_load(&s, view_of(bad[i][0]), &err), &err, E_INVALID, bad[i][1]);
		assert_null(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_build_tables_and_columns_in_order),
		cmocka_unit_test(a_column_shows_all_that_it_was_given),
		cmocka_unit_test(renaming_a_table_takes_its_links_and_place_along),
		cmocka_unit_test(what_is_there_cannot_be_added),
		cmocka_unit_test(what_is_not_there_cannot_be_used),
		cmocka_unit_test(a_table_may_link_to_itself_and_lose_what_it_links_to),
		cmocka_unit_test(names_can_come_back),
		cmocka_unit_test(a_record_is_applied_whole_or_not_at_all),
		cmocka_unit_test(a_misshapen_operation_is_refused),
		cmocka_unit_test(an_unknown_operation_opens_the_schema),
		cmocka_unit_test(a_saved_schema_goes_on_where_it_was),
		cmocka_unit_test(a_spoilt_saved_schema_is_refused),
	};
	return unit_main(tests);
}
