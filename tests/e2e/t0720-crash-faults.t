#!/bin/sh
# The client killed before each of its changes of a file, and each of them failing: the history is
# the old one or the new one, nothing lies about, and the next command needs no help.
# The calls are what counts, not how long a disk takes for them.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

form=
[ "$LONG" = 0 ] || form=--long
# shellcheck disable=SC2086 # an option or nothing
proof crash.py faults $form
