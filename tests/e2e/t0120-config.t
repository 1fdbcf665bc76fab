#!/bin/sh
# xata config get and set.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need jq

run xata config get databaseURL
exits 3 "there is no configuration outside a project"
err_has 'not in a project' "and it is said"

mkdir -p project/below && cd project || exit 1
mkdir .xata
run xata config get databaseURL
exits 3 "a project need not have a configuration"
err_has 'no configuration file' "which is said"
run xata config set databaseURL https://localhost:1/db/shop
exits 3 "and set makes none"
nok "no file appears" test -e .xatarc

printf '{"databaseURL":"https://localhost:1/db/shop","mine":{"x":[1]},"codegen":{"output":"a.ts"}}' \
	>.xatarc
run xata config get databaseURL
exits 0 "a setting is printed"
out_is 'https://localhost:1/db/shop' "as it is"
run xata config get codegen.output
out_is 'a.ts' "by its path, too"
run xata config get codegen
exits 0 "an object is printed"
out_json .output a.ts "as JSON"
run xata config get
out_json .mine.x '[1]' "without a path everything is"
run xata config get codegen.output --json
out_json '[.file, .key, .value]' '[".xatarc","codegen.output","a.ts"]' "--json has the value"
run xata config get codegen.nothing
exits 3 "an unknown path is an error"
err_has 'codegen.nothing' "that names it"
run xata config get databaseUrl
err_has 'databaseURL' "and the nearest setting is proposed"

cd below || exit 1
run xata config set codegen.declarations true
exits 0 "a setting can be changed, below the project too"
cd .. || exit 1
is "$(jq -c . .xatarc)" '{"databaseURL":"https://localhost:1/db/shop","mine":{"x":[1]},"codegen":{"output":"a.ts","declarations":true}}' \
	"with its type, and the rest stays"
is "$(tail -c 1 .xatarc | od -An -c | tr -d ' ')" '\n' "the file ends with a newline"
run xata config set experimental.workflow false --json
out_json '[.key, .value]' '["experimental.workflow",false]' "a group is made when it is not there"

cp .xatarc before
run xata config set codegen.declarations maybe
exits 3 "a value of the wrong type is refused"
err_has 'true' "and the right ones are named"
run xata config set codegen.moduleType commonjs
exits 3 "so is one that is not in the list"
err_has 'cjs' "which is shown"
run xata config set databaseURL 'https://user:hidden@localhost/db/shop'
exits 3 "so is a URL with a password"
err_lacks 'hidden' "which is not printed"
run xata config set nothing.such 1
exits 3 "so is a setting that there is not"
run xata config set databaseURL
exits 2 "a value is needed"
same_file .xatarc before "nothing was changed by these"

printf '{\n    "name": "app",\n    "xata": {"databaseURL": "https://localhost:1/db/a"},\n    "x": 1\n}\n' >package.json
rm .xatarc
run xata config set databaseURL https://localhost:1/db/b
exits 0 "the member of package.json is the configuration when there is no other"
is "$(jq -r .xata.databaseURL package.json)" https://localhost:1/db/b "and is changed"
ok "the rest of the file keeps its form" grep -qx '    "name": "app",' package.json

printf 'databaseURL: https://localhost:1/db/shop\n' >.xatarc
run xata config get databaseURL
exits 3 "YAML is not read"
err_has 'YAML' "which is said"
printf '{}\n' >.xatarc
run xata config set foo bar
err_has 'databaseURL, codegen.output' "all settings are listed"
done_testing
