/* The logical schema: applies records, all or nothing, and asks what is there. */
#include "ledger/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/operation_impl.h"
#include "ledger/schema_impl.h"

#include "base/banned.h"

struct schema *schema_new(enum record_format format)
{
	struct schema *s = xcalloc(1, sizeof *s);

	s->format = format;
	s->work_max = SCHEMA_WORK_MAX;
	return s;
}

void schema_free(struct schema *s)
{
	if (!s)
		return;
	schema_undo(s);
	schema_space_free(&s->tables);
	schema_space_free(&s->indexes);
	schema_targets_free(s);
	strs_release(&s->texts);
	map_release(&s->interned);
	str_release(&s->scratch);
	free(s->journal);
	free(s);
}

/* ---- what may be looked at */

/* Entries that can be looked at meanwhile, as a profile of each tells: */
#define PARSED 50      /* a definition is read and written, */
#define PARSED_BYTE 4  /* and for each byte of it */
#define RETARGETED 10  /* an entry comes to point elsewhere */
#define SCANNED_FOR 16 /* bytes of text that are looked through for one entry */

void schema_limit_work(struct schema *s, size_t entries)
{
	s->work = 0;
	s->work_max = entries;
}

void schema_work(struct schema *s, size_t entries)
{
	s->work += entries;
}

bool schema_is_overworked(const struct schema *s)
{
	return s->work > s->work_max;
}

void schema_work_scan(struct schema *s, const struct schema_entry *e)
{
	schema_work(s, 1 + (e->def ? strlen(e->def) / SCANNED_FOR : 0));
}

json_t *schema_read_def(struct schema *s, const struct schema_entry *e)
{
	schema_work(s, PARSED + (e->def ? strlen(e->def) * PARSED_BYTE : 0));
	return schema_def(e);
}

static int check_work(const struct schema *s, struct error *err)
{
	if (!schema_is_overworked(s))
		return 0;
	return fail(err, E_LIMIT,
		    "too much of the schema has to be looked through at once: fewer or smaller "
		    "migrations are needed");
}

/* ---- what is there */

bool schema_is_open(const struct schema *s)
{
	return s->open;
}

void schema_open_up(struct schema *s)
{
	s->open = true;
}

size_t schema_table_count(const struct schema *s)
{
	return s->tables.len;
}

/* ---- what operations ask */

int schema_fail_absent(const struct schema_entry *e, const char *what, const char *name,
		       struct error *err)
{
	return fail(err, E_INVALID, "%s \"%s\" does not exist%s", what, name,
		    e ? " (an earlier operation removed or renamed it)" : "");
}

int schema_check_free(const struct schema *s, const struct schema_space *space, const char *what,
		      const char *name, struct error *err)
{
	if (schema_may_add(s, schema_find(space, name)))
		return 0;
	return fail(err, E_INVALID, "%s \"%s\" exists already", what, name);
}

/* A thing that an open schema has without a record that made it becomes known by its use. */
static int use(struct schema_entry **out, struct schema *s, struct schema_space *space,
	       const char *what, const char *name, struct error *err)
{
	struct schema_entry *e = schema_find(space, name);

	*out = NULL;
	if (!schema_may_use(s, e))
		return schema_fail_absent(e, what, name, err);
	if (!e || !e->present) {
		e = schema_put(s, space, name);
		e->implied = true;
	}
	*out = e;
	return 0;
}

int schema_use_table(struct schema_entry **out, struct schema *s, const char *name,
		     struct error *err)
{
	return use(out, s, &s->tables, "table", name, err);
}

int schema_use_column(struct schema_entry **out, struct schema *s, struct schema_entry *table,
		      const char *name, struct error *err)
{
	return use(out, s, &table->table->columns, "column", name, err);
}

int schema_rename_table(struct schema *s, const char *from, const char *to, struct error *err)
{
	struct schema_entry *table;
	int rc = schema_use_table(&table, s, from, err);

	if (rc == 0)
		rc = schema_check_free(s, &s->tables, "table", to, err);
	if (rc < 0) {
		error_prefix(err, "cannot rename table \"%s\" to \"%s\"", from, to);
		return rc;
	}
	schema_move(s, &s->tables, table, to);
	schema_rename_target(s, from, to);
	return 0;
}

/* ---- applying */

/* One operation of a record, and who wants to know of it. */
struct step {
	enum record_format format;
	size_t position;
	const json_t *op;
	const struct schema_watch *watch; /* NULL: nobody */
};

static int check_step(struct schema *s, const struct step *step, struct error *err)
{
	int rc = operation_check_shape(step->format, step->op, OPERATION_LENIENT, err);

	if (rc == 0 && step->watch)
		step->watch->before(step->watch->ctx, s, step->position, step->op);
	return rc;
}

static int apply_step(struct schema *s, const struct step *step, struct error *err)
{
	int rc = check_work(s, err);
	if (rc == 0)
		rc = check_step(s, step, err);
	if (rc < 0)
		return rc;
	const char *name = operation_name(step->op);
	schema_apply_fn *apply = step->format == RECORD_V1 ? schema_v1_operation(name)
							   : schema_pgroll_operation(name);
	if (apply)
		return apply(s, json_object_get(step->op, name), err);
	schema_set_format(s, s->format, true); /* who knows what it does */
	return 0;
}

/* A converted branch has things that no record named, such as the columns xata_id and so on. */
static int turn_into(struct schema *s, enum record_format format, struct error *err)
{
	bool empty = s->tables.len == 0 && s->indexes.len == 0 && !s->open;

	if (s->format == format)
		return 0;
	if (s->format == RECORD_NONE || empty) {
		schema_set_format(s, format, s->open);
		return 0;
	}
	if (format != RECORD_PGROLL)
		return fail(err, E_INVALID, "a %s record cannot follow a %s record",
			    record_format_name(format), record_format_name(s->format));
	schema_set_format(s, format, true);
	return 0;
}

typedef int step_fn(struct schema *s, const struct step *step, struct error *err);

static int each_step(struct schema *s, struct step step, const json_t *operations, step_fn *take,
		     struct error *err)
{
	json_t *op;
	size_t i;

	json_array_foreach(operations, i, op)
	{
		step.position = i;
		step.op = op;
		int rc = take(s, &step, err);
		if (rc < 0) {
			const char *name = operation_name(op);
			error_prefix(err, "operation %zu (%.60s)", i + 1, name ? name : "?");
			return rc;
		}
	}
	return 0;
}

static int apply_all(struct schema *s, enum record_format format, const json_t *operations,
		     const struct schema_watch *watch, struct error *err)
{
	struct step step = {.format = format, .watch = watch};
	struct error own = {0};
	struct error *e = err ? err : &own;
	int rc = json_is_array(operations) ? turn_into(s, format, e)
					   : fail(e, E_INVALID, "operations must be an array");

	if (rc == 0)
		rc = each_step(s, step, operations, apply_step, e);
	if (rc < 0)
		schema_undo(s);
	else
		schema_commit(s);
	return rc;
}

int schema_apply_operations(struct schema *s, enum record_format format, const json_t *operations,
			    struct error *err)
{
	return apply_all(s, format, operations, NULL, err);
}

int schema_apply_watched(struct schema *s, const struct record *r, const struct schema_watch *watch,
			 struct error *err)
{
	const char *name = record_schema(r);
	struct step step = {.format = record_format(r), .watch = watch};

	/* Records of another PostgreSQL schema do not touch this one; only their shape is checked.
	 */
	if (s->name && name && strcmp(s->name, name) != 0)
		return each_step(NULL, step, record_operations(r), check_step, err);
	int rc = apply_all(s, record_format(r), record_operations(r), watch, err);
	if (rc == 0 && !s->name)
		s->name = schema_intern(s, name);
	return rc;
}

int schema_apply(struct schema *s, const struct record *r, struct error *err)
{
	return schema_apply_watched(s, r, NULL, err);
}
