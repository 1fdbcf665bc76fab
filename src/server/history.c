/* Writes pages of a branch's history straight into the response. */
#include "server/history.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"

#include "base/banned.h"

/* ---- pages */

struct writing {
	struct history_page *page;
	struct str *out;
	size_t start; /* bytes in out before the first item */
};

static int write_item(void *ctx, const struct store_record *r, struct error *err)
{
	struct writing *w = ctx;

	if (r->depth <= w->page->floor || w->out->len - w->start >= HISTORY_PAGE_BYTES)
		return 1;
	if (w->page->count)
		str_putc(w->out, ',');
	int rc = w->page->write(w->out, r, err);
	if (rc < 0)
		return rc;
	w->page->count++;
	w->page->last = r->depth;
	return 0;
}

int history_write(struct history_page *p, struct str *out, struct call *c,
		  const struct store_branch *b, struct error *err)
{
	struct writing w = {p, out, out->len};

	p->count = 0;
	p->last = p->from + 1;
	if (p->from <= p->floor || p->limit <= 0)
		return 0;
	int rc = c->store->ops->record_list(c->txn, b->rowid, p->from, -p->limit, write_item, &w,
					    err);
	return rc < 0 ? rc : 0;
}

bool history_more(const struct history_page *p)
{
	return p->last > p->floor + 1;
}

int history_cursor(int64_t *from, const char *cursor, const struct store_branch *b,
		   struct error *err)
{
	long depth;

	*from = b->length;
	if (!cursor || !*cursor)
		return 0;
	if (!parse_long(&depth, cursor, 0, LONG_MAX))
		return fail(err, E_INVALID, "the cursor is not one that this server gave");
	/* Records were rolled back since, or the cursor is of another branch: go on from what is
	 * there. */
	*from = depth - 1 < b->length ? depth - 1 : b->length;
	return 0;
}

/* ---- items */

int history_put_record(struct str *out, const struct store_record *r, struct error *err)
{
	(void)err;
	str_puts(out, r->doc);
	return 0;
}

int history_put_commit(struct str *out, const struct store_record *r, struct error *err)
{
	char created_at[CLOCK_TEXT_MAX];
	size_t len = strlen(r->doc);

	if (len < 2 || r->doc[len - 1] != '}')
		return fail(err, E_INTERNAL, "stored record \"%s\" is not an object", r->id);
	clock_format(created_at, r->created_at);
	str_put(out, r->doc, len - 1);
	str_printf(out, ",\"createdAt\":\"%s\"}", created_at);
	return 0;
}

/* {"name","operations"} as text; a v1 record of a converted branch gets the same shape. */
static void put_migration(json_t *item, const json_t *doc)
{
	AUTO_STR text = {0};
	json_t *migration = json_object_get(doc, "migration");

	if (migration) {
		json_write(&text, migration, JSON_FORM_COMPACT);
	} else {
		AUTO_JSON *made = json_object();
		json_put_string(made, "name", json_text(doc, "id"));
		json_put(made, "operations", json_incref(json_object_get(doc, "operations")));
		json_write(&text, made, JSON_FORM_COMPACT);
	}
	json_put_string(item, "migration", str_cstr(&text));
}

static void put_default(json_t *item, const char *key, json_t *value)
{
	if (json_object_get(item, key))
		json_decref(value);
	else
		json_put(item, key, value);
}

int history_put_item(struct str *out, const struct store_record *r, struct error *err)
{
	AUTO_JSON *doc = NULL;
	char created_at[CLOCK_TEXT_MAX];
	int rc = json_read(&doc, view_of(r->doc), 0, err);

	if (rc < 0) { /* we wrote it: the client is not to blame */
		error_prefix(err, "stored record \"%s\"", r->id);
		return error_recode(err, E_INTERNAL);
	}
	json_t *id = json_object_get(doc, "id"), *parent = json_object_get(doc, "parentID");
	AUTO_JSON *item = id ? json_object() : json_copy(doc);
	clock_format(created_at, r->created_at);
	put_migration(item, doc);
	put_default(item, "name", json_string(r->id));
	if (id && parent)
		json_put(item, "parent", json_incref(parent));
	put_default(item, "schema", json_string("public"));
	put_default(item, "startedAt", json_string(created_at));
	put_default(item, "done", json_boolean(r->done));
	put_default(item, "migrationType", json_string("pgroll"));
	put_default(item, "chainChecksum", json_string(r->checksum));
	json_write(out, item, JSON_FORM_COMPACT);
	return 0;
}
