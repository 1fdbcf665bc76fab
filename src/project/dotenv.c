/* Reads assignments from .env files and expands the variables in them. */
#include "project/dotenv.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"

#include "base/banned.h"

#define KEY_VARIABLE "XATA_API_KEY"
#define EXPAND_DEPTH 16 /* nested references; deeper, or circular, ones give nothing */
/*
 * Bytes that all values of one file have together: a few characters a line multiply them, as
 * nesting multiplies the references that are followed.
 */
#define EXPANDED_MAX (64 * DOTENV_VALUE_MAX)

void dotenv_release(struct dotenv *d)
{
	for (size_t i = 0; i < d->len; i++) {
		free(d->items[i].name);
		secret_free(d->items[i].value);
	}
	free(d->items);
	map_release(&d->index);
	*d = (struct dotenv){0};
}

const struct dotenv_var *dotenv_get(const struct dotenv *d, const char *name)
{
	size_t at;

	return map_get(&d->index, name, &at) ? &d->items[at] : NULL;
}

/* Takes value. The last assignment of a file counts. */
static void put(struct dotenv *d, struct view name, char *value, const char *file)
{
	AUTO_FREE char *key = view_dup(name);
	size_t at;

	if (d->items && map_get(&d->index, key, &at)) {
		secret_free(d->items[at].value);
		d->items[at].value = value;
		return;
	}
	if (!d->items || d->len == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 16;
		d->items = xrealloc(d->items, d->cap, sizeof *d->items);
	}
	d->items[d->len] = (struct dotenv_var){.name = steal(&key), .value = value, .file = file};
	map_add(&d->index, d->items[d->len].name, d->len);
	d->len++;
}

/* ---- the grammar */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct view *in)
{
	while (in->len && is_blank(in->ptr[0]))
		*in = view_make(in->ptr + 1, in->len - 1);
}

static struct view take_name(struct view *in)
{
	size_t len = 0;

	while (len < in->len && is_name_char(in->ptr[len]))
		len++;
	struct view name = view_make(in->ptr, len);
	*in = view_make(in->ptr + len, in->len - len);
	return name;
}

/* "[export] NAME =" or "[export] NAME: "; false when the line is no assignment. */
static bool take_assignment(struct view *in, struct view *name)
{
	skip_blanks(in);
	*name = take_name(in);
	if (view_is(*name, "export") && in->len && is_blank(in->ptr[0])) {
		struct view after = *in;
		skip_blanks(&after);
		struct view second = take_name(&after);
		if (second.len) { /* else "export =" assigns to that very name */
			*name = second;
			*in = after;
		}
	}
	struct view at = *in;
	skip_blanks(&at);
	if (name->len && at.len && at.ptr[0] == '=') {
		*in = view_make(at.ptr + 1, at.len - 1);
		return true;
	}
	bool colon = name->len && in->len > 1 && in->ptr[0] == ':' && is_blank(in->ptr[1]);
	if (colon)
		*in = view_make(in->ptr + 1, in->len - 1);
	return colon;
}

/* Whether only blanks and a comment are left of the line. */
static bool rest_is_empty(struct view in)
{
	skip_blanks(&in);
	return in.len == 0 || in.ptr[0] == '\n' || in.ptr[0] == '\r' || in.ptr[0] == '#';
}

/* A quoted value, which may span lines; a quote after a backslash does not end it. */
static bool take_quoted(struct view *in, struct view *value)
{
	struct view at = *in;

	skip_blanks(&at);
	if (at.len < 2 || !strchr("'\"`", at.ptr[0]))
		return false;
	for (size_t i = 1; i < at.len; i++) {
		if (at.ptr[i] == '\\' && i + 1 < at.len && at.ptr[i + 1] == at.ptr[0]) {
			i++;
			continue;
		}
		if (at.ptr[i] != at.ptr[0])
			continue;
		struct view rest = view_make(at.ptr + i + 1, at.len - i - 1);
		if (!rest_is_empty(rest))
			return false;
		*value = view_make(at.ptr, i + 1);
		*in = rest;
		return true;
	}
	return false;
}

static struct view take_bare(struct view *in)
{
	size_t len = 0;

	while (len < in->len && !strchr("#\r\n", in->ptr[len]))
		len++;
	struct view value = view_trim(view_make(in->ptr, len));
	*in = view_make(in->ptr + len, in->len - len);
	return value;
}

/* Without its quotes; with double quotes, \n and \r become what they mean. CRLF becomes LF. */
static char *unquote(struct view v)
{
	bool escapes = v.len && v.ptr[0] == '"';
	struct str out = {.max = DOTENV_FILE_MAX + 1};

	if (v.len > 1 && strchr("'\"`", v.ptr[0]) && v.ptr[v.len - 1] == v.ptr[0])
		v = view_make(v.ptr + 1, v.len - 2);
	for (size_t i = 0; i < v.len; i++) {
		char next = i + 1 < v.len ? v.ptr[i + 1] : '\0';
		if (v.ptr[i] == '\r') {
			i += next == '\n';
			str_putc(&out, '\n');
		} else if (escapes && v.ptr[i] == '\\' && (next == 'n' || next == 'r')) {
			str_putc(&out, next == 'n' ? '\n' : '\r');
			i++;
		} else {
			str_putc(&out, v.ptr[i]);
		}
	}
	char *text = out.len ? str_steal(&out) : xstrdup("");
	str_release(&out);
	return text;
}

static void skip_line(struct view *in)
{
	size_t len = 0;

	while (len < in->len && in->ptr[len] != '\n' && in->ptr[len] != '\r')
		len++;
	if (len < in->len)
		len++;
	*in = view_make(in->ptr + len, in->len - len);
}

static void parse_file(struct dotenv *d, struct view in, const char *file)
{
	if (view_starts(in, "\xef\xbb\xbf"))
		in = view_make(in.ptr + 3, in.len - 3);
	while (in.len) {
		struct view name, value;
		if (take_assignment(&in, &name)) {
			if (!take_quoted(&in, &value))
				value = take_bare(&in);
			put(d, name, unquote(value), file);
		}
		skip_line(&in);
	}
}

/* ---- the expansion */

struct expansion {
	const struct dotenv *before; /* earlier files */
	const struct dotenv *raw;    /* this file, not expanded */
	struct str *out;
	long references; /* so far, in the whole file */
};

static void expand(struct expansion *x, struct view value, int depth);

static bool is_word(char c)
{
	return is_name_char(c) && c != '-' && c != '.';
}

/*
 * Puts the value of a variable; false when it is unset or empty. The user's own key goes into no
 * other setting: a project could have it shown, or sent, as the name of a branch.
 */
static bool put_variable(struct expansion *x, struct view name, int depth)
{
	AUTO_FREE char *key = view_dup(name);
	const char *real = getenv(key);

	if (++x->references > DOTENV_REFERENCES_MAX)
		x->out->failed = true;
	if (real && str_eq(key, KEY_VARIABLE))
		return false;
	if (real) {
		str_puts(x->out, real);
		return *real;
	}
	const struct dotenv_var *var = dotenv_get(x->before, key);
	if (var) {
		str_puts(x->out, var->value);
		return *var->value;
	}
	var = dotenv_get(x->raw, key);
	if (!var || depth >= EXPAND_DEPTH)
		return false;
	size_t was = x->out->len;
	expand(x, view_of(var->value), depth + 1);
	return x->out->len > was;
}

/* The length up to the brace that closes a reference, counting nested ones; 0 without one. */
static size_t closing_brace(struct view v)
{
	size_t open = 0;

	for (size_t i = 0; i < v.len; i++) {
		if (v.ptr[i] == '\\')
			i++;
		else if (v.ptr[i] == '{')
			open++;
		else if (v.ptr[i] == '}' && open-- == 0)
			return i;
	}
	return 0;
}

/* v is what follows a "$"; gives how much of it the reference was, 0 when it is none. */
static size_t expand_reference(struct expansion *x, struct view v, int depth)
{
	bool brace = v.len && v.ptr[0] == '{';
	size_t start = brace, end = start;

	while (end < v.len && is_word(v.ptr[end]))
		end++;
	struct view name = view_make(v.ptr + start, end - start);
	if (name.len == 0)
		return 0;
	if (!brace) {
		put_variable(x, name, depth);
		return end;
	}
	struct view rest = view_make(v.ptr + end, v.len - end);
	if (rest.len && rest.ptr[0] == '}') {
		put_variable(x, name, depth);
		return end + 1;
	}
	size_t close = closing_brace(rest);
	if (close < 2 || !view_starts(rest, ":-"))
		return 0;
	if (!put_variable(x, name, depth) && depth < EXPAND_DEPTH)
		expand(x, view_make(rest.ptr + 2, close - 2), depth + 1);
	return end + close + 1;
}

static void expand(struct expansion *x, struct view v, int depth)
{
	for (size_t i = 0; i < v.len && str_ok(x->out);) {
		if (v.ptr[i] == '\\' && i + 1 < v.len && v.ptr[i + 1] == '$') {
			str_putc(x->out, '$');
			i += 2;
			continue;
		}
		size_t used = 0;
		if (v.ptr[i] == '$')
			used = expand_reference(x, view_make(v.ptr + i + 1, v.len - i - 1), depth);
		if (used == 0)
			str_putc(x->out, v.ptr[i]);
		i += used + 1;
	}
}

int dotenv_parse(struct dotenv *d, struct view text, const char *file, struct error *err)
{
	AUTO_VALUE(dotenv) raw = {0};

	if (text.len && memchr(text.ptr, '\0', text.len))
		return fail(err, E_INVALID, "\"%s\" has a NUL character in it", file);
	parse_file(&raw, text, file);
	AUTO_VALUE(dotenv) expanded = {0};
	struct expansion x = {.before = d, .raw = &raw};
	size_t total = 0;
	for (size_t i = 0; i < raw.len; i++) {
		AUTO_STR value = {.max = DOTENV_VALUE_MAX};
		x.out = &value;
		if (getenv(raw.items[i].name) || dotenv_get(d, raw.items[i].name))
			continue;
		expand(&x, view_of(raw.items[i].value), 0);
		total += value.len;
		if (!str_ok(&value) || total > EXPANDED_MAX)
			return fail(err, E_LIMIT,
				    "\"%s\": the value of \"%s\" is over %zu bytes, or follows too "
				    "many references",
				    file, raw.items[i].name, DOTENV_VALUE_MAX);
		put(&expanded, view_of(raw.items[i].name), xstrdup(str_cstr(&value)), file);
	}
	for (size_t i = 0; i < expanded.len; i++)
		put(d, view_of(expanded.items[i].name), steal(&expanded.items[i].value), file);
	return 0;
}

int dotenv_load(struct dotenv *d, int dir, const char *file, struct error *err)
{
	AUTO_STR text = {0};
	struct error why = {0};
	int rc = fs_read(&text, dir, file, DOTENV_FILE_MAX, &why);

	/* ".env" is also a favourite name for the folder of a Python environment. */
	if (rc == E_NOTFOUND || rc == E_INVALID)
		return 0;
	if (rc < 0) {
		if (err && err->code == E_OK)
			*err = why;
		return rc;
	}
	rc = dotenv_parse(d, str_view(&text), file, err);
	if (text.ptr)
		explicit_bzero(text.ptr, text.len);
	return rc;
}
