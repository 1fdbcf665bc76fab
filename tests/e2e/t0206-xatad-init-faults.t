#!/bin/sh
# xatad init at every point where the power may go or the disk may be full: it fails clearly, or
# has done its work, and the next init makes the directory whole.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need jq

XATA_FAULT_COUNT=$T/count xatad init counted >"$OUT" 2>"$ERR" || bail_out "init failed"
[ -s count ] || skip_all "needs a build with --enable-faults"
count=$(cat count)
ok "init changes files some times" test "$count" -ge 10

# whole DIRECTORY: whether it is an endpoint with its one key, after another init if need be.
whole() {
	xatad init "$1" >"$OUT" 2>"$ERR" || grep -q 'is not empty' "$ERR" || return 1
	[ "$(xatad key list "$1" --json 2>"$ERR" | jq '.keys | length')" = 1 ] &&
		[ ! -e "$1/init-unfinished" ] && [ -s "$1/certificate.pem" ]
}

bad=
for n in $(seq 1 "$count"); do
	rm -rf dir
	XATA_FAULT=$n:kill xatad init dir >"$OUT" 2>"$ERR"
	killed=$?
	[ "$killed" -eq 137 ] && whole dir && continue
	bad="$bad $n"
	show_run
done
is "$bad" "" "killed before any of them, the next init makes the directory whole"

bad=
for n in $(seq 1 "$count"); do
	rm -rf dir
	status=0
	XATA_FAULT=$n+:ENOSPC xatad init dir >"$OUT" 2>"$ERR" || status=$?
	[ "$status" -eq 3 ] && grep -q '^xatad: error: .*No space left' "$ERR" &&
		grep -q '^xatad: hint: ' "$ERR" && ! grep -q xata_ "$OUT" && whole dir && continue
	[ "$status" -eq 0 ] && whole dir && continue
	bad="$bad $n"
	show_run
done
is "$bad" "" "with a disk that fills up it says so, prints no key, and the next init works"
done_testing
