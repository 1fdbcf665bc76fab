#!/bin/sh
# The ledgers of real projects: each intact one verifies, goes to an endpoint and comes back into an
# empty project with the same bytes.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
need_corpus

dir=.xata/migrations
start_xatad

# unsealed DIRECTORY: the records without the member that sealing adds; the rest of the bytes stay.
unsealed() {
	sed -i '/^  "chainChecksum": "2:[0-9a-f]*",$/d' "$1"/*.json
}

round_trip() { # NAME FORMAT
	project "$1-back"
	run xata pull main --json
	exits 0 "$1: pulled into an empty project"
	clean_ledger "$1: verified there"
	if [ "$2" = pgroll ]; then
		same_file $dir/.ledger "$T/$1/$dir/.ledger" "$1: the same ledger"
		(cd "$T/$1" && quietly xata seal)
		same_tree $dir "$T/$1/$dir" "$1: sealed, the same bytes"
		cp -r $dir "$T/$1-unsealed"
		unsealed "$T/$1-unsealed"
		same_tree "$T/$1-unsealed" "$CORPUS/$1/$dir" "$1: but for the seals, the bytes of the original"
	else
		same_tree $dir "$CORPUS/$1/$dir" "$1: the bytes of the original"
	fi
	run xata pull main
	exits 0 "$1: a second pull"
	out_has "nothing new" "$1: has nothing to do"
	cd "$T/$1" || exit 1
	run xata status main --json
	out_json .relation up_to_date "$1: the original is up to date"
}

found=0
for source in "$CORPUS"/*/; do
	name=$(basename "$source")
	[ -f "$source/$dir/.ledger" ] || continue
	found=$((found + 1))
	mkdir -p "$T/$name"
	cp -r "$source/.xata" "$T/$name/"
	cd "$T/$name" || exit 1
	chmod -R u+w .
	run xata verify --json
	if jq -e '[.findings[].kind] | index("missing_file")' "$OUT" >/dev/null; then
		exits 1 "$name: is not intact, and verify says so"
		continue
	fi
	exits 0 "$name: verifies"
	format=$(jq -r .format "$OUT")
	if [ "$format" = pgroll ]; then
		database "c$found" --postgres
	else
		database "c$found"
	fi
	run xata push main --yes --json
	exits 0 "$name: pushed"
	out_json '.pushed' "$(wc -l <$dir/.ledger)" "$name: every record"
	round_trip "$name" "$format"
done
ok "there are ledgers in the corpus" test "$found" -gt 20
done_testing
