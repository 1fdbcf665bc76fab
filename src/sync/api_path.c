/* Paths of the API: names checked, parts escaped; and the shapes that answers must have. */
#include <string.h>

#include "base/alloc.h"
#include "sync/api_impl.h"

#include "base/banned.h"

#define NAME_MAX_LEN 255
#define CURSOR_MAX 1024

static bool unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '~';
}

int api_name_check(const char *what, const char *name, struct error *err)
{
	size_t len = name ? strlen(name) : 0;
	size_t good = 0;

	while (good < len && unreserved(name[good]))
		good++;
	if (len && good == len && len <= NAME_MAX_LEN)
		return 0;
	AUTO_STR safe = {.max = 4096};
	if (name)
		str_put_safe(&safe, view_make(name, len < 100 ? len : 100));
	int rc = fail(err, E_USAGE, "\"%s\" cannot be the name of a %s", str_cstr(&safe), what);
	hint(err, "Use 1 to %d letters, digits, \"-\", \"_\" and \"~\".", NAME_MAX_LEN);
	return rc;
}

void api_escape(struct str *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (unreserved(*p) || strchr(".!*'()", *p))
			str_putc(out, *p);
		else
			str_printf(out, "%%%02X", (unsigned int)(unsigned char)*p);
	}
}

static int check_database(const struct api *a, struct error *err)
{
	if (a->target->database)
		return api_name_check("database", a->target->database, err);
	int rc = fail(err, E_PROJECT, "no database is configured");
	hint(err, "Run \"xata init\", or name one with --db.");
	return rc;
}

int api_path_branch(struct str *out, const struct api *a, const char *branch, const char *tail,
		    struct error *err)
{
	int rc = check_database(a, err);

	if (rc == 0)
		rc = api_name_check("branch", branch, err);
	if (rc < 0)
		return rc;
	str_puts(out, "/db/");
	api_escape(out, a->target->database);
	str_putc(out, ':');
	api_escape(out, branch);
	str_puts(out, tail);
	return 0;
}

int api_path_database(struct str *out, const struct api *a, const char *tail, struct error *err)
{
	int rc = check_database(a, err);

	if (rc < 0)
		return rc;
	str_puts(out, "/dbs/");
	api_escape(out, a->target->database);
	str_puts(out, tail);
	return 0;
}

static int ask_for_workspace(struct api *a, struct error *err)
{
	AUTO_JSON *doc = NULL;
	int rc = api_workspaces(&doc, a, err);

	if (rc < 0)
		return rc;
	const json_t *list = json_object_get(doc, "workspaces");
	if (json_array_size(list) == 0) {
		rc = fail(err, E_PROJECT, "the API key has access to no workspace");
		hint(err, "Use another key.");
		return rc;
	}
	const char *first = json_text(json_array_get(list, 0), "id");
	if (json_array_size(list) == 1) {
		a->workspace = xstrdup(first);
		return 0;
	}
	AUTO_STR ids = {.max = 300};
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
		str_printf(&ids, "%s%s", i ? ", " : "", json_text(item, "id"));
	rc = fail(err, E_USAGE, "the API key has access to several workspaces: %s", str_cstr(&ids));
	hint(err, "Name one in the database URL (--db).");
	return rc;
}

int api_path_workspace(struct str *out, struct api *a, const char *tail, struct error *err)
{
	if (!a->target->workspace && !a->workspace) {
		int rc = ask_for_workspace(a, err);
		if (rc < 0)
			return rc;
	}
	const char *id = a->target->workspace ? a->target->workspace : a->workspace;
	int rc = api_name_check("workspace", id, err);
	if (rc < 0)
		return rc;
	str_puts(out, "/workspaces/");
	api_escape(out, id);
	str_puts(out, tail);
	return 0;
}

/* ---- shapes */

/* Names and ids are printed: control characters have no place in them. */
static bool printable(const char *text)
{
	if (!utf8_valid(view_of(text)))
		return false;
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7F || (*p == 0xC2 && p[1] < 0xA0))
			return false;
	return true;
}

int api_check_string(const char **out, const json_t *doc, const char *key, struct error *err)
{
	struct error why = {0};

	if (json_get_string(out, doc, key, JSON_REQUIRED, &why) < 0)
		return fail(err, E_PEER, "the endpoint's answer cannot be understood: %s", why.msg);
	if (!printable(*out))
		return fail(err, E_PEER,
			    "the endpoint's answer has control characters in member \"%s\"", key);
	return 0;
}

int api_read_cursor(char **out, const json_t *obj, enum json_need need, struct error *err)
{
	const char *cursor = NULL;
	int rc = json_get_string(&cursor, obj, "cursor", need, err);

	*out = NULL;
	if (rc == 0 && cursor && strlen(cursor) > CURSOR_MAX)
		return fail(err, E_INVALID, "its cursor is longer than %d bytes", CURSOR_MAX);
	if (rc == 0)
		*out = xstrdup(cursor);
	return rc;
}

int api_check_list(const json_t *doc, const char *key, const char *const *strings,
		   struct error *err)
{
	struct error why = {0};
	json_t *list = NULL, *item;
	size_t i;

	if (json_get_array(&list, doc, key, JSON_REQUIRED, &why) < 0)
		return fail(err, E_PEER, "the endpoint's answer cannot be understood: %s", why.msg);
	json_array_foreach(list, i, item)
	{
		if (!json_is_object(item))
			return fail(err, E_PEER,
				    "the endpoint's answer cannot be understood: item %zu of "
				    "\"%s\" is %s",
				    i, key, json_type_name(item));
		for (const char *const *s = strings; *s; s++) {
			const char *text = NULL;
			int rc = api_check_string(&text, item, *s, err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}
