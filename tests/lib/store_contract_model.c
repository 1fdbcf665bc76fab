/*
 * Contract test of a store, fourth part: random changes of branches and histories, each compared
 * with a model so simple that it is right: every branch holds a copy of its whole history.
 */
#include "lib/store_contract.h"

#include "base/str.h"

enum { BRANCHES_MAX = 24, LENGTH_MAX = 60, IDS = 150, CHANGES = 3000 };

struct model_branch {
	int64_t rowid; /* 0: does not exist */
	int length;
	int id[LENGTH_MAX];	  /* number of the record's id */
	int instance[LENGTH_MAX]; /* equal in two branches when they share the record */
};

struct model {
	struct store *s;
	struct store_txn *t;
	int64_t database;
	struct model_branch branch[BRANCHES_MAX];
	int made;      /* branches, for their names */
	int instances; /* records */
	uint64_t random;
};

static int draw(struct model *m, int below)
{
	m->random = m->random * 6364136223846793005u + 1442695040888963407u;
	return (int)((m->random >> 33) % (uint64_t)below);
}

static const char *id_text(char out[16], int id)
{
	snprintf(out, 16, "m%d", id);
	return out;
}

static int depth_of(const struct model_branch *b, int id)
{
	for (int i = 0; i < b->length; i++)
		if (b->id[i] == id)
			return i + 1;
	return 0;
}

static bool is_shared(const struct model *m, const struct model_branch *b)
{
	int last = b->length - 1;

	for (int i = 0; i < BRANCHES_MAX; i++) {
		const struct model_branch *o = &m->branch[i];
		if (o != b && o->rowid && o->length > last &&
		    o->instance[last] == b->instance[last])
			return true;
	}
	return false;
}

static void change_fork(struct model *m, struct model_branch *from)
{
	struct model_branch *free_ = NULL;
	char name[16];

	for (int i = 0; i < BRANCHES_MAX; i++)
		if (!m->branch[i].rowid)
			free_ = &m->branch[i];
	if (!free_)
		return;
	snprintf(name, sizeof name, "b%d", m->made++);
	if (!from->rowid) {
		*free_ = (struct model_branch){.rowid = sc_branch(m->s, m->t, m->database, name)};
		return;
	}
	int length = draw(m, 3) ? from->length : draw(m, from->length + 1);
	int64_t rowid = sc_fork(m->s, m->t, m->database, name, from->rowid, length);
	if (free_ != from)
		*free_ = *from;
	free_->rowid = rowid;
	free_->length = length;
}

static void change_add(struct model *m, struct model_branch *b)
{
	struct error err = {0};
	char text[16];
	int id = draw(m, IDS);

	if (b->length == LENGTH_MAX)
		return;
	int rc = sc_try_record(m->s, m->t, b->rowid, b->length + 1, id_text(text, id), &err);
	if (depth_of(b, id)) {
		assert_fails(rc, &err, E_EXISTS, text);
		return;
	}
	assert_ok(rc, &err);
	b->id[b->length] = id;
	b->instance[b->length++] = ++m->instances;
}

static void change_remove_head(struct model *m, struct model_branch *b)
{
	struct error err = {0};
	int rc = m->s->ops->record_remove_head(m->t, b->rowid, &err);

	if (b->length == 0) {
		assert_fails(rc, &err, E_NOTFOUND, "no migration");
	} else if (is_shared(m, b)) {
		assert_fails(rc, &err, E_CONFLICT, "another branch");
	} else {
		assert_ok(rc, &err);
		b->length--;
	}
}

static void change_update_head(struct model *m, struct model_branch *b)
{
	struct error err = {0};
	char text[16], doc[] = "{}";

	if (b->length == 0)
		return;
	id_text(text, b->id[b->length - 1]);
	struct store_record r = {.id = text, .done = true, .doc = doc};
	/* Afterwards it is this branch's own. */
	bool shared = is_shared(m, b);
	assert_ok(m->s->ops->record_update_head(m->t, b->rowid, &r, &err), &err);
	if (shared)
		b->instance[b->length - 1] = ++m->instances;
}

static void change_remove_branch(struct model *m, struct model_branch *b)
{
	struct error err = {0};

	assert_ok(m->s->ops->branch_remove(m->t, b->rowid, &err), &err);
	*b = (struct model_branch){0};
}

static void change_something(struct model *m)
{
	struct model_branch *b = &m->branch[draw(m, BRANCHES_MAX)];
	int what = draw(m, 20);

	if (!b->rowid || what < 3)
		change_fork(m, b);
	else if (what < 15)
		change_add(m, b);
	else if (what < 17)
		change_remove_head(m, b);
	else if (what < 18)
		change_update_head(m, b);
	else if (what < 19)
		change_remove_branch(m, b);
}

static void compare_history(struct model *m, const struct model_branch *b)
{
	AUTO_STR want = {0};
	int from = draw(m, LENGTH_MAX) + 1, limit = draw(m, LENGTH_MAX) + 1, step = draw(m, 2);
	char text[16];

	if (step) {
		for (int i = from; i <= b->length && i < from + limit; i++)
			str_printf(&want, "%s%s", want.len ? " " : "", id_text(text, b->id[i - 1]));
	} else {
		int top = from < b->length ? from : b->length;
		for (int i = top; i > 0 && i > top - limit; i--)
			str_printf(&want, "%s%s", want.len ? " " : "", id_text(text, b->id[i - 1]));
	}
	assert_string_equal(sc_history(m->s, m->t, b->rowid, from, step ? limit : -limit),
			    str_cstr(&want));
}

static void compare_ids(struct model *m, const struct model_branch *b)
{
	for (int i = 0; i < 5; i++) {
		AUTO_VALUE(store_record) r = {0};
		struct error err = {0};
		char text[16];
		int id = draw(m, IDS), depth = depth_of(b, id);
		int rc = m->s->ops->record_get(&r, m->t, b->rowid, id_text(text, id), &err);
		if (depth) {
			assert_ok(rc, &err);
			assert_int_equal(r.depth, depth);
		} else {
			assert_fails(rc, &err, E_NOTFOUND, text);
		}
	}
}

/* An id is known exactly when some branch has it. */
static void compare_known(struct model *m)
{
	for (int id = 0; id < IDS; id++) {
		AUTO_VALUE(store_record) r = {0};
		struct error err = {0};
		char text[16];
		bool known = false;
		for (int i = 0; i < BRANCHES_MAX && !known; i++)
			known = depth_of(&m->branch[i], id) != 0;
		int rc = m->s->ops->record_known(&r, m->t, m->database, id_text(text, id), &err);
		if (known)
			assert_ok(rc, &err);
		else
			assert_fails(rc, &err, E_NOTFOUND, text);
	}
}

void store_agrees_with_a_simple_model_after_random_changes(void **state)
{
	static struct model m; /* large for a stack */
	m = (struct model){.s = sc_make(state), .random = 20240607};
	m.t = sc_begin(m.s, STORE_WRITE);
	m.database = sc_shop(m.s, m.t);
	for (int i = 0; i < CHANGES; i++) {
		change_something(&m);
		const struct model_branch *b = &m.branch[draw(&m, BRANCHES_MAX)];
		if (b->rowid) {
			compare_history(&m, b);
			compare_ids(&m, b);
		}
		if (i % 500 == 0)
			compare_known(&m);
	}
	assert_true(m.instances > 500 && m.made > 100);
	for (int i = 0; i < BRANCHES_MAX; i++)
		if (m.branch[i].rowid)
			change_remove_branch(&m, &m.branch[i]);
	compare_known(&m);
	sc_commit(m.s, m.t);
	m.s->ops->close(m.s);
}
