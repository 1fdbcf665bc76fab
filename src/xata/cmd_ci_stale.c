/* xata ci stale: which of the open branches no longer merge into their base, and why. */
#include "base/alloc.h"
#include "project/commit_merge.h"
#include "project/merge_sides.h"
#include "xata/ci.h"
#include "xata/conflicts.h"

#define REASONS_SAID 10 /* of one branch; --json has all */

static const struct opt options[] = {
	{"base", 0, "REV", "what the branches go to (the CI system's, or origin's main)"},
	{"accept-sql", 0, NULL, "take raw SQL not to touch what the other side does"},
	{"full", 0, NULL, "read every record, also those that both sides have"},
	CI_FORMAT_OPTION,
	{0},
};

struct stale {
	struct ci *ci;
	struct merge_tip base;
	struct commit_merge_options how;
	json_t *list;
	size_t count;	      /* that no longer merge */
	struct error missing; /* the first revision that is not there; the others are looked at */
};

/* After a push, HEAD is what the open branches will have to go with. */
static int find_base(struct stale *s, struct error *err)
{
	struct vcs_place place = {.where = VCS_COMMIT};
	char hex[VCS_HEX_MAX + 1];
	int rc = 0;

	if (s->ci->env.stage == CI_PUSH && !args_value(&s->ci->inv->args, "base")) {
		s->base.name = "HEAD";
		rc = ci_place(&place, s->ci, s->base.name, err);
	} else {
		rc = ci_base(&place, &s->base.name, s->ci, err);
	}
	if (rc < 0)
		return rc;
	s->base.commit = place.commit;
	vcs_id_hex(hex, &place.commit);
	put_text(&s->ci->inv->out, "base", s->base.name);
	put_text(&s->ci->inv->out, "baseCommit", hex);
	return 0;
}

/* ---- one branch */

static void put_state(json_t *o, const char *state, const char *message)
{
	json_put_string(o, "state", state);
	json_put(o, "message", message ? json_string(message) : json_null());
}

/* No merge at all: the branch has nothing to do with the base. */
static void tell_unrelated(struct stale *s, json_t *o, const char *rev, const struct error *why)
{
	put_state(o, "unrelated", why->msg);
	ci_report_line(&s->ci->report, COLOR_YELLOW, "{} has no history in common with {}.",
		       CI_NAMES(rev, s->base.name));
}

/* No merge at all: the folder of its project is in the way, or it is damaged. */
static void tell_failure(struct stale *s, json_t *o, const char *rev, const struct error *why)
{
	bool apart = why->code == E_CONFLICT;
	AUTO_FREE char *message = xasprintf(apart ? "\"%s\" no longer merges: %s"
						  : "\"%s\" cannot be merged: %s",
					    rev, why->msg);

	s->count++;
	put_state(o, apart ? "stale" : "unreadable", why->msg);
	ci_report_line(&s->ci->report, apart ? COLOR_RED : COLOR_YELLOW,
		       apart ? "{} no longer merges into {}:" : "{} cannot be merged:",
		       CI_NAMES(rev, s->base.name));
	ci_report_item(&s->ci->report, COLOR_NONE, "{text}", CI_NAMES(why->msg));
	ci_report_mark(&s->ci->report, CI_ERROR, apart ? "stale" : "unreadable", message,
		       why->hint);
}

static void tell_missing(struct stale *s, json_t *o, const char *rev, const struct error *why)
{
	put_state(o, "missing", why->msg);
	ci_report_line(&s->ci->report, COLOR_YELLOW, "{} is not there:", CI_NAMES(rev));
	ci_report_item(&s->ci->report, COLOR_NONE, "{text}", CI_NAMES(why->msg));
	ci_report_mark(&s->ci->report, CI_ERROR, "missing", why->msg, why->hint);
	if (!s->missing.code)
		s->missing = *why;
}

/* The reasons of one branch, the first few for people and all for --json. */
struct reasons {
	struct ci_report *report;
	size_t said;
	json_t *conflicts, *files;
	struct str first; /* for the mark */
};

static void add_reason(struct reasons *r, const char *what, const char *kind)
{
	if (r->said++ >= REASONS_SAID)
		return;
	ci_report_item(r->report, COLOR_NONE, kind ? "{}: {}" : "{text}", CI_NAMES(what, kind));
	if (r->first.len == 0)
		str_printf(&r->first, "%s%s%s", what, kind ? ": " : "", kind ? kind : "");
}

static void list_reasons(struct reasons *r, const struct commit_merge *m)
{
	for (size_t p = 0; p < m->project_count; p++) {
		const struct conflicts *c = &m->projects[p].resolution.conflicts;
		for (size_t i = 0; i < c->len; i++) {
			json_array_append_new(r->conflicts, conflict_to_json(&c->items[i]));
			if (!c->items[i].accepted)
				add_reason(r, c->items[i].message, NULL);
		}
	}
	for (size_t i = 0; i < m->files.len; i++) {
		const char *kind = vcs_conflict_name(m->files.items[i].kind);
		json_t *file = json_object();
		json_put_string(file, "path", m->files.items[i].path);
		json_put_string(file, "kind", kind);
		json_array_append_new(r->files, file);
		add_reason(r, m->files.items[i].path, kind);
	}
	if (r->said <= REASONS_SAID)
		return;
	AUTO_FREE char *more = xasprintf("… and %zu more", r->said - REASONS_SAID);
	ci_report_item(r->report, COLOR_NONE, more, NULL);
}

static bool ledgers_differ(const struct commit_merge *m)
{
	for (size_t i = 0; i < m->project_count; i++)
		if (m->projects[i].together)
			return true;
	return false;
}

static void tell_merge(struct stale *s, json_t *o, const char *rev, const struct commit_merge *m)
{
	struct reasons reasons = {
		.report = &s->ci->report, .conflicts = json_array(), .files = json_array()};
	bool merged = m->relation == MERGE_CONTAINED, differ = ledgers_differ(m);

	json_put(o, "conflicts", reasons.conflicts);
	json_put(o, "files", reasons.files);
	/* What Git's own merge would make a conflict, or worse, a wrong ledger. */
	json_put(o, "ledgersDiffer", json_boolean(differ));
	if (m->conflicts == 0) {
		put_state(o, merged ? "merged" : "clean", NULL);
		ci_report_line(
			&s->ci->report, merged ? COLOR_DIM : COLOR_GREEN,
			merged	 ? "{} is merged."
			: differ ? "{} merges, with \"xata merge\": its ledger has to go behind."
				 : "{} merges.",
			CI_NAMES(rev));
		return;
	}
	s->count++;
	put_state(o, "stale", NULL);
	ci_report_line(&s->ci->report, COLOR_RED,
		       "{} no longer merges into {}:", CI_NAMES(rev, s->base.name));
	list_reasons(&reasons, m);
	AUTO_FREE char *message = xasprintf("\"%s\" no longer merges: %s", rev,
					    str_cstr(&reasons.first));
	ci_report_mark(&s->ci->report, CI_ERROR, "stale", message,
		       "Bring it up to date with its base.");
	str_release(&reasons.first);
}

static int look_at(struct stale *s, const char *rev, struct error *err)
{
	AUTO_VALUE(commit_merge) merge = {0};
	struct vcs_place place;
	struct merge_tip head = {.name = rev};
	struct error why = {0};
	char hex[VCS_HEX_MAX + 1];
	json_t *o = json_object();

	json_array_append_new(s->list, o);
	json_put_string(o, "rev", rev);
	json_put(o, "commit", json_null());
	int rc = ci_place(&place, s->ci, rev, &why);
	if (rc < 0) {
		tell_missing(s, o, rev, &why);
		return 0;
	}
	head.commit = place.commit;
	vcs_id_hex(hex, &place.commit);
	json_put_string(o, "commit", hex);
	rc = commit_merge(&merge, s->ci->vcs, &s->base, &head, &s->how, &why);
	if (rc == 0)
		tell_merge(s, o, rev, &merge);
	else if (rc == E_CONFLICT && merge.ancestors.len == 0)
		tell_unrelated(s, o, rev, &why);
	else if (rc == E_CONFLICT || rc == E_INVALID || rc == E_LIMIT)
		tell_failure(s, o, rev, &why);
	else
		*err = why;
	return rc < 0 && err->code ? rc : 0;
}

/* ---- all of them */

static int work(struct ci *c, struct error *err)
{
	const struct args *a = &c->inv->args;
	struct stale s = {.ci = c, .list = json_array()};

	json_put(c->inv->out.doc, "branches", s.list);
	s.how = (struct commit_merge_options){
		.upstream = MERGE_BASE,
		.conflicts = {.accept_sql = args_flag(a, "accept-sql")},
		.read_common = args_flag(a, "full") ? MERGE_READ_ALL : MERGE_READ_SOME,
	};
	int rc = session_repository(&c->vcs, c->inv, err);
	if (rc == 0)
		rc = find_base(&s, err);
	for (size_t i = 0; rc == 0 && i < a->words_len; i++)
		rc = look_at(&s, args_word(a, i), err);
	if (rc < 0)
		return rc;
	json_put(c->inv->out.doc, "stale", json_integer((json_int_t)s.count));
	if (s.missing.code)
		*err = s.missing;
	if (s.count == 0 || s.missing.code)
		return s.missing.code;
	rc = fail(err, E_CONFLICT, "%zu of %zu branch%s no longer merge%s into \"%s\"", s.count,
		  a->words_len, a->words_len == 1 ? "" : "es", s.count == 1 ? "s" : "",
		  s.base.name);
	hint(err,
	     "Each has to be brought up to date by who works on it: \"xata rebase --onto\", or "
	     "\"git merge\" and \"xata resolve\".");
	return rc;
}

/*
 * --json: {"system", "base": as named, "baseCommit", "branches": [{"rev", "commit", "state":
 * "merged", "clean", "stale", "unrelated", "unreadable" or "missing", "message": text or null,
 * "ledgersDiffer": bool, "conflicts": [as conflict_to_json() has them], "files": [{"path",
 * "kind"}]}], "stale": how many no longer merge}; the last three of a branch only when the merge
 * could be tried.
 */
static int run(struct invocation *inv, struct error *err)
{
	int rc = args_count(&inv->args, 1, 10000, err);

	return rc < 0 ? rc : ci_run(inv, "stale", work, err);
}

const struct command ci_stale = {
	.name = "stale",
	.args = "<rev>...",
	.summary = "find branches that no longer merge",
	.description =
		"Merges each of the branches into their common base, in memory and as \"xata\n"
		"merge\" does it, and says which cannot be merged, with the reasons. Ends with\n"
		"status 4 when there is one.",
	.options = options,
	.run = run,
};
