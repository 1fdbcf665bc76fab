/* Prints the route table of the server, one JSON object a line, for tests that cover every row. */
#include <stdio.h>

#include "server/routes.h"

#include "base/banned.h"

int main(void)
{
	static const char *const scopes[] = {
		[KEY_READ] = "read", [KEY_WRITE] = "write", [KEY_ADMIN] = "admin"};
	static const char *const bodies[] = {
		[BODY_NONE] = "none", [BODY_OPTIONAL] = "optional", [BODY_REQUIRED] = "required"};

	for (size_t i = 0; i < routes_len; i++)
		printf("{\"method\":\"%s\",\"pattern\":\"%s\",\"scope\":\"%s\",\"body\":\"%s\","
		       "\"public\":%d,\"limited\":%d}\n",
		       routes[i].method, routes[i].pattern, scopes[routes[i].scope],
		       bodies[routes[i].body], (routes[i].flags & ROUTE_PUBLIC) != 0,
		       (routes[i].flags & ROUTE_LIMITED) != 0);
	return 0;
}
