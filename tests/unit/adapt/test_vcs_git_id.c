/* What vcs.h promises of ids, checked against objects that the real git makes. */
#include "lib/unit.h"

#include <sys/stat.h>

#include "adapt/vcs_git.h"
#include "base/alloc.h"
#include "base/str.h"
#include "unit/support/git_repo.h"

/* HEAD of a repository, and what one of its folders holds. */
struct at_head {
	struct vcs *v;
	struct vcs_place place;
	struct vcs_entries entries;
};

static void at_head_open(struct at_head *h, const char *repo, const char *folder)
{
	struct error err = {0};

	*h = (struct at_head){.v = open_vcs(repo), .place = {.where = VCS_COMMIT}};
	assert_ok(h->v->ops->head(&h->place.commit, h->v, &err), &err);
	assert_ok(h->v->ops->list(&h->entries, h->v, &h->place, folder, &err), &err);
}

static void at_head_close(struct at_head *h)
{
	vcs_entries_release(&h->entries);
	h->v->ops->close(h->v);
}

static void ids_are_those_that_git_makes(void **state)
{
	struct at_head h;
	struct vcs_id id, folder;
	struct error err = {0};
	size_t size, sum = 0;

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	mkdir(unit_path(repo, "p"), 0755);
	unit_write(unit_path(repo, "p/-first"), "");
	unit_write(unit_path(repo, "p/a"), "a\n");
	unit_write(unit_path(repo, "p/a.b"), "b\r\n");
	unit_write(unit_path(repo, "p/run"), "#!/bin/sh\n");
	assert_int_equal(chmod(unit_path(repo, "p/run"), 0755), 0);
	commit_file(repo, "p/a-b", "0123456789");
	at_head_open(&h, repo, "p");
	assert_int_equal(h.entries.len, 5);
	h.v->ops->id_of_file(&id, h.v, view_of("b\r\n"));
	assert_true(vcs_id_eq(&id, &vcs_entries_find(&h.entries, "a.b")->id));
	h.v->ops->id_of_file(&id, h.v, view_of(""));
	assert_true(vcs_id_eq(&id, &vcs_entries_find(&h.entries, "-first")->id));
	assert_true(vcs_entries_find(&h.entries, "run")->executable);
	assert_false(vcs_entries_find(&h.entries, "a")->executable);

	assert_ok(h.v->ops->folder_object(&folder, &size, h.v, &h.place, "p", &err), &err);
	h.v->ops->id_of_folder(&id, h.v, &h.entries);
	assert_true(vcs_id_eq(&id, &folder));
	for (size_t i = 0; i < h.entries.len; i++)
		sum += vcs_entry_size(&h.entries.items[i]);
	assert_int_equal(sum, size);
	h.entries.items[1].executable = true;
	h.v->ops->id_of_folder(&id, h.v, &h.entries);
	assert_false(vcs_id_eq(&id, &folder));

	/* The index has it, too. */
	AUTO_VALUE(vcs_entries) staged = {0};
	struct vcs_place index = {.where = VCS_INDEX};
	assert_ok(h.v->ops->list(&staged, h.v, &index, "p", &err), &err);
	h.v->ops->id_of_folder(&id, h.v, &staged);
	assert_true(vcs_id_eq(&id, &folder));
	at_head_close(&h);
}

/* A tree that Git keeps as its difference from another one has the size of the whole one. */
static void a_folder_that_is_kept_as_a_difference_has_its_whole_size(void **state)
{
	struct at_head h;
	struct vcs_id id, folder;
	struct error err = {0};

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	mkdir(unit_path(repo, "p"), 0755);
	for (int i = 0; i < 60; i++) {
		AUTO_FREE char *name = xasprintf("p/file%02d", i);
		unit_write(unit_path(repo, name), name);
	}
	commit_file(repo, "p/one", "one");
	commit_file(repo, "p/two", "two");
	git(repo, "repack", "-q", "-a", "-d", "-f");
	git(repo, "config", "alias.kept",
	    "!git cat-file --batch-all-objects --batch-check='%(objecttype) %(deltabase)' |"
	    " grep -q '^tree .*[1-9a-f]'",
	    NULL, NULL);
	git(repo, "kept", NULL, NULL, NULL, NULL);
	for (int back = 0; back < 2; back++) {
		size_t size, sum = 0;
		at_head_open(&h, repo, "p");
		AUTO_VALUE(vcs_entries) entries = {0};
		assert_ok(h.v->ops->find(&h.place.commit, h.v, back ? "HEAD~1" : "HEAD", &err),
			  &err);
		assert_ok(h.v->ops->list(&entries, h.v, &h.place, "p", &err), &err);
		for (size_t i = 0; i < entries.len; i++)
			sum += vcs_entry_size(&entries.items[i]);
		assert_int_equal(entries.len, 62 - back);
		assert_ok(h.v->ops->folder_object(&folder, &size, h.v, &h.place, "p", &err), &err);
		h.v->ops->id_of_folder(&id, h.v, &entries);
		assert_true(vcs_id_eq(&id, &folder));
		assert_int_equal(sum, size);
		at_head_close(&h);
	}
}

static void a_folder_is_no_object_where_there_is_none(void **state)
{
	struct at_head h;
	struct vcs_id id;
	struct error err = {0};
	size_t size;

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	commit_file(repo, "file", "text");
	at_head_open(&h, repo, "");
	assert_ok(h.v->ops->folder_object(&id, &size, h.v, &h.place, "p/q", &err), &err);
	assert_int_equal(id.len, 0);
	assert_ok(h.v->ops->folder_object(&id, &size, h.v, &h.place, "file", &err), &err);
	assert_int_equal(id.len, 0);
	memset(h.place.commit.bytes, 7, h.place.commit.len);
	assert_fails(h.v->ops->folder_object(&id, &size, h.v, &h.place, "p", &err), &err,
		     E_NOTFOUND, "could not read a folder of the commit");
	at_head_close(&h);
}

/* The object is taken away, so that nothing but the file can have been read. */
static void a_file_that_is_as_its_object_is_read_instead(void **state)
{
	struct at_head h;
	struct error err = {0};
	AUTO_STR text = {0};
	char hex[VCS_HEX_MAX + 1];

	make_repository(*state);
	AUTO_FREE char *repo = xasprintf("%s/repo", (char *)*state);
	commit_file(repo, "file", "text");
	at_head_open(&h, repo, "");
	const struct vcs_id *id = &h.entries.items[0].id;
	assert_ok(h.v->ops->read_at(&text, h.v, "other", id, 100, &err), &err);
	assert_string_equal(str_cstr(&text), "text");
	vcs_id_hex(hex, id);
	AUTO_FREE char *object = xasprintf("%s/.git/objects/%.2s/%s", repo, hex, hex + 2);
	assert_int_equal(unlink(object), 0);
	str_clear(&text);
	assert_ok(h.v->ops->read_at(&text, h.v, "file", id, 100, &err), &err);
	assert_string_equal(str_cstr(&text), "text");
	str_clear(&text);
	unit_write(unit_path(repo, "file"), "test");
	assert_fails(h.v->ops->read_at(&text, h.v, "file", id, 100, &err), &err, E_IO,
		     "lacks the object");
	assert_int_equal(text.len, 0);
	unit_write(unit_path(repo, "file"), "text");
	assert_int_equal(symlink("file", unit_path(repo, "link")), 0);
	assert_fails(h.v->ops->read_at(&text, h.v, "link", id, 100, &err), &err, E_IO,
		     "lacks the object");
	assert_fails(h.v->ops->read_at(&text, h.v, "file", id, 3, &err), &err, E_IO,
		     "lacks the object");
	at_head_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(ids_are_those_that_git_makes),
		unit_test_in_dir(a_folder_that_is_kept_as_a_difference_has_its_whole_size),
		unit_test_in_dir(a_folder_is_no_object_where_there_is_none),
		unit_test_in_dir(a_file_that_is_as_its_object_is_read_instead),
	};

	return unit_main(tests);
}
