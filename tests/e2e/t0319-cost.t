#!/bin/sh
# Cost follows the change: a no-op pull is at most two requests of under 4 KB at any length of
# history and size of schema, and a pull of little reads little.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
need python3

start_xatad

# requests: what the endpoint logged since mark, one JSON object a line.
mark() { marked=$(wc -l <"$XATAD_LOG"); }
requests() { tail -n "+$((marked + 1))" "$XATAD_LOG" | grep '"route"'; }
settle() { wait_for "the log is written" sh -c "[ \$(wc -l <'$XATAD_LOG') -ge $((marked + $1)) ]"; }

# small DESCRIPTION N: the requests since mark were at most N, each with an answer under 4 KB.
small() {
	settle 1
	sleep 0.2
	is "$(requests | jq -s "length <= $2 and length > 0")" true "$1: at most $2 requests"
	is "$(requests | jq -s 'all(.bytes < 4096)')" true "each answered with less than 4 KB"
}

# ---- v1: 1,200 records and a wide schema

database long
project long
python3 "$abs_top_srcdir/tests/lib/long_history.py" v1 1200 .xata/migrations
clean_ledger "a long history verifies"
mark
run xata push main --yes --json
exits 0 "a long history is pushed"
out_json .pushed 1200 "all of it"
settle 3
ok "in few requests" test "$(requests | wc -l)" -le 5
mark
run xata pull main
exits 0 "a no-op pull"
small "v1" 2
mark
run xata status main
exits 0 "a status"
small "v1 status" 2
mark
run xata push main
exits 0 "a no-op push"
small "v1 push" 2

project long2
mark
run xata pull main
exits 0 "a first pull"
settle 2
same_tree .xata/migrations ../long/.xata/migrations "has the same bytes"
ok "in few requests" test "$(requests | wc -l)" -le 4
cd ../long || exit 1
add_table onemore
push_all
cd ../long2 || exit 1
mark
run xata pull main
exits 0 "a pull of one record"
is "$(last_name)" "$added" "has it"
small "v1 pull of one" 3

# ---- pgroll, the same

database wide --postgres
project wide
python3 "$abs_top_srcdir/tests/lib/long_history.py" pgroll 1100 .xata/migrations
push_all
mark
run xata pull main
exits 0 "a no-op pull of pgroll records"
small "pgroll" 2
project wide2
mark
run xata pull main
exits 0 "a first pull"
same_tree .xata/migrations ../wide/.xata/migrations "has the same bytes"
cd ../wide || exit 1
create_table zz_onemore onemore
push_all
cd ../wide2 || exit 1
mark
run xata pull main
exits 0 "a pull of one record"
is "$(last_name)" zz_onemore "has it"
settle 2
ok "in few requests" test "$(requests | wc -l)" -le 3

# With Git the branch has to be found first: that is the second request.
git_init .
mark
run xata pull
exits 0 "a no-op pull by Git branch"
small "with Git" 2

# ---- an endpoint that dies in the middle of a push: what was acknowledged is there

cd ../long && use_database long || exit 1
add_table last1
add_table last2
quietly xata push main --yes
kill_xatad
start_xatad
use_database long
run xata status main --json
exits 0 "after a crash of the endpoint"
out_json .relation up_to_date "what was acknowledged is there"
done_testing
