#!/bin/sh
# xata status: project, endpoint, branch, heads, how they relate, findings; and what it can tell when
# the endpoint cannot be asked.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
database shop
project shop
add_table users
push_all
one=$added

run xata status
exits 0 "status without a branch works"
err_has 'Branch "main"' "and says which it takes"
out_has "Project:     $T/shop" "shows the project"
out_has "Endpoint:    $URL/db/shop" "the endpoint"
out_has "Branch:      main" "the branch"
out_has "Local head:  $one (1 record, v1)" "the local head"
out_has "Remote head: $(id_of "$one")" "the remote head"
out_has "Verify:      clean" "what verify finds"
out_has "Up to date." "and how the two relate"
run xata status main --json
exits 0 "as JSON"
out_json '[.ok, .command, .project, .config, .endpoint, .branch, .records, .format]' \
	"[true,\"status\",\"$T/shop\",null,\"$URL/db/shop\",\"main\",1,\"v1\"]" "with where it is"
out_json '[.localHead.id, .remoteHead.id, .localHead.checksum == .remoteHead.checksum]' \
	"[\"$(id_of "$one")\",\"$(id_of "$one")\",true]" "both heads"
out_json '[.relation, .ahead, .behind, .common, .onlyLocal, .onlyRemote, .active, .unfinished]' \
	"[\"up_to_date\",0,0,\"$one\",[],[],null,[]]" "and all else"

printf '{\n  "databaseURL": "%s/db/shop"\n}\n' "$URL" >.xatarc
run xata status main --json
out_json '.config' .xatarc "the configuration is named"
run env -u XATA_DATABASE_URL xata status main
exits 6 "a URL that only the project names gets no key"
err_has "xata auth trust" "unless it is approved"

run xata status --offline
exits 0 "--offline works"
out_has "Local head:" "with the local part"
out_lacks "Remote head" "only"
run env -u XATA_DATABASE_URL -u XATA_API_KEY xata status --offline --json
exits 0 "without any configuration"
out_json '[.offline, has("remoteHead")]' '[true,false]' "it says so"

run env -u XATA_API_KEY xata status main
exits 6 "without a key"
out_has "Local head:" "the local part is shown"
err_has "xata auth login" "and a hint says how to get one"

# ---- options that every command takes may stand before it

cd "$T/shop" || exit 1
run xata --json status main
out_json '[.command, .ok]' '["status",true]' "--json may stand before the command"
run xata -q pull main
exits 0 "-q, too"
out_is "" "and counts"
run xata --json statsu
out_json '[.command, .ok]' '["statsu",false]' "a wrong command is named, not the option"
run xata pull --branch main
exits 2 "pull has no --branch"
err_has 'The branch is an argument: "xata pull main".' "which a hint says"
run env XATA_DATABASE_URL="$URL/db/nosuch" xata status
exits 7 "a database that is not there"
err_has "xata dbs list" "is looked for"
run env XATA_DATABASE_URL="http://localhost:${URL##*:}/db/shop" xata status main
exits 5 "http:// at a port that speaks TLS"
err_has "https://" "with a word about it"

# ---- findings

clone shop bad
sed -i 's/users/people/' .xata/migrations/*.json
run xata status main
exits 1 "findings are status 1"
out_has "Verify:      1 finding" "counted"
out_has "$one.json" "and named"
err_has "xata verify" "with a hint"
run xata status main --json
out_json '[.counts.errors, .findings[0].kind]' '[1,"wrong_checksum"]' "as JSON too"

# ---- the endpoint is down

cd "$T/shop" || exit 1
stop_xatad
run xata status main
exits 5 "an endpoint that is down is status 5"
out_has "Local head:  $one" "the local part is shown all the same"
run xata status main --json
exits 5 "as JSON too"
out_json '[.ok, .error.code, .localHead.id]' "[false,\"unreachable\",\"$(id_of "$one")\"]" \
	"with what is known"
run xata status --offline
exits 0 "--offline does not ask"
done_testing
