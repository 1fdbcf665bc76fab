/*
 * `.xata/` of a project: the one place that changes it, all or nothing.
 *
 * A change is staged under `.xata/.state/` and made durable; a journal appears that describes it;
 * then it is carried out (keep in the backup what goes, move the files in, replace .ledger, remove
 * what it does not name any more) and the journal removed. .ledger is the commit point: whatever
 * kills the process, the next start finishes a change when .ledger is the new one, and takes it
 * back when it is the old one. So nothing comes back that was given up in Git meanwhile. Nothing is
 * ever written directly into `.xata/migrations/` but complete files by rename. `.xata/.state/`
 * ignores itself for Git.
 */
#ifndef PROJECT_WORKDIR_H
#define PROJECT_WORKDIR_H

#include "base/spool.h"
#include "ledger/history.h"
#include "project/project.h"

#define MIGRATIONS_DIR ".xata/migrations" /* in the project: the records and the ledger */

enum workdir_mode {
	WORKDIR_READ,  /* shared lock where possible; works on a read-only tree */
	WORKDIR_WRITE, /* exclusive lock, held until close */
};

struct workdir;
/*
 * Opens and locks `.xata/` (made when absent and mode is WRITE), and finishes or discards what an
 * interrupted command left. Waits for the lock up to lock_wait_ms: E_LOCKED. In READ mode a missing
 * `.xata/migrations` is an empty history. Symbolic links in place of `.xata` or `.xata/migrations`
 * are refused.
 */
int workdir_open(struct workdir **out, const struct project *p, enum workdir_mode mode,
		 long lock_wait_ms, struct error *err) MUST_USE;
/*
 * As workdir_open(), for a command that most often finds nothing to do: a ledger without findings
 * whose ids ascend is only looked through, which takes a tenth of the time of remembering its
 * names. Until workdir_load(), there is no text and no ledger, only workdir_history().
 */
int workdir_open_unread(struct workdir **out, const struct project *p, enum workdir_mode mode,
			long lock_wait_ms, struct error *err) MUST_USE;
int workdir_load(struct workdir *w, struct error *err) MUST_USE; /* what was not read yet */
void workdir_free(struct workdir *w);				 /* unlocks */
AUTO_DEFINE(workdir)

/* What recovery did when the directory was opened: for one line of the report. */
enum workdir_recovery { RECOVERY_NONE, RECOVERY_FINISHED, RECOVERY_DISCARDED };
enum workdir_recovery workdir_recovered(const struct workdir *w);
/* The interrupted command whose change was finished, as in workdir_change; NULL: none was. */
const char *workdir_finished_command(const struct workdir *w);

/* The text of .ledger, "" when there is none; borrowed until the next change. */
struct view workdir_ledger_text(const struct workdir *w);
/* The parsed ledger; findings of its text are in workdir_ledger_findings(); borrowed likewise. */
const struct ledger *workdir_ledger(const struct workdir *w);
const struct findings *workdir_ledger_findings(const struct workdir *w);
/* E_INVALID with the first of those findings that is an error. */
int workdir_check_ledger(const struct workdir *w, struct error *err) MUST_USE;

/*
 * Where something was missing that a sparse checkout leaves out: adds to a failure how it comes.
 * Call it before the hint that is for all other reasons.
 */
void workdir_hint_left_out(const struct workdir *w, struct error *err);

/*
 * E_NOTFOUND, naming the record and how its file comes, when a sparse checkout leaves out one at
 * this position of the ledger or behind it. A file that is gone for another reason is no failure.
 */
int workdir_check_left_out(struct workdir *w, size_t from, struct error *err) MUST_USE;

/* Reads and parses one record by name. E_NOTFOUND, E_INVALID naming the file. */
int workdir_record(struct record **out, struct workdir *w, const char *name,
		   struct error *err) MUST_USE;
/* The same as a history, of which history_load() may have to read all but the newest record. */
void workdir_history(struct history *out, struct workdir *w);

/*
 * File names in .xata/migrations that the ledger does not give, sorted, for verification: most
 * often none, where there may be 100,000 that it does give.
 */
int workdir_other_files(struct strs *out, struct workdir *w, struct error *err) MUST_USE;
/* Reads records for ledger_verify(); lives as long as w. */
struct record_source *workdir_source(struct workdir *w);

/* A record's file with exactly these bytes. */
struct workdir_file {
	const char *name; /* of the record */
	struct view text;
};

/*
 * For a ledger that is not what it should be, as in a conflict of Git: how it and the files of some
 * records shall be, whatever is there now. A file that differs in line ends only stays.
 */
struct workdir_rewrite {
	struct view ledger; /* the whole text */
	const struct workdir_file *files;
	size_t file_count;
	const struct strs *remove; /* names of records; may be NULL */
};

/*
 * What to do, decided before anything is touched: remove takes records out of the ledger and moves
 * their files to .xata/backup/<time>/, replace gives existing records a new text (same name; the
 * old file goes to the backup), add_files and add append records in this order. The three may be
 * combined: a forced pull removes and adds.
 */
struct workdir_change {
	const char *command;	   /* "pull", "new", …: named in the journal and the backup */
	const struct records *add; /* may be NULL */
	/* Records to append before those of add: texts of their files, under their names. NULL:
	 * none
	 */
	const struct spool *add_files;
	const struct strs *remove;     /* names; may be NULL */
	const struct records *replace; /* may be NULL */
	/* Removed records are in the backup alone, which then says how to make them anew. */
	bool removed_for_good;
	const struct workdir_rewrite *rewrite; /* instead of these three; may be NULL */
};

/*
 * Carries out the change durably, or nothing of it. A name in add that exists in the ledger is
 * E_CONFLICT; an unexpected file of that name that is not in the ledger is moved to the backup.
 * *backup is the folder relative to the project root, NULL when nothing was moved there; free() it.
 */
int workdir_apply(char **backup, struct workdir *w, const struct workdir_change *change,
		  struct error *err) MUST_USE;

/*
 * The last known head of a branch at an endpoint, as Git's remote-tracking references: lets pull
 * tell "rewritten" from "ahead". key is the data plane URL with "/db/name:branch". NULL id: never
 * seen. Kept in .xata/.state/; losing it is harmless. Setting it needs mode WRITE.
 */
struct tracking {
	char *id, *checksum; /* checksum may be NULL */
};
void tracking_release(struct tracking *t);
AUTO_VALUE_DEFINE(tracking)
int workdir_tracking_get(struct tracking *out, struct workdir *w, const char *key,
			 struct error *err) MUST_USE;
int workdir_tracking_set(struct workdir *w, const char *key, const char *id, const char *checksum,
			 struct error *err) MUST_USE;
struct tracking_query {
	const struct history *now;  /* all of which is known */
	size_t from;		    /* only heads at this position or behind */
	const struct history *then; /* what comes in its place from there on; NULL: nothing */
	const char *except;	    /* key of a branch that is not meant; NULL: none */
};
/*
 * Whether a branch was last seen at a record that `now` has and `then` has not with the checksum
 * that was seen: *key is its key, which the caller free()s, *at the position in `now`. With
 * several, the furthest.
 */
bool workdir_tracking_find(char **key, size_t *at, struct workdir *w,
			   const struct tracking_query *q);

#endif
