#!/bin/sh
# A damaged record: pull says nothing was fetched onto it, a forced pull takes the history anew from
# there and keeps the files as they were.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
dir=.xata/migrations

# damage WHAT: spoils the second of four records of the current project.
damage() {
	case $1 in
	edited) sed -i 's/two/zwei/' "$dir/$second.json" ;;
	lost) rm "$dir/$second.json" ;;
	local) sed -i 's/four/vier/' "$dir/$added.json" ;;
	esac
}

for what in edited lost; do
	database "$what"
	project "$what"
	add_table one
	add_table two
	second=$added
	add_table three
	add_table four
	push_all
	rm -rf "$T/whole"
	cp -r $dir "$T/whole"
	damage $what

	run xata pull main --force
	exits 0 "$what: a forced pull mends the history"
	err_has "Record \"$second\" is damaged" "it names the first damaged record"
	out_has "Pulled 3 migrations" "what follows it is taken anew"
	out_has "The records as they were are in .xata/backup/" "the old files are kept"
	same_tree $dir "$T/whole" "every file is as it was"
	run xata verify
	exits 0 "and verifies"
	run xata pull main --force
	exits 0 "again"
	out_has "nothing new" "there is nothing to mend then"
done

database head
project head
add_table one
add_table two
push_all
clone head ahead
add_table three
push_all
cd "$T/head" || exit 1
rm -rf "$T/whole"
sed -i 's/two/zwei/' "$dir/$(last_name).json"
cp -r $dir "$T/whole"
run xata pull main
exits 3 "nothing is pulled onto a record that was edited"
err_has "\"$(last_name)\" was edited after it was made" "it is named"
err_has "xata: hint: Restore the file from Git" "with the remedy"
same_tree $dir "$T/whole" "nothing changed"
run xata pull main --force
exits 0 "a forced pull takes it and the news"
clean_ledger "the ledger is clean"
same_tree $dir "$T/ahead/$dir" "as the branch has them"

database local
project local
add_table one
add_table two
push_all
rm -rf "$T/whole"
cp -r $dir "$T/whole"
add_table three
add_table four
damage local
kept=$(cat "$dir/$added.json")
run xata pull main --force --json
exits 0 "a damaged local-only record goes to the backup with the others"
same_tree $dir "$T/whole" "what stays is the branch's history"
is "$(cat "$(jq -r .backup "$OUT")/$added.json" 2>/dev/null)" "$kept" \
	"the damaged file is in the backup as it was"

# A sound record that is only here, behind a damaged one that the branch has.
database behind
project behind
add_table one
add_table two
second=$added
push_all
add_table three
damage edited
run xata pull main --force
exits 0 "a local-only record behind a damaged one goes to the backup, too"
out_has "The records as they were are in .xata/backup/" "with it"
out_has "    xata new .xata/backup/" "how it is made anew is said"
is "$(sed -n 's/^    xata new .*\///p' "$OUT")" "$added.json" "of that one alone"
eval "$(sed -n 's/^    xata new/xata new/p' "$OUT")" >"$T/anew" 2>&1
is "$(xata status --json | jq -c '[.relation, .ahead]')" '["ahead",1]' "which works"
clean_ledger "and verifies"

database gone --postgres
project gone
git_init .
create_table one one
push_all
create_table two two
create_table three three
quietly git add -A
quietly git commit -q -m three
rm $dir/two.json
for option in --dry-run --json; do
	run xata pull main --force $option
	exits 0 "a local-only record whose file is gone is taken out ($option)"
	err_has 'no backup has record "two", as its file is missing' "and not said to be kept"
	err_lacks 'record "three"' "as others are"
done
out_json '.removed' '["two","three"]' "as a document, too"
backup=$(jq -r .backup "$OUT")
ok "these are in the backup" test -f "$backup/three.json"
ok "which says how they are made anew" grep -q "xata new $backup/three.json" "$backup/README"
nok "and does not say so of what it has not" grep -q "xata new .*two.json" "$backup/README"
ok "but that it has not" grep -q "^  two.json" "$backup/README"
eval "$(sed -n 's/.* if Git does, "\(.*\)" makes it anew$/\1/p' "$ERR")" >"$T/anew" 2>&1
is "$(names)" "one
two" "Git's copy is made anew as is said"
clean_ledger "which verifies"

database newest
project newest
add_table one
push_all
rm "$dir/$added.json"
run xata pull main
exits 3 "a pull that needs the lost file fails"
err_has 'xata pull --force' "and says what mends it"
quietly xata pull --force main
clean_ledger "which it does"

done_testing
