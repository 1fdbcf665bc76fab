/* What the operations of pgroll records do to tables and columns of the logical schema. */
#include <string.h>

#include "ledger/operation_impl.h"
#include "ledger/schema_pgroll.h"

#include "base/banned.h"

/* ---- columns */

/* A check or foreign key that a column declares, kept as a constraint of its table. */
static int add_column_constraint(struct schema *s, struct schema_entry *table, const char *column,
				 const char *type, const json_t *part, struct error *err)
{
	const char *name = json_text(part, "name");

	if (!json_is_object(part) || !name)
		return 0;
	AUTO_JSON *def = json_object();
	json_put_string(def, "type", type);
	json_put(def, "columns", json_pack("[s]", column));
	if (strcmp(type, "check") == 0)
		json_put_string(def, "check", json_text(part, "constraint"));
	else if (strcmp(type, "foreign_key") == 0)
		json_put(def, "references", json_copy((json_t *)(uintptr_t)part));
	return schema_add_constraint(s, table, name, def, err);
}

int schema_add_column_constraints(struct schema *s, struct schema_entry *table, const char *column,
				  const json_t *from, struct error *err)
{
	static const char *const parts[][2] = {
		{"check", "check"}, {"references", "foreign_key"}, {"unique", "unique"}};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(parts); i++)
		rc = add_column_constraint(s, table, column, parts[i][1],
					   json_object_get(from, parts[i][0]), err);
	return rc;
}

/* A foreign key may point to the table itself, which may not be there yet. */
static int check_references(struct schema *s, const json_t *column, const char *self,
			    struct error *err)
{
	const char *target = json_text(json_object_get(column, "references"), "table");
	const struct schema_entry *e = target ? schema_find(&s->tables, target) : NULL;

	if (!target || strcmp(target, self) == 0 || schema_may_use(s, e))
		return 0;
	schema_fail_absent(e, "table", target, err);
	error_prefix(err, "it references a table that is not there");
	return E_INVALID;
}

static const char *intern_column(struct schema *s, const json_t *column, const char *unique_name)
{
	static const char *const skip[] = {"name", "check", "references", NULL};

	if (!json_is_true(json_object_get(column, "unique")))
		return schema_intern_def(s, column, skip);
	AUTO_JSON *named = json_copy((json_t *)(uintptr_t)column);
	json_put_string(named, UNIQUE_NAME, unique_name);
	return schema_intern_def(s, named, skip);
}

/* unique_name: of its constraint, if it is declared unique. */
static int put_column(struct schema *s, struct schema_entry *table, const json_t *column,
		      const char *unique_name, struct error *err)
{
	const char *name = json_text(column, "name");
	int rc = schema_check_free(s, &table->table->columns, "column", name, err);

	if (rc == 0)
		rc = check_references(s, column, table->name, err);
	if (rc < 0)
		return rc;
	struct schema_entry *e = schema_put(s, &table->table->columns, name);
	e->def = intern_column(s, column, unique_name);
	return schema_add_column_constraints(s, table, name, column, err);
}

static int add_column(struct schema *s, const json_t *body, struct error *err)
{
	const json_t *column = json_object_get(body, "column");
	const char *table_name = json_text(body, "table");
	struct schema_entry *table;
	int rc = schema_use_table(&table, s, table_name, err);

	if (rc == 0 && json_is_true(json_object_get(column, "pk")))
		rc = schema_claim_key(s, table, err);
	if (rc == 0)
		rc = put_column(s, table, column, json_text(column, "name"), err);
	if (rc < 0)
		error_prefix(err, "cannot add column \"%s\" to table \"%s\"",
			     json_text(column, "name"), table_name);
	return rc;
}

static int drop_column(struct schema *s, const json_t *body, struct error *err)
{
	const char *table_name = json_text(body, "table"), *name = json_text(body, "column");
	struct schema_entry *table, *column = NULL;
	int rc = schema_use_table(&table, s, table_name, err);

	if (rc == 0)
		rc = schema_use_column(&column, s, table, name, err);
	if (rc < 0) {
		error_prefix(err, "cannot drop column \"%s\" of table \"%s\"", name, table_name);
		return rc;
	}
	if (schema_column_is_key(column)) /* PostgreSQL drops all of a key over several columns */
		schema_drop_key(s, table);
	schema_drop(s, &table->table->columns, column);
	schema_drop_column_uses(s, table, name);
	return 0;
}

static int move_column(struct schema *s, struct schema_entry *table, struct schema_entry *column,
		       const char *to, struct error *err)
{
	int rc = schema_check_free(s, &table->table->columns, "column", to, err);

	if (rc < 0)
		return rc;
	schema_rename_column_uses(s, table, column->name, to);
	schema_move(s, &table->table->columns, column, to);
	return 0;
}

static int rename_column(struct schema *s, const json_t *body, struct error *err)
{
	const char *table_name = json_text(body, "table");
	const char *from = json_text(body, "from"), *to = json_text(body, "to");
	struct schema_entry *table, *column = NULL;
	int rc = schema_use_table(&table, s, table_name, err);

	if (rc == 0)
		rc = schema_use_column(&column, s, table, from, err);
	if (rc == 0)
		rc = move_column(s, table, column, to, err);
	if (rc < 0)
		error_prefix(err, "cannot rename column \"%s\" of table \"%s\" to \"%s\"", from,
			     table_name, to);
	return rc;
}

/* Gives the column's definition the members that the operation changes. */
static void alter_def(struct schema *s, struct schema_entry *column, const json_t *body)
{
	static const char *const keys[] = {"type", "nullable", "default", "comment"};
	static const char *const skip[] = {NULL};
	AUTO_JSON *def = column->v1 ? schema_v1_def_to_pgroll(column) : schema_read_def(s, column);

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *value = json_object_get(body, keys[i]);
		if (json_is_null(value))
			json_object_del(def, keys[i]);
		else if (value)
			json_put(def, keys[i], json_incref(value));
	}
	const char *unique_name = json_text(json_object_get(body, "unique"), "name");
	if (json_object_get(body, "unique"))
		json_put(def, "unique", json_true());
	if (unique_name && !json_object_get(def, UNIQUE_NAME))
		json_put_string(def, UNIQUE_NAME, unique_name);
	schema_touch(s, column);
	column->def = schema_intern_def(s, def, skip);
	column->v1 = false;
}

static int alter_column(struct schema *s, const json_t *body, struct error *err)
{
	const char *table_name = json_text(body, "table"), *name = json_text(body, "column");
	const char *new_name = json_text(body, "name"); /* pgroll before it had rename_column */
	struct schema_entry *table, *column = NULL;
	int rc = schema_use_table(&table, s, table_name, err);

	if (rc == 0)
		rc = schema_use_column(&column, s, table, name, err);
	if (rc == 0)
		rc = check_references(s, body, table_name, err);
	if (rc == 0)
		rc = schema_add_column_constraints(s, table, name, body, err);
	if (rc == 0)
		alter_def(s, column, body);
	if (rc == 0 && new_name && strcmp(new_name, name) != 0)
		rc = move_column(s, table, column, new_name, err);
	if (rc < 0)
		error_prefix(err, "cannot alter column \"%s\" of table \"%s\"", name, table_name);
	return rc;
}

/* ---- tables */

/* Columns with "pk" make one key together, and each constraint of that type is another. */
static int check_keys(const json_t *body, struct error *err)
{
	size_t keys = 0, i;
	json_t *item;

	json_array_foreach(json_object_get(body, "columns"), i, item)
	{
		if (json_is_true(json_object_get(item, "pk")))
			keys = 1;
	}
	json_array_foreach(json_object_get(body, "constraints"), i, item)
	{
		if (str_eq(json_text(item, "type"), "primary_key"))
			keys++;
	}
	if (keys <= 1)
		return 0;
	int rc = fail(err, E_INVALID, "it has %zu primary keys", keys);
	hint(err, "Keep one; several columns can make one key together.");
	return rc;
}

static int fill_table(struct schema *s, struct schema_entry *table, const json_t *body,
		      struct error *err)
{
	json_t *item;
	size_t i;
	int rc;

	json_array_foreach(json_object_get(body, "columns"), i, item)
	{
		AUTO_STR unique_name = {0};
		schema_put_chosen(&unique_name, table->name, json_text(item, "name"), "key");
		rc = put_column(s, table, item, str_cstr(&unique_name), err);
		if (rc < 0) {
			error_prefix(err, "column \"%s\"", json_text(item, "name"));
			return rc;
		}
	}
	json_array_foreach(json_object_get(body, "constraints"), i, item)
	{
		rc = check_references(s, item, table->name, err);
		if (rc == 0)
			rc = schema_add_constraint(s, table, json_text(item, "name"), item, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int create_table(struct schema *s, const json_t *body, struct error *err)
{
	static const char *const skip[] = {"name", "columns", "constraints", NULL};
	const char *name = json_text(body, "name");
	int rc = schema_check_free(s, &s->tables, "table", name, err);

	if (rc == 0)
		rc = check_keys(body, err);
	if (rc == 0) {
		struct schema_entry *table = schema_put(s, &s->tables, name);
		table->def = schema_intern_def(s, body, skip);
		rc = fill_table(s, table, body, err);
	}
	if (rc < 0)
		error_prefix(err, "cannot create table \"%s\"", name);
	return rc;
}

static int drop_table(struct schema *s, const json_t *body, struct error *err)
{
	const char *name = json_text(body, "name");
	struct schema_entry *table;
	int rc = schema_use_table(&table, s, name, err);

	if (rc < 0) {
		error_prefix(err, "cannot drop table \"%s\"", name);
		return rc;
	}
	schema_drop_table_uses(s, name);
	schema_drop(s, &s->tables, table);
	return 0;
}

static int rename_table(struct schema *s, const json_t *body, struct error *err)
{
	return schema_rename_table(s, json_text(body, "from"), json_text(body, "to"), err);
}

static int set_replica_identity(struct schema *s, const json_t *body, struct error *err)
{
	const char *name = json_text(body, "table");
	struct schema_entry *table;
	int rc = schema_use_table(&table, s, name, err);

	if (rc < 0)
		error_prefix(err, "cannot set the replica identity of table \"%s\"", name);
	return rc;
}

static int sql(struct schema *s, const json_t *body, struct error *err)
{
	(void)err;
	schema_apply_sql(s, json_text(body, "up"));
	return 0;
}

schema_apply_fn *schema_pgroll_operation(const char *name)
{
	static const struct {
		const char *name;
		schema_apply_fn *apply;
	} rows[] = {
		{"add_column", add_column},
		{"alter_column", alter_column},
		{"create_constraint", schema_create_constraint},
		{"create_index", schema_create_index},
		{"create_table", create_table},
		{"drop_column", drop_column},
		{"drop_constraint", schema_drop_constraint},
		{"drop_index", schema_drop_index},
		{"drop_multicolumn_constraint", schema_drop_constraint},
		{"drop_table", drop_table},
		{"rename_column", rename_column},
		{"rename_constraint", schema_rename_constraint},
		{"rename_table", rename_table},
		{"set_replica_identity", set_replica_identity},
		{"sql", sql},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].apply;
	return NULL;
}
