#!/bin/sh
# The closing line of "./bootstrap check" and its exit status: every result is in it, and nothing
# that broke down on the way counts as passed. make, configure and the linters are fakes.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

mkdir -p clone/build-aux clone/src clone/tests clone/man clone/dist clone/tools/lint bin
cp "$abs_top_srcdir/bootstrap" clone/

# script FILE LINE…
script() {
	to=$1
	shift
	printf '#!/bin/sh\n' >"$to"
	printf '%s\n' "$@" >>"$to"
	chmod +x "$to"
}

# tests STATUS: what "make check" leaves, from the file results (as automake prints them).
tests() {
	script bin/make "case \"\$*\" in *' check') ;; *) exit \${BUILD_STATUS:-0} ;; esac" \
		"cat '$T/results'; mkdir -p '$T/clone/build/check/tests'" \
		"sed -n 's/^\\([A-Z]*\\): .*/:test-result: \\1/p' '$T/results' >'$T/clone/build/check/tests/a.trs'" \
		"exit $1"
}

# linters LINE…
linters() {
	printf '%s\n' "$@" >lint-results
	script clone/tools/lint/all "cat '$T/lint-results'"
}

check() {
	run env PATH="$T/bin:$PATH" BOOTSTRAP_NO_DEPS=1 "$@" clone/bootstrap check
}

last_line() {
	is "$(tail -n 1 "$OUT")" "$1" "$2"
}

script bin/autoreconf "printf '#!/bin/sh\n: >Makefile\n' >configure; chmod +x configure"
script bin/automake
script bin/pkg-config

printf 'PASS: tests/a 1 - one\nPASS: tests/a 2 - two\n' >results
tests 0
linters 'ok 1 - sizes' 'ok 2 - layers' '1..2'
check
exits 0 "when everything passes, check does"
last_line "4 passed, 0 failed, 0 skipped" "and sums up tests and linters"

printf 'PASS: tests/a 1 - one\nSKIP: tests/a 2 - npm # SKIP no npm here\n' >results
linters 'ok 1 - sizes' 'ok 2 - mandoc # SKIP mandoc is not installed' '1..2'
check
exits 0 "what is skipped is not failed"
last_line "2 passed, 0 failed, 2 skipped" "but counted"
out_has "skipped: tests/a 2 - npm # SKIP no npm here" "and named, with its reason"
out_has "skipped: lint: mandoc # SKIP mandoc is not installed" "as are linters"

printf 'PASS: tests/a 1 - one\nFAIL: tests/a 2 - two\nERROR: tests/b - exited\n' >results
tests 2
linters 'ok 1 - sizes' 'not ok 2 - layers' '# a finding' '1..2'
check
exits 1 "a failed test fails the check"
last_line "2 passed, 3 failed, 0 skipped" "errors and linters count as failures"
out_has "failed: tests/a 2 - two" "the failed test is named"
out_has "failed: tests/b - exited" "the error too"
out_has "failed: lint: layers" "and the linter"
out_has "# a finding" "with what it found"

printf 'PASS: tests/a 1 - one\nundefined reference to f\n' >results
linters 'ok 1 - sizes' '1..1'
check
exits 1 "a test that does not build fails the check"
last_line "2 passed, 1 failed, 0 skipped" "as one failure"
out_has "undefined reference to f" "and the end of the log is shown"

printf 'PASS: tests/a 1 - one\n' >results
tests 0
linters 'ok 1 - sizes'
check
exits 1 "linters that stop half way fail the check"
last_line "2 passed, 1 failed, 0 skipped" "as one failure"

check env BUILD_STATUS=2
exits 1 "a program that does not build fails the check"
last_line "0 passed, 1 failed, 0 skipped" "which still ends with its line"
out_has "failed: the build" "and says what it was"

script bin/autoreconf "printf '#!/bin/sh\necho configure: error: no libgit2 >&2\nexit 1\n' >configure; chmod +x configure"
rm -r clone/build clone/configure
check
exits 1 "a missing library fails the check"
last_line "0 passed, 1 failed, 0 skipped" "which still ends with its line"
err_has "configure: error: no libgit2" "and names the library"
done_testing
