/* Collects findings, makes them safe to print and counts them by level. */
#include "ledger/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#include "base/banned.h"

#define FINDING_TEXT_MAX 2048 /* bytes of a message, before it is made safe */

#define FINDING_ROW(id, name, level) [id] = {name, level},
static const struct {
	const char *name;
	enum finding_level level;
} kinds[] = {FINDING_KINDS(FINDING_ROW)};

const char *finding_name(enum finding_kind kind)
{
	return kinds[kind].name;
}

enum finding_level finding_level(enum finding_kind kind)
{
	return kinds[kind].level;
}

const char *finding_level_name(enum finding_level level)
{
	switch (level) {
	case FINDING_UNSEALED:
		return "unsealed";
	case FINDING_COSMETIC:
		return "cosmetic";
	case FINDING_ERROR:
		break;
	}
	return "error";
}

static char *safe_text(const char *text)
{
	AUTO_STR safe = {.max = (size_t)8 * FINDING_TEXT_MAX};

	str_put_safe(&safe, view_of(text));
	return str_ok(&safe) ? str_steal(&safe) : xstrdup("(text too long)");
}

static void count(struct findings *f, enum finding_level level)
{
	switch (level) {
	case FINDING_ERROR:
		f->errors++;
		break;
	case FINDING_UNSEALED:
		f->unsealed++;
		break;
	case FINDING_COSMETIC:
		f->cosmetic++;
		break;
	}
}

void findings_add(struct findings *f, enum finding_kind kind, const char *file, long line,
		  const char *advice, const char *fmt, ...)
{
	char message[FINDING_TEXT_MAX];
	va_list ap;

	count(f, finding_level(kind));
	if (f->len == FINDINGS_MAX)
		return;
	if (f->len == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 8;
		f->items = xrealloc(f->items, f->cap, sizeof *f->items);
	}
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	f->items[f->len++] = (struct finding){.kind = kind,
					      .file = safe_text(file),
					      .line = line,
					      .message = safe_text(message),
					      .hint = safe_text(advice)};
}

void findings_copy(struct findings *to, const struct findings *from)
{
	size_t listed[3] = {0};

	for (size_t i = 0; i < from->len; i++) {
		const struct finding *f = &from->items[i];
		findings_add(to, f->kind, f->file, f->line, f->hint, "%s", f->message);
		listed[finding_level(f->kind)]++;
	}
	to->errors += from->errors - listed[FINDING_ERROR];
	to->unsealed += from->unsealed - listed[FINDING_UNSEALED];
	to->cosmetic += from->cosmetic - listed[FINDING_COSMETIC];
}

void findings_release(struct findings *f)
{
	for (size_t i = 0; i < f->len; i++) {
		free(f->items[i].file);
		free(f->items[i].message);
		free(f->items[i].hint);
	}
	free(f->items);
	*f = (struct findings){0};
}
