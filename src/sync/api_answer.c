/* Answers: which document, or which failure with which words, a status and a body stand for. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sync/api_impl.h"

#include "base/banned.h"

#define DEPTH_MAX (JSON_DEPTH_DEFAULT + 8) /* a record stands some levels down in a page */
/* A value may be a member of an object, and counts twice then; an item has some of its own. */
_Static_assert(2 * RECORD_VALUES_MAX + 1000 < API_VALUES_MAX,
	       "a page of one record must be readable");

static bool says_json(const char *content_type)
{
	return !content_type[0] || strcasestr(content_type, "json");
}

/* The body as one object; the failure, if any, has the words of the reader. */
static int read_object(json_t **out, size_t *values, size_t values_max,
		       const struct http_response *res, struct error *err)
{
	struct view text = str_view(&res->body);

	*out = NULL;
	if (!view_trim(text).len)
		return fail(err, E_INVALID, "the answer is empty");
	if (!says_json(res->content_type))
		return fail(err, E_INVALID, "the answer is of type \"%s\", not JSON",
			    res->content_type);
	struct json_extent x = json_measure(text, DEPTH_MAX, values_max);
	if (x.depth > DEPTH_MAX) /* less of it would be as deep: not E_LIMIT */
		return fail(err, E_INVALID, "the answer is nested more than %zu levels deep",
			    DEPTH_MAX);
	*values = x.values + x.members;
	if (*values > values_max)
		return fail(err, E_LIMIT, "the answer has more than %zu values", values_max);
	AUTO_JSON *doc = NULL;
	int rc = json_read(&doc, text, DEPTH_MAX, err);
	if (rc < 0)
		return rc;
	if (!json_is_object(doc))
		return fail(err, E_INVALID, "the answer is %s, not an object", json_type_name(doc));
	*out = steal(&doc);
	return 0;
}

static void copy_safe(char *out, size_t size, const char *text)
{
	AUTO_STR safe = {.max = 65536};

	str_put_safe(&safe, view_make(text, strnlen(text, 4 * size)));
	snprintf(out, size, "%s", str_cstr(&safe));
}

/* {"id"?, "message"}; bulk answers have {"errors":[{"message"?}]}. */
static void read_error(struct api_answer *out, const struct http_response *res, const char *key)
{
	AUTO_JSON *doc = NULL;

	if (read_object(&doc, &out->values, API_VALUES_MAX, res, NULL) < 0)
		return;
	json_mask_secret(doc, key);
	const char *id = json_text(doc, "id");
	const char *msg = json_text(doc, "message");
	if (!msg) {
		const json_t *first = json_array_get(json_object_get(doc, "errors"), 0);
		msg = json_text(first, "message");
	}
	copy_safe(out->id, sizeof out->id, id ? id : "");
	copy_safe(out->msg, sizeof out->msg, msg ? msg : "");
}

static enum error_code code_of(long status)
{
	switch (status) {
	case 401:
		return E_AUTH;
	case 403:
		return E_FORBIDDEN;
	case 404:
	case 410:
		return E_REMOTE_NOTFOUND;
	case 408:
	case 429:
		return E_TIMEOUT;
	case 409:
		return E_CONFLICT;
	default:
		break;
	}
	if (status >= 500)
		return E_REMOTE_FAILED;
	return status >= 400 ? E_REFUSED : E_PEER;
}

static void advise(struct error *err, const struct http_response *res)
{
	if (strstr(err->msg, "database [") && strstr(err->msg, "] not found"))
		hint(err,
		     "Check the database URL: \"xata dbs list\" shows what there is, \"xata dbs "
		     "create NAME\" makes one.");
	switch (err->code) {
	case E_AUTH:
		hint(err, "Check XATA_API_KEY, or run \"xata auth login\".");
		break;
	case E_FORBIDDEN:
		hint(err, "Use a key with more rights.");
		break;
	case E_REMOTE_NOTFOUND:
		hint(err, "Check the names of database and branch: \"xata dbs list\" and \"xata "
			  "branch list\" show what there is.");
		break;
	case E_TIMEOUT:
		hint(err, "The endpoint limits its requests: try again later.");
		break;
	case E_REMOTE_FAILED:
		hint(err, "Try again; if it stays so, tell those who run the endpoint%s.",
		     res->request_id[0] ? " and give the request id" : "");
		break;
	default:
		break;
	}
}

static int fail_status(struct api_answer *out, const struct http_response *res,
		       const struct api_call *call, const char *key, struct error *err)
{
	AUTO_STR msg = {.max = 4096};
	enum error_code code = code_of(res->status);

	read_error(out, res, key);
	str_printf(&msg,
		   code == E_REMOTE_FAILED ? "the endpoint could not %s"
					   : "the endpoint refused to %s",
		   call->what);
	if (call->name)
		str_printf(&msg, " \"%s\"", call->name);
	str_puts(&msg, ": ");
	if (out->msg[0])
		str_printf(&msg, "%s (HTTP %ld", out->msg, res->status);
	else if (!says_json(res->content_type))
		str_printf(&msg, "HTTP %ld with %s instead of JSON", res->status,
			   res->content_type);
	else
		str_printf(&msg, "HTTP %ld", res->status);
	if (res->request_id[0])
		str_printf(&msg, ", request id %s", res->request_id);
	if (out->msg[0])
		str_putc(&msg, ')');
	int rc = fail(err, code, "%s", str_cstr(&msg));
	if (err)
		advise(err, res);
	return rc;
}

static int fail_redirect(const struct http_response *res, struct error *err)
{
	int rc = fail(err, E_PEER, "the endpoint redirects to \"%s\" (HTTP %ld)",
		      res->location[0] ? res->location : "nowhere", res->status);

	hint(err, "A key is never sent on to another address: name the right one in the database "
		  "URL or the profile.");
	return rc;
}

int api_answer_read(struct api_answer *out, const struct http_response *res,
		    const struct api_call *call, const char *key, struct error *err)
{
	struct error why = {0};

	out->status = res->status;
	out->bytes = res->body.len;
	if (res->status >= 300 && res->status < 400)
		return fail_redirect(res, err);
	if (res->status < 200 || res->status >= 300)
		return fail_status(out, res, call, key, err);
	if (res->status == 204) {
		out->doc = json_object();
		return 0;
	}
	size_t values_max = call->values_max ? call->values_max : API_VALUES_MAX;
	int rc = read_object(&out->doc, &out->values, values_max, res, &why);
	if (rc < 0)
		return fail(err, rc == E_LIMIT ? E_LIMIT : E_PEER,
			    "the endpoint's answer cannot be understood: %s (HTTP %ld)", why.msg,
			    res->status);
	if (!call->records)
		json_mask_secret(out->doc, key);
	return 0;
}
