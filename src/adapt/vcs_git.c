/* What the project needs from Git, through libgit2: opens the repository, answers about itself. */
#include "adapt/vcs_git_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#include "base/banned.h"

#define HEADS "refs/heads/"

int vcs_git_fail(struct error *err, enum error_code code, const char *what)
{
	const git_error *e = git_error_last();
	AUTO_STR text = {0};

	/* Where no reason is known it ends with the colon that would stand before that. */
	struct view why = view_trim(view_of(e ? e->message : NULL));
	if (why.len && why.ptr[why.len - 1] == ':')
		why.len--;
	str_put_safe(&text, why.len ? why : view_of("unknown error"));
	return fail(err, code, "%s: %s", what, str_cstr(&text));
}

int vcs_git_need_repo(const struct vcs_git *g, struct error *err)
{
	const char *dir = getenv("GIT_DIR");
	int rc = 0;

	if (g->repo)
		return 0;
	if (dir && *dir) {
		rc = fail(err, E_NOTFOUND, "\"%s\" is no Git repository", dir);
		hint(err, "GIT_DIR names it: unset that, or name the one that is meant.");
		return rc;
	}
	rc = fail(err, E_NOTFOUND, "\"%s\" is not in a Git repository", g->root);
	hint(err,
	     "Change to the clone that is meant, or make a repository here with \"git init\".");
	return rc;
}

int vcs_git_need(const struct vcs_git *g, struct error *err)
{
	int rc = vcs_git_need_repo(g, err);

	if (rc < 0 || g->folder)
		return rc;
	rc = fail(err, E_NOTFOUND, "\"%s\" is not in the work tree of its Git repository", g->root);
	hint(err, "Change to a folder of the work tree; GIT_DIR, GIT_WORK_TREE and core.worktree "
		  "say which that is.");
	return rc;
}

char *vcs_git_path(const struct vcs_git *g, const char *path)
{
	if (!g->folder || !*g->folder)
		return xstrdup(path);
	return *path ? xasprintf("%s/%s", g->folder, path) : xstrdup(g->folder);
}

/* HEAD names a branch even before the first commit; a detached one names none. */
static int current_branch(char **out, struct vcs *v, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_reference *head = NULL;

	*out = NULL;
	int rc = vcs_git_need_repo(g, err);
	if (rc < 0)
		return rc;
	if (git_reference_lookup(&head, g->repo, "HEAD") < 0)
		return vcs_git_fail(err, E_IO, "could not read HEAD of the Git repository");
	const char *target = git_reference_symbolic_target(head);
	if (target && starts_with(target, HEADS))
		*out = xstrdup(target + strlen(HEADS));
	git_reference_free(head);
	if (*out)
		return 0;
	rc = fail(err, E_NOTFOUND, "the Git repository is on no branch (detached HEAD)");
	hint(err, "Name the branch on the command line or in XATA_BRANCH.");
	return rc;
}

/*
 * As libgit2 sees it: a negated rule ("!.env") that takes back one of a folder above is not seen,
 * so the answer may be "ignored" where Git would not.
 */
static int is_ignored(bool *out, struct vcs *v, const char *path, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	int ignored = 0;

	*out = false;
	if (!g->repo || !g->top)
		return 0;
	AUTO_FREE char *inside = vcs_git_path(g, path);
	if (git_ignore_path_is_ignored(&ignored, g->repo, inside) < 0)
		return vcs_git_fail(err, E_IO, "could not read the ignore rules of Git");
	*out = ignored;
	return 0;
}

static int folder(char **out, struct vcs *v, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);

	*out = NULL;
	int rc = vcs_git_need(g, err);
	if (rc == 0)
		*out = xstrdup(g->folder);
	return rc;
}

static int top(char **out, struct vcs *v, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);

	*out = NULL;
	int rc = vcs_git_need(g, err);
	if (rc < 0)
		return rc;
	if (!g->top) {
		rc = fail(err, E_NOTFOUND, "the Git repository has no work tree");
		hint(err, "It is bare: do this in a clone of it.");
		return rc;
	}
	*out = xstrdup(g->top);
	return 0;
}

/*
 * The settings of one work tree, which "git sparse-checkout" and "git config --worktree" make, are
 * in a file that libgit2 1.5 does not read: it is put above the others.
 */
static int add_work_tree_settings(const struct vcs_git *g)
{
	AUTO_FREE char *file = xasprintf("%sconfig.worktree", git_repository_path(g->repo));
	git_config *config = NULL;
	int used = 0;

	int code = git_repository_config(&config, g->repo);
	if (code == 0 && git_config_get_bool(&used, config, "extensions.worktreeConfig") == 0 &&
	    used && access(file, F_OK) == 0)
		code = git_config_add_file_ondisk(config, file, GIT_CONFIG_LEVEL_APP, g->repo, 0);
	git_config_free(config);
	return code == GIT_EEXISTS ? 0 : code; /* it was added before */
}

/* Free *out, with git_config_free(). */
static int open_settings(git_config **out, const struct vcs_git *g, struct error *err)
{
	int code = add_work_tree_settings(g);

	*out = NULL;
	if (code == 0)
		code = git_repository_config_snapshot(out, g->repo);
	return code < 0 ? vcs_git_fail(err, E_IO, "could not read the configuration of Git") : 0;
}

static bool is_set(const git_config *config, const char *name)
{
	int on = 0;

	return git_config_get_bool(&on, config, name) == 0 && on;
}

static int sparse(enum vcs_sparse *out, struct vcs *v, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_config *config = NULL;

	*out = VCS_SPARSE_NONE;
	int rc = vcs_git_need(g, err);
	if (rc == 0)
		rc = open_settings(&config, g, err);
	if (rc == 0 && is_set(config, "core.sparseCheckout"))
		*out = is_set(config, "core.sparseCheckoutCone") ? VCS_SPARSE_CONE
								 : VCS_SPARSE_PATTERNS;
	git_config_free(config);
	return rc;
}

static int hooks(char **out, struct vcs *v, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_config *config = NULL;
	git_buf path = GIT_BUF_INIT;

	*out = NULL;
	int rc = vcs_git_need(g, err);
	if (rc == 0)
		rc = open_settings(&config, g, err);
	if (rc < 0)
		return rc;
	int code = git_config_get_path(&path, config, "core.hooksPath");
	git_config_free(config);
	if (code < 0 && code != GIT_ENOTFOUND)
		return vcs_git_fail(err, E_IO, "could not read the configuration of Git");
	if (code == GIT_ENOTFOUND || !path.ptr || !*path.ptr)
		*out = xasprintf("%shooks", git_repository_commondir(g->repo));
	else if (path.ptr[0] == '/')
		*out = xstrdup(path.ptr);
	else /* where Git runs hooks */
		*out = xasprintf("%s/%s", g->top ? g->top : git_repository_path(g->repo), path.ptr);
	git_buf_dispose(&path);
	return 0;
}

static void close_git(struct vcs *v)
{
	struct vcs_git *g = vcs_git_of(v);

	git_index_free(g->index);
	git_repository_free(g->repo);
	free(g->root);
	free(g->top);
	free(g->folder);
	free(g);
	git_libgit2_shutdown();
}

static const struct vcs_ops ops = {
	.current_branch = current_branch,
	.is_ignored = is_ignored,
	.folder = folder,
	.top = top,
	.hooks = hooks,
	.sparse = sparse,
	.find = vcs_git_find,
	.head = vcs_git_head,
	.merge_bases = vcs_git_merge_bases,
	.tree = vcs_git_tree,
	.list = vcs_git_list,
	.read = vcs_git_read,
	.read_at = vcs_git_read_at,
	.folder_object = vcs_git_folder_object,
	.id_of_file = vcs_git_id_of_file,
	.id_of_folder = vcs_git_id_of_folder,
	.keep = vcs_git_keep,
	.write = vcs_git_write,
	.commit = vcs_git_commit,
	.merge = vcs_git_merge,
	.merge_get = vcs_git_merge_get,
	.merge_conflicts = vcs_git_merge_conflicts,
	.merge_put = vcs_git_merge_put,
	.merge_remove = vcs_git_merge_remove,
	.merge_tree = vcs_git_merge_tree,
	.merge_free = vcs_git_merge_free,
	.ref_find = vcs_git_ref_find,
	.ref_move = vcs_git_ref_move,
	.under_way = vcs_git_under_way,
	.rebase_onto = vcs_git_rebase_onto,
	.patch = vcs_git_patch,
	.stage = vcs_git_stage,
	.close = close_git,
};

/* ---- the index */

/* Git reads a relative GIT_INDEX_FILE from the top of the work tree, where it runs hooks. */
static char *named_index(const struct vcs_git *g)
{
	const char *file = getenv("GIT_INDEX_FILE");

	if (!file || !*file)
		return NULL;
	if (*file == '/' || !g->top)
		return xstrdup(file);
	AUTO_FREE char *below = xasprintf("%s/%s", g->top, file);
	return access(below, F_OK) == 0 || access(file, F_OK) < 0 ? steal(&below) : xstrdup(file);
}

int vcs_git_index_path(char **out, const struct vcs_git *g, struct error *err)
{
	git_buf path = GIT_BUF_INIT;

	*out = named_index(g);
	if (*out)
		return 0;
	if (git_repository_item_path(&path, g->repo, GIT_REPOSITORY_ITEM_INDEX) < 0)
		return vcs_git_fail(err, E_IO, "could not find the Git index");
	*out = xstrdup(path.ptr);
	git_buf_dispose(&path);
	return 0;
}

int vcs_git_index(git_index **out, struct vcs_git *g, struct error *err)
{
	*out = g->index;
	if (g->index)
		return 0;
	AUTO_FREE char *file = named_index(g);
	int code = file ? git_index_open(&g->index, file)
			: git_repository_index(&g->index, g->repo);
	if (code == 0 && file)
		code = git_repository_set_index(g->repo, g->index);
	if (code < 0) {
		int rc = vcs_git_fail(err, E_IO, "could not read the Git index");
		git_index_free(g->index);
		g->index = NULL;
		return rc;
	}
	*out = g->index;
	return 0;
}

/* ---- opening */

/*
 * Where libgit2 has its TLS from mbedtls, it reads all certificates of the system when it starts,
 * through this function: a quarter of the instructions of "verify --staged". Nothing here uses the
 * network through libgit2, so the dynamic linker is given this function instead, which reads none;
 * a connection would find no authority to trust, and fail.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);
int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	(void)chain, (void)path;
	return -0x2900; /* MBEDTLS_ERR_X509_FILE_IO_ERROR */
}

/* libgit2 1.5 says "not found" of the setting `safe.directory`, and means what EOWNER means. */
static bool is_other_users(int code)
{
	const git_error *e = git_error_last();

	return code == GIT_EOWNER || (code == GIT_ENOTFOUND && e && e->klass == GIT_ERROR_CONFIG);
}

/* libgit2 1.5 knows no ids but those of SHA-1. */
static bool has_other_ids(void)
{
	const git_error *e = git_error_last();

	return e && e->message && strstr(e->message, "extensions.objectformat");
}

static int fail_open(struct error *err, int code, const char *root)
{
	if (has_other_ids()) {
		int rc = fail(err, E_INVALID,
			      "the Git repository of \"%s\" has SHA-256 ids, which cannot be read",
			      root);
		hint(err, "Make one with SHA-1 ids: git init --object-format=sha1.");
		return rc;
	}
	if (!is_other_users(code))
		return vcs_git_fail(err, E_IO, "could not open the Git repository");
	int rc = fail(err, E_ACCESS, "the Git repository of \"%s\" belongs to another user", root);
	AUTO_FREE char *word = shell_word(root);
	hint(err, "If you trust it, run \"git config --global --add safe.directory %s\".", word);
	return rc;
}

/*
 * As git itself does, objects are not hashed again when they are read: that is what "git fsck" is
 * for, and most of what a check of a long history would cost. What is written is made durable
 * before it is used.
 *
 * Extensions of the repository's format that change nothing of what is read here: settings of one
 * work tree (made by "git sparse-checkout"), and objects left at a server.
 *
 * libgit2 remembers the folders it has read, but by itself none as large as that of a long history.
 */
#define REMEMBERED_MAX ((size_t)8 << 20) /* bytes of one folder */
static int set_up_libgit2(void)
{
	static const char *names[] = {"worktreeconfig", "partialclone", "preciousobjects"};

	int code = git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, ARRAY_LEN(names));
	if (code == 0)
		code = git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	if (code == 0)
		code = git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE,
					REMEMBERED_MAX);
	return code < 0 ? code : git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
}

/* What libgit2 does not take from the environment although git does. */
static int apply_environment(git_repository *repo)
{
	const char *tree = getenv("GIT_WORK_TREE"), *objects = getenv("GIT_OBJECT_DIRECTORY");
	const char *others = getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
	git_odb *odb = NULL;

	int code = tree && *tree ? git_repository_set_workdir(repo, tree, 0) : 0;
	if (code < 0 || (!objects && !others))
		return code;
	/* In the hooks of a server, what was pushed lies apart until it is accepted. */
	code = git_repository_odb(&odb, repo);
	if (code == 0 && objects && *objects)
		code = git_odb_add_disk_alternate(odb, objects);
	struct view rest = view_of(others);
	while (code == 0 && rest.len) {
		const char *colon = memchr(rest.ptr, ':', rest.len);
		size_t len = colon ? (size_t)(colon - rest.ptr) : rest.len;
		AUTO_FREE char *path = xstrndup(rest.ptr, len);
		code = *path ? git_odb_add_disk_alternate(odb, path) : 0;
		rest = view_make(rest.ptr + len + (colon ? 1 : 0),
				 rest.len - len - (colon ? 1 : 0));
	}
	git_odb_free(odb);
	return code;
}

static int open_repository(git_repository **out, const char *root)
{
	const char *dir = getenv("GIT_DIR");
	bool named = dir && *dir;

	int code = set_up_libgit2();
	if (code == 0)
		code = git_repository_open_ext(out, named ? dir : root,
					       named ? GIT_REPOSITORY_OPEN_NO_SEARCH : 0,
					       getenv("GIT_CEILING_DIRECTORIES"));
	if (code < 0)
		return code;
	code = apply_environment(*out);
	if (code < 0) {
		git_repository_free(*out);
		*out = NULL;
	}
	return code;
}

/* Finds root below a work tree; both are without symbolic links. */
static bool place_below(struct vcs_git *g, const char *work_tree)
{
	AUTO_FREE char *real = work_tree ? realpath(work_tree, NULL) : NULL;
	size_t len = real ? strlen(real) : 0;

	if (!real)
		return false;
	if (str_eq(real, "/"))
		len = 0;
	if (strncmp(g->root, real, len) != 0 || (g->root[len] != '/' && g->root[len] != '\0'))
		return false;
	g->folder = xstrdup(g->root[len] ? g->root + len + 1 : "");
	g->top = steal(&real);
	return true;
}

/* Whether the folder that libgit2 took for the work tree is one: it says so, or settings do. */
static bool has_work_tree(const struct vcs_git *g)
{
	const char *tree = git_repository_workdir(g->repo);
	AUTO_FREE char *link = tree ? xasprintf("%s/.git", tree) : NULL;
	git_config *config = NULL;
	git_buf path = GIT_BUF_INIT;

	if (getenv("GIT_WORK_TREE") || (link && access(link, F_OK) == 0))
		return true;
	bool set = git_repository_config_snapshot(&config, g->repo) == 0 &&
		   git_config_get_string_buf(&path, config, "core.worktree") == 0;
	git_buf_dispose(&path);
	git_config_free(config);
	return set;
}

/*
 * With GIT_DIR alone git takes the current directory for the top. A hook that has left it is
 * still right here, where the work tree can be told from the repository.
 */
static void find_folder(struct vcs_git *g)
{
	const char *dir = getenv("GIT_DIR");

	if (git_repository_is_bare(g->repo)) {
		g->folder = xstrdup("");
		return;
	}
	bool here = dir && *dir && !has_work_tree(g);
	if (here && git_repository_set_workdir(g->repo, ".", 0) < 0)
		return;
	place_below(g, git_repository_workdir(g->repo));
}

int vcs_git_open(struct vcs **out, const char *root, struct error *err)
{
	git_repository *repo = NULL;

	*out = NULL;
	AUTO_FREE char *real = realpath(root, NULL);
	if (!real)
		return fail_sys(err, errno, "could not find \"%s\"", root);
	if (git_libgit2_init() < 0)
		return vcs_git_fail(err, E_INTERNAL, "could not start libgit2");
	int code = open_repository(&repo, real);
	if (code < 0 && (code != GIT_ENOTFOUND || is_other_users(code))) {
		int rc = fail_open(err, code, real);
		git_libgit2_shutdown();
		return rc;
	}
	struct vcs_git *g = xcalloc(1, sizeof *g);
	g->base.ops = &ops;
	g->repo = repo;
	g->root = steal(&real);
	if (repo)
		find_folder(g);
	*out = &g->base;
	return 0;
}
