#!/bin/sh
# The hosted API when it does not keep its word: names that would be paths, wrong checksums, other
# content, histories that were rewritten or cut, answers that are none. Nothing of it is written,
# and none of it is taken for "nothing new".
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/hosted.sh"
need python3 curl jq
start_hosted
quietly python3 "$abs_top_srcdir/tests/lib/long_history.py" v1 30 "$T/v1"
quietly python3 "$abs_top_srcdir/tests/lib/long_history.py" pgroll 30 "$T/pgroll"

# tree DIRECTORY: every file below it, with its bytes.
tree() { (cd "$1" && find . -type f ! -path '*/.state/*' -exec sha256sum {} + | sort -k2); }

# lies FILTER STATUS DESCRIPTION: after the branch has changed so, a pull into the project $name
# ends with that status and changes nothing at all, in it or beside it.
lies() {
	hosted "$name" "$format" "$T/$format"
	change "$1"
	before=$(tree "$T/projects")
	run xata pull main
	exits "$2" "$format: $3"
	out_lacks "nothing new" "is not taken for no news"
	is "$(tree "$T/projects")" "$before" "and nothing is written, here or elsewhere"
}

mkdir "$T/projects"
for format in v1 pgroll; do
	case $format in
	v1) key=id parent=parentID ;;
	pgroll) key=name parent=parent ;;
	esac

	# ---- into an empty project
	name=$format-empty
	project "projects/$name"
	for bad in ../../escaped/evil .. . /etc/evil a/b 'a\\b' .hidden '' 'a b' '\u001b[31m' '\n'; do
		lies ".[5].$key = \"$bad\"" 7 "the name \"$bad\""
	done
	nok "no file was made outside" test -e "$T/escaped" -o -e "$T/projects/escaped"
	err_lacks "$(printf '\033')" "and what came is harmless on a terminal"
	long=$(printf '%0300d' 0)
	lies ".[5].$key = \"$long\"" 7 "a name longer than a file's"
	lies ".[5].$key = 5" 7 "a name that is a number"
	lies "del(.[5].$parent)" 7 "a second record without a parent"
	lies ".[5].$parent = .[2].$key" 7 "a parent further back"
	err_has "$(jq -r ".$key" "$T/$format/$(sed -n 6p "$T/$format/.ledger").json")" \
		"names the record"
	lies ".[0].$parent = \"mig_somewhereelse\"" 7 "a history whose beginning is not sent"
	lies ".[6] = .[5]" 7 "the same record twice"
	lies ".[5:7] |= reverse" 7 "two records in the wrong order"
	lies "del(.[5])" 7 "a record that is missing"
done

format=v1 name=v1-empty
cd "$T/projects/$name" || exit 1
bad=$(jq -r .id "$T/v1/$(sed -n 13p "$T/v1/.ledger").json")
lies ".[12].operations[0].addColumn.column.name = \"evil\"" 7 "other operations under a checksum"
err_has "$bad" "names the record"
err_has "checksum" "and what is wrong"
lies ".[12].checksum = .[11].checksum" 7 "the checksum of another record"
lies "del(.[12].checksum)" 7 "a record without a checksum"
lies ".[12].checksum = \"2:\" + .[12].checksum[2:]" 7 "a checksum of the other format"
lies ".[12].operations = {}" 7 "operations that are no list"
lies ".[12].operations[0] = {addTable: {table: \"a\"}, removeTable: {table: \"a\"}}" 7 \
	"two operations in one"
format=pgroll name=pgroll-empty
cd "$T/projects/$name" || exit 1
lies '.[12].migration = "text"' 7 "a migration that is no object"
lies '.[12].migration.name = "00001_step"' 7 "a migration with the name of another"
lies '.[12].migration.operations = 5' 7 "operations that are no list"
lies '.[12].done = "yes"' 7 "a member of another type"

# ---- into a project that has pulled before

for format in v1 pgroll; do
	name=$format
	project "projects/$name"
	hosted "$name" "$format" "$T/$format"
	quietly xata pull main
	newest=$(id_of "$(last_name)")

	lies '.[:-3]' 7 "a history that was cut"
	err_has truncated "as what it is"
	err_has "$newest" "with the record that is gone"
	run xata status main
	exits 7 "status says so, too"
	run xata push main --yes
	exits 7 "and push does not paper over it"
	lies '[]' 7 "a history that is empty now"
	err_has truncated "as what it is"
	run xata pull main --json
	out_json '[.ok, .error.code]' '[false,"rewritten"]' "$format: as JSON"
done

format=pgroll name=pgroll
cd "$T/projects/$name" || exit 1
lies '.[-1].migration.operations[0].create_table.name = "other"' 7 "the same name with other content"
err_has "other content" "as what it is"
err_has 00029_step "with its name"
lies '.[-1].name = "00029_other" | .[-1].migration.name = "00029_other"' 7 "another newest record"
err_has 00029_step "names the one that was there"
lies '.[20:] |= map(.name += "_new" | .migration.name = .name) | .[21].parent = .[20].name | .[22].parent = .[21].name | .[23].parent = .[22].name | .[24].parent = .[23].name | .[25].parent = .[24].name | .[26].parent = .[25].name | .[27].parent = .[26].name | .[28].parent = .[27].name | .[29].parent = .[28].name' \
	7 "a history rewritten from its middle on"
err_has rewritten "as what it is"

# v1: another history with right checksums of its own.
format=v1 name=v1
cd "$T/projects/$name" || exit 1
quietly mkdir "$T/other"
mkdir "$T/other/.xata"
cp -R "$T/v1" "$T/other/.xata/migrations"
cd "$T/other" || exit 1
for _ in 1 2 3; do
	rm "$dir/$(last_name).json"
	sed -i '$d' $dir/.ledger
done
for n in 1 2 3 4; do add_table "other$n"; done
cd "$T/projects/$name" || exit 1
for records in rewritten forged; do
	hosted "$name" v1 "$T/other/$dir"
	[ "$records" = rewritten ] || {
		# The id of the newest record here, with content and checksum of its own.
		id=$(id_of "$(last_name)")
		before=$(there '.[26]')
		hashed=$(printf '%s' "$before" | jq -cS --arg id "$id" \
			'{id: $id, operations: [{addTable: {table: "forged"}}], parentID: .id, parentChecksum: .checksum}')
		sum=$(printf '%s' "$hashed" | sha256sum | cut -d' ' -f1)
		change ".[:27] + [{id: \"$id\", parentID: .[26].id, checksum: \"1:$sum\", operations: [{addTable: {table: \"forged\"}}]}]"
	}
	for command in "pull main" "push main --yes" "status main"; do
		# shellcheck disable=SC2086 # words
		run xata $command
		exits 7 "v1: ${command%% *} of a $records history is exit 7"
		out_lacks "nothing new" "and not taken for no news"
	done
	clean_ledger "the local history is as it was"
	is "$(names | sha256sum)" "$(sha256sum <"$T/v1/.ledger")" "record for record"
done
run xata pull main
err_has "other content" "the same id with other content is called that"
run xata pull main --force
exits 0 "--force takes it all the same"
ok "and keeps what was here" test -f "$(sed -n 's/^Local-only records were moved to \(.*\)\/\.$/\1/p' "$OUT")/.ledger"
clean_ledger "which leaves a ledger that verifies"

# ---- answers that are none

# answers_so RULE STATUS DESCRIPTION
answers_so() {
	behave "{\"rules\": [$1]}"
	run xata pull main
	exits "$2" "$3"
	behave
	ok "and leaves the ledger alone" xata verify --quiet
}

hosted answers v1 "$T/v1"
project answers
quietly xata pull main
quietly python3 "$abs_top_srcdir/tests/lib/long_history.py" v1 40 "$T/v1-more"
hosted answers v1 "$T/v1-more"
history='"path": "/schema/history"'
html='"type": "text/html", "body": "<html>Bad gateway</html>"'
limited='"status": 429, "body": "{\"message\":\"slow down\"}", "headers": {"x-ratelimit-reset"'

answers_so "{$history, \"times\": 99, \"status\": 502, $html}" 7 "HTML with status 502 is exit 7"
err_has 502 "with the status"
err_has text/html "and what came"
answers_so "{$history, \"times\": 99, $html}" 7 "HTML with status 200 is exit 7"
answers_so "{$history, \"times\": 99}" 7 "an empty answer with status 200 is exit 7"
err_has "empty" "as what it is"
answers_so "{$history, \"times\": 99, \"body\": \"{\"}" 7 "half a document is exit 7"
answers_so "{$history, \"times\": 99, \"body\": \"[]\"}" 7 "an answer that is no object is exit 7"
answers_so "{$history, \"times\": 99, \"body\": \"{\\\"logs\\\":[]}\"}" 7 "a page without its meta is exit 7"
answers_so "{$history, \"times\": 99, \"body\": \"{\\\"meta\\\":{\\\"cursor\\\":\\\"a\\\",\\\"more\\\":true},\\\"logs\\\":[]}\"}" \
	7 "a page that brings nothing and promises more is exit 7"
answers_so "{$history, \"times\": 99, \"status\": 500, \"body\": \"{\\\"message\\\":\\\"internal error\\\"}\"}" \
	7 "status 500 is exit 7"
err_has "internal error" "with the words of the service"
answers_so "{\"times\": 99, \"status\": 302, \"headers\": {\"Location\": \"http://127.0.0.1:1/\"}}" \
	7 "a redirect is exit 7"
answers_so "{\"times\": 99, \"drop\": true}" 5 "a connection that breaks each time is exit 5"
answers_so "{\"times\": 99, $limited: \"3600\"}}" 5 "a limit that lasts an hour is exit 5"
answers_so "{\"times\": 99, $limited: \"1\"}}" 5 "a limit that never ends is exit 5"
run env XATA_API_KEY=xau_wrong xata pull main
exits 6 "a key that is not known is exit 6"
err_has "invalid API key" "with the words of the service"
err_lacks xau_wrong "and without the key"
run xata pull nowhere
exits 7 "a branch that is not there is exit 7"
err_has "database branch [answers:nowhere] not found" "with the words of the service"

# What passes is waited for.
behave "{\"rules\": [{$history, \"status\": 502, $html}, {\"status\": 503}, {\"drop\": true}, {$limited: \"1\"}}]}"
run xata pull main --verbose
exits 0 "one failure of each kind is passed over"
out_has "Pulled 10 migrations" "and all is pulled"
err_lacks "$XATA_API_KEY" "--verbose shows no key"
is "$(cat "$T/hosted.out")" "" "the fake of the service did not fail"
done_testing
