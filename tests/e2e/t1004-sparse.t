#!/bin/sh
# A sparse checkout that leaves records out: each command says how they come, none takes them for
# lost, and none begins a new history where the ledger is left out.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations

# advises COMMAND [WHERE]: what is to be said, when that brings the files.
advises() {
	bring=$1
	advice="A sparse checkout leaves files out: \"$1\"${2-} brings them here, \"git sparse-checkout disable\" everything."
}
advises "git sparse-checkout add '/$dir/*'"

# says DESCRIPTION COMMAND…: fails with the advice, and with no other.
says() {
	about=$1
	shift
	run "$@" </dev/null
	exits 3 "$about"
	err_has "hint: $advice" "and says how it comes"
}

# pgroll records of columns, which can be folded.
repository records
create_table 01_users users
for column in nick email phone; do
	add "[{\"add_column\":{\"table\":\"users\",\"column\":{\"name\":\"$column\",\"type\":\"text\",\"nullable\":true}}}]" \
		--name "$column"
done
commit "four records"
quietly git branch before HEAD
echo '[{"add_column":{"table":"users","column":{"name":"fax","type":"text","nullable":true}}}]' >"$T/fax.json"

# ---- some records

quietly git sparse-checkout set --no-cone '/*' "!/$dir/phone.json"
finds missing_file phone.json "what is left out is found"
out_json ".findings[0].remedy" "$advice" "with the remedy"
run xata new --name fax "$T/fax.json"
exits 3 "nothing is appended behind it"
err_has "hint: $advice" "and says how it comes"
run xata seal
exits 1 "nothing is sealed"
err_has "hint: $advice" "and says how it comes"
says "its schema is not known" xata schema dump
says "it cannot be folded" xata squash --since nick
says "it cannot be shown" xata log
rm "$dir/email.json"
run xata verify
out_has "Restore the file from Git" "a file that is gone is another matter"
quietly git checkout -q -- "$dir/email.json"
quietly git checkout -q -b other before
quietly git sparse-checkout disable
add "$(cat "$T/fax.json")" --name fax
commit fax
quietly git checkout -q -
add "$(sed s/fax/web/ "$T/fax.json")" --name web
commit web
quietly git sparse-checkout set --no-cone '/*' "!/$dir/web.json"
says "it cannot go on top of others" xata rebase --onto other
eval "quietly $bring"
verifies "the advice helps, though a pattern names the file"
quietly git sparse-checkout set --no-cone '/*' "!/$dir/.ledger"
says "a ledger that is left out is not taken for empty" xata log
says "by nobody" xata rebase --onto other
says "nor is a record looked for in none" xata show email
run xata status --offline
exits 1 "status neither"
out_has "Local head:  none, the ledger cannot be used" "as it says"
eval "quietly $bring"
verifies "the advice helps for the ledger, too"
quietly git sparse-checkout disable
quietly git update-index --skip-worktree "$dir/web.json"
rm "$dir/web.json"
run xata verify
exits 1 "what is left out by hand is missing as well"
out_has 'Git'"'"'s index leaves files out: "git sparse-checkout disable" brings everything here.' "with its remedy"
quietly git sparse-checkout disable
verifies "which helps"

# ---- a branch that moved on

start_xatad
database moved --postgres
repository moved
create_table 01_users users
add "$(cat "$T/fax.json")" --name 02_fax
push_all
commit "what the branch has"
clone moved there
add "$(sed s/fax/far/ "$T/fax.json")" --name 03_far
push_all
cd "$T/moved" || exit 1
add "$(sed s/fax/web/ "$T/fax.json")" --name 03_web
commit "what is only here"
for left in 02_fax 03_web; do
	quietly git sparse-checkout set --no-cone '/*' "!/$dir/$left.json"
	rm -rf "$T/kept"
	cp -r $dir "$T/kept"
	for command in pull "push --yes" "pull --force" "pull --force --dry-run"; do
		# shellcheck disable=SC2086 # a command with its options
		says "$command does nothing while $left is left out" xata $command main
		err_has "$left" "naming it"
		err_lacks "damaged" "and not that it is lost"
	done
	same_tree $dir "$T/kept" "nothing changed"
	nok "no backup claims to have it" test -e .xata/backup
	eval "quietly $bring"
done
quietly git sparse-checkout disable
run xata push --yes main
exits 4 "with all files here the histories diverged, as ever"
run xata pull --force main
exits 0 "and a forced pull has them"
ok "and keeps them" test -f .xata/backup/*/03_web.json

# ---- all of a project

# bring_project DESCRIPTION: no command here finds a project until the advice is followed.
bring_project() {
	mkdir -p src && cd src || exit 1
	says "$1" xata log
	err_has "the project in \"$T/$clone\" is not in the working tree" "as is said"
	run xata init --yes --db https://localhost:1/db/shop
	exits 3 "no other one is begun above it"
	err_has "hint: $advice" "and says how it comes"
	cd .. || exit 1
	run xata init --yes --db https://localhost:1/db/shop
	exits 3 "nor in its place"
	err_has "hint: $advice" "and says how it comes"
	nok "nothing was made" test -e .xata
	(cd "$(git rev-parse --show-toplevel)" && eval "quietly $bring")
	verifies "the advice helps"
}
repository all
mkdir src && echo text >src/page
add_table users
commit all
quietly git branch bare
echo '{}' >.xatarc
commit settings
for index in --no-sparse-index --sparse-index; do
	clone=all$index
	git_clone all "$clone"
	quietly git checkout -q bare
	quietly git sparse-checkout set --cone $index src
	advises "git sparse-checkout add .xata"
	bring_project "a project that is left out is told in cone mode ($index)"
done
clone=pattern
git_clone all pattern
quietly git sparse-checkout set --no-cone '/*' '!/.xata*' "!/$dir/.ledger"
advises "git sparse-checkout add '/.xatarc*' '/.xata/**'"
bring_project "and where patterns leave it out"
ok "the settings are there as well" test -f .xatarc
history "it's [all]" "a [b]"
echo '{}' >.xatarc
commit settings
git_clone "it's [all]" special
quietly git sparse-checkout set --no-cone '/src'
clone="special/a [b]"
advises "git sparse-checkout add '/a \\[b]/.xatarc*' '/a \\[b]/.xata/**'" " at the top of the repository"
mkdir -p "a [b]" && cd "a [b]" || exit 1
bring_project "in a folder of any name"
rm -rf .xata .xatarc
quietly git sparse-checkout disable
rm -rf .xata .xatarc
run xata log
exits 3 "one that is gone without a sparse checkout is told, too"
err_has 'Git has it: "git status" shows what is gone, "git restore" brings it back.' "with its remedy"
echo 'databaseURL: x' >.xatarc
run xata log
err_lacks "working tree" "but not one that is there and cannot be read"

# ---- the ledger, in a folder

shop="services/it's s[h]op\\n"
history whole "$shop"
echo '{}' >.xatarc
mkdir src && echo text >src/page
commit settings
advises "git sparse-checkout add --skip-checks 'services/it'\\''s s[h]op\\n/$dir'" " at the top of the repository"
for index in --no-sparse-index --sparse-index; do
	git_clone whole "whole$index"
	quietly git sparse-checkout set --cone --skip-checks $index "$shop/src"
	cd "$shop" || exit 1
	nok "nothing of the history is there ($index)" test -e .xata
	run xata new "$T/fax.json"
	exits 3 "no new one is begun"
	err_has "the ledger has 1 finding: nothing is appended to it" "as is said"
	nok "nothing was made" test -s "$dir/.ledger"
	finds missing_file .ledger "that the ledger is missing is found"
	out_json '.findings[0].remedy' "$advice" "with the remedy"
	cd "$(git rev-parse --show-toplevel)" || exit 1
	eval "quietly $bring"
	cd "$shop" || exit 1
	verifies "which helps"
done

# ---- a merge that brings records of a project that is not checked out

cd "$T/whole/$shop" || exit 1
quietly xata hook install
quietly git checkout -q -b topic
add_column users fax
commit fax
quietly git checkout -q -
commit other
cd "$T/whole" && mkdir -p docs || exit 1
for mode in --cone --no-cone; do
	quietly git sparse-checkout set $mode docs
	run git merge --no-edit topic
	exits 1 "the hook does not pass over what it cannot check ($mode)"
	err_has "\"$shop\" has new migrations, but is not checked out" "as is said"
	bring=$(sed -n 's/.*hint: Add the folder with "\(.*\)"\.$/\1/p' "$ERR")
	quietly git merge --abort
	eval "quietly $bring"
	run git merge --no-edit topic
	exits 0 "the advice helps"
	err_has "1 record verified" "as it is checked then"
	quietly git reset -q --hard HEAD~1
done
done_testing
