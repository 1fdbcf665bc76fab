#!/bin/sh
# xata resolve where the index does not hold what the sides of a merge were: records that a stash
# left out, or that nobody has committed, records that git took for renamed ones, a commit without
# parent, a ledger that git would have merged line by line.
# The calls of git and of xata are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# settled COLUMNS DESCRIPTION
settled() {
	run xata verify --staged
	exits 0 "$2"
	clean_ledger "and so do the files"
	intact "which are those of the ledger"
	is "$(git ls-files -u "$dir")" "" "nothing is in conflict"
	is "$(columns)" "$1" "the records are in order"
}

# ---- a stash: the new record is not tracked yet

# moved_on NAME: a record that is not committed, on a branch whose upstream has another.
moved_on() {
	history "$1"
	quietly git checkout -q -b upstream
	add_column users theirs
	commit theirs
	quietly git checkout -q main
	add_column users mine
}

moved_on tracked
quietly git stash push -q -u
quietly git merge -q upstream
conflicted stash pop
run xata resolve --json
exits 0 "a stash with the files that were not tracked is resolved"
out_json '[.operation, .upstream]' '["none","ours"]' "on top of HEAD"
settled "users email nick theirs mine" "and verifies"

moved_on left
quietly git stash push -q
ok "without --include-untracked the record stays where it is" test -f "$dir/$added.json"
quietly git merge -q upstream
conflicted stash pop
run xata resolve
exits 0 "its ledger finds it there"
settled "users email nick theirs mine" "and verifies"

moved_on older
quietly git stash push -q -u
echo note >note
quietly git add note
quietly git stash push -q
quietly git merge -q upstream
conflicted stash pop 'stash@{1}'
run xata resolve
exits 0 "an older stash is known by its ledger"
settled "users email nick theirs mine" "and verifies"

moved_on gone
quietly git stash push -q
rm "$dir/$added.json"
quietly git merge -q upstream
conflicted stash pop
cp -r "$dir" "$T/before"
run xata resolve
exits 3 "a record that is nowhere any more cannot be resolved"
err_has "$added" "it is named"
same_tree "$dir" "$T/before" "nothing is written"

# ---- records that are not committed

# told WORD: carries out the command of the last hint that begins with this word.
told() {
	# shellcheck disable=SC2046 # words, as a shell takes them
	quietly $(sed -n "s/.*\"\($1 [^\"]*\)\".*/\1/p" "$ERR")
}

# kept GO-ON… : what is under way is not resolved over the record; as told, it comes behind.
kept() {
	rm -rf "$T/before"
	cp -r "$dir" "$T/before"
	git ls-files -s >"$T/index"
	run xata resolve --upstream ours
	exits 4 "a record that is not committed would get lost"
	err_has "\"$added\"" "it is named"
	same_tree "$dir" "$T/before" "nothing is written"
	is "$(git ls-files -s)" "$(cat "$T/index")" "nor staged"
	cp "$ERR" "$T/hint"
	told mv
	quietly xata resolve --upstream ours
	[ "$#" -eq 0 ] || quietly "$@"
	cp "$T/hint" "$ERR"
	told "xata new"
	clean_ledger "what the hint says puts it behind the others"
	intact "and all are in the ledger"
}

moved_on unsaved
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata
commit mine
add_column users more
conflicted merge upstream
kept git commit -q --no-edit
is "$(columns)" "users email nick mine theirs more" "it is the last one"
quietly git add .xata
quietly git reset -q --hard HEAD~1
add_column users more
conflicted cherry-pick upstream
kept git -c core.editor=true cherry-pick --continue
quietly git reset -q --hard HEAD~1
quietly git clean -q -f -d .xata
add_column users stashed
quietly git stash -q -u
add_column users other
commit other
add_column users more
conflicted stash pop
kept
is "$(columns)" "users email nick mine other stashed more" "it is the last one"

# Killed before it had staged, and run again with the other side first.
moved_on killed
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata
commit mine
conflicted merge upstream
cp .git/index "$T/index"
quietly xata resolve --upstream ours
cp "$T/index" .git/index
run xata resolve --upstream theirs
exits 0 "what another run has put elsewhere is not taken for it"
settled "users email nick theirs mine" "and that verifies"

# ---- git takes records for renamed ones

# Both sides put the same two records on top of something else, which gives them new names.
history renamed
quietly git checkout -q -b topic
add_column users a
add_column users b
commit topic
quietly git checkout -q -b first main
add_column users first
commit first
quietly git checkout -q -b second main
add_column users second
commit second
for side in first second; do
	quietly git checkout -q -b "topic-$side" topic
	quietly xata rebase --onto "$side"
	commit "topic on $side"
done
conflicted -c merge.renames=true merge topic-first
run grep -q "renamed to" "$TAP_DIR/git"
exits 0 "git sees renamed files"
run xata resolve --upstream theirs
exits 0 "the sides are what the commits have"
settled "users email nick first a b second" "and the result verifies"

# ---- a commit without parent

git_init "$T/root" || bail_out "no repository"
{ mkdir -p "$T/root/.xata" && cd "$T/root"; } || bail_out "no project"
add_table users
commit one
quietly git checkout -q --orphan other
quietly git rm -q -r --cached .
rm -r "$dir"
add_table teams
commit other
quietly git checkout -q main
conflicted cherry-pick other
run xata resolve
exits 0 "the first commit of another history can be picked"
settled "users teams" "and that verifies"

# ---- several commits that are picked without being committed

history several
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
commit attributes
quietly git checkout -q -b topic
add_column users theirs
commit theirs
add_column users more
commit more
quietly git checkout -q main
add_column users mine
commit mine
for pick in topic~1 topic; do
	conflicted cherry-pick -n "$pick"
	run xata resolve
	exits 0 "cherry-pick -n of $pick is resolved"
done
settled "users email nick mine theirs more" "both records are there"

# ---- a merge against its second parent, which Git does not keep

# merged NAME: main has merged topic; users.theirs is behind users.mine there.
merged() {
	history "$1"
	cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
	commit attributes
	quietly git checkout -q -b topic
	add_column users theirs
	commit theirs
	quietly git checkout -q main
	add_column users mine
	commit mine
	conflicted merge topic
	quietly xata resolve --upstream ours
	quietly git commit -q --no-edit
}

merged reverted
quietly git branch merged
add_column users behind
commit behind
conflicted revert -m 2 merged
run xata resolve
exits 0 "a revert of a merge to its second parent is resolved"
out_has "A revert takes no record back" "what it does not do is said"
out_has '"--skip" where nothing is left' "and how to go on"
settled "users email nick mine theirs behind" "no record is lost"
is "$(git diff --cached --stat)" "" "all is as it was"

merged picked
quietly git checkout -q -b other main~2
add_column users other
commit other
conflicted cherry-pick -m 2 main
run xata resolve
exits 0 "a merge is picked against its second parent"
settled "users email nick other mine" "which is what the other parent had"

# Without the conflict that parent is not known.
quietly git rm -q --cached "$dir/$one.json"
cp -r "$dir" "$T/unknown"
run xata resolve
exits 3 "where it was resolved already, the parent cannot be told"
err_has "git checkout --merge -- $dir/.ledger" "but what brings the conflict back"
same_tree "$dir" "$T/unknown" "and nothing is changed"
quietly git checkout --merge -- "$dir/.ledger"
run xata resolve
exits 0 "which does it"
settled "users email nick other mine" "as before"
quietly git cherry-pick --continue

# Whatever the sides are, what all of them have is there.
conflicted cherry-pick -m 1 main
quietly git rm -q --cached "$dir/$one.json"
rm "$dir/$one.json"
run xata resolve
exits 0 "where a record that all have is not in the index"
settled "users email nick other mine theirs" "it is again"

# ---- line by line

# pgroll NAME: topic has two commits with a record each, main has another; names stay the same.
pgroll() {
	repository "$1"
	create_table 01_posts posts
	[ -z "$2" ] || printf '%s\n' "$2" >.xata/.gitattributes
	commit posts
	quietly git checkout -q -b topic
	create_table 02_tags tags
	commit tags
	create_table 03_authors authors
	commit authors
	quietly git checkout -q main
	create_table 02_users users
	commit users
	quietly git checkout -q topic
	conflicted rebase main
	quietly xata resolve
}

pgroll lines ''
quietly git -c core.editor=true rebase --continue
run xata verify
exits 1 "a ledger that git merged line by line does not verify"
cp -a "$T/lines" "$T/committed"
run xata resolve
exits 0 "unless it is put into the chain again"
settled "posts users tags authors" "as the records tell how"
cd "$T/committed" || bail_out "no copy"
sed -i 's/"id"/"key"/' "$dir/03_authors.json"
quietly git add -A .xata
run xata resolve
exits 1 "when it was edited, too, that cannot be known"
err_has "git reset --keep ORIG_HEAD" "what to do is said"
err_has "xata-resolve(1)" "and where it says how to keep git from it"

pgroll attributes "$(cat "$abs_top_srcdir/.xata-template/.gitattributes")"
conflicted -c core.editor=true rebase --continue
run xata resolve
exits 0 "with the attributes of the template each commit stops"
quietly git -c core.editor=true rebase --continue
settled "posts users tags authors" "and each is put right"
is "$(git log --format=%s main.. | tr '\n' ' ')" "authors tags " "no commit is lost"

done_testing
