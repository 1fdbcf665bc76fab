#!/bin/sh
# A disk that is full at every single change of a file: a clear error, nothing is lost, and with
# room again the command works.
# The calls are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/faults.sh"

walk ENOSPC diverged "$T/origin/$dir" pull --force main
stride=3
walk ENOSPC unsealed "$T/sealed/$dir" seal

# ---- a disk that stays full, and other ways to fail

from=behind to=$T/origin/$dir
for how in 1+:ENOSPC 4+:ENOSPC 8+:EDQUOT 12+:ENOSPC 16+:EROFS 1:EACCES; do
	cd "$T" && rm -rf round && clone behind round
	run env XATA_FAULT="$how" xata pull main
	exits 3 "$how is an error of the local project"
	err_has "xata: hint: " "with a hint"
	is "$(state)" old "and the history is the old one"
	case $how in
	*ENOSPC) code=no_space ;;
	*EDQUOT) code=no_space ;;
	*) code=access ;;
	esac
	run env XATA_FAULT="$how" xata pull main --json
	out_json .error.code $code "it is named"
done
run xata pull main
exits 0 "with room again, pull works"
is "$(state)" new "and has everything"
done_testing
