/* The text that a record's checksum covers, and the comparisons built on it. */
#include "ledger/checksum.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

/* ---- hash form: what differs between a v1 operation in a file and in the hashed text */

static json_t *renamed_member(json_t *obj, const char *from, const char *to)
{
	json_t *copy = json_object(), *value;
	const char *key;

	json_object_foreach(obj, key, value)
		json_put(copy, strcmp(key, from) == 0 ? to : key, json_incref(value));
	return copy;
}

static bool is_uncovered(const char *key, const json_t *value)
{
	if (strcmp(key, "defaultValue") == 0)
		return json_is_string(value) && json_string_length(value) == 0;
	return strcmp(key, "file") == 0 || strcmp(key, "file[]") == 0;
}

/* The body of an addColumn without what the checksum does not cover; NULL when that is nothing. */
static json_t *covered_add_column(json_t *body)
{
	json_t *column = json_object_get(body, "column"), *copy, *value;
	bool differs = false;
	const char *key;

	json_object_foreach(column, key, value) differs = differs || is_uncovered(key, value);
	if (!differs)
		return NULL;
	json_t *covered = json_object();
	json_object_foreach(column, key, value)
	{
		if (!is_uncovered(key, value))
			json_put(covered, key, json_incref(value));
	}
	copy = json_copy(body);
	json_put(copy, "column", covered);
	return copy;
}

/* op in hash form as a new reference; op itself where nothing differs, which is the rule. */
static json_t *hash_form(json_t *op)
{
	const char *kind = json_object_iter_key(json_object_iter(op));
	json_t *body = json_object_get(op, kind), *form = NULL, *wrapped;

	if (json_is_object(body) && strcmp(kind, "removeColumn") == 0)
		form = renamed_member(body, "column", "name");
	else if (json_is_object(body) && strcmp(kind, "addColumn") == 0)
		form = covered_add_column(body);
	if (!form)
		return json_incref(op);
	wrapped = json_object();
	json_put(wrapped, kind, form);
	return wrapped;
}

typedef void write_fn(struct str *out, const json_t *value);

static void write_raw(struct str *out, const json_t *value)
{
	json_write(out, value, JSON_FORM_CANONICAL);
}

static void put_v1_operations(struct str *out, const json_t *operations, write_fn *write)
{
	size_t i;
	json_t *op;

	str_puts(out, ",\"operations\":[");
	json_array_foreach(operations, i, op)
	{
		AUTO_JSON *form = hash_form(op);
		if (i)
			str_putc(out, ',');
		write(out, form);
	}
	str_putc(out, ']');
}

static void put_member(struct str *out, const char *key, const char *text)
{
	if (!text)
		return;
	str_puts(out, ",\"");
	str_puts(out, key);
	str_puts(out, "\":");
	json_write_string(out, view_of(text));
}

/* ---- the hashed text; members are written in canonical order */

/* Where a record stands: what its own parent is does not matter. */
struct footing {
	const char *parent, *checksum; /* both NULL on the first */
};

static void v1_text(struct str *out, const struct record *r, const struct footing *on,
		    write_fn *write)
{
	str_puts(out, "{\"id\":");
	json_write_string(out, view_of(record_id(r)));
	if (json_array_size(record_operations(r)))
		put_v1_operations(out, record_operations(r), write);
	put_member(out, "parentChecksum", on->checksum);
	put_member(out, "parentID", on->parent);
	str_putc(out, '}');
}

static const char *named_schema(const struct record *r)
{
	const char *schema = record_schema(r);

	return schema && strcmp(schema, "public") != 0 ? schema : NULL;
}

static void pgroll_text(struct str *out, const struct record *r, const struct footing *on)
{
	str_puts(out, "{\"name\":");
	json_write_string(out, view_of(record_id(r)));
	str_puts(out, ",\"operations\":");
	json_write(out, record_operations(r), JSON_FORM_CANONICAL);
	put_member(out, "parent", on->parent);
	put_member(out, "parentChecksum", on->checksum);
	put_member(out, "schema", named_schema(r));
	put_member(out, "version_schema", record_version_schema(r));
	str_putc(out, '}');
}

static void text_on(struct str *out, const struct record *r, const struct footing *on)
{
	if (record_format(r) == RECORD_V1)
		v1_text(out, r, on, write_raw);
	else
		pgroll_text(out, r, on);
}

void checksum_text(struct str *out, const struct record *r, const char *parent_checksum)
{
	struct footing on = {record_parent(r), parent_checksum};

	text_on(out, r, &on);
}

static void sum_of(char out[CHECKSUM_LEN + 1], const struct record *r, const struct str *text)
{
	out[0] = record_format(r) == RECORD_V1 ? '1' : '2';
	out[1] = ':';
	sha256_hex(out + 2, str_view(text));
}

void checksum_compute(char out[CHECKSUM_LEN + 1], const struct record *r,
		      const char *parent_checksum)
{
	AUTO_STR text = {0};

	checksum_text(&text, r, parent_checksum);
	sum_of(out, r, &text);
}

void checksum_compute_behind(struct str *text, char out[CHECKSUM_LEN + 1], const struct record *r,
			     const char *parent, const char *parent_checksum)
{
	struct footing on = {parent, parent_checksum};

	str_clear(text);
	text_on(text, r, &on);
	sum_of(out, r, text);
}

/* Whether escaping changes the text at all: most records have none of the three characters. */
static bool has_html(const struct str *text)
{
	return text->len &&
	       (memchr(text->ptr, '<', text->len) || memchr(text->ptr, '>', text->len) ||
		memchr(text->ptr, '&', text->len));
}

enum checksum_state checksum_check_with(struct str *text, char computed[CHECKSUM_LEN + 1],
					const struct record *r, const char *parent_checksum)
{
	const char *own = record_checksum(r);
	char escaped[CHECKSUM_LEN + 1];

	str_clear(text);
	checksum_text(text, r, parent_checksum);
	sum_of(computed, r, text);
	if (!own)
		return CHECKSUM_UNSEALED;
	if (strcmp(own, computed) == 0)
		return CHECKSUM_VALID;
	if (record_format(r) != RECORD_V1 || !has_html(text))
		return CHECKSUM_WRONG;
	struct footing on = {record_parent(r), parent_checksum};
	str_clear(text);
	v1_text(text, r, &on, json_write_canonical_html);
	sum_of(escaped, r, text);
	return strcmp(own, escaped) == 0 ? CHECKSUM_VALID_ESCAPED : CHECKSUM_WRONG;
}

enum checksum_state checksum_check(char chain[CHECKSUM_LEN + 1], const struct record *r,
				   const char *parent_checksum)
{
	AUTO_STR text = {0};
	enum checksum_state state = checksum_check_with(&text, chain, r, parent_checksum);

	if (record_checksum(r))
		memcpy(chain, record_checksum(r), CHECKSUM_LEN + 1);
	return state;
}

/* ---- comparing */

/* What a record does, wherever it stands. */
static void content_text(struct str *out, const struct record *r)
{
	str_puts(out, "{\"operations\":");
	json_write(out, record_operations(r), JSON_FORM_CANONICAL);
	put_member(out, "schema", named_schema(r));
	put_member(out, "version_schema", record_version_schema(r));
	str_putc(out, '}');
}

bool record_same(const struct record *a, const struct record *b)
{
	AUTO_STR x = {0};
	AUTO_STR y = {0};
	const char *sum_a = record_checksum(a), *sum_b = record_checksum(b);

	if (record_format(a) != record_format(b) || !str_eq(record_id(a), record_id(b)) ||
	    !str_eq(record_parent(a), record_parent(b)))
		return false;
	if (sum_a && sum_b && strcmp(sum_a, sum_b) != 0)
		return false;
	content_text(&x, a);
	content_text(&y, b);
	return view_eq(str_view(&x), str_view(&y));
}

void record_content_hash(char out[SHA256_HEX + 1], const struct record *r)
{
	AUTO_STR text = {0};

	content_text(&text, r);
	sha256_hex(out, str_view(&text));
}
