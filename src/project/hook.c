/* Puts the hook into Git's hooks directory and takes it out again. */
#include "project/hook.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

#include "base/banned.h"

#define HOOK_MAX ((size_t)1 << 20) /* bytes */
#define MARK "\"xata hook install\""
#define PROJECTS "\nprojects='\n"
#define PROJECTS_END "\n'\n"
#define PROGRAM_SET "\nprogram='"
#define PROGRAM PROGRAM_SET "'\n"

const char *const hook_names[] = {"pre-commit", "pre-merge-commit", "pre-applypatch", NULL};

void hook_release(struct hook *h)
{
	free(h->path);
	strs_release(&h->projects);
	*h = (struct hook){0};
}

/* husky's directory is known by the scripts it keeps there. */
static bool is_huskys(const char *dir)
{
	AUTO_FREE char *h = xasprintf("%s/h", dir);
	AUTO_FREE char *older = xasprintf("%s/husky.sh", dir);

	return ends_with(dir, "/_") && (fs_exists(AT_FDCWD, h) || fs_exists(AT_FDCWD, older));
}

int hook_dir(char **out, struct vcs *v, struct error *err)
{
	AUTO_FREE char *top = NULL;

	*out = NULL;
	int rc = v->ops->top(&top, v, err);
	if (rc == 0)
		rc = v->ops->hooks(out, v, err);
	if (rc < 0 || !*out)
		return rc;
	size_t len = strlen(*out);
	while (len > 1 && (*out)[len - 1] == '/')
		(*out)[--len] = '\0';
	if (is_huskys(*out))
		(*out)[len - 2] = '\0';
	return 0;
}

/* ---- the text */

/* In single quotes of a shell, a quote is written '\'' . */
static void put_quoted(struct str *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			str_puts(out, "'\\''");
		else
			str_putc(out, *text);
	}
}

static char *unquoted(struct view line)
{
	AUTO_STR out = {.max = HOOK_MAX};

	for (size_t i = 0; i < line.len; i++) {
		str_putc(&out, line.ptr[i]);
		if (line.ptr[i] == '\'' &&
		    view_starts(view_make(line.ptr + i, line.len - i), "'\\''"))
			i += 3;
	}
	return xstrdup(str_cstr(&out));
}

/* Cuts text into what stands before the list of projects, the list, and what follows. */
static bool cut(struct view parts[3], struct view text)
{
	const char *start = memmem(text.ptr, text.len, PROJECTS, strlen(PROJECTS));

	if (!start)
		return false;
	start += strlen(PROJECTS);
	size_t before = (size_t)(start - text.ptr);
	/* The list may be empty: its last newline is then that of the opening line. */
	const char *end = memmem(start - 1, text.len - before + 1, PROJECTS_END,
				 strlen(PROJECTS_END));
	if (!end)
		return false;
	size_t list = (size_t)(end + 1 - start);
	parts[0] = view_make(text.ptr, before);
	parts[1] = view_make(start, list);
	parts[2] = view_make(start + list, text.len - before - list);
	return true;
}

static int render(struct str *out, const struct hook_setup *s, const struct strs *projects,
		  struct error *err)
{
	struct view parts[3];
	const char *program = NULL;

	if (cut(parts, s->template))
		program = memmem(parts[2].ptr, parts[2].len, PROGRAM, strlen(PROGRAM));
	if (!program)
		return fail(err, E_INVALID, "the template of the hook is not one of this version");
	str_putv(out, parts[0]);
	for (size_t i = 0; i < projects->len; i++) {
		put_quoted(out, projects->items[i]);
		str_putc(out, '\n');
	}
	size_t before = (size_t)(program - parts[2].ptr);
	str_put(out, parts[2].ptr, before);
	str_puts(out, PROGRAM_SET);
	put_quoted(out, s->program);
	str_puts(out, "'\n");
	before += strlen(PROGRAM);
	str_put(out, parts[2].ptr + before, parts[2].len - before);
	return str_check(out, "the hook", err);
}

/* ---- the files */

static char *kept_path(const char *path)
{
	return xasprintf("%s" HOOK_KEPT, path);
}

/* Whether a hook is the template, but for the projects and the program that stand in it. */
static bool is_made_of(const struct view hook[3], struct view template)
{
	struct view parts[3];
	const char *program = NULL;

	if (cut(parts, template))
		program = memmem(parts[2].ptr, parts[2].len, PROGRAM, strlen(PROGRAM));
	if (!program || !view_eq(hook[0], parts[0]))
		return false;
	size_t before = (size_t)(program - parts[2].ptr) + strlen(PROGRAM_SET);
	size_t after = parts[2].len - before;
	struct view rest = hook[2];
	return rest.len >= before + after && memcmp(rest.ptr, parts[2].ptr, before) == 0 &&
	       memcmp(rest.ptr + rest.len - after, parts[2].ptr + before, after) == 0;
}

static int read_text(struct hook *out, struct str *text, const char *dir, const char *name,
		     struct view template, struct error *err)
{
	struct view parts[3], line;

	out->path = xasprintf("%s/%s", dir, name);
	AUTO_FREE char *kept = kept_path(out->path);
	out->kept = fs_exists(AT_FDCWD, kept);
	out->kept_idle = out->kept && access(kept, X_OK) < 0;
	if (!fs_exists(AT_FDCWD, out->path))
		return 0;
	out->state = HOOK_FOREIGN;
	struct error why = {0};
	int rc = fs_read(text, AT_FDCWD, out->path, HOOK_MAX, &why);
	if (rc == E_NOTFOUND || rc == E_LIMIT || rc == E_INVALID)
		return 0; /* a dangling link, a program: nothing of ours */
	if (rc < 0)
		return fail(err, why.code, "%s", why.msg);
	struct view all = str_view(text);
	if (!all.len || !memmem(all.ptr, all.len, MARK, strlen(MARK)) || !cut(parts, all))
		return 0;
	out->state = HOOK_OURS;
	out->outdated = template.len && !is_made_of(parts, template);
	while (view_line(&parts[1], &line))
		if (line.len)
			strs_take(&out->projects, unquoted(line));
	return 0;
}

int hook_read(struct hook *out, const char *dir, const char *name, struct view template,
	      struct error *err)
{
	AUTO_STR text = {.max = HOOK_MAX};

	return read_text(out, &text, dir, name, template, err);
}

bool hook_serves(const struct hook *h, const char *project)
{
	return h->state == HOOK_OURS && strs_has(&h->projects, project);
}

/* Moves a foreign hook aside. One that husky runs need not be executable, beside ours it must. */
static int keep(const struct hook *h, struct error *err)
{
	AUTO_FREE char *kept = kept_path(h->path);
	struct stat st;

	if (h->kept) {
		int rc = fail(err, E_EXISTS, "\"%s\" is not ours, and \"%s\" was kept before",
			      h->path, kept);
		hint(err, "Put the two into one, remove the other, and run it again.");
		return rc;
	}
	bool husky = strstr(h->path, "/.husky/");
	int rc = fs_rename(AT_FDCWD, h->path, AT_FDCWD, kept, err);
	if (rc == 0 && husky && stat(kept, &st) == 0)
		(void)!chmod(kept, (st.st_mode & 07777) | 0111);
	return rc;
}

static int write_hook(const struct hook_setup *s, const struct hook *h, struct view text,
		      struct error *err)
{
	int rc = fs_make_dirs(AT_FDCWD, s->dir, 0777, err);

	if (rc < 0)
		hint(err, "Git looks for hooks there: \"git config --show-origin core.hooksPath\" "
			  "tells whether a setting says so.");
	if (rc == 0 && h->state == HOOK_FOREIGN)
		rc = keep(h, err);
	return rc < 0 ? rc : fs_replace_path(h->path, text, 0755, err);
}

/* The projects of a hook without the one itself. */
static void take_others(struct strs *out, const struct hook *h, const struct hook_setup *s)
{
	for (size_t i = 0; i < h->projects.len; i++) {
		const char *project = h->projects.items[i];
		if (!str_eq(project, s->project))
			strs_add(out, project);
	}
}

int hook_install(bool *changed, const struct hook_setup *s, struct error *err)
{
	AUTO_STR was = {.max = HOOK_MAX};
	AUTO_STR text = {.max = HOOK_MAX};
	AUTO_VALUE(strs) projects = {0};
	AUTO_VALUE(hook) h = {0};

	*changed = false;
	if (strchr(s->project, '\n') || strchr(s->program, '\n'))
		return fail(err, E_INVALID, "a path with a line feed cannot stand in a hook");
	int rc = read_text(&h, &was, s->dir, s->name, s->template, err);
	take_others(&projects, &h, s);
	strs_add(&projects, s->project);
	strs_sort(&projects);
	if (rc == 0)
		rc = render(&text, s, &projects, err);
	if (rc < 0 || (h.state == HOOK_OURS && view_eq(str_view(&was), str_view(&text))))
		return rc;
	*changed = true;
	return write_hook(s, &h, str_view(&text), err);
}

static int remove_hook(const struct hook *h, struct error *err)
{
	AUTO_FREE char *kept = kept_path(h->path);

	if (h->kept)
		return fs_rename(AT_FDCWD, kept, AT_FDCWD, h->path, err);
	return fs_unlink(AT_FDCWD, h->path, err);
}

int hook_uninstall(bool *changed, const struct hook_setup *s, struct error *err)
{
	AUTO_STR text = {.max = HOOK_MAX};
	AUTO_VALUE(strs) left = {0};
	AUTO_VALUE(hook) h = {0};

	*changed = false;
	int rc = hook_read(&h, s->dir, s->name, s->template, err);
	if (rc < 0 || h.state != HOOK_OURS)
		return rc;
	take_others(&left, &h, s);
	if (left.len == h.projects.len)
		return 0;
	*changed = true;
	if (left.len == 0)
		return remove_hook(&h, err);
	rc = render(&text, s, &left, err);
	return rc < 0 ? rc : fs_replace_path(h.path, str_view(&text), 0755, err);
}
