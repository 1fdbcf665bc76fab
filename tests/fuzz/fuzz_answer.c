/*
 * What an endpoint answers: nothing is believed that does not chain onto the local history, and a
 * refusal is one of the kinds that endpoint.h lists, with a message that a terminal is safe from.
 *
 * The input is a line of flags, then the answers in order, each a line "STATUS TYPE" and a body.
 * Flags: "v" or "p", the format of the local history; a digit, its length; a letter, what is asked
 * (c: compare, others: see calls[]); "s": seal the records of the answers first, as no mutation
 * would ever find a checksum.
 */
#include "base/alloc.h"
#include "fuzz/fuzz.h"
#include "ledger/checksum.h"
#include "sync/api.h"
#include "sync/news.h"
#include "unit/support/chain.h"
#include "unit/support/fake_http.h"

#define KEY "xau_7b1f0cUseOfThisKeyOutsideIsALeak"
#define ANSWERS_MAX 12

struct script {
	struct view answers[ANSWERS_MAX];
	size_t len, at, requests;
	const struct records *local; /* to seal behind; NULL: as they are */
};

/* ---- sealing */

/* Gives the items, newest first, the places behind the local history; ends at the first bad one. */
static void seal_items(json_t *list, enum record_format format, const struct records *local)
{
	const struct record *last = local->len ? local->items[local->len - 1] : NULL;
	AUTO(record) *before = last ? record_copy(last) : NULL;

	for (size_t i = json_array_size(list); i-- > 0;) {
		struct record *r = NULL;
		if (record_from_item(&r, format, json_array_get(list, i), NULL) < 0 ||
		    (before && str_eq(record_id(before), record_id(r)))) {
			record_free(r);
			return;
		}
		record_chain(r, before ? record_id(before) : NULL,
			     before ? record_checksum(before) : NULL);
		json_array_set_new(list, i, json_deep_copy(record_doc(r)));
		record_free(before);
		before = r;
	}
}

static bool sealed_body(struct str *out, struct view body, const struct records *local)
{
	AUTO_JSON *doc = NULL;

	if (json_read(&doc, body, 0, NULL) < 0)
		return false;
	seal_items(json_object_get(doc, "logs"), RECORD_V1, local);
	seal_items(json_object_get(doc, "migrations"), RECORD_PGROLL, local);
	json_write(out, doc, JSON_FORM_COMPACT);
	return true;
}

/* ---- the transport */

static bool told; /* records may have had the key, and messages name these as they are */

/* Header values come cleaned from the transport: so does the type here. */
static void give_type(struct http_response *res, struct view type)
{
	AUTO_STR safe = {0};

	str_put_safe(&safe, view_trim(type));
	snprintf(res->content_type, sizeof res->content_type, "%.*s",
		 (int)utf8_cut(str_cstr(&safe), safe.len < 63 ? safe.len : 63), str_cstr(&safe));
}

static int give(void *ctx, const struct http_request *req, struct http_response *res, bool *lost,
		struct error *err)
{
	struct script *s = ctx;
	struct view rest, line;

	MUST(str_eq(req->key, KEY) && starts_with(req->url, "https://fuzz.example/"));
	MUST(fuzz_is_safe(req->url) && !strchr(req->url, ' '));
	MUST(++s->requests < 1000);
	*lost = s->at % 2;
	if (s->at >= s->len)
		return fail(err, E_UNREACHABLE, "no more answers");
	rest = s->answers[s->at++];
	if (!view_line(&rest, &line))
		return fail(err, E_TIMEOUT, "no answer in time");
	struct view body = rest;
	AUTO_FREE char *head = view_dup(line);
	char *end;
	res->status = strtol(head, &end, 10) % 600;
	res->retry_after_s = -1;
	give_type(res, view_of(end));
	told = told || (res->status < 300 && strstr(req->url, "/history"));
	if (!s->local || !sealed_body(&res->body, body, s->local))
		str_putv(&res->body, body);
	return 0;
}

/* ---- what is asked */

static void no_sleep(int64_t ms)
{
	MUST(ms >= 0 && ms <= 30000);
}

static bool is_listed(int rc)
{
	static const int codes[] = {E_UNREACHABLE,     E_TIMEOUT,   E_AUTH,	     E_FORBIDDEN,
				    E_REMOTE_NOTFOUND, E_REFUSED,   E_REMOTE_FAILED, E_PEER,
				    E_CONFLICT,	       E_REWRITTEN, E_PROJECT,	     E_LIMIT,
				    E_NOTFOUND,	       E_USAGE};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i] == rc)
			return true;
	return false;
}

static void check_failure(int rc, const struct error *err)
{
	fuzz_check_error(rc, err);
	MUST(is_listed(rc));
	MUST(told || (!strstr(err->msg, KEY) && !strstr(err->hint, KEY)));
}

static void check_news(const struct comparison *c, const struct records *local)
{
	char chain[CHECKSUM_LEN + 1] = "", next[CHECKSUM_LEN + 1];
	AUTO_FREE char *parent = NULL;

	MUST(c->common <= local->len);
	for (size_t i = 0; i < c->common; i++) {
		checksum_check(next, local->items[i], i ? chain : NULL);
		memcpy(chain, next, sizeof chain);
	}
	if (c->common)
		parent = xstrdup(record_id(local->items[c->common - 1]));
	for (size_t i = 0; i < c->news.len; i++) {
		AUTO(record) *r = NULL;
		MUST(news_record(&r, &c->news, i, NULL) == 0);
		MUST(record_name_valid(view_of(record_name(r))) && record_done(r));
		MUST(str_eq(record_parent(r), parent));
		MUST(checksum_check(next, r, parent ? chain : NULL) != CHECKSUM_WRONG);
		memcpy(chain, next, sizeof chain);
		free(parent);
		parent = xstrdup(record_id(r));
	}
	bool here = c->common<local->len, there = c->news.len> 0;
	MUST(c->relation == (here && there ? RELATION_DIVERGED
			     : here	   ? RELATION_AHEAD
			     : there	   ? RELATION_BEHIND
					   : RELATION_EQUAL));
}

static void ask_compare(struct api *a, const struct fake_local *local)
{
	struct endpoint *e = api_endpoint(a, "main");
	AUTO_VALUE(comparison) c = {0};
	struct error err = {0};

	int rc = compare(&c, &local->view, e, &err);
	if (rc < 0)
		check_failure(rc, &err);
	else
		check_news(&c, &local->records);
	e->ops->close(e);
}

static int ask_key(json_t **out, struct api *a, struct error *err)
{
	(void)out;
	return api_check_key(a, err);
}

static int ask_resolve(json_t **out, struct api *a, struct error *err)
{
	AUTO_FREE char *branch = NULL;
	AUTO_FREE char *reason = NULL;

	(void)out;
	int rc = api_resolve_branch(&branch, &reason, a, "feature/x", NULL, err);
	MUST(rc < 0 || (branch && fuzz_is_safe(branch)));
	return rc;
}

static int ask_schema(json_t **out, struct api *a, struct error *err)
{
	return api_schema(out, a, "main", err);
}

static int ask_status(json_t **out, struct api *a, struct error *err)
{
	return api_migrate_status(out, a, "main", err);
}

static int ask_job(json_t **out, struct api *a, struct error *err)
{
	return api_migrate_job(out, a, "main", "mig_job_1", err);
}

static int ask_list(json_t **out, struct api *a, struct error *err)
{
	return api_migrate_list(out, a, "main", 0, err);
}

typedef int call_fn(json_t **out, struct api *a, struct error *err);
static const struct call {
	char letter;
	call_fn *ask;
} calls[] = {
	{'k', ask_key},	     {'w', api_workspaces}, {'r', api_regions}, {'d', api_databases},
	{'b', api_branches}, {'R', ask_resolve},    {'S', ask_schema},	{'m', ask_status},
	{'j', ask_job},	     {'l', ask_list},
};

static void ask(struct api *a, char letter, const struct fake_local *local)
{
	struct error err = {0};
	AUTO_JSON *doc = NULL;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		if (calls[i].letter != letter)
			continue;
		int rc = calls[i].ask(&doc, a, &err);
		if (rc < 0)
			check_failure(rc, &err);
		MUST(rc == 0 || !doc);
		return;
	}
	ask_compare(a, local);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct api_target target = {.control = "https://fuzz.example",
						 .data = "https://fuzz.example",
						 .database = "shop",
						 .key = KEY};
	static const struct http_retry retry = {
		.attempts = 2, .base_ms = 1, .max_pause_ms = 30000, .sleep_ms = no_sleep};
	struct view rest = fuzz_view(data, size), flags;
	struct script script = {0};
	AUTO_VALUE(fake_http) http;
	AUTO_VALUE(fake_local) local;
	struct records chain = {0};

	told = false;
	fake_http_init(&http);
	http.handle = give;
	http.ctx = &script;
	if (!view_line(&rest, &flags) || flags.len < 3 || flags.ptr[1] < '0' ||
	    flags.ptr[1] > '9') {
		fake_local_init(&local, &chain);
		return 0;
	}
	chain_grow(&chain, flags.ptr[0] == 'v' ? RECORD_V1 : RECORD_PGROLL, "a",
		   (size_t)(flags.ptr[1] - '0'));
	fake_local_init(&local, &chain);
	while (script.len < ANSWERS_MAX && fuzz_part(&rest, &script.answers[script.len]))
		script.len++;
	if (flags.len > 3 && flags.ptr[3] == 's')
		script.local = &local.records;
	AUTO(api) *a = api_new(&http.base, &target, &retry);
	ask(a, flags.ptr[2], &local);
	return 0;
}
