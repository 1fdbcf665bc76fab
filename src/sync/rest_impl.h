/* The inside of the endpoint over the Xata API, shared by its reading and its writing half. */
#ifndef SYNC_REST_IMPL_H
#define SYNC_REST_IMPL_H

#include "sync/api_impl.h"

struct rest {
	struct endpoint base; /* first member */
	struct api *api;      /* borrowed */
	char *branch;
	bool extended; /* it is an xatad: our additions to the API are there; known after head() */
	size_t received_bytes;	/* of history since head() */
	size_t received_values; /* of JSON */
	size_t patience;	/* bytes of history believed */
};

/* A call about this branch; call has everything but plane, path and name. */
int rest_call(struct api_answer *out, struct rest *r, struct api_call *call, const char *tail,
	      struct error *err) MUST_USE;

int rest_push(struct endpoint *e, const struct push_request *req, struct error *err) MUST_USE;
int rest_apply(struct endpoint *e, char **job_id, const struct record *rec,
	       struct error *err) MUST_USE;
int rest_job(struct endpoint *e, struct remote_job *out, const char *job_id,
	     struct error *err) MUST_USE;

#endif
