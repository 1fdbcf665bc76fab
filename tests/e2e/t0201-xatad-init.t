#!/bin/sh
# xatad init makes a data directory whole, or leaves one that the next init makes whole.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need jq

# ---- what it makes

run xatad init endpoint
exits 0 "init works"
out_has "$T/endpoint/certificate.pem" "and prints where the certificate is"
is "$(grep -c 'xata_[0-9A-Za-z]\{40\}$' "$OUT")" 1 "and one key"
is "$(stat -c %a endpoint)" 700 "the directory is its owner's alone"
for file in certificate.key xatad.db; do
	is "$(stat -c %a endpoint/$file)" 600 "so is $file"
done
is "$(find endpoint -type f ! -name xatad.lock -exec basename {} \; | sort | tr '\n' ' ')" \
	"certificate.key certificate.pem xatad.db " "and nothing else is left in it"
key=$(sed -n 's/.* \(xata_.*\)/\1/p' "$OUT")
nok "the key itself is not stored" grep -rq "$key" endpoint

run xatad init --json other
exits 0 "init --json works"
out_json '.key | test("^xata_[0-9A-Za-z]{40}$")' true "and gives the key"
out_json .directory "$T/other" "the directory, absolute"
out_json .certificate "$T/other/certificate.pem" "and the certificate"
out_json 'keys | length' 3 "and no more"
nok "each endpoint has a certificate of its own" cmp -s endpoint/certificate.pem other/certificate.pem

run xatad init deep/er/still
exits 0 "init makes the directories above"
mkdir empty
chmod 755 empty
run xatad init empty
exits 0 "init takes an empty directory"
is "$(stat -c %a empty)" 700 "and closes it to others"

# ---- what it refuses

run xatad init endpoint
exits 3 "init refuses a directory that is one already"
err_has "is not empty" "and says why"
err_has "xatad: hint: " "and what to do"
mkdir full
: >full/file
run xatad init full
exits 3 "init refuses a directory with files"
is "$(ls -A full)" file "and leaves it as it was"
run xatad init full/file
exits 3 "init refuses a file"
run xatad init
exits 2 "init without a directory is a usage error"
run xatad init a b
exits 2 "init with two is one too"
err_has '"b"' "and names what is too much"

# ---- interrupted

rm -rf half
xatad init half >"$OUT" || bail_out "init failed"
: >half/init-unfinished
run xatad serve half --listen 127.0.0.1:0
exits 3 "an unfinished directory is not served"
err_has "unfinished" "and says so"
err_has 'Run "xatad init"' "and what to do"
cp half/certificate.pem before.pem
run xatad init half
exits 0 "init starts an unfinished one anew"
nok "with another certificate" cmp -s half/certificate.pem before.pem
nok "and the mark is gone" test -e half/init-unfinished
: >half/init-unfinished
: >half/precious
run xatad init half
exits 3 "but not over a file that it does not know"
ok "which stays" test -f half/precious

# Killed at some moment, whichever: the next init makes it whole, unless it was whole. The dying
# process may hold its lock for a moment longer, until the disk has answered it.
unlocked() {
	run xatad init killed
	[ "$status" -ne 8 ]
}
whole=
for ms in 001 003 005 007 009 011 013 015 017 019 021 025 030 035 040 050; do
	rm -rf killed
	timeout -s KILL "0.$ms" xatad init killed >"$OUT" 2>"$ERR"
	wait_for "the killed init is gone" unlocked
	grep -q "is not empty" "$ERR" || [ "$status" -eq 0 ] || show_run
	run xatad key list killed --json
	[ "$(jq '.keys | length' "$OUT")" = 1 ] && whole=$whole.
done
is "$whole" "................" "init that is killed can be run again, whenever that was"
done_testing
