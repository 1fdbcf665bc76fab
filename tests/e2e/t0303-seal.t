#!/bin/sh
# xata seal: unsealed pgroll records get their chainChecksum; the files as they were are kept.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

dir=.xata/migrations
unseal() {
	for name; do
		jq 'del(.chainChecksum)' "$dir/$name.json" >"$T/x" && cp "$T/x" "$dir/$name.json"
	done
}

project blog
create_table 01_posts posts
create_table 02_tags tags
create_table 03.1_more more
cp -r "$dir" "$T/sealed"
unseal 01_posts 02_tags 03.1_more
cp -r "$dir" "$T/unsealed"

run xata seal --dry-run
exits 0 "--dry-run says what would be sealed"
out_has "3 records" "and how many"
same_tree "$dir" "$T/unsealed" "and changes nothing"
nok "and needs no backup" test -e .xata/backup

run xata seal --json
exits 0 "seal works"
out_json '[.sealed[].name]' '["01_posts","02_tags","03.1_more"]' "and names what it sealed"
out_json '[.sealed[].chainChecksum | startswith("2:")] | all' true "with the checksums"
backup=$(jq -r .backup "$OUT")
same_tree "$dir" "$T/sealed" "the files are as new would have made them"
for name in 01_posts 02_tags 03.1_more; do
	same_file "$backup/$name.json" "$T/unsealed/$name.json" "the backup has $name as it was"
done
same_file "$backup/.ledger" "$T/unsealed/.ledger" "and the ledger"
run xata verify --strict
exits 0 "the ledger verifies strictly"
intact "no other file is left"

run xata seal
exits 0 "sealing again"
out_has "already" "has nothing to do"

# Only the later ones are unsealed: they build on what is there.
unseal 03.1_more
run xata seal
exits 0 "sealing what is left"
same_tree "$dir" "$T/sealed" "gives the same chain"
out_has "The files as they were are in .xata/backup/" "and names the backup"

# ---- a damaged ledger is not made permanent

clone blog damaged
unseal 03.1_more
sed -i 's/"int"/"text"/' "$dir/02_tags.json"
cp -r "$dir" "$T/before"
run xata seal
exits 1 "a ledger with findings is not sealed"
err_has "xata verify" "with a hint"
same_tree "$dir" "$T/before" "and nothing changed"

project shop
add_table users
run xata seal
exits 0 "v1 records are sealed as they are"
out_has "already" "always"
done_testing
