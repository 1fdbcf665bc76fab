#!/bin/sh
# The official CLI is a client of xatad, on both formats: what it writes, xata reads, and the other
# way round. It is installed once, into a cache outside the tree. Its launcher ends with status 0
# whatever happens, so it is judged by what it prints, by files, and by what the endpoint has then.
own_home=${HOME:-/nonexistent}
cache=${XDG_CACHE_HOME:-$own_home/.cache}/xata-tests
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
need npm node jq

package=@xata.io/cli
version=0.15.15
program=$cache/cli-$version/node_modules/$package/bin/run.js

# Into a directory of its own first, so that the cache has all of it or nothing.
install() {
	mkdir -p "$cache" || return
	find "$cache" -maxdepth 1 -name 'new.*' -mtime +0 -exec rm -rf {} + # left by a killed test
	new=$(mktemp -d "$cache/new.XXXXXX") || return
	if HOME=$own_home timeout -k 5 150 npm install --prefix "$new" --no-save --no-audit --no-fund \
		--no-update-notifier --ignore-scripts --fetch-retries=1 "$package@$version" \
		>"$T/npm.log" 2>&1 </dev/null && mv -T "$new" "$cache/cli-$version" 2>"$T/mv.log"; then
		return
	fi
	rm -rf "$new"
	[ -f "$program" ] # another test run was faster
}

[ -f "$program" ] || install ||
	skip_all "npm could not install $package@$version: $(
		grep -im 1 'error' "$T/npm.log" 2>/dev/null || echo "no answer in time"
	)"

# Nothing but loopback is reached: the official CLI would ask a public host about its versions.
cat >"$T/guard.js" <<'JS'
const net = require('net');
const fs = require('fs');
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
	const first = Array.isArray(args[0]) ? args[0][0] : args[0];
	const host = first && typeof first === 'object' ? first.host : args[1];
	if (!/^(localhost|.*\.localhost|127\.0\.0\.1|::1)$/.test(host || 'localhost')) {
		fs.appendFileSync(process.env.STRAYED, host + '\n');
		throw new Error('not a loopback address: ' + host);
	}
	return connect.apply(this, args);
};
JS
STRAYED=$T/strayed
NODE_OPTIONS="--require $T/guard.js"
export STRAYED NODE_OPTIONS

# Two thirds of each start are compilers, formatters and names for random data, which it loads for
# "codegen" and "random-data" alone. Where Node.js can leave them out it does; who uses one of them
# all the same gets an error.
cat >"$T/slim.mjs" <<'JS'
import { register } from 'node:module';
const unused = {
	prettier: [],
	'prettier/parser-babel.js': [],
	'prettier/parser-typescript.js': [],
	typescript: [],
	'ts-morph': ['Project', 'VariableDeclarationKind'],
	'@faker-js/faker': ['fakerEN'],
};
function url(text) {
	return 'data:text/javascript,' + encodeURIComponent(text);
}
// The launcher of the CLI, which loads nothing, hands on NODE_OPTIONS.
if (!process.argv[1]?.endsWith('/run.js')) register(url(`
const modules = ${JSON.stringify(Object.fromEntries(Object.entries(unused).map(([name, names]) => [
	name,
	// What codegen reads when it is loaded is there, and empty.
	url(`const none = new Proxy({ ScriptTarget: {} }, { get(there, name) {
		if (name in there) return there[name];
		throw new Error('left out by the test: ${name}, ' + String(name));
	} });
	export default none;` + names.map((each) => `export const ${each} = none;`).join('')),
])))};
export async function resolve(name, context, next) {
	return Object.hasOwn(modules, name)
		? { url: modules[name], format: 'module', shortCircuit: true }
		: next(name, context);
}`));
JS
slim="--import $T/slim.mjs"
# shellcheck disable=SC2086 # two words
if node $slim -e 0 >/dev/null 2>&1; then
	NODE_OPTIONS="$NODE_OPTIONS $slim"
fi
: >"$STRAYED"

# official ARGUMENT…: runs it in the current project, without colours and wide enough for its lines.
official() {
	mkdir -p .xata/version
	printf '{"%s":{"latest":"%s","compatibility":[{"range":">=0.0.0"}]},"%s":{"latest":"0.0.0","compatibility":[{"range":">=0.0.0"}]}}' \
		"$package" "$version" @xata.io/client >.xata/version/compatibility.json
	[ -f package.json ] || echo '{"name":"a-project"}' >package.json
	run env NO_COLOR=1 FORCE_COLOR=0 COLUMNS=200 node "$program" "$@"
	cat "$ERR" >>"$OUT"
}

start_xatad --http
port=${URL##*:}
URL=http://xatad-local0.local.localhost:${port%/}
XATA_API_PROVIDER="http://localhost:${port%/},http://{workspaceId}.{region}.localhost:${port%/}"
export XATA_API_PROVIDER
dir=.xata/migrations

# content DIRECTORY: the records without what the official CLI leaves out, and without its order of
# members.
content() {
	while IFS= read -r name; do
		jq -cS 'del(.title, .message, .startedAt)' "$1/$name.json"
	done <"$1/.ledger"
}

# same_content GOT WANTED DESCRIPTION
same_content() {
	content "$1" >"$TAP_DIR/got"
	content "$2" >"$TAP_DIR/wanted"
	same_file "$1/.ledger" "$2/.ledger" "$3: the same ledger"
	same_file "$TAP_DIR/got" "$TAP_DIR/wanted" "$3: and the same records"
}

# in_step DESCRIPTION: what is here verifies, and the branch has the same.
in_step() {
	run xata verify
	exits 0 "$1: xata verifies it"
	run xata status main --json
	out_json '[.relation, .localHead != null]' '["up_to_date",true]' "$1: and finds nothing to do"
}

# What the branch has, asked for where nothing is wrong.
head_of_main() { (cd "$T/dbs" && xata status main --json 2>/dev/null | jq -c '.remoteHead // empty'); }

# ---- databases

project dbs
use_database shop
official dbs create shop --workspace xatad-local0 --region local
out_has "shop successfully created" "dbs create works"
run xata dbs list --json
out_json '[.databases[] | [.name, .region, .postgresEnabled]]' '[["shop","local",false]]' "xata lists it"
quietly xata dbs create other
official dbs list --workspace xatad-local0 --json
out_json '[.[].name] | sort' '["other","shop"]' "dbs list has what xata made"
official dbs rename other third --force --workspace xatad-local0
run xata dbs list --json
out_json '[.databases[].name] | sort' '["shop","third"]' "dbs rename works"
official dbs delete third --force --workspace xatad-local0
run xata dbs list --json
out_json '[.databases[].name]' '["shop"]' "dbs delete works"
official dbs create shop --workspace xatad-local0 --region local
out_has "already exists" "a database that is there is not made again"

# ---- a schema branch: xata pushes, the official CLI pulls

project ours
mkdir -p $dir
cp "$DATA/shop/$dir/"* "$DATA/shop/$dir/.ledger" $dir/
chmod -R u+w .xata
push_all
project theirs
official pull main
out_has "Successfully pulled 40 migrations from main branch" "it pulls what xata pushed"
same_content $dir ../ours/$dir "pulled by the official CLI"
in_step "pulled by the official CLI"
official pull main
out_has "No new migrations to pull" "a second pull finds nothing"
run xata pull main
exits 0 "nor does one with xata"
out_has "nothing new" "in the same project"

# ---- on from there, in turns, in each other's project

add '[{"addTable":{"table":"coupons"}},{"addColumn":{"table":"coupons","column":{"name":"code","type":"string","unique":true}}}]'
official push main --dry-run
out_has "A total of 1 migrations would be pushed to main" "it reads what \"xata new\" made"
official push main --yes
out_has "Pushed 1 migrations to main" "and pushes it"
in_step "pushed by the official CLI"
cd ../ours || exit 1
run xata pull main --json
exits 0 "xata pulls what the official CLI pushed"
out_json '[.pulled[].name]' "[\"$added\"]" "that record and no other"
same_content $dir ../theirs/$dir "both projects"
in_step "pulled by xata"

add_column coupons value
push_all
clone ours mixed
add_table extra
push_all
cd ../ours || exit 1
official pull main
out_has "Successfully pulled 1 migrations from main branch" "it pulls into a project made by xata"
is "$(last_name)" "$added" "where xata finds the record in the ledger"
in_step "pulled into a project of xata"
intact "and nothing else is there"

# ---- what is refused

cd ../theirs || exit 1
before=$(head_of_main)
ok "the branch has a head" test -n "$before"
add_table behind
official push main --yes
out_lacks "Pushed" "it does not push what has diverged"
is "$(head_of_main)" "$before" "and the branch stays as it is"

cd ../ours || exit 1
add_table forged
sed -i 's/forged/forgery/' "$dir/$added.json"
official push main --yes
out_has "$(id_of "$added")" "a record with a wrong checksum is refused by name"
out_lacks "Pushed" "and not said to be pushed"
is "$(head_of_main)" "$before" "and the branch stays as it is"

(
	XATA_API_KEY=xau_wrong
	export XATA_API_KEY
	official branch list
)
out_has "API key" "a wrong key is refused, and the CLI knows why"
(
	use_database nowhere
	official pull main
)
out_has "not found" "so is a database that is not there"

# ---- branches

project branches
use_database shop
official branch create dev
out_has "Branch dev successfully created" "branch create works"
run xata branch list --json
out_json '[.branches[].name] | sort' '["dev","main"]' "xata lists it"
official pull dev
out_has "Successfully pulled 43 migrations from dev branch" "it begins with the history of main"
quietly xata branch create feature --from dev
official branch list --json
out_json '[.[].name] | sort' '["dev","feature","main"]' "branch list has what xata made"
official branch create dev
out_has "already exists" "a branch that is there is not made again"
official branch delete dev --force
out_has "successfully deleted" "branch delete works"
run xata branch list --json
out_json '[.branches[].name] | sort' '["feature","main"]' "and xata sees it"

# ---- a schema branch filled by the official CLI alone

database copy
project copy
mkdir -p $dir
cp ../ours/$dir/* ../ours/$dir/.ledger $dir/
sed -i '$d' $dir/.ledger
rm "$dir/$added.json"
official push main --yes
out_has "Pushed 43 migrations to main" "it pushes a whole history"
project copied
run xata pull main
exits 0 "which xata pulls"
same_content $dir ../copy/$dir "a whole history"
in_step "a whole history"

# ---- a pgroll branch: xata pushes, the official CLI pulls

database blog --postgres
project blog
mkdir -p $dir
cp "$DATA/blog/$dir/"* "$DATA/blog/$dir/.ledger" $dir/
chmod -R u+w .xata
push_all
project blog-theirs
official pull main
out_has "Successfully pulled 16 migrations from main branch" "it pulls what xata pushed to pgroll"
same_tree $dir ../blog/$dir "byte for byte, with the chain of checksums"
run xata verify --strict
exits 0 "which xata verifies strictly"
in_step "pulled from pgroll"

# The official CLI of this version reads only operations that it knows, in its own project.
database notes --postgres
project notes
create_table 01_notes notes
add '[{"add_column":{"table":"notes","column":{"name":"text","type":"text","nullable":true}}},{"sql":{"up":"select 1","down":"select 2"}}]' --name 02_text
push_all
project notes-theirs
official pull main
out_has "Successfully pulled 2 migrations from main branch" "it pulls a pgroll history"
same_tree $dir ../notes/$dir "byte for byte"
create_table 03_tags tags
add '[{"rename_table":{"from":"tags","to":"labels"}}]' --name 04_labels
official push main --yes
out_has "Pushed 2 migrations to main" "it pushes what \"xata new\" made, one job after the other"
is "$(grep -c '/migrations/apply"' "$XATAD_LOG")" 2 "through migrations/apply"
in_step "pushed to pgroll"
cd ../notes || exit 1
run xata pull main
exits 0 "xata pulls what the official CLI pushed"
run xata verify --strict
exits 0 "sealed and verified"
same_content $dir ../notes-theirs/$dir "both pgroll projects"
create_table 05_more more
push_all
clone notes notes-mixed
create_table 06_more evenmore
push_all
cd ../notes || exit 1
official pull main
out_has "Successfully pulled 1 migrations from main branch" "it pulls into a pgroll project of xata"
in_step "pulled into a pgroll project of xata"
official push main --yes
out_has "No new migrations to push" "and has nothing to push"

is "$(cat "$STRAYED")" "" "nothing but loopback was asked for"
nok "the endpoint never failed" grep '"status":5' "$XATAD_LOG"
done_testing
