/* Reads back the text that the logical schema was saved as (schema_store.c). */
#include <string.h>

#include "base/json_scan.h"
#include "ledger/schema_impl.h"

#include "base/banned.h"

/* What the saved text says of an entry, besides what goes into it at once. */
struct loading {
	struct schema *s;
	struct json_scan scan;
	struct str text; /* of what is interned: the scan gives views */
};

static int load_space(struct loading *l, struct schema_space *space, struct error *err);

static int fail_malformed(struct error *err)
{
	return fail(err, E_INVALID, "it is not as it was written");
}

static const char *terminated(struct loading *l, struct view text)
{
	str_clear(&l->text);
	str_putv(&l->text, text);
	return str_cstr(&l->text);
}

/* ---- members */

typedef int load_member_fn(struct loading *l, void *ctx, const char *key, struct error *err);

/* Calls member for each member of the object that comes next, behind its key. */
static int each_member(struct loading *l, load_member_fn *member, void *ctx, struct error *err)
{
	char key[32];
	struct view name;

	if (!json_scan_take(&l->scan, '{'))
		return fail_malformed(err);
	if (json_scan_take(&l->scan, '}'))
		return 0;
	do {
		if (!json_scan_string(&l->scan, &name) || name.len >= sizeof key ||
		    !json_scan_take(&l->scan, ':'))
			return fail_malformed(err);
		memcpy(key, name.ptr, name.len);
		key[name.len] = '\0';
		int rc = member(l, ctx, key, err);
		if (rc < 0)
			return rc;
	} while (json_scan_take(&l->scan, ','));
	return json_scan_take(&l->scan, '}') ? 0 : fail_malformed(err);
}

static int load_text(const char **out, struct loading *l, struct error *err)
{
	struct view text;

	if (!json_scan_string(&l->scan, &text))
		return fail_malformed(err);
	*out = schema_intern(l->s, terminated(l, text));
	return 0;
}

static int skip_member(struct loading *l, struct error *err)
{
	struct view ignored;

	return json_scan_value(&l->scan, &ignored) ? 0 : fail_malformed(err);
}

/* ---- entries */

struct loaded_entry {
	struct schema_space *space;
	struct schema_entry *entry;  /* NULL until its name came, which is first */
	const char *target, *column; /* interned */
	bool gone, columns, constraints;
};

static int load_name(struct loading *l, struct loaded_entry *le, struct error *err)
{
	struct view text;

	if (!json_scan_string(&l->scan, &text))
		return fail_malformed(err);
	const char *name = terminated(l, text);
	if (schema_find(le->space, name))
		return fail(err, E_INVALID, "\"%.100s\" is there twice", name);
	le->entry = schema_put(l->s, le->space, name);
	return 0;
}

static int load_def(struct loading *l, struct schema_entry *e, struct error *err)
{
	struct view def;

	if (!json_scan_value(&l->scan, &def) || !view_starts(def, "{"))
		return fail_malformed(err);
	e->def = schema_intern(l->s, terminated(l, def));
	return 0;
}

static bool *flag_of(struct loaded_entry *le, const char *key)
{
	if (strcmp(key, "gone") == 0)
		return &le->gone;
	if (strcmp(key, "unsure") == 0)
		return &le->entry->unsure;
	if (strcmp(key, "implied") == 0)
		return &le->entry->implied;
	if (strcmp(key, "v1") == 0)
		return &le->entry->v1;
	if (le->entry->table && strcmp(key, "lostUnknown") == 0)
		return &le->entry->table->lost_unknown;
	return NULL;
}

static int load_body(struct loading *l, struct loaded_entry *le, const char *key, struct error *err)
{
	struct schema_table *table = le->entry->table;

	if (table && strcmp(key, "columns") == 0) {
		le->columns = true;
		return load_space(l, &table->columns, err);
	}
	if (table && strcmp(key, "constraints") == 0) {
		le->constraints = true;
		return load_space(l, &table->constraints, err);
	}
	return skip_member(l, err);
}

static int load_member(struct loading *l, void *ctx, const char *key, struct error *err)
{
	struct loaded_entry *le = ctx;

	if (strcmp(key, "name") == 0)
		return le->entry ? fail_malformed(err) : load_name(l, le, err);
	if (!le->entry)
		return fail(err, E_INVALID, "\"name\" is not the first member of an entry");
	if (strcmp(key, "def") == 0)
		return load_def(l, le->entry, err);
	if (strcmp(key, "target") == 0)
		return load_text(&le->target, l, err);
	if (strcmp(key, "targetColumn") == 0)
		return load_text(&le->column, l, err);
	bool *flag = flag_of(le, key);
	if (flag)
		return json_scan_bool(&l->scan, flag) ? 0 : fail_malformed(err);
	return load_body(l, le, key, err);
}

/* Schemas that were saved before there was "targetColumn" have it in the definition only. */
static void load_target(struct loading *l, const struct loaded_entry *le)
{
	const struct schema_entry *e = le->entry;
	bool look = le->target && !le->column && e->def && strstr(e->def, "\"references\"");
	AUTO_JSON *def = look ? schema_def(e) : NULL;
	const char *own = json_text(json_object_get(def, "references"), "column");

	schema_set_target(l->s, le->entry, le->target, le->column ? le->column : own);
}

static int load_entry(struct loading *l, struct schema_space *space, struct error *err)
{
	struct loaded_entry le = {.space = space};
	int rc = each_member(l, load_member, &le, err);

	if (rc < 0)
		return rc;
	if (!le.entry)
		return fail(err, E_INVALID, "an entry lacks its \"name\"");
	load_target(l, &le);
	if (le.gone) {
		bool unsure = le.entry->unsure;
		schema_drop(l->s, space, le.entry);
		le.entry->unsure = unsure;
	} else if (le.entry->table && !(le.columns && le.constraints)) {
		return fail(err, E_INVALID, "member \"%s\" is missing",
			    le.columns ? "constraints" : "columns");
	}
	schema_commit(l->s); /* or the journal would be larger than the schema */
	return 0;
}

static int load_space(struct loading *l, struct schema_space *space, struct error *err)
{
	if (!json_scan_take(&l->scan, '['))
		return fail_malformed(err);
	if (json_scan_take(&l->scan, ']'))
		return 0;
	do {
		int rc = load_entry(l, space, err);
		if (rc < 0)
			return rc;
	} while (json_scan_take(&l->scan, ','));
	return json_scan_take(&l->scan, ']') ? 0 : fail_malformed(err);
}

/* ---- the whole */

struct loaded_head {
	bool version, format, open, tables, indexes; /* came */
};

static int load_version(struct loading *l, struct error *err)
{
	struct view version;

	if (!json_scan_value(&l->scan, &version))
		return fail_malformed(err);
	if (!view_is(version, SCHEMA_SAVED_VERSION))
		return fail(err, E_INVALID, "version %.*s is not known here",
			    (int)(version.len > 20 ? 20 : version.len), version.ptr);
	return 0;
}

static int load_format(struct loading *l, struct error *err)
{
	const char *format = NULL;
	int rc = load_text(&format, l, err);

	if (rc < 0)
		return rc;
	while (strcmp(record_format_name(l->s->format), format) != 0)
		if (l->s->format++ == RECORD_PGROLL)
			return fail(err, E_INVALID, "format \"%.40s\" is not known here", format);
	return 0;
}

static int load_head(struct loading *l, void *ctx, const char *key, struct error *err)
{
	struct loaded_head *h = ctx;

	if (strcmp(key, "version") == 0) {
		h->version = true;
		return load_version(l, err);
	}
	if (strcmp(key, "format") == 0 && !h->format) {
		h->format = true;
		return load_format(l, err);
	}
	if (strcmp(key, "open") == 0) {
		h->open = true;
		return json_scan_bool(&l->scan, &l->s->open) ? 0 : fail_malformed(err);
	}
	if (strcmp(key, "schema") == 0)
		return load_text(&l->s->name, l, err);
	if (strcmp(key, "tables") == 0) {
		h->tables = true;
		return load_space(l, &l->s->tables, err);
	}
	if (strcmp(key, "indexes") == 0) {
		h->indexes = true;
		return load_space(l, &l->s->indexes, err);
	}
	return skip_member(l, err);
}

static int check_head(const struct loaded_head *h, struct error *err)
{
	const char *missing = !h->version   ? "version"
			      : !h->format  ? "format"
			      : !h->open    ? "open"
			      : !h->tables  ? "tables"
			      : !h->indexes ? "indexes"
					    : NULL;

	return missing ? fail(err, E_INVALID, "member \"%s\" is missing", missing) : 0;
}

int schema_load(struct schema **out, struct view text, struct error *err)
{
	AUTO(schema) *s = schema_new(RECORD_NONE);
	struct loading l = {.s = s, .scan = json_scan_open(text)};
	struct loaded_head head = {0};
	int rc = each_member(&l, load_head, &head, err);

	*out = NULL;
	if (rc == 0 && !json_scan_at_end(&l.scan))
		rc = fail_malformed(err);
	if (rc == 0)
		rc = check_head(&head, err);
	json_scan_release(&l.scan);
	str_release(&l.text);
	if (rc < 0) {
		error_prefix(err, "cannot read the saved schema");
		return rc;
	}
	*out = steal(&s);
	return 0;
}
