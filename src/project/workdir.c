/* Opens, locks and reads `.xata/`. */
#include "project/workdir.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

#define LOCK_FILE "lock"

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void workdir_free(struct workdir *w)
{
	if (!w)
		return;
	fs_unlock(&w->lock);
	close_fd(w->xata);
	close_fd(w->migrations);
	close_fd(w->state);
	str_release(&w->ledger_text);
	ledger_release(&w->ledger);
	findings_release(&w->findings);
	left_out_release(&w->left_out);
	free(w->finished);
	free(w);
}

enum workdir_recovery workdir_recovered(const struct workdir *w)
{
	return w->recovery;
}

const char *workdir_finished_command(const struct workdir *w)
{
	return w->finished;
}

static int fail_ledger(struct error *err, const struct error *why)
{
	int rc = fail(err, why->code, "%s", why->msg);

	hint(err, "%s", why->hint);
	error_prefix(err, MIGRATIONS_DIR);
	return rc;
}

int workdir_reload(struct workdir *w, struct error *err)
{
	struct error why = {0};
	int rc = E_NOTFOUND;

	str_clear(&w->ledger_text);
	ledger_release(&w->ledger);
	findings_release(&w->findings);
	if (w->migrations >= 0)
		rc = fs_read_nofollow(&w->ledger_text, w->migrations, LEDGER_FILE, LEDGER_TEXT_MAX,
				      &why);
	if (rc < 0 && rc != E_NOTFOUND)
		return fail_ledger(err, &why);
	ledger_parse(&w->ledger, str_view(&w->ledger_text), &w->findings);
	const char *advice = rc == E_NOTFOUND ? left_out_advice(&w->left_out, LEDGER_FILE) : NULL;
	if (advice)
		findings_add(&w->findings, FIND_MISSING_FILE, LEDGER_FILE, 0, advice,
			     "the ledger is not in the working tree");
	w->loaded = true;
	return 0;
}

int workdir_load(struct workdir *w, struct error *err)
{
	return w->loaded ? 0 : workdir_reload(w, err);
}

/* ---- opening */

/* Makes the directories that are missing; afterwards all descriptors are open. */
static int open_for_writing(struct workdir *w, int root, struct error *err)
{
	bool is_new = !fs_exists(root, ".xata/migrations");

	int rc = fs_make_dirs(root, ".xata", 0755, err);
	if (rc == 0)
		rc = fs_open_dir(&w->xata, root, ".xata", FS_NOFOLLOW, err);
	if (rc == 0)
		rc = fs_make_dirs(w->xata, "migrations", 0755, err);
	if (rc == 0)
		rc = fs_open_dir(&w->migrations, w->xata, "migrations", FS_NOFOLLOW, err);
	if (rc == 0)
		rc = private_dir_open(&w->state, w->xata, STATE_DIR, err);
	if (rc == 0 && is_new)
		rc = fs_sync_dir(w->xata, err);
	if (rc == 0 && is_new)
		rc = fs_sync_dir(root, err);
	return rc;
}

static int open_if_there(int *out, int dir, const char *name, struct error *err)
{
	*out = -1;
	if (!fs_exists(dir, name))
		return 0;
	return fs_open_dir(out, dir, name, FS_NOFOLLOW, err);
}

static int open_for_reading(struct workdir *w, int root, struct error *err)
{
	int rc = open_if_there(&w->xata, root, ".xata", err);

	if (rc < 0 || w->xata < 0)
		return rc;
	rc = open_if_there(&w->migrations, w->xata, "migrations", err);
	return rc < 0 ? rc : open_if_there(&w->state, w->xata, STATE_DIR, err);
}

/*
 * A reader's lock. Where nobody ever wrote with this program, and where the lock file cannot be
 * made or opened (another user's tree, a read-only one), there is none to take.
 */
static int lock_for_reading(struct workdir *w, long wait_ms, struct error *err)
{
	struct error why = {0};

	if (w->state < 0)
		return 0;
	int rc = fs_lock(&w->lock, w->state, LOCK_FILE, FS_LOCK_SHARED, wait_ms, &why);
	if (rc == 0 || rc == E_NOTFOUND || rc == E_ACCESS || rc == E_NOSPACE)
		return 0;
	fail(err, why.code, "%s", why.msg);
	hint(err, "%s", why.hint);
	return rc;
}

static int lock_for_writing(struct workdir *w, long wait_ms, struct error *err)
{
	int rc = fs_lock(&w->lock, w->state, LOCK_FILE, FS_LOCK_EXCLUSIVE, wait_ms, err);

	if (rc < 0 && rc != E_LOCKED)
		error_prefix(err, ".xata/" STATE_DIR);
	return rc;
}

/* A reader that finds a committed change unfinished becomes a writer for as long as it takes. */
static int finish_for_reader(struct workdir *w, int root, long wait_ms, struct error *err)
{
	fs_unlock(&w->lock);
	int rc = lock_for_writing(w, wait_ms, err);
	if (rc == 0 && w->migrations < 0)
		rc = fs_make_dirs(root, MIGRATIONS_DIR, 0755, err);
	if (rc == 0 && w->migrations < 0)
		rc = fs_open_dir(&w->migrations, w->xata, "migrations", FS_NOFOLLOW, err);
	if (rc == 0)
		rc = journal_recover(w, err);
	if (rc < 0) {
		if (rc != E_CONFLICT && rc != E_LOCKED && rc != E_PROJECT)
			error_prefix(err, "could not finish an interrupted command");
		return rc;
	}
	fs_unlock(&w->lock);
	return lock_for_reading(w, wait_ms, err);
}

static int open_and_lock(struct workdir *w, int root, long wait_ms, struct error *err)
{
	if (w->mode == WORKDIR_WRITE) {
		int rc = open_for_writing(w, root, err);
		if (rc == 0)
			rc = lock_for_writing(w, wait_ms, err);
		return rc < 0 ? rc : journal_recover(w, err);
	}
	int rc = open_for_reading(w, root, err);
	if (rc == 0)
		rc = lock_for_reading(w, wait_ms, err);
	/* Again each time another process died in the moment between two locks. */
	while (rc == 0 && journal_pending(w))
		rc = finish_for_reader(w, root, wait_ms, err);
	return rc;
}

static int read_record_file(struct record_source *src, const char *file_name, struct str *out,
			    struct error *err);

typedef int read_ledger_fn(struct workdir *w, struct error *err);

static int open_with(struct workdir **out, const struct project *p, enum workdir_mode mode,
		     long lock_wait_ms, read_ledger_fn *read_ledger, struct error *err)
{
	AUTO(workdir) *w = xcalloc(1, sizeof *w);

	*out = NULL;
	w->xata = w->migrations = w->state = w->lock.fd = -1;
	w->mode = mode;
	w->ledger_text.max = LEDGER_TEXT_MAX + 2;
	w->left_out = (struct left_out){.open = p->open_vcs, .root = xstrdup(project_root(p))};
	w->source = (struct source){.base = {.read = read_record_file}, .w = w};
	if (project_root_fd(p) < 0)
		return fail(err, E_PROJECT, "there is no project here");
	int rc = open_and_lock(w, project_root_fd(p), lock_wait_ms, err);
	if (rc == E_LOCKED)
		error_prefix(err, "another command is at work in this project");
	if (rc == 0)
		rc = read_ledger(w, err);
	if (rc < 0)
		return rc;
	*out = steal(&w);
	return 0;
}

int workdir_open(struct workdir **out, const struct project *p, enum workdir_mode mode,
		 long lock_wait_ms, struct error *err)
{
	return open_with(out, p, mode, lock_wait_ms, workdir_reload, err);
}

int workdir_open_unread(struct workdir **out, const struct project *p, enum workdir_mode mode,
			long lock_wait_ms, struct error *err)
{
	return open_with(out, p, mode, lock_wait_ms, workdir_glance, err);
}

/* ---- reading */

struct view workdir_ledger_text(const struct workdir *w)
{
	return str_view(&w->ledger_text);
}

const struct ledger *workdir_ledger(const struct workdir *w)
{
	return &w->ledger;
}

int workdir_check_ledger(const struct workdir *w, struct error *err)
{
	const struct findings *findings = &w->findings;

	if (!findings->errors)
		return 0;
	const struct finding *f = findings->items;
	while (f + 1 < findings->items + findings->len && finding_level(f->kind) != FINDING_ERROR)
		f++;
	int rc = fail(err, E_INVALID, "the ledger is damaged: %s: %s", f->file, f->message);
	workdir_hint_left_out(w, err);
	hint(err, "Run \"xata verify\" to see every finding and its remedy.");
	return rc;
}

void workdir_hint_left_out(const struct workdir *w, struct error *err)
{
	if (w->left_out.any)
		hint(err, "%s", w->left_out.advice);
}

int workdir_check_left_out(struct workdir *w, size_t from, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];
	int rc = workdir_load(w, err);

	for (size_t i = from; rc == 0 && i < w->ledger.names.len; i++) {
		const char *name = w->ledger.names.items[i];
		rc = record_file_name(file, name, err);
		if (rc < 0 || (w->migrations >= 0 && fs_exists(w->migrations, file)))
			continue;
		const char *advice = left_out_advice(&w->left_out, file);
		if (!advice)
			continue;
		rc = fail(err, E_NOTFOUND, "record \"%s\" is not in the working tree", name);
		hint(err, "%s", advice);
	}
	return rc;
}

static int load_ledger(const struct ledger **out, void *ctx, struct error *err)
{
	struct workdir *w = ctx;
	int rc = workdir_load(w, err);

	*out = &w->ledger;
	return rc < 0 ? rc : workdir_check_ledger(w, err);
}

void workdir_history(struct history *out, struct workdir *w)
{
	if (!w->loaded && w->scan.count)
		history_from_newest(out, w->scan.count, w->scan.newest, load_ledger, w);
	else
		history_from_ledger(out, &w->ledger);
}

const struct findings *workdir_ledger_findings(const struct workdir *w)
{
	return &w->findings;
}

static int read_record_file(struct record_source *src, const char *file_name, struct str *out,
			    struct error *err)
{
	/* The address of a struct's first member is that of the struct. */
	struct workdir *w = ((struct source *)(void *)src)->w;

	const char *advice = NULL;
	int rc = E_NOTFOUND;

	if (w->migrations < 0)
		fail(err, rc, "\"%s/%s\" does not exist", MIGRATIONS_DIR, file_name);
	else
		rc = fs_read_nofollow(out, w->migrations, file_name, RECORD_TEXT_MAX, err);
	if (rc < 0 && w->migrations >= 0)
		error_prefix(err, MIGRATIONS_DIR);
	if (rc == E_NOTFOUND)
		advice = left_out_advice(&w->left_out, file_name);
	if (advice)
		hint(err, "%s", advice);
	return rc;
}

struct record_source *workdir_source(struct workdir *w)
{
	return &w->source.base;
}

int workdir_record(struct record **out, struct workdir *w, const char *name, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];
	AUTO_STR text = {0};
	AUTO(record) *r = NULL;

	*out = NULL;
	int rc = record_file_name(file, name, err);
	if (rc < 0)
		return rc;
	rc = read_record_file(&w->source.base, file, &text, err);
	if (rc == E_NOTFOUND)
		hint(err, "Restore the file from Git, or with \"xata pull --force\" from the "
			  "branch; \"xata verify\" shows all that is wrong.");
	if (rc < 0)
		return rc;
	rc = record_parse(&r, str_view(&text), err);
	if (rc < 0) {
		error_prefix(err, MIGRATIONS_DIR "/%s", file);
		return rc;
	}
	if (!str_eq(record_name(r), name)) {
		rc = fail(err, E_INVALID, "\"%s/%s\" holds the record \"%s\"", MIGRATIONS_DIR, file,
			  record_name(r));
		hint(err, "Run \"xata verify\" to see all that is wrong with the ledger.");
		return rc;
	}
	*out = steal(&r);
	return 0;
}

struct other_files {
	struct strs *out;
	const struct ledger *ledger;
};

static void take_other_file(void *ctx, const char *name)
{
	struct other_files *o = ctx;
	char stem[RECORD_NAME_MAX + 1];

	if (record_name_of_file(stem, name) && map_get(&o->ledger->index, stem, NULL))
		return;
	if (!str_eq(name, LEDGER_FILE))
		strs_add(o->out, name);
}

int workdir_other_files(struct strs *out, struct workdir *w, struct error *err)
{
	struct other_files o = {.out = out, .ledger = &w->ledger};

	if (w->migrations < 0)
		return 0;
	int rc = fs_each(w->migrations, ".", take_other_file, &o, err);
	strs_sort(out);
	return rc;
}
