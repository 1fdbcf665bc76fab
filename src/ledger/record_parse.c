/* Turns a record file, or an item of an endpoint's history, into a checked record. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha256.h"
#include "ledger/record_impl.h"

#include "base/banned.h"

#define V1_NAME_TAIL 9 /* "_" and eight digits */

/* ---- the order of members */

static int v1_rank(const char *key)
{
	static const char *const order[] = {"id",	  "parentID", "checksum",
					    "operations", "title",    "message"};
	int i = 0;

	while (i < (int)ARRAY_LEN(order) && strcmp(order[i], key) != 0)
		i++;
	return i;
}

bool record_member_before(enum record_format format, const char *a, const char *b)
{
	return format == RECORD_V1 ? v1_rank(a) < v1_rank(b) : strcmp(a, b) < 0;
}

/* ---- limits */

/* jansson's iterators take a plain pointer but do not change the value. */
static json_t *unconst(const json_t *value)
{
	return (json_t *)(uintptr_t)value;
}

/* Nested arrays and objects, counted up to max + 1. */
static size_t depth_of(const json_t *value, size_t max)
{
	size_t deepest = 0, i;
	const char *key;
	json_t *item;

	if (!json_is_object(value) && !json_is_array(value))
		return 0;
	if (max == 0)
		return 1;
	json_object_foreach(unconst(value), key, item)
	{
		size_t d = depth_of(item, max - 1);
		deepest = d > deepest ? d : deepest;
	}
	json_array_foreach(value, i, item)
	{
		size_t d = depth_of(item, max - 1);
		deepest = d > deepest ? d : deepest;
	}
	return deepest + 1;
}

#define WHOLE_MAX 999999999999999999 /* of more digits it counts as a real number */

size_t record_values(const json_t *value)
{
	size_t n = json_object_size(value) + json_array_size(value), i;
	const char *key;
	json_t *item;

	if (json_is_integer(value)) {
		json_int_t x = json_integer_value(value);
		return x > WHOLE_MAX || x < -WHOLE_MAX ? JSON_REAL_VALUES : 0;
	}
	if (json_is_real(value))
		return JSON_REAL_VALUES;
	if (!json_is_object(value) && !json_is_array(value))
		return 0;
	n += n == 0; /* the bracket, and a comma behind all but the last */
	json_object_foreach(unconst(value), key, item)
	{
		n += record_values(item);
	}
	json_array_foreach(value, i, item)
	{
		n += record_values(item);
	}
	return n;
}

#define STRING_BOUND(len) (6 * (len) + 2) /* with its quotes, every byte as \u00xx */
#define NUMBER_BOUND ((size_t)32)

/* At least the bytes that value takes in a file, on a line that is indented by level. */
static size_t size_bound(const json_t *value, size_t level)
{
	size_t line = 2 + 2 * (level + 1); /* a comma, a line feed, the indentation */
	size_t bound = line + 2, i;
	const char *key;
	json_t *item;

	if (json_is_string(value))
		return STRING_BOUND(json_string_length(value));
	if (!json_is_object(value) && !json_is_array(value))
		return NUMBER_BOUND;
	json_object_foreach(unconst(value), key, item)
	{
		bound += line + STRING_BOUND(strlen(key)) + 2 + size_bound(item, level + 1);
	}
	json_array_foreach(value, i, item)
	{
		bound += line + size_bound(item, level + 1);
	}
	return bound;
}

int record_check_size(const json_t *doc, struct error *err)
{
	AUTO_STR text = {.max = RECORD_TEXT_MAX};

	if (depth_of(doc, JSON_DEPTH_DEFAULT) > JSON_DEPTH_DEFAULT)
		return fail(err, E_LIMIT, "the record is nested more than %zu levels deep",
			    JSON_DEPTH_DEFAULT);
	if (record_values(doc) > RECORD_VALUES_MAX)
		return fail(err, E_LIMIT,
			    "the record has more than %zu values, of which a real number counts as "
			    "%zu",
			    RECORD_VALUES_MAX, JSON_REAL_VALUES);
	if (size_bound(doc, 0) < RECORD_TEXT_MAX) /* most often, and known without printing it */
		return 0;
	json_write(&text, doc, JSON_FORM_PRETTY);
	str_putc(&text, '\n');
	return str_check(&text, "the record", err);
}

/* ---- the parts */

static int check_name(const char *what, const char *name, struct error *err)
{
	if (record_name_valid(view_of(name)))
		return 0;
	AUTO_STR safe = {.max = 4096};
	str_put_safe(&safe, view_make(name, strnlen(name, 100)));
	return fail(err, E_INVALID, "%s \"%s\" cannot be the name of a record", what,
		    str_cstr(&safe));
}

static int check_parent(const struct record *r, const char *key, struct error *err)
{
	if (!r->parent)
		return 0;
	if (strcmp(r->parent, r->id) == 0)
		return fail(err, E_INVALID, "the record names itself as its parent");
	return check_name(key, r->parent, err);
}

static bool is_checksum(const char *text, char prefix)
{
	return text[0] == prefix && text[1] == ':' &&
	       strspn(text + 2, "0123456789abcdef") == SHA256_HEX && strlen(text) == CHECKSUM_LEN;
}

static int check_operations(const json_t *operations, struct error *err)
{
	size_t n = json_array_size(operations);

	if (n > RECORD_OPERATIONS_MAX)
		return fail(err, E_LIMIT, "the record has %zu operations, over the limit of %d", n,
			    RECORD_OPERATIONS_MAX);
	for (size_t i = 0; i < n; i++) {
		const json_t *op = json_array_get(operations, i);
		if (!json_is_object(op))
			return fail(err, E_INVALID, "operation %zu must be an object, not %s",
				    i + 1, json_type_name(op));
		if (json_object_size(op) != 1)
			return fail(err, E_INVALID,
				    "operation %zu must have exactly one member, its kind", i + 1);
	}
	return 0;
}

struct text_member {
	const char *key;
	enum json_need need;
	const char **out;
};

static int get_texts(const json_t *obj, const struct text_member *members, size_t n,
		     struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		int rc = json_get_string(members[i].out, obj, members[i].key, members[i].need, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int bind_v1(struct record *r, struct error *err)
{
	const struct text_member members[] = {
		{"id", JSON_REQUIRED, &r->id},
		{"parentID", JSON_OPTIONAL, &r->parent},
		{"checksum", JSON_REQUIRED, &r->checksum},
		{"title", JSON_OPTIONAL, &r->title},
		{"message", JSON_OPTIONAL, &r->message},
	};
	int rc = get_texts(r->doc, members, ARRAY_LEN(members), err);

	if (rc == 0)
		rc = check_name("id", r->id, err);
	if (rc == 0 && strlen(r->id) > RECORD_NAME_MAX - V1_NAME_TAIL)
		rc = fail(err, E_LIMIT, "the id is over the limit of %d bytes",
			  RECORD_NAME_MAX - V1_NAME_TAIL);
	if (rc == 0)
		rc = check_parent(r, "parentID", err);
	if (rc == 0 && !is_checksum(r->checksum, '1'))
		rc = fail(err, E_INVALID,
			  "the checksum must be \"1:\" and 64 hexadecimal digits in lower case");
	if (rc == 0)
		rc = json_get_array(&r->operations, r->doc, "operations", JSON_REQUIRED, err);
	if (rc < 0)
		return rc;
	r->done = true;
	r->v1_name = xasprintf("%s_%.8s", r->id, r->checksum + 2);
	return check_operations(r->operations, err);
}

/* The "migration" member, {name[,version_schema],operations}. */
static int bind_migration(struct record *r, struct error *err)
{
	json_t *migration;
	const char *name = NULL;
	int rc = json_get_object(&migration, r->doc, "migration", JSON_REQUIRED, err);
	const struct text_member members[] = {
		{"name", JSON_OPTIONAL, &name},
		{"version_schema", JSON_OPTIONAL, &r->version_schema},
	};

	if (rc == 0)
		rc = get_texts(migration, members, ARRAY_LEN(members), err);
	if (rc == 0 && name && strcmp(name, r->id) != 0)
		rc = fail(err, E_INVALID,
			  "the name inside \"migration\" is not that of the record");
	if (rc == 0)
		rc = json_get_array(&r->operations, migration, "operations", JSON_REQUIRED, err);
	if (rc < 0) {
		error_prefix(err, "in \"migration\"");
		return rc;
	}
	return check_operations(r->operations, err);
}

static int bind_pgroll(struct record *r, struct error *err)
{
	const struct text_member members[] = {
		{"name", JSON_REQUIRED, &r->id},
		{"parent", JSON_OPTIONAL, &r->parent},
		{"chainChecksum", JSON_OPTIONAL, &r->checksum},
		{"migrationType", JSON_REQUIRED, &r->migration_type},
		{"schema", JSON_OPTIONAL, &r->schema},
		{"startedAt", JSON_OPTIONAL, &r->started_at},
	};
	int rc = get_texts(r->doc, members, ARRAY_LEN(members), err);

	if (rc == 0)
		rc = check_name("name", r->id, err);
	if (rc == 0)
		rc = check_parent(r, "parent", err);
	if (rc == 0 && r->checksum && !is_checksum(r->checksum, '2'))
		rc = fail(
			err, E_INVALID,
			"the chainChecksum must be \"2:\" and 64 hexadecimal digits in lower case");
	if (rc == 0)
		rc = json_get_bool(&r->done, r->doc, "done", JSON_REQUIRED, err);
	if (rc == 0 && r->schema && (!*r->schema || strlen(r->schema) > RECORD_NAME_MAX))
		rc = fail(err, E_INVALID, "the schema must have a name of 1 to %d bytes",
			  RECORD_NAME_MAX);
	if (rc < 0)
		return rc;
	if (!r->schema)
		r->schema = "public";
	return bind_migration(r, err);
}

int record_bind(struct record *r, json_t *doc, enum record_format format, struct error *err)
{
	free(r->v1_name);
	*r = (struct record){.doc = doc, .format = format};
	return format == RECORD_V1 ? bind_v1(r, err) : bind_pgroll(r, err);
}

/* ---- from a file */

static enum record_format format_of(const json_t *doc)
{
	bool v1 = json_object_get(doc, "id") && json_object_get(doc, "operations");
	bool pgroll = json_object_get(doc, "migration") != NULL;

	if (v1 == pgroll) /* neither, or both */
		return RECORD_NONE;
	return v1 ? RECORD_V1 : RECORD_PGROLL;
}

int record_parse(struct record **out, struct view text, struct error *err)
{
	json_t *doc;

	*out = NULL;
	if (text.len > RECORD_TEXT_MAX)
		return fail(err, E_LIMIT, "the record is over the limit of %zu bytes",
			    RECORD_TEXT_MAX);
	int rc = json_read_within(&doc, text, JSON_DEPTH_DEFAULT, RECORD_VALUES_MAX, err);
	if (rc < 0)
		return rc;
	AUTO(record) *r = xcalloc(1, sizeof *r);
	r->doc = doc;
	if (!json_is_object(doc))
		return fail(err, E_INVALID, "a record must be an object, not %s",
			    json_type_name(doc));
	enum record_format format = format_of(doc);
	if (format == RECORD_NONE)
		return fail(err, E_INVALID,
			    "this is neither a v1 record (\"id\", \"operations\") nor a pgroll "
			    "record (\"migration\")");
	rc = record_bind(r, doc, format, err);
	if (rc < 0)
		return rc;
	*out = steal(&r);
	return 0;
}

/* ---- from an endpoint */

/* Members that mean "none" when they are null or empty on the wire. */
static bool is_left_out(enum record_format format, const char *key, const json_t *value)
{
	static const char *const optional[] = {"parentID", "parent", "title",
					       "message",  "schema", "chainChecksum"};

	if (format == RECORD_V1 && (!strcmp(key, "mergeParentID") || !strcmp(key, "createdAt")))
		return true;
	if (!json_is_null(value) && !(json_is_string(value) && json_string_length(value) == 0))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(optional); i++)
		if (strcmp(key, optional[i]) == 0)
			return true;
	return false;
}

/* Sorts by insertion, which keeps the order of members that have no place of their own. */
static size_t sorted_keys(const char **keys, enum record_format format, const json_t *item)
{
	size_t n = 0;
	const char *key;
	json_t *value;

	json_object_foreach(unconst(item), key, value)
	{
		if (is_left_out(format, key, value))
			continue;
		size_t at = n++;
		while (at && record_member_before(format, key, keys[at - 1])) {
			keys[at] = keys[at - 1];
			at--;
		}
		keys[at] = key;
	}
	return n;
}

/* The value of a member as a file has it; a new reference. */
static int wire_value(json_t **out, enum record_format format, const char *key, json_t *value,
		      struct error *err)
{
	bool is_text = format == RECORD_PGROLL && !strcmp(key, "migration") &&
		       json_is_string(value);
	bool is_nil = format == RECORD_V1 && !strcmp(key, "operations") && json_is_null(value);

	if (is_nil) /* an empty list of a Go program */
		*out = json_array();
	else if (!is_text)
		*out = json_incref(value);
	if (!is_text)
		return 0;
	int rc = json_read_within(out,
				  view_make(json_string_value(value), json_string_length(value)),
				  JSON_DEPTH_DEFAULT - 1, RECORD_VALUES_MAX, err);
	if (rc < 0)
		error_prefix(err, "in \"migration\"");
	return rc;
}

#define ITEM_MEMBERS_MAX 256 /* members of one item; sorting them is quadratic */

int record_from_item(struct record **out, enum record_format format, const json_t *item,
		     struct error *err)
{
	const char *keys[ITEM_MEMBERS_MAX];

	*out = NULL;
	if (!json_is_object(item))
		return fail(err, E_INVALID, "a record must be an object, not %s",
			    json_type_name(item));
	if (json_object_size(item) > ITEM_MEMBERS_MAX)
		return fail(err, E_LIMIT, "the record has more than %d members", ITEM_MEMBERS_MAX);
	AUTO(record) *r = xcalloc(1, sizeof *r);
	r->doc = json_object();
	size_t n = sorted_keys(keys, format, item);
	for (size_t i = 0; i < n; i++) {
		json_t *value;
		int rc = wire_value(&value, format, keys[i], json_object_get(item, keys[i]), err);
		if (rc < 0)
			return rc;
		json_put(r->doc, keys[i], value);
	}
	int rc = record_bind(r, r->doc, format, err);
	if (rc == 0)
		rc = record_check_size(r->doc, err);
	if (rc < 0)
		return rc;
	*out = steal(&r);
	return 0;
}
