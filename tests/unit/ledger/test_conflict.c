/* Conflicts one by one: their kinds, words, order, and what one cause is told as. */
#include "lib/unit.h"

#include "ledger/conflict.h"
#include "ledger/schema_impl.h"
#include "ledger/sites.h"
#include "unit/ledger/histories.h"

/* ---- helpers */

struct sides {
	struct schema *base;
	struct records theirs, ours;
	struct conflicts found;
};

static struct sides sides_on(enum record_format format, const char *base)
{
	struct sides s = {.base = schema_new(format)};

	applied(s.base, format, base);
	return s;
}

static void sides_release(struct sides *s)
{
	schema_free(s->base);
	records_release(&s->theirs);
	records_release(&s->ours);
	conflicts_release(&s->found);
}

static void look_with(struct sides *s, struct conflict_input in)
{
	struct error err = {0};

	in.base = s->base;
	in.theirs = &s->theirs;
	in.ours = &s->ours;
	conflicts_release(&s->found);
	assert_ok(conflicts_find(&s->found, &in, &err), &err);
}

static void look(struct sides *s)
{
	look_with(s, (struct conflict_input){0});
}

#define V1_BASE                                                                                  \
	"[{\"addTable\":{\"table\":\"teams\"}},{\"addTable\":{\"table\":\"users\"}},{"           \
	"\"addColumn\":{\"table\":\"users\",\"column\":{\"name\":\"nick\",\"type\":\"text\"}}}," \
	"{\"addColumn\":{\"table\":\"users\",\"column\":{\"name\":\"address.city\",\"type\":"    \
	"\"text\"}}},{\"addColumn\":{\"table\":\"users\",\"column\":{\"name\":\"address\","      \
	"\"type\":\"object\"}}}]"
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

#define TWO_TABLES                                                                                 \
	"{\"create_table\":{\"name\":\"teams\",\"columns\":[{\"name\":\"id\",\"type\":\"int\"}]}}" \
	",{\"create_table\":{\"name\":\"users\",\"columns\":[{\"name\":\"id\",\"type\":\"int\"},{" \
	"\"name\":\"nick\",\"type\":\"text\"},{\"name\":\"age\",\"type\":\"int\"}]}}"
#define PG_BASE                                                                                    \
	"[" TWO_TABLES                                                                             \
	",{\"create_index\":{\"table\":\"users\",\"name\":\"by_nick\",\"columns\":["               \
	"\"nick\"]}},{\"create_table\":{\"name\":\"pairs\",\"columns\":[{\"name\":\"a\",\"type\":" \
	"\"int\",\"pk\":true},{\"name\":\"b\",\"type\":\"int\",\"pk\":true},{\"name\":\"c\","      \
	"\"type\":\"int\",\"unique\":true}]}}," CONSTRAINT("pairs", "once", "unique",              \
							   "b") "," ADD_UNIQUE("pairs", "d") "]"
#define CONSTRAINT(t, name, type, c)                                                         \
	"{\"create_constraint\":{\"table\":\"" t "\",\"name\":\"" name "\",\"type\":\"" type \
	"\",\"columns\":[\"" c "\"]}}"
#define ADD_UNIQUE(t, c)                                                                        \
	"{\"add_column\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c "\",\"type\":\"int\"," \
	"\"unique\":true}}}"
#define ADD_KEY(t, c)                                                    \
	"{\"add_column\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c \
	"\",\"type\":\"int\",\"pk\":true}}}"

#define FOREIGN_KEY(t, c, to, to_c)                                           \
	"{\"add_column\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c      \
	"\",\"type\":\"int\",\"references\":{\"name\":\"fk\",\"table\":\"" to \
	"\",\"column\":\"" to_c "\"}}}}"
#define REFERENCE(t, c, to)                                              \
	"{\"add_column\":{\"table\":\"" t "\",\"column\":{\"name\":\"" c \
	"\",\"type\":\"int\",\"references\":{\"name\":\"fk\",\"table\":\"" to "\"}}}}"
#define REPLICA_IDENTITY(t, index)                                                         \
	"{\"set_replica_identity\":{\"table\":\"" t "\",\"identity\":{\"type\":\"index\"," \
	"\"index\":\"" index "\"}}}"
#define SET_NULLABLE(t, c) \
	"{\"alter_column\":{\"table\":\"" t "\",\"column\":\"" c "\",\"nullable\":true}}"
#define DROP_COLUMN(t, c) "{\"drop_column\":{\"table\":\"" t "\",\"column\":\"" c "\"}}"
#define RENAME_COLUMN(t, a, b) \
	"{\"rename_column\":{\"table\":\"" t "\",\"from\":\"" a "\",\"to\":\"" b "\"}}"
#define CREATE_INDEX(t, name, c) \
	"{\"create_index\":{\"table\":\"" t "\",\"name\":\"" name "\",\"columns\":[\"" c "\"]}}"
#define CREATE_TABLE(t, column) "{\"create_table\":{\"name\":\"" t "\",\"columns\":[" column "]}}"
#define SET_TYPE(t, c, type) \
	"{\"alter_column\":{\"table\":\"" t "\",\"column\":\"" c "\",\"type\":\"" type "\"}}"
#define DROP_CONSTRAINT(t, name) "{\"drop_constraint\":{\"table\":\"" t "\",\"name\":\"" name "\"}}"

struct example {
	enum record_format format;
	const char *theirs, *ours;
	enum conflict_kind kind;
	const char *message, *hint;
};

static const struct example examples[] = {
	{RECORD_V1, ADD_TABLE("x"), ADD_TABLE("x"), CONFLICT_ADDED_TWICE,
	 "\"mig_t0_\" and \"mig_o0_\" both add table \"x\"", "Take it out of \"mig_o0_\""},
	{RECORD_V1, ADD("users", "x"), RENAME("users", "nick", "x"), CONFLICT_ADDED_TWICE,
	 "both add column \"users.x\"", "another name"},
	{RECORD_V1, REMOVE("users", "nick"), REMOVE("users", "nick"), CONFLICT_REMOVED_TWICE,
	 "both remove column \"users.nick\"", "Take the removal out of \"mig_o0_\"."},
	{RECORD_V1, RENAME("users", "nick", "a"), RENAME("users", "nick", "b"),
	 CONFLICT_RENAMED_TWICE, "both rename column \"users.nick\"", "rename the new name"},
	{RECORD_V1, REMOVE("users", "nick"), RENAME("users", "nick", "b"), CONFLICT_REMOVED_RENAMED,
	 "\"mig_t0_\" removes column \"users.nick\", which \"mig_o0_\" renames", "do without it"},
	{RECORD_V1, RENAME("users", "nick", "b"), REMOVE("users", "nick"), CONFLICT_REMOVED_RENAMED,
	 "\"mig_o0_\" removes column \"users.nick\", which \"mig_t0_\" renames",
	 "Take that operation out of \"mig_o0_\""},
	{RECORD_V1, REMOVE_TABLE("users"), ADD("users", "x"), CONFLICT_REMOVED_USED,
	 "\"mig_t0_\" removes table \"users\", which \"mig_o0_\" uses", "do without it"},
	{RECORD_V1, LINK("users", "x", "teams"), REMOVE_TABLE("teams"), CONFLICT_REMOVED_USED,
	 "\"mig_o0_\" removes table \"teams\", which \"mig_t0_\" uses", "is in your history"},
	{RECORD_V1, RENAME_TABLE("users", "people"), ADD("users", "x"), CONFLICT_RENAMED_USED,
	 "\"mig_t0_\" renames table \"users\", which \"mig_o0_\" uses under its old name",
	 "Make \"mig_o0_\" use the new name."},
	{RECORD_V1, REMOVE("users", "address"), ADD("users", "address.zip"), CONFLICT_REMOVED_USED,
	 "column \"users.address\"", ""},
	{RECORD_PGROLL,
	 "{\"alter_column\":{\"table\":\"users\",\"column\":\"nick\",\"type\":\"int\"}}",
	 "{\"alter_column\":{\"table\":\"users\",\"column\":\"nick\",\"type\":\"text\"}}",
	 CONFLICT_CHANGED_TWICE, "both change the type of column \"users.nick\"",
	 "Take the change out"},
	{RECORD_PGROLL, "{\"set_replica_identity\":{\"table\":\"users\",\"identity\":{}}}",
	 "{\"set_replica_identity\":{\"table\":\"users\",\"identity\":{}}}", CONFLICT_CHANGED_TWICE,
	 "both change the replica identity of table \"users\"", "Take the change out"},
	{RECORD_PGROLL, "{\"drop_column\":{\"table\":\"users\",\"column\":\"nick\"}}",
	 "{\"drop_index\":{\"name\":\"by_nick\"}}", CONFLICT_REMOVED_TWICE,
	 "both remove index \"by_nick\"", "Take the removal out"},
	{RECORD_PGROLL, "{\"drop_table\":{\"name\":\"users\"}}",
	 "{\"drop_index\":{\"name\":\"by_nick\"}}", CONFLICT_REMOVED_TWICE, "index \"by_nick\"",
	 ""},
	{RECORD_PGROLL, "{\"drop_column\":{\"table\":\"users\",\"column\":\"nick\"}}",
	 "{\"drop_constraint\":{\"table\":\"users\",\"name\":\"users_nick_key\"}}",
	 CONFLICT_UNCERTAIN,
	 "\"o0\" takes away a constraint of table \"users\" that no record describes and that may "
	 "go with what \"t0\" removes",
	 "behind \"t0\""},
	{RECORD_PGROLL,
	 "{\"rename_column\":{\"table\":\"users\",\"from\":\"age\",\"to\":\"years\"}}",
	 "{\"add_column\":{\"table\":\"users\",\"up\":\"AGE * 2\",\"column\":{\"name\":\"x\","
	 "\"type\":\"int\"}}}",
	 CONFLICT_EXPRESSION,
	 "\"t0\" renames column \"users.age\", which an SQL expression of \"o0\" names", "agree"},
	{RECORD_PGROLL, "{\"drop_column\":{\"table\":\"users\",\"column\":\"age\"}}",
	 "{\"add_column\":{\"table\":\"teams\",\"up\":\"(SELECT max(age) FROM users)\",\"column\":{"
	 "\"name\":\"x\",\"type\":\"int\"}}}",
	 CONFLICT_EXPRESSION, "\"age\"", ""},
	{RECORD_PGROLL, "{\"create_table\":{\"name\":\"x\",\"columns\":[]}}",
	 "{\"create_index\":{\"table\":\"users\",\"name\":\"x\",\"columns\":[\"age\"]}}",
	 CONFLICT_ADDED_TWICE, "both add a table, index or constraint \"x\"", ""},
	{RECORD_PGROLL, CONSTRAINT("users", "k", "unique", "age"),
	 "{\"create_index\":{\"table\":\"teams\",\"name\":\"k\",\"columns\":[\"id\"]}}",
	 CONFLICT_ADDED_TWICE, "both add a table, index or constraint \"k\"", "another name"},
	{RECORD_PGROLL, CONSTRAINT("users", "k", "exclude", "age"),
	 "{\"create_table\":{\"name\":\"k\",\"columns\":[]}}", CONFLICT_ADDED_TWICE,
	 "both add a table, index or constraint \"k\"", "another name"},
	{RECORD_PGROLL,
	 "{\"alter_column\":{\"table\":\"users\",\"column\":\"age\",\"unique\":{\"name\":\"k\"}}}",
	 "{\"create_table\":{\"name\":\"x\",\"columns\":[{\"name\":\"a\",\"type\":\"int\"}],"
	 "\"constraints\":[{\"name\":\"k\",\"type\":\"unique\",\"columns\":[\"a\"]}]}}",
	 CONFLICT_ADDED_TWICE, "both add a table, index or constraint \"k\"", "another name"},
	{RECORD_PGROLL, CONSTRAINT("users", "k", "primary_key", "age"),
	 "{\"rename_constraint\":{\"table\":\"teams\",\"from\":\"u\",\"to\":\"k\"}}",
	 CONFLICT_ADDED_TWICE, "both add a table, index or constraint \"k\"", "another name"},
	{RECORD_PGROLL, CONSTRAINT("users", "k1", "primary_key", "id"),
	 CONSTRAINT("users", "k2", "primary_key", "nick"), CONFLICT_ADDED_TWICE,
	 "\"t0\" and \"o0\" both add the primary key of table \"users\"",
	 "Take the primary key out of \"o0\": a table has one only."},
	{RECORD_PGROLL, ADD_KEY("users", "a"), ADD_KEY("users", "b"), CONFLICT_ADDED_TWICE,
	 "both add the primary key of table \"users\"", "a table has one only"},
	{RECORD_PGROLL, ADD_KEY("users", "a"), CONSTRAINT("users", "k", "primary_key", "id"),
	 CONFLICT_ADDED_TWICE, "both add the primary key of table \"users\"", ""},
	{RECORD_PGROLL, "{\"drop_table\":{\"name\":\"users\"}}", ADD_KEY("users", "a"),
	 CONFLICT_REMOVED_USED, "table \"users\"", ""},
	{RECORD_PGROLL,
	 "{\"drop_constraint\":{\"table\":\"pairs\",\"column\":\"b\",\"name\":\"pairs_pkey\"}}",
	 "{\"drop_column\":{\"table\":\"pairs\",\"column\":\"a\"}}", CONFLICT_REMOVED_USED,
	 "\"t0\" removes the primary key of table \"pairs\", which \"o0\" uses", "do without"},
	{RECORD_PGROLL, DROP_CONSTRAINT("pairs", "once"), FOREIGN_KEY("users", "x", "pairs", "b"),
	 CONFLICT_REMOVED_USED, "\"t0\" removes the key of column \"pairs.b\", which \"o0\" uses",
	 "Make \"o0\" do without it"},
	{RECORD_PGROLL, SET_TYPE("teams", "id", "text"), FOREIGN_KEY("users", "x", "teams", "id"),
	 CONFLICT_CHANGED_USED,
	 "\"t0\" changes the type of column \"teams.id\", which \"o0\" needs as it is",
	 "Make \"o0\" fit what \"t0\" makes of it."},
	{RECORD_PGROLL,
	 "{\"alter_column\":{\"table\":\"users\",\"column\":\"age\",\"references\":{\"name\":"
	 "\"fk\","
	 "\"table\":\"teams\",\"column\":\"id\"}}}",
	 SET_TYPE("users", "age", "text"), CONFLICT_CHANGED_USED,
	 "\"o0\" changes the type of column \"users.age\", which \"t0\" needs as it is",
	 "Take the change out of \"o0\", or make it again behind \"t0\"."},
	{RECORD_PGROLL,
	 "{\"create_constraint\":{\"table\":\"users\",\"name\":\"fk\",\"type\":\"foreign_key\","
	 "\"columns\":[\"age\"],\"references\":{\"table\":\"teams\",\"columns\":[\"id\"]}}}",
	 SET_TYPE("users", "age", "text"), CONFLICT_CHANGED_USED, "column \"users.age\"", ""},
	{RECORD_PGROLL, CONSTRAINT("users", "k", "primary_key", "age"),
	 "{\"alter_column\":{\"table\":\"users\",\"column\":\"age\",\"nullable\":true}}",
	 CONFLICT_CHANGED_USED,
	 "\"o0\" changes the nullability of column \"users.age\", which \"t0\" needs as it is", ""},
	{RECORD_PGROLL, SET_TYPE("users", "nick", "int"),
	 "{\"alter_column\":{\"table\":\"users\",\"column\":\"nick\",\"nullable\":false,\"up\":"
	 "\"coalesce(nick, '')\"}}",
	 CONFLICT_EXPRESSION,
	 "\"t0\" changes the type of column \"users.nick\", which an SQL expression of \"o0\" "
	 "names",
	 "Make the expression and the type agree in \"o0\"."},
	{RECORD_PGROLL,
	 "{\"create_index\":{\"table\":\"users\",\"name\":\"i\",\"columns\":[\"age\"]}}",
	 SET_TYPE("users", "age", "json"), CONFLICT_CHANGED_USED,
	 "\"o0\" changes the type of column \"users.age\", which \"t0\" needs as it is", ""},
	{RECORD_PGROLL,
	 "{\"set_replica_identity\":{\"table\":\"users\",\"identity\":{\"type\":\"index\","
	 "\"index\":"
	 "\"by_nick\"}}}",
	 "{\"alter_column\":{\"table\":\"users\",\"column\":\"nick\",\"nullable\":true}}",
	 CONFLICT_CHANGED_USED,
	 "\"o0\" changes the nullability of column \"users.nick\", which \"t0\" needs as it is",
	 ""},
	{RECORD_PGROLL,
	 "{\"create_table\":{\"name\":\"x\",\"columns\":[{\"name\":\"id\",\"type\":\"serial\","
	 "\"pk\":"
	 "true}]}}",
	 "{\"create_index\":{\"table\":\"users\",\"name\":\"x_pkey\",\"columns\":[\"age\"]}}",
	 CONFLICT_ADDED_TWICE, "both add a table, index or constraint \"x_pkey\"", ""},
	{RECORD_PGROLL,
	 "{\"add_column\":{\"table\":\"users\",\"column\":{\"name\":\"n\",\"type\":\"BigSerial\"}}"
	 "}",
	 "{\"create_table\":{\"name\":\"users_n_seq\",\"columns\":[]}}", CONFLICT_ADDED_TWICE,
	 "\"users_n_seq\"", "another name"},
	{RECORD_PGROLL,
	 "{\"add_column\":{\"table\":\"users\",\"column\":{\"name\":"
	 "\"a_name_so_long_that_it_is_cut_when_it_becomes_a_part_of_another\",\"type\":\"int\","
	 "\"unique\":true}}}",
	 "{\"create_table\":{\"name\":"
	 "\"users_a_name_so_long_that_it_is_cut_when_it_becomes_a_part__key\",\"columns\":[]}}",
	 CONFLICT_ADDED_TWICE, "", "another name"},
	{RECORD_PGROLL,
	 CREATE_TABLE("x", "{\"name\":\"n\",\"type\":\"int\",\"generated\":{\"identity\":{\"user_"
			   "specified_values\":\"ALWAYS\"}}}"),
	 CREATE_INDEX("users", "x_n_seq", "age"), CONFLICT_ADDED_TWICE, "\"x_n_seq\"",
	 "another name"},
	{RECORD_PGROLL,
	 "{\"add_column\":{\"table\":\"users\",\"column\":{\"name\":\"n\",\"type\":\"int\","
	 "\"unique\":true}}}",
	 CONSTRAINT("users", "users_n_key", "check", "age"), CONFLICT_ADDED_TWICE,
	 "both add constraint \"users.users_n_key\"", "another name"},
	/* pgroll calls the constraint, and with it the index, of an added column as the column. */
	{RECORD_PGROLL, ADD_UNIQUE("users", "n"), CREATE_INDEX("teams", "n", "id"),
	 CONFLICT_ADDED_TWICE, "both add a table, index or constraint \"n\"", "another name"},
	{RECORD_PGROLL, ADD_UNIQUE("users", "n"), ADD_UNIQUE("teams", "n"), CONFLICT_ADDED_TWICE,
	 "both add a table, index or constraint \"n\"", "another name"},
	{RECORD_PGROLL, CONSTRAINT("users", "n", "check", "age"), ADD_UNIQUE("users", "n"),
	 CONFLICT_ADDED_TWICE, "both add constraint \"users.n\"", "another name"},
	{RECORD_PGROLL, DROP_CONSTRAINT("pairs", "d"), DROP_COLUMN("pairs", "d"),
	 CONFLICT_REMOVED_TWICE, "both remove constraint \"pairs.d\"", "Take the removal out"},
	{RECORD_PGROLL, REPLICA_IDENTITY("pairs", "d"), DROP_CONSTRAINT("pairs", "d"),
	 CONFLICT_REMOVED_USED, "constraint \"pairs.d\"", ""},
	{RECORD_PGROLL, REPLICA_IDENTITY("pairs", "d"), SET_NULLABLE("pairs", "d"),
	 CONFLICT_CHANGED_USED, "the nullability of column \"pairs.d\"", ""},
	{RECORD_PGROLL, DROP_CONSTRAINT("pairs", "d"), FOREIGN_KEY("users", "x", "pairs", "d"),
	 CONFLICT_REMOVED_USED, "the key of column \"pairs.d\"", ""},
	{RECORD_PGROLL, DROP_CONSTRAINT("pairs", "pairs_d_key"),
	 FOREIGN_KEY("users", "x", "pairs", "d"), CONFLICT_REMOVED_USED,
	 "the key of column \"pairs.d\"", ""},
	{RECORD_PGROLL, DROP_CONSTRAINT("pairs", "d"),
	 "{\"alter_column\":{\"table\":\"pairs\",\"column\":\"d\",\"unique\":{\"name\":\"k\"}}}",
	 CONFLICT_CHANGED_TWICE, "the uniqueness of column \"pairs.d\"", ""},
	{RECORD_PGROLL, "{\"rename_constraint\":{\"table\":\"pairs\",\"from\":\"d\",\"to\":\"k\"}}",
	 "{\"drop_constraint\":{\"table\":\"pairs\",\"column\":\"d\",\"name\":\"other\"}}",
	 CONFLICT_CHANGED_TWICE, "the uniqueness of column \"pairs.d\"", ""},
	{RECORD_PGROLL, CONSTRAINT("users", "users_pkey", "foreign_key", "age"),
	 ADD_KEY("users", "a"), CONFLICT_ADDED_TWICE, "both add constraint \"users.users_pkey\"",
	 "another name"},
	{RECORD_PGROLL,
	 "{\"rename_table\":{\"from\":\"users\",\"to\":\"people\"}}," CREATE_TABLE(
		 "users", "{\"name\":\"id\",\"type\":\"int\",\"pk\":true}"),
	 CREATE_INDEX("teams", "users_pkey1", "id"), CONFLICT_ADDED_TWICE, "\"users_pkey1\"", ""},
	{RECORD_PGROLL, REPLICA_IDENTITY("pairs", "pairs_pkey"),
	 DROP_CONSTRAINT("pairs", "pairs_pkey"), CONFLICT_REMOVED_USED,
	 "\"o0\" removes constraint \"pairs.pairs_pkey\", which \"t0\" uses", ""},
	{RECORD_PGROLL, REPLICA_IDENTITY("pairs", "pairs_pkey"),
	 "{\"rename_constraint\":{\"table\":\"pairs\",\"from\":\"pairs_pkey\",\"to\":\"k\"}}",
	 CONFLICT_RENAMED_USED, "constraint \"pairs.pairs_pkey\"", ""},
	{RECORD_PGROLL, DROP_COLUMN("pairs", "a"), REPLICA_IDENTITY("pairs", "pairs_pkey"),
	 CONFLICT_REMOVED_USED, "\"t0\" removes the key of column \"pairs.a\", which \"o0\" uses",
	 ""},
	{RECORD_PGROLL, REPLICA_IDENTITY("pairs", "once"), SET_NULLABLE("pairs", "b"),
	 CONFLICT_CHANGED_USED, "the nullability of column \"pairs.b\"", ""},
	{RECORD_PGROLL, DROP_CONSTRAINT("pairs", "once"), REPLICA_IDENTITY("pairs", "once"),
	 CONFLICT_REMOVED_USED, "constraint \"pairs.once\"", ""},
	{RECORD_PGROLL, REPLICA_IDENTITY("pairs", "once"), DROP_COLUMN("pairs", "b"),
	 CONFLICT_REMOVED_USED, "constraint \"pairs.once\"", ""},
	{RECORD_PGROLL, REPLICA_IDENTITY("pairs", "pairs_c_key"), SET_NULLABLE("pairs", "c"),
	 CONFLICT_CHANGED_USED, "the nullability of column \"pairs.c\"", ""},
	{RECORD_PGROLL, REPLICA_IDENTITY("pairs", "pairs_c_key"), DROP_COLUMN("pairs", "c"),
	 CONFLICT_REMOVED_USED, "constraint \"pairs.pairs_c_key\"", ""},
	{RECORD_PGROLL, REPLICA_IDENTITY("users", "by_nick"),
	 RENAME_COLUMN("users", "nick", "n") "," RENAME_COLUMN("users", "n",
							       "m") "," SET_NULLABLE("users", "m"),
	 CONFLICT_CHANGED_USED, "the nullability of column \"users.nick\"", ""},
	{RECORD_PGROLL,
	 "{\"alter_column\":{\"table\":\"users\",\"column\":\"nick\",\"name\":\"n\",\"nullable\":"
	 "true}}",
	 REPLICA_IDENTITY("users", "by_nick"), CONFLICT_CHANGED_USED, "column \"users.nick\"", ""},
	{RECORD_PGROLL, REFERENCE("users", "x", "pairs"), SET_TYPE("pairs", "a", "text"),
	 CONFLICT_CHANGED_USED, "the type of column \"pairs.a\"", ""},
	{RECORD_PGROLL, RENAME_COLUMN("pairs", "a", "z") "," DROP_COLUMN("pairs", "z"),
	 REFERENCE("users", "x", "pairs"), CONFLICT_REMOVED_USED, "the key of column \"pairs.a\"",
	 ""},
	{RECORD_PGROLL, DROP_CONSTRAINT("teams", "teams_id_key"),
	 FOREIGN_KEY("users", "x", "teams", "id"), CONFLICT_REMOVED_USED,
	 "removes what may be a key of table \"teams\", which \"o0\" uses", ""},
	{RECORD_PGROLL, "{\"sql\":{\"up\":\"SELECT 1\"}}",
	 "{\"create_table\":{\"name\":\"x\",\"columns\":[]}}", CONFLICT_SQL,
	 "\"t0\" holds raw SQL: whether it gets on with \"o0\" cannot be told", "--accept-sql"},
	{RECORD_PGROLL, "{\"create_table\":{\"name\":\"x\",\"columns\":[]}}",
	 "{\"sql\":{\"up\":\"SELECT 1\"}}", CONFLICT_SQL,
	 "\"o0\" holds raw SQL: whether it gets on with \"t0\" cannot be told", "--accept-sql"},
	{RECORD_PGROLL, "{\"split_column\":{\"table\":\"users\"}}",
	 "{\"create_table\":{\"name\":\"x\",\"columns\":[]}}", CONFLICT_UNKNOWN,
	 "\"t0\" holds an operation of a kind that is not known here",
	 "Use a version of xata that knows"},
	{RECORD_V1, ADD_TABLE("x"), "{\"mixColumns\":{}}", CONFLICT_UNKNOWN,
	 "\"mig_o0_\" holds an operation of a kind", ""},
};

/* The digits of a v1 name's checksum would only hide what is compared. */
static char *without_digits(const char *text)
{
	AUTO_STR out = {0};

	for (; *text; text++) {
		str_putc(&out, *text);
		if (*text == '_' && strspn(text + 1, "0123456789abcdef") == 8 && text[9] == '"')
			text += 8;
	}
	return str_steal(&out);
}

static void contains(const char *given, const char *part)
{
	char *text = without_digits(given);

	if (!strstr(text, part))
		unit_fail("\"%s\" is not in: %s", part, text);
	free(text);
}

static void add_one(struct records *l, enum record_format format, const char *side, const char *op)
{
	AUTO_STR list = {0};
	char id[32];

	snprintf(id, sizeof id, "%s%s%zu", format == RECORD_V1 ? "mig_" : "", side, l->len);
	str_printf(&list, "[%s]", op);
	append_record(l, format, id, str_cstr(&list));
}

static void each_kind_is_told_in_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		const struct example *e = &examples[i];
		struct sides s = sides_on(e->format, e->format == RECORD_V1 ? V1_BASE : PG_BASE);
		add_one(&s.theirs, e->format, "t", e->theirs);
		add_one(&s.ours, e->format, "o", e->ours);
		look(&s);
		if (s.found.len != 1 || s.found.items[0].kind != e->kind)
			unit_fail("example %zu: %zu conflicts, the first %s: %s", i, s.found.len,
				  s.found.len ? conflict_name(s.found.items[0].kind) : "-",
				  s.found.len ? s.found.items[0].message : "");
		contains(s.found.items[0].message, e->message);
		contains(s.found.items[0].hint, e->hint);
		assert_true(ends_with(s.found.items[0].hint, "."));
		assert_int_equal(s.found.blocking, 1);
		sides_release(&s);
	}
}

static void an_index_that_no_record_describes_may_be_a_key(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, "[{\"sql\":{\"up\":\"SELECT 1\"}}]");

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t", FOREIGN_KEY("users", "x", "teams", "id"));
	add_one(&s.ours, RECORD_PGROLL, "o", "{\"drop_index\":{\"name\":\"i\"}}");
	look(&s);
	assert_int_equal(s.found.len, 1);
	assert_int_equal(s.found.items[0].kind, CONFLICT_REMOVED_USED);
	contains(s.found.items[0].message,
		 "\"o0\" removes an index that may be a key, which \"t0\" uses");
	sides_release(&s);
}

static void a_new_key_where_raw_sql_took_the_old_one_is_no_key_of_its_columns(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, "[" TWO_TABLES "," ADD_KEY(
							 "teams", "k") ",{\"sql\":{\"up\":\"\"}}]");

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t", CONSTRAINT("teams", "new", "primary_key", "id"));
	add_one(&s.ours, RECORD_PGROLL, "o", FOREIGN_KEY("users", "x", "teams", "k"));
	look(&s);
	assert_int_equal(s.found.len, 1);
	assert_int_equal(s.found.items[0].kind, CONFLICT_REMOVED_USED);
	contains(s.found.items[0].message, "the key of column \"teams.k\", which \"o0\" uses");
	sides_release(&s);
}

static void the_index_of_a_replica_identity_may_be_renamed_with_its_columns(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t", REPLICA_IDENTITY("pairs", "pairs_pkey"));
	add_one(&s.theirs, RECORD_PGROLL, "t", REPLICA_IDENTITY("users", "by_nick"));
	add_one(&s.ours, RECORD_PGROLL, "o", RENAME_COLUMN("pairs", "a", "z"));
	add_one(&s.ours, RECORD_PGROLL, "o", RENAME_COLUMN("users", "nick", "n"));
	add_one(&s.ours, RECORD_PGROLL, "o", SET_NULLABLE("users", "age"));
	add_one(&s.ours, RECORD_PGROLL, "o", CONSTRAINT("users", "by_nick", "check", "age"));
	look(&s);
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

static void other_constraints_and_indexes_are_no_keys(void **state)
{
	struct sides s = sides_on(
		RECORD_PGROLL, "[" TWO_TABLES "," CONSTRAINT("teams", "long", "check", "id") "]");

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t", FOREIGN_KEY("users", "x", "teams", "id"));
	add_one(&s.ours, RECORD_PGROLL, "o", DROP_CONSTRAINT("teams", "long"));
	add_one(&s.ours, RECORD_PGROLL, "o", DROP_CONSTRAINT("teams", "teams_id_check"));
	add_one(&s.ours, RECORD_PGROLL, "o", DROP_CONSTRAINT("users", "users_id_key"));
	look(&s);
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

/* A constraint that a column declares without a name is known all the same. */
static void a_unique_column_is_told_by_the_name_of_its_constraint(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t", DROP_CONSTRAINT("pairs", "d"));
	add_one(&s.theirs, RECORD_PGROLL, "t", DROP_CONSTRAINT("pairs", "pairs_c_key"));
	add_one(&s.ours, RECORD_PGROLL, "o", FOREIGN_KEY("users", "x", "pairs", "b"));
	add_one(&s.ours, RECORD_PGROLL, "o", RENAME_COLUMN("pairs", "d", "e"));
	look(&s);
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

static void what_does_not_touch_is_clean(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t",
		"{\"alter_column\":{\"table\":\"users\",\"column\":\"nick\",\"type\":\"int\","
		"\"up\":"
		"\"1\"}}");
	add_one(&s.theirs, RECORD_PGROLL, "t",
		"{\"drop_column\":{\"table\":\"users\",\"column\":"
		"\"age\"}}");
	add_one(&s.ours, RECORD_PGROLL, "o",
		"{\"alter_column\":{\"table\":\"users\",\"column\":\"nick\",\"nullable\":false,"
		"\"up\":\"''\"}}");
	add_one(&s.ours, RECORD_PGROLL, "o", "{\"drop_index\":{\"name\":\"by_nick\"}}");
	add_one(&s.ours, RECORD_PGROLL, "o",
		"{\"create_table\":{\"name\":\"age\",\"columns\":[]}}");
	look(&s);
	assert_int_equal(s.found.len, 0);
	assert_int_equal(s.found.blocking, 0);
	sides_release(&s);
}

static void checks_and_foreign_keys_share_no_names_with_indexes(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t",
		"{\"create_constraint\":{\"table\":\"users\",\"name\":\"k\",\"type\":\"check\","
		"\"columns\":["
		"\"age\"],\"check\":\"age > 0\"}}");
	add_one(&s.theirs, RECORD_PGROLL, "t", ADD_KEY("users", "a"));
	add_one(&s.ours, RECORD_PGROLL, "o",
		"{\"create_index\":{\"table\":\"users\",\"name\":\"k\",\"columns\":[\"age\"]}}");
	add_one(&s.ours, RECORD_PGROLL, "o", ADD_KEY("teams", "a"));
	add_one(&s.ours, RECORD_PGROLL, "o",
		"{\"drop_column\":{\"table\":\"pairs\",\"column\":\"a\"}}");
	look(&s);
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

/* ---- one cause, one conflict */

static void a_table_added_twice_is_told_once(void **state)
{
	struct sides s = sides_on(RECORD_V1, V1_BASE);

	(void)state;
	add_one(&s.theirs, RECORD_V1, "t", ADD_TABLE("x") "," ADD("x", "a"));
	add_one(&s.theirs, RECORD_V1, "t", ADD("x", "b"));
	add_one(&s.ours, RECORD_V1, "o", ADD_TABLE("x"));
	add_one(&s.ours, RECORD_V1, "o", ADD("x", "a") "," ADD("x", "b"));
	look(&s);
	assert_int_equal(s.found.len, 1);
	assert_string_equal(s.found.items[0].what, "table \"x\"");
	assert_int_equal(s.found.items[0].theirs_operation, 1);
	assert_int_equal(s.found.items[0].ours_operation, 1);
	assert_string_equal(s.found.items[0].theirs_summary, "+ table x");
	sides_release(&s);
}

static void each_pair_of_records_is_listed_in_order(void **state)
{
	struct sides s = sides_on(RECORD_V1, V1_BASE);

	(void)state;
	add_one(&s.theirs, RECORD_V1, "t", ADD("users", "a"));
	add_one(&s.theirs, RECORD_V1, "t", ADD("users", "b") "," ADD("users", "c"));
	add_one(&s.ours, RECORD_V1, "o", ADD("users", "c") "," ADD("users", "b"));
	add_one(&s.ours, RECORD_V1, "o", ADD("users", "a"));
	look(&s);
	assert_int_equal(s.found.len, 3);
	assert_string_equal(s.found.items[0].what, "column \"users.c\"");
	assert_int_equal(s.found.items[0].theirs_operation, 2);
	assert_string_equal(s.found.items[1].what, "column \"users.b\"");
	contains(s.found.items[2].message, "\"mig_t0_\" and \"mig_o1_\" both add");
	sides_release(&s);
}

/* ---- undecidable, and accepted */

static void raw_sql_is_accepted_when_asked_but_nothing_else(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);
	struct error err = {0};

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t", "{\"sql\":{\"up\":\"SELECT 1\"}}");
	add_one(&s.ours, RECORD_PGROLL, "o", "{\"sql\":{\"up\":\"SELECT 2\"}}");
	look_with(&s, (struct conflict_input){.options = {.accept_unknown = true}});
	assert_int_equal(s.found.blocking, 1);
	assert_fails_hinting(conflicts_check(&s.found, &err), &err, E_CONFLICT, "raw SQL",
			     "--accept-sql");
	look_with(&s, (struct conflict_input){.options = {.accept_sql = true}});
	assert_int_equal(s.found.blocking, 0);
	assert_int_equal(s.found.accepted, 1);
	assert_true(s.found.items[0].accepted);
	assert_ok(conflicts_check(&s.found, &err), &err);

	add_one(&s.theirs, RECORD_PGROLL, "t", "{\"drop_table\":{\"name\":\"teams\"}}");
	add_one(&s.ours, RECORD_PGROLL, "o", "{\"drop_table\":{\"name\":\"teams\"}}");
	look_with(&s, (struct conflict_input){.options = {.accept_sql = true}});
	assert_int_equal(s.found.accepted, 3);
	assert_int_equal(s.found.blocking, 1);
	assert_fails(conflicts_check(&s.found, &err), &err, E_CONFLICT,
		     "\"t1\" and \"o1\" both remove table \"teams\"");
	sides_release(&s);
}

static void unknown_kinds_are_accepted_when_asked(void **state)
{
	struct sides s = sides_on(RECORD_V1, V1_BASE);

	(void)state;
	add_one(&s.theirs, RECORD_V1, "t", "{\"mixColumns\":{}}");
	add_one(&s.ours, RECORD_V1, "o", ADD("users", "x"));
	look_with(&s, (struct conflict_input){.options = {.accept_sql = true}});
	assert_int_equal(s.found.blocking, 1);
	look_with(&s, (struct conflict_input){.options = {.accept_unknown = true}});
	assert_int_equal(s.found.blocking, 0);
	sides_release(&s);
}

static void an_empty_record_gets_on_with_everything(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t", "{\"sql\":{\"up\":\"SELECT 1\"}}");
	append_record(&s.ours, RECORD_PGROLL, "empty", "[]");
	look(&s);
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

/* ---- records as a whole */

static void names_that_differ_in_capitals_only_are_one_file(void **state)
{
	static const size_t shared[] = {0};
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);

	(void)state;
	append_record(&s.theirs, RECORD_PGROLL, "Drop_it",
		      "[{\"drop_table\":{\"name\":\"pairs\"}}]");
	append_record(&s.ours, RECORD_PGROLL, "drop_IT", "[{\"drop_table\":{\"name\":\"teams\"}}]");
	look(&s);
	assert_int_equal(s.found.len, 1);
	assert_int_equal(s.found.blocking, 1);
	assert_int_equal(s.found.items[0].kind, CONFLICT_SAME_FILE);
	assert_string_equal(s.found.items[0].theirs, "Drop_it");
	assert_string_equal(s.found.items[0].ours, "drop_IT");
	contains(s.found.items[0].hint, "Give \"drop_IT\" another name on its own branch");
	look_with(&s, (struct conflict_input){.theirs_seen = shared});
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

static void give_version(struct records *l, const char *name, const char *version)
{
	struct error err = {0};
	AUTO_JSON *none = json_array();
	struct record_draft draft = {
		.format = RECORD_PGROLL, .id = name, .operations = none, .version_schema = version};
	struct record *r;

	assert_ok(record_make(&r, &draft, &err), &err);
	records_take(l, r);
}

static void a_version_schema_is_that_of_one_record(void **state)
{
	static const size_t shared[] = {0, SIZE_MAX, SIZE_MAX};
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);

	(void)state;
	give_version(&s.theirs, "a", "v3");
	give_version(&s.theirs, "b", NULL);
	give_version(&s.theirs, "same", "v1");
	give_version(&s.ours, "c", "v3");
	give_version(&s.ours, "d", "b");
	give_version(&s.ours, "e", "v4");
	give_version(&s.ours, "same", "v1");
	look(&s);
	assert_int_equal(s.found.len, 2);
	assert_int_equal(s.found.blocking, 2);
	assert_int_equal(s.found.items[0].kind, CONFLICT_SAME_VERSION);
	contains(s.found.items[0].message, "\"a\" and \"c\" both give the version schema \"v3\"");
	contains(s.found.items[0].hint, "xata new --version-schema NAME");
	contains(s.found.items[1].message, "\"b\" and \"d\" both give the version schema \"b\"");
	look_with(&s, (struct conflict_input){.theirs_seen = shared});
	assert_int_equal(s.found.len, 1);
	sides_release(&s);
}

static void formats_and_ids_are_compared(void **state)
{
	struct sides s = sides_on(RECORD_V1, V1_BASE);

	(void)state;
	append_record(&s.theirs, RECORD_V1, "mig_a", "[" ADD("users", "x") "]");
	append_record(&s.ours, RECORD_V1, "mig_a", "[" ADD("users", "y") "]");
	look(&s);
	assert_int_equal(s.found.len, 1);
	assert_int_equal(s.found.items[0].kind, CONFLICT_SAME_ID);
	contains(s.found.items[0].message, "both sides have a record \"mig_a_\" with different");
	assert_int_equal(s.found.items[0].ours_operation, 0);
	assert_null(s.found.items[0].ours_summary);

	records_release(&s.ours);
	append_record(&s.ours, RECORD_PGROLL, "b", "[{\"drop_table\":{\"name\":\"teams\"}}]");
	look(&s);
	assert_int_equal(s.found.len, 1);
	assert_int_equal(s.found.items[0].kind, CONFLICT_FORMATS);
	contains(s.found.items[0].message, "\"mig_a_\" and \"b\" have different formats");
	sides_release(&s);
}

static void records_that_keep_their_order_are_not_compared(void **state)
{
	struct sides s = sides_on(RECORD_V1, V1_BASE);
	const size_t behind[] = {0, SIZE_MAX};
	const size_t seen[] = {0,
			       1}; /* theirs[0] stands before both of ours, theirs[1] before o1 */

	(void)state;
	add_one(&s.theirs, RECORD_V1, "t", ADD("users", "a"));
	add_one(&s.theirs, RECORD_V1, "t", ADD("users", "b"));
	add_one(&s.ours, RECORD_V1, "o", ADD("users", "a"));
	add_one(&s.ours, RECORD_V1, "o", ADD("users", "b"));
	look(&s);
	assert_int_equal(s.found.len, 2);
	look_with(&s, (struct conflict_input){.ours_behind = behind});
	assert_int_equal(s.found.len, 1);
	look_with(&s, (struct conflict_input){.theirs_seen = seen});
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

static void a_ledger_describes_one_postgresql_schema(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);
	const size_t nothing_moves[] = {0, 0};

	(void)state;
	add_one(&s.theirs, RECORD_PGROLL, "t", "{\"drop_table\":{\"name\":\"teams\"}}");
	records_take(&s.ours, next_record_in(&s.ours, RECORD_PGROLL, "o", "shop", json_array()));
	records_take(&s.ours, next_record_in(&s.ours, RECORD_PGROLL, "p", "public", json_array()));
	look(&s);
	assert_int_equal(s.found.len, 1);
	assert_int_equal(s.found.items[0].kind, CONFLICT_SCHEMAS);
	contains(s.found.items[0].message,
		 "\"t0\" is of the PostgreSQL schema \"public\" and \"o\" of \"shop\"");
	contains(s.found.items[0].hint, "Make \"o\" again behind \"t0\"");
	look_with(&s, (struct conflict_input){.ours_behind = nothing_moves});
	assert_int_equal(s.found.len, 0);
	/* Where the base has decided, records of another schema may stand behind it. */
	s.base->name = schema_intern(s.base, "public");
	look(&s);
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

static void a_side_that_does_not_fit_the_base_is_refused(void **state)
{
	struct sides s = sides_on(RECORD_V1, V1_BASE);
	struct error err = {0};
	struct conflict_input in = {.base = s.base, .theirs = &s.theirs, .ours = &s.ours};

	(void)state;
	add_one(&s.theirs, RECORD_V1, "t", ADD("users", "x"));
	add_one(&s.ours, RECORD_V1, "o", ADD("users", "fine") "," ADD("gone", "x"));
	assert_fails(conflicts_find(&s.found, &in, &err), &err, E_INVALID,
		     "operation 2 (addColumn): cannot add column \"x\" to table \"gone\"");
	assert_int_equal(s.found.len, 0);
	sides_release(&s);
}

static void more_conflicts_than_are_kept_are_counted(void **state)
{
	struct sides s = sides_on(RECORD_PGROLL, PG_BASE);
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		add_one(&s.theirs, RECORD_PGROLL, "t", "{\"sql\":{\"up\":\"SELECT 1\"}}");
		add_one(&s.ours, RECORD_PGROLL, "o", "{\"sql\":{\"up\":\"SELECT 1\"}}");
	}
	look(&s);
	assert_int_equal(s.found.blocking, 1600);
	assert_int_equal(s.found.len, CONFLICTS_MAX);
	assert_fails(conflicts_check(&s.found, &err), &err, E_CONFLICT,
		     "1600 conflicts, the first: ");
	sides_release(&s);
}

static void names_are_made_safe_for_a_terminal(void **state)
{
	struct conflicts c = {0};
	char evil[] = "x\033[2J";

	(void)state;
	conflicts_add(&c,
		      &(struct conflict){
			      .kind = CONFLICT_SQL, .ours = evil, .message = evil, .hint = evil});
	assert_string_equal(c.items[0].message, "x\\x1b[2J");
	assert_null(c.items[0].theirs);
	conflicts_release(&c);
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	for (int k = CONFLICT_FORMATS; k <= CONFLICT_NOT_APPLICABLE; k++)
		assert_string_not_equal(conflict_name((enum conflict_kind)k), "unknown");
}

/* A kind without sites would be undecidable beside anything. */
static void every_kind_of_operation_has_its_names_found(void **state)
{
	static const enum record_format formats[] = {RECORD_V1, RECORD_PGROLL};
	AUTO_VALUE(sites) l = {0};

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
		const char *const *kinds = operation_names(formats[f]);
		for (; *kinds; kinds++) {
			AUTO_JSON *op = json_pack("{s:{}}", *kinds);
			enum sites_kind found = sites_of(&l, formats[f], op);
			if (strcmp(*kinds, "sql") != 0 && found != SITES_KNOWN)
				unit_fail("sites.c does not know %s", *kinds);
			assert_int_equal(l.len, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_told_in_its_words),
		cmocka_unit_test(an_index_that_no_record_describes_may_be_a_key),
		cmocka_unit_test(a_new_key_where_raw_sql_took_the_old_one_is_no_key_of_its_columns),
		cmocka_unit_test(the_index_of_a_replica_identity_may_be_renamed_with_its_columns),
		cmocka_unit_test(other_constraints_and_indexes_are_no_keys),
		cmocka_unit_test(a_unique_column_is_told_by_the_name_of_its_constraint),
		cmocka_unit_test(what_does_not_touch_is_clean),
		cmocka_unit_test(checks_and_foreign_keys_share_no_names_with_indexes),
		cmocka_unit_test(a_table_added_twice_is_told_once),
		cmocka_unit_test(each_pair_of_records_is_listed_in_order),
		cmocka_unit_test(raw_sql_is_accepted_when_asked_but_nothing_else),
		cmocka_unit_test(unknown_kinds_are_accepted_when_asked),
		cmocka_unit_test(an_empty_record_gets_on_with_everything),
		cmocka_unit_test(names_that_differ_in_capitals_only_are_one_file),
		cmocka_unit_test(a_version_schema_is_that_of_one_record),
		cmocka_unit_test(formats_and_ids_are_compared),
		cmocka_unit_test(records_that_keep_their_order_are_not_compared),
		cmocka_unit_test(a_ledger_describes_one_postgresql_schema),
		cmocka_unit_test(a_side_that_does_not_fit_the_base_is_refused),
		cmocka_unit_test(more_conflicts_than_are_kept_are_counted),
		cmocka_unit_test(names_are_made_safe_for_a_terminal),
		cmocka_unit_test(every_kind_has_a_name),
		cmocka_unit_test(every_kind_of_operation_has_its_names_found),
	};
	return unit_main(tests);
}
