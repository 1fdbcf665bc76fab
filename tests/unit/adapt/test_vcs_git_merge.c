/* Merging in memory, making commits and moving branches, checked with the real git. */
#include "lib/unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "adapt/vcs_git.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "unit/support/git_repo.h"

static struct vcs_id id_of(struct vcs *v, const char *text)
{
	struct vcs_id id;
	struct error err = {0};

	assert_ok(v->ops->find(&id, v, text, &err), &err);
	return id;
}

/* Two branches off one commit: both change "file", each adds a file of its own. */
static char *make_sides(const char *dir)
{
	make_repository(dir);
	char *repo = xasprintf("%s/repo", dir);
	git(repo, "config", "user.name", "T", NULL, NULL);
	git(repo, "config", "user.email", "t@example", NULL, NULL);
	commit_file(repo, "file", "base\n");
	git(repo, "branch", "theirs", NULL, NULL, NULL);
	commit_file(repo, "file", "ours\n");
	commit_file(repo, "one", "1\n");
	git(repo, "checkout", "-q", "theirs", NULL, NULL);
	commit_file(repo, "file", "theirs\n");
	commit_file(repo, "two", "2\n");
	git(repo, "checkout", "-q", "main", NULL, NULL);
	return repo;
}

static struct vcs_merge *merge_sides(struct vcs *v)
{
	struct vcs_merge *m;
	struct error err = {0};
	struct vcs_id ours = id_of(v, "main"), theirs = id_of(v, "theirs");

	assert_ok(v->ops->merge(&m, v, &ours, &theirs, true, &err), &err);
	return m;
}

static int files; /* nftw() passes nothing on */

static int count_files(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path;
	(void)st;
	(void)where;
	if (type == FTW_F)
		files++;
	return 0;
}

/* How many files are in a folder and below. */
static int files_below(const char *dir)
{
	files = 0;
	assert_int_equal(nftw(dir, count_files, 16, FTW_PHYS), 0);
	return files;
}

/* Names and texts of the top of a tree, as "name=text" with spaces between. */
static void assert_tree(struct vcs *v, const struct vcs_id *tree, const char *want)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	AUTO_STR got = {0};
	struct error err = {0};
	struct vcs_place place = {.where = VCS_COMMIT, .commit = *tree};

	assert_ok(v->ops->list(&entries, v, &place, "", &err), &err);
	for (size_t i = 0; i < entries.len; i++) {
		str_printf(&got, "%s=", entries.items[i].name);
		assert_ok(v->ops->read(&got, v, &entries.items[i].id, 100, &err), &err);
	}
	assert_string_equal(str_cstr(&got), want);
}

static void what_git_cannot_merge_is_a_conflict_until_it_is_replaced(void **state)
{
	AUTO_VALUE(vcs_conflicts) conflicts = {0};
	AUTO_VALUE(vcs_conflicts) none = {0};
	struct error err = {0};
	struct vcs_id id, tree;

	AUTO_FREE char *repo = make_sides(*state);
	struct vcs *v = open_vcs(repo);
	struct vcs_merge *m = merge_sides(v);
	v->ops->merge_conflicts(&conflicts, m);
	assert_int_equal(conflicts.len, 1);
	assert_string_equal(conflicts.items[0].path, "file");
	assert_int_equal(conflicts.items[0].kind, VCS_BOTH_CHANGED);
	assert_fails(v->ops->merge_tree(&tree, m, &err), &err, E_CONFLICT, "in conflict");
	assert_ok(v->ops->write(&id, v, view_of("both\n"), &err), &err);
	assert_ok(v->ops->merge_put(m, "file", &id, &err), &err);
	assert_ok(v->ops->merge_put(m, "new", &id, &err), &err);
	assert_ok(v->ops->merge_remove(m, "one", &err), &err);
	assert_ok(v->ops->merge_remove(m, "not there", &err), &err);
	v->ops->merge_conflicts(&none, m);
	assert_int_equal(none.len, 0);
	assert_ok(v->ops->merge_tree(&tree, m, &err), &err);
	assert_tree(v, &tree, "file=both\nnew=both\ntwo=2\n");
	v->ops->merge_free(m);
	v->ops->close(v);
}

static void nothing_is_in_the_repository_until_it_is_kept(void **state)
{
	struct error err = {0};
	struct vcs_id blob, tree, commit;
	char hex[VCS_HEX_MAX + 1];

	AUTO_FREE char *repo = make_sides(*state);
	int before = files_below(unit_path(repo, ".git"));
	struct vcs *v = open_vcs(repo);
	struct vcs_merge *m = merge_sides(v);
	assert_ok(v->ops->write(&blob, v, view_of(""), &err), &err);
	assert_ok(v->ops->merge_put(m, "file", &blob, &err), &err);
	assert_ok(v->ops->merge_tree(&tree, m, &err), &err);
	struct vcs_id parents[] = {id_of(v, "main"), id_of(v, "theirs")};
	struct vcs_commit c = {
		.tree = tree, .parents = parents, .parent_count = 2, .message = "merged\n"};
	assert_ok(v->ops->commit(&commit, v, &c, &err), &err);
	v->ops->merge_free(m);
	assert_int_equal(files_below(unit_path(repo, ".git")), before);
	vcs_id_hex(hex, &commit);
	assert_ok(v->ops->keep(v, &err), &err);
	assert_ok(v->ops->keep(v, &err), &err);
	v->ops->close(v);
	git(repo, "merge-base", "--is-ancestor", "theirs", hex, NULL);
	git(repo, "branch", "kept", hex, NULL, NULL);
	git(repo, "fsck", "--strict", "--no-dangling", NULL, NULL);
	v = open_vcs(repo);
	assert_tree(v, &commit, "file=one=1\ntwo=2\n");
	v->ops->close(v);
}

static void kinds_of_conflicts_are_told_apart(void **state)
{
	AUTO_VALUE(vcs_conflicts) conflicts = {0};

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	unit_write(unit_path(repo, "a"), "a\n");
	commit_file(repo, "b", "b\n");
	git(repo, "branch", "theirs", NULL, NULL, NULL);
	git(repo, "rm", "-q", "a", NULL, NULL);
	unit_write(unit_path(repo, "c"), "ours\n");
	commit_file(repo, "b", "b changed\n");
	git(repo, "checkout", "-q", "theirs", NULL, NULL);
	git(repo, "rm", "-q", "b", NULL, NULL);
	unit_write(unit_path(repo, "c"), "theirs\n");
	commit_file(repo, "a", "a changed\n");
	struct vcs *v = open_vcs(repo);
	struct vcs_merge *m = merge_sides(v);
	v->ops->merge_conflicts(&conflicts, m);
	assert_int_equal(conflicts.len, 3);
	assert_string_equal(vcs_conflict_name(conflicts.items[0].kind), "removed_in_base");
	assert_string_equal(vcs_conflict_name(conflicts.items[1].kind), "removed_in_head");
	assert_string_equal(vcs_conflict_name(conflicts.items[2].kind), "both_added");
	v->ops->merge_free(m);
	v->ops->close(v);
}

static void a_branch_moves_only_from_where_it_was_seen(void **state)
{
	AUTO_VALUE(vcs_ref) ref = {0};
	AUTO_VALUE(vcs_ref) after = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make_sides(*state);
	git(repo, "branch", "target", "main", NULL, NULL);
	struct vcs *v = open_vcs(repo);
	struct vcs_id base = id_of(v, "main~1"), to = id_of(v, "theirs");
	assert_ok(v->ops->ref_find(&ref, v, "target", &err), &err);
	assert_string_equal(ref.name, "refs/heads/target");
	assert_int_equal(ref.use, VCS_UNUSED);
	assert_fails_hinting(v->ops->ref_move(v, ref.name, &base, &to, "xata: merge", &err), &err,
			     E_CONFLICT, "has moved meanwhile", "again");
	assert_ok(v->ops->ref_move(v, ref.name, &ref.id, &to, "xata: merge", &err), &err);
	assert_ok(v->ops->ref_find(&after, v, "refs/heads/target", &err), &err);
	assert_true(vcs_id_eq(&after.id, &to));
	char *log = unit_read(unit_path(repo, ".git/logs/refs/heads/target"), NULL);
	assert_non_null(strstr(log, "T <t@example>"));
	assert_non_null(strstr(log, "xata: merge"));
	free(log);
	unit_write(unit_path(repo, ".git/refs/heads/target.lock"), "");
	assert_fails_hinting(v->ops->ref_move(v, ref.name, &to, &base, "again", &err), &err,
			     E_LOCKED, "target.lock' for writing", "name ends in \".lock\"");
	/* A lock that is given up in time is waited for. */
	error_clear(&err);
	pid_t holder = fork();
	if (holder == 0) {
		clock_sleep_ms(100);
		_exit(unlink(unit_path(repo, ".git/refs/heads/target.lock")));
	}
	assert_ok(v->ops->ref_move(v, ref.name, &to, &base, "again", &err), &err);
	int status = -1;
	assert_int_equal(waitpid(holder, &status, 0), holder);
	assert_int_equal(status, 0);
	v->ops->close(v);
}

static void the_branch_of_a_work_tree_is_known_as_such(void **state)
{
	AUTO_VALUE(vcs_ref) head = {0};
	AUTO_VALUE(vcs_ref) linked = {0};
	AUTO_VALUE(vcs_ref) bare = {0};
	AUTO_VALUE(vcs_ref) none = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make_sides(*state);
	AUTO_FREE char *tree = xasprintf("%s/tree", (char *)*state);
	AUTO_FREE char *server = xasprintf("%s/bare", (char *)*state);
	git(repo, "worktree", "add", "-q", tree, "theirs");
	git(repo, "clone", "-q", "--bare", repo, server);
	struct vcs *v = open_vcs(repo);
	assert_ok(v->ops->ref_find(&head, v, "HEAD", &err), &err);
	assert_string_equal(head.name, "refs/heads/main");
	assert_int_equal(head.use, VCS_CHECKED_OUT);
	assert_ok(v->ops->ref_find(&linked, v, "theirs", &err), &err);
	assert_int_equal(linked.use, VCS_CHECKED_OUT);
	assert_fails_hinting(v->ops->ref_find(&none, v, "nothing", &err), &err, E_NOTFOUND,
			     "no branch \"nothing\"", "git branch");
	assert_fails(v->ops->ref_find(&none, v, "a..b", &err), &err, E_NOTFOUND, "no branch");
	v->ops->close(v);
	v = open_vcs(server);
	assert_ok(v->ops->ref_find(&bare, v, "HEAD", &err), &err);
	assert_int_equal(bare.use, VCS_UNUSED);
	v->ops->close(v);
}

/* ---- who and when */

static int commit_empty(struct vcs_id *out, struct vcs *v, struct error *err)
{
	struct vcs_id parent = id_of(v, "HEAD");
	struct vcs_commit c = {.parents = &parent, .parent_count = 1, .message = "m\n"};
	AUTO_VALUE(vcs_entries) entries = {0};
	struct vcs_merge *m;

	int rc = v->ops->merge(&m, v, &parent, &parent, true, err);
	if (rc == 0)
		rc = v->ops->merge_tree(&c.tree, m, err);
	v->ops->merge_free(m);
	return rc < 0 ? rc : v->ops->commit(out, v, &c, err);
}

/* The line of the commit that names its author or committer. */
static void assert_person(const char *repo, const char *line)
{
	AUTO_STR text = {0};
	struct error err = {0};
	struct vcs_id id;

	struct vcs *v = open_vcs(repo);
	assert_ok(commit_empty(&id, v, &err), &err);
	assert_ok(v->ops->read(&text, v, &id, 1000, &err), &err);
	if (!strstr(str_cstr(&text), line))
		unit_fail("no line \"%s\" in: %s", line, str_cstr(&text));
	v->ops->close(v);
}

static void forget_the_environment(void)
{
	static const char *names[] = {"GIT_AUTHOR_NAME",
				      "GIT_AUTHOR_EMAIL",
				      "GIT_AUTHOR_DATE",
				      "GIT_COMMITTER_NAME",
				      "GIT_COMMITTER_EMAIL",
				      "GIT_COMMITTER_DATE",
				      "EMAIL"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unsetenv(names[i]);
}

static void who_commits_is_named_by_environment_or_settings_and_never_guessed(void **state)
{
	struct error err = {0};
	struct vcs_id id;

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	forget_the_environment();
	struct vcs *v = open_vcs(repo);
	assert_fails_hinting(commit_empty(&id, v, &err), &err, E_PROJECT, "user.name is not set",
			     "git config user.name");
	git(repo, "config", "user.name", "Set", NULL, NULL);
	assert_fails_hinting(commit_empty(&id, v, &err), &err, E_PROJECT, "user.email is not set",
			     "GIT_AUTHOR_EMAIL");
	setenv("EMAIL", "env@example.com", 1);
	setenv("GIT_AUTHOR_DATE", "yesterday", 1);
	assert_fails_hinting(commit_empty(&id, v, &err), &err, E_INVALID, "\"yesterday\"",
			     "seconds since 1970");
	v->ops->close(v);
	setenv("GIT_AUTHOR_DATE", "1700000000 -0130", 1);
	assert_person(repo, "author Set <env@example.com> 1700000000 -0130\n");
	git(repo, "config", "user.email", "set@example.com", NULL, NULL);
	git(repo, "config", "author.name", "Author", NULL, NULL);
	assert_person(repo, "author Author <set@example.com> 1700000000 -0130\n");
	setenv("GIT_COMMITTER_NAME", "Environment", 1);
	setenv("GIT_COMMITTER_DATE", "2023-11-14T22:13:20+02:00", 1);
	assert_person(repo, "committer Environment <set@example.com> 1699992800 +0200\n");
	setenv("GIT_COMMITTER_DATE", "2023-11-14 22:13:20 +0000", 1);
	assert_person(repo, "committer Environment <set@example.com> 1700000000 +0000\n");
	setenv("GIT_COMMITTER_DATE", "2023-11-14 22:13:20", 1);
	assert_person(repo, "committer Environment <set@example.com> 1700000000 +0000\n");
	setenv("GIT_COMMITTER_DATE", "@1700000000 +0530", 1);
	assert_person(repo, "committer Environment <set@example.com> 1700000000 +0530\n");
	forget_the_environment();
}

static void a_criss_cross_is_merged_by_its_virtual_ancestor(void **state)
{
	AUTO_VALUE(vcs_conflicts) conflicts = {0};
	struct error err = {0};
	struct vcs_id tree;

	AUTO_FREE char *repo = make_sides(*state);
	git(repo, "tag", "a", NULL, NULL, NULL);
	git(repo, "tag", "b", "theirs", NULL, NULL);
	git(repo, "merge", "-q", "-Xours", "-mx", "b");
	git(repo, "checkout", "-q", "theirs", NULL, NULL);
	git(repo, "merge", "-q", "-Xtheirs", "-mx", "a");
	commit_file(repo, "two", "2 changed\n");
	struct vcs *v = open_vcs(repo);
	struct vcs_merge *m = merge_sides(v);
	v->ops->merge_conflicts(&conflicts, m);
	assert_int_equal(conflicts.len, 0);
	assert_ok(v->ops->merge_tree(&tree, m, &err), &err);
	assert_tree(v, &tree, "file=ours\none=1\ntwo=2 changed\n");
	v->ops->merge_free(m);
	v->ops->close(v);
}

static void a_renamed_file_is_followed(void **state)
{
	struct error err = {0};
	struct vcs_id tree;

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	commit_file(repo, "file", "one\ntwo\nthree\nfour\nfive\n");
	git(repo, "branch", "theirs", NULL, NULL, NULL);
	commit_file(repo, "file", "ONE\ntwo\nthree\nfour\nfive\n");
	git(repo, "checkout", "-q", "theirs", NULL, NULL);
	git(repo, "mv", "file", "moved", NULL, NULL);
	git(repo, "commit", "-q", "-m", "moved", NULL);
	struct vcs *v = open_vcs(repo);
	struct vcs_merge *m = merge_sides(v);
	assert_ok(v->ops->merge_tree(&tree, m, &err), &err);
	assert_tree(v, &tree, "moved=ONE\ntwo\nthree\nfour\nfive\n");
	v->ops->merge_free(m);
	v->ops->close(v);
}

static void outside_a_repository_nothing_can_be_made(void **state)
{
	struct error err = {0};
	struct vcs_id id;
	struct vcs_ref ref = {0};

	no_settings_of_this_machine(*state);
	setenv("GIT_CEILING_DIRECTORIES", "/", 1);
	struct vcs *v = open_vcs(*state);
	assert_fails(v->ops->write(&id, v, view_of("x"), &err), &err, E_NOTFOUND,
		     "not in a Git repository");
	assert_fails(v->ops->ref_find(&ref, v, "main", &err), &err, E_NOTFOUND,
		     "not in a Git repository");
	assert_ok(v->ops->keep(v, &err), &err);
	v->ops->close(v);
	unsetenv("GIT_CEILING_DIRECTORIES");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(what_git_cannot_merge_is_a_conflict_until_it_is_replaced),
		unit_test_in_dir(nothing_is_in_the_repository_until_it_is_kept),
		unit_test_in_dir(kinds_of_conflicts_are_told_apart),
		unit_test_in_dir(a_branch_moves_only_from_where_it_was_seen),
		unit_test_in_dir(the_branch_of_a_work_tree_is_known_as_such),
		unit_test_in_dir(who_commits_is_named_by_environment_or_settings_and_never_guessed),
		unit_test_in_dir(a_criss_cross_is_merged_by_its_virtual_ancestor),
		unit_test_in_dir(a_renamed_file_is_followed),
		unit_test_in_dir(outside_a_repository_nothing_can_be_made),
	};
	return unit_main(tests);
}
