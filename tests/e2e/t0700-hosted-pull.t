#!/bin/sh
# Pulling from the API as the hosted service speaks it: pages, since, cursors, no light forms, no
# checksums of pgroll records. Histories of any length are read right, and no more of them than is
# new.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/hosted.sh"
need python3 curl jq

# ledger FORMAT COUNT DIRECTORY
ledger() { quietly python3 "$abs_top_srcdir/tests/lib/long_history.py" "$1" "$2" "$3"; }

# items: how many records came since the last forget, and in how many requests.
items() { asked | jq -sc '[([.[].items // 0] | add), length]'; }

ledger v1 450 "$T/v1"
ledger v1 457 "$T/v1-more"
ledger pgroll 450 "$T/pgroll"
ledger pgroll 453 "$T/pgroll-more"
start_hosted

# ---- v1

hosted shop v1
project empty
run xata pull main
exits 0 "an empty branch is pulled"
out_has "is empty" "and said to be empty"

hosted shop v1 "$T/v1"
project shop
forget
run xata pull main
exits 0 "450 records are pulled"
out_has "Pulled 450 migrations" "all of them"
same_tree $dir "$T/v1" "byte for byte, without what the service adds"
clean_ledger "they verify"
nok "no page is larger than the service allows" grep '"status": 400' "$HOSTED_LOG"
is "$(items)" '[450,5]' "each came once, in few pages"

forget
run xata pull main
exits 0 "a pull of nothing"
out_has "nothing new" "says so"
is "$(items)" '[1,2]' "for two small requests: the newest record is compared"
behave '{"latest": false}'
run xata pull main
out_has "nothing new" "so it does where the branch does not tell its newest record"
behave

hosted shop v1 "$T/v1-more"
forget
run xata pull main --json
exits 0 "seven more"
out_json '[(.pulled | length), .relation]' '[7,"behind"]' "are pulled"
is "$(items)" '[7,2]' "and nothing but these seven came"
is "$(asked 'select(.path | endswith("/schema/history")) | .body.since')" \
	'"mig_cnphjtbsf1h6sr0000e1"' "what follows the local head was asked for"
same_tree $dir "$T/v1-more" "with the same bytes"

# More than a page of news.
hosted shop v1 "$T/v1"
project far
quietly xata pull main
ledger v1 950 "$T/v1-far"
hosted shop v1 "$T/v1-far"
forget
run xata pull main
exits 0 "500 more are pulled"
same_tree $dir "$T/v1-far" "in order, over pages"
is "$(items)" '[500,4]' "and only they"

# ---- pgroll

hosted blog pgroll
project empty-blog
run xata pull main
exits 0 "an empty pgroll branch is pulled"

hosted blog pgroll "$T/pgroll"
project blog
forget
run xata pull main
exits 0 "450 pgroll records are pulled"
is "$(items)" '[450,5]' "each once, in few pages"
same_tree $dir "$T/pgroll" "sealed here, as the service keeps no checksums"
run xata verify --strict
exits 0 "they verify strictly"
forget
run xata pull main
out_has "nothing new" "a second pull has nothing to fetch"
is "$(items)" '[25,2]' "after a look at the newest page"

hosted blog pgroll "$T/pgroll-more"
forget
run xata pull main
exits 0 "three more"
out_has "Pulled 3 migrations" "are pulled"
is "$(items)" '[25,2]' "from the newest page: reading stops at the local head"
same_tree $dir "$T/pgroll-more" "with the same bytes"

# A real history: its members come back in another order, and without what only we write.
hosted blog pgroll "$DATA/blog/$dir"
project story
run xata pull main
exits 0 "a history of all operations is pulled"
run xata verify --strict
exits 0 "and verifies"
content() { jq -cS 'del(.chainChecksum)' "$1"/*.json; }
is "$(content $dir)" "$(content "$DATA/blog/$dir")" "with the same content"
mkdir -p ../story-ours
cp -R "$DATA/blog/.xata" ../story-ours/
cd ../story-ours || exit 1
chmod -R u+w .xata
run xata status main --json
out_json .relation up_to_date "a project with another order of members has the same history"

# Not done yet.
hosted blog pgroll "$T/pgroll"
project waiting
change '.[-1].done = false | .[-2].done = false'
run xata pull main
exits 0 "what is not done is left where it is"
is "$(last_name)" 00447_step "and not written into the ledger"
err_has 00449_step "but named"
run xata status main
out_has 00449_step "by status, too"
change '.[-1].done = true | .[-2].done = true'
run xata pull main
is "$(last_name)" 00449_step "once it is done it is pulled"
same_tree $dir "$T/pgroll" "in its place"

# Inferred migrations have names and types of their own.
change '.[-1].migrationType = "inferred" | .[-1].name = "sql_0a1b2c3d4e5f60" | .[-1].migration = {name: "sql_0a1b2c3d4e5f60", operations: [{sql: {up: "CREATE TABLE t()"}}]}'
project inferred
run xata pull main
exits 0 "an inferred migration is pulled"
is "$(jq -r .migrationType "$dir/sql_0a1b2c3d4e5f60.json")" inferred "as what it is"

# ---- cursors that never end

for format in v1 pgroll; do
	hosted "$format" "$format" "$T/$format"
	project "repeat-$format"
	behave '{"cursor": "repeat"}'
	RUN_TIMEOUT=30
	run xata pull main
	exits 7 "$format: a cursor that comes again and again is refused"
	err_has "no end" "as what it is"
	nok "and nothing is written" test -e $dir/.ledger
	behave
	run xata pull main
	exits 0 "$format: the same project pulls when the service is well again"
done
# shellcheck disable=SC2034 # for run
RUN_TIMEOUT=60
hosted pgroll pgroll "$T/pgroll"
project null
behave '{"cursor": "null"}'
run xata pull main
exits 0 "a cursor that is null is the end"
same_tree $dir "$T/pgroll" "of all records"
behave

is "$(cat "$T/hosted.out")" "" "the fake of the service did not fail"
done_testing
