/* What vcs_git.h promises, checked against repositories that the real git makes. */
#include "lib/unit.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "adapt/vcs_git.h"
#include "base/alloc.h"
#include "base/str.h"

/* Runs git with up to five arguments in dir; skips the test where there is none. */
static void git(const char *dir, const char *a, const char *b, const char *c, const char *d,
		const char *e)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		dup2(null, 1);
		dup2(null, 2);
		execlp("git", "git", "-C", dir, "-c", "user.name=T", "-c", "user.email=t@example",
		       a, b, c, d, e, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		skip_because("no git");
	assert_int_equal(status, 0);
}

static void no_settings_of_this_machine(const char *dir)
{
	unsetenv("GIT_DIR");
	unsetenv("GIT_WORK_TREE");
	setenv("HOME", dir, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
}

static void make_repository(const char *dir)
{
	no_settings_of_this_machine(dir);
	git(dir, "init", "-q", "-b", "main", "repo");
	git(unit_path(dir, "repo"), "commit", "-q", "--allow-empty", "-m", "one");
}

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
		unit_test_in_dir(a_broken_repository_is_an_error_and_not_none),
		unit_test_in_dir(somebody_elses_repository_is_refused_with_the_remedy),
	};
	return unit_main(tests);
}
