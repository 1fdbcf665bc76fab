/* What commit_merge.h promises, over repositories that the real git makes. */
#include "lib/unit.h"

#include <dirent.h>

#include "base/alloc.h"
#include "project/merge_sides.h"
#include "unit/support/ledger_repo.h"

static void upstreams_records_go_first_whichever_side_it_is(void **state)
{
	AUTO_VALUE(commit_merge) normal = {0};
	AUTO_VALUE(commit_merge) other = {0};
	struct commit_merge_options head = {.upstream = MERGE_HEAD, .read_common = MERGE_READ_ALL};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	put(repo, "p", "abde");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&normal, v, "main", "theirs", &err), &err);
	assert_int_equal(normal.relation, MERGE_DIVERGED);
	assert_int_equal(normal.project_count, 1);
	assert_int_equal(normal.projects[0].common, 2);
	assert_string_equal(normal.projects[0].folder, "p");
	assert_ledger(v, &normal.tree, "p", "abcde");
	assert_ok(merge_with(&other, v, "main", "theirs", &head, &err), &err);
	assert_ledger(v, &other.tree, "p", "abdec");
	v->ops->close(v);
}

static void relations_are_told(void **state)
{
	AUTO_VALUE(commit_merge) ahead = {0};
	AUTO_VALUE(commit_merge) contained = {0};
	AUTO_VALUE(commit_merge) same = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&ahead, v, "theirs", "main", &err), &err);
	assert_string_equal(merge_relation_name(ahead.relation), "ahead");
	assert_true(ahead.fast_forward);
	assert_ledger(v, &ahead.tree, "p", "abc");
	assert_ok(merge(&contained, v, "main", "theirs", &err), &err);
	assert_string_equal(merge_relation_name(contained.relation), "contained");
	assert_ledger(v, &contained.tree, "p", "abc");
	assert_ok(merge(&same, v, "main", "main", &err), &err);
	assert_int_equal(same.relation, MERGE_CONTAINED);
	v->ops->close(v);
}

static void what_a_side_took_from_the_other_is_put_back(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	on(repo, "theirs");
	put(repo, "p", "ac");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.relation, MERGE_AHEAD);
	assert_false(m.fast_forward);
	assert_int_equal(m.projects[0].resolution.kept.len, 1);
	assert_ledger(v, &m.tree, "p", "abc");
	v->ops->close(v);
}

static void conflicts_of_records_and_of_files_are_both_told(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	commit_file(repo, "file", "ours\n");
	on(repo, "theirs");
	put(repo, "p", "abC");
	commit_file(repo, "file", "theirs\n");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.conflicts, 2);
	assert_int_equal(m.projects[0].resolution.conflicts.items[0].kind, CONFLICT_ADDED_TWICE);
	assert_int_equal(m.files.len, 1);
	assert_string_equal(m.files.items[0].path, "file");
	assert_int_equal(m.tree.len, 0);
	v->ops->close(v);
}

static void a_project_that_one_side_left_alone_costs_nothing(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	commit_file(repo, "file", "theirs\n");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.project_count, 0);
	assert_ledger(v, &m.tree, "p", "abc");
	v->ops->close(v);
}

static void projects_of_one_side_alone_are_taken_as_files(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	AUTO_VALUE(commit_merge) gone = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "q", "x");
	on(repo, "theirs");
	put(repo, "r", "y");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.project_count, 0);
	assert_ledger(v, &m.tree, "p", "ab");
	assert_ledger(v, &m.tree, "q", "x");
	assert_ledger(v, &m.tree, "r", "y");
	v->ops->close(v);
	git(repo, "rm", "-q", "-r", "p", NULL);
	git(repo, "commit", "-q", "-m", "gone", NULL);
	on(repo, "main");
	put(repo, "p", "abc");
	v = open_vcs(repo);
	assert_fails_hinting(merge(&gone, v, "main", "theirs", &err), &err, E_CONFLICT,
			     "in \"p\" was removed in \"theirs\" and changed in \"main\"",
			     "remove it in \"main\", too");
	v->ops->close(v);
}

static void both_sides_may_begin_the_same_project(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "new", "xy");
	on(repo, "theirs");
	put(repo, "new", "xz");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.conflicts, 0);
	assert_ledger(v, &m.tree, "new", "xyz");
	v->ops->close(v);
}

static void a_criss_cross_is_resolved_by_all_ancestors(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	git(repo, "tag", "one", NULL, NULL, NULL);
	on(repo, "theirs");
	put(repo, "p", "abd");
	git(repo, "tag", "two", NULL, NULL, NULL);
	git(repo, "merge", "-q", "-sours", "-m1", "one");
	put(repo, "p", "abcde");
	on(repo, "main");
	git(repo, "merge", "-q", "-sours", "-m2", "two");
	put(repo, "p", "abcdf");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.ancestors.len, 2);
	assert_ledger(v, &m.tree, "p", "abcdfe");
	v->ops->close(v);
}

static void what_a_criss_cross_lost_is_not_put_into_another_project(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	commit_file(repo, "one", "one");
	git(repo, "tag", "one", NULL, NULL, NULL);
	on(repo, "theirs");
	commit_file(repo, "two", "two");
	git(repo, "tag", "two", NULL, NULL, NULL);
	git(repo, "merge", "-q", "-m1", "one", NULL);
	put(repo, "p", "abc");
	on(repo, "main");
	git(repo, "merge", "-q", "-m2", "two", NULL);
	git(repo, "rm", "-qr", "p", NULL, NULL);
	put(repo, "q", "AB");
	struct vcs *v = open_vcs(repo);
	assert_fails(merge(&m, v, "main", "theirs", &err), &err, E_CONFLICT,
		     "the project in \"p\" was removed in \"main\" and changed in \"theirs\"");
	assert_int_equal(m.ancestors.len, 2);
	v->ops->close(v);
}

/* Takes the last record of a project away, to a file that is none, and commits that. */
static void make_draft(const char *repo, const char *folder, const char *without)
{
	AUTO_FREE char *at = xasprintf("%s/%s/" LEDGER_DIR, repo, folder);
	AUTO_FREE char *last = xstrdup("");
	DIR *dir = opendir(at);

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));) {
		if (!ends_with(e->d_name, ".json") || strcmp(e->d_name, last) < 0)
			continue;
		free(last);
		last = xstrdup(e->d_name);
	}
	closedir(dir);
	AUTO_FREE char *from = xasprintf("%s/%s", at, last);
	AUTO_FREE char *to = xasprintf("%s/draft", repo);
	assert_int_equal(rename(from, to), 0);
	put(repo, folder, without);
}

static void edit_draft(const char *repo)
{
	AUTO_FREE char *path = xasprintf("%s/draft", repo);
	AUTO_FREE char *text = unit_read(path, NULL);
	AUTO_FREE char *edited = xasprintf("%s\n\n", text);

	commit_file(repo, "draft", edited);
}

static void assert_draft_in_conflict(struct vcs *v, const char *base, const char *head,
				     enum vcs_conflict_kind kind)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	assert_ok(merge(&m, v, base, head, &err), &err);
	assert_int_equal(m.conflicts, 1);
	assert_int_equal(m.files.len, 1);
	assert_string_equal(m.files.items[0].path, "draft");
	assert_int_equal(m.files.items[0].kind, kind);
}

static void a_record_is_not_taken_for_a_renamed_file(void **state)
{
	AUTO_FREE char *repo = make(*state);

	put(repo, "p", "abc");
	make_draft(repo, "p", "ab");
	git(repo, "branch", "-f", "theirs", NULL, NULL);
	git(repo, "rm", "-q", "draft", NULL, NULL);
	put(repo, "p", "abc");
	on(repo, "theirs");
	edit_draft(repo);
	struct vcs *v = open_vcs(repo);
	assert_draft_in_conflict(v, "main", "theirs", VCS_REMOVED_OURS);
	assert_draft_in_conflict(v, "theirs", "main", VCS_REMOVED_THEIRS);
	v->ops->close(v);
	put(repo, "p", "abd"); /* now both sides have changed the ledger */
	v = open_vcs(repo);
	assert_draft_in_conflict(v, "main", "theirs", VCS_REMOVED_OURS);
	assert_draft_in_conflict(v, "theirs", "main", VCS_REMOVED_THEIRS);
	v->ops->close(v);
}

static void a_file_that_no_ledger_names_is_not_merged(void **state)
{
	AUTO_VALUE(commit_merge) alone = {0};
	AUTO_VALUE(commit_merge) both = {0};
	AUTO_VALUE(commit_merge) back = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	commit_file(repo, "file", "main");
	on(repo, "theirs");
	commit_file(repo, "p/" LEDGER_DIR "/stray.json", "{}");
	struct vcs *v = open_vcs(repo);
	assert_fails_hinting(merge(&alone, v, "main", "theirs", &err), &err, E_INVALID,
			     "of \"theirs\" does not name \"p/" LEDGER_DIR "/stray.json\"", "Mend");
	v->ops->close(v);
	on(repo, "main");
	put(repo, "p", "abc");
	v = open_vcs(repo);
	assert_fails(merge(&both, v, "main", "theirs", &err), &err, E_INVALID,
		     "of \"theirs\" does not name");
	/* It is where the result goes, merged or not. */
	assert_ok(merge(&back, v, "theirs", "main", &err), &err);
	v->ops->close(v);
}

static void odd_things_in_place_of_a_project_are_no_project(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	mkdir(unit_path(repo, "odd"), 0755);
	mkdir(unit_path(repo, "file"), 0755);
	mkdir(unit_path(repo, "file/.xata"), 0755);
	unit_write(unit_path(repo, "file/.xata/migrations"), "text");
	assert_int_equal(symlink("../p/.xata", unit_path(repo, "odd/.xata")), 0);
	commit_file(repo, "more", "ours");
	on(repo, "theirs");
	put(repo, "odd", "xy");
	put(repo, "p", "abc");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.project_count, 1);
	assert_string_equal(m.projects[0].folder, "p");
	assert_true(m.files.len > 0);
	v->ops->close(v);
}

static void damage_is_an_error_that_names_the_side_and_the_project(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	put(repo, "p", "abc");
	on(repo, "theirs");
	put(repo, "p", "abd");
	unit_write(unit_path(repo, "p/" LEDGER_DIR "/.ledger"), "not/a name\n");
	git(repo, "commit", "-qam", "damage", NULL, NULL);
	struct vcs *v = open_vcs(repo);
	assert_fails_hinting(merge(&m, v, "main", "theirs", &err), &err, E_INVALID, "theirs",
			     "Mend");
	v->ops->close(v);
}

static void unrelated_histories_are_refused(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	git(repo, "checkout", "-q", "--orphan", "stranger", NULL);
	put(repo, "p", "abc");
	struct vcs *v = open_vcs(repo);
	assert_fails_hinting(merge(&m, v, "main", "stranger", &err), &err, E_CONFLICT,
			     "no common ancestor", "--allow-unrelated-histories");
	v->ops->close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(upstreams_records_go_first_whichever_side_it_is),
		unit_test_in_dir(relations_are_told),
		unit_test_in_dir(what_a_side_took_from_the_other_is_put_back),
		unit_test_in_dir(conflicts_of_records_and_of_files_are_both_told),
		unit_test_in_dir(a_project_that_one_side_left_alone_costs_nothing),
		unit_test_in_dir(projects_of_one_side_alone_are_taken_as_files),
		unit_test_in_dir(both_sides_may_begin_the_same_project),
		unit_test_in_dir(a_criss_cross_is_resolved_by_all_ancestors),
		unit_test_in_dir(what_a_criss_cross_lost_is_not_put_into_another_project),
		unit_test_in_dir(a_record_is_not_taken_for_a_renamed_file),
		unit_test_in_dir(a_file_that_no_ledger_names_is_not_merged),
		unit_test_in_dir(odd_things_in_place_of_a_project_are_no_project),
		unit_test_in_dir(damage_is_an_error_that_names_the_side_and_the_project),
		unit_test_in_dir(unrelated_histories_are_refused),
	};
	return unit_main(tests);
}
