/*
 * One run of a command: its arguments, its output, and the things it opens on the way (project,
 * target, connection, working directory), each opened once and closed by main.
 */
#ifndef XATA_SESSION_H
#define XATA_SESSION_H

#include "project/project.h"
#include "project/target.h"
#include "project/vcs.h"
#include "project/workdir.h"
#include "sync/api.h"
#include "sync/sync.h"
#include "xata/command.h"
#include "xata/output.h"

struct invocation {
	const struct command *command;
	const char *path; /* full name of the command, "branch create" */
	struct args args;
	struct output out;
	long timeout_s;	  /* of --timeout, 0 without; this and the next set by session_options() */
	long lock_wait_s; /* of --lock-wait */
	char *database;	  /* chosen by session_use_database(): goes before --db; NULL: not chosen */
	/* Opened by the functions below, closed by session_close(); NULL until then. */
	struct project *project;
	struct target *target;
	struct api_target *api_target;
	struct http *http;
	struct http_retry retry;
	struct api *api;
	struct workdir *workdir;
	struct vcs *vcs;
};

void session_close(struct invocation *inv);

/*
 * Reads the shared options that are numbers, before the command runs: a wrong one is E_USAGE before
 * anything is said or done.
 */
int session_options(struct invocation *inv, struct error *err) MUST_USE;

/* Each opens its thing at the first call; *out is borrowed from inv. */
int session_project(struct project **out, struct invocation *inv, struct error *err) MUST_USE;
/* Like session_project, but outside a project takes the current directory as an empty one. */
int session_project_or_none(struct project **out, struct invocation *inv,
			    struct error *err) MUST_USE;
/* E_PROJECT where no project is on disk, but Git has one that was not checked out. */
int session_not_left_out(struct error *err) MUST_USE;
/* mode of the first call counts; --lock-wait is honoured; recovery is noted on stderr. */
int session_workdir(struct workdir **out, struct invocation *inv, enum workdir_mode mode,
		    struct error *err) MUST_USE;
/* For what needs no more of the ledger than session_local() gives, if nothing has changed. */
int session_workdir_unread(struct workdir **out, struct invocation *inv, enum workdir_mode mode,
			   struct error *err) MUST_USE;

/* --project FOLDER, as seen from the top of the repository, "" for that; NULL: not given. */
int session_folder(const char **out, const struct invocation *inv, struct error *err) MUST_USE;

/* The Git repository of the project; outside of one its functions say so. */
int session_vcs(struct vcs **out, struct invocation *inv, struct error *err) MUST_USE;
/* The one around the current directory, for what is about all of it and needs no project. */
int session_repository(struct vcs **out, struct invocation *inv, struct error *err) MUST_USE;

enum session_need { SESSION_HOST, SESSION_DATABASE };
/* Where to and with which key, from options, environment, project and profile; connects nothing. */
int session_target(const struct target **out, struct invocation *inv, enum session_need need,
		   struct error *err) MUST_USE;
/* The same, as an API client; nothing is sent yet. */
int session_api(struct api **out, struct invocation *inv, enum session_need need,
		struct error *err) MUST_USE;

/*
 * Goes on with another database than --db says, a URL that the user has chosen (init asks for it):
 * closes what was opened with the former target and resolves again.
 */
int session_use_database(struct invocation *inv, const char *url, struct error *err) MUST_USE;

/* The option of commands about a whole workspace, and their API client: --workspace is honoured. */
#define WORKSPACE_OPTION                                                                \
	{                                                                               \
		"workspace", 0, "ID", "workspace to use; needed when there are several" \
	}
int session_workspace_api(struct api **out, struct invocation *inv, struct error *err) MUST_USE;

/*
 * The branch of pull, push and status, in this order: the argument word; the URL's ":branch" or
 * XATA_BRANCH; the endpoint's mapping for the current Git branch; main, saying so. *how receives
 * which of these it was, for the report. free() *out.
 */
enum branch_source { BRANCH_ARGUMENT, BRANCH_SETTING, BRANCH_GIT, BRANCH_DEFAULT };
int session_branch(char **out, enum branch_source *how, struct invocation *inv,
		   const char *argument, struct error *err) MUST_USE;

/* The local history as pull, push and status need it; lives as long as the session's workdir. */
struct local_side {
	struct history history;
	struct tracking seen;
	struct local_history view;
};
int session_local(struct local_side *out, struct invocation *inv, const char *branch,
		  struct error *err) MUST_USE;
/* The same for a command that asks no branch, so that nothing is known of what one had. */
int session_local_alone(struct local_side *out, struct invocation *inv, struct error *err) MUST_USE;
void local_side_release(struct local_side *l);
AUTO_VALUE_DEFINE(local_side)

/*
 * Remembers the head the branch was seen at, unless it is remembered already or unknown. A failure
 * is only a warning: the memory is a help, not part of the history.
 */
void session_remember(struct invocation *inv, const char *branch, const char *id,
		      const char *checksum);

/*
 * Warns when another branch than this one (NULL: than none) was seen to have a record of `now`, all
 * of which is known, at position `from` or behind, where records are about to be replaced by those
 * of `then` (NULL: by none of them): such a branch will have diverged.
 */
void session_warn_seen(struct invocation *inv, const struct history *now, size_t from,
		       const struct history *then, const char *branch);

/* Key under which the branch's last known head is kept; free() it. */
char *session_tracking_key(const struct target *t, const char *branch);

#endif
