#!/bin/sh
# SQL and worse in every string of every request, and bodies that are bombs.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

texts=some
[ "$LONG" = 0 ] || texts=all
proof strings.py "$texts"
