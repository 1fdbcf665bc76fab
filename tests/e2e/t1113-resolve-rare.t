#!/bin/sh
# xata resolve in the operations of git that are rarer: two beginnings, a squashed merge, a rebase
# that makes merges anew, a pick of what is there already, the same id with two contents.
# The calls of git and of xata are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# ---- two branches that both began a history

repository first
echo text >file
commit "no history"
quietly git checkout -q -b topic
add_table a
commit a
quietly git checkout -q main
add_table b
commit b
conflicted merge topic
run xata resolve --upstream theirs
exits 0 "two beginnings are resolved"
is "$(columns)" "a b" "upstream's is the beginning"
run xata verify --staged
exits 0 "and the other stands behind it"

# ---- a squashed merge, of which git keeps no head

history squashed
quietly git checkout -q -b topic
add_column users t1
commit t1
add_column users t2
commit t2
quietly git checkout -q main
add_column users m1
commit m1
conflicted merge --squash topic
run xata resolve
exits 2 "a squashed merge needs to know which side is upstream"
err_has "no database is known" "and says why the branch does not tell it"
run xata resolve --upstream ours --json
exits 0 "it can be told"
out_json '[.operation, .upstream, (.moved | length)]' '["squash_merge","ours",2]' "both go behind"
quietly git commit -q -m squash
verifies "the commit only appends" --rev HEAD --base HEAD~1
is "$(columns)" "users email nick m1 t1 t2" "in order"

# ---- a rebase that makes merges anew

history merges
quietly git checkout -q -b topic
add_column users t1
commit t1
quietly git checkout -q -b side HEAD~1
add_column users s1
commit s1
quietly git checkout -q topic
conflicted merge side
quietly xata resolve --upstream ours
quietly git commit -q --no-edit
quietly git checkout -q main
add_column users m1
commit m1
quietly git checkout -q topic
conflicted rebase -r main
stops=0
status=0
while [ -d .git/rebase-merge ] && [ "$status" -eq 0 ]; do
	run xata resolve
	stops=$((stops + 1))
	git -c core.editor=true rebase --continue >"$TAP_DIR/git" 2>&1
done
exits 0 "a rebase with merges in it is resolved"
is "$stops" 3 "each of two commits and the merge of them"
is "$(columns)" "users email nick m1 t1 s1" "the records are in order"
verifies "the result verifies" --rev HEAD --base main
is "$(git rev-list --parents -1 HEAD | wc -w)" 3 "and is a merge still"

# remakes COMMIT MERGED: a rebase onto it that stops where the merge, now of MERGED, is made anew.
remakes() {
	echo "/^merge/s/ onto # / $2 # /" >"$T/edit"
	conflicted -c sequence.editor="sed -i -f '$T/edit'" rebase -r -i --force-rebase "$1"
	is "$(cat .git/MERGE_HEAD)" "$(git rev-parse "$2")" "git makes the merge with main anew"
	run xata resolve --json
}

history merged_main
quietly git checkout -q -b topic
add_column users t1
commit t1
quietly git checkout -q main
add_column users m1
commit m1
quietly git checkout -q topic
conflicted merge main
quietly xata resolve --upstream theirs
quietly git commit -q --no-edit
quietly git checkout -q main
add_column users m2
commit m2
quietly git checkout -q topic
remakes main main
exits 0 "what a rebase goes onto is upstream in a merge with it, too"
out_json '[.upstream, .reason, (.moved | length)]' '["theirs","operation",1]' "which is theirs"
quietly git -c core.editor=true rebase --continue
verifies "its records stay as they are" --rev HEAD --base main
is "$(columns)" "users email nick m1 m2 t1" "and come first"
quietly git reset -q --hard ORIG_HEAD
remakes main main~1
exits 2 "a merge with what is older than that needs to know which side is upstream"
run xata resolve --upstream theirs
exits 0 "as any merge"
quietly git rebase --abort

# ---- a pick of a record that is there already, in another form

history taken
quietly git checkout -q -b topic
add_column users t1
commit t1
quietly git checkout -q main
quietly git checkout -q topic -- .
sed -i 's/  / /' "$dir/$(last_name).json"
add_column users m1
commit "taken by hand, and more"
git ls-files -s "$dir" >"$T/before"
conflicted cherry-pick topic
run xata resolve
exits 0 "a record that is there already is not taken again"
git ls-files -s "$dir" >"$T/after"
same_file "$T/after" "$T/before" "HEAD stays as it is"
is "$(git status --porcelain)" "" "and no file differs"

# ---- one id with two contents

repository names
create_table pg_1 users
commit base
quietly git checkout -q -b topic
create_table pg_2 teams
commit teams
quietly git checkout -q main
create_table pg_2 tags
commit tags
conflicted merge topic
cp -r "$dir" "$T/names.files"
run xata resolve --upstream ours --json
exits 4 "a name that both sides gave is a conflict"
out_json '.conflicts[0].kind' same_id "of its own kind"
same_tree "$dir" "$T/names.files" "and nothing is changed"

# ---- two records of one file, where capital letters do not count

repository capitals
create_table pg_1 users
commit base
quietly git checkout -q -b topic
create_table Next teams
commit teams
quietly git checkout -q main
create_table next tags
commit tags
run xata merge --base main --head topic --json
exits 4 "names that differ in capitals only are not merged"
out_json '[.conflicts[] | .kind, .theirs.record, .ours.record]' '["same_file","next","Next"]' "and both are named"
conflicted merge topic
cp -r "$dir" "$T/capitals.files"
run xata resolve --upstream ours --json
exits 4 "nor resolved"
out_json '[.conflicts[] | .kind, .theirs.record, .ours.record]' '["same_file","next","Next"]' "which says the same"
same_tree "$dir" "$T/capitals.files" "and nothing is changed"
quietly git merge --abort
quietly git checkout -q topic
quietly xata squash --since pg_1 --name last
commit last
conflicted merge main
run xata resolve --upstream theirs
exits 0 "with another name they go together"
verifies "the ledger is whole"
is "$(tr '\n' ' ' <$dir/.ledger)" "pg_1 next last " "and has both"

# ---- Git takes a record that both sides have for a file that each renamed

# columns NAME NUMBER: a record with so many operations, which makes the files more or less alike.
columns() {
	add "$(jq -nc --arg name "$1" --argjson n "$2" '[range($n) | {add_column: {table: "users",
		column: {name: "\($name)\(.)", type: "text", nullable: true}}}]')" --name "$1"
}

# instead NAME: of what the base had behind its first record, only this one.
instead() {
	quietly git rm -q "$dir/aa.json" "$dir/bb.json"
	printf 'pg_1\npp\n' >"$dir/.ledger"
	cp "$T/pp.json" "$dir"
}
repository guessed
mkdir -p "$dir"
echo '.ledger -merge' >"$dir/.gitattributes"
create_table pg_1 users
commit first
columns pp 4
mv "$dir/pp.json" "$T"
echo pg_1 >"$dir/.ledger"
columns aa 2
columns bb 6
commit base
quietly git checkout -q -b topic
instead
columns yy 6
commit topic
quietly git checkout -q main
instead
columns xx 2
commit main
conflicted merge topic
is "$(git ls-files -u "$dir/pp.json" | wc -l)" 2 "git has put it in conflict"
run xata merge --base main --head topic
exits 0 "a merge in memory is not misled"
run xata resolve --upstream ours --json
exits 0 "nor is resolve"
out_json '[.alike, [.first[].name], [.moved[].record.name], .inConflict]' '[0,["xx"],["yy"],[]]' \
	"and nothing stays in conflict"
same_file "$dir/pp.json" "$T/pp.json" "the record is as both sides have it"
quietly git commit -q -m merged
verifies "the ledger is whole" --rev HEAD
is "$(tr '\n' ' ' <"$dir/.ledger")" "pg_1 pp xx yy " "with all records"

done_testing
