#!/bin/sh
# xata resolve in repositories of every shape: octopus merges, criss-cross histories, moved projects,
# folders and several projects, work trees, line ends of other systems, sparse and shallow clones.
# The calls of git and of xata are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# branch NAME COLUMN: a branch off main that adds users.COLUMN; main is checked out again.
branch() {
	quietly git checkout -q -b "$1" main
	add_column users "$2"
	commit "$2"
	quietly git checkout -q main
}

# settled COLUMNS DESCRIPTION: all verifies, and these are the columns behind the common ones.
settled() {
	run xata verify --staged
	exits 0 "$2"
	clean_ledger "and so do the files"
	intact "which are those of the ledger"
	is "$(git status --porcelain "$dir" | cut -c2 | tr -d ' \n')" "" \
		"no file differs from what is staged"
	is "$(columns)" "users email nick $1" "the records are in order"
}

# ---- octopus

history octopus
branch one o1
branch two o2
add_column users o3
commit three
conflicted merge one two
run xata verify --staged
ok "git leaves an octopus merge alone that conflicts early" test ! -f .git/MERGE_HEAD
quietly git reset -q --hard

history arms
branch one o1
branch two o2
commit "nothing for the ledger"
conflicted merge one two
run xata resolve --upstream ours --dry-run
out_has "Would put 2 records behind those of upstream, which has no new ones." "is told before it is done"
run xata resolve --upstream ours --json
exits 0 "a conflict with the last arm of an octopus is resolved"
out_json '[.operation, .upstream, (.first | length), (.moved | length)]' '["merge","ours",0,2]' \
	"the arms go behind HEAD, in order"
settled "o1 o2" "both arms are in"
quietly git commit -q --no-edit
is "$(git rev-list --parents -1 HEAD | wc -w)" 4 "and the commit has three parents"

history marked
branch one o1
branch two o2
commit "nothing for the ledger"
conflicted merge one two
quietly git add -A
run xata resolve --upstream theirs
exits 2 "of an octopus, theirs is no one side"
err_has "merge one branch after the other" "which is said"
run xata resolve --upstream ours
exits 0 "but ours is"
settled "o1 o2" "all sides are in, though the conflict was marked as resolved"

# ---- criss-cross

history cross
branch topic c1
add_column users c2
commit c2
quietly git branch main1
conflicted merge topic
quietly xata resolve --upstream ours
quietly git commit -q -m "topic into main"
quietly git checkout -q topic
conflicted merge main1
quietly xata resolve --upstream theirs
quietly git commit -q -m "main into topic"
add_column users c3
commit c3
quietly git checkout -q main
add_column users c4
commit c4
is "$(git merge-base --all main topic | wc -l)" 2 "a criss-cross has two merge bases"
git merge topic >"$TAP_DIR/git" 2>&1
ok "and conflicts" test -n "$(git ls-files -u)"
run xata resolve --upstream ours
exits 0 "it is resolved"
settled "c2 c1 c4 c3" "each record is there once"

# two merges that put the records in different orders
history orders
branch topic c1
add_column users c2
commit c2
quietly git branch main1
conflicted merge topic
quietly xata resolve --upstream ours
quietly git commit -q -m "topic into main"
quietly git checkout -q topic
conflicted merge main1
quietly xata resolve --upstream ours
quietly git commit -q -m "main into topic"
quietly git checkout -q main
git merge topic >"$TAP_DIR/git" 2>&1
run xata resolve --upstream ours
exits 0 "orders that differ are resolved"
settled "c2 c1" "upstream's counts"

# what upstream removed in the meantime does not come back
history removed
add_column users gone
gone=$added
commit gone
branch topic c1
quietly git rm -q "$dir/$gone.json"
sed -i '$d' "$dir/.ledger"
add_column users c2
commit "without it"
conflicted merge topic
run xata resolve --upstream ours --json
exits 0 "a record that upstream removed stays removed"
out_json '.dropped' "[\"$gone\"]" "which is said"
settled "c2 c1" "what was built on it goes on without it"

# ---- a project that moved

history moved db
quietly git checkout -q -b topic
add_column users m1
commit m1
quietly git checkout -q main
quietly git mv "$T/moved/db" "$T/moved/database"
cd "$T/moved/database" || exit 1
commit "moved"
add_column users m2
commit m2
conflicted merge topic
run xata resolve --upstream ours
exits 0 "a project that moved on one side is resolved in its new folder"
settled "m2 m1" "with the records of both"
is "$(git -C "$T/moved" ls-files db)" "" "nothing stays in the old folder"

# Git does not see that the ledger was renamed, as most of its lines are new.
repository lifted
add_table users
commit "one record"
quietly git checkout -q -b topic
add_column users m1
commit m1
quietly git checkout -q main
mkdir database
quietly git mv .xata database/
cd database || exit 1
commit "moved"
add_column users m2
add_column users m3
commit "m2, m3"
conflicted merge topic
run xata resolve --upstream ours
exits 3 "a project that moved away from the top is not followed"
err_has '"xata merge --base HEAD --head REV --commit" merges all the same' "but there is a way"
quietly git merge --abort
run xata merge --base HEAD --head topic
exits 0 "which can be tried"
out_has "database: was at the top of the repository, the folder was renamed." "and says what moved"
run xata merge --base HEAD --head topic --commit --json
exits 0 "and works"
run git merge -q --ff-only "$(jq -r .commit "$OUT")"
exits 0 "up to the merge itself"
verifies "which verifies"
is "$(columns)" "users m2 m3 m1" "and has the records of both"

# ---- folders and several projects

history several services/shop
quietly mkdir -p "$T/several/services/blog/.xata"
cd "$T/several/services/blog" || exit 1
add_table users
add_column users email
add_column users nick
commit blog
quietly git checkout -q -b topic
add_column users b1
cd ../shop || exit 1
add_column users s1
commit topic
quietly git checkout -q main
add_column users s2
cd ../blog || exit 1
add_column users b2
commit main
conflicted merge topic
mkdir -p src && cd src || exit 1
run xata resolve --upstream ours
exits 0 "one of two projects is resolved, from a folder below it"
cd .. || exit 1
settled "b2 b1" "and is done"
is "$(git ls-files -u ../shop | wc -l)" 3 "the other one is untouched"
cd ../shop || exit 1
run xata resolve --upstream ours
exits 0 "and resolved in its turn"
settled "s2 s1" "then both are"
quietly git commit -q --no-edit

# ---- work trees

history tree
branch topic w1
quietly git worktree add -q "$T/second" -b second
add_column users w0
commit "not in the work tree"
cd "$T/second" || exit 1
add_column users w2
commit w2
conflicted merge topic
run xata resolve --upstream ours
exits 0 "a linked work tree is resolved"
settled "w2 w1" "with its own index"
run xata resolve --json
exits 0 "there"
cd "$T/tree" || exit 1
run xata resolve --json
out_json '[.resolved, .operation]' '[false,"none"]' "the main one is not concerned"
clean_ledger "and is as it was"

# ---- the environment names the index

history index
branch topic e1
add_column users e2
commit e2
conflicted merge topic
cp .git/index "$T/other-index"
GIT_INDEX_FILE=$T/other-index run xata resolve --upstream ours
exits 0 "GIT_INDEX_FILE counts"
is "$(GIT_INDEX_FILE=$T/other-index git ls-files -u)" "" "that index is settled"
is "$(git ls-files -u | wc -l)" 3 "and no other"
run xata resolve --upstream ours
exits 0 "until its turn comes"
settled "e2 e1" "then it is, too"

# ---- line ends of other systems

history crlf
branch topic l1
add_column users l2
commit l2
git -c core.autocrlf=true clone -q -b main "$T/crlf" "$T/dos"
cd "$T/dos" || exit 1
quietly git config core.autocrlf true
ok "the ledger has CR LF" grep -q "$(printf '\r')" "$dir/.ledger"
conflicted merge origin/topic
run xata resolve --upstream ours
exits 0 "a checkout with CR LF is resolved"
run xata verify --staged
exits 0 "what is staged verifies"
is "$(git show ":$dir/.ledger" | grep -c "$(printf '\r')")" 0 "without a CR"
is "$(columns)" "users email nick l2 l1" "the records are in order"
is "$(git status --porcelain "$dir" | cut -c2 | tr -d ' \n')" "" \
	"no file differs from what is staged"
run xata verify
exits 0 "and the files do as they did before"

# ---- sparse checkouts

history sparse
mkdir -p docs && echo text >docs/page
commit docs
branch topic p1
add_column users p2
commit p2
quietly git sparse-checkout set docs
ok "the migrations are not checked out" test ! -e "$dir"
conflicted merge topic
mkdir -p .xata
run xata resolve --upstream ours
exits 0 "a sparse checkout is resolved"
run xata verify --staged
exits 0 "what is staged verifies"
is "$(git status --porcelain "$dir" | cut -c2 | tr -d ' \n')" "" \
	"no file counts as removed or changed"
quietly git commit -q --no-edit
verifies "and so does the commit" --rev HEAD --base HEAD^1

# ---- shallow clones

history deep
branch topic s1
add_column users s2
commit s2
git clone -q --depth 1 --no-single-branch "file://$T/deep" "$T/shallow"
cd "$T/shallow" || exit 1
conflicted merge --allow-unrelated-histories origin/topic
# libgit2 1.5 leaks a list of its own when a search for merge bases meets a commit that is missing.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 run xata resolve --upstream ours
ok "a shallow clone lacks what tells the sides apart" test "$status" -ne 0
err_has "shallow" "it says so"
err_has "git fetch --unshallow" "and what to do"
quietly git merge --abort
quietly git fetch -q --unshallow
conflicted merge origin/topic
run xata resolve --upstream ours
exits 0 "with the whole history it works"
settled "s2 s1" "as anywhere"

# ---- what resolve leaves to others

history others
echo one >file
commit file
quietly git checkout -q -b topic
echo two >file
add_column users t1
commit t1
quietly git checkout -q main
echo three >file
add_column users t2
commit t2
conflicted merge topic
run xata resolve --upstream ours
exits 0 "conflicts elsewhere do not matter"
settled "t2 t1" "the migrations are settled"
is "$(git ls-files -u | awk '{print $4}' | sort -u)" "file" "and the others stay in conflict"
quietly git merge --abort
is "$(git status --porcelain)" "" "the merge can be given up all the same"
clean_ledger "which brings the ledger back"

# the conflict can be had again
conflicted merge topic
quietly xata resolve --upstream ours
quietly git checkout --merge -- "$dir/.ledger"
ok "git brings the conflict back" grep -q '<<<<<<<' "$dir/.ledger"
run xata resolve --upstream ours
exits 0 "and it is resolved again"
settled "t2 t1" "with the same result"

# markers that somebody committed
history markers
branch topic d1
add_column users d2
commit d2
quietly git checkout -q topic
printf '<<<<<<< HEAD\nx\n=======\n' >>"$dir/.ledger"
commit "a conflict was committed"
quietly git checkout -q main
conflicted merge topic
run xata resolve --upstream ours
ok "markers that were committed are found" test "$status" -ne 0
err_has "conflict markers" "and named"
err_has "theirs" "with their side"

# both sides gave the folder another name: Git writes its own merge of the texts into the index
history twice one
quietly git checkout -q -b topic
add_column users t1
quietly git mv "$T/twice/one" "$T/twice/two"
commit two
quietly git checkout -q main
cd "$T/twice/one" || exit 1
add_column users t2
quietly git mv "$T/twice/one" "$T/twice/three"
cd "$T/twice/three" || exit 1
commit three
conflicted merge topic
run xata resolve --upstream ours
exits 3 "a folder with two new names is not resolved"
err_has "both sides gave the project's folder another name" "nor blamed on who committed"
err_has '"three" in ours' "the names are told"
err_has '"two" in theirs' "with their sides"
err_has 'git merge --abort' "how to get back"
err_has "give the project one folder on both sides" "and what to do is said"
run xata verify --staged --json
exits 1 "nor is it said to be verified"
out_json '[.findings[] | .kind, (.remedy | test("Both sides gave .* folder another name"))] | unique' \
	'[true,"in_conflict"]' "or to be resolvable"
cd "$T/twice/two" || exit 1
run xata verify --staged
out_has "give it one folder on both sides, and start again" "under either name"

# The same in a rebase, whose first commit has the new name only.
quietly git merge --abort
quietly git checkout -q topic
cd "$T/twice/two" || exit 1
add_column users t3
commit more
conflicted rebase main
for name in two three; do
	cd "$T/twice/$name" || exit 1
	cp "$dir/.ledger" "$T/before"
	run xata resolve
	exits 3 "nor is it resolved in a rebase, in $name"
	err_has "both sides gave the project's folder another name" "as it has two"
	err_has '"three" in ours' "the one of what it goes on top of"
	err_has '"two" in theirs' "and that of what is applied"
	err_has 'git rebase --abort' "how to get back is said"
	same_file "$dir/.ledger" "$T/before" "nothing was changed"
done
cd "$T/twice" && quietly git rebase --abort

# One side alone renamed it: Git follows, and there is something to resolve.
quietly git checkout -q main && quietly git reset -q --hard main~1
cd "$T/twice/one" || exit 1
add_column users t4
commit t4
quietly git checkout -q topic
conflicted merge main
cd "$T/twice/two" || exit 1
run xata resolve --upstream theirs
exits 0 "where one side renamed it, it is resolved"
verifies "and verifies" --staged

# What is applied has the project where it was: behind the first record of a series, Git's index holds
# those before it as resolve has put them behind others.
# renamed NAME [COLUMN]: topic adds p1 and p2 in the folder "was"; main, which is checked out, calls it
# "is", the folder at hand, and has users.COLUMN besides.
renamed() {
	history "$1" was
	quietly git checkout -q -b topic
	add_column users p1
	commit p1
	add_column users p2
	commit p2
	quietly git checkout -q main
	cd "$T/$1" || exit 1
	quietly git mv was is
	cd is || exit 1
	[ $# -lt 2 ] || add_column users "$2"
	commit renamed
}

# goes_on COMMAND…: both stops of that series are resolved.
goes_on() {
	run xata resolve
	exits 0 "the first of two is resolved, $about"
	conflicted -c core.editor=true "$@" --continue
	run xata resolve
	exits 0 "and so is the second, behind it"
	verifies "and verifies" --staged
	quietly git -c core.editor=true "$@" --continue
}

for up in "" up; do
	about="onto a folder that was renamed${up:+, with a new record}"
	renamed "series$up" $up
	quietly git branch main1
	conflicted cherry-pick main..topic
	goes_on cherry-pick
	settled "${up:+$up }p1 p2" "a series is picked $about"
	quietly git reset -q --hard main1
	cd "$T/series$up" || exit 1
	quietly git checkout -q topic
	conflicted rebase main1
	cd "$T/series$up/is" || exit 1
	goes_on rebase
	settled "${up:+$up }p1 p2" "and rebased"
done

# Where nothing but the folder was changed, Git merges the ledger, but not where new files go.
renamed only
conflicted merge topic
is "$(git ls-files -u | cut -f 2 | sed 's/_[^_]*$//' | sort -u | wc -l)" 2 "only the records are in conflict"
run xata resolve
exits 0 "they are resolved"
err_has "Upstream is theirs, as only it has new records" "no side has to be told"
settled "p1 p2" "and staged"
quietly git commit -q --no-edit

history popped was
add_column users p1
quietly git stash push -q -u
cd "$T/popped" || exit 1
quietly git mv was is
cd is || exit 1
add_column users up
commit renamed
conflicted stash pop
run xata resolve
exits 0 "a stash is resolved where its folder was renamed"
out_has "git stash drop" "as the one that was popped"
err_has '"was/.xata/migrations/mig_' "the file that Git put into the former folder is named"
err_has "is left over" "as what can go"
settled "up p1" "its record is behind HEAD's"

done_testing
