#!/bin/sh
# Histories that diverged, and remote ones that were rewritten: reported as what they are; a forced
# pull keeps what was only here.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
dir=.xata/migrations

# both FORMAT: the same story for v1 and pgroll.
both() {
	case $1 in
	v1)
		database "$1"
		record() { add_table "$1"; }
		;;
	pgroll)
		database "$1" --postgres
		record() { create_table "$1" "$1"; }
		;;
	esac

	project "$1-mine"
	record base
	base=$added
	push_all
	clone "$1-mine" "$1-theirs"
	record theirs
	theirs=$added
	push_all
	cd "$T/$1-mine" || exit 1
	record mine1
	mine1=$added
	record mine2
	mine2=$added
	rm -rf "$T/before"
	cp -r $dir "$T/before"

	for command in pull push; do
		run xata $command main
		exits 4 "$1: $command of diverged histories is exit 4"
		out_has "Only here (2):" "lists what is only here"
		out_has "< $mine1" "the first"
		out_has "< $mine2" "and the second"
		out_has "Only on the branch (1):" "lists what is only there"
		out_has "> $theirs" "by name"
		case $1 in v1) out_has "< $mine1  + table mine1" "each with what it does" ;; esac
		err_has "after \"$(id_of "$base")\"" "names the last common record"
		err_has "xata: hint: \"xata rebase main\" puts" "and says what to do"
		run xata $command main --json
		exits 4 "with --json too"
		out_json '[.ok, .exitStatus, .error.code, .relation, .common]' \
			"[false,4,\"diverged\",\"diverged\",\"$base\"]" "as a document"
		out_json '[.onlyLocal, [.onlyRemote[].name]]' "[[\"$mine1\",\"$mine2\"],[\"$theirs\"]]" \
			"with both sides"
		same_tree $dir "$T/before" "nothing changed"
	done
	run xata status main
	exits 0 "$1: status of diverged histories is an answer"
	out_has "Diverged after $base" "that says so"
	out_has '"xata rebase main" puts' "and what to do"
	run xata status main --json
	out_json '[.relation, .ahead, .behind]' '["diverged",2,1]' "as JSON too"

	run xata pull main --force --dry-run --json
	exits 0 "$1: pull --force --dry-run works"
	out_json '[.removed, [.pulled[].name], .backup]' "[[\"$mine1\",\"$mine2\"],[\"$theirs\"],null]" \
		"and says what would go and come"
	same_tree $dir "$T/before" "without doing it"
	run xata pull main --force
	exits 0 "$1: pull --force works"
	is "$(grep -c "^  [-+<>] $mine1" "$OUT") $(grep -c "^  [-+<>] $theirs" "$OUT")" "1 1" \
		"each record is listed once"
	backup=$(sed -n 's/^Local-only records were moved to \(.*\)\/\.$/\1/p' "$OUT")
	ok "names the backup" test -d "$backup"
	is "$(dirname "$backup")" .xata/backup "under .xata/backup"
	out_has "xata new $backup/$mine1.json" "and says how each is made anew"
	ok "as the backup does" grep -qF "xata new $backup/$mine2.json" "$backup/README"
	same_tree $dir ../"$1-theirs"/$dir "the history is that of the branch"
	for name in "$mine1" "$mine2"; do
		same_file "$backup/$name.json" "$T/before/$name.json" "$name is in the backup"
	done
	same_file "$backup/.ledger" "$T/before/.ledger" "with the ledger as it was"
	clean_ledger "the ledger verifies"
	intact "without other files"
	run xata pull main --force
	exits 0 "$1: pull --force with nothing to do works"
	is "$(find .xata/backup -mindepth 1 -maxdepth 1 -type d | wc -l)" 1 "and makes no second backup"
	for name in "$mine1" "$mine2"; do
		run xata new "$backup/$name.json"
		exits 0 "$name is made anew as the backup says"
	done
	record next
	push_all
}
both v1
both pgroll

# ---- ahead: --force takes the branch's history, so what is only here goes to the backup

use_database v1
cd "$T/v1-mine" || exit 1
add_table ahead
ahead=$added
run xata pull main
exits 0 "pull of a project that is ahead has nothing to do"
is "$(last_name)" "$ahead" "and keeps what is here"
run xata pull main --force --json
exits 0 "with --force"
out_json .removed "[\"$ahead\"]" "it goes"
ok "to the backup" test -f "$(jq -r .backup "$OUT")/$ahead.json"

# ---- the branch lost or changed what it had: never "nothing new"

# rewritten DATABASE DESCRIPTION: a branch whose history is another than the one that was seen.
rewritten() {
	run xata pull main
	exits 7 "$2 is exit 7 for pull"
	err_lacks "nothing new" "and not taken for no news"
	err_has "xata: hint: " "with a hint"
	run xata pull main --json
	out_json .error.code rewritten "the error is named"
	run xata status main
	exits 7 "for status, too"
	run xata push main --yes
	exits 7 "and push does not paper over it"
}

database lost
project lost
add_table a
add_table b
push_all
quietly xata dbs delete lost --yes
database lost
rewritten lost "a branch that lost its history"
err_has "truncated" "which is what the message says"
head -n 1 $dir/.ledger >"$T/line"
clone lost shorter
rm "$dir/$(last_name).json" && cp "$T/line" $dir/.ledger
rm -rf .xata/.state
push_all
cd ../lost || exit 1
rewritten lost "a truncated branch"
err_has "truncated" "which is what the message says"
run xata pull main --force --json
exits 0 "--force takes what is there"
out_json '[(.removed | length), (.pulled | length)]' '[1,0]' "and keeps the rest in the backup"

# The same id with other content.
quietly xata dbs delete lost --yes
database lost
clone shorter forged
name=$(last_name)
quietly mkdir -p ../forge/.xata
cd ../forge || exit 1
add_table other
other=$added
cd ../forged || exit 1
# A record of the same id with its own right checksum: made by hand from the vector rule.
id=$(id_of "$name")
canonical="{\"id\":\"$id\",\"operations\":[{\"addTable\":{\"table\":\"other\"}}]}"
sum=$(printf %s "$canonical" | sha256sum | cut -d' ' -f1)
rm $dir/*.json
jq --indent 2 --arg id "$id" --arg sum "1:$sum" '.id = $id | .checksum = $sum' \
	"../forge/$dir/$other.json" >"$dir/${id}_$(echo "$sum" | cut -c1-8).json"
echo "${id}_$(echo "$sum" | cut -c1-8)" >$dir/.ledger
rm -rf .xata/.state
clean_ledger "a record made by hand verifies"
push_all
cd ../shorter || exit 1
rewritten lost "the same id with other content"
err_has "other content" "which is what the message says"
done_testing
