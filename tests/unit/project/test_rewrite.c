/* A change that says how the ledger and files shall be, whatever is there: as a merge needs it. */
#include "unit/project/world.h"

#define LEDGER "p/.xata/migrations/.ledger"
#define MARKED "m000\n<<<<<<< HEAD\nm001\n=======\nt001\n>>>>>>> theirs\n"

struct world {
	const char *dir;
	struct project *p;
	struct workdir *w;
	struct workdir_file files[4];
	struct strs remove;
	struct workdir_rewrite rewrite;
	struct error err;
	char *backup;
};

static const char *path_of(const struct world *x, const char *name)
{
	static char below[512];

	snprintf(below, sizeof below, "p/.xata/migrations/%s.json", name);
	return unit_path(x->dir, below);
}

/* A ledger in conflict, with three files that are no records, for nobody reads them. */
static void world_init(struct world *x, const char *dir)
{
	*x = (struct world){.dir = dir, .p = world_project(dir)};
	mkdir(unit_path(dir, "p/.xata"), 0755);
	mkdir(unit_path(dir, "p/.xata/migrations"), 0755);
	unit_write(unit_path(dir, LEDGER), MARKED);
	unit_write(path_of(x, "m000"), "common\n");
	unit_write(path_of(x, "m001"), "ours\n");
	unit_write(path_of(x, "t001"), "theirs\n");
	x->w = world_open(x->p, WORKDIR_WRITE);
	x->files[0] = (struct workdir_file){.name = "m001", .text = view_of("ours\n")};
	x->files[1] = (struct workdir_file){.name = "t002", .text = view_of("theirs, moved\n")};
	strs_add(&x->remove, "t001");
	x->rewrite = (struct workdir_rewrite){.ledger = view_of("m000\nm001\nt002\n"),
					      .files = x->files,
					      .file_count = 2,
					      .remove = &x->remove};
}

static void world_end(struct world *x)
{
	free(x->backup);
	strs_release(&x->remove);
	workdir_free(x->w);
	project_free(x->p);
}

static int apply(struct world *x)
{
	struct workdir_change change = {.command = "test", .rewrite = &x->rewrite};

	free(x->backup);
	x->backup = NULL;
	return workdir_apply(&x->backup, x->w, &change, &x->err);
}

/* A file of the last change's backup. */
static void assert_saved(const struct world *x, const char *name, const char *want)
{
	AUTO_FREE char *below = xasprintf("p/%s/%s", x->backup ? x->backup : "none", name);

	assert_file(unit_path(x->dir, below), want);
}

static void a_ledger_in_conflict_becomes_what_it_shall_be(void **state)
{
	struct world x;

	world_init(&x, *state);
	assert_ok(apply(&x), &x.err);
	assert_file(unit_path(x.dir, LEDGER), "m000\nm001\nt002\n");
	assert_file(path_of(&x, "m000"), "common\n");
	assert_file(path_of(&x, "m001"), "ours\n");
	assert_file(path_of(&x, "t002"), "theirs, moved\n");
	assert_false(unit_exists(path_of(&x, "t001")));
	assert_saved(&x, ".ledger", MARKED);
	assert_saved(&x, "t001.json", "theirs\n");
	assert_int_equal(workdir_ledger(x.w)->names.len, 3);
	world_end(&x);
}

static void the_backup_advises_nothing_that_would_do_harm(void **state)
{
	struct world x;

	world_init(&x, *state);
	assert_ok(apply(&x), &x.err);
	AUTO_FREE char *below = xasprintf("p/%s/README", x.backup);
	AUTO_FREE char *text = unit_read(unit_path(x.dir, below), NULL);
	assert_null(strstr(text, "xata new"));
	world_end(&x);
}

static void what_was_done_already_is_not_done_again(void **state)
{
	struct world x;

	world_init(&x, *state);
	assert_ok(apply(&x), &x.err);
	assert_non_null(x.backup);
	assert_ok(apply(&x), &x.err);
	assert_null(x.backup);
	world_end(&x);
}

static void line_ends_of_a_checkout_stay(void **state)
{
	struct world x;

	world_init(&x, *state);
	unit_write(path_of(&x, "m001"), "ours\r\n");
	assert_ok(apply(&x), &x.err);
	assert_file(path_of(&x, "m001"), "ours\r\n");
	unit_write(unit_path(x.dir, LEDGER), "m000\r\nm001\r\nt002\r\n");
	assert_ok(workdir_load(x.w, &x.err), &x.err);
	workdir_free(x.w);
	x.w = world_open(x.p, WORKDIR_WRITE);
	assert_ok(apply(&x), &x.err);
	assert_null(x.backup);
	world_end(&x);
}

static void a_last_line_without_its_end_is_no_difference_of_line_ends(void **state)
{
	struct world x;

	world_init(&x, *state);
	assert_ok(apply(&x), &x.err);
	workdir_free(x.w);
	unit_write(unit_path(x.dir, LEDGER), "m000\nm001\nt002");
	x.w = world_open(x.p, WORKDIR_WRITE);
	assert_ok(apply(&x), &x.err);
	assert_file(unit_path(x.dir, LEDGER), "m000\nm001\nt002\n");
	world_end(&x);
}

static void a_file_with_other_bytes_is_saved_and_replaced(void **state)
{
	struct world x;

	world_init(&x, *state);
	unit_write(path_of(&x, "m001"), "<<<<<<< HEAD\n");
	assert_ok(apply(&x), &x.err);
	assert_file(path_of(&x, "m001"), "ours\n");
	assert_saved(&x, "m001.json", "<<<<<<< HEAD\n");
	world_end(&x);
}

static void what_is_to_go_and_is_not_there_is_gone(void **state)
{
	struct world x;

	world_init(&x, *state);
	strs_add(&x.remove, "never");
	assert_ok(apply(&x), &x.err);
	assert_false(unit_exists(path_of(&x, "never")));
	world_end(&x);
}

static void names_that_cannot_be_are_refused(void **state)
{
	struct world x;

	world_init(&x, *state);
	x.files[2] = (struct workdir_file){.name = "../outside", .text = view_of("x")};
	x.rewrite.file_count = 3;
	assert_fails(apply(&x), &x.err, E_INVALID, "../outside");
	x.files[2].name = "m001";
	assert_fails(apply(&x), &x.err, E_CONFLICT, "put twice");
	assert_file(unit_path(x.dir, LEDGER), MARKED);
	assert_true(unit_exists(path_of(&x, "t001")));
	world_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(a_ledger_in_conflict_becomes_what_it_shall_be),
		unit_test_in_dir(the_backup_advises_nothing_that_would_do_harm),
		unit_test_in_dir(what_was_done_already_is_not_done_again),
		unit_test_in_dir(line_ends_of_a_checkout_stay),
		unit_test_in_dir(a_last_line_without_its_end_is_no_difference_of_line_ends),
		unit_test_in_dir(a_file_with_other_bytes_is_saved_and_replaced),
		unit_test_in_dir(what_is_to_go_and_is_not_there_is_gone),
		unit_test_in_dir(names_that_cannot_be_are_refused),
	};
	return unit_main(tests);
}
