/* Takes an interrupted change of `.xata/` back that the ledger does not have, or not any more. */
#include <stdlib.h>

#include "base/alloc.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

#define SAVED_MAX ((size_t)64 << 20) /* bytes of one file in the backup */

struct undo {
	const struct journal *j;
	struct workdir *w;
	int stage;
	int backups, backup; /* .xata/backup and the folder of this change in it; -1: none */
	int64_t journal_ns;  /* when the journal was written: what was staged is not younger */
	struct ledger ledger;
	const struct vcs_entries *kept;
	struct strs restored; /* their paths */
	bool keep_backup;     /* it has something that is nowhere else */
};

static void undo_release(struct undo *u)
{
	fs_close_(&u->stage);
	fs_close_(&u->backups);
	fs_close_(&u->backup);
	ledger_release(&u->ledger);
	strs_release(&u->restored);
}
AUTO_VALUE_DEFINE(undo)

/* ---- what Git has to do with it */

/* NULL where nobody can be asked; close it. */
static struct vcs *open_git(const struct workdir *w)
{
	struct error ignored = {0};
	struct vcs *v = NULL;

	if (!w->left_out.open || w->left_out.open(&v, w->left_out.root, &ignored) < 0)
		return NULL;
	return v;
}

/* *none: HEAD is a commit without a ledger. */
static int find_kept(struct vcs_entries *kept, bool *none, struct vcs *v, struct error *err)
{
	AUTO_VALUE(vcs_entries) committed = {0};
	AUTO_VALUE(vcs_entries) files = {0};
	struct vcs_place head = {.where = VCS_COMMIT};
	static const struct vcs_place disk = {.where = VCS_FILES};

	int rc = v->ops->head(&head.commit, v, err);
	if (rc < 0 || !head.commit.len)
		return rc;
	rc = v->ops->list(&committed, v, &head, MIGRATIONS_DIR, err);
	if (rc == 0)
		rc = v->ops->list(&files, v, &disk, MIGRATIONS_DIR, err);
	*none = rc == 0 && !vcs_entries_find(&committed, LEDGER_FILE);
	for (size_t i = 0; rc == 0 && i < files.len; i++) {
		const struct vcs_entry *e = &files.items[i];
		const struct vcs_entry *was = vcs_entries_find(&committed, e->name);
		if (was && was->id.len && vcs_id_eq(&was->id, &e->id))
			vcs_entries_add(kept, e->name, strlen(e->name))->id = e->id;
	}
	return rc;
}

bool journal_given_up(struct vcs_entries *kept, const struct workdir *w)
{
	struct vcs *v = open_git(w);
	struct error ignored = {0};
	bool none = false;

	if (!v)
		return false;
	int rc = find_kept(kept, &none, v, &ignored);
	v->ops->close(v);
	if (none)
		return !fs_exists(w->migrations, LEDGER_FILE);
	return rc == 0 && vcs_entries_find(kept, LEDGER_FILE);
}

/*
 * Tells Git's index that these files are what it has: "git merge --abort" would refuse, for they
 * are not as old as it knows them. Where it cannot be told, "git status" does the same.
 */
static void refresh_index(const struct undo *u)
{
	static const struct vcs_place place = {.where = VCS_INDEX};
	AUTO_VALUE(vcs_entries) index = {0};
	AUTO_FREE struct vcs_staged *staged = xcalloc(u->restored.len + 1, sizeof *staged);
	struct error ignored = {0};
	size_t count = 0;

	struct vcs *v = u->restored.len ? open_git(u->w) : NULL;
	if (!v)
		return;
	int rc = v->ops->list(&index, v, &place, MIGRATIONS_DIR, &ignored);
	for (size_t i = 0; rc == 0 && i < u->restored.len; i++) {
		const char *path = u->restored.items[i];
		const struct vcs_entry *e = vcs_entries_find(&index, path + sizeof MIGRATIONS_DIR);
		if (e && !e->conflicted)
			staged[count++] = (struct vcs_staged){.path = path, .id = e->id};
	}
	if (rc == 0)
		rc = v->ops->stage(v, staged, count, &ignored);
	(void)rc;
	v->ops->close(v);
}

/* ---- the files */

/* A folder that was made only just now may not ignore itself for Git yet: opening mends that. */
static int open_backup(struct undo *u, struct error *err)
{
	if (!u->j->backup || !fs_exists(u->w->xata, BACKUP_DIR))
		return 0;
	int rc = private_dir_open(&u->backups, u->w->xata, BACKUP_DIR, err);
	if (rc < 0 || !fs_exists(u->backups, u->j->backup))
		return rc;
	return fs_open_dir(&u->backup, u->backups, u->j->backup, FS_NOFOLLOW, err);
}

static int look(struct undo *u, struct error *err)
{
	struct workdir *w = u->w;
	struct fs_stamp journal = {0};
	AUTO_STR text = {0};
	struct error why = {0};

	if (fs_stamp(&journal, w->state, JOURNAL_FILE))
		u->journal_ns = journal.mtime_ns;
	int rc = fs_read_nofollow(&text, w->migrations, LEDGER_FILE, LEDGER_TEXT_MAX, &why);
	if (rc < 0 && rc != E_NOTFOUND)
		return fail(err, why.code, "%s", why.msg);
	u->keep_backup = rc == E_NOTFOUND; /* it may have the only copy */
	ledger_parse(&u->ledger, str_view(&text), NULL);
	return 0;
}

static bool is_named(const struct undo *u, const char *name)
{
	return map_get(&u->ledger.index, name, NULL);
}

/*
 * Whether what stands there came from the stage: Git, or whoever else put it, did so later, or has
 * committed it.
 */
static bool is_staged(const struct undo *u, const char *file)
{
	struct fs_stamp stamp;

	return !vcs_entries_find(u->kept, file) && fs_stamp(&stamp, u->w->migrations, file) &&
	       stamp.mtime_ns <= u->journal_ns;
}

/*
 * The file as it was goes back, unless somebody has put another one there, or has taken it away
 * with the ledger's line for it.
 */
static int restore(struct undo *u, const char *name, const char *file, struct error *err)
{
	AUTO_STR saved = {.max = SAVED_MAX + 1}, now = {.max = SAVED_MAX + 1};

	int rc = fs_read_nofollow(&saved, u->backup, file, SAVED_MAX, err);
	if (rc < 0)
		return rc;
	rc = fs_read_nofollow(&now, u->w->migrations, file, SAVED_MAX, NULL);
	if (rc == 0 && view_eq(str_view(&now), str_view(&saved)))
		return 0;
	bool there = fs_exists(u->w->migrations, file);
	if (there ? !is_staged(u, file) : !is_named(u, name)) {
		u->keep_backup = true;
		return 0;
	}
	strs_take(&u->restored, xasprintf(MIGRATIONS_DIR "/%s", file));
	return fs_replace(u->w->migrations, file, u->w->state, str_view(&saved), 0, err);
}

static int undo_place(struct undo *u, const char *name, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];

	int rc = record_file_name(file, name, err);
	if (rc < 0 || fs_exists(u->stage, file)) /* it has not moved */
		return rc;
	if (u->backup >= 0 && fs_exists(u->backup, file))
		return restore(u, name, file, err);
	if (is_named(u, name) || !is_staged(u, file))
		return 0;
	return fs_unlink(u->w->migrations, file, err);
}

static int undo_drop(struct undo *u, const char *name, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];

	int rc = record_file_name(file, name, err);
	if (rc < 0 || u->backup < 0 || !fs_exists(u->backup, file))
		return rc;
	return restore(u, name, file, err);
}

int journal_undo(const struct journal *j, struct workdir *w, const struct vcs_entries *kept,
		 struct error *err)
{
	AUTO_VALUE(undo)
	u = {.j = j, .w = w, .kept = kept, .stage = -1, .backups = -1, .backup = -1};

	int rc = fs_open_dir(&u.stage, w->state, j->stage, FS_NOFOLLOW, err);
	if (rc == 0)
		rc = open_backup(&u, err);
	/* It leaves the stage before anything moves, and is back when everything is. */
	if (rc < 0 || (j->backup && fs_exists(u.stage, STAGE_BACKUP)))
		return rc;
	rc = look(&u, err);
	for (size_t i = 0; rc == 0 && i < j->place.len; i++)
		rc = undo_place(&u, j->place.items[i], err);
	for (size_t i = 0; rc == 0 && i < j->drop.len; i++)
		rc = undo_drop(&u, j->drop.items[i], err);
	if (rc == 0)
		rc = fs_sync_dir(w->migrations, err);
	if (rc == 0 && u.backup >= 0 && !u.keep_backup)
		rc = fs_rename(u.backups, j->backup, u.stage, STAGE_BACKUP, err);
	if (rc == 0)
		refresh_index(&u);
	return rc;
}
