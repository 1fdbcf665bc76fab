/*
 * A change of `.xata/` is all or nothing, at whichever system call the process is killed, the disk
 * fills up or the tree turns out to be read-only; and whatever is left is put right by the next
 * command.
 */
#include "lib/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "unit/project/world.h"

#define CALLS_MAX 400 /* far above what a small change makes */

/* UNHURT: done, and the fault lay behind the last call. */
enum outcome { OUTCOME_DONE, OUTCOME_UNHURT, OUTCOME_FAILED, OUTCOME_KILLED };

/* ---- two histories, and the change that leads from one to the other */

static const char *const before_names[] = {"m000", "m001", "m002", NULL};
static const char *const after_names[] = {"m000", "m001", "theirs000", "theirs001", NULL};

struct scenario {
	struct records before, after; /* whole histories */
	struct records add, replace;
	struct strs remove;
};

static void scenario_make(struct scenario *s)
{
	world_records(&s->before, "m", 3);
	world_tail(&s->after, &s->before, 0);
	record_free(s->after.items[--s->after.len]);
	world_records(&s->after, "theirs", 2);
	world_tail(&s->add, &s->after, 2);
	records_take(&s->replace, record_copy(s->before.items[1]));
	record_set_done(s->replace.items[0], false);
	strs_add(&s->remove, "m002");
}

static void scenario_release(struct scenario *s)
{
	records_release(&s->before);
	records_release(&s->after);
	records_release(&s->add);
	records_release(&s->replace);
	strs_release(&s->remove);
}

static void assert_same_list(const struct strs *have, const char *const *want, const char *what)
{
	size_t count = 0;

	while (want[count])
		count++;
	if (have->len != count)
		unit_fail("%zu names in %s instead of %zu", have->len, what, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(have->items[i], want[i]);
}

/* In a child: the number of the call that is to fail. */
static long fault_number;

/* Runs in a child what may be killed. */
static enum outcome in_a_child(void (*work)(const struct project *, const struct scenario *),
			       const struct project *p, const struct scenario *s, const char *fault)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (fault && !fault_arm(fault))
			_exit(9);
		fault_number = fault ? strtol(fault, NULL, 10) : 0;
		work(p, s);
		_exit(9);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return OUTCOME_KILLED;
	}
	switch (WEXITSTATUS(status)) {
	case 0:
		return OUTCOME_DONE;
	case 3:
		return OUTCOME_FAILED;
	case 4:
		return OUTCOME_UNHURT;
	default:
		unit_fail("the child ended with %d", WEXITSTATUS(status));
	}
	return OUTCOME_FAILED;
}

static void exit_with(int rc, const struct error *err)
{
	/* A failure has a message and a known kind: a full disk must not look like a defect. */
	if (rc < 0 && (!err->msg[0] || err->code == E_INTERNAL || rc != (int)err->code))
		_exit(9);
	_exit(rc < 0 ? 3 : fault_number && fault_count() < fault_number ? 4 : 0);
}

static void change_it(const struct project *p, const struct scenario *s)
{
	struct workdir_change change = {
		.command = "pull", .add = &s->add, .replace = &s->replace, .remove = &s->remove};
	struct error err = {0};
	struct workdir *w = NULL;
	char *backup = NULL;

	int rc = workdir_open(&w, p, WORKDIR_WRITE, 0, &err);
	if (rc == 0)
		rc = workdir_apply(&backup, w, &change, &err);
	if (rc == 0 && !backup)
		_exit(9);
	exit_with(rc, &err);
}

static void start_it(const struct project *p, const struct scenario *s)
{
	struct workdir_change change = {.command = "pull", .add = &s->before};
	struct error err = {0};
	struct workdir *w = NULL;
	char *backup = NULL;

	int rc = workdir_open(&w, p, WORKDIR_WRITE, 0, &err);
	if (rc == 0)
		rc = workdir_apply(&backup, w, &change, &err);
	exit_with(rc, &err);
}

static void open_it(const struct project *p, const struct scenario *s)
{
	struct error err = {0};
	struct workdir *w = NULL;

	(void)s;
	exit_with(workdir_open(&w, p, WORKDIR_WRITE, 0, &err), &err);
}

/* ---- looking at what is left, as the next command does */

static void assert_clean_state(const char *dir)
{
	static const char *const left[] = {".gitignore", "lock", NULL};
	AUTO_VALUE(strs) names = {0};
	struct error err = {0};

	assert_ok(fs_list(&names, AT_FDCWD, unit_path(dir, "p/.xata/.state"), &err), &err);
	strs_sort(&names);
	assert_same_list(&names, left, ".state");
}

/* Only record files of these names and the ledger are in migrations, nothing unfinished. */
static void assert_files(const char *dir, const char *const *want)
{
	AUTO_VALUE(strs) names = {0}, expected = {0};
	struct error err = {0};

	assert_ok(fs_list(&names, AT_FDCWD, unit_path(dir, "p/.xata/migrations"), &err), &err);
	if (want[0])
		strs_add(&expected, ".ledger");
	for (size_t i = 0; want[i]; i++)
		strs_take(&expected, xasprintf("%s.json", want[i]));
	strs_sort(&names);
	strs_sort(&expected);
	assert_int_equal(names.len, expected.len);
	for (size_t i = 0; i < names.len; i++)
		assert_string_equal(names.items[i], expected.items[i]);
}

/* The next command finds one history or the other, whole; true when it is the new one. */
static bool check_next_command(const char *dir, const struct project *p, const char *const *old,
			       const char *const *new)
{
	AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
	const struct strs *names = &workdir_ledger(w)->names;
	size_t old_len = 0;

	while (old[old_len])
		old_len++;
	bool is_new = names->len != old_len;
	assert_same_list(names, is_new ? new : old, ".ledger");
	assert_files(dir, is_new ? new : old);
	if (world_errors(w))
		unit_fail("the ledger has errors");
	assert_clean_state(dir);
	return is_new;
}

/* A fresh project in dir/<label>; with the history before when it has one. */
static struct project *fresh(char **dir, const char *base, const char *label, long n,
			     const struct scenario *s)
{
	*dir = xasprintf("%s/%.4s-%ld", base, label, n);
	mkdir(*dir, 0755);
	struct project *p = world_project(*dir);
	if (s)
		assert_int_equal(in_a_child(start_it, p, s, NULL), OUTCOME_DONE);
	return p;
}

/* ---- the walk through every call */

/* kind is a fault of fault.h without its number: "kill", "ENOSPC"; plus: from that call on. */
static void walk(const char *base, const char *kind, const char *plus, bool first_change)
{
	struct scenario s = {0};
	bool saw_old = false, saw_new = false;
	long n = 1;
	static const char *const none[] = {NULL};

	scenario_make(&s);
	for (; n < CALLS_MAX; n++) {
		AUTO_FREE char *dir = NULL;
		AUTO_FREE char *fault = xasprintf("%ld%s:%s", n, plus, kind);
		AUTO(project) *p = fresh(&dir, base, kind, n, first_change ? NULL : &s);
		enum outcome o = in_a_child(first_change ? start_it : change_it, p, &s, fault);
		bool is_new = check_next_command(dir, p, first_change ? none : before_names,
						 first_change ? before_names : after_names);
		if ((o == OUTCOME_DONE || o == OUTCOME_UNHURT) && !is_new)
			unit_fail("%s at call %ld: success was told and nothing changed", kind, n);
		saw_old = saw_old || !is_new;
		saw_new = saw_new || is_new;
		if (o == OUTCOME_UNHURT)
			break;
	}
	assert_true(n < CALLS_MAX);
	assert_true(saw_old && saw_new);
	scenario_release(&s);
}

static void need_faults(void)
{
	if (!FAULT_POSSIBLE)
		skip_because("built without --enable-faults");
}

static void a_killed_change_leaves_the_old_history_or_the_new(void **state)
{
	need_faults();
	walk(*state, "kill", "", false);
}

static void a_killed_first_change_leaves_nothing_or_all(void **state)
{
	need_faults();
	walk(*state, "kill", "", true);
}

static void a_full_disk_leaves_the_old_history_or_the_new(void **state)
{
	need_faults();
	walk(*state, "ENOSPC", "", false);
}

static void a_disk_that_stays_full_loses_nothing(void **state)
{
	need_faults();
	walk(*state, "ENOSPC", "+", false);
}

static void a_call_that_is_not_permitted_loses_nothing(void **state)
{
	need_faults();
	walk(*state, "EACCES", "", false);
}

static void a_disk_that_fails_to_sync_loses_nothing(void **state)
{
	need_faults();
	walk(*state, "EIO", "", true);
}

static bool journal_is_there(const char *dir)
{
	return unit_exists(unit_path(dir, "p/.xata/.state/journal.json"));
}

static bool a_file_has_moved(const char *dir)
{
	return journal_is_there(dir) &&
	       unit_exists(unit_path(dir, "p/.xata/migrations/theirs001.json"));
}

static bool the_ledger_has_moved(const char *dir)
{
	AUTO_FREE char *text = unit_read(unit_path(dir, "p/.xata/migrations/.ledger"), NULL);

	return journal_is_there(dir) && strstr(text, "theirs001");
}

static bool backup_does_not_ignore_itself_yet(const char *dir)
{
	struct stat st;

	return stat(unit_path(dir, "p/.xata/backup/.gitignore"), &st) == 0 && st.st_size == 0;
}

/* The first call that, when the change is killed before it, leaves the project so. */
static long call_behind(bool (*reached)(const char *dir), const char *base,
			const struct scenario *s)
{
	for (long n = 1; n < CALLS_MAX; n++) {
		AUTO_FREE char *dir = NULL;
		AUTO_FREE char *fault = xasprintf("%ld:kill", n);
		AUTO(project) *p = fresh(&dir, base, "find", n, s);
		assert_int_equal(in_a_child(change_it, p, s, fault), OUTCOME_KILLED);
		if (reached(dir))
			return n;
	}
	unit_fail("no call comes behind that");
	return 0;
}

static bool has_temporary(const char *dir, const char *folder)
{
	DIR *d = opendir(unit_path(dir, folder));
	const struct dirent *e;
	bool found = false;

	if (!d)
		return false;
	while ((e = readdir(d)))
		found = found || starts_with(e->d_name, FS_TMP_PREFIX);
	closedir(d);
	return found;
}

/* Kills the change there, and then its recovery at each of its own calls: what comes of it. */
static void kill_recoveries(bool (*reached)(const char *dir), bool is_new, const char *base)
{
	struct scenario s = {0};
	long m = 1;

	scenario_make(&s);
	AUTO_FREE char *fault = xasprintf("%ld:kill", call_behind(reached, base, &s));
	for (; m < CALLS_MAX; m++) {
		AUTO_FREE char *dir = NULL;
		AUTO_FREE char *second = xasprintf("%ld:kill", m);
		AUTO(project) *p = fresh(&dir, base, "again", m, &s);
		in_a_child(change_it, p, &s, fault);
		enum outcome o = in_a_child(open_it, p, &s, second);
		assert_int_equal(check_next_command(dir, p, before_names, after_names), is_new);
		assert_false(has_temporary(dir, "p/.xata/backup"));
		if (o == OUTCOME_UNHURT)
			break;
	}
	assert_true(m > 5 && m < CALLS_MAX);
	scenario_release(&s);
}

static void a_killed_recovery_is_recovered_from(void **state)
{
	need_faults();
	kill_recoveries(journal_is_there, false, *state);
}

static void a_killed_recovery_that_takes_files_back_is_recovered_from(void **state)
{
	need_faults();
	kill_recoveries(a_file_has_moved, false, *state);
}

static void a_killed_recovery_behind_the_ledger_is_recovered_from(void **state)
{
	need_faults();
	kill_recoveries(the_ledger_has_moved, true, *state);
}

static void a_killed_recovery_leaves_nothing_beside_a_half_written_ignore_file(void **state)
{
	need_faults();
	kill_recoveries(backup_does_not_ignore_itself_yet, false, *state);
}

/* Leaves a project of which the change was killed there. */
static struct project *interrupted(char **dir, bool (*reached)(const char *dir), const char *base,
				   const struct scenario *s)
{
	for (long n = 1; n < CALLS_MAX; n++) {
		AUTO_FREE char *fault = xasprintf("%ld:kill", n);
		struct project *p = fresh(dir, base, "stop", n, s);
		in_a_child(change_it, p, s, fault);
		if (reached(*dir))
			return p;
		project_free(p);
		free(*dir);
	}
	unit_fail("no call comes behind that");
	return NULL;
}

static void a_reader_finishes_what_was_committed(void **state)
{
	struct scenario s = {0};
	AUTO_FREE char *dir = NULL;

	need_faults();
	scenario_make(&s);
	AUTO(project) *p = interrupted(&dir, the_ledger_has_moved, *state, &s);
	AUTO(workdir) *w = world_open(p, WORKDIR_READ);
	assert_int_equal(workdir_recovered(w), RECOVERY_FINISHED);
	assert_same_list(&workdir_ledger(w)->names, after_names, ".ledger");
	AUTO(workdir) *other = world_open(p, WORKDIR_READ); /* the lock is a shared one again */
	assert_int_equal(workdir_recovered(other), RECOVERY_NONE);
	scenario_release(&s);
}

/* As "git reset --hard" does, which leaves what it does not know. */
static void what_git_took_back_stays_so(void **state)
{
	struct scenario s = {0};
	AUTO_FREE char *dir = NULL;

	need_faults();
	scenario_make(&s);
	AUTO(project) *p = interrupted(&dir, the_ledger_has_moved, *state, &s);
	unit_write(unit_path(dir, "p/.xata/migrations/.ledger"), "m000\nm001\nm002\n");
	AUTO(workdir) *w = world_open(p, WORKDIR_READ);
	assert_int_equal(workdir_recovered(w), RECOVERY_DISCARDED);
	workdir_free(steal(&w));
	assert_false(check_next_command(dir, p, before_names, after_names));
	scenario_release(&s);
}

/* A file that is younger than the journal is not the change's: it stays, and so does the backup. */
static void what_was_put_there_since_stays(void **state)
{
	struct scenario s = {0};
	AUTO_FREE char *dir = NULL;
	AUTO_VALUE(strs) backups = {0};
	struct error err = {0};

	need_faults();
	scenario_make(&s);
	AUTO(project) *p = interrupted(&dir, a_file_has_moved, *state, &s);
	clock_sleep_ms(20);
	unit_write(unit_path(dir, "p/.xata/migrations/m001.json"), "mine\n");
	unit_write(unit_path(dir, "p/.xata/migrations/theirs001.json"), "mine, too\n");
	workdir_free(world_open(p, WORKDIR_WRITE));
	assert_clean_state(dir);
	assert_file(unit_path(dir, "p/.xata/migrations/m001.json"), "mine\n");
	assert_file(unit_path(dir, "p/.xata/migrations/theirs001.json"), "mine, too\n");
	assert_false(unit_exists(unit_path(dir, "p/.xata/migrations/theirs000.json")));
	assert_ok(fs_list(&backups, AT_FDCWD, unit_path(dir, "p/.xata/backup"), &err), &err);
	assert_int_equal(backups.len, 2); /* and .gitignore */
	scenario_release(&s);
}

static void what_was_only_staged_is_discarded_and_said(void **state)
{
	struct scenario s = {0};
	AUTO_FREE char *dir = NULL;

	need_faults();
	scenario_make(&s);
	AUTO(project) *p = fresh(&dir, *state, "disc", 0, &s);
	/* Until a stage is there: the calls before it leave nothing to say anything about. */
	for (long n = 1; n < CALLS_MAX; n++) {
		AUTO_FREE char *fault = xasprintf("%ld:kill", n);
		assert_int_equal(in_a_child(change_it, p, &s, fault), OUTCOME_KILLED);
		AUTO(workdir) *w = world_open(p, WORKDIR_WRITE);
		if (workdir_recovered(w) == RECOVERY_NONE)
			continue;
		assert_int_equal(workdir_recovered(w), RECOVERY_DISCARDED);
		assert_clean_state(dir);
		scenario_release(&s);
		return;
	}
	unit_fail("nothing was ever discarded");
}

/* ---- journals that cannot be used */

static void a_ledger_that_was_changed_meanwhile_is_left_alone(void **state)
{
	struct scenario s = {0};
	AUTO_FREE char *dir = NULL;
	struct workdir *w = NULL;
	struct error err = {0};

	need_faults();
	scenario_make(&s);
	AUTO(project) *p = interrupted(&dir, journal_is_there, *state, &s);
	unit_write(unit_path(dir, "p/.xata/migrations/.ledger"), "m000\n");
	assert_fails_hinting(workdir_open(&w, p, WORKDIR_WRITE, 0, &err), &err, E_CONFLICT,
			     "\"xata pull\" was interrupted", "journal.json");
	assert_fails(workdir_open(&w, p, WORKDIR_READ, 0, &err), &err, E_CONFLICT, ".ledger");
	assert_file(unit_path(dir, "p/.xata/migrations/.ledger"), "m000\n");
	assert_int_equal(unlink(unit_path(dir, "p/.xata/.state/journal.json")), 0);
	workdir_free(world_open(p, WORKDIR_WRITE)); /* given up, as the hint says */
	assert_clean_state(dir);
	scenario_release(&s);
}

static void a_journal_that_cannot_be_read_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"", "{", "[]", "{\"version\":2}",
		/* right, but for a name that leads out of the directory */
		"{\"version\":1,\"command\":\"pull\",\"stage\":\"stage-a\",\"before\":"
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"after\":"
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
		"\"place\":[],\"drop\":[\"../../victim\"]}",
		"{\"version\":1,\"command\":\"pull\",\"stage\":\"stage-../..\",\"before\":"
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"after\":"
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
		"\"place\":[],\"drop\":[]}",
		/* right, but its stage is gone */
		"{\"version\":1,\"command\":\"pull\",\"stage\":\"stage-a\",\"before\":"
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"after\":"
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
		"\"place\":[],\"drop\":[]}"};
	AUTO(project) *p = world_project(*state);
	struct workdir *w = NULL;
	struct error err = {0};

	workdir_free(world_open(p, WORKDIR_WRITE));
	unit_write(unit_path(*state, "p/victim.json"), "mine\n");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		unit_write(unit_path(*state, "p/.xata/.state/journal.json"), texts[i]);
		assert_fails_hinting(workdir_open(&w, p, WORKDIR_WRITE, 0, &err), &err, E_PROJECT,
				     "journal.json", "remove that file");
		assert_fails(workdir_open(&w, p, WORKDIR_READ, 0, &err), &err, E_PROJECT,
			     "interrupted");
	}
	assert_file(unit_path(*state, "p/victim.json"), "mine\n");
}

/* ---- a tree that this user may not write */

static void as_nobody(const struct project *p, const struct scenario *s)
{
	struct error err = {0};
	struct workdir *w = NULL;

	(void)s;
	if (setgid(65534) < 0 || setuid(65534) < 0)
		_exit(9);
	if (workdir_open(&w, p, WORKDIR_READ, 0, &err) < 0 || workdir_ledger(w)->names.len != 3 ||
	    world_errors(w))
		_exit(9);
	workdir_free(w);
	int rc = workdir_open(&w, p, WORKDIR_WRITE, 0, &err);
	_exit(rc == E_ACCESS && strstr(err.hint, "owns") ? 0 : 9);
}

static void another_users_tree_is_read_and_not_written(void **state)
{
	struct scenario s = {0};
	AUTO_FREE char *dir = NULL;

	if (getuid() != 0)
		skip_because("only root can become another user");
	chmod(*state, 0755);
	scenario_make(&s);
	AUTO(project) *p = fresh(&dir, *state, "user", 0, &s);
	assert_int_equal(in_a_child(as_nobody, p, &s, NULL), OUTCOME_DONE);
	scenario_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(a_killed_change_leaves_the_old_history_or_the_new),
		unit_test_in_dir(a_killed_first_change_leaves_nothing_or_all),
		unit_test_in_dir(a_full_disk_leaves_the_old_history_or_the_new),
		unit_test_in_dir(a_disk_that_stays_full_loses_nothing),
		unit_test_in_dir(a_call_that_is_not_permitted_loses_nothing),
		unit_test_in_dir(a_disk_that_fails_to_sync_loses_nothing),
		unit_test_in_dir(a_killed_recovery_is_recovered_from),
		unit_test_in_dir(
			a_killed_recovery_leaves_nothing_beside_a_half_written_ignore_file),
		unit_test_in_dir(a_killed_recovery_that_takes_files_back_is_recovered_from),
		unit_test_in_dir(a_killed_recovery_behind_the_ledger_is_recovered_from),
		unit_test_in_dir(what_git_took_back_stays_so),
		unit_test_in_dir(what_was_put_there_since_stays),
		unit_test_in_dir(a_reader_finishes_what_was_committed),
		unit_test_in_dir(what_was_only_staged_is_discarded_and_said),
		unit_test_in_dir(a_ledger_that_was_changed_meanwhile_is_left_alone),
		unit_test_in_dir(a_journal_that_cannot_be_read_changes_nothing),
		unit_test_in_dir(another_users_tree_is_read_and_not_written),
	};
	/* The calls are what counts, not how long a disk takes for them. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1);
	return unit_main(tests);
}
