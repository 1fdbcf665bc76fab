#!/bin/sh
# xatad under the thread sanitizer, with races, crowds, kills and a working tree; a report of the
# sanitizer fails the test. libmicrohttpd, GnuTLS and SQLite are not instrumented, and yet nothing
# of theirs had to be suppressed.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

[ "$LONG" = 1 ] || skip_all "takes minutes: it is a part of make check-long"
need make gcc
TSAN_OPTIONS=exitcode=66:second_deadlock_stack=1:log_path=$TAP_DIR/sanitizer
export TSAN_OPTIONS
another_build tsan xatad --enable-tsan CFLAGS="-g -O1"
ok "xatad is instrumented" grep -q __tsan_init "$(command -v xatad)"

passes "eight pushers on one branch" race.py 10
passes "eight commands in one tree" worktree.py 5
passes "crowds" crowd.py 2 400
passes "kills" kill.py 10
passes "keys" keys.py
done_testing
