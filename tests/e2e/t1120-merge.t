#!/bin/sh
# xata merge: two commits of a bare repository are merged in memory, ledgers by what their records
# mean, all else as Git does; a commit is written and a branch moved only when asked, and at once.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# on BRANCH: goes to a branch, a new one if there is none.
on() {
	git checkout -q "$1" 2>/dev/null || quietly git checkout -q -b "$1"
}

# bare NAME: $T/NAME.git, a bare clone of $T/NAME; becomes the current directory.
bare() {
	rm -rf "$T/$1.git"
	{ git clone -q --bare "$T/$1" "$T/$1.git" && cd "$T/$1.git"; } || bail_out "no bare $1"
}

# contents: the names and bytes of all that is in the repository here.
contents() { find . -type f -exec sha256sum {} + | sort -k 2; }

# merged_ledger REV DESCRIPTION [FOLDER]: a commit's ledger verifies, read whole.
merged_ledger() {
	rm -rf "$T/checkout"
	quietly git worktree add -q --detach "$T/checkout" "$1"
	(cd "$T/checkout/${3:-.}" && xata verify >"$OUT" 2>"$ERR" </dev/null)
	is $? 0 "$2" || show_run
	quietly git worktree remove --force "$T/checkout"
}

# ledger REV [FOLDER]
ledger() { git show "$1:${2:+$2/}$dir/.ledger"; }

# sound DESCRIPTION
sound() { ok "$1" quietly git fsck --strict --no-dangling; }

# ---- two branches, in a bare repository

history shop
echo text >README
commit readme
on feature
add_table orders
orders=$added
add_column orders total
echo more >>README
commit orders
on main
add_table tags
tags=$added
echo MIT >LICENSE
commit tags
bare shop
before=$(contents)

run xata merge --base main --head feature --json
exits 0 "two branches with records of their own merge"
out_json '[.relation, .clean, .fastForward, .commit, .ref]' '["diverged",true,false,null,null]' \
	"and nothing was asked for but that"
out_json '[.projects[0] | .folder, .common, .upstreamRecords, (.added | length)]' '["",3,1,2]' \
	"base's record goes first, head's two behind it"
out_json '[.projects[0].added[0].was, .base.rev, .head.commit]' \
	"[\"$orders\",\"main\",\"$(git rev-parse feature)\"]" "what they were called is said"
tree=$(jq -r .tree "$OUT")
is "$(git ls-tree --name-only "$tree" | tr '\n' ' ')" ".xata LICENSE README " "the tree is there"
run xata merge --base main --head feature
out_has "2 records of feature behind 4 of main" "people are told the same"
out_has "(was $orders)" "with the names"
out_has "Clean: tree $tree." "and the tree, which is the same again"

GIT_COMMITTER_DATE="1700000000 +0100" run xata merge --base main --head feature --commit \
	--update-ref main --json
exits 0 "the merge is committed and the branch moved"
commit_id=$(jq -r .commit "$OUT")
out_json .ref.name refs/heads/main "which is named in full"
is "$(git rev-parse main)" "$commit_id" "it is where the document says"
is "$(git rev-parse "main^{tree}")" "$tree" "with the tree that was announced"
is "$(git log -1 --format='%s|%an|%cd|%P' --date=raw main)" \
	"Merge branch 'feature' into main|Tester|1700000000 +0100|$(git rev-parse main^1) $(git rev-parse feature)" \
	"as git itself would word it"
is "$(git diff --name-status main^1 main | cut -f 1 | sort | uniq -c | tr -s ' \n' ' ')" \
	" 2 A 2 M " "two records are new; ledger and README have changed"
is "$(ledger main | sed -n 4p)" "$tags" "base's record kept its name and place"
is "$(git rev-parse "main:$dir/$tags.json")" "$(git rev-parse "main^1:$dir/$tags.json")" \
	"and its bytes"
merged_ledger main "the merged ledger verifies"
sound "the repository is sound"
run xata merge --base main --head feature --commit --update-ref main --json
exits 0 "merging once more is no failure"
out_json '[.relation, .commit, .ref]' '["contained",null,null]' "but does nothing"
run xata merge --base feature --head main --upstream head --commit --ff --update-ref feature --json
exits 0 "the feature branch can follow"
out_json '[.relation, .fastForward, .upstream]' '["ahead",true,"head"]' "as a fast-forward"
is "$(git rev-parse feature)" "$(git rev-parse main)" "to the very same commit"

# ---- conflicts: nothing is written

cd "$T/shop" || exit 1
quietly git reset -q --hard main
on left
add_column users phone
echo left >LICENSE
commit left
quietly git checkout -q main
on right
add_column users phone
add_column tags name
echo right >LICENSE
commit right
on both
quietly git checkout -q main -- LICENSE
commit license
bare shop
before=$(contents)
run xata merge --base left --head right --commit --update-ref left --json
exits 4 "a column that both add is a conflict"
out_json '[.clean, .tree, .commit, .ref, .conflictCounts.blocking]' '[false,null,null,null,1]' \
	"counted, without a result"
out_json '[.conflicts[0].kind, .files[0].path, .files[0].kind]' \
	'["added_twice","LICENSE","both_changed"]' "beside the file that Git cannot merge"
out_json '[.files[] | select(.path | startswith(".xata"))]' '[]' "the ledger's is not told twice"
out_json '.error.code' 'conflict' "the failure says so, too"
run xata merge --base left --head right --quiet
exits 4 "with --quiet as well"
out_has "phone" "which names the column"
out_has "LICENSE: both sides changed it" "and the file all the same"
err_has "1 conflict between records, 1 file in conflict" "and counts both"
err_has "git merge left" "with what to do"
run xata merge --base left --head both
exits 4 "a conflict of meaning alone is one"
out_lacks "LICENSE" "though each file would merge"
is "$(contents)" "$before" "conflicts leave nothing in the repository"

# ---- raw SQL

repository sql
create_table one users
commit one
on left
create_table two tags
commit two
quietly git checkout -q main
on right
add '[{"sql":{"up":"UPDATE users SET id = 1"}}]' --name three
commit three
bare sql
run xata merge --base left --head right --json
exits 4 "raw SQL beside anything is undecidable"
out_json '.conflicts[0].kind' raw_sql "and called so"
run xata merge --base left --head right --accept-sql --json
exits 0 "--accept-sql goes on"
out_json '[.clean, .conflictCounts.accepted]' '[true,1]' "and counts what was accepted"

# ---- criss-cross

history cross
on one
add_table one
commit one
quietly git checkout -q main
on two
add_table two
commit two
bare cross
quietly xata merge --base one --head two --commit --update-ref refs/heads/one
quietly git branch kept one
quietly git update-ref refs/heads/one kept
quietly xata merge --base two --head kept~1 --commit -m "the other way round" --update-ref two
is "$(git merge-base --all one two | wc -l)" 2 "each branch has merged the other's first commit"
run xata merge --base one --head two --json
exits 0 "they merge"
out_json '[.clean, (.ancestors | length), (.projects[0].already | length)]' '[true,2,2]' \
	"as each has what the other has"
quietly git clone -q "$T/cross.git" "$T/crossed"
cd "$T/crossed" || exit 1
on two
add_table three
commit three
quietly git push -q origin two
cd "$T/cross.git" || exit 1
run xata merge --base one --head two --commit --update-ref one --json
exits 0 "with one more record, too"
out_json '[.projects[0].added | length]' '[1]' "that record alone is added"
merged_ledger one "the result verifies"
is "$(ledger one | sort -u | wc -l)" 6 "with each record once"

# ---- several projects, and one whose folder was renamed

history many services/shop
mkdir -p "$T/many/crm/.xata" && cd "$T/many/crm" || exit 1
create_table first people
commit crm
on feature
create_table second notes
cd "$T/many" || exit 1
quietly git mv services/shop store
cd store || exit 1
add_table orders
commit "orders, in another folder"
quietly git checkout -q main
cd "$T/many/crm" || exit 1
create_table other tasks
cd ../services/shop || exit 1
add_table tags
commit tags
bare many
run xata merge --base main --head feature --commit --update-ref main --json
exits 0 "two projects merge, one of them renamed"
out_json '[.projects[] | .folder, .former, (.added | length)]' \
	'["crm",null,1,"store","services/shop",1]' "each is told, with the former folder"
is "$(git ls-tree -r --name-only main | grep -c services)" 0 "nothing is left in the old one"
is "$(ledger main store | wc -l)" 5 "the new one has all records"
is "$(git ls-tree --name-only main store/$dir/ | grep -c json)" 5 "and their files"
merged_ledger main "the renamed project verifies" store
merged_ledger main "so does the other" crm
run xata merge --base feature --head main~1 --json
exits 0 "renamed on base's side it works likewise"
out_json '[.projects[] | .folder, .former]' '["crm",null,"store","services/shop"]' \
	"the new folder wins again"

# ---- folders on which the sides do not agree: whatever is asked says no

# at REV FOLDER: the folder in a work tree of that branch.
at() { quietly git checkout -q "$1" && cd "$T/folders/$2" || exit 1; }

# refuse TEXT FOLDER DESCRIPTION: merge and ci check do, of main and topic, in the same words.
refuse() {
	run xata merge --base main --head topic
	exits 4 "$3"
	err_has "$1" "which is said"
	run xata ci check --base main --head topic --project "$2"
	exits 4 "ci check says so"
	err_has "$1" "with the same words"
}

history folders a
mkdir -p "$T/folders/b/.xata" && cd "$T/folders/b" || exit 1
add_table other
commit "two projects"
quietly git branch start
on topic
cd "$T/folders" && quietly git mv a c && quietly git mv b a && quietly git mv c b || exit 1
commit "swapped"
swapped='has another project in this folder: the one that "b" is in'
run xata merge --base main --head topic
exits 4 "projects that swapped their folders are not mixed"
err_has "topic $swapped the common ancestor" "the folders are named"
err_has "renamed to a folder that is new" "with what to do"
run xata ci stale --base main topic --json
exits 4 "nor does the branch count as one that merges"
out_json '.branches[0] | .state + " " + .message' "stale project \"a\": topic $swapped the common ancestor" "or as unrelated"
for folder in a b; do
	run xata ci check --base main --head topic --project $folder --json
	exits 1 "nor does ci check let $folder pass"
	out_json '[.findings[].kind] | contains(["base_removed"])' true "as its records are not there"
	run xata verify --rev topic --base main --project $folder --json
	exits 1 "nor does verify"
done
at topic a
run xata rebase --onto main
exits 4 "the one is not put on top of the other"
err_has "the working tree $swapped main" "as they are two"
at main a
add_table more
commit more
conflicted merge topic
run xata resolve --upstream ours
exits 4 "resolve does not mix them either"
err_has "$swapped the merge base" "for the same reason"
run xata rebase --onto topic
exits 4 "nor is rebased what Git has under way"
err_has 'is in conflict' "as the files may be both sides'"
quietly git merge --abort

quietly git checkout -q -B topic start && cd "$T/folders" && quietly git mv a c || exit 1
commit "renamed"
quietly git checkout -q main && cd "$T/folders" || exit 1
mkdir -p c/.xata && cd c || exit 1
add_table third
commit "another one"
refuse 'renamed to "c" in "topic", where "main" has another project' c "a name that is taken"
quietly git checkout -q -B main start && cd "$T/folders" && quietly git rm -rq a || exit 1
commit "removed"
refuse 'renamed to "c" in "topic", and removed in "main"' c "one renamed, one removed"
quietly git checkout -q -B topic start
run xata ci check --base main --head topic --project a --json
exits 0 "one removed, and left alone on the other side, goes"
out_json '[.toApply, .newInBase]' '[[],0]' "without a record to apply"
run xata merge --base main --head topic
exits 0 "as it does in the merge"
cd "$T/folders/a" && jq -c . "$dir/$three.json" >"$T/compact" && cp "$T/compact" "$dir/$three.json" || exit 1
commit "formatted"
run xata ci check --base main --head topic --project a
exits 4 "one that was changed in any way does not"
err_has 'the project in "a" was removed in "main" and changed in "topic"' "which is said"
run xata merge --base main --head topic
exits 4 "nor is it merged"
err_has 'the project in "a" was removed in "main" and changed in "topic"' "with the same words"

# ---- projects that begin with records of the same name, as many do

# namesakes FOLDER TABLE: a project whose two records have the names that all of these have.
namesakes() {
	mkdir -p "$T/namesakes/$1/.xata" && cd "$T/namesakes/$1" || exit 1
	create_table 01_init "$2"
	create_table 02_more "$2s"
}

repository namesakes p
namesakes p pen
cd "$T/namesakes/p" && commit "one project"
quietly git branch start
on topic
create_table 03_ink ink
commit "a record more"
quietly git checkout -q main && cd "$T/namesakes" && quietly git rm -rq p || exit 1
namesakes n nail
commit "another project in its place"
lost='the project in "p" was removed in "main" and changed in "topic"'
for sides in "main topic base" "main topic head" "topic main base" "topic main head"; do
	# shellcheck disable=SC2086 # words
	set -- $sides
	run xata merge --base "$1" --head "$2" --upstream "$3"
	exits 4 "a project is not taken for another one with names like its own ($sides)"
	err_has "$lost" "but for one that was removed"
	err_has '"n" there has none of its records as they were' "what the new one is taken for is said"
done
run xata ci check --base main --head topic --project p
exits 4 "ci check says so"
err_has "$lost" "with the same words"
run xata ci stale --base main topic --json
exits 4 "ci stale, too"
out_json '.branches[0] | [.state, .message]' "$(jq -cn --arg lost "$lost" '["stale",$lost]')" \
	"in its way"
run xata ci stale --base main topic
out_has '"topic" no longer merges into "main":' "and to people"
for how in "--rev main" --staged ""; do
	# shellcheck disable=SC2086 # options
	run xata verify --base start $how --json
	exits 0 "the new one is compared with nothing ($how)"
	out_json '[.baseFolder, .unchanged, .records]' '[null,0,2]' "all its records are new"
done
run xata verify --base start --rev main --project p --json
exits 1 "the other one is gone"
out_json '[.findings[].kind] | unique' '["base_removed"]' "with its records"
run xata rebase --onto start --dry-run
out_has "Nothing to do: start has no migrations of this project." "nor is it put on top of that"

# Formatted anew and not sealed any more, with the same names as another one that goes.
quietly git checkout -q -B main start
namesakes q quill
commit "two projects"
quietly git checkout -q -B topic
create_table 03_feather feather
commit "a record more"
quietly git checkout -q main && cd "$T/namesakes" && quietly git rm -rq p &&
	quietly git mv q r && cd r || exit 1
for record in "$dir"/*.json; do
	jq -c 'del(.chainChecksum)' "$record" >"$T/formatted" && cp "$T/formatted" "$record"
done
commit "one goes, one is renamed"
run xata merge --base main --head topic --json
exits 0 "records that mean the same are followed among such names"
out_json '[.projects[] | .folder, .former, (.added | length)]' '["r","q",1]' "to the right one"
run xata verify --base main~1 --json
out_json .baseFolder q "on disk, too"

# Edited as they were renamed: their checksums tell still which they were.
quietly git checkout -q -B edited main~1 && cd "$T/namesakes" && quietly git mv q edited && cd edited || exit 1
sed -i 's/quill/quills/' "$dir"/*.json
commit "renamed and edited"
run xata verify --base main~1 --json
exits 1 "records that were edited on the way are those that they were"
out_json '[.baseFolder, ([.findings[] | select(.kind == "base_edited") | .file] | sort)]' \
	'["q",["01_init.json","02_more.json"]]' "and are found"

# A folder that another project has moved into.
quietly git checkout -q -B main main~1 && cd "$T/namesakes" && quietly git mv q z &&
	quietly git mv p q && quietly git mv z p || exit 1
commit "swapped"
for sides in "main topic" "topic main"; do
	# shellcheck disable=SC2086 # words
	set -- $sides
	run xata merge --base "$1" --head "$2"
	exits 4 "such projects that swapped their folders are not mixed ($sides)"
	err_has "main has another project in this folder" "which is said"
done
run xata ci check --base main --head topic --project q
exits 4 "ci check refuses it"
err_has 'the one that "p" is in' "for that reason"

# ---- files of all kinds, as the manual says of them

history kinds
odd=$(printf 'odd\377\033[31mname')
printf 'one\n' >"$odd"
printf 'one\n' >log
printf 'one\n' >own
printf 'log merge=union\nown merge=mine\n' >.gitattributes
quietly git config merge.mine.driver "touch $T/driver-ran"
quietly git update-index --add --cacheinfo "160000,$(git rev-parse main),module"
quietly git add -- "$odd" log own .gitattributes
quietly git commit -q -m kinds
for side in left right; do
	quietly git checkout -q -b "$side" main
	printf '%s\n' "$side" >"$odd"
	printf 'one\n%s\n' "$side" >log
	printf '%s\n' "$side" >own
	quietly git add -- "$odd" log own
	quietly git commit -q -m "$side"
	quietly git update-index --cacheinfo "160000,$(git rev-parse "$side"),module"
	quietly git commit -q -m "module of $side"
done
run xata merge --base left --head right
exits 4 "files of odd kinds are in conflict"
out_has 'odd\xff\x1b[31mname: both sides' "an odd name is harmless"
out_has "own: both sides" "one with a driver of its own is merged as text"
nok "the driver is not run" test -e "$T/driver-ran"
out_has "module: both sides" "so is a submodule that both have moved"
out_lacks "log: " "but not a file merged by union"
err_lacks "xata resolve" "without a ledger in conflict xata resolve is no help"
run xata merge --base left --head right --json
out_json '.files | length' 3 "the document has them all, too"

# ---- projects that only one side has or has changed are as Git has them

history lone
on feature
mkdir -p "$T/lone/other/.xata" && cd "$T/lone/other" || exit 1
add_table new
commit new
cd "$T/lone" || exit 1
quietly git checkout -q main
add_table more
commit more
cd "$T/lone/.git" || exit 1
run xata merge --base main --head feature --json
exits 0 "a project that head adds is taken"
out_json '.projects' '[]' "without anything to resolve"
is "$(git ls-tree -r --name-only "$(jq -r .tree "$OUT")" | grep -c json)" 5 "with its record"
run xata merge --base main~1 --head main --json
out_json '[.relation, .fastForward, (.projects[0].added | length)]' '["ahead",true,1]' \
	"what only head has changed is a fast-forward"
quietly git branch target main~1
run xata merge --base target --head main --commit --update-ref target -m "
with a merge commit
"
exits 0 "a merge commit is made all the same"
is "$(git log -1 --format=%B target)" "with a merge commit" "with the message that was given"
is "$(git log -1 --format=%P target | wc -w)" 2 "and two parents"

# ---- a branch moves only from where it was

before=$(git rev-parse target)
run xata merge --base main --head feature --commit --update-ref target
exits 4 "a branch that is elsewhere is not moved"
err_has "is at $(echo "$before" | cut -c 1-10), not at the base" "which says where it is"
run xata merge --base main --head feature --commit --update-ref main
exits 4 "nor is one that is checked out"
err_has "checked out" "which says why"
err_has "xata resolve" "and what to do instead"
run xata merge --base target --head feature --commit --update-ref nothing
exits 3 "a branch that is not there cannot be moved"
err_has 'no branch "nothing"' "as it says"
quietly git worktree add -q "$T/elsewhere" target
run xata merge --base target --head feature --commit --update-ref target
exits 4 "a linked work tree counts"

quietly git worktree remove "$T/elsewhere"

# A rebase and a bisection detach HEAD, and come back to the branch at their end.
# in_use BRANCH WORD: git does not move it, nor do we.
in_use() {
	nok "git does not move \"$1\" while it is $2" git branch -q -f "$1" main
	run xata merge --base "$1" --head feature --commit --update-ref "$1"
	exits 4 "nor do we"
	err_has "\"refs/heads/$1\" is being $2 in a work tree" "which says why"
}
quietly git branch used target
quietly git worktree add -q "$T/elsewhere" used
cd "$T/elsewhere" || exit 1
quietly git checkout -q -b rival
echo rival >x
commit rival
quietly git checkout -q used
echo used >x
commit used
quietly git branch lower
echo upper >x
commit upper
conflicted rebase --update-refs rival
in_use used rebased
in_use lower rebased
quietly git rebase --abort
conflicted rebase --apply rival
in_use used rebased
err_has "git rebase --continue" "and what to do"
quietly git rebase --abort
quietly git bisect start used rival
in_use used bisected
quietly git bisect reset
run xata merge --base lower --head feature --commit --update-ref lower
exits 0 "when nothing uses it, it moves"
cd "$T/lone/.git" || exit 1
quietly git worktree remove "$T/elsewhere"
: >refs/heads/target.lock
run xata merge --base target --head feature --commit --update-ref target
exits 8 "while another process moves it, it is locked"
rm refs/heads/target.lock
is "$(git rev-parse target)" "$before" "through all of this it stays"
mkdir "$T/bin"
cat >"$T/bin/race" <<'END'
#!/bin/sh
# Six merges of six branches at once: each that succeeds builds on the ones before it.
again() {
	while :; do
		xata merge --base target --head "$1" --commit --update-ref target
		case $? in
		4 | 8) sleep 0.05 ;;
		*) return ;;
		esac
	done
}
for i in 0 1 2 3 4 5; do
	again "b$i" >/dev/null 2>&1 &
done
wait
END
chmod +x "$T/bin/race"
cd "$T/lone" || exit 1
for i in 0 1 2 3 4 5; do
	quietly git checkout -q -b "b$i" main~1
	add_table "table$i"
	commit "$i"
done
quietly git checkout -q main
# Two at once: one moves the branch, and the other one says that it has moved; or it begins when the
# first has ended, and both get in.
for at in 1 2 3 4 5; do
	git update-ref "refs/heads/race$at" target
	for i in 0 1; do
		(
			xata merge --base "race$at" --head "b$i" --commit --update-ref "race$at" \
				>/dev/null 2>"$T/race.err$i"
			echo $? >"$T/race.$i"
		) &
	done
	wait
	sort "$T/race.0" "$T/race.1" | tr '\n' ' '
	cat "$T/race.err0" "$T/race.err1" >>"$T/race.err"
	git log --format=%s --no-merges "target..race$at" | wc -l
done >"$T/races" 2>&1
is "$(grep -cvx '0 4 1\|0 0 2' "$T/races")" 0 "what two merges of one branch say is what got in"
is "$(grep -c 'error: .*\(has moved meanwhile\|not at the base\)' "$T/race.err")" \
	"$(grep -cx '0 4 1' "$T/races")" "and one that did not is told, without waiting for a lock"
RUN_TIMEOUT=50 run "$T/bin/race"
merges=$(git log --format=%s target | grep -c "Merge branch 'b")
is "$merges" 6 "of six merges at once each gets in, one after the other"
is "$(ledger target | wc -l)" 10 "with each one's record"
merged_ledger target "and all of it verifies"
sound "the repository is sound after that"

# ---- what is wrong is said

run xata merge --base main
exits 2 "--head is needed"
run xata merge --base main --head feature --update-ref main
exits 2 "--update-ref needs --commit"
run xata merge --base main --head feature -m text
exits 2 "so does a message"
run xata merge --base main --head feature --upstream theirs
exits 2 "--upstream knows base and head"
run xata merge --base main --head nothing
exits 3 "a commit that is not there is named"
err_has 'no commit "nothing"' "in the message"
run env -u GIT_COMMITTER_NAME -u GIT_AUTHOR_NAME xata merge --base main --head b1 --commit
exits 3 "who commits must be known"
err_has "user.name is not set" "and is not guessed"
run env GIT_AUTHOR_DATE=yesterday xata merge --base main --head b1 --commit
exits 3 "a date must be one"
quietly git checkout -q --orphan stranger
commit stranger
run xata merge --base main --head stranger
exits 4 "unrelated histories are refused"
err_has "no common ancestor" "as such"
quietly git checkout -q -b broken main
sed -i '1s/^/<<<<<<< ours\n/' $dir/.ledger
commit broken
run xata merge --base main~1 --head broken
exits 3 "a ledger with conflict markers is an error"
err_has "of broken has conflict markers" "that names the side"
quietly git checkout -q main
# libgit2 1.5 does not free what it walked before a commit was missing, nor what it searched the
# names of a repository's extensions with.
printf 'leak:libgit2\nleak:libpcre2-8\n' >"$T/leaks"
LSAN_OPTIONS=$LSAN_OPTIONS:suppressions=$T/leaks:print_suppressions=0
quietly git clone -q --depth 1 --no-single-branch "file://$T/lone" "$T/shallow"
cd "$T/shallow" || exit 1
run xata merge --base origin/main --head origin/feature
exits 3 "a shallow clone may lack the common ancestor"
err_has "shallow" "which is said"
err_has "git fetch --unshallow" "with the remedy"
cd "$T/home" || exit 1
run xata merge --base main --head feature
exits 3 "outside a repository there is nothing to merge"
err_has "not in a Git repository" "as it says"
if git init -q --object-format=sha256 "$T/sha256" 2>/dev/null; then
	cd "$T/sha256" || exit 1
	run xata merge --base main --head feature
	exits 3 "a repository with SHA-256 ids cannot be read"
	err_has "SHA-256" "and is told from a broken one"
else
	skip "a repository with SHA-256 ids" "this git cannot make one"
fi
done_testing
