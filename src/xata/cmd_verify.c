/* xata verify: checks the whole ledger, or a version of it, and prints each finding's remedy. */
#include <stdlib.h>

#include "project/merge_projects.h"
#include "project/project.h"
#include "project/snapshot.h"
#include "xata/commands.h"
#include "xata/report.h"
#include "xata/session.h"

static const struct opt options[] = {
	{"staged", 0, NULL, "check what the next commit will hold, not the files on disk"},
	{"rev", 0, "REV", "check a commit of Git"},
	{"base", 0, "REV", "check also that records were only appended to those of this commit"},
	{"project", 0, "FOLDER", "with --rev, the project's folder in the repository (.)"},
	{"full", 0, NULL, "read every record, also those that did not change"},
	{"strict", 0, NULL, "unsealed records and cosmetic findings count too"},
	{0},
};

/* What is checked, and what was found. */
struct checking {
	const char *checked; /* "files", "staged", "rev": for --json */
	const char *base;    /* name of the version that was compared with; NULL: none */
	const char *project; /* its folder by --project; NULL: where the command runs */
	struct vcs_place place;
	char *base_folder;    /* its folder in base, where that is another one; else NULL */
	bool base_lacks;      /* base has no file of its migrations */
	struct strs gone;     /* folders of base's projects that are none here: it may be meant */
	struct vcs_id commit; /* of --rev */
	struct verify_result result;
	struct findings findings;
	size_t unchanged; /* leading records that base has too, and that were not read */
};

static void checking_release(struct checking *c)
{
	verify_result_release(&c->result);
	findings_release(&c->findings);
	free(c->base_folder);
	strs_release(&c->gone);
}
AUTO_VALUE_DEFINE(checking)

/* Opens the version that the options ask for. */
static int open_version(struct snapshot *out, struct checking *c, struct invocation *inv,
			struct vcs *git, struct error *err)
{
	const char *rev = args_value(&inv->args, "rev");
	struct vcs_place *place = &c->place;
	struct workdir *w;

	c->checked = rev ? "rev" : args_flag(&inv->args, "staged") ? "staged" : "files";
	*place = (struct vcs_place){.where = VCS_INDEX, .project = c->project};
	if (!rev && !args_flag(&inv->args, "staged")) {
		place->where = VCS_FILES;
		int rc = session_workdir(&w, inv, WORKDIR_READ, err);
		return rc < 0 ? rc : snapshot_open_files(out, git, w, err);
	}
	if (rev) {
		place->where = VCS_COMMIT;
		int rc = git->ops->find(&place->commit, git, rev, err);
		if (rc < 0)
			return rc;
		c->commit = place->commit;
	}
	return snapshot_open(out, git, place, err);
}

/* The version that it is compared with, in the folder that the project has there. */
static int open_before(struct snapshot *out, const struct snapshot *now, struct checking *c,
		       const struct vcs_id *commit, struct vcs *git, struct error *err)
{
	struct vcs_place place = {.where = VCS_COMMIT, .commit = *commit, .project = c->project};
	int rc = merge_follow_folder(&c->base_folder, git, &c->place, commit, err);

	if (c->base_folder)
		place.project = c->base_folder;
	if (rc == 0)
		rc = snapshot_open_before(out, git, &place, now, err);
	out->former = c->base_folder;
	return rc;
}

/* Opens what it is compared with: --base, or for --staged HEAD, which only saves reading. */
static int open_base(struct snapshot *out, const struct snapshot *now, struct checking *c,
		     struct invocation *inv, struct vcs *git, struct error *err)
{
	const char *base = args_value(&inv->args, "base");
	struct vcs_id commit = {0};
	struct error unreadable = {0};
	int rc = 0;

	if (base)
		rc = git->ops->find(&commit, git, base, err);
	else if (args_flag(&inv->args, "staged") && !args_flag(&inv->args, "full"))
		rc = git->ops->head(&commit, git, err);
	if (rc < 0 || commit.len == 0)
		return rc;
	rc = open_before(out, now, c, &commit, git, base ? err : &unreadable);
	if (rc == 0) {
		c->base = base ? base : "HEAD";
		c->base_lacks = out->entries.len == 0;
		if (c->base_lacks)
			rc = merge_find_gone(&c->gone, git, &c->place, &commit, err);
	} else if (!base) {
		/* Nothing is saved then, and the commit that mends HEAD can be made. */
		snapshot_release(out);
		*out = (struct snapshot){0};
		rc = 0;
	}
	return rc;
}

/*
 * Opens the repository. Commits and the index need no project on disk: a server has none, and a
 * sparse checkout need not have it.
 */
static int open_repository(struct vcs **out, struct checking *c, struct invocation *inv,
			   struct error *err)
{
	bool rev = args_value(&inv->args, "rev"), staged = args_flag(&inv->args, "staged");
	struct project *p;

	if (rev && staged)
		return fail(err, E_USAGE, "--rev and --staged cannot be given together");
	int rc = session_folder(&c->project, inv, err);
	if (rc == 0 && (rev || staged))
		rc = session_project_or_none(&p, inv, err);
	return rc < 0 ? rc : session_vcs(out, inv, err);
}

/* A check of nothing must not look like one that passed. */
static int need_ledger(const struct snapshot *now, const struct snapshot *base,
		       const struct invocation *inv, struct error *err)
{
	bool found = now->entries.len || base->entries.len;

	if (found || (project_exists(inv->project) && !args_value(&inv->args, "project")))
		return 0;
	const char *rev = args_value(&inv->args, "rev");
	int rc = fail(err, E_PROJECT, "there is no .xata/migrations in %s%s%s", rev ? "\"" : "",
		      rev ? rev : "the index", rev ? "\"" : "");
	hint(err, "Run it in the project's folder%s.",
	     rev ? ", or name that with --project FOLDER" : "");
	return rc;
}

static int verify_version(struct checking *c, struct invocation *inv, struct error *err)
{
	AUTO_VALUE(snapshot) now = {0};
	AUTO_VALUE(snapshot) base = {0};
	struct vcs *git;

	int rc = open_repository(&git, c, inv, err);
	if (rc == 0)
		rc = open_version(&now, c, inv, git, err);
	if (rc == 0)
		rc = open_base(&base, &now, c, inv, git, err);
	if (rc == 0)
		rc = need_ledger(&now, &base, inv, err);
	if (rc < 0)
		return rc;
	struct snapshot_check check = {
		.base = c->base ? &base : NULL,
		.append_only = args_value(&inv->args, "base"),
		.full = args_flag(&inv->args, "full"),
	};
	rc = snapshot_verify(&c->result, &c->findings, &c->unchanged, &now, &check, err);
	if (rc == 0 && args_flag(&inv->args, "staged") && !check.append_only)
		rc = snapshot_check_kept(&c->findings, &now, check.base, err);
	return rc;
}

static int verify_files(struct checking *c, struct invocation *inv, struct error *err)
{
	struct workdir *w;

	c->checked = "files";
	int rc = session_workdir(&w, inv, WORKDIR_READ, err);
	return rc < 0 ? rc : verify_workdir(&c->result, &c->findings, w, err);
}

/*
 * --json: {"checked": "files", "staged" or "rev", "commit": id or null, "base": text or null,
 * "baseFolder": where that has the project, if elsewhere, or null,
 * "unchanged": number not read, "records": number read, "format", "head": name or null, "strict",
 * "findings": [{"kind", "level", "file", "line": number or null, "message", "remedy"}], "counts":
 * {"errors", "unsealed", "cosmetic"}}.
 */
static void put_result(const struct checking *c, struct output *o, bool strict)
{
	char hex[VCS_HEX_MAX + 1];

	vcs_id_hex(hex, &c->commit);
	put_text(o, "checked", c->checked);
	put_text(o, "commit", *hex ? hex : NULL);
	put_text(o, "base", c->base);
	put_text(o, "baseFolder", c->base_folder);
	json_put(o->doc, "unchanged", json_integer((json_int_t)c->unchanged));
	json_put(o->doc, "records", json_integer((json_int_t)c->result.records));
	json_put_string(o->doc, "format", record_format_name(c->result.format));
	put_text(o, "head", c->result.head[0] ? c->result.head : NULL);
	json_put(o->doc, "strict", json_boolean(strict));
}

static void say_compared(const struct checking *c, const struct output *o)
{
	const char *folder = c->base_folder;

	if (folder && c->base)
		say(o, "The project was renamed: compared with %s in %s.",
		    *folder ? folder : "the top folder", c->base);
}

static void say_verified(const struct checking *c, const struct output *o, bool strict)
{
	const char *head = c->result.head;
	size_t records = c->result.records;

	if (c->unchanged && records == 0)
		say_color(o, COLOR_GREEN, "Nothing new: the %zu record%s %s as in %s, head %s.",
			  c->unchanged, c->unchanged == 1 ? "" : "s",
			  c->unchanged == 1 ? "is" : "are", c->base, head);
	else if (c->unchanged)
		say_color(o, COLOR_GREEN,
			  "%zu record%s verified, head %s; the %zu before %s as in %s.", records,
			  records == 1 ? "" : "s", head, c->unchanged,
			  c->unchanged == 1 ? "is" : "are", c->base);
	else
		say_color(o, COLOR_GREEN, "%zu record%s verified%s%s.", records,
			  records == 1 ? "" : "s", *head ? ", head " : "", head);
	if (c->base && c->base_lacks)
		say(o, "There was nothing to compare with: %s has no migrations of this project.",
		    c->base);
	if (!strict && c->findings.unsealed)
		say(o, "%zu pgroll record%s unsealed: \"xata seal\" would fix their content, too.",
		    c->findings.unsealed, c->findings.unsealed == 1 ? " is" : "s are");
}

/* What somebody who renamed a folder, and more, may take the project for. */
static void say_gone(const struct checking *c, const struct output *o)
{
	for (size_t i = 0; i < c->gone.len; i++) {
		const char *folder = c->gone.items[i];
		note(o,
		     "The project in %s of %s is gone: this one has none of its records as they "
		     "were, "
		     "and so is taken for another one.",
		     *folder ? folder : ".", c->base);
	}
}

static int run(struct invocation *inv, struct error *err)
{
	AUTO_VALUE(checking) c = {0};
	const struct args *a = &inv->args;
	bool strict = args_flag(a, "strict");
	bool version = args_flag(a, "staged") || args_value(a, "rev") || args_value(a, "base");

	int rc = args_count(a, 0, 0, err);
	if (rc == 0 && args_value(a, "project") && !args_value(a, "rev"))
		rc = fail(err, E_USAGE, "--project needs --rev");
	if (rc == 0)
		rc = version ? verify_version(&c, inv, err) : verify_files(&c, inv, err);
	if (rc < 0)
		return rc;
	say_compared(&c, &inv->out);
	say_gone(&c, &inv->out);
	report_findings(&inv->out, &c.findings, strict ? SAY_ALL : SAY_COSMETIC);
	put_result(&c, &inv->out, strict);
	size_t bad = c.findings.errors + (strict ? c.findings.unsealed + c.findings.cosmetic : 0);
	if (bad == 0) {
		say_verified(&c, &inv->out, strict);
		return 0;
	}
	rc = fail(err, E_NO, "verification failed: %zu finding%s in %zu record%s", bad,
		  bad == 1 ? "" : "s", c.result.records, c.result.records == 1 ? "" : "s");
	hint(err, "Mend each finding as said above%s, then run \"xata verify\" again.",
	     args_flag(a, "staged") ? " and \"git add\" the files" : "");
	return rc;
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "check the ledger: names, files, parents, order, checksums",
	.description =
		"Checks every record under .xata/migrations against the ledger: its name,\n"
		"its file, its parent, its place in the SHA-256 chain, its format, and that\n"
		"its operations apply to the schema before it. Prints every finding with\n"
		"its file and its remedy, and ends with status 1 when there is one.\n"
		"\n"
		"With --staged or --rev the index or a commit of Git is checked instead of the\n"
		"files. Records that HEAD (with --staged) or the base has too are recognised by\n"
		"their object ids and not read again.",
	.options = options,
	.needs = NEEDS_LOCK,
	.run = run,
};
