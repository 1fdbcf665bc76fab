/* xata resolve: brings the migrations of a merge in conflict together, upstream's first. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "xata/commands.h"
#include "xata/conflicts.h"
#include "xata/rechain.h"
#include "xata/report.h"
#include "xata/resolving.h"

static const char folder[] = ".xata/migrations";
static const char suffix[] = ".json";

static const struct opt options[] = {
	{"upstream", 0, "ours|theirs", "whose new records go first: ours (HEAD's) or theirs"},
	{"accept-sql", 0, NULL, "go on where raw SQL makes conflicts undecidable"},
	{"dry-run", 'n', NULL, "only show what would be done"},
	{0},
};

/* The result and how it is carried out. */
struct outcome {
	bool dry_run;
	struct resolution result;
	struct merge_files files;
	struct strs paths;	    /* of files, below the project */
	struct strs remove;	    /* names of records */
	struct strs renamed;	    /* what records of the sides are called on disk alone */
	struct vcs_entries remains; /* what is in conflict still */
	char *backup;
};

static void outcome_release(struct outcome *x)
{
	resolution_release(&x->result);
	merge_files_release(&x->files);
	strs_release(&x->paths);
	strs_release(&x->remove);
	strs_release(&x->renamed);
	vcs_entries_release(&x->remains);
	free(x->backup);
}
AUTO_VALUE_DEFINE(outcome)

/* ---- carrying out */

static char *record_of(const char *file)
{
	return xstrndup(file, strlen(file) - (sizeof suffix - 1));
}

static bool is_record(const char *file)
{
	return ends_with(file, suffix);
}

/* Objects become texts: the working tree is written from these. */
static int load_texts(struct merge_files *files, const struct resolving *r, struct error *err)
{
	for (size_t i = 0; i < files->len; i++) {
		struct merge_file *f = &files->items[i];
		if (!f->id.len)
			continue;
		f->text.max = is_record(f->name) ? RECORD_TEXT_MAX : LEDGER_TEXT_MAX;
		int rc = r->git->ops->read(&f->text, r->git, &f->id, f->text.max, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* What a sparse checkout leaves out, and the index has right already, is not written either. */
static bool stays_out(const struct resolving *r, const struct merge_file *f)
{
	const struct vcs_entry *e = vcs_entries_find(&r->was, f->name);

	return e && e->skipped && !e->conflicted && f->id.len && vcs_id_eq(&e->id, &f->id);
}

static int write_files(struct outcome *x, const struct resolving *r, struct workdir *w,
		       struct error *err)
{
	AUTO_FREE struct workdir_file *files = xcalloc(x->files.len, sizeof *files);
	AUTO_VALUE(strs) names = {0};
	struct workdir_rewrite rewrite = {.files = files, .remove = &x->remove};
	struct workdir_change change = {.command = "resolve", .rewrite = &rewrite};

	for (size_t i = 0; i < x->files.len; i++) {
		const struct merge_file *f = &x->files.items[i];
		if (!is_record(f->name)) {
			rewrite.ledger = str_view(&f->text);
		} else if (!stays_out(r, f)) {
			strs_take(&names, record_of(f->name));
			files[rewrite.file_count++] = (struct workdir_file){
				.name = names.items[names.len - 1], .text = str_view(&f->text)};
		}
	}
	return workdir_apply(&x->backup, w, &change, err);
}

static int stage(struct outcome *x, const struct resolving *r, struct error *err)
{
	size_t count = x->files.len + x->files.gone.len;
	AUTO_FREE struct vcs_staged *staged = xcalloc(count, sizeof *staged);

	for (size_t i = 0; i < count; i++) {
		const struct merge_file *f = i < x->files.len ? &x->files.items[i] : NULL;
		staged[i].path = x->paths.items[i];
		staged[i].remove = !f;
		if (f) {
			staged[i].id = f->id;
			staged[i].text = str_view(&f->text);
		}
	}
	return r->git->ops->stage(r->git, staged, count, err);
}

static int find_remains(struct outcome *x, const struct resolving *r, struct error *err)
{
	static const struct vcs_place index = {.where = VCS_INDEX};

	return r->git->ops->list(&x->remains, r->git, &index, folder, err);
}

/* The next run finds the files done, and so has no backup to name: this one must. */
static void say_unstaged(const struct outcome *x, const struct output *o, struct error *err)
{
	put_text(o, "backup", x->backup);
	if (x->backup)
		note(o, "The files as they were are in %s/.", x->backup);
	note(o, "The files are written; running \"xata resolve\" again stages them.");
	hint(err, "Running \"xata resolve\" again stages the files, which are written.");
}

/*
 * The working tree first: a process killed in between leaves the index in conflict, from which the
 * next run decides the same and finds the files done.
 */
static int carry_out(struct outcome *x, const struct resolving *r, struct workdir *w,
		     struct error *err)
{
	int rc = load_texts(&x->files, r, err);

	if (rc == 0)
		rc = write_files(x, r, w, err);
	if (rc == 0) {
		rc = stage(x, r, err);
		if (rc < 0)
			say_unstaged(x, &r->inv->out, err);
	}
	if (rc == 0)
		rc = find_remains(x, r, err);
	return rc < 0 ? rc : resolving_warn_former(r, err);
}

/* ---- saying */

/* How git goes on when nothing is in conflict any more. */
static const char *next_step(enum vcs_operation operation)
{
	switch (operation) {
	case VCS_REBASE:
	case VCS_REBASE_MERGE:
		return "go on with \"git rebase --continue\"";
	case VCS_CHERRY_PICK:
		return "go on with \"git cherry-pick --continue\"";
	case VCS_REVERT:
		return "go on with \"git revert --continue\", or with \"--skip\" where nothing is "
		       "left to commit";
	case VCS_AM:
		return "go on with \"git am --continue\"";
	case VCS_MERGE:
	case VCS_MERGE_SQUASH:
	case VCS_IDLE:
		break;
	}
	return "go on with \"git commit\"";
}

/* The popped one may lie behind others, which "git stash drop" by itself would lose. */
static void say_next(const struct resolving *r)
{
	static const char when[] = "When \"git status\" shows no other conflict,";
	const struct output *o = &r->inv->out;

	if (!r->stash.len)
		say(o, "%s %s.", when, next_step(r->operation));
	else if (r->stash_at == 0)
		say(o, "%s a stash that was popped can go with \"git stash drop\".", when);
	else
		say(o, "%s a stash that was popped can go with \"git stash drop stash@{%d}\".",
		    when, r->stash_at);
}

static json_t *names_to_json(const struct strs *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->len; i++)
		json_array_append_new(list, json_string(names->items[i]));
	return list;
}

static json_t *remains_to_json(const struct vcs_entries *remains)
{
	json_t *list = json_array();

	for (size_t i = 0; i < remains->len; i++)
		if (remains->items[i].conflicted) {
			AUTO_FREE char *path = xasprintf("%s/%s", folder, remains->items[i].name);
			json_array_append_new(list, json_string(path));
		}
	return list;
}

static json_t *moved_to_json(const struct resolution *result)
{
	json_t *list = json_array();

	for (size_t i = result->upstream; i < result->records.len; i++)
		json_array_append_new(list, json_pack("{s:s, s:o}", "from",
						      result->old_names.items[i - result->upstream],
						      "record",
						      record_to_json(result->records.items[i])));
	return list;
}

static json_t *first_to_json(const struct resolution *result)
{
	json_t *list = json_array();

	for (size_t i = result->alike; i < result->upstream; i++)
		json_array_append_new(list, record_to_json(result->records.items[i]));
	return list;
}

static void put_sides(const struct resolving *r)
{
	struct output *o = &r->inv->out;

	put_text(o, "operation", resolving_operation_name(r->operation));
	put_text(o, "upstream", r->read ? resolving_side_name(r, r->upstream) : NULL);
	put_text(o, "reason", r->unchained ? "chain" : r->reason);
}

static void put_outcome(const struct outcome *x, struct output *o)
{
	json_put(o->doc, "alike", json_integer((json_int_t)x->result.alike));
	json_put(o->doc, "first", first_to_json(&x->result));
	json_put(o->doc, "moved", moved_to_json(&x->result));
	json_put(o->doc, "already", names_to_json(&x->result.already));
	json_put(o->doc, "dropped", names_to_json(&x->result.dropped));
	json_put(o->doc, "kept", names_to_json(&x->result.kept));
	json_put(o->doc, "inConflict", remains_to_json(&x->remains));
	put_text(o, "backup", x->backup);
}

static void say_names(const struct output *o, const struct strs *names, const char *why)
{
	for (size_t i = 0; i < names->len; i++)
		say(o, "  = %s  %s", names->items[i], why);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void say_records(struct output *o, const struct resolution *result)
{
	if (result->alike)
		say(o, "  = %zu record%s that the sides have alike: upstream's %s taken",
		    result->alike, plural(result->alike), result->alike == 1 ? "is" : "are");
	for (size_t i = result->alike; i < result->upstream; i++)
		report_record_line(o, "    ", COLOR_NONE, result->records.items[i]);
	say_names(o, &result->already, "is upstream already");
	say_names(o, &result->dropped, "was removed upstream: left out");
	say_names(o, &result->kept, "is kept: upstream has it");
	for (size_t i = result->upstream; i < result->records.len; i++)
		report_record_line(o, "  * ", COLOR_YELLOW, result->records.items[i]);
}

static void say_remains(const struct outcome *x, const struct resolving *r)
{
	const struct output *o = &r->inv->out;
	bool any = false;

	for (size_t i = 0; i < x->remains.len; i++) {
		if (!x->remains.items[i].conflicted)
			continue;
		any = true;
		warn(o, "\"%s/%s\" is in conflict still: no ledger of the sides names it", folder,
		     x->remains.items[i].name);
	}
	if (!any)
		say_next(r);
}

static void say_order(const struct outcome *x, const struct output *o)
{
	size_t first = x->result.upstream - x->result.alike;
	size_t moved = x->result.records.len - x->result.upstream;
	const char *put = x->dry_run ? "Would put" : "Put";
	const char *take = x->dry_run ? "Would take" : "Took";

	if (first && moved)
		say(o, "%s %zu new record%s of upstream first, and %zu record%s behind %s.", put,
		    first, plural(first), moved, plural(moved), first == 1 ? "it" : "them");
	else if (first)
		say(o, "%s %zu new record%s of upstream; nothing goes behind.", take, first,
		    plural(first));
	else if (moved)
		say(o, "%s %zu record%s behind those of upstream, which has no new ones.", put,
		    moved, plural(moved));
	else
		say(o, "%s the records as upstream has them; nothing goes behind.", take);
}

static void say_rechained(const struct outcome *x, const struct output *o)
{
	size_t n = x->result.records.len;

	say(o, "%s %zu record%s into the chain again, which Git had put behind others unchanged.",
	    x->dry_run ? "Would take" : "Took", n, plural(n));
}

static void say_outcome(const struct outcome *x, const struct resolving *r)
{
	struct output *o = &r->inv->out;

	say_records(o, &x->result);
	if (r->unchained)
		say_rechained(x, o);
	else
		say_order(x, o);
	if (r->operation == VCS_REVERT && x->result.kept.len)
		say(o, "A revert takes no record back, as others may have it: make one that undoes "
		       "what it did, with \"xata new\".");
	if (x->backup)
		say(o, "The files as they were are in %s/.", x->backup);
	if (!x->dry_run && r->operation == VCS_IDLE && r->unchained)
		say(o, "They are staged: \"git commit\" keeps them.");
	else if (!x->dry_run)
		say_remains(x, r);
}

/* ---- */

/* Records whose patches were skipped: those of the patch at hand vouch for them all the same. */
static void tell_left_out(struct outcome *x, const struct resolving *r)
{
	const struct strs *names = merge_sides_left_out(r->read);

	for (size_t i = 0; i < names->len; i++) {
		strs_add(&x->result.dropped, names->items[i]);
		warn(&r->inv->out,
		     "the patch was made behind \"%s\", which is not here: whether its records "
		     "were edited since cannot be checked",
		     names->items[i]);
	}
}

/* What the records will be; without a conflict, rechain() says in which files, too. */
static int decide_records(struct outcome *x, const struct resolving *r, struct error *err)
{
	if (r->unchained)
		return rechain(&x->result, &x->files, r, err);
	struct error why = {0};
	int rc = resolve(&x->result, merge_sides_input(r->read), &why);
	if (rc < 0)
		return resolving_fail_sides(r, &why, err);
	tell_left_out(x, r);
	return 0;
}

/* What a run that was killed has left, with another side first: it goes to the backup. */
static void take_away_renamed(struct outcome *x)
{
	AUTO_VALUE(map) there = {0};

	for (size_t i = 0; i < x->remove.len; i++)
		map_add(&there, x->remove.items[i], i);
	for (size_t i = 0; i < x->result.records.len; i++)
		map_add(&there, record_name(x->result.records.items[i]), i);
	for (size_t i = 0; i < x->renamed.len; i++)
		if (!map_get(&there, x->renamed.items[i], NULL))
			strs_add(&x->remove, x->renamed.items[i]);
}

static int decide(struct outcome *x, const struct resolving *r, struct error *err)
{
	struct output *o = &r->inv->out;

	int rc = decide_records(x, r, err);
	if (rc < 0)
		return rc;
	report_conflicts(o, &x->result.conflicts);
	rc = conflicts_check(&x->result.conflicts, err);
	if (rc < 0) {
		say(o, "Nothing was changed.");
		return rc;
	}
	if (!r->unchained)
		rc = merge_sides_files(&x->files, r->read, &x->result, &r->was, err);
	for (size_t i = 0; rc == 0 && i < x->files.len; i++)
		strs_take(&x->paths, xasprintf("%s/%s", folder, x->files.items[i].name));
	for (size_t i = 0; rc == 0 && i < x->files.gone.len; i++) {
		strs_take(&x->paths, xasprintf("%s/%s", folder, x->files.gone.items[i]));
		strs_take(&x->remove, record_of(x->files.gone.items[i]));
	}
	take_away_renamed(x);
	return rc;
}

static void say_upstream(const struct resolving *r)
{
	note(&r->inv->out, "Upstream is %s, as %s.", resolving_side_name(r, r->upstream), r->why);
}

static int resolve_conflict(struct resolving *r, struct workdir *w, struct error *err)
{
	AUTO_VALUE(outcome) x = {.dry_run = args_flag(&r->inv->args, "dry-run")};

	int rc = r->unchained ? 0 : resolving_choose(r, err);
	if (rc < 0)
		return rc;
	put_sides(r);
	if (!r->unchained) {
		say_upstream(r);
		rc = resolving_check_uncommitted(&x.renamed, r, err);
	}
	if (rc == 0)
		rc = decide(&x, r, err);
	if (rc == 0 && !x.dry_run)
		rc = carry_out(&x, r, w, err);
	if (rc < 0)
		return rc;
	put_outcome(&x, &r->inv->out);
	say_outcome(&x, r);
	return 0;
}

/*
 * --json: {"resolved": whether there was something to resolve, "operation", "upstream": side or
 * null, "reason": text or null, "alike": number, "first": [records], "moved": [{"from": name,
 * "record"}], "already", "dropped", "kept": [names], "inConflict": [paths], "backup": folder or
 * null, and what report_conflicts() sets}.
 */
static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(resolving) r = {.inv = inv};
	AUTO_FREE char *why = NULL;
	bool dry_run = args_flag(&inv->args, "dry-run");
	struct workdir *w = NULL;

	int rc = args_count(&inv->args, 0, 1, err);
	if (rc == 0)
		rc = session_vcs(&r.git, inv, err);
	if (rc == 0)
		rc = session_workdir(&w, inv, dry_run ? WORKDIR_READ : WORKDIR_WRITE, err);
	if (rc == 0)
		rc = resolving_find(&r, &why, err);
	if (rc < 0)
		return rc;
	json_put(inv->out.doc, "resolved", json_boolean(rc > 0));
	if (rc > 0)
		return resolve_conflict(&r, w, err);
	put_sides(&r);
	say(&inv->out, "Nothing to resolve: %s.", why);
	return 0;
}

const struct command cmd_resolve = {
	.name = "resolve",
	.args = "[<branch>]",
	.summary = "resolve the migrations of a conflicted merge, upstream's first",
	.description =
		"During a conflicted \"git merge\", \"rebase\", \"cherry-pick\" or \"stash pop\":\n"
		"puts upstream's new records first, as they are, and the others behind them\n"
		"with new parents and checksums; writes and stages just these files. Sides\n"
		"that cannot go together by what they do are a conflict, and nothing changes.\n"
		"\n"
		"In a merge, upstream is the side whose records the branch has, unless\n"
		"--upstream says it; in all else it is HEAD.",
	.options = options,
	.needs = NEEDS_ENDPOINT | NEEDS_LOCK,
	.run = run,
};
