#!/bin/sh
# xata verify: every finding is named with its file, its kind and its remedy; what is harmless is not.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

project good
run xata verify
exits 0 "an empty ledger verifies"
add_table users
one=$added
add_column users email
two=$added
add_column users nick
three=$added
run xata verify
exits 0 "an intact ledger verifies"
out_has "3 records verified, head $three" "with its head"
run xata verify --json
out_json '[.ok, .exitStatus, .records, .format, .head, .strict]' "[true,0,3,\"v1\",\"$three\",false]" \
	"and as JSON"
out_json '[.findings, .counts]' '[[],{"errors":0,"unsealed":0,"cosmetic":0}]' "without findings"

# finds KIND FILE DESCRIPTION: verify fails with this finding, and so does its JSON form.
finds() {
	run xata verify
	exits 1 "$3"
	out_has "$2" "and the file is named"
	err_has "xata: hint: " "with what to do"
	run xata verify --json
	exits 1 "with --json too"
	out_json "[.findings[] | select(.kind == \"$1\") | .file] | unique | join(\" \")" "$2" \
		"the finding is of kind $1"
	out_json '[.findings[] | select((.message | length) < 5 or (.remedy | length) < 5)]' '[]' \
		"each says what is wrong and what to do"
}

# ---- what is wrong

dir=.xata/migrations
printf '[default]\napiKey = not_to_be_shown\n' >"$T/secret"
clone good linked_ledger
ln -sf "$T/secret" "$dir/.ledger"
run xata verify
exits 3 "a ledger that is a link is not read"
err_has '".ledger" is a symbolic link' "and that is said"
nok "what it leads to is not shown" grep -q not_to_be_shown "$OUT" "$ERR"
clone good linked_record
mv "$dir/$two.json" "$T/moved.json"
ln -s "$T/moved.json" "$dir/$two.json"
finds unreadable "$two.json" "nor is a record that is one"
clone good tampered
sed -i 's/"string"/"int"/' "$dir/$two.json"
finds wrong_checksum "$two.json" "a changed operation is found"

clone good missing
rm "$dir/$two.json"
finds missing_file "$two.json" "a missing file is found"

clone good extra
cp "$dir/$two.json" "$dir/mig_extra.json"
finds extra_file mig_extra.json "a file without a line is found"

clone good swapped
printf '%s\n' "$one" "$three" "$two" >"$dir/.ledger"
run xata verify --json
exits 1 "another order is found"
out_json '[.findings[].kind] | index("wrong_parent") != null' true "by the parents"

clone good cut
printf '%s' "$(cat "$dir/.ledger")" >"$dir/.ledger"
finds no_final_newline .ledger "a last line without its end is found"

clone good duplicate
echo "$two" >>"$dir/.ledger"
finds duplicate_line .ledger "a duplicate line is found"

clone good badname
printf '%s\n' '../../etc/passwd' >>"$dir/.ledger"
finds bad_name .ledger "a line that is no name is found"

clone good garbage
echo 'not json' >"$dir/$three.json"
finds bad_record "$three.json" "a file that is no record is found"

clone good renamed
mv "$dir/$three.json" "$dir/mig_0123456789abcdefghij_00000000.json"
printf '%s\n' "$one" "$two" mig_0123456789abcdefghij_00000000 >"$dir/.ledger"
finds wrong_name mig_0123456789abcdefghij_00000000.json "a file under another name is found"

clone good operation
sed -i 's/"addColumn"/"paintColumn"/' "$dir/$three.json"
run xata verify
exits 1 "an operation of the future in a changed record does not hide the change"

clone good everything
cp "$dir/$one.json" "$dir/mig_extra.json"
sed -i 's/"string"/"int"/' "$dir/$two.json" "$dir/$three.json"
run xata verify --json
out_json '.counts.errors >= 3' true "every finding is listed, not only the first"

clone good control
printf 'mig_\033[31mred\n' >>"$dir/.ledger"
run xata verify
exits 1 "control characters in a line are found"
nok "and do not reach the terminal" grep -q "$(printf '\033')" "$OUT" "$ERR"

# ---- what is accepted

# cosmetic KIND DESCRIPTION TEXT: said, and yet no failure
cosmetic() {
	run xata verify
	exits 0 "$2"
	out_has "$3" "which says so"
	out_has "verified, head " "and that all is well"
	run xata verify --strict --json
	exits 1 "--strict counts it"
	out_json '[.findings[].kind] | unique | join(" ")' "$1" "as $1"
	out_json '.error.code' no "the answer is no"
}

clone good crlf
sed -i 's/$/\r/' "$dir/.ledger" "$dir"/*.json
cosmetic "crlf" "a checkout with CRLF verifies" "$two.json: lines end with CR LF"
out_json '.findings[0].remedy | contains("git checkout -- FILE")' true "and the remedy mends it"
before=$(last_name | tr -d '\r')
add_column users phone
run xata verify
exits 0 "and goes on with a new record"
is "$(jq -r .parentID "$dir/$added.json")" "$(id_of "$before")" \
	"which follows the last"

clone good bom
{ printf '\357\273\277' && cat "../good/$dir/.ledger"; } >"$dir/.ledger"
cosmetic byte_order_mark "a byte order mark is accepted" ".ledger:1: "

clone good blank
printf '%s\n\n%s\n%s\n\n' "$one" "$two" "$three" >"$dir/.ledger"
cosmetic blank_line "blank lines are accepted" ".ledger:2: "

clone good reformatted
jq --indent 4 . "../good/$dir/$two.json" >"$dir/$two.json"
cosmetic reformatted "a formatter may have been there" "$two.json: "

clone good others
touch "$dir/.DS_Store" "$dir/.gitkeep" "$dir/README.md" "$dir/$two.json~"
run xata verify --strict
exits 0 "files that are no records are left alone"
add_column users phone
ok "by other commands too" test -f "$dir/.DS_Store"

# ---- pgroll

project blog
create_table 01_posts posts
create_table 02.1_tags tags
run xata verify --strict
exits 0 "sealed pgroll records with dots in their names verify strictly"
jq 'del(.chainChecksum)' "$dir/01_posts.json" >"$T/x" && cp "$T/x" "$dir/01_posts.json"
jq 'del(.chainChecksum)' "$dir/02.1_tags.json" >"$T/x" && cp "$T/x" "$dir/02.1_tags.json"
run xata verify
exits 0 "unsealed ones verify, too"
out_has 'xata seal' "with a word about sealing"
run xata verify --strict --json
exits 1 "but not strictly"
out_json '[.counts.unsealed, ([.findings[].kind] | unique | join(" "))]' '[2,"unsealed"]' \
	"each is a finding"

# A v1 ledger may go on with pgroll records, not the other way round.
clone good converted
last=$(id_of "$(last_name)")
jq --arg p "$last" '.parent = $p | del(.chainChecksum)' "$T/blog/$dir/01_posts.json" \
	>"$dir/01_posts.json"
echo 01_posts >>"$dir/.ledger"
run xata verify
exits 0 "a converted branch verifies"
mkdir -p "$T/mixed/$dir" && cd "$T/mixed" || exit 1
cp "$T/blog/$dir/01_posts.json" "$T/good/$dir/$one.json" "$dir"
printf '%s\n' 01_posts "$one" >"$dir/.ledger"
finds mixed_formats "$one.json" "a v1 record behind a pgroll one is found"

# ---- where it works

cd "$T/good" && mkdir -p src/deep && cd src/deep || exit 1
run xata verify
exits 0 "verify works in a subdirectory"
nok "and makes no second .xata" test -e .xata
cd "$T/good" || exit 1
run xata verify --quiet
exits 0 "--quiet works"
out_is "" "and says nothing"
clone good lost
rm "$dir/$two.json"
run xata verify --quiet
exits 1 "a missing file is found with --quiet, too"
out_has "$two.json: the ledger names this record" "and is said"
out_has 'xata pull --force' "with a remedy that works"
cd "$T/good" || exit 1
run xata verify extra
exits 2 "an argument is a usage error"
done_testing
