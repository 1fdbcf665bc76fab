/* What vcs_git.h promises, checked against repositories that the real git makes. */
#include "lib/unit.h"

#include <sys/wait.h>

#include "adapt/vcs_git.h"
#include "base/alloc.h"
#include "base/str.h"
#include "unit/support/git_repo.h"

static int branch_of(char **out, const char *path, struct error *err)
{
	struct vcs *v = NULL;

	*out = NULL;
	int rc = vcs_git_open(&v, path, err);
	if (rc < 0)
		return rc;
	rc = v->ops->current_branch(out, v, err);
	v->ops->close(v);
	return rc;
}

static void assert_branch(const char *path, const char *want)
{
	AUTO_FREE char *branch = NULL;
	struct error err = {0};

	assert_ok(branch_of(&branch, path, &err), &err);
	assert_string_equal(branch, want);
}

static void the_branch_is_found_from_any_folder(void **state)
{
	make_repository(*state);
	mkdir(unit_path(*state, "repo/a"), 0755);
	mkdir(unit_path(*state, "repo/a/b"), 0755);
	assert_branch(unit_path(*state, "repo"), "main");
	assert_branch(unit_path(*state, "repo/a/b"), "main");
	git(unit_path(*state, "repo"), "checkout", "-q", "-b", "feature/x", NULL);
	assert_branch(unit_path(*state, "repo/a"), "feature/x");
}

static void a_branch_without_a_commit_has_its_name_too(void **state)
{
	no_settings_of_this_machine(*state);
	git(*state, "init", "-q", "-b", "unborn", "repo");
	assert_branch(unit_path(*state, "repo"), "unborn");
}

static void a_worktree_has_its_own_branch(void **state)
{
	AUTO_FREE char *tree = xasprintf("%s/tree", (char *)*state);

	make_repository(*state);
	git(unit_path(*state, "repo"), "worktree", "add", "-q", "-bside", tree);
	assert_branch(tree, "side");
	assert_branch(unit_path(*state, "repo"), "main");
}

static void git_dir_of_the_environment_counts(void **state)
{
	AUTO_FREE char *git_dir = xasprintf("%s/repo/.git", (char *)*state);

	make_repository(*state);
	mkdir(unit_path(*state, "outside"), 0755);
	setenv("GIT_DIR", git_dir, 1);
	assert_branch(unit_path(*state, "outside"), "main");
	unsetenv("GIT_DIR");
}

static void a_detached_head_is_no_branch(void **state)
{
	char *branch;
	struct error err = {0};

	make_repository(*state);
	git(unit_path(*state, "repo"), "checkout", "-q", "--detach", NULL, NULL);
	assert_fails_hinting(branch_of(&branch, unit_path(*state, "repo"), &err), &err, E_NOTFOUND,
			     "detached", "XATA_BRANCH");
	assert_null(branch);
}

static void outside_a_repository_there_is_no_branch_and_nothing_is_ignored(void **state)
{
	struct vcs *v = NULL;
	struct error err = {0};
	char *branch;
	bool ignored = true;

	no_settings_of_this_machine(*state);
	setenv("GIT_CEILING_DIRECTORIES", "/", 1);
	assert_ok(vcs_git_open(&v, *state, &err), &err);
	assert_fails(v->ops->current_branch(&branch, v, &err), &err, E_NOTFOUND,
		     "not in a Git repository");
	assert_ok(v->ops->is_ignored(&ignored, v, ".env", &err), &err);
	assert_false(ignored);
	v->ops->close(v);
	unsetenv("GIT_CEILING_DIRECTORIES");
	assert_fails(vcs_git_open(&v, unit_path(*state, "gone"), &err), &err, E_NOTFOUND, "gone");
	assert_null(v);
}

static void ignore_rules_of_every_level_count(void **state)
{
	struct vcs *v = NULL;
	struct error err = {0};
	bool ignored;

	make_repository(*state);
	mkdir(unit_path(*state, "repo/sub"), 0755);
	unit_write(unit_path(*state, "repo/.gitignore"), ".env\n/top\n");
	unit_write(unit_path(*state, "repo/sub/.gitignore"), "local\n*.tmp\n!keep.tmp\n");
	assert_ok(vcs_git_open(&v, unit_path(*state, "repo"), &err), &err);
	assert_ok(v->ops->is_ignored(&ignored, v, ".env", &err), &err);
	assert_true(ignored);
	assert_ok(v->ops->is_ignored(&ignored, v, ".env.local", &err), &err);
	assert_false(ignored);
	v->ops->close(v);
	assert_ok(vcs_git_open(&v, unit_path(*state, "repo/sub"), &err), &err);
	assert_ok(v->ops->is_ignored(&ignored, v, ".env", &err), &err);
	assert_true(ignored);
	assert_ok(v->ops->is_ignored(&ignored, v, "keep.tmp", &err), &err);
	assert_false(ignored);
	assert_ok(v->ops->is_ignored(&ignored, v, "local", &err), &err);
	assert_true(ignored);
	assert_ok(v->ops->is_ignored(&ignored, v, "top", &err), &err);
	assert_false(ignored);
	v->ops->close(v);
}

/* What a file of a folder holds at a place; "" when it is not there. */
static void assert_text(struct vcs *v, enum vcs_where where, const char *folder, const char *name,
			const char *want)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	AUTO_STR text = {0};
	struct error err = {0};
	struct vcs_place place = {.where = where};

	if (where == VCS_COMMIT)
		assert_ok(v->ops->head(&place.commit, v, &err), &err);
	assert_ok(v->ops->list(&entries, v, &place, folder, &err), &err);
	const struct vcs_entry *e = vcs_entries_find(&entries, name);
	if (e)
		assert_ok(v->ops->read(&text, v, &e->id, 100, &err), &err);
	assert_string_equal(str_cstr(&text), want);
}

/* Three branches off one commit: base holds "base", ours and theirs change the same file. */
static char *make_conflict(const char *dir)
{
	make_repository(dir);
	char *repo = xasprintf("%s/repo", dir);
	commit_file(repo, "file", "base\n");
	git(repo, "branch", "theirs", NULL, NULL, NULL);
	commit_file(repo, "file", "ours\n");
	git(repo, "checkout", "-q", "theirs", NULL, NULL);
	commit_file(repo, "file", "theirs\n");
	commit_file(repo, "added", "added\n");
	git(repo, "checkout", "-q", "main", NULL, NULL);
	return repo;
}

static void the_sides_of_a_conflict_are_listed_apart(void **state)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	struct vcs_place index = {.where = VCS_INDEX};
	struct error err = {0};

	AUTO_FREE char *repo = make_conflict(*state);
	git(repo, "config", "alias.try", "!git merge -q theirs || true", NULL, NULL);
	git(repo, "try", NULL, NULL, NULL, NULL);
	struct vcs *v = open_vcs(repo);
	assert_ok(v->ops->list(&entries, v, &index, "", &err), &err);
	assert_int_equal(entries.len, 2);
	assert_true(vcs_entries_find(&entries, "file")->conflicted);
	assert_false(vcs_entries_find(&entries, "added")->conflicted);
	assert_text(v, VCS_INDEX_BASE, "", "file", "base\n");
	assert_text(v, VCS_INDEX_OURS, "", "file", "ours\n");
	assert_text(v, VCS_INDEX_THEIRS, "", "file", "theirs\n");
	assert_text(v, VCS_INDEX_OURS, "", "added", "added\n");
	assert_text(v, VCS_COMMIT, "", "file", "ours\n");
	assert_text(v, VCS_COMMIT, "", "added", "");
	v->ops->close(v);
}

static void commits_are_found_by_name_and_have_common_ancestors(void **state)
{
	AUTO_VALUE(vcs_ids) bases = {0};
	struct vcs_id ours, theirs, base, head;
	struct error err = {0};
	char hex[VCS_HEX_MAX + 1];

	AUTO_FREE char *repo = make_conflict(*state);
	struct vcs *v = open_vcs(repo);
	assert_ok(v->ops->find(&ours, v, "main", &err), &err);
	assert_ok(v->ops->find(&theirs, v, "theirs", &err), &err);
	assert_ok(v->ops->find(&base, v, "main~1", &err), &err);
	assert_ok(v->ops->head(&head, v, &err), &err);
	assert_true(vcs_id_eq(&head, &ours));
	assert_false(vcs_id_eq(&ours, &theirs));
	assert_ok(v->ops->merge_bases(&bases, v, &ours, &theirs, &err), &err);
	assert_int_equal(bases.len, 1);
	assert_true(vcs_id_eq(&bases.items[0], &base));
	vcs_id_hex(hex, &base);
	assert_int_equal(strlen(hex), 40);
	assert_ok(v->ops->find(&head, v, hex, &err), &err);
	assert_true(vcs_id_eq(&head, &base));
	assert_fails_hinting(v->ops->find(&head, v, "gone", &err), &err, E_NOTFOUND,
			     "no commit \"gone\"", "git fetch");
	assert_fails(v->ops->find(&head, v, "main:file", &err), &err, E_NOTFOUND, "no commit");
	v->ops->close(v);
}

static void a_criss_cross_has_two_common_ancestors_and_strangers_none(void **state)
{
	AUTO_VALUE(vcs_ids) two = {0};
	AUTO_VALUE(vcs_ids) none = {0};
	struct vcs_id a, b, c;
	struct error err = {0};

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	git(repo, "branch", "side", NULL, NULL, NULL);
	commit_file(repo, "a", "a\n");
	git(repo, "tag", "a", NULL, NULL, NULL);
	git(repo, "checkout", "-q", "side", NULL, NULL);
	commit_file(repo, "b", "b\n");
	git(repo, "tag", "b", NULL, NULL, NULL);
	git(repo, "merge", "-q", "-mb", "a", NULL);
	git(repo, "checkout", "-q", "main", NULL, NULL);
	git(repo, "merge", "-q", "-ma", "b", NULL);
	git(repo, "checkout", "-q", "--orphan", "stranger", NULL);
	git(repo, "commit", "-q", "-m", "stranger", NULL);
	struct vcs *v = open_vcs(repo);
	assert_ok(v->ops->find(&a, v, "main", &err), &err);
	assert_ok(v->ops->find(&b, v, "side", &err), &err);
	assert_ok(v->ops->find(&c, v, "stranger", &err), &err);
	assert_ok(v->ops->merge_bases(&two, v, &a, &b, &err), &err);
	assert_int_equal(two.len, 2);
	assert_ok(v->ops->merge_bases(&none, v, &a, &c, &err), &err);
	assert_int_equal(none.len, 0);
	v->ops->close(v);
}

static void a_folder_is_listed_by_name_with_its_kinds(void **state)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	AUTO_STR small = {0};
	struct vcs_place place = {.where = VCS_INDEX};
	struct error err = {0};

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	mkdir(unit_path(repo, "p"), 0755);
	mkdir(unit_path(repo, "p/a"), 0755);
	unit_write(unit_path(repo, "p/a/x"), "x");
	unit_write(unit_path(repo, "p/a.json"), "0123456789");
	assert_int_equal(symlink("a.json", unit_path(repo, "p/link")), 0);
	git(repo, "add", "-A", NULL, NULL, NULL);
	struct vcs *v = open_vcs(unit_path(repo, "p"));
	assert_ok(v->ops->list(&entries, v, &place, "", &err), &err);
	assert_int_equal(entries.len, 3);
	assert_string_equal(entries.items[0].name, "a");
	assert_int_equal(entries.items[0].kind, VCS_FOLDER);
	assert_string_equal(entries.items[1].name, "a.json");
	assert_int_equal(entries.items[1].kind, VCS_FILE);
	assert_int_equal(entries.items[2].kind, VCS_LINK);
	assert_fails(v->ops->read(&small, v, &entries.items[1].id, 9, &err), &err, E_LIMIT,
		     "over 9 bytes");
	assert_text(v, VCS_FILES, "a", "x", "x");
	assert_text(v, VCS_INDEX, "nothing", "x", "");
	v->ops->close(v);
}

static void another_project_of_the_repository_is_read_by_its_folder(void **state)
{
	AUTO_VALUE(vcs_entries) one = {0};
	AUTO_VALUE(vcs_entries) top = {0};
	struct vcs_place place = {.where = VCS_COMMIT, .project = "two"};
	struct error err = {0};

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	mkdir(unit_path(repo, "one"), 0755);
	mkdir(unit_path(repo, "two"), 0755);
	mkdir(unit_path(repo, "two/sub"), 0755);
	unit_write(unit_path(repo, "one/file"), "one");
	commit_file(repo, "two/sub/file", "two");
	struct vcs *v = open_vcs(unit_path(repo, "one"));
	assert_ok(v->ops->head(&place.commit, v, &err), &err);
	assert_ok(v->ops->list(&one, v, &place, "sub", &err), &err);
	assert_int_equal(one.len, 1);
	assert_string_equal(one.items[0].name, "file");
	place.project = "";
	assert_ok(v->ops->list(&top, v, &place, "", &err), &err);
	assert_int_equal(top.len, 2);
	v->ops->close(v);
	v = open_vcs(unit_path(repo, ".git"));
	vcs_entries_release(&top);
	assert_ok(v->ops->list(&top, v, &place, "two", &err), &err);
	assert_int_equal(top.len, 1);
	v->ops->close(v);
}

static void outside_a_repository_nothing_can_be_read(void **state)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	struct vcs_place place = {.where = VCS_INDEX};
	struct error err = {0};
	struct vcs_id id;

	no_settings_of_this_machine(*state);
	struct vcs *v = open_vcs(*state);
	assert_fails(v->ops->list(&entries, v, &place, "", &err), &err, E_NOTFOUND,
		     "not in a Git repository");
	assert_fails(v->ops->head(&id, v, &err), &err, E_NOTFOUND, "not in a Git repository");
	v->ops->close(v);
}

static void a_broken_repository_is_an_error_and_not_none(void **state)
{
	char *branch;
	struct error err = {0};

	make_repository(*state);
	unit_write(unit_path(*state, "repo/.git/HEAD"), "garbage\n");
	int rc = branch_of(&branch, unit_path(*state, "repo"), &err);
	assert_fails(rc, &err, E_IO, "Git repository");
}

static void as_another_user(const char *path)
{
	struct vcs *v = NULL;
	struct error err = {0};

	if (setgid(65534) < 0 || setuid(65534) < 0)
		_exit(9);
	int rc = vcs_git_open(&v, path, &err);
	_exit(rc == E_ACCESS && strstr(err.msg, "another user") &&
			      strstr(err.hint, "safe.directory")
		      ? 0
		      : 1);
}

static void somebody_elses_repository_is_refused_with_the_remedy(void **state)
{
	int status;

	if (getuid() != 0)
		skip_because("only root can become another user");
	make_repository(*state);
	chmod(*state, 0755);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		as_another_user(unit_path(*state, "repo"));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(the_branch_is_found_from_any_folder),
		unit_test_in_dir(a_branch_without_a_commit_has_its_name_too),
		unit_test_in_dir(a_worktree_has_its_own_branch),
		unit_test_in_dir(git_dir_of_the_environment_counts),
		unit_test_in_dir(a_detached_head_is_no_branch),
		unit_test_in_dir(outside_a_repository_there_is_no_branch_and_nothing_is_ignored),
		unit_test_in_dir(ignore_rules_of_every_level_count),
		unit_test_in_dir(the_sides_of_a_conflict_are_listed_apart),
		unit_test_in_dir(commits_are_found_by_name_and_have_common_ancestors),
		unit_test_in_dir(a_criss_cross_has_two_common_ancestors_and_strangers_none),
		unit_test_in_dir(a_folder_is_listed_by_name_with_its_kinds),
		unit_test_in_dir(another_project_of_the_repository_is_read_by_its_folder),
		unit_test_in_dir(outside_a_repository_nothing_can_be_read),
		unit_test_in_dir(a_broken_repository_is_an_error_and_not_none),
		unit_test_in_dir(somebody_elses_repository_is_refused_with_the_remedy),
	};
	return unit_main(tests);
}
