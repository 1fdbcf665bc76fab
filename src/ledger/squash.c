/* Makes one record of several, and proves that it does the same before handing it out. */
#include "ledger/squash.h"

#include <stdlib.h>
#include <string.h>

#include "base/xid.h"
#include "ledger/record_impl.h"
#include "ledger/schema_impl.h"
#include "ledger/squash_impl.h"

#include "base/banned.h"

void squash_release(struct squash *s)
{
	record_free(s->record);
	schema_free(s->schema);
	*s = (struct squash){0};
}

/* ---- what may be folded */

static int check_pair(const struct record *first, const struct record *r, struct error *err)
{
	int rc = 0;

	if (record_format(first) != record_format(r))
		rc = fail(err, E_CONFLICT, "cannot squash \"%s\" with \"%s\": their formats differ",
			  record_name(first), record_name(r));
	else if (!str_eq(record_schema(first), record_schema(r)))
		rc = fail(err, E_CONFLICT,
			  "cannot squash \"%s\" with \"%s\": they are of different PostgreSQL "
			  "schemas",
			  record_name(first), record_name(r));
	if (rc < 0)
		hint(err, "Squash only the records behind it, with --since.");
	return rc;
}

static bool is_known_in(const char *key, const char *const *known)
{
	for (; *known; known++)
		if (strcmp(*known, key) == 0)
			return true;
	return false;
}

static bool is_known_member(enum record_format format, const char *key)
{
	static const char *const v1[] = {"id",	  "parentID", "checksum", "operations",
					 "title", "message",  NULL};
	static const char *const pgroll[] = {"chainChecksum", "done",	   "migration",
					     "migrationType", "name",	   "parent",
					     "schema",	      "startedAt", NULL};

	return is_known_in(key, format == RECORD_V1 ? v1 : pgroll);
}

/* Nobody here could say what becomes of it when two migrations become one. */
static int check_migration(const struct record *r, struct error *err)
{
	static const char *const known[] = {"name", "version_schema", "operations", NULL};
	json_t *migration = json_object_get(record_doc(r), "migration"), *value;
	const char *key;

	json_object_foreach(migration, key, value)
	{
		if (is_known_in(key, known))
			continue;
		fail(err, E_CONFLICT,
		     "cannot squash record \"%s\": its member \"migration.%.60s\" is not known "
		     "here",
		     record_name(r), key);
		hint(err, "Squash only the records behind it, with --since %s.", record_name(r));
		return E_CONFLICT;
	}
	return 0;
}

static int check_input(const struct squash_input *in, struct error *err)
{
	const struct records *records = in->records;
	const struct history *before = in->base.history;
	int rc = records->len ? 0 : fail(err, E_INVALID, "there are no records to squash");

	if (rc == 0 && before && in->id && map_get(&before->by_id, in->id, NULL))
		rc = fail(err, E_INVALID, "a record \"%s\" stands in the history already", in->id);
	for (size_t i = 0; rc == 0 && i < records->len; i++) {
		rc = check_pair(records->items[0], records->items[i], err);
		if (rc == 0)
			rc = check_migration(records->items[i], err);
	}
	return rc;
}

/* ---- the new record */

static void put_line(struct str *out, const char *text)
{
	if (!text || !*text)
		return;
	if (out->len)
		str_putc(out, '\n');
	str_puts(out, text);
}

#define MESSAGE_MAX ((size_t)64 << 10) /* bytes of a message that is put together; more is cut */

/* What one title cannot tell of several records, the message tells. */
static void put_messages(struct str *out, const struct records *records)
{
	if (records->len == 1) {
		put_line(out, record_message(records->items[0]));
		return;
	}
	for (size_t i = 0; i < records->len; i++) {
		put_line(out, record_title(records->items[i]));
		put_line(out, record_message(records->items[i]));
	}
}

static const char *last_title(const struct records *records)
{
	for (size_t i = records->len; i-- > 0;) {
		const char *title = record_title(records->items[i]);
		if (title && *title)
			return title;
	}
	return NULL;
}

static bool all_done(const struct records *records)
{
	for (size_t i = 0; i < records->len; i++)
		if (!record_done(records->items[i]))
			return false;
	return true;
}

/* Members that are not known here are carried on where the records that have one agree on it. */
static int carry_unknown(struct record *into, const struct record *from, struct error *err)
{
	json_t *doc = (json_t *)(uintptr_t)record_doc(from), *value;
	const char *key;

	json_object_foreach(doc, key, value)
	{
		const json_t *there = json_object_get(record_doc(into), key);
		if (is_known_member(record_format(from), key))
			continue;
		if (there && !json_equal(there, value)) {
			fail(err, E_CONFLICT,
			     "cannot squash record \"%s\": its member \"%.60s\" differs from that "
			     "of the records before",
			     record_name(from), key);
			hint(err, "Squash only the records that agree on it, with --since.");
			return E_CONFLICT;
		}
		if (!there)
			record_set_member(into, key, json_incref(value));
	}
	return 0;
}

static int make_record(struct record **out, const struct squash_input *in, const json_t *operations,
		       struct error *err)
{
	const struct record *last = in->records->items[in->records->len - 1];
	bool first = !in->base.id || !*in->base.id;
	AUTO_STR message = {.max = MESSAGE_MAX};

	const char *title = in->title ? in->title : last_title(in->records);
	put_messages(&message, in->records);
	if (str_eq(str_cstr(&message), title)) /* only one had a title, which says it */
		str_clear(&message);
	const struct record_draft draft = {.format = record_format(last),
					   .id = in->id,
					   .parent = first ? NULL : in->base.id,
					   .parent_checksum = first ? NULL : in->base.checksum,
					   .operations = operations,
					   .title = title,
					   .message = in->message ? in->message
								  : str_cstr(&message),
					   .version_schema = record_version_schema(last),
					   .schema = record_schema(last),
					   .started_at = in->started_at,
					   .not_done = !all_done(in->records)};
	int rc = record_make(out, &draft, err);
	if (rc == 0)
		rc = record_check_name(*out, err);
	for (size_t i = 0; rc == 0 && i < in->records->len; i++)
		rc = carry_unknown(*out, in->records->items[i], err);
	return rc;
}

/* ---- the id of a v1 record */

#define ID_PREFIX "mig_"
#define ID_DIGITS "0123456789abcdefghijklmnopqrstuv"
#define TIME_DIGITS ((size_t)7) /* of an xid's 20: they hold its 32 bits of time */

/* The digits of an id's time; NULL when it has not the shape of an xid. */
static const char *time_digits(const char *id)
{
	size_t prefix = strlen(ID_PREFIX);

	if (strncmp(id, ID_PREFIX, prefix) != 0 || strlen(id) != prefix + XID_LEN ||
	    strspn(id + prefix, ID_DIGITS) != XID_LEN)
		return NULL;
	return id + prefix;
}

/* The last of the 20 digits holds a single bit. */
static void put_digits(char *out, const char *hex, size_t from)
{
	for (size_t i = from; i < XID_LEN; i++) {
		const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};
		unsigned long value = strtoul(pair, NULL, 16) & 31;
		out[i] = ID_DIGITS[i == XID_LEN - 1 ? value & 16 : value];
	}
	out[XID_LEN] = '\0';
}

void squash_id(char out[RECORD_ID_MAX + 1], const struct records *records)
{
	const char *time = NULL;
	char hash[SHA256_HEX + 1];
	AUTO_STR text = {0};

	for (size_t i = 0; i < records->len; i++) {
		const struct record *r = records->items[i];
		record_content_hash(hash, r);
		str_printf(&text, "%s %s\n", record_id(r), hash);
		time = time_digits(record_id(r));
	}
	sha256_hex(hash, str_view(&text));
	memcpy(out, ID_PREFIX, sizeof ID_PREFIX);
	put_digits(out + strlen(ID_PREFIX), hash, time ? TIME_DIGITS : 0);
	if (time)
		memcpy(out + strlen(ID_PREFIX), time, TIME_DIGITS);
}

/* ---- */

/* Whether the operations give what the records gave; then *after is what they give. */
static bool holds(struct schema **after, const struct squash_input *in, const json_t *operations,
		  const struct schema *expected)
{
	AUTO(schema) *s = schema_copy(in->base.schema);
	enum record_format format = record_format(in->records->items[0]);

	if (schema_apply_operations(s, format, operations, NULL) < 0)
		return false;
	if (!s->name) /* the records said it, and so will the new one */
		s->name = schema_intern(s, expected->name);
	if (!schema_same(s, expected))
		return false;
	*after = steal(&s);
	return true;
}

static int fold_down(json_t **operations, struct squash *out, const struct squash_input *in,
		     struct error *err)
{
	AUTO(schema) *expected = schema_copy(in->base.schema);
	AUTO(fold) *f = NULL;
	int rc = fold_new(&f, expected, in->records, err);

	*operations = NULL;
	if (rc < 0)
		return rc;
	out->operations_before = fold_count(f);
	for (int level = FOLD_RENAMES; level <= FOLD_NOTHING; level++) {
		AUTO_JSON *folded = fold_operations(f, (enum fold_level)level);
		if (!holds(&out->schema, in, folded, expected))
			continue;
		out->operations_after = json_array_size(folded);
		*operations = json_incref(folded);
		return 0;
	}
	return fail(err, E_INTERNAL, "the records do not give the same when they are one");
}

/* One record does what it does, be it raw SQL. */
static int keep_operations(json_t **operations, struct squash *out, const struct squash_input *in,
			   struct error *err)
{
	const struct record *only = in->records->items[0];

	*operations = json_incref((json_t *)(uintptr_t)record_operations(only));
	out->operations_before = out->operations_after = json_array_size(*operations);
	out->schema = schema_copy(in->base.schema);
	return schema_apply(out->schema, only, err);
}

int squash(struct squash *out, const struct squash_input *in, struct error *err)
{
	AUTO_JSON *operations = NULL;
	int rc = check_input(in, err);

	if (rc == 0)
		rc = in->records->len == 1 ? keep_operations(&operations, out, in, err)
					   : fold_down(&operations, out, in, err);
	if (rc == 0 && out->operations_after)
		rc = make_record(&out->record, in, operations, err);
	if (rc < 0)
		squash_release(out);
	return rc;
}
