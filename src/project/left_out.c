/* Tells what a sparse checkout leaves out from what is gone, and how it comes back. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/snapshot.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

/* Where Git's index cannot be read, as a sparse one cannot, what HEAD has is left out. */
static int list_head(struct vcs_entries *out, struct vcs *v, struct error *err)
{
	struct vcs_place head = {.where = VCS_COMMIT};

	vcs_entries_release(out);
	int rc = v->ops->head(&head.commit, v, err);
	if (rc == 0 && head.commit.len)
		rc = v->ops->list(out, v, &head, MIGRATIONS_DIR, err);
	for (size_t i = 0; rc == 0 && i < out->len; i++)
		out->items[i].skipped = true;
	return rc;
}

/* ---- what is to be done */

/* The paths below the project's folder: what "git sparse-checkout add" takes in either mode. */
struct wanted {
	const char *folder; /* of the project, "" at the top */
	const char *cone;   /* a folder */
	const char *patterns[2];
	const char *otherwise; /* the advice where no sparse checkout is set up */
};

static void put_word(struct str *out, const char *text)
{
	AUTO_FREE char *word = shell_word(text);

	str_putc(out, ' ');
	str_puts(out, word);
}

static void put_path(struct str *out, const struct wanted *w)
{
	AUTO_FREE char *path = xasprintf("%s%s%s", w->folder, *w->folder ? "/" : "", w->cone);

	/* Git takes some names for patterns, if it is not told. */
	if (strpbrk(path, "*?[\\"))
		put_word(out, "--skip-checks");
	put_word(out, path);
}

/*
 * The last pattern that matches a path decides, and one of a folder only where none matches the
 * path itself: so that what is added must match the files.
 */
static void put_patterns(struct str *out, const struct wanted *w)
{
	for (size_t i = 0; i < ARRAY_LEN(w->patterns) && w->patterns[i]; i++) {
		AUTO_STR pattern = {0};
		str_putc(&pattern, '/');
		for (const char *c = w->folder; *c; c++) {
			if (strchr("*?[\\", *c))
				str_putc(&pattern, '\\');
			str_putc(&pattern, *c);
		}
		str_printf(&pattern, "%s%s", *w->folder ? "/" : "", w->patterns[i]);
		put_word(out, str_cstr(&pattern));
	}
}

static char *advice_of(struct vcs *v, const struct wanted *w)
{
	enum vcs_sparse sparse = VCS_SPARSE_NONE;
	struct error ignored = {0};
	AUTO_STR text = {0};

	if (v->ops->sparse(&sparse, v, &ignored) < 0 || sparse == VCS_SPARSE_NONE)
		return xstrdup(w->otherwise);
	str_puts(&text, "A sparse checkout leaves files out: \"git sparse-checkout add");
	if (sparse == VCS_SPARSE_CONE)
		put_path(&text, w);
	else
		put_patterns(&text, w);
	str_printf(&text, "\"%s brings them here, \"git sparse-checkout disable\" everything.",
		   *w->folder ? " at the top of the repository" : "");
	return xstrdup(str_cstr(&text));
}

/* ---- files of the ledger */

static void ask(struct left_out *l, struct vcs *v)
{
	static const struct vcs_place index = {.where = VCS_INDEX};
	AUTO_FREE char *folder = NULL;
	struct error unreadable = {0}, ignored = {0};

	if (v->ops->folder(&folder, v, &ignored) < 0)
		return;
	int rc = v->ops->list(&l->entries, v, &index, MIGRATIONS_DIR, &unreadable);
	if (rc == E_IO)
		rc = list_head(&l->entries, v, &ignored);
	if (rc < 0)
		vcs_entries_release(&l->entries);
	struct wanted wanted = {
		.folder = folder,
		.cone = MIGRATIONS_DIR,
		.patterns = {MIGRATIONS_DIR "/*"},
		.otherwise = "Git's index leaves files out: \"git sparse-checkout disable\" "
			     "brings everything here.",
	};
	l->advice = advice_of(v, &wanted);
}

const char *left_out_advice(struct left_out *l, const char *file)
{
	struct error ignored = {0};
	struct vcs *v = NULL;

	if (!l->asked && l->open && l->open(&v, l->root, &ignored) == 0) {
		ask(l, v);
		v->ops->close(v);
	}
	l->asked = true;
	const struct vcs_entry *e = vcs_entries_find(&l->entries, file);
	bool left_out = e && e->skipped;
	l->any |= left_out;
	return left_out ? l->advice : NULL;
}

void left_out_release(struct left_out *l)
{
	free(l->root);
	free(l->advice);
	vcs_entries_release(&l->entries);
}

/* ---- whole projects */

/* One that is there and cannot be used is another matter. */
static bool is_on_disk(const char *top, const char *folder)
{
	static const char *const names[] = {".xata", ".xatarc", ".xatarc.json"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s/%s", top, folder, names[i]);
		if (fs_exists(AT_FDCWD, path))
			return true;
	}
	return false;
}

/* Where Git's index cannot be read, as a sparse one cannot, HEAD tells. */
static int has_project(bool *out, struct vcs *v, const char *folder, struct error *err)
{
	struct vcs_place index = {.where = VCS_INDEX, .project = folder};
	struct vcs_place head = {.where = VCS_COMMIT, .project = folder};
	struct error unreadable = {0};

	int rc = snapshot_has_project(out, v, &index, &unreadable);
	if (rc != E_IO)
		return rc < 0 ? fail(err, rc, "%s", unreadable.msg) : 0;
	*out = false;
	rc = v->ops->head(&head.commit, v, err);
	return rc < 0 || !head.commit.len ? rc : snapshot_has_project(out, v, &head, err);
}

int project_find_left_out(char **folder, char **advice, struct vcs *v, struct error *err)
{
	AUTO_FREE char *top = NULL;
	AUTO_FREE char *at = NULL;
	bool found = false;

	*folder = *advice = NULL;
	int rc = v->ops->top(&top, v, err);
	if (rc == 0)
		rc = v->ops->folder(&at, v, err);
	if (rc == 0)
		rc = has_project(&found, v, at, err);
	while (rc == 0 && !found && *at) {
		char *slash = strrchr(at, '/');
		*(slash ? slash : at) = '\0';
		rc = has_project(&found, v, at, err);
	}
	if (rc < 0 || !found || is_on_disk(top, at))
		return rc;
	struct wanted wanted = {
		.folder = at,
		.cone = ".xata",
		.patterns = {".xatarc*", ".xata/**"},
		.otherwise =
			"Git has it: \"git status\" shows what is gone, \"git restore\" brings "
			"it back.",
	};
	*folder = *at ? xasprintf("%s/%s", top, at) : xstrdup(top);
	*advice = advice_of(v, &wanted);
	return 0;
}
