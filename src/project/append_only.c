/* Checks that a version of the ledger only appends to the one it builds on. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/checksum.h"
#include "project/merge_projects.h"
#include "project/snapshot.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

struct comparing {
	struct findings *findings;
	struct snapshot *now, *base;
	const char *base_name;
	/* Where a record of base may be now, by the id of its object and of itself; made when
	 * needed. */
	bool *renamed; /* by place in now: it is a record of base under another name */
	struct strs keys;
	struct map by_key; /* -> place in now */
};

/* ---- records under another name */

static void add_key(struct comparing *c, char *key, size_t at)
{
	if (map_add(&c->by_key, key, at))
		strs_take(&c->keys, key);
	else
		free(key);
}

static const struct vcs_entry *entry_of(const struct snapshot *s, const char *name)
{
	char file[RECORD_NAME_MAX + 1];
	struct error ignored = {0};

	if (record_file_name(file, name, &ignored) < 0)
		return NULL;
	return vcs_entries_find(&s->entries, file);
}

static void make_keys(struct comparing *c)
{
	const struct strs *names = &c->now->ledger.names;

	for (size_t i = 0; i < names->len; i++) {
		const struct vcs_entry *e = entry_of(c->now, names->items[i]);
		size_t v1 = record_name_v1_id(names->items[i]);
		char hex[VCS_HEX_MAX + 1];
		if (v1)
			add_key(c, xstrndup(names->items[i], v1), i);
		if (!e)
			continue;
		vcs_id_hex(hex, &e->id);
		add_key(c, xstrdup(hex), i);
	}
}

/* Whether a record of base is there under another name, at *at. */
static bool find_renamed(struct comparing *c, const char *name, size_t *at)
{
	const struct vcs_entry *e = entry_of(c->base, name);
	size_t v1 = record_name_v1_id(name);
	AUTO_FREE char *id = xstrndup(name, v1);
	char hex[VCS_HEX_MAX + 1] = "";

	if (c->keys.len == 0)
		make_keys(c);
	if (e)
		vcs_id_hex(hex, &e->id);
	bool found = (v1 && map_get(&c->by_key, id, at)) || (*hex && map_get(&c->by_key, hex, at));
	return found && !map_get(&c->base->ledger.index, c->now->ledger.names.items[*at], NULL);
}

/* What gives the base's records their place again. */
static char *base_first(const struct comparing *c)
{
	AUTO_FREE char *base = shell_word(c->base_name);

	if (c->base->former)
		return xasprintf("\"xata rebase --onto %s\" puts its records first, as they are, "
				 "and new ones behind them.",
				 base);
	return xasprintf("\"xata rebase --onto %s\" puts its records first, as they are, and new "
			 "ones behind them; where there are none, \"git restore --source=%s "
			 ".xata/migrations\" does.",
			 base, base);
}

/* A record states its name, so that a file that is the same has lost no more than its own. */
static bool has_same_file(const struct comparing *c, const char *was, const char *is)
{
	const struct vcs_entry *before = entry_of(c->base, was), *now = entry_of(c->now, is);

	return before && now && vcs_id_eq(&before->id, &now->id);
}

static void report_gone(struct comparing *c, const char *name)
{
	AUTO_FREE char *file = xasprintf("%s.json", name);
	AUTO_FREE char *advice = base_first(c);
	size_t at;

	if (!find_renamed(c, name, &at)) {
		findings_add(c->findings, FIND_BASE_REMOVED, file, 0, advice,
			     "record \"%s\" of %s is gone", name, c->base_name);
		return;
	}
	const char *is = c->now->ledger.names.items[at];
	c->renamed[at] = true;
	findings_add(c->findings, FIND_BASE_RENAMED, file, 0,
		     has_same_file(c, name, is)
			     ? "Give the file and its ledger line that name again."
			     : advice,
		     "record \"%s\" of %s is named \"%s\" here", name, c->base_name, is);
}

/* ---- edited records */

/* Formatted again or sealed, which changes nothing that anybody built on. */
static bool means_the_same(const struct record *a, const struct record *b)
{
	return a && b && record_same(a, b) && str_eq(record_title(a), record_title(b)) &&
	       str_eq(record_message(a), record_message(b));
}

static char *restore(const struct comparing *c, const char *file)
{
	const char *former = c->base->former;
	AUTO_FREE char *where = former ? xasprintf("%s:%s%s" MIGRATIONS_DIR "/%s", c->base_name,
						   former, *former ? "/" : "", file)
				       : xstrdup(c->base_name);
	AUTO_FREE char *word = shell_word(where);

	if (former)
		return xasprintf("Restore it, as \"git show %s\" prints it, and make a new record "
				 "for the change: \"xata new\".",
				 word);
	return xasprintf("Restore it, \"git restore --source=%s " MIGRATIONS_DIR
			 "/%s\", and make a new record for the change: \"xata new\".",
			 word, file);
}

static int check_edited(struct comparing *c, const char *name, struct error *err)
{
	const struct vcs_entry *was = entry_of(c->base, name), *is = entry_of(c->now, name);
	AUTO(record) *before = NULL;
	AUTO(record) *after = NULL;
	struct error why = {0};

	/* A file that is missing now is a finding of verification. */
	if (!was || !is || (was->kind == is->kind && vcs_id_eq(&was->id, &is->id)))
		return 0;
	int rc = snapshot_record(&before, c->base, name, &why);
	if (rc == 0)
		rc = snapshot_record(&after, c->now, name, &why);
	if (rc == E_IO || rc == E_ACCESS)
		return fail(err, rc, "%s", why.msg);
	AUTO_FREE char *file = xasprintf("%s.json", name);
	AUTO_FREE char *advice = restore(c, file);
	if (means_the_same(before, after))
		findings_add(c->findings, FIND_BASE_REWRITTEN, file, 0,
			     "Nothing is wrong with the record: it was formatted again or sealed.",
			     "the file of \"%s\" differs from %s, the record does not", name,
			     c->base_name);
	else
		findings_add(c->findings, FIND_BASE_EDITED, file, 0, advice,
			     "record \"%s\" of %s was edited", name, c->base_name);
	return 0;
}

/* ---- order */

static void report_order(struct comparing *c, size_t at, const char *other)
{
	const char *name = c->now->ledger.names.items[at];
	AUTO_FREE char *file = xasprintf("%s.json", name);
	AUTO_FREE char *advice = base_first(c);

	findings_add(c->findings, FIND_BASE_ORDER, file, 0, advice,
		     "record \"%s\" stands before \"%s\", which %s has before it", name, other,
		     c->base_name);
}

/* The records of base must come first, in their order. */
static void check_order(struct comparing *c)
{
	const struct strs *names = &c->now->ledger.names;
	const char *next = NULL; /* the record of base that follows, looking from the end */
	size_t next_place = 0, place;

	for (size_t i = names->len; i-- > 0;) {
		bool known = map_get(&c->base->ledger.index, names->items[i], &place);
		if (next && !c->renamed[i] && (!known || place > next_place))
			report_order(c, i, next);
		if (known && (!next || place < next_place)) {
			next = names->items[i];
			next_place = place;
		}
	}
}

int snapshot_check_appends(struct findings *findings, struct snapshot *now, struct snapshot *base,
			   size_t common, const char *base_name, struct error *err)
{
	struct comparing c = {
		.findings = findings, .now = now, .base = base, .base_name = base_name};
	const struct strs *names = &base->ledger.names;
	int rc = 0;

	snapshot_parse(now);
	snapshot_parse(base);
	c.renamed = xcalloc(now->ledger.names.len + 1, sizeof *c.renamed);
	for (size_t i = common; rc == 0 && i < names->len; i++) {
		if (map_get(&now->ledger.index, names->items[i], NULL))
			rc = check_edited(&c, names->items[i], err);
		else
			report_gone(&c, names->items[i]);
	}
	if (rc == 0)
		check_order(&c);
	free(c.renamed);
	map_release(&c.by_key);
	strs_release(&c.keys);
	return rc;
}

/* ---- all of it gone */

int snapshot_has_project(bool *out, struct vcs *v, const struct vcs_place *place, struct error *err)
{
	AUTO_VALUE(vcs_entries) state = {0};
	AUTO_VALUE(vcs_entries) top = {0};

	*out = false;
	int rc = v->ops->list(&state, v, place, ".xata", err);
	if (rc == 0)
		rc = v->ops->list(&top, v, place, "", err);
	if (rc == 0)
		*out = state.len || vcs_entries_find(&top, ".xatarc") ||
		       vcs_entries_find(&top, ".xatarc.json");
	return rc;
}

static bool has_conflict(const struct snapshot *s)
{
	for (size_t i = 0; i < s->entries.len; i++)
		if (s->entries.items[i].conflicted)
			return true;
	return false;
}

/* Files that verification has something to say about: in conflict, or records without a line. */
static bool has_findings(const struct snapshot *s)
{
	for (size_t i = 0; i < s->entries.len; i++)
		if (s->entries.items[i].conflicted || ends_with(s->entries.items[i].name, ".json"))
			return true;
	return false;
}

static void report_removed(struct findings *findings, const struct snapshot *index, size_t lost)
{
	bool there = vcs_entries_find(&index->entries, LEDGER_FILE);

	findings_add(findings, FIND_LEDGER_REMOVED, LEDGER_FILE, 0,
		     "\"git checkout HEAD -- .xata/migrations\" brings it back; a project that "
		     "shall go, goes with its settings: \"git rm -r --ignore-unmatch .xata "
		     ".xatarc\".",
		     there ? "the ledger names no record any more, that of HEAD has %zu record%s"
			   : "the ledger of HEAD is gone, with %zu record%s",
		     lost, lost == 1 ? "" : "s");
}

static int check_not_empty(struct findings *findings, const struct snapshot *index,
			   const struct snapshot *head, struct error *err)
{
	static const struct vcs_place staged = {.where = VCS_INDEX};
	bool stays = false;

	if (has_findings(index) || head->ledger.names.len == 0)
		return 0;
	int rc = snapshot_has_project(&stays, index->vcs, &staged, err);
	if (rc == 0 && stays)
		report_removed(findings, index, head->ledger.names.len);
	return rc;
}

/* ---- some of it gone */

static void check_end(struct findings *findings, const struct snapshot *index,
		      const struct snapshot *head)
{
	const struct strs *now = &index->ledger.names, *was = &head->ledger.names;
	const char *former = head->former;
	AUTO_FREE char *how = former ? xasprintf("\"xata rebase --onto HEAD\" takes it from \"%s\"",
						 *former ? former : ".")
				     : xstrdup("\"git restore --source=HEAD --staged --worktree "
					       ".xata/migrations\" brings it back");
	AUTO_FREE char *advice = xasprintf("%s; one that no branch has yet may go, with \"git "
					   "commit --no-verify\".",
					   how);
	size_t n = 0;

	while (n < now->len && n < was->len && strcmp(now->items[n], was->items[n]) == 0)
		n++;
	for (size_t i = n; n == now->len && i < was->len; i++) {
		AUTO_FREE char *file = xasprintf("%s.json", was->items[i]);
		findings_add(findings, FIND_BASE_REMOVED, file, 0, advice,
			     "record \"%s\" of HEAD is gone", was->items[i]);
	}
}

/* *former is where HEAD has the project, if elsewhere; free() it, behind out. */
static int open_head(struct snapshot *out, char **former, struct vcs *v, struct error *err)
{
	static const struct vcs_place index = {.where = VCS_INDEX};
	struct vcs_place place = {.where = VCS_COMMIT};
	int rc = v->ops->head(&place.commit, v, err);

	if (rc < 0 || place.commit.len == 0)
		return rc;
	rc = merge_follow_folder(former, v, &index, &place.commit, err);
	place.project = out->former = *former;
	return rc < 0 ? rc : snapshot_open(out, v, &place, err);
}

int snapshot_check_kept(struct findings *findings, struct snapshot *index, struct snapshot *head,
			struct error *err)
{
	AUTO_FREE char *former = NULL;
	AUTO_VALUE(snapshot) own = {0};
	struct error unreadable = {0};

	snapshot_parse(index);
	if (!head) {
		head = &own;
		int rc = open_head(head, &former, index->vcs, &unreadable);
		if (rc < 0 && index->ledger.names.len)
			return 0; /* the commit that mends HEAD can be made */
		if (rc < 0)
			return fail(err, unreadable.code, "%s", unreadable.msg);
	}
	if (!head->vcs || snapshot_extends(index, head)) /* before the first commit there is none */
		return 0;
	snapshot_parse(head);
	if (index->ledger.names.len == 0)
		return check_not_empty(findings, index, head, err);
	if (!has_conflict(index))
		check_end(findings, index, head);
	return 0;
}
