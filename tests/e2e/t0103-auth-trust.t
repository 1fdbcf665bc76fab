#!/bin/sh
# Where a key goes: not to a host that only a checked-out project names, before it was approved.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"

listen evil
listen redirecting "http://localhost:$PORT"
REDIRECTING=$PORT
PORT=$(cat "$T/evil.port")
KEY=xau_the-key-of-the-user
export XATA_API_KEY=$KEY

# refused DESCRIPTION COMMAND…: ends with 6, and nothing has arrived.
refused() {
	what=$1
	shift
	run "$@"
	exits 6 "$what: refused"
	err_has "xata auth trust localhost:$PORT" "$what: the hint says how to approve"
	no_key "$what: the key is not shown"
	is "$(cat "$T/evil")" "" "$what: nothing was sent"
}

# reaches DESCRIPTION COMMAND…: the key has arrived.
reaches() {
	what=$1
	shift
	: >"$T/evil"
	run "$@"
	exits 6 "$what: the endpoint is asked"
	ok "$what: with the key" grep -qxF "Authorization: Bearer $KEY" "$T/evil"
	no_key "$what: which is not shown"
}

# W26: what a cloned repository may say.
mkdir provider config dotenv
printf 'XATA_API_PROVIDER=http://localhost:%s,http://{workspaceId}.{region}.localhost:%s\n' \
	"$PORT" "$PORT" >provider/.env
printf '{}\n' >provider/.xatarc
printf '{"databaseURL":"http://localhost:%s/db/shop"}\n' "$PORT" >config/.xatarc
printf 'XATA_DATABASE_URL=http://localhost:%s/db/shop\n' "$PORT" >dotenv/.env
printf '{}\n' >dotenv/.xatarc
mkdir -p config/.xata/migrations config/deep/er

cd provider || exit 1
refused "a provider in .env" xata dbs list --verbose
cd ../config || exit 1
refused "a URL in .xatarc" xata status main --verbose
refused "a URL in .xatarc, pushing" xata push main --yes --json
cd deep/er || exit 1
refused "a URL in .xatarc of a folder above" xata pull main
cd "$T/dotenv" || exit 1
refused "a URL in .env" xata branch list
refused "a URL in .env, auth status" xata auth status
refused "a URL in .env, init" xata init --yes

unset XATA_API_KEY
mkdir -p "$HOME/.config/xata"
printf '[default]\napiKey=%s\n[named]\napiKey=%s\nhost=https://localhost:1\n' "$KEY" "$KEY" \
	>"$CREDENTIALS"
chmod 600 "$CREDENTIALS"
refused "a URL in .env, with a key of a profile" xata branch list
refused "a URL in .env, with a profile named" xata branch list --profile named
export XATA_API_KEY=$KEY

# ---- what a person says

cd "$T/config" || exit 1
reaches "a URL on the command line" xata branch list --db "http://localhost:$PORT/db/shop"
reaches "a URL of the environment" env XATA_DATABASE_URL="http://localhost:$PORT/db/shop" \
	xata branch list

run xata auth trust "http://LOCALHOST:$PORT/db/shop" --json
exits 0 "a URL can be approved"
out_json '[.host, .trusted]' "[\"localhost:$PORT\",true]" "as its host and port"
is "$(mode_of "$HOME/.config/xata/trusted-hosts")" 600 "the list is for its owner only"
reaches "an approved host" xata branch list
run xata auth trust "localhost:$PORT"
exits 0 "approving twice is no error"
run xata auth trust --list
out_is "localhost:$PORT" "and makes one entry"
run xata auth trust --list --json
out_json .hosts "[\"localhost:$PORT\"]" "which --json has, too"

run xata auth trust --remove "localhost:$PORT"
exits 0 "an approval can be taken back"
: >"$T/evil"
refused "a host approved no longer" xata branch list
run xata auth trust --remove "localhost:$PORT"
exits 3 "but not twice"
err_has "localhost:$PORT" "and the message names the host"

run xata auth trust localhost --json
out_json .host 'localhost:443' "a name alone is its port for HTTPS"
: >"$T/evil"
refused "another port of an approved host" xata branch list
run xata auth trust 'https://user@localhost/'
exits 2 "a URL with a user is no host"
run xata auth trust
exits 2 "a host is needed"
run xata auth trust --list --remove
exits 2 "two wishes at once are refused"

# ---- a redirect does not carry the key on

: >"$T/evil"
run xata branch list --db "http://localhost:$REDIRECTING/db/shop"
exits 7 "a redirect is an error"
err_has 'redirect' "that is said to be one"
is "$(cat "$T/evil")" "" "and is not followed"
no_key "the key is not shown"

run xata branch list --db http://example.com/db/shop
exits 6 "a key goes nowhere without encryption"
cd "$T/config" || exit 1
rm -f "$CREDENTIALS"
run env -u XATA_API_KEY xata status main
exits 6 "a clone without a key"
err_has "xata auth login --host http://localhost:$PORT" "is told the one step that helps"
err_lacks "auth trust" "and no other"
done_testing
