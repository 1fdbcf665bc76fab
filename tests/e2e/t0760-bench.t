#!/bin/sh
# The short form of the benchmark runs from end to end, and a pull without news costs what it should;
# in a build without sanitizers, whose time says something. The long form is bench/run itself: its
# bars are for a machine that has nothing else to do.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/proof.sh"
need python3 curl git
mkdir "$T/copy" && cp -r "$abs_top_srcdir/bench" "$T/copy/"
run "$T/copy/bench/run" --help
exits 0 "the help of bench/run is shown"
out_has --smoke "with its options"
is "$(ls "$T/copy")" bench "without building anything"
plain_programs
programs=$(dirname "$(command -v xata)")

# The bounds on time are generous, as the sizes are small and other tests run beside this one. The
# number of requests and their size are exact.
RUN_TIMEOUT=240 TMPDIR=$T
export RUN_TIMEOUT TMPDIR
run "$abs_top_srcdir/bench/run" --build "$programs" --smoke --markdown "$T/table"
exits 0 "bench/run --smoke reaches every bar"
for history in 10 1,000; do
	out_has "no-op pull, history of $history: requests " "requests of a no-op pull after $history"
done
is "$(grep -c ' 1 of at most 2 ' "$OUT")" 2 "are one each"
out_lacks MISSED "nothing was missed"
reading="xatad is read by many at once, next to a static file of nginx"
if ! command -v wrk >/dev/null; then
	skip "$reading" "wrk is not installed"
elif ! PATH=$PATH:/usr/sbin command -v nginx >/dev/null; then
	skip "$reading" "nginx is not installed"
else
	ok "$reading" grep -q '^xatad, 8 connections, .* of nginx, static .* requests/s' "$OUT"
	out_lacks skipped "nothing was skipped"
fi
is "$(grep -c '^| .* | ok |$' "$T/table")" "$(grep -c ' ok$' "$OUT")" "the table is written"
is "$(find "$T" -name 'xata-bench.*')" "" "nothing is left behind"

run "$abs_top_srcdir/bench/run" --build "$T/none" --smoke
ok "a build that is not there is an error" test "$status" -ne 0
run "$abs_top_srcdir/bench/make-history" "$T/x" v2 10
ok "so is a format that does not exist" test "$status" -ne 0
err_has usage: "which says what there is"
for form in v1 pgroll; do
	quietly "$abs_top_srcdir/bench/make-history" "$T/$form" $form 45
	cd "$T/$form" || exit 1
	run xata verify --strict
	exits 0 "the $form records that it makes verify"
	quietly "$abs_top_srcdir/bench/make-history" "$T/$form-side" $form 40
	quietly "$abs_top_srcdir/bench/make-history" "$T/$form-side" $form 65 40 other
	cd "$T/$form-side" || exit 1
	run xata verify --strict --json
	out_json '[.ok, .records]' '[true,65]' "so do those of a side"
	is "$(sort .xata/migrations/.ledger "$T/$form/.xata/migrations/.ledger" | uniq -d | wc -l)" 40 \
		"which has the first 40, and then others"
	quietly git init -q
	quietly git add -A
	quietly git -c user.name=a -c user.email=a@example.com commit -q -m side
	cd "$T/$form" || exit 1
	quietly git init -q
	quietly git add -A
	quietly git -c user.name=a -c user.email=a@example.com commit -q -m main
	quietly git fetch -q "$T/$form-side" HEAD
	run xata rebase --onto FETCH_HEAD --dry-run
	exits 0 "and gets on with the first"
done
done_testing
