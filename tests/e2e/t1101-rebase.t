#!/bin/sh
# Local-only records put on top of a branch's history, and of the ledger in a Git revision.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

start_xatad
dir=.xata/migrations

# keep NAME: the ledger as it is now, for untouched.
keep() {
	rm -rf "$T/kept" && cp -r $dir "$T/kept"
}
untouched() { same_tree $dir "$T/kept" "$1"; }

# record_of FORMAT NAME [PARENT_TABLE]: one that goes with everything.
record_of() {
	case $1 in
	v1) add_table "$2" ;;
	pgroll) create_table "$2" "$2" ;;
	esac
}

# column_of FORMAT NAME TABLE COLUMN
column_of() {
	case $1 in
	v1) add_column "$3" "$4" ;;
	pgroll) add "[{\"add_column\":{\"table\":\"$3\",\"column\":{\"name\":\"$4\",\"type\":\"text\",\"nullable\":true}}}]" \
		--name "$2" ;;
	esac
}

# sql_of FORMAT NAME: one that nobody can look into.
sql_of() {
	case $1 in
	v1) return 1 ;; # the format has no such operation
	pgroll) add '[{"sql":{"up":"UPDATE users SET id = id"}}]' --name "$2" ;;
	esac
}

# content NAME: what a rebase must keep of a record.
content() {
	jq -S 'del(.parent, .parentID, .checksum, .chainChecksum)' "$1"
}

# both FORMAT: the same story for v1 and pgroll.
both() {
	case $1 in
	v1) database "$1" ;;
	pgroll) database "$1" --postgres ;;
	esac
	project "$1-mine"
	run xata rebase main
	exits 0 "$1: an empty project and an empty branch: nothing to do"
	out_has "Nothing to do" "as it says"
	record_of "$1" users
	run xata rebase main
	exits 0 "$1: what is only here, on an empty branch, stands right"
	out_has "Nothing to do: what is only here (1)" "as it says"
	push_all
	clone "$1-mine" "$1-theirs"
	record_of "$1" theirs
	theirs1=$added
	column_of "$1" theirs2 users theirs
	theirs2=$added
	push_all

	# Only the branch has something new.
	clone "$1-mine" "$1-behind"
	run xata rebase main
	exits 0 "$1: behind: as a pull"
	same_tree $dir "../$1-theirs/$dir" "which takes what the branch has"
	ok "without a backup" test ! -d .xata/backup

	# Diverged.
	cd "$T/$1-mine" || exit 1
	record_of "$1" mine1
	mine1=$added
	column_of "$1" mine2 mine1 nick
	mine2=$added
	content "$dir/$mine1.json" >"$T/content1"
	content "$dir/$mine2.json" >"$T/content2"
	keep
	clone "$1-mine" "$1-again"
	cd "$T/$1-mine" || exit 1

	run xata rebase main --dry-run
	exits 0 "$1: --dry-run works"
	out_has "Would take 2 migrations from branch \"main\" and put 2 local-only records behind." "and says what would be done"
	untouched "without doing it"
	run xata rebase main --dry-run --json
	out_json '[.relation, .branch, .onto, [.pulled[].name], [.rebased[].from], .already, .conflicts, .backup]' \
		"[\"diverged\",\"main\",null,[\"$theirs1\",\"$theirs2\"],[\"$mine1\",\"$mine2\"],[],[],null]" "as JSON too"
	cp "$OUT" "$T/said"
	untouched "without doing it either"

	run xata rebase main
	exits 0 "$1: rebase works"
	out_has "Took 2 migrations from branch \"main\" and put 2 local-only records behind." "and says what it did"
	backup=$(sed -n 's/^The records as they were are in \(.*\)\/\.$/\1/p' "$OUT")
	is "$(dirname "$backup")" .xata/backup "names the backup"
	for name in "$mine1" "$mine2"; do
		same_file "$backup/$name.json" "$T/kept/$name.json" "$name is there as it was"
	done
	same_file "$backup/.ledger" "$T/kept/.ledger" "with the ledger as it was"
	nok "its README does not say to make anew what is there" grep -q 'xata new' "$backup/README"
	is "$(jq -r '.rebased[].record.name' "$T/said")" "$(tail -n 2 $dir/.ledger)" "as the dry run said"
	clean_ledger "the ledger verifies"
	intact "without other files"
	is "$(sed -n '2,3p' $dir/.ledger)" "$(printf '%s\n' "$theirs1" "$theirs2")" "the branch's records come first"
	new1=$(sed -n 4p $dir/.ledger) new2=$(sed -n 5p $dir/.ledger)
	is "$(id_of "$new1") $(id_of "$new2")" "$(id_of "$mine1") $(id_of "$mine2")" "ids and names are kept"
	content "$dir/$new1.json" >"$T/now"
	same_file "$T/now" "$T/content1" "and so is the rest of the first"
	content "$dir/$new2.json" >"$T/now"
	same_file "$T/now" "$T/content2" "and of the second"
	case $1 in v1) nok "the name follows the checksum" test "$new1" = "$mine1" ;; esac

	keep
	run xata rebase main --json
	exits 0 "$1: again, there is nothing to do"
	out_json '[.relation, .rebased, .pulled, .backup]' '["ahead",[],[],null]' "as it says"
	untouched "and nothing is done"
	is "$(find .xata/backup -mindepth 1 -maxdepth 1 -type d | wc -l)" 1 "nor backed up"
	cd "$T/$1-again" || exit 1
	quietly xata rebase main
	same_tree $dir "../$1-mine/$dir" "another clone of the same makes the same, byte for byte"

	push_all

	# One of ours was merged by somebody else, behind another record.
	clone "$1-mine" "$1-merged"
	record_of "$1" shared
	shared=$added
	clone "$1-merged" "$1-left"
	record_of "$1" left
	left=$added
	cd "$T/$1-mine" || exit 1
	record_of "$1" between
	push_all
	cd "$T/$1-merged" || exit 1
	quietly xata rebase main
	push_all
	cd "$T/$1-left" || exit 1
	run xata pull main
	exits 4 "$1: a record that is on the branch in another place: diverged"
	run xata rebase main --json
	exits 0 "$1: rebase works"
	out_json '[.already, [.rebased[].from]]' "[[\"$shared\"],[\"$left\"]]" "and leaves out what is there already"
	clean_ledger "the ledger verifies"
	intact "without other files"
	is "$(id_of "$(last_name)")" "$(id_of "$left")" "the other one is the last"
	is "$(names | sed '$d')" "$(cat "../$1-merged/$dir/.ledger")" "behind all that the branch has"
	push_all
	run xata rebase main
	out_has "nothing is only here" "then there is nothing to do"

	# Conflicts.
	cd "$T/$1-mine" || exit 1
	quietly xata pull main
	clone "$1-mine" "$1-conflict"
	column_of "$1" nick_mine users nick
	nick_mine=$added
	record_of "$1" fine
	cd "$T/$1-mine" || exit 1
	column_of "$1" nick_theirs users nick
	nick_theirs=$added
	push_all
	cd "$T/$1-conflict" || exit 1
	keep
	run xata rebase main
	exits 4 "$1: a conflict is exit 4"
	out_has "1 conflict:" "it is counted"
	out_has "theirs: $nick_theirs, operation 1:" "with the branch's record"
	out_has "ours:   $nick_mine, operation 1:" "and with ours"
	out_has "Take it out of \"$nick_mine\"" "and what to do"
	out_has "Nothing was changed." "nothing is changed, it says"
	err_has "both add column" "the error names it"
	untouched "nothing is"
	run xata rebase main --quiet
	exits 4 "$1: with --quiet too"
	out_has "theirs: $nick_theirs" "what is in the way is said"
	run xata rebase main --json
	exits 4 "$1: with --json too"
	out_json '[.ok, .error.code, .conflictCounts, (.conflicts[0] | .kind, .theirs.record, .ours.record, .ours.operation, .what, .accepted)]' \
		"[false,\"conflict\",{\"blocking\":1,\"accepted\":0},\"added_twice\",\"$nick_theirs\",\"$nick_mine\",1,\"column \\\"users.nick\\\"\",false]" \
		"as a document"
	untouched "nothing is changed"
	is "$(find .xata/backup -mindepth 1 -maxdepth 1 -type d 2>/dev/null | wc -l)" \
		"$(find "../$1-mine/.xata/backup" -mindepth 1 -maxdepth 1 -type d | wc -l)" "nor backed up"

	# What the manual says to do.
	clone "$1-conflict" "$1-mended"
	cp "$dir/$nick_mine.json" "$T/mine.json"
	rm "$dir/$nick_mine.json"
	sed -i "/^$nick_mine\$/d" "$dir/.ledger"
	run xata rebase main
	exits 0 "$1: without that record the others go behind, those that stood on it, too"
	sed -i 's/"nick"/"nick2"/' "$T/mine.json"
	run xata new "$T/mine.json"
	exits 0 "which is made anew with other operations"
	run xata push --yes --dry-run main
	exits 0 "and goes to the branch"
}
both v1
both pgroll

# ---- raw SQL

use_database pgroll
cd "$T/pgroll-mine" || exit 1
clone pgroll-mine sql
sql_of pgroll by_hand
cd "$T/pgroll-mine" || exit 1
create_table orders orders
push_all
cd "$T/sql" || exit 1
keep
run xata rebase main
exits 4 "raw SQL beside anything is a conflict"
out_has '"by_hand" holds raw SQL' "that says so"
err_has "--accept-sql" "and how to go on"
untouched "nothing was changed"
run xata rebase main --accept-sql --json
exits 0 "with --accept-sql it goes on"
out_json '[.conflictCounts, [.conflicts[].accepted], [.rebased[].from]]' \
	'[{"blocking":0,"accepted":1},[true],["by_hand"]]' "and says what was accepted"
err_has 'Accepted: "by_hand" holds raw SQL' "to people, too"
clean_ledger "the ledger verifies"

# The same name for two things.
clone pgroll-mine namesake
quietly xata pull main
clone namesake namesake-theirs
create_table same one
cd "$T/namesake" || exit 1
create_table same two
cd "$T/namesake-theirs" || exit 1
push_all
cd "$T/namesake" || exit 1
keep
run xata rebase main --json
exits 4 "one name with two contents is a conflict"
out_json '[.conflicts[] | .kind, .ours.record]' '["same_id","same"]' "that names it"
untouched "nothing was changed"

# The same file for two records, where capital letters do not count.
clone pgroll-mine capitals
quietly xata pull main
base=$(last_name)
create_table NEXT four
clone namesake-theirs capitals-theirs
quietly xata pull main
create_table next five
push_all
cd "$T/capitals" || exit 1
keep
run xata rebase main --json
exits 4 "two names that differ in capitals only are a conflict"
out_json '[.conflicts[] | .kind, .theirs.record, .ours.record]' '["same_file","next","NEXT"]' "that names both"
out_json '.conflicts[0].hint | contains("xata squash --since BEFORE --name NAME")' true "and the way out"
untouched "nothing was changed"
run xata squash --since "$base" --name after --json
exits 0 "which gives the record another name"
out_json '[.squashed, .record.name]' '[["NEXT"],"after"]' "and nothing else"
run xata rebase main
exits 0 "then the two go together"
clean_ledger "the ledger verifies"

# Unsealed records: they get their checksum when they get another parent.
database unsealed --postgres
project unsealed
create_table base base
push_all
clone unsealed unsealed-theirs
create_table theirs theirs
push_all
cd "$T/unsealed" || exit 1
create_table mine mine
for file in "$dir"/*.json; do
	jq --indent 2 'del(.chainChecksum)' "$file" >"$T/edit" && cp "$T/edit" "$file"
done
run xata rebase main
exits 0 "unsealed records can be rebased"
clean_ledger "the ledger verifies"
is "$(jq -r 'has("chainChecksum")' "$dir/base.json" "$dir/mine.json" | tr '\n' ' ')" "false true " \
	"what moved is sealed, what stayed is not"

# ---- what is wrong here

use_database v1
cd "$T/v1-conflict" || exit 1
rm -rf "$T/bad" && cp -r . "$T/bad" && cd "$T/bad" || exit 1
base=$(sed -n 2p $dir/.ledger)
cp "$dir/$base.json" "$T/sound.json"
jq --indent 2 '.operations = [{"addTable":{"table":"else"}}]' "$T/sound.json" >"$dir/$base.json"
keep
run xata rebase main
exits 3 "a damaged record of the common part is exit 3"
err_has "$base.json" "which is named"
err_has "xata verify" "with what to do"
untouched "nothing was changed"
cp "$T/sound.json" "$dir/$base.json"
name=$(last_name)
jq --indent 2 '.operations = [{"addTable":{"table":"else"}}]' "$dir/$name.json" >"$T/edit" && cp "$T/edit" "$dir/$name.json"
keep
run xata rebase main
exits 3 "an edited local-only record is exit 3"
err_has "record \"$name\" was changed" "which is named"
untouched "nothing was changed"
rm "$dir/$name.json"
run xata rebase main
exits 3 "a missing one is exit 3"
err_has "$name.json" "which is named"
cp "$T/kept/$name.json" "$dir/$name.json"
printf '%s\n' "$name" >>$dir/.ledger
run xata rebase main
exits 3 "a ledger with a line twice is exit 3"
err_has "damaged" "as it says"

# A textual merge put both sides' lines one after the other: the chain is mended.
cd "$T/v1-mine" || exit 1
clone v1-mine textual
add_table textual
mine=$added
cd "$T/v1-mine" || exit 1
add_table textual_theirs
theirs=$added
push_all
cp "$dir/$theirs.json" "$T/textual/$dir/"
cd "$T/textual" || exit 1
sed '$d' $dir/.ledger >"$T/ledger"
printf '%s\n' "$theirs" "$mine" >>"$T/ledger"
cp "$T/ledger" $dir/.ledger
run xata verify
exits 1 "a textual merge does not verify"
run xata rebase main --json
exits 0 "rebase mends it"
out_json '[.relation, (.pulled | length), [.rebased[].from]]' "[\"ahead\",0,[\"$mine\"]]" "and says what it chained anew"
clean_ledger "then it verifies"
intact "without other files"
run xata rebase main
out_has "Nothing to do" "and there is no more to do"

# A branch that lost what it had.
database gone
project gone
add_table a
push_all
quietly xata dbs delete gone --yes
database gone
add_table b
run xata rebase main
exits 7 "a branch that lost what it had is exit 7"
err_has "truncated" "as what it is"
err_has "xata: hint: " "with what to do"

# What another branch was seen to have stays there as it is.
database seen
project seen
add_table base
push_all
quietly xata branch create dev --from main
clone seen seen-theirs
add_table theirs
push_all
cd "$T/seen" || exit 1
add_table mine1
mine1=$added
quietly xata push dev --yes
add_table mine2
run xata rebase main --dry-run
exits 0 "records that another branch has may move"
err_has "warning: record \"$mine1\" is on $URL/db/seen:dev, too: that branch will have diverged" \
	"a dry run warns"
run xata rebase main --quiet
exits 0 "so does the rebase"
err_has "record \"$mine1\" is on $URL/db/seen:dev, too" "even when it is quiet"
run xata push dev
exits 4 "that branch has diverged"
quietly xata push main --yes
clone seen-theirs seen-other
quietly xata pull main
add_table other
quietly git init -q -b main .
quietly git add .
quietly git commit -qm other
cd "$T/seen-theirs" || exit 1
add_table late
run xata rebase main
exits 0 "a record that no other branch has moves"
err_lacks "diverged" "without a warning"
quietly git init -q -b main .
quietly git fetch -q "$T/seen-other" main
quietly xata push main --yes
run xata rebase --onto FETCH_HEAD
exits 0 "so may what the branch of the endpoint itself has, onto a revision"
err_has "is on $URL/db/seen:main, too: that branch will have diverged" "with a warning"

# A branch of the endpoint that has what comes of it is as before.
database order
project order
git_init .
add_table one
add_table two
add_table three
push_all
commit "three records"
cp $dir/.ledger "$T/ledger"
sed -i '2{h;d};3G' $dir/.ledger
nok "two lines are swapped" cmp -s $dir/.ledger "$T/ledger"
run xata rebase --onto HEAD
exits 0 "the order of a revision is brought back"
same_file $dir/.ledger "$T/ledger" "as it was"
err_lacks "diverged" "without a warning of a branch that has it so, too"
use_database v1
cd "$T/textual" || exit 1

run xata rebase main more
exits 2 "two branches are a usage error"
run xata rebase main --onto HEAD
exits 2 "a branch and a revision, too"
run xata rebase --onto HEAD
exits 3 "outside of Git there is no revision"

# ---- onto a revision, without an endpoint

stop_xatad
project named
git_init .
create_table one one
create_table two two
commit "two records"
sed -i 's/"two"/"zwei"/' $dir/two.json
run xata rebase --onto main
exits 3 "a file that holds another record is exit 3"
err_lacks "main" "and is not blamed on the revision, which is sound"
err_has 'two.json" holds' "but on the file"
commit "another name"
quietly git checkout -q -b sound HEAD~1
run xata rebase --onto main
exits 3 "in the revision, it is as well"
err_has "main: " "and is blamed on that"
history onto
quietly git checkout -q -b feature
add_table feature1
feature1=$added
add_column feature1 nick
commit "feature"
quietly git checkout -q main
run xata rebase --onto feature
exits 0 "a revision that is ahead is taken, as a pull would"
is "$(names)" "$(git show feature:$dir/.ledger)" "with all that it has"
clean_ledger "and the ledger verifies"
quietly git reset -q --hard
quietly git clean -qfdx $dir
add_table mainly
mainly=$added
commit "on main"
quietly git checkout -q feature
keep
run xata rebase --onto main --dry-run --json
exits 0 "--onto --dry-run works"
untouched "and changes nothing"
run xata rebase --onto main --json
exits 0 "rebase --onto works without an endpoint"
out_json '[.relation, .branch, .onto, .common, [.pulled[].name], (.rebased | length)]' \
	"[\"diverged\",null,\"$(git rev-parse main)\",\"$three\",[\"$mainly\"],2]" "and says what it did"
clean_ledger "the ledger verifies"
intact "without other files"
verifies "and only appends to the revision" --base main
run xata rebase --onto main
exits 0 "again, there is nothing to do"
out_has "Nothing to do: what is only here (2) stands on top of main already." "as it says"
commit "rebased"
run xata rebase --onto HEAD
out_has "Nothing to do: HEAD has nothing new" "nor onto itself"
run xata rebase --onto nowhere
exits 3 "a revision that is not there is exit 3"
err_has "nowhere" "which is named"

# A revision whose ledger is damaged, in its text and in a record.
quietly git checkout -q -b broken main
jq --indent 2 '.operations[0].addTable.table = "else"' "$dir/$mainly.json" >"$T/edit" && cp "$T/edit" "$dir/$mainly.json"
commit "edited"
quietly git checkout -q feature
keep
run xata rebase --onto broken
exits 3 "an edited record of the revision is exit 3"
err_has "$mainly" "which is named"
untouched "nothing was changed"
quietly git checkout -q broken
rm "$dir/$mainly.json"
commit "lost"
quietly git checkout -q feature
run xata rebase --onto broken
exits 3 "a lost one, too"
err_has "$mainly.json" "which is named"
quietly git checkout -q broken
echo "no name" >>$dir/.ledger
commit "odd"
quietly git checkout -q feature
run xata rebase --onto broken
exits 3 "and a damaged .ledger"
err_has "the ledger of broken is damaged" "as it says"
err_has "xata verify --rev broken" "with what shows it"
untouched "nothing was changed"
ok "feature1 was there before" test -n "$feature1"
done_testing
