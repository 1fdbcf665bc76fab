/* A branch over the Xata API, reading half: its head and its history, as typed values. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "sync/rest_impl.h"

#include "base/banned.h"

/*
 * What is believed of a history, in bytes of JSON. From an endpoint that does not say how long its
 * history is, and whose pages may have no end, some 30,000 records; from one that does, and the
 * hosted one, more: as many records as there are said to be, up to a bound that takes less than a
 * minute to find out. Values are counted as well: a history of nothing but small ones takes longer
 * than it looks.
 */
#define HISTORY_BYTES_MAX ((size_t)256 << 20)
#define HISTORY_BYTES_UNTOLD ((size_t)16 << 20)
#define ITEM_BYTES (RECORD_TEXT_MAX + 4096) /* a record, and what else a page says of it */
#define VALUE_BYTES ((size_t)16)

int rest_call(struct api_answer *out, struct rest *r, struct api_call *call, const char *tail,
	      struct error *err)
{
	AUTO_STR path = {0};

	*out = (struct api_answer){0};
	int rc = api_path_branch(&path, r->api, r->branch, tail, err);
	if (rc < 0)
		return rc;
	call->plane = API_DATA;
	call->path = str_cstr(&path);
	call->name = r->branch;
	rc = api_call(out, r->api, call, err);
	call->path = NULL;
	return rc;
}

static int fail_peer(struct error *err, const struct error *why, const char *what)
{
	return fail(err, E_PEER, "the endpoint's %s cannot be understood: %s", what, why->msg);
}

/* ---- head */

static bool checksum_shape(const char *text)
{
	return strlen(text) == CHECKSUM_LEN && (text[0] == '1' || text[0] == '2') &&
	       text[1] == ':' && strspn(text + 2, "0123456789abcdef") == CHECKSUM_LEN - 2;
}

/* "head" of the light form: {"id","checksum","length"} or null. */
static int read_light_head(struct remote_head *h, const json_t *doc, struct error *err)
{
	json_t *head = NULL;
	const char *id = NULL, *checksum = NULL;

	int rc = json_get_object(&head, doc, "head", JSON_OPTIONAL, err);
	h->head_known = true;
	h->length = 0;
	if (rc < 0 || !head)
		return rc;
	rc = json_get_string(&id, head, "id", JSON_REQUIRED, err);
	if (rc == 0)
		rc = json_get_string(&checksum, head, "checksum", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_int(&h->length, head, "length", JSON_REQUIRED, err);
	if (rc < 0)
		return rc;
	if (!record_name_valid(view_of(id)))
		return fail(err, E_INVALID, "its head is not a valid name");
	if (checksum && !checksum_shape(checksum))
		return fail(err, E_INVALID, "the checksum of \"%s\" has not the form of one", id);
	if (h->length < 1)
		return fail(err, E_INVALID, "a history with head \"%s\" has length %lld", id,
			    h->length);
	h->id = xstrdup(id);
	h->checksum = xstrdup(checksum);
	return 0;
}

static int read_light(struct remote_head *h, const json_t *doc, struct error *err)
{
	const char *format = NULL, *name = NULL;
	json_t *active = NULL;

	int rc = json_get_string(&format, doc, "format", JSON_REQUIRED, err);
	if (rc == 0)
		rc = json_get_object(&active, doc, "active", JSON_OPTIONAL, err);
	if (rc < 0)
		return rc;
	if (str_eq(format, "v1"))
		h->format = RECORD_V1;
	else if (str_eq(format, "pgroll"))
		h->format = RECORD_PGROLL;
	else
		return fail(err, E_INVALID, "its format is none that this program knows");
	h->batch_push = h->format == RECORD_PGROLL;
	if (active) {
		rc = json_get_string(&name, active, "name", JSON_REQUIRED, err);
		if (rc < 0)
			return rc;
		if (!record_name_valid(view_of(name)))
			return fail(err, E_INVALID, "its active migration has an invalid name");
		h->active = xstrdup(name);
	}
	return read_light_head(h, doc, err);
}

/* DBBranch of the hosted API: all that helps is the flag and the newest id of a v1 branch. */
static int read_details(struct remote_head *h, const json_t *doc, struct error *err)
{
	bool pgroll = false;
	const char *id = NULL;

	int rc = json_get_bool(&pgroll, doc, "usePgRoll", JSON_OPTIONAL, err);
	if (rc == 0)
		rc = json_get_string(&id, doc, "lastMigrationID", JSON_OPTIONAL, err);
	if (rc < 0)
		return rc;
	h->format = pgroll ? RECORD_PGROLL : RECORD_V1;
	h->length = -1;
	if (pgroll || !id || !*id)
		return 0;
	if (!record_name_valid(view_of(id)))
		return fail(err, E_INVALID, "its newest migration has an invalid id");
	h->id = xstrdup(id);
	h->head_known = true;
	return 0;
}

static size_t patience_of(const struct rest *r, const struct remote_head *head)
{
	if (r->api->target->hosted)
		return HISTORY_BYTES_MAX;
	if (!r->extended || head->length < 0)
		return HISTORY_BYTES_UNTOLD;
	unsigned long long told = (unsigned long long)head->length;
	if (told > (HISTORY_BYTES_MAX - HISTORY_BYTES_UNTOLD) / ITEM_BYTES)
		return HISTORY_BYTES_MAX;
	return HISTORY_BYTES_UNTOLD + (size_t)told * ITEM_BYTES;
}

static int rest_head(struct endpoint *e, struct remote_head *out, struct error *err)
{
	struct rest *r = (struct rest *)e;
	AUTO_VALUE(api_answer) answer = {0};
	struct api_call call = {.method = "GET",
				.what = "show branch",
				.kind = e->awaited ? API_POLL : API_QUESTION};
	struct error why = {0};

	*out = (struct remote_head){.length = -1};
	int rc = rest_call(&answer, r, &call, r->api->target->hosted ? "" : "?form=head", err);
	if (rc < 0)
		return rc;
	r->extended = json_is_string(json_object_get(answer.doc, "endpoint"));
	r->received_bytes = r->received_values = 0;
	rc = r->extended ? read_light(out, answer.doc, &why) : read_details(out, answer.doc, &why);
	r->patience = patience_of(r, out);
	if (rc == 0)
		return 0;
	remote_head_release(out);
	return fail_peer(err, &why, "description of the branch");
}

/* ---- history */

/* What the endpoint calls the record, for a message about it. */
static void put_item_name(struct str *out, const json_t *item)
{
	const char *name = json_text(item, "id");

	if (!name)
		name = json_text(item, "name");
	str_put_safe(out, name ? view_make(name, strnlen(name, 100)) : view_of("(no name)"));
}

static int read_items(struct history_page *out, enum record_format format, const json_t *list,
		      struct error *err)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		struct error why = {0};
		struct record *rec = NULL;
		if (record_from_item(&rec, format, item, &why) < 0) {
			AUTO_STR name = {.max = 1024};
			put_item_name(&name, item);
			return fail(err, E_PEER, "the endpoint sent an invalid record \"%s\": %s",
				    str_cstr(&name), why.msg);
		}
		/* What a done record builds on has been completed, whatever it says itself. */
		bool history = record_done(rec) || out->records.len;
		records_take(history ? &out->records : &out->unfinished, rec);
	}
	return 0;
}

static int read_v1_cursor(struct history_page *out, const json_t *doc, struct error *err)
{
	json_t *meta = NULL;
	bool more = false;

	int rc = json_get_object(&meta, doc, "meta", JSON_REQUIRED, err);
	if (rc == 0)
		rc = json_get_bool(&more, meta, "more", JSON_REQUIRED, err);
	if (rc < 0 || !more)
		return rc;
	return api_read_cursor(&out->cursor, meta, JSON_REQUIRED, err);
}

static int ask_v1(struct api_answer *answer, struct rest *r, const struct history_request *req,
		  struct error *err)
{
	AUTO_JSON *body = json_object();
	json_t *page = json_object();

	json_put(page, "size", json_integer(req->size));
	json_put_string(page, "after", req->cursor);
	json_put(body, "page", page);
	json_put_string(body, "since", req->since);
	struct api_call call = {
		.method = "POST",
		.what = "send the history of branch",
		.doc = body,
		.repeatable = true,
		.divisible = true,
		.records = true,
	};
	int rc = rest_call(answer, r, &call, "/schema/history", err);
	/* Whatever a refusal is about, asking without `since` gives the answer or the true cause.
	 */
	if (rc < 0 && req->since && answer->status >= 400 && answer->status < 500 && rc != E_AUTH &&
	    rc != E_FORBIDDEN && rc != E_TIMEOUT && err)
		return error_recode(err, E_NOTFOUND);
	return rc;
}

static int ask_pgroll(struct api_answer *answer, struct rest *r, const struct history_request *req,
		      struct error *err)
{
	AUTO_STR tail = {.max = 8192};
	struct api_call call = {
		.method = "GET",
		.what = "send the history of branch",
		.divisible = true,
		.records = true,
	};

	str_printf(&tail, "/migrations/history?limit=%d", req->size);
	if (req->cursor) {
		str_puts(&tail, "&cursor=");
		api_escape(&tail, req->cursor);
	}
	if (r->extended)
		str_puts(&tail, "&form=record");
	return rest_call(answer, r, &call, str_cstr(&tail), err);
}

static int read_page(struct history_page *out, const json_t *doc, enum record_format format,
		     struct error *err)
{
	json_t *list = NULL;
	struct error why = {0};

	int rc = json_get_array(&list, doc, format == RECORD_V1 ? "logs" : "migrations",
				JSON_REQUIRED, &why);
	if (rc == 0)
		rc = format == RECORD_V1 ? read_v1_cursor(out, doc, &why)
					 : api_read_cursor(&out->cursor, doc, JSON_OPTIONAL, &why);
	if (rc < 0)
		return fail_peer(err, &why, "history");
	return read_items(out, format, list, err);
}

/* There is an end to what is read, whatever is said about the length. */
static int check_patience(struct rest *r, const struct api_answer *answer, struct error *err)
{
	r->received_bytes += answer->bytes;
	r->received_values += answer->values;
	if (r->patience && r->received_bytes > r->patience)
		return fail(err, E_PEER,
			    "the history of branch \"%s\" has more than %zu MB and no end in sight",
			    r->branch, r->patience >> 20);
	if (r->patience && r->received_values > r->patience / VALUE_BYTES)
		return fail(err, E_PEER,
			    "the history of branch \"%s\" has more than %zu million values and no "
			    "end in sight",
			    r->branch, r->patience / VALUE_BYTES / 1000000);
	return 0;
}

static int rest_history(struct endpoint *e, struct history_page *out,
			const struct history_request *req, struct error *err)
{
	struct rest *r = (struct rest *)e;
	AUTO_VALUE(api_answer) answer = {0};

	*out = (struct history_page){0};
	int rc = req->format == RECORD_PGROLL ? ask_pgroll(&answer, r, req, err)
					      : ask_v1(&answer, r, req, err);
	if (rc < 0)
		return rc;
	rc = check_patience(r, &answer, err);
	if (rc < 0)
		return rc;
	rc = read_page(out, answer.doc, req->format, err);
	if (rc < 0)
		history_page_release(out);
	return rc;
}

/* ---- the object */

static void rest_close(struct endpoint *e)
{
	struct rest *r = (struct rest *)e;

	free(r->branch);
	free(r);
}

static const struct endpoint_ops rest_ops = {
	.head = rest_head,
	.history = rest_history,
	.push = rest_push,
	.apply = rest_apply,
	.job = rest_job,
	.close = rest_close,
};

struct endpoint *api_endpoint(struct api *a, const char *branch)
{
	struct rest *r = xcalloc(1, sizeof *r);

	r->base.ops = &rest_ops;
	r->api = a;
	r->branch = xstrdup(branch);
	return &r->base;
}
