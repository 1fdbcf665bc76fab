#!/bin/sh
# xata log and xata show: the local history and one of its records.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

project shop
run xata log
exits 0 "an empty ledger has a log"
out_is "" "without records"
run xata log --json
out_json '[.records, .total]' '[[],0]' "as JSON too"
run xata show head
exits 3 "and no head to show"

add '[{"addTable":{"table":"users"}}]' --title 'Users come first'
one=$added
add '[{"addColumn":{"table":"users","column":{"name":"nick","type":"string"}}}]'
two=$added
add '[{"renameColumn":{"table":"users","oldName":"nick","newName":"handle"}},{"addTable":{"table":"teams"}}]'
three=$added

run xata log --oneline
cp "$OUT" "$T/oneline"
run xata log --oneline --quiet
same_file "$OUT" "$T/oneline" "--quiet leaves what was asked for"
run xata log --oneline
exits 0 "the log shows one line a record"
out_is "$three  ~ users.nick -> handle … and 1 more
$two  + users.nick (string)
$one  Users come first" "newest first, with title or operations"
run xata log --oneline --reverse -n 1
out_is "$one  Users come first" "--reverse and -n: the oldest"
run xata log -n 2
exits 0 "the long form"
out_has "migration $three" "names the record"
out_has "    ~ users.nick -> handle" "and each operation"
out_has "    + table teams" "all of them"
out_has "Checksum: 1:" "with its checksum"
out_lacks "$one" "and no more than asked for"
run xata log --json -n 1
out_json '[.total, (.records | length), .records[0].name]' "[3,1,\"$three\"]" "as JSON"
out_json '.records[0].summary' '["~ users.nick -> handle","+ table teams"]' "with summaries"
run xata log -n 0
exits 2 "no records at all is a usage error"
run xata log -n many
exits 2 "as is what is no number"
run sh -c 'xata log | head -n 1'
exits 0 "a reader that stops early"
is "$(cat "$ERR")" "" "is no error"

# ---- show

run xata show "$two"
exits 0 "a record is shown"
same_file "$OUT" ".xata/migrations/$two.json" "as it is in its file"
err_has "Record 2 of 3, checksum valid" "with the state of its checksum"
run xata show head --json
out_json '[.name, .position, .checksumState]' "[\"$three\",3,\"valid\"]" "as JSON"
out_json '.record.checksum == .computedChecksum' true "with the checksum its place gives it"
run xata show "$(id_of "$one")"
exits 0 "an id is enough"
run xata show mig_
exits 3 "the beginning of several is not"
err_has "3 records" "and says of how many"
run xata show nothing
exits 3 "a record that does not exist"
err_has "xata log --oneline" "gets a hint"
run xata show
exits 2 "without a name"

sed -i 's/"string"/"int"/' ".xata/migrations/$two.json"
run xata show "$two"
exits 1 "a changed record is shown with status 1"
err_has "checksum wrong" "saying so"
run xata show "$two" --json
out_json '[.ok, .checksumState, .error.code]' '[false,"wrong","no"]' "as JSON too"
rm ".xata/migrations/$two.json"
run xata show "$two"
exits 3 "a missing file is an error"
err_has "$two.json" "naming it"
run xata log
exits 3 "for log as well"
err_has "xata verify" "with a hint"

# ---- pgroll, and text from outside

project blog
create_table 01_posts posts
jq 'del(.chainChecksum)' .xata/migrations/01_posts.json >x && mv x .xata/migrations/01_posts.json
run xata show 01_posts --json
out_json '[.checksumState, (.computedChecksum | startswith("2:"))]' '["unsealed",true]' \
	"an unsealed record has a computed checksum"
add '[{"sql":{"up":"select \u001b[31m"}}]' --name 02_sql
run xata log
nok "control characters do not reach the terminal" grep -q "$(printf '\033')" "$OUT" "$ERR"

project umlaut
add '[{"addTable":{"table":"users"}}]' --title 'Für Köche 日本'
run xata log --oneline
out_has 'Für Köche 日本' "letters of other languages stay as they are"
done_testing
