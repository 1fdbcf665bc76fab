#!/bin/sh
# Malformed HTTP, tricks with paths and headers, and everything oversized.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

proof tricks.py
