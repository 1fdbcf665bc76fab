/* Makes new records and gives records a place in a chain. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "ledger/checksum.h"
#include "ledger/record_impl.h"

#include "base/banned.h"

/* A v1 record is checked before it is chained, and its format requires a checksum. */
#define NO_CHECKSUM "1:0000000000000000000000000000000000000000000000000000000000000000"

/* A new top-level object, so that copies of the record keep theirs. Takes value; NULL removes. */
static json_t *with_member(const struct record *r, const char *key, json_t *value)
{
	bool placed = value == NULL;
	bool replaces = json_object_get(r->doc, key) != NULL;
	json_t *doc = json_object(), *item;
	const char *k;

	json_object_foreach(r->doc, k, item)
	{
		bool same = strcmp(k, key) == 0;
		bool here = same || (!replaces && record_member_before(r->format, key, k));
		if (here && !placed) {
			json_put(doc, key, value);
			placed = true;
		}
		if (!same)
			json_put(doc, k, json_incref(item));
	}
	if (!placed)
		json_put(doc, key, value);
	return doc;
}

void record_set_member(struct record *r, const char *key, json_t *value)
{
	json_t *old = r->doc;
	struct error err = {0};
	json_t *doc = with_member(r, key, value);

	if (record_bind(r, doc, r->format, &err) < 0) {
		fprintf(stderr, "xata: error: a record cannot be chained: %s\n", err.msg);
		abort(); /* callers give a valid parent; going on would publish a broken record */
	}
	json_decref(old);
}

void record_chain(struct record *r, const char *parent, const char *parent_checksum)
{
	bool v1 = r->format == RECORD_V1;
	char sum[CHECKSUM_LEN + 1];

	if (!str_eq(parent, r->parent))
		record_set_member(r, v1 ? "parentID" : "parent",
				  parent ? json_string(parent) : NULL);
	checksum_compute(sum, r, parent_checksum);
	record_set_member(r, v1 ? "checksum" : "chainChecksum", json_string(sum));
}

void record_set_done(struct record *r, bool done)
{
	if (r->format == RECORD_PGROLL)
		record_set_member(r, "done", json_boolean(done));
}

static json_t *v1_doc(const struct record_draft *d)
{
	json_t *doc = json_object();

	json_put_string(doc, "id", d->id);
	json_put_string(doc, "parentID", d->parent);
	json_put_string(doc, "checksum", NO_CHECKSUM);
	json_put(doc, "operations", json_deep_copy(d->operations));
	json_put_string(doc, "title", d->title && *d->title ? d->title : NULL);
	json_put_string(doc, "message", d->message && *d->message ? d->message : NULL);
	return doc;
}

static json_t *pgroll_doc(const struct record_draft *d)
{
	char started_at[CLOCK_TEXT_MAX];
	json_t *doc = json_object(), *migration = json_object();

	json_put_string(migration, "name", d->id);
	json_put_string(migration, "version_schema", d->version_schema);
	json_put(migration, "operations", json_deep_copy(d->operations));
	clock_format(started_at, d->started_at);
	json_put(doc, "done", json_boolean(!d->not_done));
	json_put(doc, "migration", migration);
	json_put_string(doc, "migrationType", "pgroll");
	json_put_string(doc, "name", d->id);
	json_put_string(doc, "parent", d->parent);
	json_put_string(doc, "schema", d->schema ? d->schema : "public");
	json_put_string(doc, "startedAt", started_at);
	return doc;
}

/* What json_put() could not store: text that is not UTF-8. */
static int check_texts(const struct record_draft *d, struct error *err)
{
	const char *const texts[] = {d->id,	 d->parent,	    d->title,
				     d->message, d->version_schema, d->schema};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!utf8_valid(view_of(texts[i])))
			return fail(err, E_INVALID, "a text of the record is not valid UTF-8");
	if (!d->id)
		return fail(err, E_INVALID, "the record has no name");
	if (!json_is_array(d->operations))
		return fail(err, E_INVALID, "operations must be an array, not %s",
			    json_type_name(d->operations));
	if (!d->parent != !d->parent_checksum)
		return fail(err, E_INVALID, "a parent and its checksum go together");
	return 0;
}

int record_make(struct record **out, const struct record_draft *draft, struct error *err)
{
	*out = NULL;
	int rc = check_texts(draft, err);
	if (rc < 0)
		return rc;
	AUTO(record) *r = xcalloc(1, sizeof *r);
	json_t *doc = draft->format == RECORD_V1 ? v1_doc(draft) : pgroll_doc(draft);
	rc = record_bind(r, doc, draft->format, err);
	if (rc < 0)
		return rc;
	record_chain(r, draft->parent, draft->parent_checksum);
	rc = record_check_size(r->doc, err);
	if (rc < 0)
		return rc;
	*out = steal(&r);
	return 0;
}
