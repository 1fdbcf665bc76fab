# shellcheck shell=sh
# Runs the programs of tests/proof; sourced behind tap.sh.

need python3 jq

# another_build NAME PROGRAMS CONFIGURE-OPTION…: builds these programs anew, with these options, in
# other/NAME of the build, where whoever comes next finds them; they come first in PATH from now on.
# Tests that run at the same time wait for the first of them.
another_build() {
	tap_build=$abs_top_builddir/other/$1
	tap_programs=$2
	shift 2
	mkdir -p "$tap_build"
	# shellcheck disable=SC2016 # expanded by the inner shell
	if ! {
		cd "$tap_build" && flock lock sh -euc '
			programs=$1 configure=$2
			shift 2
			unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
			[ -f Makefile ] || "$configure" --disable-tests "$@"
			make -s -j2 $programs' build "$tap_programs" "$abs_top_srcdir/configure" \
			CC="$(sed -n 's/^CC = //p' "$abs_top_builddir/Makefile")" "$@"
	} >"$TAP_DIR/build.log" 2>&1 </dev/null; then
		diag "$(tail -n 20 "$TAP_DIR/build.log")"
		bail_out "no build with $*"
	fi
	cd "$T" || exit 1
	PATH=$tap_build:$PATH
}

# Whether the programs under test have sanitizers in them, which take time and memory of their own,
# and which strace and Valgrind cannot bear.
sanitized() {
	grep -q -e __asan_init -e __tsan_init "$abs_top_builddir/xata"
}

# Programs as they are released, but for the optimization, which would take the longest to build:
# those of this build, if it has no sanitizers, else ones that all tests share.
plain_programs() {
	! sanitized || another_build plain "xata xatad" CFLAGS=-O0
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
