#!/bin/sh
# xata new: the next record of both formats from operations in JSON, checked before it is written.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

operations() {
	printf '%s\n' "$1" >"$T/operations.json"
}

# refused STATUS TEXT DESCRIPTION [OPTION…]: what operations() left is not accepted.
refused() {
	wanted=$1
	text=$2
	what=$3
	shift 3
	run xata new "$T/operations.json" "$@"
	exits "$wanted" "$what"
	err_has "$text" "and the message says why"
}

# ---- v1

project shop
operations '[{"addTable":{"table":"users"}}]'
run xata new "$T/operations.json" --title "Users" --message "who buys"
exits 0 "a first record is made from a file"
name=$(last_name)
out_is ".xata/migrations/$name.json" "and its file is printed"
is "$(sed -n 2p ".xata/migrations/$name.json" | cut -c1-13)" '  "id": "mig_' "it has an id"
is "$(jq -r '[keys_unsorted[]] | join(" ")' ".xata/migrations/$name.json")" \
	"id checksum operations title message" "and the members of a first v1 record in their order"
is "$(jq -r .title ".xata/migrations/$name.json")" "Users" "with the title"

first=$name
RUN_INPUT=$T/operations.json
operations '[{"addColumn":{"table":"users","column":{"name":"email","type":"email","unique":true}}}]'
run xata new --json
exits 0 "a second one from standard input"
out_json .ok true "as JSON"
out_json .command new "with the command"
out_json .record.format v1 "its format"
out_json '.record.parent' "$(id_of "$first")" "its parent"
out_json '.record.summary' '["+ users.email (email, unique)"]' "a summary of its operations"
out_json '.file' ".xata/migrations/$(last_name).json" "and its file"
is "$(names | wc -l)" 2 "the ledger has both"
clean_ledger "and verifies"

run xata new - --dry-run
exits 3 "the same column cannot be added twice"
operations '[{"addColumn":{"table":"users","column":{"name":"nick","type":"string"}}}]'
run xata new - --dry-run
exits 0 "--dry-run makes a record"
out_has '"parentID"' "and prints it"
is "$(names | wc -l)" 2 "but writes none"
run xata new --dry-run --json
out_json '[.record.format, .file]' '["v1",null]' "with --json no file is named"
RUN_INPUT=

operations '{"title":"Nick","operations":[{"addColumn":{"table":"users","column":{"name":"nick","type":"string"}}}]}'
run xata new "$T/operations.json"
exits 0 "an object with operations is accepted"
is "$(jq -r .title ".xata/migrations/$(last_name).json")" Nick "with its title"
before=$(names | wc -l)

# ---- what is not accepted

operations '[{"addColumn":{"table":"orders","column":{"name":"total","type":"int"}}}]'
refused 3 'orders' "a column of a table that does not exist is refused"
operations '[{"addTable":{"table":"users"}}]'
refused 3 'users' "a table that exists is refused"
operations '[{"addColumn":{"table":"users","column":{"name":"x","type":"colour"}}}]'
refused 3 'colour' "a type that does not exist is refused"
operations '[{"paintTable":{"table":"users"}}]'
refused 3 'paintTable' "an operation that does not exist is refused"
operations '[{"create_table":{"name":"t","columns":[]}}]'
refused 3 'create_table' "an operation of the other format is refused"
operations '[]'
refused 3 'no operations' "no operations are refused"
operations '{"title":"x"}'
refused 3 'operations' "an object without operations is refused"
operations '[{"addTable":'
refused 3 'operations.json' "broken JSON is refused, naming the file"
operations '[{"addTable":{"table":"a","table":"b"}}]'
refused 3 'operations.json' "a duplicate member is refused"
operations '[{"addTable":{"table":"teams"}}]'
refused 2 'name' "a v1 record has no name" --name 01_teams
refused 3 'v1' "a ledger keeps its format" --format pgroll
refused 2 'yaml' "a format that does not exist is a usage error" --format yaml
run xata new "$T/absent.json"
exits 3 "a file that does not exist is an input error"
err_has 'absent.json' "and named"
run xata new one two
exits 2 "two files are a usage error"
is "$(names | wc -l)" "$before" "none of them changed the ledger"
intact "and no file was left"

# ---- pgroll

project blog
operations '[{"create_table":{"name":"posts","columns":[{"name":"id","type":"int","pk":true}]}}]'
run xata new "$T/operations.json" --name 01_posts
exits 0 "the first operation tells the format of an empty ledger"
is "$(names)" 01_posts "and a pgroll record has the name given"
is "$(jq -r '[keys_unsorted[]] | join(" ")' .xata/migrations/01_posts.json)" \
	"chainChecksum done migration migrationType name schema startedAt" "and members in their order"
operations '[{"add_column":{"table":"posts","column":{"name":"title","type":"text"}}}]'
run xata new "$T/operations.json" --name 02.1_title --version-schema v2
exits 0 "a name may have dots"
is "$(jq -r '[.parent, .migration.version_schema] | join(" ")' .xata/migrations/02.1_title.json)" \
	"01_posts v2" "it has its parent and its version schema"
operations '[{"add_column":{"table":"posts","column":{"name":"body","type":"text"}}}]'
run xata new "$T/operations.json"
exits 0 "without a name it gets an identifier"
is "$(last_name | cut -c1-4)" "mig_" "of the usual form"
clean_ledger "the ledger verifies"
operations '[{"add_column":{"table":"posts","column":{"name":"more","type":"text"}}}]'
run xata new "$T/operations.json" --name 01_posts
exits 4 "a name that is taken is refused"
err_has '"01_posts" is in the ledger already' "and named"
run xata new "$T/operations.json" --name "$(last_name)" --dry-run
exits 4 "so is that of the last record"
err_has "\"$(last_name)\" is in the ledger already" "in the same words"
err_has "hint: Choose another name." "with what to do"
for bad in ../evil .hidden 'a b' "$(printf '%0300d' 0)"; do
	run xata new "$T/operations.json" --name "$bad"
	exits 3 "a name like $(printf %.12s "$bad") is refused"
done
refused 3 'named like a v1 record' "so is one that looks like a v1 record's" \
	--name mig_cv00000000000000000g_12345678
err_has "xata: hint: Choose another name" "and a hint says what to do"
refused 3 'differs from that of record "01_posts" in small and capital letters only' \
	"so is one that would be the same file on some systems" --name 01_Posts
err_has "xata: hint: Choose another name: on macOS" "and the hint says why"
refused 2 'title' "a pgroll record has no title" --title x
is "$(names | wc -l)" 3 "nothing was added"

operations '[{"sql":{"up":"select 1"}}]'
project other
run xata new "$T/operations.json"
exits 0 "sql is known as a pgroll operation"
project third
operations '[{"future":{}}]'
refused 3 '--format' "an unknown operation does not tell the format"

# ---- where it does not work

mkdir "$T/nowhere"
cd "$T/nowhere" || exit 1
run xata new "$T/operations.json"
exits 3 "outside a project there is no new"
err_has "xata: hint: " "and a hint says what to do"
nok "and nothing is made" test -e .xata
project last
for input in '{"title":"x"}' '[]' 'nonsense'; do
	printf '%s\n' "$input" >input.json
	run xata new input.json
	exits 3 "$input is no migration"
	err_has 'Give a JSON array of operations' "and what is one is said"
done
run xata new nofile.json
exits 3 "a file that is not there"
err_has 'Check the path' "is a matter of its path"
done_testing
