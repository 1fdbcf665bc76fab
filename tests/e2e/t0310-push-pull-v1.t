#!/bin/sh
# A history of a schema branch goes round: new, push, pull into another project, and on from there.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
database shop

# ---- nothing there yet

project one
run xata pull main
exits 0 "pulling an empty branch works"
out_has 'is empty: make the first migration' "and says what comes next"
run xata push main
exits 0 "pushing an empty ledger works"
out_has 'everything already' "and has nothing to send"
run xata status main --json
out_json '[.localHead, .remoteHead, .relation, .ahead, .behind]' '[null,null,"up_to_date",0,0]' \
	"an empty project is up to date with an empty branch"

# ---- there

add '[{"addTable":{"table":"users"}}]' --title 'Users: ü' --message 'first'
first=$added
add_column users email
second=$added

run xata push main --dry-run --json
exits 0 "--dry-run works"
out_json '[.toPush[].name] | join(" ")' "$first $second" "and lists what would be sent"
out_json 'has("pushed")' false "but sends nothing"
run xata status main --json
out_json '[.relation, .ahead, .behind, .remoteHead, (.onlyLocal | length), .common]' \
	'["ahead",2,0,null,2,null]' "status counts what is ahead"
run xata push main --yes
exits 0 "push works"
out_has "+ $first" "lists each record"
out_has 'Pushed 2 migrations to branch "main".' "and sums up"
run xata status main
exits 0 "afterwards"
out_has "Up to date." "both sides are the same"
run xata push main --json
exits 0 "a second push works"
out_json '[.ok, .command, .branch, .relation, .pushed, .toPush]' '[true,"push","main","up_to_date",0,[]]' \
	"and sends nothing"
out_json '[.failed, .failure, .notTried]' '[null,null,0]' "and that nothing failed"
run xata push main --dry-run --json
out_json '[.ok, .toPush, has("pushed")]' '[true,[],false]' "with --dry-run, nothing would be sent"
printf '%s\n' '[{"addTable":{"table":"teams"}}]' >"$T/teams"
run xata new "$T/teams" --json
third=$(last_name)
run xata push main --yes --json
exits 0 "push with --json needs no answer"
out_json '[.pushed, .failed, .failure, .notTried, .common]' "[1,null,null,0,\"$second\"]" "and reports"
out_json '.toPush[0].summary' '["+ table teams"]' "with what each does"

# ---- and back

project two
run xata pull main --dry-run
exits 0 "pull --dry-run works"
out_has 'Would pull 3 migrations from branch "main".' "and says what would come"
nok "but writes nothing" test -e .xata/migrations/.ledger
run xata status main
out_has "3 behind" "status counts what is behind"
run xata pull main
exits 0 "pull works"
out_has "+ $first  Users: ü" "lists each record"
out_has 'Pulled 3 migrations from branch "main".' "and sums up"
same_tree .xata/migrations ../one/.xata/migrations "both projects have the same bytes"
clean_ledger "which verify"
intact "and nothing else"
run xata pull main --json
exits 0 "a second pull works"
out_json '[.ok, .relation, .pulled, .removed, .backup, .onlyLocal, .onlyRemote]' \
	'[true,"up_to_date",[],[],null,[],[]]' "and fetches nothing"

add_column teams name
push_all
cd ../one || exit 1
run xata status main --json
out_json '[.relation, .behind, .onlyRemote[0].summary[0], .common]' \
	"[\"behind\",1,\"+ teams.name (string)\",\"$third\"]" "the first project sees what the other pushed"
run xata push main
exits 4 "and cannot push before it has pulled"
err_has 'xata pull' "as the hint says"
run xata pull main --json
exits 0 "it pulls"
out_json '[.relation, .pulled[].name] | join(" ")' "behind $added" "the one new record"
same_tree .xata/migrations ../two/.xata/migrations "and both have the same again"

# ---- what else a record may hold survives the way

add '[{"addTable":{"table":"odd"}}]'
jq '.futureMember = {"a": [1, 2.5, null]}' ".xata/migrations/$added.json" >x
mv x ".xata/migrations/$added.json"
push_all
cd ../two || exit 1
quietly xata pull main
same_tree .xata/migrations ../one/.xata/migrations "members of newer versions are carried through"

# ---- a checkout with other line ends, and files that do not belong there

sed -i 's/$/\r/' .xata/migrations/.ledger .xata/migrations/*.json
touch .xata/migrations/.DS_Store
cd ../one || exit 1
add_table more
push_all
cd ../two || exit 1
run xata pull main
exits 0 "pull works on a checkout with CRLF and a .DS_Store"
is "$(last_name | tr -d '\r')" "$added" "and appends"
clean_ledger "what verifies"
ok "other files stay" test -f .xata/migrations/.DS_Store
add_table evenmore
run xata push main --yes
exits 0 "and push works from there"

# ---- a file that the ledger does not name is in the way: it is kept

cd ../one || exit 1
cp "../two/.xata/migrations/$added.json" "$T/good"
sed 's/evenmore/mine/' "$T/good" >".xata/migrations/$added.json"
cp ".xata/migrations/$added.json" "$T/mine"
run xata pull main --json
exits 0 "pull goes on where a file is in the way"
same_file ".xata/migrations/$added.json" "$T/good" "takes the branch's record"
same_file "$(jq -r .backup "$OUT")/$added.json" "$T/mine" "and keeps the file in a backup that it names"

# ---- on a terminal push asks first

if command -v python3 >/dev/null; then
	add_table asked
	run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" n xata push main
	exits 1 "on a terminal push asks, and no means no"
	out_has 'Push 1 migration to branch "main"? [y/N]' "with the number and the branch"
	run xata status main --json
	out_json .ahead 1 "nothing was sent"
	run python3 "$abs_top_srcdir/tests/lib/on_terminal.py" y xata push main
	exits 0 "yes means yes"
else
	skip "a push on a terminal" "needs python3"
fi
run xata push main --quiet
exits 0 "--quiet works"
out_is "" "without a word"
is "$(cat "$ERR")" "" "on either side"

# A push that has nothing to send remembers the branch, so that what it loses is noticed.
rm -rf .xata/.state
quietly xata push main
ok "the head is remembered" grep -q "$(id_of "$(last_name)")" .xata/.state/tracking.json

# ---- a branch of its own

quietly xata branch create dev
add_table onlydev
run xata push dev --yes
exits 0 "a branch made from main takes what follows main"
run xata status main --json
out_json '[.relation, .ahead]' '["ahead",1]' "main does not have it"

# ---- from a subdirectory, with the URL's branch, XATA_BRANCH and Git

mkdir -p src/deep && cd src/deep || exit 1
run xata pull dev
exits 0 "pull works in a subdirectory"
nok "and makes no second .xata" test -e .xata
run xata status --db "$XATA_DATABASE_URL:dev" --json
out_json .branch dev "the URL may name the branch"
run env XATA_BRANCH=dev xata status --json
out_json '[.branch, .relation]' '["dev","up_to_date"]' "XATA_BRANCH names it"
cd "$T/one" || exit 1
git_init .
git checkout -q -b dev
run xata status --json
out_json '[.branch, .relation]' '["dev","up_to_date"]' "so does a branch of that name in Git"
err_lacks 'Git branch' "which needs no words"
git checkout -q -b feature/x
run xata push
exits 0 "another Git branch"
err_has 'Branch "main": Git branch "feature/x" has no namesake.' "means the default branch"
done_testing
