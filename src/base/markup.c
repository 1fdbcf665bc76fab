/* Escapes text for Markdown and for the workflow commands of GitHub Actions. */
#include "base/markup.h"

#include <string.h>

#include "base/banned.h"

/* A fence of backticks has to be longer than any run of them in the text. */
static size_t longest_run(struct view text)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < text.len; i++) {
		run = text.ptr[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void put_fence(struct str *out, size_t len)
{
	while (len-- > 0)
		str_putc(out, '`');
}

void str_put_markdown_code(struct str *out, struct view text, size_t max)
{
	AUTO_STR safe = {0};
	size_t len = text.len > max ? utf8_cut(text.ptr, max) : text.len;

	if (text.len == 0)
		return;
	str_put_safe(&safe, view_make(text.ptr, len));
	if (len < text.len)
		str_puts(&safe, "…");
	struct view v = str_view(&safe);
	size_t fence = longest_run(v) + 1;
	/* A blank on both sides is taken away again, and keeps backticks off the fence. */
	bool padded = v.len && (v.ptr[0] == '`' || v.ptr[v.len - 1] == '`' || v.ptr[0] == ' ' ||
				v.ptr[v.len - 1] == ' ');
	put_fence(out, fence);
	str_puts(out, padded ? " " : "");
	str_putv(out, v);
	str_puts(out, padded ? " " : "");
	put_fence(out, fence);
}

static void put_escaped(struct str *out, struct view text, const char *special)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c && strchr(special, c))
			str_printf(out, "%%%02X", c);
		else
			str_putc(out, (char)c);
	}
}

void str_put_workflow_data(struct str *out, struct view text)
{
	put_escaped(out, text, "%\r\n");
}

void str_put_workflow_property(struct str *out, struct view text)
{
	put_escaped(out, text, "%\r\n:,");
}

void workflow_defuse(char *text)
{
	while ((text = strstr(text, "##[")))
		text[2] = '(';
}
