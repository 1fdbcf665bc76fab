/* One line for people about an operation; every text in it is made safe for a terminal. */
#include <string.h>

#include "ledger/operation_impl.h"

#include "base/banned.h"

#define SQL_SHOWN 60 /* characters of a statement, about */

static void put_safe(struct str *out, const char *text)
{
	str_put_safe(out, view_of(text ? text : "?"));
}

/* ---- columns */

/* Items of a list in parentheses: " (a, b)". */
struct list {
	struct str *out;
	bool open;
};

static void item(struct list *l, const char *before, const char *text)
{
	str_puts(l->out, l->open ? ", " : " (");
	l->open = true;
	str_puts(l->out, before);
	if (text)
		put_safe(l->out, text);
}

static void end(struct list *l)
{
	if (l->open)
		str_putc(l->out, ')');
}

void detail_v1_column(struct str *out, const json_t *body)
{
	const json_t *column = json_object_get(body, "column");
	const json_t *dimension = json_object_get(json_object_get(column, "vector"), "dimension");
	const char *type = json_text(column, "type");
	const char *target = json_text(json_object_get(column, "link"), "table");
	const char *value = json_text(column, "defaultValue");
	struct list l = {.out = out};

	if (!type)
		return;
	item(&l, "", type);
	if (target)
		str_puts(out, " to ");
	if (target)
		put_safe(out, target);
	if (json_is_integer(dimension))
		str_printf(out, " %" JSON_INTEGER_FORMAT, json_integer_value(dimension));
	if (json_is_true(json_object_get(column, "notNull")))
		item(&l, "not null", NULL);
	if (json_is_true(json_object_get(column, "unique")))
		item(&l, "unique", NULL);
	if (value && *value)
		item(&l, "default ", value);
	end(&l);
}

static void put_references(struct list *l, const json_t *references)
{
	const char *column = json_text(references, "column");

	if (!references)
		return;
	item(l, "references ", json_text(references, "table"));
	if (column) {
		str_putc(l->out, '.');
		put_safe(l->out, column);
	}
}

void detail_pgroll_column(struct str *out, const json_t *body)
{
	const json_t *column = json_object_get(body, "column");
	bool pk = json_is_true(json_object_get(column, "pk"));
	struct list l = {.out = out};

	if (!json_text(column, "type"))
		return;
	item(&l, "", json_text(column, "type"));
	if (pk)
		item(&l, "primary key", NULL);
	else if (!json_is_true(json_object_get(column, "nullable")))
		item(&l, "not null", NULL);
	if (json_is_true(json_object_get(column, "unique")))
		item(&l, "unique", NULL);
	if (json_text(column, "default"))
		item(&l, "default ", json_text(column, "default"));
	put_references(&l, json_object_get(column, "references"));
	end(&l);
}

void detail_create_table(struct str *out, const json_t *body)
{
	size_t n = json_array_size(json_object_get(body, "columns"));

	str_printf(out, " (%zu column%s)", n, n == 1 ? "" : "s");
}

void detail_alter_column(struct str *out, const json_t *body)
{
	const json_t *nullable = json_object_get(body, "nullable");
	const json_t *value = json_object_get(body, "default");
	struct list l = {.out = out};

	if (json_text(body, "name")) {
		str_puts(out, " -> ");
		put_safe(out, json_text(body, "name"));
	}
	if (json_text(body, "type"))
		item(&l, "type ", json_text(body, "type"));
	if (json_is_boolean(nullable))
		item(&l, json_is_true(nullable) ? "nullable" : "not null", NULL);
	if (json_object_get(body, "unique"))
		item(&l, "unique", NULL);
	if (json_object_get(body, "check"))
		item(&l, "check ", json_text(json_object_get(body, "check"), "constraint"));
	put_references(&l, json_object_get(body, "references"));
	if (json_is_string(value))
		item(&l, "default ", json_string_value(value));
	else if (value)
		item(&l, "no default", NULL);
	if (json_object_get(body, "comment"))
		item(&l, "comment", NULL);
	end(&l);
}

static void put_columns(struct list *l, const json_t *body)
{
	AUTO_JSON *names = operation_columns(json_object_get(body, "columns"));
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) item(l, "", json_string_value(name));
}

void detail_index(struct str *out, const json_t *body)
{
	struct list l = {.out = out};

	put_columns(&l, body);
	end(&l);
	if (json_is_true(json_object_get(body, "unique")))
		str_puts(out, " unique");
}

void detail_constraint(struct str *out, const json_t *body)
{
	struct list l = {.out = out};

	str_putc(out, ' ');
	put_safe(out, json_text(body, "type"));
	put_columns(&l, body);
	end(&l);
}

void detail_replica_identity(struct str *out, const json_t *body)
{
	str_putc(out, ' ');
	put_safe(out, json_text(json_object_get(body, "identity"), "type"));
}

/* White space becomes single blanks, so that a statement of many lines shows its beginning. */
void detail_sql(struct str *out, const json_t *body)
{
	const char *sql = json_text(body, "up");
	AUTO_STR line = {.max = (size_t)4 * SQL_SHOWN + 16};
	size_t shown = 0;

	sql = sql ? sql + strspn(sql, " \t\r\n") : "";
	while (*sql && shown < SQL_SHOWN) {
		size_t blank = strspn(sql, " \t\r\n");
		unsigned char next = (unsigned char)sql[blank];
		if (blank && next)
			str_putc(&line, ' ');
		sql += blank;
		/* one character of up to four bytes */
		size_t len = next < 0x80 ? 1 : next < 0xE0 ? 2 : next < 0xF0 ? 3 : 4;
		if (next)
			str_put(&line, sql, strnlen(sql, len));
		sql += strnlen(sql, len);
		shown += blank ? 2 : 1;
	}
	str_put_safe(out, str_view(&line));
	if (sql[strspn(sql, " \t\r\n")])
		str_puts(out, "…");
}

/* ---- the template of a row */

/* The text at "member" or "member.member". */
static const char *text_at(const json_t *body, struct view path)
{
	char key[64];
	const char *dot = memchr(path.ptr, '.', path.len);
	size_t len = dot ? (size_t)(dot - path.ptr) : path.len;

	if (len >= sizeof key)
		return NULL;
	memcpy(key, path.ptr, len);
	key[len] = '\0';
	if (!dot)
		return json_text(body, key);
	return text_at(json_object_get(body, key), view_make(dot + 1, path.len - len - 1));
}

static void put_template(struct str *out, const char *template, const json_t *body)
{
	for (const char *p = template; *p;) {
		size_t plain = strcspn(p, "{");
		str_put(out, p, plain);
		p += plain;
		if (!*p)
			break;
		size_t len = strcspn(++p, "}");
		put_safe(out, text_at(body, view_make(p, len)));
		p += len + 1;
	}
}

void operation_summary(struct str *out, enum record_format format, const json_t *op)
{
	const char *name = operation_name(op);
	const struct operation_kind *kind = name ? operation_kind(format, name) : NULL;

	if (!kind) {
		str_puts(out, "? ");
		put_safe(out, name);
		return;
	}
	const json_t *body = json_object_get(op, name);
	put_template(out, kind->summary, body);
	if (kind->detail)
		kind->detail(out, body);
}
