/* Takes an interrupted change of `.xata/` back that had not come to the ledger yet. */
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
	bool keep_backup; /* it has something that is nowhere else */
};

static void undo_release(struct undo *u)
{
	fs_close_(&u->stage);
	fs_close_(&u->backups);
	fs_close_(&u->backup);
	ledger_release(&u->ledger);
}
AUTO_VALUE_DEFINE(undo)

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
	ledger_parse(&u->ledger, str_view(&text), NULL);
	return 0;
}

static bool is_named(const struct undo *u, const char *name)
{
	return map_get(&u->ledger.index, name, NULL);
}

/* Whether what stands there came from the stage: Git, or whoever else put it, did so later. */
static bool is_staged(const struct undo *u, const char *file)
{
	struct fs_stamp stamp;

	return fs_stamp(&stamp, u->w->migrations, file) && stamp.mtime_ns <= u->journal_ns;
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

int journal_undo(const struct journal *j, struct workdir *w, struct error *err)
{
	AUTO_VALUE(undo) u = {.j = j, .w = w, .stage = -1, .backups = -1, .backup = -1};

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
	return rc;
}
