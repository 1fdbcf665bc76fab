#!/bin/sh
# Two clones work on branches for 200 random steps, in the long form 2,000; "replay.py STEPS SEED"
# takes the same steps again.
# The steps are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

steps=200
[ "$LONG" = 0 ] || steps=2000
proof replay.py "$steps"
