/* The index of a Git repository as it is changed, and what git is in the middle of. */
#include "adapt/vcs_git_impl.h"

#include <fcntl.h>
#include <git2/sys/index.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fs.h"

#include "base/banned.h"

#define MERGE_HEAD_MAX ((size_t)64 << 10) /* bytes */
#define ONTO_MAX ((size_t)1 << 10)	  /* likewise */

/* ---- what is under way */

static bool has_file(const struct vcs_git *g, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s%s", git_repository_path(g->repo), name);

	return access(path, F_OK) == 0;
}

static enum vcs_operation operation_of(const struct vcs_git *g)
{
	switch (git_repository_state(g->repo)) {
	case GIT_REPOSITORY_STATE_MERGE:
		return VCS_MERGE;
	case GIT_REPOSITORY_STATE_REVERT:
	case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
		return VCS_REVERT;
	case GIT_REPOSITORY_STATE_CHERRYPICK:
	case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
		return VCS_CHERRY_PICK;
	case GIT_REPOSITORY_STATE_REBASE:
	case GIT_REPOSITORY_STATE_REBASE_INTERACTIVE:
	case GIT_REPOSITORY_STATE_REBASE_MERGE:
		return VCS_REBASE;
	case GIT_REPOSITORY_STATE_APPLY_MAILBOX:
	case GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE:
		return VCS_AM;
	default:
		return has_file(g, "SQUASH_MSG") ? VCS_MERGE_SQUASH : VCS_IDLE;
	}
}

static void add_head(const git_oid *oid, struct vcs_ids *to)
{
	struct vcs_id id;

	vcs_git_to_id(&id, oid);
	vcs_ids_add(to, &id);
}

/*
 * A commit a line, several for an octopus. libgit2 would refuse the file that "git rebase
 * --rebase-merges" writes, for its last line has no end.
 */
static int find_merge_heads(struct vcs_ids *out, struct vcs_git *g, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%sMERGE_HEAD", git_repository_path(g->repo));
	AUTO_STR text = {.max = MERGE_HEAD_MAX};
	struct error why = {0};
	struct view rest, line;
	git_oid oid;

	int rc = fs_read(&text, AT_FDCWD, path, MERGE_HEAD_MAX, &why);
	if (rc == E_NOTFOUND)
		return 0;
	if (rc < 0)
		return fail(err, rc, "could not read MERGE_HEAD: %s", why.msg);
	rest = str_view(&text);
	while (view_line(&rest, &line)) {
		line = view_trim(line);
		if (line.len != GIT_OID_HEXSZ || git_oid_fromstrn(&oid, line.ptr, line.len) < 0)
			return fail(err, E_IO, "could not read MERGE_HEAD: a line names no commit");
		add_head(&oid, out);
	}
	return 0;
}

static int find_named(struct vcs_ids *out, struct vcs_git *g, const char *name, struct error *err)
{
	git_oid oid;
	int code = git_reference_name_to_id(&oid, g->repo, name);

	if (code == 0)
		add_head(&oid, out);
	else if (code != GIT_ENOTFOUND)
		return vcs_git_fail(err, E_IO, "could not read a reference of Git");
	return 0;
}

int vcs_git_under_way(enum vcs_operation *out, struct vcs_ids *heads, struct vcs *v,
		      struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);

	*out = VCS_IDLE;
	int rc = vcs_git_need(g, err);
	if (rc < 0)
		return rc;
	*out = operation_of(g);
	if (*out == VCS_MERGE || *out == VCS_REBASE)
		rc = find_merge_heads(heads, g, err);
	if (*out == VCS_REBASE && heads->len)
		*out = VCS_REBASE_MERGE;
	if (rc == 0 && *out == VCS_REBASE)
		rc = find_named(heads, g, "REBASE_HEAD", err);
	if (rc == 0 && *out == VCS_CHERRY_PICK)
		rc = find_named(heads, g, "CHERRY_PICK_HEAD", err);
	if (rc == 0 && *out == VCS_REVERT)
		rc = find_named(heads, g, "REVERT_HEAD", err);
	return rc;
}

int vcs_git_rebase_onto(struct vcs_id *out, struct vcs *v, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	AUTO_STR text = {.max = ONTO_MAX};
	struct error why = {0};
	git_oid oid;

	*out = (struct vcs_id){0};
	int rc = vcs_git_need(g, err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *path = xasprintf("%srebase-merge/onto", git_repository_path(g->repo));
	rc = fs_read(&text, AT_FDCWD, path, ONTO_MAX, &why);
	if (rc < 0)
		return fail(err, rc, "could not read Git's rebase-merge/onto: %s", why.msg);
	struct view line = view_trim(str_view(&text));
	if (line.len != GIT_OID_HEXSZ || git_oid_fromstrn(&oid, line.ptr, line.len) < 0)
		return fail(err, E_IO, "could not read Git's rebase-merge/onto: no commit");
	vcs_git_to_id(out, &oid);
	return 0;
}

int vcs_git_patch(struct str *out, struct vcs *v, size_t max, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	struct error why = {0};

	int rc = vcs_git_need(g, err);
	if (rc < 0)
		return rc;
	AUTO_FREE char *path = xasprintf("%srebase-apply/patch", git_repository_path(g->repo));
	rc = fs_read(out, AT_FDCWD, path, max, &why);
	return rc < 0 ? fail(err, rc, "could not read Git's rebase-apply/patch: %s", why.msg) : 0;
}

/* ---- staging */

static int fail_stage(struct error *err, int code, const char *path)
{
	AUTO_STR safe = {0};

	if (code == GIT_ELOCKED) {
		int rc = fail(err, E_LOCKED, "another git command is changing the index");
		hint(err, "Run the command again when it is done; if none is running, remove what "
			  "one left behind: \"index.lock\" in the folder that \"git rev-parse "
			  "--git-dir\" prints.");
		return rc;
	}
	str_put_safe(&safe, view_of(path ? path : "the index"));
	int rc = vcs_git_fail(err, E_IO, "could not write to the Git index");
	error_prefix(err, "%s", str_cstr(&safe));
	return rc;
}

static const git_index_entry *present_entry(git_index *index, const char *path)
{
	const git_index_entry *e = git_index_get_bypath(index, path, 0);

	for (int stage = GIT_INDEX_STAGE_OURS; !e && stage <= GIT_INDEX_STAGE_THEIRS; stage++)
		e = git_index_get_bypath(index, path, stage);
	return e;
}

static bool in_conflict(git_index *index, const char *path)
{
	for (int stage = GIT_INDEX_STAGE_ANCESTOR; stage <= GIT_INDEX_STAGE_THEIRS; stage++)
		if (git_index_get_bypath(index, path, stage))
			return true;
	return false;
}

static int mode_of(const git_index_entry *e)
{
	return e ? (int)e->mode : 0;
}

/* As git does, what was in conflict is kept beside, for "git checkout --merge". */
static int settle(git_index *index, const char *path)
{
	const git_index_entry *base = NULL, *ours = NULL, *theirs = NULL;

	int code = git_index_conflict_get(&base, &ours, &theirs, index, path);
	if (code == 0)
		code = git_index_reuc_add(index, path, mode_of(base), base ? &base->id : NULL,
					  mode_of(ours), ours ? &ours->id : NULL, mode_of(theirs),
					  theirs ? &theirs->id : NULL);
	return code < 0 ? code : git_index_conflict_remove(index, path);
}

static int unstage(bool *changed, git_index *index, const char *path)
{
	bool conflict = in_conflict(index, path);
	int code = conflict ? settle(index, path) : 0;

	if (code == 0 && git_index_get_bypath(index, path, 0)) {
		code = git_index_remove(index, path, 0);
		conflict = true;
	}
	*changed = *changed || conflict;
	return code;
}

static int object_of(git_oid *out, struct vcs_git *g, const struct vcs_staged *f)
{
	if (f->id.len) {
		vcs_git_to_oid(out, &f->id);
		return 0;
	}
	if (fault_here())
		return GIT_ERROR;
	return git_blob_create_from_buffer(out, g->repo, f->text.ptr ? f->text.ptr : "",
					   f->text.len);
}

/*
 * Tells git that the file on disk is the one that is staged, as "git add" does: without it "git
 * merge --abort" would take the file for one that was changed since.
 */
static void take_stat(git_index_entry *entry, struct vcs_git *g)
{
	struct stat st;
	git_oid oid;

	if (!g->top)
		return;
	AUTO_FREE char *file = xasprintf("%s/%s", g->top, entry->path);
	if (lstat(file, &st) < 0 || !S_ISREG(st.st_mode) ||
	    git_repository_hashfile(&oid, g->repo, file, GIT_OBJECT_BLOB, entry->path) < 0 ||
	    !git_oid_equal(&oid, &entry->id))
		return;
	entry->ctime = (git_index_time){.seconds = (int32_t)st.st_ctim.tv_sec,
					.nanoseconds = (uint32_t)st.st_ctim.tv_nsec};
	entry->mtime = (git_index_time){.seconds = (int32_t)st.st_mtim.tv_sec,
					.nanoseconds = (uint32_t)st.st_mtim.tv_nsec};
	entry->dev = (uint32_t)st.st_dev;
	entry->ino = (uint32_t)st.st_ino;
	entry->uid = st.st_uid;
	entry->gid = st.st_gid;
	entry->file_size = (uint32_t)st.st_size;
}

static bool is_time(const git_index_time *a, const git_index_time *b)
{
	return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

static int refresh(bool *changed, struct vcs_git *g, git_index *index, const git_index_entry *is)
{
	AUTO_FREE char *path = xstrdup(is->path); /* libgit2 may free the entry as it takes ours */
	git_index_entry now = *is;

	now.path = path;
	take_stat(&now, g);
	if (is_time(&now.mtime, &is->mtime) && is_time(&now.ctime, &is->ctime) &&
	    now.ino == is->ino && now.file_size == is->file_size)
		return 0;
	*changed = true;
	return git_index_add(index, &now);
}

/*
 * What stands there without conflict and with these bytes already stays, but for what it knows of
 * the file on disk.
 */
static int stage_one(bool *changed, struct vcs_git *g, git_index *index, const char *path,
		     const struct vcs_staged *f)
{
	git_index_entry entry = {.mode = GIT_FILEMODE_BLOB, .path = path};
	const git_index_entry *is = present_entry(index, path);

	int code = object_of(&entry.id, g, f);
	if (code < 0)
		return code;
	if (is && (is->mode == GIT_FILEMODE_BLOB || is->mode == GIT_FILEMODE_BLOB_EXECUTABLE))
		entry.mode = is->mode;
	bool conflict = in_conflict(index, path);
	if (is && !conflict && is->mode == entry.mode && git_oid_equal(&is->id, &entry.id) &&
	    !(is->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD))
		return refresh(changed, g, index, is);
	*changed = true;
	take_stat(&entry, g);
	code = conflict ? settle(index, path) : 0;
	return code < 0 ? code : git_index_add(index, &entry);
}

/*
 * libgit2 takes the lock, writes a new file and moves it into place. What is in memory is read
 * again before, if the file has changed: another command's work must not be undone.
 */
int vcs_git_stage(struct vcs *v, const struct vcs_staged *files, size_t count, struct error *err)
{
	struct vcs_git *g = vcs_git_of(v);
	git_index *index = NULL;
	bool changed = false;
	int code = 0;

	int rc = vcs_git_need(g, err);
	if (rc == 0)
		rc = vcs_git_index(&index, g, err);
	if (rc < 0)
		return rc;
	if (git_index_read(index, 0) < 0)
		return vcs_git_fail(err, E_IO, "could not read the Git index");
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *path = vcs_git_path(g, files[i].path);
		code = files[i].remove ? unstage(&changed, index, path)
				       : stage_one(&changed, g, index, path, &files[i]);
		if (code < 0)
			return fail_stage(err, code, files[i].path);
	}
	if (!changed)
		return 0;
	code = fault_here() ? GIT_ERROR : git_index_write(index);
	return code < 0 ? fail_stage(err, code, NULL) : 0;
}
