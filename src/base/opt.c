/* Parses command lines against option tables and prints their help. */
#include "base/opt.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/banned.h"

struct opt_value {
	const struct opt *opt;
	const char *value; /* NULL for a flag */
};

static const struct opt *find(const struct args *a, const char *name, size_t len, char letter)
{
	for (size_t t = 0; t < OPT_TABLES_MAX && a->tables[t]; t++)
		for (const struct opt *o = a->tables[t]; o->name; o++)
			if (letter ? o->letter == letter
				   : strlen(o->name) == len && memcmp(o->name, name, len) == 0)
				return o;
	return NULL;
}

static void add_value(struct args *a, const struct opt *o, const char *value)
{
	if (a->values_len == a->values_cap) {
		a->values_cap = a->values_cap ? a->values_cap * 2 : 8;
		a->values = xrealloc(a->values, a->values_cap, sizeof *a->values);
	}
	a->values[a->values_len++] = (struct opt_value){o, value};
}

static void add_word(struct args *a, const char *word)
{
	if (a->words_len == a->words_cap) {
		a->words_cap = a->words_cap ? a->words_cap * 2 : 8;
		a->words = xrealloc(a->words, a->words_cap, sizeof *a->words);
	}
	a->words[a->words_len++] = word;
}

#define NAME_MAX_LEN 32 /* longer words are not compared: option and command names are short */

/* Levenshtein distance in one row. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LEN + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			size_t both = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = change < both ? change : both;
		}
	}
	return row[m];
}

const char *nearest_name(const char *word, const char *const *names)
{
	const char *best = NULL;
	size_t limit = strlen(word) / 3 + 1, least = limit + 1;

	for (; *names; names++) {
		size_t d = starts_with(*names, word) && strlen(word) > 2 ? 1
									 : distance(word, *names);
		if (d < least) {
			least = d;
			best = *names;
		}
	}
	return best;
}

static int fail_unknown(const struct args *a, const char *name, struct error *err)
{
	const char *names[128];
	size_t n = 0;

	for (size_t t = 0; t < OPT_TABLES_MAX && a->tables[t]; t++)
		for (const struct opt *o = a->tables[t]; o->name && n < ARRAY_LEN(names) - 1; o++)
			names[n++] = o->name;
	names[n] = NULL;
	const char *near = nearest_name(name, names);
	int rc = fail(err, E_USAGE, "unknown option \"--%s\"", name);
	if (near)
		hint(err, "Did you mean \"--%s\"?", near);
	else
		hint(err, "Run the command with --help to see its options.");
	return rc;
}

static int fail_no_value(const struct opt *o, struct error *err)
{
	int rc = fail(err, E_USAGE, "option \"--%s\" needs a value", o->name);

	hint(err, "Write \"--%s %s\".", o->name, o->arg);
	return rc;
}

/* Whether value is one of "a|b|c"; any is where there is no choice. */
static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value), part;

	if (!strchr(choices, '|'))
		return true;
	for (;; choices += part + 1) {
		part = strcspn(choices, "|");
		if (part == len && memcmp(choices, value, len) == 0)
			return true;
		if (!choices[part])
			return false;
	}
}

static int fail_choice(const struct opt *o, const char *value, struct error *err)
{
	int rc = fail(err, E_USAGE, "option \"--%s\" cannot be \"%s\"", o->name, value);
	AUTO_STR list = {0};

	for (const char *p = o->arg; *p; p++) {
		if (*p != '|')
			str_putc(&list, *p);
		else
			str_puts(&list, strchr(p + 1, '|') ? ", " : " or ");
	}
	hint(err, "Use %s.", str_cstr(&list));
	return rc;
}

/* value: NULL for a flag. Takes an option that was found. */
static int take_option(struct args *a, const struct opt *o, const char *value, struct error *err)
{
	if (value && !is_choice(o->arg, value))
		return fail_choice(o, value, err);
	add_value(a, o, value);
	return 0;
}

/* --name, --name=value or --name value: returns how many items of argv were used, or an error. */
static int parse_long_option(struct args *a, int left, char *const *argv, struct error *err)
{
	const char *name = argv[0] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct opt *o = find(a, name, len, 0);

	if (!o) {
		AUTO_FREE char *copy = xstrndup(name, len);
		return fail_unknown(a, copy, err);
	}
	if (!o->arg && equals)
		return fail(err, E_USAGE, "option \"--%s\" takes no value", o->name);
	if (o->arg && !equals && left < 2)
		return fail_no_value(o, err);
	int rc = take_option(a, o, !o->arg ? NULL : equals ? equals + 1 : argv[1], err);
	return rc < 0 ? rc : o->arg && !equals ? 2 : 1;
}

static int parse_letters(struct args *a, int left, char *const *argv, struct error *err)
{
	for (const char *p = argv[0] + 1; *p; p++) {
		const struct opt *o = find(a, "", 0, *p);
		if (!o) {
			/* One character, which may be several bytes; not what follows: a value. */
			int bytes = 1;
			while (((unsigned char)p[bytes] & 0xC0) == 0x80)
				bytes++;
			int rc = fail(err, E_USAGE, "unknown option \"-%.*s\"", bytes, p);
			hint(err, "Run the command with --help to see its options.");
			return rc;
		}
		if (!o->arg) {
			add_value(a, o, NULL);
			continue;
		}
		if (!p[1] && left < 2)
			return fail_no_value(o, err);
		int rc = take_option(a, o, p[1] ? p + 1 : argv[1], err);
		return rc < 0 ? rc : p[1] ? 1 : 2;
	}
	return 1;
}

int args_parse(struct args *a, int argc, char *const *argv, struct error *err)
{
	for (int i = 0, used; i < argc; i += used) {
		const char *word = argv[i];
		if (strcmp(word, "--") == 0) {
			while (++i < argc)
				add_word(a, argv[i]);
			return 0;
		}
		if (starts_with(word, "--")) {
			used = parse_long_option(a, argc - i, argv + i, err);
		} else if (word[0] == '-' && word[1]) {
			used = parse_letters(a, argc - i, argv + i, err);
		} else {
			add_word(a, word);
			used = 1;
		}
		if (used < 0)
			return used;
	}
	return 0;
}

void args_release(struct args *a)
{
	free(a->values);
	free(a->words);
	*a = (struct args){0};
}

static const struct opt_value *given(const struct args *a, const char *name)
{
	const struct opt *o = find(a, name, strlen(name), 0);

	if (!o) {
		fprintf(stderr, "xata: error: option \"%s\" is in no table\n", name);
		abort();
	}
	for (size_t i = a->values_len; i > 0; i--)
		if (a->values[i - 1].opt == o)
			return &a->values[i - 1];
	return NULL;
}

bool args_has(const struct args *a, const char *name)
{
	return find(a, name, strlen(name), 0) != NULL;
}

bool args_flag(const struct args *a, const char *name)
{
	return given(a, name) != NULL;
}

const char *args_value(const struct args *a, const char *name)
{
	const struct opt_value *v = given(a, name);

	return v ? v->value : NULL;
}

int args_number(long *out, const struct args *a, const char *name, long min, long max,
		long fallback, struct error *err)
{
	const char *text = args_value(a, name);

	*out = fallback;
	if (!text || parse_long(out, text, min, max))
		return 0;
	int rc = fail(err, E_USAGE,
		      "option \"--%s\" needs a whole number from %ld to %ld, not \"%s\"", name, min,
		      max, text);
	hint(err, "Run the command with --help to see its options.");
	return rc;
}

const char *args_word(const struct args *a, size_t i)
{
	return i < a->words_len ? a->words[i] : NULL;
}

/* The n-th "<name>" of what the command takes; all of that when it names fewer ("bash|zsh"). */
static struct view expected(const char *expects, size_t n)
{
	const char *start = strchr(expects, '<');

	while (start && n-- > 0)
		start = strchr(start + 1, '<');
	const char *end = start ? strchr(start, '>') : NULL;
	return end ? view_make(start, (size_t)(end + 1 - start)) : view_of(expects);
}

static int fail_missing(const struct args *a, struct error *err)
{
	struct view name = expected(a->expects ? a->expects : "", a->words_len);

	if (name.len == 0)
		return fail(err, E_USAGE, "an argument is missing");
	return fail(err, E_USAGE, "the argument %.*s is missing", (int)name.len, name.ptr);
}

int args_count(const struct args *a, size_t min, size_t max, struct error *err)
{
	int rc = 0;

	if (a->words_len > max)
		rc = fail(err, E_USAGE, "unexpected argument \"%s\"", a->words[max]);
	else if (a->words_len < min)
		rc = fail_missing(a, err);
	if (rc == 0)
		return 0;
	if (a->command && a->expects)
		hint(err, "Write \"%s %s\"; see --help for its options.", a->command, a->expects);
	else if (a->command)
		hint(err, "\"%s\" takes no argument; see --help for its options.", a->command);
	else
		hint(err, "Run the command with --help to see its arguments.");
	return rc;
}

#define HELP_COLUMN 26
#define HELP_WIDTH 80

static void wrap(struct str *out, const char *text, size_t column)
{
	while (*text) {
		size_t len = strcspn(text, " ");
		if (column + 1 + len > HELP_WIDTH && column > HELP_COLUMN) {
			str_printf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			str_putc(out, ' ');
			column++;
		}
		str_put(out, text, len);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	str_putc(out, '\n');
}

void opt_help(struct str *out, const struct opt *table)
{
	for (const struct opt *o = table; o->name; o++) {
		size_t start = out->len;
		if (o->letter)
			str_printf(out, "  -%c, ", o->letter);
		else
			str_puts(out, "      ");
		str_printf(out, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		size_t used = out->len - start;
		if (used + 2 > HELP_COLUMN) {
			str_printf(out, "\n%*s", HELP_COLUMN, "");
		} else {
			str_printf(out, "%*s", (int)(HELP_COLUMN - used), "");
		}
		wrap(out, o->help, HELP_COLUMN);
	}
}
