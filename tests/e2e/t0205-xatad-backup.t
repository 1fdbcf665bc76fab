#!/bin/sh
# xatad backup: a copy of one moment while others write, from which an endpoint can be restored.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need jq curl

start_xatad
ws=/workspaces/xatad-local0
api PUT "$ws/dbs/shop" '{"region":"local"}'
answers 201 "there is a database"

(
	n=0
	while [ $n -lt 40 ] && [ ! -e enough ]; do
		n=$((n + 1))
		curl -sS -X PUT --max-time 20 -o /dev/null -H "Authorization: Bearer $XATA_API_KEY" \
			-H 'Content-Type: application/json' --data '{}' "$URL/db/shop:b$n" || exit 1
	done
) &
writer=$!
run xatad backup "$XATAD_DIR" copy.db
exits 0 "a backup is made while others write"
out_has "$T/copy.db" "and names the file"
: >enough
ok "and they are not disturbed" wait "$writer"
is "$(stat -c %a copy.db)" 600 "the copy has the keys' hashes: it is its owner's alone"
run xatad backup "$XATAD_DIR" second.db --json
out_json '.file, .bytes > 0' "$(printf '%s\ntrue' "$T/second.db")" "with --json its size too"

run xatad backup "$XATAD_DIR" copy.db
exits 3 "a file that is there is not overwritten"
err_has "copy.db" "and is named"
run xatad backup "$XATAD_DIR" no/such/dir/copy.db
exits 3 "a directory that is not there is refused"
run xatad backup "$XATAD_DIR"
exits 2 "backup needs a file"
run xatad backup nothing copy2.db
exits 3 "and an endpoint"
nok "and makes nothing without" test -e copy2.db

# ---- restored

api GET /dbs/shop
jq -S . "$OUT" >before
api DELETE "$ws/dbs/shop"
answers 200 "the database is deleted"
stop_xatad
cp second.db "$XATAD_DIR/xatad.db"
rm -f "$XATAD_DIR/xatad.db-wal" "$XATAD_DIR/xatad.db-shm"
start_xatad
api GET /dbs/shop
answers 200 "an endpoint with the copy in place has it again, and the keys"
jq -S . "$OUT" >after
same_file after before "with all its branches"
done_testing
