/*
 * What raw SQL may have done to the logical schema, judged by the words in it.
 *
 * SQL is not parsed. A statement that removes or renames makes unsure what it names; one that
 * creates makes unsure whether what records removed is back. Text that is put together at run time,
 * or that removes what it does not name, makes everything unsure.
 */
#include <string.h>

#include "ledger/schema_impl.h"

#include "base/banned.h"

enum sql_verbs {
	SQL_REMOVES = 1,
	SQL_CREATES = 2,
	SQL_DYNAMIC = 4,
	SQL_WHOLE = 8, /* cascade, drop schema, drop owned */
};

static bool is_word_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || c >= 0x80;
}

bool sql_next_word(const char **at, char out[SQL_WORD_MAX])
{
	const char *p = *at;
	size_t len = 0;

	while (*p && *p != '"' && !is_word_byte((unsigned char)*p))
		p++;
	bool quoted = *p == '"';
	if (quoted)
		p++;
	for (; *p && (quoted ? *p != '"' : is_word_byte((unsigned char)*p)); p++)
		if (len < SQL_WORD_MAX - 1)
			out[len++] = *p;
	out[len] = '\0';
	if (quoted && *p == '"')
		p++;
	bool more = p != *at && (len || *p);
	*at = p;
	return more;
}

void sql_lower(char *word)
{
	for (; *word; word++)
		if (*word >= 'A' && *word <= 'Z')
			*word = (char)(*word - 'A' + 'a');
}

static unsigned verb_of(const char *word)
{
	static const struct {
		const char *word;
		unsigned verb;
	} rows[] = {
		{"drop", SQL_REMOVES},	 {"rename", SQL_REMOVES | SQL_CREATES},
		{"create", SQL_CREATES}, {"add", SQL_CREATES},
		{"into", SQL_CREATES},	 {"cascade", SQL_WHOLE},
		{"schema", SQL_WHOLE},	 {"owned", SQL_WHOLE},
		{"call", SQL_DYNAMIC},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].word, word) == 0)
			return rows[i].verb;
	return 0;
}

/* "execute" runs a text, except in a trigger's "execute function f()". */
static unsigned verbs_of(const char *sql)
{
	char word[SQL_WORD_MAX];
	unsigned verbs = 0;
	bool execute = false;

	while (sql_next_word(&sql, word)) {
		sql_lower(word);
		bool is_call = strcmp(word, "function") == 0 || strcmp(word, "procedure") == 0;
		if (execute && !is_call)
			verbs |= SQL_DYNAMIC;
		execute = strcmp(word, "execute") == 0;
		verbs |= verb_of(word);
	}
	return execute ? verbs | SQL_DYNAMIC : verbs;
}

static void doubt(struct schema *s, struct schema_entry *e, unsigned verbs)
{
	if (!e || e->unsure || !(verbs & (e->present ? SQL_REMOVES : SQL_CREATES)))
		return;
	schema_touch(s, e);
	e->unsure = true;
}

static void doubt_space(struct schema *s, const struct schema_space *space)
{
	for (size_t i = 0; i < space->all_len; i++)
		doubt(s, space->all[i], SQL_REMOVES | SQL_CREATES);
}

static void doubt_everything(struct schema *s)
{
	doubt_space(s, &s->tables);
	doubt_space(s, &s->indexes);
	for (struct schema_entry *t = s->tables.first; t; t = t->next) {
		doubt_space(s, &t->table->columns);
		doubt_space(s, &t->table->constraints);
	}
}

/* What of a table the text names. */
static void doubt_in_table(struct schema *s, const struct schema_table *t, const char *sql,
			   unsigned verbs)
{
	char word[SQL_WORD_MAX];

	while (sql_next_word(&sql, word)) {
		doubt(s, schema_find(&t->columns, word), verbs);
		doubt(s, schema_find(&t->constraints, word), verbs);
		sql_lower(word);
		doubt(s, schema_find(&t->columns, word), verbs);
		doubt(s, schema_find(&t->constraints, word), verbs);
	}
}

#define TABLES_MAX 64 /* tables looked into for one statement: each costs a pass over its text */

/* Doubts what word names; false when the statement names too many tables to look into each. */
static bool doubt_named(struct schema *s, struct map *tables, const char *word, const char *sql,
			unsigned verbs)
{
	struct schema_entry *t = schema_find(&s->tables, word);

	doubt(s, schema_find(&s->indexes, word), verbs);
	doubt(s, t, verbs);
	if (!t || !t->present || !map_add(tables, t->name, 0))
		return true;
	if (tables->len > TABLES_MAX)
		return false;
	doubt_in_table(s, t->table, sql, verbs);
	return true;
}

static bool doubt_all_named(struct schema *s, const char *sql, unsigned verbs)
{
	AUTO_VALUE(map) tables = {0};
	const char *at = sql;
	char word[SQL_WORD_MAX];

	while (sql_next_word(&at, word)) {
		if (!doubt_named(s, &tables, word, sql, verbs))
			return false;
		sql_lower(word);
		if (!doubt_named(s, &tables, word, sql, verbs))
			return false;
	}
	return true;
}

void schema_apply_sql(struct schema *s, const char *sql)
{
	unsigned verbs = verbs_of(sql);
	bool whole = (verbs & SQL_DYNAMIC) || ((verbs & SQL_WHOLE) && (verbs & SQL_REMOVES));

	schema_set_format(s, s->format, true);
	if (whole || (verbs && !doubt_all_named(s, sql, verbs)))
		doubt_everything(s);
}
