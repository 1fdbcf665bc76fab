/* Checks the shape of operations: members, their types, names, column types and limits. */
#include <string.h>

#include "ledger/operation_impl.h"

#include "base/banned.h"

#define VECTOR_DIMENSION_MIN 2
#define VECTOR_DIMENSION_MAX 10000

/* ---- names */

static bool all_of(const char *name, const char *extra)
{
	for (const char *p = name; *p; p++) {
		char c = *p;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '~';
		if (!plain && !strchr(extra, c))
			return false;
	}
	return true;
}

static bool has_control(const char *name)
{
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		if (*p < 0x20 || *p == 0x7F)
			return true;
	return false;
}

/* What nobody accepts is refused always, what only a newer version might is refused when strict. */
static int check_name(const char *what, const char *name, enum field_type type,
		      enum record_format format, enum operation_strictness strictness,
		      struct error *err)
{
	size_t len = strlen(name);
	size_t max = format == RECORD_PGROLL && strictness == OPERATION_STRICT ? POSTGRES_NAME_MAX
									       : OPERATION_NAME_MAX;

	if (len == 0)
		return fail(err, E_INVALID, "member \"%s\" must not be empty", what);
	if (len > max)
		return fail(err, E_INVALID, "member \"%s\" is a name of over %zu bytes", what, max);
	if (has_control(name))
		return fail(err, E_INVALID, "member \"%s\" is a name with control characters",
			    what);
	if (format == RECORD_PGROLL || strictness == OPERATION_LENIENT)
		return 0;
	if (all_of(name, type == FIELD_COLUMN ? "." : ""))
		return 0;
	AUTO_STR safe = {.max = 4096};
	str_put_safe(&safe, view_of(name));
	int rc = fail(err, E_INVALID, "\"%s\" cannot be the name of a %s", str_cstr(&safe),
		      type == FIELD_COLUMN ? "column" : "table");
	hint(err, "Use letters, digits, \"_\", \"-\" and \"~\"%s only.",
	     type == FIELD_COLUMN ? ", and \".\"" : "");
	return rc;
}

static int check_field(const json_t *obj, const struct operation_field *f,
		       enum record_format format, enum operation_strictness strictness,
		       struct error *err)
{
	const char *text;
	json_t *value;
	bool flag;
	int rc;

	switch (f->type) {
	case FIELD_BOOL:
		return json_get_bool(&flag, obj, f->name, f->need, err);
	case FIELD_OBJECT:
		return json_get_object(&value, obj, f->name, f->need, err);
	case FIELD_ARRAY:
		return json_get_array(&value, obj, f->name, f->need, err);
	case FIELD_TEXT:
	case FIELD_TABLE:
	case FIELD_COLUMN:
	case FIELD_NAME:
		break;
	}
	rc = json_get_string(&text, obj, f->name, f->need, err);
	if (rc < 0 || !text || f->type == FIELD_TEXT)
		return rc;
	return check_name(f->name, text, f->type, format, strictness, err);
}

int operation_check_fields(const json_t *obj, const struct operation_field *fields,
			   enum record_format format, enum operation_strictness strictness,
			   struct error *err)
{
	for (; fields->name; fields++) {
		int rc = check_field(obj, fields, format, strictness, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- v1 */

static const struct operation_field v1_column[] = {
	{"name", FIELD_COLUMN, JSON_REQUIRED},	     {"type", FIELD_TEXT, JSON_REQUIRED},
	{"notNull", FIELD_BOOL, JSON_OPTIONAL},	     {"unique", FIELD_BOOL, JSON_OPTIONAL},
	{"defaultValue", FIELD_TEXT, JSON_OPTIONAL}, {"link", FIELD_OBJECT, JSON_OPTIONAL},
	{"vector", FIELD_OBJECT, JSON_OPTIONAL},     {"file", FIELD_OBJECT, JSON_OPTIONAL},
	{"file[]", FIELD_OBJECT, JSON_OPTIONAL},     {NULL, FIELD_TEXT, JSON_OPTIONAL},
};

static const struct operation_field v1_link[] = {{"table", FIELD_TABLE, JSON_REQUIRED},
						 {NULL, FIELD_TEXT, JSON_OPTIONAL}};

static int check_v1_type(const char *type, struct error *err)
{
	static const char *const types[] = {"bool",  "int",	 "float",  "string",   "text",
					    "email", "multiple", "link",   "datetime", "vector",
					    "json",  "file",	 "file[]", "object"};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(type, types[i]) == 0)
			return 0;
	int rc = fail(err, E_INVALID, "unknown column type \"%.40s\"", type);
	hint(err, "Use bool, int, float, string, text, email, multiple, link, datetime, vector, "
		  "json, file or file[].");
	return rc;
}

static int check_vector(const json_t *column, enum operation_strictness strictness,
			struct error *err)
{
	json_t *vector;
	long long dimension = 0;
	int rc = json_get_object(&vector, column, "vector", JSON_REQUIRED, err);

	if (rc == 0)
		rc = json_get_int(&dimension, vector, "dimension", JSON_REQUIRED, err);
	if (rc < 0 || strictness == OPERATION_LENIENT)
		return rc;
	if (dimension < VECTOR_DIMENSION_MIN || dimension > VECTOR_DIMENSION_MAX)
		return fail(err, E_INVALID, "a vector's dimension must be from %d to %d, not %lld",
			    VECTOR_DIMENSION_MIN, VECTOR_DIMENSION_MAX, dimension);
	return 0;
}

int check_v1_add_column(const json_t *body, enum operation_strictness strictness, struct error *err)
{
	const json_t *column = json_object_get(body, "column");
	json_t *link;
	int rc = operation_check_fields(column, v1_column, RECORD_V1, strictness, err);

	if (rc < 0)
		return rc;
	const char *type = json_text(column, "type");
	if (strictness == OPERATION_STRICT)
		rc = check_v1_type(type, err);
	if (rc == 0 && strcmp(type, "vector") == 0)
		rc = check_vector(column, strictness, err);
	if (rc < 0 || strcmp(type, "link") != 0)
		return rc;
	rc = json_get_object(&link, column, "link", JSON_REQUIRED, err);
	return rc < 0 ? rc : operation_check_fields(link, v1_link, RECORD_V1, strictness, err);
}

/* ---- pgroll */

static const struct operation_field pg_column[] = {
	{"name", FIELD_COLUMN, JSON_REQUIRED},	     {"type", FIELD_TEXT, JSON_REQUIRED},
	{"pk", FIELD_BOOL, JSON_OPTIONAL},	     {"nullable", FIELD_BOOL, JSON_OPTIONAL},
	{"unique", FIELD_BOOL, JSON_OPTIONAL},	     {"default", FIELD_TEXT, JSON_OPTIONAL},
	{"comment", FIELD_TEXT, JSON_OPTIONAL},	     {"check", FIELD_OBJECT, JSON_OPTIONAL},
	{"references", FIELD_OBJECT, JSON_OPTIONAL}, {NULL, FIELD_TEXT, JSON_OPTIONAL},
};

static const struct operation_field pg_references[] = {{"table", FIELD_TABLE, JSON_REQUIRED},
						       {"column", FIELD_COLUMN, JSON_OPTIONAL},
						       {"name", FIELD_NAME, JSON_OPTIONAL},
						       {NULL, FIELD_TEXT, JSON_OPTIONAL}};

static const struct operation_field pg_check[] = {{"constraint", FIELD_TEXT, JSON_REQUIRED},
						  {"name", FIELD_NAME, JSON_OPTIONAL},
						  {NULL, FIELD_TEXT, JSON_OPTIONAL}};

static const struct operation_field pg_unique[] = {{"name", FIELD_NAME, JSON_OPTIONAL},
						   {NULL, FIELD_TEXT, JSON_OPTIONAL}};

static int check_part(const json_t *obj, const char *key, const struct operation_field *fields,
		      enum operation_strictness strictness, struct error *err)
{
	const json_t *part = json_object_get(obj, key);

	if (!json_is_object(part))
		return 0;
	int rc = operation_check_fields(part, fields, RECORD_PGROLL, strictness, err);
	if (rc < 0)
		error_prefix(err, "in \"%s\"", key);
	return rc;
}

static int check_pg_column(const json_t *column, enum operation_strictness strictness,
			   struct error *err)
{
	if (!json_is_object(column))
		return fail(err, E_INVALID, "a column must be an object, not %s",
			    json_type_name(column));
	int rc = operation_check_fields(column, pg_column, RECORD_PGROLL, strictness, err);
	if (rc == 0)
		rc = check_part(column, "references", pg_references, strictness, err);
	if (rc == 0)
		rc = check_part(column, "check", pg_check, strictness, err);
	return rc;
}

int check_pgroll_add_column(const json_t *body, enum operation_strictness strictness,
			    struct error *err)
{
	return check_pg_column(json_object_get(body, "column"), strictness, err);
}

int check_pgroll_alter_column(const json_t *body, enum operation_strictness strictness,
			      struct error *err)
{
	int rc = check_part(body, "references", pg_references, strictness, err);

	if (rc == 0)
		rc = check_part(body, "check", pg_check, strictness, err);
	if (rc == 0)
		rc = check_part(body, "unique", pg_unique, strictness, err);
	return rc;
}

json_t *operation_columns(const json_t *columns)
{
	json_t *names = json_array(), *item;
	const char *key;
	size_t i;
	bool ok = json_is_object(columns) || json_is_array(columns);

	if (json_is_object(columns)) {
		json_t *plain = (json_t *)(uintptr_t)columns;
		json_object_foreach(plain, key, item)
			json_array_append_new(names, json_string(key));
	}
	json_array_foreach(columns, i, item)
	{
		json_t *name = item;
		if (json_is_object(item))
			name = json_object_get(item, "column");
		if (json_is_object(item) && !name)
			name = json_object_get(item, "name");
		ok = ok && json_is_string(name);
		if (ok)
			json_array_append(names, name);
	}
	if (ok)
		return names;
	json_decref(names);
	return NULL;
}

static int check_column_list(const json_t *obj, const char *key, struct error *err)
{
	AUTO_JSON *names = operation_columns(json_object_get(obj, key));

	if (!names || json_array_size(names) == 0)
		return fail(err, E_INVALID, "member \"%s\" must name at least one column", key);
	if (json_array_size(names) > OPERATION_COLUMNS_MAX)
		return fail(err, E_LIMIT, "member \"%s\" names over %d columns", key,
			    OPERATION_COLUMNS_MAX);
	return 0;
}

int check_pgroll_index(const json_t *body, enum operation_strictness strictness, struct error *err)
{
	(void)strictness;
	return check_column_list(body, "columns", err);
}

/* A create_constraint operation, or an item of create_table.constraints: they have one shape. */
int check_pgroll_constraint(const json_t *body, enum operation_strictness strictness,
			    struct error *err)
{
	static const struct operation_field fields[] = {{"name", FIELD_NAME, JSON_REQUIRED},
							{"type", FIELD_TEXT, JSON_REQUIRED},
							{"references", FIELD_OBJECT, JSON_OPTIONAL},
							{NULL, FIELD_TEXT, JSON_OPTIONAL}};
	static const char *const types[] = {"unique", "check", "primary_key", "foreign_key",
					    "exclude"};
	int rc = operation_check_fields(body, fields, RECORD_PGROLL, strictness, err);

	if (rc == 0)
		rc = check_part(body, "references", pg_references, strictness, err);
	if (rc == 0 && json_object_get(body, "columns"))
		rc = check_column_list(body, "columns", err);
	if (rc < 0 || strictness == OPERATION_LENIENT)
		return rc;
	const char *type = json_text(body, "type");
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(type, types[i]) == 0)
			return 0;
	rc = fail(err, E_INVALID, "unknown constraint type \"%.40s\"", type);
	hint(err, "Use unique, check, primary_key, foreign_key or exclude.");
	return rc;
}

int check_pgroll_create_table(const json_t *body, enum operation_strictness strictness,
			      struct error *err)
{
	const json_t *columns = json_object_get(body, "columns");
	json_t *item;
	size_t i;
	int rc = 0;

	if (json_array_size(columns) > OPERATION_COLUMNS_MAX)
		return fail(err, E_LIMIT, "the table has over %d columns", OPERATION_COLUMNS_MAX);
	json_array_foreach(columns, i, item)
	{
		rc = check_pg_column(item, strictness, err);
		if (rc < 0) {
			error_prefix(err, "column %zu", i + 1);
			return rc;
		}
	}
	json_array_foreach(json_object_get(body, "constraints"), i, item)
	{
		if (!json_is_object(item))
			rc = fail(err, E_INVALID, "a constraint must be an object, not %s",
				  json_type_name(item));
		else
			rc = check_pgroll_constraint(item, strictness, err);
		if (rc < 0) {
			error_prefix(err, "constraint %zu", i + 1);
			return rc;
		}
	}
	return rc;
}
