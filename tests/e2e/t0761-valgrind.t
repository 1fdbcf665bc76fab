#!/bin/sh
# xatad in Valgrind under hostile clients: no error, no leak.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"

[ "$LONG" = 1 ] || skip_all "takes minutes: it is a part of make check-long"
need make gcc valgrind
another_build valgrind xatad CFLAGS="-g -O1"
nok "xatad has no sanitizer" grep -q -e __asan_init -e __tsan_init "$(command -v xatad)"

# Whatever Valgrind has to say fails the test; a leak is what nothing points to at the end.
PROOF_WRAP="valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible --log-file=$TAP_DIR/valgrind.%p"
export PROOF_WRAP
passes "keys" keys.py
passes "malformed HTTP" tricks.py
passes "strings and bombs" strings.py some
passes "crowds" crowd.py 2 200
passes "eight pushers on one branch" race.py 10
find "$TAP_DIR" -name 'valgrind.*' -size +0 -exec cat {} + >"$TAP_DIR/found"
is "$(head -n 40 "$TAP_DIR/found")" "" "Valgrind found nothing"
done_testing
