/* Staging paths in the index that the real git reads, and what it is in the middle of. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "unit/support/git_repo.h"

/* main and theirs change the same file; theirs adds another one. */
static char *make_sides(const char *dir)
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

/* A git command that ends in a conflict, which is no failure here. */
static void try_git(const char *repo, const char *command)
{
	AUTO_FREE char *alias = xasprintf("!git %s || true", command);

	git(repo, "config", "alias.try", alias, NULL, NULL);
	git(repo, "try", NULL, NULL, NULL, NULL);
}

static char *make_conflict(const char *dir)
{
	char *repo = make_sides(dir);

	try_git(repo, "merge -q theirs");
	return repo;
}

static const struct vcs_entry *find_staged(struct vcs_entries *entries, struct vcs *v,
					   const char *name)
{
	static const struct vcs_place index = {.where = VCS_INDEX};
	struct error err = {0};

	vcs_entries_release(entries);
	assert_ok(v->ops->list(entries, v, &index, "", &err), &err);
	return vcs_entries_find(entries, name);
}

static void assert_staged(struct vcs *v, const char *name, const char *want)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	AUTO_STR text = {0};
	struct error err = {0};
	const struct vcs_entry *e = find_staged(&entries, v, name);

	if (!e || e->conflicted)
		unit_fail("\"%s\" is not staged", name);
	else
		assert_ok(v->ops->read(&text, v, &e->id, 100, &err), &err);
	assert_string_equal(str_cstr(&text), want);
}

static void stage_text(struct vcs *v, const char *path, const char *text)
{
	struct vcs_staged file = {.path = path, .text = view_of(text)};
	struct error err = {0};

	assert_ok(v->ops->stage(v, &file, 1, &err), &err);
}

static void a_conflict_is_settled_with_bytes_or_an_object(void **state)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	AUTO_FREE char *repo = make_conflict(*state);
	struct error err = {0};

	struct vcs *v = open_vcs(repo);
	stage_text(v, "file", "both\n");
	assert_staged(v, "file", "both\n");
	assert_staged(v, "added", "added\n");
	const struct vcs_entry *added = find_staged(&entries, v, "added");
	struct vcs_staged same = {.path = "file", .id = added ? added->id : (struct vcs_id){0}};
	assert_ok(v->ops->stage(v, &same, 1, &err), &err);
	assert_staged(v, "file", "added\n");
	v->ops->close(v);
	/* As after "git add", the conflict can be had again. */
	git(repo, "checkout", "-q", "--merge", "--", "file");
	v = open_vcs(repo);
	const struct vcs_entry *file = find_staged(&entries, v, "file");
	assert_true(file && file->conflicted);
	v->ops->close(v);
}

static void a_path_is_removed_whether_in_conflict_or_not(void **state)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	AUTO_FREE char *repo = make_conflict(*state);
	struct vcs_staged gone[] = {{.path = "file", .remove = true},
				    {.path = "added", .remove = true},
				    {.path = "never", .remove = true}};
	struct error err = {0};

	struct vcs *v = open_vcs(repo);
	assert_ok(v->ops->stage(v, gone, ARRAY_LEN(gone), &err), &err);
	assert_null(find_staged(&entries, v, "file"));
	assert_int_equal(entries.len, 0);
	v->ops->close(v);
}

static void a_staged_file_that_is_on_disk_counts_as_unchanged(void **state)
{
	AUTO_FREE char *repo = make_conflict(*state);

	struct vcs *v = open_vcs(repo);
	unit_write(unit_path(repo, "file"), "both\n");
	stage_text(v, "file", "both\n");
	v->ops->close(v);
	/* Refuses where the index does not know the file on disk again. */
	git(repo, "merge", "--abort", NULL, NULL, NULL);
}

static void what_is_staged_already_leaves_the_index_alone(void **state)
{
	AUTO_FREE char *repo = make_sides(*state);
	AUTO_FREE char *index = xasprintf("%s/.git/index", repo);
	struct stat before, after;

	assert_int_equal(stat(index, &before), 0);
	struct vcs *v = open_vcs(repo);
	stage_text(v, "file", "ours\n");
	v->ops->close(v);
	assert_int_equal(stat(index, &after), 0);
	assert_true(before.st_ino == after.st_ino);
}

static void the_mode_of_a_file_stays(void **state)
{
	AUTO_FREE char *repo = make_sides(*state);

	git(repo, "update-index", "--chmod=+x", "file", NULL, NULL);
	struct vcs *v = open_vcs(repo);
	stage_text(v, "file", "new\n");
	v->ops->close(v);
	AUTO_FREE char *check = xasprintf(
		"!test \"$(git ls-files -s file | cut -d' ' -f1)\" = 100755");
	git(repo, "config", "alias.check", check, NULL, NULL);
	git(repo, "check", NULL, NULL, NULL, NULL);
}

static void an_index_that_is_locked_is_told_with_the_remedy(void **state)
{
	AUTO_FREE char *repo = make_conflict(*state);
	AUTO_FREE char *lock = xasprintf("%s/.git/index.lock", repo);
	struct vcs_staged file = {.path = "file", .text = view_of("both\n")};
	struct error err = {0};

	unit_write(lock, "");
	struct vcs *v = open_vcs(repo);
	assert_fails_hinting(v->ops->stage(v, &file, 1, &err), &err, E_LOCKED,
			     "another git command is changing the index", "index.lock");
	v->ops->close(v);
	unlink(lock);
	v = open_vcs(repo);
	stage_text(v, "file", "both\n");
	assert_staged(v, "file", "both\n");
	v->ops->close(v);
}

static void what_another_command_staged_meanwhile_stays(void **state)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	AUTO_FREE char *repo = make_sides(*state);

	struct vcs *v = open_vcs(repo);
	stage_text(v, "one", "one\n"); /* the index is in memory from here on */
	unit_write(unit_path(repo, "other"), "other, of another size\n");
	git(repo, "add", "other", NULL, NULL, NULL);
	stage_text(v, "two", "two\n");
	assert_staged(v, "other", "other, of another size\n");
	assert_staged(v, "one", "one\n");
	assert_staged(v, "two", "two\n");
	v->ops->close(v);
}

/* ---- what is under way */

static void assert_under_way(const char *repo, enum vcs_operation want, size_t heads)
{
	AUTO_VALUE(vcs_ids) found = {0};
	enum vcs_operation operation;
	struct error err = {0};

	struct vcs *v = open_vcs(repo);
	assert_ok(v->ops->under_way(&operation, &found, v, &err), &err);
	v->ops->close(v);
	assert_int_equal(operation, want);
	assert_int_equal(found.len, heads);
}

/* NULL: no rebase is under way. */
static void assert_rebased_onto(const char *repo, const char *want)
{
	struct vcs_id onto, wanted = {0};
	struct error err = {0};

	struct vcs *v = open_vcs(repo);
	int rc = v->ops->rebase_onto(&onto, v, &err);
	if (!want) {
		assert_fails(rc, &err, E_NOTFOUND, "rebase-merge/onto");
	} else {
		assert_ok(rc, &err);
		assert_ok(v->ops->find(&wanted, v, want, &err), &err);
	}
	assert_true(vcs_id_eq(&onto, &wanted));
	v->ops->close(v);
}

static void every_operation_of_git_is_known(void **state)
{
	AUTO_FREE char *repo = make_sides(*state);

	assert_rebased_onto(repo, NULL);
	assert_under_way(repo, VCS_IDLE, 0);
	try_git(repo, "merge -q theirs");
	assert_under_way(repo, VCS_MERGE, 1);
	git(repo, "merge", "--abort", NULL, NULL, NULL);
	try_git(repo, "merge -q --squash theirs");
	assert_under_way(repo, VCS_MERGE_SQUASH, 0);
	git(repo, "reset", "-q", "--hard", NULL, NULL);
	try_git(repo, "cherry-pick theirs~1");
	assert_under_way(repo, VCS_CHERRY_PICK, 1);
	git(repo, "cherry-pick", "--abort", NULL, NULL, NULL);
	try_git(repo, "rebase theirs");
	assert_under_way(repo, VCS_REBASE, 1);
	assert_rebased_onto(repo, "theirs");
	git(repo, "rebase", "--abort", NULL, NULL, NULL);
	try_git(repo, "revert --no-edit HEAD~1");
	assert_under_way(repo, VCS_REVERT, 1);
	git(repo, "revert", "--abort", NULL, NULL, NULL);
	try_git(repo, "format-patch -q -1 theirs~1 -o ../mail && git am -q -3 ../mail/*.patch");
	assert_under_way(repo, VCS_AM, 0);
	git(repo, "am", "--abort", NULL, NULL, NULL);
	assert_under_way(repo, VCS_IDLE, 0);
}

static void outside_a_repository_nothing_is_staged(void **state)
{
	struct vcs_staged file = {.path = "file", .text = view_of("x")};
	AUTO_VALUE(vcs_ids) heads = {0};
	enum vcs_operation operation;
	struct error err = {0};

	no_settings_of_this_machine(*state);
	setenv("GIT_CEILING_DIRECTORIES", "/", 1);
	struct vcs *v = open_vcs(*state);
	assert_fails(v->ops->stage(v, &file, 1, &err), &err, E_NOTFOUND, "not in a Git");
	assert_fails(v->ops->under_way(&operation, &heads, v, &err), &err, E_NOTFOUND,
		     "not in a Git");
	v->ops->close(v);
	unsetenv("GIT_CEILING_DIRECTORIES");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(a_conflict_is_settled_with_bytes_or_an_object),
		unit_test_in_dir(a_path_is_removed_whether_in_conflict_or_not),
		unit_test_in_dir(a_staged_file_that_is_on_disk_counts_as_unchanged),
		unit_test_in_dir(what_is_staged_already_leaves_the_index_alone),
		unit_test_in_dir(the_mode_of_a_file_stays),
		unit_test_in_dir(an_index_that_is_locked_is_told_with_the_remedy),
		unit_test_in_dir(what_another_command_staged_meanwhile_stays),
		unit_test_in_dir(every_operation_of_git_is_known),
		unit_test_in_dir(outside_a_repository_nothing_is_staged),
	};
	return unit_main(tests);
}
