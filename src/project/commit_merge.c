/* Merges commits: Git's merge of the files, with the ledgers replaced by what they resolve to. */
#include "project/commit_merge.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "project/merge_folders.h"
#include "project/merge_sides.h"
#include "project/snapshot.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

#define MERGE_RELATION_NAME(id, name) name,
static const char *const relation_names[] = {MERGE_RELATIONS(MERGE_RELATION_NAME)};
#undef MERGE_RELATION_NAME

const char *merge_relation_name(enum merge_relation relation)
{
	return relation_names[relation];
}

void commit_merge_release(struct commit_merge *m)
{
	for (size_t i = 0; i < m->project_count; i++) {
		free(m->projects[i].folder);
		strs_release(&m->projects[i].former);
		resolution_release(&m->projects[i].resolution);
	}
	free(m->projects);
	vcs_ids_release(&m->ancestors);
	vcs_conflicts_release(&m->files);
	*m = (struct commit_merge){0};
}

/* What the functions below are about. */
struct merging {
	struct commit_merge *out;
	struct vcs *vcs;
	struct vcs_merge *merge;
	const struct merge_tip *base, *head;
	const struct commit_merge_options *options;
	/*
	 * Git took a record for a file that was renamed, and put into it, or where it was, what the
	 * other side made of that file.
	 */
	bool mixed;
};

/* ---- one project */

static char *path_of(const char *folder, const char *name)
{
	return xasprintf("%s%s" MIGRATIONS_DIR "/%s", folder, *folder ? "/" : "", name);
}

static int put_file(struct merging *m, const char *folder, const struct merge_file *f,
		    struct error *err)
{
	AUTO_FREE char *path = path_of(folder, f->name);
	struct vcs_id id = f->id;
	int rc = 0;

	if (id.len == 0)
		rc = m->vcs->ops->write(&id, m->vcs, str_view(&f->text), err);
	return rc < 0 ? rc : m->vcs->ops->merge_put(m->merge, path, &id, err);
}

static int remove_file(struct merging *m, const char *folder, const char *name, struct error *err)
{
	AUTO_FREE char *path = path_of(folder, name);

	return m->vcs->ops->merge_remove(m->merge, path, err);
}

/* Git knows no renamed folders: what one side added to the old one goes from there. */
static int remove_former(struct merging *m, const struct merged_project *p, const char *name,
			 struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->former.len; i++)
		rc = remove_file(m, p->former.items[i], name, err);
	return rc;
}

/* What one side added is what it added: no merge of files has anything to put into it. */
static void check_added(struct merging *m, const struct merged_project *p,
			const struct merge_sides *sides, const char *name)
{
	AUTO_FREE char *path = path_of(p->folder, name);
	struct vcs_id added, there;

	if (!merge_sides_added(&added, sides, name))
		return;
	m->vcs->ops->merge_get(&there, m->merge, path);
	if (!vcs_id_eq(&there, &added))
		m->mixed = true;
}

static void check_all_added(struct merging *m, const struct merged_project *p,
			    const struct merge_sides *sides, const struct merge_files *files)
{
	if (p->former.len) /* of a renamed folder Git is right to follow the files */
		return;
	for (size_t i = 0; i < files->len; i++)
		check_added(m, p, sides, files->items[i].name);
	for (size_t i = 0; i < files->gone.len; i++)
		check_added(m, p, sides, files->gone.items[i]);
}

static int put_files(struct merging *m, const struct merged_project *p,
		     const struct merge_files *files, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < files->gone.len; i++) {
		rc = remove_file(m, p->folder, files->gone.items[i], err);
		if (rc == 0)
			rc = remove_former(m, p, files->gone.items[i], err);
	}
	for (size_t i = 0; rc == 0 && i < files->len; i++) {
		rc = remove_former(m, p, files->items[i].name, err);
		if (rc == 0)
			rc = put_file(m, p->folder, &files->items[i], err);
	}
	return rc;
}

/* The project as each merge base has it. */
static void find_bases(struct merge_version *out, const struct merging *m,
		       const struct merge_project *p)
{
	for (size_t i = 0; i < p->ancestors; i++)
		out[i] = (struct merge_version){
			.name = "the common ancestor",
			.place = {.where = VCS_COMMIT,
				  .commit = m->out->ancestors.items[i],
				  .project = p->before[i] ? p->before[i] : p->folder},
		};
}

static int read_sides(struct merge_sides **out, const struct merging *m,
		      const struct merge_project *p, struct error *err)
{
	AUTO_FREE struct merge_version *bases = xcalloc(m->out->ancestors.len + 1, sizeof *bases);
	const struct merge_version base = {m->base->name, {VCS_COMMIT, m->base->commit, p->base}};
	const struct merge_version head = {m->head->name, {VCS_COMMIT, m->head->commit, p->head}};
	bool normal = m->options->upstream == MERGE_BASE;
	const struct merge_version sides[] = {normal ? base : head, normal ? head : base};
	struct merge_request request = {
		.sides = sides,
		.side_count = ARRAY_LEN(sides),
		.bases = bases,
		.base_count = m->out->ancestors.len,
		.options = m->options->conflicts,
		.read_common = m->options->read_common,
	};

	find_bases(bases, m, p);
	return merge_sides_read(out, m->vcs, &request, err);
}

/* Whether Git would have to merge the files: each side has others than the ancestor had. */
static int both_changed(bool *out, const struct merging *m, const struct merge_project *p,
			struct error *err)
{
	struct vcs_id was = {0}, base = {0}, head = {0};
	int rc = 0;

	*out = false;
	if (p->ancestors && p->before[0])
		rc = folder_ledger(&was, m->vcs, &m->out->ancestors.items[0], p->before[0], err);
	if (rc == 0 && p->base)
		rc = folder_ledger(&base, m->vcs, &m->base->commit, p->base, err);
	if (rc == 0 && p->head)
		rc = folder_ledger(&head, m->vcs, &m->head->commit, p->head, err);
	*out = rc == 0 && !vcs_id_eq(&base, &head) && !vcs_id_eq(&was, &base) &&
	       !vcs_id_eq(&was, &head);
	return rc;
}

/* See merged_project.together. */
static bool is_together(const struct merging *m, const struct merge_project *p,
			const struct resolution *r)
{
	bool normal = m->options->upstream == MERGE_BASE;
	bool first = r->upstream > r->alike, second = r->records.len > r->upstream;
	const char *first_folder = normal ? p->base : p->head;
	const char *second_folder = normal ? p->head : p->base;

	if (r->conflicts.blocking || r->kept.len || r->dropped.len)
		return true;
	return (first && (second || !str_eq(first_folder, p->folder))) ||
	       (second && !str_eq(second_folder, p->folder));
}

static int merge_project(struct merging *m, struct merged_project *out,
			 const struct merge_project *p, struct error *err)
{
	AUTO(merge_sides) *sides = NULL;
	AUTO_VALUE(merge_files) files = {0};

	int rc = merge_project_check(p, m->base->name, m->head->name, err);
	if (rc < 0)
		return rc;
	out->folder = xstrdup(p->folder);
	for (size_t i = 0; i < p->former.len; i++)
		strs_add(&out->former, p->former.items[i]);
	rc = read_sides(&sides, m, p, err);
	if (rc == 0) {
		out->common = merge_sides_common(sides);
		rc = resolve(&out->resolution, merge_sides_input(sides), err);
	}
	if (rc == 0)
		rc = both_changed(&out->together, m, p, err);
	out->together = out->together || (rc == 0 && is_together(m, p, &out->resolution));
	m->out->conflicts += out->resolution.conflicts.blocking;
	if (rc == 0 && out->resolution.conflicts.blocking == 0)
		rc = merge_sides_files(&files, sides, &out->resolution, NULL, err);
	if (rc < 0 && *out->folder)
		error_prefix(err, "project \"%s\"", out->folder);
	if (rc == 0)
		check_all_added(m, out, sides, &files);
	return rc < 0 ? rc : put_files(m, out, &files, err);
}

/* ---- all of it */

static bool is_below(const char *path, const char *folder)
{
	AUTO_FREE char *migrations = path_of(folder, "");

	return starts_with(path, migrations);
}

/* The project whose ledger a path is of, NULL if it is of none that was merged. */
static const struct merged_project *project_of(const struct commit_merge *out, const char *path)
{
	for (size_t i = 0; i < out->project_count; i++) {
		const struct merged_project *p = &out->projects[i];
		bool its = is_below(path, p->folder);
		for (size_t j = 0; !its && j < p->former.len; j++)
			its = is_below(path, p->former.items[j]);
		if (its)
			return p;
	}
	return NULL;
}

static bool is_of_ledger(const char *path)
{
	return starts_with(path, MIGRATIONS_DIR "/") || strstr(path, "/" MIGRATIONS_DIR "/");
}

static void find_conflicts(struct merging *m)
{
	AUTO_VALUE(vcs_conflicts) all = {0};

	m->vcs->ops->merge_conflicts(&all, m->merge);
	for (size_t i = 0; i < all.len; i++) {
		const char *path = all.items[i].path;
		const struct merged_project *p = project_of(m->out, path);
		/* A ledger that a side left alone cannot be in conflict. */
		if (!p && is_of_ledger(path))
			m->mixed = true;
		/* One in conflict by its meaning: what Git says adds nothing to that. */
		if (!p || !p->resolution.conflicts.blocking)
			vcs_conflicts_add(&m->out->files, xstrdup(path), all.items[i].kind);
	}
	m->out->conflicts += m->out->files.len;
}

/* A ledger that needed no merge is as one of the sides has it. */
static int check_others(struct merging *m, const struct folders *changed, struct error *err)
{
	struct vcs_id other;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < changed->len; i++) {
		const struct folder *f = &changed->items[i];
		AUTO_FREE char *ledger = path_of(f->path, LEDGER_FILE);
		if (project_of(m->out, ledger))
			continue;
		rc = folder_ledger(&other, m->vcs, &m->head->commit, f->path, err);
		if (rc == 0 && f->now.len && !vcs_id_eq(&other, &f->now))
			m->mixed = true;
	}
	return rc;
}

static int fail_unnamed(const struct merging *m, const char *folder, const char *file,
			struct error *err)
{
	AUTO_FREE char *path = path_of(folder, file);
	int rc = fail(err, E_INVALID, "the ledger of \"%s\" does not name \"%s\"", m->head->name,
		      path);

	hint(err, "Mend that version first; \"xata verify\" names all that is wrong with it.");
	return rc;
}

static bool is_named(const struct ledger *l, const char *file)
{
	char name[RECORD_NAME_MAX + 1];

	return record_name_of_file(name, file) && map_get(&l->index, name, NULL);
}

/* Nor does a merge bring a file in that no ledger names; one that base has already stays there. */
static int check_named(struct merging *m, const char *folder, struct error *err)
{
	struct vcs_place place = {.where = VCS_COMMIT, .commit = m->out->tree, .project = folder};
	AUTO_VALUE(snapshot) result = {0};
	AUTO_VALUE(vcs_entries) base = {0};

	int rc = snapshot_open(&result, m->vcs, &place, err);
	place.commit = m->base->commit;
	if (rc == 0)
		rc = m->vcs->ops->list(&base, m->vcs, &place, MIGRATIONS_DIR, err);
	if (rc == 0)
		snapshot_parse(&result);
	for (size_t i = 0; rc == 0 && i < result.entries.len; i++) {
		const struct vcs_entry *e = &result.entries.items[i];
		if (!ends_with(e->name, RECORD_SUFFIX) || is_named(&result.ledger, e->name))
			continue;
		const struct vcs_entry *was = vcs_entries_find(&base, e->name);
		if (!was || !vcs_id_eq(&was->id, &e->id))
			rc = fail_unnamed(m, folder, e->name, err);
	}
	return rc;
}

static int check_ledgers(struct merging *m, struct error *err)
{
	AUTO_VALUE(folders) changed = {0};

	int rc = folders_find(&changed, m->vcs, &m->base->commit, &m->out->tree, err);
	if (rc == 0)
		rc = check_others(m, &changed, err);
	for (size_t i = 0; rc == 0 && !m->mixed && i < changed.len; i++)
		if (changed.items[i].now.len)
			rc = check_named(m, changed.items[i].path, err);
	return rc;
}

static int merge_files(struct merging *m, struct error *err)
{
	AUTO_VALUE(merge_projects) projects = {0};
	struct commit_merge *out = m->out;
	const struct merge_commits commits = {&m->base->commit, &m->head->commit, &out->ancestors};

	int rc = merge_projects_find(&projects, m->vcs, &commits, m->options->upstream, err);
	if (rc < 0)
		return rc;
	out->projects = xcalloc(projects.len + 1, sizeof *out->projects);
	for (size_t i = 0; rc == 0 && i < projects.len; i++)
		rc = merge_project(m, &out->projects[out->project_count++], &projects.items[i],
				   err);
	if (rc < 0)
		return rc;
	find_conflicts(m);
	if (out->conflicts == 0)
		rc = m->vcs->ops->merge_tree(&out->tree, m->merge, err);
	return rc < 0 || out->conflicts ? rc : check_ledgers(m, err);
}

static int merge_once(struct merging *m, bool renames, struct error *err)
{
	struct vcs *v = m->vcs;

	m->mixed = false;
	int rc = v->ops->merge(&m->merge, v, &m->base->commit, &m->head->commit, renames, err);
	if (rc < 0)
		return rc;
	rc = merge_files(m, err);
	v->ops->merge_free(m->merge);
	return rc;
}

/*
 * Where following renamed files led into a ledger, none is followed: what both sides made of the
 * file is then in conflict, which people decide.
 */
static int merge_both(struct merging *m, struct error *err)
{
	struct commit_merge *out = m->out;

	int rc = merge_once(m, true, err);
	if (rc < 0 || !m->mixed)
		return rc;
	struct commit_merge anew = {.relation = out->relation, .ancestors = out->ancestors};
	out->ancestors = (struct vcs_ids){0};
	commit_merge_release(out);
	*out = anew;
	rc = merge_once(m, false, err);
	if (rc == 0 && m->mixed && out->conflicts == 0) {
		rc = fail(err, E_CONFLICT,
			  "Git would merge files of \"%s\" and \"%s\" into a ledger", m->base->name,
			  m->head->name);
		hint(err, "Merge them with \"git merge\", then \"xata resolve\".");
	}
	return rc;
}

int merge_fail_unrelated(const char *base, const char *head, struct error *err)
{
	int rc = fail(err, E_CONFLICT, "\"%s\" and \"%s\" have no common ancestor", base, head);

	hint(err, "They are unrelated histories: bring one into the other with \"git merge "
		  "--allow-unrelated-histories\" once, or start the branch anew from its base.");
	return rc;
}

static int relate(struct commit_merge *out, struct vcs *v, const struct merge_tip *base,
		  const struct merge_tip *head, struct error *err)
{
	const struct vcs_ids *ancestors = &out->ancestors;

	int rc = v->ops->merge_bases(&out->ancestors, v, &base->commit, &head->commit, err);
	if (rc < 0)
		return rc;
	if (ancestors->len == 0)
		return merge_fail_unrelated(base->name, head->name, err);
	out->relation = MERGE_DIVERGED;
	if (vcs_id_eq(&ancestors->items[0], &head->commit))
		out->relation = MERGE_CONTAINED;
	else if (vcs_id_eq(&ancestors->items[0], &base->commit))
		out->relation = MERGE_AHEAD;
	return 0;
}

int commit_merge(struct commit_merge *out, struct vcs *v, const struct merge_tip *base,
		 const struct merge_tip *head, const struct commit_merge_options *options,
		 struct error *err)
{
	struct merging m = {.out = out, .vcs = v, .base = base, .head = head, .options = options};
	struct vcs_id tree;

	int rc = relate(out, v, base, head, err);
	if (rc < 0)
		return rc;
	if (out->relation == MERGE_CONTAINED)
		return v->ops->tree(&out->tree, v, &base->commit, err);
	rc = merge_both(&m, err);
	if (rc < 0 || out->relation != MERGE_AHEAD || out->conflicts)
		return rc;
	rc = v->ops->tree(&tree, v, &head->commit, err);
	out->fast_forward = rc == 0 && vcs_id_eq(&tree, &out->tree);
	return rc;
}
