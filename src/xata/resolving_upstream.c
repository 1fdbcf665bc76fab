/* Which side of a merge is upstream: told, known from the operation, or asked of the branch. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "xata/resolving.h"

#include "base/banned.h"

const char *resolving_side_name(const struct resolving *r, size_t side)
{
	if (side == 0)
		return "ours";
	return r->sides.len == 2 ? "theirs" : r->sides.items[side].name;
}

static int choose(struct resolving *r, size_t side, const char *reason, char *why)
{
	r->upstream = side;
	r->reason = reason;
	free(r->why);
	r->why = why;
	return 0;
}

/* Of patches and of "git cherry-pick -n" Git keeps no commit: the index has all that there is. */
static bool has_texts_only(const struct resolving *r)
{
	return r->operation == VCS_AM || (r->operation == VCS_IDLE && !r->stash.len);
}

/* Reads the sides with one of them first; what was read before is freed. */
static int read_with(struct resolving *r, size_t first, struct error *err)
{
	struct merge_version sides[RESOLVING_VERSIONS];
	size_t n = 0;

	sides[n++] = r->sides.items[first];
	for (size_t i = 0; i < r->sides.len; i++)
		if (i != first)
			sides[n++] = r->sides.items[i];
	struct merge_request request = {
		.texts_only = has_texts_only(r) && first == 0,
		.sides = sides,
		.side_count = n,
		.bases = r->bases.items,
		.base_count = r->bases.len,
		.spare = r->spare.items,
		.spare_count = r->spare.len,
		.files = r->operation == VCS_IDLE ? workdir_source(r->inv->workdir) : NULL,
		.options = {.accept_sql = args_flag(&r->inv->args, "accept-sql")},
		.read_common = MERGE_READ_SOME,
	};
	merge_sides_free(r->read);
	r->read = NULL;
	return merge_sides_read(&r->read, r->git, &request, err);
}

/* ---- what the sides themselves tell */

/* The only side that has records behind the common ones; SIZE_MAX: several have. */
static size_t only_with_news(const struct resolving *r)
{
	size_t found = 0, with = 0;

	for (size_t i = 0; i < r->sides.len; i++)
		if (merge_sides_records(r->read, i)->len) {
			found = i;
			with++;
		}
	return with <= 1 ? found : (size_t)-1;
}

/* Whether all sides have the same records in the same order, in whatever form. */
static bool all_alike(const struct resolving *r)
{
	const struct records *a = merge_sides_records(r->read, 0);

	for (size_t i = 1; i < r->sides.len; i++) {
		const struct records *b = merge_sides_records(r->read, i);
		if (a->len != b->len)
			return false;
		for (size_t j = 0; j < a->len; j++)
			if (!str_eq(record_id(a->items[j]), record_id(b->items[j])))
				return false;
	}
	return true;
}

/* ---- what the branch tells */

struct side_reader {
	const struct resolving *r;
	size_t side;
};

static int read_of_side(struct record **out, void *ctx, const char *name, struct error *err)
{
	const struct side_reader *reader = ctx;

	return merge_sides_record(out, reader->r->read, reader->side, name, err);
}

/* How many records of a side, behind those that all have, the branch has too. */
static int count_on_branch(size_t *out, const struct resolving *r, size_t side, struct endpoint *e,
			   struct error *err)
{
	struct side_reader reader = {.r = r, .side = side};
	AUTO_VALUE(history) history = {0};
	AUTO_VALUE(comparison) c = {0};
	size_t common = merge_sides_common(r->read);

	history_from_ledger(&history, merge_sides_names(r->read, side));
	struct local_history local = {.history = &history, .record = read_of_side, .ctx = &reader};
	int rc = compare(&c, &local, e, err);
	*out = rc == 0 && c.common > common ? c.common - common : 0;
	return rc;
}

/* *side is the one that the branch has the most of; false when none stands out. */
static int ask_endpoint(bool *told, size_t *side, const struct resolving *r, struct endpoint *e,
			struct error *err)
{
	size_t most = 0;

	*told = false;
	for (size_t i = 0; i < r->sides.len; i++) {
		size_t n = 0;
		int rc = count_on_branch(&n, r, i, e, err);
		if (rc < 0)
			return rc;
		if (n == most)
			*told = false;
		if (n <= most)
			continue;
		most = n;
		*side = i;
		*told = true;
	}
	return 0;
}

/* err of the caller is for what ends the command; that the branch cannot be asked does not. */
static void ask_branch(struct resolving *r, bool *told, char **why_not)
{
	AUTO_FREE char *branch = NULL;
	enum branch_source how;
	struct error own = {0};
	struct api *api = NULL;
	size_t side = 0;

	*told = false;
	int rc = session_branch(&branch, &how, r->inv, args_word(&r->inv->args, 0), &own);
	if (rc == 0)
		rc = session_api(&api, r->inv, SESSION_DATABASE, &own);
	if (rc == 0) {
		struct endpoint *e = api_endpoint(api, branch);
		rc = ask_endpoint(told, &side, r, e, &own);
		e->ops->close(e);
	}
	if (rc < 0)
		*why_not = xasprintf("the branch cannot be asked: %s", own.msg);
	else if (!*told)
		*why_not = xasprintf("branch \"%s\" has the new records of neither", branch);
	else
		choose(r, side, "branch", xasprintf("branch \"%s\" has its records", branch));
}

static int fail_untold(const char *why_not, struct error *err)
{
	int rc = fail(err, E_USAGE, "cannot tell which side of the merge is upstream: %s", why_not);

	hint(err,
	     "Say whose records go first: --upstream ours (those of HEAD) or --upstream theirs "
	     "(those that are merged in); what a database has already must be first.");
	return rc;
}

static int choose_of_merge(struct resolving *r, struct error *err)
{
	AUTO_FREE char *why_not = NULL;
	size_t only = only_with_news(r);
	bool told = false;

	if (only != (size_t)-1)
		return choose(r, only, "only_side", xstrdup("only it has new records"));
	if (all_alike(r))
		return choose(r, 0, "alike", xstrdup("all sides have the same records"));
	ask_branch(r, &told, &why_not);
	return told ? 0 : fail_untold(why_not, err);
}

/* ---- */

static int choose_told(struct resolving *r, const char *upstream, struct error *err)
{
	if (str_eq(upstream, "ours"))
		return choose(r, 0, "option", xstrdup("--upstream says so"));
	if (r->sides.len == 2)
		return choose(r, 1, "option", xstrdup("--upstream says so"));
	int rc = fail(err, E_USAGE, "--upstream theirs names no one side: %zu are merged",
		      r->sides.len - 1);
	hint(err, "Say --upstream ours, or merge one branch after the other.");
	return rc;
}

/* ---- a merge that a rebase makes anew */

/* Whether a commit is another, or has it among its ancestors; false where that cannot be told. */
static int stands_on(bool *out, const struct resolving *r, const struct vcs_id *commit,
		     const struct vcs_id *other, struct error *err)
{
	AUTO_VALUE(vcs_ids) bases = {0};
	struct error why = {0};

	*out = false;
	int rc = r->git->ops->merge_bases(&bases, r->git, commit, other, &why);
	if (rc < 0 && rc != E_NOTFOUND) {
		*err = why;
		return rc;
	}
	*out = rc == 0 && bases.len == 1 && vcs_id_eq(&bases.items[0], other);
	return 0;
}

/*
 * What the rebase goes onto is upstream, and the side that stands on it. Where HEAD does, what is
 * merged may be one more line of what is rebased. *told is false where no one side does: the topic
 * stays on what it began with, and what it merges is older than what the rebase goes onto.
 */
static int choose_by_onto(bool *told, struct resolving *r, struct error *err)
{
	size_t found = 0, count = 0;
	struct vcs_id onto;

	int rc = r->git->ops->rebase_onto(&onto, r->git, err);
	for (size_t i = 0; rc == 0 && i < r->sides.len && i <= r->heads.len; i++) {
		bool stands = false;
		rc = stands_on(&stands, r, i ? &r->heads.items[i - 1] : &r->head, &onto, err);
		if (stands && count++ == 0)
			found = i;
	}
	*told = rc == 0 && count && (count == 1 || found == 0);
	if (*told)
		choose(r, found, "operation",
		       xstrdup(found ? "it stands on what the rebase goes onto, and HEAD does not"
				     : "HEAD stands on what the rebase goes onto"));
	return rc;
}

int resolving_choose(struct resolving *r, struct error *err)
{
	const char *upstream = args_value(&r->inv->args, "upstream");
	bool told = r->operation != VCS_MERGE && r->operation != VCS_MERGE_SQUASH;
	int rc = 0;

	if (upstream) {
		told = true;
		rc = choose_told(r, upstream, err);
	} else if (r->operation == VCS_REBASE_MERGE) {
		rc = choose_by_onto(&told, r, err);
	} else if (told) {
		choose(r, 0, "operation", xstrdup("what is applied goes on top of HEAD"));
	}
	if (rc == 0)
		rc = read_with(r, r->upstream, err);
	if (rc == 0 && !told)
		rc = choose_of_merge(r, err);
	if (rc == 0 && r->upstream != 0 && !upstream)
		rc = read_with(r, r->upstream, err);
	return rc;
}
