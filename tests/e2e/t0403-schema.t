#!/bin/sh
# xata schema dump: the logical schema of the local history, or of a branch.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
database shop
project shop
run xata schema dump
exits 0 "an empty history has a schema"
out_json .tables '[]' "without tables"

add_table users
add_column users nick
add '[{"renameColumn":{"table":"users","oldName":"nick","newName":"handle"}},{"addTable":{"table":"teams"}},
	{"addColumn":{"table":"users","column":{"name":"team","type":"link","link":{"table":"teams"}}}},
	{"addColumn":{"table":"users","column":{"name":"email","type":"email","unique":true}}}]'
run xata schema dump
exits 0 "the local history has a schema"
out_json '[.tables[] | [.name, [.columns[].name]]]' \
	'[["users",["handle","team","email"]],["teams",[]]]' "as the operations built it up"
out_json '.tables[0].columns[1:]' \
	'[{"name":"team","type":"link","link":{"table":"teams"}},{"name":"email","type":"email","unique":true}]' \
	"with all that a column has"
cp "$OUT" "$T/local"
push_all
run xata schema dump --branch main
exits 0 "and so has the branch"
is "$(jq -S '[.tables[] | {name, columns: [.columns[] | {name, type}]}]' "$OUT")" \
	"$(jq -S '[.tables[] | {name, columns: [.columns[] | {name, type}]}]' "$T/local")" "the same one"
run xata schema dump --json
out_json '[.ok, .command, .branch, .file, .schema.tables[0].name]' \
	'[true,"schema dump",null,null,"users"]' "as JSON"
run xata schema dump -b main --json
out_json '[.branch, (.schema.tables | length)]' '["main",2]' "of the branch, too"

run xata schema dump --file out.json
exits 0 "it is written to a file"
out_is "Wrote the schema to out.json." "which is said"
same_file out.json "$T/local" "with the same bytes"
run xata schema dump -f "$T/absent/out.json"
exits 3 "a folder that is not there"
err_has absent "is named"
mkdir sub && cd sub || exit 1
run xata schema dump -f here.json
ok "a relative file is relative to where the user is" test -f here.json
cd .. || exit 1
run env -u XATA_DATABASE_URL -u XATA_API_KEY xata schema dump
exits 0 "the local schema needs no endpoint"
run xata schema dump --branch nobranch
exits 7 "a branch that does not exist has none"
run xata schema dump extra
exits 2 "an argument is a usage error"

clone shop bad
sed -i 's/"email"/"text"/' .xata/migrations/*.json
run xata schema dump
exits 3 "a damaged ledger has no certain schema"
err_has "xata verify" "with a hint"

database blog --postgres
project blog
create_table 01_posts posts
add '[{"add_column":{"table":"posts","column":{"name":"title","type":"text","nullable":true}}}]' --name 02_title
push_all
run xata schema dump
exits 0 "pgroll records have a schema"
out_json '[(.tables.posts.columns | keys_unsorted), .tables.posts.primaryKey]' '[["id","title"],["id"]]' \
	"in the form of its API"
is "$(jq -c '[.tables.posts.columns[] | [.name, .type]]' "$OUT")" '[["id","int"],["title","text"]]' \
	"with its columns"
cp "$OUT" "$T/local"
run xata schema dump -b main
is "$(jq -cS .tables.posts.columns "$OUT")" "$(jq -cS .tables.posts.columns "$T/local")" \
	"the branch has the same"
done_testing
