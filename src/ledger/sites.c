/* Finds the names in operations, one function a kind of operation. */
#include "ledger/sites.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/schema_impl.h"

#include "base/banned.h"

void sites_release(struct sites *l)
{
	free(l->items);
	strs_release(&l->words);
	*l = (struct sites){0};
}

static void put(struct sites *l, struct site site)
{
	if (!site.name)
		return;
	if (l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 16;
		l->items = xrealloc(l->items, l->cap, sizeof *l->items);
	}
	l->items[l->len++] = site;
}

/* ---- names that stand in one place */

static void table(struct sites *l, enum site_use use, json_t *holder, const char *key)
{
	put(l, (struct site){.space = SITE_TABLE,
			     .use = use,
			     .name = json_text(holder, key),
			     .place = SITE_MEMBER,
			     .holder = holder,
			     .key = key});
}

static void owned(struct sites *l, enum site_space space, enum site_use use, const char *owner,
		  json_t *holder, const char *key)
{
	put(l, (struct site){.space = space,
			     .use = use,
			     .table = owner,
			     .name = json_text(holder, key),
			     .place = SITE_MEMBER,
			     .holder = holder,
			     .key = key});
}

static void column(struct sites *l, enum site_use use, const char *owner, json_t *holder,
		   const char *key)
{
	owned(l, SITE_COLUMN, use, owner, holder, key);
}

static void index_site(struct sites *l, enum site_use use, json_t *holder, const char *key)
{
	owned(l, SITE_INDEX, use, NULL, holder, key);
}

static void changes(struct sites *l, enum site_space space, const char *owner, const char *name,
		    const char *attribute)
{
	put(l, (struct site){.space = space,
			     .use = SITE_CHANGES,
			     .table = owner,
			     .name = name,
			     .attribute = attribute});
}

/* ---- lists of columns */

static void column_keys(struct sites *l, const char *owner, json_t *holder)
{
	size_t i = 0;
	const char *key;
	json_t *value;

	json_object_foreach(holder, key, value)
	{
		put(l, (struct site){.space = SITE_COLUMN,
				     .use = SITE_USES,
				     .table = owner,
				     .name = key,
				     .place = SITE_KEY,
				     .holder = holder,
				     .index = i++});
	}
}

/* The same shapes as operation_columns() reads. */
static void columns(struct sites *l, const char *owner, json_t *list)
{
	json_t *item;
	size_t i;

	if (json_is_object(list))
		column_keys(l, owner, list);
	json_array_foreach(list, i, item)
	{
		if (json_is_object(item)) {
			const char *key = json_object_get(item, "column") ? "column" : "name";
			column(l, SITE_USES, owner, item, key);
			continue;
		}
		put(l, (struct site){.space = SITE_COLUMN,
				     .use = SITE_USES,
				     .table = owner,
				     .name = json_string_value(item),
				     .place = SITE_ELEMENT,
				     .holder = list,
				     .index = i});
	}
}

/* The uses from the first on need the property as it is. */
static void need(struct sites *l, size_t first, const char *property)
{
	for (size_t i = first; i < l->len; i++)
		l->items[i].needs = property;
}

static void references(struct sites *l, json_t *holder)
{
	json_t *part = json_object_get(holder, "references");
	const char *target = json_text(part, "table");

	if (!target)
		return;
	table(l, SITE_USES, part, "table");
	size_t first = l->len;
	column(l, SITE_USES, target, part, "column");
	columns(l, target, json_object_get(part, "columns"));
	need(l, first, "type");
	for (size_t i = l->len > first ? first : first - 1; i < l->len; i++)
		l->items[i].referenced = true;
}

/* ---- SQL expressions */

static void mention(struct sites *l, const char *owner, const char *word, bool selects)
{
	strs_add(&l->words, word);
	const char *own = l->words.items[l->words.len - 1];
	put(l, (struct site){.space = SITE_TABLE, .use = SITE_MENTIONS, .name = own});
	if (owner)
		put(l, (struct site){.space = SITE_COLUMN,
				     .use = SITE_MENTIONS,
				     .table = owner,
				     .name = own});
	if (selects)
		put(l, (struct site){.space = SITE_COLUMN, .use = SITE_MENTIONS, .name = own});
}

static bool has_select(const char *sql)
{
	char word[SQL_WORD_MAX];
	bool found = false;

	while (!found && sql_next_word(&sql, word)) {
		ascii_lower(word);
		found = strcmp(word, "select") == 0;
	}
	return found;
}

/* A name without quotes means its lower case, and what is in quotes means itself: take both. */
static void mentions(struct sites *l, const char *owner, const char *sql)
{
	bool selects = has_select(sql);
	char word[SQL_WORD_MAX], lower[SQL_WORD_MAX];

	while (sql_next_word(&sql, word)) {
		memcpy(lower, word, sizeof lower);
		ascii_lower(lower);
		mention(l, owner, word, selects);
		if (strcmp(lower, word) != 0)
			mention(l, owner, lower, selects);
	}
}

/* Members whose texts are names, which other sites tell, or cannot name a column or table. */
static bool is_plain(const char *key)
{
	static const char *const keys[] = {"column",
					   "columns",
					   "comment",
					   "default",
					   "from",
					   "identity",
					   "method",
					   "name",
					   "nullable",
					   "on_delete",
					   "on_update",
					   "match_type",
					   "references",
					   "table",
					   "to",
					   "type",
					   "unique",
					   "pk",
					   "collate",
					   "opclass",
					   "nulls",
					   "sort",
					   "storage_parameters"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* Every text below value, whatever member of a newer version holds it. */
static void all_mentions(struct sites *l, const char *owner, json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		mentions(l, owner, json_string_value(value));
	json_object_foreach(value, key, item) all_mentions(l, owner, item);
	json_array_foreach(value, i, item) all_mentions(l, owner, item);
}

static void expressions(struct sites *l, const char *owner, json_t *body)
{
	const char *key;
	json_t *item;

	json_object_foreach(body, key, item)
	{
		if (!is_plain(key))
			all_mentions(l, owner, item);
	}
}

/* ---- v1 */

/* "address.city" is a part of the object column "address" where there is one. */
static void whole_of(struct sites *l, const char *owner, const char *name)
{
	const char *dot = name ? strrchr(name, '.') : NULL;

	if (!dot || dot == name)
		return;
	strs_take(&l->words, xstrndup(name, (size_t)(dot - name)));
	const char *whole = l->words.items[l->words.len - 1];
	put(l,
	    (struct site){.space = SITE_COLUMN, .use = SITE_USES, .table = owner, .name = whole});
	whole_of(l, owner, whole);
}

static void v1_add_table(struct sites *l, json_t *body)
{
	table(l, SITE_MAKES, body, "table");
}

static void v1_remove_table(struct sites *l, json_t *body)
{
	table(l, SITE_REMOVES, body, "table");
}

static void v1_rename_table(struct sites *l, json_t *body)
{
	table(l, SITE_RENAMES_FROM, body, "oldName");
	table(l, SITE_RENAMES_TO, body, "newName");
}

static void v1_add_column(struct sites *l, json_t *body)
{
	json_t *given = json_object_get(body, "column");
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	column(l, SITE_MAKES, owner, given, "name");
	whole_of(l, owner, json_text(given, "name"));
	table(l, SITE_USES, json_object_get(given, "link"), "table");
}

static void v1_remove_column(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	column(l, SITE_REMOVES, owner, body, "column");
	whole_of(l, owner, json_text(body, "column"));
}

static void v1_rename_column(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	column(l, SITE_RENAMES_FROM, owner, body, "oldName");
	column(l, SITE_RENAMES_TO, owner, body, "newName");
	whole_of(l, owner, json_text(body, "oldName"));
	whole_of(l, owner, json_text(body, "newName"));
}

/* ---- pgroll */

bool constraint_has_index(const char *type)
{
	return str_eq(type, "unique") || str_eq(type, "primary_key") || str_eq(type, "exclude");
}

static void made_constraint(struct sites *l, const char *owner, json_t *holder, const char *type)
{
	put(l, (struct site){.space = SITE_CONSTRAINT,
			     .use = SITE_MAKES,
			     .table = owner,
			     .name = json_text(holder, "name"),
			     .makes_key = str_eq(type, "primary_key"),
			     .has_index = constraint_has_index(type),
			     .place = SITE_MEMBER,
			     .holder = holder,
			     .key = "name"});
}

/* The constraints that a column declares by name, and what they need. */
static void column_parts(struct sites *l, const char *owner, json_t *given)
{
	static const char *const parts[] = {"check", "references", "unique"};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		made_constraint(l, owner, json_object_get(given, parts[i]), parts[i]);
	references(l, given);
}

static void new_column(struct sites *l, const char *owner, json_t *given)
{
	put(l, (struct site){.space = SITE_COLUMN,
			     .use = SITE_MAKES,
			     .table = owner,
			     .name = json_text(given, "name"),
			     .makes_key = json_is_true(json_object_get(given, "pk")),
			     .place = SITE_MEMBER,
			     .holder = given,
			     .key = "name"});
	column_parts(l, owner, given);
	expressions(l, owner, given);
}

static void new_constraint(struct sites *l, const char *owner, json_t *given)
{
	const char *type = json_text(given, "type"), *needs = NULL;

	if (json_object_get(given, "references"))
		needs = "type";
	else if (str_eq(type, "primary_key"))
		needs = "nullable";
	made_constraint(l, owner, given, type);
	size_t first = l->len;
	columns(l, owner, json_object_get(given, "columns"));
	need(l, first, needs);
	references(l, given);
}

/* The expressions of an operation over several columns: an object with a column a key. */
static void up_and_down(struct sites *l, const char *owner, json_t *body)
{
	column_keys(l, owner, json_object_get(body, "up"));
	column_keys(l, owner, json_object_get(body, "down"));
}

static void pg_create_table(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "name");
	json_t *item;
	size_t i;

	table(l, SITE_MAKES, body, "name");
	json_array_foreach(json_object_get(body, "columns"), i, item) new_column(l, owner, item);
	json_array_foreach(json_object_get(body, "constraints"), i, item)
	{
		new_constraint(l, owner, item);
		expressions(l, owner, item);
	}
}

static void pg_drop_table(struct sites *l, json_t *body)
{
	table(l, SITE_REMOVES, body, "name");
}

static void pg_rename_table(struct sites *l, json_t *body)
{
	table(l, SITE_RENAMES_FROM, body, "from");
	table(l, SITE_RENAMES_TO, body, "to");
}

static void pg_add_column(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	new_column(l, owner, json_object_get(body, "column"));
	expressions(l, owner, body);
}

static void pg_drop_column(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	column(l, SITE_REMOVES, owner, body, "column");
	expressions(l, owner, body);
}

static void pg_rename_column(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	column(l, SITE_RENAMES_FROM, owner, body, "from");
	column(l, SITE_RENAMES_TO, owner, body, "to");
	expressions(l, owner, body);
}

static void pg_alter_column(struct sites *l, json_t *body)
{
	static const char *const attributes[] = {"type", "nullable", "default", "comment",
						 "unique"};
	const char *owner = json_text(body, "table"), *name = json_text(body, "column");
	const char *to = json_text(body, "name");
	bool renames = to && name && strcmp(to, name) != 0;

	table(l, SITE_USES, body, "table");
	column(l, renames ? SITE_RENAMES_FROM : SITE_USES, owner, body, "column");
	if (to)
		column(l, renames ? SITE_RENAMES_TO : SITE_USES, owner, body, "name");
	changes(l, SITE_COLUMN, owner, name, NULL);
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
		if (json_object_get(body, attributes[i]))
			changes(l, SITE_COLUMN, owner, name, attributes[i]);
	if (json_object_get(body, "references"))
		put(l, (struct site){.space = SITE_COLUMN,
				     .use = SITE_USES,
				     .table = owner,
				     .name = name,
				     .needs = "type"});
	column_parts(l, owner, body);
	expressions(l, owner, body);
}

static void pg_create_constraint(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	new_constraint(l, owner, body);
	up_and_down(l, owner, body);
	expressions(l, owner, body);
}

static void pg_drop_constraint(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	owned(l, SITE_CONSTRAINT, SITE_REMOVES, owner, body, "name");
	column(l, SITE_USES, owner, body, "column");
	changes(l, SITE_COLUMN, owner, json_text(body, "column"), "unique");
	up_and_down(l, owner, body);
	expressions(l, owner, body);
}

static void pg_rename_constraint(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	owned(l, SITE_CONSTRAINT, SITE_RENAMES_FROM, owner, body, "from");
	owned(l, SITE_CONSTRAINT, SITE_RENAMES_TO, owner, body, "to");
}

static void pg_create_index(struct sites *l, json_t *body)
{
	const char *owner = json_text(body, "table");

	table(l, SITE_USES, body, "table");
	index_site(l, SITE_MAKES, body, "name");
	size_t first = l->len;
	columns(l, owner, json_object_get(body, "columns"));
	need(l, first, "type");
	expressions(l, owner, body);
}

static void pg_drop_index(struct sites *l, json_t *body)
{
	index_site(l, SITE_REMOVES, body, "name");
}

/* The index may be that of a constraint: both are told, as only the schema knows. */
static void pg_set_replica_identity(struct sites *l, json_t *body)
{
	json_t *identity = json_object_get(body, "identity");

	table(l, SITE_USES, body, "table");
	changes(l, SITE_TABLE, NULL, json_text(body, "table"), "replica identity");
	size_t first = l->len;
	index_site(l, SITE_USES, identity, "index");
	owned(l, SITE_CONSTRAINT, SITE_USES, json_text(body, "table"), identity, "index");
	need(l, first, "nullable");
}

/* ---- all kinds */

typedef void sites_fn(struct sites *l, json_t *body);

static sites_fn *sites_fn_of(enum record_format format, const char *kind)
{
	static const struct {
		enum record_format format;
		const char *kind;
		sites_fn *fill;
	} rows[] = {
		{RECORD_V1, "addTable", v1_add_table},
		{RECORD_V1, "removeTable", v1_remove_table},
		{RECORD_V1, "renameTable", v1_rename_table},
		{RECORD_V1, "addColumn", v1_add_column},
		{RECORD_V1, "removeColumn", v1_remove_column},
		{RECORD_V1, "renameColumn", v1_rename_column},
		{RECORD_PGROLL, "add_column", pg_add_column},
		{RECORD_PGROLL, "alter_column", pg_alter_column},
		{RECORD_PGROLL, "create_constraint", pg_create_constraint},
		{RECORD_PGROLL, "create_index", pg_create_index},
		{RECORD_PGROLL, "create_table", pg_create_table},
		{RECORD_PGROLL, "drop_column", pg_drop_column},
		{RECORD_PGROLL, "drop_constraint", pg_drop_constraint},
		{RECORD_PGROLL, "drop_index", pg_drop_index},
		{RECORD_PGROLL, "drop_multicolumn_constraint", pg_drop_constraint},
		{RECORD_PGROLL, "drop_table", pg_drop_table},
		{RECORD_PGROLL, "rename_column", pg_rename_column},
		{RECORD_PGROLL, "rename_constraint", pg_rename_constraint},
		{RECORD_PGROLL, "rename_table", pg_rename_table},
		{RECORD_PGROLL, "set_replica_identity", pg_set_replica_identity},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].format == format && strcmp(rows[i].kind, kind) == 0)
			return rows[i].fill;
	return NULL;
}

enum sites_kind sites_of(struct sites *l, enum record_format format, const json_t *op)
{
	const char *kind = operation_name(op);

	l->len = 0;
	strs_release(&l->words);
	if (!kind)
		return SITES_UNKNOWN;
	if (format == RECORD_PGROLL && strcmp(kind, "sql") == 0)
		return SITES_SQL;
	sites_fn *fill = sites_fn_of(format, kind);
	if (!fill)
		return SITES_UNKNOWN;
	fill(l, json_object_get(op, kind));
	return SITES_KNOWN;
}
