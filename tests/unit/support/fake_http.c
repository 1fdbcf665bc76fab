/* The scripted transport. */
#include "unit/support/fake_http.h"

#include <stdio.h>

static int fake_send(struct http *h, const struct http_request *req, struct http_response *res,
		     bool *lost, struct error *err)
{
	struct fake_http *f = (struct fake_http *)h;
	AUTO_STR line = {0};
	AUTO_STR body = {0};
	size_t at = f->log.len;

	str_printf(&line, "%s %s", req->method, req->url);
	str_putv(&body, req->body);
	strs_add(&f->log, str_cstr(&line));
	strs_add(&f->bodies, str_cstr(&body));
	strs_add(&f->keys, req->key ? req->key : "");
	if (!f->script)
		return f->handle(f->ctx, req, res, lost, err);
	if (at >= f->script_len)
		return fail(err, E_INTERNAL, "request %zu is not in the script: %s", at + 1,
			    str_cstr(&line));
	return fake_answer_give(&f->script[at], res, lost, err);
}

static void fake_close(struct http *h)
{
	(void)h;
}

static const struct http_ops fake_ops = {.send = fake_send, .close = fake_close};

int fake_answer_give(const struct fake_answer *a, struct http_response *res, bool *lost,
		     struct error *err)
{
	*lost = a->lost;
	res->permanent = a->permanent;
	if (a->rc < 0)
		return fail(err, (enum error_code)a->rc, "scripted failure");
	res->status = a->status ? a->status : 200;
	str_puts(&res->body, a->body ? a->body : "");
	snprintf(res->content_type, sizeof res->content_type, "%s",
		 a->type ? a->type : "application/json");
	snprintf(res->location, sizeof res->location, "%s", a->location ? a->location : "");
	snprintf(res->message, sizeof res->message, "%s", a->message ? a->message : "");
	snprintf(res->request_id, sizeof res->request_id, "%s", a->request_id ? a->request_id : "");
	res->retry_after_s = a->retry_after ? a->retry_after : -1;
	return 0;
}

void fake_http_init(struct fake_http *f)
{
	*f = (struct fake_http){.base.ops = &fake_ops};
}

void fake_http_script(struct fake_http *f, const struct fake_answer *script, size_t len)
{
	fake_http_release(f);
	f->base.ops = &fake_ops;
	f->script = script;
	f->script_len = len;
}

void fake_http_release(struct fake_http *f)
{
	strs_release(&f->log);
	strs_release(&f->bodies);
	strs_release(&f->keys);
}
