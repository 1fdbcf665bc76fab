#!/bin/sh
# Both programs start, say their version, and refuse what they do not know.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

version=$(sed -n 's/^AC_INIT(\[xata\], \[\(.*\)\])$/\1/p' "$abs_top_srcdir/configure.ac")

for program in xata xatad; do
	run "$program" version
	exits 0 "$program version works"
	out_is "$program $version" "and prints one line"
	is "$(cat "$ERR")" "" "and nothing on stderr"

	run "$program" --version
	exits 0 "$program --version works"
	out_is "$program $version" "and prints the same"

	run "$program" --help
	exits 0 "$program --help works"
	out_has "$program" "and explains the program on stdout"
	is "$(cat "$ERR")" "" "and leaves stderr alone"

	run "$program" frobnicate
	exits 2 "$program with an unknown command is a usage error"
	is "$(cat "$OUT")" "" "which prints nothing on stdout"
	err_has "$program: error: " "says what is wrong"
	err_has "frobnicate" "and names the command"

	run "$program" version --frobnicate
	exits 2 "$program version with an unknown option is a usage error"
	err_has "$program: error: " "which says what is wrong"
	err_has "frobnicate" "and names the option"
done

# A full disk, as far as the output is concerned, must not look like success.
if [ -w /dev/full ]; then
	for program in xata xatad; do
		nok "$program version fails when its output cannot be written" \
			sh -c "$program version >/dev/full 2>/dev/null"
	done
else
	skip "output that cannot be written" "there is no /dev/full"
fi
done_testing
