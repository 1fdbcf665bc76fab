#!/bin/sh
# A file system that is really full, of bytes or of files, to different degrees: a clear error and
# nothing lost, and with room again the next command works.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

form=
[ "$LONG" = 0 ] || form=--long
# shellcheck disable=SC2086 # an option or nothing
proof crash.py disk $form
