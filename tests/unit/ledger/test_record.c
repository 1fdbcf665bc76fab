/* Records: names, parsing from files and from the wire, making and chaining. */
#include "lib/unit.h"

#include "base/json.h"
#include "ledger/record.h"

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define V1(members) "{\"id\":\"mig_b\",\"checksum\":\"1:" SUM "\",\"operations\":[]" members "}"
#define PGROLL(members)                                                     \
	"{\"done\":true,\"migration\":{\"name\":\"m2\",\"operations\":[]}," \
	"\"migrationType\":\"pgroll\",\"name\":\"m2\"" members "}"

static struct record *parsed(const char *text)
{
	struct record *r;
	struct error err = {0};

	assert_ok(record_parse(&r, view_of(text), &err), &err);
	return r;
}

static void refused(const char *text, int code, const char *why)
{
	struct record *r;
	struct error err = {0};

	assert_fails(record_parse(&r, view_of(text), &err), &err, code, why);
	assert_null(r);
}

static void names_are_of_one_pattern(void **state)
{
	static const char *const good[] = {"a", "_", "0.json", "mig_c-1~x.y", "A..b"};
	static const char *const bad[] = {"",	   ".",	       "..",   ".a",   "-a",
					  "~a",	   "a/b",      "a\\b", "a b",  "a\n",
					  "a\x01", "\xc3\xa9", "a:b",  "a\x7f"};
	char longest[RECORD_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(record_name_valid(view_of(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(record_name_valid(view_of(bad[i])));
	memset(longest, 'a', sizeof longest);
	assert_true(record_name_valid(view_make(longest, RECORD_NAME_MAX)));
	assert_false(record_name_valid(view_make(longest, RECORD_NAME_MAX + 1)));
	assert_false(record_name_valid(view_make("a\0b", 3)));
}

static void only_a_valid_name_becomes_a_file_name(void **state)
{
	char out[RECORD_NAME_MAX + 1], name[RECORD_NAME_MAX + 1];
	struct error err = {0};

	(void)state;
	assert_ok(record_file_name(out, "mig_a", &err), &err);
	assert_string_equal(out, "mig_a.json");
	assert_fails(record_file_name(out, "../../etc/passwd", &err), &err, E_INVALID,
		     "cannot be the name of a record");
	assert_string_equal(out, "");
	assert_fails(record_file_name(out, "a\x1b[2J", &err), &err, E_INVALID, "a\\x1b[2J");
	memset(name, 'a', sizeof name);
	name[250] = '\0';
	assert_ok(record_file_name(out, name, &err), &err);
	assert_int_equal(strlen(out), 255);
	name[250] = 'a';
	name[251] = '\0';
	assert_fails(record_file_name(out, name, &err), &err, E_LIMIT, "too long");
}

static void a_record_s_file_tells_its_name(void **state)
{
	char out[RECORD_NAME_MAX + 1], file[RECORD_NAME_MAX + sizeof RECORD_SUFFIX + 1];

	(void)state;
	assert_true(record_name_of_file(out, "mig_a.json"));
	assert_string_equal(out, "mig_a");
	assert_false(record_name_of_file(out, ".ledger"));
	assert_false(record_name_of_file(out, "mig_a.json.orig"));
	assert_string_equal(out, "");
	memset(file, 'a', sizeof file);
	memcpy(file + RECORD_NAME_MAX, RECORD_SUFFIX, sizeof RECORD_SUFFIX);
	assert_true(record_name_of_file(out, file));
	assert_int_equal(strlen(out), RECORD_NAME_MAX);
	memcpy(file + RECORD_NAME_MAX, "a" RECORD_SUFFIX, sizeof RECORD_SUFFIX + 1);
	assert_false(record_name_of_file(out, file));
}

static void names_tell_their_id(void **state)
{
	(void)state;
	assert_int_equal(record_name_v1_id("mig_c1_0123abcd"), 6);
	assert_int_equal(record_name_v1_id("mig_c1_0123abcg"), 0);
	assert_int_equal(record_name_v1_id("mig_c1_0123ABCD"), 0);
	assert_int_equal(record_name_v1_id("mig_c1"), 0);
	assert_int_equal(record_name_v1_id("mig_01234567"), 0);
	assert_int_equal(record_name_v1_id("add_20240101"), 0);
}

/* A record of this id, which is right but for it. */
static struct record *named(enum record_format format, const char *id)
{
	AUTO_JSON *ops = json_array();
	const struct record_draft draft = {.format = format, .id = id, .operations = ops};
	struct record *r;
	struct error err = {0};

	assert_ok(record_make(&r, &draft, &err), &err);
	return r;
}

static void a_ledger_takes_what_fits_into_a_file_name(void **state)
{
	static const struct {
		enum record_format format;
		size_t longest;
	} rows[] = {{RECORD_V1, 241}, {RECORD_PGROLL, 250}};
	char id[RECORD_ID_MAX + 1] = "mig_";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err = {0};
		memset(id + 4, 'a', sizeof id - 4);
		id[rows[i].longest] = '\0';
		AUTO(record) *fits = named(rows[i].format, id);
		assert_ok(record_check_name(fits, &err), &err);
		id[rows[i].longest] = 'a';
		id[rows[i].longest + 1] = '\0';
		AUTO(record) *longer = named(rows[i].format, id);
		assert_fails(record_check_name(longer, &err), &err, E_LIMIT,
			     "too long for a file name");
	}
}

static void a_ledger_takes_names_that_tell_the_format(void **state)
{
	AUTO(record) *like_v1 = named(RECORD_PGROLL, "mig_a_01234567");
	AUTO(record) *upper_case = named(RECORD_PGROLL, "mig_a_0123456A");
	AUTO(record) *like_pgroll = named(RECORD_V1, "first");
	AUTO(record) *shortest = named(RECORD_V1, "mig_");
	struct error err = {0};

	(void)state;
	assert_fails(record_check_name(like_v1, &err), &err, E_INVALID,
		     "\"mig_a_01234567\" is named like a v1 record");
	assert_ok(record_check_name(upper_case, &err), &err);
	assert_fails(record_check_name(like_pgroll, &err), &err, E_INVALID,
		     "\"first\" of a v1 record does not begin with \"mig_\"");
	assert_ok(record_check_name(shortest, &err), &err);
}

static void a_v1_record_says_what_it_is(void **state)
{
	AUTO(record) *r = parsed(V1(",\"parentID\":\"mig_a\",\"title\":\"T\",\"x\":{\"y\":1}"));

	(void)state;
	assert_int_equal(record_format(r), RECORD_V1);
	assert_string_equal(record_name(r), "mig_b_01234567");
	assert_string_equal(record_id(r), "mig_b");
	assert_string_equal(record_parent(r), "mig_a");
	assert_string_equal(record_checksum(r), "1:" SUM);
	assert_string_equal(record_title(r), "T");
	assert_null(record_message(r));
	assert_null(record_schema(r));
	assert_null(record_migration_type(r));
	assert_true(record_done(r));
	assert_int_equal(json_array_size(record_operations(r)), 0);
	assert_int_equal(json_object_size(record_doc(r)), 6);
}

static void a_pgroll_record_says_what_it_is(void **state)
{
	AUTO(record) *r = parsed(
		PGROLL(",\"parent\":\"m1\",\"startedAt\":\"2026-01-01T00:00:00Z\""));
	AUTO(record) *other = parsed(
		PGROLL(",\"schema\":\"shop\",\"chainChecksum\":\"2:" SUM "\""));

	(void)state;
	assert_int_equal(record_format(r), RECORD_PGROLL);
	assert_string_equal(record_name(r), "m2");
	assert_string_equal(record_parent(r), "m1");
	assert_string_equal(record_schema(r), "public");
	assert_string_equal(record_started_at(r), "2026-01-01T00:00:00Z");
	assert_string_equal(record_migration_type(r), "pgroll");
	assert_null(record_checksum(r));
	assert_string_equal(record_schema(other), "shop");
	assert_string_equal(record_checksum(other), "2:" SUM);
}

static void members_keep_their_order_in_a_file(void **state)
{
	static const char text[] = "{\n  \"operations\": [],\n  \"future\": null,\n  \"id\": "
				   "\"mig_b\",\n  \"checksum\": \"1:" SUM "\"\n}\n";
	AUTO(record) *r = parsed(text);
	AUTO_STR out = {0};

	(void)state;
	record_print(&out, r);
	assert_string_equal(str_cstr(&out), text);
}

static void a_v1_record_is_checked_member_by_member(void **state)
{
	(void)state;
	refused("[]", E_INVALID, "must be an object, not an array");
	refused("{}", E_INVALID, "neither a v1 record");
	refused("{\"id\":\"a\",\"operations\":[],\"migration\":{}}", E_INVALID, "neither");
	refused("{\"id\":\"a\"", E_INVALID, "invalid JSON at line 1");
	refused("{\"id\":\"a\",\"id\":\"b\",\"operations\":[]}", E_INVALID, "invalid JSON");
	refused("{\"id\":1,\"operations\":[]}", E_INVALID, "\"id\" must be a string, not a number");
	refused("{\"id\":\"../x\",\"checksum\":\"1:" SUM "\",\"operations\":[]}", E_INVALID,
		"id \"../x\" cannot be the name");
	refused("{\"id\":\"a\",\"operations\":[]}", E_INVALID, "\"checksum\" is missing");
	refused("{\"id\":\"a\",\"checksum\":\"2:" SUM "\",\"operations\":[]}", E_INVALID,
		"must be \"1:\" and 64");
	refused("{\"id\":\"a\",\"checksum\":\"1:" SUM "0\",\"operations\":[]}", E_INVALID, "64");
	refused("{\"id\":\"a\",\"checksum\":\"1:0A\",\"operations\":[]}", E_INVALID, "64");
	refused("{\"id\":\"a\",\"checksum\":\"1:" SUM "\",\"operations\":{}}", E_INVALID,
		"\"operations\" must be an array");
	refused(V1(",\"parentID\":\"mig_b\""), E_INVALID, "itself as its parent");
	refused(V1(",\"parentID\":\"a/b\""), E_INVALID, "parentID \"a/b\"");
	refused(V1(",\"parentID\":\"\""), E_INVALID, "parentID \"\"");
	refused(V1(",\"title\":[]"), E_INVALID, "\"title\"");
}

static void operations_are_objects_with_one_member(void **state)
{
	(void)state;
	refused("{\"id\":\"a\",\"checksum\":\"1:" SUM "\",\"operations\":[{\"x\":1},7]}", E_INVALID,
		"operation 2 must be an object, not a number");
	refused("{\"id\":\"a\",\"checksum\":\"1:" SUM "\",\"operations\":[{}]}", E_INVALID,
		"operation 1 must have exactly one member");
	refused("{\"id\":\"a\",\"checksum\":\"1:" SUM "\",\"operations\":[{\"x\":1,\"y\":2}]}",
		E_INVALID, "exactly one member");
}

static void a_pgroll_record_is_checked_member_by_member(void **state)
{
	(void)state;
	refused("{\"name\":\"a\",\"migration\":{},\"migrationType\":\"pgroll\"}", E_INVALID,
		"\"done\" is missing");
	refused("{\"name\":\"a\",\"migration\":{},\"done\":true}", E_INVALID, "\"migrationType\"");
	refused("{\"name\":\"a\",\"migration\":{},\"migrationType\":\"pgroll\",\"done\":true}",
		E_INVALID, "in \"migration\": member \"operations\" is missing");
	refused("{\"name\":\"a\",\"migration\":\"{}\",\"migrationType\":\"x\",\"done\":true}",
		E_INVALID, "must be an object");
	refused(PGROLL(",\"parent\":\"m2\""), E_INVALID, "itself as its parent");
	refused(PGROLL(",\"parent\":\".git\""), E_INVALID, "parent \".git\"");
	refused(PGROLL(",\"schema\":\"\""), E_INVALID, "the schema must have a name");
	refused(PGROLL(",\"chainChecksum\":\"1:" SUM "\""), E_INVALID, "chainChecksum");
	refused("{\"done\":true,\"migration\":{\"name\":\"m3\",\"operations\":[]},"
		"\"migrationType\":\"pgroll\",\"name\":\"m2\"}",
		E_INVALID, "is not that of the record");
}

static void limits_are_kept(void **state)
{
	AUTO_STR text = {0};
	struct record *r;
	struct error err = {0};

	(void)state;
	str_puts(&text, "{\"id\":\"a\",\"checksum\":\"1:" SUM "\",\"operations\":[");
	for (int i = 0; i <= RECORD_OPERATIONS_MAX; i++)
		str_puts(&text, i ? ",{\"x\":1}" : "{\"x\":1}");
	str_puts(&text, "]}");
	assert_fails(record_parse(&r, str_view(&text), &err), &err, E_LIMIT, "10001 operations");

	str_clear(&text);
	str_puts(&text, "{\"id\":\"a\",\"checksum\":\"1:" SUM "\",\"operations\":[{\"x\":");
	for (int i = 0; i < 70; i++)
		str_putc(&text, '[');
	assert_fails(record_parse(&r, str_view(&text), &err), &err, E_LIMIT, "levels deep");

	str_clear(&text);
	while (text.len <= RECORD_TEXT_MAX)
		str_puts(&text, "                                                                ");
	assert_fails(record_parse(&r, str_view(&text), &err), &err, E_LIMIT, "over the limit");
}

static json_t *json_of(const char *text)
{
	json_t *value;
	struct error err = {0};

	assert_ok(json_read(&value, view_of(text), 0, &err), &err);
	return value;
}

static const struct {
	const char *item;
	size_t weight;
} values[] = {
	{"0", 1},
	{"[]", 2},
	{"{}", 2},
	{"[{\"a\":0,\"b\":1}]", 4},
	{"0.5", 1 + JSON_REAL_VALUES},
	{"-1.5e-7", 1 + JSON_REAL_VALUES},
	{"1234567890123456789", 1 + JSON_REAL_VALUES},
	{"-999999999999999999", 1},
};

static void put_values(struct str *text, const char *item, size_t n)
{
	str_clear(text);
	str_puts(text, "{\"id\":\"a\",\"checksum\":\"1:" SUM "\",\"operations\":[{\"x\":[");
	for (size_t i = 0; i < n; i++)
		str_printf(text, "%s,", item);
	str_puts(text, "\"\"]}]}");
}

/* 6: what is around the values. */
static size_t most_values(size_t i, size_t limit)
{
	return (limit - 6) / values[i].weight;
}

static void values_of_a_file_are_limited(void **state)
{
	AUTO_STR text = {0};
	struct record *r;
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		size_t most = most_values(i, RECORD_VALUES_MAX);
		put_values(&text, values[i].item, most + 1);
		assert_fails(record_parse(&r, str_view(&text), &err), &err, E_LIMIT,
			     "more than 140000 values");
		put_values(&text, values[i].item, most);
		assert_ok(record_parse(&r, str_view(&text), &err), &err);
		record_free(r);
	}
}

/* Whatever is taken in can be read from its file. */
static void values_of_an_item_are_limited_likewise(void **state)
{
	AUTO_STR text = {0};
	struct record *r, *again;
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		size_t most = most_values(i, RECORD_VALUES_MAX);
		put_values(&text, values[i].item, most + 1);
		AUTO_JSON *more = json_of(str_cstr(&text));
		assert_fails(record_from_item(&r, RECORD_V1, more, &err), &err, E_LIMIT,
			     "more than 140000 values");
		put_values(&text, values[i].item, most);
		AUTO_JSON *good = json_of(str_cstr(&text));
		assert_ok(record_from_item(&r, RECORD_V1, good, &err), &err);
		str_clear(&text);
		record_print(&text, r);
		assert_ok(record_parse(&again, str_view(&text), &err), &err);
		record_free(again);
		record_free(r);
	}
}

/* What a record gets with its place is counted, too. */
static void a_made_record_fits_a_file_with_its_checksum(void **state)
{
	AUTO_STR text = {0};
	struct record *r, *again;
	struct error err = {0};
	size_t made = 0;

	(void)state;
	for (size_t n = RECORD_VALUES_MAX - 30; n < RECORD_VALUES_MAX; n++) {
		str_clear(&text);
		str_puts(&text, "[{\"x\":[");
		for (size_t i = 0; i < n; i++)
			str_puts(&text, "0,");
		str_puts(&text, "0]}]");
		AUTO_JSON *ops = json_of(str_cstr(&text));
		const struct record_draft draft = {.format = RECORD_V1,
						   .id = "mig_x",
						   .parent = "mig_w",
						   .parent_checksum = "1:" SUM,
						   .operations = ops};
		if (record_make(&r, &draft, &err) < 0)
			break;
		str_clear(&text);
		record_print(&text, r);
		assert_ok(record_parse(&again, str_view(&text), &err), &err);
		record_free(again);
		record_free(r);
		made++;
	}
	assert_int_equal(err.code, E_LIMIT);
	assert_true(made > 0);
}

static void from_wire(const char *item, enum record_format format, const char *file)
{
	AUTO_JSON *value = json_of(item);
	AUTO(record) *r = NULL;
	AUTO_STR out = {0};
	struct error err = {0};

	assert_ok(record_from_item(&r, format, value, &err), &err);
	json_write(&out, record_doc(r), JSON_FORM_COMPACT);
	assert_string_equal(str_cstr(&out), file);
}

static void a_v1_item_gets_the_order_of_a_file(void **state)
{
	(void)state;
	from_wire("{\"zeta\":1,\"operations\":[],\"mergeParentID\":\"x\",\"checksum\":\"1:" SUM
		  "\",\"message\":\"m\",\"createdAt\":\"2024\",\"parentID\":\"p\",\"alpha\":2,"
		  "\"title\":\"\",\"id\":\"a\"}",
		  RECORD_V1,
		  "{\"id\":\"a\",\"parentID\":\"p\",\"checksum\":\"1:" SUM
		  "\",\"operations\":[],\"message\":\"m\",\"zeta\":1,\"alpha\":2}");
	from_wire("{\"id\":\"a\",\"parentID\":null,\"checksum\":\"1:" SUM "\",\"operations\":null}",
		  RECORD_V1, "{\"id\":\"a\",\"checksum\":\"1:" SUM "\",\"operations\":[]}");
}

static void a_pgroll_item_gets_the_order_of_a_file(void **state)
{
	static const char file[] =
		"{\"done\":false,\"migration\":{\"operations\":[{\"sql\":{\"up\":\"\"}}],"
		"\"name\":\"a\"},\"migrationType\":\"inferred\",\"name\":\"a\",\"newer\":1,"
		"\"schema\":\"public\",\"startedAt\":\"t\"}";

	(void)state;
	from_wire("{\"name\":\"a\",\"schema\":\"public\",\"migration\":\"{\\\"operations\\\":[{"
		  "\\\"sql\\\":{\\\"up\\\":\\\"\\\"}}],\\\"name\\\":\\\"a\\\"}\",\"startedAt\":"
		  "\"t\",\"newer\":1,\"parent\":null,\"done\":false,\"migrationType\":"
		  "\"inferred\"}",
		  RECORD_PGROLL, file);
	from_wire(file, RECORD_PGROLL, file);
}

static void a_bad_item_is_refused(void **state)
{
	AUTO_JSON *array = json_of("[]");
	AUTO_JSON *twice = json_of("{\"name\":\"a\",\"done\":true,\"migrationType\":\"pgroll\","
				   "\"migration\":\"{\\\"a\\\":1,\\\"a\\\":2}\"}");
	AUTO_JSON *bad_name = json_of("{\"name\":\"../a\",\"done\":true,\"migrationType\":\"p\","
				      "\"migration\":{\"operations\":[]}}");
	struct record *r;
	struct error err = {0};

	(void)state;
	assert_fails(record_from_item(&r, RECORD_V1, array, &err), &err, E_INVALID, "an object");
	assert_null(r);
	assert_fails(record_from_item(&r, RECORD_PGROLL, twice, &err), &err, E_INVALID,
		     "in \"migration\": invalid JSON");
	assert_fails(record_from_item(&r, RECORD_PGROLL, bad_name, &err), &err, E_INVALID,
		     "name \"../a\" cannot be");
	assert_fails(record_from_item(&r, RECORD_V1, bad_name, &err), &err, E_INVALID, "\"id\"");
}

static void an_item_that_no_file_could_hold_is_refused(void **state)
{
	AUTO_JSON *item = json_of(V1(""));
	AUTO_STR text = {0};
	struct record *r;
	struct error err = {0};
	json_t *deep = json_array();

	(void)state;
	for (int i = 0; i < 64; i++) {
		json_t *outer = json_array();
		json_array_append_new(outer, deep);
		deep = outer;
	}
	json_put(item, "deep", deep);
	assert_fails(record_from_item(&r, RECORD_V1, item, &err), &err, E_LIMIT, "levels deep");

	while (text.len <= RECORD_TEXT_MAX)
		str_puts(&text, "................................................................");
	json_put_string(item, "deep", str_cstr(&text));
	assert_fails(record_from_item(&r, RECORD_V1, item, &err), &err, E_LIMIT, "the record");
}

static void a_made_record_is_chained_and_reads_back(void **state)
{
	AUTO_JSON *ops = json_of("[{\"addTable\":{\"table\":\"t\"}}]");
	const struct record_draft draft = {.format = RECORD_V1,
					   .id = "mig_x",
					   .parent = "mig_w",
					   .parent_checksum = "1:" SUM,
					   .operations = ops,
					   .title = "T",
					   .message = ""};
	AUTO(record) *r = NULL;
	AUTO(record) *again = NULL;
	AUTO_STR text = {0};
	struct error err = {0};

	(void)state;
	assert_ok(record_make(&r, &draft, &err), &err);
	assert_string_equal(record_parent(r), "mig_w");
	assert_true(starts_with(record_name(r), "mig_x_"));
	assert_memory_equal(record_name(r) + 6, record_checksum(r) + 2, 8);
	record_print(&text, r);
	assert_true(starts_with(str_cstr(&text), "{\n  \"id\": \"mig_x\",\n  \"parentID\""));
	assert_null(strstr(str_cstr(&text), "message"));
	assert_ok(record_parse(&again, str_view(&text), &err), &err);
}

static void a_made_pgroll_record_has_every_member(void **state)
{
	AUTO_JSON *ops = json_of("[{\"sql\":{\"up\":\"SELECT 1\"}}]");
	const struct record_draft draft = {.format = RECORD_PGROLL,
					   .id = "first",
					   .operations = ops,
					   .version_schema = "v1",
					   .started_at = 1767225600500000,
					   .not_done = true};
	AUTO(record) *r = NULL;
	AUTO_STR text = {0};
	struct error err = {0};

	(void)state;
	assert_ok(record_make(&r, &draft, &err), &err);
	assert_false(record_done(r));
	record_set_done(r, true);
	assert_true(record_done(r));
	json_write(&text, record_doc(r), JSON_FORM_COMPACT);
	const char *behind = strstr(str_cstr(&text), "\"done\"");
	assert_true(starts_with(str_cstr(&text), "{\"chainChecksum\":\"2:"));
	assert_string_equal(behind, "\"done\":true,\"migration\":{\"name\":\"first\","
				    "\"version_schema\":\"v1\",\"operations\":[{\"sql\":{\"up\":"
				    "\"SELECT 1\"}}]},\"migrationType\":\"pgroll\",\"name\":"
				    "\"first\",\"schema\":\"public\",\"startedAt\":"
				    "\"2026-01-01T00:00:00.5Z\"}");
}

static void a_draft_that_does_not_fit_is_refused(void **state)
{
	AUTO_JSON *ops = json_array();
	AUTO_JSON *object = json_object();
	struct record_draft d = {.format = RECORD_V1, .id = "a/b", .operations = ops};
	struct record *r;
	struct error err = {0};

	(void)state;
	assert_fails(record_make(&r, &d, &err), &err, E_INVALID, "id \"a/b\"");
	assert_null(r);
	d.id = NULL;
	assert_fails(record_make(&r, &d, &err), &err, E_INVALID, "no name");
	d.id = "a";
	d.title = "\xff";
	assert_fails(record_make(&r, &d, &err), &err, E_INVALID, "UTF-8");
	d.title = NULL;
	d.parent = "p";
	assert_fails(record_make(&r, &d, &err), &err, E_INVALID, "go together");
	d.parent = NULL;
	d.operations = object;
	assert_fails(record_make(&r, &d, &err), &err, E_INVALID, "must be an array");
}

static void rechaining_puts_members_at_their_place(void **state)
{
	AUTO(record) *r = parsed(V1(",\"title\":\"T\",\"x\":1"));
	AUTO(record) *before = record_copy(r);
	AUTO(record) *p = parsed(PGROLL(",\"schema\":\"public\""));
	AUTO_STR text = {0};

	(void)state;
	record_chain(r, "mig_a", "1:" SUM);
	json_write(&text, record_doc(r), JSON_FORM_COMPACT);
	assert_true(starts_with(str_cstr(&text),
				"{\"id\":\"mig_b\",\"parentID\":\"mig_a\",\"checksum\":\"1:"));
	assert_true(ends_with(str_cstr(&text), "\"operations\":[],\"title\":\"T\",\"x\":1}"));
	assert_string_equal(record_name(before), "mig_b_01234567");
	assert_null(record_parent(before));
	record_chain(r, NULL, NULL);
	assert_null(record_parent(r));
	assert_null(json_object_get(record_doc(r), "parentID"));

	record_chain(p, "m1", "2:" SUM);
	str_clear(&text);
	json_write(&text, record_doc(p), JSON_FORM_COMPACT);
	assert_true(starts_with(str_cstr(&text), "{\"chainChecksum\":\"2:"));
	assert_true(ends_with(str_cstr(&text),
			      "\"name\":\"m2\",\"parent\":\"m1\",\"schema\":\"public\"}"));
}

static void a_list_of_records_turns_around(void **state)
{
	AUTO_VALUE(records) l = {0};

	(void)state;
	records_reverse(&l);
	for (int i = 0; i < 3; i++) {
		AUTO_STR text = {0};
		str_printf(&text, "{\"id\":\"m%d\",\"checksum\":\"1:" SUM "\",\"operations\":[]}",
			   i);
		records_take(&l, parsed(str_cstr(&text)));
	}
	records_reverse(&l);
	assert_int_equal(l.len, 3);
	assert_string_equal(record_id(l.items[0]), "m2");
	assert_string_equal(record_id(l.items[2]), "m0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_of_one_pattern),
		cmocka_unit_test(only_a_valid_name_becomes_a_file_name),
		cmocka_unit_test(a_record_s_file_tells_its_name),
		cmocka_unit_test(names_tell_their_id),
		cmocka_unit_test(a_ledger_takes_what_fits_into_a_file_name),
		cmocka_unit_test(a_ledger_takes_names_that_tell_the_format),
		cmocka_unit_test(a_v1_record_says_what_it_is),
		cmocka_unit_test(a_pgroll_record_says_what_it_is),
		cmocka_unit_test(members_keep_their_order_in_a_file),
		cmocka_unit_test(a_v1_record_is_checked_member_by_member),
		cmocka_unit_test(operations_are_objects_with_one_member),
		cmocka_unit_test(a_pgroll_record_is_checked_member_by_member),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(values_of_a_file_are_limited),
		cmocka_unit_test(values_of_an_item_are_limited_likewise),
		cmocka_unit_test(a_made_record_fits_a_file_with_its_checksum),
		cmocka_unit_test(a_v1_item_gets_the_order_of_a_file),
		cmocka_unit_test(a_pgroll_item_gets_the_order_of_a_file),
		cmocka_unit_test(a_bad_item_is_refused),
		cmocka_unit_test(an_item_that_no_file_could_hold_is_refused),
		cmocka_unit_test(a_made_record_is_chained_and_reads_back),
		cmocka_unit_test(a_made_pgroll_record_has_every_member),
		cmocka_unit_test(a_draft_that_does_not_fit_is_refused),
		cmocka_unit_test(rechaining_puts_members_at_their_place),
		cmocka_unit_test(a_list_of_records_turns_around),
	};
	return unit_main(tests);
}
