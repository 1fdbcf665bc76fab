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
		ascii_lower(word);
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
	schema_work(s, 1 + space->all_len);
	for (size_t i = 0; i < space->all_len; i++)
		doubt(s, space->all[i], SQL_REMOVES | SQL_CREATES);
}

static void doubt_everything(struct schema *s)
{
	if (s->all_unsure)
		return;
	doubt_space(s, &s->tables);
	doubt_space(s, &s->indexes);
	for (struct schema_entry *t = s->tables.first; t; t = t->next) {
		doubt_space(s, &t->table->columns);
		doubt_space(s, &t->table->constraints);
	}
	s->all_unsure = true;
}

/* The words of a text, each once, and as PostgreSQL reads it without quotes. */
struct sql_words {
	struct strs list;
	struct map set;
};

static void sql_words_release(struct sql_words *w)
{
	map_release(&w->set);
	strs_release(&w->list);
}
AUTO_VALUE_DEFINE(sql_words)

static void add_word(struct sql_words *w, const char *word)
{
	if (map_get(&w->set, word, NULL))
		return;
	strs_add(&w->list, word);
	map_add(&w->set, w->list.items[w->list.len - 1], 0);
}

static void collect_words(struct sql_words *w, const char *sql)
{
	char word[SQL_WORD_MAX];

	while (sql_next_word(&sql, word)) {
		add_word(w, word);
		ascii_lower(word);
		add_word(w, word);
	}
}

/* What of a space the text names: words or entries are gone through, whichever are fewer. */
static void doubt_named(struct schema *s, const struct schema_space *space,
			const struct sql_words *words, unsigned verbs)
{
	if (words->list.len < space->all_len) {
		schema_work(s, words->list.len);
		for (size_t i = 0; i < words->list.len; i++)
			doubt(s, schema_find(space, words->list.items[i]), verbs);
		return;
	}
	schema_work(s, space->all_len);
	for (size_t i = 0; i < space->all_len; i++)
		if (map_get(&words->set, space->all[i]->name, NULL))
			doubt(s, space->all[i], verbs);
}

#define TABLES_MAX 64 /* tables looked into for one statement: one that names more is over all */

/* False when the statement names too many tables to look into each. */
static bool doubt_all_named(struct schema *s, const struct sql_words *words, unsigned verbs)
{
	size_t tables = 0;

	doubt_named(s, &s->indexes, words, verbs);
	for (size_t i = 0; i < words->list.len; i++) {
		struct schema_entry *t = schema_find(&s->tables, words->list.items[i]);
		doubt(s, t, verbs);
		if (!t || !t->present)
			continue;
		if (++tables > TABLES_MAX)
			return false;
		doubt_named(s, &t->table->columns, words, verbs);
		doubt_named(s, &t->table->constraints, words, verbs);
	}
	return true;
}

static bool doubt_named_in(struct schema *s, const char *sql, unsigned verbs)
{
	AUTO_VALUE(sql_words) words = {0};

	collect_words(&words, sql);
	return doubt_all_named(s, &words, verbs);
}

void schema_apply_sql(struct schema *s, const char *sql)
{
	unsigned verbs = verbs_of(sql);
	bool whole = (verbs & SQL_DYNAMIC) || ((verbs & SQL_WHOLE) && (verbs & SQL_REMOVES));

	schema_set_format(s, s->format, true);
	if (whole || (verbs && !doubt_named_in(s, sql, verbs)))
		doubt_everything(s);
}
