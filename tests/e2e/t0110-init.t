#!/bin/sh
# xata init: makes a project, fetches its history, never takes anything away.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/auth.sh"

start_xatad
database shop
project origin
add_table users
add_column users email
push_all
quietly xata dbs create empty
unset XATA_DATABASE_URL
leave_environment
login --host "$URL" --cacert "$CA"

# ---- a new project

mkdir "$T/new" && git_init "$T/new" && cd "$T/new" || exit 1
run xata init --db shop --verbose
exits 0 "a name of a database is enough"
no_key "the key is not shown"
out_has "for database $URL/db/shop" "the whole URL is said"
out_has 'Pulled 2 migrations' "and its history is pulled"
printf '{\n  "databaseURL": "%s/db/shop"\n}\n' "$URL" >"$T/wanted"
same_file .xatarc "$T/wanted" "the URL is in .xatarc, as JSON with a final newline"
same_tree .xata/migrations "$T/origin/.xata/migrations" "the records are the same"
is "$(cat .gitignore)" '.env' ".env is in .gitignore"
nok "no key is in the project" grep -rqF "$KEY" .
nok "no .env was made" test -e .env
run xata status --json
exits 0 "other commands work from there"
out_json .relation up_to_date "and have nothing to do"
(cd "$abs_top_srcdir/.xata-template" && find . -name ci -prune -o -type f ! -name .ledger -print | sort) >"$T/wanted"
ok "there is a template" test -s "$T/wanted"
while IFS= read -r file; do
	same_file ".xata/$file" "$abs_top_srcdir/.xata-template/$file" "the template has ${file#./}"
done <"$T/wanted"

# ---- again

add_table orders
find . -path ./.git -prune -o -path ./.xata/.state -prune -o -type f -print | sort |
	xargs sha256sum >"$T/before"
run xata init --json
exits 0 "a second time it works, without --db"
out_json '[.created, .gitignore, .pulled, .removed, .databaseURL, .relation]' \
	"[[],false,[],[],\"$URL/db/shop\",\"ahead\"]" "and changes nothing"
run xata init --db "$URL/db/shop"
exits 0 "a third time, with the same URL"
run xata init --db "$URL/db/shop/" --yes --force
exits 0 "a fourth time, with --force"
find . -path ./.git -prune -o -path ./.xata/.state -prune -o -type f -print | sort |
	xargs sha256sum >"$T/after"
same_file "$T/after" "$T/before" "every file is as it was, the record that is only here too"

quietly git add -A
quietly git commit -q -m project
quietly git sparse-checkout set --cone src
run xata init
exits 3 "where the ledger is not checked out"
err_has "git sparse-checkout add .xata/migrations" "it says how it comes"
is "$(find .xata -name .state -prune -o -type f -print)" "" "and lays no template"
quietly git sparse-checkout disable
run xata status --json
out_json .ahead 1 "all of it comes back"

run xata init --db empty
exits 3 "another database is refused"
err_has 'another database already' "which is said"
err_has '--force' "with the option that changes it"
run xata init --db "$URL/db/empty" --force --json
exits 0 "--force changes the URL"
out_json '[.databaseURL, .removed, .relation]' "[\"$URL/db/empty\",[],\"ahead\"]" \
	"and no migration"
is "$(xata config get databaseURL)" "$URL/db/empty" "in .xatarc"
is "$(wc -l <.xata/migrations/.ledger)" 3 "the ledger still has its three records"
run env XATA_DATABASE_URL="$URL/db/shop" SSL_CERT_FILE="$CA" xata init
exits 0 "a URL of the environment changes no configuration"
is "$(xata config get databaseURL)" "$URL/db/empty" "of a project that has one"

mkdir "$T/other" && cd "$T/other" || exit 1
run env XATA_DATABASE_URL="$URL/db/shop" SSL_CERT_FILE="$CA" xata init --db "$URL/db/empty"
exits 0 "a URL of the environment is no obstacle to a new project of another database"
err_has "XATA_DATABASE_URL names another database ($URL/db/shop), and goes before .xatarc" \
	"but will keep commands from it, which is said"
run env XATA_DATABASE_URL="$URL/db/empty:dev" SSL_CERT_FILE="$CA" xata init --db "$URL/db/empty"
err_lacks "another database" "and not of one that is the same"
printf 'XATA_DATABASE_URL=%s/db/shop\n' "$URL" >.env
run xata init --db "$URL/db/empty"
err_has "XATA_DATABASE_URL names another database ($URL/db/shop)" "but of one in .env as well"
cd "$T/new" || exit 1

# ---- W31: below a project

mkdir -p "$T/new/deep/er" && cd "$T/new/deep/er" || exit 1
run xata init --json
exits 0 "it works below a project"
out_json .project "$T/new" "on that project"
nok "and makes no second one" test -e .xatarc -o -e .xata

# ---- what there is already

mkdir -p "$T/own/.xata/hooks" && cd "$T/own" || exit 1
git_init .
printf '{\n  "name": "app",\n  "xata": {"codegen": {"output": "x.ts"}}\n}\n' >package.json
printf 'node_modules' >.gitignore
printf 'mine\n' >.xata/README.md
run xata init --db shop --json
exits 0 "a package.json with a member xata is the configuration"
out_json .config package.json "which is said"
is "$(jq -c .xata package.json)" \
	"{\"codegen\":{\"output\":\"x.ts\"},\"databaseURL\":\"$URL/db/shop\"}" \
	"the URL is added to it"
is "$(jq -r .name package.json)" app "and the rest stays"
is "$(cat .gitignore)" "node_modules
.env" "a .gitignore without final newline gets its own line"
is "$(cat .xata/README.md)" mine "a file of the template is never laid over one"

mkdir "$T/ignoring" && cd "$T/ignoring" || exit 1
git_init .
printf '.env*\n' >.gitignore
run xata init --db shop --json
out_json .gitignore false "what Git ignores already is not added"
is "$(cat .gitignore)" '.env*' "and .gitignore stays"

# ---- diverged, and other states of the ledger

project diverged
add_table alone
run xata init --db shop
exits 4 "a ledger of its own has diverged from the branch"
out_has 'Only here (1)' "what is only here is listed"
is "$(wc -l <.xata/migrations/.ledger)" 1 "and stays"
run xata pull --force --json main
exits 0 "the project is there, so that pull --force works"

# ---- what is not there

mkdir "$T/nothing" && cd "$T/nothing" || exit 1
run xata init --db nowhere
exits 7 "a database that does not exist is an error"
err_has 'no database "nowhere"' "that names it"
err_has "xata dbs create nowhere" "and says how to make it"
run xata init --db shop --branch dev
exits 7 "so is a branch"
err_has 'no branch "dev"' "that is named"
err_has "xata branch create dev" "with how to make it"
run xata init
exits 2 "without a terminal the database has to be named"
err_has '--db' "and the hint names the option"
run xata init --yes
exits 2 "--yes does not choose between two"
err_has 'empty' "but lists them"
err_has 'shop' "all"
run xata init --db 'https://localhost:8443/nothing'
exits 2 "a URL without a database is refused"
run xata init --db shop extra
exits 2 "arguments are refused"
run env XATA_API_KEY=wrong-key xata init --db shop
exits 6 "a wrong key is an error"
run xata init --db https://localhost:1/db/x
exits 5 "an endpoint that is down, too"
is "$(ls -A)" "" "nothing was written by all of these"

quietly xata branch delete main --yes --db "$URL/db/empty"
run xata init --db empty --json
exits 0 "a branch nobody named need not be there"
out_json '[.branchExists, has("pulled")]' '[false,false]' "which --json tells"
err_has 'xata branch create main' "and how to make it is said"
run xata dbs delete shop --yes
mkdir "$T/only" && cd "$T/only" || exit 1
run xata init --yes --json
exits 0 "--yes takes the only database"
out_json .databaseURL "$URL/db/empty" "there is"

# ---- a host that nobody approved yet

run xata auth logout --yes
XATA_API_KEY=$KEY
SSL_CERT_FILE=$CA
export XATA_API_KEY SSL_CERT_FILE
HOST=localhost:${URL##*:}
mkdir "$T/untrusted" && cd "$T/untrusted" || exit 1
run xata init --db "$URL/db/empty" --json
exits 0 "a URL on the command line is approved for this once"
out_json .trusted null "and no more"
err_has "xata auth trust $HOST" "which is said"
run xata branch list
exits 6 "so that later commands are refused"
run xata init --yes --db "$URL/db/empty" --json
exits 0 "with --yes it is approved"
out_json .trusted "$HOST" "for good"
run xata branch list
exits 0 "so that later commands work"
done_testing
