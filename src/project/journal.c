/* The journal of a change of `.xata/`: its commit point, its carrying out, its recovery. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

#define JOURNAL_VERSION 1
#define JOURNAL_MAX ((size_t)64 << 20)
#define BACKUP_NAME_MAX ((size_t)64)
#define COMMAND_MAX ((size_t)100)

void journal_release(struct journal *j)
{
	free(j->command);
	free(j->stage);
	free(j->backup);
	strs_release(&j->place);
	strs_release(&j->drop);
	*j = (struct journal){0};
}

/* ---- as text */

static json_t *names_to_json(const struct strs *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->len; i++)
		json_array_append_new(list, json_string(names->items[i]));
	return list;
}

int journal_commit(const struct journal *j, struct workdir *w, struct error *err)
{
	AUTO_JSON *doc = json_object();
	AUTO_STR text = {.max = JOURNAL_MAX};

	json_put(doc, "version", json_integer(JOURNAL_VERSION));
	json_put_string(doc, "command", j->command);
	json_put_string(doc, "stage", j->stage);
	json_put_string(doc, "backup", j->backup);
	json_put_string(doc, "before", j->before);
	json_put_string(doc, "after", j->after);
	json_put(doc, "place", names_to_json(&j->place));
	json_put(doc, "drop", names_to_json(&j->drop));
	json_write(&text, doc, JSON_FORM_PRETTY);
	str_putc(&text, '\n');
	int rc = str_check(&text, "the journal", err);
	if (rc < 0)
		return rc;
	rc = fs_replace(w->state, JOURNAL_FILE, w->state, str_view(&text), 0, err);
	if (rc < 0) {
		/* It may stand there, only not durably: it must not be found by the next command,
		 * after this one has failed. */
		struct error late = {0};
		if (fs_unlink(w->state, JOURNAL_FILE, &late) < 0)
			hint(err, "The next xata command finishes or discards the change.");
	}
	return rc;
}

static bool is_hash(const char *text)
{
	return strlen(text) == SHA256_HEX && strspn(text, "0123456789abcdef") == SHA256_HEX;
}

/* A folder name of ours: a known start, then nothing that could lead anywhere else. */
static bool is_folder(const char *name, const char *prefix)
{
	return starts_with(name, prefix) && strlen(name) <= BACKUP_NAME_MAX && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzTZ0123456789-") == strlen(name);
}

/* Names in a journal are names from outside, like any other. */
static bool take_names(struct strs *out, const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		const char *name = json_string_value(item);
		if (!name || !record_name_valid(view_of(name)))
			return false;
		strs_add(out, name);
	}
	return true;
}

static bool take_journal(struct journal *j, const json_t *doc)
{
	const char *command, *stage, *backup, *before, *after;
	json_t *place, *drop;
	long long version;

	if (json_get_int(&version, doc, "version", JSON_REQUIRED, NULL) < 0 ||
	    version != JOURNAL_VERSION ||
	    json_get_string(&command, doc, "command", JSON_REQUIRED, NULL) < 0 ||
	    json_get_string(&stage, doc, "stage", JSON_REQUIRED, NULL) < 0 ||
	    json_get_string(&backup, doc, "backup", JSON_OPTIONAL, NULL) < 0 ||
	    json_get_string(&before, doc, "before", JSON_REQUIRED, NULL) < 0 ||
	    json_get_string(&after, doc, "after", JSON_REQUIRED, NULL) < 0 ||
	    json_get_array(&place, doc, "place", JSON_REQUIRED, NULL) < 0 ||
	    json_get_array(&drop, doc, "drop", JSON_REQUIRED, NULL) < 0)
		return false;
	if (strlen(command) > COMMAND_MAX || !is_folder(stage, STAGE_PREFIX) ||
	    (backup && !is_folder(backup, "")) || !is_hash(before) || !is_hash(after))
		return false;
	j->command = xstrdup(command);
	j->stage = xstrdup(stage);
	j->backup = xstrdup(backup);
	memcpy(j->before, before, sizeof j->before);
	memcpy(j->after, after, sizeof j->after);
	return take_names(&j->place, place) && take_names(&j->drop, drop);
}

bool journal_pending(const struct workdir *w)
{
	return w->state >= 0 && fs_exists(w->state, JOURNAL_FILE);
}

static int fail_journal(struct error *err, const char *why)
{
	int rc = fail(err, E_PROJECT, "cannot use \".xata/%s/%s\" of an interrupted command: %s",
		      STATE_DIR, JOURNAL_FILE, why);

	hint(err,
	     "Compare .xata with what you expect, for instance with \"git status\", then remove "
	     "that file.");
	return rc;
}

int journal_read(struct journal *j, struct workdir *w, struct error *err)
{
	AUTO_STR text = {0};
	AUTO_JSON *doc = NULL;
	AUTO_VALUE(journal) read = {0};
	struct error why = {0};

	if (!journal_pending(w))
		return 0;
	int rc = fs_read(&text, w->state, JOURNAL_FILE, JOURNAL_MAX, &why);
	if (rc == 0)
		rc = json_read(&doc, str_view(&text), 0, &why);
	if (rc < 0)
		return fail_journal(err, why.msg);
	if (!take_journal(&read, doc))
		return fail_journal(err, "it has not the form that this version writes");
	if (!fs_exists(w->state, read.stage))
		return fail_journal(err, "the files it speaks of are gone");
	*j = read;
	read = (struct journal){0};
	return 1;
}

/* ---- carrying out */

/* Moves one staged file to its place; a staged file that is gone is there already. */
static int place_file(struct workdir *w, int stage, const char *file, struct error *err)
{
	if (fs_exists(stage, file))
		return fs_rename(stage, file, w->migrations, file, err);
	if (fs_exists(w->migrations, file))
		return 0;
	return fail(err, E_PROJECT, "\"%s/%s\" of an interrupted command is lost", MIGRATIONS_DIR,
		    file);
}

static int place_backup(const struct journal *j, struct workdir *w, int stage, struct error *err)
{
	AUTO_FD backup = -1;

	if (!j->backup)
		return 0;
	int rc = private_dir_open(&backup, w->xata, BACKUP_DIR, err);
	if (rc == 0 && fs_exists(stage, STAGE_BACKUP))
		rc = fs_rename(stage, STAGE_BACKUP, backup, j->backup, err);
	return rc < 0 ? rc : fs_sync_dir(backup, err);
}

/*
 * New files come first, then the ledger that names them, then what it no longer names goes: a
 * reader that knows nothing of the journal sees every record that the ledger has, at any time.
 */
static int carry_out(const struct journal *j, struct workdir *w, int stage, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];

	int rc = place_backup(j, w, stage, err);
	for (size_t i = 0; rc == 0 && i < j->place.len; i++) {
		rc = record_file_name(file, j->place.items[i], err);
		if (rc == 0)
			rc = place_file(w, stage, file, err);
	}
	if (rc == 0)
		rc = place_file(w, stage, LEDGER_FILE, err);
	for (size_t i = 0; rc == 0 && i < j->drop.len; i++) {
		rc = record_file_name(file, j->drop.items[i], err);
		if (rc == 0)
			rc = fs_unlink(w->migrations, file, err);
	}
	return rc < 0 ? rc : fs_sync_dir(w->migrations, err);
}

/* Gone for good before the stage goes: a journal that a power loss brings back would undo what was
 * done since. */
static int close_journal(const struct journal *j, struct workdir *w, struct error *err)
{
	int rc = fs_unlink(w->state, JOURNAL_FILE, err);

	if (rc == 0)
		rc = fs_sync_dir(w->state, err);
	if (rc < 0)
		return rc;
	/* What is left is rubbish: if this fails, the next writer throws it away. */
	int left = fs_remove_tree(w->state, j->stage, NULL);
	(void)left;
	return 0;
}

int journal_finish(const struct journal *j, struct workdir *w, struct error *err)
{
	AUTO_FD stage = -1;

	int rc = fs_open_dir(&stage, w->state, j->stage, FS_NOFOLLOW, err);
	if (rc == 0)
		rc = carry_out(j, w, stage, err);
	if (rc == 0)
		rc = close_journal(j, w, err);
	if (rc < 0)
		hint(err, "The next xata command finishes the change or takes it back.");
	return rc;
}

/* ---- recovery */

static int ledger_hash(char out[SHA256_HEX + 1], struct workdir *w, struct error *err)
{
	AUTO_STR text = {0};
	struct error why = {0};

	int rc = fs_read_nofollow(&text, w->migrations, LEDGER_FILE, LEDGER_TEXT_MAX, &why);
	if (rc < 0 && rc != E_NOTFOUND)
		return fail(err, why.code, "%s", why.msg);
	sha256_hex(out, str_view(&text));
	return 0;
}

/* The backup moves before anything else does: where it has not, nothing else has. */
static int fail_changed(const struct journal *j, const struct workdir *w, struct error *err)
{
	AUTO_FREE char *backup = xasprintf(BACKUP_DIR "/%s", j->backup ? j->backup : "");
	bool moved = j->backup && fs_exists(w->xata, backup);
	AUTO_STR command = {0};

	str_put_safe(&command, view_of(j->command));
	int rc = fail(err, E_CONFLICT,
		      "\"%s/%s\" was changed after \"xata %s\" was interrupted, before it could "
		      "finish",
		      MIGRATIONS_DIR, LEDGER_FILE, str_cstr(&command));
	hint(err,
	     "Put that file back as it was, from %s%s, and the next xata command takes the "
	     "change back. Or remove .xata/%s/%s, to keep all as it is now.",
	     moved ? "Git or .xata/" : "Git", moved ? backup : "", STATE_DIR, JOURNAL_FILE);
	return rc;
}

/*
 * The ledger decides: with the old one the history is the old one still, or again, where Git has
 * put it back ("git merge --abort", "git reset --hard"). Where the old one was what Git had made in
 * a conflict, or belonged to another commit, Git puts back what HEAD has. A change that leaves the
 * ledger as it is has happened when its copy of it has moved.
 */
static int finish_or_undo(const struct journal *j, struct workdir *w, struct error *err)
{
	AUTO_FREE char *staged = xasprintf("%s/%s", j->stage, LEDGER_FILE);
	AUTO_VALUE(vcs_entries) kept = {0};
	char now[SHA256_HEX + 1];

	int rc = ledger_hash(now, w, err);
	if (rc < 0)
		return rc;
	bool is_old = str_eq(now, j->before), is_new = str_eq(now, j->after);
	if (is_new && (!is_old || !fs_exists(w->state, staged))) {
		w->recovery = RECOVERY_FINISHED;
		w->finished = xstrdup(j->command);
		return journal_finish(j, w, err);
	}
	if (!is_old && !journal_given_up(&kept, w))
		return fail_changed(j, w, err);
	w->recovery = RECOVERY_DISCARDED;
	rc = journal_undo(j, w, &kept, err);
	return rc < 0 ? rc : close_journal(j, w, err);
}

/* Stages without a journal, and temporary files: rubbish of commands that never committed. */
static int discard(struct workdir *w, struct error *err)
{
	AUTO_VALUE(strs) names = {0};

	int rc = fs_list(&names, w->state, ".", err);
	for (size_t i = 0; rc == 0 && i < names.len; i++) {
		const char *name = names.items[i];
		bool stage = starts_with(name, STAGE_PREFIX);
		if (!stage && !starts_with(name, FS_TMP_PREFIX))
			continue;
		rc = fs_remove_tree(w->state, name, err);
		if (stage && w->recovery == RECOVERY_NONE)
			w->recovery = RECOVERY_DISCARDED;
	}
	return rc;
}

int journal_recover(struct workdir *w, struct error *err)
{
	AUTO_VALUE(journal) j = {0};

	int rc = journal_read(&j, w, err);
	if (rc < 0)
		return rc;
	if (rc > 0)
		rc = finish_or_undo(&j, w, err);
	return rc < 0 ? rc : discard(w, err);
}
