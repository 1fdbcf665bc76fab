/* One request and its response on their way through the server; private to the httpd files. */
#ifndef ADAPT_HTTPD_EXCHANGE_H
#define ADAPT_HTTPD_EXCHANGE_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "adapt/httpd_guard.h"
#include "adapt/httpd_microhttpd.h"
#include "adapt/httpd_request.h"
#include "adapt/httpd_room.h"
#include "adapt/httpd_workers.h"
#include "base/xid.h"

/* What exchanges share. */
struct exchange_context {
	const struct httpd_options *options;
	const struct server_limits *limits;
	struct guard *guard;
	struct workers *workers;
	struct room *room;    /* of the large bodies that are arriving or being answered */
	atomic_bool stopping; /* answers say that the connection ends */
};

enum exchange_state {
	EXCHANGE_NEW,	    /* the request line is here */
	EXCHANGE_RECEIVING, /* the head is fine, the body follows */
	EXCHANGE_WORKING,   /* a worker has it, the connection is suspended */
	EXCHANGE_ANSWERED,  /* the response is ready */
	EXCHANGE_SENDING,   /* libmicrohttpd has it */
};

struct exchange;

/* uri is as sent; borrowed for the call. The exchange belongs to the connection's request. */
struct exchange *exchange_new(struct exchange_context *x, struct MHD_Connection *c,
			      struct guarded *conn, const char *uri);

/* Logs how it ended and frees it. */
void exchange_end(struct exchange *e, enum MHD_RequestTerminationCode how);

/* The steps of libmicrohttpd's access handler: the head, a piece of the body, the end of both. */
enum MHD_Result exchange_begin(struct exchange *e, const char *method, const char *version);
enum MHD_Result exchange_receive(struct exchange *e, const char *bytes, size_t len);
enum MHD_Result exchange_finish(struct exchange *e);
enum exchange_state exchange_state(const struct exchange *e);

/* For the workers: answers the request, or says that the server is going down. */
void exchange_work(struct work *w);
void exchange_drop(struct work *w);

#endif
