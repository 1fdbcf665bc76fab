/* Passes every call on, but one. */
#include "lib/store_faulty.h"

#include <stdlib.h>

#include "base/alloc.h"

#include "base/banned.h"

struct faulty {
	struct store base;
	struct store *inner;
};

/* Ours; that of the inner store is another type of the same name, which nobody here looks into. */
struct store_txn {
	struct faulty *faulty;
	struct store_txn *inner;
};

static long countdown;
static enum error_code failure;
static bool happened;
static long open_transactions;

void store_faulty_set(long n, enum error_code code)
{
	countdown = n;
	failure = code;
	happened = false;
}

bool store_faulty_happened(void)
{
	return happened;
}

long store_faulty_open(void)
{
	return open_transactions;
}

static int next_call(struct error *err)
{
	if (countdown == 0 || --countdown > 0)
		return 0;
	happened = true;
	return fail(err, failure, STORE_FAULTY_MESSAGE);
}

/* ---- transactions */

static void faulty_close(struct store *s)
{
	struct faulty *f = (struct faulty *)s;

	f->inner->ops->close(f->inner);
	free(f);
}

static int faulty_backup(struct store *s, const char *path, struct error *err)
{
	struct faulty *f = (struct faulty *)s;
	int rc = next_call(err);

	return rc < 0 ? rc : f->inner->ops->backup(f->inner, path, err);
}

static int faulty_begin(struct store_txn **out, struct store *s, enum store_mode mode,
			struct error *err)
{
	struct faulty *f = (struct faulty *)s;
	struct store_txn *inner;
	int rc = next_call(err);

	*out = NULL;
	if (rc == 0)
		rc = f->inner->ops->begin(&inner, f->inner, mode, err);
	if (rc < 0)
		return rc;
	*out = xcalloc(1, sizeof **out);
	**out = (struct store_txn){f, inner};
	open_transactions++;
	return 0;
}

static int faulty_commit(struct store_txn *t, struct error *err)
{
	int rc = next_call(err);

	if (rc < 0)
		t->faulty->inner->ops->rollback(t->inner);
	else
		rc = t->faulty->inner->ops->commit(t->inner, err);
	free(t);
	open_transactions--;
	return rc;
}

static void faulty_rollback(struct store_txn *t)
{
	if (!t)
		return;
	t->faulty->inner->ops->rollback(t->inner);
	free(t);
	open_transactions--;
}

/* ---- the rest */

static int faulty_key_add(struct store_txn *t, const struct store_key *k, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->key_add(t->inner, k, err);
}

static int faulty_key_get(struct store_key *out, struct store_txn *t, const char *hash,
			  struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->key_get(out, t->inner, hash, err);
}

static int faulty_key_list(struct store_txn *t, store_each_key *each, void *ctx, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->key_list(t->inner, each, ctx, err);
}

static int faulty_key_revoke(struct store_txn *t, const char *id, int64_t at, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->key_revoke(t->inner, id, at, err);
}

static int faulty_workspace_add(struct store_txn *t, const struct store_workspace *w,
				struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->workspace_add(t->inner, w, err);
}

static int faulty_workspace_get(struct store_workspace *out, struct store_txn *t, const char *id,
				struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->workspace_get(out, t->inner, id, err);
}

static int faulty_workspace_list(struct store_txn *t, store_each_workspace *each, void *ctx,
				 struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->workspace_list(t->inner, each, ctx, err);
}

static int faulty_workspace_update(struct store_txn *t, const struct store_workspace *w,
				   struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->workspace_update(t->inner, w, err);
}

static int faulty_workspace_remove(struct store_txn *t, const char *id, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->workspace_remove(t->inner, id, err);
}

static int faulty_database_add(int64_t *rowid, struct store_txn *t, const struct store_database *d,
			       struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->database_add(rowid, t->inner, d, err);
}

static int faulty_database_get(struct store_database *out, struct store_txn *t,
			       const char *workspace, const char *name, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc
		      : t->faulty->inner->ops->database_get(out, t->inner, workspace, name, err);
}

static int faulty_database_list(struct store_txn *t, const char *workspace,
				store_each_database *each, void *ctx, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc
		      : t->faulty->inner->ops->database_list(t->inner, workspace, each, ctx, err);
}

static int faulty_database_update(struct store_txn *t, const struct store_database *d,
				  struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->database_update(t->inner, d, err);
}

static int faulty_database_remove(struct store_txn *t, int64_t rowid, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->database_remove(t->inner, rowid, err);
}

static int faulty_branch_add(int64_t *rowid, struct store_txn *t, const struct store_branch *b,
			     int64_t from, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->branch_add(rowid, t->inner, b, from, err);
}

static int faulty_branch_get(struct store_branch *out, struct store_txn *t, int64_t database,
			     const char *name, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->branch_get(out, t->inner, database, name, err);
}

static int faulty_branch_schema(char **out, struct store_txn *t, int64_t rowid, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->branch_schema(out, t->inner, rowid, err);
}

static int faulty_branch_list(struct store_txn *t, int64_t database, store_each_branch *each,
			      void *ctx, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->branch_list(t->inner, database, each, ctx, err);
}

static int faulty_branch_count(int64_t *out, struct store_txn *t, int64_t database,
			       struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->branch_count(out, t->inner, database, err);
}

static int faulty_branch_update(struct store_txn *t, const struct store_branch *b,
				struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->branch_update(t->inner, b, err);
}

static int faulty_branch_remove(struct store_txn *t, int64_t rowid, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->branch_remove(t->inner, rowid, err);
}

static int faulty_sweep(bool *more, struct store_txn *t, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->sweep(more, t->inner, err);
}

static int faulty_record_add(struct store_txn *t, int64_t branch, const struct store_record *r,
			     struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->record_add(t->inner, branch, r, err);
}

static int faulty_record_list(struct store_txn *t, int64_t branch, int64_t from, int64_t limit,
			      store_each_record *each, void *ctx, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc
		      : t->faulty->inner->ops->record_list(t->inner, branch, from, limit, each, ctx,
							   err);
}

static int faulty_record_get(struct store_record *out, struct store_txn *t, int64_t branch,
			     const char *id, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->record_get(out, t->inner, branch, id, err);
}

static int faulty_record_known(struct store_record *out, struct store_txn *t, int64_t database,
			       const char *id, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->record_known(out, t->inner, database, id, err);
}

static int faulty_record_update_head(struct store_txn *t, int64_t branch,
				     const struct store_record *r, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->record_update_head(t->inner, branch, r, err);
}

static int faulty_record_remove_head(struct store_txn *t, int64_t branch, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->record_remove_head(t->inner, branch, err);
}

static int faulty_job_add(struct store_txn *t, struct store_job *j, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->job_add(t->inner, j, err);
}

static int faulty_job_update(struct store_txn *t, const struct store_job *j, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->job_update(t->inner, j, err);
}

static int faulty_job_get(struct store_job *out, struct store_txn *t, int64_t branch,
			  const char *id, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->job_get(out, t->inner, branch, id, err);
}

static int faulty_job_list(struct store_txn *t, int64_t branch, int64_t before, int64_t limit,
			   store_each_job *each, void *ctx, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc
		      : t->faulty->inner->ops->job_list(t->inner, branch, before, limit, each, ctx,
							err);
}

static int faulty_git_branch_set(bool *replaced, struct store_txn *t, int64_t database,
				 const struct store_git_branch *g, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc
		      : t->faulty->inner->ops->git_branch_set(replaced, t->inner, database, g, err);
}

static int faulty_git_branch_get(struct store_git_branch *out, struct store_txn *t,
				 int64_t database, const char *git_branch, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc
		      : t->faulty->inner->ops->git_branch_get(out, t->inner, database, git_branch,
							      err);
}

static int faulty_git_branch_list(struct store_txn *t, int64_t database,
				  store_each_git_branch *each, void *ctx, struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc
		      : t->faulty->inner->ops->git_branch_list(t->inner, database, each, ctx, err);
}

static int faulty_git_branch_count(int64_t *out, struct store_txn *t, int64_t database,
				   struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc : t->faulty->inner->ops->git_branch_count(out, t->inner, database, err);
}

static int faulty_git_branch_remove(struct store_txn *t, int64_t database, const char *git_branch,
				    struct error *err)
{
	int rc = next_call(err);

	return rc < 0 ? rc
		      : t->faulty->inner->ops->git_branch_remove(t->inner, database, git_branch,
								 err);
}

static const struct store_ops faulty_ops = {
	.close = faulty_close,
	.backup = faulty_backup,
	.begin = faulty_begin,
	.commit = faulty_commit,
	.rollback = faulty_rollback,
	.key_add = faulty_key_add,
	.key_get = faulty_key_get,
	.key_list = faulty_key_list,
	.key_revoke = faulty_key_revoke,
	.workspace_add = faulty_workspace_add,
	.workspace_get = faulty_workspace_get,
	.workspace_list = faulty_workspace_list,
	.workspace_update = faulty_workspace_update,
	.workspace_remove = faulty_workspace_remove,
	.database_add = faulty_database_add,
	.database_get = faulty_database_get,
	.database_list = faulty_database_list,
	.database_update = faulty_database_update,
	.database_remove = faulty_database_remove,
	.branch_add = faulty_branch_add,
	.branch_get = faulty_branch_get,
	.branch_schema = faulty_branch_schema,
	.branch_list = faulty_branch_list,
	.branch_count = faulty_branch_count,
	.branch_update = faulty_branch_update,
	.branch_remove = faulty_branch_remove,
	.sweep = faulty_sweep,
	.record_add = faulty_record_add,
	.record_list = faulty_record_list,
	.record_get = faulty_record_get,
	.record_known = faulty_record_known,
	.record_update_head = faulty_record_update_head,
	.record_remove_head = faulty_record_remove_head,
	.job_add = faulty_job_add,
	.job_update = faulty_job_update,
	.job_get = faulty_job_get,
	.job_list = faulty_job_list,
	.git_branch_set = faulty_git_branch_set,
	.git_branch_get = faulty_git_branch_get,
	.git_branch_list = faulty_git_branch_list,
	.git_branch_count = faulty_git_branch_count,
	.git_branch_remove = faulty_git_branch_remove,
};

struct store *store_faulty(struct store *inner)
{
	struct faulty *f = xcalloc(1, sizeof *f);

	*f = (struct faulty){{&faulty_ops}, inner};
	store_faulty_set(0, E_OK);
	open_transactions = 0;
	return &f->base;
}
