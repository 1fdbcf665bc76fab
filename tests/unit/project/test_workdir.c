/* What workdir.h promises as long as no system call fails that has to work. */
#include "lib/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/fault.h"
#include "base/fs.h"

#include "unit/project/world.h"

static void an_absent_directory_reads_as_an_empty_history(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO(workdir) *w = world_open(p, WORKDIR_READ);
	AUTO_VALUE(strs) files = {0};
	struct error err = {0};
	struct record *r = NULL;

	assert_int_equal(workdir_ledger(w)->names.len, 0);
	assert_string_equal(workdir_ledger_text(w).len ? "text" : "", "");
	assert_ok(workdir_other_files(&files, w, &err), &err);
	assert_int_equal(files.len, 0);
	assert_fails(workdir_record(&r, w, "mig_a", &err), &err, E_NOTFOUND, "mig_a.json");
	assert_false(unit_exists(unit_path(*state, "p/.xata")));
}

static void records_are_appended_and_read_back(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0};
	AUTO(record) *r = NULL;
	struct error err = {0};

	world_records(&add, "m", 3);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	assert_null(world_apply(w, &add, NULL, NULL));
	assert_int_equal(workdir_ledger(w)->names.len, 3);
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"), "m000\nm001\nm002\n");
	assert_ok(workdir_record(&r, w, "m001", &err), &err);
	assert_true(record_same(r, add.items[1]));
	assert_int_equal(world_errors(w), 0);
	assert_false(unit_exists(unit_path(*state, "p/.xata/backup")));
	assert_false(unit_exists(unit_path(*state, "p/.xata/.state/journal.json")));
	assert_file(unit_path(*state, "p/.xata/.state/.gitignore"), "*\n");
	struct stat st;
	assert_int_equal(stat(unit_path(*state, "p/.xata/migrations/m000.json"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void a_plain_ledger_is_read_when_it_is_wanted(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0};
	AUTO_VALUE(records) more = {0};
	AUTO_VALUE(history) h = {0};
	struct error err = {0};
	struct workdir *w = world_open(p, WORKDIR_WRITE);
	size_t at;

	world_records(&add, "m", 5);
	world_tail(&more, &add, 3);
	while (add.len > 3)
		record_free(add.items[--add.len]);
	free(world_apply(w, &add, NULL, NULL));
	workdir_free(w);
	assert_ok(workdir_open_unread(&w, p, WORKDIR_WRITE, 0, &err), &err);
	assert_int_equal(workdir_ledger(w)->names.len, 0);
	assert_int_equal(workdir_ledger_findings(w)->len, 0);
	workdir_history(&h, w);
	assert_int_equal(h.len, 3);
	assert_string_equal(history_at(&h, 2)->name, "m002");
	assert_false(history_find(&h, "m001", &at));
	assert_ok(history_load(&h, &err), &err);
	assert_true(history_find(&h, "m001", &at));
	workdir_free(w);
	/* A change needs the whole ledger, and reads it. */
	assert_ok(workdir_open_unread(&w, p, WORKDIR_WRITE, 0, &err), &err);
	free(world_apply(w, &more, NULL, NULL));
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"),
		    "m000\nm001\nm002\nm003\nm004\n");
	assert_int_equal(workdir_ledger(w)->names.len, 5);
	workdir_free(w);
	/* One that is not plain is read at once, for its findings. */
	unit_write(unit_path(*state, "p/.xata/migrations/.ledger"), "m000\nm000\n");
	assert_ok(workdir_open_unread(&w, p, WORKDIR_READ, 0, &err), &err);
	assert_int_equal(workdir_ledger(w)->names.len, 1);
	assert_int_equal(workdir_ledger_findings(w)->errors, 1);
	workdir_free(w);
	/* And one that disappears in between is an empty one. */
	unit_write(unit_path(*state, "p/.xata/migrations/.ledger"), "m000\nm001\n");
	assert_ok(workdir_open_unread(&w, p, WORKDIR_READ, 0, &err), &err);
	assert_int_equal(unlink(unit_path(*state, "p/.xata/migrations/.ledger")), 0);
	assert_ok(workdir_load(w, &err), &err);
	assert_int_equal(workdir_ledger(w)->names.len, 0);
	workdir_free(w);
}

/* A ledger long enough to be worth it: count names, the newest "newest", changed an hour ago. */
static void write_long_ledger(const char *path, int count, const char *newest)
{
	AUTO_STR text = {0};
	struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};

	for (int i = 1; i < count; i++)
		str_printf(&text, "m%06d_with_a_name_of_some_length\n", i);
	str_printf(&text, "%s\n", newest);
	unit_write(path, str_cstr(&text));
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* What a command finds that opens the project unread; whether it had to read for it. */
static size_t glance_at(struct project *p, enum workdir_mode mode, const char *newest)
{
	AUTO_VALUE(history) h = {0};
	struct error err = {0};
	struct workdir *w = NULL;

	assert_ok(workdir_open_unread(&w, p, mode, 0, &err), &err);
	workdir_history(&h, w);
	size_t len = h.len;
	assert_string_equal(history_at(&h, len - 1)->name, newest);
	workdir_free(w);
	return len;
}

/* Waits until the file has not changed for longer than the clock of a file system may stand. */
static void settle(void)
{
	struct timespec pause = {.tv_sec = 2, .tv_nsec = 100000000};

	nanosleep(&pause, NULL);
}

static void a_long_ledger_is_looked_through_once(void **state)
{
	AUTO(project) *p = world_project(*state);
	char ledger[500], kept[500];

	snprintf(ledger, sizeof ledger, "%s", unit_path(*state, "p/.xata/migrations/.ledger"));
	snprintf(kept, sizeof kept, "%s", unit_path(*state, "p/.xata/.state/glance.json"));
	workdir_free(world_open(p, WORKDIR_WRITE));
	write_long_ledger(ledger, 9000, "z1");
	/* It was changed just now: what is found proves nothing for later. */
	assert_int_equal(glance_at(p, WORKDIR_WRITE, "z1"), 9000);
	assert_false(unit_exists(kept));
	settle();
	assert_int_equal(glance_at(p, WORKDIR_READ, "z1"), 9000);
	assert_false(unit_exists(kept)); /* a reader writes nothing */
	assert_int_equal(glance_at(p, WORKDIR_WRITE, "z1"), 9000);
	assert_true(unit_exists(kept));
	assert_int_equal(glance_at(p, WORKDIR_READ, "z1"), 9000);

	/* That it is not looked through again shows when what was kept says something else. */
	AUTO_STR text = {0};
	struct error err = {0};
	assert_ok(fs_read(&text, AT_FDCWD, kept, 4096, &err), &err);
	char *count = strstr(text.ptr, "9000");
	assert_non_null(count);
	count[0] = '8';
	unit_write(kept, str_cstr(&text));
	assert_int_equal(glance_at(p, WORKDIR_READ, "z1"), 8000);

	/* A change of the same length, with the same time of modification. */
	write_long_ledger(ledger, 9000, "z2");
	assert_int_equal(glance_at(p, WORKDIR_READ, "z2"), 9000);
	/* A copy in its place. */
	write_long_ledger(unit_path(*state, "copy"), 9000, "z3");
	assert_int_equal(rename(unit_path(*state, "copy"), ledger), 0);
	assert_int_equal(glance_at(p, WORKDIR_READ, "z3"), 9000);
	/* What was kept is spoilt. */
	unit_write(kept, "{\"stamp\":1}");
	assert_int_equal(glance_at(p, WORKDIR_READ, "z3"), 9000);
	unit_write(kept, "\xff");
	assert_int_equal(glance_at(p, WORKDIR_READ, "z3"), 9000);
}

static void a_ledger_spoilt_after_it_was_opened_is_found_when_it_is_loaded(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(history) h = {0};
	struct error err = {0};
	struct workdir *w = world_open(p, WORKDIR_WRITE);

	workdir_free(w);
	unit_write(unit_path(*state, "p/.xata/migrations/.ledger"), "a\nb\n");
	assert_ok(workdir_open_unread(&w, p, WORKDIR_READ, 0, &err), &err);
	workdir_history(&h, w);
	unit_write(unit_path(*state, "p/.xata/migrations/.ledger"), "a\r\nb\r\nb\r\n");
	assert_fails(history_load(&h, &err), &err, E_INVALID, "repeats \"b\"");
	workdir_free(w);
}

static void files_that_no_line_names_are_listed(void **state)
{
	static const char *const there[] = {"m000.json", "m001.json", "b.json",
					    "a.txt",	 ".json",     ".ledger"};
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(strs) files = {0};
	struct error err = {0};

	mkdir(unit_path(*state, "p/.xata"), 0755);
	mkdir(unit_path(*state, "p/.xata/migrations"), 0755);
	for (size_t i = 0; i < ARRAY_LEN(there); i++) {
		AUTO_FREE char *path = xasprintf("p/.xata/migrations/%s", there[i]);
		unit_write(unit_path(*state, path), "m000\nm001\n");
	}
	AUTO(workdir) *w = world_open(p, WORKDIR_READ);
	assert_ok(workdir_other_files(&files, w, &err), &err);
	assert_int_equal(files.len, 3);
	assert_string_equal(files.items[0], ".json");
	assert_string_equal(files.items[1], "a.txt");
	assert_string_equal(files.items[2], "b.json");
}

static void a_second_process_sees_what_the_first_wrote(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0};

	world_records(&add, "m", 2);
	struct workdir *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &add, NULL, NULL));
	workdir_free(w);
	AUTO(workdir) *reader = world_open(p, WORKDIR_READ);
	assert_int_equal(workdir_recovered(reader), RECOVERY_NONE);
	assert_int_equal(workdir_ledger(reader)->names.len, 2);
}

static void a_large_change_is_written_whole(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0};

	world_records(&add, "m", 150);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	assert_null(world_apply(w, &add, NULL, NULL));
	assert_int_equal(workdir_ledger(w)->names.len, 150);
	assert_int_equal(world_errors(w), 0);
}

static void removed_records_go_to_a_backup_with_the_old_ledger(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) first = {0}, news = {0}, add = {0};
	AUTO_VALUE(strs) gone = {0};

	world_records(&first, "m", 3);
	records_take(&news, record_copy(first.items[0]));
	world_records(&news, "theirs", 2);
	world_tail(&add, &news, 1);
	strs_add(&gone, "m001");
	strs_add(&gone, "m002");
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &first, NULL, NULL));
	AUTO_FREE char *backup = world_apply(w, &add, &gone, NULL);
	assert_non_null(backup);
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"),
		    "m000\ntheirs000\ntheirs001\n");
	assert_int_equal(world_errors(w), 0);
	AUTO_FREE char *dir = xasprintf("%s/p/%s", (char *)*state, backup);
	assert_file(unit_path(dir, ".ledger"), "m000\nm001\nm002\n");
	assert_true(unit_exists(unit_path(dir, "m001.json")));
	assert_true(unit_exists(unit_path(dir, "m002.json")));
	assert_false(unit_exists(unit_path(dir, "m000.json")));
	char *readme = unit_read(unit_path(dir, "README"), NULL);
	assert_non_null(strstr(readme, "\"xata test\""));
	free(readme);
	assert_file(unit_path(*state, "p/.xata/backup/.gitignore"), "*\n");
}

#define MANY 12

static void backup_is_whole(const char *top, const char *backup, const struct records *were)
{
	AUTO_FREE char *dir = xasprintf("%s/p/%s", top, backup);

	for (size_t i = 0; i < were->len; i++) {
		AUTO_FREE char *file = xasprintf("%s/%s.json", dir, record_name(were->items[i]));
		AUTO_STR text = {0};
		struct stat st;
		record_print(&text, were->items[i]);
		assert_file(file, str_cstr(&text));
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(st.st_nlink, 1); /* nothing else is the same file */
	}
}

/* The files of many are given a second name instead of being copied. */
static void a_backup_of_many_records_has_files_of_its_own(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) first = {0};
	AUTO_VALUE(strs) gone = {0};

	world_records(&first, "m", MANY);
	for (size_t i = 0; i < MANY; i++)
		strs_add(&gone, record_name(first.items[i]));
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &first, NULL, NULL));
	AUTO_FREE char *backup = world_apply(w, NULL, &gone, NULL);
	assert_non_null(backup);
	backup_is_whole(*state, backup, &first);
}

/* Before a file is given a second name every call fails for good: the first that does not is it. */
static void a_backup_is_whole_where_there_are_no_hard_links(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) first = {0};
	AUTO_VALUE(strs) gone = {0};
	AUTO_FREE char *backup = NULL;
	int rc = E_IO;

	if (!FAULT_POSSIBLE)
		skip_because("configured without --enable-faults");
	world_records(&first, "m", MANY);
	for (size_t i = 0; i < MANY; i++)
		strs_add(&gone, record_name(first.items[i]));
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &first, NULL, NULL));
	struct workdir_change change = {.command = "test", .remove = &gone};
	for (int n = 1; n < MANY && rc < 0; n++) {
		struct error err = {0};
		char spec[32];
		snprintf(spec, sizeof spec, "%d:EPERM", n);
		assert_true(fault_arm(spec));
		rc = workdir_apply(&backup, w, &change, &err);
		fault_arm(NULL);
	}
	assert_int_equal(rc, 0);
	assert_non_null(backup);
	backup_is_whole(*state, backup, &first);
}

static void two_backups_of_one_second_have_two_folders(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) first = {0};
	AUTO_VALUE(strs) seen = {0};

	world_records(&first, "m", 1);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	for (int i = 0; i < 3; i++) {
		AUTO_VALUE(strs) gone = {0};
		strs_add(&gone, "m000");
		free(world_apply(w, &first, NULL, NULL));
		AUTO_FREE char *backup = world_apply(w, NULL, &gone, NULL);
		assert_non_null(backup);
		assert_false(strs_has(&seen, backup));
		AUTO_FREE char *dir = xasprintf("%s/p/%s", (char *)*state, backup);
		assert_true(unit_exists(dir));
		strs_add(&seen, backup);
	}
	assert_int_equal(workdir_ledger(w)->names.len, 0);
}

static void a_record_of_the_same_name_may_replace_a_removed_one(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) first = {0}, second = {0};
	AUTO_VALUE(strs) gone = {0};

	world_records(&first, "m", 1);
	world_records(&second, "other", 1);
	world_records(&second, "m", 1);
	strs_add(&gone, "m000");
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &first, NULL, NULL));
	AUTO_FREE char *backup = world_apply(w, &second, &gone, NULL);
	assert_non_null(backup);
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"), "other000\nm000\n");
	assert_int_equal(world_errors(w), 0);
	AUTO_FREE char *dir = xasprintf("%s/p/%s", (char *)*state, backup);
	assert_true(unit_exists(unit_path(dir, "m000.json")));
}

static void a_replaced_record_keeps_its_line_and_its_old_file(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) first = {0}, changed = {0};
	AUTO_STR old = {0};

	world_records(&first, "m", 2);
	records_take(&changed, record_copy(first.items[1]));
	record_set_done(changed.items[0], false);
	record_print(&old, first.items[1]);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &first, NULL, NULL));
	AUTO_FREE char *backup = world_apply(w, NULL, NULL, &changed);
	assert_non_null(backup);
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"), "m000\nm001\n");
	AUTO_FREE char *dir = xasprintf("%s/p/%s", (char *)*state, backup);
	assert_file(unit_path(dir, "m001.json"), str_cstr(&old));
	AUTO(record) *now = NULL;
	struct error err = {0};
	assert_ok(workdir_record(&now, w, "m001", &err), &err);
	assert_false(record_done(now));
}

static void an_unknown_file_in_the_way_is_saved_first(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0};

	world_records(&add, "m", 1);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	unit_write(unit_path(*state, "p/.xata/migrations/m000.json"), "mine\n");
	AUTO_FREE char *backup = world_apply(w, &add, NULL, NULL);
	assert_non_null(backup);
	assert_int_equal(world_errors(w), 0);
	AUTO_FREE char *dir = xasprintf("%s/p/%s", (char *)*state, backup);
	assert_file(unit_path(dir, "m000.json"), "mine\n");
}

static void a_folder_in_the_way_stops_the_change_before_it_starts(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0};
	struct error err = {0};
	char *backup;

	world_records(&add, "m", 1);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	mkdir(unit_path(*state, "p/.xata/migrations/m000.json"), 0755);
	struct workdir_change change = {.command = "test", .add = &add};
	assert_fails_hinting(workdir_apply(&backup, w, &change, &err), &err, E_INVALID,
			     "not a regular file", "out of the way");
	assert_false(unit_exists(unit_path(*state, "p/.xata/migrations/.ledger")));
	AUTO_VALUE(strs) left = {0};
	assert_ok(fs_list(&left, AT_FDCWD, unit_path(*state, "p/.xata/.state"), &err), &err);
	assert_int_equal(left.len, 2); /* .gitignore, lock */
}

static void names_that_do_not_fit_the_ledger_are_refused(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0}, twice = {0};
	AUTO_VALUE(strs) unknown = {0};
	struct error err = {0};
	char *backup;

	world_records(&add, "m", 1);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &add, NULL, NULL));
	struct workdir_change change = {.command = "test", .add = &add};
	assert_fails(workdir_apply(&backup, w, &change, &err), &err, E_CONFLICT, "\"m000\"");
	world_records(&twice, "n", 1);
	records_take(&twice, record_copy(twice.items[0]));
	change.add = &twice;
	assert_fails(workdir_apply(&backup, w, &change, &err), &err, E_CONFLICT, "twice");
	strs_add(&unknown, "x");
	change = (struct workdir_change){.command = "test", .remove = &unknown};
	assert_fails(workdir_apply(&backup, w, &change, &err), &err, E_NOTFOUND, "\"x\"");
	change = (struct workdir_change){.command = "test", .replace = &twice};
	assert_fails(workdir_apply(&backup, w, &change, &err), &err, E_NOTFOUND, "\"n000\"");
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"), "m000\n");
}

static void an_empty_change_touches_nothing(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) none = {0};
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);

	assert_null(world_apply(w, &none, NULL, NULL));
	assert_false(unit_exists(unit_path(*state, "p/.xata/migrations/.ledger")));
}

static void lines_that_stay_keep_their_bytes(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0}, more = {0}, tail = {0};
	AUTO_VALUE(strs) gone = {0};

	world_records(&add, "m", 3);
	world_tail(&more, &add, 0);
	world_records(&more, "n", 1);
	world_tail(&tail, &more, 3);
	strs_add(&gone, "m001");
	struct workdir *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &add, NULL, NULL));
	workdir_free(w);
	/* As a checkout with CRLF leaves it, and without a last line end. */
	unit_write(unit_path(*state, "p/.xata/migrations/.ledger"), "m000\r\n\r\nm001\r\nm002");
	w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &tail, NULL, NULL));
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"),
		    "m000\r\n\r\nm001\r\nm002\nn000\n");
	free(world_apply(w, NULL, &gone, NULL));
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"), "m000\r\n\r\nm002\nn000\n");
	workdir_free(w);
}

static void a_reader_cannot_change_anything(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0};
	struct error err = {0};
	char *backup;

	world_records(&add, "m", 1);
	AUTO(workdir) *w = world_open(p, WORKDIR_READ);
	struct workdir_change change = {.command = "test", .add = &add};
	assert_fails(workdir_apply(&backup, w, &change, &err), &err, E_INTERNAL, "for reading");
	assert_fails(workdir_tracking_set(w, "k", "m000", NULL, &err), &err, E_INTERNAL,
		     "for reading");
}

static void links_in_place_of_the_directories_are_refused(void **state)
{
	AUTO(project) *p = world_project(*state);
	struct workdir *w = NULL;
	struct error err = {0};

	mkdir(unit_path(*state, "elsewhere"), 0755);
	assert_int_equal(symlink(unit_path(*state, "elsewhere"), unit_path(*state, "p/.xata")), 0);
	assert_fails(workdir_open(&w, p, WORKDIR_READ, 0, &err), &err, E_ACCESS, "\".xata\"");
	assert_fails(workdir_open(&w, p, WORKDIR_WRITE, 0, &err), &err, E_ACCESS, "\".xata\"");
	unlink(unit_path(*state, "p/.xata"));
	mkdir(unit_path(*state, "p/.xata"), 0755);
	assert_int_equal(
		symlink(unit_path(*state, "elsewhere"), unit_path(*state, "p/.xata/migrations")),
		0);
	assert_fails(workdir_open(&w, p, WORKDIR_READ, 0, &err), &err, E_ACCESS, "migrations");
	assert_fails(workdir_open(&w, p, WORKDIR_WRITE, 0, &err), &err, E_ACCESS, "migrations");
	assert_null(w);
	assert_int_equal(rmdir(unit_path(*state, "elsewhere")), 0); /* still empty */
}

static void a_file_with_another_record_in_it_is_named(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(records) add = {0};
	struct error err = {0};
	struct record *r = NULL;

	world_records(&add, "m", 2);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	free(world_apply(w, &add, NULL, NULL));
	rename(unit_path(*state, "p/.xata/migrations/m001.json"),
	       unit_path(*state, "p/.xata/migrations/m000.json"));
	assert_fails_hinting(workdir_record(&r, w, "m000", &err), &err, E_INVALID, "\"m001\"",
			     "xata verify");
	unit_write(unit_path(*state, "p/.xata/migrations/m000.json"), "{");
	assert_fails(workdir_record(&r, w, "m000", &err), &err, E_INVALID,
		     ".xata/migrations/m000.json");
	assert_fails(workdir_record(&r, w, "../../evil", &err), &err, E_INVALID, "");
	assert_null(r);
}

/* ---- locks */

static void a_held_lock_is_reported_with_its_holder(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	struct workdir *second = NULL;
	struct error err = {0};
	AUTO_FREE char *pid = xasprintf("%ld", (long)getpid());

	assert_fails_hinting(workdir_open(&second, p, WORKDIR_WRITE, 50, &err), &err, E_LOCKED, pid,
			     "--lock-wait");
	assert_fails(workdir_open(&second, p, WORKDIR_READ, 0, &err), &err, E_LOCKED, "held by");
}

static void readers_do_not_keep_each_other_out(void **state)
{
	AUTO(project) *p = world_project(*state);

	workdir_free(world_open(p, WORKDIR_WRITE));
	AUTO(workdir) *one = world_open(p, WORKDIR_READ);
	AUTO(workdir) *two = world_open(p, WORKDIR_READ);
	assert_ptr_not_equal(one, two);
}

static void a_dead_process_leaves_no_lock(void **state)
{
	AUTO(project) *p = world_project(*state);
	int status;

	pid_t child = fork();
	if (child == 0) {
		struct workdir *w = NULL;
		if (workdir_open(&w, p, WORKDIR_WRITE, 0, NULL) < 0)
			_exit(1);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	workdir_free(world_open(p, WORKDIR_WRITE));
}

static void append_in_a_child(const struct project *p, const char *prefix)
{
	struct workdir *w = NULL;
	struct error err = {0};
	char *backup = NULL;

	for (int i = 0; i < 10; i++) {
		if (workdir_open(&w, p, WORKDIR_WRITE, 20000, &err) < 0)
			_exit(1);
		AUTO_VALUE(records) all = {0}, add = {0};
		const struct strs *names = &workdir_ledger(w)->names;
		struct record *last = NULL;
		if (names->len && workdir_record(&last, w, names->items[names->len - 1], &err) < 0)
			_exit(2);
		if (last)
			records_take(&all, last);
		AUTO_FREE char *name = xasprintf("%s%d_", prefix, i);
		world_records(&all, name, 1);
		world_tail(&add, &all, last ? 1 : 0);
		struct workdir_change change = {.command = "test", .add = &add};
		if (workdir_apply(&backup, w, &change, &err) < 0)
			_exit(3);
		workdir_free(w);
	}
	_exit(0);
}

static void two_processes_take_turns(void **state)
{
	AUTO(project) *p = world_project(*state);
	pid_t children[2];
	int status;

	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (children[i] == 0)
			append_in_a_child(p, i ? "b" : "a");
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	AUTO(workdir) *w = world_open(p, WORKDIR_READ);
	assert_int_equal(workdir_ledger(w)->names.len, 20);
	assert_int_equal(world_errors(w), 0);
}

/* ---- the last known heads */

static void heads_are_remembered_for_each_branch(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	AUTO_VALUE(tracking) a = {0}, b = {0}, c = {0};
	struct error err = {0};

	assert_ok(workdir_tracking_get(&a, w, "https://h/db/x:main", &err), &err);
	assert_null(a.id);
	assert_ok(workdir_tracking_set(w, "https://h/db/x:main", "mig_a", "1:00", &err), &err);
	assert_ok(workdir_tracking_set(w, "https://h/db/x:dev", "mig_b", NULL, &err), &err);
	assert_ok(workdir_tracking_get(&b, w, "https://h/db/x:main", &err), &err);
	assert_string_equal(b.id, "mig_a");
	assert_string_equal(b.checksum, "1:00");
	assert_ok(workdir_tracking_get(&c, w, "https://h/db/x:dev", &err), &err);
	assert_string_equal(c.id, "mig_b");
	assert_null(c.checksum);
}

static void spoilt_tracking_is_as_none(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	const char *file = unit_path(*state, "p/.xata/.state/tracking.json");
	static const char *const texts[] = {
		"", "{", "[]", "{\"k\":3}", "{\"k\":{\"id\":7}}", "{\"k\":{\"id\":\"../x\"}}"};
	struct error err = {0};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO_VALUE(tracking) t = {0};
		unit_write(file, texts[i]);
		assert_ok(workdir_tracking_get(&t, w, "k", &err), &err);
		assert_null(t.id);
	}
	assert_ok(workdir_tracking_set(w, "k", "mig_a", NULL, &err), &err);
	AUTO_VALUE(tracking) t = {0};
	assert_ok(workdir_tracking_get(&t, w, "k", &err), &err);
	assert_string_equal(t.id, "mig_a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(an_absent_directory_reads_as_an_empty_history),
		unit_test_in_dir(records_are_appended_and_read_back),
		unit_test_in_dir(a_plain_ledger_is_read_when_it_is_wanted),
		unit_test_in_dir(a_long_ledger_is_looked_through_once),
		unit_test_in_dir(a_ledger_spoilt_after_it_was_opened_is_found_when_it_is_loaded),
		unit_test_in_dir(files_that_no_line_names_are_listed),
		unit_test_in_dir(a_second_process_sees_what_the_first_wrote),
		unit_test_in_dir(a_large_change_is_written_whole),
		unit_test_in_dir(removed_records_go_to_a_backup_with_the_old_ledger),
		unit_test_in_dir(a_backup_of_many_records_has_files_of_its_own),
		unit_test_in_dir(a_backup_is_whole_where_there_are_no_hard_links),
		unit_test_in_dir(two_backups_of_one_second_have_two_folders),
		unit_test_in_dir(a_record_of_the_same_name_may_replace_a_removed_one),
		unit_test_in_dir(a_replaced_record_keeps_its_line_and_its_old_file),
		unit_test_in_dir(an_unknown_file_in_the_way_is_saved_first),
		unit_test_in_dir(a_folder_in_the_way_stops_the_change_before_it_starts),
		unit_test_in_dir(names_that_do_not_fit_the_ledger_are_refused),
		unit_test_in_dir(an_empty_change_touches_nothing),
		unit_test_in_dir(lines_that_stay_keep_their_bytes),
		unit_test_in_dir(a_reader_cannot_change_anything),
		unit_test_in_dir(links_in_place_of_the_directories_are_refused),
		unit_test_in_dir(a_file_with_another_record_in_it_is_named),
		unit_test_in_dir(a_held_lock_is_reported_with_its_holder),
		unit_test_in_dir(readers_do_not_keep_each_other_out),
		unit_test_in_dir(a_dead_process_leaves_no_lock),
		unit_test_in_dir(two_processes_take_turns),
		unit_test_in_dir(heads_are_remembered_for_each_branch),
		unit_test_in_dir(spoilt_tracking_is_as_none),
	};
	return unit_main(tests);
}
