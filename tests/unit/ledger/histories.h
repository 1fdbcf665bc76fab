/* Random histories for tests: operations from small pools of names, kept where they apply. */
#ifndef TESTS_UNIT_LEDGER_HISTORIES_H
#define TESTS_UNIT_LEDGER_HISTORIES_H

#include "lib/unit.h"

#include "ledger/schema.h"

/* ---- chance, repeatable from its seed */

struct chance {
	uint64_t state;
};

static inline uint64_t chance_next(struct chance *c)
{
	uint64_t z = (c->state += 0x9E3779B97F4A7C15u);

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

static inline size_t chance_below(struct chance *c, size_t n)
{
	return (size_t)(chance_next(c) % n);
}

/* XATA_TEST_SEED repeats a run; every run says its seed. */
static inline struct chance chance_seeded(const char *what)
{
	const char *given = getenv("XATA_TEST_SEED");
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = given ? strtoull(given, NULL, 10)
		     : (uint64_t)now.tv_nsec * 1000003u + (uint64_t)now.tv_sec;
	print_message("# %s: XATA_TEST_SEED=%llu\n", what, (unsigned long long)seed);
	return (struct chance){seed};
}

/* ---- operations as text: each $ is replaced by a word of a pool */

/*
 * $T a table, $C a column, $K a constraint, $I an index, $= the last of these again. Names are from
 * pools this small so that most operations meet.
 */
static const char *const v1_templates[] = {
	"{\"addTable\":{\"table\":\"$T\"}}",
	"{\"removeTable\":{\"table\":\"$T\"}}",
	"{\"renameTable\":{\"oldName\":\"$T\",\"newName\":\"$T\"}}",
	"{\"addColumn\":{\"table\":\"$T\",\"column\":{\"name\":\"$C\",\"type\":\"int\"}}}",
	"{\"addColumn\":{\"table\":\"$T\",\"column\":{\"name\":\"$C\",\"type\":\"text\","
	"\"notNull\":true,\"defaultValue\":\"\"}}}",
	"{\"addColumn\":{\"table\":\"$T\",\"column\":{\"name\":\"$C\",\"type\":\"link\",\"link\":{"
	"\"table\":\"$T\"}}}}",
	"{\"removeColumn\":{\"table\":\"$T\",\"column\":\"$C\"}}",
	"{\"renameColumn\":{\"table\":\"$T\",\"oldName\":\"$C\",\"newName\":\"$C\"}}",
	NULL};

static const char *const pgroll_templates[] = {
	"{\"create_table\":{\"name\":\"$T\",\"columns\":[{\"name\":\"$C\",\"type\":\"text\"}]}}",
	"{\"create_table\":{\"name\":\"$T\",\"columns\":[{\"name\":\"id\",\"type\":\"int\",\"pk\":"
	"true},{\"name\":\"$C\",\"type\":\"int\",\"references\":{\"name\":\"$K\",\"table\":\"$T\","
	"\"column\":\"$C\"}}],\"constraints\":[{\"name\":\"one\",\"type\":\"check\",\"columns\":["
	"\"id\"],\"check\":\"id > 0\"}]}}",
	"{\"drop_table\":{\"name\":\"$T\"}}", "{\"rename_table\":{\"from\":\"$T\",\"to\":\"$T\"}}",
	"{\"add_column\":{\"table\":\"$T\",\"column\":{\"name\":\"$C\",\"type\":\"int\","
	"\"nullable\":true}}}",
	"{\"add_column\":{\"table\":\"$T\",\"up\":\"upper($C)\",\"column\":{\"name\":\"$C\","
	"\"type\":\"text\",\"unique\":true,\"check\":{\"name\":\"$K\",\"constraint\":"
	"\"length($C) > 0\"}}}}",
	"{\"add_column\":{\"table\":\"$T\",\"column\":{\"name\":\"$C\",\"type\":\"int\","
	"\"references\":{\"name\":\"$K\",\"table\":\"$T\",\"column\":\"$C\"}}}}",
	"{\"drop_column\":{\"table\":\"$T\",\"column\":\"$C\"}}",
	"{\"rename_column\":{\"table\":\"$T\",\"from\":\"$C\",\"to\":\"$C\"}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"type\":\"bigint\",\"up\":\"$C\"}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"nullable\":false,\"up\":\"0\"}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"default\":\"7\",\"comment\":"
	"\"seven\"}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"default\":null}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"name\":\"$C\"}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"unique\":{\"name\":\"$K\"}}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"check\":{\"name\":\"$K\","
	"\"constraint\":\"$C > 0\"}}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"references\":{\"name\":\"$K\","
	"\"table\":\"$T\",\"column\":\"$C\"}}}",
	"{\"create_index\":{\"table\":\"$T\",\"name\":\"$I\",\"columns\":[\"$C\"]}}",
	"{\"create_index\":{\"table\":\"$T\",\"name\":\"$I\",\"columns\":{\"$C\":{},\"$C\":{}},"
	"\"unique\":true,\"predicate\":\"$C > 3\"}}",
	"{\"drop_index\":{\"name\":\"$I\"}}",
	"{\"create_constraint\":{\"table\":\"$T\",\"name\":\"$K\",\"type\":\"unique\",\"columns\":["
	"\"$C\",\"$C\"],\"up\":{\"$=\":\"$=\"},\"down\":{\"$=\":\"$=\"}}}",
	"{\"create_constraint\":{\"table\":\"$T\",\"name\":\"$K\",\"type\":\"foreign_key\","
	"\"columns\":[\"$C\"],\"references\":{\"table\":\"$T\",\"columns\":[\"$C\"]}}}",
	"{\"drop_constraint\":{\"table\":\"$T\",\"column\":\"$C\",\"name\":\"$K\",\"up\":\"$C\"}}",
	"{\"drop_constraint\":{\"table\":\"$T\",\"name\":\"$K\"}}",
	"{\"drop_multicolumn_constraint\":{\"table\":\"$T\",\"name\":\"$K\",\"up\":{\"$C\":\"$=\"},"
	"\"down\":{\"$=\":\"$=\"}}}",
	"{\"rename_constraint\":{\"table\":\"$T\",\"from\":\"$K\",\"to\":\"$K\"}}",
	"{\"add_column\":{\"table\":\"$T\",\"column\":{\"name\":\"$C\",\"type\":\"int\",\"pk\":"
	"true}}}",
	"{\"create_table\":{\"name\":\"$T\",\"columns\":[{\"name\":\"id\",\"type\":\"int\",\"pk\":"
	"true},{\"name\":\"$C\",\"type\":\"int\",\"pk\":true}],\"constraints\":[{\"name\":\"$K\","
	"\"type\":\"unique\",\"columns\":[\"id\"]}]}}",
	"{\"create_constraint\":{\"table\":\"$T\",\"name\":\"$K\",\"type\":\"primary_key\","
	"\"columns\":[\"$C\"]}}",
	"{\"create_constraint\":{\"table\":\"$T\",\"name\":\"$I\",\"type\":\"primary_key\","
	"\"columns\":[\"$C\",\"$C\"]}}",
	"{\"create_constraint\":{\"table\":\"$T\",\"name\":\"$I\",\"type\":\"exclude\","
	"\"columns\":[\"$C\"]}}",
	"{\"alter_column\":{\"table\":\"$T\",\"column\":\"$C\",\"unique\":{\"name\":\"$I\"}}}",
	"{\"rename_constraint\":{\"table\":\"$T\",\"from\":\"$K\",\"to\":\"$I\"}}",
	"{\"drop_constraint\":{\"table\":\"$T\",\"name\":\"$=_pkey\"}}",
	/* What add_column calls a constraint, and what else may have such a name. */
	"{\"drop_constraint\":{\"table\":\"$T\",\"name\":\"$C\"}}",
	"{\"rename_constraint\":{\"table\":\"$T\",\"from\":\"$C\",\"to\":\"$K\"}}",
	"{\"create_index\":{\"table\":\"$T\",\"name\":\"$C\",\"columns\":[\"$C\"]}}",
	"{\"set_replica_identity\":{\"table\":\"$T\",\"identity\":{\"type\":\"full\"}}}",
	"{\"set_replica_identity\":{\"table\":\"$T\",\"identity\":{\"type\":\"index\",\"index\":"
	"\"$I\"}}}",
	NULL};

static inline const char *const *templates_of(enum record_format format)
{
	return format == RECORD_V1 ? v1_templates : pgroll_templates;
}

static inline size_t templates_count(enum record_format format)
{
	const char *const *t = templates_of(format);
	size_t n = 0;

	while (t[n])
		n++;
	return n;
}

struct pool {
	char letter;
	const char *words[6];
	size_t len;
};

static const struct pool pools[] = {
	{'T', {"users", "teams", "posts", "tags", "shops"}, 5},
	{'C', {"id", "nick", "age", "note", "team"}, 5},
	{'K', {"k_one", "k_two", "k_three"}, 3},
	{'I', {"i_one", "i_two", "i_three"}, 3},
};

static inline const struct pool *pool_of(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(pools); i++)
		if (pools[i].letter == letter)
			return &pools[i];
	unit_fail("no pool %c", letter);
	return &pools[0];
}

/* choose: which word of a pool of n the next $ gets. NULL when the text is no JSON we accept. */
static inline json_t *fill_template(const char *text, size_t (*choose)(void *ctx, size_t n),
				    void *ctx)
{
	AUTO_STR out = {0};
	const char *word = "";
	json_t *op;

	for (; *text; text++) {
		if (*text != '$') {
			str_putc(&out, *text);
			continue;
		}
		if (*++text != '=') {
			const struct pool *pool = pool_of(*text);
			word = pool->words[choose(ctx, pool->len)];
		}
		str_puts(&out, word);
	}
	return json_read(&op, str_view(&out), 0, NULL) < 0 ? NULL : op;
}

static inline size_t choose_by_chance(void *ctx, size_t n)
{
	return chance_below(ctx, n);
}

/* A random operation that applies to s, which it changes; a new reference. */
static inline json_t *random_operation(struct chance *c, struct schema *s,
				       enum record_format format)
{
	size_t n = templates_count(format);

	for (;;) {
		const char *text = templates_of(format)[chance_below(c, n)];
		json_t *op = fill_template(text, choose_by_chance, c);
		AUTO_JSON *list = json_array();
		if (!op)
			continue; /* one column twice as a key */
		json_array_append(list, op);
		if (schema_apply_operations(s, format, list, NULL) == 0)
			return op;
		json_decref(op);
	}
}

/* ---- records */

/*
 * A record behind the last of l (or the first), with the operations; takes them. schema: of
 * PostgreSQL; NULL: "public", or none for v1.
 */
static inline struct record *next_record_in(const struct records *l, enum record_format format,
					    const char *id, const char *schema, json_t *operations)
{
	const struct record *last = l && l->len ? l->items[l->len - 1] : NULL;
	struct record *r;
	struct error err = {0};
	struct record_draft draft = {.format = format,
				     .id = id,
				     .parent = last ? record_id(last) : NULL,
				     .parent_checksum = last ? record_checksum(last) : NULL,
				     .operations = operations,
				     .schema = schema};

	assert_ok(record_make(&r, &draft, &err), &err);
	json_decref(operations);
	return r;
}

static inline struct record *next_record(const struct records *l, enum record_format format,
					 const char *id, json_t *operations)
{
	return next_record_in(l, format, id, NULL, operations);
}

/* Appends a record with operations given as text. */
static inline struct record *append_record(struct records *l, enum record_format format,
					   const char *id, const char *operations)
{
	json_t *ops;
	struct error err = {0};

	assert_ok(json_read(&ops, view_of(operations), 0, &err), &err);
	records_take(l, next_record(l, format, id, ops));
	return l->items[l->len - 1];
}

static inline void applied(struct schema *s, enum record_format format, const char *operations)
{
	json_t *ops;
	struct error err = {0};

	assert_ok(json_read(&ops, view_of(operations), 0, &err), &err);
	assert_ok(schema_apply_operations(s, format, ops, &err), &err);
	json_decref(ops);
}

/* ---- comparing schemas whatever the order in which things were made */

static inline int by_name(const void *a, const void *b)
{
	json_t *const *x = a, *const *y = b;

	return strcmp(json_string_value(json_object_get(*x, "name")),
		      json_string_value(json_object_get(*y, "name")));
}

static inline void sort_space(json_t *list)
{
	json_t *items[64], *item;
	size_t n = 0, i;

	json_array_foreach(list, i, item)
	{
		if (json_is_true(json_object_get(item, "gone")))
			continue;
		assert_true(n < ARRAY_LEN(items));
		items[n++] = json_incref(item);
		sort_space(json_object_get(item, "columns"));
		sort_space(json_object_get(item, "constraints"));
	}
	qsort(items, n, sizeof items[0], by_name);
	json_array_clear(list);
	for (i = 0; i < n; i++)
		json_array_append_new(list, items[i]);
}

/* What is there, sorted by name; a new reference. */
static inline json_t *schema_picture(const struct schema *s)
{
	AUTO_STR text = {0};
	struct error err = {0};
	json_t *saved;

	schema_save(&text, s);
	assert_ok(json_read(&saved, str_view(&text), 0, &err), &err);
	sort_space(json_object_get(saved, "tables"));
	sort_space(json_object_get(saved, "indexes"));
	return saved;
}

/* The same as the API shows it, which tells more: whether a key's columns are in the same order. */
static inline json_t *schema_api_picture(const struct schema *s)
{
	json_t *api = schema_to_api(s);

	sort_space(json_object_get(api, "tables")); /* v1: lists, as things were made */
	return api;
}

#endif
