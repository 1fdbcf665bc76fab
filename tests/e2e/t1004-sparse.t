#!/bin/sh
# A sparse checkout that leaves records out: each command says how they come, none takes them for
# lost, and none begins a new history where the ledger is left out.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$abs_top_srcdir/tests/lib/project.sh"
. "$abs_top_srcdir/tests/lib/git.sh"

dir=.xata/migrations
advice="A sparse checkout leaves it out: \"git sparse-checkout add $dir\" brings it here, \"git sparse-checkout disable\" everything."

# says DESCRIPTION COMMAND…: fails with the advice, and with no other.
says() {
	about=$1
	shift
	run "$@" </dev/null
	exits 3 "$about"
	err_has "hint: $advice" "and says how it comes"
}

# pgroll records of columns, which can be folded.
repository records
create_table 01_users users
for column in nick email phone; do
	add "[{\"add_column\":{\"table\":\"users\",\"column\":{\"name\":\"$column\",\"type\":\"text\",\"nullable\":true}}}]" \
		--name "$column"
done
commit "four records"
quietly git branch before HEAD
echo '[{"add_column":{"table":"users","column":{"name":"fax","type":"text","nullable":true}}}]' >"$T/fax.json"

# ---- some records

quietly git sparse-checkout set --no-cone '/*' "!/$dir/phone.json"
finds missing_file phone.json "what is left out is found"
out_json ".findings[0].remedy" "$advice" "with the remedy"
run xata new --name fax "$T/fax.json"
exits 3 "nothing is appended behind it"
says "it cannot be folded" xata squash --since nick
says "it cannot be shown" xata log
rm "$dir/email.json"
run xata verify
out_has "Restore the file from Git" "a file that is gone is another matter"
quietly git checkout -q -- "$dir/email.json"
quietly git checkout -q -b other before
quietly git sparse-checkout disable
add "$(cat "$T/fax.json")" --name fax
commit fax
quietly git checkout -q -
add "$(sed s/fax/web/ "$T/fax.json")" --name web
commit web
quietly git sparse-checkout set --no-cone '/*' "!/$dir/web.json"
says "it cannot go on top of others" xata rebase --onto other
quietly git sparse-checkout disable
verifies "the advice helps"

# ---- the ledger, in a folder

history whole services/shop
echo '{}' >.xatarc
mkdir src && echo text >src/page
commit settings
advice='A sparse checkout leaves it out: "git sparse-checkout add services/shop/.xata/migrations" at the top of the repository brings it here, "git sparse-checkout disable" everything.'
for index in --no-sparse-index --sparse-index; do
	git_clone whole "whole$index"
	quietly git sparse-checkout set --cone $index services/shop/src
	cd services/shop || exit 1
	nok "nothing of the history is there ($index)" test -e .xata
	run xata new "$T/fax.json"
	exits 3 "no new one is begun"
	err_has "the ledger has 1 finding: nothing is appended to it" "as is said"
	nok "nothing was made" test -s "$dir/.ledger"
	finds missing_file .ledger "that the ledger is missing is found"
	out_json '.findings[0].remedy' "$advice" "with the remedy"
	cd "$(git rev-parse --show-toplevel)" || exit 1
	# shellcheck disable=SC2046 # a command with its words
	quietly $(echo "$advice" | cut -d '"' -f 2)
	cd services/shop || exit 1
	verifies "which helps"
done
done_testing
