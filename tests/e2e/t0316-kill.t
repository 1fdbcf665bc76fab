#!/bin/sh
# Killed at every single change of a file: the history is the old one or the new one, the next
# command goes on by itself, and no stray file is left.
# The calls are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/faults.sh"

walk kill behind "$T/origin/$dir" pull main
walk kill diverged "$T/origin/$dir" pull --force main
walk kill behind one-more new "$T/operations"
stride=3 # the same steps again, from other states
walk kill empty "$T/origin/$dir" pull main
walk kill unsealed "$T/sealed/$dir" seal

# ---- push changes nothing here; killed anywhere, running it again ends well

cd "$T/ahead" || exit 1
add_table pushed
n=0
ended=137
while [ "$ended" -eq 137 ]; do
	n=$((n + 1))
	quietly xata dbs delete shop --yes
	database shop
	rm -rf .xata/.state
	ended=0
	XATA_FAULT=$n:kill xata push --yes main >/dev/null 2>&1 </dev/null || ended=$?
	run xata push --yes main
	exits 0 "push killed at its change $n: again it works"
	run xata status main --json
	out_json .relation up_to_date "and all is there"
done
is "$ended" 0 "at last it is not reached any more"
ok "after some changes" test "$n" -gt 3
done_testing
