#!/bin/sh
# A disk that stays full, read-only or forbidden from some point on: the error is named, nothing is
# lost, and with room again the command works. t0720 to t0722 go through every point.
# The calls are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

XATA_FAULT_COUNT=$T/count xata version >/dev/null
[ -f "$T/count" ] || skip_all "needs a build with --enable-faults"
dir=.xata/migrations
start_xatad
database shop
project origin
add_table base
push_all
clone origin behind
cd ../origin || exit 1
add_table there1
add_table there2
push_all

for how in 1+:ENOSPC 4+:ENOSPC 8+:EDQUOT 12+:ENOSPC 16+:EROFS 1:EACCES; do
	cd "$T" && rm -rf round && clone behind round
	run env XATA_FAULT="$how" xata pull main
	exits 3 "$how is an error of the local project"
	err_has "xata: hint: " "with a hint"
	same_tree $dir ../behind/$dir "and the history is the old one"
	case $how in
	*ENOSPC | *EDQUOT) code=no_space ;;
	*) code=access ;;
	esac
	run env XATA_FAULT="$how" xata pull main --json
	out_json .error.code $code "it is named"
done
run xata pull main
exits 0 "with room again, pull works"
same_tree $dir ../origin/$dir "and has everything"

# A limit on the size of files ends a program with a signal, unless that asks for the error.
cd ../origin || exit 1
add "$(jq -nc '[range(200) | {addColumn: {table: "base", column: {name: "c\(.)", type: "string"}}}]')"
push_all
cd ../round || exit 1
run sh -c 'ulimit -f 8 && exec xata pull main'
exits 3 "a file that may not grow is an error of the local project"
err_has ": File too large" "with the reason"
err_has 'hint: Raise the limit on the size of files ("ulimit -f")' "and the remedy"
run xata pull main
exits 0 "without the limit, pull works"
same_tree $dir ../origin/$dir "and has everything"
run sh -c 'ulimit -f 8 && exec xatad init "$1"' sh "$T/small"
exits 3 "a database that may not grow is an error, too"
err_has ": File too large" "with the reason"
run xatad init "$T/small"
exits 0 "without the limit, it is made"
done_testing
