/* xata rebase: puts local-only records on top of the history of a branch or a Git revision. */
#include <stdlib.h>

#include "base/alloc.h"
#include "project/merge_projects.h"
#include "sync/news.h"
#include "xata/commands.h"
#include "xata/conflicts.h"
#include "xata/prefix.h"
#include "xata/report.h"
#include "xata/revision.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"onto", 0, "REV", "take the ledger in this Git revision as the new ground"},
	{"accept-sql", 0, NULL, "go on where raw SQL makes conflicts undecidable"},
	{"dry-run", 'n', NULL, "only show what would be done"},
	{0},
};

struct rebasing {
	struct invocation *inv;
	struct workdir *w;
	bool dry_run;
	char *branch;	    /* NULL with --onto */
	char *ground;	    /* for messages: what is rebased onto */
	struct vcs_id onto; /* the commit of --onto */
	char *onto_folder;  /* the project's there, where that is another one; else NULL */
	bool onto_lacks;    /* it has none of it */
	struct local_side local;
	struct comparison c;
	struct records theirs; /* the news, when there is something to plan */
	struct records ours;   /* the local-only records as they are */
	struct rebase_plan plan;
	size_t still; /* leading records of the plan that stay as and where they are */
	char *backup;
};

static void rebasing_release(struct rebasing *r)
{
	free(r->branch);
	free(r->ground);
	free(r->onto_folder);
	local_side_release(&r->local);
	comparison_release(&r->c);
	records_release(&r->theirs);
	records_release(&r->ours);
	rebase_plan_release(&r->plan);
	free(r->backup);
}
AUTO_VALUE_DEFINE(rebasing)

/* ---- both sides */

static int open_workdir(struct rebasing *r, struct error *err)
{
	return session_workdir_unread(&r->w, r->inv, r->dry_run ? WORKDIR_READ : WORKDIR_WRITE,
				      err);
}

static int compare_with_branch(struct rebasing *r, struct error *err)
{
	struct invocation *inv = r->inv;
	enum branch_source how;
	struct api *api = NULL;

	int rc = session_branch(&r->branch, &how, inv, args_word(&inv->args, 0), err);
	if (rc == 0)
		rc = open_workdir(r, err);
	if (rc == 0)
		rc = session_local(&r->local, inv, r->branch, err);
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	r->ground = xasprintf("branch \"%s\"", r->branch);
	struct endpoint *e = api_endpoint(api, r->branch);
	rc = compare_contents_apart(&r->c, &r->local.view, e, err);
	e->ops->close(e);
	return rc;
}

/* The records of another project would be put before those that are here. */
static int check_same(const struct rebasing *r, struct snapshot *revision,
		      const struct vcs_place *place, struct error *err)
{
	static const struct vcs_place files = {.where = VCS_FILES};
	struct vcs *git = revision->vcs;
	AUTO_VALUE(vcs_entries) here = {0};
	struct vcs_id head;
	struct error unborn = {0};

	if (r->c.common || r->local.view.history->len == 0 || revision->entries.len == 0)
		return 0;
	bool born = git->ops->find(&head, git, "HEAD", &unborn) == 0;
	const struct merge_records now = {"the working tree", &files, &here, born ? &head : NULL};
	const struct merge_records before = {r->ground, place, &revision->entries, NULL};
	int rc = git->ops->list(&here, git, &files, ".xata/migrations", err);
	return rc < 0 ? rc : merge_check_same(git, &now, &before, err);
}

/* In the middle of a merge the files may be both sides', and what is whose only the index knows. */
static int check_settled(struct vcs *git, struct error *err)
{
	static const struct vcs_place index = {.where = VCS_INDEX};
	AUTO_VALUE(vcs_entries) entries = {0};
	int rc = git->ops->list(&entries, git, &index, ".xata/migrations", err);

	for (size_t i = 0; rc == 0 && i < entries.len; i++) {
		if (!entries.items[i].conflicted)
			continue;
		rc = fail(err, E_CONFLICT, "\".xata/migrations/%s\" is in conflict",
			  entries.items[i].name);
		hint(err, "Settle that first: run \"xata resolve\", or give up what Git has under "
			  "way.");
	}
	return rc;
}

static int compare_with_revision(struct rebasing *r, const char *rev, struct error *err)
{
	static const struct vcs_place files = {.where = VCS_FILES};
	AUTO_VALUE(snapshot) revision = {0};
	struct vcs_place place = {.where = VCS_COMMIT};
	struct vcs *git;

	if (args_word(&r->inv->args, 0))
		return fail(err, E_USAGE, "a branch and --onto cannot be given together");
	int rc = session_vcs(&git, r->inv, err);
	if (rc == 0)
		rc = git->ops->find(&place.commit, git, rev, err);
	if (rc == 0)
		rc = check_settled(git, err);
	if (rc == 0)
		rc = merge_follow_folder(&r->onto_folder, git, &files, &place.commit, err);
	place.project = r->onto_folder;
	if (rc == 0)
		rc = snapshot_open(&revision, git, &place, err);
	if (rc == 0)
		rc = open_workdir(r, err);
	if (rc == 0)
		rc = session_local_alone(&r->local, r->inv, err);
	if (rc < 0)
		return rc;
	r->onto = place.commit;
	r->onto_lacks = revision.entries.len == 0;
	r->ground = xstrdup(rev);
	rc = compare_revision(&r->c, &r->local.view, &revision, rev, err);
	return rc < 0 ? rc : check_same(r, &revision, &place, err);
}

static int put_sides(const struct rebasing *r, struct error *err)
{
	struct output *o = &r->inv->out;
	char hex[VCS_HEX_MAX + 1];

	vcs_id_hex(hex, &r->onto);
	put_text(o, "branch", r->branch);
	put_text(o, "onto", *hex ? hex : NULL);
	put_text(o, "ontoFolder", r->onto_folder);
	if (r->onto_folder)
		say(o, "The project was renamed: it is in %s in %s.",
		    *r->onto_folder ? r->onto_folder : "the top folder", r->ground);
	return report_comparison(o, &r->c, &r->local.view, err);
}

/* ---- deciding */

/*
 * Whether what is local only stands on what is common already, in a chain of its own. Whatever is
 * wrong with it comes out when it is planned.
 */
static bool stands_right(const struct rebasing *r)
{
	AUTO_VALUE(push_plan) plan = {0};
	struct comparison c = {
		.relation = RELATION_AHEAD, .format = r->c.format, .common = r->c.common};
	struct error ignored = {0};

	if (c.format == RECORD_NONE)
		c.format = r->local.history.format;
	return push_plan(&plan, &c, &r->local.view, &ignored) == 0;
}

/* Records that would get the same bytes in the same place: only behind news nothing stays. */
static size_t count_still(const struct rebasing *r)
{
	const struct records *records = &r->plan.records;
	size_t n = 0;

	while (r->c.news.len == 0 && n < records->len &&
	       str_eq(record_name(records->items[n]), record_name(r->ours.items[n])) &&
	       str_eq(record_checksum(records->items[n]), record_checksum(r->ours.items[n])))
		n++;
	return n;
}

static int plan(struct rebasing *r, struct error *err)
{
	AUTO_VALUE(prefix) prefix = {0};
	bool accept_sql = args_flag(&r->inv->args, "accept-sql");

	int rc = prefix_read(&prefix, r->w, r->c.common, err);
	if (rc == 0)
		rc = local_only_read(&r->ours, r->w, r->c.common, err);
	if (rc == 0)
		rc = news_records(&r->theirs, &r->c.news, err);
	if (rc < 0)
		return rc;
	struct rebase_input in = {
		.base = prefix.base,
		.theirs = &r->theirs,
		.ours = &r->ours,
		.options = {.accept_sql = accept_sql},
	};
	rc = rebase_plan(&r->plan, &in, err);
	if (rc == 0)
		r->still = count_still(r);
	return rc;
}

/* ---- doing */

static int apply(struct rebasing *r, struct error *err)
{
	AUTO_VALUE(strs) remove = {0};
	struct records *all = &r->plan.records;
	struct records add = {.items = all->items + r->still, .len = all->len - r->still};
	struct workdir_change change = {
		.command = "rebase",
		.add_files = &r->c.news,
		.add = &add, /* borrows */
		.remove = &remove,
	};

	for (size_t i = r->still; i < r->ours.len; i++)
		strs_add(&remove, record_name(r->ours.items[i]));
	return workdir_apply(&r->backup, r->w, &change, err);
}

/* ---- saying */

static int put_result(const struct rebasing *r, struct error *err)
{
	struct output *o = &r->inv->out;
	json_t *pulled = NULL, *rebased = NULL, *already = NULL;

	if (!o->json)
		return 0;
	int rc = news_to_json(&pulled, &r->c.news, err);
	if (rc < 0)
		return rc;
	rebased = json_array();
	already = json_array();
	for (size_t i = r->still; i < r->plan.records.len; i++)
		json_array_append_new(rebased, json_pack("{s:s, s:o}", "from",
							 r->plan.old_names.items[i], "record",
							 record_to_json(r->plan.records.items[i])));
	for (size_t i = 0; i < r->plan.already.len; i++)
		json_array_append_new(already, json_string(r->plan.already.items[i]));
	json_put(o->doc, "pulled", pulled);
	json_put(o->doc, "rebased", rebased);
	json_put(o->doc, "already", already);
	put_text(o, "backup", r->backup);
	return 0;
}

static int say_lists(const struct rebasing *r, struct error *err)
{
	struct output *o = &r->inv->out;
	int rc = report_news_lines(o, "  + ", COLOR_GREEN, &r->c.news, err);

	for (size_t i = 0; i < r->plan.already.len; i++)
		say(o, "  = %s  is there already", r->plan.already.items[i]);
	for (size_t i = r->still; i < r->plan.records.len; i++)
		report_record_line(o, "  * ", COLOR_YELLOW, r->plan.records.items[i]);
	return rc;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static int say_result(const struct rebasing *r, struct error *err)
{
	const struct output *o = &r->inv->out;
	size_t news = r->c.news.len, moved = r->plan.records.len - r->still;
	const char *took = r->dry_run ? "Would take" : "Took";

	int rc = say_lists(r, err);
	if (news == 0)
		say(o, "%s %zu local-only record%s into the right chain behind %s.",
		    r->dry_run ? "Would put" : "Put", moved, plural(moved), r->ground);
	else if (moved)
		say(o, "%s %zu migration%s from %s and put %zu local-only record%s behind.", took,
		    news, plural(news), r->ground, moved, plural(moved));
	else
		say(o, "%s %zu migration%s from %s; nothing %s only here.", took, news,
		    plural(news), r->ground, r->ours.len ? "is" : "was");
	if (r->backup)
		say(o, "The records as they were are in %s/.", r->backup);
	return rc;
}

static void say_nothing_to_do(const struct rebasing *r)
{
	const struct output *o = &r->inv->out;
	size_t here = r->local.history.len - r->c.common;

	if (r->onto_lacks)
		say(o, "Nothing to do: %s has no migrations of this project.", r->ground);
	else if (here)
		say(o, "Nothing to do: what is only here (%zu) stands on top of %s already.", here,
		    r->ground);
	else
		say(o, "Nothing to do: %s has nothing new, and nothing is only here.", r->ground);
}

/* ---- */

static int compare_sides(struct rebasing *r, struct error *err)
{
	const char *rev = args_value(&r->inv->args, "onto");
	struct project *p;

	int rc = session_project(&p, r->inv, err);
	if (rc < 0)
		return rc;
	rc = rev ? compare_with_revision(r, rev, err) : compare_with_branch(r, err);
	if (rc == 0)
		rc = put_sides(r, err);
	if (rc < 0)
		return rc;
	note_unfinished(&r->inv->out, &r->c);
	return 0;
}

/* What a branch sent was checked when it came; what a revision has, is by being planned. */
static bool needs_plan(const struct rebasing *r)
{
	switch (r->c.relation) {
	case RELATION_EQUAL:
		return false;
	case RELATION_AHEAD:
		return !stands_right(r);
	case RELATION_BEHIND:
		return !r->branch;
	case RELATION_DIVERGED:
		break;
	}
	return true;
}

/* Records that move, and that another branch was seen to have otherwise than they will be. */
static int warn_seen(struct rebasing *r, struct error *err)
{
	const struct records *result[] = {&r->theirs, &r->plan.records};
	AUTO_VALUE(history) then = {0};

	int rc = history_load(&r->local.history, err);
	for (size_t i = 0; i < ARRAY_LEN(result); i++)
		for (size_t n = 0; n < result[i]->len; n++)
			history_add(&then, result[i]->items[n]);
	if (rc == 0)
		session_warn_seen(r->inv, &r->local.history, r->c.common + r->still, &then,
				  r->branch);
	return rc;
}

static int carry_out(struct rebasing *r, struct error *err)
{
	struct output *o = &r->inv->out;
	int rc = needs_plan(r) ? plan(r, err) : 0;

	if (rc < 0)
		return rc;
	report_conflicts(o, &r->plan.conflicts);
	rc = conflicts_check(&r->plan.conflicts, err);
	if (rc < 0) {
		say(o, "Nothing was changed.");
		return rc;
	}
	bool nothing = r->c.news.len == 0 && r->still == r->ours.len;
	if (r->still < r->ours.len)
		rc = warn_seen(r, err);
	if (rc == 0 && !nothing && !r->dry_run)
		rc = apply(r, err);
	if (rc < 0)
		return rc;
	if (r->branch && !r->dry_run)
		session_remember(r->inv, r->branch, r->c.head.id, r->c.head.checksum);
	rc = put_result(r, err);
	if (nothing)
		say_nothing_to_do(r);
	else if (rc == 0)
		rc = say_result(r, err);
	return rc;
}

/*
 * --json: {"branch": name or null, "onto": commit or null, "ontoFolder": where that has
 * the project, if elsewhere, or null, what report_comparison() and
 * report_conflicts() set, "pulled": [records], "rebased": [{"from": name, "record"}], "already":
 * [names], "backup": folder or null}.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(rebasing) r = {.inv = inv, .dry_run = args_flag(&inv->args, "dry-run")};

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = compare_sides(&r, err);
	return rc < 0 ? rc : carry_out(&r, err);
}

const struct command cmd_rebase = {
	.name = "rebase",
	.args = "[<branch>]",
	.summary = "put local-only migrations on top of the branch's history",
	.description =
		"Takes what the branch has and the project lacks, and puts the local-only\n"
		"records behind it: each gets its new parent and checksum, v1 records a new\n"
		"file name with it. All or nothing; the records as they were move to\n"
		".xata/backup/. Where the two sides do not go together, each conflict is listed,\n"
		"nothing is changed and the status is 4. With --onto no endpoint is asked.",
	.options = options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.run = run,
};
