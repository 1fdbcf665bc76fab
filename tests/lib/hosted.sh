# shellcheck shell=sh disable=SC2034 # variables are read by the tests that source this
# A service that behaves as the hosted one, for tests of the client; sourced behind project.sh.

HOSTED_LOG=$T/hosted.log
dir=.xata/migrations

# start_hosted: exports URL and XATA_API_KEY; it stops with the test.
start_hosted() {
	: >"$HOSTED_LOG"
	python3 "$abs_top_srcdir/tests/lib/hosted_fake.py" "$T/hosted.url" "$HOSTED_LOG" \
		>"$T/hosted.out" 2>&1 </dev/null &
	xatad_pids="$xatad_pids $!"
	XATAD_LOG=$T/hosted.out
	wait_for "the hosted service is ready" test -s "$T/hosted.url"
	URL=$(cat "$T/hosted.url")
	XATA_API_KEY=xau_hosted
	export URL XATA_API_KEY
}

# fake WHAT DOCUMENT: see hosted_fake.py.
fake() {
	curl -sS -f --max-time 20 -X PUT "$URL/_fake/$1" --data-binary "$2" >"$TAP_DIR/fake" 2>&1 ||
		bail_out "the hosted service does not do as it should: $(cat "$TAP_DIR/fake")"
}

# hosted NAME FORMAT [LEDGER]: a database with the records of that directory in its branch main;
# from now on commands are about it.
hosted() {
	use_database "$1"
	hosted_name=$1
	case $2 in v1) tap_pgroll=false ;; *) tap_pgroll=true ;; esac
	fake branch "{\"db\":\"$1\",\"branch\":\"main\",\"pgroll\":$tap_pgroll${3:+,\"ledger\":\"$3\"}}"
}

# behave DOCUMENT: from now on; behave alone: as it should.
behave() { fake behave "${1:-"{}"}"; }

# there [FILTER]: what the branch has, oldest first, through jq.
there() {
	curl -sS -f --max-time 20 "$URL/_fake/records?db=$hosted_name&branch=main" | jq -c "${1:-.}"
}

# change FILTER: rewrites what the branch has.
change() {
	fake records "$(there "$1" | jq -c --arg db "$hosted_name" '{db: $db, branch: "main", records: .}')"
}

# asked [FILTER]: requests since the last forget, one line each, through jq.
asked() { jq -c "${1:-.}" "$HOSTED_LOG"; }
forget() { : >"$HOSTED_LOG"; }
