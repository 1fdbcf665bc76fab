/* xata ci check: whether a pull request only appends, goes with its base, and what it would do. */
#include "base/alloc.h"
#include "project/commit_merge.h"
#include "project/merge_projects.h"
#include "project/merge_sides.h"
#include "xata/ci.h"
#include "xata/report.h"

static const struct opt options[] = {
	{"base", 0, "REV", "what the pull request goes to (the CI system's, or origin's main)"},
	{"head", 0, "REV", "the pull request's commit (the CI system's, or HEAD)"},
	{"strict", 0, NULL, "unsealed records and cosmetic findings count too"},
	{"accept-sql", 0, NULL, "take raw SQL not to touch what the other side does"},
	{"full", 0, NULL, "read every record, also those that both sides have"},
	{"deny-destructive", 0, NULL, "operations that cannot be taken back count too"},
	CI_PROJECT_OPTION,
	CI_FORMAT_OPTION,
	{0},
};

struct check {
	struct ci *ci;
	const char *base_name, *head_name;
	struct vcs_place base, head, start; /* start: the first merge base */
	struct vcs_ids merge_bases;
	struct merge_project project; /* where it lies; nothing when no folder is known */
	struct snapshot now, before;  /* of head, and of the first merge base */
	struct verify_result result;
	struct findings findings;
	size_t unchanged;	   /* leading records that were not read */
	bool merges;		   /* the next two tell how it goes together with the base */
	struct merge_sides *sides; /* NULL: there is nothing to bring together */
	struct resolution merged;
	size_t destructive;
};

static void check_release(struct check *k)
{
	resolution_release(&k->merged);
	merge_sides_free(k->sides);
	findings_release(&k->findings);
	verify_result_release(&k->result);
	snapshot_release(&k->before);
	snapshot_release(&k->now);
	vcs_ids_release(&k->merge_bases);
	merge_project_release(&k->project);
}
AUTO_VALUE_DEFINE(check)

/* ---- finding and reading */

static void put_commit(const struct check *k, const char *member, const struct vcs_id *id)
{
	char hex[VCS_HEX_MAX + 1] = "";

	if (id)
		vcs_id_hex(hex, id);
	put_text(&k->ci->inv->out, member, *hex ? hex : NULL);
}

static int find_commits(struct check *k, struct error *err)
{
	struct ci *c = k->ci;

	k->head_name = ci_head(c);
	int rc = ci_base(&k->base, &k->base_name, c, err);
	if (rc == 0)
		rc = ci_place(&k->head, c, k->head_name, err);
	if (rc == 0)
		rc = c->vcs->ops->merge_bases(&k->merge_bases, c->vcs, &k->base.commit,
					      &k->head.commit, err);
	if (rc < 0)
		return rc;
	put_text(&c->inv->out, "base", k->base_name);
	put_text(&c->inv->out, "head", k->head_name);
	put_commit(k, "baseCommit", &k->base.commit);
	put_commit(k, "headCommit", &k->head.commit);
	put_commit(k, "mergeBase", k->merge_bases.len ? k->merge_bases.items : NULL);
	/* Records of theirs may be the same, but nobody could merge them. */
	if (k->merge_bases.len == 0)
		return merge_fail_unrelated(k->base_name, k->head_name, err);
	k->start = (struct vcs_place){.where = VCS_COMMIT, .commit = k->merge_bases.items[0]};
	return 0;
}

/* ---- a project whose folder was renamed */

/* The pull request has renamed it, or the base has since, or both. */
static int follow_folder(struct check *k, struct error *err)
{
	const struct merge_commits commits = {&k->base.commit, &k->head.commit, &k->merge_bases};
	struct merge_project *p = &k->project;

	if (!k->ci->folder)
		return 0;
	int rc = merge_project_at(p, k->ci->vcs, &commits, k->ci->folder, err);
	if (rc < 0)
		return rc;
	k->start.project = p->before[0] ? p->before[0] : p->folder;
	k->base.project = p->base ? p->base : k->start.project;
	k->head.project = p->head ? p->head : k->start.project;
	ci_report_place(&k->ci->report, k->head.project);
	return 0;
}

/* A check of nothing must not look like one that passed. */
static int need_ledger(const struct check *k, struct error *err)
{
	AUTO_VALUE(snapshot) base = {0};

	if (k->now.entries.len || k->before.entries.len)
		return 0;
	/* It may be from before the base had one. */
	int rc = snapshot_open(&base, k->ci->vcs, &k->base, err);
	if (rc < 0 || base.entries.len)
		return rc;
	rc = fail(err, E_PROJECT, "there is no .xata/migrations in \"%s\"", k->head_name);
	hint(err, "Run it in the project's folder, or name that with --project FOLDER.");
	return rc;
}

/*
 * What the branch started from may only have been appended to, and the chain has to go on. After a
 * criss-cross there are several versions that it started from, whose records have got other names
 * on one of the sides: then the merge tells what is missing.
 */
static int verify(struct check *k, struct error *err)
{
	struct snapshot_check how = {
		.base = &k->before,
		.append_only = k->merge_bases.len == 1 ? k->base_name : NULL,
		.full = args_flag(&k->ci->inv->args, "full"),
	};

	int rc = snapshot_open(&k->now, k->ci->vcs, &k->head, err);
	if (rc == 0)
		rc = snapshot_open_before(&k->before, k->ci->vcs, &k->start, &k->now, err);
	if (!str_eq(k->base.project, k->head.project))
		k->before.former = k->base.project;
	if (rc == 0)
		rc = need_ledger(k, err);
	if (rc == 0)
		rc = snapshot_verify(&k->result, &k->findings, &k->unchanged, &k->now, &how, err);
	return rc;
}

/* Records of a merge base that the base has still and the pull request has not. */
static void find_removed(struct check *k)
{
	const struct strs *kept = &k->merged.kept;

	for (size_t i = 0; k->merge_bases.len > 1 && i < kept->len; i++) {
		AUTO_FREE char *file = xasprintf("%s.json", kept->items[i]);
		findings_add(&k->findings, FIND_BASE_REMOVED, file, 0,
			     "Merge the base again with \"xata merge\", or \"git merge\" and "
			     "\"xata resolve --upstream theirs\".",
			     "record \"%s\" of %s is gone", kept->items[i], k->base_name);
	}
}

/* The project in each merge base. */
static void find_bases(struct merge_version *out, const struct check *k)
{
	const struct merge_project *p = &k->project;

	for (size_t i = 0; i < k->merge_bases.len; i++) {
		out[i] = (struct merge_version){"the merge base", k->start};
		out[i].place.commit = k->merge_bases.items[i];
		if (i < p->ancestors && p->before[i])
			out[i].place.project = p->before[i];
	}
}

static bool is_as_before(const struct check *k)
{
	const struct vcs_entries *now = &k->now.entries, *was = &k->before.entries;

	if (now->len != was->len)
		return false;
	for (size_t i = 0; i < now->len; i++)
		if (strcmp(now->items[i].name, was->items[i].name) != 0 ||
		    !vcs_id_eq(&now->items[i].id, &was->items[i].id))
			return false;
	return true;
}

/* Whether the base has removed it since: then it goes, unless the pull request has changed it. */
static int follow_removal(bool *removed, const struct check *k, struct error *err)
{
	AUTO_VALUE(vcs_entries) base = {0};
	int rc = k->ci->vcs->ops->list(&base, k->ci->vcs, &k->base, ".xata/migrations", err);

	*removed = rc == 0 && base.len == 0 && k->before.entries.len && k->merge_bases.len == 1;
	if (!*removed || k->now.entries.len == 0 || is_as_before(k))
		return rc;
	rc = fail(err, E_CONFLICT, "the project was removed in \"%s\" and changed in \"%s\"",
		  k->base_name, k->head_name);
	hint(err, "If it shall go, remove it in \"%s\", too; if it stays, bring it back in \"%s\".",
	     k->head_name, k->base_name);
	return rc;
}

/* How it would go together with what the base has got since. */
static int merge(struct check *k, struct error *err)
{
	AUTO_FREE struct merge_version *bases = xcalloc(k->merge_bases.len, sizeof *bases);
	const struct merge_version sides[] = {{k->base_name, k->base}, {k->head_name, k->head}};
	struct merge_request request = {
		.sides = sides,
		.side_count = 2,
		.bases = bases,
		.base_count = k->merge_bases.len,
		.read_common = args_flag(&k->ci->inv->args, "full") ? MERGE_READ_ALL
								    : MERGE_READ_SOME,
		.options = {.accept_sql = args_flag(&k->ci->inv->args, "accept-sql")},
	};

	bool removed;
	int rc = follow_removal(&removed, k, err);
	k->merges = rc == 0;
	if (rc < 0 || removed)
		return rc;
	find_bases(bases, k);
	rc = merge_sides_read(&k->sides, k->ci->vcs, &request, err);
	if (rc == 0)
		rc = resolve(&k->merged, merge_sides_input(k->sides), err);
	if (rc == 0)
		find_removed(k);
	return rc;
}

/* ---- telling */

/* What a side has behind the records that both have, whatever these are formatted like. */
static struct records news_of(const struct check *k, size_t side)
{
	if (!k->sides)
		return (struct records){0};
	const struct records *all = merge_sides_records(k->sides, side);
	size_t alike = k->merged.alike;

	return (struct records){.items = all->items ? all->items + alike : NULL,
				.len = all->len - alike};
}

/* Records of the pull request that do not come to the base: it has them, or removed them. */
static void list_without(struct strs *out, const struct check *k)
{
	const struct strs *lists[] = {&k->merged.already, &k->merged.dropped};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t j = 0; j < lists[i]->len; j++)
			strs_add(out, lists[i]->items[j]);
}

static void tell_records(struct check *k)
{
	struct ci_report *r = &k->ci->report;
	AUTO_VALUE(strs) without = {0};
	const struct records ours = news_of(k, 1);

	list_without(&without, k);
	size_t n = ours.len - without.len;
	AUTO_FREE char *heading = xasprintf("%zu migration%s %s to {}%s", n, n == 1 ? "" : "s",
					    k->merged.conflicts.blocking ? "cannot be applied"
									 : "would be applied",
					    n ? ":" : ".");

	ci_report_line(r, COLOR_BOLD, n ? heading : "Nothing would be applied to {}.",
		       CI_NAMES(ci_base_called(k->ci, k->base_name)));
	k->destructive = ci_report_records(r, &ours, &without);
	if (k->destructive == 0)
		return;
	AUTO_FREE char *sum = xasprintf("%zu operation%s cannot be taken back.", k->destructive,
					k->destructive == 1 ? "" : "s");
	ci_report_line(r, COLOR_YELLOW, sum, NULL);
}

/* Both sides got records: that goes together, but not by Git alone. */
static void tell_distance(struct check *k)
{
	size_t already = k->merged.already.len, dropped = k->merged.dropped.len;
	size_t theirs = news_of(k, 0).len - already;
	size_t ours = news_of(k, 1).len - already - dropped;

	json_put(k->ci->inv->out.doc, "newInBase", json_integer((json_int_t)theirs));
	if (theirs == 0 || ours == 0 || k->merged.conflicts.blocking)
		return;
	AUTO_FREE char *text = xasprintf(
		"The base has %zu migration%s that the pull request lacks. They go together, but "
		"Git alone cannot merge the ledger: use \"xata merge\", or \"xata rebase --onto\".",
		theirs, theirs == 1 ? "" : "s");
	ci_report_note(&k->ci->report, CI_NOTICE, "diverged", text);
}

static void tell(struct check *k, bool strict)
{
	struct output *o = &k->ci->inv->out;

	ci_report_findings(&k->ci->report, &k->findings, strict);
	json_put(o->doc, "strict", json_boolean(strict));
	json_put(o->doc, "unchanged", json_integer((json_int_t)k->unchanged));
	json_put(o->doc, "verified", json_integer((json_int_t)k->result.records));
	if (!k->merges)
		return;
	ci_report_conflicts(&k->ci->report, &k->merged.conflicts);
	tell_records(k);
	tell_distance(k);
}

/* ---- the answer */

static int answer(const struct check *k, size_t bad, struct error *err)
{
	int rc = 0;

	if (bad) {
		rc = fail(err, E_NO, "the pull request has %zu finding%s", bad,
			  bad == 1 ? "" : "s");
		hint(err, "Mend each as said above and push the branch again.");
		return rc;
	}
	rc = merge_project_check(&k->project, k->base_name, k->head_name, err);
	if (rc == 0)
		rc = conflicts_check(&k->merged.conflicts, err);
	if (rc < 0 || !k->destructive || !args_flag(&k->ci->inv->args, "deny-destructive"))
		return rc;
	rc = fail(err, E_NO, "%zu operation%s cannot be taken back", k->destructive,
		  k->destructive == 1 ? "" : "s");
	hint(err, "Leave them out, or run the check without --deny-destructive.");
	return rc;
}

static int work(struct ci *c, struct error *err)
{
	AUTO_VALUE(check) k = {.ci = c};
	bool strict = args_flag(&c->inv->args, "strict");

	int rc = ci_open(c, err);
	if (rc == 0)
		rc = find_commits(&k, err);
	if (rc == 0)
		rc = follow_folder(&k, err);
	if (rc == 0)
		rc = verify(&k, err);
	if (rc == 0 && k.findings.errors == 0 && k.project.trouble == MERGE_FINE)
		rc = merge(&k, err);
	if (rc < 0)
		return rc;
	tell(&k, strict);
	size_t bad = k.findings.errors;
	if (strict)
		bad += k.findings.unsealed + k.findings.cosmetic;
	return answer(&k, bad, err);
}

/*
 * --json: {"system", "base", "head": as named, "baseCommit", "headCommit", "mergeBase": ids,
 * "unchanged": leading records not read, "verified": records read, "newInBase": records that only
 * the base has, "strict"}, and what report_findings(), report_conflicts() and ci_report_records()
 * set; the last two only when there is no error among the findings, and the folder has one name.
 */
static int run(struct invocation *inv, struct error *err)
{
	int rc = args_count(&inv->args, 0, 0, err);

	return rc < 0 ? rc : ci_run(inv, "check", work, err);
}

const struct command ci_check = {
	.name = "check",
	.summary = "check the migrations of a pull request",
	.description =
		"Checks, reading only commits, that the pull request only appends to the records\n"
		"that it started from and continues their chain, and that it goes together with\n"
		"what its base has got since. Lists what would be applied, and which operations\n"
		"cannot be taken back. Ends with status 1 for findings and 4 for conflicts.",
	.options = options,
	.run = run,
};
