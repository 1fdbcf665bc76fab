#!/bin/sh
# The demonstration runs to its end, tells what it does, leaves nothing behind, and fails loudly
# when a program does not do what is told.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need git jq

demo=$abs_top_srcdir/tools/demo
mkdir "$T/tmp"
TMPDIR=$T/tmp
export TMPDIR

# leaves_nothing DESCRIPTION: no temporary directory, and no endpoint that still has one.
leaves_nothing() {
	is "$(ls "$T/tmp")" "" "$1: its directory is gone"
	# The text comes from a file, so that grep does not find itself.
	echo "$T/tmp/" >"$T/running"
	is "$(grep -lFf "$T/running" /proc/[0-9]*/cmdline 2>/dev/null)" "" "and its endpoint has stopped"
}

# What the caller has in the environment is not used.
# shellcheck disable=SC2034 # for run
RUN_TIMEOUT=240
expect 0 "the demonstration works" env XATA_API_KEY=wrong XATA_DATABASE_URL=https://localhost:1/db/x \
	XATA_BRANCH=other https_proxy=http://localhost:1 "$demo" "$abs_top_builddir"
is "$(cat "$ERR")" "" "without a word on stderr"
for text in 'ann$ xata push main' 'Pushed 40 migrations to branch "main".' \
	'ben$ xata pull main' 'Pulled 40 migrations from branch "main".' 'Up to date.' \
	'Only on the branch (1):' '[exit status 4]' 'verification failed: 1 finding' \
	'Pushed 16 migrations' 'Migration completed' 'all as told'; do
	out_has "$text" "it shows: $text"
done
out_lacks "xata_" "no key is shown"
leaves_nothing "at its end"

# A program that is not what is told.
mkdir broken
cp "$abs_top_builddir/xatad" broken/
cat >broken/xata <<SCRIPT
#!/bin/sh
[ "\$1" != verify ] || { echo "40 records verified"; exit 0; }
exec "$abs_top_builddir/xata" "\$@"
SCRIPT
chmod +x broken/xata
expect 1 "a verify that never finds anything fails the demonstration" "$demo" broken
err_has "demo: FAILED: exit status 0 instead of 1" "which says what was wrong"
err_has "the last command was: xata verify" "and where"
leaves_nothing "after a failure"

expect 1 "a build without the programs is refused" "$demo" "$T/home"
err_has "xata is missing" "by name"
expect 1 "so is a folder that is not there" "$demo" "$T/nowhere"
err_has "nowhere" "by name"

# under_way: the demonstration shows its first commands. One that has ended never will.
under_way() {
	kill -0 "$running" 2>/dev/null || {
		diag "$(cat "$OUT" "$ERR")"
		bail_out "the demonstration ended before it was stopped"
	}
	grep -q 'ann\$ xata' "$OUT"
}

# Ctrl-C, or a terminal that goes away.
for signal in INT TERM HUP; do
	# Emptied here, so that the last demonstration's output is not taken for this one's.
	: >"$OUT"
	# A shell starts what is in the background with SIGINT ignored, which could not be trapped.
	env --default-signal=INT "$demo" "$abs_top_builddir" >"$OUT" 2>"$ERR" </dev/null &
	running=$!
	wait_for "the demonstration is under way" under_way
	kill "-$signal" "$running"
	status=0
	wait "$running" || status=$?
	ok "SIG$signal stops it" [ "$status" -ge 128 ]
	out_lacks "all as told" "before its end"
	leaves_nothing "after SIG$signal"
done
done_testing
