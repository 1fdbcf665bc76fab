#!/bin/sh
# xata migrate: start, complete, roll back, status and list on pgroll branches.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
database blog --postgres
project blog

migration() {
	printf '{"name":"%s","operations":[{"add_column":{"table":"posts","column":{"name":"%s","type":"text"}}}]}\n' \
		"$1" "$2" >"$T/migration.json"
}

run xata migrate status main
exits 0 "a branch without jobs has a status"
out_has 'has had no migration job' "that says so"
run xata migrate status main --json
out_json '[.ok, .command, .branch, .job, .active]' '[true,"migrate status","main",null,false]' \
	"as JSON too"
run xata migrate list main
exits 0 "and an empty list"
out_is "NAME  TYPE  STATUS  PARENT  MIGRATION" "under its header"

create_table 01_posts posts
push_all

# ---- start

migration 02_title title
run xata migrate start main "$T/migration.json"
exits 0 "a migration is started"
ok "and its job is named" grep -q '^Migration started on branch "main" (job mig_job_[0-9a-v]*)\.$' "$OUT"
run xata migrate status main
exits 0 "the status"
is "$(awk 'NR == 2 { print $2, $3, $4 }' "$OUT")" "start completed active" "shows it as active"
run xata migrate status main --json
out_json '[.active, .job.type, .job.status]' '[true,"start","completed"]' "as JSON too"
run xata migrate list main --json
out_json '[.migrations[] | [.name, .done]]' '[["02_title",false],["01_posts",true]]' \
	"the list has it, newest first"
migration 03_body body
run xata migrate start main "$T/migration.json"
exits 4 "a second one cannot be started"
err_has "complete" "before the first is completed"
err_has "rollback" "or rolled back"

# ---- complete

run xata migrate complete main --json
exits 0 "it is completed"
out_json '[.branch, .job.type, .job.status, (.jobID | startswith("mig_job_"))]' \
	'["main","complete","completed",true]' "as JSON"
run xata migrate complete main
exits 4 "it cannot be completed twice"
err_has "no active migration" "as the message says"
run xata migrate status main
is "$(awk 'NR == 2 { print $2, $3, $4 }' "$OUT")" "complete completed completed" "the status says so"
run xata pull main
is "$(last_name)" 02_title "and it can be pulled"

# ---- roll back

quietly xata migrate start main "$T/migration.json"
run xata migrate rollback main
exits 0 "a started one can be rolled back"
out_has "Migration rolled back" "which is said"
run xata migrate rollback main
exits 4 "once"
run xata migrate list main --json
out_json '[.migrations[].name] | index("03_body")' null "it is gone"
run xata pull main
out_has "nothing new" "there is nothing to pull"
run xata migrate start main "$T/migration.json"
exits 0 "and it can be started again"
quietly xata migrate complete main

# ---- where the migration comes from

migration 04_stdin stdin
RUN_INPUT=$T/migration.json
run xata migrate start main -
exits 0 "from standard input"
RUN_INPUT=
quietly xata migrate rollback main
run xata migrate start main --migration-json "$(cat "$T/migration.json")"
exits 0 "from --migration-json"
quietly xata migrate rollback main
echo '[{"sql":{"up":"select 1"}}]' >"$T/bare.json"
run xata migrate start main "$T/bare.json" --no-wait --json
exits 0 "bare operations, without waiting"
out_json '[has("job"), (.jobID | startswith("mig_job_"))]' '[false,true]' "only the job is named"
quietly xata migrate rollback main
cp "$T/migration.json" here.json
mkdir -p sub && cd sub || exit 1
run xata migrate start main ../here.json --timeout 20
exits 0 "a relative path is relative to where the user is"
quietly xata migrate rollback main
cd .. || exit 1

run xata migrate start main
exits 2 "without a source"
err_has "migration-json" "the hint names both"
run xata migrate start main "$T/bare.json" --migration-json '{}'
exits 2 "with two sources"
echo '{"name": ' >"$T/broken.json"
run xata migrate start main "$T/broken.json"
exits 3 "with broken JSON"
err_has broken.json "naming the file"
run xata migrate start main "$T/absent.json"
exits 3 "with a file that is not there"
echo '{"name":"05"}' >"$T/noops.json"
run xata migrate start main "$T/noops.json"
exits 3 "without operations"
printf '{"name":"../evil","operations":[{"sql":{"up":"select 1"}}]}' >"$T/evil.json"
run xata migrate start main "$T/evil.json"
exits 7 "a name that cannot be one is refused by the endpoint"
printf '{"name":"06","operations":[{"add_column":{"table":"nope","column":{"name":"x","type":"text"}}}]}' \
	>"$T/wrong.json"
run xata migrate start main "$T/wrong.json"
exits 7 "as is a table that does not exist"
err_has nope "by name"
run xata migrate status main --json
out_json .active false "none of them was started"

# ---- list

run xata migrate list main -n 1 --json
out_json '[.migrations[].name]' '["03_body"]' "-n limits the list"
run xata migrate list main
ok "long migrations are cut" grep -q '(truncated\.\.\.)$' "$OUT"
ok "with their state" grep -q '^03_body  *pgroll  *complete  *02_title ' "$OUT"
run xata migrate list main -n 0 --json
out_json '[.migrations[].name] | length' 3 "0 shows all"

# ---- a schema branch has no such migrations

database shop
for command in "start main $T/migration.json" "complete main" "rollback main" "status main" "list main"; do
	# shellcheck disable=SC2086 # words
	run xata migrate $command
	exits 3 "migrate ${command%% *} on a schema branch"
	err_has 'branch "main" is a schema branch' "is explained"
	err_has "xata: hint: " "with a hint"
done

# ---- without the branch's name a write is announced

use_database blog
run xata migrate start
exits 2 "a file alone is not enough"
quietly xata migrate start main "$T/bare.json"
run xata migrate rollback
exits 0 "rollback without a branch"
err_has 'Writing to branch "main"' "is announced"
run xata migrate status nobranch
exits 7 "a branch that does not exist"
done_testing
