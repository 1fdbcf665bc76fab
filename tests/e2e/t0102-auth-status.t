#!/bin/sh
# xata auth status and logout: which key goes where, and whether it is accepted.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"

start_xatad
leave_environment

run xata auth status
exits 6 "without a key the status is 6"
err_has 'no API key is known' "and it is said"
err_has 'xata auth login' "with what to do"
out_has 'Profiles: none' "there are no profiles"

login --host "$URL" --cacert "$CA"
run xata auth status
exits 0 "with a good key it is 0"
out_has "Host:     $URL" "the host is shown"
out_has 'of profile "default"' "and where the key comes from"
out_has "CA file:  $CA" "and the CA file"
out_has 'Accepted: yes' "and that it is accepted"
no_key "but not the key"
run xata auth status --json --verbose
out_json '[.profile, .keySource, .accepted, .host, .profiles]' \
	"[\"default\",\"profile\",true,\"$URL\",[\"default\"]]" "--json says the same"
no_key "without the key"

# W29: a profile that is named goes before the environment.
run env XATA_API_KEY=wrong-key XATA_DATABASE_URL="$URL/db/x" SSL_CERT_FILE="$CA" xata auth status
exits 6 "a key of the environment goes before the default profile"
out_has 'from XATA_API_KEY' "which is said"
out_has 'Accepted: no' "and this one is not accepted"
err_lacks 'wrong-key' "nor shown"
run env XATA_API_KEY=wrong-key xata auth status --profile default --json
exits 0 "--profile goes before XATA_API_KEY"
out_json '[.keySource, .accepted]' '["profile",true]' "and says so"
run env XATA_API_KEY=wrong-key xata dbs list --profile default
exits 0 "in every command"
run xata auth status --profile nobody
exits 3 "a profile that is not there is an error"
err_has 'no profile "nobody"' "that names it"

mkdir project && cd project || exit 1
printf '{"databaseURL":"%s/db/x"}\n' "$URL" >.xatarc
printf 'XATA_API_KEY=dotenv-key\n' >.env
run xata auth status --offline --json
exits 0 "--offline does not ask"
out_json '[.keySource, .accepted]' '[".env",null]' "and a key of .env is said to be of there"
out_lacks 'dotenv-key' "and not shown"
cd "$T" || exit 1

stop_xatad
run xata auth status
exits 5 "an endpoint that is down is not a refusal"
out_lacks 'Accepted: no' "and not called one"
run xata auth status --offline
exits 0 "--offline works without it"

# ---- logout

run xata auth logout
exits 2 "logout needs a yes"
err_has '--yes' "and the hint names the option"
run xata auth logout --profile nobody --yes
exits 3 "who is not logged in cannot log out"
err_has 'not logged in' "and is told"
login --profile second --host https://localhost:1 --cacert "$CA"
exits 5 "a second profile for an endpoint that is down is not made"
printf '[second]\napiKey=xau_second\n' >>"$CREDENTIALS"
run xata auth logout --yes --json
exits 0 "with --yes it works"
out_json .profile default "and names the profile"
nok "the key is gone" grep -qF "$KEY" "$CREDENTIALS"
ok "that of another profile is not" grep -qxF 'apiKey=xau_second' "$CREDENTIALS"
is "$(mode_of "$CREDENTIALS")" 600 "the mode of the file stays"
run xata auth logout -f
exits 3 "the second time there is nobody to log out"
run xata auth
exits 2 "auth alone needs a subcommand"
done_testing
