/* Long lists of texts: the newest in memory, the others in an unnamed temporary file. */
#include "base/spool.h"

#include "base/alloc.h"
#include "base/fs.h"

#include "base/banned.h"

/*
 * An entry is where the name starts and, in the lower bits, how long it is; the text follows it, up
 * to the start of the next entry.
 */
#define NAME_BITS 16
_Static_assert(SPOOL_NAME_MAX == 1 << NAME_BITS, "the length of a name must fit");

static uint64_t start_of(uint64_t entry)
{
	return entry >> NAME_BITS;
}

static size_t name_len(uint64_t entry)
{
	return entry & (SPOOL_NAME_MAX - 1);
}

void spool_release(struct spool *s)
{
	if (s->file)
		close(s->file - 1);
	str_release(&s->newest);
	free(s->entries);
	*s = (struct spool){0};
}

uint64_t spool_bytes(const struct spool *s)
{
	return s->filed + s->newest.len;
}

/* Moves what is in memory to the end of the file. */
static int put_away(struct spool *s, struct error *err)
{
	int fd = s->file - 1;
	int rc = s->file ? 0 : fs_temporary(&fd, err);

	if (rc < 0)
		return rc;
	s->file = fd + 1;
	rc = fs_write_at(fd, s->filed, str_view(&s->newest), err);
	if (rc < 0)
		return rc;
	s->filed += s->newest.len;
	str_clear(&s->newest);
	return 0;
}

int spool_add(struct spool *s, const char *name, struct view text, struct error *err)
{
	struct view key = view_of(name);

	if (key.len >= SPOOL_NAME_MAX)
		return fail(err, E_LIMIT, "a name is longer than %d bytes", SPOOL_NAME_MAX - 1);
	if (s->newest.len && s->newest.len + key.len + text.len > SPOOL_MEMORY) {
		int rc = put_away(s, err);
		if (rc < 0)
			return rc;
	}
	uint64_t entry = spool_bytes(s) << NAME_BITS | key.len;
	size_t before = s->newest.len;
	str_putv(&s->newest, key);
	str_putv(&s->newest, text);
	int rc = str_check(&s->newest, "a text", err);
	if (rc < 0) {
		s->newest.failed = false;
		s->newest.len = before;
		return rc;
	}
	if (s->len == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->entries = xrealloc(s->entries, s->cap, sizeof *s->entries);
	}
	s->entries[s->len++] = entry;
	return 0;
}

/* An entry lies in the file or in memory, never in both. */
static int get(struct str *out, const struct spool *s, uint64_t start, size_t len,
	       struct error *err)
{
	str_clear(out);
	if (start >= s->filed) {
		str_putv(out, view_make(str_cstr(&s->newest) + (start - s->filed), len));
		return str_check(out, "a text", err);
	}
	char *to = str_reserve(out, len);
	if (!to)
		return str_check(out, "a text", err);
	int rc = fs_read_at(s->file - 1, start, to, len, err);
	if (rc == 0)
		str_added(out, len);
	return rc;
}

int spool_name(struct str *out, const struct spool *s, size_t at, struct error *err)
{
	return get(out, s, start_of(s->entries[at]), name_len(s->entries[at]), err);
}

int spool_text(struct str *out, const struct spool *s, size_t at, struct error *err)
{
	uint64_t start = start_of(s->entries[at]) + name_len(s->entries[at]);
	uint64_t end = at + 1 < s->len ? start_of(s->entries[at + 1]) : spool_bytes(s);

	return get(out, s, start, (size_t)(end - start), err);
}
