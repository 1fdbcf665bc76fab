/* Branches: making one, its head, its schema, its next record. */
#include "server/branch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/xid.h"
#include "ledger/checksum.h"
#include "server/names.h"

#include "base/banned.h"

#define METADATA_MAX ((size_t)16 << 10) /* bytes of the stored object */
#define METADATA_TEXT_MAX 1024		/* bytes of one member */
#define LABELS_MAX 100
#define SCHEMA_MAX ((size_t)32 << 20)  /* bytes of a saved logical schema */
#define SCHEMA_LARGE ((size_t)1 << 20) /* of which a schema takes some megabytes */

void branch_init(struct store_branch *b, const struct store_database *db, const char *name,
		 int64_t now)
{
	char xid[XID_LEN + 1];

	xid_new(xid, now / 1000000);
	*b = (struct store_branch){
		.database = db->rowid,
		.name = xstrdup(name),
		.id = xasprintf("bb_%s", xid),
		.format = db->format,
		.created_at = now,
	};
}

/* ---- metadata */

static int check_labels(const json_t *labels, struct error *err)
{
	size_t i, n = json_array_size(labels);
	json_t *label;
	int rc = 0;

	if (n > LABELS_MAX)
		return fail(err, E_INVALID, "\"labels\" has more than %d items", LABELS_MAX);
	json_array_foreach(labels, i, label)
	{
		if (!json_is_string(label))
			return fail(err, E_INVALID, "\"labels\" must be strings, not %s",
				    json_type_name(label));
		if (rc == 0)
			rc = label_check("a label", json_string_value(label), METADATA_TEXT_MAX,
					 err);
	}
	return rc;
}

int branch_metadata(char **out, const json_t *metadata, struct error *err)
{
	static const char *const texts[] = {"repository", "branch", "stage"};
	AUTO_JSON *kept = json_object();
	json_t *labels = NULL;
	int rc = 0;

	*out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(texts) && rc == 0; i++) {
		const char *text = NULL;
		rc = json_get_string(&text, metadata, texts[i], JSON_OPTIONAL, err);
		if (rc == 0 && text && *text)
			rc = label_check(texts[i], text, METADATA_TEXT_MAX, err);
		json_put_string(kept, texts[i], text);
	}
	if (rc == 0)
		rc = json_get_array(&labels, metadata, "labels", JSON_OPTIONAL, err);
	if (rc == 0 && labels)
		rc = check_labels(labels, err);
	if (rc < 0)
		return rc;
	if (labels)
		json_put(kept, "labels", json_incref(labels));
	return json_to_store(out, kept, METADATA_MAX, "metadata", err);
}

/* ---- records */

void store_record_copy(struct store_record *out, const struct store_record *r)
{
	*out = (struct store_record){
		.depth = r->depth,
		.id = xstrdup(r->id),
		.checksum = xstrdup(r->checksum),
		.content = xstrdup(r->content),
		.done = r->done,
		.doc = xstrdup(r->doc),
		.created_at = r->created_at,
	};
}

static int keep_record(void *ctx, const struct store_record *r, struct error *err)
{
	struct store_record *out = ctx;

	(void)err;
	store_record_release(out);
	store_record_copy(out, r);
	return 1;
}

int branch_record_at(struct store_record *out, struct call *c, const struct store_branch *b,
		     int64_t depth, struct error *err)
{
	int rc = c->store->ops->record_list(c->txn, b->rowid, depth, 1, keep_record, out, err);

	if (rc >= 0 && (!out->id || out->depth != depth))
		rc = fail(err, E_INTERNAL, "branch %s has no record at depth %lld", b->id,
			  (long long)depth);
	return rc < 0 ? rc : 0;
}

/* ---- the head */

void branch_head_release(struct branch_head *h)
{
	free(h->id);
	free(h->checksum);
	free(h->active);
	*h = (struct branch_head){0};
}

int branch_find_head(struct branch_head *out, struct call *c, const struct store_branch *b,
		     struct error *err)
{
	AUTO_VALUE(store_record) newest = {0}, before = {0};
	int rc = 0;

	*out = (struct branch_head){.length = b->length};
	if (b->length > 0 && b->format == RECORD_PGROLL)
		rc = branch_record_at(&newest, c, b, b->length, err);
	if (rc < 0)
		return rc;
	if (!newest.id || newest.done) {
		out->id = xstrdup(b->head_id);
		out->checksum = xstrdup(b->head_checksum);
		return 0;
	}
	out->length--;
	if (out->length > 0)
		rc = branch_record_at(&before, c, b, out->length, err);
	if (rc < 0)
		return rc;
	out->active = steal(&newest.id);
	out->active_since = newest.created_at;
	out->id = steal(&before.id);
	out->checksum = steal(&before.checksum);
	return 0;
}

json_t *branch_head_json(const struct branch_head *h)
{
	if (!h->id)
		return json_null();
	json_t *obj = json_object();
	json_put_string(obj, "id", h->id);
	json_put_string(obj, "checksum", h->checksum);
	json_put(obj, "length", json_integer(h->length));
	return obj;
}

/* ---- the schema */

/*
 * Records are only added, but for one that is started, which may be taken back or completed: as
 * long as there is one, or is none, the same head stands for the same schema.
 */
static bool is_prepared(const struct call *c, const struct store_branch *b, bool before_active)
{
	const struct store_branch *of = &c->schema_of;

	return c->schema && c->schema_before_active == before_active && str_eq(of->id, b->id) &&
	       of->length == b->length && of->format == b->format &&
	       str_eq(of->head_id, b->head_id) && str_eq(of->head_checksum, b->head_checksum);
}

static int load_kept(struct schema **out, struct call *c, const struct store_branch *b,
		     struct error *err)
{
	AUTO_FREE char *text = NULL;
	int rc = c->store->ops->branch_schema(&text, c->txn, b->rowid, err);

	*out = NULL;
	if (rc < 0)
		return rc;
	if (!text) {
		*out = schema_new(b->format);
		return 0;
	}
	c->took_memory = c->took_memory || strlen(text) > SCHEMA_LARGE;
	rc = schema_load(out, view_of(text), err);
	if (rc < 0) { /* we wrote it: the client is not to blame */
		error_prefix(err, "stored schema of branch %s", b->id);
		return error_recode(err, E_INTERNAL);
	}
	return 0;
}

static int prepare(struct call *c, struct error *err)
{
	AUTO_VALUE(store_database) db = {0};
	AUTO_VALUE(branch_head) head = {0};
	struct error why = {0};
	int rc = call_begin(c, STORE_READ, &why);

	if (rc == 0)
		rc = c->store->ops->database_get(&db, c->txn, c->workspace,
						 c->match.params[PATH_DATABASE], &why);
	if (rc == 0)
		rc = c->store->ops->branch_get(&c->schema_of, c->txn, db.rowid,
					       c->match.params[PATH_BRANCH], &why);
	if (rc == 0)
		rc = branch_find_head(&head, c, &c->schema_of, &why);
	if (rc == 0)
		rc = load_kept(&c->schema, c, &c->schema_of, &why);
	c->schema_before_active = head.active != NULL;
	call_rollback(c);
	if (rc == 0 || rc == E_NOTFOUND)
		return 0;
	if (err && err->code == E_OK)
		*err = why;
	return rc;
}

int branch_begin(struct call *c, struct error *err)
{
	int rc = prepare(c, err);

	return rc < 0 ? rc : call_begin(c, STORE_WRITE, err);
}

static int load(struct schema **out, struct call *c, const struct store_branch *b,
		bool before_active, struct error *err)
{
	if (!is_prepared(c, b, before_active))
		return load_kept(out, c, b, err);
	*out = steal(&c->schema);
	return 0;
}

int branch_schema_load(struct schema **out, struct call *c, const struct store_branch *b,
		       struct error *err)
{
	return load(out, c, b, false, err);
}

int branch_schema_load_before_active(struct schema **out, struct call *c,
				     const struct store_branch *b, struct error *err)
{
	return load(out, c, b, true, err);
}

int branch_schema_keep(struct store_branch *b, const struct schema *s, struct error *err)
{
	if (schema_values(s) > BRANCH_SCHEMA_VALUES_MAX)
		return fail(err, E_LIMIT,
			    "the schema of branch \"%s\" would have more than %zu values", b->name,
			    BRANCH_SCHEMA_VALUES_MAX);
	if (schema_api_bytes(s) > BRANCH_SCHEMA_SHOWN_MAX)
		return fail(err, E_LIMIT,
			    "the schema of branch \"%s\" would be more than %zu MB as an answer",
			    b->name, STR_MAX >> 20);
	AUTO_STR text = {.max = SCHEMA_MAX};
	schema_save(&text, s);
	int rc = str_check(&text, "the schema of the branch", err);
	if (rc < 0)
		return rc;
	free(b->schema);
	b->schema = str_steal(&text);
	return 0;
}

/* ---- the next record */

int branch_append(struct store *store, struct store_txn *t, struct store_branch *b,
		  const struct record *r, int64_t now, struct error *err)
{
	char content[SHA256_HEX + 1];
	AUTO_VALUE(store_record)
	row = {
		.depth = b->length + 1,
		.id = xstrdup(record_id(r)),
		.checksum = xstrdup(record_checksum(r)),
		.done = record_done(r),
		.created_at = now,
	};
	int rc = json_to_store(&row.doc, record_doc(r), RECORD_TEXT_MAX, "the record", err);

	if (rc < 0)
		return rc;
	record_content_hash(content, r);
	row.content = xstrdup(content);
	rc = store->ops->record_add(t, b->rowid, &row, err);
	if (rc < 0)
		return rc;
	b->length++;
	free(b->head_id);
	free(b->head_checksum);
	b->head_id = steal(&row.id);
	b->head_checksum = steal(&row.checksum);
	return 0;
}
