#!/bin/sh
# The same as t0720 with the kernel as witness, in programs without the fault code and without
# sanitizers: strace finds every system call that changes a file, stops the program at it or lets it
# fail, and sees that each step is durable before the next. base/fault.h sees the same calls.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

need strace
plain_programs
! sanitized || PROOF_FAULTS=$abs_top_builddir/xata
export PROOF_FAULTS
form=
[ "$LONG" = 0 ] || form=--long
# shellcheck disable=SC2086 # an option or nothing
proof crash.py strace $form
