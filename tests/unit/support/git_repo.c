/* Runs git for tests. */
#include "unit/support/git_repo.h"

#include "lib/unit.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "adapt/vcs_git.h"
#include "base/alloc.h"

void git(const char *dir, const char *a, const char *b, const char *c, const char *d, const char *e)
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

void no_settings_of_this_machine(const char *dir)
{
	unsetenv("GIT_DIR");
	unsetenv("GIT_WORK_TREE");
	setenv("HOME", dir, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
}

void make_repository(const char *dir)
{
	no_settings_of_this_machine(dir);
	git(dir, "init", "-q", "-b", "main", "repo");
	git(unit_path(dir, "repo"), "commit", "-q", "--allow-empty", "-m", "one");
}

struct vcs *open_vcs(const char *path)
{
	struct vcs *v = NULL;
	struct error err = {0};

	assert_ok(vcs_git_open(&v, path, &err), &err);
	return v;
}

void commit_file(const char *repo, const char *name, const char *text)
{
	unit_write(unit_path(repo, name), text);
	git(repo, "add", "-A", NULL, NULL, NULL);
	git(repo, "commit", "-q", "-m", name, NULL);
}
