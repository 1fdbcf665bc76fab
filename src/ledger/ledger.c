/* Reads and extends the text of `.ledger`. */
#include "ledger/ledger.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define LEDGER_FILE ".ledger"
#define SHOWN_MAX 100 /* bytes of a bad line that a message shows */

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

static void add_name(struct ledger *l, struct view name, long line, struct findings *findings)
{
	size_t at;

	if (!record_name_valid(name)) {
		if (findings)
			findings_add(findings, FIND_BAD_NAME, LEDGER_FILE, line,
				     "Remove the line, or restore the ledger from Git.",
				     "line %ld, \"%.*s\", cannot be the name of a record", line,
				     (int)(name.len < SHOWN_MAX ? name.len : SHOWN_MAX), name.ptr);
		return;
	}
	char *text = view_dup(name);
	if (map_add(&l->index, text, l->names.len)) {
		strs_take(&l->names, text);
		return;
	}
	if (findings && map_get(&l->index, text, &at))
		findings_add(findings, FIND_DUPLICATE_LINE, LEDGER_FILE, line,
			     "Remove one of the two lines.",
			     "line %ld repeats \"%s\", which is record %zu of the ledger", line,
			     text, at + 1);
	free(text);
}

static void report_cosmetics(const struct cosmetics *c, struct findings *findings)
{
	if (c->crlf)
		findings_add(findings, FIND_CRLF, LEDGER_FILE, c->crlf_line,
			     "Keep Git from changing line ends with a .gitattributes line such as "
			     "\".xata/migrations/** -text\".",
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
	struct view rest = text, line;
	long number = 0;

	*l = (struct ledger){0};
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

void ledger_release(struct ledger *l)
{
	map_release(&l->index);
	strs_release(&l->names);
}

void ledger_append_line(struct str *text, const char *name)
{
	if (text->len && text->ptr[text->len - 1] != '\n')
		str_putc(text, '\n');
	str_puts(text, name);
	str_putc(text, '\n');
}
