/* Repositories with projects in them, and what commit_merge() makes of two commits. */
#include "unit/support/ledger_repo.h"

#include "lib/unit.h"

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "project/merge_sides.h"

#define DIR LEDGER_DIR

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
void put(const char *repo, const char *folder, const char *letters)
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
	git(repo, "commit", "-q", "--allow-empty", "-m", *letters ? letters : "nothing");
}

/* dir/repo on main, with branch theirs at the same commit: the project in folder p has "ab". */
char *make(const char *dir)
{
	make_repository(dir);
	char *repo = xasprintf("%s/repo", dir);
	put(repo, "p", "ab");
	git(repo, "branch", "theirs", NULL, NULL, NULL);
	return repo;
}

void on(const char *repo, const char *branch)
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

int merge_with(struct commit_merge *out, struct vcs *v, const char *base, const char *head,
	       const struct commit_merge_options *options, struct error *err)
{
	struct merge_tip one = {base, id_of(v, base)}, two = {head, id_of(v, head)};

	return commit_merge(out, v, &one, &two, options, err);
}

int merge(struct commit_merge *out, struct vcs *v, const char *base, const char *head,
	  struct error *err)
{
	struct commit_merge_options options = {.read_common = MERGE_READ_ALL};

	return merge_with(out, v, base, head, &options, err);
}

/* The letters of the ledger that a tree has in a folder; "-" without one. */
void assert_ledger(struct vcs *v, const struct vcs_id *tree, const char *folder, const char *want)
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
