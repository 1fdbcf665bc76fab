# shellcheck shell=sh
# The environment of jobs in CI systems; sourced behind tap.sh.

# no_ci: as on a machine of one's own.
no_ci() {
	for tap_name in $(env | sed -n 's/^\(\(GITHUB\|GITLAB\|CI\|RUNNER\)_[A-Z0-9_]*\)=.*/\1/p'); do
		unset "$tap_name"
	done
	unset GITHUB_ACTIONS GITLAB_CI CI
}

# github EVENT JSON [BRANCH]: a job of GitHub Actions in the repository shop/shop.
github() {
	no_ci
	printf '%s\n' "$2" >"$T/event.json"
	GITHUB_ACTIONS=true CI=true GITHUB_EVENT_NAME=$1 GITHUB_EVENT_PATH=$T/event.json
	GITHUB_REPOSITORY=shop/shop GITHUB_REPOSITORY_OWNER=shop
	export GITHUB_ACTIONS CI GITHUB_EVENT_NAME GITHUB_EVENT_PATH GITHUB_REPOSITORY GITHUB_REPOSITORY_OWNER
	[ -z "${3:-}" ] || { export GITHUB_REF_TYPE=branch GITHUB_REF_NAME="$3"; }
}

# pull_request ACTION REPOSITORY OWNER BRANCH TO TARGET [COMMIT]: its event.
pull_request() {
	jq -n --arg action "$1" --arg from "$2" --arg owner "$3" --arg branch "$4" --arg to "$5" \
		--arg target "$6" --arg sha "${7:-$(git rev-parse HEAD)}" '{
		action: $action,
		pull_request: {
			head: {ref: $branch, sha: $sha, repo: {full_name: $from, owner: {login: $owner}}},
			base: {ref: $target, repo: {full_name: $to}}
		}
	}'
}

# pushed MESSAGE: the event of a push whose last commit has this message.
pushed() {
	jq -n --arg message "$1" '{head_commit: {message: $message}}'
}

# gitlab_request PROJECT BRANCH TO TARGET: a job for a merge request in GitLab.
gitlab_request() {
	no_ci
	GITLAB_CI=true CI=true CI_MERGE_REQUEST_IID=3
	CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=$1 CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=$2
	CI_MERGE_REQUEST_PROJECT_PATH=$3 CI_MERGE_REQUEST_TARGET_BRANCH_NAME=$4
	export GITLAB_CI CI CI_MERGE_REQUEST_IID CI_MERGE_REQUEST_SOURCE_PROJECT_PATH \
		CI_MERGE_REQUEST_SOURCE_BRANCH_NAME CI_MERGE_REQUEST_PROJECT_PATH \
		CI_MERGE_REQUEST_TARGET_BRANCH_NAME
}

no_ci
