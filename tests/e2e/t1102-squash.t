#!/bin/sh
# Local-only records folded into one with the same effect.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
dir=.xata/migrations

keep() {
	rm -rf "$T/kept" && cp -r $dir "$T/kept"
}
untouched() { same_tree $dir "$T/kept" "$1"; }

# The same steps in both formats: table NAME; column NAME TABLE COLUMN; rename NAME TABLE OLD NEW;
# drop NAME TABLE.
table() {
	case $format in
	v1) add_table "$1" ;;
	pgroll) create_table "$1" "$1" ;;
	esac
}
column() {
	case $format in
	v1) add_column "$2" "$3" ;;
	pgroll) add "[{\"add_column\":{\"table\":\"$2\",\"column\":{\"name\":\"$3\",\"type\":\"text\",\"nullable\":true}}}]" --name "$1" ;;
	esac
}
rename() {
	case $format in
	v1) add "[{\"renameColumn\":{\"table\":\"$2\",\"oldName\":\"$3\",\"newName\":\"$4\"}}]" ;;
	pgroll) add "[{\"rename_column\":{\"table\":\"$2\",\"from\":\"$3\",\"to\":\"$4\"}}]" --name "$1" ;;
	esac
}
drop() {
	case $format in
	v1) add "[{\"removeTable\":{\"table\":\"$2\"}}]" ;;
	pgroll) add "[{\"drop_table\":{\"name\":\"$2\"}}]" --name "$1" ;;
	esac
}

schema() { xata schema dump | jq -S .; }

# both FORMAT: the same story for v1 and pgroll.
both() {
	format=$1
	case $1 in
	v1) database "$1" ;;
	pgroll) database "$1" --postgres ;;
	esac
	project "$1"
	run xata squash main
	exits 0 "$1: with no record there is nothing to fold"
	table users
	run xata squash main
	exits 0 "$1: nor with a single one"
	out_has "Nothing to fold: one record is only here." "as it says"
	push_all
	run xata squash main --json
	exits 0 "$1: nor when the branch has all"
	out_json '[.branch, .squashed, .record, .operationsBefore, .backup]' '["main",[],null,0,null]' "as it says"
	users=$added

	table t1
	first=$added
	column c1 t1 a
	rename r1 t1 a b
	table gone
	drop d1 gone
	column last users nick
	last=$added
	schema >"$T/schema"
	keep
	clone "$1" "$1-again"
	cd "$T/$1" || exit 1
	run xata squash main --dry-run --json
	exits 0 "$1: --dry-run works"
	untouched "and changes nothing"
	out_json '[.branch, (.squashed | length), .operationsBefore, .operationsAfter, .backup]' \
		'["main",6,6,3,null]' "and says what would be done"
	would=$(jq -r .record.name "$OUT")
	run xata squash main
	exits 0 "$1: squash works"
	out_has "Folded 6 records with 6 operations into one with 3." "and says what it did"
	out_has "  - $first" "which records went"
	out_has "  + $would" "and which one came"
	backup=$(sed -n 's/^The records as they were are in \(.*\)\/\.$/\1/p' "$OUT")
	is "$(dirname "$backup")" .xata/backup "names the backup"
	same_file "$backup/$first.json" "$T/kept/$first.json" "where the first one is as it was"
	same_file "$backup/$last.json" "$T/kept/$last.json" "and the last one"
	same_file "$backup/.ledger" "$T/kept/.ledger" "with the ledger as it was"
	is "$(names | tr '\n' ' ')" "$users $would " "the one stands behind what the branch has"
	case $1 in pgroll) is "$would" "$last" "with the name of the last" ;; esac
	clean_ledger "the ledger verifies"
	intact "without other files"
	schema >"$T/now"
	same_file "$T/now" "$T/schema" "the schema is the same"
	keep
	run xata squash main
	exits 0 "$1: again, there is nothing to fold"
	untouched "and nothing changes"
	push_all

	# Doing it again gives the same, and without asking.
	cd "$T/$1-again" || exit 1
	run xata squash --since "$users" --json
	exits 0 "$1: --since asks no endpoint"
	out_json '[.branch, (.squashed | length), .record.name]' "[null,6,\"$would\"]" "and folds what is behind it"
	same_tree $dir "$T/kept" "another clone makes the same, byte for byte"
	run xata pull main
	exits 0 "$1: so that the branch has it already"
	out_has "nothing new" "as it says"

	# Only the records behind another one.
	cd "$T/$1" || exit 1
	table x1
	x1=$added
	table x2
	column x3 x2 a
	keep
	run xata squash main --since "$x1" --json
	exits 0 "$1: a branch and --since"
	out_json '.squashed | length' 2 "folds what is behind the record"
	is "$(sed -n 3p $dir/.ledger)" "$x1" "which stays"
	clean_ledger "the ledger verifies"
	run xata squash --since "$users"
	exits 4 "$1: what a branch was seen to have is not folded"
	err_has "record \"$would\" is on a branch already" "as it says"
	run xata squash main --since "$users"
	exits 4 "$1: nor what it has when it is asked"
	err_has "\"$would\" behind \"$users\" is on branch \"main\" already" "as it says"
	err_has "Leave --since out" "and what to do"
	run xata squash main --since nothing
	exits 3 "$1: a record that is not there is exit 3"

	# What cancels out.
	push_all
	table brief
	drop brief2 brief
	keep
	run xata squash main --json --dry-run
	out_json '[.operationsBefore, .operationsAfter, .record]' '[2,0,null]' "$1: what cancels out leaves nothing"
	untouched "a dry run only says so"
	run xata squash main
	exits 0 "$1: it is taken out"
	out_has "The 2 records cancel out: nothing is left of them." "as it says"
	backup=$(sed -n 's/^The records as they were are in \(.*\)\/\.$/\1/p' "$OUT")
	is "$(find "$backup" -name '*.json' | wc -l)" 2 "and kept in the backup"
	clean_ledger "the ledger verifies"
	intact "without other files"
	run xata status main --json
	out_json .relation up_to_date "the project is where the branch is"
}
both v1
both pgroll

# ---- titles and names

format=v1
use_database v1
cd "$T/v1" || exit 1
add_table n1
add_column n1 a
clone v1 titles
run xata squash main --title "All of it" --message "In one" --json
exits 0 "title and message can be given"
out_json .record.title "All of it" "the title is"
is "$(jq -r .message "$dir/$(last_name).json")" "In one" "and so is the message"
cd "$T/v1" || exit 1
run xata squash main --name other
exits 2 "a v1 record has no name to give"
format=pgroll
use_database pgroll
cd "$T/pgroll" || exit 1
create_table n1 n1
column n2 n1 a
run xata squash main --title other
exits 2 "a pgroll record has no title"
run xata squash main --name n0 --json
exits 0 "but a name"
out_json .record.name n0 "which is taken"
clean_ledger "the ledger verifies"
push_all
create_table taken1 taken1
create_table taken2 taken2
keep
run xata squash main --name n0
exits 3 "a name that stands in the history is refused"
err_has "\"n0\"" "and named"
run xata squash main --name ../n
exits 3 "and one that is none"
run xata squash main --name mig_cv00000000000000000g_12345678
exits 3 "a name that looks like a v1 record's is refused"
err_has "named like a v1 record" "and why"
err_has "hint: Choose another name." "with what to do"
run xata squash main --name N0
exits 3 "so is one that differs from another one in capitals only"
err_has 'differs from that of record "n0" in small and capital letters only' "as is said"
untouched "nothing was changed"
since=$(sed -n 'x;$p' "$dir/.ledger")
only=$(last_name)
run xata squash --since "$since" --name "$only"
exits 0 "a single record"
out_has "Nothing to fold" "keeps the name that it has"
run xata squash --since "$since" --name renamed --dry-run
exits 0 "or gets another one"
out_has "Would give the record another name." "which --dry-run tells"
untouched "without a change"
run xata squash --since "$since" --name renamed
exits 0 "which is done"
out_has "Gave the record another name." "and said"
is "$(last_name)" renamed "the ledger has it"
is "$(jq -c .migration.operations "$dir/renamed.json")" "$(jq -c .migration.operations "$T/kept/$only.json")" \
	"with the same operations"
clean_ledger "the ledger verifies"

# ---- what cannot be judged

add '[{"sql":{"up":"UPDATE n1 SET a = 1"}}]' --name by_hand
create_table behind behind
create_table behind2 behind2
keep
run xata squash main
exits 4 "raw SQL is not folded"
err_has "\"by_hand\": operation 1 is raw SQL" "the record is named"
err_has "--since by_hand" "and what can be folded all the same"
untouched "nothing was changed"
run xata squash --since by_hand --json
exits 0 "which works"
out_json '.squashed' '["behind","behind2"]' "for those behind it"
clean_ledger "the ledger verifies"

# ---- what a branch has in another place, and what another branch has

format=v1
database places
project places
table base
push_all
clone places places-theirs
table theirs
push_all
cd "$T/places" || exit 1
table both
both=$added
clone places places-other
cd "$T/places" || exit 1
run xata rebase main
exits 0 "a colleague rebases the record"
push_all
cd "$T/places-other" || exit 1
table mine
keep
run xata squash main
exits 4 "what the branch has in another place is not folded"
err_has "record \"$both\" is on branch \"main\" already, in another place" "as it says"
err_has "xata rebase main" "and what to do first"
untouched "nothing was changed"
quietly xata rebase main
quietly xata branch create dev
quietly xata pull dev
push_all
quietly xata push dev --yes
quietly xata branch create old --from main
table later1
later1=$added
table later2
quietly xata push dev --yes
run xata squash main --dry-run
exits 0 "what another branch has may be folded for this one"
err_has "record \"$(last_name)\" is on $URL/db/places:dev, too" "with a warning"
run xata squash --since "$(sed -n 1p $dir/.ledger)"
exits 4 "but not when no branch is named"
err_has ":dev" "it is said which one has it"
ok "there was such a record" test -n "$later1"

# A fold of pgroll records has the name of the last of them, which somebody may have pushed unfolded.
database folds --postgres
format=pgroll
project folds
table one
table two
clone folds folds-theirs
cd "$T/folds" || exit 1
quietly xata squash main
cd "$T/folds-theirs" || exit 1
push_all
cd "$T/folds" || exit 1
table three
keep
run xata squash main
exits 4 "what the branch has with other content is not folded again"
err_has 'record "two" is on branch "main" already, in another place or with other content' "as it says"
err_has "xata rebase main" "and what to do first"
untouched "nothing was changed"

# ---- a damaged ledger

use_database v1
cd "$T/v1" || exit 1
name=$(last_name)
cp "$dir/$name.json" "$T/sound.json"
jq --indent 2 '.operations = [{"addTable":{"table":"else"}}]' "$T/sound.json" >"$dir/$name.json"
keep
run xata squash main
exits 3 "an edited record is not folded"
err_has "record \"$name\" was changed" "it is named"
untouched "nothing was changed"
rm "$dir/$name.json"
run xata squash main
exits 3 "nor is a missing one"
err_has "$name.json" "it is named"
cp "$T/sound.json" "$dir/$name.json"
first=$(sed -n 1p $dir/.ledger)
cp "$dir/$first.json" "$T/first.json"
jq --indent 2 '.operations = [{"addTable":{"table":"else"}}]' "$T/first.json" >"$dir/$first.json"
run xata squash main
exits 3 "nothing is built on a damaged one"
err_has "$first.json" "it is named"
cp "$T/first.json" "$dir/$first.json"
head -n -2 $dir/.ledger >"$T/ledger"
tail -n 2 $dir/.ledger | tac >>"$T/ledger"
cp "$T/ledger" $dir/.ledger
keep
run xata squash main
exits 3 "records in the wrong order are not folded"
untouched "nothing was changed"

# Unsealed records.
database unsealed --postgres
format=pgroll
project unsealed
table one
table two
table three
for file in "$dir"/*.json; do
	jq --indent 2 'del(.chainChecksum)' "$file" >"$T/edit" && cp "$T/edit" "$file"
done
run xata squash --since one
exits 0 "unsealed records can be folded"
clean_ledger "the ledger verifies"
is "$(jq -r 'has("chainChecksum")' "$dir/one.json" "$dir/three.json" | tr '\n' ' ')" "false true " \
	"the new one is sealed"

run xata squash main more
exits 2 "two branches are a usage error"
done_testing
