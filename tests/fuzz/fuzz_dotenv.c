/*
 * .env files: names and values stay within the grammar and its limits, the user's own key gets into
 * no other variable, a file read twice changes nothing, and what is written in quotes reads back.
 */
#include "fuzz/fuzz.h"
#include "project/dotenv.h"

#define SECRET "xau_7b1f0cUseOfThisKeyOutsideIsALeak"

static void check_values(const struct dotenv *d)
{
	for (size_t i = 0; i < d->len; i++) {
		const struct dotenv_var *v = &d->items[i];
		MUST(*v->name && strlen(v->value) <= DOTENV_VALUE_MAX);
		MUST(!getenv(v->name));
		MUST(dotenv_get(d, v->name) == v);
	}
}

/* A quote that can hold the value, or 0. */
static char quote_for(const char *value)
{
	size_t len = strlen(value);

	if (strchr(value, '\r') || (len && value[len - 1] == '\\'))
		return 0;
	return !strchr(value, '\'') ? '\'' : !strchr(value, '`') ? '`' : 0;
}

static bool put_quoted(struct str *out, const struct dotenv_var *v)
{
	char quote = quote_for(v->value);

	if (!quote)
		return false;
	str_printf(out, "%s=%c", v->name, quote);
	for (const char *p = v->value; *p; p++) {
		if (*p == '$')
			str_putc(out, '\\');
		str_putc(out, *p);
	}
	str_printf(out, "%c # a comment\n", quote);
	return true;
}

static void check_written(const struct dotenv *d)
{
	AUTO_VALUE(dotenv) again = {0};
	AUTO_STR text = {0};
	struct error err = {0};
	size_t put = 0;

	for (size_t i = 0; i < d->len; i++)
		put += put_quoted(&text, &d->items[i]);
	MUST(dotenv_parse(&again, str_view(&text), ".env", &err) == 0);
	MUST(again.len == put);
	for (size_t i = 0; i < again.len; i++)
		MUST(str_eq(again.items[i].value, dotenv_get(d, again.items[i].name)->value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);
	AUTO_VALUE(dotenv) d = {0};
	struct error err = {0};

	setenv("XATA_API_KEY", SECRET, 1);
	bool told = size && memmem(data, size, SECRET, strlen(SECRET));
	int rc = dotenv_parse(&d, text, ".env.local", &err);
	if (rc < 0) {
		fuzz_check_error(rc, &err);
		MUST(d.len == 0);
		return 0;
	}
	check_values(&d);
	for (size_t i = 0; i < d.len; i++)
		MUST(told || !strstr(d.items[i].value, SECRET));
	size_t len = d.len;
	MUST(dotenv_parse(&d, text, ".env", &err) == 0 && d.len == len);
	check_written(&d);
	return 0;
}
