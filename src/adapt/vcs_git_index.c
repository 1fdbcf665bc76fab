/* Reads the file in which Git keeps its index. */
#include "adapt/vcs_git_index.h"

#include <string.h>

#include "base/banned.h"

#define HEADER_LEN 12 /* "DIRC", version, number of entries */
#define MODE_AT 24    /* within an entry, behind times, device and inode */
#define ID_AT 40
#define FLAGS_AT 60
#define FIXED_LEN 62 /* of an entry before its path or its further flags */

#define FLAG_EXTENDED 0x4000
#define FLAG_STAGE 0x3000
#define FLAG_LEN 0x0FFF	       /* of the path; this value: that or more */
#define FLAG_ANNOUNCED 0x2000  /* among the further flags */
#define FLAG_SKIPPED 0x4000    /* likewise */
#define EXTENSION_HEADER_LEN 8 /* four letters and the size of what follows */
#define SUM_LEN INDEX_ID_LEN   /* at the end of the file */

void index_reader_release(struct index_reader *r)
{
	str_release(&r->path);
}

static uint32_t number(const char *at, size_t bytes)
{
	uint32_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | (unsigned char)at[i];
	return n;
}

static void skip(struct index_reader *r, size_t bytes)
{
	r->rest = view_make(r->rest.ptr + bytes, r->rest.len - bytes);
}

static int fail_index(struct error *err, const char *why)
{
	return fail(err, E_IO, "could not read the Git index: %s", why);
}

static int fail_damaged(struct error *err)
{
	int rc = fail_index(err, "it is damaged");

	hint(err, "Move it away and run \"git reset\": the files stay, what was staged is to be "
		  "staged again.");
	return rc;
}

int index_reader_open(struct index_reader *r, struct view file, struct error *err)
{
	*r = (struct index_reader){.rest = file};
	if (file.len < HEADER_LEN + SUM_LEN || !view_starts(file, "DIRC"))
		return fail_index(err, "the file is none");
	r->version = number(file.ptr + 4, 4);
	r->left = number(file.ptr + 8, 4);
	if (r->version < 2 || r->version > 4)
		return fail_index(err, "it is of a version that is not known here");
	skip(r, HEADER_LEN);
	r->rest.len -= SUM_LEN;
	return 0;
}

/* ---- paths */

/* The text up to a NUL at which rest begins; false when no NUL follows. */
static bool take_text(struct view *text, struct index_reader *r)
{
	const char *end = r->rest.len ? memchr(r->rest.ptr, '\0', r->rest.len) : NULL;

	if (!end)
		return false;
	*text = view_make(r->rest.ptr, (size_t)(end - r->rest.ptr));
	return true;
}

/* An entry is filled up with one to eight NUL to a multiple of eight bytes. */
static bool take_path(struct index_item *out, struct index_reader *r, size_t before)
{
	struct view text;

	if (!take_text(&text, r))
		return false;
	size_t padded = ((before + text.len + 8) & ~(size_t)7) - before;
	if (padded > r->rest.len)
		return false;
	out->path = text.ptr;
	out->len = text.len;
	skip(r, padded);
	return true;
}

/* As for offsets in packs: seven bits a byte, the highest first, and one added where it goes on. */
static bool take_varint(size_t *out, struct index_reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->rest.len && i < 5; i++) {
		unsigned char c = (unsigned char)r->rest.ptr[i];
		n = (n << 7) + (c & 0x7F);
		if (!(c & 0x80)) {
			*out = n;
			skip(r, i + 1);
			return true;
		}
		n++;
	}
	return false;
}

/* Version 4: how many bytes of the path before go, and what takes their place. */
static bool take_packed_path(struct index_item *out, struct index_reader *r)
{
	struct view text;
	size_t dropped;

	if (!take_varint(&dropped, r) || dropped > r->path.len || !take_text(&text, r))
		return false;
	r->path.len -= dropped;
	str_putv(&r->path, text);
	if (!str_ok(&r->path))
		return false;
	out->path = str_cstr(&r->path);
	out->len = r->path.len;
	skip(r, text.len + 1);
	return true;
}

/* ---- entries */

static bool take_entry(struct index_item *out, struct index_reader *r)
{
	const char *at = r->rest.ptr;
	size_t before = FIXED_LEN;

	if (r->rest.len < FIXED_LEN + 2)
		return false;
	uint32_t flags = number(at + FLAGS_AT, 2), more = 0;
	if (flags & FLAG_EXTENDED && r->version >= 3) {
		more = number(at + FIXED_LEN, 2);
		before += 2;
	} else if (flags & FLAG_EXTENDED) {
		return false;
	}
	*out = (struct index_item){
		.id = (const unsigned char *)at + ID_AT,
		.mode = number(at + MODE_AT, 4),
		.stage = (int)((flags & FLAG_STAGE) >> 12),
		.announced = more & FLAG_ANNOUNCED,
		.skipped = more & FLAG_SKIPPED,
	};
	skip(r, before);
	if (r->version < 4 ? !take_path(out, r, before) : !take_packed_path(out, r))
		return false;
	size_t known = flags & FLAG_LEN;
	return known == FLAG_LEN ? out->len >= FLAG_LEN : out->len == known;
}

/* Behind the entries: what has a name in capitals may be passed over. */
static int check_extensions(struct index_reader *r, struct error *err)
{
	while (r->rest.len >= EXTENSION_HEADER_LEN) {
		size_t size = number(r->rest.ptr + 4, 4);
		bool known = r->rest.ptr[0] >= 'A' && r->rest.ptr[0] <= 'Z';
		if (!known && view_starts(r->rest, "link")) {
			int rc = fail_index(err, "it is a split index");
			hint(err, "Run \"git config core.splitIndex false\" and \"git "
				  "update-index --no-split-index\".");
			return rc;
		}
		if (!known && view_starts(r->rest, "sdir")) {
			int rc = fail_index(err, "it is a sparse index");
			hint(err, "Run \"git sparse-checkout reapply --no-sparse-index\".");
			return rc;
		}
		if (!known)
			return fail_index(err, "it has an extension that is not known here");
		if (size > r->rest.len - EXTENSION_HEADER_LEN)
			return fail_damaged(err);
		skip(r, EXTENSION_HEADER_LEN + size);
	}
	return r->rest.len ? fail_damaged(err) : 0;
}

int index_reader_next(struct index_item *out, struct index_reader *r, struct error *err)
{
	if (r->left == 0)
		return check_extensions(r, err);
	r->left--;
	return take_entry(out, r) ? 1 : fail_damaged(err);
}
