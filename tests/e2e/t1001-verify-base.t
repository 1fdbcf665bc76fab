#!/bin/sh
# xata verify --base: a version only appends to the records of the one it builds on.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations
history good
git branch base
run xata verify --base base --json
exits 0 "the same records are fine"
out_json '[.checked, .base, .records, .unchanged]' '["files","base",0,3]' "and none is read"
add_column users phone
four=$added
run xata verify --base base --json
exits 0 "a new record on disk is fine"
out_json '[.records, .unchanged, .head]' "[1,3,\"$four\"]" "and alone is read"
quietly git add -A
verifies "in the index" --base base --staged
commit four
run xata verify --base base --rev HEAD --json
exits 0 "in a commit"
out_json '[.checked, .records, .unchanged]' '["rev",1,3]' "it alone is read"
run xata verify --base base --rev HEAD --full --json
out_json '[.records, .unchanged]' '[4,0]' "unless with --full"
finds base_removed "$four.json" "the base may not have more" --base main --rev base
out_has 'xata rebase --onto main' "how to mend it is said"
out_has 'git restore --source=main' "for each case"
run xata verify --base "main^{/four}" --rev base
out_has "xata rebase --onto 'main^{/four}'" "a revision that a shell takes apart is in quotes"
run xata verify --base nonsense
exits 3 "a base that is not there is an error"
err_has 'no commit "nonsense"' "which names it"

# everywhere KIND FILE DESCRIPTION: found on disk, in the index and in a commit.
everywhere() {
	finds "$1" "$2" "$3, on disk" --base base
	quietly git add -A
	finds "$1" "$2" "$3, in the index" --base base --staged
	commit "$3"
	finds "$1" "$2" "$3, in a commit" --base base --rev HEAD
	quietly git reset -q --hard base
}

quietly git reset -q --hard base
rm "$dir/$three.json"
printf '%s\n' "$one" "$two" >"$dir/.ledger"
everywhere base_removed "$three.json" "a removed record is found"
rm "$dir/$three.json"
printf '%s\n' "$one" "$two" >"$dir/.ledger"
add_column users fax
commit "another one in its place"
finds base_removed "$three.json" "with another one in its place, too" --base base
quietly xata rebase --onto base
verifies "what the advice says mends it" --base base
is "$(names | sed '$d' | tr '\n' ' ')" "$one $two $three " "the new one stands behind"
quietly git reset -q --hard base
quietly git clean -qfd

rm -r "$dir"
run xata verify --base base --json
exits 1 "removing all is found"
out_json '[.findings[].kind]' '["base_removed","base_removed","base_removed"]' "for each record"
quietly git checkout -q -- .

sed -i 's/email/mail/' "$dir/$two.json"
everywhere base_edited "$two.json" "an edited record is found"

jq '. + {title: "another"}' "$dir/$two.json" >"$T/x" && cp "$T/x" "$dir/$two.json"
everywhere base_edited "$two.json" "an edit that no checksum covers is found"

# The last two records made anew in the other order, as a rebase of published records would.
rm "$dir/$two.json" "$dir/$three.json"
echo "$one" >"$dir/.ledger"
add_column users nick
add_column users email
run xata verify
exits 0 "a history made anew verifies by itself"
run xata verify --base base --json
exits 1 "but not against its base"
out_json '[.findings[] | select(.kind == "base_removed") | .file] | join(" ")' \
	"$two.json $three.json" "the records that it lost are named"
quietly git reset -q --hard base
quietly git clean -qfd

mv "$dir/$three.json" "$dir/${three%_*}_00000000.json"
printf '%s\n' "$one" "$two" "${three%_*}_00000000" >"$dir/.ledger"
everywhere base_renamed "$three.json" "a renamed record is found"

# Something new in between: what both sides of a textual merge look like.
quietly git checkout -q -b topic base~0
add_column users phone
four=$added
cp "$dir/$four.json" "$T/four.json"
printf '%s\n' "$one" "$two" "$four" "$three" >"$dir/.ledger"
everywhere base_order "$four.json" "a new record before those of the base is found"
printf '%s\n' "$one" "$three" "$two" >"$dir/.ledger"
finds base_order "$three.json" "records of the base in another order are found" --base base
quietly xata rebase --onto base
verifies "what the advice says mends it" --base base
is "$(names | tr '\n' ' ')" "$one $two $three " "the base's records stand in their order"
cp "$T/four.json" "$dir/$four.json"
printf '%s\n' "$one" "$two" "$four" "$three" >"$dir/.ledger"
quietly xata rebase --onto base
verifies "so it does with a new one between them" --base base
is "$(names | sed '$d' | tr '\n' ' ')" "$one $two $three " "which stands behind them now"
quietly git checkout -q -- .
quietly git clean -qfd

jq --indent 4 . "$dir/$two.json" >"$T/x" && cp "$T/x" "$dir/$two.json"
run xata verify --base base --json
exits 0 "a record that was formatted again is the same"
out_json '[.findings[].kind] | sort | join(" ")' "base_rewritten reformatted" "and is told"
run xata verify --base base --strict
exits 1 "with --strict it counts"
quietly git checkout -q -- .

# pgroll records that are sealed after they were published are the same, too.
repository blog
create_table 01_posts posts
create_table 02_tags tags
for name in 01_posts 02_tags; do
	jq 'del(.chainChecksum)' "$dir/$name.json" >"$T/x" && cp "$T/x" "$dir/$name.json"
done
commit unsealed
create_table 03_authors authors
quietly git add -A
run xata verify --staged --json
exits 0 "a sealed record behind unsealed ones is checked from their first on"
out_json '[.records, .unchanged, .counts.errors]' '[1,2,0]' "though only it is new"
sed -i 's/"authors"/"writers"/' "$dir/03_authors.json"
quietly git add -A
finds wrong_checksum 03_authors.json "so that an edit of it is found" --staged
quietly git reset -q --hard
quietly git clean -qfd
quietly xata seal
run xata verify --base HEAD --json
exits 0 "sealing appends nothing and edits nothing"
out_json '[.findings[].kind] | unique | join(" ")' base_rewritten "but is told"
mv "$dir/02_tags.json" "$dir/02_labels.json"
sed -i 's/02_tags/02_labels/' "$dir/.ledger"
quietly git stash -q
mv "$dir/02_tags.json" "$dir/02_labels.json"
sed -i 's/02_tags/02_labels/' "$dir/.ledger"
finds base_renamed 02_tags.json "a file under another name is known by its content" --base HEAD
out_json '[.findings[] | select(.kind == "base_renamed") | .remedy]' \
	'["Give the file and its ledger line that name again."]' "with what mends it"

# ---- a project whose folder was renamed is compared with what it was

history moved a
quietly git checkout -q -b topic
cd "$T/moved" && quietly git mv a b && cd b || exit 1
run xata verify --base main --json
exits 0 "a project that was only renamed appends"
out_json '[.baseFolder, .unchanged, .records]' '["a",3,0]' "to what the base has in its folder"
run xata verify --base main
out_has "The project was renamed: compared with a in main." "which is said"
run xata verify --staged
exits 0 "so it does in the index"
out_has "Nothing new: the 3 records are as in HEAD" "beside HEAD"
rm "$dir/$three.json" && sed -i '$d' "$dir/.ledger"
finds base_removed "$three.json" "a record that went along the way is found, on disk" --base main
run xata verify --base main
out_has 'xata rebase --onto main' "with what mends it"
quietly git add -A .
for how in --staged "--staged --full" "--staged --base main"; do
	# shellcheck disable=SC2086 # options
	finds base_removed "$three.json" "in the index ($how)" $how
done
add_column users evil
commit "another one in its place"
finds base_removed "$three.json" "in a commit" --base main --rev HEAD
finds base_removed "$three.json" "and by its folder" --base main --rev HEAD --project b
git clone -q --bare "$T/moved" "$T/moved.git"
cd "$T/moved.git" || exit 1
finds base_removed "$three.json" "in a bare repository, too" --base main --rev topic --project b
cd "$T/moved/b" || exit 1
run xata rebase --onto main --dry-run --json
out_json '[.ontoFolder, (.pulled | length), (.rebased | length)]' '["a",1,1]' \
	"the advice takes it from where it is"
quietly xata rebase --onto main
run xata verify --base main --json
exits 0 "and mends it"
out_json '[.unchanged, .records]' '[3,1]' "one is new"
quietly git reset -q --hard HEAD~1 && quietly git clean -qfd

# Whatever is there still was not renamed: a copy is a project of its own.
quietly git checkout -q main
cp -r "$T/moved/a" "$T/moved/copy" && cd "$T/moved/copy" || exit 1
rm "$dir/$three.json" && sed -i '$d' "$dir/.ledger"
run xata verify --base main
exits 0 "a copy may be what it will"
out_has "There was nothing to compare with: main has no migrations of this project." "as is said"
run xata rebase --onto main
exits 0 "nor is it put on top of anything"
out_has "Nothing to do: main has no migrations of this project." "which is said, too"
commit copy
quietly git checkout -q -b one
quietly git -C "$T/moved" rm -rq a && quietly git -C "$T/moved" mv copy c
cd "$T/moved/c" || exit 1
run xata verify --base main --json
out_json '[.baseFolder, .counts.errors]' '["a",1]' "of a project that is gone there is one name"
run xata verify --base HEAD --json
out_json '[.baseFolder, .counts.errors]' '["a",1]' \
	"of several that may have been it, the one with the most records lets nothing pass"

# Not a record is as it was, but each has its file: it was renamed and edited.
cd "$T/moved" && quietly git reset -q --hard main && quietly git clean -qfdx && quietly git mv a d || exit 1
cd d && sed -i 's/users/people/' "$dir"/*.json || exit 1
run xata verify --base HEAD --json
exits 1 "records that were all edited are known by their names"
out_json '[.baseFolder, ([.findings[] | select(.kind == "base_edited")] | length)]' '["a",3]' \
	"and found"
run xata verify --base HEAD
out_has "git show HEAD:a/.xata/migrations/$one.json" "with how they were"

# A formatter was at all of them, and one went along the way.
cd "$T/moved" && quietly git reset -q --hard main && quietly git clean -qfdx && quietly git mv a e || exit 1
cd e || exit 1
for record in "$dir"/*.json; do
	jq -c . "$record" >"$T/formatted" && cp "$T/formatted" "$record"
done
rm "$dir/$three.json" && sed -i '$d' "$dir/.ledger"
finds base_removed "$three.json" "none is as it was, byte by byte, and one is gone" --base HEAD
quietly git add -A .
finds base_removed "$three.json" "which is found in the index" --staged

# All records went along the way: as where a project is removed and an unrelated one begun.
quietly git rm -q -f "$dir/$one.json" "$dir/$two.json" && : >"$dir/.ledger"
quietly git add -A .
for version in "--base HEAD" --staged; do
	# shellcheck disable=SC2086 # two words
	verifies "an empty ledger is evidence of nothing: $version" $version
	out_has "HEAD has no migrations of this project" "there is nothing to compare with"
	err_has "The project in a of HEAD is gone: this one has none of its records as they were" \
		"it is said what the one that is gone is not taken for"
done

# From the top of the repository into a folder.
history top
mkdir -p sub && quietly git mv .xata sub/.xata && cd sub || exit 1
quietly git rm -q -f "$dir/$three.json" && sed -i '$d' "$dir/.ledger"
quietly git add -A .
finds base_removed "$three.json" "one that was at the top is found there" --staged
run xata verify --staged
out_has "compared with the top folder in HEAD" "as is said"
out_has '"xata rebase --onto HEAD" takes it from "."' "with what brings back what is gone"
quietly xata rebase --onto HEAD && quietly git add -A .
verifies "as it does" --staged
done_testing
