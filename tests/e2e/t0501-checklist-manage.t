#!/bin/sh
# What the tests of the official client check of migrate, schema, branch and dbs, row by row, for
# this one: against an endpoint that answers from a script and writes down each request.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
need python3

export XATA_API_KEY=xata_0123456789
mkdir work && cd work || exit 1

python3 "$abs_top_srcdir/tests/lib/scripted_endpoint.py" "$T/script" "$T/url" "$T/log" &
# shellcheck disable=SC2034 # stopped at the end
xatad_pids=$!
wait_for "the endpoint answers" test -s "$T/url"
XATA_DATABASE_URL=$(cat "$T/url")/db/shop
export XATA_DATABASE_URL

# script JSON: from now on the endpoint answers like this; the log of requests begins anew.
script() {
	: >"$T/log"
	printf '%s\n' "$1" >"$T/script"
}

# asked WANTED DESCRIPTION: the requests so far, one "METHOD PATH BODY" a line.
asked() {
	is "$(jq -r '[.method, .path, (.body // empty | tojson)] | join(" ")' "$T/log")" "$1" "$2"
}

# typing LINES COMMAND…: as somebody at a terminal.
typing() { run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" "$@"; }

WS='"GET /workspaces": {"body": {"workspaces": [{"id": "test-1234", "name": "Test"}]}}'
HEAD='"GET /db/shop:main?form=head"'
PGROLL=$HEAD': {"body": {"databaseName": "shop", "branchName": "main", "usePgRoll": true}}'
JOB='"jobID": "mig_job_1"'

# ---- migrate status

status_row() { # STATUS-ANSWER
	script "{$PGROLL, \"GET /db/shop:main/migrations/status\": $1}"
	run xata migrate status main
}

migrate_status_on_a_schema_branch_is_an_error() {
	script "{$HEAD: {\"body\": {\"databaseName\": \"shop\", \"branchName\": \"main\"}}}"
	run xata migrate status main
	exits 3 "migrate status: a branch that is not pgroll is an error"
	err_has "schema branch" "and the message says so"
}

migrate_status_none() {
	status_row '{"status": 204}'
	exits 0 "migrate status: no job"
	out_has "no migration job" "says so"
}

migrate_status_complete_completed() {
	status_row "{\"body\": {$JOB, \"type\": \"complete\", \"status\": \"completed\"}}"
	is "$(awk 'NR == 2' "$OUT" | tr -s ' ')" "mig_job_1 complete completed completed" \
		"migrate status: complete, completed"
}

migrate_status_start_completed_is_active() {
	status_row "{\"body\": {$JOB, \"type\": \"start\", \"status\": \"completed\",
		\"completedAt\": \"2026-01-02T10:00:00Z\"}}"
	is "$(awk 'NR == 2' "$OUT" | tr -s ' ')" \
		"mig_job_1 start completed active 2026-01-02 10:00:00 UTC" \
		"migrate status: start, completed is active"
}

migrate_status_rollback_completed() {
	status_row "{\"body\": {$JOB, \"type\": \"rollback\", \"status\": \"completed\"}}"
	is "$(awk 'NR == 2' "$OUT" | tr -s ' ')" "mig_job_1 rollback completed completed" \
		"migrate status: rollback, completed"
}

migrate_status_start_failed_shows_the_error() {
	status_row "{\"body\": {$JOB, \"type\": \"start\", \"status\": \"failed\",
		\"error\": \"relation \\\"x\\\" does not exist\"}}"
	exits 0 "migrate status: start, failed"
	out_has 'relation "x" does not exist' "shows the error"
	run xata migrate status main --json
	out_json '[.active, .job.error]' '[false,"relation \"x\" does not exist"]' "as JSON too"
}

# ---- migrate start

migrate_start_needs_a_source() {
	script "{$PGROLL}"
	run xata migrate start main
	exits 2 "migrate start: neither file nor --migration-json"
	ok "asks nothing" test ! -s "$T/log"
}

migrate_start_with_invalid_json() {
	echo '{oops' >bad.json
	run xata migrate start main bad.json
	exits 3 "migrate start: invalid JSON"
	ok "asks nothing" test ! -s "$T/log"
}

migrate_start_with_a_valid_file_submits_it() {
	script "{$PGROLL, \"GET /db/shop:main/migrations/status\": {\"status\": 204},
		\"POST /db/shop:main/migrations/start\": {\"body\": {$JOB}},
		\"GET /db/shop:main/migrations/jobs/mig_job_1\": [
			{\"body\": {$JOB, \"type\": \"start\", \"status\": \"pending\"}},
			{\"body\": {$JOB, \"type\": \"start\", \"status\": \"in_progress\"}},
			{\"body\": {$JOB, \"type\": \"start\", \"status\": \"completed\"}}]}"
	echo '{"name": "m1", "operations": [{"sql": {"up": "select 1"}}]}' >m.json
	run xata migrate start main m.json
	exits 0 "migrate start: a valid file"
	out_has "mig_job_1" "names the job"
	asked 'GET /db/shop:main?form=head
GET /db/shop:main/migrations/status
POST /db/shop:main/migrations/start {"name":"m1","operations":[{"sql":{"up":"select 1"}}]}
GET /db/shop:main/migrations/jobs/mig_job_1
GET /db/shop:main/migrations/jobs/mig_job_1
GET /db/shop:main/migrations/jobs/mig_job_1' "is sent as it is, and its job waited for"
}

migrate_start_that_fails_or_never_ends() {
	script "{$PGROLL, \"GET /db/shop:main/migrations/status\": {\"status\": 204},
		\"POST /db/shop:main/migrations/start\": {\"body\": {$JOB}},
		\"GET /db/shop:main/migrations/jobs/mig_job_1\": {\"body\": {$JOB, \"type\": \"start\",
			\"status\": \"failed\", \"error\": \"no such table\"}}}"
	run xata migrate start main m.json
	exits 7 "migrate start: a job that fails"
	err_has "no such table" "with the endpoint's message"
	script "{$PGROLL, \"GET /db/shop:main/migrations/status\": {\"status\": 204},
		\"POST /db/shop:main/migrations/start\": {\"body\": {$JOB}},
		\"GET /db/shop:main/migrations/jobs/mig_job_1\": {\"body\": {$JOB, \"type\": \"start\",
			\"status\": \"in_progress\"}}}"
	run xata migrate start main m.json --timeout 3
	exits 5 "migrate start: a job that never ends is waited for so long"
	err_has "xata migrate status" "and the hint says how to see it"
	run xata migrate start main m.json --no-wait
	exits 0 "or not at all"
	out_has "mig_job_1" "with the job's id"
}

migrate_complete_and_rollback() {
	for verb in complete rollback; do
		script "{$PGROLL, \"GET /db/shop:main/migrations/status\": {\"status\": 204}}"
		run xata migrate $verb main
		exits 4 "migrate $verb: without an active migration is an error"
		script "{$PGROLL, \"GET /db/shop:main/migrations/status\":
				{\"body\": {$JOB, \"type\": \"start\", \"status\": \"in_progress\"}}}"
		run xata migrate $verb main
		exits 4 "migrate $verb: while it is being started, too"
		err_has "mig_job_1" "naming the job"
		script "{$PGROLL, \"GET /db/shop:main/migrations/status\":
				{\"body\": {$JOB, \"type\": \"start\", \"status\": \"completed\"}},
			\"POST /db/shop:main/migrations/$verb\": {\"body\": {\"jobID\": \"mig_job_2\"}},
			\"GET /db/shop:main/migrations/jobs/mig_job_2\":
				{\"body\": {\"jobID\": \"mig_job_2\", \"type\": \"$verb\", \"status\": \"completed\"}}}"
		run xata migrate $verb main
		exits 0 "migrate $verb: of an active migration"
		out_has "mig_job_2" "names the job"
	done
}

# ---- migrate list

list_row() { # ITEMS
	script "{$PGROLL, \"GET /db/shop:main/migrations/history?limit=10\": {\"body\": {\"migrations\": [$1]}}}"
	run xata migrate list main
	exits 0 "migrate list: $2"
}

migrate_list_of_one() {
	list_row '{"name": "m1", "migration": "{}", "startedAt": "2026-01-02T10:00:00Z", "done": true,
		"schema": "public", "migrationType": "pgroll"}' "one item without a parent"
	is "$(awk 'NR == 2' "$OUT" | tr -s ' ')" "m1 pgroll complete {}" "shows no parent, not undefined"
}

migrate_list_of_several() {
	long=$(printf '%0100d' 0)
	list_row "{\"name\": \"m2\", \"migration\": \"$long\", \"done\": false, \"parent\": \"m1\",
		\"migrationType\": \"pgroll\"}, {\"name\": \"m1\", \"migration\": \"{}\", \"done\": true,
		\"migrationType\": \"inferred\"}" "several"
	is "$(awk 'NR == 2' "$OUT" | tr -s ' ')" \
		"m2 pgroll in progress m1 $(printf '%070d' 0) (truncated...)" "cuts long ones at 70 characters"
	is "$(awk 'NR == 3' "$OUT" | tr -s ' ')" "m1 inferred complete {}" "and shows the type"
}

# ---- schema dump

SCHEMA='{"tables": [{"name": "t", "columns": [{"name": "c", "type": "string"}]}]}'

schema_dump() {
	script "{$HEAD: {\"body\": {\"databaseName\": \"shop\", \"branchName\": \"main\"}},
		\"GET /db/shop:main\": {\"body\": {\"schema\": $SCHEMA}}}"
	run xata schema dump --branch main
	exits 0 "schema dump: prints the branch's schema"
	printf '%s' "$SCHEMA" | jq --indent 2 . >wanted
	same_file "$OUT" wanted "as JSON"
	run xata schema dump --branch main -f dump.json
	exits 0 "schema dump: to a file"
	same_file dump.json wanted "with exactly that"
}

# ---- branch

branch_create() {
	script '{"PUT /db/shop:dev": {"status": 201, "body": {"databaseName": "shop", "branchName": "dev", "status": "completed"}}}'
	run xata branch create
	exits 2 "branch create: needs a name"
	run xata branch create dev
	exits 0 "branch create: works"
	asked 'PUT /db/shop:dev {"from":"main"}' "with this request"
	run xata branch create dev --json
	out_json '.result' '{"databaseName":"shop","branchName":"dev","status":"completed"}' \
		"branch create: --json has the answer"
	script '{"PUT /db/shop:dev": {"status": 418, "body": {"message": "I am a teapot"}}}'
	run xata branch create dev
	exits 7 "branch create: the endpoint's error"
	err_has "I am a teapot" "is shown"
	script '{"PUT /db/shop:dev": {"status": 502, "text": "<html><h1>Bad gateway</h1></html>"}}'
	run xata branch create dev --timeout 20
	exits 7 "branch create: a page of HTML is an error"
	err_has "502" "with its status"
	err_lacks "<html>" "not its text"
}

branch_delete() {
	script '{"DELETE /db/shop:dev": {"body": {"status": "completed"}}}'
	typing '' xata branch delete dev
	exits 1 "branch delete: an empty confirmation is status 1"
	typing 'deb' xata branch delete dev
	exits 1 "branch delete: another name, too"
	ok "and nothing is asked" test ! -s "$T/log"
	typing 'dev' xata branch delete dev
	exits 0 "branch delete: the name confirms"
	run xata branch delete dev --force --json
	exits 0 "branch delete: --force does not ask"
	out_json .result.status completed "and --json has the answer"
	asked 'DELETE /db/shop:dev
DELETE /db/shop:dev' "with these requests"
	script '{"DELETE /db/shop:dev": {"status": 400, "body": {"message": "cannot do that"}}}'
	run xata branch delete dev --force
	exits 7 "branch delete: the endpoint's error"
	err_has "cannot do that" "is shown"
}

branch_list() {
	script '{"GET /dbs/shop": {"body": {"databaseName": "shop", "branches": [
		{"name": "main", "createdAt": "2026-01-02T03:04:05.123Z"}]}}}'
	run xata branch list
	exits 0 "branch list: a table"
	is "$(awk 'NR == 2' "$OUT" | tr -s ' ')" "main 2026-01-02 03:04:05 UTC" "with dates for people"
	run xata branch list --json
	out_json '.branches[0].createdAt' '2026-01-02T03:04:05.123Z' "branch list: and for machines"
	script '{"GET /dbs/shop": {"status": 400, "body": {"message": "something failed"}}}'
	run xata branch list
	exits 7 "branch list: the endpoint's error"
	err_has "something failed" "is shown"
}

# ---- dbs

dbs_create() {
	script "{$WS, \"GET /workspaces/test-1234/regions\": {\"body\": {\"regions\": [{\"id\": \"eu\", \"name\": \"EU\"}]}},
		\"PUT /workspaces/test-1234/dbs/shop\": {\"status\": 201, \"body\":
			{\"databaseName\": \"shop\", \"branchName\": \"main\", \"status\": \"completed\"}}}"
	run xata dbs create shop
	exits 0 "dbs create: works"
	asked 'GET /workspaces
GET /workspaces/test-1234/regions
PUT /workspaces/test-1234/dbs/shop {"region":"eu","branchName":"main"}' "with these requests"
	run xata dbs create shop --workspace test-1234 --region eu --postgres --json
	out_json .result.status completed "dbs create: --json has the answer"
	is "$(tail -n 1 "$T/log" | jq -c .body)" '{"region":"eu","branchName":"main","postgresEnabled":true}' \
		"dbs create: --postgres is sent"
	script "{$WS, \"GET /workspaces/test-1234/regions\": {\"body\": {\"regions\": [{\"id\": \"eu\"}, {\"id\": \"us\"}]}}}"
	run xata dbs create shop
	exits 2 "dbs create: of several regions one has to be chosen"
	err_has "eu, us" "they are listed"
	script '{"GET /workspaces": {"body": {"workspaces": [{"id": "test-1234"}, {"id": "more-5678"}]}}}'
	run xata dbs create shop
	exits 2 "dbs create: of several workspaces, too"
	err_has "more-5678" "they are listed"
	script "{$WS, \"PUT /workspaces/test-1234/dbs/shop\": {\"status\": 422, \"body\": {\"message\": \"it exists\"}}}"
	run xata dbs create shop --region eu
	exits 7 "dbs create: the endpoint's error"
	err_has "it exists" "is shown"
}

dbs_delete() {
	script "{$WS, \"DELETE /workspaces/test-1234/dbs/shop\": {\"body\": {\"status\": \"completed\"}}}"
	typing '' xata dbs delete shop
	exits 1 "dbs delete: an empty confirmation is status 1"
	typing other xata dbs delete shop
	exits 1 "dbs delete: another name, too"
	nok "and nothing is deleted" grep -q DELETE "$T/log"
	typing shop xata dbs delete shop
	exits 0 "dbs delete: the name confirms"
	run xata dbs delete shop -f --json
	out_json .result.status completed "dbs delete: --json has the answer"
	script "{$WS}"
	run xata dbs delete shop -f
	exits 7 "dbs delete: the endpoint's error"
	err_has "not in the script" "is shown"
}

dbs_rename() {
	script "{$WS, \"POST /workspaces/test-1234/dbs/shop/rename\": {\"body\": {\"name\": \"store\", \"region\": \"eu\", \"createdAt\": \"2026-01-02T03:04:05Z\"}}}"
	typing '' xata dbs rename shop store
	exits 1 "dbs rename: an empty confirmation is status 1"
	typing store xata dbs rename shop store
	exits 1 "dbs rename: another name, too"
	nok "and nothing is renamed" grep -q POST "$T/log"
	typing shop xata dbs rename shop store
	exits 0 "dbs rename: the name confirms"
	is "$(tail -n 1 "$T/log" | jq -c '[.path, .body]')" \
		'["/workspaces/test-1234/dbs/shop/rename",{"newName":"store"}]' "with this request"
	run xata dbs rename shop store -f --json
	out_json .result.name store "dbs rename: --json has the answer"
	script "{$WS}"
	run xata dbs rename shop store -f
	exits 7 "dbs rename: the endpoint's error"
	err_has "not in the script" "is shown"
}

dbs_list() {
	script "{$WS, \"GET /workspaces/test-1234/dbs\": {\"body\": {\"databases\": [
		{\"name\": \"shop\", \"region\": \"eu\", \"createdAt\": \"2026-01-02T03:04:05Z\"}]}}}"
	run xata dbs list
	exits 0 "dbs list: a table"
	is "$(awk 'NR == 2' "$OUT" | tr -s ' ')" "shop eu v1 2026-01-02 03:04:05 UTC" "with dates for people"
	run xata dbs list --json
	out_json '.databases[0].name' shop "dbs list: --json has the answer"
	script "{$WS, \"GET /workspaces/test-1234/dbs\": {\"status\": 400, \"body\": {\"message\": \"something failed\"}}}"
	run xata dbs list
	exits 7 "dbs list: the endpoint's error"
	err_has "something failed" "is shown"
}

migrate_status_on_a_schema_branch_is_an_error
migrate_status_none
migrate_status_complete_completed
migrate_status_start_completed_is_active
migrate_status_rollback_completed
migrate_status_start_failed_shows_the_error
migrate_start_needs_a_source
migrate_start_with_invalid_json
migrate_start_with_a_valid_file_submits_it
migrate_start_that_fails_or_never_ends
migrate_complete_and_rollback
migrate_list_of_one
migrate_list_of_several
schema_dump
branch_create
branch_delete
branch_list
dbs_create
dbs_delete
dbs_rename
dbs_list
done_testing
