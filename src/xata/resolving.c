/* What is in conflict in Git, and where its sides are. */
#include "xata/resolving.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/merge_projects.h"
#include "project/snapshot.h"
#include "xata/report.h"

#include "base/banned.h"

#define STASHES_MAX 100
#define SHORT_HASH 10 /* digits of a commit in messages */

void resolving_release(struct resolving *r)
{
	vcs_ids_release(&r->heads);
	vcs_entries_release(&r->was);
	strs_release(&r->names);
	strs_release(&r->former);
	findings_release(&r->found);
	free(r->why);
	merge_sides_free(r->read);
}

/* What git calls an operation, by its kind. */
static const struct {
	const char *name;
	const char *theirs; /* what its other side is called in messages */
	const char *undo;   /* the command that goes back to before it */
} operations[] = {
	[VCS_IDLE] = {"none", "theirs (what is applied)", "git reset --hard"},
	[VCS_MERGE] = {"merge", "theirs (MERGE_HEAD)", "git merge --abort"},
	[VCS_MERGE_SQUASH] = {"squash_merge", "theirs (what is merged)", "git reset --hard"},
	[VCS_REBASE] = {"rebase", "theirs (REBASE_HEAD)", "git rebase --abort"},
	[VCS_REBASE_MERGE] = {"rebase", "theirs (MERGE_HEAD)", "git rebase --abort"},
	[VCS_CHERRY_PICK] = {"cherry_pick", "theirs (CHERRY_PICK_HEAD)", "git cherry-pick --abort"},
	[VCS_REVERT] = {"revert", "theirs (before REVERT_HEAD)", "git revert --abort"},
	[VCS_AM] = {"am", "theirs (the patch)", "git am --abort"},
};

const char *resolving_operation_name(enum vcs_operation operation)
{
	return operations[operation].name;
}

const char *resolving_undo(enum vcs_operation operation)
{
	return operations[operation].undo;
}

/* ---- lists of versions */

int resolving_add_version(struct resolving *r, struct versions *to, const char *name,
			  const struct vcs_place *place, struct error *err)
{
	if (to->len == ARRAY_LEN(to->items))
		return fail(err, E_LIMIT, "the merge has over %zu sides", to->len);
	strs_add(&r->names, name);
	to->items[to->len++] = (struct merge_version){.name = r->names.items[r->names.len - 1],
						      .place = *place};
	return 0;
}

static int add_index(struct resolving *r, struct versions *to, const char *name,
		     enum vcs_where where, struct error *err)
{
	struct vcs_place place = {.where = where};

	return resolving_add_version(r, to, name, &place, err);
}

static int add_commit(struct resolving *r, struct versions *to, const char *what,
		      const struct vcs_id *commit, struct error *err)
{
	struct vcs_place place = {.where = VCS_COMMIT, .commit = *commit};
	char hex[VCS_HEX_MAX + 1];

	vcs_id_hex(hex, commit);
	AUTO_FREE char *name = xasprintf("%s (%.*s)", what, SHORT_HASH, hex);
	return resolving_add_version(r, to, name, &place, err);
}

static int find_parent(struct vcs_id *out, const struct resolving *r, const struct vcs_id *commit,
		       struct error *err)
{
	char hex[VCS_HEX_MAX + 1];

	vcs_id_hex(hex, commit);
	AUTO_FREE char *text = xasprintf("%s^", hex);
	return r->git->ops->find(out, r->git, text, err);
}

static bool is_merge(enum vcs_operation operation)
{
	return operation == VCS_MERGE || operation == VCS_REBASE_MERGE;
}

static int add_merge_bases(struct resolving *r, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && r->head.len && i < r->heads.len; i++) {
		AUTO_VALUE(vcs_ids) bases = {0};
		rc = r->git->ops->merge_bases(&bases, r->git, &r->head, &r->heads.items[i], err);
		for (size_t j = 0; rc == 0 && j < bases.len; j++)
			rc = add_commit(r, &r->bases, "the merge base", &bases.items[j], err);
	}
	return rc;
}

/* ---- sides as the index has them */

/* Git keeps files that no side has any more in neither; commits do. */
static int add_spare(struct resolving *r, struct error *err)
{
	struct vcs_id found;
	struct error ignored = {0};
	int rc = r->head.len ? add_commit(r, &r->spare, "HEAD", &r->head, err) : 0;

	for (size_t i = 0; rc == 0 && i < r->heads.len; i++) {
		rc = add_commit(r, &r->spare, "a head", &r->heads.items[i], err);
		if (rc == 0 && !is_merge(r->operation) &&
		    find_parent(&found, r, &r->heads.items[i], &ignored) == 0)
			rc = add_commit(r, &r->spare, "its parent", &found, err);
	}
	return rc;
}

/*
 * Its base side may be made up by Git from several merge bases, so these are taken, too. Where the
 * ledger is not in conflict its base side is the result of the merge: no base at all.
 */
static int take_index(struct resolving *r, bool ledger, struct error *err)
{
	int rc = add_index(r, &r->sides, "ours (HEAD)", VCS_INDEX_OURS, err);

	if (rc == 0)
		rc = add_index(r, &r->sides, operations[r->operation].theirs, VCS_INDEX_THEIRS,
			       err);
	if (rc == 0 && ledger)
		rc = add_index(r, &r->bases, "the merge base", VCS_INDEX_BASE, err);
	if (rc == 0 && ledger && is_merge(r->operation))
		rc = add_merge_bases(r, err);
	if (rc == 0)
		rc = add_spare(r, err);
	return rc < 0 ? rc : resolving_add_left(r, err);
}

/* ---- sides as the commits have them */

/* The id of a version's ledger; of length 0 where it has none. */
static int ledger_id(struct vcs_id *out, const struct resolving *r, const struct vcs_place *place,
		     struct error *err)
{
	AUTO_VALUE(vcs_entries) entries = {0};
	int rc = r->git->ops->list(&entries, r->git, place, MIGRATIONS_DIR, err);
	const struct vcs_entry *e = vcs_entries_find(&entries, LEDGER_FILE);

	*out = e ? e->id : (struct vcs_id){0};
	return rc;
}

/* Of a commit that has the project of HEAD, maybe in another folder. */
static int commit_ledger_id(struct vcs_id *out, const struct resolving *r,
			    const struct vcs_id *commit, struct error *err)
{
	struct vcs_place head = {.where = VCS_COMMIT, .commit = r->head};
	struct vcs_place place = {.where = VCS_COMMIT, .commit = *commit};
	AUTO_FREE char *folder = NULL;

	int rc = ledger_id(out, r, &place, err);
	if (rc < 0 || out->len || !r->head.len)
		return rc;
	rc = merge_follow_folder(&folder, r->git, &head, commit, err);
	place.project = folder;
	return rc < 0 || !folder ? rc : ledger_id(out, r, &place, err);
}

static int fail_mainline(const struct resolving *r, const char *hex, struct error *err)
{
	int rc = fail(err, E_NOTFOUND,
		      "commit %.*s is a merge, and against which of its parents it is applied Git "
		      "does not keep",
		      SHORT_HASH, hex);

	hint(err,
	     "\"git checkout --merge -- " MIGRATIONS_DIR "/" LEDGER_FILE
	     "\" brings back a conflict that was resolved, which tells it; \"%s\" goes back.",
	     operations[r->operation].undo);
	return rc;
}

/*
 * The parent that a commit is applied against, or reverted to: of a merge the one of "-m", which is
 * known by its ledger, as that is one side of the conflict in the index.
 */
static int find_mainline(struct vcs_id *out, struct resolving *r, struct error *err)
{
	struct vcs_place side = {.where = r->operation == VCS_REVERT ? VCS_INDEX_THEIRS
								     : VCS_INDEX_BASE};
	struct vcs_id wanted = {0}, parent = {0}, has = {0};
	struct error ignored = {0};
	char hex[VCS_HEX_MAX + 1];
	int count = 0;

	vcs_id_hex(hex, &r->heads.items[0]);
	int rc = find_parent(out, r, &r->heads.items[0], err);
	if (rc == 0)
		rc = ledger_id(&wanted, r, &side, err);
	while (rc == 0 && count <= RESOLVING_VERSIONS) {
		AUTO_FREE char *text = xasprintf("%s^%d", hex, count + 1);
		if (r->git->ops->find(&parent, r->git, text, &ignored) < 0)
			return count > 1 ? fail_mainline(r, hex, err) : 0;
		count++;
		rc = commit_ledger_id(&has, r, &parent, err);
		if (rc == 0 && wanted.len && vcs_id_eq(&has, &wanted)) {
			*out = parent;
			return 0;
		}
	}
	return rc;
}

/* One commit that is applied: the change from its parent to it, or for a revert back again. */
static int take_change(struct resolving *r, struct error *err)
{
	struct vcs_id parent = {0};
	bool revert = r->operation == VCS_REVERT;

	int rc = find_mainline(&parent, r, err);
	if (rc == 0)
		rc = add_commit(r, &r->sides, "theirs", revert ? &parent : &r->heads.items[0], err);
	return rc < 0 ? rc
		      : add_commit(r, &r->bases, "the parent",
				   revert ? &r->heads.items[0] : &parent, err);
}

/* A stash's first parent is what it was made on; a third holds the files that were not tracked. */
static int take_stash(struct resolving *r, struct error *err)
{
	char hex[VCS_HEX_MAX + 1];
	struct error ignored = {0};
	struct vcs_id made_on = {0}, untracked;

	vcs_id_hex(hex, &r->stash);
	AUTO_FREE char *third = xasprintf("%s^3", hex);
	int rc = find_parent(&made_on, r, &r->stash, err);
	if (rc == 0)
		rc = add_commit(r, &r->sides, "theirs (the stash)", &r->stash, err);
	if (rc == 0)
		rc = add_commit(r, &r->bases, "what the stash was made on", &made_on, err);
	if (rc == 0 && r->git->ops->find(&untracked, r->git, third, &ignored) == 0)
		rc = add_commit(r, &r->spare, "the stash's untracked files", &untracked, err);
	return rc;
}

static int take_commits(struct resolving *r, struct error *err)
{
	int rc = add_commit(r, &r->sides, "ours", &r->head, err);

	if (rc == 0 && r->stash.len)
		return take_stash(r, err);
	if (rc == 0 && !is_merge(r->operation))
		return take_change(r, err);
	for (size_t i = 0; rc == 0 && i < r->heads.len; i++)
		rc = add_commit(r, &r->sides, "theirs", &r->heads.items[i], err);
	return rc < 0 ? rc : add_merge_bases(r, err);
}

/*
 * The stash whose ledger is the index's other side, and was made on what is its base; without one
 * there is none. One that only has the ledger of a commit that is picked without committing it
 * ("git cherry-pick -n") was not popped.
 */
static int find_stash(struct resolving *r, struct error *err)
{
	static const struct vcs_place theirs = {.where = VCS_INDEX_THEIRS};
	static const struct vcs_place base = {.where = VCS_INDEX_BASE};
	struct vcs_id wanted = {0}, wanted_base = {0}, is = {0}, was = {0}, found, made_on;
	struct error ignored = {0};

	int rc = ledger_id(&wanted, r, &theirs, err);
	if (rc == 0)
		rc = ledger_id(&wanted_base, r, &base, err);
	for (int i = 0; wanted.len && rc == 0 && !r->stash.len && i < STASHES_MAX; i++) {
		AUTO_FREE char *name = xasprintf("stash@{%d}", i);
		if (r->git->ops->find(&found, r->git, name, &ignored) < 0 ||
		    find_parent(&made_on, r, &found, &ignored) < 0)
			return 0;
		rc = commit_ledger_id(&is, r, &found, err);
		if (rc == 0)
			rc = commit_ledger_id(&was, r, &made_on, err);
		if (rc == 0 && vcs_id_eq(&is, &wanted) && vcs_id_eq(&was, &wanted_base)) {
			r->stash = found;
			r->stash_at = i;
		}
	}
	return rc;
}

/* ---- */

/*
 * Where the commits are known they tell what the sides are: where Git takes one record for another
 * one renamed, the index holds a mixture of both, and where it follows a folder that was renamed,
 * records of other commits. It is asked where they are not known (the parent of a first commit is
 * not), or have the project in a folder that cannot be followed.
 */
static int take_sides(struct resolving *r, struct error *err)
{
	const char *lacks = NULL;
	struct error missing = {0};
	int rc = r->operation == VCS_IDLE ? find_stash(r, err) : 0;

	if (rc < 0)
		return rc;
	if (r->head.len && (r->heads.len || r->stash.len)) {
		rc = take_commits(r, &missing);
		if (rc == 0)
			rc = resolving_follow_folder(&lacks, r, &missing);
		if (rc == 0 && !lacks)
			return 0;
		if (rc < 0 && rc != E_NOTFOUND) {
			*err = missing;
			return rc;
		}
		r->sides.len = r->bases.len = r->spare.len = 0;
	}
	return take_index(r, true, err);
}

/* ---- what is in conflict */

static bool any_in_conflict(const struct vcs_entries *entries)
{
	for (size_t i = 0; i < entries->len; i++)
		if (entries->items[i].conflicted)
			return true;
	return false;
}

/* Looks for what is wrong with the ledger that the index has: r->found. */
static int check_index(struct resolving *r, struct error *err)
{
	AUTO_VALUE(snapshot) now = {0};
	AUTO_VALUE(snapshot) head = {0};
	AUTO_VALUE(verify_result) result = {0};
	struct vcs_place index = {.where = VCS_INDEX};
	struct vcs_place commit = {.where = VCS_COMMIT, .commit = r->head};
	size_t unchanged;

	int rc = snapshot_open(&now, r->git, &index, err);
	if (rc == 0 && r->head.len)
		rc = snapshot_open_before(&head, r->git, &commit, &now, err);
	/*
	 * When nothing is under way, what is wrong may have been committed already; patches are,
	 * one after the other.
	 */
	bool committed = r->operation == VCS_IDLE || r->operation == VCS_AM || !r->head.len;
	struct snapshot_check check = {.base = committed ? NULL : &head};
	if (rc == 0)
		rc = snapshot_verify(&result, &r->found, &unchanged, &now, &check, err);
	return rc;
}

/* Whether what patches go on top of is not right itself; where that cannot be told it is not. */
static bool is_head_wrong(const struct resolving *r)
{
	AUTO_VALUE(snapshot) head = {0};
	AUTO_VALUE(findings) found = {0};
	AUTO_VALUE(verify_result) result = {0};
	struct vcs_place place = {.where = VCS_COMMIT, .commit = r->head};
	struct snapshot_check whole = {0};
	struct error ignored = {0};
	size_t unchanged;

	int rc = r->head.len ? snapshot_open(&head, r->git, &place, &ignored) : -1;
	if (rc == 0)
		rc = snapshot_verify(&result, &found, &unchanged, &head, &whole, &ignored);
	return rc == 0 && found.errors;
}

int resolving_fail_sides(const struct resolving *r, const struct error *why, struct error *err)
{
	bool am = r->operation == VCS_AM;
	bool patches = am || r->operation == VCS_REBASE;

	int rc = fail(err, why->code, "%s", why->msg);
	if (patches && rc == E_INVALID && is_head_wrong(r))
		hint(err,
		     "The chain of HEAD itself is broken, as where Git applied patches without "
		     "stopping. Go back with \"git %s --abort\"; after \"xata hook install\" it "
		     "stops "
		     "at each.",
		     am ? "am" : "rebase");
	hint(err, "%s", why->hint);
	return rc;
}

void resolving_say_wrong(struct str *out, const struct finding *f)
{
	if (f->kind == FIND_WRONG_CHECKSUM && ends_with(f->file, RECORD_SUFFIX))
		str_printf(out,
			   "%s: record \"%.*s\" was edited after it was made, or made behind "
			   "records that stand in another arrangement here",
			   f->file, (int)(strlen(f->file) - (sizeof RECORD_SUFFIX - 1)), f->file);
	else
		str_printf(out, "%s: %s", f->file, f->message);
}

int resolving_fail_wrong(const struct resolving *r, const struct error *why, struct error *err)
{
	const struct finding *f = r->found.items;
	AUTO_STR text = {0};

	while (f + 1 < r->found.items + r->found.len && finding_level(f->kind) != FINDING_ERROR)
		f++;
	if (why)
		str_puts(&text, why->msg);
	else
		resolving_say_wrong(&text, f);
	int rc = fail(err, E_NO,
		      "no merge is under way whose sides are known, but the ledger in the Git "
		      "index is not right: %s",
		      str_cstr(&text));
	if (r->operation == VCS_AM)
		hint(err,
		     "\"xata verify --staged\" shows all that is wrong. \"git am --abort\" goes "
		     "back, and xata-resolve(1) says how Git can stop at each patch.");
	else
		hint(err,
		     "\"xata verify --staged\" shows all that is wrong. After \"git am\", \"git "
		     "rebase\" or \"git merge\": \"git reset --keep ORIG_HEAD\" goes back to "
		     "before it, and xata-resolve(1) says how to do it again.");
	return rc;
}

static char *nothing_to_do(enum vcs_operation operation)
{
	if (operation == VCS_IDLE)
		return xstrdup("nothing is in conflict, and no merge, rebase or cherry-pick is "
			       "under way");
	return xasprintf("no migration is in conflict, and the ledger in the Git index verifies");
}

/* Where the ledger was merged as a text, the commits tell what its sides were. */
static int find_merged(struct resolving *r, char **why, struct error *err)
{
	bool conflict = any_in_conflict(&r->was);

	int rc = conflict ? 0 : resolving_check_patch(r, err);
	if (rc == 0 && !conflict)
		rc = check_index(r, err);
	if (rc < 0)
		return rc;
	if (!conflict && !r->found.errors) {
		*why = nothing_to_do(r->operation);
		return 0;
	}
	bool known = r->head.len && r->heads.len;
	const char *lacks = NULL;
	if (known)
		rc = take_commits(r, err);
	if (known && rc == 0)
		rc = resolving_follow_folder(&lacks, r, err);
	if (lacks)
		return resolving_fail_lacking(r, lacks, err);
	r->unchained = !known && !conflict;
	if (!known && conflict)
		rc = take_index(r, false, err);
	return rc < 0 ? rc : 1;
}

int resolving_find(struct resolving *r, char **why, struct error *err)
{
	static const struct vcs_place index = {.where = VCS_INDEX};

	*why = NULL;
	int rc = r->git->ops->under_way(&r->operation, &r->heads, r->git, err);
	if (rc == 0)
		rc = r->git->ops->head(&r->head, r->git, err);
	if (rc == 0)
		rc = r->git->ops->list(&r->was, r->git, &index, MIGRATIONS_DIR, err);
	if (rc < 0)
		return rc;
	const struct vcs_entry *ledger = vcs_entries_find(&r->was, LEDGER_FILE);
	if (!ledger || !ledger->conflicted)
		return find_merged(r, why, err);
	rc = take_sides(r, err);
	return rc < 0 ? rc : 1;
}
