/* What merge_projects.h promises of folders that were renamed, copied, swapped and removed. */
#include "lib/unit.h"

#include <dirent.h>
#include <jansson.h>

#include "base/alloc.h"
#include "unit/support/ledger_repo.h"

static void move(const char *repo, const char *from, const char *to, const char *letters)
{
	git(repo, "mv", from, to, NULL, NULL);
	put(repo, to, letters);
}

static void drop(const char *repo, const char *folder)
{
	git(repo, "rm", "-qr", folder, NULL, NULL);
	git(repo, "commit", "-qm", "gone", NULL, NULL);
}

/* What a formatter makes of all records in a folder, which have no byte in common with before. */
static void format(const char *repo, const char *folder)
{
	AUTO_FREE char *at = xasprintf("%s/%s/" LEDGER_DIR, repo, folder);
	DIR *dir = opendir(at);

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));) {
		if (!ends_with(e->d_name, ".json"))
			continue;
		const char *path = unit_path(at, e->d_name);
		json_t *record = json_load_file(path, 0, NULL);
		assert_int_equal(json_dump_file(record, path, JSON_COMPACT), 0);
		json_decref(record);
	}
	closedir(dir);
	git(repo, "commit", "-qam", "formatted", NULL, NULL);
}

/* Merges theirs into main, and back; frees nothing. */
static void assert_refused(struct vcs *v, const char *text, const char *advice)
{
	AUTO_VALUE(commit_merge) m = {0};
	AUTO_VALUE(commit_merge) back = {0};
	struct error err = {0};

	assert_fails_hinting(merge(&m, v, "main", "theirs", &err), &err, E_CONFLICT, text, advice);
	assert_fails_hinting(merge(&back, v, "theirs", "main", &err), &err, E_CONFLICT, text,
			     advice);
}

/* What merging theirs into main gives in folder. */
static void assert_merged(struct vcs *v, const char *folder, const char *want)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.conflicts, 0);
	assert_ledger(v, &m.tree, folder, want);
}

static void a_renamed_folder_is_followed_from_either_side(void **state)
{
	AUTO_VALUE(commit_merge) head = {0};
	AUTO_VALUE(commit_merge) base = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	move(repo, "p", "deep", "abd");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&head, v, "main", "theirs", &err), &err);
	assert_string_equal(head.projects[0].folder, "deep");
	assert_string_equal(head.projects[0].former.items[0], "p");
	assert_ledger(v, &head.tree, "deep", "abcd");
	assert_ledger(v, &head.tree, "p", "-");
	assert_ok(merge(&base, v, "theirs", "main", &err), &err);
	assert_string_equal(base.projects[0].folder, "deep");
	assert_ledger(v, &base.tree, "deep", "abdc");
	assert_ledger(v, &base.tree, "p", "-");
	v->ops->close(v);
}

static void a_project_may_move_to_the_top_and_from_there(void **state)
{
	AUTO_VALUE(commit_merge) up = {0};
	AUTO_VALUE(commit_merge) down = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	git(repo, "mv", "p/.xata", ".xata", NULL, NULL);
	git(repo, "commit", "-q", "-m", "up", NULL);
	put(repo, ".", "abd");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&up, v, "main", "theirs", &err), &err);
	assert_string_equal(up.projects[0].folder, "");
	assert_string_equal(up.projects[0].former.items[0], "p");
	assert_ledger(v, &up.tree, "", "abcd");
	assert_ledger(v, &up.tree, "p", "-");
	v->ops->close(v);
	git(repo, "branch", "lower", NULL, NULL, NULL);
	put(repo, ".", "abde");
	on(repo, "lower");
	git(repo, "mv", ".xata", "q", NULL, NULL);
	mkdir(unit_path(repo, "r"), 0755);
	git(repo, "mv", "q", "r/.xata", NULL, NULL);
	git(repo, "commit", "-q", "-m", "down", NULL);
	put(repo, "r", "abdf");
	v = open_vcs(repo);
	assert_ok(merge(&down, v, "theirs", "lower", &err), &err);
	assert_string_equal(down.projects[0].folder, "r");
	assert_ledger(v, &down.tree, "r", "abdef");
	assert_ledger(v, &down.tree, "", "-");
	v->ops->close(v);
}

static void a_folder_renamed_on_both_sides_is_followed_to_one_name_only(void **state)
{
	AUTO_FREE char *repo = make(*state);
	move(repo, "p", "q", "abc");
	on(repo, "theirs");
	move(repo, "p", "r", "abd");
	format(repo, "r");
	struct vcs *v = open_vcs(repo);
	assert_refused(v, "two new names", "rename it to the base's");
	v->ops->close(v);
	git(repo, "mv", "r", "q", NULL, NULL);
	git(repo, "commit", "-qm", "as there", NULL, NULL);
	v = open_vcs(repo);
	assert_merged(v, "q", "abcd");
	assert_merged(v, "p", "-");
	assert_merged(v, "r", "-");
	v->ops->close(v);
}

static void records_that_were_all_formatted_anew_are_followed(void **state)
{
	AUTO_VALUE(commit_merge) back = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	move(repo, "p", "q", "ab");
	format(repo, "q");
	put(repo, "q", "abd");
	format(repo, "q");
	struct vcs *v = open_vcs(repo);
	assert_merged(v, "q", "abcd");
	assert_merged(v, "p", "-");
	assert_ok(merge(&back, v, "theirs", "main", &err), &err);
	assert_string_equal(back.projects[0].former.items[0], "p");
	assert_ledger(v, &back.tree, "q", "abdc");
	v->ops->close(v);
	on(repo, "main");
	git(repo, "reset", "-q", "--hard", "HEAD^", NULL);
	v = open_vcs(repo);
	assert_merged(v, "q", "abd");
	assert_merged(v, "p", "-");
	v->ops->close(v);
}

static void what_went_along_the_way_is_kept(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	move(repo, "p", "q", "a");
	format(repo, "q");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.projects[0].resolution.kept.len, 1);
	assert_ledger(v, &m.tree, "q", "abc");
	v->ops->close(v);
}

static void a_ledger_without_records_is_evidence_of_nothing(void **state)
{
	static const char *const news[] = {"", "xy"};

	AUTO_FREE char *repo = make(*state);
	on(repo, "theirs");
	commit_file(repo, "file", "theirs");
	drop(repo, "p");
	git(repo, "tag", "gone", NULL, NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(news); i++) {
		git(repo, "checkout", "-q", "theirs", NULL, NULL);
		git(repo, "reset", "-q", "--hard", "gone", NULL);
		put(repo, "new", news[i]);
		on(repo, "main");
		struct vcs *v = open_vcs(repo);
		assert_merged(v, "new", news[i]);
		assert_merged(v, "p", "-");
		v->ops->close(v);
		git(repo, "checkout", "-q", "-b", i ? "other" : "more", NULL);
		put(repo, "p", "abc");
		git(repo, "branch", "-f", "main", NULL, NULL);
		git(repo, "checkout", "-q", "main", NULL, NULL);
		v = open_vcs(repo);
		assert_refused(v, "the project in \"p\" was removed in \"theirs\" and changed",
			       "\"new\" there has none of its records");
		v->ops->close(v);
		git(repo, "reset", "-q", "--hard", "HEAD^", NULL);
	}
	on(repo, "theirs");
	git(repo, "reset", "-q", "--hard", "gone^", NULL);
	put(repo, "p", "");
	on(repo, "main");
	put(repo, "p", "abc");
	struct vcs *v = open_vcs(repo);
	assert_merged(v, "p", "abc");
	v->ops->close(v);
}

static void a_copy_is_a_new_project(void **state)
{
	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	put(repo, "copy", "ab");
	put(repo, "p", "abd");
	format(repo, "p");
	struct vcs *v = open_vcs(repo);
	assert_merged(v, "p", "abcd");
	assert_merged(v, "copy", "ab");
	v->ops->close(v);
	on(repo, "main");
	move(repo, "p", "q", "abce");
	v = open_vcs(repo);
	assert_merged(v, "q", "abced");
	assert_merged(v, "copy", "ab");
	assert_merged(v, "p", "-");
	v->ops->close(v);
}

static void of_several_copies_the_likest_is_the_project(void **state)
{
	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	put(repo, "copy", "ax");
	move(repo, "p", "q", "abd");
	put(repo, "rest", "a");
	struct vcs *v = open_vcs(repo);
	assert_merged(v, "q", "abcd");
	assert_merged(v, "copy", "ax");
	assert_merged(v, "rest", "a");
	v->ops->close(v);
}

static void two_projects_with_records_in_common_are_told_apart(void **state)
{
	AUTO_FREE char *repo = make(*state);
	put(repo, "x", "a");
	git(repo, "branch", "-f", "theirs", NULL, NULL);
	put(repo, "x", "am");
	put(repo, "p", "abn");
	on(repo, "theirs");
	move(repo, "x", "y", "a");
	move(repo, "p", "q", "abd");
	struct vcs *v = open_vcs(repo);
	assert_merged(v, "y", "am");
	assert_merged(v, "q", "abnd");
	v->ops->close(v);
}

static void projects_that_swapped_their_folders_are_not_mixed(void **state)
{
	AUTO_VALUE(commit_merge) ahead = {0};
	AUTO_VALUE(commit_merge) alone = {0};
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "r", "xy");
	git(repo, "branch", "-f", "theirs", NULL, NULL);
	on(repo, "theirs");
	put(repo, "p", "xy");
	put(repo, "r", "ab");
	struct vcs *v = open_vcs(repo);
	assert_fails_hinting(merge(&ahead, v, "main", "theirs", &err), &err, E_CONFLICT,
			     "theirs has another project in this folder: the one that \"r\" is",
			     "take two steps");
	v->ops->close(v);
	on(repo, "main");
	commit_file(repo, "file", "main");
	v = open_vcs(repo);
	assert_ok(merge(&alone, v, "theirs", "main", &err), &err);
	assert_ledger(v, &alone.tree, "p", "xy");
	v->ops->close(v);
	put(repo, "p", "abc");
	v = open_vcs(repo);
	assert_fails(merge(&m, v, "main", "theirs", &err), &err, E_CONFLICT, "another project");
	v->ops->close(v);
}

static void a_new_project_in_the_place_of_a_renamed_one_is_not_mixed_with_it(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	AUTO_VALUE(commit_merge) back = {0};
	AUTO_VALUE(commit_merge) alone = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	git(repo, "mv", "p", "q", NULL, NULL);
	git(repo, "commit", "-qm", "renamed", NULL, NULL);
	put(repo, "p", "x");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&alone, v, "main", "theirs", &err), &err);
	v->ops->close(v);
	on(repo, "theirs");
	put(repo, "p", "abd");
	v = open_vcs(repo);
	assert_fails_hinting(merge(&m, v, "main", "theirs", &err), &err, E_CONFLICT,
			     "the common ancestor has here is in \"q\" there", "take two steps");
	assert_fails(merge(&back, v, "theirs", "main", &err), &err, E_CONFLICT,
		     "main has another project in this folder");
	v->ops->close(v);
}

static void a_new_project_in_the_place_of_a_removed_one_is_not_mixed_with_it(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	AUTO_VALUE(commit_merge) back = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	drop(repo, "p");
	put(repo, "p", "x");
	on(repo, "theirs");
	put(repo, "p", "abd");
	struct vcs *v = open_vcs(repo);
	assert_fails_hinting(merge(&m, v, "main", "theirs", &err), &err, E_CONFLICT,
			     "have no record in common here", "xata new FILE");
	assert_fails(merge(&back, v, "theirs", "main", &err), &err, E_CONFLICT,
		     "have no record in common here");
	v->ops->close(v);
}

static void a_new_name_that_the_other_side_has_given_is_taken(void **state)
{
	AUTO_FREE char *repo = make(*state);
	put(repo, "q", "xy");
	on(repo, "theirs");
	move(repo, "p", "q", "abd");
	struct vcs *v = open_vcs(repo);
	assert_refused(v, "\"main\" has another project", "that \"main\" does not have");
	v->ops->close(v);
	git(repo, "mv", "q", "r", NULL, NULL);
	git(repo, "commit", "-qm", "free", NULL, NULL);
	v = open_vcs(repo);
	assert_merged(v, "r", "abd");
	assert_merged(v, "q", "xy");
	v->ops->close(v);
}

static void a_copy_on_the_other_side_takes_a_name_too(void **state)
{
	AUTO_FREE char *repo = make(*state);
	put(repo, "q", "ab");
	put(repo, "p", "abc");
	on(repo, "theirs");
	move(repo, "p", "q", "abd");
	struct vcs *v = open_vcs(repo);
	assert_refused(v, "another project", "a folder");
	v->ops->close(v);
}

static void a_project_that_was_renamed_and_removed_is_decided_by_people(void **state)
{
	AUTO_FREE char *repo = make(*state);
	drop(repo, "p");
	on(repo, "theirs");
	move(repo, "p", "q", "ab");
	format(repo, "q");
	struct vcs *v = open_vcs(repo);
	assert_refused(v, "removed in \"main\"", "bring it back in \"main\"");
	v->ops->close(v);
	drop(repo, "q");
	v = open_vcs(repo);
	assert_merged(v, "q", "-");
	v->ops->close(v);
}

static void one_left_alone_under_its_old_name_becomes_what_the_other_is(void **state)
{
	AUTO_FREE char *repo = make(*state);
	move(repo, "p", "q", "abc");
	on(repo, "theirs");
	commit_file(repo, "file", "theirs");
	struct vcs *v = open_vcs(repo);
	assert_merged(v, "q", "abc");
	assert_merged(v, "p", "-");
	v->ops->close(v);
}

static void a_rename_that_came_by_a_criss_cross_is_no_second_one(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	git(repo, "tag", "one", NULL, NULL, NULL);
	on(repo, "theirs");
	move(repo, "p", "q", "ab");
	git(repo, "tag", "two", NULL, NULL, NULL);
	git(repo, "merge", "-q", "-sours", "-m1", "one");
	put(repo, "q", "abce");
	on(repo, "main");
	git(repo, "merge", "-q", "-sours", "-m2", "two");
	move(repo, "p", "r", "abcf");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.ancestors.len, 2);
	assert_ledger(v, &m.tree, "r", "abcfe");
	v->ops->close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(a_renamed_folder_is_followed_from_either_side),
		unit_test_in_dir(a_project_may_move_to_the_top_and_from_there),
		unit_test_in_dir(a_folder_renamed_on_both_sides_is_followed_to_one_name_only),
		unit_test_in_dir(records_that_were_all_formatted_anew_are_followed),
		unit_test_in_dir(what_went_along_the_way_is_kept),
		unit_test_in_dir(a_ledger_without_records_is_evidence_of_nothing),
		unit_test_in_dir(a_copy_is_a_new_project),
		unit_test_in_dir(of_several_copies_the_likest_is_the_project),
		unit_test_in_dir(two_projects_with_records_in_common_are_told_apart),
		unit_test_in_dir(projects_that_swapped_their_folders_are_not_mixed),
		unit_test_in_dir(a_new_project_in_the_place_of_a_renamed_one_is_not_mixed_with_it),
		unit_test_in_dir(a_new_project_in_the_place_of_a_removed_one_is_not_mixed_with_it),
		unit_test_in_dir(a_new_name_that_the_other_side_has_given_is_taken),
		unit_test_in_dir(a_copy_on_the_other_side_takes_a_name_too),
		unit_test_in_dir(a_project_that_was_renamed_and_removed_is_decided_by_people),
		unit_test_in_dir(one_left_alone_under_its_old_name_becomes_what_the_other_is),
		unit_test_in_dir(a_rename_that_came_by_a_criss_cross_is_no_second_one),
	};
	return unit_main(tests);
}
