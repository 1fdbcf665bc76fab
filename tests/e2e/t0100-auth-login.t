#!/bin/sh
# xata auth login: a key is kept when its endpoint has accepted it, where nobody else can read it.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"

start_xatad
leave_environment

# ---- what is not stored

login --host "$URL"
exits 5 "an endpoint whose certificate nobody vouches for is not talked to"
err_has '--cacert' "and the hint names the option"
login --host "$URL" --cacert "$T/nowhere.pem"
exits 3 "a CA file that is not there is an error"
err_has 'nowhere.pem' "that names it"

printf 'xata_wrong\n' >"$T/wrong"
RUN_INPUT=$T/wrong run xata auth login --host "$URL" --cacert "$CA"
exits 6 "a key that the endpoint refuses ends with 6"
err_has 'invalid API key' "with the endpoint's words"
err_has 'Nothing was stored' "and a hint"
err_lacks 'xata_wrong' "without the key"

run xata auth login --host "$URL" --cacert "$CA"
exits 2 "no key at all is a usage error"
err_has 'no API key was given' "that says so"
printf 'a key\n' >"$T/spaced"
RUN_INPUT=$T/spaced run xata auth login --host "$URL" --cacert "$CA"
exits 3 "a key with a space in it is no key"
err_lacks 'a key' "and is not printed"
head -c 5000 /dev/zero | tr '\0' k >"$T/long"
RUN_INPUT=$T/long run xata auth login --host "$URL" --cacert "$CA"
exits 3 "an endless key is no key"

login --host "$URL/db/shop" --cacert "$CA"
exits 2 "--host takes no path"
login --host http://example.com
exits 2 "a key goes nowhere without encryption"
err_has 'without encryption' "which is said"
login --cacert "$CA" --host https://localhost:1
exits 5 "an endpoint that is down ends with 5"
login --timeout soon
exits 2 "--timeout is a number"
err_has 'option "--timeout" needs a whole number' "as elsewhere"
login superfluous
exits 2 "arguments are refused"
nok "nothing of all that was stored" test -e "$CREDENTIALS"

# ---- what is stored

cd "$XATAD_DIR" || exit 1
login --host "$URL/" --cacert "$(basename "$CA")" --verbose
cd "$T" || exit 1
exits 0 "a good key is accepted"
out_has "$URL accepts the key" "which is said"
err_has 'GET' "--verbose shows the request"
no_key "but not the key"
is "$(mode_of "$CREDENTIALS")" 600 "the file is for its owner only"
is "$(mode_of "$HOME/.config/xata")" 700 "so is its folder"
ok "the key is in it" grep -qxF "apiKey=$KEY" "$CREDENTIALS"
ok "so is the host" grep -qxF "host=$URL" "$CREDENTIALS"
ok "and the CA file, with its whole path" grep -qxF "cacert=$CA" "$CREDENTIALS"
run xata dbs list
exits 0 "other commands go there from now on"
run xata dbs create shop --json
exits 0 "for changes, too"
no_key "without showing the key"

# ---- once more

cp "$CREDENTIALS" before
login
exits 2 "an existing profile is not replaced without being asked"
err_has 'profile "default" exists already' "and the message says so"
err_has '--force' "the hint names the option"
same_file "$CREDENTIALS" before "nothing was changed"

printf '# mine\n[other]\napiKey=xau_other\nextra=1\n\n' | cat - before >with-other
cp with-other "$CREDENTIALS"
login --force --json
exits 0 "--force replaces the key"
out_json '[.profile, .replaced, .host, .cacert]' "[\"default\",true,\"$URL\",\"$CA\"]" \
	"and keeps host and CA file of the profile"
no_key "the key is in no document"
ok "another profile stays" grep -qxF 'apiKey=xau_other' "$CREDENTIALS"
ok "with what this program does not know" grep -qxF 'extra=1' "$CREDENTIALS"
ok "and comments" grep -qxF '# mine' "$CREDENTIALS"
is "$(mode_of "$CREDENTIALS")" 600 "the mode stays"

run xata auth login --profile second --host "$URL" --cacert "$CA" --api-key "$KEY"
exits 0 "--api-key and --profile work"
no_key "without showing the key"
ok "the profile is there" grep -qxF '[second]' "$CREDENTIALS"

# The first line is enough: who writes the key may keep the pipe open.
mkfifo pipe
exec 9<>pipe
printf '%s\nmore\n' "$KEY" >&9
RUN_INPUT=pipe RUN_TIMEOUT=20 run xata auth login --force
exits 0 "the key is read without waiting for the end of the input"
exec 9>&-

run env XATA_API_KEY=another xata auth login --profile second --force --api-key "$KEY"
exits 0 "XATA_API_KEY is no reason not to log in"
err_has 'XATA_API_KEY is set' "but it is remarked that it goes first"

run env XATA_PROFILE=third xata auth login --host "$URL" --cacert "$CA" --api-key "$KEY" --json
out_json .profile third "XATA_PROFILE names the profile"

# ---- a project has no say

mkdir evil
printf '{"databaseURL":"https://localhost:1/db/x"}\n' >evil/.xatarc
printf 'XATA_API_PROVIDER=http://localhost:1,http://{workspaceId}.{region}.localhost:1\n' >evil/.env
cd evil || exit 1
login --force --json
exits 0 "the project around has no influence"
out_json .host "$URL" "on the host"
printf 'not json' >.xatarc
login --force
exits 0 "not even when it cannot be read"
cd "$T" || exit 1

# ---- a file that is not right

chmod 640 "$CREDENTIALS"
login --force
exits 3 "a file that others may read is not used"
err_has "chmod 600 \"$CREDENTIALS\"" "and the hint is what to run"
run xata dbs list
exits 3 "by other commands neither"
chmod 600 "$CREDENTIALS"

printf '[default]\nsecret-without-equals\n' >"$CREDENTIALS"
cp "$CREDENTIALS" broken
login --force
exits 3 "a malformed file is an error"
err_has 'line 2' "that names the line"
err_lacks 'secret-without-equals' "but not what is in it"
run xata auth status
exits 3 "for other commands, too"
out_lacks 'secret-without-equals' "that print nothing of it"
err_lacks 'secret-without-equals' "anywhere"
same_file "$CREDENTIALS" broken "and it is never written over"
done_testing
