#!/bin/sh
# A history of a pgroll branch goes round; started migrations, unsealed records, newer operations.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
database blog --postgres
dir=.xata/migrations

project one
run xata pull main
exits 0 "pulling an empty pgroll branch works"
create_table 01_posts posts
create_table 02.1_tags tags
add '[{"sql":{"up":"create view v as select 1","down":"drop view v"}}]' --name 03_sql
run xata push main --yes --json
exits 0 "push works"
out_json '[.pushed, .failed, .notTried, .relation, .branch]' '[3,null,0,"ahead","main"]' "and reports"
is "$(grep -c '/migrations/push' "$XATAD_LOG")" 1 "one request carried all records"

project two
run xata pull main
exits 0 "pull works"
same_tree $dir ../one/$dir "both projects have the same bytes"
run xata verify --strict
exits 0 "sealed, and verified strictly"
run xata pull main
exits 0 "a second pull"
out_has "nothing new" "has nothing to fetch"

# ---- one after the other

create_table 04_users users
push_all
cd ../one || exit 1
run xata pull main --json
exits 0 "what the other pushed comes"
out_json '[.pulled[].name] | join(" ")' "04_users" "and nothing else"
same_tree $dir ../two/$dir "byte for byte"

# ---- operations and members of newer versions

# The record is made by hand, as a newer version would make it.
jq '.name = "05_future" | .parent = "04_users" | .migration = {"name": "05_future", "operations":
	[{"frobnicate": {"zeta": 1, "alpha": {"deep": [null, true, "ü"]}}}]} | .novelty = {"x": 1}
	| del(.chainChecksum) | to_entries | sort_by(.key) | from_entries' \
	$dir/04_users.json >$dir/05_future.json
echo 05_future >>$dir/.ledger
run xata verify
exits 0 "an operation that is not known yet verifies"
run xata push main --yes
exits 0 "and is pushed"
cd ../two || exit 1
run xata pull main
exits 0 "and pulled"
is "$(jq -c '[.migration, .novelty]' $dir/05_future.json)" \
	"$(jq -c '[.migration, .novelty]' ../one/$dir/05_future.json)" "untouched"
run xata verify
exits 0 "and verifies there"

# An unsealed ledger and a sealed one are the same history.
cd ../one || exit 1
run xata status main --json
out_json .relation up_to_date "the unsealed record and the sealed one of the branch are the same"
run xata pull main
exits 0 "so there is nothing to pull"
quietly xata seal
same_tree $dir ../two/$dir "sealed, both projects have the same bytes"

# ---- a started migration

cat >"$T/m.json" <<'JSON'
{"name": "06_email", "operations": [{"add_column": {"table": "users", "column": {"name": "email", "type": "text"}}}]}
JSON
quietly xata migrate start main "$T/m.json"
run xata status main
exits 0 "status while a migration is started"
out_has "Active migration: 06_email" "names it"
out_has "Up to date." "and is up to date otherwise"
run xata status main --json
out_json '[.active, .relation]' '["06_email","up_to_date"]' "as JSON too"
run xata pull main
exits 0 "pull leaves it alone"
err_has "06_email" "and says so"
nok "it is not in the ledger" grep -q 06_email $dir/.ledger
create_table 06_mine mine
run xata push main --yes
exits 4 "a push has to wait for it"
err_has "migrate" "as the hint says"
clone one undo
quietly xata pull main --force
quietly xata migrate complete main
run xata pull main
exits 0 "completed, it is pulled"
is "$(last_name)" 06_email "into the ledger"
cd ../one || exit 1
run xata push main
exits 4 "the record that was made meanwhile has diverged"
out_has "< 06_mine" "it is listed as only here"
out_has "> 06_email" "and the other as only there"

# ---- formats do not mix

database shop
project shop
add_table users
push_all
use_database blog
run xata push main
exits 3 "v1 records do not go to a pgroll branch"
err_has "format" "which the message says"
run xata pull main
exits 3 "nor is such a branch pulled"
use_database shop
cd ../two || exit 1
run xata push main
exits 3 "and pgroll records do not go to a v1 branch"
done_testing
