/*
 * The proof of conflict detection: every pair of operations, and random pairs of histories, against
 * what applying them in both orders gives.
 */
#include "lib/unit.h"

#include "ledger/conflict.h"
#include "ledger/schema_impl.h"
#include "ledger/sites.h"
#include "unit/ledger/histories.h"

/* ---- every way to fill the templates */

struct digits {
	size_t at[16], base[16];
	size_t len, next;
};

static size_t choose_digit(void *ctx, size_t n)
{
	struct digits *d = ctx;

	assert_true(d->next < ARRAY_LEN(d->at));
	d->base[d->next] = n;
	if (d->next == d->len)
		d->at[d->len++] = 0;
	return d->at[d->next++];
}

/* The next combination; false after the last. */
static bool count_up(struct digits *d)
{
	d->next = 0;
	for (size_t i = d->len; i-- > 0;) {
		if (++d->at[i] < d->base[i])
			return true;
		d->at[i] = 0;
	}
	return false;
}

#define OPS_MAX 8000

struct ops {
	json_t *items[OPS_MAX];
	enum record_format format[OPS_MAX];
	bool vague[OPS_MAX]; /* names a column that is not there, which PostgreSQL would refuse */
	unsigned words[OPS_MAX]; /* a bit for each word of the pools that it holds */
	size_t len;
};

/* s: a copy of base, or NULL; it stays one as long as operations do not apply. */
static bool applies(struct schema **s, const struct schema *base, enum record_format format,
		    json_t *op)
{
	AUTO_JSON *list = json_pack("[O]", op);

	if (!*s)
		*s = schema_copy(base);
	if (schema_apply_operations(*s, format, list, NULL) < 0)
		return false;
	schema_free(*s);
	*s = NULL;
	return true;
}

static bool is_there(const struct schema *base, const struct site *site)
{
	const struct schema_entry *t = schema_find(&base->tables, site->table), *c;

	if (!t || !t->present)
		return false;
	c = schema_find(&t->table->columns, site->name);
	return c && c->present;
}

static bool is_vague(const struct schema *base, enum record_format format, const json_t *op)
{
	AUTO_VALUE(sites) l = {0};
	bool vague = false;

	sites_of(&l, format, op);
	for (size_t i = 0; i < l.len; i++)
		if (l.items[i].space == SITE_COLUMN && l.items[i].use == SITE_USES)
			vague = vague || !is_there(base, &l.items[i]);
	return vague;
}

static unsigned words_of(const json_t *op)
{
	AUTO_STR text = {0};
	unsigned words = 0, bit = 1;

	json_write(&text, op, JSON_FORM_COMPACT);
	for (size_t i = 0; i < ARRAY_LEN(pools); i++)
		for (size_t k = 0; k < pools[i].len; k++, bit <<= 1)
			if (strstr(str_cstr(&text), pools[i].words[k]))
				words |= bit;
	return words;
}

/*
 * How many fillings of a template are taken, evenly spread: all of v1, and of pgroll, which has
 * many kinds, a few; with XATA_TEST_LONG more: there are some 25 times as many pairs then.
 */
static size_t fillings_max(enum record_format format)
{
	if (format == RECORD_V1)
		return SIZE_MAX;
	return getenv("XATA_TEST_LONG") ? 20 : 4;
}

/*
 * How many combinations to go on by: with many of which few are taken, not all are tried. No pool
 * has 7 words, so that all words of each are met.
 */
static size_t stride_of(enum record_format format, const struct digits *d)
{
	size_t total = 1;

	for (size_t i = 0; i < d->len; i++)
		total *= d->base[i];
	return total > 200 && fillings_max(format) < 20 ? 7 : 1;
}

static bool count_up_by(struct digits *d, size_t steps)
{
	bool more = true;

	while (more && steps--)
		more = count_up(d);
	return more;
}

/* The fillings of a template that apply, as a new list. */
static json_t *fillings_of(const struct schema *base, enum record_format format,
			   const char *template)
{
	struct digits d = {0};
	json_t *found = json_array();
	AUTO(schema) *s = NULL;

	do {
		json_t *op = fill_template(template, choose_digit, &d);
		if (op && applies(&s, base, format, op))
			json_array_append(found, op);
		json_decref(op);
	} while (count_up_by(&d, stride_of(format, &d)));
	return found;
}

static void add_ops(struct ops *ops, const struct schema *base, enum record_format format)
{
	const char *const *templates = templates_of(format);

	for (size_t t = 0; templates[t]; t++) {
		AUTO_JSON *all = fillings_of(base, format, templates[t]);
		size_t total = json_array_size(all), taken = 0;
		size_t take = total < fillings_max(format) ? total : fillings_max(format);
		if (total == 0)
			unit_fail("no operation of %s applies", templates[t]);
		for (size_t n = 0; n < total; n++) {
			json_t *op = json_array_get(all, n);
			if (n * take < taken * total)
				continue;
			taken++;
			assert_true(ops->len < OPS_MAX);
			ops->format[ops->len] = format;
			ops->vague[ops->len] = is_vague(base, format, op);
			ops->words[ops->len] = words_of(op);
			ops->items[ops->len++] = json_incref(op);
		}
	}
}

static void ops_release(struct ops *ops)
{
	for (size_t i = 0; i < ops->len; i++)
		json_decref(ops->items[i]);
	ops->len = 0;
}

/* ---- the two judges */

static void count_name(json_t *counts, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(counts, name));

	json_object_set_new(counts, name, json_integer(n + 1));
}

static bool is_relation(const struct schema_entry *constraint)
{
	AUTO_JSON *def = schema_def(constraint);
	const char *type = json_string_value(json_object_get(def, "type"));

	return str_eq(type, "unique") || str_eq(type, "primary_key") || str_eq(type, "exclude");
}

/* The constraints that columns declare without a name. */
static void count_unnamed(json_t *counts, const struct schema_entry *table)
{
	for (const struct schema_entry *c = table->table->columns.first; c; c = c->next) {
		AUTO_JSON *def = c->v1 ? NULL : schema_def(c);
		const char *name = json_string_value(json_object_get(def, "unique_name"));
		if (name && json_is_true(json_object_get(def, "unique")))
			count_name(counts, name);
	}
}

/*
 * What the logical schema lets through and PostgreSQL would not: how often a name stands for a
 * table, an index or a constraint that has an index. A new reference: name -> count.
 */
static json_t *relation_counts(const struct schema *s)
{
	json_t *counts = json_object();
	const struct schema_entry *t, *c;

	for (t = s->indexes.first; t; t = t->next)
		count_name(counts, t->name);
	for (t = s->tables.first; t; t = t->next) {
		count_name(counts, t->name);
		count_unnamed(counts, t);
		for (c = t->table->constraints.first; c; c = c->next)
			if (is_relation(c))
				count_name(counts, c->name);
	}
	return counts;
}

/* Whether it holds the values of the column apart, and not of several together. */
static bool is_key(const struct schema_entry *e, const char *column)
{
	AUTO_JSON *def = schema_def(e);
	const char *type = json_string_value(json_object_get(def, "type"));
	const json_t *columns = json_object_get(def, "columns");
	bool unique = str_eq(type, "unique") || str_eq(type, "primary_key") ||
		      json_is_true(json_object_get(def, "unique"));

	return unique && json_array_size(columns) == 1 &&
	       str_eq(json_string_value(json_array_get(columns, 0)), column);
}

/* Whether anything in the table holds the values of the column apart, as far as one can tell. */
static bool has_key(const struct schema *s, const char *table, const char *column)
{
	const struct schema_entry *t = schema_find(&s->tables, table), *e;

	if (!t || !t->present)
		return false;
	if (t->table->lost_unknown)
		return true;
	const struct schema_entry *c = schema_find(&t->table->columns, column);
	AUTO_JSON *def = c && c->present && !c->v1 ? schema_def(c) : NULL;
	if (json_is_true(json_object_get(def, "pk")) ||
	    json_is_true(json_object_get(def, "unique")))
		return true;
	for (e = t->table->constraints.first; e; e = e->next)
		if (is_key(e, column))
			return true;
	for (e = s->indexes.first; e; e = e->next)
		if (str_eq(schema_target_name(e), table) && is_key(e, column))
			return true;
	return false;
}

static json_t *column_type(const struct schema *s, const char *table, const char *column)
{
	const struct schema_entry *t = schema_find(&s->tables, table), *c;
	AUTO_JSON *def = NULL;

	if (!t || !t->present)
		return NULL;
	c = schema_find(&t->table->columns, column);
	def = c && c->present && !c->v1 ? schema_def(c) : NULL;
	return json_incref(json_object_get(def, "type"));
}

/* Whether e, of the table, is a foreign key to a column without a key or of another type. */
static bool is_loose(const struct schema *s, const char *table, const struct schema_entry *e)
{
	if (!e->target)
		return false;
	AUTO_JSON *def = schema_def(e);
	const char *from = json_string_value(json_array_get(json_object_get(def, "columns"), 0));
	const char *to = json_string_value(
		json_object_get(json_object_get(def, "references"), "column"));
	if (!from || !to)
		return false;
	AUTO_JSON *one = column_type(s, table, from);
	AUTO_JSON *other = column_type(s, schema_target_name(e), to);
	return (one && other && !json_equal(one, other)) || !has_key(s, schema_target_name(e), to);
}

/* The foreign keys that PostgreSQL does not bear either. */
static size_t count_loose_keys(const struct schema *s)
{
	const struct schema_entry *t, *e;
	size_t count = 0;

	for (t = s->tables.first; t; t = t->next)
		for (e = t->table->constraints.first; e; e = e->next)
			count += is_loose(s, t->name, e);
	return count;
}

/* What one side did, with what it alone makes of the base; the schema and counts are owned. */
struct side {
	struct records records; /* borrowed */
	struct schema *after;	/* NULL: it does not apply */
	json_t *counts;		/* of the relations in it, made when they are asked for */
	size_t loose_before, loose_after;
};

static bool apply_one(struct schema *s, const struct records *l)
{
	for (size_t i = 0; i < l->len; i++)
		if (schema_apply(s, l->items[i], NULL) < 0)
			return false;
	return true;
}

static void side_init(struct side *side, const struct schema *base, struct record **items,
		      size_t len)
{
	*side = (struct side){.records = {.items = items, .len = len}};
	side->after = schema_copy(base);
	if (apply_one(side->after, &side->records)) {
		side->loose_before = count_loose_keys(base);
		side->loose_after = count_loose_keys(side->after);
		return;
	}
	schema_free(side->after);
	side->after = NULL;
}

static void side_release(struct side *side)
{
	schema_free(side->after);
	json_decref(side->counts);
	*side = (struct side){0};
}

static json_int_t count_of_one(struct side *side, const char *name)
{
	if (!side->counts)
		side->counts = side->after ? relation_counts(side->after) : json_object();
	return json_integer_value(json_object_get(side->counts, name));
}

/*
 * Whether a name stands for more than one relation in s, which both orders give, though it does so
 * on neither side alone.
 */
static bool relations_clash(const struct schema *s, struct side *a, struct side *b)
{
	AUTO_JSON *both = relation_counts(s);
	const char *name;
	json_t *count;

	json_object_foreach(both, name, count)
	{
		json_int_t n = json_integer_value(count);
		if (n > 1 && n > count_of_one(a, name) && n > count_of_one(b, name))
			return true;
	}
	return false;
}

/* Whether s, which both orders give, has more loose keys than the two sides make. */
static bool keys_are_lost(const struct schema *s, const struct side *a, const struct side *b)
{
	return count_loose_keys(s) + a->loose_before > a->loose_after + b->loose_after;
}

/* Equal schemas, and equal in what the API shows. */
static bool same_pictures(const struct schema *ab, const struct schema *ba)
{
	AUTO_JSON *x = schema_picture(ab);
	AUTO_JSON *y = schema_picture(ba);
	AUTO_JSON *shown_x = NULL;
	AUTO_JSON *shown_y = NULL;

	if (!json_equal(x, y))
		return false;
	shown_x = schema_api_picture(ab);
	shown_y = schema_api_picture(ba);
	return json_equal(shown_x, shown_y);
}

static bool same_bodies(const struct schema_table *a, const struct schema_table *b);

static bool same_entry(const struct schema_entry *x, const struct schema_entry *y)
{
	if (!str_eq(x->name, y->name) || !str_eq(x->def, y->def) ||
	    !str_eq(schema_target_name(x), schema_target_name(y)) ||
	    !str_eq(schema_target_column(x), schema_target_column(y)) || x->unsure != y->unsure ||
	    x->implied != y->implied || x->v1 != y->v1 || !x->table != !y->table)
		return false;
	return !x->table || same_bodies(x->table, y->table);
}

static bool same_in_order(const struct schema_space *a, const struct schema_space *b)
{
	const struct schema_entry *x = a->first, *y = b->first;

	for (; x && y; x = x->next, y = y->next)
		if (!same_entry(x, y))
			return false;
	return !x && !y;
}

static bool same_in_any_order(const struct schema_space *a, const struct schema_space *b)
{
	for (const struct schema_entry *x = a->first; x; x = x->next) {
		const struct schema_entry *y = schema_find(b, x->name);
		if (!y || !y->present || !same_entry(x, y))
			return false;
	}
	return a->len == b->len;
}

/* A key has its columns in the order in which the table has them. */
static bool same_bodies(const struct schema_table *a, const struct schema_table *b)
{
	return a->lost_unknown == b->lost_unknown && same_in_order(&a->columns, &b->columns) &&
	       same_in_any_order(&a->constraints, &b->constraints);
}

/*
 * The pictures were most of the time of these tests, and are the same when the entries are, as they
 * are for most pairs. Every 64th time that is not believed.
 */
static bool same_schemas(const struct schema *ab, const struct schema *ba)
{
	static unsigned times;
	bool all = ab->format == ba->format && ab->open == ba->open && str_eq(ab->name, ba->name) &&
		   same_in_any_order(&ab->tables, &ba->tables) &&
		   same_in_any_order(&ab->indexes, &ba->indexes);

	if (!all)
		return same_pictures(ab, ba);
	if (times++ % 64 == 0)
		assert_true(same_pictures(ab, ba));
	return true;
}

/* What applying both orders gives. */
static bool commute(struct side *a, struct side *b)
{
	AUTO(schema) *ab = NULL;
	AUTO(schema) *ba = NULL;

	if (!a->after || !b->after)
		return false;
	ab = schema_copy(a->after);
	ba = schema_copy(b->after);
	return apply_one(ab, &b->records) && apply_one(ba, &a->records) && same_schemas(ab, ba) &&
	       !relations_clash(ab, a, b) && !keys_are_lost(ab, a, b);
}

static bool is_clean(struct conflicts *found, const struct schema *base, const struct records *a,
		     const struct records *b)
{
	struct error err = {0};
	struct conflict_input in = {.base = base, .theirs = a, .ours = b};

	assert_ok(conflicts_find(found, &in, &err), &err);
	return found->blocking == 0;
}

struct score {
	size_t pairs, clean, conflicts, false_conflicts, vague;
	size_t false_kinds[32];
};

static void complain(const struct records *a, const struct records *b)
{
	AUTO_STR out = {0};

	for (size_t i = 0; i < a->len; i++)
		json_write(&out, record_operations(a->items[i]), JSON_FORM_COMPACT);
	str_puts(&out, "\n# and\n# ");
	for (size_t i = 0; i < b->len; i++)
		json_write(&out, record_operations(b->items[i]), JSON_FORM_COMPACT);
	unit_fail("called clean, but they do not commute:\n# %s", str_cstr(&out));
}

/* vague: one of the two names what is not there, so that a conflict of no need says nothing. */
static void judge(struct score *score, const struct schema *base, struct side *a, struct side *b,
		  bool vague)
{
	AUTO_VALUE(conflicts) found = {0};
	bool clean = is_clean(&found, base, &a->records, &b->records), same = commute(a, b);

	score->pairs++;
	score->clean += clean;
	score->conflicts += !clean;
	if (clean && !same)
		complain(&a->records, &b->records);
	if (clean || !same)
		return;
	if (vague) {
		score->vague++;
		return;
	}
	score->false_conflicts++;
	score->false_kinds[found.items[0].kind]++;
	if (getenv("XATA_TEST_SHOW"))
		print_message("# false: %s | %s: %s\n", found.items[0].theirs_summary,
			      found.items[0].ours_summary, found.items[0].message);
}

static void print_score(const struct score *score, const char *what)
{
	print_message("# %s: %zu pairs, %zu clean, %zu conflicts, of which %zu false%s\n", what,
		      score->pairs, score->clean, score->conflicts, score->false_conflicts,
		      score->vague ? " (and some about columns that are not there)" : "");
	for (size_t i = 0; i < ARRAY_LEN(score->false_kinds); i++)
		if (score->false_kinds[i])
			print_message("#   false \"%s\": %zu\n",
				      conflict_name((enum conflict_kind)i), score->false_kinds[i]);
}

/* ---- every pair on one base */

/*
 * One record for each operation, and its side, so that nothing is made twice. Returns ops->len
 * sides, for sides_free.
 */
static struct side *sides_of(struct records *out, const struct schema *base, const struct ops *ops,
			     const char *prefix)
{
	struct side *sides = test_calloc(ops->len, sizeof *sides);
	char id[64];

	for (size_t i = 0; i < ops->len; i++) {
		snprintf(id, sizeof id, "mig_%s%zu", prefix, i);
		records_take(out, next_record(NULL, ops->format[i], id,
					      json_pack("[O]", ops->items[i])));
	}
	for (size_t i = 0; i < ops->len; i++)
		side_init(&sides[i], base, &out->items[i], 1);
	return sides;
}

static void sides_free(struct side *sides, size_t len)
{
	for (size_t i = 0; i < len; i++)
		side_release(&sides[i]);
	test_free(sides);
}

/*
 * Two operations of pgroll that have no name in common have little to do with each other, but for
 * what the base ties together: one such pair of four is taken, with XATA_TEST_LONG all.
 */
static bool is_taken(const struct ops *ops, size_t i, size_t k)
{
	return ops->format[i] == RECORD_V1 || getenv("XATA_TEST_LONG") ||
	       (ops->words[i] & ops->words[k]) != 0 || (i + k / 2) % 4 == 0;
}

static struct score judge_all(const struct schema *base, const struct ops *ops, const char *what)
{
	AUTO_VALUE(records) theirs_records = {0};
	AUTO_VALUE(records) ours_records = {0};
	struct side *theirs = sides_of(&theirs_records, base, ops, "theirs");
	struct side *ours = sides_of(&ours_records, base, ops, "ours");
	struct score score = {0};

	for (size_t i = 0; i < ops->len; i++)
		for (size_t k = 0; k <= i; k++) {
			size_t first = (i + k) % 2 ? i : k; /* either may be upstream's */
			if (!is_taken(ops, i, k))
				continue;
			judge(&score, base, &theirs[first], &ours[i + k - first],
			      ops->vague[i] || ops->vague[k]);
		}
	sides_free(theirs, ops->len);
	sides_free(ours, ops->len);
	print_score(&score, what);
	return score;
}

static struct schema *v1_base(void)
{
	struct schema *s = schema_new(RECORD_V1);

	applied(s, RECORD_V1,
		"[{\"addTable\":{\"table\":\"teams\"}},{\"addTable\":{\"table\":\"users\"}},{"
		"\"addTable\":{\"table\":\"tags\"}},{\"addColumn\":{\"table\":\"teams\",\"column\":"
		"{\"name\":\"nick\",\"type\":\"text\"}}},{\"addColumn\":{\"table\":\"users\","
		"\"column\":{\"name\":\"nick\",\"type\":\"text\"}}},{\"addColumn\":{\"table\":"
		"\"users\",\"column\":{\"name\":\"age\",\"type\":\"int\",\"unique\":true}}},{"
		"\"addColumn\":{\"table\":\"users\",\"column\":{\"name\":\"team\",\"type\":\"link\""
		",\"link\":{\"table\":\"teams\"}}}},{\"addColumn\":{\"table\":\"users\",\"column\":"
		"{\"name\":\"note\",\"type\":\"link\",\"link\":{\"table\":\"tags\"}}}}]");
	return s;
}

#define PGROLL_BASE                                                                              \
	"{\"create_table\":{\"name\":\"teams\",\"columns\":[{\"name\":\"id\",\"type\":\"int\","  \
	"\"pk\":true},{\"name\":\"nick\",\"type\":\"text\"}]}},{\"create_table\":{\"name\":"     \
	"\"users\",\"columns\":[{\"name\":\"id\",\"type\":\"int\"},{\"name\":\"nick\",\"type\":" \
	"\"text\",\"unique\":true},{\"name\":\"age\",\"type\":\"int\"},{\"name\":\"team\","      \
	"\"type\":\"int\",\"references\":{\"name\":\"k_one\",\"table\":\"teams\",\"column\":"    \
	"\"id\"}}]}},{\"create_index\":{\"table\":\"users\",\"name\":\"i_one\",\"columns\":["    \
	"\"nick\",\"age\"]}},{\"create_index\":{\"table\":\"teams\",\"name\":\"i_two\","         \
	"\"columns\":[\"nick\"]}},{\"create_constraint\":{\"table\":\"users\",\"name\":"         \
	"\"k_two\",\"type\":\"unique\",\"columns\":[\"id\"]}},{\"create_constraint\":{"          \
	"\"table\":\"teams\",\"name\":\"k_one\",\"type\":\"check\",\"columns\":[\"nick\"],"      \
	"\"check\":\"length(nick) > 2\"}},{\"add_column\":{\"table\":\"teams\",\"column\":{"     \
	"\"name\":\"note\",\"type\":\"text\",\"unique\":true}}}"

static struct schema *pgroll_base(void)
{
	struct schema *s = schema_new(RECORD_PGROLL);

	/* A constraint that no record described: it may have been the primary key. */
	applied(s, RECORD_PGROLL,
		"[" PGROLL_BASE
		",{\"drop_constraint\":{\"table\":\"teams\",\"name\":\"k_three\"}}]");
	return s;
}

static struct schema *open_base(void)
{
	struct schema *s = schema_new(RECORD_PGROLL);

	applied(s, RECORD_PGROLL,
		"[" PGROLL_BASE ",{\"sql\":{\"up\":\"ALTER TABLE teams DROP COLUMN nick\"}}]");
	return s;
}

/* At most this share of the pairs may be called a conflict without need. */
#define FALSE_PERCENT_MAX 3

static void check_base(struct schema *base, enum record_format format, const char *what)
{
	static struct ops ops;

	ops_release(&ops); /* of a test that failed */
	add_ops(&ops, base, format);
	struct score score = judge_all(base, &ops, what);
	ops_release(&ops);
	schema_free(base);
	assert_true(score.clean > score.pairs / 4);
	assert_true(score.false_conflicts * 100 <= score.pairs * FALSE_PERCENT_MAX);
}

static void all_pairs_of_v1_operations_are_judged_as_the_schema_does(void **state)
{
	(void)state;
	check_base(v1_base(), RECORD_V1, "v1");
}

static void all_pairs_of_pgroll_operations_are_judged_as_the_schema_does(void **state)
{
	(void)state;
	check_base(pgroll_base(), RECORD_PGROLL, "pgroll");
}

static void all_pairs_on_a_converted_branch_are_judged_as_the_schema_does(void **state)
{
	(void)state;
	check_base(v1_base(), RECORD_PGROLL, "pgroll on a converted branch");
}

static void all_pairs_behind_raw_sql_are_judged_as_the_schema_does(void **state)
{
	(void)state;
	check_base(open_base(), RECORD_PGROLL, "pgroll behind raw SQL");
}

static void operations_of_two_formats_never_get_on(void **state)
{
	static struct ops v1, pgroll;
	AUTO(schema) *base = v1_base();
	AUTO_VALUE(records) a_records = {0};
	AUTO_VALUE(records) b_records = {0};
	struct side *a, *b;
	struct score score = {0};
	size_t step = getenv("XATA_TEST_LONG") ? 1 : 25;

	(void)state;
	add_ops(&v1, base, RECORD_V1);
	add_ops(&pgroll, base, RECORD_PGROLL);
	a = sides_of(&a_records, base, &v1, "a");
	b = sides_of(&b_records, base, &pgroll, "b");
	for (size_t i = 0; i < v1.len; i++)
		for (size_t k = 0; k < pgroll.len; k += step) {
			judge(&score, base, &a[i], &b[k], false);
			judge(&score, base, &b[k], &a[i], false);
		}
	print_score(&score, "v1 with pgroll");
	assert_int_equal(score.clean, 0);
	sides_free(a, v1.len);
	sides_free(b, pgroll.len);
	ops_release(&v1);
	ops_release(&pgroll);
}

/* ---- whole histories */

static void random_side(struct records *out, struct chance *c, const struct schema *base,
			enum record_format format, const char *name)
{
	AUTO(schema) *s = schema_copy(base);
	size_t count = 1 + chance_below(c, 4);
	char id[64];

	for (size_t i = 0; i < count; i++) {
		json_t *ops = json_array();
		for (size_t n = 1 + chance_below(c, 3); n > 0; n--)
			json_array_append_new(ops, random_operation(c, s, format));
		snprintf(id, sizeof id, "mig_%s%zu", name, i);
		records_take(out, next_record(out, format, id, ops));
	}
}

static void judge_histories(struct schema *(*make)(void), enum record_format format, size_t times,
			    const char *what)
{
	struct chance c = chance_seeded(what);
	AUTO(schema) *base = make();
	struct score score = {0};

	for (size_t i = 0; i < times; i++) {
		AUTO_VALUE(records) a = {0};
		AUTO_VALUE(records) b = {0};
		struct side theirs, ours;
		random_side(&a, &c, base, format, "a");
		random_side(&b, &c, base, format, "b");
		side_init(&theirs, base, a.items, a.len);
		side_init(&ours, base, b.items, b.len);
		judge(&score, base, &theirs, &ours, false);
		side_release(&theirs);
		side_release(&ours);
	}
	print_score(&score, what);
	assert_true(score.clean > times / 50);
}

static void random_histories_that_are_called_clean_commute(void **state)
{
	(void)state;
	judge_histories(v1_base, RECORD_V1, 250, "v1 histories");
	judge_histories(pgroll_base, RECORD_PGROLL, 250, "pgroll histories");
	judge_histories(v1_base, RECORD_PGROLL, 250, "histories of a converted branch");
	judge_histories(open_base, RECORD_PGROLL, 250, "histories behind raw SQL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_pairs_of_v1_operations_are_judged_as_the_schema_does),
		cmocka_unit_test(all_pairs_of_pgroll_operations_are_judged_as_the_schema_does),
		cmocka_unit_test(all_pairs_on_a_converted_branch_are_judged_as_the_schema_does),
		cmocka_unit_test(all_pairs_behind_raw_sql_are_judged_as_the_schema_does),
		cmocka_unit_test(operations_of_two_formats_never_get_on),
		cmocka_unit_test(random_histories_that_are_called_clean_commute),
	};
	return unit_main(tests);
}
