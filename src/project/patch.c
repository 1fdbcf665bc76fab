/* Reads from the headers of a patch which records it adds. */
#include "project/patch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/record.h"

#include "base/banned.h"

#define MIGRATIONS ".xata/migrations/"
#define HEADER "diff --git "
#define FROM_NOTHING "--- /dev/null"
#define TO "+++ "

static struct view behind(struct view line, const char *start)
{
	size_t len = strlen(start);

	return view_make(line.ptr + len, line.len - len);
}

static bool is_octal(struct view digits)
{
	for (size_t i = 0; i < 3; i++)
		if (i >= digits.len || digits.ptr[i] < '0' || digits.ptr[i] > '7')
			return false;
	return true;
}

/* Cuts one byte off, in the escapes of quote.c of Git, which are those of C. */
static char cut_byte(struct view *rest)
{
	static const char letters[] = "abtnvfr", bytes[] = "\a\b\t\n\v\f\r";
	struct view at = *rest;
	size_t len = at.ptr[0] == '\\' && at.len > 1 ? 2 : 1;
	char c = at.ptr[len - 1];

	if (len == 2 && is_octal(behind(at, "\\"))) {
		len = 4;
		c = (char)((at.ptr[1] - '0') << 6 | (at.ptr[2] - '0') << 3 | (at.ptr[3] - '0'));
	} else if (len == 2) {
		const char *letter = memchr(letters, c, sizeof letters - 1);
		c = letter ? bytes[letter - letters] : c;
	}
	*rest = view_make(at.ptr + len, at.len - len);
	return c;
}

/* The path behind "+++ ": in quotes, or up to the tab that Git puts behind one with spaces. */
static char *read_path(struct view text)
{
	bool quoted = view_starts(text, "\"");
	const char *end = quoted ? "\"" : "\t\r";
	struct view rest = quoted ? behind(text, "\"") : text;
	AUTO_STR path = {0};

	while (rest.len && !strchr(end, rest.ptr[0])) {
		char c = rest.ptr[0];
		if (quoted)
			c = cut_byte(&rest);
		else
			rest = view_make(rest.ptr + 1, rest.len - 1);
		str_putc(&path, c);
	}
	return xstrdup(str_cstr(&path));
}

/* Whether the two paths of a header are the same, that is, both without what marks the sides. */
static bool is_bare(struct view paths)
{
	struct view two = view_trim(paths);
	size_t len = two.len / 2;

	return two.len % 2 == 1 && two.ptr[len] == ' ' &&
	       view_eq(view_make(two.ptr, len), view_make(two.ptr + len + 1, len));
}

/* Reads a patch from one file that it adds to the next. */
struct reader {
	struct view rest;
	bool added, bare;
};

/* Its path in the repository; NULL at the end of the patch. */
static char *next_added(struct reader *r)
{
	struct view line;

	while (view_line(&r->rest, &line)) {
		bool to = r->added && view_starts(line, TO);
		r->added = view_is(view_trim(line), FROM_NOTHING);
		if (view_starts(line, HEADER))
			r->bare = is_bare(behind(line, HEADER));
		if (!to)
			continue;
		AUTO_FREE char *path = read_path(behind(line, TO));
		const char *slash = r->bare ? NULL : strchr(path, '/');
		return xstrdup(slash ? slash + 1 : path);
	}
	return NULL;
}

static bool is_record(const char *file)
{
	return !strchr(file, '/') && ends_with(file, RECORD_SUFFIX);
}

void patch_added_records(struct strs *out, struct view patch, const char *folder)
{
	AUTO_FREE char *below = xasprintf("%s%s" MIGRATIONS, folder, *folder ? "/" : "");
	struct reader r = {.rest = patch};
	char *path;

	while ((path = next_added(&r))) {
		if (starts_with(path, below) && is_record(path + strlen(below)))
			strs_add(out, path + strlen(below));
		free(path);
	}
}

void patch_added_folders(struct strs *out, struct view patch)
{
	struct reader r = {.rest = patch};
	char *path;

	while ((path = next_added(&r))) {
		char *slash = strrchr(path, '/');
		size_t len = slash ? (size_t)(slash + 1 - path) : 0;
		size_t own = sizeof MIGRATIONS - 1;
		bool there = len >= own && strncmp(path + len - own, MIGRATIONS, own) == 0 &&
			     (len == own || path[len - own - 1] == '/') && is_record(path + len);
		if (there) {
			path[len == own ? 0 : len - own - 1] = '\0';
			if (!strs_has(out, path))
				strs_add(out, path);
		}
		free(path);
	}
}
