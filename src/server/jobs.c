/* The recorder: the executor that writes down what happened to a branch, and runs nothing. */
#include "server/jobs.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/record.h"
#include "server/branch.h"
#include "server/call.h"

#include "base/banned.h"

struct recorder {
	struct job_executor base;
	struct store *store;
};

/* The newest record becomes `record`, which is the same but done. */
static int complete(struct recorder *x, struct store_txn *t, const struct store_branch *b,
		    const struct record *record, struct error *err)
{
	AUTO_VALUE(store_record) row = {.depth = b->length, .done = true};
	int rc = json_to_store(&row.doc, record_doc(record), RECORD_TEXT_MAX, "the record", err);

	row.id = xstrdup(record_id(record));
	row.checksum = xstrdup(record_checksum(record));
	return rc < 0 ? rc : x->store->ops->record_update_head(t, b->rowid, &row, err);
}

/* The record before the newest becomes the head again. */
static int take_head(void *ctx, const struct store_record *r, struct error *err)
{
	struct store_branch *b = ctx;

	(void)err;
	b->head_id = xstrdup(r->id);
	b->head_checksum = xstrdup(r->checksum);
	return 1;
}

static int roll_back(struct recorder *x, struct store_txn *t, struct store_branch *b,
		     struct error *err)
{
	const struct store_ops *ops = x->store->ops;
	int rc = ops->record_remove_head(t, b->rowid, err);

	if (rc < 0)
		return rc;
	free(steal(&b->head_id));
	free(steal(&b->head_checksum));
	b->length--;
	if (b->length > 0)
		rc = ops->record_list(t, b->rowid, b->length, 1, take_head, b, err);
	return rc < 0 ? rc : 0;
}

static int record_job(struct job_executor *base, struct store_txn *t, struct store_branch *b,
		      struct store_job *job, const struct record *record, int64_t now,
		      struct error *err)
{
	struct recorder *x = (struct recorder *)base;
	int rc = 0;

	switch (job->kind) {
	case JOB_APPLY: /* the record says that it is done */
	case JOB_START: /* … or that it is not */
		rc = branch_append(x->store, t, b, record, now, err);
		break;
	case JOB_COMPLETE:
		rc = complete(x, t, b, record, err);
		break;
	case JOB_ROLLBACK:
		rc = roll_back(x, t, b, err);
		break;
	}
	if (rc < 0)
		return rc;
	job->status = JOB_COMPLETED;
	job->completed_at = now;
	return 0;
}

static void close_nothing(struct job_executor *x)
{
	(void)x;
}

static const struct job_executor_ops recorder_ops = {.submit = record_job, .close = close_nothing};

struct job_executor *jobs_recorder(struct store *store)
{
	static struct recorder recorder;

	recorder = (struct recorder){{&recorder_ops}, store};
	return &recorder.base;
}
