/*
 * Jobs of pgroll branches: what starts, completes, applies or rolls back a migration.
 *
 * The seam for the engine: an executor gets a job inside the transaction that records it, or later.
 * The first implementation, the recorder, does not touch a database: it records the migration,
 * marks it done and the job completed at once.
 */
#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H

#include "server/store.h"

struct job_executor {
	const struct job_executor_ops *ops;
};

struct job_executor_ops {
	/*
	 * Carries out job on branch. record is what it is about: for apply and start the new one,
	 * for complete and rollback the newest of the branch, which is not done. Adds, changes or
	 * removes the record, and sets head and length of *branch, which the caller stores.
	 * Sets the job's status, error and completed_at; a synchronous executor leaves it completed
	 * or failed, an asynchronous one pending (and finishes in a transaction of its own). Only a
	 * failure of the store is returned.
	 */
	int (*submit)(struct job_executor *x, struct store_txn *t, struct store_branch *branch,
		      struct store_job *job, const struct record *record, int64_t now,
		      struct error *err);
	void (*close)(struct job_executor *x);
};

/* The recorder; static, needs no close. store is where the records go. */
struct job_executor *jobs_recorder(struct store *store);

#endif
