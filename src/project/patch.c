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

/* The name of the file, when it is a record's below this folder; NULL: it is not. */
static const char *record_file(const char *path, const char *below, bool bare)
{
	const char *slash = bare ? NULL : strchr(path, '/');
	const char *file = slash ? slash + 1 : path;
	size_t len = strlen(below);

	if (strncmp(file, below, len) != 0 || strchr(file + len, '/') ||
	    !ends_with(file, RECORD_SUFFIX))
		return NULL;
	return file + len;
}

void patch_added_records(struct strs *out, struct view patch, const char *folder)
{
	AUTO_FREE char *below = xasprintf("%s%s" MIGRATIONS, folder, *folder ? "/" : "");
	struct view line;
	bool added = false, bare = false;

	while (view_line(&patch, &line)) {
		if (view_starts(line, HEADER))
			bare = is_bare(behind(line, HEADER));
		if (added && view_starts(line, TO)) {
			AUTO_FREE char *path = read_path(behind(line, TO));
			const char *file = record_file(path, below, bare);
			if (file)
				strs_add(out, file);
		}
		added = view_is(view_trim(line), FROM_NOTHING);
	}
}
