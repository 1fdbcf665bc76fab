/*
 * The Xata API as calls: both planes of an endpoint, for the commands that manage databases,
 * branches, migrations and schemas. Paths, escaping, statuses and error texts are known here only.
 */
#ifndef SYNC_API_H
#define SYNC_API_H

#include "base/json.h"
#include "sync/endpoint.h"
#include "sync/http.h"

/* Borrowed strings; must outlive the api. As struct target of the project layer, which fills it. */
struct api_target {
	const char *control;   /* control plane origin */
	const char *data;      /* data plane origin, NULL: no database */
	const char *workspace; /* NULL: the endpoint's only one, asked for when needed */
	const char *region;
	const char *database;
	const char *key; /* NULL: none */
	bool hosted;	 /* the hosted service: our additions to the API are not asked for */
};

struct api;
/* Borrows http, target and retry (NULL: the default). */
struct api *api_new(struct http *http, const struct api_target *target,
		    const struct http_retry *retry);
void api_free(struct api *a);
AUTO_DEFINE(api)

/* Number of requests sent so far, retries included. */
long api_requests(const struct api *a);

/* A branch as endpoint for pull, push and status; close it through its ops. Borrows a. */
struct endpoint *api_endpoint(struct api *a, const char *branch);

/*
 * Every call below: *out is a new reference to the checked answer in the API's own shape; failures
 * as listed in endpoint.h. Names are checked against the API's patterns before anything is sent.
 */
int api_check_key(struct api *a, struct error *err) MUST_USE; /* GET /workspaces */
int api_workspaces(json_t **out, struct api *a, struct error *err) MUST_USE;
int api_regions(json_t **out, struct api *a, struct error *err) MUST_USE;

int api_databases(json_t **out, struct api *a, struct error *err) MUST_USE; /* {"databases":[…]} */
struct api_database_options {
	const char *region; /* NULL: the endpoint's only one, else E_USAGE listing them */
	const char *branch; /* first branch; NULL: main */
	bool postgres;
};
int api_database_create(json_t **out, struct api *a, const char *name,
			const struct api_database_options *options, struct error *err) MUST_USE;
int api_database_delete(json_t **out, struct api *a, const char *name, struct error *err) MUST_USE;
int api_database_rename(json_t **out, struct api *a, const char *name, const char *new_name,
			struct error *err) MUST_USE;

int api_branches(json_t **out, struct api *a,
		 struct error *err) MUST_USE; /* {"databaseName","branches":[…]} */
/* Starts empty without from; metadata as BranchMetadata of the API, borrowed. Both may be NULL. */
int api_branch_create(json_t **out, struct api *a, const char *branch, const char *from,
		      json_t *metadata, struct error *err) MUST_USE;
int api_branch_metadata(json_t **out, struct api *a, const char *branch,
			struct error *err) MUST_USE;
int api_branch_delete(json_t **out, struct api *a, const char *branch, struct error *err) MUST_USE;
/* The branch for a Git branch: mapping, same name, fallback, default; fallback may be NULL. */
int api_resolve_branch(char **out, char **reason, struct api *a, const char *git_branch,
		       const char *fallback, struct error *err) MUST_USE;

/*
 * The branch's schema: `schema` of the branch details (v1), or of GET /schema (pgroll). E_PEER,
 * with a hint about the pulled history, for one that is larger than an answer may be.
 */
int api_schema(json_t **out, struct api *a, const char *branch, struct error *err) MUST_USE;

/* migrate: *out of start, complete and rollback is {"jobID"}; of status NULL when there is no job.
 */
int api_migrate_start(json_t **out, struct api *a, const char *branch, const json_t *migration,
		      struct error *err) MUST_USE;
int api_migrate_complete(json_t **out, struct api *a, const char *branch,
			 struct error *err) MUST_USE;
int api_migrate_rollback(json_t **out, struct api *a, const char *branch,
			 struct error *err) MUST_USE;
int api_migrate_status(json_t **out, struct api *a, const char *branch, struct error *err) MUST_USE;
int api_migrate_job(json_t **out, struct api *a, const char *branch, const char *job_id,
		    struct error *err) MUST_USE;
/*
 * The newest limit items of the history, or all of them when limit is 0. E_PEER for more than a
 * table can show.
 */
int api_migrate_list(json_t **out, struct api *a, const char *branch, int limit,
		     struct error *err) MUST_USE;

#endif
