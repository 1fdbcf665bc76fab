/* Makes jobs and describes them. */
#include "server/job_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/xid.h"
#include "ledger/operation.h"

#include "base/banned.h"

#define DESCRIPTION_MAX ((size_t)256 << 10) /* bytes; a longer one is left out */

void job_init(struct store_job *job, const struct store_branch *b, enum job_kind kind,
	      const char *migration, int64_t now)
{
	char xid[XID_LEN + 1];

	xid_new(xid, now / 1000000);
	*job = (struct store_job){
		.id = xasprintf("mig_job_%s", xid),
		.branch = b->rowid,
		.kind = kind,
		.status = JOB_PENDING,
		.migration = xstrdup(migration),
		.enqueued_at = now,
	};
}

const char *job_kind_name(enum job_kind kind)
{
	static const char *const names[] = {"", "apply", "start", "complete", "rollback"};

	return (size_t)kind < ARRAY_LEN(names) ? names[kind] : "";
}

const char *job_status_name(enum job_status status)
{
	static const char *const names[] = {"", "pending", "in_progress", "completed", "failed"};

	return (size_t)status < ARRAY_LEN(names) ? names[status] : "";
}

/* What each kind of operation does to what, and which of its members say so. */
static const struct sentence {
	const char *operation, *verb, *type;
	const char *name;  /* member with the name (for rename: the old one) */
	const char *to;	   /* rename: member with the new name */
	const char *table; /* member with the table, NULL: none */
} sentences[] = {
	{"create_table", "create", "table", "name", NULL, NULL},
	{"drop_table", "delete", "table", "name", NULL, NULL},
	{"rename_table", "rename", "table", "from", "to", NULL},
	{"add_column", "create", "column", "name", NULL, "table"},
	{"drop_column", "delete", "column", "column", NULL, "table"},
	{"alter_column", "update", "column", "column", NULL, "table"},
	{"rename_column", "rename", "column", "from", "to", "table"},
	{"create_index", "create", "index", "name", NULL, "table"},
	{"drop_index", "delete", "index", "name", NULL, "table"},
	{"drop_constraint", "delete", "constraint", "name", NULL, "table"},
	{"rename_constraint", "rename", "constraint", "from", "to", "table"},
};

static json_t *describe(const struct sentence *s, const json_t *body)
{
	json_t *what = json_object(), *item = json_object();
	json_t *name = json_object_get(body, s->name);

	/* add_column has its name inside the column */
	if (!name && strcmp(s->operation, "add_column") == 0)
		name = json_object_get(json_object_get(body, "column"), s->name);
	json_put_string(what, "type", s->type);
	json_put_string(what, s->to ? "from" : "name", json_string_value(name));
	if (s->to)
		json_put_string(what, "to", json_text(body, s->to));
	if (s->table)
		json_put_string(what, "table", json_text(body, s->table));
	json_put(item, s->verb, what);
	return item;
}

void job_describe(struct store_job *job, const json_t *operations)
{
	AUTO_JSON *list = json_array();
	AUTO_STR text = {.max = DESCRIPTION_MAX};

	for (size_t i = 0; i < json_array_size(operations); i++) {
		const json_t *op = json_array_get(operations, i);
		const char *name = operation_name(op);
		for (size_t j = 0; name && j < ARRAY_LEN(sentences); j++)
			if (strcmp(sentences[j].operation, name) == 0)
				json_array_append_new(
					list, describe(&sentences[j], json_object_get(op, name)));
	}
	json_write(&text, list, JSON_FORM_COMPACT);
	if (json_array_size(list) && str_ok(&text))
		job->description = str_steal(&text);
}
