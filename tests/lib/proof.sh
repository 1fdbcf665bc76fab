# shellcheck shell=sh
# Runs the programs of tests/proof; sourced behind tap.sh.

need python3 jq

# instrumented NAME CONFIGURE-OPTION…: builds xatad anew, with these options, in long/NAME of the
# build, where the next run finds it; it comes first in PATH from now on.
instrumented() {
	tap_build=$abs_top_builddir/long/$1
	shift
	mkdir -p "$tap_build"
	if ! {
		cd "$tap_build" && {
			[ -f Makefile ] || "$abs_top_srcdir/configure" --disable-tests "$@"
		} && make -s -j2 xatad
	} >"$TAP_DIR/build.log" 2>&1 </dev/null; then
		diag "$(tail -n 20 "$TAP_DIR/build.log")"
		bail_out "no build with $*"
	fi
	cd "$T" || exit 1
	PATH=$tap_build:$PATH
}

# passes DESCRIPTION PROGRAM [ARGUMENT…]: a program of tests/proof as one result, in a directory of
# its own.
passes() {
	tap_passes=$1
	tap_program=$abs_top_srcdir/tests/proof/$2
	shift 2
	tap_room=$T/room$tap_count
	{ mkdir "$tap_room" && cd "$tap_room"; } || exit 1
	RUN_TIMEOUT=1800 run env -u TAP_HARNESS PYTHONDONTWRITEBYTECODE=1 python3 "$tap_program" "$@"
	sed -n '/^# /p;/^not ok/p' "$OUT" | sed 's/^/# /'
	exits 0 "$tap_passes"
	cd "$T" || exit 1
}

# proof PROGRAM [ARGUMENT…]: its result lines are those of the test, so it comes last and alone.
proof() {
	tap_program=$abs_top_srcdir/tests/proof/$1
	shift
	PYTHONDONTWRITEBYTECODE=1 python3 "$tap_program" "$@" </dev/null
}
