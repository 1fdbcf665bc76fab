/*
 * The proof of conflict detection for whole merges: random histories that share records, in the
 * same order or not, and that are of one PostgreSQL schema or of two, merged with either as
 * upstream.
 */
#include "lib/unit.h"

#include "ledger/resolve.h"
#include "unit/ledger/histories.h"

/* ---- what is merged */

/* How the sides of a kind of merges are made. */
struct world {
	const char *what;
	enum record_format base_format, format;
	const char *base; /* operations */
	bool two_schemas; /* each record is of one of two PostgreSQL schemas */
};

#define V1_BASE                                                                                   \
	"[{\"addTable\":{\"table\":\"users\"}},{\"addTable\":{\"table\":\"teams\"}},{"            \
	"\"addColumn\":{\"table\":\"users\",\"column\":{\"name\":\"nick\",\"type\":\"text\"}}},{" \
	"\"addColumn\":{\"table\":\"users\",\"column\":{\"name\":\"team\",\"type\":\"link\","     \
	"\"link\":{\"table\":\"teams\"}}}}]"

/* Of teams, a constraint is gone that no record described. */
#define PGROLL_BASE                                                                                \
	"[{\"create_table\":{\"name\":\"users\",\"columns\":[{\"name\":\"nick\",\"type\":\"text\"" \
	"},{\"name\":\"age\",\"type\":\"int\"}]}},{\"create_table\":{\"name\":\"teams\","          \
	"\"columns\":[{\"name\":\"id\",\"type\":\"int\",\"pk\":true},{\"name\":\"nick\",\"type\":" \
	"\"text\"}]}},{\"drop_constraint\":{\"table\":\"teams\",\"name\":\"k_three\"}}]"

static const struct world worlds[] = {
	{"v1", RECORD_V1, RECORD_V1, V1_BASE, false},
	{"pgroll", RECORD_PGROLL, RECORD_PGROLL, PGROLL_BASE, false},
	{"two PostgreSQL schemas", RECORD_PGROLL, RECORD_PGROLL, PGROLL_BASE, true},
	{"two PostgreSQL schemas of a converted branch", RECORD_V1, RECORD_PGROLL, V1_BASE, true},
};

/* A side while it is made, and what it builds up. */
struct branch {
	struct records records;
	struct schema *after;
};

static struct branch branch_on(const struct schema *base)
{
	return (struct branch){.after = schema_copy(base)};
}

static void branch_release(struct branch *b)
{
	records_release(&b->records);
	schema_free(b->after);
	*b = (struct branch){0};
}

/* A record that was made for one branch, at the end of another; false when it does not apply there.
 */
static bool branch_add(struct branch *b, const struct record *r)
{
	if (schema_apply(b->after, r, NULL) < 0)
		return false;
	records_take(&b->records,
		     next_record_in(&b->records, record_format(r), record_id(r), record_schema(r),
				    json_incref((json_t *)(uintptr_t)record_operations(r))));
	return true;
}

/*
 * Adds a random record. One of a PostgreSQL schema that the branch is not about is not applied, so
 * that anything that the base bears may stand in it.
 */
static void branch_grow(struct branch *b, struct chance *c, const struct world *w,
			const struct schema *base, const char *id)
{
	const char *schema = w->two_schemas && chance_below(c, 2) ? "other" : "public";
	json_t *ops = json_array();
	struct error err = {0};

	if (w->format == RECORD_V1)
		schema = NULL;
	AUTO(schema) *s = schema_copy(b->after);
	AUTO_JSON *saved = schema_picture(s);
	const char *about = json_string_value(json_object_get(saved, "schema"));
	if (about && schema && strcmp(about, schema) != 0) {
		schema_free(s);
		s = schema_copy(base);
	}
	for (size_t n = 1 + chance_below(c, 2); n > 0; n--)
		json_array_append_new(ops, random_operation(c, s, w->format));
	records_take(&b->records, next_record_in(&b->records, w->format, id, schema, ops));
	assert_ok(schema_apply(b->after, b->records.items[b->records.len - 1], &err), &err);
}

static bool same_pictures(const struct schema *a, const struct schema *b)
{
	AUTO_JSON *x = schema_picture(a);
	AUTO_JSON *y = schema_picture(b);

	return json_equal(x, y);
}

/* Whether the two records apply in both orders, but do not give the same. */
static bool order_counts(const struct schema *base, const struct records *two)
{
	struct branch turned = branch_on(base), straight = branch_on(base);
	bool counts = branch_add(&turned, two->items[1]) && branch_add(&turned, two->items[0]) &&
		      branch_add(&straight, two->items[0]) &&
		      branch_add(&straight, two->items[1]) &&
		      !same_pictures(turned.after, straight.after);

	branch_release(&turned);
	branch_release(&straight);
	return counts;
}

/* Two records that both sides will have; mostly such that their order counts. */
static struct records shared_pair(struct chance *c, const struct world *w,
				  const struct schema *base)
{
	struct branch b = {0};

	for (size_t i = 0; i < 8 && (i == 0 || !order_counts(base, &b.records)); i++) {
		branch_release(&b);
		b = branch_on(base);
		branch_grow(&b, c, w, base, "mig_s0");
		branch_grow(&b, c, w, base, "mig_s1");
	}
	schema_free(b.after);
	return b.records;
}

/* Both shared records, in this or that order, with the side's own between; false: they do not fit.
 */
static bool weave(struct branch *b, struct chance *c, const struct world *w,
		  const struct schema *base, const struct records *shared, const char *name)
{
	size_t turned = chance_below(c, 2), own = 0;
	char id[32];

	*b = branch_on(base);
	for (size_t i = 0; i <= shared->len; i++) {
		if (chance_below(c, 3) == 0) {
			snprintf(id, sizeof id, "mig_%s%zu", name, own++);
			branch_grow(b, c, w, base, id);
		}
		if (i < shared->len && !branch_add(b, shared->items[turned ? 1 - i : i]))
			return false;
	}
	return true;
}

/* shared NULL: the side has only records of its own. */
static struct branch random_branch(struct chance *c, const struct world *w,
				   const struct schema *base, const struct records *shared,
				   const char *name)
{
	struct branch b = {0};
	char id[32];

	for (size_t i = 0; shared && i < 4; i++) {
		if (weave(&b, c, w, base, shared, name))
			return b;
		branch_release(&b);
	}
	b = branch_on(base);
	for (size_t i = 0; shared && i < shared->len; i++)
		assert_true(branch_add(&b, shared->items[i]));
	for (size_t i = chance_below(c, 3); !shared && i < 3; i++) {
		snprintf(id, sizeof id, "mig_%s%zu", name, i);
		branch_grow(&b, c, w, base, id);
	}
	return b;
}

/* ---- the judge */

struct score {
	size_t merges, clean, one_way, conflicts, needless;
};

static void complain(const char *what, const struct records *a, const struct records *b)
{
	AUTO_STR out = {0};

	for (int side = 0; side < 2; side++) {
		const struct records *l = side ? b : a;
		str_puts(&out, "\n# a side:");
		for (size_t i = 0; i < l->len; i++) {
			const char *schema = record_schema(l->items[i]);
			str_printf(&out, "\n#   %s (%s) ", record_id(l->items[i]),
				   schema ? schema : "v1");
			json_write(&out, record_operations(l->items[i]), JSON_FORM_COMPACT);
		}
	}
	unit_fail("%s%s", what, str_cstr(&out));
}

/* Upstream's records, and what only the other side has behind them; NULL where that fails. */
static struct schema *applied_together(const struct schema *base, const struct records *upstream,
				       const struct records *other)
{
	AUTO_VALUE(map) ids = {0};
	AUTO(schema) *s = schema_copy(base);

	for (size_t i = 0; i < upstream->len; i++) {
		map_add(&ids, record_id(upstream->items[i]), i);
		if (schema_apply(s, upstream->items[i], NULL) < 0)
			return NULL;
	}
	for (size_t i = 0; i < other->len; i++)
		if (!map_get(&ids, record_id(other->items[i]), NULL) &&
		    schema_apply(s, other->items[i], NULL) < 0)
			return NULL;
	return steal(&s);
}

/* What the merge says, which is checked against what its records give; NULL for a conflict. */
static struct schema *merged(const struct schema *base, const struct records *upstream,
			     const struct records *other)
{
	const struct records *sides[] = {upstream, other};
	AUTO_VALUE(resolution) r = {0};
	struct resolve_input in = {.base = {.schema = base}, .sides = sides, .side_count = 2};
	struct error err = {0};

	assert_ok(resolve(&r, &in, &err), &err);
	if (r.conflicts.blocking)
		return NULL;
	AUTO(schema) *s = applied_together(base, &r.records, &r.records);
	if (!s || !same_pictures(s, r.schema))
		complain("a clean merge does not give what it says", upstream, other);
	return steal(&s);
}

static void judge(struct score *score, const struct schema *base, const struct records *a,
		  const struct records *b)
{
	AUTO(schema) *ab = merged(base, a, b);
	AUTO(schema) *ba = merged(base, b, a);

	score->merges++;
	score->clean += ab && ba;
	score->one_way += !ab != !ba;
	if (ab && ba && !same_pictures(ab, ba))
		complain("clean with either as upstream, but not the same", a, b);
	if (ab || ba)
		return;
	score->conflicts++;
	ab = applied_together(base, a, b);
	ba = applied_together(base, b, a);
	score->needless += ab && ba && same_pictures(ab, ba);
}

/* Sides without shared records are clean in both directions, or in none. */
static void judge_world(const struct world *w, size_t times)
{
	struct chance c = chance_seeded(w->what);
	AUTO(schema) *base = schema_new(w->base_format);
	struct score apart = {0}, sharing = {0};

	applied(base, w->base_format, w->base);
	for (size_t i = 0; i < times; i++) {
		struct records shared = {0};
		bool shares = i % 3 != 0;
		if (shares)
			shared = shared_pair(&c, w, base);
		struct branch a = random_branch(&c, w, base, shares ? &shared : NULL, "a");
		struct branch b = random_branch(&c, w, base, shares ? &shared : NULL, "b");
		judge(shares ? &sharing : &apart, base, &a.records, &b.records);
		if (apart.one_way)
			complain("clean in one direction only", &a.records, &b.records);
		branch_release(&a);
		branch_release(&b);
		records_release(&shared);
	}
	print_message("# %s: %zu merges, %zu clean, %zu conflicts, of which %zu false\n", w->what,
		      apart.merges, apart.clean, apart.conflicts, apart.needless);
	print_message("#   with shared records: %zu merges, %zu clean, %zu clean in one direction, "
		      "%zu conflicts, of which %zu false\n",
		      sharing.merges, sharing.clean, sharing.one_way, sharing.conflicts,
		      sharing.needless);
	assert_true(apart.clean > apart.merges / 20);
	assert_true(sharing.clean > sharing.merges / 20);
}

static void a_merge_that_is_clean_either_way_gives_one_schema(void **state)
{
	size_t times = getenv("XATA_TEST_LONG") ? 20000 : 200;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(worlds); i++)
		judge_world(&worlds[i], times);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_merge_that_is_clean_either_way_gives_one_schema),
	};
	return unit_main(tests);
}
