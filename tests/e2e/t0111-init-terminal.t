#!/bin/sh
# xata init on a terminal: workspace and database are chosen from lists, hosts are asked about.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"

start_xatad
database shop
database blog
unset XATA_DATABASE_URL
leave_environment
login --host "$URL" --cacert "$CA"

mkdir "$T/a" && cd "$T/a" || exit 1
on_terminal 'Which database (number or name)' '2' -- xata init
exits 0 "a database can be chosen by its number"
second=$(xata dbs list --json | jq -r '.databases[1].name')
screen_has "2  $second" "the list is shown"
is "$(xata config get databaseURL)" "$URL/db/$second" "and the choice is written"

mkdir "$T/b" && cd "$T/b" || exit 1
on_terminal 'Which database (number or name)' 'blog' -- xata init
exits 0 "or by its name"
is "$(xata config get databaseURL)" "$URL/db/blog" "which is written"

mkdir "$T/c" && cd "$T/c" || exit 1
on_terminal 'Which database (number or name)' 'news' -- xata init
exits 7 "a name that is not in the list is not there"
screen_has 'xata dbs create news' "and how to make it is said"
on_terminal 'Which database (number or name)' '3' -- xata init
exits 7 "a number that is not in the list neither"
is "$(ls -A)" "" "and nothing is written"

quietly xata auth logout --yes
XATA_API_KEY=$KEY
SSL_CERT_FILE=$CA
export XATA_API_KEY SSL_CERT_FILE
HOST=localhost:${URL##*:}
mkdir "$T/d" && cd "$T/d" || exit 1
on_terminal "May keys go to $HOST" 'n' -- xata init --db "$URL/db/shop"
exits 0 "who does not approve the host has a project all the same"
run xata branch list
exits 6 "whose commands send no key"
on_terminal "May keys go to $HOST" 'y' -- xata init --db "$URL/db/shop"
exits 0 "who approves it"
run xata branch list
exits 0 "can go on"
run xata auth trust --list
out_is "$HOST" "the approval is kept"
done_testing
