/* Names of the branches of pull requests. */
#include "lib/unit.h"

#include "base/str.h"
#include "project/preview.h"

static char named[PREVIEW_NAME_MAX + 1];

static const char *name_of(const char *owner, const char *branch)
{
	struct error err = {0};

	assert_ok(preview_branch_name(named, owner, branch, &err), &err);
	assert_true(preview_branch_is(named));
	return named;
}

static void slashes_and_dots_become_dashes(void **state)
{
	(void)state;
	assert_string_equal(name_of("ann", "nick"), "preview-ann-nick");
	assert_string_equal(name_of("user", "renovate/node-20.x"),
			    "preview-user-renovate-node-20-x");
	assert_string_equal(name_of("group/sub", "A_b~c"), "preview-group-sub-A_b~c");
}

static void what_a_branch_may_not_hold_is_told_apart_by_a_digest(void **state)
{
	char one[PREVIEW_NAME_MAX + 1];

	(void)state;
	snprintf(one, sizeof one, "%s", name_of("ann", "fix#1"));
	assert_true(starts_with(one, "preview-ann-fix-1-"));
	assert_int_equal(strlen(one), strlen("preview-ann-fix-1-") + 8);
	assert_string_not_equal(name_of("ann", "fix+1"), one);
	assert_string_equal(name_of("ann", "fix#1"), one); /* always the same */
	assert_true(starts_with(name_of("ann", "\xC3\xBC"), "preview-ann----"));
	name_of("ann", "a b\n::c\"'$(id)`");
}

static void what_is_too_long_is_cut_and_told_apart(void **state)
{
	char branch[400], one[PREVIEW_NAME_MAX + 1];

	(void)state;
	memset(branch, 'b', sizeof branch);
	branch[sizeof branch - 1] = '\0';
	snprintf(one, sizeof one, "%s", name_of("ann", branch));
	assert_int_equal(strlen(one), PREVIEW_NAME_MAX);
	branch[sizeof branch - 2] = 'c';
	assert_string_not_equal(name_of("ann", branch), one);
	assert_int_equal(strlen(named), PREVIEW_NAME_MAX);
	/* The longest that fits stays as it is. */
	branch[PREVIEW_NAME_MAX - strlen("preview-ann-")] = '\0';
	name_of("ann", branch);
	assert_int_equal(strlen(named), PREVIEW_NAME_MAX);
	assert_string_equal(named + strlen("preview-ann-"), branch);
}

static void both_names_are_needed(void **state)
{
	struct error err = {0};

	(void)state;
	assert_fails_hinting(preview_branch_name(named, "", "nick", &err), &err, E_USAGE, "owner",
			     "--owner");
	assert_fails_hinting(preview_branch_name(named, "ann", "", &err), &err, E_USAGE, "branch",
			     "--branch");
	assert_string_equal(named, "");
}

static enum preview_of whose(const char *owner, const char *branch, const char *of_owner,
			     const char *of_branch)
{
	AUTO_JSON *metadata = preview_metadata(of_owner, of_branch);
	const char *other;

	enum preview_of is = preview_of(&other, metadata, owner, branch);
	if (is == PREVIEW_OTHERS)
		assert_string_equal(other, of_branch);
	else
		assert_null(other);
	return is;
}

static void a_preview_knows_its_pull_request(void **state)
{
	AUTO_JSON *made = preview_metadata("ann", "a/b");
	AUTO_JSON *foreign = json_pack("{s:s, s:[s]}", "branch", "a-b", "labels", "blue");
	AUTO_JSON *nameless = json_pack("{s:[s]}", "labels", "preview-of-0123456789abcdef");
	AUTO_JSON *empty = json_object();
	const char *other;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(made, "branch")), "a/b");
	assert_int_equal(whose("ann", "a/b", "ann", "a/b"), PREVIEW_OWN);
	assert_int_equal(whose("ann", "a/b", "ann", "a.b"), PREVIEW_OTHERS);
	assert_int_equal(whose("ann", "a-b", "ann-a", "b"), PREVIEW_OTHERS);
	assert_int_equal(whose("ann", "a", "Ann", "a"), PREVIEW_OTHERS);
	/* What says nothing of a pull request was not made for one. */
	assert_int_equal(preview_of(&other, foreign, "ann", "a/b"), PREVIEW_NONE);
	assert_int_equal(preview_of(&other, nameless, "ann", "a/b"), PREVIEW_NONE);
	assert_int_equal(preview_of(&other, empty, "ann", "a/b"), PREVIEW_UNTOLD);
	assert_null(other);
}

static void other_branches_are_none(void **state)
{
	(void)state;
	assert_true(preview_branch_is("preview-a"));
	assert_false(preview_branch_is("preview-"));
	assert_false(preview_branch_is("main"));
	assert_false(preview_branch_is("previews-a"));
	assert_false(preview_branch_is("preview-a/b"));
	assert_false(preview_branch_is(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slashes_and_dots_become_dashes),
		cmocka_unit_test(what_a_branch_may_not_hold_is_told_apart_by_a_digest),
		cmocka_unit_test(what_is_too_long_is_cut_and_told_apart),
		cmocka_unit_test(both_names_are_needed),
		cmocka_unit_test(a_preview_knows_its_pull_request),
		cmocka_unit_test(other_branches_are_none),
	};
	return unit_main(tests);
}
