/*
 * Who asks, what for, and in which workspace.
 *
 * A key is looked up by its SHA-256, so how long the look-up takes tells nothing about a key that
 * is not already known. An unknown, a revoked and a malformed key get the same answer.
 */
#ifndef SERVER_AUTH_H
#define SERVER_AUTH_H

#include "server/call.h"

#define KEY_TEXT_MAX 256 /* bytes of a key in the Authorization header */

/*
 * Fills in c->key and c->workspace inside the open transaction and checks that the key may do what
 * the route does. E_AUTH: no valid key, or a workspace that does not exist (which the hosted
 * service does not tell apart); E_FORBIDDEN: not with this key, whether or not the thing exists.
 */
int auth_check(struct call *c, struct error *err) MUST_USE;

/*
 * The workspace in a Host header "WS.REGION.anything[:port]", the caller free()s; NULL when it
 * names none. E_AUTH when it has the form of one and its region exists, but it does not.
 */
int auth_host_workspace(char **out, struct call *c, const char *host, struct error *err) MUST_USE;

/* Whether a key that is limited to one database may see this one; always true for other keys. */
bool auth_sees_database(const struct call *c, const char *workspace, const char *database);
bool auth_sees_workspace(const struct call *c, const char *workspace);

#endif
