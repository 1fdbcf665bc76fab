/* Pulls a branch: compares, plans, applies, reports. */
#include "xata/pull.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "xata/report.h"

/* What verification has something against. */
struct damage {
	size_t count;	  /* of the newest records: from the first damaged one on */
	struct strs lost; /* names of those without a file */
};

static void damage_release(struct damage *d)
{
	strs_release(&d->lost);
}
AUTO_VALUE_DEFINE(damage)

static int report_plan(struct output *o, const struct pull_plan *plan, const char *backup,
		       struct error *err)
{
	json_t *added = NULL, *removed = json_array();

	for (size_t i = 0; o->json && i < plan->remove.len; i++)
		json_array_append_new(removed, json_string(plan->remove.items[i]));
	json_put(o->doc, "removed", removed);
	put_text(o, "backup", backup);
	int rc = o->json ? news_to_json(&added, &plan->add, err) : 0;
	if (added)
		json_put(o->doc, "pulled", added);
	return rc;
}

/* Those taken out that do not come again: a damaged record does, under its name. */
static int names_gone(struct strs *out, const struct pull_plan *plan, struct error *err)
{
	AUTO_VALUE(map) removed = {0};
	AUTO_STR name = {0};

	for (size_t i = 0; i < plan->remove.len; i++)
		map_set(&removed, plan->remove.items[i], 0);
	for (size_t i = 0; removed.len && i < plan->add.len; i++) {
		int rc = spool_name(&name, &plan->add, i, err);
		if (rc < 0)
			return rc;
		map_remove(&removed, str_cstr(&name));
	}
	for (size_t i = 0; i < plan->remove.len; i++)
		if (map_get(&removed, plan->remove.items[i], NULL))
			strs_add(out, plan->remove.items[i]);
	return 0;
}

#define LISTED_MAX 20 /* ways back that people see; README in the backup has all */

/* How what was only here gets on top of the branch's history: all of it that has a file. */
static void say_way_back(struct output *o, const struct strs *gone, const struct damage *damage,
			 const char *backup)
{
	AUTO_VALUE(map) lost = {0};
	AUTO_VALUE(strs) kept = {0};

	for (size_t i = 0; i < damage->lost.len; i++)
		map_set(&lost, damage->lost.items[i], 0);
	for (size_t i = 0; i < gone->len; i++)
		if (!map_get(&lost, gone->items[i], NULL))
			strs_add(&kept, gone->items[i]);
	if (damage->count)
		say(o, "The records as they were are in %s/.", backup);
	else
		say(o, "Local-only records were moved to %s/.", backup);
	if (kept.len)
		say(o, "To make %s anew on top of the branch's history, oldest first:",
		    damage->count ? "what was only here" : "them");
	for (size_t i = 0; i < kept.len && i < LISTED_MAX; i++)
		say(o, "    xata new %s/%s.json", backup, kept.items[i]);
	if (kept.len > LISTED_MAX)
		say(o, "    … and %zu more: see %s/README", kept.len - LISTED_MAX, backup);
}

static int say_result(struct output *o, const struct pull_plan *plan, const char *branch,
		      const char *backup, const struct damage *damage, bool dry_run,
		      struct error *err)
{
	AUTO_VALUE(strs) gone = {0};
	size_t n = plan->add.len;

	int rc = names_gone(&gone, plan, err);
	if (rc == 0)
		rc = report_news_lines(o, "  + ", COLOR_GREEN, &plan->add, err);
	for (size_t i = 0; i < gone.len; i++)
		say_color(o, COLOR_YELLOW, "  - %s", gone.items[i]);
	say(o, "%s %zu migration%s from branch \"%s\".", dry_run ? "Would pull" : "Pulled", n,
	    n == 1 ? "" : "s", branch);
	if (backup && plan->remove.len)
		say_way_back(o, &gone, damage, backup);
	else if (backup)
		say(o, "Files in the way that the ledger does not name were moved to %s/.", backup);
	return rc;
}

static void say_nothing_new(struct output *o, const char *branch, const struct comparison *c)
{
	if (c->relation == RELATION_AHEAD)
		say(o, "Branch \"%s\" has nothing new; the project is ahead of it.", branch);
	else if (!c->head.id)
		say(o, "Branch \"%s\" is empty: make the first migration with \"xata new\".",
		    branch);
	else
		say(o, "Branch \"%s\" has nothing new.", branch);
}

/*
 * What a forced pull takes out without a copy, as its file was gone already: the backup is not to
 * be taken for having it.
 */
static int warn_lost(const struct output *o, const struct pull_plan *plan, const struct strs *lost,
		     struct error *err)
{
	AUTO_VALUE(strs) gone = {0};
	AUTO_VALUE(map) known = {0};

	int rc = lost->len ? names_gone(&gone, plan, err) : 0;
	for (size_t i = 0; i < lost->len; i++)
		map_set(&known, lost->items[i], 0);
	for (size_t i = 0; i < gone.len; i++)
		if (map_get(&known, gone.items[i], NULL))
			warn(o,
			     "no backup has record \"%s\", as its file is missing; if Git does, "
			     "\"git "
			     "show HEAD:./.xata/migrations/%s.json | xata new\" makes it anew",
			     gone.items[i], gone.items[i]);
	return rc;
}

/* Carries the plan out, then remembers the head that the branch had. */
static int apply(char **backup, struct workdir *w, const struct pull_plan *plan, struct error *err)
{
	struct workdir_change change = {
		.command = "pull",
		.add_files = &plan->add,
		.remove = &plan->remove,
		.removed_for_good = true,
	};

	*backup = NULL;
	if (plan->add.len == 0 && plan->remove.len == 0)
		return 0;
	return workdir_apply(backup, w, &change, err);
}

static int plan_pull(struct pull_plan *plan, struct invocation *inv, struct comparison *c,
		     const struct local_history *local, enum pull_force force, struct error *err)
{
	bool refused = c->relation == RELATION_DIVERGED && force == PULL_SAFE;

	/* Neither way out that is advised then goes without the files. */
	int rc = refused ? workdir_check_left_out(inv->workdir, 0, err) : 0;
	if (rc == 0)
		rc = report_comparison(&inv->out, c, local, err);
	if (rc == 0 && refused)
		rc = say_both_sides(&inv->out, c, local, err); /* forced: see say_result() */
	if (rc < 0)
		return rc;
	note_unfinished(&inv->out, c);
	return pull_plan(plan, c, local, force, err);
}

static int compare_for_pull(struct comparison *c, struct invocation *inv,
			    const struct local_history *local, struct endpoint *e,
			    enum pull_force force, struct error *err)
{
	AUTO_FREE char *rewritten = NULL;

	if (force == PULL_SAFE)
		return compare(c, local, e, err);
	int rc = compare_lenient(c, &rewritten, local, e, err);
	if (rc == 0 && rewritten)
		warn(&inv->out, "%s", rewritten);
	return rc;
}

static int find_damage(struct damage *out, struct workdir *w, struct error *err)
{
	AUTO_VALUE(findings) findings = {0};
	AUTO_VALUE(verify_result) result = {0};
	const struct ledger *l = workdir_ledger(w);
	size_t sound = l->names.len;

	int rc = verify_workdir(&result, &findings, w, err);
	for (size_t i = 0; rc == 0 && i < findings.len; i++) {
		const struct finding *f = &findings.items[i];
		size_t at, len = strlen(f->file);
		if (finding_level(f->kind) != FINDING_ERROR || !ends_with(f->file, ".json"))
			continue;
		AUTO_FREE char *name = xstrndup(f->file, len - strlen(".json"));
		if (!map_get(&l->index, name, &at))
			continue;
		if (f->kind == FIND_MISSING_FILE)
			strs_add(&out->lost, name);
		if (at < sound)
			sound = at;
	}
	out->count = l->names.len - sound;
	return rc;
}

/*
 * A forced pull does not build on a record that was edited, lost or put elsewhere: from the first
 * such one on, the branch's history is taken anew. What a sparse checkout leaves out is not lost,
 * and there is no file of it here to keep: then nothing is done.
 */
static int leave_out_damaged(struct damage *damage, struct invocation *inv,
			     struct local_side *local, struct error *err)
{
	int rc = find_damage(damage, inv->workdir, err);

	if (rc < 0 || !damage->count)
		return rc;
	size_t sound = local->history.len - damage->count;
	rc = workdir_check_left_out(inv->workdir, sound, err);
	if (rc < 0)
		return rc;
	note(&inv->out,
	     "Record \"%s\" is damaged: from there on the branch's history is taken anew.",
	     history_at(&local->history, sound)->name);
	history_truncate(&local->history, sound);
	return 0;
}

static void remove_damaged(struct pull_plan *plan, const struct workdir *w, size_t damaged)
{
	const struct strs *names = &workdir_ledger(w)->names;

	for (size_t i = names->len - damaged; i < names->len; i++)
		strs_add(&plan->remove, names->items[i]);
}

int pull_branch(struct invocation *inv, const char *branch,
		const struct pull_branch_options *options, struct error *err)
{
	AUTO_VALUE(local_side) local = {0};
	AUTO_VALUE(comparison) c = {0};
	AUTO_VALUE(pull_plan) plan = {0};
	AUTO_FREE char *backup = NULL;
	bool dry_run = options->dry_run;
	struct workdir *w;
	struct api *api = NULL;
	AUTO_VALUE(damage) damage = {0};

	enum workdir_mode mode = dry_run ? WORKDIR_READ : WORKDIR_WRITE;
	/* A forced one verifies the ledger first, so all of it is read. */
	int rc = options->force == PULL_FORCE ? session_workdir(&w, inv, mode, err)
					      : session_workdir_unread(&w, inv, mode, err);
	if (rc == 0)
		rc = session_local(&local, inv, branch, err);
	if (rc == 0 && options->force == PULL_FORCE)
		rc = leave_out_damaged(&damage, inv, &local, err);
	if (rc == 0)
		rc = session_api(&api, inv, SESSION_DATABASE, err);
	if (rc < 0)
		return rc;
	struct endpoint *e = api_endpoint(api, branch);
	rc = compare_for_pull(&c, inv, &local.view, e, options->force, err);
	e->ops->close(e);
	if (rc == 0)
		rc = plan_pull(&plan, inv, &c, &local.view, options->force, err);
	if (rc < 0)
		hint_diverged(err, branch);
	if (damage.count)
		remove_damaged(&plan, w, damage.count);
	if (rc == 0)
		rc = warn_lost(&inv->out, &plan, &damage.lost, err);
	if (rc == 0 && !dry_run)
		rc = apply(&backup, w, &plan, err);
	if (rc < 0)
		return rc;
	if (!dry_run)
		session_remember(inv, branch, c.head.id, c.head.checksum);
	rc = report_plan(&inv->out, &plan, backup, err);
	if (rc == 0 && (plan.add.len || plan.remove.len))
		rc = say_result(&inv->out, &plan, branch, backup, &damage, dry_run, err);
	else if (rc == 0)
		say_nothing_new(&inv->out, branch, &c);
	return rc;
}
