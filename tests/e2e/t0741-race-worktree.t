#!/bin/sh
# Eight commands at once in one working tree: 3 seconds in each of two games, in the long form 10.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

seconds=3
[ "$LONG" = 0 ] || seconds=10
proof worktree.py "$seconds"
