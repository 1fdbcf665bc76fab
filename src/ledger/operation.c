/* The table of operations, one row a kind. */
#include "ledger/operation.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "ledger/operation_impl.h"

#include "base/banned.h"

#define V1(kind) .name = (kind), .format = RECORD_V1
#define PG(kind) .name = (kind), .format = RECORD_PGROLL
#define REQ JSON_REQUIRED
#define OPT JSON_OPTIONAL

static const struct operation_kind kinds[] = {
	{V1("addTable"), .fields = {{"table", FIELD_TABLE, REQ}}, .summary = "+ table {table}"},
	{V1("removeTable"), .fields = {{"table", FIELD_TABLE, REQ}}, .summary = "- table {table}"},
	{V1("renameTable"),
	 .fields = {{"oldName", FIELD_TABLE, REQ}, {"newName", FIELD_TABLE, REQ}},
	 .summary = "~ table {oldName} -> {newName}"},
	{V1("addColumn"), .fields = {{"table", FIELD_TABLE, REQ}, {"column", FIELD_OBJECT, REQ}},
	 .check = check_v1_add_column, .summary = "+ {table}.{column.name}",
	 .detail = detail_v1_column},
	{V1("removeColumn"), .fields = {{"table", FIELD_TABLE, REQ}, {"column", FIELD_COLUMN, REQ}},
	 .summary = "- {table}.{column}"},
	{V1("renameColumn"),
	 .fields = {{"table", FIELD_TABLE, REQ},
		    {"oldName", FIELD_COLUMN, REQ},
		    {"newName", FIELD_COLUMN, REQ}},
	 .summary = "~ {table}.{oldName} -> {newName}"},

	{PG("add_column"), .fields = {{"table", FIELD_TABLE, REQ}, {"column", FIELD_OBJECT, REQ}},
	 .check = check_pgroll_add_column, .summary = "+ {table}.{column.name}",
	 .detail = detail_pgroll_column},
	{PG("alter_column"),
	 .fields = {{"table", FIELD_TABLE, REQ},
		    {"column", FIELD_COLUMN, REQ},
		    {"name", FIELD_COLUMN, OPT},
		    {"type", FIELD_TEXT, OPT},
		    {"nullable", FIELD_BOOL, OPT},
		    {"unique", FIELD_OBJECT, OPT},
		    {"check", FIELD_OBJECT, OPT},
		    {"references", FIELD_OBJECT, OPT},
		    {"default", FIELD_TEXT, OPT},
		    {"comment", FIELD_TEXT, OPT}},
	 .check = check_pgroll_alter_column, .summary = "~ {table}.{column}",
	 .detail = detail_alter_column},
	{PG("create_constraint"),
	 .fields = {{"table", FIELD_TABLE, REQ},
		    {"name", FIELD_NAME, REQ},
		    {"type", FIELD_TEXT, REQ}},
	 .check = check_pgroll_constraint, .summary = "+ constraint {table}.{name}",
	 .detail = detail_constraint},
	{PG("create_index"),
	 .fields = {{"table", FIELD_TABLE, REQ},
		    {"name", FIELD_NAME, REQ},
		    {"unique", FIELD_BOOL, OPT}},
	 .check = check_pgroll_index, .summary = "+ index {name} on {table}",
	 .detail = detail_index},
	{PG("create_table"),
	 .fields = {{"name", FIELD_TABLE, REQ},
		    {"columns", FIELD_ARRAY, REQ},
		    {"constraints", FIELD_ARRAY, OPT},
		    {"comment", FIELD_TEXT, OPT}},
	 .check = check_pgroll_create_table, .summary = "+ table {name}",
	 .detail = detail_create_table},
	{PG("drop_column"), .fields = {{"table", FIELD_TABLE, REQ}, {"column", FIELD_COLUMN, REQ}},
	 .summary = "- {table}.{column}"},
	{PG("drop_constraint"),
	 .fields = {{"table", FIELD_TABLE, REQ},
		    {"name", FIELD_NAME, REQ},
		    {"column", FIELD_COLUMN, OPT}},
	 .summary = "- constraint {table}.{name}"},
	{PG("drop_index"), .fields = {{"name", FIELD_NAME, REQ}}, .summary = "- index {name}"},
	{PG("drop_multicolumn_constraint"),
	 .fields = {{"table", FIELD_TABLE, REQ}, {"name", FIELD_NAME, REQ}},
	 .summary = "- constraint {table}.{name}"},
	{PG("drop_table"), .fields = {{"name", FIELD_TABLE, REQ}}, .summary = "- table {name}"},
	{PG("rename_column"),
	 .fields = {{"table", FIELD_TABLE, REQ},
		    {"from", FIELD_COLUMN, REQ},
		    {"to", FIELD_COLUMN, REQ}},
	 .summary = "~ {table}.{from} -> {to}"},
	{PG("rename_constraint"),
	 .fields = {{"table", FIELD_TABLE, REQ},
		    {"from", FIELD_NAME, REQ},
		    {"to", FIELD_NAME, REQ}},
	 .summary = "~ constraint {table}.{from} -> {to}"},
	{PG("rename_table"), .fields = {{"from", FIELD_TABLE, REQ}, {"to", FIELD_TABLE, REQ}},
	 .summary = "~ table {from} -> {to}"},
	{PG("set_replica_identity"),
	 .fields = {{"table", FIELD_TABLE, REQ}, {"identity", FIELD_OBJECT, REQ}},
	 .summary = "~ table {table} replica identity", .detail = detail_replica_identity},
	{PG("sql"),
	 .fields = {{"up", FIELD_TEXT, REQ},
		    {"down", FIELD_TEXT, OPT},
		    {"onComplete", FIELD_BOOL, OPT}},
	 .summary = "! sql: ", .detail = detail_sql},
};

const struct operation_kind *operation_kind(enum record_format format, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].format == format && strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const char *operation_name(const json_t *op)
{
	if (!json_is_object(op) || json_object_size(op) != 1)
		return NULL;
	json_t *plain = (json_t *)(uintptr_t)op; /* the iterator does not change it */
	return json_object_iter_key(json_object_iter(plain));
}

bool operation_known(enum record_format format, const char *name)
{
	return operation_kind(format, name) != NULL;
}

static const char *names[2][ARRAY_LEN(kinds) + 1]; /* v1, pgroll */
static pthread_once_t listed = PTHREAD_ONCE_INIT;

static void list_names(void)
{
	size_t len[2] = {0};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t list = kinds[i].format == RECORD_PGROLL;
		names[list][len[list]++] = kinds[i].name;
	}
}

bool operation_type_is_serial(const char *type)
{
	static const char *const types[] = {"serial",  "serial4", "bigserial",
					    "serial8", "serial2", "smallserial"};

	for (size_t i = 0; type && i < ARRAY_LEN(types); i++)
		if (strcasecmp(type, types[i]) == 0)
			return true;
	return false;
}

const char *const *operation_names(enum record_format format)
{
	pthread_once(&listed, list_names);
	return names[format == RECORD_PGROLL];
}

static int fail_unknown(enum record_format format, const char *name, struct error *err)
{
	enum record_format other = format == RECORD_V1 ? RECORD_PGROLL : RECORD_V1;
	AUTO_STR safe = {.max = 4096};

	str_put_safe(&safe, view_make(name, strnlen(name, 100)));
	int rc = fail(err, E_INVALID, "unknown operation \"%s\"", str_cstr(&safe));
	if (operation_known(other, name))
		hint(err, "It is an operation of %s records, and this one is a %s record.",
		     record_format_name(other), record_format_name(format));
	else if (format == RECORD_V1)
		hint(err, "Use addTable, removeTable, renameTable, addColumn, removeColumn or "
			  "renameColumn.");
	else
		hint(err, "Use an operation such as create_table, add_column, alter_column, "
			  "drop_column, create_index or sql.");
	return rc;
}

int operation_check_shape(enum record_format format, const json_t *op,
			  enum operation_strictness strictness, struct error *err)
{
	const char *name = operation_name(op);

	if (!name)
		return fail(err, E_INVALID,
			    "an operation must be an object with exactly one member, its kind");
	const struct operation_kind *kind = operation_kind(format, name);
	if (!kind)
		return strictness == OPERATION_STRICT ? fail_unknown(format, name, err) : 0;
	const json_t *body = json_object_get(op, name);
	if (!json_is_object(body))
		return fail(err, E_INVALID, "the operation must be an object, not %s",
			    json_type_name(body));
	int rc = operation_check_fields(body, kind->fields, format, strictness, err);
	if (rc == 0 && kind->check)
		rc = kind->check(body, strictness, err);
	return rc;
}

int operation_check(enum record_format format, const json_t *op,
		    enum operation_strictness strictness, struct error *err)
{
	int rc = operation_check_shape(format, op, strictness, err);
	const char *name = operation_name(op);

	if (rc < 0 && name && operation_known(format, name))
		error_prefix(err, "%s", name);
	return rc;
}
