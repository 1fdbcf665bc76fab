/* Real histories: each intact one survives a push and comes back record by record. */
#include <dirent.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "ledger/ledger.h"
#include "lib/server_world.h"

#include "base/banned.h"

/* Reads a ledger's records, oldest first; false when it is not intact (a file is missing). */
static bool read_ledger(struct records *out, const char *dir)
{
	AUTO_VALUE(ledger) l = {0};
	AUTO_STR text = {0};
	struct error err = {0};
	AUTO_FD fd = -1;

	if (fs_open_dir(&fd, AT_FDCWD, dir, FS_FOLLOW, &err) < 0)
		return false;
	assert_ok(fs_read(&text, fd, ".ledger", LEDGER_TEXT_MAX, &err), &err);
	ledger_parse(&l, str_view(&text), NULL);
	for (size_t i = 0; i < l.names.len; i++) {
		AUTO_STR file = {0};
		char name[RECORD_NAME_MAX + 1];
		struct record *r;
		assert_ok(record_file_name(name, l.names.items[i], &err), &err);
		if (fs_read(&file, fd, name, RECORD_TEXT_MAX, &err) == E_NOTFOUND)
			return false;
		assert_ok(record_parse(&r, str_view(&file), &err), &err);
		/* One was still running when it was pulled, long ago: a push takes done ones only.
		 */
		record_set_done(r, true);
		records_take(out, r);
	}
	return out->len > 0;
}

/* The text of the record's file without the checksum that the server adds to an unsealed one. */
static void print_bare(struct str *out, const struct record *r)
{
	AUTO_STR text = {0};
	AUTO_JSON *doc = NULL;
	struct error err = {0};

	record_print(&text, r);
	assert_ok(json_read(&doc, str_view(&text), 0, &err), &err);
	json_object_del(doc, "chainChecksum");
	json_write(out, doc, JSON_FORM_PRETTY);
}

static void check_page(struct world *w, const struct records *sent, size_t *left,
		       enum record_format format)
{
	const json_t *items = world_at(w, format == RECORD_V1 ? "logs" : "migrations");
	struct error err = {0};

	for (size_t i = 0; i < json_array_size(items); i++) {
		AUTO(record) *got = NULL;
		AUTO_STR a = {0}, b = {0};
		assert_true(*left > 0);
		assert_ok(record_from_item(&got, format, json_array_get(items, i), &err), &err);
		print_bare(&a, got);
		print_bare(&b, sent->items[--*left]);
		assert_string_equal(str_cstr(&a), str_cstr(&b));
	}
}

static void pull_v1(struct world *w, const struct records *sent)
{
	AUTO_FREE char *body = xstrdup("{'page':{'size':50}}");
	size_t left = sent->len;

	for (bool more = true; more;) {
		assert_answer(w, 200, "POST", "/db/shop:main/schema/history", body);
		check_page(w, sent, &left, RECORD_V1);
		more = json_is_true(world_at(w, "meta.more"));
		free(body);
		body = xasprintf("{'page':{'size':50,'after':'%s'}}", world_text(w, "meta.cursor"));
	}
	assert_int_equal(left, 0);
}

static void pull_pgroll(struct world *w, const struct records *sent)
{
	AUTO_FREE char *target = xstrdup("/db/shop:main/migrations/history?form=record&limit=50");
	size_t left = sent->len;

	for (bool more = true; more;) {
		assert_answer(w, 200, "GET", target, NULL);
		check_page(w, sent, &left, RECORD_PGROLL);
		more = world_at(w, "cursor") != NULL;
		free(target);
		target = xasprintf("/db/shop:main/migrations/history?form=record&limit=50"
				   "&cursor=%s",
				   more ? world_text(w, "cursor") : "");
	}
	assert_int_equal(left, 0);
}

static void push_and_pull(const char *dir, const struct records *l)
{
	struct world *w = world_open(dir);
	bool v1 = record_format(l->items[0]) == RECORD_V1;
	AUTO_FREE char *body = v1 ? world_push_v1(l->items, l->len)
				  : world_push_pgroll(NULL, l->items, l->len);

	world_shop(w, v1 ? "v1" : "pgroll");
	/* Again, as after a lost answer. */
	for (int i = 0; i < 2; i++)
		assert_answer(w, 200, "POST",
			      v1 ? "/db/shop:main/schema/push" : "/db/shop:main/migrations/push",
			      body);
	if (v1)
		pull_v1(w, l);
	else
		pull_pgroll(w, l);
	world_close(w);
}

static void every_intact_history_survives_a_push_and_a_pull(void **state)
{
	const char *corpus = unit_corpus();
	AUTO_VALUE(strs) names = {0};
	struct error err = {0};
	size_t intact = 0;

	assert_ok(fs_list(&names, AT_FDCWD, corpus, &err), &err);
	strs_sort(&names);
	for (size_t i = 0; i < names.len; i++) {
		AUTO_VALUE(records) l = {0};
		AUTO_FREE char *dir = xasprintf("%s/%s/.xata/migrations", corpus, names.items[i]);
		if (!read_ledger(&l, dir))
			continue;
		const char *world = unit_path(*state, names.items[i]);
		assert_int_equal(mkdir(world, 0700), 0);
		print_message("# %s: %zu records\n", names.items[i], l.len);
		push_and_pull(world, &l);
		intact++;
	}
	assert_true(intact >= 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(every_intact_history_survives_a_push_and_a_pull),
	};
	return unit_main(tests);
}
