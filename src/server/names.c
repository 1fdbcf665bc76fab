/* Decides which names from outside are names. */
#include "server/names.h"

#include <string.h>

#include "base/str.h"

#include "base/banned.h"

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define NAME_CHARS ALNUM "_-~"
#define WORKSPACE_TAIL 6 /* random characters that end a workspace's id */

bool name_valid(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= NAME_MAX_LEN && strspn(name, NAME_CHARS) == len;
}

bool workspace_id_valid(const char *id)
{
	size_t len = strlen(id);

	if (len < WORKSPACE_TAIL || len > NAME_MAX_LEN)
		return false;
	const char *tail = id + len - WORKSPACE_TAIL;
	if (strspn(tail, ALNUM) != WORKSPACE_TAIL)
		return false;
	if (tail == id)
		return true;
	/* at least two characters and the dash */
	return tail - id >= 3 && tail[-1] == '-' && strchr(ALNUM, id[0]) &&
	       strspn(id, NAME_CHARS) == len;
}

static void put_name(struct str *out, const char *name)
{
	out->max = 1024;
	str_put_safe(out, view_make(name, strnlen(name, 100)));
}

int name_check(const char *what, const char *name, struct error *err)
{
	if (name_valid(name))
		return 0;
	AUTO_STR safe = {0};
	put_name(&safe, name);
	return fail(err, E_INVALID, "invalid %s name \"%s\": 1 to %d of a-z A-Z 0-9 _ - ~", what,
		    str_cstr(&safe), NAME_MAX_LEN);
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

int label_check(const char *what, const char *text, size_t max, struct error *err)
{
	size_t len = strlen(text);

	if (len < 1 || len > max)
		return fail(err, E_INVALID, "%s must have 1 to %zu bytes", what, max);
	if (has_control(text) || !utf8_valid(view_of(text)))
		return fail(err, E_INVALID, "%s must be text without control characters", what);
	return 0;
}
