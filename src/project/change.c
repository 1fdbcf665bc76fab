/*
 * Changes `.xata/`: decides what goes where, stages every byte of it, and only then lets the
 * journal appear.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/xid.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

#define SAVED_MAX ((size_t)64 << 20) /* bytes of one file moved to the backup */
#define BACKUPS_PER_SECOND 1000
#define FEW_FILES ((size_t)8) /* up to here a sync each is cheaper than one of everything */

/* A change with all its decisions made; only names and borrowed records, no bytes yet. */
struct decision {
	const struct workdir_change *change;
	struct map removed, added;  /* keys borrowed from change and journal */
	size_t first_new, appended; /* which of journal.place the ledger gets */
	struct strs save;	    /* names whose present file is copied to the backup */
	struct journal journal;
	struct str ledger; /* its text afterwards */
};

static void decision_release(struct decision *d)
{
	map_release(&d->removed);
	map_release(&d->added);
	strs_release(&d->save);
	journal_release(&d->journal);
	str_release(&d->ledger);
}
AUTO_VALUE_DEFINE(decision)

static bool has(const struct map *m, const char *key)
{
	size_t at;

	return map_get(m, key, &at);
}

/* ---- deciding */

static int decide_removals(struct decision *d, const struct workdir *w, struct error *err)
{
	const struct strs *names = d->change->remove;

	for (size_t i = 0; names && i < names->len; i++) {
		if (!has(&w->ledger.index, names->items[i]))
			return fail(err, E_NOTFOUND, "\"%s\" is not in the ledger",
				    names->items[i]);
		if (map_add(&d->removed, names->items[i], i))
			strs_add(&d->save, names->items[i]);
	}
	return 0;
}

static int decide_replacements(struct decision *d, const struct workdir *w, struct error *err)
{
	const struct records *records = d->change->replace;

	for (size_t i = 0; records && i < records->len; i++) {
		const char *name = record_name(records->items[i]);
		if (!has(&w->ledger.index, name) || has(&d->removed, name))
			return fail(err, E_NOTFOUND, "\"%s\" is not in the ledger", name);
		if (!map_add(&d->added, name, i))
			return fail(err, E_CONFLICT, "\"%s\" is replaced twice", name);
		strs_add(&d->save, name);
		strs_add(&d->journal.place, name);
	}
	return 0;
}

static size_t count_additions(const struct workdir_change *c)
{
	return (c->add_files ? c->add_files->len : 0) + (c->add ? c->add->len : 0);
}

/* The name of a record to append, and the text of its file unless NULL: in place of what was. */
static int get_addition(struct str *name, struct str *text, const struct workdir_change *c,
			size_t at, struct error *err)
{
	size_t files = c->add_files ? c->add_files->len : 0;

	if (at < files) {
		int rc = spool_name(name, c->add_files, at, err);
		return rc < 0 || !text ? rc : spool_text(text, c->add_files, at, err);
	}
	const struct record *r = c->add->items[at - files];
	str_clear(name);
	str_puts(name, record_name(r));
	if (!text)
		return 0;
	str_clear(text);
	record_print(text, r);
	return str_check(text, record_name(r), err);
}

/* Whether a file that the ledger does not name stands where a new record goes. */
static int file_in_the_way(bool *out, const struct workdir *w, const struct workdir_change *c,
			   size_t at, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];
	AUTO_STR name = {0}, old = {0}, new = {0};

	*out = false;
	int rc = get_addition(&name, NULL, c, at, err);
	if (rc == 0)
		rc = record_file_name(file, str_cstr(&name), err);
	if (rc < 0 || !fs_exists(w->migrations, file))
		return rc;
	rc = get_addition(&name, &new, c, at, err);
	if (rc < 0)
		return rc;
	rc = fs_read_nofollow(&old, w->migrations, file, SAVED_MAX, NULL);
	*out = rc < 0 || !view_eq(str_view(&old), str_view(&new));
	return 0;
}

static int decide_additions(struct decision *d, const struct workdir *w, struct error *err)
{
	const struct workdir_change *c = d->change;
	AUTO_STR text = {0};

	d->first_new = d->journal.place.len;
	d->appended = count_additions(c);
	for (size_t i = 0; i < d->appended; i++) {
		bool in_the_way = false;
		int rc = get_addition(&text, NULL, c, i, err);
		if (rc < 0)
			return rc;
		strs_add(&d->journal.place, str_cstr(&text));
		const char *name = d->journal.place.items[d->journal.place.len - 1];
		if (has(&w->ledger.index, name) && !has(&d->removed, name))
			return fail(err, E_CONFLICT, "\"%s\" is in the ledger already", name);
		if (!map_add(&d->added, name, i))
			return fail(err, E_CONFLICT, "\"%s\" is added twice", name);
		rc = file_in_the_way(&in_the_way, w, c, i, err);
		if (rc < 0)
			return rc;
		if (in_the_way && !has(&d->removed, name))
			strs_add(&d->save, name);
	}
	return 0;
}

/* Whether a is b, but for carriage returns that a checkout put before line feeds. */
static bool same_lines(struct view a, struct view b)
{
	struct view x, y;

	if (a.len && b.len && (a.ptr[a.len - 1] == '\n') != (b.ptr[b.len - 1] == '\n'))
		return false;
	while (view_line(&a, &x)) {
		if (!view_line(&b, &y))
			return false;
		if (x.len == y.len + 1 && x.ptr[x.len - 1] == '\r')
			x.len--;
		if (!view_eq(x, y))
			return false;
	}
	return b.len == 0;
}

/* What d->added has of the files of a rewrite. */
#define STAYS ((size_t)0)
#define PLACED ((size_t)1)

static int decide_file(struct decision *d, const struct workdir *w, const struct workdir_file *f,
		       struct error *err)
{
	char file[RECORD_NAME_MAX + 1];
	AUTO_STR old = {.max = SAVED_MAX + 1};

	int rc = record_file_name(file, f->name, err);
	if (rc < 0)
		return rc;
	if (!map_add(&d->added, f->name, STAYS))
		return fail(err, E_CONFLICT, "\"%s\" is put twice", f->name);
	if (fs_exists(w->migrations, file)) {
		rc = fs_read_nofollow(&old, w->migrations, file, SAVED_MAX, NULL);
		if (rc == 0 && same_lines(str_view(&old), f->text))
			return 0;
		strs_add(&d->save, f->name);
	}
	map_set(&d->added, f->name, PLACED);
	strs_add(&d->journal.place, f->name);
	return 0;
}

/* Decides all of a rewrite but the ledger's text. */
static int decide_rewrite(struct decision *d, const struct workdir *w, struct error *err)
{
	const struct workdir_rewrite *r = d->change->rewrite;
	char file[RECORD_NAME_MAX + 1];
	int rc = 0;

	for (size_t i = 0; r && rc == 0 && i < r->file_count; i++)
		rc = decide_file(d, w, &r->files[i], err);
	for (size_t i = 0; r && r->remove && rc == 0 && i < r->remove->len; i++) {
		const char *name = r->remove->items[i];
		rc = record_file_name(file, name, err);
		if (rc == 0 && fs_exists(w->migrations, file) && map_add(&d->removed, name, i))
			strs_add(&d->save, name);
	}
	return rc;
}

/* The present text without the lines that name removed records; other lines stay as they are. */
static void drop_lines(struct decision *d, struct view text)
{
	struct view line;

	if (d->removed.len && view_starts(text, "\xef\xbb\xbf"))
		text = view_make(text.ptr + 3, text.len - 3);
	while (view_line(&text, &line)) {
		AUTO_FREE char *name = view_dup(view_trim(line));
		if (has(&d->removed, name))
			continue;
		str_putv(&d->ledger, line);
		if (line.ptr[line.len] == '\n') /* every line but a last one without it */
			str_putc(&d->ledger, '\n');
	}
}

static int decide_ledger(struct decision *d, const struct workdir *w, struct error *err)
{
	const struct strs *place = &d->journal.place;

	d->ledger.max = LEDGER_TEXT_MAX;
	if (d->change->rewrite)
		str_putv(&d->ledger, d->change->rewrite->ledger);
	else if (d->removed.len)
		drop_lines(d, str_view(&w->ledger_text));
	else
		str_putv(&d->ledger, str_view(&w->ledger_text));
	for (size_t i = 0; i < d->appended; i++)
		ledger_append_line(&d->ledger, place->items[d->first_new + i]);
	sha256_hex(d->journal.before, str_view(&w->ledger_text));
	sha256_hex(d->journal.after, str_view(&d->ledger));
	return str_check(&d->ledger, LEDGER_FILE, err);
}

/* "20260102T100000Z", or "20260102T100000Z-2" when that folder is taken. */
static int choose_backup(struct decision *d, const struct workdir *w, struct error *err)
{
	char time[CLOCK_TEXT_MAX];

	if (d->save.len == 0 && !d->change->rewrite)
		return 0;
	clock_format_compact(time, clock_unix_us());
	for (int n = 1; n < BACKUPS_PER_SECOND; n++) {
		AUTO_FREE char *name = n == 1 ? xstrdup(time) : xasprintf("%s-%d", time, n);
		AUTO_FREE char *path = xasprintf("%s/%s", BACKUP_DIR, name);
		if (fs_exists(w->xata, path))
			continue;
		d->journal.backup = xstrdup(name);
		return 0;
	}
	return fail(err, E_EXISTS, "\".xata/%s/%s\" and its like are all taken", BACKUP_DIR, time);
}

static int decide(struct decision *d, const struct workdir *w, struct error *err)
{
	char id[XID_LEN + 1];

	int rc = decide_removals(d, w, err);
	if (rc == 0)
		rc = decide_replacements(d, w, err);
	if (rc == 0)
		rc = decide_additions(d, w, err);
	if (rc == 0)
		rc = decide_rewrite(d, w, err);
	for (size_t i = 0; rc == 0 && i < d->save.len; i++)
		if (has(&d->removed, d->save.items[i]) && !has(&d->added, d->save.items[i]))
			strs_add(&d->journal.drop, d->save.items[i]);
	if (rc == 0)
		rc = decide_ledger(d, w, err);
	if (rc == 0)
		rc = choose_backup(d, w, err);
	xid_new(id, clock_unix_us() / 1000000);
	d->journal.stage = xasprintf(STAGE_PREFIX "%s", id);
	d->journal.command = xstrdup(d->change->command);
	return rc;
}

/* ---- staging */

static int stage_text(int stage, const char *name, const struct str *text,
		      enum fs_durability durability, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];

	int rc = str_check(text, name, err);
	if (rc == 0)
		rc = record_file_name(file, name, err);
	return rc < 0 ? rc : fs_write_new(stage, file, str_view(text), 0, durability, err);
}

static int stage_additions(int stage, const struct workdir_change *c, enum fs_durability durability,
			   struct error *err)
{
	AUTO_STR name = {0}, text = {.max = RECORD_TEXT_MAX};
	size_t n = count_additions(c);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = get_addition(&name, &text, c, i, err);
		if (rc == 0)
			rc = stage_text(stage, str_cstr(&name), &text, durability, err);
	}
	return rc;
}

static int stage_replacements(int stage, const struct records *records,
			      enum fs_durability durability, struct error *err)
{
	AUTO_STR text = {.max = RECORD_TEXT_MAX};
	int rc = 0;

	for (size_t i = 0; records && rc == 0 && i < records->len; i++) {
		str_clear(&text);
		record_print(&text, records->items[i]);
		rc = stage_text(stage, record_name(records->items[i]), &text, durability, err);
	}
	return rc;
}

static int stage_files(int stage, const struct decision *d, enum fs_durability durability,
		       struct error *err)
{
	const struct workdir_rewrite *r = d->change->rewrite;
	char file[RECORD_NAME_MAX + 1];
	int rc = 0;

	for (size_t i = 0; r && rc == 0 && i < r->file_count; i++) {
		size_t fate;
		if (!map_get(&d->added, r->files[i].name, &fate) || fate != PLACED)
			continue;
		rc = record_file_name(file, r->files[i].name, err);
		if (rc == 0)
			rc = fs_write_new(stage, file, r->files[i].text, 0, durability, err);
	}
	return rc;
}

/*
 * Keeps one present file in the backup; a record whose file is missing has nothing to keep. Files
 * are only ever replaced or removed here, so that a second name keeps what a copy would.
 */
static int save_file(int backup, struct workdir *w, const char *name, enum fs_durability durability,
		     struct error *err)
{
	char file[RECORD_NAME_MAX + 1];
	AUTO_STR text = {.max = SAVED_MAX + 1};
	struct fs_stamp stamp;
	bool linked = false;

	int rc = record_file_name(file, name, err);
	if (rc < 0 || !fs_exists(w->migrations, file))
		return rc;
	/* Only a sync of everything makes a linked file durable. */
	if (durability == FS_LAZY && fs_stamp(&stamp, w->migrations, file))
		rc = fs_link(&linked, w->migrations, file, backup, file, err);
	if (rc < 0 || linked)
		return rc;
	rc = fs_read_nofollow(&text, w->migrations, file, SAVED_MAX, err);
	if (rc == 0)
		return fs_write_new(backup, file, str_view(&text), 0, durability, err);
	error_prefix(err, MIGRATIONS_DIR);
	hint(err, "Move \"%s/%s\" out of the way, then run the command again.", MIGRATIONS_DIR,
	     file);
	return rc;
}

/* How records that are in the ledger no more get into it again, and those that are not here. */
static int put_way_back(struct str *readme, const struct decision *d, int backup, struct error *err)
{
	const struct strs *gone = &d->journal.drop;
	char file[RECORD_NAME_MAX + 1];
	AUTO_STR kept = {0}, lost = {0};

	if (!d->change->removed_for_good)
		return 0;
	for (size_t i = 0; i < gone->len; i++) {
		int rc = record_file_name(file, gone->items[i], err);
		if (rc < 0)
			return rc;
		if (fs_exists(backup, file))
			str_printf(&kept, "  xata new .xata/" BACKUP_DIR "/%s/%s\n",
				   d->journal.backup, file);
		else
			str_printf(&lost, "  %s\n", file);
	}
	if (kept.len)
		str_printf(readme, "\nTo make its records anew, oldest first:\n%s",
			   str_cstr(&kept));
	if (lost.len)
		str_printf(readme, "\nNot here, as the file was missing then:\n%s",
			   str_cstr(&lost));
	return 0;
}

static int stage_backup(int stage, struct workdir *w, const struct decision *d,
			enum fs_durability durability, struct error *err)
{
	char now[CLOCK_TEXT_MAX];
	AUTO_FD backup = -1;
	AUTO_STR readme = {0};

	if (!d->journal.backup)
		return 0;
	int rc = fs_make_dirs(stage, STAGE_BACKUP, 0755, err);
	if (rc == 0)
		rc = fs_open_dir(&backup, stage, STAGE_BACKUP, FS_NOFOLLOW, err);
	for (size_t i = 0; rc == 0 && i < d->save.len; i++)
		rc = save_file(backup, w, d->save.items[i], durability, err);
	if (rc == 0)
		rc = fs_write_new(backup, LEDGER_FILE, str_view(&w->ledger_text), 0, durability,
				  err);
	clock_format(now, clock_unix_us() / 1000000 * 1000000);
	str_printf(&readme,
		   "Files of .xata/migrations as they were before \"xata %s\" at %s;\n"
		   "\"" LEDGER_FILE "\" is the ledger of that moment.\n",
		   d->change->command, now);
	if (rc == 0)
		rc = put_way_back(&readme, d, backup, err);
	if (rc == 0)
		rc = fs_write_new(backup, "README", str_view(&readme), 0, durability, err);
	return rc < 0 ? rc : fs_sync_dir(backup, err);
}

static int stage_all(struct workdir *w, const struct decision *d, struct error *err)
{
	bool few = d->journal.place.len + d->save.len <= FEW_FILES;
	enum fs_durability durability = few ? FS_DURABLE : FS_LAZY;
	AUTO_FD stage = -1;

	int rc = fs_make_dirs(w->state, d->journal.stage, 0755, err);
	if (rc == 0)
		rc = fs_open_dir(&stage, w->state, d->journal.stage, FS_NOFOLLOW, err);
	if (rc == 0)
		rc = stage_additions(stage, d->change, durability, err);
	if (rc == 0)
		rc = stage_replacements(stage, d->change->replace, durability, err);
	if (rc == 0)
		rc = stage_files(stage, d, durability, err);
	if (rc == 0)
		rc = fs_write_new(stage, LEDGER_FILE, str_view(&d->ledger), 0, durability, err);
	if (rc == 0)
		rc = stage_backup(stage, w, d, durability, err);
	if (rc == 0 && !few)
		rc = fs_sync_all(stage, err);
	if (rc == 0)
		rc = fs_sync_dir(stage, err);
	return rc < 0 ? rc : fs_sync_dir(w->state, err);
}

static int stage_and_commit(struct workdir *w, const struct decision *d, struct error *err)
{
	int rc = stage_all(w, d, err);

	if (rc == 0)
		rc = journal_commit(&d->journal, w, err);
	if (rc < 0 && !journal_pending(w)) {
		/* Best effort: what stays is thrown away by the next writer. */
		int left = fs_remove_tree(w->state, d->journal.stage, NULL);
		(void)left;
	}
	return rc;
}

static bool is_empty(const struct workdir_change *c)
{
	return !count_additions(c) && !(c->remove && c->remove->len) &&
	       !(c->replace && c->replace->len) && !c->rewrite;
}

/* A rewrite that was done already, or that Git did. */
static bool changes_nothing(const struct decision *d, const struct workdir *w)
{
	return d->change->rewrite && !d->journal.place.len && !d->journal.drop.len &&
	       same_lines(str_view(&w->ledger_text), str_view(&d->ledger));
}

int workdir_apply(char **backup, struct workdir *w, const struct workdir_change *change,
		  struct error *err)
{
	AUTO_VALUE(decision) d = {.change = change};

	*backup = NULL;
	if (w->mode != WORKDIR_WRITE)
		return fail(err, E_INTERNAL, "a project opened for reading was to be changed");
	if (is_empty(change))
		return 0;
	int rc = workdir_load(w, err);
	if (rc == 0)
		rc = decide(&d, w, err);
	if (rc == 0 && changes_nothing(&d, w))
		return 0;
	if (rc == 0)
		rc = stage_and_commit(w, &d, err);
	if (rc == 0)
		rc = journal_finish(&d.journal, w, err);
	if (rc == 0)
		rc = workdir_reload(w, err);
	if (rc == 0 && d.journal.backup)
		*backup = xasprintf(".xata/%s/%s", BACKUP_DIR, d.journal.backup);
	return rc;
}
