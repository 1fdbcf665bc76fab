/* What operation.c shares with its checks, its summaries and the logical schema. */
#ifndef LEDGER_OPERATION_IMPL_H
#define LEDGER_OPERATION_IMPL_H

#include "ledger/operation.h"

#define OPERATION_NAME_MAX 255	   /* bytes of a table's or column's name, by the API */
#define POSTGRES_NAME_MAX 63	   /* bytes of a name that PostgreSQL does not cut */
#define OPERATION_COLUMNS_MAX 1600 /* columns of a table or an index; PostgreSQL's limit */

enum field_type {
	FIELD_TABLE,  /* text: the name of a table */
	FIELD_COLUMN, /* text: the name of a column */
	FIELD_NAME,   /* text: another name, such as an index's */
	FIELD_TEXT,
	FIELD_BOOL,
	FIELD_OBJECT,
	FIELD_ARRAY,
};

struct operation_field {
	const char *name;
	enum field_type type;
	enum json_need need;
};

#define OPERATION_FIELDS_MAX 12

struct operation_kind {
	const char *name;
	enum record_format format;
	struct operation_field fields[OPERATION_FIELDS_MAX]; /* ends with a NULL name */
	/* What the table of fields cannot say; may be NULL. */
	int (*check)(const json_t *body, enum operation_strictness strictness, struct error *err);
	/* The summary: text with {member} or {member.member} in it … */
	const char *summary;
	/* … and what follows it; may be NULL. */
	void (*detail)(struct str *out, const json_t *body);
};

/* NULL for an unknown kind. */
const struct operation_kind *operation_kind(enum record_format format, const char *name);

/* As operation_check(), for a caller that names the operation itself in its message. */
int operation_check_shape(enum record_format format, const json_t *op,
			  enum operation_strictness strictness, struct error *err) MUST_USE;

/* Fields of an object against a list that ends with a NULL name. */
int operation_check_fields(const json_t *obj, const struct operation_field *fields,
			   enum record_format format, enum operation_strictness strictness,
			   struct error *err) MUST_USE;

/* The checks of operation_check.c. */
int check_v1_add_column(const json_t *body, enum operation_strictness strictness,
			struct error *err);
int check_pgroll_add_column(const json_t *body, enum operation_strictness strictness,
			    struct error *err);
int check_pgroll_create_table(const json_t *body, enum operation_strictness strictness,
			      struct error *err);
int check_pgroll_alter_column(const json_t *body, enum operation_strictness strictness,
			      struct error *err);
int check_pgroll_constraint(const json_t *body, enum operation_strictness strictness,
			    struct error *err);
int check_pgroll_index(const json_t *body, enum operation_strictness strictness, struct error *err);

/* The details of operation_summary.c. */
void detail_v1_column(struct str *out, const json_t *body);
void detail_pgroll_column(struct str *out, const json_t *body);
void detail_create_table(struct str *out, const json_t *body);
void detail_alter_column(struct str *out, const json_t *body);
void detail_index(struct str *out, const json_t *body);
void detail_constraint(struct str *out, const json_t *body);
void detail_replica_identity(struct str *out, const json_t *body);
void detail_sql(struct str *out, const json_t *body);

/*
 * The column names of an index or constraint as a new array of strings, from any of the shapes that
 * versions of pgroll have written: names, objects with "column" or "name", or an object whose keys
 * are the names. NULL when it is none of these.
 */
json_t *operation_columns(const json_t *columns);

#endif
