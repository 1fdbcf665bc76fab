/* The configuration of a project: where it is kept, which settings it has, how one is changed. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/opt.h"
#include "project/internal.h"
#include "project/target.h"
#include "project/url.h"

#include "base/banned.h"

/* In this order; package.json counts only with a member of this name. */
static const char *const file_names[] = {".xatarc", ".xatarc.json", "package.json"};
#define PACKAGE_FILE (file_names[2])
#define PACKAGE_MEMBER "xata"

static bool is_package(const char *file)
{
	return str_eq(file, PACKAGE_FILE);
}

json_t *config_of(const char *file, json_t *doc)
{
	return is_package(file) ? json_object_get(doc, PACKAGE_MEMBER) : doc;
}

static int fail_config(struct error *err, const char *file, struct view text, const char *why)
{
	struct view start = view_trim(text);
	bool yaml = !is_package(file) && start.len && start.ptr[0] != '{';
	int rc = fail(err, E_PROJECT, "cannot read \"%s\": %s", file,
		      yaml ? "it is not a JSON object (YAML is not read here)" : why);

	hint(err, "Write it as JSON: {\"databaseURL\": \"https://HOST/db/NAME\"}%s.",
	     is_package(file) ? ", as member \"" PACKAGE_MEMBER "\"" : "");
	return rc;
}

/* Parses one file; *doc stays NULL when it says nothing about this program. */
static int parse_config(json_t **doc, const char *file, struct view text, struct error *err)
{
	struct error why = {0};
	AUTO_JSON *read = NULL;

	*doc = NULL;
	if (view_trim(text).len == 0)
		return 0;
	int rc = json_read(&read, text, 0, &why);
	if (rc < 0) {
		/* Somebody else's broken package.json is not our business. */
		if (is_package(file) && !memmem(text.ptr, text.len, "\"" PACKAGE_MEMBER "\"", 6))
			return 0;
		return fail_config(err, file, text, why.msg);
	}
	if (is_package(file) && !json_object_get(read, PACKAGE_MEMBER))
		return 0;
	if (!json_is_object(config_of(file, read)))
		return fail_config(err, file, text, "the configuration is not an object");
	*doc = steal(&read);
	return 0;
}

int config_find(const char **file, json_t **doc, int dir, struct error *err)
{
	*file = NULL;
	*doc = NULL;
	for (size_t i = 0; i < ARRAY_LEN(file_names); i++) {
		AUTO_STR text = {0};
		struct error why = {0};
		int rc = fs_read(&text, dir, file_names[i], CONFIG_MAX, &why);
		/* Not a regular file: E_INVALID, a folder of that name. */
		if (rc == E_NOTFOUND || rc == E_INVALID)
			continue;
		if (rc < 0) {
			rc = fail(err, E_PROJECT, "%s", why.msg);
			hint(err, "%s", why.hint);
			return rc;
		}
		rc = parse_config(doc, file_names[i], str_view(&text), err);
		if (rc < 0)
			return rc;
		if (*doc) {
			*file = file_names[i];
			return 0;
		}
	}
	return 0;
}

/* ---- the settings, as the official CLI has them */

enum kind { KIND_URL, KIND_STRING, KIND_BOOL, KIND_CHOICE };

static const char *const module_types[] = {"cjs", "esm", "deno", NULL};
static const char *const targets[] = {"es5",	"es6",	  "es2015", "es2016", "es2017", "es2018",
				      "es2019", "es2020", "es2021", "esnext", NULL};

static const struct config_row {
	const char *path;
	enum kind kind;
	const char *const *choices;
} rows[] = {
	{"databaseURL", KIND_URL, NULL},
	{"codegen.output", KIND_STRING, NULL},
	{"codegen.moduleType", KIND_CHOICE, module_types},
	{"codegen.declarations", KIND_BOOL, NULL},
	{"codegen.javascriptTarget", KIND_CHOICE, targets},
	{"experimental.incrementalBuild", KIND_BOOL, NULL},
	{"experimental.workflow", KIND_BOOL, NULL},
};

static int find_row(const struct config_row **out, const char *path, struct error *err)
{
	const char *names[ARRAY_LEN(rows) + 1] = {0};

	*out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		names[i] = rows[i].path;
		if (str_eq(rows[i].path, path))
			*out = &rows[i];
	}
	if (*out)
		return 0;
	int rc = fail(err, E_INVALID, "there is no setting \"%s\"", path);
	const char *near = nearest_name(path, names);
	if (near) {
		hint(err, "Perhaps it is \"%s\".", near);
		return rc;
	}
	AUTO_STR list = {0};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		str_printf(&list, "%s%s", i ? ", " : "", names[i]);
	hint(err, "There are: %s.", str_cstr(&list));
	return rc;
}

static int fail_choice(struct error *err, const struct config_row *row, const char *value)
{
	AUTO_STR list = {0};

	for (size_t i = 0; row->choices[i]; i++)
		str_printf(&list, "%s%s", i ? ", " : "", row->choices[i]);
	int rc = fail(err, E_INVALID, "\"%s\" cannot be \"%s\"", row->path, value);
	hint(err, "It is one of: %s.", str_cstr(&list));
	return rc;
}

/* The typed value, a new reference. */
static int make_value(json_t **out, const struct config_row *row, const char *value,
		      struct error *err)
{
	AUTO_VALUE(url_parts) url = {0};
	bool good = true;

	*out = NULL;
	if (row->kind == KIND_BOOL && (str_eq(value, "true") || str_eq(value, "false"))) {
		*out = json_boolean(value[0] == 't');
		return 0;
	}
	if (row->kind == KIND_BOOL) {
		int rc = fail(err, E_INVALID, "\"%s\" cannot be \"%s\"", row->path, value);
		hint(err, "It is \"true\" or \"false\".");
		return rc;
	}
	if (row->kind == KIND_URL && !url_split(&url, value)) {
		/* Not quoted: it may have a password in it. */
		int rc = fail(err, E_INVALID, "the value is no database URL");
		hint(err, "It looks like https://HOST/db/NAME, without user or query.");
		return rc;
	}
	if (row->kind == KIND_CHOICE) {
		good = false;
		for (size_t i = 0; row->choices[i]; i++)
			good = good || str_eq(row->choices[i], value);
	}
	if (!good)
		return fail_choice(err, row, value);
	*out = json_string(value);
	return *out ? 0 : fail(err, E_INVALID, "the value of \"%s\" is not UTF-8", row->path);
}

int project_config_get(const json_t **out, const struct project *p, const char *path,
		       struct error *err)
{
	*out = NULL;
	if (!p->config) {
		int rc = fail(err, E_PROJECT, "the project has no configuration file");
		hint(err, "Run \"xata init\" to make one.");
		return rc;
	}
	const json_t *at = p->config;
	struct view rest = view_of(path);
	while (at && rest.len) {
		const char *dot = memchr(rest.ptr, '.', rest.len);
		size_t len = dot ? (size_t)(dot - rest.ptr) : rest.len;
		AUTO_FREE char *key = xstrndup(rest.ptr, len);
		at = json_object_get(at, key);
		len += dot ? 1 : 0;
		rest = view_make(rest.ptr + len, rest.len - len);
	}
	*out = at;
	if (at && *path)
		return 0;
	int rc = fail(err, E_NOTFOUND, "\"%s\" is not set in \"%s\"", path, p->config_file);
	const struct config_row *row;
	struct error unknown = {0};
	if (find_row(&row, path, &unknown) < 0)
		hint(err, "%s", unknown.hint);
	else
		hint(err, "Run \"xata config set %s VALUE\" to set it.", path);
	return rc;
}

/* ---- writing */

struct span {
	size_t start, end;
};

/* The position behind the string that starts at i. */
static size_t skip_string(struct view t, size_t i)
{
	for (i++; i < t.len && t.ptr[i] != '"'; i++)
		if (t.ptr[i] == '\\')
			i++;
	return i + 1;
}

/* Behind the colon when the string from start to end is this key, else 0. */
static size_t value_of_key(struct view t, size_t start, size_t end, const char *quoted)
{
	if (!view_is(view_make(t.ptr + start, end - start), quoted))
		return 0;
	while (end < t.len && strchr(" \t\r\n", t.ptr[end]))
		end++;
	return end < t.len && t.ptr[end] == ':' ? end + 1 : 0;
}

/*
 * Where the value of a member of the top object stands in a text that was parsed before; false when
 * its key is spelt with escapes.
 */
static bool find_member(struct span *out, struct view t, const char *key)
{
	AUTO_FREE char *quoted = xasprintf("\"%s\"", key);
	size_t next;
	int depth = 0;

	out->start = 0;
	for (size_t i = 0; i < t.len; i = next) {
		char c = t.ptr[i];
		bool closes = c == '}' || c == ']';
		next = c == '"' ? skip_string(t, i) : i + 1;
		if (c == '"' && depth == 1 && !out->start)
			out->start = value_of_key(t, i, next, quoted);
		if (out->start && depth == 1 && (closes || c == ',')) {
			out->end = i;
			return true;
		}
		depth += (c == '{' || c == '[') - closes;
	}
	return false;
}

/* The text with the value of one member replaced and every other byte kept. */
static bool splice(struct str *out, struct view text, const char *key, const json_t *value)
{
	struct span at = {0};
	AUTO_STR json = {0};

	if (!find_member(&at, text, key))
		return false;
	while (at.end > at.start && strchr(" \t\r\n", text.ptr[at.end - 1]))
		at.end--;
	json_write(&json, value, JSON_FORM_PRETTY);
	str_put(out, text.ptr, at.start);
	str_putc(out, ' ');
	struct view rest = str_view(&json), line;
	for (size_t n = 0; view_line(&rest, &line); n++) {
		str_puts(out, n ? "\n  " : "");
		str_putv(out, line);
	}
	str_put(out, text.ptr + at.end, text.len - at.end);
	return true;
}

static int write_config(struct project *p, const char *file, const json_t *doc, struct error *err)
{
	AUTO_STR old = {0};
	AUTO_STR text = {0};
	bool spliced = false;

	if (is_package(file)) {
		int rc = fs_read(&old, p->fd, file, CONFIG_MAX, err);
		if (rc < 0)
			return rc;
		spliced = splice(&text, str_view(&old), PACKAGE_MEMBER,
				 json_object_get(doc, PACKAGE_MEMBER));
	}
	if (!spliced) {
		json_write(&text, doc, JSON_FORM_PRETTY);
		str_putc(&text, '\n');
	}
	int rc = str_check(&text, file, err);
	return rc < 0 ? rc : root_replace(p, file, str_view(&text), err);
}

/* The object that holds the last component of path, made when absent; *key points into path. */
static json_t *holder_of(const char **key, json_t *config, const char *path)
{
	const char *dot = strchr(path, '.');

	*key = dot ? dot + 1 : path;
	if (!dot)
		return config;
	AUTO_FREE char *name = xstrndup(path, (size_t)(dot - path));
	json_t *holder = json_object_get(config, name);
	if (!json_is_object(holder)) {
		holder = json_object();
		json_put(config, name, holder);
	}
	return holder;
}

/* Sets row to value in file; the project changes only when the file did. */
static int set_row(struct project *p, const char *file, const struct config_row *row,
		   const char *value, struct error *err)
{
	AUTO_JSON *typed = NULL;
	const char *key;

	int rc = make_value(&typed, row, value, err);
	if (rc < 0)
		return rc;
	AUTO_JSON *doc = p->doc ? json_deep_copy(p->doc) : json_object();
	if (!doc)
		return fail(err, E_LIMIT, "\"%s\" is too large", file);
	json_t *holder = holder_of(&key, config_of(file, doc), row->path);
	json_put(holder, key, steal(&typed));
	rc = write_config(p, file, doc, err);
	if (rc < 0)
		return rc;
	json_decref(p->doc);
	p->doc = steal(&doc);
	p->config = config_of(file, p->doc);
	p->config_file = file;
	p->exists = true;
	return 0;
}

int project_config_set(struct project *p, const char *path, const char *value, struct error *err)
{
	const struct config_row *row;

	if (!p->config_file) {
		int rc = fail(err, E_PROJECT, "the project has no configuration file");
		hint(err, "Run \"xata init\" to make one.");
		return rc;
	}
	int rc = find_row(&row, path, err);
	return rc < 0 ? rc : set_row(p, p->config_file, row, value, err);
}

int project_config_init(struct project *p, const char *database_url, struct error *err)
{
	return set_row(p, p->config_file ? p->config_file : file_names[0], &rows[0], database_url,
		       err);
}
