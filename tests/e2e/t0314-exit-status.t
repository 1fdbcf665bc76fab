#!/bin/sh
# Every exit status is reached, with its error on stderr, a hint, and the same in --json.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"

start_xatad
database shop
project shop
add_table users
push_all

# status CODE EXIT DESCRIPTION COMMAND…
status() {
	code=$1 wanted=$2 what=$3
	shift 3
	run "$@"
	exits "$wanted" "$what is status $wanted"
	err_has "xata: error: " "with an error"
	err_has "xata: hint: " "and a hint"
	run "$@" --json
	exits "$wanted" "with --json too"
	out_json '[.ok, .exitStatus, .error.code, (.error.message | type), (.error.hint | type)]' \
		"[false,$wanted,\"$code\",\"string\",\"string\"]" "as a document"
}

run xata status main
exits 0 "success is status 0"
run xata status main --json
out_json '[.ok, .exitStatus, has("error")]' '[true,0,false]' "with --json too"

# ---- 1: the answer is no
clone shop tampered
sed -i 's/users/people/' .xata/migrations/*.json
status no 1 "a failed verification" xata verify

# ---- 2: usage
cd "$T/shop" || exit 1
status usage 2 "an unknown option" xata pull --frobnicate
status usage 2 "a timeout of nothing" xata pull main --timeout 0
for option in --timeout --lock-wait; do
	run xata status main $option abc
	exits 2 "$option that is no number"
	out_is "" "is refused before anything is said"
	err_has "option \"$option\" needs a whole number" "and named"
done
status usage 2 "an unknown command" xata frobnicate
status usage 2 "a missing argument" xata branch create
run xata config set key
err_has "the argument <value> is missing" "a missing argument is named"
err_has 'Write "xata config set <key> <value>"' "with all that the command takes"
run xata ci stale
err_has "the argument <rev> is missing" "also when there may be several"
run xata seal x
err_has '"xata seal" takes no argument' "and one too many is refused"
run xatad key revoke dir
err_has 'Write "xatad key revoke <dir> <id>"' "as with xatad"
status usage 2 "a missing subcommand" xata branch
status usage 2 "a misspelt branch name" xata pull 'a/b'
run xata pussh
err_has 'Did you mean "push"?' "the nearest command is offered"

# ---- 3: the local project or input
mkdir "$T/nowhere" && cd "$T/nowhere" || exit 1
status project 3 "no project" xata pull main
cd "$T/shop" || exit 1
status project 3 "no database" env -u XATA_DATABASE_URL xata pull main
status not_found 3 "a file that is not there" xata new absent.json
clone shop unreadable
echo '../evil' >>.xata/migrations/.ledger
status invalid 3 "a damaged ledger" xata pull main

# ---- 4: diverged or conflict
clone shop theirs
add_table theirs
push_all
clone shop mine
add_table mine
status diverged 4 "divergence" xata pull main
status diverged 4 "a push of diverged histories" xata push main --yes

# ---- 5: no answer
cd "$T/shop" || exit 1
status unreachable 5 "nobody at the port" xata pull main --db https://localhost:1/db/shop
status unreachable 5 "an unknown certificate" env -u SSL_CERT_FILE xata pull main

# ---- 6: not authorised
status unauthorized 6 "no key" env -u XATA_API_KEY xata pull main
status unauthorized 6 "a wrong key" env XATA_API_KEY=xata_wrong xata pull main
reader=$(xatad key create "$XATAD_DIR" --name reader --scope read --json | jq -r .key)
cd "$T/theirs" || exit 1
add_table more
status forbidden 6 "a key that may only read" env XATA_API_KEY="$reader" xata push main --yes
printf '{"databaseURL": "%s/db/shop"}' "$URL" >.xatarc
status untrusted_host 6 "a host that only the project names" env -u XATA_DATABASE_URL xata pull main
rm .xatarc

# ---- 7: the endpoint said no, failed, or sent what cannot be
status remote_not_found 7 "a branch that does not exist" xata pull nobranch
status remote_not_found 7 "a database that does not exist" xata pull main --db "$URL/db/nodb"
status conflict 4 "a branch that exists already" xata branch create main
quietly xata dbs create empty
clone theirs lost
quietly xata push main --yes --db "$URL/db/empty"
quietly xata dbs delete empty --yes
quietly xata dbs create empty
status rewritten 7 "a branch that lost its history" xata pull main --db "$URL/db/empty"

# ---- 8: the lock
cd "$T/shop" || exit 1
quietly xata pull main
(
	exec 9<>.xata/.state/lock
	flock -x 9
	: >"$T/held"
	exec sleep 60
) &
holder=$!
wait_for "the lock is held" test -f "$T/held"
status locked 8 "a lock that another process holds" xata pull main --lock-wait 0
run xata pull main --lock-wait 0
err_has "another command is at work in this project" "in words that help"
kill "$holder"
wait "$holder" 2>/dev/null
run xata pull main --lock-wait 0
exits 0 "when that process is gone, the lock is free"

# ---- 70: a defect is not reached by anything above
run xata version
exits 0 "and version works all the same"
done_testing
