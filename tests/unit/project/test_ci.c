/* What GitHub Actions and GitLab say of a job. */
#include "lib/unit.h"

#include "base/str.h"
#include "project/ci.h"

extern char **environ;

/* Takes away what the machine that runs the tests says of itself. */
static void forget(void)
{
	for (size_t i = 0; environ[i];) {
		char *end = strchr(environ[i], '=');
		char name[100];
		snprintf(name, sizeof name, "%.*s", (int)(end - environ[i]), environ[i]);
		bool ours = starts_with(name, "GITHUB_") || starts_with(name, "GITLAB_") ||
			    starts_with(name, "CI_");
		if (ours)
			unsetenv(name);
		i = ours ? 0 : i + 1;
	}
}

static struct ci_env read_env(void)
{
	struct ci_env e;
	struct error err = {0};

	assert_ok(ci_env_read(&e, &err), &err);
	return e;
}

static struct ci_env on_github(const char *dir, const char *name, const char *event)
{
	forget();
	setenv("GITHUB_ACTIONS", "true", 1);
	setenv("GITHUB_EVENT_NAME", name, 1);
	setenv("GITHUB_REPOSITORY", "shop/shop", 1);
	setenv("GITHUB_REPOSITORY_OWNER", "shop", 1);
	setenv("GITHUB_HEAD_REF", "fallback", 1);
	setenv("GITHUB_BASE_REF", "main", 1);
	if (event) {
		unit_write(unit_path(dir, "event.json"), event);
		setenv("GITHUB_EVENT_PATH", unit_path(dir, "event.json"), 1);
	}
	struct ci_env e = read_env();
	assert_int_equal(e.system, CI_GITHUB);
	return e;
}

#define assert_text(got, wanted) assert_true(str_eq((got), (wanted)))

static void without_a_ci_system_nothing_is_known(void **state)
{
	(void)state;
	forget();
	AUTO_VALUE(ci_env) e = read_env();
	assert_int_equal(e.system, CI_NONE);
	assert_int_equal(e.stage, CI_OTHER);
	assert_null(e.branch);
	assert_string_equal(ci_system_name(e.system), "none");
}

static void a_pull_request_is_read_from_the_event(void **state)
{
	AUTO_VALUE(ci_env)
	e = on_github(*state, "pull_request",
		      "{\"action\":\"opened\",\"pull_request\":{\"head\":{\"ref\":\"a/b\",\"sha\":"
		      "\"aa\",\"repo\":{\"full_name\":\"ann/shop\",\"owner\":{\"login\":\"ann\"}}},"
		      "\"base\":{\"ref\":\"trunk\",\"sha\":\"bb\",\"repo\":{\"full_name\":"
		      "\"shop/shop\"}}}}");
	assert_int_equal(e.stage, CI_REQUEST);
	assert_text(e.owner, "ann");
	assert_text(e.branch, "a/b");
	assert_text(e.target, "trunk");
	assert_text(e.head, "aa");
	assert_text(e.base, "origin/trunk");
	assert_text(e.base_commit, "bb");
	assert_true(e.fork);
}

static void a_pull_request_of_the_same_repository_is_no_fork(void **state)
{
	AUTO_VALUE(ci_env)
	e = on_github(*state, "pull_request",
		      "{\"action\":\"closed\",\"pull_request\":{\"merged\":true,\"head\":{\"repo\":"
		      "{\"full_name\":\"shop/shop\"}},\"base\":{}}}");
	assert_int_equal(e.stage, CI_CLOSED);
	assert_false(e.fork);
	assert_text(e.owner, "shop");
	assert_text(e.branch, "fallback");
	assert_text(e.target, "main");
}

static void the_owner_of_a_deleted_fork_is_not_guessed(void **state)
{
	AUTO_VALUE(ci_env)
	e = on_github(*state, "pull_request",
		      "{\"pull_request\":{\"head\":{\"ref\":\"x\",\"repo\":null},\"base\":{}}}");
	assert_true(e.fork);
	assert_null(e.owner);
}

static void variables_do_where_there_is_no_event(void **state)
{
	AUTO_VALUE(ci_env) e = on_github(*state, "pull_request", NULL);

	assert_int_equal(e.stage, CI_REQUEST);
	assert_false(e.fork);
	assert_text(e.owner, "shop");
	assert_text(e.branch, "fallback");
	assert_text(e.base, "origin/main");
	assert_null(e.head);
}

static void a_merge_group_builds_on_its_own_base(void **state)
{
	AUTO_VALUE(ci_env)
	e = on_github(*state, "merge_group",
		      "{\"merge_group\":{\"base_sha\":\"bb\",\"head_sha\":\"aa\",\"base_ref\":"
		      "\"refs/heads/main\"}}");
	assert_int_equal(e.stage, CI_QUEUE);
	assert_text(e.base, "bb");
	assert_text(e.head, "aa");
	assert_text(e.target, "main");
}

static void a_push_names_the_pull_request_that_it_merged(void **state)
{
	setenv("GITHUB_REF_TYPE", "branch", 1);
	AUTO_VALUE(ci_env)
	merge = on_github(*state, "push",
			  "{\"before\":\"cc\",\"head_commit\":{\"message\":\"Merge pull request "
			  "#12 from ann/a/b\\n\\nTitle from x/y\"}}");
	assert_int_equal(merge.stage, CI_PUSH);
	assert_text(merge.owner, "ann");
	assert_text(merge.branch, "a/b");
	assert_text(merge.base, "cc");
	AUTO_VALUE(ci_env)
	other = on_github(
		*state, "push",
		"{\"before\":\"0000\",\"head_commit\":{\"message\":\"Take it from a/b\"}}");
	assert_null(other.owner);
	assert_null(other.branch);
	assert_null(other.base);
	AUTO_VALUE(ci_env)
	later = on_github(*state, "push",
			  "{\"head_commit\":{\"message\":\"Merge pull request #1\\n from a/b\"}}");
	assert_null(later.branch);
}

static void a_broken_event_is_an_error(void **state)
{
	struct error err = {0};
	struct ci_env e;

	forget();
	setenv("GITHUB_ACTIONS", "true", 1);
	unit_write(unit_path(*state, "event.json"), "{");
	setenv("GITHUB_EVENT_PATH", unit_path(*state, "event.json"), 1);
	assert_fails(ci_env_read(&e, &err), &err, E_INVALID, "GITHUB_EVENT_PATH");
	setenv("GITHUB_EVENT_PATH", unit_path(*state, "absent"), 1);
	assert_fails(ci_env_read(&e, &err), &err, E_NOTFOUND, "GITHUB_EVENT_PATH");
}

static void gitlab_says_it_with_variables(void **state)
{
	(void)state;
	forget();
	setenv("GITLAB_CI", "true", 1);
	setenv("CI_MERGE_REQUEST_IID", "4", 1);
	setenv("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "ann/sub/shop", 1);
	setenv("CI_MERGE_REQUEST_PROJECT_PATH", "shop/shop", 1);
	setenv("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "a.b", 1);
	setenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main", 1);
	setenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "aa", 1);
	setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", "bb", 1);
	AUTO_VALUE(ci_env) e = read_env();
	assert_int_equal(e.system, CI_GITLAB);
	assert_int_equal(e.stage, CI_REQUEST);
	assert_true(e.fork);
	assert_text(e.owner, "ann/sub");
	assert_text(e.branch, "a.b");
	assert_text(e.head, "aa");
	assert_text(e.base, "origin/main");
	assert_text(e.base_commit, "bb");
	setenv("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train", 1);
	AUTO_VALUE(ci_env) train = read_env();
	assert_int_equal(train.stage, CI_QUEUE);
	assert_null(train.head);
}

static void gitlab_names_the_branch_that_was_merged(void **state)
{
	(void)state;
	forget();
	setenv("GITLAB_CI", "true", 1);
	setenv("CI_COMMIT_BRANCH", "main", 1);
	setenv("CI_COMMIT_TITLE", "Merge branch 'a/b' into 'main'", 1);
	setenv("CI_COMMIT_BEFORE_SHA", "0000000000000000000000000000000000000000", 1);
	setenv("CI_PROJECT_NAMESPACE", "shop", 1);
	AUTO_VALUE(ci_env) e = read_env();
	assert_int_equal(e.stage, CI_PUSH);
	assert_text(e.owner, "shop");
	assert_text(e.branch, "a/b");
	assert_text(e.target, "main");
	assert_null(e.base);
	/* A name may hold what looks like its end. */
	setenv("CI_COMMIT_TITLE", "Merge branch 'it's' into 'this' into 'main'\nMerge", 1);
	AUTO_VALUE(ci_env) odd = read_env();
	assert_text(odd.branch, "it's' into 'this");
	static const char *const none[] = {"Merge branch 'x' of there",
					   "Merge branch '' into 'main'", "Merge branch '",
					   "merge branch 'x' into 'main'"};
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		setenv("CI_COMMIT_TITLE", none[i], 1);
		AUTO_VALUE(ci_env) other = read_env();
		assert_null(other.branch);
		assert_null(other.owner);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_ci_system_nothing_is_known),
		unit_test_in_dir(a_pull_request_is_read_from_the_event),
		unit_test_in_dir(a_pull_request_of_the_same_repository_is_no_fork),
		unit_test_in_dir(the_owner_of_a_deleted_fork_is_not_guessed),
		unit_test_in_dir(variables_do_where_there_is_no_event),
		unit_test_in_dir(a_merge_group_builds_on_its_own_base),
		unit_test_in_dir(a_push_names_the_pull_request_that_it_merged),
		unit_test_in_dir(a_broken_event_is_an_error),
		cmocka_unit_test(gitlab_says_it_with_variables),
		cmocka_unit_test(gitlab_names_the_branch_that_was_merged),
	};
	return unit_main(tests);
}
