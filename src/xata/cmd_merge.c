/* xata merge: merges two commits where there is no work tree, as a bot does for a pull request. */
#include <string.h>

#include "base/alloc.h"
#include "project/commit_merge.h"
#include "project/merge_sides.h"
#include "xata/commands.h"
#include "xata/merge.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"base", 0, "REV", "the commit to merge into"},
	{"head", 0, "REV", "the commit to merge"},
	{"upstream", 0, "base|head", "whose records go first and stay: base (default) or head"},
	{"commit", 0, NULL, "write a merge commit if the merge is clean"},
	{"message", 'm', "TEXT", "message of the commit, instead of one like Git's"},
	{"update-ref", 0, "REF", "with --commit: move this branch from base to the commit"},
	{"ff", 0, NULL, "with --commit: take head itself where base has nothing else"},
	{"accept-sql", 0, NULL, "take raw SQL not to touch what the other side does"},
	{"full", 0, NULL, "read every record, also those that both sides have"},
	{0},
};

/* The request, and how far it got. */
struct merge_run {
	struct vcs *git;
	struct merge_tip base, head;
	struct commit_merge merge;
	struct vcs_ref ref; /* of --update-ref; name NULL without one */
	struct vcs_id commit;
	bool moved;
};

static void merge_run_release(struct merge_run *r)
{
	commit_merge_release(&r->merge);
	vcs_ref_release(&r->ref);
}
AUTO_VALUE_DEFINE(merge_run)

/* ---- what is asked for */

static int check_usage(const struct args *a, struct error *err)
{
	static const char *const with_commit[] = {"message", "update-ref"};

	int rc = args_count(a, 0, 0, err);
	if (rc < 0)
		return rc;
	if (!args_value(a, "base") || !args_value(a, "head")) {
		rc = fail(err, E_USAGE, "--base and --head are needed");
		hint(err, "For example: xata merge --base main --head feature.");
		return rc;
	}
	for (size_t i = 0; i < ARRAY_LEN(with_commit); i++)
		if (args_value(a, with_commit[i]) && !args_flag(a, "commit"))
			return fail(err, E_USAGE, "--%s needs --commit", with_commit[i]);
	if (args_flag(a, "ff") && !args_flag(a, "commit"))
		return fail(err, E_USAGE, "--ff needs --commit");
	return 0;
}

static int check_use(const struct merge_run *r, struct error *err)
{
	AUTO_FREE char *head = shell_word(r->head.name);
	int rc = 0;

	switch (r->ref.use) {
	case VCS_UNUSED:
		break;
	case VCS_CHECKED_OUT:
		rc = fail(err, E_CONFLICT,
			  "\"%s\" is checked out: the files of its work tree would be left behind",
			  r->ref.name);
		hint(err,
		     "Merge there, \"git merge %s\" and then \"xata resolve\", or check out "
		     "another branch in it.",
		     head);
		break;
	case VCS_REBASED:
		rc = fail(err, E_CONFLICT,
			  "\"%s\" is being rebased in a work tree: what it gets here would be lost "
			  "at the end of that",
			  r->ref.name);
		hint(err, "End that there, with \"git rebase --continue\" or \"--abort\", and run "
			  "the command again; \"git worktree list\" shows where.");
		break;
	case VCS_BISECTED:
		rc = fail(err, E_CONFLICT,
			  "\"%s\" is being bisected in a work tree, which goes back to it at the "
			  "end",
			  r->ref.name);
		hint(err, "End that there, with \"git bisect reset\", and run the command again; "
			  "\"git worktree list\" shows where.");
		break;
	}
	return rc;
}

/* Refuses what could only fail at the end. */
static int find_ref(struct merge_run *r, const char *name, struct error *err)
{
	char is[VCS_HEX_MAX + 1], base[VCS_HEX_MAX + 1];

	int rc = r->git->ops->ref_find(&r->ref, r->git, name, err);
	if (rc < 0)
		return rc;
	vcs_id_hex(is, &r->ref.id);
	vcs_id_hex(base, &r->base.commit);
	if (!vcs_id_eq(&r->ref.id, &r->base.commit)) {
		rc = fail(err, E_CONFLICT, "\"%s\" is at %.10s, not at the base %.10s", r->ref.name,
			  is, base);
		if (str_eq(name, r->base.name))
			hint(err, "It moved while the command ran: run it again.");
		else
			hint(err, "The branch that is moved has to be the base: --base %s.", name);
	} else {
		rc = check_use(r, err);
	}
	return rc;
}

static int open_sides(struct merge_run *r, struct invocation *inv, struct error *err)
{
	const struct args *a = &inv->args;

	r->base.name = args_value(a, "base");
	r->head.name = args_value(a, "head");
	int rc = session_repository(&r->git, inv, err);
	if (rc == 0)
		rc = r->git->ops->find(&r->base.commit, r->git, r->base.name, err);
	if (rc == 0)
		rc = r->git->ops->find(&r->head.commit, r->git, r->head.name, err);
	if (rc == 0 && args_value(a, "update-ref"))
		rc = find_ref(r, args_value(a, "update-ref"), err);
	return rc;
}

/* ---- the commit */

/* What a revision is, in the words of Git's own messages; NULL: nothing but a commit. */
static char *describe(struct vcs *git, const char *rev, const char **name)
{
	static const struct kind {
		const char *prefix, *word;
	} kinds[] = {{"refs/heads/", "branch"},
		     {"refs/tags/", "tag"},
		     {"refs/remotes/", "remote-tracking branch"}};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO_VALUE(vcs_ref) ref = {0};
		struct error none = {0};
		bool full = starts_with(rev, kinds[i].prefix);
		AUTO_FREE char *try = xasprintf("%s%s", full ? "" : kinds[i].prefix, rev);
		if (git->ops->ref_find(&ref, git, try, &none) < 0)
			continue;
		*name = rev + (full ? strlen(kinds[i].prefix) : 0);
		return xasprintf("%s '%s'", kinds[i].word, *name);
	}
	return NULL;
}

static char *default_message(struct merge_run *r)
{
	const char *target = r->ref.name ? r->ref.name : r->base.name;
	const char *name = NULL, *into = NULL;
	AUTO_FREE char *what = describe(r->git, r->head.name, &name);
	AUTO_FREE char *where = describe(r->git, target, &into);

	if (!what)
		what = xasprintf("commit '%s'", r->head.name);
	return xasprintf("Merge %s%s%s\n", what, where ? " into " : "", where ? into : "");
}

/* Without the white space around it, as Git has it; E_USAGE when nothing is left. */
static int given_message(char **out, const char *text, struct error *err)
{
	struct view v = view_trim(view_of(text));

	*out = NULL;
	if (v.len == 0)
		return fail(err, E_USAGE, "the message of the commit is empty");
	AUTO_FREE char *copy = view_dup(v);
	*out = xasprintf("%s\n", copy);
	return 0;
}

static int make_commit(struct merge_run *r, const struct args *a, struct error *err)
{
	const char *given = args_value(a, "message");
	AUTO_FREE char *message = NULL;
	struct vcs_id parents[] = {r->base.commit, r->head.commit};

	int rc = given ? given_message(&message, given, err) : 0;
	if (rc < 0)
		return rc;
	if (args_flag(a, "ff") && r->merge.fast_forward) {
		r->commit = r->head.commit;
		return 0;
	}
	if (!message)
		message = default_message(r);
	struct vcs_commit c = {.tree = r->merge.tree,
			       .parents = parents,
			       .parent_count = ARRAY_LEN(parents),
			       .message = message};
	return r->git->ops->commit(&r->commit, r->git, &c, err);
}

/* Nothing is in the repository before all of it is known to be right; the branch moves last. */
static int carry_out(struct merge_run *r, const struct args *a, struct error *err)
{
	bool news = r->merge.relation != MERGE_CONTAINED;
	int rc = 0;

	if (news && args_flag(a, "commit"))
		rc = make_commit(r, a, err);
	if (rc == 0)
		rc = r->git->ops->keep(r->git, err);
	if (rc < 0 || !news || !r->ref.name)
		return rc;
	AUTO_FREE char *log = xasprintf("xata merge: %s", r->head.name);
	rc = r->git->ops->ref_move(r->git, r->ref.name, &r->base.commit, &r->commit, log, err);
	r->moved = rc == 0;
	return rc;
}

static void report_written(struct merge_run *r, struct output *o)
{
	char hex[VCS_HEX_MAX + 1], from[VCS_HEX_MAX + 1];

	vcs_id_hex(hex, &r->commit);
	vcs_id_hex(from, &r->base.commit);
	put_text(o, "commit", *hex ? hex : NULL);
	json_put(o->doc, "ref",
		 r->moved ? json_pack("{s:s, s:s, s:s}", "name", r->ref.name, "from", from, "to",
				      hex)
			  : json_null());
	if (*hex && vcs_id_eq(&r->commit, &r->head.commit))
		say(o, "No commit is needed: %s is the result.", r->head.name);
	else if (*hex)
		say(o, "Commit %s.", hex);
	if (r->moved)
		say_color(o, COLOR_GREEN, "%s moved from %.10s to %.10s.", r->ref.name, from, hex);
}

static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(merge_run) r = {0};
	const struct args *a = &inv->args;
	struct commit_merge_options how = {
		.conflicts = {.accept_sql = args_flag(a, "accept-sql")},
		.read_common = args_flag(a, "full") ? MERGE_READ_ALL : MERGE_READ_SOME,
		.upstream = str_eq(args_value(a, "upstream"), "head") ? MERGE_HEAD : MERGE_BASE,
	};

	int rc = check_usage(a, err);
	if (rc == 0)
		rc = open_sides(&r, inv, err);
	if (rc == 0)
		rc = commit_merge(&r.merge, r.git, &r.base, &r.head, &how, err);
	if (rc < 0)
		return rc;
	report_merge(&inv->out, &r.merge, &r.base, &r.head, how.upstream);
	rc = merge_check(&r.merge, &r.base, &r.head, err);
	if (rc == 0)
		rc = carry_out(&r, a, err);
	if (rc == 0)
		report_written(&r, &inv->out);
	return rc;
}

const struct command cmd_merge = {
	.name = "merge",
	.summary = "merge two commits, with their ledgers, without a work tree",
	.description =
		"Merges --head into --base in memory, in a bare repository too. In every project\n"
		"that both have, base's records stay first and as they are, and head's new ones\n"
		"go behind them, re-parented, unless they conflict by what they mean; all else\n"
		"is merged as Git merges files. Says whether it is clean and what the tree would\n"
		"be, and ends with status 4 when it is not.\n"
		"\n"
		"With --commit a merge commit is written, and with --update-ref a branch is moved\n"
		"to it, only if the branch is still at --base.",
	.options = options,
	.run = run,
};
