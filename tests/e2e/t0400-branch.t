#!/bin/sh
# xata branch: list, create and delete.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
database shop
project shop
add_table users
push_all

# ---- list

run xata branch list --quiet
out_has main "a list is given with --quiet, too"
run xata branch list
exits 0 "branches are listed"
is "$(sed -n 1p "$OUT")" "NAME  CREATED AT" "under a header"
ok "with dates for people" grep -q '^main  20[0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9:]* UTC$' "$OUT"
run xata branch list --json
out_json '[.ok, .command, .database, [.branches[].name]]' '[true,"branch list","shop",["main"]]' \
	"as JSON too"
out_json '.branches[0].createdAt | test("^[0-9-]*T[0-9:.]*Z$")' true "with dates for machines"

# ---- create

run xata branch create dev
exits 0 "a branch is created"
out_has 'Created branch "dev" from "main".' "from main unless told otherwise"
run xata status dev --json
out_json .relation up_to_date "it shares main's history"
add_table dev
quietly xata push dev --yes
run xata branch create feature --from dev --json
exits 0 "another one from that"
out_json '[.branch, .from, .result.branchName, .result.status]' \
	'["feature","dev","feature","completed"]' "as JSON"
run xata status feature --json
out_json .relation up_to_date "it has what dev has"
run xata branch create bare --empty
exits 0 "and an empty one"
run xata status bare --json
out_json '[.remoteHead, .ahead]' '[null,2]' "without history"
run xata branch create dev
exits 4 "a name that is taken is refused"
err_has '"xata branch list" shows' "and a hint lists what there is"
err_has dev "and named"
run xata branch create x --from nothing
exits 7 "as is a branch to start from that does not exist"
err_has nothing "by name"
run xata branch create 'a/b'
exits 2 "and a name that cannot be one"
run xata branch create x --from main --empty
exits 2 "--from and --empty exclude each other"
run xata branch create
exits 2 "a name is needed"

quietly xata branch delete main --yes
run xata branch create x
exits 7 "without a branch main"
err_has "--from" "the hint says how to start elsewhere"

# ---- delete

run xata branch delete feature
exits 2 "without a terminal a branch is not deleted"
err_has "--yes" "unless --yes is given"
run xata branch delete feature --yes
exits 0 "with --yes it is"
out_has 'Deleted branch "feature" of database "shop".' "which is said"
run xata branch delete feature --force
exits 7 "a branch that does not exist cannot be deleted"
run xata branch delete dev -f --json
exits 0 "-f works as in the official program"
out_json '[.branch, .result.status]' '["dev","completed"]' "as JSON"
run xata branch list --json
out_json '[.branches[].name]' '["bare"]' "what is left is listed"
run xata pull dev
exits 7 "a deleted branch cannot be pulled"
err_has "xata branch list" "with a hint"

# ---- on a terminal the name has to be typed

command -v python3 >/dev/null || skip_typing=1
if [ -z "${skip_typing:-}" ]; then
	run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" other xata branch delete bare
	exits 1 "another name deletes nothing"
	out_has '"other" is not "bare"' "and that is said"
	run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" '' xata branch delete bare
	exits 1 "nor does an empty one"
	run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" bare xata branch delete bare
	exits 0 "the name deletes it"
else
	skip "typing the name" "needs python3"
fi

# ---- endpoint errors

run env XATA_API_KEY=xata_wrong xata branch list
exits 6 "a wrong key is refused"
run xata branch list --db "$URL/db/nodb"
exits 7 "a database that does not exist"
err_has nodb "is named"
stop_xatad
run xata branch list
exits 5 "an endpoint that is down"
done_testing
