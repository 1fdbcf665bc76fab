/* Jobs as the store keeps them: making one, and what it does in a client's words. */
#ifndef SERVER_JOB_STORE_H
#define SERVER_JOB_STORE_H

#include "server/store.h"

/* A pending job with an id of its own. */
void job_init(struct store_job *job, const struct store_branch *b, enum job_kind kind,
	      const char *migration, int64_t now);

/* Sets the MigrationDescription (API notes, section 1.4) of the operations of known kinds. */
void job_describe(struct store_job *job, const json_t *operations);

const char *job_kind_name(enum job_kind kind);	     /* "apply", … */
const char *job_status_name(enum job_status status); /* "completed", … */

#endif
