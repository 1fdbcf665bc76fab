#!/bin/sh
# Programs that break one promise each, in a copy of the source: the test of that promise fails.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

[ "$LONG" = 1 ] || skip_all "takes minutes: it is a part of make check-long"
need make gcc strace
proof mutants.py
