/* Lays the jobs of a CI system into the repository of a project. */
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "project/vcs.h"
#include "xata/init.h"

#include "base/banned.h"

#define FILE_MAX ((size_t)1 << 20)
#define NAME_TOKEN "xata-" /* what every name of a job and of a file begins with */
#define FOLDER_LINE "XATA_PROJECT: \".\""
#define GITLAB_MAIN ".gitlab-ci.yml"

/* Where each system looks, below the top of the repository, at most two folders deep. */
static const struct ci_place {
	const char *system;
	const char *folders[2];
} places[] = {
	{"github", {".github", "workflows"}},
	{"gitlab", {".gitlab", NULL}},
};

struct laying {
	struct invocation *inv;
	const struct ci_place *place;
	int from; /* the folder of the template */
	int to;
	int top;
	char *folder; /* of the project in the repository, "" at its top */
	char *path;   /* of to, with a "/" at its end */
	json_t *files;
};

static void laying_release(struct laying *l)
{
	free(l->folder);
	free(l->path);
	fs_close_(&l->from);
	fs_close_(&l->to);
	fs_close_(&l->top);
}
AUTO_VALUE_DEFINE(laying)

static const struct ci_place *place_of(const char *system)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (str_eq(places[i].system, system))
			return &places[i];
	return NULL;
}

/* ---- what a file becomes */

/* Appends "xata-", and for a project that is not at the top its folder, made a part of a name. */
static void put_token(struct str *out, const char *folder)
{
	str_puts(out, NAME_TOKEN);
	for (const char *p = folder; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			     (*p >= '0' && *p <= '9') || *p == '_';
		str_putc(out, plain ? *p : '-');
	}
	str_puts(out, *folder ? "-" : "");
}

/* Several projects of one repository need jobs of their own, so that each name has the folder. */
static void fill_in(struct str *out, struct view text, const char *folder)
{
	AUTO_STR quoted = {0};
	size_t token = strlen(NAME_TOKEN), line = strlen(FOLDER_LINE);

	json_write_string(&quoted, view_of(*folder ? folder : "."));
	while (text.len) {
		size_t taken = 1;
		if (view_starts(text, FOLDER_LINE)) {
			str_printf(out, "XATA_PROJECT: %s", str_cstr(&quoted));
			taken = line;
		} else if (view_starts(text, NAME_TOKEN)) {
			put_token(out, folder);
			taken = token;
		} else {
			str_putc(out, text.ptr[0]);
		}
		text = view_make(text.ptr + taken, text.len - taken);
	}
}

/* ---- one file */

static void report_file(const struct laying *l, const char *path, const char *state)
{
	json_t *o = json_object();

	json_put_string(o, "path", path);
	json_put_string(o, "state", state);
	json_array_append_new(l->files, o);
	if (str_eq(state, "created"))
		say(&l->inv->out, "  + %s", path);
	else if (str_eq(state, "kept"))
		say(&l->inv->out, "  = %s is there and differs: it stays as it is", path);
}

/* Appears whole or not at all; what is there stays, whatever it is. */
static int lay_file(const struct laying *l, int dir, const char *path, const char *name,
		    struct view text, struct error *err)
{
	AUTO_STR there = {0};
	struct error why = {0};

	if (!fs_exists(dir, name)) {
		int rc = fs_replace(dir, name, l->to, text, 0, err);
		if (rc == 0)
			report_file(l, path, "created");
		return rc;
	}
	bool same = fs_read_nofollow(&there, dir, name, FILE_MAX, &why) == 0 &&
		    view_eq(str_view(&there), text);
	report_file(l, path, same ? "unchanged" : "kept");
	return 0;
}

static int lay_from_template(const struct laying *l, const char *name, struct error *err)
{
	AUTO_STR text = {0};
	AUTO_STR filled = {.max = 4 * FILE_MAX};
	AUTO_STR to = {0};

	int rc = fs_read(&text, l->from, name, FILE_MAX, err);
	if (rc < 0)
		return rc;
	fill_in(&filled, str_view(&text), l->folder);
	fill_in(&to, view_of(name), l->folder);
	rc = str_check(&filled, name, err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *path = xasprintf("%s%s", l->path, str_cstr(&to));
	return lay_file(l, l->to, path, str_cstr(&to), str_view(&filled), err);
}

/* ---- GitLab starts from one file, which most projects have already */

static int lay_gitlab_main(const struct laying *l, const struct strs *names, struct error *err)
{
	AUTO_STR text = {0};
	AUTO_STR there = {0};
	struct error why = {0};
	bool included = true;

	str_puts(&text, "include:\n");
	for (size_t i = 0; i < names->len; i++) {
		AUTO_STR name = {0};
		fill_in(&name, view_of(names->items[i]), l->folder);
		str_printf(&text, "  - local: /%s%s\n", l->path, str_cstr(&name));
	}
	if (!fs_exists(l->top, GITLAB_MAIN))
		return lay_file(l, l->top, GITLAB_MAIN, GITLAB_MAIN, str_view(&text), err);
	if (fs_read_nofollow(&there, l->top, GITLAB_MAIN, FILE_MAX, &why) < 0)
		str_clear(&there);
	for (size_t i = 0; i < names->len; i++) {
		AUTO_STR path = {0};
		str_puts(&path, l->path);
		fill_in(&path, view_of(names->items[i]), l->folder);
		included = included && strstr(str_cstr(&there), str_cstr(&path));
	}
	report_file(l, GITLAB_MAIN, included ? "unchanged" : "kept");
	if (!included)
		say(&l->inv->out, "Add to it:\n%s", str_cstr(&text));
	return 0;
}

/* ---- all of them */

/* What a run that was killed left of a file that it had not finished. */
static int throw_away(const struct laying *l, struct error *err)
{
	AUTO_VALUE(strs) names = {0};

	int rc = fs_list(&names, l->to, ".", err);
	for (size_t i = 0; rc == 0 && i < names.len; i++)
		if (starts_with(names.items[i], FS_TMP_PREFIX))
			rc = fs_unlink(l->to, names.items[i], err);
	return rc;
}

static int open_template(struct laying *l, struct error *err)
{
	AUTO_FREE char *dir = init_template_dir();
	AUTO_FREE char *path = dir ? xasprintf("%s/ci/%s", dir, l->place->system) : NULL;

	int rc = path ? fs_open_dir(&l->from, AT_FDCWD, path, FS_FOLLOW, err)
		      : fail(err, E_NOTFOUND, "the project template is not installed");
	if (rc < 0)
		hint(err, "Set XATA_TEMPLATE_DIR to a folder with the template, or install it.");
	return rc;
}

/* No component may be a link: it could lead out of the repository. */
static int open_place(struct laying *l, struct error *err)
{
	AUTO_STR path = {0};
	int at = l->top;

	for (size_t i = 0; i < ARRAY_LEN(l->place->folders) && l->place->folders[i]; i++) {
		int next = -1;
		int rc = fs_make_dirs(at, l->place->folders[i], 0755, err);
		if (rc == 0)
			rc = fs_open_dir(&next, at, l->place->folders[i], FS_NOFOLLOW, err);
		if (rc == 0 && fs_sync_dir(at, err) < 0)
			rc = E_IO;
		fs_close_(&l->to);
		l->to = at = next;
		if (rc < 0)
			return rc;
		str_printf(&path, "%s/", l->place->folders[i]);
	}
	l->path = xstrdup(str_cstr(&path));
	return 0;
}

static int open_repository(struct laying *l, struct error *err)
{
	AUTO_FREE char *top = NULL;
	struct vcs *git;

	int rc = session_vcs(&git, l->inv, err);
	if (rc == 0)
		rc = git->ops->top(&top, git, err);
	if (rc == 0)
		rc = git->ops->folder(&l->folder, git, err);
	if (rc == 0)
		rc = fs_open_dir(&l->top, AT_FDCWD, top, FS_FOLLOW, err);
	return rc;
}

static int lay_all(struct laying *l, struct error *err)
{
	AUTO_VALUE(strs) names = {0};

	int rc = fs_list(&names, l->from, ".", err);
	strs_sort(&names);
	for (size_t i = 0; rc == 0 && i < names.len; i++)
		rc = lay_from_template(l, names.items[i], err);
	if (rc == 0 && str_eq(l->place->system, "gitlab"))
		rc = lay_gitlab_main(l, &names, err);
	return rc < 0 ? rc : fs_sync_dir(l->top, err);
}

/* --json: "ci": {"system", "files": [{"path", "state": "created", "unchanged" or "kept"}]}. */
int init_ci(struct invocation *inv, const char *system, struct error *err)
{
	AUTO_VALUE(laying)
	l = {.inv = inv, .place = place_of(system), .from = -1, .to = -1, .top = -1};
	if (!l.place)
		return fail(err, E_USAGE, "there are no jobs for \"%s\"", system);
	json_t *doc = json_object();
	l.files = json_array();
	json_put_string(doc, "system", system);
	json_put(doc, "files", l.files);
	json_put(inv->out.doc, "ci", doc);
	int rc = open_template(&l, err);
	if (rc == 0)
		rc = open_repository(&l, err);
	if (rc == 0)
		rc = open_place(&l, err);
	if (rc == 0)
		rc = throw_away(&l, err);
	if (rc == 0)
		rc = lay_all(&l, err);
	if (rc < 0)
		return rc;
	say_color(&inv->out, COLOR_GREEN,
		  "The jobs for %s are in %s; the comments in them say which variables to set.",
		  system, l.path);
	return 0;
}
