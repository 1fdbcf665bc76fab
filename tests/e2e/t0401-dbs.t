#!/bin/sh
# xata dbs: list, create, delete and rename, for databases of both formats.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
need python3

start_xatad
use_database shop

# ---- list and create

run xata dbs list
exits 0 "no databases are a list, too"
out_is "NAME  REGION  FORMAT  CREATED AT" "an empty one"
run xata dbs create shop
exits 0 "a database is created"
out_has 'Created database "shop" with branch "main".' "with a branch main"
run xata dbs create blog --postgres --branch trunk --json
exits 0 "and one for PostgreSQL"
out_json '[.ok, .command, .database, .result.databaseName, .result.branchName, .result.status]' \
	'[true,"dbs create","blog","blog","trunk","completed"]' "as JSON"
run xata branch list --db "$URL/db/blog" --json
out_json '[.branches[].name]' '["trunk"]' "its first branch has the name given"
run xata dbs list
ok "both are listed" test "$(awk '{ print $1 }' "$OUT" | tr '\n' ' ')" = "NAME shop blog "
ok "with region and format" grep -q '^blog  local   pgroll  20' "$OUT"
run xata dbs list --json
out_json '[.databases[] | [.name, .region, (.postgresEnabled // false)]]' \
	'[["shop","local",false],["blog","local",true]]' "as JSON too"
cd "$T" && mkdir outside && cd outside || exit 1
run xata dbs list
exits 0 "outside a project it works as well"

run xata dbs create shop
exits 4 "a name that is taken is refused"
err_has '"xata dbs list" shows' "and a hint lists what there is"
err_has shop "and named"
run xata dbs create 'a/b'
exits 2 "a name that cannot be one, too"
run xata dbs create other --region nowhere
exits 7 "as is a region that does not exist"
run xata dbs create other --workspace nobody-abc123
exits 6 "and a workspace that does not exist"
run xata dbs create
exits 2 "without a terminal a name is needed"
err_has "xata dbs create" "as the hint says"
run xata dbs create other --branch 'x y'
exits 2 "a branch needs a name that can be one"

# ---- rename

project shop
add_table users
push_all
run xata dbs rename shop
exits 2 "a new name is needed"
run xata dbs rename shop store
exits 2 "without a terminal a database is not renamed"
err_has "--yes" "unless --yes is given"
run xata dbs rename shop store --yes --json
exits 0 "with --yes it is"
out_json '[.database, .newName, .result.name]' '["shop","store","store"]' "as JSON"
run xata pull main
exits 7 "the old name is gone"
use_database store
run xata pull main
exits 0 "the new one has the history"
run xata dbs rename store blog --yes
exits 7 "a name that is taken is refused"
run xata dbs rename nodb x --yes
exits 7 "as is a database that does not exist"

# ---- delete

run xata dbs delete store
exits 2 "without a terminal a database is not deleted"
run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" shop xata dbs delete store
exits 1 "the name has to be typed exactly"
out_has '"shop" is not "store"' "and nothing is done"
run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" store xata dbs delete store
exits 0 "typed, it is deleted"
run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" 'blog|blog' xata dbs delete
exits 0 "without an argument the name is asked for, then confirmed"
run xata dbs delete store --yes
exits 7 "a database that does not exist cannot be deleted"
run xata dbs list --json
out_json .databases '[]' "both are gone"
cd "$T" && mkdir newshop && cd newshop || exit 1
run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" '' xata dbs create
exits 0 "on a terminal a new database"
out_has 'Created database "newshop"' "may be called like its folder"

# ---- keys

writer=$(xatad key create "$XATAD_DIR" --name writer --scope write --json | jq -r .key)
run env XATA_API_KEY="$writer" xata dbs delete newshop --yes
exits 6 "a key without the scope admin deletes nothing"
run env XATA_API_KEY=xata_wrong xata dbs list
exits 6 "a wrong key lists nothing"
stop_xatad
run xata dbs list
exits 5 "an endpoint that is down"
done_testing
