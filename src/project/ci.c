/* Reads what GitHub Actions and GitLab say of a job. */
#include "project/ci.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"

#include "base/banned.h"

#define EVENT_MAX ((size_t)32 << 20) /* bytes; GitHub cuts events at 25 MB */

void ci_env_release(struct ci_env *e)
{
	free(e->owner);
	free(e->branch);
	free(e->target);
	free(e->head);
	free(e->base);
	free(e->base_commit);
	*e = (struct ci_env){0};
}

const char *ci_system_name(enum ci_system system)
{
	static const char *const names[] = {"none", "github", "gitlab"};

	return names[system];
}

/* A variable that is set and not empty, else NULL. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static char *copy(const char *text)
{
	return text && *text ? xstrdup(text) : NULL;
}

/* "refs/heads/main" as "main". */
static const char *branch_of_ref(const char *ref)
{
	return ref && starts_with(ref, "refs/heads/") ? ref + strlen("refs/heads/") : ref;
}

static char *remote_branch(const char *branch)
{
	return branch ? xasprintf("origin/%s", branch) : NULL;
}

/* Zeros stand for "there was none", such as before the first push of a branch. */
static char *commit_or_null(const char *id)
{
	return id && strspn(id, "0") != strlen(id) ? xstrdup(id) : NULL;
}

/* ---- GitHub */

/* The text at a path of keys inside the event, NULL when it is not there. */
static const char *event_text(const json_t *event, const char *const *path)
{
	for (; *path; path++)
		event = json_object_get(event, *path);
	return json_string_value(event);
}
#define EVENT_TEXT(event, ...) event_text((event), (const char *const[]){__VA_ARGS__, NULL})

static int read_event(json_t **out, struct error *err)
{
	const char *path = variable("GITHUB_EVENT_PATH");
	AUTO_STR text = {.max = EVENT_MAX};

	*out = NULL;
	if (!path)
		return 0;
	int rc = fs_read(&text, AT_FDCWD, path, EVENT_MAX, err);
	if (rc == 0)
		rc = json_read(out, str_view(&text), 0, err);
	if (rc < 0) {
		error_prefix(err, "GITHUB_EVENT_PATH");
		hint(err, "It should name the event of the job, as GitHub Actions sets it.");
	}
	return rc;
}

static void take_pull_request(struct ci_env *e, const json_t *event)
{
	const json_t *request = json_object_get(event, "pull_request");
	const char *from = EVENT_TEXT(request, "head", "repo", "full_name");
	const char *to = EVENT_TEXT(request, "base", "repo", "full_name");
	const char *owner = EVENT_TEXT(request, "head", "repo", "owner", "login");
	const char *branch = EVENT_TEXT(request, "head", "ref");
	const char *target = EVENT_TEXT(request, "base", "ref");

	e->stage = str_eq(json_text(event, "action"), "closed") ? CI_CLOSED : CI_REQUEST;
	/* A fork that was deleted meanwhile is null. */
	e->fork = request && (!from || !str_eq(from, to ? to : variable("GITHUB_REPOSITORY")));
	e->owner = copy(owner || e->fork ? owner : variable("GITHUB_REPOSITORY_OWNER"));
	e->branch = copy(branch ? branch : variable("GITHUB_HEAD_REF"));
	e->target = copy(target ? target : variable("GITHUB_BASE_REF"));
	e->head = copy(EVENT_TEXT(request, "head", "sha"));
	e->base = remote_branch(e->target);
	e->base_commit = copy(EVENT_TEXT(request, "base", "sha"));
}

static void take_merge_group(struct ci_env *e, const json_t *event)
{
	e->stage = CI_QUEUE;
	e->target = copy(branch_of_ref(EVENT_TEXT(event, "merge_group", "base_ref")));
	e->head = copy(EVENT_TEXT(event, "merge_group", "head_sha"));
	/* A group builds on the one before it in the queue, which is not on the branch yet. */
	e->base = copy(EVENT_TEXT(event, "merge_group", "base_sha"));
	if (!e->base)
		e->base = remote_branch(e->target);
}

/* Finds what stands behind a mark on the first line of a message; free() it. */
static char *behind(const char *message, const char *mark, const char *end)
{
	const char *start = message ? strstr(message, mark) : NULL;
	size_t line = message ? strcspn(message, "\r\n") : 0;

	if (!start || (size_t)(start - message) > line)
		return NULL;
	start += strlen(mark);
	size_t len = strcspn(start, end);
	return len ? xstrndup(start, len) : NULL;
}

static void take_push(struct ci_env *e, const json_t *event)
{
	const char *message = EVENT_TEXT(event, "head_commit", "message");
	AUTO_FREE char *from = NULL;

	e->stage = CI_PUSH;
	if (str_eq(variable("GITHUB_REF_TYPE"), "branch"))
		e->target = copy(variable("GITHUB_REF_NAME"));
	e->base = commit_or_null(EVENT_TEXT(event, "before"));
	/* As GitHub words it: Merge pull request #12 from owner/branch/of/git */
	if (message && starts_with(message, "Merge pull request #"))
		from = behind(message, " from ", " \r\n");
	const char *slash = from ? strchr(from, '/') : NULL;
	if (!slash || slash == from || !slash[1])
		return;
	e->owner = xstrndup(from, (size_t)(slash - from));
	e->branch = xstrdup(slash + 1);
}

static int read_github(struct ci_env *e, struct error *err)
{
	AUTO_JSON *event = NULL;
	const char *name = variable("GITHUB_EVENT_NAME");
	int rc = read_event(&event, err);

	if (rc < 0)
		return rc;
	e->system = CI_GITHUB;
	if (str_eq(name, "pull_request") || str_eq(name, "pull_request_target"))
		take_pull_request(e, event);
	else if (str_eq(name, "merge_group"))
		take_merge_group(e, event);
	else if (str_eq(name, "push"))
		take_push(e, event);
	return 0;
}

/* ---- GitLab */

/* "group/sub/project" without the project. */
static char *namespace_of(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && slash != path ? xstrndup(path, (size_t)(slash - path)) : NULL;
}

static void take_merge_request(struct ci_env *e)
{
	const char *from = variable("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH");
	const char *to = variable("CI_MERGE_REQUEST_PROJECT_PATH");
	const char *type = variable("CI_MERGE_REQUEST_EVENT_TYPE");

	e->stage = str_eq(type, "merge_train") ? CI_QUEUE : CI_REQUEST;
	e->fork = from && to && !str_eq(from, to);
	e->owner = from ? namespace_of(from) : copy(variable("CI_PROJECT_NAMESPACE"));
	e->branch = copy(variable("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"));
	e->target = copy(variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"));
	/* Set where HEAD is a merge that GitLab made; in a train that is what has to be right. */
	if (e->stage == CI_REQUEST)
		e->head = copy(variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"));
	e->base = remote_branch(e->target);
	const char *tip = variable("CI_MERGE_REQUEST_TARGET_BRANCH_SHA");
	e->base_commit = copy(tip ? tip : variable("CI_MERGE_REQUEST_DIFF_BASE_SHA"));
}

/*
 * As GitLab words it: Merge branch 'branch/of/git' into 'main'. A branch may have a quote in its
 * name.
 */
static char *merged_branch(const char *title)
{
	static const char begin[] = "Merge branch '", end[] = "' into '";

	if (!title || !starts_with(title, begin))
		return NULL;
	title += sizeof begin - 1;
	size_t len = strcspn(title, "\r\n"), found = 0;
	for (size_t i = 0; i + sizeof end - 1 <= len; i++)
		if (memcmp(title + i, end, sizeof end - 1) == 0)
			found = i;
	return found ? xstrndup(title, found) : NULL;
}

static void take_branch(struct ci_env *e)
{
	const char *title = variable("CI_COMMIT_TITLE");

	e->stage = CI_PUSH;
	e->target = copy(variable("CI_COMMIT_BRANCH"));
	e->base = commit_or_null(variable("CI_COMMIT_BEFORE_SHA"));
	e->branch = merged_branch(title);
	if (e->branch)
		e->owner = copy(variable("CI_PROJECT_NAMESPACE"));
}

int ci_env_read(struct ci_env *out, struct error *err)
{
	*out = (struct ci_env){0};
	if (str_eq(variable("GITHUB_ACTIONS"), "true"))
		return read_github(out, err);
	if (!str_eq(variable("GITLAB_CI"), "true"))
		return 0;
	out->system = CI_GITLAB;
	if (variable("CI_MERGE_REQUEST_IID"))
		take_merge_request(out);
	else if (variable("CI_COMMIT_BRANCH"))
		take_branch(out);
	return 0;
}
