/* A record's life, its names and what it says of itself; record_parse.c and record_make.c make it.
 */
#include "ledger/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/record_impl.h"

#include "base/banned.h"

#define FILE_NAME_MAX 255 /* bytes; what ext4, XFS, APFS and NTFS hold */
#define V1_DIGITS 8	  /* hexadecimal digits of the checksum in a v1 name */

const char *record_format_name(enum record_format format)
{
	switch (format) {
	case RECORD_V1:
		return "v1";
	case RECORD_PGROLL:
		return "pgroll";
	case RECORD_NONE:
		break;
	}
	return "none";
}

void record_free(struct record *r)
{
	if (!r)
		return;
	json_decref(r->doc);
	free(r->v1_name);
	free(r);
}

struct record *record_copy(const struct record *r)
{
	struct record *copy = xcalloc(1, sizeof *copy);

	*copy = *r;
	json_incref(copy->doc);
	copy->v1_name = xstrdup(r->v1_name);
	return copy;
}

/* What a byte of a name may be: W anywhere, T not at the start. */
enum { W = 3, T = 1 };
static const unsigned char alphabet[256] = {
	['-'] = T, ['.'] = T, ['~'] = T, ['_'] = W, ['0'] = W, ['1'] = W, ['2'] = W, ['3'] = W,
	['4'] = W, ['5'] = W, ['6'] = W, ['7'] = W, ['8'] = W, ['9'] = W, ['A'] = W, ['B'] = W,
	['C'] = W, ['D'] = W, ['E'] = W, ['F'] = W, ['G'] = W, ['H'] = W, ['I'] = W, ['J'] = W,
	['K'] = W, ['L'] = W, ['M'] = W, ['N'] = W, ['O'] = W, ['P'] = W, ['Q'] = W, ['R'] = W,
	['S'] = W, ['T'] = W, ['U'] = W, ['V'] = W, ['W'] = W, ['X'] = W, ['Y'] = W, ['Z'] = W,
	['a'] = W, ['b'] = W, ['c'] = W, ['d'] = W, ['e'] = W, ['f'] = W, ['g'] = W, ['h'] = W,
	['i'] = W, ['j'] = W, ['k'] = W, ['l'] = W, ['m'] = W, ['n'] = W, ['o'] = W, ['p'] = W,
	['q'] = W, ['r'] = W, ['s'] = W, ['t'] = W, ['u'] = W, ['v'] = W, ['w'] = W, ['x'] = W,
	['y'] = W, ['z'] = W,
};

bool record_name_continues(struct view rest)
{
	const unsigned char *p = (const unsigned char *)rest.ptr, *end = p + rest.len;
	unsigned int all = T;

	/* Every line of a ledger goes through here, at every start: no way out early. */
	for (; p < end; p++)
		all &= alphabet[*p];
	return all;
}

bool record_name_valid(struct view name)
{
	return name.len > 0 && name.len <= RECORD_NAME_MAX &&
	       alphabet[(unsigned char)name.ptr[0]] == W && record_name_continues(name);
}

int record_file_name(char out[RECORD_NAME_MAX + 1], const char *name, struct error *err)
{
	static const char suffix[] = RECORD_SUFFIX;
	struct view v = view_of(name);

	out[0] = '\0';
	if (!record_name_valid(v)) {
		AUTO_STR safe = {.max = 4096};
		str_put_safe(&safe, view_make(v.ptr, v.len < 100 ? v.len : 100));
		return fail(err, E_INVALID, "\"%s\" cannot be the name of a record",
			    str_cstr(&safe));
	}
	if (v.len + sizeof suffix - 1 > FILE_NAME_MAX)
		return fail(err, E_LIMIT, "record name \"%.40s…\" is too long for a file name",
			    name);
	memcpy(out, v.ptr, v.len);
	memcpy(out + v.len, suffix, sizeof suffix);
	return 0;
}

bool record_name_of_file(char out[RECORD_NAME_MAX + 1], const char *file)
{
	size_t len = strlen(file), suffix = sizeof RECORD_SUFFIX - 1;

	out[0] = '\0';
	if (!ends_with(file, RECORD_SUFFIX) || len - suffix > RECORD_NAME_MAX)
		return false;
	memcpy(out, file, len - suffix);
	out[len - suffix] = '\0';
	return true;
}

size_t record_name_v1_id(const char *name)
{
	size_t len = strlen(name);

	if (len < sizeof "mig__" - 1 + V1_DIGITS || !starts_with(name, "mig_"))
		return 0;
	const char *digits = name + len - V1_DIGITS;
	if (digits[-1] != '_' || strspn(digits, "0123456789abcdef") != V1_DIGITS)
		return 0;
	return len - V1_DIGITS - 1;
}

int record_check_name(const struct record *r, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];
	bool looks_v1 = record_name_v1_id(record_name(r)) > 0;

	int rc = record_file_name(file, record_name(r), err);
	if (rc < 0 || looks_v1 == (r->format == RECORD_V1))
		return rc;
	if (looks_v1)
		return fail(err, E_INVALID,
			    "pgroll record \"%s\" is named like a v1 record: \"mig_\", \"_\" and "
			    "eight hexadecimal digits",
			    r->id);
	return fail(err, E_INVALID, "the id \"%s\" of a v1 record does not begin with \"mig_\"",
		    r->id);
}

void record_print(struct str *out, const struct record *r)
{
	json_write(out, r->doc, JSON_FORM_PRETTY);
	str_putc(out, '\n');
}

enum record_format record_format(const struct record *r)
{
	return r->format;
}

const char *record_name(const struct record *r)
{
	return r->v1_name ? r->v1_name : r->id;
}

const char *record_id(const struct record *r)
{
	return r->id;
}

const char *record_parent(const struct record *r)
{
	return r->parent;
}

const char *record_checksum(const struct record *r)
{
	return r->checksum;
}

const char *record_title(const struct record *r)
{
	return r->title;
}

const char *record_message(const struct record *r)
{
	return r->message;
}

const char *record_schema(const struct record *r)
{
	return r->schema;
}

const char *record_version_schema(const struct record *r)
{
	return r->version_schema;
}

const char *record_started_at(const struct record *r)
{
	return r->started_at;
}

const char *record_migration_type(const struct record *r)
{
	return r->migration_type;
}

bool record_done(const struct record *r)
{
	return r->done;
}

const json_t *record_operations(const struct record *r)
{
	return r->operations;
}

const json_t *record_doc(const struct record *r)
{
	return r->doc;
}

void records_take(struct records *l, struct record *r)
{
	if (l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->items = xrealloc(l->items, l->cap, sizeof(struct record *));
	}
	l->items[l->len++] = r;
}

void records_reverse(struct records *l)
{
	for (size_t i = 0, j = l->len; i + 1 < j; i++) {
		struct record *r = l->items[i];
		l->items[i] = l->items[--j];
		l->items[j] = r;
	}
}

void records_release(struct records *l)
{
	for (size_t i = 0; i < l->len; i++)
		record_free(l->items[i]);
	free(l->items);
	*l = (struct records){0};
}
