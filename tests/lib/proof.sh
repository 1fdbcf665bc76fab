# shellcheck shell=sh
# Runs the programs of tests/proof; sourced behind tap.sh.

need python3 jq

# proof PROGRAM [ARGUMENT…]: its result lines are those of the test, so it comes last and alone.
proof() {
	tap_program=$abs_top_srcdir/tests/proof/$1
	shift
	PYTHONDONTWRITEBYTECODE=1 python3 "$tap_program" "$@" </dev/null
}
