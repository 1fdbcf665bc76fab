#!/bin/sh
# xatad killed at random under a stream of pushes: 10 times, in the long form 100 times.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

rounds=10
[ "$LONG" = 0 ] || rounds=100
proof kill.py "$rounds"
