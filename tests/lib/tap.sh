# shellcheck shell=sh disable=SC2034 # variables are read by the tests that source this
# What every end-to-end test sources: a fresh directory, a clean environment, TAP, servers that are
# stopped whatever happens.
#
#	#!/bin/sh
#	. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
#
#	start_xatad
#	run xata status --json
#	exits 0 "status works without a remote head"
#	out_has '"ahead"' "and counts what is ahead"
#	done_testing
#
# The test starts in an empty directory, which is $PWD, $T and the parent of $HOME. The programs
# under test come first in PATH. With KEEP=1 the directory stays, and its name is printed.

set -u
unset CDPATH

abs_top_srcdir=$(cd "${abs_top_srcdir:-$(dirname "$0")/../..}" && pwd -P) || exit 1
abs_top_builddir=$(cd "${abs_top_builddir:-$abs_top_srcdir/build}" && pwd -P) || {
	echo "Bail out! there is no build in $abs_top_srcdir/build, and abs_top_builddir is not set"
	exit 1
}
DATA=$abs_top_srcdir/tests/data
CORPUS=${XATA_CORPUS:-$abs_top_srcdir/../shared/corpus}
LONG=${XATA_LONG:-0} # 1 under "make check-long"

# ---- TAP

tap_count=0
tap_failed=0

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# tap_point OK DESCRIPTION: one result line.
tap_point() {
	tap_count=$((tap_count + 1))
	if [ "$1" = ok ]; then
		printf 'ok %d - %s\n' "$tap_count" "$2"
	else
		tap_failed=$((tap_failed + 1))
		printf 'not ok %d - %s\n' "$tap_count" "$2"
		return 1
	fi
}

# ok DESCRIPTION COMMAND…: passes when the command does.
ok() {
	tap_what=$1
	shift
	if "$@"; then tap_point ok "$tap_what"; else
		tap_point 'not ok' "$tap_what"
		diag "failed: $*"
		return 1
	fi
}

# nok DESCRIPTION COMMAND…: passes when the command fails.
nok() {
	tap_what=$1
	shift
	if ! "$@"; then tap_point ok "$tap_what"; else
		tap_point 'not ok' "$tap_what"
		diag "succeeded: $*"
		return 1
	fi
}

# is GOT WANTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then tap_point ok "$3"; else
		tap_point 'not ok' "$3"
		diag "got:    $1"
		diag "wanted: $2"
		return 1
	fi
}

# skip DESCRIPTION REASON: one test that this machine cannot run.
skip() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# skip_all REASON: the whole file; before the first result.
skip_all() {
	printf '1..0 # SKIP %s\n' "$*"
	exit 0
}

# Last line of every test; a test that stops before it is an error. "make check" counts the result
# lines, and would count a status as one failure more.
done_testing() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] || [ -n "${TAP_HARNESS:-}" ]
}

# For a failure after which nothing else makes sense.
bail_out() {
	printf 'Bail out! %s\n' "$*"
	exit 1
}

# ---- running the program under test

status=0

# run COMMAND…: within 60 seconds (RUN_TIMEOUT), without input, or with the file $RUN_INPUT. Leaves
# $status, and what it printed in the files $OUT and $ERR.
run() {
	last_run=$*
	status=0
	timeout -k 5 "${RUN_TIMEOUT:-60}" "$@" <"${RUN_INPUT:-/dev/null}" >"$OUT" 2>"$ERR" || status=$?
}

show_run() {
	diag "command: $last_run"
	diag "status:  $status"
	sed -n '1,60s/^/# stdout: /p' "$OUT"
	sed -n '1,60s/^/# stderr: /p' "$ERR"
}

# exits STATUS DESCRIPTION: how the last run ended.
exits() {
	if [ "$status" -eq "$1" ]; then tap_point ok "$2"; else
		tap_point 'not ok' "$2"
		diag "wanted:  status $1"
		show_run
		return 1
	fi
}

# expect STATUS DESCRIPTION COMMAND…: run and exits in one.
expect() {
	tap_wanted=$1
	tap_named=$2
	shift 2
	run "$@"
	exits "$tap_wanted" "$tap_named"
}

# tap_search FILE has|lacks TEXT DESCRIPTION
tap_search() {
	if grep -qF -e "$3" "$1"; then tap_found=has; else tap_found=lacks; fi
	if [ "$tap_found" = "$2" ]; then tap_point ok "$4"; else
		tap_point 'not ok' "$4"
		diag "text:    $3"
		show_run
		return 1
	fi
}

# out_has TEXT DESCRIPTION, and its relatives: fixed strings in what the last run printed.
out_has() { tap_search "$OUT" has "$@"; }
out_lacks() { tap_search "$OUT" lacks "$@"; }
err_has() { tap_search "$ERR" has "$@"; }
err_lacks() { tap_search "$ERR" lacks "$@"; }

# out_is TEXT DESCRIPTION: the whole output, without the newlines at its end.
out_is() {
	if [ "$(cat "$OUT")" = "$1" ]; then tap_point ok "$2"; else
		tap_point 'not ok' "$2"
		diag "wanted:  $1"
		show_run
		return 1
	fi
}

# out_json FILTER WANTED DESCRIPTION: the output is one JSON document in which the jq filter gives
# this (compact; strings without quotes).
out_json() {
	tap_got=$(jq -rc "$1" "$OUT" 2>&1)
	if [ "$tap_got" = "$2" ]; then tap_point ok "$3"; else
		tap_point 'not ok' "$3"
		diag "filter:  $1"
		diag "wanted:  $2"
		diag "got:     $tap_got"
		show_run
		return 1
	fi
}

# same_file GOT WANTED DESCRIPTION: byte for byte.
same_file() {
	if cmp -s "$1" "$2"; then tap_point ok "$3"; else
		tap_point 'not ok' "$3"
		diff -u "$2" "$1" 2>&1 | sed -n '1,60s/^/# /p'
		return 1
	fi
}

# same_tree GOT WANTED DESCRIPTION: two directories with the same files and bytes.
same_tree() {
	if diff -r "$2" "$1" >"$TAP_DIR/diff" 2>&1; then tap_point ok "$3"; else
		tap_point 'not ok' "$3"
		sed -n '1,60s/^/# /p' "$TAP_DIR/diff"
		return 1
	fi
}

# ---- xatad

xatad_pids=

# start_xatad [ARGUMENT…]: a branch endpoint over HTTPS on a free port of loopback; the arguments
# go to "xatad serve". The data directory is $XATAD_DIR ($T/endpoint unless set before); when it
# exists already it is served again, so stop_xatad and start_xatad make a restart. Exports URL,
# XATA_API_KEY (the admin key) and SSL_CERT_FILE; leaves XATAD_PID and XATAD_LOG.
start_xatad() {
	XATAD_DIR=${XATAD_DIR:-$T/endpoint}
	if [ ! -d "$XATAD_DIR" ]; then
		xatad init "$XATAD_DIR" --json >"$XATAD_DIR.json" 2>"$TAP_DIR/init.err" </dev/null || {
			diag "$(cat "$TAP_DIR/init.err")"
			bail_out "xatad init failed"
		}
	fi
	XATA_API_KEY=$(jq -r .key "$XATAD_DIR.json")
	SSL_CERT_FILE=$(jq -r .certificate "$XATAD_DIR.json")
	XATAD_LOG=$XATAD_DIR.log
	rm -f "$XATAD_DIR.ready"
	xatad serve "$XATAD_DIR" --listen 127.0.0.1:0 --ready-file "$XATAD_DIR.ready" "$@" \
		>>"$XATAD_LOG" 2>&1 </dev/null &
	XATAD_PID=$!
	xatad_pids="$xatad_pids $XATAD_PID"
	wait_for "xatad is ready" test -s "$XATAD_DIR.ready"
	URL=$(cat "$XATAD_DIR.ready")
	export URL XATA_API_KEY SSL_CERT_FILE
}

# wait_for WHAT COMMAND…: until the command passes, at most 600 times, a tenth of a second apart.
wait_for() {
	tap_waiting=$1
	shift
	tap_tries=600
	until "$@"; do
		tap_tries=$((tap_tries - 1))
		if [ "$tap_tries" -eq 0 ]; then
			for tap_said in "$OUT" "$ERR" "${XATAD_LOG:-}"; do
				[ ! -f "$tap_said" ] || diag "$(tail -n 20 "$tap_said")"
			done
			bail_out "waited too long: $tap_waiting"
		fi
		sleep 0.1
	done
}

# stop_xatad [PID]: as a service manager would; leaves $xatad_status (137 when it had to be killed).
stop_xatad() {
	tap_pid=${1:-$XATAD_PID}
	kill -TERM "$tap_pid" 2>/dev/null
	tap_reap "$tap_pid"
}

# kill_xatad [PID]: as a power loss would.
kill_xatad() {
	tap_pid=${1:-$XATAD_PID}
	kill -KILL "$tap_pid" 2>/dev/null
	tap_reap "$tap_pid"
}

# Whether a child runs: neither gone nor waiting for its parent to ask.
tap_runs() {
	tap_state=
	{ read -r tap_pid_ tap_name_ tap_state tap_rest_ <"/proc/$1/stat"; } 2>/dev/null
	case $tap_state in '' | Z) return 1 ;; esac
}

# Waits for a child, at most 15 seconds after its signal.
tap_reap() {
	tap_tries=300
	while tap_runs "$1" && [ "$tap_tries" -gt 0 ]; do
		tap_tries=$((tap_tries - 1))
		sleep 0.05
	done
	kill -KILL "$1" 2>/dev/null
	xatad_status=0
	wait "$1" 2>/dev/null || xatad_status=$?
	tap_left=
	for tap_other in $xatad_pids; do
		[ "$tap_other" = "$1" ] || tap_left="$tap_left $tap_other"
	done
	xatad_pids=$tap_left
}

# api METHOD PATH [BODY]: one request to the endpoint with the key in XATA_API_KEY. Leaves the
# status in $http (000: no answer), the body in $OUT, the headers in $HEADERS.
api() {
	last_run="api $*"
	status=0
	http=$(curl -sS -X "$1" --max-time 20 -o "$OUT" -D "$HEADERS" -w '%{http_code}' \
		-H "Authorization: Bearer $XATA_API_KEY" -H 'Content-Type: application/json' \
		${3+--data-binary "$3"} "$URL$2" 2>"$ERR") || status=$?
}

# answers STATUS DESCRIPTION: how the last api ended.
answers() {
	if [ "$http" = "$1" ]; then tap_point ok "$2"; else
		tap_point 'not ok' "$2"
		diag "wanted:  $1"
		diag "got:     $http"
		show_run
		return 1
	fi
}

# ---- what a test may need

# need COMMAND…: skips the whole file when this machine lacks one of them.
need() {
	for tap_command; do
		command -v "$tap_command" >/dev/null 2>&1 || skip_all "needs $tap_command"
	done
}

need_corpus() {
	[ -d "$CORPUS" ] || skip_all "needs the corpus of real ledgers in $CORPUS"
}

# A project of its own: git_init DIRECTORY
git_init() {
	git init -q -b main "$1"
}

# ---- the fresh directory and the clean environment

tap_cleanup() {
	tap_exit=$?
	trap - EXIT
	for tap_other in $xatad_pids; do
		stop_xatad "$tap_other"
	done
	for tap_report in "$TAP_DIR"/sanitizer.*; do
		[ -f "$tap_report" ] || continue
		diag "$(head -n 60 "$tap_report")"
		tap_exit=1
	done
	cd / || exit 1
	if [ "${KEEP:-0}" = 1 ]; then
		diag "kept: $TAP_DIR"
	else
		chmod -R u+rwX "$TAP_DIR" 2>/dev/null
		rm -rf "$TAP_DIR"
	fi
	exit "$tap_exit"
}

TAP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/xata-e2e.XXXXXX") || exit 1
trap tap_cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
TAP_DIR=$(cd "$TAP_DIR" && pwd -P)
T=$TAP_DIR/test
OUT=$TAP_DIR/stdout
ERR=$TAP_DIR/stderr
HEADERS=$TAP_DIR/headers
http=000
HOME=$T/home
mkdir -p "$HOME"
: >"$OUT"
: >"$ERR"
: >"$HEADERS"

for tap_name in $(env | sed -n 's/^\(XATA[A-Z]*_[A-Z0-9_]*\|GIT_[A-Z_]*\|XDG_[A-Z_]*\)=.*/\1/p'); do
	unset "$tap_name"
done
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY \
	SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE CI NO_COLOR PAGER EDITOR VISUAL URL XATAD_DIR
LC_ALL=C
TZ=UTC
TERM=dumb
GIT_CONFIG_GLOBAL=$TAP_DIR/gitconfig
# Or each commit starts another git, to see whether anything is to be tidied.
printf '[maintenance]\n\tauto = false\n' >"$GIT_CONFIG_GLOBAL"
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME=Tester GIT_AUTHOR_EMAIL=tester@example.com
GIT_COMMITTER_NAME=Tester GIT_COMMITTER_EMAIL=tester@example.com
PATH=$abs_top_builddir:$PATH
# That of this source tree, wherever the build is and whatever is installed.
XATA_TEMPLATE_DIR=$abs_top_srcdir/.xata-template
# A report of a sanitizer fails the test, whatever became of the output of the program it is about.
ASAN_OPTIONS=exitcode=99:log_path=$TAP_DIR/sanitizer
UBSAN_OPTIONS=print_stacktrace=1:exitcode=99:log_path=$TAP_DIR/sanitizer
LSAN_OPTIONS=exitcode=99
export HOME LC_ALL TZ TERM PATH XATA_TEMPLATE_DIR GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME \
	GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS
umask 022
cd "$T" || exit 1
