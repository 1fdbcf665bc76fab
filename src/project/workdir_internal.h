/* What the files behind workdir.h share: the open directory, the journal, the moves. */
#ifndef PROJECT_WORKDIR_INTERNAL_H
#define PROJECT_WORKDIR_INTERNAL_H

#include "base/fs.h"
#include "base/sha256.h"
#include "project/internal.h"
#include "project/vcs.h"
#include "project/workdir.h"

#define STATE_DIR ".state"
#define BACKUP_DIR "backup"
#define JOURNAL_FILE "journal.json"
#define STAGE_PREFIX "stage-"
#define STAGE_BACKUP "backup" /* inside a stage: what becomes .xata/backup/<time> */

/* What Git leaves out of .xata/migrations; asked once, and only when a file is missing. */
struct left_out {
	vcs_open_fn *open; /* NULL: nobody can be asked */
	char *root;
	bool asked;
	bool any; /* a file was missing that was left out */
	struct vcs_entries entries;
	char *advice;
};
void left_out_release(struct left_out *l);
/* What to do about a missing file, if Git left it out, else NULL; borrowed. */
const char *left_out_advice(struct left_out *l, const char *file);

struct workdir {
	int xata, migrations, state; /* directory descriptors, -1: absent (READ mode only) */
	struct fs_lock lock;
	enum workdir_mode mode;
	enum workdir_recovery recovery;
	char *finished; /* the command whose change recovery has finished; NULL: none */
	struct str ledger_text;
	struct ledger_scan scan;
	struct left_out left_out;
	bool loaded; /* text, ledger and findings are there, not only scan */
	struct ledger ledger;
	struct findings findings;
	struct source {
		struct record_source base;
		struct workdir *w;
	} source;
};

/* Looks through .ledger, or knows that it is as it was; loads one that is not plain. */
int workdir_glance(struct workdir *w, struct error *err) MUST_USE;
/* Reads .ledger again, after a change or a recovery. */
int workdir_reload(struct workdir *w, struct error *err) MUST_USE;

/*
 * A decided change, as the journal keeps it. All bytes it needs are durable in the stage before the
 * journal appears, so that carrying it out is only renames and unlinks, each of which may be done
 * again: a staged file that is gone has been moved, a file to unlink that is gone has been removed.
 * Until .ledger is replaced it can be taken back: what it put its files over is in the backup.
 */
struct journal {
	char *command;
	char *stage;  /* folder in .xata/.state/ */
	char *backup; /* folder name in .xata/backup/, NULL: none */
	char before[SHA256_HEX + 1], after[SHA256_HEX + 1]; /* of the text of .ledger */
	struct strs place;				    /* record names: stage -> migrations */
	struct strs drop; /* record names: unlinked (a copy is in the backup) */
};
void journal_release(struct journal *j);
AUTO_VALUE_DEFINE(journal)

/* From here on files may move, and who finds them half moved knows what to do about it. */
int journal_commit(const struct journal *j, struct workdir *w, struct error *err) MUST_USE;
/* 1 and the journal, or 0 when there is none. E_PROJECT when it cannot be used. */
int journal_read(struct journal *j, struct workdir *w, struct error *err) MUST_USE;
/* Carries a committed change out, makes it durable and removes the journal and the stage. */
int journal_finish(const struct journal *j, struct workdir *w, struct error *err) MUST_USE;

/*
 * Whether .ledger is that of Git's HEAD, or missing there, too: who has put it there has given up
 * what was under way, as with "git merge --abort" or "git checkout -f BRANCH". kept gets the files
 * that are as HEAD has them.
 */
bool journal_given_up(struct vcs_entries *kept, const struct workdir *w);

/*
 * Puts the files back that a change has moved which .ledger does not have. One that Git, or whoever
 * else, has put there since, or that is in kept, stays, and then so does the backup. Git's index is
 * told of them. May be done again.
 */
int journal_undo(const struct journal *j, struct workdir *w, const struct vcs_entries *kept,
		 struct error *err) MUST_USE;

/*
 * Finishes a change that .ledger has, takes one back that it does not have (yet, or any more), and
 * discards what no journal names. Needs the exclusive lock.
 * E_CONFLICT when .ledger is neither what it was before the interrupted change nor what it should
 * be after, nor that of Git's HEAD.
 */
int journal_recover(struct workdir *w, struct error *err) MUST_USE;

/* Whether an earlier command left a journal. */
bool journal_pending(const struct workdir *w);

#endif
