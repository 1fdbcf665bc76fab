/*
 * The functions behind the routes, one file per resource. Each answers one call: it fills in
 * c->res, or fails, and then everything it did to the store is undone.
 */
#ifndef SERVER_HANDLERS_H
#define SERVER_HANDLERS_H

#include "base/error.h"

struct call;

/* handlers_meta.c: the server itself */
int get_health(struct call *c, struct error *err);
int get_metrics(struct call *c, struct error *err);

/* handlers_workspace.c */
int get_user(struct call *c, struct error *err);
int list_workspaces(struct call *c, struct error *err);
int create_workspace(struct call *c, struct error *err);
int get_workspace(struct call *c, struct error *err);
int update_workspace(struct call *c, struct error *err);
int delete_workspace(struct call *c, struct error *err);
int list_regions(struct call *c, struct error *err);

/* handlers_database.c */
int list_databases(struct call *c, struct error *err);
int create_database(struct call *c, struct error *err);
int get_database(struct call *c, struct error *err);
int update_database(struct call *c, struct error *err);
int delete_database(struct call *c, struct error *err);
int rename_database(struct call *c, struct error *err);

/* handlers_branch.c */
int list_branches(struct call *c, struct error *err);
int get_branch(struct call *c, struct error *err);
int create_branch(struct call *c, struct error *err);
int delete_branch(struct call *c, struct error *err);
int get_branch_metadata(struct call *c, struct error *err);
int set_branch_metadata(struct call *c, struct error *err);

/* handlers_gitmap.c: which branch belongs to a branch of Git */
int list_git_branches(struct call *c, struct error *err);
int set_git_branch(struct call *c, struct error *err);
int remove_git_branch(struct call *c, struct error *err);
int resolve_branch(struct call *c, struct error *err);

/* handlers_schema.c: v1 branches, and the schema of both formats */
int get_schema(struct call *c, struct error *err);
int list_schemas(struct call *c, struct error *err);
int schema_history(struct call *c, struct error *err);
int schema_push(struct call *c, struct error *err);

/* handlers_migrations.c: pgroll branches */
int apply_migration(struct call *c, struct error *err);
int start_migration(struct call *c, struct error *err);
int complete_migration(struct call *c, struct error *err);
int rollback_migration(struct call *c, struct error *err);
int migrations_push(struct call *c, struct error *err);
int migrations_history(struct call *c, struct error *err);

/* handlers_jobs.c */
int migration_status(struct call *c, struct error *err);
int list_jobs(struct call *c, struct error *err);
int get_job(struct call *c, struct error *err);

#endif
