#!/bin/sh
# xata resolve: upstream's new records first and ours behind, in every operation of git that can end
# in a conflict; conflicts by meaning; nothing is changed where it cannot be done.
# The calls of git and of xata are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# sides NAME: three common records; on main users.main, on topic, which is checked out, users.topic.
sides() {
	history "$1"
	quietly git checkout -q -b topic
	add_column users topic
	topic=$added
	commit topic
	quietly git checkout -q main
	add_column users main
	main=$added
	commit main
	quietly git checkout -q topic
}

# settled DESCRIPTION: the index and the files agree, and both verify.
settled() {
	run xata verify --staged
	exits 0 "$1"
	clean_ledger "and so do the files"
	intact "which are those of the ledger"
	is "$(git status --porcelain "$dir" | cut -c2 | tr -d ' \n')" "" \
		"no file differs from what is staged"
	is "$(git ls-files -u "$dir")" "" "and nothing is in conflict"
}

# ---- a merge

sides merge
conflicted merge main
run xata resolve
exits 2 "a merge needs to know which side is upstream"
err_has "--upstream" "and says how to tell it"
is "$(git ls-files -u | wc -l)" 3 "nothing was changed"
cp -r .xata/migrations "$T/before"
run xata resolve --upstream theirs --dry-run --json
exits 0 "a dry run shows the result"
out_json '[.resolved, .operation, .upstream, .reason]' '[true,"merge","theirs","option"]' \
	"and what it goes by"
out_json '[[.first[].name], [.moved[].from]]' "[[\"$main\"],[\"$topic\"]]" "and what goes where"
same_tree .xata/migrations "$T/before" "without changing a file"
is "$(git ls-files -u | wc -l)" 3 "or the index"
run xata resolve --upstream theirs
exits 0 "upstream's side can be told"
err_has "Upstream is theirs" "it says which was taken"
out_has "$main" "and the records"
out_has "Put 1 new record of upstream first, and 1 record behind it." "and counts them"
out_has "git commit" "and how to go on"
settled "the result verifies"
is "$(columns)" "users email nick main topic" "upstream's new record is first"
is "$(git rev-parse ":$dir/$main.json")" "$(git rev-parse "main:$dir/$main.json")" \
	"and is the object that it was"
is "$(git ls-files "$dir" | grep -c "$topic")" 0 "the former name of ours is gone"
is "$(id_of "$(last_name)")" "$(id_of "$topic")" "it keeps its id"
ok "the files as they were are kept" test -f "$(ls -d .xata/backup/*)/$topic.json"
quietly git commit -q --no-edit
verifies "the merge commit only appends to main" --rev HEAD --base main
run xata resolve
exits 0 "afterwards there is nothing to do"
out_has "Nothing to resolve" "and it says so"

sides ours
conflicted merge main
run xata resolve --upstream ours
exits 0 "ours can be upstream as well"
is "$(columns)" "users email nick topic main" "then ours go first"
settled "that verifies, too"

sides again
conflicted merge main
quietly xata resolve --upstream theirs
git ls-files -s "$dir" >"$T/once"
quietly git merge --abort
rm -rf .xata/backup
conflicted merge main
quietly xata resolve --upstream theirs
git ls-files -s "$dir" >"$T/twice"
same_file "$T/twice" "$T/once" "the same merge gives the same bytes"

# ---- the branch knows

start_xatad
sides branch
database shop
quietly git stash list
quietly git checkout -q main
quietly xata push --yes main
quietly git checkout -q topic
conflicted merge main
run xata resolve main --json
exits 0 "the branch tells which side is upstream"
out_json '[.upstream, .reason]' '["theirs","branch"]' "it is the one whose records it has"
quietly git commit -q --no-edit
run xata push --yes main
exits 0 "what comes out can be pushed"
unset XATA_DATABASE_URL

sides nobody
database empty
conflicted merge main
run xata resolve main
exits 2 "a branch that has neither tells nothing"
err_has "has the new records of neither" "which is said"
stop_xatad
run xata resolve main
exits 2 "nor does one that cannot be reached"
err_has "cannot be asked" "which is said, too"
quietly git merge --abort
unset XATA_DATABASE_URL

# ---- rebase

sides rebase
add_column users topic2
commit topic2
add_table teams
commit teams
conflicted rebase main
stops=0
while [ -d .git/rebase-merge ]; do
	run xata resolve
	[ "$status" -eq 0 ] || break
	stops=$((stops + 1))
	git -c core.editor=true rebase --continue >"$TAP_DIR/git" 2>&1
done
exits 0 "each commit of a rebase is resolved"
ok "and it stopped more than once" test "$stops" -gt 1
is "$(columns)" "users email nick main topic topic2 teams" "in order, behind upstream's"
settled "the rebased branch verifies"
verifies "each commit appends to main" --base main
verifies "so did the one before" --rev HEAD~1 --base HEAD~2
is "$(git log --format=%s main..HEAD | tr '\n' ' ')" "teams topic2 topic " "no commit is lost"

# ---- cherry-pick

sides pick
quietly git checkout -q main
conflicted cherry-pick topic
run xata resolve --json
exits 0 "a cherry-pick is resolved"
out_json '[.operation, .upstream, .reason]' '["cherry_pick","ours","operation"]' "on top of HEAD"
settled "and verifies"
quietly git -c core.editor=true cherry-pick --continue
is "$(columns)" "users email nick main topic" "with the record behind"
quietly git reset -q --hard main
conflicted cherry-pick -n topic
run xata resolve
exits 0 "so is one that is not to be committed yet"
out_has 'go on with "git commit"' "which is left to do, and no stash is to go"

# A stash that has the ledger of what is picked was not popped, and what it was made on is no base.
quietly git reset -q --hard main
quietly git checkout -q topic
echo note >note
quietly git add note
quietly git stash push -q
quietly git checkout -q main
quietly git reset -q --hard HEAD~1 # without the record that was picked above
conflicted cherry-pick -n topic
run xata resolve
exits 0 "so is one beside a stash that was made on it"
out_has 'go on with "git commit"' "and that stash is not to go either"
is "$(columns)" "users email nick main topic" "its record is not left out"
settled "and it verifies"
quietly git stash drop -q

sides alone
add_column users second
commit second
quietly git checkout -q main
conflicted cherry-pick topic
run xata resolve
exits 0 "the second of two commits can be picked alone"
is "$(columns)" "users email nick main second" "without the record of the first"
settled "and that verifies"

# ---- stash pop

sides stash
quietly git checkout -q main
quietly git reset -q --hard HEAD~1
add_column users mine
quietly git add -A
quietly git stash push -q
quietly git merge -q topic
echo another >another
quietly git add another
quietly git stash push -q
conflicted stash pop "stash@{1}"
run xata resolve
exits 0 "a stash pop is resolved"
out_has "\"git stash drop stash@{1}\"" "and the stash can go, but not a later one"
is "$(columns)" "users email nick topic mine" "its record is last"
settled "and it verifies"

# ---- revert, am

sides revert
add_column users later
commit later
conflicted revert HEAD~1
run xata resolve --json
exits 0 "a revert is resolved"
out_json '.kept' "[\"$topic\"]" "but a record stays"
is "$(columns)" "users email nick topic later" "in its place"
quietly git revert --abort

sides mail
quietly git format-patch -1 topic -o "$T/mail"
quietly git checkout -q main
conflicted am -3 "$T"/mail/*.patch
run xata resolve --json
exits 0 "a patch from a mail is resolved"
out_json '[.operation, .upstream]' '["am","ours"]' "on top of HEAD"
is "$(columns)" "users email nick main topic" "with its record behind"
quietly git am --continue
settled "and verifies"

# patches NAME: of three, each builds on what resolve has put behind others before.
patches() {
	quietly git format-patch -3 topic -o "$T/$1.d"
	quietly git checkout -q main
	conflicted am -3 "$T/$1.d"/*.patch
	for patch in first second third; do
		run xata resolve
		exits 0 "the $patch of three patches is resolved ($1)"
		settled "and verifies"
		[ "$patch" = third ] || conflicted am --continue
	done
	quietly git am --continue
	clean_ledger "so does what they give"
}
sides mails
add_column users second
commit second
add_column users third
commit third
patches mails
is "$(columns)" "users email nick main topic second third" "all records are in order"

repository pgroll-mails
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
create_table 01_users users
commit users
quietly git checkout -q -b topic
for name in topic second third; do
	add "[{\"add_column\":{\"table\":\"users\",\"column\":{\"name\":\"$name\",\"type\":\"text\",\"nullable\":true}}}]" \
		--name "02_$name"
	commit "$name"
done
quietly git checkout -q main
add '[{"add_column":{"table":"users","column":{"name":"main","type":"text","nullable":true}}}]' \
	--name 02_main
commit main
quietly git checkout -q topic
patches pgroll-mails
is "$(names | tr '\n' ' ')" "01_users 02_main 02_topic 02_second 02_third " \
	"all records are in order"

# ---- conflicts by meaning

history meaning
quietly git checkout -q -b topic
add_column users nick2
commit topic
quietly git checkout -q main
add_column users nick2
commit main
conflicted merge topic
git ls-files -s >"$T/before.index"
cp -r .xata/migrations "$T/meaning.files"
run xata resolve --upstream ours
exits 4 "the same column added on both sides is a conflict"
out_has "nick2" "which names what it is about"
out_has "Nothing was changed" "and changes nothing"
same_tree .xata/migrations "$T/meaning.files" "no file"
git ls-files -s >"$T/after.index"
same_file "$T/after.index" "$T/before.index" "and not the index"
run xata resolve --upstream ours --json
exits 4 "with --json, too"
out_json '[.error.code, .conflicts[0].kind]' '["conflict","added_twice"]' "the kind is told"
quietly git merge --abort

repository sql
create_table pg_1 users
commit base
quietly git checkout -q -b topic
add '[{"sql":{"up":"SELECT 1","down":""}}]' --name pg_sql
commit topic
quietly git checkout -q main
create_table pg_2 teams
commit main
conflicted merge topic
run xata resolve --upstream ours
exits 4 "raw SQL beside anything is undecidable"
run xata resolve --upstream ours --accept-sql
exits 0 "unless it is accepted"
is "$(names | tr '\n' ' ')" "pg_1 pg_2 pg_sql " "pgroll records keep their names"
settled "and the new chain verifies"

# ---- the same records

repository form
create_table pg_1 users
create_table pg_2 teams
commit base
quietly git checkout -q -b topic
create_table pg_3 tags
jq -c . "$dir/pg_3.json" >"$T/compact"
commit topic
quietly git checkout -q main
cp "$dir/pg_2.json" "$T/pg_2"
git show topic:"$dir/pg_3.json" >"$dir/pg_3.json"
git show topic:"$dir/.ledger" >"$dir/.ledger"
cp "$T/compact" "$dir/pg_3.json"
commit "the same, formatted"
conflicted merge topic
run xata resolve --dry-run
exits 0 "a record that differs in its formatting is the same"
out_has "= 1 record that the sides have alike: upstream's is taken" "which is said"
out_has "Would take the records as upstream has them; nothing goes behind." "with what would be done"
run xata resolve --json
exits 0 "and done"
out_json '[.reason, .alike, .first, .moved]' '["alike",1,[],[]]' "nothing is new"
same_file "$dir/pg_3.json" "$T/compact" "the form of HEAD stays"
settled "and nothing is in conflict"

history blank
quietly git checkout -q -b topic
echo >>"$dir/.ledger"
commit "a blank line"
quietly git checkout -q main
add_column users main
commit main
quietly git checkout -q topic
conflicted merge main
run xata resolve
exits 0 "a side without new records needs no --upstream"
out_has "Took 1 new record of upstream; nothing goes behind." "as there is nothing to go behind"
is "$(columns)" "users email nick main" "and nothing is lost"

# Sealed on one side, and made before the sides went apart or on both of them.
unsealed() {
	jq 'del(.chainChecksum)' "$dir/$1.json" >"$T/x" && cp "$T/x" "$dir/$1.json"
}
repository seal
create_table pg_1 users
unsealed pg_1
commit base
quietly git checkout -q -b topic
create_table pg_2 teams
unsealed pg_2
create_table pg_topic tags
unsealed pg_topic
commit topic
quietly git checkout -q main
quietly git checkout -q topic -- "$dir/pg_2.json"
printf 'pg_1\npg_2\n' >"$dir/.ledger"
quietly xata seal
create_table pg_main authors
commit "sealed"
quietly git checkout -q topic
for upstream in theirs ours; do
	case $upstream in theirs) from=main other=pg_topic ;; *) from=topic other=pg_main ;; esac
	conflicted merge main
	run xata resolve --upstream $upstream
	exits 0 "a record that is sealed on one side only is the same ($upstream)"
	out_has "= 2 records that the sides have alike: upstream's are taken" "which is said"
	out_has "Put 1 new record of upstream first, and 1 record behind it." "and not counted as new"
	is "$(last_name)" "$other" "what is new behind it"
	is "$(wc -l <"$dir/.ledger")" 4 "and none is there twice"
	for name in pg_1 pg_2; do
		is "$(git rev-parse ":$dir/$name.json")" "$(git rev-parse "$from:$dir/$name.json")" \
			"$name is upstream's"
	done
	settled "the result verifies"
	run xata verify --staged --base $from
	exits 0 "and only appends to upstream"
	quietly git merge --abort
done

# ---- what git merged without a conflict

sides union
mkdir -p .git/info
echo "$dir/.ledger merge=union" >.git/info/attributes
quietly git merge -q --no-commit main
is "$(git ls-files -u)" "" "a union merge has no conflict"
run xata verify --staged
exits 1 "but its ledger is wrong"
run xata resolve --upstream theirs
exits 0 "which is resolved all the same"
is "$(columns)" "users email nick main topic" "with upstream's first"
settled "and verifies"

# One side was taken whole, and committed so.
sides whole
cp "$abs_top_srcdir/.xata-template/.gitattributes" .xata/
commit attributes
quietly git merge -q -X ours --no-edit main
finds extra_file "$main.json" "a merge that takes one ledger whole is found"
run xata resolve
err_has "or \"git merge\": \"git reset --keep ORIG_HEAD\" goes back to before it" "which is to be done again"
quietly git reset -q --keep ORIG_HEAD
quietly git merge -q -X ours --no-commit main
run xata resolve --upstream theirs
exits 0 "before it is committed it is resolved"
settled "and verifies"

# marked as resolved with the markers in it
sides marked
conflicted merge main
quietly git add -A
run xata resolve --upstream theirs
exits 0 "a conflict that was only marked as resolved is resolved"
settled "and verifies"

# ---- nothing to do, and what cannot be done

history nothing
run xata resolve
exits 0 "without a conflict there is nothing to do"
out_has "Nothing to resolve" "it says"
run xata resolve --json
out_json '[.resolved, .operation]' '[false,"none"]' "as JSON, too"
add_column users broken
sed -i 's/broken/edited/' "$dir/$added.json"
quietly git add -A
run xata resolve
exits 1 "a ledger that is wrong without a merge is not for resolve"
err_has "verify --staged" "and it says what is"
project outside
run xata resolve
exits 3 "outside a repository it fails"
err_has "not in a Git repository" "and says why"

sides locked
run xata resolve --upstream both
exits 2 "a side that there is not is refused, also where nothing is to be resolved"
err_has "Use ours or theirs." "and says which there are"
conflicted merge main
: >.git/index.lock
run xata resolve --upstream theirs
exits 8 "while another git command has the index it fails"
err_has "index.lock" "and says what to do"
err_has "The files as they were are in .xata/backup/" "with the backup, which is made already"
err_has 'running "xata resolve" again stages them' "and how to go on"
ok "it is there" test -s "$(sed -n 's/.*they were are in \(.*\)\/\.$/\1/p' "$ERR")/.ledger"
rm .git/index.lock
run xata resolve --upstream theirs
exits 0 "afterwards it goes on"
settled "and all is well"

sides staged
conflicted merge main
git show main:"$dir/$main.json" | sed 's/"main"/"edited"/' >"$T/edited"
blob=$(git hash-object -w "$T/edited")
quietly git update-index --cacheinfo "100644,$blob,$dir/$main.json"
run xata resolve --upstream theirs
exits 0 "a record is taken from the commit of its side"
is "$(git rev-parse ":$dir/$main.json")" "$(git rev-parse "main:$dir/$main.json")" \
	"whatever the index made of it"
settled "and all verifies"

sides damaged
quietly git checkout -q main
sed -i 's/"main"/"edited"/' "$dir/$main.json"
commit edited
quietly git checkout -q topic
conflicted merge main
run xata resolve --upstream theirs
ok "a record that was edited stops it" test "$status" -ne 0
err_has "$main" "it is named"
err_has "theirs" "and so is its side"

done_testing
