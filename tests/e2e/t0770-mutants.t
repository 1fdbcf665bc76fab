#!/bin/sh
# Programs that break one promise each, in a copy of the source: the test of that promise fails.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

# A program that is as it was proves nothing: the lines to break stand where they are looked for.
if [ "$LONG" = 0 ]; then
	proof mutants.py --texts
	exit
fi
need make gcc strace
proof mutants.py
