/* The server about itself: whether it is alive, and what it has counted. */
#include "server/call.h"
#include "server/handlers.h"

#include "base/banned.h"

int get_health(struct call *c, struct error *err)
{
	json_t *body = json_object();
	/* Alive means able to read: a transaction is what every other request needs first. */
	int rc = call_begin(c, STORE_READ, err);

	if (rc < 0) {
		json_decref(body);
		return rc;
	}
	json_put_string(body, "status", "ok");
	return call_json(c, 200, body, err);
}

int get_metrics(struct call *c, struct error *err)
{
	server_metrics(c->server, &c->res->body);
	return call_text(c, 200, "text/plain; version=0.0.4", err);
}
