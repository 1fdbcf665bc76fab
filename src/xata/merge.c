/* Shows the merge of two commits: what goes behind what, and what is in conflict. */
#include "xata/merge.h"

#include "base/alloc.h"
#include "xata/conflicts.h"

#include "base/banned.h"

#define FILES_SAID 50 /* of those in conflict; --json has all */

/* ---- --json */

static json_t *tip_to_json(const struct merge_tip *tip)
{
	char hex[VCS_HEX_MAX + 1];
	json_t *o = json_object();

	vcs_id_hex(hex, &tip->commit);
	json_put_string(o, "rev", tip->name);
	json_put_string(o, "commit", hex);
	return o;
}

static json_t *names_to_json(const struct strs *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->len; i++)
		json_array_append_new(list, json_string(names->items[i]));
	return list;
}

/* What goes behind upstream's records: the names that they get, and had. */
static json_t *added_to_json(const struct resolution *r)
{
	json_t *list = json_array();

	for (size_t i = r->upstream; i < r->records.len; i++) {
		json_t *o = json_object();
		json_put_string(o, "name", record_name(r->records.items[i]));
		json_put_string(o, "was", r->old_names.items[i - r->upstream]);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *project_to_json(const struct merged_project *p)
{
	const struct resolution *r = &p->resolution;
	json_t *o = json_object(), *conflicts = json_array();

	for (size_t i = 0; i < r->conflicts.len; i++)
		json_array_append_new(conflicts, conflict_to_json(&r->conflicts.items[i]));
	json_put_string(o, "folder", p->folder);
	json_put(o, "former", p->former.len ? json_string(p->former.items[0]) : json_null());
	json_put(o, "common", json_integer((json_int_t)p->common));
	json_put(o, "upstreamRecords", json_integer((json_int_t)r->upstream));
	json_put(o, "added", added_to_json(r));
	json_put(o, "already", names_to_json(&r->already));
	json_put(o, "kept", names_to_json(&r->kept));
	json_put(o, "dropped", names_to_json(&r->dropped));
	json_put(o, "conflicts", conflicts);
	return o;
}

static void put_merge(struct output *o, const struct commit_merge *m, const struct merge_tip *base,
		      const struct merge_tip *head)
{
	json_t *ancestors = json_array(), *projects = json_array(), *files = json_array();
	char hex[VCS_HEX_MAX + 1];

	for (size_t i = 0; i < m->ancestors.len; i++) {
		vcs_id_hex(hex, &m->ancestors.items[i]);
		json_array_append_new(ancestors, json_string(hex));
	}
	for (size_t i = 0; i < m->project_count; i++)
		json_array_append_new(projects, project_to_json(&m->projects[i]));
	for (size_t i = 0; i < m->files.len; i++) {
		json_t *file = json_object();
		json_put_string(file, "path", m->files.items[i].path);
		json_put_string(file, "kind", vcs_conflict_name(m->files.items[i].kind));
		json_array_append_new(files, file);
	}
	vcs_id_hex(hex, &m->tree);
	json_put(o->doc, "base", tip_to_json(base));
	json_put(o->doc, "head", tip_to_json(head));
	json_put(o->doc, "ancestors", ancestors);
	put_text(o, "relation", merge_relation_name(m->relation));
	json_put(o->doc, "clean", json_boolean(m->conflicts == 0));
	json_put(o->doc, "fastForward", json_boolean(m->fast_forward));
	put_text(o, "tree", *hex ? hex : NULL);
	json_put(o->doc, "projects", projects);
	json_put(o->doc, "files", files);
}

/* ---- text */

static void say_names(const struct output *o, const struct strs *names, const char *why,
		      const char *side)
{
	for (size_t i = 0; i < names->len; i++)
		say(o, "  = %s: %s %s", names->items[i], why, side);
}

static void say_project(const struct output *o, const struct merged_project *p,
			const char *upstream, const char *other)
{
	const struct resolution *r = &p->resolution;
	size_t before = p->common + r->upstream, added = r->records.len - r->upstream;
	const char *folder = *p->folder ? p->folder : "migrations";

	if (p->former.len)
		say(o, "%s: was %s, the folder was renamed.", folder,
		    *p->former.items[0] ? p->former.items[0] : "at the top of the repository");
	if (r->conflicts.blocking) {
		say(o, "%s: %zu conflict%s between records, see below.", folder,
		    r->conflicts.blocking, r->conflicts.blocking == 1 ? "" : "s");
		return;
	}
	if (added)
		say(o, "%s: %zu record%s of %s behind %zu of %s.", folder, added,
		    added == 1 ? "" : "s", other, before, upstream);
	else
		say(o, "%s: nothing of %s goes behind the %zu of %s.", folder, other, before,
		    upstream);
	for (size_t i = 0; i < added; i++) {
		const char *name = record_name(r->records.items[r->upstream + i]);
		bool same = str_eq(name, r->old_names.items[i]);
		say_color(o, COLOR_GREEN, "  + %s%s%s%s", name, same ? "" : " (was ",
			  same ? "" : r->old_names.items[i], same ? "" : ")");
	}
	say_names(o, &r->already, "is in", upstream);
	say_names(o, &r->kept, "kept, though it is gone in", other);
	say_names(o, &r->dropped, "left out, as it is gone in", upstream);
}

static const char *reason(enum vcs_conflict_kind kind)
{
	switch (kind) {
	case VCS_BOTH_CHANGED:
		return "both sides changed it";
	case VCS_BOTH_ADDED:
		return "both sides added it";
	case VCS_REMOVED_OURS:
		return "removed in base, changed in head";
	case VCS_REMOVED_THEIRS:
		return "changed in base, removed in head";
	case VCS_IN_THE_WAY:
		break;
	}
	return "another name or kind of file is in the way";
}

static void say_files(const struct output *o, const struct vcs_conflicts *files)
{
	struct output asked = *o; /* what stops a command was asked for: --quiet keeps it */

	asked.quiet = false;
	if (files->len)
		say(&asked, "%zu file%s that Git cannot merge:", files->len,
		    files->len == 1 ? "" : "s");
	for (size_t i = 0; i < files->len && i < FILES_SAID; i++)
		say_color(&asked, COLOR_RED, "  %s: %s", files->items[i].path,
			  reason(files->items[i].kind));
	if (files->len > FILES_SAID)
		say(&asked, "  … and %zu more.", files->len - FILES_SAID);
}

static void say_result(const struct output *o, const struct commit_merge *m, const char *base,
		       const char *head)
{
	char hex[VCS_HEX_MAX + 1];

	vcs_id_hex(hex, &m->tree);
	if (m->relation == MERGE_CONTAINED)
		say_color(o, COLOR_GREEN, "Already merged: %s has all of %s.", base, head);
	else if (m->fast_forward)
		say_color(o, COLOR_GREEN, "Clean, and a fast-forward from %s to %s: tree %s.", base,
			  head, hex);
	else if (m->conflicts == 0)
		say_color(o, COLOR_GREEN, "Clean: tree %s.", hex);
}

void report_merge(struct output *o, const struct commit_merge *m, const struct merge_tip *base,
		  const struct merge_tip *head, enum merge_side upstream)
{
	AUTO_VALUE(conflicts) all = {0};
	bool normal = upstream == MERGE_BASE;
	const struct merge_tip *first = normal ? base : head, *second = normal ? head : base;

	put_merge(o, m, base, head);
	put_text(o, "upstream", normal ? "base" : "head");
	for (size_t i = 0; i < m->project_count; i++) {
		const struct conflicts *c = &m->projects[i].resolution.conflicts;
		say_project(o, &m->projects[i], first->name, second->name);
		for (size_t j = 0; j < c->len; j++)
			conflicts_add(&all, &c->items[j]);
	}
	report_conflicts(o, &all);
	say_files(o, &m->files);
	say_result(o, m, base->name, head->name);
}

int merge_check(const struct commit_merge *m, const struct merge_tip *base,
		const struct merge_tip *head, struct error *err)
{
	size_t records = m->conflicts - m->files.len, files = m->files.len;
	AUTO_FREE char *of_records = NULL;
	AUTO_FREE char *of_files = NULL;

	if (m->conflicts == 0)
		return 0;
	if (records)
		of_records = xasprintf("%zu conflict%s between records", records,
				       records == 1 ? "" : "s");
	if (files)
		of_files = xasprintf("%zu file%s in conflict", files, files == 1 ? "" : "s");
	int rc = fail(err, E_CONFLICT, "\"%s\" does not merge into \"%s\": %s%s%s", head->name,
		      base->name, records ? of_records : "", records && files ? ", " : "",
		      files ? of_files : "");
	AUTO_FREE char *from = shell_word(base->name);
	hint(err, "Bring %s up to date: \"git merge %s\" on it,%s and mend what is named above.",
	     head->name, from, records ? " \"xata resolve\"," : "");
	return rc;
}
