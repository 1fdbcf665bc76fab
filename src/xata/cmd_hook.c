/* xata hook: has Git verify what is about to be committed. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "project/hook.h"
#include "project/snapshot.h"
#include "xata/commands.h"
#include "xata/init.h"
#include "xata/session.h"

/* Where hooks go and which project it is about. */
struct hooks {
	char *dir;
	char *project; /* its folder below the top of the work tree, or "." */
	char program[PATH_MAX];
	struct str template;
	struct vcs *git;
	struct strs gone; /* other projects that the hooks list, and that are not here */
};

static void hooks_release(struct hooks *h)
{
	free(h->dir);
	free(h->project);
	str_release(&h->template);
	strs_release(&h->gone);
}
AUTO_VALUE_DEFINE(hooks)

/* folder: of a project, which need not be there; NULL: of the one where the command runs. */
static int open_hooks(struct hooks *h, struct invocation *inv, const char *folder,
		      struct error *err)
{
	int rc = args_count(&inv->args, 0, 0, err);
	if (rc == 0)
		rc = folder ? session_repository(&h->git, inv, err)
			    : session_vcs(&h->git, inv, err);
	if (rc == 0)
		rc = hook_dir(&h->dir, h->git, err);
	if (rc == 0 && folder)
		h->project = xstrdup(folder);
	else if (rc == 0)
		rc = h->git->ops->folder(&h->project, h->git, err);
	if (rc < 0 || !h->project)
		return rc;
	if (!*h->project) {
		free(h->project);
		h->project = xstrdup(".");
	}
	put_text(&inv->out, "project", h->project);
	return 0;
}

static int read_template(struct hooks *h, struct error *err)
{
	AUTO_FREE char *dir = init_template_dir();
	AUTO_FREE char *file = dir ? xasprintf("%s/" HOOK_TEMPLATE, dir) : NULL;

	ssize_t len = readlink("/proc/self/exe", h->program, sizeof h->program - 1);
	if (len < 0)
		return fail_sys(err, errno, "could not find where this program is");
	h->program[len] = '\0';
	int rc = file ? fs_read(&h->template, AT_FDCWD, file, (size_t)1 << 20, err)
		      : fail(err, E_NOTFOUND, "the project template is not installed");
	if (rc < 0)
		hint(err, "Set XATA_TEMPLATE_DIR to a folder with the template, or install it.");
	return rc;
}

static struct hook_setup setup_of(const struct hooks *h, const char *name)
{
	return (struct hook_setup){
		.dir = h->dir,
		.name = name,
		.project = h->project,
		.program = h->program,
		.template = str_view(&h->template),
	};
}

/* ---- projects that are not here: renamed, removed, or on other branches only */

/* Also one that was not staged yet, or one that HEAD has no more and that stayed. */
static bool is_on_disk(const char *top, const char *folder)
{
	AUTO_FREE char *state = xasprintf("%s/%s/.xata", top, folder);

	return fs_exists(AT_FDCWD, state);
}

/* Whether neither the work tree, the index nor HEAD has a project in this folder. */
static int is_gone(bool *out, struct vcs *git, const char *folder, struct error *err)
{
	AUTO_FREE char *top = NULL;
	const char *project = str_eq(folder, ".") ? "" : folder;
	struct vcs_place index = {.where = VCS_INDEX, .project = project};
	struct vcs_place head = {.where = VCS_COMMIT, .project = project};
	bool there = false;

	int rc = git->ops->top(&top, git, err);
	if (rc == 0)
		there = is_on_disk(top, folder);
	if (rc == 0 && !there)
		rc = snapshot_has_project(&there, git, &index, err);
	if (rc == 0 && !there)
		rc = git->ops->head(&head.commit, git, err);
	if (rc == 0 && !there && head.commit.len)
		rc = snapshot_has_project(&there, git, &head, err);
	*out = !there;
	return rc;
}

/* Where the index cannot be read, nobody is said to be gone. */
static int find_gone(struct hooks *hooks, struct error *err)
{
	for (const char *const *name = hook_names; *name; name++) {
		AUTO_VALUE(hook) h = {0};
		int rc = hook_read(&h, hooks->dir, *name, str_view(&hooks->template), err);
		if (rc < 0)
			return rc;
		for (size_t i = 0; i < h.projects.len; i++) {
			const char *project = h.projects.items[i];
			struct error ignored = {0};
			bool gone = false;
			if (!str_eq(project, hooks->project) && !strs_has(&hooks->gone, project) &&
			    is_gone(&gone, hooks->git, project, &ignored) == 0 && gone)
				strs_add(&hooks->gone, project);
		}
	}
	return 0;
}

/* ---- what is said */

static const char *state_of(const struct hook *h, const char *project)
{
	if (hook_serves(h, project))
		return "installed";
	if (h->state == HOOK_ABSENT)
		return "absent";
	return h->state == HOOK_OURS ? "other_projects" : "foreign";
}

static void put_hook(json_t *list, const struct hook *h, const char *name, const char *state)
{
	json_t *o = json_object();

	json_put_string(o, "name", name);
	json_put_string(o, "path", h->path);
	json_put_string(o, "state", state);
	json_put(o, "chained", json_boolean(h->state == HOOK_OURS && h->kept && !h->kept_idle));
	json_put(o, "outdated", json_boolean(h->outdated));
	json_array_append_new(list, o);
}

static void say_hook(const struct output *o, const struct hook *h, const char *state)
{
	bool kept = h->state == HOOK_OURS && h->kept;

	say(o, "%s: %s%s%s", h->path, state,
	    kept && !h->kept_idle ? ", runs the former hook first" : "",
	    h->outdated ? ", of another version: run \"xata hook install\"" : "");
	if (kept && h->kept_idle)
		say(o,
		    "    The former hook is not run, as it is not executable: \"chmod +x "
		    "%s" HOOK_KEPT "\" has it run first.",
		    h->path);
}

/* Sets the member "hooks" and says how each hook is; *missing counts those not installed. */
static int report(size_t *missing, const struct hooks *hooks, struct invocation *inv,
		  struct error *err)
{
	json_t *list = json_array();

	*missing = 0;
	json_put(inv->out.doc, "hooks", list);
	for (const char *const *name = hook_names; *name; name++) {
		AUTO_VALUE(hook) h = {0};
		int rc = hook_read(&h, hooks->dir, *name, str_view(&hooks->template), err);
		if (rc < 0)
			return rc;
		const char *state = state_of(&h, hooks->project);
		*missing += hook_serves(&h, hooks->project) ? 0 : 1;
		put_hook(list, &h, *name, state);
		say_hook(&inv->out, &h, state);
	}
	return 0;
}

/* They stay: whether another branch has them is for the user to say. */
static int report_gone(struct hooks *hooks, struct output *o, struct error *err)
{
	json_t *list = json_array();

	json_put(o->doc, "gone", list);
	int rc = find_gone(hooks, err);
	for (size_t i = 0; i < hooks->gone.len; i++) {
		json_array_append_new(list, json_string(hooks->gone.items[i]));
		say(o,
		    "\"%s\" is listed, too, but is not here: neither a folder, nor in the index or "
		    "HEAD.",
		    hooks->gone.items[i]);
	}
	if (hooks->gone.len)
		say(o, "    Where no other branch has it, \"xata hook uninstall --project FOLDER\" "
		       "takes it out.");
	return rc;
}

/* --json of all three: {"project", "changed": bool, "hooks": [{"name", "path", "state",
 * "chained", "outdated"}], "gone": [folders]}; status has no "changed". */
static int change(struct invocation *inv, const char *folder,
		  int (*act)(bool *, const struct hook_setup *, struct error *), struct error *err)
{
	AUTO_VALUE(hooks) hooks = {0};
	bool any = false;
	size_t missing = 0;

	int rc = open_hooks(&hooks, inv, folder, err);
	if (rc == 0)
		rc = read_template(&hooks, err);
	for (const char *const *name = hook_names; rc == 0 && *name; name++) {
		struct hook_setup setup = setup_of(&hooks, *name);
		bool changed = false;
		rc = act(&changed, &setup, err);
		any |= changed;
	}
	if (rc < 0)
		return rc;
	json_put(inv->out.doc, "changed", json_boolean(any));
	rc = report(&missing, &hooks, inv, err);
	if (rc == 0)
		rc = report_gone(&hooks, &inv->out, err);
	if (rc == 0 && !any)
		say(&inv->out, "Nothing had to be changed.");
	return rc;
}

static int run_install(struct invocation *inv, struct error *err)
{
	return change(inv, NULL, hook_install, err);
}

static int run_uninstall(struct invocation *inv, struct error *err)
{
	const char *folder = NULL;
	int rc = session_folder(&folder, inv, err);

	return rc < 0 ? rc : change(inv, folder, hook_uninstall, err);
}

static int run_status(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(hooks) hooks = {0};
	struct error ignored = {0};
	size_t missing = 0;

	int rc = open_hooks(&hooks, inv, NULL, err);
	if (rc == 0 && read_template(&hooks, &ignored) < 0)
		str_clear(&hooks.template);
	if (rc == 0)
		rc = report(&missing, &hooks, inv, err);
	if (rc == 0)
		rc = report_gone(&hooks, &inv->out, err);
	if (rc < 0 || missing == 0)
		return rc;
	rc = fail(err, E_NO, "Git does not check the migrations of this project before a commit");
	hint(err, "Run \"xata hook install\".");
	return rc;
}

static const struct command hook_install_command = {
	.name = "install",
	.summary = "verify the staged migrations before each commit",
	.description =
		"Makes the hooks pre-commit, pre-merge-commit and pre-applypatch (for git am),\n"
		"in the directory that Git looks into (core.hooksPath counts), or adds this\n"
		"project to them. A hook that is there already is kept and runs first.",
	.run = run_install,
};
static const struct opt uninstall_options[] = {
	{"project", 0, "FOLDER", "project to take out, in the repository; it may be gone"},
	{0},
};
static const struct command hook_uninstall_command = {
	.name = "uninstall",
	.summary = "take the project out of the hooks again",
	.description =
		"With the last project the hooks go, and former ones are put back. No other\n"
		"project is taken out, as another branch may have it.",
	.options = uninstall_options,
	.run = run_uninstall,
};
static const struct command hook_status_command = {
	.name = "status",
	.summary = "show whether the hooks are there",
	.description = "Ends with status 1 when a hook is missing or is not for this project.",
	.run = run_status,
};
static const struct command *const subcommands[] = {&hook_install_command, &hook_uninstall_command,
						    &hook_status_command, NULL};

const struct command cmd_hook = {
	.name = "hook",
	.summary = "have Git verify migrations before they are committed",
	.description =
		"Keeps a hook in the Git repository that runs \"xata verify --staged\" when\n"
		"migrations are about to be committed, and refuses the commit if it fails.",
	.subcommands = subcommands,
};
