/*
 * What the commands of xata ci share: the job they run in, the repository, a ledger in a commit,
 * and bringing a branch of an endpoint to it. Nothing here needs a working tree.
 */
#ifndef XATA_CI_H
#define XATA_CI_H

#include "project/preview.h"
#include "project/snapshot.h"
#include "xata/ci_report.h"
#include "xata/session.h"

#define CI_FORMAT_OPTION                                                  \
	{                                                                 \
		"format", 0, CI_FORMATS, "for whom to write (as it fits)" \
	}
#define CI_PROJECT_OPTION                                                            \
	{                                                                            \
		"project", 0, "FOLDER", "the project's folder in the repository (.)" \
	}

struct ci {
	struct invocation *inv;
	struct ci_env env;
	struct ci_report report;
	struct vcs *vcs;	    /* of the session; set by ci_open() */
	const char *project;	    /* its folder by --project; NULL: where the command runs */
	char *folder;		    /* that one, "" at the top of the repository; NULL: not known */
	const char *owner, *branch; /* of the pull request; set by ci_preview_name(), "" or NULL */
};

/*
 * Runs one of the commands: reads what the CI system says, starts the report, does the work, and
 * ends the report with what came of it.
 */
typedef int ci_work(struct ci *c, struct error *err);
int ci_run(struct invocation *inv, const char *name, ci_work *work, struct error *err) MUST_USE;
/* Opens the repository. A folder without a project will do: nothing may be checked out. */
int ci_open(struct ci *c, struct error *err) MUST_USE;
void ci_release(struct ci *c);
AUTO_VALUE_DEFINE(ci)

/* The project in a revision. */
int ci_place(struct vcs_place *out, const struct ci *c, const char *rev,
	     struct error *err) MUST_USE;
/*
 * What the pull request goes to: --base; what the CI system says; else the main branch of origin,
 * or main. *name is how people call it, borrowed. E_USAGE when nothing is there.
 */
int ci_base(struct vcs_place *out, const char **name, const struct ci *c,
	    struct error *err) MUST_USE;
/* The branch's name for people, where the CI system says only which commit of it base is. */
const char *ci_base_called(const struct ci *c, const char *base);
/* --head; without it what the CI system says, else HEAD. */
const char *ci_head(const struct ci *c);

/* The ledger in a commit, as push needs it. Must stay where it is. */
struct ci_ledger {
	const char *rev; /* borrowed */
	struct vcs_id commit;
	struct snapshot snapshot;
	struct history history;
	struct local_history view;
};
/* E_INVALID when the text of the ledger has findings; sets the member "commit" of --json. */
int ci_ledger_open(struct ci_ledger *out, const struct ci *c, const char *rev,
		   struct error *err) MUST_USE;
void ci_ledger_release(struct ci_ledger *l);
AUTO_VALUE_DEFINE(ci_ledger)

/*
 * How the ledger relates to a branch of the endpoint. With a branch that was rewritten, as far as
 * the ledger is concerned, *rewritten is true and nothing else is set; NULL: that is E_REWRITTEN.
 */
int ci_compare(struct comparison *out, bool *rewritten, struct api *api, const char *branch,
	       const struct ci_ledger *ledger, struct error *err) MUST_USE;

/*
 * Lists what the ledger has and the branch lacks, and unless dry_run sends it. Sets the members
 * that ci_report_records() has, "pushed", "failed" and "failure" of --json.
 */
int ci_push(struct ci *c, struct api *api, const char *branch, const struct comparison *compared,
	    const struct ci_ledger *ledger, bool dry_run, struct error *err) MUST_USE;

/*
 * The name of the preview branch of --owner and --branch, or of the pull request that the job is
 * about; "" when neither says which. Sets the member "preview" of --json.
 */
int ci_preview_name(char out[], struct ci *c, struct error *err) MUST_USE;
/*
 * Whose the branch of that name is: two pull requests may give their previews one ("a/b", "a.b"),
 * and anybody may have made one by hand. *other is the branch in Git of the pull request that has
 * it, made safe for a terminal, free() it; NULL when that is this one or not known.
 * E_REMOTE_NOTFOUND when there is no such branch.
 */
int ci_preview_of(enum preview_of *out, char **other, const struct ci *c, struct api *api,
		  const char *name, struct error *err) MUST_USE;
/* E_CONFLICT, for a branch that is not known to be a preview, and what to do. */
int ci_preview_unknown(const char *name, struct error *err);

/*
 * Deletes a preview branch, and only one that is named so and that its metadata call this pull
 * request's; in a dry run it only tells what would come of it. keep: the branch that is never
 * deleted whatever it is called; may be NULL.
 */
enum ci_preview_fate {
	CI_PREVIEW_ABSENT,
	CI_PREVIEW_DELETED,
	CI_PREVIEW_OTHERS,
	CI_PREVIEW_UNKNOWN, /* nothing says that it is a preview */
};
int ci_preview_delete(enum ci_preview_fate *out, const struct ci *c, struct api *api,
		      const char *name, const char *keep, struct error *err) MUST_USE;

/* One for each cmd_ci_<name>.c. */
extern const struct command ci_check, ci_preview, ci_deploy, ci_stale;

#endif
