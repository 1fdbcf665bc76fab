/* The inside of struct api, for the files that speak the API: one call at a time. */
#ifndef SYNC_API_IMPL_H
#define SYNC_API_IMPL_H

#include "sync/api.h"

#define API_BODY_MAX ((size_t)8 << 20) /* of an answer: history pages of 1,000 are about 1 MB */
/*
 * Values and members of objects in an answer: each takes some 70 bytes of memory when parsed, and a
 * small text can hold millions of them.
 */
#define API_VALUES_MAX 300000
/*
 * The same of all answers that become one table: that, a line of each and what is behind it are in
 * memory together. Some 10,000 migrations; of what else is listed there is never so much.
 */
#define API_LIST_BYTES_MAX ((size_t)8 << 20)
#define API_LIST_VALUES_MAX 200000

struct api {
	struct http counting; /* first member: what is sent through it is counted, then passed on */
	struct http *http;
	const struct api_target *target;
	const struct http_retry *retry;
	long requests;
	int64_t waited_ms; /* for the endpoint, since it last got something done */
	int64_t page_ms;   /* when the last call ended, if that may be followed by its next page */
	size_t received;   /* bytes of answers */
	bool silent;	   /* it left a request for work without an answer */
	struct strs said;  /* messages that were passed on, each once */
	char *workspace;   /* asked for once, when the target names none */
};

enum api_plane { API_CONTROL, API_DATA };

/* What a call is for, and so which part it gets of the time that a command has for an endpoint. */
enum api_kind {
	API_QUESTION, /* what is left of it */
	API_WORK,     /* the endpoint has something to do: a little in any case */
	API_POLL,     /* whether that is done: likewise, and what was answered costs nothing */
};

struct api_call {
	const char *method;
	enum api_plane plane;
	const char *path;  /* escaped, with its query: made by api_path_*() */
	const char *what;  /* completes "the endpoint refused to …" */
	const char *name;  /* the thing it is about, put in quotes behind what; may be NULL */
	const json_t *doc; /* body; NULL: what body says */
	struct view body;  /* body as text; empty: none */
	bool repeatable;   /* GET always is */
	enum api_kind kind;
	bool divisible; /* less can be asked for: too much is E_LIMIT then, else E_PEER */
	bool records;	/* a good answer has records, which have to stay as they are */
	size_t bytes_max, values_max; /* of the answer; 0: API_BODY_MAX, API_VALUES_MAX */
};

/* What came back, of a failure too: callers look at status and id to know it better. */
struct api_answer {
	long status;   /* 0: no answer */
	json_t *doc;   /* an object; empty for 204; NULL on failure */
	char id[64];   /* of an error, cleaned; "" when absent */
	char msg[240]; /* the endpoint's message, cleaned; "" when absent */
	size_t bytes;  /* of the body */
	size_t values; /* in the document, a member of an object counts twice */
};
void api_answer_release(struct api_answer *a);
AUTO_VALUE_DEFINE(api_answer)

/* One call with retries; failures as listed in endpoint.h, and E_CONFLICT for 409. */
int api_call(struct api_answer *out, struct api *a, const struct api_call *call,
	     struct error *err) MUST_USE;
/* As api_call() where only the document matters. */
int api_get(json_t **out, struct api *a, const struct api_call *call, struct error *err) MUST_USE;

/*
 * Turns an answer's status and body into document or failure. The key is in no text of either: only
 * records are taken byte for byte, as their checksums count.
 */
int api_answer_read(struct api_answer *out, const struct http_response *res,
		    const struct api_call *call, const char *key, struct error *err) MUST_USE;

/* ---- paths: names are checked against the API's patterns before anything is made of them */

/* Database, branch, job and region names: [a-zA-Z0-9_~-]{1,255}. E_USAGE naming what. */
int api_name_check(const char *what, const char *name, struct error *err) MUST_USE;

/* As encodeURIComponent(), for a value in a query. */
void api_escape(struct str *out, const char *text);

/* "/db/{database}:{branch}{tail}" of the target's database; E_PROJECT when it has none. */
int api_path_branch(struct str *out, const struct api *a, const char *branch, const char *tail,
		    struct error *err) MUST_USE;
/* "/dbs/{database}{tail}" */
int api_path_database(struct str *out, const struct api *a, const char *tail,
		      struct error *err) MUST_USE;
/* The endpoint got done what it was asked for: the command goes on with all of the time. */
void api_progress(struct api *a);

/* "/workspaces/{workspace}{tail}", the workspace asked for when the target names none. */
int api_path_workspace(struct str *out, struct api *a, const char *tail,
		       struct error *err) MUST_USE;

/* ---- shapes */

/*
 * Checks that doc has an array of objects under key, each with every member of the NULL-terminated
 * list as a string that is safe to print. E_PEER naming what is wrong.
 */
int api_check_list(const json_t *doc, const char *key, const char *const *strings,
		   struct error *err) MUST_USE;
/*
 * The member "cursor", which leads to the next page: *out is NULL or for the caller to free(). What
 * is no cursor is E_INVALID, with words for a message.
 */
int api_read_cursor(char **out, const json_t *obj, enum json_need need, struct error *err) MUST_USE;
/* A required string member; E_PEER. */
int api_check_string(const char **out, const json_t *doc, const char *key,
		     struct error *err) MUST_USE;

#endif
