/*
 * What the server needs from storage. An adapter fills in struct store_ops; the contract test runs
 * the same cases over every store.
 *
 * All access happens inside a transaction. A write transaction sees no other writer's changes
 * between begin and commit (writers are serialised), and what was committed survives the death of
 * the process and a power loss. A read transaction sees one consistent state. A transaction belongs
 * to one thread; any number of read transactions run beside one writer.
 *
 * The store keeps what it is given: rules of the ledger (checksums, parents, schemas) are the
 * server's. Text that is returned in structs belongs to the caller (…_release).
 */
#ifndef SERVER_STORE_H
#define SERVER_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "ledger/record.h"

struct store {
	const struct store_ops *ops;
};
struct store_txn; /* of the adapter */

enum store_mode { STORE_READ, STORE_WRITE };

enum key_scope { KEY_READ = 1, KEY_WRITE = 2, KEY_ADMIN = 3 }; /* each includes those before */

struct store_key {
	char *id;   /* short public name of the key, "key_…" */
	char *name; /* what people call it */
	char *hash; /* SHA-256 of the key text, hexadecimal; the text itself is never stored */
	enum key_scope scope;
	char *database;	    /* only for this database ("workspace/database"), NULL: for all */
	int64_t created_at; /* Unix microseconds, as all times here */
	int64_t revoked_at; /* 0: in force */
};

struct store_workspace {
	char *id; /* as in host names, "xatad-local0" */
	char *name;
	int64_t created_at;
};

struct store_database {
	int64_t rowid;
	char *workspace; /* its id */
	char *name;
	char *region;
	enum record_format format; /* of new branches: RECORD_PGROLL when "postgresEnabled" */
	char *ui;		   /* JSON text or NULL */
	int64_t created_at;
};

struct store_branch {
	int64_t rowid;
	int64_t database; /* rowid */
	char *name;
	char *id; /* "bb_…", never reused */
	enum record_format format;
	char *head_id;	     /* id of the newest record, NULL while empty */
	char *head_checksum; /* its checksum */
	int64_t length;	     /* records in the history, those before the fork included */
	/*
	 * Saved logical schema (schema_save) as JSON text, NULL while empty. It may be as long as
	 * the history: branch_schema() reads it, nothing else does.
	 */
	char *schema;
	char *metadata;	   /* JSON text or NULL */
	char *from_branch; /* name and id of the branch it was created from, NULL: none */
	char *from_branch_id;
	char *from_head; /* head_id of that branch then, NULL: it was empty */
	int64_t created_at;
};

/* One record of a branch's history. */
struct store_record {
	int64_t depth; /* 1 for the first of the history */
	char *id;
	char *checksum;
	char *content; /* record_content_hash */
	bool done;
	char *doc; /* compact JSON of the record as in its file */
	int64_t created_at;
};

enum job_kind { JOB_APPLY = 1, JOB_START, JOB_COMPLETE, JOB_ROLLBACK };
enum job_status { JOB_PENDING = 1, JOB_IN_PROGRESS, JOB_COMPLETED, JOB_FAILED };

struct store_job {
	int64_t number; /* increases with every job; the cursor of the list */
	char *id;	/* "mig_job_…" */
	int64_t branch; /* rowid */
	enum job_kind kind;
	enum job_status status;
	char *migration;   /* name of the record it is about, NULL: none */
	char *description; /* JSON text of a MigrationDescription, or NULL */
	char *error;	   /* when failed */
	int64_t enqueued_at;
	int64_t completed_at; /* 0: not yet */
};

struct store_git_branch {
	char *git_branch;
	char *branch;
};

void store_key_release(struct store_key *k);
void store_workspace_release(struct store_workspace *w);
void store_database_release(struct store_database *d);
void store_branch_release(struct store_branch *b);
void store_record_release(struct store_record *r);
void store_job_release(struct store_job *j);
void store_git_branch_release(struct store_git_branch *g);
AUTO_VALUE_DEFINE(store_key)
AUTO_VALUE_DEFINE(store_workspace)
AUTO_VALUE_DEFINE(store_database)
AUTO_VALUE_DEFINE(store_branch)
AUTO_VALUE_DEFINE(store_record)
AUTO_VALUE_DEFINE(store_job)
AUTO_VALUE_DEFINE(store_git_branch)

/*
 * Lists call each with every item in turn; the item is valid during the call only. A negative
 * result of each ends the list and is returned; a positive one ends it with success.
 */
typedef int store_each_key(void *ctx, const struct store_key *k, struct error *err);
typedef int store_each_workspace(void *ctx, const struct store_workspace *w, struct error *err);
typedef int store_each_database(void *ctx, const struct store_database *d, struct error *err);
typedef int store_each_branch(void *ctx, const struct store_branch *b, struct error *err);
typedef int store_each_record(void *ctx, const struct store_record *r, struct error *err);
typedef int store_each_job(void *ctx, const struct store_job *j, struct error *err);
typedef int store_each_git_branch(void *ctx, const struct store_git_branch *g, struct error *err);

/* Every "get" gives E_NOTFOUND when there is none, every "add" E_EXISTS when the name is taken. */
struct store_ops {
	void (*close)(struct store *s);
	/* Copies the whole database to a new file while others go on; E_EXISTS when path exists. */
	int (*backup)(struct store *s, const char *path, struct error *err);

	/* E_BUSY when another writer keeps the lock for longer than the store waits. */
	int (*begin)(struct store_txn **out, struct store *s, enum store_mode mode,
		     struct error *err);
	int (*commit)(struct store_txn *t, struct error *err); /* ends the transaction either way */
	void (*rollback)(struct store_txn *t);		       /* ends it; NULL is fine */

	int (*key_add)(struct store_txn *t, const struct store_key *k, struct error *err);
	int (*key_get)(struct store_key *out, struct store_txn *t, const char *hash,
		       struct error *err);
	int (*key_list)(struct store_txn *t, store_each_key *each, void *ctx, struct error *err);
	int (*key_revoke)(struct store_txn *t, const char *id, int64_t at, struct error *err);

	int (*workspace_add)(struct store_txn *t, const struct store_workspace *w,
			     struct error *err);
	int (*workspace_get)(struct store_workspace *out, struct store_txn *t, const char *id,
			     struct error *err);
	int (*workspace_list)(struct store_txn *t, store_each_workspace *each, void *ctx,
			      struct error *err);
	int (*workspace_update)(struct store_txn *t, const struct store_workspace *w,
				struct error *err);
	int (*workspace_remove)(struct store_txn *t, const char *id,
				struct error *err); /* E_CONFLICT: not empty */

	int (*database_add)(int64_t *rowid, struct store_txn *t, const struct store_database *d,
			    struct error *err);
	int (*database_get)(struct store_database *out, struct store_txn *t, const char *workspace,
			    const char *name, struct error *err);
	int (*database_list)(struct store_txn *t, const char *workspace, store_each_database *each,
			     void *ctx, struct error *err);
	/*
	 * Sets name, ui and format of the database with d->rowid; E_EXISTS when the name is taken.
	 * Keys limited to the database follow its name.
	 */
	int (*database_update)(struct store_txn *t, const struct store_database *d,
			       struct error *err);
	/* With everything in it, and the keys limited to it; see branch_remove. */
	int (*database_remove)(struct store_txn *t, int64_t rowid, struct error *err);

	/*
	 * Adds a branch; from is the rowid of the branch whose history it shares up to now (no
	 * record is copied), 0 for an empty one. Head, length, schema and format are taken from b;
	 * b->length says how many records are shared, at most all.
	 */
	int (*branch_add)(int64_t *rowid, struct store_txn *t, const struct store_branch *b,
			  int64_t from, struct error *err);
	/* Without `schema`. */
	int (*branch_get)(struct store_branch *out, struct store_txn *t, int64_t database,
			  const char *name, struct error *err);
	int (*branch_schema)(char **out, struct store_txn *t, int64_t rowid, struct error *err);
	/* In the order they were made, without `schema`. */
	int (*branch_list)(struct store_txn *t, int64_t database, store_each_branch *each,
			   void *ctx, struct error *err);
	int (*branch_count)(int64_t *out, struct store_txn *t, int64_t database, struct error *err);
	/*
	 * Sets format, head_id, head_checksum, length and metadata of the branch b->rowid, and the
	 * schema unless it is NULL.
	 */
	int (*branch_update)(struct store_txn *t, const struct store_branch *b, struct error *err);
	/*
	 * Other branches keep the history they share with it. What no branch reaches any more is
	 * gone for all that is here, but takes room until it is swept, in a transaction for each
	 * part, so that other writers need not wait for all of it; a first part goes with it.
	 */
	int (*branch_remove)(struct store_txn *t, int64_t rowid, struct error *err);
	/* A part of what removals left, if any; *more: there may be another one. */
	int (*sweep)(bool *more, struct store_txn *t, struct error *err);

	/* Appends at r->depth, which must be the branch's length + 1; branch_update sets the head.
	 */
	int (*record_add)(struct store_txn *t, int64_t branch, const struct store_record *r,
			  struct error *err);
	/*
	 * Up to limit records of the branch's history: newest first from depth `from` downwards
	 * when limit < 0, oldest first from depth `from` upwards when limit > 0. Cost follows the
	 * limit, not the length of the history.
	 */
	int (*record_list)(struct store_txn *t, int64_t branch, int64_t from, int64_t limit,
			   store_each_record *each, void *ctx, struct error *err);
	/* The record of that id in the branch's own history; cost does not follow its length. */
	int (*record_get)(struct store_record *out, struct store_txn *t, int64_t branch,
			  const char *id, struct error *err);
	/* Any record with that id in the whole database, for telling a modified one; E_NOTFOUND. */
	int (*record_known)(struct store_record *out, struct store_txn *t, int64_t database,
			    const char *id, struct error *err);
	/* Sets `done` and `doc` of the newest record of the branch (complete). */
	int (*record_update_head)(struct store_txn *t, int64_t branch, const struct store_record *r,
				  struct error *err);
	/* Removes the newest record (rollback of one that is not done); E_CONFLICT if it is shared.
	 */
	int (*record_remove_head)(struct store_txn *t, int64_t branch, struct error *err);

	int (*job_add)(struct store_txn *t, struct store_job *j,
		       struct error *err); /* sets j->number */
	int (*job_update)(struct store_txn *t, const struct store_job *j, struct error *err);
	int (*job_get)(struct store_job *out, struct store_txn *t, int64_t branch, const char *id,
		       struct error *err);
	/* Newest first, those with number < before (0: from the newest). */
	int (*job_list)(struct store_txn *t, int64_t branch, int64_t before, int64_t limit,
			store_each_job *each, void *ctx, struct error *err);

	/* *replaced tells whether there was an entry. */
	int (*git_branch_set)(bool *replaced, struct store_txn *t, int64_t database,
			      const struct store_git_branch *g, struct error *err);
	int (*git_branch_get)(struct store_git_branch *out, struct store_txn *t, int64_t database,
			      const char *git_branch, struct error *err);
	int (*git_branch_list)(struct store_txn *t, int64_t database, store_each_git_branch *each,
			       void *ctx, struct error *err);
	int (*git_branch_count)(int64_t *out, struct store_txn *t, int64_t database,
				struct error *err);
	int (*git_branch_remove)(struct store_txn *t, int64_t database, const char *git_branch,
				 struct error *err);
};

#endif
