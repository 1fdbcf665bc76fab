#!/bin/sh
# xatad key: made, listed and revoked while the endpoint runs; what each scope may do.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need jq curl

start_xatad
ws=/workspaces/xatad-local0
api PUT "$ws/dbs/shop" '{"region":"local"}'
answers 201 "the admin key makes a database"
api PUT "$ws/dbs/blog" '{"region":"local"}'

# new_key ARGUMENT…: a key in XATA_API_KEY, its id in $id.
new_key() {
	run xatad key create "$XATAD_DIR" --json "$@"
	XATA_API_KEY=$(jq -r .key "$OUT")
	id=$(jq -r .id "$OUT")
}

new_key --name reader --scope read
exits 0 "a key is made while the endpoint runs"
out_json '.key | test("^xata_[0-9A-Za-z]{40}$")' true "and printed"
out_json '[.name, .scope, .database]' '["reader","read",null]' "with what was asked for"
reader=$XATA_API_KEY
reader_id=$id
api GET /db/shop:main
answers 200 "it reads"
api PUT /db/shop:dev '{"from":"main"}'
answers 403 "but does not write"

new_key
out_json .scope write "write is the scope unless another is named"
api PUT /db/shop:dev '{"from":"main"}'
answers 201 "and writes"
api PUT "$ws/dbs/new" '{"region":"local"}'
answers 403 "but makes no databases"

new_key --scope write --database shop
out_json .database xatad-local0/shop "a key can be for one database"
api GET /db/shop:main
answers 200 "which it reads"
api GET /db/blog:main
ok "and no other" test "$http" -eq 403 -o "$http" -eq 404

run xatad key create "$XATAD_DIR"
exits 0 "without --json the key is printed as text"
is "$(grep -c 'xata_[0-9A-Za-z]\{40\}$' "$OUT")" 1 "once"
run xatad key create "$XATAD_DIR" --quiet
ok "with --quiet alone" grep -qx 'xata_[0-9A-Za-z]\{40\}' "$OUT"

run xatad key list "$XATAD_DIR" --json
exits 0 "the keys are listed"
out_json '.keys | length' 6 "all of them"
out_json '[.keys[] | select(.name == "reader")] | length' 1 "with their names"
out_lacks xata_ "but not their text"
run xatad key list "$XATAD_DIR"
out_has reader "as text too"
out_has "$reader_id" "with their ids"
nok "the text of no key is stored" grep -rq "$reader" "$XATAD_DIR"

# ---- revoked

XATA_API_KEY=$reader
api GET /db/shop:main
answers 200 "a key is good"
run xatad key revoke "$XATAD_DIR" "$reader_id"
exits 0 "until it is revoked"
api GET /db/shop:main
answers 401 "at once"
out_json .message "invalid API key" "without a word about why"
run xatad key list "$XATAD_DIR" --json
out_json '[.keys[] | select(.revokedAt)] | map(.name)' '["reader"]' "the list tells when"
XATA_API_KEY=$(jq -r .key "$XATAD_DIR.json")
api GET /db/shop:main
answers 200 "the others stay good"

# ---- refused

run xatad key revoke "$XATAD_DIR" key_nothing
exits 3 "an unknown key cannot be revoked"
err_has '"key_nothing"' "and is named"
run xatad key revoke "$XATAD_DIR"
exits 2 "revoke needs an id"
run xatad key create "$XATAD_DIR" --scope everything
exits 2 "an unknown scope is refused"
err_has "read, write or admin" "with the known ones"
run xatad key create "$XATAD_DIR" --database 'a/b/c'
exits 2 "so is a name that no database can have"
run xatad key create "$XATAD_DIR" --name "$(printf 'a\033[2Jb')"
exits 2 "so is a name with control characters"
nok "which are not printed" grep -q "$(printf '\033')" "$ERR"
run xatad key
exits 2 "key needs a subcommand"
run xatad key creat "$XATAD_DIR"
exits 2 "a known one"
err_has 'Did you mean "create"?' "and helps with it"
run xatad key list nothing
exits 3 "a directory that is not there is refused"
done_testing
