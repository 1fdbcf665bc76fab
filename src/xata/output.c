/* Prints results, remarks, tables and the document of --json. */
#include "xata/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/banned.h"

static bool may_color(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

void output_init(struct output *o, bool json, bool quiet, bool verbose)
{
	*o = (struct output){.json = json, .quiet = quiet, .verbose = verbose};
	o->color_out = may_color(STDOUT_FILENO);
	o->color_err = may_color(STDERR_FILENO);
	o->doc = json_object();
	o->hidden = xcalloc(1, sizeof *o->hidden);
}

void output_hide(struct output *o, const char *key)
{
	AUTO_STR quoted = {0};

	if (!key || strs_has(o->hidden, key))
		return;
	strs_add(o->hidden, key);
	json_write_string(&quoted, view_of(key));
	if (quoted.len - 2 != strlen(key)) /* as --json writes it: without its quotes */
		strs_take(o->hidden, xstrndup(str_cstr(&quoted) + 1, quoted.len - 2));
}

static void forget_hidden(struct output *o)
{
	while (o->hidden->len)
		secret_free(o->hidden->items[--o->hidden->len]);
	strs_release(o->hidden);
	free(o->hidden);
	o->hidden = NULL;
}

static void mask(struct str *text, const struct output *o)
{
	for (size_t i = 0; i < o->hidden->len; i++)
		mask_secret(text->ptr, text->len, o->hidden->items[i]);
}

static const char *color_code(enum color color)
{
	static const char *const codes[] = {
		[COLOR_BOLD] = "\033[1m",    [COLOR_RED] = "\033[31m", [COLOR_GREEN] = "\033[32m",
		[COLOR_YELLOW] = "\033[33m", [COLOR_DIM] = "\033[2m",
	};
	return codes[color];
}

/* Appends text with everything but line feeds and tabs made harmless. */
static void put_lines(struct str *out, struct view text)
{
	while (text.len) {
		const char *stop = text.ptr;
		while (stop < text.ptr + text.len && *stop != '\n' && *stop != '\t')
			stop++;
		size_t n = (size_t)(stop - text.ptr);
		str_put_safe(out, view_make(text.ptr, n));
		if (n < text.len)
			str_putc(out, *stop);
		n += n < text.len;
		text = view_make(text.ptr + n, text.len - n);
	}
}

static void print(const struct output *o, FILE *f, enum color color, const char *prefix,
		  const char *fmt, va_list ap)
{
	bool colored = f == stdout ? o->color_out : o->color_err;
	AUTO_STR raw = {0};
	AUTO_STR safe = {0};

	str_vprintf(&raw, fmt, ap);
	mask(&raw, o);
	put_lines(&safe, str_view(&raw));
	bool paint = colored && color != COLOR_NONE;
	fprintf(f, "%s%s%s%s\n", paint ? color_code(color) : "", prefix, str_cstr(&safe),
		paint ? "\033[0m" : "");
}

static bool is_silent(const struct output *o)
{
	return o->json || (o->quiet && !o->answers);
}

void say(const struct output *o, const char *fmt, ...)
{
	va_list ap;

	if (is_silent(o))
		return;
	va_start(ap, fmt);
	print(o, stdout, COLOR_NONE, "", fmt, ap);
	va_end(ap);
}

void say_color(const struct output *o, enum color color, const char *fmt, ...)
{
	va_list ap;

	if (is_silent(o))
		return;
	va_start(ap, fmt);
	print(o, stdout, color, "", fmt, ap);
	va_end(ap);
}

void say_raw(const struct output *o, struct view bytes)
{
	if (!o->json && bytes.len)
		fwrite(bytes.ptr, 1, bytes.len, stdout);
}

#define PIECE ((size_t)64 << 10)

/* A JSON document to stdout, with the characters escaped that a terminal would obey. */
static void print_safe_json(struct view json)
{
	AUTO_STR safe = {0};

	while (json.len) {
		size_t n = json.len > PIECE ? utf8_cut(json.ptr, PIECE) : json.len;
		str_clear(&safe);
		str_put_safe_json(&safe, view_make(json.ptr, n));
		fwrite(str_cstr(&safe), 1, safe.len, stdout);
		json = view_make(json.ptr + n, json.len - n);
	}
}

/* A piece of one; no key is in two of them, as none is in two values. */
static void print_masked(void *ctx, struct str *piece)
{
	mask(piece, ctx);
	print_safe_json(str_view(piece));
}

static void print_piece(void *ctx, struct str *piece)
{
	say_raw_json(ctx, str_view(piece));
}

void say_raw_json(const struct output *o, struct view json)
{
	if (isatty(STDOUT_FILENO) && !o->json)
		print_safe_json(json);
	else
		say_raw(o, json);
}

void say_json(const struct output *o, const json_t *value)
{
	struct output copy = *o;

	if (o->json)
		return;
	json_write_pieces(value, JSON_FORM_PRETTY, print_piece, &copy);
	fputc('\n', stdout);
}

void note(const struct output *o, const char *fmt, ...)
{
	va_list ap;

	if (o->quiet)
		return;
	fflush(stdout);
	va_start(ap, fmt);
	print(o, stderr, COLOR_DIM, "", fmt, ap);
	va_end(ap);
}

void warn(const struct output *o, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	print(o, stderr, COLOR_YELLOW, "xata: warning: ", fmt, ap);
	va_end(ap);
}

void put_text(const struct output *o, const char *member, const char *text)
{
	if (text)
		json_put_string(o->doc, member, text);
	else
		json_put(o->doc, member, json_null());
}

#define CELL_MAX ((size_t)1000) /* bytes; names have up to 255 */

void table_cell(struct table *t, const char *text)
{
	AUTO_STR safe = {0};
	struct view v = view_of(text);

	str_put_safe(&safe, view_make(v.ptr, v.len > CELL_MAX ? utf8_cut(v.ptr, CELL_MAX) : v.len));
	if (v.len > CELL_MAX)
		str_puts(&safe, "...");
	strs_add(&t->cells, str_cstr(&safe));
}

void table_date(struct table *t, const char *rfc3339)
{
	AUTO_STR date = {0};

	if (rfc3339 && strlen(rfc3339) >= 20 && rfc3339[10] == 'T' && ends_with(rfc3339, "Z"))
		str_printf(&date, "%.10s %.8s UTC", rfc3339, rfc3339 + 11);
	table_cell(t, date.len ? str_cstr(&date) : rfc3339);
}

/* Code points: wide characters count as one, which is good enough for names. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

void table_print(const struct output *o, const struct table *t)
{
	AUTO_FREE size_t *widths = xcalloc(t->columns, sizeof *widths);

	for (size_t i = 0; i < t->cells.len; i++) {
		size_t w = width_of(t->cells.items[i]);
		if (w > widths[i % t->columns])
			widths[i % t->columns] = w;
	}
	for (size_t i = 0; i + t->columns <= t->cells.len; i += t->columns) {
		AUTO_STR line = {0};
		for (size_t c = 0; c < t->columns; c++) {
			const char *cell = t->cells.items[i + c];
			str_puts(&line, cell);
			if (c + 1 < t->columns)
				str_printf(&line, "%*s", (int)(widths[c] - width_of(cell) + 2), "");
		}
		struct view v = view_trim(str_view(&line));
		say_color(o, i == 0 ? COLOR_BOLD : COLOR_NONE, "%.*s", (int)v.len, v.ptr);
	}
}

void table_release(struct table *t)
{
	strs_release(&t->cells);
}

static void print_labelled(const struct output *o, enum color color, const char *label,
			   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(o, stderr, color, label, fmt, ap);
	va_end(ap);
}

static void print_error(const struct output *o, const struct error *err)
{
	print_labelled(o, COLOR_RED, "xata: error: ", "%s", err->msg);
	if (err->hint[0])
		print_labelled(o, COLOR_NONE, "xata: hint: ", "%s", err->hint);
}

/* A message may quote bytes from outside that are not UTF-8, which JSON cannot hold. */
static json_t *json_safe_string(const char *text)
{
	AUTO_STR safe = {0};

	if (utf8_valid(view_of(text)))
		return json_string(text);
	str_put_safe(&safe, view_of(text));
	return json_string(str_cstr(&safe));
}

static void write_document(const struct output *o, const char *command, int rc,
			   const struct error *err)
{
	struct output copy = *o;
	AUTO_JSON *doc = json_object();

	json_put_string(doc, "command", command);
	json_put(doc, "ok", json_boolean(rc >= 0));
	json_put(doc, "exitStatus", json_integer(error_exit_status(rc)));
	json_object_update(doc, o->doc);
	if (rc < 0) {
		json_t *e = json_object();
		json_put_string(e, "code", error_name(rc));
		json_put(e, "message", json_safe_string(err->msg));
		json_put(e, "hint", err->hint[0] ? json_safe_string(err->hint) : json_null());
		json_put(doc, "error", e);
	}
	json_write_pieces(doc, JSON_FORM_PRETTY, print_masked, &copy);
	fputc('\n', stdout);
}

/* Whether stdout is a pipe that nobody reads any more. */
static bool reader_is_gone(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

int output_finish(struct output *o, const char *command, int rc, const struct error *err)
{
	struct error none = {.code = E_INTERNAL, .msg = "a failure without a message"};

	if (rc < 0 && err->code == E_OK)
		err = &none;
	if (o->json)
		write_document(o, command, rc, err);
	json_decref(o->doc);
	o->doc = NULL;
	errno = 0;
	/* A full disk or a closed pipe behind stdout must not look like success. */
	bool lost = fflush(stdout) != 0 || ferror(stdout);
	if (rc < 0) {
		print_error(o, err);
	} else if (lost) {
		struct error e = {0};
		rc = fail_sys(&e, errno ? errno : EIO, "could not write the result");
		/* "xata log | head" has what it wanted; the status alone tells that it was cut. */
		if (!reader_is_gone())
			print_error(o, &e);
	}
	forget_hidden(o);
	return error_exit_status(rc);
}
