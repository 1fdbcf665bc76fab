#!/bin/sh
# Questions about keys on a terminal: the key is not shown, a no is a no.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"

start_xatad
leave_environment

on_terminal 'API key' "$KEY" -- xata auth login --host "$URL" --cacert "$CA"
exits 0 "a key can be typed"
screen_has "API key for $URL" "the question names the host"
screen_lacks "$KEY" "and the terminal does not show it"
screen_has 'echo on' "echo is on again afterwards"
ok "it is stored" grep -qxF "apiKey=$KEY" "$CREDENTIALS"
cp "$CREDENTIALS" before

on_terminal 'Replace its key? [y/N]' 'n' -- xata auth login
exits 1 "a profile stays when the answer is no"
screen_has 'nothing was changed' "which is said"
on_terminal 'Replace its key? [y/N]' 'y' 'API key' '' -- xata auth login
exits 2 "an empty answer is no key"
same_file "$CREDENTIALS" before "nothing was changed"
on_terminal 'Replace its key? [y/N]' 'yes' 'API key' "$KEY" -- xata auth login
exits 0 "a yes goes on"
screen_lacks "$KEY" "without showing the key"

on_terminal 'API key' '^C' -- xata auth login --force
exits 130 "it can be interrupted while it asks"
screen_has 'echo on' "and leaves the terminal as it was"
screen_lacks 'xata: error: internal' "without a word of its own"

on_terminal 'Do it? [y/N]' '' -- xata auth logout
exits 1 "logout asks, and Enter is a no"
ok "the profile is still there" grep -qxF "apiKey=$KEY" "$CREDENTIALS"
on_terminal 'Do it? [y/N]' 'y' -- xata auth logout
exits 0 "a yes logs out"
nok "the key is gone" grep -qF "$KEY" "$CREDENTIALS"
done_testing
