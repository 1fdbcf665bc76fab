#!/bin/sh
# tests/lib/unit-run: what it makes of the output of cmocka programs, so that no failure gets lost.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
unit_run=$abs_top_srcdir/tests/lib/unit-run

# program STATUS LINE…: prints the lines, then exits.
program() {
	end=$1
	shift
	{
		echo '#!/bin/sh'
		printf 'echo "%s"\n' "$@"
		echo "exit $end"
	} >program
	chmod +x program
	run sh "$unit_run" ./program
}

# shellcheck disable=SC2016 # expanded by the program
program 0 '1..1' 'ok 1 - mode is $CMOCKA_MESSAGE_OUTPUT'
exits 0 "a program that passes passes"
out_has "mode is TAP" "and is asked for TAP"

program 1 '1..2' '# skip: no corpus' 'not ok 1 # SKIP it_reads_the_corpus' 'not ok 2 - it_fails'
out_has "ok 1 - it_reads_the_corpus # SKIP no corpus" "a skipped test is no failure, and says why"
out_lacks "not ok 1" "in its only result line"
out_has "not ok 2 - it_fails" "a failed test stays failed"
exits 0 "and is not counted a second time by the status"

program 99 '1..1' 'ok 1 - it_leaks'
exits 99 "a sanitizer's status is passed on"
program 3 '1..2' 'not ok 1 - it_fails'
exits 3 "as is any other that does not count the failures"

printf '#!/bin/sh\necho 1..2\necho ok 1 - quick\nsleep 20\n' >program
run env UNIT_TIMEOUT=1 sh "$unit_run" ./program
exits 124 "a program that hangs is stopped"
out_has "ok 1 - quick" "what it had done is shown"
out_has "Bail out! not done within 1 seconds" "and why it stopped"

done_testing
