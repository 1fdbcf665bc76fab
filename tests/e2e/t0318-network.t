#!/bin/sh
# The network between: certificates, redirects, slow and broken endpoints, time-outs, verbose output;
# and the key, which nothing ever shows.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
need python3

start_xatad
database shop
project shop
add_table users
cp -r .xata/migrations "$T/before"

# ---- certificates

run env -u SSL_CERT_FILE xata pull main
exits 5 "an unknown certificate is refused"
err_has "--cacert" "with a hint"
run env -u SSL_CERT_FILE xata pull main --cacert "$SSL_CERT_FILE"
exits 0 "--cacert names it"
run xata pull main --cacert "$T/absent.pem"
exits 3 "a file of certificates that is not there is an error"
err_has absent.pem "that names it"
run xata pull main --db "$(echo "$URL" | sed 's/localhost/127.0.0.1/')/db/shop"
exits 0 "the certificate is good for 127.0.0.1, too"
run xata pull main --db "http://example.com/db/shop"
exits 6 "plain http is for this machine only"

# ---- the library for it

mkdir "$T/lib"
echo "no library" >"$T/lib/libcurl.so.4"
run env LD_LIBRARY_PATH="$T/lib" xata verify
exits 0 "what needs no network does not need libcurl"
run env LD_LIBRARY_PATH="$T/lib" xata pull main
exits 3 "the rest does"
err_has "could not load libcurl: " "and says so"
err_has "Install libcurl 7." "with what to do"

# ---- what the user sees, and what not

run xata push main --yes --verbose
exits 0 "--verbose works"
err_has "POST " "and shows each request"
err_has "/db/shop:main/schema/push" "with its path"
err_has " ms" "and its time"
for file in "$OUT" "$ERR" "$XATAD_LOG"; do
	nok "the key is not in $(basename "$file")" grep -qF "$XATA_API_KEY" "$file"
done
run env XATA_API_KEY="xata_secret with space" xata pull main
exits 3 "a key with a space cannot be one"
err_lacks secret "and is not shown"

# ---- endpoints that misbehave: tests/lib/bad_endpoint.py answers all alike

# endpoint KIND: leaves $BAD, its URL.
endpoint() {
	rm -f "$T/bad.url"
	python3 "$abs_top_srcdir/tests/lib/bad_endpoint.py" "$1" "$T/bad.url" "$T/bad.log" &
	bad_pid=$!
	xatad_pids="$xatad_pids $bad_pid"
	wait_for "the endpoint answers" test -s "$T/bad.url"
	BAD=$(cat "$T/bad.url")
}

gone() {
	kill "$bad_pid"
	wait "$bad_pid" 2>/dev/null
}

# answers KIND STATUS TEXT DESCRIPTION [SECONDS]
answers() {
	endpoint "$1"
	run xata pull main --db "$BAD/db/shop" --timeout "${5:-20}"
	exits "$2" "$4"
	err_has "$3" "which the message tells"
	nok "without the key" grep -qF "$XATA_API_KEY" "$OUT" "$ERR"
	gone
}

answers html 7 "not JSON" "an HTML page instead of JSON"
answers empty 7 "" "an empty answer"
answers redirect 7 "127.0.0.1" "a redirect"
is "$(grep -c '^GET /elsewhere' "$T/bad.log")" 0 "nobody follows it"
answers silent 5 "" "an endpoint that never answers" 2
answers drop 5 "" "a connection that breaks"
answers unavailable 7 "503" "an endpoint that is down for ever"
answers deep 7 "" "JSON that is too deep"
answers huge 7 "" "an answer without end"
answers terminal 7 "" "an error with control characters"
nok "they do not reach the terminal" grep -q "$(printf '\033')" "$OUT" "$ERR"

endpoint busy
run xata pull main --db "$BAD/db/shop" --timeout 20
exits 0 "an endpoint that is busy twice is asked again"
err_has "trying again" "and that is said"
gone
same_tree .xata/migrations "$T/before" "none of them changed anything here"
done_testing
