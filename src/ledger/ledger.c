/* Reads and extends the text of `.ledger`. */
#include "ledger/ledger.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define V1_TAIL ((size_t)9) /* "_" and eight digits behind the id of a v1 name */
#define NAME_USUAL 32	    /* bytes of a line, at least, where there are many */
#define SHOWN_MAX 100	    /* bytes of a bad line that a message shows */

/* Cosmetic things are one finding a file, with the first line and how many there are. */
struct cosmetics {
	long crlf_line, blank_line;
	size_t crlf, blank;
};

static void note(long *first, size_t *count, long line)
{
	if ((*count)++ == 0)
		*first = line;
}

/* What Git leaves in a file that it could not merge. */
static bool is_conflict_marker(struct view line)
{
	return view_starts(line, "<<<<<<<") || view_starts(line, "=======") ||
	       view_starts(line, ">>>>>>>") || view_starts(line, "|||||||");
}

static const char *advice_on(struct view line)
{
	if (is_conflict_marker(line))
		return "Git left it there in a merge: \"xata resolve\" settles that, as long as "
		       "it is under way; else restore the ledger from Git.";
	return "Remove the line, or restore the ledger from Git.";
}

/* name lies in the ledger's own text, where a byte that is no part of any name follows it. */
static void add_name(struct ledger *l, struct view name, long line, struct findings *findings)
{
	char *text = l->text + (name.ptr - l->text);
	size_t at;

	if (!record_name_valid(name)) {
		if (findings)
			findings_add(findings, FIND_BAD_NAME, LEDGER_FILE, line, advice_on(name),
				     "line %ld, \"%.*s\", cannot be the name of a record", line,
				     (int)(name.len < SHOWN_MAX ? name.len : SHOWN_MAX), name.ptr);
		return;
	}
	text[name.len] = '\0';
	if (map_add(&l->index, text, l->names.len))
		strs_take(&l->names, text);
	else if (findings && map_get(&l->index, text, &at))
		findings_add(findings, FIND_DUPLICATE_LINE, LEDGER_FILE, line,
			     "Remove one of the two lines.",
			     "line %ld repeats \"%s\", which is record %zu of the ledger", line,
			     text, at + 1);
}

static void report_cosmetics(const struct cosmetics *c, struct findings *findings)
{
	if (c->crlf)
		findings_add(findings, FIND_CRLF, LEDGER_FILE, c->crlf_line, ADVICE_CRLF,
			     "%zu line%s with CR LF instead of LF", c->crlf,
			     c->crlf == 1 ? " ends" : "s end");
	if (c->blank)
		findings_add(findings, FIND_BLANK_LINE, LEDGER_FILE, c->blank_line,
			     "Remove the blank lines.", "the ledger has %zu blank line%s", c->blank,
			     c->blank == 1 ? "" : "s");
}

void ledger_parse(struct ledger *l, struct view text, struct findings *findings)
{
	struct cosmetics cosmetics = {0};
	struct view rest, line;
	long number = 0;

	*l = (struct ledger){.text = view_dup(text)};
	rest = view_make(l->text, text.len);
	map_reserve(&l->index, text.len / NAME_USUAL);
	if (view_starts(rest, "\xEF\xBB\xBF")) {
		rest = view_make(rest.ptr + 3, rest.len - 3);
		if (findings)
			findings_add(findings, FIND_BOM, LEDGER_FILE, 1,
				     "Save the file without a byte order mark.",
				     "the ledger starts with a UTF-8 byte order mark");
	}
	while (view_line(&rest, &line)) {
		number++;
		if (line.len && line.ptr[line.len - 1] == '\r') {
			line.len--;
			note(&cosmetics.crlf_line, &cosmetics.crlf, number);
		}
		if (view_trim(line).len == 0)
			note(&cosmetics.blank_line, &cosmetics.blank, number);
		else
			add_name(l, line, number, findings);
	}
	if (!findings)
		return;
	if (text.len && text.ptr[text.len - 1] != '\n')
		findings_add(findings, FIND_NO_FINAL_NEWLINE, LEDGER_FILE, number,
			     "Add a newline at the end of the file: a name appended without one "
			     "would join the last line.",
			     "the last line has no newline at its end");
	report_cosmetics(&cosmetics, findings);
}

/* How many bytes both begin with. */
static size_t shared_prefix(struct view a, struct view b)
{
	size_t len = a.len < b.len ? a.len : b.len, same = 0;

	while (len - same >= 8 && memcmp(a.ptr + same, b.ptr + same, 8) == 0)
		same += 8; /* one comparison each, after all */
	while (same < len && a.ptr[same] == b.ptr[same])
		same++;
	return same;
}

/*
 * Whether line's id is greater than that of the line before, of which it shares the first `same`
 * bytes. An id may end before "_" and eight digits, so a difference that comes later tells nothing
 * of the ids.
 */
static bool ascends(struct view before, struct view line, size_t same)
{
	if (same == line.len || (same < before.len && before.ptr[same] > line.ptr[same]))
		return false;
	return line.len < V1_TAIL || line.ptr[line.len - V1_TAIL] != '_' ||
	       same < line.len - V1_TAIL;
}

/* What it shares with the valid line before needs no second look. */
static void scan_line(struct ledger_scan *s, struct view *last, struct view line)
{
	size_t same = shared_prefix(*last, line);
	struct view rest = view_make(line.ptr + same, line.len - same);
	bool valid = same ? line.len <= RECORD_NAME_MAX && record_name_continues(rest)
			  : record_name_valid(line);

	if (!valid || !ascends(*last, line, same))
		s->odd = true;
	*last = line;
	s->count++;
}

/* Keeps the start of a line whose end is in the next piece. */
static void scan_part(struct ledger_scan *s, struct view text)
{
	if (text.len > RECORD_NAME_MAX - s->part_len) {
		s->odd = true; /* longer than any name */
		return;
	}
	memcpy(s->part + s->part_len, text.ptr, text.len);
	s->part_len += text.len;
}

void ledger_scan_add(struct ledger_scan *s, struct view piece)
{
	struct view last = view_make(s->newest, s->newest_len), rest = piece, line;
	char part[RECORD_NAME_MAX + 1];

	while (!s->odd && view_line(&rest, &line)) {
		bool ended = line.ptr + line.len < piece.ptr + piece.len;
		if (!ended || s->part_len)
			scan_part(s, line);
		if (!ended || s->odd)
			break;
		if (s->part_len) {
			memcpy(part, s->part, s->part_len);
			line = view_make(part, s->part_len);
			s->part_len = 0;
		}
		scan_line(s, &last, line);
	}
	if (s->odd || last.ptr == s->newest)
		return;
	memcpy(s->newest, last.ptr, last.len);
	s->newest[last.len] = '\0';
	s->newest_len = last.len;
}

bool ledger_scan_plain(const struct ledger_scan *s)
{
	return !s->odd && s->part_len == 0;
}

void ledger_release(struct ledger *l)
{
	map_release(&l->index);
	free(l->names.items);
	free(l->text);
	*l = (struct ledger){0};
}

void ledger_append_line(struct str *text, const char *name)
{
	if (text->len && text->ptr[text->len - 1] != '\n')
		str_putc(text, '\n');
	str_puts(text, name);
	str_putc(text, '\n');
}
