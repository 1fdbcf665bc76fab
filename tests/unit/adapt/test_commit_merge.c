/* What commit_merge.h promises, over repositories that the real git makes. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "project/commit_merge.h"
#include "project/merge_sides.h"
#include "unit/support/git_repo.h"

#define DIR ".xata/migrations"

/* A project is written as letters, a record each; a capital is about the table of the small one. */
static void append(struct records *out, char letter)
{
	const struct record *last = out->len ? out->items[out->len - 1] : NULL;
	char table[] = {'t', letter, '\0'};
	AUTO_FREE char *id = xasprintf("mig_%020d", letter);
	json_t *operations = json_pack("[{s:{s:s}}]", "addTable", "table", table);
	struct record_draft draft = {.format = RECORD_V1,
				     .id = id,
				     .parent = last ? record_id(last) : NULL,
				     .parent_checksum = last ? record_checksum(last) : NULL,
				     .operations = operations};
	struct record *r = NULL;
	struct error err = {0};

	if (letter < 'a') { /* another record that makes the same table */
		table[1] = (char)(letter - 'A' + 'a');
		json_decref(operations);
		operations = json_pack("[{s:{s:s}}]", "addTable", "table", table);
		draft.operations = operations;
	}
	assert_ok(record_make(&r, &draft, &err), &err);
	json_decref(operations);
	records_take(out, r);
}

static void make_folders(const char *repo, const char *folder)
{
	AUTO_FREE char *top = xasprintf("%s/%s", repo, folder);
	AUTO_FREE char *state = xasprintf("%s/.xata", top);
	AUTO_FREE char *migrations = xasprintf("%s/" DIR, top);

	mkdir(top, 0755);
	mkdir(state, 0755);
	mkdir(migrations, 0755);
}

/* Makes the project in a folder have these records, and commits it. */
static void put(const char *repo, const char *folder, const char *letters)
{
	AUTO_VALUE(records) l = {0};
	AUTO_STR ledger = {0};

	git(repo, "rm", "-qrf", "--ignore-unmatch", folder, NULL);
	make_folders(repo, folder);
	for (const char *p = letters; *p; p++)
		append(&l, *p);
	for (size_t i = 0; i < l.len; i++) {
		AUTO_STR text = {0};
		AUTO_FREE char *name = xasprintf("%s/" DIR "/%s.json", folder,
						 record_name(l.items[i]));
		record_print(&text, l.items[i]);
		unit_write(unit_path(repo, name), str_cstr(&text));
		ledger_append_line(&ledger, record_name(l.items[i]));
	}
	AUTO_FREE char *name = xasprintf("%s/" DIR "/.ledger", folder);
	unit_write(unit_path(repo, name), str_cstr(&ledger));
	git(repo, "add", "-A", NULL, NULL, NULL);
	git(repo, "commit", "-q", "--allow-empty", "-m", letters);
}

/* dir/repo on main, with branch theirs at the same commit: the project in folder p has "ab". */
static char *make(const char *dir)
{
	make_repository(dir);
	char *repo = xasprintf("%s/repo", dir);
	put(repo, "p", "ab");
	git(repo, "branch", "theirs", NULL, NULL, NULL);
	return repo;
}

static void on(const char *repo, const char *branch)
{
	git(repo, "checkout", "-q", branch, NULL, NULL);
}

static struct vcs_id id_of(struct vcs *v, const char *text)
{
	struct vcs_id id;
	struct error err = {0};

	assert_ok(v->ops->find(&id, v, text, &err), &err);
	return id;
}

static int merge_with(struct commit_merge *out, struct vcs *v, const char *base, const char *head,
		      const struct commit_merge_options *options, struct error *err)
{
	struct merge_tip one = {base, id_of(v, base)}, two = {head, id_of(v, head)};

	return commit_merge(out, v, &one, &two, options, err);
}

static int merge(struct commit_merge *out, struct vcs *v, const char *base, const char *head,
		 struct error *err)
{
	struct commit_merge_options options = {.read_common = MERGE_READ_ALL};

	return merge_with(out, v, base, head, &options, err);
}

/* The letters of the ledger that a tree has in a folder; "-" without one. */
static void assert_ledger(struct vcs *v, const struct vcs_id *tree, const char *folder,
			  const char *want)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	AUTO_STR text = {0};
	AUTO_STR got = {0};
	struct vcs_place place = {.where = VCS_COMMIT, .commit = *tree, .project = folder};
	struct error err = {0};
	struct view line;
	size_t files = 0;

	assert_ok(v->ops->list(&entries, v, &place, DIR, &err), &err);
	const struct vcs_entry *e = vcs_entries_find(&entries, ".ledger");
	if (!e)
		str_puts(&got, "-");
	else
		assert_ok(v->ops->read(&text, v, &e->id, 10000, &err), &err);
	for (struct view rest = str_view(&text); view_line(&rest, &line);) {
		AUTO_FREE char *file = xasprintf("%.*s.json", (int)line.len, line.ptr);
		str_putc(&got, (char)((line.ptr[21] - '0') * 100 + (line.ptr[22] - '0') * 10 +
				      line.ptr[23] - '0'));
		assert_non_null(vcs_entries_find(&entries, file));
		files++;
	}
	assert_string_equal(str_cstr(&got), want);
	if (e) /* no file is left of a record under its former name */
		assert_int_equal(entries.len, files + 1);
}

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
	assert_ok(merge(&gone, v, "main", "theirs", &err), &err);
	assert_int_equal(gone.project_count, 0);
	assert_int_equal(gone.files.len, 1);
	assert_string_equal(gone.files.items[0].path, "p/" DIR "/.ledger");
	assert_int_equal(gone.files.items[0].kind, VCS_REMOVED_THEIRS);
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

/* ---- renamed folders */

static void move(const char *repo, const char *from, const char *to, const char *letters)
{
	git(repo, "mv", from, to, NULL, NULL);
	put(repo, to, letters);
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
	assert_string_equal(head.projects[0].former, "p");
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
	assert_string_equal(up.projects[0].former, "p");
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

static void a_folder_renamed_on_both_sides_is_left_to_git(void **state)
{
	AUTO_VALUE(commit_merge) m = {0};
	struct error err = {0};

	AUTO_FREE char *repo = make(*state);
	move(repo, "p", "q", "abc");
	on(repo, "theirs");
	move(repo, "p", "r", "abd");
	struct vcs *v = open_vcs(repo);
	assert_ok(merge(&m, v, "main", "theirs", &err), &err);
	assert_int_equal(m.project_count, 0);
	assert_true(m.files.len > 0);
	assert_int_equal(m.conflicts, m.files.len);
	v->ops->close(v);
}

/* ---- */

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
	unit_write(unit_path(repo, "p/" DIR "/.ledger"), "not/a name\n");
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
		unit_test_in_dir(a_renamed_folder_is_followed_from_either_side),
		unit_test_in_dir(a_project_may_move_to_the_top_and_from_there),
		unit_test_in_dir(a_folder_renamed_on_both_sides_is_left_to_git),
		unit_test_in_dir(a_criss_cross_is_resolved_by_all_ancestors),
		unit_test_in_dir(odd_things_in_place_of_a_project_are_no_project),
		unit_test_in_dir(damage_is_an_error_that_names_the_side_and_the_project),
		unit_test_in_dir(unrelated_histories_are_refused),
	};
	return unit_main(tests);
}
