#!/bin/sh
# Bad, foreign and low keys on every route of the server's own table.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

proof keys.py
