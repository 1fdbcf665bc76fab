#!/bin/sh
# Eight pushers race on one branch: 2 seconds for each format, in the long form 10.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

seconds=2
[ "$LONG" = 0 ] || seconds=10
proof race.py "$seconds"
