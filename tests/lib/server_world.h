/*
 * A server over a fresh SQLite store, asked without a socket: what every test of the handlers uses.
 *
 *	static void a_test(void **state)
 *	{
 *		struct world *w = world_open(*state);
 *
 *		assert_answer(w, 201, "PUT", "/workspaces/xatad-local0/dbs/shop",
 *			      "{'region':'local'}");
 *		assert_string_equal(world_text(w, "databaseName"), "shop");
 *		world_close(w);
 *	}
 *
 * Bodies may be written with single quotes throughout, which become double ones.
 */
#ifndef TESTS_LIB_SERVER_WORLD_H
#define TESTS_LIB_SERVER_WORLD_H

#include "lib/unit.h"
#include "server/jobs.h"
#include "server/server.h"

/* Keys that every world has; the last is limited to database "shop" of the default workspace. */
#define KEY_ADMIN_TEXT "xata_admin"
#define KEY_WRITE_TEXT "xata_write"
#define KEY_READ_TEXT "xata_read"
#define KEY_SHOP_TEXT "xata_shop"
#define KEY_REVOKED_TEXT "xata_revoked"

#define WS "/workspaces/xatad-local0"
#define WORLD_NOW                                                                       \
	1767348000000000 /* 2026-01-02T10:00:00Z; the clock of every world stands still \
			  */

struct world {
	struct store *store; /* what the server talks to */
	struct server *server;
	const char *key; /* of the next requests; NULL: no Authorization header */
	const char *host;
	struct response res; /* of the last request */
	json_t *json;	     /* its body, NULL when it has none */
};

/* A new store in dir; the key of the requests is the admin's. */
struct world *world_open(const char *dir);
/* As world_open; wrap, if given, puts another store before the real one. */
struct world *world_open_wrapped(const char *dir, struct store *(*wrap)(struct store *),
				 const struct server_limits *limits);
void world_close(struct world *w); /* closes the store too */

/* Sends a request and gives the status; target may have a query, whose values are taken as is. */
int world_ask(struct world *w, const char *method, const char *target, const char *body);
/* As world_ask, for threads: the response is the caller's. */
void world_ask_into(struct world *w, struct response *res, const char *method, const char *target,
		    const char *body);

/* Fails the test unless the answer has this status. */
#define assert_answer(w, status, method, target, body) \
	world_assert((w), (status), NULL, NULL, (method), (target), (body), __FILE__, __LINE__)
/* … and is {"id","message"} with this id and a message that contains text. */
#define assert_refusal(w, status, id, text, method, target, body) \
	world_assert((w), (status), (id), (text), (method), (target), (body), __FILE__, __LINE__)
void world_assert(struct world *w, int status, const char *id, const char *text, const char *method,
		  const char *target, const char *body, const char *file, int line);

/* What stands at "a.b.0.c" of the last answer; NULL when there is nothing. */
json_t *world_at(const struct world *w, const char *path);
const char *world_text(const struct world *w, const char *path); /* fails unless it is a string */
long long world_number(const struct world *w, const char *path);
size_t world_count(const struct world *w, const char *path);	   /* members or items */
const char *world_header(const struct world *w, const char *name); /* NULL: absent */

/* ---- records */

/* Database "shop" of the default workspace with branch "main". */
void world_shop(struct world *w, const char *format);

/* A record behind parent (NULL: the first); operations as JSON with single quotes. free() none. */
struct record *world_record(enum record_format format, const char *id, const struct record *parent,
			    const char *operations);
/* "{'migrations':[…]}" or, for pgroll, "{'expected':…,'records':[…]}"; the caller free()s. */
char *world_push_v1(struct record *const *records, size_t n);
char *world_push_pgroll(const struct record *expected, struct record *const *records, size_t n);

#endif
