#!/bin/sh
# Pushing to the API as the hosted service speaks it: v1 records in one request, pgroll records one
# job after the other, with waiting that has an end, a report of how far a failed push came, and a
# second push that continues.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/hosted.sh"
need python3 curl jq
start_hosted

# pushes PATH: how many requests of that kind since the last forget.
pushes() { asked "select(.path | endswith(\"$1\"))" | wc -l; }

# ---- v1

hosted shop v1
mkdir -p "$T/shop"
cp -R "$DATA/shop/.xata" "$T/shop/"
chmod -R u+w "$T/shop"
cd "$T/shop" || exit 1
forget
run xata push main --yes
exits 0 "a whole history is pushed"
out_has "Pushed 40 migrations" "all of it"
is "$(pushes /schema/push)" 1 "in one request"
is "$(there 'map(del(.createdAt))')" "$(jq -sc 'sort_by(.id)' $dir/*.json)" "as it is in the files"
run xata push main
exits 0 "a second push"
out_has "everything already" "has nothing to send"
add_table extra
forget
run xata push main --yes --json
exits 0 "one more"
out_json '[.pushed, .relation]' '[1,"ahead"]' "is pushed"
is "$(asked 'select(.path | endswith("/schema/push")) | .body.migrations | length')" 1 "alone"

# Somebody else is faster, between the look at the branch and the push.
clone shop slow
add_table slow
cd ../shop || exit 1
add_table fast
push_all
cd ../slow || exit 1
change '.[:-1]'
fast=$(jq -c . "../shop/$dir/$added.json")
behave "{\"rules\": [{\"path\": \"/schema/push\", \"status\": 400, \"times\": 1,
	\"body\": \"{\\\"message\\\":\\\"invalid migration: outdated migration [branch ID: a, expected: b]\\\"}\"}]}"
run xata push main --yes
exits 4 "an outdated push is a conflict"
err_has "outdated migration" "with the words of the service"
err_has "xata pull" "and a hint"
behave
change ". + [$fast]"
run xata push main --yes
exits 4 "and when the branch is looked at, the histories have diverged"
out_has "Only on the branch (1):" "which is listed"

# What the service refuses for another reason.
cd ../shop || exit 1
add_table refused
behave '{"rules": [{"path": "/schema/push", "status": 400, "body": "{\"message\":\"table [refused] is a reserved name\"}"}]}'
run xata push main --yes --json
exits 7 "a refused push is exit 7"
out_json '[.ok, .error.code, .pushed]' '[false,"refused",0]' "as JSON"
err_lacks "xata pull" "and not taken for a conflict"
run xata push main --yes
exits 0 "the next one works"
behave

# The answer is lost after the push was carried out.
add_table lost
behave '{"rules": [{"path": "/schema/push", "do": true, "drop": true}]}'
run xata push main --yes
exits 0 "a push whose answer was lost is found out about"
is "$(there '.[-1].id')" "\"$(id_of "$added")\"" "it is there"
is "$(there 'length')" 44 "once"
behave

# ---- pgroll: jobs

hosted blog pgroll
mkdir -p "$T/blog"
cp -R "$DATA/blog/.xata" "$T/blog/"
chmod -R u+w "$T/blog"
cd "$T/blog" || exit 1
behave '{"polls": 2}'
forget
run xata push main --yes
exits 0 "a pgroll history is pushed"
out_has "Pushed 16 migrations" "all of it"
is "$(pushes /migrations/apply)" 16 "one job a record"
is "$(pushes /migrations/push)" 0 "as the service knows nothing else"
is "$(there 'map([.name, .parent, .migration.operations])')" \
	"$(jq -sc 'map([.name, .parent, .migration.operations])' $dir/*.json)" \
	"in order, with every member of every operation"
is "$(there '.[8].migration.version_schema')" '"v9_backfill"' "and what stands beside them"
run xata status main --json
out_json '[.relation, .active]' '["up_to_date",null]' "both sides have the same"
clean_ledger "the local records stay sealed"

# A project that pulls gets the same history.
project blog-two
quietly xata pull main
is "$(jq -cS 'del(.startedAt)' $dir/*.json)" "$(cd ../blog && jq -cS 'del(.startedAt)' $dir/*.json)" \
	"pulled elsewhere it has the same content and the same chain"

# ---- a job fails in the middle

cd ../blog || exit 1
for n in 17 18 19 20 21; do create_table "${n}_t" "t$n"; done
behave '{"polls": 1, "fail": {"19_t": "relation \"t19\" already exists"}}'
run xata push main --yes
exits 7 "a job that fails in the middle is exit 7"
err_has 'could not apply "19_t"' "the record is named"
err_has 'relation "t19" already exists' "with the words of the service"
out_has "Applied before the failure: 2 of 5, the last is 18_t." "what was applied is said"
out_has "Not tried: 2." "and what was not tried"
run xata push main --yes --json
exits 7 "a second push fails at the same place"
out_json '[.ok, .pushed, .failed, .notTried]' '[false,0,"19_t",2]' "having continued there"
out_json '.failure | contains("already exists")' true "with the reason"
is "$(there 'length')" 18 "nothing was applied twice"
behave
forget
run xata push main --yes
exits 0 "once the cause is gone it continues"
is "$(asked 'select(.path | endswith("/migrations/apply")) | .body.name' | tr '\n' ' ')" \
	'"19_t" "20_t" "21_t" ' "with those that are missing"
run xata status main
out_has "Up to date." "to the end"

# The service refuses at once.
create_table 22_t t22
create_table 23_t t23
behave '{"rules": [{"path": "/migrations/apply", "skip": 1, "status": 400, "body": "{\"message\":\"invalid operation in [23_t]\"}"}]}'
run xata push main --yes --json
exits 7 "a record that is refused is exit 7"
out_json '[.pushed, .failed, .notTried]' '[1,"23_t",0]' "reported like a job that failed"
behave
push_all

# ---- jobs that take long, or for ever

create_table 24_t t24
create_table 25_t t25
behave '{"polls": -1}'
before=$(date +%s)
run xata push main --yes --timeout 2
exits 5 "a job that never ends is given up"
err_has '"24_t" was not done within 2 seconds' "after the time that was given"
err_has "xata migrate status" "with a hint"
ok "and not much later" test "$(($(date +%s) - before))" -lt 20
run xata push main --yes
exits 4 "while it runs, nothing else is pushed"
err_has 24_t "which is named"
# It ends after all.
change '.[-1].done = true'
behave
run xata push main --yes --json
exits 0 "when it is done, a push continues"
out_json .pushed 1 "with the next"

create_table 26_t t26
behave '{"polls": 6}'
run xata push main --yes
exits 0 "a slow job is waited for"
asked 'select(.path | contains("/migrations/jobs/"))' | wc -l >"$T/polls"
ok "with several questions" test "$(cat "$T/polls")" -ge 6

# ---- what is lost on the way

create_table 27_t t27
behave '{"polls": 1, "rules": [{"path": "/migrations/apply", "do": true, "drop": true}]}'
run xata push main --yes
exits 0 "when the answer to a job is lost, the history tells that it is done"
is "$(there '.[-1].name')" '"27_t"' "the record is there"

create_table 28_t t28
behave '{"rules": [{"path": "/migrations/apply", "drop": true}]}'
run xata push main --yes
exits 5 "when the request itself is lost, it is not sent again by itself"
err_has "push again" "but the hint says what to do"
is "$(there '.[-1].name')" '"27_t"' "as the record is not there"
run xata push main --yes
exits 0 "pushed again, it works"

create_table 29_t t29
behave '{"rules": [{"path": "/migrations/jobs/", "status": 502, "type": "text/html", "body": "<html>Bad gateway</html>"}]}'
run xata push main --yes
exits 0 "a question about a job that fails is asked again"

create_table 30_t t30
behave '{"rules": [{"path": "/migrations/apply", "status": 429, "headers": {"x-ratelimit-reset": "1"}, "body": "{\"message\":\"slow down\"}"}]}'
before=$(date +%s)
run xata push main --yes
exits 0 "a request that came too soon is sent again"
ok "not before the time that the service names" test "$(($(date +%s) - before))" -ge 1

create_table 31_t t31
behave '{"rules": [{"path": "/migrations/jobs/", "times": 9, "body": "{\"jobID\":\"x\",\"status\":\"confused\"}"}]}'
run xata push main --yes
exits 7 "a state that no job has is exit 7"
behave

# ---- an active migration

change '.[-1].done = false'
run xata push main --yes
ok "nothing is pushed while a migration is active" test "$status" -ne 0
is "$(cat "$T/hosted.out")" "" "the fake of the service did not fail"
done_testing
