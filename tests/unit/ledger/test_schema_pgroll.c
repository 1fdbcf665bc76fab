/* The logical schema of pgroll records, closed and opened by raw SQL. */
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

	return schema_apply_operations(s, RECORD_PGROLL, ops, err);
}

static void applied(struct schema *s, const char *operations)
{
	struct error err = {0};

	assert_ok(apply(s, operations, &err), &err);
}

static void refused(struct schema *s, const char *operations, const char *why)
{
	struct error err = {0};
	AUTO_STR before = {0}, after = {0};

	schema_save(&before, s);
	assert_fails(apply(s, operations, &err), &err, E_INVALID, why);
	schema_save(&after, s);
	assert_string_equal(str_cstr(&after), str_cstr(&before));
}

/* What the API shows of a table's member, as compact JSON. */
static void shows(const struct schema *s, const char *table, const char *member, const char *text)
{
	AUTO_JSON *api = schema_to_api(s);
	AUTO_STR out = {0};
	const json_t *t = json_object_get(json_object_get(api, "tables"), table);

	assert_non_null(t);
	json_write(&out, json_object_get(t, member), JSON_FORM_COMPACT);
	assert_string_equal(str_cstr(&out), text);
	str_clear(&out);
	schema_write_api(&out, s);
	assert_in_range(out.len, 0, schema_api_bytes(s));
}

#define USERS                                                                        \
	"{\"create_table\":{\"name\":\"users\",\"comment\":\"people\",\"columns\":[" \
	"{\"name\":\"id\",\"type\":\"bigint\",\"pk\":true},"                         \
	"{\"name\":\"nick\",\"type\":\"text\",\"unique\":true,\"nullable\":true,"    \
	"\"check\":{\"name\":\"short\",\"constraint\":\"length(nick) < 9\"}}]}}"
#define POSTS                                                                         \
	"{\"create_table\":{\"name\":\"posts\",\"columns\":["                         \
	"{\"name\":\"id\",\"type\":\"bigint\",\"pk\":true},"                          \
	"{\"name\":\"author\",\"type\":\"bigint\",\"default\":\"0\",\"references\":{" \
	"\"name\":\"author_fk\",\"table\":\"users\",\"column\":\"id\"}}]}}"
#define SQL(text) "{\"sql\":{\"up\":\"" text "\"}}"
#define ADD(t, c) \
	"{\"add_column\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c "\",\"type\":\"int\"}}}"
#define DROP(t, c) "{\"drop_column\":{\"table\":\"" t "\",\"column\":\"" c "\"}}"
#define ADD_KEY(t, c)                                                    \
	"{\"add_column\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c \
	"\",\"type\":\"int\",\"pk\":true}}}"
#define DROP_CONSTRAINT(t, name) "{\"drop_constraint\":{\"table\":\"" t "\",\"name\":\"" name "\"}}"
#define DROP_TABLE(t) "{\"drop_table\":{\"name\":\"" t "\"}}"

static struct schema *blog(void)
{
	struct schema *s = schema_new(RECORD_PGROLL);

	applied(s, "[" USERS "," POSTS "]");
	return s;
}

static void tables_show_what_the_records_tell(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	assert_false(schema_is_open(s));
	shows(s, "users", "oid", "\"0\"");
	shows(s, "users", "comment", "\"people\"");
	shows(s, "users", "xataCompatible", "false");
	shows(s, "users", "primaryKey", "[\"id\"]");
	shows(s, "users", "columns",
	      "{\"id\":{\"name\":\"id\",\"type\":\"bigint\",\"default\":null,\"nullable\":false,"
	      "\"unique\":false,\"pk\":true,\"comment\":\"\"},\"nick\":{\"name\":\"nick\",\"type\":"
	      "\"text\",\"default\":null,\"nullable\":true,\"unique\":true,\"pk\":false,"
	      "\"comment\":\"\"}}");
	shows(s, "users", "uniqueConstraints",
	      "{\"users_nick_key\":{\"name\":\"users_nick_key\",\"columns\":[\"nick\"]}}");
	shows(s, "users", "checkConstraints",
	      "{\"short\":{\"name\":\"short\",\"columns\":[\"nick\"],\"definition\":"
	      "\"CHECK (length(nick) < 9)\"}}");
	shows(s, "posts", "foreignKeys",
	      "{\"author_fk\":{\"name\":\"author_fk\",\"columns\":[\"author\"],\"referencedTable\":"
	      "\"users\",\"referencedColumns\":[\"id\"]}}");
}

static void renames_follow_into_keys_and_indexes(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[{\"create_index\":{\"name\":\"by_nick\",\"table\":\"users\",\"columns\":"
		   "[\"nick\"]}},{\"rename_table\":{\"from\":\"users\",\"to\":\"people\"}},"
		   "{\"rename_column\":{\"table\":\"people\",\"from\":\"nick\",\"to\":\"handle\"}},"
		   "{\"alter_column\":{\"table\":\"people\",\"column\":\"id\",\"name\":\"key\"}}]");
	shows(s, "people", "indexes",
	      "{\"by_nick\":{\"name\":\"by_nick\",\"unique\":false,\"columns\":[\"handle\"]}}");
	shows(s, "people", "checkConstraints",
	      "{\"short\":{\"name\":\"short\",\"columns\":[\"handle\"],\"definition\":"
	      "\"CHECK (length(nick) < 9)\"}}");
	shows(s, "posts", "foreignKeys",
	      "{\"author_fk\":{\"name\":\"author_fk\",\"columns\":[\"author\"],\"referencedTable\":"
	      "\"people\",\"referencedColumns\":[\"key\"]}}");
}

#define RENAME(from, to) "{\"rename_table\":{\"from\":\"" from "\",\"to\":\"" to "\"}}"
#define REFERS(name, to)                                                                   \
	"{\"create_constraint\":{\"table\":\"posts\",\"name\":\"" name                     \
	"\",\"type\":\"foreign_key\",\"columns\":[\"id\"],\"references\":{\"table\":\"" to \
	"\",\"columns\":[\"id\"]}}}"
#define INDEX(name, table) \
	"{\"create_index\":{\"name\":\"" name "\",\"table\":\"" table "\",\"columns\":[\"id\"]}}"
#define BARE(name) "{\"create_table\":{\"name\":\"" name "\",\"columns\":[]}}"
#define FREE "{\"drop_constraint\":{\"table\":\"posts\",\"name\":\"author_fk\"}}"
#define AGAIN RENAME("a", "c") "," DROP_TABLE("c") "," RENAME("posts", "p")
#define TWO_KEYS                                                                           \
	"{\"create_table\":{\"name\":\"k\",\"columns\":[{\"name\":\"a\",\"type\":\"int\"," \
	"\"pk\":true}],\"constraints\":[{\"name\":\"b\",\"type\":\"primary_key\","         \
	"\"columns\":[\"a\"]}]}}"
#define REFUSED "{\"drop_table\":{\"name\":\"nobody\"}}"
#define POINTS(name, to)                                                                     \
	"\"" name "\":{\"name\":\"" name "\",\"columns\":[\"id\"],\"referencedTable\":\"" to \
	"\",\"referencedColumns\":[\"id\"]}"

/* What points to a table is kept with that table's name, through all that may be taken back. */
static void a_rename_finds_what_points_to_the_table_whatever_came_before(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[" FREE "," BARE("a") "," REFERS("f", "a") "]");
	applied(s, "[" INDEX("i", "posts") "," INDEX("j", "users") "]");
	/* Things that are gone, renamed and made again in one record are all put back. */
	refused(s,
		"[" RENAME("a", "b") "," BARE("a") "," REFERS("g", "a") "," AGAIN "," REFUSED "]",
		"nobody");
	refused(s, "[" DROP_TABLE("posts") "," RENAME("a", "b") "," POSTS "," REFUSED "]",
		"nobody");
	shows(s, "posts", "foreignKeys", "{" POINTS("f", "a") "}");
	applied(s, "[" RENAME("a", "b") "]");
	shows(s, "posts", "foreignKeys", "{" POINTS("f", "b") "}");
	/* A new table of the old name has nothing to do with it. */
	applied(s,
		"[" BARE("a") "," REFERS("g", "a") "," RENAME("b", "c") "," RENAME("a", "b") "]");
	shows(s, "posts", "foreignKeys", "{" POINTS("f", "c") "," POINTS("g", "b") "}");
	applied(s, "[" RENAME("posts", "p") "," DROP_TABLE("users") "]");
	refused(s, "[{\"drop_index\":{\"name\":\"j\"}}]", "removed or renamed");
	shows(s, "p", "indexes", "{\"i\":{\"name\":\"i\",\"unique\":false,\"columns\":[\"id\"]}}");
	/* Keys that went with their table are not looked for. */
	applied(s, "[" DROP_TABLE("p") "]");
	applied(s, "[" RENAME("c", "posts") "," RENAME("b", "c") "]");
	shows(s, "posts", "foreignKeys", "{}");
}

#define REFERS_ID(name, to)                                                                \
	"{\"create_constraint\":{\"table\":\"posts\",\"name\":\"" name                     \
	"\",\"type\":\"foreign_key\",\"columns\":[\"id\"],\"references\":{\"table\":\"" to \
	"\",\"column\":\"id\"}}}"
#define RENAME_COLUMN(table, from, to) \
	"{\"rename_column\":{\"table\":\"" table "\",\"from\":\"" from "\",\"to\":\"" to "\"}}"
#define KEYED(name, table, column)                                                              \
	"\"" name "\":{\"name\":\"" name "\",\"columns\":[\"id\"],\"referencedTable\":\"" table \
	"\",\"referencedColumns\":[\"" column "\"]}"

/* There and back, to what it was; counted, as time depends on the machine. */
static void renames_cost_nothing_for_what_points_to_a_column(void **state)
{
	AUTO(schema) *s = schema_new(RECORD_PGROLL);
	AUTO(schema) *copy = NULL;
	AUTO_STR ops = {0}, before = {0}, after = {0};
	AUTO_STR ones = {0};

	(void)state;
	str_puts(&ops, "[" BARE("posts") "," ADD("posts", "id") "," BARE("a") "," ADD("a", "id"));
	for (int i = 0; i < 1000; i++)
		str_printf(&ops, "," REFERS_ID("f%d", "a"), i);
	str_putc(&ops, ']');
	applied(s, str_cstr(&ops));
	schema_write_api(&before, s);
	str_puts(&ones, "[" RENAME_COLUMN("a", "id", "k") "," RENAME("a", "b"));
	for (int i = 0; i < 500; i++)
		str_puts(&ones, "," RENAME_COLUMN("b", "k", "id") "," RENAME_COLUMN(
					"b", "id", "k") "," RENAME("b", "a") "," RENAME("a", "b"));
	str_putc(&ones, ']');
	schema_limit_work(s, 0);
	applied(s, str_cstr(&ones));
	copy = schema_copy(s);
	applied(copy, "[" RENAME("b", "a") "," RENAME_COLUMN("a", "k", "id") "]");
	schema_write_api(&after, copy);
	assert_string_equal(str_cstr(&after), str_cstr(&before));
}

/* A key may point to a column that went, or is yet to come: what gets its name is pointed to. */
static void keys_to_a_name_and_to_what_gets_it_become_one(void **state)
{
	AUTO(schema) *s = schema_new(RECORD_PGROLL);
	AUTO(schema) *loaded = NULL;
	AUTO_STR text = {0};
	struct error err = {0};

	(void)state;
	applied(s, "[" BARE("posts") "," ADD("posts", "id") "," BARE("a") "," ADD("a", "id") "]");
	applied(s, "[" REFERS_ID("f", "a") "," RENAME_COLUMN("a", "id",
							     "x") "," REFERS_ID("g", "a") "]");
	shows(s, "posts", "foreignKeys", "{" KEYED("f", "a", "x") "," POINTS("g", "a") "}");
	refused(s,
		"[" RENAME_COLUMN("a", "x", "id") "," REFERS_ID("h", "a") "," RENAME(
			"a",
			"b") "," RENAME_COLUMN("b", "id",
					       "y") "," BARE("a") "," REFERS_ID("i",
										"a") "," REFUSED
										     "]",
		"nobody");
	applied(s, "[" RENAME_COLUMN("a", "x", "id") "," RENAME_COLUMN("a", "id", "y") "]");
	shows(s, "posts", "foreignKeys", "{" KEYED("f", "a", "y") "," KEYED("g", "a", "y") "}");
	/* The table, too: both keys point to one that is no more, when another gets its name. */
	applied(s, "[" DROP_TABLE("a") "," BARE("b") "," REFERS_ID("h", "b") "]");
	refused(s, "[" RENAME("b", "a") "," REFUSED "]", "nobody");
	applied(s, "[" ADD("b", "id") "," RENAME("b", "a") "," RENAME_COLUMN("a", "id", "y") "]");
	applied(s, "[" RENAME("a", "c") "," RENAME_COLUMN("c", "y", "z") "]");
	schema_save(&text, s);
	assert_ok(schema_load(&loaded, str_view(&text), &err), &err);
	shows(loaded, "posts", "foreignKeys",
	      "{" KEYED("f", "c", "z") "," KEYED("g", "c", "z") "," KEYED("h", "c", "z") "}");
	applied(loaded, "[" BARE("d") "," REFERS_ID("i", "d") "," DROP_TABLE("d") "]");
	refused(loaded, "[" RENAME("c", "d") "," RENAME_COLUMN("d", "z", "id") "," REFUSED "]",
		"nobody");
	applied(loaded, "[" RENAME("c", "d") "," RENAME_COLUMN("d", "z", "id") "]");
	shows(loaded, "posts", "foreignKeys",
	      "{" POINTS("f", "d") "," POINTS("g", "d") "," POINTS("h", "d") "," POINTS("i",
											"d") "}");
}

static void altering_a_column_changes_what_it_shows(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[{\"alter_column\":{\"table\":\"posts\",\"column\":\"author\",\"type\":"
		   "\"text\",\"nullable\":true,\"default\":null,\"comment\":\"who\",\"unique\":{"
		   "\"name\":\"one_each\"},\"check\":{\"name\":\"some\",\"constraint\":\"a\"}}}]");
	shows(s, "posts", "columns",
	      "{\"id\":{\"name\":\"id\",\"type\":\"bigint\",\"default\":null,\"nullable\":false,"
	      "\"unique\":false,\"pk\":true,\"comment\":\"\"},\"author\":{\"name\":\"author\","
	      "\"type\":\"text\",\"default\":null,\"nullable\":true,\"unique\":true,\"pk\":false,"
	      "\"comment\":\"who\"}}");
	refused(s,
		"[{\"alter_column\":{\"table\":\"posts\",\"column\":\"author\",\"check\":{\"name\":"
		"\"some\",\"constraint\":\"b\"}}}]",
		"cannot alter column \"author\" of table \"posts\": constraint \"some\" exists");
	applied(s, "[{\"drop_constraint\":{\"table\":\"posts\",\"column\":\"author\",\"name\":"
		   "\"one_each\"}}]");
	refused(s, "[{\"drop_constraint\":{\"table\":\"posts\",\"name\":\"one_each\"}}]",
		"constraint \"one_each\" does not exist (an earlier operation");
}

static void constraints_and_indexes_come_and_go(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[{\"create_constraint\":{\"table\":\"posts\",\"name\":\"k\",\"type\":"
		   "\"unique\",\"columns\":[\"id\",\"author\"]}},{\"rename_constraint\":{"
		   "\"table\":\"posts\",\"from\":\"k\",\"to\":\"pair\"}},{\"create_index\":{"
		   "\"name\":\"i\",\"table\":\"posts\",\"columns\":[{\"column\":\"author\"}],"
		   "\"unique\":true}}]");
	shows(s, "posts", "uniqueConstraints",
	      "{\"pair\":{\"name\":\"pair\",\"columns\":[\"id\",\"author\"]}}");
	shows(s, "posts", "indexes",
	      "{\"i\":{\"name\":\"i\",\"unique\":true,\"columns\":[\"author\"]}}");
	refused(s, "[{\"create_index\":{\"name\":\"i\",\"table\":\"users\",\"columns\":[\"id\"]}}]",
		"index \"i\" exists already");
	refused(s, "[{\"create_index\":{\"name\":\"j\",\"table\":\"users\",\"columns\":[\"x\"]}}]",
		"cannot create index \"j\" on table \"users\": column \"x\" does not exist");
	refused(s, "[{\"drop_index\":{\"name\":\"x\"}}]",
		"cannot drop index \"x\": index \"x\" does not exist");
	refused(s,
		"[{\"create_constraint\":{\"table\":\"posts\",\"name\":\"f\",\"type\":"
		"\"foreign_key\",\"columns\":[\"id\"],\"references\":{\"table\":\"x\"}}}]",
		"table \"x\" does not exist");
	/* One that PostgreSQL named itself may be dropped, and goes with its column. */
	applied(s, "[{\"drop_constraint\":{\"table\":\"users\",\"column\":\"nick\",\"name\":"
		   "\"users_nick_key\"}}," DROP("posts", "author") "]");
	shows(s, "users", "uniqueConstraints", "{}");
	shows(s, "posts", "uniqueConstraints", "{}");
	shows(s, "posts", "indexes", "{}");
	shows(s, "posts", "foreignKeys", "{}");
	applied(s, "[{\"create_index\":{\"name\":\"i\",\"table\":\"posts\",\"columns\":[\"id\"]}},"
		   "{\"drop_index\":{\"name\":\"i\"}},{\"create_index\":{\"name\":\"i\",\"table\":"
		   "\"posts\",\"columns\":[\"id\"]}}," DROP_TABLE("posts") "]");
	refused(s, "[{\"drop_index\":{\"name\":\"i\"}}]", "removed or renamed");
}

/* PostgreSQL names that of a new table's column, pgroll that of one which is added. */
static void a_unique_column_has_a_constraint_that_keeps_its_name(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[{\"add_column\":{\"table\":\"posts\",\"column\":{\"name\":\"slug\",\"type\":"
		   "\"text\",\"unique\":true}}}," RENAME("posts", "p") "," RENAME(
			   "users", "u") ","
					 "{\"rename_column\":{\"table\":\"p\",\"from\":\"slug\","
					 "\"to\":\"path\"}}]");
	shows(s, "u", "uniqueConstraints",
	      "{\"users_nick_key\":{\"name\":\"users_nick_key\",\"columns\":[\"nick\"]}}");
	shows(s, "p", "uniqueConstraints", "{\"slug\":{\"name\":\"slug\",\"columns\":[\"path\"]}}");
	applied(s, "[{\"rename_constraint\":{\"table\":\"p\",\"from\":\"slug\",\"to\":\"one\"}}]");
	shows(s, "p", "uniqueConstraints", "{\"one\":{\"name\":\"one\",\"columns\":[\"path\"]}}");
	applied(s, "[" DROP_CONSTRAINT("p", "one") "," DROP_CONSTRAINT("u", "users_nick_key") "]");
	shows(s, "p", "uniqueConstraints", "{}");
	shows(s, "u", "uniqueConstraints", "{}");
	refused(s, "[" DROP_CONSTRAINT("p", "slug") "]", "removed or renamed");
	/* None of them was the primary key. */
	refused(s, "[" ADD_KEY("p", "n") "]", "has a primary key already");
}

static void what_does_not_fit_is_refused(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	refused(s, "[" USERS "]", "cannot create table \"users\": table \"users\" exists already");
	refused(s, "[" ADD("users", "nick") "]", "column \"nick\" exists already");
	refused(s, "[" ADD("x", "a") "]",
		"operation 1 (add_column): cannot add column \"a\" to table \"x\": table \"x\" "
		"does not exist");
	refused(s, "[" DROP("users", "x") "]", "column \"x\" does not exist");
	refused(s, "[" DROP_TABLE("users") "," DROP_TABLE("users") "]", "operation 2 (drop_table)");
	refused(s, "[{\"rename_table\":{\"from\":\"users\",\"to\":\"posts\"}}]", "exists already");
	refused(s, "[{\"rename_column\":{\"table\":\"users\",\"from\":\"id\",\"to\":\"nick\"}}]",
		"exists already");
	refused(s,
		"[{\"set_replica_identity\":{\"table\":\"x\",\"identity\":{\"type\":\"full\"}}}]",
		"table \"x\" does not exist");
	refused(s,
		"[{\"create_table\":{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"int\"},"
		"{\"name\":\"a\",\"type\":\"int\"}]}}]",
		"cannot create table \"t\": column \"a\": column \"a\" exists already");
	refused(s,
		"[{\"create_table\":{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"int\","
		"\"references\":{\"name\":\"f\",\"table\":\"x\",\"column\":\"id\"}}]}}]",
		"it references a table that is not there: table \"x\" does not exist");
}

#define KEY(t, name, columns)                                          \
	"{\"create_constraint\":{\"table\":\"" t "\",\"name\":\"" name \
	"\",\"type\":\"primary_key\","                                 \
	"\"columns\":[" columns "]}}"
#define PAIRS(more)                                                                             \
	"{\"create_table\":{\"name\":\"pairs\",\"columns\":[{\"name\":\"a\",\"type\":\"int\","  \
	"\"pk\":true},"                                                                         \
	"{\"name\":\"b\",\"type\":\"int\",\"pk\":true},{\"name\":\"c\",\"type\":\"int\"}]" more \
	"}}"

static void a_table_has_one_primary_key(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	refused(s, "[" KEY("users", "k", "\"nick\"") "]",
		"cannot create constraint \"k\" of table \"users\": table \"users\" has a primary "
		"key "
		"already");
	refused(s, "[" ADD_KEY("users", "n") "]",
		"cannot add column \"n\" to table \"users\": table \"users\" has a primary key "
		"already");
	refused(s,
		"[" PAIRS(",\"constraints\":[{\"name\":\"k\",\"type\":\"primary_key\",\"columns\":["
			  "\"c\"]}"
			  "]") "]",
		"cannot create table \"pairs\": it has 2 primary keys");
	applied(s, "[" PAIRS("") "]");
	shows(s, "pairs", "primaryKey", "[\"a\",\"b\"]");
	refused(s, "[" ADD_KEY("pairs", "d") "]", "has a primary key already");
	applied(s, "[" DROP("pairs", "b") "]"); /* takes the whole key away */
	shows(s, "pairs", "primaryKey", "[]");
	applied(s, "[" KEY("pairs", "k", "\"c\",\"a\"") "]");
	shows(s, "pairs", "primaryKey", "[\"c\",\"a\"]");
	refused(s, "[" ADD_KEY("pairs", "d") "]", "has a primary key already");
	applied(s, "[" DROP_CONSTRAINT("pairs", "k") "," ADD_KEY("pairs", "d") "]");
	shows(s, "pairs", "primaryKey", "[\"d\"]");
	applied(s, "[" DROP_CONSTRAINT("pairs", "pairs_pkey") "]");
	shows(s, "pairs", "primaryKey", "[]");
}

static void a_key_that_may_be_gone_makes_room(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[" DROP_CONSTRAINT("users", "once_the_key") "," ADD_KEY("users", "n") "]");
	shows(s, "users", "primaryKey", "[\"n\"]");
	applied(s, "[" SQL("ALTER TABLE posts DROP CONSTRAINT posts_pkey") "]");
	applied(s, "[" KEY("posts", "k", "\"author\"") "]");
	shows(s, "posts", "primaryKey", "[\"author\"]");
	applied(s, "[" ADD_KEY("posts", "n") "]");
	shows(s, "posts", "primaryKey", "[\"n\"]");
}

/* The name of the constraint that went may be taken again, by something else. */
static void a_key_that_may_be_gone_is_remembered(void **state)
{
	AUTO(schema) *s = blog();
	AUTO(schema) *copy = NULL;
	AUTO(schema) *loaded = NULL;
	struct error err = {0};

	(void)state;
	refused(s, "[" DROP_CONSTRAINT("users", "k") "," DROP_TABLE("gone") "]", "does not exist");
	refused(s, "[" KEY("users", "p", "\"nick\"") "]", "has a primary key already");
	applied(s, "[" DROP_CONSTRAINT("users", "k") "]");
	applied(s, "[{\"create_constraint\":{\"table\":\"users\",\"name\":\"k\",\"type\":"
		   "\"unique\",\"columns\":[\"nick\"]}}]");
	applied(s, "[{\"rename_table\":{\"from\":\"users\",\"to\":\"people\"}}]");
	copy = schema_copy(s);
	AUTO_STR saved = {0};
	schema_save(&saved, s);
	assert_ok(schema_load(&loaded, str_view(&saved), &err), &err);
	struct schema *const all[] = {s, copy, loaded};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		applied(all[i], "[" KEY("people", "p", "\"nick\"") "]");
		shows(all[i], "people", "primaryKey", "[\"nick\"]");
	}
	applied(s, "[" DROP_TABLE("people") "," USERS "]");
	refused(s, "[" KEY("users", "p", "\"nick\"") "]", "has a primary key already");
}

static void a_table_may_reference_itself(void **state)
{
	AUTO(schema) *s = schema_new(RECORD_PGROLL);

	(void)state;
	applied(s, "[{\"create_table\":{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":"
		   "\"int\",\"references\":{\"name\":\"f\",\"table\":\"t\",\"column\":\"a\"}}],"
		   "\"constraints\":[{\"name\":\"p\",\"type\":\"primary_key\",\"columns\":[\"a\"]}]"
		   "}}]");
	shows(s, "t", "primaryKey", "[\"a\"]");
}

static void raw_sql_opens_the_schema(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[" SQL("CREATE TRIGGER x BEFORE INSERT ON users EXECUTE FUNCTION f()") "]");
	assert_true(schema_is_open(s));
	/* What SQL may have made can be used; what records made is still known. */
	applied(s, "[" ADD("by_sql", "a") "," DROP("users", "by_sql") "]");
	refused(s, "[" ADD("by_sql", "a") "]", "column \"a\" exists already");
	refused(s, "[" USERS "]", "table \"users\" exists already");
	refused(s, "[" ADD("users", "nick") "]", "column \"nick\" exists already");
	refused(s, "[" DROP("users", "by_sql") "]", "does not exist (an earlier operation");
}

static void sql_that_removes_makes_unsure_what_it_names(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[" SQL("alter table posts drop column Author; DROP TABLE \\\"other\\\"") "]");
	refused(s, "[" USERS "]", "exists already");
	refused(s, "[" ADD("posts", "id") "]", "exists already");
	applied(s, "[" ADD("posts", "author") "]");
	applied(s, "[" SQL("DROP TABLE users") "," USERS "]");
	refused(s, "[" USERS "]", "exists already");
	applied(s, "[" SQL("DO $$ BEGIN EXECUTE 'whatever'; END $$") "," USERS "," POSTS "]");
	applied(s, "[" SQL("DROP SCHEMA public CASCADE") "," USERS "," POSTS "]");
	refused(s, "[" SQL("SELECT 1") "," POSTS "]", "operation 2 (create_table)");
}

static void sql_that_creates_makes_unsure_what_records_removed(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	applied(s, "[" DROP_TABLE("posts") "," DROP("users", "nick") "]");
	refused(s, "[" SQL("DROP TABLE a") "," DROP("users", "nick") "]", "does not exist");
	refused(s, "[" SQL("CREATE TABLE other ()") "," DROP_TABLE("posts") "]", "does not exist");
	applied(s, "[" SQL("CREATE TABLE \\\"posts\\\" (id int)") "," DROP_TABLE("posts") "]");
	applied(s, "[" SQL("ALTER TABLE users ADD nick text") "," DROP("users", "nick") "]");
	applied(s, "[" SQL("ALTER TABLE a RENAME TO posts") "," DROP_TABLE("posts") "]");
}

static void a_failed_record_takes_back_what_its_sql_did(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	refused(s, "[" SQL("DROP TABLE users") "," USERS "," USERS "]", "operation 3");
	assert_false(schema_is_open(s));
	refused(s, "[" USERS "]", "exists already");
}

static void a_statement_over_many_tables_is_bounded(void **state)
{
	AUTO(schema) *s = schema_new(RECORD_PGROLL);
	AUTO_STR ops = {0};
	AUTO_STR sql = {0};

	(void)state;
	str_putc(&ops, '[');
	for (int i = 0; i < 300; i++) {
		str_printf(&ops, "{\"create_table\":{\"name\":\"t%d\",\"columns\":[]}},", i);
		str_printf(&sql, "DROP TABLE t%d;", i);
	}
	str_printf(&ops, SQL("%s") "," ADD("t0", "a") "]", str_cstr(&sql));
	applied(s, str_cstr(&ops));
	applied(s, "[{\"create_table\":{\"name\":\"t299\",\"columns\":[]}}]");
}

/* Text run as SQL may do anything, each time anew. */
static void every_dynamic_statement_makes_all_unsure(void **state)
{
	AUTO(schema) *s = blog();

	(void)state;
	refused(s, "[" SQL("do $$ execute t; $$") "," TWO_KEYS "]", "2 primary keys");
	refused(s, "[" ADD("users", "nick") "]", "exists already");
	for (int i = 0; i < 3; i++) {
		applied(s, "[" SQL("do $$ execute t; $$") "," SQL("do $$ execute u; $$") "]");
		applied(s, "[" ADD("users", "nick") "]");
		refused(s, "[" ADD("users", "nick") "]", "exists already");
		applied(s, "[" SQL("do $$ execute v; $$") "," DROP("users", "nick") "]");
		refused(s, "[" DROP("users", "nick") "]", "removed or renamed");
	}
}

/* Names are found whether the text or the table is the longer one. */
static void sql_is_searched_for_names_in_either_way(void **state)
{
	AUTO(schema) *s = schema_new(RECORD_PGROLL);
	AUTO_STR ops = {0};

	(void)state;
	str_puts(&ops, "[{\"create_table\":{\"name\":\"wide\",\"columns\":[]}}");
	for (int i = 0; i < 100; i++)
		str_printf(&ops, "," ADD("wide", "c%d"), i);
	str_putc(&ops, ']');
	applied(s, str_cstr(&ops));
	applied(s, "[" SQL("alter table WIDE drop C42") "]");
	refused(s, "[" ADD("wide", "c41") "]", "exists already");
	applied(s, "[" ADD("wide", "c42") "]");
	refused(s, "[" ADD("wide", "c42") "]", "exists already");
}

/* A record is applied whole or not at all where its work is bounded, too. */
static void what_takes_too_much_work_is_a_limit(void **state)
{
	AUTO(schema) *s = blog();
	AUTO_STR ops = {0}, before = {0}, after = {0};
	struct error err = {0};

	(void)state;
	applied(s, "[" INDEX("j", "users") "]");
	str_putc(&ops, '[');
	for (int i = 0; i < 300; i++)
		str_printf(
			&ops,
			"{\"rename_column\":{\"table\":\"users\",\"from\":\"%s\",\"to\":\"%s\"}},",
			i % 2 ? "key" : "id", i % 2 ? "id" : "key");
	str_puts(&ops, RENAME("posts", "p") "]");
	schema_save(&before, s);
	schema_limit_work(s, 10000);
	assert_fails(apply(s, str_cstr(&ops), &err), &err, E_LIMIT, "fewer or smaller migrations");
	schema_save(&after, s);
	assert_string_equal(str_cstr(&after), str_cstr(&before));
	/* Other operations cost what they bring. */
	schema_limit_work(s, 10);
	applied(s, "[" BARE("a") "," ADD("a", "b") "," DROP_TABLE("a") "]");
	schema_limit_work(s, SCHEMA_WORK_MAX);
	applied(s, str_cstr(&ops));
}

static void a_v1_branch_turns_into_pgroll(void **state)
{
	AUTO(schema) *s = schema_new(RECORD_V1);
	AUTO_JSON *ops = json_of(
		"[{\"addTable\":{\"table\":\"t\"}},{\"addTable\":{\"table\":\"u\"}},"
		"{\"addColumn\":{\"table\":\"t\",\"column\":{\"name\":\"a\",\"type\":\"string\","
		"\"notNull\":true,\"defaultValue\":\"it's\"}}},{\"addColumn\":{\"table\":\"t\","
		"\"column\":{\"name\":\"l\",\"type\":\"link\",\"link\":{\"table\":\"u\"}}}}]");
	struct error err = {0};

	(void)state;
	assert_ok(schema_apply_operations(s, RECORD_V1, ops, &err), &err);
	refused(s, "[" ADD("t", "b") "," ADD("t", "a") "]", "exists already");
	applied(s, "[" ADD("t", "b") "," DROP("t", "xata_version") ",{\"rename_table\":{\"from\":"
								   "\"u\",\"to\":\"w\"}}]");
	assert_true(schema_is_open(s));
	shows(s, "t", "columns",
	      "{\"a\":{\"name\":\"a\",\"type\":\"text\",\"default\":\"'it''s'\",\"nullable\":false,"
	      "\"unique\":false,\"pk\":false,\"comment\":\"{\\\"xata.type\\\":\\\"string\\\"}\"},"
	      "\"l\":{\"name\":\"l\",\"type\":\"text\",\"default\":null,\"nullable\":true,"
	      "\"unique\":false,\"pk\":false,\"comment\":\"{\\\"xata.link\\\":\\\"w\\\"}\"},"
	      "\"b\":{\"name\":\"b\",\"type\":\"int\",\"default\":null,\"nullable\":false,"
	      "\"unique\":false,\"pk\":false,\"comment\":\"\"}}");
	shows(s, "t", "xataCompatible", "true");
	assert_fails(schema_apply_operations(s, RECORD_V1, ops, &err), &err, E_INVALID,
		     "a v1 record cannot follow a pgroll record");
}

static struct record *record_of(const char *name, const char *schema, const char *operations)
{
	AUTO_STR text = {0};
	struct record *r;
	struct error err = {0};

	str_printf(&text,
		   "{\"done\":true,\"migration\":{\"name\":\"%s\",\"operations\":%s},"
		   "\"migrationType\":\"pgroll\",\"name\":\"%s\",\"schema\":\"%s\"}",
		   name, operations, name, schema);
	assert_ok(record_parse(&r, str_view(&text), &err), &err);
	return r;
}

static void records_of_another_schema_do_not_touch_this_one(void **state)
{
	AUTO(schema) *s = schema_new(RECORD_NONE);
	AUTO(record) *first = record_of("a", "shop", "[" USERS "]");
	AUTO(record) *other = record_of("b", "till", "[" USERS "]");
	AUTO(record) *bad = record_of("c", "till", "[{\"drop_table\":{}}]");
	AUTO(record) *again = record_of("d", "shop", "[" USERS "]");
	struct error err = {0};

	(void)state;
	assert_ok(schema_apply(s, first, &err), &err);
	assert_ok(schema_apply(s, other, &err), &err);
	assert_fails(schema_apply(s, bad, &err), &err, E_INVALID, "operation 1 (drop_table)");
	assert_fails(schema_apply(s, again, &err), &err, E_INVALID, "exists already");
	AUTO_JSON *api = schema_to_api(s);
	assert_string_equal(json_string_value(json_object_get(api, "name")), "shop");
}

static void a_saved_schema_goes_on_where_it_was(void **state)
{
	AUTO(schema) *s = blog();
	AUTO(schema) *copy = NULL;
	AUTO_STR before = {0}, after = {0};

	(void)state;
	applied(s, "[" SQL("DROP TABLE users") "," DROP_TABLE(
			   "posts") ",{\"create_index\":{\"name\":\"i\",\"table\":\"made\","
				    "\"columns\":[\"a\"]}}]");
	copy = schema_copy(s);
	schema_save(&before, s);
	schema_save(&after, copy);
	assert_string_equal(str_cstr(&after), str_cstr(&before));
	refused(copy, "[" DROP_TABLE("posts") "]", "does not exist");
	applied(copy, "[" USERS "]");
	shows(copy, "made", "indexes",
	      "{\"i\":{\"name\":\"i\",\"unique\":false,\"columns\":[\"a\"]}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_show_what_the_records_tell),
		cmocka_unit_test(renames_follow_into_keys_and_indexes),
		cmocka_unit_test(a_rename_finds_what_points_to_the_table_whatever_came_before),
		cmocka_unit_test(renames_cost_nothing_for_what_points_to_a_column),
		cmocka_unit_test(keys_to_a_name_and_to_what_gets_it_become_one),
		cmocka_unit_test(altering_a_column_changes_what_it_shows),
		cmocka_unit_test(constraints_and_indexes_come_and_go),
		cmocka_unit_test(a_unique_column_has_a_constraint_that_keeps_its_name),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(a_table_has_one_primary_key),
		cmocka_unit_test(a_key_that_may_be_gone_makes_room),
		cmocka_unit_test(a_key_that_may_be_gone_is_remembered),
		cmocka_unit_test(a_table_may_reference_itself),
		cmocka_unit_test(raw_sql_opens_the_schema),
		cmocka_unit_test(sql_that_removes_makes_unsure_what_it_names),
		cmocka_unit_test(sql_that_creates_makes_unsure_what_records_removed),
		cmocka_unit_test(a_failed_record_takes_back_what_its_sql_did),
		cmocka_unit_test(a_statement_over_many_tables_is_bounded),
		cmocka_unit_test(every_dynamic_statement_makes_all_unsure),
		cmocka_unit_test(sql_is_searched_for_names_in_either_way),
		cmocka_unit_test(what_takes_too_much_work_is_a_limit),
		cmocka_unit_test(a_v1_branch_turns_into_pgroll),
		cmocka_unit_test(records_of_another_schema_do_not_touch_this_one),
		cmocka_unit_test(a_saved_schema_goes_on_where_it_was),
	};
	return unit_main(tests);
}
