/* Tells operations that cannot be taken back from those that can. */
#include "ledger/destructive.h"

#include <string.h>

#include "ledger/operation.h"

#include "base/banned.h"

static bool has_text(const json_t *obj, const char *key)
{
	const char *text = json_text(obj, key);

	return text && *text;
}

static bool is_set(const json_t *obj, const char *key)
{
	const json_t *value = json_object_get(obj, key);

	return value && !json_is_null(value);
}

/* PostgreSQL gives such a column its values itself. */
static bool fills_itself(const json_t *column)
{
	return operation_type_is_serial(json_text(column, "type")) || is_set(column, "generated");
}

/* v1: a column may lack values unless it says otherwise; an empty default is one. */
static enum destructive judge_v1_column(const json_t *body)
{
	const json_t *column = json_object_get(body, "column");
	bool required = json_is_true(json_object_get(column, "notNull"));

	return required && !is_set(column, "defaultValue") ? NOT_NULL : NOT_DESTRUCTIVE;
}

/* pgroll: a column must have values unless it says otherwise; "up" computes those of old rows. */
static enum destructive judge_pgroll_column(const json_t *body)
{
	const json_t *column = json_object_get(body, "column");
	bool required = !json_is_true(json_object_get(column, "nullable")) ||
			json_is_true(json_object_get(column, "pk"));

	if (!required || is_set(column, "default") || has_text(body, "up") || fills_itself(column))
		return NOT_DESTRUCTIVE;
	return NOT_NULL;
}

static enum destructive judge_alter_column(const json_t *body)
{
	if (is_set(body, "type"))
		return CHANGES_TYPE;
	/* A default is for new rows only; what old ones get is said by "up". */
	if (json_is_false(json_object_get(body, "nullable")) && !has_text(body, "up"))
		return NOT_NULL;
	return NOT_DESTRUCTIVE;
}

static const struct {
	enum record_format format;
	const char *name;
	enum destructive always;
	enum destructive (*judge)(const json_t *body); /* NULL: always */
} rules[] = {
	{RECORD_V1, "removeTable", DROPS_TABLE, NULL},
	{RECORD_V1, "removeColumn", DROPS_COLUMN, NULL},
	{RECORD_V1, "addColumn", NOT_DESTRUCTIVE, judge_v1_column},
	{RECORD_PGROLL, "drop_table", DROPS_TABLE, NULL},
	{RECORD_PGROLL, "drop_column", DROPS_COLUMN, NULL},
	{RECORD_PGROLL, "drop_constraint", DROPS_CONSTRAINT, NULL},
	{RECORD_PGROLL, "drop_multicolumn_constraint", DROPS_CONSTRAINT, NULL},
	{RECORD_PGROLL, "add_column", NOT_DESTRUCTIVE, judge_pgroll_column},
	{RECORD_PGROLL, "alter_column", NOT_DESTRUCTIVE, judge_alter_column},
	{RECORD_PGROLL, "sql", RAW_SQL, NULL},
};

enum destructive operation_destructive(enum record_format format, const json_t *op)
{
	const char *name = operation_name(op);

	if (!name || !operation_known(format, name))
		return UNKNOWN_EFFECT;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i].format == format && strcmp(rules[i].name, name) == 0)
			return rules[i].judge ? rules[i].judge(json_object_get(op, name))
					      : rules[i].always;
	return NOT_DESTRUCTIVE;
}

#define DESTRUCTIVE_ROW(id, name, why) [id] = {name, why},
static const struct {
	const char *name, *why;
} kinds[] = {{"none", ""}, DESTRUCTIVE_KINDS(DESTRUCTIVE_ROW)};
#undef DESTRUCTIVE_ROW

const char *destructive_name(enum destructive kind)
{
	return kinds[kind].name;
}

const char *destructive_reason(enum destructive kind)
{
	return kinds[kind].why;
}
