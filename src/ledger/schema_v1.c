/* What the operations of v1 records do to the logical schema. */
#include <string.h>

#include "ledger/schema_impl.h"

#include "base/banned.h"

static const char *const column_skip[] = {"name", NULL};

static int add_table(struct schema *s, const json_t *body, struct error *err)
{
	const char *name = json_text(body, "table");
	int rc = schema_check_free(s, &s->tables, "table", name, err);

	if (rc < 0) {
		error_prefix(err, "cannot add table \"%s\"", name);
		return rc;
	}
	schema_put(s, &s->tables, name)->v1 = true;
	return 0;
}

/* Links to the table stay, as they do on a branch; their target is no more. */
static int remove_table(struct schema *s, const json_t *body, struct error *err)
{
	const char *name = json_text(body, "table");
	struct schema_entry *table;
	int rc = schema_use_table(&table, s, name, err);

	if (rc < 0) {
		error_prefix(err, "cannot remove table \"%s\"", name);
		return rc;
	}
	schema_drop(s, &s->tables, table);
	return 0;
}

static int rename_table(struct schema *s, const json_t *body, struct error *err)
{
	return schema_rename_table(s, json_text(body, "oldName"), json_text(body, "newName"), err);
}

static int add_column(struct schema *s, const json_t *body, struct error *err)
{
	const json_t *column = json_object_get(body, "column");
	const char *table_name = json_text(body, "table"), *name = json_text(column, "name");
	const char *target = json_text(json_object_get(column, "link"), "table");
	struct schema_entry *table, *linked;
	int rc = schema_use_table(&table, s, table_name, err);

	if (rc == 0)
		rc = schema_check_free(s, &table->table->columns, "column", name, err);
	if (rc == 0 && target && strcmp(target, table_name) != 0) {
		rc = schema_use_table(&linked, s, target, err);
		if (rc < 0)
			error_prefix(err, "it links to a table that is not there");
	}
	if (rc < 0) {
		error_prefix(err, "cannot add column \"%s\" to table \"%s\"", name, table_name);
		return rc;
	}
	struct schema_entry *e = schema_put(s, &table->table->columns, name);
	e->def = schema_intern_def(s, column, column_skip);
	schema_set_target(s, e, target, NULL);
	e->v1 = true;
	return 0;
}

static int remove_column(struct schema *s, const json_t *body, struct error *err)
{
	const char *table_name = json_text(body, "table"), *name = json_text(body, "column");
	struct schema_entry *table, *column = NULL;
	int rc = schema_use_table(&table, s, table_name, err);

	if (rc == 0)
		rc = schema_use_column(&column, s, table, name, err);
	if (rc < 0) {
		error_prefix(err, "cannot remove column \"%s\" of table \"%s\"", name, table_name);
		return rc;
	}
	schema_drop(s, &table->table->columns, column);
	return 0;
}

static int rename_column(struct schema *s, const json_t *body, struct error *err)
{
	const char *table_name = json_text(body, "table");
	const char *from = json_text(body, "oldName"), *to = json_text(body, "newName");
	struct schema_entry *table, *column = NULL;
	int rc = schema_use_table(&table, s, table_name, err);

	if (rc == 0)
		rc = schema_use_column(&column, s, table, from, err);
	if (rc == 0)
		rc = schema_check_free(s, &table->table->columns, "column", to, err);
	if (rc < 0) {
		error_prefix(err, "cannot rename column \"%s\" of table \"%s\" to \"%s\"", from,
			     table_name, to);
		return rc;
	}
	schema_move(s, &table->table->columns, column, to);
	return 0;
}

schema_apply_fn *schema_v1_operation(const char *name)
{
	static const struct {
		const char *name;
		schema_apply_fn *apply;
	} rows[] = {
		{"addTable", add_table},	 {"removeTable", remove_table},
		{"renameTable", rename_table},	 {"addColumn", add_column},
		{"removeColumn", remove_column}, {"renameColumn", rename_column},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].apply;
	return NULL;
}
