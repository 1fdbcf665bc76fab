/* Constraints and indexes of the logical schema, and what renames and removals do to them. */
#ifndef LEDGER_SCHEMA_PGROLL_H
#define LEDGER_SCHEMA_PGROLL_H

#include "ledger/schema_impl.h"

/* def: {type, columns[, check][, references]}, as in create_table and create_constraint. */
int schema_add_constraint(struct schema *s, struct schema_entry *table, const char *name,
			  const json_t *def, struct error *err) MUST_USE;
/* The named constraints that a column declares in from's members check, references and unique. */
int schema_add_column_constraints(struct schema *s, struct schema_entry *table, const char *column,
				  const json_t *from, struct error *err) MUST_USE;

schema_apply_fn schema_create_constraint, schema_drop_constraint, schema_rename_constraint,
	schema_create_index, schema_drop_index;

/* Indexes and constraints go with a column or table that they are made of, as in PostgreSQL. */
void schema_drop_column_uses(struct schema *s, struct schema_entry *table, const char *column);
void schema_drop_table_uses(struct schema *s, const char *table);
void schema_rename_column_uses(struct schema *s, struct schema_entry *table, const char *from,
			       const char *to);

#endif
